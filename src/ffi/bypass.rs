//! The associations of a tenant, collected row by row.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use uuid::Uuid;

use crate::domain::bypass::{Bypass, BypassAssociation, BypassTable};
use crate::domain::list::{Fault, Property, bool_from_text};
use crate::domain::mailbox::Mailbox;

use super::status::{Failure, NamStatus};
use super::text::decode;

/// What `Get-MailboxAuditBypassAssociation` gave. It is filled first and asked then: asking needs no lock.
#[derive(Debug, Default)]
pub struct NamBypass {
    filling: Mutex<BypassTable>,
    filled: OnceLock<Arc<BypassTable>>,
}

/// What identifies an account, as texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys<'a> {
    pub(super) guid: Option<&'a [u16]>,
    pub(super) exchange_object_id: Option<&'a [u16]>,
    pub(super) distinguished_name: Option<&'a [u16]>,
}

impl NamBypass {
    /// Takes a row. What is not understood counts as unknown, and is told.
    pub(super) fn add(
        &self,
        name: Option<&[u16]>,
        keys: Keys<'_>,
        enabled: Option<&[u16]>,
    ) -> Result<(), Failure> {
        if self.filled.get().is_some() {
            let message = "the table was asked before: no row can be added any more";
            return Err(Failure::new(NamStatus::BadArgument, message));
        }
        let row = row(name, keys, enabled);
        let complaint = complaint(&row);
        if !row.is_anonymous() {
            self.filling.lock().unwrap_or_else(PoisonError::into_inner).insert(&row);
        }
        complaint.map_or(Ok(()), |text| Err(Failure::new(NamStatus::BadBypassRow, text)))
    }

    /// What the rows say of a mailbox's account.
    pub(super) fn find(&self, keys: Keys<'_>) -> Bypass {
        let ids = Mailbox {
            guid: uuid(keys.guid),
            exchange_object_id: uuid(keys.exchange_object_id),
            ..Mailbox::default()
        };
        let table = self.table();
        let found = table.find(&ids);
        let (Bypass::Unknown, Some(name)) = (found, keys.distinguished_name) else { return found };
        // Rare, and the only case that takes memory: no row has one of the ids.
        table.find(&Mailbox { distinguished_name: decode(name).into(), ..ids })
    }

    /// All rows; none can be added from now on.
    pub(super) fn table(&self) -> &Arc<BypassTable> {
        self.filled.get_or_init(|| {
            let mut filling = self.filling.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::new(std::mem::take(&mut *filling))
        })
    }
}

/// A row, out of texts as its properties print.
pub(super) fn row(
    name: Option<&[u16]>,
    keys: Keys<'_>,
    enabled: Option<&[u16]>,
) -> BypassAssociation<'static> {
    let enabled = enabled.filter(|text| !text.is_empty());
    BypassAssociation {
        name: name.map(decode).unwrap_or_default().into(),
        distinguished_name: keys.distinguished_name.map(decode).unwrap_or_default().into(),
        guid: uuid(keys.guid),
        exchange_object_id: uuid(keys.exchange_object_id),
        audit_bypass_enabled: enabled.map_or(Property::Absent, |text| bool_from_text(&decode(text)).into()),
    }
}

fn complaint(row: &BypassAssociation<'_>) -> Option<String> {
    let name = if row.name.is_empty() { &row.distinguished_name } else { &row.name };
    if row.is_anonymous() {
        return Some(format!(
            "the bypass association {name:?} has neither Guid, ExchangeObjectId nor DistinguishedName, so no mailbox \
             can be joined to it; pass the objects of Get-MailboxAuditBypassAssociation -ResultSize Unlimited as \
             they are"
        ));
    }
    let fault = row.audit_bypass_enabled.fault()?;
    let what = match fault {
        Fault::Missing => "has no AuditBypassEnabled".to_owned(),
        _ => "has an AuditBypassEnabled that is neither True nor False".to_owned(),
    };
    Some(format!(
        "the bypass association {name:?} {what}: it counts as unknown; pass the objects of \
         Get-MailboxAuditBypassAssociation -ResultSize Unlimited as they are"
    ))
}

/// Reads a Guid without taking memory.
pub(super) fn uuid(text: Option<&[u16]>) -> Option<Uuid> {
    const LONGEST: usize = "{00000000-0000-0000-0000-000000000000}".len();
    let text = text.filter(|text| text.len() <= LONGEST)?;
    let mut ascii = [0; LONGEST];
    for (byte, unit) in ascii.iter_mut().zip(text) {
        *byte = u8::try_from(*unit).ok()?;
    }
    let id = Uuid::try_parse_ascii(ascii[..text.len()].trim_ascii()).ok()?;
    // What an object without a Guid has in its place: it would join strangers.
    (!id.is_nil()).then_some(id)
}
