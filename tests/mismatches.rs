//! The file of mismatching cells, and runs that read only the first rows. Both are options of a run that the other tests
//! leave alone, and so the library's functions are named here once more.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::arrow::ipc::writer::FileWriter;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use datafusion::parquet::file::properties::WriterProperties;
use tokio::runtime::Runtime;
use trueup::check::{Options, check};
use trueup::engine::{Progress, Resources};
use trueup::error::Error;
use trueup::report::{Ledger, Report};
use trueup::spec::{ParseOptions, PerSide, Source, Spec};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime can be started"));

const RESOURCES: Resources = Resources { threads: 2, memory_limit: None, batch_size: 8192 };

/// Checks the spec `text`, which stands in `folder` and has no problem.
fn execute(folder: &Path, text: &str, options: Options) -> Result<Report, Error> {
    let source = Source { path: "spec.yaml".into(), text: text.into() };
    let paths = PerSide { offline: None, online: None };
    let spec = Spec::parse(source, &ParseOptions { paths, variable: &|_| None });
    let spec = Arc::new(spec.unwrap_or_else(|problems| panic!("{problems}")));
    RUNTIME.block_on(check(&spec, folder, &options, &Progress::default()))
}

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
    fs::write(path, bytes).expect("a file can be written");
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    entries.map(|entry| entry.expect("the folder can be read").file_name().to_string_lossy().into_owned()).collect()
}

/// Returns the rows of a Parquet file in one batch.
fn read(path: &Path) -> RecordBatch {
    let file = File::open(path).expect("the file is there");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("it is a Parquet file").with_batch_size(1 << 20);
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> =
        reader.build().expect("it can be read").collect::<Result<_, _>>().expect("it can be read");
    match <[RecordBatch; 1]>::try_from(batches) {
        Ok([batch]) => batch,
        Err(batches) if batches.is_empty() => RecordBatch::new_empty(schema),
        Err(batches) => panic!("{} batches", batches.len()),
    }
}

/// A cell as the file has it: the keys, then the eight texts; all as text.
type Row = [Option<String>; 10];

/// Returns the rows in an order that hangs on nothing but themselves.
fn rows(batch: &RecordBatch) -> Vec<Row> {
    let text = |column: &ArrayRef, row: usize| {
        column.is_valid(row).then(|| match column.data_type() {
            DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
            _ => column.as_string::<i32>().value(row).to_owned(),
        })
    };
    assert_eq!(batch.num_columns(), 10);
    let mut rows: Vec<Row> =
        (0..batch.num_rows()).map(|row| std::array::from_fn(|column| text(batch.column(column), row))).collect();
    rows.sort();
    rows
}

// ------------------------------------------------------------------------------------------------ every kind of cell

const SPEC: &str = "
trueup: 1
name: cells
keys: [id, code]
offline: offline.jsonl
online: online.jsonl
features:
  - {name: amount, type: float64, tolerance: {abs: 0.5, rel: 0}}
  - {name: qty, type: int64}
  - {name: secret, sensitive: true}
  - {name: score, expr: base * 2, type: int64, recorded: {offline: stored, online: served}}
align: {duplicates: exclude}
";

/// Row 1 has no mismatch; the others have those of `CELLS`. Row 10 has no partner, row 11 is twice online, one online row
/// has no key, and row 12 has half of one.
const OFFLINE: &str = r#"{"id": 1, "code": "a", "amount": 1.5, "qty": 1, "secret": "x", "base": 5, "stored": 10}
{"id": 2, "code": "b", "amount": 1.5, "qty": 1, "secret": "x", "base": 5, "stored": 10}
{"id": 3, "code": "b", "amount": NaN, "qty": 1, "secret": "x", "base": 5, "stored": 10}
{"id": 4, "code": "d", "amount": null, "qty": 1, "secret": "x", "base": 5, "stored": 10}
{"id": 5, "code": "e", "amount": 4.5, "qty": 1, "secret": "x", "base": 5, "stored": 10}
{"id": 6, "code": "f", "amount": 1.5, "qty": 6, "secret": "x", "base": 5, "stored": 10}
{"id": 7, "code": "g", "amount": 1.5, "qty": 1, "secret": "s3cr3t", "base": 5, "stored": 10}
{"id": 8, "code": "h", "amount": 1.5, "qty": 1, "secret": "s3cr3t", "base": 4, "stored": 9}
{"id": 9, "code": "i", "amount": 1.5, "qty": 1, "secret": "x", "base": null, "stored": 0}
{"id": 10, "code": "j", "amount": 1.5, "qty": 1, "secret": "x", "base": 1, "stored": 3}
{"id": 11, "code": "k", "amount": 1.5, "qty": 1, "secret": "x", "base": 1, "stored": 2}
{"id": 12, "code": null, "amount": 1.5, "qty": 1, "secret": "x", "base": 5, "stored": 10}
{"id": 13, "code": "m", "amount": 1.5, "qty": 1, "secret": "x", "base": 1, "stored": 2}
"#;

