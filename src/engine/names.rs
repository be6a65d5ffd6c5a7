//! Which columns an SQL expression reads.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{AccessExpr, Expr, Ident, Subscript, Value, visit_expressions, visit_expressions_mut};
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::functions::JSON_FIELD;
use crate::spec::quoted_identifier;

/// Quotes `user` where it is a name: to SQL it is a function without arguments, and in captures a field like any other.
pub(super) fn quote_user(sql: &str) -> Cow<'_, str> {
    if !sql.to_ascii_lowercase().contains("user") {
        return Cow::Borrowed(sql);
    }
    let tokens = Tokenizer::new(&GenericDialect {}, sql).with_unescape(false).tokenize();
    let Ok(tokens) = tokens else { return Cow::Borrowed(sql) };
    let mut text = String::with_capacity(sql.len() + 2);
    for (idx, token) in tokens.iter().enumerate() {
        let is_call = || {
            let next = tokens.iter().skip(idx + 1).find(|token| !matches!(token, Token::Whitespace(_)));
            matches!(next, Some(Token::LParen))
        };
        match token {
            Token::Word(word) if word.quote_style.is_none() && word.keyword == Keyword::USER && !is_call() => {
                text.push_str(&format!("\"{}\"", word.value));
            }
            token => text.push_str(&token.to_string()),
        }
    }
    Cow::Owned(text)
}

/// The paths that an expression reads, each once: `a.b` is `["a", "b"]`. In the order of first appearance.
///
/// None if the text does not parse: the spec has told its problem already.
pub(super) fn paths(sql: &str) -> Option<Vec<Vec<String>>> {
    let sql = quote_user(sql);
    let expr = Parser::new(&GenericDialect {}).try_with_sql(&sql).and_then(|mut parser| parser.parse_expr()).ok()?;
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut parameters: BTreeSet<String> = BTreeSet::new();
    // `a.b['c']` reads field `b` of column `a`: what stands behind a point is no column.
    let mut fields: Vec<*const Expr> = Vec::new();
    let _ = visit_expressions(&expr, |expr: &Expr| {
        if fields.contains(&std::ptr::from_ref(expr)) {
            return ControlFlow::<()>::Continue(());
        }
        match expr {
            Expr::CompoundFieldAccess { access_chain, .. } => {
                fields.extend(access_chain.iter().filter_map(|access| match access {
                    AccessExpr::Dot(field) => Some(std::ptr::from_ref(field)),
                    AccessExpr::Subscript(_) => None,
                }));
            }
            Expr::Identifier(name) => push(&mut found, std::slice::from_ref(name)),
            Expr::CompoundIdentifier(names) => push(&mut found, names),
            Expr::Lambda(lambda) => parameters.extend(lambda_parameters(&lambda.params.to_string())),
            _ => {}
        }
        ControlFlow::<()>::Continue(())
    });
    found.retain(|path| !path.first().is_some_and(|name| parameters.contains(name)));
    Some(found)
}

/// Rewrites the paths that lead into texts that hold JSON: `u.n` and `u['n']` become `json_field(u, 'n')`; and points
/// behind a subscript, which the engine does not know: `a['b'].c` becomes `a['b']['c']`.
///
/// `depth` tells how many names of a path stand before such a text's fields, none for a path that reads no such text. None
/// if nothing is to be rewritten.
pub(super) fn through_json(sql: &str, depth: impl Fn(&[String]) -> Option<usize>) -> Option<String> {
    rewritten(sql, |expr| json_call(expr, &depth).or_else(|| with_subscripts(expr)))
}

/// Rewrites the paths that are columns of their own: `a.b` becomes `"a.b"` where `is_column` says so. None if there are none.
pub(super) fn as_columns(sql: &str, is_column: impl Fn(&str) -> bool) -> Option<String> {
    rewritten(sql, |expr| {
        let names = path_of(expr).filter(|names| names.len() > 1)?;
        let path: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
        let path = path.join(".");
        is_column(&path).then(|| Expr::Identifier(Ident::with_quote('"', path)))
    })
}

/// Puts others in place of some parts of an expression; none if no part is replaced.
fn rewritten(sql: &str, replacement: impl Fn(&Expr) -> Option<Expr>) -> Option<String> {
    let mut expr = Parser::new(&GenericDialect {}).try_with_sql(sql).and_then(|mut parser| parser.parse_expr()).ok()?;
    let mut is_rewritten = false;
    let _ = visit_expressions_mut(&mut expr, |expr: &mut Expr| {
        if let Some(other) = replacement(expr) {
            *expr = other;
            is_rewritten = true;
        }
        ControlFlow::<()>::Continue(())
    });
    is_rewritten.then(|| expr.to_string())
}

