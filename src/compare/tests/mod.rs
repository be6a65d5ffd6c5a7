//! What counts as equal, rule by rule: the cases are worked out by hand.

mod conversion;
mod laws;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Date64Array, Decimal128Array, DurationMillisecondArray, Float32Array,
    Float64Array, Int32Array, Int64Array, IntervalMonthDayNanoArray, LargeStringArray, ListArray, MapArray, NullArray,
    StringArray, StringViewArray, StructArray, Time64MicrosecondArray, TimestampMicrosecondArray, TimestampSecondArray,
    UInt64Array, new_empty_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Field, Fields, Int32Type, IntervalMonthDayNano, TimeUnit};

use super::*;
use crate::spec::{
    CompareOptions, Computed, Feature, FeatureGate, FeatureType, Literal, Located, Missing, PerSide, Severity,
    Tolerance, UnicodeForm,
};

fn feature(data_type: Option<&str>) -> Feature {
    let located = |value: FeatureType| Located { value, span: Default::default() };
    Feature {
        name: Located { value: "x".into(), span: Default::default() },
        description: None,
        computed: PerSide { offline: Computed::Column, online: Computed::Column },
        recorded: PerSide::default(),
        data_type: data_type.map(|text| located(FeatureType::parse(text).expect("a type"))),
        unit: None,
        tolerance: Tolerance::Default,
        categories: Vec::new(),
        missing: Missing::default(),
        compare: CompareOptions::default(),
        gate: FeatureGate::default(),
        severity: Severity::Error,
        sensitive: false,
    }
}

fn compare(feature: &Feature, first: &ArrayRef, second: &ArrayRef) -> Vec<Code> {
    let declared = feature.data_type.as_ref().map(|declared| &declared.value);
    let [first, second] = [first, second].map(|values| {
        let converter = Converter::new(values.data_type(), declared, None);
        let column = converter.convert(values);
        assert_eq!(column.values.data_type(), converter.target());
        column
    });
    let mut codes = Vec::new();
    Comparer::new(feature, first.values.data_type(), second.values.data_type()).codes(&first, &second, &mut codes);
    codes
}

/// Checks a pair of values in both orders. Texts become the feature's declared type; `null` is null.
#[track_caller]
fn check(feature: &Feature, first: &str, second: &str, wanted: Code) {
    let column =
        |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![Some(text).filter(|text| *text != "null")])) };
    check_arrays(feature, &column(first), &column(second), wanted);
}

#[track_caller]
fn check_arrays(feature: &Feature, first: &ArrayRef, second: &ArrayRef, wanted: Code) {
    assert_eq!(compare(feature, first, second), [wanted], "{first:?} and {second:?}");
    assert_eq!(compare(feature, second, first), [wanted.swapped()], "swapped: {second:?} and {first:?}");
}

fn array(values: impl Array + 'static) -> ArrayRef {
    Arc::new(values)
}

use Code::{Different, Equal, MissingFirst, MissingSecond, NanNull, Tolerated, Unconvertible};

