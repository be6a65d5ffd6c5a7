//! YAML text as a tree in which every key and every value knows its place.
//!
//! A spec is read into this tree and not straight into types, since serde stops at the first error, and since a problem
//! shall point at the key, the item or the SQL token that it is about. Knows nothing of specs.

use std::collections::HashMap;
use std::ops::Range;

use serde_yaml::granit_parser::{Event, Parser, Span as YamlSpan, StructureStyle, Tag};

use super::place::Lines;
use super::problem::{Located, Problem, Source, Span};
use super::scalar::{Resolved, resolve};
use super::syntax::syntax_problem;

/// A value and where it stands. Of a value of several lines, the span is its first line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub span: Span,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    /// In the order of the file; of a repeated key only the first.
    Mapping(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scalar {
    pub text: String,
    /// Neither quoted nor a block, so that it may be a number, a bool or null.
    pub plain: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub key: Located<String>,
    pub value: Node,
    /// A key alone between the commas of a `{…}`: mostly the rest of a text with a comma.
    pub is_bare: bool,
}

/// More than any spec holds; aliases count as often as they are used, so that a few lines cannot stand for millions.
const MAX_NODES: usize = 200_000;
const MAX_DEPTH: usize = 64;

impl Node {
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            Value::Scalar(_) | Value::List(_) => &[],
        }
    }

    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Scalar(_) | Value::Mapping(_) => &[],
        }
    }

    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key.value == key)
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::List(_) | Value::Mapping(_) => None,
        }
    }

    /// The scalar's text, whatever it stands for; null has none.
    pub fn text(&self) -> Option<Located<String>> {
        let scalar = self.scalar().filter(|scalar| scalar.resolve() != Resolved::Null)?;
        Some(Located::new(scalar.text.clone(), self.span))
    }

    pub fn boolean(&self) -> Option<bool> {
        match self.scalar()?.resolve() {
            Resolved::Bool(value) => Some(value),
            Resolved::Null | Resolved::Int(_) | Resolved::Float(_) | Resolved::Text => None,
        }
    }

    pub fn number(&self) -> Option<f64> {
        match self.scalar()?.resolve() {
            Resolved::Int(value) => Some(value as f64),
            Resolved::Float(value) => Some(value),
            Resolved::Null | Resolved::Bool(_) | Resolved::Text => None,
        }
    }

    /// A whole number, not negative.
    pub fn count(&self) -> Option<u64> {
        match self.scalar()?.resolve() {
            Resolved::Int(value) => u64::try_from(value).ok(),
            Resolved::Null | Resolved::Bool(_) | Resolved::Float(_) | Resolved::Text => None,
        }
    }

    fn size(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Mapping(entries) => entries.iter().map(|entry| 1 + entry.value.size()).sum(),
        }
    }

    fn depth(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::List(items) => items.iter().map(Self::depth).max().unwrap_or(0),
            Value::Mapping(entries) => entries.iter().map(|entry| entry.value.depth()).max().unwrap_or(0),
        }
    }
}

impl Scalar {
    pub fn resolve(&self) -> Resolved {
        if self.plain { resolve(&self.text) } else { Resolved::Text }
    }
}

/// Reads a text as one YAML document.
///
/// Repeated keys, keys that are no text and unknown tags are pushed onto `problems`, and the tree goes on without them.
///
/// # Errors
/// The one problem that makes the text no YAML document: a syntax error, no document, several, or one that is too large.
pub(super) fn read(source: &Source, problems: &mut Vec<Problem>) -> Result<Node, Problem> {
    let mut tree = Tree {
        lines: source.lines(),
        text: &source.text,
        problems,
        open: Vec::new(),
        anchors: HashMap::new(),
        n_nodes: 0,
        root: None,
    };
    let mut n_documents = 0;
    for event in Parser::new_from_str(&source.text) {
        let (event, span) = event.map_err(|error| syntax_problem(&error, &source.text, &tree.lines))?;
        if let Event::DocumentStart(..) = event {
            n_documents += 1;
            if n_documents > 1 {
                let problem = Problem::new("the file holds several YAML documents");
                return Err(problem.at(tree.span(&span)).help("a spec is one document: remove the `---`"));
            }
        }
        tree.event(event, &span)?;
    }
    let empty = |span: Span| {
        Problem::new("the spec is empty").at(span).help("a spec begins with `trueup: 1`; see the example in the README")
    };
    match tree.root.take() {
        None => Err(empty(Span { line: 1, column: 1, len: 0 })),
        Some(Node { value: Value::Scalar(scalar), span }) if scalar.resolve() == Resolved::Null => Err(empty(span)),
        Some(root) => Ok(root),
    }
}

