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
    if env("CARGO_CFG_TARGET_OS") == "windows" {
        version_resource(&description);
    }
}

/// What Windows shows on the Details page of a file, for the library and the program alike.
fn version_resource(description: &str) {
    let mut resource = winresource::WindowsResource::new();
    resource.set("ProductName", "NonAuditedMailbox");
    resource.set("FileDescription", description);
    resource.set("LegalCopyright", "MIT or Apache-2.0");
    if let Err(error) = resource.compile() {
        println!("cargo::error=the version resource cannot be made: {error}");
    }
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
