//! What the README says of reading tenants: `cargo bench --bench collect`.
//!
//! `nam` reads an invented tenant from the server of the tests, which runs beside it on this machine. So the time is
//! that of both; with many tenants each answer takes a while, as it does over a network.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a bench")]

#[path = "../tests/it/exchange.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod exchange;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use exchange::{CLIENT_ID, Exchange, SECRET, TENANT};
use serde_json::{Value, json};

const MAILBOXES: usize = 200_000;
const RUNS: usize = 3;
const LATENCY: Duration = Duration::from_millis(200);

fn main() {
    let folder = tempfile::tempdir().unwrap();
    println!("{:<34} {:>9} {:>12} {:>9}", "command", "mailboxes", "mailboxes/s", "peak MiB");
    for count in [MAILBOXES / 20, MAILBOXES] {
        let exchange = tenant_of(count);
        for (name, arguments) in [
            ("nam collect --tenant", ["collect", "--out", "saved.jsonl"]),
            ("nam report --tenant, to CSV", ["report", "--out", "report.csv"]),
        ] {
            let sign_in =
                ["--tenant", TENANT, "--client-id", CLIENT_ID, "--client-secret-from", "env:APP_SECRET"];
            let runs = (0..RUNS).map(|_| nam(&exchange, folder.path(), &[&arguments[..], &sign_in].concat()));
            let (seconds, memory) = runs.min_by(|left, right| left.0.total_cmp(&right.0)).unwrap();
            println!("{name:<34} {count:>9} {:>12.0} {memory:>9.1}", count as f64 / seconds);
        }
    }

    println!("\n{:<8} {:>8}   each of 1,000 mailboxes, each answer after {LATENCY:?}", "tenants", "seconds");
    let exchange = tenant_of(1000);
    exchange.change(|tenant| tenant.delay = LATENCY);
    for count in [1, 10, 100] {
        let entries: Vec<_> = (0..count)
            .map(|number| {
                let sign_in = json!({ "clientId": CLIENT_ID, "clientSecret": "env:APP_SECRET" });
                json!({ "tenant": format!("tenant{number}.example"), "signIn": sign_in })
            })
            .collect();
        fs::write(folder.path().join("tenants.json"), json!(entries).to_string()).unwrap();
        let arguments = ["report", "--tenants", "tenants.json", "--out", "all.csv"];
        let (seconds, _) = nam(&exchange, folder.path(), &arguments);
        println!("{count:<8} {seconds:>8.1}");
    }
}

/// A tenant of so many mailboxes, and half as many rows of bypass associations.
fn tenant_of(count: usize) -> Exchange {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let one = |name: &str| serde_json::from_slice::<Value>(&fs::read(data.join(name)).unwrap()).unwrap();
    let (mailbox, bypass) = (one("one-mailbox.json"), one("bypass.json")[1].clone());
    let numbered = |row: &Value, number: usize| {
        let mut row = row.clone();
        row["Guid"] = json!(format!("{number:08x}-1111-4222-8333-000000000001"));
        row["DistinguishedName"] =
            json!(format!("CN=u{number},OU=contoso.example,DC=PROD,DC=OUTLOOK,DC=COM"));
        row
    };
    let rows = |row: &Value, count: usize| (0..count).map(|number| numbered(row, number)).collect();
    let exchange =
        Exchange::of(vec![one("organization.json")], rows(&bypass, count / 2), rows(&mailbox, count));
    exchange.change(|tenant| tenant.gzip = false);
    exchange
}

/// Runs `nam`; gives the seconds, and the memory it took at most, in MiB.
fn nam(exchange: &Exchange, folder: &Path, arguments: &[&str]) -> (f64, f64) {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_nam"))
        .args(arguments)
        .current_dir(folder)
        .env("NAM_LOOPBACK_ENDPOINT", exchange.base())
        .env("APP_SECRET", SECRET)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    loop {
        // Linux alone tells it without unsafe code. It only grows, so the last look is the highest.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        peak = line.split_whitespace().next().map_or(peak, |kib| kib.parse::<f64>().unwrap() / 1024.0);
        if let Some(exit) = child.try_wait().unwrap() {
            assert!(exit.success());
            return (begun.elapsed().as_secs_f64(), peak);
        }
        thread::sleep(Duration::from_millis(10));
    }
}
