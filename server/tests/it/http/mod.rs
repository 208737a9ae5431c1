//! The edges, judged by their specifications: by the audits others wrote, and by tests from the protocols' own text.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail as tests do"
)]

mod conformance;
mod git;
mod graphiql;
mod guard;
mod gzip;
mod node;
mod over_http;
mod reach;
mod schema;
mod serve;
mod sse;
mod web_app;
mod websocket;
