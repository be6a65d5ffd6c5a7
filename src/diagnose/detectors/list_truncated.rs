//! Only the first or the last items are there. Recognised by a greatest length that many lists have.

use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct ListTruncated;

impl Detector for ListTruncated {
    fn id(&self) -> &'static str {
        "list-truncated"
    }

    fn family(&self) -> Family {
        Family::Structural
    }

    fn page(&self) -> &'static str {
        include_str!("list_truncated.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let lists: Vec<(&[Value], &[Value])> = evidence.lists().collect();
        let Some(length) = lists.iter().filter(|(from, to)| from.len() > to.len()).map(|(_, to)| to.len()).max() else {
            return Vec::new();
        };
        let head = |from: &[Value], to: &[Value]| to.len() == length && from.starts_with(to);
        let tail = |from: &[Value], to: &[Value]| to.len() == length && from.ends_with(to);
        let count = |is: &dyn Fn(&[Value], &[Value]) -> bool| {
            lists.iter().filter(|(from, to)| from.len() > to.len() && is(from, to)).count()
        };
        let (heads, tails) = (count(&head), count(&tail));
        let advice = "the items beyond are lost in {to}: raise its limit, or train on as many";
        let (sql, end) = if heads >= tails {
            (format!("array_slice(value, 1, {length})"), "first")
        } else {
            (
                format!(
                    "CASE WHEN cardinality(value) > {length} THEN array_slice(value, -{length}, -1) ELSE value END"
                ),
                "last",
            )
        };
        if heads.max(tails) < 8 || length == 0 {
            return Vec::new();
        }
        let proposal = Proposal::lossy(format!("{{to}} = the {end} {length} items of {{from}}"), sql, advice);
        vec![proposal.parameter("length", length).parameter("kept", end).bits(8.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    fn list(items: &[i64]) -> Value {
        Value::List(items.iter().map(|item| Value::from(*item)).collect())
    }

    #[test]
    fn the_length_and_the_end_are_found() {
        let pairs: Vec<(Value, Value)> = (0..10).map(|x| (list(&[x, 1, 2, 3]), list(&[x, 1, 2]))).collect();
        let proposals = propose(&ListTruncated, &pairs);
        assert_eq!(
            proposals.first().map(|p| p.parameters.clone()),
            Some(vec![("length", 3.into()), ("kept", "first".into())])
        );
        let pairs: Vec<(Value, Value)> = (0..10).map(|x| (list(&[x, 1, 2, 3]), list(&[1, 2, 3]))).collect();
        let proposals = propose(&ListTruncated, &pairs);
        assert_eq!(proposals.first().and_then(|p| p.parameters.last().cloned()), Some(("kept", "last".into())));
        let pairs: Vec<(Value, Value)> = (5..15).map(|x| (list(&[x, 1, 2, 3]), list(&[1, x, 3]))).collect();
        assert_eq!(propose(&ListTruncated, &pairs), []);
    }
}
