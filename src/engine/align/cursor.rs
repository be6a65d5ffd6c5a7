//! Walks one sorted side key by key. A batch is held by the rows that refer to it, and by nothing else.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::arrow::datatypes::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use datafusion::arrow::row::{OwnedRow, RowConverter, Rows as EncodedRows, SortField};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;

use super::super::layout::Layout;
use super::contents::keep_greatest;
use crate::spec::Duplicates;

/// A row, with the batch that it stands in.
#[derive(Debug, Clone)]
pub(super) struct RowRef {
    pub batch: Arc<RecordBatch>,
    pub row: usize,
}

/// Rows of one key, and where times matter of one time.
#[derive(Debug)]
pub(super) struct Node {
    /// `i128::MIN` where a row has no time.
    pub time_ns: i128,
    pub n_rows: u64,
    pub first: RowRef,
    /// The other rows, as far as the policy for duplicates needs them.
    pub rest: Vec<RowRef>,
}

/// All rows of one key, nodes ascending by time.
#[derive(Debug)]
pub(super) struct Group {
    pub key: OwnedRow,
    pub nodes: Vec<Node>,
}

/// What came next on a side.
pub(super) enum Found {
    /// Rows that were read; which groups they are of is not known yet.
    Batch(RecordBatch),
    Group(Group),
    End,
}

/// Of so many rows that `latest` could mean, all but one are let go at once.
pub(super) const MAX_LATEST: usize = 1024;

pub(super) struct Cursor {
    stream: SendableRecordBatchStream,
    layout: Arc<Layout>,
    by_time: bool,
    duplicates: Duplicates,
    converter: RowConverter,
    current: Option<Current>,
    /// The group whose rows are being read.
    open: Option<Group>,
    exhausted: bool,
    pub n_null_keys: u64,
}

/// The batch that is being walked.
struct Current {
    batch: Arc<RecordBatch>,
    keys: EncodedRows,
    times_ns: Option<Vec<Option<i128>>>,
    /// Rows of which a key part has no value of its type; none: no row.
    no_key: Option<BooleanBuffer>,
    next_row: usize,
}

impl Cursor {
    pub fn new(
        stream: SendableRecordBatchStream,
        layout: Arc<Layout>,
        by_time: bool,
        duplicates: Duplicates,
    ) -> Result<Self, DataFusionError> {
        let fields = layout.schema.fields().iter().take(layout.n_keys);
        let converter = RowConverter::new(fields.map(|field| SortField::new(field.data_type().clone())).collect())?;
        Ok(Self {
            stream,
            layout,
            by_time,
            duplicates,
            converter,
            current: None,
            open: None,
            exhausted: false,
            n_null_keys: 0,
        })
    }

    /// The rows of the next key that is not null, or a batch that has to be read first; rows whose key (or, where it
    /// matters, time) is null are counted.
    pub async fn next_group(&mut self) -> Result<Found, DataFusionError> {
        loop {
            let Some(current) = self.current.as_mut().filter(|current| current.next_row < current.batch.num_rows())
            else {
                self.current = None;
                match self.load().await? {
                    Some(batch) => return Ok(Found::Batch(batch)),
                    None => return Ok(self.open.take().map_or(Found::End, Found::Group)),
                }
            };
            let key = current.keys.row(current.next_row);
            if let Some(group) = self.open.take_if(|group| group.key.row() != key) {
                return Ok(Found::Group(group));
            }
            let time = current.times_ns.as_ref().map(|times| times[current.next_row]);
            let unusable = (self.by_time && time == Some(None))
                || current.no_key.as_ref().is_some_and(|rows| rows.value(current.next_row))
                || (0..self.layout.n_keys).all(|idx| is_null(current.batch.column(idx).as_ref(), current.next_row));
            let row = RowRef { batch: current.batch.clone(), row: current.next_row };
            current.next_row += 1;
            if unusable {
                self.n_null_keys += 1;
                continue;
            }
            let group = self.open.get_or_insert_with(|| Group { key: key.owned(), nodes: Vec::with_capacity(1) });
            let time_ns = time.flatten();
            match group.nodes.last_mut() {
                Some(node) if !self.by_time || Some(node.time_ns) == time_ns => {
                    join(node, row, time_ns, self.duplicates, self.by_time);
                    if self.duplicates == Duplicates::Latest && node.rest.len() >= MAX_LATEST {
                        keep_greatest(&self.layout, node);
                    }
                }
                Some(_) | None => {
                    group.nodes.push(Node {
                        time_ns: time_ns.unwrap_or(i128::MIN),
                        n_rows: 1,
                        first: row,
                        rest: Vec::new(),
                    });
                }
            }
        }
    }

    /// Reads the next batch that has rows.
    async fn load(&mut self) -> Result<Option<RecordBatch>, DataFusionError> {
        while !self.exhausted {
            match self.stream.next().await.transpose()? {
                None => self.exhausted = true,
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => {
                    let keys = self.converter.convert_columns(&batch.columns()[..self.layout.n_keys])?;
                    let times_ns = self.layout.event_time.map(|slot| nanoseconds(batch.column(slot.values).as_ref()));
                    let shared = Arc::new(batch.clone());
                    let no_key = no_key(&self.layout, &batch);
                    self.current = Some(Current { batch: shared, keys, times_ns, no_key, next_row: 0 });
                    return Ok(Some(batch));
                }
            }
        }
        Ok(None)
    }
}

/// Adds a row to a node, keeping as many references as the policy will look at.
fn join(node: &mut Node, row: RowRef, time_ns: Option<i128>, duplicates: Duplicates, by_time: bool) {
    node.n_rows += 1;
    match duplicates {
        Duplicates::Error | Duplicates::Exclude => {}
        Duplicates::Multiset => node.rest.push(row),
        // Rows come in the order of their times, those without one first.
        Duplicates::Latest if by_time || time_ns.unwrap_or(i128::MIN) == node.time_ns => node.rest.push(row),
        Duplicates::Latest => {
            node.time_ns = time_ns.unwrap_or(i128::MIN);
            node.first = row;
            node.rest.clear();
        }
    }
}

fn no_key(layout: &Layout, batch: &RecordBatch) -> Option<BooleanBuffer> {
    let texts: Vec<_> = (0..layout.n_keys).filter_map(|part| layout.key_texts(batch, part)).collect();
    let fails = |row| texts.iter().any(|texts| texts.is_valid(row));
    (!texts.is_empty()).then(|| BooleanBuffer::collect_bool(batch.num_rows(), fails))
}

fn is_null(values: &dyn Array, row: usize) -> bool {
    values.is_null(row) || values.data_type() == &DataType::Null
}

/// The instants of a column of timestamps, in nanoseconds; all null for a column of nulls.
fn nanoseconds(values: &dyn Array) -> Vec<Option<i128>> {
    let scaled = |times: &mut dyn Iterator<Item = Option<i64>>, factor: i128| -> Vec<Option<i128>> {
        times.map(|time| time.map(|time| i128::from(time) * factor)).collect()
    };
    match values.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => {
            scaled(&mut values.as_primitive::<TimestampSecondType>().iter(), 1_000_000_000)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            scaled(&mut values.as_primitive::<TimestampMillisecondType>().iter(), 1_000_000)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            scaled(&mut values.as_primitive::<TimestampMicrosecondType>().iter(), 1_000)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            scaled(&mut values.as_primitive::<TimestampNanosecondType>().iter(), 1)
        }
        // The event time is converted to an instant before; only a column of nulls stays what it is.
        _ => vec![None; values.len()],
    }
}
