//! What a check must find, computed row by row from the definitions of the documentation.
//!
//! Slow and plain on purpose: no engine, no Arrow, no code of the crate. Every loop is over rows or cells, and every
//! rule stands once, in the words of the documentation.

pub mod generate;

use std::collections::{BTreeMap, BTreeSet};

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

// --------------------------------------------------------------------------------------------------- alignment

struct Aligned {
    ledger: [Ledger; 2],
    /// Places of rows in the two tables.
    pairs: Vec<[usize; 2]>,
    any_duplicate: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Account {
    Filtered,
    NullKey,
    Duplicate,
    Unmatched,
    Compared,
}

fn align(tables: &[Table; 2], rules: &Rules) -> Aligned {
    // Every row is unmatched until something else is known of it.
    let mut accounts: [Vec<Account>; 2] = [0, 1].map(|side| {
        tables[side]
            .rows
            .iter()
            .map(|(row, kept)| {
                if !kept {
                    Account::Filtered
                } else if has_null_key(row, rules) {
                    Account::NullKey
                } else {
                    Account::Unmatched
                }
            })
            .collect()
    });
    let row = |side: usize, at: usize| &tables[side].rows[at].0;
    let time = |side: usize, at: usize| match rules.event_time.as_ref().map(|column| &row(side, at)[column]) {
        Some(Value::Time(at)) => Some(*at),
        _ => None,
    };
    let is_as_of = matches!(rules.event_time_rule, EventTimeRule::AsOf { .. });
    // Duplicates are rows of one key; with `as_of`, of one key and one time.
    let same_place = |a: (usize, usize), b: (usize, usize)| {
        same_key(row(a.0, a.1), row(b.0, b.1), rules) && (!is_as_of || time(a.0, a.1) == time(b.0, b.1))
    };
    let open = |accounts: &[Vec<Account>; 2], side: usize| -> Vec<usize> {
        (0..accounts[side].len()).filter(|at| accounts[side][*at] == Account::Unmatched).collect()
    };

    let mut any_duplicate = false;
    match rules.duplicates {
        Duplicates::Error | Duplicates::Exclude => {
            let mut duplicates = Vec::new();
            for side in [0, 1] {
                for at in open(&accounts, side) {
                    let repeated = [0, 1].iter().any(|other| {
                        open(&accounts, *other).iter().filter(|o| same_place((side, at), (*other, **o))).count() > 1
                    });
                    if repeated {
                        duplicates.push((side, at));
                    }
                }
            }
            any_duplicate = !duplicates.is_empty();
            for (side, at) in duplicates {
                accounts[side][at] = Account::Duplicate;
            }
        }
        Duplicates::Latest => {
            let mut older = Vec::new();
            for side in [0, 1] {
                for at in open(&accounts, side) {
                    let newer = |o: &usize| same_place((side, at), (side, *o)) && time(side, *o) > time(side, at);
                    if open(&accounts, side).iter().any(newer) {
                        older.push((side, at));
                    }
                }
            }
            for (side, at) in older {
                accounts[side][at] = Account::Duplicate;
            }
        }
        Duplicates::Multiset => {}
    }

    let mut pairs = Vec::new();
    match rules.event_time_rule {
        EventTimeRule::AsOf { max_age_us } => {
            for online in open(&accounts, 1) {
                let at = time(1, online).expect("a null event time is a null key");
                let newest = open(&accounts, 0)
                    .into_iter()
                    .filter(|offline| same_key(row(0, *offline), row(1, online), rules))
                    .filter(|offline| time(0, *offline).is_some_and(|t| t <= at && at - t <= max_age_us))
                    .max_by_key(|offline| time(0, *offline));
                pairs.extend(newest.map(|offline| [offline, online]));
            }
        }
        EventTimeRule::None | EventTimeRule::WithinUs(_) => {
            let mut free: [Vec<usize>; 2] = [open(&accounts, 0), open(&accounts, 1)];
            // Equal rows pair first. Without duplicates a key has one row a side, and this makes no difference.
            for only_equal in [true, false] {
                for offline in free[0].clone() {
                    let partner = free[1].iter().position(|online| {
                        same_key(row(0, offline), row(1, *online), rules)
                            && is_near(time(0, offline), time(1, *online), rules)
                            && (!only_equal || row(0, offline) == row(1, *online))
                    });
                    if let Some(partner) = partner {
                        pairs.push([offline, free[1].remove(partner)]);
                        free[0].retain(|at| *at != offline);
                    }
                }
            }
        }
    }
    for [offline, online] in &pairs {
        accounts[0][*offline] = Account::Compared;
        accounts[1][*online] = Account::Compared;
    }

    let ledger = [0, 1].map(|side| {
        let count = |account| accounts[side].iter().filter(|a| **a == account).count() as u64;
        Ledger {
            read: tables[side].rows.len() as u64 + tables[side].n_unreadable,
            unreadable: tables[side].n_unreadable,
            filtered: count(Account::Filtered),
            null_key: count(Account::NullKey),
            duplicate: count(Account::Duplicate),
            unmatched: count(Account::Unmatched),
            compared: count(Account::Compared),
        }
    });
    Aligned { ledger, pairs, any_duplicate }
}

fn has_null_key(row: &Row, rules: &Rules) -> bool {
    let no_time = match (&rules.event_time_rule, &rules.event_time) {
        (EventTimeRule::AsOf { .. }, Some(column)) => row[column] == Value::Null,
        _ => false,
    };
    rules.keys.iter().all(|key| row[key] == Value::Null) || no_time
}

/// Returns whether two rows have the same key: every part null-safe and typed.
fn same_key(offline: &Row, online: &Row, rules: &Rules) -> bool {
    rules.keys.iter().all(|key| offline[key] == online[key])
}

fn is_near(offline: Option<i64>, online: Option<i64>, rules: &Rules) -> bool {
    match (rules.event_time_rule, offline, online) {
        (EventTimeRule::WithinUs(within_us), Some(offline), Some(online)) => (offline - online).abs() <= within_us,
        (EventTimeRule::WithinUs(_), _, _) => false,
        _ => true,
    }
}

// ---------------------------------------------------------------------------------------------------- equality

/// Returns how two cells of a feature compare.
pub fn code(feature: &Feature, first: &Value, second: &Value) -> Code {
    let (Some(first), Some(second)) = (convert(&feature.declared, first), convert(&feature.declared, second)) else {
        return Code::Unconvertible;
    };
    let [first, second] = [fold(feature, first), fold(feature, second)];
    let is_nan = |value: &Value| matches!(value, Value::Float(x) if x.is_nan());
    match (&first, &second) {
        (Value::Null, Value::Null) => Code::Equal,
        (Value::Null, other) | (other, Value::Null) if is_nan(other) => Code::NanNull,
        (Value::Null, _) => Code::MissingFirst,
        (_, Value::Null) => Code::MissingSecond,
        _ => agree(feature, &feature.declared, &first, &second),
    }
}

/// Returns the value with everything that counts as missing made null.
fn fold(feature: &Feature, value: Value) -> Value {
    let missing = &feature.missing;
    let is_missing = match &value {
        Value::Float(x) if x.is_nan() => missing.nan,
        Value::Text(text) if text.is_empty() => missing.empty,
        Value::List(items) if items.is_empty() => missing.empty,
        _ => false,
    };
    if is_missing || missing.sentinels.iter().any(|sentinel| is_same(sentinel, &value)) { Value::Null } else { value }
}

/// Returns whether two values are the same: NaN is NaN, 0.0 is -0.0, numbers by value.
fn is_same(first: &Value, second: &Value) -> bool {
    match (first, second) {
        (Value::Float(x), Value::Float(y)) => x == y || (x.is_nan() && y.is_nan()),
        (Value::Int(x), Value::Float(y)) | (Value::Float(y), Value::Int(x)) => whole(*y) == Some(*x),
        (Value::Decimal { .. }, Value::Decimal { .. }) => {
            let (x, y) = same_scale(first, second);
            x == y
        }
        _ => first == second,
    }
}

/// Compares two values of which neither is null.
fn agree(feature: &Feature, declared: &Type, first: &Value, second: &Value) -> Code {
    if let (Value::List(firsts), Value::List(seconds)) = (first, second) {
        let element = match declared {
            Type::List(element) => element,
            _ => &Type::Undeclared,
        };
        let in_order = all_agree(firsts.len() == seconds.len(), firsts.iter().zip(seconds), |x, y| {
            agree_inside(feature, element, x, y)
        });
        if in_order == Code::Different && feature.compare.ignore_order && same_items(firsts, seconds) {
            return Code::Tolerated;
        }
        return in_order;
    }
    if let (Value::Struct(firsts), Value::Struct(seconds)) = (first, second) {
        let names: BTreeSet<&String> = firsts.iter().chain(seconds).map(|(name, _)| name).collect();
        let field = |fields: &[(String, Value)], name: &str| {
            fields.iter().find(|(n, _)| n == name).map_or(Value::Null, |(_, value)| value.clone())
        };
        let codes = names.iter().map(|name| {
            let of = match declared {
                Type::Struct(fields) => fields.iter().find(|(n, _)| n == *name).map_or(&Type::Undeclared, |(_, t)| t),
                _ => &Type::Undeclared,
            };
            agree_inside(feature, of, &field(firsts, name), &field(seconds, name))
        });
        return codes.max().unwrap_or(Code::Equal);
    }
    if is_same(first, second) {
        return Code::Equal;
    }
    let tolerated = match (first, second) {
        (Value::Float(x), Value::Float(y)) => match feature.tolerance {
            Tolerance::Exact => false,
            Tolerance::Default => floats_near(*x, *y, 0.0, if *declared == Type::Float32 { 1e-6 } else { 1e-9 }),
            Tolerance::Within { abs, rel } => floats_near(*x, *y, abs, rel),
            Tolerance::TimeUs(_) => false,
        },
        (Value::Int(x), Value::Int(y)) => match feature.tolerance {
            Tolerance::Within { abs, rel } => scaled_near(*x, *y, 1, abs, rel),
            _ => false,
        },
        (Value::Decimal { .. }, Value::Decimal { scale, .. }) => match feature.tolerance {
            Tolerance::Within { abs, rel } => {
                let (x, y) = same_scale(first, second);
                let scale = if let Value::Decimal { scale: other, .. } = first { *scale.max(other) } else { *scale };
                scaled_near(x, y, 10i128.pow(scale), abs, rel)
            }
            _ => false,
        },
        (Value::Time(x), Value::Time(y)) => match feature.tolerance {
            Tolerance::TimeUs(within_us) => (x - y).abs() <= within_us,
            _ => false,
        },
        (Value::Text(x), Value::Text(y)) => normal(&feature.compare, x) == normal(&feature.compare, y),
        _ => false,
    };
    if tolerated { Code::Tolerated } else { Code::Different }
}

/// Compares two values inside a list or struct, where a null that the other side lacks is a difference.
fn agree_inside(feature: &Feature, declared: &Type, first: &Value, second: &Value) -> Code {
    match (first, second) {
        (Value::Null, Value::Null) => Code::Equal,
        (Value::Null, _) | (_, Value::Null) => Code::Different,
        _ => agree(feature, declared, first, second),
    }
}

fn all_agree<'a>(
    same_length: bool,
    pairs: impl Iterator<Item = (&'a Value, &'a Value)>,
    code: impl Fn(&Value, &Value) -> Code,
) -> Code {
    let worst = pairs.map(|(x, y)| code(x, y)).max().unwrap_or(Code::Equal);
    if same_length { worst } else { Code::Different }
}

