//! The file of every mismatching cell, as Parquet: written beside its place and renamed when it is whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use tempfile::NamedTempFile;

use super::run::Planned;
use crate::compare::text_at;
use crate::error::{Cause, Error};
use crate::spec::Spec;

/// One mismatching cell of a batch of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub row: usize,
    /// The feature's place in the spec.
    pub feature: usize,
    /// The name of the comparison.
    pub comparison: &'static str,
    pub code: &'static str,
    /// Whether the two values are offline and online; otherwise computed and recorded of one side.
    pub across_sides: bool,
    /// As text; none for null.
    pub values: [Option<String>; 2],
    /// The id of the mechanism that explains it.
    pub mechanism: Option<&'static str>,
}

/// Columns: the keys by name and type, then `feature`, `comparison`, `code`, `offline`, `online`, `computed`, `recorded`,
/// `mechanism`, all text. A row has either `offline` and `online` or `computed` and `recorded`; a null there is a missing
/// value. Values of sensitive features are null. `mechanism` is null where no diagnosis covers the cell.
pub struct MismatchFile {
    path: PathBuf,
    writer: ArrowWriter<NamedTempFile>,
    schema: SchemaRef,
    /// By feature: its name, and whether its values are hidden.
    features: Vec<(String, bool)>,
    n_keys: usize,
}

const TEXT_COLUMNS: [&str; 8] =
    ["feature", "comparison", "code", "offline", "online", "computed", "recorded", "mechanism"];

impl MismatchFile {
    /// # Errors
    /// [`Error::Output`] if nothing can be written beside `path`.
    pub fn create(path: &Path, spec: &Spec, planned: &Planned) -> Result<Self, Error> {
        let key_types = planned.key_types();
        let mut fields: Vec<Field> = Vec::new();
        for (key, data_type) in spec.keys.iter().zip(key_types) {
            let taken = TEXT_COLUMNS.contains(&key.value.as_str());
            let name = if taken { format!("key_{}", key.value) } else { key.value.clone() };
            fields.push(Field::new(name, data_type.unwrap_or(DataType::Utf8), true));
        }
        let n_keys = fields.len();
        fields.extend(TEXT_COLUMNS.map(|name| Field::new(name, DataType::Utf8, true)));
        let schema = Arc::new(Schema::new(fields));
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = beside(folder).map_err(|e| fail(path, e))?;
        let level = ZstdLevel::try_new(1).map_err(|e| fail(path, e))?;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).map_err(|e| fail(path, e))?;
        let features = spec
            .features
            .iter()
            .enumerate()
            .map(|(idx, feature)| (feature.name.value.clone(), planned.is_sensitive(idx)))
            .collect();
        Ok(Self { path: path.to_owned(), writer, schema, features, n_keys })
    }

    /// Writes the cells of one batch of rows, whose keys are `keys`: row by row, features in the order of the cells.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub fn write(&mut self, keys: &[ArrayRef], mut cells: Vec<Cell>) -> Result<(), Error> {
        if cells.is_empty() {
            return Ok(());
        }
        cells.sort_by_key(|cell| cell.row);
        let rows: UInt32Array = cells.iter().map(|cell| cell.row as u32).collect();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for (field, key) in self.schema.fields().iter().zip(keys).take(self.n_keys) {
            if key.data_type() == field.data_type() {
                columns.push(take(key, &rows, None).map_err(|e| fail(&self.path, e))?);
            } else {
                let texts: StringArray = cells.iter().map(|cell| text_at(key, cell.row)).collect();
                columns.push(Arc::new(texts));
            }
        }
        let feature = |cell: &Cell| self.features.get(cell.feature);
        let value = |cell: &Cell, across_sides: bool, idx: usize| {
            let hidden = feature(cell).is_some_and(|(_, sensitive)| *sensitive);
            let [first, second] = &cell.values;
            let value = if idx == 0 { first } else { second };
            value.clone().filter(|_| cell.across_sides == across_sides && !hidden)
        };
        let text = |of: &dyn Fn(&Cell) -> Option<String>| -> ArrayRef {
            Arc::new(cells.iter().map(of).collect::<StringArray>())
        };
        columns.push(text(&|cell| feature(cell).map(|(name, _)| name.clone())));
        columns.push(text(&|cell| Some(cell.comparison.to_owned())));
        columns.push(text(&|cell| Some(cell.code.to_owned())));
        columns.push(text(&|cell| value(cell, true, 0)));
        columns.push(text(&|cell| value(cell, true, 1)));
        columns.push(text(&|cell| value(cell, false, 0)));
        columns.push(text(&|cell| value(cell, false, 1)));
        columns.push(text(&|cell| cell.mechanism.map(str::to_owned)));
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|e| fail(&self.path, e))?;
        self.writer.write(&batch).map_err(|e| fail(&self.path, e))
    }

    /// Puts the finished file in its place.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub fn finish(self) -> Result<(), Error> {
        let file = self.writer.into_inner().map_err(|e| fail(&self.path, e))?;
        file.persist(&self.path).map_err(|e| fail(&self.path, e.error))?;
        Ok(())
    }
}

/// Opens a file that others may read as far as the process's mask allows, as any new file. Dropped, it is removed.
fn beside(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".trueup-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn fail(path: &Path, error: impl Into<Cause>) -> Error {
    let source = error.into();
    Error::Output { path: path.to_owned(), reason: source.to_string(), source: Some(source) }
}
