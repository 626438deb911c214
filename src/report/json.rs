//! JSON reports: one document, or one object a line. The README describes the schema.
//!
//! The objects of mailboxes carry what was read under the names that Exchange gives it, so that a report can be read
//! again like an export.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use uuid::Uuid;

use super::{Head, Layout, Row, SCHEMA_VERSION, Tail, Writer, each_gap, is_shown};
use crate::domain::action::{LogonType, PerLogonType};
use crate::domain::catalog::{Catalog, Platform};
use crate::domain::list::Property;
use crate::domain::verdict::{AuditState, OrganizationAudit};

/// How the objects stand in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// `{"Report": …, "Mailboxes": […], "Summary": …}`, a mailbox a line.
    Document,
    /// An object a line.
    Lines,
}

pub(super) struct JsonWriter<W> {
    framing: Framing,
    layout: Layout,
    out: W,
    rows: u64,
    /// The switch that the head has.
    organization: OrganizationAudit,
}

impl<W: Write> JsonWriter<W> {
    pub(super) fn new(framing: Framing, layout: Layout, out: W) -> Self {
        JsonWriter { framing, layout, out, rows: 0, organization: OrganizationAudit::Unknown }
    }

    fn object(&mut self, object: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, object).map_err(io::Error::from)
    }

    fn item(&mut self, object: &impl Serialize) -> io::Result<()> {
        if self.framing == Framing::Document && self.rows > 0 {
            self.out.write_all(b",\n")?;
        }
        self.rows += 1;
        self.object(object)?;
        if self.framing == Framing::Lines { self.out.write_all(b"\n") } else { Ok(()) }
    }
}

impl<W: Write> Writer<W> for JsonWriter<W> {
    fn head(&mut self, head: &Head<'_>) -> io::Result<()> {
        let report = report_object(head);
        self.organization = head.organization;
        match self.framing {
            Framing::Document => {
                self.out.write_all(b"{\"Report\":")?;
                self.object(&report)?;
                self.out.write_all(b",\n\"Mailboxes\":[\n")
            }
            Framing::Lines => {
                self.object(&report)?;
                self.out.write_all(b"\n")
            }
        }
    }

    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        if !is_shown(self.layout, row.verdict) {
            return Ok(());
        }
        if !self.layout.expand {
            let own = (row.organization != self.organization).then(|| row.organization.audit_disabled());
            return self.item(&mailbox_object(row, own));
        }
        let mut any = false;
        for (logon, action) in each_gap(row) {
            any = true;
            let platform = row.verdict.platform.unwrap_or(Platform::ExchangeOnline);
            let status = row.catalog.actions()[action.index()].status(platform, logon).name();
            self.item(&gap_object(row, Some((logon.name(), row.catalog.name(action), status))))?;
        }
        if any { Ok(()) } else { self.item(&gap_object(row, None)) }
    }

    fn tail(mut self: Box<Self>, tail: &Tail<'_>) -> io::Result<W> {
        let summary = summary_object(tail);
        if self.framing == Framing::Document {
            self.out.write_all(b"\n],\n\"Summary\":")?;
            self.object(&summary)?;
            self.out.write_all(b"}")?;
        } else {
            self.object(&summary)?;
        }
        self.out.write_all(b"\n")?;
        self.out.flush()?;
        Ok(self.out)
    }
}

type Names<'a> = Vec<&'a str>;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReportObject<'a> {
    record_type: &'static str,
    schema: &'static str,
    schema_version: u32,
    generated_at: &'a str,
    generated_by: &'static str,
    catalog_date: &'a str,
    baseline: &'a str,
    asked: BTreeMap<&'static str, PascalPerLogonType<Names<'a>>>,
    licence: &'static str,
    audit_disabled: Option<bool>,
    bypass_read: bool,
}

/// One value for each logon type, as JSON names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PascalPerLogonType<T> {
    admin: T,
    delegate: T,
    owner: T,
}