fn same_items(first: &[Value], second: &[Value]) -> bool {
    let mut rest: Vec<&Value> = second.iter().collect();
    let all_found = first.iter().all(|item| match rest.iter().position(|other| is_same(item, other)) {
        Some(at) => {
            rest.remove(at);
            true
        }
        None => false,
    });
    all_found && rest.is_empty()
}

/// PEP 485, for two floats that are not the same. An infinity is near nothing, NaN neither.
fn floats_near(x: f64, y: f64, abs: f64, rel: f64) -> bool {
    x.is_finite() && y.is_finite() && (x - y).abs() <= f64::max(abs, rel * f64::max(x.abs(), y.abs()))
}

/// The same in whole numbers; `abs` is in units of which each is `one`. The tolerances are multiples of 1/1024 here, so
/// that they are exact in binary.
fn scaled_near(x: i128, y: i128, one: i128, abs: f64, rel: f64) -> bool {
    let exact = |tolerance: f64| {
        let scaled = tolerance * 1024.0;
        assert_eq!(scaled.fract(), 0.0, "a tolerance that the reference cannot hold exactly");
        scaled as i128
    };
    let distance = (x - y).abs() * 1024;
    distance <= exact(abs) * one || distance <= exact(rel) * x.abs().max(y.abs())
}

