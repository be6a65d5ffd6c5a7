//! A share between 0 and 1 became a percentage, or the other way. Recognised by the factor 100 and by the range of both sides.

use crate::diagnose::scale::{NAMED_BITS, has_word, scales};
use crate::diagnose::units::{Dimension, Unit};
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct PercentFraction;

impl Detector for PercentFraction {
    fn id(&self) -> &'static str {
        "percent-fraction"
    }

    fn family(&self) -> Family {
        Family::Unit
    }

    fn page(&self) -> &'static str {
        include_str!("percent_fraction.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let scales = scales(evidence).into_iter().filter(|scale| [100.0, 0.01].contains(&scale.factor));
        let share = |place: &dyn Fn(&(f64, f64)) -> f64| {
            let (mut n, mut within) = (0_usize, 0_usize);
            for pair in evidence.numbers() {
                n += 1;
                within += usize::from((0.0..=1.0).contains(&place(&pair)));
            }
            within as f64 / n.max(1) as f64
        };
        scales
            .filter_map(|scale| {
                let in_range = if scale.factor > 1.0 { share(&|pair| pair.0) } else { share(&|pair| pair.1) };
                let is_named =
                    has_word(evidence.feature, &["pct", "percent", "percentage", "rate", "ratio", "share", "prob"]);
                let unit = |text: Option<&str>| {
                    text.and_then(Unit::parse).is_some_and(|unit| unit.dimension == Dimension::Share)
                };
                let is_declared = unit(evidence.from_unit) || unit(evidence.to_unit);
                (in_range >= 0.9 || is_named).then(|| {
                    let (from, to) = if scale.factor > 1.0 { ("fraction", "percent") } else { ("percent", "fraction") };
                    let hint =
                        if in_range >= 0.99 { 4.0 } else { 0.0 } + if is_named || is_declared { 6.0 } else { 0.0 };
                    let money = has_word(evidence.feature, &["usd", "eur", "amount", "price", "cost", "cents", "fare"]);
                    let hint = if money { -2.0 } else { hint };
                    scale.proposal(&format!(" ({from} → {to})")).bits(NAMED_BITS).hint(hint)
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    fn scaled(largest: f64, factor: f64) -> Vec<(Value, Value)> {
        (1..30).map(|x| f64::from(x) * largest / 30.0).map(|x| (x.into(), (x * factor).into())).collect()
    }

    #[test]
    fn a_share_is_between_0_and_1() {
        let proposals = propose(&PercentFraction, &scaled(1.0, 100.0));
        assert_eq!(proposals.first().map(|p| p.summary.as_str()), Some("{to} = {from} × 100 (fraction → percent)"));
        let proposals = propose(&PercentFraction, &scaled(100.0, 0.01));
        assert_eq!(proposals.first().map(|p| p.summary.as_str()), Some("{to} = {from} ÷ 100 (percent → fraction)"));
        assert_eq!(propose(&PercentFraction, &scaled(500.0, 100.0)), []);
    }
}
