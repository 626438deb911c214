//! The reads, page by page.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;

use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::{AUTHORIZATION, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url, redirect};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use super::answer::{self, Page, Refusal};
use super::body::{self, BodyError};
use super::endpoint::{Endpoint, Tenant};
use super::error::{CollectError, ErrorKind, describe};
use super::retry::{Late, Limits, Tries, too_long};
use super::sign_in::{Credential, Token, TokenSource};
use crate::domain::section::Section;

/// The cmdlet that reads a section; the mailboxes are an entity set in place of one. There is no way to ask for
/// anything else: this is the list of what is allowed, and all of it reads.
const fn cmdlet(section: Section) -> Option<&'static str> {
    match section {
        Section::Organization => Some("Get-OrganizationConfig"),
        Section::BypassAssociations => Some("Get-MailboxAuditBypassAssociation"),
        // With their property sets Minimum and Audit, as Get-EXOMailbox reads them.
        Section::Mailboxes => None,
    }
}

fn parameters(section: Section) -> Value {
    match section {
        // They must be an object, not null.
        Section::Organization | Section::Mailboxes => json!({}),
        // Without it the cmdlet gives a thousand rows, and says nothing.
        Section::BypassAssociations => json!({ "ResultSize": "Unlimited" }),
    }
}

/// Takes the rows of a read.
pub trait Rows: Send {
    /// Takes a row, as JSON.
    fn row(&mut self, json: &str) -> io::Result<()>;
    /// Forgets the rows so far: the read begins anew.
    fn restart(&mut self) -> io::Result<()>;
}

/// How a read went that came to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The number of rows.
    pub rows: u64,
    /// Why it is not all that there is; nothing if it is.
    pub problems: Vec<String>,
}

/// How a read ended early.
enum Stop {
    /// It may go well from the first page on.
    Restart(CollectError),
    /// It will not.
    Final(CollectError),
}

impl From<CollectError> for Stop {
    fn from(error: CollectError) -> Stop {
        Stop::Final(error)
    }
}

/// How many redirects are followed for one page.
const REDIRECTS: usize = 5;

/// How many pages without a row may follow one another.
const EMPTY_PAGES: u32 = 100;

/// Bodies of errors are small.
const ERROR_BYTES: usize = 1 << 20;

/// The mailbox that routes requests of an app to where the organisation's own are.
const SYSTEM_MAILBOX: &str = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";

/// A tenant's Exchange, signed in to.
pub struct ExchangeClient {
    endpoint: Endpoint,
    /// The tenant as it stands in paths: by its id, where that is known.
    tenant: String,
    /// The same for all pages, with the connection's id and cookies: pages are continued only where they began.
    anchor: String,
    connection: String,
    http: Client,
    tokens: TokenSource,
    limits: Limits,
    deadline: Instant,
}

impl ExchangeClient {
    /// Signs in to a tenant. The time for the whole begins now.
    pub async fn sign_in(
        endpoint: Endpoint,
        tenant: Tenant,
        credential: Credential,
        limits: Limits,
    ) -> Result<ExchangeClient, CollectError> {
        let deadline = Instant::now() + limits.total;
        let is_local = endpoint.is_loopback() || matches!(credential, Credential::ManagedIdentity { .. });
        let (http, authority) = (client(&endpoint, &limits, false)?, client(&endpoint, &limits, is_local)?);
        let tokens = TokenSource::new(
            endpoint.clone(),
            tenant.clone(),
            credential,
            authority,
            limits.clone(),
            deadline,
        );
        let token = timeout_at(deadline, tokens.token()).await.map_err(|_| too_long(&limits))??;
        let id = token.tenant_id.clone().unwrap_or_else(|| tenant.as_str().to_owned());
        let anchor = match &token.user {
            Some(user) => format!("UPN:{user}"),
            None => format!("APP:{SYSTEM_MAILBOX}@{id}"),
        };
        let connection = Uuid::new_v4().to_string();
        Ok(ExchangeClient { endpoint, tenant: id, anchor, connection, http, tokens, limits, deadline })
    }

    /// Reads all rows. A read that fails on a later page begins anew, once.
    ///
    /// # Errors
    ///
    /// When it cannot be read to its end. What `rows` took until then is not all.
    pub async fn read(&self, section: Section, rows: &mut dyn Rows) -> Result<Reading, CollectError> {
        let whole = async {
            match self.pages(section, rows).await {
                Ok(reading) => Ok(reading),
                Err(Stop::Final(error)) => Err(error),
                Err(Stop::Restart(error)) => {
                    tracing::warn!(section = section.name(), %error, "beginning anew with the first page");
                    rows.restart().map_err(not_kept)?;
                    self.pages(section, rows).await.map_err(|stop| match stop {
                        Stop::Restart(error) | Stop::Final(error) => error,
                    })
                }
            }
        };
        timeout_at(self.deadline, whole).await.map_err(|_| too_long(&self.limits))?
    }