const ONLINE: &str = r#"{"id": 1, "code": "a", "amount": 1.75, "qty": 1, "secret": "x", "base": 5, "served": 10}
{"id": 2, "code": "b", "amount": 2.5, "qty": 1, "secret": "x", "base": 5, "served": 10}
{"id": 3, "code": "b", "amount": null, "qty": 1, "secret": "x", "base": 5, "served": 10}
{"id": 4, "code": "d", "amount": 3.5, "qty": 1, "secret": "x", "base": 5, "served": 10}
{"id": 5, "code": "e", "amount": null, "qty": 1, "secret": "x", "base": 5, "served": 10}
{"id": 6, "code": "f", "amount": 1.5, "qty": "six", "secret": "x", "base": 5, "served": 10}
{"id": 7, "code": "g", "amount": 1.5, "qty": 1, "secret": "0th3r", "base": 5, "served": 10}
{"id": 8, "code": "h", "amount": 1.5, "qty": 1, "secret": null, "base": 4, "served": 8}
{"id": 9, "code": "i", "amount": 1.5, "qty": 1, "secret": "x", "base": 5, "served": null}
{"id": 11, "code": "k", "amount": 9.5, "qty": 1, "secret": "x", "base": 1, "served": 3}
{"id": 11, "code": "k", "amount": 9.5, "qty": 1, "secret": "x", "base": 1, "served": 4}
{"id": 12, "code": null, "amount": 9.5, "qty": 1, "secret": "x", "base": 5, "served": 10}
{"id": 13, "code": "m", "amount": 1.5, "qty": 1, "secret": "x", "base": 1, "served": "?"}
{"id": null, "code": null, "amount": 9.5, "qty": 1, "secret": "x", "base": 1, "served": 5}
"#;

/// `-` is null: id, code, feature, comparison, code, offline, online, computed, recorded.
const CELLS: &str = "
    2  b amount inputs     different         1.5 2.5 -  -
    3  b amount inputs     nan_null          NaN -   -  -
    4  d amount inputs     missing_offline   -   3.5 -  -
    5  e amount inputs     missing_online    4.5 -   -  -
    6  f qty    inputs     unconvertible     6   six -  -
    7  g secret inputs     different         -   -   -  -
    8  h secret inputs     missing_online    -   -   -  -
    8  h score  training   different         -   -   8  9
    8  h score  end_to_end different         9   8   -  -
    9  i score  inputs     missing_offline   -   10  -  -
    9  i score  training   missing_computed  -   -   -  0
    9  i score  serving    missing_recorded  -   -   10 -
    9  i score  end_to_end missing_online    0   -   -  -
    10 j score  training   different         -   -   2  3
    11 k score  serving    different         -   -   2  3
    11 k score  serving    different         -   -   2  4
    12 - amount inputs     different         1.5 9.5 -  -
    13 m score  serving    unconvertible     -   -   2  ?
    13 m score  end_to_end unconvertible     2   ?   -  -
    -  - score  serving    different         -   -   2  5
";

fn expected() -> Vec<Row> {
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        // The mechanism, in the end, is null.
        std::array::from_fn(|_| words.next().filter(|word| *word != "-").map(str::to_owned))
    };
    let mut rows: Vec<Row> = CELLS.lines().filter(|line| !line.trim().is_empty()).map(row).collect();
    rows.sort();
    rows
}

/// Runs the spec of this section and returns its report and its cells.
fn cells(resources: Resources) -> (Report, RecordBatch) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write(folder.path(), "offline.jsonl", OFFLINE);
    write(folder.path(), "online.jsonl", ONLINE);
    let path = folder.path().join("cells.parquet");
    let options = Options { resources, limit: None, mismatches: Some(path.clone()), outputs: Vec::new() };
    let report = execute(folder.path(), SPEC, options).unwrap_or_else(|error| panic!("{error}"));
    (report, read(&path))
}

