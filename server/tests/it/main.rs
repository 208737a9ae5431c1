//! Every integration test of the server, in one binary: it links once.

// `clippy.toml` allows these in test functions; what they share is as much a test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adapters;
mod contracts;
mod database;
mod event_log_model;
mod events;
mod http;
mod reconciler;
mod support;
mod whole;
