//! What is generated is not stale, and the header, the library and the scripts agree.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use crate::native::{LIBRARY, read, root};

#[path = "../../build/generated.rs"]
mod generated;

#[test]
fn the_header_is_up_to_date() {
    assert_eq!(read("include/non_audited_mailbox.h"), generated::header(root()).unwrap());
}

#[test]
fn the_manifest_is_up_to_date() {
    let package = generated::Package {
        version: env!("CARGO_PKG_VERSION"),
        description: env!("CARGO_PKG_DESCRIPTION"),
        repository: env!("CARGO_PKG_REPOSITORY"),
    };
    assert_eq!(read("module/NonAuditedMailbox.psd1"), generated::manifest(root(), &package).unwrap());
}

/// The functions of the header: name, what it returns, what it takes, in the words of the scripts' table.
fn header_functions() -> Vec<(String, String)> {
    let header = read("include/non_audited_mailbox.h");
    let code: String = header
        .lines()
        .filter(|line| !line.trim_start().starts_with("//") && !line.starts_with('#'))
        .flat_map(|line| [line, " "])
        .collect();
    let body = code.split_once("extern \"C\" {").unwrap().1;
    let statements = body.split(';').filter_map(|statement| statement.rsplit_once(')').map(|(text, _)| text));
    statements
        .map(|statement| {
            let (left, arguments) = statement.split_once('(').unwrap();
            let (returns, name) = left.trim().rsplit_once([' ', '*']).unwrap();
            let returns = if returns.trim() == "void" { "void" } else { "int" };
            let arguments: Vec<_> =
                arguments.split(',').map(str::trim).filter(|text| *text != "void").collect();
            (name.to_owned(), format!("{returns} {}", kinds(name, &arguments)).trim().to_owned())
        })
        .collect()
}

fn kinds(function: &str, arguments: &[&str]) -> String {
    let mut kinds = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let (_, name) = argument.rsplit_once([' ', '*']).unwrap();
        let kind = argument[..argument.len() - name.len()].trim();
        kinds.push(match kind {
            "const uint16_t *" => {
                let length = rest.next().expect("a text has a length");
                assert_eq!(*length, format!("int32_t {name}_length"), "{function}");
                "text".to_owned()
            }
            "int32_t" | "uint32_t" => "int".to_owned(),
            "int32_t *" => "number".to_owned(),
            "uint64_t *" | "NamVerdict *" => "numbers".to_owned(),
            "NamVerdictTexts *" => "texts".to_owned(),
            "NamText *" => "message".to_owned(),
            "uint16_t *" | "size_t" => "pointer".to_owned(),
            handle if handle.ends_with("**") => "out".to_owned(),
            handle if handle.starts_with("const Nam") => {
                handle.trim_start_matches("const Nam").trim_end_matches(" *").to_lowercase()
            }
            handle if function.ends_with("_free") && handle.starts_with("Nam") => "pointer".to_owned(),
            other => panic!("{function}: what is {other}?"),
        });
    }
    kinds.join(" ")
}

#[test]
fn the_scripts_call_what_the_header_declares() {
    let script = read("module/private/Native.ps1");
    let table = script.split_once("$script:NativeFunctions = @(").unwrap().1.split_once("\n)").unwrap().0;
    let calls: BTreeSet<_> = table
        .lines()
        .filter_map(|line| line.trim().strip_prefix('\'')?.strip_suffix('\''))
        // A value becomes a text on the way, and a mailbox its sixteen properties.
        .map(|line| {
            line.split_whitespace()
                .map(|kind| match kind {
                    "value" => "text".to_owned(),
                    "mailbox" => ["text"; 16].join(" "),
                    other => other.to_owned(),
                })
                .collect::<Vec<_>>()
        })
        .map(|words| words.join(" "))
        .collect();
    let declared: BTreeSet<_> =
        header_functions().into_iter().map(|(name, rest)| format!("{name} {rest}")).collect();
    assert_eq!(calls, declared);
}

