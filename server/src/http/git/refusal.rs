//! What git's client is told when it is not served.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::forge::git::{GitError, backend::BackendError};

/// Why a request is not served, in a sentence that git shows to its user.
pub(super) enum Refusal {
    Login,
    Forbidden,
    NotFound,
    Dumb,
    Method(&'static str),
    Encoding,
    TooLarge(u64),
    Busy,
    NoGit,
    Failed,
}

impl From<BackendError> for Refusal {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::TooLarge(limit) => Self::TooLarge(limit),
            BackendError::Git(GitError::Missing) => Self::NoGit,
            error => {
                tracing::error!(error = &error as &dyn std::error::Error, "a git request failed");
                Self::Failed
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, sentence) = match self {
            Self::Login => {
                let sentence = "Give the token of a device as the password; any user name will do.".to_owned();
                (StatusCode::UNAUTHORIZED, sentence)
            }
            Self::Forbidden => (
                StatusCode::FORBIDDEN,
                "This device's token does not allow that.".to_owned(),
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, "There is no such repository.".to_owned()),
            Self::Dumb => (
                StatusCode::FORBIDDEN,
                "Only git's smart protocol is spoken here.".to_owned(),
            ),
            Self::Method(method) => (StatusCode::METHOD_NOT_ALLOWED, format!("Use {method}.")),
            Self::Encoding => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Only gzip is understood.".to_owned(),
            ),
            Self::TooLarge(limit) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("A push may be {} MiB at most.", limit >> 20),
            ),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many transfers at once. Try again.".to_owned(),
            ),
            Self::NoGit => (
                StatusCode::SERVICE_UNAVAILABLE,
                "git is not installed on the server.".to_owned(),
            ),
            Self::Failed => (
                StatusCode::BAD_GATEWAY,
                "git failed on the server. Its log has the cause.".to_owned(),
            ),
        };
        let mut response = (status, sentence + "\n").into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match self {
            Self::Login => {
                headers.insert(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static("Basic realm=\"pcc\""),
                );
            }
            Self::Busy => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
            }
            Self::Method(method) => {
                headers.insert(header::ALLOW, HeaderValue::from_static(method));
            }
            _ => {}
        }
        response
    }
}
