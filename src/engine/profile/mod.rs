//! What the columns of a side hold, over all its rows and in bounded memory: for writing a first spec.
//!
//! Nothing here depends on the order of rows, or on how many threads read them.

mod column;
mod leaves;
mod sketch;
mod value;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use futures::TryStreamExt;

use self::column::{Collector, hash_text};
use self::leaves::{Leaf, leaves};
use self::sketch::Sketcher;
use self::value::write_value;
use super::input::{Depth, Input, Opening, open_alone};
use super::reason::EngineReason;
use super::run::Progress;
use super::session::Resources;
use crate::error::Error;
use crate::spec::{Side, Table};

pub use column::{ColumnProfile, EpochUnit, Kinds};
pub use leaves::Origin;
pub use sketch::{Overlap, Sketch};

/// One side, opened to be profiled.
pub struct Profiler {
    input: Input,
    leaves: Vec<Leaf>,
    n_threads: usize,
}

/// What one side holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    pub side: Side,
    pub n_rows: u64,
    pub n_unreadable: u64,
    /// In their order, the fields of objects in the place of the object.
    pub columns: Vec<ColumnProfile>,
    /// Whether there are more columns than are looked at.
    pub more_columns: bool,
}

/// How often the values of some columns, taken together, stand in several rows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct KeyCount {
    /// The share of rows whose values another row has, too; 0 only if there was none among those looked at.
    pub repeated_share: f64,
    /// The share of rows beyond the first of their values.
    pub surplus_share: f64,
    /// Whether all rows were looked at, and not only those of some keys.
    pub exact: bool,
    /// Rows in which all of the columns are null: they have no key.
    pub n_null: u64,
}

const MAX_COLUMNS: usize = 2_000;
/// Hashes that all sketches of a side hold together.
const MAX_HASHES: usize = 1 << 21;
/// More threads would each hold their own sketches.
const MAX_THREADS: usize = 4;

/// Returns the names of a table's columns, by the first record of each file where the file itself does not tell them.
///
/// # Errors
/// [`Error::Input`] names the file that cannot be read.
pub async fn column_names(side: Side, table: &Table, base: &Path, resources: &Resources) -> Result<Vec<String>, Error> {
    let runtime = resources.runtime().map_err(|error| engine_error(side, "set up the engine", error))?;
    let how = Opening { base, resources: *resources, runtime, depth: Depth::Head(1), bytes_read: Default::default() };
    let input = open_alone(side, table, &how).await?;
    Ok(input.schema().fields().iter().map(|field| field.name().clone()).collect())
}

impl Profiler {
    /// Opens one input. Its path is relative to `base`. Reads every record of JSON and CSV once, to learn their types.
    ///
    /// # Errors
    /// [`Error::Input`] names the file that cannot be read.
    pub async fn open(
        side: Side,
        table: &Table,
        base: &Path,
        resources: &Resources,
        progress: &Progress,
    ) -> Result<Self, Error> {
        let runtime = resources.runtime().map_err(|error| engine_error(side, "set up the engine", error))?;
        let bytes_read = progress.bytes_opened.clone();
        let how = Opening { base, resources: *resources, runtime, depth: Depth::Full, bytes_read };
        let input = open_alone(side, table, &how).await?;
        let leaves = leaves(input.schema().fields(), MAX_COLUMNS + 1);
        Ok(Self { input, leaves, n_threads: resources.threads.clamp(1, MAX_THREADS) })
    }

