//! What can be wrong with what a user asks of a session.

use sea_orm::DbErr;

use super::{
    new_prompt::{MAX_PARTS, MAX_TEXT},
    offers::Lacking,
    service::MAX_TITLE,
};
use crate::{
    agent::AgentError,
    attachments::{
        self,
        service::{MAX_FILES, MAX_FILES_BYTES},
    },
    caller::Forbidden,
    graphql::{Classify, Code, Failure, sentence},
    idempotency,
};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no such project")]
    NoProject,
    #[error("there is no such session")]
    NoSession,
    #[error("there is no such message")]
    NoMessage,
    #[error("the project is being deleted")]
    BeingDeleted,
    #[error("a turn runs in the session, or something waits to be said: end it, or wait for its end")]
    TurnRuns,
    #[error("the agent does not have this yet")]
    NotBegun,
    #[error("nothing was said yet: there is nothing to sum up")]
    NothingSaid,
    #[error("a copy of the session is still to be made: start its agent, or delete the copy first")]
    BeingForked,
    #[error("the agent does not run, and this is done by it alone")]
    NeedsAgent,
    #[error("the agent wakes, which takes some seconds: it is done when it is asked for again")]
    Waking,
    #[error("the session was not interrupted: there is nothing to go on with")]
    NotInterrupted,
    #[error("the prompt does not wait any more: the agent has it, or may have it")]
    NotWaiting,
    #[error("the prompt did not fail: there is nothing to try again")]
    NotFailed,
    #[error("a title is 1 to {MAX_TITLE} characters long")]
    Title,
    #[error("a prompt has 1 to {MAX_PARTS} parts, none of them empty, and {max} kB of text at most", max = MAX_TEXT / 1024)]
    Parts,
    #[error("a prompt is text, and has no character NUL in it")]
    Nul,
    #[error("a model is named as provider/model")]
    Model,
    #[error("an agent's name is 1 to 100 characters long")]
    Agent,
    #[error("a command's name is 1 to 200 characters long, without spaces")]
    Command,
    #[error("there is no file {0} in the workspace")]
    NoFile(String),
    #[error("what stands at {0} is a link, or nothing that can be read")]
    ClosedFile(String),
    #[error("a prompt may have {MAX_FILES} attachments of {} MB together", MAX_FILES_BYTES / 1_000_000)]
    Attachments,
    #[error(transparent)]
    Attachment(#[from] attachments::Error),
    #[error(transparent)]
    Lacking(#[from] Lacking),
    #[error("the agent does not run, and has not yet said what it offers")]
    NotRunning,
    #[error("the agent does not answer")]
    Unreachable(#[source] AgentError),
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
    #[error("a part cannot be kept")]
    Json(#[from] serde_json::Error),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl Classify for Error {
    fn failure(&self) -> Failure {
        match self {
            Self::Forbidden(error) => error.failure(),
            Self::NoProject => Failure::not_found("project"),
            Self::NoSession => Failure::not_found("session"),
            Self::NoMessage => Failure::not_found("message"),
            Self::BeingDeleted
            | Self::NotInterrupted
            | Self::NotWaiting
            | Self::NotFailed
            | Self::TurnRuns
            | Self::NotBegun
            | Self::NothingSaid
            | Self::BeingForked => Failure::new(Code::Conflict, sentence(self)),
            Self::NeedsAgent | Self::Waking => {
                Failure::unavailable("agent", sentence(self), Some(std::time::Duration::from_secs(3)))
            }
            Self::Title => Failure::invalid("title", sentence(self)),
            Self::Parts | Self::Nul => Failure::invalid("parts", sentence(self)),
            Self::Model => Failure::invalid("model", sentence(self)),
            Self::Agent => Failure::invalid("agent", sentence(self)),
            Self::NoFile(_) | Self::ClosedFile(_) => Failure::invalid("parts", sentence(self)),
            Self::Attachments => Failure::new(Code::LimitExceeded, sentence(self)),
            Self::Attachment(error) => error.failure(),
            Self::Command => Failure::invalid("command", sentence(self)),
            Self::Lacking(lacking) => Failure::invalid(lacking.what, sentence(lacking)),
            Self::NotRunning => Failure::unavailable("agent", sentence(self), None),
            Self::Unreachable(cause) => {
                tracing::warn!(error = cause as &dyn std::error::Error, "the agent does not answer");
                Failure::unavailable("agent", sentence(self), Some(std::time::Duration::from_secs(2)))
            }
            Self::Idempotency(error) => error.failure(),
            Self::Json(_) | Self::Database(_) => Failure::internal(self),
        }
    }
}
