//! A bad line between a client and the server: requests get lost on the way there or back, come late, and come twice.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

const BODY_LIMIT: usize = 1 << 20;

/// How often each happened.
#[derive(Debug, Default)]
pub struct Faults {
    pub lost: AtomicU64,
    pub unanswered: AtomicU64,
    pub late: AtomicU64,
    pub twice: AtomicU64,
}

#[derive(Clone)]
struct Line {
    server: String,
    http: reqwest::Client,
    chance: Arc<Mutex<StdRng>>,
    faults: Arc<Faults>,
}

/// The line; it ends when this is dropped.
pub struct Link {
    pub url: String,
    pub faults: Arc<Faults>,
    _serving: AbortOnDropHandle<()>,
}

impl Link {
    pub async fn before(server: String, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let faults = Arc::<Faults>::default();
        let line = Line {
            server,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            chance: Arc::new(Mutex::new(StdRng::seed_from_u64(seed))),
            faults: Arc::clone(&faults),
        };
        let router = Router::new().fallback(pass).with_state(line);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            faults,
            _serving: AbortOnDropHandle::new(serving),
        }
    }
}

async fn pass(State(line): State<Line>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    let (fault, delay) = {
        let mut chance = line.chance.lock().unwrap();
        let delay = Duration::from_millis(chance.random_range(1..600));
        (chance.random_range(0..100), delay)
    };
    let send = || line.send(parts.uri.path().to_owned(), parts.headers.clone(), body.clone());
    match fault {
        0..15 => {
            line.faults.lost.fetch_add(1, Ordering::Relaxed);
            broken_off()
        }
        15..30 => {
            line.faults.unanswered.fetch_add(1, Ordering::Relaxed);
            // In a task of its own: it arrives, whether or not its sender still waits.
            let _gone = tokio::spawn(send()).await;
            broken_off()
        }
        30..45 => {
            line.faults.late.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(delay).await;
            send().await
        }
        45..60 => {
            line.faults.twice.fetch_add(1, Ordering::Relaxed);
            let (first, second) = (tokio::spawn(send()), tokio::spawn(send()));
            let answer = second.await.unwrap();
            let _other = first.await;
            answer
        }
        _ => send().await,
    }
}

impl Line {
    fn send(&self, path: String, mut headers: HeaderMap, body: Bytes) -> impl Future<Output = Response> + Send + use<> {
        for of_this_connection in [header::HOST, header::CONNECTION, header::CONTENT_LENGTH] {
            headers.remove(of_this_connection);
        }
        let request = self
            .http
            .post(format!("{}{path}", self.server))
            .headers(headers)
            .body(body);
        async move {
            let Ok(answer) = request.send().await else {
                return broken_off();
            };
            let status = answer.status();
            match answer.bytes().await {
                Ok(body) => (
                    status,
                    [(header::CONTENT_TYPE, "application/graphql-response+json")],
                    body,
                )
                    .into_response(),
                Err(_) => broken_off(),
            }
        }
    }
}

/// The beginning of an answer, and the end of the connection.
fn broken_off() -> Response {
    let pieces = [Ok(Bytes::from_static(b"{")), Err(io::Error::other("broken off"))];
    (StatusCode::OK, Body::from_stream(stream::iter(pieces))).into_response()
}
