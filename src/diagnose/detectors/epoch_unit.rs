//! Seconds, milliseconds, microseconds or nanoseconds since 1970 were taken for each other, or stand for a timestamp.
//! Recognised where both sides, read in their units, are the same time.

use crate::compare::is_text;
use crate::diagnose::instant::{Clock, DAY_NS, SECOND_NS, counted, instant_ns};
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// A unit, its length in nanoseconds, and the engine's name of it.
const UNITS: [(&str, i128, &str); 4] =
    [("s", SECOND_NS, "s"), ("ms", 1_000_000, "ms"), ("us", 1_000, "us"), ("ns", 1, "ns")];
/// Times that features have: from mid 1979 to 2128.
const PLAUSIBLE_NS: std::ops::Range<i128> = 300_000_000 * SECOND_NS..5_000_000_000 * SECOND_NS;

/// Another unit of the time since 1970.
pub struct EpochUnit;

impl Detector for EpochUnit {
    fn id(&self) -> &'static str {
        "epoch-unit"
    }

    fn family(&self) -> Family {
        Family::Temporal
    }

    fn page(&self) -> &'static str {
        include_str!("epoch_unit.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut proposals = between_numbers(evidence);
        proposals.extend(with_time(evidence, true));
        proposals.extend(with_time(evidence, false));
        proposals.truncate(4);
        proposals
    }
}

/// A number since 1970: its unit, its nanoseconds, and whether it has a fraction.
fn epoch(value: &Value) -> Option<(usize, i128)> {
    let parsed = match value {
        Value::Text(text) => Some(text.parse().map(Value::Int).or_else(|_| text.parse().map(Value::Float)).ok()?),
        _ => None,
    };
    let value = parsed.as_ref().unwrap_or(value);
    for (idx, (_, length, _)) in UNITS.iter().enumerate() {
        let ns = match value.whole() {
            Some(whole) => whole.checked_mul(*length)?,
            None => {
                let number = value.number()? * 1e6;
                // Fractions count to the microsecond: a float has no more digits.
                if !number.is_finite() || number.abs() > 1e30 {
                    return None;
                }
                (number.round() as i128).checked_mul(*length)? / 1_000_000
            }
        };
        if PLAUSIBLE_NS.contains(&ns) {
            return Some((idx, ns));
        }
    }
    None
}

