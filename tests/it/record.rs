//! The undo record as a file: added to, never written over, readable as far as it goes.

use std::fs;
use std::path::Path;

use non_audited_mailbox::app::{RecordError, RecordWriter, read_record};
use non_audited_mailbox::domain::remediation::Changed;
use non_audited_mailbox::domain::undo::{Before, Subject};

fn entry(target: &str, owner: &[&str]) -> Before {
    Before {
        target: target.to_owned(),
        display_name: "Ada \"Zwölf\" Example".to_owned(),
        audit_owner: Some(owner.iter().map(|name| (*name).to_owned()).collect()),
        default_audit_set: Some(Vec::new()),
        audit_enabled: Some(true),
        ..Before::default()
    }
}

fn add(path: &Path, entries: &[(Before, Changed)]) {
    let mut record = RecordWriter::open(path).unwrap();
    for (before, change) in entries {
        record.add(before.clone(), &[*change]).unwrap();
    }
}

fn owners(path: &Path) -> Vec<String> {
    let (entries, _) = read_record(path).unwrap();
    entries
        .iter()
        .map(|entry| format!("{} {}", entry.target, entry.audit_owner.clone().unwrap().join(",")))
        .collect()
}

#[test]
fn a_line_is_in_the_file_as_soon_as_it_was_added() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl");
    let mut record = RecordWriter::open(&path).unwrap();
    record.add(entry("a", &["Move"]), &[Changed::AuditOwner, Changed::AuditEnabled]).unwrap();
    let (entries, problems) = read_record(&path).unwrap();
    assert!(problems.is_empty());
    assert_eq!(entries[0].changes, [Changed::AuditOwner, Changed::AuditEnabled]);
    assert!(!entries[0].recorded_at.is_empty());
    let expected = Before { changes: Vec::new(), recorded_at: String::new(), ..entries[0].clone() };
    assert_eq!(expected, entry("a", &["Move"]));
}

#[test]
fn a_record_to_which_nothing_was_added_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl");
    drop(RecordWriter::open(&path).unwrap());
    assert!(!path.exists());
    // One that was there stays, even an empty one.
    fs::write(&path, "").unwrap();
    drop(RecordWriter::open(&path).unwrap());
    assert!(path.exists());
}

#[test]
fn a_second_run_adds_and_what_was_first_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl");
    add(&path, &[(entry("a", &["Move"]), Changed::AuditOwner), (entry("b", &[]), Changed::AuditOwner)]);
    let first = fs::read_to_string(&path).unwrap();
    add(&path, &[(entry("A", &["Move", "Create"]), Changed::AuditOwner)]);
    assert!(fs::read_to_string(&path).unwrap().starts_with(&first));
    assert_eq!(owners(&path), ["a Move", "b "]);
}

#[test]
fn what_was_changed_later_only_is_put_back_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl");
    let later = Before { audit_enabled: Some(false), ..entry("a", &["Create"]) };
    add(&path, &[(entry("a", &["Move"]), Changed::AuditOwner), (later, Changed::AuditEnabled)]);
    let (entries, _) = read_record(&path).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].audit_enabled, Some(false));
    assert_eq!(entries[0].audit_owner, Some(vec!["Move".to_owned()]));
    // The organisation and an account are other things than a mailbox of the same name.
    let organisation = Before { subject: Subject::Organization, target: "a".into(), ..Before::default() };
    add(&path, &[(organisation, Changed::AuditDisabled)]);
    assert_eq!(read_record(&path).unwrap().0.len(), 2);
}

#[test]
fn a_record_that_was_cut_off_gives_what_it_holds_and_can_be_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl");
    add(&path, &[(entry("a", &["Move"]), Changed::AuditOwner), (entry("b", &["Copy"]), Changed::AuditOwner)]);
    let whole = fs::read(&path).unwrap();
    let head = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let first = head + whole[head..].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for length in head..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let (entries, problems) = read_record(&path).unwrap();
        // The last byte is the end of the line, which the text can do without.
        let count = usize::from(length >= first - 1) + usize::from(length >= whole.len() - 1);
        assert_eq!(entries.len(), count, "{length}");
        let is_cut = length != head && length < whole.len() - 1 && length != first && length != first - 1;
        assert_eq!(!problems.is_empty(), is_cut, "{length}");
    }
    fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    add(&path, &[(entry("c", &[]), Changed::AuditOwner)]);
    assert_eq!(owners(&path), ["a Move", "c "]);
    assert!(read_record(&path).unwrap().1[0].contains("line 3: cut off or damaged"));
}

#[test]
fn what_is_no_record_is_neither_read_nor_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.json");
    for text in [
        "notes\n",
        "{\"RecordType\":\"Report\"}\n",
        "[]",
        "{\"RecordType\":\"AuditRecord\",\"Schema\":\"x\",\"SchemaVersion\":1}",
    ] {
        fs::write(&path, text).unwrap();
        assert!(matches!(RecordWriter::open(&path), Err(RecordError::Other { .. })), "{text}");
        assert!(read_record(&path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    let newer =
        "{\"RecordType\":\"AuditRecord\",\"Schema\":\"non-audited-mailbox/record\",\"SchemaVersion\":2}\n";
    fs::write(&path, newer).unwrap();
    assert!(matches!(read_record(&path), Err(RecordError::Newer { version: 2, .. })));
    let nowhere = folder.path().join("none/record.jsonl");
    assert!(matches!(RecordWriter::open(&nowhere), Err(RecordError::Write { .. })));
    assert!(matches!(read_record(&nowhere), Err(RecordError::Read { .. })));
}