#[test]
fn every_mismatching_cell_is_written_with_its_keys_and_values() {
    let (_, batch) = cells(RESOURCES);
    let columns: Vec<(String, DataType)> =
        batch.schema().fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect();
    let texts = ["key_code", "feature", "comparison", "code", "offline", "online", "computed", "recorded", "mechanism"];
    let mut expected_columns = vec![("id".to_owned(), DataType::Int64)];
    expected_columns.extend(texts.map(|name| (name.to_owned(), DataType::Utf8)));
    assert_eq!(columns, expected_columns);
    let (found, expected) = (rows(&batch), expected());
    let missing: Vec<&Row> = expected.iter().filter(|row| !found.contains(row)).collect();
    let surplus: Vec<&Row> = found.iter().filter(|row| !expected.contains(row)).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "missing: {missing:#?}\nsurplus: {surplus:#?}");
    assert_eq!(found, expected);
}

#[test]
fn the_cells_hang_on_neither_threads_nor_batch_size() {
    for (threads, batch_size) in [(1, 1), (1, 3), (4, 2), (4, 8192)] {
        let (_, batch) = cells(Resources { threads, batch_size, ..RESOURCES });
        assert_eq!(rows(&batch), expected(), "{threads} threads, batches of {batch_size}");
    }
}

#[test]
fn there_is_a_cell_for_every_mismatch_that_the_report_counts() {
    let (report, batch) = cells(RESOURCES);
    let counted = report.features.iter().flat_map(|feature| &feature.comparisons).map(|comparison| {
        let counts = &comparison.counts;
        counts.different + counts.missing.iter().sum::<u64>() + counts.nan_null + counts.unconvertible
    });
    assert_eq!(counted.sum::<u64>(), batch.num_rows() as u64);
}

#[test]
fn no_value_of_a_sensitive_feature_is_in_the_file() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write(folder.path(), "offline.jsonl", OFFLINE);
    write(folder.path(), "online.jsonl", ONLINE);
    let path = folder.path().join("cells.parquet");
    let options = Options { resources: RESOURCES, limit: None, mismatches: Some(path.clone()), outputs: Vec::new() };
    execute(folder.path(), SPEC, options).unwrap_or_else(|error| panic!("{error}"));
    let bytes = fs::read(path).expect("the file is there");
    for secret in ["s3cr3t", "0th3r"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
}

#[test]
fn keys_without_a_common_type_are_written_as_text() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write(folder.path(), "offline.jsonl", "{\"id\": 7, \"code\": \"a\", \"x\": 1, \"stored\": 2}\n");
    write(folder.path(), "online.jsonl", "{\"id\": \"7\", \"code\": \"a\", \"x\": 3, \"served\": 4}\n");
    let path = folder.path().join("cells.parquet");
    let spec = "
trueup: 1
keys: [id, code]
offline: offline.jsonl
online: online.jsonl
features: [{name: score, expr: x, recorded: {offline: stored, online: served}}]
";
    let options = Options { resources: RESOURCES, limit: None, mismatches: Some(path.clone()), outputs: Vec::new() };
    execute(folder.path(), spec, options).unwrap_or_else(|error| panic!("{error}"));
    let text = |text: &str| Some(text.to_owned());
    let row = |comparison, [computed, recorded]: [&str; 2]| -> Row {
        let [id, code, feature] = [text("7"), text("a"), text("score")];
        [id, code, feature, text(comparison), text("different"), None, None, text(computed), text(recorded), None]
    };
    assert_eq!(rows(&read(&path)), [row("serving", ["3", "4"]), row("training", ["1", "2"])]);
}

// ---------------------------------------------------------------------------------------------- the file's own fate

const SMALL: &str = "
trueup: 1
name: small
keys: [id]
offline: offline.jsonl
online: online
features: [{name: x}]
";

/// Returns Parquet whose footer is right and whose first page is not: only reading its rows can tell.
fn broken_parquet() -> Vec<u8> {
    let mut bytes = parquet(&ints(&[1, 2, 3], 1), 1024);
    bytes[4..24].fill(0xff);
    bytes
}

/// A table of ids and one value.
fn ints(ids: &[i64], x: i64) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from(ids.to_vec()));
    let xs: ArrayRef = Arc::new(Int64Array::from(vec![x; ids.len()]));
    RecordBatch::try_from_iter_with_nullable([("id", ids, true), ("x", xs, true)]).expect("columns are of one length")
}