impl<T> PascalPerLogonType<T> {
    pub(super) fn from_fn(mut make: impl FnMut(LogonType) -> T) -> Self {
        let PerLogonType { admin, delegate, owner } = PerLogonType::from_fn(&mut make);
        PascalPerLogonType { admin, delegate, owner }
    }
}

fn report_object<'a>(head: &Head<'a>) -> ReportObject<'a> {
    let catalog = head.judge.catalog();
    let asked = Platform::ALL.into_iter().map(|platform| {
        let wanted = head.judge.wanted(platform);
        (platform.name(), PascalPerLogonType::from_fn(|logon| catalog.names(wanted[logon]).collect()))
    });
    ReportObject {
        record_type: "Report",
        schema: "non-audited-mailbox/report",
        schema_version: SCHEMA_VERSION,
        generated_at: head.generated_at,
        generated_by: concat!("non-audited-mailbox ", env!("CARGO_PKG_VERSION")),
        catalog_date: catalog.date(),
        baseline: head.judge.baseline().name(),
        asked: asked.collect(),
        licence: head.judge.licence().name(),
        audit_disabled: head.organization.audit_disabled(),
        bypass_read: head.bypass_read,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MailboxObject<'a> {
    record_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    display_name: &'a str,
    user_principal_name: &'a str,
    primary_smtp_address: &'a str,
    identity: &'a str,
    guid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange_object_id: Option<Uuid>,
    #[serde(skip_serializing_if = "str::is_empty")]
    distinguished_name: &'a str,
    recipient_type_details: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    admin_display_version: &'a str,
    platform: Option<&'static str>,
    /// Where it is not that of the head.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_disabled: Option<Option<bool>>,
    audit_state: &'static str,
    reason: &'static str,
    audit_enabled: Option<bool>,
    audit_bypass_enabled: Option<bool>,
    default_audit_set: Option<Names<'a>>,
    audit_admin: Option<Names<'a>>,
    audit_delegate: Option<Names<'a>>,
    audit_owner: Option<Names<'a>>,
    audit_log_age_limit: &'a str,
    non_audited_admin: Option<Names<'a>>,
    non_audited_delegate: Option<Names<'a>>,
    non_audited_owner: Option<Names<'a>>,
    unrecognized: Names<'a>,
    remarks: String,
}

fn mailbox_object<'a>(row: &Row<'a>, audit_disabled: Option<Option<bool>>) -> MailboxObject<'a> {
    let (mailbox, verdict, catalog) = (row.mailbox, row.verdict, row.catalog);
    let list = |logon: LogonType| -> Option<Names<'a>> {
        let list = mailbox.lists[logon].known()?;
        Some(catalog.names(list.actions).chain(list.unrecognized.iter().map(|name| &**name)).collect())
    };
    let gaps = |logon: LogonType| Some(catalog.names(verdict.gaps.as_ref()?[logon]).collect());
    MailboxObject {
        record_type: "Mailbox",
        tenant: row.tenant,
        display_name: &mailbox.display_name,
        user_principal_name: &mailbox.user_principal_name,
        primary_smtp_address: &mailbox.primary_smtp_address,
        identity: &mailbox.identity,
        guid: mailbox.guid,
        exchange_object_id: mailbox.exchange_object_id,
        distinguished_name: &mailbox.distinguished_name,
        recipient_type_details: &mailbox.recipient_type,
        admin_display_version: &mailbox.admin_display_version,
        platform: verdict.platform.map(Platform::name),
        audit_disabled,
        audit_state: verdict.state.name(),
        reason: verdict.reason.name(),
        audit_enabled: mailbox.audit_enabled.known().copied(),
        audit_bypass_enabled: verdict.bypass.to_option(),
        default_audit_set: managed(&mailbox.default_audit_set),
        audit_admin: list(LogonType::Admin),
        audit_delegate: list(LogonType::Delegate),
        audit_owner: list(LogonType::Owner),
        audit_log_age_limit: &mailbox.audit_log_age_limit,
        non_audited_admin: gaps(LogonType::Admin),
        non_audited_delegate: gaps(LogonType::Delegate),
        non_audited_owner: gaps(LogonType::Owner),
        unrecognized: mailbox.unrecognized().collect(),
        remarks: row.remarks(),
    }
}

