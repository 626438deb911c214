//! Tenants, read straight from Exchange Online into saved inputs.

mod sign_in;
mod tenants;

use std::io;
use std::sync::Arc;
use std::thread;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

pub use sign_in::{SecretSource, SignIn};
pub use tenants::{TenantEntry, Tenants};

pub use crate::collect::{
    Cloud, CollectError, Credential, Endpoint, ErrorKind, Limits, SecretString, Tenant,
};

use super::saved::{Assembled, SavedInput, SectionWriter};
use crate::collect::{ExchangeClient, Rows};
use crate::domain::catalog::Catalog;
use crate::domain::list::Property;
use crate::domain::section::Section;
use crate::input;

/// A tenant that is to be read.
#[derive(Debug)]
pub struct TenantRequest {
    /// Which.
    pub tenant: Tenant,
    /// Where.
    pub endpoint: Endpoint,
    /// As whom.
    pub credential: Credential,
    /// How long, how often, how much.
    pub limits: Limits,
}

/// Where a cloud's service is; in tests, a server of this machine that a variable names.
///
/// Only an address of this machine is taken: the variable cannot lead a token away.
pub fn endpoint(cloud: Cloud) -> Result<Endpoint, CollectError> {
    match std::env::var(LOOPBACK_VARIABLE) {
        Ok(base) => Endpoint::loopback(cloud, &base),
        Err(_) => Ok(Endpoint::of(cloud)),
    }
}

const LOOPBACK_VARIABLE: &str = "NAM_LOOPBACK_ENDPOINT";

/// Is told how far the reading is.
pub trait CollectProgress: Send + Sync {
    /// So many rows more were read of a tenant; a negative number takes back those of a read that begins anew.
    fn rows(&self, tenant: &str, section: Section, rows: i64);
}

/// Stops the reading, from any thread.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Stop {
        Stop(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// One that Ctrl+C stops, and what ends containers.
    pub fn on_interrupt() -> io::Result<Stop> {
        let stop = Stop::default();
        let (runtime, stopped) = (Builder::new_current_thread().enable_io().build()?, stop.clone());
        thread::Builder::new().name("interrupt".to_owned()).spawn(move || {
            if runtime.block_on(interrupted()).is_ok() {
                stopped.stop();
            }
        })?;
        Ok(stop)
    }

    /// Stops.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was stopped.
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    async fn stopped(&self) {
        // It fails only without a sender, and here is one.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }
}

#[cfg(unix)]
async fn interrupted() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// It was stopped before it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stopped before it was done; nothing was written")]
pub struct Stopped;

/// Reads tenants, so many at the same time, and hands each on as it is done, with its number. One that fails does not
/// stop the others.
///
/// A saved input may be incomplete, and says so; only where nothing of the mailboxes was read there is none.
///
/// # Errors
///
/// When it was stopped, or this machine cannot do it.
pub fn collect(
    requests: Vec<TenantRequest>,
    at_once: usize,
    progress: &Arc<dyn CollectProgress>,
    stop: &Stop,
    mut done: impl FnMut(usize, Result<Assembled, CollectError>) -> Result<(), Stopped>,
) -> Result<(), Stopped> {
    let runtime = match runtime(requests.len().min(at_once)) {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = CollectError::new(ErrorKind::Local, format!("no thread can be made: {error}"));
            return (0..requests.len()).try_for_each(|number| done(number, Err(error.clone())));
        }
    };
    let result = runtime.block_on(async {
        let places = Arc::new(Semaphore::new(at_once.max(1)));
        let mut reads = JoinSet::new();
        for (number, request) in requests.into_iter().enumerate() {
            let (places, progress) = (places.clone(), progress.clone());
            reads.spawn(async move {
                // Fails only if it is closed, and nobody closes it.
                let _place = places.acquire().await;
                (number, read_tenant(request, &*progress).await)
            });
        }
        loop {
            let read = tokio::select! {
                biased;
                () = stop.stopped() => return Err(Stopped),
                read = reads.join_next() => read,
            };
            match read {
                None => return Ok(()),
                Some(Ok((number, result))) => done(number, result)?,
                Some(Err(panicked)) => std::panic::resume_unwind(panicked.into_panic()),
            }
        }
    });
    // A look-up of a name that hangs would hold us up.
    runtime.shutdown_background();
    result
}

fn runtime(at_once: usize) -> io::Result<Runtime> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    match at_once.min(cores) {
        0 | 1 => Builder::new_current_thread().enable_all().build(),
        threads => Builder::new_multi_thread().worker_threads(threads).enable_all().build(),
    }
}

