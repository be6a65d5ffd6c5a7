//! Lists and structs as texts write them: in JSON, part by part to the declared type.
//!
//! A field that is a list in some records and a text in others comes as texts, the lists in JSON. What such a text says
//! becomes the declared type by the rules for typed values, so that only the rows of another kind are unconvertible.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, ListArray, StringArray, StructArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, FieldRef, Fields};
use chrono_tz::Tz;

use super::super::types::is_number;
use super::cells::Converted;
use super::step::Step;

/// How JSON becomes one type.
#[derive(Debug, Clone)]
pub(super) enum JsonStep {
    List {
        element: Box<JsonStep>,
        field: FieldRef,
    },
    Struct {
        steps: Vec<JsonStep>,
        fields: Fields,
    },
    /// By way of the text that means the value in the target.
    Cells {
        step: Box<Step>,
        target: DataType,
    },
}

impl JsonStep {
    /// Plans how texts become a list or struct; none if a part of it is what no text can become.
    pub fn plan(target: &DataType, assume_tz: Option<Tz>) -> Option<Self> {
        Some(match target {
            DataType::List(field) => {
                Self::List { element: Box::new(Self::plan(field.data_type(), assume_tz)?), field: field.clone() }
            }
            DataType::Struct(fields) => {
                let steps = fields.iter().map(|field| Self::plan(field.data_type(), assume_tz));
                Self::Struct { steps: steps.collect::<Option<_>>()?, fields: fields.clone() }
            }
            target => {
                Self::Cells { step: Box::new(Step::plan(&DataType::Utf8, target, assume_tz)?), target: target.clone() }
            }
        })
    }

    /// Converts plain texts. One that is no JSON of the target's kind fails, `null` too; a null stays null.
    pub fn convert(&self, values: &ArrayRef) -> Converted {
        let texts = values.as_string::<i32>();
        // A text within JSON is read like one outside, so that the same rules hold for both.
        self.build(texts.iter().map(|text| text.map_or(Json::Null, |text| Json::Text(text.to_owned()))).collect())
    }

    fn build(&self, cells: Vec<Json>) -> Converted {
        match self {
            Self::List { element, field } => {
                let (mut failed, mut valid, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
                let mut elements = Vec::new();
                for (row, cell) in cells.into_iter().enumerate() {
                    let is_null = cell == Json::Null;
                    match cell.opened() {
                        Some(Json::List(own)) => {
                            valid.push(true);
                            lengths.push(own.len());
                            elements.extend(own);
                        }
                        Some(_) | None => {
                            if !is_null {
                                failed.push(row);
                            }
                            valid.push(false);
                            lengths.push(0);
                        }
                    }
                }
                let elements = element.build(elements);
                let offsets = OffsetBuffer::<i32>::from_lengths(lengths);
                let mut bad_elements = elements.failed.iter().peekable();
                for (row, end) in offsets.iter().skip(1).enumerate() {
                    while bad_elements.next_if(|element| **element < *end as usize).is_some() {
                        if valid[row] {
                            failed.push(row);
                            valid[row] = false;
                        }
                    }
                }
                failed.sort_unstable();
                let nulls = Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0);
                let list = ListArray::new(field.clone(), offsets, elements.values, nulls);
                Converted { values: Arc::new(list), failed }
            }
            Self::Struct { steps, fields } => {
                let n_rows = cells.len();
                let (mut has_failed, mut valid) = (vec![false; n_rows], vec![false; n_rows]);
                let mut columns: Vec<Vec<Json>> = fields.iter().map(|_| vec![Json::Null; n_rows]).collect();
                for (row, cell) in cells.into_iter().enumerate() {
                    let is_null = cell == Json::Null;
                    let Some(Json::Object(members)) = cell.opened() else {
                        has_failed[row] = !is_null;
                        continue;
                    };
                    valid[row] = true;
                    // Of a repeated field the last value counts; earlier ones leave no trace.
                    let mut extra: Vec<(String, bool)> = Vec::new();
                    for (name, value) in members {
                        match fields.find(&name) {
                            Some((idx, _)) => columns[idx][row] = value,
                            None => {
                                extra.retain(|(other, _)| *other != name);
                                extra.push((name, value != Json::Null));
                            }
                        }
                    }
                    has_failed[row] = extra.iter().any(|(_, has_value)| *has_value);
                }
                let mut arrays = Vec::with_capacity(columns.len());
                for (step, cells) in steps.iter().zip(columns) {
                    let column = step.build(cells);
                    arrays.push(column.values);
                    column.failed.into_iter().for_each(|row| has_failed[row] = true);
                }
                let failed: Vec<usize> = (0..n_rows).filter(|row| has_failed[*row]).collect();
                failed.iter().for_each(|row| valid[*row] = false);
                let nulls = Some(NullBuffer::from(valid)).filter(|nulls| nulls.null_count() > 0);
                let array = StructArray::try_new_with_length(fields.clone(), arrays, nulls, n_rows)
                    .expect("every column is of its field's type, and declared fields may be null");
                Converted { values: Arc::new(array), failed }
            }
            Self::Cells { step, target } => {
                let is_null: Vec<bool> = cells.iter().map(|cell| *cell == Json::Null).collect();
                let texts: StringArray = cells.iter().map(|cell| cell.text_for(target)).collect();
                let texts: ArrayRef = Arc::new(texts);
                let Converted { values, .. } = step.convert(&texts);
                let failed = (0..values.len()).filter(|row| values.is_null(*row) && !is_null[*row]).collect();
                Converted { values, failed }
            }
        }
    }
}

