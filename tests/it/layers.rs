//! Who may use whom (DESIGN.md, section 2), read out of the source files.
//!
//! `module -> ffi -> app -> {input, collect, report} -> domain -> std`, and `main -> cli -> app`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The rooms, and which of the others each may use.
const MAY_USE: [(&str, &[&str]); 9] = [
    ("domain", &[]),
    ("input", &["domain"]),
    ("collect", &["domain"]),
    ("report", &["domain"]),
    ("app", &["input", "collect", "report", "domain"]),
    // The types of a use case's question and answer come from below it.
    ("ffi", &["app", "report", "domain"]),
    // The module as a folder carries the other rooms, and uses none.
    ("stage", &[]),
    ("cli", &["app", "report", "domain", "stage"]),
    ("main", &["cli"]),
];

/// How the program calls the library.
const LIBRARY: &str = "non_audited_mailbox";

/// A piece of Rust that matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    /// `::`
    Path,
    Other(char),
}

/// The tokens without comments, texts, characters and lifetimes.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let (mut tokens, mut index) = (Vec::new(), 0);
    while index < chars.len() {
        match (at(index), at(index + 1)) {
            ('/', '/') => {
                while index < chars.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            ('/', '*') => index = end_of_comment(&chars, index),
            ('"', _) => index = end_of_text(&chars, index),
            // A character or a lifetime.
            ('\'', '\\') => index = end_of_character(&chars, index + 3),
            ('\'', _) if at(index + 2) == '\'' => index += 3,
            ('\'', _) => index += 1,
            (':', ':') => {
                tokens.push(Token::Path);
                index += 2;
            }
            (first, _) if is_name(first) => {
                let start = index;
                while is_name(at(index)) {
                    index += 1;
                }
                let name: String = chars[start..index].iter().collect();
                match (name.as_str(), at(index)) {
                    ("r" | "br" | "cr", '"' | '#') if end_of_raw_text(&chars, index).is_some() => {
                        index = end_of_raw_text(&chars, index).unwrap();
                    }
                    ("b" | "c", '"') => index = end_of_text(&chars, index),
                    _ => tokens.push(Token::Name(name)),
                }
            }
            (first, _) => {
                if !first.is_whitespace() {
                    tokens.push(Token::Other(first));
                }
                index += 1;
            }
        }
    }
    tokens
}

fn end_of_comment(chars: &[char], mut index: usize) -> usize {
    let mut depth = 0;
    while index < chars.len() {
        match chars[index..] {
            ['/', '*', ..] => (depth, index) = (depth + 1, index + 2),
            ['*', '/', ..] => (depth, index) = (depth - 1, index + 2),
            _ => index += 1,
        }
        if depth == 0 {
            break;
        }
    }
    index
}

fn end_of_text(chars: &[char], quote: usize) -> usize {
    let mut index = quote + 1;
    while index < chars.len() && chars[index] != '"' {
        index += if chars[index] == '\\' { 2 } else { 1 };
    }
    index + 1
}

fn end_of_character(chars: &[char], from: usize) -> usize {
    from + chars[from.min(chars.len())..].iter().take_while(|c| **c != '\'').count() + 1
}

/// Behind `"…"#…`, where the hashes begin; none for a raw name such as `r#type`.
fn end_of_raw_text(chars: &[char], start: usize) -> Option<usize> {
    let hashes = chars[start..].iter().take_while(|c| **c == '#').count();
    let mut index = start + hashes;
    if chars.get(index) != Some(&'"') {
        return None;
    }
    loop {
        index += 1;
        let rest = chars.get(index..)?;
        if rest.first()? == &'"' && rest[1..].iter().take_while(|c| **c == '#').count() >= hashes {
            return Some(index + 1 + hashes);
        }
    }
}

