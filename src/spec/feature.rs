//! The features of a spec.

use std::collections::HashMap;

use super::data_type::FeatureType;
use super::literal::read_literals;
use super::model::{CompareOptions, Computed, Feature, Literal, Missing, PerSide, Severity, Side, UnicodeForm};
use super::parse::{Reader, duration_ns, read_feature_gate, word};
use super::problem::{Located, Problem, visible};
use super::sql_text::is_plain_identifier;
use super::tolerance::Tolerance;
use super::yaml::Node;

/// Reads all features that have a name. Names are unique; a name that stands there twice is a problem.
pub(super) fn read_features(reader: &mut Reader<'_>, root: &Node) -> Vec<Feature> {
    let mut first_lines: HashMap<String, u32> = HashMap::new();
    let mut features = Vec::new();
    for node in root.get("features").map(Node::items).unwrap_or_default() {
        let Some(name) = node.get("name").and_then(Node::text) else {
            // Its SQL is checked all the same.
            read_computed(reader, node, "a feature", &PerSide::default());
            continue;
        };
        if let Some(line) = first_lines.get(&name.value) {
            let problem = Problem::new(format!("two features are named `{}`", name.value.escape_debug())).at(name.span);
            reader
                .problems
                .push(problem.label("named again").help(format!("the first is on line {line}; give one another name")));
        }
        first_lines.entry(name.value.clone()).or_insert(name.span.line);
        features.push(read_feature(reader, node, name));
    }
    features
}

fn read_feature(reader: &mut Reader<'_>, node: &Node, name: Located<String>) -> Feature {
    let what = format!("feature `{}`", name.value.escape_debug());
    let recorded = read_recorded(reader, node, &what);
    let computed = read_computed(reader, node, &what, &recorded);
    check_recorded(reader, node, &name.value);
    let data_type = node
        .get("type")
        .and_then(Node::text)
        .and_then(|text| FeatureType::parse(&text.value).ok().map(|parsed| Located::new(parsed, text.span)));
    let declared = data_type.as_ref().map(|declared| &declared.value);
    let tolerance = read_tolerance(reader, node, declared);
    let compare = read_compare(node.get("compare"));
    check_compare(node.get("compare"), &compare, declared, &mut reader.problems);
    let mut literals = |list: Option<&Node>| read_literals(list, declared, &mut reader.problems);
    Feature {
        description: word(node.get("description")),
        unit: word(node.get("unit")),
        categories: literals(node.get("categories")),
        missing: read_missing(node.get("missing"), &mut literals),
        compare,
        gate: read_feature_gate(node.get("gate")),
        severity: match word(node.get("severity")).as_deref() {
            Some("warn") => Severity::Warn,
            _ => Severity::Error,
        },
        sensitive: node.get("sensitive").and_then(Node::boolean).unwrap_or(false),
        name,
        computed,
        recorded,
        data_type,
        tolerance,
    }
}

fn read_recorded(reader: &mut Reader<'_>, node: &Node, what: &str) -> PerSide<Option<Located<String>>> {
    let recorded = node.get("recorded");
    PerSide::from_fn(|side| {
        let value = recorded.and_then(|recorded| recorded.get(&side.to_string()));
        reader.expression(value, &format!("the recorded {side} value of {what}"))
    })
}

/// A feature that is only recorded is compared end to end, for which both sides must be.
fn check_recorded(reader: &mut Reader<'_>, node: &Node, name: &str) {
    let Some(recorded) = node.entry("recorded") else { return };
    let is_computed =
        node.entry("expr").is_some() || Side::BOTH.iter().any(|side| node.get(&side.to_string()).is_some());
    let is_there = |side: &Side| recorded.value.entry(&side.to_string()).is_some();
    let (Some(there), Some(lacking)) =
        (Side::BOTH.into_iter().find(is_there), Side::BOTH.into_iter().find(|side| !is_there(side)))
    else {
        return;
    };
    if is_computed {
        return;
    }
    let served = match there {
        Side::Offline => "stored",
        Side::Online => "served",
    };
    let shown = name.escape_debug();
    let problem = Problem::new(format!(
        "feature `{shown}` has no `expr` and is recorded on the {there} side only: there is nothing to compare"
    ));
    reader.problems.push(problem.at(recorded.key.span).help(format!(
        "add `recorded: {{{lacking}: …}}`, or an `expr` (its own column is `expr: {}`) to compare what is {served} with \
         what the spec computes",
        as_sql(name)
    )));
}

/// The column of a name, as YAML holds its SQL.
fn as_sql(name: &str) -> String {
    match is_plain_identifier(name) {
        true => name.to_string(),
        false => format!("'\"{}\"'", visible(&name.replace('"', "\"\"").replace('\'', "''"))),
    }
}

/// How each side computes a feature. A side's own expression takes the place of the feature's; a side that has neither
/// computes the column of the feature's name. Without any expression, a feature that is recorded is only recorded.
fn read_computed(
    reader: &mut Reader<'_>,
    node: &Node,
    what: &str,
    recorded: &PerSide<Option<Located<String>>>,
) -> PerSide<Computed> {
    let shared = reader.expression(node.get("expr"), &format!("the expression of {what}"));
    let own = PerSide::from_fn(|side: Side| {
        let value = node.get(&side.to_string()).and_then(|own| own.get("expr"));
        reader.expression(value, &format!("the {side} expression of {what}"))
    });
    let is_only_recorded = shared.is_none()
        && own.offline.is_none()
        && own.online.is_none()
        && (recorded.offline.is_some() || recorded.online.is_some());
    own.map(|own| match own.or_else(|| shared.clone()) {
        Some(sql) => Computed::Expr(sql),
        None if is_only_recorded => Computed::No,
        None => Computed::Column,
    })
}

