//! Counts over all mailboxes, besides those of the summary.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::Row;
use crate::domain::action::{LogonType, PerLogonType};
use crate::domain::catalog::Platform;
use crate::domain::verdict::{AuditState, Reason, Remark};

/// Counts by a text of the tenant. There are few in truth, but nobody promises it: after the first ones all others are
/// counted together.
#[derive(Debug)]
pub(super) struct Counts<T> {
    pub(super) by_text: BTreeMap<Box<str>, T>,
    pub(super) others: T,
}

impl<T: Default> Default for Counts<T> {
    fn default() -> Self {
        Counts { by_text: BTreeMap::new(), others: T::default() }
    }
}

impl<T: Default> Counts<T> {
    const KEPT: usize = 200;

    fn of(&mut self, text: &str) -> &mut T {
        if !self.by_text.contains_key(text) {
            if self.by_text.len() >= Counts::<T>::KEPT {
                return &mut self.others;
            }
            self.by_text.insert(text.into(), T::default());
        }
        self.by_text.get_mut(text).unwrap_or(&mut self.others)
    }
}

/// Who manages the list of a logon type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) enum Manager {
    /// Nobody touched it, or nobody can: the actions of a group mailbox are fixed.
    Microsoft,
    /// Somebody customised it.
    Customised,
    /// It could not be told.
    Unknown,
    /// Exchange Server has no managed set.
    Nobody,
}

impl Manager {
    pub(super) const ALL: [Manager; 4] =
        [Manager::Microsoft, Manager::Customised, Manager::Unknown, Manager::Nobody];

    pub(super) fn of(row: &Row<'_>, logon: LogonType) -> Manager {
        let (mailbox, verdict) = (row.mailbox, row.verdict);
        match verdict.platform {
            _ if verdict.reason == Reason::NotReadable => Manager::Unknown,
            Some(Platform::GroupMailbox) => Manager::Microsoft,
            Some(Platform::ExchangeServer) => Manager::Nobody,
            _ if verdict.customized.contains(logon) => Manager::Customised,
            _ if mailbox.default_audit_set.known().is_some() => Manager::Microsoft,
            _ => Manager::Unknown,
        }
    }
}

/// The states of some mailboxes, in the order of [`AuditState::ALL`].
pub(super) type States = [u64; AuditState::ALL.len()];

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) kinds: Counts<States>,
    pub(super) ages: Counts<u64>,
    pub(super) unrecognized: Counts<u64>,
    /// Who manages the lists, in the order of [`Manager::ALL`].
    pub(super) managers: PerLogonType<[u64; Manager::ALL.len()]>,
    /// The mailboxes whose gaps are known, by platform.
    pub(super) judged: [u64; Platform::ALL.len()],
    /// The mailboxes whose gaps are not known.
    pub(super) not_judged: u64,
    /// The mailboxes of an organisation that switched auditing off.
    pub(super) switched_off: u64,
    /// The mailboxes of which it is not known whether their organisation audits.
    pub(super) switch_unknown: u64,
}

impl Tally {
    pub(super) fn add(&mut self, row: &Row<'_>) {
        let (mailbox, verdict) = (row.mailbox, row.verdict);
        self.kinds.of(&mailbox.recipient_type)[verdict.state as usize] += 1;
        *self.ages.of(&mailbox.audit_log_age_limit) += 1;
        for name in mailbox.unrecognized() {
            *self.unrecognized.of(name) += 1;
        }
        match (verdict.platform, verdict.gaps) {
            (Some(platform), Some(_)) => self.judged[platform as usize] += 1,
            _ => self.not_judged += 1,
        }
        self.switched_off += u64::from(verdict.reason == Reason::OrganizationAuditDisabled);
        self.switch_unknown += u64::from(verdict.remarks.contains(Remark::OrganizationUnknown));
        for logon in LogonType::ALL {
            self.managers[logon][Manager::of(row, logon) as usize] += 1;
        }
    }
}
