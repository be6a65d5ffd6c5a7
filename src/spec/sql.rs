//! The SQL texts of a spec: whether they parse, hold nothing that a spec may not do, and where in the file a problem is.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Ident, ObjectName, Query, Select, SetExpr, Statement, TableFactor, Value, ValueWithSpan, Visit, Visitor,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Span as SqlSpan, Token, TokenWithSpan};

use super::problem::{Located, Problem, Source};
use super::sql_text::{SqlText, is_blank};

/// Pushes what keeps a text from being one SQL expression over a row. `what` names it: "the expression of feature `x`".
pub(super) fn check_expression(source: &Source, sql: &Located<String>, what: &str, problems: &mut Vec<Problem>) {
    let text = SqlText::new(source, sql);
    let Some(tokens) = text.checked_tokens(what, problems) else { return };
    let is_query = first_keyword(&tokens).is_some_and(|word| matches!(word, Keyword::SELECT | Keyword::WITH));
    let mut parser = Parser::new(&GenericDialect {}).with_tokens_with_locations(tokens.clone());
    let expr = match parser.parse_expr() {
        Ok(expr) => expr,
        Err(_) if is_query => return problems.push(no_query(&text, what)),
        Err(error) => return problems.push(text.parser_problem(&error, &tokens, what)),
    };
    let next = parser.peek_token();
    if next.token != Token::EOF {
        if is_query {
            return problems.push(no_query(&text, what));
        }
        let before = tokens.iter().rfind(|token| !is_blank(&token.token) && token.span.start < next.span.start);
        if let Some(Token::Word(word)) = before.map(|token| &token.token)
            && word.keyword == Keyword::CASE
        {
            // The parser takes a CASE that it cannot read for a column of that name.
            let problem = Problem::new(format!("{what} is not valid SQL: the CASE does not end well"));
            let span = before.map_or(next.span, |token| token.span);
            return problems.push(problem.at(text.place(span)).help("write `CASE WHEN … THEN … ELSE … END`"));
        }
        let problem = Problem::new(format!("{what} is more than one expression")).at(text.place(next.span));
        return problems.push(match &next.token {
            Token::SemiColon => problem.label("it ends here").help("remove the `;` and what follows"),
            Token::Word(word) if word.keyword == Keyword::AS => {
                problem.label("not part of it").help("leave the alias out: the spec gives the name")
            }
            Token::Comma => problem.label("it ends here").help("write one feature for each expression"),
            _ => problem.label("it ends here").help("an operator may be missing, or the quotes around a name"),
        });
    }
    let mut visitor = ExpressionVisitor { text: &text, what, problems };
    let _ = expr.visit(&mut visitor);
}

/// Pushes what keeps a text from being one query over the tables of its side.
pub(super) fn check_query(
    source: &Source,
    sql: &Located<String>,
    what: &str,
    tables: &[&str],
    problems: &mut Vec<Problem>,
) {
    let text = SqlText::new(source, sql);
    let Some(tokens) = text.checked_tokens(what, problems) else { return };
    let only_select = |problem: Problem| problem.help("a query is one SELECT; it may begin with WITH");
    let mut parser = Parser::new(&GenericDialect {}).with_tokens_with_locations(tokens.clone());
    let query = match first_keyword(&tokens) {
        Some(Keyword::SELECT | Keyword::WITH | Keyword::VALUES) | None => parser.parse_query(),
        Some(_) => {
            let first =
                tokens.iter().find(|token| !is_blank(&token.token)).map_or_else(SqlSpan::empty, |token| token.span);
            let problem =
                Problem::new(format!("{what} is no SELECT")).at(text.place(first)).label("not allowed in a spec");
            return problems.push(only_select(problem));
        }
    };
    let query = match query {
        Ok(query) => query,
        Err(error) => return problems.push(text.parser_problem(&error, &tokens, what)),
    };
    while parser.consume_token(&Token::SemiColon) {}
    let next = parser.peek_token();
    if next.token != Token::EOF {
        let problem =
            Problem::new(format!("{what} is more than one query")).at(text.place(next.span)).label("left over");
        return problems.push(only_select(problem));
    }
    let mut names = CteNames::default();
    let _ = query.visit(&mut names);
    let mut visitor = QueryVisitor { text: &text, what, tables, ctes: names.0, problems };
    let _ = query.visit(&mut visitor);
}

fn no_query(text: &SqlText<'_>, what: &str) -> Problem {
    Problem::new(format!("{what} is a query, not an expression"))
        .at(text.sql.span)
        .help("an expression sees one row; join and aggregate in the side's `query`")
}

fn first_keyword(tokens: &[TokenWithSpan]) -> Option<Keyword> {
    tokens.iter().map(|token| &token.token).find(|token| !is_blank(token) && **token != Token::LParen).and_then(
        |token| match token {
            Token::Word(word) => Some(word.keyword),
            _ => None,
        },
    )
}

/// Finds what an expression over a row may not hold.
struct ExpressionVisitor<'a, 'p> {
    text: &'a SqlText<'a>,
    what: &'a str,
    problems: &'p mut Vec<Problem>,
}

