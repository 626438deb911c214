//! The CSV that begins with the six columns of the script that this replaces.
//!
//! UTF-8 with a byte order mark, which Excel needs to read names in it; lines end as RFC 4180 has it.

use std::borrow::Cow;
use std::io::{self, Write};

use enumset::EnumSet;
use rustc_hash::FxHashMap;

use super::{Columns, Head, Layout, Row, Tail, Writer, each_gap, is_shown, join_logon_types};
use crate::domain::action::{ActionSet, LogonType};
use crate::domain::catalog::{Catalog, Platform};
use crate::domain::list::Property;
use crate::domain::problem::Problems;
use crate::domain::verdict::{AuditState, OrganizationAudit};

/// The six columns, in the order and the spelling that admins know.
pub(super) const CLASSIC: [&str; 6] = [
    "Display Name",
    "Audit By Pass Enabled",
    "Logon type with Default Audit Set",
    "Owner",
    "Admin",
    "Delegate",
];

/// What follows them.
pub(super) const MORE: [&str; 10] = [
    "User Principal Name",
    "Primary Smtp Address",
    "Guid",
    "Recipient Type",
    "Audit State",
    "Reason",
    "Audit Enabled",
    "Audit Log Age Limit",
    "Unrecognized",
    "Remarks",
];

/// The last column of a report of several tenants.
const TENANT: &str = "Tenant";

/// The columns of a row for each missing action.
const EXPANDED: [&str; 11] = [
    "Display Name",
    "User Principal Name",
    "Primary Smtp Address",
    "Guid",
    "Recipient Type",
    "Logon Type",
    "Action",
    "Status",
    "Audit By Pass Enabled",
    "Audit State",
    "Reason",
];

/// The order of the logon types in the six columns.
const CLASSIC_ORDER: [LogonType; 3] = [LogonType::Owner, LogonType::Admin, LogonType::Delegate];

const NOTHING: &str = "-";
const UNKNOWN: &str = "Unknown";

pub(super) struct CsvWriter<W: Write> {
    layout: Layout,
    out: Option<W>,
    csv: Option<csv::Writer<W>>,
    joined: FxHashMap<ActionSet, String>,
    /// The tenant of which the last row said that auditing is disabled; empty where the tenant has no name.
    disabled: Option<String>,
}

impl<W: Write> CsvWriter<W> {
    pub(super) fn new(layout: Layout, out: W) -> Self {
        CsvWriter { layout, out: Some(out), csv: None, joined: FxHashMap::default(), disabled: None }
    }

    fn columns(&self) -> Vec<&'static str> {
        let tenant = self.layout.tenants.then_some(TENANT);
        match self.layout {
            Layout { expand: true, .. } => EXPANDED.into_iter().chain(tenant).collect(),
            Layout { columns: Columns::Classic, .. } => CLASSIC.to_vec(),
            Layout { columns: Columns::All, .. } => CLASSIC.into_iter().chain(MORE).chain(tenant).collect(),
        }
    }

    fn cell(&mut self, text: &str) -> io::Result<()> {
        csv(&mut self.csv)?.write_field(defuse(text).as_ref()).map_err(io::Error::from)
    }

    fn end_row(&mut self) -> io::Result<()> {
        csv(&mut self.csv)?.write_record(None::<&[u8]>).map_err(io::Error::from)
    }

    /// A row that is no mailbox: something that must be seen by whoever reads the file.
    fn note(&mut self, text: &str, filler: &str, state: AuditState) -> io::Result<()> {
        for column in self.columns() {
            match column {
                "Display Name" => self.cell(text)?,
                "Audit State" => self.cell(state.name())?,
                "Remarks" => self.cell(text)?,
                "Owner" | "Admin" | "Delegate" | "Action" | "Audit By Pass Enabled" => self.cell(filler)?,
                _ => self.cell(NOTHING)?,
            }
        }
        self.end_row()
    }

    /// Where the organisation audits nothing, a row before its first mailbox says so.
    fn note_organization(&mut self, organization: OrganizationAudit, tenant: Option<&str>) -> io::Result<()> {
        let tenant = tenant.unwrap_or_default();
        if organization != OrganizationAudit::Disabled || self.disabled.as_deref() == Some(tenant) {
            return Ok(());
        }
        self.disabled = Some(tenant.to_owned());
        let whose = if tenant.is_empty() { String::new() } else { format!(" of {tenant}") };
        self.note(&DISABLED_NOTE.replace(':', &format!("{whose}:")), NOTHING, AuditState::NotAudited)
    }

    fn mailbox(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.cell(&row.mailbox.display_name)?;
        self.cell(bypass(row))?;
        self.cell(&default_audit_set(row))?;
        for logon in CLASSIC_ORDER {
            match row.gaps() {
                Some(gaps) => self.actions(gaps[logon], row.catalog)?,
                None => self.cell(UNKNOWN)?,
            }
        }
        if self.layout.columns == Columns::All {
            self.identity(row)?;
            self.cell(row.verdict.state.name())?;
            self.cell(row.verdict.reason.name())?;
            self.cell(switch(&row.mailbox.audit_enabled))?;
            self.cell(or_nothing(&row.mailbox.audit_log_age_limit))?;
            self.cell(or_nothing(&row.unrecognized(",")))?;
            self.cell(or_nothing(&row.remarks()))?;
            self.tenant(row)?;
        }
        self.end_row()
    }

    fn identity(&mut self, row: &Row<'_>) -> io::Result<()> {
        let mailbox = row.mailbox;
        self.cell(&mailbox.user_principal_name)?;
        self.cell(&mailbox.primary_smtp_address)?;
        let mut guid = uuid::Uuid::encode_buffer();
        self.cell(mailbox.guid.as_ref().map_or("", |id| id.hyphenated().encode_lower(&mut guid)))?;
        self.cell(&mailbox.recipient_type)
    }

    /// The names of a set. The same sets come again and again: each is joined once.
    fn actions(&mut self, set: ActionSet, catalog: &Catalog) -> io::Result<()> {
        const DISTINCT: usize = 4096;
        if self.joined.len() >= DISTINCT {
            self.joined.clear();
        }
        let names = self
            .joined
            .entry(set)
            .or_insert_with(|| if set.is_empty() { NOTHING.to_owned() } else { catalog.join(set, ",") });
        csv(&mut self.csv)?.write_field(defuse(names).as_ref()).map_err(io::Error::from)
    }

    fn expanded(&mut self, row: &Row<'_>) -> io::Result<()> {
        let mut any = false;
        for (logon, action) in each_gap(row) {
            any = true;
            let platform = row.verdict.platform.unwrap_or(Platform::ExchangeOnline);
            let status = row.catalog.actions()[action.index()].status(platform, logon);
            self.gap(row, logon.name(), row.catalog.name(action), status.name())?;
        }
        // Without a missing action there is still something to say: bypassed, or not known.
        if !any {
            let filler = if row.gaps().is_none() { UNKNOWN } else { NOTHING };
            self.gap(row, filler, filler, filler)?;
        }
        Ok(())
    }

    fn gap(&mut self, row: &Row<'_>, logon: &str, action: &str, status: &str) -> io::Result<()> {
        self.cell(&row.mailbox.display_name)?;
        self.identity(row)?;
        self.cell(logon)?;
        self.cell(action)?;
        self.cell(status)?;
        self.cell(bypass(row))?;
        self.cell(row.verdict.state.name())?;
        self.cell(row.verdict.reason.name())?;
        self.tenant(row)?;
        self.end_row()
    }

    fn tenant(&mut self, row: &Row<'_>) -> io::Result<()> {
        if self.layout.tenants { self.cell(or_nothing(row.tenant.unwrap_or_default())) } else { Ok(()) }
    }
}

