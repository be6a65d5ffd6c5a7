//! The engine's settings: one context a side, sharing memory and threads.

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::arithmetic::CheckedArithmetic;
use super::functions;

/// What a run may use. Nothing here changes a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resources {
    pub threads: usize,
    /// Bytes that sorts may hold before they spill to disk; none: no limit.
    pub memory_limit: Option<usize>,
    /// Rows in a batch.
    pub batch_size: usize,
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, |n| n.get()),
            memory_limit: None,
            batch_size: 8192,
        }
    }
}

impl Resources {
    /// Returns the memory and disk that all contexts of a run share.
    pub(super) fn runtime(&self) -> datafusion::error::Result<Arc<RuntimeEnv>> {
        let mut builder = RuntimeEnvBuilder::new();
        if let Some(bytes) = self.memory_limit {
            builder = builder.with_memory_pool(Arc::new(FairSpillPool::new(bytes)));
        }
        builder.build_arc()
    }
}

/// Returns a context with our functions, in which identifiers mean what they say.
pub(super) fn context(resources: &Resources, runtime: Arc<RuntimeEnv>) -> SessionContext {
    let mut config = SessionConfig::new()
        .with_target_partitions(resources.threads.max(1))
        .with_batch_size(resources.batch_size.max(1))
        .with_information_schema(false);
    let options = config.options_mut();
    options.execution.collect_statistics = false;
    options.sql_parser.enable_ident_normalization = false;
    options.sql_parser.collect_spans = true;
    // Rows of one file may run through several partitions, but which ones must not depend on its size.
    options.optimizer.repartition_file_min_size = 4 << 20;
    if let Some(bytes) = resources.memory_limit {
        // The default reserve of 10 MB a sort is more than a small limit has to give.
        options.execution.sort_spill_reservation_bytes = (bytes / 64).clamp(1 << 16, 10 << 20);
    }
    let mut rules = PhysicalOptimizer::new().rules;
    rules.insert(0, Arc::new(CheckedArithmetic));
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_physical_optimizer_rules(rules)
        .build();
    let ctx = SessionContext::new_with_state(state);
    functions::register(&ctx);
    ctx
}
