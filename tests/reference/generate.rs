//! Random checks: two tables, the rules, and the same as files and a spec.
//!
//! A table is drawn as small numbers that pick from pools of values, so that a failure shrinks to few and plain rows,
//! and so that values meet their near misses often.

use std::fs::{self, File};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::array::{ListBuilder, PrimitiveBuilder, TimestampMicrosecondArray};
use arrow::datatypes::Int64Type;
use chrono::{DateTime, FixedOffset, SecondsFormat};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{
    Compare, Duplicates, EventTimeRule, Feature, Gate, Missing, Row, Rules, Table, Tolerance, Type, Unicode, Value,
};

/// A feature's rules and the values that its columns may hold.
pub struct Kind {
    /// The lines of the spec, such as `type: int64`.
    spec: &'static str,
    pub declared: Type,
    tolerance: Tolerance,
    missing: Missing,
    compare: Compare,
    pub pool: Vec<Value>,
}

/// One drawn row: places in the pools.
#[derive(Debug, Clone)]
pub struct Draw {
    key: [u8; 2],
    time: u8,
    kept: bool,
    values: [u8; MAX_FEATURES],
    recorded: [u8; MAX_FEATURES],
    /// Takes the values of the first offline row of its key.
    copies: bool,
}

#[derive(Debug, Clone)]
pub struct FeatureDraw {
    kind: usize,
    /// Whether a side has a recorded column.
    recorded: [bool; 2],
    max_mismatch_rate: f64,
    fails: bool,
}

