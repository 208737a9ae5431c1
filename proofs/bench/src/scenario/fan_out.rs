//! Many who watch the same: every event to each of a thousand sockets, from one core.
//!
//! The time of an event runs from its `at`, which the server takes just before it commits, to the moment the load generator
//! has the message in its hands; both are of one machine's clock. Events are made by mutations through the same server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use anyhow::{Context, ensure};
use secrecy::ExposeSecret;
use server::{
    auth::Access,
    caller::Scope,
    clock::Clock,
    events::{Cursor, EventLog},
};
use tokio::{task::JoinSet, time::timeout};

use super::Scenario;
use crate::{
    Bench,
    database::{Database, Kind},
    figure::{Figure, quantile_ms},
    http::Connection,
    rows,
    socket::{Socket, text},
};

pub const SCENARIO: Scenario = Scenario {
    name: "fan-out",
    about: "1,000 sockets on the event log, 20 and 100 events a second to each",
    run: |bench| Box::pin(run(bench)),
};

/// A device may hold 64 sockets.
pub const SOCKETS_OF_A_DEVICE: usize = 50;
pub const EVENTS: &str = "subscription { events { cursor at actor { kind } change { __typename \
    ... on ProjectChanged { projectId } } } }";
const UPDATE: &str = "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { id } } }";
/// Mutations under way at once, so that the pace is kept while one waits for the disk.
const WRITERS: u32 = 4;
const WARM_UP: Duration = Duration::from_secs(2);
/// What is on its way at the end still counts as delivered, late as it is.
const GRACE: Duration = Duration::from_secs(5);

async fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for kind in bench.kinds() {
        for (per_second, goal_ms) in [(20, 35.0), (100, 100.0)] {
            let mut runs = Vec::new();
            for _ in 0..if bench.quick { 1 } else { 3 } {
                runs.push(measure(bench, kind, per_second).await?);
            }
            let sockets = bench.size(1_000);
            let name = |what: &str| format!("{sockets} sockets x {per_second}/s: {what}");
            let figure = |what: &str, unit, of: fn(&Run) -> f64| {
                let samples: Vec<f64> = runs.iter().map(of).collect();
                Figure::of(name(what), unit, &samples).on(kind)
            };
            figures.push(figure("made", "events/s", |run| run.made_per_second).at_least(f64::from(per_second) * 0.97));
            figures.push(figure("missing of all", "messages", |run| run.missing).at_most(0.0));
            figures.push(figure("p50", "ms", |run| run.p50_ms));
            figures.push(figure("p99", "ms", |run| run.p99_ms).at_most(goal_ms));
            figures.push(figure("server CPU a message", "us", |run| run.cpu_us));
            figures.push(figure("server CPU of its core", "%", |run| run.cpu_percent));
        }
    }
    Ok(figures)
}

struct Run {
    made_per_second: f64,
    missing: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_us: f64,
    cpu_percent: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
async fn measure(bench: &Bench, kind: Kind, per_second: u32) -> anyhow::Result<Run> {
    let time = if bench.quick {
        Duration::from_secs(3)
    } else {
        Duration::from_secs(10)
    };
    let database = bench.database(kind).await?;
    let db = database.open().await?;
    let projects = rows::projects(&db, 10).await?;
    db.close().await?;
    let tokens = tokens(&database, bench.size(1_000).div_ceil(SOCKETS_OF_A_DEVICE)).await?;
    let subject = bench.start(&database).await?;

    let end_ns = Arc::new(AtomicU64::new(u64::MAX));
    let mut readers = JoinSet::new();
    for index in 0..bench.size(1_000) {
        let mut socket = Socket::open(&subject.address, &tokens[index / SOCKETS_OF_A_DEVICE]).await?;
        socket
            .subscribe(&format!("s{index}"), EVENTS, &serde_json::Value::Null)
            .await?;
        readers.spawn(read(socket, Arc::clone(&end_ns)));
    }
    let ids: Vec<_> = projects.iter().map(|id| server::graphql::Id(*id).encode()).collect();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let pace = Duration::from_secs(1) * WRITERS / per_second;
        let writing = write(
            subject.address.clone(),
            subject.token.clone(),
            ids.clone(),
            pace,
            Arc::clone(&end_ns),
        );
        writers.spawn(async move {
            tokio::time::sleep(pace * writer / WRITERS).await;
            writing.await
        });
    }

