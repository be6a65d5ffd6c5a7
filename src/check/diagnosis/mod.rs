//! From the rows that disagree to what happened: propose on samples, verify on every row, conclude, say.
//!
//! [`Gathering`] keeps samples while the rows pass. Detectors propose mechanisms from them (`propose`), each as SQL that is
//! tried on the sample (`trial`). What is left runs on every row in a further pass that reads the mismatching features only
//! (`verify`), and the counts decide what is said (`conclude`). A mechanism that holds for some rows only is run once more,
//! with the condition that tells them (`scope`).

mod conclude;
mod earlier;
mod gather;
mod history;
mod per_slice;
mod permuted;
mod propose;
mod repair;
mod reservoir;
mod scope;
mod subject;
mod trial;
mod verify;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) use self::gather::Gathering;

use self::conclude::conclude;
use self::gather::Gathered;
use self::history::History;
use self::propose::{Candidate, Context, candidates};
use self::repair::{Draft, settle};
use self::subject::{Subject, features_read, shared_columns};
use self::trial::{Attempt, Columns};
use self::verify::{MAX_ATTEMPTS, Task, verify};
use super::comparison::Comparisons;
use crate::diagnose::{Place, SharedColumn, Value};
use crate::engine::{MismatchFile, Planned, Progress};
use crate::error::Error;
use crate::report::{Diagnosis, Stage};
use crate::spec::{Computed, Feature, Side, Spec};

/// What was found of all comparisons.
pub(super) struct Diagnosed {
    /// By comparison, the best first.
    pub diagnoses: Vec<Vec<Diagnosis>>,
    /// The comparisons that have mismatches, with what explains them.
    tasks: Vec<Task>,
    /// The columns that the tasks read.
    names: Vec<String>,
}

/// Returns the diagnoses of every comparison, each the best first, with their proof on every row.
///
/// # Errors
/// As the first pass over the rows.
pub(super) async fn diagnose(
    spec: &Arc<Spec>,
    planned: &Planned,
    comparisons: &Comparisons,
    gathering: Gathering,
    n_threads: usize,
    progress: &Progress,
) -> Result<Diagnosed, Error> {
    let mut diagnoses = vec![Vec::new(); comparisons.list.len()];
    let gathered = gathering.finish();
    let shared = shared_columns(spec, &gathered);
    let cases = propose(spec, planned, comparisons, &gathered, &shared, n_threads);
    if cases.is_empty() {
        return Ok(Diagnosed { diagnoses, tasks: explained(comparisons, &[]), names: Vec::new() });
    }
    let is_partial = cases.iter().flat_map(|case| &case.candidates).any(|(candidate, _)| candidate.is_partial());
    let attributes = if is_partial { attributes(spec, planned, &cases, &shared) } else { Vec::new() };
    let tasks: Vec<Task> = cases.iter().map(|case| case.task(is_partial)).collect();
    let read = names_read(spec, &attributes, &tasks);
    let counted = verify(spec, planned, comparisons, &tasks, &read, None, progress).await?;

    let event_time = spec.event_time.as_ref().map(|name| name.value.as_str());
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for (case, counted) in cases.iter().zip(&counted) {
        let is_same = comparisons
            .list
            .get(case.comparison)
            .is_some_and(|comparison| comparison.counts().mismatches() == counted.mismatching());
        if !is_same {
            // The inputs have changed since: nothing is proved.
            continue;
        }
        for conclusion in conclude(&case.candidates, counted, &attributes, event_time) {
            drafts.push(Draft::new(case.comparison, conclusion, counted));
        }
    }
    let mut drafts = per_slice::merge(drafts);
    // Conditions read what they are about, and nothing else.
    let mut told_by: Vec<String> = Vec::new();
    for scope in drafts.iter().filter_map(Draft::scope) {
        if !told_by.contains(&scope.column) {
            told_by.push(scope.column.clone());
        }
    }
    let scoped: Vec<Task> = drafts.iter().filter_map(Draft::scoped_task).collect();
    if !scoped.is_empty() {
        let names = names_read(spec, &told_by, &scoped);
        let mut counted = verify(spec, planned, comparisons, &scoped, &names, None, progress).await?.into_iter();
        for draft in drafts.iter_mut().filter(|draft| draft.scoped_task().is_some()) {
            draft.recount(counted.next());
        }
    }
    let tasks = explained(comparisons, &drafts);
    let names = names_read(spec, &told_by, &tasks);
    for (comparison, diagnosis) in settle(spec, planned, comparisons, drafts) {
        if let Some(diagnoses) = diagnoses.get_mut(comparison) {
            diagnoses.push(diagnosis);
        }
    }
    Ok(Diagnosed { diagnoses, tasks, names })
}

