//! Text in lines that fit a terminal.

use unicode_width::UnicodeWidthStr;

/// Columns.
pub const WIDTH: usize = 80;

/// Returns lines of at most [`WIDTH`] columns, as far as words allow; the first begins with `first`, all others with `rest`.
pub fn wrapped(text: &str, first: &str, rest: &str) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.width() + 1 + word.width() > WIDTH {
            lines += &line;
            lines.push('\n');
            line = rest.to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line += word;
        is_empty = false;
    }
    lines + &line + "\n"
}
