//! Times as nanoseconds, in 128 bits: no unit of Arrow overflows them.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    IntervalDayTimeType, IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::types::unit_ns;

pub(super) const DAY_NS: i128 = 86_400_000_000_000;

/// Returns the nanoseconds since 1970 of a date or a timestamp, those of a duration, or those since midnight of a time of
/// day; 0 for other types.
pub(super) fn nanoseconds(values: &dyn Array, row: usize) -> i128 {
    let (number, unit) = match values.data_type() {
        DataType::Date32 => return i128::from(values.as_primitive::<Date32Type>().value(row)) * DAY_NS,
        DataType::Timestamp(unit, _) => (
            match unit {
                TimeUnit::Second => values.as_primitive::<TimestampSecondType>().value(row),
                TimeUnit::Millisecond => values.as_primitive::<TimestampMillisecondType>().value(row),
                TimeUnit::Microsecond => values.as_primitive::<TimestampMicrosecondType>().value(row),
                TimeUnit::Nanosecond => values.as_primitive::<TimestampNanosecondType>().value(row),
            },
            unit,
        ),
        DataType::Duration(unit) => (
            match unit {
                TimeUnit::Second => values.as_primitive::<DurationSecondType>().value(row),
                TimeUnit::Millisecond => values.as_primitive::<DurationMillisecondType>().value(row),
                TimeUnit::Microsecond => values.as_primitive::<DurationMicrosecondType>().value(row),
                TimeUnit::Nanosecond => values.as_primitive::<DurationNanosecondType>().value(row),
            },
            unit,
        ),
        DataType::Time32(unit @ TimeUnit::Second) => {
            (i64::from(values.as_primitive::<Time32SecondType>().value(row)), unit)
        }
        DataType::Time32(unit) => (i64::from(values.as_primitive::<Time32MillisecondType>().value(row)), unit),
        DataType::Time64(unit @ TimeUnit::Microsecond) => {
            (values.as_primitive::<Time64MicrosecondType>().value(row), unit)
        }
        DataType::Time64(unit) => (values.as_primitive::<Time64NanosecondType>().value(row), unit),
        _ => return 0,
    };
    i128::from(number) * unit_ns(*unit)
}

/// Returns the months of an interval or duration, and its other parts in nanoseconds. A day has 24 hours.
pub(super) fn months_and_ns(values: &dyn Array, row: usize) -> (i32, i128) {
    match values.data_type() {
        DataType::Interval(IntervalUnit::YearMonth) => (values.as_primitive::<IntervalYearMonthType>().value(row), 0),
        DataType::Interval(IntervalUnit::DayTime) => {
            let interval = values.as_primitive::<IntervalDayTimeType>().value(row);
            (0, i128::from(interval.days) * DAY_NS + i128::from(interval.milliseconds) * 1_000_000)
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let interval = values.as_primitive::<IntervalMonthDayNanoType>().value(row);
            (interval.months, i128::from(interval.days) * DAY_NS + i128::from(interval.nanoseconds))
        }
        _ => (0, nanoseconds(values, row)),
    }
}

/// Returns the wall-clock reading so many nanoseconds after 1970; none beyond the calendar, which ends in the year 262,142.
pub(super) fn naive_time(ns: i128) -> Option<NaiveDateTime> {
    let seconds = i64::try_from(ns.div_euclid(1_000_000_000)).ok()?;
    Some(DateTime::from_timestamp(seconds, ns.rem_euclid(1_000_000_000) as u32)?.naive_utc())
}

/// Returns the instant at which a zone's clocks show a reading; both in nanoseconds since 1970.
///
/// Of a reading that comes twice, as clocks are set back, the earlier instant; none for one that is skipped.
pub(super) fn instant_of(local_ns: i128, zone: Tz) -> Option<i128> {
    let offset = match zone.offset_from_local_datetime(&naive_time(local_ns)?) {
        MappedLocalTime::Single(offset) => offset.fix().local_minus_utc(),
        // The earlier instant has the greater offset.
        MappedLocalTime::Ambiguous(first, second) => first.fix().local_minus_utc().max(second.fix().local_minus_utc()),
        MappedLocalTime::None => return None,
    };
    Some(local_ns - i128::from(offset) * 1_000_000_000)
}

/// Returns what a zone's clocks show at an instant; both in nanoseconds since 1970.
pub(super) fn reading_at(instant_ns: i128, zone: Tz) -> Option<i128> {
    let offset = zone.offset_from_utc_datetime(&naive_time(instant_ns)?).fix().local_minus_utc();
    Some(instant_ns + i128::from(offset) * 1_000_000_000)
}
