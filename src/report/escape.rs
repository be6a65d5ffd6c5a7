//! Text from production, made safe to show. Nothing here shortens or colours.

/// Returns whether a terminal or a browser shows this character as itself: not a control, bidi or zero-width character,
/// no blank but the ordinary one, and nothing private or unassigned.
pub fn is_visible(c: char) -> bool {
    match c {
        ' '..='~' => true,
        // Blank, or without a width of their own, though Unicode calls them letters, marks or symbols.
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' => false,
        // Variation selectors: they change the width of the character before them.
        '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => false,
        c => {
            // The standard library knows what is printable, and says so of a text. Behind a letter, because it escapes
            // every combining mark that stands first.
            let mut buffer = [b'x', 0, 0, 0, 0];
            let len = 1 + c.encode_utf8(&mut buffer[1..]).len();
            std::str::from_utf8(&buffer[..len]).is_ok_and(|text| text.escape_debug().eq(text.chars()))
        }
    }
}

/// Returns `text` on one line, with every character that is not [visible](is_visible) written as Rust would: `\n`,
/// `\u{202e}`. Backslashes and quotes stay: a name, a path or a message, not a quoted value.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        push_visible(&mut shown, c);
    }
    shown
}

/// Returns `text` as a value in double quotes, so that its blanks, quotes and backslashes can be told.
pub fn quoted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push('"');
    for c in text.chars() {
        push_quoted(&mut shown, c);
    }
    shown.push('"');
    shown
}

/// Appends one character of a quoted value.
pub fn push_quoted(shown: &mut String, c: char) {
    if matches!(c, '"' | '\\') {
        shown.push('\\');
    }
    push_visible(shown, c);
}

fn push_visible(shown: &mut String, c: char) {
    if is_visible(c) {
        shown.push(c);
    } else {
        shown.extend(c.escape_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        let hidden = [
            0x00, 0x07, 0x1b, 0x7f, 0x80, 0x9b, 0xa0, 0xad, 0x61c, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f,
            0x2028, 0x2029, 0x202a, 0x202e, 0x202f, 0x2060, 0x2066, 0x2069, 0x3000, 0x3164, 0xe000, 0xfe0f, 0xfeff,
            0xfff9, 0xffff, 0xe0041, 0x10ffff,
        ];
        for code in hidden {
            let c = char::from_u32(code).expect("a character");
            assert!(!is_visible(c), "U+{code:04X} is shown as it is");
            assert!(visible(&c.to_string()).is_ascii());
        }
    }

    #[test]
    fn letters_of_all_scripts_stay() {
        for text in ["Münch\u{e9}n", "e\u{301}", "東京", "ไทย", "हिन्दी", "😀", "€ × → …", r#"C:\data "x" 'y'"#]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn a_quoted_value_can_be_read_back() {
        assert_eq!(quoted("a\"b\\c\n\u{202e} "), r#""a\"b\\c\n\u{202e} ""#);
    }
}
