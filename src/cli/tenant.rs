//! The tenants that are to be read, how to sign in, and the reading of them.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use clap::{ArgGroup, Args};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use non_audited_mailbox::app::collect::{
    self, Cloud, CollectError, CollectProgress, ErrorKind, Limits, SecretSource, SignIn, Stop, Stopped,
    Tenant, TenantRequest, Tenants,
};
use non_audited_mailbox::app::{Assembled, Input};
use non_audited_mailbox::domain::section::Section;

use super::options::CloudOption;
use super::{Failure, complain, log};

/// What the help of both commands says.
pub(super) const UNDOCUMENTED: &str = "\
Reading a tenant (--tenant, --tenants) uses the endpoint behind the Exchange cmdlets, which Microsoft does not \
document for others and may change: you choose it over saved exports. Nothing but Get-OrganizationConfig, \
Get-MailboxAuditBypassAssociation and the list of mailboxes is read, and nothing is ever changed.";

/// The options of a tenant.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Reading a tenant (opt-in: an endpoint that Microsoft does not document)",
    group(ArgGroup::new("way").args([
        "certificate", "client_secret_from", "token_from", "managed_identity", "device_code",
    ]).requires("tenant")),
    group(ArgGroup::new("which").args(["tenant", "tenants"]))
)]
pub(super) struct TenantOptions {
    /// The tenant, by one of its domains or its id.
    #[arg(long, value_name = "DOMAIN|ID", requires = "way")]
    pub(super) tenant: Option<String>,

    /// Many tenants: a JSON list of {"tenant", "cloud", "signIn", "output"}; see the README.
    #[arg(long, value_name = "FILE", conflicts_with = "tenant")]
    pub(super) tenants: Option<PathBuf>,

    /// The cloud that the tenant is in.
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    cloud: CloudOption,

    /// The id of the app that signs in; with --managed-identity, which identity.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    /// Sign in as an app, by its certificate with its key: PEM or PFX.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,

    /// The key of the certificate, if it is in another PEM file.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    certificate_key: Option<PathBuf>,

    /// Where the password of the PFX is: env:NAME, a file, or - for standard input.
    #[arg(long, value_name = "SOURCE", requires = "certificate")]
    certificate_password_from: Option<SecretSource>,

    /// Sign in as an app, by its secret. Where it is: env:NAME, a file, or - for standard input.
    #[arg(long, value_name = "SOURCE")]
    client_secret_from: Option<SecretSource>,

    /// Take a token that you got elsewhere. Where it is: env:NAME, a file, or - for standard input.
    #[arg(long, value_name = "SOURCE")]
    token_from: Option<SecretSource>,

    /// Sign in as the identity that Azure gives this machine.
    #[arg(long)]
    managed_identity: bool,

    /// Sign in as a person, who types a code into a browser.
    #[arg(long)]
    device_code: bool,

    /// How many tenants are read at the same time.
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=100))]
    at_once: u16,

    /// How long a tenant may take, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,

    /// Write what is done to that file, without secrets.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

/// A tenant that is to be read, and where its output goes.
pub(super) struct Job {
    pub(super) name: Arc<str>,
    pub(super) output: Option<PathBuf>,
    request: Result<TenantRequest, CollectError>,
}

impl TenantOptions {
    /// The tenants that are to be read, in order; none if saved exports are.
    pub(super) fn jobs(&self) -> Result<Vec<Job>, Failure> {
        if let Some(log) = &self.log {
            log::begin(log)?;
        }
        match (&self.tenant, &self.tenants) {
            (Some(tenant), _) => Ok(vec![self.single(tenant)?]),
            (None, Some(file)) => self.many(file),
            (None, None) => Ok(Vec::new()),
        }
    }

    fn single(&self, tenant: &str) -> Result<Job, Failure> {
        let tenant = Tenant::new(tenant)?;
        let sign_in = SignIn {
            client_id: self.client_id.clone(),
            certificate: self.certificate.clone(),
            key: self.certificate_key.clone(),
            certificate_password: self.certificate_password_from.clone(),
            client_secret: self.client_secret_from.clone(),
            token: self.token_from.clone(),
            managed_identity: self.managed_identity,
            device_code: self.device_code,
        };
        let name: Arc<str> = tenant.as_str().into();
        let request = self.request(tenant, self.cloud.into(), &sign_in, Path::new(""));
        Ok(Job { name, output: None, request: Ok(request?) })
    }

    fn many(&self, file: &Path) -> Result<Vec<Job>, Failure> {
        let Tenants { folder, entries } = Tenants::from_json(&super::report::own_file(file)?, file)?;
        let jobs = entries.into_iter().map(|entry| Job {
            name: entry.tenant.as_str().into(),
            output: entry.output.map(|output| folder.join(output)),
            request: self.request(entry.tenant, entry.cloud, &entry.sign_in, &folder),
        });
        Ok(jobs.collect())
    }

