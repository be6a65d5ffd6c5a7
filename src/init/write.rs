//! Writes a first spec down. Decides nothing but the wording.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::event_time::EventTime;
use super::keys::{Key, KeyCast, casts};
use super::kind::{Kind, TimeKind};
use super::matching::{Basis, Matching, Pair};
use super::sql;
use super::types::declare;
use super::yaml::{block_scalar, scalar};
use crate::engine::{ColumnProfile, Origin, Profile};
use crate::spec::{PerSide, Side, Table};

/// Everything that a first spec says.
pub(super) struct Draft<'a> {
    pub profiles: &'a PerSide<Profile>,
    pub matching: &'a Matching,
    pub key: Option<&'a Key>,
    pub event_time: Option<&'a EventTime>,
    /// Their expanded paths are relative to the spec.
    pub tables: &'a PerSide<Table>,
    pub name: Option<&'a str>,
}

/// Returns the spec's text. The same draft gives the same text.
pub(super) fn write(draft: &Draft<'_>) -> String {
    let mut text = String::from(
        "# A first spec, written by `trueup init` from what both sides hold. Correct what it guessed.\n\n",
    );
    text.push_str("trueup: 1\n");
    if let Some(name) = draft.name {
        line(&mut text, format_args!("name: {}", scalar(name)), None);
    }
    text.push('\n');
    draft.write_keys(&mut text);
    for side in Side::BOTH {
        text.push('\n');
        draft.write_side(side, &mut text);
    }
    draft.write_features(&mut text);
    draft.write_align(&mut text);
    draft.write_rest(&mut text);
    text
}

