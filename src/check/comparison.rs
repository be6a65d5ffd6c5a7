//! Which values are compared with which, and what the rows so far came to.

use arrow::datatypes::DataType;

use super::diagnosis::Gathering;
use super::samples::{Samples, key_of, shown_value};
use crate::compare::{Code, Column, Comparer, Tally, spoken_type};
use crate::engine::{Aligned, Planned, Rows};
use crate::error::Error;
use crate::report::{Counts, MismatchCode, Sample, Stage};
use crate::spec::{Problem, Problems, Side, Spec};

/// All comparisons of a run: by feature, then by stage.
pub(super) struct Comparisons {
    pub list: Vec<Comparison>,
    key_names: Vec<String>,
    /// Reused from batch to batch.
    codes: Vec<Code>,
    /// The rows of a batch that are kept as a sample; reused.
    rows: Vec<u32>,
}

/// One comparison of a feature, and what the rows so far came to.
pub(super) struct Comparison {
    pub feature: usize,
    pub stage: Stage,
    pub comparer: Comparer,
    /// The types of the two values before they are brought together.
    pub types: [DataType; 2],
    tally: Tally,
    samples: Samples,
}

impl Comparisons {
    /// # Errors
    /// [`Error::Problems`] where two types can never agree: a list against a number.
    pub fn new(spec: &Spec, planned: &Planned) -> Result<Self, Error> {
        let mut list = Vec::new();
        let mut problems = Vec::new();
        for (idx, feature) in spec.features.iter().enumerate() {
            for stage in Stage::ALL {
                let [Some(first), Some(second)] = sources(stage).map(|source| source.column_type(planned, idx)) else {
                    continue;
                };
                let comparer = Comparer::new(feature, first, second);
                if first.is_nested() != second.is_nested()
                    && ![first, second].contains(&&DataType::Null)
                    && comparer.feature_type().is_none()
                {
                    let name = feature.name.value.escape_debug();
                    let [one, other] = sources(stage).map(Source::describe);
                    let problem = Problem::new(format!(
                        "feature `{name}` compares {} ({one}) with {} ({other})",
                        spoken_type(first),
                        spoken_type(second)
                    ))
                    .at(feature.name.span)
                    .label("no value of the one type can equal one of the other")
                    .help("give one side its own expression, as in `online: {expr: …}`, so that both have one type");
                    problems.push(problem);
                }
                let types = [first.clone(), second.clone()];
                list.push(Comparison {
                    feature: idx,
                    stage,
                    comparer,
                    types,
                    tally: Tally::default(),
                    samples: Samples::default(),
                });
            }
        }
        if !problems.is_empty() {
            return Err(Error::Problems(Problems::new(spec.source.clone(), problems)));
        }
        let key_names = spec.keys.iter().map(|key| key.value.clone()).collect();
        Ok(Self { list, key_names, codes: Vec::new(), rows: Vec::new() })
    }

    /// Compares a batch of rows.
    pub fn add(&mut self, aligned: &Aligned, gathering: &mut Gathering) {
        gathering.begin(aligned);
        for (idx, comparison) in self.list.iter_mut().enumerate() {
            let Some((keys, [first, second])) = comparison.columns(aligned) else { continue };
            self.codes.clear();
            comparison.comparer.codes(&first, &second, &mut self.codes);
            comparison.tally.add(&self.codes);
            self.rows.clear();
            for (row, code) in self.codes.iter().enumerate() {
                let Some(code) = mismatch(*code) else { continue };
                if gathering.wants(idx, row) {
                    self.rows.push(row as u32);
                }
                if comparison.samples.wants(code) {
                    let key = key_of(&self.key_names, keys.keys(), row);
                    let values = [&first, &second].map(|column| shown_value(column, row));
                    comparison.samples.offer(Sample { key, values, code });
                }
            }
            gathering.add(idx, &self.rows, [&first, &second], keys.event_time().as_ref());
        }
    }
}

