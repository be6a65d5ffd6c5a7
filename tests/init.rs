//! A first spec runs as it is, and a check with it finds what was planted.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use trueup::check::{Options, check};
use trueup::engine::{Progress, Resources};
use trueup::init::{InitOptions, init};
use trueup::report::Report;
use trueup::spec::{ParseOptions, PerSide, Source, Spec};

/// Two inputs in a folder, and a spec for them in a folder beside.
struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("a folder can be made");
            std::fs::write(path, text).expect("a file can be written");
        }
        Self { folder }
    }

    async fn first_spec(&self, offline: &str, online: &str, resources: &Resources) -> Result<String, String> {
        let path = |name: &str| self.folder.path().join(name).to_str().expect("the path is UTF-8").to_owned();
        let base = self.folder.path().join("specs");
        let options = InitOptions { offline: path(offline), online: path(online), base, name: Some("case".into()) };
        init(&options, resources, &Progress::default()).await.map_err(|error| error.to_string())
    }

    /// The first spec, without the folder's name, and what a check with it says.
    async fn check(&self, offline: &str, online: &str) -> (String, Report) {
        let text = self.first_spec(offline, online, &Resources::default()).await.expect("a spec can be made");
        let one_thread = Resources { threads: 1, batch_size: 7, ..Resources::default() };
        assert_eq!(
            self.first_spec(offline, online, &one_thread).await.as_ref(),
            Ok(&text),
            "it hangs on threads or batches"
        );
        let report = run(&text, &self.folder.path().join("specs")).await;
        (text.replace(self.folder.path().to_str().expect("the path is UTF-8"), ""), report)
    }
}

