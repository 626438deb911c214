//! CLIXML, as Export-Clixml and remoting write it ([MS-PSRP] 2.2.5).
//!
//! A list is handed on as text, a name a line, so that one place judges lists of all formats.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use lru::LruCache;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::record::{Content, Field, Record, Shape};
use super::{Item, ReadError, ReadErrorKind, Visit};
use crate::domain::catalog::Catalog;
use crate::domain::list::Fault;

pub(super) fn read(reader: impl BufRead, catalog: &Catalog, visit: &mut Visit<'_>) -> Result<(), ReadError> {
    let mut reader = Reader::from_reader(CountLines { inner: reader, line: 1 });
    reader.config_mut().expand_empty_elements = true;
    let references = LruCache::new(REFERENCES);
    let mut file = ClixmlFile { reader, buffer: Vec::new(), references, catalog, visit, records: 0 };
    match file.documents() {
        Ok(_) => Ok(()),
        Err(kind) => Err(kind.at(Some(file.line()), file.records)),
    }
}

/// How many objects are kept for a `<Ref>`. PowerShell writes one where the same instance comes again, which is
/// nearly always an object used a moment ago.
const REFERENCES: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// How deep objects may stand in each other. Export-Clixml goes 2 deep by itself.
const DEEPEST: usize = 32;

type Flow = Result<ControlFlow<()>, ReadErrorKind>;

struct ClixmlFile<'f, 'v, R> {
    reader: Reader<CountLines<R>>,
    buffer: Vec<u8>,
    references: LruCache<Box<str>, Value>,
    catalog: &'f Catalog,
    visit: &'f mut Visit<'v>,
    records: u64,
}

/// The value of a property.
#[derive(Debug, Clone)]
enum Value {
    Null,
    /// A scalar, or a list with a name a line.
    Text(String),
    Number(String),
    Refused(Fault),
}

/// What comes next inside an element.
enum Next {
    Element(Element),
    End,
}

/// The begin of an element.
struct Element {
    tag: Tag,
    /// The attribute `N`.
    name: Option<Field>,
    /// The attribute `RefId`.
    reference: Option<Box<str>>,
}

/// The elements of CLIXML, as far as they differ here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Object,
    Members,
    List,
    ToString,
    Null,
    Reference,
    Text,
    Number,
    TimeSpan,
    Other,
}

impl Tag {
    fn of(name: &str) -> Tag {
        match name {
            "Obj" => Tag::Object,
            "MS" | "Props" => Tag::Members,
            "LST" | "IE" | "QUE" | "STK" => Tag::List,
            "ToString" => Tag::ToString,
            "Nil" => Tag::Null,
            "Ref" => Tag::Reference,
            "S" | "B" | "G" | "C" | "DT" | "URI" | "Version" => Tag::Text,
            "By" | "SB" | "I16" | "U16" | "I32" | "U32" | "I64" | "U64" | "Sg" | "Db" | "D" => Tag::Number,
            "TS" => Tag::TimeSpan,
            _ => Tag::Other,
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Tag::Null => "null",
            Tag::Text | Tag::ToString => "a text",
            Tag::Number | Tag::TimeSpan => "a number",
            Tag::Reference => "a reference to an earlier object",
            _ => "no object",
        }
    }
}

impl<R: BufRead> ClixmlFile<'_, '_, R> {
    fn line(&self) -> u64 {
        self.reader.get_ref().line
    }

