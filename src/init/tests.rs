//! From profiles that are made by hand to the text of a spec.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use super::*;
use crate::engine::{ColumnProfile, EpochUnit, Kinds, Origin, Sketch};

/// A column without nulls, whose values are the numbers of a range.
fn column(path: &str, data_type: DataType, values: std::ops::Range<u64>) -> ColumnProfile {
    let n_values = values.end - values.start;
    let range = (values.start as f64, values.end as f64 - 1.0);
    let is_number = data_type.is_numeric();
    ColumnProfile {
        origin: Origin::Column(path.split('/').map(str::to_owned).collect()),
        n_nulls: 0,
        n_values,
        values: Sketch::of(values, 1 << 16),
        epochs: None,
        time_range: None,
        range: is_number.then_some(range),
        kinds: Kinds { whole: if data_type.is_integer() { n_values } else { 0 }, ..Kinds::default() },
        max_chars: if data_type == DataType::Utf8 { 10 } else { 0 },
        data_type,
    }
}

fn text(path: &str, values: std::ops::Range<u64>) -> ColumnProfile {
    column(path, DataType::Utf8, values)
}

fn int(path: &str, values: std::ops::Range<u64>) -> ColumnProfile {
    column(path, DataType::Int64, values)
}

fn float(path: &str, values: std::ops::Range<u64>) -> ColumnProfile {
    let mut column = column(path, DataType::Float64, values);
    column.kinds.fraction = column.n_values;
    column
}

/// Many rows of few values.
fn repeated(mut column: ColumnProfile, n_rows: u64) -> ColumnProfile {
    let n_distinct = column.values.n_distinct();
    let first = column.range.map_or(0, |(least, _)| least as u64);
    column.values = Sketch::of((0..n_rows).map(|row| first + row % n_distinct), 1 << 16);
    column.n_values = n_rows;
    column.kinds.whole = column.kinds.whole.min(1) * n_rows;
    column
}

fn time(path: &str, zone: Option<&str>, values: std::ops::Range<u64>) -> ColumnProfile {
    let data_type = DataType::Timestamp(TimeUnit::Microsecond, zone.map(Arc::from));
    let time_range = Some((values.start as i64, values.end as i64));
    ColumnProfile { time_range, ..column(path, data_type, values) }
}

fn profiles(offline: Vec<ColumnProfile>, online: Vec<ColumnProfile>) -> PerSide<Profile> {
    let profile = |side, columns: Vec<ColumnProfile>| {
        let n_rows = columns.iter().map(|column| column.n_nulls + column.n_values).max().unwrap_or(0);
        Profile { side, n_rows, n_unreadable: 0, columns, more_columns: false }
    };
    PerSide { offline: profile(Side::Offline, offline), online: profile(Side::Online, online) }
}

/// The spec of two sides; `unique` are the only combinations, by names, that identify rows.
fn first_spec(profiles: &PerSide<Profile>, unique: &[&[&str]]) -> Result<String, String> {
    let matching = matching::match_columns(profiles);
    let candidates = keys::candidates(profiles, &matching.pairs);
    let (offline, online) = ("o.parquet".to_owned(), "../on/*.jsonl".to_owned());
    check(profiles, &matching, &candidates, PerSide { offline: &offline, online: &online })
        .map_err(|error| error.to_string())?;
    let counts: Vec<KeyCount> = candidates
        .iter()
        .map(|candidate| {
            let names: Vec<&str> = candidate.iter().map(|idx| matching.pairs[*idx].name.as_str()).collect();
            let repeated_share = if unique.contains(&names.as_slice()) { 0.0 } else { 0.25 };
            KeyCount { repeated_share, surplus_share: repeated_share, exact: true, n_null: 0 }
        })
        .collect();
    let counts = PerSide { offline: counts.clone(), online: counts };
    let key = keys::choose(profiles, &matching.pairs, candidates, &counts);
    let tables = PerSide { offline: table(&offline, &offline), online: table(&online, &online) };
    Ok(draft(profiles, &matching, key.as_ref(), &tables, None))
}

const HEAD: &str =
    "# A first spec, written by `trueup init` from what both sides hold. Correct what it guessed.\n\ntrueup: 1\n\n";

