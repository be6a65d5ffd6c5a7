//! Runs a side's program over its batches: filters, computes, converts, and finds the rows that fail.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, StringArray, StringBuilder, new_null_array,
};
use datafusion::arrow::compute::{concat, filter, is_not_null, nullif, prep_null_mask_filter};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;

use super::functions::NO_OBJECT;
use super::program::{Program, Step};
use super::reason::EngineReason;
use crate::compare::{Column, has_naive_times, text_at};

/// What evaluating one side's rows came to, beside the rows: shared by its partitions, in no order.
#[derive(Debug, Default)]
pub(super) struct Evaluation {
    facts: Mutex<EvaluationFacts>,
}

/// Counts of one side's evaluation.
#[derive(Debug, Default, Clone)]
pub struct EvaluationFacts {
    /// Rows that the side's query returned.
    pub read: u64,
    /// Rows that `where` refused.
    pub filtered: u64,
    /// Steps that read a time without a zone as UTC.
    pub naive_times: BTreeSet<usize>,
    /// What failed for reasons other than its value's text, by step.
    pub failures: BTreeMap<usize, Failure>,
}

/// An expression that failed in some rows. Nothing of it shows a value of a sensitive feature, but for its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// "feature `x`".
    pub what: String,
    pub feature: Option<usize>,
    /// Whether it is the feature's recorded value that could not be had.
    pub recorded: bool,
    pub n_rows: u64,
    /// The engine's reason and the key of one row: the first in the order of the keys' texts.
    pub key: Vec<(String, String)>,
    pub reason: String,
}

impl Evaluation {
    pub fn facts(&self) -> EvaluationFacts {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, EvaluationFacts> {
        self.facts.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Returns the program's columns over the rows of a batch that `where` keeps.
///
/// A row in which an expression fails has a null there, and the reason among the `unconvertible` texts.
pub(super) fn evaluate(
    program: &Program,
    key_names: &[String],
    batch: &RecordBatch,
    evaluation: &Evaluation,
) -> Vec<Column> {
    let mut table =
        Table { n_rows: batch.num_rows(), columns: Vec::with_capacity(batch.num_columns() + program.steps.len()) };
    table.columns.extend(
        batch
            .columns()
            .iter()
            .take(program.base.len())
            .map(|values| Column { values: values.clone(), unconvertible: None }),
    );
    let mut failed: Vec<(usize, FailedRows)> = Vec::new();
    let mut n_filtered = 0;
    let mut undecided = None;
    let mut naive_times = evaluation.lock().naive_times.clone();
    for (idx, step) in program.steps.iter().enumerate() {
        let (column, failures) = run(step, &table, &mut |values| {
            if !naive_times.contains(&idx) && has_naive_times(values) {
                naive_times.insert(idx);
            }
        });
        let is_filter = program.filter == Some(table.columns.len());
        table.columns.push(column);
        if !is_filter {
            failed.extend(failures.map(|failures| (idx, failures)));
            continue;
        }
        undecided = undecided_rows(step, &table).map(|failure| (idx, failure));
        let n_before = table.n_rows;
        let kept = table.keep(table.columns.len() - 1);
        n_filtered = (n_before - table.n_rows) as u64;
        for (_, failures) in &mut failed {
            failures.renumber(&kept);
        }
    }
    let described = failed
        .into_iter()
        .filter_map(|(idx, failures)| Some((idx, failures.describe(&program.steps[idx], program, key_names, &table)?)));
    let failures: Vec<(usize, Failure)> = described.chain(undecided).collect();
    let mut facts = evaluation.lock();
    facts.read += batch.num_rows() as u64;
    facts.filtered += n_filtered;
    facts.naive_times.append(&mut naive_times);
    for (idx, failure) in failures {
        match facts.failures.entry(idx) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(failure);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.n_rows += failure.n_rows;
                if (&failure.key, &failure.reason) < (&known.key, &known.reason) {
                    known.key = failure.key;
                    known.reason = failure.reason;
                }
            }
        }
    }
    drop(facts);
    table.columns
}

/// The rows of which `where` cannot tell whether they are meant; their keys are not known yet.
fn undecided_rows(step: &Step, table: &Table) -> Option<Failure> {
    let reasons = table.columns.last()?.unconvertible.as_ref()?;
    let reason = reasons.iter().flatten().min()?;
    Some(Failure {
        what: step.what.clone(),
        feature: None,
        recorded: false,
        n_rows: (reasons.len() - reasons.null_count()) as u64,
        key: Vec::new(),
        reason: format!("it cannot be decided for `{}`", reason.escape_debug()),
    })
}

struct Table {
    n_rows: usize,
    columns: Vec<Column>,
}

impl Table {
    /// Keeps the rows in which the condition holds; returns for every row whether it was kept.
    fn keep(&mut self, condition: usize) -> BooleanArray {
        let values = &self.columns[condition].values;
        let mask = match values.as_boolean_opt() {
            Some(mask) if mask.null_count() > 0 => prep_null_mask_filter(mask),
            Some(mask) => mask.clone(),
            // A condition that is always null holds nowhere.
            None => BooleanArray::from(vec![false; self.n_rows]),
        };
        if mask.true_count() < self.n_rows {
            for column in &mut self.columns {
                column.values = filter(&column.values, &mask).expect("the mask has a bit for every row");
                if let Some(texts) = &column.unconvertible {
                    let texts = filter(texts, &mask).expect("the mask has a bit for every row");
                    column.unconvertible = Some(texts.as_string::<i32>().clone());
                }
            }
            self.n_rows = mask.true_count();
        }
        mask
    }
}

/// Rows, by number in the batch, in which a step failed for a reason that is not its value's text.
#[derive(Default)]
struct FailedRows {
    rows: Vec<(usize, String)>,
}

impl FailedRows {
    fn renumber(&mut self, kept: &BooleanArray) {
        let mut new_number = 0;
        let numbers: Vec<Option<usize>> = (0..kept.len())
            .map(|row| {
                kept.value(row).then(|| {
                    new_number += 1;
                    new_number - 1
                })
            })
            .collect();
        self.rows = std::mem::take(&mut self.rows)
            .into_iter()
            .filter_map(|(row, reason)| Some((numbers.get(row).copied().flatten()?, reason)))
            .collect();
    }

