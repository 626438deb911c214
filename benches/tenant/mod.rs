//! Saved exports of an invented tenant of any size, in the shape that PowerShell 7 writes, of mailboxes with the Minimum
//! and the Audit property sets.

use std::fmt::Write as _;
use std::io::Write;
use std::ops::Range;

/// The shape of a saved export.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Json,
    Clixml,
}

const ADMIN: &[&str] = &[
    "Update",
    "MoveToDeletedItems",
    "SoftDelete",
    "HardDelete",
    "SendAs",
    "SendOnBehalf",
    "Create",
    "UpdateFolderPermissions",
    "UpdateInboxRules",
    "UpdateCalendarDelegation",
    "ApplyRecord",
    "MailItemsAccessed",
    "Send",
];
const DELEGATE: &[&str] = &[
    "Update",
    "MoveToDeletedItems",
    "SoftDelete",
    "HardDelete",
    "SendAs",
    "SendOnBehalf",
    "Create",
    "UpdateFolderPermissions",
    "UpdateInboxRules",
    "ApplyRecord",
    "MailItemsAccessed",
];
const OWNER: &[&str] = &[
    "Update",
    "MoveToDeletedItems",
    "SoftDelete",
    "HardDelete",
    "UpdateFolderPermissions",
    "UpdateInboxRules",
    "UpdateCalendarDelegation",
    "ApplyRecord",
    "MailItemsAccessed",
    "Send",
];
const MANAGED: &[&str] = &["Admin", "Delegate", "Owner"];

/// One mailbox: its texts, and its lists, every seventh customised.
pub(crate) struct Mailbox {
    texts: Vec<(&'static str, String)>,
    lists: Vec<(&'static str, &'static [&'static str])>,
}

/// Makes the mailbox of a number.
pub(crate) type Make = fn(usize) -> Mailbox;

/// The mailbox a week later: some were customised since.
pub(crate) fn later(number: usize) -> Mailbox {
    let mut mailbox = mailbox(number);
    if number.is_multiple_of(97) {
        mailbox.lists[2].1 = &OWNER[1..];
        mailbox.lists[3].1 = &MANAGED[..2];
    }
    mailbox
}

pub(crate) fn mailbox(number: usize) -> Mailbox {
    let name = format!("u{number}");
    let address = format!("{name}@contoso.example");
    let dn = format!(
        "CN={name},OU=contoso.example,OU=Microsoft Exchange Hosted Organizations,DC=EURPR04A001,DC=PROD,\
         DC=OUTLOOK,DC=COM"
    );
    let organization = "EURPR04A001.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/contoso.example";
    let kind = if number.is_multiple_of(11) { "SharedMailbox" } else { "UserMailbox" };
    let customised = number.is_multiple_of(7);
    Mailbox {
        texts: vec![
            ("ExternalDirectoryObjectId", format!("{number:08x}-1111-4222-8333-0000000dbba1")),
            ("UserPrincipalName", address.clone()),
            ("Alias", name.clone()),
            ("DisplayName", format!("Anna Müller {number}")),
            ("PrimarySmtpAddress", address),
            ("RecipientType", "UserMailbox".to_owned()),
            ("RecipientTypeDetails", kind.to_owned()),
            ("Identity", name.clone()),
            ("Id", name.clone()),
            ("Name", name),
            ("DistinguishedName", dn),
            ("OrganizationId", organization.to_owned()),
            ("Guid", format!("{number:08x}-1111-4222-8333-000000000001")),
            ("AuditLogAgeLimit", "90.00:00:00".to_owned()),
        ],
        lists: vec![
            ("AuditAdmin", ADMIN),
            ("AuditDelegate", DELEGATE),
            ("AuditOwner", if customised { &OWNER[..2] } else { OWNER }),
            ("DefaultAuditSet", if customised { &MANAGED[..2] } else { MANAGED }),
        ],
    }
}

impl Shape {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Shape::Json => "JSON",
            Shape::Clixml => "CLIXML",
        }
    }

    pub(crate) fn write(self, out: &mut impl Write, range: Range<usize>, make: Make) {
        let mut text = String::new();
        match self {
            Shape::Json => {
                out.write_all(b"[\n").unwrap();
                for number in range.clone() {
                    json(&mut text, &make(number), number + 1 == range.end);
                    out.write_all(text.as_bytes()).unwrap();
                    text.clear();
                }
                out.write_all(b"]\n").unwrap();
            }
            Shape::Clixml => {
                out.write_all(
                    b"<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n",
                )
                .unwrap();
                let mut reference = 0;
                for number in range {
                    clixml(&mut text, &make(number), &mut reference);
                    out.write_all(text.as_bytes()).unwrap();
                    text.clear();
                }
                out.write_all(b"</Objs>").unwrap();
            }
        }
    }
}

fn json(text: &mut String, mailbox: &Mailbox, last: bool) {
    text.push_str("  {\n");
    for (name, value) in &mailbox.texts {
        writeln!(text, "    \"{name}\": \"{value}\",").unwrap();
    }
    for (name, values) in &mailbox.lists {
        let values: Vec<_> = values.iter().map(|value| format!("      \"{value}\"")).collect();
        writeln!(text, "    \"{name}\": [\n{}\n    ],", values.join(",\n")).unwrap();
    }
    text.push_str("    \"AuditEnabled\": true\n");
    text.push_str(if last { "  }\n" } else { "  },\n" });
}

fn clixml(text: &mut String, mailbox: &Mailbox, reference: &mut u64) {
    let mut next = || {
        *reference += 1;
        *reference
    };
    writeln!(text, "  <Obj RefId=\"{}\">\n    <TNRef RefId=\"0\" />\n    <MS>", next()).unwrap();
    for (name, value) in &mailbox.texts {
        writeln!(text, "      <S N=\"{name}\">{value}</S>").unwrap();
    }
    for (name, values) in &mailbox.lists {
        let values: String = values.iter().map(|value| format!("          <S>{value}</S>\n")).collect();
        writeln!(
            text,
            "      <Obj N=\"{name}\" RefId=\"{}\">\n        <TNRef RefId=\"1\" />\n        <LST>\n{values}        \
             </LST>\n      </Obj>",
            next()
        )
        .unwrap();
    }
    text.push_str("      <B N=\"AuditEnabled\">true</B>\n    </MS>\n  </Obj>\n");
}
