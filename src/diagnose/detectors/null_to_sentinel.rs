//! A value of its own, such as -1, stands where the other side has null. Recognised by one value in nearly all rows in which
//! the other side has null, and hardly anywhere else.

use crate::diagnose::fill::{is_ordinary, is_sentinel, json, shown, statistic, usual, without};
use crate::diagnose::sql;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct NullToSentinel;

impl Detector for NullToSentinel {
    fn id(&self) -> &'static str {
        "null-to-sentinel"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("null_to_sentinel.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let Some((value, count)) = usual(evidence) else { return Vec::new() };
        // What a training set computes is an imputed value; what nobody measures is a sentinel.
        let known = is_sentinel(value);
        let (Some(literal), statistic) = (sql::literal(value), statistic(evidence, value)) else { return Vec::new() };
        if !known && (statistic.is_some() || count < 16) {
            return Vec::new();
        }
        let shown = shown(value);
        let inverse = without(value, &literal);
        let forward = format!("COALESCE(value, {literal})");
        let summary = format!("{{to}} has {shown} where {{from}} has null");
        // A value that is one of many is more likely to be the original.
        let ordinary = is_ordinary(evidence.population(evidence.to), value);
        let hint = f64::from(u8::from(known)) * 3.0
            - f64::from(u8::from(statistic.is_some())) * 4.0
            - f64::from(u8::from(ordinary)) * 6.0;
        let proposal = Proposal::function(summary, Some(forward), Some(inverse)).parameter("sentinel", json(value));
        vec![proposal.bits(if known { 4.0 } else { 12.0 }).hint(hint).min_values(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn a_sentinel_is_found_where_the_other_side_has_null() {
        let mut pairs: Vec<(Value, Value)> = (0..12).map(|_| (Value::Null, Value::from(-1))).collect();
        pairs.extend((1..30).map(|x| (Value::from(x), Value::from(x))));
        let proposals = propose(&NullToSentinel, &pairs);
        assert_eq!(proposals.first().map(|p| p.parameters.clone()), Some(vec![("sentinel", (-1).into())]));
        // Different values each time are no sentinel.
        let pairs: Vec<(Value, Value)> = (0..12).map(|x| (Value::Null, Value::from(x))).collect();
        assert_eq!(propose(&NullToSentinel, &pairs), []);
    }
}
