//! What can be wrong with a token, a code or a device.

use sea_orm::DbErr;

use super::token::NoRandomness;
use crate::{
    caller::Forbidden,
    graphql::{Classify, Code, Failure, sentence},
    idempotency,
};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("this token is wrong, expired or revoked")]
    BadToken,
    #[error("this pairing code is wrong, was used, or has expired. Make a new one with `pcc-server pair`")]
    BadCode,
    #[error("a device's name is 1 to 100 characters long")]
    Name,
    #[error("at least one scope is needed")]
    NoScopes,
    #[error("there is no such device")]
    NoDevice,
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl Classify for Error {
    fn failure(&self) -> Failure {
        match self {
            Self::Forbidden(error) => error.failure(),
            Self::BadToken => Failure::new(Code::Unauthenticated, sentence(self)),
            Self::BadCode => Failure::invalid("code", sentence(self)),
            Self::Name => Failure::invalid("deviceName", sentence(self)),
            Self::NoScopes => Failure::invalid("scopes", sentence(self)),
            Self::NoDevice => Failure::not_found("device"),
            Self::Idempotency(error) => error.failure(),
            Self::Randomness(_) | Self::Database(_) => Failure::internal(self),
        }
    }
}
