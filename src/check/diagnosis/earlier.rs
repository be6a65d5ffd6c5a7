//! Whether a value is one that the same entity had before.

use arrow::array::{Array, UInt32Array};

use super::subject::rows_of;
use crate::compare::{Code, Column, Comparer};
use crate::diagnose::Place;

/// What to look for in earlier rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Earlier {
    pub to: Place,
    /// Rows back at most.
    pub within: usize,
    /// Only rows in which the other value is null, and only the last one that is not.
    pub missing: bool,
}

/// Rows back that are looked at, whatever is asked for.
const MAX_BACK: usize = 16;

impl Earlier {
    fn n_back(self) -> usize {
        self.within.clamp(1, MAX_BACK)
    }

    /// Returns for every row whether its value at `to` agrees with one that its entity had before at the other place.
    ///
    /// Rows of one entity follow one another in the order of time.
    pub fn agrees(self, entities: &[u64], columns: [&Column; 2], comparer: &Comparer) -> Vec<bool> {
        let n_rows = entities.len();
        let from = columns[self.to.other().idx()];
        let mut agrees = vec![false; n_rows];
        let mut codes: Vec<Code> = Vec::new();
        for back in 1..=self.n_back() {
            let is_candidate = |row: &usize| {
                let earlier = row.checked_sub(back);
                let same_entity = earlier.is_some_and(|earlier| entities.get(earlier) == entities.get(*row));
                same_entity
                    && !agrees[*row]
                    && (!self.missing || (row + 1 - back..=*row).all(|between| from.values.is_null(between)))
            };
            let rows: Vec<usize> = (0..n_rows).filter(is_candidate).collect();
            let now = rows_of(columns[self.to.idx()], &indices(rows.iter().copied()));
            let then = rows_of(from, &indices(rows.iter().map(|row| row - back)));
            let pair = match self.to {
                Place::Second => [&then, &now],
                Place::First => [&now, &then],
            };
            codes.clear();
            comparer.codes(pair[0], pair[1], &mut codes);
            for (row, code) in rows.iter().zip(&codes) {
                // Null equals null, but says nothing.
                agrees[*row] = !code.is_mismatch() && columns[self.to.idx()].values.is_valid(*row);
            }
        }
        agrees
    }
}

fn indices(rows: impl Iterator<Item = usize>) -> UInt32Array {
    rows.map(|row| row as u32).collect()
}

/// The last rows of the batches so far, for the batch that follows.
#[derive(Debug, Default)]
pub(super) struct Tail {
    rows: Option<(Vec<u64>, [Column; 2])>,
}

impl Tail {
    /// Returns whether the rows of a batch agree, and keeps what the next batch needs.
    pub fn agrees(
        &mut self,
        earlier: Earlier,
        entities: &[u64],
        columns: [&Column; 2],
        comparer: &Comparer,
    ) -> Vec<bool> {
        let n_rows = entities.len();
        let (entities, columns) = match self.rows.take() {
            None => (entities.to_vec(), [columns[0].clone(), columns[1].clone()]),
            Some((before, [first, second])) => {
                let joined = [super::subject::joined(&first, columns[0]), super::subject::joined(&second, columns[1])];
                ([before.as_slice(), entities].concat(), joined)
            }
        };
        let mut agrees = earlier.agrees(&entities, [&columns[0], &columns[1]], comparer);
        let n_kept = entities.len().min(MAX_BACK);
        let start = entities.len() - n_kept;
        let kept = indices(start..entities.len());
        self.rows = Some((entities[start..].to_vec(), [rows_of(&columns[0], &kept), rows_of(&columns[1], &kept)]));
        agrees.drain(..agrees.len() - n_rows);
        agrees
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int64Array;

    use super::*;
    use crate::spec::{ParseOptions, PerSide, Source, Spec};

    fn comparer() -> Comparer {
        let text = "trueup: 1\nkeys: [id]\noffline: a.csv\nonline: b.csv\nfeatures: [{name: x, type: int64}]\n";
        let source = Source { path: "spec.yaml".into(), text: text.into() };
        let options = ParseOptions { paths: PerSide::default(), variable: &|_| None };
        let spec = Spec::parse(source, &options).expect("the spec has no problem");
        let int = arrow::datatypes::DataType::Int64;
        Comparer::new(&spec.features[0], &int, &int)
    }

    fn column(values: &[Option<i64>]) -> Column {
        Column { values: Arc::new(Int64Array::from(values.to_vec())), unconvertible: None }
    }

    #[test]
    fn a_value_is_found_among_the_entitys_own_rows_and_no_others() {
        let entities = [1, 1, 1, 2, 2];
        let offline = column(&[Some(1), Some(2), Some(3), Some(4), Some(5)]);
        let online = column(&[Some(9), Some(1), Some(1), Some(3), Some(4)]);
        let back = |within| Earlier { to: Place::Second, within, missing: false };
        let agrees = |earlier: Earlier| earlier.agrees(&entities, [&offline, &online], &comparer());
        assert_eq!(agrees(back(1)), [false, true, false, false, true]);
        assert_eq!(agrees(back(2)), [false, true, true, false, true]);
        // The same, in batches of one row.
        let mut tail = Tail::default();
        let one_by_one: Vec<bool> = (0..5)
            .flat_map(|row| {
                let row_only = UInt32Array::from(vec![row]);
                let columns = [rows_of(&offline, &row_only), rows_of(&online, &row_only)];
                tail.agrees(back(2), &entities[row as usize..=row as usize], [&columns[0], &columns[1]], &comparer())
            })
            .collect();
        assert_eq!(one_by_one, [false, true, true, false, true]);
    }

    #[test]
    fn a_fill_takes_the_last_value_that_was_there() {
        let entities = [1, 1, 1, 1];
        let offline = column(&[Some(7), None, None, Some(8)]);
        let online = column(&[Some(7), Some(7), Some(7), Some(7)]);
        let earlier = Earlier { to: Place::Second, within: 3, missing: true };
        assert_eq!(earlier.agrees(&entities, [&offline, &online], &comparer()), [false, true, true, false]);
    }
}
