//! JSON: an array, objects one after another (one a line, say), or the answer of a REST call with `value`.
//!
//! serde_json reads one record at a time out of a buffer, borrowing its texts. A record that the buffer cuts off
//! is read again once more of it is there.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;
use std::marker::PhantomData;
use std::ops::ControlFlow;

use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::record::{Content, Field, Record, Shape};
use super::window::Window;
use super::{Item, ReadError, ReadErrorKind, Visit};
use crate::domain::catalog::Catalog;
use crate::domain::list::{ActionList, Fault, NULL_IN_LIST, NameList};

/// The warning of a read that was cut off by its result size.
const MORE_RESULTS: &str = "more results available";

pub(super) fn read(reader: impl Read, catalog: &Catalog, visit: &mut Visit<'_>) -> Result<(), ReadError> {
    let stream = Stream { window: Window::new(reader), error_line: None };
    let mut file = JsonFile { stream, catalog, visit, records: 0 };
    match file.documents() {
        Ok(_) => Ok(()),
        Err(kind) => {
            let here = file.stream.window.line();
            Err(kind.at(Some(file.stream.error_line.unwrap_or(here)), file.records))
        }
    }
}

/// Whether to go on.
type Flow = Result<ControlFlow<()>, ReadErrorKind>;

const GO_ON: Flow = Ok(ControlFlow::Continue(()));

macro_rules! go_on {
    ($flow:expr) => {
        if $flow?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    };
}

struct JsonFile<'f, 'v, R> {
    stream: Stream<R>,
    catalog: &'f Catalog,
    visit: &'f mut Visit<'v>,
    records: u64,
}

impl<R: Read> JsonFile<'_, '_, R> {
    fn documents(&mut self) -> Flow {
        while let Some(first) = self.stream.peek()? {
            match first {
                b'[' => go_on!(self.array()),
                b'{' => go_on!(self.object()),
                _ => return Err(self.stream.unexpected()),
            }
        }
        GO_ON
    }

    fn array(&mut self) -> Flow {
        self.stream.take()?;
        if self.stream.peek()? == Some(b']') {
            self.stream.take()?;
            return GO_ON;
        }
        loop {
            go_on!(self.element());
            if !self.stream.comma_or(b']')? {
                return GO_ON;
            }
        }
    }

    fn element(&mut self) -> Flow {
        let what = match self.stream.peek()? {
            Some(b'{') => return self.record(),
            Some(b'[') => "a list in a list",
            Some(b'"') => "a text",
            Some(b'n') => "null",
            _ => "no object",
        };
        let line = self.stream.window.line();
        self.stream.value(Skip, |_| ())?;
        self.records += 1;
        let content = Content::NotAnObject(what.to_owned());
        Ok((self.visit)(Item { line: Some(line), record: self.records, content }))
    }

    fn record(&mut self) -> Flow {
        let (line, record) = (self.stream.window.line(), self.records + 1);
        let visit = &mut *self.visit;
        let flow = self.stream.value(ReadRecord { catalog: self.catalog }, |content| {
            visit(Item { line: Some(line), record, content: Content::Record(content) })
        });
        // Counted once it is whole.
        self.records += u64::from(flow.is_ok());
        flow
    }

    /// A single mailbox, or what holds mailboxes: the answer of a REST call, or a report of this program.
    ///
    /// A mailbox out of such an answer may begin with `@odata.type` just as well, so both are looked into up to the
    /// first property of its own.
    fn object(&mut self) -> Flow {
        self.stream.window.hold();
        let envelope = self.is_envelope()?;
        self.stream.window.rewind();
        if envelope { self.envelope() } else { self.record() }
    }

    fn is_envelope(&mut self) -> Result<bool, ReadErrorKind> {
        self.stream.take()?;
        loop {
            if self.stream.peek()? != Some(b'"') {
                return Ok(false);
            }
            let key = self.key()?;
            if !key.contains('@') {
                return Ok(match key.as_str() {
                    "value" => matches!(self.stream.peek()?, Some(b'[' | b'{')),
                    // Windows PowerShell 5.1 writes a wrapped array as {"value": [...], "Count": 2}, in any order.
                    "Count" => true,
                    other => other == REPORT_KEY,
                });
            }
            self.stream.value(Skip, |_| ())?;
            if self.stream.peek()? != Some(b',') {
                return Ok(false);
            }
            self.stream.take()?;
        }
    }

