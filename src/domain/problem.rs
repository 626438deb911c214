//! What went wrong with one record or one file, with the place to look at.

use std::fmt;
use std::sync::Arc;

use enumset::EnumSet;

use super::mailbox::{PropertyFault, describe_faults};
use super::section::Section;

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
    /// That part of a saved input was not read to its end, or not all of it is there.
    IncompleteSection(Section, String),
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

impl Problem {
    /// Whether it is a mailbox that cannot be judged.
    pub fn is_unreadable(&self) -> bool {
        matches!(self.kind, ProblemKind::Unreadable(_))
    }
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
            ProblemKind::IncompleteSection(section, text) => {
                write!(out, "{}: {text}", section.describe())
            }
        }
    }
}

/// The problems of a run: all are counted, the first ones are kept, so that memory stays bounded. Mailboxes that cannot be
/// judged do not crowd out what else is wrong.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    kept: Vec<Problem>,
    /// How many of those kept are no mailboxes that cannot be judged.
    kept_others: usize,
    count: u64,
    unreadable: u64,
    /// The parts of a tenant of which something may be missing altogether.
    lacking: EnumSet<Section>,
}

impl Problems {
    /// How many are kept, of mailboxes that cannot be judged and of others each.
    pub const KEPT: usize = 100;

    /// Takes one.
    pub fn push(&mut self, problem: Problem) {
        self.count += 1;
        self.unreadable += u64::from(problem.is_unreadable());
        self.lacking |= match &problem.kind {
            // A mailbox that cannot be judged is there all the same.
            ProblemKind::Unreadable(_) => EnumSet::empty(),
            ProblemKind::IncompleteSection(section, _) => EnumSet::only(*section),
            ProblemKind::WrongRecord(_) | ProblemKind::Incomplete(_) => EnumSet::all(),
        };
        let others = usize::from(!problem.is_unreadable());
        let of_its_kind = if others == 1 { self.kept_others } else { self.kept.len() - self.kept_others };
        if of_its_kind < Problems::KEPT {
            self.kept_others += others;
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
        let told = other.kept.iter().filter(|problem| problem.is_unreadable()).count();
        self.unreadable += other.unreadable - told as u64;
        self.count += other.count - other.kept.len() as u64;
        self.lacking |= other.lacking;
        other.kept.into_iter().for_each(|problem| self.push(problem));
    }

    /// How many mailboxes cannot be judged.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// The mailboxes that cannot be judged, without what else there was.
    pub fn unreadable_alone(mut self) -> Problems {
        self.kept.retain(Problem::is_unreadable);
        (self.count, self.lacking, self.kept_others) = (self.unreadable, EnumSet::empty(), 0);
        self
    }

    /// Whether all of that part is there, as far as it is known.
    pub fn has_all_of(&self, section: Section) -> bool {
        !self.lacking.contains(section)
    }

    /// Whether nothing went wrong: the report is complete.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
