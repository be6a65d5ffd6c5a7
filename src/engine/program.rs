//! One side's program: what is computed from its rows, in an order in which every step finds its inputs.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, cast, lit};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::BinaryExpr;
use datafusion::scalar::ScalarValue;

use super::fallible::is_infallible;
use super::input::Input;
use super::names::paths;
use super::reason::problem_of_plan;
use crate::compare::Converter;
use crate::spec::{Computed, Feature, Located, Problem, Side, Source, Spec, closest, locate_identifier};

/// A column of the working table of a batch: first those that are read, then one for each step.
pub(super) type ColumnIdx = usize;

/// What is computed from one side's rows.
#[derive(Debug)]
pub(super) struct Program {
    /// The columns that are read, by name.
    pub base: Vec<Field>,
    pub steps: Vec<Step>,
    pub filter: Option<ColumnIdx>,
    pub keys: Vec<ColumnIdx>,
    pub event_time: Option<ColumnIdx>,
    /// By feature.
    pub computed: Vec<Option<ColumnIdx>>,
    /// By feature.
    pub recorded: Vec<Option<ColumnIdx>>,
}

/// One expression, evaluated over the columns that it reads.
#[derive(Debug)]
pub(super) struct Step {
    /// What messages call it: "feature `x`".
    pub what: String,
    pub feature: Option<usize>,
    pub inputs: Vec<ColumnIdx>,
    /// Of the inputs, by the names that the expression uses.
    pub schema: SchemaRef,
    pub expr: Arc<dyn PhysicalExpr>,
    /// The expression's own type.
    pub data_type: DataType,
    /// To the declared type; none: the value stays as it is.
    pub converter: Option<Converter>,
    /// Whether a row may fail or turn out unconvertible.
    pub fallible: bool,
    /// Whether times without a zone are read as UTC here, which the reader has to know.
    pub assumes_utc: bool,
}

impl Program {
    pub fn column_type(&self, idx: ColumnIdx) -> &DataType {
        match idx.checked_sub(self.base.len()) {
            None => self.base[idx].data_type(),
            Some(step) => self.steps[step].target(),
        }
    }

    pub fn fallible(&self, idx: ColumnIdx) -> bool {
        idx.checked_sub(self.base.len()).is_some_and(|step| self.steps[step].fallible)
    }

    /// The step behind a column; a column that is read as it is has none.
    pub fn step_mut(&mut self, idx: ColumnIdx) -> Option<&mut Step> {
        let step = idx.checked_sub(self.base.len())?;
        self.steps.get_mut(step)
    }
}

impl Step {
    /// The type of the step's column.
    pub fn target(&self) -> &DataType {
        self.converter.as_ref().map_or(&self.data_type, Converter::target)
    }

    /// Converts what the step computes; only before anything has been planned upon its column.
    pub fn convert_with(&mut self, converter: Converter) {
        self.fallible |= !converter.is_infallible();
        self.converter = Some(converter);
    }
}

/// Plans one side. Problems are pushed; the program is of use only if there are none.
pub(super) fn plan(spec: &Spec, input: &Input, other: Option<&Input>, problems: &mut Vec<Problem>) -> Program {
    let mut planner = Planner {
        spec,
        input,
        other,
        problems,
        program: Program {
            base: Vec::new(),
            steps: Vec::new(),
            filter: None,
            keys: Vec::new(),
            event_time: None,
            computed: Vec::new(),
            recorded: Vec::new(),
        },
        pending: Vec::new(),
        base_idx: HashMap::new(),
        done: HashMap::new(),
    };
    planner.collect_base();
    planner.plan_side();
    planner.program
}

/// Which names an expression sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The side's own columns: what `columns` is written in.
    Raw,
    /// And the names that `columns` gives.
    Side,
    /// And the features.
    Feature,
}

/// A named expression that others refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Node<'a> {
    Derived(&'a str),
    Feature(usize),
}

#[derive(Debug, Clone, Copy)]
enum State {
    Open,
    Done(Option<ColumnIdx>),
}

struct Planner<'a, 'p> {
    spec: &'a Spec,
    input: &'a Input,
    other: Option<&'a Input>,
    problems: &'p mut Vec<Problem>,
    program: Program,
    /// The features being planned, for naming a cycle.
    pending: Vec<usize>,
    base_idx: HashMap<&'a str, ColumnIdx>,
    done: HashMap<Node<'a>, State>,
}

