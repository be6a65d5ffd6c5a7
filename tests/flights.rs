//! The example on real data, held against what `fixtures/flights/oracle.py` computed without trueup.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Execution, run};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the report of one capture, and what the oracle found in it.
fn check(capture: &str) -> (Value, Value, u8) {
    let spec = fs::read_to_string(root().join("specs/flights.yaml")).expect("the spec can be read");
    // A path that is given beside a spec is the user's: absolute here, so that no folder has to be the current one.
    let online = root().join("fixtures/flights/captures").join(capture);
    let online = online.to_str().expect("a path that is text");
    let outcome = run(&root().join("specs"), &spec, Some(online), Execution::default());
    let expected =
        fs::read_to_string(root().join("fixtures/flights/expected.json")).expect("expected.json can be read");
    let mut expected: Value = serde_json::from_str(&expected).expect("expected.json is JSON");
    (outcome.report(), expected[capture].take(), outcome.exit_code)
}

fn judge(capture: &str, report: &Value, expected: &Value) {
    let mut wrong = Vec::new();
    let mut same = |place: String, found: &Value, expected: &Value| {
        if found != expected {
            wrong.push(format!("{capture}: {place} is {found}, expected {expected}"));
        }
    };
    same("verdict".to_string(), &report["verdict"], &expected["verdict"]);
    for side in ["offline", "online"] {
        for (account, n_rows) in expected["ledger"][side].as_object().expect("a ledger") {
            same(format!("ledger.{side}.{account}"), &report["ledger"][side][account], n_rows);
        }
    }
    let features = report["features"].as_array().expect("features");
    for (name, comparisons) in expected["features"].as_object().expect("features") {
        let feature = features.iter().find(|feature| feature["name"] == **name).expect("every feature is reported");
        let reported = feature["comparisons"].as_array().expect("comparisons");
        let comparisons = comparisons.as_object().expect("comparisons");
        same(format!("{name}: number of comparisons"), &reported.len().into(), &comparisons.len().into());
        for (comparison, counts) in comparisons {
            let found = reported.iter().find(|found| found["name"] == **comparison).unwrap_or(&Value::Null);
            for (code, n_rows) in counts.as_object().expect("counts") {
                same(format!("{name}.{comparison}.{code}"), &found[code], n_rows);
            }
        }
    }
    same("number of features".to_string(), &features.len().into(), &count(&expected["features"]));
    let over_budget: BTreeSet<&str> =
        findings(report, "mismatch").filter_map(|finding| finding["feature"].as_str()).collect();
    let expected_over: BTreeSet<&str> =
        expected["over_budget"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(over_budget, expected_over, "{capture}: features over their budget");
    assert_eq!(findings(report, "duplicate").count() > 0, expected["duplicate_keys"] != 0, "{capture}: duplicates");
}

fn count(object: &Value) -> Value {
    object.as_object().map_or(0, serde_json::Map::len).into()
}

fn findings<'a>(report: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    report["findings"].as_array().into_iter().flatten().filter(move |finding| finding["kind"] == kind)
}

#[test]
fn the_faithful_capture_is_consistent() {
    let (report, expected, exit_code) = check("faithful");
    judge("faithful", &report, &expected);
    assert_eq!(exit_code, 0);
}

#[test]
fn the_skewed_capture_shows_what_was_planted() {
    let (report, expected, exit_code) = check("skewed");
    judge("skewed", &report, &expected);
    assert_eq!(exit_code, 1);

    // The service has the right carrier and encodes it wrongly; it encodes the distance rightly and is given a wrong one.
    let feature = |name: &str| {
        let features = report["features"].as_array().expect("features");
        features.iter().find(|feature| feature["name"] == name).expect("the feature is reported")
    };
    assert_eq!(feature("carrier_idx")["stage"], "serving");
    assert_eq!(feature("distance_z")["stage"], "inputs");

    // The line that was cut short is named: line and file.
    let unreadable: Vec<&Value> = findings(&report, "unreadable").collect();
    assert_eq!(unreadable.len(), 1, "{unreadable:?}");
    assert!(unreadable[0]["samples"].to_string().contains("2013-03-13.jsonl.gz"), "{}", unreadable[0]);

    // The registration of a plane is sensitive: only counts.
    let tailnum = feature("tailnum").to_string();
    assert!(!tailnum.contains("\"samples\":[{"), "{tailnum}");
}

#[test]
fn the_spec_without_an_override_reads_the_skewed_capture() {
    let spec = fs::read_to_string(root().join("specs/flights.yaml")).expect("the spec can be read");
    let outcome = run(
        Path::new(&root().join("specs")),
        &spec,
        None,
        Execution { threads: 1, batch_size: 1000, ..Execution::default() },
    );
    assert_eq!(outcome.exit_code, 1);
    let (report, _, _) = check("skewed");
    for part in ["ledger", "features"] {
        assert_eq!(outcome.report()[part], report[part], "{part} depends on threads or batches");
    }
}
