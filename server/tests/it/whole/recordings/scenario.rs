//! One scenario under way: a session that is watched from before its first prompt, and OpenCode itself beside it.

use std::time::Duration;

use client::{
    Transcript,
    types::{Decision, DecisionAnswerInput, Message, SessionStatus},
};
use fakes::proxy::AgentProxy;
use serde_json::Value;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_util::task::AbortOnDropHandle;

use super::{
    super::stage::{Stage, patiently},
    side_by_side::{ours, outline, text, theirs},
};
use crate::support::{database::Kind, opencode};

/// OpenCode asks a provider that failed again after 2, 4 and 10 seconds.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub struct Recorder {
    pub stage: Stage,
    pub proxy: AgentProxy,
}

pub struct Scenario<'a> {
    pub of: &'a Recorder,
    pub name: &'static str,
    pub session: String,
    shown: watch::Receiver<Vec<Value>>,
    _watching: AbortOnDropHandle<()>,
}

impl Recorder {
    pub async fn new(kind: Kind) -> Self {
        let proxy = AgentProxy::start(&opencode::program()).unwrap();
        let stage = Stage::behind(&proxy, kind).await;
        Self { stage, proxy }
    }

    pub async fn begin(&self, name: &'static str) -> Scenario<'_> {
        let client = &self.stage.client;
        let session = client.create_session(&self.stage.project.id, Some(name)).await.unwrap();
        let (show, shown) = watch::channel(Vec::new());
        let mut stream = client.session_stream(&session.id);
        let watching = tokio::spawn(async move {
            let told = |transcript: &Transcript| {
                show.send_replace(ours(transcript.messages()));
                false
            };
            let _ = stream.until(told).await;
        });
        Scenario {
            of: self,
            name,
            session: session.id,
            shown,
            _watching: AbortOnDropHandle::new(watching),
        }
    }

    /// OpenCode's own session of this title.
    pub async fn external(&self, title: &str) -> Option<String> {
        let sessions = self.proxy.ask("/session?limit=1000").await.unwrap();
        let mut sessions = sessions.as_array().unwrap().iter();
        let found = sessions.find(|session| session["title"] == title)?;
        Some(text(&found["id"]).to_owned())
    }

    pub async fn own_list(&self, external: &str) -> Value {
        self.proxy.ask(&format!("/session/{external}/message")).await.unwrap()
    }
}

impl Scenario<'_> {
    pub async fn say(&self, text: &str) -> Message {
        self.of.stage.client.send_prompt(&self.session, text).await.unwrap()
    }

    pub async fn asked(&self, prompt: &str) -> Decision {
        self.say(prompt).await;
        self.of.stage.asked().await
    }

    pub async fn decide(&self, asked: &Decision, answer: DecisionAnswerInput) {
        self.of.stage.client.decide(&asked.id, answer).await.unwrap();
    }

    /// Until so much of an answer is shown to whoever watches.
    pub async fn shows(&mut self, what: &str) {
        let is_shown = |messages: &Vec<Value>| {
            let parts = messages.iter().flat_map(|message| message["parts"].as_array().unwrap());
            parts.into_iter().any(|part| text(&part["text"]).contains(what))
        };
        let shown = timeout(PATIENCE, self.shown.wait_for(is_shown)).await;
        assert!(
            shown.is_ok_and(|shown| shown.is_ok()),
            "{}: {what:?} is not shown",
            self.name
        );
    }

    pub async fn abort(&self) {
        self.of.stage.client.abort_session(&self.session).await.unwrap();
    }

    pub async fn status(&self, session: &str) -> SessionStatus {
        self.of.stage.client.session(session).await.unwrap().unwrap().status
    }

    /// Waits until both sides rest, and compares them.
    pub async fn ends(&mut self, expected: &[&str]) -> Vec<Message> {
        // It is made with the first prompt.
        let external = patiently("the session", async || self.of.external(self.name).await).await;
        let messages = self.is_the_same(&self.session, &external, expected).await;
        let told = ours(&messages);
        let shown = timeout(PATIENCE, self.shown.wait_for(|shown| *shown == told)).await;
        let is_shown = shown.is_ok_and(|shown| shown.is_ok());
        assert!(
            is_shown,
            "{}: shown is\n{}\nand not\n{}",
            self.name,
            pretty(&self.shown.borrow()),
            pretty(&told)
        );
        messages
    }

    pub async fn is_the_same(&self, session: &str, external: &str, expected: &[&str]) -> Vec<Message> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let own = theirs(&self.of.own_list(external).await);
            let running = self.of.proxy.ask("/session/status").await.unwrap();
            let is_over = running[external].is_null() && self.status(session).await == SessionStatus::Idle;
            let messages = self.of.stage.client.messages(session).await.unwrap().unwrap();
            let told = ours(&messages);
            if is_over && told == own && outline(&own) == expected {
                return messages;
            }
            assert!(
                Instant::now() < deadline,
                "{}: over is {is_over}; the graph has\n{}\nOpenCode has\n{}\nexpected was {expected:#?}\n{}",
                self.name,
                pretty(&told),
                pretty(&own),
                self.of.stage.server.log(),
            );
            sleep(LOOK_EVERY).await;
        }
    }
}

fn pretty(messages: &[Value]) -> String {
    serde_json::to_string_pretty(messages).unwrap()
}
