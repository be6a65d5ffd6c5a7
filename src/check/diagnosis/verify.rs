//! Runs candidates on every row: one more pass over the rows of the comparisons that have any.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, BooleanArray};

use super::earlier::{Earlier, Tail};
use super::gather::entity_parts;
use super::permuted::Permuted;
use super::scope::Levels;
use super::trial::{Attempt, Columns, Trial, converted};
use crate::check::comparison::{Comparison, Comparisons, Source, mismatch, places, sources};
use crate::compare::{Code, Column, Comparer, Converter, text_at};
use crate::diagnose::Place;
use crate::engine::{Aligned, Cell, Focus, Formula, MismatchFile, Planned, Progress, Rows, Wanted, row_hashes};
use crate::error::Error;
use crate::report::Stage;
use crate::spec::{Feature, PerSide, Spec};

/// Attempts that are run on one comparison at most: a bit each.
pub(super) const MAX_ATTEMPTS: usize = 8;

/// What is to be run on one comparison.
pub(super) struct Task {
    pub comparison: usize,
    /// At most [`MAX_ATTEMPTS`].
    pub attempts: Vec<Attempt>,
    /// Whether it is to be found out where the attempts hold.
    pub with_scopes: bool,
    /// A condition whose rows are to be counted.
    pub condition: Option<String>,
    /// By attempt.
    pub mechanisms: Vec<&'static str>,
}

/// The rows of a batch as one task sees them.
struct Seen {
    columns: [Column; 2],
    codes: Vec<Code>,
    masks: Vec<u8>,
}

/// What running one comparison's attempts on every row came to.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Rows by which attempts make them agree: of the matching rows, then of the mismatching ones.
    by_mask: [BTreeMap<u8, u64>; 2],
    /// By attempt: the expression as it could be planned.
    pub sql: Vec<Option<String>>,
    pub is_planned: Vec<bool>,
    /// By attempt: how many mismatching rows have a value that the other side has in another row.
    pub permuted: Vec<Option<u64>>,
    pub changes_values: Vec<bool>,
    /// Where attempts hold, by attribute.
    pub levels: Vec<Levels>,
    pub times: Vec<Times>,
    /// Rows for which the task's condition holds.
    pub condition_rows: u64,
}

/// When an attempt holds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    /// Of the mismatching rows that it explains.
    pub explained: Option<[i128; 2]>,
    /// Of the matching rows that it would break.
    pub damaged: Option<[i128; 2]>,
}

impl Counted {
    pub fn mismatching(&self) -> u64 {
        self.by_mask[1].values().sum()
    }

    pub fn matching(&self) -> u64 {
        self.by_mask[0].values().sum()
    }

    /// Mismatching rows that an attempt makes agree, but for those that `others` make agree.
    pub fn explained(&self, attempt: usize, others: u8) -> u64 {
        if let Some(Some(n_shared)) = self.permuted.get(attempt) {
            return (*n_shared).min(self.open(others));
        }
        let bit = 1 << attempt;
        self.by_mask[1].iter().filter(|(mask, _)| *mask & bit != 0 && *mask & others == 0).map(|(_, n)| n).sum()
    }

    /// Mismatching rows that none of these attempts makes agree.
    pub fn open(&self, attempts: u8) -> u64 {
        self.by_mask[1].iter().filter(|(mask, _)| *mask & attempts == 0).map(|(_, n)| n).sum()
    }

    /// Matching rows that an attempt makes differ.
    pub fn damaged(&self, attempt: usize) -> u64 {
        if self.changes_values.get(attempt) != Some(&true) {
            return 0;
        }
        let bit = 1 << attempt;
        self.by_mask[0].iter().filter(|(mask, _)| *mask & bit == 0).map(|(_, n)| n).sum()
    }

    /// The share of the mismatching rows that one attempt makes agree which another makes agree, too.
    pub fn overlap(&self, one: usize, other: usize) -> f64 {
        let of_one = |mask: &u8| mask & (1 << one) != 0;
        let rows = |both: bool| -> u64 {
            let masks = self.by_mask[1].iter().filter(|(mask, _)| of_one(mask));
            masks.filter(|(mask, _)| !both || *mask & (1 << other) != 0).map(|(_, n)| n).sum()
        };
        rows(true) as f64 / rows(false).max(1) as f64
    }

