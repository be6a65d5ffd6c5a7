//! Bools and numbers to bools and numbers, where the value stays the same.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type, i256,
};

use super::super::agreement::{Reader, decimals_of, floats_of, ints_of};
use super::super::numbers::{decimal_to_float, whole};
use super::super::types::{digits_of, int_type};
use super::cells::{Converted, bools, primitives};
use super::text_number::{DecimalText, parse_bool, parse_f32, parse_f64};

/// A value on its way from one type of numbers to another.
#[derive(Debug, Clone, Copy)]
enum Number {
    Int(i128),
    Float64(f64),
    Float32(f32),
    /// Digits, of which so many stand after the point.
    Decimal(i256, i8),
}

impl Number {
    fn to_int(self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(value),
            Self::Float64(value) => whole(value),
            Self::Float32(value) => whole(value.into()),
            Self::Decimal(digits, scale) => rescaled(digits, scale, 0)?.to_i128(),
        }
    }

    fn to_bool(self) -> Option<bool> {
        match self.to_int()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// The nearest float; none if a finite number would become infinite.
    fn to_f64(self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(value as f64),
            Self::Float64(value) => Some(value),
            Self::Float32(value) => Some(value.into()),
            Self::Decimal(digits, scale) => {
                Some(decimal_to_float(digits, scale.into())).filter(|value| value.is_finite())
            }
        }
    }

    fn to_f32(self) -> Option<f32> {
        match self {
            Self::Int(value) => Some(value as f32).filter(|value| value.is_finite()),
            Self::Float64(value) => Some(value as f32).filter(|single| single.is_finite() || !value.is_finite()),
            Self::Float32(value) => Some(value),
            // By way of a float64 it would be rounded twice.
            Self::Decimal(digits, scale) => parse_f32(&format!("{digits}e{}", -i32::from(scale))),
        }
    }

    fn to_decimal(self, precision: u8, scale: i8) -> Option<i128> {
        let digits = match self {
            Self::Int(value) => rescaled(i256::from_i128(value), 0, scale)?,
            Self::Decimal(digits, own_scale) => rescaled(digits, own_scale, scale)?,
            Self::Float64(value) => match whole(value) {
                Some(value) => rescaled(i256::from_i128(value), 0, scale)?,
                None => DecimalText::parse(&format!("{value:e}"))?.at_scale(scale.into(), precision)?,
            },
            Self::Float32(value) => match whole(value.into()) {
                Some(value) => rescaled(i256::from_i128(value), 0, scale)?,
                None => DecimalText::parse(&format!("{value:e}"))?.at_scale(scale.into(), precision)?,
            },
        };
        let digits = digits.to_i128()?;
        (digits.unsigned_abs() < 10u128.checked_pow(precision.into())?).then_some(digits)
    }
}

/// The digits at another scale; none if a digit other than 0 would be lost.
fn rescaled(digits: i256, from_scale: i8, to_scale: i8) -> Option<i256> {
    if digits == i256::ZERO {
        return Some(digits);
    }
    let power = i256::from_i128(10).checked_pow(u32::from(from_scale.abs_diff(to_scale)))?;
    if to_scale >= from_scale {
        return digits.checked_mul(power);
    }
    (digits.checked_rem(power)? == i256::ZERO).then(|| digits.checked_div(power))?
}

fn numbers_of(values: &dyn Array) -> Option<Reader<'_, Number>> {
    Some(match values.data_type() {
        DataType::Boolean => {
            let bools = values.as_boolean();
            Box::new(|row| Number::Int(bools.value(row).into()))
        }
        DataType::Float32 => {
            let floats = values.as_primitive::<Float32Type>();
            Box::new(|row| Number::Float32(floats.value(row)))
        }
        DataType::Float64 => {
            let float_at = floats_of(values)?;
            Box::new(move |row| Number::Float64(float_at(row)))
        }
        DataType::Decimal128(..) | DataType::Decimal256(..) => {
            let (decimal_at, scale) = decimals_of(values)?;
            Box::new(move |row| Number::Decimal(decimal_at(row), scale))
        }
        _ => {
            let int_at = ints_of(values)?;
            Box::new(move |row| Number::Int(int_at(row)))
        }
    })
}

