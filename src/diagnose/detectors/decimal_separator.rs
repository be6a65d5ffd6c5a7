//! `to` writes numbers with a decimal comma, or with points, blanks or apostrophes between thousands.

use crate::diagnose::number_text::{is_number, writes};
use crate::diagnose::sql;
use crate::diagnose::text_pairs::{MIN_ROWS, as_text};
use crate::diagnose::{Detector, Evidence, Family, Proposal, Value};

/// Numbers as another country writes them.
pub struct DecimalSeparator;

impl Detector for DecimalSeparator {
    fn id(&self) -> &'static str {
        "decimal-separator"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("decimal_separator.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let texts: Vec<(&Value, &str)> = evidence
            .mismatches()
            .filter_map(|pair| Some((pair.from, pair.to.text().filter(|text| !is_number(text))?)))
            .filter(|(from, _)| from.number().is_some() || from.text().is_some_and(is_number))
            .collect();
        let mut proposals = Vec::new();
        let mut most = 0;
        for (decimal, grouping) in LOCALES {
            let same = |from: &Value, to: &str| {
                let text = plain(to, decimal, grouping)?;
                let is_same = match from {
                    Value::Text(from) => *from == text,
                    from => writes(&text, from),
                };
                is_same.then_some(text)
            };
            let n_rows = texts.iter().filter(|(from, to)| same(from, to).is_some()).count();
            if n_rows < MIN_ROWS || n_rows <= most {
                continue;
            }
            most = n_rows;
            proposals.push(proposal(evidence, decimal, grouping));
        }
        // The locale that explains most comes last; the others are special cases of it.
        proposals.drain(..proposals.len().saturating_sub(2));
        proposals.reverse();
        proposals
    }
}

/// The decimal separator and what stands between thousands; those without the latter first.
const LOCALES: [(&str, &str); 10] = [
    (",", ""),
    (",", "."),
    (",", " "),
    (",", "\u{a0}"),
    (",", "\u{202f}"),
    (",", "'"),
    (".", "'"),
    (".", "\u{2019}"),
    (".", " "),
    (".", "\u{a0}"),
];

/// A number as SQL writes it, from how a locale does; none if it is none, or groups other than thousands.
fn plain(text: &str, decimal: &str, grouping: &str) -> Option<String> {
    let (whole, fraction) = text.split_once(decimal).map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    if !grouping.is_empty() {
        let unsigned = whole.strip_prefix(['+', '-']).unwrap_or(whole);
        let mut groups = unsigned.split(grouping);
        let first = groups.next()?;
        if first.len() > 3 && first.len() < unsigned.len() || groups.any(|group| group.len() != 3) {
            return None;
        }
    }
    let whole = if grouping.is_empty() { whole.to_owned() } else { whole.replace(grouping, "") };
    let number = match fraction {
        Some(fraction) => format!("{whole}.{fraction}"),
        None => whole,
    };
    is_number(&number).then_some(number)
}

fn proposal(evidence: &Evidence<'_>, decimal: &str, grouping: &str) -> Proposal {
    let mut inverse = "value".to_owned();
    if !grouping.is_empty() {
        inverse = format!("replace({inverse}, {}, '')", sql::text(grouping));
    }
    if decimal != "." {
        inverse = format!("replace({inverse}, {}, '.')", sql::text(decimal));
    }
    let is_number_type = evidence.from_type.is_numeric();
    if is_number_type {
        let mut texts = evidence.pairs.iter().filter_map(|pair| pair.to.text());
        let cast = if texts.all(|text| plain(text, decimal, grouping).is_some()) { "CAST" } else { "TRY_CAST" };
        inverse = format!("{cast}({inverse} AS DOUBLE)");
    }
    let forward =
        grouping.is_empty().then(|| format!("replace({}, '.', {})", as_text(evidence.from_type), sql::text(decimal)));
    let has_forward = forward.is_some();
    let summary = if grouping.is_empty() {
        format!("{{to}} = {{from}} with a decimal {}", sql::text(decimal))
    } else {
        format!(
            "{{to}} = {{from}} with {} for decimals and {} between thousands",
            sql::text(decimal),
            sql::text(grouping)
        )
    };
    let proposal = Proposal::function(summary, forward, Some(inverse))
        .parameter("decimal", decimal)
        .parameter("grouping", grouping)
        .bits(3.0);
    if has_forward { proposal } else { proposal.advice("write numbers without separators, as JSON and SQL do") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    const NUMBERS: [f64; 9] = [1.5, 1234.5, 0.25, 99.99, 1_000_000.75, 12.0, 3.25, -7.5, 2500.25];

    fn german(number: f64) -> String {
        let text = format!("{:.2}", number.abs());
        let (whole, fraction) = text.split_once('.').expect("two decimals");
        let mut grouped = String::new();
        for (idx, digit) in whole.chars().enumerate() {
            if idx > 0 && (whole.len() - idx) % 3 == 0 {
                grouped.push('.');
            }
            grouped.push(digit);
        }
        format!("{}{grouped},{fraction}", if number < 0.0 { "-" } else { "" })
    }

    #[test]
    fn german_numbers_are_read() {
        let mut pairs: Vec<(Value, Value)> =
            NUMBERS.iter().map(|number| ((*number).into(), german(*number).as_str().into())).collect();
        pairs.push((1.0.into(), "noise".into()));
        let proposals = propose(&DecimalSeparator, &pairs);
        let test = Test::Function {
            forward: None,
            inverse: Some("TRY_CAST(replace(replace(value, '.', ''), ',', '.') AS DOUBLE)".into()),
        };
        assert_eq!(proposals[0].test, test);
        assert_eq!(proposals[0].parameters, [("decimal", ",".into()), ("grouping", ".".into())]);
        let swapped: Vec<_> = pairs.into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&DecimalSeparator, &swapped), []);
    }

    #[test]
    fn a_comma_alone_can_be_written_again() {
        let pairs: Vec<(Value, Value)> = NUMBERS
            .iter()
            .map(|number| (number.to_string(), number.to_string().replace('.', ",")))
            .map(|(from, to)| (from.as_str().into(), to.as_str().into()))
            .collect();
        let test = Test::Function {
            forward: Some("replace(value, '.', ',')".into()),
            inverse: Some("replace(value, ',', '.')".into()),
        };
        assert_eq!(propose(&DecimalSeparator, &pairs)[0].test, test);
    }

    #[test]
    fn numbers_that_differ_are_no_locale() {
        let pairs: Vec<(Value, Value)> =
            NUMBERS.iter().map(|number| ((*number).into(), german(number * 2.0).as_str().into())).collect();
        assert_eq!(propose(&DecimalSeparator, &pairs), []);
    }
}
