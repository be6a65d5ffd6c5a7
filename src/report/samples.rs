//! Reports for tests: one by hand, and hostile ones.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::model::{
    Comparison, Counts, Diagnosis, Evidence, Feature, Fields, Finding, FindingKind, Ledger, MismatchCode, Repair,
    Report, SCHEMA, Sample, SpecRef, Stage, Tool, Verdict,
};
use crate::gate;
use crate::spec::{PerSide, Severity, Side};

/// Returns a comparison with a budget of 0.
pub fn comparison(stage: Stage, mismatches: u64, compared: u64) -> Comparison {
    let counts = Counts { equal: compared - mismatches, different: mismatches, ..Counts::default() };
    Comparison {
        name: stage,
        verdict: gate::judge(mismatches, compared, 0.0, 1, None).verdict,
        counts,
        mismatch_rate_upper: None,
        max_mismatch_rate: 0.0,
        diagnoses: Vec::new(),
        slices: Vec::new(),
        onset: None,
        samples: Vec::new(),
    }
}

/// Returns a comparison with one sample.
pub fn differing(stage: Stage, mismatches: u64, compared: u64, values: [Value; 2]) -> Comparison {
    let sample = Sample { key: key(), values, code: MismatchCode::Different };
    Comparison { samples: vec![sample], ..comparison(stage, mismatches, compared) }
}

pub fn key() -> Fields {
    let parts = [("flight_date", json!("2013-03-09")), ("carrier", json!("UA")), ("flight", json!(15))];
    Fields(parts.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

pub fn feature(name: &str, comparisons: Vec<Comparison>) -> Feature {
    Feature {
        name: name.to_owned(),
        data_type: Some("float64".to_owned()),
        unit: None,
        severity: Severity::Error,
        sensitive: false,
        stage: None,
        error: None,
        comparisons,
    }
}

/// Returns a report with these features and the findings that they make.
pub fn report(features: Vec<Feature>) -> Report {
    let mut findings = Vec::new();
    for feature in &features {
        for comparison in &feature.comparisons {
            let kind = match comparison.verdict {
                Verdict::Consistent => continue,
                Verdict::Inconclusive => FindingKind::Inconclusive,
                Verdict::Inconsistent => FindingKind::Mismatch,
                Verdict::Error => FindingKind::Error,
            };
            findings.push(Finding {
                feature: Some(feature.name.clone()),
                comparison: Some(comparison.name),
                count: Some(comparison.counts.mismatches()),
                rate: comparison.counts.mismatch_rate(),
                ..Finding::new(kind, feature.severity, format!("feature `{}` differs", feature.name.escape_debug()))
            });
        }
    }
    let text = |text: &str| text.to_owned();
    Report {
        schema: SCHEMA,
        tool: Tool { version: text("0.1.0"), datafusion: text("55.2.0") },
        spec: SpecRef { name: text("flights_delay"), path: text("specs/flights.yaml"), sha256: text("ab") },
        limit: None,
        verdict: gate::overall(&findings),
        ledger: PerSide {
            offline: Ledger {
                read: 13_101,
                filtered: 640,
                duplicate: 11,
                unmatched: 9163,
                compared: 3287,
                ..Ledger::default()
            },
            online: Ledger {
                read: 3420,
                unreadable: 1,
                filtered: 48,
                duplicate: 22,
                unmatched: 62,
                compared: 3287,
                ..Ledger::default()
            },
        },
        findings,
        features,
    }
}

/// Returns text as production and its enemies write it: controls, bidi, wide, combining, markup, very long.
pub fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{0,12}",
        2 => prop::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter),
        3 => prop::sample::select(vec![
            "\u{1b}[31m", "\r\n", "\u{202e}", "\u{200d}", "東京都", "👩\u{200d}🚀", "e\u{301}", "🇩🇪", "|", "`", "``", "<b>",
            "</details>", "@everyone", "#1", "[x](y)", "**", "  ", "\\", "\\|", "&amp;", "http://a.b", "\u{0}", "---",
        ]).prop_map(str::to_owned),
        1 => "[a-z]{100,200}",
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn hostile_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        hostile_text().prop_map(Value::from),
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        prop::collection::vec(hostile_text(), 0..4).prop_map(Value::from),
    ]
}

fn hostile_key() -> impl Strategy<Value = Fields> {
    prop::collection::vec((hostile_text(), hostile_value()), 0..4).prop_map(Fields)
}

fn hostile_comparison(stage: Stage) -> impl Strategy<Value = Comparison> {
    let codes = [
        MismatchCode::Different,
        MismatchCode::MissingFirst,
        MismatchCode::MissingSecond,
        MismatchCode::NanNull,
        MismatchCode::Unconvertible,
    ];
    let sample = (hostile_key(), [hostile_value(), hostile_value()], prop::sample::select(codes.to_vec()))
        .prop_map(|(key, values, code)| Sample { key, values, code });
    let counts = prop::array::uniform7(prop_oneof![Just(0), 0u64..5, 0..u64::MAX / 8]);
    (counts, prop::collection::vec(sample, 0..3)).prop_map(move |(counts, samples)| {
        let [equal, tolerated, different, first, second, nan_null, unconvertible] = counts;
        let counts = Counts { equal, tolerated, different, missing: [first, second], nan_null, unconvertible };
        let verdict = gate::judge(counts.mismatches(), counts.compared(), 0.0, 1, None).verdict;
        Comparison { counts, verdict, samples, ..comparison(stage, 0, 0) }
    })
}

