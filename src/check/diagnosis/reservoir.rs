//! A sample of rows that is the same in every run: those whose keys have the smallest hashes.

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::{concat, take};

use crate::engine::row_hashes;

/// The rows with the smallest hashes of all that were offered.
#[derive(Debug)]
pub(super) struct Reservoir {
    limit: usize,
    /// Rows with greater hashes are not among the smallest.
    threshold: u64,
    hashes: Vec<u64>,
    /// Each a list of the same columns.
    chunks: Vec<Vec<ArrayRef>>,
}

impl Reservoir {
    pub fn new(limit: usize) -> Self {
        Self { limit, threshold: u64::MAX, hashes: Vec::new(), chunks: Vec::new() }
    }

    /// Whether a row of this hash may be among the smallest.
    pub fn wants(&self, hash: u64) -> bool {
        hash <= self.threshold
    }

    /// Adds some rows of a batch, whose rows have these hashes.
    pub fn add(&mut self, hashes: &[u64], rows: &[u32], columns: &[ArrayRef]) {
        if rows.is_empty() {
            return;
        }
        self.hashes.extend(rows.iter().filter_map(|row| hashes.get(*row as usize)));
        let rows = UInt32Array::from(rows.to_vec());
        self.chunks.push(columns.iter().map(|column| taken(column, &rows)).collect());
        if self.hashes.len() >= 4 * self.limit {
            self.shrink();
        }
    }

    /// The rows of the sample, in the order of their hashes; none if no row was offered.
    pub fn finish(mut self) -> Option<Vec<ArrayRef>> {
        self.shrink();
        self.chunks.pop()
    }

    fn shrink(&mut self) {
        let Some(first) = self.chunks.first() else { return };
        let columns: Vec<ArrayRef> = (0..first.len())
            .map(|idx| {
                let parts: Vec<&dyn Array> =
                    self.chunks.iter().filter_map(|chunk| chunk.get(idx)).map(AsRef::as_ref).collect();
                concat(&parts).expect("all parts are of one column")
            })
            .collect();
        // Rows of one key come in no order of their own: their values give them one.
        let ties = row_hashes(&columns);
        let mut order: Vec<u32> = (0..self.hashes.len() as u32).collect();
        order.sort_by_key(|row| (self.hashes.get(*row as usize), ties.get(*row as usize)));
        order.truncate(self.limit);
        self.hashes = order.iter().filter_map(|row| self.hashes.get(*row as usize).copied()).collect();
        if self.hashes.len() == self.limit {
            self.threshold = self.hashes.last().copied().unwrap_or(u64::MAX);
        }
        let order = UInt32Array::from(order);
        self.chunks = vec![columns.iter().map(|column| taken(column, &order)).collect()];
    }
}

pub(super) fn taken(column: &ArrayRef, rows: &UInt32Array) -> ArrayRef {
    take(column, rows, None).expect("the rows are rows of the column")
}
