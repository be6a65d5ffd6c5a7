//! The bytes of one file, decompressed, in a window that its reader moves along.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

use super::error::CaptureError;
use super::pieces::Piece;

/// The longest record that is read. One more byte and it is unreadable, which bounds the memory of a reader.
/// Small in tests, as is the window, so that whatever they read crosses their edges.
pub(super) const MAX_RECORD_BYTES: usize = if cfg!(test) { 4 << 10 } else { 64 << 20 };

const FIRST_WINDOW_BYTES: usize = if cfg!(test) { 16 } else { 128 << 10 };
const BOM: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

/// A window over the bytes of one file that are not consumed yet.
pub(super) struct Source {
    reader: Box<dyn Read + Send>,
    compression: Compression,
    file: String,
    window: Vec<u8>,
    start: usize,
    filled: usize,
    at_end: bool,
    /// The line of the first byte of the window; the first of the piece is 1.
    line: u64,
}

impl Source {
    /// Opens a file, or a piece of a plain one, and skips its BOM. The extension says how it is compressed;
    /// `bytes_read` counts bytes on disk.
    pub fn open(piece: &Piece, bytes_read: Option<Arc<AtomicU64>>) -> Result<Self, CaptureError> {
        let path = &piece.file.path;
        let file = piece.file.display.clone();
        let opened = File::open(path).and_then(|mut opened| match opened.metadata()?.is_dir() {
            true => Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")),
            false => {
                if let Some(range) = &piece.range {
                    opened.seek(SeekFrom::Start(range.start))?;
                }
                Ok(opened)
            }
        });
        let opened = opened.map_err(|source| {
            let reason = match source.kind() {
                io::ErrorKind::NotFound => "no such file".to_string(),
                io::ErrorKind::PermissionDenied => "no permission to read it".to_string(),
                _ => source.to_string(),
            };
            CaptureError::Open { file: file.clone(), reason, source }
        })?;
        let is_empty = opened.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0);
        let n_bytes = piece.range.as_ref().map_or(u64::MAX, |range| range.end - range.start);
        let counted = Counted { inner: opened.take(n_bytes), bytes_read };
        let compression = compression_of(path);
        let fail =
            |source| CaptureError::Read { file: file.clone(), reason: "it cannot be decompressed".into(), source };
        let reader: Box<dyn Read + Send> = match compression {
            // Neither format has an empty stream, and their decoders disagree about one.
            Compression::Gzip | Compression::Zstd if is_empty => {
                let reason = format!("it is empty, and so no {} file", compression.name());
                return Err(CaptureError::Read { file, reason, source: None });
            }
            Compression::None => Box::new(counted),
            Compression::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(64 << 10, counted))),
            Compression::Zstd => Box::new(zstd::Decoder::new(counted).map_err(|error| fail(Some(error)))?),
        };
        let window = vec![0; FIRST_WINDOW_BYTES];
        let mut source = Self { reader, compression, file, window, start: 0, filled: 0, at_end: false, line: 1 };
        source.fill()?;
        if source.available().starts_with(BOM) {
            source.start += BOM.len();
        }
        Ok(source)
    }

    pub fn file(&self) -> &str {
        &self.file
    }

    pub fn line(&self) -> u64 {
        self.line
    }

    /// Whether the window reaches to the end of the file.
    pub fn at_end(&self) -> bool {
        self.at_end
    }

    pub fn available(&self) -> &[u8] {
        self.window.get(self.start..self.filled).unwrap_or_default()
    }

    /// The bytes of a record that [`consume`](Self::consume) gave out, until the window is filled again.
    pub fn bytes(&self, record: &Range<usize>) -> &[u8] {
        self.window.get(record.clone()).unwrap_or_default()
    }

    /// Moves past `n_bytes`, of which the first `n_record` are a record; returns where that lies.
    pub fn consume(&mut self, n_record: usize, n_bytes: usize) -> Range<usize> {
        let n_bytes = n_bytes.min(self.filled - self.start);
        let n_lines = memchr::memchr_iter(b'\n', &self.available()[..n_bytes]).count();
        let record = self.start..self.start + n_record.min(n_bytes);
        self.line += n_lines as u64;
        self.start += n_bytes;
        record
    }

    /// Moves past the next line end, wherever it is.
    pub fn skip_line(&mut self) -> Result<(), CaptureError> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', self.available()) {
                self.consume(0, end + 1);
                return Ok(());
            }
            self.consume(0, usize::MAX);
            if self.at_end {
                return Ok(());
            }
            self.fill()?;
        }
    }

    /// Reads on, so that the window holds at least half as much again, or all to the end of the file.
    ///
    /// # Errors
    /// [`CaptureError::Read`] if the file or its stream breaks.
    pub fn fill(&mut self) -> Result<(), CaptureError> {
        self.window.copy_within(self.start..self.filled, 0);
        self.filled -= self.start;
        self.start = 0;
        if self.filled > self.window.len() / 2 {
            self.window.resize(self.window.len() * 2, 0);
        }
        while self.filled < self.window.len() && !self.at_end {
            match self.reader.read(&mut self.window[self.filled..]) {
                Ok(0) => self.at_end = true,
                Ok(n_bytes) => self.filled += n_bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let reason = self.compression.reason(&error);
                    return Err(CaptureError::Read { file: self.file.clone(), reason, source: Some(error) });
                }
            }
        }
        Ok(())
    }
}

impl Compression {
    fn name(self) -> &'static str {
        match self {
            Self::None => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// What a failed read means. The decoders pass errors of the file through, which have an OS code.
    fn reason(self, error: &io::Error) -> String {
        let name = self.name();
        match (self, error.kind()) {
            (Self::None, _) => error.to_string(),
            _ if error.raw_os_error().is_some() => error.to_string(),
            (_, io::ErrorKind::UnexpectedEof) => format!("its {name} stream breaks off, so the file is cut short"),
            _ => format!("it is no valid {name} file ({error})"),
        }
    }
}

/// Whether a file is read as it is, without decompression.
pub(super) fn is_plain(path: &Path) -> bool {
    compression_of(path) == Compression::None
}

fn compression_of(path: &Path) -> Compression {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some(extension) if extension.eq_ignore_ascii_case("gz") => Compression::Gzip,
        Some(extension) if extension.eq_ignore_ascii_case("zst") => Compression::Zstd,
        Some(_) | None => Compression::None,
    }
}

struct Counted {
    inner: Take<File>,
    bytes_read: Option<Arc<AtomicU64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.inner.read(buffer)?;
        if let Some(bytes_read) = &self.bytes_read {
            bytes_read.fetch_add(n_bytes as u64, Ordering::Relaxed);
        }
        Ok(n_bytes)
    }
}
