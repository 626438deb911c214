//! The C interface, called as PowerShell calls it: the library is loaded, arguments are pointers and numbers.
#![allow(unsafe_code, clippy::undocumented_unsafe_blocks, clippy::multiple_unsafe_ops_per_block)]
// SAFETY, for all of this file: the arguments are what the header asks for, or what it says is refused.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::{null, null_mut};
use std::sync::LazyLock;

use libloading::{Library, Symbol};
use non_audited_mailbox::ffi::{self, NamBypass, NamJudge, NamReport, NamText, NamVerdict, NamVerdictTexts};

use crate::native::LIBRARY;

static LOADED: LazyLock<Library> = LazyLock::new(|| unsafe { Library::new(&*LIBRARY) }.unwrap());

fn find<T>(name: &str) -> Symbol<'static, T> {
    unsafe { LOADED.get(name.as_bytes()) }.unwrap()
}

/// A function of the loaded library; its type is that of the function of the same name in this crate.
macro_rules! native {
    ($name:ident as $kind:ty) => {{
        let _same_type: $kind = ffi::$name;
        find::<$kind>(concat!(stringify!($name), "\0"))
    }};
}

type Units = *const u16;
type Message = *mut NamText;
type JudgeNew = unsafe extern "C" fn(
    Units,
    i32,
    Units,
    i32,
    u32,
    Units,
    i32,
    i32,
    i32,
    i32,
    *mut *mut NamJudge,
    Message,
) -> ffi::NamStatus;
/// The sixteen properties of a mailbox stand between the handles and the outputs.
type JudgeMailbox = unsafe extern "C" fn(
    *const NamJudge,
    *const NamBypass,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    *mut NamVerdict,
    *mut NamVerdictTexts,
    Message,
) -> ffi::NamStatus;
type BypassAdd = unsafe extern "C" fn(
    *const NamBypass,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Units,
    i32,
    Message,
) -> ffi::NamStatus;
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// Takes a text as PowerShell does: copied, then freed.
fn take(text: &mut NamText) -> String {
    let free = native!(nam_text_free as unsafe extern "C" fn(*mut u16, usize));
    if text.data.is_null() {
        assert_eq!(text.length, 0);
        return String::new();
    }
    let copy = String::from_utf16(unsafe { std::slice::from_raw_parts(text.data, text.length) }).unwrap();
    unsafe { free(text.data, text.length) };
    *text = NamText::default();
    copy
}

/// An output that holds rubbish, as a caller's memory may.
fn rubbish() -> NamText {
    NamText { data: std::ptr::without_provenance_mut(0xdead_beef), length: 99 }
}

struct Judge(*mut NamJudge);

// What the header promises, and what these tests try.
unsafe impl Sync for Judge {}

impl Drop for Judge {
    fn drop(&mut self) {
        let free = native!(nam_judge_free as unsafe extern "C" fn(*mut NamJudge));
        unsafe { free(self.0) };
    }
}

fn judge_for(baseline: &str) -> Result<Judge, (ffi::NamStatus, String)> {
    let new = native!(nam_judge_new as JudgeNew);
    let name = wide(baseline);
    let (mut judge, mut message) = (null_mut(), rubbish());
    let length = name.len() as i32;
    let status = unsafe {
        new(name.as_ptr(), length, null(), -1, 0, null(), -1, 0, 0, 0, &raw mut judge, &raw mut message)
    };
    let text = take(&mut message);
    if status == ffi::NamStatus::Ok { Ok(Judge(judge)) } else { Err((status, text)) }
}

/// A list as pointer and length: `None` is absent.
fn list(text: Option<&[u16]>) -> (Units, i32) {
    text.map_or((null(), -1), |text| (text.as_ptr(), text.len() as i32))
}

