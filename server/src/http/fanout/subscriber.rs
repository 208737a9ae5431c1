//! One subscriber: on its own until it has caught up, on a channel while it keeps up with others who ask the same, at rest
//! while it is alone and nothing comes for it.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use async_graphql::{Executor, Response};
use futures_util::{StreamExt, stream, stream::BoxStream};
use tokio::time::{sleep, timeout};

use super::{
    Outcome,
    channel::{Bell, Next},
    kin::{Channel, Member},
};
use crate::{
    caller::Caller,
    events::{Begin, Place, Rest, Watch},
    http::{answer, endpoint::Edge},
};

/// Who is alone and was given something rests when nothing more has come for so long: to begin again costs a fraction of a
/// millisecond. One for whom nothing was there at all rests at once.
const QUIET: Duration = Duration::from_secs(2);

struct Subscriber<E> {
    edge: Arc<Edge<E>>,
    caller: Caller,
    kin: Member,
    /// What tells it of news at rest, once it has begun.
    watch: Option<Watch>,
    mode: Mode,
}

enum Mode {
    Own(Own),
    Shared {
        channel: Arc<Channel>,
        bell: Bell,
        position: i64,
    },
    Resting(Rest),
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
    /// It has begun and stands somewhere, and others ask the same: there is a channel for it.
    Join,
    /// The channel has everything after this position.
    Hop(i64),
    /// The channel has news.
    LookAgain,
    /// Nothing comes.
    Quiet,
}

/// The results of a subscription that may be shared. `own` is its execution as the client asked for it.
pub(in crate::http) fn results<E: Executor>(
    edge: Arc<Edge<E>>,
    caller: Caller,
    kin: Member,
    own: BoxStream<'static, Response>,
    place: Arc<Place>,
) -> BoxStream<'static, Outcome> {
    let subscriber = Subscriber {
        edge,
        caller,
        kin,
        watch: None,
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
                Mode::Own(own) => match own.step(&self.kin).await {
                    Step::Result(Some(response)) => return Some(Outcome::Own(response)),
                    Step::Result(None) => self.mode = Mode::Over,
                    Step::Join => {
                        let channel = self.kin.channel(&self.edge);
                        let bell = channel.feed.subscribe();
                        own.channel = Some((channel, bell));
                    }
                    Step::Hop(position) => {
                        self.watch = own.place.watch().cloned();
                        if let Some((channel, bell)) = own.channel.take() {
                            self.mode = Mode::Shared {
                                channel,
                                bell,
                                position,
                            };
                        }
                    }
                    Step::LookAgain => {}
                    Step::Quiet => {
                        if let Some(rest) = own.place.rest(own.arrived)
                            && self.kin.is_alone()
                        {
                            self.watch = own.place.watch().cloned();
                            self.mode = Mode::Resting(rest);
                        }
                    }
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
                    Next::Wait if self.kin.is_alone() => {
                        if timeout(QUIET, bell.rings()).await.is_err() {
                            let position = *position;
                            if let Some(watch) = self.watch.as_ref().filter(|_| self.kin.is_alone()) {
                                self.mode = Mode::Resting(watch.rest(position, position));
                            }
                        }
                    }
                    Next::Wait => bell.rings().await,
                    Next::Missed => {
                        let position = *position;
                        metrics::counter!("pcc_subscribers_gone_alone_total").increment(1);
                        self.go_on_from(Begin::After {
                            position,
                            told: position,
                        });
                    }
                },
                Mode::Resting(rest) => {
                    let begin = rest.ends().await;
                    self.go_on_from(begin);
                }
                Mode::Over => return None,
            }
        }
    }

    /// Goes on on its own, until it is where others who ask the same are, or until nothing comes.
    fn go_on_from(&mut self, begin: Begin) {
        let place = Arc::new(Place::new(begin));
        let results = self
            .edge
            .again(self.kin.recipe().params.clone(), self.caller.clone(), &place)
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

    async fn step(&mut self, kin: &Member) -> Step {
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
            (Some(_), None) if !kin.is_alone() => Poll::Ready(Step::Join),
            (Some(position), None) if *arrived == 0 && place.watch().is_some_and(|watch| watch.is_at_end(position)) => {
                Poll::Ready(Step::Quiet)
            }
            (Some(position), Some(feed)) if feed.covers(position) => Poll::Ready(Step::Hop(position)),
            _ => Poll::Pending,
        });
        let step = tokio::select! {
            biased;
            result = results.next() => Step::Result(result),
            step = elsewhere => step,
            () = rings(bell) => Step::LookAgain,
            () = sleep(QUIET) => Step::Quiet,
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
