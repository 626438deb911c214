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
use std::path::Path;
use std::process::Command;

/// The ways, and how many times slower than ours each has to be at least.
const WAYS: [(&str, &str, Option<f64>); 7] = [
    ("nothing", "advanced function that does nothing", None),
    ("floor", "floor: the same properties read, the same class emitted, no difference", None),
    ("objects", "Get-NonAuditedMailboxAction, to objects", None),
    ("csv", "Export-NonAuditedMailboxAction, straight to CSV", None),
    ("expert", "an expert's PowerShell (HashSet, pscustomobject), to the same columns", Some(4.0)),
    ("usual", "the usual PowerShell (Where-Object { $_ -notin $list }), to the same columns", Some(50.0)),
    ("appending", "a script that asks again for each mailbox and appends to a CSV", Some(300.0)),
];

/// How many processes import each module.
const PROCESSES: usize = 11;

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
    let (ours, empty) = import_times(pwsh, scratch.path());
    println!(
        "Import of the module: {:.0} ms, of an empty one {empty:.0} ms (asked: less than 60 ms more).",
        ours
    );
}

/// The medians of several fresh processes, in milliseconds: of the module, and of one that has a manifest and nothing else.
fn import_times(pwsh: &Path, scratch: &Path) -> (f64, f64) {
    let empty = scratch.join("Empty");
    std::fs::create_dir(&empty).unwrap();
    std::fs::write(empty.join("Empty.psm1"), "").unwrap();
    let manifest = "@{ RootModule = 'Empty.psm1'; ModuleVersion = '0.1.0'; FunctionsToExport = @() }";
    std::fs::write(empty.join("Empty.psd1"), manifest).unwrap();
    // In turns, so that what else the machine does strikes both.
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..PROCESSES {
        for (times, module) in times.iter_mut().zip([&*native::MODULE, &empty]) {
            times.push(import_time(pwsh, module));
        }
    }
    let [ours, empty] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    (ours, empty)
}

fn import_time(pwsh: &Path, module: &Path) -> f64 {
    let script = format!(
        "$watch = [System.Diagnostics.Stopwatch]::StartNew(); Import-Module '{}'; \
         $watch.Elapsed.TotalMilliseconds.ToString([System.Globalization.CultureInfo]::InvariantCulture)",
        module.display().to_string().replace('\'', "''")
    );
    let output =
        Command::new(pwsh).args(["-NoProfile", "-NonInteractive", "-Command", &script]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}
