//! What a check must find, computed row by row from the definitions of the documentation.
//!
//! Slow and plain on purpose: no engine, no Arrow, no code of the crate. Every loop is over rows or cells, and every
//! rule stands once, in the words of the documentation.

mod align;
mod convert;
mod equality;
mod verdict;

use std::collections::BTreeMap;

use align::{Aligned, align};
pub use convert::convert;
pub use equality::code;
pub use verdict::upper_bound;
use verdict::verdict;

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    /// The value is `unscaled / 10^scale`.
    Decimal {
        unscaled: i128,
        scale: u32,
    },
    /// An instant in microseconds since 1970.
    Time(i64),
    List(Vec<Value>),
    Struct(Vec<(String, Value)>),
}

/// A declared type; a feature without one takes values as they are.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    Undeclared,
    Bool,
    Int { min: i128, max: i128 },
    Float64,
    Float32,
    Text,
    Decimal { precision: u32, scale: u32 },
    Time,
    List(Box<Type>),
    Struct(Vec<(String, Type)>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// What the documentation sets for the type.
    Default,
    Exact,
    Within {
        abs: f64,
        rel: f64,
    },
    TimeUs(i64),
}

/// Which values count as missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Missing {
    pub sentinels: Vec<Value>,
    pub nan: bool,
    pub empty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unicode {
    #[default]
    None,
    Nfc,
    Nfkc,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compare {
    pub ignore_case: bool,
    pub trim: bool,
    pub collapse: bool,
    pub unicode: Unicode,
    pub ignore_order: bool,
}

#[derive(Debug, Clone)]
pub struct Feature {
    pub name: String,
    pub declared: Type,
    pub tolerance: Tolerance,
    pub missing: Missing,
    pub compare: Compare,
    /// The column of the computed value; none if the feature is only recorded.
    pub column: Option<String>,
    /// The columns of the recorded values: offline, online.
    pub recorded: [Option<String>; 2],
    pub max_mismatch_rate: f64,
    /// Fails the run if it is over its budget.
    pub fails: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicates {
    Error,
    Latest,
    Exclude,
    Multiset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventTimeRule {
    None,
    WithinUs(i64),
    AsOf { max_age_us: i64 },
}

#[derive(Debug, Clone, Copy)]
pub struct Gate {
    pub max_unmatched_rate: f64,
    pub max_unreadable_rate: f64,
    pub min_compared_rows: u64,
    pub confidence: Option<f64>,
}

#[derive(Debug, Clone)]
pub struct Rules {
    pub keys: Vec<String>,
    /// The column that holds a [`Value::Time`] or null.
    pub event_time: Option<String>,
    pub duplicates: Duplicates,
    pub event_time_rule: EventTimeRule,
    /// Whether a side should hold every row of the other: offline, online.
    pub complete: [bool; 2],
    pub features: Vec<Feature>,
    pub gate: Gate,
}

pub type Row = BTreeMap<String, Value>;

/// One side's input. A row is kept by the side's `where` if its flag is set.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub rows: Vec<(Row, bool)>,
    pub n_unreadable: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger {
    pub read: u64,
    pub unreadable: u64,
    pub filtered: u64,
    pub null_key: u64,
    pub duplicate: u64,
    pub unmatched: u64,
    pub compared: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    Equal,
    Tolerated,
    Different,
    /// Offline or computed.
    MissingFirst,
    /// Online or recorded.
    MissingSecond,
    NanNull,
    Unconvertible,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comparison {
    Inputs,
    Training,
    Serving,
    EndToEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Consistent,
    Inconclusive,
    Inconsistent,
}

pub type Counts = BTreeMap<Code, u64>;

#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    pub ledger: [Ledger; 2],
    /// By feature and comparison, in the order of the rules.
    pub counts: Vec<(String, Comparison, Counts)>,
    pub verdict: Verdict,
}

/// Returns what a check of these two tables, offline first, must find.
pub fn expect(tables: &[Table; 2], rules: &Rules) -> Expected {
    let aligned = align(tables, rules);
    let mut counts = Vec::new();
    for feature in &rules.features {
        for comparison in [Comparison::Inputs, Comparison::Training, Comparison::Serving, Comparison::EndToEnd] {
            if let Some(pairs) = pairs(feature, comparison, tables, &aligned) {
                let mut found = Counts::new();
                for [first, second] in pairs {
                    *found.entry(code(feature, first, second)).or_default() += 1;
                }
                counts.push((feature.name.clone(), comparison, found));
            }
        }
    }
    let verdict = verdict(rules, &aligned, &counts);
    Expected { ledger: aligned.ledger, counts, verdict }
}

/// Returns the cells that a comparison compares; none if the feature has no such comparison.
fn pairs<'a>(
    feature: &Feature,
    comparison: Comparison,
    tables: &'a [Table; 2],
    aligned: &Aligned,
) -> Option<Vec<[&'a Value; 2]>> {
    let computed = feature.column.as_deref();
    let [offline, online] = [feature.recorded[0].as_deref(), feature.recorded[1].as_deref()];
    let (first, second) = match comparison {
        Comparison::Inputs => (computed?, computed?),
        Comparison::Training => (computed?, offline?),
        Comparison::Serving => (computed?, online?),
        Comparison::EndToEnd => (offline?, online?),
    };
    let rows = |side: usize| tables[side].rows.iter().filter(|(_, kept)| *kept).map(|(row, _)| row);
    Some(match comparison {
        Comparison::Training => rows(0).map(|row| [&row[first], &row[second]]).collect(),
        Comparison::Serving => rows(1).map(|row| [&row[first], &row[second]]).collect(),
        Comparison::Inputs | Comparison::EndToEnd => aligned
            .pairs
            .iter()
            .map(|[offline, online]| [&tables[0].rows[*offline].0[first], &tables[1].rows[*online].0[second]])
            .collect(),
    })
}
