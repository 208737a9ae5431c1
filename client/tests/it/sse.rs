//! The same promises over server-sent events: resumed after any break, and left when it falls silent.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use client::{Client, Cursor, ErrorCode, SecretString, Settings, Streaming, types::Change};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{in_time, settings};

/// How each connection ends, after so many events.
#[derive(Clone, Copy)]
enum End {
    Cut,
    /// In the middle of the next event.
    Torn,
    Silent,
    Refused,
    Status(u16),
}

const LENGTH: u64 = 9;

type Plan = Arc<Mutex<Vec<(usize, End)>>>;

fn event(number: u64) -> String {
    let change = json!({ "__typename": "ProjectDeleted", "projectId": "p", "slug": format!("event-{number} 🦀") });
    let event = json!({ "cursor": number.to_string(), "at": "2026-11-23T00:00:00Z", "actor": { "kind": "SERVER" },
        "change": change });
    format!("event: next\ndata: {}\n\n", json!({ "data": { "events": event } }))
}

async fn serve(State(plan): State<Plan>, Json(body): Json<Value>) -> Response {
    let after: u64 = body["variables"]["after"].as_str().unwrap().parse().unwrap();
    let (count, end) = plan.lock().unwrap().pop().unwrap_or((usize::MAX, End::Silent));
    let mut text: Vec<_> = (after + 1..=LENGTH).take(count).map(event).collect();
    let next = event(after + 1 + text.len() as u64);
    match end {
        End::Status(status) => return StatusCode::from_u16(status).unwrap().into_response(),
        End::Torn => text.push(next[..next.len() / 2].to_owned()),
        End::Refused => {
            let errors = json!({ "errors": [{ "message": "No.", "extensions": { "code": "FORBIDDEN" } }] });
            text.push(format!("event: next\ndata: {errors}\n\nevent: complete\ndata:\n\n"));
        }
        End::Cut | End::Silent => {}
    }
    // Comments keep it alive and mean nothing.
    text.insert(0, ":\n\n".to_owned());
    // One byte at a time would be as good; some break characters and lines apart.
    let bytes: Vec<_> = text
        .concat()
        .into_bytes()
        .chunks(11)
        .map(Bytes::copy_from_slice)
        .collect();
    let pieces = stream::iter(bytes.into_iter().map(Ok::<_, Infallible>));
    let body = match end {
        End::Silent => Body::from_stream(pieces.chain(stream::pending())),
        _ => Body::from_stream(pieces),
    };
    ([(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")], body).into_response()
}

/// A client of a server whose connections end so, the first one first.
async fn client(plan: &[(usize, End)]) -> Client {
    let plan: Plan = Arc::new(Mutex::new(plan.iter().rev().copied().collect()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let routes = Router::new().route("/graphql", post(serve)).with_state(plan);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let settings = Settings {
        streaming: Streaming::ServerSentEvents,
        silence: Duration::from_millis(300),
        ..settings()
    };
    Client::with_settings(&base, Some(SecretString::from("a-token")), settings).unwrap()
}

fn slug(event: Result<client::types::Event, client::Error>) -> String {
    match event.unwrap().change {
        Change::ProjectDeleted(change) => change.slug,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn events_over_sse_resume_after_any_break() {
    let breaks = [
        (2, End::Cut),
        (0, End::Torn),
        (1, End::Torn),
        (0, End::Status(502)),
        (1, End::Silent),
        (0, End::Cut),
        (2, End::Torn),
    ];
    let events = client(&breaks).await.follow(Some(Cursor::from("0")), None);
    let seen: Vec<_> = in_time(events.take(9).map(slug).collect()).await;
    let expected: Vec<_> = (1..=LENGTH).map(|number| format!("event-{number} 🦀")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_refusal_over_sse_ends_it() {
    let mut events = client(&[(1, End::Refused)]).await.follow(Some(Cursor::from("0")), None);
    assert!(in_time(events.next()).await.unwrap().is_ok());
    let error = in_time(events.next()).await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::Forbidden));
    assert!(in_time(events.next()).await.is_none());
}
