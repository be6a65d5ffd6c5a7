//! The report: the one value that every emitter shows, and the only types that are serialized.
//!
//! Field order is the order of the JSON. Whatever is listed is ordered by the builder: spec order, then key order.

use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::spec::{PerSide, Severity, Side};

/// The name of this layout. Fields may be added under it; none may change.
pub const SCHEMA: &str = "trueup.report/1";

/// What a run found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    pub tool: Tool,
    pub spec: SpecRef,
    /// How many online rows were read at most; none: all.
    pub limit: Option<u64>,
    /// Follows from `findings` alone: see [`crate::gate::overall`].
    pub verdict: Verdict,
    pub ledger: PerSide<Ledger>,
    pub findings: Vec<Finding>,
    /// In the order of the spec.
    pub features: Vec<Feature>,
}

impl Report {
    /// Returns the accepted or open `mismatch` finding of one comparison of a feature.
    pub fn mismatch(&self, feature: &str, stage: Stage) -> Option<&Finding> {
        self.findings.iter().find(|finding| {
            finding.kind == FindingKind::Mismatch
                && finding.feature.as_deref() == Some(feature)
                && finding.comparison == Some(stage)
        })
    }

    /// Removes every value of features that are marked sensitive: the samples of their comparisons and findings, and
    /// what diagnoses and slices say of values. Messages are the builder's: it puts no such value into one.
    pub fn hide_sensitive(&mut self) {
        for feature in self.features.iter_mut().filter(|feature| feature.sensitive) {
            for comparison in &mut feature.comparisons {
                comparison.samples.clear();
                comparison.slices.clear();
                comparison.diagnoses.clear();
            }
            for finding in &mut self.findings {
                if finding.feature.as_deref() == Some(feature.name.as_str()) {
                    finding.samples.clear();
                }
            }
        }
    }
}

/// What made the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tool {
    pub version: String,
    /// The version of the engine.
    pub datafusion: String,
}

/// The spec that was checked. `path` is as the user gave it; `sha256` is of its text, in hex.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpecRef {
    pub name: String,
    pub path: String,
    pub sha256: String,
}

/// The answer of a comparison or of a run. The greater of two verdicts is that of both together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every comparison is within its budget.
    Consistent,
    /// Too few rows to tell.
    Inconclusive,
    /// A budget is exceeded.
    Inconsistent,
    /// Not everything could be checked.
    Error,
}

impl Verdict {
    /// Returns the exit code of a run with this verdict; 2 is left to problems of the spec and the command line.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Consistent => 0,
            Self::Inconsistent => 1,
            Self::Error => 3,
            Self::Inconclusive => 4,
        }
    }

    /// Returns the verdict of parts that have these verdicts: error over inconsistent over inconclusive over consistent.
    pub fn combine(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().max().unwrap_or(Self::Consistent)
    }

    /// Returns the word that the JSON has.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Consistent => "consistent",
            Self::Inconclusive => "inconclusive",
            Self::Inconsistent => "inconsistent",
            Self::Error => "error",
        }
    }
}

/// The account of every row of one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Ledger {
    pub read: u64,
    pub unreadable: u64,
    pub filtered: u64,
    pub null_key: u64,
    pub duplicate: u64,
    pub unmatched: u64,
    pub compared: u64,
}

