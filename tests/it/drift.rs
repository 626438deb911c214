//! What changed between two states: the rules, the joins, and `nam compare` as its user runs it.

use std::sync::Arc;

use enumset::EnumSet;
use non_audited_mailbox::domain::action::LogonType;
use non_audited_mailbox::domain::baseline::{Baseline, Scope};
use non_audited_mailbox::domain::bypass::{Bypass, BypassedAccount};
use non_audited_mailbox::domain::comparison::{
    Change, ChangeKind, Circumstances, Difference, Ending, JoinFault, Known, Older, Subject,
};
use non_audited_mailbox::domain::list::{Fault, NameList, Property};
use non_audited_mailbox::domain::mailbox::{Mailbox, PlatformChoice};
use non_audited_mailbox::domain::verdict::{AuditState, Judge, Licence, OrganizationAudit};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use crate::cli::Desk;
use crate::support::*;

// ---- The rules

/// A state of a tenant.
#[derive(Debug, Clone)]
struct State {
    circumstances: Circumstances,
    mailboxes: Vec<(Mailbox<'static>, Bypass)>,
    ending: Ending,
}

impl State {
    /// All was read, nobody bypasses auditing, and this is there.
    fn of(mailboxes: impl IntoIterator<Item = Mailbox<'static>>) -> State {
        State {
            circumstances: Circumstances { organization: OrganizationAudit::OnByDefault, bypass_read: true },
            mailboxes: mailboxes.into_iter().map(|mailbox| (mailbox, Bypass::Disabled)).collect(),
            ending: Ending { all_mailboxes: true, all_bypass: true, bypassed: Some(Vec::new()) },
        }
    }

    fn bypassing(mut self, bypass: Bypass) -> State {
        self.mailboxes.iter_mut().for_each(|(_, known)| *known = bypass);
        self
    }

    fn accounts(mut self, ids: &[u128]) -> State {
        self.ending.bypassed = Some(ids.iter().map(|id| account(*id)).collect());
        self
    }

    fn incomplete(mut self) -> State {
        (self.ending.all_mailboxes, self.ending.all_bypass) = (false, false);
        self
    }
}

fn account(id: u128) -> BypassedAccount {
    BypassedAccount { name: format!("svc-{id}"), guid: Some(Uuid::from_u128(id)) }
}

fn judge(baseline: Baseline) -> Arc<Judge<'static>> {
    Arc::new(Judge::new(catalog(), baseline, Scope::WHOLE, Licence::Premium, PlatformChoice::Auto).unwrap())
}

fn compared(old: &State, new: &State) -> (Vec<Change>, Vec<JoinFault>) {
    compared_by(Baseline::Default, old, new)
}

fn compared_by(baseline: Baseline, old: &State, new: &State) -> (Vec<Change>, Vec<JoinFault>) {
    let mut faults = Vec::new();
    let mut older = Older::new(judge(baseline), old.circumstances);
    for (mailbox, bypass) in &old.mailboxes {
        faults.extend(older.add(mailbox, *bypass).err());
    }
    let (mut comparison, mut changes) = older.end(old.ending.clone(), new.circumstances);
    for (mailbox, bypass) in &new.mailboxes {
        match comparison.add(mailbox, *bypass) {
            Ok(found) => changes.extend(found),
            Err(fault) => faults.push(fault),
        }
    }
    changes.extend(comparison.end(new.ending.clone()).changes);
    (changes, faults)
}

/// What changed, where all could be joined.
fn differences(old: &State, new: &State) -> Vec<Difference> {
    let (changes, faults) = compared(old, new);
    assert_eq!(faults, []);
    changes.into_iter().map(|change| change.difference).collect()
}

/// A mailbox that nobody touched, with that id.
fn with_id(id: u128) -> Mailbox<'static> {
    Mailbox { guid: Some(Uuid::from_u128(id)), audit_log_age_limit: "90.00:00:00".into(), ..user() }
}

/// The same, and its owner's list as it is said.
fn with_owner(names: &str) -> Mailbox<'static> {
    let mut mailbox = with_id(1);
    mailbox.lists.owner = list(names);
    mailbox
}

fn owner_without(name: &str) -> Mailbox<'static> {
    let names: Vec<_> = DEFAULTS[2].split_whitespace().filter(|other| *other != name).collect();
    with_owner(&names.join(" "))
}

