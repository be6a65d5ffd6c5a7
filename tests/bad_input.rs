//! Input that is missing, broken or hostile ends in an exit code and a message that a user can act on, never in a panic, a
//! silent pass or a terminal that obeys the data.

mod support;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic;
use datafusion::parquet::file::properties::WriterProperties;
use flate2::Compression;
use flate2::write::GzEncoder;
use support::{Execution, Outcome, run};

const OFFLINE: &str = "{\"id\": 1, \"x\": 1}\n{\"id\": 2, \"x\": 2}\n";

/// Returns a spec whose offline side is right.
fn spec(online: &str) -> String {
    format!(
        "trueup: 1\nname: bad\nkeys: [id]\noffline: offline.jsonl\nonline: {online}\nfeatures:\n  - {{name: x, type: int64}}\n"
    )
}

/// Runs a spec in a folder that holds the offline file and what `fill` adds.
fn attempt(spec: &str, fill: impl FnOnce(&Path)) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("offline.jsonl"), OFFLINE).expect("a file can be written");
    fill(folder.path());
    let outcome = run(folder.path(), spec, None, Execution::default());
    check_text(&outcome);
    outcome
}

/// Holds what a user reads against what a terminal obeys.
fn check_text(outcome: &Outcome) {
    for text in [&outcome.message, &outcome.json] {
        assert!(!text.contains("panicked"), "{text}");
    }
    let hostile = |c: &char| c.is_control() && *c != '\n';
    let found: Vec<char> = outcome.message.chars().filter(hostile).collect();
    assert!(found.is_empty(), "control characters {found:?} in {:?}", outcome.message);
    // JSON escapes what its grammar asks for; a reader shows the rest.
    assert!(!outcome.json.chars().any(|c| c < ' ' && c != '\n'), "control characters in {:?}", outcome.json);
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
    fs::write(path, bytes).expect("a file can be written");
}

#[track_caller]
fn says(outcome: &Outcome, exit_code: u8, words: &[&str]) {
    assert_eq!(outcome.exit_code, exit_code, "{}", outcome.message);
    for word in words {
        assert!(outcome.message.contains(word), "no `{word}` in: {}", outcome.message);
    }
}

/// A record file of a few hundred rows, compressed: cutting it loses data.
fn gzip() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for id in 0..500u64 {
        let x = id.wrapping_mul(6_364_136_223_846_793_005);
        writeln!(encoder, "{{\"id\": {id}, \"x\": {x}}}").expect("memory can be written");
    }
    encoder.finish().expect("memory can be written")
}

// -------------------------------------------------------------------------------------------------------- files

#[test]
fn a_missing_file_is_named_with_its_side() {
    let outcome = attempt(&spec("captures/nowhere.jsonl"), |_| {});
    says(&outcome, 3, &["online", "nowhere.jsonl"]);
}

#[test]
fn a_missing_offline_file_is_named_with_its_side() {
    let text = spec("online.jsonl").replace("offline.jsonl", "train.parquet");
    let outcome = attempt(&text, |folder| write(folder, "online.jsonl", OFFLINE));
    says(&outcome, 3, &["offline", "train.parquet"]);
}

#[test]
fn a_folder_without_files_is_no_empty_capture() {
    let outcome = attempt(&spec("captures"), |folder| fs::create_dir(folder.join("captures")).expect("a folder"));
    says(&outcome, 3, &["online", "captures"]);
}

#[test]
fn a_pattern_that_matches_nothing_is_no_empty_capture() {
    let outcome = attempt(&spec("captures/*.jsonl"), |folder| write(folder, "captures/a.csv", "id,x\n1,1\n"));
    says(&outcome, 3, &["online", "captures/*.jsonl"]);
}

#[test]
fn a_gzip_that_is_cut_short_is_an_error() {
    let whole = gzip();
    let outcome = attempt(&spec("captures/day.jsonl.gz"), |folder| {
        write(folder, "captures/day.jsonl.gz", &whole[..whole.len() / 2]);
    });
    says(&outcome, 3, &["online", "day.jsonl.gz"]);
}

#[test]
fn text_that_is_named_gz_is_an_error() {
    let outcome = attempt(&spec("day.jsonl.gz"), |folder| write(folder, "day.jsonl.gz", OFFLINE));
    says(&outcome, 3, &["online", "day.jsonl.gz"]);
}

