//! A check as a user has it: a spec and files.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::array::{ListBuilder, PrimitiveBuilder, TimestampMicrosecondArray};
use arrow::datatypes::Int64Type;
use chrono::{DateTime, FixedOffset, SecondsFormat};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;

use crate::reference::{Duplicates, EventTimeRule, Row, Rules, Table, Value};

/// A check that is ready to be written: offline first.
#[derive(Debug, Clone)]
pub struct Check {
    pub tables: [Table; 2],
    pub rules: Rules,
    pub parquet: [bool; 2],
    pub spec_features: Vec<&'static str>,
}

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
            let zone = if idx.is_multiple_of(2) { FixedOffset::east_opt(0).expect("UTC") } else { west };
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
pub fn fits_parquet(row: &Row) -> bool {
    row.values().all(|value| match value {
        Value::Null | Value::Bool(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) => true,
        Value::Int(x) => i64::try_from(*x).is_ok(),
        Value::List(items) => items.iter().all(|item| matches!(item, Value::Null | Value::Int(_))),
        Value::Decimal { .. } | Value::Struct(_) => false,
    })
}

/// Returns whether every column has values of one type, and a value that tells it.
pub fn fits_one_type(rows: &[(Row, bool)]) -> bool {
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
