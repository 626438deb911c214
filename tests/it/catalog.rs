//! The catalogue against what Microsoft and others publish, written down here once more by hand.

use std::collections::BTreeSet;

use non_audited_mailbox::domain::action::LogonType;
use non_audited_mailbox::domain::baseline::Baseline;
use non_audited_mailbox::domain::catalog::{Catalog, CatalogError, Platform, Status};
use serde_json::{Value, json};

use crate::support::*;

/// The names that the server itself accepts, from its error text of 2025: 26 of 2020 and four new ones.
const SERVER_NAMES: &str = "None Update Copy Move MoveToDeletedItems SoftDelete HardDelete FolderBind SendAs \
    SendOnBehalf MessageBind Create MailboxLogin UpdateFolderPermissions AddFolderPermissions \
    ModifyFolderPermissions RemoveFolderPermissions UpdateInboxRules UpdateCalendarDelegation RecordDelete \
    ApplyRecord MailItemsAccessed Default UpdateComplianceTag Send SearchQueryInitiated AttachmentAccess \
    PriorityCleanupDelete ApplyPriorityCleanup PreservedMailItemProactively";

const NEW_OF_2024: [&str; 4] =
    ["AttachmentAccess", "PriorityCleanupDelete", "ApplyPriorityCleanup", "PreservedMailItemProactively"];

/// D default, A can be audited, R retired, ? not settled, - not available; for Admin, Delegate, Owner.
///
/// From <https://learn.microsoft.com/purview/audit-mailboxes>, but for these: MessageBind is rejected since
/// 2019 (OfficeDocs-o365seccomp issue 286), UpdateComplianceTag is in the page's table of 2021 alone, the
/// four of 2024 are in no table, None and Default are no actions (Set-Mailbox).
const ONLINE: &str = "
    ApplyRecord                  D D D
    Copy                         A - -
    Create                       D D A
    FolderBind                   A A -
    HardDelete                   D D D
    MailboxLogin                 - - A
    MailItemsAccessed            D D D
    MessageBind                  R - -
    Move                         A A A
    MoveToDeletedItems           D D D
    RecordDelete                 A A A
    SearchQueryInitiated         - - A
    Send                         D - D
    SendAs                       D D -
    SendOnBehalf                 D D -
    SoftDelete                   D D D
    Update                       D D D
    UpdateCalendarDelegation     D - D
    UpdateFolderPermissions      D D D
    UpdateInboxRules             D D D
    UpdateComplianceTag          A A A
    AddFolderPermissions         - - -
    ModifyFolderPermissions      - - -
    RemoveFolderPermissions      - - -
    AttachmentAccess             ? ? ?
    PriorityCleanupDelete        ? ? ?
    ApplyPriorityCleanup         ? ? ?
    PreservedMailItemProactively ? ? ?
    None                         - - -
    Default                      - - -
";

/// From the same page, the table of Microsoft 365 groups.
const GROUP_TABLE: &str = "
    Create             D D -
    HardDelete         D D D
    MoveToDeletedItems D D D
    SendAs             D D -
    SendOnBehalf       D D -
    SoftDelete         D D D
    Update             D D D
";

/// From "Mailbox audit logging in Exchange Server"; what Set-Mailbox alone gives to 2019 is not settled.
const SERVER: &str = "
    Copy                     A - -
    Create                   D D A
    FolderBind               D A -
    HardDelete               D D A
    MailboxLogin             - - A
    MessageBind              A - -
    Move                     D A A
    MoveToDeletedItems       D A A
    SendAs                   D D -
    SendOnBehalf             D A -
    SoftDelete               D D A
    Update                   D D A
    UpdateCalendarDelegation ? - -
    UpdateFolderPermissions  ? ? -
    UpdateInboxRules         ? ? -
";

fn status(mark: &str) -> Status {
    match mark {
        "D" => Status::Default,
        "A" => Status::Optional,
        "R" => Status::Retired,
        "?" => Status::Unsettled,
        "-" => Status::NotAvailable,
        _ => panic!("no such mark: {mark}"),
    }
}

