//! A staged module as the package that `Publish-PSResource -NupkgPath` takes: a zip by the Open Packaging Conventions.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{MODULE, StageError, at};

/// Packs a staged module, signed or not, into `out`. Gives the package's path.
pub fn pack(folder: &Path, out: &Path) -> Result<PathBuf, StageError> {
    let path = folder.join(format!("{MODULE}.psd1"));
    let manifest = Manifest(at(&path, fs::read_to_string(&path))?);
    let version = manifest.text("ModuleVersion").ok_or_else(|| StageError::NoModule(folder.to_owned()))?;
    at(out, fs::create_dir_all(out))?;
    let package = out.join(format!("{MODULE}.{version}.nupkg"));
    let mut new = tempfile::Builder::new();
    new.prefix(".NonAuditedMailbox.").suffix(".partial");
    // As any new file: what the user's umask says, not the privacy of a temporary file.
    #[cfg(unix)]
    new.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    let new = at(out, new.tempfile_in(out))?;
    at(&package, write(folder, &manifest, new.as_file()))?;
    at(&package, new.persist(&package).map_err(|error| error.error))?;
    Ok(package)
}

fn write(folder: &Path, manifest: &Manifest, file: &File) -> io::Result<()> {
    let files = files(folder)?;
    let mut zip = ZipWriter::new(file);
    // No clock: the same module gives the same package.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644);
    let nuspec = format!("{MODULE}.nuspec");
    let core = "package/services/metadata/core-properties/nonauditedmailbox.psmdcp";
    let parts = [
        ("[Content_Types].xml", content_types(&files)?),
        ("_rels/.rels", relations(&nuspec, core)?),
        (&nuspec, specification(manifest)?),
        (core, core_properties(manifest)?),
    ];
    for (name, content) in parts {
        zip.start_file(name, options)?;
        zip.write_all(&content)?;
    }
    for name in files {
        zip.start_file(&name, options)?;
        io::copy(&mut File::open(folder.join(&name))?, &mut zip)?;
    }
    zip.finish()?.sync_all()
}

/// The files of a folder, by their paths in it, with slashes, sorted.
fn files(folder: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().into_string().map_err(|name| {
                io::Error::new(io::ErrorKind::InvalidData, format!("{} is no name", name.display()))
            })?;
            if entry.path().is_dir() {
                folders.push((entry.path(), format!("{prefix}{name}/")));
            } else {
                files.push(format!("{prefix}{name}"));
            }
        }
    }
    files.sort();
    Ok(files)
}

// ---- The parts that describe the others

type Xml = Writer<Vec<u8>>;

fn document(fill: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    fill(&mut xml)?;
    Ok(xml.into_inner())
}

fn element(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(text)).map(drop)
}

fn content_types(files: &[String]) -> io::Result<Vec<u8>> {
    let mut extensions: Vec<_> =
        files.iter().filter_map(|file| Path::new(file).extension()?.to_str()).collect();
    extensions.push("nuspec");
    extensions.sort_unstable();
    extensions.dedup();
    document(|xml| {
        let space = ("xmlns", "http://schemas.openxmlformats.org/package/2006/content-types");
        xml.create_element("Types").with_attribute(space).write_inner_content(|xml| {
            let mut put = |extension: &str, kind: &str| {
                let attributes = [("Extension", extension), ("ContentType", kind)];
                xml.create_element("Default").with_attributes(attributes).write_empty().map(drop)
            };
            put("rels", "application/vnd.openxmlformats-package.relationships+xml")?;
            put("psmdcp", "application/vnd.openxmlformats-package.core-properties+xml")?;
            extensions.iter().try_for_each(|extension| put(extension, "application/octet"))
        })?;
        Ok(())
    })
}

fn relations(nuspec: &str, core: &str) -> io::Result<Vec<u8>> {
    let targets = [
        ("R1", "http://schemas.microsoft.com/packaging/2010/07/manifest", nuspec),
        ("R2", "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties", core),
    ];
    document(|xml| {
        let space = ("xmlns", "http://schemas.openxmlformats.org/package/2006/relationships");
        xml.create_element("Relationships").with_attribute(space).write_inner_content(|xml| {
            targets.iter().try_for_each(|(id, kind, target)| {
                let target = format!("/{target}");
                let attributes = [("Type", *kind), ("Target", target.as_str()), ("Id", *id)];
                xml.create_element("Relationship").with_attributes(attributes).write_empty().map(drop)
            })
        })?;
        Ok(())
    })
}

