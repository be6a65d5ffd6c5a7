//! Scalars: what a plain one stands for, and where each character of a value stands in the file.

use std::iter::Peekable;
use std::ops::Range;
use std::str::CharIndices;

use serde_yaml::granit_parser::ScalarStyle;

use super::problem::{Located, Source, Span};

/// What a plain scalar stands for.
///
/// Source: YAML 1.2.2, the core schema (10.3.2), where `yes`, `no`, `on` and `off` are texts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Resolved {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text,
}

/// Tells what a plain scalar stands for. An integer beyond 128 bits is a float.
pub(super) fn resolve(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "true" | "True" | "TRUE" => return Resolved::Bool(true),
        "false" | "False" | "FALSE" => return Resolved::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Resolved::Float(f64::NAN),
        _ => {}
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return unsigned(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return unsigned(digits, 8);
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Resolved::Float(sign * f64::INFINITY);
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Resolved::Text;
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        if let Ok(value) = text.parse() {
            return Resolved::Int(value);
        }
    } else if !digits.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) {
        return Resolved::Text;
    }
    text.parse().map_or(Resolved::Text, Resolved::Float)
}

fn unsigned(digits: &str, radix: u32) -> Resolved {
    if digits.starts_with(['+', '-']) {
        return Resolved::Text;
    }
    i128::from_str_radix(digits, radix).map_or(Resolved::Text, Resolved::Int)
}

/// Returns the first line of a block scalar that is not blank, without its indentation; none if the scalar is no block or
/// holds no such line. `range` may begin with the header or behind it.
pub(super) fn block_content(text: &str, range: Range<usize>, style: ScalarStyle) -> Option<Range<usize>> {
    let start = block_start(text, &range, style)?;
    let content = text.get(start..range.end)?;
    let first = content.len() - content.trim_start().len();
    let line = content[first..].lines().next()?.trim_end();
    (!line.is_empty()).then(|| start + first..start + first + line.len())
}

/// Where the lines of a block scalar begin, behind the line of its `|` or `>`.
fn block_start(text: &str, range: &Range<usize>, style: ScalarStyle) -> Option<usize> {
    let mark = match style {
        ScalarStyle::Literal => '|',
        ScalarStyle::Folded => '>',
        ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => return None,
    };
    let raw = text.get(range.clone())?;
    if raw.starts_with(mark) {
        return Some(range.start + raw.find('\n')? + 1);
    }
    // Back to the beginning of the line, for its indentation.
    Some(text[..range.start].rfind('\n').map_or(0, |idx| idx + 1))
}

/// Returns where characters `chars` of a scalar's value stand in the file; when in doubt, the span of the scalar.
pub(super) fn place(source: &Source, scalar: &Located<String>, chars: Range<usize>) -> Span {
    locate(source, scalar, chars).unwrap_or(scalar.span)
}

fn locate(source: &Source, scalar: &Located<String>, chars: Range<usize>) -> Option<Span> {
    let lines = source.lines();
    let text: &str = &source.text;
    let begin = lines.offset(scalar.span)?;
    // The file is not read as YAML again: only the style in which a value is written leads from the text to the value.
    let offsets = STYLES.into_iter().find_map(|style| offsets(text, begin, style, &scalar.value))?;
    let start = *offsets.get(chars.start)?;
    let last = *offsets.get(chars.end.saturating_sub(1).max(chars.start))?;
    let end = match text.get(last..)?.chars().next() {
        Some(c) if chars.end > chars.start => last + c.len_utf8(),
        Some(_) | None => start,
    };
    Some(lines.span(start..end.max(start)))
}

const STYLES: [ScalarStyle; 5] = [
    ScalarStyle::DoubleQuoted,
    ScalarStyle::SingleQuoted,
    ScalarStyle::Plain,
    ScalarStyle::Literal,
    ScalarStyle::Folded,
];

