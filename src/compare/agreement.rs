//! Whether two values that are both there agree: one rule for each pair of types.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type, i256,
};

use super::nested;
use super::numbers::{Exact, ExactTolerance, decimal_to_float, decimals_equal, whole};
use super::strings::{is_lenient, normal_form};
use super::times::{months_and_ns, nanoseconds};
use super::types::int_type;
use crate::spec::{CompareOptions, FloatTolerance, Tolerance};

/// How two values compare that are both there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Agreement {
    Equal,
    /// Not the same, but within the tolerance or by an option of `compare`.
    Tolerated,
    Different,
}

/// What a feature allows two values to differ in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub tolerance: Tolerance,
    pub options: CompareOptions,
}

/// Compares row `i` of the first column with row `j` of the second, neither of them null.
pub(super) type Cells<'a> = Box<dyn Fn(usize, usize) -> Agreement + 'a>;

/// Uses the comparison of two columns, whose type is different for each pair of types: loops over it are compiled for it.
pub(super) trait Consumer<'a> {
    type Output;

    fn consume(self, agreement: impl Fn(usize, usize) -> Agreement + 'a) -> Self::Output;
}

/// Boxes the comparison, for elements of lists and the like.
struct Boxed;

impl<'a> Consumer<'a> for Boxed {
    type Output = Cells<'a>;

