//! Asking an agent for everything that may have changed while nobody listened.

use std::collections::{HashMap, HashSet};

use entity::{
    ids::{MessageId, SessionId},
    message::{self, Delivery},
    session::{self, SessionStatus},
};

use super::{Bridge, BridgeError, batch::Batch, known::Known};
use crate::{
    agent::{AgentError, AgentSession, PartContent, SessionActivity, ToolState},
    crash_point,
    events::Actor,
    sessions::{live::News, part::Part, store},
};

/// The newest messages of a session that are looked at.
pub(super) const LOOK_BACK: usize = 200;
/// Of a copy, everything: nobody has told of any of it.
const LOOK_BACK_OF_COPY: usize = 10_000;
/// A minute of heartbeats: the first prompt of an agent takes some seconds, and far more on a busy machine.
const LOOKS_BEFORE_UNKNOWN: u32 = 6;

impl Bridge {
    /// Brings the rows up to date. The stream is open already: what happens meanwhile is in it.
    pub(super) async fn resync(&self) -> Result<Known, BridgeError> {
        let agents = &self.common.agents;
        let upstream = agents.sessions(&self.endpoint).await?;
        let activities: HashMap<_, _> = agents.activities(&self.endpoint).await?.into_iter().collect();
        let rows = store::all_of(self.common.db.reader(), self.project).await?;
        let by_external: HashMap<_, _> = rows
            .iter()
            .filter_map(|row| Some((row.external_id.clone()?, row)))
            .collect();

        let mut known = Known::default();
        let mut settled = Batch::default();
        let mut to_read = Vec::new();
        for session in upstream {
            let row = by_external.get(&session.id);
            let is_unread_copy = row.is_some_and(|row| row.fork.is_some());
            let is_settled = row.is_some_and(|row| row.status == SessionStatus::Idle)
                && !is_unread_copy
                && !activities.contains_key(&session.id)
                && row.is_some_and(|row| row.updated_at >= session.updated_at);
            if is_settled {
                settled.sessions.insert(session.id.clone(), session);
            } else {
                let look_back = if is_unread_copy { LOOK_BACK_OF_COPY } else { LOOK_BACK };
                to_read.push((session, look_back));
            }
        }
        self.apply(&mut known, settled).await?;
        // Parents were made before their children, who name them.
        to_read.sort_by_key(|(session, _)| session.created_at);
        for (session, look_back) in to_read {
            let activity = activities.get(&session.id).cloned().unwrap_or(SessionActivity::Idle);
            self.read_back(&mut known, session.id.clone(), activity, Some(session), look_back)
                .await?;
        }
        crash_point!("bridge.resynced");
        let busy: HashSet<_> = activities.into_keys().collect();
        self.note_interruptions(&busy).await?;
        self.resync_asks(&mut known, &busy).await?;
        Ok(known)
    }

