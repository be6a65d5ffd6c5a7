//! Numbers count from another day than 1970-01-01. Recognised by the difference between the origins in use.

use crate::diagnose::instant::{Clock, DAY_NS, instant_ns};
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// An origin, in units before 1970-01-01, and whether the unit is a day or a second.
const ORIGINS: [(&str, f64, bool); 8] = [
    ("Excel (1899-12-30)", 25_569.0, true),
    ("Excel for Mac (1904-01-01)", 24_107.0, true),
    ("MATLAB datenum", 719_529.0, true),
    ("proleptic ordinal (0001-01-01 is 1)", 719_163.0, true),
    ("Julian date", 2_440_587.5, true),
    ("NTP (1900-01-01)", 2_208_988_800.0, false),
    ("Windows (1601-01-01)", 11_644_473_600.0, false),
    ("Apple (2001-01-01)", -978_307_200.0, false),
];

/// Another origin of days or seconds.
pub struct EpochOrigin;

impl Detector for EpochOrigin {
    fn id(&self) -> &'static str {
        "epoch-origin"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("epoch_origin.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let (from_clock, to_clock) = (Clock::of_from(evidence), Clock::of_to(evidence));
        let mut found: Vec<(usize, Proposal)> = Vec::new();
        for (name, shift, is_days) in ORIGINS {
            let unit = if is_days { "days" } else { "seconds" };
            let numbers = |sign: f64| {
                evidence.numbers().filter(|(from, to)| to - from == sign * shift && from.abs() < 1e11).count()
            };
            for (sign, moved) in [(1.0, "{to}"), (-1.0, "{from}")] {
                let count = numbers(sign);
                if count < 8 {
                    continue;
                }
                let step = plain(shift.abs());
                let (plus, minus) = if sign * shift > 0.0 { ("+", "-") } else { ("-", "+") };
                let summary =
                    format!("{{to}} = {{from}} {plus} {step} ({moved} counts {unit} as {name}, not from 1970)");
                let (forward, inverse) = (format!("value {plus} {step}"), format!("value {minus} {step}"));
                found.push((count, proposal(summary, name, unit, Some(forward), Some(inverse))));
            }
            let counts = |number: &Value, time: &Value| {
                let (Some(number), Some(ns)) = (number.number(), instant_ns(time)) else {
                    return false;
                };
                let days = (ns as f64) / (DAY_NS as f64);
                let expected = shift + if is_days { days } else { days * 86_400.0 };
                (number - expected).abs() <= if is_days { 1e-8 } else { 1e-3 }
            };
            let is_date = |value: &Value| matches!(value, Value::Date(_));
            let later = evidence.mismatches().filter(|pair| counts(pair.to, pair.from)).count();
            if later >= 8 {
                let dates = evidence.mismatches().any(|pair| is_date(pair.from));
                let (write, read) =
                    (written(&from_clock, shift, is_days, dates), numbered(&from_clock, shift, is_days, dates));
                let summary = format!("{{to}} = {{from}} in {unit}, counted as {name}");
                found.push((later, proposal(summary, name, unit, Some(read), Some(write))));
            }
            let earlier = evidence.mismatches().filter(|pair| counts(pair.from, pair.to)).count();
            if earlier >= 8 {
                let dates = evidence.mismatches().any(|pair| is_date(pair.to));
                let (write, read) =
                    (written(&to_clock, shift, is_days, dates), numbered(&to_clock, shift, is_days, dates));
                let summary = format!("{{to}} = the time that {{from}} counts in {unit} as {name}");
                found.push((earlier, proposal(summary, name, unit, Some(write), Some(read))));
            }
        }
        found.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        found.into_iter().take(2).map(|(_, proposal)| proposal).collect()
    }
}

fn proposal(summary: String, name: &str, unit: &str, forward: Option<String>, inverse: Option<String>) -> Proposal {
    Proposal::function(summary, forward, inverse).parameter("origin", name).parameter("unit", unit).bits(4.0)
}

/// SQL that makes the number a time.
fn written(clock: &Clock, shift: f64, is_days: bool, is_date: bool) -> String {
    let ms = if is_days { "86400000.0" } else { "1000.0" };
    if is_date && is_days {
        return format!("CAST(CAST(round(value - ({})) AS INT) AS DATE)", plain(shift));
    }
    let time = format!("to_timestamp_millis(CAST(round((value - ({})) * {ms}) AS BIGINT))", plain(shift));
    clock.write(&time, false)
}

/// SQL that makes the time a number.
fn numbered(clock: &Clock, shift: f64, is_days: bool, is_date: bool) -> String {
    if is_date && is_days {
        return format!("CAST(CAST(value AS DATE) AS INT) + ({})", plain(shift));
    }
    let ms = if is_days { "86400000.0" } else { "1000.0" };
    let epoch = format!("CAST(arrow_cast({}, 'Timestamp(ms)') AS BIGINT)", clock.read_naive());
    format!("{epoch} / {ms} + ({})", plain(shift))
}

/// A literal of an integer where it is one, so that integers stay integers.
fn plain(value: f64) -> String {
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    #[test]
    fn excel_days() {
        let mut rows: Vec<(Value, Value)> = (0..20).map(|row| ((19_783 + row).into(), (45_352 + row).into())).collect();
        rows.extend([(1.into(), 2.into()), (Value::Null, 5.into())]);
        assert_eq!(propose(&EpochOrigin, &rows)[0].parameters[0].1, "Excel (1899-12-30)");
        let swapped: Vec<_> = rows.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(
            propose(&EpochOrigin, &swapped)[0].test,
            crate::diagnose::Test::Function {
                forward: Some("value - 25569".into()),
                inverse: Some("value + 25569".into())
            }
        );
    }

    #[test]
    fn a_date_as_excel_days() {
        let rows: Vec<(Value, Value)> =
            (0..20).map(|row| (Value::Date(19_783 + row), i64::from(45_352 + row).into())).collect();
        assert_eq!(propose(&EpochOrigin, &rows)[0].parameters[0].1, "Excel (1899-12-30)");
    }

    #[test]
    fn one_day_more_is_no_origin() {
        let rows: Vec<(Value, Value)> = (0..20).map(|row| ((19_783 + row).into(), (45_353 + row).into())).collect();
        assert_eq!(propose(&EpochOrigin, &rows), []);
    }
}
