//! What belongs to many sessions and messages at once, with one statement each.

use std::{collections::HashMap, num::NonZeroUsize, sync::Arc};

use async_graphql::{
    Context,
    dataloader::{DataLoader, Loader},
};
use entity::{
    file_change,
    ids::{MessageId, ProjectId, SessionId},
    message, session,
};
use sea_orm::DbErr;

use super::{Message, Session};
use crate::{
    agent::Todo,
    db::Database,
    events::{
        EventLog, Kind,
        kept::{Kept, OfProject},
    },
    graphql::{Failure, Result, context::request_loader},
    sessions::{changes, part::Part, store},
};

/// Loads by several kinds of key; made for each request by [`SessionLoader::for_request`].
pub struct SessionLoader {
    db: Database,
    kept: Arc<SessionRows>,
}

/// The newest sessions of projects, kept over requests as long as they are true.
pub struct SessionRows {
    newest: Kept<NewestOf, Vec<session::Model>>,
}

const PROJECTS: NonZeroUsize = NonZeroUsize::new(2_048).expect("not zero");
/// Longer lists are read anew each time: what is kept must stay small.
const KEPT_ROWS: u64 = 4;

impl SessionRows {
    pub fn new(log: &EventLog) -> Self {
        Self {
            newest: Kept::new(log.clone(), PROJECTS),
        }
    }
}

/// The parts of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct PartsOf(pub MessageId);

/// What the agent has set itself to do in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TodosOf(pub SessionId);

/// What the turn of a prompt changed in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ChangesOf(pub MessageId);

/// The same without the diffs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ChangeCountsOf(pub MessageId);

/// A message by the agent's id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Named {
    pub session: SessionId,
    pub external: String,
}

/// The newest sessions of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct NewestOf {
    project: ProjectId,
    limit: u64,
}

impl OfProject for NewestOf {
    const CHANGED_BY: &'static [Kind] = &[Kind::SessionChanged, Kind::SessionDeleted, Kind::ProjectDeleted];

    fn project(&self) -> ProjectId {
        self.project
    }
}

impl SessionLoader {
    pub fn for_request(db: &Database, kept: &Arc<SessionRows>) -> DataLoader<Self> {
        request_loader::<SessionId, _>(Self {
            db: db.clone(),
            kept: Arc::clone(kept),
        })
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

impl Loader<Named> for SessionLoader {
    type Value = message::Model;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[Named]) -> Result<HashMap<Named, message::Model>, Arc<DbErr>> {
        let names = keys.iter().map(|key| (key.session, key.external.as_str()));
        let rows = store::messages_by_externals(self.db.reader(), names).await?;
        let named = |row: message::Model| {
            let (session, external) = (row.session_id, row.external_id.clone()?);
            Some((Named { session, external }, row))
        };
        Ok(rows.into_iter().filter_map(named).collect())
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
        let head = self.kept.newest.head();
        // Aliases may ask for pages of several sizes; as a rule there is one.
        for (limit, projects) in by_limit {
            let sessions = store::newest_of(self.db.reader(), &projects, limit).await?;
            if limit <= KEPT_ROWS {
                for project in projects {
                    let rows = sessions.get(&project).cloned().unwrap_or_default();
                    self.kept.newest.keep(head, NewestOf { project, limit }, rows);
                }
            }
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

impl Loader<TodosOf> for SessionLoader {
    type Value = Vec<Todo>;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[TodosOf]) -> Result<HashMap<TodosOf, Vec<Todo>>, Arc<DbErr>> {
        let sessions: Vec<_> = keys.iter().map(|key| key.0).collect();
        let lists = store::todos_of(self.db.reader(), &sessions).await?;
        Ok(lists
            .into_iter()
            .map(|(session, todos)| (TodosOf(session), todos))
            .collect())
    }
}

impl Loader<ChangesOf> for SessionLoader {
    type Value = Vec<file_change::Model>;
    type Error = Arc<DbErr>;

    async fn load(&self, keys: &[ChangesOf]) -> Result<HashMap<ChangesOf, Vec<file_change::Model>>, Arc<DbErr>> {
        let messages: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = changes::of_messages(self.db.reader(), &messages).await?;
        Ok(rows
            .into_iter()
            .map(|(message, rows)| (ChangesOf(message), rows))
            .collect())
    }
}

impl Loader<ChangeCountsOf> for SessionLoader {
    type Value = Vec<file_change::Model>;
    type Error = Arc<DbErr>;

    async fn load(
        &self,
        keys: &[ChangeCountsOf],
    ) -> Result<HashMap<ChangeCountsOf, Vec<file_change::Model>>, Arc<DbErr>> {
        let messages: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = changes::counts_of_messages(self.db.reader(), &messages).await?;
        Ok(rows
            .into_iter()
            .map(|(message, rows)| (ChangeCountsOf(message), rows))
            .collect())
    }
}

/// The newest sessions of a project, in the order of its pages: as they are kept, or with one statement for all projects
/// of this request.
pub(super) async fn load_newest(ctx: &Context<'_>, project: ProjectId, limit: u64) -> Result<Vec<session::Model>> {
    let key = NewestOf { project, limit };
    if let Some(kept) = loader(ctx)?.loader().kept.newest.get(&key) {
        return Ok(kept);
    }
    Ok(load(ctx, key).await?.unwrap_or_default())
}

pub(super) async fn load<K>(ctx: &Context<'_>, key: K) -> Result<Option<<SessionLoader as Loader<K>>::Value>>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    SessionLoader: Loader<K, Error = Arc<DbErr>>,
{
    let loaded = Box::pin(loader(ctx)?.load_one(key)).await;
    loaded.map_err(|error| Failure::internal(&*error))
}

fn loader<'c>(ctx: &'c Context<'_>) -> Result<&'c DataLoader<SessionLoader>> {
    ctx.data_opt::<DataLoader<SessionLoader>>()
        .ok_or_else(|| Failure::internal(&DbErr::Custom("no loader in this request".to_owned())))
}

/// A session by its id; `None` when it is gone.
pub async fn load_session(ctx: &Context<'_>, id: SessionId) -> Result<Option<Session>> {
    Ok(load(ctx, id).await?.map(Session))
}

/// A message by its id; `None` when it is gone.
pub async fn load_message(ctx: &Context<'_>, id: MessageId) -> Result<Option<Message>> {
    Ok(load(ctx, id).await?.map(Message::from))
}
