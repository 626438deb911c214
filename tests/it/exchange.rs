//! A server on this machine that plays Exchange Online and the authority that signs in, with a memory: cursors hold only
//! for who got them. What it plays follows public captures; on demand it makes trouble.

use std::collections::HashMap;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::stream;
use non_audited_mailbox::domain::section::Section;
use serde_json::{Value, json};
use tokio::sync::oneshot;

pub(crate) const TENANT: &str = "contoso.example";
pub(crate) const TENANT_ID: &str = "11111111-2222-4333-8444-555555555555";
pub(crate) const CLIENT_ID: &str = "99999999-2222-4333-8444-555555555555";
pub(crate) const SECRET: &str = "s3cret~of-the-app/+=&";
pub(crate) const RESOURCE: &str = "https://outlook.office365.com";

/// SHA-256 of tests/data/sign-in/app.crt.
const THUMBPRINT: &str = "u_kfDomL2C_knD3BvwdkjZEOCMbNID0j5m4Par7ePf0";

/// Trouble with a page, or with signing in.
pub(crate) struct Trouble {
    on: On,
    /// How often still.
    left: usize,
    answer: Answer,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    SignIn,
    /// Of a section, the page with that number.
    Page(Section, usize),
    /// Of a section, all pages.
    All(Section),
}

pub(crate) enum Answer {
    /// A whole answer in the place of the right one.
    Whole(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// The right page, changed.
    Changed(Box<dyn Fn(&mut Value) + Send>),
    /// To the same page at another place; `{}` stands for the path.
    Redirect(String),
    /// A good status and a body that never ends; announced as that long, if at all.
    Endless(Option<u64>),
    /// A good status and a few bytes, each after a while.
    Slow(Duration),
    /// A body that breaks off.
    Broken,
    /// The right page, packed with this many zeros before it.
    Bomb(usize),
    /// Nothing for a long time.
    Silence,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// What the server knows.
pub(crate) struct Tenant {
    pub(crate) rows: HashMap<&'static str, Arc<Vec<String>>>,
    pub(crate) page_size: usize,
    pub(crate) gzip: bool,
    /// How long each answer takes.
    pub(crate) delay: Duration,
    pub(crate) lifetime: i64,
    pub(crate) roles: Vec<&'static str>,
    pub(crate) audience: &'static str,
    /// How often a person has not entered the code yet.
    pub(crate) pending: usize,
    troubles: Vec<Trouble>,
    seen: Vec<Seen>,
    tokens: Vec<String>,
    cursors: HashMap<String, Cursor>,
}

#[derive(Clone, PartialEq, Eq)]
struct Cursor {
    section: &'static str,
    offset: usize,
    client: Client,
}

/// By what a cursor's owner is known.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Client {
    anchor: String,
    connection: String,
    cookie: String,
    host: String,
    body: String,
}

pub(crate) struct Exchange {
    pub(crate) address: SocketAddr,
    tenant: Arc<Mutex<Tenant>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Exchange {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Exchange {
    /// The invented tenant of the saved exports.
    pub(crate) fn start() -> Exchange {
        let read = |name: &str| {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
            match serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap() {
                Value::Array(rows) => rows,
                row => vec![row],
            }
        };
        Exchange::of(read("organization.json"), read("bypass.json"), read("mailboxes.json"))
    }

    pub(crate) fn of(organization: Vec<Value>, bypass: Vec<Value>, mailboxes: Vec<Value>) -> Exchange {
        let texts =
            |rows: Vec<Value>| Arc::new(rows.into_iter().map(|row| row.to_string()).collect::<Vec<_>>());
        let rows = HashMap::from([
            ("Get-OrganizationConfig", texts(organization)),
            ("Get-MailboxAuditBypassAssociation", texts(bypass)),
            ("Mailbox", texts(mailboxes)),
        ]);
        Exchange::serve(Tenant {
            rows,
            page_size: 1000,
            gzip: true,
            delay: Duration::ZERO,
            lifetime: 3600,
            roles: vec!["Exchange.ManageAsApp"],
            audience: RESOURCE,
            pending: 2,
            troubles: Vec::new(),
            seen: Vec::new(),
            tokens: Vec::new(),
            cursors: HashMap::new(),
        })
    }

    fn serve(tenant: Tenant) -> Exchange {
        let tenant = Arc::new(Mutex::new(tenant));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // The same server under the name of a region; systems without such an address have no test of it.
        let region = TcpListener::bind(("127.0.0.2", address.port())).ok();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = Router::new().fallback(answer).with_state(tenant.clone());
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                for listener in region.into_iter().chain([listener]) {
                    listener.set_nonblocking(true).unwrap();
                    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                    let router = router.clone();
                    tokio::spawn(async move { axum::serve(listener, router).await });
                }
                let _ = stopped.await;
            });
        });
        Exchange { address, tenant, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Tenant)) -> &Exchange {
        change(&mut self.tenant.lock().unwrap());
        self
    }

    /// Makes trouble that often.
    pub(crate) fn trouble(&self, on: On, times: usize, answer: Answer) -> &Exchange {
        self.change(|tenant| tenant.troubles.push(Trouble { on, left: times, answer }))
    }

    /// Makes trouble for ever.
    pub(crate) fn always(&self, on: On, answer: Answer) -> &Exchange {
        self.trouble(on, usize::MAX, answer)
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.tenant.lock().unwrap().seen.clone()
    }

    /// The requests for pages of a section.
    pub(crate) fn pages(&self, section: Section) -> Vec<Seen> {
        let cmdlet = cmdlet(section);
        let of_section = |seen: &Seen| match cmdlet {
            "Mailbox" => seen.path.contains("/Mailbox?"),
            _ => seen.body.contains(cmdlet),
        };
        self.seen()
            .into_iter()
            .filter(|seen| seen.path.starts_with("/adminapi/") && of_section(seen))
            .collect()
    }

    /// How often somebody signed in.
    pub(crate) fn sign_ins(&self) -> usize {
        self.tenant.lock().unwrap().tokens.len()
    }

    /// A token that the server takes, as somebody else got it.
    pub(crate) fn issue(&self) -> String {
        issue(&mut self.tenant.lock().unwrap())
    }
}

