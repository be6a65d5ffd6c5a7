//! Reads captured requests and stored tables as text: JSON Lines, JSON documents and delimited text, record by record.
//!
//! A record that cannot be read is counted with its file and line, and reading goes on. What would make records vanish
//! uncounted is an error instead: a compressed stream that breaks off, or a JSON document whose brackets do not match.
//!
//! A file is read twice. [`open`] checks every record and learns the types of all fields over all files; the table that
//! it returns decodes only the wanted fields, straight into Arrow arrays. Both passes tell records apart and check them
//! with the same code, so they agree about what is unreadable, even where the fault lies in a field that nobody asks
//! for.
//!
//! # JSON
//! - Fields are united over all records and files, in the order of their first appearance; where one is absent, it is
//!   null. Objects become structs, arrays become lists; a field that is null everywhere has the null type.
//! - Numbers are int64, uint64 or float64, whichever holds every integer exactly and no float overflows; else a decimal
//!   of 38 digits, if it holds every number digit by digit; else text.
//!   `-0` is the integer 0, and -0.0 where the field is a float. `NaN`, `Infinity` and `-Infinity` are floats.
//! - A field with values of several kinds is text: of strings the string, of all other values the JSON as the file has
//!   it. The field's metadata has [`JSON_KEY`], if no list is around it: [`JSON_MIXED`] if some of them are lists or objects, else
//!   [`JSON_SCALARS`]; and [`JSON_KINDS`] says which kinds it had.
//! - Of a repeated field the last value counts, for its type, too.
//! - Unreadable is a record that is no object, is not valid JSON, has invalid UTF-8 or half of a surrogate pair, is
//!   nested more than 128 levels deep, or is longer than 64 MiB.
//! - JSON Lines: every line stands on its own; blank ones and BOMs are no records. A document is a list of objects, one
//!   object, or several one after the other. A bad record in it is unreadable, with the line on which it starts. If its
//!   end cannot be told (brackets that do not match, a text that is not closed on its line, a file that ends early,
//!   anything but `,` between records), that is an error of the file.
//!
//! # Delimited text
//! - The type of a column is int64, uint64, float64, bool (`true`, `True`, `TRUE` …) or else text, whichever keeps
//!   every value: `007` and dates are text. Integers among floats must be exact as floats; no column is a decimal, since
//!   digits beyond these types are mostly names here. `nan`, `NaN`, `inf`, `Inf`, `Infinity` are floats. A column without
//!   any value has the null type.
//! - A value that equals one of the null values is null, quoted or not; but the empty text is null only without quotes.
//! - Columns of several files are united by name; where a file lacks one, it is null. A header that names two columns
//!   alike is an error; a column without a name is named by its place, `column_3`.
//! - Unreadable is a record with too few or too many fields, invalid UTF-8, a carriage return outside quotes, or a
//!   quote that is not closed before a delimiter or line end. Of a record with a bad quote only its first line is given
//!   up, and reading goes on with the next, so that a stray quote does not swallow the good records up to the next
//!   quoted field or the file's end. A record of several lines with a wrong number of fields counts once, and its
//!   reason says which lines it spans.
//! - Blank lines, comment lines and a BOM are no records.

mod delimited;
mod error;
mod json;
mod learn;
mod numbers;
mod pieces;
mod records;
mod scan;
mod source;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::TableProvider;

pub use delimited::CsvOptions;
pub use error::CaptureError;
pub use json::{NoObject, member};

use super::partition::partition_fields;
use json::Layout;
use learn::{FileShape, learn};
use pieces::{Piece, pieces};
use scan::ScanPiece;
use table::CaptureTable;

/// The key of a field's metadata that tells what its texts are.
pub const JSON_KEY: &str = "trueup.json";
/// Its value for texts of which some are lists or objects in JSON, as the file has them: the field had several kinds.
pub const JSON_MIXED: &str = "mixed";
/// Its value for texts of which some are numbers or bools in JSON, and none a list or an object.
pub const JSON_SCALARS: &str = "scalars";
/// The key of a field's metadata that tells of which kinds a text was, in plain words: `texts, numbers`.
pub const JSON_KINDS: &str = "trueup.kinds";

/// How many unreadable records are kept as samples, of each file and in all.
const MAX_UNREADABLE_SAMPLES: usize = 20;

/// A file to read. The extensions `.gz` and `.zst` say that it is compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureFile {
    pub path: PathBuf,
    /// What messages show for it.
    pub display: String,
    /// Hive partitions; they become columns, and win over fields of the same name.
    pub partition: Vec<(String, String)>,
}

/// How records are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// One object a line.
    JsonLines,
    /// A list of objects, one object, or several one after the other.
    Json,
    Csv(CsvOptions),
}

/// A record that no reader can parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    pub file: String,
    /// The line of the file on which the record starts, from 1.
    pub line: u64,
    /// What is wrong, in plain words and without the record's content.
    pub reason: String,
}