fn same_scale(first: &Value, second: &Value) -> (i128, i128) {
    match (first, second) {
        (Value::Decimal { unscaled: x, scale: p }, Value::Decimal { unscaled: y, scale: q }) => {
            let scale = *p.max(q);
            (x * 10i128.pow(scale - p), y * 10i128.pow(scale - q))
        }
        _ => panic!("two decimals"),
    }
}

/// Returns the text as the options see it.
fn normal(compare: &Compare, text: &str) -> String {
    let mut text = match compare.unicode {
        Unicode::None => text.to_string(),
        Unicode::Nfc => compose(text),
        Unicode::Nfkc => compose(text).replace('\u{fb01}', "fi").replace('\u{ff21}', "A"),
    };
    if compare.ignore_case {
        text = text.to_lowercase();
    }
    if compare.trim {
        text = text.trim().to_string();
    }
    if compare.collapse {
        while text.contains("  ") {
            text = text.replace("  ", " ");
        }
    }
    text
}

/// The normal form C of the few letters that the tests use. Source: Unicode 16, UnicodeData.txt.
fn compose(text: &str) -> String {
    text.replace("e\u{301}", "\u{e9}").replace("E\u{301}", "\u{c9}").replace('\u{212b}', "\u{c5}")
}

// -------------------------------------------------------------------------------------------------- conversion

