//! The wall between a panic and the caller's process: an admin's PowerShell session never ends because of us.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use super::status::{Failure, NamStatus};
use super::text::{NamText, clear, put_text};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs the body of an export. A panic in it comes back as [`NamStatus::Panic`], with its text as the message.
///
/// Handles stay usable after a panic: what they share is either never changed, or changed in one step.
///
/// # Safety
/// `message` must be NULL or point to memory for one [`NamText`].
pub(super) unsafe fn guarded(message: *mut NamText, body: impl FnOnce() -> Result<(), Failure>) -> NamStatus {
    // SAFETY: the caller vouches for `message`.
    unsafe { clear(message) };
    let failure = match catch(body) {
        Ok(Ok(())) => return NamStatus::Ok,
        Ok(Err(failure)) => failure,
        Err(failure) => failure,
    };
    // SAFETY: the caller vouches for `message`.
    unsafe { put_text(message, &failure.message) };
    failure.status
}

/// Runs what has no way to tell of a failure: frees.
pub(super) fn guarded_free(body: impl FnOnce()) {
    // A panic while freeing leaks memory, at most.
    let _ = catch(body);
}

/// Runs a body, and turns its panic into a failure.
pub(super) fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Failure> {
    keep_quiet();
    let outer = INSIDE.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    INSIDE.set(outer);
    result.map_err(|payload| {
        let text = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no text");
        let message = format!("internal error, please report it: {text}");
        // A payload may panic once more when it is dropped.
        std::mem::forget(payload);
        Failure::new(NamStatus::Panic, message)
    })
}

/// The default hook writes to standard error, which is the admin's console. Other threads keep theirs.
fn keep_quiet() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                previous(info);
            }
        }));
    });
}