#[derive(Debug, Clone)]
pub struct Plan {
    keys: KeyShape,
    /// No key twice on a side.
    pub unique: bool,
    features: Vec<FeatureDraw>,
    duplicates: Duplicates,
    rule: EventTimeRule,
    complete: [bool; 2],
    gate: Gate,
    parquet: [bool; 2],
    rows: [Vec<Draw>; 2],
    n_unreadable: [u8; 2],
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum KeyShape {
    Int,
    Text,
    Both,
}

const MAX_FEATURES: usize = 3;
/// Names that need no quotes, quotes, more than ASCII, and that are words of SQL.
const NAMES: [&str; MAX_FEATURES] = ["Fee Amount", "größe", "select"];
const DAY_US: i64 = 86_400_000_000;

/// A check that is ready to be written: offline first.
#[derive(Debug, Clone)]
pub struct Check {
    pub tables: [Table; 2],
    pub rules: Rules,
    pub parquet: [bool; 2],
    spec_features: Vec<&'static str>,
}

// -------------------------------------------------------------------------------------------------------- pools

fn int(x: i128) -> Value {
    Value::Int(x)
}

fn float(x: f64) -> Value {
    Value::Float(x)
}

fn text(x: &str) -> Value {
    Value::Text(x.to_string())
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::List(items.into_iter().collect())
}

fn ints(items: &[i128]) -> Value {
    list(items.iter().copied().map(int))
}

fn structure(a: Value, b: Value) -> Value {
    Value::Struct(vec![("a".to_string(), a), ("b".to_string(), b)])
}

fn int_type(min: i128, max: i128) -> Type {
    Type::Int { min, max }
}

fn int64() -> Type {
    int_type(i64::MIN.into(), i64::MAX.into())
}

/// The kind that [`Duplicates::Multiset`] is tried with: which unequal rows pair then makes no difference.
pub const PLAIN: usize = 0;

pub static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let kind = |spec, declared, pool: Vec<Value>| Kind {
        spec,
        declared,
        tolerance: Tolerance::Default,
        missing: Missing::default(),
        compare: Compare::default(),
        pool,
    };
    let within = |abs, rel| Tolerance::Within { abs, rel };
    let null = || Value::Null;
    let two_53 = 1i128 << 53;
    let whole_numbers = || {
        let edges = [i128::from(i64::MAX), i128::from(i64::MIN), two_53, two_53 + 1, 1 << 63, -1, 0, 1, 2, 5];
        let mut pool: Vec<Value> = edges.into_iter().map(int).collect();
        pool.extend([null(), float(1.0), float(1.5), text("1"), text("x"), text("")]);
        pool
    };
    let numbers = || {
        let edges = [0.0, -0.0, 1.0, 1.0 + 1e-10, 1.5, 0.1 + 0.2, 0.3, 1e308, -1e308, 5e-324];
        let mut pool: Vec<Value> = edges.into_iter().map(float).collect();
        pool.extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(float));
        pool.extend([null(), int(1), int(two_53), int(two_53 + 1), text("1.5"), text("abc")]);
        pool
    };
    let texts = || -> Vec<Value> {
        let plain = ["", "a", "A", " a", "a ", "a b", "a  b", "null", "NaN", "日本", "a\"b", "a\\b"];
        let forms = ["\u{e9}", "e\u{301}", "\u{c9}", "\u{212b}", "\u{c5}"];
        plain.into_iter().chain(forms).map(text).chain([null()]).collect()
    };
    let lists = || vec![list([]), ints(&[1]), ints(&[1, 2]), ints(&[2, 1]), ints(&[1, 1, 2]), ints(&[1, 2, 2]), null()];
    let with_null = || vec![list([int(1), null()]), list([null()]), list([int(2), null()])];
    let decimals = || -> Vec<Value> {
        let exact = ["1.25", "1.00", "1", "1.5", "-0.01", "0", "99999999.99"].into_iter().map(text);
        exact.chain([text("1.255"), text("100000000.00"), text("x"), int(1), int(2), null()]).collect()
    };
    let second_us = 1_000_000;
    let times = || -> Vec<Value> {
        let at = [0, 1, second_us, 2 * second_us + 1, 1_710_054_000 * second_us].map(Value::Time);
        at.into_iter().chain([null(), text("not a time")]).collect()
    };
    let small = |min, max, pool: &[i128]| {
        let pool = pool.iter().copied().map(int).chain([Value::Null]).collect();
        (int_type(min, max), pool)
    };
    let (int8, int8_pool) = small(-128, 127, &[0, 127, 128, -128, -129]);
    let (uint64, uint64_pool) = small(0, u64::MAX.into(), &[0, 1, -1, u64::MAX.into(), 1 << 64, 1 << 63]);

    vec![
        kind("type: int64", int64(), [1, 2, 3].map(int).to_vec()),
        kind("type: int64", int64(), whole_numbers()),
        Kind {
            tolerance: within(1.0, 0.0),
            ..kind("type: int64\n    tolerance: {abs: 1, rel: 0}", int64(), whole_numbers())
        },
        Kind {
            tolerance: within(0.0, 0.5),
            ..kind("type: int64\n    tolerance: {abs: 0, rel: 0.5}", int64(), whole_numbers())
        },
        Kind {
            missing: Missing { sentinels: vec![int(-1), int(5)], ..Missing::default() },
            ..kind("type: int64\n    missing: {sentinels: [-1, 5]}", int64(), whole_numbers())
        },
        kind("type: int8", int8, int8_pool),
        kind("type: uint64", uint64, uint64_pool),
        kind("type: float64", Type::Float64, numbers()),
        Kind { tolerance: Tolerance::Exact, ..kind("type: float64\n    tolerance: exact", Type::Float64, numbers()) },
        Kind {
            tolerance: within(0.5, 0.0),
            ..kind("type: float64\n    tolerance: {abs: 0.5, rel: 0}", Type::Float64, numbers())
        },
        Kind {
            tolerance: within(0.0, 0.5),
            ..kind("type: float64\n    tolerance: {abs: 0, rel: 0.5}", Type::Float64, numbers())
        },
        Kind {
            missing: Missing { nan: true, sentinels: vec![float(1.5)], ..Missing::default() },
            ..kind("type: float64\n    missing: {nan: true, sentinels: [1.5]}", Type::Float64, numbers())
        },
        kind(
            "type: float32",
            Type::Float32,
            [0.1, 1.0, 1.000_000_1, 1.000_01, 3.5e38, f64::NAN, f64::INFINITY]
                .map(float)
                .into_iter()
                .chain([int((1 << 24) + 1), int(1 << 24), Value::Null])
                .collect(),
        ),
        kind("type: string", Type::Text, texts()),
        Kind {
            compare: Compare { ignore_case: true, ..Compare::default() },
            ..kind("type: string\n    compare: {case: ignore}", Type::Text, texts())
        },
        Kind {
            compare: Compare { trim: true, collapse: true, ..Compare::default() },
            ..kind("type: string\n    compare: {trim: true, collapse: true}", Type::Text, texts())
        },
        Kind {
            compare: Compare { unicode: Unicode::Nfc, ..Compare::default() },
            ..kind("type: string\n    compare: {unicode: nfc}", Type::Text, texts())
        },
        Kind {
            compare: Compare { unicode: Unicode::Nfkc, ..Compare::default() },
            ..kind(
                "type: string\n    compare: {unicode: nfkc}",
                Type::Text,
                ["\u{fb01}", "fi", "\u{ff21}", "A", "\u{e9}", "e\u{301}"].map(text).to_vec(),
            )
        },
        Kind {
            missing: Missing { empty: true, sentinels: vec![text("null")], ..Missing::default() },
            ..kind("type: string\n    missing: {empty: true, sentinels: [\"null\"]}", Type::Text, texts())
        },
        kind("type: bool", Type::Bool, vec![Value::Bool(true), Value::Bool(false), Value::Null]),
        kind("type: decimal(10,2)", Type::Decimal { precision: 10, scale: 2 }, decimals()),
        Kind {
            tolerance: within(0.25, 0.0),
            ..kind(
                "type: decimal(10,2)\n    tolerance: {abs: 0.25, rel: 0}",
                Type::Decimal { precision: 10, scale: 2 },
                decimals(),
            )
        },
        kind(
            "type: list<int64>",
            Type::List(Box::new(int64())),
            lists().into_iter().chain(with_null()).chain([list([text("x")]), list([text("1")])]).collect(),
        ),
        Kind {
            compare: Compare { ignore_order: true, ..Compare::default() },
            ..kind(
                "type: list<int64>\n    compare: {order: ignore}",
                Type::List(Box::new(int64())),
                lists().into_iter().chain(with_null()).collect(),
            )
        },
        Kind {
            tolerance: within(1.0, 0.0),
            missing: Missing { empty: true, ..Missing::default() },
            ..kind(
                "type: list<int64>\n    tolerance: {abs: 1, rel: 0}\n    missing: {empty: true}",
                Type::List(Box::new(int64())),
                lists(),
            )
        },
        kind(
            "type: list<float64>",
            Type::List(Box::new(Type::Float64)),
            [0.0, -0.0, 1.0, 1.0 + 1e-10, f64::NAN, f64::INFINITY]
                .into_iter()
                .map(|x| list([float(x)]))
                .chain([list([null()]), list([]), null()])
                .collect(),
        ),
        kind(
            "type: \"struct<a: int64, b: string>\"",
            Type::Struct(vec![("a".to_string(), int64()), ("b".to_string(), Type::Text)]),
            vec![
                structure(int(1), text("x")),
                structure(int(1), text("y")),
                structure(int(1), null()),
                structure(null(), text("x")),
                null(),
            ],
        ),
        kind("type: timestamp", Type::Time, times()),
        Kind {
            tolerance: Tolerance::TimeUs(second_us),
            ..kind("type: timestamp\n    tolerance: 1s", Type::Time, times())
        },
        kind("", Type::Undeclared, [1, 2, -1, two_53, two_53 + 1].map(int).into_iter().chain([null()]).collect()),
        kind(
            "",
            Type::Undeclared,
            [0.0, -0.0, 1.0, 1.5, f64::NAN, f64::INFINITY].map(float).into_iter().chain([null()]).collect(),
        ),
        kind("", Type::Undeclared, texts()),
        kind("", Type::Undeclared, vec![Value::Bool(true), Value::Bool(false), Value::Null]),
    ]
});

