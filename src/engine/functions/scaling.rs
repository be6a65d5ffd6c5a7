//! Encoders that move and limit numbers: `clip`, `zscore`, `minmax`.

use std::ops::{Add, Div, Mul, Sub};
use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ColumnarValue;

use super::encoder::{Encoder, plain, refuse, varying};

pub(super) const CLIP: Encoder = Encoder {
    name: "clip",
    signature: "clip(x, lo, hi)",
    summary: "Returns x, but no less than lo and no more than hi; hi wins where lo is above it. A null bound is no \
              bound, NaN stays NaN and makes NaN as a bound, null stays null. An integer x with integer bounds keeps \
              its type, float32 stays float32 (with bounds rounded to it), all else is float64.",
    reference: "numpy.clip(x, lo, hi) with Python numbers as bounds. A result that an integer type cannot hold, as \
                of clip(uint8, -5, -1), is an error, as there.",
    example: "clip(130, 0, 120)",
    example_result: "120",
    arguments: &[varying("x"), varying("lo"), varying("hi")],
    result_type: clip_type,
    check: |_| Ok(()),
    evaluate: clip,
};

pub(super) const ZSCORE: Encoder = Encoder {
    name: "zscore",
    signature: "zscore(x, mean, std)",
    summary: "Returns (x - mean) / std, and x - mean where std is 0; null if any argument is null. float32 if x is \
              float32 (then mean and std are rounded to it first), else float64.",
    reference: "scikit-learn StandardScaler.transform with mean_ = mean and scale_ = std. A constant that is null, or \
                a negative std, is refused. std is the population's (numpy.std, ddof=0), as StandardScaler fits it.",
    example: "zscore(7.0, 4.0, 2.0)",
    example_result: "1.5",
    arguments: &[varying("x"), varying("mean"), varying("std")],
    result_type: scaled_type,
    check: |constants| {
        refuse_null(constants, ["mean", "std"])?;
        match constants {
            [_, _, Some(std)] if float(std)? < Some(0.0) => refuse(format!("std is negative: `{std}`")),
            _ => Ok(()),
        }
    },
    evaluate: |args, n_rows| match plain(&args_type(args)) {
        DataType::Float32 => combine::<Float32Type>(args, n_rows, zscore_of),
        _ => combine::<Float64Type>(args, n_rows, zscore_of),
    },
};

pub(super) const MINMAX: Encoder = Encoder {
    name: "minmax",
    signature: "minmax(x, lo, hi)",
    summary: "Returns x scaled so that lo becomes 0 and hi becomes 1, without limiting it to that range; x - lo where \
              the two are (nearly) the same. Null if any argument is null; float32 if x is float32 (then lo and hi \
              are rounded to it first), else float64.",
    reference: "scikit-learn MinMaxScaler(feature_range=(0, 1), clip=False).transform with data_min_ = lo and \
                data_max_ = hi, in its order of operations: x * scale + (0 - lo * scale) with scale = 1 / (hi - lo), \
                or 1 where hi - lo < 10 machine epsilons. A constant that is null, or lo above hi, is refused.",
    example: "minmax(15.0, 10.0, 20.0)",
    example_result: "0.5",
    arguments: &[varying("x"), varying("lo"), varying("hi")],
    result_type: scaled_type,
    check: |constants| {
        refuse_null(constants, ["lo", "hi"])?;
        match constants {
            [_, Some(lo), Some(hi)] if float(lo)? > float(hi)? => refuse(format!("lo `{lo}` is above hi `{hi}`")),
            _ => Ok(()),
        }
    },
    evaluate: |args, n_rows| match plain(&args_type(args)) {
        DataType::Float32 => combine::<Float32Type>(args, n_rows, minmax_of),
        _ => combine::<Float64Type>(args, n_rows, minmax_of),
    },
};

/// The arithmetic of both float types.
trait Float: Copy + PartialOrd + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    const ZERO: Self;
    const ONE: Self;
    /// Under this, a range counts as none.
    const NEAR_ZERO: Self;
}

impl Float for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const NEAR_ZERO: Self = 10.0 * f32::EPSILON;
}

impl Float for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const NEAR_ZERO: Self = 10.0 * f64::EPSILON;
}

