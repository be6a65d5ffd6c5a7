//! Numbers as texts write them.

use arrow::datatypes::i256;

/// A decimal number as its digits: no zeros at either end, times ten to the exponent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct DecimalText {
    is_negative: bool,
    /// Empty for zero.
    digits: String,
    exponent: i64,
}

impl DecimalText {
    /// Reads `[+-]digits[.digits][e[+-]digits]`, with a digit before or after the point. No blanks, no separators.
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (number, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(decimals) || (whole.is_empty() && decimals.is_empty()) {
            return None;
        }
        let all = format!("{whole}{decimals}");
        let digits = all.trim_end_matches('0');
        let exponent = exponent.saturating_sub(decimals.len() as i64).saturating_add((all.len() - digits.len()) as i64);
        Some(Self { is_negative, digits: digits.trim_start_matches('0').to_string(), exponent })
    }

    /// The number times ten to the `scale`, if it is whole then and of at most `precision` digits.
    pub fn at_scale(&self, scale: i64, precision: u8) -> Option<i256> {
        if self.digits.is_empty() {
            return Some(i256::ZERO);
        }
        let n_zeros = usize::try_from(self.exponent.checked_add(scale)?).ok()?;
        if self.digits.len().checked_add(n_zeros)? > usize::from(precision) {
            return None;
        }
        let sign = if self.is_negative { "-" } else { "" };
        i256::from_string(&format!("{sign}{}{}", self.digits, "0".repeat(n_zeros)))
    }

    /// The number as a decimal of the least scale that holds it.
    pub fn at_narrow_scale(&self) -> Option<(i256, i8)> {
        let scale = if self.digits.is_empty() { 0 } else { i8::try_from(self.exponent.min(0).checked_neg()?).ok()? };
        Some((self.at_scale(scale.into(), 76)?, scale))
    }

    /// The number, if it is whole.
    pub fn to_int(&self) -> Option<i128> {
        self.at_scale(0, 39)?.to_i128()
    }
}

/// An exponent; one beyond 64 bits is as good as the largest.
fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let limit = i64::MAX / 4;
    let exponent = digits.parse::<i64>().unwrap_or(limit).min(limit);
    Some(if text.starts_with('-') { -exponent } else { exponent })
}

/// Reads a float, rounding to nearest; none for one beyond all floats. NaN and infinities by name, in any case.
pub(super) fn parse_f64(text: &str) -> Option<f64> {
    named_float(text).or_else(|| is_number(text).then(|| text.parse().ok())?.filter(|value: &f64| value.is_finite()))
}

pub(super) fn parse_f32(text: &str) -> Option<f32> {
    let named = named_float(text).map(|value| value as f32);
    named.or_else(|| is_number(text).then(|| text.parse().ok())?.filter(|value: &f32| value.is_finite()))
}

fn is_number(text: &str) -> bool {
    DecimalText::parse(text).is_some()
}

fn named_float(text: &str) -> Option<f64> {
    let (sign, name) = match text.strip_prefix('-') {
        Some(name) => (-1.0, name),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if name.eq_ignore_ascii_case("nan") {
        Some(f64::NAN)
    } else if name.eq_ignore_ascii_case("inf") || name.eq_ignore_ascii_case("infinity") {
        Some(sign * f64::INFINITY)
    } else {
        None
    }
}

/// Reads `true` or `false`, in any case.
pub(super) fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
