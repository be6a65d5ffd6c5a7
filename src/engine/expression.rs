//! One SQL expression of a spec to something that can be evaluated row by row.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{Expr, ExprSchemable, Operator, Volatility, cast, lit};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::BinaryExpr;
use datafusion::scalar::ScalarValue;

use super::functions::{WIDENING, bounded_width};

/// Why an expression cannot be evaluated row by row.
pub(super) enum PlanError {
    Engine(DataFusionError),
    /// It aggregates, or looks at other rows.
    NotRowWise,
    /// It calls this function, whose value changes from call to call.
    Volatile(String),
}

impl From<DataFusionError> for PlanError {
    fn from(error: DataFusionError) -> Self {
        Self::Engine(error)
    }
}

/// Plans an expression over columns of `schema`; also returns its type. `now` is the instant that `now()` stands for.
pub(super) fn plan_expression(
    state: &SessionState,
    sql: &str,
    schema: &SchemaRef,
    now: DateTime<Utc>,
) -> std::result::Result<(Arc<dyn PhysicalExpr>, DataType), PlanError> {
    let df_schema = Arc::new(DFSchema::try_from(schema.as_ref().clone())?);
    let expr = state.create_logical_expr(sql, &df_schema)?;
    if expr.exists(|expr| Ok(matches!(expr, Expr::AggregateFunction(_) | Expr::WindowFunction(_))))? {
        return Err(PlanError::NotRowWise);
    }
    if let Some(name) = volatile_function(&expr)? {
        return Err(PlanError::Volatile(name));
    }
    let expr = numbers_from_text(expr, &df_schema)?;
    let context = SimplifyContext::builder()
        .with_schema(Arc::clone(&df_schema))
        .with_config_options(Arc::clone(state.config_options()))
        .with_query_execution_start_time(Some(now))
        .build();
    let expr = rewrite_functions(expr, &df_schema, context)?;
    let expr = overflow_checked(state.create_physical_expr(expr, &df_schema)?)?;
    let data_type = expr.data_type(schema)?;
    Ok((expr, data_type))
}

