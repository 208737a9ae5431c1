//! What was last seen of each project's container. Only in memory: after a start everything is unknown until it was
//! looked at.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use entity::ids::ProjectId;
use tokio::sync::watch;

/// A container as it was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    pub state: State,
    pub health: Health,
    pub image: Option<String>,
    pub port: Option<u16>,
    pub started_at: Option<DateTime<Utc>>,
    pub exit_code: Option<i32>,
}

/// Whether a container is there and runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "ContainerState")]
pub enum State {
    /// There is none.
    Absent,
    /// It does not run: not yet started, or ended as asked.
    Stopped,
    /// It runs.
    Running,
    /// It ended without having been asked to.
    Exited,
    /// It was not looked at since the server started.
    Unknown,
}

/// Whether the agent in a container answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "ContainerHealth")]
pub enum Health {
    /// The container does not run.
    None,
    /// It runs, and the agent does not answer yet.
    Starting,
    /// The agent answers.
    Healthy,
    /// It runs, and the agent does not answer any more.
    Unhealthy,
    /// It was not looked at since the server started.
    Unknown,
}

impl Sighting {
    pub const UNKNOWN: Self = Self::without_run(State::Unknown, Health::Unknown);
    pub const ABSENT: Self = Self::without_run(State::Absent, Health::None);

    const fn without_run(state: State, health: Health) -> Self {
        Self {
            state,
            health,
            image: None,
            port: None,
            started_at: None,
            exit_code: None,
        }
    }
}

/// Written by the reconciler, read by the graph.
#[derive(Clone, Debug)]
pub struct Board(Arc<watch::Sender<HashMap<ProjectId, Sighting>>>);

impl Default for Board {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(HashMap::new())))
    }
}

impl Board {
    pub fn get(&self, project: ProjectId) -> Sighting {
        self.0.borrow().get(&project).cloned().unwrap_or(Sighting::UNKNOWN)
    }

    /// Projects whose container was last seen running.
    pub fn running(&self) -> Vec<ProjectId> {
        let all = self.0.borrow();
        all.iter()
            .filter(|(_, seen)| seen.state == State::Running)
            .map(|(project, _)| *project)
            .collect()
    }

    /// Wakes whenever a container was seen otherwise than before.
    pub fn subscribe(&self) -> watch::Receiver<HashMap<ProjectId, Sighting>> {
        self.0.subscribe()
    }

    pub fn set(&self, project: ProjectId, sighting: Sighting) {
        self.0.send_if_modified(|all| {
            all.insert(project, sighting.clone())
                .is_none_or(|before| before != sighting)
        });
    }

    pub fn remove(&self, project: ProjectId) {
        self.0.send_if_modified(|all| all.remove(&project).is_some());
    }
}
