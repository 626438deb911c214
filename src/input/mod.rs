//! Saved exports -> domain: JSON, CLIXML and CSV, told apart by their content.
//!
//! Every reader hands on one record at a time and keeps none, so that memory does not grow with the number of
//! mailboxes. A record that cannot be understood is not an error of the reader: the property says what is wrong.

mod clixml;
mod csv;
mod earlier;
mod json;
mod record;
mod source;
mod window;

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

pub use earlier::{
    AskedNames, Earlier, EarlierAccount, EarlierHead, EarlierSummary, Heading, read_heading, tenant_of,
};
pub use record::{Content, Record, RecordKind};
pub use source::{Source, SourceError};

use crate::domain::catalog::Catalog;

/// What a reader found, in the order of the file.
#[derive(Debug)]
pub struct Item<'a> {
    /// The line on which it begins, from 1, where the format has lines.
    pub line: Option<u64>,
    /// Its number among the records of the file, from 1.
    pub record: u64,
    /// What it is.
    pub content: Content<'a>,
}

/// Takes what a reader finds; [`ControlFlow::Break`] ends the reading.
pub type Visit<'v> = dyn FnMut(Item<'_>) -> ControlFlow<()> + 'v;

/// Why a file could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct ReadError {
    /// The line, from 1, where the format has lines.
    pub line: Option<u64>,
    /// How many records were read before it.
    pub records: u64,
    /// What went wrong.
    pub kind: ReadErrorKind,
}

/// What went wrong while reading.
#[derive(Debug, thiserror::Error)]
pub enum ReadErrorKind {
    /// The system could not read it.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It holds nothing.
    #[error("is empty; export again, for example with Export-Clixml or ConvertTo-Json")]
    Empty,
    /// It is a web page: what a browser or a proxy saves in place of an export.
    #[error("is a web page (HTML), probably of a sign-in; export again with Export-Clixml or ConvertTo-Json")]
    Html,
    /// It is the text of Format-List or Format-Table.
    #[error(
        "is what Format-List shows, in which lists are cut off; export with Export-Clixml or ConvertTo-Json"
    )]
    FormatList,
    /// It is something else.
    #[error("is no export that is known (JSON, CLIXML or CSV); export with Export-Clixml or ConvertTo-Json")]
    UnknownFormat,
    /// It ends in the middle of a record.
    #[error("ends in the middle; export again")]
    Truncated,
    /// Its bytes are no text.
    #[error("is not in UTF-8 or UTF-16; export again with -Encoding UTF8")]
    NotUtf8,
    /// A record is larger than any mailbox.
    #[error("has a record of more than {} MiB, which no mailbox has", window::LARGEST_RECORD >> 20)]
    TooLarge,
    /// It is not of its format's form.
    #[error("is not well-formed: {0}")]
    Malformed(String),
}

impl ReadErrorKind {
    fn at(self, line: Option<u64>, records: u64) -> ReadError {
        ReadError { line, records, kind: self }
    }
}

/// Reads all records of a source.
pub fn read(source: Source<'_>, catalog: &Catalog, visit: &mut Visit<'_>) -> Result<(), ReadError> {
    let (format, reader) = source::detect(source).map_err(|kind| kind.at(None, 0))?;
    match format {
        source::Format::Json => json::read(reader, catalog, visit),
        source::Format::Clixml => clixml::read(reader, catalog, visit),
        source::Format::Csv { skip_type_line, delimiter } => {
            let mut reader = io::BufReader::with_capacity(BUFFER, reader);
            if skip_type_line {
                // `#TYPE …`, which Windows PowerShell writes above the header.
                let mut line = Vec::new();
                reader
                    .read_until(b'\n', &mut line)
                    .map_err(|error| ReadErrorKind::from(error).at(Some(1), 0))?;
            }
            csv::read(reader, delimiter, u64::from(skip_type_line), catalog, visit)
        }
    }
}

/// Reads one object of JSON, such as a row of a REST answer.
pub fn record_of_json<'a>(json: &'a str, catalog: &Catalog) -> serde_json::Result<Record<'a>> {
    json::record(json, catalog)
}

/// Reads a small file whole, such as a baseline: Windows PowerShell writes those in UTF-16 too.
pub fn read_whole(source: Source<'_>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source::decode(source)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

const BUFFER: usize = 256 * 1024;
