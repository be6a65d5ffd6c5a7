//! Encoders by a closed vocabulary: `ordinal` and `one_hot`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Decimal128Type, Field, Float64Type, Int64Type, UInt64Type};
use arrow::util::display::array_value_to_string;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::encoder::{Encoder, constant, element_type, elements, plain, refuse, scalar, varying};
use super::text::views;

pub(super) const ORDINAL: Encoder = Encoder {
    name: "ordinal",
    signature: "ordinal(x, [..])",
    summary: "Returns the place of x in the list of categories, from 0 on, as int64: -1 if it is not there, null if x \
              is null or NaN. Compares text with text, numbers with numbers by value, bool with bool.",
    reference: "scikit-learn OrdinalEncoder(categories=[list], handle_unknown='use_encoded_value', unknown_value=-1) \
                with a null for its encoded_missing_value. A list may be in any order, while scikit-learn wants \
                numbers sorted; as there, no category may occur twice. A null in the list is refused.",
    example: "ordinal('FR', ['DE', 'FR', 'US'])",
    example_result: "1",
    arguments: &[varying("x"), constant("categories")],
    result_type: |types| require_comparable(types).map(|()| DataType::Int64),
    check: |constants| check(constants, Missing::Refused),
    evaluate: ordinal,
};

pub(super) const ONE_HOT: Encoder = Encoder {
    name: "one_hot",
    signature: "one_hot(x, [..])",
    summary: "Returns a list of float64 as long as the list of categories: 1 at the place of x, else 0. An unknown x \
              gives zeros only; so does a null or NaN, which is one more unknown value, unless the list holds a null \
              (or NaN): then it has that place.",
    reference: "scikit-learn OneHotEncoder(categories=[list], handle_unknown='ignore', sparse_output=False). A list \
                may be in any order, while scikit-learn wants numbers sorted; as there, no category may occur twice.",
    example: "one_hot('FR', ['DE', 'FR', 'US'])",
    example_result: "[0.0, 1.0, 0.0]",
    arguments: &[varying("x"), constant("categories")],
    result_type: |types| require_comparable(types).map(|()| DataType::List(one_hot_field())),
    check: |constants| check(constants, Missing::Allowed),
    evaluate: one_hot,
};

/// Whether a list of categories may hold a null or NaN.
#[derive(Clone, Copy, PartialEq)]
enum Missing {
    Allowed,
    Refused,
}

/// Where a value stands in the vocabulary.
#[derive(Clone, Copy)]
enum Place {
    Known(usize),
    Unknown,
    Missing,
}

/// A number by its value, so that 2 is 2.0 and integers beyond 2^53 stay apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Number {
    Integer(i128),
    /// The bits of a float that is no integer, or too large for one.
    Other(u64),
}

/// What values are compared as.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Number,
    Bool,
    Null,
}

fn ordinal(args: &[ColumnarValue], n_rows: usize) -> Result<ArrayRef> {
    let (places, _) = places(args, n_rows, Missing::Refused)?;
    let codes: Int64Array = places
        .into_iter()
        .map(|place| match place {
            Place::Known(index) => Some(index as i64),
            Place::Unknown => Some(-1),
            Place::Missing => None,
        })
        .collect();
    Ok(Arc::new(codes))
}

fn one_hot(args: &[ColumnarValue], n_rows: usize) -> Result<ArrayRef> {
    let (places, width) = places(args, n_rows, Missing::Allowed)?;
    let Some(n_values) = width.checked_mul(n_rows).filter(|n_values| i32::try_from(*n_values).is_ok()) else {
        return exec_err!("{width} categories are too many for `one_hot` over a batch of {n_rows} rows");
    };
    let mut values = vec![0.0; n_values];
    for (row, place) in values.chunks_exact_mut(width).zip(places) {
        if let Place::Known(index) = place
            && let Some(value) = row.get_mut(index)
        {
            *value = 1.0;
        }
    }
    let offsets = OffsetBuffer::from_repeated_length(width, n_rows);
    Ok(Arc::new(ListArray::try_new(one_hot_field(), offsets, Arc::new(Float64Array::from(values)), None)?))
}