impl<W: Write> Writer<W> for CsvWriter<W> {
    fn head(&mut self, head: &Head<'_>) -> io::Result<()> {
        let mut out = self.out.take().ok_or_else(out_of_order)?;
        out.write_all("\u{feff}".as_bytes())?;
        self.csv = Some(csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out));
        for column in self.columns() {
            self.cell(column)?;
        }
        self.end_row()?;
        // Of several tenants each is named before its own mailboxes.
        if self.layout.tenants { Ok(()) } else { self.note_organization(head.organization, None) }
    }

    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        if !is_shown(self.layout, row.verdict) {
            return Ok(());
        }
        self.note_organization(row.organization, row.tenant)?;
        if self.layout.expand { self.expanded(row) } else { self.mailbox(row) }
    }

    fn tail(mut self: Box<Self>, tail: &Tail<'_>) -> io::Result<W> {
        if let Some(text) = incomplete_note(tail.problems) {
            self.note(&text, UNKNOWN, AuditState::Unknown)?;
        }
        let mut csv = self.csv.take().ok_or_else(out_of_order)?;
        // What goes wrong comes as it is out of this one, system's number included.
        csv.flush()?;
        csv.into_inner().map_err(|error| io::Error::new(error.error().kind(), error.error().to_string()))
    }
}

/// What the first row says where the organisation switched auditing off.
pub(super) const DISABLED_NOTE: &str =
    "(auditing is disabled for the organisation: nothing is audited in Exchange Online)";

/// What the last row says of an incomplete report.
pub(super) fn incomplete_note(problems: &Problems) -> Option<String> {
    let first = problems.first().first()?;
    Some(format!("(incomplete report: {} problem(s), the first: {first})", problems.count()))
}

fn csv<W: Write>(csv: &mut Option<csv::Writer<W>>) -> io::Result<&mut csv::Writer<W>> {
    csv.as_mut().ok_or_else(out_of_order)
}

fn out_of_order() -> io::Error {
    io::Error::other("a report begins with its head, once")
}

fn bypass(row: &Row<'_>) -> &'static str {
    match row.verdict.bypass.to_option() {
        Some(true) => "True",
        Some(false) => "False",
        None => UNKNOWN,
    }
}

fn switch(value: &Property<bool>) -> &'static str {
    match value {
        Property::Known(true) => "True",
        Property::Known(false) => "False",
        Property::Absent | Property::Refused(_) => UNKNOWN,
    }
}

/// The logon types that Microsoft still manages.
pub(super) fn default_audit_set(row: &Row<'_>) -> Cow<'static, str> {
    let managed = row.mailbox.default_audit_set.known();
    match (managed, row.verdict.platform) {
        (Some(managed), _) if *managed != EnumSet::empty() => join_logon_types(*managed, ",").into(),
        // Exchange Server has no such property.
        (Some(_), _) | (None, Some(Platform::ExchangeServer)) => NOTHING.into(),
        (None, _) => UNKNOWN.into(),
    }
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { NOTHING } else { text }
}

/// A spreadsheet runs cells that begin so (CWE-1236): a leading apostrophe makes them text. The lone hyphen, our
/// sign for nothing, is harmless.
pub(super) fn defuse(cell: &str) -> Cow<'_, str> {
    let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell != NOTHING;
    if runs { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}
