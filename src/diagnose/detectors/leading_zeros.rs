//! Zeros at the start were lost, as when a code was read as a number: `from` is `to` filled up with zeros to one width.

use crate::diagnose::number_text::is_digits;
use crate::diagnose::text_pairs::{MIN_ROWS, as_text, modes};
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// Codes without their leading zeros.
pub struct LeadingZeros;

impl Detector for LeadingZeros {
    fn id(&self) -> &'static str {
        "leading-zeros"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("leading_zeros.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let pairs: Vec<(&str, String)> = evidence
            .mismatches()
            .filter_map(|pair| {
                let from = pair.from.text().filter(|text| text.starts_with('0') && is_digits(text))?;
                let to = digits(pair.to)?;
                let is_shorter = to.len() < from.len() && from.trim_start_matches('0') == to.trim_start_matches('0');
                is_shorter.then_some((from, to))
            })
            .collect();
        if pairs.len() < MIN_ROWS {
            return Vec::new();
        }
        let forward = if evidence.to_type.is_integer() && evidence.declared.is_none() {
            "CAST(value AS BIGINT)"
        } else if pairs.iter().any(|(_, to)| to == "0") {
            "COALESCE(NULLIF(ltrim(value, '0'), ''), '0')"
        } else {
            "ltrim(value, '0')"
        };
        let summary = "{to} = {from} without its leading zeros";
        let widths = modes(pairs.iter().map(|(from, _)| from.len()));
        // With several widths nobody knows how many zeros there were.
        let Some((width, _)) = widths.first().filter(|(_, n_rows)| n_rows * 20 >= pairs.len() * 19) else {
            let advice = "keep codes as text where they are read: how many zeros a code had is lost";
            return vec![Proposal::lossy(summary, forward, advice).bits(2.0)];
        };
        let text = as_text(evidence.to_type);
        let padded = format!("lpad({text}, {width}, '0')");
        // Filling up would cut longer texts and change shorter ones that are no codes.
        let is_plain = evidence.pairs.iter().all(|pair| match digits(pair.to) {
            Some(digits) => digits.len() <= *width && (pair.is_mismatch || digits.len() == *width),
            None => pair.is_mismatch || pair.to.is_null(),
        });
        let inverse = if is_plain {
            padded
        } else {
            format!("CASE WHEN regexp_like({text}, '^[0-9]{{1,{width}}}$') THEN {padded} ELSE {text} END")
        };
        vec![Proposal::function(summary, Some(forward.to_owned()), Some(inverse)).parameter("width", *width).bits(4.0)]
    }
}

/// The digits of a code, or of the number that it was read as.
fn digits(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => is_digits(text).then(|| text.clone()),
        Value::Int(value) => (*value >= 0).then(|| value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    const CODES: [&str; 9] = ["02134", "00501", "01001", "07030", "06510", "00000", "03301", "04101", "05401"];

    fn without_zeros(code: &str) -> String {
        code.parse::<i64>().map(|code| code.to_string()).unwrap_or_default()
    }

    #[test]
    fn codes_of_one_width_are_filled_up() {
        let mut pairs: Vec<(Value, Value)> =
            CODES.iter().map(|code| ((*code).into(), without_zeros(code).as_str().into())).collect();
        pairs.extend([("noise".into(), "else".into()), ("90210".into(), "90210".into())]);
        let proposals = propose(&LeadingZeros, &pairs);
        let test = Test::Function {
            forward: Some("COALESCE(NULLIF(ltrim(value, '0'), ''), '0')".into()),
            inverse: Some("lpad(value, 5, '0')".into()),
        };
        assert_eq!(proposals[0].test, test);
        assert_eq!(proposals[0].parameters, [("width", 5.into())]);
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&LeadingZeros, &swapped), []);
    }

    #[test]
    fn numbers_become_codes_again() {
        let pairs: Vec<(Value, Value)> =
            CODES.iter().map(|code| ((*code).into(), code.parse::<i64>().expect("a number").into())).collect();
        let test = Test::Function {
            forward: Some("CAST(value AS BIGINT)".into()),
            inverse: Some("lpad(CAST(value AS VARCHAR), 5, '0')".into()),
        };
        assert_eq!(propose(&LeadingZeros, &pairs)[0].test, test);
    }

    #[test]
    fn other_texts_are_left_alone() {
        let mut pairs: Vec<(Value, Value)> =
            CODES.iter().map(|code| ((*code).into(), without_zeros(code).as_str().into())).collect();
        pairs.push(("SW1A 1AA".into(), "SW1A 1AA".into()));
        let proposals = propose(&LeadingZeros, &pairs);
        let Test::Function { inverse: Some(inverse), .. } = &proposals[0].test else { panic!("no function") };
        assert!(inverse.starts_with("CASE WHEN regexp_like(value, '^[0-9]{1,5}$')"), "{inverse}");
    }

    #[test]
    fn many_widths_cannot_be_undone() {
        let pairs: Vec<(Value, Value)> = (1..20_usize)
            .map(|idx| (format!("{}{idx}", "0".repeat(idx % 3 + 1)).as_str().into(), idx.to_string().as_str().into()))
            .collect();
        let Test::Function { inverse, .. } = &propose(&LeadingZeros, &pairs)[0].test else { panic!("no function") };
        assert_eq!(*inverse, None);
    }

    #[test]
    fn zeros_at_the_end_are_none() {
        let pairs: Vec<(Value, Value)> =
            (1..20).map(|idx| (format!("{idx}0").as_str().into(), idx.to_string().as_str().into())).collect();
        assert_eq!(propose(&LeadingZeros, &pairs), []);
    }
}