/// Returns the value in the declared type; none if it is no value of that type. Lossless, save to a float.
pub fn convert(declared: &Type, value: &Value) -> Option<Value> {
    if *value == Value::Null {
        return Some(Value::Null);
    }
    match declared {
        Type::Undeclared => Some(value.clone()),
        Type::Bool => matches!(value, Value::Bool(_)).then(|| value.clone()),
        Type::Text => matches!(value, Value::Text(_)).then(|| value.clone()),
        Type::Time => match value {
            Value::Time(_) => Some(value.clone()),
            _ => None,
        },
        Type::Int { min, max } => {
            let whole = match value {
                Value::Int(x) => Some(*x),
                Value::Float(x) => whole(*x),
                Value::Text(text) => text.parse().ok(),
                _ => None,
            };
            whole.filter(|x| (min..=max).contains(&x)).map(Value::Int)
        }
        Type::Float64 => number(value).map(Value::Float),
        Type::Float32 => {
            let wide = number(value)?;
            let narrow = wide as f32;
            (narrow.is_infinite() == wide.is_infinite()).then(|| Value::Float(f64::from(narrow)))
        }
        Type::Decimal { precision, scale } => {
            let (unscaled, from) = match value {
                Value::Int(x) => (*x, 0),
                Value::Text(text) => digits(text)?,
                Value::Decimal { unscaled, scale } => (*unscaled, *scale),
                _ => return None,
            };
            let unscaled = if from <= *scale {
                unscaled * 10i128.pow(scale - from)
            } else {
                let beyond = 10i128.pow(from - scale);
                (unscaled % beyond == 0).then_some(unscaled / beyond)?
            };
            (unscaled.abs() < 10i128.pow(*precision)).then_some(Value::Decimal { unscaled, scale: *scale })
        }
        Type::List(element) => match value {
            Value::List(items) => {
                items.iter().map(|item| convert(element, item)).collect::<Option<_>>().map(Value::List)
            }
            _ => None,
        },
        Type::Struct(fields) => match value {
            Value::Struct(values) => {
                let field = |name: &String| values.iter().find(|(n, _)| n == name).map_or(&Value::Null, |(_, v)| v);
                let converted = fields.iter().map(|(name, t)| Some((name.clone(), convert(t, field(name))?)));
                converted.collect::<Option<_>>().map(Value::Struct)
            }
            _ => None,
        },
    }
}

