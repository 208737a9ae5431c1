//! What can go wrong, as the caller decides on it: the server refused (with a code), or it could not be reached.

use std::{collections::HashMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::scalars::DateTime;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server understood and refused.
    #[error("{}", .0.message)]
    Refused(Box<Failure>),
    /// The server could not be reached, or the connection broke.
    #[error(transparent)]
    Transport(#[from] Transport),
    /// An answer that does not fit the schema this client was built for.
    #[error("the server's answer does not fit this client: {0}")]
    Unexpected(String),
    /// The address of the server cannot be used.
    #[error("{0}")]
    Address(String),
}

/// A GraphQL error of the server.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    pub code: ErrorCode,
    /// For people. Do not decide on it.
    pub message: String,
    /// The input field that `INVALID_INPUT` is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What does not answer, with `UNAVAILABLE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds")]
    pub retry_after: Option<Duration>,
    /// Finds the cause of `INTERNAL` in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What a file is now that somebody else has changed, with `CONFLICT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version: Option<String>,
    /// With `CONFLICT` about a decision: how it was closed before.
    #[serde(skip_serializing_if = "Option::is_none", flatten)]
    pub decided: Option<Decided>,
}

/// Who was first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// The state it is in, as the schema names it.
    pub state: String,
    pub decided_at: DateTime,
    /// `None` when no person decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<DecidedBy>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecidedBy {
    pub id: String,
    pub name: String,
}

fn seconds<S: serde::Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    value.map(|after| after.as_secs_f64()).serialize(serializer)
}

/// The value of `extensions.code`; the schema's `ErrorCode` describes each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    BadRequest,
    NotFound,
    Forbidden,
    Unauthenticated,
    InvalidInput,
    Conflict,
    Unavailable,
    LimitExceeded,
    IdempotencyMismatch,
    Internal,
    /// One that is newer than this client, or an empty text if the error had none.
    Other(String),
}

