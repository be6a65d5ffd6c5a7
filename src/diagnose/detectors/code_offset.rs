//! Codes were moved by a constant, as when 0 is reserved for padding. Recognised by one difference that many pairs have.

use std::collections::BTreeMap;

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct CodeOffset;

impl Detector for CodeOffset {
    fn id(&self) -> &'static str {
        "code-offset"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("code_offset.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut counts: BTreeMap<i128, usize> = BTreeMap::new();
        let mut n = 0_usize;
        for (from, to) in evidence.wholes() {
            n += 1;
            if let Some(difference) = to.checked_sub(from) {
                *counts.entry(difference).or_default() += 1;
            }
        }
        let mut counts: Vec<(i128, usize)> = counts
            .into_iter()
            .filter(|(offset, count)| *count >= 8 && count * 10 >= n && i64::try_from(*offset).is_ok())
            .collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
            .into_iter()
            .take(2)
            .map(|(offset, _)| {
                let size = offset.unsigned_abs();
                let (there, back) = if offset > 0 { ("+", "-") } else { ("-", "+") };
                let sql = |sign: &str| Some(format!("value {sign} {size}"));
                let summary = format!("{{to}} = {{from}} {there} {size}");
                let bits = 3.0 + 2.0 * (size as f64 + 1.0).log2();
                Proposal::function(summary, sql(there), sql(back))
                    .parameter("offset", i64::try_from(offset).unwrap_or(i64::MAX))
                    .bits(bits)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn the_offset_is_found_in_both_directions() {
        let pairs: Vec<(Value, Value)> = (0..20).map(|x| (Value::from(x), Value::from(x + 2))).collect();
        assert_eq!(
            propose(&CodeOffset, &pairs).first().map(|p| p.parameters.clone()),
            Some(vec![("offset", 2.into())])
        );
        let turned: Vec<(Value, Value)> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&CodeOffset, &turned).first().map(|p| p.summary.clone()), Some("{to} = {from} - 2".into()));
        let pairs: Vec<(Value, Value)> = (0..20).map(|x| (Value::from(x), Value::from(2 * x + 1))).collect();
        assert_eq!(propose(&CodeOffset, &pairs), []);
    }
}
