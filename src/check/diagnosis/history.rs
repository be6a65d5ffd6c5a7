//! The rows of a few entities as one comparison has them.

use super::gather::Gathered;
use crate::check::comparison::{Comparison, sources};
use crate::compare::{Code, Column};
use crate::diagnose::Value;
use crate::report::Stage;

/// Rows of a few entities, those of one after the other in the order of time.
pub(super) struct History {
    pub entities: Vec<u64>,
    pub columns: [Column; 2],
    pub is_mismatch: Vec<bool>,
    /// By entity.
    pub values: Vec<Vec<[Value; 2]>>,
}

impl History {
    /// None where an entity has one row, or where the comparison is one of a single side.
    pub fn new(comparison: &Comparison, gathered: &Gathered) -> Option<Self> {
        let (pairs, entities) = gathered.histories.as_ref()?;
        if !matches!(comparison.stage, Stage::Inputs | Stage::EndToEnd) {
            return None;
        }
        let [first, second] = sources(comparison.stage);
        let columns =
            [first.column(&pairs.offline, comparison.feature)?, second.column(&pairs.online, comparison.feature)?];
        let mut codes: Vec<Code> = Vec::new();
        comparison.comparer.codes(&columns[0], &columns[1], &mut codes);
        let mut values: Vec<Vec<[Value; 2]>> = Vec::new();
        for (row, entity) in entities.iter().enumerate() {
            if row == 0 || entities.get(row - 1) != Some(entity) {
                values.push(Vec::new());
            }
            let pair = [0, 1].map(|place| Value::at(&columns[place].values, row));
            if let Some(of_entity) = values.last_mut() {
                of_entity.push(pair);
            }
        }
        let is_mismatch = codes.into_iter().map(Code::is_mismatch).collect();
        Some(Self { entities: entities.clone(), columns, is_mismatch, values })
    }

    /// How many mismatching rows agree under an explanation.
    pub fn n_explained(&self, agrees: &[bool]) -> usize {
        agrees.iter().zip(&self.is_mismatch).filter(|(agrees, is_mismatch)| **agrees && **is_mismatch).count()
    }
}
