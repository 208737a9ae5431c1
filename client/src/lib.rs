//! A typed client of the graph: queries and mutations over HTTP, subscriptions over
//! graphql-transport-ws or server-sent events.
//!
//! What holds throughout:
//! - Everything outside has a deadline. What can be repeated without harm is repeated: queries, and mutations, because
//!   each carries a `clientMutationId` that the library makes when the caller gives none.
//! - [`Client::follow`] and [`Client::session_stream`] survive breaks: the first resumes by cursor, the second starts
//!   again from a snapshot. Neither loses nor doubles anything.
//! - Errors are told apart by code ([`ErrorCode`]), never by their text.
//! - The token is never in `Debug` or in an error.

mod access;
mod attachments;
mod choices;
mod connection;
mod decisions;
mod downloads;
mod error;
mod events;
mod files;
mod follow;
mod github;
mod http;
mod named;
mod pairing;
mod projects;
mod reconnect;
mod servers;
mod session_life;
mod session_stream;
mod sessions;
mod settings;
mod socket;
mod sse;
mod subscription;
mod transcript;
mod usage;
mod work;

pub mod operations;
pub mod scalars;
pub mod types;

pub use access::Redeemed;
pub use attachments::Attachment;
pub use connection::Client;
pub use downloads::ExportFormat;
pub use error::{Decided, Error, ErrorCode, Failure, Transport};
pub use files::TextSearch;
pub use http::Repeat;
pub use named::{Answer, Named};
pub use pairing::{PairingLink, PairingLinkError};
pub use projects::Accepted;
pub use scalars::Cursor;
pub use secrecy::SecretString;
pub use session_stream::SessionStream;
pub use settings::{Settings, Streaming};
pub use subscription::Subscription;
pub use transcript::{Applied, OutOfStep, Transcript, part_id};
pub use work::is_finished;

/// Chooses the TLS implementation of the whole process, once. A `wss://` connection would panic without a choice when
/// several are compiled in. Programs call it first in `main`; the library does as well, for those that forget.
pub fn install_tls_provider() {
    // An error means that somebody has chosen already, which is as good.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
}
