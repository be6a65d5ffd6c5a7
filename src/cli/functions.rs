//! `trueup functions`: the reference of the SQL functions that a spec may call.

use super::Stop;
use super::output::Destination;
use super::paragraph::wrapped;
use crate::engine::functions::{Function, FunctionKind, reference};
use crate::spec::closest;

const INDENT: &str = "    ";

/// Prints all functions, or all that is known of one.
///
/// # Errors
/// [`Stop::CommandLine`] if there is none of that name; says which one may be meant.
pub fn run(name: Option<&str>) -> Result<u8, Stop> {
    let functions = reference();
    let text = match name {
        None => list(&functions),
        Some(name) => details(&functions, name).map_err(Stop::CommandLine)?,
    };
    Destination::Stdout.write(&text)?;
    Ok(0)
}

/// The encoders come first: they are what no other engine has.
fn list(functions: &[Function]) -> String {
    let of_kind = |kind: FunctionKind| {
        functions.iter().filter(move |function| function.reference.is_none() && function.kind == kind).collect()
    };
    let groups: [(&str, Vec<&Function>); 4] = [
        ("Encoders that models use", functions.iter().filter(|function| function.reference.is_some()).collect()),
        ("Functions of a row", of_kind(FunctionKind::Scalar)),
        ("Functions of a group of rows, in a side's `query`", of_kind(FunctionKind::Aggregate)),
        ("Functions of a window of rows, in a side's `query`", of_kind(FunctionKind::Window)),
    ];
    let mut text = String::new();
    for (heading, members) in groups {
        if members.is_empty() {
            continue;
        }
        let gap = if text.is_empty() { "" } else { "\n" };
        text += &format!("{gap}{heading}\n{}\n", "-".repeat(heading.len()));
        for function in members {
            text += &format!("\n{}", wrapped(&signature(function), "", INDENT));
            if !function.description.is_empty() {
                text += &wrapped(&function.description, INDENT, INDENT);
            }
            if let Some(example) = first_example(function) {
                text += &wrapped(&format!("Example: {example}"), INDENT, "             ");
            }
        }
    }
    text
}

fn details(functions: &[Function], name: &str) -> Result<String, String> {
    let lower = name.to_lowercase();
    // One name may stand for an aggregate and a window function.
    let found: Vec<&Function> = functions
        .iter()
        .filter(|function| {
            function.name.to_lowercase() == lower || function.aliases.iter().any(|alias| alias.to_lowercase() == lower)
        })
        .collect();
    if found.is_empty() {
        return Err(unknown(functions, name));
    }
    let pages: Vec<String> = found.into_iter().map(page).collect();
    Ok(pages.join("\n"))
}

fn page(function: &Function) -> String {
    let mut text = wrapped(&signature(function), "", INDENT);
    if !function.description.is_empty() {
        text += &format!("\n{}", wrapped(&function.description, "", ""));
    }
    text += &format!("\nKind: {}\n", function.kind.as_str());
    if !function.aliases.is_empty() {
        text += &wrapped(&format!("Also called: {}", function.aliases.join(", ")), "", INDENT);
    }
    if let Some(reference) = &function.reference {
        text += &wrapped(&format!("Repeats: {reference}"), "", INDENT);
    }
    if let Some(example) = &function.example {
        text += "\nExample:\n";
        // As it is: an author's table loses its meaning when it is wrapped.
        for line in example.lines() {
            text += &format!("{INDENT}{line}\n");
        }
        if let Some(result) = &function.example_result {
            text += &format!("{INDENT}= {result}\n");
        }
    }
    text
}

fn unknown(functions: &[Function], name: &str) -> String {
    let names: Vec<&str> = functions
        .iter()
        .flat_map(|function| std::iter::once(&function.name).chain(&function.aliases))
        .map(String::as_str)
        .collect();
    let help = match closest(name, &names) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "`trueup functions` lists all".to_owned(),
    };
    format!("unknown function `{}`\n  = help: {help}", name.escape_debug())
}

/// Some authors show a function under another of its names only.
fn signature(function: &Function) -> String {
    let Function { name, signature, .. } = function;
    match (signature.is_empty(), signature.contains(name.as_str())) {
        (true, _) => name.clone(),
        (false, true) => signature.clone(),
        (false, false) => format!("{name}, called as {signature}"),
    }
}

/// Returns an encoder's expression and its value, or the first query that the function's author shows.
fn first_example(function: &Function) -> Option<String> {
    let example = function.example.as_deref()?;
    if let Some(result) = &function.example_result {
        return Some(format!("{example} = {result}"));
    }
    let prompt = |line: &str| line.trim().trim_start_matches('>').trim().to_owned();
    // A query ends with its semicolon; what follows is its output.
    let mut query = String::new();
    for line in
        example.lines().map(prompt).skip_while(String::is_empty).take_while(|line| !line.starts_with(['+', '|']))
    {
        if !query.is_empty() {
            query.push(' ');
        }
        query += &line;
        if line.ends_with(';') {
            break;
        }
    }
    (!query.is_empty()).then_some(query)
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::super::paragraph::WIDTH;
    use super::*;

    #[test]
    fn the_list_has_every_function_within_80_columns() {
        let functions = reference();
        let text = list(&functions);
        for function in &functions {
            assert!(text.contains(function.name.as_str()), "{}", function.name);
        }
        // One word that is longer than a line, such as an address, is not broken.
        for line in text.lines().filter(|line| line.width() > WIDTH) {
            let words = line.trim().trim_start_matches("Example: ");
            assert!(!words.contains(' '), "{line}");
        }
    }

    #[test]
    fn one_function_is_found_in_any_case_and_a_mistyped_one_is_suggested() {
        let functions = reference();
        assert!(details(&functions, "Hash_Bucket").unwrap().contains("Example:"));
        assert!(details(&functions, "hash_buckt").unwrap_err().contains("did you mean `hash_bucket`?"));
    }

    #[test]
    fn a_query_is_shown_without_its_output() {
        let function = |example: &str| Function {
            name: "f".into(),
            aliases: vec![],
            kind: FunctionKind::Scalar,
            signature: String::new(),
            description: String::new(),
            reference: None,
            example: Some(example.into()),
            example_result: None,
        };
        for (example, wanted) in [
            ("> SELECT f(1);\n+---+\n| 1 |", "SELECT f(1);"),
            ("> select f(1)\n  from t;\n+---+", "select f(1) from t;"),
            ("f(1)", "f(1)"),
        ] {
            assert_eq!(first_example(&function(example)).as_deref(), Some(wanted));
        }
    }
}
