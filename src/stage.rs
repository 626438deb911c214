//! The PowerShell module as a folder: the scripts that this program carries, and the native library beside it.

mod native;
mod pack;

use std::borrow::Cow;
use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX, OS};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use native::Native;
pub use pack::pack;

/// The name of the module, and of its folder.
pub const MODULE: &str = "NonAuditedMailbox";

/// A file of the module with its text.
macro_rules! module_file {
    ($name:literal) => {
        ($name, include_str!(concat!("../module/", $name)))
    };
}
/// The module's files by their places in its sources, without the native library. [`files`] makes fewer of them.
pub const FILES: &[(&str, &str)] = &[
    module_file!("NonAuditedMailbox.psd1"),
    module_file!("NonAuditedMailbox.psm1"),
    module_file!("NonAuditedMailbox.format.ps1xml"),
    module_file!("en-US/about_NonAuditedMailbox.help.txt"),
    module_file!("private/Completion.ps1"),
    module_file!("private/Connection.ps1"),
    module_file!("private/Drift.ps1"),
    module_file!("private/Library.ps1"),
    module_file!("private/Native.ps1"),
    module_file!("private/NativeTenant.ps1"),
    module_file!("private/Question.ps1"),
    module_file!("private/Remediation.ps1"),
    module_file!("private/RemediationInput.ps1"),
    module_file!("private/Report.ps1"),
    module_file!("private/ReportJob.ps1"),
    module_file!("private/Tenant.ps1"),
    module_file!("private/Verdict.ps1"),
    module_file!("public/Compare-NonAuditedMailboxAction.ps1"),
    module_file!("public/Enable-MailboxAuditAction.ps1"),
    module_file!("public/Export-NonAuditedMailboxAction.ps1"),
    module_file!("public/Get-MailboxAuditActionCatalog.ps1"),
    module_file!("public/Get-NonAuditedMailboxAction.ps1"),
    module_file!("public/Invoke-NonAuditedMailboxReport.ps1"),
    module_file!("public/Restore-MailboxAuditAction.ps1"),
];

/// The root module, which names the scripts that import needs.
const ROOT: &str = "NonAuditedMailbox.psm1";
/// The other scripts, which the first command reads.
const PRIVATE: &str = "private.ps1";

/// The module's files as they are staged. PowerShell takes milliseconds for each script that it opens: those that the root
/// module names become part of it, and the others become one.
pub fn files() -> Vec<(&'static str, Cow<'static, str>)> {
    let (scripts, others): (Vec<_>, Vec<_>) = FILES.iter().partition(|(name, _)| name.ends_with(".ps1"));
    let mut files: Vec<_> = others.iter().map(|(name, text)| (*name, Cow::Borrowed(*text))).collect();
    let mut private = "# The scripts that no import needs.\n".to_owned();
    if let Some((_, root)) = files.iter_mut().find(|(name, _)| *name == ROOT) {
        // The libraries that fit are those of this version, as their symbol says it.
        let version = concat!(
            env!("CARGO_PKG_VERSION_MAJOR"),
            ".",
            env!("CARGO_PKG_VERSION_MINOR"),
            ".",
            env!("CARGO_PKG_VERSION_PATCH")
        );
        let mut text = root.replace("{version}", version).replace("{version_}", &version.replace('.', "_"));
        for (name, script) in scripts {
            let line = format!("\n. \"$PSScriptRoot/{name}\"\n");
            if text.contains(&line) {
                text = text.replace(&line, &format!("\n{script}\n"));
            } else {
                // A command reads the file, but its functions are the module's.
                private.push('\n');
                private.push_str(&script.replace("\nfunction ", "\nfunction script:"));
            }
        }
        *root = Cow::Owned(text);
    }
    files.push((PRIVATE, Cow::Owned(private)));
    files
}

/// Why there is no module folder.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The native library is not where it was looked for.
    #[error("there is no native library at {0}; build it with: cargo build --release")]
    NoLibrary(PathBuf),
    /// The processor has no name among .NET's runtimes that we know.
    #[error("no PowerShell is known for this kind of machine ({0})")]
    Platform(String),
    /// Something else stands where the module is to be.
    #[error("{0} exists and is no {MODULE} module; name another folder with --out")]
    Occupied(PathBuf),
    /// What is to be packed is no module.
    #[error("{0} is no folder of a staged {MODULE} module")]
    NoModule(PathBuf),
    /// The user has no folder for modules.
    #[error("this account has no folder for PowerShell modules; name one with --out")]
    NoUserFolder,
    /// The system does not let us write there.
    #[error("{path} cannot be written: {error}{}", if cfg!(windows) { "; close the PowerShell sessions that use it" } else { "" })]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

