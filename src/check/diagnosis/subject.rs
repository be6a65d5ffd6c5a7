//! The sample of one comparison, ready for detectors and for trying what they propose.

use arrow::array::{Array, ArrayRef, StringArray, UInt32Array};
use arrow::compute::{cast, concat};
use arrow::datatypes::DataType;

use super::gather::Gathered;
use super::reservoir::taken;
use crate::check::comparison::{Comparison, Source, sources};
use crate::compare::{Code, Column, is_text, nanoseconds_at, text_at};
use crate::diagnose::sql::identifier;
use crate::diagnose::{Evidence, Pair, Place, SharedColumn, Value};
use crate::engine::{Planned, Rows};
use crate::report::Stage;
use crate::spec::{Feature, Side, Spec};

/// Rows of the sample of whole rows that count as what the population looks like.
const POPULATION: usize = 1024;

/// One comparison's sample: first mismatching rows, then rows of all kinds.
pub(super) struct Subject<'a> {
    /// The comparison's place in the list.
    pub comparison: usize,
    pub stage: Stage,
    pub feature: &'a Feature,
    /// The types of the values before they become the declared one.
    pub raw_types: [DataType; 2],
    pub columns: [Column; 2],
    /// The values as they were, as far as that is still known.
    pub raw: [Column; 2],
    pub values: [Vec<Value>; 2],
    pub times: Vec<Option<i128>>,
    pub is_mismatch: Vec<bool>,
    /// How many rows, from the first on, were sampled because they mismatch.
    pub n_mismatching: usize,
}

impl<'a> Subject<'a> {
    /// None if nothing mismatches, or if the rows were not kept.
    pub fn new(
        spec: &'a Spec,
        planned: &Planned,
        comparison: (usize, &Comparison),
        gathered: &Gathered,
    ) -> Option<Self> {
        let (idx, comparison) = comparison;
        let (mismatching, times) = gathered.mismatches.get(idx)?.as_ref()?;
        let feature = spec.features.get(comparison.feature)?;
        let n_mismatching = mismatching[0].values.len();
        let [first, second] = sources(comparison.stage);
        let raw_type = |source: Source| planned.raw_type(source.side, comparison.feature, source.recorded).cloned();
        let raw_types = [raw_type(first)?, raw_type(second)?];
        let mut columns = mismatching.clone();
        let mut times = times_of(times);
        if let Some((population, rows)) = population(comparison, gathered) {
            columns = [joined(&columns[0], &population[0]), joined(&columns[1], &population[1])];
            times.extend(rows.event_time().map_or_else(Vec::new, |time| times_of(&time.values)));
        }
        let n_rows = columns[0].values.len();
        times.resize(n_rows, None);
        let mut codes = Vec::with_capacity(n_rows);
        comparison.comparer.codes(&columns[0], &columns[1], &mut codes);
        let raw = [0, 1].map(|place| raw_column(&columns[place], &raw_types[place]));
        let values = [0, 1].map(|place| values_of(&columns[place], &raw_types[place]));
        Some(Self {
            comparison: idx,
            stage: comparison.stage,
            feature,
            raw_types,
            columns,
            raw,
            values,
            times,
            is_mismatch: codes.into_iter().map(Code::is_mismatch).collect(),
            n_mismatching,
        })
    }

    pub fn n_rows(&self) -> usize {
        self.is_mismatch.len()
    }

    /// The side on which the value of a place is computed or recorded.
    pub fn side(&self, place: Place) -> Side {
        sources(self.stage)[place.idx()].side
    }

    /// The other features that an expression reads, in the rows of all kinds; none if it reads none.
    pub fn others(&self, spec: &Spec, gathered: &Gathered, sql: &str) -> Option<Vec<(String, [Option<Column>; 2])>> {
        let pairs = gathered.pairs.as_ref().filter(|_| matches!(self.stage, Stage::Inputs | Stage::EndToEnd))?;
        let n_rows = self.n_rows() - self.n_mismatching;
        let named = features_read(spec, sql).into_iter().filter_map(|idx| {
            let name = spec.features.get(idx)?.name.value.clone();
            Some((
                name,
                [&pairs.offline, &pairs.online].map(|rows| rows.computed(idx).map(|column| head(&column, n_rows))),
            ))
        });
        let named: Vec<_> = named.collect();
        (!named.is_empty()).then_some(named)
    }

    /// What a detector sees in one direction; of the mismatching rows those that `open` holds.
    pub fn evidence<'s>(
        &'s self,
        to: Place,
        open: &[bool],
        units: [Option<&'s str>; 2],
        shared: &'s [SharedColumn],
        histories: &'s [Vec<[Value; 2]>],
    ) -> Evidence<'s> {
        let from = to.other();
        let rows = (0..self.n_rows()).filter(|row| {
            if *row < self.n_mismatching {
                open.get(*row) == Some(&true)
            } else {
                self.is_mismatch.get(*row) == Some(&false)
            }
        });
        let pairs = rows.filter_map(|row| {
            Some(Pair {
                from: self.values[from.idx()].get(row)?,
                to: self.values[to.idx()].get(row)?,
                is_mismatch: row < self.n_mismatching,
                time_ns: self.times.get(row).copied().flatten(),
            })
        });
        Evidence {
            feature: &self.feature.name.value,
            declared: self.feature.data_type.as_ref().map(|declared| &declared.value),
            to,
            from_type: &self.raw_types[from.idx()],
            to_type: &self.raw_types[to.idx()],
            from_unit: units[from.idx()],
            to_unit: units[to.idx()],
            pairs: pairs.collect(),
            histories,
            shared,
            own: shared.iter().position(|column| column.name == self.feature.name.value),
        }
    }
}

