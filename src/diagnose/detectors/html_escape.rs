//! `to` has HTML entities for what `from` has as characters, once or several times: unescaping gives `from`.

use crate::compare::texts::html_unescaped;
use crate::diagnose::sql;
use crate::diagnose::text_pairs::{MIN_ROWS, count};
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// Entities in place of characters.
pub struct HtmlEscape;

impl Detector for HtmlEscape {
    fn id(&self) -> &'static str {
        "html-escape"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("html_escape.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        for depth in 1..=MAX_DEPTH {
            let holds = |from: &str, to: &str| self::depth(from, to) == Some(depth);
            if count(evidence, holds) < MIN_ROWS {
                continue;
            }
            let inverse = nested(depth, |value| format!("html_unescape({value})"));
            let times = ["once", "twice", "three times"].get(depth - 1).copied().unwrap_or_default();
            let forward = escape(evidence, depth).map(|escape| nested(depth, escape));
            let has_forward = forward.is_some();
            let mut proposal =
                Proposal::function(format!("{{to}} = {{from}} escaped for HTML, {times}"), forward, Some(inverse));
            if !has_forward {
                proposal = proposal.advice("escape text where HTML is written, and nowhere before");
            }
            proposals.push(proposal.parameter("depth", depth).bits(2.0));
        }
        proposals
    }
}

const MAX_DEPTH: usize = 3;

/// What programs write for the characters that HTML escapes, the most usual first.
const ENTITIES: [(char, &[&str]); 5] = [
    ('&', &["&amp;", "&#38;"]),
    ('<', &["&lt;", "&#60;"]),
    ('>', &["&gt;", "&#62;"]),
    ('"', &["&quot;", "&#34;", "&#x22;"]),
    ('\'', &["&#x27;", "&#39;", "&#039;", "&apos;"]),
];

/// How often a text has to be unescaped to become the other one.
fn depth(from: &str, to: &str) -> Option<usize> {
    let mut text = to.to_owned();
    for depth in 1..=MAX_DEPTH {
        let unescaped = html_unescaped(&text).into_owned();
        if unescaped == text {
            return None;
        }
        if unescaped == from {
            return Some(depth);
        }
        text = unescaped;
    }
    None
}

fn nested(depth: usize, function: impl Fn(String) -> String) -> String {
    (0..depth).fold("value".to_owned(), |value, _| function(value))
}

/// Returns how texts were escaped, if it was by replacing some of the five characters with one entity each.
fn escape(evidence: &Evidence<'_>, depth: usize) -> Option<impl Fn(String) -> String + use<>> {
    let pairs: Vec<(&str, &str)> = evidence.texts().filter(|(from, to)| self::depth(from, to) == Some(depth)).collect();
    // Of an entity that was escaped again, `&` is `&amp;`.
    let spelled = |entity: &str| (1..depth).fold(entity.to_owned(), |text, _| text.replace('&', "&amp;"));
    let entities: Vec<(char, &'static str)> = ENTITIES
        .into_iter()
        .filter_map(|(letter, entities)| {
            let entity = entities.iter().max_by_key(|entity| {
                let spelled = spelled(entity);
                // The first of equals, as the last is what `max_by_key` would take.
                let rank = entities.iter().position(|other| other == *entity);
                (pairs.iter().filter(|(_, to)| to.contains(&spelled)).count(), std::cmp::Reverse(rank))
            })?;
            pairs.iter().any(|(_, to)| to.contains(&spelled(entity))).then_some((letter, *entity))
        })
        .collect();
    let escaped = |text: &str| {
        (0..depth).fold(text.to_owned(), |text, _| {
            entities.iter().fold(text, |text, (letter, entity)| text.replace(*letter, entity))
        })
    };
    let n_same = pairs.iter().filter(|(from, to)| escaped(from) == *to).count();
    if n_same * 20 < pairs.len() * 19 {
        return None;
    }
    let is_standard = entities.iter().map(|(_, entity)| *entity).eq(["&amp;", "&lt;", "&gt;", "&quot;", "&#x27;"]);
    Some(move |value: String| {
        if is_standard {
            return format!("html_escape({value})");
        }
        entities.iter().fold(value, |value, (letter, entity)| {
            format!("replace({value}, {}, {})", sql::text(&letter.to_string()), sql::text(entity))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    const TEXTS: [&str; 9] = ["A&B", "H&M", "C&A", "a < b", "x > y", "<b>", "Tom & Jerry", "R&D \"x\"", "it's & so"];

    #[test]
    fn entities_are_unescaped_and_escaped_again() {
        let mut pairs: Vec<(Value, Value)> = TEXTS
            .iter()
            .map(|text| ((*text).into(), crate::compare::texts::html_escaped(text).as_ref().into()))
            .collect();
        pairs.push(("noise".into(), "else".into()));
        let proposals = propose(&HtmlEscape, &pairs);
        assert_eq!(proposals.len(), 1);
        let test =
            Test::Function { forward: Some("html_escape(value)".into()), inverse: Some("html_unescape(value)".into()) };
        assert_eq!(proposals[0].test, test);
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&HtmlEscape, &swapped), []);
    }

    #[test]
    fn twice_and_without_quotes() {
        let pairs: Vec<(Value, Value)> = TEXTS
            .iter()
            .map(|text| {
                let once = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                ((*text).into(), once(&once(text)).as_str().into())
            })
            .collect();
        let proposals = propose(&HtmlEscape, &pairs);
        assert_eq!(proposals[0].parameters, [("depth", 2.into())]);
        let once = |value: &str| format!("replace(replace(replace({value}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')");
        let test = Test::Function {
            forward: Some(once(&once("value"))),
            inverse: Some("html_unescape(html_unescape(value))".into()),
        };
        assert_eq!(proposals[0].test, test);
    }

    #[test]
    fn an_ampersand_is_no_entity() {
        let pairs: Vec<(Value, Value)> =
            TEXTS.iter().map(|text| ((*text).into(), text.replace('&', "& ").as_str().into())).collect();
        assert_eq!(propose(&HtmlEscape, &pairs), []);
    }
}
