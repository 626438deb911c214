//! Who bypasses auditing: how rows and mailboxes are joined, and what is not known.
//!
//! Get-MailboxAuditBypassAssociation gives rows without UserPrincipalName, whose Name is not unique.

use non_audited_mailbox::domain::bypass::{Bypass, BypassAssociation, BypassTable};
use non_audited_mailbox::domain::list::{Fault, Property};
use non_audited_mailbox::domain::mailbox::Mailbox;
use non_audited_mailbox::domain::verdict::bypass_of;
use uuid::Uuid;

use crate::support::*;

const ADA_DN: &str = "CN=Ada Example,OU=contoso.example,OU=Microsoft Exchange Hosted Organizations,DC=EURP";

fn id(number: u128) -> Option<Uuid> {
    Some(Uuid::from_u128(number))
}

fn ada() -> Mailbox<'static> {
    Mailbox {
        identity: "Ada Example".into(),
        distinguished_name: ADA_DN.into(),
        guid: id(1),
        exchange_object_id: id(2),
        ..user()
    }
}

fn row(enabled: bool) -> BypassAssociation<'static> {
    BypassAssociation { audit_bypass_enabled: Property::Known(enabled), ..BypassAssociation::default() }
}

fn table<'a>(rows: impl IntoIterator<Item = BypassAssociation<'a>>) -> BypassTable {
    let mut table = BypassTable::default();
    rows.into_iter().for_each(|row| table.insert(&row));
    table
}

#[test]
fn a_row_is_joined_by_any_unique_property() {
    for enabled in [true, false] {
        for key in [
            BypassAssociation { guid: id(1), ..row(enabled) },
            BypassAssociation { exchange_object_id: id(2), ..row(enabled) },
            BypassAssociation { distinguished_name: ADA_DN.into(), ..row(enabled) },
            BypassAssociation { guid: id(1), exchange_object_id: id(1), ..row(enabled) },
        ] {
            let description = format!("{key:?}");
            assert_eq!(table([key]).find(&ada()), Bypass::from(enabled), "{description}");
        }
    }
}

// Get-EXOMailbox may be asked for one of the three alone.
#[test]
fn a_mailbox_is_joined_by_whichever_property_it_has() {
    let full = BypassAssociation {
        guid: id(1),
        exchange_object_id: id(2),
        distinguished_name: ADA_DN.into(),
        ..row(true)
    };
    let bare = || Mailbox { guid: None, exchange_object_id: None, distinguished_name: "".into(), ..ada() };
    let table = table([full]);
    assert_eq!(table.find(&Mailbox { guid: id(1), ..bare() }), Bypass::Enabled);
    assert_eq!(table.find(&Mailbox { exchange_object_id: id(2), ..bare() }), Bypass::Enabled);
    assert_eq!(table.find(&Mailbox { distinguished_name: ADA_DN.into(), ..bare() }), Bypass::Enabled);
    assert_eq!(table.find(&bare()), Bypass::Unknown);
}

// RFC 4514 and Active Directory compare distinguished names without case, letters beyond ASCII included.
#[test]
fn distinguished_names_are_joined_without_case() {
    for (left, right) in
        [(ADA_DN.to_uppercase(), ADA_DN.to_lowercase()), ("CN=ÄRZTE".into(), "cn=ärzte".into())]
    {
        let mailbox = |name: String| Mailbox { distinguished_name: name.into(), ..user() };
        let rows = |name: &str| BypassAssociation { distinguished_name: name.to_owned().into(), ..row(true) };
        assert_eq!(table([rows(&left)]).find(&mailbox(right.clone())), Bypass::Enabled);
        assert_eq!(table([rows(&right)]).find(&mailbox(left)), Bypass::Enabled);
    }
}

// SystemMailbox{…} stands in one tenant many times; two receptions are two accounts.
#[test]
fn a_row_is_never_joined_by_name() {
    let mailbox = Mailbox { guid: None, exchange_object_id: None, distinguished_name: "".into(), ..ada() };
    for name in ["Ada Example", "ada@contoso.example"] {
        let anonymous = BypassAssociation { name: name.into(), ..row(true) };
        assert!(anonymous.is_anonymous());
        let other = BypassAssociation { guid: id(9), ..anonymous.clone() };
        assert!(!other.is_anonymous());
        let table = table([anonymous, other]);
        assert_eq!(table.find(&mailbox), Bypass::Unknown);
        assert_eq!(table.find(&ada()), Bypass::Unknown);
    }
}

// A failed read leaves no value: that is not False.
#[test]
fn a_row_without_a_value_is_unknown() {
    for value in [Property::Absent, Property::Refused(Fault::Shape("\"maybe\"".to_owned()))] {
        let row = BypassAssociation { guid: id(1), audit_bypass_enabled: value, ..row(false) };
        let table = table([row]);
        assert_eq!(table.find(&ada()), Bypass::Unknown);
        assert!(table.bypassed().is_empty());
    }
}

