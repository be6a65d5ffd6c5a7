//! The value was rounded to a number of decimals.

use std::collections::BTreeSet;

use crate::diagnose::spectrum::decimals;
use crate::diagnose::sql::float;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct DecimalRounding;

impl Detector for DecimalRounding {
    fn id(&self) -> &'static str {
        "decimal-rounding"
    }

    fn family(&self) -> Family {
        Family::Numeric
    }

    fn page(&self) -> &'static str {
        include_str!("decimal_rounding.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let pairs: Vec<(f64, f64)> = evidence.numbers().collect();
        let Some(digits) = pairs.iter().filter(|(from, to)| from != to).filter_map(|(_, to)| decimals(*to)).max()
        else {
            return Vec::new();
        };
        let mut proposals = Vec::new();
        for digits in usual_digits(&pairs, digits) {
            let unit = 10_f64.powi(-digits);
            let half = 0.5 * unit * (1.0 + 1e-9);
            let near = pairs
                .iter()
                .filter(|(from, to)| from != to && (from - to).abs() <= half && is_multiple(*to, unit))
                .count();
            // One value for all is no rounding.
            let results: BTreeSet<u64> =
                pairs.iter().filter(|(from, to)| from != to).map(|(_, to)| to.to_bits()).collect();
            if near < 8 || near * 4 < pairs.len() || results.len() < 3 {
                continue;
            }
            let advice = "the digits are lost in {to}: carry them, round on both sides, or allow for them: `tolerance: {abs: …}`";
            let sql = if digits == 0 { "round(value)".to_owned() } else { format!("round(value, {digits})") };
            let said = match digits {
                0 => "whole numbers".to_owned(),
                1 => "1 decimal".to_owned(),
                2.. => format!("{digits} decimals"),
                _ => format!("multiples of {}", 10_f64.powi(-digits)),
            };
            let summary = format!("{{to}} = {{from}} rounded to {said}");
            proposals.push(Proposal::lossy(summary, sql.clone(), advice).parameter("decimals", digits).bits(4.0));
            // Half to even, as NumPy and IEEE 754 round: ties are told apart only where they occur.
            let ties = pairs
                .iter()
                .filter(|(from, to)| from != to && ((from - to).abs() - 0.5 * unit).abs() < 1e-9 * unit)
                .count();
            if ties > 0 {
                let scaled = format!("value * {}", float(10_f64.powi(digits)));
                let even = format!(
                    "CASE WHEN abs(({scaled}) - trunc({scaled})) = 0.5 THEN 2.0 * round(({scaled}) / 2.0) ELSE round({scaled}) END / {}",
                    float(10_f64.powi(digits))
                );
                let summary = format!("{{to}} = {{from}} rounded to {said}, halves to the even digit");
                let proposal = Proposal::lossy(summary, even, advice).parameter("decimals", digits);
                proposals.push(proposal.parameter("halves", "even").bits(6.0));
            }
        }
        proposals
    }
}

fn is_multiple(value: f64, unit: f64) -> bool {
    let times = value / unit;
    (times - times.round()).abs() <= 1e-6 * times.abs().max(1.0)
}

/// The number of decimals that the values have, and fewer, where they are multiples of 10, 100 or 1,000.
fn usual_digits(pairs: &[(f64, f64)], greatest: usize) -> Vec<i32> {
    // A few rows of another kind may have more digits: the number that most rows have at most.
    let mut all: Vec<usize> = pairs.iter().filter_map(|(_, to)| decimals(*to)).collect();
    all.sort_unstable();
    let usual = all.get(all.len() * 9 / 10).copied().unwrap_or(greatest);
    let mut digits = vec![usual as i32];
    if usual != greatest {
        digits.push(greatest as i32);
    }
    if greatest == 0 {
        digits.extend([-1, -2, -3].into_iter().filter(|digits| {
            let unit = 10_f64.powi(-digits);
            pairs.iter().all(|(_, to)| is_multiple(*to, unit))
        }));
        digits.reverse();
        digits.truncate(2);
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn the_number_of_decimals_is_found() {
        let round = |digits: i32, x: f64| (x * 10_f64.powi(digits)).round() / 10_f64.powi(digits);
        for digits in [2, 0, -1] {
            let pairs: Vec<(Value, Value)> =
                (1..40).map(|x| f64::from(x) * 7.123_456).map(|x| (x.into(), round(digits, x).into())).collect();
            let proposals = propose(&DecimalRounding, &pairs);
            assert_eq!(proposals.first().map(|p| p.parameters[0].clone()), Some(("decimals", digits.into())));
        }
        let pairs: Vec<(Value, Value)> =
            (1..40).map(|x| f64::from(x) * 7.123).map(|x| (x.into(), (x + 0.7).into())).collect();
        assert_eq!(propose(&DecimalRounding, &pairs), []);
    }
}
