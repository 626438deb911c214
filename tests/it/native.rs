//! The native library and the staged module, built once for all tests that need them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use non_audited_mailbox::stage;

/// The library as a user gets it. `cargo test` alone does not build it, and a path must not be guessed: an older
/// library may lie there.
pub(crate) static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["build", "--lib", "--message-format=json", "--quiet"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let name = stage::library_name();
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| message["filenames"].as_array().cloned())
        .flatten()
        .filter_map(|file| file.as_str().map(PathBuf::from))
        .find(|file| file.file_name().is_some_and(|found| found == name.as_str()))
        .expect("cargo names the library")
});

/// The module, staged as for a user.
pub(crate) static MODULE: LazyLock<PathBuf> = LazyLock::new(|| {
    let out = LIBRARY.with_file_name("test-module");
    stage::stage(&LIBRARY, &out).expect("the module is staged")
});

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// PowerShell: in `NAM_PWSH`, on the path, or where ours is kept. Without one the tests are skipped, but not in CI.
pub(crate) static PWSH: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let named = std::env::var_os("NAM_PWSH").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let name = if cfg!(windows) { "pwsh.exe" } else { "pwsh" };
    let found = named
        .or_else(|| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file()))
        .or_else(|| Some(root().join("../shared/powershell/pwsh")).filter(|file| file.is_file()));
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "CI needs PowerShell: put pwsh on the path, or its path into NAM_PWSH"
    );
    found
});
