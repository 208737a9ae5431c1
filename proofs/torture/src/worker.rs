//! One client and its project, from creation to deletion.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use client::{
    Client,
    types::{Operation, OperationState, ProjectBy},
};
use rand::{RngExt, rngs::StdRng};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::{
    agent,
    chance::{is, millis, source},
    history::{Fact, Kind},
    orders::{Order, Taken},
    world::{REAL, World},
};

mod rest;
pub mod talk;

/// How long an operation may take once nothing is killed any more.
const PATIENCE: Duration = Duration::from_secs(240);
/// How long an event may stay away after the end it tells of.
const NEWS_WITHIN: Duration = Duration::from_secs(60);

pub struct Worker {
    pub world: Arc<World>,
    pub client: Client,
    rng: StdRng,
    pub kind: Kind,
    slug: String,
    /// The graph's id, once there is one.
    project: String,
    is_running: bool,
    /// The run that was up when nothing else was asked for.
    up: Option<Uuid>,
    talks: Vec<talk::Talk>,
    mutations: u32,
}

/// What was noted in the history already.
#[derive(Debug)]
pub struct GaveUp;

impl Worker {
    pub fn new(world: Arc<World>, number: u64, kind: Kind) -> anyhow::Result<Self> {
        let name = match kind {
            Kind::Light => "light",
            Kind::OpenCode => REAL,
        };
        Ok(Self {
            client: world.client()?,
            rng: source(world.seed, "worker", number),
            kind,
            slug: format!("{name}-{number}"),
            project: String::new(),
            is_running: false,
            up: None,
            talks: Vec::new(),
            mutations: 0,
            world,
        })
    }

    /// The whole life of a project.
    pub async fn run(mut self) {
        // What went wrong is in the history; a project is deleted whatever happened.
        if is(&mut self.rng, 0.3) {
            let _ = self.create_and_take_back().await;
            return;
        }
        if self.create().await.is_ok() {
            let _ = self.live().await;
        }
        if !self.project.is_empty() {
            let keeps_repository = is(&mut self.rng, 0.1);
            if keeps_repository {
                self.world.history.note(Fact::Kept {
                    slug: self.slug.clone(),
                });
            }
            let _ = self.ask(Order::Delete { keeps_repository }).await;
        }
    }

    async fn create(&mut self) -> Result<(), GaveUp> {
        let slug = self.slug.clone();
        self.ask(Order::Create { slug }).await
    }

    /// Deletes what is still being made.
    async fn create_and_take_back(&mut self) -> Result<(), GaveUp> {
        let slug = self.slug.clone();
        let created = self.order(Order::Create { slug }).await?;
        sleep(millis(&mut self.rng, 0..2_500)).await;
        let keeps_repository = false;
        self.ask(Order::Delete { keeps_repository }).await?;
        // Done before it was taken back, or cancelled: both are as asked.
        let end = self
            .end_of("a creation that was taken back", &created.operation)
            .await?;
        self.note_end(&end, true);
        Ok(())
    }

    async fn live(&mut self) -> Result<(), GaveUp> {
        for _ in 0..self.rng.random_range(1..=4) {
            if self.world.kills_are_over.load(Ordering::SeqCst) && is(&mut self.rng, 0.5) {
                self.outlast().await?;
                continue;
            }
            match self.rng.random_range(0..100) {
                0..40 => self.talk().await?,
                40..50 => self.nap().await?,
                50..65 => self.ask(Order::Restart).await?,
                65..75 => {
                    self.ask(Order::Stop).await?;
                    if is(&mut self.rng, 0.7) {
                        self.ask(Order::Start).await?;
                    }
                }
                75..85 => self.rename().await?,
                // It changes its mind before anything was done.
                85..95 => {
                    let stop = self.order(Order::Stop).await?;
                    self.ask(Order::Start).await?;
                    let end = self.end_of("a stop that was taken back", &stop.operation).await?;
                    self.note_end(&end, true);
                }
                _ => sleep(millis(&mut self.rng, 0..1_500)).await,
            }
        }
        if !self.is_running {
            self.ask(Order::Start).await?;
        }
        self.compare_talks().await
    }

    pub fn instance(&self) -> anyhow::Result<std::path::PathBuf> {
        Ok(self.world.instance(agent::uuid_of(&self.project)?))
    }

    fn run_now(&self) -> Option<Uuid> {
        self.instance().ok().and_then(|instance| agent::run(&instance))
    }

    pub fn next_mutation(&mut self) -> String {
        self.mutations += 1;
        format!("{}-{}", self.slug, self.mutations)
    }