    /// Whether two attempts make the same mismatching rows agree.
    pub fn same_rows(&self, one: usize, other: usize) -> bool {
        self.by_mask[1].keys().all(|mask| (mask >> one) & 1 == (mask >> other) & 1)
    }
}

/// Runs all tasks in one pass over both sides. Writes every mismatching cell with the first mechanism that explains it.
///
/// # Errors
/// As the first pass; [`Error::Output`] if a cell cannot be written.
pub(super) async fn verify(
    spec: &Spec,
    planned: &Planned,
    comparisons: &Comparisons,
    tasks: &[Task],
    attributes: &[String],
    mut cells: Option<&mut MismatchFile>,
    progress: &Progress,
) -> Result<Vec<Counted>, Error> {
    let focused = planned.focused(&focus(spec, comparisons, tasks, attributes))?;
    let mut running: Vec<Option<Running<'_>>> = tasks
        .iter()
        .map(|task| Running::new(spec, &focused, comparisons.list.get(task.comparison)?, task, attributes))
        .collect();
    let mut execution = focused.execute(progress).await?;
    while let Some(aligned) = execution.next().await? {
        let mut mismatching = Vec::new();
        for running in running.iter_mut().flatten() {
            let rows = running.add(&aligned, attributes.len());
            if let Some(rows) = rows.filter(|_| cells.is_some()) {
                running.add_cells(&rows, &mut mismatching);
            }
        }
        if let Some(cells) = &mut cells {
            cells.write(aligned.keys(), mismatching)?;
        }
    }
    // What could not run has counted nothing, so that nothing is proved.
    Ok(running.into_iter().map(|running| running.map(Running::finish).unwrap_or_default()).collect())
}

/// What the pass has to read.
fn focus(spec: &Spec, comparisons: &Comparisons, tasks: &[Task], attributes: &[String]) -> Focus {
    let mut wanted = PerSide::from_fn(|_| vec![Wanted::default(); spec.features.len()]);
    for comparison in tasks.iter().filter_map(|task| comparisons.list.get(task.comparison)) {
        for Source { side, recorded } in sources(comparison.stage) {
            if let Some(wanted) = wanted[side].get_mut(comparison.feature) {
                wanted.computed |= !recorded;
                wanted.recorded |= recorded;
            }
        }
    }
    Focus { wanted, attributes: attributes.to_vec() }
}

/// One task, running.
struct Running<'a> {
    feature_idx: usize,
    stage: Stage,
    converters: [Converter; 2],
    comparer: Comparer,
    trials: Vec<Option<Trial>>,
    /// By attempt.
    earlier: Vec<Option<(Earlier, Tail)>>,
    permuted: Vec<Option<Permuted>>,
    /// How many key parts tell the entity.
    n_entity_parts: Option<usize>,
    condition: Option<Formula>,
    with_scopes: bool,
    mechanisms: &'a [&'static str],
    counted: Counted,
}

impl<'a> Running<'a> {
    fn new(
        spec: &Spec,
        focused: &Planned,
        comparison: &Comparison,
        task: &'a Task,
        attributes: &[String],
    ) -> Option<Self> {
        let feature = spec.features.get(comparison.feature)?;
        let columns = columns_of(focused, comparison, feature, attributes)?;
        let declared = feature.data_type.as_ref().map(|declared| &declared.value);
        let converters = [0, 1].map(|place| {
            Converter::new(&columns.raw_types[place], declared, spec.sides[columns.sides[place]].assume_tz)
        });
        let comparer = Comparer::new(feature, converters[0].target(), converters[1].target());
        let attempts = || task.attempts.iter().take(MAX_ATTEMPTS);
        let trials: Vec<Option<Trial>> = attempts().map(|attempt| Trial::new(&columns, attempt)).collect();
        let condition = task.condition.as_ref().and_then(|sql| {
            let named = columns.others_of(Place::Second);
            focused.formula(columns.sides[1], sql, &named, None)
        });
        let counted = Counted {
            sql: trials.iter().map(|trial| trial.as_ref()?.sql().map(str::to_owned)).collect(),
            is_planned: attempts()
                .zip(&trials)
                .map(|(attempt, trial)| {
                    trial.is_some() || matches!(attempt, Attempt::Earlier { .. } | Attempt::Permuted)
                })
                .collect(),
            permuted: vec![None; trials.len()],
            changes_values: trials.iter().map(|trial| trial.as_ref().is_some_and(Trial::changes_values)).collect(),
            levels: attributes.iter().map(|_| Levels::new(trials.len())).collect(),
            times: vec![Times::default(); trials.len()],
            ..Counted::default()
        };
        Some(Self {
            feature_idx: comparison.feature,
            stage: comparison.stage,
            converters,
            comparer,
            earlier: attempts().map(earlier_of).collect(),
            permuted: attempts().map(|attempt| (*attempt == Attempt::Permuted).then(Permuted::default)).collect(),
            n_entity_parts: entity_parts(spec, focused),
            trials,
            condition,
            with_scopes: task.with_scopes,
            mechanisms: &task.mechanisms,
            counted,
        })
    }

