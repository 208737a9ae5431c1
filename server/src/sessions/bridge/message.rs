//! Messages and their parts as the agent tells of them, into rows.

use entity::{
    ids::{MessageId, SessionId},
    message::{self, Delivery},
};

use super::{
    Bridge, BridgeError,
    apply::{After, Afterwards},
    known::Known,
};
use crate::{
    agent::{AgentFault, AgentMessage, Role},
    events::Tx,
    sessions::{
        changes,
        live::News,
        part::{self, Part},
        store,
    },
    usage,
};

impl Bridge {
    pub(super) async fn put_message(
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

    /// Stores a part, unless it is text that is still being written: that is only told. The answer is what the turn
    /// does now, where the part says so.
    pub(super) async fn put_part(
        &self,
        tx: &mut Tx,
        known: &mut Known,
        (session, message): (SessionId, MessageId),
        part: Part,
        is_listed: bool,
        after: &mut Afterwards,
    ) -> Result<Option<String>, BridgeError> {
        let part = match part.text() {
            // It broke off. Listed beside a message that is complete, it is as it stays.
            Some(_) if is_listed && !part.is_settled() && is_complete(tx, message).await? => part.finished(),
            _ => part,
        };
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
    pub(super) async fn note_fault(
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
}

async fn is_complete(tx: &Tx, message: MessageId) -> Result<bool, BridgeError> {
    let row = store::message(&**tx, message).await?;
    Ok(row.is_some_and(|row| row.completed_at.is_some()))
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
