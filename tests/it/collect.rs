//! The native collector against a server that plays Exchange Online, in good and in bad.

use std::fs;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use non_audited_mailbox::app::Assembled;
use non_audited_mailbox::app::collect::{
    self, Cloud, CollectError, CollectProgress, Credential, Endpoint, ErrorKind, Limits, SecretSource,
    SignIn, Stop, Stopped, Tenant, TenantRequest,
};
use non_audited_mailbox::domain::section::Section;
use serde_json::{Value, json};

use crate::cli::data;
use crate::exchange::{Answer, CLIENT_ID, Exchange, On, SECRET, TENANT, TENANT_ID, changed, error, plain};

use Section::{BypassAssociations, Mailboxes, Organization};

/// Limits that let trouble pass quickly.
fn quick() -> Limits {
    Limits {
        connect: Duration::from_secs(5),
        page: Duration::from_secs(5),
        idle: Duration::from_millis(400),
        total: Duration::from_secs(20),
        tries: 3,
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(50),
        page_bytes: 1 << 20,
        pages: 40,
    }
}

struct Nobody;

impl CollectProgress for Nobody {
    fn rows(&self, _: &str, _: Section, _: i64) {}
}

fn nobody() -> Arc<dyn CollectProgress> {
    Arc::new(Nobody)
}

/// By client secret.
fn by_secret() -> SignIn {
    SignIn {
        client_id: Some(CLIENT_ID.to_owned()),
        client_secret: Some(SecretSource::Given(SECRET.into())),
        ..SignIn::default()
    }
}

fn request(exchange: &Exchange, sign_in: &SignIn, limits: Limits) -> TenantRequest {
    let credential = sign_in.credential(&data().join("sign-in"), |_| {}).unwrap();
    with(exchange, credential, limits)
}

fn with(exchange: &Exchange, credential: Credential, limits: Limits) -> TenantRequest {
    let endpoint = Endpoint::loopback(Cloud::Global, &exchange.base()).unwrap();
    TenantRequest { tenant: Tenant::new(TENANT).unwrap(), endpoint, credential, limits }
}

fn run(request: TenantRequest, stop: &Stop) -> Result<Result<Assembled, CollectError>, Stopped> {
    let mut read = None;
    collect::collect(vec![request], 1, &nobody(), stop, |_, result| {
        read = Some(result);
        Ok(())
    })?;
    Ok(read.unwrap())
}

fn read_with(exchange: &Exchange, sign_in: &SignIn, limits: Limits) -> Result<Assembled, CollectError> {
    run(request(exchange, sign_in, limits), &Stop::default()).unwrap()
}

fn read(exchange: &Exchange) -> Result<Assembled, CollectError> {
    read_with(exchange, &by_secret(), quick())
}

/// The saved input without its head, which tells the time.
fn lines(assembled: &Assembled) -> String {
    fs::read_to_string(assembled.path()).unwrap().split_once('\n').unwrap().1.to_owned()
}

/// What an untroubled server gives.
fn untroubled() -> String {
    lines(&read(&Exchange::start()).unwrap())
}

/// All was read, as if there had been no trouble, with each record once.
#[track_caller]
fn assert_all(exchange: &Exchange) {
    let assembled = read(exchange).unwrap();
    assert_eq!(assembled.problems(), Vec::<String>::new());
    assert_eq!(lines(&assembled), untroubled());
}

/// The section is incomplete, for that reason; what else there is was read.
#[track_caller]
fn assert_incomplete(exchange: &Exchange, section: Section, parts: &[&str]) {
    let assembled = read(exchange).unwrap();
    let problems = assembled.problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with(section.describe()), "{problems:?}");
    for part in parts {
        assert!(problems[0].contains(part), "{part:?} is not in {problems:?}");
    }
    assert!(!assembled.is_complete());
}

/// Nothing was read, for that reason.
#[track_caller]
fn assert_fails(exchange: &Exchange, kind: ErrorKind, parts: &[&str]) {
    let error = read(exchange).unwrap_err();
    assert_eq!(error.kind, kind, "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
    }
}

const FIRST: On = On::Page(Mailboxes, 1);
const SECOND: On = On::Page(Mailboxes, 2);

// ---- What is asked, and what comes of it

#[test]
fn the_three_reads_give_what_saved_exports_hold() {
    let exchange = Exchange::start();
    let assembled = read(&exchange).unwrap();
    let saved = fs::read_to_string(assembled.path()).unwrap();
    let records: Vec<Value> = saved.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records[0]["Tenant"], TENANT);
    let count = |kind: &str| records.iter().filter(|record| record["RecordType"] == kind).count();
    assert_eq!(count("Mailbox"), 60);
    assert_eq!(count("Organization"), 1);
    assert_eq!(count("BypassAssociation") as u64, assembled.records(BypassAssociations));
    assert!(assembled.is_complete());
}