#[test]
fn each_change_of_a_mailbox_and_whether_it_is_a_regression() {
    let before = State::of([with_id(1)]);
    let lost = Difference::NewlyNotAudited(LogonType::Owner, set("HardDelete"));
    let gap = Difference::StateChanged(AuditState::Audited, AuditState::Gap);
    let unmanaged = |managed: &str| Mailbox {
        default_audit_set: EnumSet::from_text(catalog(), managed).into(),
        ..with_id(1)
    };
    let kept = |span: &'static str| Mailbox { audit_log_age_limit: span.into(), ..with_id(1) };
    let unread = Mailbox { audit_enabled: Property::Refused(Fault::Missing), ..with_id(1) };
    let longer = Difference::AgeLimitChanged("90.00:00:00".into(), "365.00:00:00".into());
    let shorter = Difference::AgeLimitChanged("90.00:00:00".into(), "30.00:00:00".into());
    let cases = [
        (State::of([owner_without("HardDelete")]), vec![(gap.clone(), true), (lost, true)]),
        (State::of([unmanaged("Admin Owner")]), vec![(Difference::ManagedLeft(LogonType::Delegate), false)]),
        (
            State::of([with_id(1)]).bypassing(Bypass::Enabled),
            vec![(gap, true), (Difference::BypassBegun, true)],
        ),
        (
            State::of([with_id(1)]).bypassing(Bypass::Unknown),
            vec![
                (Difference::BecameUnknown(Known::State(AuditState::Audited)), true),
                (Difference::BecameUnknown(Known::Bypass(false)), true),
            ],
        ),
        (State::of([kept("30.00:00:00")]), vec![(shorter, true)]),
        (State::of([kept("365.00:00:00")]), vec![(longer, false)]),
        (State::of([kept("90")]), vec![]),
        (State::of([unread]), vec![(Difference::BecameUnknown(Known::State(AuditState::Audited)), true)]),
        (State::of([]), vec![(Difference::MailboxGone(AuditState::Audited), false)]),
        (
            State::of([with_id(1), Mailbox { lists: lists(["", "", ""]), ..with_id(2) }]),
            vec![(Difference::MailboxNew(AuditState::NotAudited), false)],
        ),
    ];
    for (after, expected) in cases {
        let found = differences(&before, &after);
        let found: Vec<_> =
            found.into_iter().map(|change| (change.clone(), change.is_regression())).collect();
        assert_eq!(found, expected);
        // What is told one way is told the other way round as its opposite, which is no regression.
        let back = differences(&after, &before);
        assert_eq!(back, expected.iter().map(|(change, _)| opposite(change)).collect::<Vec<_>>());
        for (there, back) in expected.iter().zip(&back) {
            assert!(!(there.1 && back.is_regression()), "{back:?}");
        }
    }
}

#[test]
fn the_organisations_switch() {
    let with = |organization| State {
        circumstances: Circumstances { organization, bypass_read: true },
        ..State::of([])
    };
    let (on, off, unread) = (
        with(OrganizationAudit::OnByDefault),
        with(OrganizationAudit::Disabled),
        with(OrganizationAudit::Unknown),
    );
    let one = |old, new| {
        let found = differences(old, new);
        assert_eq!(found.len(), 1, "{found:?}");
        (found[0].clone(), found[0].is_regression())
    };
    assert_eq!(one(&on, &off), (Difference::OrganizationChanged { audit_disabled: true }, true));
    assert_eq!(one(&off, &on), (Difference::OrganizationChanged { audit_disabled: false }, false));
    assert_eq!(one(&on, &unread), (Difference::BecameUnknown(Known::AuditDisabled(false)), true));
    assert_eq!(one(&off, &unread), (Difference::BecameUnknown(Known::AuditDisabled(true)), false));
    assert_eq!(one(&unread, &on), (Difference::BecameKnown(Known::AuditDisabled(false)), false));
    assert_eq!(differences(&unread, &unread), []);
}

#[test]
fn bypass_belongs_to_accounts_with_and_without_a_mailbox() {
    let (none, one) = (State::of([]).accounts(&[]), State::of([]).accounts(&[7]));
    assert_eq!(differences(&none, &one), [Difference::BypassBegun]);
    assert_eq!(differences(&one, &none), [Difference::BypassEnded]);
    assert_eq!(differences(&one, &one), []);

    // An account that bypassed before it got a mailbox has begun nothing.
    let mailbox = State::of([with_id(7)]).bypassing(Bypass::Enabled).accounts(&[7]);
    assert_eq!(differences(&one, &mailbox), [Difference::MailboxNew(AuditState::Gap)]);
    // One that is new with its mailbox has, and that is a regression.
    let found = differences(&none, &mailbox);
    assert_eq!(found, [Difference::MailboxNew(AuditState::Gap), Difference::BypassBegun]);
    // Nor has it ended where only the mailbox is gone.
    assert_eq!(differences(&mailbox, &one), [Difference::MailboxGone(AuditState::Gap)]);

    // An account that is missing in a list which was not read to its end may still bypass auditing.
    let found = differences(&one, &none.clone().incomplete());
    assert_eq!(found, [Difference::BecameUnknown(Known::Bypass(true))]);
    assert!(!found[0].is_regression(), "it bypassed auditing before");
}