    /// Reads the messages of a session, and in the same transaction notes what it does. That a session is idle says that
    /// its messages were read since its last turn: if the reading fails, or we die before it, the next try finds it busy.
    pub(super) async fn read_back(
        &self,
        known: &mut Known,
        id: String,
        activity: SessionActivity,
        session: Option<AgentSession>,
        look_back: usize,
    ) -> Result<(), BridgeError> {
        let messages = match self.common.agents.messages(&self.endpoint, &id, look_back).await {
            Ok(messages) => messages,
            // Deleted since.
            Err(AgentError::NotFound) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let mut batch = Batch::listed();
        if activity == SessionActivity::Idle {
            let listed = messages.iter().map(|known| known.message.id.clone()).collect();
            let gone = self.gone(&id, &listed).await?;
            batch
                .removed_messages
                .extend(gone.into_iter().map(|message| (id.clone(), message)));
        }
        for with_parts in messages {
            batch.message(with_parts.message);
            with_parts.parts.into_iter().for_each(|part| batch.part(part));
        }
        match self.common.agents.todos(&self.endpoint, &id).await {
            Ok(todos) => drop(batch.todos.insert(id.clone(), todos)),
            Err(AgentError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        batch.sessions.extend(session.map(|session| (id.clone(), session)));
        batch.activities.insert(id, activity);
        self.apply(known, batch).await
    }

    /// Reads a copy of a session that was just made.
    pub(super) async fn read_copy(&self, known: &mut Known, id: String) -> Result<(), BridgeError> {
        match self.common.agents.session(&self.endpoint, &id).await {
            Ok(told) => {
                self.read_back(known, id, SessionActivity::Idle, Some(told), LOOK_BACK_OF_COPY)
                    .await
            }
            Err(AgentError::NotFound) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Looks after sessions that are busy or seem to be: the news that one has come to rest may have been lost, or what it
    /// asks, and then its agent would wait for ever.
    pub(super) async fn look_after_busy(&self, known: &mut Known) -> Result<(), BridgeError> {
        let busy: HashSet<_> = self
            .common
            .agents
            .activities(&self.endpoint)
            .await?
            .into_iter()
            .map(|(session, _)| session)
            .collect();
        for session in known.busy().into_iter().filter(|session| !busy.contains(session)) {
            self.read_back(known, session, SessionActivity::Idle, None, LOOK_BACK)
                .await?;
        }
        self.look_after_unanswered(known, &busy).await?;
        if busy.is_empty() {
            return Ok(());
        }
        self.resync_asks(known, &busy).await
    }

    /// A prompt that the agent took is answered soon, or never: it may have ended before it began. The same goes for an
    /// answer that nobody writes any more. What waits behind them must not wait for ever. Should the answer come late, it is
    /// taken all the same.
    async fn look_after_unanswered(&self, known: &mut Known, busy: &HashSet<String>) -> Result<(), BridgeError> {
        let db = self.common.db.reader();
        let mut open = store::prompts(db, self.project, Delivery::Sent).await?;
        open.extend(store::unfinished_before_queued(db, self.project).await?);
        let mut waiting = HashMap::new();
        for message in open {
            let row = store::get(db, message.session_id).await?;
            let Some(external) = row.and_then(|row| row.external_id) else {
                continue;
            };
            if busy.contains(&external) {
                continue;
            }
            let looks = known.unanswered.get(&message.id).map_or(1, |looks| looks + 1);
            if looks < LOOKS_BEFORE_UNKNOWN {
                waiting.insert(message.id, looks);
                continue;
            }
            self.read_back(known, external, SessionActivity::Idle, None, LOOK_BACK)
                .await?;
            self.give_up(message.id).await?;
            if let Some(row) = store::get(db, message.session_id).await? {
                let unfinished = store::unfinished(db, row.id).await?;
                if !unfinished.is_empty() {
                    self.interrupt(row.id, unfinished).await?;
                    self.rested.notify_one();
                }
            }
        }
        known.unanswered = waiting;
        Ok(())
    }

    /// Says that nobody knows what became of a prompt, unless its answer has been read by now.
    async fn give_up(&self, id: MessageId) -> Result<(), BridgeError> {
        let mut tx = self.common.events.begin(Actor::Agent).await?;
        let sent = store::message_locked(&*tx, id).await?;
        let Some(prompt) = sent.filter(|prompt| prompt.delivery == Some(Delivery::Sent)) else {
            return Ok(());
        };
        let session = prompt.session_id;
        let fault = message::Fault {
            name: "Unanswered".to_owned(),
            message: "It was handed to the agent, which did not begin to answer it.".to_owned(),
            is_retryable: true,
            status_code: None,
        };
        let prompt = message::Model {
            delivery: Some(Delivery::Unknown),
            fault: Some(fault),
            ..prompt
        };
        store::save_message(&mut tx, self.project, prompt).await?;
        tx.commit().await?;
        self.common.live.tell(session, News::Message(id));
        self.rested.notify_one();
        Ok(())
    }

    /// An answer that is not complete, in a session that does nothing, will never be: the agent was restarted.
    async fn note_interruptions(&self, busy: &HashSet<String>) -> Result<(), BridgeError> {
        for row in store::all_of(self.common.db.reader(), self.project).await? {
            let is_idle = row
                .external_id
                .as_ref()
                .is_some_and(|external| !busy.contains(external));
            if !is_idle || row.deleted_at.is_some() {
                continue;
            }
            let unfinished = store::unfinished(self.common.db.reader(), row.id).await?;
            if !unfinished.is_empty() {
                self.interrupt(row.id, unfinished).await?;
            }
        }
        Ok(())
    }

    async fn interrupt(&self, id: SessionId, unfinished: Vec<message::Model>) -> Result<(), BridgeError> {
        let mut tx = self.common.events.begin(Actor::Agent).await?;
        let Some(row) = store::get_locked(&*tx, id).await? else {
            return Ok(());
        };
        let now = self.common.clock.now();
        let ids: Vec<_> = unfinished.iter().map(|message| message.id).collect();
        let parts = store::parts(&*tx, &ids).await?;
        for mut message in unfinished {
            for part in parts.get(&message.id).into_iter().flatten() {
                if let Some(ended) = ended(part) {
                    store::put_part(&*tx, message.id, &ended).await?;
                }
            }
            message.completed_at = Some(now);
            message.fault = message.fault.or_else(|| {
                Some(message::Fault {
                    name: "Interrupted".to_owned(),
                    message: "The agent was restarted while it was answering.".to_owned(),
                    is_retryable: true,
                    status_code: None,
                })
            });
            store::save_message(&mut tx, self.project, message).await?;
        }
        let status = SessionStatus::Interrupted;
        store::save(
            &mut tx,
            session::Model {
                status,
                activity: None,
                updated_at: now,
                ..row
            },
        )
        .await?;
        tx.commit().await?;
        self.common.live.abandon(id);
        self.common.live.tell(id, News::Resync);
        Ok(())
    }
}

/// A tool that ran when the agent ended; `None` for anything else.
fn ended(part: &Part) -> Option<Part> {
    let PartContent::Tool(call) = &part.content else {
        return None;
    };
    if matches!(call.state, ToolState::Completed | ToolState::Failed) {
        return None;
    }
    let mut part = part.clone();
    if let PartContent::Tool(call) = &mut part.content {
        call.state = ToolState::Failed;
        call.error = Some("The agent was restarted while this ran.".to_owned());
    }
    Some(part)
}