fn hostile_feature() -> impl Strategy<Value = Feature> {
    (
        hostile_text(),
        (hostile_comparison(Stage::Inputs), hostile_comparison(Stage::Serving), 0usize..3),
        prop::option::weighted(0.1, hostile_text()),
        prop::option::of(prop::sample::select(Stage::ALL.to_vec())),
        (any::<bool>(), prop::option::of(prop::sample::select(vec!["string", "int64", "list<string>"]))),
    )
        .prop_map(|(name, (inputs, serving, n_comparisons), error, stage, (warn, data_type))| {
            let comparisons = [inputs, serving].into_iter().take(n_comparisons).collect();
            let severity = if warn { Severity::Warn } else { Severity::Error };
            let data_type = data_type.map(str::to_owned);
            Feature { error, stage, severity, data_type, ..feature(&name, comparisons) }
        })
}

fn hostile_finding() -> impl Strategy<Value = Finding> {
    let evidence = prop_oneof![
        (hostile_key(), any::<u64>())
            .prop_map(|(key, rows)| Evidence::Key { key, rows: PerSide { offline: rows, online: 0 } }),
        (hostile_text(), prop::option::of(any::<u64>()), hostile_text())
            .prop_map(|(file, line, reason)| { Evidence::Record { file, line, reason } }),
        (hostile_value(), any::<u64>(), hostile_key()).prop_map(|(value, rows, key)| Evidence::Value {
            value,
            rows,
            key
        }),
    ];
    let kinds: Vec<FindingKind> = FindingKind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, FindingKind::Mismatch | FindingKind::Baseline))
        .collect();
    (
        prop::sample::select(kinds),
        hostile_text(),
        prop::option::of(hostile_text()),
        (prop::option::of(any::<u64>()), prop::option::of(0.0f64..=1.0)),
        (any::<bool>(), prop::option::of(prop::sample::select(Side::BOTH.to_vec()))),
        prop::collection::vec(evidence, 0..3),
    )
        .prop_map(|(kind, message, help, (count, rate), (warn, side), samples)| {
            let severity = if warn { Severity::Warn } else { Severity::Error };
            Finding { help, count, rate, side, samples, ..Finding::new(kind, severity, message) }
        })
}

pub fn hostile_report() -> impl Strategy<Value = Report> {
    let rows = || prop_oneof![Just(0), any::<u64>()];
    let ledger = (rows(), rows(), rows()).prop_map(|(read, null_key, unmatched)| Ledger {
        read,
        null_key,
        unmatched,
        ..Ledger::default()
    });
    (
        hostile_text(),
        [ledger.clone(), ledger],
        prop::collection::vec(hostile_feature(), 0..6),
        prop::collection::vec(hostile_finding(), 0..4),
    )
        .prop_map(|(name, [offline, online], mut features, mut findings)| {
            for (idx, feature) in features.iter_mut().enumerate() {
                feature.name += &idx.to_string();
            }
            let mut report = report(features);
            report.spec.name = name;
            report.ledger = PerSide { offline, online };
            report.findings.append(&mut findings);
            report.verdict = gate::overall(&report.findings);
            report
        })
}

