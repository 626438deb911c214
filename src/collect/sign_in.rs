//! Who reads: the ways to sign in, and the token that comes of it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::body::{self, BodyError};
use super::certificate::Certificate;
use super::endpoint::{Endpoint, Tenant};
use super::error::{CollectError, ErrorKind, describe};
use super::retry::{Limits, Tries};

/// A way to sign in.
pub enum Credential {
    /// As an app, by certificate.
    Certificate {
        /// The app's id.
        client_id: String,
        /// Its certificate.
        certificate: Box<Certificate>,
    },
    /// As an app, by secret.
    Secret {
        /// The app's id.
        client_id: String,
        /// Its secret.
        secret: SecretString,
    },
    /// With a token that somebody else got.
    Token(SecretString),
    /// As the identity that Azure gives this machine.
    ManagedIdentity {
        /// Which, where the machine has several.
        client_id: Option<String>,
        /// The service that gives out its tokens.
        source: IdentitySource,
    },
    /// As a person, who types a code into a browser.
    DeviceCode {
        /// The id of an app with the delegated permission Exchange.Manage.
        client_id: String,
        /// Shows the person what to do.
        show: Box<dyn Fn(&str) + Send + Sync>,
    },
}

impl Credential {
    /// What it is called.
    pub const fn name(&self) -> &'static str {
        match self {
            Credential::Certificate { .. } => "certificate",
            Credential::Secret { .. } => "client secret",
            Credential::Token(_) => "ready token",
            Credential::ManagedIdentity { .. } => "managed identity",
            Credential::DeviceCode { .. } => "device code",
        }
    }
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.name())
    }
}

/// Who gives this machine its identity's tokens.
pub enum IdentitySource {
    /// Azure's virtual machines: an address that only they reach.
    Imds,
    /// App Service, Functions, Container Apps, Automation: `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`.
    Endpoint {
        /// The address.
        url: String,
        /// What proves that the caller is of this machine.
        header: SecretString,
    },
}

impl IdentitySource {
    /// The one of this machine, by the variables that Azure sets.
    pub fn from_environment() -> Result<IdentitySource, CollectError> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (variable("IDENTITY_ENDPOINT"), variable("IDENTITY_HEADER")) {
            (Some(url), Some(header)) => Ok(IdentitySource::Endpoint { url, header: header.into() }),
            (Some(_), None) => Err(sign_in_error(
                "IDENTITY_ENDPOINT is set without IDENTITY_HEADER, as on Azure Arc, whose identities are not \
                 supported; sign in by certificate",
            )),
            (None, _) => Ok(IdentitySource::Imds),
        }
    }
}

/// Azure's instance metadata service (Microsoft, "managed identities, how to use a VM token").
const IMDS: &str = "http://169.254.169.254/metadata/identity/oauth2/token";

/// A token is renewed that long before it ends.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// What a token is taken for that does not say when it ends.
const USUAL_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Answers of the authority are small.
const ANSWER_BYTES: usize = 1 << 20;

/// A token, and what stands in it.
pub(super) struct Token {
    value: SecretString,
    ends: Instant,
    /// The tenant's id.
    pub(super) tenant_id: Option<String>,
    /// The person's name; an app has none.
    pub(super) user: Option<String>,
}

impl Token {
    /// The header that carries it.
    pub(super) fn header(&self) -> Result<HeaderValue, CollectError> {
        let text = Zeroizing::new(format!("Bearer {}", self.value.expose_secret()));
        let mut header = HeaderValue::from_str(&text)
            .map_err(|_| sign_in_error("the token has characters that no token has"))?;
        header.set_sensitive(true);
        Ok(header)
    }

    fn ends_soon(&self) -> bool {
        self.ends <= Instant::now() + EARLY
    }
}

