//! Every folder of `fixtures/cases` is a test: a spec, a few rows worked out by hand, and what a check must find.
//!
//! `case.yaml` holds
//! - `about`: what is wrong, why, and how the expected figures come about;
//! - `expect`: `exit`, `ledger` by side and `features` by name and comparison (a figure left out is 0), and `findings`: each
//!   `kind severity`, followed by a feature or side where that matters. Findings of severity error are listed completely,
//!   warnings at least; `may` names kinds that may be there besides, `any` kinds of either severity. `says`: texts that the
//!   messages contain. `shows`: texts that the findings and their samples contain. `hides`: texts that the report must not
//!   contain. `samples`: texts that the samples of a feature contain.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use support::{Execution, Outcome, run};

const LEDGER: [&str; 7] = ["read", "unreadable", "filtered", "null_key", "duplicate", "unmatched", "compared"];

#[test]
fn every_case_is_found_as_it_was_worked_out() {
    let cases = folders();
    assert!(cases.len() >= 25, "only {} cases in fixtures/cases", cases.len());
    let failed: Vec<String> = cases.iter().flat_map(|case| judge(case)).collect();
    assert!(failed.is_empty(), "{} differences\n{}", failed.len(), failed.join("\n"));
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
    let entries = fs::read_dir(root).expect("fixtures/cases can be read");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    folders.sort();
    folders
}

/// Returns what differs from what the case expects, a line each.
fn judge(folder: &Path) -> Vec<String> {
    let read =
        |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{folder:?} {name}: {error}"));
    let case: Value =
        serde_yaml::from_str(&read("case.yaml")).unwrap_or_else(|error| panic!("{folder:?} case.yaml: {error}"));
    assert!(case["about"].as_str().is_some_and(|about| about.len() > 20), "{folder:?} does not say what it is about");
    let outcome = run(folder, &read("spec.yaml"), None, Execution::default());
    let name = folder.file_name().expect("a folder has a name").to_string_lossy();
    differences(&case["expect"], &outcome).into_iter().map(|difference| format!("{name}: {difference}")).collect()
}

fn differences(expect: &Value, outcome: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    let exit_code = Value::from(outcome.exit_code);
    if expect["exit"] != exit_code {
        found.push(format!("exit {exit_code}, expected {}: {}", expect["exit"], outcome.message));
    }
    for said in strings(&expect["says"]) {
        if !outcome.message.contains(said) {
            found.push(format!("no message says `{said}`: {}", outcome.message));
        }
    }
    if outcome.json.is_empty() {
        if !expect["ledger"].is_null() {
            found.push(format!("no report: {}", outcome.message));
        }
        return found;
    }
    let report = outcome.report();
    for side in ["offline", "online"] {
        for account in LEDGER {
            let expected = figure(&expect["ledger"][side][account]);
            let reported = &report["ledger"][side][account];
            if *reported != expected {
                found.push(format!("ledger.{side}.{account} is {reported}, expected {expected}"));
            }
        }
    }
    compare_features(&expect["features"], &report["features"], &mut found);
    compare_findings(expect, &report, &mut found);
    found
}

