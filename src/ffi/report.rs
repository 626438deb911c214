//! A report that mailboxes go into one by one.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::{self, AppError, Input, NoProgress, Outcome, Output, Report, ReportOptions};
use crate::domain::action::PerLogonType;
use crate::domain::bypass::{Bypass, BypassTable};
use crate::domain::catalog::Catalog;
use crate::domain::list::{NameList, bool_from_text};
use crate::domain::mailbox::Mailbox;
use crate::domain::problem::{Place, Problem, ProblemKind, Problems};
use crate::domain::verdict::{Judge, OrganizationAudit};
use crate::report::{Columns, Format, Layout, Target};

use super::bypass::{Keys, NamBypass, uuid};
use super::judge::{NamJudge, NamProblem, Settings, field, problem, problem_text, read};
use super::options::{bad_argument, to_clobber};
use super::status::{Failure, NamStatus};
use super::text::{decode, for_powershell};

/// A report in the making. Freed before it is finished, it leaves no trace.
#[derive(Debug)]
pub struct NamReport {
    state: Mutex<State>,
}

enum State {
    /// Its place was tried; by what to judge comes with the first mailbox.
    Tried { target: Target, format: Format, layout: Layout },
    /// Mailboxes go in.
    Open { report: Box<Report>, asked: Asked, count: u64 },
    /// Finished, or failed.
    Closed,
}

impl std::fmt::Debug for State {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("State")
    }
}

/// How the report is to be, as numbers.
pub(super) struct Shape<'a> {
    pub(super) path: Option<&'a [u16]>,
    pub(super) format: i32,
    pub(super) columns: i32,
    pub(super) only_gaps: i32,
    pub(super) expand: i32,
    pub(super) clobber: i32,
}

/// A mailbox as texts, each as the property prints.
pub(super) struct MailboxTexts<'a> {
    pub(super) display_name: Option<&'a [u16]>,
    pub(super) user_principal_name: Option<&'a [u16]>,
    pub(super) primary_smtp_address: Option<&'a [u16]>,
    pub(super) identity: Option<&'a [u16]>,
    pub(super) distinguished_name: Option<&'a [u16]>,
    pub(super) recipient_type_details: Option<&'a [u16]>,
    pub(super) guid: Option<&'a [u16]>,
    pub(super) exchange_object_id: Option<&'a [u16]>,
    pub(super) admin_display_version: Option<&'a [u16]>,
    pub(super) audit_enabled: Option<&'a [u16]>,
    pub(super) audit_admin: Option<&'a [u16]>,
    pub(super) audit_delegate: Option<&'a [u16]>,
    pub(super) audit_owner: Option<&'a [u16]>,
    pub(super) default_audit_set: Option<&'a [u16]>,
    pub(super) audit_log_age_limit: Option<&'a [u16]>,
    pub(super) audit_bypass_enabled: Option<&'a [u16]>,
}

/// The texts out of the arguments of an export. Not for use outside of the exports.
macro_rules! mailbox_texts {
    ($($field:ident $length:ident),+ $(,)?) => {
        $crate::ffi::report::MailboxTexts { $($field: text_argument!($field, $length)),+ }
    };
}
pub(super) use mailbox_texts;

