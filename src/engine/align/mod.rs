//! Pairs the rows of both sides and accounts for every one of them.
//!
//! Each side arrives sorted by its keys and event time; one merge walks both. Rows of one key that share a time are a
//! *node*: a node of several rows is a duplicate, found before anything is joined. What a caller sees are batches of
//! one side's rows, batches of paired rows, and in the end the accounts; how rows come to be paired is this module's own
//! affair, and it can be replaced behind [`Aligner`].

mod contents;
mod cursor;
mod keys;
mod pair;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch};
use datafusion::arrow::compute::interleave;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;

use self::contents::{keep_greatest, pair_multisets};
use self::cursor::{Cursor, Found, Group, Node, RowRef};
pub use self::keys::{KeyFormat, KeySample, Way};
use self::keys::{KeySketch, sample_of};
use self::pair::pair_times;
use super::layout::{Layout, Rows};
use crate::spec::{Align, Duplicates, EventTimeRule, PerSide, Side};

/// What alignment yields, in the order of the keys.
#[derive(Debug)]
pub enum Aligned {
    /// Rows of one side as they are read: every row that was not filtered occurs in exactly one.
    Side(Side, Rows),
    /// Paired rows: the n-th of one side with the n-th of the other.
    Pairs(PerSide<Rows>),
}

impl Aligned {
    /// The key columns of the rows: of either side, where they are paired.
    pub fn keys(&self) -> &[ArrayRef] {
        match self {
            Self::Side(_, rows) => rows.keys(),
            Self::Pairs(sides) => sides.offline.keys(),
        }
    }
}

/// What became of one side's rows; together they are the rows that were read and not filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accounts {
    pub null_key: u64,
    pub duplicate: u64,
    pub unmatched: u64,
    pub compared: u64,
}

/// The accounts and what is to be told of them.
#[derive(Debug, Default)]
pub struct Outcome {
    pub accounts: PerSide<Accounts>,
    /// How many keys (and times) have several rows on either side, and the first of them.
    pub n_duplicate_keys: u64,
    pub duplicate_keys: Vec<(KeySample, PerSide<u64>)>,
    /// The first unmatched keys of each side.
    pub unmatched_keys: PerSide<Vec<KeySample>>,
    /// How unmatched keys of both sides would match, if they were written alike.
    pub key_formats: Vec<KeyFormat>,
}

const MAX_KEY_SAMPLES: usize = 5;
/// Pairs in a batch, whatever the sides' batches are.
const PAIRS_IN_BATCH: usize = 8192;
/// Batches that may be read while pairs wait to be handed out.
const MAX_WAITING_BATCHES: usize = 8;

/// Why a side's rows cannot be aligned.
#[derive(Debug)]
pub(super) struct SideError {
    pub side: Side,
    pub error: DataFusionError,
}

/// Merges two sorted sides.
pub struct Aligner {
    rules: Align,
    cursors: PerSide<Cursor>,
    layouts: PerSide<Arc<Layout>>,
    groups: PerSide<Option<Group>>,
    /// Keys of different kinds match nowhere.
    comparable: bool,
    key_names: Vec<String>,
    waiting: VecDeque<(RowRef, RowRef)>,
    /// Batches read since pairs were handed out.
    n_loaded: usize,
    sketches: PerSide<KeySketch>,
    outcome: Outcome,
}

/// What a step of the merge came to.
enum Step {
    Loaded(Aligned),
    Settled,
    End,
}

