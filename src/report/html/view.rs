//! What the templates fill in: words and numbers, ready to be shown.

use askama::Template;

use super::super::{Head, Layout, Tail, join_logon_types};
use super::past::{Changes, Past};
use super::tally::{Counts, Manager, States, Tally};
use crate::domain::action::{ActionSet, LogonType, PerLogonType};
use crate::domain::catalog::{Catalog, Platform};
use crate::domain::verdict::{AuditState, Licence, OrganizationAudit};

/// The page up to the mailboxes.
#[derive(Template)]
#[template(path = "top.html")]
pub(super) struct Top<'a> {
    pub(super) policy: String,
    pub(super) style: &'a str,
    pub(super) facts: &'a str,
    pub(super) baseline: &'a str,
}

/// What the head of a report says, kept until its tail.
pub(super) struct About {
    pub(super) baseline: String,
    organization: OrganizationAudit,
    pub(super) generated_at: String,
    catalog_date: String,
    licence: &'static str,
    /// What was asked about, in words.
    question: String,
    wanted: [PerLogonType<ActionSet>; Platform::ALL.len()],
}

impl About {
    pub(super) fn of(head: &Head<'_>) -> About {
        let judge = head.judge;
        let scope = judge.scope();
        let mut question = "every action of the baseline".to_owned();
        if scope.actions != ActionSet::from_bits(u64::MAX) {
            question = format!("only {}", judge.catalog().join(scope.actions, ", "));
        }
        if scope.logon_types.len() < LogonType::ALL.len() {
            question.push_str(&format!(", only for {}", join_logon_types(scope.logon_types, ", ")));
        }
        About {
            baseline: judge.baseline().name().to_owned(),
            organization: head.organization,
            generated_at: head.generated_at.to_owned(),
            catalog_date: judge.catalog().date().to_owned(),
            licence: match judge.licence() {
                Licence::Unknown => "not said: actions that may need Audit (Premium) count as gaps",
                Licence::Standard => {
                    "Audit (Standard): actions that may need Audit (Premium) are not counted"
                }
                Licence::Premium => "Audit (Premium)",
            },
            question,
            wanted: Platform::ALL.map(|platform| *judge.wanted(platform)),
        }
    }
}

/// The page from the mailboxes on.
#[derive(Template)]
#[template(path = "rest.html")]
pub(super) struct Rest<'a> {
    about: &'a About,
    /// The time, as it is read best.
    time: String,
    version: &'static str,
    note: &'a str,
    script: &'a str,
    cards: Vec<Card>,
    problems: Vec<String>,
    more_problems: u64,
    mailboxes: String,
    states: Vec<StateTile>,
    groups: Vec<Group>,
    not_judged: Option<String>,
    not_licensed: Option<String>,
    kinds: Vec<Kind>,
    management: Vec<ManagementRow>,
    customized: String,
    bypass: Bypass,
    ages: Vec<Bar>,
    unrecognized: Vec<Bar>,
    only_gaps: bool,
    changes: Option<Changes>,
    past: Option<Past>,
}

/// Something that has to be known before anything else.
struct Card {
    /// What the colour says too: `good`, `bad`, `unknown`.
    tone: &'static str,
    title: String,
    text: String,
    command: Option<&'static str>,
}

struct StateTile {
    state: &'static str,
    label: &'static str,
    about: &'static str,
    count: String,
    share: String,
    span: Span,
}

/// A part of a bar, in percent of it.
struct Span {
    class: &'static str,
    from: f64,
    width: f64,
}

struct Group {
    logon: &'static str,
    with_gaps: String,
    of: String,
    bars: Vec<Bar>,
    /// What nobody lacks.
    complete: String,
}

struct Bar {
    name: String,
    count: String,
    of: String,
    width: f64,
    /// The name as it stands in an address.
    link: String,
    about: String,
}

