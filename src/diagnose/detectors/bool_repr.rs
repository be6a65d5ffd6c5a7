//! True and false in other words: Y and N, 1 and 0, or texts.

use std::collections::BTreeMap;

use crate::diagnose::fill::{json, shown};
use crate::diagnose::sql;
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct BoolRepr;

impl Detector for BoolRepr {
    fn id(&self) -> &'static str {
        "bool-repr"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("bool_repr.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut words: [BTreeMap<&Value, usize>; 2] = [BTreeMap::new(), BTreeMap::new()];
        let mut n = 0_usize;
        for pair in &evidence.pairs {
            if let (Value::Bool(from), Some(_)) = (pair.from, truth(pair.to)) {
                *words[usize::from(*from)].entry(pair.to).or_default() += 1;
                n += usize::from(pair.is_mismatch);
            }
        }
        let usual = |words: &BTreeMap<&Value, usize>| {
            words.iter().max_by_key(|(_, count)| **count).map(|(word, _)| (*word).clone())
        };
        let (Some(no), Some(yes)) = (usual(&words[0]), usual(&words[1])) else { return Vec::new() };
        if n < 8 || no == yes || truth(&no) == truth(&yes) {
            return Vec::new();
        }
        let inverted = truth(&yes) == Some(false);
        let (Some(yes_sql), Some(no_sql)) = (sql::literal(&yes), sql::literal(&no)) else { return Vec::new() };
        let forward = format!("CASE WHEN value THEN {yes_sql} WHEN NOT value THEN {no_sql} END");
        let inverse = match &yes {
            Value::Text(_) => {
                let (mut trues, mut falses) = (list(true), list(false));
                if inverted {
                    std::mem::swap(&mut trues, &mut falses);
                }
                format!(
                    "CASE WHEN lower(btrim(value)) IN ({trues}) THEN true WHEN lower(btrim(value)) IN ({falses}) THEN false END"
                )
            }
            _ => format!("CASE WHEN value = {yes_sql} THEN true WHEN value = {no_sql} THEN false END"),
        };
        let summary = format!("{{to}} writes true as {}, false as {}", shown(&yes), shown(&no));
        let proposal = Proposal::function(summary, Some(forward), Some(inverse)).min_values(2).bits(4.0);
        vec![proposal.parameter("true", json(&yes)).parameter("false", json(&no))]
    }
}

const TRUE: [&str; 6] = ["true", "t", "1", "y", "yes", "on"];
const FALSE: [&str; 6] = ["false", "f", "0", "n", "no", "off"];

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Text(text) => {
            let text = text.trim().to_lowercase();
            if TRUE.contains(&text.as_str()) { Some(true) } else { FALSE.contains(&text.as_str()).then_some(false) }
        }
        other => match other.whole()? {
            1 => Some(true),
            0 => Some(false),
            _ => None,
        },
    }
}

fn list(of: bool) -> String {
    let words = if of { TRUE } else { FALSE };
    words.map(sql::text).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    #[test]
    fn words_for_true_and_false_are_found() {
        let pairs: Vec<(Value, Value)> =
            (0..12).map(|x| ((x % 3 == 0).into(), if x % 3 == 0 { "Y" } else { "N" }.into())).collect();
        let proposals = propose(&BoolRepr, &pairs);
        assert_eq!(
            proposals.first().map(|p| p.parameters.clone()),
            Some(vec![("true", "Y".into()), ("false", "N".into())])
        );
        let pairs: Vec<(Value, Value)> = (0..12).map(|x| ((x % 3 == 0).into(), Value::from(x % 2))).collect();
        assert_eq!(propose(&BoolRepr, &pairs), []);
    }
}