struct Tree<'a> {
    lines: Lines<'a>,
    text: &'a str,
    problems: &'a mut Vec<Problem>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    n_nodes: usize,
    root: Option<Node>,
}

/// A list or a mapping that has not ended.
struct Open {
    start: usize,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Mapping { is_flow: bool, entries: Vec<Entry>, key: Option<Option<Located<String>>>, merged: Vec<Node> },
}

impl Tree<'_> {
    fn event(&mut self, event: Event<'_>, span: &YamlSpan) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = self.is_text_tag(tag.as_deref(), span);
                let plain = style == serde_yaml::granit_parser::ScalarStyle::Plain && !is_text;
                let node = Node {
                    span: self.scalar_span(span, style),
                    value: Value::Scalar(Scalar { text: text.into_owned(), plain }),
                };
                self.push(node, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.is_text_tag(tag.as_deref(), span);
                self.begin(span, anchor, Content::List(Vec::new()))
            }
            Event::MappingStart(style, anchor, tag) => {
                self.is_text_tag(tag.as_deref(), span);
                let is_flow = style == StructureStyle::Flow;
                self.begin(
                    span,
                    anchor,
                    Content::Mapping { is_flow, entries: Vec::new(), key: None, merged: Vec::new() },
                )
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let end = bytes(span).end;
                let value = match open.content {
                    Content::List(items) => Value::List(items),
                    Content::Mapping { entries, merged, .. } => Value::Mapping(self.merge(entries, merged)),
                };
                let node = Node { span: self.lines.span(open.start..end), value };
                self.push(node, open.anchor)
            }
            Event::Alias(anchor) => {
                let Some(node) = self.anchors.get(&anchor) else {
                    let problem = Problem::new("an alias stands inside the value that it names").at(self.span(span));
                    return Err(problem.help("write the value out"));
                };
                let (size, depth, node) = (node.size(), node.depth(), node.clone());
                self.n_nodes += size;
                if self.n_nodes > MAX_NODES || self.open.len() + depth > MAX_DEPTH {
                    return Err(self.too_large(span));
                }
                self.push(node, 0)
            }
            // Comments and the marks of streams and documents carry no value; the enum is open to such.
            _ => Ok(()),
        }
    }

    fn begin(&mut self, span: &YamlSpan, anchor: usize, content: Content) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.too_large(span));
        }
        self.open.push(Open { start: bytes(span).start, anchor, content });
        Ok(())
    }

    fn push(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        self.n_nodes += 1;
        if self.n_nodes > MAX_NODES {
            return Err(Problem::new("the spec is too large").at(node.span));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Mapping { is_flow, entries, key, merged }) => match key.take() {
                None => *key = Some(as_key(node, self.problems)),
                Some(None) => {}
                Some(Some(name)) if name.value == "<<" => merged.push(node),
                Some(Some(name)) => match entries.iter().find(|entry| entry.key.value == name.value) {
                    None => {
                        let is_bare =
                            *is_flow && node.span.len == 0 && node.text().is_none() && node.scalar().is_some();
                        entries.push(Entry { key: name, value: node, is_bare });
                    }
                    Some(first) => {
                        let problem =
                            Problem::new(format!("the key `{}` stands here twice", name.value.escape_debug()));
                        let help = format!("it is first given on line {}; remove one of them", first.key.span.line);
                        self.problems.push(problem.at(name.span).label("given again").help(help));
                    }
                },
            },
        }
        Ok(())
    }

    /// Adds what `<<: *anchor` brings in; a mapping's own keys win, then the earlier of several.
    fn merge(&mut self, mut entries: Vec<Entry>, merged: Vec<Node>) -> Vec<Entry> {
        let mut brought = Vec::new();
        for node in merged {
            match node.value {
                Value::Mapping(_) => brought.push(node),
                Value::List(items) => brought.extend(items),
                Value::Scalar(_) => self.problems.push(no_merge(node.span)),
            }
        }
        for node in brought {
            let Value::Mapping(more) = node.value else {
                self.problems.push(no_merge(node.span));
                continue;
            };
            for entry in more {
                if !entries.iter().any(|own| own.key.value == entry.key.value) {
                    entries.push(entry);
                }
            }
        }
        entries
    }

    /// Returns whether a tag makes a scalar a text. Tags that the core schema lacks are a problem.
    fn is_text_tag(&mut self, tag: Option<&Tag>, span: &YamlSpan) -> bool {
        let Some(tag) = tag else { return false };
        match tag.core_suffix() {
            Some(suffix) => suffix == "str",
            None => {
                // `!` alone also says that a scalar is a text.
                if tag.original() == "!" {
                    return true;
                }
                let problem =
                    Problem::new(format!("the YAML tag `{}` has no meaning here", tag.original().escape_debug()));
                self.problems.push(problem.at(self.span(span)).help("remove the tag"));
                false
            }
        }
    }

    fn too_large(&self, span: &YamlSpan) -> Problem {
        Problem::new("the spec is too large or too deep, with its aliases written out")
            .at(self.span(span))
            .help(format!("a spec holds at most {MAX_NODES} values, nested at most {MAX_DEPTH} deep"))
    }

    fn span(&self, span: &YamlSpan) -> Span {
        self.lines.span(bytes(span))
    }

    /// A scalar's place. A block begins with its first line that is not blank, and not with its `|`.
    fn scalar_span(&self, span: &YamlSpan, style: serde_yaml::granit_parser::ScalarStyle) -> Span {
        let Range { start, end } = bytes(span);
        match super::scalar::block_content(self.text, start..end, style) {
            Some(content) => self.lines.span(content),
            None => self.lines.span(start..end),
        }
    }
}

