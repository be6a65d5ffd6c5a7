//! `to` is the start of `from`, cut at a length that most rows share, in characters or in bytes.

use crate::diagnose::sql;
use crate::diagnose::text_pairs::{count, modes};
use crate::diagnose::{Detector, Evidence, Family, Place, Proposal};

/// Texts cut at a length.
pub struct StringTruncated;

impl Detector for StringTruncated {
    fn id(&self) -> &'static str {
        "string-truncated"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("string_truncated.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        for ellipsis in ["", "...", "…"] {
            let kept = |from: &str, to: &str| {
                let kept = to.strip_suffix(ellipsis)?;
                let is_cut = from.len() > kept.len() && from.starts_with(kept) && from != to;
                is_cut.then(|| kept.chars().count())
            };
            let lengths = modes(evidence.texts().filter_map(|(from, to)| kept(from, to)));
            let Some((length, n_rows)) = lengths.first() else { continue };
            let is_lost = *length == 0 && ellipsis.is_empty();
            if is_lost || n_rows * 2 < lengths.iter().map(|(_, count)| count).sum() {
                continue;
            }
            // The same end is missing everywhere: that is a suffix.
            let ends = modes(evidence.texts().filter_map(|(from, to)| {
                let kept_chars = kept(from, to)?;
                (kept_chars == *length).then(|| from.get(to.strip_suffix(ellipsis)?.len()..))?
            }));
            if ends.first().is_some_and(|(_, count)| count * 2 > *n_rows) {
                continue;
            }
            proposals.push(by_characters(*length, ellipsis));
        }
        proposals.extend(by_bytes(evidence));
        proposals
    }
}

const ADVICE: &str = "widen the field that cuts the text; what was cut off cannot be had back";

fn by_characters(length: usize, ellipsis: &str) -> Proposal {
    let forward = if ellipsis.is_empty() {
        format!("left(value, {length})")
    } else {
        let whole = length + ellipsis.chars().count();
        format!(
            "CASE WHEN character_length(value) > {whole} THEN left(value, {length}) || {} ELSE value END",
            sql::text(ellipsis)
        )
    };
    let behind = if ellipsis.is_empty() { String::new() } else { format!(" and {ellipsis}") };
    let summary = format!("{{to}} = the first {length} characters of {{from}}{behind}");
    let proposal =
        Proposal::lossy(summary, forward, ADVICE).parameter("length", length).parameter("unit", "characters");
    if ellipsis.is_empty() { proposal.bits(6.0) } else { proposal.parameter("ellipsis", ellipsis).bits(8.0) }
}

/// A limit of bytes differs from one of characters only where some characters have several bytes.
fn by_bytes(evidence: &Evidence<'_>) -> Option<Proposal> {
    let cut = || evidence.texts().filter(|(from, to)| from.len() > to.len() && !to.is_empty() && from.starts_with(to));
    if cut().all(|(_, to)| to.is_ascii()) {
        return None;
    }
    // Where the limit is within a character, it is cut off as a whole: the limit is the longest that occurs often.
    let (length, _) = modes(cut().map(|(_, to)| to.len())).into_iter().max_by_key(|(length, _)| *length)?;
    let is_at_limit = |from: &str, to: &str| {
        let next = from.get(to.len()..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        to.len() <= length && to.len() + next > length && from.starts_with(to)
    };
    let n_rows = count(evidence, is_at_limit);
    let widths = modes(cut().map(|(_, to)| to.chars().count()));
    let n_characters = widths.first().map_or(0, |(_, count)| *count);
    // The relation has no direction but this one.
    if n_rows <= n_characters || n_rows * 2 < cut().count() || evidence.to != Place::Second {
        return None;
    }
    let condition = format!(
        "starts_with(\"from\", \"to\") AND octet_length(\"from\") > {length} AND octet_length(\"to\") BETWEEN {} AND {length}",
        length.saturating_sub(3)
    );
    let summary = format!("{{to}} = the first {length} bytes of {{from}}");
    Some(
        Proposal::relation(summary, condition, ADVICE).parameter("length", length).parameter("unit", "bytes").bits(7.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    #[test]
    fn a_limit_of_characters_is_found() {
        let mut pairs: Vec<(Value, Value)> = (0..12)
            .map(|idx| {
                let text = format!("Käsekuchen number {idx}");
                (text.as_str().into(), text.chars().take(8).collect::<String>().as_str().into())
            })
            .collect();
        pairs.extend([("noise".into(), "else".into()), ("abcdef".into(), "ab".into())]);
        let proposals = propose(&StringTruncated, &pairs);
        assert_eq!(proposals.len(), 1);
        assert_eq!(proposals[0].test, Test::Function { forward: Some("left(value, 8)".into()), inverse: None });
        assert_eq!(proposals[0].parameters, [("length", 8.into()), ("unit", "characters".into())]);
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&StringTruncated, &swapped), []);
    }

    #[test]
    fn an_ellipsis_is_put_behind() {
        let pairs: Vec<(Value, Value)> = (0..9)
            .map(|idx| (format!("{idx}abcdefgh{idx}").as_str().into(), format!("{idx}abc...").as_str().into()))
            .collect();
        let proposals = propose(&StringTruncated, &pairs);
        let forward = Some("CASE WHEN character_length(value) > 7 THEN left(value, 4) || '...' ELSE value END".into());
        assert_eq!(proposals[0].test, Test::Function { forward, inverse: None });
    }

    #[test]
    fn a_limit_of_bytes_cuts_after_fewer_characters_where_they_are_wide() {
        let pairs: Vec<(Value, Value)> = (0..12)
            .map(|idx| {
                let text = format!("{}{}abcdefghijkl", "é".repeat(idx % 4), idx);
                let mut end = 9;
                while !text.is_char_boundary(end) {
                    end -= 1;
                }
                (text.as_str().into(), text[..end].into())
            })
            .collect();
        let proposals = propose(&StringTruncated, &pairs);
        let bytes = proposals.last().expect("a proposal");
        assert_eq!(bytes.parameters, [("length", 9.into()), ("unit", "bytes".into())]);
    }

    #[test]
    fn starts_of_any_length_are_no_limit() {
        let text = "abcdefghijklmnopqrstuvwxyz";
        let pairs: Vec<(Value, Value)> = (1..25).map(|end| (text.into(), text[..end].into())).collect();
        assert_eq!(propose(&StringTruncated, &pairs), []);
    }
}
