//! Text across the boundary: UTF-16, as pointer and length, so that a .NET string is neither copied nor cut at a NUL.

use std::borrow::Cow;
use std::ptr;

use super::status::{Failure, NamStatus};

/// UTF-16 text that the library made. Free it with `nam_text_free`.
#[repr(C)]
#[derive(Debug)]
pub struct NamText {
    /// The first code unit, not NUL-terminated; NULL where there is no text.
    pub data: *mut u16,
    /// The number of code units.
    pub length: usize,
}

impl Default for NamText {
    fn default() -> Self {
        NamText { data: ptr::null_mut(), length: 0 }
    }
}

impl NamText {
    /// Copies a text out; the empty text takes no memory.
    pub(super) fn new(text: &str) -> NamText {
        if text.is_empty() {
            return NamText::default();
        }
        let units: Box<[u16]> = text.encode_utf16().collect();
        let length = units.len();
        NamText { data: Box::into_raw(units).cast(), length }
    }
}

/// Zeroes an output, so that nothing stale is there if the call fails.
///
/// # Safety
/// `output` must be NULL or point to memory for one `T`, initialised or not.
pub(super) unsafe fn clear<T: Default>(output: *mut T) {
    if !output.is_null() {
        // SAFETY: not NULL; the caller vouches for the rest. What was there is not dropped.
        unsafe { output.write(T::default()) };
    }
}

/// Writes a text to an output that may be NULL.
///
/// # Safety
/// `output` must be NULL or point to memory for one [`NamText`].
pub(super) unsafe fn put_text(output: *mut NamText, text: &str) {
    if !output.is_null() {
        // SAFETY: not NULL; the caller vouches for the rest.
        unsafe { output.write(NamText::new(text)) };
    }
}

/// A zeroed output that may not be NULL.
///
/// # Safety
/// `output` must be NULL or point to memory for one `T` that nobody else uses for `'a`.
pub(super) unsafe fn output<'a, T: Default>(output: *mut T, name: &str) -> Result<&'a mut T, Failure> {
    // SAFETY: the caller vouches for the pointer.
    unsafe { clear(output) };
    // SAFETY: NULL, or initialised just now and used by nobody else.
    unsafe { output.as_mut() }.ok_or_else(|| null(name))
}

/// What a handle points to.
///
/// # Safety
/// `handle` must be NULL or have come from this library, and not be freed for `'a`.
pub(super) unsafe fn handle<'a, T>(handle: *const T, name: &str) -> Result<&'a T, Failure> {
    // SAFETY: the caller vouches for the pointer.
    unsafe { handle.as_ref() }.ok_or_else(|| null(name))
}

/// What a handle points to; NULL is nothing.
///
/// # Safety
/// As [`handle`].
pub(super) unsafe fn optional_handle<'a, T>(handle: *const T) -> Option<&'a T> {
    // SAFETY: the caller vouches for the pointer.
    unsafe { handle.as_ref() }
}

pub(super) fn null(name: &str) -> Failure {
    Failure::new(NamStatus::NullArgument, format!("{name} is NULL"))
}

/// A text as the caller passed it; [`NAM_ABSENT`] for a length gives nothing.
///
/// # Safety
/// Unless `length` is below 1, `data` must be NULL or point to that many code units, unchanged for `'a`.
pub(super) unsafe fn text<'a>(
    data: *const u16,
    length: i32,
    name: &str,
) -> Result<Option<&'a [u16]>, Failure> {
    if length == NAM_ABSENT {
        return Ok(None);
    }
    let Ok(units) = usize::try_from(length) else {
        return Err(Failure::new(NamStatus::BadLength, format!("{name} has length {length}")));
    };
    // NULL and zero is how some callers pass an empty text; a slice must not have that address.
    if units == 0 {
        return Ok(Some(&[]));
    }
    if data.is_null() {
        return Err(Failure::new(NamStatus::NullArgument, format!("{name} is NULL with length {length}")));
    }
    // SAFETY: not NULL; the caller vouches for the rest. No object is larger than its address space.
    Ok(Some(unsafe { std::slice::from_raw_parts(data, units) }))
}

/// The length that says: there is no such text. Length 0 says: it is there, and empty.
pub const NAM_ABSENT: i32 = -1;

/// Half a surrogate pair becomes U+FFFD, which no name has: it is refused where it matters.
pub(super) fn decode(units: &[u16]) -> String {
    String::from_utf16_lossy(units)
}

/// Texts that the core wrote for people at a command line, in the words of the module.
pub(super) fn for_powershell(text: &str) -> Cow<'_, str> {
    const WORDS: [(&str, &str); 8] = [
        ("--platform server", "-Platform Server"),
        ("`nam catalog`", "Get-MailboxAuditActionCatalog"),
        ("leave out --no-clobber", "leave out -NoClobber"),
        ("replace it with --force, or write to another file with --out", "use -Force, or name another -Path"),
        ("give the file with --bypass", "pass such objects with -BypassAssociation"),
        ("give the file with --organization", "pass such an object with -OrganizationConfig"),
        ("without --only-gaps", "without -OnlyGap"),
        ("without --expand", "without -Expand"),
    ];
    WORDS.iter().fold(Cow::Borrowed(text), |text, (from, to)| {
        if text.contains(from) { Cow::Owned(text.replace(from, to)) } else { text }
    })
}

/// A text out of two arguments of an export. Not for use outside of the exports.
macro_rules! text_argument {
    ($data:ident, $length:ident) => {
        // SAFETY: every export demands of its callers what `text` demands.
        unsafe { $crate::ffi::text::text($data, $length, stringify!($data)) }?
    };
}
pub(super) use text_argument;
