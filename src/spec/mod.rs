//! YAML text to a checked spec: text → located raw types → [`Spec`]. All problems are found at once.
//!
//! No Arrow, no DataFusion, no I/O.

mod data_type;
mod model;
mod place;
mod problem;
mod scalar;
mod tolerance;
mod yaml;

pub use data_type::{FeatureType, IntType, PLAIN_TYPES, TypeError};
pub use model::{
    Align, CompareOptions, Computed, CsvOptions, Duplicates, EventTimeRule, Feature, FeatureGate, Format, Gate, Literal,
    Missing, PerSide, Severity, Side, SideSpec, Spec, Table, UnicodeForm,
};
pub use problem::{Located, Problem, Problems, Source, Span, closest};
pub use tolerance::{FloatTolerance, Tolerance};
