//! The type that holds every number of a column, from the text of each, and decimals from their text.

use datafusion::arrow::datatypes::DataType;

/// What the numbers of one column are like. Order does not matter, and [`merge`](Self::merge) unites two parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    ints: bool,
    floats: bool,
    negative: bool,
    beyond_i64: bool,
    beyond_u64: bool,
    /// An integer that a float might not hold exactly.
    beyond_f64: bool,
    /// A float that is too large for a float.
    overflow: bool,
    /// A NaN or an infinity.
    special: bool,
    /// The most digits that any number has before its point, written out without an exponent.
    n_whole: u32,
    /// The most digits after it, without zeros at the end.
    n_decimals: u32,
}

const MAX_EXACT_F64: u64 = 1 << 53;
const MAX_DECIMAL_DIGITS: u8 = 38;

impl Numbers {
    /// Notes an integer: an optional `-` and digits.
    pub fn observe_int(&mut self, text: &str) {
        self.ints = true;
        if let Ok(value) = text.parse::<i64>() {
            self.negative |= value < 0;
            self.beyond_f64 |= value.unsigned_abs() > MAX_EXACT_F64;
        } else {
            self.beyond_f64 = true;
            self.beyond_i64 = true;
            self.beyond_u64 |= text.parse::<u64>().is_err();
        }
        let n_digits = text.len() - usize::from(text.starts_with('-'));
        self.n_whole = self.n_whole.max(n_digits.try_into().unwrap_or(u32::MAX));
    }

    /// Notes a number with a point or an exponent.
    pub fn observe_float(&mut self, text: &str) {
        self.floats = true;
        // Without an exponent, only some 300 digits overflow: most texts need no parsing.
        if text.len() > 300 || memchr::memchr2(b'e', b'E', text.as_bytes()).is_some() {
            self.overflow |= text.parse::<f64>().is_ok_and(f64::is_infinite);
        }
        let plain = Plain::of(text);
        self.n_whole = self.n_whole.max(plain.n_whole());
        self.n_decimals = self.n_decimals.max(plain.n_decimals());
    }

    /// Notes a NaN or an infinity that is written as such.
    pub fn observe_special(&mut self) {
        self.floats = true;
        self.special = true;
    }

    pub fn any(&self) -> bool {
        self.ints || self.floats
    }

    pub fn merge(&mut self, other: &Self) {
        self.ints |= other.ints;
        self.floats |= other.floats;
        self.negative |= other.negative;
        self.beyond_i64 |= other.beyond_i64;
        self.beyond_u64 |= other.beyond_u64;
        self.beyond_f64 |= other.beyond_f64;
        self.overflow |= other.overflow;
        self.special |= other.special;
        self.n_whole = self.n_whole.max(other.n_whole);
        self.n_decimals = self.n_decimals.max(other.n_decimals);
    }

    /// Returns [`data_type`](Self::data_type), or instead of text the decimal that holds every number, if one does.
    pub fn data_type_or_decimal(&self) -> DataType {
        let fits = self.n_whole.saturating_add(self.n_decimals) <= MAX_DECIMAL_DIGITS.into();
        match (self.data_type(), i8::try_from(self.n_decimals)) {
            (DataType::Utf8, Ok(scale)) if fits && !self.special => DataType::Decimal128(MAX_DECIMAL_DIGITS, scale),
            (data_type, _) => data_type,
        }
    }

    /// Returns int64, uint64 or float64, or text where none of these holds every number; text keeps each as it is
    /// written. Floats are rounded to the nearest, integers never are.
    pub fn data_type(&self) -> DataType {
        if self.overflow || self.beyond_u64 {
            DataType::Utf8
        } else if self.floats {
            if self.beyond_f64 { DataType::Utf8 } else { DataType::Float64 }
        } else if self.beyond_i64 {
            if self.negative { DataType::Utf8 } else { DataType::UInt64 }
        } else {
            DataType::Int64
        }
    }
}

