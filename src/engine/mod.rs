//! The only module that imports DataFusion: session, sources, captures, programs, evaluation, alignment, functions.
//!
//! A side is opened ([`Input`]), its expressions become a program of steps, and its rows run through that program as they
//! are read; the results are sorted and aligned. Expressions are evaluated here rather than in a query plan, so that a row
//! that fails is found, named and counted while all others go on.

mod agree;
mod align;
mod arithmetic;
mod captures;
mod evaluate;
mod expression;
mod fallible;
mod files;
mod focus;
mod formula;
pub mod functions;
mod input;
mod layout;
mod listing;
mod memory;
mod mismatches;
mod names;
mod partition;
mod planner;
mod profile;
mod program;
mod reason;
mod run;
mod session;
mod sorted;
mod walk;

pub use align::{Accounts, Aligned, KeyFormat, KeySample, Outcome, Way};
pub use captures::Unreadable;
pub use evaluate::{EvaluationFacts, Failure, panics_are_failures};
pub use files::input_files;
pub use focus::{Focus, Wanted};
pub use formula::{Formula, row_hashes};
pub use input::{Depth, Input};
pub use layout::{Layout, Rows};
pub use mismatches::{Cell, MismatchFile};
pub use profile::{
    ColumnProfile, EpochUnit, KeyCount, Kinds, Origin, Overlap, Profile, Profiler, Sketch, column_names, time_words,
    words,
};
pub use program::JsonKinds;
pub use run::{Execution, Planned, Progress};
pub use session::Resources;

/// The version of DataFusion that this is built with.
pub const DATAFUSION_VERSION: &str = datafusion::DATAFUSION_VERSION;
