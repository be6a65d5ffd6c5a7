//! The language in which the keys of a spec are described. The check of a spec and its JSON Schema come from the same
//! descriptions (`grammar`), so that neither knows a key that the other does not.

/// A mapping with known keys.
#[derive(Debug)]
pub(super) struct Shape {
    /// Its name in the JSON Schema.
    pub id: &'static str,
    /// What messages call it: "a feature".
    pub name: &'static str,
    pub doc: &'static str,
    pub keys: &'static [Key],
    /// Keys that people write and that are none, with what to write instead.
    pub hints: &'static [(&'static str, &'static str)],
    /// Whether at least one key must stand there.
    pub non_empty: bool,
}

/// A key of a mapping.
#[derive(Debug)]
pub(super) struct Key {
    pub name: &'static str,
    pub doc: &'static str,
    pub kind: Kind,
    pub required: bool,
    /// As JSON.
    pub default: Option<&'static str>,
}

/// What may stand behind a key.
#[derive(Debug)]
pub(super) enum Kind {
    /// The version of the spec language.
    Version,
    /// Any text.
    Text,
    /// A text that names something: not empty, without control characters.
    Name,
    /// A path, a folder or a glob, in which variables expand.
    Path,
    /// An SQL text. A number or a bool is SQL, too.
    Sql,
    /// A scalar as it is written.
    Raw,
    /// One byte.
    Character,
    Bool,
    /// Finite and not negative.
    Number,
    /// From 0 to 1.
    Rate,
    /// A whole number, not negative.
    Count,
    Duration,
    FeatureType,
    TimeZone,
    /// A constant that values are compared with: a text, a number or a bool.
    Literal,
    /// One of some words, each with what it means.
    Words(&'static [(&'static str, &'static str)]),
    /// The same, and variables expand.
    Variable(&'static Kind),
    List {
        items: &'static Kind,
        min_items: usize,
    },
    /// A mapping with keys of the reader's choice.
    Map {
        values: &'static Kind,
        min_entries: usize,
    },
    Mapping(&'static Shape),
    /// One of several kinds.
    AnyOf(&'static [Kind]),
}

impl Key {
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, doc, kind, required: false, default: None }
    }

    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub const fn default(mut self, json: &'static str) -> Self {
        self.default = Some(json);
        self
    }
}

impl Kind {
    /// What may stand there, as messages say it.
    pub fn expected(&self) -> String {
        match self {
            Self::Version => "the number 1".into(),
            Self::Text | Self::Path => "a text".into(),
            Self::Name => "a name".into(),
            Self::Sql => "an SQL text".into(),
            Self::Raw => "a text or a number".into(),
            Self::Character => "a single ASCII character".into(),
            Self::Bool => "`true` or `false`".into(),
            Self::Number => "a number, 0 or more".into(),
            Self::Rate => "a number from 0 to 1".into(),
            Self::Count => "a whole number, 0 or more".into(),
            Self::Duration => "a duration".into(),
            Self::FeatureType => "a type".into(),
            Self::TimeZone => "a time zone".into(),
            Self::Literal => "a text, a number or a bool".into(),
            Self::Words(words) => or(words.iter().map(|(word, _)| format!("`{word}`")).collect()),
            Self::Variable(kind) => kind.expected(),
            Self::List { .. } => "a list".into(),
            Self::Map { .. } | Self::Mapping(_) => "a mapping".into(),
            Self::AnyOf(kinds) => or(kinds.iter().map(Self::expected).collect()),
        }
    }
}

fn or(mut list: Vec<String>) -> String {
    match list.pop() {
        Some(last) if !list.is_empty() => format!("{} or {last}", list.join(", ")),
        Some(only) => only,
        None => String::new(),
    }
}
