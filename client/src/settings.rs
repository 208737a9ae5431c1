//! How patient a client is.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// Deadlines and pauses. The defaults suit people and phones; tests shorten them.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// To open a connection, and for a WebSocket also to be acknowledged.
    pub connect_timeout: Duration,
    /// For one HTTP request, answer included.
    pub request_timeout: Duration,
    /// For all attempts of one request together.
    pub retry_for: Duration,
    /// The first pause before trying again. Pauses double, with jitter.
    pub backoff_min: Duration,
    pub backoff_max: Duration,
    /// A socket from which nothing came for this long is dead, although nobody closed it. The server is asked for a sign
    /// of life three times within it.
    pub silence: Duration,
    /// A stream that could not be opened anew for this long ends with the last error.
    pub give_up_after: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            retry_for: Duration::from_secs(30),
            backoff_min: Duration::from_millis(200),
            backoff_max: Duration::from_secs(10),
            silence: Duration::from_secs(18),
            give_up_after: Duration::from_secs(15 * 60),
        }
    }
}

impl Settings {
    /// Endless pauses; whoever uses them has a deadline.
    pub(crate) fn backoff(&self) -> ExponentialBackoff {
        ExponentialBuilder::new()
            .with_min_delay(self.backoff_min)
            .with_max_delay(self.backoff_max)
            .with_jitter()
            .without_max_times()
            .build()
    }
}
