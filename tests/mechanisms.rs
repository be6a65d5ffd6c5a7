//! Every file of `fixtures/mechanisms` is a test: rows worked out by hand, and what must be diagnosed of them.
//!
//! The format is described in `tests/fixture`. `ONLY=null-to-sentinel cargo test --test mechanisms` looks at one file alone.
//! Every detector sees every case: `fixtures/mechanisms/diagnoses.txt` has all that is diagnosed, so that a detector which
//! speaks where it should not shows up in the difference. `UPDATE=1` rewrites it (with `ONLY`, that file's part of it).

mod fixture;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use fixture::{Case, Expectation, Expected, Fixture};
use serde_json::Value;
use support::{Execution, Outcome, run};
use trueup::diagnose::{DETECTORS, detector};

/// A file and what became of it.
struct Examined {
    id: String,
    fixture: Result<Fixture, String>,
    /// Of each case.
    outcomes: Vec<Outcome>,
}

static EXAMINED: LazyLock<Vec<Examined>> = LazyLock::new(|| {
    let only = std::env::var("ONLY").ok();
    let files = fixture::files().into_iter().filter(|(id, _)| only.as_ref().is_none_or(|only| only == id));
    let examined: Vec<Examined> = files.map(|(id, path)| examine(id, Fixture::read(&path))).collect();
    assert!(
        only.is_none() || !examined.is_empty(),
        "there is no fixtures/mechanisms/{}.yaml",
        only.unwrap_or_default()
    );
    examined
});

fn examine(id: String, fixture: Result<Fixture, String>) -> Examined {
    let cases = fixture.as_ref().map(|fixture| fixture.cases.as_slice()).unwrap_or_default();
    let outcomes = cases.iter().map(|case| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let spec = case.write(folder.path());
        run(folder.path(), &spec, None, Execution::default())
    });
    Examined { outcomes: outcomes.collect(), id, fixture }
}

#[test]
fn every_mechanism_is_diagnosed_as_it_was_worked_out() {
    let failed: Vec<String> = EXAMINED.iter().flat_map(judge).collect();
    assert!(failed.is_empty(), "{} differences\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn all_diagnoses_are_those_that_were_read_and_accepted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/mechanisms/diagnoses.txt");
    let stored = fs::read_to_string(&path).unwrap_or_default();
    let current = snapshot(&EXAMINED, &stored);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &current).expect("the file can be written");
        return;
    }
    let changes: Vec<String> = similar::TextDiff::from_lines(&stored, &current)
        .iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal)
        .map(|change| format!("{}{change}", change.tag()))
        .collect();
    assert!(changes.is_empty(), "run with UPDATE=1 and read the difference\n{}", changes.concat());
}

#[test]
fn every_detector_has_its_cases_and_its_page() {
    let ids: BTreeSet<&str> = DETECTORS.iter().map(|detector| detector.id()).collect();
    assert_eq!(ids.len(), DETECTORS.len(), "two detectors have one id");
    let files = fixture::files();
    let mut failed: Vec<String> = files
        .iter()
        .filter(|(id, _)| !ids.contains(id.as_str()))
        .map(|(id, _)| format!("{id}: no detector has this name"))
        .collect();
    for detector in DETECTORS {
        let id = detector.id();
        failed.extend(page_faults(id, detector.page()).into_iter().map(|fault| format!("{id}: its page {fault}")));
        match files.iter().find(|(file, _)| file == id) {
            None => failed.push(format!("{id}: there is no fixtures/mechanisms/{id}.yaml")),
            // What cannot be read is a difference of the first test.
            Some((_, path)) => {
                let cases = Fixture::read(path).map(|fixture| fixture.cases).unwrap_or_default();
                let (own, other): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| is_positive(id, case));
                let missing = [("no positive case", own.is_empty()), ("no near miss", other.is_empty())];
                failed.extend(missing.iter().filter(|(_, is)| *is).map(|(what, _)| format!("{id}: {what}")));
            }
        }
    }
    assert!(failed.is_empty(), "{} differences\n{}", failed.len(), failed.join("\n"));
}

fn is_positive(id: &str, case: &Case) -> bool {
    match &case.expect {
        Expectation::NotOwn => false,
        Expectation::Diagnoses(expected) => expected.iter().any(|expected| expected.mechanism == id),
    }
}

