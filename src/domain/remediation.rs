//! The plan: from a mailbox and what is wanted to the exact parameters, and what they cost. Nothing is changed here.
//!
//! - Lists are added to, never replaced: a list that is sent whole wipes what was not named.
//! - "Any change of AuditAdmin, AuditDelegate or AuditOwner takes that logon type out of `DefaultAuditSet`, and Microsoft
//!   adds no new actions to it any more" (Microsoft's page, <https://learn.microsoft.com/purview/audit-mailboxes>). Only
//!   `-DefaultAuditSet` hands it back, and then the list is Microsoft's again.

use std::fmt;

use enumset::{EnumSet, EnumSetType};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::action::{ActionSet, LogonType, PerLogonType};
use super::baseline::Scope;
use super::bypass::Bypass;
use super::catalog::{Catalog, Platform};
use super::list::{ActionList, Property};
use super::mailbox::{Coverage, Mailbox, describe_faults, property};
use super::undo::Before;
use super::verdict::{Judge, OrganizationAudit};

/// What is wanted of a mailbox, besides what a [`Judge`] asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// What to do with the lists.
    pub lists: ListWish,
    /// Only these logon types and actions of what the judge asks.
    pub scope: Scope,
    /// How long entries shall be kept, if that is to be set.
    pub age_limit: Option<AgeLimit>,
    /// Whether a bypass of the account is to end.
    pub end_bypass: bool,
}

/// What to do with the lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListWish {
    /// Nothing.
    Leave,
    /// Add what is missing.
    Add,
    /// Hand them back to the set that Microsoft manages.
    RestoreDefault,
}

/// A property that a plan changes. The names are those of the record.
#[derive(Debug, EnumSetType, Serialize, Deserialize)]
pub enum Changed {
    /// The list for administrators, and whether Microsoft manages it.
    AuditAdmin,
    /// The list for delegates, and whether Microsoft manages it.
    AuditDelegate,
    /// The list for owners, and whether Microsoft manages it.
    AuditOwner,
    /// The mailbox's switch.
    AuditEnabled,
    /// How long entries are kept.
    AuditLogAgeLimit,
    /// Whether the account bypasses auditing.
    AuditBypassEnabled,
    /// The organisation's switch.
    AuditDisabled,
}

impl Changed {
    /// The list of a logon type.
    pub const fn list(logon: LogonType) -> Changed {
        match logon {
            LogonType::Admin => Changed::AuditAdmin,
            LogonType::Delegate => Changed::AuditDelegate,
            LogonType::Owner => Changed::AuditOwner,
        }
    }
}

/// How long entries are kept, as .NET writes a time span: `90.00:00:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgeLimit {
    seconds: u64,
}

impl AgeLimit {
    /// What Set-Mailbox takes at most, in days.
    const MOST_DAYS: u64 = 24_855;

    /// Reads `180`, for days, or `180.00:00:00`. Nothing and less is refused: it deletes all entries.
    pub fn parse(text: &str) -> Option<AgeLimit> {
        let text = text.trim();
        let seconds = match text.split_once(':') {
            None => number(text)?.checked_mul(86_400)?,
            Some((head, rest)) => {
                let (days, hours) = head.split_once('.').unwrap_or(("0", head));
                let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
                let seconds = seconds.split('.').next().unwrap_or("0");
                let (hours, minutes, seconds) = (number(hours)?, number(minutes)?, number(seconds)?);
                if hours > 23 || minutes > 59 || seconds > 59 {
                    return None;
                }
                let clock = hours * 3600 + minutes * 60 + seconds;
                number(days)?.checked_mul(86_400)?.checked_add(clock)?
            }
        };
        (1..=AgeLimit::MOST_DAYS * 86_400).contains(&seconds).then_some(AgeLimit { seconds })
    }
}

/// Digits alone: `parse` would take a sign too.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl fmt::Display for AgeLimit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.seconds / 86_400, self.seconds % 86_400);
        write!(out, "{days}.{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
    }
}

impl Serialize for AgeLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AgeLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        AgeLimit::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("{text:?} is no age limit")))
    }
}

/// What to do with one list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ListEdit {
    /// Names to add and to take out; all others stay.
    #[serde(rename_all = "PascalCase")]
    Change {
        /// These are added.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        add: Vec<String>,
        /// These are taken out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remove: Vec<String>,
    },
    /// The whole list. Only to put one back as it was.
    Replace(Vec<String>),
}