fn parquet(batch: &RecordBatch, n_group_rows: usize) -> Vec<u8> {
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(n_group_rows)).build();
    let mut writer =
        ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("Parquet holds integers");
    writer.write(batch).expect("memory can be written");
    writer.into_inner().expect("memory can be written")
}

/// A folder in which the online side breaks while its rows are read.
fn breaking() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write(folder.path(), "offline.jsonl", "{\"id\": 1, \"x\": 2}\n");
    write(folder.path(), "online/a.parquet", parquet(&ints(&[1], 1), 1024));
    write(folder.path(), "online/b.parquet", broken_parquet());
    folder
}

#[test]
fn a_run_that_ends_in_an_error_leaves_no_file() {
    let folder = breaking();
    let before = names_in(folder.path());
    let path = folder.path().join("cells.parquet");
    let options = Options { resources: RESOURCES, limit: None, mismatches: Some(path), outputs: Vec::new() };
    let error = execute(folder.path(), SMALL, options).expect_err("a file is broken");
    assert_eq!(error.exit_code(), 3, "{error}");
    assert!(matches!(error, Error::Engine { .. }), "the file broke before its rows were read: {error}");
    assert_eq!(names_in(folder.path()), before);
}

#[test]
fn a_run_that_ends_in_an_error_leaves_the_file_of_an_earlier_one() {
    let folder = breaking();
    write(folder.path(), "cells.parquet", "of an earlier run");
    let before = names_in(folder.path());
    let path = folder.path().join("cells.parquet");
    let options = Options { resources: RESOURCES, limit: None, mismatches: Some(path.clone()), outputs: Vec::new() };
    execute(folder.path(), SMALL, options).expect_err("a file is broken");
    assert_eq!(names_in(folder.path()), before);
    assert_eq!(fs::read(path).expect("the file is there"), b"of an earlier run");
}

#[test]
fn an_error_while_rows_are_read_names_their_side() {
    let folder = breaking();
    let options = Options { resources: RESOURCES, ..Options::default() };
    let text = execute(folder.path(), SMALL, options).expect_err("a file is broken").to_string();
    assert!(text.contains("the online side: while reading `online`: ") && !text.contains("offline"), "{text}");
    let swapped = SMALL.replace("offline: offline.jsonl\nonline: online", "offline: online\nonline: offline.jsonl");
    let options = Options { resources: RESOURCES, ..Options::default() };
    let text = execute(folder.path(), &swapped, options).expect_err("a file is broken").to_string();
    assert!(text.contains("the offline side: while reading `online`: ") && !text.contains("online side"), "{text}");
}

#[test]
fn a_spec_with_problems_leaves_the_file_of_an_earlier_run() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write(folder.path(), "offline.jsonl", "{\"id\": 1, \"y\": 2}\n");
    write(folder.path(), "online/a.jsonl", "{\"id\": 1, \"y\": 2}\n");
    write(folder.path(), "cells.parquet", "of an earlier run");
    let path = folder.path().join("cells.parquet");
    let options = Options { resources: RESOURCES, limit: None, mismatches: Some(path.clone()), outputs: Vec::new() };
    let error = execute(folder.path(), SMALL, options).expect_err("there is no column `x`");
    assert_eq!(error.exit_code(), 2, "{error}");
    assert_eq!(fs::read(path).expect("the file is there"), b"of an earlier run");
}

#[test]
fn a_run_that_reports_replaces_the_file_even_if_there_is_no_cell() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write(folder.path(), "offline.jsonl", "{\"id\": 1, \"x\": 2}\n");
    write(folder.path(), "online/a.jsonl", "{\"id\": 1, \"x\": 2}\n");
    write(folder.path(), "cells.parquet", "of an earlier run");
    let path = folder.path().join("cells.parquet");
    let before = names_in(folder.path());
    let options = Options { resources: RESOURCES, limit: None, mismatches: Some(path.clone()), outputs: Vec::new() };
    execute(folder.path(), SMALL, options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read(&path).num_rows(), 0);
    assert_eq!(names_in(folder.path()), before);
}

