//! One operation of a socket, in a task of its own, so that a busy subscription keeps no other waiting.

use std::sync::Arc;

use async_graphql::{Executor, Value, parser::types::OperationType};
use axum::extract::ws::Utf8Bytes;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc;

use super::message::Envelope;
use crate::http::{
    answer,
    endpoint::{Edge, Operation},
    fanout::{Outcome, RESULT_BYTES},
};

/// A message on its way to the socket, which drops it if its operation is not the current one of its id any more.
#[derive(Debug)]
pub struct Outgoing {
    pub id: Arc<str>,
    pub generation: u64,
    pub text: Utf8Bytes,
    pub ends: bool,
}

pub struct Outbox {
    pub id: Arc<str>,
    pub generation: u64,
    pub sender: mpsc::Sender<Outgoing>,
}

impl Outbox {
    /// Waits while the socket is slow: that is what holds the operation back. False when the socket has gone.
    async fn send(&self, text: Utf8Bytes, ends: bool) -> bool {
        let message = Outgoing {
            id: Arc::clone(&self.id),
            generation: self.generation,
            text,
            ends,
        };
        self.sender.send(message).await.is_ok()
    }
}

/// Sends each result as `next`, then `complete`; or `error`, if nothing could be executed.
pub async fn run<E: Executor>(edge: Arc<Edge<E>>, operation: Operation, outbox: Outbox) {
    let envelope = Envelope::new(&outbox.id);
    let subscribes = operation.kind == OperationType::Subscription;
    let mut results = edge.results(operation);
    let mut waiting = results.next().await;
    if let Some(Outcome::Own(first)) = &waiting
        && !first.errors.is_empty()
        && first.data == Value::Null
    {
        // A subscription whose source fails gives its one error and ends at once; if it goes on, an event has failed.
        let second = if subscribes {
            results.next().now_or_never()
        } else {
            None
        };
        if answer::is_request_error(first) || matches!(second, Some(None)) {
            outbox.send(envelope.error(&first.errors), true).await;
            return;
        }
        if let Some(second) = second {
            if !outbox
                .send(
                    envelope.next(RESULT_BYTES, |buffer| answer::write(first, buffer)),
                    false,
                )
                .await
            {
                return;
            }
            waiting = second;
        }
    }
    while let Some(result) = waiting {
        if !outbox
            .send(envelope.next(result.room(), |buffer| result.write(buffer)), false)
            .await
        {
            return;
        }
        waiting = results.next().await;
    }
    outbox.send(envelope.complete(), true).await;
}
