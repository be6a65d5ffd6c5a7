//! `to` is `from` in quotes, with its quotes doubled or escaped by a backslash, or as a JSON string.

use crate::compare::texts::{json_quoted, json_unquoted};
use crate::diagnose::sql;
use crate::diagnose::text_pairs::{MIN_ROWS, count};
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// Quotes that belong to a file format, not to the value.
pub struct QuoteEscape;

impl Detector for QuoteEscape {
    fn id(&self) -> &'static str {
        "quote-escape"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("quote_escape.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        let mut most = 0;
        let mut add = |n_rows: usize, proposal: &dyn Fn() -> Proposal| {
            if n_rows >= MIN_ROWS && n_rows > most {
                most = n_rows;
                proposals.push(proposal());
            }
        };
        for quote in QUOTES {
            add(count(evidence, |from, to| is_within(quote, from, to)), &|| within(evidence, quote));
        }
        for quote in QUOTES {
            let doubled = |from: &str, to: &str| to.len() > from.len() && from.replace(quote, &quote.repeat(2)) == to;
            add(count(evidence, doubled), &|| doubled_quotes(quote));
            let csv = |from: &str, to: &str| is_within(quote, &from.replace(quote, &quote.repeat(2)), to);
            add(count(evidence, csv), &|| doubled_within(quote));
            let escaped = |from: &str, to: &str| to.len() > from.len() && backslashed(from, quote) == to;
            add(count(evidence, escaped), &|| backslashes(quote));
        }
        let json = |from: &str, to: &str| json_unquoted(to).is_some_and(|text| text == from);
        add(count(evidence, json), &|| {
            json_string(count(evidence, |from, to| json_quoted(from) == to) >= most_of(count(evidence, json)))
        });
        proposals.truncate(4);
        proposals
    }
}

const QUOTES: [&str; 3] = ["\"", "'", "`"];

fn most_of(count: usize) -> usize {
    count - count / 20
}

fn is_within(quote: &str, from: &str, to: &str) -> bool {
    to.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) == Some(from)
}

fn backslashed(text: &str, quote: &str) -> String {
    text.replace('\\', "\\\\").replace(quote, &format!("\\{quote}"))
}

/// The SQL that takes one quote off each end of `value`.
fn unwrapped(quote: &str) -> String {
    let quote = sql::text(quote);
    format!(
        "CASE WHEN starts_with(value, {quote}) AND ends_with(value, {quote}) AND character_length(value) > 1 \
         THEN substr(value, 2, character_length(value) - 2) ELSE value END"
    )
}

fn within(evidence: &Evidence<'_>, quote: &str) -> Proposal {
    // Trimming takes all quotes off the ends, which is right where the values have none there.
    let has_own = |text: Option<&str>| text.is_some_and(|text| text.starts_with(quote) || text.ends_with(quote));
    let is_trimmed = !evidence.pairs.iter().any(|pair| has_own(pair.from.text()));
    let literal = sql::text(quote);
    let inverse = if is_trimmed { format!("btrim(value, {literal})") } else { unwrapped(quote) };
    Proposal::function(
        format!("{{to}} = {{from}} in quotes ({quote})"),
        Some(format!("{literal} || value || {literal}")),
        Some(inverse),
    )
    .parameter("style", "surrounded")
    .parameter("quote", quote)
    .bits(2.0)
}

fn doubled_quotes(quote: &str) -> Proposal {
    let (one, two) = (sql::text(quote), sql::text(&quote.repeat(2)));
    Proposal::function(
        format!("{{to}} = {{from}} with doubled quotes ({quote})"),
        Some(format!("replace(value, {one}, {two})")),
        Some(format!("replace(value, {two}, {one})")),
    )
    .parameter("style", "doubled")
    .parameter("quote", quote)
    .bits(3.0)
}

