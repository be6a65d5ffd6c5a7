//! What every reader says of a record.

use std::ops::Range;

use super::source::MAX_RECORD_BYTES;

/// A record that cannot be read: the line on which it starts, from 1, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub line: u64,
    pub reason: String,
}

/// A value is not of the type that was learned, so the file is not what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Misfit;

/// A record told apart from the others. With a reason it is unreadable already, whatever its bytes are.
pub(super) struct Split {
    pub range: Range<usize>,
    pub line: u64,
    pub reason: Option<String>,
}

impl Split {
    pub fn too_long(line: u64) -> Self {
        let reason = format!("it is longer than {MAX_RECORD_BYTES} bytes");
        Self { range: 0..0, line, reason: Some(reason) }
    }
}