/// Returns what is wrong with a page.
fn page_faults(id: &str, page: &str) -> Vec<String> {
    const SECTIONS: [&str; 6] =
        ["What happened", "Why it hurts", "Example", "How to fix", "Parameters", "Not confused with"];
    const MAX_LINES: usize = 45;
    const MAX_COLUMNS: usize = 100;
    let mut faults = Vec::new();
    let lines: Vec<&str> = page.lines().collect();
    if lines.first() != Some(&format!("# {id}").as_str()) {
        faults.push(format!("does not begin with `# {id}`"));
    }
    let paragraph = lines.iter().skip(1).skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
    let summary = paragraph.copied().collect::<Vec<&str>>().join(" ");
    if summary.starts_with('#') || !summary.ends_with('.') {
        faults.push(format!("has no sentence under its heading: {summary:?}"));
    }
    let sections: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix("## ")).collect();
    if sections != SECTIONS {
        faults.push(format!("has the sections {sections:?}, not {SECTIONS:?}"));
    }
    for pair in lines.windows(3) {
        if pair[0].starts_with("## ") && (pair[1..].iter().all(|line| line.is_empty() || line.starts_with("## "))) {
            faults.push(format!("says nothing under `{}`", pair[0]));
        }
    }
    if lines.len() > MAX_LINES {
        faults.push(format!("has {} lines, more than {MAX_LINES}", lines.len()));
    }
    for line in lines.iter().filter(|line| line.chars().count() > MAX_COLUMNS) {
        faults.push(format!("has a line of more than {MAX_COLUMNS} columns: {line}"));
    }
    if page.contains("TODO") {
        faults.push("is not written yet".to_owned());
    }
    faults
}

/// Returns what differs from what a file expects, a line each.
fn judge(examined: &Examined) -> Vec<String> {
    let Examined { id, fixture, outcomes } = examined;
    let fixture = match fixture {
        Ok(fixture) => fixture,
        Err(reason) => return vec![format!("{id}: {reason}")],
    };
    let mut found = Vec::new();
    if fixture.about.len() <= 20 {
        found.push(format!("{id}: it does not say what it is about"));
    }
    for (case, outcome) in fixture.cases.iter().zip(outcomes) {
        let differences = case_differences(id, case, outcome);
        found.extend(differences.into_iter().map(|difference| format!("{id}, {}: {difference}", case.name)));
    }
    found
}

fn case_differences(id: &str, case: &Case, outcome: &Outcome) -> Vec<String> {
    // Mismatches are why these cases are here; what cannot run has no diagnosis.
    if outcome.json.is_empty() || ![0, 1].contains(&outcome.exit_code) {
        return vec![format!("exit {}: {}", outcome.exit_code, outcome.message)];
    }
    let report = outcome.report();
    let features: Vec<&Value> = report["features"].as_array().into_iter().flatten().collect();
    let comparison = features
        .iter()
        .find(|feature| feature["name"] == case.feature())
        .map_or(&Value::Null, |feature| &feature["comparisons"][0]);
    let mut found: Vec<String> = features
        .iter()
        .flat_map(|feature| feature["comparisons"].as_array().into_iter().flatten())
        .flat_map(broken_promises)
        .collect();
    let diagnoses: Vec<&Value> = comparison["diagnoses"].as_array().into_iter().flatten().collect();
    let is_own = |diagnosis: &&Value| diagnosis["mechanism"] == id;
    match &case.expect {
        Expectation::NotOwn => {
            found.extend(diagnoses.iter().filter(|d| is_own(d)).map(|d| format!("diagnosed, and should not be: {d}")));
        }
        Expectation::Diagnoses(expected) => {
            for (idx, expected) in expected.iter().enumerate() {
                match diagnoses.get(idx) {
                    None => found.push(format!("no diagnosis, expected {}", expected.mechanism)),
                    Some(diagnosis) => found.extend(diagnosis_differences(expected, diagnosis)),
                }
            }
            if expected.iter().all(|expected| expected.mechanism != *id) {
                found.extend(
                    diagnoses.iter().filter(|d| is_own(d)).map(|d| format!("diagnosed, and should not be: {d}")),
                );
            }
        }
    }
    found
}

