//! Texts as YAML writes them, in block style or in a list of one line.

/// Returns a text as a scalar: plain where every reader takes it for that very text, else in quotes.
pub(super) fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let needs_escapes = text.chars().any(|c| c.is_control() || is_invisible(c));
    if !needs_escapes && (text.contains(['"', '\\']) && !text.contains('\'')) {
        return format!("'{text}'");
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || is_invisible(c) => quoted.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Returns an SQL text or a path as a scalar of block style, where brackets, commas and quotes inside are harmless.
pub(super) fn block_scalar(text: &str) -> String {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/')
        || (text.starts_with('.') && text.contains('/'));
    let is_tame = !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    if starts_well && is_tame && !is_word(text) { text.to_owned() } else { scalar(text) }
}

/// Whether a text is plain even among brackets.
fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/'))
        && !is_word(text)
}

/// Words that some reader of YAML takes for a bool, a null or a number.
fn is_word(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    matches!(
        lower.as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null" | "nan" | "inf" | "infinity"
    ) || matches!(lower.as_str(), ".inf" | ".nan")
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_where_yaml_needs_it() {
        for plain in ["amount", "_x", "a.b", "order-id", "A1"] {
            assert_eq!(scalar(plain), plain);
        }
        for word in ["yes", "No", "NULL", "true", "1", "1e5", "", "a: b", "a b", "-x", "größe", "a,b", "#", "it's"] {
            assert_eq!(scalar(word), format!("\"{word}\""));
        }
        assert_eq!(scalar("say \"hi\""), "'say \"hi\"'");
        assert_eq!(scalar("it's \"\\\""), "\"it's \\\"\\\\\\\"\"");
        assert_eq!(scalar("a\u{202e}b\u{1}"), "\"a\\U0000202Eb\\U00000001\"");
    }

    #[test]
    fn sql_stays_plain_in_block_style() {
        for plain in ["CAST(make_date(year, month, day) AS VARCHAR)", "../data/*.csv", "a.b['c']"] {
            assert_eq!(block_scalar(plain), plain);
        }
        assert_eq!(block_scalar("\"Order ID\""), "'\"Order ID\"'");
        assert_eq!(block_scalar("null"), "\"null\"");
        assert_eq!(block_scalar("a # b"), "\"a # b\"");
        assert_eq!(block_scalar("*.csv"), "\"*.csv\"");
    }
}
