//! The plan of a remedy, what the server's refusals mean, and the way back. "Microsoft's page" is
//! <https://learn.microsoft.com/purview/audit-mailboxes>.

use enumset::EnumSet;
use non_audited_mailbox::domain::action::{LogonType, PerLogonType};
use non_audited_mailbox::domain::baseline::{Baseline, Scope};
use non_audited_mailbox::domain::bypass::Bypass;
use non_audited_mailbox::domain::list::Property;
use non_audited_mailbox::domain::mailbox::{Mailbox, PlatformChoice};
use non_audited_mailbox::domain::rejection::{Kind, read_answer};
use non_audited_mailbox::domain::remediation::{
    AgeLimit, Changed, ListEdit, ListWish, Parameters, Part, Plan, Wish, before as before_of, plan,
};
use non_audited_mailbox::domain::undo::{Before, restore};
use non_audited_mailbox::domain::verdict::{Judge, Licence};
use proptest::prelude::*;
use uuid::Uuid;

use crate::support::*;

const ADD: Wish = Wish { lists: ListWish::Add, scope: Scope::WHOLE, age_limit: None, end_bypass: false };
const BACK: Wish = Wish { lists: ListWish::RestoreDefault, ..ADD };

fn known(mailbox: Mailbox<'static>) -> Mailbox<'static> {
    Mailbox { guid: Some(Uuid::from_u128(7)), audit_log_age_limit: "90.00:00:00".into(), ..mailbox }
}

fn judge(baseline: Baseline, licence: Licence) -> Judge<'static> {
    Judge::new(catalog(), baseline, Scope::WHOLE, licence, PlatformChoice::Auto).unwrap()
}

fn planned(mailbox: &Mailbox<'_>, wish: Wish) -> Plan {
    plan(&judge(Baseline::All, Licence::Unknown), mailbox, Bypass::Disabled, &wish)
}

fn narrowed(logon_types: &[LogonType], actions: &[&str]) -> Wish {
    Wish { scope: Scope::narrow(catalog(), logon_types.iter().copied(), actions).unwrap(), ..ADD }
}

fn json(part: &Part) -> String {
    serde_json::to_string(&part.calls).unwrap()
}

fn skip(plan: &Plan) -> &'static str {
    plan.skip.as_ref().map_or("", |skip| skip.name())
}

fn logons(types: &[LogonType]) -> String {
    types.iter().map(|logon| logon.name()).collect::<Vec<_>>().join(" ")
}

/// What Exchange Online does with a call: what is in the lists, and who manages them (Microsoft's page).
fn apply(mailbox: &mut Mailbox<'static>, call: &Parameters) {
    let names = |logon: LogonType, mailbox: &Mailbox<'_>| -> Vec<String> {
        let list = mailbox.lists[logon].known().unwrap();
        let all = catalog().names(list.actions).map(str::to_owned);
        all.chain(list.unrecognized.iter().map(|name| name.to_string())).collect()
    };
    let mut managed = mailbox.default_audit_set.known().copied();
    if let Some(managed) = &mut managed {
        for logon in call.default_audit_set.iter().filter(|logon| !managed.contains(**logon)) {
            mailbox.lists[*logon] = list(DEFAULTS[*logon as usize]);
        }
        *managed |= call.default_audit_set.iter().copied().collect::<EnumSet<_>>();
    }
    for logon in LogonType::ALL {
        let Some(edit) = call.list(logon) else { continue };
        let mut new = names(logon, mailbox);
        match edit {
            ListEdit::Replace(list) => new.clone_from(list),
            ListEdit::Change { add, remove } => {
                new.retain(|name| !remove.contains(name));
                new.extend(add.iter().cloned());
            }
        }
        mailbox.lists[logon] = list(&new.join(","));
        if let Some(managed) = &mut managed {
            managed.remove(logon);
        }
    }
    if let Some(managed) = managed {
        mailbox.default_audit_set = Property::Known(managed);
    }
    if let Some(enabled) = call.audit_enabled {
        mailbox.audit_enabled = Property::Known(enabled);
    }
    if let Some(limit) = call.audit_log_age_limit {
        mailbox.audit_log_age_limit = limit.to_string().into();
    }
}

fn carry_out(mailbox: &mut Mailbox<'static>, plan: &Plan) {
    for part in [&plan.lists, &plan.age_limit].into_iter().flatten() {
        part.calls.iter().for_each(|call| apply(mailbox, call));
    }
}

