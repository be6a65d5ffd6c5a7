//! One table, whatever it is written in and however its files lie: each form of it agrees with the same rows as JSON Lines.
//!
//! The rows are few and hold what formats differ in: an integer that no float holds, both zeros, NaN, infinities and null,
//! quotes, line ends, an empty text against none, and instants to the microsecond.

mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array, LargeStringArray, NullArray,
    RecordBatch, StringArray, StringViewArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow::datatypes::{Field, Int32Type, Schema};
use arrow_avro::compression::CompressionCodec;
use arrow_avro::writer::WriterBuilder;
use arrow_avro::writer::format::AvroOcfFormat;
use datafusion::arrow::ipc::CompressionType;
use datafusion::arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use datafusion::parquet::arrow::ArrowWriter;
use flate2::Compression;
use flate2::write::GzEncoder;
use support::{Execution, Outcome, run};

/// One row as every format is to hold it.
#[derive(Debug, Clone, Copy)]
struct Row {
    id: i64,
    count: Option<i64>,
    ratio: Option<f64>,
    name: Option<&'static str>,
    flag: Option<bool>,
    /// As RFC 3339, and in microseconds since 1970.
    at: Option<(&'static str, i64)>,
}

/// 2024-01-01T00:00:00Z.
const NEW_YEAR_US: i64 = 1_704_067_200_000_000;
const MAX_EXACT: i64 = 9_007_199_254_740_993;

const ROWS: [Row; 8] = [
    row(1, Some(10), Some(0.1), Some("Zoë"), Some(true), Some(("2024-01-01T00:00:00Z", NEW_YEAR_US))),
    row(
        2,
        Some(MAX_EXACT),
        Some(f64::NAN),
        Some(""),
        Some(false),
        Some(("2024-01-01T00:00:00.000001Z", NEW_YEAR_US + 1)),
    ),
    row(3, Some(-7), None, None, None, None),
    row(
        4,
        None,
        Some(-0.0),
        Some("say \"hi\", it's 5;6"),
        Some(true),
        Some(("2024-01-01T01:00:00Z", NEW_YEAR_US + 3_600_000_000)),
    ),
    row(5, Some(0), Some(1e300), Some("東京 🗼\ttab"), Some(false), Some(("1969-12-31T23:59:59.5Z", -500_000))),
    row(6, Some(i64::MAX), Some(f64::INFINITY), Some("two\nlines"), None, Some(("1970-01-01T00:00:00Z", 0))),
    row(7, Some(i64::MIN), Some(-2.5), Some(" NA #1 \\ "), Some(true), None),
    row(
        8,
        Some(8),
        Some(f64::NEG_INFINITY),
        Some("null"),
        Some(false),
        Some(("2024-01-02T00:00:00Z", NEW_YEAR_US + 86_400_000_000)),
    ),
];

/// The same rows, written by hand.
const REFERENCE: &str = r#"{"id": 1, "count": 10, "ratio": 0.1, "name": "Zo\u00eb", "flag": true, "at": "2024-01-01T00:00:00Z"}
{"id": 2, "count": 9007199254740993, "ratio": NaN, "name": "", "flag": false, "at": "2024-01-01T00:00:00.000001Z"}
{"id": 3, "count": -7, "ratio": null, "name": null, "flag": null, "at": null}
{"id": 4, "count": null, "ratio": -0.0, "name": "say \"hi\", it's 5;6", "flag": true, "at": "2024-01-01T02:00:00+01:00"}
{"id": 5, "count": 0, "ratio": 1e300, "name": "東京 🗼\ttab", "flag": false, "at": "1969-12-31T23:59:59.5Z"}
{"id": 6, "count": 9223372036854775807, "ratio": Infinity, "name": "two\nlines", "flag": null, "at": "1970-01-01T00:00:00Z"}
{"id": 7, "count": -9223372036854775808, "ratio": -2.5, "name": " NA #1 \\ ", "flag": true, "at": null}
{"id": 8, "count": 8, "ratio": -Infinity, "name": "null", "flag": false, "at": "2024-01-02T00:00:00Z"}
"#;

/// No type is declared but that of the time, which is text in some formats: a type that a format loses is a finding.
const FEATURES: &str = "
  - {name: count}
  - {name: ratio, tolerance: exact}
  - {name: name}
  - {name: flag}
  - {name: at, type: timestamp}
";

const fn row(
    id: i64,
    count: Option<i64>,
    ratio: Option<f64>,
    name: Option<&'static str>,
    flag: Option<bool>,
    at: Option<(&'static str, i64)>,
) -> Row {
    Row { id, count, ratio, name, flag, at }
}

// ------------------------------------------------------------------------------------------------------- formats

type Encode = fn(&[Row]) -> Vec<u8>;

/// Every extension that says a format, and a writer of that format.
const FORMATS: [(&str, Encode); 16] = [
    ("parquet", as_parquet),
    ("pq", as_parquet),
    ("csv", as_csv),
    ("tsv", as_tsv),
    ("jsonl", as_json_lines),
    ("ndjson", as_json_lines),
    ("json", as_json),
    ("avro", as_avro),
    ("arrow", as_ipc_file),
    ("ipc", as_ipc_file),
    ("feather", as_ipc_file),
    ("csv.gz", |rows| gzip(&as_csv(rows))),
    ("tsv.zst", |rows| zstd(&as_tsv(rows))),
    ("jsonl.gz", |rows| gzip(&as_json_lines(rows))),
    ("ndjson.zst", |rows| zstd(&as_json_lines(rows))),
    ("json.gz", |rows| gzip(&as_json(rows))),
];

/// How text between delimiters is written.
#[derive(Debug, Clone, Copy)]
struct Delimited {
    delimiter: char,
    quote: char,
    /// Stands before a quote in quotes; without it a quote is doubled.
    escape: Option<char>,
    header: bool,
    null: &'static str,
    comment: Option<&'static str>,
}

const CSV: Delimited = Delimited { delimiter: ',', quote: '"', escape: None, header: true, null: "", comment: None };

fn as_csv(rows: &[Row]) -> Vec<u8> {
    delimited(rows, CSV)
}

fn as_tsv(rows: &[Row]) -> Vec<u8> {
    delimited(rows, Delimited { delimiter: '\t', ..CSV })
}

fn delimited(rows: &[Row], how: Delimited) -> Vec<u8> {
    let Delimited { delimiter, quote, escape, header, null, comment } = how;
    let quoted = |text: &str| {
        let mut quoted = String::from(quote);
        for c in text.chars() {
            match escape {
                Some(escape) if c == quote || c == escape => quoted.extend([escape, c]),
                None if c == quote => quoted.extend([c, c]),
                Some(_) | None => quoted.push(c),
            }
        }
        quoted.push(quote);
        quoted
    };
    let mut lines = Vec::new();
    if header {
        lines.push(["id", "count", "ratio", "name", "flag", "at"].join(&delimiter.to_string()));
    }
    for row in rows {
        lines.extend(comment.map(str::to_owned));
        let or_null = |text: Option<String>| text.unwrap_or_else(|| null.to_owned());
        let fields = [
            row.id.to_string(),
            or_null(row.count.map(|count| count.to_string())),
            or_null(row.ratio.map(|ratio| format!("{ratio:?}"))),
            or_null(row.name.map(quoted)),
            or_null(row.flag.map(|flag| flag.to_string())),
            or_null(row.at.map(|(text, _)| text.to_owned())),
        ];
        lines.push(fields.join(&delimiter.to_string()));
    }
    (lines.join("\n") + "\n").into_bytes()
}

fn as_json_lines(rows: &[Row]) -> Vec<u8> {
    rows.iter().flat_map(|row| (record(row) + "\n").into_bytes()).collect()
}

fn as_json(rows: &[Row]) -> Vec<u8> {
    let records: Vec<String> = rows.iter().map(record).collect();
    format!("[{}]", records.join(",\n  ")).into_bytes()
}

fn record(row: &Row) -> String {
    let ratio = |ratio: f64| match ratio {
        _ if ratio.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        _ => format!("{ratio:?}"),
    };
    let text = |text: &str| serde_json::to_string(text).expect("text is JSON");
    let mut record = format!("{{\"id\": {}", row.id);
    let fields = [
        ("count", row.count.map(|count| count.to_string())),
        ("ratio", row.ratio.map(ratio)),
        ("name", row.name.map(text)),
        ("flag", row.flag.map(|flag| flag.to_string())),
        ("at", row.at.map(|(at, _)| text(at))),
    ];
    for (name, value) in fields {
        // An absent field is null.
        if let Some(value) = value {
            write!(record, ", \"{name}\": {value}").expect("memory can be written");
        }
    }
    record + "}"
}

fn batch(rows: &[Row]) -> RecordBatch {
    let at: TimestampMicrosecondArray = rows.iter().map(|row| row.at.map(|(_, us)| us)).collect();
    columns([
        ("id", Arc::new(rows.iter().map(|row| Some(row.id)).collect::<Int64Array>()) as ArrayRef),
        ("count", Arc::new(rows.iter().map(|row| row.count).collect::<Int64Array>())),
        ("ratio", Arc::new(rows.iter().map(|row| row.ratio).collect::<Float64Array>())),
        ("name", Arc::new(rows.iter().map(|row| row.name).collect::<StringArray>())),
        ("flag", Arc::new(rows.iter().map(|row| row.flag).collect::<BooleanArray>())),
        ("at", Arc::new(at.with_timezone("UTC"))),
    ])
}

/// A batch of columns that may all be null.
fn columns<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    let columns = columns.map(|(name, values)| (name, values, true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns are of one length")
}

/// The batch with other values in one of its columns.
fn with(batch: &RecordBatch, name: &str, values: ArrayRef) -> RecordBatch {
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(batch.columns());
    let replaced = fields.map(|(field, column)| match field.name() == name {
        true => (name.to_owned(), values.clone(), true),
        false => (field.name().clone(), column.clone(), true),
    });
    RecordBatch::try_from_iter_with_nullable(replaced).expect("columns are of one length")
}

/// The batch without one of its columns.
fn without(batch: &RecordBatch, name: &str) -> RecordBatch {
    let mut batch = batch.clone();
    batch.remove_column(batch.schema().index_of(name).expect("the batch has the column"));
    batch
}

fn as_parquet(rows: &[Row]) -> Vec<u8> {
    parquet(&batch(rows))
}

fn as_avro(rows: &[Row]) -> Vec<u8> {
    avro(&batch(rows), None)
}

fn as_ipc_file(rows: &[Row]) -> Vec<u8> {
    ipc_file(&batch(rows))
}

fn parquet(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("Parquet holds these types");
    writer.write(batch).expect("memory can be written");
    writer.into_inner().expect("memory can be written")
}

fn avro(batch: &RecordBatch, codec: Option<CompressionCodec>) -> Vec<u8> {
    let builder = WriterBuilder::new(batch.schema().as_ref().clone()).with_compression(codec);
    let mut writer = builder.build::<_, AvroOcfFormat>(Vec::new()).expect("Avro holds these types");
    writer.write(batch).expect("memory can be written");
    writer.finish().expect("memory can be written");
    writer.into_inner()
}

fn ipc_file(batch: &RecordBatch) -> Vec<u8> {
    ipc_file_with(batch, IpcWriteOptions::default())
}

fn ipc_file_with(batch: &RecordBatch, options: IpcWriteOptions) -> Vec<u8> {
    let mut writer =
        FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options).expect("IPC holds all types");
    writer.write(batch).expect("memory can be written");
    writer.into_inner().expect("memory can be written")
}

fn ipc_stream(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).expect("IPC holds all types");
    writer.write(batch).expect("memory can be written");
    writer.into_inner().expect("memory can be written")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 0).expect("memory can be written")
}