fn cmdlet(section: Section) -> &'static str {
    match section {
        Section::Organization => "Get-OrganizationConfig",
        Section::BypassAssociations => "Get-MailboxAuditBypassAssociation",
        Section::Mailboxes => "Mailbox",
    }
}

/// An error as the service writes it.
pub(crate) fn error(status: u16, message: &str) -> Answer {
    let detail = format!("|Microsoft.Exchange.AdminApi.SomeException|{message}");
    let body = json!({ "error": {
        "code": "BadRequest", "message": "Invalid Operation",
        "details": [{ "code": "Client", "target": "", "message": detail }],
        "innererror": { "message": "Invalid Operation", "internalexception": { "message": message } },
    } });
    Answer::Whole(status, Vec::new(), body.to_string().into_bytes())
}

/// That status, with a body.
pub(crate) fn plain(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Answer::Whole(status, Vec::new(), body.into())
}

pub(crate) fn changed(change: impl Fn(&mut Value) + Send + 'static) -> Answer {
    Answer::Changed(Box::new(change))
}

fn token_of(claims: &Value, number: usize) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.signature{number}", part(&json!({ "alg": "RS256", "typ": "JWT" })), part(claims))
}

fn issue(tenant: &mut Tenant) -> String {
    let now = jiff::Timestamp::now().as_second();
    let claims = json!({
        "aud": tenant.audience, "tid": TENANT_ID, "exp": now + tenant.lifetime, "roles": tenant.roles,
    });
    let token = token_of(&claims, tenant.tokens.len());
    tenant.tokens.push(token.clone());
    token
}

