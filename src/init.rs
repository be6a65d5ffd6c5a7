//! A first spec from two data sets: profile both sides, match their columns, find the key, write it down.
//!
//! What is guessed says so in a comment. The spec runs as it is; what it means is for a person to check.

mod delimiter;
mod event_time;
mod keys;
mod kind;
mod matching;
mod paths;
mod sql;
mod types;
mod write;
mod yaml;

use std::path::PathBuf;

use self::keys::Key;
use self::matching::Matching;
use crate::engine::{KeyCount, Profile, Profiler, Progress, Resources};
use crate::error::Error;
use crate::spec::{CsvOptions, Located, PerSide, Side, Span, Table};

/// From what a first spec is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitOptions {
    /// A file, a folder or a glob; relative to the working directory.
    pub offline: String,
    pub online: String,
    /// The folder where the spec will stand: its paths are written relative to it.
    pub base: PathBuf,
    pub name: Option<String>,
}

/// Reads two data sets and returns the text of a spec that compares them.
///
/// The same data give the same text, however many threads read them. Reads every row, JSON and CSV at most three times,
/// and the first row of each file some times more.
///
/// # Errors
/// [`Error::Input`] and [`Error::Engine`] name the side that cannot be read; [`Error::Init`] says what the sides lack for
/// a spec.
pub async fn init(options: &InitOptions, resources: &Resources, progress: &Progress) -> Result<String, Error> {
    let paths = PerSide { offline: &options.offline, online: &options.online };
    let written = PerSide {
        offline: paths::relative_to(paths.offline, &options.base),
        online: paths::relative_to(paths.online, &options.base),
    };
    let mut tables =
        PerSide { offline: table(paths.offline, &written.offline), online: table(paths.online, &written.online) };
    for side in Side::BOTH {
        tables[side].options.delimiter = delimiter::find(side, &tables[side], &options.base, resources).await;
    }
    let PerSide { offline, online } = &tables;
    let offline = Profiler::open(Side::Offline, offline, &options.base, resources, progress).await?;
    let online = Profiler::open(Side::Online, online, &options.base, resources, progress).await?;
    let profiles = PerSide { offline: offline.profile(progress).await?, online: online.profile(progress).await? };

    let matching = matching::match_columns(&profiles);
    let candidates = keys::candidates(&profiles, &matching.pairs);
    check(&profiles, &matching, &candidates, paths)?;
    let counts = PerSide {
        offline: count(&offline, &profiles.offline, &matching, &candidates, progress).await?,
        online: count(&online, &profiles.online, &matching, &candidates, progress).await?,
    };
    let key = keys::choose(&profiles, &matching.pairs, candidates, &counts);
    Ok(draft(&profiles, &matching, key.as_ref(), &tables, options.name.as_deref()))
}

/// What is written, from what is known. Pure.
fn draft(
    profiles: &PerSide<Profile>,
    matching: &Matching,
    key: Option<&Key>,
    tables: &PerSide<Table>,
    name: Option<&str>,
) -> String {
    let event_time = event_time::find(profiles, matching);
    write::write(&write::Draft { profiles, matching, key, event_time: event_time.as_ref(), tables, name })
}

async fn count(
    profiler: &Profiler,
    profile: &Profile,
    matching: &Matching,
    candidates: &[Vec<usize>],
    progress: &Progress,
) -> Result<Vec<KeyCount>, Error> {
    let of_pair = |idx: &usize| {
        let pair = matching.pairs.get(*idx)?;
        Some(profile.columns.get(pair.columns[profile.side])?.origin.clone())
    };
    let combinations: Vec<_> =
        candidates.iter().map(|candidate| candidate.iter().filter_map(of_pair).collect()).collect();
    profiler.count_keys(&combinations, progress).await
}

fn table(path: &str, from_base: &str) -> Table {
    Table {
        path: Located::new(path.to_owned(), Span::default()),
        expanded_path: from_base.to_owned(),
        format: None,
        options: CsvOptions::default(),
    }
}

/// Tells what the sides lack for a spec.
fn check(
    profiles: &PerSide<Profile>,
    matching: &Matching,
    candidates: &[Vec<usize>],
    paths: PerSide<&String>,
) -> Result<(), Error> {
    let fail = |reason: String| Err(Error::Init { reason });
    for side in Side::BOTH {
        if profiles[side].n_rows == 0 {
            let path = paths[side].escape_debug();
            let unreadable = match profiles[side].n_unreadable {
                0 => String::new(),
                n => format!(", only {n} records that cannot be read"),
            };
            return fail(format!("the {side} input `{path}` has no rows{unreadable}"));
        }
    }
    let seen = || Side::BOTH.map(|side| format!("{side} has {}", seen_columns(&profiles[side]))).join("; ");
    if matching.pairs.is_empty() {
        return fail(format!("the sides have no column in common: {}", seen()));
    }
    if candidates.is_empty() {
        let names: Vec<String> = matching.pairs.iter().map(|pair| format!("`{}`", pair.name.escape_debug())).collect();
        return fail(format!(
            "no column that both sides have can identify a row; in common are {} ({})",
            shortened(&names),
            seen()
        ));
    }
    Ok(())
}

fn seen_columns(profile: &Profile) -> String {
    let names: Vec<String> =
        profile.columns.iter().map(|column| format!("`{}`", column.origin.dotted().escape_debug())).collect();
    // A table that was read with the wrong delimiter is one column with a long name.
    let hint = match profile.columns.as_slice() {
        [only] if only.origin.dotted().contains([';', '\t', '|']) => " (is its delimiter another than the format's?)",
        _ => "",
    };
    if names.is_empty() { "no columns".to_owned() } else { format!("{}{hint}", shortened(&names)) }
}

fn shortened(names: &[String]) -> String {
    const MAX_NAMES: usize = 20;
    let shown: Vec<&str> = names.iter().take(MAX_NAMES).map(String::as_str).collect();
    match names.len().saturating_sub(MAX_NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests;
