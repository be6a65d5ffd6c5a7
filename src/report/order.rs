//! What the emitters show, and in which order.

use std::cmp::Reverse;

use super::model::{Comparison, Feature, Finding, FindingKind, Ledger, MismatchCode, Report, Sample, Verdict};
use crate::spec::{PerSide, Severity, Side};

/// What a reader has to know of a feature first. In the order in which features are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It could not be checked.
    Failed,
    /// Over its budget.
    Over,
    /// Over its budget, but its severity is warn.
    Warned,
    /// Too few rows to tell.
    Inconclusive,
    /// Over its budget, as a baseline knows.
    Known,
    /// It differs, within its budget.
    Within,
    Agrees,
}

/// Returns the features with their standing, in the order of the spec.
pub fn standings(report: &Report) -> Vec<(Standing, &Feature)> {
    report.features.iter().map(|feature| (standing(report, feature), feature)).collect()
}

fn standing(report: &Report, feature: &Feature) -> Standing {
    let accepted = |comparison: &Comparison| {
        report.mismatch(&feature.name, comparison.name).is_some_and(|finding| finding.accepted)
    };
    let worst = Verdict::combine(feature.comparisons.iter().map(|comparison| comparison.verdict));
    if feature.error.is_some() {
        return Standing::Failed;
    }
    match (worst, feature.severity) {
        (Verdict::Error, _) => Standing::Failed,
        (Verdict::Inconsistent, Severity::Error) => Standing::Over,
        (Verdict::Inconsistent, Severity::Warn) => Standing::Warned,
        (Verdict::Inconclusive, _) => Standing::Inconclusive,
        (Verdict::Consistent, _) if feature.comparisons.iter().any(accepted) => Standing::Known,
        (Verdict::Consistent, _) if feature.comparisons.iter().any(|c| c.counts.mismatches() > 0) => Standing::Within,
        (Verdict::Consistent, _) => Standing::Agrees,
    }
}

/// Returns why a feature could not be checked, as it is; none if it could.
pub fn failure(standing: Standing, feature: &Feature) -> Option<&str> {
    (standing == Standing::Failed).then(|| feature.error.as_deref().unwrap_or("could not be checked"))
}

/// Returns the comparison that tells most about a feature: the one where the mismatch enters, else the first of the worst.
pub fn leading(feature: &Feature) -> Option<&Comparison> {
    let differs = |comparison: &&Comparison| comparison.counts.mismatches() > 0;
    let enters = feature.comparisons.iter().find(|comparison| Some(comparison.name) == feature.stage);
    enters.filter(differs).or_else(|| {
        feature.comparisons.iter().min_by_key(|c| (Reverse(c.verdict), Reverse(c.counts.mismatches().min(1))))
    })
}

/// Returns the findings that the features' own lines do not already tell.
pub fn other_findings(report: &Report) -> Vec<&Finding> {
    let told = |finding: &Finding| match finding.kind {
        FindingKind::Mismatch => true,
        FindingKind::Error => finding
            .feature
            .as_ref()
            .is_some_and(|name| report.features.iter().any(|f| f.name == *name && f.error.is_some())),
        FindingKind::Unmatched
        | FindingKind::Duplicate
        | FindingKind::Unreadable
        | FindingKind::Schema
        | FindingKind::Category
        | FindingKind::Required
        | FindingKind::KeyFormat
        | FindingKind::Timezone
        | FindingKind::Unconvertible
        | FindingKind::Inconclusive
        | FindingKind::Baseline => false,
    };
    let mut findings: Vec<&Finding> = report.findings.iter().filter(|f| !f.accepted && !told(f)).collect();
    // What could not be checked first, then what fails, then what warns.
    findings.sort_by_key(|finding| (finding.severity, Reverse(finding.kind.verdict())));
    findings
}

/// Returns the word under which a finding is shown.
pub fn tag(finding: &Finding) -> &'static str {
    match (finding.kind.verdict(), finding.severity) {
        (Verdict::Error, _) => "error",
        (Verdict::Consistent | Verdict::Inconclusive | Verdict::Inconsistent, Severity::Warn) => "warn",
        (Verdict::Inconclusive, Severity::Error) => "few",
        (Verdict::Consistent | Verdict::Inconsistent, Severity::Error) => "fail",
    }
}

/// Returns a first sample of each code that a comparison has, the most frequent two codes of them.
pub fn examples(comparison: &Comparison) -> Vec<&Sample> {
    let mut examples: Vec<&Sample> = Vec::new();
    for sample in &comparison.samples {
        if examples.iter().all(|example| example.code != sample.code) {
            examples.push(sample);
        }
    }
    let counts = &comparison.counts;
    examples.sort_by_key(|example| {
        Reverse(match example.code {
            MismatchCode::Different => counts.different,
            MismatchCode::MissingFirst => counts.missing[0],
            MismatchCode::MissingSecond => counts.missing[1],
            MismatchCode::NanNull => counts.nan_null,
            MismatchCode::Unconvertible => counts.unconvertible,
        })
    });
    examples.truncate(2);
    examples
}

/// Returns the accounts to show, each with both sides' rows: all that have any, and always `read` and `compared`.
pub fn accounts(ledger: &PerSide<Ledger>) -> Vec<(&'static str, [u64; 2])> {
    let [offline, online] = Side::BOTH.map(|side| &ledger[side]);
    let accounts = offline.accounts().into_iter().zip(online.accounts());
    let accounts = accounts.map(|((name, offline), (_, online))| (name, [offline, online]));
    let shown = accounts.filter(|(name, rows)| *name == "compared" || *rows != [0, 0]);
    std::iter::once(("read", [offline.read, online.read])).chain(shown).collect()
}
