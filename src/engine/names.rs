//! Which columns an SQL expression reads.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{AccessExpr, Expr, Ident, visit_expressions};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

/// The paths that an expression reads, each once: `a.b` is `["a", "b"]`. In the order of first appearance.
///
/// None if the text does not parse: the spec has told its problem already.
pub(super) fn paths(sql: &str) -> Option<Vec<Vec<String>>> {
    let expr = Parser::new(&GenericDialect {}).try_with_sql(sql).and_then(|mut parser| parser.parse_expr()).ok()?;
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
