//! Carrying to the agent what is to become of a session: that it is put away, a copy of it, a summary.
//!
//! A copy is found by its label, and so is made once however often it is tried. A summary leaves a mark in the session:
//! where a try was made and its answer lost, the mark tells whether it has begun.

use entity::session::{self, SessionStatus, Summary};

use super::{Bridge, BridgeError};
use crate::{agent::AgentError, crash_point, events::Actor, sessions::store};

/// The messages at the end of a session among which the mark of a summary is looked for.
const NEWEST: usize = 50;

impl Bridge {
    pub(super) async fn archive(&self, row: &session::Model, external: &str) -> Result<(), BridgeError> {
        match self
            .common
            .agents
            .archive(&self.endpoint, external, row.archived_at)
            .await
        {
            Ok(_) | Err(AgentError::NotFound | AgentError::Rejected(_)) => {}
            Err(error) => return Err(error.into()),
        }
        crash_point!("outbox.archived");
        let tx = self.common.events.begin(Actor::Agent).await?;
        // Taken out again meanwhile: that is still to be told.
        if let Some(now) = store::get_locked(&*tx, row.id)
            .await?
            .filter(|now| now.archived_at == row.archived_at)
        {
            store::note_archive_told(&*tx, now.id).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Makes the copy that a session is to be, unless a turn runs that would be copied unfinished.
    pub(super) async fn fork(&self, row: &session::Model, rows: &[session::Model]) -> Result<(), BridgeError> {
        let Some(fork) = &row.fork else { return Ok(()) };
        let original = rows
            .iter()
            .find(|known| known.external_id.as_ref() == Some(&fork.session));
        if fork.before.is_none() && original.is_some_and(is_in_turn) {
            return Ok(());
        }
        let (before, label) = (fork.before.as_deref(), row.id.to_string());
        let made = self
            .common
            .agents
            .fork_session(&self.endpoint, &fork.session, before, &label)
            .await;
        crash_point!("outbox.forked");
        let external = match made {
            Ok(made) => Some(made.id),
            // There is nothing to copy any more. What waits to be said is said all the same.
            Err(AgentError::NotFound | AgentError::Rejected(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let mut tx = self.common.events.begin(Actor::Agent).await?;
        let Some(now) = store::get_locked(&*tx, row.id).await? else {
            // Deleted while it was made.
            drop(tx);
            if let Some(external) = external {
                self.common.agents.delete_session(&self.endpoint, &external).await?;
            }
            return Ok(());
        };
        let made = session::Model {
            external_id: external.clone(),
            // Until what is in it was read.
            fork: now.fork.clone().filter(|_| external.is_some()),
            ..now
        };
        store::save(&mut tx, made).await?;
        tx.commit().await?;
        if let Some(external) = external {
            // Whoever reads what the agent tells has passed over what it told of this.
            self.unread.add(external);
        }
        Ok(())
    }

    /// Begins the summary that a session waits for. Nothing else may run there.
    pub(super) async fn summarize(&self, row: &session::Model) -> Result<(), BridgeError> {
        let (Some(external), Some(summary)) = (&row.external_id, &row.summary) else {
            return Ok(());
        };
        if summary.is_tried && self.has_begun(external, summary).await? {
            return self.note_summary(row, None).await.map(drop);
        }
        let tried = Summary {
            is_tried: true,
            ..summary.clone()
        };
        if !self.note_summary(row, Some(tried)).await? {
            return Ok(());
        }
        crash_point!("outbox.before_summary");
        let begun = self
            .common
            .agents
            .summarize(&self.endpoint, external, &summary.model)
            .await;
        crash_point!("outbox.summarized");
        match begun {
            Ok(()) | Err(AgentError::NotFound | AgentError::Rejected(_)) => {
                self.note_summary(row, None).await.map(drop)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn has_begun(&self, external: &str, summary: &Summary) -> Result<bool, BridgeError> {
        let newest = self.common.agents.messages(&self.endpoint, external, NEWEST).await?;
        Ok(newest
            .iter()
            .any(|known| known.is_summary_request() && known.message.created_at >= summary.asked_at))
    }

    /// Whether it was still waited for: an abort withdraws it.
    async fn note_summary(&self, row: &session::Model, summary: Option<Summary>) -> Result<bool, BridgeError> {
        let asked_at = |row: &session::Model| row.summary.as_ref().map(|summary| summary.asked_at);
        let mut tx = self.common.events.begin(Actor::Agent).await?;
        let now = store::get_locked(&*tx, row.id).await?;
        let Some(now) = now.filter(|now| now.summary.is_some() && asked_at(now) == asked_at(row)) else {
            return Ok(false);
        };
        store::save(&mut tx, session::Model { summary, ..now }).await?;
        tx.commit().await?;
        Ok(true)
    }
}

pub(super) fn is_in_turn(row: &session::Model) -> bool {
    matches!(row.status, SessionStatus::Busy | SessionStatus::Retrying)
}
