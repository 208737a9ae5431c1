//! The event log under many writers and readers that come and go: none missed, none twice, in order.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use entity::ids::ProjectId;
use futures_util::StreamExt;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use server::{
    clock::Clock,
    db::Database,
    events::{Actor, Cursor, Delivery, EventLog, Filter, Payload, Resync, retention::Retention},
};

use crate::support::database::{Kind, TestDatabase};

const WRITERS: usize = 8;
const TRANSACTIONS: usize = 40;
const READERS: usize = 6;

async fn open(database: &TestDatabase) -> EventLog {
    let db = Database::open(&database.url).await.unwrap();
    EventLog::open(db, Clock::system()).await.unwrap()
}

fn changed(project: ProjectId) -> Payload {
    Payload::ProjectChanged { project }
}

/// Appends transactions of one to three events, with a pause between the change and the commit now and then, and some
/// that are undone. The answer is what was committed.
async fn write(log: EventLog, seed: u64) -> Vec<(i64, ProjectId)> {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut committed = Vec::new();
    for _ in 0..TRANSACTIONS {
        let mut tx = log.begin(Actor::Server).await.unwrap();
        let projects: Vec<_> = (0..chance.random_range(1..=3)).map(|_| ProjectId::generate()).collect();
        for project in &projects {
            tx.emit(changed(*project));
        }
        for _ in 0..chance.random_range(0..4) {
            tokio::task::yield_now().await;
        }
        if chance.random_bool(0.1) {
            drop(tx);
            continue;
        }
        let last = tx.commit().await.unwrap().unwrap();
        let first = last - i64::try_from(projects.len()).unwrap() + 1;
        committed.extend((first..).zip(projects));
    }
    committed
}

/// Follows from the beginning, leaves at random and comes back with the cursor of the last event it saw.
async fn read(
    log: EventLog,
    seed: u64,
    is_over: Arc<AtomicBool>,
    total: Arc<tokio::sync::OnceCell<usize>>,
) -> (Vec<(i64, ProjectId)>, usize) {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut seen = Vec::new();
    let mut cursor = log.at(0);
    let mut leaves = 0;
    loop {
        let stay = chance.random_range(1..40);
        let mut events = Box::pin(log.follow(Some(cursor), Filter::default()).await.unwrap());
        for _ in 0..stay {
            if is_over.load(Ordering::SeqCst) && total.get() == Some(&seen.len()) {
                return (seen, leaves);
            }
            let next = tokio::time::timeout(std::time::Duration::from_millis(500), events.next()).await;
            let Ok(next) = next else { continue };
            match next.unwrap().unwrap() {
                Delivery::Event(event) => {
                    let Payload::ProjectChanged { project } = event.payload else {
                        panic!("nobody wrote that")
                    };
                    seen.push((event.seq, project));
                    cursor = log.at(event.seq);
                }
                Delivery::Bookmark(at) => cursor = at,
                Delivery::Resync { .. } => panic!("nothing was dropped"),
            }
        }
        leaves += 1;
    }
}