#[test]
fn where_bypass_was_not_read_it_is_said_once_and_of_those_who_bypass() {
    let mut unread = State::of([with_id(1), with_id(2)]).bypassing(Bypass::Unknown);
    unread.circumstances.bypass_read = false;
    unread.ending.bypassed = None;
    // All is customised and lacks something, so that no state depends on the bypass.
    for (mailbox, _) in &mut unread.mailboxes {
        mailbox.lists.owner = list("HardDelete");
    }
    let mut read = unread.clone();
    read.circumstances.bypass_read = true;
    read.ending.bypassed = Some(vec![account(1)]);
    read.mailboxes[0].1 = Bypass::Enabled;
    read.mailboxes[1].1 = Bypass::Disabled;
    let of_all = Known::BypassAssociations;
    let of_one = Known::Bypass(true);
    assert_eq!(
        differences(&unread, &read),
        [Difference::BecameKnown(of_all), Difference::BecameKnown(of_one)]
    );
    let back = differences(&read, &unread);
    assert_eq!(back, [Difference::BecameUnknown(of_all), Difference::BecameUnknown(of_one)]);
    assert!(back[0].is_regression() && !back[1].is_regression());
}

#[test]
fn what_an_incomplete_state_lacks_is_neither_new_nor_gone() {
    let (two, one) = (State::of([with_id(1), with_id(2)]), State::of([with_id(1)]).incomplete());
    let unknown = Difference::BecameUnknown(Known::Mailbox(AuditState::Audited));
    assert_eq!(differences(&two, &one), [unknown]);
    assert_eq!(differences(&one, &two), [Difference::BecameKnown(Known::Mailbox(AuditState::Audited))]);
}

#[test]
fn an_action_that_could_not_be_audited_there_was_not_lost() {
    // Moved from Exchange Server, which has no Send, into the cloud, where it is missing.
    let server = Mailbox { guid: Some(Uuid::from_u128(1)), ..on_server() };
    let cloud = owner_without("Send");
    let (changes, _) = compared_by(Baseline::Default, &State::of([server]), &State::of([cloud]));
    for change in &changes {
        if let Difference::NewlyNotAudited(_, actions) = change.difference {
            assert_eq!(catalog().join(actions & set("Send"), " "), "", "{changes:?}");
        }
    }
}

// ---- The joins

#[test]
fn mailboxes_are_joined_by_guid_then_exchange_object_id_then_distinguished_name() {
    let id = |n| Some(Uuid::from_u128(n));
    let named = |guid, exchange_object_id, distinguished_name: &'static str| Mailbox {
        guid,
        exchange_object_id,
        distinguished_name: distinguished_name.into(),
        ..user()
    };
    let is_same = |left: &Mailbox<'static>, right: &Mailbox<'static>| {
        let found = differences(&State::of([left.clone()]), &State::of([right.clone()]));
        let gone = found.iter().any(|change| matches!(change, Difference::MailboxGone(_)));
        assert!(found.is_empty() || gone, "{found:?}");
        !gone
    };
    let all = named(id(1), id(2), "CN=ada,DC=EXAMPLE");
    assert!(is_same(&all, &named(id(1), None, "")));
    assert!(is_same(&all, &named(None, id(2), "")));
    assert!(is_same(&all, &named(None, None, "cn=ADA,dc=example")), "names compare without case");
    assert!(is_same(&named(id(5), None, "CN=a"), &named(None, id(5), "CN=b")));
    assert!(!is_same(&all, &named(id(3), None, "CN=ada,DC=EXAMPLE")), "deleted and made again");
    assert!(!is_same(&named(id(1), None, ""), &named(id(2), None, "")), "the same UserPrincipalName");
}

#[test]
fn what_has_no_key_and_what_stands_there_twice_is_told() {
    let (once, keyless) = (State::of([with_id(1)]), State::of([user()]));
    assert_eq!(compared(&once, &keyless).1, [JoinFault::NoKey]);
    assert_eq!(compared(&keyless, &once).1, [JoinFault::NoKey]);
    let same = State::of([with_id(1), with_id(1)]);
    assert_eq!(compared(&once, &same), (vec![], vec![]));
    assert_eq!(compared(&same, &once), (vec![], vec![]));
    let other = State::of([with_id(1), owner_without("HardDelete")]);
    assert_eq!(compared(&once, &other), (vec![], vec![JoinFault::Twice]));
    assert_eq!(compared(&other, &once), (vec![], vec![JoinFault::Twice]));
    // Of one that is new, too.
    let none = State::of([]);
    assert_eq!(compared(&none, &other).1, [JoinFault::Twice]);
}