    /// Reads all rows and tells what each column holds.
    ///
    /// # Errors
    /// [`Error::Engine`] if reading fails (a corrupt file, no memory).
    pub async fn profile(&self, progress: &Progress) -> Result<Profile, Error> {
        let looked_at: Arc<[Leaf]> = self.leaves.iter().take(MAX_COLUMNS).cloned().collect();
        let bound = (MAX_HASHES / looked_at.len().max(1)).clamp(1 << 10, 1 << 15);
        let new = {
            let looked_at = looked_at.clone();
            move || Collected {
                n_rows: 0,
                columns: looked_at
                    .iter()
                    .map(|leaf| Collector::new(leaf.origin.clone(), leaf.data_type.clone(), bound))
                    .collect(),
                n_no_dates: vec![0; looked_at.len()],
            }
        };
        let leaves = looked_at.clone();
        let add = move |collected: &mut Collected, batch: &RecordBatch| {
            collected.n_rows += batch.num_rows() as u64;
            let columns = collected.columns.iter_mut().zip(&mut collected.n_no_dates);
            for (leaf, (column, n_no_dates)) in leaves.iter().zip(columns) {
                let found = leaf.values(batch);
                *n_no_dates += found.n_no_dates;
                column.add(&found.values, found.nulls.as_ref());
            }
        };
        let merge = |all: &mut Collected, other: Collected| {
            all.n_rows += other.n_rows;
            all.columns.iter_mut().zip(other.columns).for_each(|(all, other)| all.merge(other));
            all.n_no_dates.iter_mut().zip(other.n_no_dates).for_each(|(all, other)| *all += other);
        };
        let collected = self.fold(new, add, merge, progress).await?;
        // A date that some rows do not have would fail there.
        let columns = collected.columns.into_iter().zip(collected.n_no_dates);
        Ok(Profile {
            side: self.input.side,
            n_rows: collected.n_rows,
            n_unreadable: self.input.n_unreadable,
            columns: columns.filter(|(_, n_no_dates)| *n_no_dates == 0).map(|(column, _)| column.finish()).collect(),
            more_columns: self.leaves.len() > MAX_COLUMNS,
        })
    }

    /// Reads all rows again and tells how far combinations of columns identify them. A combination names the
    /// [origins](Origin) of its columns; one that the side does not have is as null.
    ///
    /// # Errors
    /// As [`profile`](Self::profile).
    pub async fn count_keys(&self, combinations: &[Vec<Origin>], progress: &Progress) -> Result<Vec<KeyCount>, Error> {
        let mut used: Vec<Leaf> = Vec::new();
        let mut by_index: Vec<Vec<usize>> = Vec::new();
        for combination in combinations {
            let mut indices = Vec::new();
            for origin in combination {
                let Some(leaf) = self.leaves.iter().find(|leaf| leaf.origin == *origin) else { continue };
                let known = used.iter().position(|other| other.origin == *origin);
                indices.push(known.unwrap_or(used.len()));
                if known.is_none() {
                    used.push(leaf.clone());
                }
            }
            by_index.push(indices);
        }
        let bound = (MAX_HASHES / combinations.len().max(1)).clamp(1 << 13, 1 << 19);
        let n_combinations = combinations.len();
        let new = move || -> Vec<(Sketcher, u64)> { (0..n_combinations).map(|_| (Sketcher::new(bound), 0)).collect() };
        let add = move |counts: &mut Vec<(Sketcher, u64)>, batch: &RecordBatch| {
            let hashes: Vec<Vec<Option<u64>>> = used.iter().map(|leaf| row_hashes(leaf, batch)).collect();
            for (indices, (sketcher, n_null)) in by_index.iter().zip(counts) {
                let columns: Vec<&Vec<Option<u64>>> = indices.iter().filter_map(|idx| hashes.get(*idx)).collect();
                for row in 0..batch.num_rows() {
                    let parts = columns.iter().map(|column| column.get(row).copied().flatten());
                    match combined(parts) {
                        Some(hash) => sketcher.add(hash),
                        None => *n_null += 1,
                    }
                }
            }
        };
        let merge = |all: &mut Vec<(Sketcher, u64)>, other: Vec<(Sketcher, u64)>| {
            for ((sketcher, n_null), (other, n_other)) in all.iter_mut().zip(other) {
                sketcher.merge(other);
                *n_null += n_other;
            }
        };
        let counts = self.fold(new, add, merge, progress).await?;
        Ok(counts
            .into_iter()
            .map(|(sketcher, n_null)| {
                let sketch = sketcher.finish();
                let (repeated_share, surplus_share) = (sketch.repeated_share(), sketch.surplus_share());
                KeyCount { repeated_share, surplus_share, exact: sketch.is_exact(), n_null }
            })
            .collect())
    }