    fn add(&mut self, aligned: &Aligned, n_attributes: usize) -> Option<Seen> {
        let places = places(self.stage, aligned)?;
        let [first, second] = sources(self.stage);
        let first = first.column(places[0], self.feature_idx)?;
        let second = second.column(places[1], self.feature_idx)?;
        let columns = [converted(&first, &self.converters[0]), converted(&second, &self.converters[1])];
        let n_rows = first.values.len();
        let mut codes: Vec<Code> = Vec::with_capacity(n_rows);
        self.comparer.codes(&columns[0], &columns[1], &mut codes);
        let others: Vec<[Option<Column>; 2]> =
            (0..n_attributes).map(|idx| places.map(|rows| rows.attribute(idx))).collect();
        let named: Vec<[Option<Column>; 2]> =
            others.iter().filter(|of| of.iter().any(Option::is_some)).cloned().collect();
        let mut masks = vec![0_u8; n_rows];
        for (idx, trial) in self.trials.iter().enumerate() {
            let Some(trial) = trial else { continue };
            let agrees = trial.agrees([&first, &second], [&columns[0], &columns[1]], &named);
            for (mask, agrees) in masks.iter_mut().zip(agrees) {
                *mask |= u8::from(agrees) << idx;
            }
        }
        self.add_earlier(aligned, [&columns[0], &columns[1]], &mut masks);
        let is_mismatch: Vec<bool> = codes.iter().map(|code| code.is_mismatch()).collect();
        for permuted in self.permuted.iter_mut().flatten() {
            permuted.add([&columns[0], &columns[1]], &is_mismatch);
        }
        if let Some(condition) = &self.condition {
            let inputs: Vec<Column> = named.iter().filter_map(|of| of[1].clone().or(of[0].clone())).collect();
            let holds = condition.evaluate(&inputs, n_rows).values;
            self.counted.condition_rows += holds.as_boolean_opt().map_or(0, BooleanArray::true_count) as u64;
        }
        let mut counts = [[0_u64; 256]; 2];
        for (code, mask) in codes.iter().zip(&masks) {
            counts[usize::from(code.is_mismatch())][usize::from(*mask)] += 1;
        }
        for (total, counts) in self.counted.by_mask.iter_mut().zip(counts) {
            for (mask, n_rows) in (0..=u8::MAX).zip(counts).filter(|(_, n_rows)| *n_rows > 0) {
                *total.entry(mask).or_default() += n_rows;
            }
        }
        if self.with_scopes {
            self.add_scopes(places, &is_mismatch, &masks, &others);
        }
        Some(Seen { columns, codes, masks })
    }