/// The name of the native library's file on this system.
pub fn library_name() -> String {
    format!("{DLL_PREFIX}non_audited_mailbox{DLL_SUFFIX}")
}

/// The native library that was built together with a program: it stands beside it.
pub fn library_beside(program: &Path) -> PathBuf {
    program.with_file_name(library_name())
}

/// What .NET calls this kind of machine, such as `linux-x64`.
pub fn runtime() -> Result<String, StageError> {
    let system = match OS {
        "windows" => "win",
        "macos" => "osx",
        "linux" if cfg!(target_env = "musl") => "linux-musl",
        "linux" => "linux",
        other => return Err(StageError::Platform(other.to_owned())),
    };
    let processor = match ARCH {
        "x86_64" => "x64",
        "x86" => "x86",
        "aarch64" => "arm64",
        "arm" => "arm",
        other => return Err(StageError::Platform(other.to_owned())),
    };
    Ok(format!("{system}-{processor}"))
}

/// The libraries that the module will carry: this one, and those built for other machines.
pub fn natives(library: &Path) -> Result<Vec<Native>, StageError> {
    if !library.is_file() {
        return Err(StageError::NoLibrary(library.to_owned()));
    }
    Ok(native::all(library, runtime()?))
}

/// Puts the module into `out`, as the folder [`MODULE`], in place of an older one. Gives that folder.
pub fn stage(library: &Path, out: &Path) -> Result<PathBuf, StageError> {
    let folder = out.join(MODULE);
    put(library, &folder)?;
    Ok(folder)
}

/// Puts the module where PowerShell of this user finds it: once for each edition that the system has.
pub fn install(library: &Path) -> Result<Vec<PathBuf>, StageError> {
    let mut folders = Vec::new();
    for modules in user_modules()? {
        // A folder a version: a session that uses another version is left alone.
        let folder = modules.join(MODULE).join(env!("CARGO_PKG_VERSION"));
        put(library, &folder)?;
        folders.push(folder);
    }
    Ok(folders)
}

/// Where PowerShell looks for modules of this user: once for each edition.
#[cfg(windows)]
fn user_modules() -> Result<Vec<PathBuf>, StageError> {
    use known_folders::{KnownFolder, get_known_folder_path};
    // The folder may have been moved, into OneDrive for instance: the system knows.
    let documents = get_known_folder_path(KnownFolder::Documents).ok_or(StageError::NoUserFolder)?;
    Ok(["PowerShell", "WindowsPowerShell"].map(|name| documents.join(name).join("Modules")).into())
}

/// Where PowerShell looks for modules of this user. On macOS too it goes by the rules of XDG.
#[cfg(not(windows))]
fn user_modules() -> Result<Vec<PathBuf>, StageError> {
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let data = data.or_else(|| std::env::home_dir().map(|home| home.join(".local/share")));
    Ok(vec![data.ok_or(StageError::NoUserFolder)?.join("powershell/Modules")])
}

/// Builds the folder beside its place and moves it there whole: a library in use is never written over.
fn put(library: &Path, folder: &Path) -> Result<(), StageError> {
    let natives = natives(library)?;
    let is_ours = folder.join("NonAuditedMailbox.psd1").is_file();
    if folder.exists() && !is_ours && !is_empty(folder) {
        return Err(StageError::Occupied(folder.to_owned()));
    }
    let parent = folder.parent().unwrap_or(Path::new("."));
    at(parent, fs::create_dir_all(parent))?;
    let new = at(parent, tempfile::Builder::new().prefix(".NonAuditedMailbox.").tempdir_in(parent))?;
    let staged = new.path().join(MODULE);
    for (name, text) in files() {
        let path = staged.join(name);
        create_parent(&path)?;
        at(&path, fs::write(&path, &*text))?;
    }
    for native in natives {
        let path = staged.join(native.place());
        create_parent(&path)?;
        at(&native.file, fs::copy(&native.file, &path))?;
    }
    if folder.exists() {
        at(folder, fs::rename(folder, new.path().join("old")))?;
    }
    at(folder, fs::rename(&staged, folder))
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

fn create_parent(path: &Path) -> Result<(), StageError> {
    path.parent().map_or(Ok(()), |parent| at(parent, fs::create_dir_all(parent)))
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, StageError> {
    result.map_err(|error| StageError::Io { path: path.to_owned(), error })
}
