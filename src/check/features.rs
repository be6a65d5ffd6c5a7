//! From tallies to the features of a report.

use super::comparison::{Comparison, Comparisons};
use crate::engine::{EvaluationFacts, Failure, Planned};
use crate::gate;
use crate::report::{self, Diagnosis, Feature, Stage, Verdict, number, plural};
use crate::spec::{PerSide, Spec};

/// Returns the features in the order of the spec, each comparison judged by its budget.
pub(super) fn build(
    spec: &Spec,
    planned: &Planned,
    comparisons: &Comparisons,
    evaluations: &PerSide<EvaluationFacts>,
    mut diagnoses: Vec<Vec<Diagnosis>>,
) -> Vec<Feature> {
    let mut of_comparison = |idx: usize| diagnoses.get_mut(idx).map(std::mem::take).unwrap_or_default();
    let features = spec.features.iter().enumerate().map(|(idx, feature)| {
        let own: Vec<(usize, &Comparison)> =
            comparisons.list.iter().enumerate().filter(|(_, comparison)| comparison.feature == idx).collect();
        let compared: Vec<report::Comparison> =
            own.iter().map(|(place, running)| judged(spec, idx, running, of_comparison(*place))).collect();
        let lead = own.iter().map(|(_, running)| running).min_by_key(|comparison| match comparison.stage {
            Stage::Inputs => 0,
            Stage::EndToEnd => 1,
            Stage::Training => 2,
            Stage::Serving => 3,
        });
        Feature {
            name: feature.name.value.clone(),
            data_type: lead.and_then(|lead| lead.comparer.feature_type()).map(|data_type| data_type.to_string()),
            unit: feature.unit.clone(),
            severity: feature.severity,
            // What reads a sensitive feature, or its column, would show its values too.
            sensitive: planned.is_sensitive(idx),
            stage: entry_stage(&compared),
            error: error_of(idx, evaluations),
            comparisons: compared,
        }
    });
    features.collect()
}

fn judged(spec: &Spec, feature: usize, running: &Comparison, diagnoses: Vec<Diagnosis>) -> report::Comparison {
    let own = spec.features.get(feature).map(|feature| feature.gate).unwrap_or_default();
    let counts = running.counts();
    let budget = own.max_mismatch_rate.unwrap_or(spec.gate.max_mismatch_rate);
    let judgement = gate::judge(
        counts.mismatches(),
        counts.compared(),
        budget,
        own.min_compared_rows.unwrap_or(spec.gate.min_compared_rows),
        own.confidence.or(spec.gate.confidence),
    );
    report::Comparison {
        name: running.stage,
        verdict: judgement.verdict,
        counts,
        mismatch_rate_upper: judgement.upper,
        max_mismatch_rate: budget,
        diagnoses,
        slices: Vec::new(),
        onset: None,
        samples: running.samples(),
    }
}

/// Returns the stage at which a mismatch enters: of those beyond their budget the one with the highest rate, the earlier
/// one of two. Only several comparisons can tell; the end-to-end one only shows what entered before it, if anything did.
fn entry_stage(comparisons: &[report::Comparison]) -> Option<Stage> {
    if comparisons.len() < 2 {
        return None;
    }
    let worst = Verdict::combine(comparisons.iter().map(|comparison| comparison.verdict));
    let rank = |comparison: &&report::Comparison| {
        let rate = comparison.counts.mismatch_rate().unwrap_or(0.0);
        (comparison.name != Stage::EndToEnd, rate.total_cmp(&0.0).is_gt().then_some(rate.to_bits()))
    };
    let mut candidates = comparisons
        .iter()
        .filter(|comparison| comparison.counts.mismatches() > 0)
        .filter(|comparison| worst < Verdict::Inconsistent || comparison.verdict == worst);
    let mut entry = candidates.next()?;
    for candidate in candidates {
        if rank(&candidate) > rank(&entry) {
            entry = candidate;
        }
    }
    Some(entry.name)
}

/// Returns why a feature could not be computed in some rows.
fn error_of(feature: usize, evaluations: &PerSide<EvaluationFacts>) -> Option<String> {
    let sides = [("offline", &evaluations.offline), ("online", &evaluations.online)];
    let texts: Vec<String> = sides
        .into_iter()
        .flat_map(|(side, facts)| facts.failures.values().map(move |failure| (side, failure)))
        .filter(|(_, failure)| failure.feature == Some(feature))
        .map(|(side, failure)| {
            let what = if failure.recorded { "(its recorded value) " } else { "" };
            format!("{what}{}", failure_text(Some(side), failure))
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// Says how often something failed, on which side if that is not said already, why, and in which row.
pub(super) fn failure_text(side: Option<&str>, failure: &Failure) -> String {
    let rows = if failure.n_rows == 1 { "1 row".to_owned() } else { plural(failure.n_rows, "row") };
    let row = match failure.key.as_slice() {
        [] => String::new(),
        parts => {
            let parts: Vec<String> =
                parts.iter().map(|(name, value)| format!("{} {}", name.escape_debug(), value.escape_debug())).collect();
            format!(", as in {}", parts.join(", "))
        }
    };
    let side = side.map(|side| format!(" of the {side} side")).unwrap_or_default();
    format!("fails in {rows}{side}{row}: {}", failure.reason)
}

/// Returns a rate's numerator and denominator in words: "3 of 1,000 rows".
pub(super) fn of_rows(count: u64, of: u64) -> String {
    format!("{} of {}", number(count), plural(of, "row"))
}
