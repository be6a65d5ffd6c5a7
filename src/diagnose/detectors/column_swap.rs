//! The value is another feature’s. Recognised in a sample of whole rows.

use std::collections::BTreeSet;

use crate::diagnose::sql;
use crate::diagnose::{Detector, Evidence, Family, Place, Proposal, SharedColumn, Value};

/// See [`Detector::page`].
pub struct ColumnSwap;

impl Detector for ColumnSwap {
    fn id(&self) -> &'static str {
        "column-swap"
    }

    fn family(&self) -> Family {
        Family::Structural
    }

    fn page(&self) -> &'static str {
        include_str!("column_swap.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let (Some(own), to) = (evidence.own.and_then(|own| evidence.shared.get(own)), evidence.to) else {
            return Vec::new();
        };
        let from = to.other();
        let values = |column: &'_ SharedColumn, place: Place| column.values[place.idx()].clone();
        let (own_from, own_to) = (values(own, from), values(own, to));
        let rows: Vec<usize> = (0..own_to.len()).filter(|row| own_from.get(*row) != own_to.get(*row)).collect();
        let seen: BTreeSet<&Value> = rows.iter().filter_map(|row| own_to.get(*row)).collect();
        if rows.len() < 8 || seen.len() < 3 {
            return Vec::new();
        }
        let mut proposals = Vec::new();
        for other in evidence.shared.iter().filter(|other| other.name != own.name) {
            let other_from = &other.values[from.idx()];
            let same = rows.iter().filter(|row| same_value(own_to.get(**row), other_from.get(**row))).count();
            if same * 10 < rows.len() * 9 {
                continue;
            }
            let other_to = &other.values[to.idx()];
            let back = rows.iter().filter(|row| same_value(own_from.get(**row), other_to.get(**row))).count();
            let swapped = back * 10 >= rows.len() * 9;
            let summary = if swapped {
                format!("{{to}} has the values of feature {}, which has this one's", other.name)
            } else {
                format!("{{to}} has the values of feature {}", other.name)
            };
            let sql = sql::identifier(&other.name);
            let advice = format!("read this feature on the {{to}} side from where `{}` is read now", other.name);
            let proposal = Proposal::function(summary, Some(sql.clone()), swapped.then_some(sql)).advice(advice);
            proposals.push(proposal.parameter("feature", other.name.as_str()).bits(16.0));
        }
        proposals.truncate(3);
        proposals
    }
}

/// Numbers by value: the same column may be an integer here and a float there.
fn same_value(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other || one.number().is_some_and(|number| other.number() == Some(number)),
        (None, _) | (_, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::evidence;
    use arrow::datatypes::DataType;

    #[test]
    fn swapped_columns_are_found() {
        let ints = |of: fn(i64) -> i64| (0..20).map(|x| Value::from(of(x))).collect::<Vec<_>>();
        let columns = [
            SharedColumn { name: "f".into(), values: [ints(|x| x), ints(|x| 3 * x + 50)] },
            SharedColumn { name: "g".into(), values: [ints(|x| 3 * x + 50), ints(|x| x)] },
            SharedColumn { name: "h".into(), values: [ints(|x| 5 * x), ints(|x| 5 * x)] },
        ];
        let mut evidence = evidence("f", &[], &DataType::Int64, &DataType::Int64);
        evidence.shared = &columns;
        evidence.own = Some(0);
        let proposals = ColumnSwap.propose(&evidence);
        assert_eq!(proposals.iter().map(|p| p.parameters.clone()).collect::<Vec<_>>(), [vec![("feature", "g".into())]]);
        evidence.own = Some(2);
        assert_eq!(ColumnSwap.propose(&evidence), []);
    }
}
