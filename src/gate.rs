//! Budgets to verdicts. Pure functions of counts; no I/O; cannot fail.

use crate::report::{Finding, Ledger, Verdict};
use crate::spec::{PerSide, Severity, Side};

/// Some of many rows. Nothing of nothing is no share: it exceeds no budget and has no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub count: u64,
    pub of: u64,
}

impl Share {
    /// Returns the fraction, none of no rows.
    pub fn rate(self) -> Option<f64> {
        (self.of > 0).then(|| self.count as f64 / self.of as f64)
    }

    /// Returns whether the fraction is over `budget`, a fraction too. One that equals it is not.
    ///
    /// Exact: the budget counts as the decimal that the spec's author wrote, and counts are never rounded. In floating
    /// point 3 of 10 would be over a budget of 0.3, which is stored as a little less.
    pub fn exceeds(self, budget: f64) -> bool {
        if self.count == 0 || self.of == 0 || budget >= 1.0 {
            return false;
        }
        let Some((digits, scale)) = decimal(budget) else { return true };
        // 17 digits times 64 bits fit 128 bits. If the other product does not, it is the greater one.
        let allowed = u128::from(digits) * u128::from(self.of);
        match 10u128.checked_pow(scale).and_then(|power| power.checked_mul(u128::from(self.count))) {
            Some(found) => found > allowed,
            None => true,
        }
    }
}

/// The answer for one comparison.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    pub verdict: Verdict,
    /// The upper confidence bound of the rate: given with a confidence and any row.
    pub upper: Option<f64>,
}

/// Returns whether `mismatches` of `compared` rows are within `budget`, a fraction.
///
/// A budget that is exceeded is so whatever the number of rows; else fewer rows than `min_compared`, or none, are
/// inconclusive. With a confidence and a budget above 0 the comparison
/// passes if the upper bound is within the budget, fails if the rate is over it, and is otherwise inconclusive.
pub fn judge(mismatches: u64, compared: u64, budget: f64, min_compared: u64, confidence: Option<f64>) -> Judgement {
    let upper = confidence.filter(|_| compared > 0).map(|confidence| upper_bound(mismatches, compared, confidence));
    let too_few = compared == 0 || compared < min_compared;
    let unsure = budget > 0.0 && upper.is_some_and(|upper| upper > budget);
    let verdict = if (Share { count: mismatches, of: compared }).exceeds(budget) {
        Verdict::Inconsistent
    } else if too_few || unsure {
        Verdict::Inconclusive
    } else {
        Verdict::Consistent
    };
    Judgement { verdict, upper }
}

/// Returns the rows of the other side that `complete` should hold, and how many of them it lacks.
///
/// Rows that were filtered, unreadable, duplicate or without a key are not among them.
pub fn missing_from(complete: Side, ledger: &PerSide<Ledger>) -> Share {
    let other = &ledger[complete.other()];
    Share { count: other.unmatched, of: other.unmatched.saturating_add(other.compared) }
}

/// Returns the sides among `complete` that lack more of the other's rows than the budget allows, each with its share.
pub fn judge_unmatched(complete: PerSide<bool>, ledger: &PerSide<Ledger>, budget: f64) -> Vec<(Side, Share)> {
    Side::BOTH
        .into_iter()
        .filter(|side| complete[*side])
        .map(|side| (side, missing_from(side, ledger)))
        .filter(|(_, share)| share.exceeds(budget))
        .collect()
}

/// Returns the share of one side's records that could not be parsed, if it is over the budget.
pub fn judge_unreadable(ledger: &Ledger, budget: f64) -> Option<Share> {
    let share = Share { count: ledger.unreadable, of: ledger.read };
    share.exceeds(budget).then_some(share)
}

/// Returns the verdict of a run from its findings, and from nothing else.
///
/// A finding of severity warn and an accepted one do not fail it. What could not be checked does, whatever its severity.
pub fn overall(findings: &[Finding]) -> Verdict {
    Verdict::combine(findings.iter().map(|finding| {
        match (finding.kind.verdict(), finding.severity, finding.accepted) {
            (Verdict::Error, _, _) => Verdict::Error,
            (_, Severity::Warn, _) | (_, _, true) => Verdict::Consistent,
            (verdict, Severity::Error, false) => verdict,
        }
    }))
}

/// Returns the one-sided upper confidence bound of a rate: the least rate at which seeing `count` of `of` rows or fewer
/// is no likelier than `1 - confidence`. `of` is above 0, `confidence` lies in 0 … 1.
///
/// Source: C. J. Clopper, E. S. Pearson, *The use of confidence or fiducial limits illustrated in the case of the
/// binomial*, Biometrika 26 (1934). The tail is summed term by term and not by a continued fraction for the incomplete
/// beta function: those at hand stop after 140 steps, too early for a million rows.
pub fn upper_bound(count: u64, of: u64, confidence: f64) -> f64 {
    let alpha = 1.0 - confidence;
    if count >= of || alpha <= 0.0 {
        return 1.0;
    }
    let n_rows = of as f64;
    if count == 0 {
        return -(alpha.ln() / n_rows).exp_m1();
    }
    let rate = count as f64 / n_rows;
    let (mut low, mut high) = (rate, 1.0);
    if binomial_tail(count, of, low) <= alpha {
        return rate;
    }
    // Ends when no float lies between: at most some 1,100 steps, in practice about 60.
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return high;
        }
        if binomial_tail(count, of, middle) <= alpha { high = middle } else { low = middle }
    }
}

