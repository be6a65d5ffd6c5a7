//! Functions from text to text: Unicode's normal forms, escapes, and bytes read in the wrong encoding.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StringViewArray, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ColumnarValue;

use super::encoder::{Encoder, constant, plain, refuse, scalar, varying};
use crate::compare::texts::{self, Charset};

pub(super) const NFC: Encoder = Encoder {
    name: "nfc",
    signature: "nfc(x)",
    summary: "Returns text in Unicode normalization form C, so that a letter and its accent are one character where \
              there is one; null if x is null.",
    reference: "Unicode Standard Annex #15; Python's unicodedata.normalize('NFC', x) is the same, as far as both know \
                the same version of Unicode.",
    example: r"nfc(concat('cafe', chr(769))) = concat('caf', chr(233))",
    example_result: "true",
    evaluate: |args, n_rows| mapped(args, n_rows, texts::nfc),
    ..OF_TEXT
};

pub(super) const NFD: Encoder = Encoder {
    name: "nfd",
    signature: "nfd(x)",
    summary: "Returns text in Unicode normalization form D, so that a letter and its accents are characters of their \
              own; null if x is null.",
    reference: "Unicode Standard Annex #15; Python's unicodedata.normalize('NFD', x) is the same, as far as both know \
                the same version of Unicode.",
    example: "character_length(nfd('é'))",
    example_result: "2",
    evaluate: |args, n_rows| mapped(args, n_rows, texts::nfd),
    ..OF_TEXT
};

pub(super) const NFKC: Encoder = Encoder {
    name: "nfkc",
    signature: "nfkc(x)",
    summary: "Returns text in Unicode normalization form KC: as nfc, and variants such as ﬁ, ² and full-width letters \
              as what they are variants of; null if x is null.",
    reference: "Unicode Standard Annex #15; Python's unicodedata.normalize('NFKC', x) is the same, as far as both \
                know the same version of Unicode.",
    example: "nfkc('ﬁne m²')",
    example_result: "fine m2",
    evaluate: |args, n_rows| mapped(args, n_rows, texts::nfkc),
    ..OF_TEXT
};

pub(super) const NFKD: Encoder = Encoder {
    name: "nfkd",
    signature: "nfkd(x)",
    summary: "Returns text in Unicode normalization form KD: as nfd, and variants such as ﬁ, ² and full-width letters \
              as what they are variants of; null if x is null.",
    reference: "Unicode Standard Annex #15; Python's unicodedata.normalize('NFKD', x) is the same, as far as both \
                know the same version of Unicode.",
    example: "character_length(nfkd('ﬁné'))",
    example_result: "5",
    evaluate: |args, n_rows| mapped(args, n_rows, texts::nfkd),
    ..OF_TEXT
};

pub(super) const UNACCENT: Encoder = Encoder {
    name: "unaccent",
    signature: "unaccent(x)",
    summary: "Returns text without combining marks, those of accented letters included: é is e. Letters that Unicode \
              does not split stay: ø, ß, ł, æ. Null if x is null.",
    reference: "Python's unicodedata.normalize('NFC', ''.join(c for c in unicodedata.normalize('NFD', x) if not \
                unicodedata.combining(c))). PostgreSQL's unaccent goes by a list of its own and also writes ß as ss.",
    example: "unaccent('Málaga, Øster Voldgade')",
    example_result: "Malaga, Øster Voldgade",
    evaluate: |args, n_rows| mapped(args, n_rows, texts::unaccented),
    ..OF_TEXT
};

pub(super) const URL_ENCODE: Encoder = Encoder {
    name: "url_encode",
    signature: "url_encode(x)",
    summary: "Returns text with percent escapes, upper-case hex of its UTF-8 bytes, for all but A-Z, a-z, 0-9 and \
              -._~; null if x is null.",
    reference: "RFC 3986; Python's urllib.parse.quote(x, safe='').",
    example: "url_encode('a b/é')",
    example_result: "a%20b%2F%C3%A9",
    evaluate: |args, n_rows| mapped(args, n_rows, texts::url_encoded),
    ..OF_TEXT
};

