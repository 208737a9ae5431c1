//! Queries and mutations: what is repeated, what is not, and that a repetition is known as one.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use client::{Client, Error, ErrorCode, Settings, Transport};
use serde_json::{Value, json};

use crate::support::{Answer, Connection, End, Server, in_time, settings};

fn session() -> Value {
    let at = "2026-11-23T00:00:00Z";
    json!({ "id": "s", "title": "New", "status": "IDLE", "isForkPending": false, "createdAt": at, "updatedAt": at,
        "project": { "id": "p", "slug": "p", "name": "P" } })
}

/// Gives the answers in turn.
async fn server(answers: Vec<fn() -> Answer>) -> Server {
    let next = AtomicUsize::new(0);
    Server::start(
        move |_| answers[next.fetch_add(1, Ordering::SeqCst)](),
        |_| Vec::new(),
        [],
    )
    .await
}

#[tokio::test]
async fn a_mutation_is_sent_again_with_the_same_id() {
    let renamed = || Answer::Data(json!({ "renameSession": { "session": session() } }));
    let server = server(vec![
        || Answer::Status(503),
        || Answer::Lost,
        || Answer::Status(502),
        renamed,
    ])
    .await;
    in_time(server.client().rename_session("s", "New")).await.unwrap();
    let posts = server.posts();
    assert_eq!(posts.len(), 4);
    let id = posts[0]["variables"]["input"]["clientMutationId"].as_str().unwrap();
    assert!(id.len() >= 32, "{id}");
    assert!(posts.iter().all(|post| post == &posts[0]));
    assert!(server.tokens().iter().all(|token| token == "Bearer a-token"));
}

#[tokio::test]
async fn a_limit_that_passes_is_waited_for_and_one_that_stays_is_not() {
    let renamed = || Answer::Data(json!({ "renameSession": { "session": session() } }));
    let busy = || {
        Answer::Error(
            "An operation may take 10 s.",
            json!({ "code": "LIMIT_EXCEEDED", "retryAfter": 0.01 }),
        )
    };
    let server = server(vec![busy, renamed]).await;
    in_time(server.client().rename_session("s", "New")).await.unwrap();
    let posts = server.posts();
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0], posts[1]);

    let too_deep = || Answer::Error("It is too deep.", json!({ "code": "LIMIT_EXCEEDED" }));
    let server = self::server(vec![too_deep]).await;
    let error = in_time(server.client().rename_session("s", "New")).await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::LimitExceeded));
    assert_eq!(server.posts().len(), 1);
}

#[tokio::test]
async fn two_mutations_have_two_ids() {
    let renamed = || Answer::Data(json!({ "renameSession": { "session": session() } }));
    let server = server(vec![renamed, renamed]).await;
    for _ in 0..2 {
        in_time(server.client().rename_session("s", "New")).await.unwrap();
    }
    let id = |post: &Value| post["variables"]["input"]["clientMutationId"].clone();
    assert_ne!(id(&server.posts()[0]), id(&server.posts()[1]));
}

#[tokio::test]
async fn a_pairing_is_not_sent_twice() {
    for answer in [|| Answer::Status(503), || Answer::Lost] {
        let server = server(vec![answer]).await;
        let client = Client::with_settings(&server.base, None, settings()).unwrap();
        assert!(in_time(client.redeem_pairing("CODE", "phone")).await.is_err());
        assert_eq!(server.posts().len(), 1);
        assert_eq!(server.tokens(), [Value::Null]);
    }
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let refuse = || {
        Answer::Error(
            "The title is too long.",
            json!({ "code": "INVALID_INPUT", "field": "title" }),
        )
    };
    let server = server(vec![refuse]).await;
    let error = in_time(server.client().rename_session("s", "New")).await.unwrap_err();
    let failure = error.failure().unwrap();
    assert_eq!(
        (&failure.code, failure.field.as_deref()),
        (&ErrorCode::InvalidInput, Some("title"))
    );
    assert_eq!(error.to_string(), "The title is too long.");
    assert_eq!(server.posts().len(), 1);
}

#[tokio::test]
async fn patience_has_an_end() {
    let server = Server::start(|_| Answer::Status(503), |_| Vec::new(), []).await;
    let retry_for = Duration::from_millis(150);
    let client = server.client_with(Settings {
        retry_for,
        ..settings()
    });
    let error = in_time(client.cursor()).await.unwrap_err();
    assert!(matches!(error, Error::Transport(Transport::Status(503))), "{error:?}");
    assert!(server.posts().len() > 1);

    let base = server.base.clone();
    drop(server);
    let client = Client::with_settings(
        &base,
        None,
        Settings {
            retry_for,
            ..settings()
        },
    )
    .unwrap();
    let error = in_time(client.cursor()).await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
}

#[tokio::test]
async fn lists_are_read_to_their_end() {
    let project = |slug: &str| {
        let at = "2026-11-23T00:00:00Z";
        json!({ "id": slug, "slug": slug, "name": slug, "status": "RUNNING", "createdAt": at, "updatedAt": at,
            "server": { "id": "local", "name": "local" } })
    };
    let answer = move |body: &Value| {
        let (node, next) = match body["variables"]["after"].as_str() {
            None => (project("a"), Some("1")),
            Some("1") => (project("b"), None),
            other => panic!("{other:?}"),
        };
        let page = json!({ "endCursor": next, "hasNextPage": next.is_some() });
        Answer::Data(json!({ "projects": { "nodes": [node], "pageInfo": page, "totalCount": 2 } }))
    };
    let server = Server::start(answer, |_| Vec::new(), []).await;
    let projects = in_time(server.client().projects(None, None)).await.unwrap();
    assert_eq!(
        projects.iter().map(|project| project.slug.as_str()).collect::<Vec<_>>(),
        ["a", "b"]
    );
}

#[tokio::test]
async fn a_subscription_that_is_refused_is_over() {
    for (end, code) in [
        (End::Error("NOT_FOUND"), ErrorCode::NotFound),
        (End::Close(4403), ErrorCode::Forbidden),
    ] {
        let server = Server::start(|_| Answer::Status(500), |_| Vec::new(), [Connection(0, end)]).await;
        let mut status = in_time(server.client().container_status("p")).await.unwrap();
        let error = in_time(status.next()).await.unwrap().unwrap_err();
        assert_eq!(error.code(), Some(&code));
        assert!(in_time(status.next()).await.is_none());
    }
}
