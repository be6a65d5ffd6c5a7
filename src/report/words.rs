//! What the emitters say, in the same words: numbers, values, keys, sentences. Everything comes out escaped.

use std::cmp::Reverse;

use serde_json::Value;

use super::escape::{quoted, visible};
use super::layout::clip;
use super::model::{
    Comparison, Diagnosis, Evidence, Feature, Fields, Finding, FindingKind, MismatchCode, Report, Sample, Stage,
    Verdict,
};
use super::rate::percent;
use crate::spec::{Severity, Side};

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

/// Returns the verdict of a run in one sentence, without the word for it.
pub fn sentence(report: &Report) -> String {
    let standings = standings(report);
    let total = standings.len() as u64;
    let count = |wanted| standings.iter().filter(|(standing, _)| *standing == wanted).count() as u64;
    let (failed, over, agree) = (count(Standing::Failed), count(Standing::Over), count(Standing::Agrees));
    let differ = match over {
        1 => format!("1 of {} differs beyond its budget", plural(total, "feature")),
        _ => format!("{} of {} differ beyond their budget", number(over), plural(total, "feature")),
    };
    match report.verdict {
        Verdict::Error if failed > 0 && over > 0 => {
            format!("{} could not be checked, {} differ", plural(failed, "feature"), number(over))
        }
        Verdict::Error if failed > 0 => {
            format!("{} of {} could not be checked", number(failed), plural(total, "feature"))
        }
        Verdict::Error => "not everything could be checked".to_owned(),
        Verdict::Inconsistent if over > 0 => differ,
        Verdict::Inconsistent => {
            let failing = other_findings(report).iter().filter(|f| f.severity == Severity::Error).count() as u64;
            let verb = if failing == 1 { "fails" } else { "fail" };
            format!("features are within budget, but {} {verb}", plural(failing, "finding"))
        }
        Verdict::Inconclusive => format!("too few rows to tell ({} compared)", number(report.ledger.online.compared)),
        Verdict::Consistent => {
            let rows = plural(report.ledger.online.compared, "row");
            match (agree, total) {
                (1, 1) => format!("the feature agrees on {rows}"),
                _ if agree == total => format!("all {} agree on {rows}", plural(total, "feature")),
                _ => format!("no feature fails; {} of {} agree on {rows}", number(agree), number(total)),
            }
        }
    }
}

/// Returns what a verdict means for the reader, where the word alone does not say it.
pub fn advice(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Consistent | Verdict::Inconsistent => None,
        Verdict::Error => Some(
            "This is no pass: what could not be checked may differ too. Mend what is marked `error` and run again; \
             the rest was checked as usual.",
        ),
        Verdict::Inconclusive => Some(
            "This is no pass: nothing was found, but too little was seen. Compare more rows; if there should be enough, \
             the ledger shows where they went.",
        ),
    }
}

/// Returns the mismatches of a comparison by code, in words; only codes that occur.
pub fn counts(comparison: &Comparison, data_type: Option<&str>) -> Vec<String> {
    let counts = &comparison.counts;
    let [first, second] = match comparison.name {
        Stage::Inputs | Stage::EndToEnd => ["missing offline", "missing online"],
        Stage::Training | Stage::Serving => ["missing as computed", "missing as recorded"],
    };
    let unconvertible = match data_type {
        Some(data_type) => format!("not convertible to {}", clip(&visible(data_type), 20)),
        None => "without a common type".to_owned(),
    };
    [
        (counts.different, "different"),
        (counts.missing[0], first),
        (counts.missing[1], second),
        (counts.nan_null, "NaN against null"),
        (counts.unconvertible, &unconvertible),
    ]
    .into_iter()
    .filter(|(n_rows, _)| *n_rows > 0)
    .map(|(n_rows, words)| format!("{} {words}", number(n_rows)))
    .collect()
}

/// Returns the mismatch rate of a comparison as a percentage.
pub fn rate(comparison: &Comparison) -> String {
    comparison.counts.mismatch_rate().map_or_else(|| "-".to_owned(), percent)
}

/// Returns in plain words where a mismatch enters.
pub fn enters(stage: Stage) -> &'static str {
    match stage {
        Stage::Inputs => "enters with the inputs: the sides' own data give other values",
        Stage::Training => "enters in training: what was stored is not what the spec computes",
        Stage::Serving => "enters in serving: what was served is not what the spec computes",
        Stage::EndToEnd => "shows end to end: what was stored is not what was served",
    }
}

/// Returns the name of a comparison in plain words.
pub fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Inputs => "inputs",
        Stage::Training => "training",
        Stage::Serving => "serving",
        Stage::EndToEnd => "end to end",
    }
}

