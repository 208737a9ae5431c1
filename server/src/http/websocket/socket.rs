//! The input and output of one socket: a loop that reads, writes, pings and watches the clock.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::Executor;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::{FutureExt, SinkExt, future::BoxFuture};
use tokio::{
    sync::mpsc,
    task::AbortHandle,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tracing::Instrument;

use super::{
    message::{ACK, ClientMessage, Close, Envelope, PING, pong, read},
    operation::{Boxed, Outbox, run},
    session::{Session, Step},
};
use crate::{
    caller::Caller,
    graphql::{Code, Failure},
    http::{Params, SocketLimits, answer, endpoint::Edge, seats::Seat},
};

/// As many messages as are waiting go out together, up to this many.
const BATCH: usize = 64;
/// A ping interval of nothing would be no interval.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);
/// How long a client may take to answer the close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// A long message on a slow line that still moves gets a second more for each of these.
const SLOWEST_BYTES_PER_SECOND: usize = 16 * 1024;

/// Why a socket ends.
enum End {
    Close(Close),
    /// The client has closed it, or takes no bytes any more.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

struct Connection<E> {
    edge: Arc<Edge<E>>,
    socket: WebSocket,
    session: Session<AbortHandle>,
    caller: Option<Caller>,
    seat: Option<Seat>,
    outbox: mpsc::Sender<Boxed>,
    last_heard: Instant,
}

/// Serves a socket until its end. `caller` is the one of the request's header; a token in `connection_init` comes before it.
pub(in crate::http) async fn serve<E: Executor>(edge: Arc<Edge<E>>, socket: WebSocket, caller: Option<Caller>) {
    let limits = edge.limits().socket.clone();
    let (outbox, inbox) = mpsc::channel(limits.buffered_messages.max(1));
    let mut connection = Connection {
        session: Session::new(limits.operations),
        edge,
        socket,
        caller,
        seat: None,
        outbox,
        last_heard: Instant::now(),
    };
    let end = connection.serve(&limits, inbox).await;
    let Connection {
        mut socket, session, ..
    } = connection;
    drop(session);
    if let End::Close(close) = end {
        Box::pin(say_goodbye(&mut socket, close)).await;
    }
}

impl<E: Executor> Connection<E> {
    async fn serve(&mut self, limits: &SocketLimits, mut inbox: mpsc::Receiver<Boxed>) -> End {
        let edge = Arc::clone(&self.edge);
        let shutdown = edge.endpoint.shutdown.cancelled();
        let init_timeout = sleep(limits.init_timeout);
        tokio::pin!(shutdown, init_timeout);
        let mut pings = interval(limits.ping_interval.max(SHORTEST_INTERVAL));
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        pings.reset();
        let mut validity: Option<BoxFuture<'static, bool>> = None;
        loop {
            let step = tokio::select! {
                () = &mut shutdown => Err(Close::GOING_AWAY.into()),
                () = &mut init_timeout, if !self.session.is_acknowledged() => Err(Close::INIT_TIMEOUT.into()),
                // Boxed, as everything that is rare: an idle socket must not keep room for it.
                message = self.socket.recv() => Box::pin(self.heard(message)).await,
                Some(first) = inbox.recv() => self.write(limits, first, &mut inbox).await,
                holds = pending(&mut validity) => {
                    validity = None;
                    if holds { Ok(()) } else { Err(Close::FORBIDDEN.into()) }
                }
                _ = pings.tick() => {
                    validity = validity.take().or_else(|| self.check_token());
                    Box::pin(self.ping(limits)).await
                }
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn heard(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.last_heard = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => {
                let message = read(&text)?;
                self.receive(message).await
            }
            Some(Ok(Message::Binary(_))) => Err(Close::invalid("Invalid message: text is expected").into()),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Close(_))) | None => Err(End::Gone),
            Some(Err(_broken_or_too_long)) => Err(Close::MESSAGE_TOO_BIG.into()),
        }
    }

    async fn receive(&mut self, message: ClientMessage) -> Result<(), End> {
        match self.session.receive(message) {
            Step::Nothing => Ok(()),
            Step::Close(close) => Err(close.into()),
            Step::Pong(payload) => self.send(pong(payload)).await,
            Step::Authenticate(token) => {
                if let Some(token) = token {
                    let found = self.edge.authenticate(&token).await;
                    self.caller = Some(found.map_err(|failure| refused(&failure))?);
                }
                let seats = &self.edge.seats;
                self.seat = Some(
                    seats
                        .take(self.caller.as_ref())
                        .ok_or_else(|| Close::full(seats.per_device()))?,
                );
                self.session.acknowledge();
                self.send(ACK).await
            }
            Step::Full { id } => {
                let most = self.edge.limits().socket.operations;
                let failure = Failure::new(
                    Code::LimitExceeded,
                    format!("A socket may have {most} operations under way."),
                );
                self.send(Envelope::new(&id).error(&answer::failed(failure).errors))
                    .await
            }
            Step::Start { id, params } => self.start(id, params).await,
        }
    }

    async fn start(&mut self, id: String, params: Params) -> Result<(), End> {
        let operation = match self.edge.admit(params, self.caller.clone()) {
            Ok(operation) => operation,
            Err(error) => {
                let refused = answer::tidy(answer::refused(error), self.edge.limits());
                return self.send(Envelope::new(&id).error(&refused.errors)).await;
            }
        };
        let (id, generation) = (Arc::<str>::from(id), self.session.next_generation());
        let outbox = Outbox {
            id: Arc::clone(&id),
            generation,
            sender: self.outbox.clone(),
        };
        let span = operation.span.clone();
        let task = tokio::spawn(run(Arc::clone(&self.edge), operation, outbox).instrument(span));
        self.session.started(id, generation, task.abort_handle());
        Ok(())
    }

    fn check_token(&self) -> Option<BoxFuture<'static, bool>> {
        let (edge, caller) = (Arc::clone(&self.edge), self.caller.clone()?);
        Some(async move { edge.still_valid(&caller).await }.boxed())
    }

    async fn ping(&mut self, limits: &SocketLimits) -> Result<(), End> {
        if self.last_heard.elapsed() > limits.silence {
            return Err(Close::SILENT.into());
        }
        self.send(PING).await
    }

    async fn send(&mut self, text: Utf8Bytes) -> Result<(), End> {
        let patience = patience(&self.edge.limits().socket, &text);
        in_time(patience, self.socket.send(Message::Text(text))).await
    }

    /// Several messages, one flush. What has been completed meanwhile does not go out.
    async fn write(
        &mut self,
        limits: &SocketLimits,
        first: Boxed,
        inbox: &mut mpsc::Receiver<Boxed>,
    ) -> Result<(), End> {
        let mut longest = limits.write_timeout;
        let more = std::iter::from_fn(|| inbox.try_recv().ok());
        for message in std::iter::once(first).chain(more).take(BATCH) {
            if self.session.admits(&message.id, message.generation, message.ends) {
                let patience = patience(limits, &message.text);
                in_time(patience, self.socket.feed(Message::Text(message.text))).await?;
                longest = longest.max(patience);
            }
        }
        in_time(longest, self.socket.flush()).await
    }
}

/// How long this message may take. What lies before it in the socket's own buffer is little.
fn patience(limits: &SocketLimits, text: &Utf8Bytes) -> Duration {
    let more = u64::try_from(text.as_str().len() / SLOWEST_BYTES_PER_SECOND).unwrap_or(u64::MAX);
    limits.write_timeout.saturating_add(Duration::from_secs(more))
}

async fn in_time(patience: Duration, work: impl Future<Output = Result<(), axum::Error>>) -> Result<(), End> {
    match timeout(patience, work).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(End::Gone),
    }
}

fn refused(failure: &Failure) -> Close {
    match failure.code {
        Code::Unavailable | Code::Internal => Close::TRY_AGAIN_LATER,
        _ => Close::FORBIDDEN,
    }
}

async fn pending(future: &mut Option<BoxFuture<'static, bool>>) -> bool {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

/// Sends the close frame and reads on until the client's: a connection dropped with unread bytes is reset, and the client would never see the code.
pub(super) async fn say_goodbye(socket: &mut WebSocket, close: Close) {
    let frame = CloseFrame {
        code: close.code,
        reason: close.reason.as_ref().into(),
    };
    let goodbye = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    // A client that does not answer has no more claim on the connection.
    let _elapsed = timeout(CLOSE_TIMEOUT, goodbye).await;
}