#[test]
fn only_three_reads_are_asked_for_with_what_routes_them() {
    let exchange = Exchange::start();
    read(&exchange).unwrap();
    let pages: Vec<_> = Section::ALL.into_iter().flat_map(|section| exchange.pages(section)).collect();
    assert_eq!(pages.len(), 3, "{pages:?}");
    assert_eq!(exchange.seen().len(), 4, "and one to sign in");
    for page in &pages {
        assert!(page.path.starts_with(&format!("/adminapi/beta/{TENANT_ID}/")), "{}", page.path);
        let anchor = format!("APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{TENANT_ID}");
        assert_eq!(page.header("x-anchormailbox"), anchor);
        assert_eq!(page.header("prefer"), "odata.maxpagesize=1000");
        assert_eq!(page.header("x-responseformat"), "json");
        assert_eq!(page.header("connection-id"), pages[0].header("connection-id"));
        // Our own name: nobody is impersonated.
        assert!(page.header("user-agent").starts_with("non-audited-mailbox/"));
    }
    let bypass = &exchange.pages(BypassAssociations)[0];
    let body: Value = serde_json::from_str(&bypass.body).unwrap();
    let input = json!({ "CmdletName": "Get-MailboxAuditBypassAssociation", "Parameters": { "ResultSize": "Unlimited" } });
    assert_eq!(body, json!({ "CmdletInput": input }));
    assert_eq!(exchange.pages(Mailboxes)[0].path.split_once('?').unwrap().1, "PropertySet=Minimum,Audit");
}

#[test]
fn pages_are_followed_with_the_same_anchor_connection_cookies_and_host() {
    // The server refuses a cursor of anybody else.
    let exchange = Exchange::start();
    exchange.change(|tenant| tenant.page_size = 7);
    assert_all(&exchange);
    assert_eq!(exchange.pages(Mailboxes).len(), 9);
    assert!(exchange.pages(BypassAssociations).len() > 5);
    assert_eq!(exchange.sign_ins(), 1, "the token is kept");
}

#[test]
fn plain_bodies_and_packed_ones_give_the_same() {
    let exchange = Exchange::start();
    exchange.change(|tenant| tenant.gzip = false);
    assert_all(&exchange);
}

#[test]
fn side_cars_and_null_stay_what_they_are() {
    let exchange = Exchange::start();
    exchange.trouble(
        FIRST,
        1,
        changed(|page| {
            let rows = page["value"].as_array_mut().unwrap();
            rows[0]["AuditOwner@odata.type"] = json!("#Collection(String)");
            rows[0]["Guid@data.type"] = json!("System.Guid");
            rows[1]["AuditEnabled"] = Value::Null;
            rows[2].as_object_mut().unwrap().remove("AuditOwner");
        }),
    );
    let lines = lines(&read(&exchange).unwrap());
    let mailboxes: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|record| record["RecordType"] == "Mailbox")
        .collect();
    assert!(mailboxes[0].get("AuditOwner").is_some());
    assert!(!lines.contains('@') || !lines.contains("odata.type"));
    // Unknown is never clean: they are absent, not false and not empty.
    assert_eq!(mailboxes[1].get("AuditEnabled"), None);
    assert_eq!(mailboxes[2].get("AuditOwner"), None);
}

#[test]
fn progress_tells_the_rows_and_takes_back_those_of_a_read_that_begins_anew() {
    struct Count([AtomicI64; 3]);
    impl CollectProgress for Count {
        fn rows(&self, tenant: &str, section: Section, rows: i64) {
            assert_eq!(tenant, TENANT);
            self.0[section as usize].fetch_add(rows, Ordering::Relaxed);
        }
    }
    let exchange = Exchange::start();
    exchange.change(|tenant| tenant.page_size = 20);
    exchange.trouble(On::Page(Mailboxes, 3), 1, error(400, "Expired or Invalid pagination request."));
    let count = Arc::new(Count([0.into(), 0.into(), 0.into()]));
    let progress: Arc<dyn CollectProgress> = count.clone();
    let requests = vec![request(&exchange, &by_secret(), quick())];
    let mut associations = 0;
    collect::collect(requests, 1, &progress, &Stop::default(), |_, read| {
        associations = read.unwrap().records(BypassAssociations);
        Ok(())
    })
    .unwrap();
    let told = count.0.each_ref().map(|count| count.load(Ordering::Relaxed));
    assert_eq!(told, [1, associations as i64, 60]);
}

// ---- Paging fails closed

#[test]
fn a_lost_cursor_begins_the_read_anew_and_keeps_no_page_twice() {
    let exchange = Exchange::start();
    exchange.change(|tenant| tenant.page_size = 20);
    let text = "Expired or Invalid pagination request. Default Expiry time is 00:30:00";
    exchange.trouble(On::Page(Mailboxes, 3), 1, error(400, text));
    assert_all(&exchange);
    assert_eq!(exchange.pages(Mailboxes).len(), 6, "three pages, twice");
}

#[test]
fn a_cursor_that_is_lost_again_makes_the_read_incomplete() {
    let exchange = Exchange::start();
    exchange.change(|tenant| tenant.page_size = 20);
    exchange.always(On::Page(Mailboxes, 3), error(400, "Expired or Invalid pagination request."));
    assert_incomplete(&exchange, Mailboxes, &["page 3", "pagination request"]);
    assert_eq!(read(&exchange).unwrap().records(Mailboxes), 40, "no page twice");
}

