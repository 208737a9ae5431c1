//! What the agents of projects offer: whom a prompt can go to, which models there are, which commands.
//!
//! An agent reads its configuration when it starts, so a list is kept for a while and given again, also after its agent
//! has gone to rest: what it offered last is what it will offer when it wakes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use entity::ids::ProjectId;
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use super::error::Error;
use crate::{
    agent::{AgentError, AgentRuntime, Endpoint, OfferedAgent, OfferedCommand, OfferedModel},
    projects::{Instance, Instances},
};

/// Servers of tools may bring commands a while after the start.
const FRESH: Duration = Duration::from_secs(60);
/// How long a prompt waits for the agent to say whether it has what the prompt names. Then it is taken unchecked.
const SOON: Duration = Duration::from_secs(3);
/// Projects whose lists are kept; past that, all are asked for again.
const MOST_KEPT: usize = 1_000;

#[derive(Clone)]
pub struct Offers {
    agents: Arc<dyn AgentRuntime>,
    instances: Instances,
    shelves: Arc<Shelves>,
}

#[derive(Default)]
struct Shelves {
    agents: Shelf<OfferedAgent>,
    models: Shelf<OfferedModel>,
    commands: Shelf<OfferedCommand>,
}

type Shelf<T> = Mutex<HashMap<ProjectId, Kept<T>>>;

struct Kept<T> {
    /// Of the agent that said so.
    run: Uuid,
    at: Instant,
    all: Arc<[T]>,
}

impl<T> Kept<T> {
    fn is_current(&self, instance: &Instance) -> bool {
        self.run == instance.run && self.at.elapsed() < FRESH
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self {
            run: self.run,
            at: self.at,
            all: Arc::clone(&self.all),
        }
    }
}

/// Something of which an agent has a list.
trait Offered: Sized + Send + Sync {
    fn shelf(shelves: &Shelves) -> &Shelf<Self>;
    fn key(&self) -> &str;
    fn ask(agents: &dyn AgentRuntime, at: &Endpoint) -> impl Future<Output = Result<Vec<Self>, AgentError>> + Send;
}

impl Offered for OfferedAgent {
    fn shelf(shelves: &Shelves) -> &Shelf<Self> {
        &shelves.agents
    }

    fn key(&self) -> &str {
        &self.name
    }

    async fn ask(agents: &dyn AgentRuntime, at: &Endpoint) -> Result<Vec<Self>, AgentError> {
        agents.agents(at).await
    }
}

impl Offered for OfferedModel {
    fn shelf(shelves: &Shelves) -> &Shelf<Self> {
        &shelves.models
    }

    fn key(&self) -> &str {
        &self.id
    }

    async fn ask(agents: &dyn AgentRuntime, at: &Endpoint) -> Result<Vec<Self>, AgentError> {
        agents.models(at).await
    }
}

impl Offered for OfferedCommand {
    fn shelf(shelves: &Shelves) -> &Shelf<Self> {
        &shelves.commands
    }

    fn key(&self) -> &str {
        &self.name
    }

    async fn ask(agents: &dyn AgentRuntime, at: &Endpoint) -> Result<Vec<Self>, AgentError> {
        agents.commands(at).await
    }
}

/// What a prompt names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    pub agent: Option<&'a str>,
    pub model: Option<&'a str>,
    pub command: Option<&'a str>,
}

/// What the agent was asked for and does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the project has no {what} {name}{}", others(.offered))]
pub struct Lacking {
    /// As the field of an input is called.
    pub what: &'static str,
    name: String,
    offered: Vec<String>,
}

/// The way out, where it is short.
fn others(offered: &[String]) -> String {
    const MOST: usize = 12;
    match offered.len() {
        0 => String::new(),
        1..=MOST => format!("; it has {}", offered.join(", ")),
        more => format!("; it has {more} others"),
    }
}

