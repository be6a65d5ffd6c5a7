//! A text such as `None` or `nan` on one side where the other has null.

use std::collections::BTreeSet;

use crate::diagnose::sql;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct NullVsLiteral;

impl Detector for NullVsLiteral {
    fn id(&self) -> &'static str {
        "null-vs-literal"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("null_vs_literal.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        const LITERALS: [&str; 14] =
            ["", "null", "none", "nan", "n/a", "na", "nil", "undefined", "<na>", "nat", "#n/a", "(null)", "\\n", "-"];
        let folded = |text: &str| text.trim().to_lowercase();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut spellings: BTreeSet<&str> = BTreeSet::new();
        let mut n = 0_usize;
        for pair in evidence.mismatches().filter(|pair| pair.from.is_null()) {
            if let Some(text) = pair.to.text().filter(|text| LITERALS.contains(&folded(text).as_str())) {
                seen.insert(folded(text));
                spellings.insert(text);
                n += 1;
            }
        }
        if n < 8 {
            return Vec::new();
        }
        let list: Vec<String> = seen.iter().map(|literal| sql::text(literal)).collect();
        let inverse = format!("CASE WHEN lower(btrim(value)) IN ({}) THEN NULL ELSE value END", list.join(", "));
        let forward = match spellings.iter().next() {
            Some(only) if spellings.len() == 1 => Some(format!("COALESCE(value, {})", sql::text(only))),
            Some(_) | None => None,
        };
        let shown: Vec<String> = spellings.iter().take(4).map(|text| format!("'{text}'")).collect();
        let summary = format!("{{to}} has the text {} where {{from}} has null", shown.join(", "));
        let literals: Vec<&str> = spellings.into_iter().collect();
        let proposal = Proposal::function(summary, forward, Some(inverse)).parameter("literals", literals);
        vec![proposal.bits(4.0 * seen.len() as f64).min_values(1).hint(3.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn texts_that_mean_null_are_found_and_others_are_not() {
        let pairs: Vec<(Value, Value)> =
            (0..12).map(|x| (Value::Null, if x % 2 == 0 { "None" } else { "nan" }.into())).collect();
        let proposals = propose(&NullVsLiteral, &pairs);
        assert_eq!(
            proposals.first().map(|p| p.parameters.clone()),
            Some(vec![("literals", vec!["None", "nan"].into())])
        );
        let pairs: Vec<(Value, Value)> = (0..12).map(|_| (Value::Null, "Nantes".into())).collect();
        assert_eq!(propose(&NullVsLiteral, &pairs), []);
    }
}
