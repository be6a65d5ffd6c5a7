//! Plans one side's program: resolves names, orders the steps, and tells what is wrong with the spec in the light of the
//! side's columns.

mod columns;

pub(super) use self::columns::names_behind;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::scalar::ScalarValue;

use super::captures::{JSON_KEY, JSON_MIXED};
use super::expression::{PlanError, plan_expression};
use super::fallible::is_infallible;
use super::focus::Focus;
use super::input::Input;
use super::names::{paths, quote_user, through_json};
use super::program::{ColumnIdx, Program, Step};
use super::reason::problem_of_plan;
use crate::compare::{Converter, spoken_type};
use crate::spec::{
    Computed, Feature, Located, Problem, Side, Source, Spec, closest, locate_identifier, quoted_identifier,
};

/// Plans one side. Problems are pushed; the program is of use only if there are none. `now` is the instant of the run.
pub(super) fn plan(
    spec: &Spec,
    input: &Input,
    other: Option<&Input>,
    now: DateTime<Utc>,
    focus: Option<&Focus>,
    problems: &mut Vec<Problem>,
) -> Program {
    let mut planner = Planner {
        spec,
        input,
        other,
        now,
        focus,
        problems,
        program: Program {
            base: Vec::new(),
            steps: Vec::new(),
            filter: None,
            keys: Vec::new(),
            event_time: None,
            computed: Vec::new(),
            recorded: Vec::new(),
            attributes: Vec::new(),
            impossible: Vec::new(),
        },
        pending: Vec::new(),
        base_idx: HashMap::new(),
        done: HashMap::new(),
    };
    planner.collect_base();
    planner.plan_side();
    if focus.is_none() {
        planner.check_names();
    }
    let mut program = planner.program;
    program.hide_sensitive(&spec.features);
    refuse_sensitive_keys(spec, input.side, &program, problems);
    program
}

