//! Reading sessions.

use async_graphql::{
    Context, Object, SimpleObject,
    connection::{Connection, OpaqueCursor},
};
use chrono::{DateTime, Utc};
use entity::{
    ids::{ProjectId, SessionId},
    session,
};
use uuid::Uuid;

use super::{Session, load_session, loaders::load_newest};
use crate::{
    caller::Scope,
    db::Database,
    graphql::{ContextExt, Id, PageArguments, Result},
    sessions::store,
};

/// What else a list of sessions says.
#[derive(SimpleObject)]
pub struct SessionConnectionFields {
    /// How many there are in all; counted only when asked for.
    total_count: i32,
}

pub type SessionConnection = Connection<OpaqueCursor<(DateTime<Utc>, Uuid)>, Session, SessionConnectionFields>;

/// A project's sessions, those that were put away or the others, the one that changed last first.
pub async fn of_project(
    ctx: &Context<'_>,
    project: ProjectId,
    is_archived: bool,
    page: PageArguments,
) -> Result<SessionConnection> {
    let db = ctx.service::<Database>()?.reader();
    let page = page.check::<(DateTime<Utc>, Uuid)>()?;
    let rows = if page.is_first() && !is_archived {
        // What a list of projects asks for: with one statement for all of them.
        page.of(load_newest(ctx, project, page.asked()).await?)
    } else {
        let mut list = store::list(project, is_archived).cursor_by((session::Column::UpdatedAt, session::Column::Id));
        list.desc();
        Box::pin(page.read(list, db)).await?
    };
    let total_count = if ctx.look_ahead().field("totalCount").exists() {
        i32::try_from(Box::pin(store::count(db, project, is_archived)).await?).unwrap_or(i32::MAX)
    } else {
        0
    };
    let key = |row: &session::Model| (row.updated_at, row.id.0);
    Ok(rows.connection(SessionConnectionFields { total_count }, key, Session))
}

#[derive(Default)]
pub struct SessionQuery;

#[Object]
impl SessionQuery {
    /// One session; null when there is none.
    async fn session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: Id<SessionId>,
    ) -> Result<Option<Session>> {
        ctx.caller_with(Scope::Read)?;
        load_session(ctx, id.0).await
    }
}
