//! Values that stand for none, and values outside a closed vocabulary.

use std::collections::HashSet;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::DataType;

use super::agreement::{decimals_of, floats_of, ints_of, is_nan};
use super::conversion::{Column, DecimalText, decoded};
use super::numbers::{decimals_equal, whole};
use super::strings::{is_lenient, normal_form};
use super::times::nanoseconds;
use crate::spec::{CompareOptions, Literal, Missing, parse_duration, parse_time};

/// Returns for every row whether its value is missing: null, or folded to null by `rules`. An unconvertible row is not.
///
/// A sentinel matches by value in the column's type: -1 is the float -1.0, 0.1 the float32 nearest to it, and in a column
/// of texts the text `-1`; a text matches texts and bytes, and times that it writes.
pub fn missing_rows(column: &Column, rules: &Missing) -> BooleanArray {
    let n_rows = column.values.len();
    let missing = missing_mask(&decoded(&column.values), rules).unwrap_or_else(|| BooleanBuffer::new_unset(n_rows));
    let mask = match &column.unconvertible {
        Some(texts) => BooleanBuffer::collect_bool(n_rows, |row| missing.value(row) && texts.is_null(row)),
        None => missing,
    };
    BooleanArray::new(mask, None)
}

/// Returns for every row whether its value is outside the categories, under the feature's `compare` options.
///
/// Missing and unconvertible rows are not, nor is any row where there are no categories. Of a list, each element
/// that is not null must be one of them.
pub fn outside_categories(
    column: &Column,
    categories: &[Literal],
    missing: &Missing,
    options: &CompareOptions,
) -> BooleanArray {
    let n_rows = column.values.len();
    if categories.is_empty() {
        return BooleanArray::new(BooleanBuffer::new_unset(n_rows), None);
    }
    let values = decoded(&column.values);
    let missing = missing_rows(column, missing);
    let is_known = vocabulary(values.as_ref(), categories, options);
    let is_convertible = |row| column.unconvertible.as_ref().is_none_or(|texts| texts.is_null(row));
    BooleanArray::new(
        BooleanBuffer::collect_bool(n_rows, |row| !missing.value(row) && is_convertible(row) && !is_known(row)),
        None,
    )
}

/// The rows whose value is null or folded to null; none if no row is.
pub(super) fn missing_mask(values: &ArrayRef, rules: &Missing) -> Option<BooleanBuffer> {
    let nulls = values.logical_nulls().filter(|nulls| nulls.null_count() > 0).map(|nulls| !nulls.inner());
    let folds_nan = rules.nan && values.data_type().is_floating();
    let folds_empty = rules.empty && matches!(values.data_type(), DataType::Utf8 | DataType::List(_));
    if rules.sentinels.is_empty() && !folds_nan && !folds_empty {
        return nulls;
    }
    let is_sentinel = literals(values.as_ref(), &rules.sentinels);
    let mask = BooleanBuffer::collect_bool(values.len(), |row| {
        nulls.as_ref().is_some_and(|nulls| nulls.value(row))
            || (!values.data_type().is_null()
                && ((folds_nan && is_nan(values, row)) || (folds_empty && is_empty(values, row)) || is_sentinel(row)))
    });
    (mask.count_set_bits() > 0).then_some(mask)
}

fn is_empty(values: &ArrayRef, row: usize) -> bool {
    match values.data_type() {
        DataType::Utf8 => values.as_string::<i32>().value_length(row) == 0,
        DataType::List(_) => values.as_list::<i32>().value_length(row) == 0,
        _ => false,
    }
}

/// Tells whether a row that is not null has one of the values.
type Matcher<'a> = Box<dyn Fn(usize) -> bool + 'a>;

fn vocabulary<'a>(values: &'a dyn Array, categories: &'a [Literal], options: &'a CompareOptions) -> Matcher<'a> {
    if let Some(list) = values.as_list_opt::<i32>() {
        let elements = list.values();
        let is_known = vocabulary(elements.as_ref(), categories, options);
        let nulls = elements.logical_nulls();
        return Box::new(move |row| {
            let (start, end) = (list.value_offsets()[row] as usize, list.value_offsets()[row + 1] as usize);
            (start..end).all(|idx| nulls.as_ref().is_some_and(|nulls| nulls.is_null(idx)) || is_known(idx))
        });
    }
    let is_exactly = literals(values, categories);
    match values.as_string_opt::<i32>() {
        Some(texts) if is_lenient(options) => {
            let forms: HashSet<String> =
                categories.iter().map(|category| normal_form(&category.to_string(), options).into_owned()).collect();
            Box::new(move |row| is_exactly(row) || forms.contains(normal_form(texts.value(row), options).as_ref()))
        }
        Some(_) | None => is_exactly,
    }
}