async fn read_tenant(
    request: TenantRequest,
    progress: &dyn CollectProgress,
) -> Result<Assembled, CollectError> {
    let TenantRequest { tenant, endpoint, credential, limits } = request;
    let name = tenant.as_str().to_owned();
    let mut saved = SavedInput::new(&std::env::temp_dir()).map_err(not_kept)?;
    let client = ExchangeClient::sign_in(endpoint, tenant, credential, limits).await?;
    let read = |section, writer| read_section(&client, section, writer, &name, progress);
    tokio::try_join!(
        read(Section::Organization, &mut saved.organization),
        read(Section::BypassAssociations, &mut saved.bypass),
        read(Section::Mailboxes, &mut saved.mailboxes),
    )?;
    saved.assemble(Some(&name), &super::timestamp()).map_err(not_kept)
}

/// Reads a section. What could not be read stands in its end; without any mailbox there is nothing to report on.
async fn read_section(
    client: &ExchangeClient,
    section: Section,
    writer: &mut SectionWriter,
    tenant: &str,
    progress: &dyn CollectProgress,
) -> Result<(), CollectError> {
    let mut rows =
        SectionRows { section, writer, tenant, progress, told: 0, untold: 0, wrong: Wrong::default() };
    let read = client.read(section, &mut rows).await;
    rows.tell();
    let SectionRows { writer, wrong, .. } = rows;
    let problem = match read {
        Ok(reading) => {
            reading.problems.into_iter().chain(wrong.problem()).reduce(|all, more| format!("{all}; {more}"))
        }
        Err(error) if error.kind == ErrorKind::Local => return Err(error),
        Err(error) if section == Section::Mailboxes && writer.records() == 0 => return Err(error),
        Err(error) => Some(error.to_string()),
    };
    let nothing = section == Section::Organization && writer.records() == 0;
    let problem = problem.or_else(|| nothing.then(|| "the service gave no organisation".to_owned()));
    if let Some(problem) = &problem {
        tracing::error!(tenant, section = section.name(), problem, "incomplete");
    }
    writer.end(problem);
    Ok(())
}

/// Writes the rows of a read into its section.
struct SectionRows<'s> {
    section: Section,
    writer: &'s mut SectionWriter,
    tenant: &'s str,
    progress: &'s dyn CollectProgress,
    /// Of how many rows somebody was told, and of how many not yet.
    told: i64,
    untold: i64,
    wrong: Wrong,
}

/// Rows that are not what they ought to be.
#[derive(Default)]
struct Wrong {
    first: Option<String>,
    count: u64,
}

impl Wrong {
    fn push(&mut self, why: impl Into<String>) {
        self.first.get_or_insert_with(|| why.into());
        self.count += 1;
    }

    fn problem(self) -> Option<String> {
        let first = self.first?;
        Some(if self.count == 1 { first } else { format!("{first}, and {} more such rows", self.count - 1) })
    }
}

/// How often progress is told.
const TOLD_ROWS: i64 = 500;

impl SectionRows<'_> {
    fn tell(&mut self) {
        self.progress.rows(self.tenant, self.section, self.untold);
        self.told += self.untold;
        self.untold = 0;
    }

    fn organization(&mut self, audit_disabled: &Property<bool>) -> io::Result<()> {
        match audit_disabled {
            _ if self.writer.records() > 0 => self.wrong.push("the service gave more than one organisation"),
            Property::Known(disabled) => return self.writer.organization(Some(*disabled)),
            Property::Absent => self.wrong.push("the service's organisation has no AuditDisabled"),
            Property::Refused(fault) => self.wrong.push(fault.describe("AuditDisabled")),
        }
        Ok(())
    }
}

impl Rows for SectionRows<'_> {
    fn row(&mut self, json: &str) -> io::Result<()> {
        self.untold += 1;
        if self.untold >= TOLD_ROWS {
            self.tell();
        }
        let catalog = Catalog::builtin();
        let Ok(record) = input::record_of_json(json, catalog) else {
            self.wrong.push("the service gave a row that is no object");
            return Ok(());
        };
        match self.section {
            Section::Organization => self.organization(record.audit_disabled()),
            Section::BypassAssociations => self.writer.bypass(&record.into_bypass()),
            Section::Mailboxes => self.writer.mailbox(&record.into_mailbox(), catalog),
        }
    }

    fn restart(&mut self) -> io::Result<()> {
        self.progress.rows(self.tenant, self.section, -self.told);
        (self.told, self.untold, self.wrong) = (0, 0, Wrong::default());
        self.writer.restart()
    }
}

fn not_kept(error: io::Error) -> CollectError {
    CollectError::new(ErrorKind::Local, format!("what is read cannot be kept in a temporary file: {error}"))
}
