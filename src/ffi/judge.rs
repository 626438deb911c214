//! One mailbox after the other: what was seen before is looked up, without a lock and without memory being taken.
//!
//! A tenant has few different settings. The texts of a mailbox's settings are the key; a table of fixed size keeps
//! the verdicts. Its slots are set once and never emptied, so a reader needs no lock. Where the table is full, the
//! answer is worked out each time.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHasher;

use crate::domain::action::{LogonType, PerLogonType};
use crate::domain::bypass::Bypass;
use crate::domain::catalog::{Catalog, Platform};
use crate::domain::list::{Fault, NameList, Property, bool_from_text};
use crate::domain::mailbox::{Mailbox, describe_faults};
use crate::domain::verdict::{AuditState, Judge, OrganizationAudit, Reason, Verdict};

use super::text::{NamText, decode, for_powershell};

/// The settings of one mailbox: all that its verdict depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings<'a> {
    /// In the order of [`field`]; nothing where the mailbox has no such property.
    pub(super) texts: [Option<&'a [u16]>; field::COUNT],
    pub(super) bypass: Bypass,
    pub(super) has_address: bool,
}

/// The places of [`Settings::texts`].
pub(super) mod field {
    pub(in crate::ffi) const ADMIN: usize = 0;
    pub(in crate::ffi) const DELEGATE: usize = 1;
    pub(in crate::ffi) const OWNER: usize = 2;
    pub(in crate::ffi) const DEFAULT_AUDIT_SET: usize = 3;
    pub(in crate::ffi) const RECIPIENT_TYPE: usize = 4;
    pub(in crate::ffi) const VERSION: usize = 5;
    pub(in crate::ffi) const AUDIT_ENABLED: usize = 6;
    pub(in crate::ffi) const COUNT: usize = 7;
}

/// What hinders a verdict: the first thing, for programs. The text names all.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamProblem {
    /// Nothing does.
    None = 0,
    /// The object is no mailbox at all.
    NotAMailbox = 1,
    /// A property is missing: it was not asked for.
    Missing = 2,
    /// A list was cut off.
    Truncated = 3,
    /// A list is a type's name: its names are lost.
    TypeName = 4,
    /// A name is a number.
    Number = 5,
    /// A property has a value that is not understood.
    NotUnderstood = 6,
}

/// The verdict on one mailbox. Every field is 64 bits wide, so that an array of 64-bit integers does as well.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NamVerdict {
    /// The number of this combination of settings in this judge: mailboxes with the same number have the same
    /// verdict and the same texts. -1 where the judge has seen too many to remember this one.
    pub number: i64,
    /// 0 Audited, 1 Gap, 2 NotAudited, 3 Unknown.
    pub state: i64,
    /// The reason, in the order of the documentation.
    pub reason: i64,
    /// 0 ExchangeOnline, 1 GroupMailbox, 2 ExchangeServer, -1 unknown.
    pub platform: i64,
    /// 1 where the gaps are known, 0 where they are not: empty sets mean nothing then.
    pub gaps_known: i64,
    /// The missing actions for administrators: bit n is the catalogue's action n.
    pub gaps_admin: u64,
    /// The missing actions for delegates.
    pub gaps_delegate: u64,
    /// The missing actions for owners.
    pub gaps_owner: u64,
    /// 1 true, 0 false, -1 unknown.
    pub audit_enabled: i64,
    /// 1 true, 0 false, -1 unknown.
    pub bypass: i64,
    /// A `NamProblem`.
    pub problem: i64,
}

/// The texts of a verdict. Free each with `nam_text_free`.
#[repr(C)]
#[derive(Debug, Default)]
pub struct NamVerdictTexts {
    /// The state's name.
    pub state: NamText,
    /// The reason's name.
    pub reason: NamText,
    /// What else an admin should know.
    pub remarks: NamText,
    /// Why there is no verdict, if there is none, and what to do.
    pub problem: NamText,
    /// The missing actions for administrators, joined by commas.
    pub gaps_admin: NamText,
    /// The missing actions for delegates.
    pub gaps_delegate: NamText,
    /// The missing actions for owners.
    pub gaps_owner: NamText,
    /// The logon types that Microsoft manages, joined by commas.
    pub default_audit_set: NamText,
    /// Listed names that the catalogue lacks, joined by commas.
    pub unrecognized: NamText,
}

/// Judges mailboxes against one baseline. From any thread, also from several at once.
#[derive(Debug)]
pub struct NamJudge {
    judge: Arc<Judge<'static>>,
    organization: OrganizationAudit,
    memory: Memory,
}

impl NamJudge {
    pub(super) fn new(judge: Judge<'static>, organization: OrganizationAudit) -> NamJudge {
        NamJudge { judge: Arc::new(judge), organization, memory: Memory::new() }
    }

