//! `nam module`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use non_audited_mailbox::stage;

use super::options::ModuleOptions;
use super::{Exit, Failure};

pub(super) fn run(options: &ModuleOptions) -> Result<Exit, Failure> {
    let program = std::env::current_exe()?;
    let target = program.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    let out = options.out.clone().unwrap_or_else(|| target.join("module"));
    let mut stdout = io::stdout().lock();
    let mut tell = |path: PathBuf| writeln!(stdout, "{}", path.display());
    if let Some(folder) = &options.from {
        tell(stage::pack(folder, &out).map_err(Failure::failed)?)?;
        return Ok(Exit::Complete);
    }
    let library = stage::library_beside(&program);
    if options.install {
        for folder in stage::install(&library).map_err(Failure::failed)? {
            tell(folder)?;
        }
        return Ok(Exit::Complete);
    }
    let folder = stage::stage(&library, &out).map_err(Failure::failed)?;
    if options.pack {
        tell(stage::pack(&folder, &out).map_err(Failure::failed)?)?;
    } else {
        tell(folder)?;
    }
    Ok(Exit::Complete)
}
