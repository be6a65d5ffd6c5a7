//! Which rows of one key pair. Pure: works on numbers of rows, not on rows.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::spec::{EventTimeRule, PerSide, Side};

/// Pairs of nodes: indices into the offline and the online nodes of one key.
///
/// `times` are nanoseconds, strictly ascending on each side. With [`EventTimeRule::Ignore`] each side has at most one node.
/// An online index occurs at most once; an offline one may recur under `as_of` only. Ordered by the online index.
pub(super) fn pair_times(times: PerSide<&[i128]>, rule: EventTimeRule) -> Vec<(usize, usize)> {
    match rule {
        EventTimeRule::Ignore => match (times.offline, times.online) {
            ([], _) | (_, []) => Vec::new(),
            _ => vec![(0, 0)],
        },
        EventTimeRule::AsOf { max_age_ns } => pair_as_of(times, max_age_ns),
        EventTimeRule::Within { ns } => pair_within(times, ns),
    }
}

/// Each online time takes the newest offline time that is not after it, and at most `max_age_ns` older.
fn pair_as_of(times: PerSide<&[i128]>, max_age_ns: Option<i128>) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for (online_idx, time) in times.online.iter().enumerate() {
        let not_after = times.offline.partition_point(|offline| offline <= time);
        let Some(offline_idx) = not_after.checked_sub(1) else { continue };
        if max_age_ns.is_none_or(|max_age| time - times.offline[offline_idx] <= max_age) {
            pairs.push((offline_idx, online_idx));
        }
    }
    pairs
}

/// One to one, the closest first; of equally close pairs the earlier one.
///
/// The closest pair of two sets on a line lies next to each other in their common order, so that each step looks at
/// neighbours only: O(n log n).
fn pair_within(times: PerSide<&[i128]>, ns: i128) -> Vec<(usize, usize)> {
    let mut line: Vec<(i128, Side, usize)> = Vec::with_capacity(times.offline.len() + times.online.len());
    line.extend(times.offline.iter().enumerate().map(|(idx, time)| (*time, Side::Offline, idx)));
    line.extend(times.online.iter().enumerate().map(|(idx, time)| (*time, Side::Online, idx)));
    line.sort_unstable();

    let mut next: Vec<Option<usize>> = (0..line.len()).map(|at| (at + 1 < line.len()).then_some(at + 1)).collect();
    let mut previous: Vec<Option<usize>> = (0..line.len()).map(|at| at.checked_sub(1)).collect();
    let mut taken = vec![false; line.len()];
    let candidate = |first: usize, second: usize| {
        let distance = line[second].0 - line[first].0;
        (line[first].1 != line[second].1 && distance <= ns).then_some(Reverse((distance, first, second)))
    };
    let mut candidates: BinaryHeap<_> = (1..line.len()).filter_map(|at| candidate(at - 1, at)).collect();
    let mut pairs = Vec::new();
    while let Some(Reverse((_, first, second))) = candidates.pop() {
        if taken[first] || taken[second] {
            continue;
        }
        taken[first] = true;
        taken[second] = true;
        pairs.push(match line[first].1 {
            Side::Offline => (line[first].2, line[second].2),
            Side::Online => (line[second].2, line[first].2),
        });
        let (before, after) = (previous[first], next[second]);
        if let Some(before) = before {
            next[before] = after;
        }
        if let Some(after) = after {
            previous[after] = before;
        }
        if let (Some(before), Some(after)) = (before, after) {
            candidates.extend(candidate(before, after));
        }
    }
    pairs.sort_unstable_by_key(|(_, online_idx)| *online_idx);
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(offline: &[i128], online: &[i128], rule: EventTimeRule) -> Vec<(usize, usize)> {
        pair_times(PerSide { offline, online }, rule)
    }

    #[test]
    fn as_of_takes_the_newest_that_is_not_after_and_not_too_old() {
        let rule = EventTimeRule::AsOf { max_age_ns: Some(10) };
        assert_eq!(pairs(&[0, 5, 20], &[4, 5, 6, 19, 30, 31], rule), [(0, 0), (1, 1), (1, 2), (2, 4)]);
        assert_eq!(pairs(&[3], &[2], EventTimeRule::AsOf { max_age_ns: None }), []);
    }

    #[test]
    fn within_pairs_the_closest_first_and_each_row_once() {
        let rule = EventTimeRule::Within { ns: 3 };
        // 10–11 is closest; 8 is then alone, for 13 is five away from it.
        assert_eq!(pairs(&[10, 13], &[8, 11], rule), [(0, 1)]);
        assert_eq!(pairs(&[0, 10], &[1, 12], rule), [(0, 0), (1, 1)]);
        // Equally close: the earlier pair.
        assert_eq!(pairs(&[0, 4], &[2], rule), [(0, 0)]);
        assert_eq!(pairs(&[0], &[0, 1], EventTimeRule::Within { ns: 0 }), [(0, 0)]);
    }

    #[test]
    fn within_agrees_with_trying_every_pair() {
        // The obvious way: of all pairs that are left, take the closest, then the earliest.
        fn naive(offline: &[i128], online: &[i128], ns: i128) -> Vec<(usize, usize)> {
            let mut left: Vec<(i128, i128, i128, usize, usize)> = Vec::new();
            for (i, x) in offline.iter().enumerate() {
                for (j, y) in online.iter().enumerate() {
                    if (x - y).abs() <= ns {
                        left.push(((x - y).abs(), *x.min(y), *x.max(y), i, j));
                    }
                }
            }
            left.sort_unstable();
            let mut found: Vec<(usize, usize)> = Vec::new();
            for (.., i, j) in left {
                if found.iter().all(|(a, b)| *a != i && *b != j) {
                    found.push((i, j));
                }
            }
            found.sort_unstable_by_key(|(_, j)| *j);
            found
        }
        // All sets of times 0 … 6 on each side.
        for offline_bits in 0u32..128 {
            for online_bits in 0u32..128 {
                let times = |bits: u32| (0..7).filter(|bit| bits >> bit & 1 == 1).map(i128::from).collect::<Vec<_>>();
                let (offline, online) = (times(offline_bits), times(online_bits));
                let rule = EventTimeRule::Within { ns: 2 };
                assert_eq!(pairs(&offline, &online, rule), naive(&offline, &online, 2), "{offline:?} {online:?}");
            }
        }
    }
}