#[test]
fn values_of_a_declared_type() {
    let within = |abs, rel| Tolerance::Within { abs, rel };
    let default = Tolerance::Default;
    let cases = [
        ("float64", default, "1.5", "1.5", Equal),
        ("float64", default, "0.0", "-0.0", Equal),
        ("float64", default, "NaN", "nan", Equal),
        ("float64", default, "NaN", "1", Different),
        ("float64", default, "NaN", "null", NanNull),
        ("float64", default, "inf", "Infinity", Equal),
        ("float64", default, "inf", "1e308", Different),
        ("float64", default, "inf", "-inf", Different),
        ("float64", default, "null", "null", Equal),
        ("float64", default, "null", "0", MissingFirst),
        ("float64", default, "0", "null", MissingSecond),
        // 1e-9 of 1.0 is 1e-9.
        ("float64", default, "1.0", "1.0000000005", Tolerated),
        ("float64", default, "1.0", "1.000000002", Different),
        ("float32", default, "1.0", "1.0000005", Tolerated),
        ("float32", default, "1.0", "1.000005", Different),
        ("float64", default, "0", "1e-300", Different),
        ("float64", Tolerance::Exact, "0.1", "0.10000000000000002", Different),
        ("float64", Tolerance::Exact, "0.0", "-0.0", Equal),
        ("float64", within(Some(0.5), Some(0.0)), "1.0", "1.5", Tolerated),
        ("float64", within(Some(0.5), Some(0.0)), "1.0", "1.5000001", Different),
        ("float64", within(None, Some(0.125)), "7", "8", Tolerated),
        ("float64", default, "1e400", "1", Unconvertible),
        ("float64", default, " 1", "1", Unconvertible),
        ("float64", default, "1,5", "null", Unconvertible),
        ("int64", default, "1", "1.0", Equal),
        ("int64", default, "1e3", "1000", Equal),
        ("int64", default, "1.5", "1", Unconvertible),
        ("int64", default, "9223372036854775807", "9223372036854775806", Different),
        ("int64", default, "9223372036854775808", "1", Unconvertible),
        ("int64", within(Some(1.0), None), "9223372036854775807", "9223372036854775806", Tolerated),
        ("int64", within(None, Some(0.1)), "9", "10", Tolerated),
        ("int64", within(None, Some(0.1)), "-9", "-10", Tolerated),
        ("int64", within(None, Some(0.1)), "8", "9", Different),
        ("int64", within(Some(0.9), None), "1", "2", Different),
        ("uint8", default, "255", "255", Equal),
        ("uint8", default, "256", "255", Unconvertible),
        ("uint8", default, "-1", "0", Unconvertible),
        ("decimal(10,2)", default, "1.50", "1.5", Equal),
        ("decimal(10,2)", default, "1.505", "1.5", Unconvertible),
        ("decimal(10,2)", default, "1.500", "1.5", Equal),
        ("decimal(4,2)", default, "100", "1", Unconvertible),
        ("decimal(10,2)", within(Some(0.1), None), "0.3", "0.2", Tolerated),
        ("decimal(10,2)", within(Some(0.1), None), "0.31", "0.2", Different),
        ("decimal(10,2)", within(None, Some(0.5)), "0.01", "0.02", Tolerated),
        ("bool", default, "true", "True", Equal),
        ("bool", default, "true", "false", Different),
        ("bool", default, "1", "true", Unconvertible),
        ("string", default, "a", "a", Equal),
        ("string", default, "a", "A", Different),
        ("string", default, "", "null", MissingSecond),
        ("string", default, "1", "1.0", Different),
        ("date", default, "2024-03-01", "2024-03-01 00:00:00", Equal),
        ("date", default, "2024-03-01", "2024-03-02", Different),
        ("date", default, "2024-03-01 00:00:01", "2024-03-01", Unconvertible),
        ("date", Tolerance::Duration { ns: 86_400_000_000_000 }, "2024-03-01", "2024-03-02", Tolerated),
        ("timestamp", default, "2024-03-01 10:00:00", "2024-03-01T11:00:00+01:00", Equal),
        ("timestamp", default, "2024-03-01T10:00:00Z", "2024-03-01T10:00:00.000000001Z", Different),
        (
            "timestamp",
            Tolerance::Duration { ns: 2_000_000_000 },
            "2024-03-01 10:00:00",
            "2024-03-01 10:00:02",
            Tolerated,
        ),
        (
            "timestamp",
            Tolerance::Duration { ns: 2_000_000_000 },
            "2024-03-01 10:00:00",
            "2024-03-01 10:00:02.1",
            Different,
        ),
        ("timestamp", default, "1709287200", "2024-03-01 10:00:00", Unconvertible),
        ("timestamp", default, "9999-12-31", "9999-12-31", Unconvertible),
        ("timestamp_naive", default, "2024-03-01 10:00", "2024-03-01T10:00:00", Equal),
        ("timestamp_naive", default, "2024-03-01 10:00Z", "2024-03-01T10:00:00", Unconvertible),
        ("duration", default, "PT90M", "01:30:00", Equal),
        ("duration", Tolerance::Duration { ns: 1_000_000_000 }, "PT1S", "PT2S", Tolerated),
        ("binary", default, "ab", "ab", Equal),
    ];
    for (data_type, tolerance, first, second, wanted) in cases {
        check(&Feature { tolerance, ..feature(Some(data_type)) }, first, second, wanted);
    }
}

