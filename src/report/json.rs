//! The report as JSON: the layout of [`SCHEMA`](super::SCHEMA), the same bytes for equal reports.

use super::escape::is_visible;
use super::model::Report;

/// Returns the report as indented JSON with a final newline.
///
/// Control, bidi and other invisible characters are escaped in strings, so that the file can be printed; a parser reads
/// the very same values.
pub fn render(report: &Report) -> String {
    let plain = serde_json::to_string_pretty(report).expect("a report has text keys and finite numbers only");
    let mut text = String::with_capacity(plain.len() + 1);
    for c in plain.chars() {
        // Outside strings JSON is ASCII without DEL; inside, serde_json has escaped what is below U+0020.
        if c < '\u{7f}' || is_visible(c) {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text.push('\n');
    text
}
