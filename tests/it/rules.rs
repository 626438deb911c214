//! The rules of a verdict: each test is named for its claim and tells who says so.
//!
//! "Microsoft's page" is <https://learn.microsoft.com/purview/audit-mailboxes>; "CIS 7.0" is the CIS
//! Microsoft 365 Foundations Benchmark v7.0; "Set-Mailbox" and other cmdlets are their reference pages on
//! learn.microsoft.com.

use enumset::EnumSet;
use non_audited_mailbox::domain::action::LogonType;
use non_audited_mailbox::domain::baseline::{Baseline, Scope};
use non_audited_mailbox::domain::bypass::Bypass;
use non_audited_mailbox::domain::catalog::Platform;
use non_audited_mailbox::domain::list::{Fault, NameList, Property};
use non_audited_mailbox::domain::mailbox::{Mailbox, PlatformChoice, describe_faults};
use non_audited_mailbox::domain::verdict::{AuditState, Licence, OrganizationAudit, Reason, Remark, Verdict};

use crate::support::*;

const NOTHING: Names = ["", "", ""];
const BYPASSES: [Bypass; 3] = [Bypass::Enabled, Bypass::Disabled, Bypass::Unknown];

#[track_caller]
fn assert_state(verdict: &Verdict, state: AuditState, reason: Reason) {
    assert_eq!((verdict.state, verdict.reason), (state, reason));
}

fn cis7() -> Question {
    Question::of(Baseline::from_name(catalog(), "Cis7").unwrap())
}

/// What is wrong, by property.
fn faults(verdict: &Verdict) -> Vec<(&'static str, Fault)> {
    verdict.faults.iter().map(|fault| (fault.property, fault.fault.clone())).collect()
}

// --- The organisation's switch ---

// Microsoft's page: with AuditDisabled "no mailbox actions are audited, even if AuditEnabled is True", and
// "mailbox bypass settings are ignored".
#[test]
fn an_organisation_with_audit_disabled_audits_nothing_and_bypass_does_not_matter() {
    for bypass in BYPASSES {
        let verdict =
            Question { organization: OrganizationAudit::Disabled, bypass, ..defaults() }.ask(&complete());
        assert_state(&verdict, AuditState::NotAudited, Reason::OrganizationAuditDisabled);
        assert_gaps(&verdict, DEFAULTS);
        assert!(!verdict.remarks.contains(Remark::BypassEnabled), "{bypass:?}");
    }
}

// Microsoft's page: "no mailbox actions"; groups are not excepted.
#[test]
fn an_organisation_with_audit_disabled_audits_nothing_in_groups_either() {
    let question = Question { organization: OrganizationAudit::Disabled, ..all() };
    let verdict = question.ask(&of_type("GroupMailbox"));
    assert_state(&verdict, AuditState::NotAudited, Reason::OrganizationAuditDisabled);
    // What is missing is the fixed table, not what user mailboxes could have.
    assert_gaps(&verdict, GROUP);
}

// Microsoft's page: nothing is audited, so what the lists say is of no consequence.
#[test]
fn an_organisation_with_audit_disabled_settles_mailboxes_whose_lists_were_not_read() {
    let mut mailbox = user();
    mailbox.lists.owner = Property::Absent;
    let verdict = Question { organization: OrganizationAudit::Disabled, ..defaults() }.ask(&mailbox);
    assert_state(&verdict, AuditState::NotAudited, Reason::OrganizationAuditDisabled);
}

// Set-OrganizationConfig: AuditDisabled is "available only in the cloud-based service".
#[test]
fn the_organisations_switch_means_nothing_on_exchange_server() {
    for organization in
        [OrganizationAudit::Disabled, OrganizationAudit::Unknown, OrganizationAudit::OnByDefault]
    {
        let verdict = Question { organization, ..defaults() }.ask(&on_server());
        assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
        assert!(!verdict.remarks.contains(Remark::OrganizationUnknown));
    }
}

// Get-OrganizationConfig: the property says "disabled", so True is the bad value.
#[test]
fn audit_disabled_true_means_disabled() {
    assert_eq!(OrganizationAudit::from_audit_disabled(true), OrganizationAudit::Disabled);
    assert_eq!(OrganizationAudit::from_audit_disabled(false), OrganizationAudit::OnByDefault);
    assert_eq!(OrganizationAudit::default(), OrganizationAudit::Unknown);
}

// Microsoft's page on AuditDisabled: unread, it could be True, and then nothing would be audited.
#[test]
fn an_unknown_organisation_is_never_audited() {
    let question = Question { organization: OrganizationAudit::Unknown, ..defaults() };
    for mailbox in [user(), of_type("SharedMailbox"), of_type("RoomMailbox"), of_type("GroupMailbox")] {
        let verdict = question.clone().ask(&mailbox);
        assert_state(&verdict, AuditState::Unknown, Reason::OrganizationUnknown);
        assert!(verdict.remarks.contains(Remark::OrganizationUnknown));
        assert!(verdict.needs_attention());
    }
}

