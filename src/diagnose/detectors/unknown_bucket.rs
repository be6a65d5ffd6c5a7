//! Several values became one code, that of unknown values; all others agree.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnose::fill::{json, shown};
use crate::diagnose::sql;
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct UnknownBucket;

impl Detector for UnknownBucket {
    fn id(&self) -> &'static str {
        "unknown-bucket"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("unknown_bucket.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let counts = evidence.frequencies(|pair| !pair.from.is_null() && !pair.to.is_null());
        let Some((bucket, count)) = counts.first().copied() else { return Vec::new() };
        let total: usize = counts.iter().map(|(_, count)| count).sum();
        let mut lost: BTreeMap<&Value, usize> = BTreeMap::new();
        for pair in evidence.mismatches().filter(|pair| pair.to == bucket) {
            *lost.entry(pair.from).or_default() += 1;
        }
        // A value that is sometimes known is none that the vocabulary lacks.
        let kept: BTreeSet<&Value> = evidence.matches().map(|pair| pair.from).collect();
        let is_kept = |value: &&Value| kept.contains(*value);
        let lost: Vec<&Value> = lost.into_keys().filter(|value| !is_kept(value)).collect();
        let n_matching = evidence.matches().count();
        if count < 8 || count * 10 < total * 5 || lost.len() < 3 || n_matching < 8 || lost.len() > 50 {
            return Vec::new();
        }
        let literals: Option<Vec<String>> = lost.iter().map(|value| sql::literal(value)).collect();
        let (Some(literals), Some(literal)) = (literals, sql::literal(bucket)) else { return Vec::new() };
        let forward = format!("CASE WHEN value IN ({}) THEN {literal} ELSE value END", literals.join(", "));
        let n_lost = lost.len();
        let advice = "the vocabulary of {to} lacks these values: extend it, or train with the same one";
        let summary =
            format!("{{to}} has the code {} of unknown values for {n_lost} values of {{from}}", shown(bucket));
        let values: Vec<serde_json::Value> = lost.iter().map(|value| json(value)).collect();
        let proposal =
            Proposal::lossy(summary, forward, advice).parameter("bucket", json(bucket)).parameter("values", values);
        vec![proposal.bits(6.0 + 6.0 * n_lost as f64)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    #[test]
    fn values_that_became_one_are_found() {
        let pairs: Vec<(Value, Value)> =
            (0..80).map(|x| x % 20).map(|x| (Value::from(x), Value::from(if x >= 14 { 1 } else { x }))).collect();
        let proposals = propose(&UnknownBucket, &pairs);
        assert_eq!(proposals.first().map(|p| p.parameters[0].clone()), Some(("bucket", 1.into())));
        // Every value is sometimes known: that is a default.
        let pairs: Vec<(Value, Value)> =
            (0..80).map(|x| (Value::from(x % 20), Value::from(if x >= 40 { 1 } else { x % 20 }))).collect();
        assert_eq!(propose(&UnknownBucket, &pairs), []);
    }
}