impl Visitor for ExpressionVisitor<'_, '_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        use sqlparser::ast::Spanned;
        let span = self.text.place(query.span());
        let problem =
            Problem::new(format!("{} has a subquery", self.what)).at(span).label("not allowed in an expression");
        self.problems.push(problem.help("an expression sees one row; join and aggregate in the side's `query`"));
        ControlFlow::Break(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Wildcard(token) | Expr::QualifiedWildcard(_, token) = expr {
            let problem = Problem::new(format!("{} has a `*` that stands for all columns", self.what));
            self.problems.push(problem.at(self.text.place(token.0.span)).help("name the columns"));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        check_value(self.text, self.what, value, self.problems);
        ControlFlow::Continue(())
    }
}

/// A parameter of a prepared statement has no value in a spec.
fn check_value(text: &SqlText<'_>, what: &str, value: &ValueWithSpan, problems: &mut Vec<Problem>) {
    if let Value::Placeholder(name) = &value.value {
        let problem =
            Problem::new(format!("{what} has a parameter `{}`, which has no value here", name.escape_debug()));
        problems.push(problem.at(text.place(value.span)).help("`${VAR}` expands in paths and table options only"));
    }
}

/// The names that a query's WITH clauses give.
#[derive(Default)]
struct CteNames(BTreeSet<String>);

impl Visitor for CteNames {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.0.extend(query.with.iter().flat_map(|with| &with.cte_tables).map(|cte| cte.alias.name.value.clone()));
        ControlFlow::Continue(())
    }
}

/// Finds what a query may not hold: statements that change something, and tables that the spec does not declare.
struct QueryVisitor<'a, 'p> {
    text: &'a SqlText<'a>,
    what: &'a str,
    tables: &'a [&'a str],
    ctes: BTreeSet<String>,
    problems: &'p mut Vec<Problem>,
}

impl QueryVisitor<'_, '_> {
    fn table(&mut self, name: &ObjectName) {
        let parts: Vec<&Ident> = name.0.iter().filter_map(|part| part.as_ident()).collect();
        let Some(first) = parts.first() else { return };
        let span = match first.quote_style {
            Some('\'') => self.text.string_span(&first.value),
            _ => parts.iter().skip(1).fold(first.span, |span, part| span.union(&part.span)),
        };
        let shown: Vec<String> = parts.iter().map(|part| part.value.escape_debug().to_string()).collect();
        let shown = shown.join(".");
        let is_known = |name: &str| self.tables.contains(&name) || self.ctes.contains(name);
        if parts.len() == 1 && parts.len() == name.0.len() && first.quote_style != Some('\'') && is_known(&first.value)
        {
            return;
        }
        let problem = Problem::new(format!("{} reads `{shown}`, which is no table of the side", self.what))
            .at(self.text.place(span))
            .label("not declared in `tables`");
        let is_path = first.quote_style == Some('\'') || shown.contains(['/', '*']) || parts.len() > 1;
        let known: Vec<&str> = self.tables.iter().copied().chain(self.ctes.iter().map(String::as_str)).collect();
        self.problems.push(match is_path && !is_known(&first.value) {
            true => problem.help("declare it in the side's `tables` and read it by its name there"),
            false => problem.suggest(&first.value, known),
        });
    }

    fn refuse(&mut self, span: SqlSpan, found: &str) {
        let problem = Problem::new(format!("{} holds {found}", self.what))
            .at(self.text.place(span))
            .label("not allowed in a spec");
        self.problems.push(problem.help("a query only reads the tables of its side"));
    }
}

fn has_table_command(body: &SetExpr) -> bool {
    match body {
        SetExpr::Table(_) => true,
        SetExpr::SetOperation { left, right, .. } => has_table_command(left) || has_table_command(right),
        _ => false,
    }
}

