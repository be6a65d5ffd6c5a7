//! Orders rows of one key by what they hold, so that no result hangs on the order in which they were read.

use std::collections::BTreeMap;

use super::cursor::{Cursor, Node, RowRef};
use crate::compare::value_at;
use crate::spec::{PerSide, Side};

/// The features' values of rows, as texts that are equal just where the values are.
pub(super) struct Contents<'a> {
    cursors: &'a PerSide<Cursor>,
}

impl<'a> Contents<'a> {
    pub fn new(cursors: &'a PerSide<Cursor>) -> Self {
        Self { cursors }
    }

    /// The row of a node that is greatest by content.
    pub fn greatest(&self, side: Side, node: &Node) -> RowRef {
        let rows = std::iter::once(node.first).chain(node.rest.iter().copied());
        rows.max_by_cached_key(|row| self.of(side, *row)).unwrap_or(node.first)
    }

    /// Pairs equal rows first, then the rest in the order of their contents, as long as both sides have some.
    pub fn pair_multisets(&self, offline: &Node, online: &Node) -> Vec<(RowRef, RowRef)> {
        let mut by_content: BTreeMap<String, PerSide<Vec<RowRef>>> = BTreeMap::new();
        for (side, node) in [(Side::Offline, offline), (Side::Online, online)] {
            for row in std::iter::once(node.first).chain(node.rest.iter().copied()) {
                by_content.entry(self.of(side, row)).or_default()[side].push(row);
            }
        }
        let mut pairs = Vec::new();
        let mut rest: PerSide<Vec<RowRef>> = PerSide::default();
        for rows in by_content.into_values() {
            let n_equal = rows.offline.len().min(rows.online.len());
            pairs.extend(rows.offline.iter().copied().zip(rows.online.iter().copied()));
            rest.offline.extend(&rows.offline[n_equal..]);
            rest.online.extend(&rows.online[n_equal..]);
        }
        pairs.extend(rest.offline.into_iter().zip(rest.online));
        pairs
    }

    fn of(&self, side: Side, row: RowRef) -> String {
        let cursor = &self.cursors[side];
        let (batch, row) = cursor.row(row);
        let mut content = String::new();
        for slot in cursor.layout().computed.iter().chain(&cursor.layout().recorded).flatten() {
            // JSON quotes and escapes texts, so that no two lists of values run into the same content.
            content.push_str(&value_at(batch.column(slot.values), row).to_string());
            if let Some(texts) = slot.texts {
                content.push_str(&value_at(batch.column(texts), row).to_string());
            }
            content.push('\n');
        }
        content
    }
}

/// `max_by_key` that computes each key once.
trait MaxByCachedKey: Iterator + Sized {
    fn max_by_cached_key<K: Ord>(self, mut key: impl FnMut(&Self::Item) -> K) -> Option<Self::Item> {
        self.map(|item| (key(&item), item)).max_by(|first, second| first.0.cmp(&second.0)).map(|(_, item)| item)
    }
}

impl<I: Iterator> MaxByCachedKey for I {}