fn compare_features(expect: &Value, reported: &Value, found: &mut Vec<String>) {
    let none = Map::new();
    let expect = expect.as_object().unwrap_or(&none);
    let reported: Vec<&Value> = reported.as_array().into_iter().flatten().collect();
    let names: BTreeSet<&str> = reported.iter().filter_map(|feature| feature["name"].as_str()).collect();
    let expected_names: BTreeSet<&str> = expect.keys().map(String::as_str).collect();
    if names != expected_names {
        found.push(format!("features are {names:?}, expected {expected_names:?}"));
    }
    for feature in reported {
        let name = feature["name"].as_str().unwrap_or_default();
        let Some(expect) = expect.get(name).and_then(Value::as_object) else { continue };
        if let Some(expected) = expect.get("type").filter(|expected| **expected != feature["type"]) {
            found.push(format!("{name}.type is {}, expected {expected}", feature["type"]));
        }
        if let Some(expected) = expect.get("stage").filter(|expected| **expected != feature["stage"]) {
            found.push(format!("{name}.stage is {}, expected {expected}", feature["stage"]));
        }
        if expect.get("fails").is_some_and(|fails| *fails == Value::Bool(feature["error"].is_null())) {
            found.push(format!("{name}.error is {}", feature["error"]));
        }
        let comparisons: Vec<&Value> = feature["comparisons"].as_array().into_iter().flatten().collect();
        let stages = ["inputs", "training", "serving", "end_to_end"];
        for stage in stages.into_iter().filter(|stage| !expect.contains_key("fails") || expect.contains_key(*stage)) {
            let comparison = comparisons.iter().find(|comparison| comparison["name"] == *stage);
            match (comparison, expect.get(stage)) {
                (Some(comparison), Some(expected)) => compare_counts(name, stage, expected, comparison, found),
                (Some(_), None) => found.push(format!("{name} has a comparison {stage} that is not expected")),
                (None, Some(_)) => found.push(format!("{name} has no comparison {stage}")),
                (None, None) => {}
            }
        }
        let samples: Vec<String> = comparisons.iter().map(|comparison| comparison["samples"].to_string()).collect();
        for text in expect.get("samples").into_iter().flat_map(strings) {
            if !samples.iter().any(|samples| samples.contains(text)) {
                found.push(format!("no sample of {name} contains `{text}`: {samples:?}"));
            }
        }
    }
}

fn compare_counts(name: &str, stage: &str, expected: &Value, reported: &Value, found: &mut Vec<String>) {
    let codes = match stage {
        "inputs" | "end_to_end" => ["missing_offline", "missing_online"],
        _ => ["missing_computed", "missing_recorded"],
    };
    let codes = ["equal", "tolerated", "different", "nan_null", "unconvertible"].into_iter().chain(codes);
    let mut compared = 0;
    for code in codes {
        let expected = figure(&expected[code]);
        compared += expected.as_u64().unwrap_or_default();
        if reported[code] != expected {
            found.push(format!("{name}.{stage}.{code} is {}, expected {expected}", reported[code]));
        }
    }
    if reported["compared"] != compared {
        found.push(format!("{name}.{stage}.compared is {}, expected {compared}", reported["compared"]));
    }
    if let Some(expected) = expected.get("verdict").filter(|expected| **expected != reported["verdict"]) {
        found.push(format!("{name}.{stage}.verdict is {}, expected {expected}", reported["verdict"]));
    }
}

fn compare_findings(expect: &Value, report: &Value, found: &mut Vec<String>) {
    let reported: Vec<&Value> = report["findings"].as_array().into_iter().flatten().collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let mut kinds: BTreeSet<(String, String)> =
        strings(&expect["may"]).into_iter().map(|kind| (kind.to_string(), "error".to_string())).collect();
    for expected in strings(&expect["findings"]) {
        let mut words = expected.splitn(3, ' ');
        let [kind, severity, place] = [words.next(), words.next(), words.next()];
        let severity = severity.unwrap_or("error");
        kinds.insert((kind.unwrap_or_default().to_string(), severity.to_string()));
        let is_it = |finding: &&Value| {
            let at_place = place.is_none_or(|place| finding["feature"] == place || finding["side"] == place);
            finding["kind"] == kind.unwrap_or_default() && finding["severity"] == severity && at_place
        };
        if !reported.iter().any(is_it) {
            found.push(format!("no finding `{expected}`"));
        }
    }
    for kind in strings(&expect["any"]) {
        if !reported.iter().any(|finding| finding["kind"] == kind) {
            found.push(format!("no finding `{kind}`"));
        }
    }
    let shown = report["findings"].to_string();
    found.extend(
        strings(&expect["shows"]).iter().filter(|t| !shown.contains(**t)).map(|t| format!("no finding shows `{t}`")),
    );
    let all = report.to_string();
    found.extend(
        strings(&expect["hides"]).iter().filter(|t| all.contains(**t)).map(|t| format!("the report shows `{t}`")),
    );
    for finding in reported {
        let (kind, severity) = (text(&finding["kind"]), text(&finding["severity"]));
        if severity == "error" && !kinds.contains(&(kind.clone(), severity)) {
            found.push(format!("a finding `{kind} error` that is not expected: {}", finding["message"]));
        }
    }
}

/// A figure that is left out is 0.
fn figure(value: &Value) -> Value {
    if value.is_null() { Value::from(0) } else { value.clone() }
}

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