fn one_hot_field() -> Arc<Field> {
    Arc::new(Field::new_list_field(DataType::Float64, true))
}

fn check(constants: &[Option<&ScalarValue>], missing: Missing) -> Result<()> {
    let [_, Some(categories)] = constants else { return Ok(()) };
    let categories = elements(categories)?;
    look_up_any(&categories, &categories.slice(0, 0), missing).map(|_| ())
}

/// Returns the place of each row's value, and the number of categories.
fn places(args: &[ColumnarValue], n_rows: usize, missing: Missing) -> Result<(Vec<Place>, usize)> {
    let [x, categories] = args else { return refuse("takes 2 arguments") };
    let categories = elements(scalar(categories)?)?;
    let places = look_up_any(&categories, &x.to_array(n_rows)?, missing)?;
    Ok((places, categories.len()))
}

fn look_up_any(categories: &ArrayRef, x: &ArrayRef, missing: Missing) -> Result<Vec<Place>> {
    if categories.is_empty() {
        return refuse("the list of categories is empty");
    }
    let looked_up = match kind(categories.data_type())? {
        Kind::Text | Kind::Null => look_up(views(categories)?.iter(), views(x)?.iter()),
        Kind::Bool => look_up(bools(categories)?.iter(), bools(x)?.iter()),
        Kind::Number => {
            // As scikit-learn does: the categories take the precision of float32 values, so that 0.1 finds 0.1.
            let categories = match plain(x.data_type()) {
                precision @ (DataType::Float16 | DataType::Float32) => cast(categories, precision)?,
                _ => Arc::clone(categories),
            };
            look_up(numbers(&categories)?.into_iter(), numbers(x)?.into_iter())
        }
    };
    match looked_up {
        Ok((_, Some(_))) if missing == Missing::Refused => {
            refuse("leave null and NaN out of the categories: they always become null")
        }
        Ok((places, _)) => Ok(places),
        Err(repeated) => {
            let text = array_value_to_string(categories, repeated)?;
            refuse(format!("category `{}` occurs twice", text.escape_debug()))
        }
    }
}

/// Returns the place of each value of x, and that of the missing value; else the index of a category seen before.
fn look_up<K: Hash + Eq>(
    categories: impl Iterator<Item = Option<K>>,
    x: impl Iterator<Item = Option<K>>,
) -> std::result::Result<(Vec<Place>, Option<usize>), usize> {
    let mut vocabulary = HashMap::with_capacity(categories.size_hint().0);
    for (index, category) in categories.enumerate() {
        match vocabulary.entry(category) {
            Entry::Occupied(_) => return Err(index),
            Entry::Vacant(entry) => entry.insert(index),
        };
    }
    let places = x
        .map(|value| match vocabulary.get(&value) {
            Some(index) => Place::Known(*index),
            None if value.is_none() => Place::Missing,
            None => Place::Unknown,
        })
        .collect();
    Ok((places, vocabulary.get(&None).copied()))
}

fn require_comparable(types: &[DataType]) -> Result<()> {
    let [x, list] = types else { return refuse("takes 2 arguments") };
    let category = element_type(list)?;
    let (x_kind, category_kind) = (kind(x)?, kind(category)?);
    if x_kind == category_kind || x_kind == Kind::Null || category_kind == Kind::Null {
        return Ok(());
    }
    refuse(format!("x is {x} and the categories are {category}, which are never equal: cast one to the other's type"))
}

fn kind(data_type: &DataType) -> Result<Kind> {
    match plain(data_type) {
        DataType::Null => Ok(Kind::Null),
        DataType::Boolean => Ok(Kind::Bool),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Ok(Kind::Text),
        number if number.is_numeric() => Ok(Kind::Number),
        other => refuse(format!("categories are text, numbers or bool, not {other}: cast it to text")),
    }
}

fn bools(array: &ArrayRef) -> Result<BooleanArray> {
    Ok(cast(array, &DataType::Boolean)?.as_boolean().clone())
}

