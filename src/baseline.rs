//! What is known and accepted: a file that a team writes once, so that only what is new or worse fails. No I/O.

mod acceptance;
mod format;

use crate::report::{Finding, FindingKind, Report, Stage};
use crate::spec::{Severity, Side};

pub use self::format::SCHEMA;

/// The findings of an earlier run, ordered by what they are about.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// The name of the spec that was checked.
    pub spec: String,
    pub entries: Vec<Entry>,
}

/// An accepted finding: what it is about, and how far it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub about: About,
    /// An error is worse than the warning that was accepted.
    pub severity: Severity,
    /// Rows concerned.
    pub count: Option<u64>,
    /// A fraction of the rows that could be concerned.
    pub rate: Option<f64>,
}

/// What two findings share if they are the same one, seen again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    pub kind: FindingKind,
    pub feature: Option<String>,
    pub side: Option<Side>,
    pub comparison: Option<Stage>,
    /// As [`Finding::subject`].
    pub subject: Option<String>,
}

impl Baseline {
    /// Returns what a run found, but for what nobody can accept: that something could not be checked, or too few rows.
    pub fn of(report: &Report) -> Self {
        let mut entries: Vec<Entry> = report
            .findings
            .iter()
            .filter(|finding| can_be_accepted(finding.kind))
            .map(|finding| Entry {
                about: About::of(finding),
                severity: finding.severity,
                count: finding.count,
                rate: finding.rate,
            })
            .collect();
        entries.sort_by(|one, other| one.about.cmp(&other.about));
        Self { spec: report.spec.name.clone(), entries }
    }
}

impl About {
    fn of(finding: &Finding) -> Self {
        Self {
            kind: finding.kind,
            feature: finding.feature.clone(),
            side: finding.side,
            comparison: finding.comparison,
            subject: finding.subject.clone(),
        }
    }
}

fn can_be_accepted(kind: FindingKind) -> bool {
    match kind {
        FindingKind::Mismatch
        | FindingKind::Unmatched
        | FindingKind::Duplicate
        | FindingKind::Unreadable
        | FindingKind::Schema
        | FindingKind::Category
        | FindingKind::Required
        | FindingKind::KeyFormat
        | FindingKind::Timezone
        | FindingKind::Unconvertible => true,
        FindingKind::Inconclusive | FindingKind::Baseline | FindingKind::Error => false,
    }
}
