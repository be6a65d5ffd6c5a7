//! The type that holds every number of a column, from the text of each.

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
}

const MAX_EXACT_F64: u64 = 1 << 53;

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
    }

    /// Notes a number with a point or an exponent.
    pub fn observe_float(&mut self, text: &str) {
        self.floats = true;
        // Without an exponent, only some 300 digits overflow: most texts need no parsing.
        if text.len() > 300 || memchr::memchr2(b'e', b'E', text.as_bytes()).is_some() {
            self.overflow |= text.parse::<f64>().is_ok_and(f64::is_infinite);
        }
    }

    /// Notes a NaN or an infinity that is written as such.
    pub fn observe_special(&mut self) {
        self.floats = true;
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

#[cfg(test)]
mod tests {
    use super::*;

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