/// Files whose records have been counted and typed.
#[derive(Debug)]
pub struct Capture {
    /// Readable records, so the rows of the table.
    pub n_records: u64,
    pub n_unreadable: u64,
    /// The first unreadable records, by file and line.
    pub unreadable: Vec<Unreadable>,
    /// Fields in the order of their first appearance, then the partitions.
    pub schema: SchemaRef,
    /// How many columns come from the records; those behind them are partitions.
    n_fields: usize,
    pieces: Vec<ScanPiece>,
    format: ReadFormat,
    max_records: Option<usize>,
}

impl Capture {
    /// Returns the readable records as a table. Scanning it reads the files again, with bounded memory.
    pub fn into_table(self) -> Arc<dyn TableProvider> {
        let Self { schema, n_fields, pieces, format, max_records, .. } = self;
        Arc::new(CaptureTable { schema, n_fields, pieces, format, max_records })
    }
}

/// The format as both passes use it.
#[derive(Debug, Clone)]
enum ReadFormat {
    Json(Layout),
    Csv(Arc<CsvOptions>),
}

/// Reads every record of all files once. `bytes_read` counts bytes on disk meanwhile, for progress.
///
/// # Errors
/// [`CaptureError`] names the file that cannot be read, or not to its end; of several, the first.
pub fn open(files: Vec<CaptureFile>, format: Format, bytes_read: Arc<AtomicU64>) -> Result<Capture, CaptureError> {
    read(files, format, None, Some(&bytes_read))
}

/// Reads at most the first `n_records` of each file, unreadable ones included. The table has only these.
///
/// # Errors
/// As [`open`], as far as the files are read.
pub fn peek(files: Vec<CaptureFile>, format: Format, n_records: usize) -> Result<Capture, CaptureError> {
    read(files, format, Some(n_records), None)
}

fn read(
    files: Vec<CaptureFile>,
    format: Format,
    max_records: Option<usize>,
    bytes_read: Option<&Arc<AtomicU64>>,
) -> Result<Capture, CaptureError> {
    let format = match format {
        Format::JsonLines => ReadFormat::Json(Layout::Lines),
        Format::Json => ReadFormat::Json(Layout::Document),
        Format::Csv(options) => {
            options.check()?;
            ReadFormat::Csv(Arc::new(options))
        }
    };
    let partitions: Vec<_> = files.iter().map(|file| (file.display.as_str(), file.partition.as_slice())).collect();
    let partitions = partition_fields(&partitions).map_err(|[one, other]| CaptureError::Partitions(one, other))?;
    let pieces = match max_records {
        None => pieces(files, &format),
        Some(_) => files.into_iter().map(|file| Piece { file: Arc::new(file), range: None }).collect(),
    };
    let (mut n_records, mut n_unreadable, mut unreadable) = (0, 0, Vec::new());
    let mut scan_pieces: Vec<ScanPiece> = Vec::with_capacity(pieces.len());
    let mut united: Option<FileShape> = None;
    let mut n_lines_before = 0;
    learn(&pieces, &format, max_records, bytes_read, |piece_idx, learned| {
        let piece = pieces[piece_idx].clone();
        n_records += learned.n_records;
        n_unreadable += learned.n_unreadable;
        if piece.range.as_ref().is_none_or(|range| range.start == 0) {
            n_lines_before = 0;
        }
        let in_file = |bad: Unreadable| Unreadable { line: bad.line + n_lines_before, ..bad };
        let n_wanted = MAX_UNREADABLE_SAMPLES - unreadable.len();
        unreadable.extend(learned.unreadable.into_iter().map(in_file).take(n_wanted));
        n_lines_before += learned.n_lines;
        let names = learned.shape.names();
        scan_pieces.push(ScanPiece {
            piece,
            // Most files have the columns of the file before.
            names: match scan_pieces.last() {
                Some(last) if *last.names == *names => Arc::clone(&last.names),
                Some(_) | None => names.into(),
            },
            n_readable: learned.n_records,
            n_unreadable: learned.n_unreadable,
        });
        match &mut united {
            None => united = Some(learned.shape),
            Some(united) => united.merge(learned.shape),
        }
    })?;
    let is_partition = |field: &Field| partitions.iter().any(|partition| partition.name() == field.name());
    let mut fields: Vec<Field> = united
        .map(|shape| shape.arrow_fields())
        .unwrap_or_default()
        .iter()
        .filter(|field| !is_partition(field))
        .map(|field| field.as_ref().clone())
        .collect();
    let n_fields = fields.len();
    fields.extend(partitions);
    let schema = Arc::new(Schema::new(fields));
    Ok(Capture { n_records, n_unreadable, unreadable, schema, n_fields, pieces: scan_pieces, format, max_records })
}
