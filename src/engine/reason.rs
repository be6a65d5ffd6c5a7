//! The engine's errors in a reader's words, and where they point in the spec.

use datafusion::arrow::error::ArrowError;
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use datafusion::object_store;
use datafusion::parquet::errors::ParquetError;

use super::captures::CaptureError;
use crate::spec::{Located, Problem, Side, Source, Spec, locate_identifier};

/// What an engine error says, in one escaped line, without its wrapping and its advice to developers.
pub(super) trait EngineReason {
    fn reason(&self) -> String;
}

impl EngineReason for DataFusionError {
    fn reason(&self) -> String {
        let root = self.find_root();
        if let Some(reason) = store_reason(root) {
            return one_line(&reason);
        }
        let text = match root {
            Self::ArrowError(error, _) => arrow_reason(error),
            Self::SchemaError(error, _) => error.to_string(),
            Self::ResourcesExhausted(text) => exhausted(text),
            Self::SQL(error, _) => error.to_string(),
            Self::Plan(text) | Self::Execution(text) | Self::NotImplemented(text) | Self::Internal(text) => {
                text.clone()
            }
            other => other.to_string(),
        };
        one_line(&readable(&text))
    }
}

/// What an engine error says, after what of a side was being executed: its query, and the tables as the spec has them
/// where a file may be at fault that the error does not name.
///
/// Where a feature is sensitive, what the engine quotes is hidden: it may be a value, and which one cannot be told.
pub(super) fn placed_reason(error: &DataFusionError, spec: &Spec, side: Side) -> String {
    let mut reason = error.reason();
    if spec.features.iter().any(|feature| feature.sensitive) {
        let parts = reason.split('\'').enumerate();
        let parts: Vec<&str> =
            parts.map(|(idx, part)| if idx % 2 == 1 { "(hidden: sensitive)" } else { part }).collect();
        reason = parts.join("'");
    }
    if matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)) {
        return reason;
    }
    let side_spec = &spec.sides[side];
    let mut places = Vec::new();
    if let Some(query) = &side_spec.query {
        places.push(format!("in its `query` ({}:{})", spec.source.path.escape_debug(), query.span.line));
    }
    if is_of_file(error) {
        let tables: Vec<String> =
            side_spec.tables.values().map(|table| format!("`{}`", table.path.value.escape_debug())).collect();
        places.push(format!("while reading {}", tables.join(", ")));
    }
    if places.is_empty() { reason } else { format!("{}: {reason}", places.join(", ")) }
}

/// Whether a reader of files gave up, without a word of which.
fn is_of_file(error: &DataFusionError) -> bool {
    let causes = || std::iter::successors(Some(error as &dyn std::error::Error), |cause| cause.source());
    let root = matches!(
        error.find_root(),
        DataFusionError::ParquetError(_) | DataFusionError::ObjectStore(_) | DataFusionError::IoError(_)
    );
    let is_reader = |cause: &(dyn std::error::Error + 'static)| {
        cause.is::<ParquetError>()
            || cause.is::<object_store::Error>()
            || cause.is::<std::io::Error>()
            || cause.downcast_ref::<ArrowError>().is_some_and(|error| {
                matches!(
                    error,
                    ArrowError::ParquetError(_)
                        | ArrowError::AvroError(_)
                        | ArrowError::IpcError(_)
                        | ArrowError::IoError(..)
                )
            })
    };
    !causes().any(|cause| cause.is::<CaptureError>()) && (root || causes().any(is_reader))
}

/// Says why a file could not be read. A store's own text has the whole path, and so perhaps the value of a variable.
fn store_reason(error: &DataFusionError) -> Option<String> {
    let mut causes = std::iter::successors(Some(error as &dyn std::error::Error), |cause| cause.source());
    // The engine's own variant tells it without being a cause of itself.
    if !matches!(error, DataFusionError::ObjectStore(_)) {
        causes.find(|cause| cause.is::<object_store::Error>())?;
    }
    let system = causes.filter_map(|cause| cause.downcast_ref::<std::io::Error>()).last();
    Some(match system {
        Some(error) if error.kind() == std::io::ErrorKind::NotFound => "a file is no longer there".to_string(),
        Some(error) => format!("a file cannot be read: {error}"),
        None => "a file cannot be read".to_string(),
    })
}