struct Kind {
    name: String,
    link: String,
    total: String,
    counts: Vec<(&'static str, u64, String)>,
    spans: Vec<Span>,
}

struct ManagementRow {
    logon: &'static str,
    cells: [(&'static str, u64, String); 4],
    spans: Vec<Span>,
}

struct Bypass {
    read: bool,
    accounts: Vec<(String, String)>,
    mailboxes: String,
    unknown: Option<String>,
}

impl<'a> Rest<'a> {
    pub(super) fn new(
        about: &'a About,
        tally: &Tally,
        tail: &Tail<'_>,
        layout: Layout,
        earlier: (Option<Changes>, Option<Past>),
        (note, script): (&'a str, &'a str),
    ) -> Rest<'a> {
        let (changes, past) = earlier;
        let summary = tail.summary;
        let all = summary.mailboxes;
        let some = |count: u64| (count > 0).then(|| thousands(count));
        Rest {
            about,
            time: when(&about.generated_at),
            version: env!("CARGO_PKG_VERSION"),
            note,
            script,
            cards: vec![organization_card(about, tally), completeness_card(tail), bypass_card(tail)],
            problems: tail.problems.first().iter().map(ToString::to_string).collect(),
            more_problems: tail.problems.count() - tail.problems.first().len() as u64,
            mailboxes: thousands(all),
            states: state_tiles(tail),
            groups: groups(about, tally, tail),
            not_judged: some(tally.not_judged),
            not_licensed: some(summary.not_licensed),
            kinds: kinds(&tally.kinds),
            management: management(&tally.managers),
            customized: thousands(summary.customized),
            bypass: Bypass {
                read: tail.bypassed.is_some(),
                accounts: tail
                    .bypassed
                    .unwrap_or_default()
                    .iter()
                    .map(|account| {
                        (account.name.clone(), account.guid.map(|guid| guid.to_string()).unwrap_or_default())
                    })
                    .collect(),
                mailboxes: thousands(summary.bypassed),
                unknown: some(summary.bypass_unknown),
            },
            ages: ages(&tally.ages, all),
            unrecognized: unrecognized(&tally.unrecognized, all),
            only_gaps: layout.only_gaps,
            changes,
            past,
        }
    }
}

/// The organisation's switch, as the head has it; files of several tenants may differ, and then the worst counts.
fn organization_card(about: &About, tally: &Tally) -> Card {
    let organization = match about.organization {
        _ if tally.switched_off > 0 => OrganizationAudit::Disabled,
        _ if tally.switch_unknown > 0 => OrganizationAudit::Unknown,
        known => known,
    };
    let (tone, title, text, command) = match organization {
        OrganizationAudit::OnByDefault => (
            "good",
            "The organisation audits",
            "AuditDisabled is False: Exchange records what the lists of the mailboxes name.",
            None,
        ),
        OrganizationAudit::Disabled => (
            "bad",
            "The organisation does not audit",
            "AuditDisabled is True: nothing is recorded in any mailbox of Exchange Online, whatever its lists name.",
            Some("Set-OrganizationConfig -AuditDisabled $false"),
        ),
        OrganizationAudit::Unknown => (
            "unknown",
            "Unknown: does the organisation audit?",
            "AuditDisabled was not read, so no mailbox of Exchange Online is called audited.",
            Some("Get-OrganizationConfig | Format-List AuditDisabled"),
        ),
    };
    let mut text = text.to_owned();
    let concerned = if tone == "bad" { tally.switched_off } else { tally.switch_unknown };
    if tone != "good" && organization != about.organization {
        text.push_str(&format!(" This holds for {}.", counted(concerned, "mailbox", "mailboxes")));
    }
    Card { tone, title: title.to_owned(), text, command }
}

fn completeness_card(tail: &Tail<'_>) -> Card {
    if tail.problems.is_empty() {
        let text = "All that was given could be read, and every mailbox could be judged as far as its own properties go.";
        return Card {
            tone: "good",
            title: "The report is complete".to_owned(),
            text: text.to_owned(),
            command: None,
        };
    }
    let problems = counted(tail.problems.count(), "problem", "problems");
    Card {
        tone: "bad",
        title: "The report is incomplete".to_owned(),
        text: format!("{problems}: mailboxes may be missing, and nothing here proves that one is audited."),
        command: None,
    }
}

fn bypass_card(tail: &Tail<'_>) -> Card {
    let unknown = tail.summary.bypass_unknown;
    let read = tail.bypassed.is_some();
    // Without associations, earlier reports may know it of their mailboxes.
    let accounts = tail.bypassed.map_or(tail.summary.bypassed, |accounts| accounts.len() as u64);
    let (tone, title, text) = match accounts {
        0 if unknown == 0 && (read || tail.summary.mailboxes > 0) => (
            "good",
            "No account bypasses auditing".to_owned(),
            "What everybody does is recorded, as far as the lists name it.",
        ),
        0 => (
            "unknown",
            "Unknown: who bypasses auditing?".to_owned(),
            "What an account that bypasses auditing does, in any mailbox, is not recorded.",
        ),
        _ => (
            "bad",
            format!("{} auditing", counted(accounts, "account bypasses", "accounts bypass")),
            "What they do, in any mailbox, is not recorded.",
        ),
    };
    let mut text = text.to_owned();
    if unknown > 0 {
        let none = if read { "Of" } else { "It was not read who does: of" };
        text.push_str(&format!(" {none} {} it is not known.", counted(unknown, "mailbox", "mailboxes")));
    }
    let command = (unknown > 0 && !read).then_some("Get-MailboxAuditBypassAssociation -ResultSize Unlimited");
    Card { tone, title, text, command }
}

/// The class of a state in the style.
const fn class(state: AuditState) -> &'static str {
    match state {
        AuditState::Audited => "audited",
        AuditState::Gap => "gap",
        AuditState::NotAudited => "none",
        AuditState::Unknown => "unknown",
    }
}

fn state_tiles(tail: &Tail<'_>) -> Vec<StateTile> {
    let summary = tail.summary;
    let spans = spans(AuditState::ALL.map(|state| (class(state), summary.state(state))));
    let tile = |(state, span): (AuditState, Span)| StateTile {
        state: state.name(),
        label: match state {
            AuditState::Audited => "Audited",
            AuditState::Gap => "With gaps",
            AuditState::NotAudited => "Not audited at all",
            AuditState::Unknown => "Unknown",
        },
        about: match state {
            AuditState::Audited => "Nothing that was asked about is missing.",
            AuditState::Gap => "Something is missing, or the account bypasses auditing.",
            AuditState::NotAudited => "No action is recorded, for anybody.",
            AuditState::Unknown => "Could not be told. Take them as not audited.",
        },
        count: thousands(summary.state(state)),
        share: share(summary.state(state), summary.mailboxes),
        span,
    };
    AuditState::ALL.into_iter().zip(spans).map(tile).collect()
}

fn groups(about: &About, tally: &Tally, tail: &Tail<'_>) -> Vec<Group> {
    LogonType::ALL.into_iter().filter_map(|logon| group(logon, about, tally, tail)).collect()
}

/// The bars of a logon type, if anything was asked about it.
fn group(logon: LogonType, about: &About, tally: &Tally, tail: &Tail<'_>) -> Option<Group> {
    let catalog: &Catalog = tail.catalog;
    // An action is asked about only where the platform can audit it.
    let asked = |set: ActionSet| -> u64 {
        let platforms = about.wanted.iter().zip(tally.judged);
        platforms.filter(|(wanted, _)| !(wanted[logon] & set).is_empty()).map(|(_, count)| count).sum()
    };
    let mut everything = ActionSet::EMPTY;
    for (wanted, count) in about.wanted.iter().zip(tally.judged) {
        if count > 0 {
            everything |= wanted[logon];
        }
    }
    let missing = tail.summary.most_missing(logon);
    if everything.is_empty() {
        return None;
    }
    let lacking: ActionSet = missing.iter().map(|(action, _)| *action).collect();
    let bars = missing.into_iter().map(|(action, count)| {
        let of = asked([action].into_iter().collect());
        Bar {
            name: catalog.name(action).to_owned(),
            count: thousands(count),
            of: thousands(of),
            width: percent(count, of),
            link: catalog.name(action).to_owned(),
            about: catalog
                .actions()
                .get(action.index())
                .map(|action| action.summary.clone())
                .unwrap_or_default(),
        }
    });
    Some(Group {
        logon: logon.name(),
        with_gaps: thousands(tail.summary.with_gaps[logon]),
        of: thousands(asked(everything)),
        bars: bars.collect(),
        complete: catalog.join(everything - lacking, ", "),
    })
}

const OTHERS: &str = "(others)";

fn kinds(kinds: &Counts<States>) -> Vec<Kind> {
    let row = |name: &str, states: &States| Kind {
        name: if name.is_empty() { "(not read)".to_owned() } else { name.to_owned() },
        link: if name.is_empty() { NOT_READ.to_owned() } else { name.to_owned() },
        total: thousands(states.iter().sum()),
        counts: AuditState::ALL
            .into_iter()
            .zip(states)
            .map(|(state, count)| (state.name(), *count, thousands(*count)))
            .collect(),
        spans: spans(std::array::from_fn::<_, 4, _>(|index| (class(AuditState::ALL[index]), states[index]))),
    };
    let mut sorted: Vec<_> = kinds.by_text.iter().collect();
    sorted.sort_by_key(|(_, states)| std::cmp::Reverse(states.iter().sum::<u64>()));
    let mut rows: Vec<_> = sorted.into_iter().map(|(name, states)| row(name, states)).collect();
    if kinds.others.iter().sum::<u64>() > 0 {
        rows.push(Kind { link: String::new(), ..row(OTHERS, &kinds.others) });
    }
    rows
}

fn management(managers: &PerLogonType<[u64; Manager::ALL.len()]>) -> Vec<ManagementRow> {
    let class = |manager| match manager {
        Manager::Microsoft => "audited",
        Manager::Customised => "gap",
        Manager::Unknown => "unknown",
        Manager::Nobody => "track",
    };
    let row = |(logon, counts): (LogonType, &[u64; Manager::ALL.len()])| {
        let counts = Manager::ALL.map(|manager| (class(manager), counts[manager as usize]));
        ManagementRow {
            logon: logon.name(),
            cells: counts.map(|(class, count)| (class, count, thousands(count))),
            spans: spans(counts),
        }
    };
    managers.iter().map(row).collect()
}

fn ages(ages: &Counts<u64>, all: u64) -> Vec<Bar> {
    let mut rows: Vec<_> = ages.by_text.iter().map(|(text, count)| (days(text), &**text, *count)).collect();
    rows.sort();
    let bar = |(days, text, count): (Option<u64>, &str, u64)| Bar {
        name: match days {
            Some(days) => counted(days, "day", "days"),
            None if text.is_empty() => "Not read".to_owned(),
            None => text.to_owned(),
        },
        count: thousands(count),
        of: thousands(all),
        width: percent(count, all),
        link: if text.is_empty() { NOT_READ.to_owned() } else { text.to_owned() },
        // Ninety days are what Exchange keeps by default (Manage mailbox auditing).
        about: if days.is_some_and(|days| days < 90) { "shorter than the default of 90 days" } else { "" }
            .to_owned(),
    };
    let mut bars: Vec<_> = rows.into_iter().map(bar).collect();
    bars.extend(others(ages, all));
    bars
}

/// How the page's addresses call a value that was not read.
const NOT_READ: &str = "-";

fn unrecognized(counts: &Counts<u64>, all: u64) -> Vec<Bar> {
    let mut rows: Vec<_> = counts.by_text.iter().map(|(text, count)| (&**text, *count)).collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let bar = |(text, count): (&str, u64)| Bar {
        name: text.to_owned(),
        count: thousands(count),
        of: thousands(all),
        width: percent(count, all),
        link: text.to_owned(),
        about: String::new(),
    };
    let mut bars: Vec<_> = rows.into_iter().map(bar).collect();
    bars.extend(others(counts, all));
    bars
}

fn others(counts: &Counts<u64>, all: u64) -> Option<Bar> {
    (counts.others > 0).then(|| Bar {
        name: OTHERS.to_owned(),
        count: thousands(counts.others),
        of: thousands(all),
        width: percent(counts.others, all),
        link: String::new(),
        about: String::new(),
    })
}

/// Whole days, as Exchange prints a time span.
fn days(text: &str) -> Option<u64> {
    text.strip_suffix(".00:00:00").or(Some(text))?.parse().ok()
}

/// The parts of a bar, one behind the other.
fn spans<const N: usize>(counts: [(&'static str, u64); N]) -> Vec<Span> {
    let all = counts.iter().map(|(_, count)| count).sum();
    let mut from = 0.0;
    counts
        .into_iter()
        .map(|(class, count)| {
            let width = percent(count, all);
            let span = Span { class, from, width };
            from += width;
            span
        })
        .collect()
}

/// Percent with two digits after the point.
fn percent(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { (count as f64 / of as f64 * 10_000.0).round() / 100.0 }
}

/// Percent in words: never "0 %" of something, nor "100 %" of less than all.
fn share(count: u64, of: u64) -> String {
    let rounded = (count * 100 + of / 2).checked_div(of).unwrap_or(0);
    match rounded {
        0 if count > 0 => "under 1 %".to_owned(),
        100 if count < of => "over 99 %".to_owned(),
        percent => format!("{percent} %"),
    }
}

pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}

/// A timestamp as it is read best.
pub(super) fn when(timestamp: &str) -> String {
    timestamp.replace('T', " ").replace('Z', " UTC")
}

/// Digits in groups of three.
pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