/// Returns the numbers of an array by value; null and NaN are `None`.
fn numbers(array: &ArrayRef) -> Result<Vec<Option<Number>>> {
    let integer = |value: i128| Some(Number::Integer(value));
    Ok(match plain(array.data_type()) {
        DataType::UInt64 => cast(array, &DataType::UInt64)?
            .as_primitive::<UInt64Type>()
            .iter()
            .map(|value| value.and_then(|value| integer(value.into())))
            .collect(),
        data_type if data_type.is_integer() => cast(array, &DataType::Int64)?
            .as_primitive::<Int64Type>()
            .iter()
            .map(|value| value.and_then(|value| integer(value.into())))
            .collect(),
        // A list of signed integers and uint64 is one of decimals: beyond 2^53, a float would lose digits.
        &DataType::Decimal128(_, scale) | &DataType::Decimal64(_, scale) | &DataType::Decimal32(_, scale) => {
            let floats = cast(array, &DataType::Float64)?;
            let decimals = cast(array, &DataType::Decimal128(DECIMAL128_MAX_PRECISION, scale))?;
            let unit = u32::try_from(scale).ok().and_then(|digits| 10_i128.checked_pow(digits));
            decimals
                .as_primitive::<Decimal128Type>()
                .iter()
                .zip(floats.as_primitive::<Float64Type>())
                .map(|(decimal, float)| match (decimal, unit) {
                    (Some(decimal), Some(unit)) if decimal % unit == 0 => integer(decimal / unit),
                    _ => float.and_then(number_of_float),
                })
                .collect()
        }
        _ => cast(array, &DataType::Float64)?
            .as_primitive::<Float64Type>()
            .iter()
            .map(|value| value.and_then(number_of_float))
            .collect(),
    })
}

fn number_of_float(value: f64) -> Option<Number> {
    if value.is_nan() {
        return None;
    }
    // Every float below 2^64 without a fraction is exact as an i128, and no integer of SQL is larger.
    if value.fract() == 0.0 && value.abs() <= u64::MAX as f64 {
        return Some(Number::Integer(value as i128));
    }
    Some(Number::Other(value.to_bits()))
}

#[cfg(test)]
mod tests {
    use arrow::array::{DictionaryArray, Float32Array, LargeStringArray, StringArray, StringViewArray, UInt64Array};
    use arrow::datatypes::Int32Type;

    use super::super::testing::{column, error, values};
    use super::*;

    /// scikit-learn 1.9.1: `OrdinalEncoder(categories=[['a', 'b']], handle_unknown='use_encoded_value',
    /// unknown_value=-1)` gives 0, 1, -1 for a, b, z.
    #[tokio::test]
    async fn ordinal_counts_from_zero_and_gives_minus_one_to_the_unknown() {
        let x = Arc::new(StringArray::from(vec![Some("a"), Some("b"), Some("z"), None, Some("A"), Some("")]));
        assert_eq!(column("ordinal(x, ['a', 'b'])", x).await, ["0", "1", "-1", "null", "-1", "-1"]);
    }

    #[tokio::test]
    async fn every_encoding_of_text_gives_the_same_codes() {
        let texts = [Some("b"), None, Some("z"), Some("a")];
        let encodings: [ArrayRef; 4] = [
            Arc::new(StringArray::from_iter(texts)),
            Arc::new(LargeStringArray::from_iter(texts)),
            Arc::new(StringViewArray::from_iter(texts)),
            Arc::new(DictionaryArray::<Int32Type>::from_iter(texts)),
        ];
        for x in encodings {
            assert_eq!(column("ordinal(x, ['a', 'b'])", Arc::clone(&x)).await, ["1", "null", "-1", "0"]);
            assert_eq!(
                column("one_hot(x, ['a', 'b'])", x).await,
                ["[0.0, 1.0]", "[0.0, 0.0]", "[0.0, 0.0]", "[1.0, 0.0]"]
            );
        }
    }

