//! Items that occur more than once were dropped but for the first.

use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct ListDedup;

impl Detector for ListDedup {
    fn id(&self) -> &'static str {
        "list-dedup"
    }

    fn family(&self) -> Family {
        Family::Structural
    }

    fn page(&self) -> &'static str {
        include_str!("list_dedup.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let lists: Vec<(&[Value], &[Value])> = evidence.lists().collect();
        let distinct = |items: &[Value]| {
            let mut seen: Vec<Value> = Vec::new();
            for item in items {
                if !seen.contains(item) {
                    seen.push(item.clone());
                }
            }
            seen
        };
        let n = lists
            .iter()
            .filter(|(from, to)| from.len() <= 4096 && from.len() > to.len() && distinct(from) == *to)
            .count();
        if n < 8 {
            return Vec::new();
        }
        let advice = "items that occur more than once are lost in {to}: keep them, or drop them on both sides";
        vec![Proposal::lossy("{to} = {from} without repeated items", "array_distinct(value)", advice)]
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
    fn dropped_repetitions_are_found_and_other_items_are_not() {
        let pairs: Vec<(Value, Value)> = (3..13).map(|x| (list(&[1, x, 1, 2]), list(&[1, x, 2]))).collect();
        assert_eq!(propose(&ListDedup, &pairs).len(), 1);
        let pairs: Vec<(Value, Value)> = (3..13).map(|x| (list(&[1, x, 3, 2]), list(&[1, x, 2]))).collect();
        assert_eq!(propose(&ListDedup, &pairs).len(), 0);
    }
}
