//! The engine's errors in a reader's words, and where they point in the spec.

use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;

use crate::spec::{Located, Problem, Source, locate_identifier};

/// What an engine error says, in one escaped line and without its wrapping.
pub(super) trait EngineReason {
    fn reason(&self) -> String;
}

impl EngineReason for DataFusionError {
    fn reason(&self) -> String {
        let text = match self.find_root() {
            Self::ArrowError(error, _) => arrow_reason(error),
            Self::SchemaError(error, _) => error.to_string(),
            Self::Plan(text) | Self::Execution(text) | Self::NotImplemented(text) | Self::ResourcesExhausted(text) => {
                text.clone()
            }
            other => other.strip_backtrace(),
        };
        one_line(&text)
    }
}

fn arrow_reason(error: &datafusion::arrow::error::ArrowError) -> String {
    use datafusion::arrow::error::ArrowError;
    match error {
        ArrowError::DivideByZero => "division by zero".to_string(),
        ArrowError::ArithmeticOverflow(text)
        | ArrowError::CastError(text)
        | ArrowError::ComputeError(text)
        | ArrowError::ParseError(text) => text.clone(),
        other => other.to_string(),
    }
}

fn one_line(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    line.join(" ")
        .chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
        .collect()
}

/// Turns what the engine says of a SQL text into a problem that points into the spec. `what` names the text:
/// "the offline query", "feature `x`".
pub(super) fn problem_of_plan(source: &Source, sql: &Located<String>, what: &str, error: &DataFusionError) -> Problem {
    if let DataFusionError::SchemaError(schema_error, _) = error.find_root()
        && let SchemaError::FieldNotFound { field, valid_fields } = schema_error.as_ref()
    {
        let names: Vec<&str> = valid_fields.iter().map(|column| column.name.as_str()).collect();
        return Problem::new(format!("unknown column `{}` in {what}", field.name.escape_debug()))
            .at(locate_identifier(source, sql, &field.name))
            .label("no such column")
            .suggest(&field.name, names);
    }
    let reason = error.reason();
    let problem = Problem::new(format!("{what} cannot be planned: {reason}")).at(sql.span);
    match error.find_root().to_string().contains("coerce") || reason.contains("argument types") {
        true => problem.help("cast the operand: CAST(x AS DOUBLE), or arrow_cast(x, 'Int64')"),
        false => problem,
    }
}
