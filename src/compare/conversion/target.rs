//! The Arrow type in which a feature's values are held.

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, TimeUnit};
use chrono_tz::Tz;

use super::super::types::{list_of, map_of, map_parts, normalised_type, struct_of, unit_ns};
use crate::spec::{FeatureType, IntType};

/// Returns the type that values of `from` are converted to.
pub(super) fn target(from: &DataType, declared: Option<&FeatureType>, assume_tz: Option<Tz>) -> DataType {
    // A Date64 counts milliseconds, which its Date32 does not show.
    let unit = if from == &DataType::Date64 { Some(TimeUnit::Millisecond) } else { None };
    let plain = normalised_type(from);
    match declared {
        Some(declared) => declared_target(&plain, unit, declared),
        None if assume_tz.is_some() => zoned(&plain),
        None => plain,
    }
}

fn declared_target(from: &DataType, unit: Option<TimeUnit>, declared: &FeatureType) -> DataType {
    match declared {
        FeatureType::Bool => DataType::Boolean,
        FeatureType::Int(int) => int_target(*int),
        FeatureType::Float32 => DataType::Float32,
        FeatureType::Float64 => DataType::Float64,
        FeatureType::Decimal { precision, scale } => DataType::Decimal128(*precision, *scale),
        FeatureType::String => DataType::Utf8,
        FeatureType::Binary => DataType::Binary,
        FeatureType::Date => DataType::Date32,
        FeatureType::Timestamp => DataType::Timestamp(unit.unwrap_or(unit_of(from)), Some("UTC".into())),
        FeatureType::TimestampNaive => DataType::Timestamp(unit.unwrap_or(unit_of(from)), None),
        FeatureType::Duration => DataType::Duration(unit_of(from)),
        FeatureType::List(element) => {
            let from = match from {
                DataType::List(from) => from.data_type().clone(),
                DataType::Map(entries, _) => entries.data_type().clone(),
                _ => DataType::Null,
            };
            list_of(declared_target(&from, None, element))
        }
        FeatureType::Struct(fields) => {
            let own = if let DataType::Struct(own) = from { own.clone() } else { Fields::empty() };
            struct_of(fields.iter().map(|(name, field)| {
                let from = own.find(name).map_or(&DataType::Null, |(_, field)| field.data_type());
                (name.clone(), declared_target(from, None, field))
            }))
        }
    }
}

fn int_target(int: IntType) -> DataType {
    match (int.signed, int.bits) {
        (true, ..=8) => DataType::Int8,
        (true, 9..=16) => DataType::Int16,
        (true, 17..=32) => DataType::Int32,
        (true, 33..) => DataType::Int64,
        (false, ..=8) => DataType::UInt8,
        (false, 9..=16) => DataType::UInt16,
        (false, 17..=32) => DataType::UInt32,
        (false, 33..) => DataType::UInt64,
    }
}

fn unit_of(from: &DataType) -> TimeUnit {
    match from {
        DataType::Timestamp(unit, _) | DataType::Duration(unit) | DataType::Time32(unit) | DataType::Time64(unit) => {
            *unit
        }
        DataType::Date32 => TimeUnit::Second,
        DataType::Interval(IntervalUnit::DayTime) => TimeUnit::Millisecond,
        _ => TimeUnit::Nanosecond,
    }
}

/// The type with its naive times as instants.
fn zoned(plain: &DataType) -> DataType {
    match plain {
        DataType::Timestamp(unit, None) => DataType::Timestamp(*unit, Some("UTC".into())),
        DataType::List(element) => list_of(zoned(element.data_type())),
        DataType::Struct(fields) => struct_of(fields.iter().map(|f| (f.name().clone(), zoned(f.data_type())))),
        DataType::Map(entries, _) => match map_parts(entries) {
            Some((key, value)) => map_of(zoned(key.data_type()), zoned(value.data_type())),
            None => plain.clone(),
        },
        other => other.clone(),
    }
}

/// Returns both types with the finer of their time units, wherever both have a time.
pub(super) fn in_one_unit(first: &DataType, second: &DataType) -> (DataType, DataType) {
    let finer = |first: TimeUnit, second: TimeUnit| if unit_ns(first) <= unit_ns(second) { first } else { second };
    match (first, second) {
        (DataType::Timestamp(one, zone), DataType::Timestamp(other, other_zone)) => {
            let unit = finer(*one, *other);
            (DataType::Timestamp(unit, zone.clone()), DataType::Timestamp(unit, other_zone.clone()))
        }
        (DataType::Duration(one), DataType::Duration(other)) => {
            let unit = finer(*one, *other);
            (DataType::Duration(unit), DataType::Duration(unit))
        }
        (DataType::List(first), DataType::List(second)) => {
            let (first, second) = in_one_unit(first.data_type(), second.data_type());
            (list_of(first), list_of(second))
        }
        (DataType::Struct(first), DataType::Struct(second)) => {
            (with_units_of(first, second), with_units_of(second, first))
        }
        (first, second) => (first.clone(), second.clone()),
    }
}

fn with_units_of(own: &Fields, other: &Fields) -> DataType {
    let data_type = |field: &Field| match other.find(field.name()) {
        Some((_, other)) => in_one_unit(field.data_type(), other.data_type()).0,
        None => field.data_type().clone(),
    };
    struct_of(own.iter().map(|field| (field.name().clone(), data_type(field))))
}