/// Keys that stay distinct under any change of case, trimming, padding or cast.
static INT_KEYS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let edges = [1 << 53, (1 << 53) + 1, i128::from(i64::MAX), i128::from(i64::MIN), -1, 0];
    [Value::Null].into_iter().chain((1..=25).chain(edges).map(int)).collect()
});

static TEXT_KEYS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let hostile = ["", "\u{e9}", "e\u{301}", "日本", "x y", "\u{1f600}", "a\"b", "a\tb", "a\nb", "a\\b", "a'b", "<b>"];
    let plain = ('c'..='p').map(|c| text(&c.to_string()));
    [Value::Null].into_iter().chain(plain).chain(hostile.into_iter().map(text)).collect()
});

// ----------------------------------------------------------------------------------------------------- strategies

fn draws() -> impl Strategy<Value = Vec<Draw>> {
    let draw = (
        any::<[u8; 2]>(),
        any::<u8>(),
        prop::bool::weighted(0.9),
        any::<[u8; 3]>(),
        any::<[u8; 3]>(),
        prop::bool::weighted(0.6),
    )
        .prop_map(|(key, time, kept, values, recorded, copies)| Draw { key, time, kept, values, recorded, copies });
    vec(draw, 0..=30)
}

fn feature() -> impl Strategy<Value = FeatureDraw> {
    let recorded = prop_oneof![3 => Just([false, false]), 1 => Just([true, false]), 1 => Just([false, true]), 2 => Just([true, true])];
    let budget = prop_oneof![3 => Just(0.0), 1 => Just(0.125), 1 => Just(0.5), 2 => Just(1.0)];
    (0..KINDS.len(), recorded, budget, prop::bool::weighted(0.7))
        .prop_map(|(kind, recorded, max_mismatch_rate, fails)| FeatureDraw { kind, recorded, max_mismatch_rate, fails })
}