#[test]
fn a_feature_that_fails_does_not_keep_back_the_cells_of_the_others() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write(folder.path(), "offline.jsonl", "{\"id\": 1, \"x\": 2}\n");
    write(folder.path(), "online/a.jsonl", "{\"id\": 1, \"x\": 0}\n");
    let path = folder.path().join("cells.parquet");
    let spec = SMALL.replace("{name: x}", "{name: x}, {name: share, expr: 10 / x}");
    let options = Options { resources: RESOURCES, limit: None, mismatches: Some(path.clone()), outputs: Vec::new() };
    let report = execute(folder.path(), &spec, options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.verdict.exit_code(), 3);
    let batch = read(&path);
    let features = batch.column(1).as_string::<i32>();
    assert!(features.iter().any(|feature| feature == Some("x")), "{batch:?}");
}

#[test]
fn a_place_that_cannot_be_written_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write(folder.path(), "offline.jsonl", "{\"id\": 1, \"x\": 2}\n");
    write(folder.path(), "online/a.jsonl", "{\"id\": 1, \"x\": 3}\n");
    // No such folder; a folder in the file's place.
    for place in ["nowhere/cells.parquet", "online"] {
        let options = Options {
            resources: RESOURCES,
            limit: None,
            mismatches: Some(folder.path().join(place)),
            outputs: Vec::new(),
        };
        let before = names_in(folder.path());
        let error = execute(folder.path(), SMALL, options).expect_err("the file cannot be there");
        assert_eq!(error.exit_code(), 3, "{error}");
        assert!(error.to_string().contains(place), "{error}");
        assert_eq!(names_in(folder.path()), before);
    }
}

// ------------------------------------------------------------------------------------------------------ first rows

/// The ids of three files, in their order, which is not that of the keys.
const FILES: [&[i64]; 3] = [&[7, 13, 9, 1, 5], &[0, 12, 8, 4, 6, 14], &[3, 2, 11, 10]];

type Encode = fn(&[i64]) -> Vec<u8>;

const FORMATS: [(&str, Encode); 4] = [
    ("jsonl", |ids| ids.iter().flat_map(|id| format!("{{\"id\": {id}, \"x\": 1}}\n").into_bytes()).collect()),
    ("csv", |ids| format!("id,x\n{}", ids.iter().map(|id| format!("{id},1\n")).collect::<String>()).into_bytes()),
    ("parquet", |ids| parquet(&ints(ids, 1), 2)),
    ("arrow", |ids| {
        let schema = ints(ids, 1).schema();
        let mut writer = FileWriter::try_new(Vec::new(), &schema).expect("IPC holds integers");
        for ids in ids.chunks(2) {
            writer.write(&ints(ids, 1)).expect("memory can be written");
        }
        writer.into_inner().expect("memory can be written")
    }),
];

fn balances(ledger: &Ledger) -> bool {
    ledger.read == ledger.accounts().iter().map(|(_, n_rows)| n_rows).sum::<u64>()
}

/// Runs a spec whose every pair mismatches, with a limit; returns the report and the keys of the pairs.
fn first_rows(folder: &Path, spec: &str, limit: usize, resources: Resources) -> (Report, BTreeSet<i64>) {
    let path = folder.join("cells.parquet");
    let options = Options { resources, limit: Some(limit), mismatches: Some(path.clone()), outputs: Vec::new() };
    let report = execute(folder, spec, options).unwrap_or_else(|error| panic!("{error}"));
    let batch = read(&path);
    let keys = batch.column(0).as_primitive::<Int64Type>().iter().flatten().collect();
    (report, keys)
}