/// Gets tokens, and keeps the last one in memory.
pub(super) struct TokenSource {
    endpoint: Endpoint,
    tenant: Tenant,
    credential: Credential,
    http: Client,
    limits: Limits,
    deadline: Instant,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    token: Option<Arc<Token>>,
    /// Renews the token of a person, who is asked once.
    refresh: Option<SecretString>,
}

impl TokenSource {
    pub(super) fn new(
        endpoint: Endpoint,
        tenant: Tenant,
        credential: Credential,
        http: Client,
        limits: Limits,
        deadline: Instant,
    ) -> TokenSource {
        TokenSource { endpoint, tenant, credential, http, limits, deadline, kept: Mutex::default() }
    }

    /// The token: the one that is kept, unless it ends soon. Whoever asks meanwhile waits for the same one.
    pub(super) async fn token(&self) -> Result<Arc<Token>, CollectError> {
        let mut kept = self.kept.lock().await;
        match &kept.token {
            Some(token) if !token.ends_soon() || self.is_ready_made() => Ok(token.clone()),
            _ => self.renew_kept(&mut kept, None).await,
        }
    }

    /// Another token in the place of one that the service refused; `claims` is what the service wants in it
    /// (continuous access evaluation).
    pub(super) async fn another(
        &self,
        refused: &Arc<Token>,
        claims: Option<&str>,
    ) -> Result<Arc<Token>, CollectError> {
        let mut kept = self.kept.lock().await;
        match &kept.token {
            Some(token) if !Arc::ptr_eq(token, refused) => Ok(token.clone()),
            _ => self.renew_kept(&mut kept, claims).await,
        }
    }

    /// Whether there is but one token, which cannot be renewed.
    pub(super) fn is_ready_made(&self) -> bool {
        matches!(self.credential, Credential::Token(_))
    }

    async fn renew_kept(&self, kept: &mut Kept, claims: Option<&str>) -> Result<Arc<Token>, CollectError> {
        let answer = match &self.credential {
            Credential::Token(token) => Answer::of(token.clone()),
            Credential::DeviceCode { client_id, show } => {
                self.person(client_id, show, kept.refresh.take(), claims).await?
            }
            Credential::ManagedIdentity { client_id, source } => {
                self.ask(|| self.identity_request(source, client_id.as_deref())).await?
            }
            Credential::Secret { client_id, secret } => {
                let proof = [("client_secret", secret.expose_secret())];
                self.ask(|| self.app_request(client_id, &proof, claims)).await?
            }
            Credential::Certificate { client_id, certificate } => {
                let audience = self.token_url()?;
                let request = || {
                    let assertion = certificate.assertion(client_id, audience.as_str())?;
                    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                    let proof =
                        [("client_assertion_type", kind), ("client_assertion", assertion.expose_secret())];
                    self.app_request(client_id, &proof, claims)
                };
                self.ask(request).await?
            }
        };
        kept.refresh = answer.refresh_token.clone();
        let token = Arc::new(self.check(answer)?);
        tracing::info!(
            by = self.credential.name(),
            tenant = self.tenant.as_str(),
            tenant_id = token.tenant_id.as_deref().unwrap_or("unknown"),
            lifetime_s = token.ends.saturating_duration_since(Instant::now()).as_secs(),
            "signed in"
        );
        kept.token = Some(token.clone());
        Ok(token)
    }

    fn token_url(&self) -> Result<Url, CollectError> {
        self.endpoint.authority(&format!("/{}/oauth2/v2.0/token", self.tenant.as_str()))
    }

    fn scope(&self) -> String {
        format!("{}/.default", self.endpoint.resource())
    }

    fn app_request(
        &self,
        client_id: &str,
        proof: &[(&str, &str)],
        claims: Option<&str>,
    ) -> Result<RequestBuilder, CollectError> {
        let scope = self.scope();
        let mut form =
            vec![("grant_type", "client_credentials"), ("client_id", client_id), ("scope", &scope)];
        form.extend_from_slice(proof);
        form.extend(claims.map(|claims| ("claims", claims)));
        Ok(self.http.post(self.token_url()?).form(&form))
    }

