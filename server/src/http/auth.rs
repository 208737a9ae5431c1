//! Who asks: the seam to the capability that knows tokens.

use async_trait::async_trait;
use axum::http::{HeaderMap, header};
use secrecy::SecretString;

use crate::{
    caller::Caller,
    graphql::{Code, Failure},
};

/// Knows tokens. The edge asks it before anything is executed, and again while a socket or a stream stays open.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// The device of this token. A token that is wrong, expired or revoked is `UNAUTHENTICATED`.
    async fn authenticate(&self, token: &SecretString) -> Result<Caller, Failure>;

    /// Whether the token that made this caller still holds.
    async fn still_valid(&self, caller: &Caller) -> bool;
}

/// The bearer token of a request, if it brings one. Another scheme is refused rather than ignored: who sends credentials
/// believes to be somebody.
pub fn bearer(headers: &HeaderMap) -> Result<Option<SecretString>, Failure> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let token = value.to_str().ok().and_then(bearer_token);
    match token {
        Some(token) => Ok(Some(token)),
        None => Err(Failure::new(
            Code::Unauthenticated,
            "The Authorization header must be `Bearer` and a token.",
        )),
    }
}

/// The token of `Bearer <token>`, whose scheme is written in any case.
pub fn bearer_token(value: &str) -> Option<SecretString> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.into())
}
