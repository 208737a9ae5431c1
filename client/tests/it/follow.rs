//! Following the event log: none lost, none twice, whatever happens to the connection.

use std::{ops::Range, time::Duration};

use client::{Cursor, ErrorCode, Settings, types::Change};
use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};

use crate::support::{Answer, Connection, End, Server, in_time, settings};

/// Event `number` of the log; its cursor is the number.
fn event(number: usize) -> Value {
    change(
        number,
        json!({ "__typename": "ProjectDeleted", "projectId": "p", "slug": format!("event-{number}") }),
    )
}

fn change(cursor: usize, change: Value) -> Value {
    json!({ "events": { "cursor": cursor.to_string(), "at": "2026-11-23T00:00:00Z",
        "actor": { "kind": "SERVER" }, "change": change } })
}

/// A log of so many events, served after the cursor asked for.
fn log(length: usize) -> impl Fn(&Value) -> Vec<Value> {
    move |payload| {
        let after: usize = payload["variables"]["after"].as_str().unwrap().parse().unwrap();
        (after + 1..=length).map(event).collect()
    }
}

fn no_posts(body: &Value) -> Answer {
    panic!("no request was expected: {body}")
}

async fn slugs(events: impl Stream<Item = Result<client::types::Event, client::Error>>, count: usize) -> Vec<String> {
    let slug = |event: Result<client::types::Event, client::Error>| match event.unwrap().change {
        Change::ProjectDeleted(change) => change.slug,
        other => panic!("{other:?}"),
    };
    in_time(events.take(count).map(slug).collect()).await
}

fn expected(numbers: Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("event-{number}")).collect()
}

#[tokio::test]
async fn resumes_where_it_was_after_any_break() {
    let breaks = [
        Connection(3, End::Drop),
        Connection(0, End::Drop),
        Connection(1, End::Close(1001)),
        Connection(7, End::Close(1012)),
        Connection(0, End::Close(4408)),
        Connection(2, End::Drop),
        Connection(4, End::Error("UNAVAILABLE")),
    ];
    let server = Server::start(no_posts, log(40), breaks).await;
    let events = server.client().follow(Some(Cursor::from("0")), None);
    assert_eq!(slugs(events, 40).await, expected(1..41));
    let asked: Vec<_> = server
        .subscriptions()
        .iter()
        .map(|variables| variables["after"].clone())
        .collect();
    assert_eq!(asked, ["0", "3", "3", "4", "11", "11", "13", "17"]);
    assert!(
        server.tokens().iter().all(|token| token == "a-token"),
        "{:?}",
        server.tokens()
    );
}

#[tokio::test]
async fn without_a_cursor_it_starts_from_now_and_keeps_that_now() {
    let answer = |body: &Value| {
        assert_eq!(body["operationName"], "CurrentCursor");
        Answer::Data(json!({ "cursor": "5" }))
    };
    let server = Server::start(answer, log(9), [Connection(0, End::Drop), Connection(0, End::Drop)]).await;
    assert_eq!(slugs(server.client().follow(None, None), 4).await, expected(6..10));
    assert_eq!(server.posts().len(), 1);
}

#[tokio::test]
async fn a_silent_connection_is_left() {
    let server = Server::start(no_posts, log(4), [Connection(2, End::Mute)]).await;
    let settings = Settings {
        silence: Duration::from_millis(450),
        ..settings()
    };
    let events = server.client_with(settings).follow(Some(Cursor::from("0")), None);
    assert_eq!(slugs(events, 4).await, expected(1..5));
    assert_eq!(server.subscriptions().len(), 2);
}

#[tokio::test]
async fn a_quiet_connection_stays() {
    let server = Server::start(no_posts, log(1), []).await;
    let silence = Duration::from_millis(900);
    let mut events = server
        .client_with(Settings { silence, ..settings() })
        .follow(Some(Cursor::from("0")), None);
    assert!(in_time(events.next()).await.is_some());
    // Nothing comes for several times the silence that would end it, but pings are answered.
    assert!(tokio::time::timeout(silence * 3, events.next()).await.is_err());
    assert_eq!(server.subscriptions().len(), 1);
}

#[tokio::test]
async fn a_resync_is_handed_out_and_its_cursor_used() {
    let items = |payload: &Value| match payload["variables"]["after"].as_str() {
        Some("old") => {
            let resync = json!({ "__typename": "ResyncRequired", "reason": "TOO_OLD", "cursor": "7" });
            vec![change(99, resync)]
        }
        Some("7") => vec![event(8)],
        other => panic!("{other:?}"),
    };
    let server = Server::start(no_posts, items, [Connection(1, End::Drop)]).await;
    let mut events = server.client().follow(Some(Cursor::from("old")), None);
    let first = in_time(events.next()).await.unwrap().unwrap();
    assert!(matches!(first.change, Change::ResyncRequired(resync) if resync.cursor == Cursor::from("7")));
    assert_eq!(slugs(events, 1).await, expected(8..9));
}

#[tokio::test]
async fn bookmarks_move_the_cursor_unseen() {
    let items = |payload: &Value| match payload["variables"]["after"].as_str() {
        Some("0") => vec![
            event(1),
            change(30, json!({ "__typename": "Bookmark", "cursor": "30" })),
        ],
        Some("30") => vec![event(31)],
        other => panic!("{other:?}"),
    };
    let server = Server::start(no_posts, items, [Connection(2, End::Drop)]).await;
    let events = server.client().follow(Some(Cursor::from("0")), None);
    assert_eq!(slugs(events, 2).await, ["event-1", "event-31"]);

    let server = Server::start(no_posts, items, []).await;
    let events = server.client().follow_with_bookmarks(Some(Cursor::from("0")), None);
    let last = in_time(events.take(2).collect::<Vec<_>>())
        .await
        .pop()
        .unwrap()
        .unwrap();
    assert!(matches!(last.change, Change::Bookmark(_)));
}

#[tokio::test]
async fn what_time_does_not_heal_ends_it() {
    for (end, code) in [
        (End::Close(4403), ErrorCode::Forbidden),
        (End::Close(4401), ErrorCode::Unauthenticated),
        (End::Error("INVALID_INPUT"), ErrorCode::InvalidInput),
    ] {
        let server = Server::start(no_posts, log(9), [Connection(1, end)]).await;
        let events = server.client().follow(Some(Cursor::from("0")), None);
        let mut events: Vec<_> = in_time(events.collect()).await;
        let error = events.pop().unwrap().unwrap_err();
        assert_eq!((events.len(), error.code()), (1, Some(&code)));
    }
}

#[tokio::test]
async fn a_server_that_stays_away_is_given_up() {
    let server = Server::start(no_posts, log(1), [Connection(1, End::Drop)]).await;
    let give_up_after = Duration::from_millis(200);
    let mut events = server
        .client_with(Settings {
            give_up_after,
            ..settings()
        })
        .follow(Some(Cursor::from("0")), None);
    assert!(in_time(events.next()).await.unwrap().is_ok());
    drop(server);
    let error = in_time(events.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, client::Error::Transport(_)), "{error:?}");
    assert!(in_time(events.next()).await.is_none());
}
