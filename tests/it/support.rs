//! Mailboxes to judge, and what is known of Exchange, written down apart from the crate's own catalogue.

use enumset::EnumSet;
use non_audited_mailbox::domain::action::{ActionSet, LogonType, PerLogonType};
use non_audited_mailbox::domain::baseline::{Baseline, Scope};
use non_audited_mailbox::domain::bypass::Bypass;
use non_audited_mailbox::domain::catalog::Catalog;
use non_audited_mailbox::domain::list::{ActionList, NameList, Property};
use non_audited_mailbox::domain::mailbox::{Mailbox, PlatformChoice};
use non_audited_mailbox::domain::verdict::{Judge, Licence, OrganizationAudit, Verdict};

/// Names for administrators, delegates and owners.
pub(crate) type Names = [&'static str; 3];

/// What Microsoft audits by itself (Microsoft's page).
pub(crate) const DEFAULTS: Names = [
    "ApplyRecord Create HardDelete MailItemsAccessed MoveToDeletedItems Send SendAs SendOnBehalf SoftDelete \
     Update UpdateCalendarDelegation UpdateFolderPermissions UpdateInboxRules",
    "ApplyRecord Create HardDelete MailItemsAccessed MoveToDeletedItems SendAs SendOnBehalf SoftDelete Update \
     UpdateFolderPermissions UpdateInboxRules",
    "ApplyRecord HardDelete MailItemsAccessed MoveToDeletedItems Send SoftDelete Update \
     UpdateCalendarDelegation UpdateFolderPermissions UpdateInboxRules",
];

/// What can be audited in Exchange Online besides the defaults (Microsoft's page, its table of 2021
/// included).
pub(crate) const OPTIONAL: Names = [
    "Copy FolderBind Move RecordDelete UpdateComplianceTag",
    "FolderBind Move RecordDelete UpdateComplianceTag",
    "Create MailboxLogin Move RecordDelete SearchQueryInitiated UpdateComplianceTag",
];

/// What CIS 7.0, 6.1.2, asks for besides the defaults.
pub(crate) const CIS7_EXTRA: Names = ["Copy FolderBind Move", "FolderBind Move", "Create MailboxLogin Move"];

/// The fixed table of group mailboxes (Microsoft's page).
pub(crate) const GROUP: Names = [
    "Create HardDelete MoveToDeletedItems SendAs SendOnBehalf SoftDelete Update",
    "Create HardDelete MoveToDeletedItems SendAs SendOnBehalf SoftDelete Update",
    "HardDelete MoveToDeletedItems SoftDelete Update",
];

/// What can be audited on Exchange Server (Mailbox audit logging in Exchange Server).
pub(crate) const SERVER_ALL: Names = [
    "Copy Create FolderBind HardDelete MessageBind Move MoveToDeletedItems SendAs SendOnBehalf SoftDelete Update",
    "Create FolderBind HardDelete Move MoveToDeletedItems SendAs SendOnBehalf SoftDelete Update",
    "Create HardDelete MailboxLogin Move MoveToDeletedItems SoftDelete Update",
];

/// What Exchange Server audits once AuditEnabled is set (Mailbox audit logging in Exchange Server).
pub(crate) const SERVER_DEFAULTS: Names = [
    "Create FolderBind HardDelete Move MoveToDeletedItems SendAs SendOnBehalf SoftDelete Update",
    "Create HardDelete SendAs SoftDelete Update",
    "",
];

pub(crate) fn catalog() -> &'static Catalog {
    Catalog::builtin()
}

/// The set of names between spaces; a name that the catalogue lacks is a mistake in the test.
pub(crate) fn set(names: &str) -> ActionSet {
    names
        .split_whitespace()
        .map(|name| catalog().find(name).unwrap_or_else(|| panic!("{name} is not in the catalogue")))
        .collect()
}

pub(crate) fn sets(names: Names) -> PerLogonType<ActionSet> {
    let [admin, delegate, owner] = names.map(set);
    PerLogonType { admin, delegate, owner }
}

