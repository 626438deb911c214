//! The catalogue, to be looked at.

use serde::Serialize;

use crate::domain::action::LogonType;
use crate::domain::catalog::{Catalog, Platform, Status};

/// One line of the catalogue: an action on a platform for a logon type.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CatalogRow<'c> {
    /// The action.
    pub action: &'c str,
    /// The platform.
    pub platform: &'static str,
    /// The logon type.
    pub logon_type: &'static str,
    /// Its status there.
    pub status: &'static str,
    /// The year of the earliest source that lists it.
    pub since: &'c str,
    /// What it records.
    pub summary: &'c str,
    /// What licence it needs or needed.
    pub licence: Option<&'c str>,
    /// What else to know.
    pub note: Option<&'c str>,
    /// The titles of the sources, joined by semicolons.
    pub sources: String,
}

/// Which lines of the catalogue to show. An empty choice shows all.
#[derive(Debug, Clone, Default)]
pub struct CatalogFilter {
    /// Only these platforms.
    pub platforms: Vec<Platform>,
    /// Only these logon types.
    pub logon_types: Vec<LogonType>,
    /// Only these statuses.
    pub statuses: Vec<Status>,
}

impl CatalogFilter {
    fn admits(&self, platform: Platform, logon: LogonType, status: Status) -> bool {
        (self.platforms.is_empty() || self.platforms.contains(&platform))
            && (self.logon_types.is_empty() || self.logon_types.contains(&logon))
            && (self.statuses.is_empty() || self.statuses.contains(&status))
    }
}

/// The catalogue, line by line, by platform and action.
pub fn catalog_rows<'c>(catalog: &'c Catalog, filter: &CatalogFilter) -> Vec<CatalogRow<'c>> {
    let mut rows = Vec::new();
    for platform in Platform::ALL {
        for action in catalog.actions() {
            let Some(entry) = action.entry(platform) else { continue };
            let sources = entry.sources.iter().filter_map(|key| catalog.sources().get(key));
            let sources = sources.map(|source| source.title.as_str()).collect::<Vec<_>>().join("; ");
            for logon in LogonType::ALL {
                let status = entry.status(logon);
                if !filter.admits(platform, logon, status) {
                    continue;
                }
                rows.push(CatalogRow {
                    action: &action.name,
                    platform: platform.name(),
                    logon_type: logon.name(),
                    status: status.name(),
                    since: &entry.since,
                    summary: &action.summary,
                    licence: entry.licence.as_deref(),
                    note: entry.note.as_deref(),
                    sources: sources.clone(),
                });
            }
        }
    }
    rows
}
