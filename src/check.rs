//! The main job, top to bottom: plan both sides, execute, align, compare, judge, report.

mod broken;
mod comparison;
mod diagnosis;
mod failed;
mod features;
mod findings;
mod outputs;
mod samples;
mod unusable;
mod vocabulary;

pub use self::failed::failed;
pub use self::outputs::is_same_file;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use self::comparison::Comparisons;
use self::diagnosis::Gathering;
use self::findings::Judged;
use self::unusable::Unusable;
use self::vocabulary::Vocabularies;
use crate::engine::{Aligned, Depth, EvaluationFacts, MismatchFile, Outcome, Planned, Progress, Resources};
use crate::error::Error;
use crate::gate;
use crate::report::{Feature, Finding, Ledger, Report, SCHEMA, SpecRef, Tool};
use crate::spec::{PerSide, Side, Spec};

/// How a check runs. Nothing here but `limit` changes what it finds.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub resources: Resources,
    /// Reads only the first rows of the online side, in the order of its files.
    pub limit: Option<usize>,
    /// Where every mismatching cell is written, as Parquet.
    pub mismatches: Option<PathBuf>,
    /// Files that the caller will write: none of them may be an input.
    pub outputs: Vec<PathBuf>,
}

/// Compares what a spec computes over both sides, row by row. Paths are relative to `base`.
///
/// # Errors
/// [`Error::Overwrites`] if an output is an input, before anything is read;
/// [`Error::Problems`] with every problem that the spec has against its inputs, before any row is executed;
/// [`Error::Input`] and [`Error::Engine`] name the side that cannot be read; [`Error::Output`] the file that cannot be
/// written. Mismatches, and features that fail in some rows, are no errors: they are in the report.
pub async fn check(spec: &Arc<Spec>, base: &Path, options: &Options, progress: &Progress) -> Result<Report, Error> {
    outputs::refuse_inputs(spec, base, &options.outputs)?;
    let planned = Planned::new(spec.clone(), base, &options.resources, Depth::Full, options.limit, progress).await?;
    let mut comparisons = Comparisons::new(spec, &planned)?;
    let mut vocabularies = Vocabularies::new(spec);
    let mut unusable = Unusable::new(spec);
    let mut gathering = Gathering::new(spec, &planned, &comparisons);
    let cells = match &options.mismatches {
        Some(path) => Some(MismatchFile::create(path, spec, &planned)?),
        None => None,
    };

    let mut execution = planned.execute(progress).await?;
    while let Some(aligned) = execution.next().await? {
        if let Aligned::Side(side, rows) = &aligned {
            vocabularies.add(*side, rows);
            unusable.add(*side, rows);
        }
        comparisons.add(&aligned, &mut gathering);
    }

    let (outcome, evaluations) = execution.finish();
    let ledger = ledger(&planned, &outcome, &evaluations);
    let diagnosed =
        diagnosis::diagnose(spec, &planned, &comparisons, gathering, options.resources.threads, progress).await?;
    if let Some(cells) = cells {
        diagnosed.write(spec, &planned, &comparisons, cells, progress).await?;
    }
    let features = features::build(spec, &planned, &comparisons, &evaluations, diagnosed.diagnoses);
    let judged = Judged {
        spec,
        planned: &planned,
        outcome: &outcome,
        evaluations: &evaluations,
        unusable: &unusable,
        ledger: &ledger,
        features: &features,
    };
    let findings = findings::collect(&judged, &comparisons, &vocabularies);
    Ok(report(spec, options.limit, ledger, findings, features))
}

/// Tells the problems that a spec has against its inputs, reading only their schemas and first records.
///
/// # Errors
/// As [`check`].
pub async fn lint(spec: &Arc<Spec>, base: &Path, resources: &Resources) -> Result<(), Error> {
    const N_RECORDS: usize = 10_000;
    let planned =
        Planned::new(spec.clone(), base, resources, Depth::Head(N_RECORDS), None, &Progress::default()).await?;
    Comparisons::new(spec, &planned).map(|_| ())
}

fn report(
    spec: &Spec,
    limit: Option<usize>,
    ledger: PerSide<Ledger>,
    findings: Vec<Finding>,
    features: Vec<Feature>,
) -> Report {
    let tool = Tool {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        datafusion: crate::engine::DATAFUSION_VERSION.to_owned(),
    };
    let sha256 = Sha256::digest(spec.source.text.as_bytes());
    let spec = SpecRef {
        name: spec.name.clone(),
        path: spec.source.path.clone(),
        sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    let verdict = gate::overall(&findings);
    let limit = limit.map(|n_rows| n_rows as u64);
    let mut report = Report { schema: SCHEMA, tool, spec, limit, verdict, ledger, findings, features };
    report.hide_sensitive();
    report
}

/// Accounts for every row of both sides.
fn ledger(planned: &Planned, outcome: &Outcome, evaluations: &PerSide<EvaluationFacts>) -> PerSide<Ledger> {
    let ledger = PerSide::from_fn(|side: Side| {
        let accounts = outcome.accounts[side];
        let unreadable = planned.input(side).n_unreadable;
        let EvaluationFacts { read, filtered, .. } = evaluations[side];
        Ledger {
            read: read + unreadable,
            unreadable,
            filtered,
            null_key: accounts.null_key,
            duplicate: accounts.duplicate,
            unmatched: accounts.unmatched,
            compared: accounts.compared,
        }
    });
    // A report whose ledger does not balance would be a lie.
    assert!(ledger.offline.balances() && ledger.online.balances(), "a row is in no account, or in two: {ledger:?}");
    ledger
}