impl Ledger {
    /// The accounts by name, in the order in which rows go to them; together they make `read`.
    pub fn accounts(&self) -> [(&'static str, u64); 6] {
        [
            ("unreadable", self.unreadable),
            ("filtered", self.filtered),
            ("null_key", self.null_key),
            ("duplicate", self.duplicate),
            ("unmatched", self.unmatched),
            ("compared", self.compared),
        ]
    }

    /// Returns whether every row that was read is in exactly one account.
    pub fn balances(&self) -> bool {
        self.accounts().iter().map(|(_, n_rows)| u128::from(*n_rows)).sum::<u128>() == u128::from(self.read)
    }
}

/// Something that a reader should know. It fails the run if its severity is error and no baseline accepts it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    pub kind: FindingKind,
    pub severity: Severity,
    pub feature: Option<String>,
    pub side: Option<Side>,
    pub comparison: Option<Stage>,
    /// What else tells it from others of its kind, such as a key's name. No counts and no values: it stays from run to run.
    pub subject: Option<String>,
    /// A lower-case fragment that stands alone: it names the feature, side or file.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Rows concerned.
    pub count: Option<u64>,
    /// `count` as a fraction of the rows that could be concerned; what a baseline measures by.
    pub rate: Option<f64>,
    /// Known and accepted by a baseline.
    pub accepted: bool,
    /// How much worse it is than what a baseline accepted, such as `3.1 % against 2 %`.
    pub worse: Option<String>,
    pub samples: Vec<Evidence>,
}

impl Finding {
    /// Returns a finding of a whole run; the other fields are set by name.
    pub fn new(kind: FindingKind, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            kind,
            severity,
            feature: None,
            side: None,
            comparison: None,
            subject: None,
            message: message.into(),
            help: None,
            count: None,
            rate: None,
            accepted: false,
            worse: None,
            samples: Vec::new(),
        }
    }
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A comparison of a feature is over its budget.
    Mismatch,
    /// Rows are missing from a side that should hold them.
    Unmatched,
    /// Keys have several rows on one side.
    Duplicate,
    /// Records could not be parsed.
    Unreadable,
    /// The sides' columns differ in type or presence.
    Schema,
    /// Values are outside a closed vocabulary.
    Category,
    /// Values are missing where they are required.
    Required,
    /// Keys would match after a cast, trimming, padding or a change of case.
    KeyFormat,
    /// Naive times were read as UTC.
    Timezone,
    /// Values are not of the declared type.
    Unconvertible,
    /// Too few rows to tell.
    Inconclusive,
    /// A baseline's entry no longer applies.
    Baseline,
    /// A side or a feature could not be checked.
    Error,
}

impl FindingKind {
    pub const ALL: [Self; 13] = [
        Self::Mismatch,
        Self::Unmatched,
        Self::Duplicate,
        Self::Unreadable,
        Self::Schema,
        Self::Category,
        Self::Required,
        Self::KeyFormat,
        Self::Timezone,
        Self::Unconvertible,
        Self::Inconclusive,
        Self::Baseline,
        Self::Error,
    ];

    /// Returns the word that the JSON has.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mismatch => "mismatch",
            Self::Unmatched => "unmatched",
            Self::Duplicate => "duplicate",
            Self::Unreadable => "unreadable",
            Self::Schema => "schema",
            Self::Category => "category",
            Self::Required => "required",
            Self::KeyFormat => "key_format",
            Self::Timezone => "timezone",
            Self::Unconvertible => "unconvertible",
            Self::Inconclusive => "inconclusive",
            Self::Baseline => "baseline",
            Self::Error => "error",
        }
    }

    /// Returns what an open finding of this kind means for the run.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Mismatch
            | Self::Unmatched
            | Self::Duplicate
            | Self::Unreadable
            | Self::Schema
            | Self::Category
            | Self::Required
            | Self::KeyFormat
            | Self::Timezone
            | Self::Unconvertible => Verdict::Inconsistent,
            Self::Inconclusive => Verdict::Inconclusive,
            Self::Baseline => Verdict::Consistent,
            Self::Error => Verdict::Error,
        }
    }
}

/// One example of what a finding is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Evidence {
    /// A key, and how many rows each side has of it: duplicates, unmatched rows, key formats.
    Key { key: Fields, rows: PerSide<u64> },
    /// A record of a file; lines count from 1.
    Record { file: String, line: Option<u64>, reason: String },
    /// A value, how many rows have it, and the key of the first of them; empty if that is null.
    Value { value: Value, rows: u64, key: Fields },
}

/// Names and values in the order in which they are shown, such as the parts of a key.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields(pub Vec<(String, Value)>);

