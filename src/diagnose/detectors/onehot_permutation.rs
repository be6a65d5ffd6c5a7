//! The places of a one-hot vector are in another order.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct OnehotPermutation;

impl Detector for OnehotPermutation {
    fn id(&self) -> &'static str {
        "onehot-permutation"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("onehot_permutation.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let hot = |items: &[Value]| {
            let ones: Vec<usize> =
                items.iter().enumerate().filter(|(_, item)| item.whole() == Some(1)).map(|(idx, _)| idx).collect();
            let zeros = items.iter().filter(|item| item.whole() == Some(0)).count();
            match ones.as_slice() {
                [one] if zeros + 1 == items.len() => Some(*one),
                _ => None,
            }
        };
        let mut by_place: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
        let mut width = 0;
        // Places that mismatching rows tell, and of the matching ones those that no mismatching row has.
        for mismatching in [true, false] {
            let told: Vec<usize> = by_place.keys().copied().collect();
            for pair in evidence.pairs.iter().filter(|pair| pair.is_mismatch == mismatching) {
                if let (Some(from), Some(to)) = (pair.from.list(), pair.to.list())
                    && from.len() == to.len()
                    && let (Some(one), Some(other)) = (hot(from), hot(to))
                    && (mismatching || !told.contains(&one))
                {
                    width = width.max(from.len());
                    *by_place.entry(one).or_default().entry(other).or_default() += 1;
                }
            }
        }
        let mut map: BTreeMap<usize, usize> = BTreeMap::new();
        let (mut mapped, mut seen) = (0_usize, 0_usize);
        for (from, places) in &by_place {
            let total: usize = places.values().sum();
            seen += total;
            if let Some((to, count)) = places.iter().max_by_key(|(_, count)| **count)
                && count * 100 >= total * 95
            {
                map.insert(*from, *to);
                mapped += count;
            }
        }
        if mapped * 10 < seen * 8 {
            return Vec::new();
        }
        let targets: BTreeSet<usize> = map.values().copied().collect();
        if targets.len() != map.len() || map.iter().all(|(from, to)| from == to) || map.len() < 2 || width > 64 {
            return Vec::new();
        }
        // Places that were never hot take what is left, in order.
        let mut free_to: Vec<usize> = (0..width).filter(|place| !targets.contains(place)).rev().collect();
        for place in 0..width {
            if !map.contains_key(&place)
                && let Some(to) = free_to.pop()
            {
                map.insert(place, to);
            }
        }
        let item = |place: usize| format!("value[{}]", place + 1);
        let inverse: Vec<String> = map.values().map(|to| item(*to)).collect();
        let mut turned: Vec<(usize, usize)> = map.iter().map(|(from, to)| (*to, *from)).collect();
        turned.sort_unstable();
        let forward: Vec<String> = turned.iter().map(|(_, from)| item(*from)).collect();
        let places: Vec<usize> = map.values().map(|to| to + 1).collect();
        let summary = format!("{{to}} has the places of {{from}} in the order {places:?}");
        let list = |items: Vec<String>| Some(format!("[{}]", items.join(", ")));
        let bits = (1..=width).map(|n| (n as f64).log2()).sum::<f64>();
        vec![
            Proposal::function(summary, list(forward), list(inverse))
                .parameter("places", places)
                .bits(bits)
                .min_values(2),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    fn hot(place: usize) -> Value {
        Value::List((0..3).map(|idx| Value::from(i64::from(idx == place))).collect())
    }

    #[test]
    fn the_order_of_places_is_found() {
        let pairs: Vec<(Value, Value)> = (0..15).map(|x| (hot(x % 3), hot((x + 2) % 3))).collect();
        let proposals = propose(&OnehotPermutation, &pairs);
        assert!(
            matches!(&proposals[0].test, crate::diagnose::Test::Function { inverse: Some(sql), .. } if sql == "[value[3], value[1], value[2]]")
        );
        let pairs: Vec<(Value, Value)> = (0..15).map(|x| (hot(x % 3), hot(x % 2))).collect();
        assert_eq!(propose(&OnehotPermutation, &pairs), []);
    }
}
