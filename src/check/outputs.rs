//! Keeps what a run writes from what it reads.

use std::fs;
use std::path::{Path, PathBuf};

use crate::engine::input_files;
use crate::error::Error;
use crate::spec::{Side, Spec};

/// Refuses outputs that are inputs, before anything is read or written. Only what exists can be lost.
///
/// # Errors
/// [`Error::Overwrites`].
pub(super) fn refuse_inputs(spec: &Spec, base: &Path, outputs: &[PathBuf]) -> Result<(), Error> {
    let existing: Vec<&PathBuf> = outputs.iter().filter(|output| output.exists()).collect();
    if existing.is_empty() {
        return Ok(());
    }
    for side in Side::BOTH {
        let inputs = input_files(spec, side, base);
        let lost = existing.iter().find(|output| inputs.iter().any(|input| is_same_file(input, output)));
        if let Some(output) = lost {
            return Err(Error::Overwrites { path: (*output).clone(), what: format!("an input of the {side} side") });
        }
    }
    Ok(())
}

/// Returns whether two paths name one file, be it by links or by another spelling.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    match (place(one), place(other)) {
        (Some(one_place), Some(other_place)) if one_place == other_place => true,
        _ => is_hard_link(one, other),
    }
}

/// Returns the path without links; the file itself need not exist.
fn place(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    path.canonicalize().ok().or_else(|| Some(folder.canonicalize().ok()?.join(path.file_name()?)))
}

#[cfg(unix)]
fn is_hard_link(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |path: &Path| fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino())).ok();
    identity(one).is_some_and(|found| identity(other) == Some(found))
}

#[cfg(not(unix))]
fn is_hard_link(_: &Path, _: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn one_file_has_many_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a"), "").unwrap();
        fs::write(path("b"), "").unwrap();
        fs::create_dir(path("d")).unwrap();
        fs::hard_link(path("a"), path("hard")).unwrap();
        std::os::unix::fs::symlink("a", path("soft")).unwrap();
        for (one, other, wanted) in [
            ("a", "d/../a", true),
            ("a", "hard", true),
            ("soft", "a", true),
            ("new", "d/../new", true),
            ("a", "b", false),
            ("new", "other", false),
            ("none/a", "none/a", false),
        ] {
            assert_eq!(is_same_file(&path(one), &path(other)), wanted, "{one} {other}");
        }
    }
}
