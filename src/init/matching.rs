//! Which columns of the two sides are the same thing: by name first, then by what they hold.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::kind::{Kind, is_whole, overlap_of};
use crate::engine::{ColumnProfile, Origin, Overlap, Profile, words};
use crate::spec::{PerSide, Side};

/// Which columns go together, and which are left.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matching {
    /// In the order of the offline columns.
    pub pairs: Vec<Pair>,
    /// Columns that only one side has.
    pub alone: PerSide<Vec<usize>>,
    /// Columns whose names no spec can hold.
    pub unnameable: PerSide<Vec<usize>>,
}

/// A column of each side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pair {
    pub columns: PerSide<usize>,
    /// The name in the spec; no other pair has it.
    pub name: String,
    pub basis: Basis,
    /// `first` is offline.
    pub overlap: Overlap,
}

/// Why two columns go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Basis {
    /// The same path.
    Name,
    /// But for case and punctuation.
    Spelling,
    /// One's name is the end of the other's path, and some values are the same.
    PathEnd,
    /// Both paths end in one name, and some values are the same.
    Leaf,
    /// Nearly all values of one occur in the other.
    Values,
    /// Names as in `PathEnd` or `Leaf`, but hardly a value occurs on both sides.
    NameAlone,
}

/// Matches the columns of both sides, each with at most one of the other.
pub(super) fn match_columns(profiles: &PerSide<Profile>) -> Matching {
    let nameable = |column: &ColumnProfile| {
        column.origin.names().iter().all(|name| !name.is_empty() && !name.chars().any(char::is_control))
    };
    let columns = profiles.as_ref().map(|profile| {
        let all = profile.columns.iter().enumerate();
        all.filter(|(_, column)| nameable(column)).map(|(idx, column)| Candidate::new(idx, column)).collect::<Vec<_>>()
    });
    let mut found: Vec<(Basis, Reverse<u32>, usize, usize, Overlap)> = Vec::new();
    let found_pair = |basis: Basis, overlap: Overlap, offline: &Candidate<'_>, online: &Candidate<'_>| {
        let per_mille = (overlap.jaccard * 1000.0) as u32;
        (basis, Reverse(per_mille), offline.idx, online.idx, overlap)
    };
    for (offline, online) in named_alike(&columns) {
        if !offline.kind.may_be(online.kind) || (offline.is_made() && online.is_made()) {
            continue;
        }
        let overlap = overlap_of(offline.column, online.column);
        let supported = overlap.of_first >= 0.1 || overlap.of_second >= 0.1 || overlap.n_looked_at == 0;
        let basis = match offline.names_as(online) {
            Some(Basis::Name) => Basis::Name,
            Some(Basis::Spelling) => Basis::Spelling,
            Some(basis) if supported => basis,
            Some(_) => Basis::NameAlone,
            None => continue,
        };
        found.push(found_pair(basis, overlap, offline, online));
    }
    // A column that has its very name on the other side goes with that one, whatever else it may hold.
    let settled = found.iter().filter(|(basis, ..)| *basis == Basis::Name);
    let settled: (BTreeSet<usize>, BTreeSet<usize>) =
        settled.map(|(_, _, offline, online, _)| (*offline, *online)).unzip();
    let open = |candidate: &&Candidate<'_>, settled: &BTreeSet<usize>| {
        candidate.tells_by_values() && !settled.contains(&candidate.idx)
    };
    for offline in columns.offline.iter().filter(|candidate| open(candidate, &settled.0)) {
        for online in columns.online.iter().filter(|candidate| open(candidate, &settled.1)) {
            if offline.kind_of_values() == online.kind_of_values() && !(offline.is_made() && online.is_made()) {
                let overlap = overlap_of(offline.column, online.column);
                if holds_the_same(offline.column, online.column, &overlap) {
                    found.push(found_pair(Basis::Values, overlap, offline, online));
                }
            }
        }
    }
    found.sort_by_key(|(basis, jaccard, offline, online, _)| (*basis, *jaccard, *offline, *online));

    let mut taken: PerSide<BTreeSet<usize>> = PerSide::default();
    let mut pairs: Vec<(PerSide<usize>, Basis, Overlap)> = Vec::new();
    for (basis, _, offline, online, overlap) in found {
        if !taken.offline.contains(&offline) && !taken.online.contains(&online) {
            taken.offline.insert(offline);
            taken.online.insert(online);
            pairs.push((PerSide { offline, online }, basis, overlap));
        }
    }
    pairs.sort_by_key(|(columns, _, _)| columns.offline);
    Matching {
        pairs: named(profiles, pairs),
        alone: PerSide::from_fn(|side| alone(&profiles[side], &columns[side], &taken[side])),
        unnameable: PerSide::from_fn(|side| {
            let all = profiles[side].columns.iter().enumerate();
            all.filter(|(_, column)| !nameable(column)).map(|(idx, _)| idx).collect()
        }),
    }
}

