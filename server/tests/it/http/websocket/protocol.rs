//! The connection: its beginning, pings, and every way to do it wrong.

use std::time::Duration;

use serde_json::json;
use server::http::{Limits, SocketLimits};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{self, Message},
};

use super::client::{Client, plain_request, request};
use crate::http::serve::{TOKEN, TestServer};

#[tokio::test]
async fn the_handshake_answers_the_protocols_name() {
    let server = TestServer::start().await;
    let mut several = request(&server);
    several.headers_mut().insert(
        "sec-websocket-protocol",
        "graphql-ws, graphql-transport-ws".parse().unwrap(),
    );
    let (_socket, response) = connect_async(several).await.unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
}

#[tokio::test]
async fn without_the_protocol_the_socket_closes_with_4406() {
    let server = TestServer::start().await;
    let mut client = Client::with(plain_request(&server)).await;
    assert_eq!(client.closed().await, (4406, "Subprotocol not acceptable".to_owned()));
}

#[tokio::test]
async fn an_init_is_acknowledged_with_and_without_a_token() {
    let server = TestServer::start().await;
    for payload in [
        json!(null),
        json!({}),
        json!({ "token": TOKEN }),
        json!({ "Authorization": format!("Bearer {TOKEN}") }),
    ] {
        let known = payload.to_string().contains(TOKEN);
        let mut client = Client::connect(&server).await;
        client.init(payload).await;
        client.subscribe("1", "{ whoami }").await;
        let answer = client.next().await;
        let device = answer["payload"]["data"]["whoami"].as_str();
        assert_eq!(device, known.then_some("a phone"), "{answer}");
    }
    let mut by_header = request(&server);
    let value = format!("Bearer {TOKEN}").parse().unwrap();
    by_header.headers_mut().insert("authorization", value);
    let mut client = Client::with(by_header).await;
    client.init(json!(null)).await;
    client.subscribe("1", "{ whoami }").await;
    assert_eq!(client.next().await["payload"]["data"]["whoami"], "a phone");
}

#[tokio::test]
async fn a_wrong_token_closes_with_4403_or_refuses_the_upgrade() {
    let server = TestServer::start().await;
    for payload in [
        json!({ "token": "wrong" }),
        json!({ "token": 1 }),
        json!({ "Authorization": "Basic x" }),
    ] {
        let mut client = Client::connect(&server).await;
        client
            .send(&json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(client.closed().await, (4403, "Forbidden".to_owned()), "{payload}");
    }
    let mut client = Client::connect(&server).await;
    let away = json!({ "type": "connection_init", "payload": { "token": "no-database" } });
    client.send(&away).await;
    assert_eq!(client.closed().await.0, 1013, "the token may be good");

    let mut by_header = request(&server);
    by_header
        .headers_mut()
        .insert("authorization", "Bearer wrong".parse().unwrap());
    match connect_async(by_header).await {
        Err(tungstenite::Error::Http(response)) => assert_eq!(response.status(), 401),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_second_init_closes_with_4429() {
    let server = TestServer::start().await;
    let mut client = Client::ready(&server).await;
    client.send(&json!({ "type": "connection_init" })).await;
    assert_eq!(
        client.closed().await,
        (4429, "Too many initialisation requests".to_owned())
    );
}

#[tokio::test]
async fn no_init_in_time_closes_with_4408() {
    let socket = SocketLimits {
        init_timeout: Duration::from_millis(50),
        ..SocketLimits::default()
    };
    let server = TestServer::with_limits(Limits {
        socket,
        ..Limits::default()
    })
    .await;
    let mut client = Client::connect(&server).await;
    client.send(&json!({ "type": "ping" })).await;
    assert_eq!(
        client.closed().await,
        (4408, "Connection initialisation timeout".to_owned())
    );
    // The time is for the init alone.
    let mut ready = Client::ready(&server).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    ready.send(&json!({ "type": "ping" })).await;
    assert_eq!(ready.next().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn an_operation_before_the_acknowledgement_closes_with_4401() {
    let server = TestServer::start().await;
    let mut client = Client::connect(&server).await;
    client.subscribe("1", "{ hello }").await;
    assert_eq!(client.closed().await, (4401, "Unauthorized".to_owned()));
}

#[tokio::test]
async fn what_is_no_message_closes_with_4400() {
    let server = TestServer::start().await;
    for text in [
        "no json",
        "[]",
        "{}",
        r#"{"type":"start","id":"1","payload":{"query":"{hello}"}}"#,
        r#"{"type":"next","id":"1","payload":{}}"#,
        r#"{"type":"connection_ack"}"#,
        r#"{"type":"ping","payload":1}"#,
        r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
        r#"{"type":"subscribe","id":"1","payload":{}}"#,
        r#"{"type":"subscribe","id":"","payload":{"query":"{hello}"}}"#,
        r#"{"type":"subscribe","payload":{"query":"{hello}"}}"#,
        r#"{"type":"complete"}"#,
    ] {
        let mut client = Client::ready(&server).await;
        client.send_text(text).await;
        let (code, reason) = client.closed().await;
        assert_eq!(code, 4400, "{text}: {reason}");
        assert!(!reason.is_empty(), "{text}");
    }
    let mut client = Client::ready(&server).await;
    use async_graphql::futures_util::SinkExt;
    client.socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(client.closed().await.0, 4400, "binary");
}

#[tokio::test]
async fn a_ping_is_answered_at_any_time_with_what_it_brought() {
    let server = TestServer::start().await;
    let mut client = Client::connect(&server).await;
    client
        .send(&json!({ "type": "ping", "payload": { "at": 1.5, "deep": [null, { "x": "é" }] } }))
        .await;
    let pong = json!({ "type": "pong", "payload": { "at": 1.5, "deep": [null, { "x": "é" }] } });
    assert_eq!(client.next().await, pong);
    client.send(&json!({ "type": "pong" })).await;
    client
        .send(&json!({ "type": "pong", "payload": { "unasked": true } }))
        .await;
    client.init(json!(null)).await;
    client.send(&json!({ "type": "ping", "payload": null })).await;
    assert_eq!(client.next().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn a_message_over_the_limit_closes_the_socket_orderly() {
    let server = TestServer::start().await;
    let mut client = Client::ready(&server).await;
    let long = json!({ "type": "ping", "payload": { "x": "x".repeat(1 << 20) } });
    use async_graphql::futures_util::SinkExt;
    let _sent = client.socket.send(Message::text(long.to_string())).await;
    assert_eq!(client.closed().await.0, 1009);
}
