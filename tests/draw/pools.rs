//! The values that features and keys are drawn from: edges, and the near misses of each.

use std::sync::LazyLock;

use crate::reference::{Compare, Missing, Tolerance, Type, Unicode, Value};

/// A feature's rules and the values that its columns may hold.
pub struct Kind {
    /// The lines of the spec, such as `type: int64`.
    pub spec: &'static str,
    pub declared: Type,
    pub tolerance: Tolerance,
    pub missing: Missing,
    pub compare: Compare,
    pub pool: Vec<Value>,
}

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
pub static INT_KEYS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let edges = [1 << 53, (1 << 53) + 1, i128::from(i64::MAX), i128::from(i64::MIN), -1, 0];
    [Value::Null].into_iter().chain((1..=25).chain(edges).map(int)).collect()
});

pub static TEXT_KEYS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let hostile = ["", "\u{e9}", "e\u{301}", "日本", "x y", "\u{1f600}", "a\"b", "a\tb", "a\nb", "a\\b", "a'b", "<b>"];
    let plain = ('c'..='p').map(|c| text(&c.to_string()));
    [Value::Null].into_iter().chain(plain).chain(hostile.into_iter().map(text)).collect()
});
