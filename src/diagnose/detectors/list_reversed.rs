//! The items stand in the other order, from the last to the first.

use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct ListReversed;

impl Detector for ListReversed {
    fn id(&self) -> &'static str {
        "list-reversed"
    }

    fn family(&self) -> Family {
        Family::Structural
    }

    fn page(&self) -> &'static str {
        include_str!("list_reversed.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let lists: Vec<(&[Value], &[Value])> = evidence.lists().collect();
        let reversed = lists.iter().filter(|(from, to)| from.iter().rev().eq(to.iter())).count();
        if reversed < 8 {
            return Vec::new();
        }
        let sql = Some("array_reverse(value)".to_owned());
        vec![Proposal::function("{to} = {from} from the last item to the first", sql.clone(), sql)]
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
    fn a_reversed_list_is_found_and_a_shuffled_one_is_not() {
        let pairs: Vec<(Value, Value)> = (0..10).map(|x| (list(&[x, 1, 2]), list(&[2, 1, x]))).collect();
        assert_eq!(propose(&ListReversed, &pairs).len(), 1);
        let pairs: Vec<(Value, Value)> = (5..15).map(|x| (list(&[x, 1, 2]), list(&[1, x, 2]))).collect();
        assert_eq!(propose(&ListReversed, &pairs), []);
    }
}
