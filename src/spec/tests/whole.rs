//! What specs without a problem parse to.

use super::*;

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
  - {name: kept, type: float32, recorded: {offline: a, online: b}}
  - {name: served, expr: served, recorded: {online: b}}
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
    assert!(served.is_computed() && served.recorded.offline.is_none());
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