    /// The catalogue that names its actions.
    pub(super) fn catalog(&self) -> &'static Catalog {
        self.judge.catalog()
    }

    /// By what it judges.
    pub(super) fn question(&self) -> (&Arc<Judge<'static>>, OrganizationAudit) {
        (&self.judge, self.organization)
    }

    /// The verdict, from memory if it can be.
    pub(super) fn judge(&self, settings: &Settings<'_>) -> NamVerdict {
        self.memory.get_or_insert(settings, || self.work_out(settings).0)
    }

    /// The texts of the verdict, worked out anew: a caller keeps them by the verdict's number.
    pub(super) fn texts(&self, settings: &Settings<'_>) -> NamVerdictTexts {
        let catalog = self.judge.catalog();
        let (_, mailbox, verdict) = self.work_out(settings);
        let gaps = verdict.known_gaps();
        let unrecognized = mailbox.unrecognized().collect::<Vec<_>>().join(",");
        let remarks = verdict.remark_text(catalog, &unrecognized.replace(',', ", "));
        let managed = mailbox.default_audit_set.known().copied().unwrap_or_default();
        let managed: Vec<_> = managed.iter().map(LogonType::name).collect();
        NamVerdictTexts {
            state: NamText::new(verdict.state.name()),
            reason: NamText::new(verdict.reason.name()),
            remarks: NamText::new(&for_powershell(&remarks)),
            problem: NamText::new(&for_powershell(&problem_text(&mailbox, &verdict))),
            gaps_admin: NamText::new(&catalog.join(gaps.admin, ",")),
            gaps_delegate: NamText::new(&catalog.join(gaps.delegate, ",")),
            gaps_owner: NamText::new(&catalog.join(gaps.owner, ",")),
            default_audit_set: NamText::new(&managed.join(",")),
            unrecognized: NamText::new(&unrecognized),
        }
    }

    fn work_out(&self, settings: &Settings<'_>) -> (NamVerdict, Mailbox<'static>, Verdict) {
        let mailbox = settings.mailbox(self.judge.catalog());
        let verdict = self.judge.judge(&mailbox, self.organization, settings.bypass);
        (numbers(&mailbox, &verdict), mailbox, verdict)
    }
}

impl Settings<'_> {
    fn mailbox(&self, catalog: &Catalog) -> Mailbox<'static> {
        let text = |field: usize| self.texts[field].map(decode).unwrap_or_default();
        let list = |field: usize| read(self.texts[field], |text| NameList::from_text(catalog, text));
        Mailbox {
            recipient_type: text(field::RECIPIENT_TYPE).into(),
            admin_display_version: text(field::VERSION).into(),
            // Only whether there is one decides whether this is a mailbox.
            primary_smtp_address: if self.has_address { "-" } else { "" }.into(),
            // An empty text is what a CSV file has for null.
            audit_enabled: read(
                self.texts[field::AUDIT_ENABLED].filter(|text| !text.is_empty()),
                bool_from_text,
            ),
            lists: PerLogonType {
                admin: list(field::ADMIN),
                delegate: list(field::DELEGATE),
                owner: list(field::OWNER),
            },
            default_audit_set: read(self.texts[field::DEFAULT_AUDIT_SET], |text| {
                NameList::from_text(catalog, text)
            }),
            ..Mailbox::default()
        }
    }
}

pub(super) fn read<T>(units: Option<&[u16]>, parse: impl FnOnce(&str) -> Result<T, Fault>) -> Property<T> {
    units.map_or(Property::Absent, |units| parse(&decode(units)).into())
}

fn numbers(mailbox: &Mailbox<'_>, verdict: &Verdict) -> NamVerdict {
    let gaps = verdict.known_gaps();
    NamVerdict {
        number: -1,
        state: place(&AuditState::ALL, &verdict.state),
        reason: place(&Reason::ALL, &verdict.reason),
        platform: verdict.platform.map_or(-1, |platform| place(&Platform::ALL, &platform)),
        gaps_known: verdict.gaps.is_some().into(),
        gaps_admin: gaps.admin.bits(),
        gaps_delegate: gaps.delegate.bits(),
        gaps_owner: gaps.owner.bits(),
        audit_enabled: three_states(mailbox.audit_enabled.known().copied()),
        bypass: three_states(verdict.bypass.to_option()),
        problem: problem(mailbox, verdict) as i64,
    }
}

fn place<T: PartialEq>(all: &[T], value: &T) -> i64 {
    let place = all.iter().position(|known| known == value);
    place.and_then(|place| i64::try_from(place).ok()).unwrap_or(-1)
}

fn three_states(value: Option<bool>) -> i64 {
    value.map_or(-1, i64::from)
}

pub(super) fn problem(mailbox: &Mailbox<'_>, verdict: &Verdict) -> NamProblem {
    if mailbox.not_a_mailbox().is_some() {
        return NamProblem::NotAMailbox;
    }
    match verdict.faults.first().map(|fault| &fault.fault) {
        None => NamProblem::None,
        Some(Fault::Missing) => NamProblem::Missing,
        Some(Fault::Truncated) => NamProblem::Truncated,
        Some(Fault::TypeName(_)) => NamProblem::TypeName,
        Some(Fault::Number(_)) => NamProblem::Number,
        Some(Fault::Shape(_) | Fault::Twice | Fault::LostReference(_)) => NamProblem::NotUnderstood,
    }
}