/// Row by row, and every action without a row must be not available.
fn assert_table(platform: Platform, table: &str, rows: usize) {
    let mut named = BTreeSet::new();
    for row in table.lines().filter(|row| !row.trim().is_empty()) {
        let cells: Vec<_> = row.split_whitespace().collect();
        let action = catalog().actions().iter().find(|action| action.name == cells[0]);
        let action = action.unwrap_or_else(|| panic!("{} is not in the catalogue", cells[0]));
        for (logon, mark) in LogonType::ALL.into_iter().zip(&cells[1..]) {
            assert_eq!(action.status(platform, logon), status(mark), "{} for {}", cells[0], logon.name());
        }
        assert!(cells.len() == 4 && named.insert(cells[0]), "{row}");
    }
    assert_eq!(named.len(), rows);
    for action in catalog().actions().iter().filter(|action| !named.contains(action.name.as_str())) {
        for logon in LogonType::ALL {
            assert_eq!(action.status(platform, logon), Status::NotAvailable, "{}", action.name);
        }
    }
}

#[test]
fn exchange_online_has_microsofts_table() {
    assert_table(Platform::ExchangeOnline, ONLINE, 30);
}

#[test]
fn group_mailboxes_have_their_own_table() {
    assert_table(Platform::GroupMailbox, GROUP_TABLE, 7);
}

#[test]
fn exchange_server_has_its_own_table() {
    assert_table(Platform::ExchangeServer, SERVER, 15);
}

#[test]
fn the_baselines_have_the_published_counts_and_names() {
    let cis7 = Baseline::from_name(catalog(), "Cis7").unwrap();
    let join = |left: Names, right: Names| [0, 1, 2].map(|at| format!("{} {}", left[at], right[at]));
    let cases = [
        (Baseline::All, Platform::ExchangeOnline, [18, 15, 16], join(DEFAULTS, OPTIONAL)),
        (Baseline::Default, Platform::ExchangeOnline, [13, 11, 10], join(DEFAULTS, ["", "", ""])),
        (cis7, Platform::ExchangeOnline, [16, 13, 13], join(DEFAULTS, CIS7_EXTRA)),
        (Baseline::All, Platform::GroupMailbox, [7, 7, 4], join(GROUP, ["", "", ""])),
        (Baseline::Default, Platform::GroupMailbox, [7, 7, 4], join(GROUP, ["", "", ""])),
        (Baseline::All, Platform::ExchangeServer, [11, 9, 7], join(SERVER_ALL, ["", "", ""])),
        (Baseline::Default, Platform::ExchangeServer, [9, 5, 0], join(SERVER_DEFAULTS, ["", "", ""])),
    ];
    for (baseline, platform, counts, names) in cases {
        for logon in LogonType::ALL {
            let what = format!("{} on {} for {}", baseline.name(), platform.name(), logon.name());
            let wanted = baseline.wanted(catalog(), platform, logon);
            assert_eq!(wanted.len(), counts[logon as usize], "{what}");
            assert_eq!(wanted, set(&names[logon as usize]), "{what}");
        }
    }
}

// Seven actions for groups, twelve on Exchange Server, over all logon types.
#[test]
fn groups_have_seven_actions_and_exchange_server_twelve() {
    for (platform, count) in [(Platform::GroupMailbox, 7), (Platform::ExchangeServer, 12)] {
        let available = LogonType::ALL.map(|logon| catalog().available(platform, logon));
        assert_eq!((available[0] | available[1] | available[2]).len(), count, "{}", platform.name());
    }
}

#[test]
fn all_thirty_names_of_the_servers_own_list_are_in_it_and_no_other() {
    let expected: BTreeSet<_> = SERVER_NAMES.split_whitespace().collect();
    let found: BTreeSet<_> = catalog().actions().iter().map(|action| action.name.as_str()).collect();
    assert_eq!(expected.len(), 30);
    assert_eq!(found, expected);
}

#[test]
fn the_four_of_2024_are_unsettled_and_in_no_published_baseline() {
    for name in NEW_OF_2024 {
        let id = catalog().find(name).unwrap();
        for logon in LogonType::ALL {
            assert!(catalog().unsettled(Platform::ExchangeOnline, logon).contains(id), "{name}");
            for known in Baseline::names(catalog()) {
                let baseline = Baseline::from_name(catalog(), known).unwrap();
                let wanted = baseline.wanted(catalog(), Platform::ExchangeOnline, logon);
                assert!(!wanted.contains(id), "{known} asks for {name}");
            }
        }
    }
}

// Operations of the unified audit log, and a typing error of a widely used script: Set-Mailbox rejects all of
// them (Office365itpros issue 120).
#[test]
fn names_that_set_mailbox_rejects_are_not_in_it() {
    for name in
        ["SearchQueryInitiatedExchange", "ApplyRecordLabel", "PriorityCleanupTagApplied", "MailItemAccessed"]
    {
        assert_eq!(catalog().find(name), None, "{name}");
    }
}

