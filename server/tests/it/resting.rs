//! Readers of the log that keep nothing but their place while there is nothing for them.

use std::{sync::Arc, time::Duration};

use entity::ids::ProjectId;
use futures_util::StreamExt;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use server::{
    clock::Clock,
    db::Database,
    events::{Actor, Begin, Delivery, EventLog, Filter, Payload, Place},
};

use crate::support::database::{Kind, TestDatabase};

async fn open(database: &TestDatabase) -> EventLog {
    let db = Database::open(&database.url).await.unwrap();
    EventLog::open(db, Clock::system()).await.unwrap()
}

/// A transaction with one event for each of these; the answer is the number of the last.
async fn write(log: &EventLog, projects: &[ProjectId]) -> i64 {
    let mut tx = log.begin(Actor::Server).await.unwrap();
    for project in projects {
        tx.emit(Payload::ProjectChanged { project: *project });
    }
    tx.commit().await.unwrap().unwrap()
}

const EVENTS: usize = 200;

async fn misses_nothing(kind: Kind) {
    let database = TestDatabase::new(kind).await;
    let log = open(&database).await;
    let (wanted, other) = (ProjectId::generate(), ProjectId::generate());
    let writer = tokio::spawn({
        let log = log.clone();
        async move {
            let mut chance = StdRng::seed_from_u64(1);
            let mut numbers = Vec::new();
            while numbers.len() < EVENTS {
                let is_wanted = chance.random_bool(0.4);
                let seq = write(&log, &[if is_wanted { wanted } else { other }]).await;
                if is_wanted {
                    numbers.push(seq);
                }
                if chance.random_bool(0.5) {
                    tokio::time::sleep(Duration::from_millis(chance.random_range(0..8))).await;
                }
            }
            numbers
        }
    });
    let filter = || Filter {
        projects: vec![wanted],
        ..Filter::default()
    };
    let (mut seen, mut rests) = (Vec::new(), 0);
    let mut begin = Begin::After { position: 0, told: 0 };
    while seen.len() < EVENTS {
        let place = Arc::new(Place::new(begin));
        let mut events = Box::pin(log.follow_at(Arc::clone(&place), None, filter()).await.unwrap());
        let mut given = 0;
        // While it has a place, it reads nothing more: it rests from there.
        let mut rest = loop {
            match place.rest(given) {
                Some(rest) if given > 0 => break rest,
                _ => {}
            }
            match events.next().await.unwrap().unwrap() {
                Delivery::Event(event) => seen.push(event.seq),
                Delivery::Bookmark(_) => {}
                Delivery::Resync { .. } => panic!("nothing was dropped"),
            }
            given += 1;
        };
        if seen.len() < EVENTS {
            begin = rest.ends().await;
            rests += 1;
        }
    }
    assert_eq!(seen, writer.await.unwrap(), "missed, or given twice, or out of order");
    assert!(rests > EVENTS / 10, "it hardly ever rested: the test proves nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_rests_misses_nothing_on_sqlite() {
    misses_nothing(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_rests_misses_nothing_on_postgres() {
    misses_nothing(Kind::Postgres).await;
}

#[tokio::test]
async fn what_others_are_told_of_wakes_nobody() {
    let database = TestDatabase::new(Kind::Sqlite).await;
    let log = open(&database).await;
    let wanted = ProjectId::generate();
    let filter = Filter {
        projects: vec![wanted],
        ..Filter::default()
    };
    let place = Arc::new(Place::new(Begin::Now));
    let _events = log.follow_at(Arc::clone(&place), None, filter).await.unwrap();
    let mut rest = place.rest(0).unwrap();
    // More than is kept of the newest events, so that the table itself is looked through too.
    for _ in 0..30 {
        let others: Vec<_> = (0..50).map(|_| ProjectId::generate()).collect();
        write(&log, &others).await;
    }
    let moment = tokio::time::timeout(Duration::from_secs(2), rest.ends()).await;
    assert!(moment.is_err(), "woken for nothing: {moment:?}");
    let last = write(&log, &[ProjectId::generate(), wanted]).await;
    let begin = tokio::time::timeout(Duration::from_mins(2), rest.ends()).await.unwrap();
    let Begin::After { position, told: 0 } = begin else {
        panic!("{begin:?}");
    };
    assert!(position < last, "the event that woke it is still to be read");
    assert_eq!(position, 1_500, "what was not for it was passed");
}

#[tokio::test]
async fn who_rested_for_long_is_told_how_far_the_log_has_come() {
    let database = TestDatabase::new(Kind::Sqlite).await;
    let log = open(&database).await;
    let head = write(&log, &[ProjectId::generate()]).await;
    for (told, is_late) in [(0, true), (head, false)] {
        let place = Arc::new(Place::new(Begin::After { position: head, told }));
        let mut events = Box::pin(log.follow_at(place, None, Filter::default()).await.unwrap());
        let first = tokio::time::timeout(Duration::from_secs(5), events.next()).await;
        match first {
            Ok(first) => {
                assert!(is_late, "{first:?}");
                assert_eq!(first.unwrap().unwrap(), Delivery::Bookmark(log.at(head)));
            }
            Err(_elapsed) => assert!(!is_late, "a client that is behind was told nothing"),
        }
    }
}
