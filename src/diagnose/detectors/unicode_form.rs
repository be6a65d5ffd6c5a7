//! The same text in another Unicode normalization form: an accent is a character of its own, or a ligature is two letters.

use crate::compare::texts::{nfc, nfd, nfkc, nfkd};
use crate::diagnose::text_pairs::{MIN_ROWS, count, differ_in_blanks, is_frequent};
use crate::diagnose::{Detector, Evidence, Family, Place, Proposal};

/// Another Unicode normalization form.
pub struct UnicodeForm;

impl Detector for UnicodeForm {
    fn id(&self) -> &'static str {
        "unicode-form"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("unicode_form.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        if !is_frequent(evidence, |from, to| !(from.is_ascii() && to.is_ascii())) {
            return Vec::new();
        }
        let mut proposals = Vec::new();
        let mut most = 0;
        for (form, function, apply) in FORMS {
            // No-break blanks are `whitespace`, though NFKC replaces them too.
            let n_rows = count(evidence, |from, to| apply(from) == to && !differ_in_blanks(from, to));
            // A form that explains no more than an earlier one says the same in more words.
            if n_rows < MIN_ROWS || n_rows <= most {
                continue;
            }
            most = n_rows;
            let is_undone = |back: Form| {
                count(evidence, |from, to| apply(from) == to && !differ_in_blanks(from, to) && back(to) == from)
                    == n_rows
            };
            let inverse = [(nfc as Form, "nfc(value)"), (nfd, "nfd(value)")]
                .into_iter()
                .find_map(|(back, sql)| is_undone(back).then(|| sql.to_owned()));
            let is_lossy = inverse.is_none();
            let summary = format!("{{to}} = {{from}} in Unicode form {form}");
            let mut proposal = Proposal::function(summary, Some(format!("{function}(value)")), inverse);
            if is_lossy {
                proposal = proposal.advice(format!("take {function}() of the value on both sides"));
            }
            proposals.push(proposal.parameter("form", form).bits(2.0));
        }
        let n_mixed = count(evidence, |from, to| nfc(from) == nfc(to));
        if evidence.to == Place::Second && n_mixed >= MIN_ROWS && n_mixed > most {
            let relation = Proposal::relation(
                "{to} = {from} but for the Unicode form",
                r#"nfc("from") = nfc("to")"#,
                "take nfc() of the value on both sides",
            );
            proposals.push(relation.parameter("form", "mixed").bits(3.0));
        }
        proposals
    }
}

type Form = fn(&str) -> std::borrow::Cow<'_, str>;

const FORMS: [(&str, &str, Form); 4] =
    [("NFC", "nfc", nfc), ("NFD", "nfd", nfd), ("NFKC", "nfkc", nfkc), ("NFKD", "nfkd", nfkd)];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    const NAMES: [&str; 9] = ["Günther", "José", "Zoë", "Łódź", "Málaga", "Köln", "Ångström", "Đặng", "São Paulo"];

    #[test]
    fn taken_apart_is_put_together_by_nfc() {
        let mut pairs: Vec<(Value, Value)> =
            NAMES.iter().map(|name| ((*name).into(), nfd(name).as_ref().into())).collect();
        pairs.push(("plain".into(), "other".into()));
        let proposals = propose(&UnicodeForm, &pairs);
        assert_eq!(proposals.len(), 1);
        let test = Test::Function { forward: Some("nfd(value)".into()), inverse: Some("nfc(value)".into()) };
        assert_eq!(proposals[0].test, test);
        assert_eq!(proposals[0].parameters, [("form", "NFD".into())]);
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        let test = Test::Function { forward: Some("nfc(value)".into()), inverse: Some("nfd(value)".into()) };
        assert_eq!(propose(&UnicodeForm, &swapped)[0].test, test);
    }

    #[test]
    fn full_width_letters_are_lost_in_nfkc() {
        let texts: Vec<String> = (0..9).map(|idx| format!("Ｔｏｋｙｏ{idx}")).collect();
        let pairs: Vec<(Value, Value)> =
            texts.iter().map(|text| (text.as_str().into(), nfkc(text).as_ref().into())).collect();
        let proposals = propose(&UnicodeForm, &pairs);
        assert_eq!(proposals[0].test, Test::Function { forward: Some("nfkc(value)".into()), inverse: None });
        assert!(proposals[0].advice.is_some());
    }

    #[test]
    fn letters_without_their_marks_are_no_form() {
        let pairs: Vec<(Value, Value)> = NAMES
            .iter()
            .map(|name| ((*name).into(), crate::compare::texts::unaccented(name).as_ref().into()))
            .collect();
        assert_eq!(propose(&UnicodeForm, &pairs), []);
    }
}