    fn identity_request(
        &self,
        source: &IdentitySource,
        client_id: Option<&str>,
    ) -> Result<RequestBuilder, CollectError> {
        let (address, version) = match source {
            IdentitySource::Imds if self.endpoint.is_loopback() => {
                (self.endpoint.service("/metadata/identity/oauth2/token")?.to_string(), "2018-02-01")
            }
            IdentitySource::Imds => (IMDS.to_owned(), "2018-02-01"),
            IdentitySource::Endpoint { url, .. } => (url.clone(), "2019-08-01"),
        };
        let mut url = Url::parse(&address)
            .map_err(|error| sign_in_error(&format!("IDENTITY_ENDPOINT is no address: {error}")))?;
        url.query_pairs_mut()
            .append_pair("api-version", version)
            .append_pair("resource", &self.endpoint.resource())
            .extend_pairs(client_id.map(|id| ("client_id", id)));
        let request = self.http.request(Method::GET, url);
        Ok(match source {
            IdentitySource::Imds => request.header("Metadata", "true"),
            IdentitySource::Endpoint { header, .. } => {
                let name = HeaderName::from_static("x-identity-header");
                let mut value = HeaderValue::from_str(header.expose_secret())
                    .map_err(|_| sign_in_error("IDENTITY_HEADER is no header"))?;
                value.set_sensitive(true);
                request.header(name, value)
            }
        })
    }

    /// Signs a person in: silently if that was done before, else by a code.
    async fn person(
        &self,
        client_id: &str,
        show: &(dyn Fn(&str) + Send + Sync),
        refresh: Option<SecretString>,
        claims: Option<&str>,
    ) -> Result<Answer, CollectError> {
        // A claims challenge asks for the person, not for the same again.
        if let (Some(refresh), None) = (&refresh, claims) {
            let request = || {
                let scope = self.scope();
                let form = [
                    ("grant_type", "refresh_token"),
                    ("client_id", client_id),
                    ("scope", &scope),
                    ("refresh_token", refresh.expose_secret()),
                ];
                Ok(self.http.post(self.token_url()?).form(&form))
            };
            return self.ask(request).await;
        }
        let scope = format!("{} offline_access", self.scope());
        let path = format!("/{}/oauth2/v2.0/devicecode", self.tenant.as_str());
        let url = self.endpoint.authority(&path)?;
        let mut form = vec![("client_id", client_id), ("scope", &scope)];
        form.extend(claims.map(|claims| ("claims", claims)));
        let code: DeviceCode = self.ask(|| Ok(self.http.post(url.clone()).form(&form))).await?;
        show(&printable(&format!(
            "To sign in, open {} and enter the code {}",
            code.verification_uri, code.user_code
        )));
        self.await_person(client_id, &code).await
    }

