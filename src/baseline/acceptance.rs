//! Which findings of a run are known, and which are new or worse.

use super::{About, Baseline, Entry, can_be_accepted};
use crate::gate;
use crate::report::{Finding, FindingKind, Report, Verdict, percent, plural, visible};
use crate::spec::Severity;

impl Baseline {
    /// Accepts the findings of a run that this baseline knows and that are not worse now; their comparisons become
    /// consistent. Says of the others how much worse they are, names the entries that no longer apply, and judges the
    /// run anew.
    ///
    /// A finding is worse if its rate is higher, or its count where there is no rate.
    pub fn accept(&self, report: &mut Report) {
        let mut used = vec![false; self.entries.len()];
        for finding in report.findings.iter_mut().filter(|finding| can_be_accepted(finding.kind)) {
            let about = About::of(finding);
            // Several findings about the same thing take the entries about it in turn.
            let known = self.entries.iter().zip(&mut used).find(|(entry, used)| !**used && entry.about == about);
            let Some((entry, used)) = known else { continue };
            *used = true;
            match worse(entry, finding) {
                None => finding.accepted = true,
                Some(worse) => {
                    finding.message += &format!("; worse than the baseline: {worse}");
                    finding.worse = Some(worse);
                }
            }
        }

        let Report { features, findings, .. } = report;
        for finding in findings.iter().filter(|finding| finding.accepted && finding.kind == FindingKind::Mismatch) {
            let feature = features.iter_mut().find(|feature| Some(&feature.name) == finding.feature.as_ref());
            let comparisons = feature.into_iter().flat_map(|feature| &mut feature.comparisons);
            for comparison in comparisons.filter(|comparison| Some(comparison.name) == finding.comparison) {
                comparison.verdict = Verdict::Consistent;
            }
        }

        let mut stale = Vec::new();
        if self.spec != report.spec.name {
            let message = format!("the baseline was written for the spec `{}`", visible(&self.spec));
            stale.push(Finding::new(FindingKind::Baseline, Severity::Warn, message));
        }
        let unused = self.entries.iter().zip(&used).filter(|(_, used)| !**used).map(|(entry, _)| entry);
        stale.extend(unused.filter(|entry| was_checked(report, entry)).map(no_longer_applies));
        report.findings.extend(stale);
        report.verdict = gate::overall(&report.findings);
    }
}

/// Returns in words how much worse a finding is than what was accepted; none if it is not.
fn worse(entry: &Entry, finding: &Finding) -> Option<String> {
    if entry.severity == Severity::Warn && finding.severity == Severity::Error {
        return Some("an error against a warning".to_owned());
    }
    match (entry.rate, finding.rate, entry.count, finding.count) {
        (Some(known), Some(found), _, _) => (found > known).then(|| {
            let shown = [found, known].map(percent);
            if shown[0] == shown[1] { format!("{found} against {known}") } else { shown.join(" against ") }
        }),
        (_, _, Some(known), Some(found)) => {
            (found > known).then(|| format!("{} against {}", plural(found, "row"), plural(known, "row")))
        }
        (None, None, None, None) => None,
        (_, found_rate, _, found_count) => {
            let found = found_rate.map(percent).or_else(|| found_count.map(|count| plural(count, "row")));
            Some(format!("{} against an entry that cannot be compared", found.as_deref().unwrap_or("unknown")))
        }
    }
}

/// Returns whether this run could have found what the entry is about. Only then does its absence say something.
fn was_checked(report: &Report, entry: &Entry) -> bool {
    report.findings.iter().all(|finding| match finding.kind.verdict() {
        Verdict::Error | Verdict::Inconclusive => finding.feature.is_some() && finding.feature != entry.about.feature,
        Verdict::Consistent | Verdict::Inconsistent => true,
    })
}