// Microsoft's page: what is missing from the lists is missing whatever AuditDisabled says.
#[test]
fn an_unknown_organisation_does_not_hide_gaps() {
    let question = Question { organization: OrganizationAudit::Unknown, ..all() };
    let verdict = question.ask(&user());
    assert_state(&verdict, AuditState::Gap, Reason::OptionalMissing);
    assert_gaps(&verdict, OPTIONAL);
    assert!(verdict.remarks.contains(Remark::OrganizationUnknown));
}

// --- User and shared mailboxes in Exchange Online ---

// Microsoft's page: the defaults are audited in every user and shared mailbox.
#[test]
fn an_untouched_mailbox_has_every_default_and_lacks_the_optional_actions() {
    for kind in ["UserMailbox", "SharedMailbox", "sharedmailbox"] {
        let mailbox = of_type(kind);
        assert_state(&defaults().ask(&mailbox), AuditState::Audited, Reason::NothingMissing);
        let verdict = all().ask(&mailbox);
        assert_state(&verdict, AuditState::Gap, Reason::OptionalMissing);
        assert_gaps(&verdict, OPTIONAL);
    }
}

// CIS 7.0, 6.1.2: the defaults, and a few of the optional actions.
#[test]
fn cis_7_asks_more_than_the_defaults_and_less_than_everything() {
    let verdict = cis7().ask(&user());
    assert_state(&verdict, AuditState::Gap, Reason::OptionalMissing);
    assert_gaps(&verdict, CIS7_EXTRA);
}

// Microsoft's page: the lists of user mailboxes hold.
#[test]
fn a_mailbox_that_lists_everything_is_audited() {
    let verdict = all().ask(&complete());
    assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
    assert_gaps(&verdict, NOTHING);
    assert!(!verdict.needs_attention());
}

// Microsoft's page: while auditing is on by default, AuditEnabled False is ignored, "default mailbox actions
// will still be audited".
#[test]
fn audit_enabled_false_is_a_remark_and_no_gate_for_users_and_shared_mailboxes() {
    for kind in ["UserMailbox", "SharedMailbox"] {
        let mailbox = Mailbox { audit_enabled: Property::Known(false), ..of_type(kind) };
        let verdict = defaults().ask(&mailbox);
        assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
        assert_eq!(verdict.remarks, Remark::AuditEnabledIgnored);
        assert_gaps(&all().ask(&mailbox), OPTIONAL);
        assert_eq!(defaults().ask(&of_type(kind)).remarks, EnumSet::empty(), "nothing to say of True");
    }
}

// Microsoft's page: a list that somebody emptied audits nothing for its logon type, and only for that.
#[test]
fn an_empty_list_audits_nothing_for_its_logon_type() {
    let mut mailbox = customized("Admin, Delegate");
    mailbox.lists.owner = list("");
    let verdict = defaults().ask(&mailbox);
    assert_state(&verdict, AuditState::Gap, Reason::DefaultsMissing);
    assert_gaps(&verdict, ["", "", DEFAULTS[2]]);
}

// Microsoft's page: nothing listed, nothing audited.
#[test]
fn three_empty_lists_are_not_audited() {
    let mailbox = Mailbox { lists: lists(NOTHING), ..customized("") };
    let verdict = defaults().ask(&mailbox);
    assert_state(&verdict, AuditState::NotAudited, Reason::ListsEmpty);
    assert_gaps(&verdict, DEFAULTS);
}

// Set-Mailbox: None stands for no action.
#[test]
fn the_value_none_is_an_empty_list() {
    let mailbox = Mailbox { lists: lists(["None"; 3]), ..customized("") };
    assert_state(&defaults().ask(&mailbox), AuditState::NotAudited, Reason::ListsEmpty);
}

// --- Managed and customised lists ---

// Microsoft's page: DefaultAuditSet holds the logon types that Microsoft manages; the others are customised,
// and a blank value means all three.
#[test]
fn a_logon_type_outside_default_audit_set_is_customised() {
    let cases = [
        ("Admin, Delegate, Owner", EnumSet::empty()),
        ("Owner", LogonType::Admin | LogonType::Delegate),
        ("{Admin}", LogonType::Delegate | LogonType::Owner),
        ("Admin\nOwner\n", EnumSet::only(LogonType::Delegate)),
        ("", EnumSet::all()),
    ];
    for (managed, customised) in cases {
        assert_eq!(defaults().ask(&customized(managed)).customized, customised, "{managed:?}");
    }
}

// Microsoft's page: "don't believe the values" of groups; Exchange Server has no DefaultAuditSet
// (Set-Mailbox).
#[test]
fn groups_and_exchange_server_have_nothing_customised() {
    let group = Mailbox { default_audit_set: Property::Known(EnumSet::empty()), ..of_type("GroupMailbox") };
    assert_eq!(defaults().ask(&group).customized, EnumSet::empty());
    assert_eq!(defaults().ask(&on_server()).customized, EnumSet::empty());
}

