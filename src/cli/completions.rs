//! `trueup completions`: a shell's completion script.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Stop;
use super::args::Cli;
use super::output::Destination;

/// Prints the script.
pub fn run(shell: Shell) -> Result<u8, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "trueup", &mut script);
    Destination::Stdout.write(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
