//! `trueup` tells whether production computes the features that the model was trained on.
//!
//! It reads a declarative spec, executes it over the offline training tables and over the captured production inputs,
//! and compares the values row by row. This page is the architecture: what there is, and which way it goes.
//!
//! ```text
//! text ─spec─▶ Spec ─engine─▶ two sides of evaluated rows ─align─▶ aligned batches ─compare─▶ codes ─▶ tallies
//!                                                                                                       │
//!          terminal │ json │ markdown ◀─emit─ Report ◀─build─ findings, verdict ◀─gate── features ◀─────┘
//! ```
//!
//! # The stages
//!
//! [`check::check`] reads top to bottom as the data flow:
//!
//! 1. **Spec.** [`spec::Spec::parse`] turns YAML into a checked [`spec::Spec`], or into all of its problems at once, each
//!    with its place. It knows no data.
//! 2. **Plan.** [`engine::Planned::new`] opens both sides and plans every expression over their columns. Records of JSON
//!    and CSV are read once to learn the types of all values; of Parquet, Avro and Arrow files only the metadata. What is
//!    wrong with the spec in the light of the columns is known here, before any row is executed.
//! 3. **Execute.** Each side's rows run through a *program* of steps as they are read: `where` first, then the columns
//!    and features in the order in which they need each other. A step that fails for a batch is repeated on halves of
//!    it, so that the rows that fail are found, named and counted while all others go on. A value that cannot become
//!    its declared type keeps its raw text.
//! 4. **Align.** Both sides are sorted by key (and spill to disk under a memory limit), and one merge pairs them and
//!    accounts for every row. How rows come to be paired is the affair of the module `engine::align` alone: it hands out
//!    [`engine::Aligned`] batches in the order of the keys, and it can be replaced behind that.
//! 5. **Compare.** [`compare::Comparer`] gives every pair of values one [`compare::Code`]. It is pure: Arrow arrays in,
//!    codes out; it cannot fail.
//! 6. **Diagnose.** While the rows pass, a bounded sample is kept of each comparison. Every [`diagnose::Detector`] looks at it
//!    and proposes mechanisms as SQL over `value`; what holds on the sample runs on every row, in a further pass that reads
//!    the mismatching features only, and those counts decide what is said.
//! 7. **Judge.** [`gate`] holds counts against budgets, and the run's verdict follows from the findings alone, so that a
//!    [`baseline`] can accept some of them.
//! 8. **Report.** [`report::Report`] is the one value that every emitter shows; an emitter never computes.
//!
//! # Rules that hold everywhere
//!
//! - Imports point one way: `cli → check → engine, report → diagnose → compare → spec`. Only [`engine`] imports DataFusion, only
//!   [`cli`] sees the terminal, the environment and exit codes. `tests/architecture.rs` holds it.
//! - Every row that was read is in exactly one account of the ledger, and the codes of a comparison add up to its rows.
//! - Results never depend on the order of rows, on batches, partitions or threads: what is listed is ordered by the spec
//!   and by keys, and what is sampled is the smallest of its kind.
//! - A mismatch is a result, not an error. "Could not check" never looks like a pass.
//! - Values come from production: they are escaped wherever they are shown.

pub mod baseline;
pub mod check;
pub mod cli;
pub mod compare;
pub mod diagnose;
pub mod engine;
pub mod error;
pub mod gate;
pub mod init;
pub mod report;
pub mod spec;