/// The modules of a file: `src/input/json.rs` is `input::json`.
fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// The paths inside the crate that a file names, counted from the crate's root.
fn paths(file: &str, source: &str) -> BTreeSet<Vec<String>> {
    let tokens = tokens(source);
    let mut found = BTreeSet::new();
    let mut module = module_of(file);
    let file_depth = module.len();
    // The braces that are open around each `mod` inside of the file.
    let (mut braces, mut modules) = (0, Vec::new());
    let mut index = 0;
    while index < tokens.len() {
        match &tokens[index..] {
            [Token::Name(keyword), Token::Name(name), Token::Other('{'), ..] if keyword == "mod" => {
                module.push(name.clone());
                braces += 1;
                modules.push(braces);
                index += 3;
                continue;
            }
            [Token::Other('{'), ..] => braces += 1,
            [Token::Other('}'), ..] => {
                if modules.last() == Some(&braces) {
                    modules.pop();
                    module.pop();
                }
                braces -= 1;
            }
            [Token::Name(first), Token::Path, ..] if begins_path(&tokens, index) => {
                match first.as_str() {
                    // The program has a root of its own; of the library it knows the rooms alone.
                    "crate" | LIBRARY => _ = tree(&tokens, index + 2, Vec::new(), &mut found),
                    "super" | "self" => _ = tree(&tokens, index, module.clone(), &mut found),
                    _ => {}
                }
            }
            _ => {}
        }
        index += 1;
    }
    assert!(module.len() == file_depth && braces == 0, "{file}: the scanner lost its way");
    found
}

/// Whether a path of this crate begins here; the second `super` of a path is seen with the first.
fn begins_path(tokens: &[Token], index: usize) -> bool {
    index == 0 || tokens[index - 1] != Token::Path || tokens[index] == Token::Name(LIBRARY.to_owned())
}

/// Follows a path, and all branches of its braces; gives the place behind it.
fn tree(
    tokens: &[Token],
    mut index: usize,
    mut path: Vec<String>,
    found: &mut BTreeSet<Vec<String>>,
) -> usize {
    loop {
        match tokens.get(index) {
            Some(Token::Name(name)) => match name.as_str() {
                "super" => {
                    path.pop();
                }
                "self" => {}
                _ => path.push(name.clone()),
            },
            Some(Token::Other('{')) => {
                index += 1;
                while !matches!(tokens.get(index), None | Some(Token::Other('}'))) {
                    index = tree(tokens, index, path.clone(), found);
                    // `as name` and commas.
                    while !matches!(tokens.get(index), None | Some(Token::Other(',' | '}'))) {
                        index += 1;
                    }
                    if tokens.get(index) == Some(&Token::Other(',')) {
                        index += 1;
                    }
                }
                return index + 1;
            }
            Some(Token::Other('*')) => path.push("*".to_owned()),
            _ => {}
        }
        if tokens.get(index + 1) == Some(&Token::Path) {
            index += 2;
        } else {
            found.insert(path);
            return index + 1;
        }
    }
}

/// The room of a file, and what it uses that it may not.
fn violations(file: &str, source: &str) -> Vec<String> {
    let room = module_of(file).first().cloned().unwrap_or_else(|| "lib".to_owned());
    let mut wrong = Vec::new();
    if room != "lib" {
        let may = MAY_USE.iter().find(|(name, _)| *name == room);
        let Some((_, may)) = may else { return vec![format!("{file}: no rule for the room {room}")] };
        for path in paths(file, source) {
            let first = path.first().map_or("*", String::as_str);
            if first != room && !may.contains(&first) {
                wrong.push(format!("{file}: {room} uses {}", path.join("::")));
            }
        }
    }
    let tokens = tokens(source);
    let names = |word: &str| tokens.contains(&Token::Name(word.to_owned()));
    if room != "ffi" && names("unsafe") {
        wrong.push(format!("{file}: unsafe outside of ffi"));
    }
    // What would lead around the rooms.
    for pair in tokens.windows(3) {
        if let [Token::Other('#'), Token::Other('['), Token::Name(name)] = pair
            && name == "path"
        {
            wrong.push(format!("{file}: a module at a path of its own"));
        }
    }
    wrong
}

