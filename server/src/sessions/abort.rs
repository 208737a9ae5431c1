//! Ending a turn: the one thing asked of a session that is done while the user waits.

use std::time::Duration;

use entity::{
    ids::SessionId,
    message::{self, Delivery},
    session,
};
use sea_orm::DbErr;
use tokio::{sync::broadcast::error::RecvError, time::timeout};

use super::{Sessions, error::Error, live::News, service::withdrawn, store};
use crate::{
    agent::AgentError,
    caller::{Caller, Scope},
    events::Actor,
    idempotency::{self, Attempt, Claim},
};

/// How long an abort waits for the first sign of a turn.
const BEGINS_WITHIN: Duration = Duration::from_secs(10);

impl Sessions {
    /// Ends the running turn, and withdraws prompts and a summary that the agent does not have yet.
    pub async fn abort(
        &self,
        caller: &Caller,
        id: SessionId,
        client_id: Option<&str>,
    ) -> Result<session::Model, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("abortSession", client_id, &id)?;
        let actor = Actor::Device(caller.device);
        // Only looked at here: it counts as done when the agent has obeyed, below.
        let look = self.events.begin(actor).await?;
        let is_done =
            idempotency::claim::<SessionId>(&look, caller, attempt.as_ref(), &self.clock).await? != Claim::New;
        drop(look);
        let mut tx = self.events.begin(actor).await?;
        let mut session = store::get_locked(&*tx, id).await?.ok_or(Error::NoSession)?;
        if is_done {
            return Ok(session);
        }
        if session.summary.take().is_some() {
            session = store::save(&mut tx, session).await?;
        }
        for queued in store::delivered_as(&*tx, id, Delivery::Queued).await? {
            // One that has an id may be on its way: the abort that follows takes care of it.
            let waits =
                |message: &message::Model| message.delivery == Some(Delivery::Queued) && message.external_id.is_none();
            let Some(mut message) = store::message_locked(&*tx, queued.id).await?.filter(waits) else {
                continue;
            };
            message.delivery = Some(Delivery::Failed);
            message.fault = Some(withdrawn("The session was aborted before the prompt was sent."));
            let message = store::save_message(&mut tx, session.project_id, message).await?;
            self.live.tell(id, News::Message(message.id));
        }
        tx.commit().await?;
        // An agent that does not run has no turn to end.
        let instance = self.instances.get(session.project_id);
        if let (Some(external), Some(instance)) = (&session.external_id, instance) {
            self.begun(id).await?;
            match self.agents.abort(&instance.endpoint, external).await {
                Ok(()) | Err(AgentError::NotFound) => {}
                Err(error) => return Err(Error::Unreachable(error)),
            }
        }
        let tx = self.events.begin(actor).await?;
        if idempotency::claim::<SessionId>(&tx, caller, attempt.as_ref(), &self.clock).await? == Claim::New {
            idempotency::keep(&tx, caller, attempt.as_ref(), &id).await?;
        }
        tx.commit().await?;
        store::get(self.db.reader(), id).await?.ok_or(Error::NoSession)
    }

    /// Waits until what was sent, or is just being sent, is being answered. OpenCode that is told to end a turn while it is
    /// still loading would answer no other prompt after that.
    async fn begun(&self, id: SessionId) -> Result<(), DbErr> {
        let (_, mut news) = self.live.watch(id);
        let answered = async {
            while store::is_under_way(self.db.reader(), id).await? {
                if let Err(RecvError::Closed) = news.recv().await {
                    break;
                }
            }
            Ok(())
        };
        // One that does not begin is ended all the same.
        timeout(BEGINS_WITHIN, answered).await.unwrap_or(Ok(()))
    }
}
