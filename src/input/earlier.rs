//! The head and the summary of an earlier report, without the mailboxes between them.
//!
//! Reports of this program have them at the begin and at the end of the file, each on a line. A report that somebody
//! formatted anew, or saved in UTF-16, is read as a whole.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use uuid::Uuid;

use super::BUFFER;
use super::source::{Source, SourceError, decode};

/// What a file is, by its begin.
#[derive(Debug)]
pub enum Heading {
    /// A JSON or NDJSON report of this program.
    Report(Box<Earlier>),
    /// A saved input, and when it was read.
    SavedInput {
        /// When it was read.
        read_at: String,
    },
    /// Something else.
    Other,
}

/// What an earlier report says besides its mailboxes.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// What it says first.
    pub head: EarlierHead,
    /// What it says last; nothing if it lacks its end.
    pub summary: Option<EarlierSummary>,
}

/// The actions of each logon type, by name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AskedNames {
    /// For administrators.
    pub admin: Vec<String>,
    /// For delegates.
    pub delegate: Vec<String>,
    /// For the owner.
    pub owner: Vec<String>,
}

/// The head of a report.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EarlierHead {
    /// The version of its schema.
    pub schema_version: u32,
    /// When it was made.
    pub generated_at: String,
    /// The date of its catalogue.
    pub catalog_date: String,
    /// The name of its baseline.
    pub baseline: String,
    /// What was asked, by the names of platforms.
    pub asked: BTreeMap<String, AskedNames>,
    /// What the tenant was licensed for.
    pub licence: String,
    /// The organisation's switch.
    pub audit_disabled: Option<bool>,
    /// Whether bypass associations were given.
    pub bypass_read: bool,
}

/// The end of a report.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EarlierSummary {
    /// Whether all was read and judged.
    pub complete: bool,
    /// The mailboxes, those that it leaves out included.
    pub mailboxes: u64,
    /// How many have each state.
    pub states: BTreeMap<String, u64>,
    /// Whose account bypasses auditing.
    pub bypassed: u64,
    /// Of which that is not known.
    pub bypass_unknown: u64,
    /// The accounts that bypass auditing, if they were read.
    pub bypassed_accounts: Option<Vec<EarlierAccount>>,
    /// How many problems made it incomplete.
    pub problem_count: u64,
}

/// An account that bypasses auditing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EarlierAccount {
    /// Its name.
    pub name: String,
    /// Its Guid, if it was read.
    pub guid: Option<Uuid>,
}

/// A line of a report, or what any file begins with.
#[derive(Deserialize)]
#[serde(tag = "RecordType")]
enum Line {
    Report(EarlierHead),
    Summary(EarlierSummary),
    SavedInput {
        #[serde(rename = "ReadAt")]
        read_at: String,
        #[serde(rename = "Tenant", default)]
        tenant: Option<String>,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    report: Line,
    #[serde(default, rename = "Mailboxes")]
    _mailboxes: IgnoredAny,
    summary: Line,
}

/// How much is read of the begin and of the end of a file. A summary is longer only where thousands of accounts bypass
/// auditing.
const PIECE: u64 = 256 * 1024;
const KEY: &[u8] = b"\"Report\"";
const SUMMARY: &[u8] = b"\n\"Summary\":";

/// Tells what a file is, and what it says besides its mailboxes if it is a report.
pub fn read_heading(path: &Path) -> Result<Heading, SourceError> {
    let (mut file, bytes) = Source::open(path)?;
    let begin = piece(&mut file, 0)?;
    let end = piece(&mut file, bytes.saturating_sub(PIECE))?;
    match (head_of(&begin), summary_of(&end)) {
        (Some(Line::Report(head)), Some(summary)) => {
            Ok(Heading::Report(Box::new(Earlier { head, summary: Some(summary) })))
        }
        (Some(Line::SavedInput { read_at, .. }), _) => Ok(Heading::SavedInput { read_at }),
        (head, _) => whole(path, head),
    }
}

/// The tenant of a saved input; nothing of any other file, or where it does not say.
pub fn tenant_of(path: &Path) -> Option<String> {
    let (mut file, _) = Source::open(path).ok()?;
    match head_of(&piece(&mut file, 0).ok()?)? {
        Line::SavedInput { tenant, .. } => tenant,
        _ => None,
    }
}

fn piece(file: &mut File, from: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.by_ref().take(PIECE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The first object, or that of the key `Report`.
fn head_of(begin: &[u8]) -> Option<Line> {
    let text = begin.strip_prefix("\u{feff}".as_bytes()).unwrap_or(begin).trim_ascii_start();
    let inner = text.strip_prefix(b"{")?.trim_ascii_start();
    match inner.strip_prefix(KEY) {
        Some(value) => first_value(value.trim_ascii_start().strip_prefix(b":")?),
        None => first_value(text),
    }
}

/// The object behind the key `Summary`, or that of the last line.
fn summary_of(end: &[u8]) -> Option<EarlierSummary> {
    let last = match memchr::memmem::rfind(end, SUMMARY) {
        Some(at) => &end[at + SUMMARY.len()..],
        None => end.trim_ascii_end().rsplit(|byte| *byte == b'\n').next()?,
    };
    match first_value(last)? {
        Line::Summary(summary) => Some(summary),
        _ => None,
    }
}

fn first_value<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::Deserializer::from_slice(json).into_iter().next()?.ok()
}

/// Reads all of a file whose begin or end does not stand where this program puts it.
fn whole(path: &Path, known: Option<Line>) -> Result<Heading, SourceError> {
    let reader = || -> Result<_, SourceError> {
        let (file, _) = Source::open(path)?;
        Ok(BufReader::with_capacity(BUFFER, decode(Source::new(file))?))
    };
    let mut head = match known {
        Some(Line::Report(head)) => Some(head),
        _ => None,
    };
    let mut first = [0];
    let mut text = reader()?;
    // What is no JSON need not be read.
    loop {
        if text.read(&mut first)? == 0 || !(first[0].is_ascii_whitespace() || first[0] == b'{') {
            return Ok(Heading::Other);
        }
        if first[0] == b'{' {
            break;
        }
    }
    if let Ok(Document { report: Line::Report(head), summary, .. }) = serde_json::from_reader(reader()?) {
        let summary = if let Line::Summary(summary) = summary { Some(summary) } else { None };
        return Ok(Heading::Report(Box::new(Earlier { head, summary })));
    }
    let mut summary = None;
    for line in serde_json::Deserializer::from_reader(reader()?).into_iter() {
        match line {
            Ok(Line::Report(found)) => head = Some(found),
            Ok(Line::Summary(found)) => summary = Some(found),
            Ok(Line::SavedInput { read_at, .. }) => return Ok(Heading::SavedInput { read_at }),
            Ok(Line::Other) if head.is_some() => {}
            // Cut off, or no report.
            Ok(Line::Other) | Err(_) => break,
        }
    }
    Ok(head.map_or(Heading::Other, |head| Heading::Report(Box::new(Earlier { head, summary }))))
}