// ---- What holds for any two states

fn opposite(difference: &Difference) -> Difference {
    match difference.clone() {
        Difference::MailboxNew(state) => Difference::MailboxGone(state),
        Difference::MailboxGone(state) => Difference::MailboxNew(state),
        Difference::NewlyNotAudited(logon, set) => Difference::NewlyAudited(logon, set),
        Difference::NewlyAudited(logon, set) => Difference::NewlyNotAudited(logon, set),
        Difference::BypassBegun => Difference::BypassEnded,
        Difference::BypassEnded => Difference::BypassBegun,
        Difference::ManagedLeft(logon) => Difference::ManagedRegained(logon),
        Difference::ManagedRegained(logon) => Difference::ManagedLeft(logon),
        Difference::StateChanged(old, new) => Difference::StateChanged(new, old),
        Difference::OrganizationChanged { audit_disabled } => {
            Difference::OrganizationChanged { audit_disabled: !audit_disabled }
        }
        Difference::AgeLimitChanged(old, new) => Difference::AgeLimitChanged(new, old),
        Difference::BecameUnknown(known) => Difference::BecameKnown(known),
        Difference::BecameKnown(known) => Difference::BecameUnknown(known),
    }
}

fn any_list() -> impl Strategy<Value = Property<non_audited_mailbox::domain::list::ActionList>> {
    let names = select(vec!["", "HardDelete", DEFAULTS[0], DEFAULTS[2], "MailboxLogin Move Unheard"]);
    prop_oneof![8 => names.prop_map(list), 1 => Just(Property::Refused(Fault::Truncated))]
}

fn any_mailbox() -> impl Strategy<Value = (Mailbox<'static>, Bypass)> {
    let kinds = select(vec!["UserMailbox", "SharedMailbox", "RoomMailbox", "GroupMailbox"]);
    let managed = select(vec!["", "Admin", "Admin Delegate Owner"]);
    let spans = select(vec!["", "90.00:00:00", "30.00:00:00", "soon"]);
    let bypass = select(vec![Bypass::Enabled, Bypass::Disabled, Bypass::Unknown]);
    let lists = (any_list(), any_list(), any_list());
    (kinds, managed, spans, any::<bool>(), lists, bypass).prop_map(
        |(kind, managed, span, enabled, (admin, delegate, owner), bypass)| {
            let mailbox = Mailbox {
                audit_enabled: Property::Known(enabled),
                audit_log_age_limit: span.into(),
                lists: non_audited_mailbox::domain::action::PerLogonType { admin, delegate, owner },
                default_audit_set: EnumSet::from_text(catalog(), managed).into(),
                ..of_type(kind)
            };
            (mailbox, bypass)
        },
    )
}

/// Up to six mailboxes out of eight, and some accounts; each may be on either side of a comparison.
fn any_state() -> impl Strategy<Value = State> {
    let switch =
        select(vec![OrganizationAudit::OnByDefault, OrganizationAudit::Disabled, OrganizationAudit::Unknown]);
    let mailboxes = proptest::collection::btree_map(1_u128..9, any_mailbox(), 0..6);
    let accounts = proptest::option::of(proptest::collection::btree_set(1_u128..12, 0..5));
    (switch, any::<bool>(), any::<(bool, bool)>(), mailboxes, accounts).prop_map(
        |(organization, bypass_read, (all_mailboxes, all_bypass), mailboxes, accounts)| State {
            circumstances: Circumstances { organization, bypass_read },
            mailboxes: mailboxes
                .into_iter()
                .map(|(id, (mailbox, bypass))| {
                    (Mailbox { guid: Some(Uuid::from_u128(id)), ..mailbox }, bypass)
                })
                .collect(),
            ending: Ending {
                all_mailboxes,
                all_bypass,
                bypassed: accounts.map(|ids| ids.into_iter().map(account).collect()),
            },
        },
    )
}

