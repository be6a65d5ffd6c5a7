//! One text for all spellings of a value, so that columns of different types can be seen to hold the same things.

use std::fmt::Write;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float32Type, Float64Type, TimeUnit, TimestampMicrosecondType,
};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::array_value_to_string;
use std::sync::Arc;

/// What kind of value was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// A whole number, whatever its type.
    Whole(f64),
    /// Any other number that is finite.
    Fraction(f64),
    /// NaN or an infinity.
    Special,
    /// A time; in microseconds since 1970.
    Instant {
        us: i64,
        zoned: bool,
    },
    /// A date; the microseconds of its midnight.
    Day {
        us: i64,
    },
    /// A text that reads as a number.
    NumericText,
    Text,
    Other,
}

/// Returns the type in which values are written: encodings are undone, times are microseconds. Recursive in lists only.
pub(super) fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, value) => plain_type(value),
        DataType::RunEndEncoded(_, values) => plain_type(values.data_type()),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Float16 => DataType::Float32,
        DataType::Date64 => DataType::Date32,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        DataType::List(element)
        | DataType::LargeList(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element)
        | DataType::FixedSizeList(element, _) => {
            DataType::List(Arc::new(Field::new(element.name(), plain_type(element.data_type()), true)))
        }
        other => other.clone(),
    }
}

/// Brings a column to its [`plain_type`].
pub(super) fn plain(values: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let to = plain_type(values.data_type());
    if *values.data_type() == to { Ok(Arc::clone(values)) } else { cast(values, &to) }
}

/// Appends the text of a value of a plain column that is not null.
///
/// Numbers of all types have one text: whole ones without a point, others with six digits, so that a float32 meets the
/// float64 that was made of it. Times are instants, naive ones in UTC, and dates are their midnight.
pub(super) fn write_value(values: &dyn Array, row: usize, out: &mut String) -> Value {
    match values.data_type() {
        DataType::Utf8 => write_text(values.as_string::<i32>().value(row), out),
        DataType::Float64 => write_float(values.as_primitive::<Float64Type>().value(row), out),
        // By its shortest text, which is what the other side printed.
        DataType::Float32 => {
            let value = values.as_primitive::<Float32Type>().value(row);
            write_float(value.to_string().parse().unwrap_or(f64::from(value)), out)
        }
        DataType::Decimal128(_, scale) => {
            let value = values.as_primitive::<Decimal128Type>().value(row);
            write_float(value as f64 / 10f64.powi(i32::from(*scale)), out)
        }
        DataType::Date32 => {
            let us = i64::from(values.as_primitive::<Date32Type>().value(row)).saturating_mul(86_400_000_000);
            write_instant(us, out);
            Value::Day { us }
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let us = values.as_primitive::<TimestampMicrosecondType>().value(row);
            write_instant(us, out);
            Value::Instant { us, zoned: zone.is_some() }
        }
        DataType::List(_) => {
            let elements = values.as_list::<i32>().value(row);
            out.push('[');
            for element in 0..elements.len() {
                if element > 0 {
                    out.push(',');
                }
                match elements.is_null(element) {
                    true => out.push_str("null"),
                    false => _ = write_value(elements.as_ref(), element, out),
                }
            }
            out.push(']');
            Value::Other
        }
        other => {
            let start = out.len();
            // A value that has no text is like any other such value.
            out.push_str(&array_value_to_string(values, row).unwrap_or_default());
            let text = out.get(start..).unwrap_or_default();
            if other.is_integer() { text.parse().map_or(Value::Other, Value::Whole) } else { Value::Other }
        }
    }
}

fn write_instant(us: i64, out: &mut String) {
    let _ = write!(out, "@{us}");
}

fn write_float(value: f64, out: &mut String) -> Value {
    if !value.is_finite() {
        let _ = write!(out, "{value}");
        return Value::Special;
    }
    let is_whole = value.fract() == 0.0 && value.abs() < 2f64.powi(63);
    let _ = match is_whole {
        true => write!(out, "{}", value as i64),
        false => write!(out, "{value:.5e}"),
    };
    if is_whole { Value::Whole(value) } else { Value::Fraction(value) }
}

