//! A batch of events into rows, with the events that tell of them, in one transaction.
//!
//! Applying something twice, or late, changes nothing: rows are found by the agent's ids, and what was completed stays
//! complete.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{
    ids::{MessageId, SessionId},
    message::{self, Delivery},
    session::{self, Activity, SessionStatus},
};

use super::{Bridge, BridgeError, batch::Batch};
use crate::{
    agent::{AgentFault, AgentMessage, Role, SessionActivity},
    crash_point,
    events::{Actor, Payload, Tx},
    sessions::{
        changes,
        live::News,
        part::{self, Part},
        store,
    },
    usage,
};

/// What a bridge knows of the rows, so that it need not ask for each event.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub sessions: HashMap<String, SessionId>,
    messages: HashMap<(String, String), MessageId>,
    settled: HashSet<(MessageId, String)>,
    /// Calls of tools that wait for a decision.
    pub waiting: HashSet<String>,
    /// By the agent's ids.
    busy: HashSet<String>,
    /// Prompts and answers that the agent has and does nothing about, with how often that was so in a row.
    pub unanswered: HashMap<MessageId, u32>,
}

/// More is forgotten and asked for again.
const MOST_KNOWN: usize = 20_000;

impl Known {
    pub fn place(&self, session: &str, message: &str) -> Option<(SessionId, MessageId)> {
        let message = self.messages.get(&(session.to_owned(), message.to_owned()))?;
        Some((*self.sessions.get(session)?, *message))
    }

    pub fn is_settled(&self, message: MessageId, part: &str) -> bool {
        self.settled.contains(&(message, part.to_owned()))
    }

    /// The sessions that were busy when we last heard of them.
    pub fn busy(&self) -> Vec<String> {
        self.busy.iter().cloned().collect()
    }