fn between_numbers(evidence: &Evidence<'_>) -> Vec<Proposal> {
    let rows = evidence.mismatches().filter_map(|pair| {
        let ((from_unit, from), (to_unit, to)) = (epoch(pair.from)?, epoch(pair.to)?);
        let coarse = UNITS.get(from_unit.min(to_unit))?.1;
        let floored = |ns: i128| ns.div_euclid(coarse);
        let agrees = from_unit != to_unit && (from == to || floored(from) == floored(to));
        agrees.then_some(((from_unit, to_unit), from == to))
    });
    let rows: Vec<_> = rows.collect();
    let units = counted(rows.iter().map(|(units, _)| *units));
    let has_floats = |place: fn(&crate::diagnose::Pair<'_>) -> bool| evidence.mismatches().any(|pair| place(&pair));
    let from_float = has_floats(|pair| matches!(pair.from, Value::Float(_) | Value::Decimal(_)));
    let to_float = has_floats(|pair| matches!(pair.to, Value::Float(_) | Value::Decimal(_)));
    let from_text = is_text(evidence.from_type);
    let to_text = is_text(evidence.to_type);
    let mut proposals = Vec::new();
    for ((from_unit, to_unit), count) in units {
        let (Some(from), Some(to)) = (UNITS.get(from_unit), UNITS.get(to_unit)) else {
            continue;
        };
        if count < 8 {
            continue;
        }
        let exact = rows.iter().filter(|(units, exact)| *units == (from_unit, to_unit) && *exact).count();
        let is_exact = exact * 10 >= count * 9;
        let factor = if from.1 > to.1 { from.1 / to.1 } else { to.1 / from.1 };
        let read = |text: bool, float: bool| match (text, float) {
            (true, true) => "CAST(value AS DOUBLE)",
            (true, false) => "CAST(value AS BIGINT)",
            (false, _) => "value",
        };
        let (read_from, read_to) = (read(from_text, from_float), read(to_text, to_float));
        let finer = |read: &str, float: bool, into_float: bool| {
            if float && !into_float {
                format!("CAST(round({read} * {factor}.0) AS BIGINT)")
            } else {
                format!("{read} * {factor}")
            }
        };
        let coarser = |read: &str, float: bool, into_float: bool| match (float, into_float) {
            (_, true) => format!("{read} / {factor}.0"),
            (true, false) => format!("CAST(floor({read} / {factor}.0) AS BIGINT)"),
            (false, false) => format!("{read} / {factor}"),
        };
        let written = |sql: String, text: bool| {
            let stays = text && evidence.declared.is_none_or(|declared| *declared == crate::spec::FeatureType::String);
            if stays { format!("CAST({sql} AS VARCHAR)") } else { sql }
        };
        let arrow = format!("{} → {}", from.0, to.0);
        let proposal = if from_unit < to_unit {
            let forward = written(finer(read_from, from_float, to_float), to_text);
            let inverse = written(coarser(read_to, to_float, from_float), from_text);
            let summary = format!("{{to}} = {{from}} × {factor} ({arrow})");
            Proposal::function(summary, is_exact.then_some(forward), Some(inverse))
        } else {
            let forward = written(coarser(read_from, from_float, to_float), to_text);
            let summary = format!("{{to}} = {{from}} / {factor} ({arrow})");
            if is_exact {
                let inverse = written(finer(read_to, to_float, from_float), from_text);
                Proposal::function(summary, Some(forward), Some(inverse))
            } else {
                let advice = format!("{{to}} has lost what is smaller than 1 {}: keep the finer unit", to.0);
                Proposal::lossy(summary, forward, advice)
            }
        };
        proposals.push(named(proposal, from.0, to.0));
    }
    proposals
}

/// A number for a time: `number_is_to`, or the other way round.
fn with_time(evidence: &Evidence<'_>, number_is_to: bool) -> Option<Proposal> {
    let rows: Vec<_> = evidence
        .mismatches()
        .filter_map(|pair| {
            let (number, time) = if number_is_to { (pair.to, pair.from) } else { (pair.from, pair.to) };
            let ns = instant_ns(time)?;
            let is_date = matches!(time, Value::Date(_));
            if let (Value::Int(days), 0) = (number, ns.rem_euclid(DAY_NS))
                && *days == ns / DAY_NS
            {
                return Some((UNITS.len(), true, is_date));
            }
            let (unit, number_ns) = epoch(number)?;
            let length = UNITS.get(unit)?.1;
            let cut = |ns: i128| ns.div_euclid(length);
            // A float of seconds has microseconds, a date only days.
            let is_close = number_ns == ns || (number.whole().is_none() && number_ns.abs_diff(ns) <= 1_000);
            let is_cut = cut(number_ns) == cut(ns) || (is_date && number_ns.div_euclid(DAY_NS) * DAY_NS == ns);
            (is_close || is_cut).then_some((unit, is_close, is_date))
        })
        .collect();
    let ((unit, is_date), count) =
        counted(rows.iter().map(|(unit, _, is_date)| (*unit, *is_date))).into_iter().next()?;
    if count < 8 {
        return None;
    }
    let exact = rows.iter().filter(|(of, exact, _)| *of == unit && *exact).count();
    let is_exact = exact * 10 >= count * 9;
    let has_fraction = evidence
        .mismatches()
        .any(|pair| matches!(if number_is_to { pair.to } else { pair.from }, Value::Float(_) | Value::Decimal(_)));
    let number_type = if number_is_to { evidence.to_type } else { evidence.from_type };
    let clock = if number_is_to { Clock::of_from(evidence) } else { Clock::of_to(evidence) };
    let number = if is_text(number_type) { "CAST(value AS BIGINT)" } else { "value" };
    let (name, to_time, to_number) = match UNITS.get(unit) {
        None => (
            "d",
            clock.write(&format!("CAST(CAST({number} AS INT) AS DATE)"), false),
            format!("CAST(CAST({} AS DATE) AS INT)", clock.read_naive()),
        ),
        Some((name, length, engine)) => {
            let stamp = if has_fraction {
                let micros = length / 1_000;
                let micros = if micros == 0 { "/ 1000.0".to_owned() } else { format!("* {micros}.0") };
                format!("to_timestamp_micros(CAST(round(value {micros}) AS BIGINT))")
            } else {
                let function = match *name {
                    "s" => "to_timestamp_seconds",
                    "ms" => "to_timestamp_millis",
                    "us" => "to_timestamp_micros",
                    _ => "to_timestamp_nanos",
                };
                format!("{function}({number})")
            };
            let naive = clock.read_naive();
            let epoch = if has_fraction {
                let per = SECOND_NS / length;
                let us = format!("CAST(arrow_cast({naive}, 'Timestamp(us)') AS BIGINT)");
                if per > 1_000_000 {
                    format!("{us} * {}.0", per / 1_000_000)
                } else {
                    format!("{us} / {}.0", 1_000_000 / per.max(1))
                }
            } else {
                format!("CAST(arrow_cast({naive}, 'Timestamp({engine})') AS BIGINT)")
            };
            (*name, clock.write(&stamp, false), epoch)
        }
    };
    let other = if is_date { "date" } else { "timestamp" };
    let proposal = if number_is_to {
        let summary = format!("{{to}} = {{from}} in {name} since 1970 ({other} → {name})");
        match (is_exact, is_date) {
            (true, _) => Proposal::function(summary, Some(to_number), Some(to_time)),
            // The number has the time of day that the date lacks.
            (false, true) => Proposal::function(summary, None, Some(to_time)),
            (false, false) => Proposal::lossy(summary, to_number, "{to} has lost fractions: keep the finer unit"),
        }
    } else {
        let summary = format!("{{to}} = the time that {{from}} has in {name} since 1970 ({name} → {other})");
        match (is_exact, is_date) {
            (true, _) => Proposal::function(summary, Some(to_time), Some(to_number)),
            (false, true) => Proposal::lossy(summary, to_time, "{to} has lost the time of day: keep the timestamp"),
            (false, false) => Proposal::function(summary, None, Some(to_number)),
        }
    };
    let (from, to) = if number_is_to { (other, name) } else { (name, other) };
    Some(named(proposal, from, to))
}

fn named(proposal: Proposal, from: &str, to: &str) -> Proposal {
    // Both sides are plausible times, which a factor of a thousand alone does not say.
    proposal.parameter("from", from).parameter("to", to).bits(3.6).hint(3.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Test;
    use crate::diagnose::testing::propose;

    fn rows(of: impl Fn(i64) -> (Value, Value)) -> Vec<(Value, Value)> {
        (0..12).map(|row| of(1_709_251_200 + row * 86_461)).collect()
    }

    fn function(forward: Option<&str>, inverse: Option<&str>) -> Test {
        Test::Function { forward: forward.map(str::to_owned), inverse: inverse.map(str::to_owned) }
    }

    #[test]
    fn seconds_and_milliseconds() {
        let mut pairs = rows(|s| (s.into(), (s * 1000).into()));
        pairs.extend([(1.into(), 1000.into()), (Value::Null, 3.into())]);
        assert_eq!(propose(&EpochUnit, &pairs)[0].test, function(Some("value * 1000"), Some("value / 1000")));
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&EpochUnit, &swapped)[0].test, function(Some("value / 1000"), Some("value * 1000")));
    }

    #[test]
    fn milliseconds_that_seconds_lack() {
        let pairs = rows(|s| (s.into(), (s * 1000 + 123).into()));
        assert_eq!(propose(&EpochUnit, &pairs)[0].test, function(None, Some("value / 1000")));
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&EpochUnit, &swapped)[0].test, function(Some("value / 1000"), None));
    }

    #[test]
    fn a_timestamp_in_milliseconds() {
        let time = |s: i64| Value::Time { ns: i128::from(s) * SECOND_NS, zoned: false };
        let pairs = rows(|s| (time(s), (s * 1000).into()));
        let epoch = "CAST(arrow_cast(value, 'Timestamp(ms)') AS BIGINT)";
        let expected = function(Some(epoch), Some("to_timestamp_millis(value)"));
        assert_eq!(propose(&EpochUnit, &pairs)[0].test, expected);
    }

    #[test]
    fn a_thousandfold_that_is_no_time() {
        let pairs: Vec<(Value, Value)> = (1..20).map(|row| (row.into(), (row * 1000).into())).collect();
        assert_eq!(propose(&EpochUnit, &pairs), []);
    }
}
