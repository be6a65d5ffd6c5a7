//! Every key of the spec language, with what it means: section 3 of the design as data.

use super::shape::{Key, Kind, Shape};

/// A spec as a whole.
pub(super) static SPEC: Shape = Shape {
    id: "spec",
    name: "a spec",
    doc: "A feature spec of trueup: two sides, and the features that are computed and compared on both.",
    keys: &[
        Key::new("trueup", Kind::Version, "Version of the spec language.").required(),
        Key::new("name", Kind::Name, "Name of the spec in reports. Default: the name of its file."),
        Key::new("description", Kind::Text, "What the spec is about."),
        Key::new(
            "keys",
            Kind::List { items: &Kind::Name, min_items: 1 },
            "Columns that together identify a row on both sides. Every part is compared in its type.",
        )
        .required(),
        Key::new("event_time", Kind::Name, "Column with the time of a row: used by alignment, onset and reports."),
        Key::new("offline", SIDE, "The training side.").required(),
        Key::new("online", SIDE, "The serving side, as captured in production.").required(),
        Key::new(
            "features",
            Kind::List { items: &Kind::Mapping(&FEATURE), min_items: 1 },
            "The features, in the order in which reports show them.",
        )
        .required(),
        Key::new("align", Kind::Mapping(&ALIGN), "How the rows of the two sides pair."),
        Key::new(
            "slices",
            Kind::List { items: &Kind::Name, min_items: 0 },
            "Columns that are searched for where a mismatch concentrates.",
        ),
        Key::new("gate", Kind::Mapping(&GATE), "The budgets that a run must keep."),
    ],
    hints: &[
        ("version", "write `trueup: 1`"),
        ("key", "write `keys: [name]`"),
        ("training", "the training side is called `offline`"),
        ("serving", "the serving side is called `online`"),
        ("tolerance", "`tolerance` belongs to a feature"),
        ("tables", "`tables` belongs to a side: `offline` or `online`"),
    ],
    non_empty: false,
};

const SIDE: Kind = Kind::AnyOf(&[Kind::Path, Kind::Mapping(&SIDE_MAPPING)]);

static SIDE_MAPPING: Shape = Shape {
    id: "side",
    name: "a side",
    doc: "Where one side's rows come from. A path alone is short for one table that is named as the side.",
    keys: &[
        Key::new(
            "tables",
            Kind::Map { values: &TABLE, min_entries: 1 },
            "The side's inputs, by the name that SQL gives them: `name: path` or `name: {path, format, options}`.",
        )
        .required(),
        Key::new(
            "query",
            Kind::Sql,
            "One SELECT that returns one row per key. May be left out where there is exactly one table.",
        ),
        Key::new(
            "columns",
            Kind::Map { values: &Kind::Sql, min_entries: 0 },
            "Names used in this spec, each with this side's column or SQL expression.",
        ),
        Key::new("where", Kind::Sql, "SQL condition. Rows that do not meet it are counted as filtered."),
        Key::new("units", Kind::Map { values: &Kind::Name, min_entries: 0 }, "Units of input columns on this side."),
        Key::new("assume_tz", Kind::TimeZone, "Zone of timestamps that have none, such as `Europe/Berlin`."),
    ],
    hints: &[
        ("path", "name the table: `tables: {NAME: {path: …}}`, or write the path alone behind the side"),
        ("table", "write `tables: {NAME: PATH}`"),
        ("format", "`format` belongs to a table: `tables: {NAME: {path: …, format: …}}`"),
        ("options", "`options` belongs to a table: `tables: {NAME: {path: …, options: …}}`"),
        ("filter", "write `where`"),
        ("sql", "write `query`"),
        ("timezone", "write `assume_tz`"),
    ],
    non_empty: false,
};

const TABLE: Kind = Kind::AnyOf(&[Kind::Path, Kind::Mapping(&TABLE_MAPPING)]);

