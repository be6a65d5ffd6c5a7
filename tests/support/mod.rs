//! Runs a check in this process. The only place of the tests that names the library's functions.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use serde_json::Value;
use tokio::runtime::Runtime;
use trueup::check::{Options, check};
use trueup::engine::{Progress, Resources};
use trueup::report::json;
use trueup::spec::{ParseOptions, PathOverride, PerSide, Source, Spec};

/// How a run executes. None of this may change what it finds.
#[derive(Debug, Clone, Copy)]
pub struct Execution {
    pub threads: usize,
    pub batch_size: usize,
    /// Bytes.
    pub memory_limit: Option<usize>,
}

impl Default for Execution {
    fn default() -> Self {
        Self { threads: 2, batch_size: 8192, memory_limit: None }
    }
}

/// What a user gets: an exit code, and a report or a message.
#[derive(Debug)]
pub struct Outcome {
    pub exit_code: u8,
    /// The JSON report as it is written; empty if there is none.
    pub json: String,
    /// The error with its causes or the spec's problems; the messages of the findings if there is a report.
    pub message: String,
}

impl Outcome {
    /// Returns the parsed report.
    pub fn report(&self) -> Value {
        serde_json::from_str(&self.json)
            .unwrap_or_else(|error| panic!("no report ({error}); exit code {}: {}", self.exit_code, self.message))
    }
}

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime can be started"));

/// Checks the spec `text`, which stands in the folder `base`; `online` replaces the online side's path.
pub fn run(base: &Path, text: &str, online: Option<&str>, execution: Execution) -> Outcome {
    let source = Source { path: "spec.yaml".into(), text: text.into() };
    let paths =
        PerSide { offline: None, online: online.map(|path| PathOverride { shown: path.into(), path: path.into() }) };
    let spec = match Spec::parse(source, &ParseOptions { paths, variable: &|_| None }) {
        Ok(spec) => Arc::new(spec),
        Err(problems) => return Outcome { exit_code: 2, json: String::new(), message: problems.to_string() },
    };
    let Execution { threads, batch_size, memory_limit } = execution;
    let resources = Resources { threads, memory_limit, batch_size };
    let options = Options { resources, ..Options::default() };
    match RUNTIME.block_on(check(&spec, base, &options, &Progress::default())) {
        Ok(report) => {
            let messages: Vec<&str> = report.findings.iter().map(|finding| finding.message.as_str()).collect();
            Outcome { exit_code: report.verdict.exit_code(), message: messages.join("\n"), json: json::render(&report) }
        }
        Err(error) => Outcome { exit_code: error.exit_code(), json: String::new(), message: chain(&error) },
    }
}

/// Returns the error and what caused it, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
