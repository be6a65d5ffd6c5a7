//! Problems of a spec, and how they are shown: file, line, column, the line itself, and a help where one is known.

use std::fmt;
use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

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
        let Excerpt { before, marked, after } = excerpt(line, span);
        writeln!(f, "{:margin$} |", "")?;
        writeln!(f, "{number} | {before}{marked}{after}")?;
        let marks = "^".repeat(marked.width().max(1));
        let label = if problem.label.is_empty() { String::new() } else { format!(" {}", problem.label) };
        writeln!(f, "{:margin$} | {:2$}{marks}{label}", "", "", before.width())?;
    }
    write_help(f, problem, margin)
}

fn write_help(f: &mut fmt::Formatter<'_>, problem: &Problem, margin: usize) -> fmt::Result {
    match &problem.help {
        Some(help) => writeln!(f, "{:margin$} = help: {help}", ""),
        None => Ok(()),
    }
}

/// What is shown of a line: tabs and characters that cannot be seen made harmless, and `…` where it is cut.
struct Excerpt {
    before: String,
    marked: String,
    after: String,
}

/// How much of a line is shown at most, in columns, besides the `…` where it is cut.
const MAX_WIDTH: usize = 100;
/// How much of it stands at least before the marked text.
const MIN_BEFORE: usize = 10;

/// As much of a line as has room, with the marked text in the middle of it.
fn excerpt(line: &str, span: Span) -> Excerpt {
    let byte = |text: &str, n_chars: u32| text.char_indices().nth(n_chars as usize).map_or(text.len(), |(idx, _)| idx);
    let (before, rest) = line.split_at(byte(line, span.column.saturating_sub(1)));
    let n_marked = byte(rest, span.len);
    let marked_width = width(fitting_start(&rest[..n_marked], MAX_WIDTH));
    let around = MAX_WIDTH.saturating_sub(marked_width) / 2;
    let n_shown =
        fitting_start(rest, MAX_WIDTH.saturating_sub(width(fitting_end(before, around.max(MIN_BEFORE))))).len();
    // The end of the line may leave room for more at its beginning.
    let shown_before = fitting_end(before, MAX_WIDTH.saturating_sub(width(&rest[..n_shown])));
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    let n_marked = n_marked.min(n_shown);
    Excerpt {
        before: format!("{}{}", cut(shown_before.len() < before.len()), visible(shown_before)),
        marked: visible(&rest[..n_marked]),
        after: format!("{}{}", visible(&rest[n_marked..n_shown]), cut(n_shown < rest.len())),
    }
}

/// The longest beginning of a text that is shown in so many columns.
fn fitting_start(text: &str, mut room: usize) -> &str {
    for (idx, c) in text.char_indices() {
        match room.checked_sub(char_width(c)) {
            Some(left) => room = left,
            None => return &text[..idx],
        }
    }
    text
}

/// The longest end of a text that is shown in so many columns. It does not begin amid a combined character.
fn fitting_end(text: &str, mut room: usize) -> &str {
    for (idx, c) in text.char_indices().rev() {
        match room.checked_sub(char_width(c)) {
            Some(left) => room = left,
            None => return text[idx + c.len_utf8()..].trim_start_matches(|c: char| char_width(c) == 0),
        }
    }
    text
}

fn char_width(c: char) -> usize {
    match c {
        ' '..='~' => 1,
        c => width(c.encode_utf8(&mut [0; 4])),
    }
}

/// In columns of what is shown.
fn width(text: &str) -> usize {
    visible(text).width()
}

/// A text with tabs as blanks, and what cannot be seen written out: control characters, and those that are invisible or
/// turn the direction of the text, which would have a line read otherwise than the spec has it.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => shown.push_str("    "),
            c if is_printable(c) => shown.push(c),
            c => shown.extend(c.escape_default()),
        }
    }
    shown
}

