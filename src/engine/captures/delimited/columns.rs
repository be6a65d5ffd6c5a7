//! The type of a column of delimited text, and its values as an Arrow array.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, NullArray, StringBuilder, UInt64Builder,
};
use datafusion::arrow::datatypes::DataType;

use super::super::numbers::Numbers;
use super::super::records::Misfit;

/// What the values of one column are like. Nulls leave no trace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) struct ColumnShape {
    numbers: Numbers,
    bools: bool,
    texts: bool,
}

impl ColumnShape {
    /// Notes one value that is not null.
    pub fn observe(&mut self, value: &str) {
        if self.texts {
            return;
        }
        match Kind::of(value) {
            Kind::Int => self.numbers.observe_int(value),
            Kind::Float => self.numbers.observe_float(value),
            Kind::Special => self.numbers.observe_special(),
            Kind::Bool => self.bools = true,
            Kind::Text => self.texts = true,
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.numbers.merge(&other.numbers);
        self.bools |= other.bools;
        self.texts |= other.texts;
    }

    pub fn data_type(&self) -> DataType {
        match (self.texts, self.bools, self.numbers.any()) {
            (true, _, _) | (false, true, true) => DataType::Utf8,
            (false, true, false) => DataType::Boolean,
            (false, false, true) => self.numbers.data_type(),
            (false, false, false) => DataType::Null,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Reads back as it is written: no `+`, blank or leading zero.
    Int,
    /// Has a point or an exponent. `-0` is one: only a float keeps its sign.
    Float,
    /// NaN or an infinity.
    Special,
    Bool,
    Text,
}

impl Kind {
    fn of(value: &str) -> Self {
        match value {
            "true" | "false" | "True" | "False" | "TRUE" | "FALSE" => return Self::Bool,
            "nan" | "NaN" | "inf" | "-inf" | "Inf" | "-Inf" | "+Inf" | "Infinity" | "-Infinity" => {
                return Self::Special;
            }
            "-0" => return Self::Float,
            _ => {}
        }
        let magnitude = value.strip_prefix('-').unwrap_or(value);
        let (mantissa, exponent) = match magnitude.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (magnitude, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let has_digits = !whole.is_empty() || fraction.is_some_and(|digits| !digits.is_empty());
        let leads_with_zero = whole.len() > 1 && whole.starts_with('0');
        let exponent_is_fine = exponent.is_none_or(|exponent| {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !digits.is_empty() && all_digits(digits)
        });
        if !has_digits || leads_with_zero || !exponent_is_fine || !all_digits(whole) || !fraction.is_none_or(all_digits)
        {
            return Self::Text;
        }
        match (fraction, exponent) {
            (None, None) => Self::Int,
            _ => Self::Float,
        }
    }
}

/// Collects the values of one column.
pub(in super::super) enum ColumnDecoder {
    Null(usize),
    Bool(BooleanBuilder),
    Int(Int64Builder),
    UInt(UInt64Builder),
    Float(Float64Builder),
    Text(StringBuilder),
}

impl ColumnDecoder {
    /// For the types that columns have; all others are read as text.
    pub fn new(data_type: &DataType) -> Self {
        match data_type {
            DataType::Null => Self::Null(0),
            DataType::Boolean => Self::Bool(BooleanBuilder::new()),
            DataType::Int64 => Self::Int(Int64Builder::new()),
            DataType::UInt64 => Self::UInt(UInt64Builder::new()),
            DataType::Float64 => Self::Float(Float64Builder::new()),
            _ => Self::Text(StringBuilder::new()),
        }
    }

    pub fn append(&mut self, value: Option<&str>) -> Result<(), Misfit> {
        match self {
            Self::Null(n_rows) => match value {
                None => *n_rows += 1,
                Some(_) => return Err(Misfit),
            },
            Self::Bool(builder) => builder.append_option(value.map(parse_bool).transpose()?),
            Self::Int(builder) => builder.append_option(value.map(parse).transpose()?),
            Self::UInt(builder) => builder.append_option(value.map(parse).transpose()?),
            Self::Float(builder) => builder.append_option(value.map(parse).transpose()?),
            Self::Text(builder) => builder.append_option(value),
        }
        Ok(())
    }

    pub fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Null(n_rows) => Arc::new(NullArray::new(std::mem::take(n_rows))),
            Self::Bool(builder) => Arc::new(builder.finish()),
            Self::Int(builder) => Arc::new(builder.finish()),
            Self::UInt(builder) => Arc::new(builder.finish()),
            Self::Float(builder) => Arc::new(builder.finish()),
            Self::Text(builder) => Arc::new(builder.finish()),
        }
    }
}

fn parse_bool(value: &str) -> Result<bool, Misfit> {
    match value {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err(Misfit),
    }
}

fn parse<T: std::str::FromStr>(value: &str) -> Result<T, Misfit> {
    value.parse().map_err(|_| Misfit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_that_of_all_values() {
        for (values, expected) in [
            ("", DataType::Null),
            ("1 -2 0", DataType::Int64),
            ("1 007", DataType::Utf8),
            ("+1", DataType::Utf8),
            ("1 00.5", DataType::Utf8),
            ("1 2.50", DataType::Float64),
            ("1e5 1E+05 -.5 5. 0.1", DataType::Float64),
            ("-0", DataType::Float64),
            ("1 nan -inf NaN inf Inf -Inf +Inf Infinity -Infinity", DataType::Float64),
            (". e1 1e", DataType::Utf8),
            ("-", DataType::Utf8),
            ("1.2.3", DataType::Utf8),
            ("0x10", DataType::Utf8),
            ("1_000", DataType::Utf8),
            ("٣", DataType::Utf8),
            ("true False TRUE", DataType::Boolean),
            ("true 1", DataType::Utf8),
            ("tRUE", DataType::Utf8),
            ("2024-01-02", DataType::Utf8),
            ("18446744073709551615", DataType::UInt64),
            ("18446744073709551616", DataType::Utf8),
            ("9007199254740993 1.0", DataType::Utf8),
        ] {
            let (mut whole, mut merged) = (ColumnShape::default(), ColumnShape::default());
            let mut decoded = Vec::new();
            for value in values.split(' ').filter(|value| !value.is_empty()) {
                let mut one = ColumnShape::default();
                one.observe(value);
                whole.observe(value);
                merged.merge(&one);
                decoded.push(value);
            }
            assert_eq!((whole.data_type(), merged.data_type()), (expected.clone(), expected.clone()), "{values}");
            let mut decoder = ColumnDecoder::new(&expected);
            for value in &decoded {
                assert_eq!(decoder.append(Some(value)), Ok(()), "{value} as {expected}");
            }
            assert_eq!(decoder.finish().len(), decoded.len());
        }
    }
}
