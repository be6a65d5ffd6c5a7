//! What becomes the declared type, and what does not.

use serde_json::{Value, json};

use super::*;

/// Converts one value; the value as JSON, or the raw text of what is unconvertible.
fn converted(values: &ArrayRef, declared: &str, zone: Option<chrono_tz::Tz>) -> Result<Value, String> {
    let declared = FeatureType::parse(declared).expect("a type");
    let converter = Converter::new(values.data_type(), Some(&declared), zone);
    assert!(converter.possible(), "{} to {declared}", values.data_type());
    let column = converter.convert(values);
    assert_eq!(column.values.data_type(), converter.target());
    match column.unconvertible {
        Some(texts) => {
            assert!(column.values.is_null(0) && !converter.is_infallible());
            Err(texts.value(0).to_string())
        }
        None => Ok(value_at(&column.values, 0)),
    }
}

#[test]
fn conversions_lose_nothing() {
    let berlin = Some(chrono_tz::Europe::Berlin);
    let int = |value: i64| array(Int64Array::from(vec![value]));
    let float = |value: f64| array(Float64Array::from(vec![value]));
    let text = |value: &str| array(StringArray::from(vec![value]));
    let naive = |value: i64| array(TimestampSecondArray::from(vec![value]));
    let zoned = |value: i64| array(TimestampSecondArray::from(vec![value]).with_timezone("UTC"));
    let bad = |text: &str| Err(text.to_string());
    let cases = [
        (float(55.0), "int64", None, Ok(json!(55))),
        (float(1.5), "int64", None, bad("1.5")),
        (float(9_223_372_036_854_775_808.0), "int64", None, bad("9.223372036854776e+18")),
        (float(f64::NAN), "int64", None, bad("NaN")),
        (int((1 << 53) + 1), "float64", None, Ok(json!(9_007_199_254_740_992.0))),
        (int(300), "int8", None, bad("300")),
        (int(1), "bool", None, Ok(json!(true))),
        (int(2), "bool", None, bad("2")),
        (int(7), "string", None, Ok(json!("7"))),
        (int(7), "decimal(3,2)", None, Ok(json!("7.00"))),
        (int(10), "decimal(3,2)", None, bad("10")),
        (float(19.99), "decimal(10,2)", None, Ok(json!("19.99"))),
        (float(0.125), "decimal(10,2)", None, bad("0.125")),
        (float(1e300), "float32", None, bad("1e+300")),
        (float(f64::INFINITY), "float32", None, Ok(json!("Infinity"))),
        (array(BooleanArray::from(vec![true])), "int8", None, Ok(json!(1))),
        (text("007"), "int64", None, Ok(json!(7))),
        (text("340282350000000000000000000000000000001"), "float32", None, Ok(json!(3.4028235e38))),
        (text("1e39"), "float32", None, bad("1e39")),
        (text("1e99999999999999999999"), "int64", None, bad("1e99999999999999999999")),
        (text("0e99999999999999999999"), "int64", None, Ok(json!(0))),
        (text(""), "int64", None, bad("")),
        (text("0x10"), "int64", None, bad("0x10")),
        (text("1_000"), "int64", None, bad("1_000")),
        // Berlin is an hour before UTC in winter. On 2024-03-31 its clocks went from 2 to 3, on 2024-10-27 from 3 to 2.
        (text("2024-03-01 10:00:00"), "timestamp", berlin, Ok(json!("2024-03-01T09:00:00Z"))),
        (text("2024-03-01 10:00:00Z"), "timestamp", berlin, Ok(json!("2024-03-01T10:00:00Z"))),
        (text("2024-03-31 02:30:00"), "timestamp", berlin, bad("2024-03-31 02:30:00")),
        (text("2024-10-27 02:30:00"), "timestamp", berlin, Ok(json!("2024-10-27T00:30:00Z"))),
        (text("2024-03-01 10:00:00Z"), "timestamp_naive", berlin, Ok(json!("2024-03-01T11:00:00"))),
        (naive(0), "timestamp", None, Ok(json!("1970-01-01T00:00:00Z"))),
        (naive(3600), "timestamp", berlin, Ok(json!("1970-01-01T00:00:00Z"))),
        (naive(253_402_300_799), "timestamp", None, Ok(json!("9999-12-31T23:59:59Z"))),
        (zoned(0), "timestamp_naive", berlin, Ok(json!("1970-01-01T01:00:00"))),
        (naive(86_400), "date", None, Ok(json!("1970-01-02"))),
        (naive(86_401), "date", None, bad("1970-01-02T00:00:01")),
        (zoned(-3600), "date", berlin, Ok(json!("1970-01-01"))),
        (array(Date32Array::from(vec![1])), "timestamp", None, Ok(json!("1970-01-02T00:00:00Z"))),
        (array(Date32Array::from(vec![1])), "string", None, Ok(json!("1970-01-02"))),
        (array(Time64MicrosecondArray::from(vec![1_500_000])), "duration", None, Ok(json!("PT1.5S"))),
        (array(arrow::array::BinaryArray::from(vec![&b"\xff"[..]])), "string", None, bad("ff")),
        (array(arrow::array::BinaryArray::from(vec![&b"a"[..]])), "string", None, Ok(json!("a"))),
        (list(float(2.0)), "list<int64>", None, Ok(json!([2]))),
        (list(array(Float64Array::from(vec![2.0, 2.5]))), "list<int64>", None, bad("[2.0,2.5]")),
        (record(&[("a", text("1"))]), "struct<a: int64, b: string>", None, Ok(json!({"a": 1, "b": null}))),
        (record(&[("a", text("1")), ("c", int(2))]), "struct<a: int64>", None, bad(r#"{"a":"1","c":2}"#)),
        (
            map(vec!["a"], vec![Some(1.0)]),
            "list<struct<key: string, value: int64>>",
            None,
            Ok(json!([{"key": "a", "value": 1}])),
        ),
        (array(NullArray::new(1)), "list<int64>", None, Ok(Value::Null)),
    ];
    for (values, declared, zone, wanted) in cases {
        assert_eq!(converted(&values, declared, zone), wanted, "{values:?} to {declared}");
    }
}

/// What was mixed is text: on its own, in a typed list, and in a list that is a text itself.
#[test]
fn a_scalar_means_the_same_in_json_as_in_a_text_of_its_own() {
    let scalars = [("true", "true"), ("1", "1"), ("0", "0"), ("\"1\"", "1"), ("\"true\"", "true"), ("1.0", "1.0")];
    let types = ["int64", "uint8", "float32", "float64", "decimal(5,2)", "bool"];
    for ((json, plain), declared) in scalars.into_iter().flat_map(|scalar| types.map(|declared| (scalar, declared))) {
        let text = |text: &str| array(StringArray::from(vec![text]));
        let convert = |values: &ArrayRef, declared: &str| {
            let declared = FeatureType::parse(declared).expect("a type");
            let column = Converter::new(values.data_type(), Some(&declared), None).convert(values);
            column.unconvertible.is_none().then(|| value_at(&column.values, 0))
        };
        let own = convert(&text(plain), declared);
        let in_list = own.clone().map(|value| json!([value]));
        assert_eq!(convert(&list(text(plain)), &format!("list<{declared}>")), in_list, "{plain} to {declared}");
        assert_eq!(convert(&text(&format!("[{json}]")), &format!("list<{declared}>")), in_list, "{json} to {declared}");
        let in_struct = own.map(|value| json!({"n": value}));
        let texts = text(&format!("{{\"n\":{json}}}"));
        assert_eq!(convert(&texts, &format!("struct<n: {declared}>")), in_struct, "{json} to {declared}");
    }
}

#[test]
fn texts_become_lists_and_structs_by_their_json() {
    let rows = |texts: &[&str], declared: &str| -> Vec<Value> {
        let plain = array(StringArray::from(texts.iter().map(|text| Some(*text)).chain([None]).collect::<Vec<_>>()));
        let encodings = [
            DataType::Utf8,
            DataType::LargeUtf8,
            DataType::Utf8View,
            DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)),
        ];
        let found = encodings.map(|encoding| {
            let values = cast(&plain, &encoding).expect("a cast of encodings");
            let converter =
                Converter::new(values.data_type(), Some(&FeatureType::parse(declared).expect("a type")), None);
            assert!(converter.possible() && !converter.is_infallible());
            let column = converter.convert(&values);
            assert_eq!(column.values.data_type(), converter.target());
            assert!(column.values.is_null(texts.len()), "a null stays one");
            (0..texts.len())
                .map(|row| match column.unconvertible.as_ref().filter(|bad| bad.is_valid(row)) {
                    Some(bad) => {
                        assert!(column.values.is_null(row) && bad.is_null(texts.len()));
                        assert_eq!(bad.value(row), texts[row]);
                        json!("unconvertible")
                    }
                    None => value_at(&column.values, row),
                })
                .collect::<Vec<_>>()
        });
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{declared}");
        found.into_iter().next().expect("there are four encodings")
    };
    let bad = json!("unconvertible");
    assert_eq!(
        rows(&["[1.0, 2]", "oops", "[]", "[null, NaN, -Infinity]", "", "null", "3", "{}", "[\"x\"]"], "list<float64>"),
        [
            json!([1.0, 2.0]),
            bad.clone(),
            json!([]),
            json!([null, "NaN", "-Infinity"]),
            bad.clone(),
            bad.clone(),
            bad.clone(),
            bad.clone(),
            bad.clone()
        ]
    );
    assert_eq!(
        rows(&["[9007199254740993, 1.0, \"7\"]", "[1.5]", "[300e17]", "[NaN]"], "list<int64>"),
        [json!([9_007_199_254_740_993i64, 1, 7]), bad.clone(), bad.clone(), bad.clone()]
    );
    assert_eq!(
        rows(&["[12345678901234567890123456789.01]", "[0.001]"], "list<decimal(38,2)>"),
        [json!(["12345678901234567890123456789.01"]), bad.clone()]
    );
    assert_eq!(
        rows(&["[1, -0, true, \"x\"]", "[1.5]", "[[]]"], "list<string>"),
        [json!(["1", "0", "true", "x"]), bad.clone(), bad.clone()]
    );
    assert_eq!(rows(&["[true, false, \"True\"]", "[\"1\"]"], "list<bool>"), [json!([true, false, true]), bad.clone()]);
    assert_eq!(
        rows(&["[\"2024-03-01T10:00:00Z\"]", "[1709287200]"], "list<timestamp>"),
        [json!(["2024-03-01T10:00:00Z"]), bad.clone()]
    );
    let point = "struct<a: int64, b: list<struct<c: string>>>";
    assert_eq!(
        rows(
            &[
                "{\"a\": 1, \"b\": [{\"c\": \"x\"}, null, {}]}",
                "{\"a\": 0, \"a\": \"2\", \"z\": 1, \"z\": null}",
                "{\"a\": 1, \"z\": 0}",
                "{\"b\": [{\"c\": 1.5}]}",
                "{\"b\": \"[{\\\"c\\\": \\\"y\\\"}]\"}",
                "timeout",
                "[1]",
            ],
            point
        ),
        [
            json!({"a": 1, "b": [{"c": "x"}, null, {"c": null}]}),
            json!({"a": 2, "b": null}),
            bad.clone(),
            bad.clone(),
            json!({"a": null, "b": [{"c": "y"}]}),
            bad.clone(),
            bad.clone()
        ]
    );
}