/// A column with what is asked of it often.
struct Candidate<'a> {
    idx: usize,
    column: &'a ColumnProfile,
    kind: Kind,
    /// Its path without punctuation and case, then the path without its first part, and so on to the last name.
    spellings: Vec<String>,
}

impl<'a> Candidate<'a> {
    fn new(idx: usize, column: &'a ColumnProfile) -> Self {
        let names = column.origin.names();
        let spellings = (0..names.len())
            .map(|from| names.iter().skip(from).flat_map(|name| words(name)).collect::<String>())
            .filter(|spelling| !spelling.is_empty())
            .collect();
        Self { idx, column, kind: Kind::of(column), spellings }
    }

    /// Whether it is a date that stands in three columns.
    fn is_made(&self) -> bool {
        matches!(self.column.origin, Origin::Date(_))
    }

    fn names_as(&self, other: &Self) -> Option<Basis> {
        if self.column.origin.names() == other.column.origin.names() {
            return Some(Basis::Name);
        }
        let (own, others) = (self.spellings.first()?, other.spellings.first()?);
        if own == others {
            Some(Basis::Spelling)
        } else if self.spellings.contains(others) || other.spellings.contains(own) {
            Some(Basis::PathEnd)
        } else if self.spellings.last() == other.spellings.last() {
            Some(Basis::Leaf)
        } else {
            None
        }
    }

    /// Whether it holds enough values for a common domain to be no coincidence.
    fn tells_by_values(&self) -> bool {
        self.column.values.n_distinct() >= MIN_DISTINCT && self.kind_of_values().is_some()
    }

    /// Columns of one class may be matched by what they hold.
    fn kind_of_values(&self) -> Option<u8> {
        match self.kind {
            Kind::Int if self.column.epochs.is_some() => Some(2),
            Kind::Int | Kind::Number => Some(0),
            // Numbers in quotes.
            Kind::Text if self.column.kinds.numeric_text * 2 > self.column.n_values => Some(0),
            Kind::Text => Some(1),
            Kind::Time(_) => Some(2),
            Kind::List => Some(3),
            Kind::Unknown | Kind::Bool | Kind::Other => None,
        }
    }
}

const MIN_DISTINCT: u64 = 20;

/// Pairs of candidates of which one has the other's last name, or the end of its path. In order.
fn named_alike<'c, 'a>(columns: &'c PerSide<Vec<Candidate<'a>>>) -> Vec<(&'c Candidate<'a>, &'c Candidate<'a>)> {
    // Names without any letter or digit are the same only if they are equal.
    let key = |candidate: &'c Candidate<'a>| match candidate.spellings.last() {
        Some(last) => last.clone(),
        None => candidate.column.origin.dotted(),
    };
    let mut online: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (at, candidate) in columns.online.iter().enumerate() {
        for spelling in candidate.spellings.iter().cloned().chain([key(candidate)]) {
            online.entry(spelling).or_default().insert(at);
        }
    }
    let mut found = Vec::new();
    for candidate in &columns.offline {
        let spellings = candidate.spellings.iter().cloned().chain([key(candidate)]);
        let others: BTreeSet<usize> =
            spellings.filter_map(|spelling| online.get(&spelling)).flatten().copied().collect();
        found.extend(others.into_iter().filter_map(|at| Some((candidate, columns.online.get(at)?))));
    }
    found
}

