//! What can be wrong with an account at GitHub, or on the way to one.

use sea_orm::DbErr;

use crate::{
    caller::Forbidden,
    github::GitHubError,
    graphql::{Classify, Code, Failure, sentence},
    idempotency, secrets,
};

pub const MAX_TOKEN: usize = 255;
pub const MAX_SEARCH: usize = 100;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(
        "this server has no OAuth app to sign in with (github.client_id). Paste a token instead, or see its configuration"
    )]
    NoApp,
    #[error("nobody has signed in to GitHub")]
    NoAccount,
    /// Its problem says why.
    #[error("{0}")]
    Useless(String),
    #[error("there is no such sign-in")]
    NoLogin,
    #[error("a token is 1 to {MAX_TOKEN} letters, digits and signs, without spaces")]
    Token,
    #[error("GitHub does not accept this token: it is wrong, has expired or was revoked")]
    RefusedToken,
    #[error("what is searched for has at most {MAX_SEARCH} characters")]
    Search,
    #[error(transparent)]
    GitHub(#[from] GitHubError),
    #[error(transparent)]
    Secrets(#[from] secrets::Error),
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl Classify for Error {
    fn failure(&self) -> Failure {
        match self {
            Self::Forbidden(error) => error.failure(),
            Self::NoApp | Self::NoAccount | Self::Useless(_) => Failure::new(Code::Conflict, sentence(self)),
            Self::NoLogin => Failure::not_found("sign-in"),
            Self::Token | Self::RefusedToken => Failure::invalid("token", sentence(self)),
            Self::Search => Failure::invalid("search", sentence(self)),
            Self::GitHub(error) => {
                tracing::warn!(error = error as &dyn std::error::Error, "GitHub did not do as asked");
                match error {
                    // Asking again does not help.
                    GitHubError::BadToken | GitHubError::Refused(_) => Failure::new(Code::Conflict, sentence(self)),
                    GitHubError::Limited { retry_after } => {
                        Failure::unavailable("github", sentence(self), *retry_after)
                    }
                    GitHubError::Unavailable { .. } => Failure::unavailable("github", sentence(self), None),
                }
            }
            Self::Idempotency(error) => error.failure(),
            Self::Secrets(_) | Self::Database(_) => Failure::internal(self),
        }
    }
}
