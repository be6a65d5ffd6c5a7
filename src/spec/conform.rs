//! Holds a tree against the description of a spec: unknown keys, missing keys, wrong kinds, bad values.
//!
//! What concerns several keys at once is not looked at here.

use super::data_type::FeatureType;
use super::duration;
use super::problem::{Problem, closest};
use super::scalar::Resolved;
use super::shape::{Kind, Shape};
use super::yaml::{Node, Scalar, Value};

/// Pushes every problem that a node has as a value of a kind. `what` names the node in messages: "`expr`".
pub(super) fn conform(node: &Node, kind: &Kind, what: &str, problems: &mut Vec<Problem>) {
    match kind {
        Kind::Mapping(shape) => match &node.value {
            Value::Mapping(_) => conform_shape(node, shape, &[], problems),
            Value::Scalar(_) | Value::List(_) => problems.push(wrong_kind(node, kind, what)),
        },
        Kind::Map { values, min_entries } => match &node.value {
            Value::Mapping(entries) => {
                if entries.len() < *min_entries {
                    problems.push(Problem::new(format!("{what} is empty")).at(node.span));
                }
                for (idx, entry) in entries.iter().enumerate() {
                    if idx > 0 && entry.is_bare && is_text(values) {
                        let shown = entry.key.value.escape_debug();
                        let problem = Problem::new(format!("`{shown}` has no value")).at(entry.key.span);
                        problems.push(problem.help(COMMA));
                        continue;
                    }
                    if let Some(reason) = no_name(&entry.key.value) {
                        problems.push(Problem::new(format!("a key of {what} {reason}")).at(entry.key.span));
                    }
                    conform(&entry.value, values, &format!("`{}`", entry.key.value.escape_debug()), problems);
                }
            }
            Value::Scalar(_) | Value::List(_) => problems.push(wrong_kind(node, kind, what)),
        },
        Kind::List { items, min_items } => match &node.value {
            Value::List(list) => {
                if list.len() < *min_items {
                    problems
                        .push(Problem::new(format!("{what} is empty")).at(node.span).label("at least one is needed"));
                }
                for item in list {
                    conform(item, items, &format!("an item of {what}"), problems);
                }
            }
            Value::Scalar(_) | Value::Mapping(_) => problems.push(wrong_kind(node, kind, what)),
        },
        Kind::AnyOf(kinds) => conform_any(node, kind, kinds, what, problems),
        Kind::Variable(inner) => match node.scalar() {
            Some(scalar) if scalar.text.contains("${") => {}
            Some(_) | None => conform(node, inner, what, problems),
        },
        scalar_kind => match &node.value {
            Value::Scalar(scalar) => problems.extend(scalar_problem(node, scalar, scalar_kind, what)),
            Value::List(_) | Value::Mapping(_) => problems.push(wrong_kind(node, kind, what)),
        },
    }
}

/// The same for a mapping; keys that are `waived` may be left out though they are required.
pub(super) fn conform_shape(node: &Node, shape: &Shape, waived: &[&str], problems: &mut Vec<Problem>) {
    // Whether a bare key can be the rest of the text before it.
    let mut after_text = false;
    for entry in node.entries() {
        let name = &entry.key.value;
        let is_rest = after_text && entry.is_bare;
        after_text = is_rest || shape.keys.iter().any(|key| key.name == name && is_text(&key.kind));
        match shape.keys.iter().find(|key| key.name == name) {
            Some(key) => conform(&entry.value, &key.kind, &format!("`{name}`"), problems),
            None => {
                let problem =
                    Problem::new(format!("unknown key `{}` in {}", name.escape_debug(), shape.name)).at(entry.key.span);
                let hint = shape.hints.iter().find(|(wrong, _)| wrong.eq_ignore_ascii_case(name));
                problems.push(match hint {
                    _ if is_rest => problem.help(COMMA),
                    Some((_, help)) => problem.help(*help),
                    None => {
                        let known: Vec<&str> = shape.keys.iter().map(|key| key.name).collect();
                        match closest(name, &known) {
                            Some(close) => problem.help(format!("did you mean `{close}`?")),
                            None => problem.help(format!("known here: {}", known.join(", "))),
                        }
                    }
                });
            }
        }
    }
    for key in shape.keys.iter().filter(|key| key.required && !waived.contains(&key.name)) {
        if node.entry(key.name).is_none() {
            let problem = Problem::new(format!("`{}` is missing in {}", key.name, shape.name)).at(node.span);
            problems.push(problem.help(match key.kind {
                Kind::Version => "begin the spec with `trueup: 1`".to_string(),
                _ => format!("add `{}`: {}", key.name, uncapitalised(key.doc)),
            }));
        }
    }
    if shape.non_empty && node.entries().is_empty() {
        let known: Vec<String> = shape.keys.iter().map(|key| format!("`{}`", key.name)).collect();
        problems.push(
            Problem::new(format!("{} is empty", shape.name))
                .at(node.span)
                .help(format!("known here: {}", known.join(", "))),
        );
    }
}