/// Whether two columns with different names hold the same thing: nearly all values of one occur in the other, and that is
/// no wonder of numbers that lie close together.
fn holds_the_same(offline: &ColumnProfile, online: &ColumnProfile, overlap: &Overlap) -> bool {
    let contained = overlap.of_first.max(overlap.of_second);
    if contained < 0.9 || (overlap.n_looked_at as u64) < MIN_DISTINCT {
        return false;
    }
    if !is_whole(offline) && !is_whole(online) {
        return true;
    }
    // How much of a range a random column would find in the one that contains it.
    let by_chance = |column: &ColumnProfile| {
        let width = column.range.map_or(1.0, |(least, greatest)| greatest - least + 1.0);
        column.values.n_distinct() as f64 / width
    };
    let container = if overlap.of_second >= overlap.of_first { offline } else { online };
    // Two columns of which each identifies its row hold the same numbers on purpose.
    let unique = offline.values.repeated_share() == 0.0 && online.values.repeated_share() == 0.0;
    (unique || by_chance(container) <= 0.5) && overlap.jaccard >= 0.3
}

/// Gives each pair a name: the offline one where it is a plain column, as the model's features are called so.
fn named(profiles: &PerSide<Profile>, pairs: Vec<(PerSide<usize>, Basis, Overlap)>) -> Vec<Pair> {
    let names_of = |side: Side, columns: &PerSide<usize>| -> Vec<String> {
        let column = profiles[side].columns.get(columns[side]);
        column.map(|column| column.origin.names().iter().map(|name| (*name).to_owned()).collect()).unwrap_or_default()
    };
    // Plain names first, so that they keep them.
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by_key(|idx| pairs.get(*idx).map(|(columns, _, _)| names_of(Side::Offline, columns).len() > 1));
    let mut given: BTreeMap<usize, String> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for idx in order {
        let Some((columns, _, _)) = pairs.get(idx) else { continue };
        let (offline, online) = (names_of(Side::Offline, columns), names_of(Side::Online, columns));
        let last = |names: &[String]| names.last().cloned().unwrap_or_default();
        let plain = |names: &[String]| if names.len() == 1 { last(names) } else { String::new() };
        let wanted = [plain(&offline), plain(&online), last(&offline), offline.join("_")];
        let numbered = (2..).map(|n| format!("{}_{n}", offline.join("_")));
        let name = wanted.into_iter().chain(numbered).find(|name| !name.is_empty() && !taken.contains(name));
        let name = name.unwrap_or_default();
        taken.insert(name.clone());
        given.insert(idx, name);
    }
    let named = pairs.into_iter().enumerate().map(|(idx, (columns, basis, overlap))| Pair {
        columns,
        name: given.remove(&idx).unwrap_or_default(),
        basis,
        overlap,
    });
    named.collect()
}

/// Columns that found no partner, without what a date is made of.
fn alone(profile: &Profile, candidates: &[Candidate<'_>], taken: &BTreeSet<usize>) -> Vec<usize> {
    let used: Vec<&Vec<String>> = taken
        .iter()
        .filter_map(|idx| match &profile.columns.get(*idx)?.origin {
            Origin::Date(parts) => Some(parts.iter()),
            Origin::Column(_) => None,
        })
        .flatten()
        .collect();
    let is_part = |origin: &Origin| matches!(origin, Origin::Column(path) if used.contains(&path));
    candidates
        .iter()
        .filter(|candidate| !taken.contains(&candidate.idx) && !candidate.is_made())
        .filter(|candidate| !is_part(&candidate.column.origin))
        .map(|candidate| candidate.idx)
        .collect()
}
