//! What a value is in the declared type.

use super::{Type, Value};

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
pub fn whole(x: f64) -> Option<i128> {
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
