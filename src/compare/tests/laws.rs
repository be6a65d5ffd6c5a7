//! Laws that hold for all values.

use proptest::prelude::*;

use super::*;

/// Columns in which every kind of cell is likely, of one length.
fn columns() -> impl Strategy<Value = Vec<ArrayRef>> {
    let float = prop_oneof![
        Just(None),
        Just(Some(f64::NAN)),
        Just(Some(-0.0)),
        Just(Some(-1.0)),
        Just(Some(f64::INFINITY)),
        (-3i32..3).prop_map(|value| Some(f64::from(value) + 1e-10)),
        any::<f64>().prop_map(Some),
    ];
    let text = proptest::option::of("[ -1aAéx.]{0,3}");
    let row = (float, text, proptest::option::of(any::<i64>()), proptest::option::of(-2i64..3));
    proptest::collection::vec(row, 1..40).prop_map(|rows| {
        let floats = array(Float64Array::from_iter(rows.iter().map(|row| row.0)));
        let texts = array(StringArray::from_iter(rows.iter().map(|row| row.1.as_deref())));
        let field = Arc::new(Field::new_list_field(DataType::Float64, true));
        let lengths = rows.iter().scan(rows.len(), |left, row| {
            let length = row.1.as_ref().map_or(0, |text| text.chars().count()).min(*left);
            *left -= length;
            Some(length)
        });
        let offsets = OffsetBuffer::from_lengths(lengths.collect::<Vec<_>>());
        let used = *offsets.last().expect("an offset") as usize;
        let lists = array(ListArray::new(field, offsets, floats.slice(0, used), None));
        vec![
            array(Int64Array::from_iter(rows.iter().map(|row| row.2))),
            array(Int64Array::from_iter(rows.iter().map(|row| row.3))),
            cast(&texts, &DataType::Utf8View).expect("a cast of encodings"),
            record(&[("floats", floats.clone()), ("texts", texts)]),
            floats,
            lists,
        ]
    })
}

fn features() -> Vec<Feature> {
    let loose = Feature {
        tolerance: Tolerance::Within { abs: Some(0.5), rel: Some(0.1) },
        missing: Missing { sentinels: vec![Literal::Int(-1)], nan: true, empty: true, required: false },
        compare: CompareOptions { ignore_case: true, trim: true, ignore_order: true, ..CompareOptions::default() },
        ..feature(None)
    };
    let mut features = vec![feature(None), loose.clone()];
    for declared in ["int64", "float64", "string", "float32", "decimal(10,1)"] {
        let data_type = feature(Some(declared)).data_type;
        features.push(Feature { data_type: data_type.clone(), ..feature(None) });
        features.push(Feature { data_type, ..loose.clone() });
    }
    features
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_column_is_equal_to_itself(columns in columns()) {
        for feature in features() {
            for values in &columns {
                let codes = compare(&feature, values, values);
                prop_assert!(codes.iter().all(|code| [Equal, Unconvertible].contains(code)), "{:?}", codes);
            }
        }
    }

    #[test]
    fn swapping_mirrors_and_splitting_changes_nothing(columns in columns(), shift in 0usize..40, split in 0usize..40) {
        for feature in features() {
            for first in &columns {
                for second in &columns {
                    let shift = shift % second.len();
                    let parts = [second.slice(shift, second.len() - shift), second.slice(0, shift)];
                    let second = concat(&[&parts[0], &parts[1]]).expect("one type");
                    let codes = compare(&feature, first, &second);
                    let mirrored: Vec<Code> = compare(&feature, &second, first).into_iter().map(Code::swapped).collect();
                    prop_assert_eq!(&codes, &mirrored);
                    let split = split % first.len();
                    let mut pieces = compare(&feature, &first.slice(0, split), &second.slice(0, split));
                    pieces.extend(compare(&feature, &first.slice(split, first.len() - split), &second.slice(split, first.len() - split)));
                    prop_assert_eq!(codes, pieces);
                }
            }
        }
    }

}

proptest! {
    #[test]
    fn multisets_do_not_depend_on_order(values in proptest::collection::vec(proptest::option::of(-5i32..5), 0..9), seed in any::<u64>()) {
        let mut shuffled = values.clone();
        let mut state = seed;
        for idx in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(idx, (state >> 33) as usize % (idx + 1));
        }
        let bag = Feature { compare: CompareOptions { ignore_order: true, ..CompareOptions::default() }, ..feature(None) };
        let wanted = if values == shuffled { Equal } else { Tolerated };
        let lists = [&values, &shuffled].map(|values| list(array(Int32Array::from(values.clone()))));
        prop_assert_eq!(compare(&bag, &lists[0], &lists[1]), [wanted]);
        // As structs, elements find their partners by matching.
        let structs = [&values, &shuffled].map(|values| list(record(&[("x", array(Int32Array::from(values.clone())))])));
        prop_assert_eq!(compare(&bag, &structs[0], &structs[1]), [wanted]);
    }

    #[test]
    fn a_value_comes_back_from_its_text(int in any::<i64>(), float in any::<f64>(), single in any::<f32>(), time in any::<i64>(), ns in any::<i64>()) {
        let digits = i128::from(int) * 1_000_003;
        let values: Vec<(ArrayRef, &str)> = vec![
            (array(Int64Array::from(vec![int])), "int64"),
            (array(Float64Array::from(vec![float])), "float64"),
            (array(Float32Array::from(vec![single])), "float32"),
            (array(Decimal128Array::from(vec![digits]).with_precision_and_scale(30, 7).expect("valid")), "decimal(30,7)"),
            (array(arrow::array::TimestampNanosecondArray::from(vec![ns])), "timestamp_naive"),
            (array(arrow::array::TimestampNanosecondArray::from(vec![ns]).with_timezone("UTC")), "timestamp"),
            (array(arrow::array::DurationNanosecondArray::from(vec![time])), "duration"),
            (array(BooleanArray::from(vec![int > 0])), "bool"),
            (array(Date32Array::from(vec![(ns / 86_400_000_000_000) as i32])), "date"),
        ];
        for (values, declared) in values {
            let text = array(StringArray::from(vec![text_at(&values, 0)]));
            let declared = FeatureType::parse(declared).expect("a type");
            let column = Converter::new(&DataType::Utf8, Some(&declared), None).convert(&text);
            prop_assert!(column.unconvertible.is_none(), "{:?}", text);
            prop_assert_eq!(&canonical_floats(&column.values), &canonical_floats(&values));
        }
    }
}
