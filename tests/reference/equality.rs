//! How two cells compare.

use std::collections::BTreeSet;

use super::convert::{convert, whole};
use super::{Code, Compare, Feature, Tolerance, Type, Unicode, Value};

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
