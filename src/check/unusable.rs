//! Keys and event times that have no value of their type: counted for each side, with one of them.

use arrow::array::{Array, StringArray};

use super::samples::key_of;
use crate::engine::Rows;
use crate::report::Fields;
use crate::spec::{PerSide, Side, Spec};

/// Rows whose key or event time could not be read.
#[derive(Debug)]
pub(super) struct Unusable {
    key_names: Vec<String>,
    /// By key part.
    pub keys: PerSide<Vec<Option<Texts>>>,
    pub times: PerSide<Option<Texts>>,
}

/// How many rows, and the smallest of their texts, so that it does not hang on the order of the rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Texts {
    pub n_rows: u64,
    pub text: String,
    pub key: Fields,
}

impl Unusable {
    pub fn new(spec: &Spec) -> Self {
        let key_names: Vec<String> = spec.keys.iter().map(|key| key.value.clone()).collect();
        let keys = PerSide::from_fn(|_| vec![None; key_names.len()]);
        Self { key_names, keys, times: PerSide::default() }
    }

    pub fn add(&mut self, side: Side, rows: &Rows) {
        for (part, known) in self.keys[side].iter_mut().enumerate() {
            if let Some(texts) = rows.key_texts(part) {
                add(known, texts, &self.key_names, rows);
            }
        }
        if let Some(texts) = rows.event_time().and_then(|times| times.unconvertible) {
            add(&mut self.times[side], &texts, &self.key_names, rows);
        }
    }
}

fn add(known: &mut Option<Texts>, texts: &StringArray, key_names: &[String], rows: &Rows) {
    let found = texts.iter().enumerate().filter_map(|(row, text)| Some((row, text?)));
    let Some((row, text)) = found.min_by_key(|(_, text)| *text) else { return };
    let n_rows = (texts.len() - texts.null_count()) as u64;
    let key = key_of(key_names, rows.keys(), row);
    match known {
        None => *known = Some(Texts { n_rows, text: text.to_owned(), key }),
        Some(known) => {
            known.n_rows += n_rows;
            if text < known.text.as_str() {
                known.text = text.to_owned();
                known.key = key;
            }
        }
    }
}
