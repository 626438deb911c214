//! A report in the making.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::tenant::take_association;
use super::{AppError, Input, Progress, incomplete, read_input, wrong_record};
use crate::domain::bypass::{Bypass, BypassTable, BypassedAccount};
use crate::domain::catalog::Catalog;
use crate::domain::list::Property;
use crate::domain::mailbox::Mailbox;
use crate::domain::problem::{Place, Problem, ProblemKind, Problems};
use crate::domain::section::Section;
use crate::domain::summary::Summary;
use crate::domain::verdict::{Judge, OrganizationAudit, Verdict, bypass_of};
use crate::input::{Content, Item, Record, RecordKind};
use crate::report::{self, Format, Head, Layout, Row, Tail, Target, Writer};

/// To where a report is written.
#[derive(Debug)]
pub enum Output {
    /// A file.
    File(Target),
    /// Standard output.
    Stdout(io::BufWriter<io::Stdout>),
}

impl Output {
    /// Standard output.
    pub fn stdout() -> Output {
        Output::Stdout(io::BufWriter::with_capacity(128 * 1024, io::stdout()))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Output::File(file) => file.write(bytes),
            Output::Stdout(stdout) => stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Output::File(file) => file.flush(),
            Output::Stdout(stdout) => stdout.flush(),
        }
    }
}

/// A report in the making: mailboxes go in one by one, from wherever they come.
pub struct Report {
    judge: Arc<Judge<'static>>,
    /// What was given besides the mailboxes: it holds for all of them.
    given: Tenant,
    /// What holds for the mailboxes that come now: what was given, or else what their own file says.
    tenant: Tenant,
    /// The worst that holds for one of the mailboxes so far.
    organization: Option<OrganizationAudit>,
    /// The accounts that bypass auditing, of all tables so far.
    bypassed: Option<Vec<BypassedAccount>>,
    generated_at: String,
    strict: bool,
    /// Say of each mailbox whose it is.
    tenants: bool,
    writer: Box<dyn Writer<Output> + Send>,
    began: bool,
    summary: Summary,
    problems: Problems,
}

/// What is read once for all mailboxes of a tenant.
#[derive(Debug, Clone, Default)]
struct Tenant {
    name: Option<String>,
    organization: OrganizationAudit,
    bypass: Option<Arc<BypassTable>>,
}

/// What a report needs besides its mailboxes.
#[derive(Debug, Clone)]
pub struct ReportOptions {
    /// By what to judge.
    pub judge: Arc<Judge<'static>>,
    /// The organisation's switch.
    pub organization: OrganizationAudit,
    /// The bypass associations, if they were read.
    pub bypass: Option<Arc<BypassTable>>,
    /// The format of the report.
    pub format: Format,
    /// What it shows.
    pub layout: Layout,
    /// End at the first problem.
    pub strict: bool,
    /// When, as an RFC 3339 timestamp: see [`super::timestamp`].
    pub generated_at: String,
}

/// What became of a report.
#[derive(Debug)]
pub struct Outcome {
    /// The totals.
    pub summary: Summary,
    /// What makes it incomplete.
    pub problems: Problems,
    /// Where it stands; nothing for standard output.
    pub path: Option<PathBuf>,
    /// The organisation's switch, as it was found; of several organisations the worst.
    pub organization: OrganizationAudit,
    /// The accounts that bypass auditing, if they were read.
    pub bypassed: Option<Vec<BypassedAccount>>,
}

impl Outcome {
    /// The totals as JSON: the `Summary` of a JSON report, with the organisation's switch.
    pub fn summary_json(&self, catalog: &Catalog) -> String {
        let tail = Tail {
            summary: &self.summary,
            problems: &self.problems,
            bypassed: self.bypassed.as_deref(),
            catalog,
        };
        report::summary_json(&tail, self.organization)
    }
}

impl Report {
    /// Begins a report. Problems of what was read before come along.
    pub fn new(options: ReportOptions, output: Output, problems: Problems) -> Report {
        let writer = report::writer(options.format, options.layout, output);
        Report::with_writer(options, writer, problems)
    }

    /// Begins a report that is written in another way than those of [`report::writer`].
    pub fn with_writer(
        options: ReportOptions,
        writer: Box<dyn Writer<Output> + Send>,
        problems: Problems,
    ) -> Report {
        let given = Tenant { name: None, organization: options.organization, bypass: options.bypass };
        Report {
            writer,
            judge: options.judge,
            bypassed: given.bypass.as_deref().map(|table| table.bypassed().to_vec()),
            tenant: given.clone(),
            given,
            organization: None,
            generated_at: options.generated_at,
            strict: options.strict,
            tenants: options.layout.tenants,
            began: false,
            summary: Summary::default(),
            problems,
        }
    }

    /// The problems so far.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// How many mailboxes it has so far.
    pub fn mailboxes(&self) -> u64 {
        self.summary.mailboxes
    }

    /// The organisation's switch, as it was found so far.
    pub fn organization(&self) -> OrganizationAudit {
        self.tenant.organization
    }

