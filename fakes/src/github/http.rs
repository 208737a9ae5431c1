//! The routes, what goes wrong on them, and what every request must have.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Request, State as Shared},
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use url::form_urlencoded;

use super::{
    api,
    control::Order,
    git, oauth,
    state::{Code, Fault, Place, Seen, State},
};

#[derive(Clone)]
pub(super) struct App {
    pub(super) state: Arc<State>,
    stop: CancellationToken,
}

pub(super) fn router(state: Arc<State>, stop: CancellationToken) -> Router {
    let app = App { state, stop };
    let hub = Router::new()
        .route("/login/device/code", post(oauth::device_code))
        .route("/login/oauth/access_token", post(oauth::access_token))
        .route("/api/v3/user", get(api::user))
        .route("/api/v3/user/repos", get(api::repositories))
        .route("/{owner}/{repository}/{*service}", get(git::serve).post(git::serve))
        .layer(from_fn_with_state(app.clone(), meet));
    Router::new()
        .route("/login/device", get(device_page).post(type_in))
        .route("/control", get(told).post(order))
        .merge(hub)
        .with_state(app)
}

/// GitHub's error.
pub(super) struct Refusal(pub(super) StatusCode, pub(super) &'static str);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, message) = self;
        let body = json!({ "message": message, "documentation_url": "https://docs.github.com/rest" });
        (status, Json(body)).into_response()
    }
}

fn place(path: &str) -> Place {
    match path {
        "/login/device/code" => Place::DeviceCode,
        "/login/oauth/access_token" => Place::AccessToken,
        "/api/v3/user" => Place::User,
        "/api/v3/user/repos" => Place::Repositories,
        _ => Place::Git,
    }
}

/// Notes the request, demands what GitHub demands of all, and lets it go wrong if that is its turn.
async fn meet(Shared(app): Shared<App>, request: Request, next: Next) -> Response {
    let place = place(request.uri().path());
    app.state.note(Seen {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
        has_login: request.headers().contains_key(header::AUTHORIZATION),
        at: Instant::now(),
    });
    if !request.headers().contains_key(header::USER_AGENT) {
        return Refusal(StatusCode::FORBIDDEN, "Request forbidden by administrative rules.").into_response();
    }
    let Some(fault) = app.state.fault(place) else {
        return next.run(request).await;
    };
    let pause = async {
        tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
        if fault.hang {
            std::future::pending::<()>().await;
        }
    };
    if app.stop.run_until_cancelled(pause).await.is_none() {
        return Refusal(StatusCode::SERVICE_UNAVAILABLE, "it stops").into_response();
    }
    match broken(&fault) {
        Some(response) => response,
        None => {
            let response = next.run(request).await;
            let lost = fault.status_after.and_then(|status| StatusCode::from_u16(status).ok());
            lost.map_or(response, |status| Refusal(status, "scripted error").into_response())
        }
    }
}

fn broken(fault: &Fault) -> Option<Response> {
    if let Some(seconds) = fault.limit {
        let headers = [
            ("retry-after", seconds.to_string()),
            ("x-ratelimit-remaining", "0".to_owned()),
        ];
        let body = Refusal(StatusCode::FORBIDDEN, "You have exceeded a secondary rate limit.").into_response();
        return Some((headers, body).into_response());
    }
    if let Some(interval) = fault.slow_down {
        let body = json!({ "error": "slow_down", "error_description": "Too many requests have been made in the same timeframe.", "interval": interval });
        return Some(Json(body).into_response());
    }
    if let Some(address) = &fault.redirect {
        return Some((StatusCode::FOUND, [(header::LOCATION, address.clone())]).into_response());
    }
    let status = StatusCode::from_u16(fault.status?).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Some(Refusal(status, "scripted error").into_response())
}

/// The fields of a form or of a JSON object.
pub(super) fn fields(headers: &HeaderMap, body: &[u8]) -> Option<Vec<(String, String)>> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    if kind.starts_with("application/x-www-form-urlencoded") {
        return Some(form_urlencoded::parse(body).into_owned().collect());
    }
    let value: Value = serde_json::from_slice(body)
        .ok()
        .filter(|_| kind.starts_with("application/json"))?;
    let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    value.as_object()?.iter().map(text).collect()
}

async fn device_page() -> Html<&'static str> {
    Html(
        "<!doctype html><title>Device activation</title><form method=post><label>Code <input name=user_code></label> \
         <button name=answer value=yes>Authorize</button> <button name=answer value=no>Cancel</button></form>",
    )
}

async fn type_in(Shared(app): Shared<App>, headers: HeaderMap, body: Bytes) -> Response {
    let fields = fields(&headers, &body).unwrap_or_default();
    let field = |wanted: &str| {
        fields
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    let code = if field("answer") == Some("no") {
        Code::Denied
    } else {
        Code::Approved
    };
    match app
        .state
        .decide(Some(field("user_code").unwrap_or_default().trim()), code)
    {
        0 => (StatusCode::NOT_FOUND, Html("There is no such code.")).into_response(),
        _ => Html("Congratulations, you're all set!").into_response(),
    }
}

async fn order(Shared(app): Shared<App>, Json(order): Json<Order>) -> StatusCode {
    app.state.order(order);
    StatusCode::NO_CONTENT
}

async fn told(Shared(app): Shared<App>) -> Json<Value> {
    Json(json!({ "requests": app.state.seen() }))
}
