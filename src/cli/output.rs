//! Where output goes: data to standard output or whole files, everything else to standard error.
//!
//! A file is written beside its place and renamed when it is whole, so that nobody ever sees half of it.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::Error;

/// Where data is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    Stdout,
    File(PathBuf),
}

impl Destination {
    /// Returns at once, before the work, what would keep a file from being written after it.
    ///
    /// # Errors
    /// [`Error::Output`] if the path is a folder or its folder is not there.
    pub fn verify(&self) -> Result<(), Error> {
        match self {
            Self::Stdout => Ok(()),
            Self::File(path) => verify(path),
        }
    }

    /// Writes all of `text`. A reader that has closed standard output has seen enough: that is no error.
    ///
    /// # Errors
    /// [`Error::Output`] if it cannot be written; a file is then as it was before.
    pub fn write(&self, text: &str) -> Result<(), Error> {
        match self {
            Self::Stdout => write_stdout(text),
            Self::File(path) => write_file(path, text),
        }
    }
}

/// Returns an error if `path` cannot be that of a file.
pub fn verify(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Err(failure(path, "it is a folder", None));
    }
    let folder = folder(path);
    match folder.is_dir() {
        true => Ok(()),
        false => Err(failure(path, &format!("there is no folder `{}`", folder.display()), None)),
    }
}

/// Writes lines for people to standard error. Nobody can be told if that fails.
pub fn tell(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes());
    if !text.ends_with('\n') {
        let _ = stderr.write_all(b"\n");
    }
}

/// Tells an error, with the causes that its own message does not repeat.
pub fn tell_error(error: &Error) {
    // Problems show themselves as a compiler would.
    if let Error::Problems(problems) = error {
        return tell(&problems.to_string());
    }
    let mut text = harmless(&format!("error: {error}"));
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        // An error's reason is what its libraries say, told better. What the system says may be more.
        let reason = source.is::<io::Error>().then(|| harmless(&source.to_string()));
        if let Some(reason) = reason.filter(|reason| adds(&text, reason)) {
            text += &format!("\n  caused by: {reason}");
        }
        cause = source.source();
    }
    tell(&text);
}

/// Returns whether a reason says more than the text does, whatever its case.
fn adds(text: &str, reason: &str) -> bool {
    let [text, reason] = [text, reason].map(str::to_lowercase);
    let words = reason.split(" (os error").next().unwrap_or_default();
    !text.contains(words.trim())
}

/// Returns why a file could not be read, in words.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

/// Returns the text without control characters that could steer a terminal; line breaks stay.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => shown.push(c),
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

fn write_stdout(text: &str) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(failure(Path::new("standard output"), &error.to_string(), None))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn write_file(path: &Path, text: &str) -> Result<(), Error> {
    verify(path)?;
    let fail = |error: io::Error| failure(path, &error.to_string(), Some(error));
    // A link stays a link, and a device or a pipe is written to, not replaced.
    let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let existing = fs::metadata(&place).ok();
    if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        return fs::write(&place, text).map_err(fail);
    }
    let mut file = beside(&place, existing.map(|metadata| metadata.permissions())).map_err(fail)?;
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(fail)?;
    file.persist(&place).map(|_| ()).map_err(|error| fail(error.error))
}

/// Opens a file in the same folder, so that renaming it is one step. Dropped, it is removed.
fn beside(place: &Path, permissions: Option<fs::Permissions>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".trueup-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: whatever the process's mask leaves. Otherwise only its owner could read it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder(place))?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    Ok(file)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn failure(path: &Path, reason: &str, source: Option<io::Error>) -> Error {
    Error::Output { path: path.to_owned(), reason: reason.to_owned(), source: source.map(Into::into) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        for text in ["first", "second, longer"] {
            Destination::File(path.clone()).write(text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_named_before_the_work() {
        let folder = tempfile::tempdir().unwrap();
        let error = verify(&folder.path().join("none/report.json")).unwrap_err();
        assert!(error.to_string().contains("there is no folder"), "{error}");
        assert!(verify(folder.path()).unwrap_err().to_string().contains("it is a folder"));
    }
}
