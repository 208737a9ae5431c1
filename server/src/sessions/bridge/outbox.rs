//! Carrying what users asked for to the agent: prompts, titles, deletions.
//!
//! A prompt goes to a session only when nothing runs there and every earlier prompt has its answer. OpenCode would take it
//! at once, but of prompts that come together, or just as a turn ends, it answers only the newest; one that waits here can
//! also still be cancelled.
//!
//! Everything it does can be done again. A session is made under our own label and found by it; a prompt has its ids
//! before it is first sent; what was deleted may be deleted again.

use std::{collections::HashSet, time::Duration};

use entity::{
    ids::SessionId,
    message::{self, Delivery},
    session::{self, SessionStatus},
};
use tokio::{sync::watch, time::sleep};

use super::{Bridge, BridgeError, backoff};
use crate::{
    agent::{AgentError, PartContent, Prompt, PromptContent, PromptPart},
    crash_point,
    events::Actor,
    graphql::sentence,
    sessions::{live::News, offers::Wanted, part::Part, store},
};

/// Looks again even when nobody called.
const PERIOD: Duration = Duration::from_secs(30);

impl Bridge {
    /// As long as the stream is open. Ends only with a fault of the database.
    pub(super) async fn carry(self, mut outbox: watch::Receiver<u64>) -> Result<(), BridgeError> {
        let mut failures = 0;
        // What was asked of the agent since its sessions were last listed.
        let mut titles = HashSet::new();
        loop {
            outbox.borrow_and_update();
            let pause = match self.carry_all(&mut titles).await {
                Ok(()) => {
                    failures = 0;
                    PERIOD
                }
                Err(BridgeError::Agent(error)) => {
                    failures += 1;
                    tracing::info!(
                        project = %self.project, failures, error = &error as &dyn std::error::Error,
                        "the agent does not take what was asked; it is asked again"
                    );
                    backoff(failures)
                }
                Err(error) => return Err(error),
            };
            tokio::select! {
                called = outbox.changed() => if called.is_err() { return Ok(()) },
                () = self.rested.notified() => {}
                () = sleep(pause) => {}
            }
        }
    }

    async fn carry_all(&self, titles: &mut HashSet<(String, String)>) -> Result<(), BridgeError> {
        // Before the sessions: a prompt that is not on its way any more has made its session busy, or was answered.
        let sent = store::prompts(self.common.db.reader(), self.project, Delivery::Sent).await?;
        let rows = store::all_of(self.common.db.reader(), self.project).await?;
        for row in &rows {
            match &row.external_id {
                Some(external) if row.deleted_at.is_some() => self.delete(row, external).await?,
                Some(external) if row.is_titled => {
                    let title = (external.clone(), row.title.clone());
                    if !titles.contains(&title) {
                        self.rename(external, &row.title).await?;
                        titles.insert(title);
                    }
                }
                _ => {}
            }
        }
        let runs = |row: &&session::Model| matches!(row.status, SessionStatus::Busy | SessionStatus::Retrying);
        let in_turn: HashSet<_> = rows.iter().filter(runs).map(|row| row.id).collect();
        let beginning = sent.iter().map(|prompt| prompt.session_id).collect();
        self.carry_prompts(&rows, &in_turn, beginning).await
    }

