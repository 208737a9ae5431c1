//! GraphQL over HTTP, to the letter of its specification, and the door to the other transports at the same address.

use std::sync::Arc;

use async_graphql::{Executor, Response as GraphqlResponse, ServerError, Value, parser::types::OperationType};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use tokio::time::timeout;

use super::{
    Params, answer,
    answers::{Head, Key},
    endpoint::Edge,
    guard::refusal::{bad_request, limit},
    gzip::{self, Encoded},
    negotiate::{MediaType, is_json, negotiate},
    sse, websocket,
};
use crate::{
    caller::Caller,
    graphql::{Code, Failure},
};

pub(super) async fn serve<E: Executor>(State(edge): State<Arc<Edge<E>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if websocket::is_upgrade(&parts.headers) {
        return websocket::upgrade(edge, parts).await;
    }
    let Some(media) = negotiate(&parts.headers) else {
        let error =
            bad_request("The answer can be application/graphql-response+json, application/json or text/event-stream.");
        return respond(StatusCode::NOT_ACCEPTABLE, Form::PLAIN, &answer::refused(error));
    };
    let form = Form {
        media,
        takes_gzip: gzip::is_taken(&parts.headers),
    };
    match read(&edge, &parts, body).await {
        Ok(asked) => again_or_run(&edge, form, &parts.method, asked).await,
        Err(refused) => refused.into_response(media),
    }
}

/// How the client wants its answer.
#[derive(Clone, Copy)]
struct Form {
    media: MediaType,
    takes_gzip: bool,
}

impl Form {
    /// For answers to requests that are not even understood.
    const PLAIN: Self = Self {
        media: MediaType::Json,
        takes_gzip: false,
    };
}

/// What was asked, not yet parsed: who asks for the same again may not need that.
struct Asked {
    text: Text,
    caller: Option<Caller>,
}

enum Text {
    Body(Bytes),
    /// The query of a GET's URL.
    Url(String),
}

impl Asked {
    /// Under what its answer is kept: only for somebody who is known, and only for bodies.
    fn key(&self, takes_gzip: bool) -> Option<Key> {
        match (&self.text, &self.caller) {
            (Text::Body(body), Some(caller)) => Some(Key::new(body.clone(), caller, takes_gzip)),
            _ => None,
        }
    }

    fn parse(self) -> Result<(Params, Option<Caller>), ServerError> {
        match self.text {
            Text::Body(body) => Params::from_json(&body),
            Text::Url(query) => Params::from_url_query(&query),
        }
        .map(|params| (params, self.caller))
    }
}

/// An answer that is still true, or a new one.
async fn again_or_run<E: Executor>(edge: &Arc<Edge<E>>, form: Form, method: &Method, asked: Asked) -> Response {
    // The head comes first: what is read for the answer from here on is not older.
    let kept = (form.media != MediaType::EventStream)
        .then(|| Some((asked.key(form.takes_gzip)?, edge.answers.head()?)))
        .flatten();
    if let Some((key, head)) = &kept
        && let Some(answer) = edge.answers.get(key, *head)
    {
        return with_body(StatusCode::OK, form.media, answer);
    }
    match asked.parse() {
        Ok((params, caller)) => run(edge, form, method, params, caller, kept).await,
        Err(error) => Refused::new(StatusCode::BAD_REQUEST, answer::refused(error)).into_response(form.media),
    }
}

/// A request that does not even reach the guard.
struct Refused {
    status: StatusCode,
    header: Option<(header::HeaderName, &'static str)>,
    answer: GraphqlResponse,
}

impl Refused {
    fn new(status: StatusCode, answer: GraphqlResponse) -> Self {
        Self {
            status,
            header: None,
            answer,
        }
    }

