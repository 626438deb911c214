//! Audit lists in the shapes that exports give them: what is read, and what is refused.

use enumset::EnumSet;
use non_audited_mailbox::domain::action::{ActionSet, LogonType};
use non_audited_mailbox::domain::catalog::is_action_name;
use non_audited_mailbox::domain::list::{ActionList, Fault, NameList, Property, bool_from_text};
use proptest::prelude::*;

use crate::support::*;

fn read(text: &str) -> Result<ActionList, Fault> {
    ActionList::from_text(catalog(), text)
}

/// The kind of a fault, without its text.
fn kind(fault: &Fault) -> &'static str {
    match fault {
        Fault::Missing => "missing",
        Fault::Truncated => "truncated",
        Fault::TypeName(_) => "type name",
        Fault::Number(_) => "number",
        Fault::Shape(_) => "shape",
        Fault::Twice => "twice",
        Fault::LostReference(_) => "lost reference",
    }
}

#[test]
fn lists_are_read_in_every_shape_that_exports_have() {
    let cases = [
        ("Update,Copy", "Update Copy"),
        ("Update, Copy", "Update Copy"),
        ("Update;Copy", "Update Copy"),
        ("Update; Copy;", "Update Copy"),
        ("Update Copy", "Update Copy"),
        ("Update\nCopy\n", "Update Copy"),
        ("Update\r\nCopy\r\n", "Update Copy"),
        ("Update\tCopy", "Update Copy"),
        ("{Update, Copy}", "Update Copy"),
        (" { Update, Copy } ", "Update Copy"),
        ("{Update}", "Update"),
        ("Update", "Update"),
        ("  Update  ", "Update"),
        (",,Update,, ;Copy,", "Update Copy"),
        ("update,COPY,hArDdElEtE", "Update Copy HardDelete"),
        ("Update, Copy, Update, UPDATE", "Update Copy"),
        ("SearchQueryInitiated", "SearchQueryInitiated"),
        ("{}", ""),
        ("{ }", ""),
        ("", ""),
        (" \r\n ", ""),
    ];
    for (text, names) in cases {
        let expected = ActionList { actions: set(names), unrecognized: Vec::new() };
        assert_eq!(read(text), Ok(expected), "{text:?}");
    }
}

#[test]
fn names_that_the_catalogue_lacks_are_kept_once_as_written() {
    let list = read("TeleportItem, Update, teleportITEM; HologramSent2").unwrap();
    assert_eq!(list.actions, set("Update"));
    assert_eq!(
        list.unrecognized.iter().map(|name| &**name).collect::<Vec<_>>(),
        ["TeleportItem", "HologramSent2"]
    );
}

#[test]
fn lists_that_lost_their_names_are_refused_for_the_right_reason() {
    let cases = [
        // What Format-List and Format-Table show of a list, in PowerShell 5.1 and 7.
        ("{Update, Copy, Move, MoveToDeletedItems...}", "truncated"),
        ("{Update, Copy, Move, MoveToDeletedItems…}", "truncated"),
        ("Update, Copy, ...", "truncated"),
        ("Update, Copy, …", "truncated"),
        ("...", "truncated"),
        ("…", "truncated"),
        ("{Update, Cop...", "truncated"),
        // What Export-Csv writes of a list.
        ("System.Collections.ArrayList", "type name"),
        ("System.String[]", "type name"),
        ("System.Object[]", "type name"),
        ("{System.String[]}", "type name"),
        ("Deserialized.Contoso.AuditList", "type name"),
        ("Microsoft.Exchange.Data.MultiValuedProperty`1[Microsoft.Exchange.Data.Directory.X]", "type name"),
        ("Deserialized.Microsoft.Exchange.Data.Directory.ADMultiValuedProperty", "type name"),
        (
            "Microsoft.Exchange.Data.Directory.ADMultiValuedProperty`1[[Microsoft.Exchange.Data.Directory.X, \
             Microsoft.Exchange.Data.Directory, Version=15.0.0.0, Culture=neutral]]",
            "type name",
        ),
        // What ConvertTo-Json writes of enumerations.
        ("1", "number"),
        ("0", "number"),
        ("1,4,8", "number"),
        ("1 4 8", "number"),
        ("2047", "number"),
        ("-1", "number"),
        ("{1, 4}", "number"),
        ("{-1}", "number"),
        // What the audit log writes of a change: not the list, but what was done to it.
        ("+ApplyRecord;-Update", "shape"),
        ("+ApplyRecord", "shape"),
        ("-Update", "shape"),
        // Sentences and other things that somebody typed, or that another tool wrote.
        ("Not audited: see the ticket.", "shape"),
        ("(see ticket 4711)", "shape"),
        ("n/a", "shape"),
        ("-", "shape"),
        ("Update|Copy", "shape"),
        ("Update=Copy", "shape"),
        ("{Update, Copy", "shape"),
        ("Update, Copy}", "shape"),
        ("{{Update}}", "shape"),
        ("[\"Update\"]", "shape"),
        ("@{Add=Update}", "shape"),
        ("Üpdate", "shape"),
        ("Update\u{0}", "shape"),
    ];
    for (text, expected) in cases {
        match read(text) {
            Err(fault) => assert_eq!(kind(&fault), expected, "{text:?}"),
            Ok(list) => panic!("{text:?} was read as {list:?}"),
        }
    }
}

