//! Domain -> CSV, HTML, JSON and NDJSON, over any [`io::Write`], and the file that a report becomes.
//!
//! A report is a head, a row a mailbox, and a tail that says whether it is complete. Writers know no clock: equal
//! input gives equal bytes.

mod comparison;
mod csv;
mod drift;
mod html;
mod json;
pub mod saved;
mod target;
mod trend;

use std::io::{self, Write};

use enumset::EnumSet;

pub use comparison::{
    ChangeObject, ChangeSink, ChangeWriter, Comparison, ComparisonFormat, ComparisonHead, ComparisonSummary,
    StateHead, StateSummary, change_writer,
};
pub use drift::{Collected, Compared, Drift, OlderState, unjoined};
pub use html::Earlier;
pub use json::summary_json;
pub use target::{Clobber, Target, TargetError};
pub use trend::{SkippedFile, Trend, TrendPoint};

use crate::domain::action::{ActionSet, LogonType, PerLogonType};
use crate::domain::bypass::BypassedAccount;
use crate::domain::catalog::Catalog;
use crate::domain::mailbox::Mailbox;
use crate::domain::problem::Problems;
use crate::domain::summary::Summary;
use crate::domain::verdict::{Judge, OrganizationAudit, Verdict};

/// The version of the JSON reports' schema, which the README describes. It grows when a field changes or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// The formats of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, which begin with the six columns that admins know.
    #[default]
    Csv,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// One page for a browser, with all that it needs in it.
    Html,
}

impl Format {
    /// The format that a file's name asks for.
    pub fn from_extension(extension: &str) -> Option<Format> {
        match extension.to_ascii_lowercase().as_str() {
            "csv" => Some(Format::Csv),
            "json" => Some(Format::Json),
            "ndjson" | "jsonl" => Some(Format::Ndjson),
            "html" | "htm" => Some(Format::Html),
            _ => None,
        }
    }

    /// The extension of such a file.
    pub const fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Html => "html",
        }
    }

    /// Whether a report of this format can be laid out so; if not, why.
    pub fn check(self, layout: Layout) -> Result<(), &'static str> {
        if self == Format::Html && layout.expand {
            return Err(
                "a page shows the actions of each mailbox when it is opened, and has no expanded form",
            );
        }
        if self == Format::Csv && layout.expand && layout.columns == Columns::Classic {
            return Err("an expanded report has columns of its own, not the six classic ones");
        }
        Ok(())
    }
}

/// Which columns a CSV report has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Columns {
    /// The six, and what else an admin needs after them.
    #[default]
    All,
    /// The six alone.
    Classic,
}

/// What of the mailboxes a report shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Layout {
    /// The columns of a CSV report.
    pub columns: Columns,
    /// Leave out the mailboxes that are audited.
    pub only_gaps: bool,
    /// A row for each missing action instead of one for each mailbox.
    pub expand: bool,
    /// Say of each mailbox whose it is: for reports of several tenants.
    pub tenants: bool,
}

/// What holds for all of a report.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// By what was judged.
    pub judge: &'a Judge<'a>,
    /// The organisation's switch.
    pub organization: OrganizationAudit,
    /// Whether bypass associations were given.
    pub bypass_read: bool,
    /// When, as an RFC 3339 timestamp.
    pub generated_at: &'a str,
}

/// One mailbox and what was found.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The mailbox.
    pub mailbox: &'a Mailbox<'a>,
    /// What was found.
    pub verdict: &'a Verdict,
    /// The switch of its organisation, which is not that of the head in a report of several.
    pub organization: OrganizationAudit,
    /// Its tenant, where that is known and the layout says it.
    pub tenant: Option<&'a str>,
    /// By what was judged.
    pub judge: &'a Judge<'a>,
    /// The catalogue that names its actions.
    pub catalog: &'a Catalog,
}

impl Row<'_> {
    /// The names that the catalogue lacks, joined.
    fn unrecognized(&self, separator: &str) -> String {
        self.mailbox.unrecognized().collect::<Vec<_>>().join(separator)
    }

    /// The gaps of each logon type, or nothing where they are not known.
    fn gaps(&self) -> Option<&PerLogonType<ActionSet>> {
        self.verdict.gaps.as_ref()
    }

    /// The remarks in one line.
    fn remarks(&self) -> String {
        self.verdict.remark_text(self.catalog, &self.unrecognized(", "))
    }
}

/// What is known once all mailboxes are through.
#[derive(Debug, Clone, Copy)]
pub struct Tail<'a> {
    /// The totals.
    pub summary: &'a Summary,
    /// What makes the report incomplete.
    pub problems: &'a Problems,
    /// The accounts that bypass auditing, if they were read.
    pub bypassed: Option<&'a [BypassedAccount]>,
    /// The catalogue that names the actions.
    pub catalog: &'a Catalog,
}

/// Writes a report: the head once, the rows, the tail once.
pub trait Writer<W> {
    /// Begins the report.
    fn head(&mut self, head: &Head<'_>) -> io::Result<()>;
    /// Writes a mailbox.
    fn row(&mut self, row: &Row<'_>) -> io::Result<()>;
    /// Ends the report, and gives back what it was written to, with all of it.
    fn tail(self: Box<Self>, tail: &Tail<'_>) -> io::Result<W>;
}

/// The writer of a format.
pub fn writer<W: Write + Send + 'static>(
    format: Format,
    layout: Layout,
    out: W,
) -> Box<dyn Writer<W> + Send> {
    match format {
        Format::Csv => Box::new(csv::CsvWriter::new(layout, out)),
        Format::Html => page(layout, Earlier::default(), out),
        Format::Json => Box::new(json::JsonWriter::new(json::Framing::Document, layout, out)),
        Format::Ndjson => Box::new(json::JsonWriter::new(json::Framing::Lines, layout, out)),
    }
}

/// The writer of a page that shows what was earlier, too.
pub fn page<W: Write + Send + 'static>(
    layout: Layout,
    earlier: Earlier,
    out: W,
) -> Box<dyn Writer<W> + Send> {
    Box::new(html::HtmlWriter::new(layout, earlier, out))
}

/// Whether a layout shows a mailbox.
fn is_shown(layout: Layout, verdict: &Verdict) -> bool {
    !(layout.only_gaps || layout.expand) || verdict.needs_attention()
}

/// The missing actions one by one.
fn each_gap<'r>(row: &'r Row<'_>) -> impl Iterator<Item = (LogonType, crate::domain::action::ActionId)> + 'r {
    row.gaps()
        .into_iter()
        .flat_map(|gaps| gaps.iter().flat_map(|(logon, set)| set.iter().map(move |action| (logon, action))))
}

/// The names of logon types, joined.
fn join_logon_types(types: EnumSet<LogonType>, separator: &str) -> String {
    types.iter().map(LogonType::name).collect::<Vec<_>>().join(separator)
}
