//! Which expressions cannot fail on any row, told from their shape.

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, IsNotNullExpr, IsNullExpr, Literal, NotExpr};

/// Returns whether no row can make the expression fail. `false` when in doubt: then a column is kept for the reasons.
pub(super) fn is_infallible(expr: &dyn PhysicalExpr, schema: &Schema) -> bool {
    let own = if expr.downcast_ref::<Column>().is_some()
        || expr.downcast_ref::<Literal>().is_some()
        || expr.downcast_ref::<IsNullExpr>().is_some()
        || expr.downcast_ref::<IsNotNullExpr>().is_some()
        || expr.downcast_ref::<NotExpr>().is_some()
    {
        true
    } else if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
        let is_float =
            |child: &dyn PhysicalExpr| matches!(child.data_type(schema), Ok(DataType::Float64 | DataType::Float32));
        match binary.op() {
            Operator::And
            | Operator::Or
            | Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom => true,
            // Integer and decimal arithmetic overflows, or divides by zero.
            _ => is_float(binary.left().as_ref()) && is_float(binary.right().as_ref()),
        }
    } else {
        false
    };
    own && expr.children().iter().all(|child| is_infallible(child.as_ref(), schema))
}
