//! Saved exports: what the readers understand, what they refuse, and where they say that it stands.
//!
//! The shapes are those of AUDITING.md, section 4; all data is invented.

use std::fs;
use std::io::{self, Read};
use std::ops::ControlFlow;

use enumset::EnumSet;
use non_audited_mailbox::domain::action::{LogonType, PerLogonType};
use non_audited_mailbox::domain::list::{ActionList, Fault, Property};
use non_audited_mailbox::domain::mailbox::Mailbox;
use non_audited_mailbox::domain::verdict::AuditState;
use non_audited_mailbox::input::{self, Content, ReadError, ReadErrorKind, RecordKind, Source};

use crate::cli::data;
use crate::support::*;

// ---- What was read, to be looked at

/// An item that outlives the reading.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) line: Option<u64>,
    pub(crate) record: u64,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    Record(RecordKind, Box<Mailbox<'static>>),
    NotAnObject(String),
    Incomplete,
}

/// All that a reader handed on, and how it ended.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) items: Vec<Seen>,
    pub(crate) end: Result<(), ReadError>,
}

impl Found {
    pub(crate) fn mailboxes(&self) -> Vec<&Mailbox<'static>> {
        let mailbox = |seen| match seen {
            &Seen { what: What::Record(RecordKind::Mailbox, ref mailbox), .. } => Some(&**mailbox),
            _ => None,
        };
        self.items.iter().filter_map(mailbox).collect()
    }

    /// Each item in a word: a mailbox by its name, anything else by what it is.
    fn told(&self) -> Vec<String> {
        let tell = |seen: &Seen| match &seen.what {
            What::Record(RecordKind::Mailbox, mailbox) => mailbox.display_name.to_string(),
            What::Record(kind, _) => format!("{kind:?}"),
            What::NotAnObject(text) => format!("not: {text}"),
            What::Incomplete => "incomplete".to_owned(),
        };
        self.items.iter().map(tell).collect()
    }

    /// How it ended, in a word.
    fn ended(&self) -> &'static str {
        match &self.end {
            Ok(()) => "complete",
            Err(error) => match error.kind {
                ReadErrorKind::Io(_) => "io",
                ReadErrorKind::Empty => "empty",
                ReadErrorKind::Html => "html",
                ReadErrorKind::FormatList => "format list",
                ReadErrorKind::UnknownFormat => "unknown",
                ReadErrorKind::Truncated => "truncated",
                ReadErrorKind::TooLarge => "too large",
                ReadErrorKind::Malformed(_) => "malformed",
                ReadErrorKind::NotUtf8 => "not UTF-8",
            },
        }
    }
}

/// The mailbox with texts of its own.
fn owned(mailbox: Mailbox<'_>) -> Mailbox<'static> {
    Mailbox {
        display_name: mailbox.display_name.into_owned().into(),
        user_principal_name: mailbox.user_principal_name.into_owned().into(),
        primary_smtp_address: mailbox.primary_smtp_address.into_owned().into(),
        identity: mailbox.identity.into_owned().into(),
        distinguished_name: mailbox.distinguished_name.into_owned().into(),
        recipient_type: mailbox.recipient_type.into_owned().into(),
        guid: mailbox.guid,
        exchange_object_id: mailbox.exchange_object_id,
        admin_display_version: mailbox.admin_display_version.into_owned().into(),
        known_platform: mailbox.known_platform,
        known_organization: mailbox.known_organization,
        audit_enabled: mailbox.audit_enabled,
        lists: mailbox.lists,
        default_audit_set: mailbox.default_audit_set,
        audit_log_age_limit: mailbox.audit_log_age_limit.into_owned().into(),
        audit_bypass_enabled: mailbox.audit_bypass_enabled,
    }
}

pub(crate) fn read_from(reader: impl Read) -> Found {
    let mut items = Vec::new();
    let end = input::read(Source::new(reader), catalog(), &mut |item| {
        let what = match item.content {
            Content::Record(record) => What::Record(record.kind(), Box::new(owned(record.into_mailbox()))),
            Content::NotAnObject(text) => What::NotAnObject(text),
            Content::Incomplete(_) => What::Incomplete,
        };
        items.push(Seen { line: item.line, record: item.record, what });
        ControlFlow::Continue(())
    });
    Found { items, end }
}

pub(crate) fn read(content: impl AsRef<[u8]>) -> Found {
    read_from(content.as_ref())
}

pub(crate) fn sample(name: &str) -> Vec<u8> {
    fs::read(data().join(name)).unwrap()
}

/// The only mailbox of a file that is whole.
#[track_caller]
fn single(content: impl AsRef<[u8]>) -> Mailbox<'static> {
    let content = content.as_ref();
    let found = read(content);
    assert!(found.end.is_ok(), "{}: {:?}", String::from_utf8_lossy(content), found.end);
    assert_eq!(found.items.len(), 1, "{}", String::from_utf8_lossy(content));
    found.mailboxes().first().map(|mailbox| (*mailbox).clone()).expect("a mailbox")
}

/// A list by its names, or what is wrong with it.
fn told(list: &Property<ActionList>) -> String {
    let list = match list {
        Property::Known(list) => list,
        Property::Absent => return "absent".to_owned(),
        Property::Refused(fault) => return refused(fault),
    };
    let names = catalog().names(list.actions).chain(list.unrecognized.iter().map(|name| &**name));
    names.collect::<Vec<_>>().join(" ")
}

fn refused(fault: &Fault) -> String {
    let kind = match fault {
        Fault::Missing => "missing",
        Fault::Truncated => "truncated",
        Fault::TypeName(_) => "type name",
        Fault::Number(_) => "number",
        Fault::Shape(_) => "shape",
        Fault::Twice => "twice",
        Fault::LostReference(_) => "lost reference",
    };
    format!("refused: {kind}")
}

/// A switch as it was read.
fn told_switch(switch: &Property<bool>) -> String {
    match switch {
        Property::Known(value) => value.to_string(),
        Property::Absent => "absent".to_owned(),
        Property::Refused(fault) => refused(fault),
    }
}

/// Managed logon types as they were read.
fn told_types(types: &Property<EnumSet<LogonType>>) -> String {
    match types {
        Property::Known(types) => types.iter().map(LogonType::name).collect::<Vec<_>>().join(" "),
        Property::Absent => "absent".to_owned(),
        Property::Refused(fault) => refused(fault),
    }
}

// ---- JSON: properties

/// The mailbox with that `AuditOwner`.
fn json_owner(value: &str) -> Mailbox<'static> {
    single(format!("{{\"RecipientTypeDetails\": \"UserMailbox\", \"AuditOwner\": {value}, \"Id\": \"ada\"}}"))
}

