//! The HTML report: its file here, and in a browser by `tests/page`.

use serde_json::{Value, json};

use crate::browser;
use crate::cli::Desk;

const ALL_INPUTS: &str = "mailboxes.json --bypass bypass.json --organization organization.json";

fn html(desk: &Desk, arguments: &str, code: i32) -> String {
    desk.nam(&format!("report {arguments} --format html --out - --quiet"), code).out
}

#[test]
fn equal_input_gives_equal_bytes_and_the_extension_tells_the_format() {
    let desk = Desk::new();
    desk.nam(&format!("report {ALL_INPUTS} --out report.html"), 0);
    desk.nam(&format!("report {ALL_INPUTS} --out report.HTM"), 0);
    assert_eq!(desk.read("report.html"), desk.read("report.HTM"));
    assert_eq!(desk.read("report.html"), html(&desk, ALL_INPUTS, 0));
    assert!(desk.read("report.html").contains("2026-11-23 09:00:00 UTC"), "SOURCE_DATE_EPOCH");
}

#[test]
fn the_file_names_no_other_place() {
    let desk = Desk::new();
    let page = html(&desk, ALL_INPUTS, 0);
    for forbidden in ["http:", "https:", "src=", "@import", "url(", "style=", "javascript:", "<link"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn a_page_has_no_expanded_form() {
    let desk = Desk::new();
    desk.nam(&format!("report {ALL_INPUTS} --expand --out report.html"), 2).says(&["--expand", "page"]);
    assert!(!desk.path("report.html").exists());
}

#[test]
fn an_incomplete_page_does_not_replace_an_older_one() {
    let desk = Desk::new();
    desk.write("report.html", "older");
    desk.nam("report minimum-only.json --out report.html", 1);
    assert_eq!(desk.read("report.html"), "older");
}

/// A tenant of that size, of one mailbox changed in a few ways.
fn mailboxes(desk: &Desk, count: usize, change: impl Fn(usize, &mut Value)) -> String {
    let one: Value = serde_json::from_str(&desk.read("one-mailbox.json")).unwrap();
    let all: Vec<_> = (0..count)
        .map(|number| {
            let mut mailbox = one.clone();
            mailbox["DisplayName"] = json!(format!("Person {number:03}"));
            mailbox["UserPrincipalName"] = json!(format!("p{number}@contoso.example"));
            mailbox["PrimarySmtpAddress"] = mailbox["UserPrincipalName"].clone();
            mailbox["Guid"] = json!(format!("{number:08x}-0000-4000-8000-000000000001"));
            mailbox["DistinguishedName"] = Value::Null;
            change(number, &mut mailbox);
            mailbox
        })
        .collect();
    serde_json::to_string(&all).unwrap()
}

const HOSTILE: [&str; 14] = [
    "</script><script>window.hacked = 1</script>",
    "<!--<script>window.hacked = 1</script>-->",
    "<img src=x onerror='window.hacked = 1'>",
    "]]></script></style></title></textarea><svg onload=window.hacked=1>",
    "\"><b>bold</b> quoted ' \" ` quotes",
    "{{ 7 * 7 }} {% raw %} &lt;b&gt; &amp;amp; $& $1 \\u003c \\",
    "line\u{2028}paragraph\u{2029}separators",
    "\u{202e}gnirts desrever\u{202c} and \u{2066}isolates",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "-2+3",
    "line end",
    "has a Guid",
    "\u{0}\u{1}\u{1b}[31m control\t\u{feff} and \u{fffe}",
];

fn hostile(desk: &Desk) -> String {
    mailboxes(desk, HOSTILE.len() + 1, |number, mailbox| {
        let Some(name) = HOSTILE.get(number) else {
            mailbox["DisplayName"] = json!("long ".repeat(4000));
            mailbox["RecipientTypeDetails"] = json!(format!("{}Mailbox", "<b>&\"'".repeat(20)));
            return;
        };
        mailbox["DisplayName"] = json!(name);
        if name.contains("quoted") {
            mailbox["Guid"] = Value::Null;
            mailbox["UserPrincipalName"] =
                json!("o'brien\u{2019}; Remove-Mailbox x; \u{2018}@contoso.example");
        }
        if name.contains("has a Guid") {
            mailbox["Guid"] = json!("00000000-0000-4000-8000-000000000001");
            mailbox["UserPrincipalName"] = json!("a'b@contoso.example");
        }
        if name.contains("line end") {
            mailbox["DisplayName"] = json!("line end\r\nRemove-Mailbox x");
            mailbox["Guid"] = Value::Null;
            mailbox["UserPrincipalName"] = json!("a\nb@contoso.example");
            mailbox["PrimarySmtpAddress"] = Value::Null;
            mailbox["Identity"] = Value::Null;
            mailbox["Id"] = Value::Null;
            mailbox["Name"] = Value::Null;
        }
    })
}

/// The reports that `tests/page` opens, each beside the same as JSON and CSV.
fn write_reports(desk: &Desk) {
    let mut bypass: Value = serde_json::from_str(&desk.read("bypass.json")).unwrap();
    let account = |name: &str, end: &str| {
        json!({ "Name": name, "AuditBypassEnabled": true, "DistinguishedName": "",
            "Guid": format!("eeeeeeee-1111-4222-8333-{end}"), "ExchangeObjectId": null, "ObjectId": null })
    };
    bypass.as_array_mut().unwrap().push(account("svc-backup", "00000000000a"));
    desk.write("bypass-and-service.json", bypass.to_string());
    bypass.as_array_mut().unwrap().push(account(HOSTILE[0], "00000000000b"));
    desk.write("bypass-hostile.json", bypass.to_string());
    desk.write("organization-disabled.json", r#"{"Name": "contoso.example", "AuditDisabled": true}"#);
    desk.write("many-mailboxes.json", mailboxes(desk, 350, |_, _| {}));
    desk.write("hostile-mailboxes.json", hostile(desk));
    desk.write(
        "groups.json",
        mailboxes(desk, 3, |_, mailbox| mailbox["RecipientTypeDetails"] = json!("GroupMailbox")),
    );
    let known = "--organization organization.json --bypass bypass-and-service.json";
    let mixed = "mailboxes.json exchange-server.clixml groups.json minimum-only.json";
    let reports = [
        ("tenant", format!("mailboxes.json {known}"), 0),
        ("unknown", "minimum-only.json".to_owned(), 3),
        ("disabled", "mailboxes.json --organization organization-disabled.json".to_owned(), 0),
        ("many", format!("many-mailboxes.json {known}"), 0),
        (
            "hostile",
            "hostile-mailboxes.json --organization organization.json --bypass bypass-hostile.json".to_owned(),
            0,
        ),
        ("mixed", format!("{mixed} {known} --licence standard"), 3),
        ("default", format!("mailboxes.json {known} --baseline Default"), 0),
    ];
    for (name, arguments, code) in reports {
        for format in ["html", "json", "csv"] {
            desk.nam(&format!("report {arguments} --quiet --out {name}.{format}"), code);
        }
    }
    desk.nam(
        &format!("report mailboxes.json {known} --baseline Default --only-gaps --out only-gaps.html"),
        0,
    );
    write_past(desk);
}

/// A page with what changed since last week, and how five reports went on.
fn write_past(desk: &Desk) {
    std::fs::create_dir(desk.path("history")).unwrap();
    let reports = [
        ("last-week.jsonl", "2026-10-27T22:00:00Z", 0),
        ("last-week.jsonl --baseline Cis7", "2026-11-03T22:00:00Z", 0),
        ("minimum-only.json", "2026-11-10T22:00:00Z", 3),
        ("last-week.jsonl", "2026-11-17T22:00:00Z", 0),
    ];
    for (number, (arguments, time, code)) in reports.into_iter().enumerate() {
        let report = desk.nam(&format!("report {arguments} --format json --out - --quiet"), code).out;
        desk.write(&format!("history/{number}.json"), report.replacen("2026-11-23T09:00:00Z", time, 1));
    }
    desk.write("history/cut.json", "{\"Report\":").write("history/report.csv", "no JSON");
    desk.nam("compare last-week.jsonl today.jsonl --format json --out changes.json --quiet", 0);
    desk.nam(
        "report today.jsonl --compare-with last-week.jsonl --history history --quiet --out past.html",
        0,
    );
    desk.nam("report today.jsonl --compare-with today.jsonl --quiet --out same.html", 0);
    let hostile = "hostile-mailboxes.json --organization organization.json --bypass bypass-hostile.json";
    desk.nam(
        &format!("report {hostile} --compare-with minimum-only.json --quiet --out hostile-past.html"),
        0,
    );
}

#[test]
fn the_past_is_for_pages_and_is_read_before_anything_is_replaced() {
    let desk = Desk::new();
    let refused = desk.nam("report today.jsonl --compare-with last-week.jsonl --out report.csv", 2);
    refused.says(&["--format html", "nam compare"]);
    desk.nam("report today.jsonl --history . --format json --out -", 2).says(&["--format html"]);
    desk.write("report.html", "older");
    desk.nam("report today.jsonl --compare-with nowhere.json --out report.html", 1).says(&["nowhere.json"]);
    desk.nam("report today.jsonl --history nowhere --out report.html", 1).says(&["nowhere"]);
    assert_eq!(desk.read("report.html"), "older");
    desk.nam("report today.jsonl --compare-with report.html --out report.html", 2).says(&["is an input"]);
}

#[test]
fn in_a_browser() {
    let Some(browser) = browser::find() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI needs Node.js, Chromium, and the packages of tests/page (npm ci --prefix tests/page)"
        );
        eprintln!("skipped: it needs Node.js, Chromium, and `npm ci --prefix tests/page`");
        return;
    };
    let desk = Desk::new();
    write_reports(&desk);
    let output = browser
        .node(&desk.path(""))
        .args(["--test", "--test-reporter=spec", "page.test.js"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
}
