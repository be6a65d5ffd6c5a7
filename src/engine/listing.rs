//! Files that the engine reads itself: Parquet, Avro and Arrow IPC, with hive partitions as columns.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::Column;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::avro::AvroFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::logical_expr::{Expr, cast};
use datafusion::prelude::{DataFrame, SessionContext, col, lit};
use datafusion::scalar::ScalarValue;
use indexmap::IndexMap;

use super::files::Files;
use super::partition::{Partition, partition_fields, partition_value};
use super::reason::EngineReason;
use crate::compare::is_text;
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
        schemas.push((file.display.as_str(), schema));
    }
    let schema = Arc::new(united(&schemas).map_err(|reason| fail(reason, None))?);

    let partitions: Vec<_> =
        found.files.iter().map(|file| (file.display.as_str(), file.partition.as_slice())).collect();
    let partitioned = partition_fields(&partitions).map_err(|[one, other]| {
        fail(format!("`{one}` and `{other}` lie in folders of different hive partitions"), None)
    })?;
    let mut runs: Vec<Run<'_>> = Vec::new();
    for (file, (_, own)) in found.files.iter().zip(&schemas) {
        let url = file_url(&file.path).map_err(|reason| fail(reason, None))?;
        let (own, is_stream) = match found.format {
            Format::Arrow => {
                let is_stream = is_ipc_stream(&file.path).map_err(|error| fail(error.to_string(), None))?;
                (Arc::new(plain_schema(own)), is_stream)
            }
            Format::Parquet | Format::Avro | Format::Csv | Format::Tsv | Format::JsonLines | Format::Json => {
                (Arc::clone(&schema), false)
            }
        };
        match runs.last_mut() {
            Some(run) if run.partition == file.partition && run.schema == own && run.is_stream == is_stream => {
                run.urls.push(url);
            }
            Some(_) | None => runs.push(Run { partition: &file.partition, schema: own, is_stream, urls: vec![url] }),
        }
    }
    let n_runs = runs.len();
    let mut united: Option<DataFrame> = None;
    for Run { partition, schema: own, urls, .. } in runs {
        let config = ListingTableConfig::new_with_multi_paths(urls)
            .with_listing_options(options.clone())
            .with_schema(Arc::clone(&own));
        let listing = ListingTable::try_new(config).map_err(|error| fail(error.reason(), Some(Box::new(error))))?;
        if partition.is_empty() && n_runs == 1 {
            return Ok(Arc::new(listing));
        }
        let frame = ctx
            .read_table(Arc::new(listing))
            .and_then(|frame| with_columns(frame, &own, &schema))
            .and_then(|frame| with_partition(frame, partition, &partitioned))
            .and_then(|frame| match united.take() {
                Some(other) => other.union(frame),
                None => Ok(frame),
            });
        united = Some(frame.map_err(|error| fail(error.reason(), Some(Box::new(error))))?);
    }
    Ok(united.expect("there is a file, so there is a run").into_view())
}

/// Files one after the other that the engine can read as one table. Its readers of Parquet and Avro find columns by name;
/// that of Arrow IPC takes them by their place, and takes all files for what the first one is.
struct Run<'a> {
    partition: &'a Partition,
    schema: SchemaRef,
    is_stream: bool,
    urls: Vec<ListingTableUrl>,
}

fn plain_schema(schema: &Schema) -> Schema {
    Schema::new(schema.fields().iter().map(|field| without_metadata(field)).collect::<Vec<_>>())
}

/// Source: <https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format>.
fn is_ipc_stream(path: &Path) -> std::io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(6).read_to_end(&mut start)?;
    Ok(start != b"ARROW1")
}

