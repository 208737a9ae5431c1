//! Requests beside the graph: who asks, and answers that are no results. Errors look like GraphQL's.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{Authenticate, answer, bearer, negotiate::MediaType};
use crate::{
    caller::Caller,
    graphql::{Code, Failure},
};

/// Who sends a request.
pub async fn caller(authenticate: &dyn Authenticate, headers: &HeaderMap) -> Result<Caller, Failure> {
    match bearer(headers)? {
        Some(token) => authenticate.authenticate(&token).await,
        None => Err(Failure::new(
            Code::Unauthenticated,
            "A token is needed: send it as bearer.",
        )),
    }
}

pub fn refused(failure: Failure) -> Response {
    let status = match failure.code {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::LimitExceeded if failure.retry_after.is_some() => StatusCode::TOO_MANY_REQUESTS,
        Code::LimitExceeded => StatusCode::PAYLOAD_TOO_LARGE,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Code::BadRequest | Code::InvalidInput | Code::Conflict | Code::IdempotencyMismatch => StatusCode::BAD_REQUEST,
    };
    let body = answer::to_vec(&answer::failed(failure));
    let mut response = plain(status, MediaType::Json.content_type(), body.into());
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

pub fn plain(status: StatusCode, media_type: HeaderValue, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body).into_response()
}
