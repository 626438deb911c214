//! The rules: from a mailbox to what is not audited in it, and why.
//!
//! Each rule names its source; `tests/it/rules.rs` has a test for each. "Microsoft's page" is
//! <https://learn.microsoft.com/purview/audit-mailboxes>.

use std::fmt::Write;

use enumset::{EnumSet, EnumSetType};

use super::action::{ActionSet, LogonType, PerLogonType};
use super::baseline::{Baseline, BaselineError, Scope};
use super::bypass::{Bypass, BypassTable};
use super::catalog::{Catalog, Platform};
use super::list::Property;
use super::mailbox::{Coverage, Mailbox, PlatformChoice, PropertyFault, describe_faults};

/// The organisation's switch, `AuditDisabled` of `Get-OrganizationConfig`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OrganizationAudit {
    /// `AuditDisabled` is False: auditing is on by default.
    OnByDefault,
    /// `AuditDisabled` is True: nothing is audited in Exchange Online.
    Disabled,
    /// It was not read.
    #[default]
    Unknown,
}

impl OrganizationAudit {
    /// What the property's value says.
    pub fn from_audit_disabled(audit_disabled: bool) -> Self {
        if audit_disabled { OrganizationAudit::Disabled } else { OrganizationAudit::OnByDefault }
    }

    /// The property's value, if it was read.
    pub fn audit_disabled(self) -> Option<bool> {
        match self {
            OrganizationAudit::OnByDefault => Some(false),
            OrganizationAudit::Disabled => Some(true),
            OrganizationAudit::Unknown => None,
        }
    }

    /// What is to be said of mailboxes of both: the worse.
    pub fn worse(self, other: OrganizationAudit) -> OrganizationAudit {
        let order = [OrganizationAudit::Disabled, OrganizationAudit::Unknown, OrganizationAudit::OnByDefault];
        order.into_iter().find(|one| [self, other].contains(one)).unwrap_or_default()
    }
}

/// What the tenant is licensed for. The catalogue tells which actions depend on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Licence {
    /// Not said: actions that depend on it are gaps, with a remark.
    #[default]
    Unknown,
    /// Audit (Standard): actions that depend on it are no gaps, but are named in a remark.
    Standard,
    /// Audit (Premium): actions that depend on it are gaps like any other.
    Premium,
}

impl Licence {
    /// All of them.
    pub const ALL: [Licence; 3] = [Licence::Unknown, Licence::Standard, Licence::Premium];

    /// The name, as the reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            Licence::Unknown => "Unknown",
            Licence::Standard => "Standard",
            Licence::Premium => "Premium",
        }
    }
}

/// How a mailbox stands against the baseline.
#[derive(Debug, PartialOrd, Ord, Hash, EnumSetType)]
pub enum AuditState {
    /// All that was asked about is audited, and its account does not bypass auditing.
    Audited,
    /// Something is missing.
    Gap,
    /// Nothing at all is audited.
    NotAudited,
    /// It could not be told. Never to be taken as audited.
    Unknown,
}

impl AuditState {
    /// All of them.
    pub const ALL: [AuditState; 4] =
        [AuditState::Audited, AuditState::Gap, AuditState::NotAudited, AuditState::Unknown];

    /// The name, as the reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            AuditState::Audited => "Audited",
            AuditState::Gap => "Gap",
            AuditState::NotAudited => "NotAudited",
            AuditState::Unknown => "Unknown",
        }
    }
}

