//! A batch of events into rows, with the events that tell of them, in one transaction.
//!
//! Applying something twice, or late, changes nothing: rows are found by the agent's ids, and what was completed stays
//! complete.

use std::collections::{BTreeMap, HashSet};

use entity::{
    ids::{MessageId, SessionId},
    session,
};

use super::{Bridge, BridgeError, batch::Batch, known::Known};
use crate::{
    crash_point,
    events::{Actor, Payload, Tx},
    sessions::{live::News, part::Part, store},
};

/// What to tell watchers once it is committed.
#[derive(Default)]
pub(super) struct Afterwards(pub Vec<(SessionId, After)>);

pub(super) enum After {
    News(News),
    Begin(MessageId, Part),
    BreakOff(MessageId, Part),
    Stored(MessageId, Part),
    Close(MessageId),
    Abandon,
}

impl Bridge {
    pub(super) async fn apply(&self, known: &mut Known, batch: Batch) -> Result<(), BridgeError> {
        known.trim();
        let may_free_a_session = batch.may_free_a_session();
        let mut tx = self.common.events.begin(Actor::Agent).await?;
        let mut after = Afterwards::default();
        // Parents first: their ids sort before those of their children.
        for session in batch.sessions.into_values() {
            self.put_session(&mut tx, known, session, batch.is_listed).await?;
        }
        let mut newest = BTreeMap::new();
        for message in batch.messages.into_values() {
            self.put_message(&mut tx, known, message, &mut after).await?;
        }
        for ((session, message, _), part) in batch.parts {
            let Some((session_id, message_id)) = self.place(&tx, known, &session, &message).await? else {
                continue;
            };
            if let Some(line) = self
                .put_part(
                    &mut tx,
                    known,
                    (session_id, message_id),
                    part,
                    batch.is_listed,
                    &mut after,
                )
                .await?
            {
                newest.insert(session, line);
            }
        }
        for (session, message, part) in batch.removed_parts {
            if let Some((session_id, message_id)) = self.place(&tx, known, &session, &message).await? {
                store::remove_part(&*tx, message_id, &part).await?;
                tx.emit(self.changed(session_id, message_id));
                after.0.push((session_id, After::News(News::Resync)));
            }
        }
        for (session, message) in batch.removed_messages {
            if let Some((session_id, message_id)) = self.place(&tx, known, &session, &message).await?
                && let Some(row) = store::message(&*tx, message_id).await?
            {
                store::remove_message(&mut tx, self.project, row).await?;
                known.messages.remove(&(session, message));
                after.0.push((session_id, After::News(News::Message(message_id))));
            }
        }
        for (session, todos) in batch.todos {
            self.put_todos(&mut tx, known, &session, &todos, &mut after).await?;
        }
        for (session, fault) in batch.faults {
            self.note_fault(&mut tx, known, &session, fault, &mut after).await?;
        }
        let mut sessions: HashSet<&String> = batch.activities.keys().collect();
        sessions.extend(newest.keys());
        for session in sessions {
            let (activity, line) = (batch.activities.get(session), newest.get(session));
            self.put_activity(&mut tx, known, session, activity, line, &mut after)
                .await?;
        }
        for session in batch.deleted_sessions {
            self.forget(&mut tx, known, &session, &mut after).await?;
        }
        crash_point!("bridge.before_commit");
        tx.commit().await?;
        crash_point!("bridge.committed");
        self.tell(known, after);
        if may_free_a_session {
            self.rested.notify_one();
        }
        self.hear(known, batch.asks).await
    }

    /// The row of a session of the agent's; of one that is to be deleted, nothing more is taken.
    pub(super) async fn session(
        &self,
        tx: &Tx,
        known: &mut Known,
        external: &str,
    ) -> Result<Option<session::Model>, BridgeError> {
        let row = store::by_external(&**tx, self.project, external).await?;
        if let Some(row) = &row {
            known.sessions.insert(external.to_owned(), row.id);
        }
        Ok(row.filter(|row| row.deleted_at.is_none()))
    }

    pub(super) async fn place(
        &self,
        tx: &Tx,
        known: &mut Known,
        session: &str,
        message: &str,
    ) -> Result<Option<(SessionId, MessageId)>, BridgeError> {
        if let Some(place) = known.place(session, message) {
            return Ok(Some(place));
        }
        let Some(row) = self.session(tx, known, session).await? else {
            return Ok(None);
        };
        let Some(found) = store::message_by_external(&**tx, row.id, message).await? else {
            return Ok(None);
        };
        known
            .messages
            .insert((session.to_owned(), message.to_owned()), found.id);
        Ok(Some((row.id, found.id)))
    }

    pub(super) fn changed(&self, session: SessionId, message: MessageId) -> Payload {
        Payload::MessageChanged {
            message,
            session,
            project: self.project,
        }
    }

    fn tell(&self, known: &mut Known, after: Afterwards) {
        let live = &self.common.live;
        for (session, after) in after.0 {
            match after {
                After::News(news) => live.tell(session, news),
                After::Begin(message, part) => live.begin(session, message, part),
                After::BreakOff(message, part) => live.break_off(session, message, part),
                After::Stored(message, part) => live.stored(session, message, &part),
                After::Close(message) => live.close(session, message),
                After::Abandon => live.abandon(session),
            }
        }
        known.trim();
    }
}
