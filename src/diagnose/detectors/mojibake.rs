//! UTF-8 was read in another encoding, once or several times, or what an encoding lacks was replaced: proved by redoing it.

use crate::compare::texts::Charset;
use crate::diagnose::sql;
use crate::diagnose::text_pairs::{MIN_ROWS, count, is_frequent};
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// Bytes in the wrong encoding.
pub struct Mojibake;

impl Detector for Mojibake {
    fn id(&self) -> &'static str {
        "mojibake"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("mojibake.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        if !is_frequent(evidence, |from, to| !from.is_ascii() && !to.is_empty()) {
            return Vec::new();
        }
        let mut proposals = misread(evidence);
        proposals.extend(replaced(evidence));
        proposals
    }
}

const MAX_DEPTH: usize = 3;
/// Pairs that decide which encodings are tried on all.
const N_TRIED: usize = 64;

fn misread(evidence: &Evidence<'_>) -> Vec<Proposal> {
    let longer = |from: &str, to: &str| !from.is_ascii() && to.chars().count() >= from.len();
    let eligible: Vec<(&str, &str)> = evidence.texts().filter(|(from, to)| longer(from, to)).collect();
    if eligible.len() < MIN_ROWS {
        return Vec::new();
    }
    let tried = eligible.iter().step_by((eligible.len() / N_TRIED).max(1));
    let mut found: Vec<(&Charset, usize)> = Vec::new();
    for (from, to) in tried {
        for charset in Charset::all() {
            let Some(depth) = depth(charset, from, to) else { continue };
            if !found.iter().any(|(one, other)| one.name == charset.name && *other == depth) {
                found.push((charset, depth));
            }
        }
    }
    let mut counts: Vec<(usize, &Charset, usize)> = found
        .into_iter()
        .map(|(charset, depth)| {
            let n_rows = eligible.iter().filter(|(from, to)| self::depth(charset, from, to) == Some(depth)).count();
            (n_rows, charset, depth)
        })
        .filter(|(n_rows, ..)| *n_rows >= MIN_ROWS)
        .collect();
    // Of encodings that the texts cannot tell apart the most usual one is named.
    let rank = |charset: &Charset| Charset::all().iter().position(|one| one.name == charset.name);
    counts.sort_by_key(|(n_rows, charset, depth)| (std::cmp::Reverse(*n_rows), *depth, rank(charset)));
    counts.dedup_by_key(|(n_rows, _, depth)| (*n_rows, *depth));
    counts.into_iter().take(2).map(|(_, charset, depth)| proposal(evidence, charset, depth)).collect()
}

fn proposal(evidence: &Evidence<'_>, charset: &Charset, depth: usize) -> Proposal {
    let nested = |function: &str| {
        (0..depth).fold("value".to_owned(), |value, _| format!("{function}({value}, {})", sql::text(charset.name)))
    };
    let times = match depth {
        1 => "",
        2 => ", twice",
        _ => ", three times",
    };
    let summary = format!("{{to}} = UTF-8 of {{from}} read as {}{times}", charset.name);
    // A byte without a character is lost, and with it the text.
    let lost = count(evidence, |from, to| {
        to.contains(char::REPLACEMENT_CHARACTER) && self::depth(charset, from, to) == Some(depth)
    });
    let proposal = if lost >= MIN_ROWS {
        Proposal::lossy(summary, nested("mojibake"), "read the bytes as UTF-8 where they come in")
    } else {
        Proposal::function(summary, Some(nested("mojibake")), Some(nested("demojibake")))
    };
    proposal.parameter("encoding", charset.name).parameter("depth", depth).bits(5.0)
}

/// How often a text has to be misread to become the other one.
fn depth(charset: &Charset, from: &str, to: &str) -> Option<usize> {
    let mut text = from.to_owned();
    for depth in 1..=MAX_DEPTH {
        text = charset.garbled(&text);
        if text == to {
            return Some(depth);
        }
        if text.len() >= to.len() {
            return None;
        }
    }
    None
}

/// What an encoding lacks became question marks or U+FFFD.
fn replaced(evidence: &Evidence<'_>) -> Option<Proposal> {
    let (mark, n_rows) = ['?', char::REPLACEMENT_CHARACTER]
        .into_iter()
        .map(|mark| {
            let n_rows = count(evidence, |from, to| {
                !from.is_ascii()
                    && from.chars().map(|letter| if letter.is_ascii() { letter } else { mark }).eq(to.chars())
            });
            (mark, n_rows)
        })
        .max_by_key(|(_, n_rows)| *n_rows)?;
    let proposal = Proposal::lossy(
        format!("{{to}} = {{from}} with {mark} for what is not ASCII"),
        format!(r"regexp_replace(value, '[^\x00-\x7F]', {}, 'g')", sql::text(&mark.to_string())),
        "write and read the text as UTF-8; what was replaced cannot be had back",
    );
    (n_rows >= MIN_ROWS).then(|| proposal.parameter("replacement", mark.to_string()).bits(3.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    const NAMES: [&str; 10] =
        ["Günther", "José", "Zoë", "Ærø", "Málaga", "Köln", "Ångström", "naïve", "São Paulo", "Curaçao"];

    fn garbled(encoding: &str, depth: usize) -> Vec<(Value, Value)> {
        let charset = Charset::named(encoding).expect("a known encoding");
        let mut pairs: Vec<(Value, Value)> = NAMES
            .iter()
            .map(|name| {
                let text = (0..depth).fold((*name).to_owned(), |text, _| charset.garbled(&text));
                ((*name).into(), text.as_str().into())
            })
            .collect();
        pairs.push(("noise".into(), "else".into()));
        pairs
    }

    #[test]
    fn each_encoding_and_depth_is_redone() {
        for (encoding, depth) in [("windows-1252", 1), ("windows-1252", 2), ("macintosh", 1), ("ibm437", 3)] {
            let proposals = propose(&Mojibake, &garbled(encoding, depth));
            let parameters = [("encoding", encoding.into()), ("depth", depth.into())];
            assert_eq!(proposals[0].parameters, parameters, "{proposals:?}");
        }
        let test = Test::Function {
            forward: Some("mojibake(value, 'windows-1252')".into()),
            inverse: Some("demojibake(value, 'windows-1252')".into()),
        };
        assert_eq!(propose(&Mojibake, &garbled("windows-1252", 1))[0].test, test);
    }

    #[test]
    fn the_text_itself_is_not_made_of_the_garbled_one() {
        let swapped: Vec<_> = garbled("windows-1252", 1).into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&Mojibake, &swapped), []);
    }

    #[test]
    fn question_marks_cannot_be_undone() {
        let mut pairs: Vec<(Value, Value)> = NAMES
            .iter()
            .map(|name| {
                let text: String = name.chars().map(|letter| if letter.is_ascii() { letter } else { '?' }).collect();
                ((*name).into(), text.as_str().into())
            })
            .collect();
        pairs.push(("noise".into(), "else".into()));
        let proposals = propose(&Mojibake, &pairs);
        assert_eq!(proposals.len(), 1);
        let forward = Some(r"regexp_replace(value, '[^\x00-\x7F]', '?', 'g')".into());
        assert_eq!(proposals[0].test, Test::Function { forward, inverse: None });
    }

    #[test]
    fn dropped_accents_are_no_mojibake() {
        let pairs: Vec<(Value, Value)> = NAMES
            .iter()
            .map(|name| ((*name).into(), crate::compare::texts::unaccented(name).as_ref().into()))
            .collect();
        assert_eq!(propose(&Mojibake, &pairs), []);
    }
}