// Microsoft's page: customised lists are kept, and Microsoft adds nothing to them.
#[test]
fn a_customised_list_that_lacks_defaults_is_a_gap() {
    let mut mailbox = customized("Admin, Delegate");
    mailbox.lists.owner = list("HardDelete MailboxLogin");
    let lost = "ApplyRecord MailItemsAccessed MoveToDeletedItems Send SoftDelete Update \
                UpdateCalendarDelegation UpdateFolderPermissions UpdateInboxRules";
    let verdict = defaults().ask(&mailbox);
    assert_state(&verdict, AuditState::Gap, Reason::DefaultsMissing);
    assert_gaps(&verdict, ["", "", lost]);
    assert_sets(verdict.missing_defaults, ["", "", lost]);
}

// Microsoft's page: a customised list can equal the default or exceed it, so DefaultAuditSet alone tells
// nothing.
#[test]
fn a_customised_list_that_has_all_defaults_lacks_none() {
    let mut mailbox = customized("");
    mailbox.lists.owner = list(&format!("{} MailboxLogin", DEFAULTS[2]));
    let verdict = defaults().ask(&mailbox);
    assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
    assert_eq!(verdict.customized, EnumSet::all());
    assert_sets(verdict.missing_defaults, NOTHING);
    // What it has beyond the defaults counts.
    let verdict = cis7().ask(&mailbox);
    assert_state(&verdict, AuditState::Gap, Reason::OptionalMissing);
    assert_gaps(&verdict, [CIS7_EXTRA[0], CIS7_EXTRA[1], "Create Move"]);
}

// Microsoft's page: the lists show what is audited, those of a managed logon type too.
#[test]
fn a_managed_type_whose_list_lacks_defaults_is_a_gap_and_said_so() {
    let mut mailbox = user();
    mailbox.lists.owner = list("UpdateFolderPermissions UpdateInboxRules UpdateCalendarDelegation");
    let lost = "ApplyRecord HardDelete MailItemsAccessed MoveToDeletedItems Send SoftDelete Update";
    let verdict = defaults().ask(&mailbox);
    assert_state(&verdict, AuditState::Gap, Reason::DefaultsMissing);
    assert_gaps(&verdict, ["", "", lost]);
    assert_eq!(verdict.customized, EnumSet::empty());
    let text = verdict.remark_text(catalog(), "");
    assert!(text.contains("Microsoft-managed Owner lacks the defaults ApplyRecord, HardDelete"), "{text}");
}

