//! Errors as clients see them: a code to decide on, a sentence to show, nothing internal.

use std::{error::Error as StdError, fmt::Display, pin::Pin, time::Duration};

use async_graphql::{ErrorExtensionValues, Name, Value};
use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

/// The value of `extensions.code` of an error. Decide on it, never on the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "ErrorCode")]
pub enum Code {
    /// The request is not valid GraphQL, or does not fit the schema.
    BadRequest,
    /// There is no such thing, or this device may not know of it.
    NotFound,
    /// This device lacks the scope for it.
    Forbidden,
    /// No token, or one that is wrong, expired or revoked.
    Unauthenticated,
    /// A value cannot be used; `extensions.field` names it.
    InvalidInput,
    /// It does not fit the present state: a name is taken, the thing is being deleted, somebody else was first. Of a file
    /// that was changed meanwhile `extensions.currentVersion` says what it is now, if it is still there. Of a decision,
    /// `extensions` has its `state`, `decidedAt`, and `decidedBy` with the `id` and `name` of the device.
    Conflict,
    /// Something outside does not answer: `extensions.system` names it, `extensions.retryAfter` says in how many seconds to try again.
    Unavailable,
    /// A limit was passed; the message names it. With `extensions.retryAfter` it is so for the moment only: send the same again, a mutation under the same `clientMutationId`.
    LimitExceeded,
    /// The same `clientMutationId` was used before with other content.
    IdempotencyMismatch,
    /// A fault of the server; `extensions.reference` finds it in the server's log.
    Internal,
}

impl Code {
    pub fn name(self) -> &'static str {
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
        }
    }
}

/// What a resolver fails with. It has no `Display`: an error without a code does not compile.
#[derive(Clone, Debug)]
pub struct Failure {
    pub code: Code,
    pub message: String,
    pub field: Option<String>,
    pub system: Option<&'static str>,
    pub retry_after: Option<Duration>,
    pub reference: Option<String>,
    /// With a conflict: what came in between.
    pub conflict: Option<Box<Conflict>>,
}

/// Who or what was first.
#[derive(Clone, Debug)]
pub enum Conflict {
    /// A file is another by now: its version, if it is still there.
    Changed {
        current_version: Option<String>,
    },
    Decided(Decided),
}

/// How something was decided before.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The state it is in, as the schema names it.
    pub state: &'static str,
    /// The device's global id and name; `None` when no person decided.
    pub by: Option<(String, String)>,
    pub at: DateTime<Utc>,
}

pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// What lives outside, as a nullable field: an error there leaves this one field null beside its error. With a `Result`
/// of an `Option` instead, the error would take the whole object with it.
pub type Nullable<T> = Option<Result<T>>;

/// Turns what may fail, or may not be there, into a field of its own.
///
/// Boxed, as all that reads is: every field of every object of a list gets a future as large as the largest that a field
/// of this type may need.
pub fn nullable<'a, T: 'a>(
    found: impl Future<Output = Result<Option<T>>> + Send + 'a,
) -> Pin<Box<dyn Future<Output = Nullable<T>> + Send + 'a>> {
    Box::pin(async { found.await.transpose() })
}

/// Gives an error of a capability its code. Everything else of it stays inside.
pub trait Classify: StdError {
    fn failure(&self) -> Failure;
}

impl Classify for sea_orm::DbErr {
    fn failure(&self) -> Failure {
        Failure::internal(self)
    }
}

impl<E: Classify> From<E> for Failure {
    fn from(error: E) -> Self {
        error.failure()
    }
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            system: None,
            retry_after: None,
            reference: None,
            conflict: None,
        }
    }

    pub fn not_found(what: impl Display) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}."))
    }

    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.to_owned()),
            ..Self::new(Code::InvalidInput, message)
        }
    }

    /// A limit that is reached for the moment only: the same request may succeed soon.
    pub fn busy(message: impl Into<String>) -> Self {
        Self {
            retry_after: Some(Duration::from_secs(1)),
            ..Self::new(Code::LimitExceeded, message)
        }
    }

    pub fn unavailable(system: &'static str, message: impl Into<String>, retry_after: Option<Duration>) -> Self {
        Self {
            system: Some(system),
            retry_after,
            ..Self::new(Code::Unavailable, message)
        }
    }

    /// Logs the cause under a reference and tells the client the reference only.
    pub fn internal(cause: &(dyn StdError + 'static)) -> Self {
        let reference = Uuid::new_v4().simple().to_string();
        tracing::error!(reference, error = cause, "a request failed by a fault of the server");
        Self {
            reference: Some(reference.clone()),
            ..Self::new(
                Code::Internal,
                format!("The server failed. Its log has the cause under {reference}."),
            )
        }
    }

    pub fn extensions(&self) -> ErrorExtensionValues {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code.name());
        if let Some(field) = &self.field {
            extensions.set("field", field.as_str());
        }
        if let Some(system) = self.system {
            extensions.set("system", system);
        }
        if let Some(after) = self.retry_after {
            extensions.set("retryAfter", after.as_secs_f64().ceil());
        }
        if let Some(reference) = &self.reference {
            extensions.set("reference", reference.as_str());
        }
        if let Some(conflict) = &self.conflict {
            conflict.extend(&mut extensions);
        }
        extensions
    }
}

impl Conflict {
    fn extend(&self, extensions: &mut ErrorExtensionValues) {
        match self {
            Self::Changed { current_version } => {
                if let Some(version) = current_version {
                    extensions.set("currentVersion", version.as_str());
                }
            }
            Self::Decided(decided) => {
                extensions.set("state", decided.state);
                extensions.set("decidedAt", decided.at.to_rfc3339_opts(SecondsFormat::Micros, true));
                if let Some((id, name)) = &decided.by {
                    let device = [("id", id), ("name", name)];
                    let device = device.map(|(key, value)| (Name::new(key), Value::from(value.as_str())));
                    extensions.set("decidedBy", Value::Object(device.into_iter().collect()));
                }
            }
        }
    }
}

/// An error's text as a sentence of its own. An address that begins it stays as it is.
pub fn sentence(error: &impl Display) -> String {
    let text = error.to_string();
    let is_address = text.split(' ').next().is_some_and(|word| word.contains("://"));
    let mut letters = text.chars();
    let capital: String = match letters.next() {
        Some(first) if !is_address => first.to_uppercase().chain(letters).collect(),
        _ => text,
    };
    if capital.ends_with(['.', '!', '?']) {
        capital
    } else {
        format!("{capital}.")
    }
}

impl From<Failure> for async_graphql::Error {
    fn from(failure: Failure) -> Self {
        let extensions = failure.extensions();
        Self {
            message: failure.message,
            source: None,
            extensions: Some(extensions),
        }
    }
}
