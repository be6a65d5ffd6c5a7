//! A bounded sample of hashed values: how many there are, how often they repeat, what they share with another column's.

use std::collections::HashMap;

/// The values of a column whose hashes are the smallest, and how many rows have each.
///
/// Which values these are depends on the values alone, so that two columns keep the same ones of what they share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    /// Ascending by hash.
    counts: Vec<(u64, u64)>,
    /// All values with a smaller hash are in `counts`; none: all values are.
    limit: Option<u64>,
}

/// What two columns share, as shares (0 … 1) of their distinct values. Estimated where a column has more than a sketch holds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Overlap {
    /// The share of the first column's values that occur in the second.
    pub of_first: f64,
    /// The share of the second column's values that occur in the first.
    pub of_second: f64,
    /// Common values over all values of both.
    pub jaccard: f64,
    /// How many values of the column with fewer of them were looked at.
    pub n_looked_at: usize,
}

impl Sketch {
    /// Returns a sketch of some hashes, one for each row; `bound` is how many distinct ones it keeps.
    pub fn of(hashes: impl IntoIterator<Item = u64>, bound: usize) -> Self {
        let mut sketcher = Sketcher::new(bound);
        hashes.into_iter().for_each(|hash| sketcher.add(hash));
        sketcher.finish()
    }

    /// How many distinct values there are: exact if the sketch holds them all, else within a few percent.
    pub fn n_distinct(&self) -> u64 {
        match self.limit {
            None => self.counts.len() as u64,
            Some(limit) => (self.counts.len() as f64 / (limit as f64 / 2f64.powi(64))).round() as u64,
        }
    }

    /// Whether every distinct value was counted.
    pub fn is_exact(&self) -> bool {
        self.limit.is_none()
    }

    /// The share of rows whose value another row has, too. Exactly 0 only if no value that was kept repeats.
    pub fn repeated_share(&self) -> f64 {
        let n_rows: u64 = self.counts.iter().map(|(_, n_rows)| n_rows).sum();
        let repeated: u64 = self.counts.iter().map(|(_, n_rows)| n_rows).filter(|n_rows| **n_rows > 1).sum();
        if n_rows == 0 { 0.0 } else { repeated as f64 / n_rows as f64 }
    }

    /// The share of rows beyond the first of each value.
    pub fn surplus_share(&self) -> f64 {
        let n_rows: u64 = self.counts.iter().map(|(_, n_rows)| n_rows).sum();
        if n_rows == 0 { 0.0 } else { (n_rows - self.counts.len() as u64) as f64 / n_rows as f64 }
    }

    /// Compares the values of two columns.
    pub fn overlap(&self, other: &Self) -> Overlap {
        let limit = match (self.limit, other.limit) {
            (Some(first), Some(second)) => Some(first.min(second)),
            (limit, None) | (None, limit) => limit,
        };
        let (first, second) = (self.below(limit), other.below(limit));
        let mut n_common = 0usize;
        let (mut rest, mut others) = (first, second);
        while let ([(hash, _), after @ ..], [(other_hash, _), other_after @ ..]) = (rest, others) {
            if hash <= other_hash {
                rest = after;
            }
            if other_hash <= hash {
                others = other_after;
            }
            n_common += usize::from(hash == other_hash);
        }
        let share = |n_all: usize| if n_all == 0 { 0.0 } else { n_common as f64 / n_all as f64 };
        Overlap {
            of_first: share(first.len()),
            of_second: share(second.len()),
            jaccard: share(first.len() + second.len() - n_common),
            n_looked_at: first.len().min(second.len()),
        }
    }

    fn below(&self, limit: Option<u64>) -> &[(u64, u64)] {
        let n_below = match limit {
            Some(limit) => self.counts.partition_point(|(hash, _)| *hash < limit),
            None => self.counts.len(),
        };
        self.counts.get(..n_below).unwrap_or_default()
    }
}

