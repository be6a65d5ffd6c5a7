//! The function `bounded_width`: what the planner puts around widths of texts and lists, so that one row cannot ask for more
//! memory than there is. The engine would not fail then but end the process.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{DataFusionError, Result, plan_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

/// The functions whose second argument is a width.
pub const WIDENING: [&str; 4] = ["lpad", "rpad", "repeat", "array_repeat"];

/// Wider than any feature, and for a batch of rows still little memory.
const MAX_WIDTH: i64 = 10_000;

/// Returns the function as one of the engine. `bounded_width(n)` is `n`, an int64, or an error if that is over 10,000.
pub fn bounded_width() -> ScalarUDF {
    ScalarUDF::new_from_impl(BoundedWidth { signature: Signature::exact(vec![DataType::Int64], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct BoundedWidth {
    signature: Signature,
}

impl ScalarUDFImpl for BoundedWidth {
    fn name(&self) -> &str {
        "bounded_width"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [width] = args.args.as_slice() else { return plan_err!("`bounded_width` takes one number") };
        let widths: ArrayRef = match width {
            ColumnarValue::Array(widths) => Arc::clone(widths),
            ColumnarValue::Scalar(width) => width.to_array()?,
        };
        let widest = widths.as_primitive_opt::<Int64Type>().and_then(|widths| widths.iter().flatten().max());
        match widest.filter(|widest| *widest > MAX_WIDTH && widths.len() > widths.null_count()) {
            None => Ok(width.clone()),
            Some(widest) => {
                let reason = format!("a width of {widest} is too much: at most {MAX_WIDTH} are allowed");
                Err(DataFusionError::Execution(reason))
            }
        }
    }
}