impl<'a> Planner<'a, '_> {
    fn side(&self) -> Side {
        self.input.side
    }

    /// Every column that some expression may read comes first, so that steps can be numbered behind them.
    fn collect_base(&mut self) {
        let spec = self.spec;
        let side_spec = &spec.sides[self.side()];
        let mut texts: Vec<String> = side_spec.columns.values().map(|sql| sql.value.clone()).collect();
        texts.extend(side_spec.filter.iter().map(|sql| sql.value.clone()));
        texts.extend(spec.keys.iter().chain(&spec.event_time).map(|name| quoted(&name.value)));
        for feature in &spec.features {
            texts.extend(feature.recorded[self.side()].iter().map(|sql| sql.value.clone()));
            match &feature.computed[self.side()] {
                Computed::Expr(sql) => texts.push(sql.value.clone()),
                Computed::Column => texts.push(quoted(&feature.name.value)),
                Computed::No => {}
            }
        }
        let used: std::collections::HashSet<String> =
            texts.iter().filter_map(|text| paths(text)).flatten().filter_map(|path| path.into_iter().next()).collect();
        for field in self.input.schema.fields() {
            if used.contains(field.name()) {
                self.base_idx.insert(field.name(), self.program.base.len());
                self.program.base.push(field.as_ref().clone());
            }
        }
    }

    fn plan_side(&mut self) {
        let spec = self.spec;
        let side = self.side();
        // `where` comes first: the rows that it refuses then cannot fail in what follows.
        if let Some(sql) = &spec.sides[side].filter {
            let what = format!("`where` of the {side} side");
            self.program.filter = self.step(sql, &what, None, Scope::Side, None);
            if let Some(idx) = self.program.filter
                && !matches!(self.program.column_type(idx), DataType::Boolean | DataType::Null)
            {
                let problem =
                    Problem::new(format!("{what} is no condition: it is of type {}", self.program.column_type(idx)));
                self.problems.push(problem.at(sql.span));
            }
        }
        for (idx, feature) in spec.features.iter().enumerate() {
            let computed = if feature.is_computed() { self.feature(idx) } else { None };
            self.program.computed.push(computed);
            let recorded = feature.recorded[side].as_ref().and_then(|sql| self.recorded(idx, feature, sql));
            self.program.recorded.push(recorded);
        }
        for key in &spec.keys {
            let sql = Located::new(quoted(&key.value), key.span);
            let what = format!("key `{}`", key.value.escape_debug());
            if let Some(idx) = self.step(&sql, &what, None, Scope::Feature, None) {
                if self.program.column_type(idx).is_nested() {
                    let problem =
                        Problem::new(format!("{what} is a {} on the {side} side", self.program.column_type(idx)));
                    self.problems.push(problem.at(key.span).help("a key part is a single value: name a field of it"));
                }
                self.program.keys.push(idx);
            }
        }
        if let Some(event_time) = &spec.event_time {
            let sql = Located::new(quoted(&event_time.value), event_time.span);
            let what = format!("event time `{}`", event_time.value.escape_debug());
            self.program.event_time = self.step(&sql, &what, None, Scope::Feature, None);
        }
    }

    /// Plans a feature, once.
    fn feature(&mut self, idx: usize) -> Option<ColumnIdx> {
        let node = Node::Feature(idx);
        match self.done.get(&node) {
            Some(State::Done(column)) => return *column,
            Some(State::Open) => {
                self.report_cycle(idx);
                return None;
            }
            None => {}
        }
        self.done.insert(node, State::Open);
        self.pending.push(idx);
        let feature = &self.spec.features[idx];
        let what = format!("feature `{}`", feature.name.value.escape_debug());
        let column = match &feature.computed[self.side()] {
            Computed::Expr(sql) => self.step(sql, &what, Some(idx), Scope::Feature, Some(feature)),
            Computed::Column => {
                let sql = Located::new(quoted(&feature.name.value), feature.name.span);
                self.step(&sql, &what, Some(idx), Scope::Side, Some(feature))
            }
            Computed::No => None,
        };
        self.pending.pop();
        self.done.insert(node, State::Done(column));
        column
    }

    fn recorded(&mut self, idx: usize, feature: &Feature, sql: &Located<String>) -> Option<ColumnIdx> {
        let what = format!("the recorded value of feature `{}`", feature.name.value.escape_debug());
        self.step(sql, &what, Some(idx), Scope::Side, Some(feature))
    }

    fn derived(&mut self, name: &'a str) -> Option<ColumnIdx> {
        let node = Node::Derived(name);
        if let Some(State::Done(column)) = self.done.get(&node) {
            return *column;
        }
        let sql = self.spec.sides[self.side()].columns.get(name)?;
        let what = format!("column `{}` of the {} side", name.escape_debug(), self.side());
        let column = self.step(sql, &what, None, Scope::Raw, None);
        self.done.insert(node, State::Done(column));
        column
    }

    fn report_cycle(&mut self, idx: usize) {
        let start = self.pending.iter().position(|pending| *pending == idx).unwrap_or(0);
        let names: Vec<String> = self.pending[start..]
            .iter()
            .chain([&idx])
            .map(|idx| format!("`{}`", self.spec.features[*idx].name.value.escape_debug()))
            .collect();
        let feature = &self.spec.features[idx].name;
        let problem =
            Problem::new(format!("feature `{}` refers to itself: {}", feature.value.escape_debug(), names.join(" → ")))
                .at(feature.span)
                .help(format!("the {} side has no column of that name", self.side()));
        self.problems.push(problem);
    }

    /// Plans one expression as the next step. A plain column without a type to become is no step of its own.
    fn step(
        &mut self,
        sql: &Located<String>,
        what: &str,
        feature_idx: Option<usize>,
        scope: Scope,
        feature: Option<&Feature>,
    ) -> Option<ColumnIdx> {
        let planned = self.expression(sql, what, scope)?;
        let converter = match feature {
            Some(feature) => Some(self.converter(sql, what, feature, &planned.data_type)?),
            None => None,
        };
        let from_inputs = planned.inputs.iter().any(|idx| self.program.fallible(*idx));
        let fallible = from_inputs
            || !is_infallible(planned.expr.as_ref(), &planned.schema)
            || converter.as_ref().is_some_and(|converter| !converter.is_infallible());
        let Planned { inputs, schema, expr, data_type } = planned;
        let step = Step {
            what: what.to_string(),
            feature: feature_idx,
            inputs,
            schema,
            expr,
            data_type,
            converter,
            fallible,
            assumes_utc: false,
        };
        self.program.steps.push(step);
        Some(self.program.base.len() + self.program.steps.len() - 1)
    }

    fn converter(
        &mut self,
        sql: &Located<String>,
        what: &str,
        feature: &Feature,
        from: &DataType,
    ) -> Option<Converter> {
        let declared = feature.data_type.as_ref().map(|declared| &declared.value);
        let converter = Converter::new(from, declared, self.spec.sides[self.side()].assume_tz);
        if converter.possible() {
            return Some(converter);
        }
        let declared = declared?;
        let problem =
            Problem::new(format!("{what} is declared `{declared}`, and the {} side gives {from}", self.side()))
                .at(sql.span)
                .label("no value of that type can become the declared one")
                .help("declare the type that the expression has, or convert it in the expression");
        self.problems.push(problem);
        None
    }

    fn expression(&mut self, sql: &Located<String>, what: &str, scope: Scope) -> Option<Planned> {
        if self.input.empty {
            return Some(Planned::null());
        }
        let mut inputs: Vec<(String, ColumnIdx)> = Vec::new();
        let mut known = true;
        for path in paths(&sql.value)? {
            let Some(name) = path.first() else { continue };
            match self.resolve(sql, what, name, scope) {
                Resolved::Column(idx) => {
                    if !self.check_path(sql, what, &path, idx) {
                        known = false;
                    }
                    if !inputs.iter().any(|(input, _)| input == name) {
                        inputs.push((name.clone(), idx));
                    }
                }
                Resolved::Broken => known = false,
            }
        }
        if !known {
            return None;
        }
        let fields: Vec<Field> =
            inputs.iter().map(|(name, idx)| Field::new(name, self.program.column_type(*idx).clone(), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        match self.plan_expression(sql, &schema) {
            Ok((expr, data_type)) => {
                Some(Planned { inputs: inputs.into_iter().map(|(_, idx)| idx).collect(), schema, expr, data_type })
            }
            Err(PlanError::Engine(error)) => {
                self.problems.push(problem_of_plan(
                    &self.spec.source,
                    sql,
                    &format!("{what} ({})", self.side()),
                    &error,
                ));
                None
            }
            Err(PlanError::NotRowWise) => {
                let problem = Problem::new(format!("{what} aggregates over rows or looks at other rows"))
                    .at(sql.span)
                    .help("a feature is computed row by row: aggregate in the side's `query`");
                self.problems.push(problem);
                None
            }
        }
    }

    fn plan_expression(
        &self,
        sql: &Located<String>,
        schema: &SchemaRef,
    ) -> Result<(Arc<dyn PhysicalExpr>, DataType), PlanError> {
        let state = self.input.ctx.state();
        let df_schema = DFSchema::try_from(schema.as_ref().clone())?;
        let expr = state.create_logical_expr(&sql.value, &df_schema)?;
        let row_wise = !expr.exists(|expr| Ok(matches!(expr, Expr::AggregateFunction(_) | Expr::WindowFunction(_))))?;
        if !row_wise {
            return Err(PlanError::NotRowWise);
        }
        let expr = numbers_from_text(expr, &df_schema)?;
        let expr = overflow_checked(state.create_physical_expr(expr, &df_schema)?)?;
        let data_type = expr.data_type(schema)?;
        Ok((expr, data_type))
    }

    fn resolve(&mut self, sql: &Located<String>, what: &str, name: &str, scope: Scope) -> Resolved {
        let spec = self.spec;
        let columns = &spec.sides[self.side()].columns;
        if scope != Scope::Raw
            && let Some((derived, _)) = columns.get_key_value(name)
        {
            return self.derived(derived).map_or(Resolved::Broken, Resolved::Column);
        }
        if let Some(idx) = self.base_idx.get(name) {
            return Resolved::Column(*idx);
        }
        if scope == Scope::Feature
            && let Some(idx) =
                spec.features.iter().position(|feature| feature.name.value == name && feature.is_computed())
        {
            return self.feature(idx).map_or(Resolved::Broken, Resolved::Column);
        }
        let problem = self.unknown(sql, what, name, scope);
        let twin =
            self.problems.iter_mut().find(|known| known.span == problem.span && known.message == problem.message);
        match twin {
            Some(known) => known.label = "in neither input".to_owned(),
            None => self.problems.push(problem),
        }
        Resolved::Broken
    }

    fn unknown(&self, sql: &Located<String>, what: &str, name: &str, scope: Scope) -> Problem {
        let side = self.side();
        let spec = self.spec;
        let shown = name.escape_debug();
        let problem = Problem::new(format!("unknown column `{shown}` in {what}"))
            .at(span_of(&spec.source, sql, name))
            .label(format!("not in the {side} input"));
        let has = |input: &Input| {
            input.schema.column_with_name(name).is_some() || spec.sides[input.side].columns.contains_key(name)
        };
        let mut names: Vec<&str> = self.input.schema.fields().iter().map(|field| field.name().as_str()).collect();
        if scope != Scope::Raw {
            names.extend(spec.sides[side].columns.keys().map(String::as_str));
        }
        if scope == Scope::Feature {
            names.extend(spec.features.iter().map(|feature| feature.name.value.as_str()));
        }
        if closest(name, &names).is_none()
            && let Some(other) = self.other.filter(|other| has(other))
        {
            return problem.help(format!(
                "the column exists on the {} side only; name this side's under `{side}: columns:` or give the feature an `{side}: {{expr: …}}`",
                other.side
            ));
        }
        if sql.value.contains(&format!("\"{name}\"")) && scope != Scope::Raw && closest(name, &names).is_none() {
            return problem.help("double quotes name a column; a text stands in single quotes");
        }
        problem.suggest(name, names)
    }

    /// Tells a field that a struct does not have before the engine does, with what there is instead.
    fn check_path(&mut self, sql: &Located<String>, what: &str, path: &[String], idx: ColumnIdx) -> bool {
        let mut data_type = self.program.column_type(idx);
        for (depth, name) in path.iter().enumerate().skip(1) {
            let DataType::Struct(fields) = data_type else {
                if data_type.is_nested() || data_type.is_null() {
                    return true;
                }
                let [parent, whole] = [depth, depth + 1].map(|end| path[..end].join(".").escape_debug().to_string());
                let problem = Problem::new(format!("unknown field `{whole}` in {what}"))
                    .at(span_of(&self.spec.source, sql, name))
                    .label(format!("`{parent}` is {data_type} in the {} input, which has no fields", self.side()));
                self.problems.push(problem);
                return false;
            };
            match fields.find(name) {
                Some((_, field)) => data_type = field.data_type(),
                None => {
                    let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
                    let parent = path[..depth].join(".");
                    let problem =
                        Problem::new(format!("unknown field `{}` in {what}", path[..=depth].join(".").escape_debug()))
                            .at(span_of(&self.spec.source, sql, name))
                            .label(format!(
                                "`{}` has no such field in the {} input",
                                parent.escape_debug(),
                                self.side()
                            ))
                            .suggest(name, names.iter().map(String::as_str));
                    self.problems.push(problem);
                    return false;
                }
            }
        }
        true
    }
}

enum Resolved {
    Column(ColumnIdx),
    /// The problem is told already.
    Broken,
}

struct Planned {
    inputs: Vec<ColumnIdx>,
    schema: SchemaRef,
    expr: Arc<dyn PhysicalExpr>,
    data_type: DataType,
}

impl Planned {
    fn null() -> Self {
        let expr = datafusion::physical_expr::expressions::lit(ScalarValue::Null);
        Self { inputs: Vec::new(), schema: Arc::new(Schema::empty()), expr, data_type: DataType::Null }
    }
}

enum PlanError {
    Engine(datafusion::error::DataFusionError),
    NotRowWise,
}

impl From<datafusion::error::DataFusionError> for PlanError {
    fn from(error: datafusion::error::DataFusionError) -> Self {
        Self::Engine(error)
    }
}

/// An identifier as SQL quotes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Where a name stands in an SQL text; names that we quoted ourselves stand where the spec has them.
fn span_of(source: &Source, sql: &Located<String>, name: &str) -> crate::spec::Span {
    if sql.value == quoted(name) { sql.span } else { locate_identifier(source, sql, name) }
}

/// Makes integer arithmetic fail where it overflows: by default the engine wraps silently, in `+`, `-` and `*` of integers.
pub(super) fn overflow_checked(expr: Arc<dyn PhysicalExpr>) -> datafusion::error::Result<Arc<dyn PhysicalExpr>> {
    let checked = expr.transform_up(|expr| {
        Ok(match expr.downcast_ref::<BinaryExpr>() {
            Some(binary) => Transformed::yes(Arc::new(binary.clone().with_fail_on_overflow(true)) as _),
            None => Transformed::no(expr),
        })
    })?;
    Ok(checked.data)
}

/// Reads text as numbers where an operator needs them: a column of mixed values is text, and the engine would refuse to
/// calculate with it. A text that is no number then fails in its row alone.
fn numbers_from_text(expr: Expr, schema: &DFSchema) -> datafusion::error::Result<Expr> {
    let rewritten = expr.transform_up(|expr| {
        let Expr::BinaryExpr(mut binary) = expr else { return Ok(Transformed::no(expr)) };
        let arithmetic = matches!(
            binary.op,
            Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo
        );
        let ordering = matches!(binary.op, Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq);
        let (Ok(left), Ok(right)) = (binary.left.get_type(schema), binary.right.get_type(schema)) else {
            return Ok(Transformed::no(Expr::BinaryExpr(binary)));
        };
        let is_text =
            |data_type: &DataType| matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        let meets_number = |text: &DataType, other: &DataType| {
            is_text(text) && (other.is_numeric() || (arithmetic && (is_text(other) || other.is_null())))
        };
        if !(arithmetic || ordering) {
            return Ok(Transformed::no(Expr::BinaryExpr(binary)));
        }
        if meets_number(&left, &right) {
            *binary.left = cast(*binary.left, DataType::Float64);
        }
        if meets_number(&right, &left) {
            *binary.right = cast(*binary.right, DataType::Float64);
        }
        Ok(Transformed::yes(Expr::BinaryExpr(binary)))
    })?;
    // An expression of nothing is null, not an error.
    Ok(match rewritten.data {
        Expr::Literal(ScalarValue::Null, _) => lit(ScalarValue::Null),
        expr => expr,
    })
}