/// The places of a mailbox's properties.
mod place {
    pub(super) const DISTINGUISHED_NAME: usize = 4;
    pub(super) const RECIPIENT_TYPE: usize = 5;
    pub(super) const GUID: usize = 6;
    pub(super) const ENABLED: usize = 9;
    pub(super) const ADMIN: usize = 10;
    pub(super) const DELEGATE: usize = 11;
    pub(super) const OWNER: usize = 12;
    pub(super) const DEFAULT_AUDIT_SET: usize = 13;
    pub(super) const BYPASS: usize = 15;
}
type Properties = [(Units, i32); 16];
const NOTHING: Properties = [(null(), -1); 16];

/// Calls a function of that type with the properties spread out.
unsafe fn judge_mailbox(
    function: JudgeMailbox,
    (judge, bypass): (*const NamJudge, *const NamBypass),
    p: &Properties,
    (verdict, texts, message): (*mut NamVerdict, *mut NamVerdictTexts, Message),
) -> ffi::NamStatus {
    unsafe {
        function(
            judge, bypass, p[0].0, p[0].1, p[1].0, p[1].1, p[2].0, p[2].1, p[3].0, p[3].1, p[4].0, p[4].1,
            p[5].0, p[5].1, p[6].0, p[6].1, p[7].0, p[7].1, p[8].0, p[8].1, p[9].0, p[9].1, p[10].0, p[10].1,
            p[11].0, p[11].1, p[12].0, p[12].1, p[13].0, p[13].1, p[14].0, p[14].1, p[15].0, p[15].1,
            verdict, texts, message,
        )
    }
}

fn ask(judge: &Judge, owner: Option<&[u16]>, texts: *mut NamVerdictTexts) -> NamVerdict {
    let (all, kind, on) = (wide("HardDelete,Update"), wide("UserMailbox"), wide("True"));
    let managed = wide("Admin,Delegate,Owner");
    let mut properties = NOTHING;
    properties[place::ADMIN] = list(Some(&all));
    properties[place::DELEGATE] = list(Some(&all));
    properties[place::OWNER] = list(owner);
    properties[place::DEFAULT_AUDIT_SET] = list(Some(&managed));
    properties[place::RECIPIENT_TYPE] = list(Some(&kind));
    properties[place::ENABLED] = list(Some(&on));
    ask_about(judge, null(), &properties, texts)
}

fn ask_about(
    judge: &Judge,
    bypass: *const NamBypass,
    properties: &Properties,
    texts: *mut NamVerdictTexts,
) -> NamVerdict {
    let call = native!(nam_judge_mailbox as JudgeMailbox);
    let (mut verdict, mut message) = (NamVerdict { number: 77, ..NamVerdict::default() }, rubbish());
    let outputs = (&raw mut verdict, texts, &raw mut message);
    let status = unsafe { judge_mailbox(*call, (judge.0, bypass), properties, outputs) };
    assert_eq!((status, take(&mut message)), (ffi::NamStatus::Ok, String::new()));
    verdict
}

