//! From a spec to aligned rows: opens both sides, plans them, brings their types together, executes and aligns.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::Column as ColumnName;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, SortExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use datafusion::prelude::{col, lit};
use futures::{StreamExt, TryStreamExt};

use super::agree::{convert_event_time, unify_keys, watch_zones};
use super::align::{Aligned, Aligner, Outcome, SideError};
use super::evaluate::{Evaluation, EvaluationFacts, evaluate};
use super::input::{Depth, Input, Opening, open};
use super::layout::Layout;
use super::program::{Program, plan};
use super::reason::EngineReason;
use super::session::Resources;
use crate::error::Error;
use crate::spec::{Duplicates, EventTimeRule, PerSide, Problem, Problems, Side, Spec};

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
    inputs: PerSide<Input>,
    programs: PerSide<Arc<Program>>,
    layouts: PerSide<Arc<Layout>>,
    /// What the key types are on each side, where they cannot match.
    pub incomparable_keys: Vec<(String, PerSide<DataType>)>,
    /// How many online rows are read at most.
    limit: Option<usize>,
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
        let mut programs = PerSide { offline: None, online: None };
        for side in Side::BOTH {
            if let Some(input) = &opened[side] {
                programs[side] = Some(plan(&spec, input, opened[side.other()].as_ref(), &mut problems));
            }
        }
        if spec.align.duplicates == Duplicates::Multiset && matches!(spec.align.event_time, EventTimeRule::AsOf { .. })
        {
            let problem = Problem::new("`duplicates: multiset` cannot be combined with `as_of`").help(
                "an offline row may serve several online rows as of their times; use `error`, `latest` or `exclude`",
            );
            problems.push(problem);
        }
        let mut incomparable_keys = Vec::new();
        if let PerSide { offline: Some(offline), online: Some(online) } = &mut programs
            && problems.is_empty()
        {
            incomparable_keys = unify_keys(&spec, offline, online);
            for (side, program) in [(Side::Offline, &mut *offline), (Side::Online, &mut *online)] {
                convert_event_time(&spec, side, program, &mut problems);
            }
            watch_zones(&spec, Side::Offline, offline);
            watch_zones(&spec, Side::Online, online);
        }
        if !problems.is_empty() {
            return Err(Error::Problems(Problems::new(spec.source.clone(), problems)));
        }
        let (
            PerSide { offline: Some(offline), online: Some(online) },
            PerSide { offline: Some(off_in), online: Some(on_in) },
        ) = (programs, opened)
        else {
            unreachable!("a side that is not open has a problem")
        };
        let layouts = PerSide { offline: Arc::new(Layout::new(&offline)), online: Arc::new(Layout::new(&online)) };
        let programs = PerSide { offline: Arc::new(offline), online: Arc::new(online) };
        let inputs = PerSide { offline: off_in, online: on_in };
        Ok(Self { spec, inputs, programs, layouts, incomparable_keys, limit })
    }

    pub fn input(&self, side: Side) -> &Input {
        &self.inputs[side]
    }

    /// Where a side's evaluated columns stand, with their types after conversion.
    pub fn layout(&self, side: Side) -> &Layout {
        &self.layouts[side]
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
        let mut evaluations = PerSide::from_fn(|_| Arc::new(Evaluation::default()));
        for side in Side::BOTH {
            let limit = self.limit.filter(|_| side == Side::Online);
            let stream = self.sorted(side, limit, &mut evaluations[side], progress).await;
            streams[side] = Some(stream.map_err(|error| engine_error(side, "execute the query", error))?);
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
        .map_err(|SideError { side, error }| engine_error(side, "align the rows", error))?;
        Ok(Execution { aligner, evaluations, rows_aligned: progress.rows_aligned.clone() })
    }

    /// One side's evaluated rows, sorted by keys and event time.
    async fn sorted(
        &self,
        side: Side,
        limit: Option<usize>,
        evaluation: &mut Arc<Evaluation>,
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
        let layout = &self.layouts[side];
        let key_names: Arc<[String]> = self.spec.keys.iter().map(|key| key.value.clone()).collect();
        let n_partitions = source.output_partitioning().partition_count();
        let parts: Vec<Part> = match limit {
            Some(n_rows) => vec![Part { partitions: 0..n_partitions, limit: n_rows }],
            None => (0..n_partitions).map(|idx| Part { partitions: idx..idx + 1, limit: usize::MAX }).collect(),
        };
        let partitions = parts.into_iter().map(|part| {
            let evaluated: Arc<dyn PartitionStream> = Arc::new(EvaluatedPart {
                source: source.clone(),
                part,
                task: task.clone(),
                program: program.clone(),
                layout: layout.clone(),
                key_names: key_names.clone(),
                evaluation: evaluation.clone(),
                rows_read: progress.rows_read.clone(),
            });
            evaluated
        });
        let table = StreamingTable::try_new(layout.schema.clone(), partitions.collect())?;
        let order: Vec<SortExpr> = (0..layout.n_keys)
            .chain(layout.event_time.map(|slot| slot.values))
            .map(|idx| col(ColumnName::new_unqualified(layout.schema.field(idx).name())).sort(true, true))
            .collect();
        input.ctx.read_table(Arc::new(table))?.sort(order)?.execute_stream().await
    }
}

/// Both sides, running.
pub struct Execution {
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
        let next = next.map_err(|SideError { side, error }| engine_error(side, "read the rows", error))?;
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

fn engine_error(side: Side, doing: &'static str, error: DataFusionError) -> Error {
    Error::Engine { side, doing, reason: error.reason(), source: Some(Box::new(error)) }
}

/// Some of the source's partitions, read one after the other up to a number of rows.
#[derive(Debug, Clone)]
struct Part {
    partitions: Range<usize>,
    limit: usize,
}

/// A part of a side, evaluated as it is read.
struct EvaluatedPart {
    source: Arc<dyn ExecutionPlan>,
    part: Part,
    task: Arc<TaskContext>,
    program: Arc<Program>,
    layout: Arc<Layout>,
    key_names: Arc<[String]>,
    evaluation: Arc<Evaluation>,
    rows_read: Arc<AtomicU64>,
}

impl std::fmt::Debug for EvaluatedPart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EvaluatedPart").field("part", &self.part).finish_non_exhaustive()
    }
}

impl PartitionStream for EvaluatedPart {
    fn schema(&self) -> &SchemaRef {
        &self.layout.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (program, layout) = (self.program.clone(), self.layout.clone());
        let (key_names, evaluation) = (self.key_names.clone(), self.evaluation.clone());
        let rows_read = self.rows_read.clone();
        let (source, task) = (self.source.clone(), self.task.clone());
        let batches = futures::stream::iter(self.part.partitions.clone())
            .map(move |partition| source.execute(partition, task.clone()))
            .try_flatten();
        let evaluated = batches.scan(self.part.limit, move |rows_left, batch| {
            futures::future::ready(match batch {
                Err(error) => Some(Err(error)),
                Ok(_) if *rows_left == 0 => None,
                Ok(batch) => {
                    let batch = batch.slice(0, batch.num_rows().min(*rows_left));
                    *rows_left -= batch.num_rows();
                    rows_read.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
                    let columns = evaluate(&program, &key_names, &batch, &evaluation);
                    Some(Ok(layout.arrange(&columns)))
                }
            })
        });
        Box::pin(RecordBatchStreamAdapter::new(self.layout.schema.clone(), evaluated))
    }
}
