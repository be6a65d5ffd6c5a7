//! The encoder `bucketize`: which interval a number falls into.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::util::display::array_value_to_string;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ColumnarValue;

use super::encoder::{Encoder, constant, element_type, elements, plain, refuse, scalar, varying};

pub(super) const BUCKETIZE: Encoder = Encoder {
    name: "bucketize",
    signature: "bucketize(x, [..])",
    summary: "Returns how many of the ascending boundaries are not above x, as int64: 0 below the first one, their \
              number from the last one on, and for NaN; null if x is null.",
    reference: "numpy.digitize(x, bins, right=False); the Keras layer Discretization has the same buckets, in \
                float32. As in numpy, a boundary may be repeated, and integers are compared exactly if x and all \
                boundaries are integers. Unlike there, descending boundaries and NaN among them are refused.",
    example: "bucketize(18, [18, 30, 65])",
    example_result: "1",
    arguments: &[varying("x"), constant("boundaries")],
    result_type,
    check,
    evaluate,
};

fn result_type(types: &[DataType]) -> Result<DataType> {
    let [x, list] = types else { return refuse("takes 2 arguments") };
    for number in [plain(x), element_type(list)?] {
        if !number.is_numeric() && !number.is_null() {
            return refuse(format!("x and the boundaries are numbers, not {number}"));
        }
    }
    Ok(DataType::Int64)
}

fn check(constants: &[Option<&ScalarValue>]) -> Result<()> {
    let [_, Some(boundaries)] = constants else { return Ok(()) };
    let boundaries = elements(boundaries)?;
    if boundaries.is_empty() {
        return refuse("the list of boundaries is empty");
    }
    if boundaries.null_count() > 0 || boundaries.data_type().is_null() {
        return refuse("a boundary is null");
    }
    let disorder = match common_type(boundaries.data_type(), boundaries.data_type()) {
        DataType::Int64 => first_disorder::<Int64Type>(&boundaries)?,
        _ => first_disorder::<Float64Type>(&boundaries)?,
    };
    let Some(at) = disorder else { return Ok(()) };
    let before = array_value_to_string(&boundaries, at.saturating_sub(1))?;
    let boundary = array_value_to_string(&boundaries, at)?;
    refuse(format!("the boundaries must ascend, but `{boundary}` follows `{before}`"))
}

/// Returns the index of the first boundary that is NaN or under the one before it.
fn first_disorder<T: ArrowPrimitiveType>(boundaries: &ArrayRef) -> Result<Option<usize>> {
    let boundaries = cast(boundaries, &T::DATA_TYPE)?;
    let values: &[T::Native] = boundaries.as_primitive::<T>().values();
    let is_number = |value: &T::Native| value.partial_cmp(value).is_some();
    if values.first().is_some_and(|first| !is_number(first)) {
        return Ok(Some(0));
    }
    // NaN is not comparable with what it follows.
    let is_ordered = |pair: &[T::Native]| matches!(pair, [before, value] if before <= value);
    Ok(values.windows(2).position(|pair| !is_ordered(pair)).map(|before| before + 1))
}

fn evaluate(args: &[ColumnarValue], n_rows: usize) -> Result<ArrayRef> {
    let [x, boundaries] = args else { return refuse("takes 2 arguments") };
    check(&[None, Some(scalar(boundaries)?)])?;
    let boundaries = elements(scalar(boundaries)?)?;
    let x = x.to_array(n_rows)?;
    match common_type(x.data_type(), boundaries.data_type()) {
        DataType::Int64 => digitize::<Int64Type>(&x, &boundaries),
        _ => digitize::<Float64Type>(&x, &boundaries),
    }
}

/// The type in which numpy compares: only UInt64 against signed integers becomes a float.
fn common_type(x: &DataType, boundary: &DataType) -> DataType {
    let fits_int64 = |data_type: &DataType| data_type.is_integer() && *data_type != DataType::UInt64;
    if fits_int64(plain(x)) && fits_int64(plain(boundary)) { DataType::Int64 } else { DataType::Float64 }
}

fn digitize<T: ArrowPrimitiveType>(x: &ArrayRef, boundaries: &ArrayRef) -> Result<ArrayRef> {
    let (x, boundaries) = (cast(x, &T::DATA_TYPE)?, cast(boundaries, &T::DATA_TYPE)?);
    let boundaries: &[T::Native] = boundaries.as_primitive::<T>().values();
    // Written so that NaN, which is above nothing, still ends behind every boundary, as numpy sorts it.
    let buckets: Int64Array = x.as_primitive::<T>().unary(|value: T::Native| {
        boundaries.partition_point(|boundary| !matches!(value.partial_cmp(boundary), Some(std::cmp::Ordering::Less)))
            as i64
    });
    Ok(Arc::new(buckets))
}

#[cfg(test)]
mod tests {
    use arrow::array::Float64Array;

    use super::super::testing::{column, error, values};
    use super::*;

    /// numpy 2.4.6: `np.digitize([nan, 1, 0, 2, 3, -inf, inf], [0, 1, 2])` is [3, 2, 1, 3, 3, 0, 3].
    #[tokio::test]
    async fn a_boundary_belongs_to_the_bucket_above_it() {
        let x = vec![f64::NAN, 1.0, 0.0, 2.0, 3.0, f64::NEG_INFINITY, f64::INFINITY].into_iter().map(Some);
        let x = Arc::new(Float64Array::from_iter(x.chain([None])));
        assert_eq!(column("bucketize(x, [0, 1, 2])", x).await, ["3", "2", "1", "3", "3", "0", "3", "null"]);
    }

    /// numpy 2.4.6: `np.digitize([0, 1, 2], [1, 1, 2])` is [0, 2, 3].
    #[tokio::test]
    async fn a_boundary_may_be_repeated() {
        let x = Arc::new(Int64Array::from(vec![0, 1, 2]));
        assert_eq!(column("bucketize(x, [1, 1, 2])", x).await, ["0", "2", "3"]);
    }

    #[tokio::test]
    async fn integers_are_compared_exactly() {
        assert_eq!(values("bucketize(9007199254740992, [9007199254740993])").await, ["0"]);
        // As floats, the two are the same number.
        assert_eq!(values("bucketize(9007199254740992.0, [9007199254740993])").await, ["1"]);
    }

    #[tokio::test]
    async fn negative_zero_is_zero() {
        assert_eq!(values("bucketize(-0.0, [0.0])").await, ["1"]);
    }

    #[tokio::test]
    async fn boundaries_out_of_order_are_refused_while_planning() {
        assert!(error("bucketize(1, [1, 3, 2])").await.contains("must ascend, but `2` follows `3`"));
        assert!(error("bucketize(1, [0.5, CAST('NaN' AS DOUBLE)])").await.contains("must ascend, but `NaN`"));
        assert!(error("bucketize(1, [CAST('NaN' AS DOUBLE), 1.0])").await.contains("must ascend, but `NaN`"));
        assert!(error("bucketize(1, [1, NULL])").await.contains("a boundary is null"));
        assert!(error("bucketize(1, [])").await.contains("the list of boundaries is empty"));
        assert!(error("bucketize('1', [1])").await.contains("are numbers, not Utf8"));
        assert!(error("bucketize(1, ['1'])").await.contains("are numbers, not Utf8"));
    }
}