fn write_text(text: &str, out: &mut String) -> Value {
    if let Some(time) = parse_time(text) {
        if let Value::Instant { us, .. } | Value::Day { us } = time {
            write_instant(us, out);
        }
        return time;
    }
    out.push_str(text);
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') && text.parse::<f64>().is_ok();
    if numeric { Value::NumericText } else { Value::Text }
}

/// Reads a date or a time as RFC 3339 or SQL write it; none if the text is neither.
fn parse_time(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    if bytes.len() < 10 || bytes.len() > 40 || bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    let day = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
    let rest = text.get(10..)?;
    if rest.is_empty() {
        return Some(Value::Day { us: day.and_time(NaiveTime::MIN).and_utc().timestamp_micros() });
    }
    if !rest.starts_with(['T', 't', ' ']) {
        return None;
    }
    if let Ok(zoned) = DateTime::parse_from_rfc3339(text) {
        return Some(Value::Instant { us: zoned.timestamp_micros(), zoned: true });
    }
    let naive = NaiveDateTime::parse_from_str(&format!("{day} {}", rest.get(1..)?), "%Y-%m-%d %H:%M:%S%.f").ok()?;
    Some(Value::Instant { us: naive.and_utc().timestamp_micros(), zoned: false })
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{
        Date32Array, Decimal128Array, Float32Array, Float64Array, Int64Array, StringArray, StringViewArray,
        TimestampMillisecondArray, UInt8Array,
    };

    use super::*;

    fn texts(values: ArrayRef) -> Vec<String> {
        let values = plain(&values).expect("it can be made plain");
        (0..values.len())
            .map(|row| {
                let mut out = String::new();
                write_value(values.as_ref(), row, &mut out);
                out
            })
            .collect()
    }

    #[test]
    fn one_number_has_one_text_in_all_types() {
        assert_eq!(texts(Arc::new(UInt8Array::from(vec![55]))), ["55"]);
        assert_eq!(texts(Arc::new(Float64Array::from(vec![55.0, -0.0, f64::NAN]))), ["55", "0", "NaN"]);
        assert_eq!(texts(Arc::new(StringViewArray::from(vec!["55"]))), ["55"]);
        let decimal = Decimal128Array::from(vec![5500, 10]).with_precision_and_scale(10, 2).expect("it fits");
        assert_eq!(texts(Arc::new(decimal)), ["55", "1.00000e-1"]);
        let float32 = f64::from(0.1f32);
        let all = texts(Arc::new(Float64Array::from(vec![0.1, float32])));
        assert_eq!((all[0].as_str(), all[1].as_str()), ("1.00000e-1", "1.00000e-1"));
        assert_eq!(texts(Arc::new(Float32Array::from(vec![0.1])))[0], all[0]);
        assert_eq!(texts(Arc::new(Int64Array::from(vec![i64::MIN]))), ["-9223372036854775808"]);
    }

    #[test]
    fn one_instant_has_one_text_in_all_types() {
        // 2013-03-15T00:29:00Z is 15779 days and 1740 s after 1970.
        let us = (15_779i64 * 86_400 + 1_740) * 1_000_000;
        let written = format!("@{us}");
        let spellings = ["2013-03-15T00:29:00Z", "2013-03-14T20:29:00-04:00", "2013-03-15 00:29:00"];
        assert_eq!(texts(Arc::new(StringArray::from(spellings.to_vec()))), [written.as_str(); 3]);
        assert_eq!(texts(Arc::new(TimestampMillisecondArray::from(vec![us / 1_000]))), [written]);
        let day = format!("@{}", 15_779i64 * 86_400_000_000);
        assert_eq!(texts(Arc::new(Date32Array::from(vec![15_779]))), [day.as_str()]);
        assert_eq!(texts(Arc::new(StringArray::from(vec!["2013-03-15"]))), [day]);
    }

    #[test]
    fn what_only_looks_like_a_time_is_text() {
        for text in ["2013-02-30", "2013-03-15x", "2013-03-15 25:00:00", "2013-03-15é", "0012-ab-cd"] {
            assert_eq!(write_text(text, &mut String::new()), Value::Text, "{text}");
        }
    }
}
