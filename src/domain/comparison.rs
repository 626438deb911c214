//! What changed between two states of a tenant.
//!
//! The older state is held, a mailbox in some hundred bytes; the newer one passes by. Mailboxes are joined by Guid, or
//! else by ExchangeObjectId or DistinguishedName: names and addresses are not unique, or move on to somebody else.
//! What is unknown on one side is said as unknown, never as a change.

use std::sync::Arc;

use enumset::EnumSet;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use super::action::{ActionSet, LogonType, PerLogonType};
use super::bypass::{Bypass, BypassedAccount, fold, unique_ids};
use super::catalog::Platform;
use super::list::Property;
use super::mailbox::Mailbox;
use super::verdict::{AuditState, Judge, OrganizationAudit, Verdict};

/// What changed, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Of what.
    pub subject: Subject,
    /// What changed.
    pub difference: Difference,
}

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The organisation as a whole.
    Organization,
    /// A mailbox.
    Mailbox(MailboxName),
    /// An account that has no mailbox on either side.
    Account(BypassedAccount),
}

/// What a mailbox is called: as the newer state has it, or the older one for a mailbox that is gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailboxName {
    /// `DisplayName`.
    pub display_name: Box<str>,
    /// `UserPrincipalName`.
    pub user_principal_name: Box<str>,
    /// `PrimarySmtpAddress`.
    pub primary_smtp_address: Box<str>,
    /// `Guid`, or `ExchangeObjectId` where there is none.
    pub guid: Option<Uuid>,
    /// `RecipientTypeDetails`.
    pub recipient_type: Box<str>,
}

impl MailboxName {
    fn of(mailbox: &Mailbox<'_>) -> MailboxName {
        MailboxName {
            display_name: (&*mailbox.display_name).into(),
            user_principal_name: (&*mailbox.user_principal_name).into(),
            primary_smtp_address: (&*mailbox.primary_smtp_address).into(),
            guid: mailbox.guid.or(mailbox.exchange_object_id),
            recipient_type: (&*mailbox.recipient_type).into(),
        }
    }

    /// What to call it in a sentence.
    pub fn label(&self) -> &str {
        [&self.user_principal_name, &self.primary_smtp_address, &self.display_name]
            .into_iter()
            .find(|name| !name.is_empty())
            .map_or("(mailbox without a name)", |name| name)
    }
}

/// A change. Each has its opposite: swapping the two states gives that one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The mailbox was not there; now it is, and stands so.
    MailboxNew(AuditState),
    /// The mailbox is not there any more; it stood so.
    MailboxGone(AuditState),
    /// Actions that were audited are not any more.
    NewlyNotAudited(LogonType, ActionSet),
    /// Actions that were not audited are now.
    NewlyAudited(LogonType, ActionSet),
    /// The account bypasses auditing now.
    BypassBegun,
    /// The account does not bypass auditing any more.
    BypassEnded,
    /// The list of that logon type is not managed by Microsoft any more.
    ManagedLeft(LogonType),
    /// The list of that logon type is managed by Microsoft again.
    ManagedRegained(LogonType),
    /// The mailbox stands otherwise; both are known.
    StateChanged(AuditState, AuditState),
    /// The organisation's `AuditDisabled` has this value now, and had the other.
    OrganizationChanged {
        /// The value now.
        audit_disabled: bool,
    },
    /// Records are kept for another time: `AuditLogAgeLimit`.
    AgeLimitChanged(Box<str>, Box<str>),
    /// This was known, and is unknown now.
    BecameUnknown(Known),
    /// This was unknown, and is known now: whether it changed cannot be told.
    BecameKnown(Known),
}

/// What is known on one side only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// That the mailbox is there, and stands so: the other side is incomplete and lacks it.
    Mailbox(AuditState),
    /// How it stands.
    State(AuditState),
    /// Which actions are audited.
    Actions,
    /// Which lists Microsoft manages.
    Managed(EnumSet<LogonType>),
    /// Whether the account bypasses auditing.
    Bypass(bool),
    /// Who bypasses auditing.
    BypassAssociations,
    /// The organisation's `AuditDisabled`.
    AuditDisabled(bool),
}

