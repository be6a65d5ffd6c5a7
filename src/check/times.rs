//! Event times that are no times: counted for each side, with one of them.

use arrow::array::Array;

use super::samples::key_of;
use crate::engine::Rows;
use crate::report::Fields;
use crate::spec::{PerSide, Side, Spec};

/// Rows whose event time could not be read as one.
#[derive(Debug)]
pub(super) struct UnusableTimes {
    key_names: Vec<String>,
    pub sides: PerSide<Option<Unusable>>,
}

/// How many rows, and the smallest of their texts, so that it does not hang on the order of the rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unusable {
    pub n_rows: u64,
    pub text: String,
    pub key: Fields,
}

impl UnusableTimes {
    pub fn new(spec: &Spec) -> Self {
        Self { key_names: spec.keys.iter().map(|key| key.value.clone()).collect(), sides: PerSide::default() }
    }

    pub fn add(&mut self, side: Side, rows: &Rows) {
        let Some(texts) = rows.event_time().and_then(|times| times.unconvertible) else { return };
        let Some((row, text)) =
            texts.iter().enumerate().filter_map(|(row, text)| Some((row, text?))).min_by_key(|(_, text)| *text)
        else {
            return;
        };
        let n_rows = (texts.len() - texts.null_count()) as u64;
        match &mut self.sides[side] {
            Some(known) => {
                known.n_rows += n_rows;
                if text < known.text.as_str() {
                    known.text = text.to_owned();
                    known.key = key_of(&self.key_names, rows.keys(), row);
                }
            }
            unknown @ None => {
                let key = key_of(&self.key_names, rows.keys(), row);
                *unknown = Some(Unusable { n_rows, text: text.to_owned(), key });
            }
        }
    }
}
