//! What the service answers: a page, or one of the many ways to say no.
//!
//! The shapes are those that public code captured: graph2otel (errors, truncation, NUL bodies), go-exoscc (nested
//! details), ExoHelper and M365Permissions (transient errors under any status).

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::body::{self, look_of};
use super::error::{CollectError, ErrorKind};
use super::sign_in::{MISSING_APP_ROLE, printable};

/// Why there is no page, and what may help.
pub(super) enum Refusal {
    /// The token is not taken; `claims` is what another one must have.
    Unauthorized { claims: Option<String>, error: CollectError },
    /// It may go better later.
    Again { after: Option<Duration>, error: CollectError },
    /// The service lost its place among the pages.
    LostPlace(CollectError),
    /// It will go no better.
    Final(CollectError),
}

/// A page, as it stands in a body.
#[derive(Deserialize)]
pub(super) struct Page<'b> {
    #[serde(borrow)]
    pub(super) value: Vec<&'b RawValue>,
    #[serde(default, rename = "@odata.nextLink", alias = "odata.nextLink")]
    pub(super) next: Option<String>,
    #[serde(default, rename = "@adminapi.warnings", alias = "adminapi.warnings")]
    warnings: Option<Value>,
    #[serde(default, rename = "@adminapi.errors", alias = "adminapi.errors")]
    errors: Option<Value>,
}

/// What Exchange warns of when it cuts a result off: "There are more results available than are currently displayed."
const MORE_RESULTS: &str = "more results available";

impl Page<'_> {
    /// Reads a page. `at` is where, for messages.
    pub(super) fn read<'b>(bytes: &'b [u8], at: &str) -> Result<Page<'b>, Refusal> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let page: Page<'b> = serde_json::from_slice(bytes).map_err(|_| unreadable(bytes, at))?;
        match page.errors.as_ref().filter(|errors| !is_nothing(errors)) {
            None => Ok(page),
            Some(errors) => {
                let text = excerpt(&text_of(errors));
                let error = CollectError::new(
                    ErrorKind::Answer,
                    format!("{at}: the service reported errors with its answer: {text}"),
                );
                Err(if is_transient(&text) {
                    Refusal::Again { after: None, error }
                } else {
                    Refusal::Final(error)
                })
            }
        }
    }

    /// What it warns of.
    pub(super) fn warnings(&self) -> Vec<String> {
        match &self.warnings {
            Some(Value::Array(warnings)) => warnings.iter().map(text_of).map(|text| excerpt(&text)).collect(),
            Some(other) if !is_nothing(other) => vec![excerpt(&text_of(other))],
            _ => Vec::new(),
        }
    }
}

/// Whether a warning says that there is more than what was given.
pub(super) fn says_more(warning: &str) -> bool {
    warning.contains(MORE_RESULTS)
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A good status with a body that is no page.
fn unreadable(bytes: &[u8], at: &str) -> Refusal {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(EXCERPT_BYTES)]);
    let look = look_of(bytes);
    let saying = if matches!(look, "something that is no JSON") {
        format!(": {}", excerpt(&text))
    } else {
        String::new()
    };
    let hint = if bytes.iter().all(|byte| *byte == 0) && !bytes.is_empty() { MISSING_ROLE } else { "" };
    let error =
        CollectError::new(ErrorKind::Answer, format!("{at}: the service answered with {look}{saying}{hint}"));
    // Such pages have been seen of a service that was busy; they are worth another try.
    Refusal::Again { after: None, error }
}

