//! The same items in another order.

use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct ListReordered;

impl Detector for ListReordered {
    fn id(&self) -> &'static str {
        "list-reordered"
    }

    fn family(&self) -> Family {
        Family::Structural
    }

    fn page(&self) -> &'static str {
        include_str!("list_reordered.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let lists: Vec<(&[Value], &[Value])> = evidence.lists().collect();
        let sorted = |items: &[Value]| {
            let mut items = items.to_vec();
            items.sort();
            items
        };
        let n = lists
            .iter()
            .filter(|(from, to)| from != to && from.len() == to.len() && sorted(from) == sorted(to))
            .count();
        if n < 8 {
            return Vec::new();
        }
        let from_sorted = lists.iter().all(|(from, _)| from.is_sorted());
        let to_sorted = lists.iter().all(|(_, to)| to.is_sorted());
        let advice = "the order differs: sort on both sides, or say that it does not count: `compare: {order: ignore}`";
        let summary = "{to} = the items of {from} in another order";
        vec![
            match (from_sorted, to_sorted) {
                (true, _) => {
                    Proposal::function("{to} = the items of {from}, not sorted", None, Some("array_sort(value)".into()))
                        .advice(advice)
                }
                (false, true) => Proposal::lossy("{to} = the items of {from}, sorted", "array_sort(value)", advice),
                (false, false) => Proposal::relation(summary, "array_sort(\"from\") = array_sort(\"to\")", advice),
            }
            .bits(2.0),
        ]
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
    fn the_same_items_in_another_order_are_found() {
        let pairs: Vec<(Value, Value)> = (5..15).map(|x| (list(&[2, 1, x]), list(&[1, x, 2]))).collect();
        assert!(matches!(
            propose(&ListReordered, &pairs).as_slice(),
            [Proposal { test: crate::diagnose::Test::Relation(_), .. }]
        ));
        let pairs: Vec<(Value, Value)> = (5..15).map(|x| (list(&[2, 1, x]), list(&[1, 3, x]))).collect();
        assert_eq!(propose(&ListReordered, &pairs), []);
    }
}