fn doubled_within(quote: &str) -> Proposal {
    let (one, two) = (sql::text(quote), sql::text(&quote.repeat(2)));
    Proposal::function(
        format!("{{to}} = {{from}} as a quoted CSV field ({quote})"),
        Some(format!("{one} || replace(value, {one}, {two}) || {one}")),
        Some(format!("replace({}, {two}, {one})", unwrapped(quote))),
    )
    .parameter("style", "doubled-surrounded")
    .parameter("quote", quote)
    .bits(3.0)
}

fn backslashes(quote: &str) -> Proposal {
    let (plain, escaped) = (sql::text(quote), sql::text(&format!("\\{quote}")));
    Proposal::function(
        format!("{{to}} = {{from}} with quotes ({quote}) escaped by a backslash"),
        Some(format!(r"replace(replace(value, '\', '\\'), {plain}, {escaped})")),
        Some(r"regexp_replace(value, '(?s)\\(.)', '\1', 'g')".to_owned()),
    )
    .parameter("style", "backslash")
    .parameter("quote", quote)
    .bits(3.0)
}

fn json_string(is_plain: bool) -> Proposal {
    let proposal = Proposal::function(
        "{to} = {from} as a JSON string",
        is_plain.then(|| "json_quote(value)".to_owned()),
        Some("json_unquote(value)".to_owned()),
    );
    let proposal = proposal.parameter("style", "json").parameter("quote", "\"").bits(3.0);
    if is_plain { proposal } else { proposal.advice("decode JSON once more where the value is read") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    const WORDS: [&str; 9] = ["de", "fr", "us", "nl", "at", "ch", "es", "it", "say \"hi\""];

    fn made(make: impl Fn(&str) -> String) -> Vec<(Value, Value)> {
        let mut pairs: Vec<(Value, Value)> = (0..3)
            .flat_map(|number| WORDS.iter().map(move |word| format!("{word} {number} \"x\" \\ it's")))
            .map(|text| (text.as_str().into(), make(&text).as_str().into()))
            .collect();
        pairs.push(("noise".into(), "else".into()));
        pairs
    }

    fn style_and_inverse(pairs: &[(Value, Value)]) -> Option<(String, String)> {
        let proposals = propose(&QuoteEscape, pairs);
        let proposal = proposals.last()?;
        let Test::Function { inverse: Some(inverse), .. } = &proposal.test else { return None };
        Some((proposal.parameters[0].1.as_str()?.to_owned(), inverse.clone()))
    }

    #[test]
    fn quotes_around_words_are_trimmed() {
        let pairs: Vec<(Value, Value)> =
            WORDS[..8].iter().map(|word| ((*word).into(), format!("\"{word}\"").as_str().into())).collect();
        let proposals = propose(&QuoteEscape, &pairs);
        let test = Test::Function {
            forward: Some("'\"' || value || '\"'".into()),
            inverse: Some("btrim(value, '\"')".into()),
        };
        assert_eq!(proposals[0].test, test);
        assert_eq!(proposals[0].parameters, [("style", "surrounded".into()), ("quote", "\"".into())]);
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&QuoteEscape, &swapped), []);
    }

    #[test]
    fn each_style_has_its_own_repair() {
        let found = style_and_inverse(&made(|text| text.replace('"', "\"\"")));
        assert_eq!(found, Some(("doubled".into(), "replace(value, '\"\"', '\"')".into())));
        let found = style_and_inverse(&made(|text| format!("\"{}\"", text.replace('"', "\"\""))));
        assert_eq!(found.map(|found| found.0), Some("doubled-surrounded".into()));
        let found = style_and_inverse(&made(|text| backslashed(text, "'")));
        assert_eq!(found.map(|found| found.0), Some("backslash".into()));
        let found = style_and_inverse(&made(json_quoted));
        assert_eq!(found, Some(("json".into(), "json_unquote(value)".into())));
    }

    #[test]
    fn other_brackets_are_no_quotes() {
        assert_eq!(propose(&QuoteEscape, &made(|text| format!("[{text}]"))), []);
    }
}
