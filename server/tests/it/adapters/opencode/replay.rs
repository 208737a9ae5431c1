//! A server with one event stream, which says what a test wrote down.

use std::{collections::HashMap, convert::Infallible, net::Ipv4Addr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Query, State},
    http::{HeaderMap, Response, StatusCode, header},
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::{StreamExt, stream};
use server::agent::{AgentError, AgentEvent, AgentRuntime};
use tokio::{net::TcpListener, sync::watch, time::timeout};
use tokio_util::task::AbortOnDropHandle;

use super::{DIRECTORY, PASSWORD, USERNAME, agent, endpoint};

/// Longer than anything here takes; only a test that hangs gets there.
pub(super) const DEADLINE: Duration = Duration::from_secs(60);

/// What the server answers.
#[derive(Clone)]
pub(super) struct Script {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) chunks: Vec<Bytes>,
    pub(super) then: Then,
}

#[derive(Clone, Copy)]
pub(super) enum Then {
    Close,
    Silence,
    /// Once so many notes have been posted to it.
    Reply {
        after_notes: usize,
        text: &'static str,
    },
}

impl Script {
    pub(super) fn of(text: &str) -> Self {
        Self::in_chunks(text.as_bytes(), usize::MAX)
    }

    pub(super) fn in_chunks(bytes: &[u8], size: usize) -> Self {
        Self {
            status: 200,
            content_type: "text/event-stream",
            chunks: bytes.chunks(size).map(Bytes::copy_from_slice).collect(),
            then: Then::Close,
        }
    }

    pub(super) fn then(self, then: Then) -> Self {
        Self { then, ..self }
    }
}

/// How far the server came with its answer.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Progress {
    Waiting,
    /// Every chunk was taken by the connection.
    Sent,
    /// The connection is gone.
    Dropped,
}

pub(super) struct Replay {
    pub(super) url: String,
    progress: watch::Receiver<Progress>,
    notes: watch::Receiver<usize>,
    _server: AbortOnDropHandle<()>,
}

impl Replay {
    pub(super) async fn start(script: Script) -> Self {
        let (progress, seen) = watch::channel(Progress::Waiting);
        let (notes, noted) = watch::channel(0);
        let state = Shared {
            script,
            progress: Arc::new(progress),
            notes: Arc::new(notes),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/global/event", get(answer))
            .route("/tui/show-toast", post(note))
            .with_state(state);
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            progress: seen,
            notes: noted,
            _server: AbortOnDropHandle::new(server),
        }
    }

    pub(super) fn notes(&self) -> usize {
        *self.notes.borrow()
    }

    pub(super) async fn reached(&mut self, wanted: Progress) {
        let reached = self.progress.wait_for(|progress| *progress >= wanted);
        timeout(DEADLINE, reached)
            .await
            .expect("the server got no further")
            .unwrap();
    }
}

#[derive(Clone)]
struct Shared {
    script: Script,
    progress: Arc<watch::Sender<Progress>>,
    notes: Arc<watch::Sender<usize>>,
}

/// Takes the adapter's notes; what comes of them is up to the script.
async fn note(State(shared): State<Shared>, Query(query): Query<HashMap<String, String>>) -> &'static str {
    assert_eq!(query["directory"], DIRECTORY);
    shared.notes.send_modify(|notes| *notes += 1);
    "true"
}

async fn answer(State(shared): State<Shared>, headers: HeaderMap) -> Response<Body> {
    let Shared {
        script,
        progress,
        notes,
    } = shared;
    let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{USERNAME}:{PASSWORD}")));
    assert_eq!(headers[header::AUTHORIZATION], expected);
    let guard = Guard(Arc::clone(&progress));
    let chunks = stream::iter(script.chunks.into_iter().map(Ok::<_, Infallible>));
    let end = stream::once(async move {
        progress.send_replace(Progress::Sent);
        match script.then {
            Then::Close => Ok(Bytes::new()),
            Then::Silence => std::future::pending().await,
            Then::Reply { after_notes, text } => {
                notes.subscribe().wait_for(|notes| *notes >= after_notes).await.unwrap();
                Ok(Bytes::from_static(text.as_bytes()))
            }
        }
    });
    let body = Body::from_stream(chunks.chain(end).inspect(move |_| {
        let _held = &guard;
    }));
    Response::builder()
        .status(StatusCode::from_u16(script.status).unwrap())
        .header(header::CONTENT_TYPE, script.content_type)
        .body(body)
        .unwrap()
}

struct Guard(Arc<watch::Sender<Progress>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.send_replace(Progress::Dropped);
    }
}

/// Everything the adapter makes of it, to the end.
pub(super) async fn replay(script: Script) -> Vec<Result<AgentEvent, AgentError>> {
    let server = Replay::start(script).await;
    let events = agent().events(&endpoint(&server.url)).await.unwrap();
    timeout(DEADLINE, events.collect())
        .await
        .expect("the stream did not end")
}

/// The same, of a stream that ends with an error: the events, and the error's text.
pub(super) async fn replay_events(script: Script) -> (Vec<AgentEvent>, String) {
    let mut items = replay(script).await;
    let end = items
        .pop()
        .expect("no item")
        .expect_err("no error at the end")
        .to_string();
    (
        items
            .into_iter()
            .map(|item| item.expect("an error before the end"))
            .collect(),
        end,
    )
}