    fn consume(self, agreement: impl Fn(usize, usize) -> Agreement + 'a) -> Cells<'a> {
        Box::new(agreement)
    }
}

/// Returns the comparison of two columns' cells; all are different where the types have nothing in common.
pub(super) fn cells<'a>(rules: &Rules, first: &'a dyn Array, second: &'a dyn Array) -> Cells<'a> {
    compare_with(rules, first, second, Boxed)
}

/// Hands the comparison of two columns of normalised types to `consumer`.
pub(super) fn compare_with<'a, C: Consumer<'a>>(
    rules: &Rules,
    first: &'a dyn Array,
    second: &'a dyn Array,
    consumer: C,
) -> C::Output {
    use DataType::{
        Binary, Boolean, Date32, Decimal128, Decimal256, Duration, Float32, Float64, Interval, List, Map, Struct,
        Time32, Time64, Timestamp, Utf8,
    };
    match (first.data_type(), second.data_type()) {
        (Boolean, Boolean) => {
            let (first, second) = (first.as_boolean(), second.as_boolean());
            consumer.consume(move |i, j| exactly(first.value(i) == second.value(j)))
        }
        (Utf8, Utf8) => {
            let (first, second, options) = (first.as_string::<i32>(), second.as_string::<i32>(), rules.options);
            if is_lenient(&options) {
                consumer.consume(move |i, j| texts(first.value(i), second.value(j), &options))
            } else {
                consumer.consume(move |i, j| exactly(first.value(i) == second.value(j)))
            }
        }
        (Binary, Binary) => {
            let (first, second) = (first.as_binary::<i32>(), second.as_binary::<i32>());
            consumer.consume(move |i, j| exactly(first.value(i) == second.value(j)))
        }
        (Float64, Float64) => {
            let (first, second) = (first.as_primitive::<Float64Type>(), second.as_primitive::<Float64Type>());
            let tolerance = rules.tolerance.for_floats(false);
            consumer.consume(move |i, j| floats(first.value(i), second.value(j), &tolerance))
        }
        (Float32, Float32) => {
            let (first, second) = (first.as_primitive::<Float32Type>(), second.as_primitive::<Float32Type>());
            let tolerance = rules.tolerance.for_floats(true);
            consumer.consume(move |i, j| floats(first.value(i).into(), second.value(j).into(), &tolerance))
        }
        (Timestamp(one, first_zone), Timestamp(other, second_zone))
            if one == other && first_zone.is_some() == second_zone.is_some() && rules.tolerance.for_times_ns() == 0 =>
        {
            match one {
                TimeUnit::Second => same_type::<TimestampSecondType, C>(first, second, consumer),
                TimeUnit::Millisecond => same_type::<TimestampMillisecondType, C>(first, second, consumer),
                TimeUnit::Microsecond => same_type::<TimestampMicrosecondType, C>(first, second, consumer),
                TimeUnit::Nanosecond => same_type::<TimestampNanosecondType, C>(first, second, consumer),
            }
        }
        (Date32, Date32) if rules.tolerance.for_times_ns() == 0 => same_type::<Date32Type, C>(first, second, consumer),
        (Timestamp(_, Some(_)), Timestamp(_, Some(_)))
        | (Timestamp(_, None) | Date32, Timestamp(_, None) | Date32)
        | (Time32(_) | Time64(_), Time32(_) | Time64(_))
        | (Duration(_), Duration(_)) => {
            let tolerance_ns = rules.tolerance.for_times_ns();
            consumer.consume(move |i, j| times(nanoseconds(first, i), nanoseconds(second, j), tolerance_ns))
        }
        (Duration(_) | Interval(_), Duration(_) | Interval(_)) => {
            let tolerance_ns = rules.tolerance.for_times_ns();
            consumer.consume(move |i, j| {
                let ((months, ns), (other_months, other_ns)) = (months_and_ns(first, i), months_and_ns(second, j));
                if months == other_months { times(ns, other_ns, tolerance_ns) } else { Agreement::Different }
            })
        }
        (List(_), List(_)) => nested::lists(rules, first.as_list(), second.as_list(), consumer),
        (Struct(_), Struct(_)) => nested::structs(rules, first.as_struct(), second.as_struct(), consumer),
        (Map(..), Map(..)) => nested::maps(rules, first.as_map(), second.as_map(), consumer),
        (Decimal128(..) | Decimal256(..), _) | (_, Decimal128(..) | Decimal256(..)) => {
            decimals(rules, first, second, consumer)
        }
        _ => integers(rules, first, second, consumer),
    }
}

fn exactly(equal: bool) -> Agreement {
    if equal { Agreement::Equal } else { Agreement::Different }
}

fn graded(equal: bool, agrees: impl FnOnce() -> bool) -> Agreement {
    if equal {
        Agreement::Equal
    } else if agrees() {
        Agreement::Tolerated
    } else {
        Agreement::Different
    }
}

/// As [`graded`], of numbers that were found to be equal or not in exact arithmetic: without a tolerance that settles it.
fn graded_exactly(equal: bool, tolerance: &ExactTolerance, agrees: impl FnOnce() -> bool) -> Agreement {
    graded(equal, || !tolerance.is_zero() && agrees())
}

fn floats(x: f64, y: f64, tolerance: &FloatTolerance) -> Agreement {
    graded(x == y || (x.is_nan() && y.is_nan()), || tolerance.agrees(x, y))
}

fn times(x_ns: i128, y_ns: i128, tolerance_ns: i128) -> Agreement {
    graded(x_ns == y_ns, || i128::try_from(x_ns.abs_diff(y_ns)).is_ok_and(|apart_ns| apart_ns <= tolerance_ns))
}

fn texts(first: &str, second: &str, options: &CompareOptions) -> Agreement {
    graded(first == second, || normal_form(first, options) == normal_form(second, options))
}

fn same_type<'a, T: ArrowPrimitiveType, C: Consumer<'a>>(
    first: &'a dyn Array,
    second: &'a dyn Array,
    consumer: C,
) -> C::Output {
    let (first, second): (&PrimitiveArray<T>, &PrimitiveArray<T>) = (first.as_primitive(), second.as_primitive());
    consumer.consume(move |i, j| exactly(first.value(i) == second.value(j)))
}

/// Integers with integers and with floats.
fn integers<'a, C: Consumer<'a>>(rules: &Rules, first: &'a dyn Array, second: &'a dyn Array, consumer: C) -> C::Output {
    let tolerance = rules.tolerance.for_exact_numbers();
    let is_exact = tolerance.abs_tol == 0.0 && tolerance.rel_tol == 0.0;
    match (first.data_type(), second.data_type()) {
        (DataType::Int64, DataType::Int64) if is_exact => same_type::<Int64Type, C>(first, second, consumer),
        (DataType::Int32, DataType::Int32) if is_exact => same_type::<Int32Type, C>(first, second, consumer),
        _ => match (ints_of(first), ints_of(second)) {
            (Some(x_at), Some(y_at)) => {
                let tolerance = ExactTolerance::new(tolerance);
                consumer.consume(move |i, j| {
                    let (x, y) = (x_at(i), y_at(j));
                    graded(x == y, || tolerance.ints_agree(x, y))
                })
            }
            (Some(int_at), None) => int_with_float(rules, int_at, floats_of(second), consumer),
            (None, Some(int_at)) => match floats_of(first) {
                Some(float_at) => {
                    let tolerance = ExactTolerance::new(tolerance);
                    consumer.consume(move |i, j| int_and_float(int_at(j), float_at(i), &tolerance))
                }
                None => consumer.consume(|_, _| Agreement::Different),
            },
            (None, None) => match (floats_of(first), floats_of(second)) {
                (Some(x_at), Some(y_at)) => {
                    let tolerance = float_tolerance(rules, first, second);
                    consumer.consume(move |i, j| floats(x_at(i), y_at(j), &tolerance))
                }
                (None, _) | (_, None) => consumer.consume(|_, _| Agreement::Different),
            },
        },
    }
}

fn int_with_float<'a, C: Consumer<'a>>(
    rules: &Rules,
    int_at: Reader<'a, i128>,
    float_at: Option<Reader<'a, f64>>,
    consumer: C,
) -> C::Output {
    let tolerance = ExactTolerance::new(rules.tolerance.for_exact_numbers());
    match float_at {
        Some(float_at) => consumer.consume(move |i, j| int_and_float(int_at(i), float_at(j), &tolerance)),
        None => consumer.consume(|_, _| Agreement::Different),
    }
}

/// Exactly, and beyond 2^53 too: no integer is rounded to a float.
fn int_and_float(int: i128, float: f64, tolerance: &ExactTolerance) -> Agreement {
    graded_exactly(whole(float) == Some(int), tolerance, || {
        Exact::from_float(float).is_some_and(|float| tolerance.agrees(&Exact::from_int(int), &float))
    })
}

/// Decimals with decimals and integers by value; with floats as floats, since no tenth is one, save for integers.
fn decimals<'a, C: Consumer<'a>>(rules: &Rules, first: &'a dyn Array, second: &'a dyn Array, consumer: C) -> C::Output {
    match (decimals_of(first), decimals_of(second)) {
        (Some((x_at, x_scale)), Some((y_at, y_scale))) => {
            let tolerance = ExactTolerance::new(rules.tolerance.for_exact_numbers());
            consumer.consume(move |i, j| {
                let (x, y) = (x_at(i), y_at(j));
                graded_exactly(decimals_equal((x, x_scale), (y, y_scale)), &tolerance, || {
                    tolerance.agrees(&Exact::from_decimal(x, x_scale), &Exact::from_decimal(y, y_scale))
                })
            })
        }
        (Some((decimal_at, scale)), None) => match floats_of(second) {
            Some(float_at) => {
                let agree = decimal_and_float(float_tolerance(rules, first, second), scale);
                consumer.consume(move |i, j| agree(decimal_at(i), float_at(j)))
            }
            None => consumer.consume(|_, _| Agreement::Different),
        },
        (None, Some((decimal_at, scale))) => match floats_of(first) {
            Some(float_at) => {
                let agree = decimal_and_float(float_tolerance(rules, first, second), scale);
                consumer.consume(move |i, j| agree(decimal_at(j), float_at(i)))
            }
            None => consumer.consume(|_, _| Agreement::Different),
        },
        (None, None) => consumer.consume(|_, _| Agreement::Different),
    }
}

/// Compares as floats; but of two integers beyond 2^53, none is rounded to the other.
fn decimal_and_float(tolerance: FloatTolerance, scale: i8) -> impl Fn(i256, f64) -> Agreement {
    const MAX_EXACT: f64 = (1u64 << 53) as f64;
    let exact_tolerance = ExactTolerance::new(tolerance);
    let unit = u32::try_from(scale).ok().and_then(|scale| i256::from_i128(10).checked_pow(scale));
    move |decimal, float| {
        let agreement = floats(decimal_to_float(decimal, scale.into()), float, &tolerance);
        let is_whole = || unit.is_none_or(|unit| decimal.checked_rem(unit) == Some(i256::ZERO));
        match whole(float) {
            Some(int) if agreement == Agreement::Equal && float.abs() >= MAX_EXACT && is_whole() => {
                graded_exactly(decimals_equal((decimal, scale), (i256::from_i128(int), 0)), &exact_tolerance, || {
                    exact_tolerance.agrees(&Exact::from_decimal(decimal, scale), &Exact::from_int(int))
                })
            }
            Some(_) | None => agreement,
        }
    }
}

fn float_tolerance(rules: &Rules, first: &dyn Array, second: &dyn Array) -> FloatTolerance {
    rules.tolerance.for_floats([first, second].iter().any(|values| values.data_type() == &DataType::Float32))
}

/// Reads a row's value.
pub(super) type Reader<'a, T> = Box<dyn Fn(usize) -> T + 'a>;

fn reader<'a, P: ArrowPrimitiveType, T: 'a>(
    values: &'a dyn Array,
    into: impl Fn(P::Native) -> T + 'a,
) -> Reader<'a, T> {
    let values: &PrimitiveArray<P> = values.as_primitive();
    Box::new(move |row| into(values.value(row)))
}

