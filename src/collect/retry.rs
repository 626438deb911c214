//! How long, how often and how much: the limits of a read.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::{Instant, sleep};

use super::error::{CollectError, ErrorKind};

/// The limits of a read. The defaults follow the Exchange module, as far as public code tells them: a cmdlet runs up to
/// 15 minutes (Microsoft, "exchange-online-powershell-v2"), six tries, 2 seconds and then twice as long each time.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For connecting.
    pub connect: Duration,
    /// For a page, to its last byte.
    pub page: Duration,
    /// Between two pieces of a page.
    pub idle: Duration,
    /// For all of a tenant.
    pub total: Duration,
    /// How often a page is asked for.
    pub tries: usize,
    /// The first wait between two tries.
    pub first_wait: Duration,
    /// The longest wait, whatever the service asks for.
    pub longest_wait: Duration,
    /// The size of a page, unpacked.
    pub page_bytes: usize,
    /// The number of pages.
    pub pages: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connect: Duration::from_secs(30),
            page: Duration::from_secs(16 * 60),
            idle: Duration::from_secs(60),
            total: Duration::from_secs(60 * 60),
            tries: 6,
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_secs(10 * 60),
            page_bytes: 64 << 20,
            pages: 10_000,
        }
    }
}

/// The tries of one page.
pub(super) struct Tries<'l> {
    limits: &'l Limits,
    deadline: Instant,
    waits: ExponentialBackoff,
}

impl<'l> Tries<'l> {
    pub(super) fn new(limits: &'l Limits, deadline: Instant) -> Tries<'l> {
        let waits = ExponentialBuilder::new()
            .with_min_delay(limits.first_wait)
            .with_max_delay(limits.longest_wait)
            .with_max_times(limits.tries.saturating_sub(1))
            .with_jitter()
            .build();
        Tries { limits, deadline, waits }
    }

    /// Waits before the next try, if there is one.
    pub(super) async fn wait(&mut self, asked: Option<Duration>, error: CollectError) -> Result<(), Late> {
        let Some(own) = self.waits.next() else { return Err(Late::Tried(error)) };
        let wait = match asked {
            // A little later than asked, and not all at the same moment.
            Some(asked) => {
                asked.max(self.limits.first_wait).min(self.limits.longest_wait) + own.mul_f32(fastrand::f32())
            }
            None => own,
        };
        let left = self.deadline.saturating_duration_since(Instant::now());
        if wait >= left {
            let text = format!(
                "{error}; the next try would come after the time that the whole may take ({} s)",
                self.limits.total.as_secs()
            );
            return Err(Late::NoTime(CollectError::new(error.kind, text)));
        }
        tracing::warn!(%error, wait_ms = wait.as_millis() as u64, "waiting for another try");
        sleep(wait).await;
        Ok(())
    }
}

/// Why there is no other try.
pub(super) enum Late {
    /// There were enough.
    Tried(CollectError),
    /// The wait would outlast the time for the whole.
    NoTime(CollectError),
}

impl From<Late> for CollectError {
    fn from(late: Late) -> CollectError {
        match late {
            Late::Tried(error) | Late::NoTime(error) => error,
        }
    }
}

/// The whole took too long.
pub(super) fn too_long(limits: &Limits) -> CollectError {
    let text = format!("it took longer than the {} s that the whole may take", limits.total.as_secs());
    CollectError::new(ErrorKind::Unreachable, text)
}
