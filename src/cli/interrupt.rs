//! Runs work until it is done or somebody stops it; then nothing half-written is left.

use std::future::Future;
use std::io;
use std::time::Duration;

use super::{STACK_BYTES, Stop};
use crate::error::Error;

/// How long work that was stopped may take to remove its files.
const GRACE: Duration = Duration::from_secs(3);

/// What stopped the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    Interrupt,
    Terminate,
}

impl Signal {
    pub fn message(self) -> &'static str {
        match self {
            Self::Interrupt => "interrupted",
            Self::Terminate => "terminated",
        }
    }

    /// Returns 128 and the signal's number, as shells do.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Runs `work` on a runtime with `n_threads` workers. On a signal it is dropped, which removes its temporary files.
///
/// # Errors
/// The work's own error; the signal that stopped it; [`Stop::Bug`] if it panicked.
pub fn run<T, W>(n_threads: usize, work: W) -> Result<T, Stop>
where
    T: Send + 'static,
    W: Future<Output = Result<T, Error>> + Send + 'static,
{
    let cannot = |error: io::Error| Stop::CommandLine(format!("cannot start {n_threads} threads: {error}"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(n_threads.max(1))
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()
        .map_err(cannot)?;
    let result = runtime.block_on(async {
        // On a worker, so that the signals are heard even while the work does not pause.
        let mut task = tokio::spawn(work);
        tokio::select! {
            done = &mut task => match done {
                Ok(result) => result.map_err(Stop::Error),
                Err(_) => Err(Stop::Bug),
            },
            signal = signal() => {
                task.abort();
                Err(Stop::Signal(signal))
            }
        }
    });
    runtime.shutdown_timeout(GRACE);
    result
}

#[cfg(unix)]
async fn signal() -> Signal {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        // Then they end the process as they always do.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => Signal::Interrupt,
        _ = terminate.recv() => Signal::Terminate,
    }
}

#[cfg(not(unix))]
async fn signal() -> Signal {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Signal::Interrupt,
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_panics_is_a_bug_and_not_a_pass() {
        let result: Result<(), Stop> = run(1, async { panic!("planned") });
        let stop = result.unwrap_err();
        assert!(matches!(stop, Stop::Bug));
        assert_eq!(stop.exit_code(), 3);
    }
}
