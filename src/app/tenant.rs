//! What is read once for all mailboxes: the organisation's switch, and who bypasses auditing.

use std::ops::ControlFlow;

use super::{AppError, Input, Progress, incomplete, place_of, read_input, wrong_record};
use crate::domain::bypass::BypassTable;
use crate::domain::catalog::Catalog;
use crate::domain::list::{Fault, Property};
use crate::domain::mailbox::property;
use crate::domain::problem::{Place, Problem, Problems};
use crate::domain::verdict::OrganizationAudit;
use crate::input::{Content, Record, RecordKind, tenant_of};

/// Whether these are saved inputs of several tenants, so that a report has to say whose each mailbox is.
pub fn are_of_several_tenants(inputs: &[Input]) -> bool {
    let mut tenants = inputs.iter().filter_map(|input| match input {
        // What is no file cannot be read twice.
        Input::File(path) | Input::Temporary { path, .. } if path.is_file() => tenant_of(path),
        _ => None,
    });
    let first = tenants.next();
    tenants.any(|tenant| Some(tenant) != first)
}

/// Reads the organisation's switch.
///
/// # Errors
///
/// When the file cannot be read, or holds no organisation with `AuditDisabled`: it was named to be used.
pub fn read_organization(
    input: &Input,
    catalog: &Catalog,
    progress: &dyn Progress,
) -> Result<OrganizationAudit, AppError> {
    let mut found: Vec<Property<bool>> = Vec::new();
    let problem = read_input(input, catalog, progress, &mut |item| {
        if let Content::Record(record) = item.content {
            found.push(record.audit_disabled().clone());
        }
        ControlFlow::Continue(())
    })?;
    let file = input.name();
    if let Some(problem) = problem {
        return Err(AppError::WrongInput { file, text: format!("cannot be used: {problem}") });
    }
    let wrong = |text: &str| {
        let text = format!("{text}; save it with: Get-OrganizationConfig | Export-Clixml organization.xml");
        AppError::WrongInput { file: file.clone(), text }
    };
    match found.as_slice() {
        [Property::Known(disabled)] => Ok(OrganizationAudit::from_audit_disabled(*disabled)),
        [Property::Refused(fault)] => Err(wrong(&fault.describe("AuditDisabled"))),
        [Property::Absent] => Err(wrong(
            "has no AuditDisabled, so it is no organisation of Exchange Online (Exchange Server has none: leave it out)",
        )),
        [] => Err(wrong("holds no organisation")),
        _ => Err(wrong("holds more than one organisation")),
    }
}

/// Reads bypass associations. A row that cannot be used leaves its account unknown.
///
/// # Errors
///
/// When a file cannot be read, or has no row of an association: it was named to be used.
pub fn read_bypass(
    inputs: &[Input],
    catalog: &Catalog,
    progress: &dyn Progress,
    problems: &mut Problems,
) -> Result<BypassTable, AppError> {
    let mut table = BypassTable::default();
    for input in inputs {
        let file = input.name();
        let before = table.rows();
        let mut wrong = 0_u64;
        let problem = read_input(input, catalog, progress, &mut |item| {
            let place = place_of(&file, &item);
            let problem = match item.content {
                Content::Record(record) if is_association(&record) => {
                    take_association(&mut table, record, place)
                }
                Content::Record(_) => {
                    wrong += 1;
                    Some(wrong_record(place, None, "it is no bypass association"))
                }
                Content::NotAnObject(text) => {
                    wrong += 1;
                    Some(wrong_record(place, None, format!("it is {text}, no bypass association")))
                }
                Content::Incomplete(text) => Some(incomplete(place, text)),
            };
            problem.into_iter().for_each(|problem| problems.push(problem));
            ControlFlow::Continue(())
        })?;
        if table.rows() == before && wrong > 0 {
            let text = "holds no bypass association; save them with: \
                        Get-MailboxAuditBypassAssociation -ResultSize Unlimited | Export-Clixml bypass.xml";
            return Err(AppError::WrongInput { file, text: text.to_owned() });
        }
        problem.into_iter().for_each(|problem| problems.push(problem));
    }
    Ok(table)
}

/// A row may lack its very value: then it says unknown, which is not nothing.
fn is_association(record: &Record<'_>) -> bool {
    match record.kind() {
        RecordKind::BypassAssociation => true,
        RecordKind::Mailbox => !record.is_surely_mailbox(),
        _ => false,
    }
}

pub(super) fn take_association(table: &mut BypassTable, record: Record<'_>, place: Place) -> Option<Problem> {
    let row = record.into_bypass();
    table.insert(&row);
    let name = (!row.name.is_empty()).then(|| row.name.to_string());
    if row.is_anonymous() {
        let text =
            "it has no Guid, ExchangeObjectId or DistinguishedName, so it cannot be joined to a mailbox";
        return Some(wrong_record(place, name, text));
    }
    let fault = match &row.audit_bypass_enabled {
        Property::Known(_) => return None,
        Property::Absent => Fault::Missing,
        Property::Refused(fault) => fault.clone(),
    };
    let text = match fault {
        Fault::Missing => {
            "AuditBypassEnabled is missing, so whether the account bypasses auditing is unknown".to_owned()
        }
        other => other.describe(property::AUDIT_BYPASS_ENABLED),
    };
    Some(wrong_record(place, name, text))
}
