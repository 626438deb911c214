//! `nam collect` and `nam report --tenant`, run as their user runs them, against a server that plays Exchange Online.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cli::{Desk, Run};
use crate::exchange::{Answer, CLIENT_ID, Exchange, On, SECRET, TENANT, changed, plain};
use non_audited_mailbox::domain::section::Section;

/// By client secret, out of an environment variable.
const SIGN_IN: &str = "--client-id 99999999-2222-4333-8444-555555555555 --client-secret-from env:APP_SECRET";

/// Runs `nam` with that server in the place of the service.
fn nam(desk: &Desk, exchange: &Exchange, arguments: &str, code: i32) -> Run {
    let words: Vec<_> = arguments.split_whitespace().collect();
    let run = desk.nam_as(&words, &environment(desk, exchange), code);
    assert_eq!(left_behind(desk), Vec::<String>::new(), "temporary files are left behind");
    run
}

fn environment(desk: &Desk, exchange: &Exchange) -> [(&'static str, String); 3] {
    fs::create_dir_all(desk.path("tmp")).unwrap();
    [
        ("NAM_LOOPBACK_ENDPOINT", exchange.base()),
        ("APP_SECRET", SECRET.to_owned()),
        ("TMPDIR", desk.path("tmp").to_str().unwrap().to_owned()),
    ]
}

fn left_behind(desk: &Desk) -> Vec<String> {
    let folder = fs::read_dir(desk.path("tmp")).unwrap();
    folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn equal_input_gives_equal_reports_whichever_way_it_came() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    exchange.change(|tenant| tenant.page_size = 25);
    let tenant = format!("--tenant {TENANT} {SIGN_IN}");
    nam(&desk, &exchange, &format!("collect {tenant} --out saved.jsonl"), 0);
    for format in ["csv", "json", "ndjson", "html"] {
        let live = format!("report {tenant} --out live.{format} --save-input kept-{format}.jsonl");
        nam(&desk, &exchange, &live, 0);
        desk.nam(&format!("report saved.jsonl --out saved.{format}"), 0);
        let exports = "mailboxes.json --bypass bypass.json --organization organization.json";
        desk.nam(&format!("report {exports} --out exports.{format}"), 0);
        let live = desk.read(&format!("live.{format}"));
        assert!(live.len() > 5000);
        assert_eq!(live, desk.read(&format!("saved.{format}")), "{format}");
        assert_eq!(live, desk.read(&format!("exports.{format}")), "{format}");
        assert_eq!(desk.read(&format!("kept-{format}.jsonl")), desk.read("saved.jsonl"));
    }
}

#[test]
fn the_summary_tells_what_was_read_and_where_it_is() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    let run = nam(&desk, &exchange, &format!("collect --tenant {TENANT} {SIGN_IN}"), 0);
    let bypass = exchange.pages(Section::BypassAssociations).len();
    assert_eq!(bypass, 1);
    assert!(run.out.starts_with("contoso.example: 60 mailboxes, "), "{}", run.out);
    assert!(run.out.ends_with(" bypass associations: contoso.example.jsonl\n"), "{}", run.out);
    let run = nam(&desk, &exchange, &format!("report --tenant {TENANT} {SIGN_IN}"), 0);
    assert!(run.out.contains("Report: contoso.example.non-audited.csv"), "{}", run.out);
    assert_eq!(run.err, "");
}

#[test]
fn what_is_incomplete_says_so_and_replaces_nothing() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    desk.write("old.jsonl", "old").write("old.csv", "old");
    exchange.always(On::All(Section::BypassAssociations), plain(403, vec![0; 4096]));
    let tenant = format!("--tenant {TENANT} {SIGN_IN}");
    let run = nam(&desk, &exchange, &format!("collect {tenant} --out new.jsonl"), 3);
    run.says(&["contoso.example: the bypass associations", "Global Reader"]);
    assert!(run.out.contains("INCOMPLETE"), "{}", run.out);
    nam(&desk, &exchange, &format!("collect {tenant} --out old.jsonl"), 1).says(&["--force"]);
    nam(&desk, &exchange, &format!("report {tenant} --out old.csv"), 1).says(&["--force", "Global Reader"]);
    assert_eq!((desk.read("old.jsonl"), desk.read("old.csv")), ("old".to_owned(), "old".to_owned()));
    let run = nam(&desk, &exchange, &format!("report {tenant} --out new.csv"), 3);
    assert!(run.out.contains("INCOMPLETE"), "{}", run.out);
    run.says(&["contoso.example"]);
    // Bypass was not read: nobody is called audited.
    assert!(!desk.read("new.csv").contains(",Audited,"));
    nam(&desk, &exchange, &format!("collect {tenant} --out old.jsonl --force"), 3);
    assert_ne!(desk.read("old.jsonl"), "old");
}