impl Known {
    /// Whether anything could be taken as audited for it.
    fn speaks_for_auditing(self) -> bool {
        match self {
            Known::Mailbox(state) | Known::State(state) => severity(state) < severity(AuditState::Unknown),
            Known::Bypass(disables) | Known::AuditDisabled(disables) => !disables,
            Known::Actions | Known::BypassAssociations => true,
            // As for a list that was customised: what it holds is audited all the same.
            Known::Managed(_) => false,
        }
    }
}

impl Difference {
    /// The one rule of what is a regression: **less is known to be audited, or for a shorter time, than before**.
    /// Unknown counts as not audited, here as everywhere.
    ///
    /// So a mailbox that is new is none, as nothing of it was audited before; an account that bypasses auditing
    /// is one, new or not. A list that Microsoft does not manage any more is none by itself: what it lost is.
    pub fn is_regression(&self) -> bool {
        match self {
            Difference::NewlyNotAudited(..) | Difference::BypassBegun => true,
            Difference::StateChanged(old, new) => severity(*new) > severity(*old),
            Difference::OrganizationChanged { audit_disabled } => *audit_disabled,
            Difference::AgeLimitChanged(old, new) => match (seconds(old), seconds(new)) {
                (Some(old), Some(new)) => new < old,
                _ => true,
            },
            Difference::BecameUnknown(known) => known.speaks_for_auditing(),
            Difference::MailboxNew(_)
            | Difference::MailboxGone(_)
            | Difference::NewlyAudited(..)
            | Difference::BypassEnded
            | Difference::ManagedLeft(_)
            | Difference::ManagedRegained(_)
            | Difference::BecameKnown(_) => false,
        }
    }

    /// Its kind.
    pub fn kind(&self) -> ChangeKind {
        match self {
            Difference::MailboxNew(_) => ChangeKind::MailboxNew,
            Difference::MailboxGone(_) => ChangeKind::MailboxGone,
            Difference::NewlyNotAudited(..) => ChangeKind::NewlyNotAudited,
            Difference::NewlyAudited(..) => ChangeKind::NewlyAudited,
            Difference::BypassBegun => ChangeKind::BypassBegun,
            Difference::BypassEnded => ChangeKind::BypassEnded,
            Difference::ManagedLeft(_) => ChangeKind::ManagedLeft,
            Difference::ManagedRegained(_) => ChangeKind::ManagedRegained,
            Difference::StateChanged(..) => ChangeKind::StateChanged,
            Difference::OrganizationChanged { .. } => ChangeKind::OrganizationChanged,
            Difference::AgeLimitChanged(..) => ChangeKind::AgeLimitChanged,
            Difference::BecameUnknown(_) => ChangeKind::BecameUnknown,
            Difference::BecameKnown(_) => ChangeKind::BecameKnown,
        }
    }
}

/// How far a state is from audited. Unknown is taken as not audited.
fn severity(state: AuditState) -> u8 {
    match state {
        AuditState::Audited => 0,
        AuditState::Gap => 1,
        AuditState::NotAudited | AuditState::Unknown => 2,
    }
}

/// The kinds of [`Difference`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// [`Difference::OrganizationChanged`]
    OrganizationChanged,
    /// [`Difference::BypassBegun`]
    BypassBegun,
    /// [`Difference::BypassEnded`]
    BypassEnded,
    /// [`Difference::NewlyNotAudited`]
    NewlyNotAudited,
    /// [`Difference::NewlyAudited`]
    NewlyAudited,
    /// [`Difference::StateChanged`]
    StateChanged,
    /// [`Difference::BecameUnknown`]
    BecameUnknown,
    /// [`Difference::BecameKnown`]
    BecameKnown,
    /// [`Difference::ManagedLeft`]
    ManagedLeft,
    /// [`Difference::ManagedRegained`]
    ManagedRegained,
    /// [`Difference::AgeLimitChanged`]
    AgeLimitChanged,
    /// [`Difference::MailboxNew`]
    MailboxNew,
    /// [`Difference::MailboxGone`]
    MailboxGone,
}

