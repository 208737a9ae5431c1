//! Asking an agent for everything that may have changed while nobody listened.

use std::collections::{HashMap, HashSet};

use entity::{
    message,
    session::{self, SessionStatus},
};

use super::{Bridge, BridgeError, apply::Known, batch::Batch};
use crate::{
    agent::{AgentError, PartContent, SessionActivity, ToolState},
    crash_point,
    events::Actor,
    sessions::{live::News, part::Part, store},
};

/// The newest messages of a session that are looked at.
const LOOK_BACK: usize = 200;

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
        let mut batch = Batch::default();
        let mut to_read = Vec::new();
        for session in upstream {
            let row = by_external.get(&session.id);
            let is_settled = row.is_some_and(|row| row.status == SessionStatus::Idle)
                && !activities.contains_key(&session.id)
                && row.is_some_and(|row| row.updated_at >= session.updated_at);
            if !is_settled {
                to_read.push(session.id.clone());
            }
            let activity = activities.get(&session.id).cloned().unwrap_or(SessionActivity::Idle);
            batch.activities.insert(session.id.clone(), activity);
            batch.sessions.insert(session.id.clone(), session);
        }
        self.apply(&mut known, batch).await?;

        for session in to_read {
            let messages = match agents.messages(&self.endpoint, &session, LOOK_BACK).await {
                Ok(messages) => messages,
                // Deleted since.
                Err(AgentError::NotFound) => continue,
                Err(error) => return Err(error.into()),
            };
            let mut batch = Batch::listed();
            for with_parts in messages {
                batch.message(with_parts.message);
                with_parts.parts.into_iter().for_each(|part| batch.part(part));
            }
            self.apply(&mut known, batch).await?;
        }
        crash_point!("bridge.resynced");
        let busy: HashSet<_> = activities.into_keys().collect();
        self.note_interruptions(&busy).await?;
        self.resync_asks(&mut known, &busy).await?;
        Ok(known)
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
                self.interrupt(row, unfinished).await?;
            }
        }
        Ok(())
    }

    async fn interrupt(&self, row: session::Model, unfinished: Vec<message::Model>) -> Result<(), BridgeError> {
        let mut tx = self.common.events.begin(Actor::Agent).await?;
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
        let id = row.id;
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
