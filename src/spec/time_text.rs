//! Times and durations as texts write them: those of the data, and those that a spec compares them with.

use chrono::NaiveDate;

const DAY_NS: i128 = 86_400_000_000_000;
const SECOND_NS: i128 = 1_000_000_000;

/// A time as a text writes it: what clocks show, in nanoseconds since 1970, and how far they are before UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeText {
    pub local_ns: i128,
    /// None: the text does not say.
    pub offset_s: Option<i32>,
}

impl TimeText {
    /// Returns whether clocks show the beginning of a day.
    pub fn is_midnight(&self) -> bool {
        self.local_ns % DAY_NS == 0
    }
}

/// Reads `2024-03-01`, then optionally `T` or a blank, `10:00`, `:00`, a fraction of up to nine digits, and, with or without
/// a blank before it, `Z`, `UTC` or an offset (`+01:00`, `+0100`, `+01`). Nothing around it.
///
/// Source: RFC 3339, and what Python, Java, PostgreSQL, Spark and BigQuery write. A leap second is no time here.
pub fn parse_time(text: &str) -> Option<TimeText> {
    let mut cursor = Cursor { rest: text };
    let year = cursor.digits(4)?;
    cursor.accept("-")?;
    let month = cursor.digits(2)?;
    cursor.accept("-")?;
    let day = cursor.digits(2)?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    let midnight_ns = i128::from(date.signed_duration_since(NaiveDate::default()).num_days()) * DAY_NS;
    if cursor.rest.is_empty() {
        return Some(TimeText { local_ns: midnight_ns, offset_s: None });
    }
    cursor.accept("T").or_else(|| cursor.accept("t")).or_else(|| cursor.accept(" "))?;
    let local_ns = midnight_ns + clock_ns(&mut cursor).filter(|ns| *ns < DAY_NS)?;
    Some(TimeText { local_ns, offset_s: offset_s(cursor.rest)? })
}

/// `HH:MM[:SS[.fraction]]`, of hours as many as there are.
fn clock_ns(cursor: &mut Cursor<'_>) -> Option<i128> {
    let hours = i128::from(cursor.number()?.parse::<u32>().ok()?);
    cursor.accept(":")?;
    let minutes = i128::from(cursor.digits(2).filter(|minutes| *minutes < 60)?);
    let mut ns = (hours * 60 + minutes) * 60 * SECOND_NS;
    if cursor.accept(":").is_some() {
        ns += i128::from(cursor.digits(2).filter(|seconds| *seconds < 60)?) * SECOND_NS + cursor.fraction_ns()?;
    }
    Some(ns)
}

/// Some(None) if the text names no offset.
fn offset_s(text: &str) -> Option<Option<i32>> {
    if text.is_empty() {
        return Some(None);
    }
    let text = text.strip_prefix(' ').unwrap_or(text);
    if ["Z", "z", "UTC"].contains(&text) {
        return Some(Some(0));
    }
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (-1, unsigned),
        None => (1, text.strip_prefix('+')?),
    };
    let mut cursor = Cursor { rest: unsigned };
    let hours = cursor.digits(2).filter(|hours| *hours < 24)?;
    let minutes = if cursor.rest.is_empty() {
        0
    } else {
        cursor.accept(":");
        cursor.digits(2).filter(|minutes| *minutes < 60)?
    };
    cursor.rest.is_empty().then_some(Some(sign * (hours * 3600 + minutes * 60) as i32))
}

/// Reads a duration: ISO 8601 with days to seconds (`P1DT2H`, `PT1.5S`, a sign before the P), or `[[-]N day[s][,]] [±]HH:MM:SS`
/// with a fraction, as Python, pandas and PostgreSQL write it: `-1 days +23:00:00` is one hour less than nothing.
///
/// Returns nanoseconds.
pub fn parse_duration(text: &str) -> Option<i128> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (-1, unsigned),
        None => (1, text),
    };
    match unsigned.strip_prefix('P') {
        Some(parts) => Some(sign * iso_duration_ns(parts)?),
        None => clock_duration_ns(text),
    }
}

fn iso_duration_ns(text: &str) -> Option<i128> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None => (text, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let mut total_ns = 0i128;
    for (part, units) in
        [(date, &[('D', DAY_NS)][..]), (time, &[('H', 3600 * SECOND_NS), ('M', 60 * SECOND_NS), ('S', SECOND_NS)])]
    {
        let mut cursor = Cursor { rest: part };
        for (letter, unit_ns) in units {
            let start = cursor.rest;
            let Some(number) = cursor.number() else { break };
            let fraction_ns = if *letter == 'S' { cursor.fraction_ns()? } else { 0 };
            match cursor.rest.strip_prefix(*letter) {
                Some(rest) => {
                    cursor.rest = rest;
                    total_ns =
                        total_ns.checked_add(number.parse::<i128>().ok()?.checked_mul(*unit_ns)? + fraction_ns)?;
                }
                None => cursor.rest = start,
            }
        }
        if !cursor.rest.is_empty() {
            return None;
        }
    }
    Some(total_ns)
}

