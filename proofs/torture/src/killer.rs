//! Lives of the server, each of which ends by `kill -9`.

use std::{collections::BTreeMap, fs, os::unix::process::ExitStatusExt, sync::Arc, time::Duration};

use anyhow::ensure;
use rand::{RngExt, rngs::StdRng, seq::IndexedRandom};
use tokio::{
    process::Child,
    time::{Instant, sleep, timeout},
};

use crate::{
    chance::{is, millis, source},
    world::World,
};

/// The named steps, as they are in the server.
pub const POINTS: [&str; 38] = [
    "bridge.before_commit",
    "bridge.committed",
    "bridge.resynced",
    "container.created",
    "container.intended",
    "container.started",
    "container.stopped",
    "events.after_commit",
    "events.before_append",
    "events.before_commit",
    "forge.claimed",
    "forge.discarded",
    "forge.filled",
    "lease.claimed",
    "outbox.before_post",
    "outbox.posted",
    "outbox.session_created",
    "process.adopt",
    "process.make.furnished",
    "process.remove.ended",
    "process.remove.renamed",
    "process.start.intended",
    "process.start.spawned",
    "process.stop.asked",
    "process.stop.ended",
    "process.workspace.checked_out",
    "process.workspace.cloned",
    "process.workspace.published",
    "projects.before_forget",
    "projects.before_rest",
    "projects.forgotten",
    "projects.step_begun",
    "projects.step_done",
    "repository.created",
    "repository.intended",
    "sleep.checked",
    "sleep.noted",
    "sweep.before_remove",
];

const UP_WITHIN: Duration = Duration::from_secs(60);
/// How many steps wait for a life at the same time.
const STEPS: usize = 8;
/// How long a life goes on at least until the step that is to end it.
const PATIENCE: Duration = Duration::from_millis(5_000);
const RANDOM: &str = "(any moment)";
const STARTING: &str = "(while it starts)";

/// A machine on which a start takes so long is as fast as the lengths of lives were chosen for.
const USUAL_START: Duration = Duration::from_millis(400);
const MOST_TIMES: f64 = 5.0;

/// How many lives ended where.
pub type Kills = BTreeMap<&'static str, usize>;

/// A named step, reached for the first time or after it was passed over so many times.
struct Step {
    name: &'static str,
    passed_over: u32,
}

/// How one life is to end.
enum End {
    WhileStarting(Duration),
    /// After so long, or at the first of these steps that is reached before.
    Later(Duration, Vec<Step>),
}

impl End {
    fn choose(rng: &mut StdRng) -> Self {
        if is(rng, 0.06) {
            return Self::WhileStarting(millis(rng, 0..400));
        }
        // Mostly short; long ones let the work that takes seconds come to an end.
        let delay = match rng.random_range(0..10) {
            0..6 => millis(rng, 100..1_000),
            6..9 => millis(rng, 1_000..2_500),
            _ => millis(rng, 2_500..6_000),
        };
        if is(rng, 0.2) {
            return Self::Later(delay, Vec::new());
        }
        // Most steps are not reached in the shortest of lives.
        let steps = (0..STEPS)
            .filter_map(|_| POINTS.choose(rng).copied())
            .collect::<Vec<_>>();
        let steps = steps.into_iter().map(|name| Step {
            name,
            passed_over: if is(rng, 0.5) { 0 } else { rng.random_range(1..10) },
        });
        Self::Later(delay.max(PATIENCE), steps.collect())
    }
}

/// Kills the server `kills` times. It is not running afterwards.
pub async fn kill_again_and_again(world: &Arc<World>, kills: u64) -> anyhow::Result<Kills> {
    let mut counts = Kills::new();
    for number in 0..kills {
        let mut rng = source(world.seed, "kill", number);
        let end = End::choose(&mut rng);
        let step = live_once(world, end).await?;
        *counts.entry(step).or_default() += 1;
    }
    Ok(counts)
}

async fn live_once(world: &Arc<World>, end: End) -> anyhow::Result<&'static str> {
    let (delay, steps) = match end {
        End::WhileStarting(delay) => {
            let mut server = world.start("")?;
            sleep(delay).await;
            server.kill().await?;
            return Ok(STARTING);
        }
        End::Later(delay, steps) => (delay, steps),
    };
    let points = steps.iter().map(|step| match step {
        Step { name, passed_over: 0 } => format!("{name}=return"),
        Step { name, passed_over } => format!("{name}={passed_over}*off->return"),
    });
    let points = points.collect::<Vec<_>>().join(";");
    let said_before = fs::metadata(world.log()).map_or(0, |log| log.len());
    let started = Instant::now();
    let mut server = world.start(&points)?;
    let died = tokio::select! {
        status = server.wait() => Some(status?),
        result = until_ready(world) => {
            result?;
            // On a slow machine a life must last longer for as much to happen in it.
            let times = started.elapsed().div_duration_f64(USUAL_START).clamp(1.0, MOST_TIMES);
            timeout(delay.mul_f64(times), server.wait()).await.ok().transpose()?
        }
    };
    let Some(status) = died else {
        server.kill().await?;
        return Ok(RANDOM);
    };
    let said = fs::read(world.log())?.split_off(usize::try_from(said_before)?);
    let said = String::from_utf8_lossy(&said);
    ensure!(
        status.signal().is_some(),
        "the server gave up: {status}; it said: {said}"
    );
    let last = said.rsplit("crash point ").next().unwrap_or_default().trim();
    Ok(POINTS.into_iter().find(|name| *name == last).unwrap_or(RANDOM))
}

pub async fn until_ready(world: &World) -> anyhow::Result<()> {
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(2))
        .build()?;
    let (url, deadline) = (format!("{}/readyz", world.url()), Instant::now() + UP_WITHIN);
    loop {
        let answer = http.get(&url).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        ensure!(
            Instant::now() < deadline,
            "the server does not come up, see {}",
            world.log().display()
        );
        sleep(Duration::from_millis(15)).await;
    }
}

/// A life that is not ended by us, but politely.
pub async fn end_politely(mut server: Child) -> anyhow::Result<()> {
    let pid = server
        .id()
        .and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed()));
    if let Some(pid) = pid {
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
    }
    let ended = timeout(Duration::from_secs(40), server.wait()).await;
    ensure!(ended.is_ok(), "the server does not end when it is asked to");
    Ok(())
}
