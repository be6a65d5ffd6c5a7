//! One side drops accents, or all that is not ASCII: `to` is `from` without its marks, by one of a few usual ways.

use crate::compare::texts::{nfkd, unaccented};
use crate::diagnose::text_pairs::{MIN_ROWS, count, differ_in_blanks, is_frequent};
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// Letters without their marks.
pub struct DiacriticsStripped;

impl Detector for DiacriticsStripped {
    fn id(&self) -> &'static str {
        "diacritics-stripped"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("diacritics_stripped.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        if !is_frequent(evidence, |from, to| !from.is_ascii() && to.len() <= from.len()) {
            return Vec::new();
        }
        let mut proposals = Vec::new();
        let mut most = 0;
        for way in WAYS {
            let n_rows = count(evidence, |from, to| {
                !from.is_ascii() && from != to && (way.apply)(from) == to && !differ_in_blanks(from, to)
            });
            if n_rows < MIN_ROWS || n_rows <= most {
                continue;
            }
            most = n_rows;
            let proposal = Proposal::lossy(
                format!("{{to}} = {{from}} {}", way.summary),
                way.sql,
                "keep accents where the value is made; what was dropped cannot be had back",
            );
            proposals.push(proposal.parameter("method", way.method).bits(2.0));
        }
        proposals
    }
}

struct Way {
    method: &'static str,
    summary: &'static str,
    sql: &'static str,
    apply: fn(&str) -> String,
}

const WAYS: [Way; 4] = [
    Way {
        method: "marks",
        summary: "without accents",
        sql: "unaccent(value)",
        apply: |text| unaccented(text).into_owned(),
    },
    Way {
        method: "letters",
        summary: "in plain letters (ø is o, ß is ss)",
        sql: "replace(replace(replace(replace(replace(translate(unaccent(value), 'øØłŁđĐðÐı', 'oOlLdDdDi'), \
              'ß', 'ss'), 'æ', 'ae'), 'Æ', 'AE'), 'œ', 'oe'), 'Œ', 'OE')",
        apply: |text| spelled(&unaccented(text)),
    },
    Way {
        method: "german",
        summary: "in plain letters (ä is ae, ß is ss)",
        sql: "unaccent(replace(replace(replace(replace(replace(replace(replace(nfc(value), 'ä', 'ae'), 'ö', 'oe'), \
              'ü', 'ue'), 'Ä', 'Ae'), 'Ö', 'Oe'), 'Ü', 'Ue'), 'ß', 'ss'))",
        apply: |text| {
            let mut german = crate::compare::texts::nfc(text).into_owned();
            for (letter, plain) in
                [("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue"), ("ß", "ss")]
            {
                german = german.replace(letter, plain);
            }
            unaccented(&german).into_owned()
        },
    },
    Way {
        method: "ascii",
        summary: "without what is not ASCII",
        sql: r"regexp_replace(nfkd(value), '[^\x00-\x7F]', '', 'g')",
        apply: |text| nfkd(text).chars().filter(char::is_ascii).collect(),
    },
];

fn spelled(text: &str) -> String {
    let mut spelled = String::with_capacity(text.len());
    for letter in text.chars() {
        let plain = match letter {
            'ø' => "o",
            'Ø' => "O",
            'ł' => "l",
            'Ł' => "L",
            'đ' | 'ð' => "d",
            'Đ' | 'Ð' => "D",
            'ı' => "i",
            'ß' => "ss",
            'æ' => "ae",
            'Æ' => "AE",
            'œ' => "oe",
            'Œ' => "OE",
            letter => {
                spelled.push(letter);
                continue;
            }
        };
        spelled.push_str(plain);
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    fn pairs(texts: &[(&str, &str)]) -> Vec<(Value, Value)> {
        texts.iter().map(|(from, to)| ((*from).into(), (*to).into())).collect()
    }

    #[test]
    fn accents_are_dropped() {
        let texts = [
            ("Málaga", "Malaga"),
            ("Köln", "Koln"),
            ("Zürich", "Zurich"),
            ("São Paulo", "Sao Paulo"),
            ("Orléans", "Orleans"),
            ("Łódź", "Łodz"),
            ("Århus", "Arhus"),
            ("Curaçao", "Curacao"),
            ("Berlin", "Paris"),
        ];
        let proposals = propose(&DiacriticsStripped, &pairs(&texts));
        assert_eq!(proposals.len(), 1);
        assert_eq!(proposals[0].test, Test::Function { forward: Some("unaccent(value)".into()), inverse: None });
        assert_eq!(proposals[0].parameters, [("method", "marks".into())]);
        let swapped: Vec<_> = texts.iter().map(|(from, to)| (*to, *from)).collect();
        assert_eq!(propose(&DiacriticsStripped, &pairs(&swapped)), []);
    }

    #[test]
    fn each_way_is_told_by_what_it_makes_of_letters_that_do_not_split() {
        for (method, texts) in [
            ("letters", ["Øre", "Strasse", "Lodz", "AEro"]),
            ("german", ["Oere", "Strasse", "Lodz", "Aero"]),
            ("ascii", ["re", "Strae", "odz", "ro"]),
        ] {
            let from = match method {
                "letters" => ["Øre\u{e9}", "Straße", "Łódź", "Æro"],
                "german" => ["Öre", "Straße", "Lodz", "Äro"],
                _ => ["Øre", "Straße", "Łódź", "Æro"],
            };
            let to = if method == "letters" { ["Oree", "Strasse", "Lodz", "AEro"] } else { texts };
            let pairs: Vec<(Value, Value)> = (0..4)
                .flat_map(|number| {
                    from.iter().zip(to).map(move |(from, to)| {
                        (format!("{from} {number}").as_str().into(), format!("{to} {number}").as_str().into())
                    })
                })
                .collect();
            let proposals = propose(&DiacriticsStripped, &pairs);
            let methods: Vec<_> = proposals.iter().map(|proposal| proposal.parameters[0].1.clone()).collect();
            assert!(methods.contains(&method.into()), "{method}: {methods:?}");
        }
    }

    #[test]
    fn bytes_in_the_wrong_encoding_are_no_dropped_accents() {
        let texts: Vec<_> = ["á", "é", "í", "ó", "ú", "à", "è", "ì", "ò"]
            .into_iter()
            .map(|text| (Value::from(text), Value::from(format!("{text}x").as_str())))
            .collect();
        assert_eq!(propose(&DiacriticsStripped, &texts), []);
    }
}