impl Aligner {
    /// Starts to merge two streams, each sorted ascending with nulls first by its layout's keys and event time.
    ///
    /// With `comparable` false the key types have nothing in common, and no row matches.
    pub(super) fn new(
        rules: Align,
        streams: PerSide<SendableRecordBatchStream>,
        layouts: PerSide<Arc<Layout>>,
        key_names: Vec<String>,
        comparable: bool,
    ) -> Result<Self, SideError> {
        let PerSide { offline, online } = streams;
        let by_time = rules.event_time != EventTimeRule::Ignore;
        let cursor = |side: Side, stream| {
            Cursor::new(stream, layouts[side].clone(), by_time, rules.duplicates)
                .map_err(|error| SideError { side, error })
        };
        let cursors = PerSide { offline: cursor(Side::Offline, offline)?, online: cursor(Side::Online, online)? };
        let sketches = PerSide::from_fn(|side| KeySketch::new(layouts[side].clone(), &layouts[side.other()]));
        Ok(Self {
            rules,
            cursors,
            layouts,
            groups: PerSide { offline: None, online: None },
            comparable,
            key_names,
            waiting: VecDeque::new(),
            n_loaded: 0,
            sketches,
            outcome: Outcome::default(),
        })
    }

    /// Returns the next batch; none when all rows are accounted for.
    pub(super) async fn next(&mut self) -> Result<Option<Aligned>, SideError> {
        loop {
            if self.waiting.is_empty() {
                self.n_loaded = 0;
            }
            if self.waiting.len() >= PAIRS_IN_BATCH || self.n_loaded > MAX_WAITING_BATCHES {
                return self.hand_out().map(Some);
            }
            match self.step().await? {
                Step::Loaded(rows) => {
                    self.n_loaded += 1;
                    return Ok(Some(rows));
                }
                Step::Settled => {}
                Step::End if self.waiting.is_empty() => return Ok(None),
                Step::End => return self.hand_out().map(Some),
            }
        }
    }

    /// The accounts, when all batches have been taken.
    pub fn finish(mut self) -> Outcome {
        for side in Side::BOTH {
            self.outcome.accounts[side].null_key = self.cursors[side].n_null_keys;
        }
        let PerSide { offline, online } = self.sketches;
        self.outcome.key_formats = keys::key_formats(&self.key_names, offline, online);
        self.outcome
    }

