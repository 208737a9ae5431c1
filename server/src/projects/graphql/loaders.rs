//! What belongs to many projects at once, with one statement each.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{
    Context,
    dataloader::{DataLoader, Loader},
};
use entity::{
    ids::{ProjectId, ServerId},
    operation, project, resource, server,
};
use lru::LruCache;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::Project;
use crate::{
    db::Database,
    events::{
        EventLog, Kind,
        kept::{Kept, OfProject},
    },
    graphql::{Failure, Result, context::request_loader},
    operations,
    projects::store,
};

/// Loads by several kinds of key; made for each request by [`ProjectLoader::for_request`].
pub struct ProjectLoader {
    db: Database,
    kept: Arc<ProjectRows>,
}

/// What lists of projects show, kept over requests as long as it is true.
pub struct ProjectRows {
    projects: Kept<ProjectId, Option<project::Model>>,
    operations: Kept<OpenOperationOf, Option<operation::Model>>,
    /// Written once, before anything refers to it, and never changed.
    servers: Mutex<LruCache<ServerId, server::Model>>,
}

const PROJECTS: NonZeroUsize = NonZeroUsize::new(2_048).expect("not zero");
const SERVERS: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");

impl ProjectRows {
    pub fn new(log: &EventLog) -> Self {
        Self {
            projects: Kept::new(log.clone(), PROJECTS),
            operations: Kept::new(log.clone(), PROJECTS),
            servers: Mutex::new(LruCache::new(SERVERS)),
        }
    }
}

impl OfProject for ProjectId {
    const CHANGED_BY: &'static [Kind] = &[Kind::ProjectChanged, Kind::ProjectDeleted];

    fn project(&self) -> ProjectId {
        *self
    }
}

impl OfProject for OpenOperationOf {
    const CHANGED_BY: &'static [Kind] = &[Kind::OperationProgressed];

    fn project(&self) -> ProjectId {
        self.0
    }
}

/// The open operation of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct OpenOperationOf(pub ProjectId);

/// What a project has outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ResourcesOf(pub ProjectId);

impl ProjectLoader {
    pub fn for_request(db: &Database, kept: &Arc<ProjectRows>) -> DataLoader<Self> {
        request_loader::<ProjectId, _>(Self {
            db: db.clone(),
            kept: Arc::clone(kept),
        })
    }
}

/// What is kept of one kind of key. `None` is not known; `Some(None)` is known to be nothing.
pub(super) trait KeptBy<K>: Loader<K>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
{
    fn kept(&self, key: &K) -> Option<Option<Self::Value>>;
}

impl KeptBy<ProjectId> for ProjectLoader {
    fn kept(&self, key: &ProjectId) -> Option<Option<project::Model>> {
        self.kept.projects.get(key)
    }
}

impl KeptBy<OpenOperationOf> for ProjectLoader {
    fn kept(&self, key: &OpenOperationOf) -> Option<Option<operation::Model>> {
        self.kept.operations.get(key)
    }
}

impl KeptBy<ServerId> for ProjectLoader {
    fn kept(&self, key: &ServerId) -> Option<Option<server::Model>> {
        let mut servers = self.kept.servers.lock().unwrap_or_else(PoisonError::into_inner);
        servers.get(key).cloned().map(Some)
    }
}

/// They change without an event.
impl KeptBy<ResourcesOf> for ProjectLoader {
    fn kept(&self, _key: &ResourcesOf) -> Option<Option<Vec<resource::Model>>> {
        None
    }
}

impl Loader<ProjectId> for ProjectLoader {
    type Value = project::Model;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[ProjectId]) -> Result<HashMap<ProjectId, project::Model>, Arc<DbErr>> {
        let head = self.kept.projects.head();
        let rows = store::by_ids(self.db.reader(), keys).await?;
        let found: HashMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
        for key in keys {
            self.kept.projects.keep(head, *key, found.get(key).cloned());
        }
        Ok(found)
    }
}

impl Loader<ServerId> for ProjectLoader {
    type Value = server::Model;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[ServerId]) -> Result<HashMap<ServerId, server::Model>, Arc<DbErr>> {
        let rows = server::Entity::find()
            .filter(server::Column::Id.is_in(keys.iter().copied()))
            .all(self.db.reader())
            .await?;
        let mut kept = self.kept.servers.lock().unwrap_or_else(PoisonError::into_inner);
        for row in &rows {
            kept.put(row.id, row.clone());
        }
        drop(kept);
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<OpenOperationOf> for ProjectLoader {
    type Value = operation::Model;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[OpenOperationOf]) -> Result<HashMap<OpenOperationOf, operation::Model>, Arc<DbErr>> {
        let projects: Vec<_> = keys.iter().map(|key| key.0).collect();
        let head = self.kept.operations.head();
        let rows = operations::store::open_of(self.db.reader(), &projects).await?;
        let found: HashMap<_, _> = rows
            .into_iter()
            .map(|row| (OpenOperationOf(row.project_id), row))
            .collect();
        for key in keys {
            self.kept.operations.keep(head, *key, found.get(key).cloned());
        }
        Ok(found)
    }
}

impl Loader<ResourcesOf> for ProjectLoader {
    type Value = Vec<resource::Model>;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[ResourcesOf]) -> Result<HashMap<ResourcesOf, Vec<resource::Model>>, Arc<DbErr>> {
        let rows = resource::Entity::find()
            .filter(resource::Column::ProjectId.is_in(keys.iter().map(|key| key.0)))
            .all(self.db.reader())
            .await?;
        let mut by_project: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            by_project.entry(ResourcesOf(row.project_id)).or_default().push(row);
        }
        Ok(by_project)
    }
}

/// One thing by its key: as it is kept, or together with what others of this request ask for at the same time.
pub(super) async fn load<K>(ctx: &Context<'_>, key: K) -> Result<Option<<ProjectLoader as Loader<K>>::Value>>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    ProjectLoader: Loader<K, Error = Arc<DbErr>> + KeptBy<K>,
{
    let loader = loader(ctx)?;
    match loader.loader().kept(&key) {
        Some(kept) => Ok(kept),
        None => Box::pin(loader.load_one(key))
            .await
            .map_err(|error| Failure::internal(&*error)),
    }
}

/// Projects by their ids, those that are not kept with one statement. Those that are gone are missing.
pub(super) async fn load_projects(
    ctx: &Context<'_>,
    ids: impl Iterator<Item = ProjectId>,
) -> Result<HashMap<ProjectId, project::Model>> {
    let loader = loader(ctx)?.loader();
    let (mut found, mut missing) = (HashMap::new(), Vec::new());
    for id in ids {
        match loader.kept(&id) {
            Some(kept) => found.extend(kept.map(|row| (id, row))),
            None => missing.push(id),
        }
    }
    if !missing.is_empty() {
        let read = loader.load(&missing).await;
        found.extend(read.map_err(|error| Failure::internal(&*error))?);
    }
    Ok(found)
}

fn loader<'c>(ctx: &'c Context<'_>) -> Result<&'c DataLoader<ProjectLoader>> {
    ctx.data_opt::<DataLoader<ProjectLoader>>()
        .ok_or_else(|| Failure::internal(&DbErr::Custom("no loader in this request".to_owned())))
}

/// A project by its id; `None` when it is gone.
pub async fn load_project(ctx: &Context<'_>, id: ProjectId) -> Result<Option<Project>> {
    Ok(load(ctx, id).await?.map(Project))
}
