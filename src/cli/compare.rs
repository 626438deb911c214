//! `nam compare`.

use std::io::{self, Write};
use std::path::Path;

use comfy_table::Table;
use non_audited_mailbox::app::{self, CompareOptions as Question, Output};
use non_audited_mailbox::report::{
    ChangeObject, ChangeSink, ChangeWriter, Compared, ComparisonFormat, ComparisonHead, ComparisonSummary,
    StateHead, StateSummary, Target, change_writer,
};

use super::options::CompareOptions;
use super::progress::Bar;
use super::summary::{align_right, line, table};
use super::{Exit, Failure, report};

/// How many regressions, and how many other changes, are shown.
const SHOWN: usize = 40;

pub(super) fn run(options: &CompareOptions) -> Result<Exit, Failure> {
    for path in [&options.old, &options.new] {
        if path.as_os_str() == "-" {
            return Err(Failure::usage("standard input (-) cannot be compared: save it to a file first"));
        }
    }
    let question = question(options)?;
    // Tried before anything slow begins.
    let screen = Screen { file: writer(options)?, ..Screen::default() };
    let bar = Bar::new(options.quiet);
    let compared = app::compare(&options.old, &options.new, &question, &bar, screen);
    bar.finish();
    let Compared { sink: screen, head, summary, problems } = compared.map_err(Failure::from)?;
    let Screen { file, regressions, others } = screen;

    let (mut written, mut is_stdout) = (None, false);
    if let Some(file) = file {
        match file.tail(&summary)? {
            Output::Stdout(_) => is_stdout = true,
            Output::File(target) => match target.commit(problems.is_empty()) {
                Ok(path) => written = Some(path),
                Err(error) => {
                    report::show(&problems);
                    return Err(Failure::failed(error));
                }
            },
        }
    }
    if !options.quiet {
        let mut text = render(&head, &summary, &regressions, &others);
        if let Some(path) = &written {
            line(&mut text, format_args!("Changes: {}", path.display()));
        }
        if is_stdout {
            io::stderr().write_all(text.as_bytes())?;
        } else {
            io::stdout().write_all(text.as_bytes())?;
        }
    }
    report::show(&problems);
    Ok(match () {
        () if !summary.complete => Exit::Incomplete,
        () if options.fail_on_regression && summary.regressions > 0 => Exit::Regressions,
        () => Exit::Complete,
    })
}

fn question(options: &CompareOptions) -> Result<Question, Failure> {
    let asked = &options.question;
    let catalog = report::catalog(asked.catalog.as_deref())?;
    let baseline = asked.baseline.as_deref().map(|text| report::baseline(catalog, text)).transpose()?;
    Ok(Question {
        catalog,
        baseline,
        scope: report::scope(catalog, asked)?,
        licence: asked.licence.map(Into::into),
        platform: asked.platform.into(),
        generated_at: app::timestamp(),
    })
}

/// What writes the changes, if they are to be written.
fn writer(options: &CompareOptions) -> Result<Option<Box<dyn ChangeWriter<Output> + Send>>, Failure> {
    let to_stdout = |format| Ok(Some(change_writer(format, Output::stdout())));
    let Some(out) = options.out.as_deref().filter(|out| out.as_os_str() != "-") else {
        return match (options.format, &options.out) {
            (Some(format), _) => to_stdout(format.into()),
            (None, Some(_)) => to_stdout(ComparisonFormat::Csv),
            (None, None) => Ok(None),
        };
    };
    let format = format(options, out)?;
    if [&options.old, &options.new].into_iter().any(|input| report::same_file(input, out)) {
        return Err(Failure::usage(format!("{} is an input; name another file with --out", out.display())));
    }
    let target = Target::create(out, report::clobber(options.no_clobber, options.force));
    let target = target.map_err(Failure::failed)?;
    Ok(Some(change_writer(format, Output::File(target))))
}

fn format(options: &CompareOptions, out: &Path) -> Result<ComparisonFormat, Failure> {
    if let Some(format) = options.format {
        return Ok(format.into());
    }
    let Some(extension) = out.extension() else { return Ok(ComparisonFormat::Csv) };
    ComparisonFormat::from_extension(&extension.to_string_lossy()).ok_or_else(|| {
        Failure::usage(format!(
            "{}: the extension tells no format; name it .csv, .json or .ndjson, or add --format",
            out.display()
        ))
    })
}

/// Writes all changes to the file, and keeps the first ones to be shown.
#[derive(Default)]
struct Screen {
    file: Option<Box<dyn ChangeWriter<Output> + Send>>,
    regressions: Vec<ChangeObject>,
    others: Vec<ChangeObject>,
}

impl ChangeSink for Screen {
    fn head(&mut self, head: &ComparisonHead) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.head(head))
    }

    fn change(&mut self, change: &ChangeObject) -> io::Result<()> {
        let shown = if change.regression { &mut self.regressions } else { &mut self.others };
        if shown.len() < SHOWN {
            shown.push(change.clone());
        }
        self.file.as_mut().map_or(Ok(()), |file| file.change(change))
    }
}