    fn describe(self, step: &Step, program: &Program, key_names: &[String], table: &Table) -> Option<Failure> {
        let n_rows = self.rows.len() as u64;
        let key_of = |row: usize| -> Vec<(String, String)> {
            let parts = key_names.iter().zip(&program.keys);
            parts
                .map(|(name, idx)| (name.clone(), text_at(&table.columns[*idx].values, row).unwrap_or("null".into())))
                .collect()
        };
        let (key, reason) = self.rows.into_iter().map(|(row, reason)| (key_of(row), reason)).min()?;
        Some(Failure { what: step.what.clone(), feature: step.feature, recorded: step.recorded, n_rows, key, reason })
    }
}

/// Computes one step over columns that are at hand.
pub(super) fn compute(step: &Step, columns: Vec<Column>, n_rows: usize) -> Column {
    run(step, &Table { n_rows, columns }, &mut |_| {}).0
}

/// Computes one step over all rows.
///
/// `watch` sees the values before they are converted, where a time without a zone would be read as UTC.
fn run(step: &Step, table: &Table, watch: &mut dyn FnMut(&ArrayRef)) -> (Column, Option<FailedRows>) {
    let inputs: Vec<ArrayRef> = step.inputs.iter().map(|idx| table.columns[*idx].values.clone()).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(table.n_rows));
    let batch = RecordBatch::try_new_with_options(step.schema.clone(), inputs, &options)
        .expect("the step was planned over the types of these columns");
    let mut isolation =
        Isolation { step, batch: &batch, pieces: Vec::new(), texts: None, failed: FailedRows::default() };
    isolation.evaluate(0..table.n_rows);
    let Isolation { pieces, texts, failed, .. } = isolation;
    let values = match pieces.as_slice() {
        [] => new_null_array(&step.data_type, 0),
        [piece] => piece.clone(),
        pieces => {
            let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
            concat(&pieces).expect("all pieces are of the step's type")
        }
    };
    let mut reasons = texts.map(|texts| texts.finish(table.n_rows));
    for idx in &step.inputs {
        reasons = overlay(reasons, table.columns[*idx].unconvertible.as_ref());
    }
    let values = match &reasons {
        Some(reasons) => without(&values, reasons),
        None => values,
    };
    if step.assumes_utc {
        watch(&values);
    }
    let mut column = match &step.converter {
        None => Column { values, unconvertible: reasons },
        Some(converter) => {
            let Column { values, unconvertible } = converter.convert(&values);
            Column { values, unconvertible: overlay(unconvertible, reasons.as_ref()) }
        }
    };
    if step.is_sensitive {
        column.unconvertible = hidden(column.unconvertible);
    }
    (column, (!failed.rows.is_empty()).then_some(failed))
}

/// Evaluates a range of rows, and where that fails its halves, down to the rows that fail.
struct Isolation<'a> {
    step: &'a Step,
    batch: &'a RecordBatch,
    pieces: Vec<ArrayRef>,
    texts: Option<Texts>,
    failed: FailedRows,
}

