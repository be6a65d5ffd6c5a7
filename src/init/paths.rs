//! Paths as they are written in a spec: relative to the folder where it stands.

use std::path::{Component, Path, PathBuf};

/// Returns a path of the working directory as seen from a folder; an absolute path stays as it is. Cannot fail: where no
/// relative path exists, the absolute one is returned. Looks at names only, and so knows nothing of links.
pub(super) fn relative_to(path: &str, base: &Path) -> String {
    if Path::new(path).is_absolute() {
        return path.to_owned();
    }
    let (Ok(target), Ok(base)) = (std::path::absolute(path), std::path::absolute(base)) else { return path.to_owned() };
    between(&normal(&base), &normal(&target))
}

fn between(base: &Path, target: &Path) -> String {
    let base: Vec<Component<'_>> = base.components().collect();
    let target: Vec<Component<'_>> = target.components().collect();
    let n_common = base.iter().zip(&target).take_while(|(base, target)| base == target).count();
    if n_common == 0 {
        return target.iter().collect::<PathBuf>().display().to_string();
    }
    let up = base.iter().skip(n_common).map(|_| "..".to_owned());
    let down = target.iter().skip(n_common).map(|component| component.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

/// Without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => _ = normal.pop(),
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => normal.push(component),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_seen_from_the_folder_of_the_spec() {
        let between = |base: &str, target: &str| between(&normal(Path::new(base)), &normal(Path::new(target)));
        assert_eq!(between("/w/specs", "/w/data/x.parquet"), "../data/x.parquet");
        assert_eq!(between("/w", "/w/./data/**/*.jsonl"), "data/**/*.jsonl");
        assert_eq!(between("/w/a/b", "/w/a/../c"), "../../c");
        assert_eq!(between("/w", "/w"), ".");
        assert_eq!(relative_to("/data/x.csv", Path::new("specs")), "/data/x.csv");
        assert_eq!(relative_to("x.csv", Path::new("specs")), "../x.csv");
    }
}