/// One feature of the spec and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Feature {
    pub name: String,
    /// The declared or common type; none if the sides have none in common.
    #[serde(rename = "type")]
    pub data_type: Option<String>,
    pub unit: Option<String>,
    pub severity: Severity,
    /// Its values are never shown: no samples.
    pub sensitive: bool,
    /// Where the mismatch enters, if several comparisons tell.
    pub stage: Option<Stage>,
    /// Why it could not be checked, with a row.
    pub error: Option<String>,
    pub comparisons: Vec<Comparison>,
}

/// Which two of the four values of a row are compared; also, where a mismatch enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Offline computed against online computed.
    Inputs,
    /// Offline computed against offline recorded.
    Training,
    /// Online computed against online recorded.
    Serving,
    /// Offline recorded against online recorded.
    EndToEnd,
}

impl Stage {
    pub const ALL: [Self; 4] = [Self::Inputs, Self::Training, Self::Serving, Self::EndToEnd];

    /// Returns the word that the JSON has.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inputs => "inputs",
            Self::Training => "training",
            Self::Serving => "serving",
            Self::EndToEnd => "end_to_end",
        }
    }

    /// Returns what the two compared values are called, in the order of every pair in this module.
    pub fn pair(self) -> [&'static str; 2] {
        match self {
            Self::Inputs | Self::EndToEnd => ["offline", "online"],
            Self::Training | Self::Serving => ["computed", "recorded"],
        }
    }

    /// Returns the names of the two missing codes.
    fn missing_codes(self) -> [&'static str; 2] {
        match self {
            Self::Inputs | Self::EndToEnd => ["missing_offline", "missing_online"],
            Self::Training | Self::Serving => ["missing_computed", "missing_recorded"],
        }
    }
}

/// One comparison of a feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub name: Stage,
    /// Within its budget or not; a comparison that a baseline accepts is consistent.
    pub verdict: Verdict,
    pub counts: Counts,
    /// The upper confidence bound of the mismatch rate; none unless the spec asks for a confidence.
    pub mismatch_rate_upper: Option<f64>,
    /// The budget, a fraction of the compared rows.
    pub max_mismatch_rate: f64,
    /// The best first.
    pub diagnoses: Vec<Diagnosis>,
    pub slices: Vec<Slice>,
    pub onset: Option<Onset>,
    /// A few mismatching rows, in key order.
    pub samples: Vec<Sample>,
}

/// Rows by code. They add up to the compared rows because nothing else is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub equal: u64,
    pub tolerated: u64,
    pub different: u64,
    /// Rows in which only this value of the [`Stage::pair`] is missing.
    pub missing: [u64; 2],
    pub nan_null: u64,
    pub unconvertible: u64,
}

impl Counts {
    pub fn compared(&self) -> u64 {
        self.equal + self.tolerated + self.mismatches()
    }

    pub fn mismatches(&self) -> u64 {
        self.different + self.missing[0] + self.missing[1] + self.nan_null + self.unconvertible
    }

    /// Returns the mismatches as a fraction of the compared rows; none if there are no such rows.
    pub fn mismatch_rate(&self) -> Option<f64> {
        let compared = self.compared();
        (compared > 0).then(|| self.mismatches() as f64 / compared as f64)
    }
}

/// The codes that a mismatching row can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MismatchCode {
    Different,
    /// The first value of the [`Stage::pair`] is missing: offline or computed.
    MissingFirst,
    /// The second value of the [`Stage::pair`] is missing: online or recorded.
    MissingSecond,
    NanNull,
    Unconvertible,
}

impl MismatchCode {
    /// Returns the word that the JSON has in a comparison.
    pub fn as_str(self, stage: Stage) -> &'static str {
        let [first, second] = stage.missing_codes();
        match self {
            Self::Different => "different",
            Self::MissingFirst => first,
            Self::MissingSecond => second,
            Self::NanNull => "nan_null",
            Self::Unconvertible => "unconvertible",
        }
    }
}