/// Rows of all kinds: the two columns, and the rows that have the times.
fn population<'g>(comparison: &Comparison, gathered: &'g Gathered) -> Option<([Column; 2], &'g Rows)> {
    let (offline, online) = match comparison.stage {
        Stage::Inputs | Stage::EndToEnd => {
            let pairs = gathered.pairs.as_ref()?;
            (&pairs.offline, &pairs.online)
        }
        Stage::Training => (gathered.sides.offline.as_ref()?, gathered.sides.offline.as_ref()?),
        Stage::Serving => (gathered.sides.online.as_ref()?, gathered.sides.online.as_ref()?),
    };
    let [first, second] = sources(comparison.stage);
    let columns = [first.column(offline, comparison.feature)?, second.column(online, comparison.feature)?];
    Some((columns.map(|column| head(&column, POPULATION)), offline))
}

/// The first rows of a column.
fn head(column: &Column, n_rows: usize) -> Column {
    let n_rows = n_rows.min(column.values.len());
    Column {
        values: column.values.slice(0, n_rows),
        unconvertible: column.unconvertible.as_ref().map(|texts| texts.slice(0, n_rows)),
    }
}

pub(super) fn joined(first: &Column, second: &Column) -> Column {
    let values = concat(&[&first.values, &second.values]).expect("both are of one column");
    let texts = |column: &Column| match &column.unconvertible {
        Some(texts) => texts.clone(),
        None => StringArray::new_null(column.values.len()),
    };
    let unconvertible = (first.unconvertible.is_some() || second.unconvertible.is_some())
        .then(|| texts(first).iter().chain(texts(second).iter()).collect());
    Column { values, unconvertible }
}

pub(super) fn rows_of(column: &Column, rows: &UInt32Array) -> Column {
    let texts = column.unconvertible.as_ref();
    Column {
        values: taken(&column.values, rows),
        unconvertible: texts.map(|texts| {
            rows.iter()
                .map(|row| Some(row? as usize).filter(|row| texts.is_valid(*row)).map(|row| texts.value(row)))
                .collect()
        }),
    }
}

pub(super) fn times_of(times: &ArrayRef) -> Vec<Option<i128>> {
    let is_time = matches!(times.data_type(), DataType::Timestamp(..) | DataType::Date32);
    (0..times.len()).map(|row| (is_time && times.is_valid(row)).then(|| nanoseconds_at(times, row))).collect()
}

/// The values before they became the declared type. What was text and could be converted is written anew.
fn raw_column(column: &Column, raw_type: &DataType) -> Column {
    let Some(texts) = &column.unconvertible else {
        let values = match cast(&column.values, raw_type) {
            Ok(values) if values.null_count() == column.values.null_count() => values,
            Ok(_) | Err(_) => column.values.clone(),
        };
        return Column { values, unconvertible: None };
    };
    let rows = 0..column.values.len();
    let raw: StringArray = rows
        .map(|row| if texts.is_valid(row) { Some(texts.value(row).to_owned()) } else { text_at(&column.values, row) })
        .collect();
    let raw: ArrayRef = std::sync::Arc::new(raw);
    let values = cast(&raw, raw_type).unwrap_or(raw);
    Column { values, unconvertible: None }
}

fn values_of(column: &Column, raw_type: &DataType) -> Vec<Value> {
    let raw = column.unconvertible.as_ref().filter(|_| !is_text(raw_type)).map(|_| raw_column(column, raw_type));
    let value = |row: usize| match (&column.unconvertible, &raw) {
        (Some(texts), Some(raw)) if texts.is_valid(row) && raw.values.is_valid(row) => Value::at(&raw.values, row),
        _ => Value::of(column, row),
    };
    (0..column.values.len()).map(value).collect()
}

/// The features' values in the sample of whole rows.
pub(super) fn shared_columns(spec: &Spec, gathered: &Gathered) -> Vec<SharedColumn> {
    let Some(pairs) = &gathered.pairs else { return Vec::new() };
    let columns = spec.features.iter().enumerate().filter_map(|(idx, feature)| {
        let (offline, online) = (pairs.offline.computed(idx)?, pairs.online.computed(idx)?);
        let values = [offline, online].map(|column| {
            let n_rows = column.values.len().min(POPULATION);
            (0..n_rows).map(|row| Value::of(&column, row)).collect()
        });
        Some(SharedColumn { name: feature.name.value.clone(), values })
    });
    columns.collect()
}

/// The features that a proposal's expression names: it quotes them.
pub(super) fn features_read(spec: &Spec, sql: &str) -> Vec<usize> {
    let features = spec.features.iter().enumerate();
    features.filter(|(_, feature)| sql.contains(&identifier(&feature.name.value))).map(|(idx, _)| idx).collect()
}
