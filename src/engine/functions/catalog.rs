//! The reference of all SQL functions that a spec may call, made from what a session has registered.

use std::collections::HashMap;

use datafusion::logical_expr::Documentation;
use datafusion::prelude::SessionContext;

use super::{JSON_FIELD, encoders};

/// One SQL function, for `trueup functions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// Other names for it, in order.
    pub aliases: Vec<String>,
    pub kind: FunctionKind,
    /// How it is called; empty if its author does not say.
    pub signature: String,
    /// One line: for an encoder its whole summary, for others their first sentence; empty if their author says none.
    pub description: String,
    /// For an encoder the implementation that it repeats.
    pub reference: Option<String>,
    /// For an encoder one expression; for others whatever their author shows, often a query with its output.
    pub example: Option<String>,
    /// For an encoder the value of `example`.
    pub example_result: Option<String>,
}

/// Whether a function takes a row, a group or a window of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FunctionKind {
    Scalar,
    Aggregate,
    Window,
}

impl FunctionKind {
    /// Returns the kind as one lower-case word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Aggregate => "aggregate",
            Self::Window => "window",
        }
    }
}

/// Returns all functions of a session by name and kind, each once, under its main name; without what only the planner
/// writes.
pub fn all_functions(ctx: &SessionContext) -> Vec<Function> {
    let state = ctx.state();
    let mut functions = Vec::new();
    for (key, udf) in state.scalar_functions() {
        functions.extend(describe(key, udf.name(), udf.aliases(), FunctionKind::Scalar, udf.documentation()));
    }
    for (key, udf) in state.higher_order_functions() {
        functions.extend(describe(key, udf.name(), udf.aliases(), FunctionKind::Scalar, udf.documentation()));
    }
    for (key, udf) in state.aggregate_functions() {
        functions.extend(describe(key, udf.name(), udf.aliases(), FunctionKind::Aggregate, udf.documentation()));
    }
    for (key, udf) in state.window_functions() {
        functions.extend(describe(key, udf.name(), udf.aliases(), FunctionKind::Window, udf.documentation()));
    }
    functions.retain(|function| function.name != JSON_FIELD);
    let encoders: HashMap<&str, _> = encoders().into_iter().map(|encoder| (encoder.name, encoder)).collect();
    for function in &mut functions {
        if let Some(encoder) = encoders.get(function.name.as_str()) {
            function.description = encoder.summary.to_owned();
            function.reference = Some(encoder.reference.to_owned());
            function.example_result = Some(encoder.example_result.to_owned());
        }
    }
    functions.sort_by(|one, other| (&one.name, one.kind).cmp(&(&other.name, other.kind)));
    functions
}

/// Returns nothing where `key` is but an alias, since the session lists a function under each of its names.
fn describe(
    key: &str,
    name: &str,
    aliases: &[String],
    kind: FunctionKind,
    documentation: Option<&Documentation>,
) -> Option<Function> {
    let mut aliases: Vec<String> = aliases.iter().filter(|alias| *alias != name).cloned().collect();
    aliases.sort();
    aliases.dedup();
    (key == name).then(|| Function {
        name: name.to_owned(),
        aliases,
        kind,
        signature: documentation.map_or_else(String::new, |text| one_line(&text.syntax_example)),
        description: documentation.map_or_else(String::new, |text| first_sentence(&one_line(&text.description))),
        reference: None,
        example: documentation.and_then(|text| text.sql_example.as_deref()).map(without_fences),
        example_result: None,
    })
}

/// Returns the first paragraph as one line.
fn one_line(text: &str) -> String {
    let paragraph = text.trim().lines().map(str::trim).take_while(|line| !line.is_empty());
    paragraph.collect::<Vec<_>>().join(" ")
}

/// Returns the text up to a full stop before a capital letter, which leaves `e.g.` alone.
fn first_sentence(text: &str) -> String {
    let end = text.match_indices(". ").map(|(at, _)| at + 1).find(|at| {
        text.get(*at..).is_some_and(|rest| rest.trim_start().starts_with(|next: char| next.is_ascii_uppercase()))
    });
    text.get(..end.unwrap_or(text.len())).unwrap_or(text).to_owned()
}

