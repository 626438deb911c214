//! What a mailbox costs on the PowerShell pipeline, beside other ways to the same answer.
//!
//! `cargo bench --bench pipeline`; PowerShell is found as by the tests: in `NAM_PWSH`, on the path, or beside the
//! repository. `NAM_BENCH_MAILBOXES` changes the number of mailboxes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "not shipped"
)]

#[path = "../tests/it/native.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod native;

use std::collections::HashMap;
use std::process::Command;

/// The ways, and how many times slower than ours each has to be at least.
const WAYS: [(&str, &str, Option<f64>); 7] = [
    ("nothing", "advanced function that does nothing", None),
    ("floor", "floor: same properties read, same class emitted, no difference", None),
    ("objects", "Get-NonAuditedMailboxAction, to objects", None),
    ("csv", "Export-NonAuditedMailboxAction, straight to CSV", None),
    ("expert", "an expert's PowerShell (HashSet, pscustomobject)", Some(4.0)),
    ("usual", "the usual PowerShell (Where-Object { $_ -notin $list })", Some(50.0)),
    ("appending", "a script that asks again for each mailbox and appends to a CSV", Some(300.0)),
];

fn main() {
    let Some(pwsh) = &*native::PWSH else {
        println!("skipped: there is no PowerShell");
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let mailboxes = std::env::var("NAM_BENCH_MAILBOXES").unwrap_or_else(|_| "50000".to_owned());
    let output = Command::new(pwsh)
        .args(["-NoProfile", "-NonInteractive", "-File"])
        .arg(native::root().join("benches/pipeline.ps1"))
        .arg("-Module")
        .arg(&*native::MODULE)
        .arg("-Scratch")
        .arg(scratch.path())
        .args(["-Count", &mailboxes])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    let times: HashMap<&str, f64> = text
        .lines()
        .filter_map(|line| line.strip_prefix("result\t")?.split_once('\t'))
        .map(|(name, time)| (name, time.trim().parse().unwrap()))
        .collect();
    let ours = times["objects"];
    println!("{mailboxes} mailboxes of 29 properties\n");
    println!("| way | µs a mailbox | times ours | asked |");
    println!("|---|---:|---:|---|");
    for (name, title, at_least) in WAYS {
        let time = times[name];
        let asked = at_least.map_or(String::new(), |times| format!("at least {times}"));
        println!("| {title} | {time:.1} | {:.2} | {asked} |", time / ours);
    }
    println!("\nOurs is {:.2} times the floor (asked: at most 1.3).", ours / times["floor"]);
    println!("Import of the module: {:.0} ms.", times["import"] / 1000.0);
}
