//! The catalogue: what Exchange can record, on which platform, for which logon type.
//!
//! It is dated data, `catalog.json` beside this file, so that a newer file can take its place without a new
//! program. The types below are its schema; unknown fields are refused.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::action::{ActionId, ActionSet, LogonType, PerLogonType};

/// The version of the file's schema that this code reads.
pub const SCHEMA: u32 = 1;

/// What kind of mailbox the rules speak of: they differ in what can be audited, and in what the lists mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Platform {
    /// A user's, shared, resource or system mailbox in Exchange Online.
    ExchangeOnline,
    /// The mailbox of a Microsoft 365 group: seven actions, fixed by Microsoft.
    GroupMailbox,
    /// A mailbox on Exchange Server: twelve actions, no managed set.
    ExchangeServer,
}

impl Platform {
    /// All of them.
    pub const ALL: [Platform; 3] =
        [Platform::ExchangeOnline, Platform::GroupMailbox, Platform::ExchangeServer];

    /// The name, as the catalogue and the reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            Platform::ExchangeOnline => "ExchangeOnline",
            Platform::GroupMailbox => "GroupMailbox",
            Platform::ExchangeServer => "ExchangeServer",
        }
    }

    /// The platform of that name, without regard to case.
    pub fn from_name(name: &str) -> Option<Platform> {
        Platform::ALL.into_iter().find(|platform| platform.name().eq_ignore_ascii_case(name))
    }
}

/// Whether an action is audited on a platform for a logon type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// Audited unless somebody changed the list.
    Default,
    /// Audited once it is added to the list.
    Optional,
    /// Cannot be audited there; never a gap.
    NotAvailable,
    /// Could be audited once; never a gap.
    Retired,
    /// The sources do not settle it; a gap only when a baseline names it.
    Unsettled,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 5] =
        [Status::Default, Status::Optional, Status::NotAvailable, Status::Retired, Status::Unsettled];

    /// The name, as the reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Default => "Default",
            Status::Optional => "Optional",
            Status::NotAvailable => "NotAvailable",
            Status::Retired => "Retired",
            Status::Unsettled => "Unsettled",
        }
    }
}

/// What is known of one action on one platform.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Entry {
    /// The status for administrators.
    pub admin: Status,
    /// The status for delegates.
    pub delegate: Status,
    /// The status for the owner.
    pub owner: Status,
    /// The year of the earliest of our sources that lists it; it may be older.
    pub since: String,
    /// What licence it needs or needed. Only actions with this note depend on the licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// What else an admin should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Keys of [`Catalog::sources`].
    pub sources: Vec<String>,
}

impl Entry {
    /// The status for a logon type.
    pub fn status(&self, logon: LogonType) -> Status {
        match logon {
            LogonType::Admin => self.admin,
            LogonType::Delegate => self.delegate,
            LogonType::Owner => self.owner,
        }
    }
}

/// An action: something that Exchange can record, such as `HardDelete`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Action {
    /// The name, as Exchange spells it.
    pub name: String,
    /// What it records, in a sentence.
    pub summary: String,
    /// In user, shared, resource and system mailboxes of Exchange Online; absent where the name is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_online: Option<Entry>,
    /// In mailboxes of Microsoft 365 groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_mailbox: Option<Entry>,
    /// On Exchange Server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_server: Option<Entry>,
}

impl Action {
    /// What is known of it on a platform.
    pub fn entry(&self, platform: Platform) -> Option<&Entry> {
        match platform {
            Platform::ExchangeOnline => self.exchange_online.as_ref(),
            Platform::GroupMailbox => self.group_mailbox.as_ref(),
            Platform::ExchangeServer => self.exchange_server.as_ref(),
        }
    }

    /// Its status there; an action that the platform does not know is not available.
    pub fn status(&self, platform: Platform, logon: LogonType) -> Status {
        self.entry(platform).map_or(Status::NotAvailable, |entry| entry.status(logon))
    }
}

/// Where a fact was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its title, with its date where it has one.
    pub title: String,
    /// Where it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A published baseline: the actions that it asks for, by name.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedBaseline {
    /// The name to ask for it by.
    pub name: String,
    /// Its full title.
    pub title: String,
    /// A key of [`Catalog::sources`].
    pub source: String,
    /// What it asks for administrators.
    pub admin: Vec<String>,
    /// What it asks for delegates.
    pub delegate: Vec<String>,
    /// What it asks for owners.
    pub owner: Vec<String>,
}

