//! The commands that would fix a mailbox, to be copied out of the page.
//!
//! They add and never replace: `Set-Mailbox -AuditOwner @{Add=...}` leaves alone what a list has (Set-Mailbox). Names of
//! actions come from the catalogue, which holds only names that need no quoting; who the mailbox is, the page puts in.

use enumset::EnumSet;
use serde::Serialize;

use super::super::{Row, join_logon_types};
use crate::domain::action::{ActionSet, LogonType, PerLogonType};
use crate::domain::bypass::Bypass;
use crate::domain::catalog::Platform;
use crate::domain::list::Property;
use crate::domain::mailbox::Coverage;
use crate::domain::verdict::Reason;

/// One command. `{identity}` in it stands for the mailbox.
#[derive(Debug, Serialize)]
pub(super) struct Fix {
    /// What it does, and what else it does.
    about: String,
    command: String,
}

/// The commands for a mailbox, the widest first.
pub(super) fn fixes(row: &Row<'_>) -> Vec<Fix> {
    let mut fixes = Vec::new();
    let mut fix = |about: &str, command: &str| {
        fixes.push(Fix { about: about.to_owned(), command: command.to_owned() });
    };
    let verdict = row.verdict;
    let reason = verdict.reason;
    if reason == Reason::OrganizationAuditDisabled {
        fix(
            "Switches auditing on for the whole organisation.",
            "Set-OrganizationConfig -AuditDisabled $false",
        );
    }
    if verdict.platform != Some(Platform::GroupMailbox) {
        add(row, &mut fix);
        hand_back(row, &mut fix);
        if verdict.bypass == Bypass::Enabled {
            fix(
                "Ends the bypass: what this account does is logged again.",
                "Set-MailboxAuditBypassAssociation -Identity {identity} -AuditBypassEnabled $false",
            );
        }
    }
    match reason {
        Reason::NotReadable => fix(
            "Reads the mailbox again, with its audit properties.",
            "Get-EXOMailbox -Identity {identity} -PropertySets Minimum,Audit",
        ),
        Reason::BypassUnknown => fix(
            "Tells whether the account bypasses auditing.",
            "Get-MailboxAuditBypassAssociation -Identity {identity} | Format-List Name,AuditBypassEnabled",
        ),
        Reason::OrganizationUnknown => fix(
            "Tells whether the organisation audits.",
            "Get-OrganizationConfig | Format-List AuditDisabled",
        ),
        _ => {}
    }
    fixes
}

/// Adds to the lists what is missing in them, and sets `AuditEnabled` where it decides.
fn add(row: &Row<'_>, fix: &mut impl FnMut(&str, &str)) {
    let (mailbox, verdict) = (row.mailbox, row.verdict);
    let lacking = PerLogonType::from_fn(|logon| {
        let listed = mailbox.lists[logon].known().map_or(ActionSet::EMPTY, |list| list.actions);
        verdict.known_gaps()[logon] - listed
    });
    let decides =
        verdict.platform == Some(Platform::ExchangeServer) || mailbox.coverage() == Coverage::Switched;
    let enable = decides && mailbox.audit_enabled == Property::Known(false);
    let mut command = String::from("Set-Mailbox -Identity {identity}");
    if enable {
        command.push_str(" -AuditEnabled $true");
    }
    for (logon, set) in lacking.iter().filter(|(_, set)| !set.is_empty()) {
        let names = row.catalog.join(*set, "','");
        command.push_str(&format!(" -Audit{} @{{Add='{names}'}}", logon.name()));
    }
    if lacking.is_empty() && !enable {
        return;
    }
    let added: EnumSet<LogonType> =
        lacking.iter().filter(|(_, set)| !set.is_empty()).map(|(logon, _)| logon).collect();
    let mut about = match (enable, added.is_empty()) {
        (true, true) => "Switches auditing on for this mailbox.".to_owned(),
        (true, false) => "Switches auditing on for this mailbox, and adds what its lists lack.".to_owned(),
        (false, _) => "Adds what is missing, and leaves the rest of the lists alone.".to_owned(),
    };
    // A list that somebody changes is no longer extended by Microsoft (Manage mailbox auditing).
    let leaves = match (verdict.platform, mailbox.default_audit_set.known()) {
        (Some(Platform::ExchangeOnline), Some(managed)) => *managed & added,
        _ => EnumSet::empty(),
    };
    if !leaves.is_empty() {
        let names = join_logon_types(leaves, ", ");
        about.push_str(&format!(" Microsoft no longer manages these lists afterwards: {names}."));
    }
    fix(&about, &command);
}

/// Gives lists that lost defaults back to Microsoft.
fn hand_back(row: &Row<'_>, fix: &mut impl FnMut(&str, &str)) {
    let verdict = row.verdict;
    let lost: EnumSet<LogonType> =
        verdict.customized.iter().filter(|logon| !verdict.missing_defaults[*logon].is_empty()).collect();
    if lost.is_empty() {
        return;
    }
    let about = format!(
        "Or: gives these lists back to Microsoft, which restores the defaults and drops what was added: {}.",
        join_logon_types(lost, ", ")
    );
    let command =
        format!("Set-Mailbox -Identity {{identity}} -DefaultAuditSet {}", join_logon_types(lost, ","));
    fix(&about, &command);
}