/// What can be compared whatever the order.
fn by_subject(changes: Vec<Change>) -> Vec<String> {
    let mut lines: Vec<_> = changes
        .into_iter()
        .map(|change| {
            let subject = match change.subject {
                Subject::Organization => "organisation".to_owned(),
                Subject::Mailbox(name) => format!("mailbox {:?}", name.guid),
                Subject::Account(account) => format!("account {:?}", account.guid),
            };
            format!("{subject} {:?}", change.difference)
        })
        .collect();
    lines.sort();
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_state_compared_with_itself_has_not_changed(state in any_state()) {
        prop_assert_eq!(compared_by(Baseline::All, &state, &state), (vec![], vec![]));
    }

    #[test]
    fn swapping_the_states_turns_each_change_into_its_opposite(old in any_state(), new in any_state()) {
        let (there, _) = compared_by(Baseline::All, &old, &new);
        let (back, _) = compared_by(Baseline::All, &new, &old);
        for change in &there {
            let both = change.difference.is_regression() && opposite(&change.difference).is_regression();
            // Of two spans that cannot be read, neither is known to be the longer.
            prop_assert!(!both || change.difference.kind() == ChangeKind::AgeLimitChanged, "{:?}", change);
        }
        let turned = there.into_iter().map(|change| Change { difference: opposite(&change.difference), ..change });
        prop_assert_eq!(by_subject(turned.collect()), by_subject(back));
    }

    #[test]
    fn nothing_that_is_unknown_on_one_side_is_told_as_a_change(old in any_state(), new in any_state()) {
        for change in compared_by(Baseline::All, &old, &new).0 {
            if let Difference::StateChanged(old, new) = change.difference {
                prop_assert!(old != AuditState::Unknown && new != AuditState::Unknown);
            }
        }
        let unread = |state: &State| !state.circumstances.bypass_read
            && state.ending.bypassed.is_none()
            && state.mailboxes.iter().all(|(_, bypass)| *bypass == Bypass::Unknown);
        if unread(&old) || unread(&new) {
            for change in compared_by(Baseline::All, &old, &new).0 {
                let told = matches!(change.difference.kind(), ChangeKind::BypassBegun | ChangeKind::BypassEnded);
                prop_assert!(!told, "{:?}", change);
            }
        }
    }
}

// ---- nam compare

const WEEK: &str = "compare last-week.jsonl today.jsonl";

/// The changes of a comparison in JSON.
fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in:\n{text}"))
}

/// `Kind DisplayName` of each change in the CSV.
fn kinds(csv: &str) -> Vec<String> {
    let text = csv.strip_prefix('\u{feff}').expect("Excel needs the byte order mark");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| format!("{} {}", &row[0], if row[3].is_empty() { &row[13] } else { &row[3] })).collect()
}

#[test]
fn the_table_of_a_week() {
    insta::assert_snapshot!(Desk::new().nam(WEEK, 0).out);
}

#[test]
fn the_csv_of_a_week() {
    let run = Desk::new().nam(&format!("{WEEK} --out -"), 0);
    insta::assert_snapshot!(run.out);
    assert!(run.err.contains("Regressions"), "the table goes where the changes are not");
}

#[test]
fn the_json_of_a_week() {
    let desk = Desk::new();
    insta::assert_snapshot!(desk.nam(&format!("{WEEK} --format json --quiet"), 0).out);
    desk.nam(&format!("{WEEK} --out changes.json"), 0);
    let document = json(&desk.read("changes.json"));
    desk.nam(&format!("{WEEK} --out changes.ndjson"), 0);
    let lines: Vec<_> = desk.read("changes.ndjson").lines().map(json).collect();
    assert_eq!(lines[0], document["Comparison"]);
    assert_eq!(lines[1..lines.len() - 1], *document["Changes"].as_array().unwrap());
    assert_eq!(lines[lines.len() - 1], document["Summary"]);
}

/// Auditing is switched off, and who bypasses it was not read to the end.
#[test]
fn a_week_in_which_all_went_wrong() {
    let desk = Desk::new();
    let today =
        desk.read("today.jsonl").replace(r#""AuditDisabled":false"#, r#""AuditDisabled":true"#).replace(
            r#""Section":"BypassAssociations","Complete":true,"Records":11"#,
            r#""Section":"BypassAssociations","Complete":false,"Records":11,"Problem":"throttled""#,
        );
    desk.write("off.jsonl", &today);
    insta::assert_snapshot!(desk.nam("compare last-week.jsonl off.jsonl --fail-on-regression", 3).out);
    let back = desk.nam("compare off.jsonl last-week.jsonl --format csv --quiet", 3);
    assert!(kinds(&back.out).iter().any(|kind| kind.starts_with("OrganizationChanged")), "{}", back.out);
}

