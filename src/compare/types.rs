//! What a column's type means, whatever its encoding, and the type in which two columns can be compared.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};

use crate::spec::{FeatureType, IntType};

/// How the types of two columns relate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Common {
    /// One type: encodings, time units and the order of a struct's fields are no difference.
    Same(FeatureType),
    /// Two types whose values can be compared without loss, and the type to name for both.
    ///
    /// The values need not be brought to that type: integers are compared with floats as they are, digit by digit.
    Lossless(FeatureType),
    /// Text against number, bool against number, list against scalar, a time with a zone against one without …
    None,
}

impl Common {
    pub fn feature_type(&self) -> Option<&FeatureType> {
        match self {
            Self::Same(feature_type) | Self::Lossless(feature_type) => Some(feature_type),
            Self::None => None,
        }
    }
}

/// Returns the type without its encoding: dictionary, large, view, fixed-size and run-end encodings are plain text, bytes
/// and lists; narrow decimals and floats are of the next width that features have; zones are UTC. Recursive.
pub fn normalised_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, value) => normalised_type(value),
        DataType::RunEndEncoded(_, values) => normalised_type(values.data_type()),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Float16 => DataType::Float32,
        DataType::Date64 => DataType::Date32,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("UTC".into())),
        DataType::LargeList(element)
        | DataType::List(element)
        | DataType::ListView(element)
        | DataType::LargeListView(element)
        | DataType::FixedSizeList(element, _) => list_of(normalised_type(element.data_type())),
        DataType::Struct(fields) => {
            struct_of(fields.iter().map(|f| (f.name().clone(), normalised_type(f.data_type()))))
        }
        DataType::Map(entries, _) => match map_parts(entries) {
            Some((key, value)) => map_of(normalised_type(key.data_type()), normalised_type(value.data_type())),
            None => data_type.clone(),
        },
        plain => plain.clone(),
    }
}

/// Returns how two columns' types relate. Symmetric, save for the order of a struct's fields.
///
/// A column of nulls is of any type. Numbers have a common type unless one of them is a bool; a date and a naive timestamp
/// meet at midnight; structs need not have the same fields, an absent one reads as null.
pub fn common_type(offline: &DataType, online: &DataType) -> Common {
    common(&normalised_type(offline), &normalised_type(online))
}

fn common(first: &DataType, second: &DataType) -> Common {
    use DataType::{
        Date32, Decimal128, Decimal256, Duration, Interval, List, Map, Null, Struct, Time32, Time64, Timestamp,
    };
    use FeatureType as F;
    let named = |feature_type: Option<F>, wrap: fn(F) -> Common| feature_type.map_or(Common::None, wrap);
    match (first, second) {
        // Nothing is known of either; any type will do, and keys need one.
        (Null, Null) => Common::Same(F::String),
        (Null, other) | (other, Null) => named(feature_type(other), Common::Same),
        (Timestamp(_, first), Timestamp(_, second)) => match (first, second) {
            (Some(_), Some(_)) => Common::Same(F::Timestamp),
            (None, None) => Common::Same(F::TimestampNaive),
            (Some(_), None) | (None, Some(_)) => Common::None,
        },
        (Date32, Timestamp(_, None)) | (Timestamp(_, None), Date32) => Common::Lossless(F::TimestampNaive),
        (Duration(_), Duration(_)) | (Time32(_) | Time64(_), Time32(_) | Time64(_)) | (Interval(_), Interval(_)) => {
            Common::Same(F::Duration)
        }
        (Duration(_), Interval(_)) | (Interval(_), Duration(_)) => Common::Lossless(F::Duration),
        (List(first), List(second)) => {
            map_common(common(first.data_type(), second.data_type()), |element| F::List(Box::new(element)))
        }
        (Struct(first), Struct(second)) => common_struct(first, second),
        (Map(first, _), Map(second, _)) => match (map_parts(first), map_parts(second)) {
            (Some(first), Some(second)) => {
                map_common(common_struct(&pair_fields(first), &pair_fields(second)), |entry| F::List(Box::new(entry)))
            }
            (None, _) | (_, None) => Common::None,
        },
        (first, second) if first == second => named(feature_type(first), Common::Same),
        (first, second) if first.is_floating() && second.is_floating() => Common::Lossless(F::Float64),
        (first, second) if is_number(first) && is_number(second) && (first.is_floating() || second.is_floating()) => {
            let single = [first, second].contains(&&DataType::Float32);
            let fits = [first, second].iter().all(|t| t.is_floating() || int_type(t).is_some_and(|int| int.bits <= 16));
            Common::Lossless(if single && fits { F::Float32 } else { F::Float64 })
        }
        (Decimal128(..) | Decimal256(..), second) if is_number(second) => common_decimal(first, second),
        (first, Decimal128(..) | Decimal256(..)) if is_number(first) => common_decimal(first, second),
        (first, second) => match (int_type(first), int_type(second)) {
            (Some(first), Some(second)) => Common::Lossless(common_int(first, second)),
            (None, _) | (_, None) => Common::None,
        },
    }
}

