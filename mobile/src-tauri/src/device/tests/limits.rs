use super::*;
use crate::device::{request, rows};

#[tokio::test]
async fn everything_has_a_limit() {
    let place = Place::new();
    let opened = place.open().await;
    let longest = "k".repeat(256);
    opened.write(json!([put("drafts", &longest, json!(1))])).await.unwrap();
    for key in ["", &"k".repeat(257)] {
        assert!(opened.write(json!([put("drafts", key, json!(1))])).await.is_err());
        let read = opened.read(json!([{ "store": "drafts", "key": key }])).await;
        assert!(read.is_err());
    }
    let row = json!("x".repeat(8 << 20));
    assert!(opened.write(json!([put("drafts", "d", row)])).await.is_err());
    let many: Vec<_> = (0..101).map(|_| json!({ "store": "drafts" })).collect();
    assert!(opened.read(json!(many)).await.is_err());
    let keep = |size| opened.device.keep_file(opened.handle, "f".to_owned(), vec![0; size]);
    assert!(keep((6 << 20) + 1).await.is_err());
    keep(6 << 20).await.unwrap();
    assert_eq!(opened.all("drafts").await, json!([1]));
}

#[tokio::test]
async fn a_row_of_the_cache_that_is_too_large_holds_up_nothing() {
    let place = Place::new();
    let opened = place.open().await;
    let large = "x".repeat(8 << 20);
    opened
        .write(json!([put("projects", "b", json!("small"))]))
        .await
        .unwrap();
    let writes = json!([
        put("projects", "a", json!(1)),
        put("projects", "b", json!(large)),
        put_message("s", "m1", "1", "before"),
        put_message("s", "m2", "2", &large),
        put_message("s", "m3", "3", "behind"),
        put("values", "cursor", json!("8")),
    ]);
    opened.write(writes).await.unwrap();
    // What was kept of it before is not taken for what it is now.
    assert_eq!(opened.all("projects").await, json!([1, null]));
    assert_eq!(opened.value("cursor").await, json!("8"));
    let newest = async || {
        let newest = opened.device.newest(opened.handle, "s".to_owned(), 10).await.unwrap();
        serde_json::to_value(newest).unwrap()
    };
    assert_eq!(
        newest().await,
        json!([{ "id": "m3", "text": "behind" }]),
        "there is no hole"
    );
    opened.write(json!([put_message("s", "m2", "2", "cut")])).await.unwrap();
    assert_eq!(newest().await.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_store_or_a_write_that_is_not_known_is_refused() {
    for write in [
        put("secrets", "a", json!(1)),
        put("rows; DROP TABLE rows", "a", json!(1)),
        json!({ "kind": "sql", "store": "rows" }),
        json!({ "kind": "clear", "store": "projects", "where": "1" }),
        json!({ "kind": "keepNewest", "session": "s", "count": -1 }),
    ] {
        assert!(serde_json::from_value::<Write>(write.clone()).is_err(), "{write}");
    }
    let opened = Place::new();
    let opened = opened.open().await;
    for write in [
        put("files", "f", json!("text")),
        put("messages", "m", json!({ "id": "m" })),
        json!({ "kind": "put", "store": "projects", "key": "a", "row": 1,
            "place": { "session": "s", "createdAt": "1", "id": "a" } }),
        json!({ "kind": "put", "store": "messages", "key": "a", "row": 1,
            "place": { "session": "s", "createdAt": "1", "id": "b" } }),
    ] {
        assert!(opened.write(json!([write])).await.is_err(), "{write}");
    }
}

#[tokio::test]
async fn the_cache_drops_sessions_where_nothing_was_said_for_the_longest_time() {
    let place = Place::new();
    let opened = place.open().await;
    let text = "x".repeat(1000);
    let writes: Vec<_> = (0..10)
        .flat_map(|n| {
            // The first session is the newest one.
            let at = format!("2026-01-{:02}", 20 - n);
            [
                put_message(&format!("s{n}"), &format!("m{n}"), &at, &text),
                put_message(&format!("s{n}"), &format!("n{n}"), "2025", &text),
            ]
        })
        .collect();
    opened.write(json!(writes)).await.unwrap();
    let mut state = opened.device.state.lock().await;
    let connection = &mut state.open.as_mut().unwrap().connection;
    rows::drop_old_sessions(connection, 6_500).await.unwrap();
    let left: Vec<String> = sqlx::query_scalar("SELECT DISTINCT session FROM messages ORDER BY session")
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    assert_eq!(left, ["s0", "s1", "s2"]);
    rows::drop_old_sessions(connection, 0).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM messages")
        .fetch_one(connection)
        .await
        .unwrap();
    assert_eq!(left, 2, "the one that is talked in stays");
}

#[tokio::test]
async fn the_file_stays_within_its_bounds() {
    let place = Place::new();
    let opened = place.open().await;
    let text = "x".repeat(4 << 20);
    for n in 0..24 {
        let at = format!("2026-01-01T10:{n:02}");
        let message = put_message(&format!("s{n}"), &format!("m{n}"), &at, &text);
        opened.write(json!([message])).await.unwrap();
    }
    let messages = opened.all("messages").await.as_array().unwrap().len();
    assert!((14..=17).contains(&messages), "{messages}");
    opened.end().await;
    let size = std::fs::metadata(place.database()).unwrap().len();
    assert!(size < request::MESSAGES.unsigned_abs() * 5 / 4, "{size}");
}
