//! Tells the records of a delimited file apart, and reads its header.

use std::borrow::Cow;
use std::sync::Arc;

use super::super::error::CaptureError;
use super::super::records::{Fault, Split};
use super::super::source::{MAX_RECORD_BYTES, Source};
use super::CsvOptions;
use super::fields::{Ending, Span, UNCLOSED, scan, text};

/// The records of one file, in its order.
pub(in super::super) struct Records {
    source: Source,
    options: Arc<CsvOptions>,
    /// The names of the columns; without a header, they are known from the first readable record on.
    names: Option<Vec<String>>,
    spans: Vec<Span>,
}

/// One record with as many fields as the file has columns.
pub(in super::super) struct Row<'a> {
    text: &'a str,
    spans: &'a [Span],
    options: &'a CsvOptions,
}

impl Row<'_> {
    pub fn n_fields(&self) -> usize {
        self.spans.len()
    }

    /// How many bytes the record has in the file.
    pub fn n_bytes(&self) -> usize {
        self.text.len()
    }

    /// The value of a column, `None` where it is null.
    pub fn value(&self, column_idx: usize) -> Option<Cow<'_, str>> {
        let span = self.spans.get(column_idx)?;
        let value = text(self.text, span, self.options);
        let is_null =
            self.options.null_values.iter().any(|null| **null == *value) && !(value.is_empty() && span.quoted);
        (!is_null).then_some(value)
    }
}

impl Records {
    /// Reads the header, if there is one.
    ///
    /// # Errors
    /// [`CaptureError::Header`] if the header is unreadable or names two columns alike.
    pub fn new(source: Source, options: Arc<CsvOptions>) -> Result<Self, CaptureError> {
        let mut records = Self { source, options, names: None, spans: Vec::new() };
        if records.options.header
            && let Some(split) = records.split()?
        {
            records.names = Some(records.header(split)?);
        }
        Ok(records)
    }

    pub fn file(&self) -> &str {
        self.source.file()
    }

    /// The names of the columns, none as long as no record was read that tells how many there are.
    pub fn names(&self) -> &[String] {
        self.names.as_deref().unwrap_or_default()
    }

    fn header(&self, split: Split) -> Result<Vec<String>, CaptureError> {
        let fail = |reason: String| CaptureError::Header { file: self.source.file().to_string(), reason };
        if let Some(reason) = split.reason {
            return Err(fail(reason));
        }
        let Ok(header) = std::str::from_utf8(self.source.bytes(&split.range)) else {
            return Err(fail("it has invalid UTF-8".into()));
        };
        let mut names: Vec<String> = Vec::with_capacity(self.spans.len());
        for (column_idx, span) in self.spans.iter().enumerate() {
            names.push(match &*text(header, span, &self.options) {
                "" => column_name(column_idx),
                name => name.to_string(),
            });
        }
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(fail(format!("two columns are named `{}`", pair[0].escape_debug()))),
            None => Ok(names),
        }
    }

    /// The next record, or the line and the reason why it cannot be read.
    ///
    /// # Errors
    /// If the file breaks off.
    pub fn next(&mut self) -> Result<Option<Result<Row<'_>, Fault>>, CaptureError> {
        let Some(Split { range, line, reason }) = self.split()? else { return Ok(None) };
        if let Some(reason) = reason {
            return Ok(Some(Err(Fault { line, reason })));
        }
        let text = match std::str::from_utf8(self.source.bytes(&range)) {
            Ok(text) => text,
            Err(error) => {
                let reason = format!("it has invalid UTF-8 at its byte {}", error.valid_up_to() + 1);
                return Ok(Some(Err(Fault { line, reason })));
            }
        };
        let n_fields = self.spans.len();
        let names = self.names.get_or_insert_with(|| (0..n_fields).map(column_name).collect());
        if names.len() != n_fields {
            let than = if self.options.header { "the header" } else { "the first record" };
            let noun = if n_fields == 1 { "field" } else { "fields" };
            let mut reason = format!("it has {n_fields} {noun}, {than} has {}", names.len());
            let n_lines = memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64;
            if n_lines > 0 {
                reason.push_str(&format!("; it spans lines {line} to {}", line + n_lines));
            }
            return Ok(Some(Err(Fault { line, reason })));
        }
        Ok(Some(Ok(Row { text, spans: &self.spans, options: &self.options })))
    }

    /// Splits off the next record that is neither blank nor a comment, and finds its fields.
    fn split(&mut self) -> Result<Option<Split>, CaptureError> {
        loop {
            if self.source.available().len() < 2 && !self.source.at_end() {
                self.source.fill()?;
            }
            let line = self.source.line();
            match *self.source.available() {
                [] => return Ok(None),
                [b'\n', ..] | [b'\r'] => drop(self.source.consume(0, 1)),
                [b'\r', b'\n', ..] => drop(self.source.consume(0, 2)),
                [first, ..] if Some(first) == self.options.comment => self.source.skip_line()?,
                _ => return self.split_at(line).map(Some),
            }
        }
    }

    fn split_at(&mut self, line: u64) -> Result<Split, CaptureError> {
        loop {
            let available = self.source.available();
            let reason = match scan(available, self.source.at_end(), &self.options, &mut self.spans) {
                Ending::Record { n_record, n_bytes } if n_record <= MAX_RECORD_BYTES => {
                    return Ok(Split { range: self.source.consume(n_record, n_bytes), line, reason: None });
                }
                Ending::Beyond if available.len() <= MAX_RECORD_BYTES => {
                    self.source.fill()?;
                    continue;
                }
                Ending::Broken(reason) => reason,
                // A line may be that long; a record of several lines rather has a quote that should not be there.
                Ending::Record { n_record, .. } if !available.get(..n_record).is_some_and(has_lines) => {
                    self.source.skip_line()?;
                    return Ok(Split::too_long(line));
                }
                Ending::Beyond if !has_lines(available) => {
                    self.source.skip_line()?;
                    return Ok(Split::too_long(line));
                }
                Ending::Record { .. } | Ending::Beyond => UNCLOSED,
            };
            // Only the first line is given up. A quote may have swallowed any number of good records behind it.
            self.source.skip_line()?;
            return Ok(Split { range: 0..0, line, reason: Some(reason.to_string()) });
        }
    }
}

fn has_lines(bytes: &[u8]) -> bool {
    memchr::memchr(b'\n', bytes).is_some()
}

fn column_name(column_idx: usize) -> String {
    format!("column_{}", column_idx + 1)
}
