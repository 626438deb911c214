//! A comparison in the making: the older state is held, the rows of the newer one pass by, and what changed goes on.

use std::io;
use std::sync::Arc;

use super::comparison::{
    ChangeObject, ChangeSink, Comparison, ComparisonHead, ComparisonSummary, StateSummary,
};
use super::{Head, Row, Tail};
use crate::domain::bypass::BypassedAccount;
use crate::domain::catalog::Catalog;
use crate::domain::comparison::{self, Change, Circumstances, Ending, JoinFault, Older, Rest, Tally};
use crate::domain::problem::{Place, Problem, ProblemKind, Problems};
use crate::domain::section::Section;

/// The older state, read to its end.
#[derive(Debug)]
pub struct OlderState {
    /// Its mailboxes.
    pub older: Older,
    /// What came after them.
    pub ending: Ending,
    /// What is compared, and by what.
    pub head: ComparisonHead,
    /// Its totals.
    pub summary: StateSummary,
    /// What to know when reading the changes, as far as it is known by now.
    pub notes: Vec<String>,
    /// What makes it incomplete.
    pub problems: Problems,
}

/// A comparison in the making. It takes the newer state as a [`super::Writer`] gets it.
#[derive(Debug)]
pub struct Drift<S> {
    phase: Phase,
    head: ComparisonHead,
    old: StateSummary,
    new: StateSummary,
    notes: Vec<String>,
    problems: Problems,
    unjoined: bool,
    tally: Tally,
    sink: S,
}

#[derive(Debug)]
enum Phase {
    Older(Box<(Older, Ending)>),
    Newer(Box<comparison::Comparison>),
    /// Only for the moment between the two.
    Neither,
}

/// What became of a comparison.
#[derive(Debug)]
pub struct Compared<S> {
    /// Who took the changes.
    pub sink: S,
    /// What was compared, and by what.
    pub head: ComparisonHead,
    /// The totals.
    pub summary: ComparisonSummary,
    /// What makes it incomplete.
    pub problems: Problems,
}

impl<S: ChangeSink> Drift<S> {
    /// Begins with the older state.
    pub fn new(state: OlderState, sink: S) -> Drift<S> {
        Drift {
            phase: Phase::Older(Box::new((state.older, state.ending))),
            head: state.head,
            old: state.summary,
            new: StateSummary::default(),
            notes: state.notes,
            problems: state.problems,
            unjoined: false,
            tally: Tally::default(),
            sink,
        }
    }

    /// Begins the newer state.
    pub fn head(&mut self, head: &Head<'_>) -> io::Result<()> {
        let newer = Circumstances { organization: head.organization, bypass_read: head.bypass_read };
        let Phase::Older(older) = std::mem::replace(&mut self.phase, Phase::Neither) else {
            return Err(out_of_order());
        };
        self.sink.head(&self.head)?;
        self.new.audit_disabled = newer.organization.audit_disabled();
        let (older, ending) = *older;
        let (comparison, changes) = older.end(ending, newer);
        let catalog = comparison.judge().catalog();
        self.phase = Phase::Newer(Box::new(comparison));
        self.hand_on(&changes, catalog)
    }

