//! The same things under the names of another list: DE and Germany, 1 and January. Recognised by public tables.

use std::collections::BTreeMap;

use crate::diagnose::labels::{TABLES, is_encoded};
use crate::diagnose::sql;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct LabelSynonym;

impl Detector for LabelSynonym {
    fn id(&self) -> &'static str {
        "label-synonym"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("label_synonym.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (from, to) in evidence.texts() {
            *seen.entry((from, to)).or_default() += 1;
        }
        let total: usize = seen.values().sum();
        let mut proposals = Vec::new();
        for (name, rows) in TABLES {
            let width = rows.first().map_or(0, |row| row.len());
            for (one, other) in (0..width).flat_map(|one| (0..width).map(move |other| (one, other))) {
                let entry = |from: &str, to: &str| {
                    rows.iter().any(|row| row.get(one) == Some(&from) && row.get(other) == Some(&to))
                };
                let found: Vec<(&str, &str)> = seen.keys().copied().filter(|(from, to)| entry(from, to)).collect();
                let covered: usize = found.iter().filter_map(|pair| seen.get(pair)).sum();
                if one == other || covered < 8 || covered * 2 < total || found.len() < 2 {
                    continue;
                }
                let case = |pairs: &mut dyn Iterator<Item = (&str, &str)>| {
                    let whens: Vec<String> =
                        pairs.map(|(from, to)| format!("WHEN {} THEN {}", sql::text(from), sql::text(to))).collect();
                    format!("CASE value {} ELSE value END", whens.join(" "))
                };
                let forward = case(&mut found.iter().copied());
                let inverse = case(&mut found.iter().map(|(from, to)| (*to, *from)));
                let map: serde_json::Map<String, serde_json::Value> =
                    found.iter().map(|(from, to)| ((*from).to_owned(), (*to).into())).collect();
                let (from, to) = found.first().copied().unwrap_or_default();
                let summary = format!("{{to}} has other names of {name}: '{from}' is '{to}'");
                let proposal = Proposal::function(summary, Some(forward), Some(inverse)).parameter("table", *name);
                proposals.push(proposal.parameter("map", map).bits(8.0).min_values(2).hint(2.0));
            }
        }
        for (encoding, name) in [("hex", "hex digits"), ("base64", "base64")] {
            let encoded = evidence.texts().filter(|(from, to)| is_encoded(encoding, from, to)).count();
            if encoded >= 8 {
                let forward = format!("encode(value, '{encoding}')");
                let inverse = format!("arrow_cast(decode(value, '{encoding}'), 'Utf8')");
                let proposal = Proposal::function(format!("{{to}} = {{from}} in {name}"), Some(forward), Some(inverse));
                proposals.push(proposal.parameter("table", encoding).bits(4.0));
            }
        }
        proposals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn a_public_table_is_found_among_noise() {
        let names = [("DE", "Germany"), ("FR", "France"), ("US", "United States")];
        let mut pairs: Vec<(Value, Value)> =
            (0..30).map(|x| names[x % 3]).map(|(from, to)| (from.into(), to.into())).collect();
        pairs.push(("IT".into(), "Spain".into()));
        let proposals = propose(&LabelSynonym, &pairs);
        assert_eq!(proposals.first().map(|p| p.parameters[0].clone()), Some(("table", "countries".into())));
        let pairs: Vec<(Value, Value)> = (0..30)
            .map(|x| [("DE", "a"), ("FR", "b"), ("US", "c")][x % 3])
            .map(|(from, to)| (from.into(), to.into()))
            .collect();
        assert_eq!(propose(&LabelSynonym, &pairs), []);
    }

    #[test]
    fn hex_digits_are_found() {
        let pairs: Vec<(Value, Value)> = ["abc", "b", "xyz", "hello", "Q1", "Z", "zz", "top", "k"]
            .into_iter()
            .map(|text| (text.into(), text.bytes().map(|b| format!("{b:02x}")).collect::<String>().as_str().into()))
            .collect();
        assert_eq!(
            propose(&LabelSynonym, &pairs).first().map(|p| p.parameters[0].clone()),
            Some(("table", "hex".into()))
        );
    }
}
