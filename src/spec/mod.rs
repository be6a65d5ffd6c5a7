//! YAML text to a checked spec: text → located raw types → [`Spec`]. All problems are found at once.
//!
//! No Arrow, no DataFusion, no I/O.

mod conform;
mod data_type;
mod duration;
mod feature;
mod grammar;
mod literal;
mod model;
mod parse;
mod partial;
mod place;
mod problem;
mod scalar;
mod schema;
mod shape;
mod side;
mod sql;
mod sql_text;
mod syntax;
mod time_text;
mod tolerance;
mod variables;
mod yaml;

pub use data_type::{FeatureType, IntType, PLAIN_TYPES, TypeError};
pub use model::{
    Align, CompareOptions, Computed, CsvOptions, Duplicates, EventTimeRule, Feature, FeatureGate, Format, Gate,
    Literal, Missing, PerSide, Severity, Side, SideSpec, Spec, Table, UnicodeForm,
};
pub use parse::{ParseOptions, PathOverride};
pub use partial::{Parsed, Partial};
pub use problem::{Located, Problem, Problems, Source, Span, closest};
pub use schema::json_schema;
pub use sql_text::{is_plain_identifier, locate_identifier, quoted_identifier, substitute, without_comments};
pub use time_text::{TimeText, parse_duration, parse_time};
pub use tolerance::{FloatTolerance, Tolerance};

#[cfg(test)]
mod tests;
