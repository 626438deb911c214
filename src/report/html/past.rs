//! What the page shows of the past: what changed since an earlier state, and how earlier reports went on.

use super::super::Tail;
use super::super::comparison::{ChangeObject, Comparison};
use super::super::trend::{Trend, TrendPoint};
use super::view::{thousands, when};
use crate::domain::comparison::ChangeKind;
use crate::domain::verdict::AuditState;

/// What changed since an earlier state.
pub(super) struct Changes {
    pub(super) since: String,
    pub(super) old_file: String,
    pub(super) mailboxes: [String; 2],
    pub(super) joined: String,
    pub(super) baseline: String,
    pub(super) complete: bool,
    pub(super) regressions: u64,
    pub(super) kinds: Vec<(&'static str, String)>,
    pub(super) changes: Vec<Row>,
    /// How many changes are not shown.
    pub(super) more: Option<String>,
    pub(super) notes: Vec<String>,
    pub(super) problems: Vec<String>,
}

/// One change.
pub(super) struct Row {
    pub(super) kind: &'static str,
    pub(super) regression: bool,
    pub(super) name: String,
    pub(super) address: String,
    pub(super) guid: String,
    /// Whether the list has it: mailboxes that are gone and accounts are not in it.
    pub(super) is_listed: bool,
    pub(super) text: String,
}

/// How many regressions and how many other changes a page shows; `nam compare` writes all.
pub(super) const MOST_CHANGES: usize = 1000;

impl Changes {
    pub(super) fn of(comparison: Comparison) -> Changes {
        let Comparison { head, changes, summary } = comparison;
        let kinds = ChangeKind::ALL.into_iter().filter_map(|kind| {
            let count = summary.kinds.get(kind.name()).copied().unwrap_or_default();
            (count > 0).then(|| (title(kind), thousands(count)))
        });
        let mut problems = summary.problems;
        let untold = summary.problem_count.saturating_sub(problems.len() as u64);
        if untold > 0 {
            problems.push(format!("and {untold} more"));
        }
        let more = summary.changes.saturating_sub(changes.len() as u64);
        let mut changes = changes;
        // What got worse comes first, then what weighs most.
        changes.sort_by_key(|change| (!change.regression, kind_of(change)));
        Changes {
            since: head.old.generated_at.as_deref().map(when).unwrap_or_default(),
            // Where it lay is nobody's business who gets the page.
            old_file: head.old.file.rsplit(['/', '\\']).next().unwrap_or_default().to_owned(),
            mailboxes: [thousands(summary.old.mailboxes), thousands(summary.new.mailboxes)],
            joined: thousands(summary.joined),
            baseline: head.baseline,
            complete: summary.complete,
            regressions: summary.regressions,
            kinds: kinds.collect(),
            changes: changes.into_iter().map(row).collect(),
            more: (more > 0).then(|| thousands(more)),
            notes: summary.notes,
            problems,
        }
    }
}

fn kind_of(change: &ChangeObject) -> Option<ChangeKind> {
    ChangeKind::ALL.into_iter().find(|kind| kind.name() == change.kind)
}

fn row(change: ChangeObject) -> Row {
    let kind = kind_of(&change);
    let guid = change.guid.map(|guid| guid.to_string()).unwrap_or_default();
    let address = if change.user_principal_name.is_empty() {
        change.primary_smtp_address
    } else {
        change.user_principal_name
    };
    Row {
        kind: kind.map_or(change.kind, title),
        regression: change.regression,
        is_listed: change.subject == "Mailbox" && kind != Some(ChangeKind::MailboxGone) && !guid.is_empty(),
        name: match change.subject {
            "Organization" => "The organisation".to_owned(),
            _ if change.display_name.is_empty() => address.clone(),
            _ => change.display_name,
        },
        address,
        guid,
        text: change.text,
    }
}

const fn title(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::OrganizationChanged => "Organisation switched",
        ChangeKind::BypassBegun => "Bypass begun",
        ChangeKind::BypassEnded => "Bypass ended",
        ChangeKind::NewlyNotAudited => "Newly not audited",
        ChangeKind::NewlyAudited => "Newly audited",
        ChangeKind::StateChanged => "State changed",
        ChangeKind::BecameUnknown => "Became unknown",
        ChangeKind::BecameKnown => "Became known",
        ChangeKind::ManagedLeft => "Left the managed set",
        ChangeKind::ManagedRegained => "Back in the managed set",
        ChangeKind::AgeLimitChanged => "Age limit changed",
        ChangeKind::MailboxNew => "New mailboxes",
        ChangeKind::MailboxGone => "Mailboxes gone",
    }
}