fn exhausted(text: &str) -> String {
    if text.contains("disk") {
        return "sorting takes more disk space than it may".to_string();
    }
    let wanted = text.split("Failed to allocate additional ").nth(1).and_then(|rest| rest.split(" for ").next());
    match wanted {
        Some(wanted) => format!("`--memory-limit` is too small: a sort needs {wanted} more"),
        None => "`--memory-limit` is too small".to_string(),
    }
}

/// Returns an engine's text as far as it is meant for who writes SQL.
fn readable(text: &str) -> String {
    const WRAPPING: [&str; 10] = [
        "Error during planning: ",
        "Execution error: ",
        "Internal error: ",
        "External error: ",
        "This feature is not implemented: ",
        "Arrow error: ",
        "Parquet error: ",
        "Schema error: ",
        "SQL error: ",
        "sql parser error: ",
    ];
    const ENDS: [&str; 3] = ["\n\nbacktrace: ", "This issue was likely caused by a bug", "Consider increasing "];
    let mut text = text.to_owned();
    for end in ENDS {
        text.truncate(text.find(end).unwrap_or(text.len()));
    }
    for wrapping in WRAPPING {
        text = text.replace(wrapping, "");
    }
    let text = without_dumps(&with_one_signature(&text));
    let text = match text.split_once("Unsupported ast node in ").and_then(|(_, rest)| rest.split_once(": ")) {
        Some((_, dump)) if dump.contains('{') => "this SQL is not supported".to_owned(),
        Some((_, names)) => format!("this SQL is not supported: {names}"),
        None => text,
    };
    text.trim().trim_end_matches('.').to_owned()
}

/// Cuts the list of all that a function takes to the first, and that in the engine's own notation altogether.
fn with_one_signature(text: &str) -> String {
    const LIST: &str = "Candidate functions:";
    const ADVICE: &str = " You might need to add explicit type casts.";
    let text = text.replace(ADVICE, "");
    let text = match (text.find(" to the signature "), text.rfind(" failed")) {
        (Some(start), Some(end)) if start < end => format!("{}{}", &text[..start], &text[end..]),
        (Some(_) | None, Some(_) | None) => text,
    };
    if let Some((said, errors)) = text.split_once(" failed to match any signature, errors: ") {
        let mut reasons: Vec<&str> =
            errors.split(",Function ").map(|reason| reason.trim_start_matches("Function ")).collect();
        reasons.dedup();
        reasons.truncate(2);
        let plain = |reason: &&str| reason.split(" (DataType: ").next().unwrap_or_default().to_owned();
        let reasons: Vec<String> = reasons.iter().map(plain).collect();
        return format!("{said} does not take that: {}", reasons.join("; "));
    }
    let Some((said, list)) = text.split_once(LIST) else { return text };
    let said = said.trim().trim_end_matches('.');
    match list.lines().map(str::trim).find(|line| !line.is_empty()) {
        Some(first) if first.len() <= 80 && !first.contains("::") && !first.contains("Class") => {
            format!("{said}; it takes {first}")
        }
        Some(_) | None => said.to_owned(),
    }
}

