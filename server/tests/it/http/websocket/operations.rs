//! Operations on a socket: results, errors, ids.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use server::http::{Limits, SocketLimits};

use super::client::Client;
use crate::http::serve::{TestServer, code, until};

fn next(id: &str, data: Value) -> Value {
    json!({ "type": "next", "id": id, "payload": { "data": data } })
}

fn complete(id: &str) -> Value {
    json!({ "type": "complete", "id": id })
}

#[tokio::test]
async fn queries_mutations_and_subscriptions_give_next_and_complete() {
    let server = TestServer::start().await;
    let mut client = Client::ready(&server).await;
    client.subscribe("q", "{ hello }").await;
    assert_eq!(client.next().await, next("q", json!({ "hello": "world" })));
    assert_eq!(client.next().await, complete("q"));
    let payload = json!({
        "query": "query Other { hello } mutation Note($text: String!) { setNote(text: $text) }",
        "operationName": "Note", "variables": { "text": "é" }, "extensions": { "any": 1 },
    });
    client
        .send(&json!({ "type": "subscribe", "id": "m", "payload": payload }))
        .await;
    assert_eq!(client.next().await, next("m", json!({ "setNote": "é" })));
    assert_eq!(client.next().await, complete("m"));
    client.subscribe("s", "subscription { count(to: 3) }").await;
    for count in 1..=3 {
        assert_eq!(client.next().await, next("s", json!({ "count": count })));
    }
    assert_eq!(client.next().await, complete("s"));
}

#[tokio::test]
async fn what_cannot_be_executed_gives_error_and_nothing_more() {
    let server = TestServer::start().await;
    let mut client = Client::ready(&server).await;
    for (query, expected) in [
        ("{", "BAD_REQUEST"),
        ("{ nothing }", "BAD_REQUEST"),
        ("subscription { nothing }", "BAD_REQUEST"),
        ("query A { hello } query B { hello }", "BAD_REQUEST"),
        (
            "{ a: itself { a: itself { a: itself { a: itself { a: itself { a: itself { a: itself { a: itself { a: itself { a: itself { a: itself { a: itself { hello } } } } } } } } } } } } }",
            "LIMIT_EXCEEDED",
        ),
        ("subscription { noSource }", "UNAUTHENTICATED"),
    ] {
        client.subscribe("e", query).await;
        let answer = client.next().await;
        assert_eq!(
            (&answer["type"], &answer["id"]),
            (&json!("error"), &json!("e")),
            "{answer}"
        );
        assert_eq!(code(&json!({ "errors": answer["payload"] })), expected, "{answer}");
        // The id is free again, and no `complete` came in between.
        client.subscribe("e", "{ hello }").await;
        assert_eq!(client.next().await, next("e", json!({ "hello": "world" })), "{query}");
        assert_eq!(client.next().await, complete("e"));
    }
}

#[tokio::test]
async fn errors_of_fields_and_of_events_are_results() {
    let server = TestServer::start().await;
    let mut client = Client::ready(&server).await;
    client.subscribe("f", "{ failsHard }").await;
    let answer = client.next().await;
    assert_eq!(answer["type"], "next", "{answer}");
    assert_eq!(answer["payload"]["data"], Value::Null);
    assert_eq!(code(&answer["payload"]), "CONFLICT");
    assert_eq!(client.next().await, complete("f"));
    client.subscribe("g", "subscription { oneEventFails }").await;
    let answer = client.next().await;
    assert_eq!(
        (&answer["type"], code(&answer["payload"])),
        (&json!("next"), "CONFLICT")
    );
    assert_eq!(client.next().await, next("g", json!({ "oneEventFails": 2 })));
    assert_eq!(client.next().await, complete("g"));
}

#[tokio::test]
async fn an_id_in_use_closes_with_4409_and_one_that_has_ended_is_free() {
    let server = TestServer::start().await;
    let mut client = Client::ready(&server).await;
    client.subscribe("a", "{ hello }").await;
    client.next().await;
    assert_eq!(client.next().await, complete("a"));
    client.subscribe("a", "subscription { signals }").await;
    client.subscribe("a", "{ hello }").await;
    assert_eq!(
        client.closed().await,
        (4409, "Subscriber for a already exists".to_owned())
    );
    until("the subscription has ended with its socket", || {
        server.levers.live_subscriptions.load(Ordering::SeqCst) == 0
    })
    .await;
}