impl Comparison {
    /// The two columns of this comparison, and the rows that have the keys, if the batch holds them.
    fn columns<'a>(&self, aligned: &'a Aligned) -> Option<(&'a Rows, [Column; 2])> {
        let places = places(self.stage, aligned)?;
        let [first, second] = sources(self.stage);
        Some((places[0], [first.column(places[0], self.feature)?, second.column(places[1], self.feature)?]))
    }

    pub fn counts(&self) -> Counts {
        let n_rows = |code| self.tally.count(code);
        Counts {
            equal: n_rows(Code::Equal),
            tolerated: n_rows(Code::Tolerated),
            different: n_rows(Code::Different),
            missing: [n_rows(Code::MissingFirst), n_rows(Code::MissingSecond)],
            nan_null: n_rows(Code::NanNull),
            unconvertible: n_rows(Code::Unconvertible),
        }
    }

    pub fn samples(&self) -> Vec<Sample> {
        let counts = self.counts();
        self.samples.sorted(|code| match code {
            MismatchCode::Different => counts.different,
            MismatchCode::MissingFirst => counts.missing[0],
            MismatchCode::MissingSecond => counts.missing[1],
            MismatchCode::NanNull => counts.nan_null,
            MismatchCode::Unconvertible => counts.unconvertible,
        })
    }
}

/// One of the four values of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Source {
    pub side: Side,
    pub recorded: bool,
}

impl Source {
    /// The values in some of the side's rows.
    pub fn column(self, rows: &Rows, feature: usize) -> Option<Column> {
        if self.recorded { rows.recorded(feature) } else { rows.computed(feature) }
    }

    pub fn column_type(self, planned: &Planned, feature: usize) -> Option<&DataType> {
        let layout = planned.layout(self.side);
        if self.recorded { layout.recorded_type(feature) } else { layout.computed_type(feature) }
    }

    pub fn describe(self) -> String {
        format!("{} {}", self.side, if self.recorded { "recorded" } else { "computed" })
    }
}

/// The two values that a comparison is about, in the order of [`Stage::pair`].
pub(super) fn sources(stage: Stage) -> [Source; 2] {
    let source = |side, recorded| Source { side, recorded };
    match stage {
        Stage::Inputs => [source(Side::Offline, false), source(Side::Online, false)],
        Stage::Training => [source(Side::Offline, false), source(Side::Offline, true)],
        Stage::Serving => [source(Side::Online, false), source(Side::Online, true)],
        Stage::EndToEnd => [source(Side::Offline, true), source(Side::Online, true)],
    }
}

/// The rows that hold the two values, in the order of [`Stage::pair`], if the batch does.
pub(super) fn places(stage: Stage, aligned: &Aligned) -> Option<[&Rows; 2]> {
    match (stage, aligned) {
        (Stage::Inputs | Stage::EndToEnd, Aligned::Pairs(sides)) => Some([&sides.offline, &sides.online]),
        (Stage::Training, Aligned::Side(Side::Offline, rows)) | (Stage::Serving, Aligned::Side(Side::Online, rows)) => {
            Some([rows, rows])
        }
        (Stage::Inputs | Stage::EndToEnd, Aligned::Side(..))
        | (Stage::Training, Aligned::Pairs(_) | Aligned::Side(Side::Online, _))
        | (Stage::Serving, Aligned::Pairs(_) | Aligned::Side(Side::Offline, _)) => None,
    }
}

pub(super) fn mismatch(code: Code) -> Option<MismatchCode> {
    match code {
        Code::Equal | Code::Tolerated => None,
        Code::Different => Some(MismatchCode::Different),
        Code::MissingFirst => Some(MismatchCode::MissingFirst),
        Code::MissingSecond => Some(MismatchCode::MissingSecond),
        Code::NanNull => Some(MismatchCode::NanNull),
        Code::Unconvertible => Some(MismatchCode::Unconvertible),
    }
}