/// The rows of some files with the columns of all.
fn with_columns(frame: DataFrame, own: &Schema, all: &Schema) -> datafusion::error::Result<DataFrame> {
    let column = |name: &str| col(Column::new_unqualified(name));
    let columns: Vec<Expr> = all
        .fields()
        .iter()
        .map(|field| match own.field_with_name(field.name()) {
            Ok(has) if has.data_type() == field.data_type() => column(field.name()),
            Ok(_) => cast(column(field.name()), field.data_type().clone()).alias(field.name()),
            Err(_) => cast(lit(ScalarValue::Null), field.data_type().clone()).alias(field.name()),
        })
        .collect();
    frame.select(columns)
}

/// Unites the columns of files by name. Metadata is left out: writers put into it what differs from file to file.
///
/// Integers and floats of several widths become the widest, texts of several encodings plain text.
fn united(schemas: &[(&str, SchemaRef)]) -> Result<Schema, String> {
    let mut columns: IndexMap<&str, (&str, Field)> = IndexMap::new();
    for (file, schema) in schemas {
        for field in schema.fields() {
            let plain = Field::new(field.name(), field.data_type().clone(), true);
            let Some((first_file, united)) = columns.get_mut(field.name().as_str()) else {
                columns.insert(field.name(), (file, plain));
                continue;
            };
            *united = both(united, &plain).ok_or_else(|| {
                let name = field.name().escape_debug();
                let [first, other] = [united.data_type(), plain.data_type()];
                format!("its column `{name}` is {first} in `{first_file}` and {other} in `{file}`")
            })?;
        }
    }
    Ok(Schema::new(columns.into_values().map(|(_, field)| field).collect::<Vec<_>>()))
}

fn both(one: &Field, other: &Field) -> Option<Field> {
    if one.data_type() != other.data_type() && [one, other].iter().all(|field| is_text(field.data_type())) {
        return Some(Field::new(one.name(), DataType::Utf8, true));
    }
    let widened = wider(one.data_type(), other.data_type()).or_else(|| wider(other.data_type(), one.data_type()));
    if let Some(data_type) = widened {
        return Some(Field::new(one.name(), data_type.clone(), true));
    }
    let merged =
        |one: &Field, other: &Field| Schema::try_merge([one, other].map(|field| Schema::new(vec![field.clone()])));
    let schema = merged(one, other).or_else(|_| merged(&without_metadata(one), &without_metadata(other))).ok()?;
    schema.fields().first().map(|field| field.as_ref().clone())
}

/// Returns the second type if it holds every value of the first.
fn wider<'a>(narrow: &DataType, wide: &'a DataType) -> Option<&'a DataType> {
    use DataType::{Float16, Float32, Float64, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
    let fits = match narrow {
        Int8 => matches!(wide, Int16 | Int32 | Int64),
        Int16 => matches!(wide, Int32 | Int64),
        Int32 => matches!(wide, Int64),
        UInt8 => matches!(wide, UInt16 | UInt32 | UInt64 | Int16 | Int32 | Int64),
        UInt16 => matches!(wide, UInt32 | UInt64 | Int32 | Int64),
        UInt32 => matches!(wide, UInt64 | Int64),
        Float16 => matches!(wide, Float32 | Float64),
        Float32 => matches!(wide, Float64),
        _ => false,
    };
    fits.then_some(wide)
}

/// Also of the fields within.
fn without_metadata(field: &Field) -> Field {
    let plain = |field: &Arc<Field>| Arc::new(without_metadata(field));
    let data_type = match field.data_type() {
        DataType::List(element) => DataType::List(plain(element)),
        DataType::LargeList(element) => DataType::LargeList(plain(element)),
        DataType::FixedSizeList(element, size) => DataType::FixedSizeList(plain(element), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain).collect()),
        DataType::Map(entries, sorted) => DataType::Map(plain(entries), *sorted),
        other => other.clone(),
    };
    Field::new(field.name(), data_type, field.is_nullable())
}

