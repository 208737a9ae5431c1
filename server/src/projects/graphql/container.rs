//! A project's container, as it was last seen; its logs and usage as they are now.

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{ids::ProjectId, project, resource::ResourceKind};

use super::loaders::{ResourcesOf, load};
use crate::{
    containers::{self, ContainerId},
    graphql::{ContextExt, Failure, Nullable, Result, nullable},
    projects::{
        Board, Projects,
        board::{Health, Sighting, State},
        trouble,
    },
    servers::graphql::HostKind,
};

const DEFAULT_LINES: i32 = 200;

pub struct Container {
    project: ProjectId,
    agent_version: Option<String>,
    sighting: Sighting,
}

impl Container {
    pub(super) fn of(ctx: &Context<'_>, project: &project::Model) -> Result<Self> {
        let sighting = ctx.service::<Board>()?.get(project.id);
        Ok(Self::new(project, sighting))
    }

    pub(super) fn new(project: &project::Model, sighting: Sighting) -> Self {
        Self {
            project: project.id,
            agent_version: project.agent_version.clone(),
            sighting,
        }
    }

    async fn id(&self, ctx: &Context<'_>) -> Result<Option<ContainerId>> {
        let resources = load(ctx, ResourcesOf(self.project)).await?.unwrap_or_default();
        let known = resources
            .into_iter()
            .find(|resource| resource.kind == ResourceKind::Container);
        Ok(known.and_then(|resource| resource.external_id).map(ContainerId))
    }
}

/// What a project's agent runs in.
#[Object]
impl Container {
    /// What runs it.
    async fn host(&self) -> HostKind {
        HostKind::Process
    }

    /// Whether it is there and runs.
    async fn state(&self) -> State {
        self.sighting.state
    }

    /// Whether the agent in it answers.
    async fn health(&self) -> Health {
        self.sighting.health
    }

    /// The image or program it runs; null when unknown.
    async fn image(&self) -> Option<&str> {
        self.sighting.image.as_deref()
    }

    /// The agent's version when it last answered; null before.
    async fn agent_version(&self) -> Option<&str> {
        self.agent_version.as_deref()
    }

    /// The port its agent listens on; null when it does not run.
    async fn port(&self) -> Option<u16> {
        self.sighting.port
    }

    /// When it was started; null when it does not run.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.sighting.started_at
    }

    /// How it ended by itself; null otherwise, and where that is not known.
    async fn exit_code(&self) -> Option<i32> {
        self.sighting.exit_code
    }

    /// What it uses now; null when it does not run, or its host does not tell.
    async fn usage(&self, ctx: &Context<'_>) -> Nullable<ContainerUsage> {
        nullable(async {
            let Some(id) = self.id(ctx).await? else { return Ok(None) };
            let usage = ctx
                .service::<Projects>()?
                .host()
                .usage(&id)
                .await
                .or_else(absent)
                .map_err(unavailable)?;
            Ok(usage.map(ContainerUsage::from))
        })
        .await
    }

    /// What it printed last, oldest first; null when there is no container.
    async fn logs(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "At most so many lines: 1 to 2,000, 200 when left out.",
            validator(minimum = 1, maximum = 2000)
        )]
        lines: Option<i32>,
    ) -> Nullable<Vec<LogLine>> {
        nullable(async {
            let Some(id) = self.id(ctx).await? else { return Ok(None) };
            let lines = usize::try_from(lines.unwrap_or(DEFAULT_LINES)).unwrap_or(1);
            let logs = ctx.service::<Projects>()?.host().logs(&id, lines).await.map(Some);
            let logs = logs.or_else(absent).map_err(unavailable)?;
            Ok(logs.map(|logs| logs.into_iter().map(LogLine::from).collect()))
        })
        .await
    }
}

/// What is gone has nothing to tell.
fn absent<T>(error: containers::HostError) -> std::result::Result<Option<T>, containers::HostError> {
    if matches!(error, containers::HostError::NotFound) {
        Ok(None)
    } else {
        Err(error)
    }
}

fn unavailable(error: containers::HostError) -> Failure {
    Failure::unavailable("container", trouble::Problem::from(error).message, None)
}

/// What a container uses.
#[derive(SimpleObject)]
pub struct ContainerUsage {
    /// Processor cores in use since the previous look: 1.0 is one core.
    cpu_cores: f64,
    /// Memory in use, in bytes.
    memory_bytes: f64,
}

impl From<containers::Usage> for ContainerUsage {
    #[expect(clippy::cast_precision_loss, reason = "exact up to 8 PiB")]
    fn from(usage: containers::Usage) -> Self {
        Self {
            cpu_cores: usage.cpu_cores,
            memory_bytes: usage.memory_bytes as f64,
        }
    }
}

/// A line of a log.
#[derive(SimpleObject)]
pub struct LogLine {
    /// When it was written; null where that is not kept.
    at: Option<DateTime<Utc>>,
    /// The line, without colours and secrets.
    text: String,
}

impl From<containers::LogLine> for LogLine {
    fn from(line: containers::LogLine) -> Self {
        Self {
            at: line.at,
            text: line.text,
        }
    }
}
