//! One whom nobody is like: it executes for itself, and not even that while nothing comes.

use std::time::Duration;

use entity::ids::ProjectId;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;
use server::caller::Scope;

use super::{BOTH, EVENTS, global, reader::Reader, seq, served::Served};
use crate::support::database::Kind;

/// About how long the server waits before one that is alone rests.
const QUIET_MS: u64 = 2_000;

async fn rests_and_misses_nothing(kind: Kind) {
    let served = Served::start(kind).await;
    let (project, other) = (ProjectId::generate(), ProjectId::generate());
    let variables = json!({ "after": served.log.at(0).encode(), "filter": { "projects": [global(project)] } });
    let (mut readers, mut phones) = (Vec::new(), Vec::new());
    for (index, transport) in BOTH.into_iter().enumerate() {
        // Their rights differ, so that neither is like the other.
        let phone = served.phone([Scope::Read, Scope::Admin][index]).await;
        readers.push(Reader::open(&served, transport, &phone.token, EVENTS, &variables).await);
        phones.push(phone);
    }
    let mut chance = StdRng::seed_from_u64(5);
    let begun = served.begun();
    for round in 0..10 {
        // About when it begins to rest, and when it does rest.
        let pause = [0, QUIET_MS - 20, QUIET_MS, QUIET_MS + 500][round % 4] + chance.random_range(0..40);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        // In some rounds others come who ask the same.
        let like_it = match round % 3 {
            0 => {
                let now = json!({ "filter": { "projects": [global(project)] } });
                Some(Reader::open(&served, BOTH[round % 2], &phones[0].token, EVENTS, &now).await)
            }
            _ => None,
        };
        let mut written = Vec::new();
        for _ in 0..chance.random_range(1..4) {
            served.write(other).await;
            written.push(served.write(project).await);
        }
        for reader in &mut readers {
            let mut seen = Vec::new();
            while seen.len() < written.len() {
                let event = reader.next().await.unwrap();
                if event["change"]["__typename"] == "ProjectChanged" {
                    seen.push(seq(&event));
                }
            }
            assert_eq!(seen, written, "round {round}");
        }
        drop(like_it);
    }
    let again = served.begun() - begun;
    assert!(again >= 6, "it began again {again} times only: it never rested");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_alone_rests_and_misses_nothing_on_sqlite() {
    rests_and_misses_nothing(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_alone_rests_and_misses_nothing_on_postgres() {
    rests_and_misses_nothing(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_ask_the_same_share_one_execution_and_do_not_rest() {
    let served = Served::start(Kind::Sqlite).await;
    let project = ProjectId::generate();
    let mut readers = Vec::new();
    for index in 0..8 {
        let phone = served.phone(Scope::Read).await;
        readers.push(Reader::open(&served, BOTH[index % 2], &phone.token, EVENTS, &json!({})).await);
    }
    super::settle(&served, &mut readers, &[project]).await;
    let begun = served.begun();
    tokio::time::sleep(Duration::from_millis(QUIET_MS + 1_000)).await;
    let last = served.write(project).await;
    for reader in &mut readers {
        while seq(&reader.next().await.unwrap()) < last {}
    }
    assert_eq!(served.begun(), begun, "they went on where they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_rests_is_told_in_time_how_far_the_log_has_come() {
    let served = Served::start(Kind::Sqlite).await;
    let (project, other) = (ProjectId::generate(), ProjectId::generate());
    let variables = json!({ "filter": { "projects": [global(project)] } });
    let mut readers = Vec::new();
    for (index, transport) in BOTH.into_iter().enumerate() {
        let phone = served.phone([Scope::Read, Scope::Admin][index]).await;
        readers.push(Reader::open(&served, transport, &phone.token, EVENTS, &variables).await);
    }
    // The one was given something before it rests, the other is new when it does.
    let first = served.write(project).await;
    assert_eq!(seq(&readers[0].next().await.unwrap()), first);
    let last = served.write(other).await;
    for reader in &mut readers {
        let event = loop {
            let event = reader.next().await.unwrap();
            if event["change"]["__typename"] != "ProjectChanged" {
                break event;
            }
        };
        assert_eq!(event["change"]["__typename"], "Bookmark");
        assert_eq!(seq(&event), last);
    }
}
