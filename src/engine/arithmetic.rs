//! Makes the arithmetic of a side's `query` fail where integers overflow: by default the engine wraps silently.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};

use super::expression::overflow_checked;

/// Checks what a plan selects and filters by. It has to come before the rules that move expressions into scans.
///
/// Never reaches the arguments and the sums of aggregates: the engine has no checked form of these.
#[derive(Debug)]
pub(super) struct CheckedArithmetic;

impl PhysicalOptimizerRule for CheckedArithmetic {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let checked = plan.transform_up(|plan| {
            if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
                let exprs = projection.expr().iter().map(|ProjectionExpr { expr, alias }| {
                    Ok(ProjectionExpr { expr: overflow_checked(Arc::clone(expr))?, alias: alias.clone() })
                });
                let exprs = exprs.collect::<Result<Vec<_>>>()?;
                let schema = projection.schema();
                let checked =
                    ProjectionExec::try_new_with_schema_metadata(exprs, Arc::clone(projection.input()), &schema)?;
                return Ok(Transformed::yes(Arc::new(checked) as _));
            }
            if let Some(filter) = plan.downcast_ref::<FilterExec>() {
                let predicate = overflow_checked(Arc::clone(filter.predicate()))?;
                let checked = FilterExecBuilder::from(filter).with_predicate(predicate).build()?;
                return Ok(Transformed::yes(Arc::new(checked) as _));
            }
            Ok(Transformed::no(plan))
        })?;
        Ok(checked.data)
    }

    fn name(&self) -> &str {
        "checked_arithmetic"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
