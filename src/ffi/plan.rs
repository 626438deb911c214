//! Plans, and the record that undoes them.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::app::{self, RecordError, RecordWriter};
use crate::domain::baseline::Scope;
use crate::domain::bypass::Bypass;
use crate::domain::catalog::Catalog;
use crate::domain::mailbox::Mailbox;
use crate::domain::remediation::{AgeLimit, Changed, ListWish, Wish};
use crate::domain::undo::Before;

use super::judge::NamJudge;
use super::options::{bad_argument, logon_types, nothing_asked, patterns};
use super::report::MailboxTexts;
use super::status::{Failure, NamStatus};
use super::text::{decode, for_powershell};

/// What is wanted, as it was passed.
pub(super) struct WishTexts<'a> {
    pub(super) logon_types: u32,
    pub(super) actions: Option<&'a [u16]>,
    pub(super) lists: i32,
    pub(super) age_limit: Option<&'a [u16]>,
    pub(super) end_bypass: i32,
}

impl WishTexts<'_> {
    fn wish(&self, catalog: &Catalog) -> Result<Wish, Failure> {
        let actions = self.actions.map(decode).unwrap_or_default();
        let scope = Scope::narrow(catalog, logon_types(self.logon_types)?, &patterns(&actions))
            .map_err(nothing_asked)?;
        let lists = match self.lists {
            0 => ListWish::Leave,
            1 => ListWish::Add,
            2 => ListWish::RestoreDefault,
            other => return Err(bad_argument("lists", other)),
        };
        let limit = |units| {
            let text = decode(units);
            AgeLimit::parse(&text).ok_or_else(|| {
                let message = format!(
                    "{text:?} is no age limit: give days, such as 180, or a time span such as 180.00:00:00, above 0 \
                     and up to 24855 days"
                );
                Failure::new(NamStatus::BadArgument, message)
            })
        };
        let age_limit = self.age_limit.filter(|text| !text.is_empty()).map(limit).transpose()?;
        Ok(Wish { lists, scope, age_limit, end_bypass: self.end_bypass != 0 })
    }
}

/// Plans for a mailbox. Gives the plan and the state before.
pub(super) fn enable(
    judge: &NamJudge,
    mailbox: Option<&[u16]>,
    wish: &WishTexts<'_>,
) -> Result<(String, String), Failure> {
    let (judge, _) = judge.question();
    let wish = wish.wish(judge.catalog())?;
    let mailbox = read_mailbox(judge.catalog(), mailbox)?;
    let texts = app::plan_json(judge, &mailbox, own_bypass(&mailbox), &wish);
    Ok((for_powershell(&texts.plan).into_owned(), texts.before))
}

/// Plans what undoes a line of a record. Gives the plan and the state before it.
pub(super) fn restore(line: Option<&[u16]>, mailbox: Option<&[u16]>) -> Result<(String, String), Failure> {
    let catalog = Catalog::builtin();
    let mailbox = read_mailbox(catalog, mailbox)?;
    let line = line.map(decode).unwrap_or_default();
    let texts = app::restore_json(catalog, &line, &mailbox, own_bypass(&mailbox)).map_err(bad_json)?;
    Ok((for_powershell(&texts.plan).into_owned(), texts.before))
}

/// How to go on after a call that failed.
pub(super) fn answer(call: Option<&[u16]>, text: Option<&[u16]>) -> Result<String, Failure> {
    let call = call.map(decode).unwrap_or_default();
    app::answer_json(&call, &text.map(decode).unwrap_or_default()).map_err(bad_json)
}

fn bad_json(error: serde_json::Error) -> Failure {
    Failure::new(NamStatus::BadArgument, format!("not what a plan or a record gave: {error}"))
}

fn own_bypass(mailbox: &Mailbox<'_>) -> Bypass {
    mailbox.audit_bypass_enabled.known().copied().map_or(Bypass::Unknown, Bypass::from)
}

