//! The package for the gallery: what is in it, and that the module in it works.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use non_audited_mailbox::stage;
use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use crate::module::run_module;
use crate::native::LIBRARY;

/// The parts that describe the others.
const DESCRIPTION: [&str; 4] = [
    "NonAuditedMailbox.nuspec",
    "[Content_Types].xml",
    "_rels/.rels",
    "package/services/metadata/core-properties/nonauditedmailbox.psmdcp",
];

/// The module's files, without the native libraries.
const MODULE: [&str; 5] = [
    "NonAuditedMailbox.format.ps1xml",
    "NonAuditedMailbox.psd1",
    "NonAuditedMailbox.psm1",
    "en-US/about_NonAuditedMailbox.help.txt",
    "private.ps1",
];

/// Packs a module with this library for this machine, and an invented one for Windows.
fn pack(out: &Path, library: &[u8]) -> PathBuf {
    let target = out.join("target");
    let ours = target.join("release").join(stage::library_name());
    let windows = target.join("x86_64-pc-windows-gnu/release/non_audited_mailbox.dll");
    for (path, content) in [(&ours, library), (&windows, b"MZ")] {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let folder = stage::stage(&ours, &out.join("staged")).unwrap();
    stage::pack(&folder, out).unwrap()
}

#[test]
fn a_package_holds_these_files_and_its_module_works() {
    let out = tempfile::tempdir().unwrap();
    let package = pack(out.path(), &fs::read(&*LIBRARY).unwrap());
    assert_eq!(
        package.file_name().unwrap(),
        concat!("NonAuditedMailbox.", env!("CARGO_PKG_VERSION"), ".nupkg")
    );

    let mut zip = ZipArchive::new(File::open(&package).unwrap()).unwrap();
    let mut found: Vec<_> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    let ours = format!("runtimes/{}/native/{}", stage::runtime().unwrap(), stage::library_name());
    let mut expected: Vec<_> = DESCRIPTION.iter().chain(&MODULE).map(|name| (*name).to_owned()).collect();
    expected.extend([ours, "runtimes/win-x64/native/non_audited_mailbox.dll".to_owned()]);
    found.sort();
    expected.sort();
    expected.dedup();
    assert_eq!(found, expected);

    // As the gallery's clients do it: into a folder of the module's name and version.
    let folder = out.path().join("Modules/NonAuditedMailbox").join(env!("CARGO_PKG_VERSION"));
    zip.extract(&folder).unwrap();
    for name in DESCRIPTION {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let mut reader = Reader::from_str(&text);
        while !matches!(reader.read_event().unwrap_or_else(|error| panic!("{name}: {error}")), Event::Eof) {}
    }
    let nuspec = fs::read_to_string(folder.join("NonAuditedMailbox.nuspec")).unwrap();
    for part in [
        "<id>NonAuditedMailbox</id>",
        concat!("<version>", env!("CARGO_PKG_VERSION"), "</version>"),
        concat!("<description>", env!("CARGO_PKG_DESCRIPTION"), "</description>"),
        " PSModule PSIncludes_Function PSFunction_Compare-NonAuditedMailboxAction ",
        " PSCommand_Restore-MailboxAuditAction</tags>",
    ] {
        assert!(nuspec.contains(part), "{part} is not in:\n{nuspec}");
    }
    run_module("pipeline.ps1", folder.parent().unwrap());
}

#[test]
fn the_same_module_gives_the_same_package() {
    let out = tempfile::tempdir().unwrap();
    let first = fs::read(pack(out.path(), b"a library")).unwrap();
    assert!(first == fs::read(pack(out.path(), b"a library")).unwrap());
}

#[test]
fn what_is_no_module_is_not_packed() {
    let out = tempfile::tempdir().unwrap();
    let error = stage::pack(out.path(), out.path()).unwrap_err();
    assert!(error.to_string().contains("NonAuditedMailbox.psd1"), "{error}");
    fs::write(out.path().join("NonAuditedMailbox.psd1"), "@{}").unwrap();
    let error = stage::pack(out.path(), out.path()).unwrap_err();
    assert!(error.to_string().contains("no folder of a staged NonAuditedMailbox module"), "{error}");
}
