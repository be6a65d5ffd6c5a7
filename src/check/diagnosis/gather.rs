//! What is kept of the rows as they pass: for every comparison a sample of those that mismatch, and a sample of whole rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, UInt32Array, new_null_array};
use arrow::datatypes::{DataType, SchemaRef};

use super::reservoir::{Reservoir, taken};
use super::subject::times_of;
use crate::check::comparison::Comparisons;
use crate::compare::Column;
use crate::engine::{Aligned, Layout, Planned, Rows, row_hashes};
use crate::report::Stage;
use crate::spec::{EventTimeRule, PerSide, Side, Spec};

const MISMATCHING_ROWS: usize = 4096;
const WHOLE_ROWS: usize = 2048;
/// Rows of entities that have several, and rows of one of them at most.
const HISTORY_ROWS: usize = 4096;
const ROWS_OF_ENTITY: usize = 128;

/// Samples of the rows so far. Bounded, and the same in whatever order rows come.
#[derive(Debug)]
pub(in crate::check) struct Gathering {
    /// By comparison.
    mismatches: Vec<Reservoir>,
    pairs: Reservoir,
    sides: PerSide<Option<Reservoir>>,
    histories: Option<Histories>,
    layouts: PerSide<Arc<Layout>>,
    /// Of the batch that is being looked at.
    hashes: Vec<u64>,
}

/// Rows of a few entities, each in the order of time. An entity is what the key parts before a time tell, or the whole key
/// where rows pair by time: its rows come one after the other.
#[derive(Debug)]
struct Histories {
    n_parts: usize,
    reservoir: Reservoir,
    /// The entity of the last row, and how many rows it had so far.
    last: (u64, usize),
}

/// What was kept when all rows have passed.
pub(super) struct Gathered {
    /// By comparison: the two columns and the rows' times.
    pub mismatches: Vec<Option<([Column; 2], ArrayRef)>>,
    pub pairs: Option<PerSide<Rows>>,
    pub sides: PerSide<Option<Rows>>,
    /// Rows of a few entities, those of one after the other in the order of time, and the entity of each row.
    pub histories: Option<(PerSide<Rows>, Vec<u64>)>,
}

/// How many key parts tell the entity, if an entity has several rows in the order of time.
pub(super) fn entity_parts(spec: &Spec, planned: &Planned) -> Option<usize> {
    let is_time = |data_type: &Option<DataType>| {
        matches!(data_type, Some(DataType::Timestamp(..) | DataType::Date32 | DataType::Date64))
    };
    let types = planned.key_types();
    let is_event_time = |part: usize| match (spec.keys.get(part), &spec.event_time) {
        (Some(key), Some(time)) => key.value == time.value,
        (None, _) | (_, None) => false,
    };
    match types.iter().enumerate().position(|(part, data_type)| is_time(data_type) || is_event_time(part)) {
        Some(0) => None,
        Some(place) => (place + 1 == types.len()).then_some(place),
        None => (spec.align.event_time != EventTimeRule::Ignore).then_some(types.len()),
    }
}

impl Gathering {
    pub fn new(spec: &Spec, planned: &Planned, comparisons: &Comparisons) -> Self {
        let has = |stage: Stage| comparisons.list.iter().any(|comparison| comparison.stage == stage);
        let side = |stage: Stage| has(stage).then(|| Reservoir::new(WHOLE_ROWS));
        // Many comparisons share what one may take.
        let n_rows = (MISMATCHING_ROWS * 64 / comparisons.list.len().max(1)).clamp(512, MISMATCHING_ROWS);
        Self {
            mismatches: comparisons.list.iter().map(|_| Reservoir::new(n_rows)).collect(),
            pairs: Reservoir::new(WHOLE_ROWS),
            sides: PerSide { offline: side(Stage::Training), online: side(Stage::Serving) },
            histories: entity_parts(spec, planned).map(|n_parts| Histories {
                n_parts,
                reservoir: Reservoir::new(HISTORY_ROWS),
                last: (0, 0),
            }),
            layouts: PerSide::from_fn(|side| Arc::new(planned.layout(side).clone())),
            hashes: Vec::new(),
        }
    }

    /// Looks at a batch of rows; its mismatching rows are [`add`](Self::add)ed after that.
    pub fn begin(&mut self, aligned: &Aligned) {
        let columns = match aligned {
            Aligned::Pairs(sides) => [sides.offline.batch.columns(), sides.online.batch.columns()].concat(),
            Aligned::Side(side, rows) if self.sides[*side].is_some() => rows.batch.columns().to_vec(),
            Aligned::Side(..) => return,
        };
        self.hashes = row_hashes(aligned.keys());
        if let (Some(histories), Aligned::Pairs(_)) = (&mut self.histories, aligned) {
            histories.add(aligned.keys(), &columns);
        }
        let reservoir = match aligned {
            Aligned::Pairs(_) => &mut self.pairs,
            Aligned::Side(side, _) => match &mut self.sides[*side] {
                Some(reservoir) => reservoir,
                None => return,
            },
        };
        let wanted = self.hashes.iter().enumerate().filter(|(_, hash)| reservoir.wants(**hash));
        let rows: Vec<u32> = wanted.map(|(row, _)| row as u32).collect();
        reservoir.add(&self.hashes, &rows, &columns);
    }