fn no_longer_applies(entry: &Entry) -> Finding {
    let About { kind, feature, side, comparison, subject } = &entry.about;
    let mut parts = vec![format!("`{}`", kind.as_str())];
    parts.extend(feature.iter().map(|feature| format!("feature `{}`", visible(feature))));
    parts.extend(subject.iter().map(|subject| visible(subject)));
    parts.extend(comparison.map(|stage| format!("comparison {}", stage.as_str())));
    parts.extend(side.map(|side| format!("{side} side")));
    Finding {
        feature: feature.clone(),
        side: *side,
        comparison: *comparison,
        subject: subject.clone(),
        help: Some("drop it: write the file anew with `--write-baseline`".to_owned()),
        ..Finding::new(
            FindingKind::Baseline,
            Severity::Warn,
            format!("an entry of the baseline no longer applies: {}", parts.join(", ")),
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::Stage;
    use crate::report::samples::{comparison, feature, hostile_report, report};

    fn differing(mismatches: u64, compared: u64) -> Report {
        let inputs = comparison(Stage::Inputs, mismatches, compared);
        report(vec![feature("temp", vec![inputs]), feature("wind", vec![comparison(Stage::Inputs, 0, compared)])])
    }

    #[test]
    fn what_is_known_passes_and_what_is_worse_fails() {
        let baseline = Baseline::of(&differing(20, 1000));
        for (mismatches, compared, verdict, worse) in [
            (20, 1000, Verdict::Consistent, None),
            (19, 1000, Verdict::Consistent, None),
            // More rows at the same rate are not worse.
            (40, 2000, Verdict::Consistent, None),
            (31, 1000, Verdict::Inconsistent, Some("3.1 % against 2 %")),
            (20_001, 1_000_000, Verdict::Inconsistent, Some("0.020001 against 0.02")),
        ] {
            let mut report = differing(mismatches, compared);
            baseline.accept(&mut report);
            assert_eq!(report.verdict, verdict, "{mismatches} of {compared}");
            assert_eq!(report.features[0].comparisons[0].verdict, verdict);
            assert_eq!(report.findings.len(), 1);
            assert_eq!(report.findings[0].worse.as_deref(), worse);
            let said = report.findings[0].message.contains("; worse than the baseline: ");
            assert_eq!(said, worse.is_some());
        }
    }

    #[test]
    fn what_is_new_fails() {
        let baseline = Baseline::of(&differing(20, 1000));
        let mut report = report(vec![
            feature("temp", vec![comparison(Stage::Inputs, 20, 1000), comparison(Stage::Serving, 1, 1000)]),
            feature("wind", vec![comparison(Stage::Inputs, 1, 1000)]),
        ]);
        baseline.accept(&mut report);
        let accepted: Vec<bool> = report.findings.iter().map(|finding| finding.accepted).collect();
        assert_eq!((accepted, report.verdict), (vec![true, false, false], Verdict::Inconsistent));
    }

    #[test]
    fn an_entry_that_no_longer_applies_is_named_once_it_was_looked_for() {
        let baseline = Baseline::of(&differing(20, 1000));
        let mut mended = differing(0, 1000);
        baseline.accept(&mut mended);
        assert_eq!(mended.verdict, Verdict::Consistent);
        assert_eq!(
            mended.findings[0].message,
            "an entry of the baseline no longer applies: `mismatch`, feature `temp`, comparison inputs"
        );

        let mut failed = differing(0, 1000);
        failed.findings.push(Finding {
            feature: Some("temp".to_owned()),
            ..Finding::new(FindingKind::Error, Severity::Error, "feature `temp` fails")
        });
        baseline.accept(&mut failed);
        assert_eq!((failed.findings.len(), failed.verdict), (1, Verdict::Error));
    }

    #[test]
    fn counts_decide_where_there_is_no_rate_and_subjects_tell_findings_apart() {
        let of_keys = |counts: [u64; 2]| {
            let mut report = differing(0, 10);
            for (key, count) in ["id", "day"].into_iter().zip(counts) {
                let message = format!("{count} unmatched keys would match");
                report.findings.push(Finding {
                    subject: Some(key.to_owned()),
                    count: Some(count),
                    ..Finding::new(FindingKind::KeyFormat, Severity::Error, message)
                });
            }
            report.verdict = gate::overall(&report.findings);
            report
        };
        let mut later = of_keys([3, 8]);
        Baseline::of(&of_keys([5, 7])).accept(&mut later);
        let worse: Vec<Option<&str>> = later.findings.iter().map(|finding| finding.worse.as_deref()).collect();
        assert_eq!(worse, [None, Some("8 rows against 7 rows")]);
        assert_eq!(later.verdict, Verdict::Inconsistent);
    }

    #[test]
    fn an_accepted_warning_does_not_excuse_an_error() {
        let of = |severity: Severity| {
            let mut report = differing(20, 1000);
            report.findings[0].severity = severity;
            report.verdict = gate::overall(&report.findings);
            report
        };
        let mut stricter = of(Severity::Error);
        Baseline::of(&of(Severity::Warn)).accept(&mut stricter);
        assert_eq!(stricter.findings[0].worse.as_deref(), Some("an error against a warning"));
        assert_eq!(stricter.verdict, Verdict::Inconsistent);
        let mut milder = of(Severity::Warn);
        Baseline::of(&of(Severity::Error)).accept(&mut milder);
        assert!(milder.findings[0].accepted);
    }

    #[test]
    fn names_in_a_message_tell_nothing_apart() {
        let of = |message: &str| {
            let mut report = differing(0, 10);
            report.findings.push(Finding::new(FindingKind::Schema, Severity::Error, message));
            report.verdict = gate::overall(&report.findings);
            report
        };
        let mut later = of("key is `7` now");
        Baseline::of(&of("key is `6` now")).accept(&mut later);
        assert_eq!(later.verdict, Verdict::Consistent);
    }

    proptest! {
        #[test]
        fn a_report_passes_its_own_baseline_unless_it_could_not_be_checked(report in hostile_report()) {
            let mut accepted = report.clone();
            Baseline::of(&report).accept(&mut accepted);
            let unchecked = report.findings.iter().filter(|finding| !can_be_accepted(finding.kind));
            prop_assert_eq!(accepted.verdict, gate::overall(&unchecked.cloned().collect::<Vec<_>>()));
            prop_assert_eq!(accepted.findings.len(), report.findings.len());
        }
    }
}
