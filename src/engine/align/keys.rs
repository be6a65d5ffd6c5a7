//! Keys as a reader sees them, and keys that would match if both sides wrote them alike.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::DataType;
use indexmap::IndexMap;
use twox_hash::XxHash64;

use super::super::layout::Layout;
use crate::compare::{text_at, value_at};
use crate::spec::PerSide;

/// A row's key: the parts by name, in the spec's order.
pub type KeySample = IndexMap<String, serde_json::Value>;

pub(super) fn sample_of(key_names: &[String], batch: &RecordBatch, row: usize) -> KeySample {
    key_names.iter().zip(batch.columns()).map(|(name, values)| (name.clone(), value_at(values, row))).collect()
}

/// A way in which unmatched keys of both sides differ only in how they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFormat {
    /// The key part.
    pub key: String,
    pub way: Way,
    /// How many of the keys looked at, and how many those were at most.
    pub n_keys: u64,
    pub n_looked_at: u64,
    /// One such part as both sides write it.
    pub offline: String,
    pub online: String,
    pub types: PerSide<DataType>,
}

impl KeyFormat {
    /// How SQL makes the part `x` alike on both sides.
    pub fn sql(&self) -> &'static str {
        match self.way {
            // As texts, 7, 7.0 and 007 would still differ.
            Way::Cast if self.is_spelt_differently() && self.has_integer() => "CAST(x AS BIGINT)",
            Way::Cast => "CAST(x AS VARCHAR)",
            Way::Trim => "trim(x)",
            Way::Case => "lower(x)",
            Way::LeadingZeros => "ltrim(x, '0')",
            Way::Several => "ltrim(lower(trim(x)), '0')",
        }
    }

    fn is_spelt_differently(&self) -> bool {
        self.offline != self.online
    }

    fn has_integer(&self) -> bool {
        self.types.offline.is_integer() || self.types.online.is_integer()
    }
}

/// What would make two parts the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    Cast,
    Trim,
    Case,
    LeadingZeros,
    Several,
}

impl Way {
    /// What it is called.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Cast => "after a cast",
            Self::Trim => "after trimming",
            Self::Case => "if case did not matter",
            Self::LeadingZeros => "without leading zeros",
            Self::Several => "after trimming, lower-casing and dropping leading zeros",
        }
    }
}

/// Unmatched keys by the hash of their normal forms: those with the smallest hashes, so that both sides keep the same ones.
pub(super) struct KeySketch {
    types: Vec<DataType>,
    enabled: bool,
    smallest: BTreeMap<u64, Vec<String>>,
}

const SKETCH_SIZE: usize = 1024;

impl KeySketch {
    /// A sketch of the keys of `layout`; it stays empty where both sides' keys can only be written in one way.
    pub fn new(layout: Arc<Layout>, other: &Layout) -> Self {
        let types = |layout: &Layout| -> Vec<DataType> {
            layout.schema.fields().iter().take(layout.n_keys).map(|field| field.data_type().clone()).collect()
        };
        let (own, others) = (types(&layout), types(other));
        let enabled = own.iter().zip(&others).any(|(own, other)| own != other || *own == DataType::Utf8);
        Self { types: own, enabled, smallest: BTreeMap::new() }
    }

    pub fn add(&mut self, batch: &RecordBatch, row: usize) {
        if !self.enabled {
            return;
        }
        let parts: Vec<String> = batch
            .columns()
            .iter()
            .take(self.types.len())
            .map(|values| text_at(values, row).unwrap_or_default())
            .collect();
        let mut hasher = XxHash64::default();
        for part in &parts {
            hasher.write(normal(part).as_bytes());
            hasher.write_u8(0);
        }
        let hash = hasher.finish();
        self.keep(hash, parts);
    }

    fn keep(&mut self, hash: u64, parts: Vec<String>) {
        if let Some(known) = self.smallest.get_mut(&hash) {
            // Two spellings of one key on one side: the smaller one, whichever came first.
            if parts < *known {
                *known = parts;
            }
            return;
        }
        if self.smallest.len() >= SKETCH_SIZE {
            match self.smallest.last_key_value() {
                Some((largest, _)) if hash < *largest => self.smallest.pop_last(),
                _ => return,
            };
        }
        self.smallest.insert(hash, parts);
    }
}

/// Finds how the unmatched keys of both sides would match. Ordered by key part and way.
pub(super) fn key_formats(key_names: &[String], offline: KeySketch, online: KeySketch) -> Vec<KeyFormat> {
    let n_looked_at = offline.smallest.len().min(online.smallest.len()) as u64;
    let mut found: BTreeMap<(usize, Way), KeyFormat> = BTreeMap::new();
    for (hash, offline_parts) in &offline.smallest {
        let Some(online_parts) = online.smallest.get(hash) else { continue };
        for (idx, (offline_part, online_part)) in offline_parts.iter().zip(online_parts).enumerate() {
            let (Some(offline_type), Some(online_type)) = (offline.types.get(idx), online.types.get(idx)) else {
                continue;
            };
            let Some(way) = way_of(offline_part, online_part, offline_type == online_type) else { continue };
            let format = found.entry((idx, way)).or_insert_with(|| KeyFormat {
                key: key_names.get(idx).cloned().unwrap_or_default(),
                way,
                n_keys: 0,
                n_looked_at,
                offline: offline_part.clone(),
                online: online_part.clone(),
                types: PerSide { offline: offline_type.clone(), online: online_type.clone() },
            });
            format.n_keys += 1;
            // A part spelt in two ways says more of what it takes.
            if !format.is_spelt_differently() && offline_part != online_part {
                format.offline.clone_from(offline_part);
                format.online.clone_from(online_part);
            }
        }
    }
    found.into_values().collect()
}

