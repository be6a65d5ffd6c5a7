//! Decodes the wanted columns of one piece, batch by batch.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{FieldRef, Fields, SchemaRef};
use datafusion::error::{DataFusionError, Result};

use super::super::partition::partition_value;
use super::delimited::{self, ColumnDecoder};
use super::error::CaptureError;
use super::json::{self, RowDecoder};
use super::pieces::Piece;
use super::records::Misfit;
use super::source::Source;
use super::{CaptureFile, ReadFormat};

/// A batch ends early once its records have this many bytes.
const MAX_BATCH_BYTES: usize = 8 << 20;

/// A piece of a file, and what the first pass found in it.
#[derive(Debug, Clone)]
pub(super) struct ScanPiece {
    pub piece: Piece,
    /// The columns of a delimited file, in the order of its fields.
    pub names: Arc<[String]>,
    pub n_readable: u64,
    pub n_unreadable: u64,
}

/// The wanted columns, and where each comes from.
pub(super) struct Wanted {
    schema: SchemaRef,
    in_records: Vec<bool>,
    record_fields: Fields,
}

impl Wanted {
    /// `in_records` says of each column whether it comes from the records, and not from the file's path.
    pub fn new(schema: &SchemaRef, in_records: &[bool]) -> Self {
        let columns = schema.fields().iter().zip(in_records);
        let record_fields: Vec<FieldRef> =
            columns.filter(|(_, in_records)| **in_records).map(|(field, _)| Arc::clone(field)).collect();
        Self { schema: Arc::clone(schema), in_records: in_records.to_vec(), record_fields: record_fields.into() }
    }

    fn batch(&self, file: &CaptureFile, from_records: Vec<ArrayRef>, n_rows: usize) -> Result<RecordBatch> {
        let mut from_records = from_records.into_iter();
        let mut columns = Vec::with_capacity(self.in_records.len());
        for (field, in_records) in self.schema.fields().iter().zip(&self.in_records) {
            let column = if *in_records { from_records.next() } else { None };
            columns.push(match column {
                Some(column) => column,
                None => partition_value(&file.partition, field).to_array_of_size(n_rows)?,
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}

/// Reads one piece, and hands its batches to `emit` until that returns false. Returns whether it never did.
///
/// # Errors
/// If the file cannot be read, or is no longer what the first pass saw.
pub(super) fn scan_piece(
    piece: &ScanPiece,
    format: &ReadFormat,
    max_records: u64,
    wanted: &Wanted,
    n_batch_rows: usize,
    emit: &mut dyn FnMut(RecordBatch) -> bool,
) -> Result<bool> {
    let mut rows = Rows::open(piece, format, &wanted.record_fields).map_err(external)?;
    let (mut n_readable, mut n_unreadable) = (0, 0);
    let (mut n_rows, mut n_bytes) = (0, 0);
    while n_readable + n_unreadable < max_records
        && let Some(step) = rows.next().map_err(external)?
    {
        match step {
            Step::Unreadable => n_unreadable += 1,
            Step::Row(n_record_bytes) => {
                n_readable += 1;
                n_rows += 1;
                n_bytes += n_record_bytes;
            }
        }
        if n_rows >= n_batch_rows || n_bytes >= MAX_BATCH_BYTES {
            if !emit(wanted.batch(&piece.piece.file, rows.finish()?, n_rows)?) {
                return Ok(false);
            }
            (n_rows, n_bytes) = (0, 0);
        }
    }
    if n_rows > 0 && !emit(wanted.batch(&piece.piece.file, rows.finish()?, n_rows)?) {
        return Ok(false);
    }
    match (n_readable, n_unreadable) == (piece.n_readable, piece.n_unreadable) {
        true => Ok(true),
        false => Err(external(CaptureError::Changed { file: piece.piece.file.display.clone() })),
    }
}

fn external(error: CaptureError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// The records of one file and the arrays that they are decoded into.
enum Rows {
    Json {
        records: json::Records,
        decoder: RowDecoder,
    },
    /// `places` has the field of each wanted column, `None` where the file lacks it.
    Csv {
        records: delimited::Records,
        n_fields: usize,
        places: Vec<Option<usize>>,
        columns: Vec<ColumnDecoder>,
    },
}

enum Step {
    /// A row of a record with so many bytes.
    Row(usize),
    Unreadable,
}

impl Rows {
    fn open(piece: &ScanPiece, format: &ReadFormat, fields: &Fields) -> Result<Self, CaptureError> {
        let source = Source::open(&piece.piece, None)?;
        match format {
            ReadFormat::Json(layout) => {
                Ok(Self::Json { records: json::Records::new(source, *layout), decoder: RowDecoder::new(fields) })
            }
            ReadFormat::Csv(options) => {
                let records = delimited::Records::new(source, Arc::clone(options))?;
                if options.header && records.names() != &*piece.names {
                    return Err(CaptureError::Changed { file: piece.piece.file.display.clone() });
                }
                let place = |field: &FieldRef| piece.names.iter().position(|name| name == field.name());
                let columns = fields.iter().map(|field| ColumnDecoder::new(field.data_type())).collect();
                let places = fields.iter().map(place).collect();
                Ok(Self::Csv { records, n_fields: piece.names.len(), places, columns })
            }
        }
    }

    fn next(&mut self) -> Result<Option<Step>, CaptureError> {
        let appended = match self {
            Self::Json { records, decoder } => match records.next()? {
                None => return Ok(None),
                Some(Err(_)) => return Ok(Some(Step::Unreadable)),
                Some(Ok(object)) => decoder.append(object).map(|()| object.len()),
            },
            Self::Csv { records, n_fields, places, columns } => match records.next()? {
                None => return Ok(None),
                Some(Err(_)) => return Ok(Some(Step::Unreadable)),
                Some(Ok(row)) if row.n_fields() != *n_fields => Err(Misfit),
                Some(Ok(row)) => columns
                    .iter_mut()
                    .zip(places)
                    .try_for_each(|(column, place)| column.append(place.and_then(|idx| row.value(idx)).as_deref()))
                    .map(|()| row.n_bytes()),
            },
        };
        match appended {
            Ok(n_bytes) => Ok(Some(Step::Row(n_bytes))),
            Err(Misfit) => Err(CaptureError::Changed { file: self.file().to_string() }),
        }
    }

    fn file(&self) -> &str {
        match self {
            Self::Json { records, .. } => records.file(),
            Self::Csv { records, .. } => records.file(),
        }
    }

    fn finish(&mut self) -> Result<Vec<ArrayRef>> {
        match self {
            Self::Json { decoder, .. } => Ok(decoder.finish()?),
            Self::Csv { columns, .. } => Ok(columns.iter_mut().map(ColumnDecoder::finish).collect()),
        }
    }
}
