//! What every encoder has in common: its reference page, its checks while planning, and its place in the engine.

use std::fmt;
use std::hash::{Hash, Hasher};

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, DocSection, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};

/// An encoder function: its reference page, and how it is planned and run.
#[derive(Clone, Copy)]
pub struct Encoder {
    pub name: &'static str,
    /// How it is called, as `ordinal(x, [..])`.
    pub signature: &'static str,
    /// One sentence: what it returns, of which type, and what it does with nulls.
    pub summary: &'static str,
    /// The implementation whose values it repeats, and where it does not.
    pub reference: &'static str,
    /// A SQL expression without columns.
    pub example: &'static str,
    /// The value of `example` as text.
    pub example_result: &'static str,
    pub(super) arguments: &'static [Argument],
    /// Returns the type of the result, or refuses the types of the arguments; there are as many as `arguments`.
    pub(super) result_type: fn(&[DataType]) -> Result<DataType>,
    /// Refuses constants that mean nothing; `None` is an argument that is no constant, or none yet.
    pub(super) check: fn(&[Option<&ScalarValue>]) -> Result<()>,
    /// Evaluates one batch; the arguments have passed `result_type`, and the constant ones are scalars.
    pub(super) evaluate: fn(&[ColumnarValue], usize) -> Result<ArrayRef>,
}

/// One argument of an encoder.
pub(super) struct Argument {
    pub name: &'static str,
    /// Whether it must be the same for every row.
    pub constant: bool,
}

/// Returns an argument that may differ from row to row.
pub(super) const fn varying(name: &'static str) -> Argument {
    Argument { name, constant: false }
}

/// Returns an argument that must be the same for every row.
pub(super) const fn constant(name: &'static str) -> Argument {
    Argument { name, constant: true }
}

/// Returns a planning error; the encoder's signature is put before the message.
pub(super) fn refuse<T>(message: impl Into<String>) -> Result<T> {
    Err(DataFusionError::Plan(message.into()))
}

/// Returns a type without its dictionary.
pub(super) fn plain(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => plain(values),
        other => other,
    }
}

/// Returns the only list of a constant; an error if it is no list, or null.
pub(super) fn elements(list: &ScalarValue) -> Result<ArrayRef> {
    let rows: &dyn Array = match list {
        ScalarValue::List(rows) => rows.as_ref(),
        ScalarValue::LargeList(rows) => rows.as_ref(),
        ScalarValue::FixedSizeList(rows) => rows.as_ref(),
        _ => return refuse("the list is null"),
    };
    if rows.len() != 1 || rows.is_null(0) {
        return refuse("the list is null");
    }
    match list {
        ScalarValue::List(rows) => Ok(rows.value(0)),
        ScalarValue::LargeList(rows) => Ok(rows.value(0)),
        ScalarValue::FixedSizeList(rows) => Ok(rows.value(0)),
        _ => refuse("the list is null"),
    }
}

/// Returns the type of a list's elements; an error if the type is no list.
pub(super) fn element_type(list: &DataType) -> Result<&DataType> {
    match plain(list) {
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            Ok(plain(field.data_type()))
        }
        other => refuse(format!("the second argument is a list, as in `[1, 2]`, not {other}")),
    }
}

/// Returns the argument that is declared constant; `evaluate` is called with nothing else there.
pub(super) fn scalar(argument: &ColumnarValue) -> Result<&ScalarValue> {
    match argument {
        ColumnarValue::Scalar(value) => Ok(value),
        ColumnarValue::Array(_) => refuse("this argument must be the same for every row"),
    }
}

impl Encoder {
    /// Returns the encoder as a function of the engine.
    pub(super) fn into_udf(self) -> ScalarUDF {
        ScalarUDF::new_from_impl(EncoderFunction {
            encoder: self,
            // Any types: ours are checked where the message can be a planning error of our own.
            signature: Signature::variadic_any(Volatility::Immutable),
            documentation: Documentation::builder(
                DocSection { include: false, label: "Encoders", description: None },
                self.summary,
                self.signature,
            )
            .with_sql_example(self.example)
            .build(),
        })
    }

    /// Puts the signature before a message of a planning error.
    fn locate(&self, error: DataFusionError) -> DataFusionError {
        match error {
            DataFusionError::Plan(message) => DataFusionError::Plan(format!("in `{}`: {message}", self.signature)),
            other => other,
        }
    }

    fn plan(&self, types: &[DataType], constants: &[Option<&ScalarValue>]) -> Result<DataType> {
        if types.len() != self.arguments.len() {
            return refuse(format!("takes {} argument(s), not {}", self.arguments.len(), types.len()));
        }
        let result_type = (self.result_type)(types)?;
        (self.check)(constants)?;
        Ok(result_type)
    }
}

struct EncoderFunction {
    encoder: Encoder,
    signature: Signature,
    documentation: Documentation,
}

impl fmt::Debug for EncoderFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncoderFunction").field("name", &self.encoder.name).finish()
    }
}

impl PartialEq for EncoderFunction {
    fn eq(&self, other: &Self) -> bool {
        self.encoder.name == other.encoder.name
    }
}

impl Eq for EncoderFunction {}

impl Hash for EncoderFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.encoder.name.hash(state);
    }
}

impl ScalarUDFImpl for EncoderFunction {
    fn name(&self) -> &str {
        self.encoder.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.encoder.plan(types, &vec![None; types.len()]).map_err(|error| self.encoder.locate(error))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<DataType> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let result_type =
            self.encoder.plan(&types, args.scalar_arguments).map_err(|error| self.encoder.locate(error))?;
        Ok(Field::new(self.encoder.name, result_type, true).into())
    }

    /// Changes nothing: a list such as `[1, 2]` is a constant only once the optimizer has folded it, which it has here.
    fn simplify(&self, args: Vec<Expr>, _: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let constants: Vec<Option<&ScalarValue>> = args
            .iter()
            .map(|arg| match arg {
                Expr::Literal(value, _) => Some(value),
                _ => None,
            })
            .collect();
        let varying_argument = self
            .encoder
            .arguments
            .iter()
            .zip(&constants)
            .find_map(|(argument, value)| (argument.constant && value.is_none()).then_some(argument.name));
        let checked = match varying_argument {
            Some(name) => refuse(format!("`{name}` must be the same for every row, without any column")),
            None => (self.encoder.check)(&constants),
        };
        checked.map_err(|error| self.encoder.locate(error))?;
        Ok(ExprSimplifyResult::Original(args))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let n_rows = if is_constant { 1 } else { args.number_rows };
        let result = (self.encoder.evaluate)(&args.args, n_rows).map_err(|error| self.encoder.locate(error))?;
        if is_constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?));
        }
        Ok(ColumnarValue::Array(result))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
