//! What belongs to many sessions and messages at once, with one statement each.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{
    Context,
    dataloader::{DataLoader, Loader},
};
use entity::{
    ids::{MessageId, ProjectId, SessionId},
    message, session,
};
use sea_orm::DbErr;

use super::{Message, Session};
use crate::{
    db::Database,
    graphql::{Failure, Result, context::request_loader},
    sessions::{part::Part, store},
};

/// Loads by several kinds of key; made for each request by [`SessionLoader::for_request`].
pub struct SessionLoader {
    db: Database,
}

/// The parts of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct PartsOf(pub MessageId);

/// The newest sessions of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NewestOf {
    pub project: ProjectId,
    pub limit: u64,
}

impl SessionLoader {
    pub fn for_request(db: &Database) -> DataLoader<Self> {
        request_loader::<SessionId, _>(Self { db: db.clone() })
    }
}

impl Loader<SessionId> for SessionLoader {
    type Value = session::Model;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[SessionId]) -> Result<HashMap<SessionId, session::Model>, Arc<DbErr>> {
        let rows = store::by_ids(self.db.reader(), keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<MessageId> for SessionLoader {
    type Value = message::Model;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[MessageId]) -> Result<HashMap<MessageId, message::Model>, Arc<DbErr>> {
        let rows = store::messages_by_ids(self.db.reader(), keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<NewestOf> for SessionLoader {
    type Value = Vec<session::Model>;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[NewestOf]) -> Result<HashMap<NewestOf, Vec<session::Model>>, Arc<DbErr>> {
        let mut by_limit: HashMap<u64, Vec<ProjectId>> = HashMap::new();
        for key in keys {
            by_limit.entry(key.limit).or_default().push(key.project);
        }
        let mut found = HashMap::new();
        // Aliases may ask for pages of several sizes; as a rule there is one.
        for (limit, projects) in by_limit {
            let sessions = store::newest_of(self.db.reader(), &projects, limit).await?;
            found.extend(
                sessions
                    .into_iter()
                    .map(|(project, sessions)| (NewestOf { project, limit }, sessions)),
            );
        }
        Ok(found)
    }
}

impl Loader<PartsOf> for SessionLoader {
    type Value = Vec<Part>;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[PartsOf]) -> Result<HashMap<PartsOf, Vec<Part>>, Arc<DbErr>> {
        let messages: Vec<_> = keys.iter().map(|key| key.0).collect();
        let parts = store::parts(self.db.reader(), &messages).await?;
        Ok(parts
            .into_iter()
            .map(|(message, parts)| (PartsOf(message), parts))
            .collect())
    }
}

pub(super) async fn load<K>(ctx: &Context<'_>, key: K) -> Result<Option<<SessionLoader as Loader<K>>::Value>>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    SessionLoader: Loader<K, Error = Arc<DbErr>>,
{
    let loader = ctx.data_opt::<DataLoader<SessionLoader>>();
    let loader = loader.ok_or_else(|| Failure::internal(&DbErr::Custom("no loader in this request".to_owned())))?;
    loader.load_one(key).await.map_err(|error| Failure::internal(&*error))
}

/// A session by its id; `None` when it is gone.
pub async fn load_session(ctx: &Context<'_>, id: SessionId) -> Result<Option<Session>> {
    Ok(load(ctx, id).await?.map(Session))
}

/// A message by its id; `None` when it is gone.
pub async fn load_message(ctx: &Context<'_>, id: MessageId) -> Result<Option<Message>> {
    Ok(load(ctx, id).await?.map(Message::from))
}
