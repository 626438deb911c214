//! CLIXML, as Export-Clixml and remoting write it ([MS-PSRP] 2.2.5).
//!
//! A list is handed on as text, a name a line, so that one place judges lists of all formats.

use std::borrow::Cow;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use lru::LruCache;
use quick_xml::Reader;
use quick_xml::errors::SyntaxError;
use quick_xml::events::{BytesEnd, BytesStart, Event};

use super::record::{Content, Field, Record, Shape};
use super::window::Window;
use super::{Item, ReadError, ReadErrorKind, Visit};
use crate::domain::catalog::Catalog;
use crate::domain::list::{Fault, NULL_IN_LIST};

pub(super) fn read(reader: impl Read, catalog: &Catalog, visit: &mut Visit<'_>) -> Result<(), ReadError> {
    let references = LruCache::new(REFERENCES);
    let mut file = ClixmlFile { window: Window::new(reader), references, catalog, visit, records: 0 };
    match file.documents() {
        Ok(_) => Ok(()),
        Err(kind) => Err(kind.at(Some(file.window.line()), file.records)),
    }
}

/// How many objects are kept for a `<Ref>`. PowerShell writes one where the same instance comes again, which is
/// nearly always an object used a moment ago.
const REFERENCES: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// How deep objects may stand in each other. Export-Clixml goes 2 deep by itself.
const DEEPEST: usize = 32;

/// What the names of a list take, mostly.
const LIST: usize = 256;

type Flow = Result<ControlFlow<()>, ReadErrorKind>;
type References = LruCache<u64, Value<'static>>;

/// The outer levels of a file: they may be larger than any window, so they are read a step at a time.
struct ClixmlFile<'f, 'v, R> {
    window: Window<R>,
    references: References,
    catalog: &'f Catalog,
    visit: &'f mut Visit<'v>,
    records: u64,
}

/// What holds the objects of an outer level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    List(&'static str),
}

impl Level {
    /// Whether an end of that name ends the level.
    fn ends_with(self, name: &str) -> bool {
        match self {
            Level::Root => name == "Objs",
            Level::List(list) => name == list,
        }
    }
}