    fn documents(&mut self) -> Flow {
        loop {
            self.buffer.clear();
            match self.reader.read_event_into(&mut self.buffer).map_err(kind_of)? {
                Event::Start(root) if root.name().as_ref() == "Objs" => {}
                Event::Start(_) | Event::End(_) => {
                    return Err(ReadErrorKind::Malformed("an element outside of <Objs>".to_owned()));
                }
                Event::Eof => return Ok(ControlFlow::Continue(())),
                _ => continue,
            }
            if self.members(0)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    /// The objects of a file, or of a list that was exported as one object.
    fn members(&mut self, depth: usize) -> Flow {
        loop {
            let line = self.line();
            let element = match self.next()? {
                Next::Element(element) => element,
                Next::End => return Ok(ControlFlow::Continue(())),
            };
            let flow = if element.tag == Tag::Object {
                self.object(line, depth)?
            } else {
                self.skip()?;
                self.records += 1;
                let content = Content::NotAnObject(element.tag.describe().to_owned());
                (self.visit)(Item { line: Some(line), record: self.records, content })
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
    }

    fn object(&mut self, line: u64, depth: usize) -> Flow {
        check_depth(depth)?;
        let mut record = Record::default();
        let mut is_list = false;
        while let Next::Element(element) = self.next()? {
            match element.tag {
                Tag::Members => self.properties(&mut record)?,
                Tag::List => {
                    is_list = true;
                    if self.members(depth + 1)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
                _ => self.skip()?,
            }
        }
        if is_list {
            return Ok(ControlFlow::Continue(()));
        }
        self.records += 1;
        Ok((self.visit)(Item { line: Some(line), record: self.records, content: Content::Record(record) }))
    }

    fn properties(&mut self, record: &mut Record<'static>) -> Result<(), ReadErrorKind> {
        while let Next::Element(element) = self.next()? {
            let Some(name) = element.name else {
                self.skip()?;
                continue;
            };
            match self.value(&element, 0)? {
                Value::Null => {}
                Value::Text(text) => record.put_text(self.catalog, name, Cow::Owned(text)),
                Value::Number(number) if name.shape() == Shape::Text => {
                    record.put_text(self.catalog, name, Cow::Owned(number));
                }
                Value::Number(number) => record.put_fault(name, Fault::Number(number)),
                Value::Refused(fault) => record.put_fault(name, fault),
            }
        }
        Ok(())
    }

    /// The value of an element whose begin was read; its end is read with it.
    fn value(&mut self, element: &Element, depth: usize) -> Result<Value, ReadErrorKind> {
        match element.tag {
            Tag::Object => self.object_value(element.reference.as_deref(), depth),
            Tag::Text | Tag::ToString => self.text().map(Value::Text),
            Tag::Number => self.text().map(Value::Number),
            Tag::TimeSpan => self.text().map(|span| Value::Text(span_of_duration(&span))),
            Tag::Null => self.skip().map(|()| Value::Null),
            Tag::Reference => {
                self.skip()?;
                let id = element.reference.as_deref().unwrap_or_default();
                let known = self.references.get(id).cloned();
                Ok(known.unwrap_or_else(|| Value::Refused(Fault::LostReference(id.to_owned()))))
            }
            Tag::List => self.list(depth),
            Tag::Members | Tag::Other => {
                self.skip()?;
                Ok(Value::Refused(Fault::Shape("an object".to_owned())))
            }
        }
    }

    /// An object as a value: its list, or what it prints as (enumerations), or the value that it wraps.
    fn object_value(&mut self, reference: Option<&str>, depth: usize) -> Result<Value, ReadErrorKind> {
        check_depth(depth)?;
        let (mut list, mut printed, mut wrapped) = (None, None, None);
        while let Next::Element(element) = self.next()? {
            match element.tag {
                Tag::List => list = Some(self.list(depth + 1)?),
                Tag::ToString => printed = Some(Value::Text(self.text()?)),
                Tag::Text | Tag::Number | Tag::TimeSpan => wrapped = Some(self.value(&element, depth + 1)?),
                _ => self.skip()?,
            }
        }
        let value = list.or(printed).or(wrapped);
        let value = value.unwrap_or_else(|| Value::Refused(Fault::Shape("an object".to_owned())));
        if let Some(reference) = reference {
            self.references.put(reference.into(), value.clone());
        }
        Ok(value)
    }

    fn list(&mut self, depth: usize) -> Result<Value, ReadErrorKind> {
        let mut names = String::new();
        let mut fault = None;
        while let Next::Element(element) = self.next()? {
            match self.value(&element, depth + 1)? {
                Value::Text(name) | Value::Number(name) => {
                    names.push_str(&name);
                    names.push('\n');
                }
                Value::Null => fault = Some(Fault::Shape("a list with null in it".to_owned())),
                Value::Refused(refused) => fault = Some(refused),
            }
        }
        Ok(fault.map_or(Value::Text(names), Value::Refused))
    }

    /// The next element inside the present one, or its end.
    fn next(&mut self) -> Result<Next, ReadErrorKind> {
        loop {
            self.buffer.clear();
            match self.reader.read_event_into(&mut self.buffer).map_err(kind_of)? {
                Event::Start(start) => return Ok(Next::Element(Element::of(&start)?)),
                Event::End(_) => return Ok(Next::End),
                Event::Eof => return Err(ReadErrorKind::Truncated),
                _ => {}
            }
        }
    }

    /// The text of the present element up to its end.
    fn text(&mut self) -> Result<String, ReadErrorKind> {
        let mut text = String::new();
        let mut depth = 0;
        loop {
            self.buffer.clear();
            match self.reader.read_event_into(&mut self.buffer).map_err(kind_of)? {
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => {
                    let character = reference.resolve_char_ref().map_err(kind_of)?;
                    match character {
                        Some(character) => text.push(character),
                        None => text.push_str(
                            quick_xml::escape::resolve_xml_entity(&reference.xml10_content()).ok_or_else(
                                || ReadErrorKind::Malformed("an entity that XML does not know".to_owned()),
                            )?,
                        ),
                    }
                }
                Event::Start(_) => depth += 1,
                Event::End(_) if depth == 0 => return Ok(unescape(text)),
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(ReadErrorKind::Truncated),
                _ => {}
            }
        }
    }

    /// Passes the rest of the present element.
    fn skip(&mut self) -> Result<(), ReadErrorKind> {
        let mut depth = 0_u64;
        loop {
            self.buffer.clear();
            match self.reader.read_event_into(&mut self.buffer).map_err(kind_of)? {
                Event::Start(_) => depth += 1,
                Event::End(_) if depth == 0 => return Ok(()),
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(ReadErrorKind::Truncated),
                _ => {}
            }
        }
    }
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Result<Element, ReadErrorKind> {
        let tag = Tag::of(start.name().as_ref());
        let (mut name, mut reference) = (None, None);
        for attribute in start.attributes().with_checks(false) {
            let attribute =
                attribute.map_err(|error| ReadErrorKind::Malformed(format!("an attribute: {error}")))?;
            match attribute.key.as_ref() {
                "N" => name = Field::find(&attribute.value),
                "RefId" if matches!(tag, Tag::Object | Tag::Reference) => {
                    reference = Some((&*attribute.value).into());
                }
                _ => {}
            }
        }
        Ok(Element { tag, name, reference })
    }
}

fn check_depth(depth: usize) -> Result<(), ReadErrorKind> {
    if depth > DEEPEST {
        return Err(ReadErrorKind::Malformed(format!(
            "objects stand more than {DEEPEST} deep in each other"
        )));
    }
    Ok(())
}

fn kind_of(error: impl Into<quick_xml::Error>) -> ReadErrorKind {
    match error.into() {
        quick_xml::Error::Io(error) => ReadErrorKind::Io(io::Error::new(error.kind(), error.to_string())),
        // All of them say that the input ended inside of something.
        quick_xml::Error::Syntax(_) => ReadErrorKind::Truncated,
        other => ReadErrorKind::Malformed(other.to_string()),
    }
}

/// Undoes `_x000A_`, which stands for a character that XML cannot hold. Surrogates come as two of them.
fn unescape(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let mut units = Vec::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find("_x") {
        units.extend(rest[..start].encode_utf16());
        let escape = rest.as_bytes().get(start + 2..start + 7).filter(|escape| escape[4] == b'_');
        let unit = escape
            .and_then(|escape| std::str::from_utf8(&escape[..4]).ok())
            .and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let length = match unit {
            Some(unit) => {
                units.push(unit);
                "_x0000_".len()
            }
            None => {
                units.extend("_x".encode_utf16());
                "_x".len()
            }
        };
        rest = &rest[start + length..];
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

/// A .NET time span out of its XML form (`P90D`), as Exchange prints it (`90.00:00:00`).
fn span_of_duration(duration: &str) -> String {
    match duration.trim().parse::<jiff::Span>() {
        Ok(span) => format!(
            "{}.{:02}:{:02}:{:02}",
            span.get_days(),
            span.get_hours(),
            span.get_minutes(),
            span.get_seconds()
        ),
        Err(_) => duration.to_owned(),
    }
}

/// Counts the lines that pass.
struct CountLines<R> {
    inner: R,
    line: u64,
}

impl<R: BufRead> Read for CountLines<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.line += memchr::memchr_iter(b'\n', &into[..count]).count() as u64;
        Ok(count)
    }
}

impl<R: BufRead> BufRead for CountLines<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if let Ok(held) = self.inner.fill_buf() {
            self.line += memchr::memchr_iter(b'\n', &held[..amount.min(held.len())]).count() as u64;
        }
        self.inner.consume(amount);
    }
}