    /// `in_turn` are the sessions where a turn runs, `beginning` those where a prompt has no answer yet: a turn is not ended
    /// before that. OpenCode may still be loading then, and would never answer anything again.
    async fn carry_prompts(
        &self,
        rows: &[session::Model],
        in_turn: &HashSet<SessionId>,
        beginning: HashSet<SessionId>,
    ) -> Result<(), BridgeError> {
        let db = self.common.db.reader();
        // OpenCode says that an aborted turn is at rest before it is; a prompt that comes then is never answered.
        let ending = store::unfinished_before_queued(db, self.project).await?;
        let ending: HashSet<_> = ending.iter().map(|answer| answer.session_id).collect();
        let mut queued = store::prompts(db, self.project, Delivery::Queued).await?;
        // What is to interrupt does not wait behind what was to wait.
        queued.sort_by_key(|prompt| (prompt.session_id, !prompt.interrupts, prompt.position));
        // One that fails for now holds up those behind it, not those of other sessions.
        let mut held_up = beginning;
        let mut trouble = None;
        for prompt in queued {
            let session = prompt.session_id;
            if held_up.contains(&session) {
                continue;
            }
            let outcome = if in_turn.contains(&session) {
                held_up.insert(session);
                if !prompt.interrupts {
                    continue;
                }
                self.end_turn(rows, session).await
            } else if ending.contains(&session) {
                continue;
            } else {
                self.send(prompt).await.map(|is_taken| {
                    // Another of this session goes when this one has its answer.
                    if is_taken {
                        held_up.insert(session);
                    }
                })
            };
            match outcome {
                Ok(()) => {}
                Err(BridgeError::Agent(error)) => {
                    held_up.insert(session);
                    trouble = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        trouble.map_or(Ok(()), |error| Err(error.into()))
    }

    /// Ends the turn that a prompt does not wait for. The prompt goes once the session is told to be at rest.
    async fn end_turn(&self, rows: &[session::Model], session: SessionId) -> Result<(), BridgeError> {
        let external = rows
            .iter()
            .find(|row| row.id == session)
            .and_then(|row| row.external_id.as_ref());
        let Some(external) = external else { return Ok(()) };
        match self.common.agents.abort(&self.endpoint, external).await {
            Ok(()) | Err(AgentError::NotFound) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn delete(&self, row: &session::Model, external: &str) -> Result<(), BridgeError> {
        match self.common.agents.delete_session(&self.endpoint, external).await {
            Ok(()) | Err(AgentError::NotFound | AgentError::Rejected(_)) => {}
            Err(error) => return Err(error.into()),
        }
        crash_point!("outbox.session_deleted");
        let tx = self.common.db.begin().await?;
        store::remove(&tx, row.id).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn rename(&self, external: &str, title: &str) -> Result<(), BridgeError> {
        match self.common.agents.rename_session(&self.endpoint, external, title).await {
            Ok(_) | Err(AgentError::NotFound | AgentError::Rejected(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a prompt, unless it was withdrawn meanwhile. Whether the agent has taken it.
    async fn send(&self, prompt: message::Model) -> Result<bool, BridgeError> {
        let Some(session) = store::get(self.common.db.reader(), prompt.session_id).await? else {
            return Ok(false);
        };
        // The agent would take one that it lacks something for, and tell of it by an error of the session.
        if prompt.external_id.is_none()
            && let Err(lacking) = self.common.offers.check(self.project, Wanted::by(&prompt)).await
        {
            let fault = refused(sentence(&lacking));
            self.delivered(prompt, Delivery::Failed, Some(fault)).await?;
            return Ok(false);
        }
        let external = match session.external_id.clone() {
            Some(external) => external,
            None => self.create_upstream(&session).await?,
        };
        let Some((prompt, parts)) = self.name(prompt).await? else {
            return Ok(false);
        };
        let Some(message_id) = prompt.external_id.clone() else {
            return Ok(false);
        };
        let sending = Prompt {
            message_id,
            parts,
            agent: prompt.agent.clone(),
            model: prompt.model.clone(),
        };
        crash_point!("outbox.before_post");
        let sent = self
            .common
            .agents
            .send_prompt(&self.endpoint, &external, &sending)
            .await;
        crash_point!("outbox.posted");
        let (delivery, fault) = match sent {
            Ok(()) => (Delivery::Sent, None),
            Err(AgentError::Rejected(reason)) => (Delivery::Failed, Some(refused(reason))),
            // The agent has lost the session, and with it whatever it had of this prompt.
            Err(AgentError::NotFound) => {
                let reason = "The agent does not know this session any more.".to_owned();
                (Delivery::Unknown, Some(refused(reason)))
            }
            Err(error) => return Err(error.into()),
        };
        self.delivered(prompt, delivery, fault).await?;
        Ok(delivery == Delivery::Sent)
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
        if let Some(row) = store::get(&*tx, session.id).await? {
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
    async fn name(&self, prompt: message::Model) -> Result<Option<(message::Model, Vec<PromptPart>)>, BridgeError> {
        let agents = &self.common.agents;
        let tx = self.common.db.begin().await?;
        let current = store::message(&tx, prompt.id).await?;
        let Some(mut prompt) = current.filter(|prompt| prompt.delivery == Some(Delivery::Queued)) else {
            return Ok(None);
        };
        let mut parts = store::parts(&tx, &[prompt.id])
            .await?
            .remove(&prompt.id)
            .unwrap_or_default();
        if prompt.external_id.is_none() {
            let now = self.common.clock.now();
            prompt.external_id = Some(agents.new_message_id(now));
            store::remove_parts(&tx, prompt.id).await?;
            for part in &mut parts {
                part.id = agents.new_part_id(now);
                store::put_part(&tx, prompt.id, part).await?;
            }
            prompt = store::name_message(&tx, prompt).await?;
        }
        tx.commit().await?;
        Ok(Some((prompt, parts.into_iter().filter_map(prompt_part).collect())))
    }

    async fn delivered(
        &self,
        prompt: message::Model,
        delivery: Delivery,
        fault: Option<message::Fault>,
    ) -> Result<(), BridgeError> {
        let mut tx = self.common.events.begin(Actor::Agent).await?;
        // The answer may have begun before we were told that the prompt was taken.
        let Some(row) = store::message(&*tx, prompt.id).await? else {
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

fn prompt_part(part: Part) -> Option<PromptPart> {
    match part.content {
        PartContent::Text { text, .. } => Some(PromptPart {
            id: part.id,
            content: PromptContent::Text(text),
        }),
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