impl Diagnosed {
    /// Writes every mismatching cell with its mechanism, in a pass of its own.
    ///
    /// # Errors
    /// As the first pass; [`Error::Output`] if the file cannot be written.
    pub async fn write(
        &self,
        spec: &Spec,
        planned: &Planned,
        comparisons: &Comparisons,
        mut file: MismatchFile,
        progress: &Progress,
    ) -> Result<(), Error> {
        if !self.tasks.is_empty() {
            verify(spec, planned, comparisons, &self.tasks, &self.names, Some(&mut file), progress).await?;
        }
        file.finish()
    }
}

/// The comparisons that have mismatches, with what explains them.
fn explained(comparisons: &Comparisons, drafts: &[Draft<'_>]) -> Vec<Task> {
    let differing = comparisons.list.iter().enumerate().filter(|(_, comparison)| comparison.counts().mismatches() > 0);
    differing
        .map(|(comparison, _)| {
            let of_it: Vec<&Draft<'_>> = drafts.iter().filter(|draft| draft.comparison == comparison).collect();
            let attempts: Vec<Attempt> = of_it.iter().map(|draft| draft.planned_attempt()).take(MAX_ATTEMPTS).collect();
            Task {
                comparison,
                with_scopes: false,
                condition: None,
                attempts,
                mechanisms: of_it.iter().map(|draft| draft.mechanism()).collect(),
            }
        })
        .collect()
}

/// One comparison and what may have happened there.
struct Case {
    comparison: usize,
    /// Each with its attempts' places, and those of its equivalents.
    candidates: Vec<(Candidate, Vec<usize>)>,
    attempts: Vec<Attempt>,
    /// Of the sample's rows of all kinds; empty where these are not the rows of the sample of whole rows.
    is_mismatch: Vec<bool>,
}

impl Case {
    /// Whether the values of a column in the sample of whole rows may tell for which rows a mechanism holds.
    fn may_hold_by(&self, values: &[Value]) -> bool {
        let mut partial =
            self.candidates.iter().map(|(candidate, _)| candidate).filter(|candidate| candidate.is_partial());
        partial.any(|candidate| self.is_mismatch.is_empty() || candidate.may_hold_by(&self.is_mismatch, values))
    }

    fn new(subject: &Subject<'_>, candidates: Vec<Candidate>) -> Self {
        let mut attempts: Vec<Attempt> = Vec::new();
        // Every candidate first: its equivalents take what place is left.
        for candidate in candidates.iter().chain(candidates.iter().flat_map(|candidate| &candidate.equivalents)) {
            if attempts.len() < MAX_ATTEMPTS && !attempts.contains(&candidate.attempt) {
                attempts.push(candidate.attempt.clone());
            }
        }
        let place = |candidate: &Candidate| attempts.iter().position(|attempt| *attempt == candidate.attempt);
        let candidates = candidates.into_iter().map(|candidate| {
            let of_it = std::iter::once(&candidate).chain(&candidate.equivalents);
            let places = of_it.map_while(place).collect();
            (candidate, places)
        });
        let candidates = candidates.collect();
        let is_mismatch = match subject.stage {
            Stage::Inputs | Stage::EndToEnd => subject.is_mismatch.get(subject.n_mismatching..).unwrap_or_default(),
            Stage::Training | Stage::Serving => &[],
        };
        Self { comparison: subject.comparison, candidates, attempts, is_mismatch: is_mismatch.to_vec() }
    }

    fn task(&self, with_scopes: bool) -> Task {
        Task {
            comparison: self.comparison,
            attempts: self.attempts.clone(),
            with_scopes,
            condition: None,
            mechanisms: Vec::new(),
        }
    }
}

fn propose(
    spec: &Spec,
    planned: &Planned,
    comparisons: &Comparisons,
    gathered: &Gathered,
    shared: &[SharedColumn],
    n_threads: usize,
) -> Vec<Case> {
    let case = |idx: usize| {
        let comparison = comparisons.list.get(idx)?;
        // What is not shown is not diagnosed: parameters are values.
        if comparison.counts().mismatches() == 0 || planned.is_sensitive(comparison.feature) {
            return None;
        }
        let subject = Subject::new(spec, planned, (idx, comparison), gathered)?;
        let columns = Columns {
            planned,
            feature: subject.feature,
            sides: [Place::First, Place::Second].map(|place| subject.side(place)),
            raw_types: subject.raw.each_ref().map(|column| column.values.data_type().clone()),
            types: subject.columns.each_ref().map(|column| column.values.data_type().clone()),
            others: Vec::new(),
        };
        let history = History::new(comparison, gathered);
        let context = Context {
            columns: &columns,
            units: [0, 1].map(|place| declared_unit(spec, subject.feature, columns.sides[place])),
            shared,
            spec,
            gathered,
            history: history.as_ref(),
            comparer: &comparison.comparer,
        };
        let found = candidates(&subject, &context);
        (!found.is_empty()).then(|| Case::new(&subject, found))
    };
    each(comparisons.list.len(), n_threads, case)
}

/// Returns what `of` gives for each number, in their order; several threads work on it.
fn each<T: Send>(n: usize, n_threads: usize, of: impl Fn(usize) -> Option<T> + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::new());
    let work = || {
        loop {
            let idx = next.fetch_add(1, Ordering::Relaxed);
            if idx >= n {
                break;
            }
            if let Some(value) = of(idx) {
                found.lock().unwrap_or_else(PoisonError::into_inner).push((idx, value));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..n_threads.clamp(1, n.max(1)) {
            scope.spawn(work);
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(idx, _)| *idx);
    found.into_iter().map(|(_, value)| value).collect()
}

/// The unit that a side declares for the column that a feature is.
fn declared_unit<'a>(spec: &'a Spec, feature: &Feature, side: Side) -> Option<&'a str> {
    let column = match &feature.computed[side] {
        Computed::Expr(sql) => sql.value.as_str(),
        Computed::Column => feature.name.value.as_str(),
        Computed::No => return None,
    };
    spec.sides[side].units.get(column).map(String::as_str)
}

/// The columns whose values may tell for which rows a mechanism holds.
fn attributes(spec: &Spec, planned: &Planned, cases: &[Case], shared: &[SharedColumn]) -> Vec<String> {
    const MAX_ATTRIBUTES: usize = 12;
    let mut names: Vec<String> = spec.slices.iter().map(|name| name.value.clone()).collect();
    if names.is_empty() {
        let is_key = |name: &str| spec.keys.iter().any(|key| key.value == name);
        for side in [Side::Online, Side::Offline] {
            for field in planned.input(side).schema().fields() {
                let data_type = field.data_type();
                let tells = crate::compare::is_text(data_type)
                    || data_type.is_integer()
                    || matches!(
                        data_type,
                        arrow::datatypes::DataType::Boolean | arrow::datatypes::DataType::Dictionary(..)
                    );
                if tells && !is_key(field.name()) && !names.contains(field.name()) {
                    names.push(field.name().clone());
                }
            }
        }
    }
    // A condition shows values.
    names.retain(|name| !planned.is_secret(name));
    // What the sample rules out need not be read.
    names.retain(|name| {
        let values = column_of(spec, shared, name);
        values.is_none_or(|values| cases.iter().any(|case| case.may_hold_by(values)))
    });
    names.truncate(MAX_ATTRIBUTES);
    names
}

/// The values of a column in the sample of whole rows, where a feature is nothing but that column of the online side.
fn column_of<'s>(spec: &Spec, shared: &'s [SharedColumn], name: &str) -> Option<&'s [Value]> {
    let feature = spec.features.iter().find(|feature| feature.name.value == name)?;
    let is_column = feature.computed.online == Computed::Column && !spec.sides.online.columns.contains_key(name);
    let column = shared.iter().find(|column| column.name == name).filter(|_| is_column)?;
    Some(&column.values[Place::Second.idx()])
}

/// The columns that a pass reads besides the values: what tells rows apart, and features that expressions name.
fn names_read(spec: &Spec, columns: &[String], tasks: &[Task]) -> Vec<String> {
    let mut names = columns.to_vec();
    for attempt in tasks.iter().flat_map(|task| &task.attempts) {
        let Attempt::Function { sql, .. } = attempt else { continue };
        for feature in features_read(spec, sql).into_iter().filter_map(|idx| spec.features.get(idx)) {
            if !names.contains(&feature.name.value) {
                names.push(feature.name.value.clone());
            }
        }
    }
    names
}
