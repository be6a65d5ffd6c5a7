//! Values that stand for a missing one.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::evidence::Evidence;
use super::value::Value;

/// Returns the value that `to` has in nearly all rows in which `from` is null, and in how many; none if there is none, or if
/// it is frequent elsewhere.
pub fn usual<'a>(evidence: &Evidence<'a>) -> Option<(&'a Value, usize)> {
    let counts = evidence.frequencies(|pair| pair.from.is_null() && !pair.to.is_null() && !pair.to.is_nan());
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    let (value, count) = counts.first().copied()?;
    let elsewhere = evidence.pairs.iter().filter(|pair| !pair.from.is_null()).count();
    let of_it = evidence.pairs.iter().filter(|pair| !pair.from.is_null() && pair.to == value).count();
    (count >= 8 && count * 20 >= total * 19 && of_it * 4 <= elsewhere.max(1)).then_some((value, count))
}

/// Returns the statistic of `from` that a value is: within three standard errors of the mean or the median, or the mode.
pub fn statistic(evidence: &Evidence<'_>, value: &Value) -> Option<&'static str> {
    let present: Vec<&Value> = evidence.pairs.iter().map(|pair| pair.from).filter(|value| !value.is_null()).collect();
    if present.len() < 8 {
        return None;
    }
    let mut numbers: Vec<f64> = present.iter().filter_map(|value| value.number()).filter(|x| x.is_finite()).collect();
    if let Some(value) = value.number().filter(|_| numbers.len() >= 8) {
        numbers.sort_by(f64::total_cmp);
        let n = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / n;
        let deviation = (numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        let error = deviation / n.sqrt();
        let [low, high] = [(numbers.len() - 1) / 2, numbers.len() / 2].map(|place| numbers.get(place).copied());
        let median = f64::midpoint(low?, high?);
        // Source: the standard error of a median of normal values is 1.2533 times that of their mean.
        let errors = [("mean", (value - mean).abs() / error), ("median", (value - median).abs() / (1.2533 * error))];
        // Below all values stands no median, however wide they are spread.
        let is_inside = numbers.first().is_some_and(|least| value >= *least);
        let nearest = errors.into_iter().filter(|(statistic, _)| *statistic == "mean" || is_inside);
        let nearest = nearest.min_by(|one, other| one.1.total_cmp(&other.1));
        if let Some((statistic, _)) = nearest.filter(|(_, errors)| deviation > 0.0 && *errors <= 3.0) {
            return Some(statistic);
        }
    }
    let mut sorted = present;
    sorted.sort_unstable();
    let runs = sorted.chunk_by(|one, other| one == other);
    let mode = runs.max_by_key(|run| run.len()).filter(|run| run.len() > 1 && run.len() * 10 >= sorted.len())?;
    (mode.first().copied() == Some(value)).then_some("mode")
}

/// Whether a value is one that programs write for a missing one.
pub fn is_sentinel(value: &Value) -> bool {
    const NUMBERS: [f64; 16] = [
        -1.0,
        -2.0,
        -9.0,
        -99.0,
        -999.0,
        -9999.0,
        -99999.0,
        0.0,
        99.0,
        999.0,
        9999.0,
        99999.0,
        999_999.0,
        -1e9,
        2_147_483_647.0,
        -2_147_483_648.0,
    ];
    const TEXTS: [&str; 11] =
        ["", "unknown", "missing", "other", "none", "null", "n/a", "na", "undefined", "default", "__missing__"];
    match value {
        Value::Text(text) => TEXTS.contains(&text.trim().to_lowercase().as_str()),
        Value::Bool(value) => !value,
        Value::Date(days) => *days == 0,
        Value::Time { ns, .. } => *ns == 0,
        other => other.number().is_some_and(|number| NUMBERS.contains(&number) || number.abs() >= f64::from(f32::MAX)),
    }
}

/// Whether a value is one of many on the side that has it, and not a heap of its own: then it means itself.
pub fn is_ordinary<'a>(values: impl Iterator<Item = &'a Value>, value: &Value) -> bool {
    let mut counts: BTreeMap<&Value, usize> = BTreeMap::new();
    for value in values.filter(|value| !value.is_null()) {
        *counts.entry(value).or_default() += 1;
    }
    let own = counts.get(value).copied().unwrap_or(0);
    let mut others: Vec<usize> = counts.iter().filter(|(other, _)| **other != value).map(|(_, count)| *count).collect();
    others.sort_unstable();
    let usual = others.get(others.len() / 2).copied().unwrap_or(0);
    let numbers = counts.keys().filter(|other| **other != value).filter_map(|value| value.number());
    let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let step = (high - low) / others.len().max(1) as f64;
    let is_near = value.number().is_none_or(|x| x >= low - 3.0 * step && x <= high + 3.0 * step);
    own > 0 && is_near && own <= 4 * usual.max(1)
}

/// Returns SQL that makes null of a value.
pub fn without(value: &Value, literal: &str) -> String {
    match value {
        // A float32 beside a float64's literal is another number.
        Value::Float(number) if number.fract() != 0.0 => {
            let tolerance = super::sql::float((number.abs() * 1e-7).max(f64::MIN_POSITIVE));
            format!("CASE WHEN abs(value - {literal}) <= {tolerance} THEN NULL ELSE value END")
        }
        _ => format!("NULLIF(value, {literal})"),
    }
}

/// Returns a value as a report's parameter.
pub fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => i64::try_from(*value).map_or_else(|_| value.to_string().into(), Json::from),
        Value::Float(value) => (*value).into(),
        other => shown(other).trim_matches('\'').into(),
    }
}

/// Returns a value as a summary shows it.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("'{text}'"),
        Value::Float(value) => value.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Decimal(text) | Value::Other(text) => text.clone(),
        other => {
            let literal = super::sql::literal(other).unwrap_or_default();
            let inner = literal.trim_start_matches("DATE ").trim_start_matches("TIMESTAMP ").trim_matches('\'');
            inner.trim_start_matches('(').trim_end_matches(')').to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_people_write_them() {
        let shown: Vec<String> = [Value::from(-1), Value::from(0.5), Value::from("x"), Value::Date(0), Value::Null]
            .iter()
            .map(shown)
            .collect();
        assert_eq!(shown, ["-1", "0.5", "'x'", "1970-01-01", "NULL"]);
        assert!(is_sentinel(&Value::Date(0)) && !is_sentinel(&Value::from(37.42)));
    }
}