    async fn pages(&self, section: Section, rows: &mut dyn Rows) -> Result<Reading, Stop> {
        let mut reading = Reading::default();
        // Cookies tie the pages of a read together; those of the reads beside it would untie them.
        let cookies = Jar::default();
        let mut url = self.first_page(section)?;
        let mut seen = HashSet::new();
        let mut empty = 0;
        for number in 1..=self.limits.pages {
            let at = format!("{}, page {number}", section.describe());
            let ask = Ask { section, at: &at, cookies: &cookies };
            let page = self.page(ask, &url, rows).await.map_err(|refusal| match refusal {
                Refusal::Again { error, .. } | Refusal::LostPlace(error) if number > 1 => {
                    Stop::Restart(error)
                }
                Refusal::Again { error, .. }
                | Refusal::LostPlace(error)
                | Refusal::Unauthorized { error, .. }
                | Refusal::Final(error) => Stop::Final(error),
            })?;
            reading.rows += page.rows;
            reading.note(&at, page.warnings);
            let Some(next) = page.next else { return Ok(reading) };
            empty = if page.rows == 0 { empty + 1 } else { 0 };
            url = self.next_page(&page.answered, &next)?;
            if empty > EMPTY_PAGES || !seen.insert(hash(&next)) {
                let text = format!("{at}: the service leads from page to page without an end");
                return Err(CollectError::new(ErrorKind::Paging, text).into());
            }
        }
        let text = format!("{}: there are more than {} pages", section.describe(), self.limits.pages);
        Err(CollectError::new(ErrorKind::Paging, text).into())
    }

    fn first_page(&self, section: Section) -> Result<Url, CollectError> {
        let page =
            if cmdlet(section).is_some() { "InvokeCommand" } else { "Mailbox?PropertySet=Minimum,Audit" };
        self.endpoint.service(&format!("/adminapi/beta/{}/{page}", self.tenant))
    }

    /// Where the next page is: at the host that gave this one, whatever host of the service the link names.
    fn next_page(&self, answered: &Url, link: &str) -> Result<Url, CollectError> {
        let elsewhere = |text: &str| CollectError::new(ErrorKind::Unsafe, format!("the next page {text}"));
        let link = answered.join(link).map_err(|_| elsewhere("has an address that is none"))?;
        let mut url = self.endpoint.admit(link)?;
        if !url.path().to_ascii_lowercase().starts_with("/adminapi/") {
            return Err(elsewhere("is none of this service"));
        }
        url.set_host(answered.host_str()).map_err(|_| elsewhere("has no host"))?;
        Ok(url)
    }

    /// Gets a page and hands on its rows, with as many tries as it takes.
    async fn page(&self, ask: Ask<'_>, url: &Url, rows: &mut dyn Rows) -> Result<PageEnd, Refusal> {
        let mut tries = Tries::new(&self.limits, self.deadline);
        let mut token = self.tokens.token().await.map_err(Refusal::Final)?;
        let mut renewed = self.tokens.is_ready_made();
        loop {
            let refusal = match self.exchange(ask, url, &token).await {
                Ok((answered, bytes)) => match Page::read(&bytes, ask.at) {
                    Ok(page) => return take(page, answered, ask.at, rows),
                    Err(refusal) => refusal,
                },
                Err(refusal) => refusal,
            };
            match refusal {
                Refusal::Again { after, error } => {
                    tries.wait(after, error).await.map_err(|late| match late {
                        Late::Tried(error) => Refusal::Again { after: None, error },
                        Late::NoTime(error) => Refusal::Final(error),
                    })?
                }
                Refusal::Unauthorized { claims, .. } if !renewed => {
                    renewed = true;
                    token = self.tokens.another(&token, claims.as_deref()).await.map_err(Refusal::Final)?;
                }
                other => return Err(other),
            }
        }
    }