impl ErrorCode {
    pub fn from_name(name: &str) -> Self {
        match name {
            "BAD_REQUEST" => Self::BadRequest,
            "NOT_FOUND" => Self::NotFound,
            "FORBIDDEN" => Self::Forbidden,
            "UNAUTHENTICATED" => Self::Unauthenticated,
            "INVALID_INPUT" => Self::InvalidInput,
            "CONFLICT" => Self::Conflict,
            "UNAVAILABLE" => Self::Unavailable,
            "LIMIT_EXCEEDED" => Self::LimitExceeded,
            "IDEMPOTENCY_MISMATCH" => Self::IdempotencyMismatch,
            "INTERNAL" => Self::Internal,
            other => Self::Other(other.to_owned()),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::NotFound => "NOT_FOUND",
            Self::Forbidden => "FORBIDDEN",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::InvalidInput => "INVALID_INPUT",
            Self::Conflict => "CONFLICT",
            Self::Unavailable => "UNAVAILABLE",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
            Self::Internal => "INTERNAL",
            Self::Other(name) => name,
        }
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Transport {
    #[error("{0} cannot be reached")]
    Connect(String, #[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the server did not answer in time")]
    Timeout,
    #[error("the connection broke")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An answer that is not GraphQL, of something between or of another program.
    #[error("the server answered with HTTP status {0}")]
    Status(u16),
    /// The WebSocket was closed: by the peer with this code, or without one.
    #[error("the server closed the connection ({code}{}{reason})", if .reason.is_empty() { "" } else { ": " })]
    Closed { code: u16, reason: String },
    #[error("the connection was lost")]
    Lost,
    /// Nothing came for [`crate::Settings::silence`].
    #[error("the server fell silent")]
    Silent,
    /// A session's stream lost or repeated something.
    #[error("the stream is out of step")]
    OutOfStep,
    #[error("the server's answer is larger than {0} bytes")]
    TooLarge(usize),
}

impl Error {
    pub fn code(&self) -> Option<&ErrorCode> {
        self.failure().map(|failure| &failure.code)
    }

    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Refused(failure) => Some(failure),
            _ => None,
        }
    }

    pub fn is_not_found(&self) -> bool {
        self.code() == Some(&ErrorCode::NotFound)
    }

    /// Whether the same request may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused(failure) => matches!(
                failure.code,
                ErrorCode::Unavailable | ErrorCode::LimitExceeded | ErrorCode::Internal
            ),
            Self::Transport(Transport::Status(status)) => *status >= 500 || matches!(status, 408 | 429),
            // 4400 bad request, 4406 no common subprotocol: the same again would end the same.
            Self::Transport(Transport::Closed { code, .. }) => !matches!(code, 4400 | 4406),
            Self::Transport(Transport::TooLarge(_)) => false,
            Self::Transport(_) => true,
            Self::Unexpected(_) | Self::Address(_) => false,
        }
    }

    pub(crate) fn not_found(message: &str) -> Self {
        Self::Refused(Box::new(Failure::new(ErrorCode::NotFound, message.to_owned())))
    }

    /// The error of a closed WebSocket. The protocol has codes of its own for what HTTP says by 401 and 403.
    pub(crate) fn closed(code: u16, reason: String) -> Self {
        let refused = match code {
            4401 => ErrorCode::Unauthenticated,
            4403 => ErrorCode::Forbidden,
            _ => return Transport::Closed { code, reason }.into(),
        };
        let message = if reason.is_empty() {
            "The server refused the token.".to_owned()
        } else {
            reason
        };
        Self::Refused(Box::new(Failure::new(refused, message)))
    }

    /// The first of the errors of an answer; the server puts the deciding one first.
    pub(crate) fn from_graphql(error: &graphql_client::Error) -> Self {
        Self::Refused(Box::new(Failure::from_graphql(error)))
    }
}

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: String) -> Self {
        Self {
            code,
            message,
            field: None,
            system: None,
            retry_after: None,
            reference: None,
            current_version: None,
            decided: None,
        }
    }

    fn from_graphql(error: &graphql_client::Error) -> Self {
        let empty = HashMap::new();
        let extensions = error.extensions.as_ref().unwrap_or(&empty);
        let text = |key: &str| extensions.get(key).and_then(Value::as_str).map(str::to_owned);
        let seconds = extensions.get("retryAfter").and_then(Value::as_f64);
        Self {
            code: ErrorCode::from_name(&text("code").unwrap_or_default()),
            message: error.message.clone(),
            field: text("field"),
            system: text("system"),
            retry_after: seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            reference: text("reference"),
            current_version: text("currentVersion"),
            decided: serde_json::to_value(extensions).and_then(serde_json::from_value).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(extensions: Value) -> Failure {
        let error = serde_json::from_value(json!({ "message": "No.", "extensions": extensions })).unwrap();
        match Error::from_graphql(&error) {
            Error::Refused(failure) => *failure,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keeps_what_the_extensions_say() {
        let failure = refused(json!({ "code": "INVALID_INPUT", "field": "slug" }));
        assert_eq!(
            (failure.code, failure.field.as_deref()),
            (ErrorCode::InvalidInput, Some("slug"))
        );
        let failure = refused(json!({ "code": "UNAVAILABLE", "system": "forge", "retryAfter": 1.5 }));
        assert_eq!(failure.retry_after, Some(Duration::from_millis(1500)));
        assert_eq!(failure.system.as_deref(), Some("forge"));
        let failure = refused(json!({ "code": "INTERNAL", "reference": "abc" }));
        assert_eq!((failure.reference.as_deref(), failure.decided), (Some("abc"), None));
        let decided = refused(
            json!({ "code": "CONFLICT", "state": "DECIDED", "decidedAt": "2026-11-27T00:00:00Z",
            "decidedBy": { "id": "d", "name": "iPad" } }),
        )
        .decided;
        assert_eq!(
            decided
                .and_then(|decided| decided.decided_by)
                .map(|device| device.name)
                .as_deref(),
            Some("iPad")
        );
    }

    #[test]
    fn bears_what_it_does_not_know() {
        assert_eq!(
            refused(json!({ "code": "NEW_ONE" })).code,
            ErrorCode::Other("NEW_ONE".to_owned())
        );
        assert_eq!(refused(json!({})).code, ErrorCode::Other(String::new()));
        assert_eq!(refused(json!({ "code": 7, "retryAfter": -1 })).retry_after, None);
    }

    #[test]
    fn knows_every_code_of_the_schema() {
        let schema = include_str!("../../schema.graphql");
        // Descriptions stand between triple quotes; without them, what is between the braces are the names.
        let bare: String = schema.split("\"\"\"").step_by(2).collect();
        let rest = bare.split_once("enum ErrorCode").unwrap().1;
        let names: Vec<&str> = rest.split(['{', '}']).nth(1).unwrap().split_whitespace().collect();
        assert!(names.len() >= 10, "{names:?}");
        for name in names {
            let code = ErrorCode::from_name(name);
            assert!(!matches!(code, ErrorCode::Other(_)), "{name}");
            assert_eq!(code.name(), name);
        }
    }

    #[test]
    fn tells_passing_faults_from_lasting_ones() {
        let refused = |code| Error::Refused(Box::new(Failure::new(code, String::new())));
        assert!(refused(ErrorCode::Unavailable).is_transient());
        assert!(!refused(ErrorCode::Unauthenticated).is_transient());
        assert!(Error::from(Transport::Status(503)).is_transient());
        assert!(!Error::from(Transport::Status(404)).is_transient());
        assert!(Error::closed(1001, String::new()).is_transient());
        assert!(!Error::closed(4403, "Forbidden".to_owned()).is_transient());
        assert_eq!(
            Error::closed(4401, String::new()).code(),
            Some(&ErrorCode::Unauthenticated)
        );
    }
}
