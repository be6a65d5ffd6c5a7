//! The report for a terminal: the verdict, then what differs and why, then the account of the rows. Fits a width, needs
//! no colour, and shows nothing that a terminal would obey.

use super::escape::visible;
use super::layout::{clip, fill, pad_end, pad_start, width, wrap};
use super::model::{Comparison, Feature, Finding, Report, Verdict};
use super::order::{Standing, accounts, examples, failure, leading, other_findings, standings, tag};
use super::words::{
    accepted, advice, evidence, key_parts, limited, mismatches, notes, number, plural, rate, sentence, values,
};

/// How the report is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextOptions {
    pub color: bool,
    /// Columns; no line takes more.
    pub width: usize,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self { color: false, width: 80 }
    }
}

/// What is shown in full. More would hide what it is about; JSON has all of it.
const MAX_FEATURES: usize = 20;
const MAX_FINDINGS: usize = 10;
const MAX_SAMPLES: usize = 2;
const MAX_LIST_LINES: usize = 3;
const MAX_SAMPLE_LINES: usize = 3;
const MAX_MESSAGE_LINES: usize = 4;

/// Returns the report as lines of at most `options.width` columns.
pub fn render(report: &Report, options: TextOptions) -> String {
    let mut page = Page { options, text: String::new() };
    headline(&mut page, report);
    let standings = standings(report);
    features(&mut page, report, &standings);
    findings(&mut page, report);
    lists(&mut page, report, &standings);
    ledger(&mut page, report);
    if standings.iter().any(|(standing, _)| *standing == Standing::Over) {
        page.blank();
        page.hanging(&[], 2, "every mismatching cell: --mismatches FILE.parquet", 2);
    }
    page.text
}

fn headline(page: &mut Page, report: &Report) {
    let (mark, paint) = match report.verdict {
        Verdict::Consistent => ("✓", Paint::Good),
        Verdict::Inconsistent => ("✗", Paint::Bad),
        Verdict::Inconclusive => ("?", Paint::Unsure),
        Verdict::Error => ("!", Paint::Bad),
    };
    let verdict = format!("{mark} {}", report.verdict.as_str());
    let name = clip(&visible(&report.spec.name), 40);
    page.hanging(&[(paint, &verdict), (Paint::Plain, "  ")], 2, &format!("{name}: {}", sentence(report)), 4);
    if let Some(advice) = advice(report.verdict) {
        page.hanging(&[(Paint::Plain, "  ")], 2, advice, 4);
    }
}

