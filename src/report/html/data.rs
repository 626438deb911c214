//! What the page's script reads: JSON that stands in the page and cannot end before its end.

use std::collections::BTreeMap;
use std::io::{self, Write};

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};

use super::super::csv::{CLASSIC, DISABLED_NOTE, MORE, default_audit_set};
use super::super::{Head, Layout, Row};
use super::fix::fixes;
use super::tally::Manager;
use crate::domain::action::{ActionSet, LogonType, PerLogonType};
use crate::domain::catalog::Platform;
use crate::domain::mailbox::Mailbox;
use crate::domain::verdict::OrganizationAudit;

/// JSON without `<`: nothing in it is a tag to the browser, whatever a tenant calls its mailboxes.
pub(super) fn script_safe(value: &impl Serialize) -> io::Result<String> {
    struct NoTags;
    impl Formatter for NoTags {
        fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
            let mut plain = CompactFormatter;
            for (index, part) in text.split('<').enumerate() {
                if index > 0 {
                    out.write_all(br"\u003c")?;
                }
                plain.write_string_fragment(out, part)?;
            }
            Ok(())
        }
    }
    let mut json = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut json, NoTags))?;
    String::from_utf8(json).map_err(io::Error::other)
}

/// The places of actions in the catalogue, for Admin, Delegate and Owner.
type Actions = [Vec<usize>; LogonType::ALL.len()];

fn places(sets: &PerLogonType<ActionSet>) -> Actions {
    LogonType::ALL.map(|logon| sets[logon].iter().map(|action| action.index()).collect())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Facts<'a> {
    actions: Vec<ActionFacts<'a>>,
    /// What was asked about, by platform.
    asked: BTreeMap<&'static str, Actions>,
    columns: Vec<&'static str>,
    /// A first row for saved lists.
    first_note: Option<&'static str>,
    only_gaps: bool,
}

#[derive(Serialize)]
struct ActionFacts<'a> {
    name: &'a str,
    summary: &'a str,
    /// The status by platform, for Admin, Delegate and Owner.
    status: BTreeMap<&'static str, [&'static str; 3]>,
}

/// What holds for all mailboxes.
pub(super) fn facts(head: &Head<'_>, layout: Layout) -> io::Result<String> {
    let status = |action: &crate::domain::catalog::Action| {
        let known = Platform::ALL.into_iter().filter(|platform| action.entry(*platform).is_some());
        known
            .map(|platform| {
                (platform.name(), LogonType::ALL.map(|logon| action.status(platform, logon).name()))
            })
            .collect()
    };
    let actions = head.judge.catalog().actions().iter();
    let actions = actions.map(|action| ActionFacts {
        name: &action.name,
        summary: &action.summary,
        status: status(action),
    });
    script_safe(&Facts {
        actions: actions.collect(),
        asked: Platform::ALL
            .into_iter()
            .map(|platform| (platform.name(), places(head.judge.wanted(platform))))
            .collect(),
        columns: CLASSIC.into_iter().chain(MORE).collect(),
        first_note: (head.organization == OrganizationAudit::Disabled).then_some(DISABLED_NOTE),
        only_gaps: layout.only_gaps,
    })
}

/// What many mailboxes have in common: all but their names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile<'a> {
    kind: &'a str,
    platform: Option<&'static str>,
    state: &'static str,
    reason: &'static str,
    enabled: Option<bool>,
    bypass: Option<bool>,
    /// As the CSV writes it.
    managed: &'a str,
    /// Who manages the lists for Admin, Delegate and Owner.
    managers: [Manager; LogonType::ALL.len()],
    age: &'a str,
    /// What the lists name, as far as they could be read.
    listed: Actions,
    audited: Option<Actions>,
    gaps: Option<Actions>,
    not_licensed: Actions,
    missing_defaults: Actions,
    unrecognized: Vec<&'a str>,
    remarks: String,
}

/// Numbers profiles in the order in which they come.
#[derive(Default)]
pub(super) struct Profiles {
    numbers: FxHashMap<String, u32>,
    next: u32,
}

impl Profiles {
    /// How many are kept. One that comes again later than that is written again, under a new number.
    const KEPT: usize = 4096;

    /// The number of a mailbox's profile, and the profile itself where it has not been written yet.
    pub(super) fn number(&mut self, row: &Row<'_>) -> io::Result<(u32, Option<String>)> {
        let profile = profile(row)?;
        if let Some(number) = self.numbers.get(&profile) {
            return Ok((*number, None));
        }
        if self.numbers.len() >= Profiles::KEPT {
            self.numbers.clear();
        }
        let number = self.next;
        self.next += 1;
        // What would fix it follows from all the rest: it is worked out once, too.
        let fixes = script_safe(&fixes(row))?;
        let open = profile.strip_suffix('}').unwrap_or(&profile);
        let whole = format!("{open},\"fixes\":{fixes}}}");
        self.numbers.insert(profile, number);
        Ok((number, Some(whole)))
    }
}

fn profile(row: &Row<'_>) -> io::Result<String> {
    let (mailbox, verdict) = (row.mailbox, row.verdict);
    script_safe(&Profile {
        kind: &mailbox.recipient_type,
        platform: verdict.platform.map(Platform::name),
        state: verdict.state.name(),
        reason: verdict.reason.name(),
        enabled: mailbox.audit_enabled.known().copied(),
        bypass: verdict.bypass.to_option(),
        managed: &default_audit_set(row),
        managers: LogonType::ALL.map(|logon| Manager::of(row, logon)),
        age: &mailbox.audit_log_age_limit,
        listed: LogonType::ALL.map(|logon| {
            let list = mailbox.lists[logon].known();
            list.into_iter().flat_map(|list| list.actions.iter()).map(|action| action.index()).collect()
        }),
        audited: verdict.audited.as_ref().map(places),
        gaps: verdict.gaps.as_ref().map(places),
        not_licensed: places(&verdict.not_licensed),
        missing_defaults: places(&verdict.missing_defaults),
        unrecognized: mailbox.unrecognized().collect(),
        remarks: row.remarks(),
    })
}

/// A mailbox: its profile and its names. An address like the name to sign in with is not written twice.
pub(super) fn mailbox(profile: u32, mailbox: &Mailbox<'_>) -> io::Result<String> {
    let address =
        Some(&mailbox.primary_smtp_address).filter(|address| **address != mailbox.user_principal_name);
    let mut guid = uuid::Uuid::encode_buffer();
    let guid = mailbox.guid.as_ref().map_or("", |id| id.hyphenated().encode_lower(&mut guid));
    let names = (profile, &mailbox.display_name, &mailbox.user_principal_name, address, guid);
    let is_named = !mailbox.display_name.is_empty() || !mailbox.user_principal_name.is_empty();
    if is_named {
        script_safe(&names)
    } else {
        script_safe(&(names.0, names.1, names.2, names.3, guid, mailbox.label()))
    }
}
