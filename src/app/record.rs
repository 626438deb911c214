//! The undo record: JSON lines, one for each change that is about to be made, on the disk before it is made.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::remediation::json;
use super::{read_file, timestamp};
use crate::domain::remediation::Changed;
use crate::domain::undo::{Before, Subject};
use crate::input::SourceError;

const SCHEMA: &str = "non-audited-mailbox/record";
const VERSION: u32 = 1;

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Head {
    record_type: String,
    schema: String,
    schema_version: u32,
    #[serde(default)]
    created_at: String,
    #[serde(default)]
    created_by: String,
}

/// Why there is no record.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file cannot be written.
    #[error("{} cannot be written: {error}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The file cannot be read.
    #[error("{} {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: SourceError,
    },
    /// It holds something else.
    #[error("{} is no record of changes; name another file", path.display())]
    Other {
        /// The file.
        path: PathBuf,
    },
    /// It was written by a newer version.
    #[error("{} has schema version {version}, this version reads {VERSION}; install a newer version", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
}

/// A record that is written. It is only ever added to; one to which nothing was added leaves no file.
#[derive(Debug)]
pub struct RecordWriter {
    path: PathBuf,
    file: Option<File>,
    /// What stands before the next line: the head of a new file, the end of a line that was cut off.
    pending: String,
    is_ours: bool,
}

impl RecordWriter {
    /// Begins a record, or goes on with one that is there.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, or holds something else.
    pub fn open(path: &Path) -> Result<RecordWriter, RecordError> {
        let failed = |error| RecordError::Write { path: path.to_owned(), error };
        let new = OpenOptions::new().append(true).create_new(true).open(path);
        let (file, pending, is_ours) = match new {
            Ok(file) => {
                sync_folder(path);
                (file, head(), true)
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let mut file = OpenOptions::new().read(true).append(true).open(path).map_err(failed)?;
                let length = file.metadata().map_err(failed)?.len();
                let pending = if length == 0 {
                    head()
                } else {
                    parse(path, &read(path)?)?;
                    // A run that was cut off in the middle of a line must not swallow the next one.
                    if ends_line(&mut file).map_err(failed)? { String::new() } else { "\n".to_owned() }
                };
                (file, pending, false)
            }
            Err(error) => return Err(failed(error)),
        };
        Ok(RecordWriter { path: path.to_owned(), file: Some(file), pending, is_ours })
    }

    /// Adds a line, and returns when it is on the disk.
    ///
    /// # Errors
    ///
    /// When it is not certain to be there: then the change must not be made.
    pub fn add(&mut self, mut before: Before, changes: &[Changed]) -> Result<(), RecordError> {
        before.recorded_at = timestamp();
        before.changes = changes.to_vec();
        let text = format!("{}{}\n", self.pending, json(&before));
        let Some(file) = &mut self.file else { return Ok(()) };
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        written.map_err(|error| RecordError::Write { path: self.path.clone(), error })?;
        self.pending.clear();
        self.is_ours = false;
        Ok(())
    }
}

impl Drop for RecordWriter {
    fn drop(&mut self) {
        // Windows removes no file that is open.
        drop(self.file.take());
        if self.is_ours {
            // An empty file that stays does no harm.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn head() -> String {
    let head = Head {
        record_type: "AuditRecord".to_owned(),
        schema: SCHEMA.to_owned(),
        schema_version: VERSION,
        created_at: timestamp(),
        created_by: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    format!("{}\n", json(&head))
}

/// That the file exists must be on the disk too; not every system can promise it.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

fn ends_line(file: &mut File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn read(path: &Path) -> Result<String, RecordError> {
    let bytes = read_file(path).map_err(|error| RecordError::Read { path: path.to_owned(), error })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads a record: the state of each thing before it was first changed, in the order of the file, and what could not
/// be read. A record that was cut off gives what it holds.
///
/// # Errors
///
/// When the file cannot be read, or is no record.
pub fn read_record(path: &Path) -> Result<(Vec<Before>, Vec<String>), RecordError> {
    parse(path, &read(path)?)
}

fn parse(path: &Path, text: &str) -> Result<(Vec<Before>, Vec<String>), RecordError> {
    let other = || RecordError::Other { path: path.to_owned() };
    let mut lines = text.lines().enumerate();
    let (_, first) = lines.next().ok_or_else(other)?;
    let head: Head = serde_json::from_str(first).map_err(|_| other())?;
    if head.schema != SCHEMA {
        return Err(other());
    }
    if head.schema_version != VERSION {
        return Err(RecordError::Newer { path: path.to_owned(), version: head.schema_version });
    }
    let (mut entries, mut problems) = (Vec::<Before>::new(), Vec::new());
    let mut places: HashMap<(Subject, String), usize> = HashMap::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let Ok(entry) = serde_json::from_str::<Before>(line) else {
            problems.push(format!(
                "{}, line {}: cut off or damaged, and left out",
                path.display(),
                index + 1
            ));
            continue;
        };
        let key = (entry.subject, entry.target.to_lowercase());
        match places.get(&key).and_then(|place| entries.get_mut(*place)) {
            Some(known) => known.merge(&entry),
            None => {
                places.insert(key, entries.len());
                entries.push(entry);
            }
        }
    }
    Ok((entries, problems))
}
