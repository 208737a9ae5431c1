//! How a socket ends: by the server, by its token, by silence, by a client that does not read.

use std::{sync::atomic::Ordering, time::Duration};

use async_graphql::futures_util::StreamExt;
use serde_json::json;
use server::http::{Limits, SocketLimits};
use tokio::time::timeout;

use super::client::Client;
use crate::http::serve::{PATIENCE, TestServer, until};

async fn server_with(socket: SocketLimits) -> TestServer {
    TestServer::with_limits(Limits {
        socket,
        ..Limits::default()
    })
    .await
}

fn pinging() -> SocketLimits {
    SocketLimits {
        ping_interval: Duration::from_millis(20),
        ..SocketLimits::default()
    }
}

#[tokio::test]
async fn a_shutdown_closes_with_1001_and_waits_for_the_sockets() {
    let server = TestServer::start().await;
    let mut running = Client::ready(&server).await;
    running.subscribe("a", "subscription { signals }").await;
    let mut waiting = Client::connect(&server).await;
    until("it runs", || {
        server.levers.live_subscriptions.load(Ordering::SeqCst) == 1
    })
    .await;
    server.shutdown.cancel();
    assert_eq!(running.closed().await.0, 1001);
    assert_eq!(waiting.closed().await.0, 1001);
    server.tasks.close();
    timeout(PATIENCE, server.tasks.wait()).await.unwrap();
    assert_eq!(server.levers.live_subscriptions.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn the_server_pings_and_a_client_that_answers_stays() {
    let server = server_with(SocketLimits {
        silence: Duration::from_millis(500),
        ..pinging()
    })
    .await;
    let mut client = Client::ready(&server).await;
    for _ in 0..50 {
        assert_eq!(client.next().await, json!({ "type": "ping" }));
        client.send(&json!({ "type": "pong" })).await;
    }
}

#[tokio::test]
async fn a_client_that_is_silent_is_closed() {
    let server = server_with(SocketLimits {
        silence: Duration::from_millis(100),
        ..pinging()
    })
    .await;
    let mut client = Client::ready(&server).await;
    client.subscribe("a", "subscription { signals }").await;
    assert_eq!(client.closed().await.0, 4499);
    until("its subscription has ended", || {
        server.levers.live_subscriptions.load(Ordering::SeqCst) == 0
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_revoked_closes_its_socket_with_4403_and_no_other() {
    let server = server_with(pinging()).await;
    let mut nobody = Client::connect(&server).await;
    nobody.init(json!(null)).await;
    let mut client = Client::ready(&server).await;
    client.subscribe("a", "subscription { signals }").await;
    server.tokens.revoked.store(true, Ordering::SeqCst);
    assert_eq!(client.closed().await, (4403, "Forbidden".to_owned()));
    until("its subscription has ended", || {
        server.levers.live_subscriptions.load(Ordering::SeqCst) == 0
    })
    .await;
    assert_eq!(nobody.next().await, json!({ "type": "ping" }));
}

#[tokio::test]
async fn a_client_that_does_not_read_loses_its_socket_and_holds_little_until_then() {
    let server = server_with(SocketLimits {
        write_timeout: Duration::from_millis(200),
        ..SocketLimits::default()
    })
    .await;
    let mut client = Client::ready(&server).await;
    client.subscribe("flood", "subscription { flood }").await;
    assert_eq!(client.next().await["type"], "next");
    // Now it reads no more.
    until("the server has given up", || {
        server.levers.live_subscriptions.load(Ordering::SeqCst) == 0
    })
    .await;
    server.tasks.close();
    timeout(PATIENCE, server.tasks.wait()).await.unwrap();
    // What was in the pipes can still be read, and then there is nothing.
    let rest = async { while let Some(Ok(_)) = client.socket.next().await {} };
    timeout(PATIENCE, rest).await.unwrap();
}

#[tokio::test]
async fn a_client_that_vanishes_ends_its_operations() {
    let server = TestServer::start().await;
    let mut client = Client::ready(&server).await;
    client.subscribe("a", "subscription { signals }").await;
    until("it runs", || {
        server.levers.live_subscriptions.load(Ordering::SeqCst) == 1
    })
    .await;
    drop(client);
    until("it has ended", || {
        server.levers.live_subscriptions.load(Ordering::SeqCst) == 0
    })
    .await;
}

#[tokio::test]
async fn a_device_has_so_many_sockets_and_no_more() {
    let server = server_with(SocketLimits {
        per_device: 2,
        ..SocketLimits::default()
    })
    .await;
    let first = Client::ready(&server).await;
    let _second = Client::ready(&server).await;
    let mut third = Client::connect(&server).await;
    let init = json!({ "type": "connection_init", "payload": { "token": crate::http::serve::TOKEN } });
    third.send(&init).await;
    let (code, reason) = third.closed().await;
    assert_eq!(code, 1013);
    assert!(reason.contains('2'), "{reason}");
    // Others are not concerned, and a place is free when a socket has gone.
    Client::connect(&server).await.init(json!(null)).await;
    drop(first);
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let mut again = Client::connect(&server).await;
        again.send(&init).await;
        match again.frame().await {
            Some(tokio_tungstenite::tungstenite::Message::Text(_)) => break,
            _ => assert!(tokio::time::Instant::now() < deadline, "no place became free"),
        }
    }
}
