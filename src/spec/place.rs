//! From byte offsets of a spec file to lines and columns, and back.

use std::ops::Range;

use super::problem::{Source, Span};

/// Where the lines of a text begin.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
    is_ascii: bool,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(idx, _)| idx + 1)).collect();
        Self { text, starts, is_ascii: text.is_ascii() }
    }

    /// Returns the span of a range of bytes, as far as it lies on the line on which it begins, without blanks at its end.
    ///
    /// A range behind the text, as that of an unexpected end, lies behind the last line that is not empty.
    pub fn span(&self, range: Range<usize>) -> Span {
        let text = self.text;
        let start = floor(text, range.start);
        let (start, end) = if text[start..].trim().is_empty() {
            let end = text.trim_end().len();
            (end, end)
        } else {
            (start, floor(text, range.end.max(start)))
        };
        let line_idx = self.starts.partition_point(|line_start| *line_start <= start).saturating_sub(1);
        let line_start = self.starts.get(line_idx).copied().unwrap_or(0);
        let line_end = text[start..].find('\n').map_or(text.len(), |idx| start + idx);
        let marked = text[start..end.min(line_end)].trim_end();
        let n_chars = |part: &str| if self.is_ascii { part.len() } else { part.chars().count() };
        Span {
            line: u32::try_from(line_idx + 1).unwrap_or(u32::MAX),
            column: u32::try_from(n_chars(&text[line_start..start]) + 1).unwrap_or(u32::MAX),
            len: u32::try_from(n_chars(marked)).unwrap_or(u32::MAX),
        }
    }

    /// Returns the byte offset at which a span begins.
    pub fn offset(&self, span: Span) -> Option<usize> {
        let line_start = *self.starts.get((span.line as usize).checked_sub(1)?)?;
        let rest = self.text.get(line_start..)?;
        let column_idx = (span.column as usize).checked_sub(1)?;
        match rest.char_indices().nth(column_idx) {
            Some((idx, _)) => Some(line_start + idx),
            None => (rest.chars().count() == column_idx).then_some(self.text.len()),
        }
    }
}

/// The nearest character boundary at or before an offset.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

impl Source {
    pub(super) fn lines(&self) -> Lines<'_> {
        Lines::new(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_spans_end_with_their_line() {
        let text = "a: é ü\r\nb: c  \n";
        let lines = Lines::new(text);
        let at = |needle: &str| text.find(needle).unwrap();
        assert_eq!(lines.span(at("ü")..at("c")), Span { line: 1, column: 6, len: 1 });
        assert_eq!(lines.span(at("c")..text.len()), Span { line: 2, column: 4, len: 1 });
        assert_eq!(lines.span(text.len()..text.len() + 9), Span { line: 2, column: 5, len: 0 });
        assert_eq!(lines.offset(Span { line: 1, column: 6, len: 1 }), Some(at("ü")));
        assert_eq!(lines.offset(Span { line: 9, column: 1, len: 1 }), None);
    }
}