    tokio::time::sleep(WARM_UP).await;
    let (begin, cpu_before) = (now_ns(), subject.cpu()?);
    tokio::time::sleep(time).await;
    let (end, cpu) = (now_ns(), (subject.cpu()? - cpu_before).as_secs_f64());
    end_ns.store(end, Ordering::SeqCst);
    let readings = timeout(GRACE, async {
        let mut readings = Vec::new();
        while let Some(reading) = readers.join_next().await {
            readings.push(reading??);
        }
        anyhow::Ok(readings)
    });
    let readings = readings.await.context("some readers are still behind after 5 s")??;
    while let Some(writer) = writers.join_next().await {
        writer??;
    }
    let in_time = |seen: &&Seen| (begin..end).contains(&seen.at_ns);
    let most = readings
        .iter()
        .map(|reading| reading.iter().filter(in_time).count())
        .max();
    let most = most.context("nobody read anything")?;
    let delivered: usize = readings
        .iter()
        .map(|reading| reading.iter().filter(in_time).count())
        .sum();
    let latencies: Vec<Duration> = readings
        .iter()
        .flatten()
        .filter(in_time)
        .map(|seen| Duration::from_nanos(seen.late_ns))
        .collect();
    for reading in &readings {
        let is_gapless = reading.windows(2).all(|two| two[1].seq == two[0].seq + 1);
        ensure!(is_gapless, "a reader missed an event, or got one twice");
    }
    Ok(Run {
        made_per_second: most as f64 / time.as_secs_f64(),
        missing: (most * readings.len() - delivered) as f64,
        p50_ms: quantile_ms(&latencies, 0.5),
        p99_ms: quantile_ms(&latencies, 0.99),
        cpu_us: cpu * 1e6 / delivered as f64,
        cpu_percent: cpu * 100.0 / time.as_secs_f64(),
    })
}

/// Tokens of so many devices, made before the server runs.
pub async fn tokens(database: &Database, count: usize) -> anyhow::Result<Vec<String>> {
    let db = database.open().await?;
    let clock = Clock::system();
    let access = Access::new(db.clone(), EventLog::open(db.clone(), clock.clone()).await?, clock);
    let mut tokens = Vec::new();
    for index in 0..count {
        let paired = access
            .create_token(&format!("phone {index}"), [Scope::Read].into())
            .await?;
        tokens.push(paired.token.expose_secret().to_owned());
    }
    db.close().await?;
    Ok(tokens)
}

struct Seen {
    seq: i64,
    at_ns: u64,
    late_ns: u64,
}

/// Reads to the first event from after the end.
async fn read(mut socket: Socket, end_ns: Arc<AtomicU64>) -> anyhow::Result<Vec<Seen>> {
    let mut seen = Vec::with_capacity(2_000);
    loop {
        let message = socket.next().await?;
        let now = now_ns();
        let cursor = text(message, "cursor").with_context(|| String::from_utf8_lossy(message).into_owned())?;
        let at = chrono::DateTime::parse_from_rfc3339(text(message, "at").context("no time")?)?;
        let at_ns = u64::try_from(at.timestamp_nanos_opt().context("a time out of range")?)?;
        seen.push(Seen {
            seq: Cursor::decode(cursor)?.seq,
            at_ns,
            late_ns: now.saturating_sub(at_ns),
        });
        if at_ns >= end_ns.load(Ordering::Relaxed) {
            return Ok(seen);
        }
    }
}

/// Makes one event after the other, and some more after the end, by which readers know that they have everything.
async fn write(
    address: String,
    token: String,
    ids: Vec<String>,
    pace: Duration,
    end_ns: Arc<AtomicU64>,
) -> anyhow::Result<()> {
    let mut connection = Connection::open(&address).await?;
    let mut interval = tokio::time::interval(pace);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut after_the_end = 5;
    for (count, id) in ids.iter().cycle().enumerate() {
        interval.tick().await;
        let input = serde_json::json!({ "input": { "id": id, "description": format!("change {count}") } });
        connection.ask(&token, UPDATE, &input).await?;
        if now_ns() >= end_ns.load(Ordering::Relaxed) {
            after_the_end -= 1;
            if after_the_end == 0 {
                break;
            }
        }
    }
    Ok(())
}

#[expect(clippy::cast_possible_truncation, reason = "nanoseconds of some centuries")]
#[expect(
    clippy::disallowed_methods,
    reason = "compared with the time another process writes down"
)]
fn now_ns() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos() as u64)
}
