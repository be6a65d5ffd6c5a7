//! From a path, a folder or a glob of the spec to the files that it means.

use std::io;
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::walk::{Target, Unwalkable, target, walk};
use crate::error::Error;
use crate::spec::{Format, Side, Spec, Table};

/// The files of one table: at least one, sorted, all of one format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Files {
    pub format: Format,
    pub files: Vec<DataFile>,
}

/// One file. `display` is what messages show: its path below the spec's folder, or the path as the spec writes it where a
/// variable is in that.
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
    let Candidates { files, kind } = candidates(table, base).map_err(fail)?;
    let n_files = files.len();
    // A variable may hold what nobody should read, so that what it stands for is never shown.
    let display = |idx: usize, file: &Path| match (has_variable(table), kind) {
        (false, _) => display_of(file, base),
        (true, Kind::File) => table.path.value.clone(),
        (true, Kind::Folder | Kind::Pattern) => format!("{}, file {} of {n_files}", table.path.value, idx + 1),
    };
    let Some((first, first_format)) = files.first().map(|(file, format)| (display(0, file), *format)) else {
        return Err(fail(match kind {
            Kind::Pattern => "no file matches the pattern".into(),
            Kind::File | Kind::Folder => "the folder holds no file of a known format".into(),
        }));
    };
    if let (Kind::File, [(file, _), ..]) = (kind, files.as_slice()) {
        check_kind(file).map_err(fail)?;
    }
    let format = table.format.or(first_format).ok_or_else(|| {
        fail(
            "the format cannot be told from the extension; say `format:` (parquet, csv, tsv, jsonl, json, avro, arrow)"
                .into(),
        )
    })?;
    let mut found = Vec::with_capacity(n_files);
    for (idx, (file, by_extension)) in files.iter().enumerate() {
        let display = display(idx, file);
        if table.format.is_none() && *by_extension != Some(format) {
            return Err(fail(format!(
                "files of several formats (`{first}`, `{display}`); say `format:` or narrow the path"
            )));
        }
        if file.to_str().is_none() {
            return Err(fail(format!("the name of `{display}` is not UTF-8")));
        }
        check_kind(file).map_err(|reason| fail(format!("`{display}`: {reason}")))?;
        found.push(DataFile { path: file.clone(), display, partition: partition_of(file, base) });
    }
    Ok(Files { format, files: found })
}

/// Returns all files that a side's tables name, as far as they can be found: `find` says what is wrong with the others.
pub fn input_files(spec: &Spec, side: Side, base: &Path) -> Vec<PathBuf> {
    let tables = spec.sides[side].tables.values();
    let found = tables.filter_map(|table| candidates(table, base).ok());
    found.flat_map(|candidates| candidates.files.into_iter().map(|(path, _)| path)).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
    Pattern,
}

/// What a path names, with the format that each file's name tells.
struct Candidates {
    /// Sorted.
    files: Vec<(PathBuf, Option<Format>)>,
    kind: Kind,
}

fn candidates(table: &Table, base: &Path) -> Result<Candidates, String> {
    if [&table.path.value, &table.expanded_path].into_iter().any(|path| is_url(path)) {
        return Err("URLs are not supported; copy the files to a folder, or mount what holds them".into());
    }
    let (files, kind) = match target(base, &table.expanded_path) {
        Target::Path(path) => match std::fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => (files_below(&path, "**/*", table)?, Kind::Folder),
            Ok(_) => (vec![path], Kind::File),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err("no such file or folder; paths are relative to the spec file".into());
            }
            Err(error) => return Err(error.to_string()),
        },
        Target::Pattern { root, pattern } => (files_below(&root, &pattern, table)?, Kind::Pattern),
    };
    let wanted = |by_extension: Option<Format>| match table.format {
        // A folder may hold other things, too; what a pattern or a path names is meant.
        Some(format) => kind != Kind::Folder || by_extension == Some(format) || by_extension.is_none(),
        None => by_extension.is_some() || kind == Kind::File,
    };
    let files = files.into_iter().map(|file| {
        let by_extension = format_of(&file);
        (file, by_extension)
    });
    Ok(Candidates { files: files.filter(|(_, by_extension)| wanted(*by_extension)).collect(), kind })
}

fn files_below(root: &Path, pattern: &str, table: &Table) -> Result<Vec<PathBuf>, String> {
    walk(root, pattern)?.or_else(|Unwalkable { folder, error }| {
        let is_root = folder.as_os_str().is_empty();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if is_root => Ok(Vec::new()),
            _ if is_root || has_variable(table) => Err(format!("one of its folders cannot be read: {error}")),
            _ => Err(format!("its folder `{}` cannot be read: {error}", escaped(&folder))),
        }
    })
}

/// Refuses what is no file: records are read twice, to learn their types and to compare them.
fn check_kind(path: &Path) -> Result<(), String> {
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(()),
        Ok(_) => Err("it is a pipe or a device, which cannot be read twice; write its contents to a file first".into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err("it is a link to a file that is not there".into()),
        Err(error) => Err(error.to_string()),
    }
}

fn has_variable(table: &Table) -> bool {
    table.path.value.contains("${")
}

fn is_url(path: &str) -> bool {
    let is_scheme = |scheme: &str| scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '+');
    path.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme))
}

fn display_of(file: &Path, base: &Path) -> String {
    escaped(file.strip_prefix(base).unwrap_or(file))
}

/// Returns a path as text, with what is no text in it as `\x…`.
fn escaped(path: &Path) -> String {
    let chunks = path.as_os_str().as_encoded_bytes().utf8_chunks();
    chunks.map(|chunk| format!("{}{}", chunk.valid().escape_debug(), chunk.invalid().escape_ascii())).collect()
}

/// The format that a file's name tells, whatever its compression.
pub(super) fn format_of(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
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
        .map(|(key, value)| (decoded(key), decoded(value)))
        .collect()
}

/// Writers of hive partitions write what a path cannot hold, and more, as in a URL: `us%20east`.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), |decoded| decoded.into_owned())
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

    #[test]
    fn partitions_are_percent_decoded() {
        let found = partition_of(Path::new("/d/a%3Db=us%20east%2F1/b=50%/c=%ff/x.csv"), Path::new("/d"));
        let wanted = [("a=b", "us east/1"), ("b", "50%"), ("c", "%ff")];
        assert_eq!(found, wanted.map(|(key, value)| (key.to_string(), value.to_string())));
    }
}