#[test]
fn missing_values_fold_to_null() {
    let fold = |data_type: &str, sentinels: &[Literal], nan, empty| Feature {
        missing: Missing { sentinels: sentinels.to_vec(), nan, empty, required: false },
        ..feature(Some(data_type))
    };
    let text = |text: &str| Literal::Text(text.into());
    let minus_one = fold("int64", &[Literal::Int(-1)], false, false);
    check(&minus_one, "-1", "null", Equal);
    check(&minus_one, "-1", "0", MissingFirst);
    check(&minus_one, "-1", "-1", Equal);
    check(&minus_one, "-1", "x", Unconvertible);
    check(&fold("float64", &[Literal::Int(-1)], false, false), "-1.0", "null", Equal);
    check(&fold("float32", &[Literal::Float(-0.1)], false, false), "-0.1", "null", Equal);
    check(&fold("decimal(5,2)", &[Literal::Float(-0.1)], false, false), "-0.10", "null", Equal);
    check(&fold("float64", &[Literal::Int(-1)], false, false), "-1.0", "NaN", NanNull);
    check(&fold("float64", &[], true, false), "NaN", "null", Equal);
    check(&fold("float64", &[], true, false), "NaN", "1", MissingFirst);
    check(&fold("string", &[text("n/a"), Literal::Int(-1)], false, false), "n/a", "-1", Equal);
    check(&fold("string", &[text("n/a")], false, false), "N/A", "null", MissingSecond);
    check(&fold("string", &[], false, true), "", "null", Equal);
    check(&fold("string", &[], true, false), "", "null", MissingSecond);
    check(&fold("date", &[text("1970-01-01")], false, false), "1970-01-01", "null", Equal);
    check(&fold("timestamp", &[text("1970-01-01")], false, false), "1970-01-01T01:00:00+01:00", "null", Equal);
    check(&fold("bool", &[Literal::Bool(false)], false, false), "false", "null", Equal);
    let empty_list = array(ListArray::from_iter_primitive::<Int32Type, _, _>([Some(Vec::<Option<i32>>::new())]));
    let no_list = array(ListArray::from_iter_primitive::<Int32Type, _, _>([None::<Vec<Option<i32>>>]));
    check_arrays(&feature(None), &empty_list, &no_list, MissingSecond);
    check_arrays(
        &Feature { missing: Missing { empty: true, ..Missing::default() }, ..feature(None) },
        &empty_list,
        &no_list,
        Equal,
    );
    // A float that the pipeline made of a sentinel no float holds.
    check(&fold("float32", &[Literal::Int(-99_999_999)], false, false), "-99999999", "null", Equal);
}

#[test]
fn options_forgive_and_are_named() {
    let options =
        CompareOptions { ignore_case: true, trim: true, unicode: UnicodeForm::Nfc, ..CompareOptions::default() };
    let lenient = Feature { compare: options, ..feature(Some("string")) };
    check(&lenient, "e\u{301}a ", "ÉA", Tolerated);
    check(&lenient, "a", "a", Equal);
    check(&lenient, "a b", "a  b", Different);
}