    #[tokio::test]
    async fn numbers_are_found_by_value() {
        let x = Arc::new(Float64Array::from(vec![1.0, -0.0, 2.5, f64::NAN, f64::INFINITY, 9_007_199_254_740_992.0]));
        assert_eq!(
            column("ordinal(x, [0, 1, 9007199254740993])", Arc::clone(&x) as ArrayRef).await,
            ["1", "0", "-1", "null", "-1", "-1"]
        );
        assert_eq!(column("ordinal(x, [2.5, 1, 0])", x).await, ["1", "2", "0", "null", "-1", "-1"]);
        let large = Arc::new(UInt64Array::from(vec![u64::MAX, 5]));
        assert_eq!(column("ordinal(x, [5, 18446744073709551615])", large).await, ["1", "0"]);
    }

    #[tokio::test]
    async fn decimals_are_found_by_value() {
        let x = Arc::new(Float64Array::from(vec![2.0, 2.5, 3.0]));
        let decimal = "CAST(x AS DECIMAL(10, 2))";
        assert_eq!(column(&format!("ordinal({decimal}, [2.5, 2])"), x).await, ["1", "0", "-1"]);
    }

    /// scikit-learn converts the categories to the dtype of x.
    #[tokio::test]
    async fn a_float32_finds_the_category_that_rounds_to_it() {
        let x = Arc::new(Float32Array::from(vec![0.1, 0.2]));
        assert_eq!(column("ordinal(x, [0.1, 0.3])", x).await, ["0", "-1"]);
    }

    #[tokio::test]
    async fn bools_are_categories_too() {
        let x = Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]));
        assert_eq!(column("ordinal(x, [false, true])", x).await, ["1", "0", "null"]);
    }

    /// scikit-learn 1.9.1: `OneHotEncoder(categories=[['b', 'a']], handle_unknown='ignore')` gives
    /// [0, 1], [1, 0], [0, 0], [0, 0] for a, b, None, z; with `[None, 'a']`, None has a place.
    #[tokio::test]
    async fn one_hot_gives_zeros_to_null_unless_it_is_a_category() {
        let x: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some("b"), None, Some("z")]));
        assert_eq!(
            column("one_hot(x, ['b', 'a'])", Arc::clone(&x)).await,
            ["[0.0, 1.0]", "[1.0, 0.0]", "[0.0, 0.0]", "[0.0, 0.0]"]
        );
        assert_eq!(
            column("one_hot(x, [NULL, 'a'])", x).await,
            ["[0.0, 1.0]", "[0.0, 0.0]", "[1.0, 0.0]", "[0.0, 0.0]"]
        );
    }

    #[tokio::test]
    async fn an_untyped_null_is_a_missing_value() {
        assert_eq!(values("ordinal(NULL, ['a'])").await, ["null"]);
        assert_eq!(values("ordinal(NULL, [1])").await, ["null"]);
        assert_eq!(values("one_hot(NULL, [1, 2])").await, ["[0.0, 0.0]"]);
    }

    #[tokio::test]
    async fn lists_that_mean_nothing_are_refused_while_planning() {
        assert!(error("ordinal('a', ['a', 'b', 'a'])").await.contains("category `a` occurs twice"));
        assert!(error("one_hot(1, [1, 1.0])").await.contains("category `1.0` occurs twice"));
        assert!(error("ordinal('a', ['a', NULL])").await.contains("leave null and NaN out"));
        assert!(error("one_hot('a', [])").await.contains("the list of categories is empty"));
        assert!(error("ordinal('a', [1, 2])").await.contains("cast one to the other's type"));
        assert!(error("ordinal('a', 'a')").await.contains("the second argument is a list"));
        assert!(error("ordinal('a')").await.contains("takes 2 argument(s), not 1"));
        assert!(error("ordinal(DATE '2024-01-01', ['a'])").await.contains("cast it to text"));
    }

    #[tokio::test]
    async fn a_list_that_depends_on_a_column_is_refused_while_planning() {
        let message = error("ordinal(t.x, [t.x, 'b']) FROM (SELECT chr(i) AS x FROM (VALUES (97), (98)) v(i)) t").await;
        assert!(message.contains("in `ordinal(x, [..])`: `categories` must be the same for every row"), "{message}");
    }
}