// Microsoft's page: one may ask for less than the defaults, and what the list lacks of them is still worth
// saying.
#[test]
fn missing_defaults_are_told_even_where_the_baseline_does_not_ask_for_them() {
    let mut mailbox = customized("Admin, Delegate");
    mailbox.lists.owner = list("MailboxLogin");
    let verdict = named(r#"{"owner": ["MailboxLogin"]}"#).ask(&mailbox);
    assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
    assert_sets(verdict.missing_defaults, ["", "", DEFAULTS[2]]);
}

// --- Mailboxes that are audited only with AuditEnabled ---

// Microsoft's page: on-by-default does not cover resource and public-folder mailboxes. CIS 7.0, 6.1.2, adds
// discovery mailboxes; nobody says that system mailboxes are covered.
#[test]
fn resource_public_folder_discovery_and_system_mailboxes_need_audit_enabled() {
    let kinds = [
        "RoomMailbox",
        "LinkedRoomMailbox",
        "EquipmentMailbox",
        "SchedulingMailbox",
        "PublicFolderMailbox",
        "DiscoveryMailbox",
        "ArbitrationMailbox",
        "AuditLogMailbox",
        "AuxAuditLogMailbox",
        "MonitoringMailbox",
        "SystemMailbox",
        "roommailbox",
    ];
    for kind in kinds {
        assert_needs_audit_enabled(kind);
    }
}

// Microsoft's page names the types that are covered: any other is not to be taken for covered.
#[test]
fn a_mailbox_of_an_unknown_type_needs_audit_enabled() {
    for kind in ["BrandNewMailbox", "TeamMailbox", "LegacyMailbox"] {
        assert_needs_audit_enabled(kind);
    }
}

fn assert_needs_audit_enabled(kind: &'static str) {
    let verdict = defaults().ask(&of_type(kind));
    assert_eq!((verdict.state, verdict.reason), (AuditState::Audited, Reason::NothingMissing), "{kind} on");
    assert_gaps(&all().ask(&of_type(kind)), OPTIONAL);

    // A public-folder mailbox shows the full lists and DefaultAuditSet with AuditEnabled False: none of it is
    // active.
    let mailbox = Mailbox { audit_enabled: Property::Known(false), ..of_type(kind) };
    let verdict = defaults().ask(&mailbox);
    assert_eq!(
        (verdict.state, verdict.reason),
        (AuditState::NotAudited, Reason::AuditNotEnabled),
        "{kind} off"
    );
    assert_gaps(&verdict, DEFAULTS);
    assert!(verdict.remarks.contains(Remark::NeedsAuditEnabled), "{kind}");
    assert!(!verdict.remarks.contains(Remark::AuditEnabledIgnored), "{kind}");
}

// --- Group mailboxes ---

// Microsoft's page: seven actions, fixed, audited by default; of the properties, "don't believe the values".
#[test]
fn a_group_mailbox_has_its_fixed_table_whatever_its_properties_say() {
    let full = Mailbox { recipient_type: "GroupMailbox".into(), ..complete() };
    let empty = Mailbox {
        lists: lists(NOTHING),
        audit_enabled: Property::Known(false),
        default_audit_set: Property::Known(EnumSet::empty()),
        ..of_type("GroupMailbox")
    };
    let unread = Mailbox { recipient_type: "GroupMailbox".into(), ..Mailbox::default() };
    let mut refused = of_type("groupmailbox");
    refused.lists.admin = Property::Refused(Fault::Truncated);
    for mailbox in [full, empty, unread, refused] {
        let verdict = all().ask(&mailbox);
        assert_eq!(verdict.platform, Some(Platform::GroupMailbox));
        assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
        assert_gaps(&verdict, NOTHING);
        assert_eq!(verdict.remarks, Remark::GroupMailboxFixed);
    }
}

// Microsoft's page: the table cannot be customised, so nothing beyond it can be missing.
#[test]
fn what_a_group_cannot_audit_is_no_gap_even_if_a_baseline_names_it() {
    let question =
        named(r#"{"admin": ["FolderBind", "AttachmentAccess"], "owner": ["Create", "MailboxLogin"]}"#);
    assert_gaps(&question.ask(&of_type("GroupMailbox")), NOTHING);
}

// Set-MailboxAuditBypassAssociation: users, mailboxes, mail users and computers can bypass; a group acts as
// nobody.
#[test]
fn a_group_has_no_account_that_could_bypass() {
    for bypass in BYPASSES {
        let verdict = Question { bypass, ..defaults() }.ask(&of_type("GroupMailbox"));
        assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
        assert!(!verdict.remarks.contains(Remark::BypassEnabled));
    }
}

// --- Exchange Server ---

// Mailbox audit logging in Exchange Server: nothing is logged before AuditEnabled is set; of any type of
// mailbox.
#[test]
fn on_exchange_server_audit_enabled_gates_every_mailbox() {
    for kind in ["UserMailbox", "SharedMailbox", "RoomMailbox", "DiscoveryMailbox", "LinkedMailbox"] {
        let on = Mailbox { recipient_type: kind.into(), ..on_server() };
        let off = Mailbox { audit_enabled: Property::Known(false), ..on.clone() };
        let verdict = defaults().ask(&on);
        assert_eq!(verdict.platform, Some(Platform::ExchangeServer));
        assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
        let verdict = all().ask(&off);
        assert_state(&verdict, AuditState::NotAudited, Reason::AuditNotEnabled);
        assert_gaps(&verdict, SERVER_ALL);
        assert!(!verdict.remarks.contains(Remark::AuditEnabledIgnored));
    }
}

// Mailbox audit logging in Exchange Server: twelve actions, those of the cloud are not among them. The lists
// are those of a real Exchange 2016 CU23.
#[test]
fn on_exchange_server_the_twelve_actions_are_asked_for() {
    let verdict = all().ask(&on_server());
    assert_state(&verdict, AuditState::Gap, Reason::OptionalMissing);
    assert_gaps(
        &verdict,
        ["Copy MessageBind", "FolderBind Move MoveToDeletedItems SendOnBehalf", SERVER_ALL[2]],
    );
}

// Set-Mailbox says 2019 has these, the documentation of 2016 and 2019 does not: not settled.
#[test]
fn what_only_exchange_2019_may_have_counts_only_when_named() {
    let verdict = all().ask(&Mailbox { lists: lists(SERVER_ALL), ..on_server() });
    assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
    let verdict =
        named(r#"{"admin": ["UpdateInboxRules"], "owner": ["UpdateInboxRules"]}"#).ask(&on_server());
    assert_gaps(&verdict, ["UpdateInboxRules", "", ""]);
}

// Set-Mailbox: deprecated in the cloud, still an action of Exchange Server.
#[test]
fn message_bind_is_a_gap_on_exchange_server_and_never_in_the_cloud() {
    let question = named(r#"{"admin": ["MessageBind", "HardDelete"]}"#);
    assert_gaps(&question.clone().ask(&user()), NOTHING);
    assert_gaps(&question.ask(&on_server()), ["MessageBind", "", ""]);
    assert_gaps(&all().ask(&complete()), NOTHING);
}

// --- Which rules hold ---

// Get-Mailbox, AdminDisplayVersion: Exchange Online calls itself 15.20; 2013, 2016, 2019 are 15.0, 15.1 and
// 15.2.
#[test]
fn the_version_tells_exchange_server_from_exchange_online() {
    let cases = [
        ("Version 14.3 (Build 513.0)", Platform::ExchangeServer),
        ("Version 15.0 (Build 1497.2)", Platform::ExchangeServer),
        ("Version 15.1 (Build 2507.6)", Platform::ExchangeServer),
        ("Version 15.2 (Build 1118.7)", Platform::ExchangeServer),
        ("15.2", Platform::ExchangeServer),
        ("Version 15.20 (Build 7587.31)", Platform::ExchangeOnline),
        ("15.20.7587.31", Platform::ExchangeOnline),
        ("Version 15.21 (Build 1.0)", Platform::ExchangeOnline),
        ("", Platform::ExchangeOnline),
        ("unknown", Platform::ExchangeOnline),
    ];
    for (version, platform) in cases {
        let mailbox = Mailbox { admin_display_version: version.into(), ..customized("") };
        assert_eq!(mailbox.platform(PlatformChoice::Auto), Ok(platform), "{version:?}");
        // Set-Mailbox: DefaultAuditSet is "available only in the cloud-based service". Where it names a logon type, that tells.
        let mailbox = Mailbox { admin_display_version: version.into(), ..user() };
        assert_eq!(mailbox.platform(PlatformChoice::Auto), Ok(Platform::ExchangeOnline), "{version:?}");
    }
}

// Set-Mailbox: DefaultAuditSet is "available only in the cloud-based service". Without it and without a
// version, it may be Exchange Server, or it was not read: the rules are opposite, so neither is guessed.
#[test]
fn absent_default_audit_set_without_a_server_version_is_an_error() {
    for version in ["", "unknown"] {
        let mailbox = Mailbox {
            default_audit_set: Property::Absent,
            admin_display_version: version.into(),
            ..complete()
        };
        let verdict = all().ask(&mailbox);
        assert_state(&verdict, AuditState::Unknown, Reason::NotReadable);
        assert_eq!((verdict.platform, verdict.gaps), (None, None));
        assert_eq!(faults(&verdict), [("DefaultAuditSet", Fault::Missing)]);
        let text = describe_faults(&verdict.faults);
        assert!(
            text.contains("-PropertySets Minimum,Audit") && text.contains("AdminDisplayVersion"),
            "{text}"
        );
    }
}

// The same: a cloud version does not make up for the set.
#[test]
fn absent_default_audit_set_in_the_cloud_is_an_error() {
    let mailbox = Mailbox {
        default_audit_set: Property::Absent,
        admin_display_version: "Version 15.20 (Build 7587.31)".into(),
        ..complete()
    };
    for question in [all(), Question { platform: PlatformChoice::Online, ..all() }] {
        let verdict = question.ask(&mailbox);
        assert_state(&verdict, AuditState::Unknown, Reason::NotReadable);
        assert_eq!(verdict.gaps, None);
    }
}

// Whoever says the platform knows it.
#[test]
fn a_chosen_platform_overrides_what_the_mailbox_looks_like() {
    let nameless = Mailbox { admin_display_version: "".into(), ..on_server() };
    assert_eq!(nameless.platform(PlatformChoice::Server), Ok(Platform::ExchangeServer));
    assert_eq!(user().platform(PlatformChoice::Server), Ok(Platform::ExchangeServer));
    assert_eq!(on_server().platform(PlatformChoice::Online), Ok(Platform::ExchangeOnline));
    assert_eq!(of_type("GroupMailbox").platform(PlatformChoice::Online), Ok(Platform::GroupMailbox));
    let verdict = Question { platform: PlatformChoice::Server, ..defaults() }.ask(&nameless);
    assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
}

// --- Licences ---

/// Lacks the three actions whose licence is disputed, and nothing else.
fn without_licensed_actions() -> Mailbox<'static> {
    let mut mailbox = complete();
    let licensed = set("MailItemsAccessed Send SearchQueryInitiated");
    for logon in LogonType::ALL {
        if let Property::Known(list) = &mut mailbox.lists[logon] {
            list.actions = list.actions - licensed;
        }
    }
    mailbox
}

const LICENSED: Names =
    ["MailItemsAccessed Send", "MailItemsAccessed", "MailItemsAccessed Send SearchQueryInitiated"];

// Microsoft's page: with Audit (Premium) they can all be audited.
#[test]
fn with_a_premium_licence_the_licensed_actions_are_gaps_like_any_other() {
    let verdict = Question { licence: Licence::Premium, ..all() }.ask(&without_licensed_actions());
    assert_state(&verdict, AuditState::Gap, Reason::DefaultsMissing);
    assert_gaps(&verdict, LICENSED);
    assert_sets(verdict.not_licensed, NOTHING);
    assert!(verdict.licence_unknown.is_empty());
}

// microsoft-365-docs issue 1195: without the licence, setting them is refused: no gap that anybody could
// close.
#[test]
fn with_a_standard_licence_the_licensed_actions_are_told_but_no_gaps() {
    let question = Question { licence: Licence::Standard, ..all() };
    let verdict = question.clone().ask(&without_licensed_actions());
    assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
    assert_gaps(&verdict, NOTHING);
    assert_sets(verdict.not_licensed, LICENSED);
    assert!(verdict.licence_unknown.is_empty());
    let text = verdict.remark_text(catalog(), "");
    assert!(text.contains("MailItemsAccessed, SearchQueryInitiated, Send"), "{text}");
    // What is listed is audited, so there is nothing to tell.
    assert_sets(question.clone().ask(&complete()).not_licensed, NOTHING);
    // The other gaps stay.
    let mut mailbox = without_licensed_actions();
    mailbox.lists.admin = list("Send");
    let verdict = question.ask(&mailbox);
    assert_eq!(verdict.state, AuditState::Gap);
    assert!(!(verdict.known_gaps().admin & set("HardDelete")).is_empty());
    assert_eq!(verdict.known_gaps().admin & set("MailItemsAccessed Send"), set(""));
}

// o365soa/Scripts pull request 34 against microsoft-365-docs issue 1195: the sources disagree, so it is said.
#[test]
fn with_an_unknown_licence_the_licensed_actions_are_gaps_with_a_remark() {
    let question = Question { licence: Licence::Unknown, ..all() };
    let verdict = question.clone().ask(&without_licensed_actions());
    assert_state(&verdict, AuditState::Gap, Reason::DefaultsMissing);
    assert_gaps(&verdict, LICENSED);
    assert_sets(verdict.not_licensed, NOTHING);
    assert_eq!(verdict.licence_unknown, set("MailItemsAccessed Send SearchQueryInitiated"));
    assert!(question.ask(&complete()).licence_unknown.is_empty());
}

// Mailbox audit logging in Exchange Server knows no licence.
#[test]
fn on_exchange_server_no_action_depends_on_a_licence() {
    let off = Mailbox { audit_enabled: Property::Known(false), ..on_server() };
    for licence in [Licence::Unknown, Licence::Standard, Licence::Premium] {
        let verdict = Question { licence, ..all() }.ask(&off);
        assert_gaps(&verdict, SERVER_ALL);
        assert_sets(verdict.not_licensed, NOTHING);
        assert!(verdict.licence_unknown.is_empty());
    }
}

// --- Bypass ---

// Set-MailboxAuditBypassAssociation: what a bypassed account does, in any mailbox, is not logged.
#[test]
fn a_bypassed_account_without_gaps_is_not_audited() {
    for mailbox in [complete(), Mailbox { recipient_type: "RoomMailbox".into(), ..complete() }] {
        let verdict = Question { bypass: Bypass::Enabled, ..all() }.ask(&mailbox);
        assert_state(&verdict, AuditState::Gap, Reason::AccountBypassesAuditing);
        assert_gaps(&verdict, NOTHING);
        assert!(verdict.remarks.contains(Remark::BypassEnabled));
        assert!(verdict.needs_attention());
    }
    let verdict = Question { bypass: Bypass::Enabled, ..defaults() }.ask(&on_server());
    assert_state(&verdict, AuditState::Gap, Reason::AccountBypassesAuditing);
}

// CIS 7.0, 6.1.3, asks to read it; a failed or missing read says nothing.
#[test]
fn an_unknown_bypass_is_never_audited() {
    for (question, mailbox) in [(all(), complete()), (defaults(), user()), (defaults(), on_server())] {
        let verdict = Question { bypass: Bypass::Unknown, ..question }.ask(&mailbox);
        assert_state(&verdict, AuditState::Unknown, Reason::BypassUnknown);
        assert!(!verdict.remarks.contains(Remark::BypassEnabled), "unknown is not yes");
        assert!(verdict.needs_attention());
    }
    assert_eq!(Bypass::default(), Bypass::Unknown);
}

// Set-MailboxAuditBypassAssociation: the account is free; what others do in its mailbox is logged as before.
#[test]
fn a_bypass_changes_no_gap_of_the_mailbox() {
    for bypass in BYPASSES {
        let verdict = Question { bypass, ..all() }.ask(&user());
        assert_state(&verdict, AuditState::Gap, Reason::OptionalMissing);
        assert_gaps(&verdict, OPTIONAL);
        assert_eq!(verdict.bypass, bypass);
        assert_eq!(verdict.remarks.contains(Remark::BypassEnabled), bypass == Bypass::Enabled);
    }
}

// --- What is never a gap ---

// Microsoft's page: the three permissions are part of UpdateFolderPermissions, "don't use this value";
// Set-Mailbox: None and Default are no actions, MessageBind is deprecated in the cloud.
#[test]
fn permissions_pseudo_values_and_message_bind_are_never_gaps_in_the_cloud() {
    let never =
        set("AddFolderPermissions ModifyFolderPermissions RemoveFolderPermissions None Default MessageBind");
    for question in [all(), defaults(), cis7()] {
        for mailbox in [
            Mailbox { lists: lists(NOTHING), ..customized("") },
            Mailbox { audit_enabled: Property::Known(false), ..of_type("RoomMailbox") },
        ] {
            let verdict = question.clone().ask(&mailbox);
            assert!(!verdict.known_gaps().is_empty());
            assert_eq!(verdict.known_gaps().union() & never, set(""));
            assert_eq!(verdict.missing_defaults.union() & never, set(""));
        }
    }
}

// The same on Exchange Server, where MessageBind alone is an action.
#[test]
fn permissions_and_pseudo_values_are_never_gaps_on_exchange_server() {
    let never = set("AddFolderPermissions ModifyFolderPermissions RemoveFolderPermissions None Default");
    let verdict = all().ask(&Mailbox { lists: lists(NOTHING), ..on_server() });
    assert!(!verdict.known_gaps().is_empty());
    assert_eq!(verdict.known_gaps().union() & never, set(""));
}

// Microsoft's page: "isn't audited separately", so a list of nothing else audits nothing.
#[test]
fn a_list_of_what_cannot_be_audited_audits_nothing() {
    let mailbox = Mailbox {
        lists: lists(["AddFolderPermissions MessageBind", "Default", "ModifyFolderPermissions"]),
        ..customized("")
    };
    assert_state(&defaults().ask(&mailbox), AuditState::NotAudited, Reason::ListsEmpty);
}

// Office365itpros, Enable-AllExchangeAuditEvents (December 2024), sets the four; no table of Microsoft's has
// them.
#[test]
fn unsettled_actions_are_gaps_only_when_a_baseline_names_them() {
    for question in [all(), defaults(), cis7()] {
        assert_gaps(&question.ask(&complete()), NOTHING);
    }
    let question = named(
        r#"{"admin": ["AttachmentAccess"], "delegate": ["PriorityCleanupDelete"],
            "owner": ["ApplyPriorityCleanup", "PreservedMailItemProactively", "HardDelete"]}"#,
    );
    let verdict = question.clone().ask(&complete());
    assert_eq!(verdict.state, AuditState::Gap);
    assert_gaps(
        &verdict,
        ["AttachmentAccess", "PriorityCleanupDelete", "ApplyPriorityCleanup PreservedMailItemProactively"],
    );
    let mut mailbox = complete();
    mailbox.lists.admin = list("AttachmentAccess");
    assert_gaps(
        &question.ask(&mailbox),
        ["", "PriorityCleanupDelete", "ApplyPriorityCleanup PreservedMailItemProactively"],
    );
}

// Set-Mailbox accepts more names from year to year: a new one is no mistake of the mailbox's.
#[test]
fn an_action_that_the_catalogue_lacks_is_shown_and_never_a_gap() {
    let mut mailbox = complete();
    mailbox.lists.admin = list(&format!("TeleportItem {} {}", DEFAULTS[0], OPTIONAL[0]));
    mailbox.lists.owner = list(&format!("{} {} teleportitem, HologramSent", DEFAULTS[2], OPTIONAL[2]));
    assert_eq!(mailbox.unrecognized().collect::<Vec<_>>(), ["TeleportItem", "HologramSent"]);
    let verdict = all().ask(&mailbox);
    assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
    assert_gaps(&verdict, NOTHING);
    let text = verdict.remark_text(catalog(), "TeleportItem, HologramSent");
    assert!(text.contains("unrecognised") && text.contains("TeleportItem, HologramSent"), "{text}");
}

// The same: such an action is audited, so it cannot be said that nothing is.
#[test]
fn lists_of_unrecognised_actions_alone_are_not_called_empty() {
    let mailbox = Mailbox { lists: lists(["TeleportItem"; 3]), ..customized("") };
    let verdict = defaults().ask(&mailbox);
    assert_gaps(&verdict, DEFAULTS);
    assert_state(&verdict, AuditState::Gap, Reason::DefaultsMissing);
}

// --- Absent, empty, refused ---

// Get-EXOMailbox: without -PropertySets Audit the properties are not there; an empty list is something else.
#[test]
fn an_absent_list_is_an_error_and_an_empty_one_is_a_gap() {
    for (logon, property) in LogonType::ALL.into_iter().zip(["AuditAdmin", "AuditDelegate", "AuditOwner"]) {
        let mut mailbox = complete();
        mailbox.lists[logon] = Property::Absent;
        let verdict = all().ask(&mailbox);
        assert_state(&verdict, AuditState::Unknown, Reason::NotReadable);
        assert_eq!(verdict.gaps, None, "unknown is neither a gap nor clean");
        assert_eq!(faults(&verdict), [(property, Fault::Missing)]);
        let text = describe_faults(&verdict.faults);
        assert!(text.contains(property) && text.contains("-PropertySets Minimum,Audit"), "{text}");

        mailbox.lists[logon] = list("");
        assert_state(&all().ask(&mailbox), AuditState::Gap, Reason::DefaultsMissing);
    }
}

// The same: null is how an absent property looks once Select-Object named it. Readers make Absent of both.
#[test]
fn a_property_that_is_absent_or_null_is_an_error_for_its_mailbox() {
    let nullable = [
        ("RecipientTypeDetails", Mailbox { recipient_type: "".into(), ..complete() }),
        ("AuditEnabled", Mailbox { audit_enabled: Property::Absent, ..complete() }),
        ("AuditEnabled", Mailbox { audit_enabled: Property::Absent, ..on_server() }),
        (
            "AuditEnabled",
            Mailbox { audit_enabled: Property::Absent, recipient_type: "RoomMailbox".into(), ..complete() },
        ),
    ];
    for (property, mailbox) in nullable {
        let verdict = all().ask(&mailbox);
        assert_state(&verdict, AuditState::Unknown, Reason::NotReadable);
        assert_eq!(faults(&verdict), [(property, Fault::Missing)]);
    }
}

// Get-EXOMailbox: the Minimum set has none of them, and one message should name them all.
#[test]
fn a_mailbox_of_the_minimum_property_set_names_all_that_is_missing() {
    let mailbox = Mailbox {
        audit_enabled: Property::Absent,
        lists: Default::default(),
        default_audit_set: Property::Absent,
        ..user()
    };
    let verdict = all().ask(&mailbox);
    assert_state(&verdict, AuditState::Unknown, Reason::NotReadable);
    let mut missing: Vec<_> = verdict.faults.iter().map(|fault| fault.property).collect();
    missing.sort_unstable();
    assert_eq!(missing, ["AuditAdmin", "AuditDelegate", "AuditEnabled", "AuditOwner", "DefaultAuditSet"]);
}

// Format-List cuts lists, Export-Csv writes the type's name: what was lost may be a gap or may be none.
#[test]
fn a_refused_list_is_unknown_and_never_judged() {
    for text in ["{Update, Copy, Move, MoveToDeletedItems...}", "System.Collections.ArrayList"] {
        let mut mailbox = complete();
        mailbox.lists.owner = list(text);
        let verdict = all().ask(&mailbox);
        assert_state(&verdict, AuditState::Unknown, Reason::NotReadable);
        assert_eq!((verdict.gaps, verdict.faults.len()), (None, 1));
        let unreadable =
            Mailbox { default_audit_set: EnumSet::from_text(catalog(), text).into(), ..complete() };
        assert_state(&all().ask(&unreadable), AuditState::Unknown, Reason::NotReadable);
    }
}

// A JSON object may hold a key twice: which one holds cannot be told.
#[test]
fn a_property_that_comes_twice_is_refused() {
    let mut mailbox = complete();
    mailbox.lists.owner.set(list(DEFAULTS[2]));
    assert_eq!(faults(&all().ask(&mailbox)), [("AuditOwner", Fault::Twice)]);
}

// ConvertTo-Json writes enumerations as numbers.
#[test]
fn a_recipient_type_that_is_a_number_is_refused_as_a_property_not_as_an_object() {
    let mailbox = of_type("16");
    assert_eq!(mailbox.not_a_mailbox(), None);
    assert_eq!(faults(&all().ask(&mailbox)), [("RecipientTypeDetails", Fault::Number("16".to_owned()))]);
}

// --- Not a mailbox ---

// Get-Recipient, Get-User, Get-MailUser: their objects have no lists, and nobody opens a mailbox there.
#[test]
fn recipients_without_a_mailbox_are_no_mailboxes() {
    for kind in
        ["MailUser", "MailContact", "User", "GuestMailUser", "DynamicDistributionGroup", "MailboxPlan"]
    {
        let reason = of_type(kind).not_a_mailbox();
        assert!(reason.is_some_and(|reason| reason.contains(kind)), "{kind}");
    }
    let anything = Mailbox { display_name: "A file".into(), ..Mailbox::default() };
    assert!(anything.not_a_mailbox().is_some());
}

// Get-RemoteMailbox: the mailbox is in Exchange Online, its settings are there.
#[test]
fn remote_mailboxes_are_to_be_read_in_the_cloud() {
    for kind in ["RemoteUserMailbox", "RemoteSharedMailbox", "RemoteRoomMailbox", "remoteequipmentmailbox"] {
        let reason = of_type(kind).not_a_mailbox();
        assert!(reason.is_some_and(|reason| reason.contains("Exchange Online")), "{kind}");
    }
}

// Get-Mailbox, RecipientTypeDetails; also one to come. An object with half of the properties is a mailbox
// with an error.
#[test]
fn every_type_of_mailbox_is_a_mailbox() {
    for kind in [
        "UserMailbox",
        "sharedmailbox",
        "LinkedMailbox",
        "LegacyMailbox",
        "TeamMailbox",
        "GroupMailbox",
        "PublicFolderMailbox",
        "DiscoveryMailbox",
        "ArbitrationMailbox",
        "BrandNewMailbox",
    ] {
        assert_eq!(of_type(kind).not_a_mailbox(), None, "{kind}");
    }
    assert_eq!(Mailbox { recipient_type: "".into(), ..user() }.not_a_mailbox(), None);
    let address_alone = Mailbox { primary_smtp_address: "ada@contoso.example".into(), ..Mailbox::default() };
    assert_eq!(address_alone.not_a_mailbox(), None);
    let setting_alone = Mailbox { audit_enabled: Property::Known(true), ..Mailbox::default() };
    assert_eq!(setting_alone.not_a_mailbox(), None);
}

// --- Asking about a part ---

// One may ask about one action of one logon type: the rest is neither a gap nor a reason.
#[test]
fn only_what_is_asked_about_is_a_gap() {
    let scope = Scope::narrow(catalog(), [LogonType::Owner], &["MailboxLogin", "Update*"]).unwrap();
    let verdict = Question { scope, ..all() }.ask(&user());
    assert_state(&verdict, AuditState::Gap, Reason::OptionalMissing);
    assert_gaps(&verdict, ["", "", "MailboxLogin UpdateComplianceTag"]);

    let scope = Scope::narrow(catalog(), [LogonType::Admin], &["HardDelete"]).unwrap();
    let verdict = Question { scope, ..all() }.ask(&user());
    assert_state(&verdict, AuditState::Audited, Reason::NothingMissing);
}