    fn into_response(self, media: MediaType) -> Response {
        // There is no stream yet that could carry the error.
        let media = if media == MediaType::EventStream {
            MediaType::Json
        } else {
            media
        };
        let form = Form { media, ..Form::PLAIN };
        let mut response = respond(self.status, form, &self.answer);
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

async fn read<E: Executor>(edge: &Edge<E>, parts: &Parts, body: Body) -> Result<Asked, Refused> {
    if parts.method != Method::GET && parts.method != Method::POST {
        return Err(Refused {
            header: Some((header::ALLOW, "GET, POST")),
            ..Refused::new(
                StatusCode::METHOD_NOT_ALLOWED,
                answer::refused(bad_request("GraphQL is served by GET and POST.")),
            )
        });
    }
    if parts.method == Method::POST && !is_json(&parts.headers) {
        return Err(Refused::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            answer::refused(bad_request("The body must be application/json in UTF-8.")),
        ));
    }
    let caller = edge.caller(&parts.headers).await.map_err(not_known)?;
    let text = if parts.method == Method::GET {
        Text::Url(parts.uri.query().unwrap_or_default().to_owned())
    } else {
        Text::Body(read_body(edge, &parts.headers, body).await?)
    };
    Ok(Asked { text, caller })
}

/// The token is wrong, or cannot be looked up now.
fn not_known(failure: Failure) -> Refused {
    let wrong = failure.code == Code::Unauthenticated;
    let status = if wrong {
        StatusCode::UNAUTHORIZED
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    Refused {
        header: wrong.then_some((header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")),
        ..Refused::new(status, answer::failed(failure))
    }
}

/// The same, for a request that wanted to become a socket.
pub(super) fn caller_not_known(failure: Failure) -> Response {
    not_known(failure).into_response(MediaType::Json)
}

async fn read_body<E: Executor>(edge: &Edge<E>, headers: &HeaderMap, body: Body) -> Result<Bytes, Refused> {
    let limits = edge.limits();
    let too_large = || {
        Refused::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            answer::refused(limit(format!("A body may have {} bytes.", limits.body_bytes))),
        )
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limits.body_bytes) {
        return Err(too_large());
    }
    match timeout(limits.body_deadline, to_bytes(body, limits.body_bytes)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_too_long_or_cut)) => Err(too_large()),
        Err(_elapsed) => Err(Refused::new(
            StatusCode::REQUEST_TIMEOUT,
            answer::refused(limit(format!(
                "A body must arrive within {} s.",
                limits.body_deadline.as_secs_f32()
            ))),
        )),
    }
}

async fn run<E: Executor>(
    edge: &Arc<Edge<E>>,
    form: Form,
    method: &Method,
    params: Params,
    caller: Option<Caller>,
    kept: Option<(Key, Head)>,
) -> Response {
    let media = form.media;
    let operation = match edge.admit(params, caller.clone()) {
        Ok(operation) => operation,
        Err(error) => {
            let answer = answer::tidy(answer::refused(error), edge.limits());
            return match media {
                MediaType::EventStream => sse::single(answer),
                _ => respond(status(media, &answer), form, &answer),
            };
        }
    };
    if method == Method::GET && operation.kind == OperationType::Mutation {
        let refused = Refused {
            header: Some((header::ALLOW, "POST")),
            ..Refused::new(
                StatusCode::METHOD_NOT_ALLOWED,
                answer::refused(bad_request("A mutation is sent by POST.")),
            )
        };
        return refused.into_response(media);
    }
    if media == MediaType::EventStream {
        return sse::serve(edge, operation, caller, form.takes_gzip);
    }
    if operation.kind == OperationType::Subscription {
        let answer = answer::refused(bad_request(
            "A subscription needs a WebSocket (graphql-transport-ws) or Accept: text/event-stream.",
        ));
        return respond(status(media, &answer), form, &answer);
    }
    let kept = kept.filter(|_| operation.is_reusable);
    let mut answer = edge.execute(operation).await;
    if let Some((key, head)) = kept
        && answer.errors.is_empty()
        && answer.http_headers.is_empty()
    {
        let body = Encoded::of(answer::to_vec(&answer).into(), form.takes_gzip);
        edge.answers.keep(&key, head, &body);
        return with_body(StatusCode::OK, media, body);
    }
    let headers = std::mem::take(&mut answer.http_headers);
    let mut response = respond(status(media, &answer), form, &answer);
    response.headers_mut().extend(headers);
    response
}

/// Plain JSON is 200 for every well-formed request; the newer type says by its status whether anything was executed.
fn status(media: MediaType, answer: &GraphqlResponse) -> StatusCode {
    let code = answer
        .errors
        .first()
        .and_then(|error| error.extensions.as_ref()?.get("code"));
    let is = |wanted: Code| matches!(code, Some(Value::String(code)) if code == wanted.name());
    if !answer::is_request_error(answer) {
        StatusCode::OK
    } else if is(Code::Unauthenticated) {
        StatusCode::UNAUTHORIZED
    } else if media == MediaType::Json {
        StatusCode::OK
    } else if is(Code::Internal) {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::BAD_REQUEST
    }
}

fn respond(status: StatusCode, form: Form, answer: &GraphqlResponse) -> Response {
    let body = Encoded::of(answer::to_vec(answer).into(), form.takes_gzip);
    let mut response = with_body(status, form.media, body);
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(wait) = answer::retry_after(answer) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    }
    response
}

fn with_body(status: StatusCode, media: MediaType, body: Encoded) -> Response {
    let mut response = Response::new(Body::from(body.bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if body.is_gzip {
        gzip::mark(headers);
    }
    headers.insert(header::CONTENT_TYPE, media.content_type());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
