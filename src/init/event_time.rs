//! Which columns tell when a row's event happened.

use std::cmp::Reverse;

use super::kind::{Kind, overlap_of};
use super::matching::Matching;
use crate::engine::{ColumnProfile, Profile, time_words};
use crate::spec::{PerSide, Side};

/// The event time of both sides.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EventTime {
    pub name: String,
    pub columns: PerSide<usize>,
    /// The pair that it is; none if the two columns only lie in the same span of time.
    pub pair: Option<usize>,
}

/// Finds the event time: a pair of times if there is one, else the columns of both sides that are most alike.
pub(super) fn find(profiles: &PerSide<Profile>, matching: &Matching) -> Option<EventTime> {
    of_pairs(profiles, matching).or_else(|| guessed(profiles, matching))
}

fn of_pairs(profiles: &PerSide<Profile>, matching: &Matching) -> Option<EventTime> {
    let candidates = matching.pairs.iter().enumerate().filter_map(|(idx, pair)| {
        let columns = PerSide {
            offline: profiles.offline.columns.get(pair.columns.offline)?,
            online: profiles.online.columns.get(pair.columns.online)?,
        };
        if !is_usable(columns.offline) || !is_usable(columns.online) {
            return None;
        }
        let sound = Side::BOTH.iter().map(|side| sound_of(columns[*side])).max();
        let n_nulls = columns.offline.n_nulls + columns.online.n_nulls;
        Some((Reverse(sound), n_nulls, idx))
    });
    let (_, _, idx) = candidates.min()?;
    let pair = matching.pairs.get(idx)?;
    Some(EventTime { name: pair.name.clone(), columns: pair.columns, pair: Some(idx) })
}

fn guessed(profiles: &PerSide<Profile>, matching: &Matching) -> Option<EventTime> {
    let usable = |side: Side| {
        let alone = matching.alone[side].iter();
        alone
            .filter_map(move |idx| Some((*idx, profiles[side].columns.get(*idx)?)))
            .filter(|(_, column)| is_usable(column))
    };
    let mut found = Vec::new();
    for (offline_idx, offline) in usable(Side::Offline) {
        for (online_idx, online) in usable(Side::Online) {
            if !spans_meet(offline, online) {
                continue;
            }
            let overlap = overlap_of(offline, online);
            let shared = (overlap.of_first.max(overlap.of_second) * 100.0) as u32;
            let sound = sound_of(offline) + sound_of(online);
            found.push((Reverse(shared), Reverse(sound), offline.n_nulls + online.n_nulls, offline_idx, online_idx));
        }
    }
    let (_, _, _, offline, online) = found.into_iter().min()?;
    let taken = |name: &str| matching.pairs.iter().any(|pair| pair.name == name);
    let name = ["event_time".to_owned()].into_iter().chain((2..).map(|n| format!("event_time_{n}")));
    let name = name.into_iter().find(|name| !taken(name))?;
    Some(EventTime { name, columns: PerSide { offline, online }, pair: None })
}

/// Whether a column holds instants in most rows.
fn is_usable(column: &ColumnProfile) -> bool {
    let is_time = Kind::of(column).is_instant() || column.epochs.is_some();
    is_time && column.n_values > column.n_nulls
}

fn sound_of(column: &ColumnProfile) -> u32 {
    column.origin.names().last().map_or(0, |name| time_words(name))
}

fn spans_meet(offline: &ColumnProfile, online: &ColumnProfile) -> bool {
    match (offline.time_range, online.time_range) {
        (Some((offline_from, offline_to)), Some((online_from, online_to))) => {
            offline_from <= online_to && online_from <= offline_to
        }
        _ => false,
    }
}
