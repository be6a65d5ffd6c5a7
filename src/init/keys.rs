//! Which columns identify a row on both sides.

use super::kind::{Kind, TimeKind, is_whole};
use super::matching::{Basis, Pair};
use crate::engine::{ColumnProfile, KeyCount, Profile, words};
use crate::spec::{PerSide, Side};

/// The columns that were chosen to identify a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    /// Indices of pairs, in their order.
    pub pairs: Vec<usize>,
    pub counts: PerSide<KeyCount>,
}

impl Key {
    pub fn is_unique(&self) -> bool {
        Side::BOTH.iter().all(|side| self.counts[*side].repeated_share == 0.0)
    }

    /// Whether a part of it has the name of something measured.
    pub fn has_measure(&self, pairs: &[Pair]) -> bool {
        self.pairs.iter().any(|idx| pairs.get(*idx).is_some_and(is_measure))
    }
}

/// What makes a column's key parts those of the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyCast {
    No,
    /// To text, which every value becomes.
    Text,
    /// To an integer: a column of floats that are all whole.
    Int,
}

const MAX_PARTS: usize = 4;
const MAX_COLUMNS: usize = 12;
const MAX_CANDIDATES: usize = 96;
/// Longer texts are prose.
const MAX_CHARS: usize = 64;

/// Returns combinations of pairs that may be keys, those that look most like one first. Empty if no pair can be a part.
pub(super) fn candidates(profiles: &PerSide<Profile>, pairs: &[Pair]) -> Vec<Vec<usize>> {
    let mut parts: Vec<(u32, usize)> =
        pairs.iter().enumerate().filter_map(|(idx, pair)| Some((cost_of(profiles, pair)?, idx))).collect();
    parts.sort_unstable();
    parts.truncate(MAX_COLUMNS);
    let mut found: Vec<(u32, Vec<usize>)> = Vec::new();
    for size in 1..=MAX_PARTS.min(parts.len()) {
        if size == 2 {
            // With one measure more, any rows can be told apart.
            parts.retain(|(_, idx)| pairs.get(*idx).is_some_and(|pair| !is_measure(pair)));
        }
        combine(&parts, size, &mut |combination: &[(u32, usize)]| {
            let mut idxs: Vec<usize> = combination.iter().map(|(_, idx)| *idx).collect();
            idxs.sort_unstable();
            // One column is always worth a look: there may be nothing better.
            if size == 1 || may_be_unique(profiles, pairs, &idxs) {
                found.push((combination.iter().map(|(cost, _)| *cost).sum(), idxs));
            }
        });
    }
    found.sort();
    found.truncate(MAX_CANDIDATES);
    found.into_iter().map(|(_, idxs)| idxs).collect()
}

/// Returns the best of the candidates. `counts` are by candidate.
///
/// A part more is worth it if a key becomes unique by it, unless only few rows share their key without it: these are more
/// likely to be duplicates. In little data a measure may well be unique, which says little: it is the key only if it is
/// unique, nothing else is, and nothing else is named like a key.
pub(super) fn choose(
    profiles: &PerSide<Profile>,
    pairs: &[Pair],
    candidates: Vec<Vec<usize>>,
    counts: &PerSide<Vec<KeyCount>>,
) -> Option<Key> {
    let (mut best, mut best_measure): (Option<(f64, Key)>, Option<(f64, Key)>) = (None, None);
    for (at, idxs) in candidates.into_iter().enumerate() {
        let (Some(offline), Some(online)) = (counts.offline.get(at), counts.online.get(at)) else { continue };
        let key = Key { pairs: idxs, counts: PerSide { offline: *offline, online: *online } };
        let cost: u32 = key.pairs.iter().filter_map(|idx| cost_of(profiles, pairs.get(*idx)?)).sum();
        let surplus = offline.surplus_share.max(online.surplus_share);
        // The root, since a part that leaves a tenth of the surplus is worth it however small that was.
        let penalty = if key.is_unique() { 0.0 } else { 0.05 + surplus.sqrt() };
        let score = f64::from(cost) / 2000.0 + penalty;
        let of_its_kind = if key.has_measure(pairs) { &mut best_measure } else { &mut best };
        if of_its_kind.as_ref().is_none_or(|(least, _)| score < *least) {
            *of_its_kind = Some((score, key));
        }
    }
    let (best, best_measure) = (best.map(|(_, key)| key), best_measure.map(|(_, key)| key));
    let is_sound = |key: &Key| {
        let is_named_so = |idx: &usize| pairs.get(*idx).is_some_and(|pair| is_named_as_key(profiles, pair));
        key.is_unique() || key.pairs.iter().any(is_named_so)
    };
    match (best, best_measure) {
        (Some(best), Some(measure)) if !is_sound(&best) && measure.is_unique() => Some(measure),
        (best, measure) => best.or(measure),
    }
}

/// Calls back with every combination of so many parts, in order.
fn combine(parts: &[(u32, usize)], size: usize, found: &mut impl FnMut(&[(u32, usize)])) {
    fn extend(
        rest: &[(u32, usize)],
        size: usize,
        chosen: &mut Vec<(u32, usize)>,
        found: &mut impl FnMut(&[(u32, usize)]),
    ) {
        if size == 0 {
            return found(chosen);
        }
        for (at, part) in rest.iter().enumerate() {
            chosen.push(*part);
            extend(rest.get(at + 1..).unwrap_or_default(), size - 1, chosen, found);
            chosen.pop();
        }
    }
    extend(parts, size, &mut Vec::with_capacity(size), found);
}

