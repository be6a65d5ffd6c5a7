//! The value became its reciprocal, times a constant: litres per 100 km and miles per gallon. Recognised by one product that
//! many pairs share.

use std::collections::BTreeSet;

use crate::diagnose::spectrum::{decimal_bits, modes, shortest};
use crate::diagnose::sql::float;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct UnitReciprocal;

impl Detector for UnitReciprocal {
    fn id(&self) -> &'static str {
        "unit-reciprocal"
    }

    fn family(&self) -> Family {
        Family::Unit
    }

    fn page(&self) -> &'static str {
        include_str!("unit_reciprocal.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        const NAMED: [(f64, &str); 7] = [
            (235.214_583_333_333_33, "l/100 km ↔ mpg"),
            (282.480_936_331_822_2, "l/100 km ↔ imperial mpg"),
            (100.0, "l/100 km ↔ km/l, or per 100"),
            (1.0, "period ↔ frequency"),
            (60.0, "per minute ↔ seconds each"),
            (3600.0, "per hour ↔ seconds each"),
            (1000.0, "per second ↔ milliseconds each"),
        ];
        let pairs: Vec<(f64, f64)> = evidence.numbers().filter(|(from, to)| *from != 0.0 && *to != 0.0).collect();
        let found = modes(pairs.iter().map(|(from, to)| from * to), 1e-6, 8).into_iter().take(2);
        found
            .filter_map(|mode| {
                let named = NAMED.iter().find(|(constant, _)| (constant / mode.value - 1.0).abs() <= 1e-6);
                // 235.2 and 235.21 are how the constant is written.
                let constant =
                    named.filter(|(constant, _)| (constant / mode.value - 1.0).abs() <= 1e-9).map(|(k, _)| *k);
                let constant = constant.or_else(|| shortest(mode.value, 1e-9)).unwrap_or(mode.value);
                // A constant pair of values has a constant product, too.
                let values: BTreeSet<u64> = pairs
                    .iter()
                    .filter(|(from, to)| (from * to / constant - 1.0).abs() <= 1e-6)
                    .map(|(from, _)| from.to_bits())
                    .collect();
                if values.len() < 4 {
                    return None;
                }
                let sql = format!("{} / NULLIF(value, 0)", float(constant));
                let name = named.map(|(_, name)| format!(" ({name})")).unwrap_or_default();
                let bits = if named.is_some() { 4.0 } else { decimal_bits(constant) };
                let proposal =
                    Proposal::function(format!("{{to}} = {constant} ÷ {{from}}{name}"), Some(sql.clone()), Some(sql));
                Some(proposal.parameter("constant", constant).bits(bits))
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
    fn a_constant_product_is_a_reciprocal() {
        let pairs: Vec<(Value, Value)> = (5..30).map(f64::from).map(|x| (x.into(), (100.0 / x).into())).collect();
        let proposals = propose(&UnitReciprocal, &pairs);
        assert_eq!(proposals.first().map(|p| p.parameters.clone()), Some(vec![("constant", 100.0.into())]));
    }

    #[test]
    fn one_pair_of_values_again_and_again_is_none() {
        let pairs: Vec<(Value, Value)> = (0..30).map(|_| (4.0.into(), 25.0.into())).collect();
        assert_eq!(propose(&UnitReciprocal, &pairs), []);
    }
}
