//! An answer that was given up while the agent waited to ask its provider again. OpenCode ends it without a word and
//! without an error: whoever looked away for a moment would find it empty and not know why.

use entity::{message, session};

use super::{
    Bridge, BridgeError,
    apply::{After, Afterwards},
};
use crate::{
    agent::PartContent,
    events::Tx,
    sessions::{live::News, part::Part, store},
};

const WAITS: &str = "Waiting to retry: ";

/// What a session does that waits, after the provider said this.
pub(super) fn waits(said: &str) -> String {
    format!("{WAITS}{said}")
}

impl Bridge {
    /// For a session that waited, and does nothing now.
    pub(super) async fn note_given_up(
        &self,
        tx: &mut Tx,
        session: &session::Model,
        after: &mut Afterwards,
    ) -> Result<(), BridgeError> {
        let newest = store::newest(&**tx, session.id, 1).await?;
        let Some(newest) = newest
            .into_iter()
            .find(|message| message.role == message::Role::Assistant)
        else {
            return Ok(());
        };
        let parts = store::parts(&**tx, &[newest.id]).await?;
        if parts.values().flatten().any(says_something) {
            return Ok(());
        }
        let Some(mut message) = store::message_locked(&**tx, newest.id)
            .await?
            .filter(|row| row.fault.is_none())
        else {
            return Ok(());
        };
        let line = session.activity.as_ref().map(|activity| activity.line.as_str());
        let said = line.and_then(|line| line.strip_prefix(WAITS)).unwrap_or_default();
        message.fault = Some(message::Fault {
            name: "GivenUp".to_owned(),
            message: format!("The turn was ended while it waited to try again. {said}")
                .trim_end()
                .to_owned(),
            is_retryable: true,
            status_code: None,
        });
        let message = store::save_message(tx, self.project, message).await?;
        after.0.push((session.id, After::News(News::Message(message.id))));
        Ok(())
    }
}

fn says_something(part: &Part) -> bool {
    match &part.content {
        PartContent::StepStart | PartContent::StepFinish { .. } => false,
        _ => part.text().is_none_or(|text| !text.is_empty()),
    }
}
