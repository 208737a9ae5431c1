//! What can be wrong with a decision.

use chrono::{DateTime, Utc};
use entity::{decision::DecisionState, ids::DeviceId};
use sea_orm::DbErr;

use super::{
    new_policy::{MAX_PATTERN, MAX_RULES, WAIT},
    service::{MAX_ANSWER, MAX_MESSAGE},
};
use crate::{
    caller::Forbidden,
    graphql::{Classify, Code, Conflict, Decided, Failure, Id, sentence},
    idempotency,
};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no such decision")]
    NoDecision,
    #[error("there is no such project")]
    NoProject,
    #[error("{}", closed(.0))]
    Closed(Closed),
    #[error("this is a question: answer it, or reject it")]
    IsQuestion,
    #[error("this is a permission request: allow it once or always, or reject it")]
    IsPermission,
    #[error("words for the agent go with a rejection, and are 1 to {MAX_MESSAGE} characters long")]
    Message,
    #[error("the agent offers no \"always\" for this")]
    NoAlways,
    #[error("each of the {0} prompts gets an answer, in order")]
    Count(usize),
    #[error("an answer is 1 to {MAX_ANSWER} characters long")]
    Answer,
    #[error("{0:?} takes one of its options only")]
    Option(String),
    #[error("{0:?} takes one answer only")]
    Single(String),
    #[error("a policy has at most {MAX_RULES} rules, each with a pattern of 1 to {MAX_PATTERN} characters")]
    Rules,
    #[error("a request waits {min} seconds to {max} days", min = WAIT.start(), max = WAIT.end() / 86_400)]
    Wait,
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

/// How a decision was closed before.
#[derive(Debug)]
pub struct Closed {
    pub state: DecisionState,
    /// The device and its name; `None` when no person decided.
    pub by: Option<(DeviceId, String)>,
    pub at: DateTime<Utc>,
}

fn closed(closed: &Closed) -> String {
    match (closed.state, &closed.by) {
        (DecisionState::Decided, Some((_, name))) => format!("this was decided before, on {name:?}"),
        (DecisionState::Decided, None) => "this was decided before, by the project's policy".to_owned(),
        (DecisionState::Expired, _) => "nobody decided this in time, so it was refused".to_owned(),
        _ => "nobody waits for this any more".to_owned(),
    }
}

/// The state's name in the schema.
fn name(state: DecisionState) -> &'static str {
    match state {
        DecisionState::Pending => "PENDING",
        DecisionState::Decided => "DECIDED",
        DecisionState::Withdrawn => "WITHDRAWN",
        DecisionState::Expired => "EXPIRED",
    }
}

impl Classify for Error {
    fn failure(&self) -> Failure {
        let invalid = |field: &str| Failure::invalid(field, sentence(self));
        match self {
            Self::Forbidden(error) => error.failure(),
            Self::NoDecision => Failure::not_found("decision"),
            Self::NoProject => Failure::not_found("project"),
            Self::Closed(closed) => Failure {
                conflict: Some(Box::new(Conflict::Decided(Decided {
                    state: name(closed.state),
                    by: closed.by.as_ref().map(|(id, name)| (Id(*id).encode(), name.clone())),
                    at: closed.at,
                }))),
                ..Failure::new(Code::Conflict, sentence(self))
            },
            Self::IsQuestion => invalid("answer.permission"),
            Self::Message => invalid("answer.permission.message"),
            Self::NoAlways => invalid("answer.permission.reply"),
            Self::IsPermission => invalid("answer.question"),
            Self::Count(_) | Self::Answer | Self::Option(_) | Self::Single(_) => invalid("answer.question.answers"),
            Self::Rules => invalid("rules"),
            Self::Wait => invalid("waitSeconds"),
            Self::Idempotency(error) => error.failure(),
            Self::Database(_) => Failure::internal(self),
        }
    }
}
