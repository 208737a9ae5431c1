//! The bridges: one for each running agent, between it and the rows of its project.
//!
//! A bridge opens the agent's event stream first, then asks for everything that may have changed meanwhile, then goes
//! by the events. When the stream breaks it does the same again. It remembers nothing that it could not ask for.

mod answers;
mod apply;
mod asks;
mod batch;
mod given_up;
mod gone;
mod handover;
mod known;
mod life;
mod message;
mod outbox;
mod printing;
mod pump;
mod resync;
mod told;
mod unread;

use std::{collections::HashMap, sync::Arc, time::Duration};

use entity::ids::ProjectId;
use rand::RngExt;
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::unread::Unread;
use super::{Enclosures, Live, Sessions, offers::Offers};
use crate::{
    agent::{AgentError, AgentRuntime, Endpoint},
    clock::Clock,
    db::Database,
    decisions::Decisions,
    events::EventLog,
    projects::{Gate, Instance, Instances},
};

/// Keeps one bridge for each agent that answers.
pub struct Bridges {
    common: Common,
    instances: Instances,
    outbox: watch::Receiver<u64>,
}

/// What every bridge uses.
#[derive(Clone)]
struct Common {
    db: Database,
    events: EventLog,
    clock: Clock,
    agents: Arc<dyn AgentRuntime>,
    live: Live,
    offers: Offers,
    enclosures: Enclosures,
    decisions: Decisions,
}

/// One bridge.
#[derive(Clone)]
struct Bridge {
    common: Common,
    project: ProjectId,
    /// The run of the agent it leads to.
    run: Uuid,
    endpoint: Endpoint,
    /// What brings the agent something to do passes here.
    gate: Gate,
    /// A session may have come to rest: what waited for that can be carried to it.
    rested: Arc<Notify>,
    /// Sessions of the agent's, by its ids, of which something was told that nobody has taken in.
    unread: Arc<Unread>,
}

/// Why a bridge stopped for a moment.
#[derive(Debug, thiserror::Error)]
enum BridgeError {
    #[error("the agent does not answer")]
    Agent(#[from] AgentError),
    #[error("the database failed")]
    Database(#[from] sea_orm::DbErr),
    /// The stream ended, as streams do.
    #[error("the agent ended its stream")]
    Ended,
}

struct Running {
    run: Uuid,
    gate: Gate,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Bridges {
    pub fn new(sessions: &Sessions, decisions: Decisions) -> Self {
        let common = Common {
            db: sessions.db.clone(),
            events: sessions.events.clone(),
            clock: sessions.clock.clone(),
            agents: sessions.agents.clone(),
            live: sessions.live.clone(),
            offers: sessions.offers().clone(),
            enclosures: sessions.enclosures.clone(),
            decisions,
        };
        Self {
            common,
            instances: sessions.instances.clone(),
            outbox: sessions.outbox(),
        }
    }

    /// Until `stop`: a bridge for each agent that comes, none for one that goes.
    pub async fn run(self, stop: CancellationToken) {
        let mut instances = self.instances.subscribe();
        let mut running: HashMap<ProjectId, Running> = HashMap::new();
        loop {
            let wanted = instances.borrow_and_update().clone();
            let gone: Vec<_> = running
                .iter()
                .filter(|(project, bridge)| {
                    wanted
                        .get(project)
                        .is_none_or(|instance| !instance.gate.is_same(&bridge.gate))
                })
                .map(|(project, _)| *project)
                .collect();
            for project in gone {
                if let Some(bridge) = running.remove(&project) {
                    let run = bridge.run;
                    bridge.end().await;
                    self.withdraw(project, run).await;
                }
            }
            for (project, instance) in wanted {
                running
                    .entry(project)
                    .or_insert_with(|| self.start(project, instance, &stop));
            }
            tokio::select! {
                () = stop.cancelled() => break,
                changed = instances.changed() => if changed.is_err() { break },
            }
        }
        for bridge in running.into_values() {
            bridge.end().await;
        }
    }

    /// An agent has gone. Where this fails, the next look at the project's decisions finds them.
    async fn withdraw(&self, project: ProjectId, run: Uuid) {
        if let Err(error) = self.common.decisions.agent_ended(project, run).await {
            tracing::warn!(
                %project, error = &error as &dyn std::error::Error,
                "what an agent waited for is not withdrawn yet"
            );
        }
    }

    fn start(&self, project: ProjectId, instance: Instance, stop: &CancellationToken) -> Running {
        let stop = stop.child_token();
        let (run, gate) = (instance.run, instance.gate.clone());
        let bridge = Bridge {
            common: self.common.clone(),
            project,
            run,
            endpoint: instance.endpoint,
            gate: instance.gate,
            rested: Arc::new(Notify::new()),
            unread: Arc::default(),
        };
        let task = tokio::spawn(bridge.keep_going(self.outbox.clone(), stop.clone()));
        Running { run, gate, stop, task }
    }
}

impl Running {
    async fn end(self) {
        self.stop.cancel();
        // It stops at its next await; a panic in it was logged by the panic hook.
        let _ = self.task.await;
    }
}

impl Bridge {
    async fn keep_going(self, outbox: watch::Receiver<u64>, stop: CancellationToken) {
        let mut failures = 0;
        loop {
            let since = tokio::time::Instant::now();
            let outcome = stop.run_until_cancelled(self.connect(outbox.clone())).await;
            let Some(Err(error)) = outcome else { return };
            failures = if since.elapsed() > Duration::from_secs(30) {
                1
            } else {
                failures + 1
            };
            metrics::counter!("pcc_bridge_reconnects_total").increment(1);
            tracing::info!(
                project = %self.project, failures, error = &error as &dyn std::error::Error,
                "the bridge to an agent broke and is built again"
            );
            if stop
                .run_until_cancelled(tokio::time::sleep(backoff(failures)))
                .await
                .is_none()
            {
                return;
            }
        }
    }
}

/// 0.2, 0.4, 0.8 … seconds, at most 10, give or take a fifth.
fn backoff(failures: i32) -> Duration {
    let seconds = (0.1 * 2_f64.powi(failures.clamp(1, 10))).min(10.0);
    Duration::from_secs_f64(seconds * rand::rng().random_range(0.8..1.2))
}
