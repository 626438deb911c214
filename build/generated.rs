//! The files that are made of the sources and committed beside them: the C header and the module's manifest.
//!
//! The build script writes them; a test compares them.

use std::path::Path;

/// The C header, of the exports in `src/ffi`.
pub(crate) fn header(root: &Path) -> Result<String, String> {
    let config = cbindgen::Config::from_file(root.join("include/cbindgen.toml"))?;
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in files(&root.join("src/ffi"), "rs")? {
        builder = builder.with_src(root.join("src/ffi").join(file));
    }
    let bindings = builder.generate().map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).map_err(|error| error.to_string())
}

/// The manifest of the module: the package's version and fields, and a command for each file in `module/public`.
pub(crate) fn manifest(root: &Path, package: &Package<'_>) -> Result<String, String> {
    let commands: Vec<_> = files(&root.join("module/public"), "ps1")?
        .iter()
        .map(|file| format!("        '{}'", file.trim_end_matches(".ps1")))
        .collect();
    let project = match package.repository {
        "" => String::new(),
        address => format!("\n            ProjectUri = '{address}'"),
    };
    let template = read(&root.join("build/manifest.psd1"))?;
    Ok(template
        .replace("{version}", package.version)
        .replace("{description}", &package.description.replace('\'', "''"))
        .replace("{project}", &project)
        .replace("{commands}", &commands.join("\n")))
}

/// The fields of Cargo.toml that the manifest repeats.
pub(crate) struct Package<'a> {
    pub(crate) version: &'a str,
    pub(crate) description: &'a str,
    pub(crate) repository: &'a str,
}

fn files(folder: &Path, extension: &str) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_some_and(|found| found == extension) {
            names.extend(path.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