#[test]
fn a_corrupt_parquet_file_is_an_error() {
    let contents = [&b"PAR1 what was a footer \xff\xff\xff\xff\x04\0\0\0PAR1"[..], b"PAR1", b"", b"id,x\n1,1\n"];
    let wrong: Vec<String> = contents
        .into_iter()
        .map(|bytes| {
            let outcome = attempt(&spec("captures/day.parquet"), |folder| write(folder, "captures/day.parquet", bytes));
            (bytes, outcome)
        })
        .filter(|(_, outcome)| {
            outcome.exit_code != 3 || !["online", "day.parquet"].iter().all(|word| outcome.message.contains(word))
        })
        .map(|(bytes, outcome)| {
            format!("{}: exit code {}: {}", bytes.escape_ascii(), outcome.exit_code, outcome.message)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_parquet_file_that_is_corrupt_in_its_data_is_named() {
    let texts: Vec<String> = (0..5000).map(|i| format!("text {}", i * 7919 % 5000)).collect();
    let table = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from_iter_values(0..5000)) as ArrayRef),
        ("x", Arc::new(StringArray::from(texts)) as ArrayRef),
    ])
    .expect("the columns are of one length");
    let properties = WriterProperties::builder().set_compression(basic::Compression::SNAPPY).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, table.schema(), Some(properties)).expect("Parquet has the types");
    writer.write(&table).expect("a table can be written");
    writer.close().expect("a table can be written");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 2000].fill(0xff);
    for (online, words) in [
        ("day.parquet", &["online", "side: while reading `day.parquet`: "][..]),
        (
            "{tables: {t: day.parquet, u: log.jsonl}, query: \"SELECT t.id, t.x FROM t JOIN u ON t.id = u.id\"}",
            &["online", "in its `query` (", ".yaml:5), while reading `day.parquet`, `log.jsonl`: "],
        ),
    ] {
        let outcome = attempt(&spec(online), |folder| {
            write(folder, "day.parquet", &bytes);
            write(folder, "log.jsonl", "{\"id\": 1}\n");
        });
        says(&outcome, 3, words);
    }
}

#[test]
fn a_parquet_footer_longer_than_its_file_is_an_error() {
    let outcome = attempt(&spec("captures/day.parquet"), |folder| {
        write(folder, "captures/day.parquet", b"PAR1\0\0\0\0 what was a footer \xff\xff\xff\x7fPAR1");
    });
    says(&outcome, 3, &["online", "day.parquet"]);
}

#[test]
fn a_format_that_the_file_has_not_is_an_error() {
    let outcome = attempt(&spec("{tables: {log: {path: log.jsonl, format: parquet}}}"), |folder| {
        write(folder, "log.jsonl", OFFLINE);
    });
    says(&outcome, 3, &["online", "log.jsonl"]);
}

#[test]
fn binary_data_named_csv_is_no_capture() {
    let bytes =
        [&b"PAR1"[..], &[0, 1, 2, 0xff, 0xfe, b'\n', 27, b'[', b'3', b'1', b'm', b',', 7].repeat(20), b"PAR1"].concat();
    let outcome = attempt(&spec("log.csv"), |folder| write(folder, "log.csv", bytes));
    // It has no column `id`, which is a problem, or it is refused as a file; it must not pass as data.
    assert!(matches!(outcome.exit_code, 2 | 3), "exit code {}: {}", outcome.exit_code, outcome.message);
    assert!(outcome.message.contains("online"), "{}", outcome.message);
}

#[test]
fn a_file_of_unknown_format_is_refused() {
    let outcome = attempt(&spec("log.xyz"), |folder| write(folder, "log.xyz", OFFLINE));
    assert!(matches!(outcome.exit_code, 2 | 3), "exit code {}: {}", outcome.exit_code, outcome.message);
    assert!(outcome.message.contains("log.xyz") && outcome.message.contains("format"), "{}", outcome.message);
}

