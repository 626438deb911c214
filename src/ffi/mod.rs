//! The C interface. This file has the exports and nothing else: each checks, converts, calls, and writes outputs.
//!
//! - Text comes in as UTF-16 code units by pointer and length; [`text::NAM_ABSENT`] as length says that there is none.
//!   Half a surrogate pair is read as U+FFFD.
//! - Text goes out as a [`text::NamText`], to be freed with [`nam_text_free`].
//! - Whatever can fail returns a [`NamStatus`] and gives a sentence in `message`, which may be NULL. Outputs are
//!   zeroed first, and filled only with `NAM_STATUS_OK`. There is no last error to ask for.
//! - Handles may be used by several threads at once. Each is freed once, by any thread, when no call uses it any more;
//!   freeing NULL does nothing. The library is never to be unloaded.
//! - Nothing is printed. A panic ends in `NAM_STATUS_PANIC`.
//!
//! Each export has these demands on its pointers, where nothing else is said: a text's pointer is NULL with a length
//! of 0 or [`text::NAM_ABSENT`], or points to that many code units; a handle is NULL, or came from this library and
//! is not freed yet; an output is NULL, or points to memory for its type which nobody else uses during the call.
#![allow(unsafe_code)]

mod bypass;
mod collect;
mod drift;
mod guard;
mod input;
mod judge;
mod options;
mod plan;
mod reader;
mod report;
mod status;
mod text;
mod version;

pub use bypass::NamBypass;
pub use collect::NamCollect;
pub use drift::NamDrift;
pub use input::NamInput;
pub use judge::{NamJudge, NamProblem, NamVerdict, NamVerdictTexts};
pub use plan::{NamRecord, NamUndo};
pub use reader::NamReader;
pub use report::NamReport;
pub use status::NamStatus;
pub use text::{NAM_ABSENT, NamText};

use std::time::Duration;

use crate::app::Input;

use bypass::Keys;
use guard::{guarded, guarded_free};
use options::bad_argument;
use plan::WishTexts;
use report::{Shape, mailbox_texts};
use text::{clear, decode, for_powershell, handle, optional_handle, output, put_text, text_argument};

pub use version::NAM_VERSIONS;

/// The version of this interface: it changes whenever a caller of the old one would go wrong.
pub const NAM_ABI_VERSION: u32 = 1;

/// Gives `NAM_ABI_VERSION` of the library that was loaded. A caller with another number must not go on.
#[unsafe(no_mangle)]
pub extern "C" fn nam_abi_version() -> u32 {
    NAM_ABI_VERSION
}

/// Gives the version of the package, such as `0.1.0`.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_package_version(version: *mut NamText, message: *mut NamText) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `version`.
        *unsafe { output(version, "version") }? = NamText::new(env!("CARGO_PKG_VERSION"));
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Frees a text that the library made.
///
/// # Safety
/// `data` and `length` must be those of a `NamText` that was not freed yet; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_text_free(data: *mut u16, length: usize) {
    guarded_free(|| {
        if !data.is_null() {
            let units = std::ptr::slice_from_raw_parts_mut(data, length);
            // SAFETY: NamText::new made it of a box of that length; the caller promises to free it once.
            drop(unsafe { Box::from_raw(units) });
        }
    });
}

/// Gives the catalogue of actions as JSON: an array with an object for each action, platform and logon type.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_catalog(json: *mut NamText, message: *mut NamText) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `json`.
        *unsafe { output(json, "json") }? = NamText::new(&options::catalog_json());
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Makes an empty table of bypass associations.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_bypass_new(bypass: *mut *mut NamBypass, message: *mut NamText) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `bypass`.
        let slot = unsafe { pointer_output(bypass, "bypass") }?;
        *slot = Box::into_raw(Box::default());
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Adds a row of `Get-MailboxAuditBypassAssociation`. With `NAM_STATUS_BAD_BYPASS_ROW` the row counts as unknown, or not
/// at all if nothing identifies its account; the table can be used on. Rows cannot be added once the table was asked.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_bypass_add(
    bypass: *const NamBypass,
    name: *const u16,
    name_length: i32,
    guid: *const u16,
    guid_length: i32,
    exchange_object_id: *const u16,
    exchange_object_id_length: i32,
    distinguished_name: *const u16,
    distinguished_name_length: i32,
    enabled: *const u16,
    enabled_length: i32,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `bypass`.
        let bypass = unsafe { handle(bypass, "bypass") }?;
        let name = text_argument!(name, name_length);
        let enabled = text_argument!(enabled, enabled_length);
        let keys = Keys {
            guid: text_argument!(guid, guid_length),
            exchange_object_id: text_argument!(exchange_object_id, exchange_object_id_length),
            distinguished_name: text_argument!(distinguished_name, distinguished_name_length),
        };
        bypass.add(name, keys, enabled)
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Frees a table.
///
/// # Safety
/// The rules of this interface; nobody may use `bypass` any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_bypass_free(bypass: *mut NamBypass) {
    // SAFETY: as the caller promises for `bypass`.
    guarded_free(|| unsafe { free(bypass) });
}

