//! Files that the engine reads itself: Parquet, Avro and Arrow IPC, with hive partitions as columns.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::avro::AvroFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::prelude::{DataFrame, SessionContext, lit};
use datafusion::scalar::ScalarValue;

use super::files::{DataFile, Files};
use super::reason::EngineReason;
use crate::error::{Cause, Error};
use crate::spec::{Format, Side, Table};

/// Opens files as one table. Reads their metadata only; their columns are united by name.
///
/// # Errors
/// [`Error::Input`] names the file that is not of its format, or says how the schemas disagree.
pub(super) async fn open(
    ctx: &SessionContext,
    side: Side,
    table: &Table,
    found: Files,
) -> Result<Arc<dyn TableProvider>, Error> {
    let fail =
        |reason: String, source: Option<Cause>| Error::Input { side, what: table.path.value.clone(), reason, source };
    let (format, format_name): (Arc<dyn FileFormat>, _) = match found.format {
        Format::Avro => (Arc::new(AvroFormat), "Avro"),
        Format::Arrow => (Arc::new(ArrowFormat), "Arrow IPC"),
        Format::Parquet | Format::Csv | Format::Tsv | Format::JsonLines | Format::Json => {
            (Arc::new(ParquetFormat::default()), "Parquet")
        }
    };
    // The extension is checked already, and a file that is named outright may have any.
    let options = ListingOptions::new(format).with_file_extension("");
    let state = ctx.state();
    let mut schemas = Vec::with_capacity(found.files.len());
    for file in &found.files {
        check_frame(&file.path, found.format)
            .map_err(|reason| fail(format!("`{}` is no valid {format_name} file: {reason}", file.display), None))?;
        let url = file_url(&file.path).map_err(|reason| fail(reason, None))?;
        let schema = options.infer_schema(&state, &url).await.map_err(|error| {
            let reason = format!("`{}` is no valid {format_name} file: {}", file.display, error.reason());
            fail(reason, Some(Box::new(error)))
        })?;
        schemas.push(schema.as_ref().clone());
    }
    let schema = Schema::try_merge(schemas)
        .map_err(|error| fail(format!("its files have different schemas: {error}"), Some(Box::new(error))))?;
    let schema = Arc::new(schema);

    let partitioned = partition_types(&found.files).map_err(|reason| fail(reason, None))?;
    let mut groups: BTreeMap<&[(String, String)], Vec<ListingTableUrl>> = BTreeMap::new();
    for file in &found.files {
        let url = file_url(&file.path).map_err(|reason| fail(reason, None))?;
        groups.entry(&file.partition).or_default().push(url);
    }
    let mut united: Option<DataFrame> = None;
    for (values, urls) in groups {
        let config = ListingTableConfig::new_with_multi_paths(urls)
            .with_listing_options(options.clone())
            .with_schema(Arc::clone(&schema));
        let listing = ListingTable::try_new(config).map_err(|error| fail(error.reason(), Some(Box::new(error))))?;
        if values.is_empty() {
            return Ok(Arc::new(listing));
        }
        let frame = with_partition(ctx, listing, values, &partitioned).and_then(|frame| match united.take() {
            Some(other) => other.union(frame),
            None => Ok(frame),
        });
        united = Some(frame.map_err(|error| fail(error.reason(), Some(Box::new(error))))?);
    }
    Ok(united.expect("there is a file, so there is a group").into_view())
}

fn with_partition(
    ctx: &SessionContext,
    listing: ListingTable,
    values: &[(String, String)],
    types: &[PartitionType],
) -> datafusion::error::Result<DataFrame> {
    let mut frame = ctx.read_table(Arc::new(listing))?;
    for ((key, value), partition_type) in values.iter().zip(types) {
        let scalar = match partition_type {
            _ if value == "__HIVE_DEFAULT_PARTITION__" => partition_type.null(),
            PartitionType::Int => ScalarValue::Int64(value.parse().ok()),
            PartitionType::Text => ScalarValue::Utf8(Some(value.clone())),
        };
        frame = frame.with_column(key, lit(scalar))?;
    }
    Ok(frame)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PartitionType {
    Int,
    Text,
}

impl PartitionType {
    fn null(self) -> ScalarValue {
        match self {
            Self::Int => ScalarValue::Int64(None),
            Self::Text => ScalarValue::Utf8(None),
        }
    }
}

/// The types of the partition columns, in the order of the folders: int64 if every value reads back as it is written.
fn partition_types(files: &[DataFile]) -> Result<Vec<PartitionType>, String> {
    let Some(first) = files.first() else { return Ok(Vec::new()) };
    let keys = |file: &DataFile| file.partition.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    if let Some(other) = files.iter().find(|file| keys(file) != keys(first)) {
        return Err(format!("`{}` and `{}` lie in folders of different hive partitions", first.display, other.display));
    }
    let is_int = |value: &str| {
        value == "__HIVE_DEFAULT_PARTITION__" || value.parse::<i64>().is_ok_and(|parsed| parsed.to_string() == value)
    };
    Ok((0..first.partition.len())
        .map(|idx| match files.iter().all(|file| is_int(&file.partition[idx].1)) {
            true => PartitionType::Int,
            false => PartitionType::Text,
        })
        .collect())
}

/// Refuses files that the engine would take for empty tables, or whose footer would lead it beyond their start.
///
/// Source: <https://parquet.apache.org/docs/file-format>: a file ends with its metadata, their length and `PAR1` or `PARE`.
fn check_frame(path: &Path, format: Format) -> Result<(), String> {
    const TAIL_BYTES: u64 = 8;
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let n_bytes = file.metadata().map_err(|error| error.to_string())?.len();
    if n_bytes == 0 {
        return Err("it is empty".to_owned());
    }
    if format != Format::Parquet {
        return Ok(());
    }
    if n_bytes < TAIL_BYTES + 4 {
        return Err(format!("its {n_bytes} bytes are too few"));
    }
    let mut tail = [0; TAIL_BYTES as usize];
    file.seek(SeekFrom::End(-(TAIL_BYTES as i64))).map_err(|error| error.to_string())?;
    file.read_exact(&mut tail).map_err(|error| error.to_string())?;
    let [a, b, c, d, magic @ ..] = tail;
    if &magic != b"PAR1" && &magic != b"PARE" {
        return Err("its end is not that of a Parquet file; perhaps it was cut off".to_owned());
    }
    if u64::from(u32::from_le_bytes([a, b, c, d])) > n_bytes - TAIL_BYTES - 4 {
        return Err("its footer is longer than the file".to_owned());
    }
    Ok(())
}

/// The URL of exactly this file, whatever characters its name has.
fn file_url(path: &Path) -> Result<ListingTableUrl, String> {
    // The engine's object stores refuse `..` and `.` in a path.
    let absolute = path.canonicalize().map_err(|error| error.to_string())?;
    let url = url::Url::from_file_path(&absolute).map_err(|()| "the path is no absolute path".to_string())?;
    ListingTableUrl::try_new(url, None).map_err(|error| error.reason())
}
