//! What is read of a tenant, on its way into a saved input.
//!
//! Each section goes into a temporary file of its own, so that the three reads may run side by side, and one that
//! failed may begin again without a record being kept twice. Put together they are one file, of which every report is
//! made.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::AppError;
use crate::domain::bypass::BypassAssociation;
use crate::domain::catalog::Catalog;
use crate::domain::mailbox::Mailbox;
use crate::domain::section::{Section, SectionEnd};
use crate::report::{Target, saved};

/// A section that is being read.
#[derive(Debug)]
pub struct SectionWriter {
    section: Section,
    out: BufWriter<File>,
    records: u64,
    /// What stays when it restarts: bytes and records.
    kept: (u64, u64),
    end: Option<SectionEnd>,
}

impl SectionWriter {
    fn new(section: Section, folder: &Path) -> io::Result<SectionWriter> {
        let out = BufWriter::with_capacity(BUFFER, tempfile::tempfile_in(folder)?);
        Ok(SectionWriter { section, out, records: 0, kept: (0, 0), end: None })
    }

    /// Takes the organisation's switch; nothing where it has none, as on Exchange Server.
    pub fn organization(&mut self, audit_disabled: Option<bool>) -> io::Result<()> {
        self.records += 1;
        saved::organization(&mut self.out, audit_disabled)
    }

    /// Takes a row of the bypass associations.
    pub fn bypass(&mut self, row: &BypassAssociation<'_>) -> io::Result<()> {
        self.records += 1;
        saved::bypass(&mut self.out, row)
    }

    /// Takes a mailbox, as it was read.
    pub fn mailbox(&mut self, mailbox: &Mailbox<'_>, catalog: &Catalog) -> io::Result<()> {
        self.records += 1;
        saved::mailbox(&mut self.out, mailbox, catalog)
    }

    /// How many records it has.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Keeps what it took so far when it restarts: what comes now is another read.
    pub fn mark(&mut self) -> io::Result<()> {
        self.kept = (self.out.stream_position()?, self.records);
        Ok(())
    }

    /// Forgets what it took since the last mark: the read begins again.
    pub fn restart(&mut self) -> io::Result<()> {
        let (length, records) = self.kept;
        self.out.flush()?;
        self.out.get_mut().set_len(length)?;
        self.out.seek(SeekFrom::Start(length))?;
        self.records = records;
        self.end = None;
        Ok(())
    }

    /// Ends it. A problem says why not all of it was read.
    pub fn end(&mut self, problem: Option<String>) {
        self.end = Some(SectionEnd { records: self.records, problem });
    }

    /// Copies it out, with its end; gives the end. One that nobody ended was not read to its end.
    fn write_to(&mut self, out: &mut impl Write) -> io::Result<SectionEnd> {
        self.out.seek(SeekFrom::Start(0))?;
        io::copy(self.out.get_mut(), out)?;
        let end = self.end.clone().unwrap_or_else(|| SectionEnd {
            records: self.records,
            problem: Some(format!("{} were not read to their end", self.section.describe())),
        });
        saved::section_end(out, self.section, &end)?;
        Ok(end)
    }
}

const BUFFER: usize = 128 * 1024;

/// A saved input in the making. Dropped before it is put together, it leaves no trace.
#[derive(Debug)]
pub struct SavedInput {
    /// The organisation's settings.
    pub organization: SectionWriter,
    /// Who bypasses auditing.
    pub bypass: SectionWriter,
    /// The mailboxes.
    pub mailboxes: SectionWriter,
    folder: PathBuf,
}

impl SavedInput {
    /// Begins a saved input, whose temporary files lie in that folder.
    pub fn new(folder: &Path) -> io::Result<SavedInput> {
        Ok(SavedInput {
            organization: SectionWriter::new(Section::Organization, folder)?,
            bypass: SectionWriter::new(Section::BypassAssociations, folder)?,
            mailboxes: SectionWriter::new(Section::Mailboxes, folder)?,
            folder: folder.to_owned(),
        })
    }

    /// The section, to be filled.
    pub fn section(&mut self, section: Section) -> &mut SectionWriter {
        match section {
            Section::Organization => &mut self.organization,
            Section::BypassAssociations => &mut self.bypass,
            Section::Mailboxes => &mut self.mailboxes,
        }
    }

    /// Puts the sections together, in a temporary file that goes when it is dropped.
    ///
    /// - `tenant`: what was read, for whoever looks into the file.
    /// - `read_at`: when, as [`super::timestamp`] gives it.
    pub fn assemble(mut self, tenant: Option<&str>, read_at: &str) -> io::Result<Assembled> {
        let mut file = tempfile::Builder::new().prefix(".nam-").suffix(".jsonl").tempfile_in(&self.folder)?;
        let mut out = BufWriter::with_capacity(BUFFER, file.as_file_mut());
        saved::head(&mut out, read_at, tenant)?;
        let mut ends = Vec::with_capacity(Section::ALL.len());
        for section in Section::ALL {
            ends.push((section, self.section(section).write_to(&mut out)?));
        }
        out.flush()?;
        drop(out);
        Ok(Assembled { path: file.into_temp_path(), tenant: tenant.map(str::to_owned), ends })
    }
}

/// A saved input, put together in a temporary file.
#[derive(Debug)]
pub struct Assembled {
    path: TempPath,
    tenant: Option<String>,
    ends: Vec<(Section, SectionEnd)>,
}

impl Assembled {
    /// The temporary file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was read, if that is known.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// Whether all sections were read to their end.
    pub fn is_complete(&self) -> bool {
        self.ends.iter().all(|(_, end)| end.problem.is_none())
    }

    /// How many records a section has.
    pub fn records(&self, section: Section) -> u64 {
        self.ends.iter().filter(|(known, _)| *known == section).map(|(_, end)| end.records).sum()
    }

    /// Why it is not all that there is, section by section.
    pub fn problems(&self) -> Vec<String> {
        let problem = |(section, end): &(Section, SectionEnd)| {
            end.problem.as_ref().map(|problem| format!("{}: {problem}", section.describe()))
        };
        self.ends.iter().filter_map(problem).collect()
    }

    /// Keeps it, in the file that the user named. What is incomplete replaces an older file only if told to.
    pub fn keep(&self, mut target: Target) -> Result<PathBuf, AppError> {
        io::copy(&mut File::open(&self.path)?, &mut target)?;
        let kept = target.commit(self.is_complete());
        kept.map_err(|error| AppError::Target { error, outcome: None })
    }
}