// The cmdlet returns all objects, those with False included: a missing row is a read that stopped early.
#[test]
fn an_account_without_a_row_is_unknown() {
    assert_eq!(BypassTable::default().find(&ada()), Bypass::Unknown);
    let others = [id(8), id(9)].map(|guid| BypassAssociation { guid, ..row(false) });
    let table = table(others);
    assert_eq!(table.rows(), 2);
    assert_eq!(table.find(&ada()), Bypass::Unknown);
}

#[test]
fn rows_that_disagree_are_unknown() {
    let unread = || BypassAssociation { audit_bypass_enabled: Property::Absent, ..row(false) };
    let keys: [fn(BypassAssociation<'static>) -> BypassAssociation<'static>; 3] = [
        |row| BypassAssociation { guid: id(1), ..row },
        |row| BypassAssociation { exchange_object_id: id(2), ..row },
        |row| BypassAssociation { distinguished_name: ADA_DN.into(), ..row },
    ];
    for key in keys {
        for rows in [
            vec![row(true), row(false)],
            vec![row(false), row(true)],
            // The majority does not decide.
            vec![row(false), row(true), row(false)],
            vec![row(true), row(false), row(true)],
            vec![row(false), unread()],
            vec![unread(), row(false)],
        ] {
            let description = format!("{rows:?}");
            assert_eq!(table(rows.into_iter().map(key)).find(&ada()), Bypass::Unknown, "{description}");
        }
        assert_eq!(table([row(true), row(true)].map(key)).find(&ada()), Bypass::Enabled);
        assert_eq!(table([row(false), row(false)].map(key)).find(&ada()), Bypass::Disabled);
    }
}

// Rows of two files may have different columns: they speak of one account all the same.
#[test]
fn rows_that_disagree_by_different_properties_never_say_no() {
    let by_guid = |enabled| BypassAssociation { guid: id(1), ..row(enabled) };
    let by_object = |enabled| BypassAssociation { exchange_object_id: id(2), ..row(enabled) };
    let cases = [
        ("Guid no, ExchangeObjectId yes", [by_guid(false), by_object(true)]),
        ("Guid yes, ExchangeObjectId no", [by_guid(true), by_object(false)]),
    ];
    let no: Vec<_> = cases
        .into_iter()
        .filter(|(_, rows)| table(rows.clone()).find(&ada()) == Bypass::Disabled)
        .map(|(case, _)| case)
        .collect();
    assert!(no.is_empty(), "taken as not bypassed: {no:?}");
}

// Atomic-red-team T1562.008: users, mail users and computers can bypass, and no mailbox would show them.
#[test]
fn bypassed_accounts_without_a_mailbox_are_listed() {
    let table = table([
        BypassAssociation { name: "Ada Example".into(), guid: id(1), ..row(true) },
        BypassAssociation { name: "Bob Example".into(), guid: id(3), ..row(false) },
        BypassAssociation { name: "svc-backup".into(), exchange_object_id: id(4), ..row(true) },
        BypassAssociation { distinguished_name: "CN=PC-7,DC=contoso,DC=example".into(), ..row(true) },
        // Nobody can be joined to it, but it is a bypass.
        BypassAssociation { name: "nobody".into(), ..row(true) },
    ]);
    assert_eq!(table.rows(), 5);
    let found: Vec<_> =
        table.bypassed().iter().map(|account| (account.name.as_str(), account.guid)).collect();
    assert_eq!(
        found,
        [
            ("Ada Example", id(1)),
            ("svc-backup", id(4)),
            ("CN=PC-7,DC=contoso,DC=example", None),
            ("nobody", None)
        ]
    );
}

// Only reports of this program carry the property on the mailbox itself; what was read from the server goes
// first.
#[test]
fn without_a_table_the_object_itself_is_asked_and_absent_is_unknown() {
    for (value, expected) in [
        (Property::Known(true), Bypass::Enabled),
        (Property::Known(false), Bypass::Disabled),
        (Property::Absent, Bypass::Unknown),
        (Property::Refused(Fault::Twice), Bypass::Unknown),
    ] {
        let mailbox = Mailbox { audit_bypass_enabled: value, ..ada() };
        assert_eq!(bypass_of(None, &mailbox), expected);
        assert_eq!(bypass_of(Some(&BypassTable::default()), &mailbox), Bypass::Unknown);
        let table = table([BypassAssociation { guid: id(1), ..row(true) }]);
        assert_eq!(bypass_of(Some(&table), &mailbox), Bypass::Enabled);
    }
}

#[test]
fn unknown_has_no_value() {
    assert_eq!(Bypass::Enabled.to_option(), Some(true));
    assert_eq!(Bypass::Disabled.to_option(), Some(false));
    assert_eq!(Bypass::Unknown.to_option(), None);
}