/// Why a mailbox has its state: what weighs most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nothing is missing.
    NothingMissing,
    /// Actions that are audited by default were taken from a list, or never came into it.
    DefaultsMissing,
    /// Actions that are not audited by default were not added.
    OptionalMissing,
    /// No action is missing, but what its account does is not logged.
    AccountBypassesAuditing,
    /// The organisation switched auditing off.
    OrganizationAuditDisabled,
    /// This type of mailbox is audited only with `AuditEnabled`, which is False.
    AuditNotEnabled,
    /// All three lists are empty.
    ListsEmpty,
    /// A property is missing or cannot be believed.
    NotReadable,
    /// No action is missing, but the organisation's switch was not read.
    OrganizationUnknown,
    /// No action is missing, but whether the account bypasses auditing was not read.
    BypassUnknown,
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 10] = [
        Reason::NothingMissing,
        Reason::DefaultsMissing,
        Reason::OptionalMissing,
        Reason::AccountBypassesAuditing,
        Reason::OrganizationAuditDisabled,
        Reason::AuditNotEnabled,
        Reason::ListsEmpty,
        Reason::NotReadable,
        Reason::OrganizationUnknown,
        Reason::BypassUnknown,
    ];

    /// The name, as the reports write it.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::NothingMissing => "NothingMissing",
            Reason::DefaultsMissing => "DefaultsMissing",
            Reason::OptionalMissing => "OptionalMissing",
            Reason::AccountBypassesAuditing => "AccountBypassesAuditing",
            Reason::OrganizationAuditDisabled => "OrganizationAuditDisabled",
            Reason::AuditNotEnabled => "AuditNotEnabled",
            Reason::ListsEmpty => "ListsEmpty",
            Reason::NotReadable => "NotReadable",
            Reason::OrganizationUnknown => "OrganizationUnknown",
            Reason::BypassUnknown => "BypassUnknown",
        }
    }
}

/// What an admin should know besides.
#[derive(Debug, Hash, EnumSetType)]
pub enum Remark {
    /// The organisation's switch was not read: the lists are judged as if it were on.
    OrganizationUnknown,
    /// `AuditEnabled` is False, which does not matter while auditing is on by default.
    AuditEnabledIgnored,
    /// The lists of a group mailbox are not to be believed.
    GroupMailboxFixed,
    /// A type of mailbox that is audited only with `AuditEnabled`.
    NeedsAuditEnabled,
    /// What the account does in any mailbox is not logged.
    BypassEnabled,
}

impl Remark {
    const fn describe(self) -> &'static str {
        match self {
            Remark::OrganizationUnknown => "organisation's AuditDisabled not read, taken as False",
            Remark::AuditEnabledIgnored => {
                "AuditEnabled is False: ignored while auditing is on by default \
                 (documented for default actions only)"
            }
            Remark::GroupMailboxFixed => "group mailbox: its actions are fixed, its lists are not believed",
            Remark::NeedsAuditEnabled => "this type of mailbox is audited only with AuditEnabled",
            Remark::BypassEnabled => {
                "this account bypasses auditing: what it does, in any mailbox, is not logged"
            }
        }
    }
}

/// What was found of one mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How it stands.
    pub state: AuditState,
    /// Why.
    pub reason: Reason,
    /// Whose rules held; unknown where that cannot be told.
    pub platform: Option<Platform>,
    /// What is audited in effect, asked about or not; nothing where it could not be told.
    pub audited: Option<PerLogonType<ActionSet>>,
    /// What was asked about and is not audited; nothing where it could not be told.
    pub gaps: Option<PerLogonType<ActionSet>>,
    /// What is not audited either, but may not be licensed.
    pub not_licensed: PerLogonType<ActionSet>,
    /// What Microsoft audits by default and the lists lack, asked about or not.
    pub missing_defaults: PerLogonType<ActionSet>,
    /// The logon types whose list somebody customised.
    pub customized: EnumSet<LogonType>,
    /// Gaps that are gaps only with the right licence, while the licence is not known.
    pub licence_unknown: ActionSet,
    /// Whether its account bypasses auditing.
    pub bypass: Bypass,
    /// What else to know.
    pub remarks: EnumSet<Remark>,
    /// What could not be believed.
    pub faults: Vec<PropertyFault>,
}

impl Verdict {
    /// The three sets of gaps, empty where unknown.
    pub fn known_gaps(&self) -> PerLogonType<ActionSet> {
        self.gaps.unwrap_or_default()
    }

    /// Whether it belongs into a list of mailboxes to look at: anything but [`AuditState::Audited`].
    pub fn needs_attention(&self) -> bool {
        self.state != AuditState::Audited
    }

