//! `to` has blanks that `from` lacks: at its ends, between words, no-break ones, or ones without width.

use crate::diagnose::sql;
use crate::diagnose::text_pairs::{MIN_ROWS, count, is_special_blank, modes};
use crate::diagnose::{Detector, Evidence, Family, Proposal};

/// Blanks that one side has and the other has not.
pub struct Whitespace;

impl Detector for Whitespace {
    fn id(&self) -> &'static str {
        "whitespace"
    }

    fn family(&self) -> Family {
        Family::Encoding
    }

    fn page(&self) -> &'static str {
        include_str!("whitespace.md")
    }

    fn propose(&self, evidence: &Evidence<'_>) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        let mut most = 0;
        for class in CLASSES {
            let n_rows = count(evidence, |from, to| from != to && (class.clean)(to) == from);
            // A class that removes more than an earlier one has to explain more.
            if n_rows < MIN_ROWS || n_rows <= most {
                continue;
            }
            most = n_rows;
            let forward = padding(evidence, &class);
            let has_forward = forward.is_some();
            let summary = format!("{{to}} = {{from}} with {}", class.summary);
            let mut proposal = Proposal::function(summary, forward, Some(class.sql.to_owned()));
            if !has_forward {
                proposal = proposal.advice(format!("apply `{}` on both sides", class.sql));
            }
            proposals.push(proposal.parameter("class", class.name).bits(3.0));
        }
        proposals.truncate(4);
        proposals
    }
}

struct Class {
    name: &'static str,
    summary: &'static str,
    sql: &'static str,
    clean: fn(&str) -> String,
}

/// From what removes least to what removes most.
const CLASSES: [Class; 9] = [
    Class {
        name: "trailing",
        summary: "blanks at the end",
        sql: "rtrim(value)",
        clean: |text| text.trim_end_matches(' ').to_owned(),
    },
    Class {
        name: "leading",
        summary: "blanks at the start",
        sql: "ltrim(value)",
        clean: |text| text.trim_start_matches(' ').to_owned(),
    },
    Class {
        name: "ends",
        summary: "blanks at the ends",
        sql: "btrim(value)",
        clean: |text| text.trim_matches(' ').to_owned(),
    },
    Class {
        name: "ends-any",
        summary: "blanks, tabs or line ends at the ends",
        sql: r"regexp_replace(value, '^\s+|\s+$', '', 'g')",
        clean: |text| text.trim().to_owned(),
    },
    Class {
        name: "no-break",
        summary: "no-break or other special blanks",
        sql: r"regexp_replace(value, '[\x{A0}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]', ' ', 'g')",
        clean: |text| text.chars().map(|letter| if is_special_blank(letter) { ' ' } else { letter }).collect(),
    },
    Class {
        name: "zero-width",
        summary: "characters without width",
        sql: r"regexp_replace(value, '[\x{AD}\x{200B}-\x{200F}\x{2060}\x{FEFF}]', '', 'g')",
        clean: |text| text.chars().filter(|letter| !is_without_width(*letter)).collect(),
    },
    Class {
        name: "inner",
        summary: "other blanks between words",
        sql: r"regexp_replace(value, '\s+', ' ', 'g')",
        clean: |text| collapsed(text, " "),
    },
    Class {
        name: "all",
        summary: "other blanks between words and at the ends",
        sql: r"btrim(regexp_replace(value, '\s+', ' ', 'g'))",
        clean: |text| collapsed(text, " ").trim_matches(' ').to_owned(),
    },
    Class {
        name: "removed",
        summary: "blanks that {from} lacks",
        sql: r"regexp_replace(value, '\s+', '', 'g')",
        clean: |text| collapsed(text, ""),
    },
];

