//! What is learned of one column.

use std::hash::Hasher;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::DataType;
use twox_hash::XxHash64;

use super::leaves::Origin;
use super::sketch::{Sketch, Sketcher};
use super::value::{Value, write_value};
use super::{mix, time_words};

/// A column of one side, over all its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnProfile {
    pub origin: Origin,
    pub data_type: DataType,
    /// NaN is a value here.
    pub n_nulls: u64,
    pub n_values: u64,
    /// Of the values' texts: numbers that are equal have one text, and so have times and dates that are one instant.
    pub values: Sketch,
    /// Of an integer column with the name of a time: its unit, and its values read as times.
    pub epochs: Option<(EpochUnit, Sketch)>,
    /// Least and greatest of the values that are times, in microseconds since 1970.
    pub time_range: Option<(i64, i64)>,
    /// Least and greatest of the numbers.
    pub range: Option<(f64, f64)>,
    pub kinds: Kinds,
    /// Characters of the longest text.
    pub max_chars: usize,
}

/// How many values are of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kinds {
    /// Whole numbers, of whatever type.
    pub whole: u64,
    /// Other numbers, also NaN and infinities.
    pub fraction: u64,
    /// Texts that read as numbers.
    pub numeric_text: u64,
    /// Times with a zone, also as text.
    pub zoned_time: u64,
    /// Times without one.
    pub naive_time: u64,
    /// Dates.
    pub day: u64,
}

/// What an integer counts since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EpochUnit {
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl EpochUnit {
    /// The SQL function that makes a time of such an integer.
    pub fn function(self) -> &'static str {
        match self {
            Self::Second => "to_timestamp_seconds",
            Self::Millisecond => "to_timestamp_millis",
            Self::Microsecond => "to_timestamp_micros",
            Self::Nanosecond => "to_timestamp_nanos",
        }
    }

    /// The unit in which a number is a time from 1980 to 2100, and that time in microseconds.
    fn of(value: i128) -> Option<(Self, i64)> {
        const FROM_S: i128 = 315_532_800;
        const TO_S: i128 = 4_102_444_800;
        let units = [
            (Self::Second, 1, 1_000_000, 1),
            (Self::Millisecond, 1_000, 1_000, 1),
            (Self::Microsecond, 1_000_000, 1, 1),
            (Self::Nanosecond, 1_000_000_000, 1, 1_000),
        ];
        let (unit, _, factor, divisor) =
            units.into_iter().find(|(_, per_s, _, _)| (FROM_S * per_s..TO_S * per_s).contains(&value))?;
        Some((unit, i64::try_from(value * factor / divisor).ok()?))
    }
}

/// Collects a [`ColumnProfile`].
#[derive(Debug)]
pub(super) struct Collector {
    origin: Origin,
    data_type: DataType,
    n_nulls: u64,
    n_values: u64,
    values: Sketcher,
    epochs: Option<Epochs>,
    time_range: Option<(i64, i64)>,
    range: Option<(f64, f64)>,
    kinds: Kinds,
    max_chars: usize,
    text: String,
}

#[derive(Debug)]
struct Epochs {
    units: Option<(EpochUnit, EpochUnit)>,
    all_fit: bool,
    range: Option<(i64, i64)>,
    times: Sketcher,
}

impl Collector {
    pub fn new(origin: Origin, data_type: DataType, bound: usize) -> Self {
        let is_epoch = data_type.is_integer() && origin.names().last().is_some_and(|name| time_words(name) > 0);
        let epochs = is_epoch.then(|| Epochs { units: None, all_fit: true, range: None, times: Sketcher::new(bound) });
        Self {
            origin,
            data_type,
            n_nulls: 0,
            n_values: 0,
            values: Sketcher::new(bound),
            epochs,
            time_range: None,
            range: None,
            kinds: Kinds::default(),
            max_chars: 0,
            text: String::new(),
        }
    }