static TABLE_MAPPING: Shape = Shape {
    id: "table",
    name: "a table",
    doc: "One input of a side.",
    keys: &[
        Key::new(
            "path",
            Kind::Path,
            "File, folder or glob, relative to the spec file. `${VAR}` and `${VAR:-default}` expand.",
        )
        .required(),
        Key::new("format", Kind::Words(FORMATS), "Format of the files. Default: by their extension."),
        Key::new("options", Kind::Mapping(&OPTIONS), "How delimited text is read. `${VAR}` expands."),
    ],
    hints: &[
        ("delimiter", "write `options: {delimiter: …}`"),
        ("null_values", "write `options: {null_values: …}`"),
        ("header", "write `options: {header: …}`"),
    ],
    non_empty: false,
};

pub(super) const FORMATS: &[(&str, &str)] = &[
    ("parquet", "Apache Parquet"),
    ("csv", "text with commas, or with the `delimiter` of the options"),
    ("tsv", "text with tabs"),
    ("jsonl", "one JSON object per line"),
    ("ndjson", "the same as jsonl"),
    ("json", "JSON: an array of objects, or objects one after the other"),
    ("avro", "Apache Avro"),
    ("arrow", "Apache Arrow IPC"),
    ("ipc", "the same as arrow"),
];

static OPTIONS: Shape = Shape {
    id: "options",
    name: "the options of a table",
    doc: "How delimited text is read.",
    keys: &[
        Key::new("delimiter", Kind::Variable(&Kind::Character), "Between fields. Default: a comma, in TSV a tab."),
        Key::new("quote", Kind::Variable(&Kind::Character), "Around fields.").default("\"\\\"\""),
        Key::new(
            "escape",
            Kind::Variable(&Kind::Character),
            "Before a quote inside quotes. Default: quotes are doubled.",
        ),
        Key::new("comment", Kind::Variable(&Kind::Character), "At the start of lines to skip. Default: none."),
        Key::new("header", Kind::Variable(&Kind::Bool), "Whether the first record names the columns.").default("true"),
        Key::new(
            "null_values",
            Kind::List { items: &Kind::Raw, min_items: 0 },
            "Fields that stand for a missing value.",
        )
        .default("[\"\"]"),
    ],
    hints: &[
        ("sep", "write `delimiter`"),
        ("separator", "write `delimiter`"),
        ("quotechar", "write `quote`"),
        ("na_values", "write `null_values`"),
        ("has_header", "write `header`"),
    ],
    non_empty: false,
};

static FEATURE: Shape = Shape {
    id: "feature",
    name: "a feature",
    doc: "One named, typed column that the spec defines. Without `expr` it is the column of its name.",
    keys: &[
        Key::new("name", Kind::Name, "Name of the feature, and of its column where it has no `expr`.").required(),
        Key::new("description", Kind::Text, "What the feature is."),
        Key::new("expr", Kind::Sql, "SQL expression over the side's columns and other features, for both sides."),
        Key::new("offline", Kind::Mapping(&OWN), "The offline side's own expression."),
        Key::new("online", Kind::Mapping(&OWN), "The online side's own expression."),
        Key::new("recorded", Kind::Mapping(&RECORDED), "Columns with what the side's own pipeline stored or served."),
        Key::new(
            "type",
            Kind::FeatureType,
            "Type of the value: bool, int8 … int64, uint8 … uint64, float32, float64, decimal(p,s), string, binary, date, \
             timestamp, timestamp_naive, duration, list<T>, struct<name: T, …>. Default: the common lossless type of both \
             sides.",
        ),
        Key::new("unit", Kind::Name, "Unit of the value."),
        Key::new(
            "tolerance",
            Kind::AnyOf(&[Kind::Words(EXACT), Kind::Duration, Kind::Mapping(&TOLERANCE)]),
            "How far two values may be apart. Default: floats 1e-9 of the larger (float32: 1e-6), all else exactly.",
        ),
        Key::new(
            "categories",
            Kind::List { items: &Kind::Literal, min_items: 1 },
            "The closed vocabulary. Any other value is a finding, on either side.",
        ),
        Key::new("missing", Kind::Mapping(&MISSING), "What counts as a missing value, besides null."),
        Key::new("compare", Kind::Mapping(&COMPARE), "What two values may differ in and still agree."),
        Key::new("gate", Kind::Mapping(&FEATURE_GATE), "The feature's own budgets."),
        Key::new(
            "severity",
            Kind::Words(&[("error", "fails the run"), ("warn", "is reported and does not fail the run")]),
            "What a finding of this feature does.",
        )
        .default("\"error\""),
        Key::new("sensitive", Kind::Bool, "Whether reports must not show its values.").default("false"),
    ],
    hints: &[
        ("dtype", "write `type`"),
        ("sql", "write `expr`"),
        ("expression", "write `expr`"),
        ("column", "write `expr` with the column's name"),
        ("abs", "write `tolerance: {abs: …}`"),
        ("rel", "write `tolerance: {rel: …}`"),
        ("required", "write `missing: {required: true}`"),
        ("sentinels", "write `missing: {sentinels: […]}`"),
        ("max_mismatch_rate", "write `gate: {max_mismatch_rate: …}`"),
    ],
    non_empty: false,
};

