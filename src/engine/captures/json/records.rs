//! Tells the records of a file apart: one a line, or the objects of a document.

use super::super::error::CaptureError;
use super::super::records::{Fault, Split};
use super::super::source::{MAX_RECORD_BYTES, Source};
use super::syntax;

/// How objects stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Layout {
    /// One a line. Whatever a line holds, the next one is read on its own.
    Lines,
    /// A list of objects, one object, or several one after the other, each over as many lines as it likes.
    Document,
}

/// The records of one file, in its order.
pub(in super::super) struct Records {
    source: Source,
    layout: Layout,
    position: Position,
}

/// Where a document is between two of its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Outside,
    /// Behind `[`: a record or the end of the list.
    ListStart,
    /// Behind `,`: a record.
    BeforeElement,
    /// Behind a record: a comma or the end of the list.
    AfterElement,
}

impl Records {
    pub fn new(source: Source, layout: Layout) -> Self {
        Self { source, layout, position: Position::Outside }
    }

    pub fn file(&self) -> &str {
        self.source.file()
    }

    /// The line behind the last record; the first of the piece is 1.
    pub fn line(&self) -> u64 {
        self.source.line()
    }

    /// The next record: an object that is valid in full, or the line and the reason why it is none.
    ///
    /// # Errors
    /// If the file breaks off or its structure is broken.
    pub fn next(&mut self) -> Result<Option<Result<&str, Fault>>, CaptureError> {
        let split = match self.layout {
            Layout::Lines => self.next_line()?,
            Layout::Document => self.next_of_document()?,
        };
        let Some(split) = split else { return Ok(None) };
        let Split { range, line, reason } = split;
        if let Some(reason) = reason {
            return Ok(Some(Err(Fault { line, reason })));
        }
        Ok(Some(match std::str::from_utf8(self.source.bytes(&range)) {
            Err(error) => {
                Err(Fault { line, reason: format!("it has invalid UTF-8 at its byte {}", error.valid_up_to() + 1) })
            }
            Ok(text) => match syntax::validate(text) {
                Err(reason) => Err(Fault { line, reason }),
                Ok(()) => Ok(text.trim_ascii()),
            },
        }))
    }

    fn next_line(&mut self) -> Result<Option<Split>, CaptureError> {
        let mut scanned = 0;
        loop {
            let available = self.source.available();
            let line = self.source.line();
            let found = available.get(scanned..).and_then(|rest| memchr::memchr(b'\n', rest)).map(|at| scanned + at);
            let (n_record, n_bytes) = match found {
                Some(at) => (at, at + 1),
                None if self.source.at_end() && available.is_empty() => return Ok(None),
                None if self.source.at_end() => (available.len(), available.len()),
                None if available.len() > MAX_RECORD_BYTES => (usize::MAX, 0),
                None => {
                    scanned = available.len();
                    self.source.fill()?;
                    continue;
                }
            };
            if n_record > MAX_RECORD_BYTES {
                self.source.skip_line()?;
                return Ok(Some(Split::too_long(line)));
            }
            // A BOM may also stand between files that were put together.
            let n_bom = if available.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
            let is_blank = available.get(n_bom..n_record).unwrap_or_default().trim_ascii().is_empty();
            self.source.consume(0, n_bom);
            let range = self.source.consume(n_record - n_bom, n_bytes - n_bom);
            scanned = 0;
            if !is_blank {
                return Ok(Some(Split { range, line, reason: None }));
            }
        }
    }

    fn next_of_document(&mut self) -> Result<Option<Split>, CaptureError> {
        loop {
            let blanks = self.source.available().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            self.source.consume(0, blanks);
            let Some(&byte) = self.source.available().first() else {
                if !self.source.at_end() {
                    self.source.fill()?;
                    continue;
                }
                return match self.position {
                    Position::Outside => Ok(None),
                    Position::ListStart | Position::BeforeElement | Position::AfterElement => {
                        Err(self.broken("the file ends before its list is closed"))
                    }
                };
            };
            self.position = match (self.position, byte) {
                (Position::Outside, b'{') => return self.element(Position::Outside).map(Some),
                (Position::Outside, b'[') => Position::ListStart,
                (Position::Outside, _) => return Err(self.broken("an object or a list of objects is expected")),
                (Position::ListStart | Position::AfterElement, b']') => Position::Outside,
                (Position::AfterElement, b',') => Position::BeforeElement,
                (Position::AfterElement, _) => return Err(self.broken("`,` or `]` is expected after a record")),
                (Position::ListStart | Position::BeforeElement, b',' | b']' | b'}' | b':') => {
                    return Err(self.broken("a record is expected"));
                }
                (Position::ListStart | Position::BeforeElement, _) => {
                    return self.element(Position::AfterElement).map(Some);
                }
            };
            self.source.consume(0, 1);
        }
    }

    /// Splits off the value that starts here, whose brackets must match; whether it is valid is not asked yet.
    fn element(&mut self, then: Position) -> Result<Split, CaptureError> {
        let line = self.source.line();
        loop {
            match value_end(self.source.available(), self.source.at_end()) {
                Ok(Some(n_record)) if n_record <= MAX_RECORD_BYTES => {
                    self.position = then;
                    return Ok(Split { range: self.source.consume(n_record, n_record), line, reason: None });
                }
                Ok(Some(_)) => return Err(self.broken(&Split::too_long(line).reason.unwrap_or_default())),
                Ok(None) if self.source.available().len() > MAX_RECORD_BYTES => {
                    return Err(self.broken(&Split::too_long(line).reason.unwrap_or_default()));
                }
                Ok(None) if self.source.at_end() => {
                    return Err(self.broken("the file ends inside the record that starts here"));
                }
                Ok(None) => self.source.fill()?,
                Err((pos, reason)) => {
                    self.source.consume(0, pos);
                    return Err(self.broken(&format!("{reason}; its record starts on line {line}")));
                }
            }
        }
    }

    fn broken(&self, reason: &str) -> CaptureError {
        CaptureError::Structure {
            file: self.source.file().to_string(),
            line: self.source.line(),
            reason: reason.to_string(),
        }
    }
}

/// The end of the value at the start of `bytes`; `None` if it lies beyond them.
///
/// # Errors
/// The place of a bracket or line end that leaves no way to tell where the value ends.
fn value_end(bytes: &[u8], at_end: bool) -> Result<Option<usize>, (usize, &'static str)> {
    let mut open: Vec<u8> = Vec::new();
    let mut pos = 0;
    while let Some(&byte) = bytes.get(pos) {
        match byte {
            b'"' => {
                pos += 1;
                loop {
                    let Some(found) = bytes.get(pos..).and_then(|rest| memchr::memchr3(b'"', b'\\', b'\n', rest))
                    else {
                        return Ok(None);
                    };
                    pos += found + 1;
                    match bytes.get(pos - 1) {
                        Some(b'"') => break,
                        Some(b'\\') => pos += 1,
                        _ => return Err((pos - 1, "a text is not closed on its line")),
                    }
                }
                if open.is_empty() {
                    return Ok(Some(pos));
                }
                continue;
            }
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' if open.is_empty() => return Ok(Some(pos)),
            b'}' | b']' => {
                if open.pop() != Some(byte) {
                    return Err((pos, "brackets do not match"));
                }
                if open.is_empty() {
                    return Ok(Some(pos + 1));
                }
            }
            b',' | b' ' | b'\t' | b'\r' | b'\n' if open.is_empty() => return Ok(Some(pos)),
            _ => {}
        }
        pos += 1;
    }
    Ok((at_end && open.is_empty()).then_some(pos))
}
