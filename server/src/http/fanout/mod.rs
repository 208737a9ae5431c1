//! One execution for all who asked the same.
//!
//! Subscribers of the event log send a handful of documents. Those whose document, variables and scopes are the same get
//! the same results, so each result is made and encoded once, on a channel, and handed to all as shared bytes.
//!
//! What holds:
//! - a subscriber begins on its own, from its own cursor. When others ask the same, nothing of its own is under way and
//!   the channel has everything after its position, it goes on there: no gap, nothing twice;
//! - one whom nobody is like, and for whom nothing comes, rests: it keeps its question and its position, and executes
//!   again when there is something for it. Nor does it then keep a channel for itself;
//! - the channel keeps a bounded stretch of results and knows no subscriber. One that is slower than that stretch goes
//!   on on its own again, from its own position: nothing is kept for it;
//! - a channel executes without a caller, so that no result can depend on one. Where a resolver asks who it is for, the
//!   result is thrown away, and each subscriber makes it for itself.

mod channel;
mod driver;
mod key;
mod kin;
mod subscriber;

use async_graphql::Response;
use bytes::Bytes;

pub(super) use self::{key::Recipe, kin::Fanout, subscriber::results};
use super::answer;

/// Room for a result of common size.
pub(super) const RESULT_BYTES: usize = 512;

/// One result on its way to a client.
pub(super) enum Outcome {
    /// Made for this client.
    Own(Response),
    /// Made for all, as JSON.
    Shared(Bytes),
}

impl Outcome {
    /// How many bytes it takes, where that is known.
    pub fn room(&self) -> usize {
        match self {
            Self::Own(_) => RESULT_BYTES,
            Self::Shared(json) => json.len(),
        }
    }

    pub fn write(&self, buffer: &mut Vec<u8>) {
        match self {
            Self::Own(response) => answer::write(response, buffer),
            Self::Shared(json) => buffer.extend_from_slice(json),
        }
    }
}
