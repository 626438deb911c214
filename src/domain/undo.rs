//! The undo record's content, and the plan that puts a mailbox back as it was.

use enumset::EnumSet;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::action::{LogonType, PerLogonType};
use super::bypass::Bypass;
use super::catalog::Catalog;
use super::list::Property;
use super::mailbox::{Mailbox, PlatformChoice, describe_faults, property};
use super::remediation::{
    AgeLimit, Changed, ListEdit, Parameters, Part, Plan, Skip, handed_back, keep_for, list_names, manage,
    managed, obstacle, sentence, set_bypass, switches, without,
};

/// What a line of the record is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// A mailbox.
    #[default]
    Mailbox,
    /// An account that bypasses auditing, perhaps without a mailbox.
    BypassAssociation,
    /// The organisation.
    Organization,
}

/// The state of something before it was changed: a line of the record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Before {
    /// What it is.
    #[serde(rename = "RecordType")]
    pub subject: Subject,
    /// When it was written down.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub recorded_at: String,
    /// What was about to be changed. All else is for people to look at, and is not put back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Changed>,
    /// What identifies it for certain.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// `DisplayName`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// `UserPrincipalName`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user_principal_name: String,
    /// `PrimarySmtpAddress`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub primary_smtp_address: String,
    /// `Guid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guid: Option<Uuid>,
    /// `ExchangeObjectId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange_object_id: Option<Uuid>,
    /// `DistinguishedName`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub distinguished_name: String,
    /// `RecipientTypeDetails`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub recipient_type_details: String,
    /// `AuditEnabled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_enabled: Option<bool>,
    /// `AuditAdmin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_admin: Option<Vec<String>>,
    /// `AuditDelegate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_delegate: Option<Vec<String>>,
    /// `AuditOwner`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_owner: Option<Vec<String>>,
    /// `DefaultAuditSet`; Exchange Server has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_audit_set: Option<Vec<LogonType>>,
    /// `AuditLogAgeLimit`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub audit_log_age_limit: String,
    /// `AuditBypassEnabled` of the account, where it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_bypass_enabled: Option<bool>,
    /// `AuditDisabled` of the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_disabled: Option<bool>,
}

impl Before {
    /// The state of a mailbox, or of an account that is none.
    pub(super) fn of(catalog: &Catalog, mailbox: &Mailbox<'_>, bypass: Bypass, target: String) -> Before {
        let is_mailbox = mailbox.not_a_mailbox().is_none();
        let lists = PerLogonType::from_fn(|logon| {
            mailbox.lists[logon].known().map(|list| list_names(catalog, Some(list)))
        });
        Before {
            subject: if is_mailbox { Subject::Mailbox } else { Subject::BypassAssociation },
            target,
            display_name: if mailbox.display_name.is_empty() && !is_mailbox {
                mailbox.identity.to_string()
            } else {
                mailbox.display_name.to_string()
            },
            user_principal_name: mailbox.user_principal_name.to_string(),
            primary_smtp_address: mailbox.primary_smtp_address.to_string(),
            guid: mailbox.guid,
            exchange_object_id: mailbox.exchange_object_id,
            distinguished_name: mailbox.distinguished_name.to_string(),
            recipient_type_details: mailbox.recipient_type.to_string(),
            audit_enabled: mailbox.audit_enabled.known().copied(),
            audit_admin: lists.admin,
            audit_delegate: lists.delegate,
            audit_owner: lists.owner,
            default_audit_set: mailbox.default_audit_set.known().map(|set| set.iter().collect()),
            audit_log_age_limit: mailbox.audit_log_age_limit.to_string(),
            audit_bypass_enabled: bypass.to_option(),
            ..Before::default()
        }
    }

    /// What to call it in messages.
    pub fn label(&self) -> &str {
        let names = [&self.user_principal_name, &self.primary_smtp_address, &self.display_name, &self.target];
        names.into_iter().find(|name| !name.is_empty()).map_or("the organisation", |name| name)
    }

    fn list(&self, logon: LogonType) -> Option<&Vec<String>> {
        match logon {
            LogonType::Admin => self.audit_admin.as_ref(),
            LogonType::Delegate => self.audit_delegate.as_ref(),
            LogonType::Owner => self.audit_owner.as_ref(),
        }
    }

    fn was_managed(&self, logon: LogonType) -> bool {
        self.default_audit_set.as_ref().is_some_and(|set| set.contains(&logon))
    }

    /// Takes a later line of the same record: what was changed first counts, so that several runs are undone at once.
    pub fn merge(&mut self, later: &Before) {
        let was_managed = self.default_audit_set.is_some();
        for change in &later.changes {
            if self.changes.contains(change) {
                continue;
            }
            self.changes.push(*change);
            match change {
                Changed::AuditAdmin => self.audit_admin.clone_from(&later.audit_admin),
                Changed::AuditDelegate => self.audit_delegate.clone_from(&later.audit_delegate),
                Changed::AuditOwner => self.audit_owner.clone_from(&later.audit_owner),
                Changed::AuditEnabled => self.audit_enabled = later.audit_enabled,
                Changed::AuditLogAgeLimit => self.audit_log_age_limit.clone_from(&later.audit_log_age_limit),
                Changed::AuditBypassEnabled => self.audit_bypass_enabled = later.audit_bypass_enabled,
                Changed::AuditDisabled => self.audit_disabled = later.audit_disabled,
            }
            let logon = LogonType::ALL.into_iter().find(|logon| Changed::list(*logon) == *change);
            if let (Some(logon), true) = (logon, was_managed || later.default_audit_set.is_some()) {
                let set = self.default_audit_set.get_or_insert_default();
                set.retain(|known| *known != logon);
                if later.was_managed(logon) {
                    set.push(logon);
                }
            }
        }
    }
}

