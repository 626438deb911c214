//! The options, and their help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use non_audited_mailbox::app::collect::Cloud;
use non_audited_mailbox::domain::action::LogonType;
use non_audited_mailbox::domain::catalog::{Platform, Status};
use non_audited_mailbox::domain::mailbox::PlatformChoice;
use non_audited_mailbox::domain::verdict::Licence;
use non_audited_mailbox::report::{Columns, ComparisonFormat, Format};

use super::collect::CollectOptions;
use super::tenant::{TenantOptions, UNDOCUMENTED};

/// Shows which Exchange mailbox actions are not audited, for whom, and why.
#[derive(Debug, Parser)]
#[command(name = "nam", version, propagate_version = true)]
pub(super) struct Options {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read saved mailboxes and write what is not audited.
    Report(Box<ReportOptions>),
    /// Read a tenant straight from Exchange Online, and save what was read.
    Collect(Box<CollectOptions>),
    /// Show what changed between two states of a tenant.
    Compare(CompareOptions),
    /// Show what Exchange can audit, by platform and logon type.
    Catalog(CatalogOptions),
    /// Make the PowerShell module, with the native libraries that were built.
    Module(ModuleOptions),
    /// Write the completions of a shell to standard output.
    Completions {
        /// For which shell.
        shell: Shell,
    },
}

const REPORT_HELP: &str = "\
Examples:
  Save the input in PowerShell, once:
    Get-EXOMailbox -PropertySets Minimum,Audit -ResultSize Unlimited | Export-Clixml mailboxes.xml
    Get-MailboxAuditBypassAssociation -ResultSize Unlimited | Export-Clixml bypass.xml
    Get-OrganizationConfig | Export-Clixml organization.xml

  All that is not audited, as CSV beside the input:
    nam report mailboxes.xml --bypass bypass.xml --organization organization.xml

  Against the CIS benchmark, owners only, as JSON:
    nam report mailboxes.xml --baseline Cis7 --logon-type owner --out owners.json

  Straight from the tenant, of an app with a certificate:
    nam report --tenant contoso.example --client-id ID --certificate app.pem --out contoso.csv

  A page to look at, with charts and a list that can be filtered:
    nam report mailboxes.xml --bypass bypass.xml --organization organization.xml --out report.html

  The same with what changed since last week, and how the weeks before went:
    nam report mailboxes.xml --compare-with last-week.json --history reports --out report.html

  A row for each mailbox where somebody could read or send unseen:
    nam report mailboxes.xml --action MailItemsAccessed --action 'Send*' --expand --out -

Exit codes:
  0  complete          1  failed, nothing written     2  wrong options
  3  written, but incomplete                          4  gaps found, with --fail-on-gap";

#[derive(Debug, Args)]
#[command(before_long_help = UNDOCUMENTED, after_help = REPORT_HELP)]
pub(super) struct ReportOptions {
    /// Saved mailboxes: JSON, CLIXML or CSV in UTF-8 or UTF-16, or an earlier JSON report; - is standard input.
    #[arg(required_unless_present = "which", conflicts_with = "which", value_name = "FILE")]
    pub(super) mailboxes: Vec<PathBuf>,

    /// Saved bypass associations (Get-MailboxAuditBypassAssociation). Without them bypass is unknown.
    #[arg(long, value_name = "FILE", conflicts_with = "which")]
    pub(super) bypass: Vec<PathBuf>,

    /// The saved settings of the organisation (Get-OrganizationConfig). Without them its switch is unknown.
    #[arg(long, alias = "organisation", value_name = "FILE", conflicts_with = "which")]
    pub(super) organization: Option<PathBuf>,

    #[command(flatten)]
    pub(super) question: QuestionOptions,

    /// Where to write; - is standard output. By default beside the first input, as NAME.non-audited.csv.
    #[arg(long, short, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,

    /// The format, if the name of the file does not tell.
    #[arg(long, value_enum)]
    pub(super) format: Option<FormatOption>,

    /// The columns of the CSV: all, or the six classic ones alone.
    #[arg(long, value_enum, default_value_t, conflicts_with = "expand")]
    pub(super) columns: ColumnsOption,

    /// Show in the page what changed since this older state: a JSON report, a saved input, or an export.
    #[arg(long, value_name = "OLD", conflicts_with = "tenants")]
    pub(super) compare_with: Option<PathBuf>,