/// A list property as it was read.
pub(crate) fn list(names: &str) -> Property<ActionList> {
    ActionList::from_text(catalog(), names).into()
}

pub(crate) fn lists(names: Names) -> PerLogonType<Property<ActionList>> {
    let [admin, delegate, owner] = names.map(list);
    PerLogonType { admin, delegate, owner }
}

/// A user's mailbox in Exchange Online that nobody touched.
pub(crate) fn user() -> Mailbox<'static> {
    Mailbox {
        display_name: "Ada Example".into(),
        user_principal_name: "ada@contoso.example".into(),
        recipient_type: "UserMailbox".into(),
        audit_enabled: Property::Known(true),
        lists: lists(DEFAULTS),
        default_audit_set: Property::Known(EnumSet::all()),
        ..Mailbox::default()
    }
}

/// The same of another type.
pub(crate) fn of_type(recipient_type: &'static str) -> Mailbox<'static> {
    Mailbox { recipient_type: recipient_type.into(), ..user() }
}

/// A user's mailbox in Exchange Online with all that can be audited.
pub(crate) fn complete() -> Mailbox<'static> {
    let mut mailbox = customized("");
    for logon in LogonType::ALL {
        mailbox.lists[logon] = list(&[DEFAULTS, OPTIONAL].map(|names| names[logon as usize]).join(" "));
    }
    mailbox
}

/// A user's mailbox in Exchange Online of which Microsoft manages only these logon types.
pub(crate) fn customized(managed: &str) -> Mailbox<'static> {
    Mailbox { default_audit_set: EnumSet::from_text(catalog(), managed).into(), ..user() }
}

/// A mailbox on Exchange Server with its default lists and AuditEnabled.
pub(crate) fn on_server() -> Mailbox<'static> {
    Mailbox {
        admin_display_version: "Version 15.1 (Build 2507.6)".into(),
        lists: lists(SERVER_DEFAULTS),
        default_audit_set: Property::Absent,
        ..user()
    }
}

/// What is asked of a mailbox, and what is known around it.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) baseline: Baseline,
    pub(crate) scope: Scope,
    pub(crate) licence: Licence,
    pub(crate) platform: PlatformChoice,
    pub(crate) organization: OrganizationAudit,
    pub(crate) bypass: Bypass,
}

impl Question {
    /// Against a baseline, in an organisation where all is read and nothing is amiss.
    pub(crate) fn of(baseline: Baseline) -> Question {
        Question {
            baseline,
            scope: Scope::WHOLE,
            licence: Licence::Premium,
            platform: PlatformChoice::Auto,
            organization: OrganizationAudit::OnByDefault,
            bypass: Bypass::Disabled,
        }
    }

    pub(crate) fn ask(self, mailbox: &Mailbox<'_>) -> Verdict {
        Judge::new(catalog(), self.baseline, self.scope, self.licence, self.platform).unwrap().judge(
            mailbox,
            self.organization,
            self.bypass,
        )
    }
}

/// Everything that can be audited.
pub(crate) fn all() -> Question {
    Question::of(Baseline::All)
}

/// What Microsoft audits by itself.
pub(crate) fn defaults() -> Question {
    Question::of(Baseline::Default)
}

/// A baseline of one's own.
pub(crate) fn named(json: &str) -> Question {
    Question::of(Baseline::from_json(catalog(), json.as_bytes(), "Mine").unwrap())
}

/// Compares sets by their names, so that a failure can be read.
#[track_caller]
pub(crate) fn assert_sets(found: PerLogonType<ActionSet>, expected: Names) {
    let expected = sets(expected);
    for logon in LogonType::ALL {
        let names = |sets: PerLogonType<ActionSet>| catalog().join(sets[logon], " ");
        assert_eq!(names(found), names(expected), "{}", logon.name());
    }
}

#[track_caller]
pub(crate) fn assert_gaps(verdict: &Verdict, expected: Names) {
    assert_sets(verdict.gaps.expect("the gaps are known"), expected);
}
