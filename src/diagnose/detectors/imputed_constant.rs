//! The mean, the median or the mode of a feature stands where the other side has null.

use crate::diagnose::fill::{json, shown, statistic, usual, without};
use crate::diagnose::sql;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct ImputedConstant;

impl Detector for ImputedConstant {
    fn id(&self) -> &'static str {
        "imputed-constant"
    }

    fn family(&self) -> Family {
        Family::Missing
    }

    fn page(&self) -> &'static str {
        include_str!("imputed_constant.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let Some((value, _)) = usual(evidence) else { return Vec::new() };
        let (Some(literal), Some(statistic)) = (sql::literal(value), statistic(evidence, value)) else {
            return Vec::new();
        };
        let inverse = match value.number() {
            Some(number) if number.fract() != 0.0 => {
                let tolerance = sql::float((number.abs() * 1e-9).max(f64::MIN_POSITIVE));
                format!("CASE WHEN abs(value - {literal}) <= {tolerance} THEN NULL ELSE value END")
            }
            Some(_) | None => without(value, &literal),
        };
        let summary = format!("{{to}} has the {statistic} {} where {{from}} has null", shown(value));
        let forward = format!("COALESCE(value, {literal})");
        let proposal = Proposal::function(summary, Some(forward), Some(inverse));
        let proposal = proposal.parameter("value", json(value)).parameter("statistic", statistic);
        vec![proposal.bits(8.0).min_values(1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn the_mean_is_told_from_other_constants() {
        let with = |constant: f64| {
            let mut pairs: Vec<(Value, Value)> = (0..12).map(|_| (Value::Null, constant.into())).collect();
            pairs.extend((0..41).map(|x| (f64::from(x).into(), f64::from(x).into())));
            propose(&ImputedConstant, &pairs).first().map(|p| p.parameters.clone())
        };
        assert_eq!(with(20.0), Some(vec![("value", 20.0.into()), ("statistic", "mean".into())]));
        assert_eq!(with(-999.0), None);
    }
}
