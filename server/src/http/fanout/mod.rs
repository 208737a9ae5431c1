//! One execution for all who asked the same.
//!
//! Subscribers of the event log send a handful of documents. Those whose document, variables and scopes are the same get
//! the same results, so each result is made and encoded once, on a channel, and handed to all as shared bytes.
//!
//! What holds:
//! - a subscriber begins on its own, from its own cursor. When nothing of its own is under way and the channel has
//!   everything after its position, it goes on there: no gap, nothing twice;
//! - the channel keeps a bounded stretch of results and knows no subscriber. One that is slower than that stretch goes
//!   on on its own again, from its own position: nothing is kept for it;
//! - a channel executes without a caller, so that no result can depend on one. Where a resolver asks who it is for, the
//!   result is thrown away, and each subscriber makes it for itself.

mod channel;
mod driver;
mod key;
mod subscriber;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use async_graphql::{Executor, Response};
use bytes::Bytes;
use tokio::task::AbortHandle;

use self::channel::Feed;
pub(super) use self::{
    key::{Key, Recipe},
    subscriber::results,
};
use super::{answer, endpoint::Edge};

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

type Channels = Mutex<HashMap<Key, Weak<Channel>>>;

/// The channels that somebody is on.
#[derive(Clone, Default)]
pub(super) struct Fanout(Arc<Channels>);

/// Lives as long as somebody is on it.
struct Channel {
    recipe: Arc<Recipe>,
    feed: Arc<Feed>,
    driver: AbortHandle,
    channels: Arc<Channels>,
}

impl Fanout {
    /// The channel of this recipe; a new one when nobody is on one that runs.
    fn join<E: Executor>(&self, edge: &Arc<Edge<E>>, recipe: &Arc<Recipe>) -> Arc<Channel> {
        // Dropped after the lock, which the end of a channel takes too.
        let known;
        let mut channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known = channels.get(&recipe.key).and_then(Weak::upgrade);
        if let Some(channel) = &known
            && !channel.feed.has_failed()
        {
            return Arc::clone(channel);
        }
        let feed = Arc::<Feed>::default();
        let driving = driver::drive(Arc::clone(edge), Arc::clone(recipe), Arc::clone(&feed));
        let channel = Arc::new(Channel {
            recipe: Arc::clone(recipe),
            feed,
            driver: edge.endpoint.tasks.spawn(driving).abort_handle(),
            channels: Arc::clone(&self.0),
        });
        channels.insert(recipe.key.clone(), Arc::downgrade(&channel));
        channel
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.driver.abort();
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        // Another may run under the same key by now.
        if channels
            .get(&self.recipe.key)
            .is_some_and(|channel| channel.strong_count() == 0)
        {
            channels.remove(&self.recipe.key);
        }
    }
}
