//! One value stands where the other side has many: a default was served instead. Recognised by one value among the mismatching
//! rows that is rare elsewhere.

use std::collections::BTreeSet;

use crate::diagnose::fill::{is_sentinel, json, shown};
use crate::diagnose::sql;
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct DefaultOnTimeout;

impl Detector for DefaultOnTimeout {
    fn id(&self) -> &'static str {
        "default-on-timeout"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("default_on_timeout.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let counts = evidence.frequencies(|pair| !pair.from.is_null() && !pair.to.is_null() && !pair.to.is_nan());
        let Some((value, count)) = counts.first().copied() else { return Vec::new() };
        let total: usize = counts.iter().map(|(_, count)| count).sum();
        let n_matching = evidence.matches().count();
        let usual = evidence.matches().filter(|pair| pair.to == value).count();
        let replaced: BTreeSet<&Value> =
            evidence.mismatches().filter(|pair| pair.to == value).map(|pair| pair.from).collect();
        // Values that became one and never stay are those that a vocabulary lacks.
        let is_discrete = count >= 3 * replaced.len();
        let matching: BTreeSet<&Value> = evidence.matches().map(|pair| pair.from).collect();
        let kept = replaced.iter().filter(|value| matching.contains(**value)).count();
        if is_discrete && kept * 2 < replaced.len() {
            return Vec::new();
        }
        let is_rare = usual * 4 < n_matching.max(1) || n_matching == 0;
        if count < 8 || replaced.len() < 6 || count * 5 < total || !is_rare || n_matching < 8 {
            return Vec::new();
        }
        let Some(literal) = sql::literal(value) else { return Vec::new() };
        let summary = format!("{{to}} has {} where {{from}} has other values", shown(value));
        let advice = format!(
            "a default is served in place of the value (a timeout, a failed call): serve null instead of {}, and find why",
            shown(value)
        );
        let proposal = Proposal::relation(summary, format!("\"to\" = {literal}"), advice);
        vec![proposal.parameter("value", json(value)).bits(if is_sentinel(value) { 1.0 } else { 4.0 })]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    #[test]
    fn one_value_for_many_is_a_default_if_it_is_rare_elsewhere() {
        let mut pairs: Vec<(Value, Value)> = (1..20).map(|x| (f64::from(x).into(), 0.0.into())).collect();
        pairs.extend((1..20).map(|x| (f64::from(x).into(), f64::from(x).into())));
        let proposals = propose(&DefaultOnTimeout, &pairs);
        assert_eq!(proposals.first().map(|p| p.parameters.clone()), Some(vec![("value", 0.0.into())]));
        let others: Vec<(Value, Value)> = (1..20).map(|x| (f64::from(x).into(), f64::from(x + 1).into())).collect();
        assert_eq!(propose(&DefaultOnTimeout, &others), []);
    }
}
