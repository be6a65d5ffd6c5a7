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

/// Reads text as numbers where an operator needs them: a column of mixed values is text, and the engine would refuse to
/// calculate with it. A text that is no number then fails in its row alone.
fn numbers_from_text(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    let rewritten = expr.transform_up(|expr| {
        let Expr::BinaryExpr(mut binary) = expr else { return Ok(Transformed::no(expr)) };
        let arithmetic = matches!(
            binary.op,
            Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Modulo
        );
        let ordering = matches!(binary.op, Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq);
        let (Ok(left), Ok(right)) = (binary.left.get_type(schema), binary.right.get_type(schema)) else {
            return Ok(Transformed::no(Expr::BinaryExpr(binary)));
        };
        let is_text =
            |data_type: &DataType| matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        let meets_number = |text: &DataType, other: &DataType| {
            is_text(text) && (other.is_numeric() || (arithmetic && (is_text(other) || other.is_null())))
        };
        if !(arithmetic || ordering) {
            return Ok(Transformed::no(Expr::BinaryExpr(binary)));
        }
        if meets_number(&left, &right) {
            *binary.left = cast(*binary.left, DataType::Float64);
        }
        if meets_number(&right, &left) {
            *binary.right = cast(*binary.right, DataType::Float64);
        }
        Ok(Transformed::yes(Expr::BinaryExpr(binary)))
    })?;
    // An expression of nothing is null, not an error.
    Ok(match rewritten.data {
        Expr::Literal(ScalarValue::Null, _) => lit(ScalarValue::Null),
        expr => expr,
    })
}