impl ListEdit {
    /// The names that the server will look at: those that are to be in the list.
    pub fn sent(&self) -> &[String] {
        match self {
            ListEdit::Change { add, .. } | ListEdit::Replace(add) => add,
        }
    }
}

/// The parameters of one call of Set-Mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Parameters {
    /// The list for administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_admin: Option<ListEdit>,
    /// The list for delegates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_delegate: Option<ListEdit>,
    /// The list for owners.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_owner: Option<ListEdit>,
    /// The logon types that Microsoft shall manage; not sent where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_audit_set: Vec<LogonType>,
    /// The mailbox's switch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_enabled: Option<bool>,
    /// How long entries are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_log_age_limit: Option<AgeLimit>,
}

impl Parameters {
    /// The edit of a logon type's list.
    pub fn list(&self, logon: LogonType) -> Option<&ListEdit> {
        match logon {
            LogonType::Admin => self.audit_admin.as_ref(),
            LogonType::Delegate => self.audit_delegate.as_ref(),
            LogonType::Owner => self.audit_owner.as_ref(),
        }
    }

    /// The place of a logon type's edit.
    pub fn list_mut(&mut self, logon: LogonType) -> &mut Option<ListEdit> {
        match logon {
            LogonType::Admin => &mut self.audit_admin,
            LogonType::Delegate => &mut self.audit_delegate,
            LogonType::Owner => &mut self.audit_owner,
        }
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        *self == Parameters::default()
    }
}

/// Calls as JSON texts: whoever makes them hands them back as they are, to ask what a failure means.
pub(super) fn as_texts<'a, S: Serializer>(
    calls: impl IntoIterator<Item = &'a Parameters>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let texts = calls.into_iter().map(|call| serde_json::to_string(call).map_err(serde::ser::Error::custom));
    texts.collect::<Result<Vec<_>, _>>()?.serialize(serializer)
}

/// Something that can be confirmed by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Part {
    /// What it does, for people.
    pub text: String,
    /// The properties that it changes.
    pub changes: Vec<Changed>,
    /// The calls of Set-Mailbox, in their order. A bypass has none: it is not the mailbox's.
    #[serde(serialize_with = "as_texts")]
    pub calls: Vec<Parameters>,
    /// The actions that come into the lists.
    pub add: PerLogonType<Vec<String>>,
    /// The names that go out of them.
    pub remove: PerLogonType<Vec<String>>,
    /// The logon types that leave the set which Microsoft manages.
    pub leaves: Vec<LogonType>,
    /// The logon types that come back into it.
    pub returns: Vec<LogonType>,
    /// The new value of AuditBypassEnabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypass: Option<bool>,
}

/// Why something is left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// All that was asked for is in the lists already.
    NothingMissing,
    /// Nothing of what was asked for can be audited on this platform.
    NotAvailable(Platform),
    /// The actions of group mailboxes are fixed by Microsoft.
    GroupMailbox,
    /// Exchange Server has no managed set to go back to.
    NoManagedSet,
    /// A property is missing or cannot be believed.
    NotReadable(String),
    /// It is no mailbox.
    NotAMailbox(String),
    /// Nothing in it identifies it for certain.
    NoIdentity,
}

impl Skip {
    /// The name, as results have it.
    pub const fn name(&self) -> &'static str {
        match self {
            Skip::NothingMissing => "NothingMissing",
            Skip::NotAvailable(_) => "NotAvailable",
            Skip::GroupMailbox => "GroupMailbox",
            Skip::NoManagedSet => "NoManagedSet",
            Skip::NotReadable(_) => "NotReadable",
            Skip::NotAMailbox(_) => "NotAMailbox",
            Skip::NoIdentity => "NoIdentity",
        }
    }

    /// Why, in a sentence.
    pub fn describe(&self) -> String {
        match self {
            Skip::NothingMissing => "nothing that was asked for is missing".to_owned(),
            Skip::NotAvailable(platform) => {
                format!("nothing of what was asked for can be audited there ({})", platform.name())
            }
            // "Isn't customisable" (Microsoft's page).
            Skip::GroupMailbox => "group mailbox: its actions are fixed by Microsoft".to_owned(),
            Skip::NoManagedSet => "Exchange Server: Microsoft manages no lists there".to_owned(),
            Skip::NotReadable(why) => why.clone(),
            Skip::NotAMailbox(why) => format!("it is no mailbox: {why}"),
            Skip::NoIdentity => {
                "it has no Guid, ExchangeObjectId, DistinguishedName or address that identifies it".to_owned()
            }
        }
    }
}

