//! Opens one side: registers its tables, plans its query, and tells which columns there are.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::datasource::empty::EmptyTable;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::{DataFrame, SQLOptions, SessionContext, col};

use super::captures::{self, CaptureFile, CsvOptions as CaptureCsvOptions, Unreadable};
use super::files::{DataFile, Files, find};
use super::listing;
use super::reason::{EngineReason, problem_of_plan};
use super::session::{Resources, context};
use crate::error::Error;
use crate::spec::{Format, Problem, Side, SideSpec, Spec, Table};

/// One side, opened: its rows as a frame that nothing has executed yet.
pub struct Input {
    pub side: Side,
    pub(super) ctx: SessionContext,
    /// The rows of the side's query or only table; columns are unqualified, each name once.
    pub(super) frame: DataFrame,
    pub(super) schema: SchemaRef,
    /// Whether the side is known to have no row, and so perhaps no columns either.
    pub empty: bool,
    pub n_unreadable: u64,
    /// The first of the unreadable records, by file and line.
    pub unreadable: Vec<Unreadable>,
}

impl Input {
    /// The side's columns, as its files or its query have them.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

/// How much of record-by-record formats is read when a side is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Every record: types are those of all values.
    Full,
    /// The first records only, for linting.
    Head(usize),
}

/// How inputs are opened.
pub(super) struct Opening<'a> {
    /// What paths are relative to.
    pub base: &'a Path,
    pub resources: Resources,
    pub runtime: Arc<RuntimeEnv>,
    pub depth: Depth,
    /// Counts bytes of JSON and CSV files as they lie on disk.
    pub bytes_read: Arc<AtomicU64>,
}

/// Opens one side of a spec. Reads every record of JSON and CSV once, and only the metadata of the other formats.
///
/// # Errors
/// [`Error::Input`] names the file; problems of the query are pushed onto `problems`, and the result is then `None`.
pub(super) async fn open(
    spec: &Spec,
    side: Side,
    how: &Opening<'_>,
    problems: &mut Vec<Problem>,
) -> Result<Option<Input>, Error> {
    let side_spec = &spec.sides[side];
    let ctx = context(&how.resources, Arc::clone(&how.runtime));
    let mut input_facts = Facts { all_empty: true, ..Facts::default() };
    for (name, table) in &side_spec.tables {
        let provider = open_table(&ctx, side, table, how, &mut input_facts).await?;
        ctx.register_table(TableReference::bare(name.as_str()), provider).map_err(|error| {
            let reason = error.reason();
            Error::Engine { side, doing: "register a table", reason, source: Some(Box::new(error)) }
        })?;
    }
    let frame = match plan_query(&ctx, side_spec).await {
        Ok(frame) => frame,
        Err(_) if input_facts.all_empty => empty_frame(&ctx),
        Err(error) => {
            problems.push(query_problem(spec, side, side_spec, &error));
            return Ok(None);
        }
    };
    let (frame, duplicates) = unqualified(frame);
    for name in duplicates {
        let problem = Problem::new(format!("the {side} query returns two columns named `{}`", name.escape_debug()))
            .help("give one of them another name with AS, or select columns by name");
        problems.push(match &side_spec.query {
            Some(query) => problem.at(query.span),
            None => problem.at(side_spec.span),
        });
    }
    let frame = frame.map_err(|error| {
        let reason = error.reason();
        Error::Engine { side, doing: "plan the query", reason, source: Some(Box::new(error)) }
    })?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let Facts { all_empty, n_unreadable, mut unreadable } = input_facts;
    unreadable.truncate(MAX_UNREADABLE_SAMPLES);
    Ok(Some(Input { side, ctx, frame, schema, empty: all_empty, n_unreadable, unreadable }))
}

/// Opens a single table as a side, without a spec around it. Reads as much as [`open`] does.
///
/// # Errors
/// [`Error::Input`] names the file that cannot be read, or a column that stands there twice.
pub(super) async fn open_alone(side: Side, table: &Table, how: &Opening<'_>) -> Result<Input, Error> {
    let ctx = context(&how.resources, Arc::clone(&how.runtime));
    let mut facts = Facts { all_empty: true, ..Facts::default() };
    let provider = open_table(&ctx, side, table, how, &mut facts).await?;
    let (frame, duplicates) = match ctx.read_table(provider) {
        Ok(frame) => unqualified(frame),
        Err(error) => (Err(error), Vec::new()),
    };
    if let Some(name) = duplicates.first() {
        let reason = format!("it has two columns named `{}`", name.escape_debug());
        return Err(Error::Input { side, what: table.path.value.clone(), reason, source: None });
    }
    let frame = frame.map_err(|error| {
        let reason = error.reason();
        Error::Engine { side, doing: "plan the query", reason, source: Some(Box::new(error)) }
    })?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let Facts { all_empty, n_unreadable, mut unreadable } = facts;
    unreadable.truncate(MAX_UNREADABLE_SAMPLES);
    Ok(Input { side, ctx, frame, schema, empty: all_empty, n_unreadable, unreadable })
}

