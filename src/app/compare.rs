//! Two states of a tenant, compared: the older one is read and held, the newer one passes by.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::{NamedTempFile, TempPath};

use super::history::{bypass_known, check_schema};
use super::report::{Outcome, Output, Report, ReportOptions};
use super::{AppError, Input, Progress, incomplete};
use crate::domain::action::{ActionSet, LogonType, PerLogonType};
use crate::domain::baseline::{Baseline, Scope};
use crate::domain::bypass::BypassedAccount;
use crate::domain::catalog::{Catalog, Platform};
use crate::domain::comparison::{Circumstances, Ending, Older};
use crate::domain::mailbox::PlatformChoice;
use crate::domain::problem::{Place, Problem, Problems};
use crate::domain::section::Section;
use crate::domain::verdict::{Judge, Licence, OrganizationAudit};
use crate::input::{Earlier, EarlierAccount, EarlierSummary, Heading, read_heading};
use crate::report::{
    ChangeSink, Compared, ComparisonHead, Drift, Format, Head, Layout, OlderState, Row, StateHead,
    StateSummary, Tail, Writer, unjoined,
};

/// What both states are asked.
#[derive(Debug, Clone)]
pub struct CompareOptions {
    /// By what to judge.
    pub catalog: &'static Catalog,
    /// What ought to be audited; if it is not said, what reports were asked themselves, or else all.
    pub baseline: Option<Baseline>,
    /// Which part of it.
    pub scope: Scope,
    /// What the tenant is licensed for; if it is not said, what reports agree on.
    pub licence: Option<Licence>,
    /// Whose rules hold.
    pub platform: PlatformChoice,
    /// When, as an RFC 3339 timestamp: see [`super::timestamp`].
    pub generated_at: String,
}

/// Compares two files: JSON reports of this program, saved inputs, or exports of mailboxes.
///
/// Both are judged anew, and by the same: reports by what both were asked.
///
/// # Errors
///
/// When a file cannot be opened, or holds no mailbox but other things; when two reports were asked about nothing in
/// common; when the sink fails.
pub fn compare<S: ChangeSink + Send + 'static>(
    old: &Path,
    new: &Path,
    options: &CompareOptions,
    progress: &dyn Progress,
    sink: S,
) -> Result<Compared<S>, AppError> {
    let newer = StateFile::open(new)?;
    let older = older_state(&StateFile::open(old)?, &newer, options, progress)?;
    let judge = older.older.judge().clone();
    let passing = Passing { drift: Some(Drift::new(older, sink)), compared: None };
    let (passing, _) = read_state(passing, &newer, judge, progress)?;
    Ok(passing.compared.ok_or_else(out_of_order)?)
}

/// Reads the older of two states, to be compared with what is judged by that judge, and comes from there.
///
/// # Errors
///
/// As of [`compare`].
pub fn read_older(
    old: &Path,
    newer: StateHead,
    options: &CompareOptions,
    progress: &dyn Progress,
) -> Result<OlderState, AppError> {
    let newer = StateFile { path: PathBuf::new(), _spooled: None, head: newer, earlier: None };
    older_state(&StateFile::open(old)?, &newer, options, progress)
}

fn older_state(
    file: &StateFile,
    newer: &StateFile,
    options: &CompareOptions,
    progress: &dyn Progress,
) -> Result<OlderState, AppError> {
    let mut notes = Vec::new();
    let judge = Arc::new(question(options, file, newer, &mut notes)?);
    notes.extend(order_note(&file.head, &newer.head));
    let head =
        ComparisonHead::new(&judge, options.generated_at.clone(), file.head.clone(), newer.head.clone());
    let holding =
        Holding { judge: judge.clone(), file: file.name(), older: None, problems: Problems::default() };
    let (holding, outcome) = read_state(holding, file, judge, progress)?;
    let Holding { older, problems, .. } = holding;
    let Some((older, ending)) = older else { return Err(out_of_order().into()) };
    let summary = StateSummary {
        mailboxes: outcome.summary.mailboxes,
        complete: problems.is_empty(),
        audit_disabled: outcome.organization.audit_disabled(),
        bypassed_accounts: ending.bypassed.as_ref().map(|accounts| accounts.len() as u64),
    };
    // One without a key may be any of the newer ones.
    let ending = Ending {
        all_mailboxes: problems.has_all_of(Section::Mailboxes),
        all_bypass: problems.has_all_of(Section::BypassAssociations),
        ..ending
    };
    Ok(OlderState { older, ending, head, summary, notes, problems })
}

/// A file that holds a state.
struct StateFile {
    path: PathBuf,
    /// Where it was a pipe, which can be read once only: what came out of it.
    _spooled: Option<TempPath>,
    head: StateHead,
    /// What it says besides its mailboxes, if it is a report.
    earlier: Option<Earlier>,
}

