//! What users make of whole sessions: copies, steps back, summaries, things put away.
//!
//! A copy, a summary and an archive are rows here at once and reach the agent when they can. A step back changes files,
//! so it is done when it answers, or not at all; the agent keeps it itself, and a try whose answer was lost shows there.

use std::time::Duration;

use entity::{
    ids::{MessageId, ProjectId, SessionId},
    message::{self, Delivery},
    session::{self, Fork, SessionStatus, Summary},
};
use sea_orm::ConnectionTrait;
use tokio::time::timeout;

use super::{
    error::Error,
    live::News,
    service::{Sessions, checked_title, usable},
    store,
};
use crate::{
    agent::{AgentError, AgentSession},
    caller::{Caller, Scope},
    events::{Actor, Tx},
    idempotency::{self, Attempt, Claim},
    projects::{self, Instance, upkeep::sleep::rouse},
};

/// How long a step back waits for an agent that sleeps. Longer than it usually takes, and within the limit of a request.
const WAKES_WITHIN: Duration = Duration::from_secs(7);

/// Where a step back leads.
#[derive(Clone, Copy)]
enum Step {
    BackTo(MessageId),
    ForthAgain,
}

impl Sessions {
    /// Begins a session as a copy of another one: of what came before a message, or of everything.
    pub async fn fork(
        &self,
        caller: &Caller,
        id: SessionId,
        before: Option<MessageId>,
        title: Option<&str>,
        client_id: Option<&str>,
    ) -> Result<session::Model, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("forkSession", client_id, &(id, before, title))?;
        let title = title.map(checked_title).transpose()?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return store::get(&*tx, id).await?.ok_or(Error::NoSession);
        }
        let original = store::get(&*tx, id).await?.ok_or(Error::NoSession)?;
        let project = usable(projects::store::get_kept_awake(&*tx, original.project_id).await?)?;
        let external = original.external_id.clone().ok_or(Error::NotBegun)?;
        let before = match before {
            Some(message) => self.fork_point(&tx, &original, message).await?,
            None if is_in_turn(&*tx, &original).await? => return Err(Error::TurnRuns),
            None => None,
        };
        let is_titled = title.is_some();
        let title = title.unwrap_or_else(|| original.title.clone());
        let row = session::Model {
            is_titled,
            forked_from: Some(id),
            fork: Some(Fork {
                session: external,
                before,
            }),
            ..session::Model::new(original.project_id, title, self.clock.now())
        };
        let session = store::insert(&mut tx, row).await?;
        let is_asleep = rouse(&mut tx, project, self.clock.now()).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &session.id).await?;
        tx.commit().await?;
        self.something_is_asked(is_asleep);
        Ok(session)
    }

    /// The agent's id of the first message that is not copied; `None` when it has all that are to be copied, and no more.
    async fn fork_point(
        &self,
        tx: &Tx,
        original: &session::Model,
        message: MessageId,
    ) -> Result<Option<String>, Error> {
        let message = store::message(&**tx, message).await?.ok_or(Error::NoMessage)?;
        if message.session_id != original.id {
            return Err(Error::NoMessage);
        }
        let earlier = |other: &message::Model| other.position < message.position;
        if store::unfinished(&**tx, original.id).await?.iter().any(earlier)
            || store::delivered_as(&**tx, original.id, Delivery::Sent)
                .await?
                .iter()
                .any(earlier)
        {
            return Err(Error::TurnRuns);
        }
        Ok(store::first_told_from(&**tx, original.id, message.position).await?)
    }

    /// Puts a session away, or takes it out again.
    pub async fn archive(
        &self,
        caller: &Caller,
        id: SessionId,
        is_archived: bool,
        client_id: Option<&str>,
    ) -> Result<session::Model, Error> {
        caller.require(Scope::Steer)?;
        let name = if is_archived {
            "archiveSession"
        } else {
            "unarchiveSession"
        };
        let attempt = Attempt::new(name, client_id, &id)?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return store::get(&*tx, id).await?.ok_or(Error::NoSession);
        }
        let mut session = store::get_locked(&*tx, id).await?.ok_or(Error::NoSession)?;
        if session.archived_at.is_some() != is_archived {
            session.archived_at = is_archived.then(|| self.clock.now());
            session.is_archive_untold = true;
            session = store::save(&mut tx, session).await?;
        }
        idempotency::keep(&tx, caller, attempt.as_ref(), &id).await?;
        tx.commit().await?;
        self.wake_bridges();
        Ok(session)
    }

    /// Has what was said summed up, with the model that spoke last.
    pub async fn summarize(
        &self,
        caller: &Caller,
        id: SessionId,
        client_id: Option<&str>,
    ) -> Result<session::Model, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("summarizeSession", client_id, &id)?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return store::get(&*tx, id).await?.ok_or(Error::NoSession);
        }
        let session = store::get(&*tx, id).await?.ok_or(Error::NoSession)?;
        let project = usable(projects::store::get_kept_awake(&*tx, session.project_id).await?)?;
        let session = store::get_locked(&*tx, id).await?.ok_or(Error::NoSession)?;
        if is_in_turn(&*tx, &session).await? {
            return Err(Error::TurnRuns);
        }
        let model = store::last_model(&*tx, id).await?.ok_or(Error::NothingSaid)?;
        let asked = Summary {
            asked_at: self.clock.now(),
            model,
            is_tried: false,
        };
        let session = match session.summary {
            Some(_) => session,
            None => {
                let summary = Some(asked);
                store::save(&mut tx, session::Model { summary, ..session }).await?
            }
        };
        let is_asleep = rouse(&mut tx, project, self.clock.now()).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &id).await?;
        tx.commit().await?;
        self.something_is_asked(is_asleep);
        Ok(session)
    }

    /// Takes a session and its files back to before a prompt.
    pub async fn revert(
        &self,
        caller: &Caller,
        id: SessionId,
        message: MessageId,
        client_id: Option<&str>,
    ) -> Result<session::Model, Error> {
        let attempt = Attempt::new("revertSession", client_id, &(id, message))?;
        self.step(caller, id, Step::BackTo(message), attempt).await
    }

    /// Undoes that, as long as nothing was said since.
    pub async fn unrevert(
        &self,
        caller: &Caller,
        id: SessionId,
        client_id: Option<&str>,
    ) -> Result<session::Model, Error> {
        let attempt = Attempt::new("unrevertSession", client_id, &id)?;
        self.step(caller, id, Step::ForthAgain, attempt).await
    }

    async fn step(
        &self,
        caller: &Caller,
        id: SessionId,
        step: Step,
        attempt: Option<Attempt>,
    ) -> Result<session::Model, Error> {
        caller.require(Scope::Steer)?;
        let actor = Actor::Device(caller.device);
        // Only looked at here: it counts as done when the agent has done it, below.
        let look = self.events.begin(actor).await?;
        let is_done =
            idempotency::claim::<SessionId>(&look, caller, attempt.as_ref(), &self.clock).await? != Claim::New;
        drop(look);
        let db = self.db.reader();
        let session = store::get(db, id).await?.ok_or(Error::NoSession)?;
        if is_done {
            return Ok(session);
        }
        usable(store::project(db, session.project_id).await?)?;
        let told = self.ask_to_step(&session, step).await?;
        let mut tx = self.events.begin(actor).await?;
        let session = store::get_locked(&*tx, id).await?.ok_or(Error::NoSession)?;
        let stepped = session::Model {
            reverted_to: told.reverted_to,
            updated_at: self.clock.now(),
            ..session
        };
        let session = store::save(&mut tx, stepped).await?;
        if idempotency::claim::<SessionId>(&tx, caller, attempt.as_ref(), &self.clock).await? == Claim::New {
            idempotency::keep(&tx, caller, attempt.as_ref(), &id).await?;
        }
        tx.commit().await?;
        self.live.tell(id, News::Resync);
        Ok(session)
    }

    async fn ask_to_step(&self, session: &session::Model, step: Step) -> Result<AgentSession, Error> {
        let db = self.db.reader();
        let message = match step {
            Step::BackTo(message) => {
                let message = store::message(db, message)
                    .await?
                    .filter(|known| known.session_id == session.id);
                let message = message.ok_or(Error::NoMessage)?;
                Some(message.external_id.ok_or(Error::NotBegun)?)
            }
            Step::ForthAgain => None,
        };
        let external = session.external_id.as_ref().ok_or(Error::NotBegun)?;
        let waits = !store::delivered_as(db, session.id, Delivery::Queued).await?.is_empty();
        if waits || session.summary.is_some() || is_in_turn(db, session).await? {
            return Err(Error::TurnRuns);
        }
        let instance = self.awake(session.project_id).await?;
        // It is not put to sleep before it has answered.
        let _passage = instance.gate.pass().await.ok_or(Error::NeedsAgent)?;
        let told = match &message {
            Some(message) => self.agents.revert(&instance.endpoint, external, message).await,
            None => self.agents.unrevert(&instance.endpoint, external).await,
        };
        crate::crash_point!("sessions.stepped");
        told.map_err(|error| match error {
            AgentError::Busy => Error::TurnRuns,
            AgentError::NotFound => Error::NotBegun,
            other => Error::Unreachable(other),
        })
    }
}

