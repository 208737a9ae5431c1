//! Doing one action outside, and noting what came of it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{
    problem::ProblemCode,
    project::{self, Source},
    resource::{self, ResourceKind},
};
use tokio::{sync::watch, time::Instant};

use super::{
    lease::Lease,
    observe::{Found, Outside},
    reconcile::{Action, AgentSeen, wait_before_create},
    store,
    trouble::{Outlook, Problem, Trouble},
    upkeep::room::Room,
};
use crate::{
    clock::Clock,
    containers::{Container, ContainerId, ContainerSpec, ContainerState, HostError, WorkspaceSource},
    crash_point,
    db::Database,
    failpoints::is_broken,
    forge::{ForgeError, Repository, RepositoryId, RepositorySource, RepositorySpec, reference::GitRef, url::GitUrl},
};

/// How long an agent may take to answer after its start.
const READY_WITHIN: Duration = Duration::from_secs(60);
const READY_PERIOD: Duration = Duration::from_millis(150);

/// One action for one project, by the holder of its lease.
pub struct Performance<'a> {
    pub db: &'a Database,
    pub clock: &'a Clock,
    pub outside: &'a Outside,
    pub room: &'a Room,
    pub lease: &'a Lease,
    pub project: &'a project::Model,
    pub found: &'a Found,
    /// One sentence at a time for whoever waits.
    pub progress: &'a watch::Sender<String>,
}

