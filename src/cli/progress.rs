//! The progress bar: on a terminal only, and only where somebody wants to see it.

use std::cell::RefCell;
use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};
use non_audited_mailbox::app::Progress;
use non_audited_mailbox::app::collect::Stop;

pub(super) struct Bar {
    shown: bool,
    bar: RefCell<ProgressBar>,
    stop: Stop,
}

impl Bar {
    pub(super) fn new(quiet: bool) -> Bar {
        let shown = !quiet && io::stderr().is_terminal();
        Bar { shown, bar: RefCell::new(ProgressBar::hidden()), stop: Stop::default() }
    }

    /// The same, of what can be stopped.
    pub(super) fn until(self, stop: Stop) -> Bar {
        Bar { stop, ..self }
    }

    pub(super) fn finish(&self) {
        self.bar.borrow().finish_and_clear();
    }
}

impl Progress for Bar {
    fn begin(&self, file: &str, bytes: Option<u64>) {
        if !self.shown {
            return;
        }
        self.finish();
        let (bar, template) = match bytes {
            Some(bytes) => (ProgressBar::new(bytes), "{msg} [{bar:40}] {bytes}/{total_bytes} {eta}"),
            None => (ProgressBar::new_spinner(), "{msg} {spinner} {bytes}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(file.to_owned());
        self.bar.replace(bar);
    }

    fn advance(&self, bytes: u64) {
        self.bar.borrow().inc(bytes);
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_stopped()
    }
}
