//! The totals over all mailboxes of a report.

use super::action::{ActionId, ActionSet, LogonType, PerLogonType};
use super::bypass::Bypass;
use super::mailbox::Mailbox;
use super::verdict::{AuditState, Verdict};

/// Counts of mailboxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// All of them.
    pub mailboxes: u64,
    states: [u64; AuditState::ALL.len()],
    /// With at least one gap, for each logon type.
    pub with_gaps: PerLogonType<u64>,
    missing: PerLogonType<[u64; ActionSet::CAPACITY as usize]>,
    /// Whose account bypasses auditing.
    pub bypassed: u64,
    /// Of which it is not known whether their account bypasses auditing.
    pub bypass_unknown: u64,
    /// With at least one logon type that somebody customised.
    pub customized: u64,
    /// That list an action which the catalogue lacks.
    pub unrecognized: u64,
    /// With an action that is no gap only because the licence may not cover it.
    pub not_licensed: u64,
}

impl Default for Summary {
    fn default() -> Self {
        Summary {
            mailboxes: 0,
            states: [0; AuditState::ALL.len()],
            with_gaps: PerLogonType::default(),
            missing: PerLogonType::from_fn(|_| [0; ActionSet::CAPACITY as usize]),
            bypassed: 0,
            bypass_unknown: 0,
            customized: 0,
            unrecognized: 0,
            not_licensed: 0,
        }
    }
}

impl Summary {
    /// Counts one mailbox.
    pub fn add(&mut self, mailbox: &Mailbox<'_>, verdict: &Verdict) {
        self.mailboxes += 1;
        self.states[verdict.state as usize] += 1;
        for (logon, gaps) in verdict.known_gaps().iter() {
            self.with_gaps[logon] += u64::from(!gaps.is_empty());
            for id in gaps.iter() {
                self.missing[logon][id.index()] += 1;
            }
        }
        self.bypassed += u64::from(verdict.bypass == Bypass::Enabled);
        self.bypass_unknown += u64::from(verdict.bypass == Bypass::Unknown);
        self.customized += u64::from(!verdict.customized.is_empty());
        self.unrecognized += u64::from(mailbox.unrecognized().next().is_some());
        self.not_licensed += u64::from(!verdict.not_licensed.is_empty());
    }

    /// How many have that state.
    pub fn state(&self, state: AuditState) -> u64 {
        self.states[state as usize]
    }

    /// The actions that somebody lacks, the most often missing first, then in the catalogue's order.
    pub fn most_missing(&self, logon: LogonType) -> Vec<(ActionId, u64)> {
        let counts = self.missing[logon].iter().enumerate();
        let mut counts: Vec<_> = counts
            .filter(|(_, count)| **count > 0)
            .filter_map(|(index, count)| Some((ActionId::new(index)?, *count)))
            .collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        counts
    }

    /// Whether any mailbox has a gap, or is not audited.
    pub fn has_gaps(&self) -> bool {
        self.state(AuditState::Gap) + self.state(AuditState::NotAudited) > 0
    }
}
