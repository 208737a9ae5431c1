//! The event log: everything durable that happened, in one order, readable from any point.
//!
//! What holds:
//! - an event is committed with the change it tells of, or neither is;
//! - numbers are given in commit order and without gaps: a reader that has seen `n` will never be shown something
//!   older than `n`, and a missing number is a fault it can see;
//! - readers get what was read from the table. The wake-up carries no data, so losing one costs time and never an event;
//! - a cursor from before the floor, or of another log, is answered with a demand to read everything again.

mod changes;
pub mod cursor;
pub mod follow;
pub mod kept;
pub mod payload;
pub mod place;
mod recent;
mod rest;
pub mod retention;
pub mod transaction;

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use entity::{
    event, event_log,
    ids::{DeviceId, ProjectId},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::changes::Changes;
use crate::{clock::Clock, db::Database};
pub use cursor::Cursor;
pub use follow::{Delivery, Resync};
pub use payload::{Kind, Payload};
pub use place::{Begin, Place};
pub use rest::{Rest, Watch};
pub use transaction::Tx;

/// Who made a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    Device(DeviceId),
    Server,
    Agent,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub actor: Actor,
    pub payload: Payload,
}

/// Which events a reader wants. Empty lists mean all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub projects: Vec<ProjectId>,
    pub kinds: Vec<Kind>,
}

impl Filter {
    /// The same choice as the one [`EventLog::page`] leaves to the database.
    fn admits(&self, event: &Event) -> bool {
        let payload = &event.payload;
        let is_of_project = self.projects.is_empty()
            || payload
                .project()
                .is_some_and(|project| self.projects.contains(&project));
        is_of_project && (self.kinds.is_empty() || self.kinds.contains(&payload.kind()))
    }
}

#[derive(Clone, Debug)]
pub struct EventLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Database,
    clock: Clock,
    epoch: Uuid,
    /// The newest number known to be committed. Only a hint to look.
    head: watch::Sender<i64>,
    /// Grows whenever a device may have changed.
    devices: AtomicU64,
    changes: Changes,
    recent: recent::Recent,
}

/// A stretch of the log.
#[derive(Debug)]
pub enum Page {
    /// The events that fit the filter, and the number up to which the log was looked through.
    Events { events: Vec<Event>, through: i64 },
    /// Events after the given number were dropped.
    TooOld,
}

impl EventLog {
    /// Opens the log, making its head when the database is new.
    pub async fn open(db: Database, clock: Clock) -> Result<Self, DbErr> {
        let fresh = event_log::ActiveModel {
            id: Set(event_log::HEAD),
            epoch: Set(Uuid::new_v4()),
            last_seq: Set(0),
            floor_seq: Set(0),
        };
        event_log::Entity::insert(fresh)
            .on_conflict(OnConflict::column(event_log::Column::Id).do_nothing().to_owned())
            .exec_without_returning(db.writer())
            .await?;
        let head = read_head(&db).await?;
        Ok(Self(Arc::new(Inner {
            db,
            clock,
            epoch: head.epoch,
            head: watch::Sender::new(head.last_seq),
            devices: AtomicU64::new(0),
            changes: Changes::from(head.last_seq),
            recent: recent::Recent::default(),
        })))
    }

    /// A transaction whose events are committed with it, and announced after.
    pub async fn begin(&self, actor: Actor) -> Result<Tx, DbErr> {
        let inner = self.0.db.begin().await?;
        Ok(Tx::new(inner, self.clone(), actor))
    }

    /// The place after the newest committed event, read now.
    pub async fn cursor(&self) -> Result<Cursor, DbErr> {
        let head = read_head(&self.0.db).await?;
        self.heard(head.last_seq);
        Ok(self.at(head.last_seq))
    }

    /// The newest place this process knows of, without asking the database. What is read after is not older.
    pub fn known(&self) -> Cursor {
        self.at(self.head())
    }

    /// The number of the newest event this process knows of. As long as it stays the same, what was read from the
    /// tables since it became so is still true.
    ///
    /// It has grown before whoever made a change gets an answer, and before a follower is handed an event. What another
    /// process appends (the command line) is known two seconds later, or with the next event of our own.
    pub fn head(&self) -> i64 {
        *self.0.head.borrow()
    }

    /// Stays the same as long as no device was made, changed or revoked, as far as [`EventLog::head`] knows.
    pub fn devices_version(&self) -> u64 {
        self.0.devices.load(Ordering::Acquire)
    }

    /// Whether no event of these kinds about this project was appended after the head was this number, as far as
    /// [`EventLog::head`] knows.
    pub fn none_since(&self, head: i64, project: ProjectId, kinds: &[Kind]) -> bool {
        self.0.changes.none_since(head, project, kinds)
    }

