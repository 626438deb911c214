//! What ought to be audited: Microsoft's defaults, everything, a published benchmark, or one's own choice.

use enumset::EnumSet;
use serde::Deserialize;
use wildmatch::WildMatch;

use super::action::{ActionSet, LogonType, PerLogonType};
use super::catalog::{Catalog, NameError, Platform, object_from_json};

/// The actions that somebody wants to be audited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Baseline {
    /// Every action that the catalogue says can be audited.
    All,
    /// What Microsoft audits by itself.
    Default,
    /// Actions named one by one. Only these may be unsettled ones.
    Named {
        /// What to call it.
        name: String,
        /// The actions.
        actions: PerLogonType<ActionSet>,
    },
    /// What earlier reports asked, platform by platform.
    Asked {
        /// What to call it.
        name: String,
        /// The actions, in the order of [`Platform::ALL`].
        actions: [PerLogonType<ActionSet>; Platform::ALL.len()],
    },
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// No baseline has that name.
    #[error("no baseline is called {name:?}; there are {known}, and files such as ./mine.json")]
    UnknownName {
        /// The name as it was written.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The file is not JSON, or not of the shape of a baseline.
    #[error(
        "not a baseline: {0}; write {{\"name\": \"Mine\", \"admin\": [\"HardDelete\"], \"delegate\": [], \
         \"owner\": []}}"
    )]
    Shape(#[from] serde_json::Error),
    /// An action in it cannot be asked for.
    #[error("{}: {error}", logon.name())]
    Name {
        /// For which logon type it was named.
        logon: LogonType,
        /// What is wrong with it.
        error: NameError,
    },
    /// It asks for nothing.
    #[error("the baseline names no action")]
    Empty,
    /// A pattern of actions matches nothing.
    #[error("{0}")]
    Pattern(String),
    /// Nothing is left to ask after narrowing.
    #[error(
        "baseline {baseline} has none of these actions for these logon types; an unsettled action counts only \
         when a baseline file names it (`nam catalog` tells which are)"
    )]
    NothingAsked {
        /// The baseline's name.
        baseline: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BaselineFile {
    #[serde(alias = "Name")]
    name: Option<String>,
    #[serde(default, alias = "Admin")]
    admin: Vec<String>,
    #[serde(default, alias = "Delegate")]
    delegate: Vec<String>,
    #[serde(default, alias = "Owner")]
    owner: Vec<String>,
}

impl Baseline {
    /// The baseline of that name, without regard to case: All, Default, or a published one of the catalogue.
    pub fn from_name(catalog: &Catalog, name: &str) -> Result<Baseline, BaselineError> {
        if name.eq_ignore_ascii_case("All") {
            return Ok(Baseline::All);
        }
        if name.eq_ignore_ascii_case("Default") {
            return Ok(Baseline::Default);
        }
        let published = catalog.baselines().iter().find(|baseline| baseline.name.eq_ignore_ascii_case(name));
        let Some(published) = published else {
            let known = Baseline::names(catalog).collect::<Vec<_>>().join(", ");
            return Err(BaselineError::UnknownName { name: name.to_owned(), known });
        };
        let lists = PerLogonType::from_fn(|logon| published.names(logon).to_vec());
        Baseline::from_lists(catalog, published.name.clone(), &lists)
    }

    /// The names that [`Baseline::from_name`] knows.
    pub fn names(catalog: &Catalog) -> impl Iterator<Item = &str> {
        ["All", "Default"]
            .into_iter()
            .chain(catalog.baselines().iter().map(|baseline| baseline.name.as_str()))
    }

    /// Reads a baseline file; `fallback_name` names it where the file does not.
    pub fn from_json(catalog: &Catalog, json: &[u8], fallback_name: &str) -> Result<Baseline, BaselineError> {
        let file: BaselineFile = object_from_json(json)?;
        let lists = PerLogonType { admin: file.admin, delegate: file.delegate, owner: file.owner };
        Baseline::from_lists(catalog, file.name.unwrap_or_else(|| fallback_name.to_owned()), &lists)
    }

    fn from_lists(
        catalog: &Catalog,
        name: String,
        lists: &PerLogonType<Vec<String>>,
    ) -> Result<Baseline, BaselineError> {
        let mut actions = PerLogonType::<ActionSet>::default();
        for (logon, names) in lists.iter() {
            for name in names {
                let id = catalog
                    .find_for(name.trim(), logon)
                    .map_err(|error| BaselineError::Name { logon, error })?;
                actions[logon].insert(id);
            }
        }
        if actions.is_empty() { Err(BaselineError::Empty) } else { Ok(Baseline::Named { name, actions }) }
    }

    /// What to call it.
    pub fn name(&self) -> &str {
        match self {
            Baseline::All => "All",
            Baseline::Default => "Default",
            Baseline::Named { name, .. } | Baseline::Asked { name, .. } => name,
        }
    }

    /// What it wants on a platform, as far as that can be audited there.
    pub fn wanted(&self, catalog: &Catalog, platform: Platform, logon: LogonType) -> ActionSet {
        match self {
            Baseline::All => catalog.available(platform, logon),
            Baseline::Default => catalog.defaults(platform, logon),
            Baseline::Named { actions, .. } => actions[logon] & possible(catalog, platform, logon),
            Baseline::Asked { actions, .. } => {
                actions[platform as usize][logon] & possible(catalog, platform, logon)
            }
        }
    }
}

/// What can be audited, or perhaps can.
fn possible(catalog: &Catalog, platform: Platform, logon: LogonType) -> ActionSet {
    catalog.available(platform, logon) | catalog.unsettled(platform, logon)
}

/// Which part of the baseline is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Only these logon types.
    pub logon_types: EnumSet<LogonType>,
    /// Only these actions.
    pub actions: ActionSet,
}

impl Scope {
    /// The whole baseline.
    pub const WHOLE: Scope = Scope { logon_types: EnumSet::all(), actions: ActionSet::from_bits(u64::MAX) };

    /// Narrows to some logon types (none given: all) and to actions by name or pattern (`*`, `?`; none: all).
    pub fn narrow<P: AsRef<str>>(
        catalog: &Catalog,
        logon_types: impl IntoIterator<Item = LogonType>,
        patterns: &[P],
    ) -> Result<Scope, BaselineError> {
        let mut scope = Scope::WHOLE;
        let logon_types: EnumSet<LogonType> = logon_types.into_iter().collect();
        if !logon_types.is_empty() {
            scope.logon_types = logon_types;
        }
        if !patterns.is_empty() {
            scope.actions = ActionSet::EMPTY;
        }
        for pattern in patterns {
            scope.actions |= matching(catalog, pattern.as_ref())?;
        }
        Ok(scope)
    }
}

fn matching(catalog: &Catalog, pattern: &str) -> Result<ActionSet, BaselineError> {
    if !pattern.contains(['*', '?']) {
        let nearest = || catalog.nearest(pattern).map(str::to_owned);
        return catalog.find(pattern).map(|id| ActionSet::from_iter([id])).ok_or_else(|| {
            BaselineError::Pattern(
                NameError::Unknown { name: pattern.to_owned(), nearest: nearest() }.to_string(),
            )
        });
    }
    let matcher = WildMatch::new_case_insensitive(pattern);
    let set: ActionSet = catalog
        .actions()
        .iter()
        .filter(|action| matcher.matches(&action.name))
        .filter_map(|action| catalog.find(&action.name))
        .collect();
    if set.is_empty() {
        return Err(BaselineError::Pattern(format!(
            "no action matches {pattern:?}; `nam catalog` lists the names"
        )));
    }
    Ok(set)
}
