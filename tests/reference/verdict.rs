//! Budgets, and the answer of a run.

use super::align::Aligned;
use super::{Code, Comparison, Counts, Duplicates, Feature, Gate, Rules, Verdict};

pub fn verdict(rules: &Rules, aligned: &Aligned, counts: &[(String, Comparison, Counts)]) -> Verdict {
    let mut parts = vec![Verdict::Consistent];
    let over = |part: u64, whole: u64, budget: f64| part > 0 && part as f64 / whole as f64 > budget;
    let [offline, online] = aligned.ledger;
    for ledger in [offline, online] {
        if over(ledger.unreadable, ledger.read, rules.gate.max_unreadable_rate) {
            parts.push(Verdict::Inconsistent);
        }
    }
    if rules.duplicates == Duplicates::Error && aligned.any_duplicate {
        parts.push(Verdict::Inconsistent);
    }
    // A row of one side is missing from the other, if that one should hold it.
    for (should_hold, other) in [(rules.complete[0], online), (rules.complete[1], offline)] {
        if should_hold && over(other.unmatched, other.unmatched + other.compared, rules.gate.max_unmatched_rate) {
            parts.push(Verdict::Inconsistent);
        }
    }
    // With `as_of` an offline row may serve several pairs, an online row never.
    let compared = online.compared;
    if compared == 0 || compared < rules.gate.min_compared_rows {
        parts.push(Verdict::Inconclusive);
    }
    for (name, _, counts) in counts {
        let feature = rules.features.iter().find(|feature| feature.name == *name).expect("counts of a feature");
        if feature.fails {
            parts.push(feature_verdict(feature, counts, &rules.gate));
        }
    }
    parts.into_iter().max().unwrap_or(Verdict::Consistent)
}

/// A budget that is exceeded is so on any number of rows; that it is kept, too few rows cannot tell.
fn feature_verdict(feature: &Feature, counts: &Counts, gate: &Gate) -> Verdict {
    let compared: u64 = counts.values().sum();
    let agreeing: u64 = [Code::Equal, Code::Tolerated].iter().filter_map(|code| counts.get(code)).sum();
    let mismatches = compared - agreeing;
    let budget = feature.max_mismatch_rate;
    if compared > 0 && mismatches as f64 / compared as f64 > budget {
        return Verdict::Inconsistent;
    }
    if compared == 0 || compared < gate.min_compared_rows {
        return Verdict::Inconclusive;
    }
    match gate.confidence {
        Some(confidence) if budget > 0.0 && upper_bound(mismatches, compared, confidence) > budget => {
            Verdict::Inconclusive
        }
        _ => Verdict::Consistent,
    }
}

/// Returns the one-sided upper bound of a rate of which `k` of `n` were seen: the rate at which so few or fewer have
/// the probability `1 - confidence`. Source: Clopper and Pearson (1934), by bisection.
pub fn upper_bound(k: u64, n: u64, confidence: f64) -> f64 {
    if k == n {
        return 1.0;
    }
    let at_most_k = |rate: f64| -> f64 {
        (0..=k).map(|i| binomial(n, i) * rate.powi(i as i32) * (1.0 - rate).powi((n - i) as i32)).sum()
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if at_most_k(middle) > 1.0 - confidence { low = middle } else { high = middle }
    }
    high
}

fn binomial(n: u64, k: u64) -> f64 {
    (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product()
}
