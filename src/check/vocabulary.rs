//! What a spec asks of each side's values alone: that they are there, and that they belong to a closed vocabulary.

use super::broken::BrokenRows;
use crate::compare::{Column, missing_rows, outside_categories, value_at};
use crate::engine::Rows;
use crate::spec::{Computed, Feature, Side, Spec};

/// Every rule of every feature, for both sides.
#[derive(Debug)]
pub(super) struct Vocabularies {
    pub rules: Vec<Rule>,
    features: Vec<Feature>,
    key_names: Vec<String>,
}

/// One rule for one side of a feature, and the rows that break it.
#[derive(Debug)]
pub(super) struct Rule {
    pub feature: usize,
    pub side: Side,
    pub kind: RuleKind,
    /// Rows that the rule was held against.
    pub n_rows: u64,
    pub broken: BrokenRows,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RuleKind {
    Required,
    Categories,
}

impl Vocabularies {
    pub fn new(spec: &Spec) -> Self {
        let mut rules = Vec::new();
        for (idx, feature) in spec.features.iter().enumerate() {
            for side in Side::BOTH {
                let mut rule = |kind| {
                    rules.push(Rule { feature: idx, side, kind, n_rows: 0, broken: BrokenRows::default() });
                };
                if feature.missing.required {
                    rule(RuleKind::Required);
                }
                if !feature.categories.is_empty() {
                    rule(RuleKind::Categories);
                }
            }
        }
        let key_names = spec.keys.iter().map(|key| key.value.clone()).collect();
        Self { rules, features: spec.features.clone(), key_names }
    }

    /// Holds one side's rows against its rules.
    pub fn add(&mut self, side: Side, rows: &Rows) {
        for rule in self.rules.iter_mut().filter(|rule| rule.side == side) {
            let Some(feature) = self.features.get(rule.feature) else { continue };
            let column = match feature.computed[side] {
                Computed::Expr(_) | Computed::Column => rows.computed(rule.feature),
                Computed::No => rows.recorded(rule.feature),
            };
            if let Some(column) = column {
                rule.add(feature, &column, &self.key_names, rows);
            }
        }
    }
}

impl Rule {
    fn add(&mut self, feature: &Feature, column: &Column, key_names: &[String], rows: &Rows) {
        let broken = match self.kind {
            RuleKind::Required => missing_rows(column, &feature.missing),
            RuleKind::Categories => outside_categories(column, &feature.categories, &feature.missing, &feature.compare),
        };
        self.n_rows += rows.len() as u64;
        for row in broken.values().set_indices() {
            self.broken.add(value_at(&column.values, row), key_names, rows, row);
        }
    }
}
