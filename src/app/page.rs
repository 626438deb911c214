//! What a page shows of the past.

use std::fs;
use std::path::Path;

use super::{AppError, CompareOptions, Progress, read_history, read_older};
use crate::domain::verdict::Judge;
use crate::input::{Source, SourceError};
use crate::report::{Earlier, StateHead};

/// Where what was earlier can be read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Past<'p> {
    /// An older state: what changed since is shown.
    pub compare_with: Option<&'p Path>,
    /// A folder of earlier JSON reports: how they went on is shown.
    pub history: Option<&'p Path>,
}

impl Past<'_> {
    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.compare_with.is_none() && self.history.is_none()
    }

    /// Tries whether it can be read, before anything slow begins.
    ///
    /// # Errors
    ///
    /// When the file or the folder cannot be opened.
    pub fn check(&self) -> Result<(), AppError> {
        let fail = |path: &Path, error| AppError::Open { file: path.to_string_lossy().into(), error };
        if let Some(path) = self.compare_with {
            Source::open(path).map_err(|error| fail(path, error))?;
        }
        if let Some(path) = self.history {
            fs::read_dir(path).map_err(|error| fail(path, SourceError::Io(error)))?;
        }
        Ok(())
    }

    /// Reads it, for a page of `newer` that is made at that time and judged by that judge.
    ///
    /// # Errors
    ///
    /// When the older state cannot be read or was asked about nothing in common, or the folder cannot be read: they were
    /// named to be used.
    pub fn read(
        &self,
        judge: &Judge<'static>,
        newer: &str,
        generated_at: &str,
        progress: &dyn Progress,
    ) -> Result<Earlier, AppError> {
        let options = CompareOptions {
            catalog: judge.catalog(),
            baseline: Some(judge.baseline().clone()),
            scope: judge.scope(),
            licence: Some(judge.licence()),
            platform: judge.platform_choice(),
            generated_at: generated_at.to_owned(),
        };
        let newer = StateHead {
            file: newer.to_owned(),
            kind: "Report",
            generated_at: Some(generated_at.to_owned()),
            ..StateHead::default()
        };
        let older = self.compare_with.map(|old| read_older(old, newer, &options, progress)).transpose()?;
        Ok(Earlier { state: older, trend: self.history.map(read_history).transpose()? })
    }
}
