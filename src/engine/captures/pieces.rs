//! What one thread reads at a time: a file, or a part of a large one.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use super::json::Layout;
use super::source::is_plain;
use super::{CaptureFile, ReadFormat};

/// Small in tests, so that they cut most files.
const PIECE_BYTES: u64 = if cfg!(test) { 40 } else { 64 << 20 };

/// A file, or the lines of it within a range of its bytes.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub file: Arc<CaptureFile>,
    pub range: Option<Range<u64>>,
}

/// Cuts plain files of JSON Lines at line ends; only there a line end surely ends a record. All other files stay whole.
pub(super) fn pieces(files: Vec<CaptureFile>, format: &ReadFormat) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(files.len());
    for file in files {
        let file = Arc::new(file);
        let cuts = match format {
            // A file that cannot be cut cannot be read, and reading it says why.
            ReadFormat::Json(Layout::Lines) if is_plain(&file.path) => cuts(&file).unwrap_or_default(),
            ReadFormat::Json(_) | ReadFormat::Csv(_) => Vec::new(),
        };
        if cuts.len() <= 2 {
            pieces.push(Piece { file, range: None });
            continue;
        }
        for ends in cuts.windows(2) {
            pieces.push(Piece { file: Arc::clone(&file), range: Some(ends[0]..ends[1]) });
        }
    }
    pieces
}

/// The ends of the pieces, from 0 to the file's length; each other one lies just behind a line end.
fn cuts(file: &CaptureFile) -> std::io::Result<Vec<u64>> {
    let mut opened = File::open(&file.path)?;
    let metadata = opened.metadata()?;
    let mut cuts = vec![0];
    // Pipes and the like have no length, and cannot be read twice either.
    while metadata.is_file()
        && let target = cuts.last().copied().unwrap_or_default() + PIECE_BYTES
        && target < metadata.len()
    {
        opened.seek(SeekFrom::Start(target))?;
        let skipped = BufReader::new(&mut opened).skip_until(b'\n')?;
        cuts.push((target + skipped as u64).min(metadata.len()));
    }
    if cuts.last() != Some(&metadata.len()) {
        cuts.push(metadata.len());
    }
    Ok(cuts)
}
