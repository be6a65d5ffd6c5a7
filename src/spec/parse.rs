//! From the text of a spec file to a checked [`Spec`].
//!
//! In this order, each step going on in spite of the problems of the one before: YAML text to a tree, the tree against the
//! description of the keys, then what concerns several keys at once, and the SQL.

use super::conform::conform_shape;
use super::duration::parse_duration;
use super::feature::read_features;
use super::grammar::SPEC;
use super::model::{Align, Duplicates, EventTimeRule, Feature, FeatureGate, Gate, PerSide, Side, Spec};
use super::partial::{Parsed, Partial};
use super::problem::{Located, Problem, Problems, Source};
use super::side::read_side;
use super::sql;
use super::sql_text::is_plain_identifier;
use super::yaml::{self, Node, Value};

/// What a spec needs from outside of its file.
pub struct ParseOptions<'a> {
    /// Paths that take the place of a side's only path.
    pub paths: PerSide<Option<PathOverride>>,
    /// What an environment variable holds, for `${VAR}` in paths and table options.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// A path from the command line. It stands for itself: no variable in it expands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathOverride {
    /// What messages show.
    pub shown: String,
    /// The path to read, absolute or relative to the spec file. Never shown.
    pub path: String,
}

impl Spec {
    /// Parses and checks a spec, as far as that goes without its data. No I/O.
    ///
    /// A side that a path takes the place of may be left out; its table is then named as the side.
    ///
    /// # Errors
    /// All problems at once, each with its place. They never show what a variable holds.
    pub fn parse(source: Source, options: &ParseOptions<'_>) -> Result<Self, Problems> {
        match Self::read(source, options) {
            Parsed::Whole(spec) => Ok(spec),
            Parsed::Partial(partial) => Err(partial.with(Vec::new())),
            Parsed::Broken(problems) => Err(problems),
        }
    }

    /// As [`Spec::parse`], but hands out what could be read where problems are confined to some features: for holding the
    /// rest against its data, so that all problems can be told at once.
    pub fn read(source: Source, options: &ParseOptions<'_>) -> Parsed {
        let mut reader = Reader { source: &source, options, problems: Vec::new() };
        let root = reader.tree();
        let parts = root.as_ref().and_then(|root| reader.parts(root));
        let mut problems = reader.problems;
        match parts {
            Some(parts) if problems.is_empty() => Parsed::Whole(parts.into_spec(source)),
            Some(parts) => match Partial::new(parts.into_spec(source), root.as_ref(), problems) {
                Ok(partial) => Parsed::Partial(partial),
                Err(problems) => Parsed::Broken(problems),
            },
            None => {
                if problems.is_empty() {
                    problems.push(Problem::new("the spec cannot be read"));
                }
                Parsed::Broken(Problems::new(source, problems))
            }
        }
    }
}

/// A spec without the text that it was read from.
struct Parts {
    name: String,
    description: Option<String>,
    keys: Vec<Located<String>>,
    event_time: Option<Located<String>>,
    sides: PerSide<super::model::SideSpec>,
    features: Vec<Feature>,
    align: Align,
    slices: Vec<Located<String>>,
    gate: Gate,
}

impl Parts {
    fn into_spec(self, source: Source) -> Spec {
        let Self { name, description, keys, event_time, sides, features, align, slices, gate } = self;
        Spec { source, name, description, keys, event_time, sides, features, align, slices, gate }
    }
}

/// Reads the parts of a spec and gathers their problems.
pub(super) struct Reader<'a> {
    pub source: &'a Source,
    pub options: &'a ParseOptions<'a>,
    pub problems: Vec<Problem>,
}

