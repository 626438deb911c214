//! Baselines by name and from files, and the part of them that is asked about.

use enumset::EnumSet;
use non_audited_mailbox::domain::action::LogonType;
use non_audited_mailbox::domain::baseline::{Baseline, BaselineError, Scope};
use non_audited_mailbox::domain::catalog::{NameError, Platform};
use non_audited_mailbox::domain::mailbox::PlatformChoice;
use non_audited_mailbox::domain::verdict::{Judge, Licence};

use crate::support::*;

fn from_json(json: &str) -> Result<Baseline, BaselineError> {
    Baseline::from_json(catalog(), json.as_bytes(), "mine.json")
}

fn name_error(json: &str) -> (LogonType, NameError) {
    match from_json(json) {
        Err(BaselineError::Name { logon, error }) => (logon, error),
        other => panic!("{json}: {other:?}"),
    }
}

#[test]
fn the_known_names_are_found_without_case() {
    assert_eq!(Baseline::names(catalog()).collect::<Vec<_>>(), ["All", "Default", "Cis7"]);
    for (written, name) in
        [("All", "All"), ("all", "All"), ("DEFAULT", "Default"), ("cis7", "Cis7"), ("CIS7", "Cis7")]
    {
        assert_eq!(Baseline::from_name(catalog(), written).unwrap().name(), name);
    }
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let error = Baseline::from_name(catalog(), "Cis8").unwrap_err();
    assert!(matches!(error, BaselineError::UnknownName { .. }));
    let text = error.to_string();
    for part in ["\"Cis8\"", "All", "Default", "Cis7"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_file_names_actions_for_each_logon_type() {
    let baseline = from_json(
        r#"{"name": "Mine", "admin": ["HardDelete", "copy"], "delegate": ["SendAs"], "owner": [" MailboxLogin "]}"#,
    )
    .unwrap();
    assert_eq!(baseline.name(), "Mine");
    let expected = ["HardDelete Copy", "SendAs", "MailboxLogin"];
    for logon in LogonType::ALL {
        let wanted = baseline.wanted(catalog(), Platform::ExchangeOnline, logon);
        assert_eq!(wanted, set(expected[logon as usize]), "{}", logon.name());
    }
}

// A hashtable @{Admin=..} becomes JSON with capitals.
#[test]
fn the_fields_may_be_written_as_in_powershell() {
    let small = from_json(r#"{"name": "M", "admin": ["Copy"], "delegate": ["SendAs"], "owner": ["Move"]}"#);
    let large = from_json(r#"{"Name": "M", "Admin": ["Copy"], "Delegate": ["SendAs"], "Owner": ["Move"]}"#);
    assert_eq!(small.unwrap(), large.unwrap());
}

#[test]
fn a_file_may_leave_out_its_name_and_logon_types() {
    let baseline = from_json(r#"{"owner": ["HardDelete"]}"#).unwrap();
    assert_eq!(baseline.name(), "mine.json");
    assert!(baseline.wanted(catalog(), Platform::ExchangeOnline, LogonType::Admin).is_empty());
}

#[test]
fn an_unknown_action_is_answered_with_the_nearest_name() {
    for (written, meant) in [
        ("MailItemAccessed", Some("MailItemsAccessed")),
        ("hardelete", Some("HardDelete")),
        ("UpdateInboxRule", Some("UpdateInboxRules")),
        ("SendOnBehalfOf", Some("SendOnBehalf")),
        ("SearchQueryInitiatedExchange", Some("SearchQueryInitiated")),
        ("xyzzy", None),
    ] {
        let (logon, error) = name_error(&format!(r#"{{"owner": ["Update", "{written}"]}}"#));
        assert_eq!(logon, LogonType::Owner);
        let expected = NameError::Unknown { name: written.to_owned(), nearest: meant.map(str::to_owned) };
        assert_eq!(error, expected);
        let text = error.to_string();
        assert!(text.contains(written) && text.contains(meant.unwrap_or("nam catalog")), "{text}");
    }
}

// Microsoft's page: what no platform can audit for a logon type can never be reached.
#[test]
fn an_action_that_cannot_be_audited_for_its_logon_type_is_refused() {
    let cases = [
        (LogonType::Owner, "Copy"),
        (LogonType::Owner, "SendAs"),
        (LogonType::Owner, "MessageBind"),
        (LogonType::Delegate, "Send"),
        (LogonType::Delegate, "SearchQueryInitiated"),
        (LogonType::Delegate, "UpdateCalendarDelegation"),
        (LogonType::Admin, "MailboxLogin"),
        (LogonType::Admin, "None"),
        (LogonType::Admin, "Default"),
        (LogonType::Admin, "AddFolderPermissions"),
    ];
    for (logon, name) in cases {
        let field = logon.name().to_lowercase();
        let found = name_error(&format!(r#"{{"{field}": ["{}"]}}"#, name.to_lowercase()));
        assert_eq!(found, (logon, NameError::NotFor { name: name.to_owned(), logon }));
    }
}

// Exchange Server has it for administrators.
#[test]
fn an_action_of_another_platform_may_be_named() {
    let baseline = from_json(r#"{"admin": ["MessageBind"]}"#).unwrap();
    let wanted = |platform| baseline.wanted(catalog(), platform, LogonType::Admin);
    assert_eq!(wanted(Platform::ExchangeServer), set("MessageBind"));
    assert!(wanted(Platform::ExchangeOnline).is_empty());
    assert!(wanted(Platform::GroupMailbox).is_empty());
}

#[test]
fn a_baseline_without_actions_is_refused() {
    for json in ["{}", r#"{"name": "Mine"}"#, r#"{"admin": [], "delegate": [], "owner": []}"#] {
        assert!(matches!(from_json(json), Err(BaselineError::Empty)), "{json}");
    }
}

#[test]
fn a_file_of_another_shape_is_refused_and_the_message_shows_one() {
    for json in [
        "",
        "admin",
        "[]",
        r#"{"admin": "HardDelete"}"#,
        r#"{"admin": [32]}"#,
        r#"{"admin": ["HardDelete"], "owners": ["Move"]}"#,
        r#"{"admin": ["HardDelete"], "Admin": ["Move"]}"#,
        r#"{"admin": ["HardDelete"]} and more"#,
    ] {
        let error = from_json(json).unwrap_err();
        assert!(matches!(error, BaselineError::Shape(_)), "{json}");
        assert!(error.to_string().contains(r#""admin": ["HardDelete"]"#), "{error}");
    }
}

// A file is an object; an array whose places happen to fit would ask for something that nobody wrote.
#[test]
fn an_array_is_no_baseline_file() {
    for json in [r#"["HardDelete"]"#, r#"["Mine", ["HardDelete"], [], []]"#] {
        let found = from_json(json);
        assert!(matches!(found, Err(BaselineError::Shape(_))), "{json}: {found:?}");
    }
}

#[test]
fn a_scope_takes_names_and_patterns_without_case() {
    let none: [LogonType; 0] = [];
    for (patterns, expected) in [
        (&["harddelete"][..], "HardDelete"),
        (
            &["update*"],
            "Update UpdateCalendarDelegation UpdateComplianceTag UpdateFolderPermissions UpdateInboxRules",
        ),
        (
            &["*FolderPermissions"],
            "UpdateFolderPermissions AddFolderPermissions ModifyFolderPermissions RemoveFolderPermissions",
        ),
        (&["Send??"], "SendAs"),
        (&["*bind", "Copy", "COPY"], "FolderBind MessageBind Copy"),
    ] {
        let scope = Scope::narrow(catalog(), none, patterns).unwrap();
        assert_eq!(catalog().join(scope.actions, " "), catalog().join(set(expected), " "), "{patterns:?}");
        assert_eq!(scope.logon_types, EnumSet::all());
    }
}

#[test]
fn a_scope_that_names_nothing_is_the_whole_baseline() {
    assert_eq!(Scope::narrow::<&str>(catalog(), [], &[]).unwrap(), Scope::WHOLE);
    let scope = Scope::narrow::<&str>(catalog(), [LogonType::Owner, LogonType::Owner], &[]).unwrap();
    assert_eq!(scope.logon_types, EnumSet::only(LogonType::Owner));
    assert_eq!(scope.actions, Scope::WHOLE.actions);
}

#[test]
fn a_pattern_that_matches_nothing_is_refused() {
    for (pattern, part) in [("Zap*", "Zap*"), ("MailItemAccessed", "MailItemsAccessed"), ("", "nam catalog")]
    {
        let error = Scope::narrow(catalog(), [], &["HardDelete", pattern]).unwrap_err();
        assert!(
            matches!(&error, BaselineError::Pattern(text) if text.contains(part)),
            "{pattern:?}: {error}"
        );
    }
}

#[test]
fn a_question_about_nothing_is_refused() {
    let cis7 = || Baseline::from_name(catalog(), "Cis7").unwrap();
    let cases = [
        // Unsettled: no baseline but one's own asks for it.
        (Baseline::All, vec![], "AttachmentAccess"),
        (Baseline::All, vec![LogonType::Owner], "Copy"),
        (Baseline::All, vec![], "AddFolderPermissions"),
        (Baseline::Default, vec![], "MailboxLogin"),
        (cis7(), vec![LogonType::Owner], "SearchQueryInitiated"),
    ];
    for (baseline, logon_types, action) in cases {
        let name = baseline.name().to_owned();
        let scope = Scope::narrow(catalog(), logon_types, &[action]).unwrap();
        let judge = Judge::new(catalog(), baseline, scope, Licence::Unknown, PlatformChoice::Auto);
        assert!(
            matches!(&judge, Err(BaselineError::NothingAsked { baseline }) if *baseline == name),
            "{name}, {action}"
        );
    }
}

// MessageBind can be audited on Exchange Server alone, and one cannot know before which mailboxes will come.
#[test]
fn a_question_about_one_platform_is_not_about_nothing() {
    let scope = Scope::narrow(catalog(), [], &["MessageBind"]).unwrap();
    let judge = Judge::new(catalog(), Baseline::All, scope, Licence::Unknown, PlatformChoice::Auto).unwrap();
    assert_eq!(judge.wanted(Platform::ExchangeServer).admin, set("MessageBind"));
    assert!(judge.wanted(Platform::ExchangeOnline).is_empty());
}
