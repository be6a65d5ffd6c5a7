//! Single values as text and as JSON, for keys, samples and orders. Never on the hot path.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, ListArray, MapArray, PrimitiveArray, StructArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{NaiveDate, TimeDelta};
use serde_json::{Map, Value};

use super::agreement::ints_of;
use super::conversion::decoded;
use super::times::{naive_time, nanoseconds};

/// Returns the values with -0.0 as 0.0 and with one NaN, down to the elements of lists and structs; all else as it is.
pub fn canonical_floats(values: &ArrayRef) -> ArrayRef {
    match values.data_type() {
        DataType::Float32 => Arc::new(
            values
                .as_primitive::<Float32Type>()
                .unary::<_, Float32Type>(|x| if x.is_nan() { f32::NAN } else { x + 0.0 }),
        ),
        DataType::Float64 => Arc::new(
            values
                .as_primitive::<Float64Type>()
                .unary::<_, Float64Type>(|x| if x.is_nan() { f64::NAN } else { x + 0.0 }),
        ),
        DataType::List(element) if has_floats(element.data_type()) => {
            let list = values.as_list::<i32>();
            let elements = canonical_floats(list.values());
            Arc::new(ListArray::new(element.clone(), list.offsets().clone(), elements, list.nulls().cloned()))
        }
        DataType::Struct(fields) if has_floats(values.data_type()) => {
            let columns = values.as_struct().columns().iter().map(canonical_floats).collect();
            Arc::new(StructArray::new(fields.clone(), columns, values.nulls().cloned()))
        }
        _ => values.clone(),
    }
}

fn has_floats(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(element) => has_floats(element.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| has_floats(field.data_type())),
        other => other.is_floating(),
    }
}

