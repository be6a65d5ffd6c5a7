//! How the tests of this module evaluate an expression: as a user's SQL, planned and run by a session.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::DataFusionError;
use datafusion::prelude::SessionContext;

use super::register;

/// Returns the values of an expression over the column `x`, each as text.
pub(super) async fn column(expr: &str, x: ArrayRef) -> Vec<String> {
    let batches = run(&format!("SELECT {expr} FROM t"), Some(x)).await.expect("the query runs");
    batches.iter().flat_map(texts).collect()
}

/// Returns the values of an expression without columns, each as text.
pub(super) async fn values(expr: &str) -> Vec<String> {
    run(&format!("SELECT {expr}"), None).await.expect("the query runs").iter().flat_map(texts).collect()
}

/// Returns the message of the planning error that `SELECT expr` must end in, without reading any row.
pub(super) async fn error(expr: &str) -> String {
    let ctx = session(None);
    let planned = match ctx.sql(&format!("SELECT {expr}")).await {
        Ok(data_frame) => data_frame.create_physical_plan().await.map(|_| ()),
        Err(error) => Err(error),
    };
    match planned.expect_err("the query is refused").find_root() {
        DataFusionError::Plan(message) => message.clone(),
        other => panic!("not a planning error: {other:?}"),
    }
}

/// Returns the message of the error in which an expression over the column `x` must end, planned or run.
pub(super) async fn execution_error(expr: &str, x: ArrayRef) -> String {
    run(&format!("SELECT {expr} FROM t"), Some(x)).await.expect_err("the query fails").to_string()
}

async fn run(sql: &str, x: Option<ArrayRef>) -> Result<Vec<RecordBatch>, DataFusionError> {
    session(x).sql(sql).await?.collect().await
}

fn session(x: Option<ArrayRef>) -> SessionContext {
    let ctx = SessionContext::new();
    register(&ctx);
    if let Some(x) = x {
        let batch = RecordBatch::try_from_iter_with_nullable([("x", x, true)]).expect("one column");
        ctx.register_batch("t", batch).expect("a new table");
    }
    ctx
}

fn texts(batch: &RecordBatch) -> Vec<String> {
    let column: &Arc<dyn Array> = batch.column(0);
    let options = FormatOptions::new().with_null("null");
    let formatter = ArrayFormatter::try_new(column.as_ref(), &options).expect("a type with a text form");
    (0..column.len()).map(|row| formatter.value(row).to_string()).collect()
}
