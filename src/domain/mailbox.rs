//! One mailbox as it was read, and what kind of mailbox it is.

use std::borrow::Cow;

use enumset::EnumSet;
use uuid::Uuid;

use super::action::{LogonType, PerLogonType};
use super::catalog::Platform;
use super::list::{ActionList, Fault, Property};
use super::verdict::OrganizationAudit;

/// A mailbox as an export, a pipeline or a server gave it. Nothing in it is believed yet.
#[derive(Debug, Clone, Default)]
pub struct Mailbox<'a> {
    /// `DisplayName`: not unique.
    pub display_name: Cow<'a, str>,
    /// `UserPrincipalName`.
    pub user_principal_name: Cow<'a, str>,
    /// `PrimarySmtpAddress`.
    pub primary_smtp_address: Cow<'a, str>,
    /// `Identity`, or `Id` or `Name` where there is none: not unique.
    pub identity: Cow<'a, str>,
    /// `DistinguishedName`.
    pub distinguished_name: Cow<'a, str>,
    /// `RecipientTypeDetails`, such as `SharedMailbox`.
    pub recipient_type: Cow<'a, str>,
    /// `Guid`.
    pub guid: Option<Uuid>,
    /// `ExchangeObjectId`.
    pub exchange_object_id: Option<Uuid>,
    /// `AdminDisplayVersion`, such as `Version 15.1 (Build 2507.6)`.
    pub admin_display_version: Cow<'a, str>,
    /// The platform, where the object knows it: reports of this program do.
    pub known_platform: Option<Platform>,
    /// The organisation's switch, where the object knows it: reports of several organisations do.
    pub known_organization: Option<OrganizationAudit>,
    /// `AuditEnabled`.
    pub audit_enabled: Property<bool>,
    /// `AuditAdmin`, `AuditDelegate` and `AuditOwner`.
    pub lists: PerLogonType<Property<ActionList>>,
    /// `DefaultAuditSet`: the logon types whose list Microsoft manages. Exchange Server has none.
    pub default_audit_set: Property<EnumSet<LogonType>>,
    /// `AuditLogAgeLimit`, such as `90.00:00:00`.
    pub audit_log_age_limit: Cow<'a, str>,
    /// `AuditBypassEnabled`: no mailbox has it, but reports of this program do.
    pub audit_bypass_enabled: Property<bool>,
}

/// The properties that a verdict needs, by the names that Exchange gives them.
pub mod property {
    use super::LogonType;

    /// The kind of mailbox.
    pub const RECIPIENT_TYPE_DETAILS: &str = "RecipientTypeDetails";
    /// The mailbox's own switch.
    pub const AUDIT_ENABLED: &str = "AuditEnabled";
    /// The logon types that Microsoft manages.
    pub const DEFAULT_AUDIT_SET: &str = "DefaultAuditSet";
    /// The switch of an account that bypasses auditing.
    pub const AUDIT_BYPASS_ENABLED: &str = "AuditBypassEnabled";

    /// The list of a logon type.
    pub const fn list(logon: LogonType) -> &'static str {
        match logon {
            LogonType::Admin => "AuditAdmin",
            LogonType::Delegate => "AuditDelegate",
            LogonType::Owner => "AuditOwner",
        }
    }
}

/// A property that cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyFault {
    /// Its name.
    pub property: &'static str,
    /// What is wrong with it.
    pub fault: Fault,
}

/// Describes faults in one line; properties with the same fault are named together.
pub fn describe_faults(faults: &[PropertyFault]) -> String {
    let mut groups: Vec<(&Fault, String)> = Vec::new();
    for PropertyFault { property, fault } in faults {
        match groups.iter_mut().find(|(known, _)| *known == fault) {
            Some((_, names)) => {
                names.push_str(", ");
                names.push_str(property);
            }
            None => groups.push((fault, (*property).to_owned())),
        }
    }
    groups.iter().map(|(fault, names)| fault.describe(names)).collect::<Vec<_>>().join("; ")
}

/// How auditing is switched on for a type of mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// On by default: the lists hold, whatever `AuditEnabled` says (users, shared).
    OnByDefault,
    /// `AuditEnabled` decides (resource, public-folder, discovery and system mailboxes).
    Switched,
}

/// Which platform to assume.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PlatformChoice {
    /// Tell it from each mailbox.
    #[default]
    Auto,
    /// Exchange Online.
    Online,
    /// Exchange Server.
    Server,
}

