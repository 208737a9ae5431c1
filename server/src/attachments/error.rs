//! What can be wrong with a file that is to be attached.

use sea_orm::DbErr;

use super::service::{MAX_BYTES, MAX_NAME, MAX_UNUSED, MAX_UNUSED_BYTES};
use crate::{
    caller::Forbidden,
    graphql::{Classify, Code, Failure, sentence},
};

const MB: u64 = 1_000_000;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no such attachment")]
    NotFound,
    #[error("a file's name is 1 to {MAX_NAME} characters long, without slashes")]
    Name,
    #[error("the file is empty")]
    Empty,
    #[error("a file that is attached may have {} MB", MAX_BYTES as u64 / MB)]
    TooLarge,
    #[error("images (PNG, JPEG, GIF, WebP), PDF and UTF-8 text can be attached")]
    Kind,
    #[error(
        "a device may have {MAX_UNUSED} files of {} MB together that no prompt has yet; each goes after a day",
        MAX_UNUSED_BYTES / MB
    )]
    TooMany,
    #[error("the data folder cannot be written or read")]
    Disk(#[from] std::io::Error),
    #[error("the database failed")]
    Database(#[from] DbErr),
}

impl Classify for Error {
    fn failure(&self) -> Failure {
        match self {
            Self::Forbidden(error) => error.failure(),
            Self::NotFound => Failure::not_found("attachment"),
            Self::Name => Failure::invalid("name", sentence(self)),
            Self::Empty | Self::Kind => Failure::invalid("content", sentence(self)),
            Self::TooLarge | Self::TooMany => Failure::new(Code::LimitExceeded, sentence(self)),
            Self::Disk(_) | Self::Database(_) => Failure::internal(self),
        }
    }
}
