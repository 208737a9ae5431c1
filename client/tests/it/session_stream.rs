//! The live text of a session: always right, over any break.

use client::{ErrorCode, Transcript, types::Part};
use serde_json::{Value, json};

use crate::support::{Answer, Connection, End, Server, in_time};

const TEXT: &str = "One crab 🦀, two crabs 🦀🦀, and a family 👩‍👩‍👧 at sea.";

fn snapshot(text: &str, status: &str) -> Value {
    let at = "2026-11-23T00:00:00Z";
    let part = json!({ "__typename": "TextPart", "id": "t", "text": text, "isSynthetic": false, "isComplete": false });
    let message = json!({ "id": "m", "role": "ASSISTANT", "session": { "id": "s", "project": { "id": "p" } },
        "parts": [part], "changes": [], "createdAt": at });
    let session = json!({ "id": "s", "title": "", "status": status, "isForkPending": false, "createdAt": at, "updatedAt": at,
        "project": { "id": "p", "slug": "p", "name": "P" } });
    item(
        json!({ "__typename": "SessionSnapshot", "session": session, "messages": [message], "todoList": { "todos": [] }, "cursor": "c" }),
    )
}

fn item(item: Value) -> Value {
    json!({ "sessionStream": item })
}

fn delta(offset: usize, text: char) -> Value {
    item(json!({ "__typename": "TextAppended", "messageId": "m", "partId": "t", "offset": offset, "text": text }))
}

fn idle() -> Value {
    item(json!({ "__typename": "SessionStatusChanged", "status": "IDLE" }))
}

/// The stream of a connection that opens when so many characters are written: a snapshot, then one at a time.
fn stream_from(written: usize) -> Vec<Value> {
    let start: String = TEXT.chars().take(written).collect();
    let mut offset = start.encode_utf16().count();
    let mut items = vec![snapshot(&start, "BUSY")];
    for character in TEXT.chars().skip(written) {
        items.push(delta(offset, character));
        offset += character.len_utf16();
    }
    items.push(idle());
    items
}

fn no_posts(body: &Value) -> Answer {
    panic!("no request was expected: {body}")
}

fn text(transcript: &Transcript) -> &str {
    match transcript.part("m", "t") {
        Some(Part::TextPart(part)) => &part.text,
        other => panic!("{other:?}"),
    }
}

fn is_idle(transcript: &Transcript) -> bool {
    transcript.session().status == client::types::SessionStatus::Idle
}

#[tokio::test]
async fn a_break_in_the_middle_doubles_and_loses_nothing() {
    let opened = std::sync::atomic::AtomicUsize::new(0);
    let items = move |payload: &Value| {
        assert_eq!(payload["variables"]["session"], "s");
        stream_from(10 * opened.fetch_add(1, std::sync::atomic::Ordering::SeqCst))
    };
    let breaks = [
        Connection(8, End::Drop),
        Connection(3, End::Close(1001)),
        Connection(0, End::Drop),
    ];
    let server = Server::start(no_posts, items, breaks).await;
    let mut stream = server.client().session_stream("s");
    let mut seen = 0;
    while !stream.transcript().is_some_and(is_idle) {
        in_time(stream.next()).await.unwrap().unwrap();
        let text = text(stream.transcript().unwrap());
        assert!(TEXT.starts_with(text) && text.len() >= seen, "{text}");
        seen = text.len();
    }
    assert_eq!(text(stream.transcript().unwrap()), TEXT);
    assert_eq!(server.subscriptions().len(), 4);
}

#[tokio::test]
async fn a_piece_that_is_missing_brings_a_fresh_snapshot() {
    let opened = std::sync::atomic::AtomicUsize::new(0);
    let items = move |_: &Value| {
        let mut items = stream_from(0);
        if opened.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            items.remove(5);
        }
        items
    };
    let server = Server::start(no_posts, items, []).await;
    let mut stream = server.client().session_stream("s");
    assert_eq!(text(in_time(stream.until(is_idle)).await.unwrap()), TEXT);
    assert_eq!(server.subscriptions().len(), 2);
}

#[tokio::test]
async fn a_snapshot_in_between_replaces_everything() {
    let items = |_: &Value| {
        vec![
            snapshot("Old", "BUSY"),
            snapshot("New te", "BUSY"),
            delta(6, 'x'),
            delta(7, 't'),
            idle(),
        ]
    };
    let server = Server::start(no_posts, items, []).await;
    let mut stream = server.client().session_stream("s");
    assert_eq!(text(in_time(stream.until(is_idle)).await.unwrap()), "New text");
}

#[tokio::test]
async fn it_ends_when_the_session_is_gone() {
    let server = Server::start(no_posts, |_| stream_from(0), [Connection(1, End::Error("NOT_FOUND"))]).await;
    let mut stream = server.client().session_stream("s");
    assert!(in_time(stream.next()).await.unwrap().is_ok());
    let error = in_time(stream.next()).await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::NotFound));
    assert!(in_time(stream.next()).await.is_none());
}
