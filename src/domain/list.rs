//! The audit lists as they come: names, in the many shapes that exports give them.
//!
//! A list that lost names on its way is refused, never judged: it would show gaps that are none, or hide some.

use enumset::EnumSet;

use super::action::{ActionSet, LogonType};
use super::catalog::{Catalog, is_action_name};

/// Why the value of a property cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is not there, or null: it was never read.
    Missing,
    /// It was cut off with `...` or `…`, as Format-List does after four names.
    Truncated,
    /// It holds a type's name in place of the names: what Export-Csv writes of a list.
    TypeName(String),
    /// It holds numbers: what ConvertTo-Json writes of enumerations.
    Number(String),
    /// It has a shape that no export of Exchange has.
    Shape(String),
    /// It stands in the object twice, with or without the same case.
    Twice,
    /// It points to an object further back in the file than is kept.
    LostReference(String),
}

impl Fault {
    /// What is wrong with those properties, and what to do about it.
    pub fn describe(&self, properties: &str) -> String {
        match self {
            Fault::Missing => format!("missing: {properties}; {}", missing_hint(properties)),
            Fault::Truncated => format!(
                "cut off: {properties}; Format-List and Format-Table show only the first names, {EXPORT_AGAIN}"
            ),
            Fault::TypeName(text) => format!(
                "a type's name ({text}) in place of the names: {properties}; Export-Csv does that to lists, \
                 {EXPORT_AGAIN}"
            ),
            Fault::Number(text) => format!(
                "a number ({text}) in place of a name: {properties}; ConvertTo-Json writes enumerations so, \
                 export with Export-Clixml, or convert them before: \
                 @{{n='AuditOwner'; e={{@($_.AuditOwner | ForEach-Object ToString)}}}}"
            ),
            Fault::Shape(text) => format!("not understood: {properties} is {text}; {EXPORT_AGAIN}"),
            Fault::Twice => format!("twice in one object: {properties}; which one holds is not known"),
            Fault::LostReference(id) => format!(
                "a reference to object {id}, which was not kept: {properties}; export with ConvertTo-Json instead"
            ),
        }
    }
}

impl Fault {
    /// A text that is refused in the same way when it is read again; nothing for what was missing.
    pub fn as_refused(&self) -> Option<String> {
        match self {
            Fault::Missing => None,
            Fault::Truncated => Some("...".to_owned()),
            Fault::TypeName(text) | Fault::Number(text) => Some(text.clone()),
            // Marked, since words alone would be taken for names.
            Fault::Shape(text) => Some(format!("{REFUSED}{text}")),
            Fault::Twice => Some("(twice)".to_owned()),
            Fault::LostReference(_) => Some("(lost reference)".to_owned()),
        }
    }
}

/// What stands between the elements of a list that a caller of the C interface joined: null and the empty text are seen there.
pub const ELEMENT_SEPARATOR: char = '\u{1f}';

/// What a list with null in it is called when it is refused.
pub const NULL_IN_LIST: &str = "a list with null in it";

/// What a text begins with that is no value, but says what stood in the place of one. No name has a control character.
const REFUSED: char = '\u{2}';

/// The text behind that mark.
fn refused(text: &str) -> Option<Fault> {
    text.strip_prefix(REFUSED).map(|shape| Fault::Shape(shape.to_owned()))
}

const EXPORT_AGAIN: &str = "export again with Export-Clixml or ConvertTo-Json";

fn missing_hint(properties: &str) -> &'static str {
    if properties == "DefaultAuditSet" {
        "read the mailboxes with Get-EXOMailbox -PropertySets Minimum,Audit; those of Exchange Server have none, \
         keep their AdminDisplayVersion or say that they are from there (--platform server)"
    } else {
        "read the mailboxes with Get-EXOMailbox -PropertySets Minimum,Audit (on Exchange Server with Get-Mailbox)"
    }
}

/// A property as it was read: absent is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Property<T> {
    /// Not there, or null.
    #[default]
    Absent,
    /// There, and understood.
    Known(T),
    /// There, and not to be believed.
    Refused(Fault),
}

impl<T> Property<T> {
    /// The value, if it was understood.
    pub fn known(&self) -> Option<&T> {
        match self {
            Property::Known(value) => Some(value),
            Property::Absent | Property::Refused(_) => None,
        }
    }

    /// Why there is no value.
    pub fn fault(&self) -> Option<Fault> {
        match self {
            Property::Known(_) => None,
            Property::Absent => Some(Fault::Missing),
            Property::Refused(fault) => Some(fault.clone()),
        }
    }

