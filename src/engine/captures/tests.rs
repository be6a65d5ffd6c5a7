//! The rules of the module's doc, each on a file that is small enough to read.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::prelude::{SessionContext, col};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::functions;
use super::testing::{Read, contents, csv, json_value, read, write};
use super::{CaptureError, CsvOptions, Format, JSON_KEY, JSON_KINDS, JSON_MIXED, JSON_SCALARS, open, peek};

/// A file, and what is expected of it: schema, rows, unreadable records, each parted by line ends.
struct Case(&'static str, &'static str, &'static str, &'static str);

fn check(format: &Format, cases: &[Case]) {
    for Case(text, schema, rows, unreadable) in cases {
        // A lossless way to write bytes that are no text: \xff stands for itself.
        let bytes = text.replace('\u{ff}', "\u{0}");
        let bytes: Vec<u8> = bytes.bytes().map(|byte| if byte == 0 { 0xff } else { byte }).collect();
        let found = read(&[("f", &bytes)], format.clone()).unwrap_or_else(|error| panic!("{text}: {error}"));
        let unreadable: Vec<String> = unreadable.lines().map(|line| format!("f:{line}")).collect();
        let expected = Read {
            schema: schema.to_string(),
            rows: rows.lines().map(str::to_string).collect(),
            n_unreadable: unreadable.len() as u64,
            unreadable,
        };
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn json_lines_are_read_as_they_are() {
    check(
        &Format::JsonLines,
        &[
            Case("", "", "", ""),
            // Absent, null and empty; order of first appearance; names with dots and escapes.
            Case("{\"b.c\":1}\n{\"a\":\"\",\"b.c\":null}\n", "b.c:int a:text", "[1,null]\n[null,\"\"]", ""),
            Case(r#"{"a\u00e9\"b": 1, " ": 2}"#, "aé\"b:int  :int", "[1,2]", ""),
            Case("{\"a\":null}\n{}", "a:null", "[null]\n[null]", ""),
            // Blank lines, BOMs and CRLF.
            Case("\u{feff}{\"a\":1}\r\n\r\n  \n\u{feff}{\"a\":2}", "a:int", "[1]\n[2]", ""),
            // Numbers keep every digit.
            Case(
                "{\"a\":9007199254740993,\"b\":-9223372036854775808,\"c\":18446744073709551615,\"d\":12345678901234567890123}",
                "a:int b:int c:uint d:decimal0",
                "[9007199254740993,-9223372036854775808,18446744073709551615,\"12345678901234567890123\"]",
                "",
            ),
            Case("{\"a\":9007199254740993}\n{\"a\":1.50}", "a:decimal1", "[\"9007199254740993.0\"]\n[\"1.5\"]", ""),
            Case(
                "{\"a\":[9007199254740993,null,12e-3]}",
                "a:[decimal3]",
                "[[\"9007199254740993.000\",null,\"0.012\"]]",
                "",
            ),
            Case(
                "{\"a\":9007199254740993}\n{\"a\":1.50}\n{\"a\":NaN}",
                "a:text",
                "[\"9007199254740993\"]\n[\"1.50\"]\n[\"NaN\"]",
                "",
            ),
            Case("{\"a\":9007199254740992}\n{\"a\":1.50}", "a:float", "[9007199254740992.0]\n[1.5]", ""),
            Case("{\"a\":-1}\n{\"a\":18446744073709551615}", "a:decimal0", "[\"-1\"]\n[\"18446744073709551615\"]", ""),
            Case("{\"a\":1e999}\n{\"a\":1}", "a:text", "[\"1e999\"]\n[\"1\"]", ""),
            Case("{\"a\":-0}\n{\"a\":18446744073709551615}", "a:uint", "[0]\n[18446744073709551615]", ""),
            Case("{\"a\":-0}\n{\"a\":0}", "a:int", "[0]\n[0]", ""),
            Case("{\"a\":-0}\n{\"a\":0.0}", "a:float", "[-0.0]\n[0.0]", ""),
            Case(
                "{\"a\":NaN}\n{\"a\":Infinity}\n{\"a\":-Infinity}\n{\"a\":1}",
                "a:float",
                "[\"NaN\"]\n[\"inf\"]\n[\"-inf\"]\n[1.0]",
                "",
            ),
            // Several kinds become text, as the file has it.
            Case(
                "{\"a\":\"x\\n\"}\n{\"a\":1.50}\n{\"a\":true}\n{\"a\":{\"b\": [1,\"\\u00e9\"]}}\n{\"a\":null}\n{\"a\":NaN}",
                "a:text",
                "[\"x\\n\"]\n[\"1.50\"]\n[\"true\"]\n[\"{\\\"b\\\": [1,\\\"\\\\u00e9\\\"]}\"]\n[null]\n[\"NaN\"]",
                "",
            ),
            // Nesting: fields and items are united, too.
            Case(
                "{\"a\":{\"b\":1}}\n{\"a\":{\"c\":[{\"d\":1},{\"e\":null},null]}}\n{\"a\":null}\n{\"a\":{\"c\":[]}}",
                "a:{b:int c:[{d:int e:null}]}",
                "[{\"b\":1}]\n[{\"c\":[{\"d\":1},{},null]}]\n[null]\n[{\"c\":[]}]",
                "",
            ),
            Case("{\"a\":[1,\"x\"],\"b\":[],\"c\":{}}", "a:[text] b:[null] c:{}", "[[\"1\",\"x\"],[],{}]", ""),
            Case("{\"a\":[[1,2],[]]}\n{\"a\":[[0.5]]}", "a:[[float]]", "[[[1.0,2.0],[]]]\n[[[0.5]]]", ""),
            Case(r#"{"a":"\ud83d\ude00\u0000\/\\\"\b\f\t\r"}"#, "a:text", r#"["😀\u0000/\\\"\b\f\t\r"]"#, ""),
            // Of a repeated field the last counts, for the type as well.
            Case("{\"a\":\"x\",\"b\":0,\"a\":1,\"\\u0061\":2}", "a:int b:int", "[2,0]", ""),
            // A bad record leaves no trace but its line.
            Case(
                "{\"z\":1,\"a\":}\n{\"a\":1}\n[1]\n{\"a\":\"\u{ff}\"}\n{\"a\":\"\\ud800\"}\n\n{\"a\":2}{\"a\":3}\n{\"a\":4",
                "a:int",
                "[1]",
                "1: a value is expected at column 12\n3: it is a list, not an object\n4: it has invalid UTF-8 at its byte 7\n\
                 5: `\\ud800` is half of a surrogate pair at column 7\n\
                 7: something follows the end of the record at column 8\n8: the record breaks off at column 7",
            ),
        ],
    );
}

#[test]
fn texts_that_had_several_kinds_say_so_outside_of_lists() {
    let text = r#"{"u":{"n":1},"l":[1],"k":[1],"t":"x","s":{"m":[1],"p":1.5},"i":[{"a":1},"x"]}
{"u":"timeout","l":{"n":1},"k":[2],"t":5,"s":{"m":"x","p":"y"},"i":[],"j":[true,"x",null,2],"o":1e999,"q":"5"}"#;
    let (_folder, files) = write(&[("f", text.as_bytes())]);
    let capture = open(files, Format::JsonLines, Arc::new(AtomicU64::new(0))).unwrap();
    fn marked(field: &Field, path: &str, found: &mut Vec<String>) {
        let path = format!("{path}/{}", field.name());
        if let Some(value) = field.metadata().get(JSON_KEY) {
            let kinds = &field.metadata()[JSON_KINDS];
            assert!([JSON_MIXED, JSON_SCALARS].contains(&value.as_str()));
            assert_eq!(field.data_type(), &DataType::Utf8);
            found.push(format!("{path} {value}: {kinds}"));
        }
        match field.data_type() {
            DataType::Struct(fields) => fields.iter().for_each(|field| marked(field, &path, found)),
            DataType::List(item) => marked(item, &path, found),
            _ => {}
        }
    }
    let mut found = Vec::new();
    capture.schema.fields().iter().for_each(|field| marked(field, "", &mut found));
    let wanted = [
        "/u mixed: texts, objects",
        "/l mixed: lists, objects",
        "/t scalars: texts, numbers",
        "/s/m mixed: texts, lists",
        "/s/p scalars: texts, numbers",
    ];
    assert_eq!(found, wanted);
    let read = contents(capture);
    assert_eq!(read.schema, "u:text l:text k:[int] t:text s:{m:text p:text} i:[text] j:[text] o:text q:text");
    assert_eq!(
        read.rows[1],
        r#"["timeout","{\"n\":1}",[2],"5",{"m":"x","p":"y"},[],["true","x",null,"2"],"1e999","5"]"#
    );
}

#[tokio::test]
async fn the_mark_of_mixed_texts_goes_through_a_query() {
    let text =
        "{\"id\":1,\"u\":{\"n\":1}}\n{\"id\":2,\"u\":{\"n\":\"x\"}}\n{\"id\":3,\"u\":null}\n{\"id\":4,\"u\":[5]}\n";
    let (_folder, files) = write(&[("f", text.as_bytes())]);
    let ctx = SessionContext::new();
    functions::register(&ctx);
    let capture = open(files, Format::JsonLines, Arc::new(AtomicU64::new(0))).unwrap();
    ctx.register_table("t", capture.into_table()).unwrap();
    let renamed = ctx.table("t").await.unwrap().select(vec![col("u").alias("v")]).unwrap();
    assert_eq!(renamed.schema().as_arrow().field(0).metadata()[JSON_KEY], JSON_MIXED);
    for (sql, expected) in [
        ("SELECT json_field(u, 'n') AS n FROM t WHERE id < 4 ORDER BY id", &["1", "x", "null"][..]),
        ("SELECT max(u) FROM t", &["{\"n\":1}"]),
        ("SELECT u FROM t GROUP BY u ORDER BY u NULLS FIRST LIMIT 2", &["null", "[5]"]),
        ("SELECT DISTINCT a.u FROM t a JOIN t b ON a.u = b.u ORDER BY 1 LIMIT 1", &["[5]"]),
        ("SELECT u FROM t UNION ALL SELECT 'y' ORDER BY u LIMIT 1", &["[5]"]),
        ("SELECT coalesce(u, 'none') FROM t WHERE id = 3", &["none"]),
        ("SELECT CASE WHEN id < 3 THEN u END FROM t ORDER BY id LIMIT 1", &["{\"n\":1}"]),
        ("SELECT last_value(u) OVER (ORDER BY id) FROM t ORDER BY id LIMIT 1", &["{\"n\":1}"]),
        (
            "WITH w AS (SELECT *, row_number() OVER (PARTITION BY u ORDER BY id) AS r FROM t) SELECT u FROM w WHERE r = 1 AND id = 4",
            &["[5]"],
        ),
    ] {
        let batches = ctx.sql(sql).await.unwrap().collect().await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        let texts: Vec<String> = batches
            .iter()
            .flat_map(|batch| (0..batch.num_rows()).map(|row| json_value(batch.column(0), row)))
            .map(|value| value.as_str().map_or("null".to_owned(), str::to_owned))
            .collect();
        assert_eq!(texts, expected, "{sql}");
    }
}

#[test]
fn documents_are_lists_objects_or_sequences() {
    check(
        &Format::Json,
        &[
            Case(" \n", "", "", ""),
            Case("\u{feff}[]", "", "", ""),
            Case("[{\"a\":1},\n {\"a\":\n2 } ]\n", "a:int", "[1]\n[2]", ""),
            Case("{\"a\":\n[1,\n2]}", "a:[int]", "[[1,2]]", ""),
            Case("{\"a\":1}\n{\"a\":\n2}{\"a\":3}[{\"a\":4}]", "a:int", "[1]\n[2]\n[3]\n[4]", ""),
            Case(
                "[{\"a\":1},\n{\"a\":tru},\n7,\"}\",\n[{}],null\n,{\n\n\"a\" 1},{\"a\":\"\u{ff}\"},\n{\"a\":\"]\\\"\"}]",
                "a:text",
                "[\"1\"]\n[\"]\\\"\"]",
                "2: a value is expected at column 6\n3: it is a number, not an object\n3: it is a text, not an object\n\
                 4: it is a list, not an object\n4: it is null, not an object\n\
                 5: `:` is expected after a field name in its line 3, column 5\n7: it has invalid UTF-8 at its byte 7",
            ),
        ],
    );
    for (text, expected) in [
        ("[{\"a\":1}\n", "cannot read `f` beyond line 2: the file ends before its list is closed"),
        ("[{\"a\":1},\n{\"a\":", "cannot read `f` beyond line 2: the file ends inside the record that starts here"),
        ("[{\"a\":1}\n{\"a\":2}]", "cannot read `f` beyond line 2: `,` or `]` is expected after a record"),
        ("[{\"a\":1},\n]", "cannot read `f` beyond line 2: a record is expected"),
        ("[{\"a\":\n[1}]", "cannot read `f` beyond line 2: brackets do not match; its record starts on line 1"),
        (
            "{\"a\":\"x\n\"}",
            "cannot read `f` beyond line 1: a text is not closed on its line; its record starts on line 1",
        ),
        ("<html>", "cannot read `f` beyond line 1: an object or a list of objects is expected"),
        ("{}}", "cannot read `f` beyond line 1: an object or a list of objects is expected"),
    ] {
        assert_eq!(read(&[("f", text.as_bytes())], Format::Json).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn delimited_text_keeps_every_value() {
    check(
        &Format::Csv(csv()),
        &[
            Case("", "", "", ""),
            Case("a,b\n", "a:null b:null", "", ""),
            Case("\u{feff}a,b,\r\n1,x,\r\n\r\n2,,", "a:int b:text column_3:null", "[1,\"x\",null]\n[2,null,null]", ""),
            // Only an empty field without quotes is null.
            Case("a,b\n\"\",1\n,\"2\"\n", "a:text b:int", "[\"\",1]\n[null,2]", ""),
            Case("a\n\"\"\n\n\"\"", "a:text", "[\"\"]\n[\"\"]", ""),
            Case("a,b\n007,1\n7,-0\n", "a:text b:float", "[\"007\",1.0]\n[\"7\",-0.0]", ""),
            Case(
                "a,b,c,d,e\n9007199254740993,18446744073709551615,-9223372036854775808,123456789012345678901,true\n",
                "a:int b:uint c:int d:text e:bool",
                "[9007199254740993,18446744073709551615,-9223372036854775808,\"123456789012345678901\",true]",
                "",
            ),
            Case(
                "a,b\n\"x,\"\"y\"\"\r\n\nz\",2024-01-02\n 5\" , 1\n",
                "a:text b:text",
                "[\"x,\\\"y\\\"\\r\\n\\nz\",\"2024-01-02\"]\n[\" 5\\\" \",\" 1\"]",
                "",
            ),
            Case(
                "a,b\n1\n1,2,3\n\u{ff},1\n4,5\r6\n\"7\"x,8\n\"9\n9\",9\n10,11\n",
                "a:text b:int",
                "[\"9\\n9\",9]\n[\"10\",11]",
                "2: it has 1 field, the header has 2\n3: it has 3 fields, the header has 2\n4: it has invalid UTF-8 at its byte 1\n\
                 5: it has a carriage return outside quotes\n\
                 6: a field goes on after its closing quote; reading goes on with the next line",
            ),
            Case(
                "a,b\n1,\"x\n\n2\",3\n4,y",
                "a:int b:text",
                "[4,\"y\"]",
                "2: it has 3 fields, the header has 2; it spans lines 2 to 4",
            ),
            // A stray quote costs its own line, whether another quote follows or not.
            Case(
                "a,b\n1,\"x\n2,\"y\"\n3,z\n4,\"w\n5,v\n",
                "a:int b:text",
                "[2,\"y\"]\n[3,\"z\"]\n[5,\"v\"]",
                "2: a field goes on after its closing quote; reading goes on with the next line\n\
                 5: it opens a quote that is not closed; reading goes on with the next line",
            ),
        ],
    );
    let options = CsvOptions {
        delimiter: b'\t',
        quote: b'\'',
        escape: Some(b'\\'),
        comment: Some(b'#'),
        header: false,
        null_values: vec!["NA".into(), "-".into()],
    };
    check(
        &Format::Csv(options),
        &[Case(
            "# it's a comment\n1\t'a\\'b\\\\\\n''\t'\tNA\n#\n2\t\t'-'\n3\t4",
            "column_1:int column_2:text column_3:null",
            "[1,\"a'b\\\\n'\\t\",null]\n[2,\"\",null]",
            "5: it has 2 fields, the first record has 3",
        )],
    );
}

#[test]
fn headers_and_options_that_cannot_work_are_errors() {
    let fail = |text: &str, options: CsvOptions| {
        read(&[("f", text.as_bytes())], Format::Csv(options)).unwrap_err().to_string()
    };
    assert_eq!(fail("a,b,a\n1,2,3", csv()), "cannot use the header of `f`: two columns are named `a`");
    assert_eq!(
        fail("a,\"b\n", csv()),
        "cannot use the header of `f`: it opens a quote that is not closed; reading goes on with the next line"
    );
    assert_eq!(
        fail("", CsvOptions { quote: b',', ..csv() }),
        "the delimiter must not be the quote or the escape character, too"
    );
    assert_eq!(
        fail("", CsvOptions { delimiter: 0xa7, ..csv() }),
        "delimiter, quote, escape and comment must be ASCII characters, and no line ends"
    );
}

#[test]
fn files_are_united_by_name_and_partitions_are_columns() {
    let json =
        read(&[("1", b"{\"a\":1}\n"), ("2", b"x\n"), ("3", b"{\"b\":true,\"a\":0.5}\ny")], Format::JsonLines).unwrap();
    assert_eq!(json.schema, "a:float b:bool");
    assert_eq!(json.rows, ["[1.0,null]", "[0.5,true]"]);
    assert_eq!(json.unreadable, ["2:1: a value is expected at column 1", "3:2: a value is expected at column 1"]);

    let texts: &[(&str, &[u8])] = &[("1", b"a,b\n1,2\n"), ("2", b""), ("3", b"b,c,day\nx,3,0\n")];
    let united = read(texts, Format::Csv(csv())).unwrap();
    assert_eq!(united.schema, "a:int b:text c:int day:int");
    assert_eq!(united.rows, ["[1,\"2\",null,null]", "[null,\"x\",3,0]"]);

    let (_folder, mut files) = write(texts);
    let days = ["7", "__HIVE_DEFAULT_PARTITION__", "8"];
    for (file, (day, zone)) in files.iter_mut().zip(days.iter().zip(["1", "1", "01"])) {
        file.partition = vec![("day".into(), day.to_string()), ("zone".into(), zone.to_string())];
    }
    let capture = open(files.clone(), Format::Csv(csv()), Arc::new(AtomicU64::new(0))).unwrap();
    let found = contents(capture);
    assert_eq!(found.schema, "a:int b:text c:int day:int zone:text");
    assert_eq!(found.rows, ["[1,\"2\",null,7,\"1\"]", "[null,\"x\",3,8,\"01\"]"]);

    files[1].partition.pop();
    let error = open(files, Format::Csv(csv()), Arc::new(AtomicU64::new(0))).unwrap_err();
    assert_eq!(error.to_string(), "`1` and `2` lie in folders of different hive partitions");
}

#[test]
fn a_record_over_the_limit_is_unreadable() {
    let long = "x".repeat(5000);
    let lines = format!("{{\"a\":1}}\n{{\"a\":\"{long}\"}}\n{{\"a\":2}}\n");
    let found = read(&[("f", lines.as_bytes())], Format::JsonLines).unwrap();
    assert_eq!(
        (found.rows, found.unreadable),
        (vec!["[1]".into(), "[2]".into()], vec!["f:2: it is longer than 4096 bytes".into()])
    );
    let list = format!("[{{\"a\":1}},\n{{\"a\":\"{long}\"}}]");
    let error = read(&[("f", list.as_bytes())], Format::Json).unwrap_err();
    assert_eq!(error.to_string(), "cannot read `f` beyond line 2: it is longer than 4096 bytes");

    let text = format!("a,b\n1,{long}\n2,\"\n{}\n3,x\n", "4,y\n".repeat(2000));
    let found = read(&[("f", text.as_bytes())], Format::Csv(csv())).unwrap();
    assert_eq!(found.rows.len(), 2001);
    assert_eq!(
        found.unreadable,
        [
            "f:2: it is longer than 4096 bytes",
            "f:3: it opens a quote that is not closed; reading goes on with the next line"
        ]
    );
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_files_are_read_whole_or_are_errors() {
    let lines: String = (0..500).map(|i| format!("{{\"i\":{i},\"h\":\"{:x}\"}}\n", i * 2_654_435_761_u64)).collect();
    let (head, tail) = lines.as_bytes().split_at(1001);
    let plain = read(&[("f", lines.as_bytes())], Format::JsonLines).unwrap();
    assert_eq!(plain.rows.len(), 500);
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    let both = |one: fn(&[u8]) -> Vec<u8>| [one(head), one(tail)].concat();
    for (name, bytes) in [("f.gz", both(gzip)), ("f.jsonl.zst", [zstd(head), zstd(tail)].concat())] {
        assert_eq!(read(&[(name, &bytes)], Format::JsonLines).unwrap(), plain, "{name}");
        let codec = if name.ends_with("gz") { "gzip" } else { "zstd" };
        for length in [1, 10, bytes.len() / 2, bytes.len() - 1] {
            let error = read(&[(name, &bytes[..length])], Format::JsonLines).unwrap_err().to_string();
            let expected = format!("cannot read `{name}`: its {codec} stream breaks off, so the file is cut short");
            assert_eq!(error, expected, "{length} bytes");
        }
        let error = read(&[(name, b"")], Format::JsonLines).unwrap_err().to_string();
        assert_eq!(error, format!("cannot read `{name}`: it is empty, and so no {codec} file"));
        let error = read(&[(name, b"{\"a\":1}\n{\"a\":1}\n{\"a\":1}\n")], Format::JsonLines).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot read `{name}`: it is no valid {codec} file (")), "{error}");
    }

    let bytes_read = Arc::new(AtomicU64::new(0));
    let packed = gzip(lines.as_bytes());
    let (_folder, files) = write(&[("f.gz", &packed), ("g", b"{}")]);
    open(files.clone(), Format::JsonLines, Arc::clone(&bytes_read)).unwrap();
    assert_eq!(bytes_read.load(Ordering::Relaxed), packed.len() as u64 + 2);

    let mut gone = files;
    gone[1].path.set_extension("gone");
    let error = open(gone, Format::JsonLines, bytes_read).unwrap_err();
    assert_eq!(error.to_string(), "cannot open `g`: no such file");
}

#[test]
fn a_peek_reads_the_first_records_of_each_file() {
    let (_folder, files) = write(&[("1", b"{\"a\":1}\nx\n{\"b\":1}\n"), ("2", b"{\"c\":1}\n{\"d\":")]);
    let found = contents(peek(files.clone(), Format::JsonLines, 1).unwrap());
    assert_eq!((found.schema.as_str(), found.rows.len(), found.n_unreadable), ("a:int c:int", 2, 0));
    let found = contents(peek(files, Format::JsonLines, 2).unwrap());
    assert_eq!((found.schema.as_str(), found.rows.len(), found.n_unreadable), ("a:int c:int", 2, 2));
}

#[test]
fn a_file_that_changes_between_the_passes_is_an_error() {
    for (before, after) in
        [("{\"a\":1}\n", "{\"a\":\"x\"}\n"), ("{\"a\":1}\n", "{\"a\":1}\n{\"a\":2}\n"), ("{}\n", "x\n")]
    {
        let (_folder, files) = write(&[("f", before.as_bytes())]);
        let capture = open(files.clone(), Format::JsonLines, Arc::new(AtomicU64::new(0))).unwrap();
        std::fs::write(&files[0].path, after).unwrap();
        let frame = datafusion::prelude::SessionContext::new().read_table(capture.into_table()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let error = runtime.block_on(frame.collect()).unwrap_err();
        assert!(error.to_string().contains("`f` changed while it was read"), "{after}: {error}");
    }
}

/// A value of a column's kind, so that the column keeps it as it is.
fn value_of(kind: u8) -> BoxedStrategy<Value> {
    match kind {
        0 => any::<i64>().prop_map(Value::from).boxed(),
        1 => any::<f64>().prop_filter("JSON has no others", |x| x.is_finite()).prop_map(Value::from).boxed(),
        2 => any::<bool>().prop_map(Value::from).boxed(),
        3 => prop::collection::vec(any::<i32>().prop_map(Value::from), 0..4).prop_map(Value::from).boxed(),
        4 => (any::<u64>(), any::<String>()).prop_map(|(x, y)| json!({"x.y": x, "\"": [{"z": y}]})).boxed(),
        _ => any::<String>().prop_map(Value::from).boxed(),
    }
}

fn records() -> impl Strategy<Value = Vec<Map<String, Value>>> {
    let columns = prop::collection::btree_map(any::<String>(), 0u8..6, 1..5);
    columns.prop_flat_map(|columns| {
        let fields: Vec<_> =
            columns.into_iter().map(|(name, kind)| (Just(name), prop::option::weighted(0.8, value_of(kind)))).collect();
        let record = fields.prop_map(|fields| {
            fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect::<Map<String, Value>>()
        });
        prop::collection::vec(record, 1..8)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_serde_json_writes_is_read_back(records in records(), pretty in any::<bool>()) {
        let (text, format) = match pretty {
            true => (serde_json::to_string_pretty(&records).unwrap(), Format::Json),
            false => (records.iter().map(|record| json!(record).to_string() + "\n").collect(), Format::JsonLines),
        };
        let (_folder, files) = write(&[("f", text.as_bytes())]);
        let capture = open(files, format, Arc::new(AtomicU64::new(0))).unwrap();
        let names: Vec<String> = capture.schema.fields().iter().map(|field| field.name().clone()).collect();
        let found = contents(capture);
        prop_assert_eq!(found.n_unreadable, 0);
        for (record, row) in records.iter().zip(&found.rows) {
            let expected: Value = names.iter().map(|name| record.get(name).cloned().unwrap_or_default()).collect();
            prop_assert_eq!(row, &expected.to_string());
        }
    }

    /// Any bytes: no panic, and both passes agree, which `contents` asserts. Only a document may be broken as a whole.
    #[test]
    fn any_bytes_are_records_or_unreadable(
        text in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            r#"([\[\]\{\}",:\\\r\n#ua1. -]|\{"a":1\}\n|"a":|,){0,60}"#.prop_map(String::into_bytes),
        ],
        header in any::<bool>(),
        escape in prop::option::of(Just(b'\\')),
    ) {
        read(&[("f", &text)], Format::JsonLines).unwrap();
        drop(read(&[("f", &text)], Format::Json));
        let options = CsvOptions { header, escape, comment: Some(b'#'), ..csv() };
        match read(&[("f", &text)], Format::Csv(options)) {
            Ok(_) => {}
            Err(error) => prop_assert!(header && matches!(error, CaptureError::Header { .. }), "{}", error),
        }
    }
}
