//! NaN on one side where the other has null.

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct NullVsNan;

impl Detector for NullVsNan {
    fn id(&self) -> &'static str {
        "null-vs-nan"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("null_vs_nan.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let n = evidence.mismatches().filter(|pair| pair.from.is_null() && pair.to.is_nan()).count();
        if n < 8 {
            return Vec::new();
        }
        // NaN where the other side has NaN too would be lost.
        let advice = "read NaN as null on both sides: `missing: {nan: true}`";
        let inverse = "CASE WHEN isnan(value) THEN NULL ELSE value END".to_owned();
        let forward = "CASE WHEN value IS NULL THEN CAST('NaN' AS DOUBLE) ELSE value END".to_owned();
        let proposal = Proposal::function("{to} has NaN where {from} has null", Some(forward), Some(inverse));
        vec![proposal.advice(advice).min_values(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn nan_for_null_is_found_and_nan_for_a_number_is_not() {
        let pairs: Vec<(Value, Value)> = (0..10).map(|_| (Value::Null, f64::NAN.into())).collect();
        assert_eq!(propose(&NullVsNan, &pairs).len(), 1);
        let pairs: Vec<(Value, Value)> = (0..10).map(|x| (f64::from(x).into(), f64::NAN.into())).collect();
        assert_eq!(propose(&NullVsNan, &pairs), []);
    }
}