/// Returns a number's digits as an integer that counts the places of the scale; none if that loses a digit or has more
/// than 38. `text` is a number: an optional `-`, digits, and perhaps a point with digits and an exponent.
pub(super) fn parse_decimal(text: &str, scale: i8) -> Option<i128> {
    let plain = Plain::of(text);
    let Some(last) = plain.last_digit() else { return Some(0) };
    let mut value = 0i128;
    for digit in plain.digits().take(last + 1) {
        value = value.checked_mul(10)?.checked_add(i128::from(digit))?;
    }
    // How many places the last digit that counts stands before that of the scale.
    let last = i64::try_from(last).ok()?;
    let n_zeros = i64::try_from(plain.whole.len()).ok()?.checked_add(plain.exponent)?.checked_sub(last + 1)?;
    let power = 10i128.checked_pow(n_zeros.checked_add(scale.into())?.try_into().ok()?)?;
    let value = value.checked_mul(power)?;
    (value < 10i128.pow(MAX_DECIMAL_DIGITS.into())).then_some(if plain.is_negative { -value } else { value })
}

/// A number by the parts of its text.
struct Plain<'a> {
    is_negative: bool,
    whole: &'a str,
    decimals: &'a str,
    /// One beyond 64 bits is as good as the largest.
    exponent: i64,
}

impl<'a> Plain<'a> {
    fn of(text: &'a str) -> Self {
        const MAX_EXPONENT: i64 = i64::MAX / 4;
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (number, exponent) = match memchr::memchr2(b'e', b'E', unsigned.as_bytes()) {
            Some(at) => (&unsigned[..at], &unsigned[at + 1..]),
            None => (unsigned, "0"),
        };
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let size = exponent.trim_start_matches(['+', '-']).parse().unwrap_or(MAX_EXPONENT).min(MAX_EXPONENT);
        let exponent = if exponent.starts_with('-') { -size } else { size };
        Self { is_negative: unsigned.len() < text.len(), whole, decimals, exponent }
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.whole.bytes().chain(self.decimals.bytes()).map(|byte| byte.wrapping_sub(b'0'))
    }

    /// Where the last digit stands that is not 0; none if the number is 0.
    fn last_digit(&self) -> Option<usize> {
        let is_digit = |byte: u8| byte != b'0';
        match self.decimals.bytes().rposition(is_digit) {
            Some(at) => Some(self.whole.len() + at),
            None => self.whole.bytes().rposition(is_digit),
        }
    }

    fn n_whole(&self) -> u32 {
        let Some(first) = self.digits().position(|digit| digit != 0) else { return 0 };
        let n_digits = (self.whole.len() as i64 - first as i64).saturating_add(self.exponent);
        n_digits.clamp(0, u32::MAX.into()) as u32
    }

