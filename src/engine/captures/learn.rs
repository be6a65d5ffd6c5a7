//! The first pass: every record of every file is checked, counted and typed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use datafusion::arrow::datatypes::{Field, Fields};
use indexmap::IndexMap;

use super::delimited::{self, ColumnShape};
use super::error::CaptureError;
use super::json::{self, ObjectShape};
use super::pieces::Piece;
use super::source::Source;
use super::{CaptureFile, MAX_UNREADABLE_SAMPLES, ReadFormat, Unreadable};

/// What one piece holds.
pub(super) struct Learned {
    pub shape: FileShape,
    /// How many line ends a piece of a file has; not counted where files stay whole.
    pub n_lines: u64,
    pub n_records: u64,
    pub n_unreadable: u64,
    /// Lines are counted from the start of the piece.
    pub unreadable: Vec<Unreadable>,
}

/// The columns of one file.
pub(super) enum FileShape {
    Json(ObjectShape),
    Csv(IndexMap<String, ColumnShape>),
}

impl FileShape {
    /// The names of a delimited file's columns, in the order of its fields.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Json(_) => Vec::new(),
            Self::Csv(columns) => columns.keys().cloned().collect(),
        }
    }

    /// Adds the columns of a later file of the same format.
    pub fn merge(&mut self, later: Self) {
        match (self, later) {
            (Self::Json(shape), Self::Json(later)) => shape.merge(later),
            (Self::Csv(columns), Self::Csv(later)) => {
                later.into_iter().for_each(|(name, shape)| columns.entry(name).or_default().merge(&shape));
            }
            (Self::Json(_), Self::Csv(_)) | (Self::Csv(_), Self::Json(_)) => {}
        }
    }

    pub fn arrow_fields(&self) -> Fields {
        match self {
            Self::Json(shape) => shape.arrow_fields(),
            Self::Csv(columns) => {
                columns.iter().map(|(name, shape)| Field::new(name, shape.data_type(), true)).collect()
            }
        }
    }
}

/// Reads all pieces, several at a time. `add` gets what each holds in the order of the pieces, as soon as it can, so
/// that the columns of many small files are not kept side by side; the result does not depend on the threads.
///
/// # Errors
/// That of the first piece that has one.
pub(super) fn learn(
    pieces: &[Piece],
    format: &ReadFormat,
    max_records: Option<usize>,
    bytes_read: Option<&Arc<AtomicU64>>,
    add: impl FnMut(usize, Learned) + Send,
) -> Result<(), CaptureError> {
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from).min(pieces.len());
    let next = AtomicUsize::new(0);
    // Pieces are taken in their order, so all before one that failed are at least begun, and get finished.
    let failed = AtomicBool::new(false);
    let merge = Mutex::new(InOrder { waiting: BTreeMap::new(), n_added: 0, add, error: None });
    let work = || {
        while !failed.load(Ordering::SeqCst) {
            let piece_idx = next.fetch_add(1, Ordering::SeqCst);
            let Some(piece) = pieces.get(piece_idx) else { return };
            let learned = learn_piece(piece, format, max_records, bytes_read);
            if learned.is_err() {
                failed.store(true, Ordering::SeqCst);
            }
            merge.lock().expect("no thread panics while it holds the lock").push(piece_idx, learned);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..n_threads {
            scope.spawn(work);
        }
        work();
    });
    match merge.into_inner().expect("no thread panics while it holds the lock").error {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Brings results that arrive in any order into that of their pieces, up to the first error.
struct InOrder<F> {
    waiting: BTreeMap<usize, Result<Learned, CaptureError>>,
    n_added: usize,
    add: F,
    error: Option<CaptureError>,
}

impl<F: FnMut(usize, Learned)> InOrder<F> {
    fn push(&mut self, piece_idx: usize, learned: Result<Learned, CaptureError>) {
        self.waiting.insert(piece_idx, learned);
        while self.error.is_none()
            && let Some(learned) = self.waiting.remove(&self.n_added)
        {
            match learned {
                Ok(learned) => (self.add)(self.n_added, learned),
                Err(error) => self.error = Some(error),
            }
            self.n_added += 1;
        }
    }
}

fn learn_piece(
    piece: &Piece,
    format: &ReadFormat,
    max_records: Option<usize>,
    bytes_read: Option<&Arc<AtomicU64>>,
) -> Result<Learned, CaptureError> {
    let source = Source::open(piece, bytes_read.cloned())?;
    let mut counts = Counts { file: &piece.file, n_records: 0, n_unreadable: 0, unreadable: Vec::new() };
    let max_records = max_records.map_or(u64::MAX, |n_records| n_records as u64);
    let (shape, n_lines) = match format {
        ReadFormat::Json(layout) => {
            let mut records = json::Records::new(source, *layout);
            let mut shape = ObjectShape::default();
            while counts.n_all() < max_records
                && let Some(record) = records.next()?
            {
                match record {
                    Ok(object) => {
                        shape.observe(object);
                        counts.n_records += 1;
                    }
                    Err(fault) => counts.add_unreadable(fault.line, fault.reason),
                }
            }
            (FileShape::Json(shape), records.line() - 1)
        }
        ReadFormat::Csv(options) => {
            let mut records = delimited::Records::new(source, Arc::clone(options))?;
            let mut shapes: Vec<ColumnShape> = Vec::new();
            while counts.n_all() < max_records
                && let Some(record) = records.next()?
            {
                match record {
                    Ok(row) => {
                        shapes.resize_with(row.n_fields(), ColumnShape::default);
                        for (column_idx, shape) in shapes.iter_mut().enumerate() {
                            if let Some(value) = row.value(column_idx) {
                                shape.observe(&value);
                            }
                        }
                        counts.n_records += 1;
                    }
                    Err(fault) => counts.add_unreadable(fault.line, fault.reason),
                }
            }
            let shapes = shapes.into_iter().chain(std::iter::repeat(ColumnShape::default()));
            (FileShape::Csv(records.names().iter().cloned().zip(shapes).collect()), 0)
        }
    };
    let Counts { n_records, n_unreadable, unreadable, .. } = counts;
    Ok(Learned { shape, n_lines, n_records, n_unreadable, unreadable })
}

struct Counts<'a> {
    file: &'a CaptureFile,
    n_records: u64,
    n_unreadable: u64,
    unreadable: Vec<Unreadable>,
}

impl Counts<'_> {
    fn n_all(&self) -> u64 {
        self.n_records + self.n_unreadable
    }

    fn add_unreadable(&mut self, line: u64, reason: String) {
        self.n_unreadable += 1;
        if self.unreadable.len() < MAX_UNREADABLE_SAMPLES {
            self.unreadable.push(Unreadable { file: self.file.display.clone(), line, reason });
        }
    }
}
