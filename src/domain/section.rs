//! The parts of what is read of a tenant: each is read by one call, and may fail by itself.

use enumset::EnumSetType;

/// A part of what is read of a tenant.
#[derive(Debug, Hash, EnumSetType)]
pub enum Section {
    /// `Get-OrganizationConfig`: whether the organisation audits at all.
    Organization,
    /// `Get-MailboxAuditBypassAssociation`: who bypasses auditing.
    BypassAssociations,
    /// `Get-EXOMailbox` or `Get-Mailbox`.
    Mailboxes,
}

impl Section {
    /// All of them, in the order in which a mailbox needs them.
    pub const ALL: [Section; 3] = [Section::Organization, Section::BypassAssociations, Section::Mailboxes];

    /// Its name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Section::Organization => "Organization",
            Section::BypassAssociations => "BypassAssociations",
            Section::Mailboxes => "Mailboxes",
        }
    }

    /// The section of that name, without regard to case.
    pub fn from_name(name: &str) -> Option<Section> {
        Section::ALL.into_iter().find(|section| section.name().eq_ignore_ascii_case(name))
    }

    /// What to call it in a sentence.
    pub const fn describe(self) -> &'static str {
        match self {
            Section::Organization => "the organisation's settings",
            Section::BypassAssociations => "the bypass associations",
            Section::Mailboxes => "the mailboxes",
        }
    }
}

/// How the reading of a section ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SectionEnd {
    /// How many records were read.
    pub records: u64,
    /// Why not all of it was read; nothing where it was.
    pub problem: Option<String>,
}