#[test]
fn a_read_that_fails_leaves_the_older_files_as_they_were() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    desk.write("old.jsonl", "old").write("old.csv", "old");
    exchange.always(
        On::SignIn,
        plain(400, r#"{"error":"invalid_client","error_description":"AADSTS7000222: expired"}"#),
    );
    let tenant = format!("--tenant {TENANT} {SIGN_IN} --force");
    nam(&desk, &exchange, &format!("collect {tenant} --out old.jsonl"), 1).says(&["AADSTS7000222"]);
    nam(&desk, &exchange, &format!("report {tenant} --out old.csv"), 1).says(&["AADSTS7000222"]);
    assert_eq!((desk.read("old.jsonl"), desk.read("old.csv")), ("old".to_owned(), "old".to_owned()));
    assert_eq!(
        fs::read_dir(desk.path("."))
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_str().unwrap().contains("partial") })
            .count(),
        0
    );
    // The place is tried before anybody is signed in.
    let before = exchange.seen().len();
    nam(&desk, &exchange, &format!("collect {tenant} --out nowhere/x.jsonl"), 1).says(&["does not exist"]);
    assert_eq!(exchange.seen().len(), before);
}

#[test]
fn neither_the_log_nor_any_message_has_a_secret() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    exchange.change(|tenant| tenant.page_size = 25);
    exchange.trouble(On::Page(Section::Mailboxes, 2), 1, plain(401, "")).trouble(
        On::Page(Section::Mailboxes, 2),
        1,
        plain(503, "busy"),
    );
    let run = nam(&desk, &exchange, &format!("collect --tenant {TENANT} {SIGN_IN} --log nam.log"), 0);
    let log = desk.read("nam.log");
    for part in ["signed in", "page", "503", "waiting for another try"] {
        assert!(log.contains(part), "{part:?} is not in:\n{log}");
    }
    let text = format!("{log}{}{}", run.out, run.err);
    let tokens: Vec<_> = exchange
        .seen()
        .iter()
        .filter_map(|seen| seen.header("authorization").strip_prefix("Bearer ").map(str::to_owned))
        .collect();
    assert!(tokens.len() > 5);
    for secret in tokens.iter().map(String::as_str).chain([SECRET, "Bearer", "skiptoken", "Affinity="]) {
        assert!(!text.contains(secret), "{secret:?} is in:\n{text}");
    }
}

#[test]
fn a_token_comes_from_standard_input_or_a_file() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    let mut environment = environment(&desk, &exchange).to_vec();
    environment[1].1.clear();
    let arguments = ["collect", "--tenant", TENANT, "--token-from", "-", "--out", "saved.jsonl"];
    desk.nam_as_reading(&arguments, &environment, format!("\u{feff}{}\r\n", exchange.issue()), 0);
    desk.write("token.txt", format!("{}\n", exchange.issue()));
    let arguments = ["collect", "--tenant", TENANT, "--token-from", "token.txt", "--out", "saved.jsonl"];
    desk.nam_as(&arguments, &environment, 0);
    assert!(exchange.seen().iter().all(|seen| !seen.path.contains("oauth2")), "nobody signs in");
}

#[test]
fn options_that_do_not_fit_are_refused_without_a_word_of_a_secret() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    let tenant = format!("--tenant {TENANT}");
    let cases = [
        ("collect".to_owned(), "--tenant"),
        ("report".to_owned(), "FILE"),
        (format!("collect {tenant}"), "--certificate"),
        (format!("report mailboxes.json {tenant} {SIGN_IN}"), "cannot be used with"),
        (format!("report {tenant} {SIGN_IN} --bypass bypass.json"), "cannot be used with"),
        (format!("collect {tenant} {SIGN_IN} --device-code"), "cannot be used with"),
        (format!("collect {tenant} --client-secret-from env:APP_SECRET"), "id of the app is missing"),
        (format!("collect {tenant} --client-id x --client-secret-from env:NO_SUCH"), "environment variable"),
        (format!("collect {tenant} --client-id x --client-secret-from typed~secret"), "cannot be read"),
        (format!("collect --tenant a/b {SIGN_IN}"), "no tenant"),
        (format!("collect {tenant} {SIGN_IN} --cloud mars"), "mars"),
        ("collect --tenants missing.json".to_owned(), "missing.json"),
        ("collect --device-code".to_owned(), "--tenant"),
    ];
    for (arguments, part) in cases {
        let run = nam(&desk, &exchange, &arguments, 2);
        assert!(run.err.contains(part), "{arguments}: {part:?} is not in:\n{}", run.err);
        assert!(!run.err.contains("typed~secret"), "{}", run.err);
    }
    assert_eq!(exchange.seen().len(), 0);
}