    /// Appends the mismatching cells, each with the first mechanism that explains it.
    fn add_cells(&self, rows: &Seen, cells: &mut Vec<Cell>) {
        let raw = |column: &Column, row: usize| match column.unconvertible.as_ref() {
            Some(texts) if texts.is_valid(row) => Some(texts.value(row).to_owned()),
            Some(_) | None => text_at(&column.values, row),
        };
        // What all rows prove together explains those that nothing else does.
        let permuted = self.permuted.iter().position(Option::is_some).and_then(|idx| self.mechanisms.get(idx));
        for (row, (code, mask)) in rows.codes.iter().zip(&rows.masks).enumerate() {
            let Some(code) = mismatch(*code) else { continue };
            let mechanism = self.mechanisms.get(mask.trailing_zeros() as usize).or(permuted).copied();
            cells.push(Cell {
                row,
                feature: self.feature_idx,
                comparison: self.stage.as_str(),
                code: code.as_str(self.stage),
                across_sides: matches!(self.stage, Stage::Inputs | Stage::EndToEnd),
                values: [0, 1].map(|place| raw(&rows.columns[place], row)),
                mechanism,
            });
        }
    }

    fn add_earlier(&mut self, aligned: &Aligned, columns: [&Column; 2], masks: &mut [u8]) {
        let Some(n_parts) = self.n_entity_parts.filter(|_| self.earlier.iter().any(Option::is_some)) else { return };
        let entities = row_hashes(aligned.keys().get(..n_parts).unwrap_or_default());
        for (idx, earlier) in self.earlier.iter_mut().enumerate() {
            let Some((earlier, tail)) = earlier else { continue };
            let agrees = tail.agrees(*earlier, &entities, columns, &self.comparer);
            for (mask, agrees) in masks.iter_mut().zip(agrees) {
                *mask |= u8::from(agrees) << idx;
            }
        }
    }

    fn finish(mut self) -> Counted {
        self.counted.permuted = self.permuted.iter().map(|permuted| Some(permuted.as_ref()?.n_shared())).collect();
        self.counted
    }

    /// Notes where and when the attempts hold.
    fn add_scopes(&mut self, places: [&Rows; 2], is_mismatch: &[bool], masks: &[u8], others: &[[Option<Column>; 2]]) {
        for (levels, columns) in self.counted.levels.iter_mut().zip(others) {
            // What online has is what can be told of a request; an attribute of training alone is better than none.
            if let Some(column) = columns[1].as_ref().or(columns[0].as_ref()) {
                levels.add(column, is_mismatch, masks);
            }
        }
        let Some(time) = places[1].event_time().or_else(|| places[0].event_time()) else { return };
        let times = super::subject::times_of(&time.values);
        for (row, time) in times.iter().enumerate() {
            let (Some(time), Some(mask), Some(is_mismatch)) = (time, masks.get(row), is_mismatch.get(row)) else {
                continue;
            };
            for (idx, known) in self.counted.times.iter_mut().enumerate() {
                let agrees = mask & (1 << idx) != 0;
                let span = match (is_mismatch, agrees) {
                    (true, true) => &mut known.explained,
                    (false, false) => &mut known.damaged,
                    (true, false) | (false, true) => continue,
                };
                *span = Some(span.map_or([*time, *time], |[first, last]| [first.min(*time), last.max(*time)]));
            }
        }
    }
}

fn earlier_of(attempt: &Attempt) -> Option<(Earlier, Tail)> {
    match attempt {
        Attempt::Earlier { to, within, missing } => {
            Some((Earlier { to: *to, within: *within, missing: *missing }, Tail::default()))
        }
        Attempt::Function { .. } | Attempt::Relation { .. } | Attempt::Permuted => None,
    }
}

/// The columns that attempts of a comparison see in a further pass.
fn columns_of<'a>(
    focused: &'a Planned,
    comparison: &Comparison,
    feature: &'a Feature,
    attributes: &[String],
) -> Option<Columns<'a>> {
    let sources = sources(comparison.stage);
    // What a further pass reads is not converted.
    let raw_type = |source: Source| source.column_type(focused, comparison.feature).cloned();
    let sides = sources.map(|source| source.side);
    let others = attributes
        .iter()
        .enumerate()
        .map(|(idx, name)| (name.clone(), sides.map(|side| focused.layout(side).attribute_type(idx).cloned())));
    Some(Columns {
        planned: focused,
        feature,
        sides,
        raw_types: [raw_type(sources[0])?, raw_type(sources[1])?],
        types: comparison.types.clone(),
        others: others.filter(|(_, types)| types.iter().any(Option::is_some)).collect(),
    })
}