    /// Reads all rows, several streams at a time, each into a value of its own; these are merged at the end.
    async fn fold<A, N, F, M>(&self, new: N, add: F, merge: M, progress: &Progress) -> Result<A, Error>
    where
        A: Send + 'static,
        N: Fn() -> A,
        F: Fn(&mut A, &RecordBatch) + Send + Sync + 'static,
        M: Fn(&mut A, A),
    {
        let side = self.input.side;
        let fail = |error: DataFusionError| engine_error(side, "read the rows", error);
        let streams = self.input.frame.clone().execute_stream_partitioned().await.map_err(fail)?;
        let queue = Arc::new(Mutex::new(streams.into_iter()));
        let add = Arc::new(add);
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..self.n_threads {
            let (queue, add, mut folded) = (queue.clone(), add.clone(), new());
            let rows_read = progress.rows_read.clone();
            workers.spawn(async move {
                loop {
                    let next = queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
                    let Some(mut stream) = next else { return Ok(folded) };
                    while let Some(batch) = stream.try_next().await? {
                        add(&mut folded, &batch);
                        rows_read.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
                    }
                }
            });
        }
        let mut all = new();
        while let Some(joined) = workers.join_next().await {
            let folded: Result<A, DataFusionError> =
                joined.map_err(|error| DataFusionError::Execution(error.to_string())).and_then(|folded| folded);
            merge(&mut all, folded.map_err(fail)?);
        }
        Ok(all)
    }
}

struct Collected {
    n_rows: u64,
    columns: Vec<Collector>,
    n_no_dates: Vec<u64>,
}

fn row_hashes(leaf: &Leaf, batch: &RecordBatch) -> Vec<Option<u64>> {
    let found = leaf.values(batch);
    let mut text = String::new();
    (0..batch.num_rows())
        .map(|row| {
            if found.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
                return None;
            }
            text.clear();
            write_value(found.values.as_ref(), row, &mut text);
            Some(hash_text(&text))
        })
        .collect()
}

/// The hash of a row's parts; none if all are null.
fn combined(parts: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    const NULL: u64 = 0x6e75_6c6c;
    let mut any = false;
    let hash = parts.fold(0u64, |hash, part| {
        any |= part.is_some();
        mix(hash.rotate_left(23) ^ part.unwrap_or(NULL))
    });
    any.then_some(hash)
}

/// Spreads the bits of a hash.
///
/// Source: the finaliser of SplitMix64, a bijection.
fn mix(hash: u64) -> u64 {
    let hash = hash.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// The words of a name in lower case: `orderId`, `order_id` and `order id` are `order`, `id`.
pub fn words(name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut previous: Option<char> = None;
    for c in name.chars() {
        let starts = match previous {
            Some(previous) => !previous.is_alphanumeric() || (previous.is_lowercase() && c.is_uppercase()),
            None => true,
        };
        if c.is_alphanumeric() {
            if starts {
                found.push(String::new());
            }
            if let Some(word) = found.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        previous = Some(c);
    }
    found
}

/// How much a name sounds like that of the time of an event: 0 is not at all.
pub fn time_words(name: &str) -> u32 {
    let words = words(name);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let sounds = has(&["time", "timestamp", "ts", "datetime", "epoch", "at", "date", "when", "day"])
        || name.ends_with("_ms") && has(&["event", "created"]);
    if !sounds || has(&["zone", "tz", "week", "of"]) {
        return 0;
    }
    let is_event = has(&["event", "timestamp", "ts", "occurred"]);
    let is_first = has(&["created", "requested", "ordered", "request", "logged", "scheduled", "observed"]);
    let is_later = has(&["updated", "modified", "processed", "ingested", "loaded", "deleted", "birth"]);
    match (is_event, is_first, is_later) {
        (_, _, true) => 1,
        (true, _, false) => 4,
        (false, true, false) => 3,
        (false, false, false) => 2,
    }
}

fn engine_error(side: Side, doing: &'static str, error: DataFusionError) -> Error {
    Error::Engine { side, doing, reason: error.reason(), source: Some(Box::new(error)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_falls_into_words() {
        for name in ["orderId", "order_id", "Order ID", "order-id", "ORDER.ID"] {
            assert_eq!(words(name), ["order", "id"], "{name}");
        }
        assert_eq!(words("HTTPStatus2"), ["httpstatus2"]);
        assert!(words("__").is_empty());
    }

    #[test]
    fn the_time_of_an_event_sounds_more_like_one_than_others() {
        assert!(time_words("event_time") > time_words("created_at"));
        assert!(time_words("createdAt") > time_words("arrival_time"));
        assert!(time_words("arrival_time") > time_words("updated_at"));
        assert!(time_words("updated_at") > 0);
        for name in ["attempts", "time_zone", "day_of_week", "amount"] {
            assert_eq!(time_words(name), 0, "{name}");
        }
    }
}