    /// What the bypass associations that hold now say of a mailbox.
    pub fn bypass_of(&self, mailbox: &Mailbox<'_>) -> Bypass {
        bypass_of(self.tenant.bypass.as_deref(), mailbox)
    }

    /// Judges a mailbox and writes it. One that cannot be judged is written as unknown.
    pub fn add(&mut self, place: Place, mailbox: &Mailbox<'_>) -> Result<(), AppError> {
        let verdict = self.judge.judge(mailbox, self.tenant.organization, self.bypass_of(mailbox));
        if !verdict.faults.is_empty() {
            self.problem(Problem {
                place,
                mailbox: Some(mailbox.label().to_owned()),
                kind: ProblemKind::Unreadable(verdict.faults.clone()),
            })?;
        }
        self.write(mailbox, &verdict)
    }

    /// Takes a problem that is no mailbox's, such as a read that stopped early.
    pub fn problem(&mut self, problem: Problem) -> Result<(), AppError> {
        if self.strict {
            return Err(AppError::Strict(problem));
        }
        self.problems.push(problem);
        Ok(())
    }

    fn write(&mut self, mailbox: &Mailbox<'_>, verdict: &Verdict) -> Result<(), AppError> {
        self.begin()?;
        self.summary.add(mailbox, verdict);
        let judge = &*self.judge;
        let organization = mailbox.organization(self.tenant.organization);
        self.organization = Some(self.organization.map_or(organization, |worst| worst.worse(organization)));
        let tenant = self.tenant.name.as_deref().filter(|_| self.tenants);
        Ok(self.writer.row(&Row {
            mailbox,
            verdict,
            organization,
            tenant,
            judge,
            catalog: judge.catalog(),
        })?)
    }

    fn begin(&mut self) -> Result<(), AppError> {
        if self.began {
            return Ok(());
        }
        self.began = true;
        Ok(self.writer.head(&Head {
            judge: &self.judge,
            organization: self.tenant.organization,
            bypass_read: self.tenant.bypass.is_some(),
            generated_at: &self.generated_at,
        })?)
    }

    /// Ends the report and puts it in its place.
    pub fn finish(mut self) -> Result<Outcome, AppError> {
        if self.summary.mailboxes == 0 && self.problems.is_empty() {
            self.problem(incomplete(Place::default(), "no mailbox was read, so nothing is known of any"))?;
        }
        self.begin()?;
        let output = self.writer.tail(&Tail {
            summary: &self.summary,
            problems: &self.problems,
            bypassed: self.bypassed.as_deref(),
            catalog: self.judge.catalog(),
        })?;
        let placed = match output {
            Output::Stdout(_) => Ok(None),
            Output::File(target) => target.commit(self.problems.is_empty()).map(Some),
        };
        let mut outcome = Outcome {
            summary: self.summary,
            problems: self.problems,
            path: None,
            organization: self.organization.unwrap_or(self.tenant.organization),
            bypassed: self.bypassed,
        };
        match placed {
            Ok(path) => outcome.path = path,
            Err(error) => return Err(AppError::Target { error, outcome: Some(Box::new(outcome)) }),
        }
        Ok(outcome)
    }

    /// Reads saved exports of mailboxes into the report.
    ///
    /// # Errors
    ///
    /// When a file cannot be opened, or holds no mailbox but other things: it was named to be used.
    pub fn read(&mut self, inputs: &[Input], progress: &dyn Progress) -> Result<(), AppError> {
        inputs.iter().try_for_each(|input| self.read_one(input, progress))
    }

