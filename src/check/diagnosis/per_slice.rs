//! Several factors, each for some values of one column, told as one mechanism.

use serde_json::{Map, Value as Json};

use super::conclude::column;
use super::repair::{Draft, Merged};
use super::trial::Attempt;
use crate::diagnose::{Value, detector, sql};

const MECHANISM: &str = "unit-scale-per-slice";

/// Puts factors together that hold for different values of the same column.
pub(super) fn merge(drafts: Vec<Draft<'_>>) -> Vec<Draft<'_>> {
    let mut kept = Vec::new();
    let mut drafts = drafts.into_iter().peekable();
    while let Some(first) = drafts.next() {
        // Those of one comparison follow one another.
        let mut group = vec![first];
        while let Some(next) = drafts.next_if(|next| group.iter().any(|draft| draft.comparison == next.comparison)) {
            group.push(next);
        }
        kept.extend(merged(group));
    }
    kept
}

fn merged(group: Vec<Draft<'_>>) -> Vec<Draft<'_>> {
    let is_scale = |draft: &Draft<'_>| matches!(draft.mechanism(), "unit-scale-named" | "unit-scale-free");
    let column = |draft: &Draft<'_>| {
        draft.scope().filter(|scope| is_scale(draft) && !scope.values.is_empty()).map(|scope| scope.column.clone())
    };
    let Some(name) = group.iter().find_map(column) else { return group };
    let (scales, others): (Vec<Draft<'_>>, Vec<Draft<'_>>) =
        group.into_iter().partition(|draft| column(draft).as_ref() == Some(&name));
    let merged = one_of(&scales, &name);
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
        let values = &draft.scope()?.values;
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
