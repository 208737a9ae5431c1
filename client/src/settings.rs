//! How patient a client is.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// By which of the server's two transports subscriptions come. Both resume alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Streaming {
    /// graphql-transport-ws.
    #[default]
    WebSocket,
    /// graphql-sse: for networks that let no WebSocket through.
    ServerSentEvents,
}

/// Deadlines and pauses. The defaults suit people and phones; tests shorten them.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub streaming: Streaming,
    /// To open a connection, and for a WebSocket also to be acknowledged.
    pub connect_timeout: Duration,
    /// For one HTTP request, answer included.
    pub request_timeout: Duration,
    /// For all attempts of one request together.
    pub retry_for: Duration,
    /// The first pause before trying again. Pauses double, with jitter.
    pub backoff_min: Duration,
    pub backoff_max: Duration,
    /// A connection from which nothing came for this long is dead, although nobody closed it. Over a WebSocket the server
    /// is asked for a sign of life three times within it; over server-sent events it gives one every 12 s unasked, so
    /// that a shorter time there would leave streams that are merely quiet.
    pub silence: Duration,
    /// A stream that could not be opened anew for this long ends with the last error.
    pub give_up_after: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            streaming: Streaming::default(),
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