fn clock_duration_ns(text: &str) -> Option<i128> {
    let (days, clock) = match text.split_once(" day") {
        Some((days, rest)) => {
            let rest = rest.strip_prefix('s').unwrap_or(rest);
            let rest = rest.strip_prefix(',').unwrap_or(rest);
            (days.parse::<i64>().ok()?, rest.strip_prefix(' ').or(rest.is_empty().then_some("00:00:00"))?)
        }
        None => (0, text),
    };
    let (sign, clock) = match clock.strip_prefix('-') {
        Some(clock) => (-1, clock),
        None => (1, clock.strip_prefix('+').unwrap_or(clock)),
    };
    let mut cursor = Cursor { rest: clock };
    // Minutes and seconds, so that `10:30` is not taken for either.
    if clock.bytes().filter(|byte| *byte == b':').count() != 2 {
        return None;
    }
    let clock_ns = clock_ns(&mut cursor)?;
    cursor.rest.is_empty().then_some(i128::from(days) * DAY_NS + sign * clock_ns)
}

struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn accept(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// Exactly so many digits.
    fn digits(&mut self, n_digits: usize) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(n_digits)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.rest = rest;
        digits.parse().ok()
    }

    /// As many digits as there are, at least one.
    fn number(&mut self) -> Option<&'a str> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!number.is_empty()).then_some(number)
    }

    /// A point and one to nine digits; nothing is 0.
    fn fraction_ns(&mut self) -> Option<i128> {
        if self.accept(".").is_none() {
            return Some(0);
        }
        let digits = self.number().filter(|digits| digits.len() <= 9)?;
        format!("{digits:0<9}").parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_commonly_written() {
        // 2024-03-01 is day 19,783: 54 years of 365 days, 13 leap days, 31 days of January and 29 of February.
        let day = (54 * 365 + 13 + 31 + 29) * DAY_NS;
        let at = |hours: i128, ns: i128| day + hours * 3600 * SECOND_NS + ns;
        let cases = [
            ("2024-03-01", Some((day, None))),
            ("2024-03-01 10:00", Some((at(10, 0), None))),
            ("2024-03-01T10:00:00", Some((at(10, 0), None))),
            ("2024-03-01t10:00:00.5z", Some((at(10, 500_000_000), Some(0)))),
            ("2024-03-01 10:00:00.123456789+05:30", Some((at(10, 123_456_789), Some(19_800)))),
            ("2024-03-01 10:00:00-0100", Some((at(10, 0), Some(-3600)))),
            ("2024-03-01 10:00:00+00", Some((at(10, 0), Some(0)))),
            ("2024-03-01 10:00:00 UTC", Some((at(10, 0), Some(0)))),
            ("2024-03-01 10:00:00.1234567891", None),
            ("2024-03-01 10:00:60", None),
            ("2024-03-01 24:00:00", None),
            ("2024-02-30", None),
            ("2023-02-29", None),
            (" 2024-03-01", None),
            ("2024-03-01 ", None),
            ("2024-3-1", None),
            ("01.03.2024", None),
            ("2024-03-01T10:00:00+1", None),
            ("2024-03-01T10:00:00 ", None),
            ("２０２４-03-01", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            let wanted = wanted.map(|(local_ns, offset_s)| TimeText { local_ns, offset_s });
            assert_eq!(parse_time(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn durations_are_read_as_they_are_commonly_written() {
        let hour = 3600 * SECOND_NS;
        let cases = [
            ("PT1.5S", Some(1_500_000_000)),
            ("-PT1.5S", Some(-1_500_000_000)),
            ("P1DT2H", Some(26 * hour)),
            ("PT1H1M1S", Some(3661 * SECOND_NS)),
            ("P1D", Some(24 * hour)),
            ("01:00:00", Some(hour)),
            ("100:00:00.25", Some(100 * hour + 250_000_000)),
            ("1 day, 2:00:00", Some(26 * hour)),
            ("-1 days +23:00:00", Some(-hour)),
            ("2 days", Some(48 * hour)),
            ("P", None),
            ("PT", None),
            ("P1M", None),
            ("PT1S1H", None),
            ("10:30", None),
            ("1", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(parse_duration(text), wanted, "{text:?}");
        }
    }
}