/// Any check at all.
pub fn plan() -> impl Strategy<Value = Plan> {
    let shape = prop_oneof![Just(KeyShape::Int), Just(KeyShape::Text), Just(KeyShape::Both)];
    let second_us = 1_000_000;
    let alignment = prop_oneof![
        4 => Just((Duplicates::Error, EventTimeRule::None)),
        2 => Just((Duplicates::Exclude, EventTimeRule::None)),
        2 => Just((Duplicates::Latest, EventTimeRule::None)),
        2 => Just((Duplicates::Multiset, EventTimeRule::None)),
        1 => Just((Duplicates::Error, EventTimeRule::WithinUs(second_us))),
        1 => Just((Duplicates::Exclude, EventTimeRule::WithinUs(0))),
        2 => Just((Duplicates::Error, EventTimeRule::AsOf { max_age_us: 5 * second_us })),
        1 => Just((Duplicates::Error, EventTimeRule::AsOf { max_age_us: DAY_US })),
    ];
    let gate = (any::<bool>(), prop::bool::weighted(0.7), prop_oneof![Just(1), Just(5)], prop::option::of(Just(0.95)))
        .prop_map(|(unmatched, unreadable, min_compared_rows, confidence)| Gate {
            max_unmatched_rate: if unmatched { 1.0 } else { 0.0 },
            max_unreadable_rate: if unreadable { 1.0 } else { 0.0 },
            min_compared_rows,
            confidence,
        });
    let bad = || prop_oneof![4 => Just(0u8), 1 => 1u8..=3];
    (
        (shape, prop::bool::weighted(0.6), vec(feature(), 1..=MAX_FEATURES), alignment),
        (any::<[bool; 2]>(), gate, any::<[bool; 2]>()),
        (draws(), draws(), bad(), bad()),
    )
        .prop_map(
            |((keys, unique, features, (duplicates, rule)), (complete, gate, parquet), (offline, online, b, c))| Plan {
                keys,
                unique,
                features,
                duplicates,
                rule,
                complete,
                gate,
                parquet,
                rows: [offline, online],
                n_unreadable: [b, c],
            },
        )
}

impl Plan {
    /// Returns the same without records that cannot be parsed: a finding names their file and line.
    pub fn readable(self) -> Self {
        Self { n_unreadable: [0, 0], ..self }
    }

    /// Returns the same with unique keys, no rule of time and nothing filtered.
    pub fn plain(mut self) -> Self {
        self.unique = true;
        self.duplicates = Duplicates::Error;
        self.rule = EventTimeRule::None;
        self.gate = Gate { max_unmatched_rate: 0.0, max_unreadable_rate: 0.0, min_compared_rows: 1, confidence: None };
        self.rows.iter_mut().flatten().for_each(|draw| draw.kept = true);
        self.readable()
    }

