//! From a pattern to the files that match it, by a walk below the folder where the pattern's first wildcard stands.
//!
//! Names that are not UTF-8 are found like all others: whoever opens files decides what to do with them.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

/// Where a path leads: to one file or folder, or to all files below `root` that match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Path(PathBuf),
    Pattern { root: PathBuf, pattern: String },
}

/// A folder that could not be walked.
#[derive(Debug)]
pub(super) struct Unwalkable {
    /// Below the root; empty for the root itself.
    pub folder: PathBuf,
    pub error: io::Error,
}

/// Splits a path at its first wildcard. A name with such a character that exists is meant literally.
pub(super) fn target(base: &Path, path: &str) -> Target {
    let mut root = base.to_owned();
    let mut components = Path::new(path).components();
    while let Some(component) = components.next() {
        let next = root.join(component);
        let is_wild = matches!(component, Component::Normal(name) if name.to_string_lossy().contains(['*', '?', '[']));
        if is_wild && next.symlink_metadata().is_err() {
            let rest = Path::new(&component).join(components.as_path());
            let names: Vec<_> = rest.iter().map(|name| name.to_string_lossy()).collect();
            return Target::Pattern { root, pattern: names.join("/") };
        }
        root = next;
    }
    Target::Path(root)
}

/// Returns what below `root` matches and is no folder, sorted. `**` stands for any folders, but for hidden ones and for
/// markers of other tools, such as `_delta_log`; links are followed unless they lead into a circle.
///
/// # Errors
/// The outer one says why the pattern is none, the inner one which folder cannot be read.
pub(super) fn walk(root: &Path, pattern: &str) -> Result<Result<Vec<PathBuf>, Unwalkable>, String> {
    let parse = |text: &str| Pattern::new(text).map_err(|error| format!("the pattern is not valid: {}", error.msg));
    let names: Vec<&str> = pattern.split('/').collect();
    let before = names.iter().take_while(|name| **name != "**");
    let walk = Walk {
        whole: parse(pattern)?,
        folders: before.map(|name| parse(name)).collect::<Result<_, _>>()?,
        is_recursive: names.contains(&"**"),
        last: names.last().copied().unwrap_or_default(),
    };
    let mut found = Vec::new();
    let mut ancestors = Vec::new();
    Ok(walk.enter(root, Path::new(""), &mut ancestors, &mut found).map(|()| {
        found.sort();
        found
    }))
}

/// As shells do: a wildcard matches no leading dot and no separator.
fn options() -> MatchOptions {
    MatchOptions { require_literal_leading_dot: true, require_literal_separator: true, ..MatchOptions::default() }
}

struct Walk<'a> {
    whole: Pattern,
    /// The names before the first `**`.
    folders: Vec<Pattern>,
    is_recursive: bool,
    last: &'a str,
}

impl Walk<'_> {
    fn enter(
        &self,
        folder: &Path,
        relative: &Path,
        ancestors: &mut Vec<PathBuf>,
        found: &mut Vec<PathBuf>,
    ) -> Result<(), Unwalkable> {
        let fail = |error: io::Error| Unwalkable { folder: relative.to_owned(), error };
        let real = folder.canonicalize().map_err(fail)?;
        if ancestors.contains(&real) {
            return Ok(());
        }
        let depth = ancestors.len();
        ancestors.push(real);
        for entry in fs::read_dir(folder).map_err(fail)? {
            let name = entry.map_err(fail)?.file_name();
            let path = folder.join(&name);
            let below = relative.join(&name);
            // A link that leads nowhere is no folder: it is found, and opening it says so.
            if path.is_dir() {
                if self.descends(depth, &name.to_string_lossy()) {
                    self.enter(&path, &below, ancestors, found)?;
                }
            } else if self.names(&below) {
                found.push(path);
            }
        }
        ancestors.pop();
        Ok(())
    }

    fn descends(&self, depth: usize, name: &str) -> bool {
        match self.folders.get(depth) {
            Some(pattern) => {
                (self.is_recursive || depth + 1 < self.folders.len()) && pattern.matches_with(name, options())
            }
            None => self.is_recursive && !name.starts_with('.') && (!name.starts_with('_') || name.contains('=')),
        }
    }

    fn names(&self, below: &Path) -> bool {
        let names: Vec<_> = below.iter().map(|name| name.to_string_lossy()).collect();
        // `_SUCCESS` and its like are markers of other tools, unless they are asked for.
        let is_marker = names.last().is_some_and(|name| name.starts_with(['_', '.']));
        (!is_marker || self.last.starts_with(['_', '.'])) && self.whole.matches_with(&names.join("/"), options())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn found(folder: &Path, pattern: &str) -> Vec<String> {
        let files = walk(folder, pattern).unwrap().unwrap();
        files.iter().map(|file| file.strip_prefix(folder).unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn patterns_match_as_in_a_shell() {
        let folder = folder(&[
            "a.csv",
            "d/b.csv",
            "d/e/c.csv",
            "d/.hidden.csv",
            "d/_marker.csv",
            ".h/x.csv",
            "_delta_log/y.csv",
            "_k=1/z.csv",
        ]);
        for (pattern, wanted) in [
            ("*.csv", &["a.csv"][..]),
            ("*/*.csv", &["_delta_log/y.csv", "_k=1/z.csv", "d/b.csv"]),
            ("**/*", &["_k=1/z.csv", "a.csv", "d/b.csv", "d/e/c.csv"]),
            ("d/**/*.csv", &["d/b.csv", "d/e/c.csv"]),
            ("d/_*.csv", &["d/_marker.csv"]),
            ("d/[bx].csv", &["d/b.csv"]),
            ("d/?.csv", &["d/b.csv"]),
            ("d/b.csv/*", &[]),
        ] {
            assert_eq!(found(folder.path(), pattern), wanted, "{pattern}");
        }
        assert!(walk(folder.path(), "a**").is_err());
    }

    #[test]
    fn a_name_with_wildcards_that_exists_is_literal() {
        let folder = folder(&["d[1]/x?.csv"]);
        let root = folder.path();
        assert_eq!(target(root, "d[1]/x?.csv"), Target::Path(root.join("d[1]/x?.csv")));
        let all = Target::Pattern { root: root.join("d[1]"), pattern: "*/y".into() };
        assert_eq!(target(root, "d[1]/*/y"), all);
        assert_eq!(target(Path::new("elsewhere"), root.join("d[1]/*/y").to_str().unwrap()), all);
        assert_eq!(target(root, "d[2]/x"), Target::Pattern { root: root.to_owned(), pattern: "d[2]/x".into() });
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_into_a_circle_end() {
        let folder = folder(&["d/a.csv"]);
        std::os::unix::fs::symlink("..", folder.path().join("d/up")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("d/lost.csv")).unwrap();
        assert_eq!(found(folder.path(), "**/*.csv"), ["d/a.csv", "d/lost.csv"]);
    }
}
