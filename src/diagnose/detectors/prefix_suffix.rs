//! A constant text was put before or behind the value: what `to` has beside `from` is the same for most rows.

use crate::diagnose::sql;
use crate::diagnose::text_pairs::{as_text, modes};
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// A constant before or behind the value.
pub struct PrefixSuffix;

impl Detector for PrefixSuffix {
    fn id(&self) -> &'static str {
        "prefix-suffix"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("prefix_suffix.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let is_integer = evidence.from_type.is_integer();
        let texts: Vec<(String, &str)> = evidence
            .mismatches()
            .filter_map(|pair| {
                let from = match pair.from {
                    Value::Text(text) if !text.is_empty() => text.clone(),
                    Value::Int(value) if is_integer => value.to_string(),
                    _ => return None,
                };
                Some((from, pair.to.text()?))
            })
            .collect();
        let affixes = modes(texts.iter().filter_map(|(from, to)| affixes(from, to)));
        affixes
            .into_iter()
            .filter(|((prefix, suffix), _)| !prefix.trim().is_empty() || !suffix.trim().is_empty())
            // Zeros before a number are a matter of its width.
            .filter(|((prefix, suffix), _)| !suffix.is_empty() || prefix.bytes().any(|byte| byte != b'0'))
            .take(3)
            .map(|((prefix, suffix), _)| proposal(evidence, prefix, suffix))
            .collect()
    }
}

/// What a text has before and behind the other.
fn affixes<'a>(from: &str, to: &'a str) -> Option<(&'a str, &'a str)> {
    if to.len() <= from.len() {
        return None;
    }
    // A text that repeats itself has several answers: a prefix alone is the most usual one.
    to.strip_suffix(from)
        .map(|prefix| (prefix, ""))
        .or_else(|| to.strip_prefix(from).map(|suffix| ("", suffix)))
        .or_else(|| to.split_once(from))
}

fn proposal(evidence: &Evidence<'_>, prefix: &str, suffix: &str) -> Proposal {
    let (start, end) = (sql::text(prefix), sql::text(suffix));
    let (n_start, n_end) = (prefix.chars().count(), suffix.chars().count());
    let (condition, rest) = match (prefix.is_empty(), suffix.is_empty()) {
        (false, true) => (format!("starts_with(value, {start})"), format!("substr(value, {})", n_start + 1)),
        (true, false) => (format!("ends_with(value, {end})"), format!("left(value, -{n_end})")),
        (true, true) | (false, false) => (
            format!(
                "starts_with(value, {start}) AND ends_with(value, {end}) AND character_length(value) >= {}",
                n_start + n_end
            ),
            format!("left(substr(value, {}), -{n_end})", n_start + 1),
        ),
    };
    let mut inverse = format!("CASE WHEN {condition} THEN {rest} ELSE value END");
    if evidence.from_type.is_integer() {
        inverse = format!("CAST({inverse} AS BIGINT)");
    }
    let mut forward = as_text(evidence.from_type).to_owned();
    let mut parameters = Vec::new();
    let mut said = Vec::new();
    if !prefix.is_empty() {
        forward = format!("{start} || {forward}");
        parameters.push(("prefix", prefix));
        said.push(format!("{start} before it"));
    }
    if !suffix.is_empty() {
        forward = format!("{forward} || {end}");
        parameters.push(("suffix", suffix));
        said.push(format!("{end} behind it"));
    }
    let summary = format!("{{to}} = {{from}} with {}", said.join(" and "));
    // A letter of a usual affix costs less than a random one: most are words.
    let bits = 2.0 * (n_start + n_end) as f64;
    let proposal = Proposal::function(summary, Some(forward), Some(inverse)).bits(bits.min(24.0));
    parameters.into_iter().fold(proposal, |proposal, (name, value)| proposal.parameter(name, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    const IDS: [&str; 9] = ["42", "7", "abc", "u1", "99", "x-y", "1000", "b", "s"];

    fn made(make: impl Fn(&str) -> String) -> Vec<(Value, Value)> {
        let mut pairs: Vec<(Value, Value)> =
            IDS.iter().map(|text| ((*text).into(), make(text).as_str().into())).collect();
        pairs.extend([("noise".into(), "else".into()), ("".into(), "x".into())]);
        pairs
    }

    #[test]
    fn a_prefix_is_taken_off_and_put_on() {
        let pairs = made(|id| format!("user_{id}"));
        let proposals = propose(&PrefixSuffix, &pairs);
        assert_eq!(proposals.len(), 1);
        let test = Test::Function {
            forward: Some("'user_' || value".into()),
            inverse: Some("CASE WHEN starts_with(value, 'user_') THEN substr(value, 6) ELSE value END".into()),
        };
        assert_eq!(proposals[0].test, test);
        assert_eq!(proposals[0].parameters, [("prefix", "user_".into())]);
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&PrefixSuffix, &swapped), []);
    }

    #[test]
    fn suffixes_and_both() {
        let proposals = propose(&PrefixSuffix, &made(|id| format!("{id}_é")));
        let test = Test::Function {
            forward: Some("value || '_é'".into()),
            inverse: Some("CASE WHEN ends_with(value, '_é') THEN left(value, -2) ELSE value END".into()),
        };
        assert_eq!(proposals[0].test, test);
        let proposals = propose(&PrefixSuffix, &made(|id| format!("b'{id}'")));
        assert_eq!(proposals[0].parameters, [("prefix", "b'".into()), ("suffix", "'".into())]);
    }

    #[test]
    fn integers_become_integers_again() {
        let pairs: Vec<(Value, Value)> =
            (0..9_i64).map(|id| (id.into(), format!("user_{id}").as_str().into())).collect();
        let test = Test::Function {
            forward: Some("'user_' || CAST(value AS VARCHAR)".into()),
            inverse: Some(
                "CAST(CASE WHEN starts_with(value, 'user_') THEN substr(value, 6) ELSE value END AS BIGINT)".into(),
            ),
        };
        assert_eq!(propose(&PrefixSuffix, &pairs)[0].test, test);
    }

    #[test]
    fn what_differs_from_row_to_row_is_no_prefix() {
        assert_eq!(
            propose(&PrefixSuffix, &made(|id| format!("{}{id}", id.len() * id.len() + usize::from(id.as_bytes()[0])))),
            []
        );
        assert_eq!(propose(&PrefixSuffix, &made(|id| format!("  {id}"))), []);
    }
}
