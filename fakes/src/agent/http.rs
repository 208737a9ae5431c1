//! The routes of OpenCode's API that the server calls.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::{sync::broadcast, time::timeout};

use super::{Agent, VERSION, turn};

/// As often as OpenCode, or a little more.
const HEARTBEAT: Duration = Duration::from_secs(8);

type Shared = State<Arc<Agent>>;

pub(super) fn router(agent: Arc<Agent>) -> Router {
    Router::new()
        .route(
            "/global/health",
            get(async || Json(json!({ "healthy": true, "version": VERSION }))),
        )
        .route("/global/event", get(events))
        .route("/tui/show-toast", post(toast))
        .route("/session", get(sessions).post(begin_session))
        .route("/session/status", get(statuses))
        .route("/permission", get(nothing))
        .route("/question", get(nothing))
        .route(
            "/session/{id}",
            get(session).patch(rename_session).delete(delete_session),
        )
        .route("/session/{id}/message", get(messages))
        .route("/session/{id}/message/{message}", get(message))
        .route("/session/{id}/prompt_async", post(prompt))
        .route("/session/{id}/abort", post(abort))
        .route("/session/{id}/todo", get(nothing))
        .layer(middleware::from_fn_with_state(Arc::clone(&agent), only_with_password))
        .with_state(agent)
}

async fn only_with_password(State(agent): Shared, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION);
    if given.is_some_and(|given| given.as_bytes() == agent.credentials.as_bytes()) {
        next.run(request).await
    } else {
        StatusCode::UNAUTHORIZED.into_response()
    }
}

async fn events(State(agent): Shared) -> Response {
    let hello = json!({ "payload": { "type": "server.connected", "properties": {} } }).to_string();
    let state = (agent.events.subscribe(), Some(hello));
    let lines = stream::unfold(state, async |(mut receiver, first)| {
        let event = match first {
            Some(first) => first,
            None => match timeout(HEARTBEAT, receiver.recv()).await {
                Ok(Ok(event)) => event,
                Err(_) => json!({ "payload": { "type": "server.heartbeat", "properties": {} } }).to_string(),
                // A reader that fell behind has to ask anew.
                Ok(Err(broadcast::error::RecvError::Lagged(_) | broadcast::error::RecvError::Closed)) => return None,
            },
        };
        Some((Ok::<_, Infallible>(format!("data: {event}\n\n")), (receiver, None)))
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(lines)).into_response()
}

async fn toast(State(agent): Shared, Json(asked): Json<Value>) -> Json<bool> {
    agent.tell("tui.toast.show", &asked);
    Json(true)
}

async fn sessions(State(agent): Shared) -> Json<Value> {
    let history = agent.history();
    Json(history.sessions.values().map(|session| session.info.clone()).collect())
}

async fn begin_session(State(agent): Shared, Json(asked): Json<Value>) -> Result<Json<Value>, Refusal> {
    let mut begun = Value::Null;
    agent.change(|history| {
        begun = history.begin_session(&agent.directory, &asked);
        vec![("session.created", json!({ "info": begun }))]
    })?;
    Ok(Json(begun))
}

/// It asks nothing of anybody.
async fn nothing() -> Json<Value> {
    Json(json!([]))
}

async fn statuses(State(agent): Shared) -> Json<Map<String, Value>> {
    let turns = agent.turns.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let busy = turns.iter().filter(|(_, turn)| !turn.is_finished());
    Json(busy.map(|(id, _)| (id.clone(), json!({ "type": "busy" }))).collect())
}

async fn session(State(agent): Shared, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let history = agent.history();
    let session = history.sessions.get(&id).ok_or(Refusal::NotFound)?;
    Ok(Json(session.info.clone()))
}

async fn rename_session(
    State(agent): Shared,
    Path(id): Path<String>,
    Json(asked): Json<Value>,
) -> Result<Json<Value>, Refusal> {
    let mut renamed = None;
    agent.change(|history| match history.sessions.get_mut(&id) {
        None => Vec::new(),
        Some(session) => {
            session.info["title"] = asked["title"].clone();
            session.touch();
            renamed = Some(session.info.clone());
            vec![("session.updated", json!({ "info": session.info }))]
        }
    })?;
    renamed.map(Json).ok_or(Refusal::NotFound)
}

async fn delete_session(State(agent): Shared, Path(id): Path<String>) -> Result<Json<bool>, Refusal> {
    turn::abort(&agent, &id);
    let mut is_gone = false;
    agent.change(|history| {
        is_gone = history.sessions.remove(&id).is_some();
        vec![("session.deleted", json!({ "sessionID": id }))]
    })?;
    if is_gone {
        Ok(Json(true))
    } else {
        Err(Refusal::NotFound)
    }
}

#[derive(Deserialize)]
struct Limit {
    limit: Option<usize>,
}

async fn messages(
    State(agent): Shared,
    Path(id): Path<String>,
    Query(Limit { limit }): Query<Limit>,
) -> Result<Json<Value>, Refusal> {
    let history = agent.history();
    let session = history.sessions.get(&id).ok_or(Refusal::NotFound)?;
    let skipped = session.messages.len().saturating_sub(limit.unwrap_or(usize::MAX));
    let newest = session.messages.iter().skip(skipped);
    Ok(Json(
        newest
            .map(|message| json!({ "info": message.info, "parts": message.parts }))
            .collect(),
    ))
}

async fn message(State(agent): Shared, Path((id, message)): Path<(String, String)>) -> Result<Json<Value>, Refusal> {
    let history = agent.history();
    let session = history.sessions.get(&id).ok_or(Refusal::NotFound)?;
    let found = session.messages.iter().find(|known| known.info["id"] == *message);
    let found = found.ok_or(Refusal::NotFound)?;
    Ok(Json(json!({ "info": found.info, "parts": found.parts })))
}

async fn prompt(State(agent): Shared, Path(id): Path<String>, Json(asked): Json<Value>) -> Result<StatusCode, Refusal> {
    if turn::take_prompt(&agent, &id, &asked)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Refusal::NotFound)
    }
}

async fn abort(State(agent): Shared, Path(id): Path<String>) -> Json<bool> {
    turn::abort(&agent, &id);
    Json(true)
}

enum Refusal {
    NotFound,
    Disk(std::io::Error),
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::Disk(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not found".to_owned()),
            Self::Disk(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        };
        (
            status,
            Json(json!({ "name": "LightAgent", "data": { "message": message } })),
        )
            .into_response()
    }
}