fn literals<'a>(values: &'a dyn Array, literals: &[Literal]) -> Matcher<'a> {
    if literals.is_empty() {
        return Box::new(|_| false);
    }
    let texts =
        || literals.iter().filter_map(|literal| if let Literal::Text(text) = literal { Some(text) } else { None });
    match values.data_type() {
        DataType::Boolean => {
            let bools = values.as_boolean();
            let [has_false, has_true] = [false, true].map(|value| literals.contains(&Literal::Bool(value)));
            Box::new(move |row| if bools.value(row) { has_true } else { has_false })
        }
        DataType::Utf8 => {
            let known: HashSet<String> = literals.iter().map(Literal::to_string).collect();
            let texts = values.as_string::<i32>();
            Box::new(move |row| known.contains(texts.value(row)))
        }
        DataType::Binary => {
            let known: HashSet<Vec<u8>> = texts().map(|text| text.as_bytes().to_vec()).collect();
            let bytes = values.as_binary::<i32>();
            Box::new(move |row| known.contains(bytes.value(row)))
        }
        DataType::Float32 | DataType::Float64 => {
            let single = values.data_type() == &DataType::Float32;
            let known: Vec<f64> = literals.iter().filter_map(|literal| float(literal, single)).collect();
            match floats_of(values) {
                Some(float_at) => Box::new(move |row| {
                    let value = float_at(row);
                    known.iter().any(|known| *known == value || (known.is_nan() && value.is_nan()))
                }),
                None => Box::new(|_| false),
            }
        }
        DataType::Decimal128(..) | DataType::Decimal256(..) => {
            let numbers = literals.iter().filter(|literal| matches!(literal, Literal::Int(_) | Literal::Float(_)));
            let known: Vec<_> =
                numbers.filter_map(|number| DecimalText::parse(&number.to_string())?.at_narrow_scale()).collect();
            match decimals_of(values) {
                Some((decimal_at, scale)) => Box::new(move |row| {
                    let value = decimal_at(row);
                    known.iter().any(|known| decimals_equal((value, scale), *known))
                }),
                None => Box::new(|_| false),
            }
        }
        DataType::Date32 | DataType::Timestamp(..) | DataType::Duration(_) => {
            let known: Vec<i128> = texts().filter_map(|text| time_ns(text, values.data_type())).collect();
            Box::new(move |row| known.contains(&nanoseconds(values, row)))
        }
        _ => match ints_of(values) {
            Some(int_at) => {
                let known: Vec<i128> = literals.iter().filter_map(int).collect();
                Box::new(move |row| known.contains(&int_at(row)))
            }
            None => Box::new(|_| false),
        },
    }
}

fn int(literal: &Literal) -> Option<i128> {
    match literal {
        Literal::Int(value) => Some(*value),
        Literal::Float(value) => whole(*value),
        Literal::Bool(_) | Literal::Text(_) => None,
    }
}

/// The number as a column of floats holds it.
fn float(literal: &Literal, single: bool) -> Option<f64> {
    match (literal, single) {
        (Literal::Int(value), false) => Some(*value as f64),
        (Literal::Int(value), true) => Some(f64::from(*value as f32)),
        (Literal::Float(value), false) => Some(*value),
        (Literal::Float(value), true) => Some(f64::from(*value as f32)),
        (Literal::Bool(_) | Literal::Text(_), _) => None,
    }
}

fn time_ns(text: &str, data_type: &DataType) -> Option<i128> {
    match data_type {
        DataType::Duration(_) => parse_duration(text),
        DataType::Timestamp(_, Some(_)) => {
            let time = parse_time(text)?;
            Some(time.local_ns - i128::from(time.offset_s.unwrap_or(0)) * 1_000_000_000)
        }
        _ => parse_time(text).filter(|time| time.offset_s.is_none()).map(|time| time.local_ns),
    }
}