/// Returns the integer that a float is exactly.
fn whole(x: f64) -> Option<i128> {
    (x.fract() == 0.0 && x.abs() < 1e30).then_some(x as i128)
}

/// Returns the nearest float; a finite number that has none within the range is no value.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(x) => Some(*x as f64),
        Value::Float(x) => Some(*x),
        Value::Text(text) => text.parse().ok().filter(|x: &f64| x.is_finite()),
        _ => None,
    }
}

/// Returns the unscaled digits and the scale of a decimal as text.
fn digits(text: &str) -> Option<(i128, u32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let unscaled = format!("{whole}{fraction}").parse().ok()?;
    Some((unscaled, fraction.len() as u32))
}

// ----------------------------------------------------------------------------------------------------- verdict

fn verdict(rules: &Rules, aligned: &Aligned, counts: &[(String, Comparison, Counts)]) -> Verdict {
    let mut parts = vec![Verdict::Consistent];
    let over = |part: u64, whole: u64, budget: f64| part > 0 && part as f64 / whole as f64 > budget;
    let [offline, online] = aligned.ledger;
    for ledger in [offline, online] {
        if over(ledger.unreadable, ledger.read, rules.gate.max_unreadable_rate) {
            parts.push(Verdict::Inconsistent);
        }
    }
    if rules.duplicates == Duplicates::Error && aligned.any_duplicate {
        parts.push(Verdict::Inconsistent);
    }
    // A row of one side is missing from the other, if that one should hold it.
    for (should_hold, other) in [(rules.complete[0], online), (rules.complete[1], offline)] {
        if should_hold && over(other.unmatched, other.unmatched + other.compared, rules.gate.max_unmatched_rate) {
            parts.push(Verdict::Inconsistent);
        }
    }
    // With `as_of` an offline row may serve several pairs, an online row never.
    let compared = online.compared;
    if compared == 0 || compared < rules.gate.min_compared_rows {
        parts.push(Verdict::Inconclusive);
    }
    for (name, _, counts) in counts {
        let feature = rules.features.iter().find(|feature| feature.name == *name).expect("counts of a feature");
        if feature.fails {
            parts.push(feature_verdict(feature, counts, rules.gate.confidence));
        }
    }
    parts.into_iter().max().unwrap_or(Verdict::Consistent)
}

fn feature_verdict(feature: &Feature, counts: &Counts, confidence: Option<f64>) -> Verdict {
    let compared: u64 = counts.values().sum();
    let agreeing: u64 = [Code::Equal, Code::Tolerated].iter().filter_map(|code| counts.get(code)).sum();
    let mismatches = compared - agreeing;
    let budget = feature.max_mismatch_rate;
    if compared == 0 {
        return Verdict::Inconclusive;
    }
    if mismatches as f64 / compared as f64 > budget {
        return Verdict::Inconsistent;
    }
    match confidence {
        Some(confidence) if budget > 0.0 && upper_bound(mismatches, compared, confidence) > budget => {
            Verdict::Inconclusive
        }
        _ => Verdict::Consistent,
    }
}

/// Returns the one-sided upper bound of a rate of which `k` of `n` were seen: the rate at which so few or fewer have
/// the probability `1 - confidence`. Source: Clopper and Pearson (1934), by bisection.
pub fn upper_bound(k: u64, n: u64, confidence: f64) -> f64 {
    if k == n {
        return 1.0;
    }
    let at_most_k = |rate: f64| -> f64 {
        (0..=k).map(|i| binomial(n, i) * rate.powi(i as i32) * (1.0 - rate).powi((n - i) as i32)).sum()
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if at_most_k(middle) > 1.0 - confidence { low = middle } else { high = middle }
    }
    high
}

fn binomial(n: u64, k: u64) -> f64 {
    (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product()
}