/// Plans what puts a mailbox back as it was. What is as it was needs no call, so that a second run does nothing.
///
/// `now` is the mailbox as it is, `bypass` what its account is; of an account without a mailbox only the latter counts.
pub fn restore(catalog: &Catalog, before: &Before, now: &Mailbox<'_>, bypass: Bypass) -> Plan {
    let mut plan =
        Plan { mailbox: before.label().to_owned(), target: before.target.clone(), ..Plan::default() };
    let changes: EnumSet<Changed> = before.changes.iter().copied().collect();
    if changes.contains(Changed::AuditBypassEnabled) {
        plan.bypass =
            before.audit_bypass_enabled.filter(|was| bypass.to_option() != Some(*was)).map(set_bypass);
    }
    let of_account = before.subject == Subject::BypassAssociation;
    if of_account || changes == EnumSet::only(Changed::AuditBypassEnabled) {
        plan.skip = plan.bypass.is_none().then_some(Skip::NothingMissing);
        return plan;
    }
    // A mailbox of Exchange Online always has a DefaultAuditSet, if only an empty one.
    let choice =
        if before.default_audit_set.is_some() { PlatformChoice::Online } else { PlatformChoice::Server };
    let platform = now.platform(choice).map_err(|fault| Skip::NotReadable(describe_faults(&[fault])));
    if let Err(skip) = obstacle(now, platform) {
        return Plan { bypass: None, ..Plan::skipped(now, skip) };
    }
    plan.switches = switches(now);
    plan.lists = lists(catalog, before, now, changes);
    let limit = AgeLimit::parse(&before.audit_log_age_limit);
    if let (true, Some(limit)) = (changes.contains(Changed::AuditLogAgeLimit), limit) {
        plan.age_limit = keep_for(now, limit);
    }
    let nothing = plan.lists.is_none() && plan.age_limit.is_none() && plan.bypass.is_none();
    plan.skip = nothing.then_some(Skip::NothingMissing);
    plan
}

fn lists(catalog: &Catalog, before: &Before, now: &Mailbox<'_>, changes: EnumSet<Changed>) -> Option<Part> {
    let (mut part, mut call, mut texts) = (Part::default(), Parameters::default(), Vec::new());
    let managed = managed(now);
    let changed = LogonType::ALL.into_iter().filter(|logon| changes.contains(Changed::list(*logon)));
    let (mut back, mut out) = (EnumSet::empty(), EnumSet::empty());
    for logon in changed {
        let Some(was) = before.list(logon) else { continue };
        let is = list_names(catalog, now.lists[logon].known());
        let (gone, new) = (without(was, &is), without(&is, was));
        match (before.was_managed(logon), managed.contains(logon)) {
            // Microsoft's list is what Microsoft makes of it, also where it changed since.
            (true, true) => continue,
            (true, false) => {
                back |= logon;
                texts.push(handed_back(logon, &new));
            }
            (false, false) if gone.is_empty() && new.is_empty() => continue,
            // Customised, and equal to Microsoft's: any change of the list leaves the set, so it is sent as it is. An
            // addition of what is there may be refused as "already being audited".
            (false, true) if gone.is_empty() && new.is_empty() => {
                out |= logon;
                *call.list_mut(logon) = Some(ListEdit::Replace(was.clone()));
                texts.push(format!(
                    "take {} out of the set that Microsoft manages, with its names as they are",
                    property::list(logon)
                ));
            }
            // Only the differences: a name that the server takes no more can stay in the list, but not be sent.
            (false, is_managed) => {
                if is_managed {
                    out |= logon;
                }
                texts.push(differences(logon, &gone, &new));
                *call.list_mut(logon) = Some(ListEdit::Change { add: gone.clone(), remove: new.clone() });
            }
        }
        part.changes.push(Changed::list(logon));
        part.add[logon] = gone;
        part.remove[logon] = new;
    }
    if changes.contains(Changed::AuditEnabled)
        && let Some(was) = before.audit_enabled
        && now.audit_enabled != Property::Known(was)
    {
        call.audit_enabled = Some(was);
        part.changes.push(Changed::AuditEnabled);
        texts.push(format!("set AuditEnabled to {}", if was { "True" } else { "False" }));
    }
    // By itself and first: how one call takes the set and other lists together is not documented, and a list that is
    // sent afterwards leaves the set for certain.
    if !back.is_empty() {
        let default_audit_set = manage(managed - out, back);
        part.calls.push(Parameters { default_audit_set, ..Parameters::default() });
    }
    if !call.is_empty() {
        part.calls.push(call);
    }
    part.leaves = out.iter().collect();
    part.returns = back.iter().collect();
    part.text = sentence(&texts);
    (!part.calls.is_empty()).then_some(part)
}

fn differences(logon: LogonType, gone: &[String], new: &[String]) -> String {
    let list = property::list(logon);
    match (gone.is_empty(), new.is_empty()) {
        (true, _) => format!("remove {} from {list}", new.join(", ")),
        (_, true) => format!("add {} to {list}", gone.join(", ")),
        _ => format!("add {} to {list} and remove {} from it", gone.join(", "), new.join(", ")),
    }
}