    pub fn check(&self) -> Check {
        let as_of = matches!(self.rule, EventTimeRule::AsOf { .. });
        let multiset = self.duplicates == Duplicates::Multiset;
        let mut features = self.features.clone();
        if multiset {
            features.truncate(1);
            features[0] = FeatureDraw { kind: PLAIN, recorded: [false, false], ..features[0].clone() };
        }
        let rows = [0, 1].map(|side| self.side(side, &features));
        let parquet = [0, 1].map(|side| self.parquet[side] && rows[side].iter().all(|(row, _)| fits_parquet(row)));
        let parquet = [0, 1].map(|side| parquet[side] && fits_one_type(&rows[side]));
        let tables = [0, 1].map(|side| Table {
            rows: rows[side].clone(),
            n_unreadable: if parquet[side] { 0 } else { self.n_unreadable[side].into() },
        });
        let keys = match self.keys {
            KeyShape::Int => vec!["k1".to_string()],
            KeyShape::Text => vec!["k2".to_string()],
            KeyShape::Both => vec!["k1".to_string(), "k2".to_string()],
        };
        let uses_time = as_of || self.duplicates == Duplicates::Latest || self.rule != EventTimeRule::None;
        let rules = Rules {
            keys,
            event_time: uses_time.then(|| "at".to_string()),
            duplicates: self.duplicates,
            event_time_rule: self.rule,
            complete: self.complete,
            features: features.iter().zip(NAMES).map(|(draw, name)| feature_rules(draw, name)).collect(),
            gate: self.gate,
        };
        Check { tables, rules, parquet, spec_features: features.iter().map(|draw| KINDS[draw.kind].spec).collect() }
    }

    fn side(&self, side: usize, features: &[FeatureDraw]) -> Vec<(Row, bool)> {
        let as_of = matches!(self.rule, EventTimeRule::AsOf { .. });
        let mut rows: Vec<(Row, bool)> = Vec::new();
        for (idx, draw) in self.rows[side].iter().enumerate() {
            let key = self.key(draw);
            let source = if side == 1 && draw.copies {
                self.rows[0].iter().find(|other| self.key(other) == key).unwrap_or(draw)
            } else {
                draw
            };
            let mut row = Row::from([("k1".to_string(), key[0].clone()), ("k2".to_string(), key[1].clone())]);
            row.insert("at".to_string(), self.time(idx, draw));
            row.insert("keep".to_string(), text(if draw.kept { "y" } else { "n" }));
            for (at, (feature, name)) in features.iter().zip(NAMES).enumerate() {
                let pool = &KINDS[feature.kind].pool;
                let pick = |place: u8| pool[usize::from(place) % pool.len()].clone();
                row.insert(name.to_string(), pick(source.values[at]));
                // Most recorded values are the computed ones.
                let place = if draw.recorded[at] < 170 { source.values[at] } else { draw.recorded[at] };
                row.insert(recorded_name(name), pick(place));
            }
            let same_place = |other: &(Row, bool)| {
                other.0["k1"] == row["k1"] && other.0["k2"] == row["k2"] && (!as_of || other.0["at"] == row["at"])
            };
            if !((self.unique || as_of) && rows.iter().any(same_place)) {
                rows.push((row, draw.kept));
            }
        }
        rows
    }

    fn key(&self, draw: &Draw) -> [Value; 2] {
        let as_of = matches!(self.rule, EventTimeRule::AsOf { .. });
        let pick = |pool: &[Value], place: u8| {
            let n = if self.unique && !as_of { pool.len() } else { 6 };
            pool[usize::from(place) % n.min(pool.len())].clone()
        };
        match self.keys {
            KeyShape::Int => [pick(&INT_KEYS, draw.key[0]), Value::Null],
            KeyShape::Text => [Value::Null, pick(&TEXT_KEYS, draw.key[1])],
            KeyShape::Both => [pick(&INT_KEYS, draw.key[0] % 8), pick(&TEXT_KEYS, draw.key[1] % 4)],
        }
    }

