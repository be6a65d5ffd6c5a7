//! What the emitters say, in the same words: numbers, values, keys, sentences. Everything comes out escaped.

use serde_json::Value;

use super::difference;
use super::escape::{quoted, visible};
use super::layout::{clip, width};
use super::model::{
    Comparison, Diagnosis, Evidence, Feature, Fields, Finding, MismatchCode, OnsetKind, Report, Sample, Stage, Verdict,
};
use super::order::{Standing, other_findings, standings};
use super::rate::percent;
use crate::spec::{Severity, Side};

/// Returns what else is known of a feature that differs, a line each: how much worse it became, why it
/// differs, where that enters, in which rows and since when.
pub fn notes(report: &Report, feature: &Feature, comparison: &Comparison) -> Vec<String> {
    let mut notes = Vec::new();
    let finding = report.mismatch(&feature.name, comparison.name);
    notes.extend(
        finding.and_then(|finding| finding.worse.as_ref()).map(|worse| format!("worse than the baseline: {worse}")),
    );
    for diagnosis in &comparison.diagnoses {
        let scope = diagnosis.scope.as_ref().map(|scope| format!(", where {}", sql(&scope.predicate)));
        notes.push(format!("{}{}", visible(&diagnosis.summary), scope.unwrap_or_default()));
        notes.push(proof(diagnosis, comparison));
        notes.extend(diagnosis.repair.as_ref().map(|repair| format!("repair {}: {}", repair.side, sql(&repair.expr))));
        notes.extend(diagnosis.advice.as_deref().map(visible));
    }
    if feature.comparisons.len() > 1 {
        notes.push(match feature.stage {
            Some(stage) if stage == comparison.name => enters(stage).to_owned(),
            Some(_) | None => format!("in the comparison {}", stage_name(comparison.name)),
        });
    }
    notes.extend(comparison.slices.first().map(|slice| {
        let rows = plural(slice.rows, "row");
        format!("mostly where `{}`: {} of {rows}", visible(&slice.predicate), number(slice.mismatches))
    }));
    notes.extend(comparison.onset.as_ref().map(|onset| {
        let kind = match onset.kind {
            OnsetKind::Step => "since",
            OnsetKind::Ramp => "more and more since",
            OnsetKind::Recovery => "until",
        };
        format!("{kind} {}", visible(&onset.at))
    }));
    notes
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

/// Returns what a reader has to know of a run that did not read everything.
pub fn limited(report: &Report) -> Option<String> {
    report.limit.map(|limit| match limit {
        1 => "only the first row of the online side was read".to_owned(),
        _ => format!("only the first {} of the online side were read", plural(limit, "row")),
    })
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

/// Returns which rows of a comparison differ and how, such as `1,169 of 3,287 rows` and `different`.
pub fn mismatches(comparison: &Comparison, data_type: Option<&str>) -> [String; 2] {
    let counts = &comparison.counts;
    let [first, second] = match comparison.name {
        Stage::Inputs | Stage::EndToEnd => ["missing offline", "missing online"],
        Stage::Training | Stage::Serving => ["missing as computed", "missing as recorded"],
    };
    let unconvertible = match data_type {
        Some(data_type) => format!("not convertible to {}", clip(&visible(data_type), 20)),
        None => "without a common type".to_owned(),
    };
    let codes: Vec<(u64, &str)> = [
        (counts.different, "different"),
        (counts.missing[0], first),
        (counts.missing[1], second),
        (counts.nan_null, "NaN against null"),
        (counts.unconvertible, &unconvertible),
    ]
    .into_iter()
    .filter(|(n_rows, _)| *n_rows > 0)
    .collect();
    let codes = match codes.as_slice() {
        [(_, words)] => (*words).to_owned(),
        codes => {
            let codes: Vec<String> =
                codes.iter().map(|(n_rows, words)| format!("{} {words}", number(*n_rows))).collect();
            codes.join(", ")
        }
    };
    [format!("{} of {}", number(counts.mismatches()), plural(counts.compared(), "row")), codes]
}

/// Returns the mismatch rate of a comparison as a percentage.
pub fn rate(comparison: &Comparison) -> String {
    comparison.counts.mismatch_rate().map_or_else(|| "-".to_owned(), percent)
}

/// Returns in plain words where a mismatch enters.
fn enters(stage: Stage) -> &'static str {
    match stage {
        Stage::Inputs => "enters with the inputs: the sides' own data give other values",
        Stage::Training => "enters in training: what was stored is not what the spec computes",
        Stage::Serving => "enters in serving: what was served is not what the spec computes",
        Stage::EndToEnd => "shows end to end: what was stored is not what was served",
    }
}

/// Returns the name of a comparison in plain words.
fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Inputs => "inputs",
        Stage::Training => "training",
        Stage::Serving => "serving",
        Stage::EndToEnd => "end to end",
    }
}

