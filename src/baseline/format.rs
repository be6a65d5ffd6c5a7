//! The file: one line an entry, so that a review sees what is accepted anew.

use serde_json::{Map, Value};

use super::{About, Baseline, Entry, can_be_accepted};
use crate::error::Error;
use crate::report::{FindingKind, Stage, visible};
use crate::spec::{Severity, Side};

/// The name of the file's layout. Fields may be added under it; none may change.
pub const SCHEMA: &str = "trueup.baseline/1";

impl Baseline {
    /// Returns the file: one line an entry, the same bytes for equal baselines.
    ///
    /// A rate is text, since a JSON parser may read a number's last digit differently, and then as worse than it was.
    pub fn to_json(&self) -> String {
        let mut text = format!("{{\n  \"schema\": {},\n  \"spec\": {},\n", json(SCHEMA), json(&self.spec));
        text += "  \"findings\": [";
        for (idx, entry) in self.entries.iter().enumerate() {
            let About { kind, feature, side, comparison, subject } = &entry.about;
            let fields = [
                Some(("kind", json(kind.as_str()))),
                feature.as_ref().map(|feature| ("feature", json(feature))),
                side.map(|side| ("side", json(&side.to_string()))),
                comparison.map(|stage| ("comparison", json(stage.as_str()))),
                subject.as_ref().map(|subject| ("subject", json(subject))),
                Some(("severity", json(word(entry.severity)))),
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
    let severity = choice(fields, "severity", [Severity::Error, Severity::Warn], |severity| word(severity).to_owned())?
        .ok_or("`severity` is missing")?;
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
        subject: text(fields, "subject")?,
    };
    Ok(Entry { about, severity, count, rate })
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

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warn => "warn",
    }
}

fn json(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::Finding;
    use crate::report::samples::{comparison, feature, hostile_report, report};

    #[test]
    fn the_file_can_be_read_and_reviewed() {
        let mut report = report(vec![feature("temp", vec![comparison(Stage::Inputs, 1169, 3287)])]);
        report.findings.push(Finding {
            side: Some(Side::Online),
            subject: Some("column `at`".to_owned()),
            ..Finding::new(FindingKind::Timezone, Severity::Warn, "column `at`: the online side's times have no zone")
        });
        assert_eq!(
            Baseline::of(&report).to_json(),
            r#"{
  "schema": "trueup.baseline/1",
  "spec": "flights_delay",
  "findings": [
    {"kind": "mismatch", "feature": "temp", "comparison": "inputs", "severity": "error", "count": 1169, "rate": "0.3556434438697901"},
    {"kind": "timezone", "side": "online", "subject": "column `at`", "severity": "warn"}
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
                r#"{"schema": "trueup.baseline/1", "spec": "s", "findings": [{"kind": "mismatch", "severity": "warn", "rate": "2 %"}]}"#,
                "cannot use baseline `b.json`: `findings[0]`: `rate` is no fraction from 0 to 1",
            ),
            (
                r#"{"schema": "trueup.baseline/1", "spec": "s", "findings": [{"kind": "mismatch", "severity": "warn", "comparison": "x"}]}"#,
                "cannot use baseline `b.json`: `findings[0]`: `comparison`: `x` is not known",
            ),
            (
                r#"{"schema": "trueup.baseline/1", "spec": "s", "findings": [{"kind": "mismatch"}]}"#,
                "cannot use baseline `b.json`: `findings[0]`: `severity` is missing",
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
    }
}