impl Mailbox<'_> {
    /// What to call it in messages: whatever names it best.
    pub fn label(&self) -> &str {
        [
            &self.user_principal_name,
            &self.primary_smtp_address,
            &self.display_name,
            &self.identity,
            &self.distinguished_name,
        ]
        .into_iter()
        .find(|name| !name.is_empty())
        .map_or("(mailbox without a name)", |name| name)
    }

    /// Why this object is no mailbox at all, if it is none.
    ///
    /// `Get-Recipient`, `Get-User` and `Get-MailUser` give objects that look alike, but nobody opens a mailbox there.
    pub fn not_a_mailbox(&self) -> Option<String> {
        let kind = &self.recipient_type;
        if kind.is_empty() {
            let has_settings = self.audit_enabled != Property::Absent
                || self.lists.iter().any(|(_, list)| *list != Property::Absent)
                || self.default_audit_set != Property::Absent;
            let is_named = !self.primary_smtp_address.is_empty() || !self.user_principal_name.is_empty();
            return (!has_settings && !is_named)
                .then(|| "it has neither RecipientTypeDetails nor any audit property".to_owned());
        }
        // What ConvertTo-Json makes of the enumeration: refused as a property, not as an object.
        if kind.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // Every type of mailbox that Exchange knows ends so; a new one will hardly differ.
        if !ends_with_ignore_case(kind, "Mailbox") {
            return Some(format!("its RecipientTypeDetails is {kind}"));
        }
        // What Get-RemoteMailbox gives: the mailbox is in the cloud, and so are its lists.
        if starts_with_ignore_case(kind, "Remote") {
            return Some(format!("it is a {kind}: its mailbox is in Exchange Online, read it there"));
        }
        None
    }

    /// The platform whose rules hold for it, or why that cannot be told.
    pub fn platform(&self, choice: PlatformChoice) -> Result<Platform, PropertyFault> {
        let online = if self.is_group_mailbox() { Platform::GroupMailbox } else { Platform::ExchangeOnline };
        match choice {
            PlatformChoice::Server => Ok(Platform::ExchangeServer),
            PlatformChoice::Online => Ok(online),
            PlatformChoice::Auto if self.known_platform == Some(Platform::ExchangeServer) => {
                Ok(Platform::ExchangeServer)
            }
            PlatformChoice::Auto if self.known_platform.is_some() => Ok(online),
            PlatformChoice::Auto if online == Platform::GroupMailbox => Ok(online),
            PlatformChoice::Auto if self.has_default_audit_set() => Ok(online),
            PlatformChoice::Auto => {
                match (server_version(&self.admin_display_version), &self.default_audit_set) {
                    (Some(version), _) if version < FIRST_CLOUD_VERSION => Ok(Platform::ExchangeServer),
                    (Some(_), _) | (None, Property::Known(_) | Property::Refused(_)) => Ok(online),
                    (None, Property::Absent) => {
                        Err(PropertyFault { property: property::DEFAULT_AUDIT_SET, fault: Fault::Missing })
                    }
                }
            }
        }
    }

    /// The organisation's switch that holds for it: what it knows itself goes before what was read besides.
    pub fn organization(&self, read: OrganizationAudit) -> OrganizationAudit {
        self.known_organization.unwrap_or(read)
    }

    /// Whether something stands in `DefaultAuditSet`, which tells the cloud: the property "is available only in the cloud-based
    /// service" (Set-Mailbox).
    fn has_default_audit_set(&self) -> bool {
        match &self.default_audit_set {
            Property::Known(managed) => !managed.is_empty(),
            Property::Refused(_) => true,
            Property::Absent => false,
        }
    }

    /// The names in its lists that the catalogue lacks, each once.
    pub fn unrecognized(&self) -> impl Iterator<Item = &str> {
        let names =
            self.lists.iter().filter_map(|(_, list)| list.known()).flat_map(|list| &list.unrecognized);
        names.enumerate().filter_map(|(index, name)| {
            let mut earlier =
                self.lists.iter().filter_map(|(_, list)| list.known()).flat_map(|list| &list.unrecognized);
            (!earlier.by_ref().take(index).any(|known| known.eq_ignore_ascii_case(name))).then_some(&**name)
        })
    }

    /// Whether it belongs to a Microsoft 365 group.
    pub fn is_group_mailbox(&self) -> bool {
        self.recipient_type.eq_ignore_ascii_case("GroupMailbox")
    }

    /// How auditing is switched on for it in Exchange Online.
    ///
    /// Microsoft's page names user, shared and group mailboxes as covered, resource and public-folder mailboxes
    /// as not; CIS 7.0 adds discovery mailboxes to the latter. Any other type is taken as not covered, since
    /// nobody says that it is.
    pub fn coverage(&self) -> Coverage {
        let covered = ["UserMailbox", "SharedMailbox"];
        if covered.iter().any(|kind| self.recipient_type.eq_ignore_ascii_case(kind)) {
            Coverage::OnByDefault
        } else {
            Coverage::Switched
        }
    }

    fn recipient_type_fault(&self) -> Option<Fault> {
        if self.recipient_type.is_empty() {
            return Some(Fault::Missing);
        }
        let number = self.recipient_type.bytes().all(|byte| byte.is_ascii_digit());
        number.then(|| Fault::Number(self.recipient_type.to_string()))
    }

    /// What stands in the way of a verdict on that platform.
    pub fn faults(&self, platform: Platform) -> Vec<PropertyFault> {
        let mut faults = Vec::new();
        let mut check = |property, fault: Option<Fault>| {
            faults.extend(fault.map(|fault| PropertyFault { property, fault }));
        };
        match platform {
            // "Don't believe the values that are returned" (Microsoft's page): nothing of it is needed.
            Platform::GroupMailbox => return faults,
            Platform::ExchangeOnline => {
                check(property::RECIPIENT_TYPE_DETAILS, self.recipient_type_fault());
                check(property::DEFAULT_AUDIT_SET, self.default_audit_set.fault());
            }
            Platform::ExchangeServer => {}
        }
        check(property::AUDIT_ENABLED, self.audit_enabled.fault());
        for (logon, list) in self.lists.iter() {
            check(property::list(logon), list.fault());
        }
        faults
    }
}

/// Exchange Online calls itself 15.20; Exchange Server 2019 and Subscription Edition are 15.2.
const FIRST_CLOUD_VERSION: (u32, u32) = (15, 20);

/// Reads `Version 15.1 (Build 2507.6)`, and the plain `15.1`.
fn server_version(text: &str) -> Option<(u32, u32)> {
    let numbers = text.trim().trim_start_matches("Version").trim_start();
    let mut parts = numbers.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn ends_with_ignore_case(text: &str, end: &str) -> bool {
    let start = text.len().wrapping_sub(end.len());
    text.get(start..).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

fn starts_with_ignore_case(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}
