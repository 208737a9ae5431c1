//! graphql-transport-ws, to the letter of its protocol.
//!
//! `message` reads and writes, `session` knows the rules, `operation` runs one operation in its own task, `socket` does the
//! input and output. A socket holds a bounded number of operations, each a bounded number of results; a client that is slow
//! holds back its own operations and, at last, loses the socket.

mod message;
mod operation;
mod session;
mod socket;

use std::sync::Arc;

use async_graphql::Executor;
use axum::{
    extract::{FromRequestParts, ws::WebSocketUpgrade},
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Response},
};

use self::message::{Close, SUBPROTOCOL};
#[cfg(test)]
pub(super) use self::{
    operation::{Outbox, run},
    socket::serve,
};
use super::{endpoint::Edge, graphql::caller_not_known};

/// Bytes each socket holds on to as long as it lives, once it has needed them. Clients send little, and a few events fit
/// into one write, as many as come together on a busy log; what is longer gets its room when it comes.
const READ_BUFFER: usize = 512;
const WRITE_BUFFER: usize = 1024;

pub(super) fn is_upgrade(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

pub(super) async fn upgrade<E: Executor>(edge: Arc<Edge<E>>, mut parts: Parts) -> Response {
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let caller = match edge.caller(&parts.headers).await {
        Ok(caller) => caller,
        Err(failure) => return caller_not_known(failure),
    };
    let limit = edge.limits().body_bytes;
    let upgrade = upgrade
        .max_message_size(limit)
        .max_frame_size(limit)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .protocols([SUBPROTOCOL]);
    let agreed = upgrade.selected_protocol().is_some();
    let tasks = edge.endpoint.tasks.clone();
    upgrade.on_upgrade(move |mut socket| {
        tasks.track_future(async move {
            if agreed {
                socket::serve(edge, socket, caller).await;
            } else {
                // The protocol wants a close code, which only an open socket can carry.
                socket::say_goodbye(&mut socket, Close::SUBPROTOCOL).await;
            }
        })
    })
}
