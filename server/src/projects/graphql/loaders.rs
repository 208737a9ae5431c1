//! What belongs to many projects at once, with one statement each.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Context,
    dataloader::{DataLoader, Loader},
};
use entity::{
    ids::{ProjectId, ServerId},
    operation, project, resource, server,
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::Project;
use crate::{
    db::Database,
    graphql::{Failure, Result, context::request_loader},
    operations,
    projects::store,
};

/// Loads by several kinds of key; made for each request by [`ProjectLoader::for_request`].
pub struct ProjectLoader {
    db: Database,
}

/// The open operation of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct OpenOperationOf(pub ProjectId);

/// What a project has outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ResourcesOf(pub ProjectId);

impl ProjectLoader {
    pub fn for_request(db: &Database) -> DataLoader<Self> {
        request_loader::<ProjectId, _>(Self { db: db.clone() })
    }
}

impl Loader<ProjectId> for ProjectLoader {
    type Value = project::Model;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[ProjectId]) -> Result<HashMap<ProjectId, project::Model>, Arc<DbErr>> {
        let rows = store::by_ids(self.db.reader(), keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
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
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<OpenOperationOf> for ProjectLoader {
    type Value = operation::Model;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[OpenOperationOf]) -> Result<HashMap<OpenOperationOf, operation::Model>, Arc<DbErr>> {
        let projects: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = operations::store::open_of(self.db.reader(), &projects).await?;
        Ok(rows
            .into_iter()
            .map(|row| (OpenOperationOf(row.project_id), row))
            .collect())
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

/// One thing by its key, together with what others of this request ask for at the same time.
pub(super) async fn load<K>(ctx: &Context<'_>, key: K) -> Result<Option<<ProjectLoader as Loader<K>>::Value>>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    ProjectLoader: Loader<K, Error = Arc<DbErr>>,
{
    let loader = ctx.data_opt::<DataLoader<ProjectLoader>>();
    let loader = loader.ok_or_else(|| Failure::internal(&DbErr::Custom("no loader in this request".to_owned())))?;
    loader.load_one(key).await.map_err(|error| Failure::internal(&*error))
}

/// A project by its id; `None` when it is gone.
pub async fn load_project(ctx: &Context<'_>, id: ProjectId) -> Result<Option<Project>> {
    Ok(load(ctx, id).await?.map(Project))
}