#[test]
fn the_service_can_be_replaced_by_this_machine_alone() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    let mut environment = environment(&desk, &exchange);
    environment[0].1 = "https://contoso.example".to_owned();
    let arguments = format!("collect --tenant {TENANT} {SIGN_IN}");
    let words: Vec<_> = arguments.split_whitespace().collect();
    desk.nam_as(&words, &environment, 1).says(&["an address of this machine alone"]);
}

#[test]
fn the_help_says_that_the_endpoint_is_undocumented() {
    let desk = Desk::new();
    for command in ["report", "collect"] {
        let help =
            desk.nam(&format!("{command} --help"), 0).out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains("Microsoft does not document for others") && help.contains("opt-in"), "{help}");
        assert!(!help.contains("LOOPBACK"), "{help}");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_within_a_second_and_leaves_nothing() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    exchange.change(|tenant| tenant.page_size = 25);
    exchange.always(On::Page(Section::Mailboxes, 2), Answer::Silence);
    desk.write("old.csv", "old");
    let pages = || exchange.pages(Section::Mailboxes).len();
    for arguments in [
        format!("collect --tenant {TENANT} {SIGN_IN} --out new.jsonl --log nam.log"),
        format!("report --tenant {TENANT} {SIGN_IN} --out old.csv --log nam.log"),
    ] {
        let words: Vec<_> = arguments.split_whitespace().collect();
        let before = pages();
        let mut child = desk
            .start(&words, &environment(&desk, &exchange))
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        wait_until(|| pages() == before + 2);
        let begun = Instant::now();
        let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(interrupt.unwrap().success());
        let status = child.wait().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        assert_eq!(status.code(), Some(1));
        let mut said = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "nam: stopped before it was done; nothing was written\n");
        assert_eq!(left_behind(&desk), Vec::<String>::new());
    }
    assert_eq!(desk.read("old.csv"), "old");
    let partial = |name: &str| name.contains("partial") || name == "new.jsonl";
    let entries = fs::read_dir(desk.path(".")).unwrap();
    assert!(
        !entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).any(|name| partial(&name))
    );
}

#[cfg(unix)]
#[track_caller]
fn wait_until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

// ---- Many tenants

/// A file of tenants: by name, client id and output.
fn tenants(desk: &Desk, entries: &[(&str, &str, Option<&str>)]) {
    let entries: Vec<_> = entries
        .iter()
        .map(|(tenant, client, output)| {
            json!({
                "tenant": tenant, "output": output,
                "signIn": { "clientId": client, "clientSecret": "env:APP_SECRET" },
            })
        })
        .collect();
    desk.write("tenants.json", json!(entries).to_string());
}

#[test]
fn each_tenant_has_its_report_and_all_have_one() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    tenants(
        &desk,
        &[
            ("contoso.example", CLIENT_ID, Some("first.csv")),
            ("fabrikam.example", CLIENT_ID, None),
            ("adatum.example", CLIENT_ID, None),
        ],
    );
    let run = nam(&desk, &exchange, "report --tenants tenants.json --at-once 2 --out all.csv", 0);
    desk.nam(
        "report mailboxes.json --bypass bypass.json --organization organization.json --out exports.csv",
        0,
    );
    for name in ["first.csv", "fabrikam.example.non-audited.csv", "adatum.example.non-audited.csv"] {
        assert_eq!(desk.read(name), desk.read("exports.csv"), "{name}");
        assert!(run.out.contains(name), "{}", run.out);
    }
    // The report of all is the one of the saved inputs.
    nam(&desk, &exchange, "collect --tenants tenants.json", 0);
    assert!(desk.path("fabrikam.example.jsonl").exists());
    desk.nam("report first.csv fabrikam.example.jsonl adatum.example.jsonl --out joint.csv", 0);
    let all = desk.read("all.csv");
    assert_eq!(all, desk.read("joint.csv"));
    // It alone has to say whose each mailbox is.
    assert!(all.lines().next().unwrap().ends_with(",Remarks,Tenant"), "{all}");
    assert!(!desk.read("exports.csv").contains("Tenant"));
    for name in ["contoso.example", "fabrikam.example", "adatum.example"] {
        assert_eq!(all.matches(&format!(",{name}\r\n")).count(), 60, "{name}: {all}");
    }
    desk.nam("report first.csv fabrikam.example.jsonl --expand --out expanded.csv", 0);
    let expanded = desk.read("expanded.csv");
    assert!(expanded.lines().next().unwrap().ends_with(",Reason,Tenant"), "{expanded}");
    desk.nam("report first.csv fabrikam.example.jsonl --out joint.ndjson", 0);
    assert_eq!(desk.read("joint.ndjson").matches("\"Tenant\":\"fabrikam.example\"").count(), 60);
    let rows: Vec<_> = run.out.lines().collect();
    assert_eq!(rows.len(), 5, "{}", run.out);
    assert!(rows[4].contains("All") && rows[4].contains("180") && rows[4].contains("all.csv"), "{}", run.out);
}

