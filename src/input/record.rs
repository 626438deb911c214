//! One record of an export, of whatever kind: the properties that matter, as they came.

use std::borrow::Cow;

use enumset::{EnumSet, EnumSetType};
use uuid::Uuid;

use crate::domain::action::LogonType;
use crate::domain::bypass::BypassAssociation;
use crate::domain::catalog::{Catalog, Platform};
use crate::domain::list::{ActionList, Fault, NameList, Property, bool_from_text};
use crate::domain::mailbox::Mailbox;
use crate::domain::section::{Section, SectionEnd};
use crate::domain::verdict::OrganizationAudit;

/// What stands in a file.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "it lives on the stack, one at a time, and is nearly always a record"
)]
pub enum Content<'a> {
    /// An object with properties.
    Record(Record<'a>),
    /// Something that is no object; the text says what.
    NotAnObject(String),
    /// The file itself says that it does not hold all; the text says how.
    Incomplete(String),
}

/// What kind of object a record is, by its properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// A mailbox, or something that looks most like one.
    Mailbox,
    /// A row of `Get-MailboxAuditBypassAssociation`.
    BypassAssociation,
    /// `Get-OrganizationConfig`.
    Organization,
    /// The head of a report of this program.
    ReportHead,
    /// The last line of a report of this program.
    Summary,
    /// The first line of a saved input.
    SavedHead,
    /// The end of a section of a saved input.
    SectionEnd,
    /// A line of a comparison or of an expanded report: a part of what is known of a mailbox, or of two.
    Part,
}

/// The properties that are read. All others are skipped without being built.
#[derive(Debug, Hash, EnumSetType)]
pub(super) enum Field {
    DisplayName,
    UserPrincipalName,
    PrimarySmtpAddress,
    Identity,
    Id,
    Name,
    DistinguishedName,
    RecipientTypeDetails,
    Guid,
    ExchangeObjectId,
    AdminDisplayVersion,
    AuditEnabled,
    AuditAdmin,
    AuditDelegate,
    AuditOwner,
    DefaultAuditSet,
    AuditLogAgeLimit,
    AuditBypassEnabled,
    AuditDisabled,
    RecordType,
    Platform,
    Complete,
    Section,
    Records,
    Problem,
    Tenant,
}

/// How the value of a property is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Switch,
    Actions(LogonType),
    LogonTypes,
}

impl Field {
    const SPELLING: [(&'static str, Field); 26] = [
        ("DisplayName", Field::DisplayName),
        ("UserPrincipalName", Field::UserPrincipalName),
        ("PrimarySmtpAddress", Field::PrimarySmtpAddress),
        ("Identity", Field::Identity),
        ("Id", Field::Id),
        ("Name", Field::Name),
        ("DistinguishedName", Field::DistinguishedName),
        ("RecipientTypeDetails", Field::RecipientTypeDetails),
        ("Guid", Field::Guid),
        ("ExchangeObjectId", Field::ExchangeObjectId),
        ("AdminDisplayVersion", Field::AdminDisplayVersion),
        ("AuditEnabled", Field::AuditEnabled),
        ("AuditAdmin", Field::AuditAdmin),
        ("AuditDelegate", Field::AuditDelegate),
        ("AuditOwner", Field::AuditOwner),
        ("DefaultAuditSet", Field::DefaultAuditSet),
        ("AuditLogAgeLimit", Field::AuditLogAgeLimit),
        ("AuditBypassEnabled", Field::AuditBypassEnabled),
        ("AuditDisabled", Field::AuditDisabled),
        // Of this program's own reports.
        ("RecordType", Field::RecordType),
        ("Platform", Field::Platform),
        ("Complete", Field::Complete),
        // Of its saved inputs.
        ("Section", Field::Section),
        ("Records", Field::Records),
        ("Problem", Field::Problem),
        ("Tenant", Field::Tenant),
    ];

    /// The property of that name, without regard to case: Microsoft itself prints `AuditByPassEnabled`.
    pub(super) fn find(name: &str) -> Option<Field> {
        Field::SPELLING
            .iter()
            .find(|(spelling, _)| spelling.len() == name.len() && spelling.eq_ignore_ascii_case(name))
            .map(|(_, found)| *found)
    }

    pub(super) fn shape(self) -> Shape {
        match self {
            Field::AuditEnabled | Field::AuditBypassEnabled | Field::AuditDisabled | Field::Complete => {
                Shape::Switch
            }
            Field::AuditAdmin => Shape::Actions(LogonType::Admin),
            Field::AuditDelegate => Shape::Actions(LogonType::Delegate),
            Field::AuditOwner => Shape::Actions(LogonType::Owner),
            Field::DefaultAuditSet => Shape::LogonTypes,
            _ => Shape::Text,
        }
    }

    pub(super) fn is_list(self) -> bool {
        matches!(self.shape(), Shape::Actions(_) | Shape::LogonTypes)
    }
}

/// The properties of one object.
#[derive(Debug, Default)]
pub struct Record<'a> {
    mailbox: Mailbox<'a>,
    id: Cow<'a, str>,
    name: Cow<'a, str>,
    record_type: Cow<'a, str>,
    platform: Cow<'a, str>,
    audit_disabled: Property<bool>,
    complete: Property<bool>,
    section: Cow<'a, str>,
    records: Cow<'a, str>,
    problem: Cow<'a, str>,
    tenant: Cow<'a, str>,
    seen: EnumSet<Field>,
}