/// Returns how well a diagnosis is proved.
pub fn proof(diagnosis: &Diagnosis, comparison: &Comparison) -> String {
    let matching = number(comparison.counts.compared() - comparison.counts.mismatches());
    let damaged = if diagnosis.damaged == 0 { "none".to_owned() } else { number(diagnosis.damaged) };
    let mismatching = number(diagnosis.explained.saturating_add(diagnosis.unexplained));
    format!(
        "explains {} of {mismatching} mismatching rows, breaks {damaged} of {matching}",
        number(diagnosis.explained)
    )
}

/// Returns the two texts of a sample whose difference can be marked.
pub fn texts(sample: &Sample) -> Option<[&str; 2]> {
    match (&sample.values, sample.code) {
        ([Value::String(first), Value::String(second)], MismatchCode::Different) => Some([first, second]),
        _ => None,
    }
}

/// Returns one value of a sample. Text is in quotes, but for what is text only because JSON has no other form for it.
pub fn value(value: &Value, data_type: Option<&str>, code: MismatchCode) -> String {
    match value {
        Value::String(text) if is_text(data_type) || code == MismatchCode::Unconvertible => quoted(text),
        Value::String(text) => visible(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            visible(&value.to_string())
        }
    }
}

/// Returns whether a feature's values are texts. Without a common type they may be.
pub fn is_text(data_type: Option<&str>) -> bool {
    data_type.is_none_or(|data_type| data_type == "string")
}

/// Returns the parts of a key with their names.
pub fn key(key: &Fields) -> String {
    let parts: Vec<String> =
        key.0.iter().map(|(name, value)| format!("{} {}", visible(name), key_part(value))).collect();
    parts.join(", ")
}

/// Quotes are left out where nobody misses them.
fn key_part(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let plain = text.chars().next().is_some_and(char::is_alphabetic)
                && text.chars().all(|c| c.is_alphanumeric() || "-_.:/+@".contains(c))
                && !matches!(text.as_str(), "null" | "true" | "false" | "NaN");
            let is_date = text.len() >= 10
                && text.as_bytes()[4] == b'-'
                && text.chars().all(|c| c.is_ascii_digit() || "-:.TZ+".contains(c));
            if plain || is_date { visible(text) } else { quoted(text) }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            visible(&value.to_string())
        }
    }
}

/// Returns one example of a finding.
pub fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Key { key: fields, rows } => {
            let sides: Vec<String> = Side::BOTH.iter().map(|side| format!("{} {side}", number(rows[*side]))).collect();
            format!("{}: rows {}", key(fields), sides.join(", "))
        }
        Evidence::Record { file, line, reason } => {
            let line = line.map(|line| format!(":{line}")).unwrap_or_default();
            format!("{}{line}: {}", visible(file), visible(reason))
        }
        Evidence::Value { value, rows, key: fields } => {
            let shown = match value {
                Value::String(text) => quoted(text),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                    visible(&value.to_string())
                }
            };
            format!("{shown}: {}, as {}", plural(*rows, "row"), key(fields))
        }
    }
}

/// Returns what a baseline accepted: the feature or else the kind, and its rate or count.
pub fn accepted(finding: &Finding) -> String {
    let name = finding.feature.as_deref().map_or_else(|| finding.kind.as_str().replace('_', " "), visible);
    let side = finding.side.map(|side| format!(" {side}")).unwrap_or_default();
    let measure = finding.rate.map(percent).or_else(|| finding.count.map(|count| plural(count, "row")));
    format!("{name}{side}{}", measure.map(|measure| format!(" {measure}")).unwrap_or_default())
}

/// Returns a count with thousands separators.
pub fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a count and what is counted.
pub fn plural(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(count), if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_have_separators() {
        assert_eq!([0, 999, 1_000, 98_769, 1_234_567].map(number), ["0", "999", "1,000", "98,769", "1,234,567"]);
    }

    #[test]
    fn a_key_shows_what_could_be_mistaken() {
        let fields = |value| Fields(vec![("id".to_owned(), value)]);
        assert_eq!(key(&fields(json!(7))), "id 7");
        assert_eq!(key(&fields(json!("7"))), "id \"7\"");
        assert_eq!(key(&fields(json!("UA"))), "id UA");
        assert_eq!(key(&fields(json!("UA "))), "id \"UA \"");
        assert_eq!(key(&fields(json!("null"))), "id \"null\"");
        assert_eq!(key(&fields(json!(null))), "id null");
        assert_eq!(key(&fields(json!("2013-01-05"))), "id 2013-01-05");
    }

    #[test]
    fn a_value_is_quoted_where_it_is_text() {
        let code = MismatchCode::Different;
        assert_eq!(value(&json!("12.50"), Some("decimal(10,2)"), code), "12.50");
        assert_eq!(value(&json!("12.50"), Some("string"), code), "\"12.50\"");
        assert_eq!(value(&json!("12a"), Some("int64"), MismatchCode::Unconvertible), "\"12a\"");
        assert_eq!(value(&json!(["a\u{202e}"]), Some("list<string>"), code), "[\"a\\u{202e}\"]");
        assert_eq!(value(&json!(null), Some("string"), code), "null");
    }
}
