//! Makes the results of a channel: executes its document from now on, for nobody in particular, and encodes each result
//! once.

use std::{sync::Arc, time::Duration};

use async_graphql::{Executor, Response};
use futures_util::{StreamExt, stream::BoxStream};
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    Recipe,
    channel::{Feed, Item, Phase},
};
use crate::{
    caller::Audience,
    events::{Begin, Place},
    http::{answer, endpoint::Edge},
};

/// The first result after a pause goes out at once. What follows closely waits for more, so long for each reader, because
/// waking and writing to many sockets costs more than all the rest.
const PACE_OF_ONE: Duration = Duration::from_micros(30);
const SHORTEST_PACE: Duration = Duration::from_millis(5);
const LONGEST_PACE: Duration = Duration::from_millis(60);
/// More than this does not wait.
const BATCH: usize = 64;
/// After so many results that depend on who asks, they must not be the most: making each for each subscriber anew costs
/// more than a subscription of its own.
const PERSONAL: u64 = 8;
/// Whoever keeps up has taken everything after so long.
const QUIET: Duration = Duration::from_secs(2);

struct Driver {
    feed: Arc<Feed>,
    audience: Arc<Audience>,
    place: Arc<Place>,
    results: BoxStream<'static, Response>,
    arrived: u64,
    /// Of these, so many depend on who asks.
    personal: u64,
    batch: Vec<Item>,
    published_at: Option<Instant>,
}

/// Ends the channel even when the driver is torn down: nobody may wait for what never comes.
struct Ending(Arc<Feed>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end(Phase::Failed);
    }
}

pub fn drive<E: Executor>(
    edge: Arc<Edge<E>>,
    recipe: &Recipe,
    feed: Arc<Feed>,
) -> impl Future<Output = ()> + Send + use<E> {
    let audience = Arc::new(Audience::new(recipe.scopes.clone()));
    let params = recipe.params.clone();
    async move {
        let _ending = Ending(Arc::clone(&feed));
        let place = Arc::new(Place::new(Begin::Now));
        let Ok(results) = edge.shared(params, &audience, &place) else {
            return;
        };
        let mut driver = Driver {
            feed: Arc::clone(&feed),
            audience,
            place,
            results,
            arrived: 0,
            personal: 0,
            batch: Vec::new(),
            published_at: None,
        };
        let end = driver.run().await;
        feed.end(end);
    }
}

impl Driver {
    /// The answer is why it ends.
    async fn run(&mut self) -> Phase {
        if let Err(end) = self.open().await {
            return end;
        }
        loop {
            let next = tokio::select! {
                next = self.results.next() => next,
                () = sleep(QUIET), if self.published_at.is_some() => {
                    self.feed.forget();
                    self.published_at = None;
                    continue;
                }
            };
            let end = match self.take(next) {
                Ok(()) => self.gather().await.err(),
                Err(end) => Some(end),
            };
            // Also at the end: what was made before is good.
            if !self.batch.is_empty() {
                self.feed.publish(self.batch.drain(..));
                self.published_at = Some(Instant::now());
            }
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Waits until it is known where the channel begins.
    async fn open(&mut self) -> Result<(), Phase> {
        let place = Arc::clone(&self.place);
        let begun = std::future::poll_fn(|_| match place.after(0) {
            Some(position) => std::task::Poll::Ready(position),
            None => std::task::Poll::Pending,
        });
        let floor = tokio::select! {
            biased;
            next = self.results.next() => {
                self.take(next)?;
                // A result that came with the beginning: the channel begins after it.
                self.batch.pop().map(|item| item.through).ok_or(Phase::Failed)?
            }
            position = begun => position,
        };
        self.feed.open(floor);
        Ok(())
    }

    /// Takes what comes until the batch has to go out.
    async fn gather(&mut self) -> Result<(), Phase> {
        let now = Instant::now();
        let readers = u32::try_from(self.feed.readers()).unwrap_or(u32::MAX);
        let pace = PACE_OF_ONE.saturating_mul(readers).clamp(SHORTEST_PACE, LONGEST_PACE);
        let due = self.published_at.map_or(now, |at| at + pace);
        while self.batch.len() < BATCH {
            tokio::select! {
                biased;
                next = self.results.next() => self.take(next)?,
                () = sleep_until(due) => break,
            }
        }
        Ok(())
    }

    fn take(&mut self, next: Option<Response>) -> Result<(), Phase> {
        let response = next.ok_or(Phase::Failed)?;
        self.arrived += 1;
        // A result that is no event tells that the source has failed: each subscriber is to find out for itself.
        let through = self.place.after(self.arrived).ok_or(Phase::Failed)?;
        let is_personal = self.audience.was_asked_who();
        if is_personal {
            self.personal += 1;
            if self.personal >= PERSONAL && self.personal * 2 > self.arrived {
                return Err(Phase::Personal);
            }
        }
        self.batch.push(Item {
            through,
            json: (!is_personal).then(|| answer::to_vec(&response).into()),
        });
        Ok(())
    }
}