    fn time(&self, idx: usize, draw: &Draw) -> Value {
        let second_us = 1_000_000;
        let at_s = match (self.duplicates, self.rule) {
            (_, EventTimeRule::AsOf { .. }) if draw.time % 16 == 0 => return Value::Null,
            (_, EventTimeRule::AsOf { .. }) => i64::from(draw.time % 16),
            (_, EventTimeRule::WithinUs(_)) => i64::from(draw.time % 3),
            // No two rows of a side at one time: which of them is the newest would be open.
            (Duplicates::Latest, EventTimeRule::None) => i64::from(draw.time) * 100 + idx as i64,
            (_, EventTimeRule::None) => 0,
        };
        Value::Time((1_704_067_200 + at_s) * second_us)
    }
}

/// A plain identifier, in which case is kept all the same.
fn recorded_name(name: &str) -> String {
    format!("stored_{}", name.replace(' ', "_"))
}

fn feature_rules(draw: &FeatureDraw, name: &str) -> Feature {
    let kind = &KINDS[draw.kind];
    Feature {
        name: name.to_string(),
        declared: kind.declared.clone(),
        tolerance: kind.tolerance,
        missing: kind.missing.clone(),
        compare: kind.compare,
        column: Some(name.to_string()),
        recorded: draw.recorded.map(|recorded| recorded.then(|| recorded_name(name))),
        max_mismatch_rate: draw.max_mismatch_rate,
        fails: draw.fails,
    }
}

// ---------------------------------------------------------------------------------------------------------- spec

impl Check {
    /// Returns the spec; its sides are the folders `offline` and `online`.
    pub fn spec(&self) -> String {
        let rules = &self.rules;
        let mut spec = format!("trueup: 1\nname: law\nkeys: [{}]\n", rules.keys.join(", "));
        if let Some(column) = &rules.event_time {
            spec.push_str(&format!("event_time: {column}\n"));
        }
        for side in ["offline", "online"] {
            spec.push_str(&format!("{side}:\n  tables:\n    rows: {{path: {side}}}\n  where: \"keep = 'y'\"\n"));
        }
        spec.push_str("features:\n");
        for (feature, lines) in rules.features.iter().zip(&self.spec_features) {
            spec.push_str(&format!("  - name: {}\n", feature.name));
            if feature.recorded.iter().any(Option::is_some) {
                // Without an expression a recorded feature would only be compared end to end.
                spec.push_str(&format!("    expr: '\"{}\"'\n    recorded:\n", feature.name));
                for (side, column) in ["offline", "online"].iter().zip(&feature.recorded) {
                    if let Some(column) = column {
                        spec.push_str(&format!("      {side}: {column}\n"));
                    }
                }
            }
            if !lines.is_empty() {
                spec.push_str(&format!("    {lines}\n"));
            }
            spec.push_str(&format!("    gate: {{max_mismatch_rate: {}}}\n", feature.max_mismatch_rate));
            spec.push_str(&format!("    severity: {}\n", if feature.fails { "error" } else { "warn" }));
        }
        let duplicates = match rules.duplicates {
            Duplicates::Error => "error",
            Duplicates::Latest => "latest",
            Duplicates::Exclude => "exclude",
            Duplicates::Multiset => "multiset",
        };
        let complete: Vec<&str> = ["offline", "online"]
            .into_iter()
            .zip(rules.complete)
            .filter_map(|(side, complete)| complete.then_some(side))
            .collect();
        spec.push_str(&format!("align:\n  duplicates: {duplicates}\n  complete: [{}]\n", complete.join(", ")));
        match rules.event_time_rule {
            EventTimeRule::None => {}
            EventTimeRule::WithinUs(within) => {
                spec.push_str(&format!("  event_time: {{within: {}s}}\n", within / 1_000_000))
            }
            EventTimeRule::AsOf { max_age_us } => {
                spec.push_str(&format!("  event_time: {{as_of: {{max_age: {}s}}}}\n", max_age_us / 1_000_000));
            }
        }
        let gate = &rules.gate;
        spec.push_str(&format!(
            "gate:\n  max_unmatched_rate: {}\n  max_unreadable_rate: {}\n  min_compared_rows: {}\n",
            gate.max_unmatched_rate, gate.max_unreadable_rate, gate.min_compared_rows
        ));
        if let Some(confidence) = gate.confidence {
            spec.push_str(&format!("  confidence: {confidence}\n"));
        }
        spec
    }