fn json_call(expr: &Expr, depth: impl Fn(&[String]) -> Option<usize>) -> Option<Expr> {
    let names = path_of(expr)?;
    let path: Vec<String> = names.iter().map(|name| name.value.clone()).collect();
    let (text, fields) = names.split_at_checked(depth(&path)?)?;
    let text: Vec<String> = text.iter().map(|name| quoted_identifier(&name.value)).collect();
    let fields: Vec<String> = fields.iter().map(|name| format!("'{}'", name.value.replace('\'', "''"))).collect();
    let call = format!("{JSON_FIELD}({}, {})", text.join("."), fields.join(", "));
    Parser::new(&GenericDialect {}).try_with_sql(&call).and_then(|mut parser| parser.parse_expr()).ok()
}

/// The names of a path that reads fields and nothing else, whether by points or by subscripts.
fn path_of(expr: &Expr) -> Option<Vec<Ident>> {
    let Expr::CompoundFieldAccess { root, access_chain } = expr else {
        return match expr {
            Expr::CompoundIdentifier(names) => Some(names.clone()),
            Expr::Identifier(name) => Some(vec![name.clone()]),
            _ => None,
        };
    };
    let mut names = path_of(root)?;
    for access in access_chain {
        names.push(match access {
            AccessExpr::Dot(Expr::Identifier(name)) => name.clone(),
            AccessExpr::Subscript(Subscript::Index { index: Expr::Value(value) }) => match &value.value {
                Value::SingleQuotedString(name) => Ident::new(name),
                _ => return None,
            },
            AccessExpr::Dot(_) | AccessExpr::Subscript(_) => return None,
        });
    }
    Some(names)
}

fn with_subscripts(expr: &Expr) -> Option<Expr> {
    let Expr::CompoundFieldAccess { root, access_chain } = expr else { return None };
    let mut changed = false;
    let accesses = access_chain.iter().map(|access| match access {
        AccessExpr::Dot(Expr::Identifier(name)) => {
            changed = true;
            let index = Expr::Value(Value::SingleQuotedString(name.value.clone()).into());
            AccessExpr::Subscript(Subscript::Index { index })
        }
        other => other.clone(),
    });
    let access_chain = accesses.collect();
    changed.then(|| Expr::CompoundFieldAccess { root: root.clone(), access_chain })
}

fn push(found: &mut Vec<Vec<String>>, names: &[Ident]) {
    let path: Vec<String> = names.iter().map(|name| name.value.clone()).collect();
    if !found.contains(&path) {
        found.push(path);
    }
}

fn lambda_parameters(list: &str) -> Vec<String> {
    list.trim_matches(['(', ')']).split(',').map(|name| name.trim().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_found_once_and_strings_are_none() {
        let found =
            paths("coalesce(a.b, \"C d\", a.b, 'x') * CASE WHEN e > 1 THEN f[1] ELSE -g END").unwrap_or_default();
        let found: Vec<String> = found.iter().map(|path| path.join(".")).collect();
        assert_eq!(found, ["a.b", "C d", "e", "f", "g"]);
    }

    #[test]
    fn user_is_a_name_like_any_other() {
        let found = paths("user.id + coalesce(user, 'the user') || \"user\"").unwrap_or_default();
        assert_eq!(found, [vec!["user".to_owned(), "id".to_owned()], vec!["user".to_owned()]]);
    }

    #[test]
    fn paths_into_texts_of_json_become_calls() {
        let rewritten = through_json("coalesce(u.n.\"it's\", a.b.c, u) + 1", |path| match path {
            [first, _, ..] if first == "u" => Some(1),
            [first, second, _] if first == "a" && second == "b" => Some(2),
            _ => None,
        });
        let wanted = "coalesce(json_field(\"u\", 'n', 'it''s'), json_field(\"a\".\"b\", 'c'), u) + 1";
        assert_eq!(rewritten.as_deref(), Some(wanted));
        assert_eq!(through_json("u.n + 1", |_| None), None);
        let rewritten = through_json("u['n'].m", |path| (path.len() == 3).then_some(1));
        assert_eq!(rewritten.as_deref(), Some("json_field(\"u\", 'n', 'm')"));
        assert_eq!(through_json("a['b'].c[1].d", |_| None).as_deref(), Some("a['b']['c'][1]['d']"));
    }

    #[test]
    fn fields_behind_a_point_are_no_columns() {
        let found = paths("a.b['c'] + d[e].f.g").unwrap_or_default();
        let found: Vec<String> = found.iter().map(|path| path.join(".")).collect();
        assert_eq!(found, ["a", "d", "e"]);
    }

    #[test]
    fn functions_units_and_literals_are_no_columns() {
        assert_eq!(paths("date_part('hour', TIMESTAMP '2024-01-01') + extract(year FROM now()) + 1"), Some(Vec::new()));
    }
}