/// Replaces every `Type { … }` and `Type(…)` that holds an `Ident { value: "name", … }` by the names in it.
fn without_dumps(text: &str) -> String {
    const IDENT: &str = "Ident {";
    let Some(at) = text.find(IDENT) else { return text.to_owned() };
    // The dump starts with the outermost type's name, which stands alone in the sentence.
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let opens = |at: usize| text[at..].starts_with(['(', '{', '[']);
    let mut start = at;
    let mut depth = 0usize;
    for (idx, c) in text[..at].char_indices().rev() {
        match c {
            ')' | '}' | ']' => depth += 1,
            '(' | '{' | '[' if depth == 0 => start = idx,
            '(' | '{' | '[' => depth -= 1,
            _ => {}
        }
    }
    if opens(start) {
        let before = text[..start].trim_end();
        start = before.char_indices().rev().take_while(|(_, c)| is_name(*c)).last().map_or(start, |(idx, _)| idx);
    }
    let mut end = text.len();
    let mut depth = 0usize;
    let mut in_text = false;
    let mut escaped = false;
    for (idx, c) in text[start..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            _ if in_text => {}
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    end = start + idx + c.len_utf8();
                    break;
                }
            }
            _ => {}
        }
    }
    let names: Vec<&str> = text[start..end]
        .split(IDENT)
        .skip(1)
        .filter_map(|rest| rest.trim_start().strip_prefix("value: \"")?.split('"').next())
        .collect();
    format!("{}`{}`{}", &text[..start], names.join("."), without_dumps(&text[end..]))
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
    let said = error.find_root().to_string();
    match said.contains("coerce") || said.contains("argument types") {
        true => problem.help("cast the operand: CAST(x AS DOUBLE), or arrow_cast(x, 'Int64')"),
        false => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(error: DataFusionError) -> String {
        error.reason()
    }

    #[test]
    fn what_is_for_developers_is_cut() {
        let internal = DataFusionError::Internal("Error during planning: no such thing".into());
        assert_eq!(reason(internal), "no such thing");
        let wrapped = DataFusionError::Plan("Execution error: Error during planning: bad\n\nbacktrace: 0: x".into());
        assert_eq!(reason(wrapped), "bad");
        let other = DataFusionError::Configuration(
            "odd.\nThis issue was likely caused by a bug in DataFusion's code. Please help us".into(),
        );
        assert_eq!(reason(other), "Invalid or Unsupported Configuration: odd");
    }

    #[test]
    fn a_memory_limit_is_named_as_the_user_gave_it() {
        let text = "Additional allocation failed for ExternalSorter[0] with top memory consumers as:\n  a\n. Error: Failed \
                    to allocate additional 10.0 MB for ExternalSorter[0] with 0.0 B already allocated for this reservation";
        let wanted = "`--memory-limit` is too small: a sort needs 10.0 MB more";
        assert_eq!(reason(DataFusionError::ResourcesExhausted(text.into())), wanted);
        let text = "Not enough memory. Consider increasing the limit with datafusion.runtime.memory_limit";
        assert_eq!(reason(DataFusionError::ResourcesExhausted(text.into())), "`--memory-limit` is too small");
    }

    #[test]
    fn dumps_of_types_become_names() {
        let dump = "Unsupported ast node in sqltorel: Nested(Identifier(Ident { value: \"a b\", quote_style: None, span: \
                    Span(Location(1,1)..Location(1,4)) })) here";
        assert_eq!(reason(DataFusionError::NotImplemented(dump.into())), "this SQL is not supported: `a b` here");
        let dump = "Unsupported ast node in sqltorel: Prefixed { value: ValueWithSpan { value: Null } }";
        assert_eq!(reason(DataFusionError::NotImplemented(dump.into())), "this SQL is not supported");
        assert_eq!(readable("plain (text) {here}"), "plain (text) {here}");
        assert_eq!(readable("x Ident { value: \"cut"), "x `cut`");
    }

    #[test]
    fn of_signatures_only_the_first_is_told() {
        let text = "No function matches the given name and argument types 'round(Utf8)'. You might need to add explicit \
                    type casts.\n\tCandidate functions:\n\tround(Float64)\n\tround(Float32)";
        let wanted = "No function matches the given name and argument types 'round(Utf8)'; it takes round(Float64)";
        assert_eq!(reason(DataFusionError::Plan(text.into())), wanted);
        let text = text.replace("round(Float64)", "round(Coercible(TypeSignatureClass::Native(String)))");
        let wanted = "No function matches the given name and argument types 'round(Utf8)'";
        assert_eq!(reason(DataFusionError::Plan(text)), wanted);
        let text = "Function 'log' failed to match any signature, errors: Function 'log' expects 1 arguments but received \
                    2,Function 'log' expects 1 arguments but received 2,Function 'log' requires Float, but received String \
                    (DataType: Utf8).,Function 'log' requires Decimal, but received String (DataType: Utf8).";
        let wanted = "Function 'log' does not take that: 'log' expects 1 arguments but received 2; 'log' requires Float, \
                      but received String";
        assert_eq!(reason(DataFusionError::Plan(text.into())), wanted);
        let text = "Failed to coerce arguments to satisfy a call to 'f' function: coercion from Utf8 to the signature \
                    OneOf([Exact([Int64])]) failed";
        let wanted = "Failed to coerce arguments to satisfy a call to 'f' function: coercion from Utf8 failed";
        assert_eq!(reason(DataFusionError::Plan(text.into())), wanted);
    }

    #[test]
    fn a_path_of_the_file_store_is_not_told() {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        let error = object_store::Error::NotFound { path: "/secret/x.parquet".into(), source: Box::new(source) };
        assert_eq!(reason(DataFusionError::ObjectStore(Box::new(error))), "a file is no longer there");
        let error = object_store::Error::NotSupported { source: "/secret".into() };
        let wrapped = datafusion::parquet::errors::ParquetError::External(Box::new(error));
        assert_eq!(reason(DataFusionError::ParquetError(Box::new(wrapped))), "a file cannot be read");
    }
}
