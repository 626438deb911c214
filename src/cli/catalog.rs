//! `nam catalog`.

use std::io::{self, Write};

use comfy_table::{Table, presets};
use non_audited_mailbox::app::{self, CatalogFilter, CatalogRow};
use non_audited_mailbox::domain::action::LogonType;
use non_audited_mailbox::domain::catalog::Catalog;

use super::options::{CatalogFormat, CatalogOptions};
use super::{Exit, Failure, report};

pub(super) fn run(options: &CatalogOptions) -> Result<Exit, Failure> {
    let catalog = report::catalog(options.catalog.as_deref())?;
    let filter = CatalogFilter {
        platforms: options.platform.iter().copied().map(Into::into).collect(),
        logon_types: options.logon_type.iter().copied().map(Into::into).collect(),
        statuses: options.status.iter().copied().map(Into::into).collect(),
    };
    let rows = app::catalog_rows(catalog, &filter);
    let text = match options.format {
        CatalogFormat::Table => table(&rows, &filter, catalog),
        CatalogFormat::Json => serde_json::to_string_pretty(&rows).map_err(Failure::failed)?,
        CatalogFormat::Csv => csv(&rows)?,
        CatalogFormat::File => catalog.to_json(),
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(Exit::Complete)
}

fn csv(rows: &[CatalogRow<'_>]) -> Result<String, Failure> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(Failure::failed)?;
    }
    let bytes = writer.into_inner().map_err(Failure::failed)?;
    String::from_utf8(bytes).map_err(Failure::failed)
}

/// A row for each action and platform, with a column for each logon type.
fn table(rows: &[CatalogRow<'_>], filter: &CatalogFilter, catalog: &Catalog) -> String {
    let asked = |logon: &LogonType| filter.logon_types.is_empty() || filter.logon_types.contains(logon);
    let logon_types: Vec<LogonType> = LogonType::ALL.into_iter().filter(asked).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let header = ["Platform", "Action"].into_iter().chain(logon_types.iter().map(|logon| logon.name()));
    table.set_header(header.chain(["Licence", "Records"]));
    for same in rows.chunk_by(|left, right| (left.platform, left.action) == (right.platform, right.action)) {
        let first = &same[0];
        let status = |logon: &LogonType| {
            same.iter().find(|row| row.logon_type == logon.name()).map_or("", |row| row.status)
        };
        let licence = if first.licence.is_some() { "see --format json" } else { "" };
        let row = [first.platform, first.action].into_iter().chain(logon_types.iter().map(status));
        table.add_row(row.chain([licence, first.summary]));
    }
    format!(
        "{table}\n\nCatalogue of {}. Default: audited by itself. Optional: audited once added to the list. \
         Unsettled: the sources\ndisagree or are silent; a gap only when a baseline names it. \
         Notes, licences and sources: --format json.\n",
        catalog.date()
    )
}
