//! The errors of the edge itself: a code, a sentence, nothing else.

use async_graphql::{ErrorExtensionValues, Pos, ServerError};

use crate::graphql::{Code, Failure};

pub fn bad_request(message: impl Into<String>) -> ServerError {
    failure(Failure::new(Code::BadRequest, message))
}

pub fn limit(message: impl Into<String>) -> ServerError {
    failure(Failure::new(Code::LimitExceeded, message))
}

pub fn failure(failure: Failure) -> ServerError {
    let extensions = failure.extensions();
    ServerError {
        extensions: Some(extensions),
        ..ServerError::new(failure.message, None)
    }
}

pub fn at(error: ServerError, position: Pos) -> ServerError {
    ServerError {
        locations: vec![position],
        ..error
    }
}

/// Gives an error that came without a code the one that fits all those of the parser and of validation.
pub fn with_code(mut error: ServerError) -> ServerError {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", Code::BadRequest.name());
    }
    error
}
