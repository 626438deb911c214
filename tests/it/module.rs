//! The module in PowerShell itself: each script in `tests/module` runs in a process of its own.

use std::path::Path;
use std::process::{Command, Output};

use non_audited_mailbox::domain::section::Section;

use crate::exchange::{Answer, Exchange, On};
use crate::native::{LIBRARY, MODULE, PWSH, root};

fn pwsh() -> Option<Command> {
    let Some(pwsh) = &*PWSH else {
        eprintln!("skipped: there is no PowerShell");
        return None;
    };
    let mut command = Command::new(pwsh);
    command.args(["-NoProfile", "-NonInteractive"]);
    Some(command)
}

fn run(script: &str) {
    run_in(script, &tempfile::tempdir().unwrap());
}

pub(crate) fn run_module(script: &str, module: &Path) {
    run_with(script, &tempfile::tempdir().unwrap(), module);
}

fn run_in(script: &str, scratch: &tempfile::TempDir) {
    run_with(script, scratch, &MODULE);
}

fn run_with(script: &str, scratch: &tempfile::TempDir, module: &Path) {
    run_as(script, scratch, module, &[]);
}

fn run_as(script: &str, scratch: &tempfile::TempDir, module: &Path, environment: &[(&str, String)]) {
    let Some(mut command) = pwsh() else { return };
    command
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .arg("-File")
        .arg(root().join("tests/module").join(script))
        .env("NAM_TEST_MODULE", module)
        .env("NAM_TEST_DATA", root().join("tests/data"))
        .env("NAM_TEST_SCRATCH", scratch.path())
        .env("NAM_TEST_NAM", env!("CARGO_BIN_EXE_nam"))
        .env("SOURCE_DATE_EPOCH", "1767225600")
        .env_remove("NAM_LIBRARY");
    succeed(command.output().unwrap());
}

fn succeed(output: Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("all passed"), "{text}\n{errors}");
}

#[test]
fn every_shape_is_read() {
    run("shapes.ps1");
}

#[test]
fn errors_are_told_and_the_pipeline_goes_on() {
    run("errors.ps1");
}

#[test]
fn pipelines_work() {
    run("pipeline.ps1");
}

#[test]
fn it_loads_once_for_all_runspaces() {
    run("load.ps1");
}

#[test]
fn files_of_any_name_are_read_and_written() {
    run("files.ps1");
}

#[test]
fn what_was_read_of_a_tenant_becomes_objects_and_reports() {
    run("saved.ps1");
}

#[test]
fn changes_are_those_of_nam() {
    run("compare.ps1");
}

#[test]
fn the_stand_in_behaves_as_exchange_does() {
    run("stand-in.ps1");
}

#[test]
fn a_tenant_is_read_and_reported() {
    run("invoke.ps1");
}

/// Runs a line as a scheduler does, in a process of its own. Gives the exit code, and what was said.
fn schedule(arguments: &[&str], tenant: &str) -> Option<(i32, String, Vec<String>)> {
    let scratch = tempfile::tempdir().unwrap();
    let setup = scratch.path().join("tenant.ps1");
    std::fs::write(&setup, tenant).unwrap();
    let modules = [MODULE.parent().unwrap().to_owned(), root().join("tests/module/stand-in")];
    let mut command = pwsh()?;
    let output = command
        .args(arguments)
        .current_dir(scratch.path())
        .env("PSModulePath", std::env::join_paths(modules).unwrap())
        .env("NAM_STAND_IN", &setup)
        .env_remove("NAM_LIBRARY")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let files = std::fs::read_dir(scratch.path()).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let reports = files.filter(|name| name.starts_with("report.")).collect();
    Some((output.status.code().unwrap(), said.into_owned(), reports))
}

const SCHEDULED: &str = "Invoke-NonAuditedMailboxReport -Path report.csv -AppId app -Organization contoso.example \
                         -CertificateThumbprint 83213AEA";