#[test]
fn reports_saved_inputs_and_what_is_read_again_give_the_same_changes() {
    let desk = Desk::new();
    let changes = |desk: &Desk, arguments: &str, code| {
        json(&desk.nam(&format!("{arguments} --format json --quiet"), code).out)["Changes"].clone()
    };
    let expected = changes(&desk, WEEK, 0);
    desk.nam("report last-week.jsonl --out old.json --quiet", 0);
    desk.nam("report today.jsonl --out new.ndjson --quiet", 0);
    assert_eq!(changes(&desk, "compare old.json new.ndjson", 0), expected);
    assert_eq!(changes(&desk, "compare last-week.jsonl new.ndjson", 0), expected);
    // Formatted anew, and in UTF-16, as PowerShell saves it.
    let pretty = desk.read("old.json").replace("\":", "\" :\n  ").replace("\n\"Summary", "\"Summary");
    assert_eq!(json(&pretty), json(&desk.read("old.json")));
    let utf16: Vec<u8> = format!("\u{feff}{pretty}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    desk.write("pretty.json", utf16);
    assert_eq!(changes(&desk, "compare pretty.json today.jsonl", 0), expected);
}

#[test]
fn different_baselines_are_compared_by_what_both_were_asked_and_that_is_said() {
    let desk = Desk::new();
    desk.nam("report last-week.jsonl --baseline Cis7 --out cis.json --quiet", 0);
    desk.nam("report today.jsonl --out all.json --quiet", 0);
    let run = desk.nam("compare cis.json all.json --format json", 0);
    let found = json(&run.out);
    let note = found["Summary"]["Notes"][0].as_str().unwrap();
    for part in ["Cis7 and All", "Owner RecordDelete, SearchQueryInitiated, UpdateComplianceTag"] {
        assert!(note.contains(part), "{part:?} is not in: {note}");
    }
    assert_eq!(found["Comparison"]["Baseline"], "Cis7 and All");
    let ilse = &found["Changes"][0];
    assert_eq!((ilse["DisplayName"].as_str(), &ilse["Regression"]), (Some("Ilse Improves"), &true.into()));
    assert_eq!(ilse["Actions"], serde_json::json!(["Create", "MailboxLogin", "Move"]));
    assert!(run.err.contains("Note: the states were asked about different actions"), "{}", run.err);

    // Less can be asked, more cannot.
    let run = desk.nam("compare cis.json all.json --logon-type owner --action Move --format csv --quiet", 0);
    assert!(run.out.contains("Owner,Move,NonAuditedOwner"), "{}", run.out);
    assert!(!run.out.contains("HardDelete"), "{}", run.out);
    desk.nam("report last-week.jsonl --logon-type admin --out admin.json --quiet", 0);
    desk.nam("report today.jsonl --logon-type owner --out owner.json --quiet", 0);
    desk.nam("compare admin.json owner.json", 1).says(&["no action that both were asked about"]);
}

#[test]
fn catalogues_and_licences_that_differ_are_said() {
    let desk = Desk::new();
    desk.nam("report last-week.jsonl --licence standard --out old.json --quiet", 0);
    let old = desk.read("old.json");
    let date = json(&old)["Report"]["CatalogDate"].as_str().unwrap().to_owned();
    desk.write(
        "old.json",
        old.replace(&date, "2024-01-31").replacen("\"Move\"", "\"Move\",\"InventedAction\"", 1),
    );
    let notes =
        json(&desk.nam("compare old.json today.jsonl --format json --quiet", 0).out)["Summary"]["Notes"]
            .to_string();
    for part in ["InventedAction", "catalogue of 2024-01-31"] {
        assert!(notes.contains(part), "{part:?} is not in: {notes}");
    }
    desk.nam("report today.jsonl --licence premium --out new.json --quiet", 0);
    let found = json(&desk.nam("compare old.json new.json --format json --quiet", 0).out);
    assert_eq!(found["Comparison"]["Licence"], "Unknown");
    assert!(found["Summary"]["Notes"].to_string().contains("licence Standard"), "{found}");
    let found = json(&desk.nam("compare old.json today.jsonl --format json --quiet", 0).out);
    assert_eq!(found["Comparison"]["Licence"], "Standard", "what the one report says");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_compared_like_a_file() {
    if crate::cli::is_foreign() {
        return;
    }
    let desk = Desk::new();
    let pipe = desk.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let today = desk.read("today.jsonl");
    let feeder = std::thread::spawn(move || std::fs::write(pipe, today).unwrap());
    let run = desk.nam("compare last-week.jsonl pipe", 0);
    feeder.join().unwrap();
    assert!(run.out.contains("pipe") && run.out.contains("Changes            17"), "{}", run.out);
}

#[test]
fn the_wrong_way_round_is_noticed() {
    let run = Desk::new().nam("compare today.jsonl last-week.jsonl", 0);
    assert!(run.out.contains("are they the wrong way round?"), "{}", run.out);
}

#[test]
fn exports_of_mailboxes_are_compared_and_what_they_do_not_know_is_said() {
    let desk = Desk::new();
    let run = desk.nam("compare mailboxes.json mailboxes.clixml", 0);
    for part in ["Changes      0", "who bypasses auditing was read in neither", "AuditDisabled"] {
        assert!(run.out.contains(part), "{part:?} is not in:\n{}", run.out);
    }
    // Who bypasses auditing is known on one side only: said once, not of each mailbox.
    desk.nam("report mailboxes.json --bypass bypass.json --out known.json --quiet", 0);
    let run = desk.nam("compare mailboxes.json known.json --format csv --quiet", 0);
    let kinds = kinds(&run.out);
    assert!(kinds.iter().filter(|kind| kind.starts_with("BecameKnown who")).count() == 1, "{kinds:?}");
    assert!(!kinds.iter().any(|kind| kind.starts_with("Bypass")), "{kinds:?}");
}

// Exit codes: 0 complete, 1 failed, 2 usage, 3 incomplete, 5 regressions found.
#[test]
fn exit_codes_of_a_comparison() {
    let desk = Desk::new();
    desk.nam(&format!("{WEEK} --fail-on-regression --quiet"), 5);
    desk.nam("compare today.jsonl today.jsonl --fail-on-regression", 0);
    desk.nam("compare nowhere.json today.jsonl", 1).says(&["nowhere.json"]);
    desk.nam("compare bypass.json today.jsonl", 1).says(&["bypass.json", "holds no mailbox"]);
    desk.nam("compare today.jsonl", 2);
    desk.nam("compare - today.jsonl", 2).says(&["standard input"]);
    desk.nam(&format!("{WEEK} --out changes.txt"), 2).says(&["--format"]);
    desk.nam(&format!("{WEEK} --out today.jsonl"), 2).says(&["is an input"]);
    desk.nam(&format!("{WEEK} --baseline Cis6"), 2).says(&["Cis7"]);
    let quiet = desk.nam(&format!("{WEEK} --quiet"), 0);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
}

#[test]
fn an_incomplete_side_makes_the_comparison_so_and_nothing_in_it_is_called_gone() {
    let desk = Desk::new();
    let today = desk.read("today.jsonl");
    let cut: Vec<_> = today.lines().take(today.lines().count() - 3).collect();
    desk.write("cut.jsonl", cut.join("\n"));
    let run = desk.nam("compare last-week.jsonl cut.jsonl --fail-on-regression --format csv --quiet", 3);
    run.says(&["cut.jsonl", "without its end"]);
    let kinds = kinds(&run.out);
    assert!(!kinds.iter().any(|kind| kind.starts_with("MailboxGone")), "{kinds:?}");
    for gone in ["Ada Unverändert", "Bert Loses", "Fritz Leaves"] {
        assert!(kinds.contains(&format!("BecameUnknown {gone}")), "{gone} in {kinds:?}");
    }
    assert!(kinds.last().unwrap().starts_with("Incomplete"), "{kinds:?}");

    // An incomplete comparison replaces a file only if told to.
    desk.write("kept.csv", "kept");
    desk.nam("compare last-week.jsonl cut.jsonl --out kept.csv", 1).says(&["incomplete", "kept.csv"]);
    assert_eq!(desk.read("kept.csv"), "kept");
    desk.nam("compare last-week.jsonl cut.jsonl --out kept.csv --force", 3);
    assert!(desk.read("kept.csv").contains("Incomplete"));
    desk.nam(&format!("{WEEK} --out kept.csv --no-clobber"), 1).says(&["exists already"]);
    desk.nam(&format!("{WEEK} --out kept.csv"), 0);
    assert!(!desk.read("kept.csv").contains("Incomplete"));
}

#[test]
fn a_mailbox_that_could_not_be_judged_hides_nothing_else() {
    let desk = Desk::new();
    // Ada's list is cut off, in both states; nothing else is amiss.
    for week in ["last-week.jsonl", "today.jsonl"] {
        let text = desk.read(week);
        let ada = text.lines().find(|line| line.contains("Ada Unver")).unwrap();
        let cut = ada.replace(r#""AuditOwner":["ApplyRecord""#, r#""AuditOwner":["ApplyRecord...""#);
        assert_ne!(ada, cut);
        desk.write(week, text.replace(ada, &cut));
    }
    desk.nam("report last-week.jsonl --out old.json --quiet", 3);
    desk.nam("report today.jsonl --out new.json --quiet", 3);
    for pair in ["last-week.jsonl today.jsonl", "old.json new.json", "old.json today.jsonl"] {
        let run = desk.nam(&format!("compare {pair} --format csv --quiet"), 3);
        run.says(&["ada@contoso.example", "AuditOwner"]);
        let kinds = kinds(&run.out);
        assert!(kinds.contains(&"MailboxNew Fritz Second".to_owned()), "{pair}: {kinds:?}");
        assert!(kinds.contains(&"MailboxGone Fritz Leaves".to_owned()), "{pair}: {kinds:?}");
        assert!(!kinds.iter().any(|kind| kind.contains("Ada")), "unknown in both: {kinds:?}");
    }
}

#[test]
fn reports_that_hold_only_a_part_are_no_states() {
    let desk = Desk::new();
    let question = "--baseline Default --quiet";
    desk.nam(&format!("report last-week.jsonl --only-gaps --out part.json {question}"), 0);
    desk.nam("compare part.json today.jsonl", 3).says(&["part.json", "--only-gaps"]);
    desk.nam(&format!("report last-week.jsonl --expand --out rows.json {question}"), 0);
    desk.nam("compare rows.json today.jsonl", 1).says(&["rows.json", "--expand"]);
    desk.nam(&format!("{WEEK} --out changes.ndjson --quiet"), 0);
    desk.nam("compare changes.ndjson today.jsonl", 1).says(&["changes.ndjson", "comparison"]);
    desk.nam("report changes.ndjson", 1).says(&["changes.ndjson", "comparison"]);
    desk.nam(&format!("report last-week.jsonl --out newer.json {question}"), 0);
    desk.write("newer.json", desk.read("newer.json").replace("\"SchemaVersion\":1", "\"SchemaVersion\":2"));
    desk.nam("compare newer.json today.jsonl", 1).says(&["newer.json", "schema 2"]);
}

#[test]
fn names_in_the_csv_are_harmless_to_open() {
    let desk = Desk::new();
    desk.write("evil.jsonl", desk.read("today.jsonl").replace("Fritz Second", "=cmd|calc"));
    let run = desk.nam("compare last-week.jsonl evil.jsonl --format csv --quiet", 0);
    assert!(run.out.contains(",'=cmd|calc,"), "{}", run.out);
}

// ---- A folder of earlier reports

#[test]
fn a_folder_of_reports_is_a_trend_and_what_is_no_report_is_told() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("history/older")).unwrap();
    desk.nam("report today.jsonl --out history/b.json --quiet", 0);
    desk.nam("report mailboxes.json --baseline Cis7 --out history/c.ndjson --quiet", 0);
    desk.nam("report last-week.jsonl --out history/a.json --quiet", 0);
    desk.nam("report minimum-only.json --out history/d.json --quiet", 3);
    let dated = |name: &str, time: &str| {
        desk.write(name, desk.read(name).replace("2026-11-23T09:00:00Z", time));
        assert!(desk.read(name).contains(time), "{name} is of another time");
    };
    dated("history/a.json", "2026-11-17T22:00:00Z");
    dated("history/b.json", "2026-11-24T22:00:00Z");
    // Earlier than the one above, though not as a text.
    dated("history/c.ndjson", "2026-11-25T01:00:00+14:00");
    desk.write("history/.d.json.partial", "{").write("history/report.csv", desk.read("joined-lists.csv"));
    desk.write("history/saved.jsonl", desk.read("today.jsonl")).write("history/empty.json", "");
    let whole = desk.read("history/a.json");
    desk.write("history/cut.json", &whole[..whole.len() / 2]);
    desk.write("history/newer.json", whole.replace("\"SchemaVersion\":1", "\"SchemaVersion\":2"));
    desk.write("history/undated.json", whole.replace("2026-11-17T22:00:00Z", "last week"));

    let trend = non_audited_mailbox::app::read_history(&desk.path("history")).unwrap();
    let files: Vec<_> = trend.points.iter().map(|point| point.file.as_str()).collect();
    assert_eq!(files, ["a.json", "d.json", "c.ndjson", "b.json"]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&trend).unwrap());
}

