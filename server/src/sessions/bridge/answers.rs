//! Carrying answers to the agent. Separate from the prompts: an agent that waits does not wait behind them.
//!
//! The row says that an answer is on its way before it is sent. So when the agent does not know the request any more,
//! the row tells whether that can be because it has this answer already.

use std::time::Duration;

use entity::decision::{self, Answer, WithdrawnBecause};
use tokio::time::timeout;

use super::{Bridge, BridgeError, backoff};
use crate::{
    agent::{AgentError, PartContent, ToolState},
    decisions::{ask, store},
};

/// Looks again even when nobody called.
const PERIOD: Duration = Duration::from_secs(30);

impl Bridge {
    /// As long as the stream is open. Ends only with a fault of the database.
    pub(super) async fn carry_answers(self) -> Result<(), BridgeError> {
        let mut answers = self.common.decisions.answers();
        let mut failures = 0;
        loop {
            answers.borrow_and_update();
            let pause = match self.carry_each_answer().await {
                Ok(()) => {
                    failures = 0;
                    PERIOD
                }
                Err(BridgeError::Agent(error)) => {
                    failures += 1;
                    tracing::info!(
                        project = %self.project, failures, error = &error as &dyn std::error::Error,
                        "the agent does not take an answer; it is given again"
                    );
                    backoff(failures)
                }
                Err(error) => return Err(error),
            };
            // Called, or time to look again.
            if let Ok(Err(_)) = timeout(pause, answers.changed()).await {
                return Ok(());
            }
        }
    }

    async fn carry_each_answer(&self) -> Result<(), BridgeError> {
        let mut trouble = None;
        for row in store::undelivered(self.common.db.reader(), self.project).await? {
            match self.answer(row).await {
                Ok(()) => {}
                // One that fails for now does not hold up the others.
                Err(BridgeError::Agent(error)) => trouble = Some(error),
                Err(error) => return Err(error),
            }
        }
        trouble.map_or(Ok(()), |error| Err(error.into()))
    }

    async fn answer(&self, row: decision::Model) -> Result<(), BridgeError> {
        let decisions = &self.common.decisions;
        let Some(answer) = &row.answer else { return Ok(()) };
        if row.agent_run != self.run {
            return Ok(decisions.withdraw(&row, WithdrawnBecause::AgentEnded).await?);
        }
        if !store::note_tried(self.common.db.writer(), row.id).await? {
            return Ok(());
        }
        let reply = ask::reply(answer);
        match self.common.agents.reply(&self.endpoint, &row.external_id, &reply).await {
            Ok(()) => Ok(store::delivered(self.common.db.writer(), row.id).await?),
            Err(AgentError::NotFound) if row.is_tried || self.went_as(&row, answer).await? => {
                Ok(store::delivered(self.common.db.writer(), row.id).await?)
            }
            Err(AgentError::NotFound) => Ok(decisions.withdraw(&row, WithdrawnBecause::SettledElsewhere).await?),
            Err(AgentError::Rejected(reason)) => {
                tracing::warn!(project = %self.project, decision = %row.id, reason, "the agent refuses an answer");
                Ok(decisions.withdraw(&row, WithdrawnBecause::SettledElsewhere).await?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether what the agent did is what the answer says: something else may have settled the request the same way.
    async fn went_as(&self, row: &decision::Model, answer: &Answer) -> Result<bool, BridgeError> {
        let Some(call) = ask::call(&row.ask) else {
            return Ok(false);
        };
        let session = crate::sessions::store::get(self.common.db.reader(), row.session_id).await?;
        let Some(session) = session.and_then(|session| session.external_id) else {
            return Ok(false);
        };
        let message = self
            .common
            .agents
            .message(&self.endpoint, &session, &call.message_id)
            .await?;
        let parts = message.map(|message| message.parts).unwrap_or_default();
        let state = parts.into_iter().find_map(|part| match &part.content {
            PartContent::Tool(tool) if tool.call_id == call.call_id => Some(tool.state),
            _ => None,
        });
        Ok(match state {
            Some(ToolState::Failed) => !ask::is_accepted(answer),
            Some(ToolState::Running | ToolState::Completed) => ask::is_accepted(answer),
            Some(ToolState::Pending) | None => false,
        })
    }
}
