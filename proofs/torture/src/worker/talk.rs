//! Prompts, watching their answers, and comparing all of it with what the agent itself has.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use client::{
    SessionStream,
    types::{DeliveryState, Message, MessageRole, Part, PromptPartInput, SendPromptInput, SessionStatus},
};
use rand::RngExt;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{GaveUp, Worker};
use crate::{
    agent::{self, Own},
    chance::{is, millis},
    history::{Fact, Kind},
};

/// How long a prompt may take to reach an agent that runs, and its answer to be stored, once nothing is killed any more.
const SETTLED_WITHIN: Duration = Duration::from_secs(150);
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// One session with what was said in it.
pub struct Talk {
    session: String,
    prompts: Vec<Prompt>,
    streamed: Streamed,
    watching: JoinHandle<()>,
}

struct Prompt {
    message: String,
    /// Is in the prompt, and in its answer.
    token: String,
    text: String,
}

/// Every state of every text that a stream put together.
type Streamed = Arc<Mutex<BTreeMap<String, Vec<String>>>>;

impl Drop for Talk {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

impl Worker {
    /// Says one to three things, and waits for an answer or goes on at once.
    pub(super) async fn talk(&mut self) -> Result<(), GaveUp> {
        let needs_another = self.talks.is_empty() || is(&mut self.rng, 0.3);
        if needs_another {
            let begun = self.client.create_session(&self.project, None).await;
            let session = begun.map_err(|error| self.refused("a session", &error))?.id;
            let streamed = Streamed::default();
            let watching = tokio::spawn(watch(self.client.session_stream(&session), Arc::clone(&streamed)));
            self.talks.push(Talk {
                session,
                prompts: Vec::new(),
                streamed,
                watching,
            });
        }
        for _ in 0..self.rng.random_range(1..=3) {
            self.say().await?;
            if is(&mut self.rng, 0.5) {
                sleep(millis(&mut self.rng, 0..1_200)).await;
            }
        }
        Ok(())
    }

    async fn say(&mut self) -> Result<(), GaveUp> {
        let mutation = self.next_mutation();
        let token = format!("<{mutation}>");
        let text = match self.kind {
            Kind::Light => token.clone(),
            // The scripted model says what it is told to.
            Kind::OpenCode => format!(
                "[[delay 15]] [[text: {token} {}]]",
                "one 𝄞 two naïve ".repeat(12).trim_end()
            ),
        };
        let Some(index) = self.talks.len().checked_sub(1) else {
            return Ok(());
        };
        let input = SendPromptInput {
            session: self.talks[index].session.clone(),
            parts: vec![PromptPartInput::Text(text.clone())],
            agent: None,
            model: None,
            when_busy: None,
            client_mutation_id: Some(mutation),
        };
        let sent = self.client.send_prompt_input(input.clone()).await;
        let message = sent.map_err(|error| self.refused("a prompt", &error))?.id;
        self.world.history.note(Fact::Said {
            message: message.clone(),
        });
        if is(&mut self.rng, 0.3) {
            sleep(millis(&mut self.rng, 0..1_000)).await;
            let again = self.client.send_prompt_input(input).await;
            let again = again.map_err(|error| self.refused("a prompt, sent again,", &error))?.id;
            let first = message.clone();
            self.world.history.note(Fact::Repeated {
                what: "prompt",
                first,
                again,
            });
        }
        self.talks[index].prompts.push(Prompt { message, token, text });
        Ok(())
    }

    /// With the agent running and nothing more to be said.
    pub(super) async fn compare_talks(&mut self) -> Result<(), GaveUp> {
        for talk in std::mem::take(&mut self.talks) {
            let begun = Instant::now();
            let mut calm = 0;
            loop {
                let stored = self.stored(&talk).await?;
                let own = self.own(&talk).await;
                let is_busy = self.is_busy(&talk).await?;
                let is_over = self.world.had(SETTLED_WITHIN) && begun.elapsed() >= SETTLED_WITHIN;
                if let Ok(own) = &own {
                    // Twice in a row: a turn may just have begun.
                    calm = if !is_busy && talk.is_settled(&stored, own) {
                        calm + 1
                    } else {
                        0
                    };
                    if calm == 2 || is_over {
                        self.note_talk(&talk, &stored, own);
                        break;
                    }
                }
                if is_over {
                    return Err(self.stuck(format!("the agent of {} does not tell its history: {own:?}", self.slug)));
                }
                sleep(LOOK_EVERY).await;
            }
        }
        Ok(())
    }

