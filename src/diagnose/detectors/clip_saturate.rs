//! Values beyond a limit became the limit. Recognised by one value in place of many greater, or smaller, ones.

use std::collections::BTreeMap;

use crate::diagnose::sql::float;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct ClipSaturate;

impl Detector for ClipSaturate {
    fn id(&self) -> &'static str {
        "clip-saturate"
    }

    fn family(&self) -> Family {
        Family::Numeric
    }

    fn page(&self) -> &'static str {
        include_str!("clip_saturate.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let pairs: Vec<(f64, f64)> = evidence.numbers().filter(|(from, to)| from != to).collect();
        let limit = |beyond: &dyn Fn(f64, f64) -> bool| {
            let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
            for (_, to) in pairs.iter().filter(|(from, to)| beyond(*from, *to)) {
                *counts.entry((to + 0.0).to_bits()).or_default() += 1;
            }
            let total: usize = counts.values().sum();
            let (bits, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
            (count >= 8 && count * 10 >= total * 8).then(|| f64::from_bits(bits))
        };
        let (high, low) = (limit(&|from, to| from > to), limit(&|from, to| from < to));
        let all = || evidence.pairs.iter().filter_map(|pair| pair.to.number()).filter(|to| to.is_finite());
        let share = |outside: &dyn Fn(f64) -> bool| all().filter(|to| outside(*to)).count() * 50 <= all().count();
        // A limit holds for all rows: a default does not.
        let high = high.filter(|high| share(&|to| to > *high));
        let low = low.filter(|low| share(&|to| to < *low));
        let (sql, said) = match (low, high) {
            (None, None) => return Vec::new(),
            (Some(low), Some(high)) if low < high => {
                (format!("clip(value, {}, {})", float(low), float(high)), format!("limited to {low} to {high}"))
            }
            (_, Some(high)) => (
                format!("CASE WHEN value > {0} THEN {0} ELSE value END", float(high)),
                format!("limited to {high} at most"),
            ),
            (Some(low), None) => (
                format!("CASE WHEN value < {0} THEN {0} ELSE value END", float(low)),
                format!("limited to {low} at least"),
            ),
        };
        let advice = "values beyond the limit are lost in {to}: limit on both sides, or on none";
        let proposal = Proposal::lossy(format!("{{to}} = {{from}} {said}"), sql, advice);
        let proposal = proposal.parameter("low", low).parameter("high", high);
        vec![proposal.bits(10.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn the_limits_are_found_and_a_default_is_none() {
        let pairs: Vec<(Value, Value)> =
            (0..100).map(f64::from).map(|x| (x.into(), x.clamp(10.0, 80.0).into())).collect();
        let proposals = propose(&ClipSaturate, &pairs);
        assert_eq!(
            proposals.first().map(|p| p.parameters.clone()),
            Some(vec![("low", 10.0.into()), ("high", 80.0.into())])
        );
        let pairs: Vec<(Value, Value)> =
            (0..100).map(f64::from).map(|x| (x.into(), if x as i64 % 3 == 0 { 50.0 } else { x }.into())).collect();
        assert_eq!(propose(&ClipSaturate, &pairs), []);
    }
}
