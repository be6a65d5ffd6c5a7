//! A few mismatching rows of one comparison, the same ones in whatever order rows of one key come.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef};
use serde_json::Value;

use crate::compare::{Column, value_at};
use crate::report::{Fields, MismatchCode, Sample};

/// Rows kept for each code.
const N_SAMPLES: usize = 3;

/// The first mismatching rows of each code. Rows are offered in the order of their keys.
#[derive(Debug, Default)]
pub(super) struct Samples {
    by_code: BTreeMap<MismatchCode, First>,
}

#[derive(Debug, Default)]
struct First {
    samples: Vec<Sample>,
    /// A later key has been seen, so that no further row can be among the first.
    complete: bool,
}

impl Samples {
    /// Returns whether a row of this code may still be among the first.
    pub fn wants(&self, code: MismatchCode) -> bool {
        self.by_code.get(&code).is_none_or(|first| !first.complete)
    }

    pub fn offer(&mut self, sample: Sample) {
        self.by_code.entry(sample.code).or_default().offer(sample);
    }

    /// The samples, those of the most frequent code first, then by key. `n_rows` is how many rows have a code.
    pub fn sorted(&self, n_rows: impl Fn(MismatchCode) -> u64) -> Vec<Sample> {
        let mut codes: Vec<(&MismatchCode, &First)> = self.by_code.iter().collect();
        codes.sort_by_key(|(code, _)| (std::cmp::Reverse(n_rows(**code)), **code));
        codes.into_iter().flat_map(|(_, first)| first.samples.iter().cloned()).collect()
    }
}

impl First {
    fn offer(&mut self, sample: Sample) {
        let last_key = self.samples.last().map(|last| &last.key);
        if self.samples.len() >= N_SAMPLES && last_key != Some(&sample.key) {
            self.complete = true;
            return;
        }
        // Rows of one key come in no order of their own: their values give them one.
        let first_of_key = self.samples.iter().position(|known| known.key == sample.key).unwrap_or(self.samples.len());
        self.samples.push(sample);
        if let Some(tied) = self.samples.get_mut(first_of_key..) {
            tied.sort_by_cached_key(|sample| sample.values.clone().map(|value| value.to_string()));
        }
        self.samples.truncate(N_SAMPLES);
    }
}

/// The key of a row as reports show it.
pub(super) fn key_of(names: &[String], keys: &[ArrayRef], row: usize) -> Fields {
    Fields(names.iter().cloned().zip(keys.iter().map(|part| value_at(part, row))).collect())
}

/// The value of a row as reports show it: the raw text where it could not become what it should.
pub(super) fn shown_value(column: &Column, row: usize) -> Value {
    match &column.unconvertible {
        Some(texts) if texts.is_valid(row) => Value::String(texts.value(row).to_owned()),
        Some(_) | None => value_at(&column.values, row),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample(key: i64, value: i64) -> Sample {
        Sample {
            key: Fields(vec![("id".to_owned(), json!(key))]),
            values: [json!(value), json!(null)],
            code: MismatchCode::MissingSecond,
        }
    }

    #[test]
    fn the_first_rows_do_not_hang_on_the_order_within_a_key() {
        let kept = |rows: &[(i64, i64)]| {
            let mut samples = Samples::default();
            for (key, value) in rows {
                if samples.wants(MismatchCode::MissingSecond) {
                    samples.offer(sample(*key, *value));
                }
            }
            samples.sorted(|_| 1)
        };
        let wanted = vec![sample(1, 5), sample(2, 3), sample(2, 4)];
        assert_eq!(kept(&[(1, 5), (2, 9), (2, 4), (2, 3), (3, 0)]), wanted);
        assert_eq!(kept(&[(1, 5), (2, 3), (2, 4), (2, 9), (3, 0)]), wanted);
    }
}