#[test]
fn columns_of_the_same_names_need_no_mapping() {
    let offline = vec![int("order_id", 0..500), float("amount", 0..300), text("note", 0..9)];
    let online = vec![float("amount", 0..300), int("order_id", 100..500), column("flag", DataType::Boolean, 0..2)];
    let wanted = "\
keys: [order_id] # unique on both sides

offline: o.parquet

online: ../on/*.jsonl

features:
  - name: amount
    type: float64

# Only offline: note

# Only online: flag
";
    assert_eq!(first_spec(&profiles(offline, online), &[&["order_id"]]), Ok(format!("{HEAD}{wanted}")));
}

#[test]
fn names_meet_across_spelling_nesting_and_by_values() {
    let list = |path, element| column(path, DataType::new_list(element, true), 0..50);
    let offline = vec![
        text("order_id", 0..1000),
        int("user_number", 5_000..5_030),
        text("country", 0..5),
        text("city", 200..260),
        column("price", DataType::Float32, 0..40),
        int("yes", 0..2),
        list("clicks", DataType::Int64),
        column("is new", DataType::Boolean, 0..2),
    ];
    let mut quoted = text("user/number", 5_000..5_030);
    quoted.kinds.numeric_text = 29;
    let online = vec![
        int("order/Id", 0..900),
        quoted,
        text("user/geo/country", 0..5),
        text("town", 200..259),
        float("payload/price", 900..940),
        int("payload/Yes", 0..2),
        list("payload/clicks", DataType::Float64),
        int("is new", 0..2),
        text("bad\u{7}name", 0..9),
        text("odd, \"name\"", 0..9),
    ];
    let wanted = "\
keys: [order_id] # unique on both sides

offline: o.parquet

online:
  tables:
    online: ../on/*.jsonl
  columns:
    order_id: CAST(\"order\".Id AS VARCHAR)
    user_number: '\"user\".number'
    country: '\"user\".geo.country'
    city: town # guessed: 100 % of its values also occur offline
    price: payload.price # guessed by its name alone: none of its values occurs offline
    \"yes\": payload.Yes
    clicks: payload.clicks

features:
  - name: user_number
    type: int64 # text online; 1 value is no number
  - name: country
    type: string
  - name: city
    type: string
  - name: price
    type: float64 # float32 offline, float64 online
  - name: \"yes\"
    type: int64
  - name: clicks
    type: list<float64> # list<int64> offline, list<float64> online
  - name: \"is new\"
    # bool offline, int64 online: no type in common

# Only online: \"odd, \\\"name\\\"\"

# Left out online, since a name is empty or has control characters: \"bad\\u{7}name\"
";
    let text = first_spec(&profiles(offline, online), &[&["order_id"]]).expect("there is a key");
    assert_eq!(text, format!("{HEAD}{wanted}"));
}

#[test]
fn a_map_gets_no_type() {
    let map = |value| {
        let fields = Fields::from(vec![Field::new("key", DataType::Utf8, false), Field::new("value", value, true)]);
        DataType::Map(Arc::new(Field::new("entries", DataType::Struct(fields), false)), false)
    };
    let holder = |inner| DataType::Struct(vec![Field::new("tags", inner, true)].into());
    let side = |value: DataType| {
        vec![
            int("id", 0..500),
            column("tags", map(value.clone()), 0..9),
            column("nested", DataType::new_list(holder(map(value)), true), 0..9),
        ]
    };
    let wanted = "\
features:
  - name: tags
    # a map: compared key by key, in any order
  - name: nested
    # a map: compared key by key, in any order
";
    for (offline, online) in [(DataType::Int64, DataType::Int64), (DataType::Int64, DataType::Float64)] {
        let text = first_spec(&profiles(side(offline), side(online)), &[&["id"]]).expect("there is a key");
        assert!(text.ends_with(wanted), "{text}");
    }
    let nulls = vec![int("id", 0..500), column("tags", DataType::Null, 0..0)];
    let text = first_spec(&profiles(side(DataType::Int64), nulls), &[&["id"]]).expect("there is a key");
    assert!(!text.contains("type:"), "{text}");
}

#[test]
fn a_key_of_several_columns_with_times_and_duplicates() {
    let mut epoch = int("ts", 1_700_000_000_000..1_700_000_000_400);
    epoch.epochs = Some((EpochUnit::Millisecond, Sketch::of(0..400, 1 << 16)));
    epoch.time_range = Some((0, 400));
    let offline =
        vec![repeated(int("user_id", 0..40), 400), repeated(text("sku", 0..10), 400), epoch, float("amount", 0..400)];
    let online = vec![
        repeated(int("userId", 0..40), 400),
        repeated(text("sku", 0..10), 400),
        time("ts", Some("UTC"), 0..400),
        float("amount", 0..400),
    ];
    let unique = "\
keys: [user_id, sku] # guessed: unique together, on both sides
event_time: ts

offline:
  tables:
    offline: o.parquet
  columns:
    ts: to_timestamp_millis(ts)
  assume_tz: UTC # integers that count from 1970 count in UTC

online:
  tables:
    online: ../on/*.jsonl
  columns:
    user_id: userId

features:
  - name: ts
    type: timestamp
  - name: amount
    type: float64
";
    let profiles = profiles(offline, online);
    assert_eq!(first_spec(&profiles, &[&["user_id", "sku"]]), Ok(format!("{HEAD}{unique}")));
    let none = first_spec(&profiles, &[]).expect("there is a key");
    let keys = "keys: [user_id] # guessed: the best there is; 25 % of the offline rows and \
                25 % of the online rows share their key with another\n";
    assert!(none.contains(keys), "{none}");
    let align = "\nalign:\n  duplicates: latest # of several rows of one key, the newest is compared\n";
    assert!(none.ends_with(align), "{none}");
}

#[test]
fn dense_numbers_and_other_roles_of_one_domain_are_no_match() {
    // 0 … 59 lie in 0 … 63 by chance; the ids are too few to tell; seats lie among the times in the air.
    let offline =
        vec![text("id", 0..100), repeated(int("minute", 0..60), 100), int("few", 900..910), int("air_time", 20..600)];
    let online =
        vec![text("id", 0..100), repeated(int("bucket", 0..64), 100), int("others", 900..910), int("seats", 100..140)];
    let matching = matching::match_columns(&profiles(offline, online));
    let names: Vec<&str> = matching.pairs.iter().map(|pair| pair.name.as_str()).collect();
    assert_eq!(names, ["id"]);
    assert_eq!(matching.alone, PerSide { offline: vec![1, 2, 3], online: vec![1, 2, 3] });
}

#[test]
fn neither_floats_nor_long_texts_nor_measures_are_keys() {
    let mut prose = text("comment_id", 0..100);
    prose.max_chars = 500;
    let sides = || vec![float("float_id", 0..100), prose.clone(), int("amount", 0..100), int("customer", 0..100)];
    let text = first_spec(&profiles(sides(), sides()), &[&["amount"], &["customer"]]).expect("there is a key");
    assert!(text.contains("\nkeys: [customer] #"), "{text}");
}

#[test]
fn a_measure_is_the_key_only_if_nothing_else_can_be() {
    let key_line = |names: [&str; 2], unique: &[&[&str]]| {
        let sides = || vec![repeated(int(names[0], 0..4), 5), repeated(text(names[1], 50..55), 5)];
        let text = first_spec(&profiles(sides(), sides()), unique).expect("there is a key");
        text.lines().find(|line| line.starts_with("keys:")).expect("a spec has keys").to_owned()
    };
    // Both are unique in so few rows; or only the measure is.
    assert_eq!(key_line(["v", "customer"], &[&["v"], &["customer"]]), "keys: [customer] # unique on both sides");
    assert_eq!(key_line(["score", "name"], &[&["score"], &["name"]]), "keys: [name] # unique on both sides");
    assert_eq!(key_line(["value_id", "name"], &[&["value_id"]]), "keys: [value_id] # unique on both sides");
    let line = key_line(["amount", "customer_id"], &[&["amount"]]);
    assert!(line.starts_with("keys: [customer_id] # guessed: the best there is; 25 %"), "{line}");
    assert_eq!(
        key_line(["amount", "country"], &[&["amount"]]),
        "keys: [amount] # guessed: nothing else is unique, but by its name it is measured and no key"
    );
    let line = key_line(["amount", "country"], &[]);
    assert!(line.starts_with("keys: [country] # guessed: the best there is"), "{line}");
}

#[test]
fn what_is_lacking_is_said() {
    let lacking = |offline, online| first_spec(&profiles(offline, online), &[]).expect_err("no spec can be made");
    assert_eq!(
        lacking(vec![text("a", 0..3), text("b\n", 0..3)], vec![text("c;d", 0..3)]),
        "cannot write a first spec: the sides have no column in common: offline has `a`, `b\\n`; \
         online has `c;d` (is its delimiter another than the format's?)"
    );
    assert_eq!(
        lacking(vec![text("a", 0..3)], vec![]),
        "cannot write a first spec: the online input `../on/*.jsonl` has no rows"
    );
    assert_eq!(
        lacking(vec![float("a", 0..3)], vec![float("a", 0..3)]),
        "cannot write a first spec: no column that both sides have can identify a row; in common are `a` \
         (offline has `a`; online has `a`)"
    );
}

#[test]
fn only_the_key_in_common_is_still_a_spec() {
    let text = first_spec(&profiles(vec![int("id", 0..9)], vec![int("id", 0..9)]), &[&["id"]]).expect("there is a key");
    let features = "features:\n# The sides have nothing but the key in common; a spec needs a feature.\n  - name: id\n";
    assert!(text.ends_with(features), "{text}");
}