    /// Whether no event at all about this project was appended after the head was this number, as far as
    /// [`EventLog::head`] knows.
    pub fn nothing_since(&self, head: i64, project: ProjectId) -> bool {
        self.0.changes.nothing_since(head, project)
    }

    /// The projects that were made, changed or deleted after the head was this number, as far as [`EventLog::head`]
    /// knows; `None` when that is not known any more, or when they are more than so many.
    pub fn projects_since(&self, head: i64, at_most: usize) -> Option<BTreeSet<ProjectId>> {
        self.0.changes.projects_since(head, at_most)
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    pub fn at(&self, seq: i64) -> Cursor {
        Cursor {
            epoch: self.0.epoch,
            seq,
        }
    }

    /// Up to `limit` events after `after`, oldest first.
    pub async fn page(&self, after: i64, filter: &Filter, limit: u64) -> Result<Page, DbErr> {
        let head = read_head(&self.0.db).await?;
        // Whoever is handed these events may ask for what they are about: no older answer may be given then.
        self.heard(head.last_seq);
        let mut query = event::Entity::find()
            .filter(event::Column::Seq.gt(after))
            .filter(event::Column::Seq.lte(head.last_seq))
            .order_by_asc(event::Column::Seq)
            .limit(limit);
        if !filter.projects.is_empty() {
            query = query.filter(event::Column::ProjectId.is_in(filter.projects.iter().copied()));
        }
        if !filter.kinds.is_empty() {
            query = query.filter(event::Column::Kind.is_in(filter.kinds.iter().map(|kind| kind.name())));
        }
        let rows = query.all(self.0.db.reader()).await?;
        // Asked after the rows: events that were dropped while they were read count as dropped.
        if read_head(&self.0.db).await?.floor_seq > after {
            return Ok(Page::TooOld);
        }
        let is_full = rows.len() as u64 == limit;
        let through = if is_full {
            rows.last().map_or(after, |row| row.seq)
        } else {
            head.last_seq.max(after)
        };
        Ok(Page::Events {
            events: rows.into_iter().filter_map(Event::from_row).collect(),
            through,
        })
    }

    /// Tells readers that this process has appended these events, up to `seq`.
    fn appended(&self, seq: i64, events: &[Payload]) {
        let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
        // A gap before them: others have appended something, and it is not known what.
        let is_alone = seq.saturating_sub(count) == self.head();
        if !is_alone || events.iter().any(|event| event.kind() == Kind::DeviceChanged) {
            self.0.devices.fetch_add(1, Ordering::AcqRel);
        }
        if is_alone {
            self.0.changes.note(seq, events);
        } else {
            self.0.changes.note_anything(seq);
        }
        self.announce(seq);
    }

    /// Tells readers that the table's head was seen at `seq`. What of it is news, others have appended.
    fn heard(&self, seq: i64) {
        if seq > self.head() {
            self.0.devices.fetch_add(1, Ordering::AcqRel);
            self.0.changes.note_anything(seq);
            self.announce(seq);
        }
    }

    /// Tells readers that the log has grown to `seq`.
    fn announce(&self, seq: i64) {
        self.0.head.send_if_modified(|known| {
            let is_news = seq > *known;
            if is_news {
                *known = seq;
            }
            is_news
        });
    }

    /// Watches for what other processes append (the command line, say), until `stop`.
    pub async fn watch_for_others(self, stop: CancellationToken) {
        const PERIOD: Duration = Duration::from_secs(2);
        while stop.run_until_cancelled(tokio::time::sleep(PERIOD)).await.is_some() {
            match read_head(&self.0.db).await {
                Ok(head) => self.heard(head.last_seq),
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the event log cannot be read"),
            }
        }
    }
}

async fn read_head(db: &Database) -> Result<event_log::Model, DbErr> {
    event_log::Entity::find_by_id(event_log::HEAD)
        .one(db.reader())
        .await?
        .ok_or_else(|| DbErr::RecordNotFound("the head of the event log".to_owned()))
}

impl Event {
    /// `None` for a kind that this server does not know: a newer one wrote it.
    fn from_row(row: event::Model) -> Option<Self> {
        let payload = match serde_json::from_value(row.payload) {
            Ok(payload) => payload,
            Err(error) => {
                tracing::warn!(seq = row.seq, kind = row.kind, %error, "an event of an unknown kind is left out");
                return None;
            }
        };
        let actor = match (row.actor, row.device_id) {
            (event::Actor::Device, Some(device)) => Actor::Device(device),
            (event::Actor::Agent, _) => Actor::Agent,
            _ => Actor::Server,
        };
        Some(Self {
            seq: row.seq,
            at: row.at,
            actor,
            payload,
        })
    }
}