pub(super) fn problem_text(mailbox: &Mailbox<'_>, verdict: &Verdict) -> String {
    if let Some(reason) = mailbox.not_a_mailbox() {
        return format!("it is no mailbox: {reason}");
    }
    describe_faults(&verdict.faults)
}

/// The verdicts so far.
#[derive(Debug)]
struct Memory {
    slots: Box<[OnceLock<Box<Entry>>]>,
}

#[derive(Debug)]
struct Entry {
    units: Box<[u16]>,
    lengths: [Option<usize>; field::COUNT],
    bypass: Bypass,
    has_address: bool,
    verdict: NamVerdict,
}

impl Memory {
    /// Many times what a tenant has.
    const SLOTS: usize = 4096;
    /// How many slots are tried for one key.
    const PROBES: usize = 32;

    fn new() -> Memory {
        Memory { slots: (0..Memory::SLOTS).map(|_| OnceLock::new()).collect() }
    }

    fn get_or_insert(&self, settings: &Settings<'_>, work_out: impl FnOnce() -> NamVerdict) -> NamVerdict {
        let start = hash(settings);
        let mut fresh = None;
        let mut work_out = Some(work_out);
        for probe in 0..Memory::PROBES {
            let index = (start + probe) % Memory::SLOTS;
            let entry = match self.slots[index].get() {
                Some(entry) => entry,
                None => {
                    let new = fresh.take().or_else(|| {
                        work_out.take().map(|work_out| Box::new(Entry::new(settings, work_out())))
                    });
                    if let Some(mut new) = new {
                        new.verdict.number = i64::try_from(index).unwrap_or(-1);
                        // Another thread may have been faster, with this key or another one.
                        fresh = self.slots[index].set(new).err();
                    }
                    match self.slots[index].get() {
                        Some(entry) => entry,
                        None => continue,
                    }
                }
            };
            if entry.is_for(settings) {
                return entry.verdict;
            }
        }
        let forgotten = |entry: Box<Entry>| NamVerdict { number: -1, ..entry.verdict };
        fresh.map(forgotten).or_else(|| work_out.map(|work_out| work_out())).unwrap_or_default()
    }
}

impl Entry {
    fn new(settings: &Settings<'_>, verdict: NamVerdict) -> Entry {
        Entry {
            units: settings.texts.iter().flatten().copied().flatten().copied().collect(),
            lengths: settings.texts.map(|text| text.map(<[u16]>::len)),
            bypass: settings.bypass,
            has_address: settings.has_address,
            verdict,
        }
    }

    /// Whether it was made of the same settings: compared in full, a hash alone could mistake one for another.
    fn is_for(&self, settings: &Settings<'_>) -> bool {
        if self.bypass != settings.bypass || self.has_address != settings.has_address {
            return false;
        }
        let mut rest = &*self.units;
        for (length, text) in self.lengths.iter().zip(&settings.texts) {
            if *length != text.map(<[u16]>::len) {
                return false;
            }
            let Some(text) = text else { continue };
            let Some((own, tail)) = rest.split_at_checked(text.len()) else { return false };
            if own != *text {
                return false;
            }
            rest = tail;
        }
        true
    }
}

fn hash(settings: &Settings<'_>) -> usize {
    let mut hasher = FxHasher::default();
    settings.texts.hash(&mut hasher);
    settings.bypass.hash(&mut hasher);
    settings.has_address.hash(&mut hasher);
    // The high bits are the well-mixed ones.
    (hasher.finish() >> 32) as usize
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;
    use crate::domain::baseline::{Baseline, Scope};
    use crate::domain::mailbox::PlatformChoice;
    use crate::domain::verdict::Licence;

    #[test]
    fn beyond_what_it_remembers_the_answers_stay_right() {
        let catalog = Catalog::builtin();
        let judge =
            Judge::new(catalog, Baseline::All, Scope::WHOLE, Licence::Unknown, PlatformChoice::Auto).unwrap();
        let judge = NamJudge::new(judge, OrganizationAudit::OnByDefault);
        let kind: Vec<u16> = "UserMailbox".encode_utf16().collect();
        let all: Vec<u16> = "Admin,Delegate,Owner".encode_utf16().collect();
        let enabled: Vec<u16> = "True".encode_utf16().collect();
        let mut forgotten = 0;
        for count in 0..10_000 {
            let owner: Vec<u16> = format!("HardDelete,New{count}").encode_utf16().collect();
            let mut texts = [Some(&owner[..]); field::COUNT];
            texts[field::DEFAULT_AUDIT_SET] = Some(&all);
            texts[field::RECIPIENT_TYPE] = Some(&kind);
            texts[field::VERSION] = None;
            texts[field::AUDIT_ENABLED] = Some(&enabled);
            let settings = Settings { texts, bypass: Bypass::Disabled, has_address: true };
            let verdict = judge.judge(&settings);
            assert_eq!(verdict, judge.judge(&settings));
            assert_eq!((verdict.state, verdict.gaps_owner.count_ones()), (1, 15));
            forgotten += u32::from(verdict.number < 0);
        }
        assert!(forgotten > 10_000 - 4096 - 1, "{forgotten}");
    }
}