/// A JSON value. Numbers keep their text, so that the declared type alone says what they lose.
#[derive(Debug, Clone, PartialEq)]
enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The list or object that a text is in JSON; what is no text as it is.
    fn opened(self) -> Option<Self> {
        match self {
            Self::Text(text) => read(&text),
            other => Some(other),
        }
    }

    /// The text that reads as this very value of a scalar type; none if it is no value of that type. No number is a bool,
    /// nor a bool a number: a text `true` is none, and what is mixed is text.
    fn text_for(&self, target: &DataType) -> Option<Cow<'_, str>> {
        match self {
            Self::Null | Self::List(_) | Self::Object(_) => None,
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Bool(value) => match target {
                DataType::Boolean | DataType::Utf8 => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
                _ => None,
            },
            Self::Number(text) => match target {
                // Floats have no one form.
                DataType::Utf8 if text == "-0" => Some(Cow::Borrowed("0")),
                DataType::Utf8 => {
                    let is_whole = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
                    is_whole.then_some(Cow::Borrowed(text))
                }
                target if is_number(target) => Some(Cow::Borrowed(text)),
                _ => None,
            },
        }
    }
}

/// Reads one JSON value, with nothing but blanks around it; also the `NaN`, `Infinity` and `-Infinity` of Python.
///
/// None for anything else, half of a surrogate pair and what is nested more than 128 levels deep.
fn read(text: &str) -> Option<Json> {
    let mut reader = Reader { rest: text };
    reader.skip_blanks();
    let value = reader.value(0)?;
    reader.skip_blanks();
    reader.rest.is_empty().then_some(value)
}

