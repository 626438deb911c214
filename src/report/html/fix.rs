//! The commands that would fix a mailbox, to be copied out of the page: those that the plan sends, as text.
//!
//! Names of actions come from the catalogue, which holds only names that need no quoting; who the mailbox is, the page
//! puts in.

use enumset::EnumSet;
use serde::Serialize;

use super::super::{Row, join_logon_types};
use crate::domain::action::LogonType;
use crate::domain::baseline::Scope;
use crate::domain::catalog::Platform;
use crate::domain::remediation::{ListEdit, ListWish, Parameters, Part, Plan, Wish, plan};
use crate::domain::verdict::Reason;

/// One command. `{identity}` in it stands for the mailbox.
#[derive(Debug, Serialize)]
pub(super) struct Fix {
    /// What it does, and what else it does.
    about: String,
    command: String,
}

impl Fix {
    fn new(about: impl Into<String>, command: impl Into<String>) -> Fix {
        Fix { about: about.into(), command: command.into() }
    }
}

/// The commands for a mailbox, the widest first.
pub(super) fn fixes(row: &Row<'_>) -> Vec<Fix> {
    let mut fixes = Vec::new();
    let reason = row.verdict.reason;
    if reason == Reason::OrganizationAuditDisabled {
        let about = "Switches auditing on for the whole organisation.";
        fixes.push(Fix::new(about, "Set-OrganizationConfig -AuditDisabled $false"));
    }
    let wish = Wish { lists: ListWish::Add, scope: Scope::WHOLE, age_limit: None, end_bypass: true };
    let add = plan(row.judge, row.mailbox, row.verdict.bypass, &wish);
    fixes.extend(add.lists.as_ref().map(|part| lists(part, &add)));
    fixes.extend(hand_back(row));
    // A group has no account that could act.
    if add.bypass.is_some() && row.verdict.platform != Some(Platform::GroupMailbox) {
        let about = "Ends the bypass: what this account does is recorded from then on.";
        let command = "Set-MailboxAuditBypassAssociation -Identity {identity} -AuditBypassEnabled $false";
        fixes.push(Fix::new(about, command));
    }
    fixes.extend(match reason {
        Reason::NotReadable => Some(Fix::new(
            "Reads the mailbox again, with its audit properties.",
            "Get-EXOMailbox -Identity {identity} -PropertySets Minimum,Audit",
        )),
        Reason::BypassUnknown => Some(Fix::new(
            "Tells whether the account bypasses auditing.",
            "Get-MailboxAuditBypassAssociation -Identity {identity} | Format-List Name,AuditBypassEnabled",
        )),
        Reason::OrganizationUnknown => Some(Fix::new(
            "Tells whether the organisation audits.",
            "Get-OrganizationConfig | Format-List AuditDisabled",
        )),
        _ => None,
    });
    fixes
}

/// Adds what is missing, and sets the mailbox's switch where it decides.
fn lists(part: &Part, plan: &Plan) -> Fix {
    let adds =
        part.calls.iter().any(|call| LogonType::ALL.into_iter().any(|logon| call.list(logon).is_some()));
    let switches = part.calls.iter().any(|call| call.audit_enabled.is_some());
    let mut about = match (switches, adds) {
        (true, false) => "Switches auditing on for this mailbox.".to_owned(),
        (true, true) => "Switches auditing on for this mailbox, and adds what its lists lack.".to_owned(),
        (false, _) => "Adds what is missing, and leaves the rest of the lists alone.".to_owned(),
    };
    if !part.leaves.is_empty() {
        let leaves = join_logon_types(part.leaves.iter().copied().collect(), ", ");
        about.push_str(&format!(" Microsoft no longer manages and extends these lists then: {leaves}."));
    }
    Fix::new(about, calls(part, plan))
}

/// Gives lists that lost defaults back to Microsoft.
fn hand_back(row: &Row<'_>) -> Option<Fix> {
    let verdict = row.verdict;
    let lost: EnumSet<LogonType> =
        verdict.customized.iter().filter(|logon| !verdict.missing_defaults[*logon].is_empty()).collect();
    if lost.is_empty() {
        return None;
    }
    let scope = Scope { logon_types: lost, ..Scope::WHOLE };
    let wish = Wish { lists: ListWish::RestoreDefault, scope, age_limit: None, end_bypass: false };
    let plan = plan(row.judge, row.mailbox, verdict.bypass, &wish);
    let part = plan.lists.as_ref()?;
    let mut about =
        format!("Or: gives lists back to Microsoft, with its defaults: {}.", join_logon_types(lost, ", "));
    let dropped: Vec<_> = part.remove.iter().flat_map(|(_, names)| names).map(String::as_str).collect();
    if !dropped.is_empty() {
        about.push_str(&format!(" Drops what was added: {}.", dropped.join(", ")));
    }
    Some(Fix::new(about, calls(part, &plan)))
}

/// The calls of Set-Mailbox as PowerShell.
fn calls(part: &Part, plan: &Plan) -> String {
    part.calls.iter().map(|call| set_mailbox(call, plan)).collect::<Vec<_>>().join("\n")
}

fn set_mailbox(call: &Parameters, plan: &Plan) -> String {
    let mut command = "Set-Mailbox -Identity {identity}".to_owned();
    for switch in &plan.switches {
        command.push_str(&format!(" -{switch}"));
    }
    if let Some(enabled) = call.audit_enabled {
        command.push_str(&format!(" -AuditEnabled ${enabled}"));
    }
    for logon in LogonType::ALL {
        if let Some(ListEdit::Change { add, .. }) = call.list(logon) {
            command.push_str(&format!(" -Audit{} @{{Add='{}'}}", logon.name(), add.join("','")));
        }
    }
    if !call.default_audit_set.is_empty() {
        let managed = call.default_audit_set.iter().copied().collect();
        command.push_str(&format!(" -DefaultAuditSet {}", join_logon_types(managed, ",")));
    }
    command
}