/// What comes next on an outer level.
enum Outer {
    /// An object with properties.
    Record,
    /// An object that is a list of that name: its begin and that of its list are passed.
    List(&'static str),
    /// An object that is a list of nothing; it is passed.
    EmptyList,
    /// An element that is no object; it is passed.
    Other(Tag),
    /// The end of the level is passed.
    End,
}

impl<R: Read> ClixmlFile<'_, '_, R> {
    fn documents(&mut self) -> Flow {
        loop {
            // So that the line of an error is that of what is wrong.
            self.window.peek()?;
            if !self.step(|elements| elements.next_root())? {
                return Ok(ControlFlow::Continue(()));
            }
            // They count anew in each document.
            self.references.clear();
            if self.members(Level::Root, 0)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }

    /// The objects of a file, or of a list that was exported as one object.
    fn members(&mut self, level: Level, depth: usize) -> Flow {
        check_depth(depth)?;
        loop {
            // So that a record's line is that of its first element.
            self.window.peek()?;
            let flow = match self.step(|elements| elements.next_outer(level))? {
                Outer::Record => self.record()?,
                Outer::List(list) => {
                    let flow = self.members(Level::List(list), depth + 1)?;
                    if flow.is_continue() {
                        self.step(|elements| elements.end_of_list())?;
                    }
                    flow
                }
                Outer::Other(tag) => {
                    self.records += 1;
                    let content = Content::NotAnObject(tag.describe().to_owned());
                    (self.visit)(Item { line: Some(self.window.line()), record: self.records, content })
                }
                Outer::EmptyList => ControlFlow::Continue(()),
                Outer::End => return Ok(ControlFlow::Continue(())),
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
    }

    fn record(&mut self) -> Flow {
        let (line, record) = (self.window.line(), self.records + 1);
        loop {
            let mut elements = Elements::new(self.window.rest(), Some(&mut self.references));
            elements.is_all = self.window.at_end();
            match elements.record(self.catalog) {
                Ok(content) => {
                    let used = elements.used();
                    self.records = record;
                    let content = Content::Record(content);
                    let flow = (self.visit)(Item { line: Some(line), record, content });
                    self.window.advance(used);
                    return Ok(flow);
                }
                Err(ReadErrorKind::Truncated) if !self.window.at_end() => {}
                Err(error) => return Err(error),
            }
            self.window.fill()?;
        }
    }

    /// Takes a step in the window; where the window ends in the middle of it, again in a larger one.
    fn step<T>(
        &mut self,
        take: impl Fn(&mut Elements<'_, '_>) -> Result<T, ReadErrorKind>,
    ) -> Result<T, ReadErrorKind> {
        loop {
            let mut elements = Elements::new(self.window.rest(), None);
            elements.is_all = self.window.at_end();
            match take(&mut elements) {
                Ok(taken) => {
                    let used = elements.used();
                    self.window.advance(used);
                    return Ok(taken);
                }
                Err(ReadErrorKind::Truncated) if !self.window.at_end() => {}
                Err(error) => return Err(error),
            }
            self.window.fill()?;
        }
    }
}

/// The value of a property.
#[derive(Debug, Clone)]
enum Value<'w> {
    Null,
    /// A scalar, or a list with a name a line.
    Text(Cow<'w, str>),
    Number(Cow<'w, str>),
    Switch(Cow<'w, str>),
    Refused(Fault),
}

impl Value<'_> {
    fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Number(number) => Value::Number(Cow::Owned(number.into_owned())),
            Value::Switch(switch) => Value::Switch(Cow::Owned(switch.into_owned())),
            Value::Refused(fault) => Value::Refused(fault),
        }
    }
}

/// The begin of an element.
struct Element {
    tag: Tag,
    /// The attribute `N`.
    field: Option<Field>,
    /// The attribute `RefId`.
    reference: Option<u64>,
}

/// The elements of CLIXML, as far as they differ here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tag {
    Object,
    Members,
    /// By its name: lists, enumerables, queues and stacks.
    List(&'static str),
    ToString,
    Null,
    Reference,
    Text,
    Switch,
    Number,
    TimeSpan,
    Other,
}

impl Tag {
    fn of(name: &str) -> Tag {
        match name {
            "S" | "G" | "C" | "DT" | "URI" | "Version" => Tag::Text,
            "Obj" => Tag::Object,
            "B" => Tag::Switch,
            "MS" | "Props" => Tag::Members,
            "LST" => Tag::List("LST"),
            "IE" => Tag::List("IE"),
            "QUE" => Tag::List("QUE"),
            "STK" => Tag::List("STK"),
            "ToString" => Tag::ToString,
            "Nil" => Tag::Null,
            "Ref" => Tag::Reference,
            "By" | "SB" | "I16" | "U16" | "I32" | "U32" | "I64" | "U64" | "Sg" | "Db" | "D" => Tag::Number,
            "TS" => Tag::TimeSpan,
            _ => Tag::Other,
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Tag::Null => "null",
            Tag::Text | Tag::ToString => "a text",
            Tag::Switch => "a switch",
            Tag::Number | Tag::TimeSpan => "a number",
            Tag::Reference => "a reference to an earlier object",
            _ => "no object",
        }
    }
}

/// The elements in a piece of text that may end anywhere.
struct Elements<'w, 'r> {
    text: &'w str,
    reader: Reader<&'w [u8]>,
    references: Option<&'r mut References>,
    /// Whether nothing follows the text.
    is_all: bool,
    /// Whether what was read was only looked at, and is to be read again.
    is_looked_at: bool,
}

impl<'w, 'r> Elements<'w, 'r> {
    fn new(text: &'w str, references: Option<&'r mut References>) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        // An outer level ends in another piece than it began.
        reader.config_mut().allow_unmatched_ends = true;
        Elements { text, reader, references, is_all: false, is_looked_at: false }
    }

    /// How many bytes were passed.
    fn used(&self) -> usize {
        if self.is_looked_at {
            return 0;
        }
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// Whether the element whose begin was read is its own end, `<LST />`.
    fn is_closed(&self) -> bool {
        self.text.get(..self.used()).is_some_and(|passed| passed.ends_with("/>"))
    }

    /// The next event. Whether broken markup is wrong or only cut off is known where nothing follows.
    fn read(&mut self) -> Result<Event<'w>, ReadErrorKind> {
        self.reader.read_event().map_err(|error| match error {
            quick_xml::Error::Syntax(SyntaxError::InvalidBangMarkup) if self.is_all => {
                ReadErrorKind::Malformed("markup that CLIXML does not have".to_owned())
            }
            error => kind_of(error),
        })
    }

    /// Passes the begin of a file's root; false at the end of the file.
    fn next_root(&mut self) -> Result<bool, ReadErrorKind> {
        loop {
            match self.read()? {
                Event::Start(root) if root.name().as_ref() == "Objs" => {
                    if !self.is_closed() {
                        return Ok(true);
                    }
                    self.skip()?;
                }
                Event::Text(text) if text.xml10_content().trim().is_empty() => {}
                Event::Start(_) | Event::End(_) | Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    return Err(ReadErrorKind::Malformed("something outside of <Objs>".to_owned()));
                }
                Event::Eof if self.is_all => return Ok(false),
                Event::Eof => return Err(ReadErrorKind::Truncated),
                _ => {}
            }
        }
    }

