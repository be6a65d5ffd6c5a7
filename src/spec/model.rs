//! A checked spec: what the rest of the program works with.

use std::fmt;
use std::ops::{Index, IndexMut};

use indexmap::IndexMap;

use super::data_type::FeatureType;
use super::problem::{Located, Source};
use super::sql_text::{is_plain_identifier, quoted_identifier};
use super::tolerance::Tolerance;

/// `Offline` is what training saw, `Online` what production served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    Offline,
    Online,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::Offline, Self::Online];

    pub fn other(self) -> Self {
        match self {
            Self::Offline => Self::Online,
            Self::Online => Self::Offline,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Offline => "offline",
            Self::Online => "online",
        })
    }
}

/// One `T` for each side; `sides[side]` reads or writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PerSide<T> {
    pub offline: T,
    pub online: T,
}

impl<T> PerSide<T> {
    pub fn from_fn(mut f: impl FnMut(Side) -> T) -> Self {
        Self { offline: f(Side::Offline), online: f(Side::Online) }
    }

    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> PerSide<U> {
        PerSide { offline: f(self.offline), online: f(self.online) }
    }

    pub fn as_ref(&self) -> PerSide<&T> {
        PerSide { offline: &self.offline, online: &self.online }
    }

    pub fn as_mut(&mut self) -> PerSide<&mut T> {
        PerSide { offline: &mut self.offline, online: &mut self.online }
    }
}

impl<T> Index<Side> for PerSide<T> {
    type Output = T;

    fn index(&self, side: Side) -> &T {
        match side {
            Side::Offline => &self.offline,
            Side::Online => &self.online,
        }
    }
}

impl<T> IndexMut<Side> for PerSide<T> {
    fn index_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Offline => &mut self.offline,
            Side::Online => &mut self.online,
        }
    }
}

/// A checked spec. Names are unique, types and budgets are valid, SQL parses; columns are not yet known.
#[derive(Debug, Clone)]
pub struct Spec {
    pub source: Source,
    /// The spec's `name`, or its file's stem.
    pub name: String,
    pub description: Option<String>,
    /// At least one.
    pub keys: Vec<Located<String>>,
    pub event_time: Option<Located<String>>,
    pub sides: PerSide<SideSpec>,
    /// At least one, in the order of the spec.
    pub features: Vec<Feature>,
    pub align: Align,
    pub slices: Vec<Located<String>>,
    pub gate: Gate,
}

/// Where one side's rows come from.
#[derive(Debug, Clone)]
pub struct SideSpec {
    /// Where the side stands in the spec.
    pub span: super::problem::Span,
    /// At least one, by the name that SQL gives it.
    pub tables: IndexMap<String, Table>,
    /// One SELECT; none where there is exactly one table.
    pub query: Option<Located<String>>,
    /// Name used in the spec: this side's SQL expression.
    pub columns: IndexMap<String, Located<String>>,
    pub filter: Option<Located<String>>,
    /// Declared unit of an input column.
    pub units: IndexMap<String, String>,
    /// The zone of naive timestamps.
    pub assume_tz: Option<chrono_tz::Tz>,
}

/// One input of a side.
#[derive(Debug, Clone)]
pub struct Table {
    /// A path, a folder or a glob; relative to the spec file. As written: variables are not expanded, and this is what messages show.
    pub path: Located<String>,
    /// The path with its variables expanded. Never shown.
    pub expanded_path: String,
    /// None: by extension.
    pub format: Option<Format>,
    pub options: CsvOptions,
}

/// How a table's files are written. Compression goes by extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Parquet,
    Csv,
    Tsv,
    JsonLines,
    Json,
    Avro,
    Arrow,
}

/// How delimited text is read. `None`: the format's default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CsvOptions {
    pub delimiter: Option<u8>,
    pub quote: Option<u8>,
    pub escape: Option<u8>,
    pub comment: Option<u8>,
    pub header: Option<bool>,
    pub null_values: Option<Vec<String>>,
}

/// One named column that the spec defines.
#[derive(Debug, Clone)]
pub struct Feature {
    pub name: Located<String>,
    pub description: Option<String>,
    pub computed: PerSide<Computed>,
    /// The column that holds the value that the side's own pipeline stored or served.
    pub recorded: PerSide<Option<Located<String>>>,
    pub data_type: Option<Located<FeatureType>>,
    pub unit: Option<String>,
    pub tolerance: Tolerance,
    /// The closed vocabulary; empty: any value.
    pub categories: Vec<Literal>,
    pub missing: Missing,
    pub compare: CompareOptions,
    pub gate: FeatureGate,
    pub severity: Severity,
    pub sensitive: bool,
}

/// How a side computes a feature.
#[derive(Debug, Clone, PartialEq)]
pub enum Computed {
    /// By an SQL expression.
    Expr(Located<String>),
    /// It is the column of the feature's name.
    Column,
    /// Not at all: the feature is recorded only.
    No,
}

impl Feature {
    /// Returns the SQL that computes this feature on a side; none if it is only recorded there.
    pub fn computed_sql(&self, side: Side) -> Option<String> {
        let name = &self.name.value;
        match &self.computed[side] {
            Computed::Expr(sql) => Some(sql.value.clone()),
            Computed::Column if is_plain_identifier(name) => Some(name.clone()),
            Computed::Column => Some(quoted_identifier(name)),
            Computed::No => None,
        }
    }

    /// Returns whether the spec computes this feature; a feature that is only recorded is not.
    pub fn is_computed(&self) -> bool {
        self.computed.offline != Computed::No && self.computed.online != Computed::No
    }
}

/// A constant of the spec.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
        }
    }
}

/// What counts as a missing value, besides null.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Missing {
    pub sentinels: Vec<Literal>,
    pub nan: bool,
    /// '' and the list without elements.
    pub empty: bool,
    /// Any missing value is a finding.
    pub required: bool,
}

/// What two values may differ in and still agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CompareOptions {
    pub ignore_case: bool,
    pub trim: bool,
    /// Runs of inner blanks count as one blank.
    pub collapse: bool,
    pub unicode: UnicodeForm,
    /// Lists are multisets.
    pub ignore_order: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnicodeForm {
    #[default]
    None,
    Nfc,
    Nfkc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Severity {
    #[default]
    Error,
    Warn,
}

/// How rows pair beyond their keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Align {
    pub event_time: EventTimeRule,
    pub duplicates: Duplicates,
    /// Sides that should hold every row of the other.
    pub complete: PerSide<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventTimeRule {
    /// Times play no part.
    Ignore,
    /// Rows of one key pair if their times are at most this far apart.
    Within { ns: i128 },
    /// Each online row takes the newest offline row that is not after it, and at most this much older.
    AsOf { max_age_ns: Option<i128> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Duplicates {
    #[default]
    Error,
    Latest,
    Exclude,
    Multiset,
}

/// The budgets of a run. Rates and the confidence lie in 0 … 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    pub max_mismatch_rate: f64,
    pub max_unmatched_rate: f64,
    pub max_unreadable_rate: f64,
    pub min_compared_rows: u64,
    pub confidence: Option<f64>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            max_mismatch_rate: 0.0,
            max_unmatched_rate: 0.05,
            max_unreadable_rate: 0.0,
            min_compared_rows: 1,
            confidence: None,
        }
    }
}

/// A feature's own budgets; what is left out is the run's.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FeatureGate {
    pub max_mismatch_rate: Option<f64>,
    pub min_compared_rows: Option<u64>,
    pub confidence: Option<f64>,
}
