use super::*;

#[tokio::test]
async fn a_list_of_writes_that_fails_half_way_has_changed_nothing() {
    let place = Place::new();
    let opened = place.open().await;
    opened
        .write(json!([
            put("projects", "a", json!(1)),
            put("values", "cursor", json!("1"))
        ]))
        .await
        .unwrap();
    let too_long = "k".repeat(300);
    let refused = opened
        .write(json!([
            { "kind": "clear", "store": "projects" },
            put("projects", "b", json!(2)),
            put("outbox", "o", json!(3)),
            put("projects", &too_long, json!(4)),
            put("values", "cursor", json!("2")),
        ]))
        .await;
    assert!(refused.is_err());
    opened.write(json!([put("projects", "c", json!(5))])).await.unwrap();
    opened.end().await;
    let again = place.open().await;
    assert_eq!(again.all("projects").await, json!([1, 5]));
    assert_eq!(again.all("outbox").await, json!([]));
    assert_eq!(again.value("cursor").await, json!("1"));
}

#[tokio::test]
async fn what_nobody_else_has_waits_for_the_disk_and_the_cache_does_not() {
    let place = Place::new();
    let opened = place.open().await;
    for (writes, synchronous) in [
        (
            json!([put("projects", "a", json!(1)), put("values", "cursor", json!(1))]),
            1,
        ),
        (json!([put("outbox", "o", json!(1))]), 2),
        (json!([put_message("s", "m", "1", "x")]), 1),
        (json!([put("projects", "a", json!(1)), put("drafts", "d", json!(1))]), 2),
        (json!([{ "kind": "keepNewest", "session": "s", "count": 1 }]), 1),
        (json!([{ "kind": "remove", "store": "outbox", "key": "o" }]), 2),
    ] {
        opened.write(writes.clone()).await.unwrap();
        let mut state = opened.device.state.lock().await;
        let connection = &mut state.open.as_mut().unwrap().connection;
        let now: i64 = sqlx::query_scalar("PRAGMA synchronous")
            .fetch_one(connection)
            .await
            .unwrap();
        assert_eq!(now, synchronous, "{writes}");
    }
}

#[tokio::test]
async fn what_another_account_has_left_is_removed() {
    let place = Place::new();
    let opened = place.open().await;
    opened
        .write(json!([put("outbox", "o", json!(1)), put_message("s", "m", "1", "x")]))
        .await
        .unwrap();
    opened
        .device
        .keep_file(opened.handle, "f".to_owned(), vec![1])
        .await
        .unwrap();
    opened.end().await;
    assert_eq!(place.open().await.all("outbox").await, json!([1]));

    let device = Device::new(place.kept());
    let handle = device.open("https://example.org other").await.unwrap();
    let other = Opened { device, handle };
    for store in ["outbox", "messages"] {
        assert_eq!(other.all(store).await, json!([]));
    }
    assert_eq!(other.device.file(handle, "f".to_owned()).await, Ok(None));
}

#[tokio::test]
async fn who_has_it_open_no_more_writes_nothing() {
    let place = Place::new();
    let old = place.open().await;
    let handle = old.device.open(ACCOUNT).await.unwrap();
    assert!(old.write(json!([put("drafts", "d", json!(1))])).await.is_err());
    let new = Opened {
        device: old.device,
        handle,
    };
    new.write(json!([put("drafts", "d", json!(2))])).await.unwrap();
    new.device.close().await;
    assert!(new.write(json!([put("drafts", "d", json!(3))])).await.is_err());
    assert_eq!(place.open().await.all("drafts").await, json!([2]));
}

#[tokio::test]
async fn what_is_cleared_leaves_nothing_behind() {
    let place = Place::new();
    let opened = place.open().await;
    opened.write(json!([put("outbox", "o", json!(1))])).await.unwrap();
    opened.device.clear().await.unwrap();
    opened.device.clear().await.unwrap();
    assert!(opened.write(json!([put("outbox", "o", json!(1))])).await.is_err());
    assert_eq!(std::fs::read_dir(place.folder.path()).unwrap().count(), 0);
    assert_eq!(place.open().await.all("outbox").await, json!([]));
}

#[tokio::test]
async fn what_was_half_removed_is_removed_by_the_next_start() {
    let place = Place::new();
    let opened = place.open().await;
    opened.write(json!([put("outbox", "o", json!(1))])).await.unwrap();
    opened.end().await;
    // It was killed behind its first step.
    std::fs::rename(place.kept(), place.folder.path().join("kept.gone")).unwrap();
    assert_eq!(place.open().await.all("outbox").await, json!([]));
    assert!(!place.folder.path().join("kept.gone").exists());
}

#[tokio::test]
async fn a_file_that_nothing_names_is_removed_by_the_next_start() {
    let place = Place::new();
    let opened = place.open().await;
    for id in ["of-a-draft", "of-an-order", "of-nothing"] {
        opened
            .device
            .keep_file(opened.handle, id.to_owned(), b"content".to_vec())
            .await
            .unwrap();
    }
    opened
        .write(json!([
            put("drafts", "d", json!({ "files": [{ "id": "of-a-draft" }] })),
            put(
                "outbox",
                "o",
                json!({ "order": { "files": [{ "id": "of-an-order" }] } })
            ),
        ]))
        .await
        .unwrap();
    opened.end().await;
    let again = place.open().await;
    for (id, is_there) in [("of-a-draft", true), ("of-an-order", true), ("of-nothing", false)] {
        let content = again.device.file(again.handle, id.to_owned()).await.unwrap();
        assert_eq!(content.is_some(), is_there, "{id}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_on_this_computer_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.open().await;
    for folder in [place.kept(), place.kept().join("current")] {
        let mode = std::fs::metadata(folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
