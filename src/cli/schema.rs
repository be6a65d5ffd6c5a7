//! `trueup schema`: the JSON Schema of specs.

use super::Stop;
use super::output::Destination;
use crate::spec::json_schema;

/// Prints the schema.
pub fn run() -> Result<u8, Stop> {
    Destination::Stdout.write(&format!("{:#}\n", json_schema()))?;
    Ok(0)
}
