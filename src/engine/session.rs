//! The engine's settings: one context a side, sharing memory and threads.

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::arithmetic::CheckedArithmetic;
use super::functions;
use super::memory::HalvedPool;

/// Files of spilled rows that one merge reads at once, where memory is limited.
const MERGED_FILES: usize = 8;
/// Batches of fewer rows take longer than they save memory.
const MIN_BATCH_ROWS: usize = 64;

/// What a run may use. Nothing here changes a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resources {
    pub threads: usize,
    /// Bytes that sorts and joins may hold; sorts spill to disk when they hold half of it. None: no limit.
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
            builder = builder
                .with_memory_pool(Arc::new(HalvedPool::new(bytes)))
                // A merge takes as many files as it finds memory for, and would leave none to the other side's.
                .with_max_spill_merge_fan_in(MERGED_FILES);
        }
        builder.build_arc()
    }

    /// Returns how many bytes a batch may have: none without a limit.
    ///
    /// A merge reserves four times its widest batch for each file, so that it takes a quarter of the limit.
    pub(super) fn batch_bytes(&self) -> Option<usize> {
        self.memory_limit.map(|bytes| (bytes / (16 * MERGED_FILES)).max(1))
    }

    /// Returns how many rows a batch has: fewer under a small limit, for rows of 256 bytes.
    fn batch_rows(&self) -> usize {
        let most = self.batch_bytes().map_or(usize::MAX, |bytes| (bytes >> 8).max(MIN_BATCH_ROWS));
        self.batch_size.clamp(1, most)
    }
}

/// Returns a context with our functions, in which identifiers mean what they say.
pub(super) fn context(resources: &Resources, runtime: Arc<RuntimeEnv>) -> SessionContext {
    let mut config = SessionConfig::new()
        .with_target_partitions(resources.threads.max(1))
        .with_batch_size(resources.batch_rows())
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