/// Shows the features that fail, or would if they did not only warn, one below the other.
fn features(page: &mut Page, report: &Report, standings: &[(Standing, &Feature)]) {
    let mut shown: Vec<(&'static str, Standing, &Feature)> = Vec::new();
    for (wanted, tag) in [(Standing::Failed, "error"), (Standing::Over, "fail"), (Standing::Warned, "warn")] {
        let these = standings.iter().filter(|(standing, _)| *standing == wanted);
        shown.extend(these.map(|(standing, feature)| (tag, *standing, *feature)));
    }
    if shown.is_empty() {
        return;
    }
    page.blank();
    let rest = shown.split_off(shown.len().min(MAX_FEATURES));

    let rows: Vec<Row<'_>> =
        shown.into_iter().map(|(tag, standing, feature)| Row::new(tag, standing, feature, page)).collect();
    let columns = [0, 1, 2].map(|idx| rows.iter().map(|row| width(&row.cells[idx])).max().unwrap_or(0));
    for row in rows {
        let [name, rate, n_rows] = [0, 1, 2].map(|idx| (&row.cells[idx], columns[idx]));
        let mut tag = pad_end(row.tag, TAG);
        if let Some(error) = failure(row.standing, row.feature) {
            let head = [(row.paint(), tag.as_str()), (Paint::Bold, name.0.as_str()), (Paint::Plain, "  ")];
            page.hanging(&head, page.indent(), &visible(error), MAX_MESSAGE_LINES);
            tag = pad_end("", TAG);
        }
        let Some(comparison) = leading(row.feature).filter(|leading| leading.counts.mismatches() > 0) else { continue };
        let name = pad_end(name.0, name.1);
        let rate = format!("  {}  ", pad_start(rate.0, rate.1));
        let n_rows = pad_start(n_rows.0, n_rows.1);
        let head = [(row.paint(), tag.as_str()), (Paint::Bold, name.as_str()), (Paint::Plain, rate.as_str())];
        let head_width: usize = head.iter().map(|(_, text)| width(text)).sum();
        // Codes are read together: on the line if they all fit, else below it.
        if head_width + width(&n_rows) + 2 + width(&row.codes) <= page.options.width {
            let rest = format!("{n_rows}  {}", row.codes);
            page.line(&[head[0], head[1], head[2], (Paint::Plain, &rest)]);
        } else {
            let margin = pad_end("", page.indent());
            page.hanging(&head, page.indent(), &n_rows, MAX_MESSAGE_LINES);
            page.hanging(&[(Paint::Plain, &margin)], page.indent() + 2, &row.codes, MAX_MESSAGE_LINES);
        }
        details(page, report, row.feature, comparison);
    }
    if !rest.is_empty() {
        let names: Vec<String> =
            rest.iter().map(|(tag, _, feature)| format!("{} ({tag})", visible(&feature.name))).collect();
        page.list(&format!("and {}", plural(rest.len() as u64, "more feature")), &names);
    }
}

/// Columns of `error  `.
const TAG: usize = 7;

/// The first line of a feature, before it is known how wide its columns are.
struct Row<'a> {
    tag: &'static str,
    standing: Standing,
    feature: &'a Feature,
    /// Name, rate, rows.
    cells: [String; 3],
    codes: String,
}

impl<'a> Row<'a> {
    fn new(tag: &'static str, standing: Standing, feature: &'a Feature, page: &Page) -> Self {
        let name = clip(&visible(&feature.name), (page.options.width / 3).min(28));
        let comparison = leading(feature);
        let [rows, codes] = comparison.map(|of| mismatches(of, feature.data_type.as_deref())).unwrap_or_default();
        Self { tag, standing, feature, cells: [name, comparison.map(rate).unwrap_or_default(), rows], codes }
    }

    fn paint(&self) -> Paint {
        if self.tag == "warn" { Paint::Unsure } else { Paint::Bad }
    }
}

/// Shows why a feature differs, and in which rows.
fn details(page: &mut Page, report: &Report, feature: &Feature, comparison: &Comparison) {
    let indent = page.indent();
    let room = page.options.width.saturating_sub(indent);
    let margin = pad_end("", indent);
    for note in notes(report, feature, comparison) {
        page.hanging(&[(Paint::Plain, &margin)], indent + 2, &note, MAX_MESSAGE_LINES);
    }
    if feature.sensitive {
        page.line(&[(Paint::Dim, &margin), (Paint::Dim, "its values are not shown: it is sensitive")]);
    }
    let names = comparison.name.pair();
    for sample in examples(comparison) {
        let [first, second] = values(sample, feature.data_type.as_deref(), room.saturating_sub(12));
        let pair = format!("{} {first}, {} {second}", names[0], names[1]);
        let key = format!("at {}", key_parts(&sample.key).join(", "));
        if width(&pair) + 2 + width(&key) <= room {
            page.line(&[(Paint::Dim, &margin), (Paint::Plain, &pair), (Paint::Dim, "  "), (Paint::Dim, &key)]);
            continue;
        }
        if width(&pair) <= room {
            page.line(&[(Paint::Dim, &margin), (Paint::Plain, &pair)]);
        } else {
            let columns = names.map(width).into_iter().max().unwrap_or(0);
            for (name, value) in names.into_iter().zip([first, second]) {
                let name = format!("{} ", pad_end(name, columns));
                page.line(&[(Paint::Dim, &margin), (Paint::Plain, &name), (Paint::Plain, &value)]);
            }
        }
        // The whole key: it is what a reader looks the row up by.
        page.hanging(&[(Paint::Dim, &margin), (Paint::Dim, "  ")], indent + 4, &key, MAX_SAMPLE_LINES);
    }
}

