//! Reading the log to its end and on.

use std::{sync::Arc, time::Duration};

use futures_util::{Stream, stream};
use sea_orm::DbErr;
use tokio::{sync::watch, time::Instant};

use super::{Begin, Cursor, Event, EventLog, Filter, Page, Place, Watch, recent::CLOSE};

/// What a follower gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivery {
    Event(Event),
    /// Nothing for this filter up to here: a younger cursor, so that it does not become too old.
    Bookmark(Cursor),
    /// The follower must read everything again and go on from this cursor. The stream goes on there by itself.
    Resync {
        reason: Resync,
        cursor: Cursor,
    },
}

/// Why a follower must read everything again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "ResyncReason")]
pub enum Resync {
    /// Events after the cursor were dropped by now.
    TooOld,
    /// The cursor belongs to another log: the database was replaced or restored.
    OtherLog,
}

const PAGE: u64 = 200;
/// How old the cursor of a reader may become, for whom nothing comes.
pub(super) const BOOKMARK: Duration = Duration::from_secs(30);

struct Follower {
    log: EventLog,
    filter: Arc<Filter>,
    head: watch::Receiver<i64>,
    /// Everything up to here was delivered, or did not fit the filter.
    position: i64,
    /// What the client knows of the position.
    told: i64,
    ready: std::vec::IntoIter<Event>,
    /// Where the position is once `ready` is empty.
    through: i64,
    bookmark_at: Instant,
    resync: Option<Resync>,
    /// Its client is to be told first how far the log has come, or of an event.
    is_late: bool,
    place: Arc<Place>,
}

impl EventLog {
    /// All events after the cursor (from now on, without one), then each new one as it is committed. It ends only with
    /// an error of the database.
    pub async fn follow(
        &self,
        after: Option<Cursor>,
        filter: Filter,
    ) -> Result<impl Stream<Item = Result<Delivery, DbErr>> + Send + use<>, DbErr> {
        self.follow_at(Arc::new(Place::new(Begin::AsAsked)), after, filter)
            .await
    }

    /// The same, from where the place says, which then tells how far it has come.
    pub async fn follow_at(
        &self,
        place: Arc<Place>,
        after: Option<Cursor>,
        filter: Filter,
    ) -> Result<impl Stream<Item = Result<Delivery, DbErr>> + Send + use<>, DbErr> {
        // Before the first look at the table: what is committed in between wakes us again.
        let head = self.0.head.subscribe();
        let now = self.cursor().await?;
        let after = match place.begin() {
            Begin::AsAsked => after,
            Begin::Now => None,
            Begin::After { position, .. } => Some(self.at(position)),
        };
        let (position, resync) = match after {
            None => (now.seq, None),
            Some(after) if after.epoch != now.epoch || after.seq > now.seq => (now.seq, Some(Resync::OtherLog)),
            Some(after) => (after.seq, None),
        };
        let told = match place.begin() {
            Begin::After { told, .. } => told.min(position),
            Begin::AsAsked | Begin::Now => position,
        };
        let is_late = told < position;
        // Something is to be given out still, a demand to read again or how far the log has come: until then the place is
        // not one to go on from.
        if resync.is_none() && !is_late {
            place.reach(position);
        }
        let filter = Arc::new(filter);
        place.begun(Watch::new(self.clone(), Arc::clone(&filter)));
        let follower = Follower {
            log: self.clone(),
            filter,
            head,
            position,
            told,
            ready: Vec::new().into_iter(),
            through: position,
            bookmark_at: Instant::now() + if is_late { Duration::ZERO } else { BOOKMARK },
            resync,
            is_late,
            place,
        };
        Ok(stream::unfold(Some(follower), |follower| async {
            let mut follower = follower?;
            match follower.next().await {
                Ok(delivery) => Some((Ok(delivery), Some(follower))),
                Err(error) => Some((Err(error), None)),
            }
        }))
    }
}

impl Follower {
    async fn next(&mut self) -> Result<Delivery, DbErr> {
        loop {
            if let Some(reason) = self.resync.take() {
                let cursor = self.log.cursor().await?;
                metrics::counter!("pcc_events_resyncs_total").increment(1);
                (self.position, self.through) = (cursor.seq, cursor.seq);
                return Ok(self.tell(Delivery::Resync { reason, cursor }, cursor.seq));
            }
            if let Some(event) = self.ready.next() {
                self.position = event.seq;
                let seq = event.seq;
                return Ok(self.tell(Delivery::Event(event), seq));
            }
            self.position = self.position.max(self.through);
            if !self.is_late {
                self.place.reach(self.position);
            }
            // Marked as seen before the table is read, so that a commit during the reading is not slept over.
            let newest = *self.head.borrow_and_update();
            if newest > self.position {
                let is_close = newest - self.position <= CLOSE;
                let page = if is_close {
                    self.log.recent(self.position, &self.filter).await?
                } else {
                    self.log.page(self.position, &self.filter, PAGE).await?
                };
                match page {
                    Page::Events { events, through } => (self.ready, self.through) = (events.into_iter(), through),
                    Page::TooOld => self.resync = Some(Resync::TooOld),
                }
                continue;
            }
            if tokio::time::timeout_at(self.bookmark_at, self.head.changed())
                .await
                .is_err()
            {
                self.bookmark_at = Instant::now() + BOOKMARK;
                if self.position > self.told {
                    let position = self.position;
                    return Ok(self.tell(Delivery::Bookmark(self.log.at(position)), position));
                }
            }
        }
    }

    fn tell(&mut self, delivery: Delivery, position: i64) -> Delivery {
        self.told = position;
        self.is_late = false;
        self.place.give(position);
        self.bookmark_at = Instant::now() + BOOKMARK;
        delivery
    }
}
