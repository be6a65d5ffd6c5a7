//! The types that a feature can be declared with.

use std::fmt;

/// A feature's type, as a spec writes it. `Timestamp` is an instant, `TimestampNaive` a wall-clock reading.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FeatureType {
    Bool,
    Int(IntType),
    Float32,
    Float64,
    Decimal { precision: u8, scale: i8 },
    String,
    Binary,
    Date,
    Timestamp,
    TimestampNaive,
    Duration,
    List(Box<FeatureType>),
    Struct(Vec<(String, FeatureType)>),
}

/// An integer type by signedness and width in bits (8, 16, 32 or 64).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IntType {
    pub signed: bool,
    pub bits: u8,
}

/// The names of the types without parameters, for suggestions.
pub const PLAIN_TYPES: [&str; 17] = [
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "string",
    "binary",
    "date",
    "timestamp",
    "timestamp_naive",
    "duration",
];

/// The types with parameters, by name, with how they are written.
const COMPOSED_TYPES: [(&str, &str); 3] =
    [("decimal", "decimal(p,s)"), ("list", "list<…>"), ("struct", "struct<name: …>")];

impl FeatureType {
    /// Parses a type as a spec writes it: `int64`, `decimal(10,2)`, `list<float64>`, `struct<a: int64, b: list<string>>`.
    ///
    /// # Errors
    /// What is wrong with the text, and what may be meant.
    pub fn parse(text: &str) -> Result<Self, TypeError> {
        let mut parser = Parser { text, rest: text };
        let parsed = parser.feature_type()?;
        match parser.rest.trim() {
            "" => Ok(parsed),
            rest => {
                let mut error = parser.error(format!("`{}` is left over after the type", rest.escape_debug()));
                if parsed.is_time() {
                    // `timestamp[ns]` and `timestamp(6)`.
                    error.help = Some(format!("write `{parsed}`: units are no part of the type"));
                }
                Err(error)
            }
        }
    }

    pub fn is_float(&self) -> bool {
        matches!(self, Self::Float32 | Self::Float64)
    }

    pub fn is_number(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Float32 | Self::Float64 | Self::Decimal { .. })
    }

    pub fn is_time(&self) -> bool {
        matches!(self, Self::Date | Self::Timestamp | Self::TimestampNaive | Self::Duration)
    }

    /// Returns whether the type, or any that it is made of, is one that is looked for.
    pub fn has(&self, is_it: &impl Fn(&Self) -> bool) -> bool {
        is_it(self)
            || match self {
                Self::List(element) => element.has(is_it),
                Self::Struct(fields) => fields.iter().any(|(_, field)| field.has(is_it)),
                Self::Bool
                | Self::Int(_)
                | Self::Float32
                | Self::Float64
                | Self::Decimal { .. }
                | Self::String
                | Self::Binary
                | Self::Date
                | Self::Timestamp
                | Self::TimestampNaive
                | Self::Duration => false,
            }
    }

    /// The type of a list's innermost elements, or the type itself.
    pub fn leaf(&self) -> &Self {
        match self {
            Self::List(element) => element.leaf(),
            other => other,
        }
    }
}

/// Why a text is no type, and what to write instead, if that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeError {
    pub message: String,
    pub help: Option<String>,
}