/// Makes a judge: what is asked of each mailbox.
///
/// - `baseline`: All, Default, or a published one of the catalogue. If there is a `baseline_json`, the text of a baseline
///   file, that one holds, and `baseline` is what to call it if it has no name.
/// - `logon_types`: 1 Admin, 2 Delegate, 4 Owner, or a sum; 0 asks about all.
/// - `actions`: names or patterns (`*`, `?`) between commas; empty or absent asks about all.
/// - `licence`: 0 unknown, 1 standard, 2 premium.
/// - `platform`: 0 tell it from each mailbox, 1 Exchange Online, 2 Exchange Server.
/// - `audit_disabled`: the organisation's switch, 1 true, 0 false, -1 not read.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_judge_new(
    baseline: *const u16,
    baseline_length: i32,
    baseline_json: *const u16,
    baseline_json_length: i32,
    logon_types: u32,
    actions: *const u16,
    actions_length: i32,
    licence: i32,
    platform: i32,
    audit_disabled: i32,
    judge: *mut *mut NamJudge,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `judge`.
        let slot = unsafe { pointer_output(judge, "judge") }?;
        let options = options::Options {
            baseline: text_argument!(baseline, baseline_length),
            baseline_json: text_argument!(baseline_json, baseline_json_length),
            logon_types,
            actions: text_argument!(actions, actions_length),
            licence,
            platform,
            audit_disabled,
        };
        *slot = Box::into_raw(Box::new(options.judge()?));
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Judges one mailbox by its settings.
///
/// Each property is one text, as it prints; absent (`NAM_ABSENT`) says that it was not read, which is never taken as empty.
/// A list is names between commas, semicolons or white space, or elements between U+001F, of which an empty one is refused as
/// null; empty says that it is there and empty. For settings that this judge saw before, the call takes no lock and no
/// memory, unless `texts` are asked for.
///
/// - `bypass`: the table that is asked about the account; or NULL, then `audit_bypass_enabled` counts.
/// - `verdict`: the numbers. An object that is no mailbox, or that cannot be judged, is no failure of the call: its
///   `problem` is set, and its state is unknown.
/// - `texts`: NULL, or the texts. Ask for them once for each `number`.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_judge_mailbox(
    judge: *const NamJudge,
    bypass: *const NamBypass,
    display_name: *const u16,
    display_name_length: i32,
    user_principal_name: *const u16,
    user_principal_name_length: i32,
    primary_smtp_address: *const u16,
    primary_smtp_address_length: i32,
    identity: *const u16,
    identity_length: i32,
    distinguished_name: *const u16,
    distinguished_name_length: i32,
    recipient_type_details: *const u16,
    recipient_type_details_length: i32,
    guid: *const u16,
    guid_length: i32,
    exchange_object_id: *const u16,
    exchange_object_id_length: i32,
    admin_display_version: *const u16,
    admin_display_version_length: i32,
    audit_enabled: *const u16,
    audit_enabled_length: i32,
    audit_admin: *const u16,
    audit_admin_length: i32,
    audit_delegate: *const u16,
    audit_delegate_length: i32,
    audit_owner: *const u16,
    audit_owner_length: i32,
    default_audit_set: *const u16,
    default_audit_set_length: i32,
    audit_log_age_limit: *const u16,
    audit_log_age_limit_length: i32,
    audit_bypass_enabled: *const u16,
    audit_bypass_enabled_length: i32,
    verdict: *mut NamVerdict,
    texts: *mut NamVerdictTexts,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `texts`.
        unsafe { clear(texts) };
        // SAFETY: as the caller promises for `verdict`.
        let verdict = unsafe { output(verdict, "verdict") }?;
        // SAFETY: as the caller promises for `judge`.
        let judge = unsafe { handle(judge, "judge") }?;
        // SAFETY: as the caller promises for `bypass`.
        let bypass = unsafe { optional_handle(bypass) };
        let mailbox = mailbox_texts!(
            display_name display_name_length,
            user_principal_name user_principal_name_length,
            primary_smtp_address primary_smtp_address_length,
            identity identity_length,
            distinguished_name distinguished_name_length,
            recipient_type_details recipient_type_details_length,
            guid guid_length,
            exchange_object_id exchange_object_id_length,
            admin_display_version admin_display_version_length,
            audit_enabled audit_enabled_length,
            audit_admin audit_admin_length,
            audit_delegate audit_delegate_length,
            audit_owner audit_owner_length,
            default_audit_set default_audit_set_length,
            audit_log_age_limit audit_log_age_limit_length,
            audit_bypass_enabled audit_bypass_enabled_length,
        );
        let settings = mailbox.settings(bypass);
        *verdict = judge.judge(&settings);
        if !texts.is_null() {
            // SAFETY: not NULL, and as the caller promises.
            unsafe { texts.write(judge.texts(&settings)) };
        }
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Frees a judge.
///
/// # Safety
/// The rules of this interface; nobody may use `judge` any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_judge_free(judge: *mut NamJudge) {
    // SAFETY: as the caller promises for `judge`.
    guarded_free(|| unsafe { free(judge) });
}

