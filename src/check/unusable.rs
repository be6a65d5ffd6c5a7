//! Keys and event times that have no value of their type: counted for each side by their texts.

use arrow::array::StringArray;
use serde_json::Value;

use super::broken::BrokenRows;
use crate::engine::Rows;
use crate::spec::{PerSide, Side, Spec};

/// Rows whose key or event time could not be read.
#[derive(Debug)]
pub(super) struct Unusable {
    key_names: Vec<String>,
    /// By key part.
    pub keys: PerSide<Vec<BrokenRows>>,
    pub times: PerSide<BrokenRows>,
}

impl Unusable {
    pub fn new(spec: &Spec) -> Self {
        let key_names: Vec<String> = spec.keys.iter().map(|key| key.value.clone()).collect();
        let keys = PerSide::from_fn(|_| vec![BrokenRows::default(); key_names.len()]);
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

fn add(known: &mut BrokenRows, texts: &StringArray, key_names: &[String], rows: &Rows) {
    for (row, text) in texts.iter().enumerate() {
        if let Some(text) = text {
            known.add(Value::String(text.to_owned()), key_names, rows, row);
        }
    }
}