#[test]
fn a_page_that_fails_for_good_makes_the_read_begin_anew_once_and_then_incomplete() {
    let exchange = Exchange::start();
    exchange.change(|tenant| tenant.page_size = 20);
    exchange.always(SECOND, plain(503, "busy"));
    assert_incomplete(&exchange, Mailboxes, &["page 2", "503", "busy"]);
    let pages = exchange.pages(Mailboxes);
    assert_eq!(pages.len(), 8, "the first page and three tries of the second, twice");
}

#[test]
fn the_warning_that_there_is_more_makes_the_read_incomplete() {
    let more = "There are more results available than are currently displayed. To view them, increase the value for \
                the ResultSize parameter.";
    for section in [BypassAssociations, Mailboxes] {
        let exchange = Exchange::start();
        exchange
            .always(On::Page(section, 1), changed(move |page| page["@adminapi.warnings"] = json!([more])));
        assert_incomplete(&exchange, section, &["there are more results"]);
    }
    // Other warnings do not.
    let exchange = Exchange::start();
    let corrupted = "The object u0 has been corrupted, and it's in an inconsistent state.";
    exchange.always(FIRST, changed(move |page| page["@adminapi.warnings"] = json!([corrupted])));
    assert_all(&exchange);
}

#[test]
fn errors_that_come_with_a_good_status_are_errors() {
    let exchange = Exchange::start();
    exchange.always(
        On::All(BypassAssociations),
        changed(|page| page["@adminapi.errors"] = json!(["The operation could not be performed."])),
    );
    assert_incomplete(&exchange, BypassAssociations, &["reported errors", "could not be performed"]);
    assert_eq!(exchange.pages(BypassAssociations).len(), 1);
    // Those that pass are tried again.
    let exchange = Exchange::start();
    exchange.trouble(
        On::All(BypassAssociations),
        2,
        changed(|page| {
            page["@adminapi.errors"] = json!(["|Microsoft.Exchange.Data.ServerBusyException|busy"])
        }),
    );
    assert_all(&exchange);
}

#[test]
fn endless_pages_end() {
    // The same link again and again.
    let exchange = Exchange::start();
    exchange.change(|tenant| tenant.page_size = 20);
    exchange.always(SECOND, changed(|page| page["@odata.nextLink"] = json!("/adminapi/beta/x/Mailbox?a")));
    exchange.always(FIRST, changed(|page| page["@odata.nextLink"] = json!("/adminapi/beta/x/Mailbox?a")));
    assert_incomplete(&exchange, Mailboxes, &["without an end"]);

    // Another one each time.
    let exchange = Exchange::start();
    let count = Mutex::new(0);
    exchange.always(
        FIRST,
        changed(move |page| {
            let mut count = count.lock().unwrap();
            *count += 1;
            page["@odata.nextLink"] = json!(format!("/adminapi/beta/x/Mailbox?{count}"));
        }),
    );
    assert_incomplete(&exchange, Mailboxes, &["more than 40 pages"]);
}

#[test]
fn a_next_link_to_elsewhere_is_not_followed_and_the_token_stays_here() {
    let elsewhere = Exchange::start();
    let links = [
        format!("{}/adminapi/beta/x/Mailbox?a", elsewhere.base()),
        "https://outlook.office365.com.evil.example/adminapi/beta/x/Mailbox?a".to_owned(),
        "https://user:password@127.0.0.1/adminapi/beta/x/Mailbox?a".to_owned(),
        "file:///adminapi/x".to_owned(),
    ];
    for link in links {
        let exchange = Exchange::start();
        let next = link.clone();
        exchange.always(FIRST, changed(move |page| page["@odata.nextLink"] = json!(next)));
        assert_incomplete(&exchange, Mailboxes, &["not one of its own hosts"]);
        assert_eq!(exchange.pages(Mailboxes).len(), 1, "{link}");
    }
    let exchange = Exchange::start();
    exchange.always(FIRST, changed(|page| page["@odata.nextLink"] = json!("/other?a")));
    assert_incomplete(&exchange, Mailboxes, &["none of this service"]);
    assert_eq!(elsewhere.seen().len(), 0);
}

#[test]
fn the_service_must_give_one_organisation_with_its_switch() {
    type Change = Box<dyn Fn(&mut Value) + Send>;
    let cases: [(Change, &str); 5] = [
        (Box::new(|page| page["value"] = json!([])), "no organisation"),
        (Box::new(|page| page["value"] = json!([{ "Name": "x" }])), "no AuditDisabled"),
        (Box::new(|page| page["value"] = json!([{ "AuditDisabled": null }])), "no AuditDisabled"),
        (
            Box::new(|page| page["value"] = json!([{ "AuditDisabled": false }, { "AuditDisabled": true }])),
            "more than one",
        ),
        (Box::new(|page| page["value"] = json!(["<Objs/>"])), "no object"),
    ];
    for (change, part) in cases {
        let exchange = Exchange::start();
        exchange.always(On::All(Organization), Answer::Changed(change));
        assert_incomplete(&exchange, Organization, &[part]);
    }
}

