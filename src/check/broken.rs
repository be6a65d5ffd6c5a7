//! Rows that break a rule, counted by the value that breaks it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;

use super::samples::key_of;
use crate::engine::Rows;
use crate::report::{Evidence, Fields};

/// Distinct values that are counted: the smallest ones, so that they do not hang on the order of the rows.
const MAX_VALUES: usize = 1000;
const N_SAMPLES: usize = 5;

/// How many rows have a bad value, in all and by value.
#[derive(Debug, Clone, Default)]
pub(super) struct BrokenRows {
    n_rows: u64,
    /// By the value in JSON: the value, its rows and the key of the first one.
    values: BTreeMap<String, (Value, u64, Fields)>,
}

impl BrokenRows {
    pub fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// Counts a row. Its key is left out if all its parts are null, as it tells no row from others then.
    pub fn add(&mut self, value: Value, key_names: &[String], rows: &Rows, row: usize) {
        self.count(value, || {
            let key = key_of(key_names, rows.keys(), row);
            if key.0.iter().all(|(_, part)| part.is_null()) { Fields::default() } else { key }
        });
    }

    fn count(&mut self, value: Value, key: impl FnOnce() -> Fields) {
        self.n_rows += 1;
        let text = value.to_string();
        if let Some((_, n_rows, _)) = self.values.get_mut(&text) {
            *n_rows += 1;
            return;
        }
        if self.values.len() >= MAX_VALUES {
            match self.values.last_key_value() {
                Some((largest, _)) if text < *largest => self.values.pop_last(),
                _ => return,
            };
        }
        self.values.insert(text, (value, 1, key()));
    }

    /// The most frequent of the values.
    pub fn samples(&self) -> Vec<Evidence> {
        let mut values: Vec<&(Value, u64, Fields)> = self.values.values().collect();
        values.sort_by_key(|(_, n_rows, _)| Reverse(*n_rows));
        let evidence = |(value, rows, key): &(Value, u64, Fields)| Evidence::Value {
            value: value.clone(),
            rows: *rows,
            key: key.clone(),
        };
        values.into_iter().take(N_SAMPLES).map(evidence).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_samples_do_not_hang_on_the_order_of_the_values() {
        let shown = |values: &mut dyn Iterator<Item = u64>| {
            let mut broken = BrokenRows::default();
            for value in values {
                // The even ones twice.
                for _ in 0..=(value + 1) % 2 {
                    broken.count(json!(format!("{value:04}")), Fields::default);
                }
            }
            assert_eq!((broken.n_rows(), broken.values.len()), (3000, MAX_VALUES));
            broken.samples()
        };
        let sample = |value: &str| Evidence::Value { value: json!(value), rows: 2, key: Fields::default() };
        let wanted = ["0000", "0002", "0004", "0006", "0008"].map(sample);
        assert_eq!(shown(&mut (0..2000)), wanted);
        assert_eq!(shown(&mut (0..2000).rev()), wanted);
    }
}
