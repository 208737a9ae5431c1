//! Messages that the agent has no more: a session was taken back, and something was said since, while nobody listened.

use std::collections::HashSet;

use entity::message::{Delivery, Role};

use super::{Bridge, BridgeError, resync::LOOK_BACK};
use crate::sessions::store;

impl Bridge {
    /// Of the messages that are kept of a session, those that the agent does not list any more. `listed` are the newest,
    /// and all that it had when nothing was running. A prompt that it may not have yet is not gone.
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
        let is_listed = |external: &String| listed.contains(external);
        // Where the list is cut, it says nothing of what came before it.
        let from = match listed.len() {
            all if all < LOOK_BACK => Some(0),
            _ => {
                let mut listed = kept
                    .iter()
                    .filter(|message| message.external_id.as_ref().is_some_and(is_listed));
                listed.next().map(|oldest| oldest.position)
            }
        };
        let is_the_agents =
            |role, delivery| role == Role::Assistant || matches!(delivery, None | Some(Delivery::Consumed));
        let gone = kept
            .into_iter()
            .filter(|message| from.is_some_and(|from| message.position >= from))
            .filter(|message| is_the_agents(message.role, message.delivery))
            .filter_map(|message| message.external_id)
            .filter(|external| !is_listed(external));
        Ok(gone.collect())
    }
}