/// A mailbox as one text, in the form in which a reader gives it.
fn read_mailbox(catalog: &Catalog, text: Option<&[u16]>) -> Result<Mailbox<'static>, Failure> {
    const FIELDS: usize = 16;
    const ABSENT: &[u16] = &[1];
    let text = text.unwrap_or_default();
    let mut fields: Vec<_> = text.split(|unit| *unit == 0).collect();
    // Each is followed by a NUL, the last one too.
    let rest = fields.pop();
    let Ok(fields) = <[&[u16]; FIELDS]>::try_from(fields) else {
        return Err(Failure::new(
            NamStatus::BadArgument,
            "a mailbox has 16 properties, each followed by a NUL",
        ));
    };
    if rest.is_some_and(|rest| !rest.is_empty()) {
        return Err(Failure::new(
            NamStatus::BadArgument,
            "the last property of a mailbox has no NUL behind it",
        ));
    }
    let mut fields = fields.into_iter().map(|field| (field != ABSENT).then_some(field));
    let mut next = || fields.next().flatten();
    // In the order in which they stand here.
    let texts = MailboxTexts {
        display_name: next(),
        user_principal_name: next(),
        primary_smtp_address: next(),
        identity: next(),
        distinguished_name: next(),
        recipient_type_details: next(),
        guid: next(),
        exchange_object_id: next(),
        admin_display_version: next(),
        audit_enabled: next(),
        audit_admin: next(),
        audit_delegate: next(),
        audit_owner: next(),
        default_audit_set: next(),
        audit_log_age_limit: next(),
        audit_bypass_enabled: next(),
    };
    Ok(texts.mailbox(catalog))
}

/// A record that is written.
#[derive(Debug)]
pub struct NamRecord {
    writer: Mutex<RecordWriter>,
}

impl NamRecord {
    pub(super) fn new(path: Option<&[u16]>) -> Result<NamRecord, Failure> {
        let writer = RecordWriter::open(&path_of(path)).map_err(no_record)?;
        Ok(NamRecord { writer: Mutex::new(writer) })
    }

    /// Adds what is about to be changed. It is on the disk when this returns.
    pub(super) fn add(&self, before: Option<&[u16]>, changes: Option<&[u16]>) -> Result<(), Failure> {
        let before: Before =
            serde_json::from_str(&before.map(decode).unwrap_or_default()).map_err(bad_json)?;
        let changes = changes.map(decode).unwrap_or_default();
        let names = changes.split(',').map(str::trim).filter(|name| !name.is_empty());
        let changes: Vec<Changed> = names.map(changed).collect::<Result<_, _>>()?;
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.add(before, &changes).map_err(no_record)
    }
}

fn changed(name: &str) -> Result<Changed, Failure> {
    serde_json::from_value(name.into()).map_err(|_| bad_argument("changes", name))
}

/// A record that is read: line by line, what was written down of one thing put together.
#[derive(Debug)]
pub struct NamUndo {
    items: Mutex<VecDeque<(i32, String)>>,
}

impl NamUndo {
    pub(super) fn new(path: Option<&[u16]>) -> Result<NamUndo, Failure> {
        let (entries, problems) = app::read_record(&path_of(path)).map_err(no_record)?;
        let mut items: VecDeque<_> = problems.into_iter().map(|text| (2, text)).collect();
        for entry in entries {
            items.push_back((1, serde_json::to_string(&entry).map_err(bad_json)?));
        }
        Ok(NamUndo { items: Mutex::new(items) })
    }

    pub(super) fn next(&self) -> (i32, String) {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).pop_front().unwrap_or_default()
    }
}

fn path_of(path: Option<&[u16]>) -> PathBuf {
    PathBuf::from(path.map(decode).unwrap_or_default())
}

fn no_record(error: RecordError) -> Failure {
    Failure::new(NamStatus::NoRecord, error.to_string())
}