impl ChangeKind {
    /// All of them, what weighs most first.
    pub const ALL: [ChangeKind; 13] = [
        ChangeKind::OrganizationChanged,
        ChangeKind::BypassBegun,
        ChangeKind::BypassEnded,
        ChangeKind::NewlyNotAudited,
        ChangeKind::NewlyAudited,
        ChangeKind::StateChanged,
        ChangeKind::BecameUnknown,
        ChangeKind::BecameKnown,
        ChangeKind::ManagedLeft,
        ChangeKind::ManagedRegained,
        ChangeKind::AgeLimitChanged,
        ChangeKind::MailboxNew,
        ChangeKind::MailboxGone,
    ];

    /// The name, as the reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            ChangeKind::OrganizationChanged => "OrganizationChanged",
            ChangeKind::BypassBegun => "BypassBegun",
            ChangeKind::BypassEnded => "BypassEnded",
            ChangeKind::NewlyNotAudited => "NewlyNotAudited",
            ChangeKind::NewlyAudited => "NewlyAudited",
            ChangeKind::StateChanged => "StateChanged",
            ChangeKind::BecameUnknown => "BecameUnknown",
            ChangeKind::BecameKnown => "BecameKnown",
            ChangeKind::ManagedLeft => "ManagedLeft",
            ChangeKind::ManagedRegained => "ManagedRegained",
            ChangeKind::AgeLimitChanged => "AgeLimitChanged",
            ChangeKind::MailboxNew => "MailboxNew",
            ChangeKind::MailboxGone => "MailboxGone",
        }
    }
}

/// The seconds of a .NET time span, `[d.]hh:mm:ss[.f]`, or of a number of days alone.
fn seconds(span: &str) -> Option<u64> {
    let number = |text: &str| text.parse::<u64>().ok();
    let Some((head, rest)) = span.trim().split_once(':') else {
        return number(span.trim())?.checked_mul(86_400);
    };
    let (days, hours) = head.split_once('.').unwrap_or(("0", head));
    let (minutes, rest) = rest.split_once(':')?;
    let whole = rest.split('.').next()?;
    let of_day = number(hours)? * 3600 + number(minutes)? * 60 + number(whole)?;
    number(days)?.checked_mul(86_400)?.checked_add(of_day)
}

/// What is known of a state before its mailboxes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The organisation's switch.
    pub organization: OrganizationAudit,
    /// Whether it was read who bypasses auditing.
    pub bypass_read: bool,
}

/// What is known of a state after its mailboxes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ending {
    /// Whether all mailboxes were read: what is not there does not exist.
    pub all_mailboxes: bool,
    /// Whether all bypass associations were read: who is not there does not bypass auditing.
    pub all_bypass: bool,
    /// The accounts that bypass auditing, if they were read.
    pub bypassed: Option<Vec<BypassedAccount>>,
}

/// Why a record could not be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinFault {
    /// Nothing in it is unique.
    #[error(
        "it has no Guid, ExchangeObjectId or DistinguishedName, so it cannot be found in the other state"
    )]
    NoKey,
    /// The same mailbox stands in the state with other settings.
    #[error("it stands there twice with different settings; the first was compared")]
    Twice,
}

/// What is compared of one mailbox. Many share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Standing {
    platform: Option<Platform>,
    state: AuditState,
    gaps: Option<PerLogonType<ActionSet>>,
    managed: Option<EnumSet<LogonType>>,
    bypass: Bypass,
    age_limit: Box<str>,
}

impl Standing {
    fn of(mailbox: &Mailbox<'_>, verdict: &Verdict) -> Standing {
        let managed = match (verdict.platform, &mailbox.default_audit_set) {
            (Some(Platform::ExchangeOnline), Property::Known(managed)) => Some(*managed),
            _ => None,
        };
        // A group has no account that could act.
        let is_group = verdict.platform == Some(Platform::GroupMailbox);
        Standing {
            platform: verdict.platform,
            state: verdict.state,
            gaps: verdict.gaps,
            managed,
            bypass: if is_group { Bypass::Unknown } else { verdict.bypass },
            age_limit: mailbox.audit_log_age_limit.trim().into(),
        }
    }
}

type StandingId = u32;
type Place = usize;

/// A mailbox of either side.
#[derive(Debug)]
struct Held {
    name: MailboxName,
    has_ids: bool,
    older: Option<StandingId>,
    newer: Option<StandingId>,
}

#[derive(Debug, Clone, Copy)]
enum Side {
    Older,
    Newer,
}

