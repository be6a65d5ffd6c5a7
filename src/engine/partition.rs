//! Hive partitions, `key=value` in the folders of a path, as columns: one rule for all formats.

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::scalar::ScalarValue;

const NULL_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// What the folders of one file's path say, in their order.
pub(super) type Partition = [(String, String)];

/// Returns the partition columns in the order of the folders: int64 if every value reads back as it is written, else
/// text. `files` are what messages call each file, and its partition.
///
/// # Errors
/// The names of two files whose folders have different keys.
pub(super) fn partition_fields(files: &[(&str, &Partition)]) -> Result<Vec<Field>, [String; 2]> {
    let Some((first_name, first)) = files.first() else { return Ok(Vec::new()) };
    let keys = |partition: &Partition| partition.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    if let Some((other_name, _)) = files.iter().find(|(_, partition)| keys(partition) != keys(first)) {
        return Err([*first_name, *other_name].map(str::to_owned));
    }
    let is_int =
        |value: &str| value == NULL_VALUE || value.parse::<i64>().is_ok_and(|parsed| parsed.to_string() == value);
    let field = |(idx, (key, _)): (usize, &(String, String))| {
        let all_ints = files.iter().all(|(_, partition)| partition.get(idx).is_none_or(|(_, value)| is_int(value)));
        Field::new(key, if all_ints { DataType::Int64 } else { DataType::Utf8 }, true)
    };
    Ok(first.iter().enumerate().map(field).collect())
}

/// Returns the value that a file has for a partition column.
pub(super) fn partition_value(partition: &Partition, field: &Field) -> ScalarValue {
    let value = partition.iter().find(|(key, _)| key == field.name()).map(|(_, value)| value.as_str());
    let value = value.filter(|value| *value != NULL_VALUE);
    match field.data_type() {
        DataType::Int64 => ScalarValue::Int64(value.and_then(|value| value.parse().ok())),
        _ => ScalarValue::Utf8(value.map(str::to_string)),
    }
}