// ---- What passes is waited for

#[test]
fn too_many_requests_are_waited_for_as_long_as_the_service_says() {
    let exchange = Exchange::start();
    let busy = |after: Option<&str>| {
        let header = after.map(|after| ("retry-after", after.to_owned()));
        Answer::Whole(429, Vec::from_iter(header), Vec::new())
    };
    exchange.trouble(FIRST, 1, busy(Some("1"))).trouble(FIRST, 1, busy(None));
    let limits = Limits { longest_wait: Duration::from_secs(2), ..quick() };
    let begun = Instant::now();
    let assembled = read_with(&exchange, &by_secret(), limits).unwrap();
    assert!(assembled.is_complete());
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(exchange.pages(Mailboxes).len(), 3);
}

#[test]
fn a_wait_of_a_year_is_cut_short_and_one_beyond_the_whole_is_not_begun() {
    let year = || Answer::Whole(429, vec![("retry-after", "31536000".to_owned())], Vec::new());
    let exchange = Exchange::start();
    exchange.trouble(FIRST, 2, year());
    assert_all(&exchange);

    let exchange = Exchange::start();
    exchange.always(FIRST, year());
    let limits = Limits { longest_wait: Duration::from_secs(3600), ..quick() };
    let begun = Instant::now();
    let error = read_with(&exchange, &by_secret(), limits).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Throttled);
    assert!(error.to_string().contains("429") && error.to_string().contains("20 s"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));

    // A date is understood, and nonsense is none.
    for date in ["Wed, 21 Oct 2065 07:28:00 GMT", "-5", "soon", "99999999999999999999999"] {
        let exchange = Exchange::start();
        exchange.trouble(FIRST, 1, Answer::Whole(503, vec![("retry-after", date.to_owned())], Vec::new()));
        assert_all(&exchange);
    }
}

#[test]
fn who_keeps_saying_wait_ends_the_read() {
    let exchange = Exchange::start();
    exchange.always(FIRST, plain(429, ""));
    assert_fails(&exchange, ErrorKind::Throttled, &["the mailboxes, page 1", "429"]);
    assert_eq!(exchange.pages(Mailboxes).len(), 3);
}

