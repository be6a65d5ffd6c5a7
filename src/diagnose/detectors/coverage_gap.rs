//! Null on one side where the other has a value, whatever the value is.

use std::collections::BTreeSet;

use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct CoverageGap;

impl Detector for CoverageGap {
    fn id(&self) -> &'static str {
        "coverage-gap"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("coverage_gap.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let gaps: Vec<&Value> = evidence
            .mismatches()
            .filter(|pair| pair.to.is_null() && !pair.from.is_null())
            .map(|pair| pair.from)
            .collect();
        let values: BTreeSet<&Value> = gaps.iter().copied().collect();
        if gaps.len() < 8 || values.len() < 3 {
            return Vec::new();
        }
        let advice = "the value is missing on the way to {to}: find the requests, or the rows, that lack it";
        let condition = "\"to\" IS NULL AND \"from\" IS NOT NULL";
        vec![Proposal::relation("{to} has null where {from} has a value", condition, advice).hint(-4.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    #[test]
    fn nulls_for_many_values_are_a_gap() {
        let pairs: Vec<(Value, Value)> = (0..10).map(|x| (Value::from(x), Value::Null)).collect();
        assert_eq!(propose(&CoverageGap, &pairs).len(), 1);
        let pairs: Vec<(Value, Value)> = (0..10).map(|_| (Value::from(0), Value::Null)).collect();
        assert_eq!(propose(&CoverageGap, &pairs), []);
    }
}
