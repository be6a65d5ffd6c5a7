//! What happened to values that disagree: the mechanism, its proof and its repair.
//!
//! A [`Detector`] looks at a bounded sample of one comparison ([`Evidence`]) and proposes mechanisms, each as SQL over
//! `value` ([`Proposal`]). It decides nothing: one shared step runs every proposal on the sample, ranks what is left by
//! description length, and has the survivors run on every row. What is reported was counted there.
//!
//! Pure: no async, no I/O, no engine. What has to be executed is handed to whoever calls.

mod detector;
pub mod detectors;
mod evidence;
mod fill;
mod instant;
mod labels;
mod number_text;
mod proposal;
mod scale;
pub mod score;
mod spectrum;
pub mod sql;
#[cfg(test)]
pub mod testing;
mod text_pairs;
pub mod units;
mod value;

pub use detector::{Detector, Family};
pub use detectors::{DETECTORS, detector};
pub use evidence::{Evidence, Pair, Place, SharedColumn};
pub use proposal::{Proposal, Test};
pub use value::Value;