impl<'a> Record<'a> {
    /// Takes a value that came as text, whatever the property is.
    pub(super) fn put_text(&mut self, catalog: &Catalog, name: Field, text: Cow<'a, str>) {
        match name.shape() {
            // Which of two holds is not known: better none.
            Shape::Text if self.seen.contains(name) => self.put_plain(name, Cow::Borrowed("")),
            Shape::Text => {
                self.seen |= name;
                self.put_plain(name, text);
            }
            // An empty cell is what CSV has for null.
            Shape::Switch if text.trim().is_empty() => {}
            Shape::Switch => self.put_switch(name, bool_from_text(&text).into()),
            Shape::Actions(_) => self.put_actions(name, ActionList::from_text(catalog, &text).into()),
            Shape::LogonTypes => self.put_logon_types(name, NameList::from_text(catalog, &text).into()),
        }
    }

    pub(super) fn put_bool(&mut self, name: Field, value: bool) {
        match name.shape() {
            Shape::Switch => self.put_switch(name, Property::Known(value)),
            Shape::Text => {}
            Shape::Actions(_) | Shape::LogonTypes => self.put_fault(name, Fault::Shape(format!("{value}"))),
        }
    }

    /// Takes a property without a value. Only of the organisation's switch that says something: what an object is.
    pub(super) fn put_null(&mut self, name: Field) {
        if name == Field::AuditDisabled {
            self.seen |= name;
        }
    }

    /// Takes a value that is not to be believed.
    pub(super) fn put_fault(&mut self, name: Field, fault: Fault) {
        match name.shape() {
            Shape::Text => {}
            Shape::Switch => self.put_switch(name, Property::Refused(fault)),
            Shape::Actions(_) => self.put_actions(name, Property::Refused(fault)),
            Shape::LogonTypes => self.put_logon_types(name, Property::Refused(fault)),
        }
    }

    pub(super) fn put_actions(&mut self, name: Field, list: Property<ActionList>) {
        self.seen |= name;
        if let Shape::Actions(logon) = name.shape() {
            self.mailbox.lists[logon].set(list);
        }
    }

    pub(super) fn put_logon_types(&mut self, name: Field, list: Property<EnumSet<LogonType>>) {
        self.seen |= name;
        self.mailbox.default_audit_set.set(list);
    }

    fn put_switch(&mut self, name: Field, value: Property<bool>) {
        self.seen |= name;
        match name {
            Field::AuditEnabled => self.mailbox.audit_enabled.set(value),
            Field::AuditBypassEnabled => self.mailbox.audit_bypass_enabled.set(value),
            Field::AuditDisabled => self.audit_disabled.set(value),
            Field::Complete => self.complete.set(value),
            _ => {}
        }
    }

    fn put_plain(&mut self, name: Field, text: Cow<'a, str>) {
        let mailbox = &mut self.mailbox;
        match name {
            Field::DisplayName => mailbox.display_name = text,
            Field::UserPrincipalName => mailbox.user_principal_name = text,
            Field::PrimarySmtpAddress => mailbox.primary_smtp_address = text,
            Field::Identity => mailbox.identity = text,
            Field::Id => self.id = text,
            Field::Name => self.name = text,
            Field::DistinguishedName => mailbox.distinguished_name = text,
            Field::RecipientTypeDetails => mailbox.recipient_type = text,
            Field::AdminDisplayVersion => mailbox.admin_display_version = text,
            Field::AuditLogAgeLimit => mailbox.audit_log_age_limit = text,
            Field::Guid => mailbox.guid = parse_guid(&text),
            Field::ExchangeObjectId => mailbox.exchange_object_id = parse_guid(&text),
            Field::RecordType => self.record_type = text,
            Field::Platform => self.platform = text,
            Field::Section => self.section = text,
            Field::Records => self.records = text,
            Field::Problem => self.problem = text,
            Field::Tenant => self.tenant = text,
            _ => {}
        }
    }