    /// All remarks in one line, separated by semicolons.
    pub fn remark_text(&self, catalog: &Catalog, unrecognized: &str) -> String {
        let mut text = String::new();
        for remark in self.remarks {
            sentence(&mut text, format_args!("{}", remark.describe()));
        }
        if !self.customized.is_empty() {
            let names: Vec<_> = self.customized.iter().map(LogonType::name).collect();
            sentence(&mut text, format_args!("customised: {}", names.join(", ")));
        }
        for (logon, missing) in self.missing_defaults.iter().filter(|(_, missing)| !missing.is_empty()) {
            let managed = self.platform == Some(Platform::ExchangeOnline) && !self.customized.contains(logon);
            let who = if managed { "Microsoft-managed" } else { "" };
            let space = if managed { " " } else { "" };
            let names = catalog.join(*missing, ", ");
            sentence(&mut text, format_args!("{who}{space}{} lacks the defaults {names}", logon.name()));
        }
        if !self.licence_unknown.is_empty() {
            let names = catalog.join(self.licence_unknown, ", ");
            sentence(&mut text, format_args!("a gap only if the licence covers it: {names}"));
        }
        for (logon, set) in self.not_licensed.iter().filter(|(_, set)| !set.is_empty()) {
            let names = catalog.join(*set, ", ");
            sentence(
                &mut text,
                format_args!("not audited for {}, may need Audit (Premium): {names}", logon.name()),
            );
        }
        if !unrecognized.is_empty() {
            sentence(&mut text, format_args!("unrecognised, newer than the catalogue: {unrecognized}"));
        }
        if !self.faults.is_empty() {
            sentence(&mut text, format_args!("{}", describe_faults(&self.faults)));
        }
        text
    }
}

fn sentence(text: &mut String, sentence: std::fmt::Arguments<'_>) {
    if !text.is_empty() {
        text.push_str("; ");
    }
    // Writing to a String cannot fail.
    let _ = text.write_fmt(sentence);
}

/// What is asked, ready to be asked of many mailboxes, from any thread.
#[derive(Debug, Clone)]
pub struct Judge<'c> {
    catalog: &'c Catalog,
    baseline: Baseline,
    scope: Scope,
    licence: Licence,
    platform: PlatformChoice,
    wanted: [PerLogonType<ActionSet>; Platform::ALL.len()],
}