/// Converts bools and numbers to bools or numbers; none if either is of another type.
pub(super) fn convert(values: &dyn Array, target: &DataType) -> Option<Converted> {
    let number_at = numbers_of(values)?;
    Some(match target {
        DataType::Boolean => bools(values, |row| number_at(row).to_bool()),
        DataType::Float32 => primitives::<Float32Type>(values, target, |row| number_at(row).to_f32()),
        DataType::Float64 => primitives::<Float64Type>(values, target, |row| number_at(row).to_f64()),
        DataType::Decimal128(precision, scale) => {
            primitives::<Decimal128Type>(values, target, |row| number_at(row).to_decimal(*precision, *scale))
        }
        _ => ints(values, target, |row| number_at(row).to_int())?,
    })
}

/// Converts texts to bools or numbers; none if the target is of another type.
pub(super) fn parse(values: &dyn Array, target: &DataType) -> Option<Converted> {
    let texts = values.as_string_opt::<i32>()?;
    Some(match target {
        DataType::Boolean => bools(values, |row| parse_bool(texts.value(row))),
        DataType::Float32 => primitives::<Float32Type>(values, target, |row| parse_f32(texts.value(row))),
        DataType::Float64 => primitives::<Float64Type>(values, target, |row| parse_f64(texts.value(row))),
        DataType::Decimal128(precision, scale) => primitives::<Decimal128Type>(values, target, |row| {
            DecimalText::parse(texts.value(row))?.at_scale((*scale).into(), *precision)?.to_i128()
        }),
        _ => ints(values, target, |row| {
            let text = texts.value(row);
            // Plain digits are the rule, and need no memory.
            text.parse().ok().or_else(|| DecimalText::parse(text)?.to_int())
        })?,
    })
}

fn ints(values: &dyn Array, target: &DataType, cell: impl Fn(usize) -> Option<i128>) -> Option<Converted> {
    macro_rules! narrowed {
        ($type:ty) => {
            primitives::<$type>(values, target, |row| cell(row)?.try_into().ok())
        };
    }
    Some(match target {
        DataType::Int8 => narrowed!(Int8Type),
        DataType::Int16 => narrowed!(Int16Type),
        DataType::Int32 => narrowed!(Int32Type),
        DataType::Int64 => narrowed!(Int64Type),
        DataType::UInt8 => narrowed!(UInt8Type),
        DataType::UInt16 => narrowed!(UInt16Type),
        DataType::UInt32 => narrowed!(UInt32Type),
        DataType::UInt64 => narrowed!(UInt64Type),
        _ => return None,
    })
}

/// Returns whether a bool or number of one type always has a value in another.
pub(super) fn always_fits(from: &DataType, target: &DataType) -> bool {
    use DataType::{Boolean, Decimal128, Float32, Float64};
    match (from, target) {
        (from, target) if from == target => true,
        (Boolean, Decimal128(precision, scale)) => i16::from(*precision) > i16::from(*scale),
        (Boolean, _) => true,
        (Float32, Float64) => true,
        // 38 digits are below the largest float32.
        (Decimal128(_, scale), Float32 | Float64) => *scale >= 0,
        (Decimal128(own_precision, own_scale), Decimal128(precision, scale)) => {
            let whole = |precision: &u8, scale: &i8| i16::from(*precision) - i16::from(*scale);
            scale >= own_scale && whole(precision, scale) >= whole(own_precision, own_scale)
        }
        (from, target) => match (int_type(from), int_type(target), target) {
            (Some(_), None, Float32 | Float64) => true,
            (Some(own), None, Decimal128(precision, scale)) => {
                *scale >= 0 && i16::from(*precision) - i16::from(*scale) >= i16::from(digits_of(own))
            }
            (Some(own), Some(other), _) => match (own.signed, other.signed) {
                (true, false) => false,
                (false, true) => other.bits > own.bits,
                (true, true) | (false, false) => other.bits >= own.bits,
            },
            (_, _, _) => false,
        },
    }
}
