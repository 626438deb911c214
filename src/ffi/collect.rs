//! A tenant that is read natively, on a thread of its own: a call that lasts minutes could not be interrupted.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde::Deserialize;

use crate::app::Assembled;
use crate::app::collect::{
    self, Cloud, CollectError, CollectProgress, ErrorKind, Limits, SecretSource, SignIn, Stop, Tenant,
    TenantRequest,
};
use crate::domain::section::Section;

use super::guard::catch;
use super::input::NamInput;
use super::status::{Failure, NamStatus};
use super::text::{decode, for_powershell};

/// A tenant that is being read. Freed before it is done, it stops and leaves no trace.
#[derive(Debug)]
pub struct NamCollect {
    stop: Stop,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread tells.
#[derive(Debug, Default)]
struct Shared {
    mailboxes: AtomicI64,
    associations: AtomicI64,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What a person is to do, until it was told.
    note: String,
    end: End,
}

#[derive(Debug, Default)]
enum End {
    #[default]
    Awaited,
    Come(Result<Assembled, Failure>),
    Taken,
}

/// What is to be read, as JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Request {
    tenant: String,
    #[serde(default)]
    cloud: Option<String>,
    sign_in: SignIn,
    /// What the secret is that comes with the request.
    #[serde(default)]
    secret: Option<SecretKind>,
    #[serde(default)]
    timeout: Option<u64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum SecretKind {
    Token,
    ClientSecret,
    CertificatePassword,
}

/// How a read is going.
pub(super) struct Going {
    pub(super) is_done: bool,
    pub(super) mailboxes: u64,
    pub(super) associations: u64,
    pub(super) note: String,
}

impl NamCollect {
    /// Begins to read.
    pub(super) fn start(request: Option<&[u16]>, secret: Option<&[u16]>) -> Result<NamCollect, Failure> {
        let json = request.map(decode).unwrap_or_default();
        // Without what the parser quotes: it could be a secret.
        let request: Request = serde_json::from_str(&json)
            .map_err(|_| Failure::new(NamStatus::BadArgument, "request is not the JSON of a request"))?;
        let secret = secret.map(|secret| SecretSource::Given(decode(secret).into()));
        let stop = Stop::default();
        let shared = Arc::new(Shared::default());
        let request = tenant_request(request, secret, &shared).map_err(not_read)?;
        let (thread_stop, thread_shared) = (stop.clone(), shared.clone());
        let thread = thread::Builder::new()
            .name("nam-collect".to_owned())
            .spawn(move || {
                let end = catch(|| read(request, &thread_shared, &thread_stop)).and_then(|end| end);
                thread_shared.lock().end = End::Come(end);
                thread_shared.ended.notify_all();
            })
            .map_err(|error| Failure::new(NamStatus::NotRead, format!("no thread can be made: {error}")))?;
        Ok(NamCollect { stop, shared, thread: Some(thread) })
    }

    /// Waits for the end, that long at most, and tells how far it is.
    pub(super) fn poll(&self, wait: Duration) -> Going {
        let state = self.shared.lock();
        let waited = self.shared.ended.wait_timeout_while(state, wait, |state| {
            matches!(state.end, End::Awaited) && state.note.is_empty()
        });
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let count = |counter: &AtomicI64| counter.load(Ordering::Relaxed).max(0).unsigned_abs();
        Going {
            is_done: !matches!(state.end, End::Awaited),
            mailboxes: count(&self.shared.mailboxes),
            associations: count(&self.shared.associations),
            note: std::mem::take(&mut state.note),
        }
    }

    /// Stops it; it ends at once, without a result.
    pub(super) fn stop(&self) {
        self.stop.stop();
    }

    /// Puts what was read into a saved input that is empty so far; tells where it can be read.
    pub(super) fn finish(&self, input: &NamInput) -> Result<String, Failure> {
        let end = {
            let mut state = self.shared.lock();
            if matches!(state.end, End::Awaited) {
                return Err(Failure::new(NamStatus::BadArgument, "the tenant is still being read"));
            }
            std::mem::replace(&mut state.end, End::Taken)
        };
        match end {
            End::Come(read) => input.put(read?),
            End::Awaited | End::Taken => {
                Err(Failure::new(NamStatus::BadArgument, "what was read was taken already"))
            }
        }
    }
}

impl Drop for NamCollect {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            // It caught its panics.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CollectProgress for Shared {
    fn rows(&self, _: &str, section: Section, rows: i64) {
        match section {
            Section::Organization => {}
            Section::BypassAssociations => _ = self.associations.fetch_add(rows, Ordering::Relaxed),
            Section::Mailboxes => _ = self.mailboxes.fetch_add(rows, Ordering::Relaxed),
        }
    }
}

fn tenant_request(
    request: Request,
    secret: Option<SecretSource>,
    shared: &Arc<Shared>,
) -> Result<TenantRequest, CollectError> {
    let mut sign_in = request.sign_in;
    match request.secret {
        None => {}
        Some(SecretKind::Token) => sign_in.token = secret,
        Some(SecretKind::ClientSecret) => sign_in.client_secret = secret,
        Some(SecretKind::CertificatePassword) => sign_in.certificate_password = secret,
    }
    let cloud = request.cloud.map_or(Ok(Cloud::default()), |name| Cloud::from_name(&name))?;
    let shared = shared.clone();
    let show = move |text: &str| {
        shared.lock().note = text.to_owned();
        shared.ended.notify_all();
    };
    let limits = Limits::default();
    let total = request.timeout.map_or(limits.total, Duration::from_secs);
    Ok(TenantRequest {
        tenant: Tenant::new(&request.tenant)?,
        endpoint: collect::endpoint(cloud)?,
        credential: sign_in.credential(Path::new(""), show)?,
        limits: Limits { total, ..limits },
    })
}

fn read(request: TenantRequest, shared: &Arc<Shared>, stop: &Stop) -> Result<Assembled, Failure> {
    let progress: Arc<dyn CollectProgress> = shared.clone();
    let mut end = None;
    let stopped = collect::collect(vec![request], 1, &progress, stop, |_, read| {
        end = Some(read.map_err(not_read));
        Ok(())
    });
    match (stopped, end) {
        (Ok(()), Some(end)) => end,
        (Err(stopped), _) => Err(Failure::new(NamStatus::Stopped, stopped.to_string())),
        (Ok(()), None) => Err(Failure::new(NamStatus::NotRead, "nothing was read")),
    }
}

fn not_read(error: CollectError) -> Failure {
    let status = match error.kind {
        ErrorKind::Usage => NamStatus::BadArgument,
        ErrorKind::SignIn | ErrorKind::Permission => NamStatus::NoSignIn,
        ErrorKind::Unreachable
        | ErrorKind::Throttled
        | ErrorKind::Answer
        | ErrorKind::Paging
        | ErrorKind::Unsafe
        | ErrorKind::Local => NamStatus::NotRead,
    };
    Failure::new(status, for_powershell(&error.to_string()))
}
