//! Pairs of texts that a function explains.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;

use super::evidence::Evidence;
use crate::compare::is_text;

/// As many mismatching rows as a mechanism has to explain before it is worth a proposal.
pub const MIN_ROWS: usize = 8;

/// Returns how many mismatching pairs of texts satisfy a condition.
pub fn count(evidence: &Evidence<'_>, holds: impl Fn(&str, &str) -> bool) -> usize {
    evidence.texts().filter(|(from, to)| holds(from, to)).count()
}

/// Returns whether enough mismatching pairs of texts satisfy a condition.
pub fn is_frequent(evidence: &Evidence<'_>, holds: impl Fn(&str, &str) -> bool) -> bool {
    evidence.texts().filter(|(from, to)| holds(from, to)).nth(MIN_ROWS - 1).is_some()
}

/// Returns the keys that enough pairs have: the most frequent first, then in their order.
pub fn modes<K: Ord>(keys: impl Iterator<Item = K>) -> Vec<(K, usize)> {
    let mut counts: BTreeMap<K, usize> = BTreeMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    let mut modes: Vec<_> = counts.into_iter().filter(|(_, count)| *count >= MIN_ROWS).collect();
    modes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    modes
}

/// Returns the SQL of `value` as text, for a value of this type.
pub fn as_text(data_type: &DataType) -> &'static str {
    if is_text(data_type) { "value" } else { "CAST(value AS VARCHAR)" }
}

/// Returns whether a character is a blank that is no plain one.
pub fn is_special_blank(letter: char) -> bool {
    matches!(letter, '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// Returns whether texts are the same but for the kind of their blanks.
pub fn differ_in_blanks(one: &str, other: &str) -> bool {
    let plain = |letter: char| if is_special_blank(letter) { ' ' } else { letter };
    one != other && one.chars().map(plain).eq(other.chars().map(plain))
}
