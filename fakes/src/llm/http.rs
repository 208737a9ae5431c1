//! The HTTP side: OpenAI's two routes below `/v1`, and `/control` for tests.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    Options,
    answer::{self, Answer, Outcome},
    control::{Control, Fault},
    conversation::Conversation,
    directive::{Ending, MAX_DELAY},
    stream,
};

const MAX_BODY: usize = 8 * 1024 * 1024;

#[derive(Clone)]
struct App {
    control: Arc<Control>,
    options: Options,
    stop: CancellationToken,
}

pub fn router(control: Arc<Control>, options: Options, stop: CancellationToken) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(complete))
        .route("/v1/models", get(models))
        .route("/control", post(fail_next))
        .route("/control/requests", get(requests))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(App { control, options, stop })
}

/// The error of OpenAI's API.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, message) = self;
        let kind = match status.as_u16() {
            401 => "authentication_error",
            429 => "rate_limit_error",
            400..=499 => "invalid_request_error",
            _ => "server_error",
        };
        let error = json!({ "message": message, "type": kind, "param": null, "code": null });
        (status, Json(json!({ "error": error }))).into_response()
    }
}

async fn complete(State(app): State<App>, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    let (talk, fault) = match admit(&app, &headers, body) {
        Ok(admitted) => admitted,
        Err(refusal) => {
            app.control.count_refused();
            return refusal.into_response();
        }
    };
    if let Some(ms) = fault.delay_ms
        && app
            .stop
            .run_until_cancelled(tokio::time::sleep(Duration::from_millis(ms).min(MAX_DELAY)))
            .await
            .is_none()
    {
        return Refusal(StatusCode::SERVICE_UNAVAILABLE, "the scripted model stops".into()).into_response();
    }
    let outcome = match fault.status {
        Some(status) => Outcome::Refuse(status),
        None => answer::compose(&talk, app.options.token_delay.min(MAX_DELAY)),
    };
    match outcome {
        Outcome::Refuse(status) => refuse(status),
        Outcome::Answer(answer) => stream::respond(&talk, with_fault(answer, &fault), app.stop),
    }
}

fn admit(
    app: &App,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(Conversation, Fault), Refusal> {
    check_key(app, headers)?;
    let body = body.map_err(|rejection| Refusal(rejection.status(), rejection.body_text()))?;
    let unreadable = |error: serde_json::Error| Refusal(StatusCode::BAD_REQUEST, format!("unreadable body: {error}"));
    let value: Value = serde_json::from_slice(&body).map_err(unreadable)?;
    let talk = Conversation::deserialize(&value).map_err(unreadable)?;
    let fault = app.control.admit(&talk, headers, value, body.len());
    Ok((talk, fault.unwrap_or_default()))
}

fn check_key(app: &App, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(key) = &app.options.key else {
        return Ok(());
    };
    let given = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match given == Some(key) {
        true => Ok(()),
        false => Err(Refusal(StatusCode::UNAUTHORIZED, "Incorrect API key provided.".into())),
    }
}

fn refuse(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Refusal(status, format!("scripted provider error {}", status.as_u16())).into_response()
}

fn with_fault(answer: Answer, fault: &Fault) -> Answer {
    let ending = match (fault.hang, fault.cut_after) {
        (true, _) => Ending::HangAfter(0),
        (false, Some(pieces)) => Ending::CutAfter(pieces),
        (false, None) => answer.ending,
    };
    Answer { ending, ..answer }
}

async fn models(State(app): State<App>, headers: HeaderMap) -> Result<Json<Value>, Refusal> {
    check_key(&app, &headers)?;
    let model = json!({ "id": "scripted", "object": "model", "created": 0, "owned_by": "demo" });
    Ok(Json(json!({ "object": "list", "data": [model] })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    next: Vec<Fault>,
}

async fn fail_next(State(app): State<App>, order: Result<Json<Order>, JsonRejection>) -> Result<Json<Value>, Refusal> {
    let Json(order) = order.map_err(|rejection| Refusal(rejection.status(), rejection.body_text()))?;
    let is_error = |fault: &Fault| fault.status.is_none_or(|status| (400..=599).contains(&status));
    if !order.next.iter().all(is_error) {
        return Err(Refusal(
            StatusCode::BAD_REQUEST,
            "`status` must be from 400 to 599".into(),
        ));
    }
    Ok(Json(json!({ "waiting": app.control.fail_next(order.next) })))
}

async fn requests(State(app): State<App>) -> Json<Value> {
    Json(json!({ "counters": app.control.counters(), "requests": app.control.requests() }))
}