/// Whether there are as many combinations of values as a tenth of the rows, on both sides.
fn may_be_unique(profiles: &PerSide<Profile>, pairs: &[Pair], idxs: &[usize]) -> bool {
    Side::BOTH.iter().all(|side| {
        let columns = idxs.iter().filter_map(|idx| profiles[*side].columns.get(pairs.get(*idx)?.columns[*side]));
        let (mut n_combinations, mut n_rows) = (1.0, 0u64);
        for column in columns {
            n_combinations *= (column.values.n_distinct() + 1) as f64;
            n_rows = n_rows.max(column.n_values);
        }
        n_combinations >= n_rows as f64 / 10.0
    })
}

/// What speaks against a pair as a part of a key; none if it cannot be one. 100 is a part that nothing speaks against.
fn cost_of(profiles: &PerSide<Profile>, pair: &Pair) -> Option<u32> {
    let columns = PerSide {
        offline: profiles.offline.columns.get(pair.columns.offline)?,
        online: profiles.online.columns.get(pair.columns.online)?,
    };
    let casts = casts(columns)?;
    if Side::BOTH.iter().any(|side| columns[*side].max_chars > MAX_CHARS || columns[*side].n_values == 0) {
        return None;
    }
    let mut cost = 100 + name_cost(columns, pair);
    let null_share = |column: &ColumnProfile| column.n_nulls as f64 / (column.n_nulls + column.n_values) as f64;
    let nulls = null_share(columns.offline).max(null_share(columns.online));
    cost += (nulls * 300.0) as u32;
    // Keys that no row of the other side has pair nothing.
    cost += ((1.0 - pair.overlap.of_first.max(pair.overlap.of_second)) * 200.0) as u32;
    cost += if casts.offline == KeyCast::Int || casts.online == KeyCast::Int { 100 } else { 0 };
    cost += if pair.basis == Basis::Values { 20 } else { 0 };
    Some(cost)
}

/// The words in all names of a pair.
fn words_of(columns: PerSide<&ColumnProfile>, pair: &Pair) -> Vec<String> {
    let names = [columns.offline, columns.online].map(|column| column.origin.names().last().map(|name| words(name)));
    names.into_iter().flatten().flatten().chain(words(&pair.name)).collect()
}

const KEY_WORDS: [&str; 7] = ["id", "ids", "key", "uuid", "guid", "pk", "sk"];

fn is_named_as_key(profiles: &PerSide<Profile>, pair: &Pair) -> bool {
    let columns = PerSide {
        offline: profiles.offline.columns.get(pair.columns.offline),
        online: profiles.online.columns.get(pair.columns.online),
    };
    let PerSide { offline: Some(offline), online: Some(online) } = columns else { return false };
    words_of(PerSide { offline, online }, pair).iter().any(|word| KEY_WORDS.contains(&word.as_str()))
}

fn name_cost(columns: PerSide<&ColumnProfile>, pair: &Pair) -> u32 {
    let all = words_of(columns, pair);
    let has = |wanted: &[&str]| all.iter().any(|word| wanted.contains(&word.as_str()));
    let kind = Kind::of(columns.offline);
    if has(&KEY_WORDS) {
        0
    } else if is_measure(pair) {
        300
    } else if has(&["number", "no", "nr", "num", "code", "ref", "sku", "isbn", "iban", "hash", "ticker", "symbol"])
        || matches!(kind, Kind::Time(TimeKind::Date | TimeKind::DateText))
    {
        25
    } else if kind.is_instant() {
        150
    } else {
        100
    }
}

/// Whether a pair's name is that of something measured, which identifies nothing; `value_id` is none.
fn is_measure(pair: &Pair) -> bool {
    const WORDS: [&str; 52] = [
        "age",
        "amount",
        "amt",
        "avg",
        "balance",
        "cost",
        "count",
        "delay",
        "delays",
        "distance",
        "duration",
        "fare",
        "fee",
        "height",
        "idx",
        "index",
        "label",
        "lat",
        "latency",
        "length",
        "lon",
        "max",
        "mean",
        "min",
        "percent",
        "points",
        "pred",
        "prediction",
        "price",
        "prob",
        "probability",
        "qty",
        "quantity",
        "rate",
        "ratio",
        "score",
        "size",
        "speed",
        "sum",
        "target",
        "temp",
        "temperature",
        "total",
        "v",
        "val",
        "value",
        "values",
        "weight",
        "width",
        "x",
        "y",
        "z",
    ];
    let words = words(&pair.name);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    has(&WORDS) && !has(&KEY_WORDS)
}

/// Returns what brings both columns to one key type; none if they cannot be a part of a key.
pub(super) fn casts(columns: PerSide<&ColumnProfile>) -> Option<PerSide<KeyCast>> {
    use KeyCast::{Int, No, Text};
    let cast = |offline, online| Some(PerSide { offline, online });
    let kinds = PerSide { offline: Kind::of(columns.offline), online: Kind::of(columns.online) };
    let is_text = |kind: Kind| {
        matches!(kind, Kind::Text | Kind::Time(TimeKind::DateText | TimeKind::NaiveText | TimeKind::ZonedText))
    };
    match (kinds.offline, kinds.online) {
        (Kind::Int, Kind::Int) => cast(No, No),
        (Kind::Int, Kind::Text) => cast(Text, No),
        (Kind::Text, Kind::Int) => cast(No, Text),
        (Kind::Int, Kind::Number) if is_whole(columns.online) => cast(No, Int),
        (Kind::Number, Kind::Int) if is_whole(columns.offline) => cast(Int, No),
        (Kind::Time(TimeKind::Date), Kind::Time(TimeKind::DateText)) => cast(Text, No),
        (Kind::Time(TimeKind::DateText), Kind::Time(TimeKind::Date)) => cast(No, Text),
        (Kind::Time(offline), Kind::Time(online)) if offline == online => cast(No, No),
        (offline, online) if is_text(offline) && is_text(online) => cast(No, No),
        _ => None,
    }
}