#[test]
fn the_version_is_told() {
    let abi = native!(nam_abi_version as extern "C" fn() -> u32);
    assert_eq!(abi(), ffi::NAM_ABI_VERSION);
    let version = native!(nam_package_version as unsafe extern "C" fn(Message, Message) -> ffi::NamStatus);
    let mut text = rubbish();
    assert_eq!(unsafe { version(&raw mut text, null_mut()) }, ffi::NamStatus::Ok);
    assert_eq!(take(&mut text), env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_panic_comes_back_as_a_status() {
    let test_panic = native!(nam_test_panic as unsafe extern "C" fn(Message) -> ffi::NamStatus);
    let mut message = rubbish();
    assert_eq!(unsafe { test_panic(&raw mut message) }, ffi::NamStatus::Panic);
    assert!(take(&mut message).contains("a test asked for it"));
    assert_eq!(unsafe { test_panic(null_mut()) }, ffi::NamStatus::Panic);
}

#[test]
fn every_null_is_refused() {
    let new = native!(nam_judge_new as JudgeNew);
    let mut message = rubbish();
    let status = unsafe { new(null(), 0, null(), -1, 0, null(), -1, 0, 0, 0, null_mut(), &raw mut message) };
    assert_eq!((status, take(&mut message).as_str()), (ffi::NamStatus::NullArgument, "judge is NULL"));

    let mut judge = std::ptr::without_provenance_mut(0xdead_beef);
    let status =
        unsafe { new(null(), 3, null(), -1, 0, null(), -1, 0, 0, 0, &raw mut judge, &raw mut message) };
    assert_eq!(status, ffi::NamStatus::NullArgument);
    assert_eq!(take(&mut message), "baseline is NULL with length 3");
    assert!(judge.is_null(), "outputs are zeroed");

    let call = native!(nam_judge_mailbox as JudgeMailbox);
    let mut verdict = NamVerdict { state: 9, ..NamVerdict::default() };
    let outputs = (&raw mut verdict, null_mut(), null_mut());
    let status = unsafe { judge_mailbox(*call, (null(), null()), &NOTHING, outputs) };
    assert_eq!((status, verdict.state), (ffi::NamStatus::NullArgument, 0));
}

#[test]
fn freeing_nothing_does_nothing() {
    unsafe {
        native!(nam_text_free as unsafe extern "C" fn(*mut u16, usize))(null_mut(), 0);
        native!(nam_judge_free as unsafe extern "C" fn(*mut NamJudge))(null_mut());
        native!(nam_bypass_free as unsafe extern "C" fn(*mut NamBypass))(null_mut());
        native!(nam_report_free as unsafe extern "C" fn(*mut NamReport))(null_mut());
    }
}

#[test]
fn bad_lengths_are_refused() {
    let new = native!(nam_judge_new as JudgeNew);
    let name = wide("All");
    for length in [-2, i32::MIN] {
        let (mut judge, mut message) = (null_mut(), rubbish());
        let status = unsafe {
            new(name.as_ptr(), length, null(), -1, 0, null(), -1, 0, 0, 0, &raw mut judge, &raw mut message)
        };
        assert_eq!(status, ffi::NamStatus::BadLength);
        assert_eq!(take(&mut message), format!("baseline has length {length}"));
    }
}

#[test]
fn bad_numbers_are_refused() {
    let new = native!(nam_judge_new as JudgeNew);
    let name = wide("All");
    for (logon_types, licence, platform, disabled) in
        [(8, 0, 0, 0), (0, 3, 0, 0), (0, 0, -1, 0), (0, 0, 0, 2), (0, 0, 0, -2)]
    {
        let mut judge = null_mut();
        let (units, length) = list(Some(&name));
        let status = unsafe {
            new(
                units,
                length,
                null(),
                -1,
                logon_types,
                null(),
                -1,
                licence,
                platform,
                disabled,
                &raw mut judge,
                null_mut(),
            )
        };
        assert_eq!(status, ffi::NamStatus::BadArgument);
        assert!(judge.is_null());
    }
}

#[test]
fn an_unknown_baseline_says_which_there_are() {
    let (status, message) = judge_for("Nonesuch").err().unwrap();
    assert_eq!(status, ffi::NamStatus::BadBaseline);
    assert!(message.contains("All, Default, Cis7"), "{message}");
}

#[test]
fn absent_is_not_empty() {
    let judge = judge_for("All").unwrap();
    let empty = ask(&judge, Some(&[]), null_mut());
    assert_eq!((empty.state, empty.problem, empty.gaps_known), (1, 0, 1));
    let absent = ask(&judge, None, null_mut());
    assert_eq!((absent.state, absent.problem, absent.gaps_known), (3, 2, 0));
}

#[test]
fn a_verdict_has_its_texts() {
    let judge = judge_for("Default").unwrap();
    let mut texts = NamVerdictTexts::default();
    let verdict = ask(&judge, Some(&wide("HardDelete,Brand New")), &raw mut texts);
    assert_eq!(verdict.gaps_owner.count_ones(), 9);
    assert_eq!(take(&mut texts.state), "Gap");
    assert_eq!(take(&mut texts.reason), "DefaultsMissing");
    assert_eq!(take(&mut texts.unrecognized), "Brand,New");
    assert_eq!(take(&mut texts.default_audit_set), "Admin,Delegate,Owner");
    assert!(take(&mut texts.gaps_owner).starts_with("ApplyRecord,"));
    assert!(take(&mut texts.gaps_admin).contains("SendAs"));
    assert!(take(&mut texts.gaps_delegate).contains("SendAs"));
    assert!(take(&mut texts.remarks).contains("newer than the catalogue"));
    assert_eq!(take(&mut texts.problem), "");
}

#[test]
fn half_a_surrogate_pair_is_no_name() {
    let judge = judge_for("All").unwrap();
    let mut owner = wide("HardDelete,");
    owner.push(0xd800);
    assert_eq!(ask(&judge, Some(&owner), null_mut()).problem, 6);
    let (status, _) = judge_for("\u{fffd}").err().unwrap();
    assert_eq!(status, ffi::NamStatus::BadBaseline);
}

#[test]
fn a_nul_does_not_end_a_text() {
    let judge = judge_for("All").unwrap();
    assert_eq!(ask(&judge, Some(&wide("HardDelete\0,Update")), null_mut()).problem, 6);
}

#[test]
fn eight_threads_get_the_same_answers() {
    let judge = judge_for("All").unwrap();
    let names = ["HardDelete", "Update", "Move", "Create", "MailboxLogin", "Send"];
    let lists: Vec<Vec<u16>> = (0_usize..64)
        .map(|bits| {
            let chosen = names.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1);
            wide(&chosen.map(|(_, name)| *name).collect::<Vec<_>>().join(","))
        })
        .collect();
    let expected: Vec<_> = lists
        .iter()
        .map(|owner| ask(&judge_for("All").unwrap(), Some(owner), null_mut()).gaps_owner)
        .collect();
    let numbers = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let (judge, lists, expected) = (&judge, &lists, &expected);
                scope.spawn(move || {
                    let mut numbers = vec![-1; lists.len()];
                    for round in 0..50 {
                        for at in 0..lists.len() {
                            let at = (at + thread * 8 + round) % lists.len();
                            let verdict = ask(judge, Some(&lists[at]), null_mut());
                            assert_eq!(verdict.gaps_owner, expected[at]);
                            numbers[at] = verdict.number;
                        }
                    }
                    numbers
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(numbers.iter().all(|other| *other == numbers[0]), "one number for all threads");
    let mut distinct = numbers[0].clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), lists.len(), "and one for each combination");
}

#[test]
fn bypass_is_joined_and_unknown_stays_unknown() {
    let new = native!(nam_bypass_new as unsafe extern "C" fn(*mut *mut NamBypass, Message) -> ffi::NamStatus);
    let add = native!(nam_bypass_add as BypassAdd);
    let mut bypass = null_mut();
    assert_eq!(unsafe { new(&raw mut bypass, null_mut()) }, ffi::NamStatus::Ok);
    let row = |guid: &str, name: &str, enabled: &str| {
        let (guid, name, enabled) = (wide(guid), wide(name), wide(enabled));
        let (n, a) = (null(), -1);
        let (guid, name, enabled) = (list(Some(&guid)), list(Some(&name)), list(Some(&enabled)));
        unsafe { add(bypass, n, a, guid.0, guid.1, n, a, name.0, name.1, enabled.0, enabled.1, null_mut()) }
    };
    let guid = |last: u32| format!("00000000-0000-4000-8000-{last:012}");
    assert_eq!(row(&guid(1), "", "True"), ffi::NamStatus::Ok);
    assert_eq!(row(&guid(2), "CN=Two", "false"), ffi::NamStatus::Ok);
    assert_eq!(row(&guid(3), "", ""), ffi::NamStatus::BadBypassRow);
    assert_eq!(row("", "", "True"), ffi::NamStatus::BadBypassRow);
    assert_eq!(row("00000000-0000-0000-0000-000000000000", "", "True"), ffi::NamStatus::BadBypassRow);
    let judge = judge_for("All").unwrap();
    let on = wide("True");
    let look = |guid: &str, name: &str| {
        let (guid, name) = (wide(guid), wide(name));
        let mut properties = NOTHING;
        properties[place::GUID] = list(Some(&guid));
        properties[place::DISTINGUISHED_NAME] = list(Some(&name));
        // What the object says of itself does not count where there is a table.
        properties[place::BYPASS] = list(Some(&on));
        ask_about(&judge, bypass, &properties, null_mut()).bypass
    };
    assert_eq!(look(&guid(1).to_uppercase(), ""), 1);
    assert_eq!(look("", "cn=two"), 0);
    assert_eq!(look(&guid(3), ""), -1);
    assert_eq!(look(&guid(4), "CN=Four"), -1);
    assert_eq!(look("no guid at all, and much too long to be one of any form", ""), -1);
    assert_eq!(row(&guid(5), "", "True"), ffi::NamStatus::BadArgument, "no row once the table was asked");
    unsafe { native!(nam_bypass_free as unsafe extern "C" fn(*mut NamBypass))(bypass) };
}

#[test]
fn without_a_table_the_object_itself_says_who_bypasses() {
    let judge = judge_for("All").unwrap();
    for (text, expected) in
        [(Some("True"), 1), (Some("false"), 0), (Some(""), -1), (Some("perhaps"), -1), (None, -1)]
    {
        let text = text.map(wide);
        let mut properties = NOTHING;
        properties[place::BYPASS] = list(text.as_deref());
        assert_eq!(ask_about(&judge, null(), &properties, null_mut()).bypass, expected, "{text:?}");
    }
}

/// Counts what each thread takes, so that tests beside it do not matter. It counts this crate linked in, which is the
/// same code as in the library.
struct Counting;

thread_local! {
    static TAKEN: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.set(TAKEN.get() + 1);
        HELD.set(HELD.get() + layout.size() as i64);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.set(HELD.get() - layout.size() as i64);
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The calls of one life of a judge and its texts, in this crate.
fn live_and_die(each: impl Fn(*const NamJudge)) {
    let (name, mut judge) = (wide("All"), null_mut());
    let (units, length) = list(Some(&name));
    let status = unsafe {
        ffi::nam_judge_new(units, length, null(), -1, 0, null(), -1, 0, 0, 0, &raw mut judge, null_mut())
    };
    assert_eq!(status, ffi::NamStatus::Ok);
    each(judge);
    unsafe { ffi::nam_judge_free(judge) };
}

fn call(judge: *const NamJudge, units: &[u16], texts: *mut NamVerdictTexts) {
    let mut properties = NOTHING;
    for at in [place::ADMIN, place::DELEGATE, place::OWNER] {
        properties[at] = list(Some(units));
    }
    let mut verdict = NamVerdict::default();
    let outputs = (&raw mut verdict, texts, null_mut());
    let status = unsafe { judge_mailbox(ffi::nam_judge_mailbox, (judge, null()), &properties, outputs) };
    assert_eq!(status, ffi::NamStatus::Ok);
}

#[test]
fn a_mailbox_seen_before_takes_no_memory() {
    let units = wide("HardDelete,Update,SoftDelete");
    live_and_die(|judge| {
        call(judge, &units, null_mut());
        let before = TAKEN.get();
        for _ in 0..1000 {
            call(judge, &units, null_mut());
        }
        assert_eq!(TAKEN.get(), before);
    });
}

#[test]
fn what_is_freed_is_free() {
    let units = wide("HardDelete,Update");
    let life = || {
        live_and_die(|judge| {
            let mut texts = NamVerdictTexts::default();
            call(judge, &units, &raw mut texts);
            for text in [
                texts.state,
                texts.reason,
                texts.remarks,
                texts.problem,
                texts.gaps_admin,
                texts.gaps_delegate,
                texts.gaps_owner,
                texts.default_audit_set,
                texts.unrecognized,
            ] {
                unsafe { ffi::nam_text_free(text.data, text.length) };
            }
            let mut message = NamText::default();
            assert_eq!(unsafe { ffi::nam_test_panic(&raw mut message) }, ffi::NamStatus::Panic);
            unsafe { ffi::nam_text_free(message.data, message.length) };
        });
    };
    // The first one makes what lives as long as the process.
    life();
    let before = HELD.get();
    for _ in 0..20 {
        life();
    }
    // A panic's payload is not dropped: a few bytes each.
    assert!(HELD.get() - before < 20 * 64, "{}", HELD.get() - before);
}

type PlanEnable = unsafe extern "C" fn(
    *const NamJudge,
    Units,
    i32,
    u32,
    Units,
    i32,
    i32,
    Units,
    i32,
    i32,
    Message,
    Message,
    Message,
) -> ffi::NamStatus;
type TwoTexts = unsafe extern "C" fn(Units, i32, Units, i32, Message, Message) -> ffi::NamStatus;
type PlanRestore = unsafe extern "C" fn(Units, i32, Units, i32, Message, Message, Message) -> ffi::NamStatus;
type RecordNew = unsafe extern "C" fn(Units, i32, *mut *mut ffi::NamRecord, Message) -> ffi::NamStatus;
type RecordAdd =
    unsafe extern "C" fn(*const ffi::NamRecord, Units, i32, Units, i32, Message) -> ffi::NamStatus;
type UndoNew = unsafe extern "C" fn(Units, i32, *mut *mut ffi::NamUndo, Message) -> ffi::NamStatus;
type UndoNext = unsafe extern "C" fn(*const ffi::NamUndo, *mut i32, Message, Message) -> ffi::NamStatus;

/// A mailbox as the planning functions take it.
fn mailbox_text(owner: &str, managed: &str) -> Vec<u16> {
    let guid = "11111111-2222-4333-8444-555555555555";
    let fields = [
        "Anna",
        "anna@contoso.example",
        "",
        "",
        "",
        "UserMailbox",
        guid,
        "\u{1}",
        "\u{1}",
        "True",
        "HardDelete",
        "HardDelete",
        owner,
        managed,
        "90.00:00:00",
        "\u{1}",
    ];
    wide(&fields.map(|field| format!("{field}\0")).concat())
}

fn plan_for(judge: &Judge, mailbox: &[u16], actions: &str, lists: i32) -> Result<(String, String), String> {
    let plan = native!(nam_plan_enable as PlanEnable);
    let (actions, mut texts) = (wide(actions), [rubbish(), rubbish(), rubbish()]);
    let [planned, before, message] = &mut texts;
    let status = unsafe {
        plan(
            judge.0,
            mailbox.as_ptr(),
            i32::try_from(mailbox.len()).unwrap(),
            0,
            actions.as_ptr(),
            i32::try_from(actions.len()).unwrap(),
            lists,
            null(),
            0,
            0,
            planned,
            before,
            message,
        )
    };
    let message = take(message);
    if status == ffi::NamStatus::Ok { Ok((take(planned), take(before))) } else { Err(message) }
}

#[test]
fn a_plan_is_written_down_and_undone() {
    let judge = judge_for("All").unwrap();
    let before = mailbox_text("HardDelete", "");
    let (plan, state) = plan_for(&judge, &before, "Move", 1).unwrap();
    assert!(
        plan.contains(
            r#""Text":"Add Move to AuditAdmin; add Move to AuditDelegate; add Move to AuditOwner""#
        ),
        "{plan}"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = wide(&folder.path().join("record.jsonl").to_string_lossy());
    let length = i32::try_from(path.len()).unwrap();
    let (mut record, mut message) = (null_mut(), rubbish());
    let opened =
        unsafe { native!(nam_record_new as RecordNew)(path.as_ptr(), length, &mut record, &mut message) };
    assert_eq!(opened, ffi::NamStatus::Ok);
    let (state, changes) = (wide(&state), wide("AuditOwner"));
    let add = native!(nam_record_add as RecordAdd);
    let added = |changes: &[u16], message: Message| unsafe {
        let (state_length, length) =
            (i32::try_from(state.len()).unwrap(), i32::try_from(changes.len()).unwrap());
        add(record, state.as_ptr(), state_length, changes.as_ptr(), length, message)
    };
    assert_eq!(added(&wide("AuditNothing"), &mut message), ffi::NamStatus::BadArgument);
    assert_eq!(take(&mut message), "changes may not be AuditNothing");
    assert_eq!(added(&changes, &mut message), ffi::NamStatus::Ok);
    unsafe { native!(nam_record_free as unsafe extern "C" fn(*mut ffi::NamRecord))(record) };

    let (mut undo, mut kind, mut line) = (null_mut(), 9, rubbish());
    let opened = unsafe { native!(nam_undo_new as UndoNew)(path.as_ptr(), length, &mut undo, &mut message) };
    assert_eq!(opened, ffi::NamStatus::Ok);
    let next = native!(nam_undo_next as UndoNext);
    unsafe { next(undo, &mut kind, &mut line, &mut message) };
    assert_eq!(kind, 1);
    let written = wide(&take(&mut line));
    unsafe { next(undo, &mut kind, &mut line, &mut message) };
    assert_eq!((kind, take(&mut line)), (0, String::new()));
    unsafe { native!(nam_undo_free as unsafe extern "C" fn(*mut ffi::NamUndo))(undo) };

    let restore = native!(nam_plan_restore as PlanRestore);
    for (owner, expected) in
        [("HardDelete,Move", r#"{\"AuditOwner\":{\"Remove\":[\"Move\"]}}"#), ("HardDelete", "NothingMissing")]
    {
        let now = mailbox_text(owner, "");
        let (mut planned, mut state) = (rubbish(), rubbish());
        let (line_length, now_length) =
            (i32::try_from(written.len()).unwrap(), i32::try_from(now.len()).unwrap());
        let status = unsafe {
            restore(
                written.as_ptr(),
                line_length,
                now.as_ptr(),
                now_length,
                &mut planned,
                &mut state,
                &mut message,
            )
        };
        assert_eq!(status, ffi::NamStatus::Ok);
        take(&mut state);
        let text = take(&mut planned);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn what_is_no_mailbox_text_or_call_is_refused() {
    let judge = judge_for("All").unwrap();
    for (mailbox, lists) in [("", 1), ("Anna\0", 1), ("no NUL", 1)] {
        assert!(
            plan_for(&judge, &wide(mailbox), "", lists).unwrap_err().contains("16 properties"),
            "{mailbox:?}"
        );
    }
    let whole = mailbox_text("", "");
    assert_eq!(plan_for(&judge, &whole, "", 7).unwrap_err(), "lists may not be 7");
    assert!(plan_for(&judge, &whole, "Nonesuch", 1).unwrap_err().contains("unknown action"));
    let cut = &whole[..whole.len() - 1];
    assert!(plan_for(&judge, cut, "", 1).unwrap_err().contains("16 properties"));
    let answer = native!(nam_plan_answer as TwoTexts);
    let (call, text, mut told, mut message) = (wide("{\"Other\":1}"), wide("x"), rubbish(), rubbish());
    let status = unsafe {
        answer(call.as_ptr(), i32::try_from(call.len()).unwrap(), text.as_ptr(), 1, &mut told, &mut message)
    };
    assert_eq!(status, ffi::NamStatus::BadArgument);
    assert!(take(&mut message).contains("not what a plan or a record gave"));
}
