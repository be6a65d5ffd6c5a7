//! From a spec to aligned rows: opens both sides, plans them, brings their types together, executes and aligns.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column as ColumnName;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::Expr;
use datafusion::prelude::{col, lit};

use super::agree::{convert_event_time, unify_keys, watch_zones};
use super::align::{Aligned, Aligner, Outcome, SideError};
use super::evaluate::{Evaluation, EvaluationFacts};
use super::focus::Focus;
use super::input::{Depth, Input, Opening, open};
use super::layout::Layout;
use super::planner::{names_behind, plan};
use super::program::{JsonKinds, Program};
use super::reason::{EngineReason, placed_reason};
use super::session::Resources;
use super::sorted::{Evaluating, sorted};
use crate::error::Error;
use crate::spec::{PerSide, Problem, Problems, Side, Spec, quoted_identifier};

/// What has been done so far; another thread may look.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes of JSON and CSV files as they lie on disk, read to learn their types.
    pub bytes_opened: Arc<AtomicU64>,
    /// Rows evaluated, of both sides.
    pub rows_read: Arc<AtomicU64>,
    /// Rows of both sides that were aligned.
    pub rows_aligned: Arc<AtomicU64>,
}

/// Both sides, opened and planned: all problems that can be known before a row is executed are known to be absent.
pub struct Planned {
    spec: Arc<Spec>,
    inputs: Arc<PerSide<Input>>,
    /// The instant that `now()` stands for.
    pub(super) now: DateTime<Utc>,
    programs: PerSide<Arc<Program>>,
    layouts: PerSide<Arc<Layout>>,
    /// What the key types are on each side, where they cannot match.
    pub incomparable_keys: Vec<(String, PerSide<DataType>)>,
    /// How many online rows are read at most.
    limit: Option<usize>,
    /// Bytes of an evaluated batch at most, where memory is limited.
    batch_bytes: Option<usize>,
}

impl Planned {
    /// Opens and plans both sides of a spec. Paths are relative to `base`. With `limit`, only that many online rows will be
    /// read, the first in the order of the files.
    ///
    /// # Errors
    /// [`Error::Problems`] with all problems of both sides; [`Error::Input`] names the input that cannot be read.
    pub async fn new(
        spec: Arc<Spec>,
        base: &Path,
        resources: &Resources,
        depth: Depth,
        limit: Option<usize>,
        progress: &Progress,
    ) -> Result<Self, Error> {
        let runtime = resources.runtime().map_err(|error| engine_error(Side::Offline, "set up the engine", error))?;
        let mut problems = Vec::new();
        let mut opened = PerSide { offline: None, online: None };
        for side in Side::BOTH {
            // Which rows are the first must not hang on how many threads read them.
            let threads = if limit.is_some() && side == Side::Online { 1 } else { resources.threads };
            let how = Opening {
                base,
                resources: Resources { threads, ..*resources },
                runtime: runtime.clone(),
                depth,
                bytes_read: progress.bytes_opened.clone(),
            };
            opened[side] = open(&spec, side, &how, &mut problems).await?;
        }
        if let PerSide { offline: Some(offline), online: Some(online) } = opened {
            let inputs = Arc::new(PerSide { offline, online });
            return Self::plan(spec, inputs, chrono::Utc::now(), limit, resources.batch_bytes(), None, problems);
        }
        // The problems of the side that could be opened are told all the same.
        for side in Side::BOTH {
            if let Some(input) = &opened[side] {
                plan(&spec, input, None, chrono::Utc::now(), None, &mut problems);
            }
        }
        Err(Error::Problems(Problems::new(spec.source.clone(), problems)))
    }

    /// Plans a further pass over the same inputs that reads what `focus` asks for, and the rows pair as before.
    ///
    /// # Errors
    /// [`Error::Problems`]; what could be planned once has none.
    pub fn focused(&self, focus: &Focus) -> Result<Self, Error> {
        let inputs = self.inputs.clone();
        Self::plan(self.spec.clone(), inputs, self.now, self.limit, self.batch_bytes, Some(focus), Vec::new())
    }

    /// Whether a spec that differs from this one in expressions only can be planned over the same inputs.
    pub fn can_plan(&self, spec: &Arc<Spec>) -> bool {
        Self::plan(spec.clone(), self.inputs.clone(), self.now, self.limit, self.batch_bytes, None, Vec::new()).is_ok()
    }