/// Tries whether a report can be written to a file, and begins it. The file appears when the report is finished.
///
/// - `format`: 0 CSV, 1 JSON, 2 NDJSON, 3 HTML, -1 tell it from the extension.
/// - `columns`: of a CSV, 0 all, 1 the six classic ones.
/// - `only_gaps`: not 0 leaves out mailboxes that are audited.
/// - `expand`: not 0 writes a row for each missing action; HTML has no such form.
/// - `clobber`: 0 a complete report replaces an older file, 1 nothing does, 2 an incomplete one does too.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_report_new(
    path: *const u16,
    path_length: i32,
    format: i32,
    columns: i32,
    only_gaps: i32,
    expand: i32,
    clobber: i32,
    report: *mut *mut NamReport,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `report`.
        let slot = unsafe { pointer_output(report, "report") }?;
        let path = text_argument!(path, path_length);
        let shape = Shape { path, format, columns, only_gaps, expand, clobber };
        *slot = Box::into_raw(Box::new(NamReport::new(&shape)?));
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Judges a mailbox and writes it to a report, by its properties as they print.
///
/// The lists are passed as to `nam_judge_mailbox`. Without `bypass` (NULL), `audit_bypass_enabled` tells whether the
/// account bypasses auditing. All mailboxes of a report must have the same `judge` and `bypass`.
///
/// With `NAM_STATUS_UNREADABLE` the mailbox is in the report as unknown, with `NAM_STATUS_NOT_A_MAILBOX` it is not; the
/// report goes on and is incomplete, `problem` (a `NamProblem`) and `message` say why. After any other failure no
/// report comes of it.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_report_add(
    report: *const NamReport,
    judge: *const NamJudge,
    bypass: *const NamBypass,
    display_name: *const u16,
    display_name_length: i32,
    user_principal_name: *const u16,
    user_principal_name_length: i32,
    primary_smtp_address: *const u16,
    primary_smtp_address_length: i32,
    identity: *const u16,
    identity_length: i32,
    distinguished_name: *const u16,
    distinguished_name_length: i32,
    recipient_type_details: *const u16,
    recipient_type_details_length: i32,
    guid: *const u16,
    guid_length: i32,
    exchange_object_id: *const u16,
    exchange_object_id_length: i32,
    admin_display_version: *const u16,
    admin_display_version_length: i32,
    audit_enabled: *const u16,
    audit_enabled_length: i32,
    audit_admin: *const u16,
    audit_admin_length: i32,
    audit_delegate: *const u16,
    audit_delegate_length: i32,
    audit_owner: *const u16,
    audit_owner_length: i32,
    default_audit_set: *const u16,
    default_audit_set_length: i32,
    audit_log_age_limit: *const u16,
    audit_log_age_limit_length: i32,
    audit_bypass_enabled: *const u16,
    audit_bypass_enabled_length: i32,
    problem: *mut i32,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `problem`.
        let problem = unsafe { output(problem, "problem") }?;
        // SAFETY: as the caller promises for `report`.
        let report = unsafe { handle(report, "report") }?;
        // SAFETY: as the caller promises for `judge`.
        let judge = unsafe { handle(judge, "judge") }?;
        // SAFETY: as the caller promises for `bypass`.
        let bypass = unsafe { optional_handle(bypass) };
        let texts = mailbox_texts!(
            display_name display_name_length,
            user_principal_name user_principal_name_length,
            primary_smtp_address primary_smtp_address_length,
            identity identity_length,
            distinguished_name distinguished_name_length,
            recipient_type_details recipient_type_details_length,
            guid guid_length,
            exchange_object_id exchange_object_id_length,
            admin_display_version admin_display_version_length,
            audit_enabled audit_enabled_length,
            audit_admin audit_admin_length,
            audit_delegate audit_delegate_length,
            audit_owner audit_owner_length,
            default_audit_set default_audit_set_length,
            audit_log_age_limit audit_log_age_limit_length,
            audit_bypass_enabled audit_bypass_enabled_length,
        );
        report.add(judge, bypass, &texts).map_err(|(found, failure)| {
            *problem = found as i32;
            failure
        })
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Reads a saved export into a report: a saved input, or mailboxes as JSON, CLIXML or CSV.
///
/// The organisation's switch and the bypass associations that the file has hold for its mailboxes, where `judge` and
/// `bypass` do not know better. After a failure no report comes of it.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_report_read(
    report: *const NamReport,
    judge: *const NamJudge,
    bypass: *const NamBypass,
    path: *const u16,
    path_length: i32,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `report`.
        let report = unsafe { handle(report, "report") }?;
        // SAFETY: as the caller promises for `judge`.
        let judge = unsafe { handle(judge, "judge") }?;
        // SAFETY: as the caller promises for `bypass`.
        let bypass = unsafe { optional_handle(bypass) };
        let path = text_argument!(path, path_length).map(decode).unwrap_or_default();
        report.read(judge, bypass, Input::File(path.into()))
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Reads a finished saved input into a report, as `nam_report_read` does. Its problems name no file: it is a temporary one.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_report_read_input(
    report: *const NamReport,
    judge: *const NamJudge,
    bypass: *const NamBypass,
    input: *const NamInput,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `report`.
        let report = unsafe { handle(report, "report") }?;
        // SAFETY: as the caller promises for `judge`.
        let judge = unsafe { handle(judge, "judge") }?;
        // SAFETY: as the caller promises for `bypass`.
        let bypass = unsafe { optional_handle(bypass) };
        // SAFETY: as the caller promises for `input`.
        let input = unsafe { handle(input, "input") }?.assembled()?;
        report.read(judge, bypass, input)
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Tells a report that something is missing that was to be read: it is incomplete, and says so with this text.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_report_problem(
    report: *const NamReport,
    judge: *const NamJudge,
    bypass: *const NamBypass,
    text: *const u16,
    text_length: i32,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `report`.
        let report = unsafe { handle(report, "report") }?;
        // SAFETY: as the caller promises for `judge`.
        let judge = unsafe { handle(judge, "judge") }?;
        // SAFETY: as the caller promises for `bypass`.
        let bypass = unsafe { optional_handle(bypass) };
        report.problem(judge, bypass, text_argument!(text, text_length))
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Ends a report and puts it in its place. `judge` and `bypass` matter only where no mailbox came.
///
/// - `written`: the path of the report.
/// - `problems`: how many problems the report has; with any it is incomplete, and says so.
/// - `summary`: NULL, or the totals, as the `Summary` of a JSON report; `AuditDisabled` is the organisation's switch.
///
/// An incomplete report that may not replace an older one fails, but tells `problems` and `summary`.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_report_finish(
    report: *const NamReport,
    judge: *const NamJudge,
    bypass: *const NamBypass,
    written: *mut NamText,
    problems: *mut u64,
    summary: *mut NamText,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `written`.
        unsafe { clear(written) };
        // SAFETY: as the caller promises for `summary`.
        unsafe { clear(summary) };
        // SAFETY: as the caller promises for `problems`.
        let problems = unsafe { output(problems, "problems") }?;
        // SAFETY: as the caller promises for `report`.
        let report = unsafe { handle(report, "report") }?;
        // SAFETY: as the caller promises for `judge`.
        let judge = unsafe { handle(judge, "judge") }?;
        // SAFETY: as the caller promises for `bypass`.
        let (outcome, placed) = report.finish(judge, unsafe { optional_handle(bypass) })?;
        *problems = outcome.problems.count();
        let path = outcome.path.as_deref().map(|path| path.to_string_lossy()).unwrap_or_default();
        // SAFETY: as the caller promises for `written`.
        unsafe { put_text(written, &path) };
        if !summary.is_null() {
            // SAFETY: not NULL, and as the caller promises.
            unsafe { put_text(summary, &for_powershell(&outcome.summary_json(judge.catalog()))) };
        }
        placed
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Frees a report. One that is not finished leaves no file.
///
/// # Safety
/// The rules of this interface; nobody may use `report` any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_report_free(report: *mut NamReport) {
    // SAFETY: as the caller promises for `report`.
    guarded_free(|| unsafe { free(report) });
}

/// Begins to read a saved export: JSON, CLIXML or CSV, told apart by its content.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_reader_new(
    path: *const u16,
    path_length: i32,
    reader: *mut *mut NamReader,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `reader`.
        let slot = unsafe { pointer_output(reader, "reader") }?;
        *slot = Box::into_raw(Box::new(NamReader::new(text_argument!(path, path_length))?));
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Gives what stands next in the export.
///
/// - `kind`: 0 nothing more, 1 a mailbox, 2 a problem that makes the export incomplete, 3 the organisation's switch,
///   which comes before the mailboxes for which it holds.
/// - `item`: of a mailbox its properties, each followed by a NUL; an absent one is U+0001 alone. In this order:
///   DisplayName, UserPrincipalName, PrimarySmtpAddress, Identity, DistinguishedName, RecipientTypeDetails, Guid,
///   ExchangeObjectId, AdminDisplayVersion, AuditEnabled, AuditAdmin, AuditDelegate, AuditOwner, DefaultAuditSet,
///   AuditLogAgeLimit, AuditBypassEnabled. Of a problem a sentence, of the switch True or False.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_reader_next(
    reader: *const NamReader,
    kind: *mut i32,
    item: *mut NamText,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `item`.
        unsafe { clear(item) };
        // SAFETY: as the caller promises for `kind`.
        let kind = unsafe { output(kind, "kind") }?;
        // SAFETY: as the caller promises for `reader`.
        let reader = unsafe { handle(reader, "reader") }?;
        let (found, text) = reader.next()?;
        *kind = found;
        // SAFETY: as the caller promises for `item`.
        unsafe { put_text(item, &text) };
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Frees a reader, at its end or before.
///
/// # Safety
/// The rules of this interface; nobody may use `reader` any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_reader_free(reader: *mut NamReader) {
    // SAFETY: as the caller promises for `reader`.
    guarded_free(|| unsafe { free(reader) });
}

