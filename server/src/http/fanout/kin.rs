//! Those who ask the same, and the channel they share.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_graphql::Executor;
use tokio::task::AbortHandle;

use super::{
    channel::Feed,
    driver,
    key::{Key, Recipe},
};
use crate::http::endpoint::Edge;

type All = Mutex<HashMap<Key, Weak<Kin>>>;

/// Everybody's kin.
#[derive(Clone, Default)]
pub struct Fanout(Arc<All>);

/// Those who ask the same. Lives as long as there is one of them.
pub struct Kin {
    pub recipe: Recipe,
    members: AtomicUsize,
    channel: Mutex<Weak<Channel>>,
    all: Arc<All>,
}

/// One of its kin.
pub struct Member(Arc<Kin>);

/// Lives as long as somebody is on it.
pub struct Channel {
    pub feed: Arc<Feed>,
    driver: AbortHandle,
}

impl Fanout {
    pub fn join(&self, recipe: Recipe) -> Member {
        // Dropped after the lock, which the end of a kin takes too.
        let known;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known = all.get(&recipe.key).and_then(Weak::upgrade);
        let kin = known.as_ref().map_or_else(
            || {
                let key = recipe.key;
                let kin = Arc::new(Kin {
                    recipe,
                    members: AtomicUsize::new(0),
                    channel: Mutex::default(),
                    all: Arc::clone(&self.0),
                });
                all.insert(key, Arc::downgrade(&kin));
                kin
            },
            Arc::clone,
        );
        kin.members.fetch_add(1, Ordering::AcqRel);
        Member(kin)
    }
}

impl Member {
    pub fn recipe(&self) -> &Recipe {
        &self.0.recipe
    }

    /// Whether nobody else asks the same at the moment.
    pub fn is_alone(&self) -> bool {
        self.0.members.load(Ordering::Acquire) == 1
    }

    /// The channel of the kin; a new one when nobody is on one that runs.
    pub fn channel<E: Executor>(&self, edge: &Arc<Edge<E>>) -> Arc<Channel> {
        let mut current = self.0.channel.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(channel) = current.upgrade()
            && !channel.feed.has_failed()
        {
            return channel;
        }
        let feed = Arc::<Feed>::default();
        let driving = driver::drive(Arc::clone(edge), &self.0.recipe, Arc::clone(&feed));
        let channel = Arc::new(Channel {
            feed,
            driver: edge.endpoint.tasks.spawn(driving).abort_handle(),
        });
        *current = Arc::downgrade(&channel);
        channel
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.0.members.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Drop for Kin {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        // Others may have come under the same key by now.
        if all.get(&self.recipe.key).is_some_and(|kin| kin.strong_count() == 0) {
            all.remove(&self.recipe.key);
        }
    }
}
