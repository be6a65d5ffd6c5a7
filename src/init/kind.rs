//! What a column is for matching: its values' kind rather than their type.

use crate::compare::normalised_type;
use crate::engine::{ColumnProfile, Overlap};
use arrow::datatypes::DataType;

/// What kind of values a column holds. Texts that are times are times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing but nulls.
    Unknown,
    Bool,
    Int,
    /// Floats and decimals.
    Number,
    Text,
    Time(TimeKind),
    List,
    Other,
}

/// How a column writes its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeKind {
    Date,
    Naive,
    Zoned,
    /// Texts that are dates.
    DateText,
    /// Texts without a zone.
    NaiveText,
    /// Texts with one.
    ZonedText,
}

impl Kind {
    pub fn of(column: &ColumnProfile) -> Self {
        match normalised_type(&column.data_type) {
            DataType::Null => Self::Unknown,
            DataType::Boolean => Self::Bool,
            DataType::Utf8 => time_text(column).map_or(Self::Text, Self::Time),
            DataType::Date32 => Self::Time(TimeKind::Date),
            DataType::Timestamp(_, Some(_)) => Self::Time(TimeKind::Zoned),
            DataType::Timestamp(_, None) => Self::Time(TimeKind::Naive),
            DataType::List(_) => Self::List,
            other if other.is_integer() => Self::Int,
            other if other.is_numeric() => Self::Number,
            _ => Self::Other,
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Number)
    }

    /// Whether a value is one instant, and not a whole day.
    pub fn is_instant(self) -> bool {
        matches!(self, Self::Time(TimeKind::Naive | TimeKind::Zoned | TimeKind::NaiveText | TimeKind::ZonedText))
    }

    /// Whether columns of these kinds can be one feature if their names say so.
    pub fn may_be(self, other: Self) -> bool {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => true,
            (Self::List, other) | (other, Self::List) => other == Self::List,
            (Self::Other, other) | (other, Self::Other) => other == Self::Other,
            _ => true,
        }
    }
}

/// The kind of a text column's times, if nineteen in twenty of its values are some.
fn time_text(column: &ColumnProfile) -> Option<TimeKind> {
    let kinds = column.kinds;
    let n_times = kinds.zoned_time + kinds.naive_time + kinds.day;
    if n_times == 0 || n_times * 20 < column.n_values * 19 {
        return None;
    }
    Some(if kinds.zoned_time * 2 > n_times {
        TimeKind::ZonedText
    } else if kinds.day * 2 > n_times {
        TimeKind::DateText
    } else {
        TimeKind::NaiveText
    })
}

/// Whether all values are whole numbers, whatever their type.
pub(super) fn is_whole(column: &ColumnProfile) -> bool {
    Kind::of(column).is_number() && column.kinds.whole > 0 && column.kinds.fraction == 0
}

/// Compares two columns' values; integers that count from 1970 are compared as times with times.
pub(super) fn overlap_of(offline: &ColumnProfile, online: &ColumnProfile) -> Overlap {
    let is_time = |column: &ColumnProfile| matches!(Kind::of(column), Kind::Time(_));
    match (&offline.epochs, &online.epochs) {
        (Some((unit, times)), Some((other_unit, other_times))) if unit != other_unit => times.overlap(other_times),
        (Some((_, times)), None) if is_time(online) => times.overlap(&online.values),
        (None, Some((_, times))) if is_time(offline) => offline.values.overlap(times),
        _ => offline.values.overlap(&online.values),
    }
}
