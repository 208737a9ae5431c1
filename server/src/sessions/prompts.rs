//! What users ask agents: prompts, from being taken to being withdrawn or sent again.

use entity::{
    ids::{MessageId, SessionId},
    message::{self, Delivery, Role},
    session::{self, SessionStatus},
};
use serde::Serialize;

use super::{
    error::Error,
    live::News,
    offers::{Lacking, Wanted},
    part::Part,
    service::{Sessions, usable, withdrawn},
    store,
};
use crate::{
    agent::PartContent,
    caller::{Caller, Scope},
    events::Actor,
    idempotency::{self, Attempt, Claim},
};

pub const MAX_PARTS: usize = 20;
/// Bytes of text in a prompt.
pub const MAX_TEXT: usize = 256 * 1024;
const MAX_AGENT: usize = 100;
const MAX_MODEL: usize = 200;
const MAX_COMMAND: usize = 200;
/// What the agent is told after it was restarted in the middle of a turn.
const GO_ON: &str = "You were restarted in the middle of this. Look at what is done already, then go on.";

/// What `sendPrompt` and `runCommand` send.
#[derive(Clone, Debug, Serialize)]
pub struct NewPrompt {
    pub session: SessionId,
    pub parts: Vec<NewPart>,
    pub agent: Option<String>,
    pub model: Option<String>,
    /// Ends a turn that runs, instead of waiting for its end.
    pub interrupts: bool,
}

#[derive(Clone, Debug, Serialize)]
pub enum NewPart {
    Text(String),
    /// Alone among its like, and without texts: the command is the text.
    Command {
        name: String,
        arguments: String,
    },
}

/// On what else it depends whether a prompt is taken. One that was taken before is not asked again.
enum Condition {
    /// What it names must not be known to be lacking.
    Offered(Result<(), Lacking>),
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
        let offered = self.offered(&prompt).await?;
        self.take(caller, prompt, attempt, Condition::Offered(offered)).await
    }

    async fn offered(&self, prompt: &NewPrompt) -> Result<Result<(), Lacking>, Error> {
        let wanted = Wanted {
            agent: prompt.agent.as_deref(),
            model: prompt.model.as_deref(),
            command: prompt.parts.iter().find_map(NewPart::command),
        };
        let session = store::get(self.db.reader(), prompt.session).await?;
        let session = session.ok_or(Error::NoSession)?;
        Ok(self.offers().check(session.project_id, wanted).await)
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
        let project = usable(store::project(&*tx, session.project_id).await?)?;
        let now = self.clock.now();
        // From here on nobody else changes the session.
        let position = store::next_position(&*tx, session.id).await?;
        match condition {
            Condition::Offered(offered) => offered?,
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
        for (index, part) in prompt.parts.into_iter().enumerate() {
            // Only for their order: they get the agent's kind of id when they are first sent.
            let part = Part::own(format!("{index:02}"), part.into());
            store::put_part(&*tx, message.id, &part).await?;
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
        usable(store::project(&*tx, session.project_id).await?)?;
        let prompt = store::save_message(&mut tx, session.project_id, change(prompt)?).await?;
        idempotency::keep(&tx, caller, attempt.as_ref(), &id).await?;
        tx.commit().await?;
        self.live.tell(session.id, News::Message(id));
        self.wake_bridges();
        Ok(prompt)
    }
}

impl NewPart {
    fn command(&self) -> Option<&str> {
        match self {
            Self::Command { name, .. } => Some(name),
            Self::Text(_) => None,
        }
    }

    /// What of it counts as text.
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Command { arguments, .. } => arguments,
        }
    }
}

impl From<NewPart> for PartContent {
    fn from(part: NewPart) -> Self {
        match part {
            NewPart::Text(text) => Self::Text {
                text,
                is_synthetic: false,
                is_complete: true,
            },
            NewPart::Command { name, arguments } => Self::Command { name, arguments },
        }
    }
}

fn check(prompt: &NewPrompt) -> Result<(), Error> {
    let bytes: usize = prompt.parts.iter().map(|part| part.text().len()).sum();
    let is_empty = |part: &NewPart| part.command().is_none() && part.text().trim().is_empty();
    if !(1..=MAX_PARTS).contains(&prompt.parts.len()) || prompt.parts.iter().any(is_empty) || bytes > MAX_TEXT {
        return Err(Error::Parts);
    }
    if let Some(command) = prompt.parts.iter().find_map(NewPart::command) {
        let is_odd = |letter: char| letter.is_whitespace() || letter.is_control();
        if !(1..=MAX_COMMAND).contains(&command.chars().count()) || command.contains(is_odd) {
            return Err(Error::Command);
        }
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
