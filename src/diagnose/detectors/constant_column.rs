//! Every row of one side has the same value, whatever the other has. Recognised by the share of that value among all rows.

use std::collections::BTreeSet;

use crate::diagnose::sql;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// One value in all rows.
pub struct ConstantColumn;

impl Detector for ConstantColumn {
    fn id(&self) -> &'static str {
        "constant-column"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("constant_column.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let counts = evidence.frequencies(|pair| !pair.from.is_null());
        let Some((constant, count)) = counts.first().copied().filter(|(value, count)| !value.is_null() && *count >= 8)
        else {
            return Vec::new();
        };
        // The matching rows too: a default that some rows have is another mechanism.
        let have = |is_mismatch: bool| {
            let rows = evidence.pairs.iter().filter(move |pair| pair.is_mismatch == is_mismatch);
            rows.fold((0, 0), |(of, all), pair| (of + usize::from(pair.to == constant), all + 1))
        };
        let ((different, all_different), (same, all_same)) = (have(true), have(false));
        if different * 100 < all_different * 98 || same * 100 < all_same * 98 {
            return Vec::new();
        }
        let values: BTreeSet<_> = evidence.mismatches().filter(|p| p.to == constant).map(|pair| pair.from).collect();
        if values.len() < 3 {
            return Vec::new();
        }
        let Some(literal) = sql::literal(constant) else {
            return Vec::new();
        };
        let advice = "{to} has one value in every row: read the column that the value is made of, and do not fall back to a constant";
        vec![
            Proposal::relation(format!("{{to}} is {literal} in every row"), format!("\"to\" = {literal}"), advice)
                .parameter("constant", literal)
                .bits((count as f64).log2().max(8.0)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn one_value_for_many() {
        let rows: Vec<(Value, Value)> = (0..20).map(|row| (row.into(), 105.into())).collect();
        assert_eq!(propose(&ConstantColumn, &rows)[0].test, crate::diagnose::Test::Relation("\"to\" = 105".into()));
    }

    #[test]
    fn not_where_other_rows_match() {
        let mut rows: Vec<(Value, Value)> = (0..20).map(|row| (row.into(), 0.into())).collect();
        rows.extend((1..20).map(|row| (row.into(), row.into())));
        assert_eq!(propose(&ConstantColumn, &rows), []);
    }
}