fn zscore_of<F: Float>(x: Option<F>, mean: Option<F>, std: Option<F>) -> Option<F> {
    let (x, mean, std) = (x?, mean?, std?);
    Some((x - mean) / if std == F::ZERO { F::ONE } else { std })
}

fn minmax_of<F: Float>(x: Option<F>, lo: Option<F>, hi: Option<F>) -> Option<F> {
    let (x, lo, hi) = (x?, lo?, hi?);
    let range = hi - lo;
    let scale = F::ONE / if range < F::NEAR_ZERO { F::ONE } else { range };
    Some(x * scale + (F::ZERO - lo * scale))
}

/// Works for integers and floats: what is not comparable with itself is NaN, and stays.
fn clip_of<N: Copy + PartialOrd>(x: Option<N>, lo: Option<N>, hi: Option<N>) -> Option<N> {
    let is_nan = |value: N| value.partial_cmp(&value).is_none();
    let mut clipped = x?;
    if let Some(lo) = lo
        && !is_nan(clipped)
        && (is_nan(lo) || clipped < lo)
    {
        clipped = lo;
    }
    if let Some(hi) = hi
        && !is_nan(clipped)
        && (is_nan(hi) || clipped > hi)
    {
        clipped = hi;
    }
    Some(clipped)
}

fn clip(args: &[ColumnarValue], n_rows: usize) -> Result<ArrayRef> {
    let types: Vec<DataType> = args.iter().map(ColumnarValue::data_type).collect();
    match clip_type(&types)? {
        DataType::Float32 => combine::<Float32Type>(args, n_rows, clip_of),
        DataType::Float64 => combine::<Float64Type>(args, n_rows, clip_of),
        integer => {
            // 38 digits hold every integer of any type, so that bounds outside of the type of x do their work.
            let clipped = combine::<Decimal128Type>(args, n_rows, clip_of)?;
            cast_with_options(&clipped, &integer, &CastOptions { safe: false, ..Default::default() })
                .or_else(|_| refuse(format!("a bound lies outside of the type of x, {integer}: cast x to a wider one")))
        }
    }
}

fn clip_type(types: &[DataType]) -> Result<DataType> {
    require_numbers(types)?;
    let is_integer = |data_type: &DataType| plain(data_type).is_integer() || data_type.is_null();
    Ok(match types {
        [x, ..] if plain(x).is_integer() && types.iter().all(is_integer) => plain(x).clone(),
        _ => float_type(types),
    })
}

fn scaled_type(types: &[DataType]) -> Result<DataType> {
    require_numbers(types)?;
    Ok(float_type(types))
}

/// Returns float32 if x is, else float64.
fn float_type(types: &[DataType]) -> DataType {
    match types.first().map(plain) {
        Some(DataType::Float32) => DataType::Float32,
        _ => DataType::Float64,
    }
}

fn require_numbers(types: &[DataType]) -> Result<()> {
    match types.iter().map(plain).find(|data_type| !data_type.is_numeric() && !data_type.is_null()) {
        Some(other) => refuse(format!("all arguments are numbers, not {other}")),
        None => Ok(()),
    }
}

/// Returns the type of the first argument.
fn args_type(args: &[ColumnarValue]) -> DataType {
    args.first().map_or(DataType::Null, ColumnarValue::data_type)
}

fn refuse_null(constants: &[Option<&ScalarValue>], names: [&str; 2]) -> Result<()> {
    match constants.iter().skip(1).zip(names).find(|(value, _)| value.is_some_and(ScalarValue::is_null)) {
        Some((_, name)) => refuse(format!("{name} is null")),
        None => Ok(()),
    }
}

/// Returns a numeric constant as a float; none if it is null.
fn float(value: &ScalarValue) -> Result<Option<f64>> {
    match value.cast_to(&DataType::Float64)? {
        ScalarValue::Float64(value) => Ok(value),
        other => refuse(format!("`{other}` is no number")),
    }
}

/// Computes each row from three numbers of type `T`, to which the arguments are cast.
fn combine<T: ArrowPrimitiveType>(
    args: &[ColumnarValue],
    n_rows: usize,
    f: impl Fn(Option<T::Native>, Option<T::Native>, Option<T::Native>) -> Option<T::Native>,
) -> Result<ArrayRef> {
    let [x, second, third] = args else { return refuse("takes 3 arguments") };
    let x = Operand::<T>::new(x, n_rows)?;
    let (second, third) = (Operand::<T>::new(second, n_rows)?, Operand::<T>::new(third, n_rows)?);
    let combined: PrimitiveArray<T> = (0..n_rows).map(|row| f(x.at(row), second.at(row), third.at(row))).collect();
    Ok(Arc::new(combined.with_data_type(native_type::<T>())))
}