/// Returns SQL in backticks, of which it holds none itself: its texts are values.
fn sql(text: &str) -> String {
    format!("`{}`", visible(text).replace('`', "\\u{60}"))
}

/// Returns how well a diagnosis is proved.
fn proof(diagnosis: &Diagnosis, comparison: &Comparison) -> String {
    let matching = number(comparison.counts.equal + comparison.counts.tolerated);
    let damaged = if diagnosis.damaged == 0 { "none".to_owned() } else { number(diagnosis.damaged) };
    let mismatching = number(diagnosis.explained.saturating_add(diagnosis.unexplained));
    let explained = number(diagnosis.explained);
    if diagnosis.repair.is_none() && diagnosis.damaged > 0 {
        return format!(
            "explains {explained} of {mismatching} mismatching rows; {damaged} of {matching} others stayed as they were"
        );
    }
    format!("explains {explained} of {mismatching} mismatching rows, breaks {damaged} of {matching}")
}

/// Returns the two values of a sample, each within `max` columns and, where they are texts, marked where they differ.
pub fn values(sample: &Sample, data_type: Option<&str>, max: usize) -> [String; 2] {
    match (&sample.values, sample.code) {
        ([Value::String(first), Value::String(second)], MismatchCode::Different) if is_text(data_type) => {
            difference::quoted(first, second, max)
        }
        (values, code) => {
            let shown = values.each_ref().map(|of| value(of, data_type, code));
            if shown.iter().all(|shown| width(shown) <= max) {
                return shown;
            }
            match code {
                MismatchCode::Different => difference::plain(&shown[0], &shown[1], max),
                MismatchCode::MissingFirst
                | MismatchCode::MissingSecond
                | MismatchCode::NanNull
                | MismatchCode::Unconvertible => shown.map(|shown| clip(&shown, max)),
            }
        }
    }
}

/// Returns one value of a sample. Text is in quotes, but for what is text only because JSON has no other form for it.
fn value(value: &Value, data_type: Option<&str>, code: MismatchCode) -> String {
    match value {
        Value::String(text) if is_text(data_type) || code == MismatchCode::Unconvertible => quoted(text),
        Value::String(text) => visible(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            visible(&value.to_string())
        }
    }
}

/// Returns whether a feature's values are texts. Without a common type they may be.
fn is_text(data_type: Option<&str>) -> bool {
    data_type.is_none_or(|data_type| data_type == "string")
}

/// Returns the parts of a key, each with its name.
pub fn key_parts(key: &Fields) -> Vec<String> {
    key.0.iter().map(|(name, value)| format!("{} {}", visible(name), key_part(value))).collect()
}

fn key(key: &Fields) -> String {
    key_parts(key).join(", ")
}

/// Quotes are left out where nobody misses them.
fn key_part(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let plain = text.chars().next().is_some_and(char::is_alphabetic)
                && text.chars().all(|c| c.is_alphanumeric() || "-_.:/+@".contains(c))
                && !matches!(text.as_str(), "null" | "true" | "false" | "NaN");
            let is_date = text.len() >= 10
                && text.as_bytes().get(4) == Some(&b'-')
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
            let first = if fields.0.is_empty() { String::new() } else { format!(", as {}", key(fields)) };
            format!("{shown}: {}{first}", plural(*rows, "row"))
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
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
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

    use super::super::samples;
    use super::*;

    #[test]
    fn numbers_have_separators() {
        assert_eq!([0, 999, 1_000, 98_769, 1_234_567].map(number), ["0", "999", "1,000", "98,769", "1,234,567"]);
    }

    #[test]
    fn a_limit_is_told_in_the_right_number() {
        let told = |limit| limited(&Report { limit, ..samples::flights() });
        assert_eq!(told(None), None);
        assert_eq!(told(Some(1)).as_deref(), Some("only the first row of the online side was read"));
        assert_eq!(told(Some(2_000)).as_deref(), Some("only the first 2,000 rows of the online side were read"));
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
    fn a_value_without_a_key_names_no_row() {
        let shown = |key| evidence(&Evidence::Value { value: json!("a"), rows: 1, key });
        assert_eq!(shown(Fields(vec![("id".to_owned(), json!(7))])), "\"a\": 1 row, as id 7");
        assert_eq!(shown(Fields::default()), "\"a\": 1 row");
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
