//! What the page costs at 100,000 mailboxes: its file, and the time to open and to filter it in Chromium.
//!
//! `cargo bench --bench page`; it needs what the tests of the page need: Node.js, Chromium, `npm ci --prefix tests/page`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a bench")]

#[path = "../tests/it/browser.rs"]
mod browser;
#[expect(dead_code, reason = "the other bench uses more of it")]
mod tenant;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const MAILBOXES: usize = 100_000;

fn main() {
    let Some(browser) = browser::find() else {
        println!("skipped: it needs Node.js, Chromium, and `npm ci --prefix tests/page`");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("mailboxes.json");
    let mut file = BufWriter::new(File::create(&input).unwrap());
    tenant::Shape::Json.write(&mut file, 0..MAILBOXES, tenant::mailbox);
    file.flush().unwrap();
    fs::write(folder.path().join("organization.json"), r#"{"AuditDisabled": false}"#).unwrap();
    let page = folder.path().join("report.html");
    let start = Instant::now();
    write_page(&input, &page);
    let seconds = start.elapsed().as_secs_f64();
    let megabytes = fs::metadata(&page).unwrap().len() as f64 / 1e6;
    println!("{MAILBOXES} mailboxes: {megabytes:.1} MB, written in {seconds:.1} s\n");
    let measured = browser.node(folder.path()).arg("measure.js").arg("report.html").output().unwrap();
    print!("{}{}", String::from_utf8_lossy(&measured.stdout), String::from_utf8_lossy(&measured.stderr));
    assert!(measured.status.success());
}

fn write_page(input: &Path, page: &Path) {
    let status = Command::new(env!("CARGO_BIN_EXE_nam"))
        .arg("report")
        .arg(input)
        .arg("--organization")
        .arg(input.with_file_name("organization.json"))
        .arg("--out")
        .arg(page)
        .arg("--quiet")
        .status()
        .unwrap();
    assert!(status.success());
}