#[test]
fn a_tenant_that_fails_is_told_and_the_report_of_all_says_that_it_lacks_it() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    tenants(
        &desk,
        &[
            ("contoso.example", CLIENT_ID, None),
            ("fabrikam.example", "an-unknown-app", None),
            ("adatum.example", CLIENT_ID, Some("nowhere/adatum.csv")),
        ],
    );
    let run = nam(&desk, &exchange, "report --tenants tenants.json", 3);
    run.says(&[
        "fabrikam.example: signing in failed",
        "AADSTS700016",
        "adatum.example: the folder",
        "does not exist",
    ]);
    assert!(desk.path("contoso.example.non-audited.csv").exists());
    assert!(!desk.path("fabrikam.example.non-audited.csv").exists());
    let all = desk.read("tenants.non-audited.csv");
    assert!(all.contains("fabrikam.example") && all.contains("could not be read"), "{all}");

    // None at all.
    tenants(
        &desk,
        &[("contoso.example", "an-unknown-app", None), ("fabrikam.example", "an-unknown-app", None)],
    );
    let run = nam(&desk, &exchange, "report --tenants tenants.json --out none.csv", 1);
    run.says(&["contoso.example: signing in failed", "fabrikam.example: signing in failed"]);
    assert!(!desk.path("none.csv").exists());
    nam(&desk, &exchange, "collect --tenants tenants.json", 1);
}

#[test]
fn a_file_of_tenants_is_checked_before_anybody_signs_in() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    let sign_in = r#""signIn":{"clientId":"x","clientSecret":"env:APP_SECRET"}"#;
    let cases = [
        ("[]".to_owned(), "names no tenant"),
        ("{}".to_owned(), "no list of tenants"),
        ("[{".to_owned(), "line 1"),
        (format!(r#"[{{"tenant":"a b",{sign_in}}}]"#), "no tenant"),
        (format!(r#"[{{"tenant":"a.example","cloud":"mars",{sign_in}}}]"#), "no cloud"),
        (format!(r#"[{{"tenant":"a.example",{sign_in}}},{{"tenant":"A.example",{sign_in}}}]"#), "twice"),
        (
            format!(
                r#"[{{"tenant":"a.example","output":"o",{sign_in}}},{{"tenant":"b.example","output":"o",{sign_in}}}]"#
            ),
            "two tenants have the output",
        ),
        (r#"[{"tenant":"a.example","signIn":{"password":"typed~secret"}}]"#.to_owned(), "password"),
        (r#"[{"tenant":"a.example","signIn":{"clientSecret":["typed~secret"]}}]"#.to_owned(), "line 1"),
    ];
    for (json, part) in cases {
        desk.write("tenants.json", &json);
        let run = nam(&desk, &exchange, "collect --tenants tenants.json", 2);
        assert!(
            run.err.contains(part) && run.err.contains("tenants.json"),
            "{json}: {part:?} is not in:\n{}",
            run.err
        );
        assert!(!run.err.contains("typed~secret"), "{}", run.err);
    }
    assert_eq!(exchange.seen().len(), 0);
}

#[test]
fn a_warning_of_more_results_makes_the_report_incomplete_everywhere_it_is_shown() {
    let (desk, exchange) = (Desk::new(), Exchange::start());
    let more = "There are more results available than are currently displayed.";
    exchange.always(
        On::Page(Section::Mailboxes, 1),
        changed(move |page| page["@adminapi.warnings"] = json!([more])),
    );
    let tenant = format!("--tenant {TENANT} {SIGN_IN}");
    let run = nam(&desk, &exchange, &format!("report {tenant} --out report.csv"), 3);
    run.says(&["contoso.example", "more results"]);
    assert!(desk.read("report.csv").lines().last().unwrap().contains("more results"));
    nam(&desk, &exchange, &format!("report {tenant} --out report.json"), 3);
    assert!(desk.read("report.json").contains("\"Complete\":false"));
}