const EXACT: &[(&str, &str)] = &[("exact", "the same bits, save that 0.0 is -0.0 and NaN is NaN")];

static OWN: Shape = Shape {
    id: "own",
    name: "a side of a feature",
    doc: "One side's own expression; it takes the place of the feature's `expr`.",
    keys: &[Key::new("expr", Kind::Sql, "SQL expression. Nested JSON fields are dotted paths.").required()],
    hints: &[("recorded", "write `recorded: {offline: …, online: …}` in the feature")],
    non_empty: false,
};

static RECORDED: Shape = Shape {
    id: "recorded",
    name: "`recorded`",
    doc: "Columns with recorded values, on one side or both; without `expr`, on both.",
    keys: &[
        Key::new("offline", Kind::Sql, "Column of the offline side with the value that training stored."),
        Key::new("online", Kind::Sql, "Column of the online side with the value that was served."),
    ],
    hints: &[],
    non_empty: true,
};

static TOLERANCE: Shape = Shape {
    id: "tolerance",
    name: "a tolerance",
    doc: "Two values agree if they are apart by at most `abs`, or by at most `rel` of the larger.",
    keys: &[
        Key::new(
            "abs",
            Kind::AnyOf(&[Kind::Number, Kind::Duration]),
            "In the feature's unit; for times a duration such as `2s`. Default: 0.",
        ),
        Key::new(
            "rel",
            Kind::Number,
            "As a fraction of the larger value. Default: 1e-9 for floats, 1e-6 for float32, else 0.",
        ),
    ],
    hints: &[
        ("absolute", "write `abs`"),
        ("relative", "write `rel`"),
        ("atol", "write `abs`"),
        ("rtol", "write `rel`"),
    ],
    non_empty: true,
};

static MISSING: Shape = Shape {
    id: "missing",
    name: "`missing`",
    doc: "What counts as a missing value, besides null. Applies to the feature's final value.",
    keys: &[
        Key::new(
            "sentinels",
            Kind::List { items: &Kind::Literal, min_items: 0 },
            "Values that stand for a missing one, such as -1.",
        ),
        Key::new("nan", Kind::Bool, "Whether NaN is a missing value.").default("false"),
        Key::new("empty", Kind::Bool, "Whether '' and the list without elements are missing values.").default("false"),
        Key::new("required", Kind::Bool, "Whether any missing value is a finding.").default("false"),
    ],
    hints: &[("sentinel", "write `sentinels: […]`")],
    non_empty: false,
};

static COMPARE: Shape = Shape {
    id: "compare",
    name: "`compare`",
    doc: "What two values may differ in and still agree. Rows that agree only by this count as tolerated.",
    keys: &[
        Key::new(
            "case",
            Kind::Words(&[("exact", "upper and lower case differ"), ("ignore", "they do not")]),
            "Upper and lower case.",
        )
        .default("\"exact\""),
        Key::new("trim", Kind::Bool, "Whether blanks at both ends are left out.").default("false"),
        Key::new("collapse", Kind::Bool, "Whether a run of inner blanks counts as one blank.").default("false"),
        Key::new(
            "unicode",
            Kind::Words(&[
                ("none", "texts are compared as they are"),
                ("nfc", "after canonical composition"),
                ("nfkc", "after compatibility composition"),
            ]),
            "Normal form in which texts are compared.",
        )
        .default("\"none\""),
        Key::new(
            "order",
            Kind::Words(&[("exact", "lists agree element by element"), ("ignore", "lists are multisets")]),
            "Order of the elements of lists.",
        )
        .default("\"exact\""),
    ],
    hints: &[("ignore_case", "write `case: ignore`"), ("ignore_order", "write `order: ignore`")],
    non_empty: false,
};

