//! The program, run as its user runs it, on copies of the saved exports.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder with the saved exports, and nothing else.
pub(crate) struct Desk {
    folder: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(data()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
        }
        Desk { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Desk {
        fs::write(self.path(name), content).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::from_std(program());
        command.current_dir(self.folder.path()).env("SOURCE_DATE_EPOCH", "1795424400");
        command.args(arguments);
        command
    }

    /// Runs it and expects that exit code.
    pub(crate) fn nam(&self, arguments: &str, code: i32) -> Run {
        self.nam_with(&arguments.split_whitespace().collect::<Vec<_>>(), code)
    }

    /// The same with arguments that may hold spaces.
    pub(crate) fn nam_with(&self, arguments: &[&str], code: i32) -> Run {
        Run::of(self.command(arguments).output().unwrap(), &arguments.join(" "), code)
    }

    /// The same in another environment.
    pub(crate) fn nam_as(&self, arguments: &[&str], environment: &[(&str, String)], code: i32) -> Run {
        self.nam_as_reading(arguments, environment, "", code)
    }

    pub(crate) fn nam_as_reading(
        &self,
        arguments: &[&str],
        environment: &[(&str, String)],
        input: impl Into<Vec<u8>>,
        code: i32,
    ) -> Run {
        let mut command = self.command(arguments);
        command.envs(environment.iter().map(|(name, value)| (name, value))).write_stdin(input);
        Run::of(command.output().unwrap(), &arguments.join(" "), code)
    }

    /// The program, to be started and left to itself.
    pub(crate) fn start(&self, arguments: &[&str], environment: &[(&str, String)]) -> std::process::Command {
        let mut command = program();
        command.current_dir(self.folder.path()).args(arguments);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        command
    }

    pub(crate) fn nam_reading(&self, arguments: &str, input: impl Into<Vec<u8>>, code: i32) -> Run {
        let words: Vec<_> = arguments.split_whitespace().collect();
        Run::of(self.command(&words).write_stdin(input).output().unwrap(), arguments, code)
    }

    /// What stands in the folder and is no saved export.
    fn made(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !data().join(name).exists())
            .collect();
        names.sort();
        names
    }
}

/// The program: the one that cargo built, or `NAM_EXE`, run by `NAM_EXE_RUNNER` if there is one (tools/windows: nam.exe
/// under Wine).
fn program() -> std::process::Command {
    let ours = || assert_cmd::cargo::cargo_bin!("nam").to_owned();
    let program = env::var_os("NAM_EXE").map_or_else(ours, PathBuf::from);
    let Some(runner) = env::var_os("NAM_EXE_RUNNER") else { return std::process::Command::new(program) };
    let mut command = std::process::Command::new(runner);
    command.arg(program);
    command
}

/// Whether the program is of another system than these tests: files are seen through that system's eyes then.
pub(crate) fn is_foreign() -> bool {
    env::var_os("NAM_EXE_RUNNER").is_some()
}

pub(crate) struct Run {
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    fn of(output: Output, arguments: &str, code: i32) -> Run {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let run = Run { out: text(output.stdout), err: text(output.stderr) };
        assert_eq!(output.status.code(), Some(code), "nam {arguments}\n{}{}", run.out, run.err);
        run
    }

    /// The error names all of these.
    pub(crate) fn says(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is not in:\n{}", self.err);
        }
    }
}

pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The cells of a CSV report by column, without the byte order mark.
fn rows(csv: &str) -> Vec<std::collections::HashMap<String, String>> {
    let text = csv.strip_prefix('\u{feff}').expect("Excel needs the byte order mark");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

const ALL_INPUTS: &str = "mailboxes.json --bypass bypass.json --organization organization.json";

#[test]
fn the_readme_command_prints_the_summary_and_writes_the_csv_beside_the_input() {
    let desk = Desk::new();
    let run = desk.nam("report mailboxes.json", 0);
    assert_eq!(desk.made(), ["mailboxes.non-audited.csv"]);
    for part in
        ["Mailboxes", "60", "with gaps", "not audited at all", "Customised", "RecordDelete 60", "Report: "]
    {
        assert!(run.out.contains(part), "{part:?} is not in:\n{}", run.out);
    }
    run.says(&[]);
    assert_eq!(run.err, "");
}

#[test]
fn the_summary_of_the_samples() {
    let desk = Desk::new();
    let run = desk.nam(&format!("report {ALL_INPUTS} --out report.csv"), 0);
    insta::assert_snapshot!(run.out);
}

#[test]
fn what_was_not_read_is_asked_for() {
    let run = Desk::new().nam("report mailboxes.json", 0);
    assert!(run.out.contains("--organization FILE") && run.out.contains("--bypass FILE"), "{}", run.out);
}

#[test]
fn all_formats_of_an_export_give_the_same_report() {
    let desk = Desk::new();
    desk.nam(&format!("report {ALL_INPUTS} --out json.csv"), 0);
    desk.nam(
        "report mailboxes.clixml --bypass bypass.clixml --organization organization.clixml --out xml.csv",
        0,
    );
    assert_eq!(desk.read("json.csv"), desk.read("xml.csv"));
}

#[test]
fn the_csv_of_the_samples() {
    let desk = Desk::new();
    let run = desk.nam(&format!("report {ALL_INPUTS} --out -"), 0);
    insta::assert_snapshot!(run.out);
    assert!(run.err.contains("Mailboxes"), "the summary goes where the report is not");
}

#[test]
fn the_classic_columns_are_the_six_in_order_and_spelling() {
    let run = Desk::new().nam(&format!("report {ALL_INPUTS} --columns classic --out - --quiet"), 0);
    let header = run.out.lines().next().unwrap();
    assert_eq!(
        header,
        "\u{feff}Display Name,Audit By Pass Enabled,Logon type with Default Audit Set,Owner,Admin,Delegate"
    );
    assert_eq!(rows(&run.out).len(), 60);
    assert_eq!(run.err, "");
}

#[test]
fn the_json_and_ndjson_of_a_mailbox() {
    let desk = Desk::new();
    let arguments =
        "report one-mailbox.json --organization organization.json --bypass bypass.json --quiet --out -";
    insta::assert_snapshot!("json", desk.nam(&format!("{arguments} --format json"), 0).out);
    insta::assert_snapshot!("ndjson", desk.nam(&format!("{arguments} --format ndjson"), 0).out);
}

#[test]
fn the_expanded_csv_has_a_row_for_each_missing_action() {
    let run = Desk::new().nam("report one-mailbox.json --bypass bypass.json --expand --quiet --out -", 0);
    insta::assert_snapshot!(run.out);
}

#[test]
fn cells_that_a_spreadsheet_would_run_are_defused_and_the_lone_hyphen_is_not() {
    let desk = Desk::new();
    let run = desk.nam(&format!("report {ALL_INPUTS} --baseline Default --out - --quiet"), 0);
    let rows = rows(&run.out);
    let names: Vec<_> = rows.iter().map(|row| row["Display Name"].as_str()).collect();
    assert!(names.contains(&"'=cmd|calc 2"), "{names:?}");
    assert!(rows.iter().any(|row| row["Owner"] == "-"));
    for row in &rows {
        for (column, cell) in row {
            let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell != "-";
            assert!(!runs, "{column}: {cell}");
        }
    }
}

#[test]
fn only_gaps_leaves_out_the_audited_ones_and_keeps_the_unknown_ones() {
    let desk = Desk::new();
    let run = desk.nam(&format!("report {ALL_INPUTS} --baseline Default --only-gaps --out - --quiet"), 0);
    let all = desk.nam(&format!("report {ALL_INPUTS} --baseline Default --out - --quiet"), 0);
    let (some, all) = (rows(&run.out), rows(&all.out));
    let audited = all.iter().filter(|row| row["Audit State"] == "Audited").count();
    assert!(audited > 0 && some.len() + audited == all.len());
    let unknown = desk.nam("report minimum-only.json --only-gaps --out - --quiet", 3);
    assert!(unknown.out.contains("Unknown"));
}

#[test]
fn logon_types_and_actions_narrow_the_question() {
    let desk = Desk::new();
    let run = desk.nam("report mailboxes.json --logon-type OWNER --action mail* --out - --quiet", 0);
    for row in rows(&run.out) {
        assert_eq!((row["Admin"].as_str(), row["Delegate"].as_str()), ("-", "-"));
        assert!(matches!(
            row["Owner"].as_str(),
            "-" | "MailItemsAccessed" | "MailboxLogin" | "MailboxLogin,MailItemsAccessed"
        ));
    }
    desk.nam("report mailboxes.json --action MailItemAccessed", 2).says(&["did you mean MailItemsAccessed?"]);
    desk.nam("report mailboxes.json --action Zz*", 2).says(&["no action matches"]);
    desk.nam("report mailboxes.json --action AttachmentAccess", 2).says(&["baseline file", "unsettled"]);
}

#[test]
fn a_baseline_is_a_name_or_a_file() {
    let desk = Desk::new();
    desk.nam("report mailboxes.json --baseline cis7", 0);
    desk.nam("report mailboxes.json --baseline Cis6", 2).says(&["All, Default, Cis7"]);
    desk.write("mine.json", r#"{"Owner": ["MailboxLogin", "attachmentaccess"]}"#);
    let run = desk.nam("report one-mailbox.json --baseline mine.json --out - --quiet", 0);
    assert_eq!(rows(&run.out)[0]["Owner"], "AttachmentAccess,MailboxLogin");
    desk.write("bad.json", r#"{"Owner": ["MailItemAccessed"]}"#);
    desk.nam("report mailboxes.json --baseline bad.json", 2).says(&[
        "bad.json",
        "Owner",
        "MailItemsAccessed?",
    ]);
    desk.write("send.json", r#"{"Delegate": ["Send"]}"#);
    desk.nam("report mailboxes.json --baseline send.json", 2).says(&["Send cannot be audited for Delegate"]);
    desk.nam("report mailboxes.json --baseline none.json", 2).says(&["none.json"]);
}

#[test]
fn the_catalogue_can_be_replaced() {
    let desk = Desk::new();
    let file = desk.nam("catalog --format file", 0).out;
    let newer = file
        .replace(r#""name": "Move","#, r#""name": "NewAction2027","#)
        .replace("\"Move\"", "\"NewAction2027\"");
    desk.write("newer.json", newer);
    let run = desk.nam("report mailboxes.json --catalog newer.json --out - --quiet", 0);
    assert!(rows(&run.out).iter().any(|row| row["Owner"].contains("NewAction2027")));
    assert!(rows(&run.out).iter().all(|row| row["Owner"].split(',').all(|action| action != "Move")));
    let utf16: Vec<u8> = file.encode_utf16().flat_map(u16::to_le_bytes).collect();
    desk.write("by-powershell-5.json", [b"\xff\xfe".to_vec(), utf16].concat());
    desk.nam("report mailboxes.json --catalog by-powershell-5.json", 0);
    desk.write("broken.json", file.replace("\"schema\": 1", "\"schema\": 2"));
    desk.nam("report mailboxes.json --catalog broken.json", 2).says(&["broken.json", "schema 2"]);
}

#[test]
fn the_catalogue_is_shown_as_table_json_and_csv() {
    let desk = Desk::new();
    let table = desk.nam("catalog", 0).out;
    assert!(table.contains("HardDelete") && table.contains("GroupMailbox") && table.contains("2026-"));
    let json: serde_json::Value =
        serde_json::from_str(&desk.nam("catalog --platform online --logon-type owner --format json", 0).out)
            .unwrap();
    assert_eq!(json.as_array().unwrap().len(), 30);
    let csv = desk.nam("catalog --status unsettled --platform online --format csv", 0).out;
    assert_eq!(csv.lines().count(), 1 + 4 * 3, "four actions, three logon types");
}

// Exit codes: 0 complete, 1 failed, 2 usage, 3 written but incomplete, 4 gaps found.
#[test]
fn exit_codes() {
    let desk = Desk::new();
    desk.nam(&format!("report {ALL_INPUTS} --fail-on-gap"), 4);
    desk.nam(&format!("report {ALL_INPUTS} --out complete.csv"), 0);
    desk.nam("report minimum-only.json --fail-on-gap", 3);
    desk.nam("report nowhere.json", 1).says(&["nowhere.json"]);
    desk.nam("report", 2);
    desk.nam("report mailboxes.json --baseline", 2);
    desk.nam("report mailboxes.json --force --no-clobber", 2);
    desk.nam("report - -", 2).says(&["only once"]);
}

#[test]
fn standard_input_and_several_files() {
    let desk = Desk::new();
    let json = desk.read("mailboxes.json");
    let run = desk.nam_reading("report - one-mailbox.json --out - --quiet", json.clone(), 0);
    assert_eq!(rows(&run.out).len(), 61);
    desk.nam_reading("report -", json, 0);
    assert_eq!(desk.made(), ["non-audited.csv"]);
}

// ---- Bad input

#[test]
fn a_mailbox_without_audit_properties_is_unknown_and_the_error_says_what_to_type() {
    let desk = Desk::new();
    let run = desk.nam("report minimum-only.json --out -", 3);
    run.says(&[
        "minimum-only.json, line 2, record 1: u0@contoso.example: missing:",
        "AuditAdmin, AuditDelegate, AuditOwner",
        "Get-EXOMailbox -PropertySets Minimum,Audit",
    ]);
    let rows = rows(&run.out);
    assert_eq!(rows.len(), 3, "two mailboxes, and the row that says that the report is incomplete");
    for row in &rows {
        assert_eq!(row["Audit State"], "Unknown");
        for column in ["Owner", "Admin", "Delegate", "Audit By Pass Enabled"] {
            assert_eq!(row[column], "Unknown");
        }
    }
    assert!(rows[2]["Display Name"].contains("incomplete report: 2 problem(s)"));
}

#[test]
fn lists_that_lost_their_names_are_refused() {
    let desk = Desk::new();
    desk.nam("report raw-export-csv.csv", 3).says(&[
        "line 2",
        "System.Collections.ArrayList",
        "Export-Clixml",
    ]);
    desk.nam("report format-list-truncated.txt", 1).says(&["Format-List", "Export-Clixml"]);
    let numbers = desk.read("one-mailbox.json").replace("\"Update\",", "1,");
    desk.write("numbers.json", numbers);
    desk.nam("report numbers.json", 3).says(&["a number (1)", "ToString"]);
}

#[test]
fn one_bad_mailbox_does_not_end_the_run_but_makes_it_incomplete() {
    let desk = Desk::new();
    let mut mailboxes: Vec<serde_json::Value> = serde_json::from_str(&desk.read("mailboxes.json")).unwrap();
    mailboxes[7].as_object_mut().unwrap().remove("AuditOwner");
    desk.write("one-bad.json", serde_json::to_string_pretty(&mailboxes).unwrap());
    let run = desk.nam("report one-bad.json --out -", 3);
    run.says(&["record 8", "u7@contoso.example", "AuditOwner"]);
    assert_eq!(rows(&run.out).iter().filter(|row| row["Audit State"] == "Unknown").count(), 2);
    assert_eq!(rows(&run.out).len(), 61);
    let strict = desk.nam("report one-bad.json --strict", 1);
    strict.says(&["record 8", "--strict"]);
    assert_eq!(desk.made(), ["one-bad.json"], "a strict run leaves nothing behind");
}

#[test]
fn a_file_that_ends_in_the_middle_makes_the_report_incomplete() {
    let desk = Desk::new();
    for name in ["mailboxes.json", "mailboxes.clixml"] {
        let whole = fs::read(desk.path(name)).unwrap();
        desk.write("cut", &whole[..whole.len() / 2]);
        let run = desk.nam("report cut --out -", 3);
        run.says(&["cut, line ", "ends in the middle", "was not read"]);
        assert!(run.out.contains("(incomplete report: 1 problem(s)"));
        assert!(rows(&run.out).len() > 20, "what was read is kept");
        desk.write("cut", &whole[..100]);
        desk.nam("report cut", 1).says(&["ends in the middle"]);
    }
}

#[test]
fn wrong_files_are_told_by_name() {
    let desk = Desk::new();
    fs::create_dir(desk.path("folder")).unwrap();
    desk.write("empty.json", "")
        .write("blank.json", " \r\n\t")
        .write("sign-in.html", "<!DOCTYPE html><html><head><title>Sign in</title></head></html>")
        .write("other.xml", "<?xml version=\"1.0\"?><Configuration/>")
        .write("words.txt", "just some words\n")
        .write("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0")
        .write("text.json", "\"a text\"")
        .write("colon.json", "{\"AuditOwner\": [}");
    for (file, part) in [
        ("folder", "folder is a folder"),
        ("empty.json", "empty.json is empty"),
        ("blank.json", "blank.json is empty"),
        ("sign-in.html", "web page"),
        ("other.xml", "no export that is known"),
        ("words.txt", "no export that is known"),
        ("picture.png", "no export that is known"),
        ("text.json", "no export that is known"),
        ("colon.json", "not well-formed"),
        ("bypass.json", "give the file with --bypass"),
        ("bypass.clixml", "give the file with --bypass"),
        ("organization.json", "give the file with --organization"),
    ] {
        desk.nam(&format!("report {file} --out report.csv"), 1).says(&[file, part]);
        assert!(!desk.path("report.csv").exists(), "{file}");
    }
    desk.nam("report mailboxes.json --bypass mailboxes.json", 1).says(&["holds no bypass association"]);
    desk.nam("report mailboxes.json --organization bypass.json", 1).says(&["bypass.json"]);
}

#[test]
fn an_export_of_no_mailbox_is_no_clean_report() {
    let desk = Desk::new();
    desk.write("none.json", "[]");
    desk.nam("report none.json --fail-on-gap", 3).says(&["no mailbox was read"]);
    desk.write(
        "none.xml",
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\" />",
    );
    desk.nam("report none.xml --force", 3).says(&["no mailbox was read"]);
}

#[test]
fn a_bypass_row_that_cannot_be_used_leaves_its_account_unknown() {
    let desk = Desk::new();
    let mut rows_: Vec<serde_json::Value> = serde_json::from_str(&desk.read("bypass.json")).unwrap();
    rows_[1]["AuditBypassEnabled"] = serde_json::Value::Null;
    rows_.truncate(40);
    desk.write("part.json", serde_json::to_string(&rows_).unwrap());
    let run = desk.nam("report mailboxes.json --bypass part.json --out -", 3);
    run.says(&["part.json", "u1", "AuditBypassEnabled is missing"]);
    let rows = rows(&run.out);
    let bypass: Vec<_> = [0, 1, 2, 41].map(|row: usize| rows[row]["Audit By Pass Enabled"].as_str()).into();
    assert_eq!(bypass, ["True", "Unknown", "False", "Unknown"]);
}

#[test]
fn an_organisation_with_auditing_disabled_is_the_first_row_and_nothing_is_audited() {
    let desk = Desk::new();
    desk.write("off.json", "{\"Name\": \"contoso.example\", \"AuditDisabled\": true}");
    let run = desk.nam("report mailboxes.json --organization off.json --out -", 0);
    let rows = rows(&run.out);
    assert!(rows[0]["Display Name"].contains("auditing is disabled for the organisation"));
    assert!(rows.iter().all(|row| row["Audit State"] == "NotAudited"));
    assert!(run.err.starts_with("AUDITING IS DISABLED FOR THE ORGANISATION"));
    let json = desk.nam("report mailboxes.json --organization off.json --format json --out - -q", 0).out;
    assert!(json.contains("\"AuditDisabled\":true"));
}

// ---- The file of the report

#[test]
fn an_existing_report_is_replaced_by_a_complete_one_only() {
    let desk = Desk::new();
    desk.write("report.csv", "old");
    desk.nam("report mailboxes.json --out report.csv --no-clobber", 1).says(&["exists already"]);
    assert_eq!(desk.read("report.csv"), "old");
    desk.nam("report minimum-only.json --out report.csv", 1).says(&[
        "left as it was",
        "--force",
        "u0@contoso.example",
    ]);
    assert_eq!(desk.read("report.csv"), "old");
    desk.nam("report colon.json --out report.csv", 1);
    assert_eq!(desk.read("report.csv"), "old");
    desk.nam("report minimum-only.json --out report.csv --force", 3);
    assert!(desk.read("report.csv").contains("incomplete report"));
    desk.nam("report mailboxes.json --out report.csv", 0);
    assert_eq!(rows(&desk.read("report.csv")).len(), 60);
    assert_eq!(desk.made(), ["report.csv"], "nothing is left behind");
}

#[test]
fn the_path_is_tried_before_anything_is_read() {
    let desk = Desk::new();
    desk.nam("report nowhere.json --out no/such/folder/report.csv", 1)
        .says(&["folder no/such/folder does not exist"]);
    desk.nam("report nowhere.json --out .", 1).says(&["is a folder"]);
    desk.nam("report mailboxes.json --out mailboxes.json", 2).says(&["is an input"]);
    desk.nam("report mailboxes.json --out report.pdf", 2).says(&["--format"]);
    desk.nam("report mailboxes.json --out report.pdf --format json", 0);
}

#[test]
fn paths_may_hold_spaces_and_letters_of_any_script() {
    let desk = Desk::new();
    let folder = "Prüfung 監査 аудит";
    fs::create_dir(desk.path(folder)).unwrap();
    let (input, out) = (format!("{folder}/meine Postfächer.json"), format!("{folder}/Отчёт №1.csv"));
    desk.write(&input, desk.read("mailboxes.json"));
    for _ in 0..2 {
        let run = desk.nam_with(&["report", &input, "--out", &out], 0);
        assert!(run.out.contains("Отчёт №1.csv"), "{}", run.out);
    }
    assert_eq!(rows(&desk.read(&out)).len(), 60);
    desk.nam_with(&["report", &input], 0);
    assert!(desk.path(&format!("{folder}/meine Postfächer.non-audited.csv")).exists());
}

#[test]
fn paths_may_be_longer_than_windows_had_allowed() {
    let desk = Desk::new();
    let folder = ["a folder of the name that is so long that a few of them are too much"; 5].join("/");
    fs::create_dir_all(desk.path(&folder)).unwrap();
    let (input, out) = (format!("{folder}/mailboxes.json"), format!("{folder}/report.csv"));
    desk.write(&input, desk.read("mailboxes.json"));
    for _ in 0..2 {
        desk.nam_with(&["report", &input, "--out", &out], 0);
    }
    let names: Vec<_> =
        fs::read_dir(desk.path(&folder)).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[cfg(unix)]
#[test]
fn links_stay_links_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    if is_foreign() {
        return;
    }
    let desk = Desk::new();
    desk.write("real.csv", "old");
    fs::set_permissions(desk.path("real.csv"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink(desk.path("real.csv"), desk.path("latest.csv")).unwrap();
    desk.nam("report mailboxes.json --out latest.csv", 0);
    assert!(fs::symlink_metadata(desk.path("latest.csv")).unwrap().is_symlink());
    assert_eq!(rows(&desk.read("real.csv")).len(), 60);
    assert_eq!(fs::metadata(desk.path("real.csv")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn a_device_is_written_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    if is_foreign() {
        return;
    }
    let before = fs::metadata("/dev/null").unwrap().file_type();
    Desk::new().nam("report mailboxes.json --out /dev/null --format csv", 0);
    assert!(before.is_char_device() && fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[test]
fn a_json_report_read_again_gives_the_verdicts_again() {
    let desk = Desk::new();
    for format in ["json", "ndjson"] {
        desk.nam(&format!("report {ALL_INPUTS} --out first.{format}"), 0);
        desk.nam(&format!("report first.{format} --out second.{format}"), 0);
        let (first, second) = (desk.read(&format!("first.{format}")), desk.read(&format!("second.{format}")));
        let mailboxes = |text: &str| -> Vec<String> {
            text.lines()
                .filter(|line| line.contains("\"RecordType\":\"Mailbox\""))
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(mailboxes(&first).len(), 60);
        assert_eq!(mailboxes(&first), mailboxes(&second));
    }
}

#[test]
fn a_report_that_was_incomplete_or_cut_off_stays_so_when_it_is_read_again() {
    let desk = Desk::new();
    desk.nam("report minimum-only.json --out bad.ndjson", 3);
    desk.nam("report bad.ndjson --out -", 3).says(&["was incomplete itself"]);
    desk.nam("report mailboxes.json --out good.ndjson", 0);
    let lines: Vec<_> = desk.read("good.ndjson").lines().map(str::to_owned).collect();
    desk.write("cut.ndjson", lines[..30].join("\n"));
    desk.nam("report cut.ndjson --out -", 3).says(&["a report without its end"]);
}

#[test]
fn help_has_examples_and_completions_are_there() {
    let desk = Desk::new();
    let help = desk.nam("report --help", 0).out;
    for part in ["Examples:", "Exit codes:", "Get-EXOMailbox -PropertySets Minimum,Audit", "--fail-on-gap"] {
        assert!(help.contains(part), "{part}");
    }
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(desk.nam(&format!("completions {shell}"), 0).out.contains("nam"), "{shell}");
    }
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let desk = Desk::new();
    let mut child = program()
        .args(["report", "mailboxes.json", "--out", "-", "--quiet"])
        .current_dir(desk.folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
