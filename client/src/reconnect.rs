//! When a broken stream is opened again, and when that is given up.

use backon::ExponentialBackoff;
use tokio::time::{Instant, sleep_until};

use crate::{Error, Settings};

pub(crate) struct Reconnect {
    settings: Settings,
    backoff: ExponentialBackoff,
    /// Since when nothing has worked.
    failing_since: Option<Instant>,
    opened_at: Option<Instant>,
}

impl Reconnect {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            backoff: settings.backoff(),
            failing_since: None,
            opened_at: None,
        }
    }

    /// Something came through: the next break starts with short pauses again. A connection that opens and breaks at once
    /// does not count, or a server in trouble would be called without a pause.
    pub(crate) fn works(&mut self) {
        if self.failing_since.take().is_some() {
            self.backoff = self.settings.backoff();
        }
    }

    pub(crate) fn opened(&mut self) {
        self.opened_at = Some(Instant::now());
    }

    /// Waits before the next attempt, or gives the error back if there is no point in one.
    pub(crate) async fn pause(&mut self, error: Error) -> Result<(), Error> {
        let now = Instant::now();
        // A quiet connection that lasted has worked as well.
        if self
            .opened_at
            .take()
            .is_some_and(|at| now.duration_since(at) >= self.settings.backoff_max)
        {
            self.works();
        }
        let since = *self.failing_since.get_or_insert(now);
        if !error.is_transient() || now.duration_since(since) >= self.settings.give_up_after {
            return Err(error);
        }
        let pause = self.backoff.next().unwrap_or(self.settings.backoff_max);
        tracing::debug!(%error, ?pause, "a stream broke and is opened again");
        sleep_until(now + pause).await;
        Ok(())
    }
}
