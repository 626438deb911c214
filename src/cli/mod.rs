//! The command line: options in, use cases called, text and exit codes out.

mod catalog;
mod collect;
mod compare;
mod log;
mod module;
mod options;
mod progress;
mod report;
mod summary;
mod tenant;
mod tenants;

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use options::{Command, Options};

/// The exit codes. The README lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// All was done, and all was known.
    Complete = 0,
    /// Nothing was written.
    Failed = 1,
    /// The options do not fit; clap ends with it too.
    Usage = 2,
    /// Written, but incomplete.
    Incomplete = 3,
    /// Complete, with gaps, under `--fail-on-gap`.
    Gaps = 4,
    /// Complete, with regressions, under `--fail-on-regression`.
    Regressions = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why a command did not do what it was asked for.
enum Failure {
    /// It went wrong.
    Failed(String),
    /// It was asked for the impossible.
    Usage(String),
    /// Nobody reads what it writes any more.
    Closed,
}

impl Failure {
    fn failed(error: impl Display) -> Failure {
        Failure::Failed(error.to_string())
    }

    fn usage(error: impl Display) -> Failure {
        Failure::Usage(error.to_string())
    }
}

impl Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Failed(text) | Failure::Usage(text) => out.write_str(text),
            Failure::Closed => out.write_str("nobody reads what it writes any more"),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Closed,
            // ERROR_PIPE_NOT_CONNECTED: the same, by a name that the standard library does not know.
            _ if cfg!(windows) && error.raw_os_error() == Some(233) => Failure::Closed,
            _ => Failure::failed(error),
        }
    }
}

/// Runs the program.
pub(super) fn run() -> ExitCode {
    let result = match Options::parse().command {
        Command::Report(options) => report::run(&options),
        Command::Collect(options) => collect::run(&options),
        Command::Compare(options) => compare::run(&options),
        Command::Catalog(options) => catalog::run(&options),
        Command::Module(options) => module::run(&options),
        Command::Completions { shell } => completions(shell),
    };
    let exit = match result {
        Ok(exit) => exit,
        Err(Failure::Failed(text)) => {
            complain(&text);
            Exit::Failed
        }
        Err(Failure::Usage(text)) => {
            complain(&text);
            Exit::Usage
        }
        Err(Failure::Closed) => Exit::Failed,
    };
    exit.into()
}

fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Options::command(), "nam", &mut script);
    io::stdout().write_all(&script)?;
    Ok(Exit::Complete)
}

/// Writes an error. Where even that fails, the exit code still tells.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "nam: {text}");
}
