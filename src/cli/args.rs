//! The command line: what can be given, and what of it makes no sense together.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use super::output::Destination;
use crate::diagnose::DETECTORS;
use crate::engine::Resources;
use crate::spec::closest;

/// Tells whether production computes the features that the model was trained on.
#[derive(Debug, Parser)]
#[command(
    name = "trueup",
    bin_name = "trueup",
    version,
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "\
Examples:
  trueup init --offline data/orders.parquet --online captures/ -o features.yaml
  trueup lint features.yaml
  trueup check features.yaml

`trueup COMMAND --help` has examples for each command."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub global: Global,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compare the features of both sides, row by row
    Check(CheckArgs),
    /// Tell the problems of specs, without reading all rows
    Lint(LintArgs),
    /// Write a first spec from two data sets
    Init(InitArgs),
    /// Print the JSON Schema of specs, for editors
    #[command(after_help = "Examples:\n  trueup schema > trueup.schema.json")]
    Schema,
    /// List the SQL functions that a spec may call
    #[command(after_help = "Examples:\n  trueup functions\n  trueup functions hash_bucket")]
    Functions {
        /// One function, with all that is known of it
        name: Option<String>,
    },
    /// List the mechanisms that a diagnosis can name
    #[command(after_help = "Examples:\n  trueup mechanisms\n  trueup mechanisms null-to-sentinel")]
    Mechanisms {
        /// One mechanism's page: what happened, how it hurts, how to fix it
        #[arg(value_parser = MechanismId, hide_possible_values = true)]
        id: Option<String>,
    },
    /// Print a shell's completion script
    #[command(after_help = "\
Examples:
  trueup completions bash > ~/.local/share/bash-completion/completions/trueup
  trueup completions zsh > ~/.zfunc/_trueup")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What every command takes. Nothing here but `limit` changes a result.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options for every command")]
pub struct Global {
    /// Show no progress and no notes; errors are still shown
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// When to use colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// Threads to use [default: one for each processor]
    #[arg(long, global = true, value_name = "N", value_parser = parse_threads)]
    pub threads: Option<usize>,
    /// Memory that sorts may take before they use the disk, such as 2GB or 512MiB
    #[arg(long, global = true, value_name = "SIZE", value_parser = parse_bytes)]
    pub memory_limit: Option<usize>,
    /// Read only the first rows of the online side, in the order of its files
    #[arg(long, global = true, value_name = "ROWS", value_parser = parse_limit)]
    pub limit: Option<NonZeroUsize>,
}