/// The offset in `text` of every character of a value that begins at `begin`, and of its end. None if the value does not
/// follow from the text by the rules of the style. A block begins with its first line that is not blank.
fn offsets(text: &str, begin: usize, style: ScalarStyle, value: &str) -> Option<Vec<usize>> {
    let (start, indent) = match style {
        ScalarStyle::Plain => (begin, None),
        ScalarStyle::SingleQuoted => (begin + text.get(begin..)?.starts_with('\'').then_some(1)?, None),
        ScalarStyle::DoubleQuoted => (begin + text.get(begin..)?.starts_with('"').then_some(1)?, None),
        ScalarStyle::Literal | ScalarStyle::Folded => {
            // Back over the blank lines that the value begins with, to the beginning of a line.
            let n_blank = value.len() - value.trim_start_matches('\n').len();
            let mut breaks = text.get(..begin)?.rmatch_indices('\n').map(|(idx, _)| idx + 1);
            let start = breaks.nth(n_blank).unwrap_or(0);
            (start, Some(indent(text.get(start..)?, value)))
        }
    };
    let raw = text.get(start..)?;
    let mut reader = Reader { raw, at: raw.char_indices().peekable(), style, indent };
    reader.skip_indent();
    let mut found = Vec::with_capacity(value.len() + 1);
    let mut wanted = value.chars().peekable();
    while let Some(c) = wanted.next() {
        found.push(start + reader.offset());
        if reader.take(c) {
            continue;
        }
        // What remains of a block's end, or a fold: one blank for a line break, or one break for each blank line.
        let at = found.pop()?;
        if c != ' ' && c != '\n' {
            reader.skip_blank();
            found.push(start + reader.offset());
            if !reader.take(c) {
                return None;
            }
            continue;
        }
        found.push(at);
        if !reader.take_fold() {
            // A block's value may end with a break that the file lacks.
            return (wanted.peek().is_none() && reader.at.peek().is_none()).then(|| {
                found.push(at);
                found
            });
        }
        if c == '\n' {
            while wanted.peek() == Some(&'\n') {
                wanted.next();
                found.push(at);
            }
        }
    }
    found.push(start + reader.offset());
    Some(found)
}

/// The indentation of a block: how much longer its first line that is not blank is than the same line of its value.
fn indent(content: &str, value: &str) -> usize {
    let first = |text: &str| {
        text.lines().find(|line| !line.trim().is_empty()).map(|line| line.len() - line.trim_start_matches(' ').len())
    };
    first(content).unwrap_or(0).saturating_sub(first(value).unwrap_or(0))
}

struct Reader<'a> {
    raw: &'a str,
    at: Peekable<CharIndices<'a>>,
    style: ScalarStyle,
    /// Of a block.
    indent: Option<usize>,
}

