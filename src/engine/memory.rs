//! How sorts and other operators share a memory limit.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};

/// A pool whose spillable consumers never take more than half of it together, each the same share.
///
/// The other half stays for what cannot spill: merging what was spilled, joins. The engine's own pools let sorts take
/// everything, and the merge of the very same sorts then fails.
#[derive(Debug)]
pub(super) struct HalvedPool {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    n_spillable: usize,
    spillable: usize,
    unspillable: usize,
}

impl HalvedPool {
    pub fn new(limit: usize) -> Self {
        Self { limit, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what a limit would have to be for a request to be granted; twice this one at least.
    fn refuse(&self, consumer: &MemoryConsumer, additional: usize, would_do: usize) -> DataFusionError {
        DataFusionError::ResourcesExhausted(format!(
            "`--memory-limit` is too small: {} more are needed for {}, of {} in all; give {} or more, or leave it out",
            mebibytes(additional),
            consumer.name(),
            mebibytes(self.limit),
            mebibytes(would_do.max(self.limit.saturating_mul(2))),
        ))
    }
}

impl fmt::Display for HalvedPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "halved({})", mebibytes(self.limit))
    }
}

impl MemoryPool for HalvedPool {
    fn name(&self) -> &str {
        "halved"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.state().n_spillable += usize::from(consumer.can_spill());
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.state().n_spillable -= usize::from(consumer.can_spill());
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        let mut state = self.state();
        match reservation.consumer().can_spill() {
            true => state.spillable += additional,
            false => state.unspillable += additional,
        }
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        let mut state = self.state();
        match reservation.consumer().can_spill() {
            true => state.spillable -= shrink,
            false => state.unspillable -= shrink,
        }
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let mut state = self.state();
        let consumer = reservation.consumer();
        if consumer.can_spill() {
            let n_spillable = state.n_spillable.max(1);
            let wanted = reservation.size().saturating_add(additional);
            let share = (self.limit / 2).min(self.limit.saturating_sub(state.unspillable)) / n_spillable;
            if wanted > share {
                let would_do = wanted.saturating_mul(2 * n_spillable).saturating_add(state.unspillable);
                return Err(self.refuse(consumer, additional, would_do));
            }
            state.spillable += additional;
        } else {
            let wanted = state.unspillable.saturating_add(state.spillable).saturating_add(additional);
            if wanted > self.limit {
                return Err(self.refuse(consumer, additional, wanted));
            }
            state.unspillable += additional;
        }
        Ok(())
    }

    fn reserved(&self) -> usize {
        let state = self.state();
        state.spillable + state.unspillable
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.limit)
    }
}

/// Bytes as whole mebibytes, rounded up.
fn mebibytes(bytes: usize) -> String {
    format!("{}MiB", bytes.div_ceil(1 << 20))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn sorts_leave_half_of_the_memory_to_what_cannot_spill() -> Result<()> {
        let pool: Arc<dyn MemoryPool> = Arc::new(HalvedPool::new(64 << 20));
        let consumer = |spills| MemoryConsumer::new("test").with_can_spill(spills).register(&pool);
        let (first, second, merge) = (consumer(true), consumer(true), consumer(false));
        first.try_grow(16 << 20)?;
        second.try_grow(16 << 20)?;
        assert!(first.try_grow(1).is_err() && second.try_grow(1).is_err());
        merge.try_grow(32 << 20)?;
        let error = merge.try_grow(1 << 20).expect_err("there is nothing left").to_string();
        for word in ["--memory-limit", "too small", "1MiB more", "of 64MiB in all", "give 128MiB or more"] {
            assert!(error.contains(word), "no `{word}` in: {error}");
        }
        drop((first, second));
        merge.try_grow(1 << 20)?;
        merge.free();
        assert_eq!(pool.reserved(), 0);
        Ok(())
    }
}