    /// Adds plain values; `nulls` also counts the rows in which an object around the value is null.
    pub fn add(&mut self, values: &ArrayRef, nulls: Option<&NullBuffer>) {
        let is_text = matches!(values.data_type(), DataType::Utf8);
        for row in 0..values.len() {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                self.n_nulls += 1;
                continue;
            }
            self.n_values += 1;
            self.text.clear();
            let value = write_value(values.as_ref(), row, &mut self.text);
            self.values.add(hash_text(&self.text));
            if is_text {
                self.max_chars = self.max_chars.max(self.text.chars().count());
            }
            self.note(value);
        }
    }

    fn note(&mut self, value: Value) {
        let kinds = &mut self.kinds;
        match value {
            Value::Whole(number) => {
                kinds.whole += 1;
                widen(&mut self.range, number);
            }
            Value::Fraction(number) => {
                kinds.fraction += 1;
                widen(&mut self.range, number);
            }
            Value::Special => kinds.fraction += 1,
            Value::Instant { us, zoned: true } => {
                kinds.zoned_time += 1;
                widen(&mut self.time_range, us);
            }
            Value::Instant { us, zoned: false } => {
                kinds.naive_time += 1;
                widen(&mut self.time_range, us);
            }
            Value::Day { us } => {
                kinds.day += 1;
                widen(&mut self.time_range, us);
            }
            Value::NumericText => kinds.numeric_text += 1,
            Value::Text | Value::Other => {}
        }
        if let (Value::Whole(_), Some(epochs)) = (value, &mut self.epochs) {
            epochs.add(self.text.parse().ok());
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.n_nulls += other.n_nulls;
        self.n_values += other.n_values;
        self.values.merge(other.values);
        if let (Some(own), Some(other)) = (&mut self.epochs, other.epochs) {
            own.merge(other);
        }
        for us in other.time_range.into_iter().flat_map(|(least, greatest)| [least, greatest]) {
            widen(&mut self.time_range, us);
        }
        for number in other.range.into_iter().flat_map(|(least, greatest)| [least, greatest]) {
            widen(&mut self.range, number);
        }
        self.kinds.whole += other.kinds.whole;
        self.kinds.fraction += other.kinds.fraction;
        self.kinds.numeric_text += other.kinds.numeric_text;
        self.kinds.zoned_time += other.kinds.zoned_time;
        self.kinds.naive_time += other.kinds.naive_time;
        self.kinds.day += other.kinds.day;
        self.max_chars = self.max_chars.max(other.max_chars);
    }

    pub fn finish(self) -> ColumnProfile {
        let epochs = self.epochs.and_then(Epochs::finish);
        let (epochs, time_range) = match epochs {
            Some((unit, times, range)) => (Some((unit, times)), Some(range)),
            None => (None, self.time_range),
        };
        ColumnProfile {
            origin: self.origin,
            data_type: self.data_type,
            n_nulls: self.n_nulls,
            n_values: self.n_values,
            values: self.values.finish(),
            epochs,
            time_range,
            range: self.range,
            kinds: self.kinds,
            max_chars: self.max_chars,
        }
    }
}

impl Epochs {
    fn add(&mut self, value: Option<i128>) {
        let Some((unit, us)) = value.and_then(EpochUnit::of) else {
            self.all_fit = false;
            return;
        };
        widen(&mut self.units, unit);
        widen(&mut self.range, us);
        self.times.add(hash_text(&format!("@{us}")));
    }

    fn merge(&mut self, other: Self) {
        self.all_fit &= other.all_fit;
        for unit in other.units.into_iter().flat_map(|(least, greatest)| [least, greatest]) {
            widen(&mut self.units, unit);
        }
        for us in other.range.into_iter().flat_map(|(least, greatest)| [least, greatest]) {
            widen(&mut self.range, us);
        }
        self.times.merge(other.times);
    }

    /// None unless all values are times, of one unit.
    fn finish(self) -> Option<(EpochUnit, Sketch, (i64, i64))> {
        let (least, greatest) = self.units?;
        (self.all_fit && least == greatest).then_some((least, self.times.finish(), self.range?))
    }
}

fn widen<T: PartialOrd + Copy>(range: &mut Option<(T, T)>, value: T) {
    let (least, greatest) = range.get_or_insert((value, value));
    if value < *least {
        *least = value;
    }
    if value > *greatest {
        *greatest = value;
    }
}

pub(super) fn hash_text(text: &str) -> u64 {
    let mut hasher = XxHash64::default();
    hasher.write(text.as_bytes());
    mix(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_tells_its_unit() {
        let us = 1_363_307_340_000_000i64;
        let time = i128::from(us);
        assert_eq!(EpochUnit::of(time / 1_000_000), Some((EpochUnit::Second, us)));
        assert_eq!(EpochUnit::of(time / 1_000), Some((EpochUnit::Millisecond, us)));
        assert_eq!(EpochUnit::of(time), Some((EpochUnit::Microsecond, us)));
        assert_eq!(EpochUnit::of(time * 1_000), Some((EpochUnit::Nanosecond, us)));
        assert_eq!(EpochUnit::of(517), None);
        assert_eq!(EpochUnit::of(-1), None);
    }
}
