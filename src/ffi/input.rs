//! What is read of a tenant, record by record, into a saved input of which reports are made.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::app::{self, Assembled, Input, SavedInput, SectionWriter};
use crate::domain::catalog::Catalog;
use crate::domain::section::Section;
use crate::report::Target;

use super::bypass::{Keys, row};
use super::options::{bad_argument, to_clobber, to_switch};
use super::report::{MailboxTexts, no_report};
use super::status::{Failure, NamStatus};
use super::text::decode;

/// A saved input in the making, or made. Freed, it leaves no temporary file.
#[derive(Debug)]
pub struct NamInput {
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    /// Records go in.
    Open { saved: Box<SavedInput>, target: Option<Target> },
    /// It can be read, and kept.
    Assembled { assembled: Assembled, target: Option<Target> },
    /// It failed.
    Closed,
}

impl NamInput {
    /// Begins one. The file that it is to be kept in is tried now, before anything slow begins.
    pub(super) fn new(
        folder: Option<&[u16]>,
        keep: Option<&[u16]>,
        clobber: i32,
    ) -> Result<NamInput, Failure> {
        let folder = folder.map_or_else(std::env::temp_dir, |folder| PathBuf::from(decode(folder)));
        let clobber = to_clobber(clobber)?;
        let target = keep.map(|path| Target::create(&PathBuf::from(decode(path)), clobber));
        let target = target.transpose().map_err(no_report)?;
        let saved = SavedInput::new(&folder).map_err(|error| {
            let text = format!("{}: no temporary file can be made: {error}", folder.display());
            Failure::new(NamStatus::NoInput, text)
        })?;
        let state = State::Open { saved: Box::new(saved), target };
        Ok(NamInput { state: Mutex::new(state) })
    }

    /// Takes the organisation's switch.
    pub(super) fn organization(&self, audit_disabled: i32) -> Result<(), Failure> {
        let switch = to_switch("audit_disabled", audit_disabled)?;
        self.fill(Section::Organization, |section| section.organization(switch))
    }

    /// Takes a row of the bypass associations.
    pub(super) fn bypass(
        &self,
        name: Option<&[u16]>,
        keys: Keys<'_>,
        enabled: Option<&[u16]>,
    ) -> Result<(), Failure> {
        self.fill(Section::BypassAssociations, |section| section.bypass(&row(name, keys, enabled)))
    }

    /// Takes a mailbox, whatever it lacks: that is found when a report is made.
    pub(super) fn mailbox(&self, texts: &MailboxTexts<'_>) -> Result<(), Failure> {
        let catalog = Catalog::builtin();
        self.fill(Section::Mailboxes, |section| section.mailbox(&texts.mailbox(catalog), catalog))
    }

    /// Keeps what a section took so far, when it restarts.
    pub(super) fn mark(&self, section: i32) -> Result<(), Failure> {
        self.fill(to_section(section)?, SectionWriter::mark)
    }

    /// Forgets what a section took since its last mark.
    pub(super) fn restart(&self, section: i32) -> Result<(), Failure> {
        self.fill(to_section(section)?, SectionWriter::restart)
    }

    /// Ends a section.
    pub(super) fn end(&self, section: i32, problem: Option<&[u16]>) -> Result<(), Failure> {
        let problem = problem.map(decode);
        self.fill(to_section(section)?, |section| {
            section.end(problem);
            Ok(())
        })
    }

    /// Puts the sections together; tells where they can be read.
    pub(super) fn finish(&self, tenant: Option<&[u16]>) -> Result<String, Failure> {
        let tenant = tenant.map(decode);
        self.close(|saved| saved.assemble(tenant.as_deref(), &app::timestamp()).map_err(failed))
    }

    /// To be read into a report.
    pub(super) fn assembled(&self) -> Result<Input, Failure> {
        match &*self.lock() {
            State::Assembled { assembled, .. } => {
                let name = assembled.tenant().unwrap_or("the tenant");
                Ok(Input::Temporary { path: assembled.path().to_owned(), name: name.into() })
            }
            State::Open { .. } | State::Closed => {
                Err(Failure::new(NamStatus::BadArgument, "the saved input is not finished"))
            }
        }
    }

    /// Takes what was read natively, in the place of sections that were filled; tells where it can be read.
    pub(super) fn put(&self, assembled: Assembled) -> Result<String, Failure> {
        self.close(|_| Ok(assembled))
    }

    fn close(
        &self,
        assemble: impl FnOnce(SavedInput) -> Result<Assembled, Failure>,
    ) -> Result<String, Failure> {
        let mut state = self.lock();
        let State::Open { saved, target } = std::mem::replace(&mut *state, State::Closed) else {
            return Err(not_open());
        };
        let assembled = assemble(*saved)?;
        let path = assembled.path().to_string_lossy().into_owned();
        *state = State::Assembled { assembled, target };
        Ok(path)
    }

    /// Keeps it in the file that was named; tells which. Nothing where none was named.
    pub(super) fn keep(&self) -> Result<String, Failure> {
        let mut state = self.lock();
        let State::Assembled { assembled, target, .. } = &mut *state else { return Err(not_open()) };
        let Some(target) = target.take() else { return Ok(String::new()) };
        let path = assembled.keep(target).map_err(no_report)?;
        Ok(path.to_string_lossy().into_owned())
    }

    fn fill(
        &self,
        section: Section,
        fill: impl FnOnce(&mut SectionWriter) -> std::io::Result<()>,
    ) -> Result<(), Failure> {
        let mut state = self.lock();
        let State::Open { saved, .. } = &mut *state else { return Err(not_open()) };
        fill(saved.section(section)).map_err(|error| {
            // Half a record may be written.
            *state = State::Closed;
            failed(error)
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn to_section(section: i32) -> Result<Section, Failure> {
    let known = usize::try_from(section).ok().and_then(|index| Section::ALL.get(index));
    known.copied().ok_or_else(|| bad_argument("section", section))
}

fn failed(error: std::io::Error) -> Failure {
    Failure::new(NamStatus::NoInput, format!("what was read cannot be kept in a temporary file: {error}"))
}

fn not_open() -> Failure {
    Failure::new(NamStatus::BadArgument, "the saved input is finished or failed: make a new one")
}
