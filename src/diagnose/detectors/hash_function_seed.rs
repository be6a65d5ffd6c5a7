//! Another hash function, or another seed. Recognised by computing the usual ones over the raw text, which is the value itself
//! or another feature.

use crate::diagnose::sql;
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// See [`Detector::page`].
pub struct HashFunctionSeed;

impl Detector for HashFunctionSeed {
    fn id(&self) -> &'static str {
        "hash-function-seed"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("hash_function_seed.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let targets: Vec<i128> = evidence.mismatches().filter_map(|pair| pair.to.whole()).collect();
        let mut distinct = targets.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if targets.len() < 16 || distinct.len() < 6 {
            return Vec::new();
        }
        let greatest = distinct.iter().map(|value| value.abs()).max().unwrap_or(0);
        // A text that was hashed, or another feature that both are the hash of.
        let mut raw: Vec<(String, String)> = Vec::new();
        if evidence.texts_and_numbers() {
            raw.push(("value".to_owned(), "{from}".to_owned()));
        }
        let is_hash = evidence.mismatches().filter_map(|pair| pair.from.whole()).count() >= 16;
        if is_hash {
            let texts = evidence.shared.iter().filter(|column| {
                let values = &column.values[evidence.to.other().idx()];
                values.iter().filter(|value| value.text().is_some()).count() * 10 >= values.len() * 9
                    && !values.is_empty()
            });
            raw.extend(texts.take(2).map(|column| (sql::identifier(&column.name), column.name.clone())));
        }
        let mut proposals = Vec::new();
        for (name, said) in raw {
            let mut functions: Vec<(String, String)> = Vec::new();
            for seed in [0, 42] {
                functions.push((format!("murmur3_32({name}, {seed})"), format!("murmur3_32 with seed {seed}")));
                functions.push((format!("xxhash64({name}, {seed})"), format!("xxhash64 with seed {seed}")));
            }
            functions.push((format!("farm_fingerprint64({name})"), "farm_fingerprint64".to_owned()));
            if greatest < 10_000_000 {
                functions.clear();
                for size in sizes(greatest) {
                    for hash in ["farm", "murmur3", "xxhash64"] {
                        functions.push((
                            format!("hash_bucket({name}, {size}, '{hash}')"),
                            format!("{hash} in {size} buckets"),
                        ));
                    }
                }
            }
            for (sql, function) in functions {
                let advice = format!("one hash function on both sides: {{to}} has {function} of {said}");
                let proposal = Proposal::lossy(format!("{{to}} = {function} of {said}"), sql, advice);
                proposals.push(proposal.parameter("function", function).bits(8.0));
            }
        }
        proposals
    }
}

impl Evidence<'_> {
    /// Whether texts of one side are numbers on the other.
    fn texts_and_numbers(&self) -> bool {
        let n = self.mismatches().filter(|pair| pair.from.text().is_some() && pair.to.whole().is_some()).count();
        n >= 16
    }
}

/// Numbers of buckets that the greatest bucket speaks for.
fn sizes(greatest: i128) -> Vec<i128> {
    let powers_of_two = (1..24).map(|power| 1_i128 << power);
    let round = (1..8).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_i128.pow(power)));
    let mut sizes: Vec<i128> =
        powers_of_two.chain(round).filter(|size| *size > greatest && *size <= 2 * greatest + 8).collect();
    sizes.sort_unstable();
    sizes.dedup();
    sizes.truncate(4);
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Value;
    use crate::diagnose::testing::propose;

    #[test]
    fn hashes_of_a_text_are_tried_and_those_of_two_buckets_are_not() {
        let pairs: Vec<(Value, Value)> =
            (0..20).map(|x| (Value::from(format!("user {x}").as_str()), Value::from(x * 7919 % 997))).collect();
        let proposals = propose(&HashFunctionSeed, &pairs);
        assert!(proposals.iter().any(|p| p.parameters[0].1 == "murmur3 in 1000 buckets"), "{proposals:?}");
        let pairs: Vec<(Value, Value)> = (0..20).map(|x| (Value::from("a"), Value::from(x % 2))).collect();
        assert_eq!(propose(&HashFunctionSeed, &pairs), []);
    }
}
