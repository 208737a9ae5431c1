use std::io::{Read as _, Seek, SeekFrom, Write as _};

use super::*;

/// An outbox, drafts, a file, and much of a cache.
async fn filled(place: &Place) {
    let opened = place.open().await;
    opened
        .device
        .keep_file(opened.handle, "file-1".to_owned(), b"content".to_vec())
        .await
        .unwrap();
    opened
        .write(json!([
            put("outbox", "o", json!({ "text": "Not sent yet", "files": ["file-1"] })),
            put("drafts", "d", json!("Half a")),
            put("values", "seen", json!({ "s": "1" })),
            put("values", "cursor", json!("7")),
            put("projects", "p", json!(1)),
        ]))
        .await
        .unwrap();
    // Its end is on pages that are not looked at before it is read.
    let text = format!("where it begins {} where it ends", "x".repeat(20_000));
    let messages: Vec<_> = (0..50)
        .map(|n| put_message("s", &format!("m{n:02}"), &format!("{n:02}"), &text))
        .collect();
    opened.write(json!(messages)).await.unwrap();
    opened.end().await;
}

fn spoil(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

/// Every page that has this in it, as a disk spoils it.
fn spoil_pages_with(path: &Path, text: &str) {
    let mut bytes = Vec::new();
    std::fs::File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let mut spoiled = 0;
    for (page, content) in bytes.chunks(size).enumerate() {
        if page > 0 && content.windows(text.len()).any(|part| part == text.as_bytes()) {
            spoil(path, (page * size) as u64, &vec![0xa5; size]);
            spoiled += 1;
        }
    }
    assert!(spoiled > 0);
}

fn aside(place: &Place) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(place.kept())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "current")
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_is_no_database_is_put_aside_as_it_is_and_said_to_be() {
    let place = Place::new();
    filled(&place).await;
    spoil(&place.database(), 0, &[0; 4096]);
    let spoiled = std::fs::read(place.database()).unwrap();
    let opened = place.open().await;
    let folder = place.kept().join("damaged-1");
    assert_eq!(
        opened.value("setAside").await,
        json!({ "why": "damaged", "place": folder, "rescued": 0 })
    );
    assert_eq!(std::fs::read(folder.join("kept.db")).unwrap(), spoiled);
    assert_eq!(opened.all("outbox").await, json!([]));
    // It is used like any other, and said once.
    let seen = json!([{ "kind": "remove", "store": "values", "key": "setAside" }, put("outbox", "n", json!(2))]);
    opened.write(seen).await.unwrap();
    opened.end().await;
    let again = place.open().await;
    assert_eq!(again.value("setAside").await, Value::Null);
    assert_eq!(again.all("outbox").await, json!([2]));
}

#[tokio::test]
async fn damage_that_is_found_by_the_way_ends_the_use_of_the_cache() {
    let place = Place::new();
    filled(&place).await;
    spoil_pages_with(&place.database(), "where it ends");
    let opened = place.open().await;
    let found = opened.read(json!([{ "store": "messages" }])).await;
    assert!(matches!(found, Err(Failure::Damaged { .. })), "{found:?}");
    // A cursor would say that the rows are there.
    assert!(
        opened
            .write(json!([put("values", "cursor", json!("8"))]))
            .await
            .is_err()
    );
    // The page that found it goes on with what could be saved.
    let handle = opened.device.open(ACCOUNT).await.unwrap();
    let again = Opened { handle, ..opened };
    again.write(json!([put("values", "wrap", json!(true))])).await.unwrap();
    again.end().await;
    is_as_after_damage(&place).await;
}

#[tokio::test]
async fn damage_that_is_found_by_opening_it_takes_nothing_along_that_nobody_else_has() {
    let place = Place::new();
    filled(&place).await;
    spoil_pages_with(&place.database(), "where it begins");
    is_as_after_damage(&place).await;
}

