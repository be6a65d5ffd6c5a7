//! How values of one type become another, part by part.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, ListArray, MapArray, StructArray, new_null_array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::filter;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Field, FieldRef, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use chrono_tz::Tz;

use super::super::agreement::ints_of;
use super::super::times::{DAY_NS, instant_of, months_and_ns, nanoseconds, reading_at};
use super::super::types::{int_type, is_number, map_parts, unit_ns};
use super::super::values::date;
use super::cells::{self, Converted};
use super::text_json::JsonStep;
use super::{decoded, decoded_type, number};
use crate::spec::{parse_duration, parse_time};

#[derive(Debug, Clone)]
pub(super) enum Step {
    /// No more than the outermost encoding changes.
    Decode,
    /// A column of nulls.
    Nulls {
        target: DataType,
    },
    Cells {
        way: Way,
        target: DataType,
        assume_tz: Option<Tz>,
        is_infallible: bool,
    },
    /// Also of a map, which is a list of its entries.
    List {
        element: Box<Step>,
        field: FieldRef,
        is_map: bool,
    },
    Struct {
        fields: Vec<FieldStep>,
        target: DataType,
        extra: Vec<usize>,
    },
    /// Of texts to a list or struct.
    Json(JsonStep),
}

#[derive(Debug, Clone)]
pub(super) struct FieldStep {
    /// Which field of the values it is; none: they lack it.
    source: Option<usize>,
    step: Step,
}

/// How single cells become another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Number,
    ParseNumber,
    Time,
    ParseTime,
    Duration,
    ParseDuration,
    WriteText,
    TextToBytes,
    BytesToText,
}

impl Step {
    /// Plans a conversion; none if no value of `from` can become `target`.
    pub fn plan(from: &DataType, target: &DataType, assume_tz: Option<Tz>) -> Option<Self> {
        let from = decoded_type(from);
        match (&from, target) {
            (DataType::Null, DataType::Null) => Some(Self::Decode),
            (DataType::Null, target) => Some(Self::Nulls { target: target.clone() }),
            (DataType::List(element), DataType::List(field)) => {
                let element = Box::new(Self::plan(element.data_type(), field.data_type(), assume_tz)?);
                Some(Self::List { element, field: field.clone(), is_map: false })
            }
            (DataType::Map(entries, _), DataType::List(field)) => {
                let element = Self::plan_entries(entries, field, assume_tz)?;
                Some(Self::List { element: Box::new(element), field: field.clone(), is_map: false })
            }
            (DataType::Map(entries, _), DataType::Map(field, _)) => {
                let element = Self::plan_entries(entries, field, assume_tz)?;
                Some(Self::List { element: Box::new(element), field: field.clone(), is_map: true })
            }
            (DataType::Struct(own), DataType::Struct(declared)) => {
                let mut fields = Vec::with_capacity(declared.len());
                for field in declared {
                    let source = own.find(field.name());
                    let from = source.map_or(&DataType::Null, |(_, field)| field.data_type());
                    let step = Self::plan(from, field.data_type(), assume_tz)?;
                    fields.push(FieldStep { source: source.map(|(idx, _)| idx), step });
                }
                let is_extra = |field: &FieldRef| declared.find(field.name()).is_none();
                let extra = own.iter().enumerate().filter(|(_, field)| is_extra(field)).map(|(idx, _)| idx).collect();
                Some(Self::Struct { fields, target: target.clone(), extra })
            }
            (DataType::Utf8, DataType::List(_) | DataType::Struct(_)) => {
                JsonStep::plan(target, assume_tz).map(Self::Json)
            }
            (from, target) if from == target => Some(Self::Decode),
            (from, target) => {
                let way = Way::between(from, target, assume_tz)?;
                let is_infallible = way.is_infallible(from, target, assume_tz);
                Some(Self::Cells { way, target: target.clone(), assume_tz, is_infallible })
            }
        }
    }

    /// A map's entries by position, as files name them differently.
    fn plan_entries(entries: &FieldRef, field: &Field, assume_tz: Option<Tz>) -> Option<Self> {
        let (key, value) = map_parts(entries)?;
        let DataType::Struct(declared) = field.data_type() else { return None };
        let names: Vec<&str> = declared.iter().map(|field| field.name().as_str()).collect();
        let &[key_name, value_name] = names.as_slice() else { return None };
        let by_position = [(key_name, "key", key), (value_name, "value", value)];
        let mut fields = Vec::new();
        for (idx, (name, wanted, part)) in by_position.into_iter().enumerate() {
            if name != wanted {
                return None;
            }
            let step = Self::plan(part.data_type(), declared[idx].data_type(), assume_tz)?;
            fields.push(FieldStep { source: Some(idx), step });
        }
        Some(Self::Struct { fields, target: field.data_type().clone(), extra: Vec::new() })
    }

