//! Codes beyond a point are moved by one, or by a few: something was put into the vocabulary. Recognised by differences that
//! rise with the code, in steps.

use std::collections::BTreeMap;

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct VocabInsertShift;

impl Detector for VocabInsertShift {
    fn id(&self) -> &'static str {
        "vocab-insert-shift"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("vocab_insert_shift.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut by_code: BTreeMap<i128, BTreeMap<i128, usize>> = BTreeMap::new();
        for pair in &evidence.pairs {
            if let (Some(from), Some(to)) = (pair.from.whole(), pair.to.whole())
                && let Some(difference) = to.checked_sub(from)
            {
                *by_code.entry(from).or_default().entry(difference).or_default() += 1;
            }
        }
        // A code seen once or twice says nothing.
        by_code.retain(|_, differences| differences.values().sum::<usize>() >= 3);
        // The usual difference of each code.
        let usual: Vec<(i128, i128)> = by_code
            .iter()
            .filter_map(|(code, differences)| Some((*code, *differences.iter().max_by_key(|(_, count)| **count)?.0)))
            .collect();
        let steps: Vec<(i128, i128)> = usual
            .iter()
            .scan(0_i128, |last, (code, shift)| {
                let step = (*code, *shift - *last);
                *last = *shift;
                Some(step)
            })
            .filter(|(_, step)| *step != 0)
            .collect();
        let first_is_moved = usual.first().is_some_and(|(_, shift)| *shift != 0);
        let same_sign =
            steps.iter().all(|(_, step)| step.signum() == steps.first().map_or(0, |(_, step)| step.signum()));
        if steps.is_empty() || steps.len() > 4 || usual.len() < 4 || !same_sign || (first_is_moved && steps.len() < 2) {
            return Vec::new();
        }
        let apply = |sign: i128, moved: bool| {
            let mut total = 0_i128;
            let mut whens = Vec::new();
            for (code, step) in &steps {
                total += step;
                let at = if moved { code + total } else { *code };
                whens.push(format!(
                    "WHEN value >= {at} THEN value {} {}",
                    if sign * total >= 0 { "+" } else { "-" },
                    total.abs()
                ));
            }
            whens.reverse();
            format!("CASE {} ELSE value END", whens.join(" "))
        };
        let points: Vec<i64> = steps.iter().filter_map(|(code, _)| i64::try_from(*code).ok()).collect();
        let listed: Vec<String> = points.iter().map(i64::to_string).collect();
        let grows = steps.first().is_some_and(|(_, step)| *step > 0);
        let said = if grows { "later by what was put in" } else { "earlier by what was taken out" };
        let summary = format!("{{to}} has codes from {} on {said}", listed.join(", "));
        // Codes that were taken out fall together with others.
        let inverse = grows.then(|| apply(-1, true));
        let proposal = Proposal::function(summary, Some(apply(1, false)), inverse);
        let proposal = proposal.parameter("positions", points).advice("ship one vocabulary to both sides");
        vec![proposal.bits(2.0 + 7.0 * steps.len() as f64)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn the_points_of_insertion_are_found() {
        let shift = |x: i64| x + i64::from(x >= 7) + i64::from(x >= 12);
        let pairs: Vec<(Value, Value)> =
            (0..60).map(|x| x % 20).map(|x| (Value::from(x), Value::from(shift(x)))).collect();
        let proposals = propose(&VocabInsertShift, &pairs);
        assert_eq!(proposals.first().map(|p| p.parameters.clone()), Some(vec![("positions", vec![7, 12].into())]));
        let wanted = "CASE WHEN value >= 14 THEN value - 2 WHEN value >= 8 THEN value - 1 ELSE value END";
        assert!(
            matches!(&proposals[0].test, crate::diagnose::Test::Function { inverse: Some(sql), .. } if sql == wanted)
        );
        let pairs: Vec<(Value, Value)> =
            (0..60).map(|x| x % 20).map(|x| (Value::from(x), Value::from(x * 7 % 20))).collect();
        assert_eq!(propose(&VocabInsertShift, &pairs), []);
    }
}