impl Held {
    fn standing(&mut self, side: Side) -> &mut Option<StandingId> {
        match side {
            Side::Older => &mut self.older,
            Side::Newer => &mut self.newer,
        }
    }
}

/// The mailboxes of the older state, and those that the newer one has besides.
#[derive(Debug, Default)]
struct Roster {
    held: Vec<Held>,
    by_id: FxHashMap<Uuid, Place>,
    by_name: FxHashMap<Box<str>, Place>,
    standings: Vec<Standing>,
    standing_ids: FxHashMap<Standing, StandingId>,
}

impl Roster {
    fn intern(&mut self, standing: Standing) -> StandingId {
        if let Some(id) = self.standing_ids.get(&standing) {
            return *id;
        }
        // Memory ends long before these numbers do.
        let id = StandingId::try_from(self.standings.len()).unwrap_or(StandingId::MAX);
        self.standings.push(standing.clone());
        self.standing_ids.insert(standing, id);
        id
    }

    fn standing(&self, id: StandingId) -> &Standing {
        &self.standings[id as usize]
    }

    /// By Guid first, by DistinguishedName only where one of the two has no id: a mailbox that was deleted and made
    /// again has the name of the old one, and other ids.
    fn find(&self, mailbox: &Mailbox<'_>) -> Option<Place> {
        let mut ids = unique_ids(mailbox.guid, mailbox.exchange_object_id).peekable();
        let has_ids = ids.peek().is_some();
        if let Some(place) = ids.find_map(|id| self.by_id.get(&id)) {
            return Some(*place);
        }
        let place = *self.by_name.get(fold(&mailbox.distinguished_name).as_ref())?;
        (!has_ids || !self.held[place].has_ids).then_some(place)
    }

    /// Puts a mailbox's standing in its place, or tells why not.
    fn put(
        &mut self,
        side: Side,
        mailbox: &Mailbox<'_>,
        standing: Standing,
    ) -> Result<Option<Place>, JoinFault> {
        let has_ids = unique_ids(mailbox.guid, mailbox.exchange_object_id).next().is_some();
        if !has_ids && mailbox.distinguished_name.is_empty() {
            return Err(JoinFault::NoKey);
        }
        let id = self.intern(standing);
        let place = self.find(mailbox).unwrap_or_else(|| {
            let name = MailboxName::of(mailbox);
            self.held.push(Held { name, has_ids, older: None, newer: None });
            self.held.len() - 1
        });
        // All that it is known by from now on, the other side may have.
        for id in unique_ids(mailbox.guid, mailbox.exchange_object_id) {
            self.by_id.entry(id).or_insert(place);
        }
        if !mailbox.distinguished_name.is_empty() {
            self.by_name.entry(fold(&mailbox.distinguished_name).into()).or_insert(place);
        }
        match self.held[place].standing(side) {
            Some(known) if *known == id => Ok(None),
            Some(_) => Err(JoinFault::Twice),
            none => {
                *none = Some(id);
                Ok(Some(place))
            }
        }
    }
}

/// One state besides its mailboxes.
#[derive(Debug, Default)]
struct Tenant {
    circumstances: Circumstances,
    ending: Ending,
    bypassed: FxHashSet<Uuid>,
}

impl Tenant {
    fn end(&mut self, ending: Ending) {
        self.bypassed = ending.bypassed.iter().flatten().filter_map(|account| account.guid).collect();
        self.ending = ending;
    }

    /// What the accounts say of one that no mailbox of this state belongs to.
    fn bypass_of(&self, id: Option<Uuid>) -> Bypass {
        if id.is_some_and(|id| self.bypassed.contains(&id)) {
            Bypass::Enabled
        } else if self.ending.all_bypass && self.ending.bypassed.is_some() {
            Bypass::Disabled
        } else {
            Bypass::Unknown
        }
    }
}

/// The older state, which is read first.
#[derive(Debug)]
pub struct Older {
    judge: Arc<Judge<'static>>,
    roster: Roster,
    tenant: Tenant,
}

impl Older {
    /// Begins with what both states are asked.
    pub fn new(judge: Arc<Judge<'static>>, circumstances: Circumstances) -> Older {
        let tenant = Tenant { circumstances, ..Tenant::default() };
        Older { judge, roster: Roster::default(), tenant }
    }