    async fn stored(&self, talk: &Talk) -> Result<Vec<Message>, GaveUp> {
        let stored = self.client.messages(&talk.session).await;
        let stored = stored.map_err(|error| self.refused("reading messages", &error))?;
        Ok(stored.unwrap_or_default())
    }

    async fn is_busy(&self, talk: &Talk) -> Result<bool, GaveUp> {
        let session = self.client.session(&talk.session).await;
        let session = session.map_err(|error| self.refused("reading a session", &error))?;
        Ok(session.is_some_and(|session| matches!(session.status, SessionStatus::Busy | SessionStatus::Retrying)))
    }

    async fn own(&self, talk: &Talk) -> anyhow::Result<Vec<Own>> {
        agent::history(&self.instance()?, agent::uuid_of(&talk.session)?).await
    }

    fn note_talk(&self, talk: &Talk, stored: &[Message], own: &[Own]) {
        for prompt in &talk.prompts {
            let delivery = stored.iter().find(|message| message.id == prompt.message);
            let in_history: Vec<_> = own.iter().filter(|own| own.text == prompt.text).collect();
            let is_answer = |own: &&Own| in_history.iter().any(|asked| own.parent.as_deref() == Some(&asked.id));
            self.world.history.note(Fact::Prompted {
                kind: self.kind,
                text: format!("{} in {}", prompt.token, self.slug),
                delivery: delivery.and_then(|message| message.delivery.clone()),
                found: in_history.len(),
                answers: own.iter().filter(is_answer).count(),
            });
            let answer = own.iter().find(|own| own.is_answer_with(&prompt.token));
            let Some(answer) = answer else { continue };
            let stored = stored.iter().find(|message| is_answer_with(message, &prompt.token));
            let streamed = talk.streamed.lock().unwrap_or_else(PoisonError::into_inner);
            let streamed = stored.and_then(|stored| streamed.get(&stored.id)).cloned();
            self.world.history.note(Fact::Answered {
                kind: self.kind,
                own: answer.text.clone(),
                stored: stored.map(text_of),
                streamed: streamed.unwrap_or_default(),
            });
        }
    }
}

impl Own {
    fn is_answer_with(&self, token: &str) -> bool {
        self.parent.is_some() && self.is_complete && self.text.contains(token)
    }
}

impl Talk {
    /// Every prompt has reached the agent or is reported, and every whole answer is stored and streamed.
    fn is_settled(&self, stored: &[Message], own: &[Own]) -> bool {
        self.prompts.iter().all(|prompt| {
            let message = stored.iter().find(|message| message.id == prompt.message);
            let is_sent = match message.and_then(|message| message.delivery.clone()) {
                Some(DeliveryState::Failed | DeliveryState::Unknown) => true,
                Some(DeliveryState::Sent | DeliveryState::Consumed) => own.iter().any(|own| own.text == prompt.text),
                _ => false,
            };
            let Some(answer) = own.iter().find(|own| own.is_answer_with(&prompt.token)) else {
                return is_sent;
            };
            let stored = stored.iter().find(|message| is_answer_with(message, &prompt.token));
            is_sent && stored.is_some_and(|stored| self.has_streamed(&stored.id, &answer.text, stored))
        })
    }

    fn has_streamed(&self, id: &str, own: &str, stored: &Message) -> bool {
        let streamed = self.streamed.lock().unwrap_or_else(PoisonError::into_inner);
        let last = streamed.get(id).and_then(|states| states.last());
        text_of(stored).trim_end() == own.trim_end() && last.is_some_and(|last| last.trim_end() == own.trim_end())
    }
}

fn is_answer_with(message: &Message, token: &str) -> bool {
    message.role == MessageRole::Assistant && text_of(message).contains(token)
}

fn text_of(message: &Message) -> String {
    let texts = message.parts.iter().filter_map(|part| match part {
        Part::TextPart(part) => Some(part.text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// Writes down each state of each answer, for as long as the session is there.
async fn watch(mut stream: SessionStream, streamed: Streamed) {
    while let Some(Ok(_)) = stream.next().await {
        let Some(transcript) = stream.transcript() else {
            continue;
        };
        let mut streamed = streamed.lock().unwrap_or_else(PoisonError::into_inner);
        for message in transcript.messages() {
            if message.role != MessageRole::Assistant {
                continue;
            }
            let (text, states) = (text_of(message), streamed.entry(message.id.clone()).or_default());
            if states.last() != Some(&text) {
                states.push(text);
            }
        }
    }
}