/// Shows the findings that are about no feature's values.
fn findings(page: &mut Page, report: &Report) {
    let findings = other_findings(report);
    if findings.is_empty() {
        return;
    }
    page.blank();
    for finding in findings.iter().take(MAX_FINDINGS) {
        self::finding(page, finding);
    }
    if findings.len() > MAX_FINDINGS {
        let more = plural((findings.len() - MAX_FINDINGS) as u64, "more finding");
        page.line(&[(Paint::Plain, &format!("and {more}: see -o json"))]);
    }
}

fn finding(page: &mut Page, finding: &Finding) {
    let tag = tag(finding);
    let paint = if matches!(tag, "warn" | "few") { Paint::Unsure } else { Paint::Bad };
    let indent = page.indent();
    let margin = pad_end("", indent);
    page.hanging(&[(paint, &pad_end(tag, TAG))], indent, &visible(&finding.message), MAX_MESSAGE_LINES);
    for sample in finding.samples.iter().take(MAX_SAMPLES) {
        // Keys and file names are what a reader copies: they are wrapped, not cut.
        page.hanging(&[(Paint::Dim, &margin)], indent + 2, &evidence(sample), MAX_SAMPLE_LINES);
    }
    if let Some(help) = &finding.help {
        let help = format!("help: {}", visible(help));
        page.hanging(&[(Paint::Plain, &margin)], indent + "help: ".len(), &help, MAX_MESSAGE_LINES);
    }
}

/// Shows by name only what needs nobody's attention now.
fn lists(page: &mut Page, report: &Report, standings: &[(Standing, &Feature)]) {
    let of = |wanted| standings.iter().filter(move |(standing, _)| *standing == wanted).map(|(_, feature)| *feature);
    let names = |wanted| of(wanted).map(|feature| visible(&feature.name)).collect::<Vec<_>>();
    let few = names(Standing::Inconclusive);
    let known: Vec<String> = report.findings.iter().filter(|finding| finding.accepted).map(accepted).collect();
    let within: Vec<String> = of(Standing::Within)
        .map(|feature| format!("{} {}", visible(&feature.name), leading(feature).map(rate).unwrap_or_default()))
        .collect();
    let agree = names(Standing::Agrees);
    let count = |items: &[String]| plural(items.len() as u64, "feature");
    let verb = |items: &[String], one: &'static str, several| if items.len() == 1 { one } else { several };

    let lists = [
        (format!("{} {} too few rows to tell", count(&few), verb(&few, "has", "have")), few),
        (format!("{} known to the baseline", plural(known.len() as u64, "finding")), known),
        (format!("{} within budget", count(&within)), within),
        (format!("{} {}", count(&agree), verb(&agree, "agrees", "agree")), agree),
    ];
    if lists.iter().any(|(_, items)| !items.is_empty()) {
        page.blank();
    }
    for (head, items) in lists.iter().filter(|(_, items)| !items.is_empty()) {
        page.list(head, items);
    }
}

