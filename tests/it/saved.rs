//! The saved input: one file with all that was read of a tenant gives the reports that the three exports give, and
//! what was not read to its end is never taken as complete.

use std::io;
use std::ops::ControlFlow;

use non_audited_mailbox::app::SavedInput;
use non_audited_mailbox::domain::bypass::BypassAssociation;
use non_audited_mailbox::domain::list::{Fault, Property};
use non_audited_mailbox::domain::mailbox::Mailbox;
use non_audited_mailbox::input::{self, Content, Record, Source};
use non_audited_mailbox::report::saved;

use crate::cli::Desk;
use crate::input::sample;
use crate::support::*;

const READ_AT: &str = "2026-11-23T09:00:00Z";

/// Hands on each record of an export.
fn each_record(content: &[u8], mut take: impl FnMut(Record<'_>)) {
    input::read(Source::new(content), catalog(), &mut |item| {
        if let Content::Record(record) = item.content {
            take(record);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
}

/// What the samples hold, ended as a read that went well.
fn samples() -> SavedInput {
    let mut input = SavedInput::new(&std::env::temp_dir()).unwrap();
    input.organization.organization(Some(false)).unwrap();
    each_record(&sample("bypass.json"), |record| input.bypass.bypass(&record.into_bypass()).unwrap());
    each_record(&sample("mailboxes.json"), |record| {
        input.mailboxes.mailbox(&record.into_mailbox(), catalog()).unwrap();
    });
    input.organization.end(None);
    input.bypass.end(None);
    input.mailboxes.end(None);
    input
}

fn text(input: SavedInput) -> String {
    let assembled = input.assemble(Some("contoso.example"), READ_AT).unwrap();
    std::fs::read_to_string(assembled.path()).unwrap()
}

#[test]
fn its_reports_are_those_of_the_three_exports() {
    let desk = Desk::new();
    desk.write("saved.jsonl", text(samples()));
    for format in ["csv", "json", "ndjson"] {
        desk.nam(
            &format!(
                "report mailboxes.json --bypass bypass.json --organization organization.json -o three.{format}"
            ),
            0,
        );
        desk.nam(&format!("report saved.jsonl -o one.{format}"), 0);
        assert_eq!(desk.read(&format!("three.{format}")), desk.read(&format!("one.{format}")));
    }
}

#[test]
fn its_lines_are_as_documented() {
    let mut input = SavedInput::new(&std::env::temp_dir()).unwrap();
    input.organization.organization(Some(false)).unwrap();
    input.organization.end(None);
    let row = BypassAssociation {
        name: "svc".into(),
        guid: Some(uuid::Uuid::from_u128(7)),
        audit_bypass_enabled: Property::Known(true),
        ..BypassAssociation::default()
    };
    input.bypass.bypass(&row).unwrap();
    input.bypass.end(Some("the server ended the connection".to_owned()));
    input.mailboxes.mailbox(&user(), catalog()).unwrap();
    input.mailboxes.end(None);
    let version = env!("CARGO_PKG_VERSION");
    insta::assert_snapshot!(text(input).replace(version, "VERSION"));
}

#[test]
fn a_read_that_begins_again_keeps_nothing_twice() {
    let once = text(samples());
    let mut input = samples();
    input.mailboxes.restart().unwrap();
    each_record(&sample("mailboxes.json"), |record| {
        input.mailboxes.mailbox(&record.into_mailbox(), catalog()).unwrap();
    });
    input.mailboxes.end(None);
    assert_eq!(text(input), once);
}

#[test]
fn what_an_earlier_read_gave_stays_when_the_next_begins_again() {
    let mut once = SavedInput::new(&std::env::temp_dir()).unwrap();
    let mut input = SavedInput::new(&std::env::temp_dir()).unwrap();
    once.mailboxes.mailbox(&user(), catalog()).unwrap();
    once.mailboxes.mailbox(&user(), catalog()).unwrap();
    once.mailboxes.end(None);
    input.mailboxes.mailbox(&user(), catalog()).unwrap();
    input.mailboxes.mark().unwrap();
    for _ in 0..2 {
        input.mailboxes.mailbox(&user(), catalog()).unwrap();
        input.mailboxes.mailbox(&user(), catalog()).unwrap();
        input.mailboxes.restart().unwrap();
    }
    input.mailboxes.mailbox(&user(), catalog()).unwrap();
    input.mailboxes.end(None);
    assert_eq!(input.mailboxes.records(), 2);
    assert_eq!(text(input), text(once));
}

#[test]
fn dropped_before_its_end_it_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut input = SavedInput::new(folder.path()).unwrap();
    input.mailboxes.mailbox(&user(), catalog()).unwrap();
    drop(input);
    let assembled = SavedInput::new(folder.path()).unwrap().assemble(None, READ_AT).unwrap();
    assert!(assembled.path().is_file() && !assembled.is_complete());
    drop(assembled);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_section_that_was_not_read_to_its_end_makes_the_report_incomplete() {
    type Spoil = fn(&mut SavedInput);
    let cases: [(&str, Spoil); 3] = [
        ("the organisation's settings: access denied", |input| {
            input.organization.restart().unwrap();
            input.organization.end(Some("access denied".to_owned()));
        }),
        ("the bypass associations: throttled", |input| input.bypass.end(Some("throttled".to_owned()))),
        ("the mailboxes: more results are available", |input| {
            input.mailboxes.end(Some("more results are available".to_owned()));
        }),
    ];
    for (message, spoil) in cases {
        let desk = Desk::new();
        let mut input = samples();
        spoil(&mut input);
        desk.write("saved.jsonl", text(input));
        let run = desk.nam("report saved.jsonl -o report.json", 3);
        assert!(run.err.contains(message), "{}", run.err);
        assert!(desk.read("report.json").contains("\"Complete\":false"));
    }
}

/// A failed read of the associations says nothing: not that nobody bypasses auditing.
#[test]
fn bypass_is_unknown_where_its_read_failed() {
    let desk = Desk::new();
    let mut input = samples();
    input.bypass.restart().unwrap();
    input.bypass.end(Some("timed out".to_owned()));
    desk.write("saved.jsonl", text(input));
    desk.nam("report saved.jsonl -o report.json", 3);
    let report: serde_json::Value = serde_json::from_str(&desk.read("report.json")).unwrap();
    assert_eq!(report["Report"]["BypassRead"], false);
    assert_eq!(report["Summary"]["BypassedAccounts"], serde_json::Value::Null);
    let mailboxes = report["Mailboxes"].as_array().unwrap();
    assert!(mailboxes.iter().all(|mailbox| mailbox["AuditBypassEnabled"].is_null()));
}

#[test]
fn what_was_cut_off_or_lost_lines_is_incomplete() {
    let whole = text(samples());
    let lines: Vec<&str> = whole.lines().collect();
    let without = |gone: usize| {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| *line);
        kept.collect::<Vec<_>>().join("\n")
    };
    let cases = [
        ("without its end", lines[..lines.len() - 1].join("\n")),
        ("without its end", lines[..lines.len() - 9].join("\n")),
        // A row of the associations, and a mailbox.
        ("records were saved", without(5)),
        ("records were saved", without(lines.len() - 3)),
    ];
    for (message, content) in cases {
        let desk = Desk::new();
        desk.write("saved.jsonl", content);
        let run = desk.nam("report saved.jsonl -o report.csv", 3);
        assert!(run.err.contains(message), "{message}: {}", run.err);
    }
}

/// The organisation and the associations of one tenant say nothing of another one.
#[test]
fn each_file_has_its_own_tenant() {
    let desk = Desk::new();
    let mut disabled = SavedInput::new(&std::env::temp_dir()).unwrap();
    disabled.organization.organization(Some(true)).unwrap();
    disabled.mailboxes.mailbox(&complete(), catalog()).unwrap();
    disabled.organization.end(None);
    disabled.bypass.end(None);
    disabled.mailboxes.end(None);
    desk.write("a.jsonl", text(disabled)).write("b.jsonl", text(samples()));
    for order in ["a.jsonl b.jsonl", "b.jsonl a.jsonl"] {
        let run = desk.nam(&format!("report {order} -o - --format ndjson -q"), 0);
        let states: Vec<_> =
            run.out.lines().filter(|line| line.contains("OrganizationAuditDisabled")).collect();
        assert_eq!(states.len(), 1, "{order}");
        assert!(run.out.contains("\"AuditBypassEnabled\":true"), "{order}");
        assert!(run.err.is_empty(), "{order}: {}", run.err);
        // The report says the same when it is read again, whatever its head says.
        desk.write("all.ndjson", &run.out);
        let again = desk.nam("report all.ndjson -o - --format ndjson -q", 0);
        let states = |text: &str| -> Vec<_> {
            let objects = text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
            objects
                .map(|one| (one["Guid"].clone(), one["AuditState"].clone(), one["Reason"].clone()))
                .collect()
        };
        assert_eq!(states(&again.out), states(&run.out), "{order}");
        // Whoever reads the spreadsheet or the summary sees it, whichever organisation comes first.
        let run = desk.nam(&format!("report {order} -o all.csv"), 0);
        assert!(run.out.contains("AUDITING IS DISABLED"), "{order}: {}", run.out);
        let csv = desk.read("all.csv");
        assert_eq!(csv.matches("\n(auditing is disabled").count(), 1, "{order}: {csv}");
        // Of several tenants the row names the one.
        let a = desk.read("a.jsonl").replace("\"Tenant\":\"contoso.", "\"Tenant\":\"fabrikam.");
        desk.write("a.jsonl", a);
        desk.nam(&format!("report {order} -o all.csv -q"), 0);
        let csv = desk.read("all.csv");
        let row = "\n(auditing is disabled for the organisation of fabrikam.example: nothing is audited";
        assert_eq!(csv.matches(row).count(), 1, "{order}: {csv}");
        assert_eq!(csv.matches("\n(auditing").count(), 1, "{order}: {csv}");
    }
}

/// What one tenant's organisation says holds for no other one, of which it was not read.
#[test]
fn an_unread_organization_stays_unread_in_a_report_of_several() {
    let desk = Desk::new();
    let mut unread = SavedInput::new(&std::env::temp_dir()).unwrap();
    unread.mailboxes.mailbox(&complete(), catalog()).unwrap();
    unread.organization.end(Some("not allowed".to_owned()));
    unread.bypass.end(None);
    unread.mailboxes.end(None);
    desk.write("a.jsonl", text(samples())).write("b.jsonl", text(unread));
    let run = desk.nam("report a.jsonl b.jsonl -o - --format ndjson -q", 3);
    desk.write("all.ndjson", &run.out);
    let again = desk.nam("report all.ndjson -o - --format ndjson -q", 3);
    for text in [run.out, again.out] {
        assert_eq!(text.matches("\"AuditDisabled\":null").count(), 1, "{text}");
        let line = text.lines().find(|line| line.contains("\"AuditDisabled\":null")).unwrap();
        assert!(line.contains("\"AuditState\":\"Unknown\",\"Reason\":\"OrganizationUnknown\""), "{line}");
    }
}

#[test]
fn what_was_refused_is_refused_again() {
    let faults = [
        Fault::Truncated,
        Fault::TypeName("System.Collections.ArrayList".to_owned()),
        Fault::Number("17".to_owned()),
        Fault::Shape("a list".to_owned()),
        Fault::Twice,
        Fault::LostReference("3".to_owned()),
    ];
    for fault in faults {
        let mut mailbox = user();
        mailbox.lists.owner = Property::Refused(fault.clone());
        mailbox.audit_enabled = Property::Refused(fault.clone());
        mailbox.default_audit_set = Property::Absent;
        let again = write_and_read(&mailbox);
        assert!(matches!(again.lists.owner, Property::Refused(_)), "{fault:?}");
        assert!(matches!(again.audit_enabled, Property::Refused(_)), "{fault:?}");
        assert_eq!(again.default_audit_set, Property::Absent);
        assert_eq!(again.lists.admin, mailbox.lists.admin);
    }
}

fn write_and_read(mailbox: &Mailbox<'_>) -> Mailbox<'static> {
    let mut line = Vec::new();
    saved::mailbox(&mut line, mailbox, catalog()).unwrap();
    let mut found = None;
    each_record(&line, |record| {
        let mailbox = record.into_mailbox();
        found = Some(Mailbox {
            lists: mailbox.lists.clone(),
            audit_enabled: mailbox.audit_enabled.clone(),
            default_audit_set: mailbox.default_audit_set.clone(),
            ..Mailbox::default()
        });
    });
    found.unwrap()
}

#[test]
fn a_disk_that_is_full_is_an_error() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = saved::mailbox(&mut Full, &user(), catalog()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}
