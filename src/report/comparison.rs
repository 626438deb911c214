//! What changed between two states, as CSV, JSON or NDJSON: a head, a row a change, and a tail. The README describes
//! the schema.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use uuid::Uuid;

use super::csv::defuse;
use super::json::PascalPerLogonType;
use crate::domain::action::{ActionSet, LogonType};
use crate::domain::catalog::{Catalog, Platform};
use crate::domain::comparison::{Change, ChangeKind, Difference, Known, MailboxName, Subject, Tally};
use crate::domain::problem::Problems;
use crate::domain::verdict::{AuditState, Judge};

/// The version of this schema. It grows when a field changes or goes.
const SCHEMA_VERSION: u32 = 1;

/// A whole comparison, for whoever wants it in one piece.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Comparison {
    /// What was compared, and by what.
    #[serde(rename = "Comparison")]
    pub head: ComparisonHead,
    /// The changes in the order in which they were found; perhaps only the first ones, `summary` counts all.
    pub changes: Vec<ChangeObject>,
    /// The totals.
    pub summary: ComparisonSummary,
}

/// What was compared, and by what.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ComparisonHead {
    record_type: &'static str,
    schema: &'static str,
    schema_version: u32,
    /// When the comparison was made.
    pub generated_at: String,
    generated_by: &'static str,
    /// The date of the catalogue that both were judged by.
    pub catalog_date: String,
    /// What both were judged against.
    pub baseline: String,
    /// The actions that both were asked about, by platform and logon type.
    pub asked: BTreeMap<&'static str, PascalPerLogonType<Vec<String>>>,
    /// The licence that both were judged by.
    pub licence: &'static str,
    /// The older state.
    pub old: StateHead,
    /// The newer state.
    pub new: StateHead,
}

/// Where a state was read from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateHead {
    /// The file.
    pub file: String,
    /// `Report`, `SavedInput` or `Export`.
    pub kind: &'static str,
    /// When it was made, if the file tells.
    pub generated_at: Option<String>,
    /// What it was asked itself, if it is a report.
    pub baseline: Option<String>,
    /// The date of the catalogue of a report.
    pub catalog_date: Option<String>,
    /// The licence that a report was judged by.
    pub licence: Option<String>,
}

/// The totals of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ComparisonSummary {
    record_type: &'static str,
    /// Whether all of both states was read and compared.
    pub complete: bool,
    /// The older state.
    pub old: StateSummary,
    /// The newer state.
    pub new: StateSummary,
    /// The mailboxes that stand in both.
    pub joined: u64,
    /// How many changes there are.
    pub changes: u64,
    /// How many of them are regressions.
    pub regressions: u64,
    /// How many there are of each kind.
    pub kinds: BTreeMap<&'static str, u64>,
    /// What to know when reading the changes: what could not be compared, and by what was.
    pub notes: Vec<String>,
    /// How many problems there were.
    pub problem_count: u64,
    /// The first of them.
    pub problems: Vec<String>,
}

/// What a state holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateSummary {
    /// Its mailboxes.
    pub mailboxes: u64,
    /// Whether all of it was read.
    pub complete: bool,
    /// The organisation's switch, if it was read.
    pub audit_disabled: Option<bool>,
    /// The accounts that bypass auditing, those without a mailbox included, if they were read.
    pub bypassed_accounts: Option<u64>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeObject {
    record_type: &'static str,
    /// What happened: the name of a [`ChangeKind`].
    pub kind: &'static str,
    /// Whether less is known to be audited than before.
    pub regression: bool,
    /// `Mailbox`, `Account` (one without a mailbox) or `Organization`.
    pub subject: &'static str,
    /// `DisplayName`; of an account its name; empty for the organisation.
    pub display_name: String,
    /// `UserPrincipalName`.
    pub user_principal_name: String,
    /// `PrimarySmtpAddress`.
    pub primary_smtp_address: String,
    /// `Guid`.
    pub guid: Option<Uuid>,
    /// `RecipientTypeDetails`.
    pub recipient_type: String,
    /// For which logon type, where the change has one.
    pub logon_type: Option<&'static str>,
    /// The actions that are newly audited or newly not audited.
    pub actions: Vec<String>,
    /// The property that changed.
    pub property: &'static str,
    /// Its value before; `Unknown` where it was not known, nothing where the mailbox was not there.
    pub old: Option<String>,
    /// Its value now.
    pub new: Option<String>,
    /// All of it in a sentence.
    pub text: String,
}

