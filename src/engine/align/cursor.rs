//! Walks one sorted side key by key, holding no more than the batches that are still referred to.

use std::collections::VecDeque;
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
use crate::spec::Duplicates;

/// A row of a batch that is still held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowRef {
    batch: u64,
    row: u32,
}

/// Rows of one key, and where times matter of one time.
#[derive(Debug)]
pub(super) struct Node {
    /// 0 where times do not matter.
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

impl Group {
    pub fn first_batch(&self) -> Option<u64> {
        let rows = self.nodes.iter().flat_map(|node| node.rest.iter().chain([&node.first]));
        rows.map(|row| row.batch).min()
    }
}

pub(super) struct Cursor {
    stream: SendableRecordBatchStream,
    layout: Arc<Layout>,
    by_time: bool,
    duplicates: Duplicates,
    converter: RowConverter,
    held: VecDeque<Held>,
    /// The number of the first batch held.
    first_id: u64,
    /// The next row: in the last batch held.
    next_row: usize,
    loaded: Vec<RecordBatch>,
    exhausted: bool,
    pub n_null_keys: u64,
}

struct Held {
    batch: RecordBatch,
    keys: EncodedRows,
    times_ns: Option<Vec<Option<i128>>>,
    /// Rows of which a key part has no value of its type; none: no row.
    no_key: Option<BooleanBuffer>,
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
            held: VecDeque::new(),
            first_id: 0,
            next_row: 0,
            loaded: Vec::new(),
            exhausted: false,
            n_null_keys: 0,
        })
    }

    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Batches that came in since the last call.
    pub fn take_loaded(&mut self) -> Vec<RecordBatch> {
        std::mem::take(&mut self.loaded)
    }

    pub fn n_waiting(&self) -> usize {
        self.held.len()
    }

    pub fn batches(&self) -> impl Iterator<Item = &RecordBatch> {
        self.held.iter().map(|held| &held.batch)
    }

    /// The batch and the row of a reference.
    pub fn row(&self, row: RowRef) -> (&RecordBatch, usize) {
        let (batch, row) = self.position(row);
        (&self.held[batch].batch, row)
    }

    /// Where a referenced row stands: its batch, counted from the first held, and its row there.
    pub fn position(&self, row: RowRef) -> (usize, usize) {
        ((row.batch - self.first_id) as usize, row.row as usize)
    }

    /// Lets go of all batches before `held`, and before the current one.
    pub fn release_before(&mut self, held: Option<u64>) {
        let current = self.first_id + self.held.len().saturating_sub(1) as u64;
        let keep = held.map_or(current, |held| held.min(current));
        while self.first_id < keep {
            self.held.pop_front();
            self.first_id += 1;
        }
    }

    /// The rows of the next key that is not null; rows whose key (or, where it matters, time) is null are counted.
    pub async fn next_group(&mut self) -> Result<Option<Group>, DataFusionError> {
        let mut group: Option<Group> = None;
        while self.ensure_row().await? {
            let held = self.held.back().expect("a row was ensured");
            let row = RowRef { batch: self.first_id + self.held.len() as u64 - 1, row: self.next_row as u32 };
            let key = held.keys.row(self.next_row);
            if group.as_ref().is_some_and(|group| group.key.row() != key) {
                break;
            }
            let time = held.times_ns.as_ref().map(|times| times[self.next_row]);
            let unusable = (self.by_time && time == Some(None))
                || held.no_key.as_ref().is_some_and(|rows| rows.value(self.next_row))
                || (0..self.layout.n_keys).all(|idx| is_null(held.batch.column(idx).as_ref(), self.next_row));
            if unusable {
                self.n_null_keys += 1;
                self.next_row += 1;
                continue;
            }
            let group = group.get_or_insert_with(|| Group { key: key.owned(), nodes: Vec::with_capacity(1) });
            let time_ns = time.flatten();
            match group.nodes.last_mut() {
                Some(node) if !self.by_time || Some(node.time_ns) == time_ns => {
                    join(node, row, time_ns, self.duplicates, self.by_time)
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
            self.next_row += 1;
        }
        Ok(group)
    }

    async fn ensure_row(&mut self) -> Result<bool, DataFusionError> {
        while !self.exhausted && self.held.back().is_none_or(|held| self.next_row >= held.batch.num_rows()) {
            match self.stream.next().await.transpose()? {
                None => self.exhausted = true,
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => {
                    let keys = self.converter.convert_columns(&batch.columns()[..self.layout.n_keys])?;
                    let times_ns = self.layout.event_time.map(|slot| nanoseconds(batch.column(slot.values).as_ref()));
                    self.loaded.push(batch.clone());
                    let no_key = no_key(&self.layout, &batch);
                    self.held.push_back(Held { batch, keys, times_ns, no_key });
                    self.next_row = 0;
                }
            }
        }
        Ok(!self.exhausted)
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