    fn envelope(&mut self) -> Flow {
        self.stream.take()?;
        if self.stream.peek()? == Some(b'}') {
            self.stream.take()?;
            return GO_ON;
        }
        loop {
            let key = self.key()?;
            go_on!(self.member(&key));
            if !self.stream.comma_or(b'}')? {
                return GO_ON;
            }
        }
    }

    fn member(&mut self, key: &str) -> Flow {
        match (key, self.stream.peek()?) {
            ("value" | "Mailboxes", Some(b'[')) => return self.array(),
            // What was wrapped alone; the head and the end of a report of this program.
            ("value" | REPORT_KEY | "Summary", Some(b'{')) => return self.record(),
            _ => {}
        }
        match key {
            "@odata.nextLink" => {
                self.stream.value(Skip, |_| ())?;
                return Ok(
                    self.incomplete("it is one page of several (@odata.nextLink); save the other pages too")
                );
            }
            "@adminapi.warnings" => {
                let text = self.text_of_value()?;
                if text.contains(MORE_RESULTS) {
                    return Ok(self.incomplete(
                        "the server said that more results are available; read again with -ResultSize Unlimited",
                    ));
                }
            }
            "@adminapi.errors" => {
                let text = self.text_of_value()?;
                if !matches!(text.as_str(), "[]" | "null") {
                    return Ok(self.incomplete(&format!("the server reported errors: {text}")));
                }
            }
            _ => {
                self.stream.value(Skip, |_| ())?;
            }
        }
        GO_ON
    }

    fn incomplete(&mut self, text: &str) -> ControlFlow<()> {
        let content = Content::Incomplete(text.to_owned());
        (self.visit)(Item { line: Some(self.stream.window.line()), record: self.records, content })
    }

    fn text_of_value(&mut self) -> Result<String, ReadErrorKind> {
        self.stream.value(Keep::<serde_json::Value>(PhantomData), |value| value.to_string())
    }

    fn key(&mut self) -> Result<String, ReadErrorKind> {
        let key = self.stream.value(Keep::<String>(PhantomData), |key| key)?;
        self.stream.expect(b':')?;
        Ok(key)
    }
}

/// The first key of a report of this program.
const REPORT_KEY: &str = "Report";

/// JSON, a value at a time.
struct Stream<R> {
    window: Window<R>,
    /// Where an error lies, if that is not where reading stands.
    error_line: Option<u64>,
}

impl<R: Read> Stream<R> {
    /// The next byte that is no white space; none at the end of the file.
    fn peek(&mut self) -> Result<Option<u8>, ReadErrorKind> {
        self.window.peek()
    }

    /// Takes the next byte that is no white space. Inside a value, the file may not end; outside of a text, all
    /// bytes that mean something are ASCII.
    fn take(&mut self) -> Result<u8, ReadErrorKind> {
        let byte = self.peek()?.ok_or(ReadErrorKind::Truncated)?;
        if !byte.is_ascii() {
            return Err(self.unexpected());
        }
        self.window.advance(1);
        Ok(byte)
    }

    /// Takes that byte and no other.
    fn expect(&mut self, wanted: u8) -> Result<(), ReadErrorKind> {
        match self.peek()? {
            Some(byte) if byte == wanted => self.take().map(drop),
            Some(_) => Err(self.unexpected()),
            None => Err(ReadErrorKind::Truncated),
        }
    }

    /// Takes a comma, or the end of a list or an object; true if it goes on.
    fn comma_or(&mut self, end: u8) -> Result<bool, ReadErrorKind> {
        match self.peek()? {
            Some(b',') => self.take().map(|_| true),
            Some(byte) if byte == end => self.take().map(|_| false),
            Some(_) => Err(self.unexpected()),
            None => Err(ReadErrorKind::Truncated),
        }
    }