/// Returns what is wrong with diagnoses, whatever they are of.
fn broken_promises(comparison: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let (compared, equal, tolerated) = (&comparison["compared"], &comparison["equal"], &comparison["tolerated"]);
    let figure = |value: &Value| value.as_u64().unwrap_or_default();
    let n_mismatches = figure(compared) - figure(equal) - figure(tolerated);
    for diagnosis in comparison["diagnoses"].as_array().into_iter().flatten() {
        let mut promise = |holds: bool, what: &str| {
            if !holds {
                found.push(format!("{what}: {diagnosis}"));
            }
        };
        let explained = figure(&diagnosis["explained"]);
        promise((1..=n_mismatches).contains(&explained), "explains no mismatching row, or more than there are");
        let known = diagnosis["mechanism"].as_str().and_then(detector);
        promise(
            known.is_some_and(|detector| diagnosis["family"] == detector.family().as_str()),
            "no mechanism of its family",
        );
        let (repair, advice) = (&diagnosis["repair"], &diagnosis["advice"]);
        promise(!repair.is_null() || advice.is_string(), "neither a repair nor advice");
        promise(repair.is_null() || repair["verified"] == true, "a repair that is not verified");
        let said = [&diagnosis["summary"], advice].map(|text| text.as_str().unwrap_or_default());
        promise(said.iter().all(|text| !text.contains("{from}") && !text.contains("{to}")), "a placeholder stays");
    }
    found
}

fn diagnosis_differences(expected: &Expected, diagnosis: &Value) -> Vec<String> {
    if diagnosis["mechanism"] != expected.mechanism {
        return vec![format!("expected {}, not {diagnosis}", expected.mechanism)];
    }
    let mut found = Vec::new();
    let mut differs = |what: &str, is: &Value, expected: &dyn std::fmt::Display| {
        found.push(format!("{what} is {is}, expected {expected}"));
    };
    for (name, value) in &expected.parameters {
        let is = &diagnosis["parameters"][name];
        if !is_same(is, value) {
            differs(&format!("parameter {name}"), is, value);
        }
    }
    let counts =
        [("explained", expected.explained), ("unexplained", expected.unexplained), ("damaged", expected.damaged)];
    for (name, count) in counts.into_iter().filter_map(|(name, count)| Some((name, count?))) {
        if diagnosis[name] != count {
            differs(name, &diagnosis[name], &count);
        }
    }
    let texts = [
        ("scope", &diagnosis["scope"]["where"], &expected.scope),
        ("repair", &diagnosis["repair"]["expr"], &expected.repair),
        ("side", &diagnosis["repair"]["side"], &expected.side),
        ("summary", &diagnosis["summary"], &expected.summary),
    ];
    for (name, is, text) in texts.into_iter().filter_map(|(name, is, text)| Some((name, is, text.as_ref()?))) {
        if *is != **text {
            differs(name, is, text);
        }
    }
    if expected.advice.is_some_and(|advice| advice != diagnosis["advice"].is_string()) {
        differs("advice", &diagnosis["advice"], &expected.advice.unwrap_or_default());
    }
    let equivalent: Vec<&str> =
        diagnosis["equivalent"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for id in expected.equivalent.iter().filter(|id| !equivalent.contains(&id.as_str())) {
        differs("equivalent", &diagnosis["equivalent"], id);
    }
    found
}

/// Returns whether two parameters are the same; numbers by value, since 100 and 100.0 are.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => one == other,
            (_, _) => one
                .as_f64()
                .zip(other.as_f64())
                .is_some_and(|(one, other)| one == other || (one - other).abs() <= 1e-9 * one.abs().max(other.abs())),
        },
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| is_same(value, other)))
        }
        (one, other) => one == other,
    }
}

/// Returns the parts of all files: what was examined as it is now, all else as it was.
fn snapshot(examined: &[Examined], stored: &str) -> String {
    let files = fixture::files();
    let mut stored_parts = stored.split_inclusive('\n').fold(Vec::<(String, String)>::new(), |mut parts, line| {
        match line.strip_prefix("# ") {
            Some(id) => parts.push((id.trim_end().to_owned(), line.to_owned())),
            None => parts.last_mut().into_iter().for_each(|(_, part)| part.push_str(line)),
        }
        parts
    });
    stored_parts.retain(|(id, _)| files.iter().any(|(file, _)| file == id));
    stored_parts.retain(|(id, _)| !examined.iter().any(|examined| examined.id == *id));
    stored_parts.extend(examined.iter().map(|examined| (examined.id.clone(), part(examined))));
    stored_parts.sort();
    stored_parts.into_iter().map(|(_, part)| part).collect()
}