async fn answer(
    State(tenant): State<Arc<Mutex<Tenant>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let seen = Seen {
        method,
        host: headers[header::HOST].to_str().unwrap().to_owned(),
        path: uri.path_and_query().unwrap().to_string(),
        headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let (answer, silence, delay) = {
        let mut tenant = tenant.lock().unwrap();
        tenant.seen.push(seen.clone());
        let delay = tenant.delay;
        let (answer, silence) = match uri.path() {
            path if path.starts_with("/adminapi/beta/") => tenant.page(&seen),
            path if path.ends_with("/oauth2/v2.0/token") => (tenant.sign_in(&seen), false),
            path if path.ends_with("/oauth2/v2.0/devicecode") => (tenant.device_code(&seen), false),
            "/metadata/identity/oauth2/token" => (tenant.identity(&seen, "metadata", "true"), false),
            "/msi/token" => (tenant.identity(&seen, "x-identity-header", SECRET), false),
            _ => (whole(404, &json!({ "error": { "message": "no such page" } })), false),
        };
        (answer, silence, delay)
    };
    tokio::time::sleep(if silence { Duration::from_secs(60) } else { delay }).await;
    answer
}

fn whole(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    Response::builder().status(status).body(Body::from(body.to_string())).unwrap()
}

impl Tenant {
    fn trouble(&mut self, on: impl Fn(On) -> bool) -> Option<&mut Trouble> {
        let trouble = self.troubles.iter_mut().find(|trouble| trouble.left > 0 && on(trouble.on))?;
        trouble.left = trouble.left.saturating_sub(1);
        Some(trouble)
    }

    fn sign_in(&mut self, seen: &Seen) -> Response {
        if let Some(Trouble { answer: Answer::Whole(status, headers, body), .. }) =
            self.trouble(|on| on == On::SignIn)
        {
            return built(*status, headers, Body::from(body.clone()));
        }
        let form: HashMap<String, String> = form_of(&seen.body);
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        let denied = |error: &str, text: &str| {
            whole(
                400,
                &json!({ "error": error, "error_description": format!("{text}\r\nTrace ID: 1\r\nTimestamp: 2") }),
            )
        };
        let token = |tenant: &mut Tenant, refresh: Option<&str>| {
            let token = issue(tenant);
            whole(
                200,
                &json!({
                    "token_type": "Bearer", "expires_in": tenant.lifetime, "access_token": token, "refresh_token": refresh,
                }),
            )
        };
        if field("client_id") != CLIENT_ID {
            return denied(
                "unauthorized_client",
                "AADSTS700016: Application was not found in the directory.",
            );
        }
        match field("grant_type") {
            "client_credentials" if field("scope") != format!("{RESOURCE}/.default") => {
                denied("invalid_scope", "AADSTS70011: The provided value for scope is not valid.")
            }
            "client_credentials" if field("client_secret") == SECRET => token(self, None),
            "client_credentials" if form.contains_key("client_secret") => denied(
                "invalid_client",
                &format!("AADSTS7000215: Invalid client secret provided: {}", field("client_secret")),
            ),
            "client_credentials" => match assertion_fault(field("client_assertion"), &form, &seen.host) {
                None => token(self, None),
                Some(fault) => denied("invalid_client", &format!("AADSTS700027: {fault}")),
            },
            "refresh_token" if field("refresh_token") == "refresh-1" => token(self, Some("refresh-1")),
            grant if grant.ends_with(":device_code") && field("device_code") == "device-1" => {
                if self.pending > 0 {
                    self.pending -= 1;
                    return denied("authorization_pending", "AADSTS70016: OAuth 2.0 device flow error.");
                }
                token(self, Some("refresh-1"))
            }
            _ => {
                denied("unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.")
            }
        }
    }

    fn device_code(&mut self, _: &Seen) -> Response {
        whole(
            200,
            &json!({
                "device_code": "device-1", "user_code": "ABCD-EFGH", "verification_uri": "https://login.example/device",
                "interval": 0, "expires_in": 900, "message": "\u{1b}[2J",
            }),
        )
    }

    fn identity(&mut self, seen: &Seen, header: &str, value: &str) -> Response {
        let asked = seen.path.contains("resource=https%3A%2F%2Foutlook.office365.com");
        if seen.header(header) != value || !asked {
            return whole(
                400,
                &json!({ "error": "invalid_request", "error_description": "no such identity" }),
            );
        }
        let (token, ends) = (issue(self), jiff::Timestamp::now().as_second() + self.lifetime);
        whole(200, &json!({ "access_token": token, "expires_on": ends.to_string() }))
    }

    /// A page, or why not; true for none at all.
    fn page(&mut self, seen: &Seen) -> (Response, bool) {
        let token = seen.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        if !self.tokens.iter().any(|known| known == token) {
            let claims = base64::engine::general_purpose::STANDARD
                .encode(r#"{"access_token":{"nbf":{"essential":true}}}"#);
            let challenge = format!("Bearer realm=\"\", error=\"insufficient_claims\", claims=\"{claims}\"");
            return (built(401, &[("www-authenticate", challenge)], Body::empty()), false);
        }
        let section = match seen.method {
            Method::GET if seen.path.contains("/Mailbox?") => "Mailbox",
            Method::POST => {
                let body: Value = serde_json::from_str(&seen.body).unwrap();
                let input = &body["CmdletInput"];
                assert!(input["Parameters"].is_object(), "null is refused by the service");
                match input["CmdletName"].as_str().unwrap() {
                    "Get-OrganizationConfig" => "Get-OrganizationConfig",
                    "Get-MailboxAuditBypassAssociation" => "Get-MailboxAuditBypassAssociation",
                    other => panic!("{other} was asked for"),
                }
            }
            _ => return (whole(405, &json!({})), false),
        };
        let cookie = seen.header("cookie").to_owned();
        let client = Client {
            anchor: seen.header("x-anchormailbox").to_owned(),
            connection: seen.header("connection-id").to_owned(),
            cookie: if cookie.is_empty() { format!("Affinity={}", uuid::Uuid::new_v4()) } else { cookie },
            host: seen.host.clone(),
            body: seen.body.clone(),
        };
        let offset = match seen.path.split_once("skiptoken=") {
            None => 0,
            Some((_, cursor)) => match self.cursors.get(cursor.split('&').next().unwrap()) {
                Some(known) if known.client == client && known.section == section => known.offset,
                _ => {
                    let text = "Expired or Invalid pagination request. Default Expiry time is 00:30:00";
                    return (whole(400, &json!({ "error": { "message": text } })), false);
                }
            },
        };
        self.page_at(seen, section, offset, client)
    }

    fn page_at(
        &mut self,
        seen: &Seen,
        section: &'static str,
        offset: usize,
        client: Client,
    ) -> (Response, bool) {
        let rows = self.rows[section].clone();
        let end = (offset + self.page_size).min(rows.len());
        let mut page = Page { rows: &rows[offset..end], next: None };
        let cookie = client.cookie.clone();
        if end < rows.len() {
            let cursor = format!("{section}-{end}-{}", self.cursors.len());
            let (path, _) = seen.path.split_once('?').unwrap_or((&seen.path, ""));
            let query = if section == "Mailbox" { "PropertySet=Minimum,Audit&" } else { "" };
            page.next = Some(format!("http://{}{path}?{query}%24skiptoken={cursor}", seen.host));
            self.cursors.insert(cursor, Cursor { section, offset: end, client });
        }
        let (number, gzip) = (offset / self.page_size + 1, self.gzip);
        let hit = |on| match on {
            On::SignIn => false,
            On::Page(of, at) => cmdlet(of) == section && at == number,
            On::All(of) => cmdlet(of) == section,
        };
        let headers = [("set-cookie", format!("{cookie}; path=/"))];
        let packs = gzip && seen.header("accept-encoding").contains("gzip");
        let send = |text: String, zeros: usize| {
            if !packs {
                return built(200, &headers, Body::from(text));
            }
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(&vec![b' '; zeros]).unwrap();
            packed.write_all(text.as_bytes()).unwrap();
            let [cookie] = headers.clone();
            built(
                200,
                &[cookie, ("content-encoding", "gzip".to_owned())],
                Body::from(packed.finish().unwrap()),
            )
        };
        let Some(trouble) = self.trouble(hit) else { return (send(page.text(), 0), false) };
        let answer = match &trouble.answer {
            Answer::Whole(status, headers, body) => built(*status, headers, Body::from(body.clone())),
            Answer::Changed(change) => {
                let mut value: Value = serde_json::from_str(&page.text()).unwrap();
                change(&mut value);
                send(value.to_string(), 0)
            }
            Answer::Redirect(to) => built(302, &[("location", to.replace("{}", &seen.path))], Body::empty()),
            Answer::Endless(announced) => {
                let pieces =
                    stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 1 << 20])));
                let length = announced.map(|length| ("content-length", length.to_string()));
                built(200, &Vec::from_iter(length), Body::from_stream(pieces))
            }
            Answer::Slow(wait) => {
                let wait = *wait;
                let pieces = stream::unfold((), move |()| async move {
                    tokio::time::sleep(wait).await;
                    Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
                });
                built(200, &[], Body::from_stream(pieces))
            }
            Answer::Broken => {
                let text = page.text();
                let half = Bytes::from(text[..text.len() / 2].to_owned());
                let pieces = vec![Ok(half), Err(std::io::Error::other("the line broke"))];
                built(200, &[], Body::from_stream(stream::iter(pieces)))
            }
            Answer::Bomb(zeros) => send(page.text(), *zeros),
            Answer::Silence => return (built(200, &[], Body::empty()), true),
        };
        (answer, false)
    }
}

