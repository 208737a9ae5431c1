//! A subscriber over either transport.

use std::time::Duration;

use async_graphql::futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::served::Served;

/// Longer than anything here takes; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transport {
    WebSocket,
    ServerSentEvents,
}

pub enum Reader {
    WebSocket(Box<WebSocketStream<TcpStream>>),
    ServerSentEvents { response: reqwest::Response, text: String },
}

impl Reader {
    pub async fn open(served: &Served, transport: Transport, token: &str, query: &str, variables: &Value) -> Self {
        let payload = json!({ "query": query, "variables": variables });
        match transport {
            Transport::WebSocket => {
                let stream = TcpStream::connect(served.address).await.unwrap();
                Self::on(stream, served, token, payload).await
            }
            Transport::ServerSentEvents => {
                let response = reqwest::Client::builder()
                    .no_proxy()
                    .build()
                    .unwrap()
                    .post(format!("http://{}/graphql", served.address))
                    .bearer_auth(token)
                    .header("accept", "text/event-stream")
                    .json(&payload)
                    .send()
                    .await
                    .unwrap();
                assert_eq!(response.status(), 200);
                Self::ServerSentEvents {
                    response,
                    text: String::new(),
                }
            }
        }
    }

    /// On a socket for which the kernel keeps little, so that the server soon feels a reader that does not read.
    pub async fn narrow(served: &Served, token: &str, query: &str, variables: &Value) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 * 1024).unwrap();
        let stream = socket.connect(served.address).await.unwrap();
        Self::on(stream, served, token, json!({ "query": query, "variables": variables })).await
    }

    async fn on(stream: TcpStream, served: &Served, token: &str, payload: Value) -> Self {
        let mut request = format!("ws://{}/graphql", served.address)
            .into_client_request()
            .unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (mut socket, _response) = client_async(request, stream).await.unwrap();
        let init = json!({ "type": "connection_init", "payload": { "token": token } });
        socket.send(Message::text(init.to_string())).await.unwrap();
        loop {
            let message = socket.next().await.unwrap().unwrap().into_text().unwrap();
            // On a busy machine a ping may come first.
            if message.contains("connection_ack") {
                break;
            }
            assert!(message.contains("ping"), "{message}");
        }
        let subscribe = json!({ "type": "subscribe", "id": "a", "payload": payload });
        socket.send(Message::text(subscribe.to_string())).await.unwrap();
        Self::WebSocket(Box::new(socket))
    }

    /// The next result's `data.events`. `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Value> {
        timeout(PATIENCE, self.result())
            .await
            .expect("waited in vain for an event")
    }

    async fn result(&mut self) -> Option<Value> {
        let result = match self {
            Self::WebSocket(socket) => loop {
                let Some(Ok(message)) = socket.next().await else {
                    return None;
                };
                let Message::Text(text) = message else {
                    return None;
                };
                let mut message: Value = serde_json::from_str(&text).unwrap();
                match message["type"].as_str().unwrap() {
                    "next" => break message["payload"].take(),
                    "ping" => socket
                        .send(Message::text(json!({ "type": "pong" }).to_string()))
                        .await
                        .unwrap(),
                    _ => return None,
                }
            },
            Self::ServerSentEvents { response, text } => loop {
                if let Some(end) = text.find("\n\n") {
                    let event: String = text.drain(..end + 2).collect();
                    if event.contains("event: complete") {
                        return None;
                    }
                    if let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) {
                        break serde_json::from_str(data).unwrap();
                    }
                    continue;
                }
                let chunk = response.chunk().await.ok()??;
                text.push_str(std::str::from_utf8(&chunk).unwrap());
            },
        };
        assert!(result.get("errors").is_none(), "{result}");
        Some(result["data"]["events"].clone())
    }

    /// A message within a moment, if there is one.
    pub async fn soon(&mut self, moment: Duration) -> Option<Value> {
        timeout(moment, self.result()).await.ok().flatten()
    }
}