    /// Show in the page how the JSON reports of this folder and this one follow each other.
    #[arg(long, value_name = "FOLDER", conflicts_with = "tenants")]
    pub(super) history: Option<PathBuf>,

    /// Leave out the mailboxes that are audited.
    #[arg(long)]
    pub(super) only_gaps: bool,

    /// A row for each missing action instead of one for each mailbox (not in a page).
    #[arg(long)]
    pub(super) expand: bool,

    /// Leave a file alone that exists already.
    #[arg(long)]
    pub(super) no_clobber: bool,

    /// Let an incomplete report replace an existing file too.
    #[arg(long, conflicts_with = "no_clobber")]
    pub(super) force: bool,

    /// Stop at the first record that cannot be judged, and write nothing.
    #[arg(long)]
    pub(super) strict: bool,

    /// End with exit code 4 when a complete report shows gaps.
    #[arg(long)]
    pub(super) fail_on_gap: bool,

    /// Print nothing but errors.
    #[arg(long, short)]
    pub(super) quiet: bool,

    #[command(flatten)]
    pub(super) source: TenantOptions,

    /// Keep what was read of the tenant, for `nam report FILE` later.
    #[arg(long, value_name = "FILE", requires = "tenant")]
    pub(super) save_input: Option<PathBuf>,
}

/// What is asked of the mailboxes.
#[derive(Debug, Args)]
pub(super) struct QuestionOptions {
    /// What ought to be audited: All (the default), Default, Cis7, or a JSON file that names actions by logon type.
    #[arg(long, value_name = "NAME|FILE")]
    pub(super) baseline: Option<String>,

    /// Ask about these logon types only.
    #[arg(long, value_enum, value_delimiter = ',', ignore_case = true, value_name = "TYPE")]
    pub(super) logon_type: Vec<LogonOption>,

    /// Ask about these actions only, by name or pattern (*, ?).
    #[arg(long, value_delimiter = ',', value_name = "PATTERN")]
    pub(super) action: Vec<String>,

    /// What the tenant is licensed for; unknown by default.
    #[arg(
        long,
        alias = "license",
        value_enum,
        ignore_case = true,
        long_help = "What the tenant is licensed for; unknown by default.\n\nMailItemsAccessed, Send and \
                     SearchQueryInitiated needed Audit (Premium) until 2024, and the sources disagree on today. \
                     unknown: they are gaps, with a remark. standard: no gaps, but named in a remark. premium: \
                     gaps like others."
    )]
    pub(super) licence: Option<LicenceOption>,

    /// From where the mailboxes are, if they do not tell.
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    pub(super) platform: PlatformOption,

    /// A newer catalogue in place of the built-in one (`nam catalog --format file` writes one).
    #[arg(long, value_name = "FILE")]
    pub(super) catalog: Option<PathBuf>,
}

const COMPARE_HELP: &str = "\
What can be compared: JSON reports, saved inputs, and exports of mailboxes. Reports are judged anew by what both \
were asked; give --baseline, --logon-type or --action to ask about less. Without a report the baseline is All.

A regression: less is known to be audited than before, or for a shorter time. Unknown counts as not audited. So it \
is one when an action is not audited any more, a bypass began, a state got worse, the organisation switched \
auditing off, the age limit became shorter, or any of that became unknown. A new mailbox with gaps is none, unless \
its account bypasses auditing.

Examples:
  What changed since last week:
    nam compare last-week.json today.json

  The same as a table for a spreadsheet, and as JSON:
    nam compare last-week.json today.json --out changes.csv
    nam compare last-week.json today.json --format json --out -

  Did anything get worse that the CIS benchmark asks for? For a scheduled task:
    nam compare last-week.jsonl today.jsonl --baseline Cis7 --fail-on-regression --quiet

Exit codes:
  0  complete          1  failed, nothing written     2  wrong options
  3  written, but incomplete                          5  regressions, with --fail-on-regression";

#[derive(Debug, Args)]
#[command(after_help = COMPARE_HELP)]
pub(super) struct CompareOptions {
    /// The older state: a JSON report, a saved input, or an export of mailboxes.
    #[arg(value_name = "OLD")]
    pub(super) old: PathBuf,

    /// The newer state.
    #[arg(value_name = "NEW")]
    pub(super) new: PathBuf,

    #[command(flatten)]
    pub(super) question: QuestionOptions,

    /// Where to write all changes; - is standard output. A table of the first ones is shown in any case.
    #[arg(long, short, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,

