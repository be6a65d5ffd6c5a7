//! Codes or labels were mapped one to one, in no order that can be named: an encoder was fitted on data in another order.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnose::fill::{json, shown};
use crate::diagnose::sql;
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// See [`Detector::page`].
pub struct CodeBijection;

impl Detector for CodeBijection {
    fn id(&self) -> &'static str {
        "code-bijection"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("code_bijection.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        // Where it holds for some rows only, those that match speak against it.
        map_of(evidence, true).or_else(|| map_of(evidence, false)).into_iter().collect()
    }
}

/// The map that nearly all rows follow: all rows, or the mismatching ones.
fn map_of(evidence: &Evidence<'_>, with_matching: bool) -> Option<Proposal> {
    const MAX_VALUES: usize = 200;
    let mut by_value: BTreeMap<&Value, BTreeMap<&Value, usize>> = BTreeMap::new();
    for pair in evidence.pairs.iter().filter(|pair| pair.is_mismatch || with_matching) {
        let is_code =
            |value: &Value| matches!(value, Value::Int(_) | Value::Text(_) | Value::Bool(_)) || value.whole().is_some();
        if is_code(pair.from) && is_code(pair.to) {
            *by_value.entry(pair.from).or_default().entry(pair.to).or_default() += 1;
            if by_value.len() > 4 * MAX_VALUES {
                return None;
            }
        }
    }
    let mut map: BTreeMap<&Value, &Value> = BTreeMap::new();
    let (mut mapped, mut total) = (0_usize, 0_usize);
    for (from, values) in &by_value {
        let seen: usize = values.values().sum();
        total += seen;
        if let Some((to, count)) = values.iter().max_by_key(|(_, count)| **count)
            && *count >= 2
            && count * 20 >= seen * 19
        {
            map.insert(from, to);
            mapped += count;
        }
    }
    let targets: BTreeSet<&Value> = map.values().copied().collect();
    let moved: Vec<(&Value, &Value)> =
        map.iter().filter(|(from, to)| from != to).map(|(from, to)| (*from, *to)).collect();
    if targets.len() != map.len()
        || moved.len() < 2
        || map.len() < 3
        || map.len() > MAX_VALUES
        || mapped * 10 < total * 8
    {
        return None;
    }
    let same_kind = moved.iter().all(|(from, to)| std::mem::discriminant(*from) == std::mem::discriminant(*to));
    // What the sample has not seen stays as it is, if it can.
    let otherwise = if same_kind { " ELSE value" } else { "" };
    let case = |pairs: &mut dyn Iterator<Item = (&Value, &Value)>| {
        let whens: Option<Vec<String>> =
            pairs.map(|(from, to)| Some(format!("WHEN {} THEN {}", sql::literal(from)?, sql::literal(to)?))).collect();
        whens.map(|whens| format!("CASE value {}{otherwise} END", whens.join(" ")))
    };
    let all =
        map.iter().map(|(from, to)| (*from, *to)).filter(|(from, to)| !same_kind || from != to).collect::<Vec<_>>();
    let forward = case(&mut all.iter().copied());
    let inverse = case(&mut all.iter().map(|(from, to)| (*to, *from)));
    let (from, to) = moved.first().copied().unwrap_or((&Value::Null, &Value::Null));
    let summary =
        format!("{{to}} has other codes, one for each of {} values: {} is {}", map.len(), shown(from), shown(to));
    let parameter: serde_json::Map<String, serde_json::Value> =
        all.iter().map(|(from, to)| (shown(from).trim_matches('\'').to_owned(), json(to))).collect();
    let k = map.len() as f64;
    let is_permutation = moved.iter().all(|(from, _)| targets.contains(from));
    let bits =
        if is_permutation { (1..=map.len()).map(|n| (n as f64).log2()).sum() } else { 2.0 * k * k.max(2.0).log2() };
    let proposal = Proposal::function(summary, forward, inverse).parameter("map", parameter).bits(bits + 4.0);
    Some(proposal.advice("ship one vocabulary to both sides").min_values(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;

    #[test]
    fn a_permutation_of_codes_is_found_with_its_fixed_points() {
        let to = [2, 0, 1, 3];
        let pairs: Vec<(Value, Value)> =
            (0..40).map(|x| x % 4).map(|x| (Value::from(x), Value::from(to[x as usize]))).collect();
        let proposals = propose(&CodeBijection, &pairs);
        let wanted = "CASE value WHEN 2 THEN 0 WHEN 0 THEN 1 WHEN 1 THEN 2 ELSE value END";
        assert!(
            matches!(&proposals[0].test, crate::diagnose::Test::Function { inverse: Some(sql), .. } if sql == wanted),
            "{proposals:?}"
        );
    }

    #[test]
    fn two_values_for_one_are_no_bijection() {
        let pairs: Vec<(Value, Value)> = (0..40).map(|x| x % 4).map(|x| (Value::from(x), Value::from(x / 2))).collect();
        assert_eq!(propose(&CodeBijection, &pairs), []);
        let pairs: Vec<(Value, Value)> = (0..40).map(|x| (Value::from(x % 4), Value::from(x % 3))).collect();
        assert_eq!(propose(&CodeBijection, &pairs), []);
    }
}
