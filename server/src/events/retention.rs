//! Dropping old events from the front of the log.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{event, event_log};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use tokio_util::sync::CancellationToken;

use super::{EventLog, read_head};

/// How much of the log is kept. What is younger than both limits is never dropped.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    pub keep_days: u32,
    pub keep_events: u64,
}

const CHUNK: i64 = 5_000;
const PERIOD: Duration = Duration::from_secs(600);

impl EventLog {
    /// Raises the floor and deletes what is below it, in short transactions. The answer is the number of dropped events.
    pub async fn trim(&self, keep: Retention) -> Result<i64, DbErr> {
        let head = read_head(&self.0.db).await?;
        let by_count = head
            .last_seq
            .saturating_sub(i64::try_from(keep.keep_events).unwrap_or(i64::MAX));
        let oldest_kept = self.0.clock.now() - TimeDelta::days(i64::from(keep.keep_days));
        let by_age = self.older_than(oldest_kept, head.last_seq).await?;
        // By age what is old, by count what is too much: the floor is where either says so.
        let floor = by_count.max(by_age).max(head.floor_seq);
        let mut from = head.floor_seq;
        while from < floor {
            let to = floor.min(from + CHUNK);
            let tx = self.0.db.begin().await?;
            // The floor first: a reader that misses the rows finds the reason.
            event_log::Entity::update_many()
                .col_expr(event_log::Column::FloorSeq, Expr::value(to))
                .filter(event_log::Column::Id.eq(event_log::HEAD))
                .exec(&tx)
                .await?;
            event::Entity::delete_many()
                .filter(event::Column::Seq.lte(to))
                .exec(&tx)
                .await?;
            tx.commit().await?;
            self.0.recent.forget(to);
            from = to;
        }
        Ok(floor - head.floor_seq)
    }

    /// The newest of the events at the front of the log that are all older. Looks only at those and one more, not at
    /// what stays: a log of a million events is trimmed while the server starts.
    async fn older_than(&self, time: DateTime<Utc>, last_seq: i64) -> Result<i64, DbErr> {
        let first_kept: Option<i64> = event::Entity::find()
            .select_only()
            .column(event::Column::Seq)
            .filter(event::Column::At.gte(time))
            .order_by_asc(event::Column::Seq)
            .limit(1)
            .into_tuple()
            .one(self.0.db.reader())
            .await?;
        Ok(first_kept.map_or(last_seq, |seq| seq - 1))
    }

    /// Trims now and then, until `stop`.
    pub async fn keep_trimmed(self, keep: Retention, stop: CancellationToken) {
        loop {
            match self.trim(keep).await {
                Ok(0) => {}
                Ok(dropped) => tracing::info!(dropped, "old events were dropped"),
                Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "old events cannot be dropped"),
            }
            if stop.run_until_cancelled(tokio::time::sleep(PERIOD)).await.is_none() {
                return;
            }
        }
    }
}