    /// The format, if the name of the file does not tell.
    #[arg(long, value_enum)]
    pub(super) format: Option<ChangeFormatOption>,

    /// Leave a file alone that exists already.
    #[arg(long)]
    pub(super) no_clobber: bool,

    /// Let an incomplete comparison replace an existing file too.
    #[arg(long, conflicts_with = "no_clobber")]
    pub(super) force: bool,

    /// End with exit code 5 when a complete comparison shows regressions.
    #[arg(long)]
    pub(super) fail_on_regression: bool,

    /// Print nothing but errors.
    #[arg(long, short)]
    pub(super) quiet: bool,
}

const CATALOG_HELP: &str = "\
Examples:
  nam catalog --platform online --logon-type owner
  nam catalog --status unsettled --format json
  nam catalog --format file > catalog.json";

#[derive(Debug, Args)]
#[command(after_help = CATALOG_HELP)]
pub(super) struct CatalogOptions {
    /// Only these platforms.
    #[arg(long, value_enum, value_delimiter = ',', ignore_case = true)]
    pub(super) platform: Vec<CatalogPlatform>,

    /// Only these logon types.
    #[arg(long, value_enum, value_delimiter = ',', ignore_case = true, value_name = "TYPE")]
    pub(super) logon_type: Vec<LogonOption>,

    /// Only what has this status.
    #[arg(long, value_enum, value_delimiter = ',', ignore_case = true)]
    pub(super) status: Vec<StatusOption>,

    /// A table to read; rows as JSON or CSV; or the catalogue's file itself, to be edited.
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: CatalogFormat,

    /// A newer catalogue in place of the built-in one.
    #[arg(long, value_name = "FILE")]
    pub(super) catalog: Option<PathBuf>,
}

/// Declares an option's values, and what each stands for in the core.
macro_rules! values {
    ($name:ident: $core:ty, $($(#[$attribute:meta])* $value:ident => $means:expr),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
        pub(super) enum $name {
            $($(#[$attribute])* $value),+
        }

        impl From<$name> for $core {
            fn from(option: $name) -> $core {
                match option {
                    $($name::$value => $means),+
                }
            }
        }
    };
}

values!(FormatOption: Format,
    #[default] Csv => Format::Csv, Html => Format::Html, Json => Format::Json, Ndjson => Format::Ndjson);
values!(ChangeFormatOption: ComparisonFormat,
    #[default] Csv => ComparisonFormat::Csv,
    Json => ComparisonFormat::Json,
    Ndjson => ComparisonFormat::Ndjson);
values!(ColumnsOption: Columns,
    #[default] All => Columns::All, Classic => Columns::Classic);
values!(LogonOption: LogonType,
    #[default] Admin => LogonType::Admin, Delegate => LogonType::Delegate, Owner => LogonType::Owner);
values!(LicenceOption: Licence,
    #[default] Unknown => Licence::Unknown, Standard => Licence::Standard, Premium => Licence::Premium);
values!(PlatformOption: PlatformChoice,
    #[default] Auto => PlatformChoice::Auto,
    Online => PlatformChoice::Online,
    Server => PlatformChoice::Server);
values!(CloudOption: Cloud,
    #[default] Global => Cloud::Global,
    GccHigh => Cloud::GccHigh,
    Dod => Cloud::Dod,
    China => Cloud::China);
values!(CatalogPlatform: Platform,
    #[default] Online => Platform::ExchangeOnline,
    Group => Platform::GroupMailbox,
    Server => Platform::ExchangeServer);
values!(StatusOption: Status,
    #[default] Default => Status::Default,
    Optional => Status::Optional,
    NotAvailable => Status::NotAvailable,
    Retired => Status::Retired,
    Unsettled => Status::Unsettled);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum CatalogFormat {
    #[default]
    Table,
    Json,
    Csv,
    File,
}

#[derive(Debug, Args)]
pub(super) struct ModuleOptions {
    /// The folder that the module or the package comes into; by default target/module.
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: Option<PathBuf>,

    /// Put it where PowerShell of this account finds it.
    #[arg(long, conflicts_with_all = ["out", "pack"])]
    pub(super) install: bool,

    /// Make the package for the PowerShell Gallery too (Publish-PSResource -NupkgPath).
    #[arg(long)]
    pub(super) pack: bool,

    /// Pack this folder of a module, signed for instance, and make none.
    #[arg(long, value_name = "FOLDER", requires = "pack")]
    pub(super) from: Option<PathBuf>,
}
