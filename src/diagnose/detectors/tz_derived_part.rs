//! An hour of day was taken from another zone's clock. Recognised by a fixed difference modulo 24, with a wrap.

use crate::diagnose::instant::counted;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// An hour of another zone.
pub struct TzDerivedPart;

impl Detector for TzDerivedPart {
    fn id(&self) -> &'static str {
        "tz-derived-part"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("tz_derived_part.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let all = evidence.wholes();
        let all: Vec<_> = all.collect();
        let hours = |(from, to): &(i128, i128)| (0..24).contains(from) && (0..24).contains(to);
        let rows: Vec<_> = all.iter().copied().filter(hours).collect();
        // Weekdays and months wrap too, at other numbers.
        if rows.len() * 10 < all.len() * 9 || !rows.iter().any(|(from, to)| *from > 12 || *to > 12) {
            return Vec::new();
        }
        let shift = |(from, to): &(i128, i128)| (to - from).rem_euclid(24);
        let Some((hours, count)) = counted(rows.iter().map(shift)).into_iter().find(|(hours, _)| *hours != 0) else {
            return Vec::new();
        };
        let offset = if hours > 12 { hours - 24 } else { hours };
        let has_wrap = rows.iter().any(|row| shift(row) == hours && row.1 - row.0 != offset);
        if count < 8 || !has_wrap {
            return Vec::new();
        }
        let summary = format!("{{to}} = {{from}} {offset:+} hours, modulo 24 (an hour of another zone)");
        let (forward, inverse) = (format!("(value + {hours}) % 24"), format!("(value + {}) % 24", 24 - hours));
        vec![Proposal::function(summary, Some(forward), Some(inverse)).parameter("hours", offset as i64).bits(4.6)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    fn rows(of: impl Fn(i64) -> i64) -> Vec<(Value, Value)> {
        (0..24).map(|hour| (hour.into(), of(hour).into())).collect()
    }

    #[test]
    fn two_hours_with_a_wrap() {
        let mut pairs = rows(|hour| (hour + 2) % 24);
        pairs.extend([(5.into(), 5.into()), (3.into(), 9.into()), (Value::Null, 1.into())]);
        assert_eq!(propose(&TzDerivedPart, &pairs)[0].parameters[0].1, 2);
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&TzDerivedPart, &swapped)[0].parameters[0].1, -2);
    }

    #[test]
    fn no_wrap_is_no_clock() {
        let pairs = rows(|hour| hour + 2).into_iter().take(20).collect::<Vec<_>>();
        assert_eq!(propose(&TzDerivedPart, &pairs), []);
    }
}
