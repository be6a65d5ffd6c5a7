//! Why a file of captures stops a run. A record that no reader can parse does not; see `Unreadable`.

use std::io;

/// What is wrong with a file, in plain words. `file` is what messages show for it.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    #[error("cannot open `{}`: {reason}", .file.escape_debug())]
    Open { file: String, reason: String, source: io::Error },

    /// The file cannot be read to its end: a stream that breaks off, that is not what its extension says, or I/O.
    #[error("cannot read `{}`: {reason}", .file.escape_debug())]
    Read { file: String, reason: String, source: Option<io::Error> },

    /// The structure around the records is broken, so that the rest of the file cannot be told apart into records.
    #[error("cannot read `{}` beyond line {line}: {reason}", .file.escape_debug())]
    Structure { file: String, line: u64, reason: String },

    /// The header row of delimited text.
    #[error("cannot use the header of `{}`: {reason}", .file.escape_debug())]
    Header { file: String, reason: String },

    /// The file holds other records than when its types were learned.
    #[error("`{}` changed while it was read", .file.escape_debug())]
    Changed { file: String },

    #[error("{0}")]
    Options(String),

    #[error("`{}` and `{}` lie in folders of different hive partitions", .0.escape_debug(), .1.escape_debug())]
    Partitions(String, String),
}