    fn unexpected(&mut self) -> ReadErrorKind {
        let text = match self.window.rest().chars().next() {
            Some(character) => format!("unexpected {character:?}"),
            None => "unexpected end".to_owned(),
        };
        ReadErrorKind::Malformed(text)
    }

    /// Reads one JSON value and hands it on.
    fn value<P: Parse, U>(
        &mut self,
        parse: P,
        mut then: impl FnMut(P::Value<'_>) -> U,
    ) -> Result<U, ReadErrorKind> {
        loop {
            let rest = self.window.rest();
            let mut json = serde_json::Deserializer::from_str(rest);
            let outcome = parse.parse(&mut json).map(|value| {
                let used = json.into_iter::<IgnoredAny>().byte_offset();
                // A number at the end of the window may go on behind it.
                let is_whole = used < rest.len() || !rest.ends_with(|c: char| c.is_ascii_alphanumeric());
                (is_whole || self.window.at_end()).then(|| (then(value), used))
            });
            match outcome {
                Ok(Some((result, used))) => {
                    self.window.advance(used);
                    return Ok(result);
                }
                Err(error) if !error.is_eof() => return Err(self.malformed(&error)),
                Err(_) if self.window.at_end() => return Err(ReadErrorKind::Truncated),
                Ok(None) | Err(_) => self.window.fill()?,
            }
        }
    }

    fn malformed(&mut self, error: &serde_json::Error) -> ReadErrorKind {
        self.error_line = Some(self.window.line() + (error.line() as u64).saturating_sub(1));
        let text = error.to_string();
        // The position in the text counts from the record: ours counts from the file.
        let text = text.split(" at line ").next().unwrap_or_default();
        ReadErrorKind::Malformed(text.to_owned())
    }
}

/// What to make of a value; it may borrow from the window.
trait Parse {
    type Value<'de>;

    fn parse<'de>(&self, json: &mut Json<'de>) -> serde_json::Result<Self::Value<'de>>;
}

type Json<'de> = serde_json::Deserializer<serde_json::de::StrRead<'de>>;

/// Skips a value.
struct Skip;

impl Parse for Skip {
    type Value<'de> = IgnoredAny;

    fn parse<'de>(&self, json: &mut Json<'de>) -> serde_json::Result<IgnoredAny> {
        IgnoredAny::deserialize(json)
    }
}

/// Keeps a value that borrows nothing.
struct Keep<T>(PhantomData<T>);

impl<T: DeserializeOwned> Parse for Keep<T> {
    type Value<'de> = T;

    fn parse<'de>(&self, json: &mut Json<'de>) -> serde_json::Result<T> {
        T::deserialize(json)
    }
}

/// Reads one object.
pub(super) fn record<'a>(json: &'a str, catalog: &Catalog) -> serde_json::Result<Record<'a>> {
    ReadRecord { catalog }.parse(&mut serde_json::Deserializer::from_str(json))
}

/// Reads an object's properties.
#[derive(Clone, Copy)]
struct ReadRecord<'c> {
    catalog: &'c Catalog,
}

impl Parse for ReadRecord<'_> {
    type Value<'de> = Record<'de>;

    fn parse<'de>(&self, json: &mut Json<'de>) -> serde_json::Result<Record<'de>> {
        json.deserialize_map(*self)
    }
}

