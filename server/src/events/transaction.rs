//! A writing transaction with the events it makes.

use std::ops::Deref;

use entity::{event, event_log};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr,
};

use super::{Actor, EventLog, Payload};
use crate::crash_point;

/// Writes through it like through a connection; [`Tx::emit`] notes events; [`Tx::commit`] appends them as its last
/// statements. The row lock on the log's head is then held only for the moment before the commit, and numbers are given
/// in the order of commits. Dropping it undoes everything.
pub struct Tx {
    inner: DatabaseTransaction,
    log: EventLog,
    actor: Actor,
    events: Vec<Payload>,
}

impl Tx {
    pub(super) fn new(inner: DatabaseTransaction, log: EventLog, actor: Actor) -> Self {
        Self {
            inner,
            log,
            actor,
            events: Vec::new(),
        }
    }

    /// Notes an event. Saying the same twice in one transaction is saying it once.
    pub fn emit(&mut self, payload: Payload) {
        if !self.events.contains(&payload) {
            self.events.push(payload);
        }
    }

    /// Commits and wakes whoever follows the log. The answer is the number of the newest event it made.
    pub async fn commit(self) -> Result<Option<i64>, DbErr> {
        if self.events.is_empty() {
            self.inner.commit().await?;
            return Ok(None);
        }
        #[cfg(feature = "failpoints")]
        if crate::failpoints::is_broken("broken.event_outside") {
            return self.commit_before_the_events().await;
        }
        crash_point!("events.before_append");
        let last = append(&self.inner, &self.log, self.actor, &self.events).await?;
        crash_point!("events.before_commit");
        self.inner.commit().await?;
        crash_point!("events.after_commit");
        metrics::counter!("pcc_events_appended_total").increment(self.events.len() as u64);
        self.log.appended(last, &self.events);
        Ok(Some(last))
    }

    /// What must not be: a death in between, and nobody ever hears of the change.
    #[cfg(feature = "failpoints")]
    async fn commit_before_the_events(self) -> Result<Option<i64>, DbErr> {
        self.inner.commit().await?;
        crash_point!("events.before_append");
        let own = self.log.0.db.begin().await?;
        let last = append(&own, &self.log, self.actor, &self.events).await?;
        crash_point!("events.before_commit");
        own.commit().await?;
        crash_point!("events.after_commit");
        self.log.announce(last);
        Ok(Some(last))
    }
}

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

async fn append(tx: &DatabaseTransaction, log: &EventLog, actor: Actor, events: &[Payload]) -> Result<i64, DbErr> {
    let count = i64::try_from(events.len()).map_err(|error| DbErr::Custom(error.to_string()))?;
    let head = event_log::Entity::update_many()
        .col_expr(
            event_log::Column::LastSeq,
            Expr::col(event_log::Column::LastSeq).add(count),
        )
        .filter(event_log::Column::Id.eq(event_log::HEAD))
        .exec_with_returning(tx)
        .await?
        .pop()
        .ok_or_else(|| DbErr::RecordNotFound("the head of the event log".to_owned()))?;
    let at = log.0.clock.now();
    let (kind, device) = match actor {
        Actor::Device(device) => (event::Actor::Device, Some(device)),
        Actor::Server => (event::Actor::Server, None),
        Actor::Agent => (event::Actor::Agent, None),
    };
    let mut rows = Vec::with_capacity(events.len());
    for (seq, payload) in (head.last_seq - count + 1..).zip(events) {
        rows.push(event::ActiveModel {
            seq: Set(seq),
            at: Set(at),
            actor: Set(kind),
            device_id: Set(device),
            project_id: Set(payload.project()),
            kind: Set(payload.kind().name().to_owned()),
            payload: Set(serde_json::to_value(payload).map_err(|error| DbErr::Json(error.to_string()))?),
        });
    }
    event::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(head.last_seq)
}
