//! `--log`: what is done, step by step. Events carry no secret, and those of other libraries are left out, which could.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

use super::Failure;

/// Writes events to the end of that file from now on.
pub(super) fn begin(path: &Path) -> Result<(), Failure> {
    let file = File::options().create(true).append(true).open(path);
    let file =
        file.map_err(|error| Failure::failed(format!("{} cannot be written: {error}", path.display())))?;
    let lines = fmt::layer().with_ansi(false).with_target(false).with_writer(Mutex::new(file));
    let ours = Targets::new().with_target("non_audited_mailbox", Level::DEBUG);
    tracing_subscriber::registry().with(lines.with_filter(ours)).try_init().map_err(Failure::failed)
}