#[test]
fn files_without_rows_are_inconclusive() {
    let files: [(&str, &str); 5] =
        [("log.jsonl", ""), ("log.jsonl", "\n\n  \n"), ("log.json", "[]"), ("log.csv", "id,x\n"), ("log.csv", "")];
    for (name, text) in files {
        let outcome = attempt(&spec(name), |folder| write(folder, name, text));
        assert_eq!(outcome.exit_code, 4, "{name} {text:?}: {}", outcome.message);
        let report = outcome.report();
        assert_eq!(report["ledger"]["online"]["read"], 0, "{name} {text:?}");
        assert_eq!(report["ledger"]["offline"]["unmatched"], 2, "{name} {text:?}");
    }
}

#[test]
fn a_log_of_which_no_record_can_be_parsed_fails() {
    let outcome = attempt(&spec("log.jsonl"), |folder| write(folder, "log.jsonl", "nonsense\n{\n"));
    says(&outcome, 1, &["online"]);
    let report = outcome.report();
    assert_eq!(report["ledger"]["online"]["unreadable"], 2);
    assert!(report["findings"].to_string().contains("log.jsonl"), "{}", report["findings"]);
}

#[test]
fn one_bad_file_of_many_is_an_error_and_not_left_out() {
    let whole = gzip();
    let outcome = attempt(&spec("captures"), |folder| {
        write(folder, "captures/1.jsonl.gz", &whole);
        write(folder, "captures/2.jsonl.gz", &whole[..whole.len() - 20]);
    });
    says(&outcome, 3, &["online", "2.jsonl.gz"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_name_that_is_no_text_is_named_and_not_left_out() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let bytes = |name: &'static [u8]| Path::new(OsStr::from_bytes(name));
    for online in ["log", "log/*.jsonl", "log/**/*"] {
        let outcome = attempt(&spec(online), |folder| {
            write(folder, "log/a.jsonl", OFFLINE);
            fs::write(folder.join(bytes(b"log/b\xff.jsonl")), OFFLINE).expect("a file can be written");
        });
        says(&outcome, 3, &["online", "the name of `log/b\\xff.jsonl` is not UTF-8"]);
    }
    let outcome = attempt(&spec("log"), |folder| {
        write(folder, "log/a.jsonl", OFFLINE);
        fs::write(folder.join(bytes(b"log/notes\xff.txt")), "").expect("a file can be written");
    });
    says(&outcome, 0, &[]);
}

#[test]
fn partitions_in_folders_are_decoded() {
    let text = "trueup: 1\nname: bad\nkeys: [id]\noffline: off\nonline: on\nfeatures:\n  - {name: reg, type: string}\n";
    let outcome = attempt(text, |folder| {
        write(folder, "off/reg=us%20east/a.jsonl", "{\"id\": 1}\n");
        write(folder, "on/reg=us east/a.csv", "id\n1\n");
    });
    says(&outcome, 0, &[]);
    assert_eq!(outcome.report()["features"][0]["comparisons"][0]["equal"], 1);
}

// ------------------------------------------------------------------------------------------------------- columns

#[test]
fn a_column_that_a_side_lacks_is_a_problem_that_says_so() {
    let outcome = attempt(&spec("log.jsonl"), |folder| write(folder, "log.jsonl", "{\"id\": 1, \"y\": 1}\n"));
    says(&outcome, 2, &["`x`", "online"]);
}

#[test]
fn a_column_in_another_case_is_suggested() {
    let outcome = attempt(&spec("log.jsonl"), |folder| write(folder, "log.jsonl", "{\"id\": 1, \"X\": 1}\n"));
    says(&outcome, 2, &["`x`", "`X`", "online"]);
}

#[test]
fn a_feature_that_fails_for_some_rows_stops_no_other() {
    let text = spec("log.jsonl") + "  - {name: share, expr: 10 / (x - 2), type: int64}\n";
    let outcome = attempt(&text, |folder| write(folder, "log.jsonl", OFFLINE));
    says(&outcome, 3, &["share"]);
    let report = outcome.report();
    assert_eq!(report["features"][0]["comparisons"][0]["equal"], 2, "{report}");
    assert!(report["features"][1]["error"].is_string(), "{report}");
}

#[test]
fn integers_that_overflow_in_a_query_are_an_error_of_its_side() {
    let cases = [
        ("SELECT id, a * 4 AS x FROM t", "{\"id\": 1, \"a\": 4611686018427387904}\n"),
        ("SELECT id, a AS x FROM t WHERE a + a > 0", "{\"id\": 1, \"a\": 4611686018427387904}\n"),
        ("SELECT id, x FROM (SELECT id, a * 4 AS x FROM t) ORDER BY x", "{\"id\": 1, \"a\": 4611686018427387904}\n"),
    ];
    for (query, log) in cases {
        let text = spec(&format!("{{tables: {{t: log.jsonl}}, query: \"{query}\"}}"));
        let outcome = attempt(&text, |folder| write(folder, "log.jsonl", log));
        says(&outcome, 3, &["online", "verflow", "in its `query` (", ".yaml:5): "]);
        assert!(!outcome.message.contains("while reading"), "{}", outcome.message);
    }
}

#[test]
fn integers_that_overflow_in_a_query_over_parquet_are_an_error_of_its_side() {
    let table = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(vec![1])) as ArrayRef),
        ("a", Arc::new(Int64Array::from(vec![1 << 62])) as ArrayRef),
    ])
    .expect("the columns are of one length");
    let text = spec("{tables: {t: log.parquet}, query: \"SELECT id, a * 4 AS x FROM t\"}");
    let outcome = attempt(&text, |folder| {
        let file = fs::File::create(folder.join("log.parquet")).expect("a file can be made");
        let mut writer = ArrowWriter::try_new(file, table.schema(), None).expect("the types are those of Parquet");
        writer.write(&table).expect("a file can be written");
        writer.close().expect("a file can be written");
    });
    says(&outcome, 3, &["online", "verflow"]);
}

