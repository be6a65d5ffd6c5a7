//! The last bits differ, either way: numbers were added in another order.

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct SummationNoise;

impl Detector for SummationNoise {
    fn id(&self) -> &'static str {
        "summation-noise"
    }

    fn family(&self) -> Family {
        Family::Numeric
    }

    fn page(&self) -> &'static str {
        include_str!("summation_noise.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let pairs: Vec<(f64, f64)> = evidence.numbers().filter(|(from, to)| from != to).collect();
        let near = |(from, to): &&(f64, f64)| (from - to).abs() <= 64.0 * f64::EPSILON * from.abs().max(to.abs());
        let close: Vec<&(f64, f64)> = pairs.iter().filter(near).collect();
        let greater = close.iter().filter(|(from, to)| to > from).count();
        if close.len() < 8
            || close.len() * 10 < pairs.len() * 5
            || greater * 10 < close.len()
            || greater * 10 > close.len() * 9
        {
            return Vec::new();
        }
        let condition = "abs(\"from\" - \"to\") <= 1.5e-14 * greatest(abs(\"from\"), abs(\"to\"))";
        let advice = "nothing is wrong: sums in another order differ in their last bits. Allow for it: `tolerance: {rel: 1e-12}`";
        vec![Proposal::relation("{to} and {from} differ in the last bits only", condition, advice).bits(2.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn last_bits_are_noise_if_they_go_either_way() {
        let pairs = |either: bool| -> Vec<(Value, Value)> {
            (1..40)
                .map(|x| (f64::from(x) / 7.0, if either && x % 2 == 0 { -1.0 } else { 1.0 }))
                .map(|(x, sign)| (x.into(), (x * (1.0 + sign * 3.0 * f64::EPSILON)).into()))
                .collect()
        };
        assert_eq!(propose(&SummationNoise, &pairs(true)).len(), 1);
        assert_eq!(propose(&SummationNoise, &pairs(false)), []);
    }
}
