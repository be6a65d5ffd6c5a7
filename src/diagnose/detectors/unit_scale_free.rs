//! The value was scaled by a constant that is no ratio of units. Recognised by one ratio that many pairs share.

use crate::diagnose::scale::{name_of, scales};
use crate::diagnose::spectrum::decimal_bits;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct UnitScaleFree;

impl Detector for UnitScaleFree {
    fn id(&self) -> &'static str {
        "unit-scale-free"
    }

    fn family(&self) -> Family {
        Family::Unit
    }

    fn page(&self) -> &'static str {
        include_str!("unit_scale_free.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let scales = scales(evidence).into_iter().filter(|scale| name_of(evidence, scale.factor).is_none());
        scales
            .filter_map(|scale| {
                let bits =
                    if scale.factor.fract() == 0.0 || scale.is_short() { decimal_bits(scale.factor) } else { 40.0 };
                // A long ratio that few rows share is an accident.
                (scale.is_short() || scale.count >= 16).then(|| scale.proposal("").bits(bits))
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
    fn a_constant_factor_is_found_among_other_rows() {
        let mut pairs: Vec<(Value, Value)> =
            (1..30).map(|x| (f64::from(x).into(), (f64::from(x) * 0.89).into())).collect();
        pairs.extend((1..30).map(|x| (f64::from(x).into(), (f64::from(x) + 0.5).into())));
        let proposals = propose(&UnitScaleFree, &pairs);
        assert_eq!(proposals.first().map(|proposal| proposal.summary.as_str()), Some("{to} = {from} × 0.89"));
    }

    #[test]
    fn an_offset_is_no_factor() {
        let pairs: Vec<(Value, Value)> = (1..40).map(|x| (f64::from(x).into(), (f64::from(x) + 7.0).into())).collect();
        assert_eq!(propose(&UnitScaleFree, &pairs), []);
    }
}
