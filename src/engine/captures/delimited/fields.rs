//! One record of delimited text into its fields.

use std::borrow::Cow;

use super::CsvOptions;

/// Where a field lies in its record, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
    pub quoted: bool,
    /// Whether it has doubled quotes or escape characters.
    pub escaped: bool,
}

/// How the record at the start of some bytes ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It has `n_record` bytes, and `n_bytes` with its line end.
    Record {
        n_record: usize,
        n_bytes: usize,
    },
    /// Not within these bytes.
    Beyond,
    Broken(&'static str),
}

pub(super) const UNCLOSED: &str = "it opens a quote that is not closed; reading goes on with the next line";
const GOES_ON: &str = "a field goes on after its closing quote; reading goes on with the next line";
const CARRIAGE_RETURN: &str = "it has a carriage return outside quotes";

/// Finds the fields of the record at the start of `bytes`; `at_end` says that the file ends with them.
pub(super) fn scan(bytes: &[u8], at_end: bool, options: &CsvOptions, spans: &mut Vec<Span>) -> Ending {
    spans.clear();
    let mut pos = 0;
    loop {
        let span = match bytes.get(pos) {
            Some(byte) if *byte == options.quote => match quoted(bytes, pos + 1, options) {
                Some(span) => span,
                None if at_end => return Ending::Broken(UNCLOSED),
                None => return Ending::Beyond,
            },
            Some(_) | None => {
                let rest = bytes.get(pos..).unwrap_or_default();
                let length = memchr::memchr3(options.delimiter, b'\n', b'\r', rest).unwrap_or(rest.len());
                Span { start: pos, end: pos + length, quoted: false, escaped: false }
            }
        };
        spans.push(span);
        pos = span.end + usize::from(span.quoted);
        match (bytes.get(pos), bytes.get(pos + 1)) {
            (Some(byte), _) if *byte == options.delimiter => pos += 1,
            (Some(b'\n'), _) => return Ending::Record { n_record: pos, n_bytes: pos + 1 },
            (Some(b'\r'), Some(b'\n')) => return Ending::Record { n_record: pos, n_bytes: pos + 2 },
            (None, _) | (Some(b'\r'), None) if !at_end => return Ending::Beyond,
            (None, _) => return Ending::Record { n_record: pos, n_bytes: pos },
            (Some(b'\r'), None) => return Ending::Record { n_record: pos, n_bytes: pos + 1 },
            (Some(_), _) if span.quoted => return Ending::Broken(GOES_ON),
            (Some(_), _) => return Ending::Broken(CARRIAGE_RETURN),
        }
    }
}

/// The field whose quote was opened just before `start`; `None` if it is not closed.
fn quoted(bytes: &[u8], start: usize, options: &CsvOptions) -> Option<Span> {
    let mut escaped = false;
    let mut pos = start;
    loop {
        let rest = bytes.get(pos..)?;
        pos += match options.escape {
            Some(escape) => memchr::memchr2(options.quote, escape, rest)?,
            None => memchr::memchr(options.quote, rest)?,
        };
        let is_quote = bytes.get(pos) == Some(&options.quote);
        if is_quote && bytes.get(pos + 1) != Some(&options.quote) {
            return Some(Span { start, end: pos, quoted: true, escaped });
        }
        escaped = true;
        pos += 2;
    }
}

/// Returns the text of a field, borrowed where nothing in it is escaped.
pub(super) fn text<'a>(record: &'a str, span: &Span, options: &CsvOptions) -> Cow<'a, str> {
    let raw = record.get(span.start..span.end).unwrap_or_default();
    if !span.escaped {
        return Cow::Borrowed(raw);
    }
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        let escapes = c == char::from(options.quote) || options.escape.is_some_and(|escape| c == char::from(escape));
        text.extend(if escapes { chars.next() } else { Some(c) });
    }
    Cow::Owned(text)
}