    /// Reads a batch, or takes the smaller of both sides' next keys, or both if they are the same.
    async fn step(&mut self) -> Result<Step, SideError> {
        for side in Side::BOTH {
            if self.groups[side].is_some() {
                continue;
            }
            match self.cursors[side].next_group().await.map_err(|error| SideError { side, error })? {
                Found::Batch(batch) => {
                    return Ok(Step::Loaded(Aligned::Side(side, Rows { batch, layout: self.layouts[side].clone() })));
                }
                Found::Group(group) => self.groups[side] = Some(group),
                Found::End => {}
            }
        }
        let order = match (&self.groups.offline, &self.groups.online) {
            (None, None) => return Ok(Step::End),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(_), Some(_)) if !self.comparable => std::cmp::Ordering::Less,
            (Some(offline), Some(online)) => offline.key.cmp(&online.key),
        };
        let offline = if order.is_le() { self.groups.offline.take() } else { None };
        let online = if order.is_ge() { self.groups.online.take() } else { None };
        self.settle(offline, online);
        Ok(Step::Settled)
    }

    /// Accounts for all rows of one key.
    fn settle(&mut self, offline: Option<Group>, online: Option<Group>) {
        let mut nodes = PerSide {
            offline: offline.map_or_else(Vec::new, |g| g.nodes),
            online: online.map_or_else(Vec::new, |g| g.nodes),
        };
        if let ([offline], [online]) = (nodes.offline.as_mut_slice(), nodes.online.as_mut_slice())
            && self.rules.event_time == EventTimeRule::Ignore
        {
            self.settle_pair(offline, online);
            return;
        }
        let times = nodes.as_ref().map(|nodes| nodes.iter().map(|node| node.time_ns).collect::<Vec<i128>>());
        let pairs = pair_times(PerSide { offline: &times.offline, online: &times.online }, self.rules.event_time);
        let mut online_taken = vec![false; nodes.online.len()];
        let mut served = vec![Served::No; nodes.offline.len()];
        for (offline_idx, online_idx) in pairs {
            let (offline, online) = (&mut nodes.offline[offline_idx], &mut nodes.online[online_idx]);
            online_taken[online_idx] = true;
            if matches!(self.rules.event_time, EventTimeRule::AsOf { .. }) {
                let outcome = self.settle_as_of(offline, online, served[offline_idx] == Served::No);
                served[offline_idx] = served[offline_idx].max(outcome);
            } else {
                served[offline_idx] = Served::Pair;
                self.settle_pair(offline, online);
            }
        }
        for (node, served) in nodes.offline.iter().zip(served) {
            match served {
                Served::No => self.settle_alone(Side::Offline, node),
                Served::Duplicate => self.outcome.accounts.offline.duplicate += node.n_rows,
                Served::Pair if matches!(self.rules.event_time, EventTimeRule::AsOf { .. }) => {
                    self.outcome.accounts.offline.compared += 1;
                    self.outcome.accounts.offline.duplicate += node.n_rows - 1;
                }
                Served::Pair => {}
            }
        }
        for (node, taken) in nodes.online.iter().zip(online_taken) {
            if !taken {
                self.settle_alone(Side::Online, node);
            }
        }
    }

    /// Two nodes that belong together, each to the other only.
    fn settle_pair(&mut self, offline: &mut Node, online: &mut Node) {
        if offline.n_rows == 1 && online.n_rows == 1 {
            self.compare(&offline.first, &online.first);
            return;
        }
        match self.rules.duplicates {
            Duplicates::Error | Duplicates::Exclude => {
                self.note_duplicates(PerSide { offline: Some(offline), online: Some(online) });
                self.outcome.accounts.offline.duplicate += offline.n_rows;
                self.outcome.accounts.online.duplicate += online.n_rows;
            }
            Duplicates::Latest => {
                self.note_duplicates(PerSide { offline: Some(offline), online: Some(online) });
                self.choose(offline, online);
                self.outcome.accounts.offline.duplicate += offline.n_rows - 1;
                self.outcome.accounts.online.duplicate += online.n_rows - 1;
                self.compare(&offline.first, &online.first);
            }
            Duplicates::Multiset => {
                let matched = pair_multisets(&self.layouts, offline, online);
                for (side, node) in [(Side::Offline, offline), (Side::Online, online)] {
                    self.note_unmatched(side, node, node.n_rows - matched.len() as u64);
                }
                for (offline, online) in &matched {
                    self.compare(offline, online);
                }
            }
        }
    }

    /// An online node and the offline node as of its time; `first` if that has served none before.
    fn settle_as_of(&mut self, offline: &mut Node, online: &mut Node, first: bool) -> Served {
        let single = offline.n_rows == 1 && online.n_rows == 1;
        if !single {
            let offline = (first && offline.n_rows > 1).then_some(&*offline);
            self.note_duplicates(PerSide { offline, online: (online.n_rows > 1).then_some(&*online) });
        }
        if !single && self.rules.duplicates != Duplicates::Latest {
            self.outcome.accounts.online.duplicate += online.n_rows;
            return Served::Duplicate;
        }
        self.choose(offline, online);
        self.outcome.accounts.online.compared += 1;
        self.outcome.accounts.online.duplicate += online.n_rows - 1;
        self.wait(&offline.first, &online.first);
        Served::Pair
    }

    /// A node without a partner.
    fn settle_alone(&mut self, side: Side, node: &Node) {
        let mut unmatched = node.n_rows;
        if node.n_rows > 1 && self.rules.duplicates != Duplicates::Multiset {
            let mut noted = PerSide { offline: None, online: None };
            noted[side] = Some(node);
            self.note_duplicates(noted);
            unmatched = if self.rules.duplicates == Duplicates::Latest { 1 } else { 0 };
            self.outcome.accounts[side].duplicate += node.n_rows - unmatched;
        }
        self.note_unmatched(side, node, unmatched);
    }

    /// Accounts for rows of a node that have no partner.
    fn note_unmatched(&mut self, side: Side, node: &Node, n_rows: u64) {
        if n_rows == 0 {
            return;
        }
        self.outcome.accounts[side].unmatched += n_rows;
        let RowRef { batch, row } = &node.first;
        self.sketches[side].add(batch, *row);
        if self.outcome.unmatched_keys[side].len() < MAX_KEY_SAMPLES {
            self.outcome.unmatched_keys[side].push(sample_of(&self.key_names, batch, *row));
        }
    }

    /// Reduces each node to the row that `duplicates: latest` means.
    fn choose(&self, offline: &mut Node, online: &mut Node) {
        keep_greatest(&self.layouts.offline, offline);
        keep_greatest(&self.layouts.online, online);
    }

    fn note_duplicates(&mut self, nodes: PerSide<Option<&Node>>) {
        let n_rows = nodes.map(|node| node.map_or(0, |node| node.n_rows));
        if n_rows.offline < 2 && n_rows.online < 2 {
            return;
        }
        self.outcome.n_duplicate_keys += 1;
        if self.outcome.duplicate_keys.len() < MAX_KEY_SAMPLES {
            for side in Side::BOTH {
                if let Some(node) = nodes[side] {
                    let sample = sample_of(&self.key_names, &node.first.batch, node.first.row);
                    self.outcome.duplicate_keys.push((sample, n_rows));
                    return;
                }
            }
        }
    }

    fn compare(&mut self, offline: &RowRef, online: &RowRef) {
        self.outcome.accounts.offline.compared += 1;
        self.outcome.accounts.online.compared += 1;
        self.wait(offline, online);
    }

    fn wait(&mut self, offline: &RowRef, online: &RowRef) {
        self.waiting.push_back((offline.clone(), online.clone()));
    }

    /// Hands out a batch of the waiting pairs, and with them lets go of the batches that nothing else refers to.
    fn hand_out(&mut self) -> Result<Aligned, SideError> {
        self.n_loaded = 0;
        let n_pairs = self.waiting.len().min(PAIRS_IN_BATCH);
        let (offline, online): (Vec<RowRef>, Vec<RowRef>) = self.waiting.drain(..n_pairs).unzip();
        let gather =
            |side: Side, rows: &[RowRef]| gather(&self.layouts[side], rows).map_err(|error| SideError { side, error });
        let sides = PerSide { offline: gather(Side::Offline, &offline)?, online: gather(Side::Online, &online)? };
        Ok(Aligned::Pairs(sides))
    }
}

