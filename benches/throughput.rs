//! What the README says of speed and memory: `cargo bench --bench throughput`, or `-- compare` for the comparisons alone.
//!
//! Reads saved exports of an invented tenant and writes the CSV report, as `nam report` does. The exports are made
//! here; they have the shape that PowerShell 7 writes, of mailboxes with the Minimum and the Audit property sets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a bench")]

mod tenant;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use non_audited_mailbox::app::{self, CompareOptions, Input, NoProgress, Output, Report, ReportOptions};
use non_audited_mailbox::domain::baseline::{Baseline, Scope};
use non_audited_mailbox::domain::catalog::Catalog;
use non_audited_mailbox::domain::mailbox::PlatformChoice;
use non_audited_mailbox::domain::problem::Problems;
use non_audited_mailbox::domain::verdict::{Judge, Licence, OrganizationAudit};
use non_audited_mailbox::report::{
    ChangeObject, ChangeSink, Clobber, ComparisonHead, Format, Layout, Target,
};
use tenant::{Make, Shape, later, mailbox};

const MAILBOXES: usize = 200_000;
const RUNS: usize = 3;
/// Set for the child whose memory is measured.
const CHILD: &str = "NAM_BENCH_CHILD";
/// Set for the child that compares two states.
const COMPARE: &str = "NAM_BENCH_COMPARE";

fn main() {
    if let Some(folder) = std::env::var_os(COMPARE) {
        return compare(Path::new(&folder));
    }
    if std::env::var_os(CHILD).is_some() {
        return child();
    }
    let folder = tempfile::tempdir().unwrap();
    if !std::env::args().any(|argument| argument == "compare") {
        reports(folder.path());
    }
    println!("\n{:<8} {:>12} {:>12} {:>12} {:>12}", "compare", "mailboxes", "changes", "seconds", "peak MiB");
    for count in [10_000, 100_000] {
        println!("{:<8} {:>12} {}", "JSON", count, compared(count, folder.path()));
    }
}

fn reports(folder: &Path) {
    println!("{MAILBOXES} mailboxes, best of {RUNS} runs, one core, reading to CSV\n");
    println!("{:<8} {:>8} {:>8} {:>12}", "format", "MB", "MB/s", "mailboxes/s");
    for shape in [Shape::Json, Shape::Clixml] {
        let path = folder.join(shape.name());
        let mut file = BufWriter::new(File::create(&path).unwrap());
        shape.write(&mut file, 0..MAILBOXES, mailbox);
        file.flush().unwrap();
        let bytes = fs::metadata(&path).unwrap().len() as f64;
        let seconds = (0..RUNS)
            .map(|_| {
                let start = Instant::now();
                report(Input::File(path.clone()), &folder.join("report.csv"));
                start.elapsed().as_secs_f64()
            })
            .fold(f64::INFINITY, f64::min);
        let per_second = MAILBOXES as f64 / seconds;
        println!(
            "{:<8} {:>8.0} {:>8.0} {:>12.0}",
            shape.name(),
            bytes / 1e6,
            bytes / 1e6 / seconds,
            per_second
        );
    }
    println!("\n{:<8} {:>12} {:>12}", "format", "mailboxes", "peak MiB");
    for shape in [Shape::Json, Shape::Clixml] {
        for count in [10_000, 1_000_000] {
            println!("{:<8} {:>12} {:>12}", shape.name(), count, peak_memory(shape, count, folder));
        }
    }
}

/// Writes two states of a tenant and runs this program again to compare them, each run in a process of its own.
fn compared(count: usize, folder: &Path) -> String {
    for (name, range, make) in
        [("old", 0..count, mailbox as Make), ("new", count / 200..count + count / 200, later)]
    {
        let mut file = BufWriter::new(File::create(folder.join(name)).unwrap());
        Shape::Json.write(&mut file, range, make);
        file.flush().unwrap();
    }
    let run = || {
        let output = Command::new(std::env::current_exe().unwrap()).env(COMPARE, folder).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    };
    // The fastest comes first: the columns have one width.
    (0..RUNS).map(|_| run()).min().unwrap()
}

/// Takes the changes, as the program does for its table.
#[derive(Default)]
struct Counted(u64);

impl ChangeSink for Counted {
    fn head(&mut self, _: &ComparisonHead) -> std::io::Result<()> {
        Ok(())
    }

    fn change(&mut self, _: &ChangeObject) -> std::io::Result<()> {
        self.0 += 1;
        Ok(())
    }
}

fn compare(folder: &Path) {
    let options = CompareOptions {
        catalog: Catalog::builtin(),
        baseline: None,
        scope: Scope::WHOLE,
        licence: None,
        platform: PlatformChoice::Auto,
        generated_at: app::timestamp(),
    };
    let start = Instant::now();
    let (old, new) = (folder.join("old"), folder.join("new"));
    let compared = app::compare(&old, &new, &options, &NoProgress, Counted::default()).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    assert!(compared.summary.complete);
    println!("{:>12} {seconds:>12.2} {:>12}", compared.sink.0, peak());
}

fn report(input: Input, out: &Path) -> app::Outcome {
    let judge =
        Judge::new(Catalog::builtin(), Baseline::All, Scope::WHOLE, Licence::Unknown, PlatformChoice::Auto);
    let options = ReportOptions {
        judge: Arc::new(judge.unwrap()),
        organization: OrganizationAudit::OnByDefault,
        bypass: None,
        format: Format::Csv,
        layout: Layout::default(),
        strict: true,
        generated_at: app::timestamp(),
    };
    let target = Target::create(out, Clobber::Complete).unwrap();
    let mut report = Report::new(options, Output::File(target), Problems::default());
    report.read(&[input], &NoProgress).unwrap();
    let outcome = report.finish().unwrap();
    assert!(outcome.summary.mailboxes > 0);
    outcome
}

/// Runs this program again, feeds it mailboxes through a pipe, and asks how much memory it took at most.
fn peak_memory(shape: Shape, count: usize, folder: &Path) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(CHILD, folder.join("report.csv"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = BufWriter::new(child.stdin.take().unwrap());
    shape.write(&mut pipe, 0..count, mailbox);
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn child() {
    let out = std::env::var_os(CHILD).unwrap();
    report(Input::Stdin, Path::new(&out));
    println!("{}", peak());
}

/// How much memory this process took at most, in MiB.
fn peak() -> String {
    // Linux alone tells it without unsafe code.
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: Option<f64> = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    match kib {
        Some(kib) => format!("{:.1}", kib / 1024.0),
        None => "not measured".to_owned(),
    }
}
