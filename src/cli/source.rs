//! Reads spec files and what they need from the environment.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::output::reason;
use super::{Stop, interrupt};
use crate::check::lint;
use crate::engine::Resources;
use crate::error::Error;
use crate::spec::{ParseOptions, Parsed, PathOverride, PerSide, Source, Spec};

/// A spec, and the folder that its paths are relative to.
pub struct Opened {
    pub spec: Arc<Spec>,
    pub base: PathBuf,
}

/// Reads a spec; `-` is standard input. `paths` are as the user gave them, relative to the working directory.
///
/// Where only some features have problems, the others are held against their data, so that all are told at once.
///
/// # Errors
/// [`Stop::CommandLine`] if the file cannot be read or is no text; [`Error::Problems`] with all problems of the spec.
pub fn open(path: &Path, paths: PerSide<Option<String>>, resources: Resources) -> Result<Opened, Stop> {
    let is_stdin = path == Path::new("-");
    let shown = if is_stdin { "stdin".to_owned() } else { path.display().to_string() };
    let bytes = if is_stdin {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    };
    let bytes = bytes.map_err(|error| Stop::CommandLine(format!("cannot read spec `{shown}`: {}", reason(&error))))?;
    let text = text(&bytes).map_err(|reason| Stop::CommandLine(format!("cannot read spec `{shown}`: {reason}")))?;
    let source = Source { path: shown, text: text.into() };
    let paths = paths.map(|path| path.map(|shown| PathOverride { path: absolute(&shown), shown }));
    let variable = |name: &str| std::env::var(name).ok();
    let base = if is_stdin { None } else { path.parent() };
    let base = base.filter(|base| !base.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    match Spec::read(source, &ParseOptions { paths, variable: &variable }) {
        Parsed::Whole(spec) => Ok(Opened { spec: Arc::new(spec), base }),
        Parsed::Broken(problems) => Err(Stop::Error(Error::Problems(problems))),
        Parsed::Partial(partial) => {
            let spec = Arc::new(partial.spec.clone());
            let further = interrupt::run(resources.threads, async move {
                Ok(match lint(&spec, &base, &resources).await {
                    Err(Error::Problems(problems)) => problems.list,
                    // That data cannot be read is told when the spec has no problem of its own.
                    Ok(()) | Err(_) => Vec::new(),
                })
            })?;
            Err(Stop::Error(Error::Problems(partial.with(further))))
        }
    }
}

/// Returns a path that means the same from every folder. It need not exist, and may be a glob.
fn absolute(path: &str) -> String {
    let absolute = std::path::absolute(path).ok();
    absolute.and_then(|path| path.into_os_string().into_string().ok()).unwrap_or_else(|| path.to_owned())
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count();
        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or_default();
        format!("it is not UTF-8: byte 0x{byte:02x} in line {line}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_is_no_text_is_named_with_its_line() {
        assert_eq!(text(b"a: \xc3\xa9\n"), Ok("a: é\n"));
        assert_eq!(text(b"a\nb\n\xffc"), Err("it is not UTF-8: byte 0xff in line 3".to_owned()));
    }
}