/// A line for each case, and one for each of its diagnoses.
fn part(examined: &Examined) -> String {
    let mut text = format!("# {}\n", examined.id);
    let cases = examined.fixture.as_ref().map(|fixture| fixture.cases.as_slice()).unwrap_or_default();
    for (case, outcome) in cases.iter().zip(&examined.outcomes) {
        text.push_str(&format!("{}\n", case.name));
        if outcome.json.is_empty() {
            text.push_str(&format!("    exit {}\n", outcome.exit_code));
            continue;
        }
        let report = outcome.report();
        for feature in report["features"].as_array().into_iter().flatten() {
            let prefix = match feature["name"].as_str() {
                Some(name) if name != case.feature() => format!("{name}: "),
                Some(_) | None => String::new(),
            };
            for diagnosis in feature["comparisons"].as_array().into_iter().flatten().flat_map(diagnoses) {
                text.push_str(&format!("    {prefix}{}\n", shown(diagnosis)));
            }
        }
    }
    text
}

fn diagnoses(comparison: &Value) -> impl Iterator<Item = &Value> {
    comparison["diagnoses"].as_array().into_iter().flatten()
}

fn shown(diagnosis: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut text = word(&diagnosis["mechanism"]);
    if let Some(predicate) = diagnosis["scope"]["where"].as_str() {
        text.push_str(&format!(" where {predicate}"));
    }
    text.push_str(&format!(
        " explains {}, leaves {}, breaks {}",
        diagnosis["explained"], diagnosis["unexplained"], diagnosis["damaged"]
    ));
    let equivalent: Vec<String> = diagnosis["equivalent"].as_array().into_iter().flatten().map(word).collect();
    if !equivalent.is_empty() {
        text.push_str(&format!("; or {}", equivalent.join(", ")));
    }
    text
}

// ------------------------------------------------------------------------------------------------ the harness itself

const FIXTURE: &str = "
about: What the harness makes of a file.
cases:
  - name: every kind of value
    feature: amount
    type: float64
    unit: USD
    units: {online: cent}
    expr: {online: x / 100.0}
    offline: [1, 1.0, .nan, -.inf, null, true, '1', Y, [1, .nan], {b: 1, a: -0.0}, 18446744073709551615]
    online: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    columns: {offline: {currency: [a, b, c, d, e, f, g, h, i, j, k]}}
    slices: [currency]
    expect: null
";

#[test]
fn values_are_written_as_the_file_has_them() {
    let fixture = Fixture::parse(FIXTURE).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let spec: Value = serde_json::from_str(&fixture.cases[0].write(folder.path())).unwrap();
    let written = fs::read_to_string(folder.path().join("offline.jsonl")).unwrap();
    let values: Vec<&str> =
        written.lines().map(|line| line.strip_prefix("{\"x\": ").unwrap().rsplit_once(", \"id\"").unwrap().0).collect();
    assert_eq!(
        values,
        [
            "1",
            "1.0",
            "NaN",
            "-Infinity",
            "null",
            "true",
            "\"1\"",
            "\"Y\"",
            "[1, NaN]",
            "{\"b\": 1, \"a\": -0.0}",
            "18446744073709551615"
        ]
    );
    assert!(written.contains("\"id\": 11, \"currency\": \"k\"}"), "{written}");
    assert_eq!(spec["online"]["units"]["x"], "cent");
    assert_eq!(spec["offline"]["units"], Value::Null);
    let feature = &spec["features"][0];
    assert_eq!(feature["offline"]["expr"], "x");
    assert_eq!(feature["online"]["expr"], "x / 100.0");
    assert_eq!(feature["unit"], "USD");
    assert_eq!(spec["keys"][0], "id");
}

#[test]
fn a_file_that_cannot_mean_what_it_says_is_refused() {
    for (from, to, wanted) in [
        ("expect: null", "expct: null", "expct"),
        ("    expect: null\n", "", "expect"),
        ("expect: null", "expect: {mechanism: x, damage: 0}", "damage"),
        ("online: [1, ", "online: [", "`online` has 10 values, `offline` has 11"),
        ("slices: [currency]", "entities: [1]", "`entities` has 1 values"),
    ] {
        let reason = Fixture::parse(&FIXTURE.replace(from, to)).err().unwrap_or_default();
        assert!(reason.contains(wanted), "{to}: {reason}");
    }
}

/// Judges a case of `null-to-sentinel` by what a report says of its first feature.
fn differences(expect: &str, diagnoses: &str) -> String {
    let fixture = Fixture::parse(&FIXTURE.replace("expect: null", &format!("expect: {expect}"))).unwrap();
    let json = format!(
        r#"{{"features": [{{"name": "amount", "comparisons": [{{"compared": 11, "equal": 1, "tolerated": 0,
            "diagnoses": {diagnoses}}}]}}]}}"#
    );
    let outcome = Outcome { exit_code: 1, json, message: String::new() };
    case_differences("null-to-sentinel", &fixture.cases[0], &outcome).join("\n")
}

