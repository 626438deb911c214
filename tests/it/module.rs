//! The module in PowerShell itself: each script in `tests/module` runs in a process of its own.

use std::path::Path;
use std::process::{Command, Output};

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
    let Some(mut command) = pwsh() else { return };
    command
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
fn connections_are_used_opened_and_closed() {
    run("connection.ps1");
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
