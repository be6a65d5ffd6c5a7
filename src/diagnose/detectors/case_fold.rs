//! One side folds letters to one case: `to` is what lower, upper or initcap makes of `from`, or both differ in case alone.

use crate::diagnose::text_pairs::{MIN_ROWS, count};
use crate::diagnose::{Detector, Evidence, Family, Place, Proposal};

/// Letters in another case.
pub struct CaseFold;

impl Detector for CaseFold {
    fn id(&self) -> &'static str {
        "case-fold"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("case_fold.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut proposals: Vec<Proposal> = FOLDS
            .iter()
            .filter_map(|fold| {
                let holds = |from: &str, to: &str| (fold.apply)(from) == to;
                let n_rows = count(evidence, holds);
                if n_rows < MIN_ROWS {
                    return None;
                }
                // Where all that was folded had one case before, nothing is lost.
                let back = FOLDS
                    .iter()
                    .find(|back| count(evidence, |from, to| holds(from, to) && (back.apply)(to) == from) == n_rows);
                let summary = format!("{{to}} = {{from}} in {} case", fold.case);
                let forward = format!("{}(value)", fold.function);
                let proposal = match back {
                    Some(back) => Proposal::function(summary, Some(forward), Some(format!("{}(value)", back.function))),
                    None => Proposal::lossy(summary, forward, advice(fold.function)),
                };
                Some(proposal.parameter("case", fold.case).bits(2.0))
            })
            .collect();
        // The relation has no direction: one of both is enough.
        if evidence.to == Place::Second {
            let n_mixed = count(evidence, |from, to| {
                (FOLDS[0].apply)(from) == (FOLDS[0].apply)(to)
                    && !FOLDS.iter().any(|fold| (fold.apply)(from) == to || (fold.apply)(to) == from)
            });
            if n_mixed >= MIN_ROWS {
                let relation = Proposal::relation(
                    "{to} = {from} but for the case of letters",
                    r#"lower("from") = lower("to")"#,
                    advice("lower"),
                );
                proposals.push(relation.parameter("case", "mixed").bits(3.0));
            }
        }
        proposals
    }
}

struct Fold {
    case: &'static str,
    function: &'static str,
    apply: fn(&str) -> String,
}

const FOLDS: [Fold; 3] = [
    Fold { case: "lower", function: "lower", apply: str::to_lowercase },
    Fold { case: "upper", function: "upper", apply: str::to_uppercase },
    Fold { case: "title", function: "initcap", apply: initcap },
];

fn advice(function: &str) -> String {
    format!("keep the case of letters on both sides, or take {function}() of the value on both")
}

/// As the function of SQL: the first letter of each run of letters and digits is upper case, all others are lower case.
fn initcap(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut is_inside = false;
    for letter in text.chars() {
        if is_inside {
            result.extend(letter.to_lowercase());
        } else {
            result.extend(letter.to_uppercase());
        }
        is_inside = letter.is_alphanumeric();
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    fn pairs(texts: &[(&str, &str)]) -> Vec<(Value, Value)> {
        texts.iter().map(|(from, to)| ((*from).into(), (*to).into())).collect()
    }

    const MIXED: [(&str, &str); 8] = [
        ("PayPal", "paypal"),
        ("eBay", "ebay"),
        ("IKEA", "ikea"),
        ("Nike", "nike"),
        ("Ülker", "ülker"),
        ("H&M", "h&m"),
        ("GitHub", "github"),
        ("Zalando SE", "zalando se"),
    ];

    #[test]
    fn lower_case_of_mixed_names_loses_them() {
        let mut texts = MIXED.to_vec();
        texts.extend([("noise", "else"), ("Otto", "Bonprix")]);
        let proposals = propose(&CaseFold, &pairs(&texts));
        assert_eq!(proposals.len(), 1);
        assert_eq!(proposals[0].test, Test::Function { forward: Some("lower(value)".into()), inverse: None });
        assert_eq!(proposals[0].parameters, [("case", "lower".into())]);
    }

    #[test]
    fn the_folded_value_has_nothing_to_tell_of_the_other_direction() {
        let swapped: Vec<_> = MIXED.iter().map(|(from, to)| (*to, *from)).collect();
        assert_eq!(propose(&CaseFold, &pairs(&swapped)), []);
    }

    #[test]
    fn upper_case_of_lower_case_can_be_undone() {
        let texts = ["de", "fr", "us", "nl", "at", "ch", "es", "it"];
        let pairs: Vec<(Value, Value)> =
            texts.iter().map(|text| ((*text).into(), text.to_uppercase().as_str().into())).collect();
        let proposals = propose(&CaseFold, &pairs);
        let test = Test::Function { forward: Some("upper(value)".into()), inverse: Some("lower(value)".into()) };
        assert_eq!(proposals[0].test, test);
    }

    #[test]
    fn other_texts_are_no_other_case() {
        let texts: Vec<_> = MIXED.iter().zip(MIXED.iter().skip(1)).map(|(one, other)| (one.0, other.1)).collect();
        assert_eq!(propose(&CaseFold, &pairs(&texts)), []);
    }

    #[test]
    fn case_that_no_function_makes_is_a_relation() {
        let texts: Vec<String> = (0..8).map(|idx| format!("aBc{idx}")).collect();
        let pairs: Vec<(Value, Value)> =
            texts.iter().map(|text| (text.as_str().into(), text.replace("aBc", "AbC").as_str().into())).collect();
        let proposals = propose(&CaseFold, &pairs);
        assert_eq!(proposals[0].test, Test::Relation(r#"lower("from") = lower("to")"#.into()));
    }
}
