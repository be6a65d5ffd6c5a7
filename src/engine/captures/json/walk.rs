//! Moves through JSON that is known to be valid. Never panics on other text, but then finds anything or nothing.

use std::borrow::Cow;
use std::ops::Range;

/// The fields of an object in the order of the text: the name, raw, between its quotes, and where its value lies.
pub(super) struct Entries<'a> {
    text: &'a str,
    pos: usize,
}

impl<'a> Entries<'a> {
    /// `object` starts with `{`.
    pub fn new(object: &'a str) -> Self {
        Self { text: object, pos: 1 }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a str, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        let name_start = skip_separators(bytes, self.pos);
        if bytes.get(name_start) != Some(&b'"') {
            return None;
        }
        let name_end = skip_string(bytes, name_start);
        let start = skip_separators(bytes, name_end);
        let end = skip_value(bytes, start);
        self.pos = end;
        Some((self.text.get(name_start + 1..name_end - 1)?, start..end))
    }
}

/// The values of a list.
pub(super) struct Elements<'a> {
    text: &'a str,
    pos: usize,
}

impl<'a> Elements<'a> {
    /// `list` starts with `[`.
    pub fn new(list: &'a str) -> Self {
        Self { text: list, pos: 1 }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.text.as_bytes();
        let start = skip_separators(bytes, self.pos);
        if matches!(bytes.get(start), None | Some(b']')) {
            return None;
        }
        self.pos = skip_value(bytes, start);
        self.text.get(start..self.pos)
    }
}

fn skip_separators(bytes: &[u8], mut pos: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':') = bytes.get(pos) {
        pos += 1;
    }
    pos
}

/// The end of the value that starts at `pos`; at least one byte on, save at the end of the text.
fn skip_value(bytes: &[u8], pos: usize) -> usize {
    match bytes.get(pos) {
        Some(b'"') => skip_string(bytes, pos),
        Some(b'{' | b'[') => skip_nested(bytes, pos),
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
            let rest = bytes.get(pos + 1..).unwrap_or_default();
            (pos + 1 + rest.iter().position(ends).unwrap_or(rest.len())).min(bytes.len())
        }
    }
}

fn skip_string(bytes: &[u8], start: usize) -> usize {
    let mut pos = start + 1;
    while let Some(found) = bytes.get(pos..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        pos += found;
        if bytes.get(pos) == Some(&b'"') {
            return pos + 1;
        }
        pos += 2;
    }
    bytes.len()
}

fn skip_nested(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0usize;
    let mut pos = start;
    while let Some(byte) = bytes.get(pos) {
        match byte {
            b'"' => {
                pos = skip_string(bytes, pos);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return pos + 1;
                }
            }
            _ => {}
        }
        pos += 1;
    }
    bytes.len()
}

/// The text of a JSON string, without its quotes if it has them. Borrows where there is no escape.
pub(super) fn unescape(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        text.push_str(plain);
        let (c, n_bytes) = unescape_one(escaped.as_bytes());
        text.push(c);
        rest = escaped.get(n_bytes..).unwrap_or_default();
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// What stands behind a backslash, and how long it is.
fn unescape_one(escaped: &[u8]) -> (char, usize) {
    match escaped.first() {
        Some(b'b') => ('\u{8}', 1),
        Some(b'f') => ('\u{c}', 1),
        Some(b'n') => ('\n', 1),
        Some(b'r') => ('\r', 1),
        Some(b't') => ('\t', 1),
        Some(b'u') => {
            let unit = |at: usize| escaped.get(at..at + 4).and_then(hex).map(u32::from);
            match (unit(1), unit(7)) {
                (Some(high @ 0xd800..0xdc00), Some(low @ 0xdc00..0xe000)) => {
                    let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                    (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 11)
                }
                (Some(code), _) => (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 5),
                (None, _) => (char::REPLACEMENT_CHARACTER, 1),
            }
        }
        Some(byte) if byte.is_ascii() => (char::from(*byte), 1),
        Some(_) | None => (char::REPLACEMENT_CHARACTER, 0),
    }
}

/// The number that the first four bytes are as hex digits.
pub(super) fn hex(bytes: &[u8]) -> Option<u16> {
    bytes.get(..4)?.iter().try_fold(0u16, |sum, byte| Some(sum << 4 | char::from(*byte).to_digit(16)? as u16))
}