// One bad name makes the whole doubtful, wherever it stands.
#[test]
fn one_bad_name_refuses_the_whole_list() {
    for bad in ["Copy...", "…", "System.String[]", "512", "+Copy"] {
        for text in
            [format!("{bad}, Update, Move"), format!("Update, {bad}, Move"), format!("Update;Move;{bad}")]
        {
            assert!(read(&text).is_err(), "{text}");
        }
    }
}

#[test]
fn the_message_shows_what_was_found_and_what_to_do() {
    for (text, parts) in [
        ("System.Collections.ArrayList", ["AuditOwner", "System.Collections.ArrayList", "Export-Clixml"]),
        ("Update, ...", ["AuditOwner", "cut off", "ConvertTo-Json"]),
        ("32", ["AuditOwner", "32", "ToString"]),
        ("+ApplyRecord;-Update", ["AuditOwner", "+ApplyRecord;-Update", "Export-Clixml"]),
    ] {
        let message = read(text).unwrap_err().describe("AuditOwner");
        for part in parts {
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}

#[test]
fn the_message_does_not_repeat_a_long_text_whole() {
    let message = read(&"é/".repeat(10_000)).unwrap_err().describe("AuditOwner");
    assert!(message.chars().count() < 300, "{}", message.len());
}

// Enumerations with flags print joined, so one element of an array may hold several names.
#[test]
fn an_element_of_an_array_may_hold_several_names() {
    let mut list = ActionList::default();
    for element in ["Update", "Copy, Move", "", "TeleportItem"] {
        list.push_element(catalog(), element).unwrap();
    }
    assert_eq!(list.actions, set("Update Copy Move"));
    assert_eq!(list.unrecognized.len(), 1);
    for (element, expected) in [
        ("System.String[]", "type name"),
        ("...", "truncated"),
        ("8", "number"),
        ("-1", "number"),
        ("+Update;-Copy", "shape"),
        ("{Update}", "shape"),
    ] {
        let fault = ActionList::default().push_element(catalog(), element).unwrap_err();
        assert_eq!(kind(&fault), expected, "{element}");
    }
}

#[test]
fn logon_types_are_read_like_actions() {
    let read = |text: &str| EnumSet::<LogonType>::from_text(catalog(), text);
    let admin_owner = LogonType::Admin | LogonType::Owner;
    for (text, expected) in [
        ("Admin, Delegate, Owner", EnumSet::all()),
        ("{Admin, Owner}", admin_owner),
        ("admin;OWNER;Admin", admin_owner),
        ("Admin\nOwner\n", admin_owner),
        ("Delegate", EnumSet::only(LogonType::Delegate)),
        ("", EnumSet::empty()),
        ("{}", EnumSet::empty()),
        ("None", EnumSet::empty()),
    ] {
        assert_eq!(read(text), Ok(expected), "{text:?}");
    }
    // There are three logon types: another name is no newer one, but another property.
    for (text, expected) in [
        ("Admin, Update", "shape"),
        ("True", "shape"),
        ("7", "number"),
        ("{Admin, Delegate...}", "truncated"),
        ("System.String[]", "type name"),
    ] {
        assert_eq!(kind(&read(text).unwrap_err()), expected, "{text:?}");
    }
}

#[test]
fn switches_are_true_or_false_and_nothing_else() {
    for (text, expected) in [("True", true), ("true", true), (" FALSE ", false), ("False\r\n", false)] {
        assert_eq!(bool_from_text(text), Ok(expected));
    }
    for text in ["", "1", "0", "yes", "$true", "Falsehood", "True, False", "System.Boolean"] {
        assert!(bool_from_text(text).is_err(), "{text:?}");
    }
}

#[test]
fn absent_empty_and_refused_are_three_things() {
    let absent = Property::<ActionList>::default();
    assert_eq!((absent.known(), absent.fault()), (None, Some(Fault::Missing)));
    let empty = list("");
    assert_eq!((empty.known(), empty.fault()), (Some(&ActionList::default()), None));
    let refused = list("...");
    assert_eq!((refused.known(), refused.fault()), (None, Some(Fault::Truncated)));
}

const SEPARATORS: [&str; 9] = [",", ", ", ";", "; ", " ", "\t", "\n", "\r\n", ",\n"];

fn any_set() -> impl Strategy<Value = ActionSet> {
    let mask = u64::MAX >> (64 - catalog().actions().len());
    any::<u64>().prop_map(move |bits| ActionSet::from_bits(bits & mask))
}

/// What lists are made of, and what spoils them.
fn any_pieces() -> impl Strategy<Value = String> {
    let pieces = [
        "Update", "copy", "{", "}", ",", ";", " ", "\n", "...", "…", ".", "`1", "[]", "System.", "+", "-",
        "1", "é", "\u{0}", "\u{a0}", "💣",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..12).prop_map(|pieces| pieces.concat())
}

/// Never panics; what it accepts is made of names, and what it refuses can be told in a message.
fn check_any_text(text: &str) -> Result<(), TestCaseError> {
    match read(text) {
        Ok(list) => {
            prop_assert!(!text.contains("...") && !text.contains('…'));
            prop_assert!(list.unrecognized.iter().all(|name| is_action_name(name) && text.contains(&**name)));
            prop_assert!(list.unrecognized.iter().all(|name| catalog().find(name).is_none()));
        }
        Err(fault) => {
            prop_assert!(fault.describe("AuditOwner").contains("AuditOwner"));
            let cut = text.contains("...") || text.contains('…');
            prop_assert_eq!(fault == Fault::Truncated, cut);
        }
    }
    let _ = EnumSet::<LogonType>::from_text(catalog(), text);
    let _ = ActionList::default().push_element(catalog(), text);
    let _ = bool_from_text(text);
    Ok(())
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        check_any_text(&text)?;
    }

    #[test]
    fn no_text_that_looks_like_a_list_makes_it_panic(text in any_pieces()) {
        check_any_text(&text)?;
    }

    #[test]
    fn a_set_reads_back_from_any_separator(
        actions in any_set(),
        separator in prop::sample::select(SEPARATORS.to_vec()),
        braces in any::<bool>(),
    ) {
        let mut text = catalog().join(actions, separator);
        if braces {
            text = format!("{{{text}}}");
        }
        prop_assert_eq!(read(&text), Ok(ActionList { actions, unrecognized: Vec::new() }));
    }

    #[test]
    fn the_case_of_a_name_does_not_matter(actions in any_set(), upper in any::<u64>()) {
        let text: String = catalog()
            .join(actions, ",")
            .chars()
            .enumerate()
            .map(|(at, c)| if upper >> (at % 64) & 1 == 1 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect();
        prop_assert_eq!(read(&text), Ok(ActionList { actions, unrecognized: Vec::new() }));
    }

    #[test]
    fn the_order_and_repetition_of_names_do_not_matter(actions in any_set(), seed in any::<prop::sample::Index>()) {
        let mut names: Vec<_> = catalog().names(actions).chain(catalog().names(actions)).collect();
        if !names.is_empty() {
            let middle = seed.index(names.len());
            names.rotate_left(middle);
        }
        prop_assert_eq!(read(&names.join(", ")).map(|list| list.actions), Ok(actions));
    }
}