#[test]
fn a_limit_reads_the_first_rows_in_the_order_of_the_files() {
    let all: Vec<i64> = FILES.concat();
    let n_rows = all.len() as u64;
    // As paths are sorted, the third day comes last.
    let layouts: [[&str; 3]; 2] = [["a", "b", "c"], ["day=1/p", "day=20/p", "day=3/p"]];
    for (extension, encode) in FORMATS {
        for names in layouts {
            let folder = tempfile::tempdir().expect("a folder can be made");
            let offline: String = all.iter().rev().map(|id| format!("{{\"id\": {id}, \"x\": 2}}\n")).collect();
            write(folder.path(), "offline.jsonl", offline);
            for (name, ids) in names.iter().zip(FILES) {
                write(folder.path(), &format!("online/{name}.{extension}"), encode(ids));
            }
            for limit in [1, 5, 7, 15, 100] {
                let expected: BTreeSet<i64> = all.iter().copied().take(limit).collect();
                for (threads, batch_size) in [(1, 1), (1, 8192), (4, 3), (4, 8192)] {
                    let what = format!("{extension}, {names:?}, {limit} rows, {threads} threads, {batch_size} a batch");
                    let resources = Resources { threads, batch_size, ..RESOURCES };
                    let (report, keys) = first_rows(folder.path(), SMALL, limit, resources);
                    assert_eq!(keys, expected, "{what}");
                    let PerSide { offline, online } = &report.ledger;
                    assert!(balances(offline) && balances(online), "{what}: {offline:?} {online:?}");
                    let n_compared = n_rows.min(limit as u64);
                    assert_eq!((online.read, online.compared), (n_compared, n_compared), "{what}");
                    let unmatched = n_rows - n_compared;
                    assert_eq!(
                        (offline.read, offline.compared, offline.unmatched),
                        (n_rows, n_compared, unmatched),
                        "{what}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_limit_within_a_long_file_reads_its_first_rows() {
    const N_ROWS: i64 = 30_000;
    const LIMIT: usize = 12_345;
    // Keys fall, so that the first rows of the file are the last of their order.
    let ids: Vec<i64> = (0..N_ROWS).rev().collect();
    let expected: BTreeSet<i64> = ids.iter().copied().take(LIMIT).collect();
    for (extension, encode) in [FORMATS[0], FORMATS[2]] {
        let folder = tempfile::tempdir().expect("a folder can be made");
        write(
            folder.path(),
            "offline.jsonl",
            ids.iter().map(|id| format!("{{\"id\": {id}, \"x\": 2}}\n")).collect::<String>(),
        );
        let bytes = if extension == "parquet" { parquet(&ints(&ids, 1), 5_000) } else { encode(&ids) };
        write(folder.path(), &format!("online/a.{extension}"), bytes);
        for threads in [1, 4] {
            let (report, keys) = first_rows(folder.path(), SMALL, LIMIT, Resources { threads, ..RESOURCES });
            assert!(keys == expected, "{extension}, {threads} threads: {:?} … {:?}", keys.first(), keys.last());
            assert!(balances(&report.ledger.online) && balances(&report.ledger.offline));
            assert_eq!(report.ledger.online.read, LIMIT as u64);
        }
    }
}

#[test]
fn a_limit_counts_rows_before_they_are_filtered() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let online: String = FILES.concat().iter().map(|id| format!("{{\"id\": {id}, \"x\": 1}}\n")).collect();
    write(folder.path(), "offline.jsonl", online.replace("\"x\": 1", "\"x\": 2"));
    write(folder.path(), "online/a.jsonl", online);
    let spec = SMALL.replace("online: online", "online: {tables: {log: online}, where: id % 2 = 1}");
    for threads in [1, 4] {
        let (report, keys) = first_rows(folder.path(), &spec, 7, Resources { threads, batch_size: 2, ..RESOURCES });
        let online = &report.ledger.online;
        // 7, 13, 9, 1, 5, 0 and 12 are read.
        assert_eq!((online.read, online.filtered, online.compared), (7, 2, 5));
        assert!(balances(online));
        assert_eq!(keys, [1, 5, 7, 9, 13].into());
    }
}

#[test]
fn the_ledger_of_a_limited_run_balances_whatever_the_rows() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write(
        folder.path(),
        "offline.jsonl",
        "{\"id\": 1, \"x\": 2}\n{\"id\": 1, \"x\": 2}\nnonsense\n{\"id\": 3, \"x\": 2}\n",
    );
    write(
        folder.path(),
        "online/a.jsonl",
        "{\"id\": 1, \"x\": 1}\nnonsense\n{\"x\": 1}\n{\"id\": 9, \"x\": 1}\n{\"id\": 3, \"x\": 1}\n",
    );
    write(folder.path(), "online/b.jsonl", "{\n{\"id\": 3, \"x\": 1}\n{\"id\": 4, \"x\": 1}\n");
    for limit in 1..=7 {
        for threads in [1, 4] {
            let (report, _) =
                first_rows(folder.path(), SMALL, limit, Resources { threads, batch_size: 1, ..RESOURCES });
            let PerSide { offline, online } = &report.ledger;
            assert!(balances(offline) && balances(online), "{limit} rows: {offline:?} {online:?}");
            assert_eq!(online.read - online.unreadable, limit.min(6) as u64, "{online:?}");
        }
    }
}
