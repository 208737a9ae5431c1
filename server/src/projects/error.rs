//! What can be wrong with what a user asks of a project.

use sea_orm::DbErr;

use super::{lifecycle::BeingDeleted, slug::NotASlug, upkeep::occupation::Occupation};
use crate::{
    caller::Forbidden,
    forge::{reference::RefError, url::UrlError},
    graphql::{Classify, Code, Failure},
    idempotency,
};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no such project")]
    NoProject,
    #[error("there is no such operation")]
    NoOperation,
    #[error("a name is 1 to {max} characters long, and this one has {length}", max = super::service::MAX_NAME)]
    Name { length: usize },
    #[error("a description has at most {max} characters, and this one has {length}", max = super::service::MAX_DESCRIPTION)]
    Description { length: usize },
    #[error(transparent)]
    Slug(#[from] NotASlug),
    #[error("the slug {0} is taken by another project")]
    SlugTaken(String),
    #[error("an empty source is asked for by `empty: true`")]
    NotEmpty,
    #[error(transparent)]
    Url(#[from] UrlError),
    #[error(transparent)]
    Reference(#[from] RefError),
    #[error(transparent)]
    BeingDeleted(#[from] BeingDeleted),
    #[error("what has begun so cannot be cancelled")]
    NotCancellable,
    #[error("the time to sleep after is 0 for never, or {min} to {max} seconds", min = super::service::SLEEP_AFTER.start(), max = super::service::SLEEP_AFTER.end())]
    SleepAfter,
    #[error("the project is stopped: start it")]
    IsStopped,
    #[error("the project is not awake")]
    NotAwake,
    #[error("the project stays awake: {}", .0.sentence())]
    Occupied(Occupation),
    #[error("the operation has ended")]
    Ended,
    #[error("only the newest operation of a project, and only a failed or waiting one, can be tried again")]
    NotRetryable,
    #[error("no server is known")]
    NoServer,
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl Classify for Error {
    fn failure(&self) -> Failure {
        match self {
            Self::Forbidden(error) => error.failure(),
            Self::NoProject => Failure::not_found("project"),
            Self::NoOperation => Failure::not_found("operation"),
            Self::Name { .. } => invalid("name", self),
            Self::Description { .. } => invalid("description", self),
            Self::Slug(_) => invalid("slug", self),
            Self::NotEmpty => invalid("source.empty", self),
            Self::Url(_) => invalid("source.git.url", self),
            Self::Reference(_) => invalid("source.git.ref", self),
            Self::SlugTaken(_) => Failure {
                field: Some("slug".to_owned()),
                ..conflict(self)
            },
            Self::SleepAfter => invalid("afterSeconds", self),
            Self::BeingDeleted(_)
            | Self::NotCancellable
            | Self::Ended
            | Self::NotRetryable
            | Self::IsStopped
            | Self::NotAwake
            | Self::Occupied(_) => conflict(self),
            Self::Idempotency(error) => error.failure(),
            Self::NoServer | Self::Database(_) => Failure::internal(self),
        }
    }
}

fn invalid(field: &str, error: &Error) -> Failure {
    Failure::invalid(field, sentence(error))
}

fn conflict(error: &Error) -> Failure {
    Failure::new(Code::Conflict, sentence(error))
}

fn sentence(error: &Error) -> String {
    crate::graphql::sentence(error)
}