fn specification(manifest: &Manifest) -> io::Result<Vec<u8>> {
    document(|xml| {
        let space = ("xmlns", "http://schemas.microsoft.com/packaging/2011/08/nuspec.xsd");
        xml.create_element("package").with_attribute(space).write_inner_content(|xml| {
            xml.create_element("metadata").write_inner_content(|xml| {
                let authors = manifest.text("Author").unwrap_or_default();
                element(xml, "id", MODULE)?;
                element(xml, "version", manifest.text("ModuleVersion").unwrap_or_default().as_str())?;
                element(xml, "authors", &authors)?;
                element(xml, "owners", &manifest.text("CompanyName").unwrap_or(authors))?;
                element(xml, "requireLicenseAcceptance", "false")?;
                for (name, field) in [("licenseUrl", "LicenseUri"), ("projectUrl", "ProjectUri")] {
                    if let Some(address) = manifest.text(field) {
                        element(xml, name, &address)?;
                    }
                }
                element(xml, "description", &manifest.text("Description").unwrap_or_default())?;
                element(xml, "copyright", &manifest.text("Copyright").unwrap_or_default())?;
                element(xml, "tags", &tags(manifest))
            })?;
            Ok(())
        })?;
        Ok(())
    })
}

/// The gallery finds commands by tags.
fn tags(manifest: &Manifest) -> String {
    let mut tags = manifest.texts("Tags");
    tags.push("PSModule".to_owned());
    let functions = manifest.texts("FunctionsToExport");
    if !functions.is_empty() {
        tags.push("PSIncludes_Function".to_owned());
    }
    for function in functions {
        tags.push(format!("PSFunction_{function}"));
        tags.push(format!("PSCommand_{function}"));
    }
    tags.join(" ")
}

fn core_properties(manifest: &Manifest) -> io::Result<Vec<u8>> {
    let spaces = [
        ("xmlns", "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ];
    document(|xml| {
        xml.create_element("coreProperties").with_attributes(spaces).write_inner_content(|xml| {
            element(xml, "dc:creator", &manifest.text("Author").unwrap_or_default())?;
            element(xml, "dc:description", &manifest.text("Description").unwrap_or_default())?;
            element(xml, "dc:identifier", MODULE)?;
            element(xml, "version", &manifest.text("ModuleVersion").unwrap_or_default())?;
            element(xml, "keywords", &tags(manifest))
        })?;
        Ok(())
    })
}

/// The text of a manifest in the form that build.rs gives it: texts in single quotes, lists in `@( )`.
struct Manifest(String);

impl Manifest {
    /// `Name = 'text'`
    fn text(&self, name: &str) -> Option<String> {
        quoted(self.after(name)?).map(|(text, _)| text)
    }

    /// `Name = @('text', 'text')`
    fn texts(&self, name: &str) -> Vec<String> {
        let mut texts = Vec::new();
        let Some(mut rest) = self.after(name).and_then(|rest| rest.strip_prefix("@(")) else { return texts };
        while let Some((text, after)) = quoted(rest.trim_start()) {
            texts.push(text);
            rest = after.trim_start().trim_start_matches(',');
        }
        texts
    }

    /// What follows `Name =`.
    fn after(&self, name: &str) -> Option<&str> {
        let mut at = 0;
        for line in self.0.split_inclusive('\n') {
            if let Some((found, _)) = line.split_once('=')
                && found.trim().eq_ignore_ascii_case(name)
            {
                return Some(self.0[at + found.len() + 1..].trim_start());
            }
            at += line.len();
        }
        None
    }
}

/// A text in single quotes, where two of them stand for one; and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut content = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        content.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => rest = more,
            None => return Some((content, after)),
        }
        content.push('\'');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_read_as_it_is_written() {
        let manifest = Manifest(
            "@{\n    ModuleVersion = '1.2.3'\n    Description   = 'What''s = not'\n    Tags = @(\n        'A', \
             'B',\n        'C'\n    )\n    None = @()\n    FunctionsToExport    = @('Get-A')\n}\n"
                .to_owned(),
        );
        assert_eq!(manifest.text("moduleversion").as_deref(), Some("1.2.3"));
        assert_eq!(manifest.text("Description").as_deref(), Some("What's = not"));
        assert_eq!(manifest.texts("Tags"), ["A", "B", "C"]);
        assert_eq!(manifest.texts("None"), Vec::<String>::new());
        assert_eq!(manifest.text("Nothing"), None);
        assert_eq!(tags(&manifest), "A B C PSModule PSIncludes_Function PSFunction_Get-A PSCommand_Get-A");
    }
}