/// Returns a report like that of the flights example: what differs, warns, agrees, and a diagnosis.
pub fn flights() -> Report {
    let text = Some("string".to_owned());
    let inputs = |mismatches, offline, online| differing(Stage::Inputs, mismatches, 3287, [offline, online]);
    let mut gust = inputs(3287, json!(23.0), json!(20.0));
    gust.counts = Counts { different: 1276, missing: [2011, 0], ..Counts::default() };
    let missing = Sample { key: key(), values: [Value::Null, json!(-1.0)], code: MismatchCode::MissingFirst };
    gust.samples.insert(0, missing);
    let mut wind = inputs(3242, json!(11.5078), json!(10.0));
    wind.diagnoses.push(Diagnosis {
        mechanism: "unit-scale-named".to_owned(),
        family: "unit".to_owned(),
        summary: "online = offline / 1.15078 (mile per hour → knot)".to_owned(),
        parameters: Fields::default(),
        explained: 3242,
        unexplained: 0,
        damaged: 0,
        scope: None,
        equivalent: Vec::new(),
        repair: Some(Repair {
            side: Side::Online,
            expr: "value * 1.15078".to_owned(),
            feature_expr: "(wind) * 1.15078".to_owned(),
            verified: true,
        }),
        advice: None,
    });
    let mut pressure = inputs(152, json!("1012.5"), json!("unknown"));
    pressure.counts = Counts { equal: 3135, unconvertible: 152, ..Counts::default() };
    pressure.samples[0].code = MismatchCode::Unconvertible;
    let serving = Comparison {
        samples: vec![Sample { key: key(), values: [json!(7), json!(2)], code: MismatchCode::Different }],
        ..comparison(Stage::Serving, 1176, 3371)
    };
    let carrier = Feature {
        stage: Some(Stage::Serving),
        ..feature("carrier_idx", vec![comparison(Stage::Inputs, 0, 3287), serving])
    };
    let [first, second] = ["United Air Lines Inc.", "UNITED AIR LINES INC."].map(Value::from);
    let predicted = differing(Stage::EndToEnd, 3286, 3287, [json!(-3.25), json!(1.5)]);
    let mut features = vec![
        feature("dep_hour", vec![inputs(3287, json!(13), json!(8))]),
        Feature { data_type: text.clone(), ..feature("airline", vec![inputs(1169, first, second)]) },
        Feature { data_type: text, ..feature("city", vec![inputs(1, json!("Zürich"), json!("Zu\u{308}rich"))]) },
        carrier,
        feature("wind_gust", vec![gust]),
        feature("wind_speed", vec![wind]),
        feature("pressure", vec![pressure]),
        Feature { severity: Severity::Warn, ..feature("predicted_delay", vec![predicted]) },
    ];
    let mut within = comparison(Stage::Inputs, 3, 3287);
    (within.max_mismatch_rate, within.verdict) = (0.01, Verdict::Consistent);
    features.push(feature("temp_c", vec![within]));
    let agree = ["sched_dep_at", "day_of_week", "origin", "origin_onehot", "dest_bucket", "tailnum", "lat_diff"];
    features.extend(agree.map(|name| feature(name, vec![comparison(Stage::Inputs, 0, 3287)])));

    let mut report = report(features);
    let record = |file: &str, line, reason: &str| Evidence::Record {
        file: file.to_owned(),
        line: Some(line),
        reason: reason.to_owned(),
    };
    report.findings.insert(
        0,
        Finding {
            side: Some(Side::Online),
            count: Some(1),
            rate: Some(1.0 / 3420.0),
            help: Some(
                "repair the file, or allow a share of such records with `gate: {max_unreadable_rate: …}`".to_owned(),
            ),
            samples: vec![record("captures/skewed/2013-03-13.jsonl.gz", 520, "EOF while parsing a string")],
            ..Finding::new(
                FindingKind::Unreadable,
                Severity::Error,
                "1 record of the online side cannot be read, over the budget of 0 %",
            )
        },
    );
    report.findings.insert(
        0,
        Finding {
            side: Some(Side::Offline),
            help: Some("say the zone of the offline side's times: `offline: {assume_tz: Europe/Berlin}`".to_owned()),
            ..Finding::new(
                FindingKind::Timezone,
                Severity::Warn,
                "column `sched`: the offline side's times have no zone and were read as UTC",
            )
        },
    );
    report.verdict = gate::overall(&report.findings);
    report
}

/// Returns a report of which one feature could not be computed everywhere.
pub fn unchecked() -> Report {
    let error = "fails in 3 rows of the online side, as in flight 15: division by zero".to_owned();
    let features = vec![
        Feature { error: Some(error), ..feature("speed", vec![comparison(Stage::Inputs, 0, 3284)]) },
        feature("origin", vec![comparison(Stage::Inputs, 0, 3287)]),
    ];
    let mut report = report(features);
    report.findings.push(Finding {
        feature: Some("speed".to_owned()),
        ..Finding::new(FindingKind::Error, Severity::Error, "feature `speed` fails in 3 rows")
    });
    report.verdict = gate::overall(&report.findings);
    report
}

/// Returns a report on two data sets that have no key in common.
pub fn inconclusive() -> Report {
    let mut report = report(vec![
        feature("speed", vec![comparison(Stage::Inputs, 0, 0)]),
        feature("origin", vec![comparison(Stage::Inputs, 0, 0)]),
    ]);
    report.ledger = PerSide {
        offline: Ledger { read: 100, unmatched: 100, ..Ledger::default() },
        online: Ledger { read: 40, unmatched: 40, ..Ledger::default() },
    };
    report.findings = vec![
        Finding {
            help: Some("the ledger shows where the rows went; `gate: {min_compared_rows: …}` is the limit".to_owned()),
            count: Some(0),
            ..Finding::new(FindingKind::Inconclusive, Severity::Error, "no rows were compared")
        },
        Finding {
            count: Some(40),
            samples: vec![Evidence::Key { key: key(), rows: PerSide { offline: 0, online: 1 } }],
            ..Finding::new(
                FindingKind::KeyFormat,
                Severity::Warn,
                "40 of 40 unmatched keys would match after trimming: key `carrier` is \"UA\" offline and \"UA \" online",
            )
        },
    ];
    report.verdict = gate::overall(&report.findings);
    report
}

/// Compares `text` with a file beside this one; `UPDATE=1` writes it.
pub fn snapshot(name: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/snapshots").join(name);
    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(&path, text).expect("a file of the sources");
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(wanted == text, "{name} is not as it was; UPDATE=1 accepts this:\n{text}");
}
