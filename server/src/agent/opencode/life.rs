//! What becomes of a session: copied, taken back, summed up, put away.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::{
    OpenCode, ids,
    rest::{self, Rest},
    wire,
};
use crate::agent::{AgentError, AgentMessageWithParts, AgentRuntime, AgentSession, Endpoint};

/// The messages at the end of a session among which a summary is looked for.
const NEWEST: usize = 20;
const ALL: usize = 1_000_000;
/// OpenCode answers a request for a summary when it is written; that it has begun shows in the messages.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// OpenCode copies the original's metadata and takes none for the copy. So the original bears the label of the copy
/// while it is made: whatever happens then, the copy can be found, and has its own label in the end.
pub(super) async fn fork(
    agent: &OpenCode,
    at: &Endpoint,
    session: &str,
    before: Option<&str>,
    label: &str,
) -> Result<AgentSession, AgentError> {
    let rest = agent.rest(at);
    // OpenCode copies everything when it does not know the message.
    if let Some(before) = before
        && agent.message(at, session, before).await?.is_none()
    {
        return Err(AgentError::NotFound);
    }
    let own = metadata(&rest, session).await?;
    if let Some(made) = found(agent, at, session, label).await? {
        if is_whole(agent, at, session, before, &made).await? {
            return finish(&rest, session, own, made, label).await;
        }
        // OpenCode ended while it copied.
        agent.delete_session(at, &made).await?;
    }
    let mut marked = own.clone();
    marked.insert(wire::FORK_LABEL.to_owned(), label.into());
    describe(&rest, session, &marked).await?;
    let body = before.map_or_else(|| json!({}), |before| json!({ "messageID": before }));
    let request = rest.session_request(Method::POST, session, &["fork"], &[])?;
    let made: Value = rest.json(request.timeout(agent.limits.fork).json(&body)).await?;
    let made = wire::session(&made).ok_or_else(rest::broken_answer)?;
    finish(&rest, session, own, made.id, label).await
}

/// Gives the copy its label for good, and takes it from the original.
async fn finish(
    rest: &Rest<'_>,
    session: &str,
    mut own: Map<String, Value>,
    made: String,
    label: &str,
) -> Result<AgentSession, AgentError> {
    own.remove(wire::FORK_LABEL);
    let mut of_copy = own.clone();
    of_copy.insert(wire::LABEL.to_owned(), label.into());
    let made = describe(rest, &made, &of_copy).await?;
    describe(rest, session, &own).await?;
    Ok(made)
}

async fn found(agent: &OpenCode, at: &Endpoint, original: &str, label: &str) -> Result<Option<String>, AgentError> {
    let sessions = agent.sessions(at).await?;
    let is_it = |known: &AgentSession| {
        let labels = [known.label.as_deref(), known.fork_label.as_deref()];
        known.id != original && labels.contains(&Some(label))
    };
    Ok(sessions.into_iter().find(is_it).map(|session| session.id))
}

/// Whether as many messages are in the copy as there are to copy.
async fn is_whole(
    agent: &OpenCode,
    at: &Endpoint,
    session: &str,
    before: Option<&str>,
    copy: &str,
) -> Result<bool, AgentError> {
    let original = agent.messages(at, session, ALL).await?;
    let wanted = original
        .iter()
        .take_while(|known| Some(known.message.id.as_str()) != before);
    let copied = agent.messages(at, copy, ALL).await?;
    Ok(copied.len() >= wanted.count())
}

async fn metadata(rest: &Rest<'_>, session: &str) -> Result<Map<String, Value>, AgentError> {
    let known: Value = rest.json(rest.session_request(Method::GET, session, &[], &[])?).await?;
    Ok(known
        .get("metadata")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default())
}

async fn describe(rest: &Rest<'_>, session: &str, metadata: &Map<String, Value>) -> Result<AgentSession, AgentError> {
    change(rest, session, &json!({ "metadata": metadata })).await
}

async fn change(rest: &Rest<'_>, session: &str, body: &Value) -> Result<AgentSession, AgentError> {
    let request = rest.session_request(Method::PATCH, session, &[], &[])?.json(body);
    let changed: Value = rest.json(request).await?;
    wire::session(&changed).ok_or_else(rest::broken_answer)
}

pub(super) async fn revert(rest: &Rest<'_>, session: &str, message: &str) -> Result<AgentSession, AgentError> {
    if !ids::is_message(message) {
        return Err(AgentError::NotFound);
    }
    let request = rest.session_request(Method::POST, session, &["revert"], &[])?;
    let answer: Value = rest.json(request.json(&json!({ "messageID": message }))).await?;
    let session = wire::session(&answer).ok_or_else(rest::broken_answer)?;
    // OpenCode does nothing, and says so to nobody, when it does not know the message.
    if session.reverted_to.is_some() {
        Ok(session)
    } else {
        Err(AgentError::NotFound)
    }
}

pub(super) async fn unrevert(rest: &Rest<'_>, session: &str) -> Result<AgentSession, AgentError> {
    let request = rest.session_request(Method::POST, session, &["unrevert"], &[])?;
    let answer: Value = rest.json(request).await?;
    wire::session(&answer).ok_or_else(rest::broken_answer)
}

/// OpenCode goes on when nobody waits for its answer.
pub(super) async fn summarize(agent: &OpenCode, at: &Endpoint, session: &str, model: &str) -> Result<(), AgentError> {
    let Some((provider, model)) = model.split_once('/') else {
        return Err(AgentError::Rejected("the model is not named as provider/model".into()));
    };
    let rest = agent.rest(at);
    let known = requests(agent, at, session).await?;
    let body = json!({ "providerID": provider, "modelID": model });
    let request = rest
        .session_request(Method::POST, session, &["summarize"], &[])?
        .json(&body);
    tokio::select! {
        answered = rest.done(request) => answered,
        () = begun(agent, at, session, &known) => Ok(()),
    }
}

async fn begun(agent: &OpenCode, at: &Endpoint, session: &str, known: &[String]) {
    loop {
        sleep(LOOK_EVERY).await;
        let now = requests(agent, at, session).await.unwrap_or_default();
        if now.iter().any(|request| !known.contains(request)) {
            return;
        }
    }
}

async fn requests(agent: &OpenCode, at: &Endpoint, session: &str) -> Result<Vec<String>, AgentError> {
    let newest = agent.messages(at, session, NEWEST).await?;
    let requests = newest.into_iter().filter(AgentMessageWithParts::is_summary_request);
    Ok(requests.map(|request| request.message.id).collect())
}

pub(super) async fn archive(
    rest: &Rest<'_>,
    session: &str,
    since: Option<DateTime<Utc>>,
) -> Result<AgentSession, AgentError> {
    // OpenCode refuses or overlooks everything but a number.
    let since = since.map_or(0, |since| since.timestamp_millis());
    change(rest, session, &json!({ "time": { "archived": since } })).await
}