    /// What both states are asked.
    pub fn judge(&self) -> &Arc<Judge<'static>> {
        &self.judge
    }

    /// Takes a mailbox.
    ///
    /// # Errors
    ///
    /// When it cannot be found again in the newer state: the comparison is incomplete then.
    pub fn add(&mut self, mailbox: &Mailbox<'_>, bypass: Bypass) -> Result<(), JoinFault> {
        let verdict = self.judge.judge(mailbox, self.tenant.circumstances.organization, bypass);
        self.roster.put(Side::Older, mailbox, Standing::of(mailbox, &verdict)).map(drop)
    }

    /// Ends the older state and begins the newer one. What changed of the organisation comes along.
    pub fn end(mut self, ending: Ending, newer: Circumstances) -> (Comparison, Vec<Change>) {
        self.tenant.end(ending);
        let changes = organization_changes(self.tenant.circumstances, newer)
            .map(|difference| Change { subject: Subject::Organization, difference });
        let newer = Tenant { circumstances: newer, ..Tenant::default() };
        let Older { judge, roster, tenant } = self;
        (Comparison { judge, roster, older: tenant, newer, age_limit_unread: [0; 2] }, changes.collect())
    }
}

fn organization_changes(old: Circumstances, new: Circumstances) -> impl Iterator<Item = Difference> {
    let switch = match (old.organization.audit_disabled(), new.organization.audit_disabled()) {
        (Some(old), Some(new)) if old != new => Some(Difference::OrganizationChanged { audit_disabled: new }),
        (Some(old), None) => Some(Difference::BecameUnknown(Known::AuditDisabled(old))),
        (None, Some(new)) => Some(Difference::BecameKnown(Known::AuditDisabled(new))),
        _ => None,
    };
    let bypass = match (old.bypass_read, new.bypass_read) {
        (true, false) => Some(Difference::BecameUnknown(Known::BypassAssociations)),
        (false, true) => Some(Difference::BecameKnown(Known::BypassAssociations)),
        _ => None,
    };
    switch.into_iter().chain(bypass)
}

/// The older state, and what was seen of the newer one.
#[derive(Debug)]
pub struct Comparison {
    judge: Arc<Judge<'static>>,
    roster: Roster,
    older: Tenant,
    newer: Tenant,
    age_limit_unread: [u64; 2],
}

/// What is left to say once the newer state is through.
#[derive(Debug)]
pub struct Rest {
    /// What is gone, and the accounts without a mailbox.
    pub changes: Vec<Change>,
    /// The accounts that bypass auditing, on either side, which nothing identifies.
    pub unjoined: Vec<BypassedAccount>,
    /// The mailboxes on both sides.
    pub joined: u64,
    /// Whether it was read in neither state who bypasses auditing.
    pub bypass_unread: bool,
    /// Whether the organisation's switch was read in neither.
    pub organization_unread: bool,
    /// Those of them whose `AuditLogAgeLimit` only the newer side has, and only the older one.
    pub age_limit_unread: [u64; 2],
}

