//! Which columns a side's program reads, and names that no column has.

use std::collections::HashSet;

use super::Planner;
use crate::engine::focus::Wanted;
use crate::engine::input::Input;
use crate::engine::names::paths;
use crate::spec::{Problem, Side, Spec, quoted_identifier};

impl<'a> Planner<'a, '_> {
    /// Every column that some expression may read comes first, so that steps can be numbered behind them.
    pub(super) fn collect_base(&mut self) {
        let spec = self.spec;
        let side_spec = &spec.sides[self.side()];
        let mut texts: Vec<String> = side_spec.filter.iter().map(|sql| sql.value.clone()).collect();
        texts.extend(spec.keys.iter().chain(&spec.event_time).map(|name| quoted_identifier(&name.value)));
        if self.focus.is_none() {
            // Also those that nothing reads are planned, so that their problems are told.
            texts.extend(side_spec.columns.values().map(|sql| sql.value.clone()));
        }
        for (idx, feature) in spec.features.iter().enumerate() {
            let wanted = self.wanted(idx);
            texts.extend(wanted.computed.then(|| feature.computed_sql(self.side())).flatten());
            texts.extend(feature.recorded[self.side()].iter().filter(|_| wanted.recorded).map(|sql| sql.value.clone()));
        }
        texts.extend(self.focus.iter().flat_map(|focus| &focus.attributes).map(|name| self.attribute_sql(name)));
        let used = names_behind(spec, self.side(), texts);
        for field in self.input.schema.fields() {
            if used.contains(field.name()) {
                self.base_idx.insert(field.name(), self.program.base.len());
                self.program.base.push(field.as_ref().clone());
            }
        }
    }

    /// Which of a feature's two values this side's rows are to have.
    pub(super) fn wanted(&self, feature: usize) -> Wanted {
        match self.focus {
            None => Wanted { computed: true, recorded: true },
            Some(focus) => focus.wanted[self.side()].get(feature).copied().unwrap_or_default(),
        }
    }

    /// An attribute is a column of that very name, or else a path into one.
    pub(super) fn attribute_sql(&self, name: &str) -> String {
        let columns = &self.spec.sides[self.side()].columns;
        let is_column = self.input.schema.column_with_name(name).is_some() || columns.contains_key(name);
        let is_feature = self.spec.features.iter().any(|feature| feature.name.value == name);
        if is_column || is_feature || paths(name).is_none() { quoted_identifier(name) } else { name.to_owned() }
    }

    /// Tells names under `units` and `slices` that no column has.
    pub(super) fn check_names(&mut self) {
        let (spec, side) = (self.spec, self.side());
        let has = |input: &Input, name: &str| {
            let columns = &spec.sides[input.side].columns;
            input.empty || input.schema.column_with_name(name).is_some() || columns.contains_key(name)
        };
        for (name, unit) in &spec.sides[side].units {
            let root = name.split('.').next().unwrap_or(name);
            if !has(self.input, name) && !has(self.input, root) {
                let (shown, unit) = (name.escape_debug(), unit.escape_debug());
                let problem = Problem::new(format!("unknown column `{shown}` in `units` of the {side} side ({unit})"));
                self.problems.push(problem.at(spec.sides[side].span).suggest(name, self.column_names()));
            }
        }
        let Some(other) = self.other.filter(|_| side == Side::Online) else { return };
        for slice in &spec.slices {
            let name = slice.value.as_str();
            let root = name.split('.').next().unwrap_or(name);
            let is_feature = spec.features.iter().any(|feature| feature.name.value == name);
            if !is_feature && ![name, root].iter().any(|name| has(self.input, name) || has(other, name)) {
                let problem = Problem::new(format!("unknown column `{}` in `slices`", name.escape_debug()))
                    .at(slice.span)
                    .label("in neither input")
                    .suggest(name, self.column_names());
                self.problems.push(problem);
            }
        }
    }

    pub(super) fn column_names(&self) -> Vec<&'a str> {
        let columns = self.input.schema.fields().iter().map(|field| field.name().as_str());
        columns.chain(self.spec.sides[self.side()].columns.keys().map(String::as_str)).collect()
    }
}

/// Returns the names that expressions of a side read, and those that stand behind them: of columns and features alike.
pub(in crate::engine) fn names_behind(spec: &Spec, side: Side, mut texts: Vec<String>) -> HashSet<String> {
    let mut names: HashSet<String> = HashSet::new();
    while let Some(text) = texts.pop() {
        for path in paths(&text).into_iter().flatten() {
            let Some(name) = path.into_iter().next().filter(|name| !names.contains(name)) else { continue };
            texts.extend(spec.sides[side].columns.get(&name).map(|sql| sql.value.clone()));
            let feature = spec.features.iter().find(|feature| feature.name.value == name);
            texts.extend(feature.and_then(|feature| feature.computed_sql(side)));
            names.insert(name);
        }
    }
    names
}
