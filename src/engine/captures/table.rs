//! The second pass: captured files as a table of DataFusion.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};

use super::ReadFormat;
use super::scan::{ScanPiece, Wanted, scan_piece};

/// The readable records of some files.
#[derive(Debug)]
pub(super) struct CaptureTable {
    /// Fields of the records first, then the partition columns.
    pub schema: SchemaRef,
    /// How many columns come from the records.
    pub n_fields: usize,
    pub pieces: Vec<ScanPiece>,
    pub format: ReadFormat,
    /// The most records of a file to read, unreadable ones included.
    pub max_records: Option<usize>,
}

#[async_trait]
impl TableProvider for CaptureTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let projection: Vec<usize> = match projection {
            Some(projection) => projection.clone(),
            None => (0..self.schema.fields().len()).collect(),
        };
        let schema = Arc::new(self.schema.project(&projection)?);
        let partitions = groups(&self.pieces, state.config().target_partitions())
            .into_iter()
            .map(|pieces| {
                Arc::new(Group {
                    schema: Arc::clone(&schema),
                    in_records: projection.iter().map(|column_idx| *column_idx < self.n_fields).collect(),
                    pieces: pieces.to_vec(),
                    format: self.format.clone(),
                    max_records: self.max_records.map_or(u64::MAX, |n_records| n_records as u64),
                }) as Arc<dyn PartitionStream>
            })
            .collect();
        Ok(Arc::new(StreamingTableExec::try_new(schema, partitions, None, None, false, limit)?))
    }
}

/// Shares pieces out into at most `n_groups` runs of about as many records each; at least one, perhaps empty.
fn groups(pieces: &[ScanPiece], n_groups: usize) -> Vec<&[ScanPiece]> {
    let weight = |piece: &ScanPiece| u128::from(piece.n_readable) + 1;
    let total: u128 = pieces.iter().map(weight).sum();
    let n_groups = n_groups.clamp(1, pieces.len().max(1));
    let mut groups = Vec::with_capacity(n_groups);
    let (mut start, mut passed) = (0, 0);
    for (piece_idx, piece) in pieces.iter().enumerate() {
        passed += weight(piece);
        if passed * n_groups as u128 >= total * (groups.len() as u128 + 1) {
            groups.push(&pieces[start..=piece_idx]);
            start = piece_idx + 1;
        }
    }
    if groups.is_empty() { vec![pieces] } else { groups }
}

/// Pieces that are read one after the other.
#[derive(Debug)]
struct Group {
    /// The wanted columns.
    schema: SchemaRef,
    /// Of each wanted column, whether it comes from the records, and not from the path.
    in_records: Vec<bool>,
    pieces: Vec<ScanPiece>,
    format: ReadFormat,
    max_records: u64,
}

impl PartitionStream for Group {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, ctx: Arc<TaskContext>) -> SendableRecordBatchStream {
        // Two batches wait at most; the reader's thread does.
        let mut builder = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), 2);
        let batches = builder.tx();
        let n_batch_rows = ctx.session_config().batch_size().max(1);
        let (format, pieces, max_records) = (self.format.clone(), self.pieces.clone(), self.max_records);
        let wanted = Wanted::new(&self.schema, &self.in_records);
        builder.spawn_blocking(move || {
            // Sending fails once nobody wants more rows.
            let mut emit = |batch: RecordBatch| batches.blocking_send(Ok(batch)).is_ok();
            for piece in &pieces {
                if !scan_piece(piece, &format, max_records, &wanted, n_batch_rows, &mut emit)? {
                    break;
                }
            }
            Ok(())
        });
        builder.build()
    }
}