// The parser of Exchange compares without case.
#[test]
fn names_are_found_without_case() {
    let id = catalog().find("HardDelete");
    assert!(id.is_some());
    assert_eq!(catalog().find("harddelete"), id);
    assert_eq!(catalog().find("HARDDELETE"), id);
    assert_eq!(catalog().find("Hard Delete"), None);
}

// Microsoft's page of 2023 names these three for E5 alone.
#[test]
fn three_actions_depend_on_the_licence_in_the_cloud_and_none_elsewhere() {
    let expected = set("MailItemsAccessed Send SearchQueryInitiated");
    assert_eq!(catalog().licence_bound(Platform::ExchangeOnline), expected);
    assert!(catalog().licence_bound(Platform::GroupMailbox).is_empty());
    assert!(catalog().licence_bound(Platform::ExchangeServer).is_empty());
}

#[test]
fn every_entry_has_a_source_with_a_title() {
    let mut entries = 0;
    for action in catalog().actions() {
        assert!(!action.summary.is_empty(), "{}", action.name);
        for entry in Platform::ALL.into_iter().filter_map(|platform| action.entry(platform)) {
            entries += 1;
            assert!(!entry.sources.is_empty(), "{}", action.name);
            for key in &entry.sources {
                assert!(catalog().sources().get(key).is_some_and(|source| !source.title.is_empty()), "{key}");
            }
        }
    }
    assert!(entries >= 30 + 7 + 12, "{entries}");
    for source in catalog().sources().values() {
        assert!(source.url.as_ref().is_none_or(|url| url.starts_with("https://")), "{}", source.title);
    }
}

#[test]
fn the_file_that_it_writes_is_a_catalogue_with_the_same_content() {
    let again = Catalog::from_json(catalog().to_json().as_bytes()).unwrap();
    assert_eq!(again.to_json(), catalog().to_json());
    assert_eq!(again.date(), catalog().date());
    for logon in LogonType::ALL {
        let defaults = |catalog: &Catalog| catalog.defaults(Platform::ExchangeOnline, logon);
        assert_eq!(defaults(&again), defaults(catalog()));
    }
}

/// The crate's own file, changed in one place.
fn changed(change: impl FnOnce(&mut Value)) -> Result<Catalog, CatalogError> {
    let mut file: Value = serde_json::from_str(&catalog().to_json()).unwrap();
    change(&mut file);
    Catalog::from_json(file.to_string().as_bytes())
}

fn extra_action(name: &str) -> Value {
    let status = "optional";
    let entry =
        json!({"admin": status, "delegate": status, "owner": status, "since": "2027", "sources": ["CIS7"]});
    json!({"name": name, "summary": "Something new.", "exchangeOnline": entry})
}

fn push_actions(file: &mut Value, actions: impl IntoIterator<Item = Value>) {
    file["actions"].as_array_mut().unwrap().extend(actions);
}

#[test]
fn a_newer_file_may_add_an_action_and_settle_another() {
    let newer = changed(|file| {
        file["date"] = json!("2027-01-31");
        push_actions(file, [extra_action("TeleportItem")]);
        let actions = file["actions"].as_array_mut().unwrap();
        let attachment = actions.iter_mut().find(|action| action["name"] == "AttachmentAccess").unwrap();
        attachment["exchangeOnline"]["owner"] = json!("default");
    })
    .unwrap();
    let wanted = Baseline::All.wanted(&newer, Platform::ExchangeOnline, LogonType::Owner);
    assert_eq!(wanted.len(), 16 + 2);
    assert!(wanted.contains(newer.find("teleportitem").unwrap()));
    assert!(wanted.contains(newer.find("AttachmentAccess").unwrap()));
}

#[test]
fn as_many_actions_as_a_set_can_hold_are_accepted_and_one_more_is_refused() {
    let with = |total: usize| {
        let extra = (catalog().actions().len()..total).map(|number| extra_action(&format!("Extra{number}")));
        changed(|file| push_actions(file, extra))
    };
    let full = with(64).unwrap();
    assert_eq!(full.actions().len(), 64);
    let last = full.find("Extra63").unwrap();
    assert!(full.available(Platform::ExchangeOnline, LogonType::Owner).contains(last));
    assert!(matches!(with(65), Err(CatalogError::Invalid(text)) if text.contains("64")));
}

