//! `nam collect`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use indicatif::HumanCount;
use non_audited_mailbox::app::Assembled;
use non_audited_mailbox::domain::section::Section;
use non_audited_mailbox::report::Target;

use super::tenant::{self, TenantOptions, UNDOCUMENTED};
use super::{Exit, Failure, complain, report};

const COLLECT_HELP: &str = "\
Examples:
  One tenant, by certificate:
    nam collect --tenant contoso.example --client-id ID --certificate app.pem --out contoso.jsonl

  With a token that Azure's own program got:
    az account get-access-token --resource https://outlook.office365.com --query accessToken -o tsv |
      nam collect --tenant contoso.example --token-from - --out contoso.jsonl

  Then, on any machine, as often as you like:
    nam report contoso.jsonl

Exit codes:
  0  complete     1  failed, nothing written     2  wrong options     3  written, but incomplete";

#[derive(Debug, Args)]
#[command(before_long_help = UNDOCUMENTED, after_help = COLLECT_HELP)]
pub(super) struct CollectOptions {
    #[command(flatten)]
    source: TenantOptions,

    /// Where to write; by default TENANT.jsonl. With --tenants the file of the tenants names the places.
    #[arg(long, short, value_name = "FILE", conflicts_with = "tenants")]
    out: Option<PathBuf>,

    /// Leave a file alone that exists already.
    #[arg(long)]
    no_clobber: bool,

    /// Let what is incomplete replace an existing file too.
    #[arg(long, conflicts_with = "no_clobber")]
    force: bool,

    /// Print nothing but errors.
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(options: &CollectOptions) -> Result<Exit, Failure> {
    let mut jobs = options.source.jobs()?;
    if jobs.is_empty() {
        return Err(Failure::usage("name a tenant to read, with --tenant or --tenants"));
    }
    let stop = tenant::stop()?;
    let folder = options.source.tenants.as_deref().map_or(Path::new(""), tenant::folder_of);
    let clobber = report::clobber(options.no_clobber, options.force);
    // Tried before anything slow begins: what has no place is not read.
    let targets = jobs.iter_mut().map(|job| {
        let path = options.out.clone().unwrap_or_else(|| job.place(folder, "jsonl"));
        Target::create(&path, clobber).map_err(|error| job.refuse(&error)).ok()
    });
    let mut targets: Vec<_> = targets.collect();
    let names: Vec<_> = jobs.iter().map(|job| job.name.clone()).collect();
    let mut ends = Ends::default();
    options.source.collect(&mut jobs, options.quiet, &stop, |number, read| {
        let end = match (read, targets[number].take()) {
            (Ok(assembled), Some(target)) => keep(&names[number], &assembled, target, options.quiet),
            (Ok(_), None) => return Ok(()),
            (Err(error), _) => Err(error.into()),
        };
        ends.push(&names[number], end);
        Ok(())
    })?;
    ends.exit()
}

/// Keeps what was read, and tells where; whether it is all there is.
fn keep(name: &str, assembled: &Assembled, target: Target, quiet: bool) -> Result<Exit, Failure> {
    for problem in assembled.problems() {
        complain(&format!("{name}: {problem}"));
    }
    let path = assembled.keep(target)?;
    if !quiet {
        let records = |section| HumanCount(assembled.records(section));
        let (mailboxes, associations) = (records(Section::Mailboxes), records(Section::BypassAssociations));
        let is_all = if assembled.is_complete() { "" } else { "INCOMPLETE: " };
        writeln!(
            io::stdout(),
            "{name}: {is_all}{mailboxes} mailboxes, {associations} bypass associations: {}",
            path.display()
        )?;
    }
    Ok(if assembled.is_complete() { Exit::Complete } else { Exit::Incomplete })
}

/// How the tenants of a run ended. One that failed does not stop the others.
#[derive(Default)]
pub(super) struct Ends {
    complete: usize,
    incomplete: usize,
    failed: Vec<(Arc<str>, Failure)>,
    gaps: usize,
}

impl Ends {
    pub(super) fn push(&mut self, name: &Arc<str>, end: Result<Exit, Failure>) {
        match end {
            Ok(Exit::Gaps) => self.gaps += 1,
            Ok(Exit::Incomplete) => self.incomplete += 1,
            Ok(_) => self.complete += 1,
            Err(failure) => self.failed.push((name.clone(), failure)),
        }
    }

    /// The exit code of all. That of a single tenant's failure says why; those of many are told here.
    pub(super) fn exit(mut self) -> Result<Exit, Failure> {
        let others = self.complete + self.incomplete + self.gaps;
        if others == 0 && self.failed.len() == 1 {
            return Err(self.failed.remove(0).1);
        }
        for (name, failure) in &self.failed {
            complain(&format!("{name}: {failure}"));
        }
        Ok(match () {
            () if others == 0 => Exit::Failed,
            () if self.incomplete > 0 || !self.failed.is_empty() => Exit::Incomplete,
            () if self.gaps > 0 => Exit::Gaps,
            () => Exit::Complete,
        })
    }
}