    /// Takes a mailbox of the newer state.
    pub fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        let Phase::Newer(comparison) = &mut self.phase else { return Err(out_of_order()) };
        self.new.mailboxes += 1;
        match comparison.add(row.mailbox, row.verdict.bypass) {
            Ok(changes) if changes.is_empty() => Ok(()),
            Ok(changes) => {
                let catalog = comparison.judge().catalog();
                self.hand_on(&changes, catalog)
            }
            Err(fault) => {
                self.unjoined |= fault == JoinFault::NoKey;
                let file = self.head.new.file.as_str().into();
                self.problems.push(unjoined(file, row.mailbox.label(), fault));
                Ok(())
            }
        }
    }

    fn hand_on(&mut self, changes: &[Change], catalog: &Catalog) -> io::Result<()> {
        for change in changes {
            self.tally.add(change);
            self.sink.change(&ChangeObject::new(change, catalog))?;
        }
        Ok(())
    }

    /// Ends the newer state.
    pub fn tail(mut self, tail: &Tail<'_>) -> io::Result<Compared<S>> {
        let Phase::Newer(comparison) = std::mem::replace(&mut self.phase, Phase::Neither) else {
            return Err(out_of_order());
        };
        let catalog = comparison.judge().catalog();
        let ending = Ending {
            all_mailboxes: tail.problems.has_all_of(Section::Mailboxes) && !self.unjoined,
            all_bypass: tail.problems.has_all_of(Section::BypassAssociations),
            bypassed: tail.bypassed.map(<[_]>::to_vec),
        };
        self.new.complete = tail.problems.is_empty();
        self.new.bypassed_accounts = tail.bypassed.map(|accounts| accounts.len() as u64);
        let rest = comparison.end(ending);
        self.hand_on(&rest.changes, catalog)?;
        self.notes.extend(unread_notes(&rest));
        rest.unjoined.iter().for_each(|account| self.problems.push(nameless(account)));
        self.problems.append(tail.problems.clone());
        let mut summary = ComparisonSummary::new(&self.tally, rest.joined, self.old, self.new);
        summary.notes = self.notes;
        summary.set_problems(&self.problems);
        Ok(Compared { sink: self.sink, head: self.head, summary, problems: self.problems })
    }
}

/// Keeps the first regressions and the first other changes, for a page that shows them.
#[derive(Debug)]
pub struct Collected {
    regressions: Vec<ChangeObject>,
    others: Vec<ChangeObject>,
    most: usize,
}

impl Collected {
    /// Keeps so many of either.
    pub fn new(most: usize) -> Collected {
        Collected { regressions: Vec::new(), others: Vec::new(), most }
    }
}

impl ChangeSink for Collected {
    fn head(&mut self, _: &ComparisonHead) -> io::Result<()> {
        Ok(())
    }

    fn change(&mut self, change: &ChangeObject) -> io::Result<()> {
        let kept = if change.regression { &mut self.regressions } else { &mut self.others };
        if kept.len() < self.most {
            kept.push(change.clone());
        }
        Ok(())
    }
}

impl Compared<Collected> {
    /// The comparison in one piece, regressions first.
    pub fn into_comparison(self) -> Comparison {
        let Collected { mut regressions, others, .. } = self.sink;
        regressions.extend(others);
        Comparison { head: self.head, changes: regressions, summary: self.summary }
    }
}

/// A mailbox that is on one side and could not be looked for on the other.
pub fn unjoined(file: Arc<str>, mailbox: &str, fault: JoinFault) -> Problem {
    Problem {
        place: Place { file: Some(file), ..Place::default() },
        mailbox: Some(mailbox.to_owned()),
        kind: ProblemKind::WrongRecord(fault.to_string()),
    }
}

fn nameless(account: &BypassedAccount) -> Problem {
    let text = "this account bypasses auditing and has no Guid, so it cannot be found in the other state";
    Problem {
        place: Place::default(),
        mailbox: Some(account.name.clone()),
        kind: ProblemKind::WrongRecord(text.to_owned()),
    }
}

/// What was not read, and so not compared.
fn unread_notes(rest: &Rest) -> Vec<String> {
    let mut notes = Vec::new();
    if rest.organization_unread {
        let text = "whether the organisation audits at all (AuditDisabled) was read in neither state";
        notes.push(text.to_owned());
    }
    if rest.bypass_unread {
        notes.push("who bypasses auditing was read in neither state, so no bypass was compared".to_owned());
    }
    let sides = ["older", "newer"].into_iter().zip(rest.age_limit_unread);
    notes.extend(sides.filter(|(_, count)| *count > 0).map(|(side, count)| {
        format!(
            "AuditLogAgeLimit of {count} mailbox(es) was not read in the {side} state, so it was not compared"
        )
    }));
    notes
}

fn out_of_order() -> io::Error {
    io::Error::other("a state begins with its head, once, and ends with its tail")
}
