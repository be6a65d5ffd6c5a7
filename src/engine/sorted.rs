//! One side's rows, evaluated as they are read and sorted by keys and event time.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{SortOptions, take};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::utils::memory::get_record_batch_memory_size;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::{Stream, StreamExt, TryStreamExt};

use super::evaluate::{Evaluation, evaluate};
use super::layout::Layout;
use super::program::Program;

/// What becomes of a side's rows before they are sorted.
#[derive(Clone)]
pub(super) struct Evaluating {
    pub program: Arc<Program>,
    pub layout: Arc<Layout>,
    pub key_names: Arc<[String]>,
    pub evaluation: Arc<Evaluation>,
    /// Rows evaluated, of both sides.
    pub rows_read: Arc<AtomicU64>,
    /// Bytes of a batch at most, where memory is limited.
    pub batch_bytes: Option<usize>,
}

/// Executes a side's plan, evaluates its rows and sorts them ascending, nulls first. With `limit`, only the first rows.
///
/// Where memory is limited, one sort takes the rows of all partitions: several would each need memory to merge what
/// they spilled, and the engine more to merge them all.
pub(super) async fn sorted(
    source: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    limit: Option<usize>,
    evaluating: Evaluating,
) -> Result<SendableRecordBatchStream, DataFusionError> {
    let n_partitions = source.output_partitioning().partition_count();
    let parts: Vec<Part> = match limit {
        Some(n_rows) => vec![Part { partitions: 0..n_partitions, limit: n_rows }],
        None => (0..n_partitions.max(1))
            .map(|idx| Part { partitions: idx..(idx + 1).min(n_partitions), limit: usize::MAX })
            .collect(),
    };
    let layout = evaluating.layout.clone();
    let batch_bytes = evaluating.batch_bytes;
    let partitions = parts.into_iter().map(|part| {
        let (source, task, evaluating) = (source.clone(), task.clone(), evaluating.clone());
        Arc::new(EvaluatedPart { source, part, task, evaluating }) as Arc<dyn PartitionStream>
    });
    let evaluated = streaming(&layout.schema, partitions.collect())?;
    let order = (0..layout.n_keys).chain(layout.event_time.map(|slot| slot.values)).map(|idx| {
        let column = Column::new(layout.schema.field(idx).name(), idx);
        PhysicalSortExpr::new(Arc::new(column), SortOptions { descending: false, nulls_first: true })
    });
    let order = LexOrdering::new(order)
        .ok_or_else(|| DataFusionError::Internal("a spec without keys has problems".to_owned()))?;

    let Some(batch_bytes) = batch_bytes else {
        let sort: Arc<dyn ExecutionPlan> =
            Arc::new(SortExec::new(order.clone(), evaluated).with_preserve_partitioning(true));
        return SortPreservingMergeExec::new(order, sort).execute(0, task);
    };
    // The sort makes batches of so many rows, whatever their width: it is told from the first ones.
    let mut rows = CoalescePartitionsExec::new(evaluated).execute(0, task.clone())?;
    let first = rows.next().await.transpose()?;
    let n_rows = first.as_ref().map_or(usize::MAX, |batch| {
        let row_bytes = get_record_batch_memory_size(batch).div_ceil(batch.num_rows().max(1));
        batch_bytes / row_bytes.max(1)
    });
    let config = task.session_config();
    let n_rows = n_rows.clamp(1, config.batch_size());
    let task = TaskContext::default()
        .with_session_config(config.clone().with_batch_size(n_rows))
        .with_runtime(task.runtime_env());
    let rows = futures::stream::iter(first.map(Ok)).chain(rows);
    let started = Started::new(layout.schema.clone(), rows);
    SortExec::new(order, streaming(&layout.schema, vec![Arc::new(started)])?).execute(0, Arc::new(task))
}

fn streaming(
    schema: &SchemaRef,
    partitions: Vec<Arc<dyn PartitionStream>>,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    Ok(Arc::new(StreamingTableExec::try_new(schema.clone(), partitions, None, None, false, None)?))
}

