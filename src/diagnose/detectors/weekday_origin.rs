//! Weekdays are numbered from another day or from another number. Recognised by one of the maps between the four usual
//! numberings, with its wrap.

use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// Name, what Monday is when counted from the first day, and the first day's number.
const NUMBERINGS: [(&str, i128, i128); 4] = [("Sun0", 1, 0), ("Sun1", 1, 1), ("Mon0", 0, 0), ("Mon1", 0, 1)];
const WORDS: &[&str] = &["weekday", "dow", "day_of_week", "dayofweek", "wday"];

/// Another first day of the week.
pub struct WeekdayOrigin;

impl Detector for WeekdayOrigin {
    fn id(&self) -> &'static str {
        "weekday-origin"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("weekday_origin.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let whole = |is_mismatch: bool| {
            let pairs = evidence.pairs.iter().filter(move |pair| pair.is_mismatch == is_mismatch);
            pairs.filter_map(|pair| Some((pair.from.whole()?, pair.to.whole()?))).collect::<Vec<_>>()
        };
        let (different, same) = (whole(true), whole(false));
        let is_day = |(from, to): &&(i128, i128)| (0..=7).contains(from) && (0..=7).contains(to);
        let days = different.iter().filter(is_day).count();
        if days < 8 || days * 10 < different.len() * 9 {
            return Vec::new();
        }
        let lower = evidence.feature.to_lowercase();
        let named = WORDS.iter().any(|word| lower.contains(word));
        let mut found: Vec<(usize, Proposal)> = Vec::new();
        for (from_name, from_shift, from_first) in NUMBERINGS {
            for (to_name, to_shift, to_first) in NUMBERINGS {
                let shift = (to_shift - from_shift - from_first).rem_euclid(7);
                let back = (from_shift - to_shift - to_first).rem_euclid(7);
                // Without another first day it is a matter of counting from 0 or 1.
                if from_shift == to_shift {
                    continue;
                }
                let fits = |(from, to): &&(i128, i128)| {
                    (from_first..from_first + 7).contains(from) && (from + shift) % 7 + to_first == *to
                };
                let count = different.iter().filter(fits).count();
                // Where Sunday alone has another number (0 or 7), the other days are the proof.
                let is_sunday_alone = different.iter().filter(fits).all(|(from, to)| from.abs_diff(*to) == 7);
                let kept = same.iter().filter(fits).count();
                // The wrap is the proof: a map that fails where it wraps is a count from another number.
                if count < 8 || count * 100 < days * 95 || (is_sunday_alone && (kept < 8 || kept < same.len())) {
                    continue;
                }
                let plus = |first: i128| if first == 0 { String::new() } else { format!(" + {first}") };
                let forward = format!("(value + {shift}) % 7{}", plus(to_first));
                let inverse = format!("(value + {back}) % 7{}", plus(from_first));
                let summary = format!("{{to}} numbers weekdays as {to_name}, {{from}} as {from_name}");
                let proposal = Proposal::function(summary, Some(forward), Some(inverse))
                    .parameter("from", from_name)
                    .parameter("to", to_name)
                    .bits(3.6)
                    .hint(if named { 3.0 } else { 0.0 })
                    .min_values(if is_sunday_alone { 1 } else { 3 });
                found.push((count, proposal));
            }
        }
        found.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        found.into_iter().take(2).map(|(_, proposal)| proposal).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    fn rows(of: impl Fn(i64) -> i64) -> Vec<(Value, Value)> {
        (0..28).map(|row| ((row % 7).into(), of(row % 7).into())).collect()
    }

    #[test]
    fn monday_0_becomes_1_and_sunday_6_becomes_0() {
        let pairs = rows(|day| (day + 1) % 7);
        let found = propose(&WeekdayOrigin, &pairs);
        assert_eq!(found[0].parameters, [("from", "Mon0".into()), ("to", "Sun0".into())]);
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&WeekdayOrigin, &swapped)[0].parameters, [("from", "Sun0".into()), ("to", "Mon0".into())]);
    }

    #[test]
    fn sunday_alone_is_told_by_the_days_that_match() {
        let found = propose(
            &WeekdayOrigin,
            &[rows(|day| if day == 0 { 7 } else { day }), rows(|d| if d == 0 { 7 } else { d })].concat(),
        );
        assert_eq!(found[0].parameters, [("from", "Sun0".into()), ("to", "Mon1".into())]);
    }

    #[test]
    fn counting_from_1_is_another_mechanism() {
        assert_eq!(propose(&WeekdayOrigin, &rows(|day| day + 1)), []);
    }
}