#[test]
fn a_scheduler_sees_success_and_each_failure() {
    let gone = "param($tenant) $tenant.Failures['Connect-ExchangeOnline'] = @(@{ Kind = 'NoRole'; After = 0; Times = 9 })";
    let denied = "param($tenant) $tenant.Failures['Get-MailboxAuditBypassAssociation'] = \
                  @(@{ Kind = 'AccessDenied'; After = 0; Times = 9 })";
    let cases = [
        ("", "", 0, "Complete      : True", true),
        ("-FailOnGap", "", 1, "5 of 5 mailboxes are not audited as asked", true),
        ("-FailOnGap -Baseline Default", "", 0, "Complete      : True", true),
        ("", gone, 1, "Directory Roles", false),
        ("", denied, 1, "The report is incomplete: contoso.example: the bypass associations", true),
        ("-AllowIncomplete", denied, 0, "WARNING: The report is incomplete", true),
        (
            "-ErrorAction SilentlyContinue",
            denied,
            1,
            "The report is incomplete: contoso.example: the bypass associations",
            true,
        ),
    ];
    for (number, (with, tenant, code, says, written)) in cases.into_iter().enumerate() {
        let line = format!("{SCHEDULED} {with}");
        let script = tempfile::Builder::new().suffix(".ps1").tempfile().unwrap();
        // What follows a failure must not run, and not hide it.
        std::fs::write(script.path(), format!("{line}\n'went on'\n")).unwrap();
        let file = script.path().to_string_lossy();
        let ways = [["-Command", &line], ["-File", &file]];
        // A process takes its time: a script shows success, failure, and what the caller lets pass.
        for arguments in &ways[..if [0, 3, 6].contains(&number) { 2 } else { 1 }] {
            let Some((found, said, reports)) = schedule(arguments, tenant) else { return };
            assert_eq!(found, code, "{arguments:?}: {said}");
            assert!(said.contains(says), "{arguments:?}: {said}");
            assert_eq!(said.contains("went on"), code == 0 && arguments[0] == "-File", "{said}");
            assert_eq!(reports, if written { vec!["report.csv"] } else { vec![] }, "{said}");
        }
    }
}

#[test]
fn a_script_ends_where_a_comparison_failed() {
    let file = |name: &str| format!("'{}'", root().join("tests/data").join(name).display());
    let (old, new) = (file("last-week.jsonl"), file("today.jsonl"));
    for (line, code, says) in [
        (format!("$null = Compare-NonAuditedMailboxAction {old} {old} -FailOnRegression"), 0, "went on"),
        (
            format!("$null = Compare-NonAuditedMailboxAction {old} {new} -FailOnRegression"),
            1,
            "are regressions",
        ),
        (
            format!("$null = Compare-NonAuditedMailboxAction {old} none.jsonl -ErrorAction Ignore"),
            1,
            "none.jsonl",
        ),
    ] {
        let script = tempfile::Builder::new().suffix(".ps1").tempfile().unwrap();
        std::fs::write(script.path(), format!("{line}\n'went on'\n")).unwrap();
        let path = script.path().to_string_lossy();
        let Some((found, said, _)) = schedule(&["-NonInteractive", "-File", &path], "") else { return };
        assert_eq!(found, code, "{line}: {said}");
        assert!(said.contains(says), "{line}: {said}");
        assert_eq!(said.contains("went on"), code == 0, "{line}: {said}");
    }
}

#[test]
fn nothing_waits_for_a_person_who_is_not_there() {
    for (line, says) in [
        ("Invoke-NonAuditedMailboxReport", "Nobody can sign in here"),
        ("Invoke-NonAuditedMailboxReport -Device", "Nobody can sign in here"),
        ("Invoke-NonAuditedMailboxReport -AppId app", "-AppId needs"),
        ("Invoke-NonAuditedMailboxReport -UserName admin", "-UserName needs -Password too"),
        (
            "$env:PSModulePath = ''; Import-Module $env:NAM_TEST; Invoke-NonAuditedMailboxReport -Confirm:$false -AppId app \
          -Organization contoso.example -CertificateThumbprint 83",
            "is not installed. Type: Install-",
        ),
    ] {
        let line = line.replace("$env:NAM_TEST", &format!("'{}'", MODULE.display()));
        let Some((code, said, reports)) = schedule(&["-Command", &line], "") else { return };
        assert_eq!(code, 1, "{line}: {said}");
        assert!(said.contains(says), "{line}: {said}");
        assert!(reports.is_empty(), "{line}: {said}");
    }
}