impl Serialize for Skip {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Shown {
            reason: &'static str,
            text: String,
        }
        Shown { reason: self.name(), text: self.describe() }.serialize(serializer)
    }
}

/// What to do with one mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Plan {
    /// What to call it in messages.
    pub mailbox: String,
    /// What identifies it for certain: the `-Identity` of each call.
    pub target: String,
    /// Switches that the calls need for this type of mailbox.
    pub switches: Vec<&'static str>,
    /// Why its lists are left alone, if they are.
    pub skip: Option<Skip>,
    /// What to do with its lists, and with AuditEnabled.
    pub lists: Option<Part>,
    /// What to do with the age limit.
    pub age_limit: Option<Part>,
    /// What to do with the account's bypass.
    pub bypass: Option<Part>,
}

impl Plan {
    fn of(mailbox: &Mailbox<'_>) -> Plan {
        Plan {
            mailbox: mailbox.label().to_owned(),
            target: target(mailbox).unwrap_or_default(),
            switches: switches(mailbox),
            ..Plan::default()
        }
    }

    /// A mailbox that is left alone as a whole.
    pub fn skipped(mailbox: &Mailbox<'_>, skip: Skip) -> Plan {
        Plan { skip: Some(skip), ..Plan::of(mailbox) }
    }
}

/// What identifies a mailbox for certain, in words that Set-Mailbox understands. Names are not unique.
pub fn target(mailbox: &Mailbox<'_>) -> Option<String> {
    let id = mailbox.guid.or(mailbox.exchange_object_id).filter(|id| !id.is_nil());
    let texts = [&mailbox.distinguished_name, &mailbox.primary_smtp_address, &mailbox.user_principal_name];
    id.map(|id| id.to_string())
        .or_else(|| texts.into_iter().find(|text| !text.is_empty()).map(|text| text.to_string()))
}

