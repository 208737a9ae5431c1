//! The library and `pcc` against a small server that speaks HTTP and graphql-transport-ws by script.

// Clippy knows functions marked `#[test]` only; the helpers beside them are tests as well.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cli;
mod follow;
mod requests;
mod session_stream;
mod sse;
mod support;