impl Global {
    /// Returns what the engine may use.
    pub fn resources(&self) -> Resources {
        let mut resources = Resources { memory_limit: self.memory_limit, ..Resources::default() };
        if let Some(n_threads) = self.threads {
            resources.threads = n_threads;
        }
        resources
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trueup check features.yaml
  trueup check features.yaml -o text -o json=report.json -o markdown=report.md
  trueup check features.yaml --online captures/2024-05-01.jsonl.gz --limit 100000
  trueup check features.yaml --write-baseline known.json
  trueup check features.yaml --baseline known.json

Exit codes:
  0  consistent: every comparison is within its budget
  1  inconsistent: a budget is exceeded
  2  the spec or the command line has problems
  3  error: something could not be read or computed, so not all could be checked
  4  inconclusive: too few rows were compared to tell
With --write-baseline 0 stands for 1 and 4 too.")]
pub struct CheckArgs {
    /// The spec; `-` reads standard input, with paths relative to the working directory
    pub spec: PathBuf,
    /// Read this file, folder or glob in place of the offline side's only path
    #[arg(long, value_name = "PATH")]
    pub offline: Option<String>,
    /// Read this file, folder or glob in place of the online side's only path
    #[arg(long, value_name = "PATH")]
    pub online: Option<String>,
    /// Write the report as text, json or markdown, to standard output or a file; may repeat [default: text]
    #[arg(long = "output", short, value_name = "FORMAT[=FILE]", value_parser = parse_output)]
    pub outputs: Vec<Output>,
    /// Write every mismatching cell to this file
    #[arg(long, value_name = "FILE.parquet", value_parser = parse_mismatches)]
    pub mismatches: Option<PathBuf>,
    /// Accept the findings that this file knows, unless they are worse now
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write the findings of this run as known
    #[arg(long, value_name = "FILE")]
    pub write_baseline: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trueup lint features.yaml
  trueup lint specs/*.yaml

Exit codes: 0 no problem, 2 problems, 3 an input cannot be read.")]
pub struct LintArgs {
    /// The specs; `-` reads standard input
    #[arg(required = true, value_name = "SPEC")]
    pub specs: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trueup init --offline data/orders.parquet --online captures/
  trueup init --offline data/orders.parquet --online captures/ -o features.yaml")]
pub struct InitArgs {
    /// The offline data: a file, a folder or a glob
    #[arg(long, value_name = "PATH")]
    pub offline: String,
    /// The online data: a file, a folder or a glob
    #[arg(long, value_name = "PATH")]
    pub online: String,
    /// Write the spec to this new file [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The spec's name
    #[arg(long)]
    pub name: Option<String>,
}

/// One report to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub format: Format,
    pub destination: Destination,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
    Markdown,
}

const FORMATS: [(&str, Format); 3] = [("text", Format::Text), ("json", Format::Json), ("markdown", Format::Markdown)];

/// Any text; who completes the command line is told the ids. The command itself tells what is wrong with an unknown one.
#[derive(Debug, Clone)]
struct MechanismId;

impl TypedValueParser for MechanismId {
    type Value = String;

    fn parse_ref(&self, command: &clap::Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(DETECTORS.iter().map(|detector| PossibleValue::new(detector.id()))))
    }
}

impl Cli {
    /// Reads the command line.
    ///
    /// # Errors
    /// Help and version too are errors to clap: each knows its stream and its exit code.
    pub fn read() -> Result<Self, clap::Error> {
        let mut command = Self::command();
        if !std::io::stdout().is_terminal() {
            // Otherwise clap takes all 100 columns.
            command = command.term_width(80);
        }
        let mut cli = Self::from_arg_matches(&command.try_get_matches()?)?;
        if let Command::Check(check) = &mut cli.command {
            if check.outputs.is_empty() {
                check.outputs.push(Output { format: Format::Text, destination: Destination::Stdout });
            }
            if let Some(reason) = conflict(check) {
                return Err(Self::command().error(ErrorKind::ArgumentConflict, reason));
            }
        }
        Ok(cli)
    }
}

/// Returns why two outputs would go to one place.
fn conflict(check: &CheckArgs) -> Option<String> {
    let mut taken: Vec<Destination> = Vec::new();
    let reports = check.outputs.iter().map(|output| output.destination.clone());
    let files = [&check.mismatches, &check.write_baseline].into_iter().flatten();
    for destination in reports.chain(files.map(|path| Destination::File(path.clone()))) {
        if taken.contains(&destination) {
            return Some(match destination {
                Destination::Stdout => {
                    "two outputs go to standard output; give one of them a file, such as `-o json=report.json`".into()
                }
                Destination::File(path) => format!("two outputs go to `{}`", path.display()),
            });
        }
        taken.push(destination);
    }
    None
}

fn parse_output(text: &str) -> Result<Output, String> {
    let (word, file) = match text.split_once('=') {
        Some((word, file)) => (word, Some(file)),
        None => (text, None),
    };
    let Some((_, format)) = FORMATS.iter().find(|(name, _)| *name == word) else {
        return Err(unknown_format(word));
    };
    let destination = match file {
        Some("") => return Err(format!("a file's name is missing after `{word}=`")),
        Some("-") | None => Destination::Stdout,
        Some(file) => Destination::File(PathBuf::from(file)),
    };
    Ok(Output { format: *format, destination })
}

/// Only Parquet is written; a name that says something else was meant otherwise, or is that of an input.
fn parse_mismatches(text: &str) -> Result<PathBuf, String> {
    const OTHERS: [&str; 15] = [
        "csv", "tsv", "json", "jsonl", "ndjson", "avro", "arrow", "ipc", "feather", "gz", "zst", "md", "txt", "yaml",
        "yml",
    ];
    let path = PathBuf::from(text);
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    match extension.filter(|extension| OTHERS.contains(&extension.as_str())) {
        Some(_) => Err(format!("mismatches are written as Parquet; did you mean `{}`?", parquet_name(&path))),
        None => Ok(path),
    }
}

fn parquet_name(path: &Path) -> String {
    let stem = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.split('.').next());
    path.with_file_name(format!("{}.parquet", stem.unwrap_or("mismatches"))).display().to_string()
}

fn unknown_format(word: &str) -> String {
    let names = FORMATS.map(|(name, _)| name);
    let extension = word.rsplit_once('.').map(|(_, extension)| extension);
    let by_extension = match extension {
        Some("json") => Some("json"),
        Some("md") => Some("markdown"),
        Some("txt") => Some("text"),
        Some(_) | None => None,
    };
    let shorthand = (word == "md").then_some("markdown").or((word == "txt").then_some("text"));
    match (shorthand.or_else(|| closest(word, &names)), by_extension) {
        (Some(name), _) => format!("unknown format; did you mean `{name}`?"),
        (None, Some(name)) => format!("unknown format; did you mean `{name}={word}`?"),
        (None, None) => format!("unknown format; known are {}", names.map(|name| format!("`{name}`")).join(", ")),
    }
}

fn parse_threads(text: &str) -> Result<usize, String> {
    const MAX_THREADS: usize = 1024;
    match parse_count(text)?.get() {
        n_threads if n_threads > MAX_THREADS => Err(format!("must be at most {MAX_THREADS}")),
        n_threads => Ok(n_threads),
    }
}

/// Nothing of a side would leave nothing to compare.
fn parse_limit(text: &str) -> Result<NonZeroUsize, String> {
    parse_count(text)
}

fn parse_count(text: &str) -> Result<NonZeroUsize, String> {
    let text = text.trim();
    let is_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match (text.parse().map(NonZeroUsize::new), text.strip_prefix('-').is_some_and(is_digits)) {
        (Ok(Some(count)), _) => Ok(count),
        (Ok(None), _) | (Err(_), true) => Err("must be at least 1".to_owned()),
        (Err(_), false) if is_digits(text) => Err("that is more than this machine can address".to_owned()),
        (Err(_), false) => Err("must be a whole number".to_owned()),
    }
}

/// Reads a number of bytes: KB, MB, GB and TB are powers of 1000, KiB, MiB, GiB and TiB powers of 1024.
fn parse_bytes(text: &str) -> Result<usize, String> {
    const UNITS: [(&str, u64); 10] = [
        ("", 1),
        ("b", 1),
        ("kb", 1000),
        ("mb", 1_000_000),
        ("gb", 1_000_000_000),
        ("tb", 1_000_000_000_000),
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
        ("tib", 1 << 40),
    ];
    let wrong = || "write a size as 2GB, 1.5GB or 512MiB".to_owned();
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let unit = unit.trim().to_ascii_lowercase();
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    let number: f64 = digits.parse().map_err(|_| wrong())?;
    let bytes = number * *factor as f64;
    if bytes < 1_000_000.0 {
        return Err("a run needs at least 1MB".to_owned());
    }
    if bytes >= usize::MAX as f64 {
        return Err("that is more than this machine can address".to_owned());
    }
    Ok(bytes as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_finds_no_fault_in_the_command_line() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_are_read_by_their_unit() {
        for (text, bytes) in
            [("2GB", 2_000_000_000), ("512MiB", 536_870_912), ("1.5 gb", 1_500_000_000), ("1048576", 1_048_576)]
        {
            assert_eq!(parse_bytes(text), Ok(bytes), "{text}");
        }
        for text in ["", "GB", "2XB", "-1GB", "1.2.3GB", "0", "12", "99999999999TiB"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_count_is_a_whole_number_from_1() {
        for (text, wanted) in [
            ("0", "must be at least 1"),
            ("-3", "must be at least 1"),
            ("1.5", "must be a whole number"),
            ("many", "must be a whole number"),
            ("-", "must be a whole number"),
            ("", "must be a whole number"),
            ("99999999999999999999999", "that is more than this machine can address"),
        ] {
            assert_eq!(parse_limit(text), Err(wanted.to_owned()), "{text}");
            assert_eq!(parse_threads(text), Err(wanted.to_owned()), "{text}");
        }
        assert_eq!(parse_limit("1000000"), Ok(NonZeroUsize::new(1_000_000).unwrap()));
        assert_eq!(parse_threads("1024"), Ok(1024));
        assert_eq!(parse_threads("1025"), Err("must be at most 1024".to_owned()));
    }

    #[test]
    fn an_unknown_format_names_the_one_that_was_meant() {
        for (word, wanted) in [
            ("jsno", "did you mean `json`?"),
            ("md", "did you mean `markdown`?"),
            ("out.json", "did you mean `json=out.json`?"),
            ("pdf", "known are `text`, `json`, `markdown`"),
        ] {
            let reason = parse_output(word).unwrap_err();
            assert!(reason.ends_with(wanted), "{word}: {reason}");
        }
        assert!(parse_output("json=").is_err());
    }
}