impl<'c> Judge<'c> {
    /// Works out once what the baseline wants on each platform.
    pub fn new(
        catalog: &'c Catalog,
        baseline: Baseline,
        scope: Scope,
        licence: Licence,
        platform: PlatformChoice,
    ) -> Result<Judge<'c>, BaselineError> {
        let wanted = Platform::ALL.map(|platform| {
            PerLogonType::from_fn(|logon| {
                if scope.logon_types.contains(logon) {
                    baseline.wanted(catalog, platform, logon) & scope.actions
                } else {
                    ActionSet::EMPTY
                }
            })
        });
        if wanted.iter().all(PerLogonType::is_empty) {
            return Err(BaselineError::NothingAsked { baseline: baseline.name().to_owned() });
        }
        Ok(Judge { catalog, baseline, scope, licence, platform, wanted })
    }

    /// Whether another one asks the same, and so gives the same verdicts.
    pub fn asks_the_same_as(&self, other: &Judge<'_>) -> bool {
        std::ptr::eq(self.catalog, other.catalog)
            && (&self.baseline, self.scope, self.licence) == (&other.baseline, other.scope, other.licence)
            && self.platform == other.platform
    }

    /// The catalogue that it judges by.
    pub fn catalog(&self) -> &'c Catalog {
        self.catalog
    }

    /// The baseline that it judges against.
    pub fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// The part of the baseline that is asked about.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// What the tenant is licensed for.
    pub fn licence(&self) -> Licence {
        self.licence
    }

    /// Whose rules hold where a mailbox does not tell.
    pub fn platform_choice(&self) -> PlatformChoice {
        self.platform
    }

    /// What is asked for on a platform.
    pub fn wanted(&self, platform: Platform) -> &PerLogonType<ActionSet> {
        &self.wanted[platform as usize]
    }

    /// Whose rules hold for a mailbox, or why that cannot be told.
    pub fn platform_of(&self, mailbox: &Mailbox<'_>) -> Result<Platform, PropertyFault> {
        mailbox.platform(self.platform)
    }

    /// Judges one mailbox. What it knows of its organisation itself goes before `organization`.
    pub fn judge(&self, mailbox: &Mailbox<'_>, organization: OrganizationAudit, bypass: Bypass) -> Verdict {
        let organization = mailbox.organization(organization);
        let platform = match self.platform_of(mailbox) {
            Ok(platform) => platform,
            Err(fault) => return self.unreadable(None, bypass, platform_faults(mailbox, fault)),
        };
        // "No mailbox actions are audited, even if AuditEnabled is True", and bypass is ignored (Microsoft's page).
        // Exchange Server has no such switch.
        if organization == OrganizationAudit::Disabled && platform != Platform::ExchangeServer {
            return self.nothing_audited(mailbox, platform, Reason::OrganizationAuditDisabled, bypass);
        }
        let faults = mailbox.faults(platform);
        if !faults.is_empty() {
            return self.unreadable(Some(platform), bypass, faults);
        }
        let mut verdict = match effective(self.catalog, mailbox, platform) {
            Some(audited) => self.compare(mailbox, platform, bypass, &audited),
            None => self.nothing_audited(mailbox, platform, Reason::AuditNotEnabled, bypass),
        };
        self.weigh(mailbox, platform, organization, &mut verdict);
        verdict
    }

    /// A mailbox of which nothing is audited: all that was asked about is missing.
    fn nothing_audited(
        &self,
        mailbox: &Mailbox<'_>,
        platform: Platform,
        reason: Reason,
        bypass: Bypass,
    ) -> Verdict {
        let mut verdict = Verdict {
            state: AuditState::NotAudited,
            reason,
            platform: Some(platform),
            audited: Some(PerLogonType::default()),
            gaps: None,
            not_licensed: PerLogonType::default(),
            missing_defaults: PerLogonType::default(),
            customized: customized(mailbox, platform),
            licence_unknown: ActionSet::EMPTY,
            bypass,
            remarks: EnumSet::empty(),
            faults: Vec::new(),
        };
        self.set_gaps(&mut verdict, platform, *self.wanted(platform));
        verdict
    }

    fn unreadable(&self, platform: Option<Platform>, bypass: Bypass, faults: Vec<PropertyFault>) -> Verdict {
        Verdict {
            state: AuditState::Unknown,
            reason: Reason::NotReadable,
            platform,
            audited: None,
            gaps: None,
            not_licensed: PerLogonType::default(),
            missing_defaults: PerLogonType::default(),
            customized: EnumSet::empty(),
            licence_unknown: ActionSet::EMPTY,
            bypass,
            remarks: EnumSet::empty(),
            faults,
        }
    }

    fn compare(
        &self,
        mailbox: &Mailbox<'_>,
        platform: Platform,
        bypass: Bypass,
        audited: &PerLogonType<ActionSet>,
    ) -> Verdict {
        let possible = PerLogonType::from_fn(|logon| {
            audited[logon]
                & (self.catalog.available(platform, logon) | self.catalog.unsettled(platform, logon))
        });
        let mut verdict = self.nothing_audited(mailbox, platform, Reason::ListsEmpty, bypass);
        verdict.audited = Some(*audited);
        let wanted = self.wanted(platform);
        self.set_gaps(&mut verdict, platform, PerLogonType::from_fn(|logon| wanted[logon] - audited[logon]));
        // A customised list may still have every default: DefaultAuditSet alone does not tell (Microsoft's page).
        // What the licence may not cover is named by itself.
        verdict.missing_defaults = PerLogonType::from_fn(|logon| {
            self.catalog.defaults(platform, logon) - audited[logon] - verdict.not_licensed[logon]
        });
        // What the catalogue does not know is audited all the same.
        if !possible.is_empty() || mailbox.unrecognized().next().is_some() {
            self.set_state(&mut verdict);
        }
        verdict
    }

    /// The state of a mailbox of which something is audited, by its gaps alone.
    fn set_state(&self, verdict: &mut Verdict) {
        let gaps = verdict.known_gaps();
        let lost = PerLogonType::from_fn(|logon| gaps[logon] & verdict.missing_defaults[logon]);
        (verdict.state, verdict.reason) = if !lost.is_empty() {
            (AuditState::Gap, Reason::DefaultsMissing)
        } else if !gaps.is_empty() {
            (AuditState::Gap, Reason::OptionalMissing)
        } else {
            (AuditState::Audited, Reason::NothingMissing)
        };
    }

    /// What is beside the lists: remarks, and what forbids to call a mailbox audited.
    fn weigh(
        &self,
        mailbox: &Mailbox<'_>,
        platform: Platform,
        organization: OrganizationAudit,
        verdict: &mut Verdict,
    ) {
        let switch_unread =
            organization == OrganizationAudit::Unknown && platform != Platform::ExchangeServer;
        if switch_unread {
            verdict.remarks |= Remark::OrganizationUnknown;
        }
        let disabled = mailbox.audit_enabled == Property::Known(false);
        match platform {
            Platform::GroupMailbox => verdict.remarks |= Remark::GroupMailboxFixed,
            // "Default mailbox actions will still be audited" (Microsoft's page).
            Platform::ExchangeOnline if mailbox.coverage() == Coverage::OnByDefault => {
                if disabled {
                    verdict.remarks |= Remark::AuditEnabledIgnored;
                }
            }
            Platform::ExchangeOnline => verdict.remarks |= Remark::NeedsAuditEnabled,
            Platform::ExchangeServer => {}
        }
        // "Access or actions taken by the user account to any mailbox isn't logged"
        // (Get-MailboxAuditBypassAssociation). A group has no account that could act.
        let has_account = platform != Platform::GroupMailbox;
        if has_account && verdict.bypass == Bypass::Enabled {
            verdict.remarks |= Remark::BypassEnabled;
        }
        if verdict.state != AuditState::Audited {
            return;
        }
        (verdict.state, verdict.reason) = if has_account && verdict.bypass == Bypass::Enabled {
            (AuditState::Gap, Reason::AccountBypassesAuditing)
        } else if switch_unread {
            (AuditState::Unknown, Reason::OrganizationUnknown)
        } else if has_account && verdict.bypass == Bypass::Unknown {
            (AuditState::Unknown, Reason::BypassUnknown)
        } else {
            return;
        };
    }

    /// Parts what is missing by the licence. Since 2024 the sources disagree on what needs one: see the notes in
    /// the catalogue.
    fn set_gaps(&self, verdict: &mut Verdict, platform: Platform, missing: PerLogonType<ActionSet>) {
        let bound = self.catalog.licence_bound(platform);
        let (mut gaps, mut not_licensed) = (missing, PerLogonType::default());
        match self.licence {
            Licence::Premium => {}
            Licence::Unknown => verdict.licence_unknown = missing.union() & bound,
            Licence::Standard => {
                gaps = PerLogonType::from_fn(|logon| missing[logon] - bound);
                not_licensed = PerLogonType::from_fn(|logon| missing[logon] & bound);
            }
        }
        verdict.gaps = Some(gaps);
        verdict.not_licensed = not_licensed;
    }
}