#[test]
fn errors_that_pass_are_tried_again_whatever_their_status() {
    let busy =
        "You have reached the maximum number of concurrent requests per tenant. Please wait and try again";
    let passing = [
        plain(400, busy),
        plain(500, busy),
        error(400, "|Microsoft.Exchange.Data.ServerBusyException| the server is busy"),
        error(400, "CmdletProxyNotAvailableFailure"),
        error(403, "BackendCommunicationException"),
        error(404, "Microsoft.Exchange.Data.Storage.TransientException"),
        plain(502, "<html>bad gateway</html>"),
        plain(408, ""),
        plain(504, ""),
        // A good status, and no page.
        plain(200, "<!DOCTYPE html><html>sign in</html>"),
        plain(200, "Service unavailable"),
        plain(200, ""),
        plain(200, vec![0; 4096]),
        plain(200, r#"{"value":[{"Name":"cut"#),
        plain(200, r#"{"something":"else"}"#),
        Answer::Broken,
        Answer::Slow(Duration::from_secs(30)),
    ];
    for (number, answer) in passing.into_iter().enumerate() {
        // 403 is no status that passes: the text in it says so.
        let exchange = Exchange::start();
        exchange.trouble(FIRST, 1, answer);
        let read = read(&exchange);
        assert!(read.is_ok(), "case {number}: {}", read.unwrap_err());
        assert_eq!(exchange.pages(Mailboxes).len(), 2, "case {number}");
        assert!(read.unwrap().is_complete());
    }
}

#[test]
fn errors_that_stay_are_not_tried_again() {
    let exchange = Exchange::start();
    exchange
        .always(FIRST, error(400, "Parameter set cannot be resolved using the specified named parameters"));
    assert_fails(
        &exchange,
        ErrorKind::Answer,
        &["the mailboxes, page 1", "400", "Parameter set cannot be resolved"],
    );
    assert_eq!(exchange.pages(Mailboxes).len(), 1);
}

#[test]
fn the_inmost_message_of_an_error_is_told() {
    let detail =
        json!({ "Message": "The object 'rg' couldn't be found.", "TypeName": "X", "InnerError": null });
    let nested = json!({ "error": {
        "code": "NotFound", "message": "Error executing cmdlet",
        "details": [{ "code": "Client", "message": detail.to_string() }],
    } });
    let barred = json!({ "error": { "message": "useless", "details": [{ "message": "a|Some.Type|the real reason" }] } });
    let plain_message = json!({ "error": { "message": "only this" } });
    for (body, part) in [
        (nested, "The object 'rg' couldn't be found."),
        (barred, ": the real reason"),
        (plain_message, "only this"),
    ] {
        let exchange = Exchange::start();
        exchange.always(FIRST, plain(404, body.to_string()));
        assert_fails(&exchange, ErrorKind::Answer, &["404", part]);
    }
    // What could drive a terminal is left out.
    let exchange = Exchange::start();
    exchange.always(FIRST, error(400, "clear \u{1b}[2J\u{7}the\r\nscreen"));
    assert!(!read(&exchange).unwrap_err().to_string().contains(char::is_control));
}

// ---- What is not for us

#[test]
fn a_missing_role_is_explained_with_what_to_grant() {
    for body in
        [vec![0; 4096], b"<html><body>403</body></html>".to_vec(), Vec::new(), b"Access denied".to_vec()]
    {
        let exchange = Exchange::start();
        exchange.always(FIRST, plain(403, body));
        assert_fails(&exchange, ErrorKind::Permission, &["403", "Global Reader", "View-Only Recipients"]);
        assert_eq!(exchange.pages(Mailboxes).len(), 1);
    }
    // One that may read mailboxes, but not the settings: the rest stands.
    let exchange = Exchange::start();
    exchange.always(On::All(Organization), plain(403, vec![0; 4096]));
    assert_incomplete(&exchange, Organization, &["NUL bytes", "Global Reader"]);
}

#[test]
fn unreadable_answers_are_named_for_what_they_are() {
    let cases: [(&[u8], &str); 4] = [
        (b"<!DOCTYPE html><html></html>", "a web page (HTML)"),
        (&[0; 100], "NUL bytes"),
        (b"", "an empty page"),
        (br#"{"value":[{"#, "broken or cut off"),
    ];
    for (body, part) in cases {
        let exchange = Exchange::start();
        exchange.always(FIRST, plain(200, body));
        assert_fails(&exchange, ErrorKind::Answer, &[part]);
    }
}

#[test]
fn an_app_without_the_permission_is_told_before_it_asks() {
    let exchange = Exchange::start();
    exchange.change(|tenant| tenant.roles = vec!["full_access_as_app"]);
    assert_fails(&exchange, ErrorKind::Permission, &["Exchange.ManageAsApp"]);
    assert_eq!(exchange.seen().len(), 1);
}

// ---- Tokens

#[test]
fn a_refused_token_is_renewed_once_with_the_claims_that_are_wanted() {
    let exchange = Exchange::start();
    exchange.change(|tenant| tenant.page_size = 20);
    let revoked = Answer::Whole(401, vec![("www-authenticate", CHALLENGE.to_owned())], Vec::new());
    exchange.trouble(SECOND, 1, revoked);
    assert_all(&exchange);
    assert_eq!(exchange.sign_ins(), 2);
    let asked = exchange.seen().into_iter().filter(|seen| seen.path.ends_with("/token")).nth(1).unwrap();
    assert!(asked.body.contains("claims=%7B%22access_token%22"), "{}", asked.body);
}

/// `{"access_token":{"nbf":{"essential":true}}}`
const CHALLENGE: &str = "Bearer realm=\"\", error=\"insufficient_claims\", \
                         claims=\"eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ==\"";

#[test]
fn a_token_that_is_refused_again_ends_the_read() {
    let exchange = Exchange::start();
    exchange.always(FIRST, plain(401, ""));
    assert_fails(&exchange, ErrorKind::Permission, &["401", "Exchange.ManageAsApp"]);
    assert_eq!(exchange.pages(Mailboxes).len(), 2);
}

#[test]
fn a_token_that_ends_soon_is_renewed_before_it_does() {
    let exchange = Exchange::start();
    exchange.change(|tenant| (tenant.page_size, tenant.lifetime) = (30, 120));
    assert_all(&exchange);
    assert!(exchange.sign_ins() > 2, "{}", exchange.sign_ins());
}

#[test]
fn signing_in_is_tried_again_and_its_refusal_explained() {
    let exchange = Exchange::start();
    exchange.trouble(On::SignIn, 2, plain(503, ""));
    assert_all(&exchange);

    let wrong = SignIn { client_secret: Some(SecretSource::Given("a-wrong~secret".into())), ..by_secret() };
    let error = read_with(&Exchange::start(), &wrong, quick()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::SignIn);
    assert!(error.to_string().contains("AADSTS7000215"), "{error}");
    // This authority repeats the secret; it is hidden, and so is what follows the first line.
    assert!(error.to_string().contains("(hidden)"), "{error}");
    assert!(!error.to_string().contains("a-wrong~secret") && !error.to_string().contains("Trace"), "{error}");
}

#[test]
fn nothing_that_is_shown_for_debugging_has_a_secret() {
    let sign_in = SignIn {
        certificate_password: Some(SecretSource::Given("password-1".into())),
        token: Some("looks-like-a-token".parse().unwrap()),
        ..by_secret()
    };
    let exchange = Exchange::start();
    let request = request(&exchange, &by_secret(), quick());
    let shown = format!("{sign_in:?} {request:?}");
    for secret in [SECRET, "password-1", "looks-like-a-token"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    // Somebody may type the secret itself in the place of a file's name.
    let error = SignIn { client_secret: Some("typed~secret".parse().unwrap()), ..by_secret() }
        .credential(&data(), |_| {})
        .unwrap_err();
    assert!(!error.to_string().contains("typed~secret"), "{error}");
}

// ---- Ways to sign in

fn by_certificate(certificate: &str) -> SignIn {
    SignIn {
        client_id: Some(CLIENT_ID.to_owned()),
        certificate: Some(certificate.into()),
        ..SignIn::default()
    }
}

#[test]
fn a_certificate_signs_in_out_of_pem_and_pfx() {
    let password = Some(SecretSource::Given("contoso".into()));
    let ways = [
        by_certificate("app.pem"),
        SignIn { key: Some("app.key".into()), ..by_certificate("app.crt") },
        SignIn { certificate_password: password.clone(), ..by_certificate("app.pfx") },
        SignIn { certificate_password: password, ..by_certificate("app-legacy.pfx") },
    ];
    for way in ways {
        // The server checks the signature (PS256), the thumbprint, and each claim.
        let assembled = read_with(&Exchange::start(), &way, quick()).unwrap();
        assert!(assembled.is_complete());
    }
}

#[test]
fn a_certificate_that_cannot_sign_is_refused_with_what_is_wrong() {
    let wrong_password = Some(SecretSource::Given("guess".into()));
    let cases = [
        (SignIn { certificate_password: wrong_password, ..by_certificate("app.pfx") }, "password"),
        (SignIn { key: Some("app-encrypted.key".into()), ..by_certificate("app.crt") }, "encrypted"),
        (SignIn { key: Some("ec.key".into()), ..by_certificate("app.crt") }, "no RSA key"),
        (SignIn { key: Some("app.key".into()), ..by_certificate("other.crt") }, "belongs to the key"),
        (by_certificate("app.crt"), "no private key"),
        (by_certificate("app.key"), "belongs to the key"),
        (by_certificate("README.md"), "no PEM, and no PFX"),
        (by_certificate("missing.pem"), "missing.pem cannot be read"),
        (SignIn { client_id: None, ..by_certificate("app.pem") }, "id of the app is missing"),
        (SignIn { device_code: true, ..by_certificate("app.pem") }, "in one way"),
        (SignIn::default(), "in one way"),
    ];
    for (way, part) in cases {
        let error = way.credential(&data().join("sign-in"), |_| {}).unwrap_err();
        assert!(error.to_string().contains(part), "{part:?} is not in: {error}");
    }
}

#[test]
fn a_ready_token_is_looked_at_before_it_is_sent() {
    let exchange = Exchange::start();
    let by_token =
        |token: String| SignIn { token: Some(SecretSource::Given(token.into())), ..SignIn::default() };
    let read = |token: String| read_with(&exchange, &by_token(token), quick());
    assert!(read(exchange.issue()).unwrap().is_complete());

    exchange.change(|tenant| tenant.audience = "https://graph.microsoft.com");
    let error = read(exchange.issue()).unwrap_err();
    assert!(error.to_string().contains("az account get-access-token --resource"), "{error}");
    exchange
        .change(|tenant| (tenant.audience, tenant.lifetime) = ("00000002-0000-0ff1-ce00-000000000000", -5));
    let error = read(exchange.issue()).unwrap_err();
    assert!(error.to_string().contains("has ended"), "{error}");
    assert_eq!(exchange.seen().len(), 3, "neither was sent");

    // Of one that cannot be read the service is asked; it cannot be renewed.
    let error = read("opaque".to_owned()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Permission);
    assert!(!error.to_string().contains("opaque"), "{error}");
    let error = read("two\nlines".to_owned()).unwrap_err();
    assert!(!error.to_string().contains("two"), "{error}");
}

#[test]
fn a_token_of_another_tenant_is_refused() {
    let exchange = Exchange::start();
    let mut request = request(&exchange, &by_secret(), quick());
    request.tenant = Tenant::new("22222222-2222-4333-8444-555555555555").unwrap();
    let error = run(request, &Stop::default()).unwrap().unwrap_err();
    assert!(error.to_string().contains("another tenant"), "{error}");
    assert_eq!(exchange.seen().len(), 1);
}

#[test]
fn a_person_signs_in_by_a_code_and_is_asked_once() {
    let exchange = Exchange::start();
    exchange.change(|tenant| (tenant.page_size, tenant.lifetime) = (30, 120));
    let shown = Arc::new(Mutex::new(Vec::new()));
    let seen = shown.clone();
    let way = SignIn { client_id: Some(CLIENT_ID.to_owned()), device_code: true, ..SignIn::default() };
    let credential = way.credential(&data(), move |text| seen.lock().unwrap().push(text.to_owned())).unwrap();
    let assembled = run(with(&exchange, credential, quick()), &Stop::default()).unwrap().unwrap();
    assert!(assembled.is_complete());
    assert_eq!(
        *shown.lock().unwrap(),
        ["To sign in, open https://login.example/device and enter the code ABCD-EFGH"]
    );
    assert!(exchange.sign_ins() > 1, "and renewed without the person");
}

#[test]
fn the_identity_of_the_machine_signs_in() {
    use non_audited_mailbox::collect::IdentitySource;
    let exchange = Exchange::start();
    for source in [
        IdentitySource::Imds,
        IdentitySource::Endpoint { url: format!("{}/msi/token", exchange.base()), header: SECRET.into() },
    ] {
        let credential = Credential::ManagedIdentity { client_id: Some(CLIENT_ID.to_owned()), source };
        let assembled = run(with(&exchange, credential, quick()), &Stop::default()).unwrap().unwrap();
        assert!(assembled.is_complete());
    }
    let asked: Vec<_> =
        exchange.seen().into_iter().filter(|seen| seen.path.contains("api-version")).collect();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|seen| seen.path.contains(&format!("client_id={CLIENT_ID}"))), "{asked:?}");
}

// ---- Where the token may go

#[test]
fn a_redirect_within_the_service_is_followed_and_pages_stay_there() {
    let exchange = Exchange::start();
    let region = format!("http://127.0.0.2:{}", exchange.address.port());
    if std::net::TcpStream::connect(("127.0.0.2", exchange.address.port())).is_err() {
        return eprintln!("skipped: this system has no 127.0.0.2");
    }
    exchange.change(|tenant| tenant.page_size = 20);
    exchange.trouble(FIRST, 1, Answer::Redirect(format!("{region}{{}}")));
    // The region's link names the front door; its cursor holds in the region alone.
    let front = exchange.base();
    exchange.always(
        SECOND,
        changed(move |page| {
            let link =
                page["@odata.nextLink"].as_str().unwrap().split_once("/adminapi").unwrap().1.to_owned();
            page["@odata.nextLink"] = json!(format!("{front}/adminapi{link}"));
        }),
    );
    assert_all(&exchange);
    let hosts: Vec<_> = exchange.pages(Mailboxes).into_iter().map(|page| page.host).collect();
    let region = region.trim_start_matches("http://");
    assert_eq!(hosts[1..], [region, region, region]);
    // What was asked stays the same, with a body too.
    let exchange = Exchange::start();
    let region = format!("http://127.0.0.2:{}", exchange.address.port());
    exchange.trouble(On::All(BypassAssociations), 1, Answer::Redirect(format!("{region}{{}}")));
    assert_all(&exchange);
}

#[test]
fn a_redirect_to_elsewhere_is_not_followed() {
    let elsewhere = Exchange::start();
    for target in [format!("{}{{}}", elsewhere.base()), "http://contoso.example{}".to_owned()] {
        let exchange = Exchange::start();
        exchange.always(FIRST, Answer::Redirect(target));
        assert_fails(&exchange, ErrorKind::Unsafe, &["not one of its own hosts", "nothing was sent there"]);
        assert_eq!(exchange.pages(Mailboxes).len(), 1);
    }
    assert_eq!(elsewhere.seen().len(), 0);
    // Nor round and round.
    let exchange = Exchange::start();
    exchange.always(FIRST, Answer::Redirect("{}".to_owned()));
    assert_fails(&exchange, ErrorKind::Unreachable, &["without an end"]);
}

#[test]
fn each_cloud_admits_its_own_hosts_alone() {
    let url = |text: &str| reqwest::Url::parse(text).unwrap();
    let admit = |cloud: Cloud, text: &str| Endpoint::of(cloud).admit(url(text)).map(|url| url.to_string());
    let own = [
        (Cloud::Global, "outlook.office365.com"),
        (Cloud::GccHigh, "outlook.office365.us"),
        (Cloud::Dod, "outlook-dod.office365.us"),
        (Cloud::China, "outlook.office365.cn"),
    ];
    for (cloud, host) in own {
        assert!(admit(cloud, &format!("https://{host}/adminapi/x")).is_ok());
        assert!(admit(cloud, &format!("https://eur01.{host}/adminapi/x")).is_ok());
        // Microsoft's own network alone reaches 446.
        let redirected = admit(cloud, &format!("https://eur01.{host}:446/adminapi/x?a=1")).unwrap();
        assert_eq!(redirected, format!("https://eur01.{host}/adminapi/x?a=1"));
        for (other, _) in own {
            assert_eq!(admit(other, &format!("https://{host}/")).is_ok(), other == cloud, "{other:?} {host}");
        }
        for wrong in [
            format!("http://{host}/"),
            format!("https://{host}:8443/"),
            format!("https://evil{host}/"),
            format!("https://{host}.evil.example/"),
            format!("https://user@{host}/"),
            format!("https://{host}./"),
            "https://127.0.0.1/".to_owned(),
            "file:///etc/passwd".to_owned(),
        ] {
            assert!(admit(cloud, &wrong).is_err(), "{wrong}");
        }
    }
}

#[test]
fn the_service_can_be_replaced_by_this_machine_alone() {
    for base in ["http://127.0.0.1:8080", "http://127.9.9.9", "https://[::1]:443"] {
        assert!(Endpoint::loopback(Cloud::Global, base).is_ok(), "{base}");
    }
    for base in [
        "http://localhost:1",
        "http://10.0.0.1",
        "https://contoso.example",
        "127.0.0.1",
        "",
        "http://127.0.0.1.evil.example",
    ] {
        assert!(Endpoint::loopback(Cloud::Global, base).is_err(), "{base}");
    }
}

#[test]
fn a_tenant_is_a_domain_or_an_id_and_no_path() {
    for tenant in [TENANT, "contoso.onmicrosoft.com", TENANT_ID] {
        assert!(Tenant::new(tenant).is_ok(), "{tenant}");
    }
    for tenant in
        ["", "contoso", "a/../b.example", "contoso.example?x", "a..b", "contoso.example#", "\u{1b}.example"]
    {
        assert!(Tenant::new(tenant).is_err(), "{tenant}");
    }
}

// ---- Too much, too slow

#[test]
fn bodies_without_an_end_are_cut_off() {
    for announced in [Some(10 << 30), None] {
        let exchange = Exchange::start();
        exchange.always(FIRST, Answer::Endless(announced));
        assert_fails(&exchange, ErrorKind::Answer, &["more than 1 MiB"]);
        assert_eq!(exchange.pages(Mailboxes).len(), 1);
    }
    // Small on the line, and large unpacked.
    let exchange = Exchange::start();
    exchange.always(FIRST, Answer::Bomb(4 << 20));
    assert_fails(&exchange, ErrorKind::Answer, &["more than 1 MiB"]);
}

#[test]
fn slow_bytes_and_silence_end() {
    // No byte for longer than may be between two.
    let exchange = Exchange::start();
    exchange.always(FIRST, Answer::Slow(Duration::from_secs(30)));
    assert_fails(&exchange, ErrorKind::Unreachable, &["nothing more came"]);
    // Each byte in time, but never all of them.
    let limits = Limits { page: Duration::from_millis(600), tries: 2, ..quick() };
    let exchange = Exchange::start();
    exchange.always(FIRST, Answer::Slow(Duration::from_millis(50)));
    assert_eq!(read_with(&exchange, &by_secret(), limits.clone()).unwrap_err().kind, ErrorKind::Unreachable);
    // No answer at all.
    let exchange = Exchange::start();
    exchange.always(FIRST, Answer::Silence);
    assert_eq!(read_with(&exchange, &by_secret(), limits).unwrap_err().kind, ErrorKind::Unreachable);
}

#[test]
fn the_whole_ends_in_its_time() {
    let exchange = Exchange::start();
    exchange.always(On::All(BypassAssociations), Answer::Slow(Duration::from_millis(50)));
    let limits = Limits { total: Duration::from_secs(3), ..quick() };
    let begun = Instant::now();
    let assembled = read_with(&exchange, &by_secret(), limits).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    // The mailboxes were there in time; who bypasses is not known.
    assert_eq!(assembled.records(Mailboxes), 60);
    assert!(assembled.problems()[0].contains("the whole may take"), "{:?}", assembled.problems());
}

#[test]
fn nobody_at_home_is_told() {
    let exchange = Exchange::start();
    let request = request(&exchange, &by_secret(), quick());
    drop(exchange);
    let error = run(request, &Stop::default()).unwrap().unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert!(error.to_string().contains("could not be reached"), "{error}");
}

#[test]
fn stopping_ends_within_a_second_whatever_is_waited_for() {
    let troubles = [
        (FIRST, Answer::Silence),
        (FIRST, Answer::Slow(Duration::from_millis(50))),
        (On::SignIn, Answer::Whole(503, vec![("retry-after", "15".to_owned())], Vec::new())),
    ];
    for (on, answer) in troubles {
        let exchange = Exchange::start();
        exchange.always(on, answer);
        let limits =
            Limits { longest_wait: Duration::from_secs(15), idle: Duration::from_secs(15), ..quick() };
        let request = request(&exchange, &by_secret(), limits);
        let stop = Stop::default();
        let stopper = stop.clone();
        let timer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            stopper.stop();
            Instant::now()
        });
        assert_eq!(run(request, &stop).unwrap_err(), Stopped);
        assert!(timer.join().unwrap().elapsed() < Duration::from_secs(1));
    }
}

// ---- Many tenants

#[test]
fn one_tenant_that_fails_does_not_stop_the_others() {
    let (good, bad) = (Exchange::start(), Exchange::start());
    bad.always(On::SignIn, plain(400, r#"{"error":"invalid_client"}"#));
    let requests = [&good, &bad, &good, &good].map(|exchange| request(exchange, &by_secret(), quick()));
    let mut ends = Vec::new();
    collect::collect(requests.into(), 2, &nobody(), &Stop::default(), |number, read| {
        ends.push((number, read.map(|read| read.is_complete()).map_err(|error| error.kind)));
        Ok(())
    })
    .unwrap();
    ends.sort_by_key(|(number, _)| *number);
    assert_eq!(ends, [(0, Ok(true)), (1, Err(ErrorKind::SignIn)), (2, Ok(true)), (3, Ok(true))]);
}