fn state(mailbox: &Mailbox<'_>) -> String {
    format!(
        "{:?} {:?} {:?} {}",
        mailbox.lists, mailbox.default_audit_set, mailbox.audit_enabled, mailbox.audit_log_age_limit
    )
}

fn written(mailbox: &Mailbox<'_>, plan: &Plan) -> Before {
    let parts = [&plan.lists, &plan.age_limit, &plan.bypass].into_iter().flatten();
    let changes = parts.flat_map(|part| part.changes.clone()).collect();
    let before = Before { changes, ..before_of(catalog(), mailbox, Bypass::Disabled) };
    // As a file has it.
    serde_json::from_str(&serde_json::to_string(&before).unwrap()).unwrap()
}

// --- What is sent ---

#[test]
fn only_what_is_missing_is_added_and_only_where_the_action_exists() {
    let all = planned(&known(user()), ADD).lists.unwrap();
    assert_eq!(
        json(&all),
        r#"[{"AuditAdmin":{"Add":["Copy","FolderBind","Move","RecordDelete","UpdateComplianceTag"]},"#
            .to_owned()
            + r#""AuditDelegate":{"Add":["FolderBind","Move","RecordDelete","UpdateComplianceTag"]},"#
            + r#""AuditOwner":{"Add":["Create","MailboxLogin","Move","RecordDelete","SearchQueryInitiated","#
            + r#""UpdateComplianceTag"]}}]"#
    );
    let cases: [(&[LogonType], &[&str], &str); 5] = [
        (&[], &["Copy"], r#"[{"AuditAdmin":{"Add":["Copy"]}}]"#),
        (&[], &["MailboxLogin"], r#"[{"AuditOwner":{"Add":["MailboxLogin"]}}]"#),
        (
            &[LogonType::Delegate, LogonType::Owner],
            &["Move", "Copy"],
            r#"[{"AuditDelegate":{"Add":["Move"]},"AuditOwner":{"Add":["Move"]}}]"#,
        ),
        (&[LogonType::Admin], &["Record*"], r#"[{"AuditAdmin":{"Add":["RecordDelete"]}}]"#),
        (&[LogonType::Owner], &["MailboxLogin"], r#"[{"AuditOwner":{"Add":["MailboxLogin"]}}]"#),
    ];
    for (logon_types, actions, expected) in cases {
        let part = planned(&known(user()), narrowed(logon_types, actions)).lists.unwrap();
        assert_eq!(json(&part), expected);
    }
}

#[test]
fn the_text_says_exactly_what_is_sent_and_what_it_costs() {
    let mailbox = known(customized("Admin"));
    let part = planned(&mailbox, narrowed(&[LogonType::Admin, LogonType::Owner], &["Move"])).lists.unwrap();
    assert_eq!(
        part.text,
        "Add Move to AuditAdmin; add Move to AuditOwner (takes Admin out of the set that Microsoft manages)"
    );
    assert_eq!((logons(&part.leaves), logons(&part.returns)), ("Admin".into(), String::new()));
    assert_eq!(part.changes, [Changed::AuditAdmin, Changed::AuditOwner]);
}

// The first harm of the old script.
#[test]
fn naming_copy_leaves_delegate_and_owner_alone() {
    let call = planned(&known(user()), narrowed(&[], &["Copy"])).lists.unwrap().calls.remove(0);
    assert_eq!((call.audit_delegate, call.audit_owner), (None, None));
    assert_eq!(call.audit_admin, Some(ListEdit::Change { add: vec!["Copy".to_owned()], remove: Vec::new() }));
}

// The second.
#[test]
fn send_touches_neither_send_as_nor_send_on_behalf_and_never_goes_to_delegate() {
    let mut mailbox = known(customized(""));
    mailbox.lists = lists(["HardDelete", "HardDelete", "HardDelete"]);
    let part = planned(&mailbox, narrowed(&[], &["Send"])).lists.unwrap();
    assert_eq!(json(&part), r#"[{"AuditAdmin":{"Add":["Send"]},"AuditOwner":{"Add":["Send"]}}]"#);
}

// The third.
#[test]
fn nothing_is_sent_where_nothing_is_missing() {
    for mailbox in [known(complete()), known(of_type("GroupMailbox"))] {
        let plan = planned(&mailbox, ADD);
        assert_eq!((plan.lists, plan.age_limit, plan.bypass), (None, None, None));
    }
    assert_eq!(skip(&planned(&known(complete()), ADD)), "NothingMissing");
    let defaults = plan(&judge(Baseline::Default, Licence::Unknown), &known(user()), Bypass::Disabled, &ADD);
    assert_eq!((defaults.lists.as_ref(), skip(&defaults)), (None, "NothingMissing"));
}

#[test]
fn what_cannot_be_changed_is_skipped_with_the_reason() {
    let unread = Mailbox { default_audit_set: Property::Absent, ..known(user()) };
    let truncated = Mailbox {
        lists: PerLogonType {
            owner: Property::Refused(non_audited_mailbox::domain::list::Fault::Truncated),
            ..lists(DEFAULTS)
        },
        ..known(user())
    };
    let nameless = Mailbox { user_principal_name: "".into(), guid: None, ..known(user()) };
    let cases = [
        (known(of_type("GroupMailbox")), ADD, "GroupMailbox"),
        (unread, ADD, "NotReadable"),
        (truncated, ADD, "NotReadable"),
        (known(of_type("MailUser")), ADD, "NotAMailbox"),
        (nameless, ADD, "NoIdentity"),
        // Exchange Server has neither.
        (known(on_server()), narrowed(&[], &["MailItemsAccessed"]), "NotAvailable"),
        (known(on_server()), BACK, "NoManagedSet"),
        (known(user()), BACK, "NothingMissing"),
    ];
    for (mailbox, wish, expected) in cases {
        let plan = planned(&mailbox, wish);
        assert_eq!((skip(&plan), plan.lists.is_none()), (expected, true), "{}", mailbox.recipient_type);
        assert!(!plan.skip.unwrap().describe().is_empty());
    }
}

// Microsoft's page: resource and public-folder mailboxes are not on by default; CIS 7.0: nor discovery mailboxes. On
// Exchange Server AuditEnabled decides (Set-Mailbox).
#[test]
fn audit_enabled_is_set_where_it_gates_and_nowhere_else() {
    let off = |mailbox| Mailbox { audit_enabled: Property::Known(false), ..known(mailbox) };
    let cases = [
        (off(user()), None),
        (off(of_type("SharedMailbox")), None),
        (off(of_type("RoomMailbox")), Some(true)),
        (off(of_type("PublicFolderMailbox")), Some(true)),
        (off(of_type("DiscoveryMailbox")), Some(true)),
        (off(on_server()), Some(true)),
        (known(of_type("RoomMailbox")), None),
    ];
    for (mailbox, expected) in cases {
        let call = planned(&mailbox, narrowed(&[], &["Move"])).lists.unwrap().calls.remove(0);
        assert_eq!(call.audit_enabled, expected, "{}", mailbox.recipient_type);
    }
    // Alone where the lists have all: nothing else is touched.
    let room = Mailbox { recipient_type: "RoomMailbox".into(), ..off(complete()) };
    let part = planned(&room, ADD).lists.unwrap();
    assert_eq!(json(&part), r#"[{"AuditEnabled":true}]"#);
    assert!(part.leaves.is_empty());
}

#[test]
fn types_that_set_mailbox_takes_only_with_a_switch_get_it() {
    assert_eq!(planned(&known(of_type("PublicFolderMailbox")), ADD).switches, ["PublicFolder"]);
    assert!(planned(&known(user()), ADD).switches.is_empty());
}

#[test]
fn the_target_is_unique() {
    let nothing = Mailbox { display_name: "Ada".into(), identity: "Ada".into(), ..user() };
    assert_eq!(planned(&known(user()), ADD).target, Uuid::from_u128(7).to_string());
    assert_eq!(planned(&nothing, ADD).target, "ada@contoso.example");
    assert!(planned(&Mailbox { user_principal_name: "".into(), ..nothing }, ADD).lists.is_none());
}

#[test]
fn a_licence_that_is_known_to_be_standard_keeps_premium_actions_out() {
    let mut mailbox = known(customized(""));
    mailbox.lists.owner = list("HardDelete");
    let sent = |licence| {
        let plan = plan(&judge(Baseline::All, licence), &mailbox, Bypass::Disabled, &ADD);
        plan.lists.unwrap().add.owner.contains(&"MailItemsAccessed".to_owned())
    };
    assert!(sent(Licence::Unknown) && sent(Licence::Premium) && !sent(Licence::Standard));
}

#[test]
fn unsettled_actions_are_sent_only_where_a_baseline_names_them() {
    assert!(!json(&planned(&known(user()), ADD).lists.unwrap()).contains("AttachmentAccess"));
    let own = Baseline::from_json(catalog(), br#"{"owner": ["AttachmentAccess"]}"#, "Mine").unwrap();
    let plan = plan(&judge(own, Licence::Unknown), &known(user()), Bypass::Disabled, &ADD);
    assert_eq!(json(&plan.lists.unwrap()), r#"[{"AuditOwner":{"Add":["AttachmentAccess"]}}]"#);
}

// Microsoft's page: "-DefaultAuditSet" replaces the list by the default one; customisations are lost.
#[test]
fn the_managed_set_is_restored_with_a_word_on_what_goes() {
    let mut mailbox = known(customized("Delegate"));
    mailbox.lists.admin = list("HardDelete Copy NewThing");
    let part =
        planned(&mailbox, Wish { scope: narrowed(&[LogonType::Admin], &[]).scope, ..BACK }).lists.unwrap();
    // Delegate is named too: it stays managed however the parameter is understood.
    assert_eq!(json(&part), r#"[{"DefaultAuditSet":["Admin","Delegate"]}]"#);
    assert_eq!(part.remove.admin, ["Copy", "NewThing"]);
    assert_eq!(
        part.text,
        "Hand AuditAdmin back to the set that Microsoft manages, which drops Copy, NewThing"
    );
}

#[test]
fn only_the_lists_that_were_asked_about_go_back_to_the_managed_set() {
    let owners = Scope::narrow(catalog(), [LogonType::Owner], &[] as &[&str]).unwrap();
    let judge = Judge::new(catalog(), Baseline::All, owners, Licence::Unknown, PlatformChoice::Auto).unwrap();
    let plan = plan(&judge, &known(customized("")), Bypass::Disabled, &BACK);
    assert_eq!(logons(&plan.lists.unwrap().returns), "Owner");
}

#[test]
fn age_limits_are_read_as_they_are_written() {
    let cases = [
        ("180", Some("180.00:00:00")),
        ("180.00:00:00", Some("180.00:00:00")),
        (" 1.02:03:04 ", Some("1.02:03:04")),
        ("12:00:00", Some("0.12:00:00")),
        ("24855", Some("24855.00:00:00")),
        ("24856", None),
        ("0", None),
        ("00:00:00", None),
        ("-1", None),
        ("+1", None),
        ("25:00:00", None),
        ("99999999999999999999", None),
        ("1.99999999999999999999:00:00", None),
        ("", None),
        (":", None),
        ("ninety", None),
    ];
    for (text, expected) in cases {
        assert_eq!(AgeLimit::parse(text).map(|limit| limit.to_string()).as_deref(), expected, "{text:?}");
    }
}

#[test]
fn a_shorter_age_limit_says_that_entries_go() {
    let of = |limit: &str| {
        planned(&known(complete()), Wish { age_limit: AgeLimit::parse(limit), ..ADD })
            .age_limit
            .map(|part| part.text)
    };
    assert_eq!(of("90"), None);
    assert_eq!(of("180").unwrap(), "Set AuditLogAgeLimit to 180.00:00:00 (now 90.00:00:00)");
    assert!(of("30").unwrap().ends_with("entries older than that are deleted for good"));
}

#[test]
fn a_bypass_ends_only_where_it_is_known_to_be_there() {
    let wish = Wish { lists: ListWish::Leave, end_bypass: true, ..ADD };
    let judge = judge(Baseline::All, Licence::Unknown);
    for (bypass, expected) in [(Bypass::Enabled, true), (Bypass::Disabled, false), (Bypass::Unknown, false)] {
        let plan = plan(&judge, &known(user()), bypass, &wish);
        assert_eq!((plan.bypass.is_some(), plan.lists), (expected, None), "{bypass:?}");
    }
    // An account without a mailbox.
    let account = Mailbox { guid: Some(Uuid::from_u128(9)), identity: "svc".into(), ..Mailbox::default() };
    let plan = plan(&judge, &account, Bypass::Enabled, &wish);
    assert_eq!((plan.bypass.unwrap().bypass, plan.skip), (Some(false), None));
}

// --- What the server says ---

fn call(admin: &[&str], delegate: &[&str], owner: &[&str]) -> Parameters {
    let mut call = Parameters { audit_enabled: Some(true), ..Parameters::default() };
    for (logon, names) in LogonType::ALL.into_iter().zip([admin, delegate, owner]) {
        let add: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        *call.list_mut(logon) = (!add.is_empty()).then_some(ListEdit::Change { add, remove: Vec::new() });
    }
    call
}

fn rejected(text: &str, call: &Parameters) -> (Kind, String, usize) {
    let answer = read_answer(text, call);
    let shown = answer
        .actions
        .iter()
        .flat_map(|(logon, names)| names.iter().map(move |name| format!("{}:{name}", logon.name())));
    (answer.kind, shown.collect::<Vec<_>>().join(" "), answer.single.len())
}

#[test]
fn rejections_are_read_from_the_servers_words() {
    let sent = call(
        &["Move", "Send", "MailItemsAccessed"],
        &["Move"],
        &["MailItemsAccessed", "MessageBind", "Create"],
    );
    let cases = [
        // microsoft-365-docs#1195
        (
            "Auditing of MailItemsAccessed event is only available for users with appropriate license.",
            Kind::Rejected,
            "Admin:MailItemsAccessed Owner:MailItemsAccessed",
            0,
        ),
        // o365soa/Scripts#29. What is to be used instead is not rejected.
        (
            "|Microsoft.Exchange.Management.Tasks.RecipientTaskException|MessageBind audit operation type is deprecated. \
             Use MailItemsAccessed audit operation type instead.",
            Kind::Rejected,
            "Owner:MessageBind",
            0,
        ),
        // The parser's own list.
        (
            "Cannot process argument transformation on parameter 'AuditOwner'. Cannot convert value \"MessageBind\" to \
             type \"MailboxAuditOperations\". The possible enumeration values are 'None, Update, Copy, Move, Create, \
             MailItemsAccessed, Send'.",
            Kind::Rejected,
            "Owner:MessageBind",
            0,
        ),
        // A static text that lacks what is taken: only suspected, for owners alone.
        (
            "Invalid audit operation specified. Supported audit operations for Mailbox Owner are None, Create, SoftDelete, \
             HardDelete, Update, Move, MoveToDeletedItems, MailboxLogin and UpdateFolderPermissions.",
            Kind::Unclear,
            "Owner:MailItemsAccessed Owner:MessageBind",
            2,
        ),
        // OfficeDocs-o365seccomp#385: names none.
        (
            "The input audit operation(s) is/are already being audited.",
            Kind::Unclear,
            "Admin:Move Admin:Send Admin:MailItemsAccessed Delegate:Move Owner:MailItemsAccessed Owner:MessageBind \
             Owner:Create",
            7,
        ),
        ("Audit operation Send is not allowed for AuditAdmin.", Kind::Rejected, "Admin:Send", 0),
        // SendAs is not Send.
        (
            "Audit operation SendAs is not allowed.",
            Kind::Unclear,
            "Admin:Move Admin:Send Admin:MailItemsAccessed \
             Delegate:Move Owner:MailItemsAccessed Owner:MessageBind Owner:Create",
            7,
        ),
        // Words of other failures.
        (
            "The operation couldn't be performed because object 'x' couldn't be found. Move on.",
            Kind::Other,
            "",
            0,
        ),
        ("Create a license first.", Kind::Other, "", 0),
        ("", Kind::Other, "", 0),
    ];
    for (text, kind, actions, singles) in cases {
        assert_eq!(rejected(text, &sent), (kind, actions.to_owned(), singles), "{text}");
    }
}

#[test]
fn what_is_left_after_a_rejection_is_tried_and_keeps_all_else() {
    let sent = call(&["Move"], &[], &["MailItemsAccessed", "Create"]);
    let text = "Auditing of MailItemsAccessed event is only available for users with appropriate license.";
    let answer = read_answer(text, &sent);
    assert_eq!(answer.rest, Some(call(&["Move"], &[], &["Create"])));
    let only = Parameters { audit_enabled: None, ..call(&[], &[], &["MailItemsAccessed"]) };
    assert_eq!(read_answer(text, &only).rest, None);
    // One action alone: no doubt which it was.
    let there = "The input audit operation(s) is/are already being audited.";
    assert_eq!(rejected(there, &only).0, Kind::AlreadyAudited);
    assert_eq!(rejected("Invalid audit operation specified.", &only).0, Kind::Rejected);
    // What is taken out of a list stays in the call.
    let removing = Parameters {
        audit_owner: Some(ListEdit::Change {
            add: vec!["MailItemsAccessed".into()],
            remove: vec!["Move".into()],
        }),
        ..Parameters::default()
    };
    let rest = read_answer(text, &removing).rest.unwrap();
    assert_eq!(serde_json::to_string(&rest).unwrap(), r#"{"AuditOwner":{"Remove":["Move"]}}"#);
}

// --- The way back ---

#[test]
fn a_mailbox_that_was_changed_comes_back_as_it_was_and_a_second_time_does_nothing() {
    let customised = || {
        let mut mailbox = known(customized("Delegate"));
        mailbox.lists.admin = list("HardDelete Copy NewThing");
        mailbox.lists.owner = list("");
        mailbox
    };
    let room = Mailbox { audit_enabled: Property::Known(false), ..known(of_type("RoomMailbox")) };
    let server = Mailbox { audit_enabled: Property::Known(false), ..known(on_server()) };
    let limit = AgeLimit::parse("365");
    for (mailbox, wish) in [
        (known(user()), ADD),
        (customised(), ADD),
        (customised(), BACK),
        (customised(), Wish { age_limit: limit, ..BACK }),
        (room, Wish { age_limit: limit, ..ADD }),
        (server, ADD),
        (known(user()), narrowed(&[], &["Copy"])),
    ] {
        let plan = planned(&mailbox, wish);
        let written = written(&mailbox, &plan);
        let mut changed = mailbox.clone();
        carry_out(&mut changed, &plan);
        assert_ne!(state(&changed), state(&mailbox));
        let back = restore(catalog(), &written, &changed, Bypass::Disabled);
        carry_out(&mut changed, &back);
        assert_eq!(state(&changed), state(&mailbox));
        let again = restore(catalog(), &written, &changed, Bypass::Disabled);
        assert_eq!((skip(&again), again.lists), ("NothingMissing", None));
    }
}

#[test]
fn a_list_that_equalled_the_default_but_was_not_managed_is_sent_whole() {
    let mailbox = known(customized("Admin, Delegate"));
    let plan = planned(&mailbox, BACK);
    assert_eq!(json(plan.lists.as_ref().unwrap()), r#"[{"DefaultAuditSet":["Admin","Delegate","Owner"]}]"#);
    let written = written(&mailbox, &plan);
    let mut changed = mailbox.clone();
    carry_out(&mut changed, &plan);
    let back = restore(catalog(), &written, &changed, Bypass::Disabled);
    let part = back.lists.clone().unwrap();
    assert!(
        matches!(&part.calls[..], [Parameters { audit_owner: Some(ListEdit::Replace(list)), .. }] if list.len() == 10)
    );
    assert_eq!(logons(&part.leaves), "Owner");
    carry_out(&mut changed, &back);
    assert_eq!(state(&changed), state(&mailbox));
}

#[test]
fn the_managed_set_is_called_for_first_and_by_itself() {
    let mut before = known(customized("Admin"));
    before.lists.owner = list("HardDelete");
    let mut now = before.clone();
    apply(&mut now, &call(&["Copy"], &[], &["Move"]));
    let written = Before {
        changes: vec![Changed::AuditAdmin, Changed::AuditOwner, Changed::AuditEnabled],
        ..before_of(catalog(), &before, Bypass::Unknown)
    };
    let back = restore(catalog(), &written, &now, Bypass::Unknown).lists.unwrap();
    assert_eq!(json(&back), r#"[{"DefaultAuditSet":["Admin"]},{"AuditOwner":{"Remove":["Move"]}}]"#);
    assert_eq!(
        back.text,
        "Hand AuditAdmin back to the set that Microsoft manages, which drops Copy; remove Move from AuditOwner"
    );
}

#[test]
fn only_what_the_run_changed_is_put_back() {
    let before = known(user());
    let plan = planned(&before, narrowed(&[], &["Copy"]));
    let written = written(&before, &plan);
    let mut now = before.clone();
    carry_out(&mut now, &plan);
    // Somebody else's work, later.
    now.lists.owner = list("HardDelete");
    now.audit_log_age_limit = "365.00:00:00".into();
    let back = restore(catalog(), &written, &now, Bypass::Enabled);
    assert_eq!(
        (logons(&back.lists.as_ref().unwrap().returns), back.age_limit, back.bypass),
        ("Admin".into(), None, None)
    );
    assert!(json(&back.lists.unwrap()).starts_with(r#"[{"DefaultAuditSet":["Admin","#));
}

#[test]
fn a_bypass_comes_back_unless_it_is_there() {
    let before = known(user());
    let written = Before {
        changes: vec![Changed::AuditBypassEnabled],
        ..before_of(catalog(), &before, Bypass::Enabled)
    };
    for (now, expected) in
        [(Bypass::Disabled, Some(true)), (Bypass::Unknown, Some(true)), (Bypass::Enabled, None)]
    {
        let back = restore(catalog(), &written, &before, now);
        assert_eq!(back.bypass.and_then(|part| part.bypass), expected, "{now:?}");
    }
}

#[test]
fn of_two_lines_on_one_mailbox_what_was_changed_first_counts() {
    let first = known(user());
    let plan_one = planned(&first, narrowed(&[LogonType::Admin], &["Copy"]));
    let mut entry = written(&first, &plan_one);
    let mut second = first.clone();
    carry_out(&mut second, &plan_one);
    let plan_two = planned(&second, ADD);
    let later = written(&second, &plan_two);
    let mut now = second.clone();
    carry_out(&mut now, &plan_two);
    entry.merge(&later);
    let back = restore(catalog(), &entry, &now, Bypass::Disabled);
    carry_out(&mut now, &back);
    assert_eq!(state(&now), state(&first));
}

fn any_list(logon: LogonType) -> impl Strategy<Value = String> {
    let all = [DEFAULTS, OPTIONAL].map(|names| names[logon as usize]).join(" ");
    let names: Vec<String> = all.split(' ').map(str::to_owned).chain(["Newer".to_owned()]).collect();
    let count = names.len();
    prop::sample::subsequence(names, 0..=count).prop_map(|names| names.join(","))
}

fn any_mailbox() -> impl Strategy<Value = Mailbox<'static>> {
    let lists = (any_list(LogonType::Admin), any_list(LogonType::Delegate), any_list(LogonType::Owner));
    let kind = prop::sample::select(vec!["UserMailbox", "SharedMailbox", "RoomMailbox"]);
    (lists, 0_u8..8, any::<bool>(), kind).prop_map(|((admin, delegate, owner), managed, enabled, kind)| {
        let mut mailbox = known(of_type(kind));
        mailbox.lists = PerLogonType { admin: list(&admin), delegate: list(&delegate), owner: list(&owner) };
        let managed: EnumSet<LogonType> =
            LogonType::ALL.into_iter().filter(|logon| managed >> (*logon as u8) & 1 == 1).collect();
        for logon in managed {
            mailbox.lists[logon] = list(DEFAULTS[logon as usize]);
        }
        mailbox.default_audit_set = Property::Known(managed);
        mailbox.audit_enabled = Property::Known(enabled);
        mailbox
    })
}

proptest! {
    #[test]
    fn whatever_a_mailbox_has_nothing_is_lost_nothing_stays_missing_and_it_can_be_undone(
        mailbox in any_mailbox(),
        back in any::<bool>(),
    ) {
        let plan = planned(&mailbox, if back { BACK } else { ADD });
        let written = written(&mailbox, &plan);
        let mut changed = mailbox.clone();
        carry_out(&mut changed, &plan);
        if !back {
            for logon in LogonType::ALL {
                let (was, is) = (mailbox.lists[logon].known().unwrap(), changed.lists[logon].known().unwrap());
                prop_assert!((was.actions - is.actions).is_empty());
                prop_assert_eq!(&was.unrecognized, &is.unrecognized);
            }
            let verdict = all().ask(&changed);
            prop_assert!(verdict.known_gaps().is_empty());
        }
        let undo = restore(catalog(), &written, &changed, Bypass::Disabled);
        carry_out(&mut changed, &undo);
        prop_assert_eq!(state(&changed), state(&mailbox));
        let again = restore(catalog(), &written, &changed, Bypass::Disabled);
        prop_assert!(again.lists.is_none());
    }
}
