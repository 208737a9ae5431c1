//! A client that can do wrong: it sends text, and reads messages or the close frame.

use async_graphql::futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, handshake::client::Request},
};

use crate::http::serve::{PATIENCE, TOKEN, TestServer};

pub struct Client {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// The request for an upgrade, with the protocol.
pub fn request(server: &TestServer) -> Request {
    let mut request = plain_request(server);
    let protocol = "graphql-transport-ws".parse().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    request
}

pub fn plain_request(server: &TestServer) -> Request {
    format!("ws://{}/graphql", server.address)
        .into_client_request()
        .unwrap()
}

impl Client {
    pub async fn connect(server: &TestServer) -> Self {
        Self::with(request(server)).await
    }

    pub async fn with(request: Request) -> Self {
        let (socket, _response) = connect_async(request).await.unwrap();
        Self { socket }
    }

    /// Connected and acknowledged, with the token.
    pub async fn ready(server: &TestServer) -> Self {
        let mut client = Self::connect(server).await;
        client.init(json!({ "token": TOKEN })).await;
        client
    }

    pub async fn init(&mut self, payload: Value) {
        self.send(&json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(self.next().await, json!({ "type": "connection_ack" }));
    }

    pub async fn send(&mut self, message: &Value) {
        self.send_text(message.to_string()).await;
    }

    /// In one write, so that the server finds them all at once.
    pub async fn send_together(&mut self, messages: &[Value]) {
        for message in messages {
            self.socket.feed(Message::text(message.to_string())).await.unwrap();
        }
        self.socket.flush().await.unwrap();
    }

    pub async fn send_text(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.unwrap();
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.send(&json!({ "type": "subscribe", "id": id, "payload": { "query": query } }))
            .await;
    }

    pub async fn complete(&mut self, id: &str) {
        self.send(&json!({ "type": "complete", "id": id })).await;
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        match self.frame().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("not a message: {other:?}"),
        }
    }

    /// Reads on to the close frame, past messages. Pings go on for ever; a test does not.
    pub async fn closed(&mut self) -> (u16, String) {
        let closing = async {
            loop {
                match self.frame().await {
                    Some(Message::Close(Some(frame))) => return (frame.code.into(), frame.reason.to_string()),
                    Some(Message::Text(_) | Message::Ping(_) | Message::Pong(_)) => {}
                    other => panic!("no close frame: {other:?}"),
                }
            }
        };
        timeout(PATIENCE, closing).await.expect("waited in vain for the end")
    }

    pub async fn frame(&mut self) -> Option<Message> {
        timeout(PATIENCE, self.socket.next())
            .await
            .expect("waited in vain for a message")
            .map(|message| message.unwrap())
    }
}
