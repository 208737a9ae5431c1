//! OpenCode 1.18 as an agent, over its V1 HTTP API.
//!
//! What holds here: every call has a limit in time and in bytes; nothing OpenCode sends is a panic or a parse error to
//! the caller unless the answer as a whole makes no sense; nothing but the words of `fault` leaves in an error.
//! The preview of `/api/*` that 1.18 also serves is another engine and is never used.

mod backlog;
mod fault;
mod greeting;
mod ids;
mod life;
mod limits;
mod offers;
mod prompts;
mod rest;
mod sse;
mod wire;

use std::{pin::pin, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::interval;

pub use self::limits::Limits;
use self::{ids::Ids, rest::Rest};
use super::{
    AgentAsk, AgentError, AgentEvent, AgentMessageWithParts, AgentRuntime, AgentSession, AskReply, CommandCall,
    Endpoint, Health, OfferedAgent, OfferedCommand, OfferedModel, Prompt, SessionActivity, Todo,
};

/// The command that gives a person the version this adapter speaks.
const INSTALL: &str = "npm install -g opencode-ai@1.18";

/// How often it is looked whether a command has become a message.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// OpenCode lists 100 sessions unless told otherwise.
const MOST_SESSIONS: &str = "10000";

/// The client for [`OpenCode::new`].
///
/// It keeps no connection for later. OpenCode accepts connections before it serves them and never answers those, so a
/// connection is only as good as the request it was made for; over loopback a new one costs next to nothing. Redirects
/// and proxies are off, since each request carries the password; compression is off, since it goes over loopback.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(2))
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .no_gzip()
        .build()
}

/// All OpenCode servers there are: which one is meant comes with each call.
pub struct OpenCode {
    http: reqwest::Client,
    limits: Limits,
    ids: Ids,
}

impl OpenCode {
    /// `http` comes from [`http_client`].
    pub fn new(http: reqwest::Client) -> Self {
        Self::with_limits(http, Limits::default())
    }

    pub fn with_limits(http: reqwest::Client, limits: Limits) -> Self {
        Self {
            http,
            limits,
            ids: Ids::default(),
        }
    }

    fn rest<'a>(&'a self, at: &'a Endpoint) -> Rest<'a> {
        Rest {
            http: &self.http,
            at,
            limits: &self.limits,
        }
    }
}

#[async_trait]
impl AgentRuntime for OpenCode {
    async fn health(&self, at: &Endpoint) -> Result<Health, AgentError> {
        let answer = self.rest(at).health().await?;
        let version = semver::Version::parse(&answer)
            .ok()
            .filter(|version| version.major == 1);
        match version {
            Some(_) => Ok(Health { version: answer }),
            None => Err(AgentError::Unsupported(format!(
                "OpenCode {} answers, this server speaks 1.x: {INSTALL}",
                fault::clean(&answer)
            ))),
        }
    }