    fn read_one(&mut self, input: &Input, progress: &dyn Progress) -> Result<(), AppError> {
        let file = input.name();
        let catalog = self.judge.catalog();
        let before = self.summary.mailboxes;
        self.tenant = self.given.clone();
        let mut state = FileState::default();
        let mut first_wrong = None;
        let mut failure = None;
        let broken = read_input(input, catalog, progress, &mut |item| {
            let taken = self.take(input.place(&file, &item), item, &mut state).and_then(|problem| {
                let Some(problem) = problem else { return Ok(()) };
                if let ProblemKind::WrongRecord(text) = &problem.kind {
                    first_wrong.get_or_insert_with(|| text.clone());
                }
                self.problem(problem)
            });
            match taken {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(failure) = failure {
            return Err(failure);
        }
        let is_export = state.saved.is_none() && self.summary.mailboxes == before;
        if let (Some(text), true) = (first_wrong, is_export) {
            return Err(AppError::WrongInput {
                file,
                text: format!("holds no mailbox; of its first record: {text}"),
            });
        }
        if let Some(problem) = broken {
            self.problem(problem)?;
        } else if state.ending == Ending::Awaited {
            let text = if state.saved.is_some() { SAVED_WITHOUT_END } else { REPORT_WITHOUT_END };
            self.problem(incomplete(Place { file: Some(file), ..Place::default() }, text))?;
        }
        Ok(())
    }

    /// Takes what stands in a file; what does not belong there comes back as a problem.
    fn take(
        &mut self,
        place: Place,
        item: Item<'_>,
        state: &mut FileState,
    ) -> Result<Option<Problem>, AppError> {
        let record = match item.content {
            Content::Record(record) => record,
            Content::NotAnObject(text) => {
                return Ok(Some(wrong_record(place, None, format!("it is {text}, no mailbox"))));
            }
            Content::Incomplete(text) => return Ok(Some(incomplete(place, text))),
        };
        let kind = record.kind();
        if let (Some(saved), true) = (&mut state.saved, kind != RecordKind::SectionEnd) {
            saved.records += 1;
        }
        match kind {
            RecordKind::Mailbox => self.take_mailbox(place, &record.into_mailbox()),
            RecordKind::ReportHead => {
                state.ending = Ending::Awaited;
                self.take_switch(&record);
                Ok(None)
            }
            RecordKind::SavedHead => {
                self.tenant.name = Some(record.tenant()).filter(|name| !name.is_empty()).map(str::to_owned);
                *state = FileState { ending: Ending::Awaited, saved: Some(SavedState::default()) };
                Ok(None)
            }
            RecordKind::SectionEnd => Ok(self.take_section_end(place, &record, state)),
            RecordKind::Organization if state.saved.is_some() => {
                self.take_switch(&record);
                Ok(None)
            }
            RecordKind::BypassAssociation if let Some(saved) = &mut state.saved => {
                Ok(take_association(&mut saved.bypass, record, place))
            }
            RecordKind::Summary => {
                state.ending = Ending::Seen;
                Ok((!record.says_complete()).then(|| incomplete(place, REPORT_INCOMPLETE)))
            }
            RecordKind::BypassAssociation => {
                Ok(Some(wrong_record(place, None, "it is a bypass association; give the file with --bypass")))
            }
            RecordKind::Part => Ok(Some(wrong_record(
                place,
                None,
                "it is a line of an expanded report or of a comparison; give a report made without --expand",
            ))),
            RecordKind::Organization => Ok(Some(wrong_record(
                place,
                None,
                "it is the organisation's settings; give the file with --organization",
            ))),
        }
    }

    /// Takes the switch that a file knows itself. What was given besides is newer.
    fn take_switch(&mut self, record: &Record<'_>) {
        if let (OrganizationAudit::Unknown, Property::Known(disabled)) =
            (self.tenant.organization, record.audit_disabled())
        {
            self.tenant.organization = OrganizationAudit::from_audit_disabled(*disabled);
        }
    }

    /// Takes the end of a section of a saved input; comes back with what makes it incomplete.
    fn take_section_end(
        &mut self,
        place: Place,
        record: &Record<'_>,
        state: &mut FileState,
    ) -> Option<Problem> {
        let Some(saved) = &mut state.saved else {
            return Some(wrong_record(
                place,
                None,
                "it is the end of a section, of a saved input without a head",
            ));
        };
        let Some((section, end)) = record.section_end() else {
            return Some(incomplete(place, "it is the end of a section that is not known"));
        };
        let found = std::mem::take(&mut saved.records);
        match section {
            Section::Organization => {}
            Section::BypassAssociations => {
                let table = std::mem::take(&mut saved.bypass);
                // Of a read that failed nothing is known, not even that nobody bypasses auditing.
                if self.tenant.bypass.is_none() && (end.problem.is_none() || table.rows() > 0) {
                    self.bypassed.get_or_insert_default().extend_from_slice(table.bypassed());
                    self.tenant.bypass = Some(Arc::new(table));
                }
            }
            Section::Mailboxes => state.ending = Ending::Seen,
        }
        let counted = end.records;
        let text = end.problem.or_else(|| {
            (found != counted)
                .then(|| format!("{counted} records were saved, {found} are there; read the tenant again"))
        })?;
        Some(Problem { place, mailbox: None, kind: ProblemKind::IncompleteSection(section, text) })
    }

    fn take_mailbox(&mut self, place: Place, mailbox: &Mailbox<'_>) -> Result<Option<Problem>, AppError> {
        let Some(why) = mailbox.not_a_mailbox() else {
            return self.add(place, mailbox).map(|()| None);
        };
        let name = Some(mailbox.label().to_owned());
        Ok(Some(wrong_record(place, name, format!("it is no mailbox: {why}"))))
    }
}

const REPORT_WITHOUT_END: &str = "it is a report without its end; write it again";
const SAVED_WITHOUT_END: &str = "it is a saved input without its end; read the tenant again";
const REPORT_INCOMPLETE: &str = "it is a report that was incomplete itself";

/// What a file has told of itself so far.
#[derive(Debug, Default)]
struct FileState {
    ending: Ending,
    /// Of a saved input.
    saved: Option<SavedState>,
}

/// The section of a saved input that is being read.
#[derive(Debug, Default)]
struct SavedState {
    bypass: BypassTable,
    records: u64,
}

/// Whether a report that is read again, or a saved input, has shown its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Ending {
    #[default]
    None,
    Awaited,
    Seen,
}