impl fmt::Display for FeatureType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int(IntType { signed, bits }) => write!(f, "{}int{bits}", if *signed { "" } else { "u" }),
            Self::Float32 => f.write_str("float32"),
            Self::Float64 => f.write_str("float64"),
            Self::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            Self::String => f.write_str("string"),
            Self::Binary => f.write_str("binary"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::TimestampNaive => f.write_str("timestamp_naive"),
            Self::Duration => f.write_str("duration"),
            Self::List(element) => write!(f, "list<{element}>"),
            Self::Struct(fields) => {
                f.write_str("struct<")?;
                for (idx, (name, field)) in fields.iter().enumerate() {
                    write!(f, "{}{name}: {field}", if idx > 0 { ", " } else { "" })?;
                }
                f.write_str(">")
            }
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn feature_type(&mut self) -> Result<FeatureType, TypeError> {
        let name = self.word();
        Ok(match name.to_ascii_lowercase().as_str() {
            "bool" => FeatureType::Bool,
            "int8" => int(true, 8),
            "int16" => int(true, 16),
            "int32" => int(true, 32),
            "int64" => int(true, 64),
            "uint8" => int(false, 8),
            "uint16" => int(false, 16),
            "uint32" => int(false, 32),
            "uint64" => int(false, 64),
            "float32" => FeatureType::Float32,
            "float64" => FeatureType::Float64,
            "string" => FeatureType::String,
            "binary" => FeatureType::Binary,
            "date" => FeatureType::Date,
            "timestamp" => FeatureType::Timestamp,
            "timestamp_naive" => FeatureType::TimestampNaive,
            "duration" => FeatureType::Duration,
            "decimal" => self.decimal()?,
            "list" => {
                self.expect('<')?;
                let element = self.feature_type()?;
                self.expect('>')?;
                FeatureType::List(Box::new(element))
            }
            "struct" => self.structure()?,
            _ => return Err(self.unknown(name)),
        })
    }

    fn decimal(&mut self) -> Result<FeatureType, TypeError> {
        if !self.rest.trim_start().starts_with('(') {
            let mut error = self.error("its digits are missing".into());
            error.help = Some("write `decimal(p,s)`: p digits, s of them after the point".into());
            return Err(error);
        }
        self.expect('(')?;
        let precision = self.word().parse::<u8>().ok().filter(|p| (1..=38).contains(p));
        self.expect(',')?;
        let scale = self.word().parse::<i8>().ok();
        self.expect(')')?;
        match (precision, scale) {
            (Some(precision), Some(scale)) if (0..=precision as i8).contains(&scale) => {
                Ok(FeatureType::Decimal { precision, scale })
            }
            _ => Err(self.error("a decimal is `decimal(p,s)` with 1 to 38 digits, s of them after the point".into())),
        }
    }

    fn structure(&mut self) -> Result<FeatureType, TypeError> {
        self.expect('<')?;
        let mut fields = Vec::new();
        loop {
            let name = self.word();
            if name.is_empty() {
                return Err(self.error("a struct is `struct<name: type, …>`".into()));
            }
            self.expect(':')?;
            fields.push((name.to_string(), self.feature_type()?));
            if self.accept(',') {
                continue;
            }
            self.expect('>')?;
            return Ok(FeatureType::Struct(fields));
        }
    }

    fn word(&mut self) -> &'a str {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        self.rest = rest;
        word
    }

    fn accept(&mut self, c: char) -> bool {
        match self.rest.trim_start().strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, c: char) -> Result<(), TypeError> {
        if self.accept(c) { Ok(()) } else { Err(self.error(format!("`{c}` is missing"))) }
    }

    fn unknown(&self, name: &str) -> TypeError {
        // What the same type is called in SQL, pandas, Arrow, Spark and Snowflake.
        let suggestion = match name.to_ascii_lowercase().as_str() {
            "str" | "text" | "varchar" | "utf8" | "object" | "category" => Some("string"),
            "int" | "integer" | "bigint" | "long" => Some("int64"),
            "float" | "double" | "real" | "number" => Some("float64"),
            "boolean" => Some("bool"),
            "bytes" | "bytea" | "blob" => Some("binary"),
            "timestamptz" | "timestamp_tz" | "timestamp_ltz" | "instant" => Some("timestamp"),
            "timestamp_ntz" | "localdatetime" => Some("timestamp_naive"),
            "datetime" | "datetime64" => {
                let help = "write `timestamp` if the times are instants, `timestamp_naive` if they have no zone";
                return self.unknown_type(Some(help.into()));
            }
            "map" | "dict" | "dictionary" => {
                let help = "leave `type` out: maps have no type here, and are compared by key";
                return self.unknown_type(Some(help.into()));
            }
            "array" => Some("list<…>"),
            "numeric" => Some("decimal(p,s)"),
            "interval" | "timedelta" => Some("duration"),
            lower => {
                let composed = COMPOSED_TYPES.map(|(name, _)| name);
                let names: Vec<&str> = PLAIN_TYPES.into_iter().chain(composed).collect();
                super::problem::closest(lower, &names).map(|close| {
                    COMPOSED_TYPES.iter().find(|(name, _)| *name == close).map_or(close, |(_, written)| written)
                })
            }
        };
        self.unknown_type(suggestion.map(|name| format!("did you mean `{name}`?")))
    }

    fn unknown_type(&self, help: Option<String>) -> TypeError {
        TypeError { message: format!("unknown type `{}`", self.text.escape_debug()), help }
    }

    fn error(&self, reason: String) -> TypeError {
        TypeError { message: format!("`{}` is no type: {reason}", self.text.escape_debug()), help: None }
    }
}

fn int(signed: bool, bits: u8) -> FeatureType {
    FeatureType::Int(IntType { signed, bits })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_reads_back_as_it_is_written() {
        for text in PLAIN_TYPES.into_iter().chain([
            "decimal(10,2)",
            "list<float64>",
            "struct<a: int64, b: list<struct<c: string>>>",
        ]) {
            assert_eq!(FeatureType::parse(text).map(|t| t.to_string()), Ok(text.to_string()));
        }
    }

    #[test]
    fn a_wrong_type_says_what_may_be_meant() {
        for (text, wanted) in [
            ("varchar", "did you mean `string`?"),
            ("flaot64", "did you mean `float64`?"),
            ("decimal", "write `decimal(p,s)`: p digits, s of them after the point"),
            ("list<Decimal>", "write `decimal(p,s)`: p digits, s of them after the point"),
            ("decimla", "did you mean `decimal(p,s)`?"),
            ("strct<a: int8>", "did you mean `struct<name: …>`?"),
            ("timestamp_tz", "did you mean `timestamp`?"),
            ("timestamp[ns]", "write `timestamp`: units are no part of the type"),
            ("datetime64[ns]", "write `timestamp` if the times are instants, `timestamp_naive` if they have no zone"),
            ("map<string, int64>", "leave `type` out: maps have no type here, and are compared by key"),
        ] {
            assert_eq!(FeatureType::parse(text).unwrap_err().help.as_deref(), Some(wanted), "{text}");
        }
        for text in ["", "decimal(39,0)", "decimal(4,5)", "list<>", "list<int64", "int64 x", "struct<>", "struct<a>"] {
            assert!(FeatureType::parse(text).is_err(), "{text}");
        }
    }
}
