//! From the numbers and texts of a caller to what the rules understand, and back.

use crate::app::{CatalogFilter, CompareOptions, catalog_rows, timestamp};
use crate::domain::action::LogonType;
use crate::domain::baseline::{Baseline, BaselineError, Scope};
use crate::domain::catalog::Catalog;
use crate::domain::mailbox::PlatformChoice;
use crate::domain::verdict::{Judge, Licence, OrganizationAudit};
use crate::report::Clobber;

use super::judge::NamJudge;
use super::status::{Failure, NamStatus};
use super::text::{decode, for_powershell};

/// What is asked, as it was passed.
pub(super) struct Options<'a> {
    pub(super) baseline: Option<&'a [u16]>,
    pub(super) baseline_json: Option<&'a [u16]>,
    pub(super) logon_types: u32,
    pub(super) actions: Option<&'a [u16]>,
    pub(super) licence: i32,
    pub(super) platform: i32,
    pub(super) audit_disabled: i32,
}

impl Options<'_> {
    pub(super) fn judge(&self) -> Result<NamJudge, Failure> {
        let catalog = Catalog::builtin();
        let baseline = self.baseline(catalog).map_err(bad_baseline)?;
        let actions = self.actions.map(decode).unwrap_or_default();
        let scope = Scope::narrow(catalog, logon_types(self.logon_types)?, &patterns(&actions))
            .map_err(nothing_asked)?;
        let judge = Judge::new(catalog, baseline, scope, licence(self.licence)?, platform(self.platform)?)
            .map_err(nothing_asked)?;
        Ok(NamJudge::new(judge, organization(self.audit_disabled)?))
    }

    /// What two states are asked: without a baseline or a licence, what reports were asked themselves.
    pub(super) fn compare(&self) -> Result<CompareOptions, Failure> {
        let catalog = Catalog::builtin();
        let says_baseline = self.baseline.is_some() || self.baseline_json.is_some();
        let baseline = says_baseline.then(|| self.baseline(catalog)).transpose().map_err(bad_baseline)?;
        let actions = self.actions.map(decode).unwrap_or_default();
        let scope = Scope::narrow(catalog, logon_types(self.logon_types)?, &patterns(&actions))
            .map_err(nothing_asked)?;
        Ok(CompareOptions {
            catalog,
            baseline,
            scope,
            licence: (self.licence != UNKNOWN).then(|| licence(self.licence)).transpose()?,
            platform: platform(self.platform)?,
            generated_at: timestamp(),
        })
    }

    fn baseline(&self, catalog: &Catalog) -> Result<Baseline, BaselineError> {
        let name = self.baseline.map(decode).unwrap_or_default();
        match self.baseline_json {
            Some(json) => Baseline::from_json(catalog, decode(json).as_bytes(), &name),
            None => Baseline::from_name(catalog, &name),
        }
    }
}

fn bad_baseline(error: BaselineError) -> Failure {
    Failure::new(NamStatus::BadBaseline, for_powershell(&error.to_string()))
}

/// The names or patterns between commas.
pub(super) fn patterns(actions: &str) -> Vec<&str> {
    actions.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

pub(super) fn nothing_asked(error: BaselineError) -> Failure {
    Failure::new(NamStatus::NothingAsked, for_powershell(&error.to_string()))
}

pub(super) fn bad_argument(name: &str, value: impl std::fmt::Display) -> Failure {
    Failure::new(NamStatus::BadArgument, format!("{name} may not be {value}"))
}

pub(super) fn logon_types(bits: u32) -> Result<Vec<LogonType>, Failure> {
    if bits >> LogonType::ALL.len() != 0 {
        return Err(bad_argument("logon_types", bits));
    }
    let chosen = LogonType::ALL.into_iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1);
    Ok(chosen.map(|(_, logon)| logon).collect())
}

fn licence(number: i32) -> Result<Licence, Failure> {
    match number {
        0 => Ok(Licence::Unknown),
        1 => Ok(Licence::Standard),
        2 => Ok(Licence::Premium),
        other => Err(bad_argument("licence", other)),
    }
}

fn platform(number: i32) -> Result<PlatformChoice, Failure> {
    match number {
        0 => Ok(PlatformChoice::Auto),
        1 => Ok(PlatformChoice::Online),
        2 => Ok(PlatformChoice::Server),
        other => Err(bad_argument("platform", other)),
    }
}

fn organization(number: i32) -> Result<OrganizationAudit, Failure> {
    let disabled = to_switch("audit_disabled", number)?;
    Ok(disabled.map_or(OrganizationAudit::Unknown, OrganizationAudit::from_audit_disabled))
}

/// Neither true nor false.
pub(super) const UNKNOWN: i32 = -1;

/// A switch that may be unknown.
pub(super) fn to_switch(name: &str, number: i32) -> Result<Option<bool>, Failure> {
    match number {
        0 | 1 => Ok(Some(number == 1)),
        UNKNOWN => Ok(None),
        other => Err(bad_argument(name, other)),
    }
}

/// What becomes of a file that is there already.
pub(super) fn to_clobber(number: i32) -> Result<Clobber, Failure> {
    match number {
        0 => Ok(Clobber::Complete),
        1 => Ok(Clobber::Never),
        2 => Ok(Clobber::Always),
        other => Err(bad_argument("clobber", other)),
    }
}

/// The catalogue as a JSON array. Platforms that do not know an action have no row for it.
pub(super) fn catalog_json() -> String {
    let rows = catalog_rows(Catalog::builtin(), &CatalogFilter::default());
    #[expect(clippy::expect_used, reason = "strings only")]
    serde_json::to_string(&rows).expect("plain data becomes JSON")
}
