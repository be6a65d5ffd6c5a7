//! What a run reports, and one emitter a file. An emitter never computes: everything that it shows is in the [`Report`].

mod difference;
mod escape;
pub mod json;
mod layout;
pub mod markdown;
mod model;
mod order;
mod rate;
#[cfg(test)]
pub(crate) mod samples;
pub mod text;
mod words;

pub(crate) use escape::visible;
pub use model::{
    Comparison, Counts, Diagnosis, Evidence, Feature, Fields, Finding, FindingKind, Ledger, MismatchCode, Onset,
    OnsetKind, Repair, Report, SCHEMA, Sample, Scope, Slice, SpecRef, Stage, Tool, Verdict,
};
pub(crate) use rate::percent;
pub(crate) use words::{number, plural};
