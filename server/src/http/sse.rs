//! graphql-sse, distinct connections mode: one operation, one stream of `next` events, one `complete`.

use std::{convert::Infallible, sync::Arc, time::Duration};

use async_graphql::{Executor, Response as GraphqlResponse};
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};
use tokio_stream::wrappers::ReceiverStream;
use tracing::Instrument;

use super::{
    answer,
    endpoint::{Edge, Operation},
    fanout::Outcome,
    gzip::{self, GzipStream},
    negotiate::MediaType,
    seats::Seat,
};
use crate::{
    caller::Caller,
    graphql::{Code, Failure},
};

const COMPLETE: Bytes = Bytes::from_static(b"event: complete\ndata:\n\n");
const HEARTBEAT: Bytes = Bytes::from_static(b":\n\n");

/// The stream of an operation. It ends with the operation, with the token, with the server, or when the client takes nothing any more.
pub(super) fn serve<E: Executor>(
    edge: &Arc<Edge<E>>,
    operation: Operation,
    caller: Option<Caller>,
    takes_gzip: bool,
) -> Response {
    let Some(seat) = edge.seats.take(caller.as_ref()) else {
        let failure = Failure::new(
            Code::LimitExceeded,
            format!(
                "A device may hold {} sockets and streams open.",
                edge.seats.per_device()
            ),
        );
        return single(answer::failed(failure));
    };
    let (sender, events) = mpsc::channel(edge.limits().socket.buffered_messages.max(1));
    let outlet = Outlet {
        sender,
        patience: edge.limits().socket.write_timeout,
        gzip: takes_gzip.then(|| edge.compressors.stream()),
        is_busy: false,
    };
    let span = operation.span.clone();
    let feed = feed(Arc::clone(edge), operation, caller, outlet, seat).instrument(span);
    edge.endpoint.tasks.spawn(feed);
    let mut response = respond(Body::from_stream(ReceiverStream::new(events).map(Ok::<_, Infallible>)));
    if takes_gzip {
        gzip::mark(response.headers_mut());
    }
    response
}

/// A stream of one result, which is already there. The protocol wants even a refusal in the form of an event.
pub(super) fn single(answer: GraphqlResponse) -> Response {
    let mut body = next(&Outcome::Own(answer)).to_vec();
    body.extend_from_slice(&COMPLETE);
    respond(Body::from(body))
}

struct Outlet {
    sender: mpsc::Sender<Bytes>,
    patience: Duration,
    gzip: Option<GzipStream>,
    /// Something was sent since the last beat.
    is_busy: bool,
}

impl Outlet {
    /// False when the client has gone or takes nothing.
    async fn send(&mut self, event: Bytes) -> bool {
        self.is_busy = true;
        let piece = match &mut self.gzip {
            Some(gzip) => gzip.piece(&event),
            None => event,
        };
        self.sender.send_timeout(piece, self.patience).await.is_ok()
    }

    async fn beat(&mut self) -> bool {
        let was_busy = std::mem::take(&mut self.is_busy);
        let piece = match &mut self.gzip {
            Some(gzip) if was_busy => gzip.piece(&HEARTBEAT),
            Some(gzip) => gzip.quiet_piece(&HEARTBEAT),
            None => HEARTBEAT,
        };
        self.sender.send_timeout(piece, self.patience).await.is_ok()
    }

    /// The last event.
    async fn complete(mut self) {
        if self.send(COMPLETE).await
            && let Some(gzip) = self.gzip
        {
            let _ = self.sender.send_timeout(gzip.end(), self.patience).await;
        }
    }
}

async fn feed<E: Executor>(
    edge: Arc<Edge<E>>,
    operation: Operation,
    caller: Option<Caller>,
    mut outlet: Outlet,
    _seat: Seat,
) {
    let mut results = edge.results(operation);
    let mut heartbeat = interval(edge.limits().sse_heartbeat.max(Duration::from_millis(1)));
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat.reset();
    let shutdown = edge.endpoint.shutdown.cancelled();
    tokio::pin!(shutdown);
    loop {
        let is_taken = tokio::select! {
            () = &mut shutdown => return,
            () = outlet.sender.closed() => return,
            result = results.next() => match result {
                Some(result) => outlet.send(next(&result)).await,
                None => return outlet.complete().await,
            },
            _ = heartbeat.tick() => match &caller {
                Some(caller) if !edge.still_valid(caller).await => {
                    let failure = Failure::new(Code::Unauthenticated, "The token does not hold any more.");
                    outlet.send(next(&Outcome::Own(answer::failed(failure)))).await;
                    return outlet.complete().await;
                }
                _ => outlet.beat().await,
            },
        };
        if !is_taken {
            return;
        }
    }
}

/// JSON has no raw line breaks, so that one `data:` line holds it all.
fn next(result: &Outcome) -> Bytes {
    let mut event = b"event: next\ndata: ".to_vec();
    result.write(&mut event);
    event.extend_from_slice(b"\n\n");
    event.into()
}

fn respond(body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, MediaType::EventStream.content_type()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    (StatusCode::OK, headers, body).into_response()
}
