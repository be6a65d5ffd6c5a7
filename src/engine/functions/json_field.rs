//! The function `json_field`: a field of a column whose texts are objects in most rows.
//!
//! The planner writes it where a spec asks for `u.n` of such a column; it may be written by hand, too. It is not among the
//! functions that `trueup functions` lists.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use super::super::captures::{NoObject, member};
use super::encoder::{plain, scalar};
use super::text::views;

/// What it says of a row whose text is no object, before that text in quotes.
pub const NO_OBJECT: &str = "the value is no object: ";

/// Its name in SQL.
pub const JSON_FIELD: &str = "json_field";

/// Returns the function as one of the engine.
///
/// `json_field(text, 'name', …)` is what stands at a path in a JSON object: of a string the text, of any other value its
/// JSON as it is written; null where the text is null, or the field or anything on the way to it is absent or null.
/// Running it is an error where the text, or a value on the way, is no object.
pub(super) fn json_field() -> ScalarUDF {
    ScalarUDF::new_from_impl(JsonField { signature: Signature::new(TypeSignature::VariadicAny, Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct JsonField {
    signature: Signature,
}

impl ScalarUDFImpl for JsonField {
    fn name(&self) -> &str {
        JSON_FIELD
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let is_text =
            |data_type: &DataType| matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        match types {
            [text, path @ ..] if !path.is_empty() && path.iter().all(is_text) => match plain(text) {
                text if is_text(text) || text.is_null() => Ok(DataType::Utf8),
                other => plan_err!("in `json_field(text, 'name', ...)`: the text is {other}"),
            },
            _ => plan_err!("`json_field(text, 'name', ...)` takes a text and the names of a path"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some((text, path)) = args.args.split_first() else { return plan_err!("`json_field` takes a text") };
        let names = path.iter().map(|name| match scalar(name)?.try_as_str() {
            Some(Some(name)) => Ok(name),
            Some(None) | None => plan_err!("in `json_field(text, 'name', ...)`: a name is null"),
        });
        let names: Vec<&str> = names.collect::<Result<_>>()?;
        let is_constant = matches!(text, ColumnarValue::Scalar(_));
        let texts = views(&text.to_array(if is_constant { 1 } else { args.number_rows })?)?;
        let mut fields = StringBuilder::new();
        for text in texts.iter() {
            let field = text.map_or(Ok(None), |text| member(text, names.iter().copied()));
            let refuse = |NoObject| DataFusionError::Execution(format!("{NO_OBJECT}'{}'", text.unwrap_or_default()));
            fields.append_option(field.map_err(refuse)?);
        }
        let fields: ArrayRef = Arc::new(fields.finish());
        if is_constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&fields, 0)?));
        }
        Ok(ColumnarValue::Array(fields))
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{DictionaryArray, LargeStringArray, StringArray, StringViewArray};
    use arrow::datatypes::Int32Type;

    use super::super::testing::{column, error, execution_error, values};
    use super::*;

    #[tokio::test]
    async fn fields_are_raw_and_what_is_absent_is_null() {
        let x = [
            Some(r#"{"n": 1.50, "o": {"a b": "x\ty"}}"#),
            Some(r#"{"n": null}"#),
            None,
            Some("{}"),
            Some(r#"{"n": "1", "o": null}"#),
        ];
        let encodings: [ArrayRef; 4] = [
            Arc::new(StringArray::from_iter(x)),
            Arc::new(LargeStringArray::from_iter(x)),
            Arc::new(StringViewArray::from_iter(x)),
            Arc::new(DictionaryArray::<Int32Type>::from_iter(x)),
        ];
        for x in encodings {
            assert_eq!(column("json_field(x, 'n')", Arc::clone(&x)).await, ["1.50", "null", "null", "null", "1"]);
            let nested = column("json_field(x, 'o', 'a b')", Arc::clone(&x)).await;
            assert_eq!(nested, ["x\ty", "null", "null", "null", "null"]);
            let sum = column("CAST(json_field(x, 'n') AS DOUBLE) + 1", x).await;
            assert_eq!(sum, ["2.5", "null", "null", "null", "2.0"]);
        }
        assert_eq!(values("json_field('{\"n\": [1]}', 'n')").await, ["[1]"]);
        assert_eq!(values("json_field(NULL, 'n')").await, ["null"]);
    }

    #[tokio::test]
    async fn what_is_no_object_fails_with_its_text_in_quotes() {
        for bad in ["timeout", "5", "[1]", "{\"o\": 5}", "{\"o\": \"secret\"}"] {
            let x = Arc::new(StringArray::from(vec!["{}", bad]));
            let error = execution_error("json_field(x, 'o', 'n')", x).await;
            assert_eq!(error, format!("Execution error: the value is no object: '{bad}'"));
        }
    }

    #[tokio::test]
    async fn what_it_cannot_mean_is_refused_while_planning() {
        assert!(error("json_field(1, 'n')").await.contains("the text is Int64"));
        assert!(error("json_field('{}')").await.contains("takes a text and the names of a path"));
        assert!(error("json_field('{}', 1)").await.contains("takes a text and the names of a path"));
    }
}
