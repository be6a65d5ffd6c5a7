//! What the tests of captures share: files of given bytes, opened and read back.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, Float64Type, Int64Type, UInt64Type};
use datafusion::prelude::{SessionConfig, SessionContext};
use serde_json::Value;
use tempfile::TempDir;

use super::{Capture, CaptureError, CaptureFile, CsvOptions, Format, open};

pub(super) fn csv() -> CsvOptions {
    CsvOptions {
        delimiter: b',',
        quote: b'"',
        escape: None,
        comment: None,
        header: true,
        null_values: vec![String::new()],
    }
}

/// Writes files into a new folder, which has to be kept.
pub(super) fn write(files: &[(&str, &[u8])]) -> (TempDir, Vec<CaptureFile>) {
    let folder = tempfile::tempdir().unwrap();
    let files = files
        .iter()
        .map(|(name, bytes)| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            CaptureFile { path, display: name.to_string(), partition: Vec::new() }
        })
        .collect();
    (folder, files)
}

/// What there is to say of a capture and its table.
#[derive(Debug, PartialEq)]
pub(super) struct Read {
    /// `name:type`, parted by blanks.
    pub schema: String,
    /// Each row as a JSON array, floats that JSON lacks as text.
    pub rows: Vec<String>,
    /// `file:line: reason`.
    pub unreadable: Vec<String>,
    pub n_unreadable: u64,
}

pub(super) fn read(files: &[(&str, &[u8])], format: Format) -> Result<Read, CaptureError> {
    let (_folder, files) = write(files);
    Ok(contents(open(files, format, Arc::new(AtomicU64::new(0)))?))
}

/// Scans all columns and none; panics unless both passes over the files agree.
pub(super) fn contents(capture: Capture) -> Read {
    let schema = Arc::clone(&capture.schema);
    let (n_records, n_unreadable) = (capture.n_records, capture.n_unreadable);
    let unreadable =
        capture.unreadable.iter().map(|bad| format!("{}:{}: {}", bad.file, bad.line, bad.reason)).collect();
    let config = SessionConfig::new().with_target_partitions(3).with_batch_size(2);
    let ctx = SessionContext::new_with_config(config);
    let table = capture.into_table();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (all, none) = runtime.block_on(async {
        let frame = ctx.read_table(table).unwrap();
        let none = frame.clone().select_columns(&[]).unwrap().collect().await.unwrap();
        (frame.collect_partitioned().await.unwrap(), none)
    });
    let all: Vec<RecordBatch> = all.into_iter().flatten().collect();
    let n_rows = |batches: &[RecordBatch]| batches.iter().map(|batch| batch.num_rows() as u64).sum::<u64>();
    assert_eq!((n_rows(&all), n_rows(&none)), (n_records, n_records));
    let rows = all.iter().flat_map(|batch| (0..batch.num_rows()).map(|row_idx| row_text(batch, row_idx))).collect();
    let schema: Vec<String> = schema.fields().iter().map(|field| field_text(field)).collect();
    Read { schema: schema.join(" "), rows, unreadable, n_unreadable }
}

fn row_text(batch: &RecordBatch, row_idx: usize) -> String {
    Value::Array(batch.columns().iter().map(|column| json_value(column, row_idx)).collect()).to_string()
}

fn field_text(field: &Field) -> String {
    format!("{}:{}", field.name(), type_text(field.data_type()))
}

fn type_text(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "null".into(),
        DataType::Boolean => "bool".into(),
        DataType::Int64 => "int".into(),
        DataType::UInt64 => "uint".into(),
        DataType::Float64 => "float".into(),
        DataType::Decimal128(38, scale) => format!("decimal{scale}"),
        DataType::Utf8 => "text".into(),
        DataType::List(item) => format!("[{}]", type_text(item.data_type())),
        DataType::Struct(fields) => {
            let fields: Vec<String> = fields.iter().map(|field| field_text(field)).collect();
            format!("{{{}}}", fields.join(" "))
        }
        other => panic!("captures have no {other}"),
    }
}

/// A value as JSON; objects without their null fields, as these may have been absent.
pub(super) fn json_value(array: &ArrayRef, row_idx: usize) -> Value {
    if array.is_null(row_idx) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Boolean => array.as_boolean().value(row_idx).into(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row_idx).into(),
        DataType::UInt64 => array.as_primitive::<UInt64Type>().value(row_idx).into(),
        DataType::Float64 => match array.as_primitive::<Float64Type>().value(row_idx) {
            finite if finite.is_finite() => finite.into(),
            special => special.to_string().into(),
        },
        DataType::Decimal128(..) => array.as_primitive::<Decimal128Type>().value_as_string(row_idx).into(),
        DataType::Utf8 => array.as_string::<i32>().value(row_idx).into(),
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row_idx);
            (0..items.len()).map(|item_idx| json_value(&items, item_idx)).collect()
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let values = fields.iter().zip(columns).map(|(field, column)| (field.name(), json_value(column, row_idx)));
            Value::Object(
                values.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value)).collect(),
            )
        }
        DataType::Null => Value::Null,
        other => panic!("captures have no {other}"),
    }
}
