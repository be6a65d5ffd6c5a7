//! Several factors, each for some values of one column, told as one mechanism.

use serde_json::{Map, Value as Json};

use super::conclude::column;
use super::repair::{Draft, Merged};
use super::trial::Attempt;
use crate::diagnose::{Value, detector, sql};

const MECHANISM: &str = "unit-scale-per-slice";

/// Puts factors together that hold for different values of the same column.
pub(super) fn merge<'c>(drafts: Vec<Draft<'c>>, attributes: &[String]) -> Vec<Draft<'c>> {
    let mut kept: Vec<Draft<'c>> = Vec::new();
    let mut drafts = drafts.into_iter().peekable();
    while let Some(first) = drafts.next() {
        // Those of one comparison follow one another.
        let mut group = vec![first];
        while let Some(next) = drafts.next_if(|next| group.iter().any(|draft| draft.comparison == next.comparison)) {
            group.push(next);
        }
        kept.extend(merged(group, attributes));
    }
    kept
}

fn merged<'c>(group: Vec<Draft<'c>>, attributes: &[String]) -> Vec<Draft<'c>> {
    let is_scale = |draft: &Draft<'_>| matches!(draft.mechanism(), "unit-scale-named" | "unit-scale-free");
    let attribute = |draft: &Draft<'_>| draft.attribute().map(|(idx, _)| idx).filter(|_| is_scale(draft));
    let Some(idx) = group.iter().find_map(attribute) else { return group };
    let (scales, others): (Vec<Draft<'c>>, Vec<Draft<'c>>) =
        group.into_iter().partition(|draft| attribute(draft) == Some(idx));
    let merged = attributes.get(idx).and_then(|name| one_of(&scales, name));
    let mut scales = scales.into_iter();
    match (merged, scales.next()) {
        (Some(merged), Some(mut first)) => {
            first.merged = Some(merged);
            std::iter::once(first).chain(others).collect()
        }
        (_, first) => first.into_iter().chain(scales).chain(others).collect(),
    }
}

/// None if there is but one, or if they are not of one side.
fn one_of(scales: &[Draft<'_>], name: &str) -> Option<Merged> {
    let (mut place, mut whens, mut factors) = (None, Vec::new(), Map::new());
    for draft in scales {
        let Attempt::Function { place: own, sql: expression } = draft.planned_attempt() else { return None };
        let (_, values) = draft.attribute()?;
        if *place.get_or_insert(own) != own || values.iter().any(Value::is_null) {
            return None;
        }
        let literals: Vec<String> = values.iter().map(sql::literal).collect::<Option<Vec<String>>>()?;
        whens.push(format!("WHEN {} IN ({}) THEN {expression}", column(name), literals.join(", ")));
        for value in values {
            factors.insert(text_of(value), draft.parameter("factor")?);
        }
    }
    if scales.len() < 2 {
        return None;
    }
    let shown: Vec<String> = factors.iter().map(|(value, factor)| format!("{value} × {factor}")).collect();
    let detector = detector(MECHANISM)?;
    Some(Merged {
        detector,
        summary: format!("{{to}} = {{from}} times a factor of its `{name}`: {}", shown.join(", ")),
        parameters: vec![("column".to_owned(), name.into()), ("factors".to_owned(), Json::Object(factors))],
        attempt: Attempt::Function { place: place?, sql: format!("CASE {} ELSE value END", whens.join(" ")) },
    })
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => sql::literal(other).unwrap_or_default(),
    }
}
