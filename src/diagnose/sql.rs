//! SQL text for proposals.

pub use crate::spec::quoted_identifier as identifier;

use super::value::Value;

/// Returns a float's literal: always with a point or an exponent, so that it is no integer. Not finite: a cast of its name.
pub fn float(value: f64) -> String {
    if value.is_finite() {
        // Debug prints the shortest text that reads back as the same number, and always marks it as a float.
        format!("{value:?}")
    } else {
        format!("CAST('{value}' AS DOUBLE)")
    }
}

/// Returns a text's literal.
pub fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Returns the literal of a value that SQL can write: bools, numbers, texts, dates and times.
pub fn literal(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => float(*value),
        Value::Decimal(digits) => {
            let scale = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            format!("CAST('{digits}' AS DECIMAL(38, {scale}))")
        }
        Value::Text(value) => text(value),
        Value::Date(days) => {
            let date = chrono::NaiveDate::default().checked_add_signed(chrono::TimeDelta::days(i64::from(*days)))?;
            format!("DATE '{}'", date.format("%Y-%m-%d"))
        }
        Value::Time { ns, zoned } => {
            let secs = i64::try_from(ns.div_euclid(1_000_000_000)).ok()?;
            let time = chrono::DateTime::from_timestamp(secs, ns.rem_euclid(1_000_000_000) as u32)?;
            let zone = if *zoned { "+00:00" } else { "" };
            format!("TIMESTAMP '{}{zone}'", time.format("%Y-%m-%d %H:%M:%S%.f"))
        }
        Value::Bytes(_) | Value::Duration { .. } | Value::List(_) | Value::Other(_) => return None,
    })
}
