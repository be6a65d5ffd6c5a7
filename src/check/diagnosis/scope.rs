//! Where a mechanism holds: by the values of one column.

use std::collections::BTreeMap;

use crate::compare::Column;
use crate::diagnose::Value;

/// Values of a column beyond which it is none that rows are told apart by.
pub(super) const MAX_LEVELS: usize = 256;

/// Rows by the values of one attribute.
#[derive(Debug)]
pub(super) struct Levels {
    n_attempts: usize,
    /// None: there are too many.
    by_value: Option<BTreeMap<Value, Level>>,
}

/// The rows of one value.
#[derive(Debug, Clone, Default)]
pub(super) struct Level {
    pub mismatching: u64,
    /// By attempt: mismatching rows that it explains.
    pub explained: Vec<u64>,
    /// By attempt: matching rows that it would break.
    pub damaged: Vec<u64>,
}

/// The values of one attribute for which an attempt holds.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub values: Vec<Value>,
    pub explained: u64,
    /// How many values the attribute has in all.
    pub n_levels: usize,
}

impl Levels {
    pub fn new(n_attempts: usize) -> Self {
        Self { n_attempts, by_value: Some(BTreeMap::new()) }
    }

    pub fn add(&mut self, column: &Column, is_mismatch: &[bool], masks: &[u8]) {
        let Some(by_value) = &mut self.by_value else { return };
        let n_attempts = self.n_attempts;
        // Rows of one value are counted together, as reading a value is what costs.
        let hashes = crate::engine::row_hashes(std::slice::from_ref(&column.values));
        let mut by_hash: BTreeMap<u64, (usize, Level)> = BTreeMap::new();
        for (row, hash) in hashes.iter().enumerate() {
            let (Some(is_mismatch), Some(mask)) = (is_mismatch.get(row), masks.get(row)) else { continue };
            let empty = || Level { explained: vec![0; n_attempts], damaged: vec![0; n_attempts], ..Level::default() };
            let (_, level) = by_hash.entry(*hash).or_insert_with(|| (row, empty()));
            level.mismatching += u64::from(*is_mismatch);
            let counts = if *is_mismatch { &mut level.explained } else { &mut level.damaged };
            for (idx, count) in counts.iter_mut().enumerate() {
                *count += u64::from((mask & (1 << idx) != 0) == *is_mismatch);
            }
            if by_hash.len() > MAX_LEVELS {
                self.by_value = None;
                return;
            }
        }
        for (row, level) in by_hash.into_values() {
            let known = by_value.entry(Value::at(&column.values, row)).or_default();
            known.mismatching += level.mismatching;
            for (known, more) in [(&mut known.explained, level.explained), (&mut known.damaged, level.damaged)] {
                known.resize(n_attempts, 0);
                for (count, more) in known.iter_mut().zip(more) {
                    *count += more;
                }
            }
        }
        if by_value.len() > MAX_LEVELS {
            self.by_value = None;
        }
    }

    /// The attribute's other values.
    pub fn others(&self, values: &[Value]) -> Vec<Value> {
        let all = self.by_value.iter().flat_map(|by_value| by_value.keys());
        all.filter(|value| !values.contains(value)).cloned().collect()
    }

    /// Returns the values for which an attempt holds: it explains rows there, leaves few mismatches, and breaks nothing.
    pub fn held(&self, attempt: usize) -> Option<Held> {
        let by_value = self.by_value.as_ref()?;
        let mut held = Held { values: Vec::new(), explained: 0, n_levels: by_value.len() };
        for (value, level) in by_value {
            let explained = *level.explained.get(attempt)?;
            let damaged = *level.damaged.get(attempt)?;
            if explained > 0 && damaged == 0 && explained as f64 >= 0.9 * level.mismatching as f64 {
                held.values.push(value.clone());
                held.explained += explained;
            }
        }
        (!held.values.is_empty()).then_some(held)
    }
}
