//! What is shared among subscribers: everything that they have in common, and nothing else. Each gets every event once and
//! in order, however it comes and goes.

mod alone;
mod reader;
mod served;

use std::{collections::HashMap, sync::Arc, time::Duration};

use entity::ids::ProjectId;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use server::{
    caller::Scope,
    events::{Actor, Cursor, Payload, retention::Retention},
    graphql::Id,
};

use self::{
    reader::{Reader, Transport},
    served::Served,
};
use crate::support::{database::Kind, until::until};

const EVENTS: &str = "subscription ($after: Cursor, $filter: EventFilter) { events(after: $after, filter: $filter) \
    { cursor at change { __typename ... on ProjectChanged { projectId } } } }";
const BOTH: [Transport; 2] = [Transport::WebSocket, Transport::ServerSentEvents];

fn seq(event: &Value) -> i64 {
    Cursor::decode(event["cursor"].as_str().unwrap()).unwrap().seq
}

fn project(event: &Value) -> String {
    event["change"]["projectId"]
        .as_str()
        .unwrap_or_else(|| panic!("{event}"))
        .to_owned()
}

fn global(project: ProjectId) -> String {
    Id(project).encode()
}

/// What a reader has seen, and how often it came back.
type Seen = (Vec<(i64, String)>, usize);

/// Reads from the beginning to event `last`; leaves at random and comes back with the cursor of the last event it saw.
async fn come_and_go(served: Arc<Served>, transport: Transport, seed: u64, filter: Value, last: i64) -> Seen {
    let mut chance = StdRng::seed_from_u64(seed);
    let phone = served.phone(Scope::Read).await;
    let mut cursor = served.log.at(0).encode();
    let (mut seen, mut returns) = (Vec::new(), 0);
    loop {
        let variables = json!({ "after": cursor, "filter": filter });
        let mut reader = Reader::open(&served, transport, &phone.token, EVENTS, &variables).await;
        for _ in 0..chance.random_range(1..60) {
            let event = reader.next().await.expect("the stream ended by itself");
            event["cursor"].as_str().unwrap().clone_into(&mut cursor);
            if event["change"]["__typename"] == "ProjectChanged" {
                seen.push((seq(&event), project(&event)));
            }
            if seq(&event) >= last {
                return (seen, returns);
            }
        }
        returns += 1;
    }
}

const READERS: u64 = 12;
const WRITERS: u64 = 4;
const TRANSACTIONS: usize = 60;

/// Appends transactions of one to three events of these projects, with some that are undone and some pauses.
async fn write(served: Arc<Served>, projects: Vec<ProjectId>, seed: u64) -> Vec<(i64, String)> {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut committed = Vec::new();
    for _ in 0..TRANSACTIONS {
        let mut tx = served.log.begin(Actor::Server).await.unwrap();
        let first = chance.random_range(0..projects.len());
        let many = chance.random_range(1..=projects.len());
        let chosen: Vec<_> = projects.iter().cycle().skip(first).take(many).copied().collect();
        for project in &chosen {
            tx.emit(Payload::ProjectChanged { project: *project });
        }
        if chance.random_bool(0.1) {
            drop(tx);
            continue;
        }
        let last = tx.commit().await.unwrap().unwrap();
        let first = last - i64::try_from(chosen.len()).unwrap() + 1;
        committed.extend((first..).zip(chosen.into_iter().map(global)));
        if chance.random_bool(0.3) {
            tokio::time::sleep(Duration::from_millis(chance.random_range(1..30))).await;
        }
    }
    committed
}

