//! A saved export, mailbox by mailbox.
//!
//! The readers push, a caller pulls: a thread reads ahead a little, and ends when nobody listens any more.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::{AppError, Input, NoProgress, Output, Report, ReportOptions};
use crate::domain::action::{LogonType, PerLogonType};
use crate::domain::baseline::{Baseline, Scope};
use crate::domain::catalog::Catalog;
use crate::domain::list::{ActionList, Property};
use crate::domain::mailbox::PlatformChoice;
use crate::domain::problem::Problems;
use crate::domain::verdict::{Judge, Licence, OrganizationAudit};
use crate::report::{Format, Head, Layout, Row, Tail, Writer};

use super::status::{Failure, NamStatus};
use super::text::{decode, for_powershell};

/// A saved export that is being read.
#[derive(Debug)]
pub struct NamReader {
    items: Mutex<Receiver<Item>>,
}

#[derive(Debug)]
enum Item {
    Mailbox(String),
    /// `AuditDisabled`, which the file itself has.
    Organization(bool),
    Problem(String),
    Failed(String),
}

/// How many mailboxes are read ahead.
const AHEAD: usize = 256;
/// What stands for a property that is absent.
const ABSENT: char = '\u{1}';
const END: char = '\0';

impl NamReader {
    pub(super) fn new(path: Option<&[u16]>) -> Result<NamReader, Failure> {
        let path = PathBuf::from(path.map(decode).unwrap_or_default());
        let (sender, items) = sync_channel(AHEAD);
        // What is judged here is judged again by the caller's question; only the reading counts.
        let judge = Judge::new(
            Catalog::builtin(),
            Baseline::All,
            Scope::WHOLE,
            Licence::Unknown,
            PlatformChoice::Auto,
        )
        .map_err(|error| Failure::new(NamStatus::BadArgument, error.to_string()))?;
        let thread = std::thread::Builder::new().name("nam_reader".to_owned());
        let run = move || {
            if let Err(error) = read(&path, judge, &sender) {
                // Nobody may listen any more.
                let _ = sender.send(Item::Failed(error.to_string()));
            }
        };
        thread.spawn(run).map_err(|error| {
            Failure::new(NamStatus::NoExport, format!("no thread can be started: {error}"))
        })?;
        Ok(NamReader { items: Mutex::new(items) })
    }

    pub(super) fn next(&self) -> Result<(i32, String), Failure> {
        let next = self.items.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(Item::Mailbox(text)) => Ok((1, text)),
            Ok(Item::Organization(disabled)) => Ok((3, switch_text(disabled).to_owned())),
            Ok(Item::Problem(text)) => Ok((2, for_powershell(&text).into_owned())),
            Ok(Item::Failed(text)) => Err(Failure::new(NamStatus::NoExport, for_powershell(&text))),
            // The thread is through.
            Err(_) => Ok((0, String::new())),
        }
    }
}

fn read(path: &std::path::Path, judge: Judge<'static>, sender: &SyncSender<Item>) -> Result<(), AppError> {
    let options = ReportOptions {
        judge: Arc::new(judge),
        organization: OrganizationAudit::Unknown,
        bypass: None,
        format: Format::Ndjson,
        layout: Layout::default(),
        strict: false,
        generated_at: String::new(),
    };
    let (items, file) = (sender.clone(), path.display().to_string());
    let writer = Box::new(Sender { items, file, organization: OrganizationAudit::Unknown, left_out: 0 });
    let mut report = Report::with_writer(options, writer, Problems::default());
    report.read(&[Input::File(path.to_owned())], &NoProgress)?;
    report.finish().map(drop)
}

/// Writes a report into the channel.
struct Sender {
    items: SyncSender<Item>,
    file: String,
    /// The switch that the head has: the caller asks by one for the whole file.
    organization: OrganizationAudit,
    /// The mailboxes for which another one holds.
    left_out: u64,
}

