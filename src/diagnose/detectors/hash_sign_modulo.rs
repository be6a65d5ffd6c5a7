//! Hash codes of one side are negative, or off by the modulus: a remainder of signed numbers. Recognised by one modulus.

use std::collections::BTreeMap;

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct HashSignModulo;

impl Detector for HashSignModulo {
    fn id(&self) -> &'static str {
        "hash-sign-modulo"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("hash_sign_modulo.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut counts: BTreeMap<i128, usize> = BTreeMap::new();
        let mut n = 0_usize;
        for (from, to) in evidence.wholes() {
            n += 1;
            if let Some(difference) = from.checked_sub(to).filter(|_| from >= 0 && to < 0) {
                *counts.entry(difference).or_default() += 1;
            }
        }
        let Some((modulus, count)) = counts.into_iter().max_by_key(|(_, count)| *count) else { return Vec::new() };
        let in_range = |value: i128| value.abs() <= modulus;
        let within = evidence.wholes().filter(|(from, to)| in_range(*from) && in_range(*to)).count();
        if count < 8 || count * 10 < n || modulus < 2 || within < count {
            return Vec::new();
        }
        let forward = format!("CASE WHEN value > {} THEN value - {modulus} ELSE value END", modulus / 2);
        let inverse = format!("CASE WHEN value < 0 THEN value + {modulus} ELSE value END");
        let summary = format!("{{to}} = {{from}} - {modulus} where the hash is negative");
        let Ok(name) = i64::try_from(modulus) else { return Vec::new() };
        vec![Proposal::function(summary, Some(forward), Some(inverse)).parameter("modulus", name).bits(8.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn the_modulus_is_found() {
        let pairs: Vec<(Value, Value)> = (0..40)
            .map(|x| 37 * x % 100)
            .map(|x| (Value::from(x), Value::from(if x % 2 == 0 { x } else { x - 100 })))
            .collect();
        assert_eq!(
            propose(&HashSignModulo, &pairs).first().map(|p| p.parameters.clone()),
            Some(vec![("modulus", 100.into())])
        );
        let pairs: Vec<(Value, Value)> = (1..40).map(|x| (Value::from(x), Value::from(-x))).collect();
        assert_eq!(propose(&HashSignModulo, &pairs), []);
    }
}