const COMMA: &str = "a comma ends an unquoted text inside `{…}`: put the text in quotes";

fn is_text(kind: &Kind) -> bool {
    match kind {
        Kind::Text | Kind::Name | Kind::Path | Kind::Sql => true,
        Kind::AnyOf(kinds) => kinds.iter().any(is_text),
        _ => false,
    }
}

fn uncapitalised(doc: &str) -> String {
    let sentence = doc.split_inclusive(". ").next().unwrap_or(doc).trim_end().trim_end_matches('.');
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// A node that may be of several kinds is held against those that its form can be.
fn conform_any(node: &Node, kind: &Kind, kinds: &[Kind], what: &str, problems: &mut Vec<Problem>) {
    let fitting: Vec<&Kind> = kinds.iter().filter(|kind| fits(&node.value, kind)).collect();
    match fitting.as_slice() {
        [] => problems.push(wrong_kind(node, kind, what)),
        [only] => conform(node, only, what, problems),
        several => {
            let mut last = None;
            for kind in several {
                let mut found = Vec::new();
                conform(node, kind, what, &mut found);
                if found.is_empty() {
                    return;
                }
                // The reason of the kind that the text most looks like.
                let looks_alike = match (kind, node.number()) {
                    (Kind::Duration, None) => node.text().is_some_and(|text| {
                        text.value.starts_with(|c: char| c.is_ascii_digit() || c == '-') && !text.value.ends_with('%')
                    }),
                    (Kind::Number, Some(_)) => true,
                    _ => false,
                };
                if looks_alike {
                    last = Some(found);
                }
            }
            problems.extend(last.unwrap_or_else(|| vec![wrong_kind(node, kind, what)]));
        }
    }
}

fn fits(value: &Value, kind: &Kind) -> bool {
    match kind {
        Kind::Mapping(_) | Kind::Map { .. } => matches!(value, Value::Mapping(_)),
        Kind::List { .. } => matches!(value, Value::List(_)),
        Kind::AnyOf(kinds) => kinds.iter().any(|kind| fits(value, kind)),
        _ => matches!(value, Value::Scalar(_)),
    }
}

fn wrong_kind(node: &Node, kind: &Kind, what: &str) -> Problem {
    let found = match &node.value {
        Value::List(_) => "a list",
        Value::Mapping(_) => "a mapping",
        Value::Scalar(scalar) => match scalar.resolve() {
            Resolved::Null => return no_value(node, what),
            Resolved::Bool(_) => "a bool",
            Resolved::Int(_) | Resolved::Float(_) => "a number",
            Resolved::Text => "a text",
        },
    };
    let problem = Problem::new(format!("{what} must be {}, not {found}", kind.expected())).at(node.span);
    match (kind, &node.value) {
        (Kind::List { .. }, Value::Scalar(scalar)) if scalar.plain => {
            problem.help(format!("write `[{}]`", scalar.text.escape_debug()))
        }
        (Kind::Text | Kind::Name | Kind::Sql | Kind::Path, Value::Mapping(_) | Value::List(_)) => {
            problem.help("a text that begins with `{` or `[` needs quotes")
        }
        (Kind::Mapping(shape), Value::Scalar(_) | Value::List(_)) => {
            let keys: Vec<String> = shape.keys.iter().take(4).map(|key| format!("{}: …", key.name)).collect();
            problem.help(format!("write `{{{}}}`", keys.join(", ")))
        }
        (Kind::AnyOf(kinds), Value::Scalar(scalar)) => match kinds.iter().find_map(|kind| in_mapping(kind, scalar)) {
            Some(help) => problem.help(help),
            None => problem,
        },
        _ => problem,
    }
}

/// What to write for a number where a mapping may be meant: `{abs: 0.5}`, or `{rel: 0.05}` for `5%`.
fn in_mapping(kind: &Kind, scalar: &Scalar) -> Option<String> {
    let Kind::Mapping(shape) = kind else { return None };
    let first = shape.keys.first()?;
    let (key, value, text) = match (scalar.resolve(), percent(&scalar.text)) {
        (Resolved::Int(value), _) => (first, value as f64, scalar.text.to_string()),
        (Resolved::Float(value), _) => (first, value, scalar.text.to_string()),
        (_, Some(fraction)) => (shape.keys.iter().find(|key| key.name == "rel")?, fraction, fraction.to_string()),
        _ => return None,
    };
    let (what, name) = (shape.name, key.name);
    // Numbers of a spec are finite and not negative, so that the same one in a mapping would be the next problem.
    Some(if !takes_numbers(&key.kind) {
        format!("write `{{{name}: {text}}}`")
    } else if !value.is_finite() {
        format!("{what} is a finite number: `{{{name}: 0.5}}`")
    } else if value < 0.0 {
        format!("{what} cannot be negative: `{{{name}: {}}}`", text.trim_start_matches('-'))
    } else {
        format!("write `{{{name}: {text}}}`")
    })
}

fn takes_numbers(kind: &Kind) -> bool {
    match kind {
        Kind::Number => true,
        Kind::AnyOf(kinds) => kinds.iter().any(takes_numbers),
        _ => false,
    }
}

fn percent(text: &str) -> Option<f64> {
    text.trim().strip_suffix('%')?.trim().parse::<f64>().ok().map(|percent| percent / 100.0)
}

fn no_value(node: &Node, what: &str) -> Problem {
    Problem::new(format!("{what} has no value")).at(node.span).help("give it one, or remove the key")
}

/// What is wrong with a scalar as one of a kind.
fn scalar_problem(node: &Node, scalar: &Scalar, kind: &Kind, what: &str) -> Option<Problem> {
    let resolved = scalar.resolve();
    if resolved == Resolved::Null {
        let problem = no_value(node, what);
        return Some(match kind {
            Kind::Literal => problem.help("null is always a missing value; put `\"null\"` in quotes to mean the text"),
            Kind::Raw => problem.help("put the text in quotes: `\"\"`, `\"null\"`"),
            _ => problem,
        });
    }
    let is_text = resolved == Resolved::Text;
    let bad = |reason: String| Some(Problem::new(format!("{what} {reason}")).at(node.span));
    let shown = scalar.text.escape_debug();
    match kind {
        Kind::Version => match resolved {
            Resolved::Int(1) => None,
            _ => bad(format!("is `{shown}`, and this version of trueup reads specs of version 1"))
                .map(|problem| problem.help("write `trueup: 1`")),
        },
        Kind::Text | Kind::Name | Kind::Path if !is_text => {
            Some(wrong_kind(node, kind, what).help(format!("put it in quotes: \"{shown}\"")))
        }
        Kind::Name | Kind::Path => no_name(&scalar.text).and_then(|reason| bad(reason.to_string())),
        Kind::Sql => match scalar.text.trim().is_empty() {
            true => bad("is empty".into()),
            false => None,
        },
        Kind::Text | Kind::Raw => None,
        Kind::Character => match single_byte(&scalar.text) {
            Some(_) => None,
            None => bad(format!("must be {}", kind.expected())).map(|problem| problem.help("a tab is written \"\\t\"")),
        },
        Kind::Bool => match (resolved, scalar.text.to_ascii_lowercase().as_str()) {
            (Resolved::Bool(_), _) => None,
            (_, "yes" | "on" | "y") => Some(wrong_kind(node, kind, what).help("write `true`")),
            (_, "no" | "off" | "n") => Some(wrong_kind(node, kind, what).help("write `false`")),
            (_, "true" | "false") => Some(wrong_kind(node, kind, what).help("remove the quotes")),
            _ => Some(wrong_kind(node, kind, what)),
        },
        Kind::Number | Kind::Rate | Kind::Count => number_problem(node, scalar, resolved, kind, what),
        Kind::Duration => match duration::parse_duration(&scalar.text) {
            Ok(_) => None,
            Err(reason) => {
                bad(format!("is no duration: `{shown}` {reason}")).map(|problem| problem.help(duration::EXAMPLES))
            }
        },
        Kind::FeatureType => match FeatureType::parse(&scalar.text) {
            Ok(_) => None,
            Err(error) => {
                let problem = Problem::new(error.message).at(node.span);
                Some(match error.help {
                    Some(help) => problem.help(help),
                    None => problem,
                })
            }
        },
        Kind::TimeZone => match scalar.text.parse::<chrono_tz::Tz>() {
            Ok(_) => None,
            Err(_) => {
                let names: Vec<&str> = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect();
                let problem = Problem::new(format!("unknown time zone `{shown}`")).at(node.span);
                // `Berlin` and `new york` say enough.
                let city = scalar.text.replace(' ', "_");
                let by_city = names
                    .iter()
                    .find(|name| name.rsplit('/').next().is_some_and(|end| end.eq_ignore_ascii_case(&city)));
                Some(match by_city.copied().or_else(|| closest(&scalar.text, &names)) {
                    Some(close) => problem.help(format!("did you mean `{close}`?")),
                    None => problem.help("zones have the names of the tz database, such as `UTC` or `Europe/Berlin`"),
                })
            }
        },
        Kind::Literal => match resolved {
            Resolved::Float(value) if value.is_nan() => bad("is NaN, which equals no constant".into())
                .map(|problem| problem.help("write `missing: {nan: true}`")),
            Resolved::Float(_) | Resolved::Null | Resolved::Bool(_) | Resolved::Int(_) | Resolved::Text => None,
        },
        Kind::Words(words) => match is_text && words.iter().any(|(word, _)| *word == scalar.text) {
            true => None,
            false => bad(format!("must be {}, not `{shown}`", kind.expected())).map(|problem| {
                let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                match closest(&scalar.text, &names) {
                    Some(close) => problem.help(format!("did you mean `{close}`?")),
                    None => problem,
                }
            }),
        },
        Kind::Variable(_) | Kind::List { .. } | Kind::Map { .. } | Kind::Mapping(_) | Kind::AnyOf(_) => None,
    }
}

fn number_problem(node: &Node, scalar: &Scalar, resolved: Resolved, kind: &Kind, what: &str) -> Option<Problem> {
    let value = match resolved {
        Resolved::Int(value) => value as f64,
        Resolved::Float(value) => value,
        Resolved::Null | Resolved::Bool(_) | Resolved::Text => {
            let problem = wrong_kind(node, kind, what);
            return Some(match percent(&scalar.text) {
                Some(fraction) => problem.help(format!("write the fraction: {fraction}")),
                None if scalar.text.parse::<f64>().is_ok() => problem.help("remove the quotes"),
                None => problem,
            });
        }
    };
    let fits = match kind {
        Kind::Rate => (0.0..=1.0).contains(&value),
        Kind::Count => matches!(resolved, Resolved::Int(value) if u64::try_from(value).is_ok()),
        _ => value.is_finite() && value >= 0.0,
    };
    (!fits).then(|| {
        Problem::new(format!("{what} must be {}, not {}", kind.expected(), scalar.text.escape_debug())).at(node.span)
    })
}

/// Why a text is no name, if it is none.
fn no_name(text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        Some("is empty")
    } else if text.chars().any(char::is_control) {
        Some("has a control character in it")
    } else {
        None
    }
}

/// The byte of a text that is one ASCII character.
pub(super) fn single_byte(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() => Some(*byte),
        _ => None,
    }
}
