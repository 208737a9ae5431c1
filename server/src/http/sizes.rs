//! How much memory an idle subscriber takes: what its two tasks keep room for while they wait.

use std::sync::Arc;

use axum::extract::ws::WebSocket;

use super::{
    endpoint::{Edge, Operation},
    websocket::{Outbox, run, serve},
};
use crate::{caller::Caller, schema::Graph};

/// Bytes.
const AT_MOST: usize = 2_048;

fn size<A, B, C, F>(_work: impl Fn(A, B, C) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn an_idle_subscriber_waits_in_little_memory() {
    let socket = size(|edge: Arc<Edge<Graph>>, socket: WebSocket, caller: Option<Caller>| serve(edge, socket, caller));
    let operation = size(|edge: Arc<Edge<Graph>>, operation: Operation, outbox: Outbox| run(edge, operation, outbox));
    assert!(socket <= AT_MOST, "a socket takes {socket} bytes");
    assert!(operation <= AT_MOST, "an operation takes {operation} bytes");
}