impl<'a> MailboxTexts<'a> {
    /// What its verdict depends on.
    pub(super) fn settings(&self, bypass: Option<&NamBypass>) -> Settings<'a> {
        let mut texts = [None; field::COUNT];
        texts[field::ADMIN] = self.audit_admin;
        texts[field::DELEGATE] = self.audit_delegate;
        texts[field::OWNER] = self.audit_owner;
        texts[field::DEFAULT_AUDIT_SET] = self.default_audit_set;
        texts[field::RECIPIENT_TYPE] = self.recipient_type_details;
        texts[field::VERSION] = self.admin_display_version;
        texts[field::AUDIT_ENABLED] = self.audit_enabled;
        let is_there = |text: Option<&[u16]>| text.is_some_and(|units| !units.is_empty());
        Settings {
            texts,
            bypass: self.bypass(bypass),
            has_address: is_there(self.user_principal_name) || is_there(self.primary_smtp_address),
        }
    }

    /// What the associations say of its account, or without any the object itself.
    fn bypass(&self, table: Option<&NamBypass>) -> Bypass {
        match (table, self.audit_bypass_enabled) {
            (Some(table), _) => table.find(Keys {
                guid: self.guid,
                exchange_object_id: self.exchange_object_id,
                distinguished_name: self.distinguished_name,
            }),
            // Rare, as no mailbox of Exchange has it, and the only case that takes memory.
            (None, Some(text)) => bool_from_text(&decode(text)).map_or(Bypass::Unknown, Bypass::from),
            (None, None) => Bypass::Unknown,
        }
    }

    pub(super) fn mailbox(&self, catalog: &Catalog) -> Mailbox<'static> {
        let text = |units: Option<&[u16]>| units.map(decode).unwrap_or_default().into();
        let list = |units| read(units, |text| NameList::from_text(catalog, text));
        // An empty text is what a CSV file has for null.
        let switch = |units: Option<&[u16]>| read(units.filter(|units| !units.is_empty()), bool_from_text);
        Mailbox {
            display_name: text(self.display_name),
            user_principal_name: text(self.user_principal_name),
            primary_smtp_address: text(self.primary_smtp_address),
            identity: text(self.identity),
            distinguished_name: text(self.distinguished_name),
            recipient_type: text(self.recipient_type_details),
            guid: uuid(self.guid),
            exchange_object_id: uuid(self.exchange_object_id),
            admin_display_version: text(self.admin_display_version),
            known_platform: None,
            known_organization: None,
            audit_enabled: switch(self.audit_enabled),
            lists: PerLogonType {
                admin: list(self.audit_admin),
                delegate: list(self.audit_delegate),
                owner: list(self.audit_owner),
            },
            default_audit_set: read(self.default_audit_set, |text| NameList::from_text(catalog, text)),
            audit_log_age_limit: text(self.audit_log_age_limit),
            audit_bypass_enabled: switch(self.audit_bypass_enabled),
        }
    }
}

impl NamReport {
    /// Tries the place of the report, before anything slow begins.
    pub(super) fn new(shape: &Shape<'_>) -> Result<NamReport, Failure> {
        let path = PathBuf::from(shape.path.map(decode).unwrap_or_default());
        let format = match shape.format {
            -1 => format_of(&path)?,
            0 => Format::Csv,
            1 => Format::Json,
            2 => Format::Ndjson,
            3 => Format::Html,
            other => return Err(bad_argument("format", other)),
        };
        let columns = match shape.columns {
            0 => Columns::All,
            1 => Columns::Classic,
            other => return Err(bad_argument("columns", other)),
        };
        let clobber = to_clobber(shape.clobber)?;
        let (only_gaps, expand) = (shape.only_gaps != 0, shape.expand != 0);
        let layout = Layout { columns, only_gaps, expand, ..Layout::default() };
        format.check(layout).map_err(|why| {
            Failure::new(NamStatus::NoReport, format!("{why}: leave out -Expand, or choose another format"))
        })?;
        let target = Target::create(&path, clobber).map_err(no_report)?;
        Ok(NamReport { state: Mutex::new(State::Tried { target, format, layout }) })
    }

    /// Judges a mailbox and writes it. A failure is told with what the mailbox's problem is, if it has one.
    pub(super) fn add(
        &self,
        judge: &NamJudge,
        bypass: Option<&NamBypass>,
        texts: &MailboxTexts<'_>,
    ) -> Result<(), (NamProblem, Failure)> {
        let no_problem = |failure| (NamProblem::None, failure);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.open(judge, bypass).map_err(no_problem)?;
        let State::Open { report, asked, count } = &mut *state else {
            return Err(no_problem(closed()));
        };
        let judge = &asked.judge;
        *count += 1;
        let place = Place { record: Some(*count), ..Place::default() };
        let mailbox = texts.mailbox(judge.catalog());
        if let Some(why) = mailbox.not_a_mailbox() {
            let text = format!("it is no mailbox: {why}");
            let kind = ProblemKind::WrongRecord(text.clone());
            let problem = Problem { place, mailbox: Some(mailbox.label().to_owned()), kind };
            report.problem(problem).map_err(no_report).map_err(no_problem)?;
            return Err((
                NamProblem::NotAMailbox,
                Failure::new(NamStatus::NotAMailbox, for_powershell(&text)),
            ));
        }
        let problems = report.problems().count();
        if let Err(error) = report.add(place, &mailbox) {
            // Half a row may be written: nothing may become of this report.
            *state = State::Closed;
            return Err(no_problem(no_report(error)));
        }
        if report.problems().count() == problems {
            return Ok(());
        }
        let verdict = judge.judge(&mailbox, report.organization(), report.bypass_of(&mailbox));
        let text = problem_text(&mailbox, &verdict);
        Err((problem(&mailbox, &verdict), Failure::new(NamStatus::Unreadable, for_powershell(&text))))
    }