/// One mismatching row. What JSON cannot hold (NaN, decimals, times, bytes) is text; an unconvertible value is its raw text.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub key: Fields,
    /// In the order of the [`Stage::pair`].
    pub values: [Value; 2],
    pub code: MismatchCode,
}

/// A mechanism that explains mismatches, counted on every row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    pub mechanism: String,
    pub family: String,
    pub summary: String,
    pub parameters: Fields,
    /// Mismatching rows that it makes equal.
    pub explained: u64,
    pub unexplained: u64,
    /// Matching rows that its repair would break.
    pub damaged: u64,
    pub scope: Option<Scope>,
    /// Mechanisms that these rows cannot tell from this one.
    pub equivalent: Vec<String>,
    pub repair: Option<Repair>,
    /// What a side has to change where no expression can repair it.
    pub advice: Option<String>,
}

/// The rows that a diagnosis is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    #[serde(rename = "where")]
    pub predicate: String,
    pub rows: u64,
}

/// An expression that undoes a mechanism on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repair {
    pub side: Side,
    /// Over `value`, the feature's value.
    pub expr: String,
    /// The feature's whole new expression.
    pub feature_expr: String,
    pub verified: bool,
}

/// Rows among which mismatches are more frequent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slice {
    #[serde(rename = "where")]
    pub predicate: String,
    pub rows: u64,
    pub mismatches: u64,
    pub risk_ratio: f64,
}

/// Since when a feature differs. Times are RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Onset {
    pub at: String,
    pub interval: [String; 2],
    pub last_good: Option<String>,
    pub first_bad: Option<String>,
    pub kind: OnsetKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnsetKind {
    Step,
    Ramp,
    Recovery,
}

impl Serialize for Comparison {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [missing_first, missing_second] = self.name.missing_codes();
        let samples: Vec<NamedSample<'_>> =
            self.samples.iter().map(|sample| NamedSample { stage: self.name, sample }).collect();
        let mut fields = serializer.serialize_struct("Comparison", 17)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("verdict", &self.verdict)?;
        fields.serialize_field("compared", &self.counts.compared())?;
        fields.serialize_field("equal", &self.counts.equal)?;
        fields.serialize_field("tolerated", &self.counts.tolerated)?;
        fields.serialize_field("different", &self.counts.different)?;
        fields.serialize_field(missing_first, &self.counts.missing[0])?;
        fields.serialize_field(missing_second, &self.counts.missing[1])?;
        fields.serialize_field("nan_null", &self.counts.nan_null)?;
        fields.serialize_field("unconvertible", &self.counts.unconvertible)?;
        fields.serialize_field("mismatch_rate", &self.counts.mismatch_rate())?;
        fields.serialize_field("mismatch_rate_upper", &self.mismatch_rate_upper)?;
        fields.serialize_field("max_mismatch_rate", &self.max_mismatch_rate)?;
        fields.serialize_field("diagnoses", &self.diagnoses)?;
        fields.serialize_field("slices", &self.slices)?;
        fields.serialize_field("onset", &self.onset)?;
        fields.serialize_field("samples", &samples)?;
        fields.end()
    }
}

/// A sample that knows what its two values are called.
struct NamedSample<'a> {
    stage: Stage,
    sample: &'a Sample,
}

impl Serialize for NamedSample<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [first, second] = self.stage.pair();
        let mut fields = serializer.serialize_struct("Sample", 4)?;
        fields.serialize_field("key", &self.sample.key)?;
        fields.serialize_field(first, &self.sample.values[0])?;
        fields.serialize_field(second, &self.sample.values[1])?;
        fields.serialize_field("code", self.sample.code.as_str(self.stage))?;
        fields.end()
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Serialize for Side {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Severity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Error => "error",
            Self::Warn => "warn",
        })
    }
}

impl<T: Serialize> Serialize for PerSide<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sides = serializer.serialize_struct("PerSide", 2)?;
        sides.serialize_field("offline", &self.offline)?;
        sides.serialize_field("online", &self.online)?;
        sides.end()
    }
}
