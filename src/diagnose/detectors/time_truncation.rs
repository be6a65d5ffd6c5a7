//! One side dropped what is smaller than a second, a minute, a day. Recognised by the largest unit to which all later values
//! are whole.

use chrono::{DateTime, Datelike, NaiveDate};

use crate::diagnose::instant::{Clock, DAY_NS, SECOND_NS, instants};
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// A unit, and its length where it has one.
const UNITS: [(&str, Option<i128>); 13] = [
    ("year", None),
    ("quarter", None),
    ("month", None),
    ("week", None),
    ("day", Some(DAY_NS)),
    ("hour", Some(3600 * SECOND_NS)),
    ("30 minutes", Some(1800 * SECOND_NS)),
    ("15 minutes", Some(900 * SECOND_NS)),
    ("10 minutes", Some(600 * SECOND_NS)),
    ("5 minutes", Some(300 * SECOND_NS)),
    ("minute", Some(60 * SECOND_NS)),
    ("second", Some(SECOND_NS)),
    ("millisecond", Some(1_000_000)),
];

/// A time without its small units.
pub struct TimeTruncation;

impl Detector for TimeTruncation {
    fn id(&self) -> &'static str {
        "time-truncation"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("time_truncation.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let pairs = instants(evidence);
        if pairs.len() < 8 {
            return Vec::new();
        }
        let counts = UNITS
            .map(|unit| pairs.iter().filter(|(from, to)| from != to && truncated(*from, unit) == Some(*to)).count());
        let best = counts.iter().copied().max().unwrap_or(0);
        let Some(idx) = counts.iter().position(|count| *count >= 8 && count * 10 >= best * 9) else {
            return Vec::new();
        };
        let (unit, _) = UNITS[idx];
        let (from, to) = (Clock::of_from(evidence), Clock::of_to(evidence));
        let becomes_date = unit == "day" && evidence.mismatches().any(|pair| matches!(pair.to, Value::Date(_)));
        let truncated = if becomes_date {
            format!("CAST({} AS DATE)", from.read_naive())
        } else {
            let sql = if unit.contains(' ') {
                format!("date_bin(INTERVAL '{unit}', {})", from.read())
            } else {
                format!("date_trunc('{unit}', {})", from.read())
            };
            to.write(&sql, from.is_zoned)
        };
        let advice = format!(
            "{{to}} has lost what is smaller than its unit ({unit}): keep the whole time, or truncate both sides"
        );
        let summary = format!("{{to}} = {{from}} truncated to the {unit}");
        vec![Proposal::lossy(summary, truncated, advice).parameter("unit", unit).bits(3.7)]
    }
}

fn truncated(ns: i128, (unit, length): (&str, Option<i128>)) -> Option<i128> {
    if let Some(length) = length {
        return Some(ns - ns.rem_euclid(length));
    }
    let date = DateTime::from_timestamp(i64::try_from(ns.div_euclid(SECOND_NS)).ok()?, 0)?.date_naive();
    let start = match unit {
        "year" => NaiveDate::from_ymd_opt(date.year(), 1, 1)?,
        "quarter" => NaiveDate::from_ymd_opt(date.year(), date.month0() / 3 * 3 + 1, 1)?,
        "month" => date.with_day(1)?,
        _ => date.checked_sub_days(chrono::Days::new(date.weekday().num_days_from_monday().into()))?,
    };
    Some(i128::from(start.signed_duration_since(NaiveDate::default()).num_days()) * DAY_NS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    fn time(ns: i128) -> Value {
        Value::Time { ns, zoned: false }
    }

    #[test]
    fn the_largest_unit_is_named() {
        for unit in UNITS {
            let pairs: Vec<_> = (1..40_i128)
                .map(|row| 1_700_000_000_123_456_789 + row * 9_876_543_210_123_457)
                .map(|ns| (time(ns), time(truncated(ns, unit).unwrap_or_default())))
                .collect();
            assert_eq!(propose(&TimeTruncation, &pairs)[0].parameters[0].1, unit.0);
            let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
            assert_eq!(propose(&TimeTruncation, &swapped), []);
        }
    }

    #[test]
    fn rounding_up_is_no_truncation() {
        let pairs: Vec<_> = (1..40_i128).map(|row| (time(row * DAY_NS + 5), time((row + 1) * DAY_NS))).collect();
        assert_eq!(propose(&TimeTruncation, &pairs), []);
    }
}