impl Draft<'_> {
    fn column(&self, side: Side, idx: usize) -> Option<&ColumnProfile> {
        self.profiles[side].columns.get(idx)
    }

    fn columns_of(&self, pair: &Pair) -> Option<PerSide<&ColumnProfile>> {
        Some(PerSide {
            offline: self.column(Side::Offline, pair.columns.offline)?,
            online: self.column(Side::Online, pair.columns.online)?,
        })
    }

    fn key_pairs(&self) -> impl Iterator<Item = &Pair> {
        self.key.into_iter().flat_map(|key| &key.pairs).filter_map(|idx| self.matching.pairs.get(*idx))
    }

    fn write_keys(&self, text: &mut String) {
        let Some(key) = self.key else { return };
        let names: Vec<String> = self.key_pairs().map(|pair| scalar(&pair.name)).collect();
        let all_seen = key.counts.offline.exact && key.counts.online.exact;
        let far = if all_seen { "" } else { ", as far as rows were compared" };
        let comment = match (key.is_unique(), names.len()) {
            (true, 1) if key.has_measure(&self.matching.pairs) => {
                format!("guessed: nothing else is unique{far}, but by its name it is measured and no key")
            }
            (true, 1) => format!("unique on both sides{far}"),
            (true, _) => format!("guessed: unique together, on both sides{far}"),
            (false, _) => {
                let shares: Vec<String> = Side::BOTH
                    .iter()
                    .filter(|side| key.counts[**side].repeated_share > 0.0)
                    .map(|side| format!("{} of the {side} rows", percent(key.counts[*side].repeated_share)))
                    .collect();
                format!("guessed: the best there is; {} share their key with another", shares.join(" and "))
            }
        };
        line(text, format_args!("keys: [{}]", names.join(", ")), Some(&comment));
        if let Some(event_time) = self.event_time {
            let comment =
                event_time.pair.is_none().then_some("guessed: a column of each side, in the same span of time");
            line(text, format_args!("event_time: {}", scalar(&event_time.name)), comment);
        }
    }

    fn write_side(&self, side: Side, text: &mut String) {
        let n_null = self.key.map_or(0, |key| key.counts[side].n_null);
        if n_null > 0 {
            let rows = if n_null == 1 { "1 row has" } else { &format!("{n_null} rows have") };
            comment(text, &format!("{rows} no key at all; `where` can leave out what is no event of this kind."));
        }
        let entries = self.entries(side);
        let Table { expanded_path, options, .. } = &self.tables[side];
        let path = block_scalar(expanded_path);
        match options.delimiter {
            None if entries.is_empty() => {
                line(text, format_args!("{side}: {path}"), None);
                return;
            }
            None => {
                let _ = writeln!(text, "{side}:\n  tables:\n    {side}: {path}");
            }
            Some(delimiter) => {
                let delimiter = scalar(&char::from(delimiter).to_string());
                let _ = writeln!(text, "{side}:\n  tables:\n    {side}:\n      path: {path}");
                let _ = writeln!(text, "      options: {{delimiter: {delimiter}}}");
            }
        }
        if !entries.is_empty() {
            text.push_str("  columns:\n");
        }
        for Entry { name, sql, comment } in &entries {
            line(text, format_args!("    {}: {}", scalar(name), block_scalar(sql)), comment.as_deref());
        }
        if self.has_epoch(side) && !self.has_naive(side) {
            line(text, format_args!("  assume_tz: UTC"), Some("integers that count from 1970 count in UTC"));
        }
    }

    /// What stands under a side's `columns`.
    fn entries(&self, side: Side) -> Vec<Entry> {
        let mut entries = Vec::new();
        for pair in &self.matching.pairs {
            let Some(column) = self.column(side, pair.columns[side]) else { continue };
            let change = self.change(side, pair);
            let is_own_name = matches!(&column.origin, Origin::Column(path) if *path == [pair.name.clone()]);
            if is_own_name && change == Change::No {
                continue;
            }
            let comment = if is_own_name { None } else { self.reason(side, pair) };
            entries.push(Entry { name: pair.name.clone(), sql: expression(&column.origin, change), comment });
        }
        if let Some(event_time) = self.event_time.filter(|event_time| event_time.pair.is_none())
            && let Some(column) = self.column(side, event_time.columns[side])
        {
            let change = column.epochs.as_ref().map_or(Change::No, |(unit, _)| Change::Time(unit.function()));
            let sql = expression(&column.origin, change);
            entries.push(Entry { name: event_time.name.clone(), sql, comment: None });
        }
        entries
    }

    /// What has to be done to a side's column of a pair.
    fn change(&self, side: Side, pair: &Pair) -> Change {
        let Some(columns) = self.columns_of(pair) else { return Change::No };
        if self.key_pairs().any(|key| key == pair) {
            match casts(columns).map(|casts| casts[side]) {
                Some(KeyCast::Text) => return Change::Text,
                Some(KeyCast::Int) => return Change::Int,
                Some(KeyCast::No) | None => {}
            }
        }
        match &columns[side].epochs {
            Some((unit, _)) if self.reads_epochs(pair) => Change::Time(unit.function()),
            _ => Change::No,
        }
    }

    /// Whether integers of a pair that count from 1970 are read as times.
    fn reads_epochs(&self, pair: &Pair) -> bool {
        let is_event_time = self
            .event_time
            .and_then(|event_time| event_time.pair)
            .is_some_and(|idx| self.matching.pairs.get(idx).is_some_and(|other| other == pair));
        let other_is_time = self
            .columns_of(pair)
            .is_some_and(|columns| Side::BOTH.iter().any(|side| matches!(Kind::of(columns[*side]), Kind::Time(_))));
        let both_count = self
            .columns_of(pair)
            .and_then(|columns| Some((columns.offline.epochs.as_ref()?.0, columns.online.epochs.as_ref()?.0)));
        is_event_time || other_is_time || both_count.is_some_and(|(offline, online)| offline != online)
    }

    fn has_epoch(&self, side: Side) -> bool {
        let of_pair = |pair: &Pair| matches!(self.change(side, pair), Change::Time(_));
        let guessed = self.event_time.filter(|event_time| event_time.pair.is_none());
        let of_guess = guessed.and_then(|event_time| self.column(side, event_time.columns[side]));
        self.matching.pairs.iter().any(of_pair) || of_guess.is_some_and(|column| column.epochs.is_some())
    }

    /// Whether the side's own times are without a zone, which nobody but the reader knows.
    fn has_naive(&self, side: Side) -> bool {
        let paired = self.matching.pairs.iter().map(|pair| pair.columns[side]);
        let guessed = self.event_time.map(|event_time| event_time.columns[side]);
        paired
            .chain(guessed)
            .filter_map(|idx| self.column(side, idx))
            .any(|column| matches!(Kind::of(column), Kind::Time(TimeKind::Naive | TimeKind::NaiveText)))
    }

    /// Why a side's column goes with the other side's; none if the names say it.
    fn reason(&self, side: Side, pair: &Pair) -> Option<String> {
        // Said once, where the online side has a name of its own.
        let online = self.column(Side::Online, pair.columns.online)?;
        let online_differs = !matches!(&online.origin, Origin::Column(path) if *path == [pair.name.clone()]);
        if side == Side::Offline && online_differs {
            return None;
        }
        let (own, others) = match side {
            Side::Offline => (pair.overlap.of_first, pair.overlap.of_second),
            Side::Online => (pair.overlap.of_second, pair.overlap.of_first),
        };
        let other = side.other();
        match pair.basis {
            Basis::Name | Basis::Spelling | Basis::PathEnd => None,
            Basis::Leaf => Some(format!("guessed by its last name; {} of its values also occur {other}", percent(own))),
            Basis::Values if own >= others => {
                Some(format!("guessed: {} of its values also occur {other}", percent(own)))
            }
            Basis::Values => Some(format!("guessed: {} of the {other} values also occur here", percent(others))),
            Basis::NameAlone => Some(match own.max(others) {
                0.0 => format!("guessed by its name alone: none of its values occurs {other}"),
                _ => format!("guessed by its name alone: hardly any of its values occurs {other}"),
            }),
        }
    }

    fn write_features(&self, text: &mut String) {
        text.push_str("\nfeatures:\n");
        let keys: BTreeSet<&str> = self.key_pairs().map(|pair| pair.name.as_str()).collect();
        let mut others: Vec<&Pair> =
            self.matching.pairs.iter().filter(|pair| !keys.contains(pair.name.as_str())).collect();
        if others.is_empty() {
            comment(text, "The sides have nothing but the key in common; a spec needs a feature.");
            others = self.key_pairs().take(1).collect();
        }
        for pair in others {
            let Some(columns) = self.columns_of(pair) else { continue };
            line(text, format_args!("  - name: {}", scalar(&pair.name)), None);
            if keys.contains(pair.name.as_str()) {
                continue;
            }
            let is_time = Side::BOTH.iter().any(|side| matches!(self.change(*side, pair), Change::Time(_)));
            if is_time {
                line(text, format_args!("    type: timestamp"), None);
                continue;
            }
            let declared = declare(columns);
            match &declared.feature_type {
                Some(feature_type) => {
                    line(
                        text,
                        format_args!("    type: {}", type_scalar(&feature_type.to_string())),
                        declared.comment.as_deref(),
                    );
                }
                None => {
                    if let Some(reason) = &declared.comment {
                        let _ = writeln!(text, "    # {reason}");
                    }
                }
            }
        }
    }

    fn write_align(&self, text: &mut String) {
        if self.key.is_none_or(Key::is_unique) {
            return;
        }
        match self.event_time {
            Some(_) => {
                text.push_str("\nalign:\n");
                line(
                    text,
                    format_args!("  duplicates: latest"),
                    Some("of several rows of one key, the newest is compared"),
                );
            }
            None => {
                text.push('\n');
                comment(
                    text,
                    "Rows that share their key are not compared, and a finding counts them. With an `event_time`,",
                );
                comment(text, "`align: {duplicates: latest}` compares the newest of them.");
            }
        }
    }

    /// What the spec leaves out, as comments.
    fn write_rest(&self, text: &mut String) {
        let guessed = self.event_time.filter(|event_time| event_time.pair.is_none());
        for side in Side::BOTH {
            let is_used = |idx: &usize| guessed.is_some_and(|event_time| event_time.columns[side] == *idx);
            let alone = self.matching.alone[side].iter().filter(|idx| !is_used(idx));
            let alone: Vec<String> = alone.filter_map(|idx| Some(shown(self.column(side, *idx)?))).collect();
            if !alone.is_empty() {
                text.push('\n');
                list(text, &format!("Only {side}:"), &alone);
            }
            let unnameable = self.matching.unnameable[side].iter();
            let unnameable: Vec<String> = unnameable.filter_map(|idx| Some(shown(self.column(side, *idx)?))).collect();
            if !unnameable.is_empty() {
                text.push('\n');
                list(text, &format!("Left out {side}, since a name is empty or has control characters:"), &unnameable);
            }
            if self.profiles[side].more_columns {
                text.push('\n');
                let n_columns = self.profiles[side].columns.len();
                comment(text, &format!("The {side} side has more columns than the {n_columns} that were looked at."));
            }
        }
    }
}

