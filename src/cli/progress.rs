//! What a long run tells while it runs: counts, on a terminal, and nothing in a pipe.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::engine::Progress;

const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(120);

/// A line on the terminal while work goes on. Dropped, it is gone.
pub struct Line {
    /// Dropped first: its end wakes the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Line {
    /// Shows `progress` from the second second on, unless `quiet` or standard error is no terminal.
    pub fn start(progress: Arc<Progress>, quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self { stop: None, thread: None };
        }
        let (stop, stopped) = mpsc::channel::<()>();
        let show = move || {
            if stopped.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                bar.set_message(message(&progress));
                bar.tick();
            }
            bar.finish_and_clear();
        };
        // Without a thread there is no line; the work is the same.
        let thread = std::thread::Builder::new().name("progress".into()).spawn(show).ok();
        Self { stop: Some(stop), thread }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Says what has been counted, and no share of a total that nobody knows yet.
fn message(progress: &Progress) -> String {
    let bytes_opened = progress.bytes_opened.load(Ordering::Relaxed);
    let rows_read = progress.rows_read.load(Ordering::Relaxed);
    let rows_aligned = progress.rows_aligned.load(Ordering::Relaxed);
    if rows_aligned > 0 {
        format!("comparing: {} rows read, {} aligned", HumanCount(rows_read), HumanCount(rows_aligned))
    } else if rows_read > 0 {
        format!("reading: {} rows", HumanCount(rows_read))
    } else if bytes_opened > 0 {
        format!("opening: {} looked through", HumanBytes(bytes_opened))
    } else {
        "opening".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_says_what_was_counted() {
        let progress = Progress::default();
        assert_eq!(message(&progress), "opening");
        progress.bytes_opened.store(2048, Ordering::Relaxed);
        assert_eq!(message(&progress), "opening: 2.00 KiB looked through");
        progress.rows_read.store(12_345, Ordering::Relaxed);
        assert_eq!(message(&progress), "reading: 12,345 rows");
        progress.rows_aligned.store(7, Ordering::Relaxed);
        assert_eq!(message(&progress), "comparing: 12,345 rows read, 7 aligned");
    }
}