/// How earlier reports and this one follow each other.
pub(super) struct Past {
    pub(super) charts: Vec<Chart>,
    pub(super) points: Vec<Point>,
    pub(super) skipped: Vec<(String, String)>,
    pub(super) other_baselines: bool,
    pub(super) incomplete: bool,
}

/// One number over time.
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) class: &'static str,
    pub(super) now: String,
    pub(super) change: String,
    pub(super) most: String,
    /// Points that belong together, each line as SVG has it.
    pub(super) lines: Vec<String>,
    pub(super) dots: Vec<Dot>,
    pub(super) label: String,
}

pub(super) struct Dot {
    pub(super) x: f64,
    pub(super) y: f64,
    /// Of a complete report.
    pub(super) complete: bool,
    pub(super) title: String,
}

/// A report, as the table has it.
pub(super) struct Point {
    pub(super) time: String,
    pub(super) baseline: String,
    pub(super) complete: bool,
    pub(super) numbers: [String; 6],
    pub(super) is_this: bool,
}

/// The width and the height of a chart, and its margin.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 72.0;
const MARGIN: f64 = 6.0;

/// This report as a point of the trend.
pub(super) fn this_point(generated_at: &str, baseline: &str, tail: &Tail<'_>) -> TrendPoint {
    let summary = tail.summary;
    let bypass_known = tail.bypassed.is_some() || summary.bypass_unknown < summary.mailboxes;
    TrendPoint {
        generated_at: generated_at.to_owned(),
        baseline: baseline.to_owned(),
        complete: tail.problems.is_empty(),
        mailboxes: summary.mailboxes,
        audited: summary.state(AuditState::Audited),
        with_gaps: summary.state(AuditState::Gap),
        not_audited: summary.state(AuditState::NotAudited),
        unknown: summary.state(AuditState::Unknown),
        bypassed: bypass_known.then_some(summary.bypassed),
        bypass_unknown: summary.bypass_unknown,
        bypassed_accounts: tail.bypassed.map(|accounts| accounts.len() as u64),
        ..TrendPoint::default()
    }
}

impl Past {
    pub(super) fn of(trend: &Trend, this: TrendPoint) -> Past {
        let mut points: Vec<(&TrendPoint, bool)> = trend.points.iter().map(|point| (point, false)).collect();
        points.push((&this, true));
        points.sort_by_key(|(point, is_this)| (seconds(point), *is_this));
        let reports: Vec<_> = points.iter().map(|(point, _)| *point).collect();
        let chart =
            |title, class, value: fn(&TrendPoint) -> Option<u64>| chart(title, class, &reports, &this, value);
        Past {
            charts: vec![
                chart("With gaps", "gap", |point| Some(point.with_gaps)),
                chart("Not audited at all", "none", |point| Some(point.not_audited)),
                chart("Unknown", "unknown", |point| Some(point.unknown)),
                chart("Accounts that bypass auditing", "text", |point| point.bypassed_accounts),
            ],
            other_baselines: reports.iter().any(|point| point.baseline != this.baseline),
            incomplete: reports.iter().any(|point| !point.complete),
            points: points.iter().rev().map(|(point, is_this)| row_of(point, *is_this)).collect(),
            // A folder of reports has pages and tables in it, too.
            skipped: trend
                .skipped
                .iter()
                .filter(|skipped| is_json(&skipped.file))
                .map(|skipped| (skipped.file.clone(), skipped.reason.clone()))
                .collect(),
        }
    }
}

