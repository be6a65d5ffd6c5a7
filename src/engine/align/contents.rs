//! Orders rows of one key by what they hold, so that no result hangs on the order in which they were read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::layout::Layout;
use super::cursor::{Node, RowRef};
use crate::compare::value_at;
use crate::spec::{PerSide, Side};

/// Keeps the one row of a node that is greatest by content, as its first.
pub(super) fn keep_greatest(layout: &Layout, node: &mut Node) {
    if node.rest.is_empty() {
        return;
    }
    let mut greatest = content_of(layout, &node.first);
    for row in node.rest.drain(..) {
        let content = content_of(layout, &row);
        if content > greatest {
            greatest = content;
            node.first = row;
        }
    }
}

/// Pairs equal rows first, then the rest in the order of their contents, as long as both sides have some.
pub(super) fn pair_multisets(layouts: &PerSide<Arc<Layout>>, offline: &Node, online: &Node) -> Vec<(RowRef, RowRef)> {
    let mut by_content: BTreeMap<String, PerSide<Vec<&RowRef>>> = BTreeMap::new();
    for (side, node) in [(Side::Offline, offline), (Side::Online, online)] {
        for row in std::iter::once(&node.first).chain(&node.rest) {
            by_content.entry(content_of(&layouts[side], row)).or_default()[side].push(row);
        }
    }
    let mut pairs = Vec::new();
    let mut rest: PerSide<Vec<&RowRef>> = PerSide::default();
    for rows in by_content.into_values() {
        let n_equal = rows.offline.len().min(rows.online.len());
        pairs.extend(rows.offline.iter().copied().zip(rows.online.iter().copied()));
        rest.offline.extend(&rows.offline[n_equal..]);
        rest.online.extend(&rows.online[n_equal..]);
    }
    pairs.extend(rest.offline.into_iter().zip(rest.online));
    pairs.into_iter().map(|(offline, online)| (offline.clone(), online.clone())).collect()
}

/// The features' values of a row, as a text that is equal just where the values are.
fn content_of(layout: &Layout, row: &RowRef) -> String {
    let mut content = String::new();
    for slot in layout.computed.iter().chain(&layout.recorded).flatten() {
        // JSON quotes and escapes texts, so that no two lists of values run into the same content.
        content.push_str(&value_at(row.batch.column(slot.values), row.row).to_string());
        if let Some(texts) = slot.texts {
            content.push_str(&value_at(row.batch.column(texts), row.row).to_string());
        }
        content.push('\n');
    }
    content
}
