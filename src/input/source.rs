//! Opening a file, undoing its encoding, telling its format.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::ReadErrorKind;

/// Something to read an export from.
pub struct Source<'a> {
    reader: Box<dyn Read + 'a>,
}

/// Why a source could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A folder was named.
    #[error("is a folder; name the files in it")]
    Directory,
    /// The system could not open it.
    #[error("cannot be opened: {0}")]
    Io(#[from] io::Error),
}

impl<'a> Source<'a> {
    /// Reads from anything that can be read.
    pub fn new(reader: impl Read + 'a) -> Self {
        Source { reader: Box::new(reader) }
    }

    /// Opens a file; its length in bytes comes along.
    pub fn open(path: &Path) -> Result<(File, u64), SourceError> {
        // Windows does not open folders; others do.
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, file) = match opened {
            Err(_) if path.is_dir() => return Err(SourceError::Directory),
            opened => opened?,
        };
        if metadata.is_dir() {
            return Err(SourceError::Directory);
        }
        Ok((file, metadata.len()))
    }
}

/// The formats, with what the reader must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Clixml,
    Csv { skip_type_line: bool, delimiter: u8 },
}

/// How much is looked at to tell the format.
const PREFIX: usize = 64 * 1024;

/// Undoes the encoding: UTF-16 of both byte orders becomes UTF-8, a byte order mark goes.
pub(super) fn decode<'a>(source: Source<'a>) -> io::Result<impl Read + 'a> {
    let mut raw = source.reader;
    let start = read_prefix(&mut raw)?;
    Ok(DecodeReaderBytesBuilder::new()
        .encoding(utf16_without_mark(&start))
        .bom_sniffing(true)
        .strip_bom(true)
        .utf8_passthru(true)
        .build(Cursor::new(start).chain(raw)))
}

pub(super) fn detect<'a>(source: Source<'a>) -> Result<(Format, Box<dyn Read + 'a>), ReadErrorKind> {
    let mut decoded = decode(source)?;
    let start = read_prefix(&mut decoded)?;
    let format = tell(&start)?;
    Ok((format, Box::new(Cursor::new(start).chain(decoded))))
}

fn read_prefix(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(PREFIX);
    reader.by_ref().take(PREFIX as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// A file in UTF-16 whose mark was lost: every export begins with an ASCII character.
fn utf16_without_mark(start: &[u8]) -> Option<&'static Encoding> {
    match start {
        [first, 0, ..] if *first != 0 => Some(UTF_16LE),
        [0, second, ..] if *second != 0 => Some(UTF_16BE),
        _ => None,
    }
}

fn tell(start: &[u8]) -> Result<Format, ReadErrorKind> {
    let text = start.trim_ascii_start();
    match text.first() {
        None => Err(ReadErrorKind::Empty),
        Some(b'[' | b'{') => Ok(Format::Json),
        Some(b'<') => tell_markup(text),
        Some(_) => tell_text(text),
    }
}

fn tell_markup(text: &[u8]) -> Result<Format, ReadErrorKind> {
    let folded = text[..text.len().min(4096)].to_ascii_lowercase();
    let has = |part: &[u8]| memchr::memmem::find(&folded, part).is_some();
    if has(b"<objs") {
        Ok(Format::Clixml)
    } else if has(b"<html") || has(b"<!doctype html") || has(b"<head") || has(b"<body") {
        Err(ReadErrorKind::Html)
    } else {
        Err(ReadErrorKind::UnknownFormat)
    }
}

fn tell_text(text: &[u8]) -> Result<Format, ReadErrorKind> {
    let skip_type_line = text.starts_with(b"#TYPE");
    let mut lines = text.split(|byte| *byte == b'\n');
    if skip_type_line {
        lines.next();
    }
    let header = lines.next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|delimiter| (count(header, *delimiter), *delimiter == b','))
        .unwrap_or(b',');
    let is_column = |cell: &[u8]| {
        let cell = cell.trim_ascii().trim_ascii_start();
        let cell = cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")).unwrap_or(cell);
        std::str::from_utf8(cell).is_ok_and(|name| super::record::Field::find(name).is_some())
    };
    if header.split(|byte| *byte == delimiter).any(is_column) {
        return Ok(Format::Csv { skip_type_line, delimiter });
    }
    // `DisplayName     : Anna`: a property's name, spaces, a colon.
    let is_property = |line: &[u8]| {
        memchr::memmem::find(line, b" : ").is_some_and(|colon| {
            std::str::from_utf8(line[..colon].trim_ascii())
                .is_ok_and(|name| super::record::Field::find(name).is_some())
        })
    };
    if text.split(|byte| *byte == b'\n').take(400).any(is_property) {
        return Err(ReadErrorKind::FormatList);
    }
    Err(ReadErrorKind::UnknownFormat)
}

fn count(text: &[u8], byte: u8) -> usize {
    memchr::memchr_iter(byte, text).count()
}
