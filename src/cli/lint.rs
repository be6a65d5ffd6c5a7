//! `trueup lint`: every problem of every spec, and of their inputs as far as their first records tell.

use super::args::{Global, LintArgs};
use super::output::{harmless, tell, tell_error};
use super::source::{Opened, open};
use super::{Stop, interrupt};
use crate::check::lint;
use crate::error::Error;
use crate::spec::PerSide;

/// Returns 0 if there is no problem; otherwise the greatest exit code of any spec.
pub fn run(args: LintArgs, global: &Global) -> Result<u8, Stop> {
    let mut n_problems = 0;
    let mut n_errors = 0;
    let mut code = 0;
    let resources = global.resources();
    for path in &args.specs {
        let result =
            open(path, PerSide { offline: None, online: None }, resources).and_then(|Opened { spec, base }| {
                interrupt::run(resources.threads, async move { lint(&spec, &base, &resources).await })
            });
        let Err(stop) = result else { continue };
        code = code.max(stop.exit_code());
        match &stop {
            Stop::Error(error) => {
                // Anything else that stops a run counts as one error, whatever its kind.
                if let Error::Problems(problems) = error {
                    n_problems += problems.list.len();
                } else {
                    n_errors += 1;
                }
                tell_error(error);
            }
            Stop::CommandLine(reason) => {
                n_errors += 1;
                tell(&harmless(&format!("error: {reason}")));
            }
            Stop::Signal(_) | Stop::Bug => return Err(stop),
        }
    }
    if !global.quiet {
        if code > 0 {
            tell("");
        }
        tell(&summary(args.specs.len(), n_problems, n_errors));
    }
    Ok(code)
}

fn summary(n_specs: usize, n_problems: usize, n_errors: usize) -> String {
    let mut text = format!("{}, {}", counted(n_specs, "spec"), counted(n_problems, "problem"));
    if n_errors > 0 {
        text += &format!(", {}", counted(n_errors, "error"));
    }
    text
}

fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_specs_problems_and_errors() {
        assert_eq!(summary(1, 0, 0), "1 spec, 0 problems");
        assert_eq!(summary(2, 3, 1), "2 specs, 3 problems, 1 error");
    }
}