impl Comparison {
    /// What both states are asked.
    pub fn judge(&self) -> &Arc<Judge<'static>> {
        &self.judge
    }

    /// Takes a mailbox of the newer state, and tells what changed.
    ///
    /// # Errors
    ///
    /// When it cannot be found in the older state: the comparison is incomplete then.
    pub fn add(&mut self, mailbox: &Mailbox<'_>, bypass: Bypass) -> Result<Vec<Change>, JoinFault> {
        let verdict = self.judge.judge(mailbox, self.newer.circumstances.organization, bypass);
        let new = Standing::of(mailbox, &verdict);
        let Some(place) = self.roster.put(Side::Newer, mailbox, new.clone())? else {
            // It stands there once more and says the same.
            return Ok(Vec::new());
        };
        let held = &self.roster.held[place];
        let differences = match held.older {
            Some(old) => {
                let old = self.roster.standing(old);
                match (old.age_limit.is_empty(), new.age_limit.is_empty()) {
                    (true, false) => self.age_limit_unread[0] += 1,
                    (false, true) => self.age_limit_unread[1] += 1,
                    _ => {}
                }
                self.differences(old, &new)
            }
            None => self.appeared(held.name.guid, &new),
        };
        if differences.is_empty() {
            return Ok(Vec::new());
        }
        let subject = Subject::Mailbox(MailboxName::of(mailbox));
        let change = |difference| Change { subject: subject.clone(), difference };
        Ok(differences.into_iter().map(change).collect())
    }

    /// What changed of a mailbox that stands on both sides.
    fn differences(&self, old: &Standing, new: &Standing) -> Vec<Difference> {
        let mut found = Vec::new();
        found.extend(match (old.state, new.state) {
            (old, new) if old == new => None,
            (AuditState::Unknown, new) => Some(Difference::BecameKnown(Known::State(new))),
            (old, AuditState::Unknown) => Some(Difference::BecameUnknown(Known::State(old))),
            (old, new) => Some(Difference::StateChanged(old, new)),
        });
        let say_unknown = old.state == new.state;
        match (&old.gaps, &new.gaps) {
            (Some(_), Some(_)) => found.extend(self.actions(old, new)),
            (Some(_), None) if say_unknown => found.push(Difference::BecameUnknown(Known::Actions)),
            (None, Some(_)) if say_unknown => found.push(Difference::BecameKnown(Known::Actions)),
            _ => {}
        }
        found.extend(managed(old, new));
        found.extend(self.bypass(old.bypass, new.bypass));
        let both_read = !old.age_limit.is_empty() && !new.age_limit.is_empty();
        if both_read && !same_span(&old.age_limit, &new.age_limit) {
            found.push(Difference::AgeLimitChanged(old.age_limit.clone(), new.age_limit.clone()));
        }
        found
    }

    /// The actions that are missing on one side, and were asked about and audited on the other: what cannot be audited
    /// on a platform was not audited there, and is no gap.
    fn actions(&self, old: &Standing, new: &Standing) -> impl Iterator<Item = Difference> {
        let (lost, gained) = (self.only_missing(old, new), self.only_missing(new, old));
        LogonType::ALL.into_iter().flat_map(move |logon| {
            let lost = Some(lost[logon]).filter(|set| !set.is_empty());
            let gained = Some(gained[logon]).filter(|set| !set.is_empty());
            let lost = lost.map(|set| Difference::NewlyNotAudited(logon, set));
            lost.into_iter().chain(gained.map(|set| Difference::NewlyAudited(logon, set)))
        })
    }

    /// What is missing in `there`, and was asked about and is not missing in `here`.
    fn only_missing(&self, here: &Standing, there: &Standing) -> PerLogonType<ActionSet> {
        let (Some(platform), Some(audited), Some(missing)) = (here.platform, here.gaps, there.gaps) else {
            return PerLogonType::default();
        };
        let asked = self.judge.wanted(platform);
        PerLogonType::from_fn(|logon| (missing[logon] & asked[logon]) - audited[logon])
    }

    fn bypass(&self, old: Bypass, new: Bypass) -> Option<Difference> {
        let known = |bypass: Bypass| bypass.to_option().map(Known::Bypass);
        // Where the associations were not read at all, that is said once, of the organisation.
        let worth_saying =
            |known: Bypass, read: bool| known == Bypass::Enabled || (known == Bypass::Disabled && read);
        match (old, new) {
            (Bypass::Disabled, Bypass::Enabled) => Some(Difference::BypassBegun),
            (Bypass::Enabled, Bypass::Disabled) => Some(Difference::BypassEnded),
            (old, Bypass::Unknown) if worth_saying(old, self.newer.circumstances.bypass_read) => {
                known(old).map(Difference::BecameUnknown)
            }
            (Bypass::Unknown, new) if worth_saying(new, self.older.circumstances.bypass_read) => {
                known(new).map(Difference::BecameKnown)
            }
            _ => None,
        }
    }

    /// A mailbox that only the newer state has. Its account may be older than it.
    fn appeared(&self, id: Option<Uuid>, new: &Standing) -> Vec<Difference> {
        let there = if self.older.ending.all_mailboxes {
            Difference::MailboxNew(new.state)
        } else {
            Difference::BecameKnown(Known::Mailbox(new.state))
        };
        let bypass = self.bypass_of_one(self.older.bypass_of(id), new.bypass);
        std::iter::once(there).chain(bypass).collect()
    }

    /// A mailbox that only the older state has. Its account may go on.
    fn vanished(&self, id: Option<Uuid>, old: &Standing) -> Vec<Difference> {
        let gone = if self.newer.ending.all_mailboxes {
            Difference::MailboxGone(old.state)
        } else {
            Difference::BecameUnknown(Known::Mailbox(old.state))
        };
        let bypass = self.bypass_of_one(old.bypass, self.newer.bypass_of(id));
        std::iter::once(gone).chain(bypass).collect()
    }

    /// Of an account that has no mailbox on one side, only a bypass is worth saying.
    fn bypass_of_one(&self, old: Bypass, new: Bypass) -> Option<Difference> {
        (old == Bypass::Enabled || new == Bypass::Enabled).then(|| self.bypass(old, new))?
    }

    /// Ends the newer state.
    pub fn end(mut self, ending: Ending) -> Rest {
        self.newer.end(ending);
        let mut changes = Vec::new();
        let mut joined = 0;
        for held in &self.roster.held {
            let (Some(old), None) = (held.older, held.newer) else {
                joined += u64::from(held.older.is_some());
                continue;
            };
            let subject = Subject::Mailbox(held.name.clone());
            let differences = self.vanished(held.name.guid, self.roster.standing(old));
            changes.extend(
                differences.into_iter().map(|difference| Change { subject: subject.clone(), difference }),
            );
        }
        let mut unjoined = Vec::new();
        changes.extend(self.account_changes(&mut unjoined));
        let states = [self.older.circumstances, self.newer.circumstances];
        Rest {
            changes,
            unjoined,
            joined,
            bypass_unread: states.iter().all(|state| !state.bypass_read),
            organization_unread: states.iter().all(|state| state.organization == OrganizationAudit::Unknown),
            age_limit_unread: self.age_limit_unread,
        }
    }

    /// The accounts that have no mailbox on either side.
    fn account_changes(&self, unjoined: &mut Vec<BypassedAccount>) -> Vec<Change> {
        let mut seen = FxHashSet::default();
        let mut changes = Vec::new();
        for account in
            [&self.newer, &self.older].into_iter().flat_map(|tenant| &tenant.ending.bypassed).flatten()
        {
            let Some(id) = account.guid else {
                unjoined.push(account.clone());
                continue;
            };
            if self.roster.by_id.contains_key(&id) || !seen.insert(id) {
                continue;
            }
            let difference = self.bypass(self.older.bypass_of(Some(id)), self.newer.bypass_of(Some(id)));
            let subject = Subject::Account(account.clone());
            changes.extend(difference.map(|difference| Change { subject, difference }));
        }
        changes
    }
}

