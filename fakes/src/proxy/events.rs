//! Passing the event stream on, event by event.

use std::{io, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use super::{State, StreamFault};

const END: &[u8] = b"\n\n";
const DELTA: &[u8] = b"message.part.delta";
const GARBLED: &[u8] = b"data: {\"directory\":\"/\xc3\xa4\",\"payload\":{\"type\":\"message.part.upd\n\n";
const NOISE: &[u8] = b": nothing\n\ndata:\n\ndata: [1,2\n\nevent: odd\ndata: {}\n\ndata: null\n\n";
/// Events that are held back come after so long a pause at the latest.
const PAUSE: Duration = Duration::from_millis(400);
const DRIP: usize = 64;
const DRIP_PAUSE: Duration = Duration::from_millis(2);

type Pieces = mpsc::Sender<io::Result<Bytes>>;

pub(super) fn pass(response: reqwest::Response, state: Arc<State>) -> Response {
    let status = response.status();
    let content_type = response.headers().get(header::CONTENT_TYPE).cloned();
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        let closed = sender.clone();
        tokio::select! {
            () = closed.closed() => {}
            () = forward(response, &state, &sender) => {}
        }
    });
    let pieces = stream::unfold(receiver, |mut receiver| async {
        Some((receiver.recv().await?, receiver))
    });
    let mut response = (status, Body::from_stream(pieces)).into_response();
    if let Some(content_type) = content_type {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    response
}

async fn forward(response: reqwest::Response, state: &State, pieces: &Pieces) {
    let mut bytes = response.bytes_stream();
    let mut unread = Vec::new();
    let mut held = Vec::new();
    let mut count = 0_usize;
    loop {
        match timeout(PAUSE, bytes.next()).await {
            Ok(Some(Ok(chunk))) => unread.extend_from_slice(&chunk),
            Ok(_) => return,
            Err(_) => {
                for event in held.drain(..) {
                    send(pieces, event).await;
                }
            }
        }
        while let Some(end) = unread.windows(END.len()).position(|window| window == END) {
            let event = Bytes::from(unread.drain(..end + END.len()).collect::<Vec<_>>());
            count += 1;
            let fault = state.next(event.windows(DELTA.len()).any(|window| window == DELTA));
            match fault {
                StreamFault::None | StreamFault::Cut { after: 1.. } | StreamFault::Silence { after: 1.. } => {
                    held.push(event);
                    for event in held.drain(..) {
                        send(pieces, event).await;
                    }
                }
                StreamFault::Cut { after: 0 } => {
                    send(pieces, event.slice(..event.len() / 2)).await;
                    let _ = pieces.send(Err(io::Error::other("cut"))).await;
                    return;
                }
                // OpenCode must not be held up by it.
                StreamFault::Silence { after: 0 } => while bytes.next().await.is_some() {},
                StreamFault::Duplicate => {
                    send(pieces, event.clone()).await;
                    send(pieces, event).await;
                }
                StreamFault::Reorder => {
                    held.push(event);
                    if held.len() == 3 {
                        for event in held.drain(..).rev() {
                            send(pieces, event).await;
                        }
                    }
                }
                StreamFault::Garble { every } if count.is_multiple_of(every.max(1)) => {
                    send(pieces, Bytes::from_static(GARBLED)).await;
                }
                StreamFault::Garble { .. } => send(pieces, event).await,
                StreamFault::Noise => {
                    send(pieces, event).await;
                    send(pieces, Bytes::from_static(NOISE)).await;
                }
                StreamFault::Burst { size } => {
                    held.push(event);
                    if held.len() >= size {
                        send(pieces, held.drain(..).flatten().collect()).await;
                    }
                }
                StreamFault::Trickle => {
                    for drip in event.chunks(DRIP) {
                        send(pieces, Bytes::copy_from_slice(drip)).await;
                        sleep(DRIP_PAUSE).await;
                    }
                }
            }
        }
    }
}

/// Nobody takes it any more: the stream is dropped by whoever drives it.
async fn send(pieces: &Pieces, bytes: Bytes) {
    let _ = pieces.send(Ok(bytes)).await;
}

impl State {
    /// What happens to the next event.
    fn next(&self, is_delta: bool) -> StreamFault {
        let mut inner = self.lock();
        let fault = inner.stream;
        match &mut inner.stream {
            StreamFault::Cut { after } | StreamFault::Silence { after } if *after > 0 => {
                *after -= usize::from(is_delta)
            }
            StreamFault::Cut { .. } | StreamFault::Silence { .. } => inner.stream = StreamFault::None,
            _ => {}
        }
        inner.faults.streams += u64::from(fault != StreamFault::None);
        fault
    }
}
