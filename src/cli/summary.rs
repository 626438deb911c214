//! The summary that `nam report` prints.

use std::fmt::Write;

use comfy_table::{CellAlignment, Table, presets};
use non_audited_mailbox::app::Outcome;
use non_audited_mailbox::domain::action::LogonType;
use non_audited_mailbox::domain::verdict::{AuditState, Judge, OrganizationAudit};

/// How many of the actions most often missing are named for each logon type.
const SHOWN_ACTIONS: usize = 6;

/// Names beyond this width go on the next line.
const WIDTH: u16 = 110;

pub(super) fn render(outcome: &Outcome, judge: &Judge<'_>) -> String {
    let mut text = String::new();
    if outcome.organization == OrganizationAudit::Disabled {
        text.push_str(
            "AUDITING IS DISABLED FOR THE ORGANISATION (AuditDisabled is True): nothing is audited.\n\n",
        );
    }
    if !outcome.problems.is_empty() {
        text.push_str("INCOMPLETE: not all could be read or judged; see the messages.\n\n");
    }
    let (counts, by_logon_type) = (counts(outcome).trim_fmt(), by_logon_type(outcome, judge).trim_fmt());
    line(&mut text, format_args!("{counts}\n\n{by_logon_type}\n"));
    hints(&mut text, outcome);
    if let Some(path) = &outcome.path {
        line(&mut text, format_args!("Report: {}", path.display()));
    }
    text
}

pub(super) fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}

fn counts(outcome: &Outcome) -> Table {
    let summary = &outcome.summary;
    let mut table = table();
    let mut row = |name: &str, value: String, meaning: &str| {
        table.add_row(vec![name.to_owned(), value, meaning.to_owned()]);
    };
    let state = |state| summary.state(state).to_string();
    row("Mailboxes", summary.mailboxes.to_string(), "");
    row("  audited", state(AuditState::Audited), "nothing that was asked about is missing");
    row("  with gaps", state(AuditState::Gap), "something is missing, or the account bypasses auditing");
    row("  not audited at all", state(AuditState::NotAudited), "");
    row("  unknown", state(AuditState::Unknown), "could not be told: take them as not audited");
    row("Customised", summary.customized.to_string(), "an audit list is no longer managed by Microsoft");
    match &outcome.bypassed {
        Some(accounts) => {
            let others = (accounts.len() as u64).saturating_sub(summary.bypassed);
            let meaning = format!("and {others} account(s) without a mailbox in this report");
            row("Bypassed", summary.bypassed.to_string(), &meaning);
            row("  bypass unknown", summary.bypass_unknown.to_string(), "");
        }
        None if summary.bypass_unknown == summary.mailboxes => row("Bypassed", "unknown".to_owned(), ""),
        None => row("Bypassed", summary.bypassed.to_string(), "as the earlier report says"),
    }
    if summary.not_licensed > 0 {
        row("Not licensed", summary.not_licensed.to_string(), "lack actions that may need Audit (Premium)");
    }
    if summary.unrecognized > 0 {
        row("Unrecognised", summary.unrecognized.to_string(), "list actions newer than the catalogue");
    }
    align_right(&mut table, 1);
    table
}

fn by_logon_type(outcome: &Outcome, judge: &Judge<'_>) -> Table {
    let mut table = table();
    table.set_header(vec!["Logon type", "With gaps", "Most often missing"]);
    let asked = LogonType::ALL.into_iter().filter(|logon| judge.scope().logon_types.contains(*logon));
    for logon in asked {
        let missing = outcome.summary.most_missing(logon);
        let mut names: Vec<_> = missing
            .iter()
            .take(SHOWN_ACTIONS)
            .map(|(action, count)| format!("{} {count}", judge.catalog().name(*action)))
            .collect();
        if missing.len() > SHOWN_ACTIONS {
            names.push(format!("and {} more", missing.len() - SHOWN_ACTIONS));
        }
        let with_gaps = outcome.summary.with_gaps[logon];
        table.add_row(vec![logon.name().to_owned(), with_gaps.to_string(), names.join(", ")]);
    }
    align_right(&mut table, 1);
    table
}

/// What to give for a fuller answer.
fn hints(text: &mut String, outcome: &Outcome) {
    if outcome.organization == OrganizationAudit::Unknown {
        line(
            text,
            format_args!(
                "Whether the organisation audits at all was not read: give --organization FILE \
                 (Get-OrganizationConfig)."
            ),
        );
    }
    if outcome.bypassed.is_none() && outcome.summary.bypass_unknown > 0 {
        line(
            text,
            format_args!(
                "Who bypasses auditing was not read: give --bypass FILE \
                 (Get-MailboxAuditBypassAssociation -ResultSize Unlimited)."
            ),
        );
    }
}

pub(super) fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_width(WIDTH);
    table.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    table
}

pub(super) fn align_right(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}