#[test]
fn another_schema_is_refused_as_such_whatever_else_the_file_holds() {
    assert!(matches!(changed(|file| file["schema"] = json!(2)), Err(CatalogError::Schema(2))));
    assert!(matches!(changed(|file| file["schema"] = json!(0)), Err(CatalogError::Schema(0))));
    assert!(matches!(Catalog::from_json(br#"{"schema": 7, "verbs": {}}"#), Err(CatalogError::Schema(7))));
    assert!(matches!(changed(|file| file["schema"] = json!("1")), Err(CatalogError::Shape(_))));
}

#[test]
fn what_is_no_catalogue_file_is_refused_and_the_message_says_how_to_get_one() {
    for text in ["", "schema: 1", "{", "[]", "{}", "null", r#"{"schema": 1}"#] {
        let error = Catalog::from_json(text.as_bytes()).unwrap_err();
        assert!(matches!(error, CatalogError::Shape(_)), "{text:?}");
        assert!(error.to_string().contains("nam catalog"), "{error}");
    }
}

/// A way to spoil a file.
type Spoil = fn(&mut Value);

#[test]
fn a_file_that_does_not_hold_together_is_refused_with_the_place() {
    let cases: [(&str, &str, Spoil); 14] = [
        ("same name", "HARDDELETE", |file| push_actions(file, [extra_action("HARDDELETE")])),
        ("no name", "no name", |file| push_actions(file, [extra_action("Hard Delete")])),
        ("empty name", "no name", |file| push_actions(file, [extra_action("")])),
        ("unknown source", "hearsay", |file| {
            file["actions"][0]["exchangeOnline"]["sources"] = json!(["hearsay"])
        }),
        ("no source", "no source", |file| file["actions"][0]["exchangeOnline"]["sources"] = json!([])),
        ("no such day", "2026-02-30", |file| file["date"] = json!("2026-02-30")),
        ("German date", "31.08.2026", |file| file["date"] = json!("31.08.2026")),
        ("no date", "YYYY-MM-DD", |file| file["date"] = json!("")),
        ("baseline, unknown action", "HardDeleet", |file| {
            file["baselines"][0]["admin"][0] = json!("HardDeleet");
        }),
        ("baseline, not for owners", "Copy", |file| file["baselines"][0]["owner"][0] = json!("Copy")),
        ("baseline, pseudo-value", "None", |file| file["baselines"][0]["admin"][0] = json!("None")),
        ("baseline, unknown source", "hearsay", |file| file["baselines"][0]["source"] = json!("hearsay")),
        ("baseline, taken name", "ALL", |file| file["baselines"][0]["name"] = json!("ALL")),
        ("no actions", "no action", |file| {
            file["actions"] = json!([]);
            file["baselines"] = json!([]);
        }),
    ];
    for (case, place, spoil) in cases {
        match changed(spoil) {
            Err(CatalogError::Invalid(text)) => assert!(text.contains(place), "{case}: {text}"),
            other => panic!("{case}: {other:?}"),
        }
    }
}

#[test]
fn a_baseline_that_stands_in_the_file_twice_is_refused() {
    let twice = changed(|file| {
        let mut again = file["baselines"][0].clone();
        again["name"] = json!("CIS7");
        file["baselines"].as_array_mut().unwrap().push(again);
    });
    assert!(matches!(twice, Err(CatalogError::Invalid(_))));
}

// The message says YYYY-MM-DD, and reports sort and compare by it.
#[test]
fn a_date_in_another_notation_is_refused() {
    let notations = ["20260831", "2026-08-31T00:00:00", "2026-8-31", "+002026-08-31", "2026-W36-1", "2026"];
    let accepted: Vec<_> =
        notations.into_iter().filter(|date| changed(|file| file["date"] = json!(date)).is_ok()).collect();
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
}

#[test]
fn unknown_fields_and_statuses_are_refused() {
    let cases: [(&str, Spoil); 6] = [
        ("in the file", |file| file["version"] = json!(1)),
        ("in an action", |file| file["actions"][0]["exchangeonline"] = json!(null)),
        ("in an entry", |file| file["actions"][0]["exchangeOnline"]["license"] = json!("E5")),
        ("in a source", |file| file["sources"]["CIS7"]["link"] = json!("")),
        ("in a baseline", |file| file["baselines"][0]["Admin"] = json!([])),
        ("a status", |file| file["actions"][0]["exchangeOnline"]["admin"] = json!("sometimes")),
    ];
    for (case, spoil) in cases {
        assert!(matches!(changed(spoil), Err(CatalogError::Shape(_))), "{case}");
    }
}
