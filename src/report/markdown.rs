//! The report as GitHub-flavoured Markdown, for a comment on a pull request. What comes from the data cannot become
//! markup, a link, a mention or a reference.

use std::fmt::Write;

use super::escape::visible;
use super::layout::clip;
use super::model::{Comparison, Feature, Report, Verdict};
use super::order::{Standing, accounts, examples, failure, leading, other_findings, standings, tag};
use super::words::{
    accepted, advice, evidence, key_parts, limited, mismatches, notes, number, plural, rate, sentence, values,
};

/// What is shown; a comment holds 65,536 characters. JSON has the rest.
const MAX_FEATURES: usize = 30;
const MAX_FINDINGS: usize = 10;
const MAX_SAMPLES: usize = 2;
const MAX_NAMES: usize = 200;

/// Columns of a name, a value, a key, a message.
const NAME: usize = 60;
const VALUE: usize = 40;
const KEY: usize = 80;
const MESSAGE: usize = 300;

/// Returns the report as a comment.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    let mark = match report.verdict {
        Verdict::Consistent => "✓",
        Verdict::Inconsistent => "✗",
        Verdict::Inconclusive => "?",
        Verdict::Error => "!",
    };
    let name = code(&clip(&visible(&report.spec.name), NAME));
    push(&mut text, &format!("### {mark} {}: {name}\n\n{}", report.verdict.as_str(), prose(&sentence(report))));
    if let Some(advice) = advice(report.verdict) {
        push(&mut text, &prose(advice));
    }
    let standings = standings(report);
    push(&mut text, &features(report, &standings));
    push(&mut text, &findings(report));
    push(&mut text, &ledger(report));
    push(&mut text, &limited(report).unwrap_or_default());
    push(&mut text, &lists(report, &standings));
    text
}

/// Appends a block, with a blank line before it.
fn push(text: &mut String, block: &str) {
    if block.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(block.trim_end_matches('\n'));
    text.push('\n');
}