/// Some of the source's partitions, read one after the other up to a number of rows.
#[derive(Debug, Clone)]
struct Part {
    partitions: Range<usize>,
    limit: usize,
}

/// A part of a side, evaluated as it is read.
struct EvaluatedPart {
    source: Arc<dyn ExecutionPlan>,
    part: Part,
    task: Arc<TaskContext>,
    evaluating: Evaluating,
}

impl std::fmt::Debug for EvaluatedPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EvaluatedPart").field("part", &self.part).finish_non_exhaustive()
    }
}

impl PartitionStream for EvaluatedPart {
    fn schema(&self) -> &SchemaRef {
        &self.evaluating.layout.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let Evaluating { program, layout, key_names, evaluation, rows_read, batch_bytes } = self.evaluating.clone();
        let (source, task) = (self.source.clone(), self.task.clone());
        let schema = layout.schema.clone();
        let batches = futures::stream::iter(self.part.partitions.clone())
            .map(move |partition| source.execute(partition, task.clone()))
            .try_flatten();
        let evaluated = batches.scan(self.part.limit, move |rows_left, batch| {
            futures::future::ready(match batch {
                Err(error) => Some(Err(error)),
                Ok(_) if *rows_left == 0 => None,
                Ok(batch) => {
                    let batch = batch.slice(0, batch.num_rows().min(*rows_left));
                    *rows_left -= batch.num_rows();
                    rows_read.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
                    let columns = evaluate(&program, &key_names, &batch, &evaluation);
                    Some(Ok(layout.arrange(&columns)))
                }
            })
        });
        let pieces = evaluated.flat_map(move |batch| {
            futures::stream::iter(match (batch, batch_bytes) {
                (Ok(batch), Some(batch_bytes)) => split(&batch, batch_bytes),
                (batch, _) => vec![batch],
            })
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, pieces))
    }
}

/// Splits a batch into copies of about `batch_bytes` at most: a slice would keep, and count for, the whole.
fn split(batch: &RecordBatch, batch_bytes: usize) -> Vec<Result<RecordBatch, DataFusionError>> {
    let n_rows = batch.num_rows();
    let n_pieces = get_record_batch_memory_size(batch).div_ceil(batch_bytes.max(1)).clamp(1, n_rows.max(1));
    if n_pieces == 1 {
        return vec![Ok(batch.clone())];
    }
    let piece_rows = n_rows.div_ceil(n_pieces);
    let starts = (0..n_rows).step_by(piece_rows);
    starts.map(|start| copy(batch, start..(start + piece_rows).min(n_rows))).collect()
}

fn copy(batch: &RecordBatch, rows: Range<usize>) -> Result<RecordBatch, DataFusionError> {
    let rows = UInt32Array::from_iter_values(rows.map(|row| row as u32));
    let columns = batch.columns().iter().map(|values| {
        let values = take(values, &rows, None)?;
        Ok(match values.data_type() {
            DataType::Utf8View => Arc::new(values.as_string_view().gc()) as ArrayRef,
            DataType::BinaryView => Arc::new(values.as_binary_view().gc()) as ArrayRef,
            _ => values,
        })
    });
    let columns = columns.collect::<Result<Vec<_>, DataFusionError>>()?;
    Ok(RecordBatch::try_new(batch.schema(), columns)?)
}

/// A stream that runs already, to be taken once.
struct Started {
    schema: SchemaRef,
    stream: Mutex<Option<SendableRecordBatchStream>>,
}

impl Started {
    fn new(
        schema: SchemaRef,
        stream: impl Stream<Item = Result<RecordBatch, DataFusionError>> + Send + 'static,
    ) -> Self {
        let stream = Box::pin(RecordBatchStreamAdapter::new(schema.clone(), stream));
        Self { schema, stream: Mutex::new(Some(stream)) }
    }
}

impl std::fmt::Debug for Started {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Started").finish_non_exhaustive()
    }
}

impl PartitionStream for Started {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner).take();
        stream.unwrap_or_else(|| {
            let error = DataFusionError::Internal("the rows of a side are read once".to_owned());
            Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), futures::stream::iter([Err(error)])))
        })
    }
}