impl StateFile {
    fn open(path: &Path) -> Result<StateFile, AppError> {
        let file: Arc<str> = path.to_string_lossy().into();
        let fail = |error| AppError::Open { file: file.clone(), error };
        let spooled = spool(path).map_err(|error| fail(error.into()))?;
        let path = spooled.as_deref().unwrap_or(path);
        let heading = read_heading(path).map_err(fail)?;
        let mut head = StateHead { file: file.to_string(), kind: "Export", ..StateHead::default() };
        let mut earlier = None;
        match heading {
            Heading::Other => {}
            Heading::SavedInput { read_at } => {
                head.kind = "SavedInput";
                head.generated_at = Some(read_at);
            }
            Heading::Report(report) => {
                check_schema(&report).map_err(|text| AppError::WrongInput { file, text })?;
                head.kind = "Report";
                head.generated_at = Some(report.head.generated_at.clone());
                head.baseline = Some(report.head.baseline.clone());
                head.catalog_date = Some(report.head.catalog_date.clone());
                head.licence = Some(report.head.licence.clone());
                earlier = Some(*report);
            }
        }
        Ok(StateFile { path: path.to_owned(), _spooled: spooled, head, earlier })
    }

    fn name(&self) -> Arc<str> {
        self.head.file.as_str().into()
    }

    /// What a report says last.
    fn summary(&self) -> Option<&EarlierSummary> {
        self.earlier.as_ref()?.summary.as_ref()
    }

    /// Whether the file says itself who bypasses auditing, whatever was given when it was written.
    fn knows_bypass(&self) -> bool {
        self.summary().is_some_and(bypass_known)
    }

    /// The accounts that bypass auditing, as an earlier report has them.
    fn accounts(&self) -> Option<Vec<BypassedAccount>> {
        let accounts = self.summary()?.bypassed_accounts.as_ref()?;
        let account = |found: &EarlierAccount| BypassedAccount { name: found.name.clone(), guid: found.guid };
        Some(accounts.iter().map(account).collect())
    }

    /// What is wrong with a report that has fewer mailboxes than it counted.
    fn left_out(&self, found: u64) -> Option<Problem> {
        let counted = self.summary()?.mailboxes;
        (found != counted).then(|| {
            let text = format!(
                "it counts {counted} mailboxes and holds {found}; write the report without --only-gaps"
            );
            incomplete(Place { file: Some(self.name()), ..Place::default() }, text)
        })
    }
}

/// Reads a pipe into a temporary file: its begin and its end are looked at before its mailboxes.
fn spool(path: &Path) -> io::Result<Option<TempPath>> {
    // What is not there, and what is a folder, is told by whoever opens it.
    if fs::metadata(path).is_ok_and(|found| found.is_file() || found.is_dir()) || !path.exists() {
        return Ok(None);
    }
    let mut file = NamedTempFile::new()?;
    io::copy(&mut File::open(path)?, &mut file)?;
    Ok(Some(file.into_temp_path()))
}

/// What both are asked: what both were asked, if they are reports.
fn question(
    options: &CompareOptions,
    old: &StateFile,
    new: &StateFile,
    notes: &mut Vec<String>,
) -> Result<Judge<'static>, AppError> {
    let catalog = options.catalog;
    let reports: Vec<_> =
        [old, new].into_iter().filter_map(|file| Some((file, file.earlier.as_ref()?))).collect();
    let mut asked: Vec<Question> = Vec::new();
    for (file, earlier) in &reports {
        let (actions, unknown) = actions_asked(catalog, earlier);
        if !unknown.is_empty() {
            notes.push(format!(
                "{} was asked about actions that the catalogue of {} lacks, so they were not compared: {}",
                file.name(),
                catalog.date(),
                unknown.into_iter().collect::<Vec<_>>().join(", ")
            ));
        }
        if earlier.head.catalog_date != catalog.date() {
            notes.push(format!(
                "{} was judged by the catalogue of {}; here both are judged by that of {}",
                file.name(),
                earlier.head.catalog_date,
                catalog.date()
            ));
        }
        asked.push(Question { name: earlier.head.baseline.clone(), actions });
    }
    if let Some(baseline) = options.baseline.as_ref().filter(|_| !asked.is_empty()) {
        asked.push(Question::of(catalog, baseline));
    }
    let baseline = match common(catalog, &asked, notes) {
        Some(common) => common,
        None => options.baseline.clone().unwrap_or(Baseline::All),
    };
    let licence = licence(options, &reports, notes);
    let judge = Judge::new(catalog, baseline, options.scope, licence, options.platform);
    judge.map_err(|error| {
        AppError::Question(match reports.len() {
            0 => error.to_string(),
            _ => format!(
                "{} and {} have no action that both were asked about, of those that are asked about here; make \
                 reports of one baseline, or compare saved inputs",
                old.name(),
                new.name()
            ),
        })
    })
}