/// Begins to compare two states: JSON reports, saved inputs or exports of mailboxes, in any mixture.
///
/// - `older`, `newer`: the files.
/// - `baseline`, `baseline_json`: as for `nam_judge_new`; both absent: what reports were asked themselves, or else All.
/// - `logon_types`, `actions`, `platform`: as for `nam_judge_new`.
/// - `licence`: as for `nam_judge_new`, and -1 takes what reports agree on.
///
/// What cannot be read or asked is told by `nam_drift_next`.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_drift_new(
    older: *const u16,
    older_length: i32,
    newer: *const u16,
    newer_length: i32,
    baseline: *const u16,
    baseline_length: i32,
    baseline_json: *const u16,
    baseline_json_length: i32,
    logon_types: u32,
    actions: *const u16,
    actions_length: i32,
    licence: i32,
    platform: i32,
    drift: *mut *mut NamDrift,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `drift`.
        let slot = unsafe { pointer_output(drift, "drift") }?;
        let options = options::Options {
            baseline: text_argument!(baseline, baseline_length),
            baseline_json: text_argument!(baseline_json, baseline_json_length),
            logon_types,
            actions: text_argument!(actions, actions_length),
            licence,
            platform,
            audit_disabled: options::UNKNOWN,
        };
        let older = text_argument!(older, older_length);
        let newer = text_argument!(newer, newer_length);
        *slot = Box::into_raw(Box::new(NamDrift::new(older, newer, options.compare()?)?));
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Gives what is found next.
///
/// - `kind`: 0 nothing more, 1 a change, 2 a problem that makes the comparison incomplete, 3 a note on what was
///   compared and by what. Problems and notes come behind all changes.
/// - `item`: of a change its values, each followed by a NUL; an absent one is U+0001 alone. In this order: Kind,
///   Regression, Subject, DisplayName, UserPrincipalName, PrimarySmtpAddress, Guid, RecipientType, LogonType, Actions
///   (between commas), Property, Old, New, Text. Of a problem and of a note a sentence.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_drift_next(
    drift: *const NamDrift,
    kind: *mut i32,
    item: *mut NamText,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `item`.
        unsafe { clear(item) };
        // SAFETY: as the caller promises for `kind`.
        let kind = unsafe { output(kind, "kind") }?;
        // SAFETY: as the caller promises for `drift`.
        let drift = unsafe { handle(drift, "drift") }?;
        let (found, text) = drift.next()?;
        *kind = found;
        // SAFETY: as the caller promises for `item`.
        unsafe { put_text(item, &text) };
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Frees a comparison, at its end or before.
///
/// # Safety
/// The rules of this interface; nobody may use `drift` any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_drift_free(drift: *mut NamDrift) {
    // SAFETY: as the caller promises for `drift`.
    guarded_free(|| unsafe { free(drift) });
}

