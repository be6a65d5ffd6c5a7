//! `trueup check`: run, hold against what is known, write the reports, exit by the verdict.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{CheckArgs, Color, Format, Global, Output};
use super::output::{Destination, reason, tell, tell_error, verify};
use super::progress::Line;
use super::source::{Opened, open};
use super::terminal::text_options;
use super::{Stop, interrupt};
use crate::baseline::Baseline;
use crate::check::{Options, check, failed, is_same_file};
use crate::engine::Progress;
use crate::error::Error;
use crate::report::{Report, Verdict, json, markdown, text};
use crate::spec::PerSide;

/// Returns the exit code of the verdict.
pub fn run(args: CheckArgs, global: &Global) -> Result<u8, Stop> {
    for output in &args.outputs {
        output.destination.verify()?;
    }
    for path in [&args.mismatches, &args.write_baseline].into_iter().flatten() {
        verify(path)?;
    }
    refuse_overwriting(&args)?;
    let outputs = files(&args).into_iter().cloned().collect();
    let known = args.baseline.as_deref().map(read_baseline).transpose()?;
    let Opened { spec, base } =
        open(&args.spec, PerSide { offline: args.offline, online: args.online }, global.resources())?;

    let options = Options {
        resources: global.resources(),
        limit: global.limit.map(usize::from),
        mismatches: args.mismatches.clone(),
        outputs,
    };
    let progress = Arc::new(Progress::default());
    let line = Line::start(progress.clone(), global.quiet);
    let checked = spec.clone();
    let work = async move { check(&checked, &base, &options, &progress).await };
    let result = interrupt::run(global.resources().threads, work);
    drop(line);
    let mut report = match result {
        Ok(report) => report,
        Err(Stop::Error(error @ (Error::Input { .. } | Error::Engine { .. }))) => {
            // Who reads a report shall not take an old one for this run's. People read the message.
            let (_, to_programs): (Vec<Output>, Vec<Output>) =
                args.outputs.into_iter().partition(|output| output.format == Format::Text);
            let written = write(&failed(&spec, &error), &to_programs, global.color);
            if let Err(Stop::Error(unwritten)) = written {
                tell_error(&unwritten);
            }
            return Err(Stop::Error(error));
        }
        Err(stop) => return Err(stop),
    };

    // What is known from now on is what was found, whatever was known before.
    let found = Baseline::of(&report);
    if let Some(known) = known {
        known.accept(&mut report);
    }
    write(&report, &args.outputs, global.color)?;
    match args.write_baseline {
        None => Ok(report.verdict.exit_code()),
        Some(path) => {
            Destination::File(path.clone()).write(&found.to_json())?;
            if !global.quiet {
                let n_entries = found.entries.len();
                let findings = if n_entries == 1 { "finding" } else { "findings" };
                tell(&format!("wrote {n_entries} known {findings} to `{}`", path.display()));
            }
            // What could not be checked is not known.
            Ok(match report.verdict {
                Verdict::Error => report.verdict.exit_code(),
                Verdict::Consistent | Verdict::Inconsistent | Verdict::Inconclusive => 0,
            })
        }
    }
}

/// The files that a run writes.
fn files(args: &CheckArgs) -> Vec<&PathBuf> {
    let reports = args.outputs.iter().filter_map(|output| match &output.destination {
        Destination::File(path) => Some(path),
        Destination::Stdout => None,
    });
    reports.chain(&args.mismatches).chain(&args.write_baseline).collect()
}

/// Refuses outputs that would take the place of the spec, of the baseline or of each other. A baseline may be written anew.
fn refuse_overwriting(args: &CheckArgs) -> Result<(), Error> {
    let outputs = files(args);
    for (idx, output) in outputs.iter().enumerate() {
        let is = |path: &Path| is_same_file(path, output);
        let is_renewal = args.write_baseline.as_ref() == Some(*output);
        let what = if is(&args.spec) {
            "the spec"
        } else if args.baseline.as_deref().is_some_and(is) && !is_renewal {
            "the baseline"
        } else if outputs.iter().take(idx).any(|earlier| is_regular(earlier) && is(earlier)) {
            "another output, too"
        } else {
            continue;
        };
        return Err(Error::Overwrites { path: (*output).clone(), what: what.to_owned() });
    }
    Ok(())
}

/// Returns whether writing replaces the path: devices and pipes take all that is written.
fn is_regular(path: &Path) -> bool {
    path.metadata().map_or(true, |metadata| metadata.is_file())
}

/// Files first: a reader of standard output that goes away takes nothing from them.
fn write(report: &Report, outputs: &[Output], color: Color) -> Result<(), Stop> {
    let (to_stdout, to_files): (Vec<&Output>, Vec<&Output>) =
        outputs.iter().partition(|output| output.destination == Destination::Stdout);
    for output in to_files.into_iter().chain(to_stdout) {
        let mut rendered = match output.format {
            Format::Text => text::render(report, text_options(&output.destination, color)),
            Format::Json => json::render(report),
            Format::Markdown => markdown::render(report),
        };
        if !rendered.ends_with('\n') {
            rendered.push('\n');
        }
        output.destination.write(&rendered)?;
    }
    Ok(())
}

fn read_baseline(path: &Path) -> Result<Baseline, Stop> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Stop::CommandLine(format!("cannot read baseline `{shown}`: {}", reason(&error))))?;
    Ok(Baseline::parse(&text, &shown)?)
}
