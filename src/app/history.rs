//! A folder of earlier reports, as a trend.

use std::fs;
use std::path::{Path, PathBuf};

use super::AppError;
use crate::domain::verdict::AuditState;
use crate::input::{Earlier, EarlierSummary, Heading, SourceError, read_heading};
use crate::report::{SCHEMA_VERSION, SkippedFile, Trend, TrendPoint};

/// Reads the heads and the summaries of the JSON and NDJSON reports of a folder, the oldest first. Files that are none
/// are told in the trend; hidden files and folders in it are left alone.
///
/// # Errors
///
/// When the folder cannot be read: it was named to be used.
pub fn read_history(folder: &Path) -> Result<Trend, AppError> {
    let fail = |error| AppError::Open { file: folder.to_string_lossy().into(), error };
    let mut trend = Trend::default();
    for path in files(folder).map_err(|error| fail(SourceError::Io(error)))? {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match point(&path, &file) {
            Ok(point) => trend.points.push(point),
            Err(reason) => trend.skipped.push(SkippedFile { file, reason }),
        }
    }
    trend.points.sort_by(|left, right| {
        (time(left), &left.generated_at, &left.file).cmp(&(time(right), &right.generated_at, &right.file))
    });
    Ok(trend)
}

/// The time of a point as it counts: equal times may be written in several ways.
fn time(point: &TrendPoint) -> Option<jiff::Timestamp> {
    point.generated_at.parse().ok()
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !is_hidden && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn point(path: &Path, file: &str) -> Result<TrendPoint, String> {
    let earlier = match read_heading(path).map_err(|error| error.to_string())? {
        Heading::Report(earlier) => earlier,
        Heading::SavedInput { .. } => return Err("is a saved input; make a JSON report of it".to_owned()),
        Heading::Other => return Err("is no JSON report of this program".to_owned()),
    };
    check_schema(&earlier)?;
    if earlier.head.generated_at.parse::<jiff::Timestamp>().is_err() {
        return Err(format!("does not say when it was made ({:?})", earlier.head.generated_at));
    }
    let Earlier { head, summary } = *earlier;
    let summary = summary.ok_or("is a report without its end")?;
    let state = |state: AuditState| summary.states.get(state.name()).copied().unwrap_or_default();
    Ok(TrendPoint {
        file: file.to_owned(),
        generated_at: head.generated_at,
        baseline: head.baseline,
        catalog_date: head.catalog_date,
        audit_disabled: head.audit_disabled,
        complete: summary.complete,
        mailboxes: summary.mailboxes,
        audited: state(AuditState::Audited),
        with_gaps: state(AuditState::Gap),
        not_audited: state(AuditState::NotAudited),
        unknown: state(AuditState::Unknown),
        bypassed: bypass_known(&summary).then_some(summary.bypassed),
        bypass_unknown: summary.bypass_unknown,
        bypassed_accounts: summary.bypassed_accounts.as_ref().map(|accounts| accounts.len() as u64),
    })
}

/// Whether it is known of any mailbox, or of the accounts, who bypasses auditing.
pub(super) fn bypass_known(summary: &EarlierSummary) -> bool {
    summary.bypassed_accounts.is_some() || summary.bypass_unknown < summary.mailboxes
}

/// Fields may have changed their meaning in another version of the schema.
pub(super) fn check_schema(earlier: &Earlier) -> Result<(), String> {
    let version = earlier.head.schema_version;
    if version == SCHEMA_VERSION {
        return Ok(());
    }
    Err(format!("is a report of schema {version}, this version reads schema {SCHEMA_VERSION}"))
}
