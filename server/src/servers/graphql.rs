//! Servers in the graph.

use std::time::Duration;

use async_graphql::{Context, Enum, Object, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use entity::{
    ids::ServerId,
    server::{HostKind as Kind, Model},
};
use futures_util::{Stream, stream};
use sea_orm::EntityTrait;

use super::{Resources, resources, store};
use crate::{
    caller::Scope,
    db::Database,
    graphql::{ContextExt, Failure, Id, Result},
};

/// What this machine lacks, found at the start of the server: a sentence each.
#[derive(Clone, Debug, Default)]
pub struct Shortcomings(pub Vec<String>);

pub struct Server(pub Model);

/// A machine that containers run on.
#[Object]
impl Server {
    /// Its global id.
    pub async fn id(&self) -> Id<ServerId> {
        Id(self.0.id)
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it is reached; null for the machine this server runs on.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// What runs containers on it.
    async fn host(&self) -> HostKind {
        self.0.host.into()
    }

    /// Whether it answers.
    async fn status(&self) -> ServerStatus {
        // It is the machine that answers this question.
        ServerStatus::Online
    }

    /// What it has and uses, at most two seconds old; null where it does not tell.
    async fn resources(&self, ctx: &Context<'_>) -> Result<Option<ServerResources>> {
        Ok(Some(ctx.service::<Resources>()?.sample().await.into()))
    }

    /// When it was last looked at.
    async fn checked_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        Ok(Some(ctx.service::<Resources>()?.sample().await.at))
    }

    /// What it lacks to do its work, such as a program that is not installed: a sentence each.
    async fn problems(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(ctx.service::<Shortcomings>()?.0.clone())
    }
}

/// What runs containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum HostKind {
    /// Processes of this server's machine.
    Process,
}

/// Whether a server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ServerStatus {
    /// It does.
    Online,
    /// It does not.
    Offline,
    /// It was not asked yet.
    Unknown,
}

/// What a server has and uses.
#[derive(SimpleObject)]
pub struct ServerResources {
    /// Processor cores in use since the sample before, and in all; null where it does not tell.
    cpu: Option<ResourceUse>,
    /// Memory in bytes; null where it does not tell.
    memory: Option<ResourceUse>,
    /// The disk that projects are kept on, in bytes; null where it does not tell.
    disk: Option<ResourceUse>,
    /// When this was sampled.
    at: DateTime<Utc>,
}

/// How much of something is in use.
#[derive(SimpleObject)]
pub struct ResourceUse {
    /// In use, in the unit given.
    used: f64,
    /// In all, in the unit given.
    total: f64,
    /// What is counted.
    unit: ResourceUnit,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ResourceUnit {
    /// Processor cores.
    Cores,
    /// Bytes.
    Bytes,
}

impl ResourceUse {
    fn new(seen: resources::Use, unit: ResourceUnit) -> Self {
        Self {
            used: seen.used,
            total: seen.total,
            unit,
        }
    }
}

impl From<resources::Sample> for ServerResources {
    fn from(sample: resources::Sample) -> Self {
        Self {
            cpu: sample.cpu.map(|cpu| ResourceUse::new(cpu, ResourceUnit::Cores)),
            memory: sample
                .memory
                .map(|memory| ResourceUse::new(memory, ResourceUnit::Bytes)),
            disk: sample.disk.map(|disk| ResourceUse::new(disk, ResourceUnit::Bytes)),
            at: sample.at,
        }
    }
}

#[derive(Default)]
pub struct ServerQuery;

#[Object]
impl ServerQuery {
    /// The machines that containers run on.
    async fn servers(&self, ctx: &Context<'_>) -> Result<Vec<Server>> {
        ctx.caller_with(Scope::Read)?;
        let servers = store::all(ctx.service::<Database>()?.reader()).await?;
        Ok(servers.into_iter().map(Server).collect())
    }
}

const PERIOD: Duration = Duration::from_secs(3);

#[derive(Default)]
pub struct ServerSubscription;

#[Subscription]
impl ServerSubscription {
    /// What a server uses: now, then every three seconds. Samples are not kept.
    async fn server_resources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which server.")] server: Id<ServerId>,
    ) -> Result<impl Stream<Item = ServerResources>> {
        ctx.caller_with(Scope::Read)?;
        let db = ctx.service::<Database>()?.reader();
        let known = entity::server::Entity::find_by_id(server.0).one(db).await?;
        known.ok_or_else(|| Failure::not_found("server"))?;
        let resources = ctx.service::<Resources>()?.clone();
        let ticks = tokio::time::interval(PERIOD);
        Ok(stream::unfold(
            (ticks, resources),
            |(mut ticks, resources)| async move {
                ticks.tick().await;
                Some((resources.sample().await.into(), (ticks, resources)))
            },
        ))
    }
}