    pub fn is_infallible(&self) -> bool {
        match self {
            Self::Decode | Self::Nulls { .. } => true,
            Self::Cells { is_infallible, .. } => *is_infallible,
            Self::List { element, .. } => element.is_infallible(),
            Self::Struct { fields, extra, .. } => {
                extra.is_empty() && fields.iter().all(|field| field.step.is_infallible())
            }
            Self::Json(_) => false,
        }
    }

    pub fn convert(&self, values: &ArrayRef) -> Converted {
        let values = decoded(values);
        match self {
            Self::Decode => Converted { values, failed: Vec::new() },
            Self::Nulls { target } => Converted { values: new_null_array(target, values.len()), failed: Vec::new() },
            Self::Cells { way, target, assume_tz, .. } => match way.convert(values.as_ref(), target, *assume_tz) {
                Some(converted) => converted,
                None => cells::all_failed(&values, target),
            },
            Self::List { element, field, is_map } => convert_list(element, field, *is_map, &values),
            Self::Struct { fields, target, extra } => convert_struct(fields, target, extra, &values),
            Self::Json(step) => step.convert(&values),
        }
    }
}

fn convert_list(step: &Step, field: &FieldRef, is_map: bool, values: &ArrayRef) -> Converted {
    let (offsets, elements): (&OffsetBuffer<i32>, ArrayRef) = match values.as_map_opt() {
        Some(map) => (map.offsets(), Arc::new(map.entries().clone())),
        None => {
            let list = values.as_list::<i32>();
            (list.offsets(), list.values().clone())
        }
    };
    // A slice shares the elements of the whole; only its own are converted.
    let (start, end) = (offsets[0], offsets[offsets.len() - 1]);
    let elements = step.convert(&elements.slice(start as usize, (end - start) as usize));
    let offsets = OffsetBuffer::new(offsets.iter().map(|offset| offset - start).collect());
    let failed_rows = rows_of(&elements.failed, &offsets);
    let failed: Vec<usize> = failed_rows.iter().copied().filter(|row| values.is_valid(*row)).collect();
    let nulls = without(values.nulls(), values.len(), &failed);
    let values: ArrayRef = if is_map {
        let (offsets, entries) = without_entries(offsets, elements.values, &failed_rows);
        Arc::new(MapArray::new(field.clone(), offsets, entries.as_struct().clone(), nulls, false))
    } else {
        Arc::new(ListArray::new(field.clone(), offsets, elements.values, nulls))
    };
    Converted { values, failed }
}

/// The rows that hold any of these elements, both ascending.
fn rows_of(elements: &[usize], offsets: &OffsetBuffer<i32>) -> Vec<usize> {
    let mut elements = elements.iter().peekable();
    let mut rows = Vec::new();
    for (row, end) in offsets.iter().skip(1).enumerate() {
        let mut holds_any = false;
        while elements.next_if(|element| **element < *end as usize).is_some() {
            holds_any = true;
        }
        if holds_any {
            rows.push(row);
        }
    }
    rows
}

/// A map's entries without those of some rows: the failed ones are null, which an entry must not be.
fn without_entries(offsets: OffsetBuffer<i32>, entries: ArrayRef, rows: &[usize]) -> (OffsetBuffer<i32>, ArrayRef) {
    if rows.is_empty() {
        return (offsets, entries);
    }
    let mut lengths: Vec<usize> = offsets.lengths().collect();
    let mut kept = vec![true; entries.len()];
    for row in rows {
        lengths[*row] = 0;
        kept[offsets[*row] as usize..offsets[row + 1] as usize].fill(false);
    }
    let entries = filter(&entries, &BooleanArray::from(kept)).expect("the mask has a bit for every entry");
    (OffsetBuffer::from_lengths(lengths), entries)
}

fn convert_struct(steps: &[FieldStep], target: &DataType, extra: &[usize], values: &ArrayRef) -> Converted {
    let own = values.as_struct();
    let mut has_failed = vec![false; own.len()];
    let mut columns = Vec::with_capacity(steps.len());
    for field in steps {
        let column = match field.source {
            Some(idx) => own.column(idx).clone(),
            None => new_null_array(&DataType::Null, own.len()),
        };
        let Converted { values, failed } = field.step.convert(&column);
        columns.push(values);
        failed.into_iter().for_each(|row| has_failed[row] = true);
    }
    for idx in extra {
        let nulls = own.column(*idx).logical_nulls();
        for (row, has_failed) in has_failed.iter_mut().enumerate() {
            *has_failed |= nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        }
    }
    let failed: Vec<usize> = (0..own.len()).filter(|row| has_failed[*row] && own.is_valid(*row)).collect();
    let nulls = without(own.nulls(), own.len(), &failed);
    let DataType::Struct(fields) = target else { return cells::all_failed(values, target) };
    let array = StructArray::try_new_with_length(fields.clone(), columns, nulls, own.len())
        .expect("every column is of its field's type, and a map's key is null only in an entry that is");
    Converted { values: Arc::new(array), failed }
}