impl Isolation<'_> {
    fn evaluate(&mut self, rows: Range<usize>) {
        let whole = rows.len() == self.batch.num_rows();
        let slice = if whole { self.batch.clone() } else { self.batch.slice(rows.start, rows.len()) };
        match guarded(|| self.step.expr.evaluate(&slice)?.into_array(rows.len())) {
            Ok(values) => self.pieces.push(values),
            Err(error) if rows.len() <= 1 => {
                self.pieces.push(new_null_array(&self.step.data_type, rows.len()));
                if !rows.is_empty() {
                    self.fail(rows.start, &error);
                }
            }
            Err(_) => {
                let middle = rows.start + rows.len() / 2;
                self.evaluate(rows.start..middle);
                self.evaluate(middle..rows.end);
            }
        }
    }

    fn fail(&mut self, row: usize, error: &DataFusionError) {
        let texts = self.texts.get_or_insert_default();
        match unreadable_text(error, self.batch, row) {
            Some(text) => texts.push(row, &text),
            None => {
                let reason = if self.step.is_sensitive { HIDDEN.to_owned() } else { error.reason() };
                texts.push(row, &format!("error: {reason}"));
                self.failed.rows.push((row, reason));
            }
        }
    }
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread is caught and told as the failure of a row, so that nobody else needs to tell it.
pub fn panics_are_failures() -> bool {
    GUARDED.get()
}

/// Runs an engine's function; some panic on extreme arguments, which must not take the other features with them.
fn guarded<T>(evaluate: impl FnOnce() -> Result<T, DataFusionError>) -> Result<T, DataFusionError> {
    GUARDED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(evaluate));
    GUARDED.set(false);
    result.unwrap_or_else(|payload| {
        let reason = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
            (Some(reason), _) => (*reason).to_owned(),
            (None, Some(reason)) => reason.clone(),
            (None, None) => "no reason given".to_owned(),
        };
        Err(DataFusionError::Internal(format!("the engine gave up: {reason}")))
    })
}

/// Texts for some rows, in the order of the rows.
#[derive(Default)]
struct Texts {
    rows: Vec<(usize, String)>,
}

impl Texts {
    fn push(&mut self, row: usize, text: &str) {
        self.rows.push((row, text.to_string()));
    }

    fn finish(self, n_rows: usize) -> StringArray {
        let mut builder = StringBuilder::with_capacity(n_rows, 0);
        for (row, text) in self.rows {
            builder.append_nulls(row - builder_len(&builder));
            builder.append_value(text);
        }
        builder.append_nulls(n_rows - builder_len(&builder));
        builder.finish()
    }
}

fn builder_len(builder: &StringBuilder) -> usize {
    use datafusion::arrow::array::ArrayBuilder;
    builder.len()
}

/// The text that an expression could not read as what it needs, if that is why it failed; what else fails is an error.
fn unreadable_text(error: &DataFusionError, batch: &RecordBatch, row: usize) -> Option<String> {
    let message = match error.find_root() {
        DataFusionError::ArrowError(source, _) => match source.as_ref() {
            ArrowError::CastError(message) | ArrowError::ParseError(message) => message,
            _ => return None,
        },
        DataFusionError::Execution(message) if message.starts_with("Error parsing") => message,
        // A function of ours that reads texts.
        DataFusionError::Execution(message) => {
            let text = message.strip_prefix(NO_OBJECT)?;
            return Some(text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(text).to_owned());
        }
        _ => return None,
    };
    let casts = ["Cannot cast string '", "Cannot cast value '"].iter().find_map(|start| message.strip_prefix(start));
    if let Some((text, _)) = casts.and_then(|rest| rest.rsplit_once("' to value of")) {
        return Some(text.to_owned());
    }
    texts_of(batch, row).find(|text| message.contains(&format!("'{text}'")) || message.contains(&format!("\"{text}\"")))
}

/// The texts that an expression read in a row.
fn texts_of(batch: &RecordBatch, row: usize) -> impl Iterator<Item = String> {
    let is_text = |data_type: &DataType| matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let texts = batch.columns().iter().filter(move |values| is_text(values.data_type()));
    texts.filter_map(move |values| text_at(values, row))
}

/// What stands for a text that is not to be shown.
const HIDDEN: &str = "(hidden: sensitive)";

fn hidden(texts: Option<StringArray>) -> Option<StringArray> {
    texts.map(|texts| texts.iter().map(|text| text.map(|_| HIDDEN)).collect())
}

/// The texts of both, the first where both have one.
fn overlay(first: Option<StringArray>, second: Option<&StringArray>) -> Option<StringArray> {
    let Some(second) = second.filter(|texts| texts.null_count() < texts.len()) else { return first };
    let Some(first) = first.filter(|texts| texts.null_count() < texts.len()) else { return Some(second.clone()) };
    Some(first.iter().zip(second).map(|(first, second)| first.or(second)).collect())
}

/// The values, null where there is a text.
fn without(values: &ArrayRef, texts: &StringArray) -> ArrayRef {
    let has_text = is_not_null(texts).expect("every array has a null mask");
    nullif(values, &has_text).expect("there is a text or a null for every row")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_engine_is_an_error_of_the_row() {
        let error = guarded(|| -> Result<(), DataFusionError> { panic!("no such kernel") }).unwrap_err();
        assert!(error.reason().contains("the engine gave up: no such kernel"), "{error}");
        assert!(!panics_are_failures());
        assert_eq!(guarded(|| Ok(panics_are_failures())).ok(), Some(true));
    }
}