/// Judges a bad status.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, bytes: &[u8], at: &str) -> Refusal {
    let (text, after) = (error_text(bytes), body::retry_after(headers));
    let said = if text.is_empty() {
        format!("{at}: the service answered {status} with {}", look_of(bytes))
    } else {
        format!("{at}: {status}: {text}")
    };
    let error = |kind, hint: &str| CollectError::new(kind, format!("{said}{hint}"));
    let searched = String::from_utf8_lossy(&bytes[..bytes.len().min(SEARCHED_BYTES)]);
    if searched.contains("pagination request") {
        return Refusal::LostPlace(error(ErrorKind::Paging, ""));
    }
    if is_throttled(status, &searched) {
        return Refusal::Again { after, error: error(ErrorKind::Throttled, "") };
    }
    if is_transient(&searched) {
        return Refusal::Again { after, error: error(ErrorKind::Unreachable, "") };
    }
    match status {
        StatusCode::UNAUTHORIZED => Refusal::Unauthorized {
            claims: claims_challenge(headers),
            error: error(
                ErrorKind::Permission,
                &format!("; either the token is not valid, or {MISSING_APP_ROLE}"),
            ),
        },
        StatusCode::FORBIDDEN => Refusal::Final(error(ErrorKind::Permission, MISSING_ROLE)),
        StatusCode::REQUEST_TIMEOUT => Refusal::Again { after, error: error(ErrorKind::Unreachable, "") },
        _ if status.is_server_error() => Refusal::Again { after, error: error(ErrorKind::Unreachable, "") },
        _ => Refusal::Final(error(ErrorKind::Answer, "")),
    }
}

/// What is to be granted to who may not read.
const MISSING_ROLE: &str = "; whoever signed in lacks a role: give the app's service principal or the account the \
     Entra role Global Reader (Security Reader does not read the organisation's settings), or an Exchange role group \
     with View-Only Configuration and View-Only Recipients";

fn is_throttled(status: StatusCode, text: &str) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS || text.contains("maximum number of concurrent requests")
}

/// Errors that pass, under whatever status they come (ExoHelper, M365Permissions).
fn is_transient(text: &str) -> bool {
    const PASSING: [&str; 6] = [
        "CmdletProxyNotAvailableFailure",
        "ServerBusyException",
        "TransientException",
        "BackendCommunicationException",
        "UnableToWriteToAadException",
        "issue may be transient",
    ];
    PASSING.iter().any(|part| text.contains(part))
}

const EXCERPT_BYTES: usize = 4 << 10;
const SEARCHED_BYTES: usize = 64 << 10;

/// One line, short, fit for a terminal.
fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    crate::domain::list::shorten_to(&printable(&line), 300)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: ErrorObject,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorObject {
    message: String,
    details: Vec<Detail>,
    innererror: InnerError,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InnerError {
    internalexception: Detail,
}

/// A detail that is JSON in a text.
#[derive(Deserialize)]
struct Nested {
    #[serde(rename = "Message")]
    message: String,
}

/// What an error says: the inmost message, since the outer ones are the same for all.
fn error_text(bytes: &[u8]) -> String {
    let Ok(ErrorBody { error }) = serde_json::from_slice::<ErrorBody>(bytes) else {
        let is_text = look_of(bytes) == "something that is no JSON";
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(EXCERPT_BYTES)]);
        return if is_text { excerpt(&head) } else { String::new() };
    };
    let detail = error.details.first().map(|detail| detail_text(&detail.message)).unwrap_or_default();
    let inmost = [error.innererror.internalexception.message, detail, error.message];
    inmost.into_iter().find(|text| !text.is_empty()).map(|text| excerpt(&text)).unwrap_or_default()
}

/// A detail comes as `|Type|text`, as `a|Type|text`, or as JSON.
fn detail_text(detail: &str) -> String {
    if let Ok(nested) = serde_json::from_str::<Nested>(detail) {
        return nested.message;
    }
    match detail.splitn(3, '|').collect::<Vec<_>>().as_slice() {
        [_, _, text] => (*text).to_owned(),
        _ => detail.to_owned(),
    }
}

/// What a token must have besides, by continuous access evaluation: `claims="BASE64"`.
fn claims_challenge(headers: &HeaderMap) -> Option<String> {
    let challenge = headers.get(WWW_AUTHENTICATE)?.to_str().ok()?;
    let (_, rest) = challenge.split_once("claims=\"")?;
    let encoded = rest.split('"').next()?;
    let bytes = STANDARD.decode(encoded).or_else(|_| STANDARD_NO_PAD.decode(encoded)).ok()?;
    let claims = String::from_utf8(bytes).ok()?;
    serde_json::from_str::<serde_json::Map<String, Value>>(&claims).is_ok().then_some(claims)
}
