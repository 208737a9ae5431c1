//! The device flow, as GitHub's documentation has it.

use std::time::{Duration, Instant};

use axum::{
    Json,
    body::Bytes,
    extract::State as Shared,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    http::{App, Refusal, fields},
    state::{Code, Login},
};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// What a question that comes too early adds to the pause, in seconds.
const SLOWER: u64 = 5;
/// Clocks of two programs are not the same.
const EARLY: Duration = Duration::from_millis(100);

/// What must be in a form, and nothing else.
fn form<const N: usize>(headers: &HeaderMap, body: &[u8], wanted: [&str; N]) -> Result<[String; N], Refusal> {
    let takes_json = headers
        .get(header::ACCEPT)
        .is_some_and(|accept| accept == "application/json");
    let fields = fields(headers, body).filter(|fields| takes_json && fields.len() == N);
    let bad = || Refusal(StatusCode::BAD_REQUEST, "a form, answered by JSON, is wanted");
    let fields = fields.ok_or_else(bad)?;
    let value = |name: &str| {
        fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
    };
    let mut values = std::array::from_fn(|_| String::new());
    for (place, name) in values.iter_mut().zip(wanted) {
        *place = value(name).ok_or_else(bad)?;
    }
    Ok(values)
}

/// Told with 200, but for an app that is not there.
fn error(name: &str) -> Response {
    let error =
        json!({ "error": name, "error_description": "See the documentation.", "error_uri": "https://docs.github.com" });
    Json(error).into_response()
}

pub(super) async fn device_code(
    Shared(app): Shared<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let [client_id, scope] = form(&headers, &body, ["client_id", "scope"])?;
    if client_id != app.state.options.client_id {
        return Ok((StatusCode::NOT_FOUND, Json(json!({ "error": "Not Found" }))).into_response());
    }
    if scope != "repo" {
        return Err(Refusal(StatusCode::BAD_REQUEST, "this scope is not expected"));
    }
    let (device_code, user_code) = app.state.begin_login();
    Ok(Json(json!({
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": format!("{}/login/device", app.state.base),
        "expires_in": app.state.options.expires_in,
        "interval": app.state.options.interval,
    }))
    .into_response())
}

pub(super) async fn access_token(
    Shared(app): Shared<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let [client_id, device_code, grant] = form(&headers, &body, ["client_id", "device_code", "grant_type"])?;
    if client_id != app.state.options.client_id {
        return Ok(error("incorrect_client_credentials"));
    }
    if grant != GRANT {
        return Ok(error("unsupported_grant_type"));
    }
    let answer = match app.state.with_login(&device_code, answer) {
        None => return Ok(error("incorrect_device_code")),
        Some(Ok(())) => json!({ "access_token": app.state.make_token(), "token_type": "bearer", "scope": "repo" }),
        Some(Err(answer)) => answer,
    };
    Ok(Json(answer).into_response())
}

fn answer(login: &mut Login) -> Result<(), Value> {
    let since = login.asked.replace(Instant::now()).unwrap_or(login.begun).elapsed();
    if since + EARLY < Duration::from_secs(login.interval) {
        login.interval += SLOWER;
        return Err(json!({ "error": "slow_down", "interval": login.interval }));
    }
    let error = match login.code {
        Code::Pending => "authorization_pending",
        Code::Denied => "access_denied",
        Code::Expired => "expired_token",
        Code::Used => "incorrect_device_code",
        Code::Approved => {
            login.code = Code::Used;
            return Ok(());
        }
    };
    Err(json!({ "error": error }))
}
