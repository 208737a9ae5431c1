//! graphql-sse, distinct connections mode.

use std::{sync::atomic::Ordering, time::Duration};

use async_graphql::futures_util::StreamExt;
use reqwest::{Response, header};
use serde_json::{Value, json};
use server::http::{Limits, SocketLimits};
use tokio::time::timeout;

use super::serve::{PATIENCE, TOKEN, TestServer, code, until};

async fn open(server: &TestServer, query: &str) -> Response {
    open_as(server, query, "gzip").await
}

async fn open_as(server: &TestServer, query: &str, coding: &'static str) -> Response {
    let request = server.post(&json!({ "query": query })).bearer_auth(TOKEN);
    let request = request.header(header::ACCEPT, "text/event-stream");
    let request = match coding {
        // The client does that itself, and reads it.
        "gzip" => request,
        other => request.header(header::ACCEPT_ENCODING, other),
    };
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "text/event-stream; charset=utf-8"
    );
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    response
}

/// The whole stream, to its end: each event's name and data.
async fn events(response: Response) -> Vec<(String, Value)> {
    let text = timeout(PATIENCE, response.text()).await.unwrap().unwrap();
    assert!(text.ends_with("\n\n"));
    text.split_terminator("\n\n")
        .filter(|event| *event != ":")
        .map(|event| {
            let (name, data) = event.split_once('\n').unwrap();
            let data = data.strip_prefix("data:").unwrap().trim_start();
            let data = if data.is_empty() {
                Value::Null
            } else {
                serde_json::from_str(data).unwrap()
            };
            (name.strip_prefix("event: ").unwrap().to_owned(), data)
        })
        .collect()
}

fn next(data: Value) -> (String, Value) {
    ("next".to_owned(), json!({ "data": data }))
}

fn complete() -> (String, Value) {
    ("complete".to_owned(), Value::Null)
}

#[tokio::test]
async fn each_kind_of_operation_ends_its_stream_with_complete() {
    let server = TestServer::start().await;
    assert_eq!(
        events(open(&server, "{ whoami }").await).await,
        [next(json!({ "whoami": "a phone" })), complete()]
    );
    assert_eq!(
        events(open(&server, "mutation { setNote(text: \"a\\nb\") }").await).await,
        [next(json!({ "setNote": "a\nb" })), complete()]
    );
    assert_eq!(
        events(open(&server, "subscription { count(to: 2) }").await).await,
        [next(json!({ "count": 1 })), next(json!({ "count": 2 })), complete()]
    );
}

#[tokio::test]
async fn refusals_come_as_events_too() {
    let server = TestServer::start().await;
    for (query, expected) in [
        ("{", "BAD_REQUEST"),
        ("{ nothing }", "BAD_REQUEST"),
        ("subscription { noSource }", "UNAUTHENTICATED"),
        ("{ items(first: 1000) { totalCount } }", "LIMIT_EXCEEDED"),
    ] {
        let events = events(open(&server, query).await).await;
        assert_eq!(events.len(), 2, "{query}");
        assert_eq!(
            (events[0].0.as_str(), code(&events[0].1)),
            ("next", expected),
            "{query}"
        );
        assert_eq!(events[1], complete(), "{query}");
    }
    let request = server.post(&json!({ "query": "{ hello }" })).bearer_auth("wrong");
    let response = request
        .header(header::ACCEPT, "text/event-stream")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn a_quiet_stream_beats_and_ends_with_the_server() {
    let server = TestServer::with_limits(Limits {
        sse_heartbeat: Duration::from_millis(20),
        ..Limits::default()
    })
    .await;
    let mut stream = open(&server, "subscription { signals }").await.bytes_stream();
    for _ in 0..3 {
        let beat = timeout(PATIENCE, stream.next()).await.unwrap().unwrap().unwrap();
        assert!(beat.starts_with(b":\n\n"));
    }
    server.shutdown.cancel();
    let rest = async { while let Some(Ok(_)) = stream.next().await {} };
    timeout(PATIENCE, rest).await.unwrap();
    server.tasks.close();
    timeout(PATIENCE, server.tasks.wait()).await.unwrap();
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let server = TestServer::with_limits(Limits {
        sse_heartbeat: Duration::from_millis(20),
        ..Limits::default()
    })
    .await;
    let response = open(&server, "subscription { signals }").await;
    server.tokens.revoked.store(true, Ordering::SeqCst);
    let events = events(response).await;
    assert_eq!(code(&events[0].1), "UNAUTHENTICATED");
    assert_eq!(events[1], complete());
}

#[tokio::test]
async fn a_client_that_leaves_or_does_not_read_ends_the_operation() {
    let server = TestServer::with_limits(Limits {
        socket: SocketLimits {
            write_timeout: Duration::from_millis(200),
            ..SocketLimits::default()
        },
        ..Limits::default()
    })
    .await;
    let live = &server.levers.live_subscriptions;
    let gone = open(&server, "subscription { signals }").await;
    until("it runs", || live.load(Ordering::SeqCst) == 1).await;
    drop(gone);
    until("it has ended", || live.load(Ordering::SeqCst) == 0).await;

    // What is always the same would be too small in gzip to fill anything.
    let mut stalled = open_as(&server, "subscription { flood }", "identity").await;
    assert!(stalled.chunk().await.unwrap().is_some());
    until("the server has given up", || live.load(Ordering::SeqCst) == 0).await;
}