fn read_missing(missing: Option<&Node>, mut literals: impl FnMut(Option<&Node>) -> Vec<Literal>) -> Missing {
    let get = |key: &str| missing.and_then(|missing| missing.get(key));
    let flag = |key: &str| get(key).and_then(Node::boolean).unwrap_or(false);
    Missing {
        sentinels: literals(get("sentinels")),
        nan: flag("nan"),
        empty: flag("empty"),
        required: flag("required"),
    }
}

fn read_compare(compare: Option<&Node>) -> CompareOptions {
    let get = |key: &str| compare.and_then(|compare| compare.get(key));
    let flag = |key: &str| get(key).and_then(Node::boolean).unwrap_or(false);
    let ignores = |key: &str| word(get(key)).as_deref() == Some("ignore");
    CompareOptions {
        ignore_case: ignores("case"),
        trim: flag("trim"),
        collapse: flag("collapse"),
        unicode: match word(get("unicode")).as_deref() {
            Some("nfc") => UnicodeForm::Nfc,
            Some("nfkc") => UnicodeForm::Nfkc,
            _ => UnicodeForm::None,
        },
        ignore_order: ignores("order"),
    }
}

/// Options that cannot apply to the declared type are problems: they would seem to do something.
fn check_compare(
    compare: Option<&Node>,
    options: &CompareOptions,
    declared: Option<&FeatureType>,
    problems: &mut Vec<Problem>,
) {
    let (Some(compare), Some(declared)) = (compare, declared) else { return };
    let has_texts = declared.has(&|part| *part == FeatureType::String);
    let has_lists = declared.has(&|part| matches!(part, FeatureType::List(_)));
    for (key, is_set, applies, kind, wanted) in [
        ("case", options.ignore_case, has_texts, "texts", "string"),
        ("trim", options.trim, has_texts, "texts", "string"),
        ("collapse", options.collapse, has_texts, "texts", "string"),
        ("unicode", options.unicode != UnicodeForm::None, has_texts, "texts", "string"),
        ("order", options.ignore_order, has_lists, "lists", "list<…>"),
    ] {
        if let Some(entry) = compare.entry(key).filter(|_| is_set && !applies) {
            let problem = Problem::new(format!("`{key}` is for {kind}, and the type is `{declared}`"));
            problems.push(problem.at(entry.key.span).help(format!("remove it, or write `type: {wanted}`")));
        }
    }
}

/// A tolerance must suit the declared type, down to a list's elements: a duration is for times, a number for numbers.
/// A struct may hold both, and without a declared type the values tell.
fn read_tolerance(reader: &mut Reader<'_>, node: &Node, declared: Option<&FeatureType>) -> Tolerance {
    let Some(tolerance) = node.get("tolerance") else { return Tolerance::Default };
    if word(Some(tolerance)).as_deref() == Some("exact") {
        return Tolerance::Exact;
    }
    let (abs, rel) = match tolerance.scalar() {
        Some(_) => (Some(tolerance), None),
        None => (tolerance.get("abs"), tolerance.get("rel")),
    };
    let is_time = declared.is_some_and(|declared| declared.leaf().is_time());
    let is_struct = declared.is_some_and(|declared| matches!(declared.leaf(), FeatureType::Struct(_)));
    let is_other = declared.is_some_and(|declared| !declared.leaf().is_number() && !is_time && !is_struct);
    let shown = declared.map(FeatureType::to_string).unwrap_or_default();
    let abs_number = abs.and_then(Node::number);
    let abs_ns = if abs_number.is_some() { None } else { duration_ns(abs) };
    let mut refuse =
        |node: &Node, message: String, help: &str| reader.problems.push(Problem::new(message).at(node.span).help(help));
    if let Some(abs) = abs {
        if is_other {
            let help = "remove it; `compare` says what texts may differ in";
            refuse(abs, format!("values of type `{shown}` have no tolerance"), help);
        } else if abs_ns.is_some() && declared.is_some() && !is_time && !is_struct {
            refuse(
                abs,
                format!("a duration is no tolerance of type `{shown}`"),
                "write a number in the feature's unit: `{abs: 0.5}`",
            );
        } else if abs_number.is_some() && is_time {
            refuse(abs, format!("a number is no tolerance of type `{shown}`"), "write a duration, such as `2s`");
        }
    }
    if let Some(rel) = rel {
        if is_other && abs.is_none() {
            let help = "remove it; `compare` says what texts may differ in";
            refuse(rel, format!("values of type `{shown}` have no tolerance"), help);
        } else if is_time || abs_ns.is_some() {
            refuse(rel, "times have no relative tolerance".into(), "write `{abs: 2s}` or a duration alone");
        }
    }
    match abs_ns {
        Some(ns) => Tolerance::Duration { ns },
        None => Tolerance::Within { abs: abs_number, rel: rel.and_then(Node::number) },
    }
}