    fn plan(
        spec: Arc<Spec>,
        inputs: Arc<PerSide<Input>>,
        now: DateTime<Utc>,
        limit: Option<usize>,
        batch_bytes: Option<usize>,
        focus: Option<&Focus>,
        mut problems: Vec<Problem>,
    ) -> Result<Self, Error> {
        let mut program =
            |side: Side| plan(&spec, &inputs[side], Some(&inputs[side.other()]), now, focus, &mut problems);
        let mut programs = PerSide { offline: program(Side::Offline), online: program(Side::Online) };
        for side in Side::BOTH {
            // What no side can have is wrong in the spec.
            let others: Vec<usize> = programs[side.other()].impossible.iter().map(|(feature, _)| *feature).collect();
            let both = programs[side].impossible.iter().filter(|(feature, _)| others.contains(feature));
            problems.extend(both.map(|(_, problem)| problem.clone()));
        }
        let mut incomparable_keys = Vec::new();
        if problems.is_empty() {
            let PerSide { offline, online } = &mut programs;
            incomparable_keys = unify_keys(&spec, offline, online);
            for side in Side::BOTH {
                convert_event_time(&spec, side, &mut programs[side], &mut problems);
                watch_zones(&spec, side, &mut programs[side]);
            }
        }
        if !problems.is_empty() {
            return Err(Error::Problems(Problems::new(spec.source.clone(), problems)));
        }
        let layouts = programs.as_ref().map(|program| Arc::new(Layout::new(program)));
        let programs = programs.map(Arc::new);
        Ok(Self { spec, inputs, now, programs, layouts, incomparable_keys, limit, batch_bytes })
    }

    pub(super) fn spec(&self) -> &Spec {
        &self.spec
    }

    pub fn input(&self, side: Side) -> &Input {
        &self.inputs[side]
    }

    /// Where a side's evaluated columns stand, with their types after conversion.
    pub fn layout(&self, side: Side) -> &Layout {
        &self.layouts[side]
    }

    /// The type of a feature's value before it becomes the declared one.
    pub fn raw_type(&self, side: Side, feature: usize, recorded: bool) -> Option<&DataType> {
        let program = &self.programs[side];
        let columns = if recorded { &program.recorded } else { &program.computed };
        Some(program.raw_type(columns.get(feature).copied().flatten()?))
    }

    /// Whether no value that a side has can become the feature's declared type.
    pub fn is_impossible(&self, side: Side, feature: usize) -> bool {
        self.programs[side].impossible.iter().any(|(impossible, _)| *impossible == feature)
    }

