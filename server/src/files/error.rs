//! What can be wrong with what a user asks of files.

use std::time::Duration;

use sea_orm::DbErr;

use crate::{
    caller::Forbidden,
    containers::HostError,
    forge::ForgeError,
    graphql::{Classify, Code, Conflict, Failure, sentence},
    idempotency,
    workspace::{PathError, WorkspaceError},
};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no such project")]
    NoProject,
    #[error("the project is being deleted")]
    BeingDeleted,
    #[error("the project's workspace has not been made yet")]
    NotYet,
    #[error("{1}")]
    Path(&'static str, #[source] PathError),
    #[error("{1}")]
    Input(&'static str, &'static str),
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    #[error("the project's container cannot be looked at")]
    Host(#[source] HostError),
    #[error(transparent)]
    Forge(#[from] ForgeError),
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

const SOON: Duration = Duration::from_secs(2);

impl Classify for Error {
    fn failure(&self) -> Failure {
        match self {
            Self::Forbidden(error) => error.failure(),
            Self::NoProject => Failure::not_found("project"),
            Self::BeingDeleted => Failure::new(Code::Conflict, sentence(self)),
            Self::NotYet => Failure::unavailable("workspace", sentence(self), Some(SOON)),
            Self::Path(field, _) | Self::Input(field, _) => Failure::invalid(field, sentence(self)),
            Self::Workspace(error) => of_workspace(error),
            Self::Host(cause) => {
                tracing::warn!(
                    error = cause as &dyn std::error::Error,
                    "a container cannot be looked at"
                );
                Failure::unavailable("host", sentence(self), Some(SOON))
            }
            Self::Forge(ForgeError::Rejected(message)) => Failure::new(Code::Conflict, sentence(message)),
            Self::Forge(error) => {
                tracing::warn!(error = error as &dyn std::error::Error, "a push failed");
                Failure::unavailable("forge", sentence(error), Some(SOON))
            }
            Self::Idempotency(error) => error.failure(),
            Self::Database(_) => Failure::internal(self),
        }
    }
}

fn of_workspace(error: &WorkspaceError) -> Failure {
    let text = sentence(error);
    match error {
        WorkspaceError::NotFound => Failure::not_found("file"),
        WorkspaceError::Link(_) | WorkspaceError::NotAFile(_) | WorkspaceError::NotAFolder(_) => {
            Failure::invalid("path", text)
        }
        WorkspaceError::Changed(version) => Failure {
            conflict: Some(Box::new(Conflict::Changed {
                current_version: version.as_ref().map(|version| version.0.clone()),
            })),
            ..Failure::new(Code::Conflict, text)
        },
        WorkspaceError::Exists(_) | WorkspaceError::Refused(_) => Failure::new(Code::Conflict, text),
        WorkspaceError::Invalid(field, _) => Failure::invalid(field, text),
        WorkspaceError::Limit(_) => Failure::new(Code::LimitExceeded, text),
        WorkspaceError::Busy => Failure::unavailable("git", text, Some(Duration::from_secs(1))),
        WorkspaceError::Elsewhere => Failure::unavailable("workspace", text, None),
        WorkspaceError::Unavailable { .. } => {
            tracing::warn!(error = error as &dyn std::error::Error, "a workspace cannot be used");
            Failure::unavailable("workspace", text, Some(SOON))
        }
    }
}