/// What one side is asked.
struct Question {
    name: String,
    actions: [PerLogonType<ActionSet>; Platform::ALL.len()],
}

impl Question {
    fn of(catalog: &Catalog, baseline: &Baseline) -> Question {
        let actions = Platform::ALL
            .map(|platform| PerLogonType::from_fn(|logon| baseline.wanted(catalog, platform, logon)));
        Question { name: baseline.name().to_owned(), actions }
    }
}

/// What a report says that it was asked, and the names in it that the catalogue lacks.
fn actions_asked<'e>(
    catalog: &Catalog,
    earlier: &'e Earlier,
) -> ([PerLogonType<ActionSet>; Platform::ALL.len()], BTreeSet<&'e str>) {
    let mut unknown = BTreeSet::new();
    let actions = Platform::ALL.map(|platform| {
        let Some(names) = earlier.head.asked.get(platform.name()) else { return PerLogonType::default() };
        PerLogonType::from_fn(|logon| {
            let names = match logon {
                LogonType::Admin => &names.admin,
                LogonType::Delegate => &names.delegate,
                LogonType::Owner => &names.owner,
            };
            let mut set = ActionSet::EMPTY;
            for name in names {
                match catalog.find(name) {
                    Some(id) => set.insert(id),
                    None => drop(unknown.insert(name.as_str())),
                }
            }
            set
        })
    });
    (actions, unknown)
}

/// What all were asked; nothing if nobody was.
fn common(catalog: &Catalog, asked: &[Question], notes: &mut Vec<String>) -> Option<Baseline> {
    let (first, others) = asked.split_first()?;
    let mut names = vec![first.name.as_str()];
    let (mut both, mut any) = (first.actions, first.actions);
    for other in others {
        if !names.contains(&other.name.as_str()) {
            names.push(&other.name);
        }
        for platform in Platform::ALL {
            let at = platform as usize;
            both[at] = PerLogonType::from_fn(|logon| both[at][logon] & other.actions[at][logon]);
            any[at] = PerLogonType::from_fn(|logon| any[at][logon] | other.actions[at][logon]);
        }
    }
    let name = names.join(" and ");
    if both != any {
        let left_out = left_out(catalog, &both, &any);
        notes.push(format!(
            "the states were asked about different actions ({name}); compared is what all were asked, not: {left_out}"
        ));
    }
    Some(Baseline::Asked { name, actions: both })
}

/// The actions that only one of them was asked, by logon type.
fn left_out(catalog: &Catalog, both: &[PerLogonType<ActionSet>], any: &[PerLogonType<ActionSet>]) -> String {
    let union = |sets: &[PerLogonType<ActionSet>], logon| {
        sets.iter().fold(ActionSet::EMPTY, |all, sets| all | sets[logon])
    };
    let texts = LogonType::ALL.into_iter().filter_map(|logon| {
        let names = catalog.join(union(any, logon) - union(both, logon), ", ");
        (!names.is_empty()).then(|| format!("{} {names}", logon.name()))
    });
    texts.collect::<Vec<_>>().join("; ")
}

/// The licence that both are judged by.
fn licence(options: &CompareOptions, reports: &[(&StateFile, &Earlier)], notes: &mut Vec<String>) -> Licence {
    let of = |earlier: &Earlier| {
        let name = &earlier.head.licence;
        Licence::ALL.into_iter().find(|licence| licence.name() == name).unwrap_or_default()
    };
    let mut said = reports.iter().map(|(_, earlier)| of(earlier));
    let agreed = said.next().filter(|first| said.all(|other| other == *first));
    let licence = options.licence.or(agreed).unwrap_or_default();
    for (file, earlier) in reports.iter().filter(|(_, earlier)| of(earlier) != licence) {
        notes.push(format!(
            "{} was judged by licence {}; here both are judged by licence {}",
            file.name(),
            earlier.head.licence,
            licence.name()
        ));
    }
    licence
}

/// Tells of states in the wrong order.
fn order_note(old: &StateHead, new: &StateHead) -> Option<String> {
    let time = |head: &StateHead| head.generated_at.as_ref()?.parse::<jiff::Timestamp>().ok();
    (time(old)? > time(new)?).then(|| {
        format!(
            "the older state ({}) was made after the newer one ({}): are they the wrong way round?",
            old.file, new.file
        )
    })
}

