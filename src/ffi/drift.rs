//! Two states that are compared, change by change.
//!
//! As of a saved export, a thread reads ahead a little, and ends when nobody listens any more.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use crate::app::{AppError, CompareOptions, NoProgress, compare};
use crate::domain::problem::Problems;
use crate::report::{ChangeObject, ChangeSink, ComparisonHead};

use super::status::{Failure, NamStatus};
use super::text::{decode, for_powershell};

/// Two states that are being compared.
#[derive(Debug)]
pub struct NamDrift {
    items: Mutex<Receiver<Item>>,
}

#[derive(Debug)]
enum Item {
    Change(String),
    Problem(String),
    Note(String),
    Failed(NamStatus, String),
}

/// How many changes are read ahead.
const AHEAD: usize = 256;
/// What stands for a value that a change does not have.
const ABSENT: &str = "\u{1}";
const END: char = '\0';

impl NamDrift {
    pub(super) fn new(
        old: Option<&[u16]>,
        new: Option<&[u16]>,
        options: CompareOptions,
    ) -> Result<NamDrift, Failure> {
        let path = |text: Option<&[u16]>| PathBuf::from(text.map(decode).unwrap_or_default());
        let (old, new) = (path(old), path(new));
        let (sender, items) = sync_channel(AHEAD);
        let run = move || {
            // Nobody may listen any more.
            let _ = match compare(&old, &new, &options, &NoProgress, Sender(sender.clone())) {
                Ok(compared) => tell(&compared.summary.notes, &compared.problems, &sender),
                Err(error) => Sender(sender).send(Item::Failed(status(&error), error.to_string())),
            };
        };
        std::thread::Builder::new().name("nam_drift".to_owned()).spawn(run).map_err(|error| {
            Failure::new(NamStatus::NoExport, format!("no thread can be started: {error}"))
        })?;
        Ok(NamDrift { items: Mutex::new(items) })
    }

    pub(super) fn next(&self) -> Result<(i32, String), Failure> {
        let next = self.items.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(Item::Change(text)) => Ok((1, text)),
            Ok(Item::Problem(text)) => Ok((2, for_powershell(&text).into_owned())),
            Ok(Item::Note(text)) => Ok((3, text)),
            Ok(Item::Failed(status, text)) => Err(Failure::new(status, for_powershell(&text))),
            // The thread is through.
            Err(_) => Ok((0, String::new())),
        }
    }
}

fn status(error: &AppError) -> NamStatus {
    match error {
        AppError::Question(_) => NamStatus::NothingAsked,
        _ => NamStatus::NoExport,
    }
}

/// What comes behind the changes.
fn tell(notes: &[String], problems: &Problems, sender: &SyncSender<Item>) -> io::Result<()> {
    let sender = Sender(sender.clone());
    for note in notes {
        sender.send(Item::Note(note.clone()))?;
    }
    for problem in problems.first() {
        sender.send(Item::Problem(problem.to_string()))?;
    }
    match problems.count() - problems.first().len() as u64 {
        0 => Ok(()),
        more => sender.send(Item::Problem(format!("and {more} more problem(s)"))),
    }
}

/// Sends changes into the channel.
struct Sender(SyncSender<Item>);

impl Sender {
    fn send(&self, item: Item) -> io::Result<()> {
        self.0.send(item).map_err(|_| io::Error::other("nobody listens"))
    }
}

impl ChangeSink for Sender {
    fn head(&mut self, _: &ComparisonHead) -> io::Result<()> {
        Ok(())
    }

    fn change(&mut self, change: &ChangeObject) -> io::Result<()> {
        self.send(Item::Change(texts(change)))
    }
}

/// The properties of a change in the order of the interface.
fn texts(change: &ChangeObject) -> String {
    let guid = change.guid.map(|guid| guid.to_string());
    let actions = change.actions.join(",");
    let fields: [&str; 14] = [
        change.kind,
        if change.regression { "True" } else { "False" },
        change.subject,
        &change.display_name,
        &change.user_principal_name,
        &change.primary_smtp_address,
        guid.as_deref().unwrap_or_default(),
        &change.recipient_type,
        change.logon_type.unwrap_or(ABSENT),
        &actions,
        change.property,
        change.old.as_deref().unwrap_or(ABSENT),
        change.new.as_deref().unwrap_or(ABSENT),
        &change.text,
    ];
    fields.iter().fold(String::new(), |mut all, field| {
        all.push_str(&field.replace(END, "\u{fffd}"));
        all.push(END);
        all
    })
}
