//! Null stands where the other side has a value of its own, such as -1 or 0: somebody took it for a missing one. Recognised by
//! one value that is null on the other side, and hardly ever stays.

use std::collections::BTreeMap;

use crate::diagnose::fill::{is_ordinary, is_sentinel, json, shown, without};
use crate::diagnose::sql;
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct SentinelToNull;

impl Detector for SentinelToNull {
    fn id(&self) -> &'static str {
        "sentinel-to-null"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("sentinel_to_null.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let nulled =
            evidence.mismatches().filter(|pair| pair.to.is_null() && !pair.from.is_null() && !pair.from.is_nan());
        let mut counts: BTreeMap<&Value, usize> = BTreeMap::new();
        for pair in nulled {
            *counts.entry(pair.from).or_default() += 1;
        }
        let total: usize = counts.values().sum();
        let Some((value, count)) = counts.into_iter().max_by_key(|(_, count)| *count) else { return Vec::new() };
        if count < 8 || count * 10 < total * 9 {
            return Vec::new();
        }
        let Some(literal) = sql::literal(value) else { return Vec::new() };
        let forward = without(value, &literal);
        let summary = format!("{{to}} has null where {{from}} has {}", shown(value));
        let known = is_sentinel(value);
        // Where null stood already, there is no telling the two apart.
        let proposal = Proposal::function(summary, Some(forward), Some(format!("COALESCE(value, {literal})")));
        let ordinary = is_ordinary(evidence.population(evidence.to.other()), value);
        let hint = if known { 1.0 } else { -1.0 };
        let hint = if ordinary { hint + 3.0 } else { hint - 3.0 };
        vec![proposal.parameter("sentinel", json(value)).bits(if known { 5.0 } else { 12.0 }).hint(hint).min_values(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    #[test]
    fn the_value_that_became_null_is_found() {
        let mut pairs: Vec<(Value, Value)> = (0..12).map(|_| (Value::from(0), Value::Null)).collect();
        pairs.extend((1..30).map(|x| (Value::from(x), Value::from(x))));
        let proposals = propose(&SentinelToNull, &pairs);
        assert_eq!(proposals.first().map(|p| p.parameters.clone()), Some(vec![("sentinel", 0.into())]));
        // Whatever the value is: that is a gap.
        let pairs: Vec<(Value, Value)> = (0..30).map(|x| (Value::from(x), Value::Null)).collect();
        assert_eq!(propose(&SentinelToNull, &pairs), []);
    }
}