fn is_without_width(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// With each run of white space replaced.
fn collapsed(text: &str, blank: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut is_in_run = false;
    for letter in text.chars() {
        if !letter.is_whitespace() {
            result.push(letter);
        } else if !is_in_run {
            result.push_str(blank);
        }
        is_in_run = letter.is_whitespace();
    }
    result
}

/// Returns the SQL that adds the blanks again, if they are the same for all but a few rows, or fill up a width.
fn padding(evidence: &Evidence<'_>, class: &Class) -> Option<String> {
    let pairs: Vec<(&str, &str)> =
        evidence.texts().filter(|(from, to)| from != to && (class.clean)(to) == *from).collect();
    let is_enough = |count: usize| count * 20 >= pairs.len() * 19;
    let ends = modes(pairs.iter().filter_map(|(from, to)| {
        let start = to.find(from)?;
        Some((to.get(..start)?, to.get(start + from.len()..)?))
    }));
    if let Some(((prefix, suffix), count)) = ends.first()
        && is_enough(*count)
    {
        let prefix = if prefix.is_empty() { String::new() } else { format!("{} || ", sql::text(prefix)) };
        let suffix = if suffix.is_empty() { String::new() } else { format!(" || {}", sql::text(suffix)) };
        return Some(format!("{prefix}value{suffix}"));
    }
    let function = match class.name {
        "trailing" => "rpad",
        "leading" => "lpad",
        _ => return None,
    };
    let widths = modes(pairs.iter().map(|(_, to)| to.chars().count()));
    let (width, count) = widths.first()?;
    is_enough(*count).then(|| format!("{function}(value, {width}, ' ')"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::testing::propose;
    use crate::diagnose::{Test, Value};

    const WORDS: [&str; 9] = ["de", "fr", "us", "nl", "at", "ch", "es", "it", "New York"];

    fn padded(pad: impl Fn(&str) -> String) -> Vec<(Value, Value)> {
        let mut pairs: Vec<(Value, Value)> =
            WORDS.iter().map(|word| ((*word).into(), pad(word).as_str().into())).collect();
        pairs.extend([("noise".into(), "else".into()), ("a".into(), Value::Null)]);
        pairs
    }

    fn class_and_inverse(pairs: &[(Value, Value)]) -> Option<(String, String)> {
        let proposals = propose(&Whitespace, pairs);
        let proposal = proposals.first()?;
        let Test::Function { inverse: Some(inverse), .. } = &proposal.test else { return None };
        Some((proposal.parameters[0].1.as_str()?.to_owned(), inverse.clone()))
    }

    #[test]
    fn blanks_at_one_end_need_no_more_than_that_end() {
        let found = class_and_inverse(&padded(|word| format!("{word}  ")));
        assert_eq!(found, Some(("trailing".into(), "rtrim(value)".into())));
        let found = class_and_inverse(&padded(|word| format!(" {word} ")));
        assert_eq!(found, Some(("ends".into(), "btrim(value)".into())));
        let found = class_and_inverse(&padded(|word| format!("\t{word}\n")));
        assert_eq!(found.map(|found| found.0), Some("ends-any".into()));
    }

    #[test]
    fn blanks_within_and_special_blanks() {
        let names = |between: &'static str| -> Vec<(Value, Value)> {
            (0..9)
                .map(|idx| {
                    (format!("New York {idx}").as_str().into(), format!("New{between}York {idx}").as_str().into())
                })
                .collect()
        };
        for (between, class) in
            [("   ", "inner"), ("\u{a0}", "no-break"), (" \u{200b}", "zero-width"), ("\u{a0} ", "inner")]
        {
            assert_eq!(class_and_inverse(&names(between)).map(|found| found.0), Some(class.into()), "{between:?}");
        }
    }

    #[test]
    fn a_fixed_width_can_be_padded_again() {
        let proposals = propose(&Whitespace, &padded(|word| format!("{word:10}")));
        let test =
            Test::Function { forward: Some("rpad(value, 10, ' ')".into()), inverse: Some("rtrim(value)".into()) };
        assert_eq!(proposals[0].test, test);
    }

    #[test]
    fn other_text_is_no_blank() {
        assert_eq!(propose(&Whitespace, &padded(|word| format!("{word}_"))), []);
        let trimmed: Vec<_> = padded(|word| format!(" {word}")).into_iter().map(|(from, to)| (to, from)).collect();
        assert_eq!(propose(&Whitespace, &trimmed), []);
    }
}
