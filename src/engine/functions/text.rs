//! The encoder `nfc`, and how encoders read text.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringViewArray, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::encoder::{Encoder, plain, refuse, varying};

pub(super) const NFC: Encoder = Encoder {
    name: "nfc",
    signature: "nfc(x)",
    summary: "Returns text in Unicode normalization form C, so that a letter and its accent are one character where \
              there is one; null if x is null.",
    reference: "Unicode Standard Annex #15; Python's unicodedata.normalize('NFC', x) is the same, as far as both know \
                the same version of Unicode.",
    example: r"nfc(concat('cafe', chr(769))) = concat('caf', chr(233))",
    example_result: "true",
    arguments: &[varying("x")],
    result_type,
    check: |_| Ok(()),
    evaluate,
};

/// Returns text in any encoding as views of it; a null array gives nulls.
pub(super) fn views(array: &ArrayRef) -> Result<StringViewArray> {
    Ok(cast(array, &DataType::Utf8View)?.as_string_view().clone())
}

fn result_type(types: &[DataType]) -> Result<DataType> {
    let [x] = types else { return refuse("takes 1 argument") };
    match plain(x) {
        text @ (DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => Ok(text.clone()),
        DataType::Null => Ok(DataType::Utf8),
        other => refuse(format!("x is text, not {other}")),
    }
}

fn evaluate(args: &[ColumnarValue], n_rows: usize) -> Result<ArrayRef> {
    let [x] = args else { return refuse("takes 1 argument") };
    let x = x.to_array(n_rows)?;
    let result_type = result_type(&[x.data_type().clone()])?;
    let texts = views(&x)?;
    if texts.iter().flatten().all(is_certainly_nfc) {
        return Ok(cast(&x, &result_type)?);
    }
    let mut normalized = StringViewBuilder::with_capacity(n_rows);
    let mut buffer = String::new();
    for text in texts.iter() {
        match text {
            Some(text) if is_certainly_nfc(text) => normalized.append_value(text),
            Some(text) => {
                buffer.clear();
                buffer.extend(text.nfc());
                normalized.append_value(&buffer);
            }
            None => normalized.append_null(),
        }
    }
    let normalized: ArrayRef = Arc::new(normalized.finish());
    Ok(cast(&normalized, &result_type)?)
}

fn is_certainly_nfc(text: &str) -> bool {
    text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes
}

#[cfg(test)]
mod tests {
    use arrow::array::{DictionaryArray, LargeStringArray, StringArray};
    use arrow::datatypes::Int32Type;

    use super::super::testing::{column, error};
    use super::*;

    /// Source: the examples of Unicode Standard Annex #15: composed, reordered and singleton characters.
    #[tokio::test]
    async fn composes_reorders_and_replaces_singletons() {
        let x = [Some("e\u{301}"), Some("q\u{307}\u{323}"), Some("\u{212b}"), Some("\u{fb01}"), Some("plain"), None];
        let normalized = ["\u{e9}", "q\u{323}\u{307}", "\u{c5}", "\u{fb01}", "plain", "null"];
        let encodings: [ArrayRef; 4] = [
            Arc::new(StringArray::from_iter(x)),
            Arc::new(LargeStringArray::from_iter(x)),
            Arc::new(StringViewArray::from_iter(x)),
            Arc::new(DictionaryArray::<Int32Type>::from_iter(x)),
        ];
        for x in encodings {
            assert_eq!(column("nfc(x)", x).await, normalized);
        }
    }

    #[tokio::test]
    async fn text_in_that_form_stays_as_it_is_and_keeps_its_type() {
        let x = Arc::new(LargeStringArray::from(vec![Some("caf\u{e9}"), None]));
        assert_eq!(column("arrow_typeof(nfc(x))", Arc::clone(&x) as ArrayRef).await, ["LargeUtf8", "LargeUtf8"]);
        assert_eq!(column("nfc(x)", x).await, ["caf\u{e9}", "null"]);
    }

    #[tokio::test]
    async fn anything_but_text_is_refused_while_planning() {
        assert!(error("nfc(1)").await.contains("in `nfc(x)`: x is text, not Int64"));
    }
}