#[test]
fn some_types_never_become_others() {
    let cases = [
        (DataType::Int64, "timestamp"),
        (DataType::Int64, "date"),
        (DataType::Int64, "duration"),
        (DataType::Float64, "string"),
        (DataType::Timestamp(TimeUnit::Second, None), "string"),
        (DataType::Timestamp(TimeUnit::Second, None), "int64"),
        (DataType::Timestamp(TimeUnit::Second, Some("UTC".into())), "timestamp_naive"),
        (DataType::Int64, "list<int64>"),
        (DataType::Boolean, "list<bool>"),
        (DataType::Float64, "struct<a: float64>"),
        (DataType::new_list(DataType::Utf8, true), "string"),
        (DataType::new_list(DataType::Int64, true), "list<date>"),
    ];
    for (from, declared) in cases {
        let converter = Converter::new(&from, Some(&FeatureType::parse(declared).expect("a type")), None);
        assert!(!converter.possible() && !converter.is_infallible(), "{from} to {declared}");
        assert_eq!(converter.convert(&new_empty_array(&from)).values.data_type(), converter.target());
    }
}

#[test]
fn times_of_keys_come_out_in_one_unit() {
    let seconds = DataType::Timestamp(TimeUnit::Second, Some("Europe/Berlin".into()));
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    let declared = Some(&FeatureType::Timestamp);
    let (first, second) = Converter::new(&seconds, declared, None).in_one_unit(Converter::new(&micros, declared, None));
    assert_eq!(first.target(), second.target());
    let values = array(TimestampSecondArray::from(vec![1, i64::MAX]).with_timezone("Europe/Berlin"));
    let column = first.convert(&values);
    assert_eq!(value_at(&column.values, 0), json!("1970-01-01T00:00:01Z"));
    let text = format!("{} nanoseconds after 1970-01-01T00:00:00Z", i128::from(i64::MAX) * 1_000_000_000);
    assert_eq!(column.unconvertible.map(|texts| texts.value(1).to_string()), Some(text));
}