#[test]
fn undeclared_types_meet_exactly() {
    let any = feature(None);
    let int = |value: i64| array(Int64Array::from(vec![value]));
    let float = |value: f64| array(Float64Array::from(vec![value]));
    let text = |value: &str| array(StringArray::from(vec![value]));
    let decimal = |value: i128, precision, scale| {
        array(Decimal128Array::from(vec![value]).with_precision_and_scale(precision, scale).expect("valid"))
    };
    let wide = (1i64 << 53) + 1;
    let at_s = |zone: Option<&str>, value| array(TimestampSecondArray::from(vec![value]).with_timezone_opt(zone));
    let at_us = |zone: Option<&str>, value| array(TimestampMicrosecondArray::from(vec![value]).with_timezone_opt(zone));
    let half = Feature { tolerance: Tolerance::Within { abs: Some(0.5), rel: None }, ..feature(None) };
    let exact = Feature { tolerance: Tolerance::Exact, ..feature(None) };
    let cases = [
        (&any, int(1), float(1.0), Equal),
        (&any, int(wide), float((1i64 << 53) as f64), Different),
        (&any, int(i64::MAX), array(UInt64Array::from(vec![i64::MAX as u64])), Equal),
        (&any, int(-1), array(UInt64Array::from(vec![u64::MAX])), Different),
        (&any, int(1), float(1.0 + 1e-12), Different),
        (&half, int(1), float(1.5), Tolerated),
        (&half, int(wide), float(wide as f64 + 2.0), Different),
        (&any, int(1), float(f64::NAN), Different),
        (&any, array(Float32Array::from(vec![0.1])), float(0.1), Tolerated),
        (&any, array(Int32Array::from(vec![7])), int(7), Equal),
        (&any, decimal(150, 10, 2), decimal(15, 5, 1), Equal),
        (&any, decimal(10i128.pow(37), 38, 0), decimal(1, 38, 38), Different),
        (&any, decimal(700, 10, 2), int(7), Equal),
        (&any, decimal(1999, 10, 2), float(19.99), Equal),
        (&any, decimal(i128::from(wide) * 10, 38, 1), float(wide as f64), Tolerated),
        (&exact, decimal(i128::from(wide) * 10, 38, 1), float(wide as f64), Different),
        (&exact, decimal(i128::from(wide) * 10 - 10, 38, 1), float(wide as f64), Equal),
        (&exact, decimal(i128::from(wide) * 10 + 5, 38, 1), float(wide as f64 + 2.0), Equal),
        (&any, text("1"), int(1), Unconvertible),
        (&any, array(BooleanArray::from(vec![true])), int(1), Unconvertible),
        (&any, array(StringArray::new_null(1)), int(1), MissingFirst),
        (&any, array(StringArray::new_null(1)), array(Int64Array::new_null(1)), Equal),
        (&any, array(NullArray::new(1)), int(1), MissingFirst),
        (&any, array(NullArray::new(1)), float(f64::NAN), NanNull),
        (&any, array(NullArray::new(1)), array(NullArray::new(1)), Equal),
        (&any, text("a"), array(LargeStringArray::from(vec!["a"])), Equal),
        (&any, text("a"), array(StringViewArray::from(vec!["a"])), Equal),
        (&any, at_s(None, 1), at_us(None, 1_000_000), Equal),
        // Far beyond what nanoseconds in 64 bits hold.
        (&any, at_s(None, 1 << 50), at_us(None, 1 << 50), Different),
        (&any, at_s(Some("+01:00"), 1), at_us(Some("UTC"), 1_000_000), Equal),
        (&any, at_s(None, 1), at_s(Some("UTC"), 1), Unconvertible),
        (&any, array(Date32Array::from(vec![1])), at_s(None, 86_400), Equal),
        (&any, array(Date32Array::from(vec![1])), array(Date64Array::from(vec![86_400_000])), Equal),
        (&any, array(Date32Array::from(vec![1])), array(Date64Array::from(vec![86_400_001])), Unconvertible),
        (&any, array(Time64MicrosecondArray::from(vec![5])), array(Time64MicrosecondArray::from(vec![6])), Different),
        (
            &any,
            array(IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(0, 1, 0)])),
            array(DurationMillisecondArray::from(vec![86_400_000])),
            Equal,
        ),
        (
            &any,
            array(IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(1, 0, 0)])),
            array(IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(0, 30, 0)])),
            Different,
        ),
    ];
    for (feature, first, second, wanted) in cases {
        check_arrays(feature, &first, &second, wanted);
    }
}