/// Begins to read a tenant straight from Exchange Online, over the endpoint behind the cmdlets, on a thread of its own.
///
/// - `request`: JSON with `tenant` (a domain or an id), `cloud` (`global`, `gcc-high`, `dod`, `china`), `timeout` in
///   seconds, and `signIn`: `clientId`, and `certificate` (a file; with `key`), `clientSecret`, `token`,
///   `managedIdentity` or `deviceCode`. Secrets in it are named by where they are, as on the command line.
/// - `secret`: a secret itself; `secret` of the request says which: `token`, `clientSecret` or `certificatePassword`.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_collect_start(
    request: *const u16,
    request_length: i32,
    secret: *const u16,
    secret_length: i32,
    collect: *mut *mut NamCollect,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `collect`.
        let slot = unsafe { pointer_output(collect, "collect") }?;
        let started = NamCollect::start(
            text_argument!(request, request_length),
            text_argument!(secret, secret_length),
        )?;
        *slot = Box::into_raw(Box::new(started));
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Waits for the end of a read, `wait_ms` milliseconds at most, and tells how far it is.
///
/// - `done`: 1 once it ended, well or not.
/// - `mailboxes`, `associations`: how many rows were read so far.
/// - `note`: what a person is to do, told once; else nothing.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_collect_poll(
    collect: *const NamCollect,
    wait_ms: i32,
    done: *mut i32,
    mailboxes: *mut u64,
    associations: *mut u64,
    note: *mut NamText,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `note`.
        unsafe { clear(note) };
        // SAFETY: as the caller promises for `done`.
        let done = unsafe { output(done, "done") }?;
        // SAFETY: as the caller promises for `mailboxes`.
        let mailboxes = unsafe { output(mailboxes, "mailboxes") }?;
        // SAFETY: as the caller promises for `associations`.
        let associations = unsafe { output(associations, "associations") }?;
        // SAFETY: as the caller promises for `collect`.
        let collect = unsafe { handle(collect, "collect") }?;
        let wait = u64::try_from(wait_ms).map_err(|_| bad_argument("wait_ms", wait_ms))?;
        let going = collect.poll(Duration::from_millis(wait));
        (*done, *mailboxes, *associations) = (going.is_done.into(), going.mailboxes, going.associations);
        // SAFETY: as the caller promises for `note`.
        unsafe { put_text(note, &going.note) };
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Stops a read: it ends within a second, without a result.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_collect_stop(collect: *const NamCollect, message: *mut NamText) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `collect`.
        unsafe { handle(collect, "collect") }?.stop();
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Puts what a read that ended has read into `input`, which took nothing yet and is finished by it; `path` as of
/// `nam_input_finish`. Fails if the tenant could not be read, and says why.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_collect_finish(
    collect: *const NamCollect,
    input: *const NamInput,
    path: *mut NamText,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `path`.
        unsafe { clear(path) };
        // SAFETY: as the caller promises for `collect`.
        let collect = unsafe { handle(collect, "collect") }?;
        // SAFETY: as the caller promises for `input`.
        let finished = collect.finish(unsafe { handle(input, "input") }?)?;
        // SAFETY: as the caller promises for `path`.
        unsafe { put_text(path, &finished) };
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Frees a read, at its end or before: then it is stopped.
///
/// # Safety
/// The rules of this interface; nobody may use `collect` any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_collect_free(collect: *mut NamCollect) {
    // SAFETY: as the caller promises for `collect`.
    guarded_free(|| unsafe { free(collect) });
}

