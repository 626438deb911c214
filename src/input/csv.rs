//! CSV: a header of property names, list cells as joined text.

use std::borrow::Cow;
use std::io::{self, Read};

use csv::ByteRecord;

use super::record::{Content, Field, Record};
use super::window::LARGEST_RECORD;
use super::{BUFFER, Item, ReadError, ReadErrorKind, Visit};
use crate::domain::catalog::Catalog;

pub(super) fn read(
    reader: impl Read,
    delimiter: u8,
    skipped_lines: u64,
    catalog: &Catalog,
    visit: &mut Visit<'_>,
) -> Result<(), ReadError> {
    let counting = CountQuotes { inner: reader, bytes: 0, quotes: 0, at_end: false, limit: u64::MAX };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .buffer_capacity(BUFFER)
        .from_reader(counting);
    let line_of = |position: Option<&csv::Position>| position.map(|at| at.line() + skipped_lines);
    let header = match reader.byte_headers() {
        Ok(header) => header.clone(),
        Err(error) => return Err(kind_of(error).at(Some(1 + skipped_lines), 0)),
    };
    let columns: Vec<Option<Field>> = header.iter().map(column).collect();
    let mut row = ByteRecord::new();
    let mut records = 0;
    loop {
        let line = line_of(Some(reader.position()));
        let begin = reader.position().byte();
        reader.get_mut().limit = begin + LARGEST_RECORD as u64;
        match reader.read_byte_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => {}
            Err(error) => return Err(kind_of(error).at(line, records)),
        }
        if reader.get_ref().ends_inside_quotes(reader.position().byte()) {
            return Err(ReadErrorKind::Truncated.at(line, records));
        }
        records += 1;
        let content = if row.len() == columns.len() {
            match parse(&row, &columns, catalog) {
                Ok(record) => Content::Record(record),
                Err(kind) => return Err(kind.at(line_of(row.position()), records - 1)),
            }
        } else {
            let text = format!("a row of {} cells under a header of {}", row.len(), columns.len());
            Content::NotAnObject(text)
        };
        if visit(Item { line: line_of(row.position()), record: records, content }).is_break() {
            return Ok(());
        }
    }
}

fn column(cell: &[u8]) -> Option<Field> {
    std::str::from_utf8(cell).ok().and_then(|name| Field::find(name.trim()))
}

fn parse<'r>(
    row: &'r ByteRecord,
    columns: &[Option<Field>],
    catalog: &Catalog,
) -> Result<Record<'r>, ReadErrorKind> {
    let mut record = Record::default();
    for (cell, name) in row.iter().zip(columns) {
        let Some(name) = *name else { continue };
        let text = std::str::from_utf8(cell).map_err(|_| ReadErrorKind::NotUtf8)?;
        record.put_text(catalog, name, Cow::Borrowed(text));
    }
    Ok(record)
}

fn kind_of(error: csv::Error) -> ReadErrorKind {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => ReadErrorKind::TooLarge,
        csv::ErrorKind::Io(error) => ReadErrorKind::Io(error),
        other => ReadErrorKind::Malformed(format!("{other:?}")),
    }
}

/// Tells whether the file ended inside of a quoted cell, which the parser takes as the cell's end.
struct CountQuotes<R> {
    inner: R,
    bytes: u64,
    quotes: u64,
    at_end: bool,
    /// A record that goes on beyond is none.
    limit: u64,
}

impl<R> CountQuotes<R> {
    /// A quote inside of a quoted cell is written twice, so whole cells have an even number of them.
    fn ends_inside_quotes(&self, position: u64) -> bool {
        self.at_end && position >= self.bytes && !self.quotes.is_multiple_of(2)
    }
}

impl<R: Read> Read for CountQuotes<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.bytes > self.limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, ReadErrorKind::TooLarge));
        }
        let count = self.inner.read(into)?;
        self.bytes += count as u64;
        self.quotes += memchr::memchr_iter(b'"', &into[..count]).count() as u64;
        self.at_end = count == 0 && !into.is_empty();
        Ok(count)
    }
}