/// Returns the chance of at most `count` hits in `of` draws. `rate` is at least `count / of`, so that terms only shrink.
fn binomial_tail(count: u64, of: u64, rate: f64) -> f64 {
    if rate >= 1.0 {
        return 0.0;
    }
    let (hits, draws) = (count as f64, of as f64);
    let misses = draws - hits;
    let odds_against = (1.0 - rate) / rate;
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut hits_left = hits;
    while hits_left > 0.0 && term > sum * f64::EPSILON / 16.0 {
        term *= hits_left / (draws - hits_left + 1.0) * odds_against;
        sum += term;
        hits_left -= 1.0;
    }
    // The likeliest term by C. Loader's saddle-point expansion: with log-gammas, a billion rows would lose ten digits.
    let exponent = stirling_error(draws)
        - stirling_error(hits)
        - stirling_error(misses)
        - deviance(hits, draws * rate)
        - deviance(misses, draws * (1.0 - rate));
    let first = exponent.exp() * (draws / (2.0 * std::f64::consts::PI * hits * misses)).sqrt();
    (first * sum).min(1.0)
}

/// Returns `ln n!` less Stirling's approximation of it, for a whole `n` above 0.
fn stirling_error(n: f64) -> f64 {
    if n < 16.0 {
        let ln_factorial: f64 = (2..=n as u32).map(|factor| f64::from(factor).ln()).sum();
        return ln_factorial - ((n + 0.5) * n.ln() - n + 0.5 * (2.0 * std::f64::consts::PI).ln());
    }
    let square = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0) / square) / square) / square) / n
}