    async fn await_person(&self, client_id: &str, code: &DeviceCode) -> Result<Answer, CollectError> {
        let mut interval =
            Duration::from_secs(code.interval.clamp(u64::from(!self.endpoint.is_loopback()), 60));
        let ends = Instant::now() + Duration::from_secs(code.expires_in.min(60 * 60));
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", client_id),
            ("device_code", code.device_code.expose_secret()),
        ];
        while Instant::now() < ends {
            sleep(interval).await;
            let request = self.http.post(self.token_url()?).form(&form);
            match self.once(request).await {
                Ok(answer) => return Ok(answer),
                Err(Refusal::Pending) => {}
                // RFC 8628, section 3.5.
                Err(Refusal::SlowDown) => interval += Duration::from_secs(5),
                Err(Refusal::Again { error, .. }) => tracing::warn!(%error, "asking again"),
                Err(Refusal::Final(error)) => return Err(error),
            }
        }
        Err(sign_in_error("nobody entered the code in time"))
    }

    /// Asks until there is an answer, or none to be had.
    async fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        request: impl Fn() -> Result<RequestBuilder, CollectError>,
    ) -> Result<T, CollectError> {
        let mut tries = Tries::new(&self.limits, self.deadline);
        loop {
            match self.once(request()?).await {
                Ok(answer) => return Ok(answer),
                Err(Refusal::Again { after, error }) => tries.wait(after, error).await?,
                Err(Refusal::Final(error)) => return Err(error),
                Err(Refusal::Pending | Refusal::SlowDown) => {
                    return Err(sign_in_error("the authority wants a person to wait for"));
                }
            }
        }
    }

    async fn once<T: for<'de> Deserialize<'de>>(&self, request: RequestBuilder) -> Result<T, Refusal> {
        let again = |after, error| Refusal::Again { after, error };
        let response = request.timeout(self.limits.page.min(Duration::from_secs(60))).send().await;
        let response = response.map_err(|error| {
            let text = format!("the authority for signing in could not be reached: {}", describe(error));
            again(None, CollectError::new(ErrorKind::Unreachable, text))
        })?;
        let (status, after) = (response.status(), body::retry_after(response.headers()));
        let bytes =
            body::read(response, ANSWER_BYTES, self.limits.idle).await.map_err(|error| match error {
                BodyError::TooLarge => Refusal::Final(sign_in_error("the authority answered far too much")),
                BodyError::Broken(text) => {
                    again(None, sign_in_error(&format!("the authority broke off: {text}")))
                }
            })?;
        let bytes = Zeroizing::new(bytes);
        if status.is_success() {
            // The error of the parser could quote what it read.
            return serde_json::from_slice(&bytes).map_err(|_| {
                Refusal::Final(sign_in_error("the authority gave no token, but something else"))
            });
        }
        let denial: Denial = serde_json::from_slice(&bytes).unwrap_or_default();
        match denial.error.as_str() {
            "authorization_pending" => return Err(Refusal::Pending),
            "slow_down" => return Err(Refusal::SlowDown),
            _ => {}
        }
        let error = sign_in_error(&self.hide(&denial.explain(status)));
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            return Err(again(after, error));
        }
        Err(Refusal::Final(error))
    }

    /// Takes out of a text what an authority that is none may have put there: our own secret.
    fn hide(&self, text: &str) -> String {
        match &self.credential {
            Credential::Secret { secret, .. } => text.replace(secret.expose_secret(), "(hidden)"),
            Credential::Token(_)
            | Credential::Certificate { .. }
            | Credential::ManagedIdentity { .. }
            | Credential::DeviceCode { .. } => text.to_owned(),
        }
    }

    /// Looks at a token before it is used: what is wrong with it can be told better here than by the service.
    fn check(&self, answer: Answer) -> Result<Token, CollectError> {
        let contents = Contents::of(answer.access_token.expose_secret());
        let resource = self.endpoint.resource();
        if let Some(audience) = &contents.aud
            && audience != EXCHANGE_ONLINE
            && audience.trim_end_matches('/') != resource
        {
            return Err(sign_in_error(&format!(
                "the token is for {}, not for Exchange; get one with: \
                 az account get-access-token --resource {resource}",
                printable(audience)
            )));
        }
        if let (Some(given), Ok(asked)) = (&contents.tid, uuid::Uuid::try_parse(self.tenant.as_str()))
            && uuid::Uuid::try_parse(given) != Ok(asked)
        {
            return Err(sign_in_error(&format!("the token is of another tenant: {}", printable(given))));
        }
        let now = jiff::Timestamp::now().as_second();
        let lifetime = match (contents.exp, answer.lifetime(now)) {
            (Some(ends), _) => Duration::from_secs(ends.saturating_sub(now).max(0).unsigned_abs()),
            (None, lifetime) => lifetime.unwrap_or(USUAL_LIFETIME),
        };
        if lifetime.is_zero() {
            return Err(sign_in_error("the token has ended; get another one"));
        }
        if contents.is_of_app_without_role() {
            return Err(CollectError::new(ErrorKind::Permission, MISSING_APP_ROLE));
        }
        Ok(Token {
            value: answer.access_token,
            ends: Instant::now() + lifetime.min(Duration::from_secs(30 * 24 * 60 * 60)),
            tenant_id: contents.tid.filter(|id| uuid::Uuid::try_parse(id).is_ok()),
            user: contents.upn.filter(|name| name.is_ascii() && name.contains('@')),
        })
    }
}

