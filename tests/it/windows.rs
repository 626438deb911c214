//! The module's tests once more, in PowerShell for Windows under Wine, with the library that `tools/windows` built.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use non_audited_mailbox::domain::section::Section;

use crate::exchange::{Answer, Exchange, On};
use crate::native::root;

/// What the tests need of Windows.
struct Windows {
    /// Starts PowerShell.
    pwsh: PathBuf,
    wine: PathBuf,
    nam: PathBuf,
    /// The folder of the staged module; nam.exe made it.
    module: PathBuf,
}

/// None where something is missing: said once, with what to do.
static WINDOWS: LazyLock<Option<Windows>> = LazyLock::new(|| {
    let missing = |what: &str| {
        eprintln!("skipped, the tests for Windows: {what}");
        None
    };
    let named = |name| env::var_os(name).map(PathBuf::from);
    let (Some(nam), Some(wine)) = (named("NAM_EXE"), named("NAM_EXE_RUNNER")) else {
        return missing("run tools/windows, which builds nam.exe and runs it under Wine");
    };
    let ours = || Some(root().join("../shared/powershell/pwsh-windows")).filter(|file| file.is_file());
    let Some(pwsh) = named("NAM_PWSH_WINDOWS").or_else(ours) else {
        return missing("there is no PowerShell; name one with NAM_PWSH_WINDOWS");
    };
    // A path as an administrator's may be.
    let out = nam.with_file_name("test modules Модули");
    let staged =
        Command::new(&wine).arg(&nam).args(["module", "--out"]).arg(windows_path(&out)).output().unwrap();
    assert!(staged.status.success(), "{}", String::from_utf8_lossy(&staged.stderr));
    Some(Windows { pwsh, wine, nam, module: out.join("NonAuditedMailbox") })
});

/// Wine shows the root of Linux as drive Z.
fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.to_str().unwrap().replace('/', "\\"))
}

/// Runs a script of `tests/module` there; gives what failed.
fn run(script: &str) -> Option<String> {
    let windows = WINDOWS.as_ref()?;
    let scratch = tempfile::Builder::new().prefix("scratch черновик ").tempdir().unwrap();
    let data = root().join("tests/data");
    if script == "export.ps1" {
        for extension in ["csv", "html", "json", "ndjson"] {
            let path = |name: &str| windows_path(&data.join(name));
            let out = windows_path(&scratch.path().join("nam").with_extension(extension));
            let written = Command::new(&windows.wine)
                .arg(&windows.nam)
                .args(["report", &path("mailboxes.clixml"), "--bypass", &path("bypass.clixml")])
                .args(["--organization", &path("organization.clixml"), "--quiet", "--out", &out])
                .env("SOURCE_DATE_EPOCH", "1767225600")
                .status()
                .unwrap();
            assert!(written.success());
        }
    }
    // What plays Exchange Online runs outside of Wine.
    let exchange = Exchange::start();
    if script == "native-stop.ps1" {
        exchange.always(On::All(Section::Mailboxes), Answer::Silence);
    }
    let output = Command::new(&windows.pwsh)
        .args(["-NoProfile", "-NonInteractive", "-File"])
        .arg(windows_path(&root().join("tests/module").join(script)))
        .env("NAM_TEST_MODULE", windows_path(&windows.module))
        .env("NAM_TEST_DATA", windows_path(&data))
        .env("NAM_TEST_SCRATCH", windows_path(scratch.path()))
        .env("NAM_TEST_NAM", windows_path(&windows.nam))
        .env("NAM_LOOPBACK_ENDPOINT", exchange.base())
        .env("NAM_TEST_TOKEN", exchange.issue())
        .env("SOURCE_DATE_EPOCH", "1767225600")
        .env_remove("NAM_LIBRARY")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let passed = output.status.success() && text.contains("all passed");
    (!passed).then(|| format!("{script}:\n{text}\n{errors}"))
}

/// One after the other: Wine is slow to begin, and two would wait for each other.
#[test]
fn the_module_passes_its_tests_in_powershell_for_windows() {
    let mut scripts: Vec<_> = fs::read_dir(root().join("tests/module"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".ps1") && name != "common.ps1")
        .collect();
    scripts.sort();
    assert!(scripts.len() >= 6, "{scripts:?}");
    let failed: Vec<_> = scripts.iter().filter_map(|script| run(script)).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