/// "The PublicFolder switch is required to modify public folder mailboxes" (Set-Mailbox), and its like.
pub(super) fn switches(mailbox: &Mailbox<'_>) -> Vec<&'static str> {
    const NEEDED: [(&str, &str); 4] = [
        ("PublicFolderMailbox", "PublicFolder"),
        ("ArbitrationMailbox", "Arbitration"),
        ("AuditLogMailbox", "AuditLog"),
        ("AuxAuditLogMailbox", "AuxAuditLog"),
    ];
    let kind = &mailbox.recipient_type;
    NEEDED.iter().filter(|(of, _)| kind.eq_ignore_ascii_case(of)).map(|(_, switch)| *switch).collect()
}

/// What stands in the way of any change of a mailbox.
pub(super) fn obstacle(mailbox: &Mailbox<'_>, platform: Result<Platform, Skip>) -> Result<Platform, Skip> {
    if let Some(why) = mailbox.not_a_mailbox() {
        return Err(Skip::NotAMailbox(why));
    }
    let platform = platform?;
    if platform == Platform::GroupMailbox {
        return Err(Skip::GroupMailbox);
    }
    let faults = mailbox.faults(platform);
    if !faults.is_empty() {
        return Err(Skip::NotReadable(describe_faults(&faults)));
    }
    if target(mailbox).is_none() {
        return Err(Skip::NoIdentity);
    }
    Ok(platform)
}

/// Plans what brings a mailbox to what is wanted. Where nothing is missing, nothing is sent.
pub fn plan(judge: &Judge<'_>, mailbox: &Mailbox<'_>, bypass: Bypass, wish: &Wish) -> Plan {
    // A row of Get-MailboxAuditBypassAssociation: an account, perhaps without a mailbox.
    if wish.end_bypass && mailbox.not_a_mailbox().is_some() && bypass != Bypass::Unknown {
        let mut plan = Plan::of(mailbox);
        match target(mailbox) {
            Some(_) => plan.bypass = end_bypass(bypass),
            None => plan.skip = Some(Skip::NoIdentity),
        }
        if plan.bypass.is_none() {
            plan.skip = plan.skip.or(Some(Skip::NothingMissing));
        }
        return plan;
    }
    let known = judge.platform_of(mailbox).map_err(|fault| Skip::NotReadable(describe_faults(&[fault])));
    let platform = match obstacle(mailbox, known) {
        Ok(platform) => platform,
        Err(skip) => return Plan::skipped(mailbox, skip),
    };
    let lists = match wish.lists {
        ListWish::Leave => Err(Skip::NothingMissing),
        ListWish::Add => additions(judge, mailbox, platform, wish.scope),
        ListWish::RestoreDefault => {
            let logon_types = wish.scope.logon_types & judge.scope().logon_types;
            defaults(judge.catalog(), mailbox, platform, logon_types)
        }
    };
    let (lists, skip) = match lists {
        Ok(part) => (Some(part), None),
        Err(skip) => (None, Some(skip)),
    };
    let age_limit = wish.age_limit.and_then(|limit| keep_for(mailbox, limit));
    let bypass = if wish.end_bypass { end_bypass(bypass) } else { None };
    Plan { skip, lists, age_limit, bypass, ..Plan::of(mailbox) }
}

fn additions(
    judge: &Judge<'_>,
    mailbox: &Mailbox<'_>,
    platform: Platform,
    scope: Scope,
) -> Result<Part, Skip> {
    let within = |logon, set: ActionSet| {
        if scope.logon_types.contains(logon) { set & scope.actions } else { ActionSet::EMPTY }
    };
    let wanted = judge.wanted(platform);
    if PerLogonType::from_fn(|logon| within(logon, wanted[logon])).is_empty() {
        return Err(Skip::NotAvailable(platform));
    }
    // What is missing in the lists, whatever keeps them from being of effect: the switches are set besides.
    let switched_on = Mailbox { audit_enabled: Property::Known(true), ..mailbox.clone() };
    let verdict = judge.judge(&switched_on, OrganizationAudit::OnByDefault, Bypass::Disabled);
    let gaps = verdict.known_gaps();
    let missing = PerLogonType::from_fn(|logon| within(logon, gaps[logon]));
    let catalog = judge.catalog();
    let mut part =
        Part { add: PerLogonType::from_fn(|logon| names(catalog, missing[logon])), ..Part::default() };
    let mut call = Parameters::default();
    let mut texts = Vec::new();
    for (logon, add) in part.add.iter().filter(|(_, add)| !add.is_empty()) {
        *call.list_mut(logon) = Some(ListEdit::Change { add: add.clone(), remove: Vec::new() });
        part.changes.push(Changed::list(logon));
        texts.push(format!("add {} to {}", add.join(", "), property::list(logon)));
    }
    part.leaves = managed(mailbox).iter().filter(|logon| call.list(*logon).is_some()).collect();
    finish(part, call, texts, mailbox, platform)
}

fn defaults(
    catalog: &Catalog,
    mailbox: &Mailbox<'_>,
    platform: Platform,
    logon_types: EnumSet<LogonType>,
) -> Result<Part, Skip> {
    if platform != Platform::ExchangeOnline {
        return Err(Skip::NoManagedSet);
    }
    let managed = managed(mailbox);
    let back = logon_types - managed;
    let mut part = Part { returns: back.iter().collect(), ..Part::default() };
    let mut call = Parameters::default();
    let mut texts = Vec::new();
    if !back.is_empty() {
        call.default_audit_set = manage(managed, back);
    }
    for logon in back {
        part.changes.push(Changed::list(logon));
        let default = names(catalog, catalog.defaults(platform, logon));
        part.remove[logon] = without(&list_names(catalog, mailbox.lists[logon].known()), &default);
        texts.push(handed_back(logon, &part.remove[logon]));
    }
    finish(part, call, texts, mailbox, platform)
}

/// Sets the mailbox's switch where it gates, and puts the part together.
fn finish(
    mut part: Part,
    mut call: Parameters,
    mut texts: Vec<String>,
    mailbox: &Mailbox<'_>,
    platform: Platform,
) -> Result<Part, Skip> {
    // Resource, public-folder, discovery and system mailboxes, and all of Exchange Server: without it nothing of the
    // lists has effect (Microsoft's page; Set-Mailbox). Users' and shared mailboxes do not need it.
    let gated = platform == Platform::ExchangeServer || mailbox.coverage() == Coverage::Switched;
    if gated && mailbox.audit_enabled == Property::Known(false) {
        call.audit_enabled = Some(true);
        part.changes.push(Changed::AuditEnabled);
        texts.push("set AuditEnabled to True".to_owned());
    }
    if call.is_empty() {
        return Err(Skip::NothingMissing);
    }
    part.text = sentence(&texts);
    if !part.leaves.is_empty() {
        let gone: Vec<_> = part.leaves.iter().map(|logon| logon.name()).collect();
        part.text.push_str(&format!(" (takes {} out of the set that Microsoft manages)", gone.join(", ")));
    }
    part.calls = vec![call];
    Ok(part)
}

pub(super) fn handed_back(logon: LogonType, lost: &[String]) -> String {
    let back = format!("hand {} back to the set that Microsoft manages", property::list(logon));
    if lost.is_empty() { back } else { format!("{back}, which drops {}", lost.join(", ")) }
}

/// The value of `-DefaultAuditSet`.
///
/// Microsoft's page names only the logon types to restore and says that others keep their settings; those that are
/// managed already are named too, which changes nothing and holds however the parameter is understood.
pub(super) fn manage(managed: EnumSet<LogonType>, back: EnumSet<LogonType>) -> Vec<LogonType> {
    (managed | back).iter().collect()
}

/// The part that sets an age limit, unless it is set.
pub(super) fn keep_for(mailbox: &Mailbox<'_>, limit: AgeLimit) -> Option<Part> {
    let now = AgeLimit::parse(&mailbox.audit_log_age_limit);
    if now == Some(limit) {
        return None;
    }
    let mut text = format!("Set AuditLogAgeLimit to {limit}");
    if !mailbox.audit_log_age_limit.is_empty() {
        text.push_str(&format!(" (now {})", mailbox.audit_log_age_limit));
    }
    if now.is_some_and(|now| now > limit) {
        text.push_str(": entries older than that are deleted for good");
    }
    let call = Parameters { audit_log_age_limit: Some(limit), ..Parameters::default() };
    Some(Part { text, changes: vec![Changed::AuditLogAgeLimit], calls: vec![call], ..Part::default() })
}

fn end_bypass(bypass: Bypass) -> Option<Part> {
    (bypass == Bypass::Enabled).then(|| set_bypass(false))
}

pub(super) fn set_bypass(enabled: bool) -> Part {
    let text = if enabled {
        "Let this account bypass auditing: what it does, in any mailbox, is not logged (AuditBypassEnabled to True)"
    } else {
        "End the bypass of this account: what it does is logged from now on (AuditBypassEnabled to False)"
    };
    let changes = vec![Changed::AuditBypassEnabled];
    Part { text: text.to_owned(), changes, bypass: Some(enabled), ..Part::default() }
}

/// The state of a mailbox before a plan is carried out, for the record.
pub fn before(catalog: &Catalog, mailbox: &Mailbox<'_>, bypass: Bypass) -> Before {
    Before::of(catalog, mailbox, bypass, target(mailbox).unwrap_or_default())
}

pub(super) fn managed(mailbox: &Mailbox<'_>) -> EnumSet<LogonType> {
    mailbox.default_audit_set.known().copied().unwrap_or_default()
}

fn names(catalog: &Catalog, set: ActionSet) -> Vec<String> {
    catalog.names(set).map(str::to_owned).collect()
}

/// All names of a list, those that the catalogue lacks too. `None` and `Default` are no actions (Set-Mailbox).
pub(super) fn list_names(catalog: &Catalog, list: Option<&ActionList>) -> Vec<String> {
    let Some(list) = list else { return Vec::new() };
    let known = catalog.names(list.actions).filter(|name| !matches!(*name, "None" | "Default"));
    known.chain(list.unrecognized.iter().map(|name| &**name)).map(str::to_owned).collect()
}

/// The names of one list that another lacks.
pub(super) fn without(names: &[String], other: &[String]) -> Vec<String> {
    let lacks = |name: &&String| !other.iter().any(|known| known.eq_ignore_ascii_case(name));
    names.iter().filter(lacks).cloned().collect()
}

/// Joins what a part does to one sentence.
pub(super) fn sentence(texts: &[String]) -> String {
    let text = texts.join("; ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