fn map_common(common: Common, wrap: impl Fn(FeatureType) -> FeatureType) -> Common {
    match common {
        Common::Same(inner) => Common::Same(wrap(inner)),
        Common::Lossless(inner) => Common::Lossless(wrap(inner)),
        Common::None => Common::None,
    }
}

fn common_struct(first: &Fields, second: &Fields) -> Common {
    let mut lossless = false;
    let mut fields = Vec::new();
    for field in first {
        let own = match second.find(field.name()) {
            Some((_, other)) => common(field.data_type(), other.data_type()),
            None => absent(field),
        };
        lossless |= matches!(own, Common::Lossless(_));
        match own {
            Common::Same(inner) | Common::Lossless(inner) => fields.push((field.name().clone(), inner)),
            Common::None => return Common::None,
        }
    }
    for field in second.iter().filter(|field| first.find(field.name()).is_none()) {
        lossless = true;
        match absent(field) {
            Common::Same(inner) | Common::Lossless(inner) => fields.push((field.name().clone(), inner)),
            Common::None => return Common::None,
        }
    }
    if lossless { Common::Lossless(FeatureType::Struct(fields)) } else { Common::Same(FeatureType::Struct(fields)) }
}

/// A field that the other struct lacks.
fn absent(field: &Field) -> Common {
    match field.data_type() {
        DataType::Null => Common::Lossless(FeatureType::String),
        data_type => feature_type(data_type).map_or(Common::None, Common::Lossless),
    }
}

fn common_int(first: IntType, second: IntType) -> FeatureType {
    let bits = first.bits.max(second.bits);
    if first.signed == second.signed {
        return FeatureType::Int(IntType { signed: first.signed, bits });
    }
    let unsigned = if first.signed { second } else { first };
    match bits.max(unsigned.bits.saturating_mul(2)) {
        bits @ ..=64 => FeatureType::Int(IntType { signed: true, bits }),
        // int64 and uint64: 20 digits hold both.
        _ => FeatureType::Decimal { precision: 20, scale: 0 },
    }
}

fn common_decimal(first: &DataType, second: &DataType) -> Common {
    let digits = |data_type: &DataType| match data_type {
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
            (i16::from(*precision) - i16::from(*scale), i16::from(*scale))
        }
        other => (int_type(other).map_or(0, |int| i16::from(digits_of(int))), 0),
    };
    let ((first_whole, first_scale), (second_whole, second_scale)) = (digits(first), digits(second));
    Common::Lossless(decimal(first_whole.max(second_whole), first_scale.max(second_scale)))
}

/// The decimal that can be declared nearest to so many digits before and after the point.
fn decimal(whole: i16, scale: i16) -> FeatureType {
    let scale = scale.clamp(0, 38);
    let precision = (whole.max(0) + scale).clamp(1, 38);
    FeatureType::Decimal { precision: precision as u8, scale: scale as i8 }
}

