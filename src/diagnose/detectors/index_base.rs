//! One side counts from 0, the other from 1. Recognised by a difference of one on all rows of an integer that counts.

use crate::diagnose::instant::counted;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

const WORDS: &[&str] =
    &["month", "index", "idx", "day", "rank", "position", "pos", "week", "quarter", "page", "number"];
/// More values in a row are a quantity.
const MAX_VALUES: i128 = 400;

/// Counted from 0 or from 1.
pub struct IndexBase;

impl Detector for IndexBase {
    fn id(&self) -> &'static str {
        "index-base"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("index_base.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let whole: Vec<_> = evidence.wholes().collect();
        let matching = evidence.matches().filter(|pair| pair.from.whole().is_some()).count();
        if matching * 20 > whole.len() {
            return Vec::new();
        }
        let differences = counted(whole.iter().map(|(from, to)| to.saturating_sub(*from)));
        let Some((step, count)) = differences.first().copied().filter(|(step, _)| matches!(step, 1 | -1)) else {
            return Vec::new();
        };
        let values = counted(whole.iter().filter(|(from, to)| to.saturating_sub(*from) == step).map(|(from, _)| *from));
        let (low, high) = (values.iter().map(|(value, _)| *value).min(), values.iter().map(|(value, _)| *value).max());
        let counts = low.zip(high).is_some_and(|(low, high)| {
            let span = high.saturating_sub(low);
            (0..=1).contains(&low) && span < MAX_VALUES && span < 2 * values.len() as i128
        });
        let named = evidence.feature.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|w| WORDS.contains(&w));
        if count < 8 || count * 5 < whole.len() * 4 || !(counts || named) {
            return Vec::new();
        }
        let (plus, minus, base) = if step == 1 { ("+", "-", 1) } else { ("-", "+", 0) };
        let summary = format!("{{to}} = {{from}} {plus} 1 ({{to}} counts from {base}, {{from}} from {})", 1 - base);
        let proposal = Proposal::function(summary, Some(format!("value {plus} 1")), Some(format!("value {minus} 1")));
        vec![proposal.parameter("step", step as i64).bits(1.0).hint(if named { 2.0 } else { 0.0 })]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn months_from_zero_and_from_one() {
        let rows: Vec<(Value, Value)> = (0..24).map(|row| ((row % 12).into(), (row % 12 + 1).into())).collect();
        assert_eq!(propose(&IndexBase, &rows)[0].parameters[0].1, 1);
        let swapped: Vec<_> = rows.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&IndexBase, &swapped)[0].parameters[0].1, -1);
    }

    #[test]
    fn not_where_rows_match() {
        let rows: Vec<(Value, Value)> = (0..24).map(|row| (row.into(), (row + row % 2).into())).collect();
        assert_eq!(propose(&IndexBase, &rows), []);
    }
}
