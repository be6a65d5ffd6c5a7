//! Points in time that values stand for, and SQL that reads and writes them.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;

use super::evidence::Evidence;
use super::value::Value;
use crate::spec::{FeatureType, parse_time};

pub const SECOND_NS: i128 = 1_000_000_000;
pub const DAY_NS: i128 = 86_400 * SECOND_NS;

/// Returns the point in time that a timestamp, a date or a text stands for; what names no zone is read as UTC.
pub fn instant_ns(value: &Value) -> Option<i128> {
    match value {
        Value::Text(text) => {
            let time = parse_time(text)?;
            Some(time.local_ns - i128::from(time.offset_s.unwrap_or(0)) * SECOND_NS)
        }
        other => other.time_ns(),
    }
}

/// Returns the mismatching rows in which both values are points in time.
pub fn instants(evidence: &Evidence<'_>) -> Vec<(i128, i128)> {
    let pairs = evidence.mismatches();
    pairs.filter_map(|pair| Some((instant_ns(pair.from)?, instant_ns(pair.to)?))).collect()
}

/// Returns how often each value occurs: the most frequent first, then by value.
pub fn counted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// How one side's values write a point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    is_text: bool,
    is_date: bool,
    /// Whether what is written has a zone, or the declared type wants one.
    pub is_zoned: bool,
    /// The pattern of a text that stays a text.
    pattern: Option<String>,
}

impl Clock {
    /// Returns how `from` is written.
    pub fn of_from(evidence: &Evidence<'_>) -> Self {
        let first = evidence.mismatches().map(|pair| pair.from).find(|value| instant_ns(value).is_some());
        Self::new(evidence, evidence.from_type, first)
    }

    /// Returns how `to` is written.
    pub fn of_to(evidence: &Evidence<'_>) -> Self {
        let first = evidence.mismatches().map(|pair| pair.to).find(|value| instant_ns(value).is_some());
        Self::new(evidence, evidence.to_type, first)
    }

    fn new(evidence: &Evidence<'_>, data_type: &DataType, first: Option<&Value>) -> Self {
        let becomes_text = matches!(evidence.declared, None | Some(FeatureType::String));
        Self {
            is_text: crate::compare::is_text(data_type),
            is_date: matches!(data_type, DataType::Date32 | DataType::Date64)
                || matches!(evidence.declared, Some(FeatureType::Date)),
            is_zoned: matches!(data_type, DataType::Timestamp(_, Some(_)))
                || matches!(first, Some(Value::Time { zoned: true, .. }))
                || matches!(evidence.declared, Some(FeatureType::Timestamp)),
            pattern: first.and_then(Value::text).filter(|_| becomes_text).and_then(pattern),
        }
    }

    /// Returns SQL that has the column's value as a timestamp.
    pub fn read(&self) -> String {
        match (self.is_text, self.is_date, self.is_zoned) {
            (true, _, true) => zoned("to_timestamp(value)"),
            (true, _, false) => "to_timestamp(value)".to_owned(),
            (false, true, _) => "CAST(value AS TIMESTAMP)".to_owned(),
            (false, false, _) => "value".to_owned(),
        }
    }

    /// Returns SQL that has the column's value as a timestamp without a zone, which shows UTC.
    pub fn read_naive(&self) -> String {
        if self.is_text {
            "to_timestamp(value)".to_owned()
        } else if self.is_zoned {
            "to_local_time(arrow_cast(value, 'Timestamp(ns, \"UTC\")'))".to_owned()
        } else {
            self.read()
        }
    }

    /// Returns SQL that writes a timestamp, with a zone or without, as this side does.
    pub fn write(&self, timestamp: &str, has_zone: bool) -> String {
        if let Some(pattern) = &self.pattern {
            return format!("to_char({timestamp}, {})", super::sql::text(pattern));
        }
        if self.is_date {
            return format!("CAST({timestamp} AS DATE)");
        }
        if self.is_zoned && !has_zone { zoned(timestamp) } else { timestamp.to_owned() }
    }
}

/// Returns SQL that reads a timestamp without a zone as UTC.
pub fn zoned(timestamp: &str) -> String {
    format!("arrow_cast({timestamp}, 'Timestamp(ns, \"UTC\")')")
}

/// Returns the pattern that writes times in whole seconds as a text does.
fn pattern(text: &str) -> Option<String> {
    let date = "%Y-%m-%d";
    if text.len() == 10 {
        return Some(date.to_owned());
    }
    let separator = text.get(10..11)?;
    let rest = text.get(19..)?;
    ["", "Z", "+00:00"].contains(&rest).then(|| format!("{date}{separator}%H:%M:%S{rest}"))
}
