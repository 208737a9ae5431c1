//! What users ask of sessions. Everything but an abort is a row at once and reaches the agent when it can.

use std::sync::Arc;

use entity::{
    ids::{MessageId, ProjectId, SessionId},
    message::{self, Delivery, Role},
    project::{self, Desired},
    session::{self, SessionStatus},
};
use serde::Serialize;
use tokio::sync::watch;

use super::{
    error::Error,
    live::{Live, News},
    part::Part,
    store,
};
use crate::{
    agent::{AgentRuntime, PartContent},
    caller::{Caller, Scope},
    clock::Clock,
    db::Database,
    decisions,
    events::{Actor, EventLog, Payload},
    idempotency::{self, Attempt, Claim},
    projects::Instances,
};

pub const MAX_TITLE: usize = 200;
pub const MAX_PARTS: usize = 20;
/// Bytes of text in a prompt.
pub const MAX_TEXT: usize = 256 * 1024;
const MAX_AGENT: usize = 100;
const MAX_MODEL: usize = 200;
const UNTITLED: &str = "New session";
/// What the agent is told after it was restarted in the middle of a turn.
const GO_ON: &str = "You were restarted in the middle of this. Look at what is done already, then go on.";

/// In which state of its session a prompt is taken.
#[derive(Clone, Copy, PartialEq)]
enum When {
    Always,
    Interrupted,
}

/// What `sendPrompt` sends.
#[derive(Clone, Debug, Serialize)]
pub struct NewPrompt {
    pub session: SessionId,
    pub texts: Vec<String>,
    pub agent: Option<String>,
    pub model: Option<String>,
    /// Ends a turn that runs, instead of waiting for its end.
    pub interrupts: bool,
}

