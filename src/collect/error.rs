//! Why a read ended without all that there is.

/// What stood in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was asked for cannot be.
    Usage,
    /// Nobody could be signed in.
    SignIn,
    /// Who was signed in may not read this.
    Permission,
    /// The service could not be reached, or did not answer in time.
    Unreachable,
    /// The service kept asking to wait.
    Throttled,
    /// The service answered something that cannot be used.
    Answer,
    /// The service did not go on where it left off, though the read began anew once.
    Paging,
    /// The service pointed to somewhere else.
    Unsafe,
    /// What was read could not be kept.
    Local,
}

/// Why a read, or signing in, failed: a kind, and a sentence that says what to do. No secret stands in it.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("{text}")]
pub struct CollectError {
    /// What stood in the way.
    pub kind: ErrorKind,
    text: String,
}

impl CollectError {
    /// An error of that kind.
    pub fn new(kind: ErrorKind, text: impl Into<String>) -> CollectError {
        CollectError { kind, text: text.into() }
    }
}

/// An error of the HTTP library with its causes, which hold the reason, and without its address, which may hold a
/// cursor.
pub(super) fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    text
}
