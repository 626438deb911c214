//! `nam report --tenants`: a report for each tenant, one of all, and one summary.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use non_audited_mailbox::app::collect::{CollectError, Stop, Stopped};
use non_audited_mailbox::app::{Assembled, Input, Outcome, Output};
use non_audited_mailbox::domain::problem::{Place, Problem, ProblemKind, Problems};
use non_audited_mailbox::domain::verdict::{AuditState, Judge};
use non_audited_mailbox::report::{Format, Target, TargetError};

use super::collect::Ends;
use super::options::ReportOptions;
use super::progress::Bar;
use super::report::{self, Inputs};
use super::tenant::{self, Job};
use super::{Exit, Failure, summary};

pub(super) fn run(
    options: &ReportOptions,
    judge: &Arc<Judge<'static>>,
    format: Format,
    file: &Path,
    jobs: &mut [Job],
) -> Result<Exit, Failure> {
    let folder = tenant::folder_of(file);
    // Tried before anything slow begins: what has no place is not read.
    let joint = match options.out.as_deref() {
        Some(path) if path.as_os_str() == "-" => Output::stdout(),
        Some(path) => Output::File(target(options, path)?),
        None => Output::File(target(options, &report::beside(&Input::File(file.to_owned()), format))?),
    };
    let tenants = jobs.iter_mut().map(|job| {
        let path = job.place(folder, &report::suffix(format));
        let target = target(options, &path).map_err(|error| job.refuse(&error)).ok();
        Tenant { name: job.name.clone(), target, read: None, row: None }
    });
    let mut tenants: Vec<_> = tenants.collect();

    let stop = tenant::stop()?;
    let mut ends = Ends::default();
    options.source.collect(jobs, options.quiet, &stop, |number, read| {
        let tenant = &mut tenants[number];
        let end = tenant.report(options, judge, format, read, &stop);
        if stop.is_stopped() {
            return Err(Stopped);
        }
        ends.push(&tenant.name, end);
        Ok(())
    })?;

    // As the file names them, not as they came.
    let mut inputs = Inputs::default();
    inputs.mailboxes.extend(tenants.iter().filter_map(Tenant::input));
    if inputs.mailboxes.is_empty() {
        return ends.exit();
    }
    let mut problems = Problems::default();
    tenants.iter().filter_map(Tenant::problem).for_each(|problem| problems.push(problem));
    let bar = Bar::new(options.quiet).until(stop);
    let all = report::write(options, &inputs, judge.clone(), format, joint, problems, &bar);
    bar.finish();
    // The reports of the tenants stand, whatever becomes of that of all.
    let all = all.map_err(Failure::from);
    if !options.quiet {
        let text = render(&tenants, all.as_ref().ok());
        let to_stdout = all.as_ref().is_ok_and(|all| all.path.is_some());
        if to_stdout {
            io::stdout().write_all(text.as_bytes())?
        } else {
            io::stderr().write_all(text.as_bytes())?
        }
    }
    all?;
    ends.exit()
}

fn target(options: &ReportOptions, path: &Path) -> Result<Target, TargetError> {
    Target::create(path, report::clobber(options.no_clobber, options.force))
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Failure {
        Failure::failed(error)
    }
}

/// A tenant of the run.
struct Tenant {
    name: Arc<str>,
    target: Option<Target>,
    read: Option<Assembled>,
    row: Option<[String; 6]>,
}

impl Tenant {
    /// Makes its report of what was read, which stays for that of all.
    fn report(
        &mut self,
        options: &ReportOptions,
        judge: &Arc<Judge<'static>>,
        format: Format,
        read: Result<Assembled, CollectError>,
        stop: &Stop,
    ) -> Result<Exit, Failure> {
        self.read = Some(read?);
        let mut inputs = Inputs::default();
        inputs.mailboxes.extend(self.input());
        let Some(target) = self.target.take() else { return Err(Stopped.into()) };
        let bar = Bar::new(true).until(stop.clone());
        let output = Output::File(target);
        let outcome =
            report::write(options, &inputs, judge.clone(), format, output, Problems::default(), &bar)?;
        report::show(&outcome.problems);
        self.row = Some(row(&self.name, &outcome));
        Ok(report::exit(options, &outcome))
    }

    fn input(&self) -> Option<Input> {
        let path = self.read.as_ref()?.path().to_owned();
        Some(Input::Temporary { path, name: self.name.clone() })
    }

    /// What the report of all lacks.
    fn problem(&self) -> Option<Problem> {
        if self.read.is_some() {
            return None;
        }
        let place = Place { file: Some(self.name.clone()), ..Place::default() };
        let kind = ProblemKind::Incomplete("the tenant could not be read".to_owned());
        Some(Problem { place, mailbox: None, kind })
    }
}

fn row(name: &str, outcome: &Outcome) -> [String; 6] {
    let state = |state| outcome.summary.state(state).to_string();
    let is_complete = if outcome.problems.is_empty() { "" } else { "incomplete, " };
    let place = outcome.path.as_ref().map_or("standard output".to_owned(), |path| path.display().to_string());
    [
        name.to_owned(),
        outcome.summary.mailboxes.to_string(),
        state(AuditState::Gap),
        state(AuditState::NotAudited),
        state(AuditState::Unknown),
        format!("{is_complete}{place}"),
    ]
}

fn render(tenants: &[Tenant], all: Option<&Outcome>) -> String {
    let mut table = summary::table();
    table.set_header(vec!["Tenant", "Mailboxes", "With gaps", "Not audited", "Unknown", "Report"]);
    for tenant in tenants {
        let failed = || [&*tenant.name, "-", "-", "-", "-", "none: see the messages"].map(str::to_owned);
        table.add_row(tenant.row.clone().unwrap_or_else(failed));
    }
    table.add_rows(all.map(|all| row("All", all)));
    for column in 1..5 {
        summary::align_right(&mut table, column);
    }
    format!("{}\n", table.trim_fmt())
}