async fn none_missed_none_twice(kind: Kind) {
    let database = TestDatabase::new(kind).await;
    let log = open(&database).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let total = Arc::new(tokio::sync::OnceCell::new());
    let readers: Vec<_> = (0..READERS)
        .map(|seed| tokio::spawn(read(log.clone(), seed as u64, Arc::clone(&is_over), Arc::clone(&total))))
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|seed| tokio::spawn(write(log.clone(), 100 + seed as u64)))
        .collect();
    let mut committed = Vec::new();
    for writer in writers {
        committed.extend(writer.await.unwrap());
    }
    committed.sort_unstable();
    total.set(committed.len()).unwrap();
    is_over.store(true, Ordering::SeqCst);

    let numbers: Vec<i64> = committed.iter().map(|(seq, _)| *seq).collect();
    let gapless: Vec<i64> = (1..=i64::try_from(committed.len()).unwrap()).collect();
    assert_eq!(
        numbers, gapless,
        "numbers are given once each, and what was undone leaves no hole"
    );
    let mut leaves = 0;
    for reader in readers {
        let (seen, left) = reader.await.unwrap();
        assert_eq!(
            seen, committed,
            "a reader missed something, or saw it twice or out of order"
        );
        leaves += left;
    }
    assert!(
        leaves > READERS,
        "the readers hardly ever left: the test proves nothing"
    );
    println!(
        "{kind:?}: {} events, {READERS} readers, {leaves} disconnects, 0 missed, 0 twice",
        committed.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn none_missed_none_twice_on_sqlite() {
    none_missed_none_twice(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn none_missed_none_twice_on_postgres() {
    none_missed_none_twice(Kind::Postgres).await;
}

async fn append(log: &EventLog, count: usize) -> Vec<ProjectId> {
    let mut projects = Vec::new();
    for _ in 0..count {
        let mut tx = log.begin(Actor::Server).await.unwrap();
        let project = ProjectId::generate();
        tx.emit(changed(project));
        tx.commit().await.unwrap();
        projects.push(project);
    }
    projects
}

async fn old_and_foreign_cursors(kind: Kind) {
    let database = TestDatabase::new(kind).await;
    let log = open(&database).await;
    append(&log, 20).await;
    let dropped = log
        .trim(Retention {
            keep_days: 30,
            keep_events: 5,
        })
        .await
        .unwrap();
    assert_eq!(dropped, 15);

    // Below the floor, of another log, and from a future that a restored database does not have.
    let of_another = Cursor {
        epoch: uuid::Uuid::new_v4(),
        seq: 18,
    };
    for (cursor, why) in [
        (log.at(3), Resync::TooOld),
        (of_another, Resync::OtherLog),
        (log.at(99), Resync::OtherLog),
    ] {
        let mut events = Box::pin(log.follow(Some(cursor), Filter::default()).await.unwrap());
        let Delivery::Resync { reason, cursor } = events.next().await.unwrap().unwrap() else {
            panic!("it was not told to read again")
        };
        assert_eq!((reason, cursor), (why, log.at(20)));
    }

    // At the floor nothing is missing.
    let events = log.follow(Some(log.at(15)), Filter::default()).await.unwrap();
    let rest: Vec<_> = events.take(5).map(|delivery| delivery.unwrap()).collect().await;
    assert!(
        rest.iter().all(|delivery| matches!(delivery, Delivery::Event(_))),
        "{rest:?}"
    );

    // Another process over the same database goes on with the same log.
    let again = open(&database).await;
    assert_eq!(again.cursor().await.unwrap(), log.at(20));
}

#[tokio::test]
async fn old_and_foreign_cursors_on_sqlite() {
    old_and_foreign_cursors(Kind::Sqlite).await;
}

#[tokio::test]
async fn old_and_foreign_cursors_on_postgres() {
    old_and_foreign_cursors(Kind::Postgres).await;
}

async fn old_events_are_dropped_and_young_ones_stay(kind: Kind) {
    let database = TestDatabase::new(kind).await;
    let db = Database::open(&database.url).await.unwrap();
    let clock = Clock::held_at(Clock::system().now());
    let log = EventLog::open(db, clock.clone()).await.unwrap();
    let keep = Retention {
        keep_days: 30,
        keep_events: 1_000,
    };
    append(&log, 8).await;
    assert_eq!(log.trim(keep).await.unwrap(), 0);
    clock.advance(chrono::TimeDelta::days(20));
    append(&log, 3).await;
    clock.advance(chrono::TimeDelta::days(20));
    assert_eq!(log.trim(keep).await.unwrap(), 8);
    assert_eq!(log.trim(keep).await.unwrap(), 0);
    let rest: Vec<_> = log
        .follow(Some(log.at(8)), Filter::default())
        .await
        .unwrap()
        .take(3)
        .map(|delivery| delivery.unwrap())
        .collect()
        .await;
    assert!(
        rest.iter().all(|delivery| matches!(delivery, Delivery::Event(_))),
        "{rest:?}"
    );
    clock.advance(chrono::TimeDelta::days(365));
    assert_eq!(log.trim(keep).await.unwrap(), 3, "all of them are old by now");
    assert_eq!(log.trim(keep).await.unwrap(), 0);
}

#[tokio::test]
async fn old_events_are_dropped_and_young_ones_stay_on_sqlite() {
    old_events_are_dropped_and_young_ones_stay(Kind::Sqlite).await;
}

#[tokio::test]
async fn old_events_are_dropped_and_young_ones_stay_on_postgres() {
    old_events_are_dropped_and_young_ones_stay(Kind::Postgres).await;
}

/// Whoever was handed an event may ask for what it is about: an answer from before it must not be taken for true then.
async fn the_head_is_known_before_an_event_is_handed_out(kind: Kind) {
    let database = TestDatabase::new(kind).await;
    let (ours, theirs) = (open(&database).await, open(&database).await);
    let mut events = Box::pin(ours.follow(Some(ours.at(0)), Filter::default()).await.unwrap());
    for _ in 0..5 {
        let devices = ours.devices_version();
        append(&theirs, 1).await;
        append(&ours, 1).await;
        assert_ne!(
            ours.devices_version(),
            devices,
            "it may have been a device that the others changed"
        );
        append(&theirs, 1).await;
        for _ in 0..3 {
            let Delivery::Event(event) = events.next().await.unwrap().unwrap() else {
                panic!("nothing was dropped")
            };
            assert!(
                ours.head() >= event.seq,
                "{} is handed out at {}",
                event.seq,
                ours.head()
            );
        }
    }
    let devices = ours.devices_version();
    append(&ours, 3).await;
    assert_eq!(
        ours.devices_version(),
        devices,
        "no device changed, and nobody else wrote"
    );
}

#[tokio::test]
async fn the_head_is_known_before_an_event_is_handed_out_on_sqlite() {
    the_head_is_known_before_an_event_is_handed_out(Kind::Sqlite).await;
}

#[tokio::test]
async fn the_head_is_known_before_an_event_is_handed_out_on_postgres() {
    the_head_is_known_before_an_event_is_handed_out(Kind::Postgres).await;
}

#[tokio::test]
async fn a_filter_leaves_out_and_skips_nothing() {
    let database = TestDatabase::new(Kind::Sqlite).await;
    let log = open(&database).await;
    let projects = append(&log, 50).await;
    let wanted: HashSet<_> = projects.iter().copied().step_by(7).collect();
    let filter = Filter {
        projects: wanted.iter().copied().collect(),
        kinds: Vec::new(),
    };
    let events = log.follow(Some(log.at(0)), filter).await.unwrap();
    let seen: HashSet<_> = events
        .take(wanted.len())
        .map(|delivery| match delivery.unwrap() {
            Delivery::Event(event) => event.payload.project().unwrap(),
            other => panic!("{other:?}"),
        })
        .collect()
        .await;
    assert_eq!(seen, wanted);
}
