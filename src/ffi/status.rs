//! What a call tells besides its results: a number for programs, a sentence for people.

/// How a call went. The numbers are fixed: one that is no longer used stays unused.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamStatus {
    /// Done; the results are written.
    Ok = 0,
    /// A pointer is NULL that may not be, or is NULL with a length above zero.
    NullArgument = 1,
    /// A length is below -1.
    BadLength = 2,
    /// A number has none of the documented values.
    BadArgument = 3,
    /// A defect in this library. Nothing was done; the handle can still be used and freed.
    Panic = 4,
    /// The baseline is unknown, or not of the shape of a baseline.
    BadBaseline = 100,
    /// Of the baseline, the logon types and the actions asked for leave nothing.
    NothingAsked = 101,
    /// A row of `Get-MailboxAuditBypassAssociation` cannot be joined to a mailbox, or has no readable value.
    BadBypassRow = 200,
    /// The report has the mailbox as unknown; `problem` says why.
    Unreadable = 201,
    /// The object is no mailbox, and the report lacks it: it is incomplete.
    NotAMailbox = 202,
    /// There is no report: its file cannot be written, or may not be replaced. An older file is as it was.
    NoReport = 300,
    /// Mailboxes of one report were asked about in different ways.
    OtherQuestion = 301,
    /// A saved export cannot be read.
    NoExport = 302,
    /// What was read of a tenant cannot be kept in a temporary file.
    NoInput = 303,
    /// Nobody could be signed in to a tenant, or whoever was may not read it.
    NoSignIn = 304,
    /// A tenant could not be read.
    NotRead = 305,
    /// It was stopped before it was done.
    Stopped = 306,
    /// A record of changes cannot be written, or cannot be read.
    NoRecord = 310,
}

/// Why a call failed: becomes the returned status and its message.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: NamStatus,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(status: NamStatus, message: impl Into<String>) -> Failure {
        Failure { status, message: message.into() }
    }
}
