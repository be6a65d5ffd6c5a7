//! Columns as SQL names them, quoted where they have to be.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, visit_expressions};
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::{ALL_KEYWORDS, ALL_KEYWORDS_INDEX, RESERVED_FOR_COLUMN_ALIAS};
use sqlparser::parser::Parser;

use crate::spec::quoted_identifier;

/// Returns an SQL expression over columns, which are paths: `wrap` gets their SQL names in the same order.
///
/// Names are left plain where the expression then reads exactly those columns.
pub(super) fn expression(paths: &[&[String]], wrap: impl Fn(&[String]) -> String) -> String {
    let wanted: Vec<Vec<String>> = paths
        .iter()
        .map(|path| path.iter().take(if is_dotted(path) { MAX_DOTTED } else { 1 }).cloned().collect())
        .collect();
    let with = |n_quoted: usize| wrap(&paths.iter().map(|path| column(path, n_quoted)).collect::<Vec<_>>());
    // Words that begin an expression of their own, as `case` and `user` do, matter in the first place only.
    let attempts = [0, 1].into_iter().map(with);
    let read_well = attempts.into_iter().find(|sql| columns_read(sql).is_some_and(|found| found == wanted));
    read_well.unwrap_or_else(|| with(MAX_DOTTED))
}

/// The engine takes a name with more dots for one of a table; longer paths are in brackets.
const MAX_DOTTED: usize = 3;

fn is_dotted(path: &[String]) -> bool {
    path.len() <= MAX_DOTTED
}

/// The first `n_quoted` names are quoted whatever they are.
fn column(path: &[String], n_quoted: usize) -> String {
    if is_dotted(path) {
        let names = path.iter().enumerate().map(|(idx, name)| identifier(name, idx >= n_quoted));
        return names.collect::<Vec<_>>().join(".");
    }
    let fields = path.iter().skip(1).map(|name| format!("['{}']", name.replace('\'', "''")));
    path.iter().take(1).map(|name| identifier(name, n_quoted == 0)).chain(fields).collect()
}

fn identifier(name: &str, may_be_plain: bool) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !is_reserved(name);
    if may_be_plain && is_plain { name.to_owned() } else { quoted_identifier(name) }
}

/// Whether a name is a word that SQL keeps for itself behind an expression, such as `order`.
fn is_reserved(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let keyword = ALL_KEYWORDS.binary_search(&upper.as_str()).ok().and_then(|idx| ALL_KEYWORDS_INDEX.get(idx));
    keyword.is_some_and(|keyword| RESERVED_FOR_COLUMN_ALIAS.contains(keyword))
}

/// The paths of the columns that an expression reads, in their order; none if it is no expression.
fn columns_read(sql: &str) -> Option<Vec<Vec<String>>> {
    let dialect = GenericDialect {};
    let mut parser = Parser::new(&dialect).try_with_sql(sql).ok()?;
    let expr = parser.parse_expr().ok()?;
    parser.expect_token(&sqlparser::tokenizer::Token::EOF).ok()?;
    let mut found = Vec::new();
    let _ = visit_expressions(&expr, |expr: &Expr| {
        match expr {
            Expr::Identifier(name) => found.push(vec![name.value.clone()]),
            Expr::CompoundIdentifier(names) => found.push(names.iter().map(|name| name.value.clone()).collect()),
            _ => {}
        }
        ControlFlow::<()>::Continue(())
    });
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(path: &[&str]) -> String {
        let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        expression(&[&path], |names| names.concat())
    }

    #[test]
    fn a_name_is_quoted_where_it_must_be() {
        assert_eq!(sql(&["amount"]), "amount");
        assert_eq!(sql(&["flight", "date"]), "flight.date");
        assert_eq!(sql(&["Order ID"]), "\"Order ID\"");
        assert_eq!(sql(&["a.b"]), "\"a.b\"");
        assert_eq!(sql(&["say \"hi\""]), "\"say \"\"hi\"\"\"");
        assert_eq!(sql(&["größe"]), "\"größe\"");
        for reserved in ["select", "order", "null", "true", "current_date", "user"] {
            assert_eq!(sql(&[reserved]), format!("\"{reserved}\""));
        }
        assert_eq!(sql(&["order", "id"]), "\"order\".id");
        assert_eq!(sql(&["user", "geo", "case"]), "\"user\".geo.case");
        assert_eq!(sql(&["a", "b", "c", "d", "e's"]), "a['b']['c']['d']['e''s']");
    }
}
