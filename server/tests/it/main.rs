//! Every integration test of the server, in one binary: it links once.

// `clippy.toml` allows these in test functions; what they share is as much a test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod adapters;
mod attachments;
mod bridge;
mod contracts;
mod database;
mod decisions;
mod event_log_model;
mod events;
mod fanout;
mod http;
mod lists;
mod long_sessions;
mod project_changes;
mod reconciler;
mod resting;
mod session_changes;
mod sleep;
mod support;
mod transactions;
mod whole;
mod workspace;