/// What an app lacks whose tokens the service refuses (Microsoft, "App-only authentication", step 2).
pub(super) const MISSING_APP_ROLE: &str = "the app has no permission for Exchange: in Entra, give it the application \
     permission Exchange.ManageAsApp of Office 365 Exchange Online, and have an administrator consent to it";

/// The id of Exchange Online, which tokens may name in place of its address.
const EXCHANGE_ONLINE: &str = "00000002-0000-0ff1-ce00-000000000000";

enum Refusal {
    Pending,
    SlowDown,
    Again { after: Option<Duration>, error: CollectError },
    Final(CollectError),
}

#[derive(Deserialize)]
struct Answer {
    access_token: SecretString,
    #[serde(default)]
    refresh_token: Option<SecretString>,
    /// Seconds; managed identities write it as a text.
    #[serde(default)]
    expires_in: Option<Number>,
    /// Seconds since 1970, of managed identities.
    #[serde(default)]
    expires_on: Option<Number>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(i64),
    Text(String),
}

impl Number {
    fn get(&self) -> Option<i64> {
        match self {
            Number::Number(number) => Some(*number),
            Number::Text(text) => text.parse().ok(),
        }
    }
}

impl Answer {
    fn of(access_token: SecretString) -> Answer {
        Answer { access_token, refresh_token: None, expires_in: None, expires_on: None }
    }

    fn lifetime(&self, now: i64) -> Option<Duration> {
        let on = self.expires_on.as_ref().and_then(Number::get).map(|on| on.saturating_sub(now));
        let seconds = self.expires_in.as_ref().and_then(Number::get).or(on)?;
        Some(Duration::from_secs(seconds.max(0).unsigned_abs()))
    }
}

#[derive(Deserialize)]
struct DeviceCode {
    device_code: SecretString,
    user_code: String,
    verification_uri: String,
    #[serde(default = "five")]
    interval: u64,
    expires_in: u64,
}

const fn five() -> u64 {
    5
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Denial {
    error: String,
    error_description: String,
}

impl Denial {
    fn explain(&self, status: StatusCode) -> String {
        // The lines behind the first are trace ids and times.
        let line = self.error_description.lines().next().unwrap_or_default();
        let text = match (self.error.as_str(), line) {
            ("", _) => format!("the authority answered {status}"),
            (error, "") => format!("the authority refused: {error}"),
            (_, line) => format!("the authority refused: {line}"),
        };
        printable(&text).into_owned()
    }
}

/// The claims of a token that matter here. It is not ours to verify: the service does.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Contents {
    aud: Option<String>,
    tid: Option<String>,
    upn: Option<String>,
    exp: Option<i64>,
    scp: Option<String>,
    roles: Vec<String>,
}

impl Contents {
    /// Reads them; a token need not be readable for us.
    fn of(token: &str) -> Contents {
        let payload = token.split('.').nth(1).unwrap_or_default();
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    fn is_of_app_without_role(&self) -> bool {
        let is_readable = self.aud.is_some();
        let of_app = is_readable && self.scp.is_none() && self.upn.is_none();
        of_app && !self.roles.iter().any(|role| role == "Exchange.ManageAsApp")
    }
}

/// Without what could drive a terminal.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) {
        text.chars().filter(|character| !character.is_control()).collect::<String>().into()
    } else {
        text.into()
    }
}

fn sign_in_error(text: &str) -> CollectError {
    CollectError::new(ErrorKind::SignIn, format!("signing in failed: {text}"))
}
