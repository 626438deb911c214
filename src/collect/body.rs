//! Bodies: never more than is good for us, and what those are that are no JSON.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use tokio::time::timeout;

use super::error::describe;

/// Why a body could not be read.
pub(super) enum BodyError {
    /// It goes on and on.
    TooLarge,
    /// It ended before its end, or did not go on.
    Broken(String),
}

/// Reads a body, unpacked, of that size at most.
pub(super) async fn read(mut response: Response, most: usize, idle: Duration) -> Result<Vec<u8>, BodyError> {
    let announced = response.content_length().unwrap_or_default();
    if announced > most as u64 {
        return Err(BodyError::TooLarge);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(announced).unwrap_or_default());
    loop {
        let chunk = match timeout(idle, response.chunk()).await {
            Ok(Ok(chunk)) => chunk,
            Ok(Err(error)) => return Err(BodyError::Broken(describe(error))),
            Err(_) => {
                return Err(BodyError::Broken(format!("nothing more came for {} s", idle.as_secs_f32())));
            }
        };
        let Some(chunk) = chunk else { return Ok(bytes) };
        if bytes.len() + chunk.len() > most {
            return Err(BodyError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
}

/// How long the service asks to wait: seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let wait = date.as_second().saturating_sub(jiff::Timestamp::now().as_second());
    Some(Duration::from_secs(wait.max(0).unsigned_abs()))
}

/// What a body is that holds no JSON, in words.
pub(super) fn look_of(bytes: &[u8]) -> &'static str {
    let text = bytes.trim_ascii_start();
    let begins = |start: &[u8]| text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    match text {
        [] => "an empty page",
        _ if bytes.iter().all(|byte| *byte == 0) => "a page of NUL bytes",
        _ if begins(b"<!doctype") || begins(b"<html") => "a web page (HTML)",
        [b'{' | b'[', ..] => "JSON that is broken or cut off",
        _ => "something that is no JSON",
    }
}