    fn trim(&mut self) {
        if self.messages.len() > MOST_KNOWN {
            self.messages.clear();
        }
        if self.settled.len() > MOST_KNOWN {
            self.settled.clear();
        }
    }
}

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

    async fn put_message(
        &self,
        tx: &mut Tx,
        known: &mut Known,
        told: AgentMessage,
        after: &mut Afterwards,
    ) -> Result<(), BridgeError> {
        let Some(session) = self.session(tx, known, &told.session_id).await? else {
            return Ok(());
        };
        let key = (told.session_id.clone(), told.id.clone());
        let before = store::message_by_external_locked(&**tx, session.id, &told.id).await?;
        if told.role == Role::Assistant
            && let Some(parent) = &told.parent_id
        {
            self.consumed(tx, session.id, parent, after).await?;
        }
        // What a session copied from another one was used there.
        let is_its_own = told.role == Role::Assistant && told.created_at >= session.created_at;
        let (begun_at, external) = (told.created_at, told.id.clone());
        let changes = told.changes.clone();
        let mut used = None;
        let id = match before {
            Some(row) => {
                let id = row.id;
                let changed = merged(row.clone(), told);
                if changed != row {
                    used = changed.usage;
                    let is_completed = row.completed_at.is_none() && changed.completed_at.is_some();
                    store::save_message(tx, self.project, changed).await?;
                    if is_completed {
                        after.0.push((session.id, After::Close(id)));
                    }
                    after.0.push((session.id, After::News(News::Message(id))));
                }
                id
            }
            None => {
                let row = new_message(session.id, store::next_position(&**tx, session.id).await?, told);
                used = row.usage;
                let id = store::insert_message(tx, self.project, row).await?.id;
                after.0.push((session.id, After::News(News::Message(id))));
                id
            }
        };
        if !changes.is_empty() && changes::put(&**tx, id, &changes).await? {
            tx.emit(self.changed(session.id, id));
            after.0.push((session.id, After::News(News::Message(id))));
        }
        if let Some(used) = used.filter(|_| is_its_own) {
            usage::store::put(&**tx, (self.project, session.id), &external, begun_at, used).await?;
        }
        known.messages.insert(key, id);
        Ok(())
    }

    /// The agent has begun to answer a prompt of ours, whatever was believed of it before: an error of the session may have
    /// been another's.
    async fn consumed(
        &self,
        tx: &mut Tx,
        session: SessionId,
        external: &str,
        after: &mut Afterwards,
    ) -> Result<(), BridgeError> {
        let Some(mut prompt) = store::message_by_external_locked(&**tx, session, external).await? else {
            return Ok(());
        };
        if matches!(
            prompt.delivery,
            Some(Delivery::Queued | Delivery::Sent | Delivery::Failed | Delivery::Unknown)
        ) {
            prompt.delivery = Some(Delivery::Consumed);
            prompt.fault = None;
            let prompt = store::save_message(tx, self.project, prompt).await?;
            after.0.push((session, After::News(News::Message(prompt.id))));
        }
        Ok(())
    }

    async fn place(
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

    /// Stores a part, unless it is text that is still being written: that is only told. The answer is what the turn
    /// does now, where the part says so.
    async fn put_part(
        &self,
        tx: &mut Tx,
        known: &mut Known,
        (session, message): (SessionId, MessageId),
        part: Part,
        is_listed: bool,
        after: &mut Afterwards,
    ) -> Result<Option<String>, BridgeError> {
        let line = part.activity();
        if !part.is_settled() {
            if known.is_settled(message, &part.id) {
                return Ok(None);
            }
            if part.text().is_some() {
                let open = if is_listed {
                    After::BreakOff(message, part)
                } else {
                    After::Begin(message, part)
                };
                after.0.push((session, open));
                return Ok(line);
            }
        }
        let before = store::part(&**tx, message, &part.id).await?;
        let is_late = before.as_ref().is_some_and(Part::is_settled) && !part.is_settled();
        if part.is_settled() || is_late {
            known.settled.insert((message, part.id.clone()));
        }
        let is_own = before.as_ref().is_some_and(|before| before.is_own);
        if is_late || is_own || before.as_ref() == Some(&part) {
            return Ok(None);
        }
        store::put_part(&**tx, message, &part).await?;
        tx.emit(self.changed(session, message));
        after.0.push((session, After::Stored(message, part)));
        Ok(line)
    }

    /// A turn failed. Where it came as far as an answer, that says so itself; else its prompt does.
    async fn note_fault(
        &self,
        tx: &mut Tx,
        known: &mut Known,
        session: &str,
        fault: AgentFault,
        after: &mut Afterwards,
    ) -> Result<(), BridgeError> {
        let Some(session) = self.session(tx, known, session).await? else {
            return Ok(());
        };
        let sent = store::delivered_as(&**tx, session.id, Delivery::Sent).await?;
        for mut prompt in sent {
            prompt.delivery = Some(Delivery::Failed);
            prompt.fault = Some(part::fault(fault.clone()));
            let prompt = store::save_message(tx, self.project, prompt).await?;
            after.0.push((session.id, After::News(News::Message(prompt.id))));
        }
        Ok(())
    }

    async fn put_activity(
        &self,
        tx: &mut Tx,
        known: &mut Known,
        session: &str,
        activity: Option<&SessionActivity>,
        line: Option<&String>,
        after: &mut Afterwards,
    ) -> Result<(), BridgeError> {
        let row = store::by_external_locked(&**tx, self.project, session).await?;
        let Some(row) = row.filter(|row| row.deleted_at.is_none()) else {
            known.busy.remove(session);
            return Ok(());
        };
        match activity {
            None => {}
            Some(SessionActivity::Idle) => drop(known.busy.remove(session)),
            Some(_) => drop(known.busy.insert(session.to_owned())),
        }
        let status = match activity {
            None => row.status,
            Some(SessionActivity::Idle) => SessionStatus::Idle,
            Some(SessionActivity::Busy) => SessionStatus::Busy,
            Some(SessionActivity::Retrying { .. }) => SessionStatus::Retrying,
        };
        if let Some(SessionActivity::Retrying { .. }) = activity {
            // The attempt that failed leaves text behind that is not part of the answer.
            after.0.push((row.id, After::Abandon));
        }
        let line = match (activity, line) {
            (Some(SessionActivity::Retrying { message, .. }), _) => Some(format!("Waiting to retry: {message}")),
            (_, Some(line)) => Some(line.clone()),
            (Some(SessionActivity::Busy), None) => Some("Working".to_owned()),
            (_, None) => row.activity.as_ref().map(|activity| activity.line.clone()),
        };
        let line = line.filter(|_| matches!(status, SessionStatus::Busy | SessionStatus::Retrying));
        let is_same = row.activity.as_ref().map(|activity| &activity.line) == line.as_ref();
        // An interruption is told until the next turn.
        let is_still_interrupted = row.status == SessionStatus::Interrupted && status == SessionStatus::Idle;
        if is_still_interrupted || (row.status == status && is_same) {
            return Ok(());
        }
        let now = self.common.clock.now();
        let activity = line.map(|line| Activity { line, since: now });
        let id = row.id;
        store::save(
            tx,
            session::Model {
                status,
                activity: activity.clone(),
                updated_at: now,
                ..row
            },
        )
        .await?;
        after.0.push((id, After::News(News::Status { status, activity })));
        Ok(())
    }

    /// The agent has deleted a session.
    async fn forget(
        &self,
        tx: &mut Tx,
        known: &mut Known,
        session: &str,
        after: &mut Afterwards,
    ) -> Result<(), BridgeError> {
        let Some(row) = store::by_external(&**tx, self.project, session).await? else {
            return Ok(());
        };
        store::remove(&**tx, row.id).await?;
        if row.deleted_at.is_none() {
            tx.emit(Payload::SessionDeleted {
                session: row.id,
                project: self.project,
            });
        }
        known.sessions.remove(session);
        after.0.push((row.id, After::News(News::Gone)));
        Ok(())
    }

    fn changed(&self, session: SessionId, message: MessageId) -> Payload {
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

fn new_message(session: SessionId, position: i64, told: AgentMessage) -> message::Model {
    message::Model {
        id: MessageId::generate(),
        session_id: session,
        position,
        external_id: Some(told.id),
        role: match told.role {
            Role::User => message::Role::User,
            Role::Assistant => message::Role::Assistant,
        },
        delivery: None,
        interrupts: false,
        agent: told.agent,
        model: told.model,
        usage: told.tokens.map(|tokens| part::usage(tokens, told.cost)),
        fault: told.error.map(part::fault),
        created_at: told.created_at,
        completed_at: told.completed_at,
    }
}

/// What is known already, with what was told; what was completed stays so.
fn merged(row: message::Model, told: AgentMessage) -> message::Model {
    if row.completed_at.is_some() && told.completed_at.is_none() {
        return row;
    }
    message::Model {
        agent: told.agent.or(row.agent),
        model: told.model.or(row.model),
        usage: told.tokens.map(|tokens| part::usage(tokens, told.cost)).or(row.usage),
        fault: told.error.map(part::fault).or(row.fault),
        // A prompt of ours was complete when it was given.
        completed_at: row.completed_at.or(told.completed_at),
        ..row
    }
}
