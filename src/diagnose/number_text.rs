//! Numbers as texts write them.

use super::value::Value;

/// Returns whether a text is `[+-]digits[.digits][e[+-]digits]`, with a digit before or after the point.
pub fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (number, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    is_digits(exponent)
        && (is_digits(whole) || whole.is_empty())
        && (is_digits(fraction) || fraction.is_empty())
        && !(whole.is_empty() && fraction.is_empty())
}

/// Returns whether a text is digits, at least one, and nothing else.
pub fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns a text's number, rounded to the nearest float.
pub fn parsed(text: &str) -> Option<f64> {
    is_number(text).then(|| text.parse().ok())?
}

/// Returns whether a text writes the number that a value is.
pub fn writes(text: &str, value: &Value) -> bool {
    match value {
        Value::Int(value) => match text.strip_prefix('+').unwrap_or(text).parse::<i128>() {
            Ok(int) => int == *value,
            Err(_) => parsed(text) == Some(*value as f64),
        },
        value => match (parsed(text), value.number()) {
            (Some(one), Some(other)) => one == other || (one - other).abs() <= 1e-9 * one.abs().max(other.abs()),
            _ => false,
        },
    }
}

/// Returns how many digits a text of a plain decimal number has after the point.
pub fn n_decimals(text: &str) -> Option<usize> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    (is_digits(whole) && (fraction.is_empty() || is_digits(fraction))).then_some(fraction.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_number() {
        for text in ["1", "-1.5", "+.5", "1.", "1e3", "1.5E-3", "007"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", ".", "-", "1e", "1,5", " 1", "nan", "inf", "0x1", "1_0", "١"] {
            assert!(!is_number(text), "{text}");
        }
        assert!(writes("9007199254740993", &Value::Int(9_007_199_254_740_993)));
        assert!(!writes("9007199254740992", &Value::Int(9_007_199_254_740_993)));
        assert!(writes("1.50", &Value::Float(1.5)));
    }
}