/// What is audited in effect while the organisation's switch is on; nothing where `AuditEnabled` gates and is False.
fn effective(
    catalog: &Catalog,
    mailbox: &Mailbox<'_>,
    platform: Platform,
) -> Option<PerLogonType<ActionSet>> {
    let gated = match platform {
        // The fixed table, not what the properties say (Microsoft's page).
        Platform::GroupMailbox => {
            return Some(PerLogonType::from_fn(|logon| catalog.defaults(platform, logon)));
        }
        Platform::ExchangeOnline => mailbox.coverage() == Coverage::Switched,
        // On Exchange Server AuditEnabled is authoritative (Set-Mailbox).
        Platform::ExchangeServer => true,
    };
    if gated && mailbox.audit_enabled != Property::Known(true) {
        return None;
    }
    Some(PerLogonType::from_fn(|logon| {
        mailbox.lists[logon].known().map_or(ActionSet::EMPTY, |list| list.actions)
    }))
}

/// The logon types whose list is no longer Microsoft's: those that DefaultAuditSet lacks (Microsoft's page).
fn customized(mailbox: &Mailbox<'_>, platform: Platform) -> EnumSet<LogonType> {
    match (platform, &mailbox.default_audit_set) {
        (Platform::ExchangeOnline, Property::Known(managed)) => !*managed,
        _ => EnumSet::empty(),
    }
}

/// Where the platform is not known, all that is missing on either is worth saying.
fn platform_faults(mailbox: &Mailbox<'_>, fault: PropertyFault) -> Vec<PropertyFault> {
    let mut faults = vec![fault];
    for other in mailbox.faults(Platform::ExchangeServer) {
        if !faults.contains(&other) {
            faults.push(other);
        }
    }
    faults
}

/// What the associations say of a mailbox, or what the object itself says (reports of this program do).
pub fn bypass_of(table: Option<&BypassTable>, mailbox: &Mailbox<'_>) -> Bypass {
    match table {
        Some(table) => table.find(mailbox),
        None => mailbox.audit_bypass_enabled.known().copied().map_or(Bypass::Unknown, Bypass::from),
    }
}
