//! A report in the making.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use super::{AppError, Input, Progress, incomplete, place_of, read_input, wrong_record};
use crate::domain::bypass::{BypassTable, BypassedAccount};
use crate::domain::list::Property;
use crate::domain::mailbox::Mailbox;
use crate::domain::problem::{Place, Problem, ProblemKind, Problems};
use crate::domain::summary::Summary;
use crate::domain::verdict::{Judge, OrganizationAudit, Verdict, bypass_of};
use crate::input::{Content, Item, RecordKind};
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
    organization: OrganizationAudit,
    bypass: Option<Arc<BypassTable>>,
    generated_at: String,
    strict: bool,
    writer: Box<dyn Writer<Output> + Send>,
    began: bool,
    summary: Summary,
    problems: Problems,
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
    /// The organisation's switch, as it was found.
    pub organization: OrganizationAudit,
    /// The accounts that bypass auditing, if they were read.
    pub bypassed: Option<Vec<BypassedAccount>>,
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
        Report {
            writer,
            judge: options.judge,
            organization: options.organization,
            bypass: options.bypass,
            generated_at: options.generated_at,
            strict: options.strict,
            began: false,
            summary: Summary::default(),
            problems,
        }
    }

    /// The problems so far.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// The organisation's switch, as it was found so far.
    pub fn organization(&self) -> OrganizationAudit {
        self.organization
    }

    /// Judges a mailbox and writes it. One that cannot be judged is written as unknown.
    pub fn add(&mut self, place: Place, mailbox: &Mailbox<'_>) -> Result<(), AppError> {
        let bypass = bypass_of(self.bypass.as_deref(), mailbox);
        let verdict = self.judge.judge(mailbox, self.organization, bypass);
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
        Ok(self.writer.row(&Row { mailbox, verdict, catalog: self.judge.catalog() })?)
    }

    fn begin(&mut self) -> Result<(), AppError> {
        if self.began {
            return Ok(());
        }
        self.began = true;
        Ok(self.writer.head(&Head {
            judge: &self.judge,
            organization: self.organization,
            bypass_read: self.bypass.is_some(),
            generated_at: &self.generated_at,
        })?)
    }

    /// Ends the report and puts it in its place.
    pub fn finish(mut self) -> Result<Outcome, AppError> {
        if self.summary.mailboxes == 0 && self.problems.is_empty() {
            self.problem(incomplete(Place::default(), "no mailbox was read, so nothing is known of any"))?;
        }
        self.begin()?;
        let bypassed = self.bypass.as_deref().map(BypassTable::bypassed);
        let output = self.writer.tail(&Tail {
            summary: &self.summary,
            problems: &self.problems,
            bypassed,
            catalog: self.judge.catalog(),
        })?;
        let path = match output {
            Output::Stdout(_) => None,
            Output::File(target) => match target.commit(self.problems.is_empty()) {
                Ok(path) => Some(path),
                Err(error) => return Err(AppError::Target { error, problems: self.problems }),
            },
        };
        Ok(Outcome {
            summary: self.summary,
            problems: self.problems,
            path,
            organization: self.organization,
            bypassed: bypassed.map(<[_]>::to_vec),
        })
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
        let mut ending = Ending::None;
        let mut first_wrong = None;
        let mut failure = None;
        let broken = read_input(input, catalog, progress, &mut |item| {
            let taken = self.take(&file, item, &mut ending).and_then(|problem| {
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
        if let (Some(text), true) = (first_wrong, self.summary.mailboxes == before) {
            return Err(AppError::WrongInput {
                file,
                text: format!("holds no mailbox; of its first record: {text}"),
            });
        }
        if let Some(problem) = broken {
            self.problem(problem)?;
        } else if ending == Ending::Awaited {
            self.problem(incomplete(Place { file: Some(file), ..Place::default() }, REPORT_WITHOUT_END))?;
        }
        Ok(())
    }

    /// Takes what stands in a file; what does not belong there comes back as a problem.
    fn take(
        &mut self,
        file: &Arc<str>,
        item: Item<'_>,
        ending: &mut Ending,
    ) -> Result<Option<Problem>, AppError> {
        let place = place_of(file, &item);
        let record = match item.content {
            Content::Record(record) => record,
            Content::NotAnObject(text) => {
                return Ok(Some(wrong_record(place, None, format!("it is {text}, no mailbox"))));
            }
            Content::Incomplete(text) => return Ok(Some(incomplete(place, text))),
        };
        match record.kind() {
            RecordKind::Mailbox => self.take_mailbox(place, &record.into_mailbox()),
            RecordKind::ReportHead => {
                *ending = Ending::Awaited;
                // Earlier reports know the switch themselves. What was given besides is newer.
                if let (OrganizationAudit::Unknown, Property::Known(disabled)) =
                    (self.organization, record.audit_disabled())
                {
                    self.organization = OrganizationAudit::from_audit_disabled(*disabled);
                }
                Ok(None)
            }
            RecordKind::Summary => {
                *ending = Ending::Seen;
                Ok((!record.says_complete()).then(|| incomplete(place, REPORT_INCOMPLETE)))
            }
            RecordKind::BypassAssociation => {
                Ok(Some(wrong_record(place, None, "it is a bypass association; give the file with --bypass")))
            }
            RecordKind::Organization => Ok(Some(wrong_record(
                place,
                None,
                "it is the organisation's settings; give the file with --organization",
            ))),
        }
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
const REPORT_INCOMPLETE: &str = "it is a report that was incomplete itself";

/// Whether a report that is read again has shown its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    None,
    Awaited,
    Seen,
}
