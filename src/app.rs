//! The use cases, put together from input, rules and reports. The program and the module call these alone.

mod catalog;
pub mod collect;
mod compare;
mod history;
mod page;
mod record;
mod remediation;
mod report;
mod saved;
mod tenant;

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use catalog::{CatalogFilter, CatalogRow, catalog_rows};
pub use compare::{CompareOptions, compare, read_older};
pub use history::read_history;
pub use page::Past;
pub use record::{RecordError, RecordWriter, read_record};
pub use remediation::{PlanTexts, answer_json, plan_json, restore_json};
pub use report::{Outcome, Output, Report, ReportOptions};
pub use saved::{Assembled, SavedInput, SectionWriter};
pub use tenant::{are_of_several_tenants, read_bypass, read_organization};

use crate::domain::catalog::Catalog;
use crate::domain::problem::{Place, Problem, ProblemKind};
use crate::input::{self, Item, ReadError, Source, SourceError};
use crate::report::TargetError;

/// Why there is no report. Nothing of an older file was touched.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// An input could not be opened.
    #[error("{file} {error}")]
    Open {
        /// What was to be read.
        file: Arc<str>,
        /// Why not.
        error: SourceError,
    },
    /// Nothing could be read of an input.
    #[error("{file} {error}{}", at_line(error))]
    Read {
        /// What was read.
        file: Arc<str>,
        /// What went wrong.
        error: ReadError,
    },
    /// An input holds something else than was asked for.
    #[error("{file} {text}")]
    WrongInput {
        /// What was read.
        file: Arc<str>,
        /// What it holds, and what to do.
        text: String,
    },
    /// Two states cannot be asked the same.
    #[error("{0}")]
    Question(String),
    /// The first problem of a strict run.
    #[error("{0} (stopped because of --strict)")]
    Strict(Problem),
    /// What was made cannot stand where it should.
    #[error("{error}")]
    Target {
        /// Why not.
        error: TargetError,
        /// What it would have said, if it is a report: its totals, and what made it incomplete.
        outcome: Option<Box<Outcome>>,
    },
    /// It was stopped.
    #[error("{0}")]
    Stopped(#[from] collect::Stopped),
    /// The report could not be written to its end.
    #[error("the report could not be written: {0}")]
    Write(#[from] io::Error),
}

fn at_line(error: &ReadError) -> String {
    error.line.map(|line| format!(" (line {line})")).unwrap_or_default()
}

/// Where an export comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
    /// A temporary file, which messages call by what was read into it.
    Temporary {
        /// The file.
        path: PathBuf,
        /// What to call it.
        name: Arc<str>,
    },
}

impl Input {
    /// What to call it in messages.
    pub fn name(&self) -> Arc<str> {
        match self {
            Input::Stdin => "standard input".into(),
            Input::File(path) => path.to_string_lossy().into(),
            Input::Temporary { name, .. } => name.clone(),
        }
    }

    /// The place of an item. The lines of a temporary file tell nobody where to look.
    fn place(&self, name: &Arc<str>, item: &Item<'_>) -> Place {
        match self {
            Input::Temporary { .. } => Place { file: Some(name.clone()), ..Place::default() },
            Input::Stdin | Input::File(_) => place_of(name, item),
        }
    }
}

/// Is told how far the reading is.
pub trait Progress {
    /// A file begins, of that many bytes if that is known.
    fn begin(&self, file: &str, bytes: Option<u64>);
    /// That many bytes more were read.
    fn advance(&self, bytes: u64);
    /// Whether to read no further.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// Tells nobody.
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
}

struct Watched<'p, R> {
    reader: R,
    progress: &'p dyn Progress,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.progress.is_stopped() {
            return Err(io::Error::other(collect::Stopped));
        }
        let count = self.reader.read(into)?;
        self.progress.advance(count as u64);
        Ok(count)
    }
}

/// Opens an input and hands on what stands in it. An error after the first record comes back as a problem.
fn read_input(
    input: &Input,
    catalog: &Catalog,
    progress: &dyn Progress,
    visit: &mut input::Visit<'_>,
) -> Result<Option<Problem>, AppError> {
    let file = input.name();
    let result = match input {
        Input::Stdin => {
            progress.begin(&file, None);
            input::read(Source::new(Watched { reader: io::stdin().lock(), progress }), catalog, visit)
        }
        Input::File(path) | Input::Temporary { path, .. } => {
            let (opened, bytes) =
                Source::open(path).map_err(|error| AppError::Open { file: file.clone(), error })?;
            progress.begin(&file, Some(bytes));
            input::read(Source::new(Watched { reader: opened, progress }), catalog, visit)
        }
    };
    match result {
        Err(_) if progress.is_stopped() => Err(collect::Stopped.into()),
        Ok(()) => Ok(None),
        Err(error) if error.records == 0 => Err(AppError::Read { file, error }),
        Err(error) => Ok(Some(Problem {
            place: Place { file: Some(file), line: error.line, record: None },
            mailbox: None,
            kind: ProblemKind::Incomplete(format!(
                "it {error}; what follows record {} was not read",
                error.records
            )),
        })),
    }
}

/// Reads a small file of our own, such as a baseline or a catalogue, in any encoding that PowerShell writes.
pub fn read_file(path: &Path) -> Result<Vec<u8>, SourceError> {
    let (file, _) = Source::open(path)?;
    Ok(input::read_whole(Source::new(file))?)
}

fn place_of(file: &Arc<str>, item: &Item<'_>) -> Place {
    Place { file: Some(file.clone()), line: item.line, record: Some(item.record) }
}

fn wrong_record(place: Place, mailbox: Option<String>, text: impl Into<String>) -> Problem {
    Problem { place, mailbox, kind: ProblemKind::WrongRecord(text.into()) }
}

fn incomplete(place: Place, text: impl Into<String>) -> Problem {
    Problem { place, mailbox: None, kind: ProblemKind::Incomplete(text.into()) }
}

/// The time for a report's head: now, or what `SOURCE_DATE_EPOCH` says, for reports that shall be equal to the byte.
pub fn timestamp() -> String {
    let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.parse().ok());
    let now = jiff::Timestamp::now();
    let time = fixed.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()).unwrap_or(now);
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