/// The nulls and the rows that failed.
fn without(nulls: Option<&NullBuffer>, n_rows: usize, failed: &[usize]) -> Option<NullBuffer> {
    if failed.is_empty() {
        return nulls.cloned();
    }
    let mut valid = vec![true; n_rows];
    failed.iter().for_each(|row| valid[*row] = false);
    NullBuffer::union(nulls, Some(&NullBuffer::from(valid)))
}

impl Way {
    fn between(from: &DataType, target: &DataType, assume_tz: Option<Tz>) -> Option<Self> {
        use DataType::{
            Binary, Boolean, Date32, Date64, Decimal128, Duration, Interval, Time32, Time64, Timestamp, Utf8,
        };
        let is_plain_number = |data_type: &DataType| *data_type == Boolean || is_number(data_type);
        Some(match (from, target) {
            (Utf8, Binary) => Self::TextToBytes,
            (Binary, Utf8) => Self::BytesToText,
            (Utf8, Date32 | Timestamp(..)) => Self::ParseTime,
            (Utf8, Duration(_)) => Self::ParseDuration,
            (Utf8, Decimal128(..)) => Self::ParseNumber,
            (Utf8, target) if is_plain_number(target) => Self::ParseNumber,
            (Boolean | Date32 | Date64, Utf8) => Self::WriteText,
            (from, Utf8) if int_type(from).is_some() => Self::WriteText,
            // An instant has a wall-clock reading in a zone only.
            (Timestamp(_, Some(_)), Timestamp(_, None)) => assume_tz.map(|_| Self::Time)?,
            (Date32 | Date64 | Timestamp(..), Date32 | Timestamp(..)) => Self::Time,
            (Duration(_) | Interval(_) | Time32(_) | Time64(_), Duration(_)) => Self::Duration,
            (from, target) if is_plain_number(from) && is_plain_number(target) => Self::Number,
            _ => return None,
        })
    }

    fn is_infallible(self, from: &DataType, target: &DataType, assume_tz: Option<Tz>) -> bool {
        match self {
            Self::WriteText => from != &DataType::Date64,
            Self::TextToBytes => true,
            Self::BytesToText | Self::ParseNumber | Self::ParseTime | Self::ParseDuration => false,
            Self::Number => number::always_fits(from, target),
            Self::Duration => match (from, target) {
                (DataType::Time32(own) | DataType::Time64(own), DataType::Duration(unit)) => own == unit,
                _ => false,
            },
            Self::Time => match (from, target) {
                (DataType::Date32, DataType::Timestamp(TimeUnit::Second, zone)) => {
                    zone.is_none() || assume_tz.is_none()
                }
                (DataType::Timestamp(own, None), DataType::Timestamp(unit, Some(_))) => {
                    own == unit && assume_tz.is_none()
                }
                _ => false,
            },
        }
    }

    /// Converts the cells; none if these types are not of this way.
    fn convert(self, values: &dyn Array, target: &DataType, assume_tz: Option<Tz>) -> Option<Converted> {
        let zone = assume_tz.unwrap_or(Tz::UTC);
        match self {
            Self::Number => number::convert(values, target),
            Self::ParseNumber => number::parse(values, target),
            Self::Time => {
                let is_instant = matches!(values.data_type(), DataType::Timestamp(_, Some(_)));
                times(values, target, |row| {
                    let time = match values.data_type() {
                        DataType::Date64 => i128::from(values.as_primitive::<Date64Type>().value(row)) * 1_000_000,
                        _ => nanoseconds(values, row),
                    };
                    in_target(if is_instant { Moment::Instant(time) } else { Moment::Reading(time) }, target, zone)
                })
            }
            Self::ParseTime => {
                let texts = values.as_string_opt::<i32>()?;
                times(values, target, |row| {
                    let time = parse_time(texts.value(row))?;
                    let moment = match time.offset_s {
                        Some(offset_s) => Moment::Instant(time.local_ns - i128::from(offset_s) * 1_000_000_000),
                        None => Moment::Reading(time.local_ns),
                    };
                    // Where no zone is known, a naive time is declared and the text has an offset, one would be lost.
                    let names_zone = matches!(moment, Moment::Instant(_)) && assume_tz.is_none();
                    if names_zone && matches!(target, DataType::Timestamp(_, None)) {
                        return None;
                    }
                    in_target(moment, target, zone)
                })
            }
            Self::Duration => times(values, target, |row| {
                let (months, ns) = months_and_ns(values, row);
                (months == 0).then_some(ns)
            }),
            Self::ParseDuration => {
                let texts = values.as_string_opt::<i32>()?;
                times(values, target, |row| parse_duration(texts.value(row)))
            }
            Self::WriteText => write_text(values),
            Self::TextToBytes => {
                let texts = values.as_string_opt::<i32>()?;
                Some(cells::bytes(values, |row| Some(texts.value(row).as_bytes())))
            }
            Self::BytesToText => {
                let bytes = values.as_binary_opt::<i32>()?;
                Some(cells::texts(values, |row| std::str::from_utf8(bytes.value(row)).ok().map(Cow::Borrowed)))
            }
        }
    }
}