// --------------------------------------------------------------------------------------------------------- checks

/// Checks the reference against the online side `online` (a path, or a mapping), whose files are `files`.
fn attempt(online: &str, files: &[(&str, Vec<u8>)], reference: &str, features: &str) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder can be made");
    fs::write(folder.path().join("reference.jsonl"), reference).expect("a file can be written");
    for (name, bytes) in files {
        write(folder.path(), name, bytes);
    }
    let spec = format!(
        "trueup: 1\nname: sources\nkeys: [id]\noffline: reference.jsonl\nonline: {online}\nfeatures:{features}"
    );
    run(folder.path(), &spec, None, Execution::default())
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
    fs::write(path, bytes).expect("a file can be written");
}

/// Returns what is wrong with a run that should have found all rows equal, and no more than these kinds of findings.
fn fault(outcome: &Outcome, n_rows: u64, kinds: &[&str]) -> Option<String> {
    if outcome.exit_code != 0 {
        return Some(format!("exit code {}: {}\n{}", outcome.exit_code, outcome.message, outcome.json));
    }
    let report = outcome.report();
    for side in ["offline", "online"] {
        let ledger = &report["ledger"][side];
        if ledger["read"] != n_rows || ledger["compared"] != n_rows {
            return Some(format!("{side}: {ledger}"));
        }
    }
    let findings = report["findings"].as_array().expect("a report has findings");
    let found: Vec<&str> = findings.iter().filter_map(|finding| finding["kind"].as_str()).collect();
    if found != kinds {
        return Some(format!("findings {found:?}, not {kinds:?}: {}", outcome.message));
    }
    let features = report["features"].as_array().expect("a report has features");
    let unequal = features.iter().find(|feature| feature["comparisons"][0]["equal"] != n_rows);
    unequal.map(|feature| feature.to_string())
}

