//! Hive partitions, `key=value` in the folders of a path, as columns.

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::scalar::ScalarValue;

use super::CaptureFile;
use super::error::CaptureError;

const NULL_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// Returns the partition columns in the order of the folders: int64 if every value reads back as it is written, else
/// text.
///
/// # Errors
/// [`CaptureError::Partitions`] names two files whose folders have different keys.
pub(super) fn partition_fields(files: &[CaptureFile]) -> Result<Vec<Field>, CaptureError> {
    let Some(first) = files.first() else { return Ok(Vec::new()) };
    let same_keys =
        |file: &&CaptureFile| file.partition.iter().map(|(key, _)| key).eq(first.partition.iter().map(|(key, _)| key));
    if let Some(other) = files.iter().find(|file| !same_keys(file)) {
        return Err(CaptureError::Partitions(first.display.clone(), other.display.clone()));
    }
    let is_int =
        |value: &str| value == NULL_VALUE || value.parse::<i64>().is_ok_and(|parsed| parsed.to_string() == value);
    let field = |(idx, (key, _)): (usize, &(String, String))| {
        let all_ints = files.iter().all(|file| file.partition.get(idx).is_none_or(|(_, value)| is_int(value)));
        Field::new(key, if all_ints { DataType::Int64 } else { DataType::Utf8 }, true)
    };
    Ok(first.partition.iter().enumerate().map(field).collect())
}

/// Returns the value that a file's path has for a partition column.
pub(super) fn partition_value(file: &CaptureFile, field: &Field) -> ScalarValue {
    let value = file.partition.iter().find(|(key, _)| key == field.name()).map(|(_, value)| value.as_str());
    let value = value.filter(|value| *value != NULL_VALUE);
    match field.data_type() {
        DataType::Int64 => ScalarValue::Int64(value.and_then(|value| value.parse().ok())),
        _ => ScalarValue::Utf8(value.map(str::to_string)),
    }
}