// -------------------------------------------------------------------------------------------------------- memory

/// A spec of many wide features over 20 thousand rows a side, both in `folder`: about 20 MB each when evaluated.
fn wide(folder: &Path) -> String {
    const N_ROWS: u64 = 20_000;
    const N_FEATURES: u64 = 20;
    for (name, factor) in [("offline.csv", 7919), ("online.csv", 104_729)] {
        let mut text = String::from("id");
        (0..N_FEATURES).for_each(|feature| text.push_str(&format!(",f{feature}")));
        for idx in 0..N_ROWS {
            // Both factors are prime, and no factor of the number of rows: each side has every key once, in its own order.
            let key = idx * factor % N_ROWS;
            text.push_str(&format!("\nkey-of-more-than-thirty-bytes-{key:06}"));
            for feature in 0..N_FEATURES {
                text.push_str(&format!(",a value of some length {}", key * (feature + 3)));
            }
        }
        write(folder, name, text);
    }
    let mut spec =
        String::from("trueup: 1\nname: wide\nkeys: [id]\noffline: offline.csv\nonline: online.csv\nfeatures:\n");
    for feature in 0..N_FEATURES {
        spec.push_str(&format!("  - {{name: f{feature}, type: string}}\n"));
    }
    spec
}

#[test]
fn a_memory_limit_changes_nothing_until_it_is_too_small() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let spec = wide(folder.path());
    let under = |memory_limit, threads| {
        run(folder.path(), &spec, None, Execution { threads, memory_limit, ..Execution::default() })
    };
    let free = under(None, 2);
    says(&free, 0, &[]);
    for threads in [1, 2, 4] {
        let limited = under(Some(8 << 20), threads);
        says(&limited, 0, &[]);
        assert!(limited.json == free.json, "{threads} threads give another report");
    }
    let outcome = under(Some(1 << 12), 2);
    check_text(&outcome);
    says(&outcome, 3, &["offline", "--memory-limit", "too small", "or leave it out"]);
}

// --------------------------------------------------------------------------------------------------------- specs

#[test]
fn a_spec_that_is_none_is_a_problem() {
    let specs = [
        "",
        "keys: [id",
        "- a list\n",
        "just text\n",
        "trueup: 1\n",
        "trueup: 2\nkeys: [id]\noffline: a.csv\nonline: b.csv\nfeatures: [{name: x}]\n",
        "\u{0}",
        "{\"trueup\": ",
        "trueup: 1\n\tkeys: [id]\n",
    ];
    for text in specs {
        let outcome = attempt(text, |_| {});
        assert_eq!(outcome.exit_code, 2, "{text:?}: {}", outcome.message);
        assert!(!outcome.message.is_empty(), "{text:?}");
    }
}

#[test]
fn a_yaml_bomb_is_a_problem() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    text.push_str("keys: *a11\n");
    let outcome = attempt(&text, |_| {});
    says(&outcome, 2, &[]);
    assert!(outcome.message.len() < 100_000, "a message of {} bytes", outcome.message.len());
}