struct Entry {
    name: String,
    sql: String,
    comment: Option<String>,
}

/// What `columns` does to a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    No,
    Text,
    Int,
    /// By a function that makes a time of an integer.
    Time(&'static str),
}

fn expression(origin: &Origin, change: Change) -> String {
    let paths: Vec<&[String]> = match origin {
        Origin::Column(path) => vec![path.as_slice()],
        Origin::Date(parts) => parts.iter().map(Vec::as_slice).collect(),
    };
    let is_date = matches!(origin, Origin::Date(_));
    sql::expression(&paths, |names| {
        let names = names.join(", ");
        let value = if is_date { format!("make_date({names})") } else { names };
        match change {
            Change::No => value,
            Change::Text => format!("CAST({value} AS VARCHAR)"),
            Change::Int => format!("CAST({value} AS BIGINT)"),
            Change::Time(function) => format!("{function}({value})"),
        }
    })
}

/// A type as a scalar of block style: `decimal(10,2)` and `list<int64>` are plain, a struct's colons need quotes.
fn type_scalar(feature_type: &str) -> String {
    if feature_type.contains(": ") { scalar(feature_type) } else { feature_type.to_owned() }
}

/// A share as a percentage, which is 0 or 100 only if it is exactly that.
fn percent(share: f64) -> String {
    match (share * 100.0).round() {
        _ if share > 0.0 && share < 0.01 => "under 1 %".to_owned(),
        rounded if rounded >= 100.0 && share < 1.0 => "over 99 %".to_owned(),
        rounded => format!("{rounded} %"),
    }
}