impl ComparisonHead {
    /// The head of a comparison by that judge.
    pub fn new(judge: &Judge<'_>, generated_at: String, old: StateHead, new: StateHead) -> ComparisonHead {
        let catalog = judge.catalog();
        let asked = Platform::ALL.into_iter().map(|platform| {
            let wanted = judge.wanted(platform);
            let names = |logon| catalog.names(wanted[logon]).map(str::to_owned).collect();
            (platform.name(), PascalPerLogonType::from_fn(names))
        });
        ComparisonHead {
            record_type: "Comparison",
            schema: "non-audited-mailbox/comparison",
            schema_version: SCHEMA_VERSION,
            generated_at,
            generated_by: concat!("non-audited-mailbox ", env!("CARGO_PKG_VERSION")),
            catalog_date: catalog.date().to_owned(),
            baseline: judge.baseline().name().to_owned(),
            asked: asked.collect(),
            licence: judge.licence().name(),
            old,
            new,
        }
    }
}

impl ComparisonSummary {
    /// The totals, still without notes and problems.
    pub fn new(tally: &Tally, joined: u64, old: StateSummary, new: StateSummary) -> ComparisonSummary {
        ComparisonSummary {
            record_type: "ComparisonSummary",
            complete: true,
            old,
            new,
            joined,
            changes: tally.changes(),
            regressions: tally.regressions,
            kinds: ChangeKind::ALL.into_iter().map(|kind| (kind.name(), tally.kind(kind))).collect(),
            notes: Vec::new(),
            problem_count: 0,
            problems: Vec::new(),
        }
    }

    /// Says what makes it incomplete.
    pub fn set_problems(&mut self, problems: &Problems) {
        self.complete = problems.is_empty();
        self.problem_count = problems.count();
        self.problems = problems.first().iter().map(ToString::to_string).collect();
    }
}

impl ChangeObject {
    /// A change in words.
    pub fn new(change: &Change, catalog: &Catalog) -> ChangeObject {
        let difference = &change.difference;
        let (property, old, new) = values(difference);
        let (subject, name) = match &change.subject {
            Subject::Organization => ("Organization", MailboxName::default()),
            Subject::Mailbox(name) => ("Mailbox", name.clone()),
            Subject::Account(account) => {
                let display_name = account.name.as_str().into();
                ("Account", MailboxName { display_name, guid: account.guid, ..MailboxName::default() })
            }
        };
        let (logon_type, actions) = match *difference {
            Difference::NewlyNotAudited(logon, set) | Difference::NewlyAudited(logon, set) => {
                (Some(logon), set)
            }
            Difference::ManagedLeft(logon) | Difference::ManagedRegained(logon) => {
                (Some(logon), ActionSet::EMPTY)
            }
            _ => (None, ActionSet::EMPTY),
        };
        ChangeObject {
            record_type: "Change",
            kind: difference.kind().name(),
            regression: difference.is_regression(),
            subject,
            display_name: name.display_name.into(),
            user_principal_name: name.user_principal_name.into(),
            primary_smtp_address: name.primary_smtp_address.into(),
            guid: name.guid,
            recipient_type: name.recipient_type.into(),
            logon_type: logon_type.map(LogonType::name),
            actions: catalog.names(actions).map(str::to_owned).collect(),
            property,
            text: sentence(difference, catalog),
            old,
            new,
        }
    }
}

const UNKNOWN: &str = "Unknown";

fn truth(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// The property, what it was, and what it is.
fn values(difference: &Difference) -> (&'static str, Option<String>, Option<String>) {
    let both = |old: &str, new: &str| (Some(old.to_owned()), Some(new.to_owned()));
    let (property, (old, new)) = match difference {
        Difference::MailboxNew(state) => ("AuditState", (None, Some(state.name().to_owned()))),
        Difference::MailboxGone(state) => ("AuditState", (Some(state.name().to_owned()), None)),
        Difference::NewlyNotAudited(logon, _) => (list_of(*logon), both("Audited", "NotAudited")),
        Difference::NewlyAudited(logon, _) => (list_of(*logon), both("NotAudited", "Audited")),
        Difference::BypassBegun => ("AuditBypassEnabled", both("False", "True")),
        Difference::BypassEnded => ("AuditBypassEnabled", both("True", "False")),
        Difference::ManagedLeft(_) => ("DefaultAuditSet", both("Managed", "Customised")),
        Difference::ManagedRegained(_) => ("DefaultAuditSet", both("Customised", "Managed")),
        Difference::StateChanged(old, new) => ("AuditState", both(old.name(), new.name())),
        Difference::OrganizationChanged { audit_disabled } => {
            ("AuditDisabled", both(truth(!audit_disabled), truth(*audit_disabled)))
        }
        Difference::AgeLimitChanged(old, new) => ("AuditLogAgeLimit", both(old, new)),
        Difference::BecameUnknown(known) => (property_of(*known), both(&value_of(*known), UNKNOWN)),
        Difference::BecameKnown(known) => (property_of(*known), both(UNKNOWN, &value_of(*known))),
    };
    (property, old, new)
}

/// What a result calls the actions that are missing.
fn list_of(logon: LogonType) -> &'static str {
    match logon {
        LogonType::Admin => "NonAuditedAdmin",
        LogonType::Delegate => "NonAuditedDelegate",
        LogonType::Owner => "NonAuditedOwner",
    }
}