/// Begins a saved input: what is read of a tenant, of which reports are made.
///
/// - `folder`: where its temporary files lie; absent, in the system's folder for them.
/// - `keep`: the file that it is to be kept in by `nam_input_keep`; absent for none. It is tried now.
/// - `clobber`: of that file, as of `nam_report_new`.
///
/// Sections are 0 the organisation, 1 the bypass associations, 2 the mailboxes. Each is filled, and ended once. One that
/// is not ended counts as incomplete.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_input_new(
    folder: *const u16,
    folder_length: i32,
    keep: *const u16,
    keep_length: i32,
    clobber: i32,
    input: *mut *mut NamInput,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `input`.
        let slot = unsafe { pointer_output(input, "input") }?;
        let made =
            NamInput::new(text_argument!(folder, folder_length), text_argument!(keep, keep_length), clobber)?;
        *slot = Box::into_raw(Box::new(made));
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Takes the organisation's `AuditDisabled`: 1 true, 0 false, -1 it has none, as on Exchange Server.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_input_organization(
    input: *const NamInput,
    audit_disabled: i32,
    message: *mut NamText,
) -> NamStatus {
    // SAFETY: as the caller promises for `input`.
    let body = || unsafe { handle(input, "input") }?.organization(audit_disabled);
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Takes a row of `Get-MailboxAuditBypassAssociation`, whatever it lacks.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_input_bypass(
    input: *const NamInput,
    name: *const u16,
    name_length: i32,
    guid: *const u16,
    guid_length: i32,
    exchange_object_id: *const u16,
    exchange_object_id_length: i32,
    distinguished_name: *const u16,
    distinguished_name_length: i32,
    enabled: *const u16,
    enabled_length: i32,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `input`.
        let input = unsafe { handle(input, "input") }?;
        let keys = Keys {
            guid: text_argument!(guid, guid_length),
            exchange_object_id: text_argument!(exchange_object_id, exchange_object_id_length),
            distinguished_name: text_argument!(distinguished_name, distinguished_name_length),
        };
        input.bypass(text_argument!(name, name_length), keys, text_argument!(enabled, enabled_length))
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Takes a mailbox, by its properties as they print, whatever it lacks: that is found when a report is made of it.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_input_mailbox(
    input: *const NamInput,
    display_name: *const u16,
    display_name_length: i32,
    user_principal_name: *const u16,
    user_principal_name_length: i32,
    primary_smtp_address: *const u16,
    primary_smtp_address_length: i32,
    identity: *const u16,
    identity_length: i32,
    distinguished_name: *const u16,
    distinguished_name_length: i32,
    recipient_type_details: *const u16,
    recipient_type_details_length: i32,
    guid: *const u16,
    guid_length: i32,
    exchange_object_id: *const u16,
    exchange_object_id_length: i32,
    admin_display_version: *const u16,
    admin_display_version_length: i32,
    audit_enabled: *const u16,
    audit_enabled_length: i32,
    audit_admin: *const u16,
    audit_admin_length: i32,
    audit_delegate: *const u16,
    audit_delegate_length: i32,
    audit_owner: *const u16,
    audit_owner_length: i32,
    default_audit_set: *const u16,
    default_audit_set_length: i32,
    audit_log_age_limit: *const u16,
    audit_log_age_limit_length: i32,
    audit_bypass_enabled: *const u16,
    audit_bypass_enabled_length: i32,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `input`.
        let input = unsafe { handle(input, "input") }?;
        let texts = mailbox_texts!(
            display_name display_name_length,
            user_principal_name user_principal_name_length,
            primary_smtp_address primary_smtp_address_length,
            identity identity_length,
            distinguished_name distinguished_name_length,
            recipient_type_details recipient_type_details_length,
            guid guid_length,
            exchange_object_id exchange_object_id_length,
            admin_display_version admin_display_version_length,
            audit_enabled audit_enabled_length,
            audit_admin audit_admin_length,
            audit_delegate audit_delegate_length,
            audit_owner audit_owner_length,
            default_audit_set default_audit_set_length,
            audit_log_age_limit audit_log_age_limit_length,
            audit_bypass_enabled audit_bypass_enabled_length,
        );
        input.mailbox(&texts)
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Keeps what a section took so far when it restarts: a section may be filled by several reads.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_input_mark(
    input: *const NamInput,
    section: i32,
    message: *mut NamText,
) -> NamStatus {
    // SAFETY: as the caller promises for `input`.
    let body = || unsafe { handle(input, "input") }?.mark(section);
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Forgets what a section took since its last mark: a read that failed begins again, and nothing is kept twice.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_input_restart(
    input: *const NamInput,
    section: i32,
    message: *mut NamText,
) -> NamStatus {
    // SAFETY: as the caller promises for `input`.
    let body = || unsafe { handle(input, "input") }?.restart(section);
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Ends a section. With a `problem` not all of it was read: every report made of it is incomplete, and says why.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_input_end(
    input: *const NamInput,
    section: i32,
    problem: *const u16,
    problem_length: i32,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `input`.
        let input = unsafe { handle(input, "input") }?;
        input.end(section, text_argument!(problem, problem_length))
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Puts the sections together.
///
/// - `tenant`: what was read, for whoever looks into the file; may be absent.
/// - `path`: a temporary file, there to be read until the handle is freed.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_input_finish(
    input: *const NamInput,
    tenant: *const u16,
    tenant_length: i32,
    path: *mut NamText,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `path`.
        unsafe { clear(path) };
        // SAFETY: as the caller promises for `input`.
        let input = unsafe { handle(input, "input") }?;
        let finished = input.finish(text_argument!(tenant, tenant_length))?;
        // SAFETY: as the caller promises for `path`.
        unsafe { put_text(path, &finished) };
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Keeps a finished saved input in the file that was named at the beginning; `written` is that file, or empty.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_input_keep(
    input: *const NamInput,
    written: *mut NamText,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `written`.
        unsafe { clear(written) };
        // SAFETY: as the caller promises for `input`.
        let kept = unsafe { handle(input, "input") }?.keep()?;
        // SAFETY: as the caller promises for `written`.
        unsafe { put_text(written, &kept) };
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Frees a saved input, and its temporary files.
///
/// # Safety
/// The rules of this interface; nobody may use `input` any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_input_free(input: *mut NamInput) {
    // SAFETY: as the caller promises for `input`.
    guarded_free(|| unsafe { free(input) });
}

/// Plans what brings a mailbox to what is wanted. Nothing is changed.
///
/// - `judge`: what ought to be audited.
/// - `mailbox`: its properties as `nam_reader_next` gives them; AuditBypassEnabled is that of its account. An object that
///   has no more than this one is an account without a mailbox.
/// - `logon_types`, `actions`: what the plan is narrowed to, as for `nam_judge_new`.
/// - `lists`: 0 leaves the lists alone, 1 adds what is missing, 2 hands them back to the set that Microsoft manages.
/// - `age_limit`: absent or empty, or how long entries shall be kept: `180` days, `180.00:00:00`.
/// - `end_bypass`: not 0 ends a bypass of the account.
/// - `plan`: JSON: what is called for, in parts that can be confirmed by themselves, or why nothing is.
/// - `before`: the state of the mailbox, for `nam_record_add`.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_plan_enable(
    judge: *const NamJudge,
    mailbox: *const u16,
    mailbox_length: i32,
    logon_types: u32,
    actions: *const u16,
    actions_length: i32,
    lists: i32,
    age_limit: *const u16,
    age_limit_length: i32,
    end_bypass: i32,
    plan: *mut NamText,
    before: *mut NamText,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `plan`.
        let plan = unsafe { output(plan, "plan") }?;
        // SAFETY: as the caller promises for `before`.
        let before = unsafe { output(before, "before") }?;
        // SAFETY: as the caller promises for `judge`.
        let judge = unsafe { handle(judge, "judge") }?;
        let wish = WishTexts {
            logon_types,
            actions: text_argument!(actions, actions_length),
            lists,
            age_limit: text_argument!(age_limit, age_limit_length),
            end_bypass,
        };
        let (planned, state) = plan::enable(judge, text_argument!(mailbox, mailbox_length), &wish)?;
        *plan = NamText::new(&planned);
        *before = NamText::new(&state);
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Plans what puts something back as a record has it. Nothing is changed.
///
/// - `line`: what `nam_undo_next` gave.
/// - `mailbox`: the mailbox or account as it is now, as for `nam_plan_enable`.
/// - `plan`, `before`: as those of `nam_plan_enable`.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_plan_restore(
    line: *const u16,
    line_length: i32,
    mailbox: *const u16,
    mailbox_length: i32,
    plan: *mut NamText,
    before: *mut NamText,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `plan`.
        let plan = unsafe { output(plan, "plan") }?;
        // SAFETY: as the caller promises for `before`.
        let before = unsafe { output(before, "before") }?;
        let (planned, state) =
            plan::restore(text_argument!(line, line_length), text_argument!(mailbox, mailbox_length))?;
        *plan = NamText::new(&planned);
        *before = NamText::new(&state);
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Tells how to go on after a call of Set-Mailbox that failed.
///
/// - `call`: the call, as it stands in a plan or in an answer.
/// - `error`: the server's text.
/// - `answer`: JSON: which actions the server takes not, or has already, and what to call instead.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_plan_answer(
    call: *const u16,
    call_length: i32,
    error: *const u16,
    error_length: i32,
    answer: *mut NamText,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `answer`.
        let answer = unsafe { output(answer, "answer") }?;
        *answer = NamText::new(&plan::answer(
            text_argument!(call, call_length),
            text_argument!(error, error_length),
        )?);
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Begins a record of changes, or goes on with one that is there. Nothing in it is ever written over.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_record_new(
    path: *const u16,
    path_length: i32,
    record: *mut *mut NamRecord,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `record`.
        let slot = unsafe { pointer_output(record, "record") }?;
        *slot = Box::into_raw(Box::new(NamRecord::new(text_argument!(path, path_length))?));
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Writes down the state before a change. With `NAM_STATUS_OK` it is on the disk; after a failure the change must not be
/// made.
///
/// - `before`: the state, as a plan gave it.
/// - `changes`: the properties that are about to be changed, between commas, as they stand in the plan.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_record_add(
    record: *const NamRecord,
    before: *const u16,
    before_length: i32,
    changes: *const u16,
    changes_length: i32,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `record`.
        let record = unsafe { handle(record, "record") }?;
        record.add(text_argument!(before, before_length), text_argument!(changes, changes_length))
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Closes a record. One to which nothing was added leaves no file.
///
/// # Safety
/// The rules of this interface; nobody may use `record` any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_record_free(record: *mut NamRecord) {
    // SAFETY: as the caller promises for `record`.
    guarded_free(|| unsafe { free(record) });
}

/// Reads a record of changes. What was written down several times of one thing counts as it was first.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_undo_new(
    path: *const u16,
    path_length: i32,
    undo: *mut *mut NamUndo,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `undo`.
        let slot = unsafe { pointer_output(undo, "undo") }?;
        *slot = Box::into_raw(Box::new(NamUndo::new(text_argument!(path, path_length))?));
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Gives what stands next in a record.
///
/// - `kind`: 0 nothing more, 1 a line for `nam_plan_restore`, 2 a sentence on a line that cannot be read.
/// - `item`: the line, as JSON, or the sentence.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_undo_next(
    undo: *const NamUndo,
    kind: *mut i32,
    item: *mut NamText,
    message: *mut NamText,
) -> NamStatus {
    let body = || {
        // SAFETY: as the caller promises for `item`.
        unsafe { clear(item) };
        // SAFETY: as the caller promises for `kind`.
        let kind = unsafe { output(kind, "kind") }?;
        // SAFETY: as the caller promises for `undo`.
        let undo = unsafe { handle(undo, "undo") }?;
        let (found, text) = undo.next();
        *kind = found;
        // SAFETY: as the caller promises for `item`.
        unsafe { put_text(item, &text) };
        Ok(())
    };
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, body) }
}

/// Frees a record that was read.
///
/// # Safety
/// The rules of this interface; nobody may use `undo` any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nam_undo_free(undo: *mut NamUndo) {
    // SAFETY: as the caller promises for `undo`.
    guarded_free(|| unsafe { free(undo) });
}

/// Panics, so that tests can see a panic come back as a status. Of no other use.
///
/// # Safety
/// The rules of this interface.
#[unsafe(no_mangle)]
#[expect(clippy::panic, reason = "what it is for")]
pub unsafe extern "C" fn nam_test_panic(message: *mut NamText) -> NamStatus {
    // SAFETY: as the caller promises for `message`.
    unsafe { guarded(message, || panic!("a test asked for it")) }
}

/// Sets the place for a handle to NULL, before anything can fail.
///
/// # Safety
/// `output` must be NULL or point to memory for one pointer that nobody else uses for `'a`.
unsafe fn pointer_output<'a, T>(output: *mut *mut T, name: &str) -> Result<&'a mut *mut T, status::Failure> {
    if !output.is_null() {
        // SAFETY: not NULL; the caller vouches for the rest.
        unsafe { output.write(std::ptr::null_mut()) };
    }
    // SAFETY: NULL, or initialised just now and used by nobody else.
    unsafe { output.as_mut() }.ok_or_else(|| text::null(name))
}

/// Frees what a handle points to.
///
/// # Safety
/// `handle` must be NULL or have come from `Box::into_raw`, and not be used any more.
unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: not NULL; the caller vouches for the rest.
        drop(unsafe { Box::from_raw(handle) });
    }
}