#[test]
fn the_library_exports_what_the_header_declares() {
    let declared: BTreeSet<_> = header_functions().into_iter().map(|(name, _)| name).collect();
    // SAFETY: our own library, which runs nothing when it is loaded.
    #[allow(unsafe_code)]
    let library = unsafe { libloading::Library::new(&*LIBRARY) }.unwrap();
    for name in &declared {
        // SAFETY: the address is not used.
        #[allow(unsafe_code)]
        let symbol = unsafe { library.get::<*const ()>(name.as_bytes()) };
        assert!(symbol.is_ok(), "{name} is not exported");
    }
    let Ok(nm) = Command::new("nm").args(["-D", "--defined-only"]).arg(&*LIBRARY).output() else { return };
    let exported: BTreeSet<_> = String::from_utf8_lossy(&nm.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().last().filter(|name| name.starts_with("nam_")))
        .map(str::to_owned)
        .collect();
    assert_eq!(exported, declared, "every export is in the header");
}

#[test]
fn a_symbol_says_both_versions() {
    let abi = non_audited_mailbox::ffi::NAM_ABI_VERSION;
    let version = env!("CARGO_PKG_VERSION").split('-').next().unwrap().replace('.', "_");
    // SAFETY: our own library, which runs nothing when it is loaded.
    #[allow(unsafe_code)]
    let library = unsafe { libloading::Library::new(&*LIBRARY) }.unwrap();
    let name = format!("NAM_ABI_{abi}_VERSION_{version}");
    // SAFETY: the address is not used.
    #[allow(unsafe_code)]
    let symbol = unsafe { library.get::<*const ()>(name.as_bytes()) };
    assert!(symbol.is_ok(), "{name}");
    assert!(read("module/NonAuditedMailbox.psm1").contains(&format!("$script:NativeAbiVersion = {abi}\n")));
}

#[test]
fn every_export_is_guarded() {
    let source = read("src/ffi/mod.rs");
    for export in source.split("#[unsafe(no_mangle)]").skip(1) {
        let body = export.split("\n}\n").next().unwrap();
        let name = body.split("fn ").nth(1).unwrap().split('(').next().unwrap();
        let guards = ["guarded(message, ", "guarded_free(|| "];
        assert!(name == "nam_abi_version" || guards.iter().any(|guard| body.contains(guard)), "{name}");
    }
}

/// Compiles a C program against the header and runs it; nothing where there is no compiler.
fn run_c(source: &Path) -> Option<Output> {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("program");
    let compiled = Command::new("cc")
        .args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-o"])
        .arg(&program)
        .arg(source)
        .arg("-I")
        .arg(root().join("include"))
        .arg(&*LIBRARY)
        .output();
    let Ok(compiled) = compiled else {
        assert!(std::env::var_os("CI").is_none(), "CI needs a C compiler, cc");
        eprintln!("skipped: no C compiler");
        return None;
    };
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let ran = Command::new(&program)
        .env("LD_LIBRARY_PATH", LIBRARY.parent().unwrap())
        .env("DYLD_LIBRARY_PATH", LIBRARY.parent().unwrap())
        .output();
    Some(ran.unwrap())
}

#[test]
fn a_c_program_compiles_and_runs() {
    let Some(ran) = run_c(&root().join("tests/abi/smoke.c")) else { return };
    let text = String::from_utf8_lossy(&ran.stdout).replace('\r', "");
    assert_eq!(text, "state 1, owner: MailboxLogin,Move\n", "{}", String::from_utf8_lossy(&ran.stderr));
}

/// Every export of the header, called with zeroes alone: what fails comes back as a status, and frees do nothing.
#[test]
fn nothing_but_null_is_refused_by_every_export() {
    let calls: String = header_functions()
        .iter()
        .filter(|(name, _)| !name.starts_with("nam_abi_"))
        .map(|(name, signature)| {
            let mut kinds = signature.split(' ');
            let returns = kinds.next();
            let zeroes: Vec<_> =
                kinds.map(|kind| if matches!(kind, "text" | "value") { "0, 0" } else { "0" }).collect();
            let call = format!("{name}({})", zeroes.join(", "));
            match returns {
                Some("void") => format!("    {call};\n"),
                _ => format!("    if ({call} == 0) puts(\"{name}\");\n"),
            }
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("nulls.c");
    let program = format!(
        "#include <stdio.h>\n#include \"non_audited_mailbox.h\"\n\nint main(void) {{\n{calls}    return 0;\n}}\n"
    );
    std::fs::write(&source, program).unwrap();
    let Some(ran) = run_c(&source) else { return };
    assert!(ran.status.success(), "{:?}: {}", ran.status, String::from_utf8_lossy(&ran.stderr));
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "", "these say that all is well");
}
