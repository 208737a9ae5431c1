//! How many agents run at the same time. Where no more may, whoever has to run waits until another has gone to sleep.
//!
//! Counted is what runs, by what its host says, each time; kept is only who waits and who was asked to make room. A server
//! that starts anew finds both out again.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use entity::{
    ids::ProjectId,
    problem::ProblemCode,
    project::{self, Desired, ProjectStatus},
};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};

use super::{occupation::Occupation, sleep::idle_for};
use crate::{
    containers::{ContainerState, HostError},
    db::Database,
    projects::{
        observe::Outside,
        trouble::{Outlook, Problem},
    },
};

/// What has just come to rest still has last things to tell, such as a title.
const SETTLED: Duration = Duration::from_secs(5);
/// Who waits is called when there is room; this is for what nobody tells of.
const ASK_AGAIN: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Room {
    limit: Option<usize>,
    state: Mutex<State>,
    /// One agent is started after the other, so that each is counted before the next.
    starting: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// In the order they came.
    waiting: Vec<ProjectId>,
    /// Asked to make room.
    leaving: HashSet<ProjectId>,
}

impl Room {
    pub fn new(limit: Option<usize>) -> Self {
        Self {
            limit,
            state: Mutex::default(),
            starting: tokio::sync::Mutex::default(),
        }
    }

    /// To be held while an agent is started.
    pub async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        match self.limit {
            Some(_) => Some(self.starting.lock().await),
            None => None,
        }
    }

    /// Whether no further agent may run than those of other projects.
    pub async fn is_full_for(&self, outside: &Outside, project: ProjectId) -> Result<bool, HostError> {
        let Some(limit) = self.limit else {
            return Ok(false);
        };
        Ok(awake(outside, project).await? >= limit)
    }

    /// Says that a project waits, and asks those that have been idle longest to make room, as many as it takes.
    pub async fn wait(
        &self,
        db: &Database,
        outside: &Outside,
        project: ProjectId,
        now: DateTime<Utc>,
    ) -> Result<Vec<ProjectId>, crate::projects::trouble::Trouble> {
        let awake = awake(outside, project).await?;
        let missing = {
            let mut state = self.lock();
            if !state.waiting.contains(&project) {
                state.waiting.push(project);
            }
            let wanted = (awake + state.waiting.len()).saturating_sub(self.limit.unwrap_or(usize::MAX));
            wanted.saturating_sub(state.leaving.len())
        };
        let mut asked = Vec::new();
        if missing == 0 {
            return Ok(asked);
        }
        for candidate in idle(db, now).await? {
            if asked.len() == missing {
                break;
            }
            let is_free = Occupation::of(db.reader(), candidate).await? == Occupation::Nothing;
            if is_free && self.lock().leaving.insert(candidate) {
                asked.push(candidate);
            }
        }
        Ok(asked)
    }

    /// It waits no more.
    pub fn enter(&self, project: ProjectId) {
        self.lock().waiting.retain(|waiting| *waiting != project);
    }

    /// Whether it was asked to make room.
    pub fn is_leaving(&self, project: ProjectId) -> bool {
        self.lock().leaving.contains(&project)
    }

    /// It has made room, or cannot.
    pub fn has_answered(&self, project: ProjectId) {
        self.lock().leaving.remove(&project);
    }

    /// Who has waited longest.
    pub fn first(&self) -> Option<ProjectId> {
        self.lock().waiting.first().copied()
    }

    pub fn full(&self) -> Problem {
        let limit = self.limit.unwrap_or_default();
        let message = match limit {
            1 => "Another agent is awake and has to stay so, and only one may be. This one starts when that sleeps."
                .to_owned(),
            _ => format!(
                "{limit} other agents are awake and have to stay so, and no more may be. This one starts when one of them sleeps."
            ),
        };
        Problem::new(ProblemCode::NoRoom, Outlook::Turn(ASK_AGAIN), message)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many agents of other projects run.
async fn awake(outside: &Outside, project: ProjectId) -> Result<usize, HostError> {
    let all = outside.host.list(outside.installation.0).await?;
    let runs = |state: &ContainerState| matches!(state, ContainerState::Running { .. });
    Ok(all
        .iter()
        .filter(|container| runs(&container.state) && container.owner.project != project.0)
        .count())
}

/// Projects whose agents run and may sleep, the longest idle first.
async fn idle(db: &Database, now: DateTime<Utc>) -> Result<Vec<ProjectId>, DbErr> {
    let may_sleep = Condition::any()
        .add(project::Column::SleepAfterSeconds.is_null())
        .add(project::Column::SleepAfterSeconds.gt(0));
    let running = project::Entity::find()
        .filter(project::Column::Desired.eq(Desired::Running))
        .filter(project::Column::Status.eq(ProjectStatus::Running))
        .filter(may_sleep)
        .all(db.reader())
        .await?;
    let mut idle = Vec::new();
    for project in running {
        let time = idle_for(db.reader(), &project, now).await?;
        if time >= SETTLED {
            idle.push((time, project.id));
        }
    }
    idle.sort_by(|one, other| other.cmp(one));
    Ok(idle.into_iter().map(|(_, project)| project).collect())
}
