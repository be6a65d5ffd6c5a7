//! An empty list on one side where the other has null.

use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct EmptyListVsNull;

impl Detector for EmptyListVsNull {
    fn id(&self) -> &'static str {
        "empty-list-vs-null"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("empty_list_vs_null.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let is_empty = |value: &Value| value.list().is_some_and(<[Value]>::is_empty);
        let n = evidence.mismatches().filter(|pair| pair.from.is_null() && is_empty(pair.to)).count();
        if n < 8 {
            return Vec::new();
        }
        let inverse = "CASE WHEN cardinality(value) = 0 THEN NULL ELSE value END".to_owned();
        let proposal = Proposal::function(
            "{to} has an empty list where {from} has null",
            Some("COALESCE(value, [])".into()),
            Some(inverse),
        );
        vec![proposal.min_values(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    #[test]
    fn an_empty_list_for_null_is_found_and_a_full_one_is_not() {
        let pairs: Vec<(Value, Value)> = (0..10).map(|_| (Value::Null, Value::List(vec![]))).collect();
        assert_eq!(propose(&EmptyListVsNull, &pairs).len(), 1);
        let pairs: Vec<(Value, Value)> = (0..10).map(|x| (Value::Null, Value::List(vec![x.into()]))).collect();
        assert_eq!(propose(&EmptyListVsNull, &pairs), []);
    }
}
