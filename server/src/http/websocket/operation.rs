//! One operation of a socket, in a task of its own, so that a busy subscription keeps no other waiting.

use std::sync::Arc;

use async_graphql::{Executor, Value, parser::types::OperationType};
use axum::extract::ws::Utf8Bytes;
use futures_util::{FutureExt, StreamExt, stream::BoxStream};
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

/// Boxed: the channel keeps room for 32 of them, for each socket, as long as it lives.
pub type Boxed = Box<Outgoing>;

pub struct Outbox {
    pub id: Arc<str>,
    pub generation: u64,
    pub sender: mpsc::Sender<Boxed>,
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
        self.sender.send(Box::new(message)).await.is_ok()
    }
}

/// Sends each result as `next`, then `complete`; or `error`, if nothing could be executed.
pub async fn run<E: Executor>(edge: Arc<Edge<E>>, operation: Operation, outbox: Outbox) {
    let subscribes = operation.kind == OperationType::Subscription;
    let mut results = edge.results(operation);
    let first = results.next().await;
    // What waits for years must not keep room for how it begins.
    if let Some(envelope) = Box::pin(begin(first, &mut results, subscribes, &outbox)).await {
        go_on(results, &envelope, &outbox).await;
    }
}

/// The first result, and what it says of the operation. `None` when there is nothing to go on with.
async fn begin(
    mut waiting: Option<Outcome>,
    results: &mut BoxStream<'static, Outcome>,
    subscribes: bool,
    outbox: &Outbox,
) -> Option<Envelope> {
    let envelope = Envelope::new(&outbox.id);
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
            return None;
        }
        if let Some(second) = second {
            let text = envelope.next(RESULT_BYTES, |buffer| answer::write(first, buffer));
            if !outbox.send(text, false).await {
                return None;
            }
            waiting = second;
        }
    }
    let Some(first) = waiting else {
        outbox.send(envelope.complete(), true).await;
        return None;
    };
    let text = envelope.next(first.room(), |buffer| first.write(buffer));
    outbox.send(text, false).await.then_some(envelope)
}

async fn go_on(mut results: BoxStream<'static, Outcome>, envelope: &Envelope, outbox: &Outbox) {
    loop {
        let next = results.next().await;
        let text = next
            .as_ref()
            .map(|result| envelope.next(result.room(), |buffer| result.write(buffer)));
        // It may be long, and is in the text now.
        drop(next);
        let ends = text.is_none();
        let is_taken = outbox.send(text.unwrap_or_else(|| envelope.complete()), ends).await;
        if ends || !is_taken {
            return;
        }
    }
}