    /// What kind of object it is.
    pub fn kind(&self) -> RecordKind {
        if let Some((_, kind)) =
            RECORD_TYPES.iter().find(|(name, _)| self.record_type.eq_ignore_ascii_case(name))
        {
            return *kind;
        }
        if self.seen.contains(Field::AuditDisabled) {
            return RecordKind::Organization;
        }
        if self.seen.contains(Field::AuditBypassEnabled) && !self.is_surely_mailbox() {
            return RecordKind::BypassAssociation;
        }
        RecordKind::Mailbox
    }

    /// Whether it has a property that no bypass association has.
    pub fn is_surely_mailbox(&self) -> bool {
        let of_mailboxes = Field::AuditEnabled
            | Field::AuditAdmin
            | Field::AuditDelegate
            | Field::AuditOwner
            | Field::DefaultAuditSet
            | Field::RecipientTypeDetails
            | Field::UserPrincipalName;
        !self.seen.is_disjoint(of_mailboxes)
    }

    /// The mailbox that it is.
    pub fn into_mailbox(mut self) -> Mailbox<'a> {
        if self.record_type.eq_ignore_ascii_case(MAILBOX) {
            self.mailbox.known_platform = Platform::from_name(&self.platform);
            if self.seen.contains(Field::AuditDisabled) {
                let switch = self.audit_disabled.known().copied();
                let known = switch.map_or(OrganizationAudit::Unknown, OrganizationAudit::from_audit_disabled);
                self.mailbox.known_organization = Some(known);
            }
        }
        if self.mailbox.identity.is_empty() {
            self.mailbox.identity = if self.id.is_empty() { self.name } else { self.id };
        }
        self.mailbox
    }

    /// The bypass association that it is.
    pub fn into_bypass(self) -> BypassAssociation<'a> {
        let mailbox = self.mailbox;
        let name = [self.name, mailbox.identity, self.id, mailbox.display_name];
        BypassAssociation {
            name: name.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
            distinguished_name: mailbox.distinguished_name,
            guid: mailbox.guid,
            exchange_object_id: mailbox.exchange_object_id,
            audit_bypass_enabled: mailbox.audit_bypass_enabled,
        }
    }

    /// `AuditDisabled` of an organisation.
    pub fn audit_disabled(&self) -> &Property<bool> {
        &self.audit_disabled
    }

    /// The tenant of a saved input; empty where it does not say.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Whether the last line of a report says that the report is complete.
    pub fn says_complete(&self) -> bool {
        self.complete == Property::Known(true)
    }

    /// The section whose end it is, and how it ended; nothing where that is not understood.
    pub fn section_end(&self) -> Option<(Section, SectionEnd)> {
        let section = Section::from_name(&self.section)?;
        let records = self.records.parse().ok()?;
        let problem = if !self.problem.is_empty() {
            Some(self.problem.to_string())
        } else if !self.says_complete() {
            Some("it was not read to its end".to_owned())
        } else {
            None
        };
        Some((section, SectionEnd { records, problem }))
    }
}

/// What files of this program call a mailbox.
const MAILBOX: &str = "Mailbox";

/// What files of this program call their records.
const RECORD_TYPES: [(&str, RecordKind); 11] = [
    (MAILBOX, RecordKind::Mailbox),
    ("Report", RecordKind::ReportHead),
    ("Summary", RecordKind::Summary),
    ("SavedInput", RecordKind::SavedHead),
    ("SectionEnd", RecordKind::SectionEnd),
    ("Organization", RecordKind::Organization),
    ("BypassAssociation", RecordKind::BypassAssociation),
    ("NonAuditedAction", RecordKind::Part),
    ("Comparison", RecordKind::Part),
    ("Change", RecordKind::Part),
    ("ComparisonSummary", RecordKind::Part),
];

/// A Guid in any of its usual forms; anything else is none.
fn parse_guid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.trim()).ok().filter(|id| !id.is_nil())
}
