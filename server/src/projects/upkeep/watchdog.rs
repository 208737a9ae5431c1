//! Agents that use too much memory, or do not answer any more.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{ids::ProjectId, problem::ProblemCode};
use uuid::Uuid;

use crate::{
    containers::{Container, ContainerHost, ContainerState},
    projects::{
        reconcile::{AgentSeen, Ailment, Weight},
        trouble::{Outlook, Problem},
    },
};

/// An agent that misses so many looks in a row is given up.
const MISSES: u32 = 4;
/// A run of which nobody knows how it began has grown when it is so old.
const OLD: TimeDelta = TimeDelta::minutes(10);

#[derive(Debug)]
pub struct Watchdog {
    limit: Option<u64>,
    known: Mutex<HashMap<ProjectId, Known>>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    run: Uuid,
    misses: u32,
    was_within: bool,
}

impl Watchdog {
    pub fn new(limit: Option<u64>) -> Self {
        Self {
            limit,
            known: Mutex::default(),
        }
    }

    /// An agent that was ready has not answered.
    pub fn missed(&self, project: ProjectId, run: Uuid) -> AgentSeen {
        self.change(project, run, |known| {
            known.misses = known.misses.saturating_add(1);
            if known.misses >= MISSES {
                AgentSeen::Hung
            } else {
                AgentSeen::Faltering
            }
        })
    }

    /// An agent has answered. How much it uses, where that can be told.
    pub async fn answered(
        &self,
        host: &dyn ContainerHost,
        project: ProjectId,
        container: &Container,
        now: DateTime<Utc>,
    ) -> Weight {
        let ContainerState::Running { run, started_at, .. } = container.state else {
            return Weight::Fine;
        };
        self.change(project, run, |known| known.misses = 0);
        let Some(limit) = self.limit else {
            return Weight::Fine;
        };
        match host.usage(&container.id).await {
            Ok(Some(usage)) => self.weighed(project, run, usage.memory_bytes > limit, now - started_at > OLD),
            Ok(None) => Weight::Fine,
            Err(error) => {
                tracing::debug!(%project, error = &error as &dyn std::error::Error, "an agent's memory is not known");
                Weight::Fine
            }
        }
    }

    fn weighed(&self, project: ProjectId, run: Uuid, is_over: bool, is_old: bool) -> Weight {
        self.change(project, run, |known| {
            known.was_within |= !is_over;
            match is_over {
                false => Weight::Fine,
                true if known.was_within || is_old => Weight::Grown,
                true => Weight::TooHeavy,
            }
        })
    }

    pub fn forget(&self, project: ProjectId) {
        self.lock().remove(&project);
    }

    /// What is said of an agent that is left alone.
    pub fn problem(&self, ailment: Ailment) -> Problem {
        let limit = self.limit.unwrap_or_default() / (1024 * 1024);
        let (code, message) = match ailment {
            Ailment::Hung => (
                ProblemCode::AgentSilent,
                "The agent does not answer any more. A turn of it has not ended, so it is not restarted by itself."
                    .to_owned(),
            ),
            Ailment::Grown => (
                ProblemCode::AgentHeavy,
                format!("The agent and what it started use more than {limit} MB. It is restarted once it is idle."),
            ),
            Ailment::TooHeavy => (
                ProblemCode::AgentHeavy,
                format!(
                    "The agent and what it started have used more than {limit} MB from the start, so restarting it would not help. The setting agent.max_memory_mb is too low for it."
                ),
            ),
        };
        Problem::new(code, Outlook::Stuck, message)
    }

    fn change<T>(&self, project: ProjectId, run: Uuid, change: impl FnOnce(&mut Known) -> T) -> T {
        let mut all = self.lock();
        let new = Known {
            run,
            misses: 0,
            was_within: false,
        };
        let known = all.entry(project).or_insert(new);
        if known.run != run {
            *known = new;
        }
        change(known)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ProjectId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_given_up_after_several_misses_in_a_row() {
        let watchdog = Watchdog::new(None);
        let (project, run) = (ProjectId::generate(), Uuid::from_u128(1));
        for _ in 1..MISSES {
            assert_eq!(watchdog.missed(project, run), AgentSeen::Faltering);
        }
        assert_eq!(watchdog.missed(project, run), AgentSeen::Hung);
        assert_eq!(
            watchdog.missed(project, Uuid::from_u128(2)),
            AgentSeen::Faltering,
            "another run"
        );
    }

    #[test]
    fn only_what_grew_is_worth_another_run() {
        let watchdog = Watchdog::new(Some(1));
        let (project, run) = (ProjectId::generate(), Uuid::from_u128(1));
        assert_eq!(watchdog.weighed(project, run, true, false), Weight::TooHeavy);
        assert_eq!(watchdog.weighed(project, run, false, false), Weight::Fine);
        assert_eq!(watchdog.weighed(project, run, true, false), Weight::Grown);
        let next = Uuid::from_u128(2);
        assert_eq!(watchdog.weighed(project, next, true, false), Weight::TooHeavy);
        assert_eq!(watchdog.weighed(project, next, true, true), Weight::Grown);
    }
}