async fn is_as_after_damage(place: &Place) {
    let again = place.open().await;
    let word = again.value("setAside").await;
    assert_eq!((&word["why"], &word["rescued"]), (&json!("damaged"), &json!(2)));
    assert_eq!(again.all("outbox").await[0]["text"], json!("Not sent yet"));
    assert_eq!(again.all("drafts").await, json!(["Half a"]));
    assert_eq!(again.value("seen").await, json!({ "s": "1" }));
    assert_eq!(
        again.device.file(again.handle, "file-1".to_owned()).await,
        Ok(Some(b"content".to_vec()))
    );
    assert_eq!(again.value("cursor").await, Value::Null);
    for store in ["projects", "messages"] {
        assert_eq!(again.all(store).await, json!([]));
    }
    again.end().await;
    assert_eq!(aside(place), ["damaged-1"]);
}

#[tokio::test]
async fn of_a_damaged_outbox_what_can_be_read_is_there() {
    let place = Place::new();
    let opened = place.open().await;
    let text = "words ".repeat(300);
    let writes: Vec<_> = (0..30)
        .map(|n| {
            let spoiled = if n == 15 { "to be spoiled" } else { "" };
            put("outbox", &format!("{n:02}"), json!(format!("{n} {text} {spoiled}")))
        })
        .collect();
    opened.write(json!(writes)).await.unwrap();
    opened.end().await;
    spoil_pages_with(&place.database(), "to be spoiled");
    let again = place.open().await;
    let left = again.all("outbox").await.as_array().unwrap().len();
    assert!(
        (20..30).contains(&left),
        "from both ends, and not what is between: {left}"
    );
    assert_eq!(again.value("setAside").await["rescued"], json!(left));
}

#[tokio::test]
async fn a_row_that_is_no_json_any_more_is_damage() {
    let place = Place::new();
    filled(&place).await;
    let mut bytes = std::fs::read(place.database()).unwrap();
    let at = bytes.windows(8).position(|part| part == b"\"Half a\"").unwrap();
    bytes[at + 7] = b' ';
    std::fs::write(place.database(), bytes).unwrap();
    let opened = place.open().await;
    assert_eq!(opened.value("setAside").await["rescued"], json!(1));
    assert_eq!(opened.all("drafts").await, json!([]));
    assert_eq!(opened.all("outbox").await[0]["text"], json!("Not sent yet"));
}

#[tokio::test]
async fn what_a_newer_app_has_written_is_put_aside_untouched() {
    let place = Place::new();
    filled(&place).await;
    // As SQLite keeps `user_version`.
    spoil(&place.database(), 60, &2_u32.to_be_bytes());
    let newer = std::fs::read(place.database()).unwrap();
    let opened = place.open().await;
    let word = opened.value("setAside").await;
    assert_eq!((&word["why"], &word["rescued"]), (&json!("newer"), &json!(0)));
    assert_eq!(
        opened.all("outbox").await,
        json!([]),
        "it may mean something else there"
    );
    assert_eq!(std::fs::read(place.kept().join("newer-1/kept.db")).unwrap(), newer);
}

#[tokio::test]
async fn killed_while_it_begins_anew_it_has_saved_the_same() {
    let place = Place::new();
    filled(&place).await;
    spoil_pages_with(&place.database(), "where it begins");
    // Before the old one was put aside: what there is of the new one counts for nothing.
    std::fs::create_dir(place.kept().join("fresh")).unwrap();
    std::fs::write(place.kept().join("fresh/kept.db"), "half").unwrap();
    place.open().await.end().await;
    // Behind that: the new one has it all.
    std::fs::rename(place.kept().join("current"), place.kept().join("fresh")).unwrap();
    is_as_after_damage(&place).await;
}

#[tokio::test]
async fn the_last_three_are_kept() {
    let place = Place::new();
    for _ in 0..5 {
        place.open().await.end().await;
        spoil(&place.database(), 0, &[0; 4096]);
    }
    place.open().await.end().await;
    assert_eq!(aside(&place), ["damaged-3", "damaged-4", "damaged-5"]);
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_said_and_nothing_is_put_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept");
    std::fs::write(&path, "a file").unwrap();
    assert!(Device::new(path.clone()).open(ACCOUNT).await.is_err());
    assert_eq!(std::fs::read(path).unwrap(), b"a file");
}
