//! `nam report`.

use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use non_audited_mailbox::app::collect::Stop;
use non_audited_mailbox::app::{self, AppError, Input, Output, Past, Report};
use non_audited_mailbox::domain::baseline::{Baseline, Scope};
use non_audited_mailbox::domain::catalog::Catalog;
use non_audited_mailbox::domain::problem::Problems;
use non_audited_mailbox::domain::verdict::{Judge, OrganizationAudit};
use non_audited_mailbox::report::{self, Clobber, Format, Layout, Target};

use super::options::{QuestionOptions, ReportOptions};
use super::progress::Bar;
use super::tenant::{self, Job};
use super::{Exit, Failure, complain, summary, tenants};

/// How many problems are printed; the report has more of them.
const SHOWN_PROBLEMS: usize = 10;

pub(super) fn run(options: &ReportOptions) -> Result<Exit, Failure> {
    let mut inputs = Inputs::of(options)?;
    let judge = Arc::new(judge(&options.question)?);
    let format = format(options)?;
    format
        .check(layout(options))
        .map_err(|why| Failure::usage(format!("{why}: leave out --expand, or choose another format")))?;
    if format != Format::Html && !past(options).is_empty() {
        let text = "--compare-with and --history are for a page (--format html); `nam compare` writes changes as a file";
        return Err(Failure::usage(text));
    }
    past(options).check()?;
    let mut jobs = options.source.jobs()?;
    if let Some(file) = &options.source.tenants {
        return tenants::run(options, &judge, format, file, &mut jobs);
    }
    // Tried before anything slow begins.
    let output = output(options, &inputs, jobs.first(), format)?;
    let save = options
        .save_input
        .as_deref()
        .map(|path| Target::create(path, clobber(options.no_clobber, options.force)));
    let save = save.transpose().map_err(Failure::failed)?;
    let (stop, read) = match jobs.first_mut() {
        Some(job) => {
            let stop = tenant::stop()?;
            let read = options.source.read(job, options.quiet, &stop)?;
            inputs.mailboxes.push(job.input(&read));
            (stop, Some(read))
        }
        None => (Stop::default(), None),
    };
    if let (Some(read), Some(save)) = (&read, save) {
        read.keep(save)?;
    }
    let bar = Bar::new(options.quiet).until(stop);
    let outcome = write(options, &inputs, judge.clone(), format, output, Problems::default(), &bar);
    bar.finish();
    let outcome = outcome.map_err(Failure::from)?;

    if !options.quiet {
        let text = summary::render(&outcome, &judge);
        if outcome.path.is_some() {
            io::stdout().write_all(text.as_bytes())?;
        } else {
            io::stderr().write_all(text.as_bytes())?;
        }
    }
    show(&outcome.problems);
    Ok(exit(options, &outcome))
}

/// How a report ended.
pub(super) fn exit(options: &ReportOptions, outcome: &app::Outcome) -> Exit {
    match () {
        () if !outcome.problems.is_empty() => Exit::Incomplete,
        () if options.fail_on_gap && outcome.summary.has_gaps() => Exit::Gaps,
        () => Exit::Complete,
    }
}

pub(super) fn show(problems: &Problems) {
    let shown = problems.first().iter().take(SHOWN_PROBLEMS);
    shown.clone().for_each(|problem| complain(&problem.to_string()));
    let more = problems.count() - shown.count() as u64;
    if more > 0 {
        complain(&format!("and {more} more problem(s)"));
    }
}

pub(super) fn write(
    options: &ReportOptions,
    inputs: &Inputs,
    judge: Arc<Judge<'static>>,
    format: Format,
    output: Output,
    mut problems: Problems,
    bar: &Bar,
) -> Result<app::Outcome, AppError> {
    let organization = match &inputs.organization {
        Some(input) => app::read_organization(input, judge.catalog(), bar)?,
        None => OrganizationAudit::Unknown,
    };
    let bypass = match inputs.bypass.as_slice() {
        [] => None,
        files => Some(Arc::new(app::read_bypass(files, judge.catalog(), bar, &mut problems)?)),
    };
    if let (true, Some(first)) = (options.strict, problems.first().first()) {
        return Err(AppError::Strict(first.clone()));
    }
    let report_options = app::ReportOptions {
        judge,
        organization,
        bypass,
        format,
        layout: Layout { tenants: app::are_of_several_tenants(&inputs.mailboxes), ..layout(options) },
        strict: options.strict,
        generated_at: app::timestamp(),
    };
    let writer = match past(options) {
        past if past.is_empty() => report::writer(format, report_options.layout, output),
        past => {
            let newer = inputs.mailboxes.iter().map(Input::name).collect::<Vec<_>>().join(", ");
            let earlier = past.read(&report_options.judge, &newer, &report_options.generated_at, bar)?;
            report::page(report_options.layout, earlier, output)
        }
    };
    let mut report = Report::with_writer(report_options, writer, problems);
    report.read(&inputs.mailboxes, bar)?;
    report.finish()
}

/// What a page shall show of the past.
fn past(options: &ReportOptions) -> Past<'_> {
    Past { compare_with: options.compare_with.as_deref(), history: options.history.as_deref() }
}

fn layout(options: &ReportOptions) -> Layout {
    let columns = options.columns.into();
    Layout { columns, only_gaps: options.only_gaps, expand: options.expand, ..Layout::default() }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Failure {
        match error {
            AppError::Write(error) => Failure::from(error),
            AppError::Target { error, outcome } => {
                if let Some(outcome) = outcome {
                    show(&outcome.problems);
                }
                Failure::failed(error)
            }
            other => Failure::failed(other),
        }
    }
}