impl Sender {
    fn send(&self, item: Item) -> io::Result<()> {
        self.items.send(item).map_err(|_| io::Error::other("nobody listens"))
    }
}

impl Writer<Output> for Sender {
    fn head(&mut self, head: &Head<'_>) -> io::Result<()> {
        self.organization = head.organization;
        head.organization.audit_disabled().map_or(Ok(()), |disabled| self.send(Item::Organization(disabled)))
    }

    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        if row.organization != self.organization {
            self.left_out += 1;
            return Ok(());
        }
        self.send(Item::Mailbox(texts(row)))
    }

    fn tail(self: Box<Self>, tail: &Tail<'_>) -> io::Result<Output> {
        if self.left_out > 0 {
            self.send(Item::Problem(format!(
                "{}: {} mailboxes are left out: their organisation has another AuditDisabled than the first one; read the \
                 file of each organisation",
                self.file, self.left_out
            )))?;
        }
        // A mailbox that cannot be judged is found again by the caller's question.
        let mut more = tail.problems.count() - tail.problems.unreadable();
        for problem in tail.problems.first().iter().filter(|problem| !problem.is_unreadable()) {
            more -= 1;
            self.send(Item::Problem(problem.to_string()))?;
        }
        if more > 0 {
            self.send(Item::Problem(format!("and {more} more problem(s)")))?;
        }
        // Nothing is written to it.
        Ok(Output::stdout())
    }
}

/// The properties of a mailbox in the order of the interface.
fn texts(row: &Row<'_>) -> String {
    let Row { mailbox, verdict, catalog, .. } = row;
    let switch = |value: &Property<bool>| shown(value, |on| switch_text(*on).to_owned());
    // What the file's own bypass associations say, or else the object itself.
    let bypass = match verdict.bypass.to_option() {
        Some(enabled) => switch_text(enabled).to_owned(),
        None => switch(&mailbox.audit_bypass_enabled),
    };
    let lists = PerLogonType::from_fn(|logon| shown(&mailbox.lists[logon], |list| names(list, catalog)));
    let managed = shown(&mailbox.default_audit_set, |set| {
        set.iter().map(LogonType::name).collect::<Vec<_>>().join(",")
    });
    let id = |id: Option<uuid::Uuid>| id.map_or(ABSENT.to_string(), |id| id.to_string());
    let fields = [
        plain(&mailbox.display_name),
        plain(&mailbox.user_principal_name),
        plain(&mailbox.primary_smtp_address),
        plain(&mailbox.identity),
        plain(&mailbox.distinguished_name),
        plain(&mailbox.recipient_type),
        id(mailbox.guid),
        id(mailbox.exchange_object_id),
        plain(&mailbox.admin_display_version),
        switch(&mailbox.audit_enabled),
        lists.admin,
        lists.delegate,
        lists.owner,
        managed,
        plain(&mailbox.audit_log_age_limit),
        bypass,
    ];
    fields.iter().fold(String::new(), |mut all, field| {
        all.push_str(field);
        all.push(END);
        all
    })
}

fn switch_text(on: bool) -> &'static str {
    if on { "True" } else { "False" }
}

fn plain(text: &str) -> String {
    text.replace(END, "\u{fffd}")
}

fn names(list: &ActionList, catalog: &Catalog) -> String {
    let unknown = list.unrecognized.iter().map(|name| &**name);
    catalog.names(list.actions).chain(unknown).collect::<Vec<_>>().join(",")
}

/// A value as text; one that was refused as a text that is refused again, for the same reason.
fn shown<T>(value: &Property<T>, show: impl FnOnce(&T) -> String) -> String {
    match value {
        Property::Absent => ABSENT.to_string(),
        Property::Known(value) => show(value),
        Property::Refused(fault) => {
            fault.as_refused().map_or_else(|| ABSENT.to_string(), |text| plain(&text))
        }
    }
}