fn ledger(page: &mut Page, report: &Report) {
    page.blank();
    let accounts = accounts(&report.ledger);
    let cell = |name: &str, rows: u64| match rows {
        0 if name != "read" && name != "compared" => "–".to_owned(),
        rows => number(rows),
    };
    let mut table = vec![vec!["ledger".to_owned(), "offline".to_owned(), "online".to_owned()]];
    table
        .extend(accounts.iter().map(|(name, rows)| vec![(*name).to_owned(), cell(name, rows[0]), cell(name, rows[1])]));
    // One line a side, unless that is too wide.
    let sides: Vec<Vec<String>> =
        (0..3).map(|side| table.iter().map(|account| account[side].clone()).collect()).collect();
    let total = |rows: &[Vec<String>]| columns(rows).iter().map(|column| column + 2).sum::<usize>() - 2;
    let rows = if total(&sides) <= page.options.width { sides } else { table };
    let columns = columns(&rows);
    for (idx, row) in rows.iter().enumerate() {
        let mut line = pad_end(&row[0], columns[0]);
        for (cell, column) in row.iter().zip(&columns).skip(1) {
            line += &format!("  {}", pad_start(cell, *column));
        }
        page.line(&[(if idx == 0 { Paint::Dim } else { Paint::Plain }, &line)]);
    }
    if let Some(limited) = limited(report) {
        page.line(&[(Paint::Plain, &limited)]);
    }
}

fn columns(rows: &[Vec<String>]) -> Vec<usize> {
    let n_columns = rows.first().map_or(0, Vec::len);
    (0..n_columns).map(|idx| rows.iter().map(|row| width(&row[idx])).max().unwrap_or(0)).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paint {
    Plain,
    Bold,
    Dim,
    Good,
    Bad,
    Unsure,
}

impl Paint {
    /// Returns the SGR parameters, none for plain text.
    fn sgr(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Dim => Some("2"),
            Self::Good => Some("1;32"),
            Self::Bad => Some("1;31"),
            Self::Unsure => Some("1;33"),
        }
    }
}

/// Lines of limited width. What comes in is escaped.
struct Page {
    options: TextOptions,
    text: String,
}

