//! A large integer went through a float, which has no room for its last digits.

use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct IdPrecisionLoss;

impl Detector for IdPrecisionLoss {
    fn id(&self) -> &'static str {
        "id-precision-loss"
    }

    fn family(&self) -> Family {
        Family::Numeric
    }

    fn page(&self) -> &'static str {
        include_str!("id_precision_loss.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let whole: Vec<(i128, i128)> =
            evidence.mismatches().filter_map(|pair| Some((exact(pair.from)?, exact(pair.to)?))).collect();
        let lost =
            |through: fn(i128) -> i128| whole.iter().filter(|(from, to)| from != to && through(*from) == *to).count();
        let (double, single) = (lost(|id| id as f64 as i128), lost(|id| id as f32 as i128));
        if double.max(single) < 8 {
            return Vec::new();
        }
        let advice = "an id is no number to calculate with: carry it as a text or a 64-bit integer all the way";
        let (sql, bits) = if double >= single {
            ("CAST(CAST(value AS DOUBLE) AS BIGINT)", 64)
        } else {
            ("CAST(CAST(value AS REAL) AS BIGINT)", 32)
        };
        let summary = format!("{{to}} = {{from}} through a {bits}-bit float: the last digits are lost");
        vec![Proposal::lossy(summary, sql, advice).parameter("float_bits", bits).bits(1.0)]
    }
}

fn exact(value: &Value) -> Option<i128> {
    match value {
        Value::Int(value) => Some(*value),
        Value::Float(value) if value.fract() == 0.0 && value.abs() < 1e30 => Some(*value as i128),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    #[test]
    fn digits_beyond_53_bits_are_lost() {
        let id = 9_007_199_254_740_993_i64;
        let pairs: Vec<(Value, Value)> =
            (0..20).map(|x| id + 2 * x).map(|id| (Value::from(id), Value::Int(id as f64 as i128))).collect();
        assert_eq!(
            propose(&IdPrecisionLoss, &pairs).first().map(|p| p.parameters.clone()),
            Some(vec![("float_bits", 64.into())])
        );
        let pairs: Vec<(Value, Value)> = (0..20).map(|x| (Value::from(id + x), Value::from(id + x + 1))).collect();
        assert!(propose(&IdPrecisionLoss, &pairs).len() <= 1);
        let pairs: Vec<(Value, Value)> = (0..20).map(|x| (Value::from(x), Value::from(x + 1))).collect();
        assert_eq!(propose(&IdPrecisionLoss, &pairs), []);
    }
}
