//! The fraction was cut off. Recognised by whole numbers that are the truncated, floored or raised values of the other side.

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct IntTruncation;

impl Detector for IntTruncation {
    fn id(&self) -> &'static str {
        "int-truncation"
    }

    fn family(&self) -> Family {
        Family::Numeric
    }

    fn page(&self) -> &'static str {
        include_str!("int_truncation.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let pairs: Vec<(f64, f64)> = evidence.numbers().filter(|(from, to)| from != to && to.fract() == 0.0).collect();
        let ways: [(&str, Way, &str); 3] = [
            ("trunc", f64::trunc, "without its fraction"),
            ("floor", f64::floor, "rounded down to whole numbers"),
            ("ceil", f64::ceil, "rounded up to whole numbers"),
        ];
        let advice = "the fraction is lost in {to}: carry a float, or cut it off on both sides";
        ways.into_iter()
            .filter(|(_, way, _)| pairs.iter().filter(|(from, to)| way(*from) == *to).count() >= 8)
            .map(|(name, _, said)| {
                let proposal = Proposal::lossy(format!("{{to}} = {{from}} {said}"), format!("{name}(value)"), advice);
                proposal.parameter("how", name).bits(2.0)
            })
            .collect()
    }
}

/// How a fraction is cut off.
type Way = fn(f64) -> f64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn truncation_and_floor_part_at_negative_values() {
        let pairs = |way: fn(f64) -> f64| -> Vec<(Value, Value)> {
            (-20..20).map(|x| f64::from(x) + 0.7).map(|x| (x.into(), way(x).into())).collect()
        };
        let named = |way| {
            propose(&IntTruncation, &pairs(way)).into_iter().map(|p| p.parameters[0].1.clone()).collect::<Vec<_>>()
        };
        assert!(named(f64::trunc).contains(&"trunc".into()));
        assert!(named(f64::floor).contains(&"floor".into()));
        let pairs: Vec<(Value, Value)> = (0..20).map(|x| (f64::from(x).into(), (f64::from(x) + 5.0).into())).collect();
        assert_eq!(propose(&IntTruncation, &pairs), []);
    }
}
