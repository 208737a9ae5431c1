//! Passing one call on.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State as Shared},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use tokio::time::sleep;

use super::{AnswerFault, State, events};

const BODY_LIMIT: usize = 64 << 20;
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Line {
    state: Arc<State>,
    upstream: SocketAddr,
    http: reqwest::Client,
}

/// What came from OpenCode.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// A connection for each call: OpenCode never answers some of its first ones.
pub(super) fn client() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT_LIMIT)
        .build()
}

pub(super) fn router(state: Arc<State>, upstream: SocketAddr) -> Router {
    let Ok(http) = client() else { return Router::new() };
    Router::new().fallback(pass).with_state(Line { state, upstream, http })
}

async fn pass(Shared(line): Shared<Line>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if let Some(authorization) = parts.headers.get(header::AUTHORIZATION) {
        line.state.lock().authorization = Some(authorization.clone());
    }
    let path = parts.uri.path();
    let fault = line.state.fault_of(&parts.method, path);
    if let Some(AnswerFault::Status(code)) = fault {
        return status(code).into_response();
    }
    let target = parts.uri.path_and_query().map_or(path, |target| target.as_str());
    let call = line.call(parts.method, target, parts.headers.clone(), body);
    if path.ends_with("/global/event") {
        return match call.send().await {
            Ok(response) => events::pass(response, line.state),
            Err(_) => StatusCode::BAD_GATEWAY.into_response(),
        };
    }
    // In a task of its own: OpenCode is asked even if the caller leaves.
    let asked = tokio::spawn(async move {
        if let Some(AnswerFault::LateCall(late)) = fault {
            sleep(late).await;
        }
        ask(call).await
    });
    let Ok(Ok(answer)) = asked.await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    match fault {
        Some(AnswerFault::Late(late)) => {
            sleep(late).await;
            answer.into_response()
        }
        Some(AnswerFault::Cut) => cut(answer.status),
        Some(AnswerFault::Instead(code)) => status(code).into_response(),
        Some(AnswerFault::Garbage) => (StatusCode::OK, "<html>{\"half\": [").into_response(),
        _ => answer.into_response(),
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl Line {
    fn call(&self, method: Method, target: &str, mut headers: HeaderMap, body: Bytes) -> reqwest::RequestBuilder {
        for of_this_connection in [
            header::HOST,
            header::CONNECTION,
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
        ] {
            headers.remove(of_this_connection);
        }
        let url = format!("http://{}{target}", self.upstream);
        self.http.request(method, url).headers(headers).body(body)
    }
}

async fn ask(call: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
    let response = call.send().await?;
    let status = response.status();
    let mut headers = response.headers().clone();
    for of_that_connection in [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
        headers.remove(of_that_connection);
    }
    let body = response.bytes().await?;
    Ok(Answer { status, headers, body })
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}

/// Headers that promise a body, a beginning of it, and the end of the connection.
fn cut(status: StatusCode) -> Response {
    let status = if status == StatusCode::NO_CONTENT {
        StatusCode::OK
    } else {
        status
    };
    let pieces = [Ok(Bytes::from_static(b"[")), Err(io::Error::other("cut"))];
    (status, Body::from_stream(stream::iter(pieces))).into_response()
}