fn each_file(folder: &Path, prefix: &str, visit: &mut dyn FnMut(&str, &str)) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            each_file(&path, &format!("{name}/"), visit);
        } else if name.ends_with(".rs") {
            visit(&name, &fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn each_room_uses_only_those_below_it_and_unsafe_stays_in_ffi() {
    let mut wrong = Vec::new();
    let (mut files, mut uses) = (0, 0);
    each_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut |file, source| {
        files += 1;
        uses += paths(file, source).len();
        wrong.extend(violations(file, source));
    });
    assert_eq!(wrong, Vec::<String>::new());
    // A scanner that finds nothing holds nothing.
    assert!(files > 20 && uses > 100, "{files} files, {uses} uses");
}

// ---- The scanner itself

#[test]
fn a_use_of_a_room_above_is_found_however_it_is_written() {
    let cases = [
        ("domain/list.rs", "use crate::input::Source;"),
        ("domain/list.rs", "use crate::{domain::action, input::{self, Source}};"),
        ("domain/list.rs", "use super::super::input::Source;"),
        ("domain/list.rs", "use super::{action, super::input};"),
        ("domain/mod.rs", "use super::input;"),
        ("domain/list.rs", "fn f() -> crate::report::Format { todo!() }"),
        ("domain/list.rs", "fn f(x: &'static crate::report::Format) {}"),
        ("domain/list.rs", "mod inner { use super::super::super::input; }"),
        ("domain/list.rs", "pub use crate::app as other;"),
        ("domain/list.rs", "use crate::*;"),
        ("domain/list.rs", "use {std::fmt, crate::app::Input};"),
        ("domain/list.rs", "macro_rules! m { () => { $crate::app::run() } }"),
        ("domain/list.rs", "const C: char = '\"'; use crate::app; const D: char = '\"';"),
        ("domain/list.rs", "const C: &str = r#\"\"\"#; use crate::app;"),
        ("domain/list.rs", "/* /* */ \" */ use ::non_audited_mailbox::app;"),
        ("domain/new.rs", "#[path = \"../app/report.rs\"] mod report;"),
        ("input/json.rs", "use crate::report::Format;"),
        ("input/json.rs", "use crate::app::Input;"),
        ("input/mod.rs", "use super::report;"),
        ("report/csv.rs", "use crate::input::Record;"),
        ("report/csv.rs", "use crate::app::AppError;"),
        ("collect/mod.rs", "use crate::input::Record;"),
        ("app.rs", "use crate::ffi::Handle;"),
        ("app.rs", "use super::ffi::Handle;"),
        ("app/report.rs", "use super::super::ffi;"),
        ("app/report.rs", "use crate::cli::Exit;"),
        ("ffi/mod.rs", "use crate::cli::Exit;"),
        ("ffi/mod.rs", "use crate::input::Source;"),
        ("ffi/mod.rs", "use crate::collect::Client;"),
        ("cli/mod.rs", "use non_audited_mailbox::ffi;"),
        ("cli/mod.rs", "use non_audited_mailbox::{app, input::Source};"),
        ("main.rs", "fn main() { non_audited_mailbox::app::timestamp(); }"),
        ("elsewhere/mod.rs", ""),
        ("app/report.rs", "fn f() { unsafe { g() } }"),
        ("domain/list.rs", "unsafe extern \"C\" { fn g(); }"),
    ];
    for (file, source) in cases {
        assert!(!violations(file, source).is_empty(), "{file}: {source}: {:?}", paths(file, source));
    }
}

#[test]
fn what_is_allowed_is_not_found() {
    let cases = [
        ("domain/list.rs", "use super::action::{ActionSet, LogonType}; use std::fmt::{self, Write};"),
        (
            "domain/mailbox.rs",
            "pub mod property { use super::LogonType; use super::super::list; } use super::list;",
        ),
        ("domain/list.rs", "// use crate::input;\n/* crate::app */ /// [`crate::report`]\nfn f() {}"),
        ("domain/list.rs", "const TEXT: &str = \"use crate::input; \\\" unsafe\";"),
        (
            "domain/list.rs",
            "const TEXT: &str = r##\"\"# crate::input unsafe\"##; const B: &[u8] = b\"crate::app\";",
        ),
        ("domain/list.rs", "#![forbid(unsafe_code)] fn f<'a>(x: &'a str) -> char { '\\'' }"),
        ("domain/list.rs", "use crate::domain::action; use self::inner::X; mod inner { pub struct X; }"),
        ("input/mod.rs", "use crate::domain::catalog::Catalog; pub use record::Record; use super::domain;"),
        ("app.rs", "use crate::{collect, domain, input, report}; use super::input::Source;"),
        ("app/report.rs", "use super::{AppError, Input}; use crate::report::{self, Format};"),
        ("ffi/mod.rs", "use crate::app; use crate::domain::action::ActionSet; unsafe fn f() {}"),
        ("cli/report.rs", "use super::options::X; use non_audited_mailbox::app::{self, Report};"),
        ("main.rs", "mod cli; fn main() { cli::run() }"),
        ("lib.rs", "pub mod app; pub mod domain;"),
    ];
    for (file, source) in cases {
        assert_eq!(violations(file, source), Vec::<String>::new(), "{source}");
    }
}