    /// Returns the same with the sides exchanged, the recorded columns and the rules of completeness with them.
    pub fn swapped(&self) -> Self {
        let mut check = self.clone();
        check.tables.reverse();
        check.parquet.reverse();
        check.rules.complete.reverse();
        check.rules.features.iter_mut().for_each(|feature| feature.recorded.reverse());
        check
    }

    /// Writes the rows into the folders `offline` and `online` of `base`.
    pub fn write(&self, base: &Path, layout: Layout) {
        for (side, name) in ["offline", "online"].into_iter().enumerate() {
            let folder = base.join(name);
            fs::create_dir_all(&folder).expect("a folder can be made");
            let table = &self.tables[side];
            let mut rows: Vec<(usize, &Row)> = table.rows.iter().map(|(row, _)| row).enumerate().collect();
            shuffle(&mut rows, layout.seed);
            let per_file = rows.len().div_ceil(layout.n_files).max(1);
            let chunks: Vec<&[(usize, &Row)]> =
                if rows.is_empty() { vec![&[]] } else { rows.chunks(per_file).collect() };
            for (idx, chunk) in chunks.into_iter().enumerate() {
                if self.parquet[side] {
                    write_parquet(&folder.join(format!("{idx}.parquet")), chunk, self, side, layout.rows_per_group);
                } else {
                    let n_bad = if idx == 0 { table.n_unreadable } else { 0 };
                    write_json_lines(&folder.join(format!("{idx}.jsonl")), chunk, n_bad);
                }
            }
        }
    }
}

/// How rows lie in files. None of this may change what a run finds.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// Rows stay in order at 0.
    pub seed: u64,
    pub n_files: usize,
    pub rows_per_group: usize,
}

impl Default for Layout {
    fn default() -> Self {
        Self { seed: 0, n_files: 1, rows_per_group: 1024 }
    }
}

/// Fisher-Yates with a linear congruential generator. Source of the constants: Knuth, MMIX.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..items.len()).rev().filter(|_| seed > 0) {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(last, (state >> 33) as usize % (last + 1));
    }
}

// --------------------------------------------------------------------------------------------------- JSON Lines

/// Records that are none: cut short, no object, no JSON, invalid UTF-8.
const BAD_RECORDS: [&[u8]; 3] = [b"{\"k1\": 1, \"k2\": \"c", b"[1, 2]", b"{\"k1\": 1, \"k2\": \"\xff\"}"];

fn write_json_lines(path: &Path, rows: &[(usize, &Row)], n_bad: u64) {
    let mut bytes = Vec::new();
    for (idx, row) in rows {
        let fields: Vec<String> =
            row.iter().map(|(name, value)| format!("{}: {}", quoted(name), json(value, *idx))).collect();
        bytes.extend(format!("{{{}}}\n", fields.join(", ")).bytes());
    }
    for bad in BAD_RECORDS.iter().cycle().take(n_bad as usize) {
        bytes.extend_from_slice(bad);
        bytes.push(b'\n');
    }
    fs::write(path, bytes).expect("a file can be written");
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text is JSON")
}

fn json(value: &Value, idx: usize) -> String {
    match value {
        Value::Null => "null".to_string(),
        Value::Bool(x) => x.to_string(),
        Value::Int(x) => x.to_string(),
        Value::Float(x) if x.is_nan() => "NaN".to_string(),
        Value::Float(x) if x.is_infinite() => if *x > 0.0 { "Infinity" } else { "-Infinity" }.to_string(),
        Value::Float(x) => format!("{x:?}"),
        Value::Text(x) => quoted(x),
        Value::Decimal { .. } => panic!("no pool has decimals that are not text"),
        // The same instant in two zones.
        Value::Time(at) => {
            let utc = DateTime::from_timestamp_micros(*at).expect("a time within the calendar");
            let west = FixedOffset::west_opt(5 * 3600).expect("a zone");
            let zone = if idx % 2 == 0 { FixedOffset::east_opt(0).expect("UTC") } else { west };
            quoted(&utc.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Micros, true))
        }
        Value::List(items) => format!("[{}]", items.iter().map(|item| json(item, idx)).collect::<Vec<_>>().join(", ")),
        Value::Struct(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{}: {}", quoted(name), json(value, idx)));
            let mut fields: Vec<String> = fields.collect();
            // The order of fields means nothing.
            if idx % 2 == 1 {
                fields.reverse();
            }
            format!("{{{}}}", fields.join(", "))
        }
    }
}

