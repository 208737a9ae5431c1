//! What the tests share.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

pub mod bench;
pub mod database;
pub mod git;
pub mod link;
pub mod memory_host;
pub mod opencode;
pub mod policy;
pub mod repository;
pub mod server;
pub mod until;
