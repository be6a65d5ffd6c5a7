//! Durations as a spec writes them: `0s`, `250ms`, `2h30m`, `1.5d`.

/// The units, longest spelling first, in nanoseconds.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
    ("d", 86_400 * 1_000_000_000),
];
const WEEK_NS: i128 = 7 * 86_400 * 1_000_000_000;

/// What a duration may look like, for messages.
pub(super) const EXAMPLES: &str = "a duration is a number and a unit, such as `0s`, `250ms`, `2h30m`, `1d` or `1w`";

/// Parses a duration into nanoseconds. A day is 24 hours.
///
/// # Errors
/// Why the text is no duration, as the end of a sentence.
pub(super) fn parse_duration(text: &str) -> Result<i128, &'static str> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("is empty");
    }
    if rest.starts_with('-') {
        return Err("is negative");
    }
    let mut total_ns: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let (number, tail) = rest.split_at(end);
        let end = tail.find(|c: char| c.is_ascii_digit() || c == '.' || c.is_whitespace()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        if number.is_empty() {
            return Err("has a unit without a number");
        }
        let unit_ns = match unit {
            "" => return Err("has no unit"),
            "w" => WEEK_NS,
            _ => match UNITS.iter().find(|(name, _)| *name == unit) {
                Some((_, unit_ns)) => *unit_ns,
                None => return Err("has an unknown unit"),
            },
        };
        let part_ns = multiply(number, unit_ns)?;
        total_ns = total_ns.checked_add(part_ns).filter(|ns| *ns <= i128::from(i64::MAX)).ok_or("is too long")?;
        rest = tail.trim_start();
    }
    Ok(total_ns)
}

/// A decimal number of units, exactly.
fn multiply(number: &str, unit_ns: i128) -> Result<i128, &'static str> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    if !is_number(fraction) || (whole.is_empty() && fraction.is_empty()) {
        return Err("has a number that is none");
    }
    let fraction = fraction.trim_end_matches('0');
    if whole.len() + fraction.len() > 20 {
        return Err("has a number with too many digits");
    }
    let scale = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
    let digits: i128 = format!("0{whole}{fraction}").parse().map_err(|_| "has a number that is none")?;
    let scaled = digits.checked_mul(unit_ns).ok_or("is too long")?;
    if scaled % scale != 0 {
        return Err("is finer than a nanosecond");
    }
    Ok(scaled / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_the_sum_of_its_parts() {
        for (text, ns) in [
            ("0s", 0),
            ("250ms", 250_000_000),
            ("2h30m", 9_000_000_000_000),
            ("2h 30m", 9_000_000_000_000),
            ("1w", 604_800_000_000_000),
            ("1.5d", 129_600_000_000_000),
            ("3µs", 3_000),
            ("7us1ns", 7_001),
            (".5s", 500_000_000),
        ] {
            assert_eq!(parse_duration(text), Ok(ns), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_says_why() {
        for (text, why) in [
            ("", "is empty"),
            ("5", "has no unit"),
            ("-1s", "is negative"),
            ("s", "has a unit without a number"),
            ("5 s", "has no unit"),
            ("5sec", "has an unknown unit"),
            ("0.5ns", "is finer than a nanosecond"),
            ("1.2.3s", "has a number that is none"),
            (".s", "has a number that is none"),
            ("300000d", "is too long"),
            ("999999999999999999999s", "has a number with too many digits"),
        ] {
            assert_eq!(parse_duration(text), Err(why), "{text}");
        }
    }
}
