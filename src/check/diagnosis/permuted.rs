//! Whether both sides hold the same values in other rows.

use std::collections::HashMap;

use arrow::array::Array;

use crate::compare::{Column, canonical_floats, plain_values};
use crate::engine::row_hashes;

/// Distinct values that are counted; beyond, the sums of all hashes have to do.
const MAX_VALUES: usize = 2_000_000;

/// The share of rows whose value has to be found in another row: less is what chance gives.
const MIN_SHARED: f64 = 0.9;

/// The values of both sides in mismatching rows.
#[derive(Debug, Default)]
pub(super) struct Permuted {
    /// By hash of a value: how often each side has it.
    counts: HashMap<u64, [u32; 2]>,
    overflown: bool,
    sums: [u64; 2],
    n_rows: u64,
}

impl Permuted {
    pub fn add(&mut self, columns: [&Column; 2], is_mismatch: &[bool]) {
        for (place, column) in columns.into_iter().enumerate() {
            let values = canonical_floats(&plain_values(&column.values));
            let hashes = row_hashes(std::slice::from_ref(&values));
            for (row, hash) in hashes.into_iter().enumerate() {
                if is_mismatch.get(row) != Some(&true) || values.is_null(row) {
                    continue;
                }
                self.sums[place] = self.sums[place].wrapping_add(hash);
                self.n_rows += u64::from(place == 0);
                if !self.overflown {
                    self.counts.entry(hash).or_default()[place] += 1;
                }
            }
        }
        if self.counts.len() > MAX_VALUES {
            self.overflown = true;
            self.counts = HashMap::new();
        }
    }

    /// Returns in how many of the rows the first side's value is one that the second has in another row.
    pub fn n_shared(&self) -> u64 {
        if self.overflown {
            return if self.sums[0] == self.sums[1] { self.n_rows } else { 0 };
        }
        let n_shared: u64 = self.counts.values().map(|[first, second]| u64::from(*first.min(second))).sum();
        // Values that many rows have are on both sides in any case.
        let is_telling =
            self.counts.len() as u64 * 2 >= self.n_rows && n_shared as f64 >= MIN_SHARED * self.n_rows as f64;
        if is_telling { n_shared } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Float64Array;

    use super::*;

    #[test]
    fn values_are_counted_as_often_as_both_sides_have_them() {
        let column =
            |values: [f64; 4]| Column { values: Arc::new(Float64Array::from(values.to_vec())), unconvertible: None };
        let n_shared = |first, second, is_mismatch: [bool; 4]| {
            let mut permuted = Permuted::default();
            permuted.add([&column(first), &column(second)], &is_mismatch);
            permuted.n_shared()
        };
        assert_eq!(n_shared([1.0, 2.0, 0.0, 5.0], [2.0, -0.0, 1.0, 5.0], [true, true, true, false]), 3);
        // Two of three are no permutation, and neither are values that all rows have.
        assert_eq!(n_shared([1.0, 2.0, 0.0, 5.0], [2.0, 7.0, 1.0, 5.0], [true, true, true, false]), 0);
        assert_eq!(n_shared([1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [true; 4]), 0);
    }
}
