//! What a spec asks of each side's values alone: that they are there, and that they belong to a closed vocabulary.

use std::collections::BTreeMap;

use serde_json::Value;

use super::samples::key_of;
use crate::compare::{Column, missing_rows, outside_categories, value_at};
use crate::engine::Rows;
use crate::report::{Evidence, Fields};
use crate::spec::{Computed, Feature, Side, Spec};

/// Distinct values that are counted: the smallest ones, so that they do not hang on the order of the rows.
const MAX_VALUES: usize = 1000;
const N_SAMPLES: usize = 5;

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
    pub n_broken: u64,
    values: BTreeMap<String, (Value, u64, Fields)>,
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
                    rules.push(Rule { feature: idx, side, kind, n_rows: 0, n_broken: 0, values: BTreeMap::new() });
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
        self.n_broken += broken.true_count() as u64;
        for row in broken.values().set_indices() {
            let value = value_at(&column.values, row);
            let text = value.to_string();
            if let Some((_, n_rows, _)) = self.values.get_mut(&text) {
                *n_rows += 1;
                continue;
            }
            if self.values.len() >= MAX_VALUES {
                match self.values.last_key_value() {
                    Some((largest, _)) if text < *largest => self.values.pop_last(),
                    _ => continue,
                };
            }
            self.values.insert(text, (value, 1, key_of(key_names, rows.keys(), row)));
        }
    }

    /// The most frequent of the values that break the rule.
    pub fn samples(&self) -> Vec<Evidence> {
        let mut values: Vec<&(Value, u64, Fields)> = self.values.values().collect();
        values.sort_by_key(|(_, n_rows, _)| std::cmp::Reverse(*n_rows));
        let evidence = |(value, rows, key): &(Value, u64, Fields)| Evidence::Value {
            value: value.clone(),
            rows: *rows,
            key: key.clone(),
        };
        values.into_iter().take(N_SAMPLES).map(evidence).collect()
    }
}