/// How many decimal digits the largest value of an integer type has.
pub(super) fn digits_of(int: IntType) -> u8 {
    match (int.bits, int.signed) {
        (..=8, _) => 3,
        (9..=16, _) => 5,
        (17..=32, _) => 10,
        (33.., true) => 19,
        (33.., false) => 20,
    }
}

/// The feature type of a normalised type; none where a feature cannot be declared so, even by its nearest type.
pub(super) fn feature_type(data_type: &DataType) -> Option<FeatureType> {
    Some(match data_type {
        DataType::Boolean => FeatureType::Bool,
        DataType::Float32 => FeatureType::Float32,
        DataType::Float64 => FeatureType::Float64,
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
            decimal(i16::from(*precision) - i16::from(*scale), i16::from(*scale))
        }
        DataType::Utf8 => FeatureType::String,
        DataType::Binary => FeatureType::Binary,
        DataType::Date32 => FeatureType::Date,
        DataType::Timestamp(_, Some(_)) => FeatureType::Timestamp,
        DataType::Timestamp(_, None) => FeatureType::TimestampNaive,
        // A time of day is the duration since midnight.
        DataType::Duration(_) | DataType::Interval(_) | DataType::Time32(_) | DataType::Time64(_) => {
            FeatureType::Duration
        }
        DataType::List(element) => FeatureType::List(Box::new(feature_type_or_text(element.data_type())?)),
        DataType::Struct(fields) => FeatureType::Struct(struct_type(fields)?),
        DataType::Map(entries, _) => {
            FeatureType::List(Box::new(FeatureType::Struct(struct_type(&pair_fields(map_parts(entries)?))?)))
        }
        other => FeatureType::Int(int_type(other)?),
    })
}

/// A list or struct may hold nothing but nulls where no type was seen.
fn feature_type_or_text(data_type: &DataType) -> Option<FeatureType> {
    if data_type.is_null() { Some(FeatureType::String) } else { feature_type(data_type) }
}

fn struct_type(fields: &Fields) -> Option<Vec<(String, FeatureType)>> {
    fields.iter().map(|field| Some((field.name().clone(), feature_type_or_text(field.data_type())?))).collect()
}

pub(super) fn int_type(data_type: &DataType) -> Option<IntType> {
    let (signed, bits) = match data_type {
        DataType::Int8 => (true, 8),
        DataType::Int16 => (true, 16),
        DataType::Int32 => (true, 32),
        DataType::Int64 => (true, 64),
        DataType::UInt8 => (false, 8),
        DataType::UInt16 => (false, 16),
        DataType::UInt32 => (false, 32),
        DataType::UInt64 => (false, 64),
        _ => return None,
    };
    Some(IntType { signed, bits })
}

pub(super) fn is_number(data_type: &DataType) -> bool {
    data_type.is_floating()
        || int_type(data_type).is_some()
        || matches!(data_type, DataType::Decimal128(..) | DataType::Decimal256(..))
}

/// The key and the value of a map's entries.
pub(super) fn map_parts(entries: &FieldRef) -> Option<(&FieldRef, &FieldRef)> {
    match entries.data_type() {
        DataType::Struct(fields) => match fields.as_ref() {
            [key, value] => Some((key, value)),
            _ => None,
        },
        _ => None,
    }
}

fn pair_fields((key, value): (&FieldRef, &FieldRef)) -> Fields {
    Fields::from(vec![
        Field::new("key", key.data_type().clone(), true),
        Field::new("value", value.data_type().clone(), true),
    ])
}

pub(super) fn list_of(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(element, true)))
}

pub(super) fn struct_of(fields: impl Iterator<Item = (String, DataType)>) -> DataType {
    DataType::Struct(fields.map(|(name, data_type)| Field::new(name, data_type, true)).collect())
}

/// A map under the names that Arrow gives its parts. Its keys are never null.
pub(super) fn map_of(key: DataType, value: DataType) -> DataType {
    let fields = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, true)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(fields), false)), false)
}

