//! From conclusions to diagnoses: words, parameters, and the repair as the feature's new expression.

use std::sync::Arc;

use super::conclude::{Conclusion, Condition, within};
use super::trial::Attempt;
use super::verify::{Counted, Task};
use serde_json::Value as Json;

use crate::check::comparison::{Comparison, Comparisons, Source, sources};
use crate::diagnose::Detector;
use crate::engine::Planned;
use crate::report::{Diagnosis, Fields, Repair, Scope};
use crate::spec::{Computed, Feature, Located, Spec, substitute, without_comments};

/// A conclusion on its way to a diagnosis.
pub(super) struct Draft<'c> {
    pub comparison: usize,
    conclusion: Conclusion<'c>,
    mismatching: u64,
    explained: u64,
    damaged: u64,
    scope_rows: Option<u64>,
    /// The expression that ran.
    sql: Option<String>,
    /// What it is told as, if several were put together.
    pub merged: Option<Merged>,
}

/// Several explanations that are one mechanism.
pub(super) struct Merged {
    pub detector: &'static dyn Detector,
    pub summary: String,
    pub parameters: Vec<(String, Json)>,
    pub attempt: Attempt,
}

impl<'c> Draft<'c> {
    pub fn new(comparison: usize, conclusion: Conclusion<'c>, counted: &Counted) -> Self {
        let sql = counted.sql.get(conclusion.attempt).cloned().flatten();
        let (explained, damaged) = (conclusion.explained, conclusion.damaged);
        Self {
            comparison,
            mismatching: counted.mismatching(),
            explained,
            damaged,
            scope_rows: None,
            sql,
            conclusion,
            merged: None,
        }
    }

    /// What is to be run once more, as it holds for some rows only.
    pub fn scoped_task(&self) -> Option<Task> {
        if let Some(merged) = &self.merged {
            return Some(Task {
                comparison: self.comparison,
                attempts: vec![merged.attempt.clone()],
                with_scopes: false,
                condition: None,
                mechanisms: Vec::new(),
            });
        }
        let condition = self.scope()?;
        Some(Task {
            comparison: self.comparison,
            attempts: vec![within(&self.planned_attempt(), &condition.sql)],
            with_scopes: false,
            condition: Some(condition.sql.clone()),
            mechanisms: Vec::new(),
        })
    }

    /// For which rows it holds.
    pub fn scope(&self) -> Option<&Condition> {
        self.conclusion.scope.as_ref()
    }

    pub fn mechanism(&self) -> &'static str {
        self.detector().id()
    }

    fn detector(&self) -> &'static dyn Detector {
        self.merged.as_ref().map_or(self.conclusion.candidate.detector, |merged| merged.detector)
    }

    pub fn parameter(&self, name: &str) -> Option<Json> {
        let parameters = &self.conclusion.candidate.proposal.parameters;
        parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    /// What makes the rows agree, where it holds, as it could be planned.
    pub fn planned_attempt(&self) -> Attempt {
        match (&self.conclusion.candidate.attempt, &self.sql) {
            (Attempt::Function { place, .. }, Some(sql)) => Attempt::Function { place: *place, sql: sql.clone() },
            (other, _) => other.clone(),
        }
    }

    /// Takes over what the run with the condition came to.
    pub fn recount(&mut self, counted: Option<Counted>) {
        let Some(counted) = counted.filter(|counted| counted.is_planned == [true]) else { return };
        (self.explained, self.damaged) = (counted.explained(0, 0), counted.damaged(0));
        self.sql = counted.sql.first().cloned().flatten();
        self.scope_rows = Some(counted.condition_rows);
    }

    fn is_whole(&self) -> bool {
        self.damaged == 0 && (self.conclusion.scope.is_none() || self.scope_rows.is_some())
    }
}

