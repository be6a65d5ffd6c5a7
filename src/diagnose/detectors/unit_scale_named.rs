//! The value was scaled by the factor between two units: 19.99 dollars became 1,999 cents. Recognised by one ratio that many
//! pairs share, and that is the ratio of two units or a power of ten.

use crate::diagnose::scale::{NAMED_BITS, name_of, scales};
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct UnitScaleNamed;

impl Detector for UnitScaleNamed {
    fn id(&self) -> &'static str {
        "unit-scale-named"
    }

    fn family(&self) -> Family {
        Family::Unit
    }

    fn page(&self) -> &'static str {
        include_str!("unit_scale_named.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        for scale in scales(evidence) {
            let Some(named) = name_of(evidence, scale.factor) else { continue };
            let mut proposal = scale.proposal(&named.text).bits(NAMED_BITS).hint(named.hint);
            if let Some((from, to)) = named.pair {
                proposal = proposal.parameter("from_unit", from).parameter("to_unit", to);
            }
            proposals.push(proposal);
        }
        proposals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    fn scaled(factor: f64) -> Vec<(Value, Value)> {
        (1..30).map(|x| f64::from(x) * 1.37).map(|x| (x.into(), (x * factor).into())).collect()
    }

    #[test]
    fn a_factor_between_units_is_named() {
        let proposals = propose(&UnitScaleNamed, &scaled(1.609344));
        let proposal = proposals.first().expect("a proposal");
        assert_eq!(proposal.summary, "{to} = {from} × 1.609344 (mi → km or mph → km/h)");
        assert_eq!(
            proposal.test,
            crate::diagnose::Test::Function {
                forward: Some("value * 1.609344".into()),
                inverse: Some("value / 1.609344".into()),
            }
        );
        // A power of ten is the factor of many pairs of units: none is named.
        let proposals = propose(&UnitScaleNamed, &scaled(100.0));
        assert_eq!(proposals.first().map(|proposal| proposal.summary.as_str()), Some("{to} = {from} × 100"));
    }

    #[test]
    fn money_is_named_by_the_currency_of_the_feature() {
        let pairs = scaled(100.0);
        let float = arrow::datatypes::DataType::Float64;
        let summary = |feature: &str| {
            let evidence = crate::diagnose::testing::evidence(feature, &pairs, &float, &float);
            UnitScaleNamed.propose(&evidence).first().map(|proposal| proposal.summary.clone())
        };
        assert_eq!(summary("price_usd").as_deref(), Some("{to} = {from} × 100 (USD → cent)"));
        assert_eq!(summary("price").as_deref(), Some("{to} = {from} × 100 (main unit → cent)"));
        // A yen has no cents, and the top is no paʻanga.
        assert_eq!(summary("price_jpy").as_deref(), Some("{to} = {from} × 100"));
        assert_eq!(summary("top_score").as_deref(), Some("{to} = {from} × 100"));
    }

    #[test]
    fn a_factor_that_is_no_unit_is_not_named() {
        assert_eq!(propose(&UnitScaleNamed, &scaled(0.89)), []);
        let varying: Vec<(Value, Value)> =
            (1..40).map(|x| (f64::from(x).into(), (f64::from(x) * (100.0 + f64::from(x) / 10.0)).into())).collect();
        assert_eq!(propose(&UnitScaleNamed, &varying), []);
    }

    #[test]
    fn what_was_rounded_after_scaling_cannot_be_had_back() {
        let rounded: Vec<(Value, Value)> = (1..40)
            .map(|x| f64::from(x) * 1.2345)
            .map(|x| (x.into(), Value::from((x * 100.0).round() as i64)))
            .collect();
        let proposals = propose(&UnitScaleNamed, &rounded);
        let forward = proposals.iter().find_map(|proposal| match &proposal.test {
            crate::diagnose::Test::Function { forward, inverse: None } => forward.clone(),
            _ => None,
        });
        assert_eq!(forward.as_deref(), Some("round(value * 100.0)"));
    }
}