impl Reader<'_> {
    fn offset(&mut self) -> usize {
        self.at.peek().map_or(self.raw.len(), |(idx, _)| *idx)
    }

    fn peek(&mut self) -> Option<char> {
        self.at.peek().map(|(_, c)| *c)
    }

    fn rest(&mut self) -> &str {
        let offset = self.offset();
        &self.raw[offset..]
    }

    fn skip(&mut self, n_chars: usize) {
        for _ in 0..n_chars {
            self.at.next();
        }
    }

    fn skip_indent(&mut self) {
        let Some(indent) = self.indent else { return };
        for _ in 0..indent {
            if self.peek() != Some(' ') {
                return;
            }
            self.at.next();
        }
    }

    fn skip_blank(&mut self) {
        while self.peek().is_some_and(|c| c.is_ascii_whitespace()) {
            self.at.next();
        }
    }

    /// Takes what stands for one character of the value, unless that is a line break.
    fn take(&mut self, wanted: char) -> bool {
        let Some(c) = self.peek() else { return false };
        if self.style == ScalarStyle::DoubleQuoted && c == '\\' {
            return self.take_escape(wanted);
        }
        if self.style == ScalarStyle::SingleQuoted && c == '\'' {
            if wanted != '\'' || !self.rest().starts_with("''") {
                return false;
            }
            self.skip(2);
            return true;
        }
        // Blanks before a line break belong to the fold; in a block they are content.
        let at_fold = c == '\n' || c == '\r' || (self.indent.is_none() && self.blank_to_break());
        if at_fold {
            if self.style == ScalarStyle::Literal && wanted == '\n' {
                self.take_break();
                self.skip_indent();
                return true;
            }
            return false;
        }
        if c != wanted {
            return false;
        }
        self.at.next();
        true
    }

    fn blank_to_break(&mut self) -> bool {
        let rest = self.rest();
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        blank < rest.len() && rest[blank..].starts_with(['\n', '\r'])
    }

    fn take_break(&mut self) -> bool {
        match self.peek() {
            Some('\r') => {
                self.at.next();
                if self.peek() == Some('\n') {
                    self.at.next();
                }
                true
            }
            Some('\n') => {
                self.at.next();
                true
            }
            Some(_) | None => false,
        }
    }

    /// Takes line breaks with the blanks around them.
    fn take_fold(&mut self) -> bool {
        let Some(indent) = self.indent else {
            if !self.blank_to_break() && !self.rest().starts_with(['\n', '\r']) {
                return false;
            }
            self.skip_blank();
            return true;
        };
        let mut any = false;
        while self.take_break() {
            any = true;
            // A blank line may be shorter than the indentation.
            let mut n_blanks = 0;
            while n_blanks < indent && self.peek() == Some(' ') {
                self.at.next();
                n_blanks += 1;
            }
        }
        any
    }

    /// Takes an escape. A line break that is escaped stands for nothing, and what follows it is taken instead.
    fn take_escape(&mut self, wanted: char) -> bool {
        let mut rest = self.rest().chars();
        rest.next();
        let n_digits = match rest.next() {
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            Some('\n' | '\r') => {
                self.at.next();
                self.skip_blank();
                return self.take(wanted);
            }
            Some(_) => 0,
            None => return false,
        };
        let digits: String = self.rest().chars().skip(2).take(n_digits).collect();
        let is_surrogate =
            n_digits == 4 && u32::from_str_radix(&digits, 16).is_ok_and(|code| (0xD800..0xDC00).contains(&code));
        self.skip(2 + n_digits);
        if is_surrogate {
            self.skip(6);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::yaml;

    #[test]
    fn a_plain_scalar_is_what_the_core_schema_says() {
        for (text, wanted) in [
            ("~", Resolved::Null),
            ("True", Resolved::Bool(true)),
            ("no", Resolved::Text),
            ("-12", Resolved::Int(-12)),
            ("0x1F", Resolved::Int(31)),
            ("0o17", Resolved::Int(15)),
            ("1e3", Resolved::Float(1000.0)),
            ("+.5", Resolved::Float(0.5)),
            ("-.inf", Resolved::Float(f64::NEG_INFINITY)),
            ("1d", Resolved::Text),
            ("infinity", Resolved::Text),
            ("1.2.3", Resolved::Text),
            (".", Resolved::Text),
            ("0x-1", Resolved::Text),
        ] {
            assert_eq!(resolve(text), wanted, "{text}");
        }
        assert!(matches!(resolve(".nan"), Resolved::Float(value) if value.is_nan()));
    }

    /// In every style, the word `needle` of the value is found where it stands in the file.
    #[test]
    fn every_character_is_found_in_every_style() {
        for text in [
            "k: a + needle * b\n",
            "k: a +\n   needle\n   * b\n",
            "k: a +\n\n\n   needle\n",
            "k: 'it''s + needle'\n",
            "k: 'a\n\n  b needle'\n",
            "k: \"a \\\" \\x41 \\u00e9 \\ud83d\\ude00 \\n needle\"\n",
            "k: \"a \\\n     b\n   c  \n\n  d needle\"\n",
            "k: |\n  a\n    b\n\n  needle\n",
            "k: |2\n    a\n  needle\n",
            "k: >\n  a\n  b\n\n    c\n      d\n\n  e needle\n  f\n",
            "k: >-\n  é\n  needle",
            "k: |+\n  a  \n  b needle\n\n\n",
            "- 1\n- k: |  # comment\n    a\r\n    needle\r\n",
            "{k: needle}",
            "k: [1, \"x needle\"]",
        ] {
            let source = Source { path: "s".into(), text: text.into() };
            let root = yaml::read(&source, &mut Vec::new()).unwrap();
            let scalar = find(&root).expect(text);
            let byte = scalar.value.find("needle").unwrap();
            let start = scalar.value[..byte].chars().count();
            let wanted = source.lines().span(text.find("needle").unwrap()..text.find("needle").unwrap() + 6);
            assert_eq!(locate(&source, &scalar, start..start + 6), Some(wanted), "{text:?}");
            assert!(
                locate(&source, &scalar, scalar.value.chars().count()..scalar.value.chars().count()).is_some(),
                "{text:?}"
            );
        }
    }

    fn find(node: &yaml::Node) -> Option<Located<String>> {
        match &node.value {
            yaml::Value::Scalar(scalar) => scalar.text.contains("needle").then(|| node.text()).flatten(),
            yaml::Value::List(items) => items.iter().find_map(find),
            yaml::Value::Mapping(entries) => entries.iter().find_map(|entry| find(&entry.value)),
        }
    }
}