/// Returns a value as raw text, none for null.
///
/// Text as it is; numbers in the shortest form that reads back as the same number; times as RFC 3339, with `Z` if they are
/// instants; durations as ISO 8601 (`PT1.5S`); bytes in hex; lists, structs and maps as JSON.
pub fn text_at(values: &dyn Array, row: usize) -> Option<String> {
    match value_at(values, row) {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// Returns a value as JSON, for reports and orders. Within one type, values that differ give JSON that differs.
///
/// Integers and finite floats are numbers, NaN and infinities `"NaN"`, `"Infinity"` and `"-Infinity"`, both zeros 0.0.
/// Decimals are texts, so that no digit is lost, and so are all else that [`text_at`] writes. A struct is an object, and so
/// is a map whose keys are texts and differ; another map is a list of pairs.
pub fn value_at(values: &dyn Array, row: usize) -> Value {
    let decoded = decoded(&values.slice(row, 1));
    plain_value(decoded.as_ref())
}

/// The only value of an array that is not encoded.
fn plain_value(values: &dyn Array) -> Value {
    if values.is_null(0) || values.data_type().is_null() {
        return Value::Null;
    }
    match values.data_type() {
        DataType::Boolean => values.as_boolean().value(0).into(),
        DataType::Int8 => only::<Int8Type>(values).into(),
        DataType::Int16 => only::<Int16Type>(values).into(),
        DataType::Int32 => only::<Int32Type>(values).into(),
        DataType::Int64 => only::<Int64Type>(values).into(),
        DataType::UInt8 => only::<UInt8Type>(values).into(),
        DataType::UInt16 => only::<UInt16Type>(values).into(),
        DataType::UInt32 => only::<UInt32Type>(values).into(),
        DataType::UInt64 => only::<UInt64Type>(values).into(),
        // By its own shortest text: 0.1, and not the 0.10000000149011612 that the same number is as a float64.
        DataType::Float32 => {
            let value = only::<Float32Type>(values);
            float(value.to_string().parse().unwrap_or(f64::from(value)))
        }
        DataType::Float64 => float(only::<Float64Type>(values)),
        DataType::Decimal128(..) => values.as_primitive::<Decimal128Type>().value_as_string(0).into(),
        DataType::Decimal256(..) => values.as_primitive::<Decimal256Type>().value_as_string(0).into(),
        DataType::Utf8 => values.as_string::<i32>().value(0).into(),
        DataType::Binary => hex(values.as_binary::<i32>().value(0)).into(),
        DataType::Date32 => date(only::<Date32Type>(values)).into(),
        DataType::Timestamp(_, zone) => time(nanoseconds(values, 0), zone.is_some()).into(),
        DataType::Duration(_) => duration(nanoseconds(values, 0)).into(),
        DataType::List(_) => {
            let elements = values.as_list::<i32>().value(0);
            (0..elements.len()).map(|idx| value_at(elements.as_ref(), idx)).collect()
        }
        DataType::Struct(fields) => {
            let columns = values.as_struct().columns();
            let members = fields.iter().zip(columns).map(|(field, column)| (field.name().clone(), value_at(column, 0)));
            Value::Object(members.collect())
        }
        DataType::Map(..) => map(values.as_map()),
        // Times of day, intervals and what no feature can be.
        _ => match ArrayFormatter::try_new(values, &FormatOptions::default().with_display_error(true)) {
            Ok(formatter) => formatter.value(0).to_string().into(),
            Err(error) => error.to_string().into(),
        },
    }
}

/// Returns the values without their encoding, down to plain strings and lists; the elements of lists keep theirs.
pub fn plain_values(values: &ArrayRef) -> ArrayRef {
    decoded(values)
}

/// Returns an integer of any width; none for another type. The row is not null.
pub fn int_at(values: &dyn Array, row: usize) -> Option<i128> {
    ints_of(values).map(|int_at| int_at(row))
}

/// Returns a date, timestamp or duration in nanoseconds. The row is not null.
pub fn nanoseconds_at(values: &dyn Array, row: usize) -> i128 {
    nanoseconds(values, row)
}

fn only<T: ArrowPrimitiveType>(values: &dyn Array) -> T::Native {
    let values: &PrimitiveArray<T> = values.as_primitive();
    values.value(0)
}

fn float(value: f64) -> Value {
    match serde_json::Number::from_f64(value + 0.0) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

fn map(values: &MapArray) -> Value {
    let entries = values.value(0);
    let (keys, items) = (entries.column(0), entries.column(1));
    let mut members = Map::new();
    for idx in 0..entries.len() {
        if let Value::String(key) = value_at(keys, idx)
            && super::types::normalised_type(keys.data_type()) == DataType::Utf8
        {
            members.insert(key, value_at(items, idx));
        }
    }
    if members.len() == entries.len() {
        return Value::Object(members);
    }
    (0..entries.len()).map(|idx| Value::Array(vec![value_at(keys, idx), value_at(items, idx)])).collect()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `2024-03-01`; a date beyond the calendar as its number of days.
pub(super) fn date(days: i32) -> String {
    match NaiveDate::default().checked_add_signed(TimeDelta::days(i64::from(days))) {
        Some(date) => date.format("%Y-%m-%d").to_string(),
        None => format!("{days} days after 1970-01-01"),
    }
}

/// `2024-03-01T10:00:00.5`, of an instant with a `Z`; a time beyond the calendar as its number of nanoseconds.
fn time(ns: i128, zoned: bool) -> String {
    let zone = if zoned { "Z" } else { "" };
    match naive_time(ns) {
        Some(time) => {
            let fraction = fraction(ns.rem_euclid(1_000_000_000) as u32);
            format!("{}{fraction}{zone}", time.format("%Y-%m-%dT%H:%M:%S"))
        }
        None => format!("{ns} nanoseconds after 1970-01-01T00:00:00{zone}"),
    }
}

fn duration(ns: i128) -> String {
    let (sign, ns) = (if ns < 0 { "-" } else { "" }, ns.unsigned_abs());
    format!("{sign}PT{}{}S", ns / 1_000_000_000, fraction((ns % 1_000_000_000) as u32))
}

/// Nanoseconds as a fraction of a second without trailing zeros, with its point; nothing for none.
fn fraction(ns: u32) -> String {
    let digits = format!("{ns:09}");
    match digits.trim_end_matches('0') {
        "" => String::new(),
        digits => format!(".{digits}"),
    }
}
