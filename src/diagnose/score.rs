//! How good an explanation is: by how many bits it shortens the description of the mismatches.
//!
//! Source: minimum description length, J. Rissanen, "Modeling by shortest data description", Automatica 14 (1978).

use std::collections::BTreeMap;

use super::value::Value;

/// Rows that have to be explained before anything is said.
pub const MIN_EXPLAINED: u64 = 8;
/// The share of the mismatching rows that has to be explained: less is found by chance, if enough is tried.
pub const MIN_SHARE: f64 = 0.05;
/// Bits that an explanation has to save.
pub const MIN_GAIN: f64 = 10.0;
/// Bits by which the rows have to speak for the explanation and against chance.
pub const MIN_EVIDENCE: f64 = 20.0;
/// What it costs at most that an explanation also changes rows that match: that it holds for some rows only, which is rarer,
/// and naming these rows.
const SCOPE_BITS: f64 = 40.0;
/// Bits that a mismatching value costs at least: that the row mismatches has to be said too.
pub const MIN_VALUE_BITS: f64 = 3.0;

/// What an explanation does to rows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Effect {
    pub mismatching: u64,
    /// Of the mismatching rows, those that it makes agree.
    pub explained: u64,
    pub matching: u64,
    /// Of the matching rows, those that it makes differ.
    pub damaged: u64,
}

impl Effect {
    /// Returns the bits that an explanation saves; what it costs to say is `bits`, and a mismatching value `value_bits`.
    pub fn gain(&self, value_bits: f64, bits: f64) -> f64 {
        let [m, x, n, d] = [self.mismatching, self.explained, self.matching, self.damaged].map(|count| count as f64);
        let exceptions = (m - x) * value_bits + m * entropy(x / m.max(1.0));
        let damage = d * value_bits + n * entropy(d / n.max(1.0));
        m * value_bits - exceptions - damage.min(SCOPE_BITS) - bits
    }

    /// Returns the log-likelihood ratio, in bits, of the explained share against the share that chance explains.
    pub fn evidence(&self, chance: f64) -> f64 {
        let (m, x) = (self.mismatching as f64, self.explained as f64);
        if m == 0.0 {
            return 0.0;
        }
        let chance = chance.clamp(1e-6, 1.0 - 1e-9);
        let share = (x / m).clamp(0.0, 1.0);
        if share <= chance {
            return 0.0;
        }
        let fails = if share < 1.0 { (m - x) * ((1.0 - share) / (1.0 - chance)).log2() } else { 0.0 };
        x * (share / chance).log2() + fails
    }
}

/// Returns the bits that it takes to write one of these values down, given how often each occurs.
pub fn value_bits<'a>(values: impl Iterator<Item = &'a Value>) -> f64 {
    let mut counts: BTreeMap<&Value, usize> = BTreeMap::new();
    let mut n = 0_usize;
    for value in values {
        *counts.entry(value).or_default() += 1;
        n += 1;
    }
    let bits: f64 = counts
        .values()
        .map(|count| {
            let share = *count as f64 / n as f64;
            -share * share.log2()
        })
        .sum();
    bits.clamp(MIN_VALUE_BITS, 64.0)
}

/// Of one row that is so with probability `p`.
fn entropy(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 { 0.0 } else { -p * p.log2() - (1.0 - p) * (1.0 - p).log2() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_explains_all_saves_the_values_and_costs_its_parameters() {
        let all = Effect { mismatching: 100, explained: 100, matching: 50, damaged: 0 };
        assert_eq!(all.gain(10.0, 20.0), 980.0);
        // Half of the rows: 50 values, and one bit a row to say which half.
        let half = Effect { explained: 50, ..all };
        assert_eq!(half.gain(10.0, 0.0), 1000.0 - 500.0 - 100.0);
        // What breaks rows needs a scope, which has a price.
        assert_eq!(Effect { damaged: 50, ..all }.gain(10.0, 0.0), 1000.0 - SCOPE_BITS);
    }

    #[test]
    fn what_chance_explains_is_no_evidence() {
        let effect = Effect { mismatching: 16, explained: 16, matching: 0, damaged: 0 };
        // Sixteen times log2(1 / 0.25).
        assert_eq!(effect.evidence(0.25), 32.0);
        assert_eq!(effect.evidence(1.0 - 1e-12), 16.0 * (1.0_f64 / (1.0 - 1e-9)).log2());
        assert_eq!(Effect { explained: 4, ..effect }.evidence(0.5), 0.0);
    }

    #[test]
    fn a_value_costs_its_entropy() {
        let values: Vec<Value> = (0..256_i64).map(Value::from).collect();
        assert_eq!(value_bits(values.iter()), 8.0);
        assert_eq!(value_bits([Value::Null, Value::Null].iter()), MIN_VALUE_BITS);
    }
}
