//! Wiring only: flags, streams and exit codes.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const SPEC: &str = "\
trueup: 1
keys: [id]
offline: offline.csv
online: online.jsonl
features:
  - name: amount
    type: float64
";

/// A folder with a spec and data whose row 2 differs if `differs`.
fn folder(differs: bool) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let second = if differs { "2.5" } else { "2" };
    write(&folder, "spec.yaml", SPEC);
    write(&folder, "offline.csv", "id,amount\n1,1\n2,2\n");
    write(&folder, "online.jsonl", &format!("{{\"id\": 1, \"amount\": 1.0}}\n{{\"id\": 2, \"amount\": {second}}}\n"));
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).unwrap();
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    command.args(arguments).current_dir(folder);
    for variable in ["NO_COLOR", "CLICOLOR_FORCE", "TRUEUP_TEST_UNSET"] {
        command.env_remove(variable);
    }
    command
}

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(folder: &TempDir, arguments: &[&str]) -> Ran {
    ran(command(folder.path(), arguments).output().unwrap())
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_exit_code_is_that_of_the_verdict_and_the_report_goes_to_stdout() {
    for (differs, code, verdict) in [(false, 0, "consistent"), (true, 1, "inconsistent")] {
        let ran = run(&folder(differs), &["check", "spec.yaml", "-o", "json"]);
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert_eq!(ran.stderr, "");
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(report["verdict"], verdict);
        assert_eq!(report["spec"]["path"], "spec.yaml");
    }
}

#[test]
fn too_few_rows_are_inconclusive_and_a_missing_file_is_an_error() {
    let folder = folder(false);
    write(&folder, "empty.csv", "id,amount\n");
    let ran = run(&folder, &["check", "spec.yaml", "--offline", "empty.csv", "--limit", "0"]);
    assert_eq!(ran.code, 2, "no rows at all is no limit");
    let ran = run(&folder, &["check", "spec.yaml", "--offline", "none.csv"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.starts_with("error: ") && ran.stderr.contains("`none.csv`"), "{}", ran.stderr);
    write(&folder, "strict.yaml", &format!("{SPEC}gate: {{min_compared_rows: 3}}\n"));
    assert_eq!(run(&folder, &["check", "strict.yaml"]).code, 4);
}

#[test]
fn a_path_on_the_command_line_is_relative_to_the_working_directory() {
    let folder = folder(false);
    fs::create_dir(folder.path().join("specs")).unwrap();
    let spec = SPEC.replace("offline.csv", "../offline.csv");
    write(&folder, "specs/spec.yaml", &spec);
    let ran = run(&folder, &["check", "specs/spec.yaml", "--online", "online.jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn a_spec_is_read_from_standard_input() {
    let folder = folder(false);
    let stdin = fs::File::open(folder.path().join("spec.yaml")).unwrap();
    let ran = ran(command(folder.path(), &["check", "-"]).stdin(stdin).output().unwrap());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn a_report_in_a_file_leaves_that_file_only() {
    let folder = folder(true);
    let before = names(&folder);
    let ran = run(&folder, &["check", "spec.yaml", "-o", "json=report.json"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (1, "", ""));
    let mut wanted = before;
    wanted.push("report.json".to_owned());
    wanted.sort();
    assert_eq!(names(&folder), wanted);
    let text = fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["verdict"], "inconsistent");
}

#[test]
fn several_reports_are_written_at_once() {
    let folder = folder(true);
    let arguments = ["check", "spec.yaml", "-o", "markdown=report.md", "-o", "text", "--mismatches", "cells.parquet"];
    let ran = run(&folder, &arguments);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stdout.contains("amount"));
    assert!(fs::read_to_string(folder.path().join("report.md")).unwrap().contains("amount"));
    assert!(fs::read(folder.path().join("cells.parquet")).unwrap().starts_with(b"PAR1"));
}

#[test]
fn problems_of_the_command_line_exit_with_2_and_print_no_data() {
    let folder = folder(false);
    let cases: [(&[&str], &str); 13] = [
        (&["check", "spec.yaml", "-o", "text", "-o", "json"], "two outputs go to standard output"),
        (&["check", "spec.yaml", "-o", "json=a", "--mismatches", "a"], "two outputs go to `a`"),
        (&["check", "spec.yaml", "-o", "jsno"], "did you mean `json`?"),
        (&["check", "spec.yaml", "-o", "report.json"], "did you mean `json=report.json`?"),
        (&["check", "none.yaml"], "cannot read spec `none.yaml`: there is no such file"),
        (&["check", "spec.yaml", "--baseline", "none.json"], "cannot read baseline `none.json`"),
        (&["check"], "SPEC"),
        (&["chekc", "spec.yaml"], "check"),
        (&["check", "spec.yaml", "--threads", "0"], "'--threads <N>': must be at least 1"),
        (&["check", "spec.yaml", "--limit", "0"], "'--limit <ROWS>': must be at least 1"),
        (&["check", "spec.yaml", "--memory-limit", "lots"], "512MiB"),
        (&["functions", "hash_buckt"], "did you mean `hash_bucket`?"),
        (&["mechanisms", "null-to-sentinal"], "did you mean `null-to-sentinel`?"),
    ];
    for (arguments, wanted) in cases {
        let ran = run(&folder, arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(wanted), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn a_folder_that_is_missing_is_told_before_the_work() {
    let folder = folder(false);
    let ran = run(&folder, &["check", "spec.yaml", "-o", "json=none/report.json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
    assert!(ran.stderr.contains("there is no folder `none`"), "{}", ran.stderr);
}

#[test]
fn an_unset_variable_and_bytes_that_are_no_text_are_problems_of_the_spec() {
    let folder = folder(false);
    write(&folder, "unset.yaml", &SPEC.replace("offline.csv", "${TRUEUP_TEST_UNSET}/offline.csv"));
    fs::write(folder.path().join("bytes.yaml"), b"trueup: 1\nname: \xff\n").unwrap();
    for (spec, wanted) in [("unset.yaml", "TRUEUP_TEST_UNSET"), ("bytes.yaml", "byte 0xff in line 2")] {
        let ran = run(&folder, &["check", spec]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        assert!(ran.stderr.contains(wanted) && ran.stderr.contains(spec), "{}", ran.stderr);
    }
    let set = command(folder.path(), &["check", "unset.yaml"]).env("TRUEUP_TEST_UNSET", ".").output().unwrap();
    assert_eq!(set.status.code(), Some(0));
}

#[test]
fn a_baseline_accepts_what_was_written() {
    let folder = folder(true);
    let ran = run(&folder, &["check", "spec.yaml", "--write-baseline", "known.json", "-o", "json=a.json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("wrote 1 known finding to `known.json`"), "{}", ran.stderr);
    assert_eq!(run(&folder, &["check", "spec.yaml", "--baseline", "known.json"]).code, 0);
}

#[test]
fn colours_are_for_who_asks() {
    let folder = folder(true);
    let escapes = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = command(folder.path(), arguments).envs(variables.iter().copied()).output().unwrap();
        ran(output).stdout.contains('\x1b')
    };
    assert!(!escapes(&["check", "spec.yaml"], &[]));
    assert!(escapes(&["check", "spec.yaml", "--color", "always"], &[("NO_COLOR", "1")]));
    assert!(escapes(&["check", "spec.yaml"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!escapes(&["check", "spec.yaml"], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!escapes(&["check", "spec.yaml", "--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn a_reader_that_goes_away_ends_the_output_quietly() {
    let folder = folder(false);
    for arguments in [
        &["functions"][..],
        &["mechanisms"],
        &["schema"],
        &["completions", "bash"],
        &["check", "spec.yaml"],
        &["--help"],
    ] {
        let mut child =
            command(folder.path(), arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn lint_tells_the_problems_of_all_specs() {
    let folder = folder(false);
    write(&folder, "one.yaml", &SPEC.replace("float64", "flaot64"));
    write(&folder, "two.yaml", &SPEC.replace("keys: [id]", "kyes: [id]"));
    let ran = run(&folder, &["lint", "spec.yaml"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", "1 spec, 0 problems\n"));
    let ran = run(&folder, &["lint", "one.yaml", "spec.yaml", "two.yaml"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("one.yaml:7:") && ran.stderr.contains("two.yaml:2:"), "{}", ran.stderr);
    assert!(ran.stderr.lines().last().unwrap().starts_with("3 specs, "), "{}", ran.stderr);
    assert_eq!(run(&folder, &["--quiet", "lint", "spec.yaml"]).stderr, "");
}

#[test]
fn init_writes_a_spec_that_check_reads_and_never_over_a_file() {
    let folder = folder(false);
    let arguments = ["init", "--offline", "offline.csv", "--online", "online.jsonl", "-o", "first.yaml"];
    let ran = run(&folder, &arguments);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    assert_eq!(run(&folder, &["check", "first.yaml"]).code, 0);
    let before = fs::read_to_string(folder.path().join("first.yaml")).unwrap();
    let ran = run(&folder, &arguments);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("`first.yaml` exists"), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(folder.path().join("first.yaml")).unwrap(), before);
}

#[test]
fn every_help_has_examples() {
    let folder = folder(false);
    for command in ["check", "lint", "init", "schema", "functions", "mechanisms", "completions"] {
        let ran = run(&folder, &[command, "--help"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{command}");
        assert!(ran.stdout.contains(&format!("Examples:\n  trueup {command}")), "{command}: {}", ran.stdout);
    }
    assert!(run(&folder, &["check", "--help"]).stdout.contains("Exit codes:"));
    let ran = run(&folder, &[]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("Examples:"), "{}", ran.stderr);
}

#[test]
fn the_reference_is_printed() {
    let folder = folder(false);
    let schema = run(&folder, &["schema"]);
    assert!(serde_json::from_str::<serde_json::Value>(&schema.stdout).unwrap()["properties"].is_object());
    for (arguments, wanted) in [
        (&["completions", "bash"][..], "_trueup"),
        (&["functions"], "farm_fingerprint64(x)"),
        (&["functions", "hash_bucket"], "Example:"),
        (&["mechanisms"], "null-to-sentinel"),
        (&["mechanisms", "null-to-sentinel"], "# null-to-sentinel"),
        (&["completions", "bash"], "null-to-sentinel"),
        (&["--version"], env!("CARGO_PKG_VERSION")),
    ] {
        let ran = run(&folder, arguments);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(ran.stdout.contains(wanted), "{arguments:?}: {}", ran.stdout);
    }
}

#[test]
fn no_output_takes_the_place_of_what_is_read() {
    let folder = folder(true);
    write(&folder, "known.json", "{}");
    #[cfg(unix)]
    std::os::unix::fs::symlink("online.jsonl", folder.path().join("link")).unwrap();
    fs::create_dir(folder.path().join("captures")).unwrap();
    fs::copy(folder.path().join("online.jsonl"), folder.path().join("captures/a.jsonl")).unwrap();
    let mut cases: Vec<(&[&str], &str)> = vec![
        (&["-o", "json=offline.csv"], "`offline.csv` is an input of the offline side; write to another file"),
        (&["--write-baseline", "online.jsonl"], "`online.jsonl` is an input of the online side"),
        (&["-o", "markdown=spec.yaml"], "`spec.yaml` is the spec"),
        (&["--mismatches", "captures/../spec.yaml"], "did you mean `captures/../spec.parquet`?"),
        (&["--mismatches", "online.jsonl"], "mismatches are written as Parquet; did you mean `online.parquet`?"),
        (&["--baseline", "known.json", "-o", "json=known.json"], "`known.json` is the baseline"),
        (&["-o", "json=a.json", "--write-baseline", "./a.json"], "`./a.json` is another output, too"),
        (&["--online", "captures", "-o", "json=captures/a.jsonl"], "is an input of the online side"),
        // What cannot be read is not overwritten either.
        (&["--offline", "none.csv", "-o", "json=online.jsonl"], "is an input of the online side"),
    ];
    if cfg!(unix) {
        cases.push((&["-o", "json=link"], "`link` is an input of the online side"));
    }
    let contents = |name: &str| fs::read(folder.path().join(name)).unwrap();
    let all = ["spec.yaml", "offline.csv", "online.jsonl", "known.json", "captures/a.jsonl"];
    let (before, before_names) = (all.map(contents), names(&folder));
    for (arguments, wanted) in cases {
        let ran = run(&folder, &[&["check", "spec.yaml"], arguments].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(wanted), "{arguments:?}: {}", ran.stderr);
        assert_eq!((all.map(contents), names(&folder)), (before.clone(), before_names.clone()), "{arguments:?}");
    }
}

#[test]
fn a_baseline_may_be_written_anew() {
    let folder = folder(true);
    assert_eq!(run(&folder, &["check", "spec.yaml", "--write-baseline", "known.json"]).code, 0);
    let ran = run(&folder, &["check", "spec.yaml", "--baseline", "known.json", "--write-baseline", "known.json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn what_a_variable_stands_for_is_never_shown() {
    let folder = folder(false);
    let spec = |path: &str| SPEC.replace("offline.csv", path);
    let secret = folder.path().join("hush");
    fs::create_dir(&secret).unwrap();
    write(&folder, "hush/a.csv", "id,amount\n1,1\n2,2,3\n");
    write(&folder, "hush/b.csv", "id,amount\n");
    write(&folder, "hush/c.parquet", "PAR1 no footer");
    write(&folder, "hush/d.csv.gz", "no gzip");
    write(&folder, "hush/e.avro", "no avro");
    let cases = [
        ("${TRUEUP_TEST_SECRET}/a.csv", 1),
        ("${TRUEUP_TEST_SECRET}/?.csv", 1),
        ("${TRUEUP_TEST_SECRET}/c.parquet", 3),
        ("${TRUEUP_TEST_SECRET}/d.csv.gz", 3),
        ("${TRUEUP_TEST_SECRET}/e.avro", 3),
        ("${TRUEUP_TEST_SECRET}", 3),
        ("${TRUEUP_TEST_SECRET}/none.csv", 3),
        ("${TRUEUP_TEST_SECRET}/*.tsv", 3),
    ];
    for (path, code) in cases {
        write(&folder, "secret.yaml", &spec(&format!("\"{path}\"")));
        for value in [secret.to_str().unwrap(), "hush"] {
            let mut command = command(folder.path(), &["check", "secret.yaml", "-o", "text", "-o", "json=report.json"]);
            let ran = ran(command.env("TRUEUP_TEST_SECRET", value).output().unwrap());
            assert_eq!(ran.code, code, "{path}: {}", ran.stderr);
            let report = fs::read_to_string(folder.path().join("report.json")).unwrap();
            for text in [&ran.stdout, &ran.stderr, &report] {
                assert!(!text.contains("hush"), "{path}: {text}");
            }
            assert!(report.contains("${TRUEUP_TEST_SECRET}"), "{path}: {report}");
        }
    }
    write(&folder, "secret.yaml", &spec("\"${TRUEUP_TEST_SECRET}/*.csv\""));
    let mut command = command(folder.path(), &["check", "secret.yaml"]);
    let ran = ran(command.env("TRUEUP_TEST_SECRET", "hush").output().unwrap());
    assert!(ran.stdout.contains("${TRUEUP_TEST_SECRET}/*.csv, file 1 of 2"), "{}", ran.stdout);
}

#[test]
fn a_run_that_an_error_stops_leaves_a_report_that_says_so() {
    let folder = folder(false);
    write(&folder, "report.json", "an old one");
    let arguments = ["check", "spec.yaml", "--offline", "none.csv", "-o", "json=report.json", "-o", "markdown"];
    let ran = run(&folder, &arguments);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.starts_with("error: cannot read offline input `none.csv`"), "{}", ran.stderr);
    assert!(ran.stdout.contains("none.csv"), "{}", ran.stdout);
    let text = fs::read_to_string(folder.path().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&report["verdict"], &report["features"]), (&"error".into(), &serde_json::json!([])));
    let finding = &report["findings"][0];
    assert_eq!((&finding["kind"], &finding["side"]), (&"error".into(), &"offline".into()));
    assert!(finding["message"].as_str().unwrap().contains("none.csv"));
    assert_eq!(report["ledger"]["online"]["read"], 0);
}

#[test]
fn an_error_is_told_once() {
    let folder = folder(false);
    write(&folder, "bad.parquet", "PAR1 what was a footer \x7f\x7f\x7f\x7f\x01\0\0\0PAR1");
    for offline in ["bad.parquet", "none.csv"] {
        let ran = run(&folder, &["check", "spec.yaml", "--offline", offline]);
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(!ran.stderr.contains("caused by"), "{}", ran.stderr);
    }
}

#[cfg(unix)]
#[test]
fn the_mismatch_file_can_be_read_by_whom_the_mask_allows() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(true);
    write(&folder, "plain", "");
    assert_eq!(run(&folder, &["check", "spec.yaml", "--mismatches", "cells.parquet"]).code, 1);
    let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
    assert_eq!(mode("cells.parquet"), mode("plain"));
}

#[test]
fn help_in_a_pipe_has_80_columns() {
    let ran = run(&folder(false), &["functions", "--help"]);
    let help = run(&folder(false), &["check", "--help"]).stdout;
    let described = help.split("Exit codes:").next().unwrap().split("Examples:").next().unwrap();
    let widest = described.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest <= 80, "{widest} columns: {described}");
    assert_eq!(ran.code, 0);
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_urls_are_refused_with_the_reason() {
    let folder = folder(false);
    for (path, wanted) in [
        ("/dev/null", "it is a pipe or a device, which cannot be read twice"),
        ("s3://bucket/x.parquet", "URLs are not supported"),
        ("https://host/x.csv", "URLs are not supported"),
    ] {
        let ran = run(&folder, &["check", "spec.yaml", "--online", path]);
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("`{path}`: {wanted}")), "{}", ran.stderr);
    }
}

#[test]
fn a_path_with_wildcards_in_its_folder_is_literal_if_it_exists() {
    let outer = tempfile::tempdir().unwrap();
    let inner = outer.path().join("run [1]");
    fs::create_dir(&inner).unwrap();
    let source = folder(false);
    for name in ["spec.yaml", "offline.csv", "online.jsonl"] {
        fs::copy(source.path().join(name), inner.join(name)).unwrap();
    }
    for online in ["online.jsonl", "*.jsonl", "."] {
        let arguments = ["check", "spec.yaml", "--online", online];
        let ran = ran(command(&inner, &arguments).output().unwrap());
        // The folder holds the offline file, too.
        assert_eq!(ran.code, if online == "." { 3 } else { 0 }, "{online}: {}", ran.stderr);
    }
}

#[test]
fn a_baseline_knows_duplicates_of_both_sides_and_each_key() {
    let folder = folder(false);
    write(&folder, "offline.csv", "id,amount\n1,1\n1,1\n2,2\n3,3\n4,4\n5,5\n");
    write(&folder, "online.jsonl", "{\"id\": 2, \"amount\": 2}\n{\"id\": 3, \"amount\": 3}\n");
    write(&folder, "dup.yaml", &format!("{SPEC}gate: {{max_unmatched_rate: 1}}\n"));
    let check = |arguments: &[&str]| run(&folder, &[&["check", "dup.yaml"], arguments].concat());
    assert_eq!(check(&["--write-baseline", "known.json"]).code, 0);
    assert_eq!(check(&["--baseline", "known.json"]).code, 0);
    // Only the offline side is worse.
    write(&folder, "offline.csv", "id,amount\n1,1\n1,1\n2,2\n3,3\n4,4\n4,4\n");
    let ran = check(&["--baseline", "known.json"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("66.7 % against 33.3 %"), "{}", ran.stdout);

    write(&folder, "offline.csv", "id,amount\na,2\n");
    assert_eq!(check(&["--write-baseline", "known.json"]).code, 0);
    let known = fs::read_to_string(folder.path().join("known.json")).unwrap();
    assert!(known.contains(r#""kind": "schema", "subject": "id", "severity": "error""#), "{known}");
}