    /// Looks what comes on an outer level. A record is not passed.
    fn next_outer(&mut self, level: Level) -> Result<Outer, ReadErrorKind> {
        let element = match self.read_tag()? {
            TagEvent::Start(element) => element,
            TagEvent::End(name) if level.ends_with(name.name().as_ref()) => return Ok(Outer::End),
            TagEvent::End(name) => return Err(unexpected_end(&name)),
        };
        if element.tag != Tag::Object {
            self.skip()?;
            return Ok(Outer::Other(element.tag));
        }
        let mut is_empty_list = false;
        while let Some(element) = self.next()? {
            match element.tag {
                Tag::List(_) if self.is_closed() => {
                    is_empty_list = true;
                    self.skip()?;
                }
                Tag::List(list) => return Ok(Outer::List(list)),
                Tag::Members if !is_empty_list => break,
                _ => self.skip()?,
            }
        }
        if is_empty_list {
            return Ok(Outer::EmptyList);
        }
        self.is_looked_at = true;
        Ok(Outer::Record)
    }

    /// Passes what follows the list of an object up to the object's end.
    fn end_of_list(&mut self) -> Result<(), ReadErrorKind> {
        loop {
            match self.read_tag()? {
                TagEvent::Start(_) => self.skip()?,
                TagEvent::End(name) if name.name().as_ref() == "Obj" => return Ok(()),
                TagEvent::End(name) => return Err(unexpected_end(&name)),
            }
        }
    }

    fn record(&mut self, catalog: &Catalog) -> Result<Record<'w>, ReadErrorKind> {
        let mut record = Record::default();
        self.next()?;
        while let Some(element) = self.next()? {
            match element.tag {
                Tag::Members => self.properties(catalog, &mut record)?,
                _ => self.skip()?,
            }
        }
        Ok(record)
    }

    fn properties(&mut self, catalog: &Catalog, record: &mut Record<'w>) -> Result<(), ReadErrorKind> {
        while let Some(element) = self.next()? {
            let Some(field) = element.field else {
                self.skip()?;
                continue;
            };
            match self.value(&element, 0)? {
                Value::Null => {}
                Value::Text(text) => record.put_text(catalog, field, text),
                Value::Number(number) if field.shape() == Shape::Text => {
                    record.put_text(catalog, field, number);
                }
                Value::Number(number) => record.put_fault(field, Fault::Number(number.into_owned())),
                Value::Switch(switch) if field.is_list() => {
                    record.put_fault(field, Fault::Shape(switch.into()))
                }
                Value::Switch(switch) => record.put_text(catalog, field, switch),
                Value::Refused(fault) => record.put_fault(field, fault),
            }
        }
        Ok(())
    }

