//! Messages that the agent has no more: a session was taken back, and something was said since, while nobody listened.

use std::collections::HashSet;

use entity::message::{Delivery, Role};

use super::{Bridge, BridgeError, resync::LOOK_BACK};
use crate::sessions::store;

impl Bridge {
    /// Of the messages that are kept of a session, those that the agent does not have any more. `listed` are the newest that
    /// it had when nothing was running. A prompt that it may not have yet is not gone.
    pub(super) async fn gone(&self, session: &str, listed: &HashSet<String>) -> Result<Vec<String>, BridgeError> {
        let db = self.common.db.reader();
        // An agent that has lost everything is no reason to lose it here too.
        let Some(row) = store::by_external(db, self.project, session)
            .await?
            .filter(|_| !listed.is_empty())
        else {
            return Ok(Vec::new());
        };
        let kept = store::told_messages(db, row.id, LOOK_BACK * 2).await?;
        let is_the_agents =
            |role, delivery| role == Role::Assistant || matches!(delivery, None | Some(Delivery::Consumed));
        let missing = kept
            .into_iter()
            .filter(|message| is_the_agents(message.role, message.delivery))
            .filter_map(|message| message.external_id)
            .filter(|external| !listed.contains(external));
        // A list may be cut: to a number, or because it was too large together. What is taken back is the end of what was
        // said: before one that the agent still has, nothing is gone.
        let mut gone = Vec::new();
        for external in missing.rev() {
            match self.common.agents.message(&self.endpoint, session, &external).await {
                Ok(None) => gone.push(external),
                Ok(Some(_)) | Err(_) => break,
            }
        }
        Ok(gone)
    }
}
