//! Whole specs: what they parse to, and every class of problem with its place.

use proptest::prelude::*;

use super::*;

const FLIGHTS: &str = include_str!("../../specs/flights.yaml");

/// A spec that has no problem, as lines that a test can replace or extend.
const SMALL: &str = "\
trueup: 1
keys: [id]
event_time: t
offline: a.csv
online: b.jsonl
features:
  - name: x
    type: float64
";

fn parse(text: &str) -> Result<Spec, Problems> {
    let variable = |name: &str| (name == "DATA").then(|| "/secret".to_string());
    parse_with(text, &ParseOptions { paths: PerSide::default(), variable: &variable })
}

fn parse_with(text: &str, options: &ParseOptions<'_>) -> Result<Spec, Problems> {
    Spec::parse(Source { path: "dir/s.yaml".into(), text: text.into() }, options)
}

fn rendered(text: &str) -> String {
    parse(text).expect_err(text).to_string()
}

/// Each problem as `line:column:length message`.
fn places(result: Result<Spec, Problems>) -> Vec<String> {
    let problems = result.map_or_else(|problems| problems.list, |_| Vec::new());
    let place = |problem: &Problem| {
        let span = problem.span.unwrap_or_default();
        format!("{}:{}:{} {}", span.line, span.column, span.len, problem.message)
    };
    problems.iter().map(place).collect()
}

#[test]
fn the_flights_spec_parses() {
    let spec = parse(FLIGHTS).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(spec.name, "flights_delay");
    assert_eq!(spec.features.len(), 26);
    let keys: Vec<&str> = spec.keys.iter().map(|key| key.value.as_str()).collect();
    assert_eq!(keys, ["flight_date", "carrier", "flight_number", "origin"]);
    let offline = &spec.sides.offline;
    assert_eq!(offline.tables.keys().collect::<Vec<_>>(), ["flights", "weather", "planes", "airports", "airlines"]);
    assert_eq!(offline.tables["planes"].options.null_values, Some(vec!["NA".to_string()]));
    assert!(offline.query.as_ref().is_some_and(|query| query.value.contains("LEFT JOIN airports d")));
    assert_eq!(offline.columns["distance_mi"].value, "distance");
    assert_eq!(spec.sides.online.filter.as_ref().map(|sql| sql.value.as_str()), Some("event = 'prediction'"));
    assert_eq!(spec.gate.min_compared_rows, 1000);

    let feature = |name: &str| spec.features.iter().find(|feature| feature.name.value == name).unwrap();
    assert_eq!(feature("sched_dep_at").computed.online, Computed::Column);
    assert!(matches!(&feature("dep_hour").computed.online, Computed::Expr(sql) if sql.value == "flight.dep_hour"));
    assert!(!feature("predicted_delay").is_computed());
    assert_eq!(feature("predicted_delay").severity, Severity::Warn);
    assert_eq!(feature("temp_c").tolerance, Tolerance::Within { abs: Some(0.006), rel: Some(0.0) });
    assert!(feature("tailnum").sensitive && feature("tailnum").missing.empty);
    let carrier = feature("carrier_idx");
    assert!(carrier.is_computed() && carrier.recorded.online.is_some() && carrier.recorded.offline.is_none());
}