#[test]
fn json_lists_come_in_many_shapes() {
    let cases = [
        (r#"["Copy", "Update"]"#, "Copy Update"),
        (r#"[ ]"#, ""),
        (r#""Copy,Update""#, "Copy Update"),
        (r#""Copy, Update""#, "Copy Update"),
        (r#""Copy;Update""#, "Copy Update"),
        (r#""Copy Update""#, "Copy Update"),
        (r#""Copy\nUpdate\n""#, "Copy Update"),
        (r#""Copy\r\nUpdate""#, "Copy Update"),
        (r#""Copy\tUpdate""#, "Copy Update"),
        (r#""{Copy, Update}""#, "Copy Update"),
        (r#""Update""#, "Update"),
        (r#""{}""#, ""),
        // Flags print joined; escapes hide nothing.
        (r#"["Copy, Update"]"#, "Copy Update"),
        (r#"["\u0055pdate"]"#, "Update"),
        (r#""\u0055pdate""#, "Update"),
        (r#"["Update", "NewAction2027"]"#, "Update NewAction2027"),
        // Windows PowerShell 5.1 wraps lists that went through a pipeline.
        (r#"{"value": ["Copy", "Update"], "Count": 2}"#, "Copy Update"),
        (r#"{"Count": 1, "value": ["Update"]}"#, "Update"),
        (r#"{"value": [], "Count": 0}"#, ""),
        // Null was never read.
        ("null", "absent"),
        (r#"{"value": null, "Count": 0}"#, "absent"),
        // Enumerations that ConvertTo-Json wrote as numbers.
        ("8", "refused: number"),
        ("-1", "refused: number"),
        ("1.5", "refused: number"),
        ("[1, 4, 8]", "refused: number"),
        ("[1.5]", "refused: number"),
        (r#"["Update", 8]"#, "refused: number"),
        (r#"[8, "Update"]"#, "refused: number"),
        (r#""1, 4, 8""#, "refused: number"),
        (r#"{"value": [1, 4], "Count": 2}"#, "refused: number"),
        // Shapes that no export has.
        (r#"[["Update"]]"#, "refused: shape"),
        (r#"["Update", null]"#, "refused: shape"),
        (r#"[null, "Update"]"#, "refused: shape"),
        (r#"[{"Name": "Update"}]"#, "refused: shape"),
        (r#"["Update", true]"#, "refused: shape"),
        (r#"{"Name": "Update"}"#, "refused: shape"),
        ("{}", "refused: shape"),
        ("true", "refused: shape"),
        (r#""+ApplyRecord;-Update""#, "refused: shape"),
        // Lists that lost their names.
        (r#""{Update, Copy, Move...}""#, "refused: truncated"),
        (r#"["Update", "…"]"#, "refused: truncated"),
        (r#""System.Collections.ArrayList""#, "refused: type name"),
        (r#"["System.Object[]"]"#, "refused: type name"),
    ];
    for (value, expected) in cases {
        let mailbox = json_owner(value);
        assert_eq!(told(&mailbox.lists.owner), expected, "{value}");
        assert_eq!(mailbox.identity, "ada", "what follows {value} is read");
    }
}

#[test]
fn json_logon_types_come_in_the_shapes_of_lists() {
    for (value, expected) in [
        (r#"["Admin", "Delegate", "Owner"]"#, "Admin Delegate Owner"),
        (r#""Admin, OWNER""#, "Admin Owner"),
        (r#""Admin\nDelegate\nOwner\n""#, "Admin Delegate Owner"),
        (r#""Delegate""#, "Delegate"),
        (r#"{"value": ["Owner"], "Count": 1}"#, "Owner"),
        ("[]", ""),
        ("null", "absent"),
        ("[0, 1]", "refused: number"),
        ("7", "refused: number"),
        ("false", "refused: shape"),
        (r#"["Admin", null]"#, "refused: shape"),
        (r#""{Admin, Delegate...}""#, "refused: truncated"),
    ] {
        let mailbox = single(format!("{{\"Id\": \"ada\", \"DefaultAuditSet\": {value}}}"));
        assert_eq!(told_types(&mailbox.default_audit_set), expected, "{value}");
    }
}

#[test]
fn json_switches_are_true_false_or_doubtful() {
    for (value, expected) in [
        ("true", "true"),
        ("false", "false"),
        (r#""True""#, "true"),
        (r#"" FALSE ""#, "false"),
        ("null", "absent"),
        (r#""""#, "absent"),
        ("1", "refused: number"),
        (r#""yes""#, "refused: shape"),
        ("[]", "refused: shape"),
        ("[true]", "refused: shape"),
        ("{}", "refused: shape"),
    ] {
        let mailbox = single(format!("{{\"Id\": \"ada\", \"AuditEnabled\": {value}}}"));
        assert_eq!(told_switch(&mailbox.audit_enabled), expected, "{value}");
    }
}

// What ConvertTo-Json makes of the time span of a live object.
#[test]
fn json_time_spans_read_as_exchange_prints_them() {
    for (value, expected) in [
        (r#""90.00:00:00""#, "90.00:00:00"),
        (r#"{"Ticks": 77760000000000, "Days": 90, "TotalDays": 90.0}"#, "90.00:00:00"),
        (r#"{"Days": 1, "Ticks": 937840000000}"#, "1.02:03:04"),
        ("null", ""),
        ("{}", ""),
    ] {
        let mailbox = single(format!("{{\"Id\": \"ada\", \"AuditLogAgeLimit\": {value}}}"));
        assert_eq!(mailbox.audit_log_age_limit, expected, "{value}");
    }
}

#[test]
fn property_names_are_read_in_any_case() {
    let json = r#"{"DISPLAYNAME": "Ada", "auditowner": ["Update"], "AuditByPassEnabled": true,
                   "recipienttypedetails": "UserMailbox"}"#;
    let mailbox = single(json);
    assert_eq!((&*mailbox.display_name, &*mailbox.recipient_type), ("Ada", "UserMailbox"));
    assert_eq!(told(&mailbox.lists.owner), "Update");
    assert_eq!(mailbox.audit_bypass_enabled, Property::Known(true));
    let xml = objects(r#"<S N="displayname">Ada</S><S N="AUDITOWNER">Update</S>"#);
    assert_eq!(told(&single(xml).lists.owner), "Update");
    assert_eq!(told(&single("DisplayName,auditOWNER\nAda,Update\n").lists.owner), "Update");
}

#[test]
fn a_setting_that_stands_twice_is_not_believed() {
    let json = r#"{"AuditOwner": ["Update"], "AuditEnabled": true, "DefaultAuditSet": "Admin",
                   "auditowner": ["Update"], "AUDITENABLED": true, "DefaultAuditSet": []}"#;
    let xml = objects(
        r#"<S N="AuditOwner">Update</S><B N="AuditEnabled">true</B><S N="DefaultAuditSet">Admin</S>
           <S N="auditowner">Update</S><B N="AuditEnabled">true</B><S N="DefaultAuditSet" />"#,
    );
    let csv = "AuditOwner,AuditEnabled,DefaultAuditSet,auditowner,AuditEnabled,DefaultAuditSet\n\
               Update,True,Admin,Update,True,\n";
    for text in [json, &xml, csv] {
        let mailbox = single(text);
        assert_eq!(told(&mailbox.lists.owner), "refused: twice", "{text}");
        assert_eq!(told_switch(&mailbox.audit_enabled), "refused: twice", "{text}");
        assert_eq!(told_types(&mailbox.default_audit_set), "refused: twice", "{text}");
    }
}

// The type decides whether AuditEnabled gates: with one of the two this mailbox is audited, with the other not.
#[test]
fn a_type_that_stands_twice_is_not_believed() {
    for (first, second) in [("UserMailbox", "RoomMailbox"), ("RoomMailbox", "UserMailbox")] {
        let mailbox = single(format!(
            "{{\"RecipientTypeDetails\": \"{first}\", \"recipientTypeDetails\": \"{second}\", \"AuditEnabled\": \
             false, \"AuditAdmin\": [\"Update\"], \"AuditDelegate\": [], \"AuditOwner\": [], \
             \"DefaultAuditSet\": []}}"
        ));
        assert_eq!(defaults().ask(&mailbox).state, AuditState::Unknown, "{first}, then {second}");
    }
}

// ---- JSON: files

#[test]
fn json_files_hold_their_records_in_many_ways() {
    let (ada, bob) = (r#"{"DisplayName": "Ada"}"#, r#"{"DisplayName": "Bob"}"#);
    let cases: Vec<(String, Vec<&str>)> = vec![
        (format!("[{ada}, {bob}]"), vec!["Ada", "Bob"]),
        (ada.to_owned(), vec!["Ada"]),
        (format!("\r\n  {ada}  \r\n"), vec!["Ada"]),
        (format!("{ada}\n{bob}\n"), vec!["Ada", "Bob"]),
        (format!("{ada}{bob}"), vec!["Ada", "Bob"]),
        (format!("[{ada}]\n[{bob}]\n"), vec!["Ada", "Bob"]),
        (format!("[{ada}]{bob}[]"), vec!["Ada", "Bob"]),
        ("[]".to_owned(), vec![]),
        ("[ ]\n[ ]".to_owned(), vec![]),
        // What REST answers.
        (
            format!(r#"{{"@odata.context": "https://contoso.example/m", "value": [{ada}, {bob}]}}"#),
            vec!["Ada", "Bob"],
        ),
        (format!(r#"{{"value": [{ada}], "@odata.context": "x"}}"#), vec!["Ada"]),
        (r#"{"@odata.context": "x", "value": []}"#.to_owned(), vec![]),
        (format!("{{\"value\": [{ada}]}}\n{{\"value\": [{bob}]}}"), vec!["Ada", "Bob"]),
        // A single entity, whose own properties come after the first key.
        (r#"{"@odata.context": "x", "@odata.id": {"a": 1}, "DisplayName": "Ada"}"#.to_owned(), vec!["Ada"]),
        (r##"{"@odata.type": "#Mailbox", "DisplayName": "Ada", "value": ["x"]}"##.to_owned(), vec!["Ada"]),
        // What Windows PowerShell 5.1 makes of a wrapped array.
        (format!(r#"{{"value": [{ada}, {bob}], "Count": 2}}"#), vec!["Ada", "Bob"]),
        (format!(r#"{{"Count": 2, "value": [{ada}, {bob}]}}"#), vec!["Ada", "Bob"]),
        // What is no object is handed on as such.
        (
            format!(r#"[null, 1, "x", [], true, {ada}]"#),
            vec![
                "not: null",
                "not: no object",
                "not: a text",
                "not: a list in a list",
                "not: no object",
                "Ada",
            ],
        ),
    ];
    for (text, expected) in cases {
        let found = read(&text);
        assert_eq!(found.ended(), "complete", "{text}");
        assert_eq!(found.told(), expected, "{text}");
    }
}

// AUDITING.md 4.2 (b2): each property has a sidecar that tells its type.
#[test]
fn json_of_rest_has_sidecars_that_are_passed_over() {
    let mailbox = single(
        r##"{"@odata.context": "https://contoso.example/$metadata#Mailbox", "value": [{
            "@odata.id": "https://contoso.example/Mailbox('ada')",
            "DisplayName": "Ada",
            "RecipientTypeDetails@data.type": "#System.String", "RecipientTypeDetails": "UserMailbox",
            "AuditEnabled@odata.type": "#Boolean", "AuditEnabled": true,
            "AuditOwner@odata.type": "#Collection(String)", "AuditOwner": ["Update", "Copy"],
            "AuditAdmin@odata.type": "#Collection(String)", "AuditAdmin": [],
            "DefaultAuditSet@odata.type": "#Collection(String)", "DefaultAuditSet": ["Admin"],
            "AuditLogAgeLimit": "90.00:00:00"}]}"##,
    );
    assert_eq!(told(&mailbox.lists.owner), "Copy Update");
    assert_eq!(told(&mailbox.lists.admin), "");
    assert_eq!(told(&mailbox.lists.delegate), "absent");
    assert_eq!(told_types(&mailbox.default_audit_set), "Admin");
    assert_eq!(mailbox.audit_enabled, Property::Known(true));
}

#[test]
fn an_answer_that_says_that_there_is_more_is_incomplete() {
    let warning = "There are more results available than are currently displayed. To view them, increase the \
                   value for the ResultSize parameter.";
    let more = format!(r#""@adminapi.warnings": ["{warning}"]"#);
    let cases = [
        (r#""@odata.nextLink": "https://contoso.example/next""#, vec!["incomplete"]),
        (&*more, vec!["incomplete"]),
        (r#""@adminapi.warnings": []"#, vec![]),
        (r#""@adminapi.warnings": ["The object Asc-2X1 is corrupt."]"#, vec![]),
        (r#""@adminapi.errors": ["The operation was throttled."]"#, vec!["incomplete"]),
        (r#""@adminapi.errors": "Throttled""#, vec!["incomplete"]),
        (r#""@adminapi.errors": []"#, vec![]),
        (r#""@adminapi.errors": [ ]"#, vec![]),
        (r#""@adminapi.errors": null"#, vec![]),
        (r#""@odata.count": 2"#, vec![]),
    ];
    for (key, expected) in cases {
        let before = read(format!(r#"{{{key}, "value": [{{"DisplayName": "Ada"}}]}}"#));
        let after = read(format!(r#"{{"value": [{{"DisplayName": "Ada"}}], {key}}}"#));
        for (found, order) in [(before, "before"), (after, "after")] {
            assert_eq!(found.ended(), "complete", "{key}, {order}");
            let mut names = found.told();
            let place = if order == "before" { names.len() - 1 } else { 0 };
            assert_eq!(names.remove(place), "Ada", "{key}, {order}");
            assert_eq!(names, expected, "{key}, {order}");
        }
    }
}

#[test]
fn json_properties_that_do_not_matter_are_passed_over_however_large() {
    let long = "x".repeat(3 << 20);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for value in [format!("\"{long}\""), format!("[{}1]", "1,".repeat(1 << 20)), deep] {
        let json =
            format!(r#"[{{"Id": "ada", "Junk": {value}, "AuditOwner": ["Update"]}}, {{"Id": "bob"}}]"#);
        let found = read(&json);
        assert_eq!(found.ended(), "complete", "{:?}", found.end);
        assert_eq!(found.mailboxes().len(), 2);
        assert_eq!(told(&found.mailboxes()[0].lists.owner), "Update");
    }
}

// The reader's window is 256 KiB.
#[test]
fn records_larger_than_the_window_are_read() {
    let long = "é".repeat(400_000);
    let json = format!("[{{\"Id\": \"ada\"}},\n{{\"DisplayName\": \"{long}\"}},\n{{\"Id\": \"bob\"}}]");
    let found = read(json);
    assert_eq!(found.ended(), "complete");
    assert_eq!(found.mailboxes()[1].display_name, long);
    assert_eq!(found.items.iter().map(|item| item.line).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    // What stands before the records may be as large.
    let json = format!("{{\"@odata.context\": \"{long}\",\n\"value\": [\n{{\"Id\": \"ada\"}}]}}");
    let found = read(json);
    assert_eq!((found.ended(), found.mailboxes().len(), found.items[0].line), ("complete", 1, Some(3)));
}

#[test]
fn a_json_record_larger_than_any_mailbox_is_refused() {
    // Endless, but only as far as it is asked for.
    let endless = b"[{\"Id\": \"ada\"}, {\"Junk\": \"".chain(io::repeat(b'x'));
    let found = read_from(endless);
    assert_eq!((found.ended(), found.mailboxes().len()), ("too large", 1));
}

#[test]
fn lines_and_numbers_of_json_records_are_told() {
    let json =
        "\n[\n  {\"Id\": \"a\"},\n  {\n    \"Id\": \"b\"\n  },\n  7,\n\n  {\"Id\": \"c\"} ]\n{\"Id\": \"d\"}";
    let found = read(json);
    let places: Vec<_> = found.items.iter().map(|item| (item.line, item.record)).collect();
    assert_eq!(places, [(Some(3), 1), (Some(4), 2), (Some(7), 3), (Some(9), 4), (Some(10), 5)]);
}

#[test]
fn broken_json_is_told_with_its_line_and_what_was_read_before() {
    // Content, how it ends, line, records before it, part of the message.
    let cases = [
        ("[{\"Id\": \"a\"},\n{\"Id\": \"b\"", "truncated", 2, 1, "ends in the middle"),
        ("[{\"Id\": \"a\"},\n", "truncated", 2, 1, ""),
        ("[{\"Id\": \"a\"}\n", "truncated", 2, 1, ""),
        ("[\n\n", "truncated", 3, 0, ""),
        ("{\"Id\"", "truncated", 1, 0, ""),
        ("{\"Id\":", "truncated", 1, 0, ""),
        ("{\"value\": [{\"Id\": \"a\"}]", "truncated", 1, 1, ""),
        ("{\"value\": [{\"Id\": \"a\"}],\n\"Count\": 1", "truncated", 2, 1, ""),
        ("[{\"Id\": \"a\"}\n{\"Id\": \"b\"}]", "malformed", 2, 1, "unexpected"),
        ("[{\"Id\": \"a\"}]\n]", "malformed", 2, 1, "unexpected ']'"),
        ("[{\"Id\": \"a\"}; {\"Id\": \"b\"}]", "malformed", 1, 1, "unexpected"),
        ("{\"Id\": \"a\"} trailing", "malformed", 1, 1, "unexpected 't'"),
        ("[{\"Id\": \"a\"},\n]", "malformed", 2, 1, ""),
        ("{\"Id\" \"a\"}", "malformed", 1, 0, ""),
        ("{\"value\" [\"a\"]}", "malformed", 1, 0, "unexpected"),
        ("[{\"Id\": \"a\"},\n{\"Id\":\n\n'b'}]", "malformed", 4, 1, ""),
        ("[{\"Id\": \"a\", \"AuditOwner\": [\"Update\" \"Copy\"]}]", "malformed", 1, 0, ""),
        ("[{\"Id\": \"a\nb\"}]", "malformed", 2, 0, "control character"),
        ("[{\"Id\": \"\\ud800\"}]", "malformed", 1, 0, ""),
        ("[NaN]", "malformed", 1, 0, ""),
    ];
    for (json, ended, line, records, part) in cases {
        let found = read(json);
        assert_eq!(found.ended(), ended, "{json}: {:?}", found.end);
        let error = found.end.unwrap_err();
        assert_eq!((error.line, error.records), (Some(line), records), "{json}: {error}");
        assert!(error.to_string().contains(part), "{json}: {error}");
    }
}

#[test]
fn the_message_shows_the_character_that_was_not_expected() {
    for (json, expected) in [
        ("[{\"Id\": \"a\"} {\"Id\": \"b\"}]", "unexpected '{'"),
        ("[{\"Id\": \"a\"}; {\"Id\": \"b\"}]", "unexpected ';'"),
        ("{\"value\" [\"a\"]}", "unexpected '['"),
        ("[{\"Id\": \"a\"}]}", "unexpected '}'"),
    ] {
        let error = read(json).end.unwrap_err().to_string();
        assert!(error.contains(expected), "{json}: {error}, expected: {expected}");
    }
}

#[test]
fn a_json_file_that_ends_anywhere_too_early_is_never_complete() {
    let whole = sample("one-mailbox.json");
    let end = whole.trim_ascii_end().len();
    for length in 0..end {
        let found = read(&whole[..length]);
        let expected = if whole[..length].trim_ascii().is_empty() { "empty" } else { "truncated" };
        assert_eq!((found.ended(), found.items.len()), (expected, 0), "{length} bytes");
    }
    assert_eq!(read(&whole[..end]).ended(), "complete");
}

// ---- CLIXML

const HEAD: &str = r#"<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">"#;

/// A file with one object of these members.
fn objects(members: &str) -> String {
    format!("{HEAD}<Obj RefId=\"0\"><MS>{members}</MS></Obj></Objs>")
}

/// What that member makes of `AuditOwner`.
#[track_caller]
fn xml_owner(member: &str) -> String {
    told(&single(objects(member)).lists.owner)
}

/// What members of this and that make of `AuditOwner`, as the list's elements.
#[track_caller]
fn xml_list(elements: &str) -> String {
    xml_owner(&format!("<Obj N=\"AuditOwner\" RefId=\"9\"><LST>{elements}</LST></Obj>"))
}

#[test]
fn clixml_samples_are_read_whole() {
    for (file, count, kind) in [
        ("mailboxes.clixml", 60, RecordKind::Mailbox),
        ("exchange-server.clixml", 3, RecordKind::Mailbox),
        ("bypass.clixml", 60, RecordKind::BypassAssociation),
        ("organization.clixml", 1, RecordKind::Organization),
    ] {
        let found = read(sample(file));
        assert_eq!((found.ended(), found.items.len()), ("complete", count), "{file}");
        assert!(
            found.items.iter().all(|item| matches!(item.what, What::Record(of, _) if of == kind)),
            "{file}: {:?}",
            found.told()
        );
    }
}

#[test]
fn clixml_of_exchange_server_has_its_lists_and_its_version() {
    let found = read(sample("exchange-server.clixml"));
    for (mailbox, enabled) in found.mailboxes().into_iter().zip([false, true, true]) {
        assert_eq!(mailbox.lists.admin, list(SERVER_DEFAULTS[0]));
        assert_eq!(mailbox.lists.delegate, list(SERVER_DEFAULTS[1]));
        assert_eq!(mailbox.lists.owner, list(""));
        assert_eq!(mailbox.default_audit_set, Property::Absent);
        assert_eq!(mailbox.audit_enabled, Property::Known(enabled));
        assert_eq!(mailbox.admin_display_version, "Version 15.1 (Build 2507.6)");
    }
}

#[test]
fn clixml_lists_come_in_many_shapes() {
    let update =
        "<Obj RefId=\"3\"><TN RefId=\"2\"><T>X</T></TN><ToString>Update</ToString><I32>1</I32></Obj>";
    let cases = [
        ("<S>Copy</S><S>Update</S>", "Copy Update"),
        ("<S>Copy, Update</S>", "Copy Update"),
        ("<S>Update</S><S>NewAction2027</S>", "Update NewAction2027"),
        ("", ""),
        ("\n    \n", ""),
        // Live enumerations are objects that print as their name.
        (update, "Update"),
        (&format!("{update}<S>Copy</S><Ref RefId=\"3\" />"), "Copy Update"),
        ("<I32>1</I32><I32>8</I32>", "refused: number"),
        ("<S>Update</S><I32>8</I32>", "refused: number"),
        ("<Nil />", "refused: shape"),
        ("<S>Update</S><Nil /><S>Copy</S>", "refused: shape"),
        ("<Obj RefId=\"3\"><MS><S N=\"Name\">Update</S></MS></Obj>", "refused: shape"),
        ("<S>Update</S><S>...</S>", "refused: truncated"),
        ("<S>System.Object[]</S>", "refused: type name"),
        ("<S>Update</S><Ref RefId=\"77\" />", "refused: lost reference"),
    ];
    for (elements, expected) in cases {
        assert_eq!(xml_list(elements), expected, "{elements}");
    }
    for (member, expected) in [
        ("<Obj N=\"AuditOwner\" RefId=\"1\"><LST /></Obj>", ""),
        ("<Obj N=\"AuditOwner\" RefId=\"1\"><TNRef RefId=\"1\" /><LST><S>Update</S></LST></Obj>", "Update"),
        ("<Obj N=\"AuditOwner\" RefId=\"1\"><IE><S>Update</S></IE></Obj>", "Update"),
        ("<S N=\"AuditOwner\">Copy, Update</S>", "Copy Update"),
        ("<S N=\"AuditOwner\">{Copy, Update}</S>", "Copy Update"),
        ("<S N=\"AuditOwner\" />", ""),
        ("<Nil N=\"AuditOwner\" />", "absent"),
        ("<S N=\"AuditAdmin\">Update</S>", "absent"),
        ("<I32 N=\"AuditOwner\">1</I32>", "refused: number"),
        ("<Obj N=\"AuditOwner\" RefId=\"1\"><MS><S N=\"A\">Update</S></MS></Obj>", "refused: shape"),
        ("<Obj N=\"AuditOwner\" RefId=\"1\" />", "refused: shape"),
        ("<Ref N=\"AuditOwner\" RefId=\"77\" />", "refused: lost reference"),
    ] {
        assert_eq!(xml_owner(member), expected, "{member}");
    }
}

// [MS-PSRP] 2.2.5.1: what remoting makes of a multi-valued property, its type names included.
#[test]
fn clixml_of_remoting_has_multi_valued_properties() {
    let xml = objects(
        "<Obj N=\"AuditOwner\" RefId=\"1\"><TN RefId=\"1\">\
         <T>Deserialized.Microsoft.Exchange.Data.MultiValuedProperty`1[[X, Y, Version=15.0.0.0]]</T>\
         <T>Deserialized.System.Object</T></TN>\
         <LST><S>Update</S><S>Copy</S></LST>\
         <MS><I32 N=\"Count\">2</I32><S N=\"AuditAdmin\">Move</S></MS></Obj>\
         <B N=\"AuditEnabled\">true</B>",
    );
    let mailbox = single(xml);
    assert_eq!(told(&mailbox.lists.owner), "Copy Update");
    assert_eq!(mailbox.lists.admin, Property::Absent, "a list's own member is no property of the mailbox");
    assert_eq!(mailbox.audit_enabled, Property::Known(true));
}

#[test]
fn clixml_enumerations_read_as_their_names() {
    let member = "<Obj N=\"RecipientTypeDetails\" RefId=\"1\"><TN RefId=\"1\"><T>X</T></TN>\
                  <ToString>SharedMailbox</ToString><I64>4</I64></Obj>";
    assert_eq!(single(objects(member)).recipient_type, "SharedMailbox");
}

// JSON refuses the same: a switch where a list should be is another property.
#[test]
fn a_switch_in_place_of_a_clixml_list_is_refused() {
    assert_eq!(xml_owner("<B N=\"AuditOwner\">true</B>"), "refused: shape");
}

#[test]
fn a_switch_inside_of_a_clixml_list_is_refused() {
    assert_eq!(xml_list("<S>Update</S><B>true</B>"), "refused: shape");
}

#[test]
fn a_sign_is_no_digit_of_a_clixml_escape() {
    assert_eq!(single(objects("<S N=\"DisplayName\">_x+041_</S>")).display_name, "_x+041_");
}

// PowerShell writes a reference where the same instance comes again.
#[test]
fn clixml_references_give_the_earlier_list() {
    let shared = "<Obj N=\"AuditAdmin\" RefId=\"5\"><LST><S>Update</S></LST></Obj>";
    assert_eq!(xml_owner(&format!("{shared}<Ref N=\"AuditOwner\" RefId=\"5\" />")), "Update");
    let two = format!(
        "{HEAD}<Obj RefId=\"0\"><MS>{shared}</MS></Obj>\
         <Obj RefId=\"6\"><MS><Ref N=\"AuditOwner\" RefId=\"5\" /></MS></Obj></Objs>"
    );
    assert_eq!(told(&read(two).mailboxes()[1].lists.owner), "Update");
}

// RefIds count anew in each document: an older one of the same number is another object.
#[test]
fn clixml_references_do_not_reach_into_an_earlier_document() {
    let first = objects("<Obj N=\"AuditAdmin\" RefId=\"5\"><LST><S>Update</S></LST></Obj>");
    let second =
        objects("<Obj N=\"EmailAddresses\" RefId=\"5\"><LST /></Obj><Ref N=\"AuditOwner\" RefId=\"5\" />");
    let found = read(first + "\n" + &second);
    assert_eq!((found.ended(), found.items.len()), ("complete", 2));
    assert_eq!(told(&found.mailboxes()[1].lists.owner), "refused: lost reference");
}

// Export-Clixml -InputObject $mailboxes.
#[test]
fn a_list_exported_as_one_object_is_its_elements() {
    let ada = "<Obj RefId=\"1\"><MS><S N=\"DisplayName\">Ada</S></MS></Obj>";
    let bob = "<Obj RefId=\"2\"><MS><S N=\"DisplayName\">Bob</S></MS></Obj>";
    for (list, expected) in [
        (format!("<LST>{ada}{bob}</LST>"), vec!["Ada", "Bob"]),
        (format!("<TN RefId=\"0\"><T>System.Object[]</T></TN><LST>{ada}</LST>"), vec!["Ada"]),
        (format!("<LST>{ada}<Nil /><S>x</S>{bob}</LST>"), vec!["Ada", "not: null", "not: a text", "Bob"]),
        ("<LST />".to_owned(), vec![]),
    ] {
        let found = read(format!("{HEAD}<Obj RefId=\"0\">{list}</Obj></Objs>"));
        assert_eq!(
            (found.ended(), found.told()),
            ("complete", expected.iter().map(ToString::to_string).collect())
        );
    }
}

#[test]
fn what_is_no_object_in_clixml_is_told() {
    let ada = "<Obj RefId=\"0\"><MS><S N=\"DisplayName\">Ada</S></MS></Obj>";
    let found = read(format!("{HEAD}<S>Ada</S><Nil />{ada}<I32>7</I32><Ref RefId=\"0\" /></Objs>"));
    assert_eq!(
        found.told(),
        ["not: a text", "not: null", "Ada", "not: a number", "not: a reference to an earlier object",]
    );
}

#[test]
fn clixml_texts_are_unescaped() {
    let cases = [
        ("Ada", "Ada"),
        ("  Ada  ", "  Ada  "),
        ("A_x000A_B", "A\nB"),
        ("A_x000D__x000A_B", "A\r\nB"),
        ("_xD83D__xDE00_", "\u{1F600}"),
        // A lone surrogate is no character.
        ("A_xD83D_B", "A\u{FFFD}B"),
        ("_x0041_", "A"),
        ("_x00e9_", "é"),
        // How PowerShell writes a text that looks like an escape.
        ("_x005F_x000A_", "_x000A_"),
        ("_x005F_x005F_x005F_x000A_", "_x005F_x000A_"),
        // What is no escape stays.
        ("_x00_", "_x00_"),
        ("_x000G_", "_x000G_"),
        ("_x 041_", "_x 041_"),
        ("_x000Aé", "_x000Aé"),
        ("_x", "_x"),
        ("__x0041_", "_A"),
        ("O&apos;Brien &amp; &lt;Sons&gt; &quot;Ltd&quot;", "O'Brien & <Sons> \"Ltd\""),
        ("&#65;&#x42;&#x1F600;", "AB\u{1F600}"),
        ("&amp;amp;", "&amp;"),
        ("<![CDATA[A & <B>]]>", "A & <B>"),
        ("A<!-- no -->B", "AB"),
        ("A<?no?>B", "AB"),
        ("", ""),
    ];
    for (text, expected) in cases {
        let mailbox = single(objects(&format!("<S N=\"DisplayName\">{text}</S>")));
        assert_eq!(mailbox.display_name, expected, "{text}");
    }
}

#[test]
fn clixml_time_spans_read_as_exchange_prints_them() {
    for (member, expected) in [
        ("<TS N=\"AuditLogAgeLimit\">P90D</TS>", "90.00:00:00"),
        ("<TS N=\"AuditLogAgeLimit\">P1DT2H3M4S</TS>", "1.02:03:04"),
        ("<TS N=\"AuditLogAgeLimit\">PT0S</TS>", "0.00:00:00"),
        ("<S N=\"AuditLogAgeLimit\">90.00:00:00</S>", "90.00:00:00"),
        ("<Nil N=\"AuditLogAgeLimit\" />", ""),
    ] {
        assert_eq!(single(objects(member)).audit_log_age_limit, expected, "{member}");
    }
}

#[test]
fn comments_and_instructions_stand_anywhere_in_clixml() {
    let comment = "<!-- <Obj> & such -->";
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>{comment}{HEAD}{comment}<Obj RefId=\"0\">{comment}<MS>\
         {comment}<Obj N=\"AuditOwner\" RefId=\"1\">{comment}<LST>{comment}<S>Update</S>{comment}</LST>\
         </Obj></MS></Obj>{comment}</Objs>{comment}"
    );
    assert_eq!(told(&single(xml).lists.owner), "Update");
}

#[test]
fn clixml_properties_that_do_not_matter_are_passed_over() {
    let junk = format!(
        "<Obj N=\"Junk\" RefId=\"7\"><MS><S N=\"AuditOwner\">Move</S></MS><DCT><En><S N=\"Key\">DisplayName</S>\
         <S N=\"Value\">x</S></En></DCT></Obj><BA N=\"Blob\">{}</BA><S>no name</S>",
        "QUJD".repeat(100_000)
    );
    let mailbox = single(objects(&format!("{junk}<S N=\"AuditOwner\">Update</S>{junk}")));
    assert_eq!(told(&mailbox.lists.owner), "Update");
    assert_eq!(mailbox.display_name, "");
}

#[test]
fn lines_and_numbers_of_clixml_records_are_told() {
    let xml = format!(
        "{HEAD}\n  <Obj RefId=\"0\">\n    <MS>\n      <S N=\"Id\">a</S>\n    </MS>\n  </Obj>\n  <S>x</S>\n\n  \
         <Obj RefId=\"1\"><MS><S N=\"Id\">b</S></MS></Obj>\n</Objs>\n"
    );
    let found = read(xml);
    let places: Vec<_> = found.items.iter().map(|item| (item.line, item.record)).collect();
    assert_eq!(places, [(Some(2), 1), (Some(7), 2), (Some(9), 3)]);
}

#[test]
fn broken_clixml_is_told_with_its_line_and_what_was_read_before() {
    let ada = "<Obj RefId=\"0\"><MS><S N=\"Id\">a</S></MS></Obj>";
    let cases = [
        (format!("{HEAD}\n{ada}\n"), "truncated", 3, 1),
        (format!("{HEAD}\n{ada}\n<Obj"), "truncated", 3, 1),
        (format!("{HEAD}\n{ada}\n<!-- never ends"), "truncated", 3, 1),
        (format!("{HEAD}\n<Obj></MS></Objs>"), "malformed", 2, 0),
        (format!("{HEAD}\n{ada}\n</Obj>"), "malformed", 3, 1),
        (format!("{HEAD}\n{ada}\n</Objs></Objs>"), "malformed", 3, 1),
        (format!("{HEAD}\n{ada}\n</Objs>\n<Obj />"), "malformed", 4, 1),
        (format!("{HEAD}\n<Obj><MS><S N=\"Id\">&nbsp;</S></MS></Obj></Objs>"), "malformed", 2, 0),
        (format!("{HEAD}\n<Obj><MS><S N=\"Id\">&#x110000;</S></MS></Obj></Objs>"), "malformed", 2, 0),
        (format!("{HEAD}\n<Obj><MS><S N=Id>a</S></MS></Obj></Objs>"), "malformed", 2, 0),
        ("<Root><Objs /></Root>".to_owned(), "malformed", 1, 0),
    ];
    for (xml, ended, line, records) in cases {
        let found = read(&xml);
        assert_eq!(found.ended(), ended, "{xml}: {:?}", found.end);
        let error = found.end.unwrap_err();
        assert_eq!((error.line, error.records), (Some(line), records), "{xml}: {error}");
    }
}

#[test]
fn text_outside_of_clixml_is_no_clixml() {
    let ada = objects("<S N=\"Id\">a</S>");
    for text in [format!("{ada}\nsome text"), format!("{ada}<![CDATA[x]]>"), format!("<!-- -->x{ada}")] {
        assert_eq!(read(&text).ended(), "malformed", "{text}");
    }
}

// The reader takes a file apart, so no parser sees the begin and the end of an outer level together.
#[test]
fn clixml_ends_match_their_begins_on_every_level() {
    let ada = "<Obj RefId=\"1\"><MS><S N=\"Id\">a</S></MS></Obj>";
    for body in [
        format!("{ada}</Obj>"),
        format!("{ada}</Ob></Objs>"),
        format!("{ada}</LST></Objs>"),
        format!("{ada}</objs>"),
        format!("<Obj RefId=\"0\"><LST>{ada}</Obj></LST></Objs>"),
        format!("<Obj RefId=\"0\"><LST>{ada}</Objs>"),
        format!("<Obj RefId=\"0\"><LST>{ada}</LST></Obs></Objs>"),
        format!("<Obj RefId=\"0\"><LST>{ada}</LST></Objs>"),
        "<Obj RefId=\"0\"><MS><S N=\"Id\">a</S></MS></Objs>".to_owned(),
        "<Obj RefId=\"0\"><MS><S N=\"Id\">a</MS></S></Obj></Objs>".to_owned(),
        "<Obj RefId=\"0\"><MS><S N=\"Junk\">a</B></MS></Obj></Objs>".to_owned(),
        "<S>a</Nil></Objs>".to_owned(),
    ] {
        let found = read(format!("{HEAD}{body}"));
        assert!(["malformed", "truncated"].contains(&found.ended()), "{body}: {}", found.ended());
    }
}

// Harmless: nothing of the file is lost. But it is no XML.
#[test]
fn a_clixml_list_ends_as_what_it_began() {
    let ada = "<Obj RefId=\"1\"><MS><S N=\"Id\">a</S></MS></Obj>";
    let found = read(format!("{HEAD}<Obj RefId=\"0\"><LST>{ada}</IE></Obj></Objs>"));
    assert_eq!(found.ended(), "malformed");
}

// It does not end too early, so "export again" would not help.
#[test]
fn unknown_markup_in_clixml_is_malformed_not_truncated() {
    let found = read(format!("{HEAD}<!nonsense><Obj RefId=\"0\" /></Objs>"));
    assert_eq!(found.ended(), "malformed", "{:?}", found.end);
}

#[test]
fn a_clixml_file_that_ends_anywhere_too_early_is_never_complete() {
    let whole = sample("exchange-server.clixml");
    let end = whole.trim_ascii_end().len();
    for length in 0..end {
        let found = read(&whole[..length]);
        let expected: &[&str] = match length {
            0 => &["empty"],
            // What begins with `<` may be anything.
            1..5 => &["unknown"],
            _ => &["truncated", "malformed"],
        };
        assert!(expected.contains(&found.ended()), "{length} bytes: {:?}", found.end);
    }
    assert_eq!(read(&whole[..end]).ended(), "complete");
}

/// A stack overflow cannot be caught, so the program itself runs into it.
#[track_caller]
fn assert_not_too_deep(name: &str, content: String) {
    let output = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("nam"))
        .args(["report", "-", "--out", "-", "--quiet"])
        .write_stdin(content)
        .output()
        .unwrap();
    let ended = matches!(output.status.code(), Some(1 | 3));
    assert!(ended, "{name}: {}, {}", output.status, String::from_utf8_lossy(&output.stderr));
}

fn nest(open: &str, close: &str) -> String {
    const DEEP: usize = 50_000;
    format!("{}{}", open.repeat(DEEP), close.repeat(DEEP))
}

// PowerShell writes every list inside of an object; a broken file may not.
#[test]
fn clixml_lists_right_inside_lists_are_not_too_deep() {
    assert_not_too_deep("lists", objects(&nest("<LST N=\"AuditOwner\">", "</LST>")));
}

#[test]
fn nothing_is_too_deep() {
    let xml_value = |nested: String| objects(&format!("<Obj N=\"AuditOwner\" RefId=\"1\">{nested}</Obj>"));
    let cases = [
        ("json lists", nest("[", "]")),
        ("json objects", nest("{\"a\":", "}")),
        ("json value of a list", format!("{{\"AuditOwner\": {}}}", nest("[", "]"))),
        ("json wrapped lists", format!("{{\"AuditOwner\": {}}}", nest("{\"value\":", "}"))),
        ("json envelopes", nest("{\"value\":[", "]}")),
        ("json sidecar", format!("{{\"@a\": {}, \"Id\": \"a\"}}", nest("[", "]"))),
        ("clixml objects", format!("{HEAD}{}</Objs>", nest("<Obj>", "</Obj>"))),
        ("clixml lists of lists", format!("{HEAD}{}</Objs>", nest("<Obj><LST>", "</LST></Obj>"))),
        ("clixml members", format!("{HEAD}{}</Objs>", nest("<Obj><MS>", "</MS></Obj>"))),
        ("clixml list objects", xml_value(nest("<LST><Obj>", "</Obj></LST>"))),
        ("clixml texts", objects(&format!("<S N=\"Id\">{}</S>", nest("<S>", "</S>")))),
        ("clixml junk", objects(&format!("<Obj N=\"Junk\">{}</Obj>", nest("<LST>", "</LST>")))),
    ];
    for (name, content) in cases {
        assert_not_too_deep(name, content);
    }
}

// ---- CSV

#[test]
fn csv_cells_are_parted_by_comma_semicolon_or_tab() {
    for delimiter in [",", ";", "\t"] {
        let text =
            ["DisplayName|AuditEnabled|AuditOwner|DefaultAuditSet", "Ada|True|\"Copy,Update\"|Admin Owner"]
                .map(|line| line.replace('|', delimiter))
                .join("\r\n");
        for text in
            [text.clone(), format!("#TYPE Selected.Contoso.Mailbox\r\n{text}\r\n"), format!("\n{text}")]
        {
            let mailbox = single(&text);
            assert_eq!(mailbox.display_name, "Ada", "{text}");
            assert_eq!(told(&mailbox.lists.owner), "Copy Update", "{text}");
            assert_eq!(told_types(&mailbox.default_audit_set), "Admin Owner", "{text}");
            assert_eq!(mailbox.audit_enabled, Property::Known(true), "{text}");
        }
    }
}

#[test]
fn csv_cells_without_a_value() {
    let mailbox = single("DisplayName,AuditEnabled,AuditOwner,AuditAdmin\n\"Ada\",,\"\",{}\n");
    assert_eq!(mailbox.audit_enabled, Property::Absent);
    assert_eq!((told(&mailbox.lists.owner), told(&mailbox.lists.admin)), (String::new(), String::new()));
    assert_eq!(mailbox.lists.delegate, Property::Absent, "no column, no list");
}

#[test]
fn csv_of_lists_that_were_not_joined_is_refused() {
    let found = read(sample("raw-export-csv.csv"));
    assert_eq!((found.ended(), found.mailboxes().len()), ("complete", 3));
    for mailbox in found.mailboxes() {
        for (_, list) in mailbox.lists.iter() {
            assert_eq!(told(list), "refused: type name");
        }
        assert_eq!(told_types(&mailbox.default_audit_set), "refused: type name");
    }
}

#[test]
fn csv_with_joined_lists_gives_each_mailbox_its_own() {
    let found = read(sample("joined-lists.csv"));
    let rest = "ApplyRecord HardDelete MailItemsAccessed MoveToDeletedItems Send SoftDelete Update \
                UpdateCalendarDelegation UpdateFolderPermissions UpdateInboxRules";
    let [admin, delegate, _] = DEFAULTS;
    // Name, admin, delegate, owner, managed.
    let expected = [
        ("Anna Müller 0", admin.to_owned(), delegate, rest, "Admin Delegate Owner"),
        ("O'Brien, Pat 1", admin.to_owned(), delegate, "HardDelete Update", "Admin Delegate"),
        ("=cmd|calc 2", format!("{admin} Copy FolderBind Move"), delegate, rest, "Delegate Owner"),
        ("王小明 3", String::new(), "", "", ""),
        ("Ops \"Night\" Desk 4", admin.to_owned(), "SendAs HardDelete NewAction2027", rest, "Admin Owner"),
    ];
    assert_eq!((found.ended(), found.mailboxes().len()), ("complete", expected.len()));
    for (mailbox, (name, admin, delegate, owner, managed)) in found.mailboxes().into_iter().zip(expected) {
        assert_eq!(mailbox.display_name, name);
        assert_eq!(
            mailbox.lists,
            PerLogonType { admin: list(&admin), delegate: list(delegate), owner: list(owner) }
        );
        assert_eq!(told_types(&mailbox.default_audit_set), managed);
        assert_eq!(mailbox.audit_enabled, Property::Known(true));
    }
    // Cells hold lines, so records do not begin on lines that follow each other.
    let places: Vec<_> = found.items.iter().map(|item| (item.line, item.record)).collect();
    assert_eq!(places, [(Some(2), 1), (Some(12), 2), (Some(14), 3), (Some(24), 4), (Some(25), 5)]);
}

#[test]
fn csv_rows_of_another_length_are_told_and_the_others_read() {
    let csv =
        "#TYPE X\nDisplayName,AuditOwner\nAda,Update\nBob\nCem,Copy,Move\nDee,\"Copy\nMove\"\nEve,Move\n";
    let found = read(csv);
    assert_eq!(found.ended(), "complete");
    assert_eq!(
        found.told(),
        [
            "Ada",
            "not: a row of 1 cells under a header of 2",
            "not: a row of 3 cells under a header of 2",
            "Dee",
            "Eve",
        ]
    );
    let places: Vec<_> = found.items.iter().map(|item| (item.line, item.record)).collect();
    assert_eq!(places, [(Some(3), 1), (Some(4), 2), (Some(5), 3), (Some(6), 4), (Some(8), 5)]);
}

// Export-Csv of Windows PowerShell 5.1 writes ASCII, or the code page under -Encoding Default.
#[test]
fn csv_in_another_encoding_says_how_to_export_again() {
    let found = read(b"DisplayName,AuditOwner\nAda,Update\nM\xFCller,Update\n");
    assert_eq!((found.ended(), found.told()), ("not UTF-8", vec!["Ada".to_owned()]));
    let error = found.end.unwrap_err();
    assert_eq!((error.line, error.records), (Some(3), 1));
    assert!(error.to_string().contains("-Encoding UTF8"), "{error}");
}

// A list that lost its last names would show gaps that are none.
#[test]
fn a_csv_file_that_ends_inside_a_cell_is_not_complete() {
    for csv in [
        "DisplayName,AuditOwner\nAda,\"Copy,Upd",
        "DisplayName,AuditOwner\nAda,\"Copy,",
        "DisplayName,AuditOwner\nBob,Move\nAda,\"",
    ] {
        let found = read(csv);
        assert!(
            ["truncated", "malformed"].contains(&found.ended()),
            "{csv:?}: {}, {:?}",
            found.ended(),
            found.told()
        );
    }
}

#[test]
fn a_csv_file_that_ends_between_two_cells_shows_it() {
    let found = read("DisplayName,AuditOwner\nAda,Update\nBob");
    assert_eq!(found.told(), ["Ada", "not: a row of 1 cells under a header of 2"]);
}

// ---- All formats

/// A name for each encoding, and how to write it.
type Encode = (&'static str, fn(&str) -> Vec<u8>);

const ENCODINGS: [Encode; 6] = [
    ("UTF-8", |text| text.as_bytes().to_vec()),
    ("UTF-8 with mark", |text| format!("\u{feff}{text}").into_bytes()),
    ("UTF-16 LE", |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    ("UTF-16 LE with mark", |text| {
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
    }),
    ("UTF-16 BE", |text| text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ("UTF-16 BE with mark", |text| {
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect()
    }),
];

#[test]
fn every_format_is_read_in_every_encoding() {
    for file in ["mailboxes.json", "mailboxes.clixml", "joined-lists.csv"] {
        let text = String::from_utf8(sample(file)).unwrap();
        let expected = format!("{:?}", read(&text));
        assert!(expected.contains("Anna Müller") && expected.contains("王小明"), "{file}");
        for (name, encode) in ENCODINGS {
            assert!(format!("{:?}", read(encode(&text))) == expected, "{file} in {name}");
        }
    }
    let typed = "#TYPE X\r\nDisplayName,AuditOwner\r\nÄda,Update\r\n";
    for (name, encode) in ENCODINGS {
        assert_eq!(read(encode(typed)).told(), ["Äda"], "{name}");
        assert_eq!(read(encode("  ")).ended(), "empty", "{name}");
        assert_eq!(read(encode("")).ended(), "empty", "{name}");
    }
}

/// Gives only so many bytes at a time, as pipes do.
struct Slow<'a> {
    rest: &'a [u8],
    step: usize,
}

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.step.min(into.len());
        self.rest.read(&mut into[..count])
    }
}

#[test]
fn slow_sources_give_the_same_items() {
    let json = sample("mailboxes.json");
    let csv = sample("joined-lists.csv");
    let (head, rows) = csv.split_at(csv.iter().position(|byte| *byte == b'\n').unwrap() + 1);
    let csv = [head, &rows.repeat(40)].concat();
    let utf16 = ENCODINGS[3].1(std::str::from_utf8(&json).unwrap());
    for (name, content, steps) in [
        ("json", json.clone(), &[1, 7][..]),
        // So that records lie across the edges of the reader's window.
        ("much json", json.repeat(3), &[61, 4096]),
        ("clixml", sample("mailboxes.clixml"), &[1, 7, 4096]),
        ("csv", csv, &[1, 7, 4096]),
        ("utf-16", utf16, &[1, 7, 4096]),
        // A number that a read cuts off may go on.
        ("numbers", [&b"["[..], &b" ".repeat(70_000), b"12345, 678, true]"].concat(), &[1, 7]),
        ("broken", json[..80_000].to_vec(), &[7, 4096]),
    ] {
        let expected = format!("{:?}", read(&content));
        for step in steps {
            let found = read_from(Slow { rest: &content, step: *step });
            assert!(format!("{found:?}") == expected, "{name}, {step} bytes at a time");
        }
    }
}

// The first window is 64 KiB, what was looked at to tell the format: its edge falls on each byte of the record.
#[test]
fn a_record_is_read_wherever_the_window_cuts_it_off() {
    const EDGE: usize = 64 << 10;
    let mut wrong = Vec::new();
    for value in [
        "12",
        "-12",
        "1.5",
        "1e5",
        "-1.5E-5",
        "true",
        "null",
        r#""\u00e9\ud83d\ude00\n""#,
        r#""é王""#,
        "[{\"a\": 1}]",
    ] {
        for name in ["Junk", "DisplayName"] {
            let record = format!("{{\"Id\": \"ada\", \"{name}\": {value}, \"AuditOwner\": [\"Update\"]}}");
            for cut in 1..=record.len() {
                let found = read(format!("[{}{record}]", " ".repeat(EDGE - 1 - cut)));
                let lists: Vec<_> =
                    found.mailboxes().iter().map(|mailbox| told(&mailbox.lists.owner)).collect();
                if lists != ["Update"] || found.end.is_err() {
                    let before = String::from_utf8_lossy(&record.as_bytes()[..cut]);
                    wrong.push(format!("{before} | {:?}", found.end.err().map(|error| error.to_string())));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "cut off at |:\n{}", wrong.join("\n"));
}

#[test]
fn a_clixml_record_is_read_wherever_the_window_cuts_it_off() {
    const EDGE: usize = 64 << 10;
    let name = "A&amp;&#66;_x0043__xD83D__xDE00_é<![CDATA[<D>]]><!-- no -->";
    let record = format!(
        "<Obj RefId=\"0\">\n<TN RefId='0'><T>X</T></TN><?no?><!-- > --><MS><S N=\"DisplayName\">{name}</S>\
         <Nil N=\"Id\" /><S N=\"Junk\">&lt;</S><Obj N=\"AuditOwner\" RefId=\"1\"><LST><S>Copy</S><S>Update</S>\
         </LST></Obj><Ref N=\"AuditAdmin\" RefId=\"1\" /></MS></Obj>"
    );
    let list = format!("<Obj RefId=\"7\"><TN RefId=\"1\" /><LST>{record}<Nil /></LST><MS /></Obj>");
    let mut wrong = Vec::new();
    for (whole, count) in [(format!("{record}</Objs>\n"), 1), (format!("{list}</Objs><!-- end -->"), 2)] {
        for cut in (1..=whole.len()).filter(|cut| whole.is_char_boundary(*cut)) {
            let found = read(format!("{HEAD}{}{whole}", " ".repeat(EDGE - HEAD.len() - cut)));
            let as_it_is = found.mailboxes().first().is_some_and(|mailbox| {
                mailbox.display_name == "ABC\u{1F600}é<D>".replacen('A', "A&", 1)
                    && told(&mailbox.lists.owner) == "Copy Update"
                    && told(&mailbox.lists.admin) == "Copy Update"
            });
            if !as_it_is || found.items.len() != count || found.end.is_err() {
                wrong.push(format!("{} | {:?}: {:?}", &whole[..cut], found.told(), found.end));
            }
        }
    }
    assert!(wrong.is_empty(), "cut off at |:\n{}", wrong.join("\n"));
}

/// Fails after what it holds.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(io::Error::other("the disk is gone")),
            count => Ok(count),
        }
    }
}

#[test]
fn a_source_that_fails_is_never_complete() {
    for file in ["mailboxes.json", "mailboxes.clixml", "joined-lists.csv"] {
        let content = sample(file).repeat(if file.ends_with("csv") { 50 } else { 1 });
        for length in [0, 10, content.len() / 2, content.len()] {
            let found = read_from(Failing(&content[..length]));
            assert_eq!(found.ended(), "io", "{file}, {length} bytes");
            let error = found.end.unwrap_err().to_string();
            assert!(error.contains("the disk is gone"), "{error}");
        }
    }
}

#[test]
fn reading_ends_when_it_is_told_to() {
    for file in ["mailboxes.json", "mailboxes.clixml", "joined-lists.csv"] {
        let mut count = 0;
        let content = sample(file);
        let end = input::read(Source::new(&*content), catalog(), &mut |_| {
            count += 1;
            if count == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(end.is_ok() && count == 3, "{file}: {count}");
    }
}

#[test]
fn the_samples_hold_the_same_mailboxes_in_every_format() {
    let json = read(sample("mailboxes.json"));
    let json = json.mailboxes();
    assert_eq!(json.len(), 60);
    let debug = |mailbox: &Mailbox<'_>| format!("{mailbox:?}");
    let clixml = read(sample("mailboxes.clixml"));
    for (left, right) in json.iter().zip(clixml.mailboxes()) {
        assert_eq!(debug(left), debug(right));
    }
    assert_eq!(clixml.mailboxes().len(), 60);
    assert_eq!(debug(&single(sample("one-mailbox.json"))), debug(json[0]));
    // The CSV has fewer columns.
    let csv = read(sample("joined-lists.csv"));
    for (left, right) in json.iter().zip(csv.mailboxes()) {
        let left = Mailbox {
            primary_smtp_address: "".into(),
            identity: "".into(),
            distinguished_name: "".into(),
            audit_log_age_limit: "".into(),
            ..(**left).clone()
        };
        assert_eq!(debug(&left), debug(right));
    }
}

#[test]
fn what_is_no_export_is_told_by_what_it_is() {
    let cases: [(&[u8], &str); 10] = [
        (b"", "empty"),
        (b" \r\n\t ", "empty"),
        (b"\xEF\xBB\xBF", "empty"),
        (b"<!DOCTYPE html><html></html>", "html"),
        (b"<HTML><HEAD></HEAD></HTML>", "html"),
        (b"<?xml version=\"1.0\"?><Configuration />", "unknown"),
        (b"DisplayName : Ada\nAuditOwner : {Update, Copy...}", "format list"),
        (b"some words", "unknown"),
        (b"\"a text\"", "unknown"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\0", "unknown"),
    ];
    for (content, expected) in cases {
        assert_eq!(read(content).ended(), expected, "{:?}", String::from_utf8_lossy(content));
    }
    assert_eq!(read(sample("format-list-truncated.txt")).ended(), "format list");
}

// Of an open quote the parser would take the rest of the file for one cell.
#[test]
fn a_csv_cell_that_never_ends_does_not_take_all_memory() {
    let endless = std::io::Read::chain(&b"DisplayName,AuditOwner\nAda,\""[..], std::io::repeat(b'x'));
    assert_eq!(read_from(endless).ended(), "too large");
}

// Windows PowerShell 5.1's ConvertTo-Json of an enumeration that came over remoting, and of an object alone.
#[test]
fn wrapped_enumerations_and_objects_are_unwrapped() {
    let mailbox = r#"{"DisplayName": "Ada", "RecipientTypeDetails": {"value": 4, "Value": "SharedMailbox"}}"#;
    assert_eq!(single(mailbox).recipient_type, "SharedMailbox");
    for wrapped in [format!("{{\"Count\": 1, \"value\": {mailbox}}}"), format!("{{\"value\": {mailbox}}}")] {
        assert_eq!(single(wrapped).display_name, "Ada");
    }
}
