//! Handing one prompt to the agent, so that it has it once.
//!
//! A session is made under our own label and found by it. A prompt has its ids before it is first sent, and the agent takes
//! what comes again under the same ids for the same. Not so a command, which would run again: it is handed over once, and
//! where it stays open whether it was heard, its message shows it, now or later. None within a minute, and nobody knows.

use entity::{
    message::{self, Delivery},
    session,
};

use super::{Bridge, BridgeError};
use crate::{
    agent::{AgentError, CommandCall, PartContent, Prompt},
    crash_point,
    events::Actor,
    graphql::sentence,
    sessions::{live::News, offers::Wanted, part::Part, store},
};

/// A prompt with the ids it goes under.
struct Named {
    prompt: message::Model,
    message_id: String,
    parts: Vec<Part>,
    /// It was never tried before.
    is_new: bool,
}

impl Bridge {
    /// Sends a prompt, unless it was withdrawn meanwhile. Whether the agent has taken it.
    pub(super) async fn send(&self, prompt: message::Model) -> Result<bool, BridgeError> {
        let Some(session) = store::get(self.common.db.reader(), prompt.session_id).await? else {
            return Ok(false);
        };
        if prompt.external_id.is_none()
            && let Some(fault) = self.lacking(&prompt).await?
        {
            self.delivered(prompt, Delivery::Failed, Some(fault)).await?;
            return Ok(false);
        }
        let external = match session.external_id.clone() {
            Some(external) => external,
            // It is to be a copy, which is not made yet.
            None if session.fork.is_some() => return Ok(false),
            None => self.create_upstream(&session).await?,
        };
        let Some(named) = self.name(prompt).await? else {
            return Ok(false);
        };
        crash_point!("outbox.before_post");
        let sent = self.hand_over(&external, &named).await;
        crash_point!("outbox.posted");
        let (delivery, fault) = match sent {
            Ok(()) => (Delivery::Sent, None),
            Err(AgentError::Rejected(reason)) => (Delivery::Failed, Some(refused(reason))),
            // The agent has lost the session, and with it whatever it had of this prompt.
            Err(AgentError::NotFound) => {
                let reason = "The agent does not know this session any more.".to_owned();
                (Delivery::Unknown, Some(refused(reason)))
            }
            Err(error) => return Err(self.not_heard(&named, error).await?),
        };
        self.delivered(named.prompt, delivery, fault).await?;
        Ok(delivery == Delivery::Sent)
    }

    async fn hand_over(&self, external: &str, named: &Named) -> Result<(), AgentError> {
        let command = named.command();
        if command.is_some() && !named.is_new {
            return Ok(());
        }
        let mut parts = Vec::new();
        for part in &named.parts {
            parts.extend(self.common.enclosures.prompt_part(self.project, part).await?);
        }
        let (message_id, agent, model) = (
            named.message_id.clone(),
            named.prompt.agent.clone(),
            named.prompt.model.clone(),
        );
        match command {
            Some((name, arguments)) => {
                let call = CommandCall {
                    message_id,
                    name: name.to_owned(),
                    arguments: arguments.to_owned(),
                    files: parts,
                    agent,
                    model,
                };
                self.run_once(external, named, &call).await
            }
            None => {
                let prompt = Prompt {
                    message_id,
                    parts,
                    agent,
                    model,
                };
                let agents = &self.common.agents;
                agents.send_prompt(&self.endpoint, external, &prompt).await
            }
        }
    }

    /// The agent would take a prompt that it lacks something for, and tell of it by an error of the session.
    async fn lacking(&self, prompt: &message::Model) -> Result<Option<message::Fault>, BridgeError> {
        let parts = store::parts(self.common.db.reader(), &[prompt.id]).await?;
        let wanted = Wanted {
            agent: prompt.agent.as_deref(),
            model: prompt.model.as_deref(),
            command: parts
                .get(&prompt.id)
                .and_then(|parts| parts.iter().find_map(command_name)),
        };
        let lacking = self.common.offers.check(self.project, wanted).await.err();
        Ok(lacking.map(|lacking| refused(sentence(&lacking))))
    }

    /// The only try of a command. That it may have been heard is as good as that it was: its message tells, or nobody can.
    async fn run_once(&self, external: &str, named: &Named, call: &CommandCall) -> Result<(), AgentError> {
        let outcome = self.common.agents.run_command(&self.endpoint, external, call).await;
        match outcome {
            Err(error @ AgentError::Unavailable { may_be_done: true, .. }) => {
                tracing::info!(
                    message = %named.prompt.id, error = &error as &dyn std::error::Error,
                    "it is not known whether the agent has a command"
                );
                Ok(())
            }
            other => other,
        }
    }