fn managed<'a>(set: &Property<enumset::EnumSet<LogonType>>) -> Option<Names<'a>> {
    set.known().map(|set| set.iter().map(LogonType::name).collect())
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GapObject<'a> {
    record_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    display_name: &'a str,
    user_principal_name: &'a str,
    primary_smtp_address: &'a str,
    guid: Option<Uuid>,
    recipient_type_details: &'a str,
    logon_type: Option<&'a str>,
    action: Option<&'a str>,
    status: Option<&'a str>,
    audit_bypass_enabled: Option<bool>,
    audit_state: &'static str,
    reason: &'static str,
}

fn gap_object<'a>(row: &Row<'a>, gap: Option<(&'a str, &'a str, &'a str)>) -> GapObject<'a> {
    let mailbox = row.mailbox;
    GapObject {
        record_type: "NonAuditedAction",
        tenant: row.tenant,
        display_name: &mailbox.display_name,
        user_principal_name: &mailbox.user_principal_name,
        primary_smtp_address: &mailbox.primary_smtp_address,
        guid: mailbox.guid,
        recipient_type_details: &mailbox.recipient_type,
        logon_type: gap.map(|(logon, _, _)| logon),
        action: gap.map(|(_, action, _)| action),
        status: gap.map(|(_, _, status)| status),
        audit_bypass_enabled: row.verdict.bypass.to_option(),
        audit_state: row.verdict.state.name(),
        reason: row.verdict.reason.name(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SummaryObject<'a> {
    record_type: &'static str,
    complete: bool,
    mailboxes: u64,
    states: BTreeMap<&'static str, u64>,
    with_gaps: PascalPerLogonType<u64>,
    missing: PascalPerLogonType<BTreeMap<&'a str, u64>>,
    bypassed: u64,
    bypass_unknown: u64,
    customized: u64,
    unrecognized: u64,
    not_licensed: u64,
    bypassed_accounts: Option<Vec<AccountObject<'a>>>,
    problem_count: u64,
    problems: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountObject<'a> {
    name: &'a str,
    guid: Option<Uuid>,
}

/// The end of a JSON report by itself, with the organisation's switch, which stands in its head.
pub fn summary_json(tail: &Tail<'_>, organization: OrganizationAudit) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Outcome<'a> {
        audit_disabled: Option<bool>,
        #[serde(flatten)]
        summary: SummaryObject<'a>,
    }
    let outcome = Outcome { audit_disabled: organization.audit_disabled(), summary: summary_object(tail) };
    #[expect(clippy::expect_used, reason = "texts and numbers only")]
    serde_json::to_string(&outcome).expect("plain data becomes JSON")
}

fn summary_object<'a>(tail: &Tail<'a>) -> SummaryObject<'a> {
    let (summary, catalog): (_, &'a Catalog) = (tail.summary, tail.catalog);
    let missing = |logon| -> BTreeMap<&'a str, u64> {
        summary.most_missing(logon).into_iter().map(|(action, count)| (catalog.name(action), count)).collect()
    };
    SummaryObject {
        record_type: "Summary",
        complete: tail.problems.is_empty(),
        mailboxes: summary.mailboxes,
        states: AuditState::ALL.into_iter().map(|state| (state.name(), summary.state(state))).collect(),
        with_gaps: PascalPerLogonType::from_fn(|logon| summary.with_gaps[logon]),
        missing: PascalPerLogonType::from_fn(missing),
        bypassed: summary.bypassed,
        bypass_unknown: summary.bypass_unknown,
        customized: summary.customized,
        unrecognized: summary.unrecognized,
        not_licensed: summary.not_licensed,
        bypassed_accounts: tail.bypassed.map(|accounts| {
            accounts.iter().map(|account| AccountObject { name: &account.name, guid: account.guid }).collect()
        }),
        problem_count: tail.problems.count(),
        problems: tail.problems.first().iter().map(ToString::to_string).collect(),
    }
}
