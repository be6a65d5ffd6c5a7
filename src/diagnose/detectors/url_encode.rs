//! `to` has percent escapes, or plus signs for blanks, for what `from` has as characters: decoding gives `from`.

use crate::compare::texts::{url_decoded, url_encoded};
use crate::diagnose::sql;
use crate::diagnose::text_pairs::{MIN_ROWS, count};
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// Percent escapes in place of characters.
pub struct UrlEncode;

impl Detector for UrlEncode {
    fn id(&self) -> &'static str {
        "url-encode"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("url_encode.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        for depth in 1..=MAX_DEPTH {
            let mut most = 0;
            for plus in [false, true] {
                let holds = |from: &str, to: &str| self::depth(from, to, plus) == Some(depth);
                let n_rows = count(evidence, holds);
                if n_rows < MIN_ROWS || n_rows <= most {
                    continue;
                }
                most = n_rows;
                let inverse = nested(depth, |value| {
                    if plus {
                        format!("url_decode(replace({value}, '+', ' '))")
                    } else {
                        format!("url_decode({value})")
                    }
                });
                let forward = escape(evidence, depth, plus).map(|escape| nested(depth, escape));
                let times = ["once", "twice", "three times"].get(depth - 1).copied().unwrap_or_default();
                let has_forward = forward.is_some();
                let mut proposal =
                    Proposal::function(format!("{{to}} = {{from}} escaped for URLs, {times}"), forward, Some(inverse));
                if !has_forward {
                    proposal = proposal.advice("decode what comes from a URL once, where it comes in");
                }
                let space = if plus { "+" } else { "%20" };
                proposals.push(proposal.parameter("space", space).parameter("depth", depth).bits(3.0));
            }
        }
        proposals.truncate(4);
        proposals
    }
}

const MAX_DEPTH: usize = 3;
/// What some encoders leave as it is, beside letters, digits and `-._~`.
const KEPT: [&str; 18] = ["/", ":", "?", "#", "[", "]", "@", "!", "$", "&", "'", "(", ")", "*", "+", ",", ";", "="];

/// How often a text has to be decoded to become the other one.
fn depth(from: &str, to: &str, plus: bool) -> Option<usize> {
    let mut text = to.to_owned();
    for depth in 1..=MAX_DEPTH {
        let decoded =
            if plus { url_decoded(&text.replace('+', " ")).into_owned() } else { url_decoded(&text).into_owned() };
        if decoded == text {
            return None;
        }
        if decoded == from {
            return Some(depth);
        }
        text = decoded;
    }
    None
}

fn nested(depth: usize, function: impl Fn(String) -> String) -> String {
    (0..depth).fold("value".to_owned(), |value, _| function(value))
}

/// Returns how texts were escaped, if it was by `url_encode` but for some characters that were kept.
fn escape(evidence: &Evidence<'_>, depth: usize, plus: bool) -> Option<impl Fn(String) -> String + use<>> {
    let pairs: Vec<(&str, &str)> =
        evidence.texts().filter(|(from, to)| self::depth(from, to, plus) == Some(depth)).collect();
    let kept: Vec<(String, &'static str)> = KEPT
        .into_iter()
        .filter(|kept| {
            !(plus && *kept == "+") && pairs.iter().any(|(from, to)| from.contains(kept) && to.contains(kept))
        })
        .map(|kept| (url_encoded(kept).into_owned(), kept))
        .chain(plus.then(|| ("%20".to_owned(), "+")))
        .collect();
    let escaped = |text: &str| {
        (0..depth).fold(text.to_owned(), |text, _| {
            kept.iter().fold(url_encoded(&text).into_owned(), |text, (escape, kept)| text.replace(escape, kept))
        })
    };
    let n_same = pairs.iter().filter(|(from, to)| escaped(from) == *to).count();
    if n_same * 20 < pairs.len() * 19 {
        return None;
    }
    Some(move |value: String| {
        kept.iter().fold(format!("url_encode({value})"), |value, (escape, kept)| {
            format!("replace({value}, {}, {})", sql::text(escape), sql::text(kept))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    const TEXTS: [&str; 9] =
        ["a b", "New York", "São Paulo", "x/y z", "50% off", "a+b c", "Tom & Jerry", "q=1 2", "Köln Süd"];

    fn made(make: impl Fn(&str) -> String) -> Vec<(Value, Value)> {
        let mut pairs: Vec<(Value, Value)> =
            TEXTS.iter().map(|text| ((*text).into(), make(text).as_str().into())).collect();
        pairs.push(("noise".into(), "else".into()));
        pairs
    }

    #[test]
    fn escapes_are_decoded_and_made_again() {
        let pairs = made(|text| url_encoded(text).into_owned());
        let proposals = propose(&UrlEncode, &pairs);
        assert_eq!(proposals.len(), 1);
        let test =
            Test::Function { forward: Some("url_encode(value)".into()), inverse: Some("url_decode(value)".into()) };
        assert_eq!(proposals[0].test, test);
        assert_eq!(proposals[0].parameters, [("space", "%20".into()), ("depth", 1.into())]);
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&UrlEncode, &swapped), []);
    }

    #[test]
    fn forms_write_plus_and_paths_keep_slashes() {
        let proposals = propose(&UrlEncode, &made(|text| url_encoded(text).replace("%20", "+").replace("%2F", "/")));
        let plus = proposals.last().expect("a proposal");
        let test = Test::Function {
            forward: Some("replace(replace(url_encode(value), '%2F', '/'), '%20', '+')".into()),
            inverse: Some("url_decode(replace(value, '+', ' '))".into()),
        };
        assert_eq!(plus.test, test);
    }

    #[test]
    fn twice() {
        let proposals = propose(&UrlEncode, &made(|text| url_encoded(&url_encoded(text)).into_owned()));
        assert_eq!(proposals[0].parameters, [("space", "%20".into()), ("depth", 2.into())]);
    }

    #[test]
    fn other_replacements_of_blanks_are_none() {
        assert_eq!(propose(&UrlEncode, &made(|text| text.replace(' ', "_"))), []);
    }
}