impl Performance<'_> {
    /// The answer is one line of fact for people.
    pub async fn perform(&self, action: Action) -> Result<String, Trouble> {
        match action {
            Action::CreateRepository => self.create_repository().await,
            Action::CreateContainer => self.create_container().await,
            Action::FillWorkspace => self.fill_workspace().await,
            Action::Start => self.start().await,
            Action::AwaitAgent => self.await_agent().await,
            Action::Stop => self.stop().await,
            Action::RemoveContainer => self.remove_container().await,
            Action::RemoveRepository => self.remove_repository().await,
            Action::ReleaseRepository => self.release_repository().await,
            // Nothing that is done outside.
            Action::Sleep(_)
            | Action::Retire
            | Action::LookAgain
            | Action::Warn(_)
            | Action::AwaitRoom
            | Action::Forget
            | Action::Rest => Ok(String::new()),
        }
    }

    async fn create_repository(&self) -> Result<String, Trouble> {
        let source = match &self.project.source {
            Source::Empty => RepositorySource::Empty {
                title: self.project.name.clone(),
            },
            Source::Git { url, reference } => RepositorySource::Git {
                // Both were checked when they came; a newer server may be stricter.
                url: GitUrl::parse(url).map_err(|error| rejected(&error))?,
                reference: reference
                    .as_deref()
                    .map(GitRef::parse)
                    .transpose()
                    .map_err(|error| rejected(&error))?,
            },
        };
        let spec = RepositorySpec {
            owner: self.outside.forge_owner(self.project),
            slug: self.project.slug.clone(),
            source,
        };
        self.intend(ResourceKind::Repository, self.outside.forge.late_effects())
            .await?;
        crash_point!("repository.intended");
        let created = self.outside.forge.create(&spec, self.progress).await;
        crash_point!("repository.created");
        let is_open = matches!(created, Err(ForgeError::Unavailable { .. }));
        let name = created.as_ref().ok().map(|repository| repository.id.0.clone());
        self.settle(ResourceKind::Repository, name, is_open).await?;
        Ok(match created?.default_branch {
            Some(branch) => format!("On branch {branch}"),
            None => "Without commits".to_owned(),
        })
    }

    async fn create_container(&self) -> Result<String, Trouble> {
        let spec = self.spec()?;
        self.intend(ResourceKind::Container, self.outside.host.late_effects())
            .await?;
        crash_point!("container.intended");
        let created = self.outside.host.create(&spec).await;
        crash_point!("container.created");
        let is_open = matches!(created, Err(HostError::Unavailable { .. }));
        let name = created.as_ref().ok().map(|container| container.id.0.clone());
        self.settle(ResourceKind::Container, name, is_open).await?;
        Ok(created?.image.unwrap_or_else(|| "Made".to_owned()))
    }

    async fn fill_workspace(&self) -> Result<String, Trouble> {
        let spec = self.spec()?;
        self.outside
            .host
            .provision(&self.container()?.id, &spec.workspace, self.progress)
            .await?;
        Ok("Cloned".to_owned())
    }

    async fn start(&self) -> Result<String, Trouble> {
        let turn = self.room.turn().await;
        if self.room.is_full_for(self.outside, self.project.id).await? {
            return Err(self.room.full().into());
        }
        let container = self.outside.host.start(&self.container()?.id, &self.spec()?).await?;
        drop(turn);
        crash_point!("container.started");
        let (endpoint, run) = match &container.state {
            ContainerState::Running { endpoint, run, .. } => (endpoint, *run),
            // Over before we looked.
            ContainerState::Exited { code, last_words, .. } => return Err(died(*code, last_words).into()),
            ContainerState::Stopped => return Err(unavailable("It did not start.").into()),
        };
        // Noted at once: a restart that is asked for now must know which run it is to end.
        self.note_run(&container.id, Some(run)).await?;
        Ok(endpoint
            .url
            .port()
            .map_or_else(|| "Started".to_owned(), |port| format!("On port {port}")))
    }

    /// Asks until the agent answers, it dies, or it has had long enough.
    async fn await_agent(&self) -> Result<String, Trouble> {
        let mut container = self.container()?.clone();
        let asked_since = Instant::now();
        while asked_since.elapsed() < READY_WITHIN {
            match self.outside.see_agent(self.project, &container).await? {
                AgentSeen::Healthy { version, .. } => return Ok(format!("OpenCode {version}")),
                AgentSeen::Silent | AgentSeen::Faltering | AgentSeen::Hung => {}
                // The next look ends it.
                AgentSeen::Leaving => return Err(unavailable("It was told to end while it started.").into()),
                AgentSeen::Stranger => {
                    return Err(
                        unavailable("Another program answers in the agent's place; it is started again.").into(),
                    );
                }
            }
            tokio::time::sleep(READY_PERIOD).await;
            container = self
                .outside
                .host
                .inspect(&container.id)
                .await?
                .ok_or(HostError::NotFound)?;
            if let ContainerState::Exited { code, last_words, .. } = &container.state {
                return Err(died(*code, last_words).into());
            }
            self.progress
                .send_replace(format!("Waiting for the agent, {} s", asked_since.elapsed().as_secs()));
        }
        // It gets another chance, in another run.
        if let ContainerState::Running { .. } = container.state {
            self.outside.host.stop(&container.id).await?;
        }
        let message = format!(
            "The agent did not answer within {} s of its start.",
            READY_WITHIN.as_secs()
        );
        Err(Problem::new(ProblemCode::AgentSilent, Outlook::Retry, message).into())
    }

    async fn stop(&self) -> Result<String, Trouble> {
        self.outside.instances.remove(self.project.id);
        let id = &self.container()?.id;
        self.outside.host.stop(id).await?;
        crash_point!("container.stopped");
        self.note_run(id, None).await?;
        Ok("Stopped".to_owned())
    }

    async fn remove_container(&self) -> Result<String, Trouble> {
        self.outside.instances.remove(self.project.id);
        self.outside.host.remove(&self.container()?.id).await?;
        Ok("Removed, with its workspace".to_owned())
    }

    async fn remove_repository(&self) -> Result<String, Trouble> {
        self.outside.forge.remove(&self.repository()?.id).await?;
        Ok("Removed".to_owned())
    }

    async fn release_repository(&self) -> Result<String, Trouble> {
        let place = self.outside.forge.release(&self.repository()?.id).await?;
        Ok(format!("Kept: {place}"))
    }

    fn container(&self) -> Result<&Container, Trouble> {
        self.found.container.as_ref().ok_or_else(|| HostError::NotFound.into())
    }

    fn repository(&self) -> Result<&Repository, Trouble> {
        self.found
            .repository
            .as_ref()
            .ok_or_else(|| ForgeError::NotFound.into())
    }

    fn spec(&self) -> Result<ContainerSpec, Trouble> {
        let reference = match &self.project.source {
            Source::Empty => None,
            Source::Git { reference, .. } => reference.clone(),
        };
        Ok(ContainerSpec {
            owner: self.outside.host_owner(self.project),
            name: self.project.slug.clone(),
            workspace: WorkspaceSource {
                clone_url: self.repository()?.clone_from.clone(),
                reference,
            },
            agent_config: serde_json::Value::Object(serde_json::Map::new()),
            environment: std::collections::BTreeMap::new(),
        })
    }

    /// Notes that a creation is about to be asked for. Where one was asked for before and its answer was lost, it is
    /// waited out first: it may still take effect, and a second one would make two.
    async fn intend(&self, kind: ResourceKind, late_effects: Duration) -> Result<(), Trouble> {
        if is_broken("broken.no_intent") {
            return Ok(());
        }
        let now = self.clock.now();
        let before = store::resource(self.db.reader(), self.project.id, kind).await?;
        if let Some(wait) = wait_before_create(before.and_then(|row| row.intent_until), now) {
            let message = "An earlier attempt was not answered and may still take effect; it is waited for.";
            return Err(Problem::new(ProblemCode::Unavailable, Outlook::Wait(wait), message).into());
        }
        // Nothing appears late here: there is nothing to wait for, and nothing to note.
        if late_effects.is_zero() {
            return Ok(());
        }
        self.put(kind, None, Some(now + late_effects)).await
    }

    /// Notes what came of it. An answer that was lost leaves the intent standing.
    async fn settle(&self, kind: ResourceKind, name: Option<String>, is_open: bool) -> Result<(), Trouble> {
        if is_open {
            Ok(())
        } else {
            self.put(kind, name, None).await
        }
    }

    async fn put(&self, kind: ResourceKind, name: Option<String>, until: Option<DateTime<Utc>>) -> Result<(), Trouble> {
        let row = resource::Model {
            project_id: self.project.id,
            kind,
            external_id: name,
            intent_until: until,
            run: None,
        };
        self.write(row).await
    }

    async fn note_run(&self, id: &ContainerId, run: Option<uuid::Uuid>) -> Result<(), Trouble> {
        let row = resource::Model {
            project_id: self.project.id,
            kind: ResourceKind::Container,
            external_id: Some(id.0.clone()),
            intent_until: None,
            run,
        };
        self.write(row).await
    }

    async fn write(&self, row: resource::Model) -> Result<(), Trouble> {
        let tx = self.db.begin().await?;
        // In this order: see `Reconciler::begin`.
        store::get_locked(&tx, self.project.id).await?;
        self.lease.hold(&tx, self.clock.now()).await?;
        store::put_resource(&tx, row).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn rejected(error: &impl std::error::Error) -> Trouble {
    Problem::new(ProblemCode::Rejected, Outlook::Stuck, crate::graphql::sentence(error)).into()
}

fn unavailable(message: &str) -> Problem {
    Problem::new(ProblemCode::Unavailable, Outlook::Retry, message)
}

fn died(code: Option<i32>, last_words: &str) -> Problem {
    let how = code.map_or_else(String::new, |code| format!(" with exit code {code}"));
    let words = last_words.trim();
    let message = if words.is_empty() {
        format!("The agent ended{how} without a word.")
    } else {
        format!("The agent ended{how}. Its last words: {words}")
    };
    Problem::new(ProblemCode::AgentDied, Outlook::Retry, message)
}

/// The name under which a repository is known, for whoever asks by project.
pub async fn repository_id(
    db: &Database,
    project: entity::ids::ProjectId,
) -> Result<Option<RepositoryId>, sea_orm::DbErr> {
    let row = store::resource(db.reader(), project, ResourceKind::Repository).await?;
    Ok(row.and_then(|row| row.external_id).map(RepositoryId))
}