impl Sessions {
    /// A project's agent, which is woken and waited for a while.
    async fn awake(&self, project: ProjectId) -> Result<Instance, Error> {
        let mut instances = self.instances.subscribe();
        if let Some(instance) = self.instances.get(project) {
            return Ok(instance);
        }
        let mut tx = self.events.begin(Actor::Server).await?;
        let row = usable(projects::store::get_kept_awake(&*tx, project).await?)?;
        let is_asleep = rouse(&mut tx, row.clone(), self.clock.now()).await?;
        tx.commit().await?;
        if !is_asleep && row.sleep.is_none() {
            return Err(Error::NeedsAgent);
        }
        self.something_is_asked(is_asleep);
        let woken = timeout(WAKES_WITHIN, instances.wait_for(|all| all.contains_key(&project))).await;
        match woken {
            Ok(Ok(all)) => all.get(&project).cloned().ok_or(Error::Waking),
            _ => Err(Error::Waking),
        }
    }
}

/// Whether something is being said, as far as is known here.
async fn is_in_turn(db: &impl ConnectionTrait, session: &session::Model) -> Result<bool, Error> {
    let runs = matches!(session.status, SessionStatus::Busy | SessionStatus::Retrying);
    Ok(runs || !store::delivered_as(db, session.id, Delivery::Sent).await?.is_empty())
}