fn render(
    head: &ComparisonHead,
    summary: &ComparisonSummary,
    regressions: &[ChangeObject],
    others: &[ChangeObject],
) -> String {
    let mut text = String::new();
    if !summary.complete {
        text.push_str("INCOMPLETE: not all could be read or compared; see the messages.\n\n");
    }
    line(&mut text, format_args!("{}\n\n{}\n", states(head, summary).trim_fmt(), counts(summary).trim_fmt()));
    if !(regressions.is_empty() && others.is_empty()) {
        line(&mut text, format_args!("{}", changes(regressions, others).trim_fmt()));
        let hidden = summary.changes - (regressions.len() + others.len()) as u64;
        if hidden > 0 {
            line(&mut text, format_args!(" and {hidden} more: write all of them with --out changes.csv"));
        }
        text.push('\n');
    }
    for note in &summary.notes {
        line(&mut text, format_args!("Note: {note}."));
    }
    text
}

/// The two states.
fn states(head: &ComparisonHead, summary: &ComparisonSummary) -> Table {
    let mut table = table();
    let mut row = |name: &str, state: &StateHead, found: &StateSummary| {
        let baseline = state.baseline.as_ref().map(|name| format!(", baseline {name}")).unwrap_or_default();
        table.add_row(vec![
            name.to_owned(),
            state.file.clone(),
            format!("{}{baseline}", kind(state.kind)),
            state.generated_at.clone().unwrap_or_default(),
            format!("{} mailboxes", found.mailboxes),
            if found.complete { String::new() } else { "incomplete".to_owned() },
        ]);
    };
    row("Older", &head.old, &summary.old);
    row("Newer", &head.new, &summary.new);
    table
}

fn kind(kind: &str) -> &'static str {
    match kind {
        "Report" => "report",
        "SavedInput" => "saved input",
        _ => "export",
    }
}

fn counts(summary: &ComparisonSummary) -> Table {
    let mut table = table();
    let mut row = |name: &str, count: u64, meaning: &str| {
        table.add_row(vec![name.to_owned(), count.to_string(), meaning.to_owned()]);
    };
    row("Regressions", summary.regressions, "less is known to be audited than before");
    row("Changes", summary.changes, "");
    for (kind, meaning) in MEANINGS {
        let count = summary.kinds.get(kind).copied().unwrap_or_default();
        if count > 0 {
            row(&format!("  {kind}"), count, meaning);
        }
    }
    align_right(&mut table, 1);
    table
}

/// The kinds of changes, what weighs most first.
const MEANINGS: [(&str, &str); 13] = [
    ("OrganizationChanged", "the organisation's AuditDisabled"),
    ("BypassBegun", "accounts that bypass auditing now"),
    ("BypassEnded", "accounts that do not bypass auditing any more"),
    ("NewlyNotAudited", "lists of a mailbox that lack actions now"),
    ("NewlyAudited", "lists of a mailbox that have got actions"),
    ("StateChanged", "mailboxes with another audit state"),
    ("BecameUnknown", "was known, and is not any more"),
    ("BecameKnown", "was unknown, so a change cannot be told"),
    ("ManagedLeft", "lists that Microsoft does not manage any more"),
    ("ManagedRegained", "lists that Microsoft manages again"),
    ("AgeLimitChanged", "mailboxes that keep records for another time"),
    ("MailboxNew", ""),
    ("MailboxGone", ""),
];

fn changes(regressions: &[ChangeObject], others: &[ChangeObject]) -> Table {
    let mut table = table();
    table.set_header(vec!["", "Kind", "Of", "Change"]);
    for change in by_weight(regressions).chain(by_weight(others)) {
        let mark = if change.regression { "!" } else { "" };
        table.add_row(vec![mark, change.kind, subject(change), &shortened(change)]);
    }
    table
}

/// The sentence, with the first actions alone.
fn shortened(change: &ChangeObject) -> String {
    const SHOWN_ACTIONS: usize = 6;
    let (Some((sentence, _)), true) =
        (change.text.split_once(": "), change.actions.len() > SHOWN_ACTIONS + 1)
    else {
        return change.text.clone();
    };
    let more = change.actions.len() - SHOWN_ACTIONS;
    format!("{sentence}: {}, and {more} more", change.actions[..SHOWN_ACTIONS].join(", "))
}

/// What weighs most first; else as they were found.
fn by_weight(changes: &[ChangeObject]) -> impl Iterator<Item = &ChangeObject> {
    MEANINGS.into_iter().flat_map(|(kind, _)| changes.iter().filter(move |change| change.kind == kind))
}

fn subject(change: &ChangeObject) -> &str {
    let names = [&change.user_principal_name, &change.primary_smtp_address, &change.display_name];
    let unnamed = if change.subject == "Organization" { "(organisation)" } else { "(without a name)" };
    names.into_iter().find(|name| !name.is_empty()).map_or(unnamed, |name| name)
}