fn way_of(offline: &str, online: &str, same_type: bool) -> Option<Way> {
    if !same_type {
        // Another type writes a value in another way: that is no matter of zeros or case.
        return (normal(offline) == normal(online)).then_some(Way::Cast);
    }
    if offline == online {
        return None;
    }
    let zeros = |text: &str| without_zeros(text).to_string();
    Some(if offline.trim() == online.trim() {
        Way::Trim
    } else if offline.to_lowercase() == online.to_lowercase() {
        Way::Case
    } else if zeros(offline) == zeros(online) {
        Way::LeadingZeros
    } else if normal(offline) == normal(online) {
        Way::Several
    } else {
        // Another part, or a collision of hashes.
        return None;
    })
}

/// What spellings of one key have in common.
fn normal(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    without_zeros(&lower).to_string()
}

fn without_zeros(text: &str) -> &str {
    let text = text.strip_suffix(".0").filter(|whole| whole.bytes().all(|byte| byte.is_ascii_digit())).unwrap_or(text);
    let stripped = text.trim_start_matches('0');
    if stripped.is_empty() && !text.is_empty() { "0" } else { stripped }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A full sketch of the hashes 10, 20 …, each of one part.
    fn full_sketch() -> KeySketch {
        let mut sketch = KeySketch { types: vec![DataType::Utf8], enabled: true, smallest: BTreeMap::new() };
        for idx in 1..=SKETCH_SIZE as u64 {
            sketch.keep(idx * 10, vec!["b".to_string()]);
        }
        sketch
    }

    #[test]
    fn another_spelling_of_a_known_key_evicts_none() {
        let mut sketch = full_sketch();
        sketch.keep(10, vec!["a".to_string()]);
        assert_eq!(sketch.smallest.len(), SKETCH_SIZE);
        assert_eq!(sketch.smallest[&10], ["a"]);
        sketch.keep(10, vec!["c".to_string()]);
        assert_eq!(sketch.smallest[&10], ["a"]);
    }

    #[test]
    fn the_smaller_spelling_wins_for_the_largest_hash_too() {
        let mut sketch = full_sketch();
        let largest = SKETCH_SIZE as u64 * 10;
        sketch.keep(largest, vec!["a".to_string()]);
        assert_eq!(sketch.smallest[&largest], ["a"]);
        sketch.keep(largest + 1, vec!["a".to_string()]);
        sketch.keep(11, vec!["a".to_string()]);
        assert!(!sketch.smallest.contains_key(&largest) && sketch.smallest.contains_key(&11));
        assert_eq!(sketch.smallest.len(), SKETCH_SIZE);
    }

    #[test]
    fn the_simplest_way_is_named() {
        assert_eq!(way_of("7", "7", true), None);
        assert_eq!(way_of("7", "7", false), Some(Way::Cast));
        assert_eq!(way_of("a ", "a", true), Some(Way::Trim));
        assert_eq!(way_of("Ab", "aB", true), Some(Way::Case));
        assert_eq!(way_of("007", "7", true), Some(Way::LeadingZeros));
        assert_eq!(way_of("7.0", "7", true), Some(Way::LeadingZeros));
        assert_eq!(way_of("7.0", "7", false), Some(Way::Cast));
        assert_eq!(way_of("7", "007", false), Some(Way::Cast));
        assert_eq!(way_of("7", "8", false), None);
        assert_eq!(way_of(" 0a", "A", true), Some(Way::Several));
        assert_eq!(way_of("0", "000", true), Some(Way::LeadingZeros));
        assert_eq!(way_of("a", "b", true), None);
    }

    #[test]
    fn a_cast_is_to_a_type_that_writes_both_alike() {
        let sketch = |data_type: DataType, parts: &[&str]| {
            let smallest = (1..).zip(parts.iter().map(|part| vec![part.to_string()])).collect();
            KeySketch { types: vec![data_type], enabled: true, smallest }
        };
        let formats = |offline: KeySketch, online: KeySketch| key_formats(&["id".to_string()], offline, online);
        let advised = |offline: (DataType, &str), online: (DataType, &str)| {
            let formats = formats(sketch(offline.0, &[offline.1]), sketch(online.0, &[online.1]));
            formats.iter().map(|format| (format.way, format.sql())).collect::<Vec<_>>()
        };
        let (bigint, text) = ("CAST(x AS BIGINT)", "CAST(x AS VARCHAR)");
        assert_eq!(advised((DataType::Int64, "7"), (DataType::Float64, "7.0")), [(Way::Cast, bigint)]);
        assert_eq!(advised((DataType::Utf8, "007"), (DataType::Int64, "7")), [(Way::Cast, bigint)]);
        assert_eq!(advised((DataType::Int64, "7"), (DataType::Utf8, "7")), [(Way::Cast, text)]);
        assert_eq!(advised((DataType::Boolean, "true"), (DataType::Utf8, "True")), [(Way::Cast, text)]);
        assert_eq!(advised((DataType::Utf8, "007"), (DataType::Utf8, "7")), [(Way::LeadingZeros, "ltrim(x, '0')")]);
        let padded = formats(sketch(DataType::Int64, &["10", "7", "11"]), sketch(DataType::Utf8, &["10", "07", "11"]));
        let [padded] = padded.as_slice() else { panic!("one way: {padded:?}") };
        assert_eq!((padded.n_keys, padded.offline.as_str(), padded.online.as_str()), (3, "7", "07"));
        assert_eq!(padded.sql(), bigint);
    }
}
