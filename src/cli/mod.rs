//! The command line. The only place for the terminal, the environment and exit codes.

mod args;
mod check;
mod completions;
mod functions;
mod init;
mod interrupt;
mod lint;
mod mechanisms;
mod output;
mod paragraph;
mod progress;
mod schema;
mod source;
mod terminal;

use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;

use self::args::{Cli, Command};
use self::output::{tell, tell_error};
use crate::error::Error;

/// The exit code of a bug of ours: not all could be checked.
const INTERNAL_ERROR: u8 = 3;

/// SQL is parsed and planned by recursion, and a debug build's frames are large.
const STACK_BYTES: usize = 32 << 20;

/// Reads the command line, does what it says and returns the exit code.
pub fn run() -> ExitCode {
    panic::set_hook(Box::new(tell_bug));
    // The main thread's stack is as large as the shell allows; that of a thread is as large as we say.
    let work = std::thread::Builder::new().name("main".into()).stack_size(STACK_BYTES).spawn(command);
    match work {
        Ok(work) => ExitCode::from(work.join().unwrap_or(INTERNAL_ERROR)),
        Err(error) => {
            tell(&format!("error: cannot start a thread: {error}"));
            ExitCode::from(INTERNAL_ERROR)
        }
    }
}

fn command() -> u8 {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to standard output and exits with 0. Nobody can be told if printing fails.
            let _ = error.print();
            return u8::try_from(error.exit_code()).unwrap_or(2);
        }
    };
    let Cli { command, global } = cli;
    let result = match command {
        Command::Check(args) => check::run(args, &global),
        Command::Lint(args) => lint::run(args, &global),
        Command::Init(args) => init::run(args, &global),
        Command::Schema => schema::run(),
        Command::Functions { name } => functions::run(name.as_deref()),
        Command::Mechanisms { id } => mechanisms::run(id.as_deref()),
        Command::Completions { shell } => completions::run(shell),
    };
    match result {
        Ok(code) => code,
        Err(stop) => {
            match &stop {
                Stop::Error(error) => tell_error(error),
                Stop::CommandLine(reason) => tell(&output::harmless(&format!("error: {reason}"))),
                Stop::Signal(signal) => tell(signal.message()),
                Stop::Bug => {}
            }
            stop.exit_code()
        }
    }
}

/// Why a command ended before it was done.
#[derive(Debug)]
enum Stop {
    Error(Error),
    /// What the command line asks for cannot be done; the reason, in full.
    CommandLine(String),
    Signal(interrupt::Signal),
    /// A panic, which has been told already.
    Bug,
}

impl Stop {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Error(error) => error.exit_code(),
            Self::CommandLine(_) => 2,
            Self::Signal(signal) => signal.exit_code(),
            Self::Bug => INTERNAL_ERROR,
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

fn tell_bug(info: &PanicHookInfo<'_>) {
    if crate::engine::panics_are_failures() {
        return;
    }
    let payload = info.payload();
    let reason = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(reason), _) => reason,
        (None, Some(reason)) => reason.as_str(),
        (None, None) => "no reason given",
    };
    let place = info.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
    let mut text = format!("internal error: {}{place}\n", output::harmless(reason));
    text += "This is a bug in trueup: nothing is known of the data. Please report it with the lines above.";
    let backtrace = std::backtrace::Backtrace::capture();
    if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
        text += &format!("\n{backtrace}");
    }
    tell(&text);
}
