//! Whole specs: what they parse to, and every class of problem with its place.

use super::*;

mod keys;
mod problems;
mod robust;
mod whole;

const FLIGHTS: &str = include_str!("../../../specs/flights.yaml");

/// A spec that has no problem, as lines that a test can replace or extend.
const SMALL: &str = "\
trueup: 1
keys: [id]
event_time: t
offline: a.csv
online: b.jsonl
features:
  - name: x
    type: float64
";

fn parse(text: &str) -> Result<Spec, Problems> {
    let variable = |name: &str| (name == "DATA").then(|| "/secret".to_string());
    parse_with(text, &ParseOptions { paths: PerSide::default(), variable: &variable })
}

fn parse_with(text: &str, options: &ParseOptions<'_>) -> Result<Spec, Problems> {
    Spec::parse(Source { path: "dir/s.yaml".into(), text: text.into() }, options)
}

fn rendered(text: &str) -> String {
    parse(text).expect_err(text).to_string()
}

/// Each problem as `line:column:length message`.
fn places(result: Result<Spec, Problems>) -> Vec<String> {
    let problems = result.map_or_else(|problems| problems.list, |_| Vec::new());
    let place = |problem: &Problem| {
        let span = problem.span.unwrap_or_default();
        format!("{}:{}:{} {}", span.line, span.column, span.len, problem.message)
    };
    problems.iter().map(place).collect()
}