fn property_of(known: Known) -> &'static str {
    match known {
        Known::Mailbox(_) | Known::State(_) => "AuditState",
        Known::Actions => "NonAudited",
        Known::Managed(_) => "DefaultAuditSet",
        Known::Bypass(_) => "AuditBypassEnabled",
        Known::BypassAssociations => "BypassAssociations",
        Known::AuditDisabled(_) => "AuditDisabled",
    }
}

fn value_of(known: Known) -> String {
    match known {
        Known::Mailbox(state) | Known::State(state) => state.name().to_owned(),
        Known::Actions | Known::BypassAssociations => "Known".to_owned(),
        Known::Managed(set) if set.is_empty() => "None".to_owned(),
        Known::Managed(set) => super::join_logon_types(set, ","),
        Known::Bypass(value) | Known::AuditDisabled(value) => truth(value).to_owned(),
    }
}

fn sentence(difference: &Difference, catalog: &Catalog) -> String {
    let names = |set: &ActionSet| catalog.join(*set, ", ");
    match difference {
        Difference::MailboxNew(state) => format!("new mailbox, {}", standing(*state)),
        Difference::MailboxGone(state) => format!("mailbox is gone, {} before", standing(*state)),
        Difference::NewlyNotAudited(logon, set) => {
            format!("not audited for {} any more: {}", logon.name(), names(set))
        }
        Difference::NewlyAudited(logon, set) => format!("audited for {} now: {}", logon.name(), names(set)),
        Difference::BypassBegun => "the account bypasses auditing now: what it does is not logged".to_owned(),
        Difference::BypassEnded => "the account does not bypass auditing any more".to_owned(),
        Difference::ManagedLeft(logon) => format!("{} is not managed by Microsoft any more", logon.name()),
        Difference::ManagedRegained(logon) => format!("{} is managed by Microsoft again", logon.name()),
        Difference::StateChanged(old, new) => format!("{}, was {}", standing(*new), standing(*old)),
        Difference::OrganizationChanged { audit_disabled: true } => {
            "auditing was disabled for the organisation: nothing is audited in Exchange Online".to_owned()
        }
        Difference::OrganizationChanged { audit_disabled: false } => {
            "auditing is enabled for the organisation again".to_owned()
        }
        Difference::AgeLimitChanged(old, new) => format!("records are kept for {new}, before for {old}"),
        Difference::BecameUnknown(known) => format!("{} now; before: {}", unknown(*known), value_of(*known)),
        Difference::BecameKnown(known) => {
            format!("{} before, so a change cannot be told; now: {}", unknown(*known), value_of(*known))
        }
    }
}

fn standing(state: AuditState) -> &'static str {
    match state {
        AuditState::Audited => "audited",
        AuditState::Gap => "with gaps",
        AuditState::NotAudited => "not audited at all",
        AuditState::Unknown => "unknown",
    }
}

fn unknown(known: Known) -> &'static str {
    match known {
        Known::Mailbox(_) => "whether the mailbox was there is unknown, as that state is incomplete",
        Known::State(_) => "how it stands is unknown",
        Known::Actions => "which actions are audited is unknown",
        Known::Managed(_) => "which lists Microsoft manages is unknown",
        Known::Bypass(_) => "whether the account bypasses auditing is unknown",
        Known::BypassAssociations => "who bypasses auditing is unknown",
        Known::AuditDisabled(_) => "whether the organisation audits is unknown",
    }
}

/// The formats of a comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ComparisonFormat {
    /// Comma-separated values, a change a row.
    #[default]
    Csv,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
}

impl ComparisonFormat {
    /// The format that a file's name asks for.
    pub fn from_extension(extension: &str) -> Option<ComparisonFormat> {
        match extension.to_ascii_lowercase().as_str() {
            "csv" => Some(ComparisonFormat::Csv),
            "json" => Some(ComparisonFormat::Json),
            "ndjson" | "jsonl" => Some(ComparisonFormat::Ndjson),
            _ => None,
        }
    }
}

/// Takes a comparison as it is found: the head once, then the changes.
pub trait ChangeSink {
    /// Begins it.
    fn head(&mut self, head: &ComparisonHead) -> io::Result<()>;
    /// Takes a change.
    fn change(&mut self, change: &ChangeObject) -> io::Result<()>;
}

/// Writes a comparison.
pub trait ChangeWriter<W>: ChangeSink {
    /// Ends it, and gives back what it was written to, with all of it.
    fn tail(self: Box<Self>, summary: &ComparisonSummary) -> io::Result<W>;
}