async fn none_missed_none_twice(kind: Kind) {
    let served = Arc::new(Served::start(kind).await);
    let projects: Vec<_> = (0..3).map(|_| ProjectId::generate()).collect();
    // More than the writers will make: what is left is written at the end.
    let last = 700;
    let readers: Vec<_> = (0..READERS)
        .map(|seed| {
            let transport = BOTH[usize::from(seed % 2 == 1)];
            // Some ask for one project only, in another of the variables: theirs are other channels.
            let filter = match seed % 3 {
                0 => json!({ "projects": [global(projects[0])] }),
                _ => json!({}),
            };
            tokio::spawn(come_and_go(Arc::clone(&served), transport, seed, filter, last))
        })
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|seed| tokio::spawn(write(Arc::clone(&served), projects.clone(), 100 + seed)))
        .collect();
    let mut committed: HashMap<i64, String> = HashMap::new();
    for writer in writers {
        committed.extend(writer.await.unwrap());
    }
    loop {
        // Of the project that everybody asks for, so that every reader sees the end.
        let seq = served.write(projects[0]).await;
        committed.insert(seq, global(projects[0]));
        if seq >= last {
            break;
        }
    }
    let mut returns = 0;
    for (seed, reader) in readers.into_iter().enumerate() {
        let (seen, returned) = reader.await.unwrap();
        let wanted = global(projects[0]);
        let expected: Vec<_> = (1..=last)
            .filter_map(|seq| Some((seq, committed.get(&seq)?.clone())))
            .filter(|(_, project)| !seed.is_multiple_of(3) || *project == wanted)
            .collect();
        assert_eq!(
            seen, expected,
            "reader {seed} missed something, or saw it twice or out of order"
        );
        returns += returned;
    }
    assert!(returns > 50, "the readers hardly ever left: the test proves nothing");
    println!(
        "{kind:?}: {last} events, {READERS} readers, {returns} returns, {} made",
        served.made()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_come_and_go_and_miss_nothing_on_sqlite() {
    none_missed_none_twice(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_come_and_go_and_miss_nothing_on_postgres() {
    none_missed_none_twice(Kind::Postgres).await;
}

/// One event after the other until all of these have got one: from then on each of them is where the others are.
async fn settle(served: &Served, readers: &mut [Reader], projects: &[ProjectId]) {
    for project in projects {
        served.write(*project).await;
    }
    for reader in readers {
        let mut patience = 50;
        while reader.soon(Duration::from_millis(200)).await.is_none() {
            patience -= 1;
            assert!(patience > 0, "a reader got nothing");
            for project in projects {
                served.write(*project).await;
            }
        }
    }
}

async fn made_once_for_all(kind: Kind) {
    let served = Served::start(kind).await;
    let project = ProjectId::generate();
    let mut readers = Vec::new();
    for index in 0..20 {
        let phone = served.phone(Scope::Read).await;
        readers.push(Reader::open(&served, BOTH[index % 2], &phone.token, EVENTS, &Value::Null).await);
    }
    settle(&served, &mut readers, &[project]).await;
    let before = served.made();
    let mut written = Vec::new();
    for _ in 0..200 {
        written.push(served.write(project).await);
    }
    for reader in &mut readers {
        let mut seen = Vec::new();
        while seen.last() != written.last() {
            seen.push(seq(&reader.next().await.unwrap()));
        }
        // What `settle` wrote may come before.
        seen.retain(|seq| *seq >= written[0]);
        assert_eq!(seen, written);
    }
    let made = served.made() - before;
    assert!(
        made < 2 * written.len(),
        "200 events for 20 readers were made {made} times"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_made_once_for_all_who_asked_the_same_on_sqlite() {
    made_once_for_all(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_made_once_for_all_who_asked_the_same_on_postgres() {
    made_once_for_all(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_filters_never_mix() {
    let served = Served::start(Kind::Sqlite).await;
    let projects: Vec<_> = (0..3).map(|_| ProjectId::generate()).collect();
    let mut readers = Vec::new();
    for index in 0..12 {
        let phone = served.phone(Scope::Read).await;
        let filter = json!({ "filter": { "projects": [global(projects[index % 3])], "kinds": ["PROJECT_CHANGED"] } });
        readers.push(Reader::open(&served, BOTH[index / 3 % 2], &phone.token, EVENTS, &filter).await);
    }
    settle(&served, &mut readers, &projects).await;
    let mut written: Vec<Vec<i64>> = vec![Vec::new(); 3];
    for round in 0..300 {
        written[round * 7 % 3].push(served.write(projects[round * 7 % 3]).await);
    }
    for (index, reader) in readers.iter_mut().enumerate() {
        let own = &written[index % 3];
        let mut seen = Vec::new();
        while seen.last() != own.last() {
            let event = reader.next().await.unwrap();
            assert_eq!(
                project(&event),
                global(projects[index % 3]),
                "an event of another's filter"
            );
            seen.push(seq(&event));
        }
        seen.retain(|seq| *seq >= own[0]);
        assert_eq!(&seen, own);
    }
}

const WHO: &str = "subscription { events(filter: {kinds: [DEVICE_CHANGED]}) { cursor at change { __typename \
    ... on DeviceChanged { device { id isCurrent } } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn what_depends_on_who_asks_is_never_shared() {
    let served = Served::start(Kind::Sqlite).await;
    let (mut phones, mut readers) = (Vec::new(), Vec::new());
    for index in 0..6 {
        let phone = served.phone(Scope::Admin).await;
        readers.push(Reader::open(&served, BOTH[index % 2], &phone.token, WHO, &Value::Null).await);
        phones.push(phone);
    }
    // Twenty rounds: whatever could be shared is, by then.
    for _ in 0..20 {
        for phone in &phones {
            let mut tx = served.log.begin(Actor::Server).await.unwrap();
            tx.emit(Payload::DeviceChanged { device: phone.device });
            tx.commit().await.unwrap();
        }
    }
    for (phone, reader) in phones.iter().zip(&mut readers) {
        let own = Id(phone.device).encode();
        let (mut before, mut own_events) = (0, 0);
        while own_events < 20 {
            let event = reader.next().await.unwrap();
            assert!(seq(&event) > before);
            before = seq(&event);
            let device = &event["change"]["device"];
            let is_own = device["id"] == own;
            assert_eq!(device["isCurrent"], is_own, "somebody else's answer");
            own_events += usize::from(is_own);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_after_somebodys_own_result_is_shared_again() {
    const READERS: usize = 10;
    let served = Served::start(Kind::Sqlite).await;
    let project = ProjectId::generate();
    let query = "subscription { events { cursor at change { __typename ... on ProjectChanged { projectId } \
        ... on DeviceChanged { device { id isCurrent } } } } }";
    let (mut phones, mut readers) = (Vec::new(), Vec::new());
    for _ in 0..READERS {
        phones.push(served.phone(Scope::Read).await);
    }
    for (index, phone) in phones.iter().enumerate() {
        readers.push(Reader::open(&served, BOTH[index % 2], &phone.token, query, &Value::Null).await);
    }
    settle(&served, &mut readers, &[project]).await;
    let before = served.made();
    let mut tx = served.log.begin(Actor::Server).await.unwrap();
    tx.emit(Payload::DeviceChanged {
        device: phones[0].device,
    });
    let own = tx.commit().await.unwrap().unwrap();
    let mut last = own;
    for _ in 0..200 {
        last = served.write(project).await;
        // One keeps up, so that it is not only the end that is shared.
        while seq(&readers[0].next().await.unwrap()) < last {}
    }
    for (index, reader) in readers.iter_mut().enumerate().skip(1) {
        let (mut seen, mut current) = (own - 1, None);
        while seen < last {
            let event = reader.next().await.unwrap();
            if seq(&event) < own {
                continue;
            }
            assert_eq!(seq(&event), seen + 1, "reader {index}");
            seen += 1;
            if seen == own {
                current = event["change"]["device"]["isCurrent"].as_bool();
            }
        }
        assert_eq!(current, Some(false), "the first phone alone is the one it is about");
    }
    let made = served.made() - before;
    assert!(
        made < 200 * 3,
        "200 events for {READERS} readers were made {made} times"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_below_the_floor_is_told_so_although_others_share() {
    let served = Served::start(Kind::Sqlite).await;
    let (project, phone) = (ProjectId::generate(), served.phone(Scope::Read).await);
    let mut others = vec![Reader::open(&served, Transport::WebSocket, &phone.token, EVENTS, &Value::Null).await];
    settle(&served, &mut others, &[project]).await;
    // More than is kept in memory of the newest events.
    for _ in 0..60 {
        let mut tx = served.log.begin(Actor::Server).await.unwrap();
        (0..20).for_each(|_| {
            tx.emit(Payload::ProjectChanged {
                project: ProjectId::generate(),
            });
        });
        tx.commit().await.unwrap();
    }
    let mut last = served.write(project).await;
    while seq(&others[0].next().await.unwrap()) < last {}
    let keep = Retention {
        keep_days: 30,
        keep_events: 5,
    };
    served.log.trim(keep).await.unwrap();
    for transport in BOTH {
        let variables = json!({ "after": served.log.at(3).encode() });
        let mut reader = Reader::open(&served, transport, &phone.token, EVENTS, &variables).await;
        let first = reader.next().await.unwrap();
        assert_eq!(first["change"]["__typename"], "ResyncRequired");
        assert_eq!(seq(&first), last);
        last = served.write(project).await;
        assert_eq!(seq(&reader.next().await.unwrap()), last);
    }
}

/// Ten kilobytes a result, so that a reader who does not read is soon felt.
fn long_results() -> String {
    let long = "x".repeat(1_000);
    let fields: String = (0..10).map(|index| format!("{long}{index}: __typename ")).collect();
    format!("subscription {{ events {{ cursor at {fields} }} }}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_falls_behind_and_catches_up_and_nothing_is_made_for_one_that_never_reads() {
    const EVENTS: usize = 4_000;
    const AT_ONCE: usize = 20;
    let served = Served::start(Kind::Sqlite).await;
    let (project, query) = (ProjectId::generate(), long_results());
    let phone = served.phone(Scope::Read).await;
    let mut fast = vec![Reader::open(&served, Transport::WebSocket, &phone.token, &query, &Value::Null).await];
    let mut slow = Reader::narrow(&served, &phone.token, &query, &Value::Null).await;
    let _never = Reader::narrow(&served, &phone.token, &query, &Value::Null).await;
    settle(&served, &mut fast, &[project]).await;
    let first = seq(&slow.next().await.unwrap());
    let before = served.made();
    let mut last = 0;
    for _ in 0..EVENTS / AT_ONCE {
        let mut tx = served.log.begin(Actor::Server).await.unwrap();
        for _ in 0..AT_ONCE {
            tx.emit(Payload::ProjectChanged {
                project: ProjectId::generate(),
            });
        }
        last = tx.commit().await.unwrap().unwrap();
        while seq(&fast[0].next().await.unwrap()) < last {}
    }
    // For the fast one each once; for the others what the kernel and a few bounded buffers took.
    let made = served.made() - before;
    assert!(
        made < EVENTS + EVENTS / 2,
        "{made} results were made while nobody else read"
    );

    let mut expected = first + 1;
    loop {
        let seen = seq(&slow.next().await.unwrap());
        assert_eq!(seen, expected, "the slow one missed something, or got it twice");
        if seen == last {
            break;
        }
        expected += 1;
    }
    assert!(
        served.made() - before > EVENTS + EVENTS / 2,
        "it never fell behind: the test proves nothing"
    );
    // It has caught up: what comes now is made once for both again.
    until("both are on one channel again", async || {
        let before = served.made();
        for _ in 0..10 {
            last = served.write(project).await;
        }
        while seq(&slow.next().await.unwrap()) < last {}
        while seq(&fast[0].next().await.unwrap()) < last {}
        (served.made() - before < 15).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_ends_what_shares_a_channel_and_nobody_elses() {
    let served = Served::start(Kind::Sqlite).await;
    let project = ProjectId::generate();
    let admin = served.phone(Scope::Admin).await;
    let (mut phones, mut readers) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let phone = served.phone(Scope::Read).await;
        readers.push(Reader::open(&served, Transport::WebSocket, &phone.token, EVENTS, &Value::Null).await);
        phones.push(phone);
    }
    settle(&served, &mut readers, &[project]).await;
    let caller = server::http::Authenticate::authenticate(&served.access, &admin.token.clone().into())
        .await
        .unwrap_or_else(|failure| panic!("{}", failure.message));
    served.access.revoke(&caller, phones[0].device, None).await.unwrap();
    while readers[0].next().await.is_some() {}
    let last = served.write(project).await;
    while seq(&readers[1].next().await.unwrap()) < last {}
}