impl Page {
    /// Returns where the lines below a feature or a finding start.
    fn indent(&self) -> usize {
        if self.options.width < 40 { 2 } else { TAG }
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn line(&mut self, spans: &[(Paint, &str)]) {
        let mut room = self.options.width;
        let end = spans.iter().rposition(|(_, text)| !text.trim_end_matches(' ').is_empty()).map_or(0, |last| last + 1);
        for (idx, (paint, text)) in spans[..end].iter().enumerate() {
            let text = if idx + 1 == end { text.trim_end_matches(' ') } else { text };
            let text = clip(text, room);
            room -= width(&text);
            match paint.sgr().filter(|_| self.options.color && !text.trim_matches(' ').is_empty()) {
                Some(sgr) => self.text += &format!("\u{1b}[{sgr}m{text}\u{1b}[0m"),
                None => self.text += &text,
            }
        }
        self.text.push('\n');
    }

    /// Writes `text` after `head`, in at most `max_lines`; later lines start after `indent` columns.
    fn hanging(&mut self, head: &[(Paint, &str)], indent: usize, text: &str, max_lines: usize) {
        let head_width = head.iter().map(|(_, text)| width(text)).sum::<usize>();
        let room = self.options.width.saturating_sub(indent).max(2);
        // The first line is shorter than the others by what the head takes, and by blanks that align its text.
        let text = clip(text, (room * max_lines).saturating_sub(head_width));
        let mut words = text.trim_start_matches(' ');
        let lead = &text[..text.len() - words.len()];
        let first_room = (room + indent).saturating_sub(head_width + lead.len());
        let mut first = String::new();
        if first_room >= 12.min(room) {
            let line = wrap(words, first_room).swap_remove(0);
            words = words.strip_prefix(line.as_str()).unwrap_or(words).trim_start_matches(' ');
            first = format!("{lead}{line}");
        }
        let mut spans = head.to_vec();
        spans.push((Paint::Plain, &first));
        self.line(&spans);
        if words.is_empty() {
            return;
        }
        let margin = pad_end("", indent);
        for line in wrap(words, room) {
            self.line(&[(Paint::Plain, &margin), (Paint::Plain, line.trim_start_matches(' '))]);
        }
    }

    /// Writes `head: item, item …` in a few lines, with how many items did not fit.
    fn list(&mut self, head: &str, items: &[String]) {
        let room = self.options.width.saturating_sub(2);
        let head = format!("{head}:");
        let items: Vec<String> = items.iter().map(|item| clip(item, 40)).collect();
        // An item takes three columns at least, with its comma.
        let mut n_shown = items.len().min(room * MAX_LIST_LINES / 3);
        let lines = loop {
            let n_left = items.len() - n_shown;
            let mut words: Vec<String> = head.split(' ').map(str::to_owned).collect();
            let is_last = |idx: usize| idx + 1 == n_shown;
            let comma = |idx| if is_last(idx) { "" } else { "," };
            words.extend(items[..n_shown].iter().enumerate().map(|(idx, item)| format!("{item}{}", comma(idx))));
            words.extend((n_left > 0).then(|| format!("and {} more", number(n_left as u64))));
            let lines = fill(&words, room);
            if n_shown == 0 || lines.len() <= MAX_LIST_LINES {
                break lines;
            }
            n_shown -= 1;
        };
        for (idx, line) in lines.iter().enumerate() {
            self.line(&[(Paint::Plain, if idx == 0 { "" } else { "  " }), (Paint::Plain, line)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::baseline::Baseline;
    use crate::report::Stage;
    use crate::report::escape::is_visible;
    use crate::report::samples::{
        comparison, differing, feature, flights, hostile_report, inconclusive, report, snapshot, unchecked,
    };

    fn plain(report: &Report) -> String {
        render(report, TextOptions::default())
    }

    #[test]
    fn a_report_is_read_from_top_to_bottom() {
        snapshot("flights.txt", &plain(&flights()));
        snapshot("unchecked.txt", &plain(&unchecked()));
        snapshot("inconclusive.txt", &plain(&inconclusive()));
    }

    #[test]
    fn a_narrow_terminal_shows_the_same() {
        snapshot("narrow.txt", &render(&flights(), TextOptions { color: false, width: 36 }));
    }

    #[test]
    fn what_a_baseline_knows_is_one_line() {
        let mut report = flights();
        Baseline::of(&report).accept(&mut report);
        snapshot("known.txt", &plain(&report));
    }

    #[test]
    fn many_features_do_not_hide_the_first() {
        let differing = |idx| feature(&format!("f{idx}"), vec![comparison(Stage::Inputs, 1, 10)]);
        let text = plain(&report((0..300).map(differing).collect()));
        assert!(text.starts_with("✗ inconsistent  flights_delay: 300 of 300 features differ beyond their budget\n"));
        assert!(text.lines().count() < 40, "{text}");
        assert!(text.contains("and 280 more features: f20 (fail), f21 (fail)"), "{text}");
    }

    #[test]
    fn colour_adds_no_words() {
        let colored = render(&flights(), TextOptions { color: true, width: 80 });
        assert!(colored.starts_with("\u{1b}[1;31m✗ inconsistent\u{1b}[0m"));
        assert_eq!(without_sgr(&colored), plain(&flights()));
    }

    #[test]
    fn a_sensitive_feature_shows_no_value() {
        let secret = differing(Stage::Inputs, 1, 1, [json!("4111-1111"), json!("4111-1112")]);
        let mut report = report(vec![Feature { sensitive: true, ..feature("card", vec![secret]) }]);
        report.hide_sensitive();
        assert!(!plain(&report).contains("4111"));
        assert!(plain(&report).contains("       its values are not shown: it is sensitive\n"));
    }

    fn without_sgr(text: &str) -> String {
        let mut parts = text.split('\u{1b}');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
    }

    proptest! {
        #[test]
        fn any_report_fits_and_cannot_command_the_terminal(report in hostile_report(), width in 0usize..140) {
            let text = render(&report, TextOptions { color: false, width });
            for line in text.lines() {
                prop_assert!(super::width(line) <= width, "{line}");
            }
            prop_assert!(text.chars().all(|c| c == '\n' || is_visible(c)));
            let colored = render(&report, TextOptions { color: true, width });
            prop_assert_eq!(without_sgr(&colored), text);
        }
    }
}