const MAX_MISMATCH_RATE: Key =
    Key::new("max_mismatch_rate", Kind::Rate, "Budget of mismatching rows, as a fraction of the compared ones.");
const MIN_COMPARED_ROWS: Key =
    Key::new("min_compared_rows", Kind::Count, "With fewer compared rows, the verdict is inconclusive.");
const CONFIDENCE: Key = Key::new(
    "confidence",
    Kind::Rate,
    "If given, the upper bound of the mismatch rate at this confidence must be within the budget.",
);

static FEATURE_GATE: Shape = Shape {
    id: "feature_gate",
    name: "the gate of a feature",
    doc: "A feature's own budgets. What is left out is the run's.",
    keys: &[MAX_MISMATCH_RATE, MIN_COMPARED_ROWS, CONFIDENCE],
    hints: &[("max_unmatched_rate", "it belongs to the spec's `gate`: rows are unmatched for all features")],
    non_empty: false,
};

static GATE: Shape = Shape {
    id: "gate",
    name: "the gate",
    doc: "The budgets that a run must keep. A rate that equals its budget is within it.",
    keys: &[
        MAX_MISMATCH_RATE.default("0"),
        Key::new(
            "max_unmatched_rate",
            Kind::Rate,
            "Budget of unmatched rows, as a fraction of those that the complete sides should hold.",
        )
        .default("0.05"),
        Key::new("max_unreadable_rate", Kind::Rate, "Budget of records that cannot be read, as a fraction of all.")
            .default("0"),
        MIN_COMPARED_ROWS.default("1"),
        CONFIDENCE,
    ],
    hints: &[],
    non_empty: false,
};

static ALIGN: Shape = Shape {
    id: "align",
    name: "`align`",
    doc: "How the rows of the two sides pair.",
    keys: &[
        Key::new("event_time", Kind::Mapping(&EVENT_TIME), "How far times may be apart. Default: they play no part."),
        Key::new(
            "duplicates",
            Kind::Words(&[
                ("error", "all rows of the key are set aside, and the run is inconsistent"),
                ("latest", "the newest row by `event_time` is compared"),
                ("exclude", "all rows of the key are set aside, without a finding"),
                ("multiset", "equal rows pair first, then the rest in a defined order"),
            ]),
            "What becomes of several rows of one key.",
        )
        .default("\"error\""),
        Key::new(
            "complete",
            Kind::List { items: &Kind::Words(&[("offline", "training"), ("online", "serving")]), min_items: 0 },
            "Sides that should hold every row of the other.",
        )
        .default("[\"offline\"]"),
    ],
    hints: &[
        ("within", "write `event_time: {within: …}`"),
        ("as_of", "write `event_time: {as_of: {max_age: …}}`"),
        ("tolerance", "write `event_time: {within: …}`"),
    ],
    non_empty: false,
};

static EVENT_TIME: Shape = Shape {
    id: "event_time_rule",
    name: "`align.event_time`",
    doc: "Either `within` or `as_of`.",
    keys: &[
        Key::new(
            "within",
            Kind::Duration,
            "Rows of one key pair, the nearest first and each once, if their times are at most this far apart; duplicates are \
             then rows of one key and one time.",
        ),
        Key::new("as_of", Kind::Mapping(&AS_OF), "Each online row takes the newest offline row that is not after it."),
    ],
    hints: &[("max_age", "write `as_of: {max_age: …}`")],
    non_empty: true,
};

static AS_OF: Shape = Shape {
    id: "as_of",
    name: "`as_of`",
    doc: "Each online row takes the newest offline row of its key that is not after it.",
    keys: &[Key::new("max_age", Kind::Duration, "How much older the offline row may be. Default: any.")],
    hints: &[],
    non_empty: false,
};