    /// What failed is tried again. For a command that was not heard that is the first try once more.
    async fn not_heard(&self, named: &Named, error: AgentError) -> Result<BridgeError, BridgeError> {
        if named.command().is_some() {
            let tx = self.common.db.begin().await?;
            let row = store::message_locked(&tx, named.prompt.id).await?;
            if let Some(row) = row.filter(|row| row.delivery == Some(Delivery::Queued)) {
                let external_id = None;
                store::name_message(&tx, message::Model { external_id, ..row }).await?;
            }
            tx.commit().await?;
        }
        Ok(error.into())
    }

    /// Makes the session at the agent, or finds the one that an earlier try made.
    async fn create_upstream(&self, session: &session::Model) -> Result<String, BridgeError> {
        let agents = &self.common.agents;
        let label = session.id.to_string();
        let made = agents.sessions(&self.endpoint).await?;
        let made = made.into_iter().find(|known| known.label.as_deref() == Some(&label));
        let made = match made {
            Some(made) => made,
            None => {
                let title = session.is_titled.then_some(session.title.as_str());
                agents.create_session(&self.endpoint, title, &label).await?
            }
        };
        crash_point!("outbox.session_created");
        let mut tx = self.common.events.begin(Actor::Agent).await?;
        if let Some(row) = store::get_locked(&*tx, session.id).await? {
            store::save(
                &mut tx,
                session::Model {
                    external_id: Some(made.id.clone()),
                    ..row
                },
            )
            .await?;
        }
        tx.commit().await?;
        Ok(made.id)
    }

    /// Gives a prompt the ids it is sent under, now and at every further try. They are made at the first try because
    /// the agent goes by their order. `None` when the prompt was withdrawn.
    async fn name(&self, prompt: message::Model) -> Result<Option<Named>, BridgeError> {
        let agents = &self.common.agents;
        let tx = self.common.db.begin().await?;
        let current = store::message_locked(&tx, prompt.id).await?;
        let Some(mut prompt) = current.filter(|prompt| prompt.delivery == Some(Delivery::Queued)) else {
            return Ok(None);
        };
        let parts = store::parts(&tx, &[prompt.id]).await?.remove(&prompt.id);
        let mut parts = own(parts.unwrap_or_default());
        let (message_id, is_new) = match prompt.external_id.clone() {
            Some(message_id) => (message_id, false),
            None => {
                let now = self.common.clock.now();
                let message_id = agents.new_message_id(now);
                store::remove_parts(&tx, prompt.id).await?;
                for part in &mut parts {
                    part.id = agents.new_part_id(now);
                    store::put_part(&tx, prompt.id, part).await?;
                }
                prompt.external_id = Some(message_id.clone());
                prompt = store::name_message(&tx, prompt).await?;
                (message_id, true)
            }
        };
        tx.commit().await?;
        Ok(Some(Named {
            prompt,
            message_id,
            parts,
            is_new,
        }))
    }

    async fn delivered(
        &self,
        prompt: message::Model,
        delivery: Delivery,
        fault: Option<message::Fault>,
    ) -> Result<(), BridgeError> {
        let mut tx = self.common.events.begin(Actor::Agent).await?;
        // The answer may have begun before we were told that the prompt was taken.
        let Some(row) = store::message_locked(&*tx, prompt.id).await? else {
            return Ok(());
        };
        if row.delivery == Some(Delivery::Queued) {
            let row = message::Model {
                delivery: Some(delivery),
                fault,
                ..row
            };
            store::save_message(&mut tx, self.project, row).await?;
        }
        tx.commit().await?;
        self.common.live.tell(prompt.session_id, News::Message(prompt.id));
        Ok(())
    }
}

impl Named {
    /// Its name and its arguments.
    fn command(&self) -> Option<(&str, &str)> {
        self.parts.iter().find_map(|part| match &part.content {
            PartContent::Command { name, arguments } => Some((name.as_str(), arguments.as_str())),
            _ => None,
        })
    }
}

/// What a person gave, without what an agent made of it at an earlier try. Servers before this one did not mark it, and
/// knew texts only.
fn own(parts: Vec<Part>) -> Vec<Part> {
    if parts.iter().any(|part| part.is_own) {
        parts.into_iter().filter(|part| part.is_own).collect()
    } else {
        let marked = parts.into_iter().map(|part| Part { is_own: true, ..part });
        marked.collect()
    }
}

fn command_name(part: &Part) -> Option<&str> {
    match &part.content {
        PartContent::Command { name, .. } => Some(name),
        _ => None,
    }
}

fn refused(message: String) -> message::Fault {
    message::Fault {
        name: "Refused".to_owned(),
        message,
        is_retryable: false,
        status_code: None,
    }
}
