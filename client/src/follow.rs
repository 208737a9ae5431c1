//! The event log, without a gap and without a repetition, over as many connections as it takes.
//!
//! The cursor moves when an event is handed out, not when it arrives. So what was received and not handed out when the
//! connection breaks comes either from the buffer or from the server again, never from both.

use futures_util::{StreamExt, stream, stream::BoxStream};

use crate::{
    Client, Cursor, Error, Subscription, Transport,
    operations::{Events, events},
    reconnect::Reconnect,
    types::{Change, Event, EventFilter},
};

impl Client {
    /// All events after a cursor, then those to come, for ever. Without a cursor it starts from now.
    ///
    /// After a break it resumes by itself. It ends with an error that time does not heal (a revoked token), or when the
    /// server could not be reached for [`crate::Settings::give_up_after`]. [`Change::ResyncRequired`] is handed out as
    /// an event: the caller has to read afresh what it holds; the stream goes on from the cursor in it. Bookmarks move
    /// the cursor without being handed out.
    pub fn follow(
        &self,
        after: Option<Cursor>,
        filter: Option<EventFilter>,
    ) -> BoxStream<'static, Result<Event, Error>> {
        let hides =
            |event: &Result<Event, Error>| matches!(event, Ok(event) if matches!(event.change, Change::Bookmark(_)));
        self.follow_with_bookmarks(after, filter)
            .filter(move |event| std::future::ready(!hides(event)))
            .boxed()
    }

    /// As [`Client::follow`], with the bookmarks: for who stores the cursor and wants it young.
    pub fn follow_with_bookmarks(
        &self,
        after: Option<Cursor>,
        filter: Option<EventFilter>,
    ) -> BoxStream<'static, Result<Event, Error>> {
        let reconnect = Reconnect::new(self.settings());
        let follower = Follower {
            client: self.clone(),
            cursor: after,
            filter,
            live: None,
            reconnect,
            is_over: false,
        };
        stream::unfold(follower, async |mut follower| {
            follower.next().await.map(|event| (event, follower))
        })
        .boxed()
    }
}

struct Follower {
    client: Client,
    cursor: Option<Cursor>,
    filter: Option<EventFilter>,
    live: Option<Subscription<Events>>,
    reconnect: Reconnect,
    is_over: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Result<Event, Error>> {
        while !self.is_over {
            match self.attempt().await {
                Ok(event) => {
                    self.reconnect.works();
                    self.cursor = Some(position(&event));
                    return Some(Ok(event));
                }
                Err(error) => {
                    self.live = None;
                    if let Err(error) = self.reconnect.pause(error).await {
                        self.is_over = true;
                        return Some(Err(error));
                    }
                }
            }
        }
        None
    }

    async fn attempt(&mut self) -> Result<Event, Error> {
        if self.live.is_none() {
            self.live = Some(self.open().await?);
            self.reconnect.opened();
        }
        match &mut self.live {
            Some(live) => live
                .next()
                .await
                .unwrap_or(Err(Transport::Lost.into()))
                .map(|data| data.events),
            None => Err(Transport::Lost.into()),
        }
    }

    async fn open(&mut self) -> Result<Subscription<Events>, Error> {
        let after = match &self.cursor {
            Some(cursor) => cursor.clone(),
            // "From now" has to mean the same now after a break.
            None => self.cursor.insert(self.client.cursor().await?).clone(),
        };
        self.client
            .subscribe(events::Variables {
                after: Some(after),
                filter: self.filter.clone(),
            })
            .await
    }
}

/// Where to resume after this event.
fn position(event: &Event) -> Cursor {
    match &event.change {
        Change::Bookmark(bookmark) => bookmark.cursor.clone(),
        Change::ResyncRequired(resync) => resync.cursor.clone(),
        _ => event.cursor.clone(),
    }
}
