//! The values are those of other rows: rows were shuffled, or joined by the wrong key. Recognised by the same values on both
//! sides of the mismatching rows.

use std::collections::BTreeMap;

use crate::diagnose::{Detector, Evidence, Family, Proposal, Test, Value};

/// See [`Detector::page`].
pub struct WrongEntity;

impl Detector for WrongEntity {
    fn id(&self) -> &'static str {
        "wrong-entity"
    }

    fn family(&self) -> Family {
        Family::Join
    }

    fn page(&self) -> &'static str {
        include_str!("wrong_entity.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let [from, to] = [
            evidence.mismatches().map(|pair| pair.from).filter(|value| !value.is_null()).collect::<Vec<_>>(),
            evidence.mismatches().map(|pair| pair.to).filter(|value| !value.is_null()).collect::<Vec<_>>(),
        ];
        let counts = |values: &[&'_ Value]| {
            let mut counts: BTreeMap<Value, usize> = BTreeMap::new();
            for value in values {
                *counts.entry((*value).clone()).or_default() += 1;
            }
            counts
        };
        let (from_counts, to_counts) = (counts(&from), counts(&to));
        // Few values are on both sides in any case.
        if from.len() < 24 || from_counts.len() * 2 < from.len() || to_counts.len() * 2 < to.len() {
            return Vec::new();
        }
        // The sample holds a part of the rows only, so that few of them meet their own: all rows decide.
        let shared: usize =
            from_counts.iter().map(|(value, n)| (*n).min(to_counts.get(value).copied().unwrap_or(0))).sum();
        if shared < 5 || shared * 50 < from.len() {
            return Vec::new();
        }
        let advice = "{to} has the values of other rows: check the keys of the join, and whether rows are put together by position";
        vec![Proposal::new("{to} has the values of other rows", Test::Permuted).advice(advice).bits(4.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    #[test]
    fn shuffled_values_are_found_and_new_ones_are_not() {
        let pairs: Vec<(Value, Value)> = (0..60).map(|x| (Value::from(x), Value::from((x + 7) % 60))).collect();
        assert_eq!(propose(&WrongEntity, &pairs).len(), 1);
        let pairs: Vec<(Value, Value)> = (0..60).map(|x| (Value::from(x), Value::from(x + 100))).collect();
        assert_eq!(propose(&WrongEntity, &pairs), []);
        // Two values are on both sides in any case.
        let pairs: Vec<(Value, Value)> = (0..60).map(|x| (Value::from(x % 2), Value::from((x + 1) % 2))).collect();
        assert_eq!(propose(&WrongEntity, &pairs), []);
    }
}