// ------------------------------------------------------------------------------------------------------ Parquet

fn fits_parquet(row: &Row) -> bool {
    row.values().all(|value| match value {
        Value::Null | Value::Bool(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) => true,
        Value::Int(x) => i64::try_from(*x).is_ok(),
        Value::List(items) => items.iter().all(|item| matches!(item, Value::Null | Value::Int(_))),
        Value::Decimal { .. } | Value::Struct(_) => false,
    })
}

/// Returns whether every column has values of one type, and a value that tells it.
fn fits_one_type(rows: &[(Row, bool)]) -> bool {
    let Some((first, _)) = rows.first() else { return false };
    first.keys().filter(|name| !matches!(name.as_str(), "k1" | "k2" | "at")).all(|name| {
        let mut types: Vec<_> = rows.iter().map(|(row, _)| &row[name]).filter(|value| **value != Value::Null).collect();
        types.dedup_by_key(|value| std::mem::discriminant(*value));
        types.len() == 1
    })
}

fn write_parquet(path: &Path, rows: &[(usize, &Row)], check: &Check, side: usize, rows_per_group: usize) {
    let names: Vec<&String> = check.tables[side].rows[0].0.keys().collect();
    let columns = names.into_iter().map(|name| {
        let column: Vec<&Value> = rows.iter().map(|(_, row)| &row[name]).collect();
        let example = check.tables[side].rows.iter().map(|(row, _)| &row[name]).find(|value| **value != Value::Null);
        (name, array(name, example, &column), true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length");
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(rows_per_group)).build();
    let file = File::create(path).expect("a file can be made");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).expect("a writer");
    writer.write(&batch).expect("rows can be written");
    writer.close().expect("a file can be closed");
}

/// Returns the column in the type of an example; the keys and the time have theirs without one.
fn array(name: &str, example: Option<&Value>, column: &[&Value]) -> ArrayRef {
    let ints = || {
        let ints = column.iter().map(|value| if let Value::Int(x) = value { i64::try_from(*x).ok() } else { None });
        Arc::new(Int64Array::from_iter(ints)) as ArrayRef
    };
    let texts = || {
        let texts = column.iter().map(|value| if let Value::Text(x) = value { Some(x.as_str()) } else { None });
        Arc::new(StringArray::from_iter(texts)) as ArrayRef
    };
    let times = || {
        let times = column.iter().map(|value| if let Value::Time(x) = value { Some(*x) } else { None });
        Arc::new(TimestampMicrosecondArray::from_iter(times).with_timezone("UTC")) as ArrayRef
    };
    match (name, example) {
        ("k1", _) | (_, Some(Value::Int(_))) => ints(),
        ("k2", _) | (_, Some(Value::Text(_))) => texts(),
        ("at", _) | (_, Some(Value::Time(_))) => times(),
        (_, Some(Value::Bool(_))) => Arc::new(BooleanArray::from_iter(
            column.iter().map(|value| if let Value::Bool(x) = value { Some(*x) } else { None }),
        )),
        (_, Some(Value::Float(_))) => Arc::new(Float64Array::from_iter(
            column.iter().map(|value| if let Value::Float(x) = value { Some(*x) } else { None }),
        )),
        (_, Some(Value::List(_))) => {
            let mut builder = ListBuilder::new(PrimitiveBuilder::<Int64Type>::new());
            for value in column {
                if let Value::List(items) = value {
                    for item in items {
                        let item = if let Value::Int(x) = item { i64::try_from(*x).ok() } else { None };
                        builder.values().append_option(item);
                    }
                }
                builder.append(matches!(value, Value::List(_)));
            }
            Arc::new(builder.finish())
        }
        (_, None | Some(Value::Null | Value::Decimal { .. } | Value::Struct(_))) => {
            panic!("`{name}` is no column of a Parquet file")
        }
    }
}
