//! An SQL text of a spec: its tokens, and where in the file each of them stands.

use std::ops::Range;

use sqlparser::ast::Expr;
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span as SqlSpan, Token, TokenWithSpan, Tokenizer, Whitespace};

use super::problem::{Located, Problem, Source, Span, visible};
use super::scalar::place;

/// Beyond this many words and operators a text would overflow the stack of some step that walks its tree.
const MAX_TOKENS: usize = 4_000;

/// Returns where the identifier `name` stands in the spec file; when in doubt, the span of the whole text.
///
/// `sql` is a text of the spec as it was parsed. Case counts. A name that no `.` precedes and no `(` follows is preferred,
/// as a column is none of a record's fields and no function.
pub fn locate_identifier(source: &Source, sql: &Located<String>, name: &str) -> Span {
    let text = SqlText::new(source, sql);
    let Ok(tokens) = text.tokens() else { return sql.span };
    let shown: Vec<&TokenWithSpan> = tokens.iter().filter(|token| !is_blank(&token.token)).collect();
    let is_name =
        |idx: usize| matches!(shown.get(idx).map(|t| &t.token), Some(Token::Word(word)) if word.value == name);
    let is = |idx: Option<usize>, wanted: &Token| {
        idx.and_then(|idx| shown.get(idx)).is_some_and(|found| found.token == *wanted)
    };
    let named: Vec<usize> = (0..shown.len()).filter(|idx| is_name(*idx)).collect();
    let column = named
        .iter()
        .find(|idx| !is(idx.checked_sub(1), &Token::Period) && !is(Some(**idx + 1), &Token::LParen))
        .or(named.first());
    match column.and_then(|idx| shown.get(*idx)) {
        Some(token) => text.place(token.span),
        None => sql.span,
    }
}

/// Returns a name as an SQL identifier that keeps its case.
pub fn quoted_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns an SQL text with an expression in place of each column of that name. A text that has no tokens stays as it is.
pub fn substitute(sql: &str, name: &str, replacement: &str) -> String {
    let mut after_point = false;
    with_tokens(sql, |token| {
        let is_column =
            !after_point && matches!(token, Token::Word(word) if word.value == name && word.quote_style.is_none());
        after_point = *token == Token::Period;
        is_column.then(|| replacement.to_owned())
    })
}

/// Returns an SQL text without its comments, so that something may follow in its last line.
pub fn without_comments(sql: &str) -> String {
    let is_comment = |token: &Token| {
        let Token::Whitespace(blank) = token else { return false };
        matches!(blank, Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_))
    };
    with_tokens(sql, |token| is_comment(token).then(|| " ".to_owned())).trim_end().to_owned()
}

/// Returns an SQL text with others in place of some of its tokens.
fn with_tokens(sql: &str, mut replacement: impl FnMut(&Token) -> Option<String>) -> String {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).with_unescape(false).tokenize();
    let Ok(tokens) = tokens else { return sql.to_owned() };
    tokens.iter().map(|token| replacement(token).unwrap_or_else(|| token.to_string())).collect()
}

/// An SQL text and the file in which it stands.
pub(super) struct SqlText<'a> {
    source: &'a Source,
    pub sql: &'a Located<String>,
}

impl<'a> SqlText<'a> {
    pub fn new(source: &'a Source, sql: &'a Located<String>) -> Self {
        Self { source, sql }
    }

    pub fn tokens(&self) -> Result<Vec<TokenWithSpan>, sqlparser::tokenizer::TokenizerError> {
        Tokenizer::new(&GenericDialect {}, &self.sql.value).tokenize_with_location()
    }

    pub fn checked_tokens(&self, what: &str, problems: &mut Vec<Problem>) -> Option<Vec<TokenWithSpan>> {
        let tokens = match self.tokens() {
            Ok(tokens) => tokens,
            Err(error) => {
                let at = self.char_idx(error.location);
                let problem = Problem::new(format!("{what} is not valid SQL: {}", one_line(&error.message)));
                problems.push(problem.at(place(self.source, self.sql, at..at + 1)));
                return None;
            }
        };
        let weighs = |token: &Token| {
            !is_blank(token) && !matches!(token, Token::Comma | Token::Number(..) | Token::SingleQuotedString(_))
        };
        if tokens.iter().filter(|token| weighs(&token.token)).count() > MAX_TOKENS {
            let problem = Problem::new(format!("{what} is too long")).at(self.sql.span);
            problems.push(problem.help(format!("at most {MAX_TOKENS} words and operators, besides constants")));
            return None;
        }
        Some(tokens)
    }