#[track_caller]
fn agrees(online: &str, files: &[(&str, Vec<u8>)]) {
    agrees_with(online, files, REFERENCE, FEATURES);
}

#[track_caller]
fn agrees_with(online: &str, files: &[(&str, Vec<u8>)], reference: &str, features: &str) {
    let outcome = attempt(online, files, reference, features);
    let n_rows = reference.lines().count() as u64;
    if let Some(fault) = fault(&outcome, n_rows, &[]) {
        panic!("{online}: {fault}");
    }
}

/// Runs every format laid out in some way, so that one run of the test tells all that fail.
#[track_caller]
fn every_format_agrees(layout: impl Fn(&str, Encode) -> (String, Vec<(String, Vec<u8>)>)) {
    let mut faults = Vec::new();
    for (extension, encode) in FORMATS {
        let (online, files) = layout(extension, encode);
        let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
        let outcome = attempt(&online, &files, REFERENCE, FEATURES);
        faults.extend(fault(&outcome, 8, &[]).map(|fault| format!("{extension}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[track_caller]
fn says(outcome: &Outcome, exit_code: u8, words: &[&str]) {
    assert_eq!(outcome.exit_code, exit_code, "{}", outcome.message);
    for word in words {
        assert!(outcome.message.contains(word), "no `{word}` in: {}", outcome.message);
    }
}

// --------------------------------------------------------------------------------------------------------- layouts

#[test]
fn every_format_is_read_from_a_file() {
    every_format_agrees(|extension, encode| {
        let name = format!("log.{extension}");
        (name.clone(), vec![(name, encode(&ROWS))])
    });
}

#[test]
fn every_format_is_read_from_a_folder() {
    every_format_agrees(|extension, encode| {
        let files = [(0..3, "a"), (3..4, "b"), (4..8, "deep/er/c")]
            .map(|(rows, name)| (format!("log/{name}.{extension}"), encode(&ROWS[rows])));
        ("log".to_owned(), files.to_vec())
    });
}

#[test]
fn every_format_is_read_by_a_pattern() {
    every_format_agrees(|extension, encode| {
        let mut files = [(0..3, "day-1"), (3..8, "day-2")]
            .map(|(rows, name)| (format!("log/{name}.{extension}"), encode(&ROWS[rows])))
            .to_vec();
        // Neither is meant: one has another name, one lies deeper.
        files.push((format!("log/other.{extension}"), encode(&ROWS)));
        files.push((format!("log/old/day-1.{extension}"), encode(&ROWS)));
        (format!("\"log/day-*.{extension}\""), files)
    });
}

#[test]
fn every_format_is_read_by_a_pattern_of_any_depth() {
    every_format_agrees(|extension, encode| {
        let files = [(0..3, "a"), (3..5, "2024/b"), (5..8, "2024/01/c")]
            .map(|(rows, name)| (format!("log/{name}.{extension}"), encode(&ROWS[rows])));
        (format!("\"log/**/*.{extension}\""), files.to_vec())
    });
}

#[test]
fn every_format_is_read_where_the_spec_names_it() {
    every_format_agrees(|extension, encode| {
        let (format, suffix) = match extension.split_once('.') {
            Some((format, compression)) => (format, format!(".{compression}")),
            None => (extension, String::new()),
        };
        let format = match format {
            "pq" => "parquet",
            "feather" => "arrow",
            named => named,
        };
        let name = format!("log.dat{suffix}");
        (format!("{{tables: {{log: {{path: {name}, format: {format}}}}}}}"), vec![(name, encode(&ROWS))])
    });
}

#[test]
fn a_named_format_chooses_among_the_files_of_a_folder() {
    let files = [
        ("log/a", as_csv(&ROWS[..3])),
        ("log/b.dat", as_csv(&ROWS[3..6])),
        ("log/c.csv", as_csv(&ROWS[6..])),
        ("log/d.parquet", as_parquet(&ROWS)),
    ];
    agrees("{tables: {log: {path: log, format: csv}}}", &files);
}

/// The reference with one more field.
fn reference_with(field: &str, value: impl Fn(usize) -> &'static str) -> String {
    let lines = REFERENCE.lines().enumerate();
    lines.map(|(idx, line)| format!("{}, \"{field}\": {}}}\n", &line[..line.len() - 1], value(idx))).collect()
}

#[test]
fn hive_partitions_are_columns_in_every_format() {
    let features = format!("{FEATURES}  - {{name: region}}\n  - {{name: shard, type: int64}}\n");
    let reference = reference_with("region", |idx| ["\"eu\"", "\"us\"", "null"][idx / 3]);
    let mut faults = Vec::new();
    for (extension, encode) in FORMATS {
        let folders = ["region=eu/shard=1", "region=us/shard=1", "region=__HIVE_DEFAULT_PARTITION__/shard=1"];
        let names = folders.map(|folder| format!("log/{folder}/part.{extension}"));
        let parts = [&ROWS[..3], &ROWS[3..6], &ROWS[6..]].map(encode);
        let files: Vec<(&str, Vec<u8>)> = names.iter().map(String::as_str).zip(parts).collect();
        let reference = reference.replace("}\n", ", \"shard\": 1}\n");
        for online in ["log".to_owned(), format!("\"log/region=*/**/*.{extension}\"")] {
            let outcome = attempt(&online, &files, &reference, &features);
            faults.extend(fault(&outcome, 8, &[]).map(|fault| format!("{extension}, {online}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn a_partition_is_an_integer_only_if_all_its_values_are() {
    let features = "\n  - {name: count}\n  - {name: day}\n";
    for (extension, encode) in [("parquet", as_parquet as Encode), ("jsonl", as_json_lines)] {
        for (values, written) in [(["1", "20"], ["1", "20"]), (["01", "20"], ["\"01\"", "\"20\""])] {
            let reference = reference_with("day", |idx| if idx < 4 { written[0] } else { written[1] });
            let names = values.map(|value| format!("log/day={value}/part.{extension}"));
            let files = [(names[0].as_str(), encode(&ROWS[..4])), (names[1].as_str(), encode(&ROWS[4..]))];
            agrees_with("log", &files, &reference, features);
        }
    }
}

#[test]
fn a_partition_wins_over_a_column_of_its_name() {
    let features = "\n  - {name: ratio}\n  - {name: flag}\n";
    let reference = reference_with("flag", |idx| if idx < 4 { "1" } else { "2" });
    for (extension, encode) in [("parquet", as_parquet as Encode), ("jsonl", as_json_lines), ("avro", as_avro)] {
        let names = ["1", "2"].map(|value| format!("log/flag={value}/part.{extension}"));
        let files = [(names[0].as_str(), encode(&ROWS[..4])), (names[1].as_str(), encode(&ROWS[4..]))];
        agrees_with("log", &files, &reference, features);
    }
}

/// Spark and Hive write `:`, `/` and their like that way in the name of a folder.
#[test]
fn a_partition_is_decoded() {
    let features = "\n  - {name: count}\n  - {name: hour}\n";
    for (extension, encode) in [("parquet", as_parquet as Encode), ("jsonl", as_json_lines)] {
        let reference = reference_with("hour", |_| "\"2024-01-01 10:00\"");
        let name = format!("log/hour=2024-01-01 10%3A00/part.{extension}");
        agrees_with("log", &[(name.as_str(), encode(&ROWS))], &reference, features);
    }
}

#[test]
fn files_of_different_partitions_are_an_error_that_names_two() {
    for (extension, encode) in [("parquet", as_parquet as Encode), ("jsonl", as_json_lines)] {
        let names = [format!("log/day=1/a.{extension}"), format!("log/b.{extension}")];
        let files = [(names[0].as_str(), encode(&ROWS[..4])), (names[1].as_str(), encode(&ROWS[4..]))];
        let outcome = attempt("log", &files, REFERENCE, FEATURES);
        says(&outcome, 3, &["online", &format!("day=1/a.{extension}"), &format!("b.{extension}"), "partition"]);
    }
}

// ------------------------------------------------------------------------------------------------------ delimited

#[test]
fn options_of_delimited_text_are_obeyed() {
    let table = |options: &str| format!("{{tables: {{log: {{path: log.csv, options: {{{options}}}}}}}}}");
    let cases = [
        ("delimiter: \";\"", Delimited { delimiter: ';', ..CSV }),
        ("delimiter: \"|\"", Delimited { delimiter: '|', ..CSV }),
        ("quote: \"'\"", Delimited { quote: '\'', ..CSV }),
        ("null_values: [NA, \"-\"]", Delimited { null: "NA", ..CSV }),
        ("null_values: [\"\", NA]", CSV),
        ("escape: \"\\\\\"", Delimited { escape: Some('\\'), ..CSV }),
        ("comment: \"#\"", Delimited { comment: Some("#one, \"more\" or; less"), ..CSV }),
        ("header: true", CSV),
        (
            "delimiter: \";\", quote: \"'\", escape: \"\\\\\", comment: \"#\", null_values: [\"\\\\N\"]",
            Delimited {
                delimiter: ';',
                quote: '\'',
                escape: Some('\\'),
                comment: Some("# 'it"),
                null: "\\N",
                header: true,
            },
        ),
    ];
    let mut faults = Vec::new();
    for (options, how) in cases {
        let outcome = attempt(&table(options), &[("log.csv", delimited(&ROWS, how))], REFERENCE, FEATURES);
        faults.extend(fault(&outcome, 8, &[]).map(|fault| format!("{options}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn columns_without_a_header_are_named_by_their_place() {
    let online = "
  tables: {log: {path: log, options: {header: false}}}
  columns: {id: column_1, count: column_2, ratio: column_3, name: column_4, flag: column_5, at: column_6}";
    let bare = Delimited { header: false, ..CSV };
    agrees(online, &[("log/a.csv", delimited(&ROWS[..5], bare)), ("log/b.csv", delimited(&ROWS[5..], bare))]);
}

#[test]
fn options_hold_for_tab_separated_and_compressed_text() {
    let how = Delimited { delimiter: '\t', null: "NONE", quote: '\'', ..CSV };
    let online = "{tables: {log: {path: log.tsv.gz, options: {quote: \"'\", null_values: [NONE]}}}}";
    agrees(online, &[("log.tsv.gz", gzip(&delimited(&ROWS, how)))]);
}

#[test]
fn line_ends_and_a_byte_order_mark_are_no_data() {
    // The row with a line end in a text is left out: in quotes a line end is data.
    let rows: Vec<Row> = ROWS.into_iter().filter(|row| row.id != 6).collect();
    let reference: String = REFERENCE.split_inclusive('\n').filter(|line| !line.contains("two")).collect();
    for (name, encode) in [("log.csv", as_csv as Encode), ("log.tsv", as_tsv), ("log.jsonl", as_json_lines)] {
        let text = String::from_utf8(encode(&rows)).expect("text is UTF-8");
        let bytes = format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes();
        agrees_with(name, &[(name, bytes)], &reference, FEATURES);
    }
}

// ------------------------------------------------------------------------------------------- Parquet, Avro and IPC

#[test]
fn an_ipc_stream_is_read_as_a_file_is() {
    agrees("log.arrow", &[("log.arrow", ipc_stream(&batch(&ROWS)))]);
    agrees("log", &[("log/a.arrow", ipc_stream(&batch(&ROWS[..3]))), ("log/b.arrow", ipc_stream(&batch(&ROWS[3..])))]);
}

/// A capture that grows by streams next to finished files.
#[test]
fn ipc_files_and_streams_may_lie_in_one_folder() {
    agrees("log", &[("log/a.arrow", ipc_file(&batch(&ROWS[..3]))), ("log/b.arrow", ipc_stream(&batch(&ROWS[3..])))]);
    agrees("log", &[("log/a.arrow", ipc_stream(&batch(&ROWS[..3]))), ("log/b.arrow", ipc_file(&batch(&ROWS[3..])))]);
}

#[test]
fn compressed_ipc_files_are_read() {
    for codec in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        let options = IpcWriteOptions::default().try_with_compression(Some(codec)).expect("the codec is known");
        agrees("log.feather", &[("log.feather", ipc_file_with(&batch(&ROWS), options))]);
    }
}

#[test]
fn compressed_avro_files_are_read() {
    for codec in [CompressionCodec::Deflate, CompressionCodec::Snappy, CompressionCodec::ZStandard] {
        agrees("log.avro", &[("log.avro", avro(&batch(&ROWS), Some(codec)))]);
    }
}

/// Returns the column of names in each encoding of text that Arrow has.
fn encodings(rows: &[Row]) -> [(&'static str, ArrayRef); 4] {
    let names = || rows.iter().map(|row| row.name);
    [
        ("plain", Arc::new(names().collect::<StringArray>()) as ArrayRef),
        ("dictionary", Arc::new(names().collect::<DictionaryArray<Int32Type>>())),
        ("large", Arc::new(names().collect::<LargeStringArray>())),
        ("view", Arc::new(names().collect::<StringViewArray>())),
    ]
}

type EncodeBatch = fn(&RecordBatch) -> Vec<u8>;

/// The formats that hold every type and encoding of Arrow.
const BINARY: [(&str, EncodeBatch); 3] = [("parquet", parquet), ("arrow", ipc_file), ("ipc", ipc_stream)];

/// The formats that have a schema in each file.
const COLUMNAR: [(&str, EncodeBatch); 4] = [BINARY[0], BINARY[1], BINARY[2], ("avro", |batch| avro(batch, None))];

#[test]
fn encodings_of_text_make_no_difference() {
    let mut faults = Vec::new();
    for (encoding, names) in encodings(&ROWS) {
        for (extension, encode) in BINARY {
            let name = format!("log.{extension}");
            let bytes = encode(&with(&batch(&ROWS), "name", names.clone()));
            let outcome = attempt(&name, &[(&name, bytes)], REFERENCE, FEATURES);
            faults.extend(fault(&outcome, 8, &[]).map(|fault| format!("{encoding} in {extension}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn keys_and_expressions_take_every_encoding_of_text() {
    let reference: String = (1..=8).map(|id| format!("{{\"id\": \"k{id}\", \"long\": \"k{id}!\"}}\n")).collect();
    let features = "\n  - {name: long, offline: {expr: long}, online: {expr: \"concat(lower(upper(id)), '!')\"}}\n";
    let texts: Vec<String> = (1..=8).map(|id| format!("k{id}")).collect();
    let texts = || texts.iter().map(String::as_str);
    let columns: [ArrayRef; 3] = [
        Arc::new(texts().collect::<DictionaryArray<Int32Type>>()),
        Arc::new(texts().map(Some).collect::<LargeStringArray>()),
        Arc::new(texts().map(Some).collect::<StringViewArray>()),
    ];
    for column in columns {
        for (extension, encode) in BINARY {
            let name = format!("log.{extension}");
            let bytes = encode(&columns_of_id(column.clone()));
            agrees_with(&name, &[(&name, bytes)], &reference, features);
        }
    }
}

fn columns_of_id(ids: ArrayRef) -> RecordBatch {
    columns([("id", ids)])
}

#[test]
fn a_naive_time_is_read_as_utc_and_a_finding_says_so() {
    let naive: TimestampMicrosecondArray = ROWS.iter().map(|row| row.at.map(|(_, us)| us)).collect();
    let naive = with(&batch(&ROWS), "at", Arc::new(naive));
    for (extension, encode) in BINARY {
        let name = format!("log.{extension}");
        let outcome = attempt(&name, &[(&name, encode(&naive))], REFERENCE, FEATURES);
        assert_eq!(fault(&outcome, 8, &["timezone"]), None, "{extension}");
        assert!(outcome.message.contains("online"), "{}", outcome.message);
        let assumed = format!("{{tables: {{log: {name}}}, assume_tz: UTC}}");
        agrees(&assumed, &[(&name, encode(&naive))]);
    }
}

#[test]
fn units_and_zones_of_times_make_no_difference() {
    let us = || ROWS.iter().map(|row| row.at.map(|(_, us)| us));
    let columns: [ArrayRef; 3] = [
        Arc::new(us().collect::<TimestampMicrosecondArray>().with_timezone("America/New_York")),
        Arc::new(us().map(|us| us.map(|us| us * 1_000)).collect::<TimestampNanosecondArray>().with_timezone("UTC")),
        Arc::new(us().collect::<TimestampMicrosecondArray>().with_timezone("+05:30")),
    ];
    for column in columns {
        for (extension, encode) in BINARY {
            let name = format!("log.{extension}");
            agrees(&name, &[(&name, encode(&with(&batch(&ROWS), "at", column.clone())))]);
        }
    }
}

#[test]
fn files_without_rows_are_inconclusive() {
    for (extension, encode) in COLUMNAR {
        let name = format!("log.{extension}");
        let outcome = attempt(&name, &[(&name, encode(&batch(&[])))], REFERENCE, FEATURES);
        assert_eq!(outcome.exit_code, 4, "{extension}: {}", outcome.message);
        assert_eq!(outcome.report()["ledger"]["online"]["read"], 0, "{extension}");
    }
    for (extension, encode) in FORMATS {
        let names = ["a", "b", "c"].map(|name| format!("log/{name}.{extension}"));
        let parts = [&ROWS[..0], &ROWS[..], &ROWS[..0]].map(encode);
        let files: Vec<(&str, Vec<u8>)> = names.iter().map(String::as_str).zip(parts).collect();
        agrees("log", &files);
    }
}

// ----------------------------------------------------------------------------------------------- schemas that differ

#[test]
fn a_column_that_one_file_lacks_is_null_there() {
    let reference: String = REFERENCE
        .lines()
        .enumerate()
        .map(|(idx, line)| if idx < 3 { line.replace("\"count\"", "\"was\"") + "\n" } else { line.to_owned() + "\n" })
        .collect();
    let [first, second] = [batch(&ROWS[..3]), batch(&ROWS[3..])];
    let mut faults = Vec::new();
    for (extension, encode) in COLUMNAR {
        let names = ["a", "b"].map(|name| format!("log/{name}.{extension}"));
        let files = [(names[0].as_str(), encode(&without(&first, "count"))), (names[1].as_str(), encode(&second))];
        let outcome = attempt("log", &files, &reference, FEATURES);
        faults.extend(fault(&outcome, 8, &[]).map(|fault| format!("{extension}: {fault}")));
        // And the other way round, as the schema must not be that of the first file.
        let files = [(names[1].as_str(), encode(&without(&first, "count"))), (names[0].as_str(), encode(&second))];
        let outcome = attempt("log", &files, &reference, FEATURES);
        faults.extend(fault(&outcome, 8, &[]).map(|fault| format!("{extension}, the second: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn columns_may_stand_in_another_order_in_each_file() {
    let [first, second] = [batch(&ROWS[..3]), batch(&ROWS[3..])];
    let turned = first.project(&[5, 4, 3, 2, 1, 0]).expect("the columns are there");
    let mut faults = Vec::new();
    for (extension, encode) in COLUMNAR {
        let names = ["a", "b"].map(|name| format!("log/{name}.{extension}"));
        let files = [(names[0].as_str(), encode(&turned)), (names[1].as_str(), encode(&second))];
        let outcome = attempt("log", &files, REFERENCE, FEATURES);
        faults.extend(fault(&outcome, 8, &[]).map(|fault| format!("{extension}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// Here no type gives away that a column was taken by its place.
#[test]
fn columns_of_one_type_are_told_apart_by_name_in_each_file() {
    let reference = "{\"id\": 1, \"x\": 10, \"y\": 100}\n{\"id\": 2, \"x\": 20, \"y\": 200}\n";
    let features = "\n  - {name: x}\n  - {name: y}\n";
    let ints = |value: i64| Arc::new(Int64Array::from(vec![value])) as ArrayRef;
    let first = columns([("id", ints(1)), ("x", ints(10)), ("y", ints(100))]);
    let second = columns([("y", ints(200)), ("id", ints(2)), ("x", ints(20))]);
    let mut faults = Vec::new();
    for (extension, encode) in COLUMNAR {
        let names = ["a", "b"].map(|name| format!("log/{name}.{extension}"));
        let files = [(names[0].as_str(), encode(&first)), (names[1].as_str(), encode(&second))];
        let outcome = attempt("log", &files, reference, features);
        faults.extend(fault(&outcome, 2, &[]).map(|fault| format!("{extension}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// The files' types are united: all values stay.
#[test]
fn a_column_of_two_integer_types_is_of_the_wider_one() {
    let [first, second] = [batch(&ROWS[4..5]), batch(&ROWS[..4])];
    let first = with(&first, "count", Arc::new(Int32Array::from(vec![0])));
    for (extension, encode) in BINARY {
        for names in [["a", "b"], ["b", "a"]] {
            let names = names.map(|name| format!("log/{name}.{extension}"));
            let files = [(names[0].as_str(), encode(&first)), (names[1].as_str(), encode(&second))];
            let outcome = attempt("log", &files, REFERENCE, FEATURES);
            assert_eq!(outcome.exit_code, 0, "{names:?}: {} {}", outcome.message, outcome.json);
        }
    }
}

#[test]
fn a_column_that_is_null_throughout_a_file_is_of_any_type() {
    let second = batch(&ROWS[3..]);
    let first = with(&batch(&ROWS[2..3]), "name", Arc::new(NullArray::new(1)));
    let reference: String = REFERENCE.split_inclusive('\n').skip(2).collect();
    for (extension, encode) in [BINARY[1], BINARY[2]] {
        let names = ["a", "b"].map(|name| format!("log/{name}.{extension}"));
        let files = [(names[0].as_str(), encode(&first)), (names[1].as_str(), encode(&second))];
        agrees_with("log", &files, &reference, FEATURES);
    }
}

/// pandas and Spark write facts of the whole file there, such as how many rows it has.
#[test]
fn metadata_of_schemas_may_differ_between_files() {
    let noted = |batch: RecordBatch, note: &str| {
        let schema = batch.schema();
        let fields = schema.fields().iter().map(|field| {
            let field = field.as_ref().clone();
            field.with_metadata([("note".to_owned(), note.to_owned())].into())
        });
        let fields: Vec<Field> = fields.collect();
        let schema = Schema::new_with_metadata(fields, [("pandas".to_owned(), note.to_owned())].into());
        batch.with_schema(Arc::new(schema)).expect("only metadata were added")
    };
    let mut faults = Vec::new();
    for (extension, encode) in BINARY {
        let names = ["a", "b"].map(|name| format!("log/{name}.{extension}"));
        let files = [
            (names[0].as_str(), encode(&noted(batch(&ROWS[..3]), "3 rows"))),
            (names[1].as_str(), encode(&noted(batch(&ROWS[3..]), "5 rows"))),
        ];
        let outcome = attempt("log", &files, REFERENCE, FEATURES);
        faults.extend(fault(&outcome, 8, &[]).map(|fault| format!("{extension}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// Dictionary, large and view encodings are no difference, and so not between the files of one folder either.
#[test]
fn encodings_of_text_may_differ_between_files() {
    let mut faults = Vec::new();
    for (extension, encode) in BINARY {
        for (encoding, names) in encodings(&ROWS[3..]) {
            let files = ["a", "b"].map(|name| format!("log/{name}.{extension}"));
            let files = [
                (files[0].as_str(), encode(&batch(&ROWS[..3]))),
                (files[1].as_str(), encode(&with(&batch(&ROWS[3..]), "name", names))),
            ];
            let outcome = attempt("log", &files, REFERENCE, FEATURES);
            // An error is clear enough, as long as it names the column; a wrong value is not.
            let is_clear = outcome.exit_code == 3
                && ["online", "different schemas", "name"].iter().all(|word| outcome.message.contains(word));
            if !is_clear {
                faults.extend(fault(&outcome, 8, &[]).map(|fault| format!("{encoding} in {extension}: {fault}")));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

// ---------------------------------------------------------------------------------------------------- other files

#[test]
fn a_folder_of_two_formats_is_an_error_that_names_both() {
    let files = [("log/a.jsonl", as_json_lines(&ROWS)), ("log/b.parquet", as_parquet(&ROWS))];
    says(&attempt("log", &files, REFERENCE, FEATURES), 3, &["online", "a.jsonl", "b.parquet", "format"]);
    says(&attempt("\"log/*\"", &files, REFERENCE, FEATURES), 3, &["online", "a.jsonl", "b.parquet", "format"]);
    agrees("\"log/*.parquet\"", &files);
}

#[test]
fn one_format_under_two_extensions_and_compressions_is_one_format() {
    agrees(
        "log",
        &[
            ("log/a.jsonl", as_json_lines(&ROWS[..2])),
            ("log/b.ndjson", as_json_lines(&ROWS[2..4])),
            ("log/c.jsonl.gz", gzip(&as_json_lines(&ROWS[4..6]))),
            ("log/d.ndjson.zst", zstd(&as_json_lines(&ROWS[6..]))),
        ],
    );
}

#[test]
fn hidden_files_and_markers_are_ignored() {
    let junk = b"not a capture\n".to_vec();
    for (extension, encode) in [("parquet", as_parquet as Encode), ("jsonl", as_json_lines), ("csv", as_csv)] {
        let names = ["a", "b", ".c", "_d", ".checkpoints/e", ".f.crc"].map(|name| match name.ends_with("crc") {
            true => format!("log/{name}"),
            false => format!("log/{name}.{extension}"),
        });
        let files = [
            (names[0].as_str(), encode(&ROWS[..3])),
            (names[1].as_str(), encode(&ROWS[3..])),
            (names[2].as_str(), junk.clone()),
            (names[3].as_str(), junk.clone()),
            (names[4].as_str(), junk.clone()),
            (names[5].as_str(), junk.clone()),
            ("log/_SUCCESS", Vec::new()),
            ("log/README.md", junk.clone()),
        ];
        agrees("log", &files);
        agrees(&format!("\"log/**/*.{extension}\""), &files);
    }
}

/// Delta's log is JSON, and Spark leaves the files of failed tasks in `_temporary`.
#[test]
fn folders_that_are_markers_are_ignored() {
    let files = [
        ("log/a.parquet", as_parquet(&ROWS)),
        ("log/_delta_log/00000000000000000000.json", b"{\"protocol\": {}}\n".to_vec()),
        ("log/_temporary/0/b.parquet", as_parquet(&ROWS[..3])),
    ];
    for path in ["log", "./log", "log/../log", "\"log/**/*.parquet\"", "\"./log/../log/*.parquet\""] {
        agrees(path, &files);
    }
    // What the spec spells out is meant.
    agrees("_old/a.jsonl", &[("_old/a.jsonl", as_json_lines(&ROWS))]);
    agrees("_old", &[("_old/a.jsonl", as_json_lines(&ROWS))]);
    agrees("\"_old/*.jsonl\"", &[("_old/a.jsonl", as_json_lines(&ROWS))]);
    agrees("log", &[("log/_day=1/a.parquet", as_parquet(&ROWS))]);
}

#[test]
fn a_path_with_the_signs_of_a_pattern_is_a_path_if_it_is_there() {
    agrees("\"log[1].jsonl\"", &[("log[1].jsonl", as_json_lines(&ROWS)), ("log1.jsonl", as_json_lines(&ROWS[..2]))]);
    agrees("\"a b/log%20#1?.parquet\"", &[("a b/log%20#1?.parquet", as_parquet(&ROWS))]);
}

/// Or else the agreement of all formats would say nothing.
#[test]
fn a_value_that_a_format_lost_would_be_found() {
    for (extension, encode) in FORMATS {
        let mut rows = ROWS;
        rows[1].name = None;
        rows[1].count = Some(MAX_EXACT - 1);
        let name = format!("log.{extension}");
        let outcome = attempt(&name, &[(&name, encode(&rows))], REFERENCE, FEATURES);
        assert_eq!(outcome.exit_code, 1, "{extension}: {}", outcome.message);
        let report = outcome.report();
        assert_eq!(report["features"][0]["comparisons"][0]["different"], 1, "{extension}: {report}");
        assert_eq!(report["features"][2]["comparisons"][0]["missing_online"], 1, "{extension}: {report}");
    }
}