    /// Orders something and waits for its end.
    async fn ask(&mut self, order: Order) -> Result<(), GaveUp> {
        let name = order.name();
        let makes_it_run = matches!(order, Order::Create { .. } | Order::Start | Order::Restart);
        let restarted = self.up.filter(|_| self.is_running && matches!(order, Order::Restart));
        let taken = self.order(order).await?;
        let end = self.end_of(name, &taken.operation).await?;
        self.note_end(&end, false);
        if end.state != OperationState::Succeeded {
            return Err(GaveUp);
        }
        self.is_running = makes_it_run;
        self.up = if makes_it_run { self.run_now() } else { None };
        if restarted.is_some() {
            self.world.history.note(Fact::Restarted {
                project: self.slug.clone(),
                before: restarted,
                after: self.up,
            });
        }
        Ok(())
    }

    /// Orders something. What was ordered before and has not ended is superseded by it.
    async fn order(&mut self, order: Order) -> Result<Taken, GaveUp> {
        if self.is_running {
            let (project, up, later) = (self.slug.clone(), self.up, self.run_now());
            self.world.history.note(Fact::Run { project, up, later });
        }
        self.up = None;
        let (name, mutation) = (order.name(), self.next_mutation());
        let taken = self.send(&order, &mutation).await?;
        self.world.history.note(Fact::Ordered {
            operation: taken.operation.clone(),
            project: self.slug.clone(),
            what: name,
        });
        self.project.clone_from(&taken.project);
        if is(&mut self.rng, 0.2) {
            sleep(millis(&mut self.rng, 0..800)).await;
            // A deleted project may be gone by then, and with it what could be told of it.
            if !matches!(order, Order::Delete { .. }) {
                let again = self.send(&order, &mutation).await?;
                self.world.history.note(Fact::Repeated {
                    what: name,
                    first: taken.operation.clone(),
                    again: again.operation,
                });
            }
        }
        self.is_running = false;
        Ok(taken)
    }

    async fn send(&self, order: &Order, mutation: &str) -> Result<Taken, GaveUp> {
        let sent = order.send(&self.client, &self.project, mutation).await;
        sent.map_err(|error| self.refused(&format!("{} of {}", order.name(), self.slug), &error))
    }

    pub fn refused(&self, what: &str, error: &client::Error) -> GaveUp {
        self.world.history.note(Fact::Refused {
            what: what.to_owned(),
            why: error.to_string(),
        });
        GaveUp
    }

    pub fn stuck(&self, what: String) -> GaveUp {
        self.world.history.note(Fact::Stuck { what });
        GaveUp
    }

    fn note_end(&self, end: &Operation, is_superseded: bool) {
        self.world.history.note(Fact::Ended {
            operation: end.id.clone(),
            state: end.state.clone(),
            problem: end.problem.as_ref().map(|problem| problem.message.clone()),
            is_superseded,
        });
    }

    /// The end of an operation, by events. Now and then the server is asked: what it tells must come as an event too.
    async fn end_of(&self, what: &str, operation: &str) -> Result<Operation, GaveUp> {
        let mut told = Box::pin(self.client.wait_for_operation(operation));
        while !self.world.had(PATIENCE) {
            match timeout(Duration::from_secs(2), &mut told).await {
                Ok(Ok(end)) => return Ok(end),
                Ok(Err(error)) => return Err(self.refused(&format!("watching {what} of {}", self.slug), &error)),
                Err(_) => {}
            }
            let Ok(Some(now)) = self.client.operation(operation).await else {
                continue;
            };
            if client::is_finished(&now) {
                if let Some(end) = self.news(&mut told).await {
                    return Ok(end);
                }
                let what = format!("the end of {what} of {}", self.slug);
                self.world.history.note(Fact::Untold { what });
                return Ok(now);
            }
        }
        Err(self.stuck(format!("{what} of {} did not end", self.slug)))
    }

    /// The event that tells of an end which has been seen already.
    async fn news(
        &self,
        told: &mut (impl Future<Output = Result<Operation, client::Error>> + Unpin),
    ) -> Option<Operation> {
        let seen = Instant::now();
        loop {
            match timeout(Duration::from_secs(1), &mut *told).await {
                Ok(end) => return end.ok(),
                Err(_) if self.world.had(NEWS_WITHIN) && seen.elapsed() >= NEWS_WITHIN => return None,
                Err(_) => {}
            }
        }
    }

    async fn rename(&mut self) -> Result<(), GaveUp> {
        let (wanted, mutation) = (format!("{} {}", self.slug, self.mutations), self.next_mutation());
        let input = client::scalars::UpdateProjectInput {
            id: self.project.clone(),
            name: Some(wanted.clone()),
            description: None,
            client_mutation_id: Some(mutation),
        };
        let what = format!("renaming {}", self.slug);
        let renamed = self.client.update_project(input).await;
        renamed.map_err(|error| self.refused(&what, &error))?;
        sleep(millis(&mut self.rng, 0..1_000)).await;
        let read = self.client.project(ProjectBy::Id(self.project.clone())).await;
        let read = read.map_err(|error| self.refused(&what, &error))?;
        let read = read.map(|project| project.name).unwrap_or_default();
        self.world.history.note(Fact::Renamed { wanted, read });
        Ok(())
    }
}