/// A mapping's key; none, and a problem, if it is no text.
fn as_key(node: Node, problems: &mut Vec<Problem>) -> Option<Located<String>> {
    match node.value {
        Value::Scalar(scalar) if scalar.resolve() != Resolved::Null => Some(Located::new(scalar.text, node.span)),
        Value::Scalar(_) | Value::List(_) | Value::Mapping(_) => {
            let problem = Problem::new("a key of a mapping must be a text").at(node.span);
            problems.push(problem.help("a text that begins with `{`, `[` or `?` needs quotes"));
            None
        }
    }
}

fn no_merge(span: Span) -> Problem {
    Problem::new("`<<` merges mappings, and this is none").at(span)
}

fn bytes(span: &YamlSpan) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        let source = Source { path: "s".into(), text: text.into() };
        let mut problems = Vec::new();
        let result = read(&source, &mut problems);
        problems.extend(result.err());
        let list: Vec<String> = problems
            .iter()
            .map(|problem| {
                let span = problem.span.unwrap();
                format!("{}:{}:{} {}", span.line, span.column, span.len, problem.message)
            })
            .collect();
        list.join("; ")
    }

    #[test]
    fn what_is_no_document_is_one_problem_with_its_place() {
        for (text, wanted) in [
            ("", "1:1:0 the spec is empty"),
            ("# nothing\n", "1:1:0 the spec is empty"),
            ("a: 1\n---\nb: 2\n", "2:1:3 the file holds several YAML documents"),
            ("a: 1\na : 2\n\"a\": 3", "2:1:1 the key `a` stands here twice; 3:1:3 the key `a` stands here twice"),
            ("a: &x [*x]", "1:8:2 an alias stands inside the value that it names"),
            ("? [1]\n: 2\n", "1:3:3 a key of a mapping must be a text"),
            ("a: !thing 1", "1:11:1 the YAML tag `!thing` has no meaning here"),
            ("a: {<<: 1}", "1:9:1 `<<` merges mappings, and this is none"),
        ] {
            assert_eq!(problem(text), wanted, "{text:?}");
        }
        for (text, place) in
            [("a:\n\tb: 1\n", "2:2:1 "), ("a: b: c\n", "1:5:1 "), ("a: [1\n", "1:4:1 "), ("a: *b", "1:4:")]
        {
            let found = problem(text);
            assert!(found.starts_with(place) && found.contains("not valid YAML"), "{text:?}: {found}");
        }
    }

    #[test]
    fn a_bomb_is_refused_and_an_alias_is_not() {
        let mut text = String::from("a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
        for idx in 1..9 {
            let items = vec![format!("*a{}", idx - 1); 10].join(", ");
            text.push_str(&format!("a{idx}: &a{idx} [{items}]\n"));
        }
        assert!(problem(&text).contains("too large"));
        assert!(problem(&format!("{}{}", "[".repeat(100), "]".repeat(100))).contains("too large"));

        let source = Source { path: "s".into(), text: "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n".into() };
        let root = read(&source, &mut Vec::new()).unwrap();
        let merged = root.get("d").unwrap();
        assert_eq!(merged.get("b").unwrap().number(), Some(1.0));
        assert_eq!(merged.get("c").unwrap().number(), Some(3.0));
    }

    #[test]
    fn a_block_begins_with_its_text() {
        let source = Source { path: "s".into(), text: "q: |\n\n  SELECT 1\n  FROM t\nr: \"x y\" # c\n".into() };
        let root = read(&source, &mut Vec::new()).unwrap();
        assert_eq!(root.get("q").unwrap().span, Span { line: 3, column: 3, len: 8 });
        assert_eq!(root.get("r").unwrap().span, Span { line: 5, column: 4, len: 5 });
    }
}