#[test]
fn deep_nesting_is_a_problem() {
    let deep = "[".repeat(20_000) + &"]".repeat(20_000);
    let outcome = attempt(&format!("trueup: 1\nkeys: {deep}\n"), |_| {});
    says(&outcome, 2, &[]);
    let parentheses = "(".repeat(20_000) + "x" + &")".repeat(20_000);
    let text = spec("offline.jsonl").replace("name: x,", &format!("name: x, expr: '{parentheses}',"));
    says(&attempt(&text, |_| {}), 2, &[]);
}

#[test]
fn an_unset_variable_is_a_problem_that_names_it() {
    let outcome = attempt(&spec("\"${TRUEUP_NOWHERE}/log.jsonl\""), |_| {});
    says(&outcome, 2, &["TRUEUP_NOWHERE"]);
}

#[test]
fn sql_that_does_more_than_read_is_a_problem() {
    let statements = [
        "DROP TABLE log",
        "COPY log TO 'stolen.csv'",
        "SET datafusion.execution.batch_size = 1",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION 'other.csv'",
        "INSERT INTO log VALUES (1, 1)",
        "SELECT 1 AS id, 1 AS x; SELECT 2",
        "SELECT * FROM elsewhere",
        "SELECT * FROM 'other.csv'",
        "SELECT * FROM information_schema.tables",
    ];
    for statement in statements {
        let text = spec(&format!("{{tables: {{log: log.jsonl}}, query: \"{statement}\"}}"));
        let outcome = attempt(&text, |folder| {
            write(folder, "log.jsonl", OFFLINE);
            write(folder, "other.csv", "id,x\n1,1\n");
        });
        assert_eq!(outcome.exit_code, 2, "{statement}: {}", outcome.message);
    }
    for expr in ["x; DROP TABLE log", "(SELECT max(x) FROM elsewhere)", "x FROM log", "1, 2"] {
        let text = spec("log.jsonl").replace("name: x,", &format!("name: x, expr: '{expr}',"));
        let outcome = attempt(&text, |folder| write(folder, "log.jsonl", OFFLINE));
        assert_eq!(outcome.exit_code, 2, "{expr}: {}", outcome.message);
    }
}

#[test]
fn wrong_numbers_in_a_spec_are_problems() {
    let wrong = [
        ("type: int64}", "type: float64, tolerance: {abs: -1}}"),
        ("type: int64}", "type: float64, tolerance: {abs: .nan}}"),
        ("type: int64}", "type: float64, tolerance: {rel: -0.5}}"),
        ("type: int64}", "type: int64, gate: {max_mismatch_rate: 1.5}}"),
        ("type: int64}", "type: int64, gate: {max_mismatch_rate: -0.1}}"),
        ("type: int64}", "type: int65}"),
        ("type: int64}", "type: int64, colour: red}"),
        ("type: int64}", "type: int64}\n  - {name: x, type: int64}"),
        ("type: int64}", "type: int64, expr: y}\n  - {name: y, expr: z + 1}\n  - {name: z, expr: y + 1}"),
        ("keys: [id]", "keys: []"),
    ];
    for (right, bad) in wrong {
        let outcome = attempt(&spec("log.jsonl").replace(right, bad), |folder| write(folder, "log.jsonl", OFFLINE));
        assert_eq!(outcome.exit_code, 2, "{bad}: {}", outcome.message);
    }
}

#[test]
fn every_problem_of_a_spec_is_reported_at_once() {
    let text = spec("log.jsonl").replace("type: int64}", "type: int65}\n  - {name: y, expr: 'x +', type: floot64}");
    let outcome = attempt(&text, |_| {});
    says(&outcome, 2, &["int65", "int64", "floot64", "float64", "`y`"]);
}

// ----------------------------------------------------------------------------------------------- hostile content

const HOSTILE: &str = "\u{1b}[31m\u{7}<script>alert('x')</script>\"`\r|\u{85}";