fn volatile_function(expr: &Expr) -> Result<Option<String>> {
    let mut found = None;
    expr.apply(|expr| {
        if let Expr::ScalarFunction(call) = expr
            && call.func.signature().volatility == Volatility::Volatile
        {
            found = Some(call.func.name().to_owned());
        }
        Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// Lets functions rewrite their calls: `coalesce`, `now`, `arrow_cast` and their like are nothing but such rewrites. The
/// engine's whole simplifier is not used: it folds constants without a check for overflow.
fn rewrite_functions(expr: Expr, schema: &Arc<DFSchema>, context: SimplifyContext) -> Result<Expr> {
    const MAX_ROUNDS: usize = 8;
    let simplifier = ExprSimplifier::new(context.clone());
    let mut expr = simplifier.coerce(expr, schema)?;
    for _ in 0..MAX_ROUNDS {
        let rewritten = expr.transform_up(|expr| {
            let Expr::ScalarFunction(ScalarFunction { func, args }) = expr else { return Ok(Transformed::no(expr)) };
            let args: Vec<Expr> = args.into_iter().map(|arg| folded(arg, &simplifier)).collect();
            let args = if WIDENING.contains(&func.name()) { with_bounded_width(args) } else { args };
            Ok(match func.simplify(args, &context)? {
                ExprSimplifyResult::Simplified(expr) => Transformed::yes(expr),
                ExprSimplifyResult::Original(args) => {
                    Transformed::no(Expr::ScalarFunction(ScalarFunction { func, args }))
                }
            })
        })?;
        let changed = rewritten.transformed;
        expr = simplifier.coerce(rewritten.data, schema)?;
        if !changed {
            break;
        }
    }
    Ok(expr)
}

/// Bounds the second argument, once.
fn with_bounded_width(args: Vec<Expr>) -> Vec<Expr> {
    let is_bounded = |expr: &Expr| matches!(expr, Expr::ScalarFunction(call) if call.func.name() == "bounded_width");
    let bound = |(idx, arg): (usize, Expr)| match idx {
        1 if !is_bounded(&arg) => bounded_width().call(vec![cast(arg, DataType::Int64)]),
        _ => arg,
    };
    args.into_iter().enumerate().map(bound).collect()
}

/// A constant argument as a literal, such as the list `[1, 2]`: the encoders check theirs before any row is read.
fn folded(arg: Expr, simplifier: &ExprSimplifier) -> Expr {
    let varies = |expr: &Expr| Ok(matches!(expr, Expr::Column(_) | Expr::BinaryExpr(_)));
    let is_foldable = !matches!(arg, Expr::Literal(..)) && !arg.exists(varies).unwrap_or(true);
    // What cannot be folded fails in its rows.
    if is_foldable { simplifier.simplify(arg.clone()).unwrap_or(arg) } else { arg }
}

/// Makes integer arithmetic fail where it overflows: by default the engine wraps silently, in `+`, `-` and `*` of integers.
pub(super) fn overflow_checked(expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
    let checked = expr.transform_up(|expr| {
        Ok(match expr.downcast_ref::<BinaryExpr>() {
            Some(binary) => Transformed::yes(Arc::new(binary.clone().with_fail_on_overflow(true)) as _),
            None => Transformed::no(expr),
        })
    })?;
    Ok(checked.data)
}

/// Reads text as numbers where an operator or a function meets both: a column of mixed values is text, and the engine would
/// refuse to calculate with it, or take it for the type of a literal beside it. A text that is no number then fails in its
/// row alone. Literals stay as they are written.
fn numbers_from_text(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    let is_text = |expr: &Expr| {
        !matches!(expr, Expr::Literal(..))
            && matches!(expr.get_type(schema), Ok(DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View))
    };
    let is_number = |expr: &Expr| expr.get_type(schema).is_ok_and(|data_type| data_type.is_numeric());
    let is_null = |expr: &Expr| expr.get_type(schema).is_ok_and(|data_type| data_type.is_null());
    let number = |expr: Expr| cast(expr, DataType::Float64);
    let rewritten = expr.transform_up(|expr| {
        Ok(match expr {
            Expr::BinaryExpr(mut binary) => {
                let arithmetic = matches!(
                    binary.op,
                    Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo
                );
                let comparison = matches!(
                    binary.op,
                    Operator::Lt
                        | Operator::LtEq
                        | Operator::Gt
                        | Operator::GtEq
                        | Operator::Eq
                        | Operator::NotEq
                        | Operator::IsDistinctFrom
                        | Operator::IsNotDistinctFrom
                );
                if !arithmetic && !comparison {
                    return Ok(Transformed::no(Expr::BinaryExpr(binary)));
                }
                let meets = |text: &Expr, other: &Expr| {
                    is_text(text) && (is_number(other) || (arithmetic && (is_text(other) || is_null(other))))
                };
                let [left, right] = [meets(&binary.left, &binary.right), meets(&binary.right, &binary.left)];
                if left {
                    *binary.left = number(*binary.left);
                }
                if right {
                    *binary.right = number(*binary.right);
                }
                Transformed::yes(Expr::BinaryExpr(binary))
            }
            Expr::Between(mut between)
                if is_text(&between.expr) && (is_number(&between.low) || is_number(&between.high)) =>
            {
                *between.expr = number(*between.expr);
                Transformed::yes(Expr::Between(between))
            }
            Expr::InList(mut list) if is_text(&list.expr) && list.list.iter().any(is_number) => {
                *list.expr = number(*list.expr);
                Transformed::yes(Expr::InList(list))
            }
            Expr::Case(mut case)
                if case.expr.as_ref().is_some_and(|expr| is_text(expr))
                    && case.when_then_expr.iter().any(|(when, _)| is_number(when)) =>
            {
                case.expr = case.expr.map(|expr| Box::new(number(*expr)));
                Transformed::yes(Expr::Case(case))
            }
            Expr::ScalarFunction(mut call)
                if BRINGS_TOGETHER.contains(&call.func.name())
                    && call.args.iter().any(is_number)
                    && call.args.iter().any(is_text) =>
            {
                let args = call.args.into_iter().map(|arg| if is_text(&arg) { number(arg) } else { arg });
                call.args = args.collect();
                Transformed::yes(Expr::ScalarFunction(call))
            }
            expr => Transformed::no(expr),
        })
    })?;
    // An expression of nothing is null, not an error.
    Ok(match rewritten.data {
        Expr::Literal(ScalarValue::Null, _) => lit(ScalarValue::Null),
        expr => expr,
    })
}

/// Functions that bring their arguments to one type.
const BRINGS_TOGETHER: [&str; 5] = ["coalesce", "nvl", "nullif", "greatest", "least"];

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use datafusion::prelude::SessionContext;

    use super::*;
    use crate::compare::text_at;
    use crate::engine::session::{Resources, context};

    /// A row with `n` = 7, `t` = 'x', `half` = '0.5', and `none` null.
    fn row() -> RecordBatch {
        let columns: [(&str, ArrayRef); 4] = [
            ("half", Arc::new(StringArray::from(vec!["0.5"]))),
            ("n", Arc::new(Int64Array::from(vec![7]))),
            ("t", Arc::new(StringArray::from(vec!["x"]))),
            ("none", Arc::new(StringArray::from(vec![None::<&str>]))),
        ];
        RecordBatch::try_from_iter(columns).expect("columns of one row")
    }

    fn session() -> SessionContext {
        let resources = Resources::default();
        context(&resources, resources.runtime().expect("a runtime without a limit"))
    }

    fn evaluate(sql: &str) -> std::result::Result<Option<String>, String> {
        let batch = row();
        let noon = DateTime::from_timestamp(1_710_072_000, 0).expect("a time");
        let (expr, _) = match plan_expression(&session().state(), sql, batch.schema_ref(), noon) {
            Ok(planned) => planned,
            Err(PlanError::Engine(error)) => return Err(error.to_string()),
            Err(PlanError::NotRowWise) => return Err("not row-wise".to_owned()),
            Err(PlanError::Volatile(name)) => return Err(format!("volatile {name}")),
        };
        let values = expr.evaluate(&batch).and_then(|value| value.into_array(1)).map_err(|error| error.to_string())?;
        Ok(text_at(&values, 0))
    }

    #[test]
    fn functions_that_are_rewrites_of_others_work() {
        let cases = [
            ("coalesce(none, t)", Some("x")),
            ("coalesce(none, CAST(n AS VARCHAR), t)", Some("7")),
            ("nvl(none, t)", Some("x")),
            ("nvl2(none, 1, 2)", Some("2")),
            ("ifnull(none, 'z')", Some("z")),
            ("nullif(n, 7)", None),
            ("arrow_cast(n, 'Int32') + 1", Some("8")),
            ("arrow_typeof(arrow_cast(n, 'Int16'))", Some("Int16")),
            ("date_part('year', now())", Some("2024")),
            ("CAST(current_date() AS VARCHAR)", Some("2024-03-10")),
            ("greatest(n, 9)", Some("9")),
            ("coalesce(half, 0)", Some("0.5")),
            ("half = 0.5 AND half <> 1 AND half BETWEEN 0 AND 1 AND half IN (0.5, 2)", Some("true")),
            ("CASE half WHEN 1 THEN 'one' ELSE 'other' END", Some("other")),
            ("nullif(half, 2) + greatest(half, 0)", Some("1.0")),
            ("t = 'x'", Some("true")),
            ("lpad(t, n - 4, '-')", Some("--x")),
            ("repeat(t, 3)", Some("xxx")),
            ("CASE WHEN coalesce(none, '') = '' THEN 0 ELSE 1 / 0 END", Some("0")),
        ];
        for (sql, wanted) in cases {
            assert_eq!(evaluate(sql), Ok(wanted.map(str::to_owned)), "{sql}");
        }
    }

    #[test]
    fn no_function_needs_a_rewrite_that_it_does_not_get() {
        // Each function of one or two arguments over each type: what fails may fail only for what it is given.
        let state = session().state();
        for (name, udf) in state.scalar_functions() {
            if udf.signature().volatility == Volatility::Volatile {
                continue;
            }
            for arguments in ["", "n", "t", "n, n", "t, t", "t, 'Int64'"] {
                let sql = format!("\"{name}\"({arguments})");
                if let Err(error) = evaluate(&sql) {
                    assert!(!error.contains("simplified"), "{sql}: {error}");
                }
            }
        }
    }

    #[test]
    fn overflow_fails_and_what_changes_from_call_to_call_is_refused() {
        assert!(evaluate("n * 9223372036854775807").is_err_and(|error| error.to_lowercase().contains("overflow")));
        assert!(evaluate("9223372036854775807 + 1 + n").is_err());
        for sql in [
            "lpad(t, 2147483647)",
            "rpad(t, 9223372036854775807 - n)",
            "repeat(t, n * 1000000)",
            "array_repeat(n, 2000000)",
        ] {
            assert!(evaluate(sql).is_err_and(|error| error.contains("is too much")), "{sql}: {:?}", evaluate(sql));
        }
        assert_eq!(evaluate("random() + n"), Err("volatile random".to_owned()));
        assert_eq!(evaluate("sum(n)"), Err("not row-wise".to_owned()));
    }
}