const MAX_DEPTH: usize = 128;

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn accept(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        let is_word = |word: &str| {
            let rest = self.rest.strip_prefix(word)?;
            (!rest.starts_with(|c: char| c.is_alphanumeric())).then_some(rest)
        };
        let words = [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
            ("NaN", Json::Number("NaN".into())),
            ("Infinity", Json::Number("Infinity".into())),
            ("-Infinity", Json::Number("-Infinity".into())),
        ];
        match self.rest.as_bytes().first()? {
            b'[' => self.list(depth + 1),
            b'{' => self.object(depth + 1),
            b'"' => Some(Json::Text(self.string()?)),
            b'0'..=b'9' => self.number(),
            b'-' if !self.rest.starts_with("-I") => self.number(),
            _ => {
                let (rest, value) = words.into_iter().find_map(|(word, value)| Some((is_word(word)?, value)))?;
                self.rest = rest;
                Some(value)
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Json> {
        let mut elements = Vec::new();
        self.entries(depth, "[", "]", |reader| {
            elements.push(reader.value(depth)?);
            Some(())
        })?;
        Some(Json::List(elements))
    }

    fn object(&mut self, depth: usize) -> Option<Json> {
        let mut members = Vec::new();
        self.entries(depth, "{", "}", |reader| {
            let name = reader.string()?;
            reader.skip_blanks();
            reader.accept(":")?;
            reader.skip_blanks();
            members.push((name, reader.value(depth)?));
            Some(())
        })?;
        Some(Json::Object(members))
    }

    /// What stands between two brackets, with commas between.
    fn entries(
        &mut self,
        depth: usize,
        open: &str,
        close: &str,
        mut entry: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        self.accept(open).filter(|()| depth <= MAX_DEPTH)?;
        self.skip_blanks();
        if self.accept(close).is_some() {
            return Some(());
        }
        loop {
            entry(self)?;
            self.skip_blanks();
            if self.accept(close).is_some() {
                return Some(());
            }
            self.accept(",")?;
            self.skip_blanks();
        }
    }

    fn number(&mut self) -> Option<Json> {
        let end = self.rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
        let (text, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (number, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let leads_with_zero = whole.len() > 1 && whole.starts_with('0');
        if leads_with_zero || ![whole, decimals, exponent].into_iter().all(is_digits) {
            return None;
        }
        self.rest = rest;
        Some(Json::Number(text.to_owned()))
    }

    fn string(&mut self) -> Option<String> {
        self.accept("\"")?;
        let mut text = String::new();
        loop {
            let end = self.rest.find(|c: char| c == '"' || c == '\\' || c < ' ')?;
            let (plain, rest) = self.rest.split_at(end);
            text.push_str(plain);
            self.rest = rest;
            if self.accept("\"").is_some() {
                return Some(text);
            }
            // A control character is no backslash, and ends the reading here.
            self.accept("\\")?;
            text.push(self.escaped()?);
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = self.rest.get(c.len_utf8()..)?;
        Some(match c {
            '"' | '\\' | '/' => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => match self.hex()? {
                high @ 0xd800..0xdc00 => {
                    self.accept("\\u")?;
                    let low = self.hex().filter(|low| (0xdc00..0xe000).contains(low))?;
                    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))?
                }
                unit => char::from_u32(unit)?,
            },
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        digits.chars().try_fold(0, |sum, c| Some(sum << 4 | c.to_digit(16)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_json_and_nothing_else() {
        let number = |text: &str| Json::Number(text.into());
        let wanted = Json::Object(vec![
            ("a\u{e9}".into(), Json::List(vec![number("9007199254740993"), number("-1.50e+3"), Json::Null])),
            ("b".into(), Json::Text("\u{1f600}\n".into())),
            ("c".into(), Json::List(vec![number("NaN"), number("-Infinity"), Json::Bool(true)])),
            ("d".into(), Json::List(vec![Json::Object(vec![]), Json::List(vec![])])),
        ]);
        let text = " {\"a\\u00e9\": [9007199254740993,-1.50e+3 , null], \"b\":\"\\ud83d\\ude00\\n\",\n\
                    \"c\":[NaN,-Infinity,true],\"d\":[{ },[\t]]} ";
        assert_eq!(read(text), Some(wanted));
        for bad in [
            "",
            "oops",
            "[1",
            "[1,]",
            "[1 2]",
            "[1]]",
            "{\"a\"}",
            "{a: 1}",
            "[01]",
            "[1.]",
            "[+1]",
            "[.5]",
            "[nulls]",
            "['a']",
            "[\"\t\"]",
            "[\"\\x\"]",
            "[\"\\ud800\"]",
            "[\"\\udc00\"]",
            "[1-2]",
            "[-]",
            "[\"a]",
            "{\"a\":1,}",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(MAX_DEPTH)).is_some() && read(&nested(MAX_DEPTH + 1)).is_none());
    }
}