#[tokio::test]
async fn a_completed_operation_sends_nothing_and_its_id_starts_anew() {
    let server = TestServer::start().await;
    let live = &server.levers.live_subscriptions;
    let mut client = Client::ready(&server).await;
    for round in 0..10 {
        // There is always another result of the first use on its way when the client completes it and uses the id again.
        client.subscribe("a", "subscription { flood(bytes: 10) }").await;
        assert_eq!(client.next().await["type"], "next");
        let again = json!({ "query": "subscription { count(to: 1) }" });
        client
            .send_together(&[
                complete("a"),
                json!({ "type": "subscribe", "id": "a", "payload": again }),
                json!({ "type": "ping" }),
            ])
            .await;
        // What was written before the server read `complete` may come, but nothing of it once the id is used anew, which the pong proves.
        let mut messages = Vec::new();
        while messages.last() != Some(&complete("a")) {
            messages.push(client.next().await);
        }
        let pong = messages.iter().position(|message| message["type"] == "pong");
        let anew = messages
            .iter()
            .position(|message| *message == next("a", json!({ "count": 1 })));
        let after = &messages[pong.into_iter().chain(anew).min().unwrap()..];
        let old = after
            .iter()
            .find(|message| message["payload"]["data"].get("flood").is_some());
        assert_eq!(old, None, "round {round}");
        if pong.is_none() {
            assert_eq!(client.next().await, json!({ "type": "pong" }));
        }
        until("it is stopped", || live.load(Ordering::SeqCst) == 0).await;
    }
    client.complete("never heard of").await;
    client.send(&json!({ "type": "ping" })).await;
    assert_eq!(client.next().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn the_result_of_a_completed_mutation_is_not_sent_but_the_mutation_goes_on() {
    let server = TestServer::start().await;
    let mut client = Client::ready(&server).await;
    client.subscribe("m", "mutation { wait }").await;
    until("it runs", || server.levers.executions.load(Ordering::SeqCst) == 1).await;
    client.complete("m").await;
    client.send(&json!({ "type": "ping" })).await;
    assert_eq!(
        client.next().await,
        json!({ "type": "pong" }),
        "the server has read `complete`"
    );
    server.levers.go_on.notify_one();
    until("it has ended", || {
        server.levers.finished_mutations.load(Ordering::SeqCst) == 1
    })
    .await;
    client.send(&json!({ "type": "ping" })).await;
    assert_eq!(client.next().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn operations_do_not_wait_for_each_other_and_are_counted() {
    let server = TestServer::with_limits(Limits {
        socket: SocketLimits {
            operations: 3,
            ..SocketLimits::default()
        },
        ..Limits::default()
    })
    .await;
    let mut client = Client::ready(&server).await;
    client.subscribe("1", "{ slow }").await;
    client.subscribe("2", "subscription { signals }").await;
    client.subscribe("3", "{ hello }").await;
    assert_eq!(client.next().await, next("3", json!({ "hello": "world" })));
    assert_eq!(client.next().await, complete("3"));
    client.subscribe("4", "subscription { signals }").await;
    client.subscribe("5", "{ hello }").await;
    let refused = client.next().await;
    assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("5")));
    assert_eq!(code(&json!({ "errors": refused["payload"] })), "LIMIT_EXCEEDED");
    client.complete("1").await;
    client.subscribe("5", "{ hello }").await;
    assert_eq!(client.next().await, next("5", json!({ "hello": "world" })));
}

#[tokio::test]
async fn a_panic_of_an_operation_ends_it_alone() {
    let server = TestServer::start().await;
    let mut client = Client::ready(&server).await;
    client.subscribe("p", "{ panics }").await;
    let answer = client.next().await;
    assert_eq!((&answer["type"], &answer["id"]), (&json!("error"), &json!("p")));
    assert_eq!(code(&json!({ "errors": answer["payload"] })), "INTERNAL");
    client.subscribe("p", "{ hello }").await;
    assert_eq!(client.next().await, next("p", json!({ "hello": "world" })));
}