    fn n_decimals(&self) -> u32 {
        let Some(last) = self.last_digit() else { return 0 };
        let n_digits = (last as i64 + 1 - self.whole.len() as i64).saturating_sub(self.exponent);
        n_digits.clamp(0, u32::MAX.into()) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(texts: &str) -> Numbers {
        let mut numbers = Numbers::default();
        for text in texts.split(' ') {
            match text {
                "NaN" => numbers.observe_special(),
                text if text.contains(['.', 'e', 'E']) => numbers.observe_float(text),
                text => numbers.observe_int(text),
            }
        }
        numbers
    }

    #[test]
    fn a_decimal_holds_what_neither_integers_nor_floats_do() {
        let decimal = |scale| DataType::Decimal128(38, scale);
        let nines = "9".repeat(38);
        for (texts, expected) in [
            ("1 -1", DataType::Int64),
            ("1 1.5", DataType::Float64),
            ("1e300 0.5", DataType::Float64),
            ("-1 18446744073709551615", decimal(0)),
            ("-9223372036854775809", decimal(0)),
            ("9007199254740993 0.5", decimal(1)),
            ("9007199254740993 1.50 0.0", decimal(1)),
            ("9007199254740993 12e-4 5E+3", decimal(4)),
            ("9007199254740993 NaN", DataType::Utf8),
            ("9007199254740993 1e-30", DataType::Utf8),
            ("9007199254740993 1e-22", decimal(22)),
            ("9007199254740993 1e-23", DataType::Utf8),
            ("9007199254740993 0e-99999999999999999999", decimal(0)),
            ("9007199254740993 1e99999999999999999999", DataType::Utf8),
            ("1e999 1", DataType::Utf8),
            (&*nines, decimal(0)),
            (&*format!("-{nines}"), decimal(0)),
            (&*format!("{nines} 0.1"), DataType::Utf8),
            (&*format!("{nines}0"), DataType::Utf8),
        ] {
            let (first, rest) = texts.split_once(' ').unwrap_or((texts, texts));
            let mut merged = of(rest);
            merged.merge(&of(first));
            let found = [of(texts), merged].map(|numbers| numbers.data_type_or_decimal());
            assert_eq!(found, [expected.clone(), expected.clone()], "{texts}");
            if let DataType::Decimal128(_, scale) = expected {
                assert!(texts.split(' ').all(|text| parse_decimal(text, scale).is_some()), "{texts}");
            }
        }
    }

    #[test]
    fn decimals_lose_no_digit() {
        for (text, scale, expected) in [
            ("1.50", 1, Some(15)),
            ("1.50", 2, Some(150)),
            ("1.55", 1, None),
            ("-0.05", 2, Some(-5)),
            ("-0", 3, Some(0)),
            ("0e-999999999999999999999", 0, Some(0)),
            ("12e-1", 1, Some(12)),
            ("120E-1", 0, Some(12)),
            ("1.2e+3", 0, Some(1200)),
            ("1e38", 0, None),
            ("1e-99999999999999999999", 38, None),
            ("100000000000000000000000000000000000000", 0, None),
        ] {
            assert_eq!(parse_decimal(text, scale), expected, "{text}");
        }
    }

    #[test]
    fn the_type_holds_every_number() {
        for (texts, expected) in [
            ("1 -1", DataType::Int64),
            ("-9223372036854775808 9223372036854775807", DataType::Int64),
            ("9223372036854775808", DataType::UInt64),
            ("0 18446744073709551615", DataType::UInt64),
            ("-1 18446744073709551615", DataType::Utf8),
            ("18446744073709551616", DataType::Utf8),
            ("-9223372036854775809", DataType::Utf8),
            ("12345678901234567890123", DataType::Utf8),
            ("1 1.5", DataType::Float64),
            ("9007199254740992 -9007199254740992 0.5", DataType::Float64),
            ("9007199254740993 0.5", DataType::Utf8),
            ("-9007199254740993 0.5", DataType::Utf8),
            ("9007199254740993", DataType::Int64),
            ("1e308", DataType::Float64),
            ("1e309", DataType::Utf8),
            ("-1E999 1", DataType::Utf8),
            ("1e-999", DataType::Float64),
        ] {
            let mut whole = Numbers::default();
            let mut merged = Numbers::default();
            for text in texts.split(' ').rev() {
                let mut one = Numbers::default();
                for numbers in [&mut whole, &mut one] {
                    match text.contains(['.', 'e', 'E']) {
                        true => numbers.observe_float(text),
                        false => numbers.observe_int(text),
                    }
                }
                merged.merge(&one);
            }
            assert_eq!((whole.data_type(), merged.data_type()), (expected.clone(), expected), "{texts}");
        }
        let digits = format!("{}.0", "9".repeat(400));
        let mut numbers = Numbers::default();
        numbers.observe_float(&digits);
        assert_eq!(numbers.data_type(), DataType::Utf8);
    }
}
