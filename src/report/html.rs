//! One page for a browser: self-contained, and without a way out.
//!
//! What can be said of all mailboxes is written as HTML by templates that escape by themselves. The mailboxes are data,
//! which the page's script reads out of a block that is no script. Everything that repeats from one mailbox to the
//! next is written once, as a profile, so that the file stays small; nothing is kept here but counts and profiles.

mod data;
mod fix;
mod past;
mod tally;
mod view;

use std::io::{self, Write};

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::csv::incomplete_note;
use super::drift::{Collected, Drift, OlderState};
use super::trend::Trend;
use super::{Head, Layout, Row, Tail, Writer, is_shown};
use data::Profiles;
use past::{Changes, MOST_CHANGES, Past, this_point};
use tally::Tally;
use view::{About, Rest, Top};

/// How the page looks.
const STYLE: &str = include_str!("html/page.css");
/// What the page does.
const SCRIPT: &str = include_str!("html/page.js");

/// What a page shows of the past.
#[derive(Debug, Default)]
pub struct Earlier {
    /// An older state, to be compared.
    pub state: Option<OlderState>,
    /// Earlier reports, as a trend.
    pub trend: Option<Trend>,
}

pub(super) struct HtmlWriter<W> {
    layout: Layout,
    out: W,
    drift: Option<Drift<Collected>>,
    trend: Option<Trend>,
    about: Option<About>,
    tally: Tally,
    profiles: Profiles,
    items: u64,
}

impl<W: Write> HtmlWriter<W> {
    pub(super) fn new(layout: Layout, earlier: Earlier, out: W) -> Self {
        HtmlWriter {
            layout,
            out,
            drift: earlier.state.map(|state| Drift::new(state, Collected::new(MOST_CHANGES))),
            trend: earlier.trend,
            about: None,
            tally: Tally::default(),
            profiles: Profiles::default(),
            items: 0,
        }
    }

    /// One element of the array of mailboxes.
    fn item(&mut self, json: &str) -> io::Result<()> {
        let separator: &[u8] = if self.items > 0 { b",\n" } else { b"\n" };
        self.items += 1;
        self.out.write_all(separator)?;
        self.out.write_all(json.as_bytes())
    }
}

impl<W: Write> Writer<W> for HtmlWriter<W> {
    fn head(&mut self, head: &Head<'_>) -> io::Result<()> {
        let facts = data::facts(head, self.layout)?;
        let top =
            Top { policy: policy(), style: STYLE, facts: &facts, baseline: head.judge.baseline().name() };
        top.write_into(&mut self.out)?;
        self.about = Some(About::of(head));
        self.drift.as_mut().map_or(Ok(()), |drift| drift.head(head))
    }

    fn row(&mut self, row: &Row<'_>) -> io::Result<()> {
        self.tally.add(row);
        if let Some(drift) = &mut self.drift {
            drift.row(row)?;
        }
        if !is_shown(self.layout, row.verdict) {
            return Ok(());
        }
        let (number, new) = self.profiles.number(row)?;
        if let Some(profile) = new {
            self.item(&profile)?;
        }
        let mailbox = data::mailbox(number, row.mailbox)?;
        self.item(&mailbox)
    }

    fn tail(mut self: Box<Self>, tail: &Tail<'_>) -> io::Result<W> {
        let about =
            self.about.take().ok_or_else(|| io::Error::other("a report begins with its head, once"))?;
        let note = data::script_safe(&incomplete_note(tail.problems))?;
        let compared = self.drift.take().map(|drift| drift.tail(tail)).transpose()?;
        let changes = compared.map(|compared| Changes::of(compared.into_comparison()));
        let past = self
            .trend
            .take()
            .map(|trend| Past::of(&trend, this_point(&about.generated_at, &about.baseline, tail)));
        let rest = Rest::new(&about, &self.tally, tail, self.layout, (changes, past), (&note, SCRIPT));
        rest.write_into(&mut self.out)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// What the page may do: run its own script and look like its own style, both known by their hashes. It loads nothing,
/// sends nothing, and no text of it can become code.
fn policy() -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

#[cfg(test)]
mod tests {
    use super::{SCRIPT, STYLE};

    #[test]
    fn the_parts_of_the_page_stay_in_their_elements_and_are_hashed_as_the_browser_reads_them() {
        for part in [SCRIPT, STYLE] {
            let lower = part.to_ascii_lowercase();
            for end in ["</script", "</style", "<!--"] {
                assert!(!lower.contains(end), "{end}");
            }
            assert!(!part.contains('\r'), "browsers read line ends as \\n before they hash");
        }
    }
}