    /// Takes the value of a reader; a second one for the same property makes both doubtful.
    pub fn set(&mut self, value: Property<T>) {
        *self = match self {
            Property::Absent => value,
            Property::Known(_) | Property::Refused(_) => Property::Refused(Fault::Twice),
        };
    }
}

impl<T> From<Result<T, Fault>> for Property<T> {
    fn from(result: Result<T, Fault>) -> Self {
        match result {
            Ok(value) => Property::Known(value),
            Err(fault) => Property::Refused(fault),
        }
    }
}

/// What can be read name by name: an audit list, or a set of logon types.
pub trait NameList: Default {
    /// Takes one name of the list.
    fn push(&mut self, catalog: &Catalog, name: &str) -> Result<(), Fault>;

    /// Reads a list that came as one text: names between commas, semicolons, white space, perhaps in braces; or elements
    /// between [`ELEMENT_SEPARATOR`], of which none is empty.
    fn from_text(catalog: &Catalog, text: &str) -> Result<Self, Fault> {
        if let Some(fault) = refused(text) {
            return Err(fault);
        }
        let mut list = Self::default();
        if text.contains(ELEMENT_SEPARATOR) {
            for element in text.split(ELEMENT_SEPARATOR) {
                if element.is_empty() {
                    return Err(Fault::Shape(NULL_IN_LIST.to_owned()));
                }
                list.push_element(catalog, element)?;
            }
            return Ok(list);
        }
        let text = text.trim();
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
        let names = inner.split(|c: char| matches!(c, ',' | ';') || c.is_whitespace());
        for name in names.filter(|name| !name.is_empty()) {
            list.push(catalog, name).map_err(|fault| whole_text(fault, text))?;
        }
        Ok(list)
    }

    /// Reads one element of a list. It may hold several names: enumerations with flags print joined.
    fn push_element(&mut self, catalog: &Catalog, element: &str) -> Result<(), Fault> {
        if is_action_name(element) {
            return self.push(catalog, element);
        }
        let names = element.split(|c: char| c == ',' || c.is_whitespace());
        for name in names.filter(|name| !name.is_empty()) {
            self.push(catalog, name).map_err(|fault| whole_text(fault, element))?;
        }
        Ok(())
    }
}

/// Names the whole value in the error: one word of a type's name would say little. That a list was cut off says
/// most.
fn whole_text(fault: Fault, text: &str) -> Fault {
    match (refuse(text), fault) {
        (Fault::Truncated, _) => Fault::Truncated,
        (_, number @ Fault::Number(_)) => number,
        (whole, _) => whole,
    }
}

/// The audited actions of one logon type, as the mailbox lists them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActionList {
    /// The names that the catalogue has.
    pub actions: ActionSet,
    /// The other names, each once, as they were written.
    pub unrecognized: Vec<Box<str>>,
}

impl NameList for ActionList {
    fn push(&mut self, catalog: &Catalog, name: &str) -> Result<(), Fault> {
        if let Some(id) = catalog.find(name) {
            self.actions.insert(id);
            return Ok(());
        }
        if !is_action_name(name) {
            return Err(refuse(name));
        }
        if !self.unrecognized.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            self.unrecognized.push(name.into());
        }
        Ok(())
    }
}

impl NameList for EnumSet<LogonType> {
    fn push(&mut self, _: &Catalog, name: &str) -> Result<(), Fault> {
        if let Some(logon) = LogonType::from_name(name) {
            self.insert(logon);
            return Ok(());
        }
        // How an empty set of an enumeration with flags prints.
        if name.eq_ignore_ascii_case("None") { Ok(()) } else { Err(refuse(name)) }
    }
}

/// Tells why that text is no list of names.
fn refuse(text: &str) -> Fault {
    if text.contains("...") || text.contains('\u{2026}') {
        return Fault::Truncated;
    }
    let first = text.trim_start_matches(['-', '{']);
    if first.starts_with(|c: char| c.is_ascii_digit()) {
        return Fault::Number(shorten(text));
    }
    let type_name = ["System.", "Microsoft.", "Deserialized.", "[]", "`"];
    if type_name.iter().any(|part| text.contains(part)) {
        return Fault::TypeName(shorten(text));
    }
    Fault::Shape(format!("{:?}", shorten(text)))
}

/// The beginning of a text, short enough for an error message.
pub fn shorten(text: &str) -> String {
    shorten_to(text, 80)
}

/// The beginning of a text, of so many characters at most.
pub fn shorten_to(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{} (and more)", &text[..end]),
        None => text.to_owned(),
    }
}

/// Reads a switch that came as text.
pub fn bool_from_text(text: &str) -> Result<bool, Fault> {
    if let Some(fault) = refused(text) {
        return Err(fault);
    }
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if text.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(Fault::Shape(format!("{:?}", shorten(text))))
    }
}
