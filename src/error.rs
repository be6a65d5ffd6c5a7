//! What stops a run.

use std::path::PathBuf;

use crate::spec::{Problems, Side};

/// A library's error under ours, kept as a source.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a run could not go on. Each says what was being done, to what, on which side.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Problems(#[from] Problems),

    /// An input is not there, not readable, or not what its format says. `what` is a path as the spec writes it.
    #[error("cannot read {side} input `{what}`: {reason}")]
    Input { side: Side, what: String, reason: String, source: Option<Cause> },

    /// The engine gave up on a whole side.
    #[error("cannot {doing} on the {side} side: {reason}")]
    Engine { side: Side, doing: &'static str, reason: String, source: Option<Cause> },

    /// A baseline's file is not what it should be.
    #[error("cannot use baseline `{path}`: {reason}")]
    Baseline { path: String, reason: String },

    /// Two inputs have too little in common for a first spec.
    #[error("cannot write a first spec: {reason}")]
    Init { reason: String },

    /// An output would take the place of what the run reads. `what` says what that is: "the spec", "an input of the …".
    #[error("`{}` is {what}; write to another file", .path.display().to_string().escape_debug())]
    Overwrites { path: PathBuf, what: String },

    /// An output could not be written.
    #[error("cannot write `{}`: {reason}", .path.display())]
    Output { path: PathBuf, reason: String, source: Option<Cause> },
}

impl Error {
    /// The exit code of DESIGN 6: 2 for a spec, a baseline or a command line with problems, 3 for data and engine.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Problems(_) | Self::Baseline { .. } | Self::Overwrites { .. } => 2,
            Self::Input { .. } | Self::Engine { .. } | Self::Init { .. } | Self::Output { .. } => 3,
        }
    }
}
