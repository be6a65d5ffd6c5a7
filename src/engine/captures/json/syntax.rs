//! Whether a text is one JSON object. Takes `NaN`, `Infinity` and `-Infinity` too, which Python writes.

/// How deep objects and lists may be nested, the record itself counted.
pub(super) const MAX_DEPTH: usize = 128;

/// Checks one record in full.
///
/// # Errors
/// Says in plain words what is wrong and where. Does not show the record's content.
///
/// Source: RFC 8259. Stricter in one point: half of a surrogate pair (`\ud800`) is an error, since no text holds it.
pub(super) fn validate(text: &str) -> Result<(), String> {
    let mut checker = Checker { bytes: text.as_bytes(), pos: 0 };
    let fault = match checker.record() {
        Ok(()) => return Ok(()),
        Err(fault) => fault,
    };
    let before = text.get(..checker.pos).unwrap_or(text);
    let n_lines = memchr::memchr_iter(b'\n', before.as_bytes()).count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Err(match n_lines {
        _ if fault.whole => fault.what,
        0 => format!("{} at column {column}", fault.what),
        _ => format!("{} in its line {}, column {column}", fault.what, n_lines + 1),
    })
}

struct Fault {
    what: String,
    /// Whether this is about the record as a whole, and not about a place in it.
    whole: bool,
}

fn fault<T>(what: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { what: what.into(), whole: false })
}

struct Checker<'a> {
    bytes: &'a [u8],
    pos: usize,
}