#[derive(Clone)]
pub struct Sessions {
    pub(super) db: Database,
    pub(super) events: EventLog,
    pub(super) clock: Clock,
    pub(super) agents: Arc<dyn AgentRuntime>,
    pub(super) instances: Instances,
    pub(super) live: Live,
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
    ) -> Self {
        Self {
            db,
            events,
            clock,
            agents,
            instances,
            live,
            outbox: Arc::new(watch::Sender::new(0)),
        }
    }

    /// Wakes when something waits to be carried to an agent. Says not what: look.
    pub fn outbox(&self) -> watch::Receiver<u64> {
        self.outbox.subscribe()
    }

    fn wake_bridges(&self) {
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
            id: SessionId::generate(),
            project_id: project.id,
            external_id: None,
            parent_id: None,
            is_titled: title.is_some(),
            title: title.unwrap_or_else(|| UNTITLED.to_owned()),
            status: SessionStatus::Idle,
            activity: None,
            last_position: 0,
            created_at: now,
            updated_at: now,
            deleted_at: None,
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
        let mut session = store::get(&*tx, id).await?.ok_or(Error::NoSession)?;
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
        let mut session = store::get(&*tx, id).await?.ok_or(Error::NoSession)?;
        let project = session.project_id;
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

    /// Takes a prompt. It is kept from now on, and sent as soon as the agent is there and earlier ones were sent.
    pub async fn send(
        &self,
        caller: &Caller,
        prompt: NewPrompt,
        client_id: Option<&str>,
    ) -> Result<message::Model, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("sendPrompt", client_id, &prompt)?;
        check(&prompt)?;
        self.take(caller, prompt, attempt, When::Always).await
    }

    async fn take(
        &self,
        caller: &Caller,
        prompt: NewPrompt,
        attempt: Option<Attempt>,
        when: When,
    ) -> Result<message::Model, Error> {
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return store::message(&*tx, id).await?.ok_or(Error::NoMessage);
        }
        let session = store::get(&*tx, prompt.session).await?.ok_or(Error::NoSession)?;
        let project = usable(store::project(&*tx, session.project_id).await?)?;
        let now = self.clock.now();
        // From here on nobody else changes the session.
        let position = store::next_position(&*tx, session.id).await?;
        if when == When::Interrupted {
            let session = store::get(&*tx, session.id).await?.ok_or(Error::NoSession)?;
            if session.status != SessionStatus::Interrupted {
                return Err(Error::NotInterrupted);
            }
            let status = SessionStatus::Idle;
            store::save(&mut tx, session::Model { status, ..session }).await?;
        }
        let row = message::Model {
            id: MessageId::generate(),
            session_id: session.id,
            position,
            external_id: None,
            role: Role::User,
            delivery: Some(Delivery::Queued),
            interrupts: prompt.interrupts,
            agent: prompt.agent,
            model: prompt.model,
            usage: None,
            fault: None,
            created_at: now,
            completed_at: Some(now),
        };
        let message = store::insert_message(&mut tx, project.id, row).await?;
        for (index, text) in prompt.texts.into_iter().enumerate() {
            let content = PartContent::Text {
                text,
                is_synthetic: false,
                is_complete: true,
            };
            // Only for their order: they get the agent's kind of id when they are first sent.
            store::put_part(&*tx, message.id, &Part::new(format!("{index:02}"), content)).await?;
        }
        idempotency::keep(&tx, caller, attempt.as_ref(), &message.id).await?;
        tx.commit().await?;
        self.live.tell(session.id, News::Message(message.id));
        self.wake_bridges();
        Ok(message)
    }

    /// Lets the agent go on with a turn in the middle of which it was restarted, once.
    pub async fn go_on(
        &self,
        caller: &Caller,
        id: SessionId,
        client_id: Option<&str>,
    ) -> Result<message::Model, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("continueSession", client_id, &id)?;
        let prompt = NewPrompt {
            session: id,
            texts: vec![GO_ON.to_owned()],
            agent: None,
            model: None,
            interrupts: false,
        };
        self.take(caller, prompt, attempt, When::Interrupted).await
    }

    /// Withdraws a prompt that the agent does not have yet.
    pub async fn cancel(
        &self,
        caller: &Caller,
        id: MessageId,
        client_id: Option<&str>,
    ) -> Result<message::Model, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("cancelPrompt", client_id, &id)?;
        self.change(caller, id, attempt, |prompt| {
            // One that has an id may be on its way.
            if prompt.delivery != Some(Delivery::Queued) || prompt.external_id.is_some() {
                return Err(Error::NotWaiting);
            }
            Ok(message::Model {
                delivery: Some(Delivery::Failed),
                fault: Some(withdrawn("It was cancelled before it was sent.")),
                ..prompt
            })
        })
        .await
    }

    /// Sends a prompt again that failed, or of which nobody knows what became. To the agent it is a new one.
    pub async fn retry(
        &self,
        caller: &Caller,
        id: MessageId,
        client_id: Option<&str>,
    ) -> Result<message::Model, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("retryPrompt", client_id, &id)?;
        self.change(caller, id, attempt, |prompt| {
            if !matches!(prompt.delivery, Some(Delivery::Failed | Delivery::Unknown)) {
                return Err(Error::NotFailed);
            }
            Ok(message::Model {
                delivery: Some(Delivery::Queued),
                external_id: None,
                fault: None,
                ..prompt
            })
        })
        .await
    }

    /// Changes how far a prompt has come.
    async fn change(
        &self,
        caller: &Caller,
        id: MessageId,
        attempt: Option<Attempt>,
        change: impl FnOnce(message::Model) -> Result<message::Model, Error>,
    ) -> Result<message::Model, Error> {
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return store::message(&*tx, id).await?.ok_or(Error::NoMessage);
        }
        let prompt = store::message(&*tx, id).await?.ok_or(Error::NoMessage)?;
        let session = store::get(&*tx, prompt.session_id).await?.ok_or(Error::NoSession)?;
        usable(store::project(&*tx, session.project_id).await?)?;
        let prompt = store::save_message(&mut tx, session.project_id, change(prompt)?).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &id).await?;
        tx.commit().await?;
        self.live.tell(session.id, News::Message(id));
        self.wake_bridges();
        Ok(prompt)
    }

    /// Ends the running turn, and withdraws prompts that the agent does not have yet.
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
        let session = store::get(&*tx, id).await?.ok_or(Error::NoSession)?;
        if is_done {
            return Ok(session);
        }
        for mut message in store::delivered_as(&*tx, id, Delivery::Queued).await? {
            // One that has an id may be on its way: the abort that follows takes care of it.
            if message.external_id.is_some() {
                continue;
            }
            message.delivery = Some(Delivery::Failed);
            message.fault = Some(withdrawn("The session was aborted before the prompt was sent."));
            let message = store::save_message(&mut tx, session.project_id, message).await?;
            self.live.tell(id, News::Message(message.id));
        }
        tx.commit().await?;
        // An agent that does not run has no turn to end.
        let instance = self.instances.get(session.project_id);
        if let (Some(external), Some(instance)) = (&session.external_id, instance) {
            match self.agents.abort(&instance.endpoint, external).await {
                Ok(()) | Err(crate::agent::AgentError::NotFound) => {}
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
}

fn withdrawn(message: &str) -> message::Fault {
    message::Fault {
        name: "Withdrawn".to_owned(),
        message: message.to_owned(),
        is_retryable: true,
        status_code: None,
    }
}

fn usable(project: Option<project::Model>) -> Result<project::Model, Error> {
    let project = project.ok_or(Error::NoProject)?;
    if project.desired == Desired::Deleted {
        Err(Error::BeingDeleted)
    } else {
        Ok(project)
    }
}

fn checked_title(title: &str) -> Result<String, Error> {
    let title = title.trim();
    let is_fine = (1..=MAX_TITLE).contains(&title.chars().count()) && !title.chars().any(char::is_control);
    if is_fine {
        Ok(title.to_owned())
    } else {
        Err(Error::Title)
    }
}

fn check(prompt: &NewPrompt) -> Result<(), Error> {
    let bytes: usize = prompt.texts.iter().map(String::len).sum();
    let has_empty = prompt.texts.iter().any(|text| text.trim().is_empty());
    if !(1..=MAX_PARTS).contains(&prompt.texts.len()) || has_empty || bytes > MAX_TEXT {
        return Err(Error::Parts);
    }
    if let Some(agent) = &prompt.agent
        && !(1..=MAX_AGENT).contains(&agent.chars().count())
    {
        return Err(Error::Agent);
    }
    if let Some(model) = &prompt.model {
        let halves = model
            .split_once('/')
            .filter(|(provider, model)| !provider.is_empty() && !model.is_empty());
        if halves.is_none() || model.len() > MAX_MODEL {
            return Err(Error::Model);
        }
    }
    Ok(())
}