/// Nanoseconds in a unit.
pub(super) fn unit_ns(unit: TimeUnit) -> i128 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1_000,
        TimeUnit::Nanosecond => 1,
    }
}

/// Returns what a spec calls a type; Arrow's own name where a spec has none.
pub fn spoken_type(data_type: &DataType) -> String {
    match common_type(data_type, data_type) {
        Common::Same(feature_type) | Common::Lossless(feature_type) if !data_type.is_null() => feature_type.to_string(),
        Common::Same(_) | Common::Lossless(_) => "null".to_owned(),
        Common::None => data_type.to_string(),
    }
}

/// Returns whether values of a type are text, however they are encoded.
pub fn is_text(data_type: &DataType) -> bool {
    normalised_type(data_type) == DataType::Utf8
}

#[cfg(test)]
mod tests {
    use DataType::{
        Binary, Boolean, Date32, Decimal128, Dictionary, Float32, Float64, Int8, Int32, Int64, LargeUtf8, Null, UInt32,
        UInt64, Utf8, Utf8View,
    };

    use super::*;

    #[test]
    fn types_meet_without_loss_or_not_at_all() {
        let naive = |unit| DataType::Timestamp(unit, None);
        let zoned = |unit, zone: &str| DataType::Timestamp(unit, Some(zone.into()));
        let dictionary = Dictionary(Box::new(Int8), Box::new(LargeUtf8));
        let point =
            |names: [&str; 2], x| struct_of([(names[0].to_string(), x), (names[1].to_string(), Utf8)].into_iter());
        let swapped = struct_of([("b".to_string(), Utf8), ("a".to_string(), Int64)].into_iter());
        let cases = [
            (Utf8, dictionary, "same string"),
            (Utf8, Utf8View, "same string"),
            (naive(TimeUnit::Second), naive(TimeUnit::Nanosecond), "same timestamp_naive"),
            (zoned(TimeUnit::Second, "+01:00"), zoned(TimeUnit::Second, "UTC"), "same timestamp"),
            (Null, Int64, "same int64"),
            (list_of(Utf8), DataType::LargeList(Arc::new(Field::new("x", Utf8View, false))), "same list<string>"),
            (point(["a", "b"], Int64), swapped, "same struct<a: int64, b: string>"),
            (Int32, Int64, "lossless int64"),
            (Int32, UInt32, "lossless int64"),
            (Int64, UInt64, "lossless decimal(20,0)"),
            (Int32, Float64, "lossless float64"),
            (Int64, Float64, "lossless float64"),
            (Int8, Float32, "lossless float32"),
            (Float32, Float64, "lossless float64"),
            (Int64, Decimal128(10, 2), "lossless decimal(21,2)"),
            (Decimal128(10, 2), Decimal128(12, 4), "lossless decimal(12,4)"),
            (Date32, naive(TimeUnit::Second), "lossless timestamp_naive"),
            (point(["a", "b"], Int32), point(["a", "b"], Int64), "lossless struct<a: int64, b: string>"),
            (point(["a", "b"], Int64), point(["a", "c"], Int64), "lossless struct<a: int64, b: string, c: string>"),
            (Utf8, Int64, "none"),
            (Boolean, Int64, "none"),
            (Utf8, Binary, "none"),
            (list_of(Int64), Int64, "none"),
            (naive(TimeUnit::Second), zoned(TimeUnit::Second, "UTC"), "none"),
            (Date32, zoned(TimeUnit::Second, "UTC"), "none"),
        ];
        let describe = |common: Common| match common {
            Common::Same(feature_type) => format!("same {feature_type}"),
            Common::Lossless(feature_type) => format!("lossless {feature_type}"),
            Common::None => "none".to_string(),
        };
        for (offline, online, wanted) in cases {
            assert_eq!(describe(common_type(&offline, &online)), wanted, "{offline} and {online}");
            if !matches!(offline, DataType::Struct(_)) {
                assert_eq!(describe(common_type(&online, &offline)), wanted, "{online} and {offline}");
            }
        }
    }
}
