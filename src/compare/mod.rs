//! Two aligned Arrow columns to codes and tallies. Pure: no async, no I/O; cannot fail.
//!
//! A side's column first goes through a [`Converter`]: encodings become plain, values become the declared type, and what
//! cannot is kept as text beside its row. A [`Comparer`] then gives every row of two such columns one [`Code`].

mod agreement;
mod codes;
mod conversion;
mod missing;
mod nested;
mod numbers;
mod strings;
#[cfg(test)]
mod tests;
pub mod texts;
mod times;
mod types;
mod values;

pub use codes::{Code, Comparer, Tally};
pub use conversion::{Column, Converter, has_naive_times};
pub use missing::{missing_rows, outside_categories};
pub use types::{Common, common_type, is_text, normalised_type, spoken_type};
pub use values::{canonical_floats, int_at, nanoseconds_at, plain_values, text_at, value_at};