/// The writer of a format.
pub fn change_writer<W: Write + Send + 'static>(
    format: ComparisonFormat,
    out: W,
) -> Box<dyn ChangeWriter<W> + Send> {
    match format {
        ComparisonFormat::Csv => Box::new(CsvChanges {
            csv: csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Marked::new(out)),
        }),
        ComparisonFormat::Json => Box::new(JsonChanges { out, is_document: true, rows: 0 }),
        ComparisonFormat::Ndjson => Box::new(JsonChanges { out, is_document: false, rows: 0 }),
    }
}

struct JsonChanges<W> {
    out: W,
    is_document: bool,
    rows: u64,
}

impl<W: Write> JsonChanges<W> {
    fn put(&mut self, before: &[u8], object: &impl Serialize, after: &[u8]) -> io::Result<()> {
        self.out.write_all(before)?;
        serde_json::to_writer(&mut self.out, object).map_err(io::Error::from)?;
        self.out.write_all(after)
    }
}

impl<W: Write> ChangeSink for JsonChanges<W> {
    fn head(&mut self, head: &ComparisonHead) -> io::Result<()> {
        if self.is_document {
            self.put(b"{\"Comparison\":", head, b",\n\"Changes\":[\n")
        } else {
            self.put(b"", head, b"\n")
        }
    }

    fn change(&mut self, change: &ChangeObject) -> io::Result<()> {
        self.rows += 1;
        match (self.is_document, self.rows) {
            (true, 1) => self.put(b"", change, b""),
            (true, _) => self.put(b",\n", change, b""),
            (false, _) => self.put(b"", change, b"\n"),
        }
    }
}

impl<W: Write> ChangeWriter<W> for JsonChanges<W> {
    fn tail(mut self: Box<Self>, summary: &ComparisonSummary) -> io::Result<W> {
        if self.is_document {
            self.put(b"\n],\n\"Summary\":", summary, b"}\n")?;
        } else {
            self.put(b"", summary, b"\n")?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

const COLUMNS: [&str; 14] = [
    "Kind",
    "Regression",
    "Subject",
    "Display Name",
    "User Principal Name",
    "Primary Smtp Address",
    "Guid",
    "Recipient Type",
    "Logon Type",
    "Actions",
    "Property",
    "Old",
    "New",
    "Text",
];

struct CsvChanges<W: Write> {
    csv: csv::Writer<Marked<W>>,
}

impl<W: Write> CsvChanges<W> {
    fn row(&mut self, cells: [&str; COLUMNS.len()]) -> io::Result<()> {
        for cell in cells {
            self.csv.write_field(defuse(cell).as_ref())?;
        }
        Ok(self.csv.write_record(None::<&[u8]>)?)
    }

    /// A row that is no change: something that must be seen by whoever reads the file.
    fn note(&mut self, kind: &str, text: &str) -> io::Result<()> {
        let mut cells = [""; COLUMNS.len()];
        cells[0] = kind;
        cells[COLUMNS.len() - 1] = text;
        self.row(cells)
    }
}

impl<W: Write> ChangeSink for CsvChanges<W> {
    fn head(&mut self, _: &ComparisonHead) -> io::Result<()> {
        self.row(COLUMNS)
    }

    fn change(&mut self, change: &ChangeObject) -> io::Result<()> {
        let guid = change.guid.map(|guid| guid.to_string());
        self.row([
            change.kind,
            truth(change.regression),
            change.subject,
            &change.display_name,
            &change.user_principal_name,
            &change.primary_smtp_address,
            guid.as_deref().unwrap_or_default(),
            &change.recipient_type,
            change.logon_type.unwrap_or_default(),
            &change.actions.join(","),
            change.property,
            change.old.as_deref().unwrap_or_default(),
            change.new.as_deref().unwrap_or_default(),
            &change.text,
        ])
    }
}

impl<W: Write> ChangeWriter<W> for CsvChanges<W> {
    fn tail(mut self: Box<Self>, summary: &ComparisonSummary) -> io::Result<W> {
        for note in &summary.notes {
            self.note("Note", note)?;
        }
        if let Some(first) = summary.problems.first() {
            let count = summary.problem_count;
            self.note("Incomplete", &format!("{count} problem(s), the first: {first}"))?;
        }
        self.csv.flush()?;
        let marked = self.csv.into_inner();
        marked
            .map(|marked| marked.out)
            .map_err(|error| io::Error::new(error.error().kind(), error.error().to_string()))
    }
}

/// Begins with the byte order mark, which Excel needs.
struct Marked<W> {
    out: W,
    marked: bool,
}

impl<W: Write> Marked<W> {
    fn new(out: W) -> Self {
        Marked { out, marked: false }
    }
}

impl<W: Write> Write for Marked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.marked {
            self.out.write_all("\u{feff}".as_bytes())?;
            self.marked = true;
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