#[derive(Default)]
pub(super) struct Inputs {
    pub(super) mailboxes: Vec<Input>,
    bypass: Vec<Input>,
    organization: Option<Input>,
}

impl Inputs {
    fn of(options: &ReportOptions) -> Result<Inputs, Failure> {
        let inputs = Inputs {
            mailboxes: options.mailboxes.iter().map(|path| input(path)).collect(),
            bypass: options.bypass.iter().map(|path| input(path)).collect(),
            organization: options.organization.as_deref().map(input),
        };
        if inputs.all().filter(|input| **input == Input::Stdin).count() > 1 {
            return Err(Failure::usage("standard input (-) can be read only once"));
        }
        Ok(inputs)
    }

    fn all(&self) -> impl Iterator<Item = &Input> {
        self.mailboxes.iter().chain(&self.bypass).chain(&self.organization)
    }
}

fn input(path: &Path) -> Input {
    if path.as_os_str() == "-" { Input::Stdin } else { Input::File(path.to_owned()) }
}

fn judge(question: &QuestionOptions) -> Result<Judge<'static>, Failure> {
    let catalog = catalog(question.catalog.as_deref())?;
    let baseline = baseline(catalog, question.baseline.as_deref().unwrap_or("All"))?;
    let licence = question.licence.unwrap_or_default();
    Judge::new(catalog, baseline, scope(catalog, question)?, licence.into(), question.platform.into())
        .map_err(Failure::usage)
}

/// Which part of the baseline is asked about.
pub(super) fn scope(catalog: &Catalog, question: &QuestionOptions) -> Result<Scope, Failure> {
    let logon_types = question.logon_type.iter().copied().map(Into::into);
    Scope::narrow(catalog, logon_types, &question.action).map_err(Failure::usage)
}

/// The built-in catalogue, or the one of a file.
pub(super) fn catalog(file: Option<&Path>) -> Result<&'static Catalog, Failure> {
    let Some(path) = file else { return Ok(Catalog::builtin()) };
    let json = own_file(path)?;
    let catalog = Catalog::from_json(&json).map_err(|error| in_file(path, &error))?;
    // Read once for the whole run.
    Ok(Box::leak(Box::new(catalog)))
}

/// A name, or a file: what looks like a path is one.
pub(super) fn baseline(catalog: &Catalog, text: &str) -> Result<Baseline, Failure> {
    let path = Path::new(text);
    if path.extension().is_none() && !text.contains(['/', '\\']) {
        return Baseline::from_name(catalog, text).map_err(Failure::usage);
    }
    let json = own_file(path)?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Baseline::from_json(catalog, &json, &stem).map_err(|error| in_file(path, &error))
}

pub(super) fn own_file(path: &Path) -> Result<Vec<u8>, Failure> {
    app::read_file(path).map_err(|error| Failure::usage(format!("{} {error}", path.display())))
}

fn in_file(path: &Path, error: &dyn Display) -> Failure {
    Failure::usage(format!("{}: {error}", path.display()))
}

fn format(options: &ReportOptions) -> Result<Format, Failure> {
    if let Some(format) = options.format {
        return Ok(format.into());
    }
    let Some(out) = options.out.as_deref().filter(|out| out.as_os_str() != "-") else {
        return Ok(Format::Csv);
    };
    let Some(extension) = out.extension() else { return Ok(Format::Csv) };
    Format::from_extension(&extension.to_string_lossy()).ok_or_else(|| {
        Failure::usage(format!(
            "{}: the extension tells no format; name it .csv, .html, .json or .ndjson, or add --format",
            out.display()
        ))
    })
}

fn output(
    options: &ReportOptions,
    inputs: &Inputs,
    job: Option<&Job>,
    format: Format,
) -> Result<Output, Failure> {
    let path = match (&options.out, inputs.mailboxes.first(), job) {
        (Some(path), _, _) if path.as_os_str() == "-" => return Ok(Output::stdout()),
        (Some(path), _, _) => path.clone(),
        (None, Some(input), _) => beside(input, format),
        (None, None, Some(job)) => job.place(Path::new(""), &suffix(format)),
        (None, None, None) => PathBuf::from(suffix(format)),
    };
    let is_input = inputs.all().any(|input| match input {
        Input::File(file) => same_file(file, &path),
        Input::Stdin | Input::Temporary { .. } => false,
    }) || options.compare_with.as_deref().is_some_and(|old| same_file(old, &path));
    if is_input {
        return Err(Failure::usage(format!("{} is an input; name another file with --out", path.display())));
    }
    Target::create(&path, clobber(options.no_clobber, options.force))
        .map(Output::File)
        .map_err(Failure::failed)
}

/// What becomes of a file that is there already.
pub(super) fn clobber(no_clobber: bool, force: bool) -> Clobber {
    match () {
        () if no_clobber => Clobber::Never,
        () if force => Clobber::Always,
        () => Clobber::Complete,
    }
}

/// How a report's name ends that the user did not name.
pub(super) fn suffix(format: Format) -> String {
    format!("non-audited.{}", format.extension())
}

pub(super) fn beside(input: &Input, format: Format) -> PathBuf {
    let suffix = suffix(format);
    match input {
        Input::Stdin | Input::Temporary { .. } => PathBuf::from(suffix),
        Input::File(file) => {
            let mut name = OsString::from(file.file_stem().unwrap_or_default());
            name.push(".");
            name.push(suffix);
            file.with_file_name(name)
        }
    }
}

pub(super) fn same_file(left: &Path, right: &Path) -> bool {
    match (fs::canonicalize(left), fs::canonicalize(right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => false,
    }
}
