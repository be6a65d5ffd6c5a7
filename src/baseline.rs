//! What is known and accepted: a file that a team writes once, so that only what is new or worse fails. No I/O.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::gate;
use crate::report::{Finding, FindingKind, Report, Stage, Verdict, percent, plural, visible};
use crate::spec::{Severity, Side};

/// The name of the file's layout. Fields may be added under it; none may change.
pub const SCHEMA: &str = "trueup.baseline/1";

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
    /// The names in backticks in the finding's message, such as that of a key. The rest of a message has counts.
    pub names: Vec<String>,
}

impl Baseline {
    /// Returns what a run found, but for what nobody can accept: that something could not be checked, or too few rows.
    pub fn of(report: &Report) -> Self {
        let mut entries: Vec<Entry> = report
            .findings
            .iter()
            .filter(|finding| can_be_accepted(finding.kind))
            .map(|finding| Entry { about: About::of(finding), count: finding.count, rate: finding.rate })
            .collect();
        entries.sort_by(|one, other| one.about.cmp(&other.about));
        Self { spec: report.spec.name.clone(), entries }
    }

    /// Returns the file: one line an entry, the same bytes for equal baselines.
    ///
    /// A rate is text, since a JSON parser may read a number's last digit differently, and then as worse than it was.
    pub fn to_json(&self) -> String {
        let mut text = format!("{{\n  \"schema\": {},\n  \"spec\": {},\n", json(SCHEMA), json(&self.spec));
        text += "  \"findings\": [";
        for (idx, entry) in self.entries.iter().enumerate() {
            let About { kind, feature, side, comparison, names } = &entry.about;
            let names: Vec<String> = names.iter().map(|name| json(name)).collect();
            let fields = [
                Some(("kind", json(kind.as_str()))),
                feature.as_ref().map(|feature| ("feature", json(feature))),
                side.map(|side| ("side", json(&side.to_string()))),
                comparison.map(|stage| ("comparison", json(stage.as_str()))),
                (!names.is_empty()).then(|| ("names", format!("[{}]", names.join(", ")))),
                entry.count.map(|count| ("count", count.to_string())),
                entry.rate.map(|rate| ("rate", json(&rate.to_string()))),
            ];
            let fields: Vec<String> =
                fields.into_iter().flatten().map(|(name, value)| format!("\"{name}\": {value}")).collect();
            let comma = if idx == 0 { "" } else { "," };
            text += &format!("{comma}\n    {{{}}}", fields.join(", "));
        }
        text += if self.entries.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" };
        text
    }

    /// Reads a baseline's text. `path` is for messages only. Unknown fields are left alone.
    ///
    /// # Errors
    /// [`Error::Baseline`] with the line and column of what is no JSON, or the name of the field that is not as it
    /// should be.
    pub fn parse(text: &str, path: &str) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Baseline { path: path.to_owned(), reason };
        let value: Value = serde_json::from_str(text).map_err(|error| wrong(visible(&error.to_string())))?;
        read(&value).map_err(wrong)
    }

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