fn features(report: &Report, standings: &[(Standing, &Feature)]) -> String {
    let mut rows: Vec<String> = Vec::new();
    for (wanted, tag) in [(Standing::Failed, "error"), (Standing::Over, "fail"), (Standing::Warned, "warn")] {
        for (standing, feature) in standings.iter().filter(|(standing, _)| *standing == wanted) {
            let comparison = leading(feature).filter(|comparison| comparison.counts.mismatches() > 0);
            let mut what: Vec<String> = Vec::new();
            what.extend(failure(*standing, feature).map(|error| prose(&clip(&visible(error), MESSAGE))));
            let [n_rows, codes] =
                comparison.map(|comparison| mismatches(comparison, feature.data_type.as_deref())).unwrap_or_default();
            what.push(prose(&codes));
            what.extend(comparison.into_iter().flat_map(|comparison| details(report, feature, comparison)));
            what.retain(|line| !line.is_empty());
            let rate = comparison.map(rate).unwrap_or_default();
            let name = code(&clip(&visible(&feature.name), NAME));
            rows.push(format!("| {tag} | {name} | {rate} | {n_rows} | {} |\n", what.join("<br>")));
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let n_rows = rows.len();
    rows.truncate(MAX_FEATURES);
    let mut text = "| | feature | rate | rows | what |\n|---|---|---:|---:|---|\n".to_owned() + &rows.concat();
    if n_rows > MAX_FEATURES {
        let _ = write!(text, "\nand {}", plural((n_rows - MAX_FEATURES) as u64, "more feature"));
    }
    text
}

fn details(report: &Report, feature: &Feature, comparison: &Comparison) -> Vec<String> {
    let mut lines: Vec<String> =
        notes(report, feature, comparison).iter().map(|note| prose(&clip(note, MESSAGE))).collect();
    if feature.sensitive {
        lines.push("its values are not shown: it is sensitive".to_owned());
    }
    let names = comparison.name.pair();
    lines.extend(examples(comparison).into_iter().map(|sample| {
        let [first, second] = values(sample, feature.data_type.as_deref(), VALUE).map(|value| code(&value));
        let key = key_parts(&sample.key).join(", ");
        let at = if key.is_empty() { String::new() } else { format!("at {}: ", code(&clip(&key, KEY))) };
        format!("{at}{} {first}, {} {second}", names[0], names[1])
    }));
    lines
}

fn findings(report: &Report) -> String {
    let findings = other_findings(report);
    let mut text = String::new();
    for finding in findings.iter().take(MAX_FINDINGS) {
        let _ = writeln!(text, "- **{}** {}", tag(finding), prose(&clip(&visible(&finding.message), MESSAGE)));
        for sample in finding.samples.iter().take(MAX_SAMPLES) {
            let _ = writeln!(text, "  - {}", code(&clip(&evidence(sample), KEY + VALUE)));
        }
        if let Some(help) = &finding.help {
            let _ = writeln!(text, "  - help: {}", prose(&clip(&visible(help), MESSAGE)));
        }
    }
    if findings.len() > MAX_FINDINGS {
        let _ = writeln!(text, "- and {}", plural((findings.len() - MAX_FINDINGS) as u64, "more finding"));
    }
    text
}

fn ledger(report: &Report) -> String {
    let accounts = accounts(&report.ledger);
    let mut lines = ["| ledger |", "|---|", "| offline |", "| online |"].map(str::to_owned);
    for (name, [offline, online]) in accounts {
        let cells = [code(name), "---:".to_owned(), number(offline), number(online)];
        for (line, cell) in lines.iter_mut().zip(cells) {
            let _ = if cell == "---:" { write!(line, "{cell}|") } else { write!(line, " {cell} |") };
        }
    }
    lines.join("\n")
}

fn lists(report: &Report, standings: &[(Standing, &Feature)]) -> String {
    let of = |wanted| {
        let features = standings.iter().filter(|(standing, _)| *standing == wanted);
        features.map(|(_, feature)| visible(&feature.name)).collect::<Vec<String>>()
    };
    let known: Vec<String> = report.findings.iter().filter(|finding| finding.accepted).map(accepted).collect();
    let lists = [
        ("feature", "too few rows to tell", of(Standing::Inconclusive)),
        ("finding", "known to the baseline", known),
        ("feature", "within budget", of(Standing::Within)),
        ("feature", "in agreement", of(Standing::Agrees)),
    ];
    let mut text = String::new();
    for (noun, what, items) in lists.iter().filter(|(_, _, items)| !items.is_empty()) {
        let mut shown: Vec<String> = items.iter().take(MAX_NAMES).map(|item| code(&clip(item, NAME))).collect();
        if items.len() > MAX_NAMES {
            shown.push(format!("and {} more", number((items.len() - MAX_NAMES) as u64)));
        }
        let head = plural(items.len() as u64, noun);
        push(&mut text, &format!("<details><summary>{head} {what}</summary>\n\n{}\n\n</details>", shown.join(", ")));
    }
    text
}

/// Returns visible text as code: as it is, in one line, also in a table. Code is never a mention.
fn code(text: &str) -> String {
    // A `<` would be inert too, but not in every viewer.
    let is_plain =
        !text.is_empty() && !text.contains(['`', '|', '<']) && !text.starts_with(' ') && !text.ends_with(' ');
    if is_plain { format!("`{text}`") } else { format!("<code>{}</code>", inert(text)) }
}

/// Returns a visible message of ours. Its parts in backticks are code, as is every word that could be more than a word.
fn prose(message: &str) -> String {
    let mut text = String::new();
    let parts: Vec<&str> = message.split('`').collect();
    for (idx, part) in parts.iter().enumerate() {
        // A last backtick without a partner opens nothing.
        if idx % 2 == 1 && idx + 1 < parts.len() {
            text += &code(part);
            continue;
        }
        if idx % 2 == 1 {
            text += "&#96;";
        }
        let words: Vec<String> = part
            .split(' ')
            .map(|word| {
                let lower = word.to_lowercase();
                let is_more = word.contains(['@', '#']) || lower.contains("://") || lower.contains("www.");
                if is_more { code(word) } else { inert(word) }
            })
            .collect();
        text += &words.join(" ");
    }
    text
}

/// Returns text of which no character is markup.
fn inert(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '`' | '|' | '<' | '>' | '&' | '*' | '_' | '~' | '[' | ']' | '\\' | '!' | '#' | '@' | '$') {
            let _ = write!(shown, "&#{};", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::escape::is_visible;
    use crate::report::samples::{flights, hostile_report, hostile_text, snapshot, unchecked};

    #[test]
    fn a_comment_has_the_verdict_then_what_differs() {
        snapshot("flights.md", &render(&flights()));
        snapshot("unchecked.md", &render(&unchecked()));
    }

    #[test]
    fn data_stay_data() {
        assert_eq!(code("a|b"), "<code>a&#124;b</code>");
        assert_eq!(code("`x`"), "<code>&#96;x&#96;</code>");
        assert_eq!(code("<b>@all"), "<code>&#60;b&#62;&#64;all</code>");
        assert_eq!(code(""), "<code></code>");
        assert_eq!(prose("feature `a_b` is *1*, says @all"), "feature `a_b` is &#42;1&#42;, says `@all`");
        assert_eq!(prose("one ` only"), "one &#96; only");
        assert_eq!(prose("see https://x.y/z"), "see `https://x.y/z`");
    }

    /// Returns what is left of a line without its code spans, as a reader of Markdown would find them.
    fn outside_code(line: &str) -> String {
        line.split('`').step_by(2).collect()
    }

    proptest! {
        #[test]
        fn nothing_in_the_data_is_markup(text in hostile_text()) {
            for shown in [code(&visible(&text)), prose(&visible(&text))] {
                prop_assert_eq!(shown.matches('`').count() % 2, 0);
                let rest = outside_code(&shown).replace("<code>", "").replace("</code>", "");
                prop_assert!(!rest.contains(['<', '>', '|', '*', '[', ']', '~']), "{}", rest);
                prop_assert!(!shown.contains(['|', '\n']));
                if !shown.contains("<code>") {
                    prop_assert!(!rest.contains('@') && !rest.contains("://"), "{}", rest);
                }
            }
        }

        #[test]
        fn any_report_is_a_comment_with_whole_tables(report in hostile_report()) {
            let text = render(&report);
            prop_assert!(text.chars().all(|c| c == '\n' || is_visible(c)));
            prop_assert!(text.chars().count() < 65_536);
            for line in text.lines().filter(|line| line.starts_with("| ") && !line.contains("ledger")) {
                let is_account = line.starts_with("| offline") || line.starts_with("| online");
                prop_assert!(is_account || line.matches('|').count() == 6, "{}", line);
            }
            prop_assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        }
    }
}
