//! OpenCode: recordings of a real server, what a broken one may do, and the real one itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod calls;
mod model;
mod real;
mod recordings;
mod replay;
mod running;
mod ugly;

use secrecy::SecretString;
use server::agent::{
    Endpoint,
    opencode::{Limits, OpenCode, http_client},
};

const USERNAME: &str = "opencode";
const PASSWORD: &str = "pw-7f3a";
/// The folder of the recordings.
const DIRECTORY: &str = "/srv/demo/repo";

fn endpoint(url: &str) -> Endpoint {
    Endpoint {
        url: url.parse().unwrap(),
        username: USERNAME.into(),
        password: SecretString::from(PASSWORD),
        directory: DIRECTORY.into(),
    }
}

fn agent() -> OpenCode {
    OpenCode::new(http_client().unwrap())
}

fn agent_with(limits: Limits) -> OpenCode {
    OpenCode::with_limits(http_client().unwrap(), limits)
}