impl PublishedBaseline {
    /// The names that it asks for.
    pub fn names(&self, logon: LogonType) -> &[String] {
        match logon {
            LogonType::Admin => &self.admin,
            LogonType::Delegate => &self.delegate,
            LogonType::Owner => &self.owner,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: u32,
    date: String,
    about: String,
    sources: BTreeMap<String, Source>,
    baselines: Vec<PublishedBaseline>,
    actions: Vec<Action>,
}

/// Why a catalogue file was refused.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Not JSON, or not of the schema's shape.
    #[error("not a catalogue file: {0}; `nam catalog --format file` writes one to start from")]
    Shape(#[from] serde_json::Error),
    /// Of a schema that this version does not read.
    #[error("the catalogue has schema {0}, this version reads schema {SCHEMA}; install a newer version")]
    Schema(u32),
    /// Something in it does not hold; the text names the place.
    #[error("the catalogue is not valid: {0}")]
    Invalid(String),
}

/// What Exchange can record, dated, with an index over the names.
#[derive(Debug)]
pub struct Catalog {
    file: File,
    by_name: FxHashMap<Box<str>, ActionId>,
    masks: [PerLogonType<Masks>; Platform::ALL.len()],
    licence_bound: [ActionSet; Platform::ALL.len()],
}

#[derive(Debug, Clone, Copy, Default)]
struct Masks {
    default: ActionSet,
    available: ActionSet,
    unsettled: ActionSet,
}

static BUILTIN: LazyLock<Catalog> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the embedded file is a constant, and a test reads it")]
    Catalog::from_json(include_bytes!("catalog.json")).expect("the embedded catalogue is valid")
});

impl Catalog {
    /// The catalogue in this crate.
    pub fn builtin() -> &'static Catalog {
        &BUILTIN
    }

    /// Reads a catalogue file and checks all that the rules rely on.
    pub fn from_json(json: &[u8]) -> Result<Catalog, CatalogError> {
        // Read first by itself: of another schema, the rest may have any shape.
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let version: Version = object_from_json(json)?;
        if version.schema != SCHEMA {
            return Err(CatalogError::Schema(version.schema));
        }
        let file: File = serde_json::from_slice(json)?;
        let catalog = Catalog::index(file).map_err(CatalogError::Invalid)?;
        catalog.check_baselines().map_err(CatalogError::Invalid)?;
        Ok(catalog)
    }

    fn index(file: File) -> Result<Catalog, String> {
        check_date(&file.date)?;
        let mut by_name = FxHashMap::default();
        let mut masks = [PerLogonType::<Masks>::default(); Platform::ALL.len()];
        let mut licence_bound = [ActionSet::EMPTY; Platform::ALL.len()];
        for (index, action) in file.actions.iter().enumerate() {
            let id = ActionId::new(index)
                .ok_or_else(|| format!("it has more than {} actions", ActionSet::CAPACITY))?;
            if !is_action_name(&action.name) {
                return Err(format!("actions[{index}]: {:?} is no name of an action", action.name));
            }
            if file.actions[..index].iter().any(|other| other.name.eq_ignore_ascii_case(&action.name)) {
                return Err(format!("actions[{index}]: {} stands in it twice", action.name));
            }
            by_name.insert(action.name.as_str().into(), id);
            for (place, platform) in Platform::ALL.into_iter().enumerate() {
                let Some(entry) = action.entry(platform) else { continue };
                if entry.sources.is_empty() {
                    return Err(format!("{} on {}: it names no source", action.name, platform.name()));
                }
                if let Some(key) = entry.sources.iter().find(|key| !file.sources.contains_key(*key)) {
                    return Err(format!("{} on {}: unknown source {key:?}", action.name, platform.name()));
                }
                if entry.licence.is_some() {
                    licence_bound[place].insert(id);
                }
                for logon in LogonType::ALL {
                    masks[place][logon].insert(id, entry.status(logon));
                }
            }
        }
        if masks[0].iter().all(|(_, masks)| masks.available.is_empty()) {
            return Err("it has no action that can be audited in Exchange Online".to_owned());
        }
        Ok(Catalog { file, by_name, masks, licence_bound })
    }

    fn check_baselines(&self) -> Result<(), String> {
        let mut seen = vec!["all".to_owned(), "default".to_owned()];
        for baseline in self.baselines() {
            let name = baseline.name.to_ascii_lowercase();
            if !is_action_name(&name) || seen.contains(&name) {
                return Err(format!("baseline {:?}: no name, or one that is taken", baseline.name));
            }
            seen.push(name);
            if !self.file.sources.contains_key(&baseline.source) {
                return Err(format!("baseline {}: unknown source {:?}", baseline.name, baseline.source));
            }
            for logon in LogonType::ALL {
                for action in baseline.names(logon) {
                    self.find_for(action, logon)
                        .map_err(|error| format!("baseline {}, {}: {error}", baseline.name, logon.name()))?;
                }
            }
        }
        Ok(())
    }

    /// The date up to which its sources were read, as `YYYY-MM-DD`.
    pub fn date(&self) -> &str {
        &self.file.date
    }

    /// All actions in their order; the place of one is its [`ActionId`].
    pub fn actions(&self) -> &[Action] {
        &self.file.actions
    }

    /// The sources by key.
    pub fn sources(&self) -> &BTreeMap<String, Source> {
        &self.file.sources
    }

    /// The published baselines.
    pub fn baselines(&self) -> &[PublishedBaseline] {
        &self.file.baselines
    }

    /// The whole file, to be edited and given back in place of this one.
    pub fn to_json(&self) -> String {
        #[expect(clippy::expect_used, reason = "strings, lists and maps with string keys only")]
        serde_json::to_string_pretty(&self.file).expect("plain data becomes JSON")
    }

    /// The action of that name, without regard to case.
    pub fn find(&self, name: &str) -> Option<ActionId> {
        // Exchange's own spelling is what nearly always comes: found without folding the case.
        if let Some(id) = self.by_name.get(name) {
            return Some(*id);
        }
        self.actions()
            .iter()
            .position(|action| action.name.eq_ignore_ascii_case(name))
            .and_then(ActionId::new)
    }

    /// The action of that name, if it can be a gap for that logon type on any platform.
    pub fn find_for(&self, name: &str, logon: LogonType) -> Result<ActionId, NameError> {
        let id = self.find(name).ok_or_else(|| NameError::Unknown {
            name: name.to_owned(),
            nearest: self.nearest(name).map(str::to_owned),
        })?;
        let can_be_asked = Platform::ALL
            .into_iter()
            .any(|platform| (self.available(platform, logon) | self.unsettled(platform, logon)).contains(id));
        if can_be_asked { Ok(id) } else { Err(NameError::NotFor { name: self.name(id).to_owned(), logon }) }
    }

    /// The name that was most likely meant.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let name = name.to_ascii_lowercase();
        self.actions()
            .iter()
            .map(|action| (strsim::jaro_winkler(&name, &action.name.to_ascii_lowercase()), &action.name))
            .filter(|(likeness, _)| *likeness > 0.7)
            .max_by(|left, right| left.0.total_cmp(&right.0))
            .map(|(_, name)| name.as_str())
    }

    /// The name of an action of this catalogue; empty for one of another catalogue.
    pub fn name(&self, id: ActionId) -> &str {
        self.actions().get(id.index()).map_or("", |action| &action.name)
    }

    /// The names of a set in the catalogue's order.
    pub fn names(&self, set: ActionSet) -> impl Iterator<Item = &str> {
        set.iter().map(|id| self.name(id))
    }

    /// The names of a set, joined.
    pub fn join(&self, set: ActionSet, separator: &str) -> String {
        let mut text = String::new();
        for name in self.names(set) {
            if !text.is_empty() {
                text.push_str(separator);
            }
            text.push_str(name);
        }
        text
    }

    /// What Microsoft audits by itself.
    pub fn defaults(&self, platform: Platform, logon: LogonType) -> ActionSet {
        self.masks(platform, logon).default
    }

    /// What can be audited: the defaults and the optional ones.
    pub fn available(&self, platform: Platform, logon: LogonType) -> ActionSet {
        self.masks(platform, logon).available
    }

    /// What may be auditable: the sources do not settle it.
    pub fn unsettled(&self, platform: Platform, logon: LogonType) -> ActionSet {
        self.masks(platform, logon).unsettled
    }

    /// What depends, or is said to depend, on the licence.
    pub fn licence_bound(&self, platform: Platform) -> ActionSet {
        self.licence_bound[platform as usize]
    }

    fn masks(&self, platform: Platform, logon: LogonType) -> Masks {
        self.masks[platform as usize][logon]
    }
}

