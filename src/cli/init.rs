//! `trueup init`: a first spec from two data sets.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::{Global, InitArgs};
use super::output::{Destination, tell};
use super::progress::Line;
use super::{Stop, interrupt};
use crate::engine::Progress;
use crate::init::{InitOptions, init};

/// Writes the spec, never over a file: somebody may have edited it.
pub fn run(args: InitArgs, global: &Global) -> Result<u8, Stop> {
    let destination = match args.output {
        Some(path) if path.exists() => {
            let reason = format!("`{}` exists; remove it first, or write to another file", path.display());
            return Err(Stop::CommandLine(reason));
        }
        Some(path) => Destination::File(path),
        None => Destination::Stdout,
    };
    destination.verify()?;
    let base = match &destination {
        Destination::File(path) => path.parent().filter(|base| !base.as_os_str().is_empty()),
        Destination::Stdout => None,
    };
    let base: PathBuf = base.unwrap_or(Path::new(".")).to_owned();
    let options = InitOptions { offline: args.offline, online: args.online, base, name: args.name };
    let resources = global.resources();
    let progress = Arc::new(Progress::default());
    let line = Line::start(progress.clone(), global.quiet);
    let result = interrupt::run(resources.threads, async move { init(&options, &resources, &progress).await });
    drop(line);
    destination.write(&result?)?;
    if let (Destination::File(path), false) = (&destination, global.quiet) {
        let path = path.display();
        tell(&format!("wrote `{path}`; read what it guessed, then run `trueup check {path}`"));
    }
    Ok(0)
}