    fn request(
        &self,
        tenant: Tenant,
        cloud: Cloud,
        sign_in: &SignIn,
        folder: &Path,
    ) -> Result<TenantRequest, CollectError> {
        let endpoint = collect::endpoint(cloud)?;
        let name = tenant.as_str().to_owned();
        let credential = sign_in.credential(folder, move |text| complain(&format!("{name}: {text}")))?;
        let limits = Limits { total: Duration::from_secs(self.timeout), ..Limits::default() };
        Ok(TenantRequest { tenant, endpoint, credential, limits })
    }

    /// Reads one tenant.
    pub(super) fn read(&self, job: &mut Job, quiet: bool, stop: &Stop) -> Result<Assembled, Failure> {
        let mut read = None;
        self.collect(std::slice::from_mut(job), quiet, stop, |_, result| {
            read = Some(result);
            Ok(())
        })?;
        // A read that did not end was stopped.
        Ok(read.ok_or(Stopped)??)
    }

    /// Reads the tenants, and hands each on as it is done, with its number.
    pub(super) fn collect(
        &self,
        jobs: &mut [Job],
        quiet: bool,
        stop: &Stop,
        mut done: impl FnMut(usize, Result<Assembled, CollectError>) -> Result<(), Stopped>,
    ) -> Result<(), Stopped> {
        let mut requests = Vec::new();
        let mut numbers = Vec::new();
        for (number, job) in jobs.iter_mut().enumerate() {
            let taken = CollectError::new(ErrorKind::Usage, "it was read already");
            match std::mem::replace(&mut job.request, Err(taken)) {
                Ok(request) => {
                    requests.push(request);
                    numbers.push(number);
                }
                Err(error) => done(number, Err(error))?,
            }
        }
        let bar = Arc::new(TenantBar::new(quiet, requests.len()));
        let progress: Arc<dyn CollectProgress> = bar.clone();
        let result = collect::collect(requests, self.at_once.into(), &progress, stop, |number, result| {
            bar.tenant_done();
            done(numbers[number], result)
        });
        bar.bar.finish_and_clear();
        result
    }
}

impl Job {
    /// A tenant's saved input, to be read like a file.
    pub(super) fn input(&self, assembled: &Assembled) -> Input {
        Input::Temporary { path: assembled.path().to_owned(), name: self.name.clone() }
    }

    /// Gives up on it before it is read.
    pub(super) fn refuse(&mut self, why: &impl std::fmt::Display) {
        self.request = Err(CollectError::new(ErrorKind::Local, why.to_string()));
    }

    /// Where its output goes.
    pub(super) fn place(&self, folder: &Path, suffix: &str) -> PathBuf {
        self.output.clone().unwrap_or_else(|| folder.join(format!("{}.{suffix}", self.name)))
    }
}

/// The folder of a file, as a prefix for others in it.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

/// Catches Ctrl+C from now on.
pub(super) fn stop() -> Result<Stop, Failure> {
    Stop::on_interrupt().map_err(Failure::failed)
}

/// How many rows were read so far.
struct TenantBar {
    bar: ProgressBar,
    tenants: usize,
    done: AtomicI64,
    mailboxes: AtomicI64,
    associations: AtomicI64,
}

impl TenantBar {
    fn new(quiet: bool, tenants: usize) -> TenantBar {
        let shown = !quiet && io::stderr().is_terminal();
        let bar = if shown { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        if shown {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        TenantBar { bar, tenants, done: 0.into(), mailboxes: 0.into(), associations: 0.into() }
    }

    fn tenant_done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl CollectProgress for TenantBar {
    fn rows(&self, tenant: &str, section: Section, rows: i64) {
        let counter = match section {
            Section::Organization => return,
            Section::BypassAssociations => &self.associations,
            Section::Mailboxes => &self.mailboxes,
        };
        counter.fetch_add(rows, Ordering::Relaxed);
        if self.bar.is_hidden() {
            return;
        }
        let count = |counter: &AtomicI64| HumanCount(counter.load(Ordering::Relaxed).max(0).unsigned_abs());
        let (mailboxes, associations) = (count(&self.mailboxes), count(&self.associations));
        let what = match self.tenants {
            1 => tenant.to_owned(),
            tenants => format!("{} of {tenants} tenants", self.done.load(Ordering::Relaxed)),
        };
        self.bar.set_message(format!("{what}: {mailboxes} mailboxes, {associations} bypass associations"));
    }
}

impl From<CollectError> for Failure {
    fn from(error: CollectError) -> Failure {
        if error.kind == ErrorKind::Usage { Failure::usage(error) } else { Failure::failed(error) }
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Failure {
        Failure::failed(stopped)
    }
}