impl<'de> Visitor<'de> for ReadRecord<'_> {
    type Value = Record<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record<'de>, A::Error> {
        let mut record = Record::default();
        while let Some(name) = map.next_key_seed(ReadName)? {
            match name {
                Some(name) => {
                    map.next_value_seed(ReadProperty { catalog: self.catalog, name, record: &mut record })?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(record)
    }
}

/// Looks up a property's name.
struct ReadName;

impl<'de> DeserializeSeed<'de> for ReadName {
    type Value = Option<Field>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for ReadName {
    type Value = Option<Field>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a property's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Field::find(name))
    }
}

/// Puts a property's value into the record, whatever its shape is.
struct ReadProperty<'r, 'de> {
    catalog: &'r Catalog,
    name: Field,
    record: &'r mut Record<'de>,
}

impl ReadProperty<'_, '_> {
    fn number<E>(self, number: impl fmt::Display) -> Result<(), E> {
        match self.name.shape() {
            Shape::Text => self.record.put_text(self.catalog, self.name, number.to_string().into()),
            _ => self.record.put_fault(self.name, Fault::Number(number.to_string())),
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for ReadProperty<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ReadProperty<'_, 'de> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    // Null is what a property has that was never read.
    fn visit_unit<E>(self) -> Result<(), E> {
        self.record.put_null(self.name);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.record.put_bool(self.name, value);
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.record.put_text(self.catalog, self.name, Cow::Borrowed(text));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.record.put_text(self.catalog, self.name, Cow::Owned(text.to_owned()));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.number(number)
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.number(number)
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.number(number)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        let ReadProperty { catalog, name, record } = self;
        match name.shape() {
            Shape::Actions(_) => {
                let list = read_names::<ActionList, A>(catalog, seq)?;
                record.put_actions(name, list.into());
            }
            Shape::LogonTypes => {
                let list = read_names(catalog, seq)?;
                record.put_logon_types(name, list.into());
            }
            Shape::Text | Shape::Switch => {
                IgnoredAny.visit_seq(seq)?;
                record.put_fault(name, Fault::Shape("a list".to_owned()));
            }
        }
        Ok(())
    }

    /// The objects that ConvertTo-Json makes of values: a wrapped list of Windows PowerShell 5.1, an enumeration
    /// with its number and its name, a time span.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let ReadProperty { catalog, name, record } = self;
        let mut understood = false;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "value" if name.is_list() && !understood => {
                    understood = true;
                    map.next_value_seed(ReadProperty { catalog, name, record: &mut *record })?;
                }
                "Value" if name.shape() == Shape::Text && !understood => {
                    understood = true;
                    map.next_value_seed(ReadProperty { catalog, name, record: &mut *record })?;
                }
                "Ticks" if name == Field::AuditLogAgeLimit => {
                    understood = true;
                    let ticks = map.next_value::<serde_json::Value>()?;
                    let text = ticks.as_i64().map(span_of_ticks).unwrap_or_default();
                    record.put_text(catalog, name, text.into());
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if !understood {
            record.put_fault(name, Fault::Shape("an object".to_owned()));
        }
        Ok(())
    }
}

/// Reads a list of names; what cannot be believed makes the whole list so, but the rest of it is still passed.
fn read_names<'de, L: NameList, A: SeqAccess<'de>>(
    catalog: &Catalog,
    mut seq: A,
) -> Result<Result<L, Fault>, A::Error> {
    let mut list = Ok(L::default());
    while let Some(element) = seq.next_element_seed(ReadElement { catalog, list: &mut list })? {
        if let (Err(fault), Ok(_)) = (element, &list) {
            list = Err(fault);
        }
    }
    Ok(list)
}

/// Puts one name into a list.
struct ReadElement<'l, L> {
    catalog: &'l Catalog,
    list: &'l mut Result<L, Fault>,
}

impl<'de, L: NameList> DeserializeSeed<'de> for ReadElement<'_, L> {
    type Value = Result<(), Fault>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, L: NameList> Visitor<'de> for ReadElement<'_, L> {
    type Value = Result<(), Fault>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(match self.list {
            Ok(list) => list.push_element(self.catalog, name),
            Err(_) => Ok(()),
        })
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Err(Fault::Number(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Err(Fault::Number(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Err(Fault::Number(number.to_string())))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Err(Fault::Shape(format!("a list with {value} in it"))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Err(Fault::Shape(NULL_IN_LIST.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_seq(seq)?;
        Ok(Err(Fault::Shape("a list in a list".to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_map(map)?;
        Ok(Err(Fault::Shape("a list of objects".to_owned())))
    }
}

/// A .NET time span of that many ticks of 100 ns, as Exchange prints it.
fn span_of_ticks(ticks: i64) -> String {
    let seconds = ticks / 10_000_000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    format!("{days}.{:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}