struct Page<'r> {
    rows: &'r [String],
    next: Option<String>,
}

impl Page<'_> {
    /// As the service writes it: with side-cars, and with warnings that are there and empty.
    fn text(&self) -> String {
        let next = self
            .next
            .as_ref()
            .map(|next| format!(",\"@odata.nextLink\":{}", json!(next)))
            .unwrap_or_default();
        format!(
            "{{\"@odata.context\":\"https://outlook.office365.com/adminapi/beta/$metadata#X\",\
             \"adminapi.warnings@odata.type\":\"#Collection(String)\",\"@adminapi.warnings\":[],\
             \"value\":[{}]{next}}}",
            self.rows.join(",")
        )
    }
}

fn built(status: u16, headers: &[(&'static str, String)], body: Body) -> Response {
    let builder = Response::builder().status(StatusCode::from_u16(status).unwrap());
    let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, value));
    builder.body(body).unwrap()
}

fn form_of(body: &str) -> HashMap<String, String> {
    let url = reqwest::Url::parse(&format!("http://form/?{body}")).unwrap();
    url.query_pairs().into_owned().collect()
}

/// Why a client assertion is not taken (Microsoft, certificate credentials).
fn assertion_fault(assertion: &str, form: &HashMap<String, String>, host: &str) -> Option<&'static str> {
    if form["client_assertion_type"] != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
        return Some("the type is wrong");
    }
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let (head, claims) = signed.split_once('.').unwrap();
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (head, claims) = (json(head), json(claims));
    let key = include_bytes!("../data/sign-in/app-public.der");
    let key = ring::signature::UnparsedPublicKey::new(&ring::signature::RSA_PSS_2048_8192_SHA256, key);
    let time = |name: &str| claims[name].as_i64().unwrap();
    let (now, span) = (jiff::Timestamp::now().as_second(), time("exp") - time("nbf"));
    let is_fresh = time("nbf") <= now && time("exp") > now && (60..=600).contains(&span);
    let is_signed = key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).is_ok();
    let checks = [
        (is_signed, "the signature is wrong"),
        (head == json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": THUMBPRINT }), "the head is wrong"),
        (claims["iss"] == CLIENT_ID && claims["sub"] == CLIENT_ID, "the app is wrong"),
        (claims["aud"] == format!("http://{host}/{TENANT}/oauth2/v2.0/token"), "the audience is wrong"),
        (uuid::Uuid::try_parse(claims["jti"].as_str().unwrap()).is_ok(), "it has no id"),
        (is_fresh, "its time is wrong"),
    ];
    checks.into_iter().find(|(is_right, _)| !is_right).map(|(_, fault)| fault)
}
