//! What to say of a text that is not YAML.

use serde_yaml::granit_parser::{ErrorKind, ScanError};

use super::place::Lines;
use super::problem::{Problem, Span, visible};

/// Tells what is wrong with a text that is not YAML, and where.
pub(super) fn syntax_problem(error: &ScanError, text: &str, lines: &Lines<'_>) -> Problem {
    let offset = error.marker().byte_offset().unwrap_or_else(|| {
        let line = u32::try_from(error.marker().line()).unwrap_or(u32::MAX);
        let column = u32::try_from(error.marker().col() + 1).unwrap_or(u32::MAX);
        lines.offset(Span { line, column, len: 0 }).unwrap_or(text.len())
    });
    let width = text.get(offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let problem = Problem::new(format!("this is not valid YAML: {}", visible(&error.info())))
        .at(lines.span(offset..offset + width));
    match help_for(error.kind()) {
        Some(help) => problem.help(help),
        None => problem,
    }
}

fn help_for(kind: &ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => Some("indent with spaces: YAML allows no tabs there"),
        ErrorKind::InvalidColonPlacement => {
            Some("a `[` or `{` before it may not be closed; a text with `: ` in it needs quotes")
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::SimpleKeyExpected => {
            Some("a text with `: ` in it needs quotes, and the keys of one mapping the same indentation")
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            Some("close the quote; inside single quotes, write a quote as two")
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            Some("inside double quotes, write a backslash as two, or use single quotes")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            Some("quote the text as a whole, or use a block: `|` and the text on the next lines")
        }
        ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::ExpectedFlowMappingSeparator => {
            Some("a text with `,`, `{`, `}`, `[` or `]` in it needs quotes inside `{…}`")
        }
        ErrorKind::UnexpectedCharacter { .. } => Some("a text that begins with `@`, `` ` `` or `%` needs quotes"),
        ErrorKind::MissingAnchorOrAliasName | ErrorKind::ExpectedNodeContent => {
            Some("a text that begins with `{`, `[`, `*` or `&` needs quotes as a whole")
        }
        ErrorKind::UnknownAnchor => {
            Some("an alias `*name` needs an anchor `&name` before it; a text that begins with `*` needs quotes")
        }
        ErrorKind::InvalidIndentation | ErrorKind::ExpectedBlockMappingKey | ErrorKind::ExpectedBlockSequenceEntry => {
            Some(
                "the keys of a mapping need the same indentation, as do the items of a list; \
                 a text that begins with `{` or `[` needs quotes",
            )
        }
        _ => None,
    }
}