/// The standard library knows, and says so of a text. Behind a letter, because it escapes every combining mark that
/// stands first.
fn is_printable(c: char) -> bool {
    let mut buffer = [b'x', 0, 0, 0, 0];
    match c {
        ' '..='~' => true,
        // Blank, though Unicode calls them letters, marks or symbols.
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' => false,
        c => {
            let len = 1 + c.encode_utf8(&mut buffer[1..]).len();
            std::str::from_utf8(&buffer[..len]).is_ok_and(|text| text.escape_debug().eq(text.chars()))
        }
    }
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

    /// The lines of an excerpt: what is shown, and the marks below it.
    fn shown(line: &str, marked: &str) -> [String; 2] {
        let column = line[..line.find(marked).unwrap()].chars().count() as u32 + 1;
        let span = Span { line: 1, column, len: marked.chars().count() as u32 };
        let source = Source { path: "s".into(), text: line.into() };
        let text = Problems::new(source, vec![Problem::new("p").at(span)]).to_string();
        let lines: Vec<&str> = text.lines().collect();
        [lines[3].strip_prefix("1 | ").unwrap().into(), lines[4].strip_prefix("  | ").unwrap().into()]
    }

    #[test]
    fn a_long_line_is_cut_around_the_marked_text() {
        let (a, b) = ("a".repeat(300), "b".repeat(300));
        // 4 columns are marked, so 96 are left for what stands around them.
        let middle = [format!("…{}MARK{}…", "a".repeat(48), "b".repeat(48)), format!("{}^^^^", " ".repeat(49))];
        assert_eq!(shown(&format!("{a}MARK{b}"), "MARK"), middle);
        assert_eq!(shown(&format!("MARK{b}"), "MARK"), [format!("MARK{}…", "b".repeat(96)), "^^^^".into()]);
        let end = [format!("…{}MARK", "a".repeat(96)), format!("{}^^^^", " ".repeat(97))];
        assert_eq!(shown(&format!("{a}MARK"), "MARK"), end);
        let near_end = [format!("…{}MARKbb", "a".repeat(94)), format!("{}^^^^", " ".repeat(95))];
        assert_eq!(shown(&format!("{a}MARKbb"), "MARK"), near_end);
        let whole = format!("{}MARK{}", "a".repeat(40), "b".repeat(56));
        assert_eq!(shown(&whole, "MARK"), [whole.clone(), format!("{}^^^^", " ".repeat(40))]);
        // Marked text that is too long itself.
        let long = [format!("…{}{}…", "a".repeat(10), "b".repeat(90)), format!("{}{}", " ".repeat(11), "^".repeat(90))];
        assert_eq!(shown(&format!("{a}{b}c"), &b), long);
    }

    #[test]
    fn a_long_line_is_cut_between_whole_characters() {
        // Each of these takes two columns, so 24 of them take 48; an odd column is left free.
        let wide = "字".repeat(100);
        let around = "字".repeat(24);
        let marked = [format!("…{around}MARK{around}…"), format!("{}^^^^", " ".repeat(49))];
        assert_eq!(shown(&format!("{wide}MARK{wide}"), "MARK"), marked);
        let odd = [format!("…{}MARK!", "字".repeat(47)), format!("{}^^^^", " ".repeat(95))];
        assert_eq!(shown(&format!("{wide}MARK!"), "MARK"), odd);
        // Together with its selector this takes two columns, and alone only one.
        let faces = "☺\u{fe0f}".repeat(200);
        let [line, marks] = shown(&format!("{faces}M{faces}"), "M");
        assert_eq!(line.split_once('M').unwrap().0.width(), marks.find('^').unwrap());
        // An accent stays with its letter, and a tab is four columns.
        let accents = "e\u{301}".repeat(200);
        let [line, marks] = shown(&format!("{accents}M{accents}"), "M");
        assert_eq!(line, format!("…{}M{}…", "e\u{301}".repeat(49), "e\u{301}".repeat(50)));
        assert_eq!(marks, format!("{}^", " ".repeat(50)));
        let tabs = [format!("…{}M", " ".repeat(96)), format!("{}^", " ".repeat(97))];
        assert_eq!(shown(&format!("{}M", "\t".repeat(50)), "M"), tabs);
    }

    #[test]
    fn what_cannot_be_seen_is_written_out_and_the_marks_stand_right() {
        let formats = [0x61c..=0x61c, 0x200b..=0x200f, 0x202a..=0x202e, 0x2060..=0x2069, 0xfeff..=0xfeff];
        for c in formats.into_iter().flatten().filter_map(char::from_u32) {
            let code = format!("\\u{{{:x}}}", u32::from(c));
            let line = format!("{{\"a{c}\": MARK{c}é}}");
            let wanted = [format!("{{\"a{code}\": MARK{code}é}}"), format!("{}^^^^", " ".repeat(6 + code.len()))];
            assert_eq!(shown(&line, "MARK"), wanted);
            let marked = format!("M{c}");
            assert_eq!(shown(&line.replace("MARK", &marked), &marked)[1].trim_start(), "^".repeat(1 + code.len()));
        }
        assert_eq!(visible("a\u{a0}\u{1b}[1m\\ 'é' 東京 e\u{301} 😀"), "a\\u{a0}\\u{1b}[1m\\ 'é' 東京 e\u{301} 😀");
    }

    #[test]
    fn a_suggestion_is_close_or_absent() {
        assert_eq!(closest("amuont", &["amount", "account"]), Some("amount"));
        assert_eq!(closest("AMOUNT", &["amount"]), Some("amount"));
        assert_eq!(closest("x", &["amount"]), None);
    }
}