/// Keys are shown in every report, so that none may be what a sensitive feature reads, save as a hash.
fn refuse_sensitive_keys(spec: &Spec, side: Side, program: &Program, problems: &mut Vec<Problem>) {
    const HASHES: [&str; 6] = ["sha", "md5", "digest", "farm_fingerprint64", "xxhash64", "murmur3_32"];
    for (key, idx) in spec.keys.iter().zip(&program.keys) {
        let sql = spec.sides[side].columns.get(&key.value).map(|sql| sql.value.to_lowercase()).unwrap_or_default();
        if program.is_sensitive(*idx) && !HASHES.iter().any(|hash| sql.contains(hash)) {
            let name = key.value.escape_debug();
            let problem = Problem::new(format!("key `{name}` would show what a sensitive feature reads"))
                .at(key.span)
                .label(format!("on the {side} side"))
                .help(format!("keys are shown in reports: hash it, as in `columns: {{{name}: \"sha256(cast({name} AS varchar))\"}}`"));
            problems.push(problem);
        }
    }
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
    now: DateTime<Utc>,
    focus: Option<&'a Focus>,
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
            let wanted = self.wanted(idx);
            let computed = match self.focus {
                None if feature.is_computed() => self.feature(idx),
                Some(_) if wanted.computed && feature.is_computed() => self.raw_feature(feature),
                None | Some(_) => None,
            };
            self.program.computed.push(computed);
            let recorded = feature.recorded[side].as_ref().filter(|_| wanted.recorded);
            let recorded = recorded.and_then(|sql| self.recorded(idx, feature, sql));
            self.program.recorded.push(recorded);
        }
        for key in &spec.keys {
            let sql = Located::new(quoted_identifier(&key.value), key.span);
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
            let sql = Located::new(quoted_identifier(&event_time.value), event_time.span);
            let what = format!("event time `{}`", event_time.value.escape_debug());
            self.program.event_time = self.step(&sql, &what, None, Scope::Feature, None);
        }
        let focus = self.focus;
        for name in focus.iter().flat_map(|focus| &focus.attributes) {
            let n_problems = self.problems.len();
            let sql = Located::new(self.attribute_sql(name), spec.sides[side].span);
            let column = self.step(&sql, "attribute", None, Scope::Feature, None);
            // Not every side has every attribute.
            self.problems.truncate(n_problems);
            self.program.attributes.push(column);
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
                let sql = Located::new(quoted_identifier(&feature.name.value), feature.name.span);
                self.step(&sql, &what, Some(idx), Scope::Side, Some(feature))
            }
            Computed::No => None,
        };
        self.pending.pop();
        self.done.insert(node, State::Done(column));
        column
    }

    /// Plans what a feature's expression gives before it becomes the declared type.
    fn raw_feature(&mut self, feature: &Feature) -> Option<ColumnIdx> {
        let what = format!("feature `{}`", feature.name.value.escape_debug());
        let (sql, scope) = match &feature.computed[self.side()] {
            Computed::Expr(sql) => (sql.clone(), Scope::Feature),
            Computed::Column => (Located::new(quoted_identifier(&feature.name.value), feature.name.span), Scope::Side),
            Computed::No => return None,
        };
        self.step(&sql, &what, None, scope, None)
    }

    fn recorded(&mut self, idx: usize, feature: &Feature, sql: &Located<String>) -> Option<ColumnIdx> {
        let what = format!("the recorded value of feature `{}`", feature.name.value.escape_debug());
        if self.focus.is_some() {
            return self.step(sql, &what, None, Scope::Side, None);
        }
        let column = self.step(sql, &what, Some(idx), Scope::Side, Some(feature))?;
        if let Some(step) = self.program.step_mut(column) {
            step.recorded = true;
        }
        Some(column)
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
            Some(feature) => Some(self.converter(sql, what, feature, feature_idx, &planned.data_type)?),
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
            is_sensitive: false,
            recorded: false,
        };
        self.program.steps.push(step);
        Some(self.program.base.len() + self.program.steps.len() - 1)
    }

    fn converter(
        &mut self,
        sql: &Located<String>,
        what: &str,
        feature: &Feature,
        idx: Option<usize>,
        from: &DataType,
    ) -> Option<Converter> {
        let declared = feature.data_type.as_ref().map(|declared| &declared.value);
        let converter = Converter::new(from, declared, self.spec.sides[self.side()].assume_tz);
        if converter.possible() {
            return Some(converter);
        }
        let declared = declared?;
        let spoken = spoken_type(from);
        let problem =
            Problem::new(format!("{what} is declared `{declared}`, which no value of type {spoken} can become"))
                .at(sql.span)
                .label(format!("{spoken} on the {} side", self.side()))
                .help("declare the type that the expression has, or convert it in the expression");
        match idx {
            // Where the other side has values of that type, the rows can tell what happened to this one's.
            Some(idx) if from.is_nested() == converter.target().is_nested() => {
                self.program.impossible.push((idx, problem));
                Some(converter)
            }
            Some(_) | None => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// On a side without any row an expression that cannot be planned is null: its columns are not known.
    fn expression(&mut self, sql: &Located<String>, what: &str, scope: Scope) -> Option<Planned> {
        let n_problems = self.problems.len();
        let planned = self.planned(sql, what, scope);
        if planned.is_none() && self.input.empty {
            self.problems.truncate(n_problems);
            return Some(Planned::null());
        }
        planned
    }

    fn planned(&mut self, sql: &Located<String>, what: &str, scope: Scope) -> Option<Planned> {
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
        let columns: HashMap<&str, ColumnIdx> = inputs.iter().map(|(name, idx)| (name.as_str(), *idx)).collect();
        let text = quote_user(&sql.value);
        let through_json = through_json(&text, |path| self.json_depth(path, *columns.get(path.first()?.as_str())?));
        let text = through_json.as_deref().unwrap_or(&text);
        match plan_expression(&self.input.ctx.state(), text, &schema, self.now) {
            Ok((expr, data_type)) => {
                Some(Planned { inputs: inputs.into_iter().map(|(_, idx)| idx).collect(), schema, expr, data_type })
            }
            Err(PlanError::Engine(error)) => {
                let mut problem = problem_of_plan(&self.spec.source, sql, what, &error);
                if problem.label.is_empty() {
                    problem.label = format!("on the {} side", self.side());
                }
                self.problems.push(problem);
                None
            }
            Err(PlanError::Volatile(name)) => {
                let problem = Problem::new(format!("{what} calls `{name}`, whose value is another one in every run"))
                    .at(sql.span)
                    .help("what is compared must not hang on chance: read the value from a column");
                self.problems.push(problem);
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
        self.problems.push(problem);
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
        if spec.sides[side].tables.contains_key(name) {
            return problem.help("outside of `query` a column stands without the name of its table");
        }
        if sql.value != quoted_identifier(name)
            && sql.value.contains(&format!("\"{name}\""))
            && scope != Scope::Raw
            && closest(name, &names).is_none()
        {
            return problem.help("double quotes name a column; a text stands in single quotes");
        }
        problem.suggest(name, names)
    }

    /// How many names of a path stand before the fields of a text that holds JSON objects in most records; none if it
    /// leads into no such text.
    fn json_depth(&self, path: &[String], idx: ColumnIdx) -> Option<usize> {
        let is_mixed = |field: &Field| field.metadata().get(JSON_KEY).is_some_and(|value| value == JSON_MIXED);
        let mut field = self.program.base_field(idx)?;
        for depth in 1..path.len() {
            if is_mixed(field) {
                return Some(depth);
            }
            let DataType::Struct(fields) = field.data_type() else { return None };
            field = fields.find(path.get(depth)?)?.1;
        }
        None
    }

    /// Tells a field that a struct does not have before the engine does, with what there is instead.
    fn check_path(&mut self, sql: &Located<String>, what: &str, path: &[String], idx: ColumnIdx) -> bool {
        if self.json_depth(path, idx).is_some() {
            return true;
        }
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

/// Where a name stands in an SQL text; names that we quoted ourselves stand where the spec has them.
fn span_of(source: &Source, sql: &Located<String>, name: &str) -> crate::spec::Span {
    if sql.value == quoted_identifier(name) { sql.span } else { locate_identifier(source, sql, name) }
}
