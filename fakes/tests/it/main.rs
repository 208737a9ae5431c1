//! The scripted model over HTTP, and under the real OpenCode; the double of GitHub.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the whole crate is a test"
)]

mod github;
mod llm_faults;
mod llm_http;
mod real_opencode;
mod support;
mod workspace_container;
