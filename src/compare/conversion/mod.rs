//! Values to the type that a feature declares: without loss, or not at all.
//!
//! Only a conversion to a floating type may round, to nearest. What has no value in the target is `unconvertible`, with its
//! raw text; a list or struct as a whole if any of its parts is.

mod cells;
mod number;
mod step;
mod target;
mod text_json;
mod text_number;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use chrono_tz::Tz;

pub(super) use self::text_number::DecimalText;

use self::step::Step;
use super::values::text_at;
use crate::spec::{FeatureType, parse_time};

/// Returns whether any value is a time that names no zone: a naive timestamp, or a text that reads as one.
pub fn has_naive_times(values: &ArrayRef) -> bool {
    let values = decoded(values);
    match values.data_type() {
        DataType::Timestamp(_, None) => values.null_count() < values.len(),
        DataType::Utf8 => {
            let is_naive = |text: &str| {
                !text.ends_with(['Z', 'z']) && parse_time(text).is_some_and(|time| time.offset_s.is_none())
            };
            values.as_string::<i32>().iter().flatten().any(is_naive)
        }
        _ => false,
    }
}

/// Values of one type; where a row could not become that type, `values` is null and `unconvertible` has its raw text.
#[derive(Debug, Clone)]
pub struct Column {
    pub values: ArrayRef,
    pub unconvertible: Option<StringArray>,
}

/// Converts columns of one type to another.
///
/// - Numbers become numbers, and a bool is 0 or 1, where the value stays the same: 55.0 is the integer 55. A float becomes a
///   decimal by its shortest text (0.1 is one tenth), and a float by rounding; overflow to infinity is unconvertible.
/// - Text becomes a number as it is commonly written, without blanks or separators: `1`, `-1.50`, `1e3`, and of floats
///   `NaN`, `inf` and `Infinity` in any case. It becomes a bool as `true` or `false`, in any case.
/// - Text becomes a time as RFC 3339 or as SQL writes it, and a duration as ISO 8601 or as `[N days] HH:MM:SS`.
/// - Bools, integers and dates become text; times, floats and decimals do not, as they have no one form.
/// - A naive time becomes an instant in the assumed zone, or in UTC if there is none. A reading that the zone's clocks skip
///   is unconvertible; of one that comes twice, the earlier instant counts. An instant becomes naive in the assumed zone only.
/// - A date is its midnight; a time is a date only at midnight, an instant at midnight in the assumed zone or UTC.
/// - No number is a time, since nothing tells its unit. Times of day, and intervals without months, are durations.
/// - Bytes become text if they are UTF-8. A map becomes a list of its entries.
/// - Text becomes a list or struct if it is one in JSON, with Python's `NaN` and `Infinity`; its parts convert by these rules,
///   but a bool in it is no number and a number no bool, as in a text on its own.
/// - Lists and structs convert part by part. A struct lacks a declared field: null. It has another field that holds a
///   value: unconvertible, since nothing is dropped.
#[derive(Debug, Clone)]
pub struct Converter {
    from: DataType,
    target: DataType,
    assume_tz: Option<Tz>,
    /// None: no value can be converted.
    step: Option<Step>,
}

impl Converter {
    /// A converter from a column's type to a declared one; without one, only encodings become plain and, with `assume_tz`,
    /// naive times instants.
    ///
    /// Times keep their unit, as a finer one may not hold them. Texts become nanoseconds, which in 64 bits reach from 1677 to
    /// 2262: a text beyond is unconvertible. Dates become seconds, which hold them all.
    pub fn new(from: &DataType, declared: Option<&FeatureType>, assume_tz: Option<Tz>) -> Self {
        Self::to(from, target::target(from, declared, assume_tz), assume_tz)
    }

    fn to(from: &DataType, target: DataType, assume_tz: Option<Tz>) -> Self {
        let step = Step::plan(from, &target, assume_tz);
        Self { from: from.clone(), target, assume_tz, step }
    }

    /// Makes the times of two converters come out in one unit, the finer of both: for keys, which are compared bit by bit.
    pub fn in_one_unit(self, other: Self) -> (Self, Self) {
        let (own, others) = target::in_one_unit(&self.target, &other.target);
        (Self::to(&self.from, own, self.assume_tz), Self::to(&other.from, others, other.assume_tz))
    }

    /// Returns whether any value can be converted; null always can.
    pub fn possible(&self) -> bool {
        self.step.is_some()
    }

    /// The type of the converted values.
    pub fn target(&self) -> &DataType {
        &self.target
    }

    /// Returns whether no row can turn out unconvertible.
    pub fn is_infallible(&self) -> bool {
        self.step.as_ref().is_some_and(Step::is_infallible)
    }

    /// Converts a column of the type that this converter is made for.
    pub fn convert(&self, values: &ArrayRef) -> Column {
        let cells::Converted { values: converted, failed } = match &self.step {
            Some(step) => step.convert(values),
            None => cells::all_failed(values, &self.target),
        };
        Column { values: converted, unconvertible: (!failed.is_empty()).then(|| texts(values.as_ref(), &failed)) }
    }
}

/// The raw texts of some rows, in ascending order; null in all others.
fn texts(values: &dyn Array, rows: &[usize]) -> StringArray {
    let mut builder = StringBuilder::with_capacity(values.len(), 0);
    let mut n_written = 0;
    for row in rows {
        builder.append_nulls(row - n_written);
        builder.append_value(text_at(values, *row).unwrap_or_default());
        n_written = row + 1;
    }
    builder.append_nulls(values.len() - n_written);
    builder.finish()
}

/// Returns the values without the outermost encodings; those of a list's elements stay.
pub(super) fn decoded(values: &ArrayRef) -> ArrayRef {
    let mut values = values.clone();
    while let Some(plainer) = plainer_type(values.data_type()) {
        values =
            cast(&values, &plainer).expect("a batch's few thousand rows hold less than 2 GiB of text in one column");
    }
    values
}

/// Returns the type of what [`decoded`] returns.
fn decoded_type(data_type: &DataType) -> DataType {
    let mut data_type = data_type.clone();
    while let Some(plainer) = plainer_type(&data_type) {
        data_type = plainer;
    }
    data_type
}

/// The type with one encoding less; none if it has none. Date64 is no encoding, as it may hold more than dates.
fn plainer_type(data_type: &DataType) -> Option<DataType> {
    Some(match data_type {
        DataType::Dictionary(_, value) => value.as_ref().clone(),
        DataType::RunEndEncoded(_, values) => values.data_type().clone(),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Float16 => DataType::Float32,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Timestamp(unit, Some(zone)) if zone.as_ref() != "UTC" => {
            DataType::Timestamp(*unit, Some("UTC".into()))
        }
        DataType::LargeList(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element)
        | DataType::FixedSizeList(element, _) => DataType::List(element.clone()),
        _ => return None,
    })
}
