//! A temperature in another scale: a factor and an offset. Recognised by trying the six conversions.

use crate::diagnose::spectrum::decimals;
use crate::diagnose::units::Unit;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct UnitAffine;

impl Detector for UnitAffine {
    fn id(&self) -> &'static str {
        "unit-affine"
    }

    fn family(&self) -> Family {
        Family::Unit
    }

    fn page(&self) -> &'static str {
        include_str!("unit_affine.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let scales = ["K", "degC", "degF"];
        let pairs: Vec<(f64, f64)> = evidence.numbers().collect();
        let decimals = pairs.iter().filter_map(|(_, to)| decimals(*to)).max().unwrap_or(12);
        let mut proposals = Vec::new();
        for (from, to) in scales.iter().flat_map(|from| scales.iter().map(move |to| (*from, *to))) {
            let [Some(from), Some(to)] = [from, to].map(Unit::parse) else { continue };
            let Some(conversion) = from.conversion(&to).filter(|_| from.id != to.id) else { continue };
            let predicted = |value: f64| value * conversion.factor() + conversion.offset();
            let within = |tolerance: f64| {
                pairs.iter().filter(|(from, to)| (predicted(*from) - to).abs() <= tolerance * to.abs().max(1.0)).count()
            };
            let (forward, inverse) = (sql(&from, &to), sql(&to, &from));
            let summary = format!("{{to}} = {{from}} in {} ({} → {})", spoken(&to), from.id, to.id);
            let (factor, offset) = (conversion.factor(), conversion.offset());
            let told = |proposal: Proposal| {
                let proposal = proposal.parameter("factor", factor).parameter("offset", offset);
                proposal.parameter("from_unit", from.id).parameter("to_unit", to.id).bits(3.0)
            };
            if within(1e-9) >= 8 {
                proposals.push(told(Proposal::function(summary, Some(forward), Some(inverse))));
            } else if decimals < 6 && rounded(&pairs, predicted, decimals) >= 8 {
                let advice = format!(
                    "the digits that `{{to}}` rounded away are lost: convert without rounding, or train on {}",
                    spoken(&to)
                );
                let proposal =
                    Proposal::lossy(format!("{summary}, rounded"), format!("round({forward}, {decimals})"), advice);
                proposals.push(told(proposal).parameter("decimals", decimals));
            }
        }
        proposals
    }
}

fn rounded(pairs: &[(f64, f64)], predicted: impl Fn(f64) -> f64, decimals: usize) -> usize {
    let half_unit = 0.5 * 10_f64.powi(-(decimals as i32)) * (1.0 + 1e-9);
    pairs.iter().filter(|(from, to)| (predicted(*from) - to).abs() <= half_unit).count()
}

fn spoken(unit: &Unit) -> &'static str {
    match unit.id {
        "degC" => "°C",
        "degF" => "°F",
        other => other,
    }
}

/// With as few roundings as the definition has.
fn sql(from: &Unit, to: &Unit) -> String {
    match (from.id, to.id) {
        ("degC", "degF") => "value * 9.0 / 5.0 + 32.0",
        ("degF", "degC") => "(value - 32.0) * 5.0 / 9.0",
        ("degC", _) => "value + 273.15",
        ("K", "degC") => "value - 273.15",
        ("degF", _) => "(value + 459.67) * 5.0 / 9.0",
        _ => "value * 9.0 / 5.0 - 459.67",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    fn pairs(convert: impl Fn(f64) -> f64) -> Vec<(Value, Value)> {
        (-10..20).map(f64::from).map(|x| (x.into(), convert(x).into())).collect()
    }

    #[test]
    fn fahrenheit_is_found_in_both_directions() {
        let proposals = propose(&UnitAffine, &pairs(|x| x * 1.8 + 32.0));
        assert!(
            matches!(proposals.as_slice(), [Proposal { test: Test::Function { inverse: Some(sql), .. }, .. }] if sql == "(value - 32.0) * 5.0 / 9.0")
        );
        let proposals = propose(&UnitAffine, &pairs(|x| (x - 32.0) / 1.8));
        assert!(
            matches!(proposals.as_slice(), [Proposal { test: Test::Function { inverse: Some(sql), .. }, .. }] if sql == "value * 9.0 / 5.0 + 32.0")
        );
        assert_eq!(propose(&UnitAffine, &pairs(|x| x * 1.8 + 30.0)), []);
    }

    #[test]
    fn rounded_degrees_are_lossy() {
        let proposals = propose(&UnitAffine, &pairs(|x| (x * 1.8 + 32.0).round()));
        assert!(matches!(proposals.as_slice(), [Proposal { test: Test::Function { inverse: None, .. }, .. }]));
    }
}
