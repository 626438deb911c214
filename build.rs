//! Writes the files that are made of others and committed beside them.

#[path = "build/generated.rs"]
mod generated;

use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(env("CARGO_MANIFEST_DIR"));
    for source in ["build.rs", "build", "src/ffi", "include/cbindgen.toml", "module/public", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={source}");
    }
    let (version, description, repository) =
        (env("CARGO_PKG_VERSION"), env("CARGO_PKG_DESCRIPTION"), env("CARGO_PKG_REPOSITORY"));
    let package =
        generated::Package { version: &version, description: &description, repository: &repository };
    put(&root.join("include/non_audited_mailbox.h"), generated::header(&root));
    put(&root.join("module/NonAuditedMailbox.psd1"), generated::manifest(&root, &package));
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// Writes a file whose content changed. A source tree that cannot be written is left alone: a test compares.
fn put(path: &Path, text: Result<String, String>) {
    match text {
        Ok(text) if std::fs::read(path).is_ok_and(|old| old == text.as_bytes()) => {}
        Ok(text) => drop(std::fs::write(path, text)),
        Err(error) => println!("cargo::warning={} was not made: {error}", path.display()),
    }
}