impl About {
    fn of(finding: &Finding) -> Self {
        let parts = finding.message.split('`').skip(1).step_by(2);
        let names = parts.filter(|name| finding.feature.as_deref() != Some(*name)).map(str::to_owned).collect();
        Self {
            kind: finding.kind,
            feature: finding.feature.clone(),
            side: finding.side,
            comparison: finding.comparison,
            // A feature's findings are told apart by the fields; their backticks hold its name, or its values.
            names: if finding.feature.is_some() { Vec::new() } else { names },
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

/// Returns in words how much worse a finding is than what was accepted; none if it is not.
fn worse(entry: &Entry, finding: &Finding) -> Option<String> {
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
    let About { kind, feature, side, comparison, names } = &entry.about;
    let mut parts = vec![format!("`{}`", kind.as_str())];
    parts.extend(feature.iter().map(|feature| format!("feature `{}`", visible(feature))));
    parts.extend(names.iter().map(|name| format!("`{}`", visible(name))));
    parts.extend(comparison.map(|stage| format!("comparison {}", stage.as_str())));
    parts.extend(side.map(|side| format!("{side} side")));
    Finding {
        feature: feature.clone(),
        side: *side,
        comparison: *comparison,
        help: Some("drop it: write the file anew with `--write-baseline`".to_owned()),
        ..Finding::new(
            FindingKind::Baseline,
            Severity::Warn,
            format!("an entry of the baseline no longer applies: {}", parts.join(", ")),
        )
    }
}

fn read(value: &Value) -> Result<Baseline, String> {
    let Value::Object(fields) = value else { return Err("it is no JSON object".to_owned()) };
    match fields.get("schema") {
        Some(Value::String(schema)) if schema == SCHEMA => {}
        Some(Value::String(schema)) => {
            return Err(format!("`schema` is `{}`, but this version reads `{SCHEMA}`", visible(schema)));
        }
        _ => return Err(format!("`schema` is not `{SCHEMA}`; is it a baseline?")),
    }
    let spec = text(fields, "spec")?.ok_or("`spec` is missing")?;
    let Some(Value::Array(listed)) = fields.get("findings") else { return Err("`findings` is no list".to_owned()) };
    let mut entries = Vec::with_capacity(listed.len());
    for (idx, entry) in listed.iter().enumerate() {
        entries.push(read_entry(entry).map_err(|reason| format!("`findings[{idx}]`: {reason}"))?);
    }
    entries.sort_by(|one, other| one.about.cmp(&other.about));
    Ok(Baseline { spec, entries })
}

fn read_entry(value: &Value) -> Result<Entry, String> {
    let Value::Object(fields) = value else { return Err("it is no object".to_owned()) };
    let kind = choice(fields, "kind", FindingKind::ALL, |kind| kind.as_str().to_owned())?.ok_or("`kind` is missing")?;
    if !can_be_accepted(kind) {
        return Err(format!("`kind`: what is `{}` cannot be accepted", kind.as_str()));
    }
    let names = match fields.get("names") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(names)) => {
            let names: Option<Vec<String>> = names.iter().map(|name| name.as_str().map(str::to_owned)).collect();
            names.ok_or("`names` is no list of texts")?
        }
        Some(_) => return Err("`names` is no list of texts".to_owned()),
    };
    let count = match fields.get("count") {
        None | Some(Value::Null) => None,
        Some(count) => Some(count.as_u64().ok_or("`count` is no number of rows")?),
    };
    let rate = match fields.get("rate") {
        None | Some(Value::Null) => None,
        Some(Value::String(rate)) => rate.parse().ok(),
        Some(rate) => rate.as_f64(),
    };
    if !rate.map_or(matches!(fields.get("rate"), None | Some(Value::Null)), |rate| (0.0..=1.0).contains(&rate)) {
        return Err("`rate` is no fraction from 0 to 1".to_owned());
    }
    let about = About {
        kind,
        feature: text(fields, "feature")?,
        side: choice(fields, "side", Side::BOTH, |side| side.to_string())?,
        comparison: choice(fields, "comparison", Stage::ALL, |stage| stage.as_str().to_owned())?,
        names,
    };
    Ok(Entry { about, count, rate })
}

fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{name}` is no text")),
    }
}

/// Reads a field that holds one of a few words.
fn choice<T: Copy, const N: usize>(
    fields: &Map<String, Value>,
    name: &str,
    all: [T; N],
    word: impl Fn(T) -> String,
) -> Result<Option<T>, String> {
    let Some(found) = text(fields, name)? else { return Ok(None) };
    let known = all.into_iter().find(|one| word(*one) == found);
    known.map(Some).ok_or_else(|| format!("`{name}`: `{}` is not known", visible(&found)))
}

fn json(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
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
    fn counts_decide_where_there_is_no_rate_and_names_tell_findings_apart() {
        let of_keys = |counts: [u64; 2]| {
            let mut report = differing(0, 10);
            for (key, count) in ["id", "day"].into_iter().zip(counts) {
                let message = format!("{count} unmatched keys would match: key `{key}` is \"1\" offline");
                report.findings.push(Finding {
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
    fn the_file_can_be_read_and_reviewed() {
        let mut report = differing(1169, 3287);
        report.findings.push(Finding {
            side: Some(Side::Online),
            ..Finding::new(FindingKind::Timezone, Severity::Warn, "column `at`: the online side's times have no zone")
        });
        assert_eq!(
            Baseline::of(&report).to_json(),
            r#"{
  "schema": "trueup.baseline/1",
  "spec": "flights_delay",
  "findings": [
    {"kind": "mismatch", "feature": "temp", "comparison": "inputs", "count": 1169, "rate": "0.3556434438697901"},
    {"kind": "timezone", "side": "online", "names": ["at"]}
  ]
}
"#
        );
    }

    #[test]
    fn a_wrong_file_is_told_with_its_place() {
        let cases = [
            ("{\n  oops", "cannot use baseline `b.json`: key must be a string at line 2 column 3"),
            ("[]", "cannot use baseline `b.json`: it is no JSON object"),
            (
                r#"{"schema": "trueup.report/1"}"#,
                "cannot use baseline `b.json`: `schema` is `trueup.report/1`, but this version reads `trueup.baseline/1`",
            ),
            (
                r#"{"schema": "trueup.baseline/1", "spec": "s", "findings": [{"kind": "error"}]}"#,
                "cannot use baseline `b.json`: `findings[0]`: `kind`: what is `error` cannot be accepted",
            ),
            (
                r#"{"schema": "trueup.baseline/1", "spec": "s", "findings": [{"kind": "mismatch", "rate": "2 %"}]}"#,
                "cannot use baseline `b.json`: `findings[0]`: `rate` is no fraction from 0 to 1",
            ),
            (
                r#"{"schema": "trueup.baseline/1", "spec": "s", "findings": [{"kind": "mismatch", "comparison": "x"}]}"#,
                "cannot use baseline `b.json`: `findings[0]`: `comparison`: `x` is not known",
            ),
        ];
        for (text, wanted) in cases {
            assert_eq!(Baseline::parse(text, "b.json").expect_err(text).to_string(), wanted);
        }
    }

    proptest! {
        #[test]
        fn a_file_reads_back_as_it_was_written(report in hostile_report()) {
            let baseline = Baseline::of(&report);
            let text = baseline.to_json();
            let read = Baseline::parse(&text, "b.json").expect("its own file");
            prop_assert_eq!(read.to_json(), text);
            prop_assert_eq!(read, baseline);
        }

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