#[test]
fn everything_that_may_be_written_is_read() {
    let spec = parse(
        r##"
trueup: 1
name: all
description: d
keys: [id, "second key"]
event_time: t
offline:
  tables:
    a: {path: "${DATA}/x.dat", format: csv, options: {delimiter: ";", quote: "'", escape: "\\", comment: "#", header: false, null_values: ["", NA, -9]}}
    b: "${NONE:-y}.parquet"
  query: SELECT * FROM a JOIN b USING (id)
  columns: {c: d + 1}
  where: c > 0
  units: {c: cent}
  assume_tz: Europe/Berlin
online: captures/**/*.jsonl.gz
features:
  - name: e
    expr: c
    online: {expr: c / 100.0}
    recorded: {offline: stored}
    type: float32
    unit: USD
    tolerance: exact
    categories: [DE, 1, 2.5, true]
    missing: {sentinels: [-1, none], nan: true, empty: true, required: true}
    compare: {case: ignore, trim: true, collapse: true, unicode: nfkc, order: ignore}
    gate: {max_mismatch_rate: 0.001, min_compared_rows: 5, confidence: 0.9}
    severity: warn
    sensitive: true
  - {name: t1, type: timestamp, tolerance: 2s}
  - {name: t2, type: list<duration>, tolerance: {abs: 2s}}
  - {name: t3, tolerance: {rel: 1e-3}}
  - {name: only, offline: {expr: x}}
  - {name: kept, recorded: {offline: a, online: b}}
  - {name: served, recorded: {online: b}}
align: {event_time: {as_of: {max_age: 1d}}, duplicates: latest, complete: [offline, online]}
slices: [c]
gate: {max_mismatch_rate: 0.5, max_unmatched_rate: 1, max_unreadable_rate: 0.25, min_compared_rows: 2, confidence: 0.95}
"##,
    )
    .unwrap_or_else(|problems| panic!("{problems}"));
    let a = &spec.sides.offline.tables["a"];
    assert_eq!((a.path.value.as_str(), a.expanded_path.as_str()), ("${DATA}/x.dat", "/secret/x.dat"));
    assert_eq!(a.format, Some(Format::Csv));
    let options = CsvOptions {
        delimiter: Some(b';'),
        quote: Some(b'\''),
        escape: Some(b'\\'),
        comment: Some(b'#'),
        header: Some(false),
        null_values: Some(vec![String::new(), "NA".into(), "-9".into()]),
    };
    assert_eq!(a.options, options);
    assert_eq!(spec.sides.offline.tables["b"].expanded_path, "y.parquet");
    assert_eq!(spec.sides.offline.assume_tz, Some(chrono_tz::Europe::Berlin));
    assert_eq!(spec.sides.online.tables["online"].expanded_path, "captures/**/*.jsonl.gz");
    let [e, t1, t2, t3, only, kept, served] = spec.features.as_slice() else { panic!("seven features") };
    assert!(matches!(&e.computed.offline, Computed::Expr(sql) if sql.value == "c"));
    assert!(matches!(&e.computed.online, Computed::Expr(sql) if sql.value == "c / 100.0"));
    assert_eq!(e.tolerance, Tolerance::Exact);
    let text = |text: &str| Literal::Text(text.into());
    assert_eq!(e.categories, [text("DE"), Literal::Int(1), Literal::Float(2.5), Literal::Bool(true)]);
    assert_eq!(e.missing.sentinels, [Literal::Int(-1), text("none")]);
    assert!(e.missing.nan && e.missing.empty && e.missing.required);
    let compare = CompareOptions {
        ignore_case: true,
        trim: true,
        collapse: true,
        unicode: UnicodeForm::Nfkc,
        ignore_order: true,
    };
    assert_eq!(e.compare, compare);
    let gate = FeatureGate { max_mismatch_rate: Some(0.001), min_compared_rows: Some(5), confidence: Some(0.9) };
    assert_eq!(e.gate, gate);
    assert_eq!(t1.tolerance, Tolerance::Duration { ns: 2_000_000_000 });
    assert_eq!(t2.tolerance, Tolerance::Duration { ns: 2_000_000_000 });
    assert_eq!(t3.tolerance, Tolerance::Within { abs: None, rel: Some(1e-3) });
    assert!(matches!(only.computed.offline, Computed::Expr(_)) && only.computed.online == Computed::Column);
    assert_eq!(kept.computed.offline, Computed::No);
    assert_eq!(served.computed, PerSide { offline: Computed::Column, online: Computed::Column });
    assert_eq!(spec.align.event_time, EventTimeRule::AsOf { max_age_ns: Some(86_400_000_000_000) });
    assert_eq!(spec.align.duplicates, Duplicates::Latest);
    assert_eq!(spec.align.complete, PerSide { offline: true, online: true });
    let gate = Gate {
        max_mismatch_rate: 0.5,
        max_unmatched_rate: 1.0,
        max_unreadable_rate: 0.25,
        min_compared_rows: 2,
        confidence: Some(0.95),
    };
    assert_eq!(spec.gate, gate);
}

