//! The scripted model over HTTP, and under the real OpenCode.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the whole crate is a test"
)]

mod llm_faults;
mod llm_http;
mod real_opencode;
mod support;
mod workspace_container;
