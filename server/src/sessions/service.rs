//! What users ask of sessions themselves. Everything here is a row at once and reaches the agent when it can.

use std::sync::Arc;

use entity::{
    ids::{ProjectId, SessionId},
    message,
    project::{self, Desired},
    session,
};
use tokio::sync::watch;

use super::{
    enclosures::Enclosures,
    error::Error,
    live::{Live, News},
    offers::Offers,
    store,
};
use crate::{
    agent::AgentRuntime,
    caller::{Caller, Scope},
    clock::Clock,
    db::Database,
    decisions,
    events::{Actor, EventLog, Payload},
    idempotency::{self, Attempt, Claim},
    projects::Instances,
};

pub const MAX_TITLE: usize = 200;
const UNTITLED: &str = "New session";

#[derive(Clone)]
pub struct Sessions {
    pub(super) db: Database,
    pub(super) events: EventLog,
    pub(super) clock: Clock,
    pub(super) agents: Arc<dyn AgentRuntime>,
    pub(super) instances: Instances,
    pub(super) live: Live,
    pub(super) enclosures: Enclosures,
    offers: Offers,
    /// Tells the bridges that something waits to be carried to an agent.
    outbox: Arc<watch::Sender<u64>>,
}

impl Sessions {
    pub fn new(
        db: Database,
        events: EventLog,
        clock: Clock,
        agents: Arc<dyn AgentRuntime>,
        instances: Instances,
        live: Live,
        enclosures: Enclosures,
    ) -> Self {
        Self {
            db,
            events,
            clock,
            offers: Offers::new(Arc::clone(&agents), instances.clone()),
            agents,
            instances,
            live,
            enclosures,
            outbox: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Tells whoever brings it to the agents that something is asked of one.
    pub(super) fn something_is_asked(&self, is_asleep: bool) {
        if is_asleep {
            self.instances.are_wanted();
        }
        self.wake_bridges();
    }

    pub fn offers(&self) -> &Offers {
        &self.offers
    }

    /// Wakes when something waits to be carried to an agent. Says not what: look.
    pub fn outbox(&self) -> watch::Receiver<u64> {
        self.outbox.subscribe()
    }

    pub(super) fn wake_bridges(&self) {
        self.outbox.send_modify(|count| *count += 1);
    }

    pub async fn create(
        &self,
        caller: &Caller,
        project: ProjectId,
        title: Option<&str>,
        client_id: Option<&str>,
    ) -> Result<session::Model, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("createSession", client_id, &(project, title))?;
        let title = title.map(checked_title).transpose()?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return store::get(&*tx, id).await?.ok_or(Error::NoSession);
        }
        let project = usable(store::project(&*tx, project).await?)?;
        let now = self.clock.now();
        let row = session::Model {
            is_titled: title.is_some(),
            ..session::Model::new(project.id, title.unwrap_or_else(|| UNTITLED.to_owned()), now)
        };
        let session = store::insert(&mut tx, row).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &session.id).await?;
        tx.commit().await?;
        Ok(session)
    }

    pub async fn rename(
        &self,
        caller: &Caller,
        id: SessionId,
        title: &str,
        client_id: Option<&str>,
    ) -> Result<session::Model, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("renameSession", client_id, &(id, title))?;
        let title = checked_title(title)?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return store::get(&*tx, id).await?.ok_or(Error::NoSession);
        }
        let mut session = store::get_locked(&*tx, id).await?.ok_or(Error::NoSession)?;
        session.title = title;
        session.is_titled = true;
        session.updated_at = self.clock.now();
        let session = store::save(&mut tx, session).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &id).await?;
        tx.commit().await?;
        self.wake_bridges();
        Ok(session)
    }

    /// Deletes a session here at once, and at the agent when it can be reached.
    pub async fn delete(&self, caller: &Caller, id: SessionId, client_id: Option<&str>) -> Result<SessionId, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("deleteSession", client_id, &id)?;
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return Ok(id);
        }
        let mut session = store::get_locked(&*tx, id).await?.ok_or(Error::NoSession)?;
        let project = session.project_id;
        if store::is_being_forked(&*tx, id).await? {
            return Err(Error::BeingForked);
        }
        decisions::intake::session_deleted(&mut tx, id, self.clock.now()).await?;
        if session.external_id.is_some() {
            session.deleted_at = Some(self.clock.now());
            store::save(&mut tx, session).await?;
        } else {
            store::remove(&*tx, id).await?;
        }
        tx.emit(Payload::SessionDeleted { session: id, project });
        idempotency::keep(&tx, caller, attempt.as_ref(), &id).await?;
        tx.commit().await?;
        self.live.tell(id, News::Gone);
        self.wake_bridges();
        Ok(id)
    }
}

pub(super) fn withdrawn(message: &str) -> message::Fault {
    message::Fault {
        name: "Withdrawn".to_owned(),
        message: message.to_owned(),
        is_retryable: true,
        status_code: None,
    }
}

pub(super) fn usable(project: Option<project::Model>) -> Result<project::Model, Error> {
    let project = project.ok_or(Error::NoProject)?;
    if project.desired == Desired::Deleted {
        Err(Error::BeingDeleted)
    } else {
        Ok(project)
    }
}

pub(super) fn checked_title(title: &str) -> Result<String, Error> {
    let title = title.trim();
    let is_fine = (1..=MAX_TITLE).contains(&title.chars().count()) && !title.chars().any(char::is_control);
    if is_fine {
        Ok(title.to_owned())
    } else {
        Err(Error::Title)
    }
}
