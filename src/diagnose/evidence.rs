//! What a detector sees of one comparison, in one direction.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;

use super::value::Value;
use crate::spec::FeatureType;

/// Which of the two compared values: offline and online, or computed and recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    First,
    Second,
}

impl Place {
    pub const BOTH: [Self; 2] = [Self::First, Self::Second];

    pub fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    pub fn idx(self) -> usize {
        match self {
            Self::First => 0,
            Self::Second => 1,
        }
    }
}

/// A sample of one comparison's rows, seen as something that happened on the way from `from` to `to`.
///
/// The sample is the same in every run: rows are chosen by the hash of their keys, at most 4,096 mismatching and 1,024
/// matching ones.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// The feature's name, whose words may hint at a unit.
    pub feature: &'a str,
    /// The feature's declared type, else none.
    pub declared: Option<&'a FeatureType>,
    /// Which of the two values `to` is.
    pub to: Place,
    /// The types of the values before they become the declared one: what `value` has in a proposal's SQL.
    pub from_type: &'a DataType,
    pub to_type: &'a DataType,
    /// The units that the spec declares for what each value is made of.
    pub from_unit: Option<&'a str>,
    pub to_unit: Option<&'a str>,
    /// The mismatching rows first, in no order that means anything.
    pub pairs: Vec<Pair<'a>>,
    /// Rows of a few entities in the order of time, matching ones too; empty where an entity has one row only.
    pub histories: &'a [Vec<[Value; 2]>],
    /// A sample of whole rows: this feature's and all other features' values, the n-th of one beside the n-th of another.
    pub shared: &'a [SharedColumn],
    /// This feature's place in `shared`, if it is there.
    pub own: Option<usize>,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    pub from: &'a Value,
    pub to: &'a Value,
    pub is_mismatch: bool,
    /// The row's event time, in nanoseconds since 1970.
    pub time_ns: Option<i128>,
}

/// The values of one feature in the sample of whole rows, by [`Place`].
#[derive(Debug, Clone)]
pub struct SharedColumn {
    pub name: String,
    pub values: [Vec<Value>; 2],
}

impl<'a> Evidence<'a> {
    pub fn mismatches(&self) -> impl Iterator<Item = Pair<'a>> + '_ {
        self.pairs.iter().copied().filter(|pair| pair.is_mismatch)
    }

    pub fn matches(&self) -> impl Iterator<Item = Pair<'a>> + '_ {
        self.pairs.iter().copied().filter(|pair| !pair.is_mismatch)
    }

    pub fn n_mismatches(&self) -> usize {
        self.mismatches().count()
    }

    /// The values of one side in rows of all kinds, as often as they occur; without such a sample, those of the pairs.
    pub fn population(&self, place: Place) -> Box<dyn Iterator<Item = &Value> + '_> {
        match self.own.and_then(|own| self.shared.get(own)) {
            Some(column) if column.values[place.idx()].len() >= 24 => Box::new(column.values[place.idx()].iter()),
            Some(_) | None => {
                Box::new(self.pairs.iter().map(move |pair| if place == self.to { pair.to } else { pair.from }))
            }
        }
    }

    /// The mismatching rows in which both values are numbers and finite.
    pub fn numbers(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.mismatches().filter_map(|pair| {
            let (from, to) = (pair.from.number()?, pair.to.number()?);
            (from.is_finite() && to.is_finite()).then_some((from, to))
        })
    }

    /// The mismatching rows in which both values are integers, or floats and decimals that are.
    pub fn wholes(&self) -> impl Iterator<Item = (i128, i128)> + '_ {
        self.mismatches().filter_map(|pair| Some((pair.from.whole()?, pair.to.whole()?)))
    }

    /// The mismatching rows in which both values are lists.
    pub fn lists(&self) -> impl Iterator<Item = (&'a [Value], &'a [Value])> + '_ {
        self.mismatches().filter_map(|pair| Some((pair.from.list()?, pair.to.list()?)))
    }

    /// The mismatching rows in which both values are texts.
    pub fn texts(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.mismatches().filter_map(|pair| Some((pair.from.text()?, pair.to.text()?)))
    }

    /// How often each value of `to` occurs among the mismatching rows that `of` accepts: the most frequent first, then by value.
    pub fn frequencies(&self, of: impl Fn(&Pair<'a>) -> bool) -> Vec<(&'a Value, usize)> {
        let mut counts: BTreeMap<&Value, usize> = BTreeMap::new();
        for pair in self.mismatches().filter(|pair| of(pair)) {
            *counts.entry(pair.to).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }
}