pub(super) const URL_DECODE: Encoder = Encoder {
    name: "url_decode",
    signature: "url_decode(x)",
    summary: "Returns text with its percent escapes read as UTF-8; a + stays a +. Text whose escapes are not UTF-8 \
              stays as it is, and so does a % without two hex digits. Null if x is null.",
    reference: "Python's urllib.parse.unquote(x), which replaces bytes that are not UTF-8 by U+FFFD. What forms send \
                is url_decode(replace(x, '+', ' ')).",
    example: "url_decode('a%20b%2F%C3%A9')",
    example_result: "a b/é",
    evaluate: |args, n_rows| mapped(args, n_rows, texts::url_decoded),
    ..OF_TEXT
};

pub(super) const HTML_ESCAPE: Encoder = Encoder {
    name: "html_escape",
    signature: "html_escape(x)",
    summary: "Returns text with &, <, >, double and single quotes as the entities &amp; &lt; &gt; &quot; &#x27;; null \
              if x is null.",
    reference: "Python's html.escape(x).",
    example: "html_escape('A&B <i>')",
    example_result: "A&amp;B &lt;i&gt;",
    evaluate: |args, n_rows| mapped(args, n_rows, texts::html_escaped),
    ..OF_TEXT
};

pub(super) const HTML_UNESCAPE: Encoder = Encoder {
    name: "html_unescape",
    signature: "html_unescape(x)",
    summary: "Returns text with its entities, named and numbered, as characters, once: &amp;lt; is &lt;. What is no \
              entity with its semicolon stays as it is. Null if x is null.",
    reference: "The named character references of the HTML Standard; Python's html.unescape(x), which also reads \
                some entities without a semicolon, and reads &#128; to &#159; as windows-1252.",
    example: "html_unescape('A&amp;B &uuml; &#252;')",
    example_result: "A&B ü ü",
    evaluate: |args, n_rows| mapped(args, n_rows, texts::html_unescaped),
    ..OF_TEXT
};

pub(super) const JSON_QUOTE: Encoder = Encoder {
    name: "json_quote",
    signature: "json_quote(x)",
    summary: "Returns text as a JSON string: in double quotes, with the escapes that JSON demands and no others; null \
              if x is null.",
    reference: "RFC 8259; Python's json.dumps(x, ensure_ascii=False).",
    example: r#"json_quote('say "hi"')"#,
    example_result: r#""say \"hi\"""#,
    evaluate: |args, n_rows| mapped(args, n_rows, |text| Cow::Owned(texts::json_quoted(text))),
    ..OF_TEXT
};

pub(super) const JSON_UNQUOTE: Encoder = Encoder {
    name: "json_unquote",
    signature: "json_unquote(x)",
    summary: "Returns what a JSON string in double quotes stands for, its escapes included. Text that is no JSON \
              string stays as it is. Null if x is null.",
    reference: "RFC 8259; Python's json.loads(x).",
    example: r#"json_unquote('"say \"hi\""')"#,
    example_result: r#"say "hi""#,
    evaluate: |args, n_rows| {
        mapped(args, n_rows, |text| texts::json_unquoted(text).map_or(Cow::Borrowed(text), Cow::Owned))
    },
    ..OF_TEXT
};