const MAX_UNREADABLE_SAMPLES: usize = 5;

#[derive(Default)]
struct Facts {
    all_empty: bool,
    n_unreadable: u64,
    unreadable: Vec<Unreadable>,
}

async fn plan_query(ctx: &SessionContext, side_spec: &SideSpec) -> datafusion::error::Result<DataFrame> {
    match &side_spec.query {
        Some(query) => {
            let options = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
            ctx.sql_with_options(&query.value, options).await
        }
        None => {
            let name = side_spec.tables.keys().next().expect("a side has a table: the spec is checked");
            ctx.table(TableReference::bare(name.as_str())).await
        }
    }
}

fn query_problem(spec: &Spec, side: Side, side_spec: &SideSpec, error: &datafusion::error::DataFusionError) -> Problem {
    let what = format!("the {side} query");
    match &side_spec.query {
        Some(query) => problem_of_plan(&spec.source, query, &what, error),
        None => Problem::new(format!("{what} cannot be planned: {}", error.reason())).at(side_spec.span),
    }
}

/// Drops the qualifiers of a frame's columns; also returns the names that stand there twice.
fn unqualified(frame: DataFrame) -> (datafusion::error::Result<DataFrame>, Vec<String>) {
    let mut names: Vec<String> = frame.schema().fields().iter().map(|field| field.name().clone()).collect();
    let columns: Vec<_> =
        frame.schema().columns().into_iter().map(|column| col(column.clone()).alias(column.name)).collect();
    names.sort();
    let mut duplicates: Vec<String> =
        names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
    duplicates.dedup();
    if !duplicates.is_empty() {
        return (Ok(frame), duplicates);
    }
    (frame.select(columns), duplicates)
}

fn empty_frame(ctx: &SessionContext) -> DataFrame {
    ctx.read_table(Arc::new(EmptyTable::new(Arc::new(Schema::empty())))).expect("a table without columns plans")
}

async fn open_table(
    ctx: &SessionContext,
    side: Side,
    table: &Table,
    how: &Opening<'_>,
    facts: &mut Facts,
) -> Result<Arc<dyn TableProvider>, Error> {
    let found = find(side, table, how.base)?;
    match found.format {
        Format::Parquet | Format::Avro | Format::Arrow => {
            facts.all_empty = false;
            listing::open(ctx, side, table, found).await
        }
        Format::Csv | Format::Tsv | Format::JsonLines | Format::Json => open_captures(side, table, found, how, facts),
    }
}

fn open_captures(
    side: Side,
    table: &Table,
    found: Files,
    how: &Opening<'_>,
    facts: &mut Facts,
) -> Result<Arc<dyn TableProvider>, Error> {
    let format = match found.format {
        Format::JsonLines => captures::Format::JsonLines,
        Format::Json => captures::Format::Json,
        Format::Tsv => captures::Format::Csv(csv_options(table, b'\t')),
        Format::Csv | Format::Parquet | Format::Avro | Format::Arrow => captures::Format::Csv(csv_options(table, b',')),
    };
    let files: Vec<CaptureFile> = found
        .files
        .into_iter()
        .map(|DataFile { path, display, partition }| CaptureFile { path, display, partition })
        .collect();
    let opened = match how.depth {
        Depth::Full => captures::open(files, format, Arc::clone(&how.bytes_read)),
        Depth::Head(n_records) => captures::peek(files, format, n_records),
    };
    let capture = opened.map_err(|error| Error::Input {
        side,
        what: table.path.value.clone(),
        reason: error.to_string(),
        source: Some(Box::new(error)),
    })?;
    facts.all_empty &= capture.n_records == 0;
    facts.n_unreadable += capture.n_unreadable;
    facts.unreadable.extend(capture.unreadable.iter().cloned());
    Ok(capture.into_table())
}

fn csv_options(table: &Table, delimiter: u8) -> CaptureCsvOptions {
    let options = &table.options;
    CaptureCsvOptions {
        delimiter: options.delimiter.unwrap_or(delimiter),
        quote: options.quote.unwrap_or(b'"'),
        escape: options.escape,
        comment: options.comment,
        header: options.header.unwrap_or(true),
        null_values: options.null_values.clone().unwrap_or_else(|| vec![String::new()]),
    }
}