/// Returns `x ln(x / mean) + mean - x` without losing digits where the two are close.
fn deviance(x: f64, mean: f64) -> f64 {
    let gap = x - mean;
    if gap.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() - gap;
    }
    let ratio = gap / (x + mean);
    let mut sum = gap * ratio;
    let mut power = 2.0 * x * ratio;
    for odd in (3..2000).step_by(2) {
        power *= ratio * ratio;
        let next = sum + power / f64::from(odd);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// Returns the shortest decimal that names this fraction, as digits and the power of ten that they are divided by.
/// None for what is no fraction.
fn decimal(fraction: f64) -> Option<(u64, u32)> {
    if !(0.0..1.0).contains(&fraction) {
        return None;
    }
    let text = format!("{fraction:e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: u64 = format!("{whole}{decimals}").parse().ok()?;
    let scale = i32::try_from(decimals.len()).ok()?.checked_sub(exponent)?;
    Some((digits, u32::try_from(scale).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::FindingKind;

    fn share(count: u64, of: u64) -> Share {
        Share { count, of }
    }

    #[test]
    fn a_rate_equal_to_its_budget_is_within_it() {
        for (count, of, budget) in
            [(1, 10, 0.1), (3, 10, 0.3), (7, 10, 0.7), (1, 1000, 0.001), (29, 100, 0.29), (0, 5, 0.0)]
        {
            assert!(!share(count, of).exceeds(budget), "{count} of {of} is over {budget}");
            assert!(share(count + 1, of).exceeds(budget), "{} of {of} is within {budget}", count + 1);
        }
        // In floating point both products are the same number.
        assert!(share(300_000_000_000_000_001, 1_000_000_000_000_000_000).exceeds(0.3));
        assert!(share(1, u64::MAX).exceeds(1e-300));
        assert!(!share(u64::MAX, u64::MAX).exceeds(1.0));
    }

    #[test]
    fn nothing_of_nothing_is_over_no_budget() {
        assert!(!share(0, 0).exceeds(0.0));
        assert_eq!(share(0, 0).rate(), None);
    }

    #[test]
    fn the_upper_bound_is_that_of_scipy() {
        // scipy.stats.beta.ppf(confidence, count + 1, of - count), SciPy 1.17. The rule of three is the first lines.
        let vectors = [
            (0, 1, 0.95, 0.95),
            (0, 299, 0.95, 0.009969146792899269),
            (0, 298, 0.95, 0.010002432437677691),
            (0, 459, 0.99, 0.00998288736612908),
            (0, 458, 0.99, 0.010004574665049677),
            (0, 2995, 0.95, 0.000999744420901142),
            (0, 2994, 0.95, 0.0010000781698466697),
            (1, 10, 0.95, 0.39416330243650466),
            (5, 100, 0.95, 0.1022533776432745),
            (10, 1000, 0.9, 0.015364975604890663),
            (50, 1000, 0.99, 0.06840489369563105),
            (999, 1000, 0.95, 0.999948708021091),
            (50_000, 1_000_000, 0.95, 0.05035995136217609),
            (123, 1_000_000, 0.999, 0.00016127470943736954),
            (1_000_000, 1_000_000_000, 0.95, 0.0010016455979951705),
            (500, 1000, 0.5, 0.5004998333000619),
        ];
        for (count, of, confidence, wanted) in vectors {
            let found = upper_bound(count, of, confidence);
            assert!((found - wanted).abs() <= 1e-11 * wanted, "{count} of {of} at {confidence}: {found}, not {wanted}");
        }
        assert_eq!(upper_bound(7, 7, 0.95), 1.0);
    }

    #[test]
    fn a_confidence_asks_for_enough_rows() {
        let verdict =
            |mismatches, compared, budget, confidence| judge(mismatches, compared, budget, 1, confidence).verdict;
        // 299 rows without a mismatch are the fewest that show less than 1 % with 95 % confidence.
        assert_eq!(verdict(0, 299, 0.01, Some(0.95)), Verdict::Consistent);
        assert_eq!(verdict(0, 298, 0.01, Some(0.95)), Verdict::Inconclusive);
        assert_eq!(verdict(3, 298, 0.01, Some(0.95)), Verdict::Inconsistent);
        assert_eq!(verdict(0, 298, 0.01, None), Verdict::Consistent);
        // No number of rows shows a rate of nothing, so that a budget of 0 goes by the rate.
        assert_eq!(verdict(0, 10, 0.0, Some(0.95)), Verdict::Consistent);
        assert_eq!(verdict(1, 10, 0.0, Some(0.95)), Verdict::Inconsistent);
    }

    #[test]
    fn too_few_rows_are_inconclusive() {
        assert_eq!(judge(0, 0, 0.0, 0, Some(0.95)), Judgement { verdict: Verdict::Inconclusive, upper: None });
        assert_eq!(judge(0, 9, 0.0, 10, None).verdict, Verdict::Inconclusive);
        assert_eq!(judge(9, 9, 0.0, 10, None).verdict, Verdict::Inconsistent);
        assert_eq!(judge(9, 10, 0.0, 10, None).verdict, Verdict::Inconsistent);
    }

    #[test]
    fn a_complete_side_must_hold_the_rows_of_the_other() {
        // 95 online rows have a partner and 5 have none; the offline rows without one are none of online's business.
        let ledger = PerSide {
            offline: Ledger { read: 200, unmatched: 105, compared: 95, ..Ledger::default() },
            online: Ledger { read: 103, unreadable: 3, unmatched: 5, compared: 95, ..Ledger::default() },
        };
        let offline_only = PerSide { offline: true, online: false };
        assert_eq!(judge_unmatched(offline_only, &ledger, 0.05), []);
        assert_eq!(judge_unmatched(offline_only, &ledger, 0.0499), [(Side::Offline, share(5, 100))]);
        let both = PerSide { offline: true, online: true };
        assert_eq!(judge_unmatched(both, &ledger, 0.05), [(Side::Online, share(105, 200))]);
        assert_eq!(judge_unreadable(&ledger.online, 0.029), Some(share(3, 103)));
        assert_eq!(judge_unreadable(&ledger.online, 0.0292), None);
    }

    #[test]
    fn a_run_is_as_bad_as_its_worst_open_finding() {
        let finding = |kind, severity, accepted| Finding { accepted, ..Finding::new(kind, severity, "") };
        let (mismatch, warned) = (FindingKind::Mismatch, finding(FindingKind::Mismatch, Severity::Warn, false));
        let inconclusive = finding(FindingKind::Inconclusive, Severity::Error, false);
        assert_eq!(overall(&[]), Verdict::Consistent);
        assert_eq!(overall(&[warned.clone(), finding(mismatch, Severity::Error, true)]), Verdict::Consistent);
        assert_eq!(overall(&[warned, inconclusive.clone()]), Verdict::Inconclusive);
        assert_eq!(overall(&[finding(mismatch, Severity::Error, false), inconclusive]), Verdict::Inconsistent);
        assert_eq!(overall(&[finding(FindingKind::Error, Severity::Warn, true)]), Verdict::Error);
    }

    proptest! {
        #[test]
        fn the_bound_lies_above_the_rate_and_falls_with_more_rows(of in 1u64..5000, part in 0.0f64..1.0, confidence in 0.5f64..0.9999) {
            let count = (part * of as f64) as u64;
            let bound = upper_bound(count, of, confidence);
            prop_assert!(bound >= count as f64 / of as f64 && bound <= 1.0);
            prop_assert!(upper_bound(2 * count, 2 * of, confidence) <= bound);
            prop_assert!(upper_bound(count, of, confidence + 0.00005) >= bound);
        }

        #[test]
        fn budgets_are_compared_as_they_are_written(count in 0u64..2000, of in 1u64..2000, thousandths in 0u64..1000) {
            let budget: f64 = format!("0.{thousandths:03}").parse().expect("a decimal");
            prop_assert_eq!(share(count.min(of), of).exceeds(budget), count.min(of) * 1000 > thousandths * of);
        }
    }
}