#[test]
fn connections_are_used_opened_and_closed() {
    run("connection.ps1");
}

/// Runs a script with that server in the place of Exchange Online.
fn run_online(script: &str, exchange: &Exchange) {
    let environment = [("NAM_LOOPBACK_ENDPOINT", exchange.base()), ("NAM_TEST_TOKEN", exchange.issue())];
    run_as(script, &tempfile::tempdir().unwrap(), &MODULE, &environment);
}

#[test]
fn a_tenant_is_read_natively() {
    run_online("native.ps1", &Exchange::start());
}

#[test]
fn a_native_read_ends_with_its_pipeline() {
    let exchange = Exchange::start();
    exchange.always(On::All(Section::Mailboxes), Answer::Silence);
    run_online("native-stop.ps1", &exchange);
    assert_eq!(exchange.pages(Section::Mailboxes).len(), usize::from(PWSH.is_some()));
}

#[test]
fn changes_are_made_and_undone() {
    run("remediation.ps1");
}

#[test]
fn the_help_is_complete() {
    run("help.ps1");
}

#[test]
fn reports_are_those_of_nam() {
    let scratch = tempfile::tempdir().unwrap();
    for extension in ["csv", "html", "json", "ndjson"] {
        let data = root().join("tests/data");
        let written = Command::new(env!("CARGO_BIN_EXE_nam"))
            .arg("report")
            .arg(data.join("mailboxes.clixml"))
            .arg("--bypass")
            .arg(data.join("bypass.clixml"))
            .arg("--organization")
            .arg(data.join("organization.clixml"))
            .arg("--quiet")
            .arg("--out")
            .arg(scratch.path().join("nam").with_extension(extension))
            .env("SOURCE_DATE_EPOCH", "1767225600")
            .status()
            .unwrap();
        assert!(written.success());
    }
    run_in("export.ps1", &scratch);
}

#[test]
fn all_files_are_staged() {
    let mut found = Vec::new();
    collect(&root().join("module"), &mut found);
    let mut carried: Vec<_> =
        non_audited_mailbox::stage::FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
    found.sort();
    carried.sort();
    assert_eq!(found, carried);
    let native = MODULE.join("runtimes").join(non_audited_mailbox::stage::runtime().unwrap()).join("native");
    assert!(native.join(LIBRARY.file_name().unwrap()).is_file());
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            let name = path.strip_prefix(root().join("module")).unwrap();
            found.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
}

#[test]
fn every_script_is_in_one_of_two() {
    let staged = non_audited_mailbox::stage::files();
    let text = |wanted: &str| &*staged.iter().find(|(name, _)| *name == wanted).unwrap().1;
    let (root, private) = (text("NonAuditedMailbox.psm1"), text("private.ps1"));
    assert!(!root.contains("{version}") && root.matches(". \"$PSScriptRoot/").count() == 1, "{root}");
    for (name, script) in non_audited_mailbox::stage::FILES.iter().filter(|(name, _)| name.ends_with(".ps1"))
    {
        for line in script.lines().filter(|line| line.starts_with("function ")) {
            let later = line.replace("function ", "function script:");
            assert_eq!(root.contains(line), !private.contains(&later), "{name}: {line}");
            // Commands are known when the module is imported.
            assert!(root.contains(line) || name.starts_with("private/"), "{name}: {line}");
        }
    }
}

#[test]
fn what_is_no_module_is_not_replaced() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("NonAuditedMailbox");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("mine.txt"), "mine").unwrap();
    let error = non_audited_mailbox::stage::stage(&LIBRARY, out.path()).unwrap_err();
    assert!(error.to_string().contains("is no NonAuditedMailbox module"), "{error}");
    assert!(folder.join("mine.txt").is_file());
}

#[test]
fn scripts_are_ascii() {
    // Windows PowerShell 5.1 reads them in the code page of the machine.
    for (name, text) in non_audited_mailbox::stage::FILES {
        assert!(text.is_ascii(), "{name}");
    }
}