/// Takes a state as it is read.
trait State: Send {
    fn head(&mut self, head: &Head<'_>) -> io::Result<()>;
    fn row(&mut self, row: &Row<'_>) -> io::Result<()>;
    fn tail(&mut self, tail: &Tail<'_>) -> io::Result<()>;
}

/// The older state.
struct Holding {
    judge: Arc<Judge<'static>>,
    file: Arc<str>,
    older: Option<(Older, Ending)>,
    problems: Problems,
}

impl State for Holding {
    fn head(&mut self, head: &Head<'_>) -> io::Result<()> {
        let circumstances = Circumstances { organization: head.organization, bypass_read: head.bypass_read };
        self.older = Some((Older::new(self.judge.clone(), circumstances), Ending::default()));
        Ok(())
    }

    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        let Some((older, _)) = &mut self.older else { return Err(out_of_order()) };
        if let Err(fault) = older.add(row.mailbox, row.verdict.bypass) {
            self.problems.push(unjoined(self.file.clone(), row.mailbox.label(), fault));
        }
        Ok(())
    }

    fn tail(&mut self, tail: &Tail<'_>) -> io::Result<()> {
        let Some((_, ending)) = &mut self.older else { return Err(out_of_order()) };
        ending.bypassed = tail.bypassed.map(<[_]>::to_vec);
        self.problems.append(tail.problems.clone());
        Ok(())
    }
}

/// The newer state.
struct Passing<S> {
    drift: Option<Drift<S>>,
    compared: Option<Compared<S>>,
}

impl<S: ChangeSink + Send> State for Passing<S> {
    fn head(&mut self, head: &Head<'_>) -> io::Result<()> {
        self.drift.as_mut().ok_or_else(out_of_order)?.head(head)
    }

    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.drift.as_mut().ok_or_else(out_of_order)?.row(row)
    }

    fn tail(&mut self, tail: &Tail<'_>) -> io::Result<()> {
        self.compared = Some(self.drift.take().ok_or_else(out_of_order)?.tail(tail)?);
        Ok(())
    }
}

/// Writes what is read into a state, with what an earlier report says of itself.
struct Reading<S> {
    state: Arc<Mutex<S>>,
    knows_bypass: bool,
    accounts: Option<Vec<BypassedAccount>>,
    /// Of a report that was incomplete itself.
    problem_count: Option<u64>,
}

impl<S> Reading<S> {
    /// The problems. Where the mailboxes that cannot be judged are all that made an earlier report incomplete, they are
    /// told by themselves, and nothing is missing in it.
    fn problems(&self, found: &Problems) -> Problems {
        let known = self.problem_count.is_some_and(|count| count == found.unreadable());
        // The other one says that the report was incomplete.
        if known && found.count() == found.unreadable() + 1 {
            found.clone().unreadable_alone()
        } else {
            found.clone()
        }
    }
}

impl<S: State> Writer<Output> for Reading<S> {
    fn head(&mut self, head: &Head<'_>) -> io::Result<()> {
        let bypass_read = head.bypass_read || self.knows_bypass;
        lock(&self.state).head(&Head { bypass_read, ..*head })
    }

    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        lock(&self.state).row(row)
    }

    fn tail(self: Box<Self>, tail: &Tail<'_>) -> io::Result<Output> {
        let bypassed = tail.bypassed.or(self.accounts.as_deref());
        let problems = &self.problems(tail.problems);
        lock(&self.state).tail(&Tail { bypassed, problems, ..*tail })?;
        // Nothing is written to it.
        Ok(Output::stdout())
    }
}

fn lock<T>(state: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads a file into a state.
fn read_state<S: State + 'static>(
    state: S,
    file: &StateFile,
    judge: Arc<Judge<'static>>,
    progress: &dyn Progress,
) -> Result<(S, Outcome), AppError> {
    let state = Arc::new(Mutex::new(state));
    let options = ReportOptions {
        judge,
        organization: OrganizationAudit::Unknown,
        bypass: None,
        format: Format::Ndjson,
        layout: Layout::default(),
        strict: false,
        generated_at: String::new(),
    };
    let writer = Box::new(Reading {
        state: state.clone(),
        knows_bypass: file.knows_bypass(),
        accounts: file.accounts(),
        problem_count: file.summary().filter(|said| !said.complete).map(|said| said.problem_count),
    });
    let mut report = Report::with_writer(options, writer, Problems::default());
    report.read(&[Input::File(file.path.clone())], progress)?;
    if let Some(problem) = file.left_out(report.mailboxes()) {
        report.problem(problem)?;
    }
    let outcome = report.finish()?;
    let state = Arc::into_inner(state).ok_or_else(out_of_order)?;
    Ok((state.into_inner().unwrap_or_else(PoisonError::into_inner), outcome))
}

fn out_of_order() -> io::Error {
    io::Error::other("a state begins with its head, once, and ends with its tail")
}
