//! One run: lives and kills, then calm, then the judgement.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{
    aftermath,
    chance::source,
    checker::{Remains, Violation, judge},
    database::Database,
    follower::Follower,
    history::{Fact, Kind},
    killer::{self, Kills},
    remote,
    worker::Worker,
    world::{Programs, World},
};

/// Clients at the same time.
const CLIENTS: usize = 8;
const FOLLOWERS: usize = 3;
/// The most projects with a real OpenCode at a time: each takes half a gigabyte.
const REAL_AT_A_TIME: usize = 2;
/// How long the last projects may take to end, and what nobody owns to be swept.
const END_WITHIN: Duration = Duration::from_secs(500);
const SWEPT_WITHIN: Duration = Duration::from_secs(45);

/// Happens in every life: workers stall beyond their (short) lease, answers to creations get lost, the sweep comes often.
const ALWAYS: &str = concat!(
    "lease.term=return(3000);projects.stall=6%return(6000);projects.stall_stop=6%return(6000);",
    "late.answer=40%return;sweep.period=return(1500)",
);

/// Without kills more workers stall, and for long enough that others have ended their work: one that is killed meanwhile
/// does no harm any more.
const CALM: &str = "projects.stall=10%return(9000);projects.stall_stop=40%return(15000)";
/// Longer than any of them.
pub const STALLED: Duration = Duration::from_secs(18);
/// How long clients go on then, for each kill there was, and at most.
const CALM_FOR_EACH: Duration = Duration::from_secs(2);
const CALM_AT_MOST: Duration = Duration::from_secs(90);

#[derive(Clone, Debug)]
pub struct Plan {
    pub programs: Programs,
    pub seed: u64,
    pub kills: u64,
    /// Every project with this many before it gets the real OpenCode; none where zero.
    pub real_every: u64,
    /// What is left out of the server, to see whether it is noticed.
    pub broken: Option<String>,
}

pub struct Outcome {
    pub kills: Kills,
    pub facts: Vec<Fact>,
    pub events: usize,
    pub projects: u64,
    pub took: Duration,
    pub violations: Vec<Violation>,
    /// Kept where something was wrong.
    pub folder: Option<PathBuf>,
}

pub async fn run(plan: &Plan, database: Database) -> anyhow::Result<Outcome> {
    let began = Instant::now();
    let mut points = format!("{ALWAYS};late.effects=return({})", remote::AT_MOST.as_millis());
    if let Some(broken) = &plan.broken {
        points += &format!(";broken.{broken}=return");
    }
    let world = Arc::new(World::make(plan.programs.clone(), database, plan.seed, points).await?);
    let remote = tokio::spawn(remote::run(Arc::clone(&world)));
    let last = watch::Sender::new(None);
    let followers = follow(&world, &last).await?;
    let clients = Arc::new(Clients {
        is_over: AtomicBool::new(false),
        next: AtomicU64::new(0),
        real: Semaphore::new(REAL_AT_A_TIME),
        real_every: plan.real_every,
    });
    let mut working: JoinSet<()> = (0..CLIENTS)
        .map(|_| Arc::clone(&clients).keep_busy(Arc::clone(&world)))
        .collect();
    let kills = killer::kill_again_and_again(&world, plan.kills).await;

    // Calm: workers that stalled do their harm, and what was begun comes to its end.
    let kills = kills?;
    let server = world.start(CALM)?;
    killer::until_ready(&world).await?;
    world.kills_are_over.store(true, Ordering::SeqCst);
    let calm = CALM_FOR_EACH.saturating_mul(u32::try_from(plan.kills).unwrap_or(u32::MAX));
    sleep(calm.min(CALM_AT_MOST)).await;
    clients.is_over.store(true, Ordering::SeqCst);
    world.calm_down();
    let ended = timeout(END_WITHIN, async { while working.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        let what = format!("{} clients did not come to an end", working.len());
        world.history.note(Fact::Stuck { what });
        working.shutdown().await;
    }
    let mut remains = when_swept(&world).await?;
    last.send_replace(Some(remains.last_seq));
    if timeout(SWEPT_WITHIN, followers.join_all()).await.is_err() {
        let what = "a follower was not told of the last events".to_owned();
        world.history.note(Fact::Stuck { what });
    }
    killer::end_politely(server).await?;
    remote.abort();
    let after = world.database.remains(&world.data()).await?;
    if after.last_seq != remains.last_seq {
        remains.leftovers.push("something went on changing".to_owned());
    }
    let facts = world.history.facts();
    let violations = judge(&facts, &remains);
    world.database.drop_it().await?;
    let is_fine = violations.is_empty();
    let folder = Arc::into_inner(world)
        .filter(|_| !is_fine)
        .map(|mut world| world.keep());
    Ok(Outcome {
        kills,
        facts,
        events: remains.events.len(),
        projects: clients.next.load(Ordering::SeqCst),
        took: began.elapsed(),
        violations,
        folder,
    })
}

struct Clients {
    is_over: AtomicBool,
    next: AtomicU64,
    real: Semaphore,
    real_every: u64,
}

impl Clients {
    /// One project after another.
    async fn keep_busy(self: Arc<Self>, world: Arc<World>) {
        while !self.is_over.load(Ordering::SeqCst) {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            let is_real = self.real_every > 0 && number.is_multiple_of(self.real_every);
            let (kind, _permit) = if is_real {
                (Kind::OpenCode, self.real.acquire().await.ok())
            } else {
                (Kind::Light, None)
            };
            match Worker::new(Arc::clone(&world), number, kind) {
                Ok(worker) => worker.run().await,
                Err(error) => world.history.note(Fact::Stuck {
                    what: error.to_string(),
                }),
            }
        }
    }
}

async fn follow(world: &Arc<World>, last: &watch::Sender<Option<i64>>) -> anyhow::Result<JoinSet<()>> {
    let mut server = world.start("")?;
    killer::until_ready(world).await?;
    let from = world.client()?.cursor().await?;
    let mut followers = JoinSet::new();
    for number in 0..FOLLOWERS {
        let follower = Follower {
            number,
            client: world.client()?,
            history: world.history.clone(),
            rng: source(world.seed, "follower", number as u64),
            from: from.clone(),
            is_restless: number > 0,
        };
        followers.spawn(follower.run(last.subscribe()));
    }
    server.kill().await?;
    Ok(followers)
}

/// What remains, once nothing is left, or when that has taken too long.
async fn when_swept(world: &World) -> anyhow::Result<Remains> {
    let is_kept = |fact: &Fact| matches!(fact, Fact::Kept { .. });
    let deadline = Instant::now() + SWEPT_WITHIN;
    loop {
        let mut remains = world.database.remains(&world.data()).await?;
        let outside = aftermath::leftovers(&world.data(), world.history.count(is_kept));
        remains.leftovers.extend(outside);
        if remains.leftovers.is_empty() || Instant::now() >= deadline {
            return Ok(remains);
        }
        sleep(Duration::from_millis(500)).await;
    }
}