#[test]
fn a_diagnosis_is_held_against_all_that_is_expected() {
    let diagnosis = r#"[{"mechanism": "null-to-sentinel", "family": "missing", "summary": "s",
        "parameters": {"sentinel": -1.0, "other": [2]}, "explained": 8, "unexplained": 2, "damaged": 0,
        "scope": {"where": "a = 1", "rows": 9}, "equivalent": ["imputed-constant"],
        "repair": {"side": "online", "expr": "NULLIF(value, -1)", "verified": true}, "advice": null}]"#;
    for (expect, wanted) in [
        ("{mechanism: null-to-sentinel}", ""),
        (
            "{mechanism: null-to-sentinel, parameters: {sentinel: -1, other: [2.0]}, explained: 8, unexplained: 2, \
             damaged: 0, scope: a = 1, repair: 'NULLIF(value, -1)', side: online, advice: false, summary: s, \
             equivalent: [imputed-constant]}",
            "",
        ),
        ("{mechanism: null-to-sentinel, parameters: {sentinel: -2}}", "parameter sentinel is -1.0, expected -2"),
        ("{mechanism: null-to-sentinel, parameters: {none: 1}}", "parameter none is null"),
        ("{mechanism: null-to-sentinel, explained: 9}", "explained is 8, expected 9"),
        ("{mechanism: null-to-sentinel, unexplained: 0}", "unexplained is 2"),
        ("{mechanism: null-to-sentinel, damaged: 1}", "damaged is 0, expected 1"),
        ("{mechanism: null-to-sentinel, scope: b}", "scope is \"a = 1\""),
        ("{mechanism: null-to-sentinel, repair: x}", "repair is"),
        ("{mechanism: null-to-sentinel, side: offline}", "side is \"online\""),
        ("{mechanism: null-to-sentinel, advice: true}", "advice is null, expected true"),
        ("{mechanism: null-to-sentinel, summary: t}", "summary is"),
        ("{mechanism: null-to-sentinel, equivalent: [case-fold]}", "equivalent is"),
        ("[{mechanism: null-to-sentinel}, {mechanism: case-fold}]", "no diagnosis, expected case-fold"),
        ("{mechanism: case-fold}", "expected case-fold, not"),
        ("null", "diagnosed, and should not be"),
    ] {
        let found = differences(expect, diagnosis);
        assert!(found.starts_with(wanted) && found.is_empty() == wanted.is_empty(), "{expect}: {found}");
    }
    assert_eq!(differences("null", "[]"), "");
    for (from, to, wanted) in [
        ("\"explained\": 8", "\"explained\": 11", "explains no mismatching row, or more"),
        ("\"explained\": 8", "\"explained\": 0", "explains no mismatching row, or more"),
        ("\"family\": \"missing\"", "\"family\": \"unit\"", "no mechanism of its family"),
        ("true", "false", "a repair that is not verified"),
        ("\"s\"", "\"{to} is\"", "a placeholder stays"),
    ] {
        let found = differences("{mechanism: null-to-sentinel}", &diagnosis.replace(from, to));
        assert!(found.starts_with(wanted), "{to}: {found}");
    }
    let without = r#"[{"mechanism": "null-to-sentinel", "family": "missing", "summary": "s", "explained": 8}]"#;
    assert!(differences("{mechanism: null-to-sentinel}", without).starts_with("neither a repair nor advice"));
}

#[test]
fn a_page_has_to_say_everything() {
    let page = "# x\n\nIt happened.\n\n## What happened\n\na\n\n## Why it hurts\n\na\n\n## Example\n\na\n\n\
                ## How to fix\n\na\n\n## Parameters\n\na\n\n## Not confused with\n\na\n";
    assert_eq!(page_faults("x", page), [""; 0]);
    for (from, to) in [
        ("# x\n", "# y\n"),
        ("It happened.", "## No"),
        ("## Example", "## Exmple"),
        ("## Parameters\n\na", "## Parameters\n"),
        ("a\n", &"a\n".repeat(10)),
        ("\na\n", &format!("\n{}\n", "a".repeat(101))),
    ] {
        assert!(!page_faults("x", &page.replace(from, to)).is_empty(), "{to}");
    }
}