    /// What read naive times as UTC on a side ("feature `x`"), with the feature.
    pub fn read_as_utc<'a>(
        &'a self,
        side: Side,
        facts: &'a EvaluationFacts,
    ) -> impl Iterator<Item = (&'a str, Option<usize>)> + 'a {
        let steps = facts.naive_times.iter().filter_map(move |idx| self.programs[side].steps.get(*idx));
        steps.map(|step| (step.what.as_str(), step.feature))
    }

    /// Whether a feature's values are those of a sensitive one, or of a column that a sensitive one reads.
    pub fn is_sensitive(&self, feature: usize) -> bool {
        let is_marked = self.spec.features.get(feature).is_some_and(|feature| feature.sensitive);
        is_marked
            || Side::BOTH.into_iter().any(|side| {
                let program = &self.programs[side];
                let columns = [program.computed.get(feature), program.recorded.get(feature)];
                columns.into_iter().flatten().flatten().any(|idx| program.is_sensitive(*idx))
            })
    }

    /// Whether a column, or a field of it, is what a sensitive feature reads.
    pub fn is_secret(&self, name: &str) -> bool {
        let root = name.split('.').next().unwrap_or(name);
        let sensitive = || self.spec.features.iter().filter(|feature| feature.sensitive);
        Side::BOTH.into_iter().any(|side| {
            let texts = sensitive().flat_map(|feature| {
                let recorded = feature.recorded[side].as_ref().map(|sql| sql.value.clone());
                [Some(quoted_identifier(&feature.name.value)), feature.computed_sql(side), recorded]
            });
            let secrets = names_behind(&self.spec, side, texts.flatten().collect());
            secrets.contains(root) || secrets.contains(name)
        })
    }

    /// The features without a declared type that are, on a side, nothing but a JSON field whose type changes from record
    /// to record, so that it is text.
    pub fn changing_types(&self, side: Side) -> impl Iterator<Item = (usize, JsonKinds)> + '_ {
        let program = &self.programs[side];
        let features = self.spec.features.iter().zip(program.computed.iter().zip(&program.recorded)).enumerate();
        features.filter(|(_, (feature, _))| feature.data_type.is_none()).filter_map(|(idx, (_, columns))| {
            let kinds = [columns.0, columns.1].into_iter().flatten().find_map(|column| program.kinds(*column));
            Some((idx, kinds?))
        })
    }

    /// The type of each key part, none where the sides have none in common.
    pub fn key_types(&self) -> Vec<Option<DataType>> {
        let [offline, online] = Side::BOTH.map(|side| self.layouts[side].key_types());
        offline.zip(online).map(|(offline, online)| (offline == online).then(|| offline.clone())).collect()
    }

    /// Executes both sides and starts to align them.
    ///
    /// # Errors
    /// [`Error::Engine`] if a side cannot be executed.
    pub async fn execute(&self, progress: &Progress) -> Result<Execution, Error> {
        let mut streams = PerSide { offline: None, online: None };
        let evaluations = PerSide::from_fn(|_| Arc::new(Evaluation::default()));
        for side in Side::BOTH {
            let limit = self.limit.filter(|_| side == Side::Online);
            let stream = self.sorted(side, limit, evaluations[side].clone(), progress).await;
            streams[side] = Some(stream.map_err(|error| placed_error(&self.spec, side, "execute the query", error))?);
        }
        let PerSide { offline: Some(offline), online: Some(online) } = streams else {
            unreachable!("both sides were executed")
        };
        let key_names = self.spec.keys.iter().map(|key| key.value.clone()).collect();
        let comparable = self.incomparable_keys.is_empty();
        let aligner = Aligner::new(
            self.spec.align.clone(),
            PerSide { offline, online },
            self.layouts.clone(),
            key_names,
            comparable,
        )
        .map_err(|SideError { side, error }| placed_error(&self.spec, side, "align the rows", error))?;
        let spec = Arc::clone(&self.spec);
        Ok(Execution { spec, aligner, evaluations, rows_aligned: progress.rows_aligned.clone() })
    }

    /// One side's evaluated rows, sorted by keys and event time.
    async fn sorted(
        &self,
        side: Side,
        limit: Option<usize>,
        evaluation: Arc<Evaluation>,
        progress: &Progress,
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        let input = &self.inputs[side];
        let program = &self.programs[side];
        let frame = input.frame.clone();
        let mut columns: Vec<Expr> =
            program.base.iter().map(|field| col(ColumnName::new_unqualified(field.name()))).collect();
        if columns.is_empty() {
            // Rows have to be counted even if nothing of them is used.
            columns.push(lit(true).alias("row"));
        }
        let frame = frame.select(columns)?;
        let task = Arc::new(frame.task_ctx());
        let source = frame.create_physical_plan().await?;
        let evaluating = Evaluating {
            program: program.clone(),
            layout: self.layouts[side].clone(),
            key_names: self.spec.keys.iter().map(|key| key.value.clone()).collect(),
            evaluation,
            rows_read: progress.rows_read.clone(),
            batch_bytes: self.batch_bytes,
        };
        sorted(source, task, limit, evaluating).await
    }
}

/// Both sides, running.
pub struct Execution {
    spec: Arc<Spec>,
    aligner: Aligner,
    evaluations: PerSide<Arc<Evaluation>>,
    rows_aligned: Arc<AtomicU64>,
}

impl Execution {
    /// Returns the next batch of rows; none at the end.
    ///
    /// # Errors
    /// [`Error::Engine`] if reading, evaluating or sorting fails for reasons of its own (a corrupt file, no memory).
    pub async fn next(&mut self) -> Result<Option<Aligned>, Error> {
        let next = self.aligner.next().await;
        let next = next.map_err(|SideError { side, error }| placed_error(&self.spec, side, "read the rows", error))?;
        if let Some(Aligned::Side(_, rows)) = &next {
            self.rows_aligned.fetch_add(rows.len() as u64, Ordering::Relaxed);
        }
        Ok(next)
    }

    /// The accounts of the aligned rows and what evaluating each side came to, when all batches have been taken.
    pub fn finish(self) -> (Outcome, PerSide<EvaluationFacts>) {
        (self.aligner.finish(), self.evaluations.map(|evaluation| evaluation.facts()))
    }
}

/// An error of a side's execution, with where in the side it arose as far as that is known.
fn placed_error(spec: &Spec, side: Side, doing: &'static str, error: DataFusionError) -> Error {
    let reason = placed_reason(&error, spec, side);
    // The engine's own error may quote a value that is not to be shown.
    let is_open = spec.features.iter().all(|feature| !feature.sensitive);
    Error::Engine { side, doing, reason, source: is_open.then(|| Box::new(error) as _) }
}

fn engine_error(side: Side, doing: &'static str, error: DataFusionError) -> Error {
    Error::Engine { side, doing, reason: error.reason(), source: Some(Box::new(error)) }
}