    /// Whether a mismatching row of the batch is to be added.
    pub fn wants(&self, comparison: usize, row: usize) -> bool {
        match (self.mismatches.get(comparison), self.hashes.get(row)) {
            (Some(reservoir), Some(hash)) => reservoir.wants(*hash),
            (None, _) | (_, None) => false,
        }
    }

    /// Adds mismatching rows of the batch.
    pub fn add(&mut self, comparison: usize, rows: &[u32], columns: [&Column; 2], time: Option<&Column>) {
        let Some(reservoir) = self.mismatches.get_mut(comparison).filter(|_| !rows.is_empty()) else { return };
        let [first, second] = columns;
        let n_rows = first.values.len();
        let time = time.map_or_else(|| new_null_array(&DataType::Null, n_rows), |time| time.values.clone());
        let columns = [first.values.clone(), texts_of(first), second.values.clone(), texts_of(second), time];
        reservoir.add(&self.hashes, rows, &columns);
    }

    pub(super) fn finish(self) -> Gathered {
        let column = |values: &ArrayRef, texts: &ArrayRef| {
            let texts = texts.as_string::<i32>().clone();
            Column { values: values.clone(), unconvertible: (texts.len() > texts.null_count()).then_some(texts) }
        };
        let mismatches = self.mismatches.into_iter().map(|reservoir| match reservoir.finish()?.as_slice() {
            [first, first_texts, second, second_texts, time] => {
                Some(([column(first, first_texts), column(second, second_texts)], time.clone()))
            }
            _ => None,
        });
        let rows = |side: Side, columns: &[ArrayRef]| rows_of(&self.layouts[side], columns);
        let n_offline = self.layouts.offline.schema.fields().len();
        let pairs = self.pairs.finish().and_then(|columns| {
            let (offline, online) = columns.split_at_checked(n_offline)?;
            Some(PerSide { offline: rows(Side::Offline, offline)?, online: rows(Side::Online, online)? })
        });
        let PerSide { offline, online } = self.sides;
        let side = |side: Side, reservoir: Option<Reservoir>| rows(side, &reservoir?.finish()?);
        let sides = PerSide { offline: side(Side::Offline, offline), online: side(Side::Online, online) };
        let histories = self.histories.and_then(|histories| {
            let n_parts = histories.n_parts;
            let columns = histories.reservoir.finish()?;
            let (offline, online) = columns.split_at_checked(n_offline)?;
            let pairs = PerSide { offline: rows(Side::Offline, offline)?, online: rows(Side::Online, online)? };
            in_order(pairs, n_parts)
        });
        Gathered { mismatches: mismatches.collect(), pairs, sides, histories }
    }
}

impl Histories {
    fn add(&mut self, keys: &[ArrayRef], columns: &[ArrayRef]) {
        let entities = row_hashes(keys.get(..self.n_parts).unwrap_or_default());
        let mut rows = Vec::new();
        for (row, entity) in entities.iter().enumerate() {
            self.last = if self.last.0 == *entity { (*entity, self.last.1 + 1) } else { (*entity, 1) };
            if self.last.1 <= ROWS_OF_ENTITY && self.reservoir.wants(*entity) {
                rows.push(row as u32);
            }
        }
        self.reservoir.add(&entities, &rows, columns);
    }
}

/// Puts rows in the order of entity and time.
fn in_order(pairs: PerSide<Rows>, n_parts: usize) -> Option<(PerSide<Rows>, Vec<u64>)> {
    let entities = row_hashes(pairs.offline.keys().get(..n_parts)?);
    let time = match (pairs.online.event_time(), pairs.offline.keys().get(n_parts)) {
        (Some(time), _) => times_of(&time.values),
        (None, Some(time)) => times_of(time),
        (None, None) => return None,
    };
    let mut order: Vec<u32> = (0..entities.len() as u32).collect();
    order.sort_by_key(|row| (entities.get(*row as usize), time.get(*row as usize)));
    // The last entity may have lost rows to the limit.
    if order.len() >= HISTORY_ROWS {
        let last = order.last().and_then(|row| entities.get(*row as usize)).copied();
        order.retain(|row| entities.get(*row as usize).copied() != last);
    }
    let entities = order.iter().filter_map(|row| entities.get(*row as usize).copied()).collect();
    let order = UInt32Array::from(order);
    let sorted = |rows: Rows| {
        let columns: Vec<ArrayRef> = rows.batch.columns().iter().map(|column| taken(column, &order)).collect();
        rows_of(&rows.layout, &columns)
    };
    let PerSide { offline, online } = pairs;
    Some((PerSide { offline: sorted(offline)?, online: sorted(online)? }, entities))
}

/// The texts of unconvertible rows as a column of its own.
fn texts_of(column: &Column) -> ArrayRef {
    match &column.unconvertible {
        Some(texts) => Arc::new(texts.clone()),
        None => Arc::new(StringArray::new_null(column.values.len())),
    }
}

fn rows_of(layout: &Arc<Layout>, columns: &[ArrayRef]) -> Option<Rows> {
    let schema: SchemaRef = layout.schema.clone();
    let batch = arrow::array::RecordBatch::try_new(schema, columns.to_vec()).ok()?;
    Some(Rows { batch, layout: layout.clone() })
}