/// Returns the diagnoses with their comparisons. A repair is proposed only if its expression can be planned as the feature's.
pub(super) fn settle(
    spec: &Arc<Spec>,
    planned: &Planned,
    comparisons: &Comparisons,
    drafts: Vec<Draft<'_>>,
) -> Vec<(usize, Diagnosis)> {
    let settled = drafts.into_iter().filter_map(|draft| {
        let comparison = comparisons.list.get(draft.comparison)?;
        let feature = spec.features.get(comparison.feature)?;
        let repair = repair(spec, planned, comparison, feature, &draft);
        Some((draft.comparison, diagnosis(comparison, draft, repair)))
    });
    settled.collect()
}

fn diagnosis(comparison: &Comparison, draft: Draft<'_>, repair: Option<Repair>) -> Diagnosis {
    let candidate = draft.conclusion.candidate;
    let proposal = &candidate.proposal;
    let pair = comparison.stage.pair();
    let said =
        |text: &str| text.replace("{from}", pair[candidate.to.other().idx()]).replace("{to}", pair[candidate.to.idx()]);
    let advice = match (&repair, &proposal.advice) {
        (Some(_), _) => None,
        (None, Some(advice)) => Some(said(advice)),
        (None, None) if draft.damaged > 0 => Some(format!(
            "it holds for part of the rows, and no column of `slices` tells for which: repair the {} side at its source",
            pair[candidate.to.idx()]
        )),
        (None, None) => Some(format!("repair the {} side at its source", pair[candidate.to.idx()])),
    };
    let scope = draft.conclusion.scope.as_ref().filter(|_| draft.merged.is_none());
    let own = || proposal.parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let detector = draft.detector();
    Diagnosis {
        mechanism: detector.id().to_owned(),
        family: detector.family().as_str().to_owned(),
        summary: said(draft.merged.as_ref().map_or(&proposal.summary, |merged| &merged.summary)),
        parameters: Fields(draft.merged.as_ref().map_or_else(own, |merged| merged.parameters.clone())),
        explained: draft.explained,
        unexplained: draft.mismatching - draft.explained,
        damaged: draft.damaged,
        scope: scope.map(|scope| Scope { predicate: scope.sql.clone(), rows: draft.scope_rows.unwrap_or_default() }),
        equivalent: draft.conclusion.equivalents.iter().map(|other| other.detector.id().to_owned()).collect(),
        repair,
        advice,
    }
}

/// The expression that makes the rows agree, in place of the feature's own.
fn repair(
    spec: &Arc<Spec>,
    planned: &Planned,
    comparison: &Comparison,
    feature: &Feature,
    draft: &Draft<'_>,
) -> Option<Repair> {
    let candidate = draft.conclusion.candidate;
    if !candidate.is_repair || !draft.is_whole() || draft.explained == 0 {
        return None;
    }
    let (Attempt::Function { place, .. }, Some(sql)) = (&candidate.attempt, &draft.sql) else { return None };
    let source = sources(comparison.stage)[place.idx()];
    let own = own_expression(feature, source)?;
    let feature_expr = substitute(sql, "value", &format!("({})", without_comments(&own)));
    let repaired = with_expression(spec, comparison.feature, source, &feature_expr);
    planned.can_plan(&Arc::new(repaired)).then(|| Repair {
        side: source.side,
        expr: sql.clone(),
        feature_expr,
        verified: true,
    })
}

/// What computes the value, or where it is recorded.
fn own_expression(feature: &Feature, source: Source) -> Option<String> {
    if source.recorded {
        return feature.recorded[source.side].as_ref().map(|sql| sql.value.clone());
    }
    feature.computed_sql(source.side)
}

/// The spec with one expression replaced.
fn with_expression(spec: &Spec, feature: usize, source: Source, sql: &str) -> Spec {
    let mut spec = spec.clone();
    if let Some(feature) = spec.features.get_mut(feature) {
        let sql = Located::new(sql.to_owned(), feature.name.span);
        if source.recorded {
            feature.recorded[source.side] = Some(sql);
        } else {
            feature.computed[source.side] = Computed::Expr(sql);
        }
    }
    spec
}