fn shown(column: &ColumnProfile) -> String {
    const MAX_CHARS: usize = 80;
    let name = column.origin.dotted();
    let clipped: String = name.chars().take(MAX_CHARS).collect();
    let dots = if clipped.len() < name.len() { "…" } else { "" };
    // Commas and blanks in a name would read as several names.
    let is_plain = !clipped.is_empty() && clipped.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if is_plain { format!("{clipped}{dots}") } else { format!("\"{}{dots}\"", clipped.escape_debug()) }
}

fn line(text: &mut String, content: std::fmt::Arguments<'_>, comment: Option<&str>) {
    let _ = match comment {
        Some(comment) => writeln!(text, "{content} # {comment}"),
        None => writeln!(text, "{content}"),
    };
}

fn comment(text: &mut String, sentence: &str) {
    let _ = writeln!(text, "# {sentence}");
}

/// Writes names as a comment, in lines that are not too long.
fn list(text: &mut String, heading: &str, names: &[String]) {
    const MAX_WIDTH: usize = 110;
    let mut current = format!("# {heading}");
    for (idx, name) in names.iter().enumerate() {
        let separator = if idx + 1 < names.len() { "," } else { "" };
        if current.chars().count() + name.chars().count() + 2 > MAX_WIDTH {
            let _ = writeln!(text, "{current}");
            current = "#  ".to_owned();
        }
        current.push_str(&format!(" {name}{separator}"));
    }
    let _ = writeln!(text, "{current}");
}
