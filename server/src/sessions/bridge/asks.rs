//! What an agent waits for, on its way to the decisions.
//!
//! OpenCode keeps its requests in memory, forgets them without a word when it ends, and keeps some for ever whose turn
//! was aborted. So nothing is taken from its list that a row says is closed, nothing that belongs to a turn which does
//! not run, and what is not on the list any more is withdrawn.

use std::collections::{HashMap, HashSet};

use entity::{decision::WithdrawnBecause, ids::SessionId, session};

use super::{Bridge, BridgeError, batch::AskNews, known::Known};
use crate::{
    agent::{AgentAsk, AgentError, PartContent, ToolState},
    decisions::{self, intake::Agent},
    events::Actor,
    sessions::{part::Part, store},
};

/// Sub-agents of sub-agents, at most so deep.
const DEPTH: usize = 16;

impl Bridge {
    fn asking(&self) -> Agent<'_> {
        Agent {
            project: self.project,
            run: self.run,
            workspace: &self.endpoint.directory,
        }
    }

    /// Takes what was told, in its order. What it refers to has been written.
    pub(super) async fn hear(&self, known: &mut Known, news: Vec<AskNews>) -> Result<(), BridgeError> {
        let decisions = &self.common.decisions;
        for news in news {
            match news {
                AskNews::Asked(ask) => self.asked(known, &ask).await?,
                AskNews::Settled { request, settlement } => {
                    decisions.settled(self.project, &request, settlement).await?;
                }
                AskNews::TurnEnded(session) => {
                    if let Some(row) = store::by_external(self.common.db.reader(), self.project, &session).await? {
                        decisions.turn_ended(row.id).await?;
                    }
                }
                AskNews::CallEnded { session, call } => {
                    if known.waiting.remove(&call) {
                        self.call_ended(&session, &call).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn asked(&self, known: &mut Known, ask: &AgentAsk) -> Result<(), BridgeError> {
        let Some(session) = self.session_that_asks(known, &ask.session_id).await? else {
            return Ok(());
        };
        if let Some(call) = &ask.call {
            known.waiting.insert(call.call_id.clone());
        }
        let root = self.root_of(&session).await?;
        Ok(self.common.decisions.asked(self.asking(), &session, root, ask).await?)
    }

    /// Its row. A sub-agent's session may be one that nobody has told of yet; of a deleted one nothing is taken.
    async fn session_that_asks(
        &self,
        known: &mut Known,
        external: &str,
    ) -> Result<Option<session::Model>, BridgeError> {
        let db = self.common.db.reader();
        let find = async || store::by_external(db, self.project, external).await;
        let row = match find().await? {
            Some(row) => Some(row),
            None => match self.common.agents.session(&self.endpoint, external).await {
                Ok(told) => {
                    let mut tx = self.common.events.begin(Actor::Agent).await?;
                    self.put_session(&mut tx, known, told, false).await?;
                    tx.commit().await?;
                    find().await?
                }
                Err(AgentError::NotFound) => None,
                Err(error) => return Err(error.into()),
            },
        };
        Ok(row.filter(|row| row.deleted_at.is_none()))
    }

    async fn root_of(&self, session: &session::Model) -> Result<SessionId, BridgeError> {
        let (mut root, mut parent) = (session.id, session.parent_id);
        for _ in 0..DEPTH {
            let Some(id) = parent else { break };
            let Some(row) = store::get(self.common.db.reader(), id).await? else {
                break;
            };
            (root, parent) = (row.id, row.parent_id);
        }
        Ok(root)
    }

    /// A tool has ended: whatever it waited for is over.
    async fn call_ended(&self, session: &str, call: &str) -> Result<(), BridgeError> {
        let db = self.common.db.reader();
        let Some(session) = store::by_external(db, self.project, session).await? else {
            return Ok(());
        };
        for row in decisions::store::pending(db, self.project).await? {
            let is_it = decisions::ask::call(&row.ask).is_some_and(|waiting| waiting.call_id == call);
            if row.session_id == session.id && is_it {
                self.common
                    .decisions
                    .withdraw(&row, WithdrawnBecause::TurnEnded)
                    .await?;
            }
        }
        Ok(())
    }

    /// Compares what waits here with what the agent says it waits for. `busy` are the sessions whose turn runs.
    pub(super) async fn resync_asks(&self, known: &mut Known, busy: &HashSet<String>) -> Result<(), BridgeError> {
        let decisions = &self.common.decisions;
        decisions.agent_began(self.project, self.run).await?;
        let listed = self.common.agents.asks(&self.endpoint).await?;
        let by_id: HashMap<&str, &AgentAsk> = listed.iter().map(|ask| (ask.id.as_str(), ask)).collect();
        for row in decisions::store::pending(self.common.db.reader(), self.project).await? {
            let because = match by_id.get(row.external_id.as_str()) {
                None => Some(WithdrawnBecause::SettledElsewhere),
                Some(ask) if self.is_over(busy, ask).await? => Some(WithdrawnBecause::TurnEnded),
                Some(_) => None,
            };
            if let Some(because) = because {
                decisions.withdraw(&row, because).await?;
            }
        }
        for ask in &listed {
            if !self.is_over(busy, ask).await? {
                self.asked(known, ask).await?;
            }
        }
        Ok(())
    }

    /// Whether a listed request belongs to a turn, or to a tool, that has ended.
    async fn is_over(&self, busy: &HashSet<String>, ask: &AgentAsk) -> Result<bool, BridgeError> {
        if !busy.contains(&ask.session_id) {
            return Ok(true);
        }
        let Some(call) = &ask.call else { return Ok(false) };
        let db = self.common.db.reader();
        let Some(session) = store::by_external(db, self.project, &ask.session_id).await? else {
            return Ok(false);
        };
        let Some(message) = store::message_by_external(db, session.id, &call.message_id).await? else {
            return Ok(false);
        };
        let parts = store::parts(db, &[message.id]).await?;
        let mut parts = parts.values().flatten();
        Ok(parts.any(|part| ended_call(part).is_some_and(|ended| ended == call.call_id)))
    }
}

/// The call of a tool that has ended.
pub(super) fn ended_call(part: &Part) -> Option<&str> {
    match &part.content {
        PartContent::Tool(call) if matches!(call.state, ToolState::Completed | ToolState::Failed) => {
            Some(&call.call_id)
        }
        _ => None,
    }
}
