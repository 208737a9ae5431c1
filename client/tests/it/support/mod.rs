//! A server by script: what it answers, what its subscriptions bring, and how each connection ends.

pub mod pcc;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::get,
};
use client::{Client, SecretString, Settings};
use futures_util::{FutureExt, stream};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};

/// Far longer than anything here takes. It turns a hanging test into a failed one.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// What a request is answered with.
pub enum Answer {
    Data(Value),
    /// No result: a file.
    Text(&'static str),
    Error(&'static str, Value),
    Status(u16),
    /// The request is taken, the answer is lost on its way.
    Lost,
}

/// How a subscription's connection goes: so many items, then the end.
#[derive(Clone, Copy, Debug)]
pub struct Connection(pub usize, pub End);

#[derive(Clone, Copy, Debug)]
pub enum End {
    /// The network is gone, with no close frame.
    Drop,
    Close(u16),
    /// The protocol's `error` for the operation, with this code.
    Error(&'static str),
    /// Open and alive, with nothing more to say.
    Open,
    /// Open until a POST of this operation has come, then gone.
    DropAfter(&'static str),
    /// Open and dead: nothing is read or answered any more.
    Mute,
}

type Answers = dyn Fn(&Value) -> Answer + Send + Sync;
type Items = dyn Fn(&Value) -> Vec<Value> + Send + Sync;

struct Script {
    answers: Box<Answers>,
    items: Box<Items>,
    connections: Mutex<VecDeque<Connection>>,
    posts: Mutex<Vec<Value>>,
    subscriptions: Mutex<Vec<Value>>,
    tokens: Mutex<Vec<Value>>,
}

pub struct Server {
    pub base: String,
    script: Arc<Script>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// `answers` gets the body of a POST, or path and query of a request beside the graph as `operationName` and
    /// `variables`; `items` gets that of a `subscribe`. When the connections are used up, each further
    /// one brings all its items and stays open.
    pub async fn start(
        answers: impl Fn(&Value) -> Answer + Send + Sync + 'static,
        items: impl Fn(&Value) -> Vec<Value> + Send + Sync + 'static,
        connections: impl IntoIterator<Item = Connection>,
    ) -> Self {
        let script = Arc::new(Script {
            answers: Box::new(answers),
            items: Box::new(items),
            connections: Mutex::new(connections.into_iter().collect()),
            posts: Mutex::default(),
            subscriptions: Mutex::default(),
            tokens: Mutex::default(),
        });
        let routes = Router::new()
            .route("/graphql", get(upgrade).post(post))
            .fallback(beside)
            .with_state(script.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { base, script, task }
    }

    pub fn client(&self) -> Client {
        self.client_with(settings())
    }

    pub fn client_with(&self, settings: Settings) -> Client {
        Client::with_settings(&self.base, Some(SecretString::from("a-token")), settings).unwrap()
    }

    pub fn posts(&self) -> Vec<Value> {
        self.script.posts.lock().unwrap().clone()
    }

    /// The variables of each subscription so far.
    pub fn subscriptions(&self) -> Vec<Value> {
        self.script
            .subscriptions
            .lock()
            .unwrap()
            .iter()
            .map(|payload| payload["variables"].clone())
            .collect()
    }

    /// The tokens that came with requests and sockets.
    pub fn tokens(&self) -> Vec<Value> {
        self.script.tokens.lock().unwrap().clone()
    }
}

/// Short pauses, so that a test of many breaks is quick.
pub fn settings() -> Settings {
    Settings {
        backoff_min: Duration::from_millis(2),
        backoff_max: Duration::from_millis(20),
        ..Settings::default()
    }
}

/// Fails the test instead of hanging.
pub async fn in_time<T>(future: impl Future<Output = T>) -> T {
    timeout(DEADLINE, future)
        .await
        .expect("the deadline of the test has passed")
}

async fn post(State(script): State<Arc<Script>>, headers: HeaderMap, body: Bytes) -> Response {
    answer(&script, &headers, serde_json::from_slice(&body).unwrap())
}

async fn beside(State(script): State<Arc<Script>>, uri: Uri, headers: HeaderMap) -> Response {
    let asked = json!({ "operationName": uri.path(), "variables": uri.query() });
    answer(&script, &headers, asked)
}

fn answer(script: &Script, headers: &HeaderMap, body: Value) -> Response {
    let token = headers.get("authorization").map(|value| json!(value.to_str().unwrap()));
    script.tokens.lock().unwrap().push(token.unwrap_or_default());
    script.posts.lock().unwrap().push(body.clone());
    match (script.answers)(&body) {
        Answer::Data(data) => Json(json!({ "data": data })).into_response(),
        Answer::Text(text) => text.into_response(),
        Answer::Error(message, extensions) => {
            // Beside the graph the status says so too.
            let status = match body["query"].is_null() {
                true => StatusCode::BAD_REQUEST,
                false => StatusCode::OK,
            };
            let errors = json!({ "errors": [{ "message": message, "extensions": extensions }] });
            (status, Json(errors)).into_response()
        }
        Answer::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Answer::Lost => {
            Body::from_stream(stream::once(async { Err::<Bytes, _>(std::io::Error::other("lost")) })).into_response()
        }
    }
}

async fn upgrade(State(script): State<Arc<Script>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .protocols(["graphql-transport-ws"])
        .on_upgrade(async move |socket| serve(socket, &script).await.unwrap_or_default())
}

/// `None` when the client has gone.
async fn serve(mut socket: WebSocket, script: &Script) -> Option<()> {
    let init = receive(&mut socket).await?;
    assert_eq!(init["type"], "connection_init");
    script.tokens.lock().unwrap().push(init["payload"]["token"].clone());
    send(&mut socket, &json!({ "type": "connection_ack" })).await?;
    let subscribe = receive(&mut socket).await?;
    assert_eq!(subscribe["type"], "subscribe");
    let id = subscribe["id"].clone();
    script.subscriptions.lock().unwrap().push(subscribe["payload"].clone());
    let plan = script.connections.lock().unwrap().pop_front();
    let Connection(count, end) = plan.unwrap_or(Connection(usize::MAX, End::Open));
    for data in (script.items)(&subscribe["payload"]).into_iter().take(count) {
        send(
            &mut socket,
            &json!({ "type": "next", "id": id, "payload": { "data": data } }),
        )
        .await?;
    }
    match end {
        End::Drop => {}
        End::Close(code) => {
            let frame = CloseFrame {
                code,
                reason: "by script".into(),
            };
            socket.send(Message::Close(Some(frame))).await.ok()?;
            // The closing handshake, as long as the client takes part in it.
            while receive(&mut socket).await.is_some() {}
        }
        End::Error(code) => {
            let errors = json!([{ "message": "Refused by script.", "extensions": { "code": code } }]);
            send(&mut socket, &json!({ "type": "error", "id": id, "payload": errors })).await?;
            while receive(&mut socket).await.is_some() {}
        }
        End::Open => while receive(&mut socket).await.is_some() {},
        End::DropAfter(operation) => {
            let is_posted = || {
                script
                    .posts
                    .lock()
                    .unwrap()
                    .iter()
                    .any(|post| post["operationName"] == operation)
            };
            while !is_posted() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        End::Mute => std::future::pending().await,
    }
    Some(())
}

async fn send(socket: &mut WebSocket, message: &Value) -> Option<()> {
    socket.send(Message::text(message.to_string())).map(Result::ok).await
}

/// The next message that is not a ping, which is answered.
async fn receive(socket: &mut WebSocket) -> Option<Value> {
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Text(text) = message else { continue };
        let message: Value = serde_json::from_str(&text).unwrap();
        match message["type"].as_str() {
            Some("ping") => send(socket, &json!({ "type": "pong" })).await?,
            _ => return Some(message),
        }
    }
    None
}
