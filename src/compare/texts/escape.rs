//! Escapes of texts in URLs, in HTML and in JSON.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// All but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Returns a text with percent escapes for all but letters, digits and `-._~`, as upper-case hex of its UTF-8 bytes.
pub fn url_encoded(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, RESERVED).into()
}

/// Returns a text with its percent escapes read as UTF-8; the text itself if they are not UTF-8. A plus stays a plus.
pub fn url_decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
}

/// Returns a text with `&`, `<`, `>`, `"` and `'` as entities, the last as `&#x27;`.
pub fn html_escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            letter => escaped.push(letter),
        }
    }
    Cow::Owned(escaped)
}

/// Returns a text with its entities, named and numbered, as characters. What is no entity with its semicolon stays.
pub fn html_unescaped(text: &str) -> Cow<'_, str> {
    html_escape::decode_html_entities(text)
}

/// Returns a text as a JSON string: in double quotes, with the escapes that JSON demands and no others.
pub fn json_quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns what a JSON string stands for; none if the text is no JSON string.
pub fn json_unquoted(text: &str) -> Option<String> {
    if !text.starts_with('"') {
        return None;
    }
    match serde_json::from_str(text) {
        Ok(serde_json::Value::String(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: Python's `urllib.parse.quote(text, safe='')`.
    #[test]
    fn percent_escapes() {
        assert_eq!(url_encoded("a b/\u{e9}+~-._"), "a%20b%2F%C3%A9%2B~-._");
        assert_eq!(url_decoded("a%20b%2f%C3%A9+"), "a b/\u{e9}+");
        assert_eq!(url_decoded("100%"), "100%");
        assert_eq!(url_decoded("%FF"), "%FF");
    }

    /// Source: Python's `html.escape` and `html.unescape`.
    #[test]
    fn entities() {
        assert_eq!(html_escaped("<a href=\"x\">'&'"), "&lt;a href=&quot;x&quot;&gt;&#x27;&amp;&#x27;");
        assert_eq!(html_unescaped("A&amp;B &uuml; &#252; &#xFC; &lt"), "A&B \u{fc} \u{fc} \u{fc} &lt");
        assert_eq!(html_unescaped("R&D; & &; &nosuch;"), "R&D; & &; &nosuch;");
    }

    #[test]
    fn json_strings() {
        assert_eq!(json_quoted("a\"b\\\n\u{e9}"), r#""a\"b\\\n"#.to_owned() + "\u{e9}\"");
        assert_eq!(json_unquoted(r#""a\u00e9\n""#).as_deref(), Some("a\u{e9}\n"));
        assert_eq!(json_unquoted("abc"), None);
        assert_eq!(json_unquoted("12"), None);
        assert_eq!(json_unquoted("\"abc"), None);
    }
}