impl Offers {
    pub(super) fn new(agents: Arc<dyn AgentRuntime>, instances: Instances) -> Self {
        Self {
            agents,
            instances,
            shelves: Arc::default(),
        }
    }

    pub async fn agents(&self, project: ProjectId) -> Result<Arc<[OfferedAgent]>, Error> {
        self.list(project).await
    }

    pub async fn models(&self, project: ProjectId) -> Result<Arc<[OfferedModel]>, Error> {
        self.list(project).await
    }

    pub async fn commands(&self, project: ProjectId) -> Result<Arc<[OfferedCommand]>, Error> {
        self.list(project).await
    }

    /// What is lacking of all this, as far as that can be known now: an agent that does not run, or is slow to answer, is
    /// asked when the prompt reaches it.
    pub async fn check(&self, project: ProjectId, wanted: Wanted<'_>) -> Result<(), Lacking> {
        let (agent, model, command) = tokio::join!(
            self.has::<OfferedAgent>(project, "agent", wanted.agent),
            self.has::<OfferedModel>(project, "model", wanted.model),
            self.has::<OfferedCommand>(project, "command", wanted.command),
        );
        agent.and(model).and(command)
    }

    async fn list<T: Offered>(&self, project: ProjectId) -> Result<Arc<[T]>, Error> {
        let kept = self.kept::<T>(project);
        let Some(instance) = self.instances.get(project) else {
            return kept.map(|kept| kept.all).ok_or(Error::NotRunning);
        };
        match kept.filter(|kept| kept.is_current(&instance)) {
            Some(kept) => Ok(kept.all),
            None => self.ask(project, &instance).await.map_err(Error::Unreachable),
        }
    }

    async fn has<T: Offered>(
        &self,
        project: ProjectId,
        what: &'static str,
        wanted: Option<&str>,
    ) -> Result<(), Lacking> {
        let (Some(wanted), Some(instance)) = (wanted, self.instances.get(project)) else {
            return Ok(());
        };
        let kept = self.kept::<T>(project).filter(|kept| kept.is_current(&instance));
        let known = match kept {
            Some(kept) => Some(kept.all),
            None => timeout(SOON, self.ask::<T>(project, &instance))
                .await
                .ok()
                .and_then(Result::ok),
        };
        match known {
            Some(all) if all.iter().all(|offered| offered.key() != wanted) => Err(Lacking {
                what,
                name: wanted.to_owned(),
                offered: all.iter().map(|offered| offered.key().to_owned()).collect(),
            }),
            _ => Ok(()),
        }
    }

    fn kept<T: Offered>(&self, project: ProjectId) -> Option<Kept<T>> {
        let shelf = T::shelf(&self.shelves).lock().unwrap_or_else(PoisonError::into_inner);
        shelf.get(&project).cloned()
    }

    async fn ask<T: Offered>(&self, project: ProjectId, instance: &Instance) -> Result<Arc<[T]>, AgentError> {
        let at = Instant::now();
        let all: Arc<[T]> = T::ask(&*self.agents, &instance.endpoint).await?.into();
        let kept = Kept {
            run: instance.run,
            at,
            all: Arc::clone(&all),
        };
        let mut shelf = T::shelf(&self.shelves).lock().unwrap_or_else(PoisonError::into_inner);
        if shelf.len() >= MOST_KEPT {
            shelf.clear();
        }
        shelf.insert(project, kept);
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lacking_is_said_with_what_is_there() {
        let lacking = |count: usize| Lacking {
            what: "agent",
            name: "bild".to_owned(),
            offered: ["build", "plan"]
                .iter()
                .cycle()
                .take(count)
                .map(|name| (*name).to_owned())
                .collect(),
        };
        assert_eq!(lacking(0).to_string(), "the project has no agent bild");
        assert_eq!(
            lacking(2).to_string(),
            "the project has no agent bild; it has build, plan"
        );
        assert_eq!(
            lacking(40).to_string(),
            "the project has no agent bild; it has 40 others"
        );
    }
}