/// Reads integers; none for other types.
pub(super) fn ints_of(values: &dyn Array) -> Option<Reader<'_, i128>> {
    Some(match values.data_type() {
        DataType::Int8 => reader::<Int8Type, _>(values, i128::from),
        DataType::Int16 => reader::<Int16Type, _>(values, i128::from),
        DataType::Int32 => reader::<Int32Type, _>(values, i128::from),
        DataType::Int64 => reader::<Int64Type, _>(values, i128::from),
        DataType::UInt8 => reader::<UInt8Type, _>(values, i128::from),
        DataType::UInt16 => reader::<UInt16Type, _>(values, i128::from),
        DataType::UInt32 => reader::<UInt32Type, _>(values, i128::from),
        DataType::UInt64 => reader::<UInt64Type, _>(values, i128::from),
        _ => return None,
    })
}

/// Reads floats, and decimals as the nearest float; none for other types.
pub(super) fn floats_of(values: &dyn Array) -> Option<Reader<'_, f64>> {
    Some(match values.data_type() {
        DataType::Float32 => reader::<Float32Type, _>(values, f64::from),
        DataType::Float64 => reader::<Float64Type, _>(values, |value| value),
        DataType::Decimal128(..) | DataType::Decimal256(..) => {
            let (decimal_at, scale) = decimals_of(values)?;
            Box::new(move |row| decimal_to_float(decimal_at(row), scale.into()))
        }
        _ => return None,
    })
}

/// Reads decimals and integers as digits, and says how many of them stand after the point; none for other types.
pub(super) fn decimals_of(values: &dyn Array) -> Option<(Reader<'_, i256>, i8)> {
    Some(match values.data_type() {
        DataType::Decimal128(_, scale) => (reader::<Decimal128Type, _>(values, i256::from_i128), *scale),
        DataType::Decimal256(_, scale) => (reader::<Decimal256Type, _>(values, |value| value), *scale),
        data_type => {
            int_type(data_type)?;
            let int_at = ints_of(values)?;
            (Box::new(move |row| i256::from_i128(int_at(row))), 0)
        }
    })
}

/// Returns whether a value is NaN.
pub(super) fn is_nan(values: &ArrayRef, row: usize) -> bool {
    match values.data_type() {
        DataType::Float32 => values.as_primitive::<Float32Type>().value(row).is_nan(),
        DataType::Float64 => values.as_primitive::<Float64Type>().value(row).is_nan(),
        _ => false,
    }
}