    async fn events(&self, at: &Endpoint) -> Result<BoxStream<'static, Result<AgentEvent, AgentError>>, AgentError> {
        sse::open(&self.rest(at)).await
    }

    async fn sessions(&self, at: &Endpoint) -> Result<Vec<AgentSession>, AgentError> {
        let rest = self.rest(at);
        let request = rest.request(Method::GET, &["session"], &[("limit", MOST_SESSIONS)])?;
        let listed: Vec<Value> = rest.json(request).await?;
        let sessions = listed.iter().filter_map(wire::session);
        Ok(sessions.filter(|session| session.directory == at.directory).collect())
    }

    async fn session(&self, at: &Endpoint, id: &str) -> Result<AgentSession, AgentError> {
        let rest = self.rest(at);
        let session: Value = rest.json(rest.session_request(Method::GET, id, &[], &[])?).await?;
        let session = wire::session(&session).ok_or_else(rest::broken_answer)?;
        // OpenCode tells of any session from any folder.
        if session.directory == at.directory {
            Ok(session)
        } else {
            Err(AgentError::NotFound)
        }
    }

    async fn create_session(
        &self,
        at: &Endpoint,
        title: Option<&str>,
        label: &str,
    ) -> Result<AgentSession, AgentError> {
        let rest = self.rest(at);
        let mut body = json!({ "metadata": { wire::LABEL: label } });
        if let Some(title) = title {
            body["title"] = title.into();
        }
        let session: Value = rest
            .json(rest.request(Method::POST, &["session"], &[])?.json(&body))
            .await?;
        let session = wire::session(&session).ok_or_else(rest::broken_answer)?;
        if session.directory != at.directory {
            // Its events would be taken for those of another folder, and be lost without a word. It is not found by the
            // next try either, which would leave another.
            self.delete_session(at, &session.id).await?;
            return Err(AgentError::Rejected(
                "the agent names its folder differently: resolve symbolic links".into(),
            ));
        }
        Ok(session)
    }

    async fn rename_session(&self, at: &Endpoint, id: &str, title: &str) -> Result<AgentSession, AgentError> {
        let rest = self.rest(at);
        let request = rest
            .session_request(Method::PATCH, id, &[], &[])?
            .json(&json!({ "title": title }));
        let session: Value = rest.json(request).await?;
        wire::session(&session).ok_or_else(rest::broken_answer)
    }

    async fn delete_session(&self, at: &Endpoint, id: &str) -> Result<(), AgentError> {
        let rest = self.rest(at);
        let deleted = async { rest.done(rest.session_request(Method::DELETE, id, &[], &[])?).await };
        match deleted.await {
            Err(AgentError::NotFound) => Ok(()),
            other => other,
        }
    }

    async fn activities(&self, at: &Endpoint) -> Result<Vec<(String, SessionActivity)>, AgentError> {
        let rest = self.rest(at);
        let listed: serde_json::Map<String, Value> = rest
            .json(rest.request(Method::GET, &["session", "status"], &[])?)
            .await?;
        let activities = listed.into_iter().map(|(session, status)| {
            // A status nobody knows is still not idle.
            (session, wire::activity(&status).unwrap_or(SessionActivity::Busy))
        });
        Ok(activities
            .filter(|(_, activity)| *activity != SessionActivity::Idle)
            .collect())
    }

    async fn messages(
        &self,
        at: &Endpoint,
        session: &str,
        limit: usize,
    ) -> Result<Vec<AgentMessageWithParts>, AgentError> {
        if limit == 0 {
            return Ok(Vec::new()); // OpenCode takes 0 for "all".
        }
        let rest = self.rest(at);
        let mut limit = limit;
        loop {
            let query = [("limit", &*limit.to_string())];
            let request = rest.session_request(Method::GET, session, &["message"], &query)?;
            match rest.json::<Vec<Value>>(request).await {
                Ok(listed) => return Ok(listed.iter().filter_map(wire::message_with_parts).collect()),
                // Files are in them, whole.
                Err(AgentError::TooLarge(_)) if limit > 1 => limit /= 2,
                Err(error) => return Err(error),
            }
        }
    }

    async fn message(
        &self,
        at: &Endpoint,
        session: &str,
        message: &str,
    ) -> Result<Option<AgentMessageWithParts>, AgentError> {
        if !ids::is_message(message) {
            return Ok(None);
        }
        let rest = self.rest(at);
        let request = rest.session_request(Method::GET, session, &["message", message], &[])?;
        match rest.json::<Value>(request).await {
            Ok(answer) => wire::message_with_parts(&answer)
                .map(Some)
                .ok_or_else(rest::broken_answer),
            Err(AgentError::NotFound) => Ok(None),
            Err(other) => Err(other),
        }
    }

    async fn todos(&self, at: &Endpoint, session: &str) -> Result<Vec<Todo>, AgentError> {
        let rest = self.rest(at);
        let listed: Value = rest
            .json(rest.session_request(Method::GET, session, &["todo"], &[])?)
            .await?;
        wire::todos(&listed).ok_or_else(rest::broken_answer)
    }

    fn new_message_id(&self, now: DateTime<Utc>) -> String {
        self.ids.message(now)
    }

    fn new_part_id(&self, now: DateTime<Utc>) -> String {
        self.ids.part(now)
    }

    async fn send_prompt(&self, at: &Endpoint, session: &str, prompt: &Prompt) -> Result<(), AgentError> {
        let body = prompts::prompt_body(prompt, at)?;
        // Posting it again is harmless while it is the newest prompt; after a later one, OpenCode would answer it anew.
        if let Some(known) = self.message(at, session, &prompt.message_id).await?
            && prompts::has_all(&known, prompt)
        {
            return Ok(());
        }
        let rest = self.rest(at);
        let request = rest.session_request(Method::POST, session, &["prompt_async"], &[])?;
        let limit = self.limits.for_parts(&prompt.parts);
        rest.done(request.json(&body).timeout(limit)).await
    }

    async fn run_command(&self, at: &Endpoint, session: &str, call: &CommandCall) -> Result<(), AgentError> {
        let body = prompts::command_body(call, at)?;
        let rest = self.rest(at);
        let request = rest.session_request(Method::POST, session, &["command"], &[])?;
        // OpenCode answers when the turn is over, and goes on without whoever asked. It has taken the command as soon as
        // there is its message: until then it fills the arguments in, which may mean to run programs.
        let limit = self.limits.for_parts(&call.files);
        let mut answer = pin!(rest.done(request.json(&body).timeout(limit)));
        let mut look = interval(LOOK_EVERY);
        loop {
            let outcome = tokio::select! {
                outcome = &mut answer => Some(outcome),
                _ = look.tick() => None,
            };
            match outcome {
                Some(done @ (Ok(()) | Err(AgentError::NotFound | AgentError::Rejected(_)))) => return done,
                Some(Err(error @ AgentError::Unavailable { may_be_done: false, .. })) => return Err(error),
                Some(Err(error)) => {
                    let is_taken = matches!(self.message(at, session, &call.message_id).await, Ok(Some(_)));
                    return if is_taken { Ok(()) } else { Err(error) };
                }
                None if matches!(self.message(at, session, &call.message_id).await, Ok(Some(_))) => return Ok(()),
                None => {}
            }
        }
    }

    async fn agents(&self, at: &Endpoint) -> Result<Vec<OfferedAgent>, AgentError> {
        self.rest(at).agents().await
    }

    async fn models(&self, at: &Endpoint) -> Result<Vec<OfferedModel>, AgentError> {
        self.rest(at).models().await
    }

    async fn commands(&self, at: &Endpoint) -> Result<Vec<OfferedCommand>, AgentError> {
        self.rest(at).commands().await
    }

    async fn asks(&self, at: &Endpoint) -> Result<Vec<AgentAsk>, AgentError> {
        let rest = self.rest(at);
        let permissions: Vec<Value> = rest.json(rest.request(Method::GET, &["permission"], &[])?).await?;
        let questions: Vec<Value> = rest.json(rest.request(Method::GET, &["question"], &[])?).await?;
        let permissions = permissions.iter().filter_map(wire::permission);
        Ok(permissions.chain(questions.iter().filter_map(wire::question)).collect())
    }

    async fn reply(&self, at: &Endpoint, ask: &str, reply: &AskReply) -> Result<(), AgentError> {
        let is_known = match reply {
            AskReply::Once | AskReply::Always | AskReply::Reject(_) => ids::is_permission(ask),
            AskReply::Answers(_) | AskReply::Dismiss => ids::is_question(ask),
        };
        if !is_known {
            return Err(AgentError::NotFound);
        }
        let rest = self.rest(at);
        let post = |path: &[&str], body: Value| Ok(rest.request(Method::POST, path, &[])?.json(&body));
        let permission = ["permission", ask, "reply"];
        let request = match reply {
            AskReply::Once => post(&permission, json!({ "reply": "once" })),
            AskReply::Always => post(&permission, json!({ "reply": "always" })),
            AskReply::Reject(None) => post(&permission, json!({ "reply": "reject" })),
            AskReply::Reject(Some(words)) => post(&permission, json!({ "reply": "reject", "message": words })),
            AskReply::Answers(answers) => post(&["question", ask, "reply"], json!({ "answers": answers })),
            AskReply::Dismiss => post(&["question", ask, "reject"], json!({})),
        };
        rest.done(request?).await
    }

    async fn abort(&self, at: &Endpoint, session: &str) -> Result<(), AgentError> {
        let rest = self.rest(at);
        rest.done(rest.session_request(Method::POST, session, &["abort"], &[])?)
            .await
    }

    async fn fork_session(
        &self,
        at: &Endpoint,
        session: &str,
        before: Option<&str>,
        label: &str,
    ) -> Result<AgentSession, AgentError> {
        life::fork(self, at, session, before, label).await
    }

    async fn revert(&self, at: &Endpoint, session: &str, message: &str) -> Result<AgentSession, AgentError> {
        life::revert(&self.rest(at), session, message).await
    }

    async fn unrevert(&self, at: &Endpoint, session: &str) -> Result<AgentSession, AgentError> {
        life::unrevert(&self.rest(at), session).await
    }

    async fn summarize(&self, at: &Endpoint, session: &str, model: &str) -> Result<(), AgentError> {
        life::summarize(self, at, session, model).await
    }

    async fn archive(
        &self,
        at: &Endpoint,
        session: &str,
        since: Option<DateTime<Utc>>,
    ) -> Result<AgentSession, AgentError> {
        life::archive(&self.rest(at), session, since).await
    }
}