fn write_text(values: &dyn Array) -> Option<Converted> {
    if let Some(bools) = values.as_boolean_opt() {
        return Some(cells::texts(values, |row| Some(Cow::Borrowed(if bools.value(row) { "true" } else { "false" }))));
    }
    match values.data_type() {
        DataType::Date32 => {
            let days = values.as_primitive::<Date32Type>();
            Some(cells::texts(values, |row| Some(Cow::Owned(date(days.value(row))))))
        }
        DataType::Date64 => {
            let times_ms = values.as_primitive::<Date64Type>();
            Some(cells::texts(values, |row| {
                let days = exactly_divided(i128::from(times_ms.value(row)) * 1_000_000, DAY_NS)?;
                Some(Cow::Owned(date(i32::try_from(days).ok()?)))
            }))
        }
        _ => {
            let int_at = ints_of(values)?;
            Some(cells::texts(values, |row| Some(Cow::Owned(int_at(row).to_string()))))
        }
    }
}

/// Nanoseconds since 1970, at UTC or as clocks show them.
#[derive(Debug, Clone, Copy)]
enum Moment {
    Instant(i128),
    Reading(i128),
}

/// The moment as the target counts it, in nanoseconds.
fn in_target(moment: Moment, target: &DataType, zone: Tz) -> Option<i128> {
    let wants_instant = matches!(target, DataType::Timestamp(_, Some(_)));
    match moment {
        Moment::Instant(ns) if wants_instant => Some(ns),
        Moment::Instant(ns) if zone == Tz::UTC => Some(ns),
        Moment::Instant(ns) => reading_at(ns, zone),
        Moment::Reading(ns) if !wants_instant || zone == Tz::UTC => Some(ns),
        Moment::Reading(ns) => instant_of(ns, zone),
    }
}

fn exactly_divided(ns: i128, unit_ns: i128) -> Option<i128> {
    (ns % unit_ns == 0).then_some(ns / unit_ns)
}

/// Builds dates, timestamps or durations from nanoseconds; those that the unit does not hold exactly fail.
fn times(values: &dyn Array, target: &DataType, ns_at: impl Fn(usize) -> Option<i128>) -> Option<Converted> {
    macro_rules! in_unit {
        ($type:ty, $unit_ns:expr) => {
            cells::primitives::<$type>(values, target, |row| exactly_divided(ns_at(row)?, $unit_ns)?.try_into().ok())
        };
    }
    Some(match target {
        DataType::Date32 => in_unit!(Date32Type, DAY_NS),
        DataType::Timestamp(unit @ TimeUnit::Second, _) => in_unit!(TimestampSecondType, unit_ns(*unit)),
        DataType::Timestamp(unit @ TimeUnit::Millisecond, _) => in_unit!(TimestampMillisecondType, unit_ns(*unit)),
        DataType::Timestamp(unit @ TimeUnit::Microsecond, _) => in_unit!(TimestampMicrosecondType, unit_ns(*unit)),
        DataType::Timestamp(unit @ TimeUnit::Nanosecond, _) => in_unit!(TimestampNanosecondType, unit_ns(*unit)),
        DataType::Duration(unit @ TimeUnit::Second) => in_unit!(DurationSecondType, unit_ns(*unit)),
        DataType::Duration(unit @ TimeUnit::Millisecond) => in_unit!(DurationMillisecondType, unit_ns(*unit)),
        DataType::Duration(unit @ TimeUnit::Microsecond) => in_unit!(DurationMicrosecondType, unit_ns(*unit)),
        DataType::Duration(unit @ TimeUnit::Nanosecond) => in_unit!(DurationNanosecondType, unit_ns(*unit)),
        _ => return None,
    })
}