async fn run(text: &str, base: &Path) -> Report {
    let source = Source { path: "case.yaml".into(), text: text.into() };
    let options = ParseOptions { paths: PerSide::default(), variable: &|_| None };
    let spec = Spec::parse(source, &options).unwrap_or_else(|problems| panic!("{problems}\n{text}"));
    let report = check(&Arc::new(spec), base, &Options::default(), &Progress::default()).await;
    report.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// How many rows of a feature were compared, and how many of them mismatch.
fn mismatches(report: &Report, feature: &str) -> (u64, u64) {
    let found = report.features.iter().find(|found| found.name == feature);
    let found = found.unwrap_or_else(|| panic!("no feature {feature}"));
    let comparison = found.comparisons.first().expect("a feature has a comparison");
    let counts = &comparison.counts;
    let mismatches = counts.different + counts.missing.iter().sum::<u64>() + counts.nan_null + counts.unconvertible;
    (counts.equal + counts.tolerated + mismatches, mismatches)
}

#[tokio::test]
async fn renamed_and_nested_columns_of_csv_and_json() {
    let mut offline = String::from("order_id,Country,city,amount,qty,day\n");
    let mut online = String::new();
    for n in 0..60 {
        let (country, city) = (["DE", "FR", "US"][n % 3], format!("city {}", n * 7 % 60));
        let _ = writeln!(offline, "{},{country},{city},{}.5,{},2024-01-{:02}", 1000 + n, n, n % 5, n % 28 + 1);
        // Every tenth amount is wrong.
        let amount = if n % 10 == 3 { 100 * n } else { n };
        let _ = writeln!(
            online,
            "{{\"orderId\": \"{}\", \"geo\": {{\"country\": \"{country}\", \"town\": \"{city}\"}}, \
             \"cart\": {{\"amount\": {amount}.5, \"qty\": {}.0, \"order\": {{\"by\": {{\"day\": \"2024-01-{:02}\"}}}}}}}}",
            1000 + n,
            n % 5,
            n % 28 + 1,
        );
    }
    let case = Case::new(&[("data/train.csv", &offline), ("data/log/a.jsonl", &online)]);
    let (text, report) = case.check("data/train.csv", "data/log").await;
    let wanted = "\
# A first spec, written by `trueup init` from what both sides hold. Correct what it guessed.

trueup: 1
name: case

keys: [order_id] # unique on both sides

offline:
  tables:
    offline: /data/train.csv
  columns:
    order_id: CAST(order_id AS VARCHAR)

online:
  tables:
    online: /data/log
  columns:
    order_id: orderId
    Country: geo.country
    city: geo.town # guessed: 100 % of its values also occur offline
    amount: cart.amount
    qty: cart.qty
    day: cart['order']['by']['day']

features:
  - name: Country
    type: string
  - name: city
    type: string
  - name: amount
    type: float64
  - name: qty
    type: int64
  - name: day
    type: string
";
    assert_eq!(text, wanted);
    assert_eq!(report.ledger.online.compared, 60);
    assert_eq!(mismatches(&report, "amount"), (60, 6));
    for feature in ["Country", "city", "qty", "day"] {
        assert_eq!(mismatches(&report, feature), (60, 0), "{feature}");
    }
}

#[tokio::test]
async fn a_composite_key_with_a_date_in_three_columns() {
    let mut offline = String::from("year,month,day,carrier,number,delay\n");
    let mut online = String::from("date,carrier,flight_number,delay\n");
    for n in 0..90 {
        let (day, carrier, number) = (n / 9 + 1, ["AA", "BB", "CC"][n % 3], 100 + 37 * (n % 9 / 3));
        let _ = writeln!(offline, "2024,2,{day},{carrier},{number},{}", n % 7);
        let delay = if n == 40 { String::new() } else { (n % 7).to_string() };
        let _ = writeln!(online, "2024-02-{day:02},{carrier},{number},{delay}");
    }
    let case = Case::new(&[("o.csv", &offline), ("n.csv", &online)]);
    let (text, report) = case.check("o.csv", "n.csv").await;
    // Three numbers are too few to tell by: the number of the flight stays alone, and the key is not unique.
    assert!(text.contains("    date: CAST(make_date(year, month, day) AS VARCHAR)\n"), "{text}");
    assert!(text.contains("keys: [carrier, date] # guessed: the best there is"), "{text}");
    assert_eq!(report.ledger.offline.duplicate, 90, "{text}");

    let renamed = offline.replacen("number", "flight_number", 1);
    let case = Case::new(&[("o.csv", &renamed), ("n.csv", &online)]);
    let (text, report) = case.check("o.csv", "n.csv").await;
    assert!(
        text.contains("keys: [carrier, flight_number, date] # guessed: unique together, on both sides\n"),
        "{text}"
    );
    assert_eq!(report.ledger.online.compared, 90);
    assert_eq!(mismatches(&report, "delay"), (90, 1));
}

#[tokio::test]
async fn duplicates_leave_the_newest_row() {
    let mut offline = String::from("{\"id\": 0, \"ts\": 1700000000000, \"x\": 0.5}\n");
    let mut online = String::from("{\"id\": 0, \"ts\": \"2023-11-14T22:13:20Z\", \"x\": 0.5}\n");
    for n in 1..50 {
        let _ = writeln!(offline, "{{\"id\": {n}, \"ts\": {}, \"x\": {n}.5}}", 1_700_000_000_000u64 + n * 1000);
        let row = format!("{{\"id\": {n}, \"ts\": \"2023-11-14T22:14:{n:02}Z\", \"x\": {n}.5}}\n");
        // A retry, logged twice; all times differ by 40 s.
        online.push_str(&row.repeat(if n == 7 { 2 } else { 1 }));
    }
    let case = Case::new(&[("o.jsonl", &offline), ("n.jsonl", &online)]);
    let (text, report) = case.check("o.jsonl", "n.jsonl").await;
    assert!(text.contains("keys: [id] # guessed: the best there is; 4 % of the online rows"), "{text}");
    assert!(
        text.contains("event_time: ts\n") && text.contains("    ts: to_timestamp_millis(ts)\n  assume_tz: UTC"),
        "{text}"
    );
    assert!(text.contains("  duplicates: latest"), "{text}");
    assert_eq!((report.ledger.online.duplicate, report.ledger.online.compared), (1, 50));
    assert_eq!((mismatches(&report, "ts"), mismatches(&report, "x")), ((50, 49), (50, 0)));
}

#[tokio::test]
async fn odd_names_are_quoted_or_left_out() {
    let names = [
        "Order ID",
        "yes",
        "1",
        "a.b",
        "it's \\\"x\\\"",
        "null",
        "größe: m",
        "select",
        "bell\\u0007",
        "# no",
        "${HOME}",
    ];
    let rows = |skew: usize| {
        (0..30).fold(String::new(), |mut text, n| {
            let fields = names.iter().enumerate().map(|(at, name)| {
                let value = if at == 0 { n } else { n % (at + 2) + if n == 9 { skew } else { 0 } };
                format!("\"{name}\": {value}")
            });
            let _ = writeln!(text, "{{{}}}", fields.collect::<Vec<_>>().join(", "));
            text
        })
    };
    let case = Case::new(&[("o.jsonl", &rows(0)), ("n.jsonl", &rows(1))]);
    let (text, report) = case.check("o.jsonl", "n.jsonl").await;
    assert!(text.contains("keys: [\"Order ID\"]"), "{text}");
    assert!(
        text.contains("# Left out offline, since a name is empty or has control characters: \"bell\\u{7}\"\n"),
        "{text}"
    );
    let found: Vec<&str> = report.features.iter().map(|feature| feature.name.as_str()).collect();
    assert_eq!(found, ["yes", "1", "a.b", "it's \"x\"", "null", "größe: m", "select", "# no", "${HOME}"]);
    for feature in found {
        assert_eq!(mismatches(&report, feature), (30, 1), "{feature}");
    }
}

#[tokio::test]
async fn many_columns_partitions_and_an_empty_side() {
    let header: Vec<String> = (0..300).map(|column| format!("f{column}")).collect();
    let table = |skew: usize| {
        (0..20).fold(format!("id,{}\n", header.join(",")), |mut text, n| {
            let values =
                (0..300).map(|column| (n * column % 11 + if (n, column) == (5, 299) { skew } else { 0 }).to_string());
            let _ = writeln!(text, "{n},{}", values.collect::<Vec<_>>().join(","));
            text
        })
    };
    let case = Case::new(&[
        ("o/day=1/a.csv", &table(0)),
        ("n/day=1/a.csv", &table(1)),
        ("empty.csv", "id,f0\n"),
        ("other.csv", "w^v\n1^2\n"),
    ]);
    let (text, report) = case.check("o", "n").await;
    assert!(text.contains("keys: [id] # unique on both sides\n") && text.contains("  - name: day\n"), "{text}");
    assert_eq!(
        (report.features.len(), mismatches(&report, "f299"), mismatches(&report, "f298")),
        (301, (20, 1), (20, 0))
    );

    let no_rows = case.first_spec("o", "empty.csv", &Resources::default()).await.expect_err("there is no row");
    assert!(
        no_rows.starts_with("cannot write a first spec: the online input") && no_rows.ends_with("has no rows"),
        "{no_rows}"
    );
    let nothing = case.first_spec("other.csv", "o", &Resources::default()).await.expect_err("nothing is in common");
    let wanted = "the sides have no column in common: offline has `w^v`; online has `id`, `f0`, ";
    assert!(nothing.contains(wanted) && nothing.ends_with("and 282 more"), "{nothing}");
    let missing = case.first_spec("no.csv", "o", &Resources::default()).await.expect_err("there is no file");
    assert!(missing.starts_with("cannot read offline input"), "{missing}");
}

#[tokio::test]
async fn the_delimiter_is_told_from_the_header() {
    let comma: String = (0..30).fold("id,city,amount\n".into(), |text, n| text + &format!("{n},c{},{n}.5\n", n % 7));
    let wrong = comma.replace("\n9,c2,9.5\n", "\n9,c2,8.5\n");
    let quoted = wrong.replacen("id,city,amount", "\"id\",\"city\",\"amount\"", 1);
    let mut files = vec![("comma.csv", comma.clone()), ("part/day=1/a.csv", comma.replace(',', ";"))];
    for (name, delimiter) in [("semicolon.csv", ";"), ("tab.csv", "\t"), ("pipe.csv", "|"), ("semicolon.tsv", ";")] {
        files.push((name, wrong.replace(',', delimiter)));
    }
    files.push(("quoted.csv", quoted.replace(',', ";")));
    files.push(("renamed.csv", wrong.replacen("id,", "Id,", 1).replace(',', "|")));
    files.push(("header|odd.csv", wrong.replacen("amount", "amount|eur", 1)));
    let case = Case::new(&files.iter().map(|(name, text)| (*name, text.as_str())).collect::<Vec<_>>());
    for (name, delimiter) in [
        ("semicolon.csv", "\";\""),
        ("tab.csv", "\"\\t\""),
        ("pipe.csv", "\"|\""),
        ("semicolon.tsv", "\";\""),
        ("quoted.csv", "\";\""),
    ] {
        let (text, report) = case.check("comma.csv", name).await;
        let table = format!(
            "\noffline: /comma.csv\n\nonline:\n  tables:\n    online:\n      path: /{name}\n      \
             options: {{delimiter: {delimiter}}}\n\nfeatures:\n"
        );
        assert!(text.contains("keys: [id]") && text.contains(&table), "{text}");
        assert_eq!((mismatches(&report, "amount"), mismatches(&report, "city")), ((30, 1), (30, 0)), "{name}");
    }
    let (text, report) = case.check("part", "renamed.csv").await;
    assert!(text.contains("      options: {delimiter: \"|\"}\n  columns:\n    id: Id\n"), "{text}");
    assert!(text.contains("      path: /part\n      options: {delimiter: \";\"}\n"), "{text}");
    assert_eq!(mismatches(&report, "amount"), (30, 1));
    let (text, _) = case.check("comma.csv", "header|odd.csv").await;
    assert!(!text.contains("delimiter"), "{text}");
}

#[tokio::test]
async fn the_flights_example_runs() {
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let folder = |name: &str| format!("{}/fixtures/flights/{name}", env!("CARGO_MANIFEST_DIR"));
    let (offline, online) = (folder("offline/flights.parquet"), folder("captures/faithful"));
    let options = InitOptions { offline, online, base: base.clone(), name: None };
    let text = init(&options, &Resources::default(), &Progress::default()).await.expect("a spec can be made");
    assert!(text.contains("\nkeys: [carrier, flight, date] # guessed: unique together, on both sides\n"), "{text}");
    for column in [
        "date: CAST(make_date(year, month, day) AS VARCHAR)",
        "flight: flight.number # guessed: 100 % of its values also occur offline",
        "dest: route.dest.faa # guessed: 100 % of its values also occur offline",
        "recent_delays: history.dep_delays # guessed: 100 % of its values also occur offline",
        "distance_z: features.distance_z",
        "event_time: flight.scheduled_departure",
    ] {
        assert!(text.contains(&format!("    {column}\n")), "{column}\n{text}");
    }
    let report = run(&text, &base).await;
    // README of the fixture: 3560 requests and 48 health checks.
    let online = report.ledger.online;
    assert_eq!((online.read, online.null_key, online.compared), (3608, 48, 3560));
    for feature in ["origin", "dest", "distance", "recent_delays", "distance_z"] {
        assert_eq!(mismatches(&report, feature), (3560, 0), "{feature}");
    }

    // Eleven requests were logged twice: nothing is unique, and the key is the same.
    let options = InitOptions { online: folder("captures/skewed"), ..options };
    let text = init(&options, &Resources::default(), &Progress::default()).await.expect("a spec can be made");
    assert!(text.contains("\nkeys: [carrier, flight, date] # guessed: the best there is; under 1 %"), "{text}");
    assert!(text.contains("\n  duplicates: latest #"), "{text}");
}
