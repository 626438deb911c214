//! Plans as JSON, for whoever carries them out.

use serde::Serialize;

use crate::domain::bypass::Bypass;
use crate::domain::catalog::Catalog;
use crate::domain::mailbox::Mailbox;
use crate::domain::rejection::read_answer;
use crate::domain::remediation::{Parameters, Wish, before, plan};
use crate::domain::undo::{Before, restore};
use crate::domain::verdict::Judge;

/// A plan, and what the record shall hold before it is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanTexts {
    /// The plan.
    pub plan: String,
    /// The state before, as a line of the record lacks it: what is changed, and when.
    pub before: String,
}

/// Plans what brings a mailbox to what is wanted.
pub fn plan_json(judge: &Judge<'_>, mailbox: &Mailbox<'_>, bypass: Bypass, wish: &Wish) -> PlanTexts {
    PlanTexts {
        plan: json(&plan(judge, mailbox, bypass, wish)),
        before: json(&before(judge.catalog(), mailbox, bypass)),
    }
}

/// Plans what puts a mailbox back as a line of the record has it.
///
/// # Errors
///
/// When the line is none.
pub fn restore_json(
    catalog: &Catalog,
    line: &str,
    now: &Mailbox<'_>,
    bypass: Bypass,
) -> Result<PlanTexts, serde_json::Error> {
    let before: Before = serde_json::from_str(line)?;
    Ok(PlanTexts {
        plan: json(&restore(catalog, &before, now, bypass)),
        before: json(&crate::domain::remediation::before(catalog, now, bypass)),
    })
}

/// Tells how to go on after a call that failed with that text.
///
/// # Errors
///
/// When the call is none of a plan.
pub fn answer_json(call: &str, text: &str) -> Result<String, serde_json::Error> {
    let call: Parameters = serde_json::from_str(call)?;
    Ok(json(&read_answer(text, &call)))
}

pub(super) fn json<T: Serialize>(value: &T) -> String {
    #[expect(clippy::expect_used, reason = "strings, lists and maps with string keys only")]
    serde_json::to_string(value).expect("plain data becomes JSON")
}