    /// Takes a problem that is no mailbox's: what was to be read is not all there.
    pub(super) fn problem(
        &self,
        judge: &NamJudge,
        bypass: Option<&NamBypass>,
        text: Option<&[u16]>,
    ) -> Result<(), Failure> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.open(judge, bypass)?;
        let State::Open { report, .. } = &mut *state else { return Err(closed()) };
        let kind = ProblemKind::Incomplete(text.map(decode).unwrap_or_default());
        report.problem(Problem { place: Place::default(), mailbox: None, kind }).map_err(no_report)
    }

    /// Reads what was saved into it, with the organisation's switch and the bypass associations if it has them.
    pub(super) fn read(
        &self,
        judge: &NamJudge,
        bypass: Option<&NamBypass>,
        input: Input,
    ) -> Result<(), Failure> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.open(judge, bypass)?;
        let State::Open { report, .. } = &mut *state else { return Err(closed()) };
        report.read(&[input], &NoProgress).map_err(|error| {
            *state = State::Closed;
            Failure::new(NamStatus::NoExport, for_powershell(&error.to_string()))
        })
    }

    /// Ends the report and puts it in its place. What it says is told even where it cannot stand there.
    pub(super) fn finish(
        &self,
        judge: &NamJudge,
        bypass: Option<&NamBypass>,
    ) -> Result<(Outcome, Result<(), Failure>), Failure> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Tried { .. } = *state {
            state.open(judge, bypass)?;
        }
        match std::mem::replace(&mut *state, State::Closed) {
            State::Open { report, .. } => match report.finish() {
                Ok(outcome) => Ok((outcome, Ok(()))),
                Err(AppError::Target { error, outcome: Some(outcome) }) => {
                    Ok((*outcome, Err(no_report(error))))
                }
                Err(error) => Err(no_report(error)),
            },
            State::Tried { .. } | State::Closed => Err(closed()),
        }
    }
}

impl State {
    /// Begins the report with the first mailbox; all others must be asked about in the same way.
    fn open(&mut self, judge: &NamJudge, bypass: Option<&NamBypass>) -> Result<(), Failure> {
        let (question, organization) = judge.question();
        let table = bypass.map(NamBypass::table);
        if let State::Open { asked, .. } = self {
            if asked.is(question, organization, table) {
                return Ok(());
            }
            let message = "the mailboxes of one report must all be asked about in the same way: export the results \
                           of each question by themselves";
            return Err(Failure::new(NamStatus::OtherQuestion, message));
        }
        let State::Tried { target, format, layout } = std::mem::replace(self, State::Closed) else {
            return Err(closed());
        };
        let options = ReportOptions {
            judge: question.clone(),
            organization,
            bypass: table.cloned(),
            format,
            layout,
            strict: false,
            generated_at: app::timestamp(),
        };
        let report = Box::new(Report::new(options, Output::File(target), Problems::default()));
        let asked = Asked { judge: question.clone(), organization, bypass: table.cloned() };
        *self = State::Open { report, asked, count: 0 };
        Ok(())
    }
}

/// What the mailboxes of a report are asked.
struct Asked {
    judge: Arc<Judge<'static>>,
    organization: OrganizationAudit,
    bypass: Option<Arc<BypassTable>>,
}

impl Asked {
    /// Whether this is the same question. Remembers one that is the same in other words, so that it is compared once.
    fn is(
        &mut self,
        judge: &Arc<Judge<'static>>,
        organization: OrganizationAudit,
        bypass: Option<&Arc<BypassTable>>,
    ) -> bool {
        let same_table = match (&self.bypass, bypass) {
            (Some(known), Some(given)) => Arc::ptr_eq(known, given),
            (None, None) => true,
            _ => false,
        };
        if Arc::ptr_eq(&self.judge, judge) && same_table && self.organization == organization {
            return true;
        }
        let is_same = self.judge.asks_the_same_as(judge)
            && self.bypass.as_ref() == bypass
            && self.organization == organization;
        if is_same {
            (self.judge, self.bypass) = (judge.clone(), bypass.cloned());
        }
        is_same
    }
}

fn format_of(path: &std::path::Path) -> Result<Format, Failure> {
    let Some(extension) = path.extension() else { return Ok(Format::Csv) };
    Format::from_extension(&extension.to_string_lossy()).ok_or_else(|| {
        let message = format!(
            "{}: the extension tells no format; name it .csv, .html, .json or .ndjson, or add -Format",
            path.display()
        );
        Failure::new(NamStatus::NoReport, message)
    })
}

pub(super) fn no_report(error: impl std::fmt::Display) -> Failure {
    Failure::new(NamStatus::NoReport, for_powershell(&error.to_string()))
}

fn closed() -> Failure {
    Failure::new(NamStatus::BadArgument, "the report is finished or failed: make a new one")
}