fn managed(old: &Standing, new: &Standing) -> Vec<Difference> {
    match (old.managed, new.managed) {
        (Some(old), Some(new)) => {
            let left = (old - new).iter().map(Difference::ManagedLeft);
            left.chain((new - old).iter().map(Difference::ManagedRegained)).collect()
        }
        // Where a mailbox could not be read at all, its state says so; other platforms have no such set.
        (Some(known), None) if is_read_in_the_cloud(new) => {
            vec![Difference::BecameUnknown(Known::Managed(known))]
        }
        (None, Some(known)) if is_read_in_the_cloud(old) => {
            vec![Difference::BecameKnown(Known::Managed(known))]
        }
        _ => Vec::new(),
    }
}

fn is_read_in_the_cloud(standing: &Standing) -> bool {
    standing.gaps.is_some() && standing.platform == Some(Platform::ExchangeOnline)
}

fn same_span(old: &str, new: &str) -> bool {
    match (seconds(old), seconds(new)) {
        (Some(old), Some(new)) => old == new,
        _ => old == new,
    }
}

/// Counts of changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    kinds: [u64; ChangeKind::ALL.len()],
    /// How many changes are regressions.
    pub regressions: u64,
}

impl Tally {
    /// Counts one.
    pub fn add(&mut self, change: &Change) {
        self.kinds[change.difference.kind() as usize] += 1;
        self.regressions += u64::from(change.difference.is_regression());
    }

    /// How many there are of a kind.
    pub fn kind(&self, kind: ChangeKind) -> u64 {
        self.kinds[kind as usize]
    }

    /// How many there are.
    pub fn changes(&self) -> u64 {
        self.kinds.iter().sum()
    }
}