/// Returns the lines of a Markdown code block, or of any text, without the fences.
fn without_fences(markdown: &str) -> String {
    let lines = markdown.trim().lines().filter(|line| !line.trim_start().starts_with("```"));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::register;
    use std::sync::Arc;

    use arrow::array::{Array, ArrayRef, StringArray};

    use super::super::testing::{column, values};
    use super::*;

    fn session() -> SessionContext {
        let ctx = SessionContext::new();
        register(&ctx);
        ctx
    }

    #[tokio::test]
    async fn every_example_gives_its_result() {
        for encoder in encoders() {
            assert_eq!(values(encoder.example).await, [encoder.example_result], "{}", encoder.example);
        }
    }

    #[tokio::test]
    async fn no_row_depends_on_the_rows_beside_it() {
        let x: ArrayRef = Arc::new(StringArray::from(vec![Some("1"), None, Some("cafe\u{301}"), Some(""), Some("22")]));
        let number = "try_cast(x AS DOUBLE)";
        for expr in [
            "ordinal(x, ['22', '1'])".to_owned(),
            "one_hot(x, ['22', '1'])".to_owned(),
            format!("bucketize({number}, [1, 10])"),
            format!("clip({number}, 2, 20)"),
            format!("zscore({number}, 2, 20)"),
            format!("minmax({number}, 2, 20)"),
            "farm_fingerprint64(x)".to_owned(),
            "murmur3_32(x, 1)".to_owned(),
            "xxhash64(x, 1)".to_owned(),
            "hash_bucket(x, 10, 'farm')".to_owned(),
            "nfc(x)".to_owned(),
        ] {
            let together = column(&expr, Arc::clone(&x)).await;
            let mut apart = Vec::new();
            for row in 0..x.len() {
                apart.extend(column(&expr, x.slice(row, 1)).await);
            }
            assert_eq!(together, apart, "{expr}");
            assert!(column(&expr, x.slice(2, 0)).await.is_empty(), "{expr}");
        }
    }

    #[test]
    fn every_encoder_is_listed_with_its_page() {
        let functions = all_functions(&session());
        for encoder in encoders() {
            let listed: Vec<&Function> = functions.iter().filter(|function| function.name == encoder.name).collect();
            let [function] = listed[..] else { panic!("`{}` is listed {} times", encoder.name, listed.len()) };
            assert_eq!(function.signature, encoder.signature);
            assert_eq!(function.description, encoder.summary);
            assert_eq!(function.example.as_deref(), Some(encoder.example));
            assert_eq!(function.example_result.as_deref(), Some(encoder.example_result));
            assert!(encoder.signature.starts_with(&format!("{}(", encoder.name)));
        }
    }

    #[test]
    fn functions_of_every_kind_are_listed_once_in_order_of_their_names() {
        let functions = all_functions(&session());
        assert!(functions.windows(2).all(|pair| (&pair[0].name, pair[0].kind) < (&pair[1].name, pair[1].kind)));
        for (name, kind) in [
            ("upper", FunctionKind::Scalar),
            ("date_part", FunctionKind::Scalar),
            ("array_length", FunctionKind::Scalar),
            ("sum", FunctionKind::Aggregate),
            ("row_number", FunctionKind::Window),
        ] {
            assert!(functions.iter().any(|function| (function.name.as_str(), function.kind) == (name, kind)), "{name}");
        }
    }

    #[test]
    fn what_the_planner_writes_is_registered_but_not_listed() {
        let ctx = session();
        assert!(ctx.state().scalar_functions().contains_key(JSON_FIELD));
        assert!(all_functions(&ctx).iter().all(|function| function.name != JSON_FIELD));
    }

    #[test]
    fn an_alias_is_listed_with_its_function_only() {
        let functions = all_functions(&session());
        let power = functions.iter().find(|function| function.name == "power").expect("DataFusion has power");
        assert_eq!(power.aliases, ["pow"]);
        assert!(functions.iter().all(|function| function.name != "pow"));
    }

    #[test]
    fn no_description_spans_lines() {
        assert!(all_functions(&session()).iter().all(|function| !function.description.contains('\n')));
        assert_eq!(one_line("\n  Returns\n  x.\n\n  More.\n"), "Returns x.");
        assert_eq!(first_sentence("Takes x, e.g. 1.5 or more. Returns y."), "Takes x, e.g. 1.5 or more.");
        assert_eq!(first_sentence("Takes x"), "Takes x");
    }

    #[test]
    fn an_example_of_the_engine_shows_without_its_fences() {
        let functions = all_functions(&session());
        let upper = functions.iter().find(|function| function.name == "upper").expect("DataFusion has upper");
        let example = upper.example.as_deref().expect("it has an example");
        assert!(example.starts_with("> select upper("), "{example}");
        assert!(functions.iter().flat_map(|function| &function.example).all(|example| !example.contains("```")));
    }
}