    /// The value of an element whose begin was read; its end is read with it.
    fn value(&mut self, element: &Element, depth: usize) -> Result<Value<'w>, ReadErrorKind> {
        match element.tag {
            Tag::Object => self.object_value(element.reference, depth),
            Tag::Text | Tag::ToString => self.text().map(Value::Text),
            Tag::Number => self.text().map(Value::Number),
            Tag::Switch => self.text().map(Value::Switch),
            Tag::TimeSpan => self.text().map(|span| Value::Text(span_of_duration(&span).into())),
            Tag::Null => self.skip().map(|()| Value::Null),
            Tag::Reference => {
                self.skip()?;
                Ok(self.referenced(element.reference.unwrap_or_default()))
            }
            Tag::List(_) => self.list(depth),
            Tag::Members | Tag::Other => {
                self.skip()?;
                Ok(Value::Refused(Fault::Shape("an object".to_owned())))
            }
        }
    }

    fn referenced(&mut self, id: u64) -> Value<'w> {
        let known = self.references.as_mut().and_then(|references| references.get(&id).cloned());
        known.unwrap_or_else(|| Value::Refused(Fault::LostReference(id.to_string())))
    }

    /// An object as a value: its list, or what it prints as (enumerations), or the value that it wraps.
    fn object_value(&mut self, reference: Option<u64>, depth: usize) -> Result<Value<'w>, ReadErrorKind> {
        check_depth(depth)?;
        let (mut list, mut printed, mut wrapped) = (None, None, None);
        while let Some(element) = self.next()? {
            match element.tag {
                Tag::List(_) => list = Some(self.list(depth + 1)?),
                Tag::ToString => printed = Some(Value::Text(self.text()?)),
                Tag::Text | Tag::Switch | Tag::Number | Tag::TimeSpan => {
                    wrapped = Some(self.value(&element, depth + 1)?)
                }
                _ => self.skip()?,
            }
        }
        let value = list.or(printed).or(wrapped);
        let value = value.unwrap_or_else(|| Value::Refused(Fault::Shape("an object".to_owned())));
        if let (Some(reference), Some(references)) = (reference, &mut self.references) {
            references.put(reference, value.clone().into_owned());
        }
        Ok(value)
    }

    fn list(&mut self, depth: usize) -> Result<Value<'w>, ReadErrorKind> {
        check_depth(depth)?;
        let mut names = String::with_capacity(LIST);
        let mut fault = None;
        while let Some(element) = self.next()? {
            match self.value(&element, depth + 1)? {
                Value::Text(name) | Value::Number(name) => {
                    names.push_str(&name);
                    names.push('\n');
                }
                Value::Null => fault = Some(Fault::Shape(NULL_IN_LIST.to_owned())),
                Value::Switch(switch) => fault = Some(Fault::Shape(format!("a list with {switch} in it"))),
                Value::Refused(refused) => fault = Some(refused),
            }
        }
        Ok(fault.map_or(Value::Text(names.into()), Value::Refused))
    }

    /// The next element inside the present one; none at its end, which is passed.
    fn next(&mut self) -> Result<Option<Element>, ReadErrorKind> {
        match self.read_tag()? {
            TagEvent::Start(element) => Ok(Some(element)),
            TagEvent::End(_) => Ok(None),
        }
    }

    fn read_tag(&mut self) -> Result<TagEvent<'w>, ReadErrorKind> {
        // White space between elements means nothing; inside a text it does.
        self.reader.config_mut().trim_text_start = true;
        loop {
            match self.read()? {
                Event::Start(start) => return Element::of(&start).map(TagEvent::Start),
                Event::End(end) => return Ok(TagEvent::End(end)),
                Event::Eof => return Err(ReadErrorKind::Truncated),
                _ => {}
            }
        }
    }

    /// The text of the present element up to its end.
    fn text(&mut self) -> Result<Cow<'w, str>, ReadErrorKind> {
        self.reader.config_mut().trim_text_start = false;
        let mut text = Cow::Borrowed("");
        let mut depth = 0;
        loop {
            match self.read()? {
                Event::Text(part) => text += part.xml10_content(),
                Event::CData(part) => text += part.xml10_content(),
                Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(kind_of)? {
                    Some(character) => text.to_mut().push(character),
                    None => {
                        let name = reference.xml10_content();
                        let known = quick_xml::escape::resolve_xml_entity(&name);
                        let unknown =
                            || ReadErrorKind::Malformed(format!("the entity &{name}; is not known"));
                        text += known.ok_or_else(unknown)?;
                    }
                },
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
            match self.read()? {
                Event::Start(_) => depth += 1,
                Event::End(_) if depth == 0 => return Ok(()),
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(ReadErrorKind::Truncated),
                _ => {}
            }
        }
    }
}

/// A begin or an end.
enum TagEvent<'w> {
    Start(Element),
    End(BytesEnd<'w>),
}

fn unexpected_end(name: &BytesEnd<'_>) -> ReadErrorKind {
    ReadErrorKind::Malformed(format!("an unexpected </{}>", name.name().as_ref()))
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Result<Element, ReadErrorKind> {
        let tag = Tag::of(start.name().as_ref());
        let (mut field, mut reference) = (None, None);
        if start.attributes_raw().is_empty() {
            return Ok(Element { tag, field, reference });
        }
        for attribute in start.attributes().with_checks(false) {
            let attribute =
                attribute.map_err(|error| ReadErrorKind::Malformed(format!("an attribute: {error}")))?;
            match attribute.key.as_ref() {
                "N" => field = Field::find(&attribute.value),
                "RefId" => reference = attribute.value.parse().ok(),
                _ => {}
            }
        }
        Ok(Element { tag, field, reference })
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
fn unescape(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr::memchr(b'_', text.as_bytes()).is_none() {
        return text;
    }
    let mut units = Vec::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(start) = rest.find("_x") {
        units.extend(rest[..start].encode_utf16());
        let escape = rest.as_bytes().get(start + 2..start + 7).filter(|escape| escape[4] == b'_');
        let unit = escape
            .filter(|escape| escape[..4].iter().all(u8::is_ascii_hexdigit))
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
    Cow::Owned(String::from_utf16_lossy(&units))
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