pub(super) const MOJIBAKE: Encoder = Encoder {
    name: "mojibake",
    signature: "mojibake(x, 'windows-1252')",
    summary: "Returns what text looks like whose UTF-8 bytes are read in another encoding; a byte that stands for no \
              character there is U+FFFD. Null if x is null. Encodings: windows-1250, -1251, -1252, -1253, -1254, \
              -1257, iso-8859-1 (latin-1), iso-8859-2, macintosh, ibm437.",
    reference: "Python's x.encode().decode(encoding, 'replace'), with the windows encodings as the WHATWG Encoding \
                Standard has them: it gives a character to the bytes that Python leaves out, such as 0x81.",
    example: "mojibake('Günther', 'windows-1252')",
    example_result: "GÃ¼nther",
    evaluate: |args, n_rows| {
        let charset = charset(args)?;
        mapped(
            args,
            n_rows,
            |text| {
                if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(charset.garbled(text)) }
            },
        )
    },
    ..OF_CHARSET
};

pub(super) const DEMOJIBAKE: Encoder = Encoder {
    name: "demojibake",
    signature: "demojibake(x, 'windows-1252')",
    summary: "Returns the text whose UTF-8 bytes look like x in another encoding, once. Text that has a character \
              which the encoding lacks, or whose bytes are not UTF-8, stays as it is. Null if x is null. Encodings: \
              those of mojibake.",
    reference: "Python's x.encode(encoding).decode(), with the encodings of mojibake.",
    example: "demojibake('GÃ¼nther', 'windows-1252')",
    example_result: "Günther",
    evaluate: |args, n_rows| {
        let charset = charset(args)?;
        mapped(args, n_rows, |text| {
            let restored = if text.is_ascii() { None } else { charset.restored(text) };
            restored.map_or(Cow::Borrowed(text), Cow::Owned)
        })
    },
    ..OF_CHARSET
};

/// What all functions of one text have in common; the rest is theirs.
const OF_TEXT: Encoder = Encoder {
    name: "",
    signature: "",
    summary: "",
    reference: "",
    example: "",
    example_result: "",
    arguments: &[varying("x")],
    result_type,
    check: |_| Ok(()),
    evaluate: |args, n_rows| mapped(args, n_rows, |text| Cow::Borrowed(text)),
};

/// What both functions of a text and an encoding have in common.
const OF_CHARSET: Encoder = Encoder {
    arguments: &[varying("x"), constant("encoding")],
    check: |constants| match constants {
        [_, Some(name)] => charset_of(name).map(|_| ()),
        _ => Ok(()),
    },
    ..OF_TEXT
};

/// Returns text in any encoding as views of it; a null array gives nulls.
pub(super) fn views(array: &ArrayRef) -> Result<StringViewArray> {
    Ok(cast(array, &DataType::Utf8View)?.as_string_view().clone())
}

/// The type of the first argument, which is text; without its dictionary.
fn result_type(types: &[DataType]) -> Result<DataType> {
    let Some(x) = types.first() else { return refuse("takes an argument") };
    match plain(x) {
        text @ (DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => Ok(text.clone()),
        DataType::Null => Ok(DataType::Utf8),
        other => refuse(format!("x is text, not {other}")),
    }
}

fn charset(args: &[ColumnarValue]) -> Result<&'static Charset> {
    let [_, name] = args else { return refuse("takes 2 arguments") };
    charset_of(scalar(name)?)
}

fn charset_of(name: &ScalarValue) -> Result<&'static Charset> {
    let Some(Some(name)) = name.try_as_str() else { return refuse("the encoding is a text, as in 'windows-1252'") };
    match Charset::named(name) {
        Some(charset) => Ok(charset),
        None => {
            let known: Vec<&str> = Charset::all().iter().map(|charset| charset.name).collect();
            refuse(format!("`{name}` is none of the encodings {}", known.join(", ")))
        }
    }
}

/// Returns each text of the first argument as a function makes it.
fn mapped(args: &[ColumnarValue], n_rows: usize, map: impl Fn(&str) -> Cow<'_, str>) -> Result<ArrayRef> {
    let Some(x) = args.first() else { return refuse("takes an argument") };
    let x = x.to_array(n_rows)?;
    let result_type = result_type(&[x.data_type().clone()])?;
    let mut results = StringViewBuilder::with_capacity(n_rows);
    for text in views(&x)?.iter() {
        match text {
            Some(text) => results.append_value(map(text)),
            None => results.append_null(),
        }
    }
    let results: ArrayRef = Arc::new(results.finish());
    Ok(cast(&results, &result_type)?)
}