impl Visitor for QueryVisitor<'_, '_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        use sqlparser::ast::Spanned;
        self.refuse(statement.span(), "a statement that is no SELECT");
        ControlFlow::Break(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        use sqlparser::ast::Spanned;
        // These reach no other hook: the name behind TABLE is a plain text in the tree.
        if has_table_command(&query.body) {
            self.refuse(query.span(), "a TABLE command");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        use sqlparser::ast::Spanned;
        if let Some(into) = &select.into {
            self.refuse(into.span(), "SELECT INTO");
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        use sqlparser::ast::Spanned;
        match factor {
            TableFactor::Table { name, args: None, .. } => self.table(name),
            TableFactor::Derived { .. }
            | TableFactor::NestedJoin { .. }
            | TableFactor::UNNEST { .. }
            | TableFactor::Pivot { .. }
            | TableFactor::Unpivot { .. } => {}
            other => self.refuse(other.span(), "a table function"),
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        check_value(self.text, self.what, value, self.problems);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Span;

    /// The problems of a text that stands alone in a file, as `column:length message`.
    fn check(text: &str, check: impl Fn(&Source, &Located<String>, &mut Vec<Problem>)) -> Vec<String> {
        let source = Source { path: "s".into(), text: format!("e: |\n  {text}\n").into() };
        let sql = Located::new(format!("{text}\n"), Span { line: 2, column: 3, len: 1 });
        let mut problems = Vec::new();
        check(&source, &sql, &mut problems);
        problems
            .iter()
            .map(|problem| {
                let span = problem.span.unwrap();
                format!("{}:{} {}", span.column - 2, span.len, problem.message)
            })
            .collect()
    }

    fn expression(text: &str) -> Vec<String> {
        check(text, |source, sql, problems| check_expression(source, sql, "it", problems))
    }

    fn query(text: &str) -> Vec<String> {
        check(text, |source, sql, problems| check_query(source, sql, "it", &["flights", "Planes"], problems))
    }

    #[test]
    fn what_is_one_expression_passes() {
        for text in [
            "a + b",
            "count(*)",
            "CASE WHEN a IS NULL THEN 'x;y' ELSE b[1].c END -- a comment",
            "\"Ünïcode name\" || 'it''s'",
            "a.b.c = DATE '2024-01-01' AND x BETWEEN 1 AND 2",
            "extract(year FROM t) * INTERVAL '1' DAY",
            "[1, 2, 3]",
        ] {
            assert_eq!(expression(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_says_why_and_where() {
        for (text, wanted) in [
            ("a +", "3:1 it is not valid SQL: expected an expression, found its end"),
            ("(a + b", "6:1 it is not valid SQL: expected ), found its end"),
            ("a + ) b", "5:1 it is not valid SQL: expected an expression, found )"),
            ("a; b", "2:1 it is more than one expression"),
            ("a AS b", "3:2 it is more than one expression"),
            ("a b", "3:1 it is more than one expression"),
            ("a, b", "2:1 it is more than one expression"),
            ("SELECT 1", "1:1 it is a query, not an expression"),
            ("a + $1", "5:2 it has a parameter `$1`, which has no value here"),
            ("CASE WHEN a THEN 1 EN", "1:4 it is not valid SQL: the CASE does not end well"),
            ("'open", "1:1 it is not valid SQL: Unterminated string literal"),
        ] {
            assert_eq!(expression(text), [wanted], "{text}");
        }
        for text in
            ["a IN (SELECT b FROM t)", "(SELECT 1)", "EXISTS (SELECT 1)", "a + (WITH x AS (SELECT 1) SELECT * FROM x)"]
        {
            let found = expression(text);
            assert!(
                found.len() == 1 && (found[0].contains("subquery") || found[0].contains("is a query")),
                "{text}: {found:?}"
            );
        }
        assert_eq!(expression(&format!("a{}", " + a".repeat(9_000))).len(), 1);
        assert_eq!(
            expression(&format!("{}a{}", "(".repeat(1_000), ")".repeat(1_000))),
            ["1:1 it is nested too deeply"]
        );
    }

    #[test]
    fn a_query_reads_declared_tables_only() {
        for text in [
            "SELECT * FROM flights f JOIN \"Planes\" p ON p.x = f.x;",
            "WITH a AS (SELECT 1 AS x), b AS (SELECT * FROM a) SELECT * FROM b, flights ORDER BY 1",
            "SELECT * FROM (SELECT u FROM flights CROSS JOIN UNNEST(items) AS t(u)) UNION ALL SELECT 1",
        ] {
            assert_eq!(query(text), Vec::<String>::new(), "{text}");
        }
        for (text, wanted) in [
            ("SELECT * FROM fligths", "15:7 it reads `fligths`, which is no table of the side"),
            ("SELECT * FROM planes", "15:6 it reads `planes`, which is no table of the side"),
            ("SELECT * FROM 'x.parquet'", "15:11 it reads `x.parquet`, which is no table of the side"),
            ("SELECT * FROM public.flights", "15:14 it reads `public.flights`, which is no table of the side"),
            ("SELECT 1; SELECT 2", "11:6 it is more than one query"),
            ("DROP TABLE flights", "1:4 it is no SELECT"),
            ("COPY flights TO 'x'", "1:4 it is no SELECT"),
            ("SET x = 1", "1:3 it is no SELECT"),
            ("EXPLAIN SELECT 1", "1:7 it is no SELECT"),
            ("SELECT a FROM flights WHERE", "23:5 it is not valid SQL: expected an expression, found its end"),
        ] {
            let found = query(text);
            assert_eq!(found, [wanted], "{text}");
        }
        for (text, wanted) in [
            ("SELECT * FROM read_csv('x')", "a table function"),
            ("SELECT * FROM generate_series(1, 2)", "a table function"),
            ("SELECT * INTO x FROM flights", "SELECT INTO"),
            ("WITH x AS (DELETE FROM flights) SELECT 1", "no SELECT"),
            ("WITH x AS (INSERT INTO flights VALUES (1)) SELECT 1", "no SELECT"),
            ("SELECT 1 UNION ALL TABLE secrets", "TABLE"),
        ] {
            assert!(query(text).iter().any(|found| found.contains(wanted)), "{text}: {:?}", query(text));
        }
    }
}
