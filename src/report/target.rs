//! The file of a report: written beside its place, renamed into it. Until then nothing of an older file is touched.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Clobber {
    /// A complete report replaces it, an incomplete one does not.
    #[default]
    Complete,
    /// Nothing replaces it.
    Never,
    /// An incomplete report replaces it too.
    Always,
}

/// Why a report cannot stand where it should.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// The file is there, and is not to be replaced.
    #[error("{0} exists already; remove it, name another file, or leave out --no-clobber")]
    Exists(PathBuf),
    /// A folder is there.
    #[error("{0} is a folder; name a file in it")]
    Directory(PathBuf),
    /// The folder is not there.
    #[error("the folder {0} does not exist; create it first")]
    NoFolder(PathBuf),
    /// The system does not let us write there.
    #[error("{0} cannot be written: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// The report is incomplete, and an older one is there.
    #[error(
        "the report is incomplete, so {0} was left as it was; \
         replace it with --force, or write to another file with --out"
    )]
    IncompleteKept(PathBuf),
}

/// A report's file in the making. Dropped without [`Target::commit`], it leaves no trace.
#[derive(Debug)]
pub struct Target {
    /// As the user named it.
    path: PathBuf,
    /// Where it really is: a link stays a link, the file that it points to is replaced.
    place: PathBuf,
    clobber: Clobber,
    file: Destination,
}

#[derive(Debug)]
enum Destination {
    Beside(BufWriter<NamedTempFile>),
    /// A device or a pipe, which nothing can be renamed over.
    Direct(BufWriter<File>),
}

const BUFFER: usize = 128 * 1024;

impl Target {
    /// Tries whether the report can be written, before anything slow begins.
    pub fn create(path: &Path, clobber: Clobber) -> Result<Target, TargetError> {
        let place = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let path = path.to_owned();
        let fail = |error| TargetError::Io(path.clone(), error);
        let existing = fs::metadata(&place).ok();
        if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(TargetError::Directory(path));
        }
        if existing.as_ref().is_some_and(|existing| !existing.is_file()) {
            let file = File::options().write(true).open(&place).map_err(fail)?;
            let file = Destination::Direct(BufWriter::with_capacity(BUFFER, file));
            return Ok(Target { path, place, clobber, file });
        }
        if existing.is_some() && clobber == Clobber::Never {
            return Err(TargetError::Exists(path));
        }
        let folder = match place.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            return Err(TargetError::NoFolder(folder.to_owned()));
        }
        let file = temporary(&place, folder, existing.as_ref()).map_err(fail)?;
        let file = Destination::Beside(BufWriter::with_capacity(BUFFER, file));
        Ok(Target { path, place, clobber, file })
    }

    /// Puts the report in its place.
    pub fn commit(self, complete: bool) -> Result<PathBuf, TargetError> {
        let Target { path, place, clobber, file } = self;
        let fail = |error| TargetError::Io(path.clone(), error);
        let file = match file {
            Destination::Direct(mut file) => {
                file.flush().map_err(fail)?;
                return Ok(path);
            }
            Destination::Beside(file) => file.into_inner().map_err(|error| fail(error.into_error()))?,
        };
        file.as_file().sync_all().map_err(fail)?;
        let keep_existing = clobber == Clobber::Never || (clobber == Clobber::Complete && !complete);
        if !keep_existing {
            file.persist(&place).map_err(|error| fail(error.error))?;
            return Ok(path);
        }
        match file.persist_noclobber(&place) {
            Ok(_) => Ok(path),
            Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(fail(error.error)),
            Err(_) if clobber == Clobber::Never => Err(TargetError::Exists(path)),
            Err(_) => Err(TargetError::IncompleteKept(path)),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Destination::Beside(file) => file.write(bytes),
            Destination::Direct(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Destination::Beside(file) => file.flush(),
            Destination::Direct(file) => file.flush(),
        }
    }
}

fn temporary(path: &Path, folder: &Path, existing: Option<&fs::Metadata>) -> io::Result<NamedTempFile> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let prefix = format!(".{name}.");
    let mut builder = Builder::new();
    builder.prefix(&prefix).suffix(".partial");
    // As any new file: what the user's umask says, not the privacy of a temporary file.
    #[cfg(unix)]
    builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    let file = builder.tempfile_in(folder)?;
    // A file that is replaced keeps its permissions.
    if let Some(existing) = existing {
        file.as_file().set_permissions(existing.permissions())?;
    }
    Ok(file)
}
