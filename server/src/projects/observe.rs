//! Looking at what a project has outside, and noting what was found.

use std::sync::Arc;

use entity::{
    ids::InstallationId,
    project::{self, Desired},
    resource::{self, ResourceKind},
};

use super::{
    Instance, Instances,
    board::{Board, Health, Sighting, State},
    reconcile::{AgentSeen, ContainerSeen, Occupied, RepositorySeen, Seen, Weight},
    trouble::Trouble,
};
use crate::{
    agent::{self, AgentError, AgentRuntime},
    containers::{self, Container, ContainerHost, ContainerId, ContainerState, HostError},
    forge::{self, ForgeError, GitForge, Repository, RepositoryId},
};

/// Everything outside that the reconciler deals with.
#[derive(Clone)]
pub struct Outside {
    pub installation: InstallationId,
    pub forge: Arc<dyn GitForge>,
    pub host: Arc<dyn ContainerHost>,
    pub agents: Arc<dyn AgentRuntime>,
    pub instances: Instances,
    pub board: Board,
}

/// What was found, with the things themselves.
pub struct Found {
    pub seen: Seen,
    pub repository: Option<Repository>,
    pub container: Option<Container>,
}

impl Found {
    pub fn run(&self) -> Option<uuid::Uuid> {
        match self.container.as_ref()?.state {
            ContainerState::Running { run, .. } => Some(run),
            ContainerState::Stopped | ContainerState::Exited { .. } => None,
        }
    }

    pub fn agent_version(&self) -> Option<&str> {
        match &self.seen.container {
            ContainerSeen::Up {
                agent: AgentSeen::Healthy { version, .. },
                ..
            } => Some(version),
            _ => None,
        }
    }
}

impl Outside {
    /// Looks at the repository, the container and the agent of a project. By the name that is known, and by the owner's
    /// label where none is: so a thing whose creation was never answered is found all the same.
    pub async fn look(&self, project: &project::Model, known: &[resource::Model]) -> Result<Found, Trouble> {
        let name_of = |kind| {
            known
                .iter()
                .find(|row| row.kind == kind)
                .and_then(|row| row.external_id.clone())
        };
        let repository = self.find_repository(project, name_of(ResourceKind::Repository)).await?;
        let container = self.find_container(project, name_of(ResourceKind::Container)).await?;
        let repository_seen = match &repository {
            None => RepositorySeen::Absent,
            Some(found) if found.is_complete => RepositorySeen::Complete,
            Some(_) => RepositorySeen::Incomplete,
        };
        let container_seen = self.see_container(project, container.as_ref()).await?;
        let seen = Seen {
            repository: repository_seen,
            container: container_seen,
            occupation: Occupied::Nothing,
            is_full: false,
        };
        Ok(Found {
            seen,
            repository,
            container,
        })
    }

    async fn find_repository(
        &self,
        project: &project::Model,
        name: Option<String>,
    ) -> Result<Option<Repository>, ForgeError> {
        let owner = self.forge_owner(project);
        if let Some(name) = name
            && let Some(found) = self.forge.inspect(&RepositoryId(name)).await?
            && found.owner == owner
        {
            return Ok(Some(found));
        }
        Ok(self
            .forge
            .list(owner.installation)
            .await?
            .into_iter()
            .find(|found| found.owner == owner))
    }

    async fn find_container(
        &self,
        project: &project::Model,
        name: Option<String>,
    ) -> Result<Option<Container>, HostError> {
        let owner = self.host_owner(project);
        if let Some(name) = name
            && let Some(found) = self.host.inspect(&ContainerId(name)).await?
            && found.owner == owner
        {
            return Ok(Some(found));
        }
        let all = self.host.list(owner.installation).await?;
        // The oldest, so that every look finds the same one; the sweep removes the others.
        Ok(all
            .into_iter()
            .filter(|found| found.owner == owner)
            .min_by_key(|found| found.created_at))
    }

    async fn see_container(
        &self,
        project: &project::Model,
        container: Option<&Container>,
    ) -> Result<ContainerSeen, Trouble> {
        let Some(container) = container else {
            self.instances.remove(project.id);
            self.board.set(project.id, Sighting::ABSENT);
            return Ok(ContainerSeen::Absent);
        };
        let ContainerState::Running { run, .. } = container.state else {
            self.instances.remove(project.id);
            self.board.set(project.id, sighting(container, Health::None));
            return Ok(ContainerSeen::Down {
                has_workspace: container.workspace_ready,
            });
        };
        let is_retired = project.retired_run == Some(run);
        // An agent that is to end is not asked how it is, and gets nothing more to do.
        let agent = if project.desired == Desired::Running && !project.is_asleep() && !is_retired {
            self.see_agent(project, container).await?
        } else {
            self.instances.remove(project.id);
            AgentSeen::Silent
        };
        Ok(ContainerSeen::Up {
            has_workspace: container.workspace_ready,
            run,
            agent,
        })
    }

    /// Asks the agent how it is, once.
    pub async fn see_agent(&self, project: &project::Model, container: &Container) -> Result<AgentSeen, Trouble> {
        let ContainerState::Running {
            endpoint,
            run,
            is_leaving,
            ..
        } = &container.state
        else {
            return Ok(AgentSeen::Silent);
        };
        if *is_leaving {
            self.instances.remove(project.id);
            return Ok(AgentSeen::Leaving);
        }
        let endpoint = agent::Endpoint {
            url: endpoint.url.clone(),
            username: endpoint.username.clone(),
            password: endpoint.password.clone(),
            directory: container.directory.clone(),
        };
        let was_healthy = self.board.get(project.id).health == Health::Healthy;
        let (seen, health) = match self.agents.health(&endpoint).await {
            Ok(health) => {
                self.instances.set(project.id, Instance::new(*run, endpoint));
                (
                    AgentSeen::Healthy {
                        version: health.version,
                        weight: Weight::Fine,
                    },
                    Health::Healthy,
                )
            }
            // It answers, and does not take the password: something else got hold of the port.
            Err(AgentError::Rejected(_) | AgentError::NotFound | AgentError::Busy | AgentError::TooLarge(_)) => {
                (AgentSeen::Stranger, Health::Unhealthy)
            }
            Err(AgentError::Unavailable { .. }) if was_healthy => (AgentSeen::Silent, Health::Unhealthy),
            Err(AgentError::Unavailable { .. }) => (AgentSeen::Silent, Health::Starting),
            Err(error @ AgentError::Unsupported(_)) => {
                self.board.set(project.id, sighting(container, Health::Unhealthy));
                return Err(error.into());
            }
        };
        self.board.set(project.id, sighting(container, health));
        Ok(seen)
    }

    pub fn host_owner(&self, project: &project::Model) -> containers::Owner {
        containers::Owner {
            installation: self.installation.0,
            project: project.id.0,
        }
    }

    pub fn forge_owner(&self, project: &project::Model) -> forge::Owner {
        forge::Owner {
            installation: self.installation.0,
            project: project.id.0,
        }
    }
}

fn sighting(container: &Container, health: Health) -> Sighting {
    let image = container.image.clone();
    match &container.state {
        ContainerState::Running {
            endpoint, started_at, ..
        } => Sighting {
            state: State::Running,
            health,
            image,
            port: endpoint.url.port_or_known_default(),
            started_at: Some(*started_at),
            exit_code: None,
        },
        ContainerState::Exited { code, .. } => Sighting {
            state: State::Exited,
            image,
            exit_code: *code,
            ..Sighting::ABSENT
        },
        ContainerState::Stopped => Sighting {
            state: State::Stopped,
            image,
            ..Sighting::ABSENT
        },
    }
}