fn list(elements: ArrayRef) -> ArrayRef {
    let field = Arc::new(Field::new_list_field(elements.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths([elements.len()]);
    array(ListArray::new(field, offsets, elements, None))
}

fn record(members: &[(&str, ArrayRef)]) -> ArrayRef {
    let field = |(name, values): &(&str, ArrayRef)| Field::new(*name, values.data_type().clone(), true);
    let fields: Fields = members.iter().map(field).collect();
    array(StructArray::new(fields, members.iter().map(|(_, values)| values.clone()).collect(), None))
}

fn map(keys: Vec<&str>, values: Vec<Option<f64>>) -> ArrayRef {
    let entries =
        Fields::from(vec![Field::new("keys", DataType::Utf8, false), Field::new("values", DataType::Float64, true)]);
    let offsets = OffsetBuffer::from_lengths([keys.len()]);
    let columns = vec![array(StringArray::from(keys)), array(Float64Array::from(values))];
    let field = Arc::new(Field::new("key_value", DataType::Struct(entries.clone()), false));
    array(MapArray::new(field, offsets, StructArray::new(entries, columns, None), None, false))
}

#[test]
fn nested_values_compare_part_by_part() {
    let floats = |values: &[Option<f64>]| list(array(Float64Array::from(values.to_vec())));
    let texts = |values: &[&str]| list(array(StringArray::from(values.to_vec())));
    let any = feature(None);
    let unordered = |tolerance, ignore_case| Feature {
        compare: CompareOptions { ignore_order: true, ignore_case, ..CompareOptions::default() },
        tolerance,
        ..feature(None)
    };
    let (bag, half) =
        (unordered(Tolerance::Exact, false), unordered(Tolerance::Within { abs: Some(0.5), rel: Some(0.0) }, false));
    let nan = Some(f64::NAN);
    let int = |value: i64| array(Int64Array::from(vec![value]));
    let cases = [
        (&any, floats(&[Some(1.0), nan, None]), floats(&[Some(1.0), nan, None]), Equal),
        (&any, floats(&[Some(1.0)]), floats(&[Some(1.0 + 1e-12)]), Tolerated),
        (&any, floats(&[Some(1.0), Some(2.0)]), floats(&[Some(2.0), Some(1.0)]), Different),
        (&any, floats(&[Some(1.0)]), floats(&[Some(1.0), Some(1.0)]), Different),
        (&any, floats(&[None]), floats(&[nan]), Different),
        (&any, floats(&[Some(1.0)]), list(int(1)), Equal),
        (&bag, floats(&[Some(1.0), Some(2.0)]), floats(&[Some(1.0), Some(2.0)]), Equal),
        (&bag, floats(&[Some(1.0), None, nan]), floats(&[Some(-f64::NAN), Some(1.0), None]), Tolerated),
        (&bag, floats(&[Some(1.0), Some(1.0), Some(2.0)]), floats(&[Some(1.0), Some(2.0), Some(2.0)]), Different),
        (&bag, floats(&[Some(0.0), Some(-0.0), Some(1.0)]), floats(&[Some(1.0), Some(0.0), Some(0.0)]), Tolerated),
        // 1.0 could take 1.4, and then nothing is left for 1.8; paired in order, each has its own.
        (&half, floats(&[Some(1.8), Some(1.0)]), floats(&[Some(0.6), Some(1.4)]), Tolerated),
        (&half, floats(&[Some(1.8), Some(1.0)]), floats(&[Some(0.6), Some(1.2)]), Different),
        (&bag, texts(&["a", "b"]), texts(&["b", "a"]), Tolerated),
        (&bag, texts(&["a", "b"]), texts(&["B", "a"]), Different),
        (&unordered(Tolerance::Exact, true), texts(&["a", "b"]), texts(&["B", "a"]), Tolerated),
        // Crossed partners among lists: [1.0] agrees with both, [1.8] with the first only.
        (
            &half,
            list(concat(&[&floats(&[Some(1.0)]), &floats(&[Some(1.8)])]).expect("one type")),
            list(concat(&[&floats(&[Some(1.4)]), &floats(&[Some(0.6)])]).expect("one type")),
            Tolerated,
        ),
        (&any, record(&[("a", int(1)), ("b", int(2))]), record(&[("b", int(2)), ("a", int(1))]), Equal),
        (&any, record(&[("a", int(1)), ("b", int(2))]), record(&[("a", int(2)), ("b", int(1))]), Different),
        (&any, record(&[("a", int(1))]), record(&[("a", int(1)), ("b", int(2))]), Different),
        (&any, record(&[("a", int(1))]), record(&[("a", int(1)), ("b", array(Int64Array::new_null(1)))]), Equal),
        (&any, record(&[("a", int(1))]), record(&[("a", array(StringArray::from(vec!["1"])))]), Unconvertible),
        (&any, map(vec!["a", "b"], vec![Some(1.0), None]), map(vec!["b", "a"], vec![None, Some(1.0)]), Equal),
        (&any, map(vec!["a"], vec![Some(1.0)]), map(vec!["b"], vec![Some(1.0)]), Different),
        (&any, map(vec!["a"], vec![Some(1.0)]), map(vec!["a"], vec![Some(1.0 + 1e-12)]), Tolerated),
    ];
    for (feature, first, second, wanted) in cases {
        check_arrays(feature, &first, &second, wanted);
    }
}

#[test]
fn categories_are_a_closed_vocabulary() {
    let text = |text: &str| Literal::Text(text.into());
    let outside = |feature: &Feature, values: ArrayRef| -> Vec<bool> {
        let declared = feature.data_type.as_ref().map(|declared| &declared.value);
        let column = Converter::new(values.data_type(), declared, None).convert(&values);
        outside_categories(&column, &feature.categories, &feature.missing, &feature.compare).iter().flatten().collect()
    };
    let mut countries = Feature { categories: vec![text("DE"), text("FR")], ..feature(Some("string")) };
    let values = array(StringArray::from(vec![Some("DE"), Some("de"), None, Some("")]));
    assert_eq!(outside(&countries, values.clone()), [false, true, false, true]);
    countries.compare.ignore_case = true;
    countries.missing.empty = true;
    assert_eq!(outside(&countries, values), [false; 4]);
    assert_eq!(outside(&countries, list(array(StringArray::from(vec!["fr", "US"])))), [false]);
    countries.data_type = None;
    assert_eq!(outside(&countries, list(array(StringArray::from(vec!["fr", "US"])))), [true]);
    assert_eq!(outside(&countries, list(array(StringArray::from(vec![Some("fr"), None])))), [false]);
    let grades = Feature { categories: vec![Literal::Int(1), Literal::Int(2)], ..feature(Some("int64")) };
    let values = array(StringArray::from(vec!["1", "3", "x", "2.0"]));
    assert_eq!(outside(&grades, values), [false, true, false, false]);
}

#[test]
fn counts_add_up() {
    let mut tally = Tally::default();
    tally.add(&Code::ALL);
    tally.add(&[Equal, Different]);
    let mut twice = tally;
    twice.merge(&tally);
    assert_eq!((tally.compared(), tally.mismatches(), tally.count(Equal)), (9, 6, 2));
    assert_eq!((twice.compared(), twice.count(NanNull)), (18, 2));
}