fn is_json(file: &str) -> bool {
    let (_, extension) = file.rsplit_once('.').unwrap_or_default();
    ["json", "jsonl", "ndjson"].iter().any(|json| extension.eq_ignore_ascii_case(json))
}

fn row_of(point: &TrendPoint, is_this: bool) -> Point {
    Point {
        time: when(&point.generated_at),
        baseline: point.baseline.clone(),
        complete: point.complete,
        numbers: [
            Some(point.mailboxes),
            Some(point.audited),
            Some(point.with_gaps),
            Some(point.not_audited),
            Some(point.unknown),
            point.bypassed_accounts,
        ]
        .map(in_words),
        is_this,
    }
}

fn in_words(number: Option<u64>) -> String {
    number.map_or_else(|| "unknown".to_owned(), thousands)
}

/// The time of a report; one that does not say it comes first.
fn seconds(point: &TrendPoint) -> i64 {
    point.generated_at.parse::<jiff::Timestamp>().map_or(i64::MIN, jiff::Timestamp::as_second)
}

fn chart(
    title: &'static str,
    class: &'static str,
    reports: &[&TrendPoint],
    this: &TrendPoint,
    value: fn(&TrendPoint) -> Option<u64>,
) -> Chart {
    let most = reports.iter().filter_map(|point| value(point)).max().unwrap_or(0);
    let (first, last) =
        (reports.first().map_or(0, |point| seconds(point)), reports.last().map_or(0, |point| seconds(point)));
    let place = |point: &TrendPoint, value: u64| {
        let along = if last > first { (seconds(point) - first) as f64 / (last - first) as f64 } else { 0.5 };
        let up = value as f64 / most.max(1) as f64;
        let round = |number: f64| (number * 10.0).round() / 10.0;
        (
            round(MARGIN + along * (WIDTH - 2.0 * MARGIN)),
            round(HEIGHT - MARGIN - up * (HEIGHT - 2.0 * MARGIN)),
        )
    };
    let (mut lines, mut dots, mut before) = (Vec::<String>::new(), Vec::new(), None::<&TrendPoint>);
    for point in reports {
        let Some(number) = value(point) else {
            before = None;
            continue;
        };
        let (x, y) = place(point, number);
        // Reports of different baselines do not compare, and what was unknown lies on no line.
        match lines.last_mut().filter(|_| before.is_some_and(|before| before.baseline == point.baseline)) {
            Some(line) => line.push_str(&format!(" {x},{y}")),
            None => lines.push(format!("{x},{y}")),
        }
        let title = format!("{}: {}", when(&point.generated_at), thousands(number));
        dots.push(Dot { x, y, complete: point.complete, title });
        before = Some(point);
    }
    let label = dots.iter().map(|dot| dot.title.as_str()).collect::<Vec<_>>().join("; ");
    Chart {
        title,
        class,
        now: in_words(value(this)),
        change: change(reports, this, value),
        most: thousands(most),
        lines,
        dots,
        label: format!("{title}. {label}"),
    }
}

/// How this report differs from the last one of its baseline before it.
fn change(reports: &[&TrendPoint], this: &TrendPoint, value: fn(&TrendPoint) -> Option<u64>) -> String {
    let earlier = reports
        .iter()
        .rev()
        .filter(|point| seconds(point) < seconds(this) && point.baseline == this.baseline);
    let Some((now, (before, then))) =
        value(this).zip(earlier.filter_map(|point| Some((value(point)?, point))).next())
    else {
        return String::new();
    };
    let since = then.generated_at.get(.."2026-01-01".len()).unwrap_or(&then.generated_at);
    match now.cmp(&before) {
        std::cmp::Ordering::Less => format!("\u{2212}{} since {since}", thousands(before - now)),
        std::cmp::Ordering::Equal => format!("as on {since}"),
        std::cmp::Ordering::Greater => format!("+{} since {since}", thousands(now - before)),
    }
}
