//! The newest events, read from the table once for all who follow closely.
//!
//! What holds: every event in here was read from a committed row, and between the floor and the end none is missing.
//! Whoever is further behind reads the table itself.

use std::{
    collections::VecDeque,
    sync::{PoisonError, RwLock},
};

use entity::event;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Event, EventLog, Filter, Page};

/// Events kept: each is about a hundred bytes.
const KEPT: usize = 1_000;
/// Read at once. Whoever is further behind than this is not close.
pub(super) const CLOSE: i64 = 200;

#[derive(Debug, Default)]
pub(super) struct Recent {
    kept: RwLock<Kept>,
    /// Held by the one who reads for all.
    reading: tokio::sync::Mutex<()>,
}

/// The events after `floor` up to `through`.
#[derive(Debug, Default)]
struct Kept {
    floor: i64,
    through: i64,
    events: VecDeque<Event>,
}

impl Kept {
    /// What is kept after `after`; `None` when that is not all there is, or nothing.
    fn page(&self, after: i64, filter: &Filter) -> Option<Page> {
        if after < self.floor || after >= self.through {
            return None;
        }
        let begin = self.events.partition_point(|event| event.seq <= after);
        let fitting = self.events.range(begin..).filter(|event| filter.admits(event));
        Some(Page::Events {
            events: fitting.cloned().collect(),
            through: self.through,
        })
    }

    fn extend(&mut self, events: impl Iterator<Item = Event>, through: i64) {
        self.events.extend(events);
        self.through = through;
        while self.events.len() > KEPT
            && let Some(dropped) = self.events.pop_front()
        {
            self.floor = dropped.seq;
        }
    }
}

impl Recent {
    /// What was dropped from the table is not handed out any more either.
    pub(super) fn forget(&self, floor: i64) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        while kept.events.front().is_some_and(|event| event.seq <= floor) {
            kept.events.pop_front();
        }
        kept.floor = kept.floor.max(floor);
        kept.through = kept.through.max(kept.floor);
    }
}

impl EventLog {
    /// The next events for somebody who stands close to the end of the log.
    pub(super) async fn recent(&self, after: i64, filter: &Filter) -> Result<Page, DbErr> {
        if let Some(page) = self.kept(after, filter) {
            return Ok(page);
        }
        let recent = &self.0.recent;
        let _reading = recent.reading.lock().await;
        if let Some(page) = self.kept(after, filter) {
            return Ok(page);
        }
        let (floor, through) = {
            let kept = recent.kept.read().unwrap_or_else(PoisonError::into_inner);
            (kept.floor, kept.through)
        };
        if after < floor {
            return self.page(after, filter, CLOSE.unsigned_abs()).await;
        }
        let from = through.max(after);
        let rows = event::Entity::find()
            .filter(event::Column::Seq.gt(from))
            .order_by_asc(event::Column::Seq)
            .limit(CLOSE.unsigned_abs())
            .all(self.0.db.reader())
            .await?;
        // Whoever is handed these may ask for what they are about: no older answer may be given then.
        if let Some(newest) = rows.last() {
            self.heard(newest.seq);
        }
        // Numbers have no holes: a first row that is not the next one follows on rows that were dropped.
        let is_whole = rows.first().is_some_and(|row| row.seq == from + 1);
        if is_whole && let Some(page) = self.keep(from, rows, after, filter) {
            return Ok(page);
        }
        self.page(after, filter, CLOSE.unsigned_abs()).await
    }

    /// Keeps the rows that follow on `from`. Where nobody followed for a while, what lies before them is nobody's any more.
    fn keep(&self, from: i64, rows: Vec<event::Model>, after: i64, filter: &Filter) -> Option<Page> {
        let through = rows.last()?.seq;
        let mut kept = self.0.recent.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.through != from {
            *kept = Kept {
                floor: from,
                ..Kept::default()
            };
        }
        kept.extend(rows.into_iter().filter_map(Event::from_row), through);
        kept.page(after, filter)
    }

    fn kept(&self, after: i64, filter: &Filter) -> Option<Page> {
        let kept = self.0.recent.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.page(after, filter)
    }
}