#[test]
fn what_is_left_out_has_its_default() {
    let spec = parse(SMALL).unwrap();
    assert_eq!(spec.name, "s");
    assert_eq!(spec.gate, Gate::default());
    assert_eq!(spec.align.complete, PerSide { offline: true, online: false });
    assert_eq!(spec.align.event_time, EventTimeRule::Ignore);
    let rule = |rule: &str| parse(&format!("{SMALL}align: {{event_time: {rule}}}\n")).unwrap().align.event_time;
    assert_eq!(rule("{within: 0s}"), EventTimeRule::Within { ns: 0 });
    assert_eq!(rule("{as_of: {}}"), EventTimeRule::AsOf { max_age_ns: None });
}

#[test]
fn all_problems_are_shown_at_once_with_their_place() {
    let text = "\
trueup: 1
keys: [id]
offline: a.csv
online: ${NO_SUCH}/b.jsonl
features:
  - name: total
    expr: >-
      price *
      (1 + tax
    toleranse: 1
  - name: total
    type: flaot64
";
    let wanted = "\
error: the variable `NO_SUCH` is not set
  --> dir/s.yaml:4:9
  |
4 | online: ${NO_SUCH}/b.jsonl
  |         ^^^^^^^^^^ not set
  = help: set it, or give a default: `${NO_SUCH:-default}`

error: the expression of feature `total` is not valid SQL: expected ), found its end
  --> dir/s.yaml:9:12
  |
9 |       (1 + tax
  |            ^^^

error: unknown key `toleranse` in a feature
  --> dir/s.yaml:10:5
   |
10 |     toleranse: 1
   |     ^^^^^^^^^
   = help: did you mean `tolerance`?

error: two features are named `total`
  --> dir/s.yaml:11:11
   |
11 |   - name: total
   |           ^^^^^ named again
   = help: the first is on line 6; give one another name

error: unknown type `flaot64`
  --> dir/s.yaml:12:11
   |
12 |     type: flaot64
   |           ^^^^^^^
   = help: did you mean `float64`?
";
    assert_eq!(rendered(text), wanted);
}

#[test]
fn a_help_says_what_to_write() {
    for (key, help) in [
        ("tolerance: 5%", "write `{rel: 0.05}`"),
        ("tolerance: 0.5", "write `{abs: 0.5}`"),
        ("tolerance: 5 sec", "a duration is a number and a unit"),
        ("dtype: int64", "write `type`"),
        ("online: a.b", "write `{expr: …}`"),
        ("categories: DE", "write `[DE]`"),
        ("sensitive: yes", "write `true`"),
        ("sensitive: \"true\"", "remove the quotes"),
        ("gate: {confidence: 95%}", "write the fraction: 0.95"),
        ("severity: wran", "did you mean `warn`?"),
        ("expr: SELECT 1", "join and aggregate in the side's `query`"),
        ("expr: a AS b", "leave the alias out"),
        ("unit: 1", "put it in quotes: \"1\""),
        ("description: {a} b", "needs quotes"),
        ("description: 'a' b", "quote the text as a whole"),
    ] {
        let shown = rendered(&format!("{SMALL}    {key}\n"));
        assert!(shown.lines().any(|line| line.contains("= help: ") && line.contains(help)), "{key}: {shown}");
    }
    let zone = SMALL.replace("offline: a.csv", "offline: {tables: {a: a.csv}, assume_tz: new york}");
    assert!(rendered(&zone).contains("did you mean `America/New_York`?"));
}

#[test]
fn every_class_of_problem_has_its_place() {
    // The feature's keys stand on line 9, from column 5; what comes after the features on line 9 from column 1.
    for (key, wanted) in [
        ("tolerance: -1s", "9:16:3 `tolerance` is no duration: `-1s` is negative"),
        ("tolerance: soon", "9:16:4 `tolerance` must be `exact`, a duration or a mapping, not a text"),
        ("tolerance: 2s", "9:16:2 a duration is no tolerance of type `float64`"),
        ("tolerance: {abs: 2s}", "9:22:2 a duration is no tolerance of type `float64`"),
        ("tolerance: {abs: -1}", "9:22:2 `abs` must be a number, 0 or more, not -1"),
        ("tolerance: {rel: .nan}", "9:22:4 `rel` must be a number, 0 or more, not .nan"),
        ("tolerance: {}", "9:16:2 a tolerance is empty"),
        ("severity: warning", "9:15:7 `severity` must be `error` or `warn`, not `warning`"),
        ("sensitive: yes", "9:16:3 `sensitive` must be `true` or `false`, not a text"),
        ("missing: {sentinels: [[1]]}", "9:27:3 an item of `sentinels` must be a text, a number or a bool, not a list"),
        ("categories: [{a: 1}]", "9:18:6 an item of `categories` must be a text, a number or a bool, not a mapping"),
        ("categories: []", "9:17:2 `categories` is empty"),
        ("categories: [.nan]", "9:18:4 an item of `categories` is NaN, which equals no constant"),
        ("missing: {sentinels: [null]}", "9:27:4 an item of `sentinels` has no value"),
        ("expr: [a, b]", "9:11:6 `expr` must be an SQL text, not a list"),
        ("expr:", "9:9:0 `expr` has no value"),
        (
            "expr: \"a \\\" + ) \"",
            "9:14:1 the expression of feature `x` is not valid SQL: Expected close delimiter '\"' before EOF.",
        ),
        ("offline: {exp: a}", "9:14:8 `expr` is missing in a side of feature"),
        ("recorded: {}", "9:15:2 `recorded` is empty"),
        ("recorded: {online: a b}", "9:26:1 the recorded online value of feature `x` is more than one expression"),
        ("gate: {max_mismatch_rate: 1.5}", "9:31:3 `max_mismatch_rate` must be a number from 0 to 1, not 1.5"),
        ("gate: {confidence: 95%}", "9:24:3 `confidence` must be a number from 0 to 1, not a text"),
        ("gate: {min_compared_rows: -1}", "9:31:2 `min_compared_rows` must be a whole number, 0 or more, not -1"),
        ("compare: {unicode: NFC}", "9:24:3 `unicode` must be `none`, `nfc` or `nfkc`, not `NFC`"),
        ("unit: 1", "9:11:1 `unit` must be a name, not a number"),
        ("name: y", "9:5:4 the key `name` stands here twice"),
    ] {
        let found = places(parse(&format!("{SMALL}    {key}\n")));
        let wanted = wanted.replace("a side of feature", "a side of a feature");
        assert!(found.contains(&wanted), "{key}: {found:#?}");
    }
    for (key, wanted) in [
        ("align: {event_time: {within: 5}}", "9:30:1 `within` is no duration: `5` has no unit"),
        ("align: {event_time: {within: 5s, as_of: {}}}", "9:34:5 `within` and `as_of` exclude each other"),
        ("align: {complete: [both]}", "9:20:4 an item of `complete` must be `offline` or `online`, not `both`"),
        ("slices: [a, a]", "9:13:1 `a` stands twice in `slices`"),
        ("gates: {}", "9:1:5 unknown key `gates` in a spec"),
        ("gate: {max_unmatched_rate: 5 %}", "9:28:3 `max_unmatched_rate` must be a number from 0 to 1, not a text"),
    ] {
        assert_eq!(places(parse(&format!("{SMALL}{key}\n"))), [wanted], "{key}");
    }
    for (line, replacement, wanted) in [
        ("trueup: 1", "trueup: 2", "1:9:1 `trueup` is `2`, and this version of trueup reads specs of version 1"),
        ("trueup: 1\n", "", "1:1:10 `trueup` is missing in a spec"),
        ("keys: [id]", "keys: []", "2:7:2 `keys` is empty"),
        ("keys: [id]", "keys: id", "2:7:2 `keys` must be a list, not a text"),
        ("keys: [id]", "keys: [id, id]", "2:12:2 `id` stands twice in `keys`"),
        (
            "offline: a.csv",
            "offline: {tables: {a: a.csv, b: b.csv}}",
            "4:1:7 the offline side has 2 tables and no `query`",
        ),
        ("offline: a.csv", "offline: {tables: {}}", "4:19:2 `tables` is empty"),
        ("offline: a.csv", "offline: {tables: {a: a.csv}, path: a.csv}", "4:31:4 unknown key `path` in a side"),
        ("offline: a.csv", "offline: {tables: {a: a.csv}, assume_tz: Berlin}", "4:42:6 unknown time zone `Berlin`"),
        (
            "offline: a.csv",
            "offline: {tables: {a: {path: x, format: cvs}}}",
            "4:41:3 `format` must be `parquet`, `csv`, `tsv`, `jsonl`, `ndjson`, `json`, `avro`, `arrow` or `ipc`, not `cvs`",
        ),
        (
            "offline: a.csv",
            "offline: {tables: {a: {path: x, options: {quote: ab}}}}",
            "4:50:2 `quote` must be a single ASCII character",
        ),
        (
            "offline: a.csv",
            "offline: {tables: {a: {path: x, options: {quote: '${DATA}'}}}}",
            "4:50:9 `quote` must be a single ASCII character once its variables are expanded",
        ),
        (
            "offline: a.csv",
            "offline: {tables: {a: x.csv}, query: SELECT * FROM b}",
            "4:52:1 the offline query reads `b`, which is no table of the side",
        ),
        (
            "offline: a.csv",
            "offline: {tables: {a: x.csv}, where: a >}",
            "4:40:1 `where` of the offline side is not valid SQL: expected an expression, found its end",
        ),
        ("name: x", "name: \"a\\tb\"", "7:11:6 `name` has a control character in it"),
        (
            "event_time: t\n",
            "align: {event_time: {within: 0s}}\n",
            "3:9:10 `align.event_time` needs a time of each row",
        ),
        (
            "event_time: t\n",
            "align: {duplicates: latest}\n",
            "3:21:6 `duplicates: latest` needs a time to tell which row is the newest",
        ),
        ("features:\n  - name: x\n    type: float64\n", "features: []\n", "6:11:2 `features` is empty"),
        (
            "type: float64",
            "type: timestamp\n    tolerance: {abs: 1}",
            "9:22:1 a number is no tolerance of type `timestamp`",
        ),
        ("type: float64", "type: date\n    tolerance: {rel: 1}", "9:22:1 times have no relative tolerance"),
        ("type: float64", "type: string\n    tolerance: {abs: 1}", "9:22:1 values of type `string` have no tolerance"),
    ] {
        let found = places(parse(&SMALL.replace(line, replacement)));
        assert_eq!(found, [wanted], "{replacement}");
    }
    assert_eq!(places(parse("- trueup: 1\n")), ["1:1:11 a spec is a mapping, not a list"]);
}

#[test]
fn a_path_takes_the_place_of_the_only_one() {
    let given = |path: &str| PathOverride { shown: format!("shown/{path}"), path: format!("/abs/{path}") };
    let with = |text: &str, path: &str| {
        let paths = PerSide { offline: None, online: Some(given(path)) };
        parse_with(text, &ParseOptions { paths, variable: &|_| None })
    };
    let spec = with(&SMALL.replace("b.jsonl", "${UNSET}/b.jsonl"), "c.parquet").unwrap();
    let table = &spec.sides.online.tables["online"];
    assert_eq!((table.path.value.as_str(), table.expanded_path.as_str()), ("shown/c.parquet", "/abs/c.parquet"));
    let spec = with(&SMALL.replace("online: b.jsonl\n", ""), "c.parquet").unwrap();
    assert_eq!(spec.sides.online.tables["online"].path.value, "shown/c.parquet");

    let table = |path: &str| {
        let long = "online: {tables: {logs: {path: b.json, format: jsonl, options: {}}}}";
        with(&SMALL.replace("online: b.jsonl", long).replace(", options: {}", ""), path).unwrap().sides.online.tables["logs"].format
    };
    assert_eq!(table("c.parquet"), None);
    assert_eq!(table("c.json.gz"), Some(Format::JsonLines));
    assert_eq!(table("folder"), Some(Format::JsonLines));

    let two = SMALL.replace("online: b.jsonl", "online: {tables: {a: a.csv, b: b.csv}, query: SELECT 1 FROM a}");
    let wanted = "5:1:6 `--online` cannot tell which path of the online side to replace";
    assert_eq!(places(with(&two, "c.csv")), [wanted]);
}

#[test]
fn a_value_of_a_variable_is_never_shown() {
    let text = SMALL.replace(
        "a.csv",
        "{tables: {a: {path: '${DATA}/${NONE}', format: csv, options: {delimiter: '${DATA}', header: '${DATA}'}}}}",
    );
    let shown = rendered(&text);
    assert_eq!(shown.matches("error:").count(), 3, "{shown}");
    assert!(!shown.contains("secret"));
    // The span of the table's path is what messages of other modules show.
    let spec = parse(&SMALL.replace("a.csv", "${DATA}/a.csv")).unwrap();
    assert_eq!(spec.sides.offline.tables["offline"].path.value, "${DATA}/a.csv");
}

/// What parser and schema make of a spec must not drift apart: each key that the schema has parses, with a sample of what
/// its kind may be, and so is none that it has not.
#[test]
fn every_key_of_the_schema_is_known_to_the_parser() {
    fn walk(shape: &shape::Shape, problems: &mut Vec<String>) {
        for key in shape.keys {
            let text = format!("{}: {}\n", key.name, sample(&key.kind));
            let source = Source { path: "s".into(), text: text.as_str().into() };
            let mut found = Vec::new();
            let node = yaml::read(&source, &mut found).unwrap();
            let others: Vec<&str> = shape.keys.iter().map(|key| key.name).collect();
            conform::conform_shape(&node, shape, &others, &mut found);
            problems.extend(found.into_iter().map(|problem| format!("{text}: {}", problem.message)));
            inner(&key.kind, problems);
        }
    }
    fn inner(kind: &shape::Kind, problems: &mut Vec<String>) {
        match kind {
            shape::Kind::Mapping(shape) => walk(shape, problems),
            shape::Kind::AnyOf(kinds) => kinds.iter().for_each(|kind| inner(kind, problems)),
            shape::Kind::List { items: kind, .. } | shape::Kind::Map { values: kind, .. } => inner(kind, problems),
            _ => {}
        }
    }
    fn sample(kind: &shape::Kind) -> String {
        match kind {
            shape::Kind::Version => "1".into(),
            shape::Kind::Bool => "true".into(),
            shape::Kind::Number | shape::Kind::Rate => "0.5".into(),
            shape::Kind::Count => "3".into(),
            shape::Kind::Duration => "1d".into(),
            shape::Kind::FeatureType => "int64".into(),
            shape::Kind::TimeZone => "UTC".into(),
            shape::Kind::Words(words) => words[0].0.into(),
            shape::Kind::Variable(kind) => sample(kind),
            shape::Kind::List { items, .. } => format!("[{}]", sample(items)),
            shape::Kind::Map { values, .. } => format!("{{a: {}}}", sample(values)),
            shape::Kind::AnyOf(kinds) => sample(&kinds[kinds.len() - 1]),
            shape::Kind::Mapping(shape) => {
                let required =
                    shape.keys.iter().enumerate().filter(|(idx, key)| key.required || (shape.non_empty && *idx == 0));
                let keys: Vec<String> =
                    required.map(|(_, key)| format!("{}: {}", key.name, sample(&key.kind))).collect();
                format!("{{{}}}", keys.join(", "))
            }
            _ => "x".into(),
        }
    }
    let mut problems = Vec::new();
    walk(&grammar::SPEC, &mut problems);
    assert!(problems.is_empty(), "{problems:#?}");
}

/// Parsing never panics, and every problem lies within the file.
fn holds_for(text: &str) {
    let Err(problems) = parse(text) else { return };
    assert!(!problems.list.is_empty());
    let _ = problems.to_string();
    let lines: Vec<&str> = text.split('\n').collect();
    for problem in &problems.list {
        let span = problem.span.expect("every problem of a text has a place");
        let line = lines.get(span.line as usize - 1).unwrap_or_else(|| panic!("{problem:?}"));
        assert!((span.column + span.len) as usize <= line.chars().count() + 1, "{problem:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_spec_or_has_problems(text in "\\PC{0,80}", bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        holds_for(&text);
        holds_for(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn yaml_like_text_is_a_spec_or_has_problems(text in "([a-z]{1,2}|: |- |\\n|  |\\{|\\}|\\[|\\]|, |'|\"|\\||>|#|&a|\\*a|<<|\\\\|\\t|é|\r|!){0,60}") {
        holds_for(&text);
    }

    #[test]
    fn a_damaged_spec_has_problems_within_the_file(
        at in 0.0..1.0_f64, n_removed in 0_usize..40,
        inserted in "([a-z]{1,2}|: |- |\\n|  |\\{|\\}|\\[|\\]|, |'|\"|\\||>|#|\\$\\{|\\)|\\(|;|é|\t){0,3}",
    ) {
        let chars: Vec<char> = FLIGHTS.chars().collect();
        let start = (at * chars.len() as f64) as usize;
        let end = (start + n_removed).min(chars.len());
        let text: String = chars[..start].iter().copied().chain(inserted.chars()).chain(chars[end..].iter().copied()).collect();
        holds_for(&text);
    }
}