    /// Asks once, and follows redirects as far as the service's hosts go. Gives the body, and who gave it.
    async fn exchange(&self, ask: Ask<'_>, url: &Url, token: &Arc<Token>) -> Result<(Url, Vec<u8>), Refusal> {
        let Ask { at, cookies, .. } = ask;
        let again = |text: String| Refusal::Again {
            after: None,
            error: CollectError::new(ErrorKind::Unreachable, format!("{at}: {text}")),
        };
        let begun = Instant::now();
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let authorization = token.header().map_err(Refusal::Final)?;
            let request = self.request(ask.section, &url).header(AUTHORIZATION, authorization);
            let request = match cookies.cookies(&url) {
                Some(cookies) => request.header(COOKIE, cookies),
                None => request,
            };
            let response =
                request.timeout(self.limits.page).send().await.map_err(|error| again(describe(error)))?;
            let (status, headers) = (response.status(), response.headers().clone());
            cookies.set_cookies(&mut headers.get_all(SET_COOKIE).iter(), &url);
            if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
                let location = headers.get(LOCATION).and_then(|location| location.to_str().ok());
                let target = location.and_then(|location| url.join(location).ok());
                let target = target.ok_or_else(|| again(format!("{status} that leads nowhere")))?;
                url = self.endpoint.admit(target).map_err(Refusal::Final)?;
                tracing::debug!(
                    at,
                    host = url.host_str().unwrap_or_default(),
                    "led to another host of the service"
                );
                continue;
            }
            let most = if status.is_success() { self.limits.page_bytes } else { ERROR_BYTES };
            let bytes = body::read(response, most, self.limits.idle).await.map_err(|error| match error {
                BodyError::TooLarge => Refusal::Final(CollectError::new(
                    ErrorKind::Answer,
                    format!("{at}: {status}, with more than {} MiB, which no page has", most >> 20),
                )),
                BodyError::Broken(text) => again(format!("the answer broke off: {text}")),
            })?;
            tracing::debug!(at, %status, bytes = bytes.len(), ms = begun.elapsed().as_millis() as u64, "answer");
            if status.is_success() {
                return Ok((url, bytes));
            }
            return Err(answer::refusal(status, &headers, &bytes, at));
        }
        Err(again("it leads from host to host without an end".to_owned()))
    }

    fn request(&self, section: Section, url: &Url) -> RequestBuilder {
        let method = if cmdlet(section).is_some() { Method::POST } else { Method::GET };
        let request = self
            .http
            .request(method, url.clone())
            .header("X-AnchorMailbox", &self.anchor)
            .header("X-ResponseFormat", "json")
            .header("Prefer", "odata.maxpagesize=1000")
            .header("connection-id", &self.connection)
            .header("client-request-id", Uuid::new_v4().to_string());
        match cmdlet(section) {
            Some(cmdlet) => request
                .header("X-CmdletName", cmdlet)
                .json(&json!({ "CmdletInput": { "CmdletName": cmdlet, "Parameters": parameters(section) } })),
            None => request,
        }
    }
}

/// What is the same for all tries of a page.
#[derive(Clone, Copy)]
struct Ask<'a> {
    section: Section,
    /// Where, for messages.
    at: &'a str,
    cookies: &'a Jar,
}

/// What is known of a page once its rows are handed on.
struct PageEnd {
    answered: Url,
    rows: u64,
    next: Option<String>,
    warnings: Vec<String>,
}

fn take(page: Page<'_>, answered: Url, at: &str, rows: &mut dyn Rows) -> Result<PageEnd, Refusal> {
    for row in &page.value {
        rows.row(row.get()).map_err(|error| Refusal::Final(not_kept(error)))?;
    }
    tracing::info!(at, rows = page.value.len(), more = page.next.is_some(), "page");
    let (count, warnings) = (page.value.len() as u64, page.warnings());
    // An empty text is what some services write for none.
    let next = page.next.filter(|link| !link.is_empty());
    Ok(PageEnd { answered, rows: count, next, warnings })
}

impl Reading {
    /// Takes the warnings of a page: one that says that there is more makes the read incomplete.
    fn note(&mut self, at: &str, warnings: Vec<String>) {
        for warning in warnings {
            tracing::warn!(at, %warning, "the service warns");
            if answer::says_more(&warning) && self.problems.is_empty() {
                self.problems.push(format!("{at}: the service says that there are more results: {warning}"));
            }
        }
    }
}

/// The client of a tenant. Redirects are followed by hand: a token goes to hosts of the service alone.
fn client(endpoint: &Endpoint, limits: &Limits, is_local: bool) -> Result<Client, CollectError> {
    // Whoever made one before us has one: any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("non-audited-mailbox/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(limits.connect)
        .https_only(!is_local && !endpoint.is_loopback());
    if is_local || endpoint.is_loopback() {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        CollectError::new(ErrorKind::Local, format!("HTTPS cannot be used here: {}", describe(error)))
    })
}

fn not_kept(error: io::Error) -> CollectError {
    CollectError::new(ErrorKind::Local, format!("what was read could not be kept: {error}"))
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
