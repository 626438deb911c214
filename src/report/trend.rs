//! What a folder of earlier reports tells of the time between them.

use serde::Serialize;

/// The earlier reports of a folder, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Trend {
    /// A point for each report.
    pub points: Vec<TrendPoint>,
    /// The files that gave none.
    pub skipped: Vec<SkippedFile>,
}

/// What one report says of all its mailboxes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TrendPoint {
    /// The report's file, without its folder.
    pub file: String,
    /// When it was made, as an RFC 3339 timestamp.
    pub generated_at: String,
    /// What it was judged against. Points of different baselines do not compare.
    pub baseline: String,
    /// The date of its catalogue.
    pub catalog_date: String,
    /// The organisation's switch, if it was read.
    pub audit_disabled: Option<bool>,
    /// Whether all could be read and judged.
    pub complete: bool,
    /// All mailboxes.
    pub mailboxes: u64,
    /// Of which nothing is missing.
    pub audited: u64,
    /// With gaps.
    pub with_gaps: u64,
    /// Of which nothing is audited.
    pub not_audited: u64,
    /// Of which it could not be told.
    pub unknown: u64,
    /// Whose account bypasses auditing; nothing where that is unknown of all of them.
    pub bypassed: Option<u64>,
    /// Of which it is not known whether their account bypasses auditing.
    pub bypass_unknown: u64,
    /// All accounts that bypass auditing, those without a mailbox included, if they were read.
    pub bypassed_accounts: Option<u64>,
}

/// A file of the folder that is no report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SkippedFile {
    /// Its name, without its folder.
    pub file: String,
    /// Why not.
    pub reason: String,
}
