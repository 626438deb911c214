//! What went wrong with one record or one file, with the place to look at.

use std::fmt;
use std::sync::Arc;

use super::mailbox::{PropertyFault, describe_faults};

/// Where something was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The file's name as the user gave it, or what it was read from.
    pub file: Option<Arc<str>>,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The number of the record in its file, from 1.
    pub record: Option<u64>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// Properties of a mailbox are missing or cannot be believed: it is shown as unknown.
    Unreadable(Vec<PropertyFault>),
    /// The record is something else than what was to be read; the text says what, and what to do.
    WrongRecord(String),
    /// Reading stopped early, or the file says itself that more exists.
    Incomplete(String),
}

/// Something that makes a report incomplete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it was found.
    pub place: Place,
    /// The mailbox, by what names it best.
    pub mailbox: Option<String>,
    /// What it is.
    pub kind: ProblemKind,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(file) = &self.file {
            write!(out, "{file}")?;
            separator = ", ";
        }
        if let Some(line) = self.line {
            write!(out, "{separator}line {line}")?;
            separator = ", ";
        }
        if let Some(record) = self.record {
            write!(out, "{separator}record {record}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place.to_string();
        if !place.is_empty() {
            write!(out, "{place}: ")?;
        }
        if let Some(mailbox) = &self.mailbox {
            write!(out, "{mailbox}: ")?;
        }
        match &self.kind {
            ProblemKind::Unreadable(faults) => out.write_str(&describe_faults(faults)),
            ProblemKind::WrongRecord(text) | ProblemKind::Incomplete(text) => out.write_str(text),
        }
    }
}

/// The problems of a run: all are counted, the first ones are kept, so that memory stays bounded.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    kept: Vec<Problem>,
    count: u64,
    something_missing: bool,
}

impl Problems {
    /// How many are kept.
    pub const KEPT: usize = 100;

    /// Takes one.
    pub fn push(&mut self, problem: Problem) {
        self.count += 1;
        // A mailbox that cannot be judged is there all the same.
        self.something_missing |= !matches!(problem.kind, ProblemKind::Unreadable(_));
        if self.kept.len() < Problems::KEPT {
            self.kept.push(problem);
        }
    }

    /// The first ones.
    pub fn first(&self) -> &[Problem] {
        &self.kept
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Takes those of another run, which come after these.
    pub fn append(&mut self, other: Problems) {
        self.count += other.count - other.kept.len() as u64;
        self.something_missing |= other.something_missing;
        other.kept.into_iter().for_each(|problem| self.push(problem));
    }

    /// Whether a mailbox or something else may be missing altogether.
    pub fn something_is_missing(&self) -> bool {
        self.something_missing
    }

    /// Whether nothing went wrong: the report is complete.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