impl Reader<'_> {
    /// The YAML as a tree, if it is a mapping.
    fn tree(&mut self) -> Option<Node> {
        let root = match yaml::read(self.source, &mut self.problems) {
            Ok(root) => root,
            Err(problem) => {
                // The tree is not whole, so what else was found may be due to this.
                self.problems = vec![problem];
                return None;
            }
        };
        if !matches!(root.value, Value::Mapping(_)) {
            let found = if matches!(root.value, Value::List(_)) { "a list" } else { "a text" };
            let problem = Problem::new(format!("a spec is a mapping, not {found}")).at(root.span);
            self.problems.push(problem.help("begin it with `trueup: 1`; the features are a list behind `features:`"));
            return None;
        }
        Some(root)
    }

    /// What the tree says, as far as it can be understood.
    fn parts(&mut self, root: &Node) -> Option<Parts> {
        let waived: Vec<&str> = [(Side::Offline, "offline"), (Side::Online, "online")]
            .into_iter()
            .filter(|(side, _)| self.options.paths[*side].is_some())
            .map(|(_, name)| name)
            .collect();
        conform_shape(root, &SPEC, &waived, &mut self.problems);

        let keys = self.names(root, "keys");
        let event_time = root.get("event_time").and_then(Node::text);
        let offline = read_side(self, root, Side::Offline);
        let online = read_side(self, root, Side::Online);
        let features = read_features(self, root);
        self.check_keys(&keys, &features);
        let align = self.align(root, event_time.is_some());
        let slices = self.names(root, "slices");
        let gate = read_gate(root.get("gate"));
        let name = match root.get("name").and_then(Node::text) {
            Some(name) => name.value,
            None => stem(&self.source.path),
        };
        let description = root.get("description").and_then(Node::text).map(|text| text.value);
        let sides = PerSide { offline: offline?, online: online? };
        Some(Parts { name, description, keys, event_time, sides, features, align, slices, gate })
    }

    /// A list of names, each once.
    fn names(&mut self, root: &Node, key: &str) -> Vec<Located<String>> {
        let mut names: Vec<Located<String>> = Vec::new();
        for name in root.get(key).map(Node::items).unwrap_or_default().iter().filter_map(Node::text) {
            if names.iter().any(|earlier| earlier.value == name.value) {
                let shown = name.value.escape_debug();
                self.problems
                    .push(Problem::new(format!("`{shown}` stands twice in `{key}`")).at(name.span).help("remove one"));
            } else {
                names.push(name);
            }
        }
        names
    }

    /// Reports show the keys of rows, so none may be what a report must not show.
    fn check_keys(&mut self, keys: &[Located<String>], features: &[Feature]) {
        let is_sensitive = |key: &str| features.iter().any(|feature| feature.sensitive && feature.name.value == key);
        for key in keys.iter().filter(|key| is_sensitive(&key.value)) {
            let shown = key.value.escape_debug();
            let problem = Problem::new(format!("the key `{shown}` is a sensitive feature, and reports show keys"));
            // Only texts can be hashed, and what the column holds is not known.
            let example = match is_plain_identifier(&key.value) {
                true => format!(", as in `columns: {{{shown}_hash: \"sha256(cast({shown} AS varchar))\"}}`"),
                false => String::new(),
            };
            self.problems.push(
                problem
                    .at(key.span)
                    .help(format!("hash it under another name on both sides{example}; make that the key")),
            );
        }
    }

    /// Reads an SQL expression and checks it.
    pub fn expression(&mut self, node: Option<&Node>, what: &str) -> Option<Located<String>> {
        let text = node.and_then(Node::text).filter(|text| !text.value.trim().is_empty())?;
        sql::check_expression(self.source, &text, what, &mut self.problems);
        Some(text)
    }

    fn align(&mut self, root: &Node, has_event_time: bool) -> Align {
        let align = root.get("align");
        let duplicates = match word(align.and_then(|align| align.get("duplicates"))).as_deref() {
            Some("latest") => Duplicates::Latest,
            Some("exclude") => Duplicates::Exclude,
            Some("multiset") => Duplicates::Multiset,
            _ => Duplicates::Error,
        };
        let complete = match align.and_then(|align| align.get("complete")) {
            None => PerSide { offline: true, online: false },
            Some(list) => PerSide::from_fn(|side| {
                list.items().iter().filter_map(Node::text).any(|item| item.value == side.to_string())
            }),
        };
        if let Some(node) = align.and_then(|align| align.get("duplicates"))
            && duplicates == Duplicates::Latest
            && !has_event_time
        {
            let problem =
                Problem::new("`duplicates: latest` needs a time to tell which row is the newest").at(node.span);
            self.problems.push(problem.help("name its column: `event_time: …` at the top of the spec"));
        }
        let event_time = match align.and_then(|align| align.entry("event_time")) {
            None => EventTimeRule::Ignore,
            Some(entry) => {
                if !has_event_time {
                    let problem = Problem::new("`align.event_time` needs a time of each row").at(entry.key.span);
                    self.problems.push(problem.help("name its column: `event_time: …` at the top of the spec"));
                }
                self.event_time_rule(&entry.value)
            }
        };
        if let (Some(node), Duplicates::Multiset, EventTimeRule::AsOf { .. }) =
            (align.and_then(|align| align.get("duplicates")), duplicates, event_time)
        {
            let problem = Problem::new("`duplicates: multiset` cannot be combined with `as_of`").at(node.span);
            self.problems.push(problem.help(
                "an offline row may serve several online rows as of their times; use `error`, `latest` or `exclude`",
            ));
        }
        Align { event_time, duplicates, complete }
    }

    fn event_time_rule(&mut self, rule: &Node) -> EventTimeRule {
        match (rule.entry("within"), rule.entry("as_of")) {
            (Some(_), Some(as_of)) => {
                let problem = Problem::new("`within` and `as_of` exclude each other").at(as_of.key.span);
                self.problems.push(problem.help("keep one of them"));
                EventTimeRule::Ignore
            }
            (Some(within), None) => {
                duration_ns(Some(&within.value)).map_or(EventTimeRule::Ignore, |ns| EventTimeRule::Within { ns })
            }
            (None, Some(as_of)) => EventTimeRule::AsOf { max_age_ns: duration_ns(as_of.value.get("max_age")) },
            (None, None) => EventTimeRule::Ignore,
        }
    }
}

/// A word of a closed list, or any short text.
pub(super) fn word(node: Option<&Node>) -> Option<String> {
    node.and_then(Node::text).map(|text| text.value)
}

pub(super) fn duration_ns(node: Option<&Node>) -> Option<i128> {
    parse_duration(&node?.text()?.value).ok()
}

fn read_gate(gate: Option<&Node>) -> Gate {
    let default = Gate::default();
    let number = |key: &str| gate.and_then(|gate| gate.get(key)).and_then(Node::number);
    let own = read_feature_gate(gate);
    Gate {
        max_mismatch_rate: own.max_mismatch_rate.unwrap_or(default.max_mismatch_rate),
        max_unmatched_rate: number("max_unmatched_rate").unwrap_or(default.max_unmatched_rate),
        max_unreadable_rate: number("max_unreadable_rate").unwrap_or(default.max_unreadable_rate),
        min_compared_rows: own.min_compared_rows.unwrap_or(default.min_compared_rows),
        confidence: own.confidence,
    }
}

pub(super) fn read_feature_gate(gate: Option<&Node>) -> FeatureGate {
    let get = |key: &str| gate.and_then(|gate| gate.get(key));
    FeatureGate {
        max_mismatch_rate: get("max_mismatch_rate").and_then(Node::number),
        min_compared_rows: get("min_compared_rows").and_then(Node::count),
        confidence: get("confidence").and_then(Node::number),
    }
}

/// A file's name without its folders and its last extension.
fn stem(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_string(),
        Some(_) | None => name.to_string(),
    }
}
