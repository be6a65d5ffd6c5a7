//! From a path, a folder or a glob of the spec to the files that it means.

use std::path::{Component, Path, PathBuf};

use crate::error::Error;
use crate::spec::{Format, Side, Table};

/// The files of one table: at least one, sorted, all of one format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Files {
    pub format: Format,
    pub files: Vec<DataFile>,
}

/// One file. `display` is what messages show: the spec's own spelling of the table, and the file's path below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DataFile {
    pub path: PathBuf,
    pub display: String,
    /// Hive partitions, `key=value` in the folders of the path.
    pub partition: Vec<(String, String)>,
}

/// Finds the files of a table whose path is relative to `base`.
///
/// # Errors
/// [`Error::Input`] if there is no such file, a glob or folder holds none, or their formats are unknown or mixed.
pub(super) fn find(side: Side, table: &Table, base: &Path) -> Result<Files, Error> {
    let fail = |reason: String| Error::Input { side, what: table.path.value.clone(), reason, source: None };
    let path = base.join(&table.expanded_path);
    let text = path.to_str().ok_or_else(|| fail("the path is not UTF-8".into()))?;
    let is_pattern = table.expanded_path.contains(['*', '?', '[']) && !path.exists();
    let (found, from_listing) = if is_pattern {
        (glob_files(text).map_err(fail)?, true)
    } else if path.is_dir() {
        let pattern = format!("{}/**/*", glob::Pattern::escape(text.trim_end_matches('/')));
        (glob_files(&pattern).map_err(fail)?, true)
    } else if path.is_file() {
        (vec![path.clone()], false)
    } else if let Err(error) = std::fs::metadata(&path) {
        return Err(fail(match error.kind() {
            std::io::ErrorKind::NotFound => "no such file or folder; paths are relative to the spec file".into(),
            _ => error.to_string(),
        }));
    } else {
        return Err(fail("it is neither a file nor a folder".into()));
    };

    let candidates: Vec<(PathBuf, Option<Format>)> = found
        .into_iter()
        .map(|file| {
            let by_extension = format_of(&file);
            (file, by_extension)
        })
        .collect();
    let wanted = |(_, by_extension): &(PathBuf, Option<Format>)| match table.format {
        // A folder may hold other things, too; what a pattern or a path names is meant.
        Some(format) => !path.is_dir() || *by_extension == Some(format) || by_extension.is_none(),
        None => by_extension.is_some() || !from_listing,
    };
    let mut chosen: Vec<(PathBuf, Option<Format>)> = candidates.into_iter().filter(wanted).collect();
    chosen.sort_by(|(one, _), (other, _)| one.cmp(other));
    let Some((first, first_format)) = chosen.first() else {
        return Err(fail(if is_pattern {
            "no file matches the pattern".into()
        } else {
            "the folder holds no file of a known format".into()
        }));
    };
    let format = table.format.or(*first_format).ok_or_else(|| {
        fail(
            "the format cannot be told from the extension; say `format:` (parquet, csv, tsv, jsonl, json, avro, arrow)"
                .into(),
        )
    })?;
    if table.format.is_none()
        && let Some((other, _)) = chosen.iter().find(|(_, by_extension)| *by_extension != Some(format))
    {
        return Err(fail(format!(
            "files of several formats (`{}`, `{}`); say `format:` or narrow the path",
            name_of(first),
            name_of(other)
        )));
    }
    let files = chosen
        .iter()
        .map(|(file, _)| DataFile {
            path: file.clone(),
            display: display_of(file, base),
            partition: partition_of(file, base),
        })
        .collect();
    Ok(Files { format, files })
}

fn glob_files(pattern: &str) -> Result<Vec<PathBuf>, String> {
    let options =
        glob::MatchOptions { require_literal_leading_dot: true, require_literal_separator: true, ..Default::default() };
    let paths = glob::glob_with(pattern, options).map_err(|error| format!("the pattern is not valid: {error}"))?;
    let mut files = Vec::new();
    for path in paths {
        let path = path.map_err(|error| error.to_string())?;
        // `_SUCCESS`, `_delta_log` and their like are markers of other tools.
        if path.is_file() && !name_of(&path).starts_with(['_', '.']) {
            files.push(path);
        }
    }
    Ok(files)
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().escape_debug().to_string()).unwrap_or_default()
}

fn display_of(file: &Path, base: &Path) -> String {
    file.strip_prefix(base).unwrap_or(file).display().to_string().escape_debug().to_string()
}

/// The format that a file's name tells, whatever its compression.
pub(super) fn format_of(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let stem = [".gz", ".zst"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(&name);
    match stem.rsplit_once('.')?.1 {
        "parquet" | "pq" => Some(Format::Parquet),
        "csv" => Some(Format::Csv),
        "tsv" => Some(Format::Tsv),
        "jsonl" | "ndjson" => Some(Format::JsonLines),
        "json" => Some(Format::Json),
        "avro" => Some(Format::Avro),
        "arrow" | "ipc" | "feather" => Some(Format::Arrow),
        _ => None,
    }
}

fn partition_of(file: &Path, base: &Path) -> Vec<(String, String)> {
    let relative = file.strip_prefix(base).unwrap_or(file);
    let folders = relative.parent().into_iter().flat_map(Path::components);
    folders
        .filter_map(|component| match component {
            Component::Normal(name) => name.to_str()?.split_once('='),
            _ => None,
        })
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_told_by_the_extension_under_the_compression() {
        let format = |name: &str| format_of(Path::new(name));
        assert_eq!(format("a/b.jsonl.gz"), Some(Format::JsonLines));
        assert_eq!(format("B.CSV.ZST"), Some(Format::Csv));
        assert_eq!(format("x.parquet"), Some(Format::Parquet));
        assert_eq!(format("x.gz"), None);
        assert_eq!(format("x"), None);
    }

    #[test]
    fn partitions_are_read_from_the_folders_only() {
        let found = partition_of(Path::new("/d/t/day=2024-01-01/h=3/x=1.parquet"), Path::new("/d"));
        assert_eq!(found, [("day".to_string(), "2024-01-01".to_string()), ("h".to_string(), "3".to_string())]);
    }
}
