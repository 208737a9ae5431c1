//! Many agents that write at the same time, each watched by several people: how late a piece of text is, and what the
//! server needs for it.
//!
//! The agents are the light ones, asked for the time: each piece of text is the time at which it was sent, by the clock of
//! this machine, and so a watcher that has it knows how late it is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use anyhow::{Context, ensure};
use client::{
    Client, operations,
    types::{CreateProjectInput, OperationState, ProjectSourceInput},
};
use fakes::agent::ask_for_times;
use tokio::{task::JoinSet, time::timeout};

use super::{
    Scenario,
    fan_out::{SOCKETS_OF_A_DEVICE, tokens},
};
use crate::{
    Bench,
    agent::Agent,
    database::Kind,
    figure::{Figure, quantile_ms},
    socket::{Socket, text},
};

pub const SCENARIO: Scenario = Scenario {
    name: "agents",
    about: "20 agents that write 50 pieces of text a second each, to 5 subscribers each",
    run: |bench| Box::pin(run(bench)),
};

const AGENTS: usize = 20;
const WATCHERS: usize = 5;
const PAUSE: Duration = Duration::from_millis(20);
/// Until all agents write.
const WARM_UP: Duration = Duration::from_secs(3);
/// What they write after the time that is measured; readers know by it that they have everything.
const TAIL: Duration = Duration::from_secs(3);
/// What is on its way at the end still counts as delivered, late as it is.
const GRACE: Duration = Duration::from_secs(5);

async fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let mut runs = Vec::new();
    for _ in 0..if bench.quick { 1 } else { 3 } {
        runs.push(measure(bench).await?);
    }
    let figure = |what: &str, unit, of: fn(&Run) -> f64| {
        let samples: Vec<f64> = runs.iter().map(of).collect();
        Figure::of(
            format!("{AGENTS} agents, {WATCHERS} subscribers each: {what}"),
            unit,
            &samples,
        )
    };
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    let rate = AGENTS as f64 / PAUSE.as_secs_f64();
    Ok(vec![
        figure("pieces of text sent", "1/s", |run| run.sent_per_second).at_least(rate * 0.97),
        figure("missing of all", "pieces", |run| run.missing).at_most(0.0),
        figure("delay of a piece, p50", "ms", |run| run.p50_ms),
        figure("delay of a piece, p95", "ms", |run| run.p95_ms).at_most(80.0),
        figure("delay of a piece, p99", "ms", |run| run.p99_ms),
        figure("messages to all subscribers", "1/s", |run| run.messages_per_second),
        figure("server CPU of its core", "%", |run| run.cpu_percent).at_most(50.0),
    ])
}

