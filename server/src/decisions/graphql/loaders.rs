//! What belongs to many decisions and projects at once, with one statement each.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Context,
    dataloader::{DataLoader, Loader},
};
use entity::{
    decision, decision_policy, device,
    ids::{DecisionId, DeviceId, ProjectId},
};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::Decision;
use crate::{
    db::Database,
    decisions::store,
    graphql::{Failure, Result, context::request_loader},
};

/// Loads by several kinds of key; made for each request by [`DecisionLoader::for_request`].
pub struct DecisionLoader {
    db: Database,
}

impl DecisionLoader {
    pub fn for_request(db: &Database) -> DataLoader<Self> {
        request_loader::<DecisionId, _>(Self { db: db.clone() })
    }
}

impl Loader<DecisionId> for DecisionLoader {
    type Value = decision::Model;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[DecisionId]) -> Result<HashMap<DecisionId, decision::Model>, Arc<DbErr>> {
        let rows = store::by_ids(self.db.reader(), keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// The policy of a project. One that has none set is not found.
impl Loader<ProjectId> for DecisionLoader {
    type Value = decision_policy::Model;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[ProjectId]) -> Result<HashMap<ProjectId, decision_policy::Model>, Arc<DbErr>> {
        let rows = store::policies(self.db.reader(), keys).await?;
        Ok(rows.into_iter().map(|row| (row.project_id, row)).collect())
    }
}

/// Who decided.
impl Loader<DeviceId> for DecisionLoader {
    type Value = device::Model;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[DeviceId]) -> Result<HashMap<DeviceId, device::Model>, Arc<DbErr>> {
        let rows = device::Entity::find()
            .filter(device::Column::Id.is_in(keys.iter().copied()))
            .all(self.db.reader())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

pub(super) async fn load<K>(ctx: &Context<'_>, key: K) -> Result<Option<<DecisionLoader as Loader<K>>::Value>>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    DecisionLoader: Loader<K, Error = Arc<DbErr>>,
{
    let loader = ctx.data_opt::<DataLoader<DecisionLoader>>();
    let loader = loader.ok_or_else(|| Failure::internal(&DbErr::Custom("no loader in this request".to_owned())))?;
    Box::pin(loader.load_one(key))
        .await
        .map_err(|error| Failure::internal(&*error))
}

/// A decision by its id; `None` when it is gone with its session.
pub async fn load_decision(ctx: &Context<'_>, id: DecisionId) -> Result<Option<Decision>> {
    Ok(load(ctx, id).await?.map(Decision::from))
}