#[cfg(test)]
mod tests {
    use arrow::array::{DictionaryArray, LargeStringArray, StringArray};
    use arrow::datatypes::Int32Type;

    use super::super::testing::{column, error, execution_error};
    use super::*;

    async fn of_texts<const N: usize>(expr: &str, x: [Option<&str>; N]) -> Vec<String> {
        column(expr, Arc::new(StringArray::from_iter(x))).await
    }

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

    /// Source: the table of forms in Unicode Standard Annex #15, figure 6.
    #[tokio::test]
    async fn each_form_takes_apart_or_composes_as_it_should() {
        let x = [Some("\u{fb01}"), Some("2\u{2075}"), Some("\u{1e9b}\u{323}")];
        assert_eq!(of_texts("nfd(x)", x).await, ["\u{fb01}", "2\u{2075}", "\u{17f}\u{323}\u{307}"]);
        assert_eq!(of_texts("nfkd(x)", x).await, ["fi", "25", "s\u{323}\u{307}"]);
        assert_eq!(of_texts("nfkc(x)", x).await, ["fi", "25", "\u{1e69}"]);
    }

    #[tokio::test]
    async fn accents_go_but_letters_that_do_not_split_stay() {
        let x = [Some("Ång\u{301}strøm"), Some("Straße"), Some("한국"), None];
        assert_eq!(of_texts("unaccent(x)", x).await, ["Angstrøm", "Straße", "한국", "null"]);
    }

    #[tokio::test]
    async fn text_that_cannot_be_decoded_stays_as_it_is() {
        assert_eq!(of_texts("url_decode(x)", [Some("100%"), Some("%FF%20")]).await, ["100%", "%FF%20"]);
        assert_eq!(of_texts("html_unescape(x)", [Some("R&D"), Some("&none;")]).await, ["R&D", "&none;"]);
        assert_eq!(of_texts("json_unquote(x)", [Some("abc"), Some("\"a")]).await, ["abc", "\"a"]);
        let x = [Some("Günther"), Some("中"), Some("Ã¼ber"), None];
        assert_eq!(of_texts("demojibake(x, 'latin-1')", x).await, ["Günther", "中", "über", "null"]);
    }

    #[tokio::test]
    async fn what_was_encoded_can_be_decoded() {
        let x = [Some("a+b %20 \u{e9}\u{20ac}/?"), Some("<\"&amp;'>"), Some("\u{1f600}\u{81}\\\"\n")];
        for (encode, decode) in [
            ("url_encode(x)", "url_decode"),
            ("html_escape(x)", "html_unescape"),
            ("json_quote(x)", "json_unquote"),
            ("nfd(x)", "nfc"),
        ] {
            assert_eq!(of_texts(&format!("{decode}({encode}) = x"), x).await, ["true"; 3], "{encode}");
        }
        for charset in Charset::all() {
            let name = charset.name;
            let restored = of_texts(&format!("demojibake(mojibake(x, '{name}'), '{name}')"), x).await;
            for (restored, text) in restored.iter().zip(x.into_iter().flatten()) {
                // A byte without a character there is lost.
                let garbled = charset.garbled(text);
                let expected = if garbled.contains('\u{fffd}') { garbled.as_str() } else { text };
                assert_eq!(restored, expected, "{name}");
            }
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
        assert!(error("mojibake('a', 'utf-7')").await.contains("`utf-7` is none of the encodings windows-1252, "));
        assert!(error("demojibake('a', 1)").await.contains("the encoding is a text"));
        let x: ArrayRef = Arc::new(StringArray::from(vec!["windows-1252"]));
        assert!(execution_error("mojibake(x, x)", x).await.contains("must be the same for every row"));
    }
}