impl Checker<'_> {
    fn record(&mut self) -> Result<(), Fault> {
        self.skip_blanks();
        if self.peek() != Some(b'{') {
            // What is no JSON at all is told from what is JSON, but no object.
            let kind = match self.peek() {
                Some(b'[') => "a list",
                Some(b'"') => "a text",
                Some(b't' | b'f') => "a bool",
                Some(b'n') => "null",
                _ => "a number",
            };
            self.value(0)?;
            self.end()?;
            return Err(Fault { what: format!("it is {kind}, not an object"), whole: true });
        }
        self.value(0)?;
        self.end()
    }

    fn end(&mut self) -> Result<(), Fault> {
        self.skip_blanks();
        match self.peek() {
            None => Ok(()),
            Some(_) => fault("something follows the end of the record"),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.pos += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), Fault> {
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            Some(b'N') => self.word("NaN"),
            Some(b'I') => self.word("Infinity"),
            Some(_) => fault("a value is expected"),
            None => fault("the record breaks off"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), Fault> {
        self.enter(depth)?;
        if self.peek() == Some(b'}') {
            self.pos += 1;
            return Ok(());
        }
        loop {
            match self.peek() {
                Some(b'"') => self.string()?,
                Some(_) => return fault("a field name in quotes is expected"),
                None => return fault("the record breaks off"),
            }
            self.skip_blanks();
            match self.peek() {
                Some(b':') => self.pos += 1,
                Some(_) => return fault("`:` is expected after a field name"),
                None => return fault("the record breaks off"),
            }
            self.skip_blanks();
            self.value(depth)?;
            if self.closes(b'}')? {
                return Ok(());
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<(), Fault> {
        self.enter(depth)?;
        if self.peek() == Some(b']') {
            self.pos += 1;
            return Ok(());
        }
        loop {
            self.value(depth)?;
            if self.closes(b']')? {
                return Ok(());
            }
        }
    }

    fn enter(&mut self, depth: usize) -> Result<(), Fault> {
        if depth > MAX_DEPTH {
            return fault(format!("it is nested more than {MAX_DEPTH} levels deep"));
        }
        self.pos += 1;
        self.skip_blanks();
        Ok(())
    }

    /// Moves past the closing bracket, or past the comma before the next entry.
    fn closes(&mut self, bracket: u8) -> Result<bool, Fault> {
        self.skip_blanks();
        match self.peek() {
            Some(b',') => {
                self.pos += 1;
                self.skip_blanks();
                Ok(false)
            }
            Some(byte) if byte == bracket => {
                self.pos += 1;
                Ok(true)
            }
            Some(_) => fault(format!("`,` or `{}` is expected", char::from(bracket))),
            None => fault("the record breaks off"),
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Fault> {
        let rest = self.bytes.get(self.pos..).unwrap_or_default();
        let ends = |byte: &u8| !byte.is_ascii_alphanumeric();
        if rest.starts_with(word.as_bytes()) && rest.get(word.len()).is_none_or(ends) {
            self.pos += word.len();
            return Ok(());
        }
        if word.as_bytes().starts_with(rest) { fault("the record breaks off") } else { fault("a value is expected") }
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.peek() == Some(b'-') {
            self.pos += 1;
        }
        match self.peek() {
            Some(b'0') => {
                self.pos += 1;
                if let Some(b'0'..=b'9') = self.peek() {
                    return fault("a number has a leading zero");
                }
            }
            Some(b'I') if self.bytes.get(self.pos.wrapping_sub(1)) == Some(&b'-') => return self.word("Infinity"),
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.pos += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.pos += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.pos += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.pos;
        while let Some(b'0'..=b'9') = self.peek() {
            self.pos += 1;
        }
        match self.peek() {
            _ if self.pos > start => Ok(()),
            Some(_) => fault("a digit is expected"),
            None => fault("the record breaks off"),
        }
    }

    fn string(&mut self) -> Result<(), Fault> {
        self.pos += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.pos += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(0..0x20) => return fault("a text has a control character that is not escaped"),
                Some(_) => self.pos += 1,
                None => return fault("a text is not closed, the record breaks off"),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        match self.bytes.get(self.pos + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.pos += 2;
                Ok(())
            }
            Some(b'u') => self.unicode_escape(),
            Some(_) => fault("a text has an unknown escape"),
            None => fault("a text is not closed, the record breaks off"),
        }
    }

    fn unicode_escape(&mut self) -> Result<(), Fault> {
        let unit = |at: usize| {
            let prefixed = self.bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
            super::walk::hex(prefixed)
        };
        let Some(first) = unit(self.pos) else { return fault("a text has `\\u` without four hex digits") };
        match first {
            0xd800..0xdc00 => match unit(self.pos + 6) {
                Some(0xdc00..0xe000) => self.pos += 12,
                Some(_) | None => return fault(format!("`\\u{first:04x}` is half of a surrogate pair")),
            },
            0xdc00..0xe000 => return fault(format!("`\\u{first:04x}` is half of a surrogate pair")),
            _ => self.pos += 6,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn says_what_is_wrong_and_where() {
        for (text, expected) in [
            (r#"{"a": 1, "b": [true, null, {"c": "\u00e9\ud83d\ude00\n"}], "d": -0.5e+3}"#, ""),
            (" \t{} \r", ""),
            (r#"{"a": NaN, "b": [Infinity, -Infinity]}"#, ""),
            ("[1]", "it is a list, not an object"),
            ("\"x\"", "it is a text, not an object"),
            ("null", "it is null, not an object"),
            ("-1.5", "it is a number, not an object"),
            ("true", "it is a bool, not an object"),
            ("hello", "a value is expected at column 1"),
            ("{", "the record breaks off at column 2"),
            (r#"{"a": 1"#, "the record breaks off at column 8"),
            (r#"{"a": tr"#, "the record breaks off at column 7"),
            (r#"{"a": "x"#, "a text is not closed, the record breaks off at column 9"),
            (r#"{"a" 1}"#, "`:` is expected after a field name at column 6"),
            (r#"{a: 1}"#, "a field name in quotes is expected at column 2"),
            (r#"{"a": 1,}"#, "a field name in quotes is expected at column 9"),
            (r#"{"a": [1 2]}"#, "`,` or `]` is expected at column 10"),
            (r#"{"é": 01}"#, "a number has a leading zero at column 8"),
            (r#"{"a": 1.}"#, "a digit is expected at column 9"),
            (r#"{"a": .5}"#, "a value is expected at column 7"),
            (r#"{"a": +1}"#, "a value is expected at column 7"),
            (r#"{"a": NaNs}"#, "a value is expected at column 7"),
            (r#"{"a": '1'}"#, "a value is expected at column 7"),
            (r#"{} {}"#, "something follows the end of the record at column 4"),
            ("{\"a\": \"\t\"}", "a text has a control character that is not escaped at column 8"),
            (r#"{"a": "\x"}"#, "a text has an unknown escape at column 8"),
            (r#"{"a": "\u12"}"#, "a text has `\\u` without four hex digits at column 8"),
            (r#"{"a": "\ud800"}"#, "`\\ud800` is half of a surrogate pair at column 8"),
            (r#"{"a": "\ud800\u0041"}"#, "`\\ud800` is half of a surrogate pair at column 8"),
            (r#"{"a": "\udc00"}"#, "`\\udc00` is half of a surrogate pair at column 8"),
            ("{\n \"a\": x}", "a value is expected in its line 2, column 7"),
        ] {
            assert_eq!(validate(text).err().unwrap_or_default(), expected, "{text}");
        }
        let nested = |depth: usize| format!("{{\"a\": {}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(validate(&nested(MAX_DEPTH - 1)), Ok(()));
        assert!(validate(&nested(MAX_DEPTH)).unwrap_err().starts_with("it is nested more than 128 levels deep"));
    }

    proptest! {
        /// serde_json is the reference, except that it has no NaN and refuses numbers that overflow.
        #[test]
        fn agrees_with_serde_json(text in r#"\{("a":)?[\[\]\{\}",:\\u0-9a-dtrue \.eE+-]{0,12}\}"#) {
            let ours = validate(&text).is_ok();
            match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(_) => prop_assert!(ours, "{}", text),
                Err(error) if error.to_string().starts_with("number out of range") => {}
                Err(_) => prop_assert!(!ours, "{}", text),
            }
        }
    }
}