#[test]
fn hostile_values_and_names_are_escaped() {
    let text = "trueup: 1\nname: bad\nkeys: [id]\noffline: log\nonline: log\nfeatures:\n  - {name: x, type: int64}\n  \
                - {name: city, type: string, categories: [Bonn]}\n";
    let value = serde_json::to_string(HOSTILE).expect("text is JSON");
    let outcome = attempt(text, |folder| {
        // A key that is twice, a value of no type, a value outside the vocabulary, a record that is none.
        let record = format!("{{\"id\": {value}, \"x\": {value}, \"city\": {value}}}\n");
        write(
            folder,
            "log/a.jsonl",
            format!("{record}{record}{{\"id\": \"b\", \"x\": {value}, \"city\": {value}}}\n{HOSTILE}\n"),
        );
    });
    says(&outcome, 1, &[]);
    let report = outcome.report();
    let kinds: Vec<&str> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter_map(|finding| finding["kind"].as_str())
        .collect();
    for kind in ["duplicate", "category", "unreadable", "mismatch"] {
        assert!(kinds.contains(&kind), "no {kind} in {kinds:?}");
    }
}

#[cfg(unix)]
#[test]
fn hostile_file_names_are_escaped() {
    let name = "log\u{1b}[31m\u{7}.jsonl";
    let outcome = attempt(&spec("log"), |folder| write(folder, &format!("log/{name}"), "nonsense\n"));
    says(&outcome, 1, &[]);
    // In a spec a path with control characters is a problem.
    let outcome = attempt(&spec("\"log\\e[31m\\a.jsonl\""), |_| {});
    says(&outcome, 2, &["online", "[31m"]);
}

#[test]
fn hostile_words_of_a_spec_are_escaped() {
    let outcome = attempt(&spec("log.jsonl").replace("int64", "\"in\\e[31mt64\""), |_| {});
    says(&outcome, 2, &["[31m"]);
    let outcome = attempt(&spec("log.jsonl").replace("name: x,", "name: x, expr: \"y\\e[31m +\","), |_| {});
    says(&outcome, 2, &[]);
    // A name with control characters is none.
    let outcome = attempt(&spec("log.jsonl").replace("name: x,", "name: \"x\\e[31m\","), |_| {});
    says(&outcome, 2, &[]);
}

#[test]
fn hostile_column_names_are_escaped() {
    let column = serde_json::to_string(HOSTILE).expect("text is JSON");
    let outcome = attempt(&spec("log.jsonl"), |folder| {
        write(folder, "log.jsonl", format!("{{\"id\": 1, {column}: 1, \"x\\u001b\": 2}}\n"));
    });
    says(&outcome, 2, &["`x`", "online"]);
}

#[test]
fn what_reads_a_sensitive_column_shows_no_value_either() {
    let data = ["{\"id\": 1, \"ssn\": \"secret-a\"}\n", "{\"id\": 1, \"ssn\": \"secret-b\"}\n"];
    let fill = |folder: &Path| {
        write(folder, "off.jsonl", data[0]);
        write(folder, "on.jsonl", data[1]);
    };
    let with = |offline: &str, features: &str| {
        format!("trueup: 1\nkeys: [id]\noffline: {offline}\nonline: on.jsonl\nfeatures:\n{features}")
    };
    let features = "  - {name: ssn, sensitive: true}\n  - {name: up, expr: upper(ssn), categories: [x]}\n  - {name: n, expr: ssn + 1}\n";
    let shown = attempt(&with("off.jsonl", features), fill);
    says(&shown, 1, &[]);
    assert!(!format!("{}{}", shown.message, shown.json).to_lowercase().contains("secret-"), "{}", shown.json);

    let query = "{tables: {t: off.jsonl}, query: \"SELECT id, CAST(ssn AS INT) AS ssn FROM t\"}";
    let failed = attempt(&with(query, "  - {name: ssn, sensitive: true}\n"), fill);
    says(&failed, 3, &["offline", "(hidden: sensitive)"]);
    assert!(!format!("{}{}", failed.message, failed.json).contains("secret-"), "{}", failed.message);

    let key = "trueup: 1\nkeys: [pid]\noffline: {tables: {t: off.jsonl}, columns: {pid: lower(ssn)}}\n\
               online: {tables: {t: on.jsonl}, columns: {pid: sha256(ssn)}}\nfeatures:\n  - {name: ssn, sensitive: true}\n";
    says(&attempt(key, fill), 2, &["key `pid`", "offline side", "hash it"]);
}