/// Brings rows of several batches into one.
fn gather(layout: &Arc<Layout>, rows: &[RowRef]) -> Result<Rows, DataFusionError> {
    let layout = layout.clone();
    if let (Some(first), Some(last)) = (rows.first(), rows.last())
        && rows.windows(2).all(|pair| Arc::ptr_eq(&pair[0].batch, &pair[1].batch) && pair[0].row + 1 == pair[1].row)
    {
        // All of one batch, in a row: nothing needs to be copied.
        return Ok(Rows { batch: first.batch.slice(first.row, last.row - first.row + 1), layout });
    }
    let mut batches: Vec<&Arc<RecordBatch>> = Vec::new();
    let mut positions: Vec<(usize, usize)> = Vec::with_capacity(rows.len());
    for row in rows {
        // Most rows stand in the batch of the row before, which was met last.
        let known = batches.iter().rposition(|batch| Arc::ptr_eq(batch, &row.batch));
        let idx = known.unwrap_or_else(|| {
            batches.push(&row.batch);
            batches.len() - 1
        });
        positions.push((idx, row.row));
    }
    let columns = (0..layout.schema.fields().len()).map(|column| {
        let arrays: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(column).as_ref()).collect();
        Ok(interleave(&arrays, &positions)?)
    });
    let columns = columns.collect::<Result<Vec<_>, DataFusionError>>()?;
    Ok(Rows { batch: RecordBatch::try_new(layout.schema.clone(), columns)?, layout })
}

/// What an offline node was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Served {
    No,
    /// For pairs that its, or its partners', duplicates forbid.
    Duplicate,
    Pair,
}
