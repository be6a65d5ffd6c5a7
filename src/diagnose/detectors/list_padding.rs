//! Items that stand for none fill the list up to a fixed length, at one end.

use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};
use crate::diagnose::{fill, sql};

/// See [`Detector::page`].
pub struct ListPadding;

impl Detector for ListPadding {
    fn id(&self) -> &'static str {
        "list-padding"
    }

    fn family(&self) -> Family {
        Family::Structural
    }

    fn page(&self) -> &'static str {
        include_str!("list_padding.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let lists: Vec<(&[Value], &[Value])> = evidence.lists().collect();
        let padded: Vec<(&[Value], &[Value], &Value, bool)> = lists
            .iter()
            .filter(|(from, to)| to.len() > from.len())
            .filter_map(|(from, to)| {
                let n_pads = to.len() - from.len();
                let is_pads = |pads: &[Value]| pads.iter().all(|pad| Some(pad) == pads.first());
                let (head, tail) = (to.get(..n_pads)?, to.get(from.len()..)?);
                if to.starts_with(from) && is_pads(tail) {
                    Some((*from, *to, tail.first()?, false))
                } else if to.ends_with(from) && is_pads(head) {
                    Some((*from, *to, head.first()?, true))
                } else {
                    None
                }
            })
            .collect();
        let mut proposals = Vec::new();
        for left in [false, true] {
            let of_end: Vec<_> = padded.iter().filter(|(_, _, _, at_left)| *at_left == left).collect();
            let Some((_, first, pad, _)) = of_end.first() else { continue };
            let width = first.len();
            let same = of_end.iter().filter(|(_, to, other, _)| other == pad && to.len() == width).count();
            let Some(literal) = sql::literal(pad).filter(|_| same >= 8) else { continue };
            let pad_text = match pad {
                Value::Null => "null".to_owned(),
                _ => literal.clone(),
            };
            let is_legal = evidence.pairs.iter().filter_map(|pair| pair.from.list()).any(|items| items.contains(pad));
            // A pad that is a legal item cannot be told from one.
            let inverse = (!is_legal && !pad.is_null()).then(|| format!("array_remove_all(value, {literal})"));
            let fill = format!("array_repeat({literal}, {width} - CAST(cardinality(value) AS BIGINT))");
            let forward = match (pad, left) {
                (Value::Null, _) => None,
                (_, true) => Some(format!("array_concat({fill}, value)")),
                (_, false) => Some(format!("array_concat(value, {fill})")),
            };
            let end = if left { "left" } else { "right" };
            let summary = format!("{{to}} = {{from}} filled up with {pad_text} to {width} items at the {end}");
            let proposal = Proposal::function(summary, forward, inverse);
            let advice = "a pad that is a legal item cannot be told from one: carry the length, or pad on both sides";
            let proposal = proposal.parameter("pad", fill::json(pad)).parameter("width", width).parameter("end", end);
            proposals.push(proposal.advice(advice).bits(10.0));
        }
        proposals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    fn list(items: &[i64]) -> Value {
        Value::List(items.iter().map(|item| Value::from(*item)).collect())
    }

    #[test]
    fn pads_are_found_at_their_end() {
        let pairs: Vec<(Value, Value)> = (5..15).map(|x| (list(&[x, 8]), list(&[0, 0, x, 8]))).collect();
        let proposals = propose(&ListPadding, &pairs);
        assert_eq!(proposals.first().and_then(|p| p.parameters.last().cloned()), Some(("end", "left".into())));
        let pairs: Vec<(Value, Value)> = (5..15).map(|x| (list(&[x, 8]), list(&[x, 8, x + 1, x + 2]))).collect();
        assert_eq!(propose(&ListPadding, &pairs), []);
    }
}
