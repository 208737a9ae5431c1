//! What users ask agents: prompts, from being taken to being withdrawn or sent again.

use entity::{
    ids::{MessageId, ProjectId, SessionId},
    message::{self, Delivery, Role},
    session::{self, SessionStatus},
};

use super::{
    enclosures,
    error::Error,
    live::News,
    new_prompt::{NewPart, NewPrompt, check},
    offers::Wanted,
    part::Part,
    service::{Sessions, usable, withdrawn},
    store,
};
use crate::{
    caller::{Caller, Scope},
    events::Actor,
    idempotency::{self, Attempt, Claim},
    projects::{self, upkeep::sleep::rouse},
};

/// What the agent is told after it was restarted in the middle of a turn.
const GO_ON: &str = "You were restarted in the middle of this. Look at what is done already, then go on.";

/// On what else it depends whether a prompt is taken. One that was taken before is not asked again.
enum Condition {
    /// What it names must not be known to be lacking.
    IsThere(Result<(), Error>),
    /// The session was interrupted.
    Interrupted,
}

impl Sessions {
    /// Takes a prompt. It is kept from now on, and sent as soon as the agent is there and earlier ones were sent.
    pub async fn send(
        &self,
        caller: &Caller,
        prompt: NewPrompt,
        client_id: Option<&str>,
    ) -> Result<message::Model, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("sendPrompt", client_id, &prompt)?;
        self.send_as(caller, prompt, attempt).await
    }

    /// Takes a command, which goes the way of a prompt.
    pub async fn run(
        &self,
        caller: &Caller,
        prompt: NewPrompt,
        client_id: Option<&str>,
    ) -> Result<message::Model, Error> {
        caller.require(Scope::Steer)?;
        let attempt = Attempt::new("runCommand", client_id, &prompt)?;
        self.send_as(caller, prompt, attempt).await
    }

    async fn send_as(
        &self,
        caller: &Caller,
        prompt: NewPrompt,
        attempt: Option<Attempt>,
    ) -> Result<message::Model, Error> {
        check(&prompt)?;
        let project = self.project_of(prompt.session).await?;
        let is_there = self.is_there(project, &prompt).await;
        self.take(caller, prompt, attempt, Condition::IsThere(is_there)).await
    }

    async fn project_of(&self, session: SessionId) -> Result<ProjectId, Error> {
        let session = store::get(self.db.reader(), session).await?;
        Ok(session.ok_or(Error::NoSession)?.project_id)
    }

    /// Whether everything is there that a prompt names, as far as that can be known now.
    async fn is_there(&self, project: ProjectId, prompt: &NewPrompt) -> Result<(), Error> {
        let wanted = Wanted {
            agent: prompt.agent.as_deref(),
            model: prompt.model.as_deref(),
            command: prompt.parts.iter().find_map(NewPart::command),
        };
        self.offers().check(project, wanted).await?;
        for part in &prompt.parts {
            if let NewPart::Reference(path) = part {
                self.enclosures.may_point_at(project, path).await?;
            }
        }
        Ok(())
    }

    async fn take(
        &self,
        caller: &Caller,
        prompt: NewPrompt,
        attempt: Option<Attempt>,
        condition: Condition,
    ) -> Result<message::Model, Error> {
        let mut tx = self.events.begin(Actor::Device(caller.device)).await?;
        if let Claim::Done(id) = idempotency::claim(&tx, caller, attempt.as_ref(), &self.clock).await? {
            return store::message(&*tx, id).await?.ok_or(Error::NoMessage);
        }
        let session = store::get(&*tx, prompt.session).await?.ok_or(Error::NoSession)?;
        let project = usable(projects::store::get_kept_awake(&*tx, session.project_id).await?)?;
        let now = self.clock.now();
        // From here on nobody else changes the session.
        let position = store::next_position(&*tx, session.id).await?;
        match condition {
            Condition::IsThere(is_there) => is_there?,
            Condition::Interrupted => {
                let session = store::get(&*tx, session.id).await?.ok_or(Error::NoSession)?;
                if session.status != SessionStatus::Interrupted {
                    return Err(Error::NotInterrupted);
                }
                let status = SessionStatus::Idle;
                store::save(&mut tx, session::Model { status, ..session }).await?;
            }
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
        let contents = enclosures::contents(&*tx, caller, session.id, prompt.parts).await?;
        for (index, content) in contents.into_iter().enumerate() {
            // Only for their order: they get the agent's kind of id when they are first sent.
            let part = Part::own(format!("{index:02}"), content);
            store::put_part(&*tx, message.id, &part).await?;
        }
        let is_asleep = rouse(&mut tx, project, now).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &message.id).await?;
        tx.commit().await?;
        self.live.tell(session.id, News::Message(message.id));
        self.something_is_asked(is_asleep);
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
            parts: vec![NewPart::Text(GO_ON.to_owned())],
            agent: None,
            model: None,
            interrupts: false,
        };
        self.take(caller, prompt, attempt, Condition::Interrupted).await
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
        let project = usable(projects::store::get_kept_awake(&*tx, session.project_id).await?)?;
        // As it is now that the project is ours, and nobody hands it over meanwhile.
        let prompt = store::message_locked(&*tx, id).await?.ok_or(Error::NoMessage)?;
        let prompt = store::save_message(&mut tx, session.project_id, change(prompt)?).await?;
        let is_asleep = prompt.delivery == Some(Delivery::Queued) && rouse(&mut tx, project, self.clock.now()).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &id).await?;
        tx.commit().await?;
        self.live.tell(session.id, News::Message(id));
        self.something_is_asked(is_asleep);
        Ok(prompt)
    }
}