struct Run {
    sent_per_second: f64,
    missing: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    messages_per_second: f64,
    cpu_percent: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
async fn measure(bench: &Bench) -> anyhow::Result<Run> {
    let time = Duration::from_secs(if bench.quick { 5 } else { 20 });
    let database = bench.database(Kind::Sqlite).await?;
    let tokens = tokens(&database, (AGENTS * WATCHERS).div_ceil(SOCKETS_OF_A_DEVICE)).await?;
    let subject = bench.start_with_light_agents(&database).await?;
    let client = Client::new(&format!("http://{}", subject.address), subject.token.clone().into())?;
    let mut sessions = Vec::new();
    for number in 0..AGENTS {
        sessions.push(begin(&client, number).await?);
    }
    let agents = Agent::all(&database.data_dir())?;
    ensure!(agents.len() == AGENTS, "{} agents run", agents.len());
    for agent in &agents {
        agent.move_to(&bench.machine.load_cores)?;
    }

    let end_us = Arc::new(AtomicU64::new(u64::MAX));
    let mut readers = JoinSet::new();
    for (index, (agent, session)) in sessions
        .iter()
        .enumerate()
        .flat_map(|some| [some; WATCHERS])
        .enumerate()
    {
        let mut socket = Socket::open(&subject.address, &tokens[index / SOCKETS_OF_A_DEVICE]).await?;
        let variables = serde_json::json!({ "session": session });
        socket
            .subscribe("1", operations::session_stream::QUERY, &variables)
            .await?;
        readers.spawn(read(agent, socket, Arc::clone(&end_us)));
    }
    let pieces = (WARM_UP + time + TAIL).as_millis() / PAUSE.as_millis();
    let prompt = ask_for_times(usize::try_from(pieces)?, PAUSE);
    for session in &sessions {
        client.send_prompt(session, &prompt).await?;
    }

    tokio::time::sleep(WARM_UP).await;
    let (begin, cpu_before) = (now_us(), subject.cpu()?);
    tokio::time::sleep(time).await;
    let (end, cpu) = (now_us(), subject.cpu()? - cpu_before);
    end_us.store(end, Ordering::SeqCst);
    let readings = timeout(TAIL + GRACE, readers.join_all())
        .await
        .context("some readers are still behind after 5 s")?;
    let readings = readings.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    subject.end()?;

    let took = Duration::from_micros(end - begin).as_secs_f64();
    let in_time = |seen: &&Seen| (begin..end).contains(&seen.sent_us);
    let count = |reading: &Reading| reading.seen.iter().filter(in_time).count();
    let delivered: usize = readings.iter().map(count).sum();
    let sent: usize = (0..AGENTS)
        .filter_map(|agent| {
            readings
                .iter()
                .filter(|reading| reading.agent == agent)
                .map(count)
                .max()
        })
        .sum();
    let messages: usize = readings
        .iter()
        .map(|reading| reading.messages.iter().filter(|at| (begin..end).contains(at)).count())
        .sum();
    let delays: Vec<Duration> = readings
        .iter()
        .flat_map(|reading| reading.seen.iter().filter(in_time))
        .map(|seen| Duration::from_micros(seen.late_us))
        .collect();
    Ok(Run {
        sent_per_second: sent as f64 / took,
        missing: (sent * WATCHERS).saturating_sub(delivered) as f64,
        p50_ms: quantile_ms(&delays, 0.5),
        p95_ms: quantile_ms(&delays, 0.95),
        p99_ms: quantile_ms(&delays, 0.99),
        messages_per_second: messages as f64 / took,
        cpu_percent: cpu.as_secs_f64() * 100.0 / took,
    })
}

/// A session of a new project with an agent of its own.
async fn begin(client: &Client, number: usize) -> anyhow::Result<String> {
    let input = CreateProjectInput {
        name: format!("Agent {number}"),
        slug: Some(format!("agent-{number}")),
        description: None,
        source: ProjectSourceInput::Empty(true),
        decision_policy: None,
        client_mutation_id: None,
    };
    let accepted = client.create_project(input).await?;
    let made = client.wait_for_operation(&accepted.operation.id).await?;
    ensure!(made.state == OperationState::Succeeded, "no agent: {made:?}");
    Ok(client.create_session(&accepted.project.id, None).await?.id)
}

struct Reading {
    agent: usize,
    seen: Vec<Seen>,
    /// When each message with text came.
    messages: Vec<u64>,
}

struct Seen {
    sent_us: u64,
    late_us: u64,
}

/// Reads to the first piece that was sent after the end.
async fn read(agent: usize, mut socket: Socket, end_us: Arc<AtomicU64>) -> anyhow::Result<Reading> {
    let (mut seen, mut messages) = (Vec::new(), Vec::new());
    loop {
        let message = socket.next().await?;
        let now = now_us();
        if text(message, "__typename") != Some("TextAppended") {
            continue;
        }
        messages.push(now);
        for piece in text(message, "text").context("no text")?.split_ascii_whitespace() {
            let sent_us = piece.parse().with_context(|| format!("{piece:?} is no time"))?;
            seen.push(Seen {
                sent_us,
                late_us: now.saturating_sub(sent_us),
            });
            if sent_us >= end_us.load(Ordering::Relaxed) {
                return Ok(Reading { agent, seen, messages });
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "microseconds of some millennia")]
#[expect(clippy::disallowed_methods, reason = "compared with the time another process tells")]
fn now_us() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_micros() as u64)
}