#[test]
fn slices_and_hidden_elements_do_not_matter() {
    // Row 1 is null and yet has an element that is no integer; the slice begins after a row that is none either.
    let field = Arc::new(Field::new_list_field(DataType::Utf8, true));
    let elements = array(StringArray::from(vec!["x", "y", "3"]));
    let nulls = NullBuffer::from(vec![true, false, true]);
    let lists = array(ListArray::new(field, OffsetBuffer::from_lengths([1, 1, 1]), elements, Some(nulls)));
    let declared = FeatureType::parse("list<int64>").expect("a type");
    let column = Converter::new(lists.data_type(), Some(&declared), None).convert(&lists.slice(1, 2));
    assert!(column.unconvertible.is_none() && column.values.is_null(0));
    assert_eq!(value_at(&column.values, 1), json!([3]));
    let whole = Converter::new(lists.data_type(), Some(&declared), None).convert(&lists);
    let texts: Vec<Option<String>> =
        whole.unconvertible.expect("the first row").iter().map(|text| text.map(str::to_string)).collect();
    assert_eq!(texts, [Some(r#"["x"]"#.to_string()), None, None]);
}

#[test]
fn a_map_whose_key_fails_is_unconvertible() {
    // 02:30 did not come on 2024-03-31 in Berlin: 19,813 days after 1970.
    let skipped = 19_813 * 86_400 + 9_000;
    let entries = Fields::from(vec![
        Field::new("key", DataType::Timestamp(TimeUnit::Second, None), false),
        Field::new("value", DataType::Int32, true),
    ]);
    let keys = array(TimestampSecondArray::from(vec![0, skipped, 3600]));
    let columns = vec![keys, array(Int32Array::from(vec![1, 2, 3]))];
    let field = Arc::new(Field::new("entries", DataType::Struct(entries.clone()), false));
    let offsets = OffsetBuffer::from_lengths([2, 1]);
    let maps = array(MapArray::new(field, offsets, StructArray::new(entries, columns, None), None, false));
    let column = Converter::new(maps.data_type(), None, Some(chrono_tz::Europe::Berlin)).convert(&maps);
    assert_eq!(column.unconvertible.map(|texts| (texts.is_valid(0), texts.is_valid(1))), Some((true, false)));
    assert_eq!(value_at(&column.values, 1), json!([["1970-01-01T00:00:00Z", 3]]));
}

#[test]
fn encodings_become_plain_and_only_they() {
    let texts = array(StringArray::from(vec![Some("a"), None, Some("a")]));
    for encoding in [
        DataType::LargeUtf8,
        DataType::Utf8View,
        DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8View)),
    ] {
        let encoded = cast(&texts, &encoding).expect("a cast of encodings");
        let nested = list(encoded.clone());
        let converter = Converter::new(&encoding, None, None);
        assert!(converter.is_infallible());
        assert_eq!(&converter.convert(&encoded).values, &texts);
        let converter = Converter::new(nested.data_type(), None, None);
        assert_eq!(&converter.convert(&nested).values, &list(texts.clone()));
        assert_eq!((text_at(&encoded, 0), text_at(&encoded, 1)), (Some("a".to_string()), None));
    }
    let naive = DataType::Timestamp(TimeUnit::Second, None);
    let zoned = Converter::new(&naive, None, Some(chrono_tz::Europe::Berlin));
    assert_eq!(zoned.target(), &DataType::Timestamp(TimeUnit::Second, Some("UTC".into())));
    assert!(!zoned.is_infallible() && Converter::new(&naive, Some(&FeatureType::Timestamp), None).is_infallible());
}

#[test]
fn values_are_shown_as_what_they_are() {
    let cases: [(ArrayRef, Value); 10] = [
        (array(Float64Array::from(vec![-0.0])), json!(0.0)),
        (array(Float64Array::from(vec![f64::NEG_INFINITY])), json!("-Infinity")),
        (array(Float32Array::from(vec![0.1])), json!(0.1)),
        (array(UInt64Array::from(vec![u64::MAX])), json!(u64::MAX)),
        (array(Decimal128Array::from(vec![-5]).with_precision_and_scale(3, 2).expect("valid")), json!("-0.05")),
        (array(TimestampMicrosecondArray::from(vec![-1])), json!("1969-12-31T23:59:59.999999")),
        (array(DurationMillisecondArray::from(vec![-1500])), json!("-PT1.5S")),
        (map(vec!["a", "b"], vec![Some(1.0), None]), json!({"a": 1.0, "b": null})),
        (map(vec!["a", "a"], vec![Some(1.0), None]), json!([["a", 1.0], ["a", null]])),
        (array(Time64MicrosecondArray::from(vec![3_600_000_000])), json!("01:00:00")),
    ];
    for (values, wanted) in cases {
        assert_eq!(value_at(&values, 0), wanted);
    }
    let zeros = canonical_floats(&list(array(Float64Array::from(vec![-0.0, -f64::NAN]))));
    assert_eq!(&zeros, &list(array(Float64Array::from(vec![0.0, f64::NAN]))));
}