impl Masks {
    fn insert(&mut self, id: ActionId, status: Status) {
        match status {
            Status::Default => {
                self.default.insert(id);
                self.available.insert(id);
            }
            Status::Optional => self.available.insert(id),
            Status::Unsettled => self.unsettled.insert(id),
            Status::NotAvailable | Status::Retired => {}
        }
    }
}

/// Why a name cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameError {
    /// The catalogue does not have it.
    Unknown {
        /// The name as it was written.
        name: String,
        /// What was most likely meant.
        nearest: Option<String>,
    },
    /// It exists, but cannot be audited for that logon type on any platform.
    NotFor {
        /// The name, as Exchange spells it.
        name: String,
        /// The logon type.
        logon: LogonType,
    },
}

impl std::fmt::Display for NameError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NameError::Unknown { name, nearest: Some(nearest) } => {
                write!(out, "unknown action {name:?}; did you mean {nearest}?")
            }
            NameError::Unknown { name, nearest: None } => {
                write!(out, "unknown action {name:?}; `nam catalog` lists the names")
            }
            NameError::NotFor { name, logon } => {
                write!(out, "{name} cannot be audited for {}; `nam catalog` tells what can", logon.name())
            }
        }
    }
}

impl std::error::Error for NameError {}

/// Whether that text has the form of an action's name: a letter, then letters and digits.
pub fn is_action_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn check_date(date: &str) -> Result<(), String> {
    // jiff reads other notations too; dates that compare as texts must have one.
    match date.parse::<jiff::civil::Date>() {
        Ok(parsed) if parsed.to_string() == date => Ok(()),
        _ => Err(format!("its date {date:?} is not of the form YYYY-MM-DD")),
    }
}

/// Reads a file of ours: serde would take an array for an object, its values by position.
pub(super) fn object_from_json<'de, T: serde::Deserialize<'de>>(json: &'de [u8]) -> serde_json::Result<T> {
    if json.trim_ascii_start().starts_with(b"[") {
        return Err(serde::de::Error::custom("an array where an object belongs"));
    }
    serde_json::from_slice(json)
}
