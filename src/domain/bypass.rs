//! Who bypasses auditing: a property of the acting account, joined to mailboxes by what is unique.

use std::borrow::Cow;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::list::Property;
use super::mailbox::Mailbox;

/// Whether an account's own actions, in any mailbox, are kept out of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Bypass {
    /// It bypasses auditing.
    Enabled,
    /// It does not.
    Disabled,
    /// It was not read, or the read failed. Never taken as [`Bypass::Disabled`].
    #[default]
    Unknown,
}

impl Bypass {
    /// Yes, no, or nothing for unknown.
    pub fn to_option(self) -> Option<bool> {
        match self {
            Bypass::Enabled => Some(true),
            Bypass::Disabled => Some(false),
            Bypass::Unknown => None,
        }
    }
}

impl From<bool> for Bypass {
    fn from(enabled: bool) -> Self {
        if enabled { Bypass::Enabled } else { Bypass::Disabled }
    }
}

/// A row of `Get-MailboxAuditBypassAssociation`. It has no UserPrincipalName, and its Name is not unique.
#[derive(Debug, Clone, Default)]
pub struct BypassAssociation<'a> {
    /// `Name`, for display alone.
    pub name: Cow<'a, str>,
    /// `DistinguishedName`.
    pub distinguished_name: Cow<'a, str>,
    /// `Guid`.
    pub guid: Option<Uuid>,
    /// `ExchangeObjectId`.
    pub exchange_object_id: Option<Uuid>,
    /// `AuditBypassEnabled`, in any case.
    pub audit_bypass_enabled: Property<bool>,
}

impl BypassAssociation<'_> {
    /// Whether nothing in the row can be joined to a mailbox.
    pub fn is_anonymous(&self) -> bool {
        self.guid.is_none() && self.exchange_object_id.is_none() && self.distinguished_name.is_empty()
    }
}

/// An account that bypasses auditing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BypassedAccount {
    /// Its name, or its distinguished name where it has none.
    pub name: String,
    /// Its Guid, if the row had one.
    pub guid: Option<Uuid>,
}

/// The associations of a tenant. Its memory grows with their number, not with that of the mailboxes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BypassTable {
    by_id: FxHashMap<Uuid, Bypass>,
    by_name: FxHashMap<Box<str>, Bypass>,
    bypassed: Vec<BypassedAccount>,
    rows: u64,
}

impl BypassTable {
    /// Takes a row. A row without a value says unknown; two rows that disagree on one account do so too.
    pub fn insert(&mut self, row: &BypassAssociation<'_>) {
        self.rows += 1;
        let bypass = row.audit_bypass_enabled.known().copied().map_or(Bypass::Unknown, Bypass::from);
        for id in unique_ids(row.guid, row.exchange_object_id) {
            join(self.by_id.entry(id), bypass);
        }
        if !row.distinguished_name.is_empty() {
            join(self.by_name.entry(fold(&row.distinguished_name).into()), bypass);
        }
        if bypass == Bypass::Enabled {
            let name = if row.name.is_empty() { &row.distinguished_name } else { &row.name };
            self.bypassed
                .push(BypassedAccount { name: name.to_string(), guid: row.guid.or(row.exchange_object_id) });
        }
    }

    /// What the associations say of a mailbox's account: joined by Guid and ExchangeObjectId, or else by
    /// DistinguishedName. Where two of them disagree, it is unknown.
    pub fn find(&self, mailbox: &Mailbox<'_>) -> Bypass {
        let found = unique_ids(mailbox.guid, mailbox.exchange_object_id)
            .filter_map(|id| self.by_id.get(&id).copied())
            .reduce(agree);
        if let Some(bypass) = found {
            return bypass;
        }
        if mailbox.distinguished_name.is_empty() {
            return Bypass::Unknown;
        }
        self.by_name.get(fold(&mailbox.distinguished_name).as_ref()).copied().unwrap_or_default()
    }

    /// How many rows it took.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The accounts that bypass auditing, those without a mailbox included, in the order of their rows.
    pub fn bypassed(&self) -> &[BypassedAccount] {
        &self.bypassed
    }
}

fn join<K>(entry: Entry<'_, K, Bypass>, bypass: Bypass) {
    entry.and_modify(|known| *known = agree(*known, bypass)).or_insert(bypass);
}

fn agree(left: Bypass, right: Bypass) -> Bypass {
    if left == right { left } else { Bypass::Unknown }
}

/// The ids that identify: not the empty one, which any account may carry, and each once.
pub(super) fn unique_ids(guid: Option<Uuid>, exchange_object_id: Option<Uuid>) -> impl Iterator<Item = Uuid> {
    let other = exchange_object_id.filter(|id| guid != Some(*id));
    guid.into_iter().chain(other).filter(|id| !id.is_nil())
}

/// Distinguished names compare without case.
pub(super) fn fold(name: &str) -> Cow<'_, str> {
    if name.is_ascii() && !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.to_lowercase())
    }
}