/// Collects a [`Sketch`]. Holds at most twice its bound.
#[derive(Debug)]
pub(super) struct Sketcher {
    bound: usize,
    limit: Option<u64>,
    counts: HashMap<u64, u64>,
}

impl Sketcher {
    pub fn new(bound: usize) -> Self {
        Self { bound: bound.max(1), limit: None, counts: HashMap::new() }
    }

    pub fn add(&mut self, hash: u64) {
        self.add_rows(hash, 1);
    }

    fn add_rows(&mut self, hash: u64, n_rows: u64) {
        if self.limit.is_some_and(|limit| hash >= limit) {
            return;
        }
        *self.counts.entry(hash).or_default() += n_rows;
        if self.counts.len() > 2 * self.bound {
            self.shrink();
        }
    }

    /// Adds what another one collected from other rows.
    pub fn merge(&mut self, other: Self) {
        if let Some(limit) = other.limit {
            self.limit = Some(self.limit.map_or(limit, |own| own.min(limit)));
            self.counts.retain(|hash, _| *hash < limit);
        }
        for (hash, n_rows) in other.counts {
            self.add_rows(hash, n_rows);
        }
    }

    pub fn finish(mut self) -> Sketch {
        self.shrink();
        let mut counts: Vec<(u64, u64)> = self.counts.into_iter().collect();
        counts.sort_unstable();
        Sketch { counts, limit: self.limit }
    }

    /// Drops all but the smallest hashes.
    fn shrink(&mut self) {
        if self.counts.len() <= self.bound {
            return;
        }
        let mut hashes: Vec<u64> = self.counts.keys().copied().collect();
        let (_, limit, _) = hashes.select_nth_unstable(self.bound);
        let limit = *limit;
        self.limit = Some(limit);
        self.counts.retain(|hash, _| *hash < limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spread over all of u64, as hashes are.
    fn hash(number: u64) -> u64 {
        super::super::mix(number)
    }

    #[test]
    fn few_values_are_counted_exactly() {
        let sketch = Sketch::of([1, 2, 2, 3].map(hash), 10);
        assert_eq!((sketch.n_distinct(), sketch.is_exact(), sketch.repeated_share()), (3, true, 0.5));
        assert_eq!(sketch.surplus_share(), 0.25);
        let overlap = sketch.overlap(&Sketch::of([2, 3, 4, 5].map(hash), 10));
        let (of_first, of_second, jaccard) = (2.0 / 3.0, 0.5, 0.4);
        assert_eq!(overlap, Overlap { of_first, of_second, jaccard, n_looked_at: 3 });
    }

    #[test]
    fn many_values_are_estimated_within_a_few_percent() {
        let offline = Sketch::of((0..100_000).map(hash), 4096);
        let online = Sketch::of((50_000..80_000).map(hash), 4096);
        assert!(!offline.is_exact() && offline.n_distinct().abs_diff(100_000) < 5_000, "{}", offline.n_distinct());
        let overlap = offline.overlap(&online);
        assert!((overlap.of_first - 0.3).abs() < 0.03 && overlap.of_second == 1.0, "{overlap:?}");
        assert_eq!(offline.repeated_share(), 0.0);
    }

    #[test]
    fn neither_order_nor_parts_change_a_sketch() {
        let rows: Vec<u64> = (0..5_000).map(|row| hash(row % 3_000)).collect();
        let whole = Sketch::of(rows.iter().copied(), 256);
        assert_eq!(Sketch::of(rows.iter().rev().copied(), 256), whole);
        let mut parts = rows.chunks(700).map(|part| {
            let mut sketcher = Sketcher::new(256);
            part.iter().for_each(|hash| sketcher.add(*hash));
            sketcher
        });
        let mut merged = parts.next().expect("there are several parts");
        parts.for_each(|part| merged.merge(part));
        assert_eq!(merged.finish(), whole);
    }
}
