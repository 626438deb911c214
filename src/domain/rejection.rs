//! What Exchange answers when it takes an action not: which one it was, and what to try instead.
//!
//! The texts are not documented. Those below were reported in public; where none of them fits, no guess is made.

use serde::{Serialize, Serializer};

use super::action::{LogonType, PerLogonType};
use super::mailbox::property;
use super::remediation::{ListEdit, Parameters, as_texts, without};

/// What the server's text says of the actions that were sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum Kind {
    /// It is not about actions: the call failed.
    #[default]
    Other,
    /// It takes these not.
    Rejected,
    /// It has these already.
    AlreadyAudited,
    /// It takes one of these not, or has it already, and does not say which.
    Unclear,
}

/// How to go on after a call that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Answer {
    /// What it says.
    pub kind: Kind,
    /// Of which actions.
    pub actions: PerLogonType<Vec<String>>,
    /// The same call without them; nothing where nothing is left.
    #[serde(serialize_with = "as_texts")]
    pub rest: Option<Parameters>,
    /// Each of them by itself, where it is unclear which one was meant.
    pub single: Vec<Single>,
}

fn as_text<S: Serializer>(call: &Parameters, serializer: S) -> Result<S::Ok, S::Error> {
    as_texts([call], serializer)
}

/// One action, to be tried by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Single {
    /// For whom.
    pub logon_type: LogonType,
    /// Which.
    pub action: String,
    /// The call.
    #[serde(serialize_with = "as_text")]
    pub call: Parameters,
}

/// Reads the server's text after a call with these parameters.
pub fn read_answer(text: &str, call: &Parameters) -> Answer {
    let sent =
        PerLogonType::from_fn(|logon| call.list(logon).map(ListEdit::sent).unwrap_or_default().to_vec());
    let (kind, actions) = find(text, &sent);
    if actions.iter().all(|(_, names)| names.is_empty()) {
        return Answer::default();
    }
    let mut rest = call.clone();
    for (logon, names) in actions.iter() {
        let edit = rest.list_mut(logon);
        *edit = edit.take().and_then(|edit| leave_out(edit, names));
    }
    let is_single = sent.iter().map(|(_, names)| names.len()).sum::<usize>() == 1;
    let kind = match kind {
        // Alone there is no doubt which one it was, if not why.
        Kind::Unclear if is_single && is_about_what_is_there(text) => Kind::AlreadyAudited,
        Kind::Unclear if is_single => Kind::Rejected,
        kind => kind,
    };
    let single = if kind == Kind::Unclear { singles(&actions) } else { Vec::new() };
    Answer { kind, actions, rest: (!rest.is_empty()).then_some(rest), single }
}

fn find(text: &str, sent: &PerLogonType<Vec<String>>) -> (Kind, PerLogonType<Vec<String>>) {
    let lower = text.to_ascii_lowercase();
    let named = |part: &str| mentioned(part, text, sent);
    // "The input audit operation(s) is/are already being audited" (2019); it names none.
    if is_about_what_is_there(&lower) {
        return or_unclear(Kind::AlreadyAudited, named(text), sent.clone());
    }
    // The parser's own list, in the words of Exchange and of PowerShell: all that it takes.
    for marker in ["possible enumeration values are", "one of the following enumerator names and try again"] {
        if let Some(at) = lower.find(marker) {
            let listed = words(&text[at..]);
            return (Kind::Rejected, PerLogonType::from_fn(|logon| without(&sent[logon], &listed)));
        }
    }
    // "Supported audit operations for Mailbox Owner are None, Create, SoftDelete, ...": a static text, which leaves out
    // some that are taken. So what it lacks is only suspected.
    if let Some(at) = lower.find("supported audit operations for mailbox ") {
        let listed = words(&text[at..]);
        let whose = words(&text[at + "supported audit operations for mailbox ".len()..]);
        let whose = whose.first().and_then(|word| LogonType::from_name(word));
        let of = |logon| whose.is_none() || whose == Some(logon);
        let all = PerLogonType::from_fn(|logon| if of(logon) { sent[logon].clone() } else { Vec::new() });
        let lacking = PerLogonType::from_fn(|logon| without(&all[logon], &listed));
        return or_unclear(Kind::Unclear, lacking, all);
    }
    // "MessageBind audit operation type is deprecated. Use MailItemsAccessed audit operation type instead." What is to
    // be used instead is not rejected.
    if let Some(at) = lower.find("audit operation type is deprecated") {
        return (Kind::Rejected, named(&text[..at]));
    }
    // "Auditing of MailItemsAccessed event is only available for users with appropriate license."
    if lower.contains("audit") && (lower.contains("license") || lower.contains("licence")) {
        return (Kind::Rejected, named(text));
    }
    // Any other text that speaks of audit operations. Move, Copy or Update are words of other messages too.
    if lower.contains("audit operation") || lower.contains("mailboxauditoperations") {
        return or_unclear(Kind::Rejected, named(text), sent.clone());
    }
    (Kind::Other, PerLogonType::default())
}

fn is_about_what_is_there(text: &str) -> bool {
    text.to_ascii_lowercase().contains("already being audited")
}

/// The actions as found, or all of them where none was found: then it is unclear.
fn or_unclear(
    kind: Kind,
    found: PerLogonType<Vec<String>>,
    all: PerLogonType<Vec<String>>,
) -> (Kind, PerLogonType<Vec<String>>) {
    if found.iter().all(|(_, names)| names.is_empty()) { (Kind::Unclear, all) } else { (kind, found) }
}

/// The actions sent that a part of the text names as whole words: `Send` does not stand in `SendAs`. Where the text
/// names a list, only those of that list.
fn mentioned(part: &str, text: &str, sent: &PerLogonType<Vec<String>>) -> PerLogonType<Vec<String>> {
    let (words, all) = (words(part), words(text));
    let has = |word: &str| all.iter().any(|known| known == word);
    let lists: Vec<_> = LogonType::ALL.into_iter().filter(|logon| has(property::list(*logon))).collect();
    PerLogonType::from_fn(|logon| {
        if !lists.is_empty() && !lists.contains(&logon) {
            return Vec::new();
        }
        sent[logon].iter().filter(|name| words.contains(name)).cloned().collect()
    })
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// An edit without some of the names that it puts into the list.
fn leave_out(edit: ListEdit, names: &[String]) -> Option<ListEdit> {
    match edit {
        ListEdit::Change { add, remove } => {
            let add = without(&add, names);
            (!add.is_empty() || !remove.is_empty()).then_some(ListEdit::Change { add, remove })
        }
        ListEdit::Replace(list) => Some(ListEdit::Replace(without(&list, names))),
    }
}

fn singles(actions: &PerLogonType<Vec<String>>) -> Vec<Single> {
    let each = actions.iter().flat_map(|(logon, names)| names.iter().map(move |name| (logon, name)));
    each.map(|(logon_type, name)| {
        let mut call = Parameters::default();
        *call.list_mut(logon_type) = Some(ListEdit::Change { add: vec![name.clone()], remove: Vec::new() });
        Single { logon_type, action: name.clone(), call }
    })
    .collect()
}
