//! Problems of a spec, and how they are shown: file, line, column, the line itself, and a help where one is known.

use std::fmt;
use std::sync::Arc;

/// A stretch of one line of a spec file. Line and column count from 1, in characters, as does the length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    pub line: u32,
    pub column: u32,
    pub len: u32,
}

/// A value and where it stands in the spec file.
#[derive(Debug, Clone, PartialEq)]
pub struct Located<T> {
    pub value: T,
    pub span: Span,
}

impl<T> Located<T> {
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Located<U> {
        Located { value: f(self.value), span: self.span }
    }
}

/// One thing that is wrong in a spec. `label` stands under the marked text, `help` below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    pub span: Option<Span>,
    pub label: String,
    pub help: Option<String>,
}

impl Problem {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), span: None, label: String::new(), help: None }
    }

    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds `did you mean …` if one of `names` is close to `name`, else the list of names if it is short.
    pub fn suggest<'a>(self, name: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        match closest(name, &names) {
            Some(close) => self.help(format!("did you mean `{}`?", close.escape_debug())),
            None if !names.is_empty() && names.len() <= 12 => {
                let list: Vec<String> = names.iter().map(|name| format!("`{}`", name.escape_debug())).collect();
                self.help(format!("known here: {}", list.join(", ")))
            }
            None => self,
        }
    }
}

/// Returns the one of `names` that `name` most likely stands for: the same but for case, or at most a third mistyped.
pub fn closest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let distance = |candidate: &str| strsim::damerau_levenshtein(&lower, &candidate.to_lowercase());
    let limit = (name.chars().count() / 3).max(1);
    names
        .iter()
        .map(|candidate| (distance(candidate), *candidate))
        .filter(|(d, candidate)| *d <= limit && *candidate != name)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The text of a spec file and the name under which messages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub path: String,
    pub text: Arc<str>,
}

/// All problems of one spec, in the order of their places. Displays as a compiler would print them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    pub source: Source,
    pub list: Vec<Problem>,
}

impl Problems {
    pub fn new(source: Source, mut list: Vec<Problem>) -> Self {
        list.sort_by_key(|problem| problem.span);
        list.dedup();
        // What both sides have in common is told once.
        list.dedup_by(|later, earlier| {
            let same = later.span == earlier.span && later.message == earlier.message;
            if same {
                earlier.label = label_of_both(&earlier.label, &later.label);
            }
            same
        });
        Self { source, list }
    }
}

fn label_of_both(earlier: &str, later: &str) -> String {
    if earlier == "on the offline side" && later == "on the online side" {
        "on both sides".to_owned()
    } else if earlier.replace("offline", "online") == later {
        earlier.replace("offline", "offline or online")
    } else {
        earlier.to_owned()
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (idx, problem) in self.list.iter().enumerate() {
            if idx > 0 {
                writeln!(f)?;
            }
            write_problem(f, &self.source, problem)?;
        }
        Ok(())
    }
}

fn write_problem(f: &mut fmt::Formatter<'_>, source: &Source, problem: &Problem) -> fmt::Result {
    writeln!(f, "error: {}", problem.message)?;
    let path = source.path.escape_debug();
    let Some(span) = problem.span else {
        writeln!(f, "  --> {path}")?;
        return write_help(f, problem, 1);
    };
    writeln!(f, "  --> {path}:{}:{}", span.line, span.column)?;
    let number = span.line.to_string();
    let margin = number.len();
    if let Some(line) = source.text.lines().nth(span.line.saturating_sub(1) as usize) {
        // Shown with tabs and control characters made harmless, so the marks below are placed by what is shown.
        let before: String = line.chars().take(span.column.saturating_sub(1) as usize).collect();
        let marked: String =
            line.chars().skip(span.column.saturating_sub(1) as usize).take(span.len as usize).collect();
        let width = |text: &str| unicode_width::UnicodeWidthStr::width(visible(text).as_str());
        writeln!(f, "{:margin$} |", "")?;
        writeln!(f, "{number} | {}", visible(line))?;
        let marks = "^".repeat(width(&marked).max(1));
        let label = if problem.label.is_empty() { String::new() } else { format!(" {}", problem.label) };
        writeln!(f, "{:margin$} | {:2$}{marks}{label}", "", "", width(&before))?;
    }
    write_help(f, problem, margin)
}

fn write_help(f: &mut fmt::Formatter<'_>, problem: &Problem, margin: usize) -> fmt::Result {
    match &problem.help {
        Some(help) => writeln!(f, "{:margin$} = help: {help}", ""),
        None => Ok(()),
    }
}

/// A text with tabs and control characters made harmless.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => shown.push_str("    "),
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_shows_its_place_the_line_and_the_help() {
        let source = Source { path: "s.yaml".into(), text: "trueup: 1\n    expr: trip_secnds / 60\n".into() };
        let problem = Problem::new("unknown column `trip_secnds` in feature `trip_minutes`")
            .at(Span { line: 2, column: 11, len: 11 })
            .label("not in the online input")
            .suggest("trip_secnds", ["fare", "trip_seconds"]);
        let shown = Problems::new(source, vec![problem]).to_string();
        let wanted = "error: unknown column `trip_secnds` in feature `trip_minutes`\n  --> s.yaml:2:11\n  |\n\
                      2 |     expr: trip_secnds / 60\n  |           ^^^^^^^^^^^ not in the online input\n  = help: did you mean `trip_seconds`?\n";
        assert_eq!(shown, wanted);
    }

    #[test]
    fn a_suggestion_is_close_or_absent() {
        assert_eq!(closest("amuont", &["amount", "account"]), Some("amount"));
        assert_eq!(closest("AMOUNT", &["amount"]), Some("amount"));
        assert_eq!(closest("x", &["amount"]), None);
    }
}
