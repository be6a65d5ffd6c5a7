//! Problems of whole specs: their places, their texts and their helps.

use super::*;

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
fn a_sensitive_feature_is_no_key() {
    let text = format!("{SMALL}    sensitive: true\n").replace("keys: [id]", "keys: [id, x]");
    let wanted = "\
error: the key `x` is a sensitive feature, and reports show keys
  --> dir/s.yaml:2:12
  |
2 | keys: [id, x]
  |            ^
  = help: hash it under another name on both sides, as in `columns: {x_hash: \"sha256(cast(x AS varchar))\"}`; make that the key
";
    assert_eq!(rendered(&text), wanted);
    assert!(parse(&text.replace("sensitive: true", "sensitive: false")).is_ok());
    assert!(parse(&text.replace("keys: [id, x]", "keys: [id, X]")).is_ok());
}

#[test]
fn a_help_says_what_to_write() {
    for (key, help) in [
        ("tolerance: 5%", "write `{rel: 0.05}`"),
        ("tolerance: 0.5", "write `{abs: 0.5}`"),
        ("tolerance: -1", "a tolerance cannot be negative: `{abs: 1}`"),
        ("tolerance: -5%", "a tolerance cannot be negative: `{rel: 0.05}`"),
        ("tolerance: .inf", "a tolerance is a finite number: `{abs: 0.5}`"),
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
        (
            "recorded: {online: a}",
            "add `recorded: {offline: …}`, or an `expr` (its own column is `expr: x`) to compare what is served with what \
             the spec computes",
        ),
        (
            "recorded: {offline: a}",
            "add `recorded: {online: …}`, or an `expr` (its own column is `expr: x`) to compare what is stored with what \
             the spec computes",
        ),
        ("description: 'a' b", "quote the text as a whole"),
    ] {
        let shown = rendered(&format!("{SMALL}    {key}\n"));
        assert!(shown.lines().any(|line| line.contains("= help: ") && line.contains(help)), "{key}: {shown}");
    }
    for (side, name) in [
        ("{tables: {a: a.csv}, query: SELECT id, idd, b FROM a}", "unknown key `idd` in a side"),
        ("{tables: {a: a.csv}, query: SELECT id, idd, b FROM a}", "unknown key `b FROM a` in a side"),
        ("{tables: {a: a.csv}, columns: {x: coalesce(a, 0), y: b}}", "`0)` has no value"),
    ] {
        let shown = rendered(&SMALL.replace("offline: a.csv", &format!("offline: {side}")));
        let problem = shown.split("\n\n").find(|problem| problem.contains(name)).unwrap_or_else(|| panic!("{shown}"));
        let help = "= help: a comma ends an unquoted text inside `{…}`: put the text in quotes";
        assert!(problem.trim_end().ends_with(help), "{problem}");
    }
    for no_rest in ["offline: {expr: a, exp: b}", "missing: {nan: true, empt}"] {
        assert!(!rendered(&format!("{SMALL}    {no_rest}\n")).contains("a comma ends"), "{no_rest}");
    }
    let quoted = SMALL.replace("name: x", "name: \"it's \\\"a\\\"\"\n    recorded: {online: a}");
    let shown = rendered(&quoted);
    assert!(shown.contains(r#"is `expr: '"it''s ""a"""'`)"#), "{shown}");
    assert!(parse(&quoted.replace("    recorded", "    expr: '\"it''s \"\"a\"\"\"'\n    recorded")).is_ok());
    let own = format!("{SMALL}    offline: {{expr: a}}\n    recorded: {{online: b}}\n");
    assert!(parse(&own).is_ok());
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
        ("categories: [1, DE]", "9:21:2 `DE` is no value of type `float64`"),
        ("missing: {sentinels: [\"-1\", none]}", "9:33:4 `none` is no value of type `float64`"),
        ("expr: [a, b]", "9:11:6 `expr` must be an SQL text, not a list"),
        ("expr:", "9:9:0 `expr` has no value"),
        (
            "expr: \"a \\\" + ) \"",
            "9:14:1 the expression of feature `x` is not valid SQL: Expected close delimiter '\"' before EOF.",
        ),
        ("offline: {exp: a}", "9:14:8 `expr` is missing in a side of feature"),
        ("recorded: {}", "9:15:2 `recorded` is empty"),
        (
            "recorded: {online: a}",
            "9:5:8 feature `x` has no `expr` and is recorded on the online side only: there is nothing to compare",
        ),
        ("recorded: {online: a b}", "9:26:1 the recorded online value of feature `x` is more than one expression"),
        ("gate: {max_mismatch_rate: 1.5}", "9:31:3 `max_mismatch_rate` must be a number from 0 to 1, not 1.5"),
        ("gate: {confidence: 95%}", "9:24:3 `confidence` must be a number from 0 to 1, not a text"),
        ("gate: {min_compared_rows: -1}", "9:31:2 `min_compared_rows` must be a whole number, 0 or more, not -1"),
        ("compare: {unicode: NFC}", "9:24:3 `unicode` must be `none`, `nfc` or `nfkc`, not `NFC`"),
        ("compare: {trim: false, case: ignore}", "9:28:4 `case` is for texts, and the type is `float64`"),
        ("compare: {order: ignore}", "9:15:5 `order` is for lists, and the type is `float64`"),
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
        (
            "align: {event_time: {as_of: {}}, duplicates: multiset}",
            "9:46:8 `duplicates: multiset` cannot be combined with `as_of`",
        ),
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
    for (data_type, options, wanted) in [
        ("list<int64>", "{trim: true, order: ignore}", "9:15:4 `trim` is for texts, and the type is `list<int64>`"),
        ("string", "{collapse: true, order: ignore}", "9:31:5 `order` is for lists, and the type is `string`"),
        ("binary", "{unicode: nfc}", "9:15:7 `unicode` is for texts, and the type is `binary`"),
    ] {
        let text = SMALL.replace("float64", &format!("{data_type}\n    compare: {options}"));
        assert_eq!(places(parse(&text)), [wanted], "{data_type}");
    }
    for data_type in ["list<string>", "\"struct<a: list<string>>\""] {
        let all = "{case: ignore, trim: true, collapse: true, unicode: nfkc, order: ignore}";
        let text = SMALL.replace("float64", &format!("{data_type}\n    compare: {all}"));
        assert_eq!(places(parse(&text)), [""; 0], "{data_type}");
    }
    for options in ["{case: exact, trim: false, collapse: false, unicode: none, order: exact}", "{}"] {
        assert_eq!(places(parse(&format!("{SMALL}    compare: {options}\n"))), [""; 0], "{options}");
    }
    assert_eq!(places(parse("- trueup: 1\n")), ["1:1:11 a spec is a mapping, not a list"]);
}
