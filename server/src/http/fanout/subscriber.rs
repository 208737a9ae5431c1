//! One subscriber: on its own until it has caught up, on a channel while it keeps up.

use std::{future::poll_fn, sync::Arc, task::Poll};

use async_graphql::{Executor, Response};
use futures_util::{StreamExt, stream, stream::BoxStream};

use super::{
    Channel, Outcome, Recipe,
    channel::{Bell, Next},
};
use crate::{
    caller::Caller,
    events::{Begin, Place},
    http::{answer, endpoint::Edge},
};

struct Subscriber<E> {
    edge: Arc<Edge<E>>,
    caller: Caller,
    recipe: Arc<Recipe>,
    mode: Mode,
}

enum Mode {
    Own(Own),
    Shared {
        channel: Arc<Channel>,
        bell: Bell,
        position: i64,
    },
    Over,
}

/// An execution for this subscriber alone.
struct Own {
    results: BoxStream<'static, Response>,
    place: Arc<Place>,
    arrived: u64,
    /// The channel it would go on.
    channel: Option<(Arc<Channel>, Bell)>,
}

#[expect(clippy::large_enum_variant, reason = "taken apart as soon as it is made")]
enum Step {
    Result(Option<Response>),
    /// It has begun and stands somewhere, so that there is a channel for it.
    Join,
    /// The channel has everything after this position.
    Hop(i64),
    /// The channel has news.
    LookAgain,
}

/// The results of a subscription that may be shared. `own` is its execution as the client asked for it.
pub(in crate::http) fn results<E: Executor>(
    edge: Arc<Edge<E>>,
    caller: Caller,
    recipe: Recipe,
    own: BoxStream<'static, Response>,
    place: Arc<Place>,
) -> BoxStream<'static, Outcome> {
    let subscriber = Subscriber {
        edge,
        caller,
        recipe: Arc::new(recipe),
        mode: Mode::Own(Own::new(own, place)),
    };
    stream::unfold(subscriber, |mut subscriber| async {
        let outcome = subscriber.next().await?;
        Some((outcome, subscriber))
    })
    .boxed()
}

impl<E: Executor> Subscriber<E> {
    async fn next(&mut self) -> Option<Outcome> {
        loop {
            match &mut self.mode {
                Mode::Own(own) => match own.step().await {
                    Step::Result(Some(response)) => return Some(Outcome::Own(response)),
                    Step::Result(None) => self.mode = Mode::Over,
                    Step::Join => {
                        let channel = self.edge.fanout.join(&self.edge, &self.recipe);
                        self.recipe = Arc::clone(&channel.recipe);
                        let bell = channel.feed.subscribe();
                        own.channel = Some((channel, bell));
                    }
                    Step::Hop(position) => {
                        if let Some((channel, bell)) = own.channel.take() {
                            self.mode = Mode::Shared {
                                channel,
                                bell,
                                position,
                            };
                        }
                    }
                    Step::LookAgain => {}
                },
                Mode::Shared {
                    channel,
                    bell,
                    position,
                } => match channel.feed.next(*position) {
                    Next::Result { through, json } => {
                        *position = through;
                        return Some(Outcome::Shared(json));
                    }
                    Next::Wait => bell.rings().await,
                    Next::Missed => {
                        let position = *position;
                        self.go_alone(position);
                    }
                },
                Mode::Over => return None,
            }
        }
    }

    /// Goes on from the position on its own, until it has caught up with the channel again.
    fn go_alone(&mut self, position: i64) {
        metrics::counter!("pcc_subscribers_gone_alone_total").increment(1);
        let place = Arc::new(Place::new(Begin::After(position)));
        let results = self
            .edge
            .again(self.recipe.params.clone(), self.caller.clone(), &place)
            // It was admitted before; were it not, its client is told why.
            .unwrap_or_else(|error| stream::iter([answer::refused(error)]).boxed());
        self.mode = Mode::Own(Own::new(results, place));
    }
}

impl Own {
    fn new(results: BoxStream<'static, Response>, place: Arc<Place>) -> Self {
        Self {
            results,
            place,
            arrived: 0,
            channel: None,
        }
    }

    async fn step(&mut self) -> Step {
        let Self {
            results,
            place,
            arrived,
            channel,
        } = self;
        let (feed, bell) = match channel {
            Some((channel, bell)) => (Some(Arc::clone(&channel.feed)), Some(bell)),
            None => (None, None),
        };
        // Asked after the results were: while one is ready, or under way, it comes first.
        let elsewhere = poll_fn(|_| match (place.after(*arrived), &feed) {
            (Some(_), None) => Poll::Ready(Step::Join),
            (Some(position), Some(feed)) if feed.covers(position) => Poll::Ready(Step::Hop(position)),
            _ => Poll::Pending,
        });
        let step = tokio::select! {
            biased;
            result = results.next() => Step::Result(result),
            step = elsewhere => step,
            () = rings(bell) => Step::LookAgain,
        };
        if let Step::Result(Some(_)) = &step {
            *arrived += 1;
        }
        step
    }
}

async fn rings(bell: Option<&mut Bell>) {
    match bell {
        Some(bell) => bell.rings().await,
        None => std::future::pending().await,
    }
}
