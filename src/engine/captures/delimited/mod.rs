//! Delimited text: CSV and TSV, record by record.
//!
//! The scanner is our own as it has to know whether an empty field was quoted, and on which line a record starts that
//! has too few fields or a quote that is never closed.

mod columns;
mod fields;
mod records;

pub(super) use columns::{ColumnDecoder, ColumnShape};
pub(super) use records::Records;

use super::error::CaptureError;

/// How delimited text is written. All single bytes are ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvOptions {
    pub delimiter: u8,
    pub quote: u8,
    /// Inside quotes, the character behind it stands for itself. A doubled quote works with and without it.
    pub escape: Option<u8>,
    /// A line that starts with it is no record.
    pub comment: Option<u8>,
    /// Whether the first record names the columns. Without it they are `column_1`, `column_2` ….
    pub header: bool,
    /// Values that are null, quoted or not; save the empty one, which is null unquoted and an empty text in quotes.
    pub null_values: Vec<String>,
}

impl CsvOptions {
    /// Checks that the characters can be told apart from each other and from a line's end.
    pub(super) fn check(&self) -> Result<(), CaptureError> {
        let fail = |reason: &str| Err(CaptureError::Options(reason.to_string()));
        let special = [Some(self.delimiter), Some(self.quote), self.escape, self.comment];
        if special.iter().flatten().any(|byte| !byte.is_ascii() || matches!(byte, b'\r' | b'\n')) {
            return fail("delimiter, quote, escape and comment must be ASCII characters, and no line ends");
        }
        if self.delimiter == self.quote || self.escape == Some(self.delimiter) {
            return fail("the delimiter must not be the quote or the escape character, too");
        }
        if self.comment.is_some_and(|comment| comment == self.delimiter || comment == self.quote) {
            return fail("the comment character must not be the delimiter or the quote, too");
        }
        Ok(())
    }
}
