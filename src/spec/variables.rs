//! `${VAR}` and `${VAR:-default}` in paths and table options. What a variable holds is never shown.

use super::problem::{Located, Problem, Source};
use super::scalar::place;

/// Expands the variables of a text. `variable` gives what a variable holds; a `$` without `{` stands for itself.
///
/// As in a shell, the default also takes the place of a variable that is set to nothing.
/// Problems are pushed, and the result is then `None`.
pub(super) fn expand(
    source: &Source,
    text: &Located<String>,
    variable: &dyn Fn(&str) -> Option<String>,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let mut expanded = String::with_capacity(text.value.len());
    let mut rest = text.value.as_str();
    let mut valid = true;
    while let Some(start) = rest.find("${") {
        expanded.push_str(&rest[..start]);
        let begin = text.value.len() - rest.len() + start;
        let inner = &rest[start + 2..];
        let end = inner.find('}');
        let body = &inner[..end.unwrap_or(inner.len())];
        rest = &inner[end.map_or(inner.len(), |end| end + 1)..];
        let span = || {
            let chars = |bytes: usize| text.value[..bytes].chars().count();
            place(source, text, chars(begin)..chars(text.value.len() - rest.len()))
        };
        let (name, default) = match body.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (body, None),
        };
        if end.is_none() || !is_name(name) {
            let problem = Problem::new(format!("`${{{}` is no variable", body.escape_debug())).at(span());
            problems.push(problem.help("write `${NAME}` or `${NAME:-default}`"));
            valid = false;
            continue;
        }
        match (variable(name), default) {
            (Some(value), None) => expanded.push_str(&value),
            (Some(value), Some(_)) if !value.is_empty() => expanded.push_str(&value),
            (Some(_) | None, Some(default)) => expanded.push_str(default),
            (None, None) => {
                let problem = Problem::new(format!("the variable `{name}` is not set")).at(span()).label("not set");
                problems.push(problem.help(format!("set it, or give a default: `${{{name}:-default}}`")));
                valid = false;
            }
        }
    }
    expanded.push_str(rest);
    valid.then_some(expanded)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Span;

    fn check(text: &str) -> Result<String, Vec<(u32, u32, String)>> {
        let source = Source { path: "s".into(), text: text.into() };
        let located = Located::new(text.to_string(), Span { line: 1, column: 1, len: text.chars().count() as u32 });
        let variable = |name: &str| match name {
            "DATA" => Some("/secret".to_string()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let mut problems = Vec::new();
        let expanded = expand(&source, &located, &variable, &mut problems);
        expanded.ok_or_else(|| {
            let place = |problem: Problem| (problem.span.unwrap().column, problem.span.unwrap().len, problem.message);
            problems.into_iter().map(place).collect()
        })
    }

    #[test]
    fn variables_expand_as_in_a_shell() {
        for (text, wanted) in [
            ("${DATA}/a/${DATA}", "/secret/a//secret"),
            ("${NONE:-b}/${EMPTY:-c}/${EMPTY}", "b/c/"),
            ("${NONE:-}a$b$$", "a$b$$"),
        ] {
            assert_eq!(check(text), Ok(wanted.to_string()));
        }
    }

    #[test]
    fn an_unset_variable_is_a_problem_at_its_place() {
        assert_eq!(check("a/${NONE}/b").unwrap_err(), [(3, 7, "the variable `NONE` is not set".to_string())]);
        assert_eq!(check("é${1}${x").unwrap_err().len(), 2);
    }
}