#[test]
fn a_point_of_a_trend_is_read_without_the_mailboxes_wherever_the_summary_stands() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("history")).unwrap();
    desk.nam("report mailboxes.json --bypass bypass.json --out history/a.json --quiet", 0);
    let report = desk.read("history/a.json");
    let point = || non_audited_mailbox::app::read_history(&desk.path("history")).unwrap().points;
    let expected = point();
    assert_eq!((expected[0].mailboxes, expected[0].bypassed_accounts), (60, Some(5)));
    // Nothing of the mailboxes is looked at: what stands there may be broken.
    let middle = report.find("UserMailbox").unwrap();
    desk.write("history/a.json", [&report[..middle], "\"\"\"", &report[middle..]].concat());
    assert_eq!(point(), expected);
    // Formatted anew: read as a whole.
    desk.write("history/a.json", report.replace("\":", "\" :\n  ").replace("\n\"Summary", "\"Summary"));
    assert_eq!(point(), expected);
    // A summary that is longer than what is read of the end first.
    let accounts: Vec<_> =
        (0..9000).map(|id| format!(r#"{{"Name":"svc-{id:06}","Guid":"{}"}}"#, Uuid::from_u128(id))).collect();
    let (before, after) = report.split_once("\"BypassedAccounts\":[").unwrap();
    let after = &after[after.find(']').unwrap()..];
    desk.write("history/a.json", format!("{before}\"BypassedAccounts\":[{}{after}", accounts.join(",")));
    assert_eq!(point()[0].bypassed_accounts, Some(9000));
}