fn with_partition(mut frame: DataFrame, values: &Partition, columns: &[Field]) -> datafusion::error::Result<DataFrame> {
    for column in columns {
        frame = frame.with_column(column.name(), lit(partition_value(values, column)))?;
    }
    Ok(frame)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(fields: Vec<Field>, note: &str) -> SchemaRef {
        Arc::new(Schema::new(fields).with_metadata([("pandas".to_string(), note.to_string())].into()))
    }

    #[test]
    fn metadata_of_files_is_no_difference() {
        let noted = |note: &str| {
            let note = [("id".to_string(), note.to_string())];
            let inner = Field::new("y", DataType::Int64, true).with_metadata(note.clone().into());
            let outer = Field::new("x", DataType::Struct(vec![inner].into()), true).with_metadata(note.into());
            schema(vec![outer], "RangeIndex")
        };
        let [one, other] = [noted("1"), noted("2")];
        let united = united(&[("a", one), ("b", other)]).unwrap();
        let y = Field::new("y", DataType::Int64, true);
        assert_eq!(united, Schema::new(vec![Field::new("x", DataType::Struct(vec![y].into()), true)]));
    }

    #[test]
    fn numbers_are_widened_and_other_types_named_with_both_files() {
        let of = |data_type: DataType| schema(vec![Field::new("x", data_type, true)], "");
        for (one, other, wanted) in [
            (DataType::Int32, DataType::Int64, DataType::Int64),
            (DataType::Float64, DataType::Float32, DataType::Float64),
            (DataType::UInt32, DataType::Int64, DataType::Int64),
            (DataType::Null, DataType::Utf8, DataType::Utf8),
        ] {
            let united = united(&[("a", of(one)), ("b", of(other))]).unwrap();
            assert_eq!(united.field(0).data_type(), &wanted);
        }
        let reason = united(&[("a", of(DataType::Int64)), ("b", of(DataType::Utf8))]).unwrap_err();
        assert_eq!(reason, "its column `x` is Int64 in `a` and Utf8 in `b`");
        assert!(united(&[("a", of(DataType::Int64)), ("b", of(DataType::UInt64))]).is_err());
    }

    #[tokio::test]
    async fn files_of_several_widths_and_folders_are_read_as_one_table() {
        use datafusion::arrow::array::{ArrayRef, Float32Array, Float64Array, Int32Array, Int64Array, RecordBatch};
        use datafusion::parquet::arrow::ArrowWriter;
        use datafusion::prelude::{SessionContext, col};

        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, note: &str, columns: [ArrayRef; 2]| {
            let fields = ["id", "x"].iter().zip(&columns);
            let fields = fields.map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
            let batch = RecordBatch::try_new(schema(fields, note), columns.to_vec()).unwrap();
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
            writer.write(&batch).unwrap();
            writer.close().unwrap();
        };
        let narrow: [ArrayRef; 2] = [Arc::new(Int32Array::from(vec![1])), Arc::new(Float32Array::from(vec![0.5]))];
        let wide: [ArrayRef; 2] = [Arc::new(Int64Array::from(vec![1 << 40])), Arc::new(Float64Array::from(vec![0.1]))];
        write("t/reg=us%20east/a.parquet", "1", narrow);
        write("t/reg=eu/b.parquet", "2", wide);
        let table = Table {
            path: crate::spec::Located::new("t".to_owned(), Default::default()),
            expanded_path: "t".to_owned(),
            format: None,
            options: Default::default(),
        };
        let ctx = SessionContext::new();
        let found = super::super::files::find(Side::Offline, &table, folder.path()).unwrap();
        let opened = open(&ctx, Side::Offline, &table, found).await.unwrap();
        let frame = ctx.read_table(opened).unwrap().sort(vec![col("id").sort(true, false)]).unwrap();
        let shown = frame.to_string().await.unwrap();
        let wanted = "\
+---------------+-----+---------+
| id            | x   | reg     |
+---------------+-----+---------+
| 1             | 0.5 | us east |
| 1099511627776 | 0.1 | eu      |
+---------------+-----+---------+";
        assert_eq!(shown.trim(), wanted);
    }
}