    /// The place in the file of a span of the text.
    pub fn place(&self, span: SqlSpan) -> Span {
        if span.start.line == 0 {
            return self.sql.span;
        }
        place(self.source, self.sql, self.chars(span))
    }

    fn chars(&self, span: SqlSpan) -> Range<usize> {
        let start = self.char_idx(span.start);
        start..self.char_idx(span.end).max(start + 1)
    }

    fn char_idx(&self, location: Location) -> usize {
        let line_idx = usize::try_from(location.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let before: usize = self.sql.value.split('\n').take(line_idx).map(|line| line.chars().count() + 1).sum();
        before.saturating_add(usize::try_from(location.column.saturating_sub(1)).unwrap_or(usize::MAX))
    }

    /// A problem of the parser, whose errors tell a place as text only.
    pub fn parser_problem(&self, error: &ParserError, tokens: &[TokenWithSpan], what: &str) -> Problem {
        let message = match error {
            ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.as_str(),
            ParserError::RecursionLimitExceeded => {
                return Problem::new(format!("{what} is nested too deeply"))
                    .at(self.sql.span)
                    .help("split it into several features, or a query with WITH");
            }
        };
        let (reason, location) = split_location(message);
        let reason = one_line(reason)
            .replace("Expected: ", "expected ")
            .replace(", found: ", ", found ")
            .replace("found EOF", "found its end");
        let span = match location.and_then(|location| tokens.iter().find(|token| token.span.start == location)) {
            Some(token) => self.place(token.span),
            None => match tokens.iter().rfind(|token| !is_blank(&token.token)) {
                Some(last) => self.place(last.span),
                None => self.sql.span,
            },
        };
        Problem::new(format!("{what} is not valid SQL: {reason}")).at(span)
    }

    /// Where a string stands; the parser drops the place of one that is used as a name.
    pub fn string_span(&self, value: &str) -> SqlSpan {
        let is_it = |token: &TokenWithSpan| matches!(&token.token, Token::SingleQuotedString(text) if text == value);
        self.tokens()
            .ok()
            .and_then(|tokens| tokens.into_iter().find(is_it))
            .map_or_else(SqlSpan::empty, |token| token.span)
    }
}

/// Splits `… at Line: 1, Column: 5` into the message and the place.
fn split_location(message: &str) -> (&str, Option<Location>) {
    let Some((reason, place)) = message.rsplit_once(" at Line: ") else { return (message, None) };
    let location = place.split_once(", Column: ").and_then(|(line, column)| {
        Some(Location { line: line.trim().parse().ok()?, column: column.trim().parse().ok()? })
    });
    match location {
        Some(location) => (reason, Some(location)),
        None => (message, None),
    }
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    visible(&words.join(" "))
}

/// Returns whether SQL reads a name without quotes as that column.
pub fn is_plain_identifier(name: &str) -> bool {
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let parsed = || Parser::new(&GenericDialect {}).try_with_sql(name).and_then(|mut parser| parser.parse_expr());
    is_word && matches!(parsed(), Ok(Expr::Identifier(parsed)) if parsed.value == name)
}

pub(super) fn is_blank(token: &Token) -> bool {
    matches!(token, Token::Whitespace(_) | Token::EOF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_replaced_where_it_stands_alone() {
        let sql = "CASE WHEN value = 'it''s value' THEN r.value ELSE \"value\" + value END";
        let wanted = "CASE WHEN (x) = 'it''s value' THEN r.value ELSE \"value\" + (x) END";
        assert_eq!(substitute(sql, "value", "(x)"), wanted);
        assert_eq!(substitute("'not closed", "value", "(x)"), "'not closed");
    }

    #[test]
    fn comments_go_and_what_looks_like_them_stays() {
        assert_eq!(without_comments("a /* one */ + '--' -- the other"), "a   + '--'");
    }

    #[test]
    fn an_identifier_is_found_where_it_stands_as_a_column() {
        let source = Source { path: "s".into(), text: "e: \"'x' || r.x || x(1) || x\"\n".into() };
        let sql = Located::new("'x' || r.x || x(1) || x".to_string(), Span { line: 1, column: 4, len: 25 });
        assert_eq!(locate_identifier(&source, &sql, "x"), Span { line: 1, column: 27, len: 1 });
        assert_eq!(locate_identifier(&source, &sql, "r"), Span { line: 1, column: 12, len: 1 });
        assert_eq!(locate_identifier(&source, &sql, "X"), sql.span);
        let elsewhere = Located::new("\"x\"".to_string(), sql.span);
        assert_eq!(locate_identifier(&source, &elsewhere, "x"), sql.span);
    }
}
