//! What was read of a tenant, as JSON lines: the saved input, of which reports are made later, on any machine.
//!
//! A head, then the sections in the order of [`Section::ALL`], each closed by an end that says whether all of it was
//! read. The lines carry Exchange's own names, so that they are read like any export; what was
//! absent is left out, and what was refused is written so that it is refused again.

use std::io::{self, Write};

use serde::Serialize;
use uuid::Uuid;

use crate::domain::action::{LogonType, PerLogonType};
use crate::domain::bypass::BypassAssociation;
use crate::domain::catalog::{Catalog, Platform};
use crate::domain::list::Property;
use crate::domain::mailbox::Mailbox;
use crate::domain::section::{Section, SectionEnd};

/// The version of the saved input's schema, which the README describes. It grows when a field changes or goes.
pub const SAVED_SCHEMA_VERSION: u32 = 1;

/// Writes the first line.
pub fn head(out: &mut impl Write, read_at: &str, tenant: Option<&str>) -> io::Result<()> {
    line(
        out,
        &HeadObject {
            record_type: "SavedInput",
            schema: "non-audited-mailbox/input",
            schema_version: SAVED_SCHEMA_VERSION,
            read_at,
            read_by: concat!("non-audited-mailbox ", env!("CARGO_PKG_VERSION")),
            tenant,
        },
    )
}

/// Writes the organisation's switch; nothing where it has none, as on Exchange Server.
pub fn organization(out: &mut impl Write, audit_disabled: Option<bool>) -> io::Result<()> {
    line(out, &OrganizationObject { record_type: "Organization", audit_disabled })
}

/// Writes a row of the bypass associations.
pub fn bypass(out: &mut impl Write, row: &BypassAssociation<'_>) -> io::Result<()> {
    line(
        out,
        &BypassObject {
            record_type: "BypassAssociation",
            name: &row.name,
            guid: row.guid,
            exchange_object_id: row.exchange_object_id,
            distinguished_name: &row.distinguished_name,
            audit_bypass_enabled: switch(&row.audit_bypass_enabled),
        },
    )
}

/// Writes a mailbox as it was read.
pub fn mailbox(out: &mut impl Write, mailbox: &Mailbox<'_>, catalog: &Catalog) -> io::Result<()> {
    let lists = PerLogonType::from_fn(|logon| {
        value(&mailbox.lists[logon], |list| {
            let unknown = list.unrecognized.iter().map(|name| &**name);
            Value::Names(catalog.names(list.actions).chain(unknown).collect())
        })
    });
    line(
        out,
        &MailboxObject {
            record_type: "Mailbox",
            display_name: &mailbox.display_name,
            user_principal_name: &mailbox.user_principal_name,
            primary_smtp_address: &mailbox.primary_smtp_address,
            identity: &mailbox.identity,
            guid: mailbox.guid,
            exchange_object_id: mailbox.exchange_object_id,
            distinguished_name: &mailbox.distinguished_name,
            recipient_type_details: &mailbox.recipient_type,
            admin_display_version: &mailbox.admin_display_version,
            platform: mailbox.known_platform.map(Platform::name),
            audit_enabled: switch(&mailbox.audit_enabled),
            audit_admin: lists.admin,
            audit_delegate: lists.delegate,
            audit_owner: lists.owner,
            default_audit_set: value(&mailbox.default_audit_set, |set| {
                Value::Names(set.iter().map(LogonType::name).collect())
            }),
            audit_log_age_limit: &mailbox.audit_log_age_limit,
            audit_bypass_enabled: switch(&mailbox.audit_bypass_enabled),
        },
    )
}

/// Writes the end of a section.
pub fn section_end(out: &mut impl Write, section: Section, end: &SectionEnd) -> io::Result<()> {
    line(
        out,
        &SectionEndObject {
            record_type: "SectionEnd",
            section: section.name(),
            complete: end.problem.is_none(),
            records: end.records,
            problem: end.problem.as_deref(),
        },
    )
}

fn line(out: &mut impl Write, object: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, object).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HeadObject<'a> {
    record_type: &'static str,
    schema: &'static str,
    schema_version: u32,
    read_at: &'a str,
    read_by: &'static str,
    tenant: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OrganizationObject {
    record_type: &'static str,
    audit_disabled: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BypassObject<'a> {
    record_type: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    guid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange_object_id: Option<Uuid>,
    #[serde(skip_serializing_if = "str::is_empty")]
    distinguished_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_bypass_enabled: Option<Value<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MailboxObject<'a> {
    record_type: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    display_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    user_principal_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    primary_smtp_address: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    identity: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    guid: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange_object_id: Option<Uuid>,
    #[serde(skip_serializing_if = "str::is_empty")]
    distinguished_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    recipient_type_details: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    admin_display_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_enabled: Option<Value<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_admin: Option<Value<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_delegate: Option<Value<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_owner: Option<Value<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_audit_set: Option<Value<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    audit_log_age_limit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    audit_bypass_enabled: Option<Value<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SectionEndObject<'a> {
    record_type: &'static str,
    section: &'static str,
    complete: bool,
    records: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
}

/// The value of a property: as it was understood, or as text that is refused again.
#[derive(Serialize)]
#[serde(untagged)]
enum Value<'a> {
    Switch(bool),
    Names(Vec<&'a str>),
    Refused(String),
}

fn value<'a, T>(property: &'a Property<T>, known: impl FnOnce(&'a T) -> Value<'a>) -> Option<Value<'a>> {
    match property {
        Property::Absent => None,
        Property::Known(value) => Some(known(value)),
        Property::Refused(fault) => fault.as_refused().map(Value::Refused),
    }
}

fn switch(property: &Property<bool>) -> Option<Value<'_>> {
    value(property, |on| Value::Switch(*on))
}
