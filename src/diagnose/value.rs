//! One value of a sample, as detectors see it.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Date32Type, Float32Type, Float64Type};

use crate::compare::{Column, int_at, nanoseconds_at, plain_values, text_at};

/// A value without its encoding. Ordered and hashed by kind, then by value; NaN equals NaN, 0.0 equals -0.0.
#[derive(Debug, Clone)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i128),
    /// A float32 is the float64 of its shortest text: 0.1, not 0.10000000149011612.
    Float(f64),
    /// As it is written, with all digits of its scale.
    Decimal(String),
    /// Also the raw text of a value that could not become the declared type.
    Text(String),
    Bytes(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Nanoseconds since 1970-01-01T00:00:00, UTC if zoned.
    Time {
        ns: i128,
        zoned: bool,
    },
    Duration {
        ns: i128,
    },
    List(Vec<Value>),
    /// A struct, a map, or what no detector looks into: its text.
    Other(String),
}

impl Value {
    /// Returns the value of a row of an array of any type.
    pub fn at(values: &ArrayRef, row: usize) -> Self {
        Self::plain(&plain_values(&values.slice(row, 1)))
    }

    /// Returns the value of a row of a converted column: the raw text where it could not become the declared type.
    pub fn of(column: &Column, row: usize) -> Self {
        match &column.unconvertible {
            Some(texts) if texts.is_valid(row) => Self::Text(texts.value(row).to_owned()),
            Some(_) | None => Self::at(&column.values, row),
        }
    }

    /// Returns the only value of an array that is not encoded.
    fn plain(values: &ArrayRef) -> Self {
        if values.data_type().is_null() || values.is_null(0) {
            return Self::Null;
        }
        match values.data_type() {
            DataType::Boolean => Self::Bool(values.as_boolean().value(0)),
            DataType::Float32 => {
                let value = values.as_primitive::<Float32Type>().value(0);
                Self::Float(value.to_string().parse().unwrap_or(f64::from(value)))
            }
            DataType::Float64 => Self::Float(values.as_primitive::<Float64Type>().value(0)),
            DataType::Utf8 => Self::Text(values.as_string::<i32>().value(0).to_owned()),
            DataType::Binary => Self::Bytes(values.as_binary::<i32>().value(0).to_vec()),
            DataType::Date32 => Self::Date(values.as_primitive::<Date32Type>().value(0)),
            DataType::Timestamp(_, zone) => Self::Time { ns: nanoseconds_at(values, 0), zoned: zone.is_some() },
            DataType::Duration(_) => Self::Duration { ns: nanoseconds_at(values, 0) },
            DataType::Decimal128(..) | DataType::Decimal256(..) => {
                Self::Decimal(text_at(values, 0).unwrap_or_default())
            }
            DataType::List(_) => {
                let elements = values.as_list::<i32>().value(0);
                Self::List((0..elements.len()).map(|idx| Self::at(&elements, idx)).collect())
            }
            data_type if data_type.is_integer() => int_at(values, 0).map_or(Self::Null, Self::Int),
            _ => Self::Other(text_at(values, 0).unwrap_or_default()),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn is_nan(&self) -> bool {
        matches!(self, Self::Float(value) if value.is_nan())
    }

    /// An integer, float or decimal as a float; NaN and infinities too. No text.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Decimal(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// An integer, or a float or decimal that is one.
    pub fn whole(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Float(_) | Self::Decimal(_) => {
                let value = self.number()?;
                (value.fract() == 0.0 && value.abs() < 1e18).then_some(value as i128)
            }
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn list(&self) -> Option<&[Value]> {
        match self {
            Self::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// A timestamp, or a date's midnight, in nanoseconds.
    pub fn time_ns(&self) -> Option<i128> {
        match self {
            Self::Time { ns, .. } => Some(*ns),
            Self::Date(days) => Some(i128::from(*days) * 86_400_000_000_000),
            _ => None,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int(_) => 2,
            Self::Float(_) => 3,
            Self::Decimal(_) => 4,
            Self::Text(_) => 5,
            Self::Bytes(_) => 6,
            Self::Date(_) => 7,
            Self::Time { .. } => 8,
            Self::Duration { .. } => 9,
            Self::List(_) => 10,
            Self::Other(_) => 11,
        }
    }
}

/// One NaN, one zero.
fn canonical(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value + 0.0 }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            (Self::Int(one), Self::Int(other)) => one.cmp(other),
            (Self::Float(one), Self::Float(other)) => canonical(*one).total_cmp(&canonical(*other)),
            (Self::Decimal(one), Self::Decimal(other))
            | (Self::Text(one), Self::Text(other))
            | (Self::Other(one), Self::Other(other)) => one.cmp(other),
            (Self::Bytes(one), Self::Bytes(other)) => one.cmp(other),
            (Self::Date(one), Self::Date(other)) => one.cmp(other),
            (Self::Time { ns: one, .. }, Self::Time { ns: other, .. })
            | (Self::Duration { ns: one }, Self::Duration { ns: other }) => one.cmp(other),
            (Self::List(one), Self::List(other)) => one.cmp(other),
            (one, other) => one.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Int(value) => value.hash(state),
            Self::Float(value) => canonical(*value).to_bits().hash(state),
            Self::Decimal(text) | Self::Text(text) | Self::Other(text) => text.hash(state),
            Self::Bytes(bytes) => bytes.hash(state),
            Self::Date(days) => days.hash(state),
            Self::Time { ns, .. } | Self::Duration { ns } => ns.hash(state),
            Self::List(elements) => elements.hash(state),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
