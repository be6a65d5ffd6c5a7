//! The report of a run that an error stopped.

use super::report;
use crate::error::Error;
use crate::report::{Finding, FindingKind, Ledger, Report};
use crate::spec::{PerSide, Severity, Spec};

/// Returns a report that says of a whole run what it could not read: no row is accounted for, no feature was checked.
pub fn failed(spec: &Spec, error: &Error) -> Report {
    let side = match error {
        Error::Input { side, .. } | Error::Engine { side, .. } => Some(*side),
        Error::Problems(_)
        | Error::Baseline { .. }
        | Error::Init { .. }
        | Error::Overwrites { .. }
        | Error::Output { .. } => None,
    };
    let finding = Finding { side, ..Finding::new(FindingKind::Error, Severity::Error, error.to_string()) };
    report(spec, None, PerSide::from_fn(|_| Ledger::default()), vec![finding], Vec::new())
}