/// One argument as numbers of type `T`: the same for every row, or one a row.
enum Operand<T: ArrowPrimitiveType> {
    Same(Option<T::Native>),
    Column(PrimitiveArray<T>),
}

impl<T: ArrowPrimitiveType> Operand<T> {
    fn new(argument: &ColumnarValue, n_rows: usize) -> Result<Self> {
        let is_same = matches!(argument, ColumnarValue::Scalar(_));
        let array = argument.to_array(if is_same { 1 } else { n_rows })?;
        let numbers = cast(&array, &native_type::<T>())?.as_primitive::<T>().clone();
        Ok(if is_same { Self::Same(numbers.iter().next().flatten()) } else { Self::Column(numbers) })
    }

    fn at(&self, row: usize) -> Option<T::Native> {
        match self {
            Self::Same(value) => *value,
            Self::Column(values) => arrow::array::Array::is_valid(values, row).then(|| values.value(row)),
        }
    }
}

/// The default decimal has a scale of 10, and integers need none.
fn native_type<T: ArrowPrimitiveType>() -> DataType {
    match T::DATA_TYPE {
        DataType::Decimal128(..) => DataType::Decimal128(38, 0),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float32Array, Float64Array, Int8Array, UInt8Array, UInt64Array};

    use super::super::testing::{column, error, execution_error, values};
    use super::*;

    /// numpy 2.4.6: `np.clip(3., 5, 1)` is 1.0, and NaN as a bound gives NaN everywhere.
    #[tokio::test]
    async fn clip_limits_floats_and_keeps_nan() {
        let x: ArrayRef = Arc::new(Float64Array::from(vec![Some(-1.5), Some(2.5), Some(f64::NAN), None]));
        assert_eq!(column("clip(x, 0, 2)", Arc::clone(&x)).await, ["0.0", "2.0", "NaN", "null"]);
        assert_eq!(column("clip(x, 5, 1)", Arc::clone(&x)).await, ["1.0", "1.0", "NaN", "null"]);
        assert_eq!(column("clip(x, CAST('NaN' AS DOUBLE), 2)", x).await, ["NaN", "NaN", "NaN", "null"]);
    }

    #[tokio::test]
    async fn a_null_bound_is_no_bound() {
        let x: ArrayRef = Arc::new(Float64Array::from(vec![-1.5, 2.5]));
        assert_eq!(column("clip(x, NULL, 1)", Arc::clone(&x)).await, ["-1.5", "1.0"]);
        assert_eq!(column("clip(x, 0, NULL)", Arc::clone(&x)).await, ["0.0", "2.5"]);
        assert_eq!(column("clip(x, NULL, NULL)", x).await, ["-1.5", "2.5"]);
    }

    #[tokio::test]
    async fn clip_keeps_integer_types_and_float32() {
        let int8: ArrayRef = Arc::new(Int8Array::from(vec![Some(-7), Some(100), None]));
        assert_eq!(column("clip(x, -5, 300)", Arc::clone(&int8)).await, ["-5", "100", "null"]);
        assert_eq!(column("arrow_typeof(clip(x, -5, 300))", Arc::clone(&int8)).await, ["Int8"; 3]);
        assert_eq!(column("clip(x, 0.5, 300)", Arc::clone(&int8)).await, ["0.5", "100.0", "null"]);
        assert_eq!(column("arrow_typeof(clip(x, 0.5, 300))", int8).await, ["Float64"; 3]);
        let uint64 = Arc::new(UInt64Array::from(vec![u64::MAX]));
        assert_eq!(column("clip(x, -1, NULL)", uint64).await, ["18446744073709551615"]);
        let float32 = Arc::new(Float32Array::from(vec![0.25]));
        assert_eq!(column("arrow_typeof(clip(x, 0.1, 300))", float32).await, ["Float32"]);
    }

    #[tokio::test]
    async fn clip_never_wraps_into_an_unsigned_type() {
        let x = Arc::new(UInt8Array::from(vec![3]));
        let message = execution_error("clip(x, -5, -1)", x).await;
        assert!(message.contains("a bound lies outside of the type of x, UInt8"), "{message}");
    }

    #[tokio::test]
    async fn bounds_and_statistics_may_be_columns() {
        let x: ArrayRef = Arc::new(Float64Array::from(vec![Some(2.0), Some(8.0), None]));
        assert_eq!(column("clip(5, x, x + 1)", Arc::clone(&x)).await, ["3", "8", "5"].map(|n| format!("{n}.0")));
        assert_eq!(column("zscore(5, x, 2)", Arc::clone(&x)).await, ["1.5", "-1.5", "null"]);
        assert_eq!(column("minmax(5, x, 10)", x).await, ["0.375", "-1.5", "null"]);
    }

    /// scikit-learn 1.9.1: `StandardScaler` with `mean_` 3.3 and `scale_` 0.7, transforming float64 and float32.
    /// The last value of each tells division by std from multiplication with its inverse.
    #[tokio::test]
    async fn zscore_repeats_standard_scaler_in_both_precisions() {
        let doubles = Float64Array::from(vec![Some(0.1), Some(1e8), Some(123.456), Some(f64::NAN), None, Some(0.6)]);
        let scaled =
            ["-4.571428571428571", "142857138.14285716", "171.6514285714286", "NaN", "null", "-3.857142857142857"];
        assert_eq!(column("zscore(x, 3.3, 0.7)", Arc::new(doubles)).await, scaled);
        let floats = Float32Array::from(vec![0.1, 1e8, 123.456, 0.8]);
        let scaled = ["-4.571429", "142857150.0", "171.65143", "-3.5714285"];
        assert_eq!(column("zscore(x, 3.3, 0.7)", Arc::new(floats)).await, scaled);
    }

    #[tokio::test]
    async fn a_standard_deviation_of_zero_is_one() {
        assert_eq!(values("zscore(7.0, 5.0, 0.0)").await, ["2.0"]);
        assert_eq!(values("zscore(7, 5, 0)").await, ["2.0"]);
    }

    /// scikit-learn 1.9.1: `MinMaxScaler` fitted on 0.3 and 7.1, transforming 0.2, 0.4, 0.5, 7.1 and 123.456. The
    /// first three end differently in every other order of operations: (x - lo) / (hi - lo) gives ..73 for 0.2.
    #[tokio::test]
    async fn minmax_repeats_min_max_scaler_in_both_precisions() {
        let doubles = Arc::new(Float64Array::from(vec![0.2, 0.4, 0.5, 7.1, 123.456]));
        let scaled =
            ["-0.014705882352941176", "0.01470588235294118", "0.029411764705882353", "1.0", "18.111176470588237"];
        assert_eq!(column("minmax(x, 0.3, 7.1)", doubles).await, scaled);
        let floats = Arc::new(Float32Array::from(vec![0.2, 0.4, 0.5, 7.1, 123.456]));
        let scaled = ["-0.014705885", "0.0147058815", "0.029411763", "1.0", "18.111177"];
        assert_eq!(column("minmax(x, 0.3, 7.1)", floats).await, scaled);
    }

    /// scikit-learn 1.9.1: fitted on 5 and 5, `MinMaxScaler` gives 5 -> 0 and 7 -> 2; a range of 2e-15 is none either.
    #[tokio::test]
    async fn a_range_of_nearly_zero_is_one() {
        assert_eq!(values("minmax(7.0, 5.0, 5.0)").await, ["2.0"]);
        assert_eq!(values("minmax(3.0, 1.0, 1.000000000000002)").await, ["2.0"]);
    }

    #[tokio::test]
    async fn statistics_that_mean_nothing_are_refused_while_planning() {
        assert!(error("zscore(1, NULL, 2)").await.contains("in `zscore(x, mean, std)`: mean is null"));
        assert!(error("zscore(1, 2, -0.5)").await.contains("std is negative: `-0.5`"));
        assert!(error("minmax(1, 0, NULL)").await.contains("hi is null"));
        assert!(error("minmax(1, 3, 2)").await.contains("lo `3` is above hi `2`"));
        assert!(error("clip('1', 2, 3)").await.contains("all arguments are numbers, not Utf8"));
        assert!(error("clip(1, 2)").await.contains("takes 3 argument(s), not 2"));
    }
}
