//! Sessions.

use std::{cmp::Reverse, collections::HashMap};

use entity::{
    ids::{ProjectId, SessionId},
    project, session,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait, FromQueryResult,
    IntoActiveModel, Iterable, JoinType, Order, PaginatorTrait, QueryFilter, QueryOrder, Select,
    sea_query::{Expr, Query},
};

use crate::{
    db::lock_rows_not_keys,
    events::{Payload, Tx},
};

/// A session that was not deleted.
pub async fn get(db: &impl ConnectionTrait, id: SessionId) -> Result<Option<session::Model>, DbErr> {
    living().filter(session::Column::Id.eq(id)).one(db).await
}

/// For a transaction that changes the session: nobody else changes it meanwhile.
pub async fn get_locked(tx: &impl ConnectionTrait, id: SessionId) -> Result<Option<session::Model>, DbErr> {
    let one = living().filter(session::Column::Id.eq(id));
    lock_rows_not_keys(one, tx).one(tx).await
}

fn living() -> Select<session::Entity> {
    session::Entity::find().filter(session::Column::DeletedAt.is_null())
}

pub async fn by_ids(db: &impl ConnectionTrait, ids: &[SessionId]) -> Result<Vec<session::Model>, DbErr> {
    living()
        .filter(session::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await
}

pub async fn by_external(
    db: &impl ConnectionTrait,
    project: ProjectId,
    external: &str,
) -> Result<Option<session::Model>, DbErr> {
    named(project, external).one(db).await
}

/// For a transaction that changes the session: nobody else changes it meanwhile.
pub async fn by_external_locked(
    tx: &impl ConnectionTrait,
    project: ProjectId,
    external: &str,
) -> Result<Option<session::Model>, DbErr> {
    lock_rows_not_keys(named(project, external), tx).one(tx).await
}

fn named(project: ProjectId, external: &str) -> Select<session::Entity> {
    session::Entity::find()
        .filter(session::Column::ProjectId.eq(project))
        .filter(session::Column::ExternalId.eq(external))
}

/// By the agent's id alone, which is as good as unique.
pub async fn by_external_anywhere(db: &impl ConnectionTrait, external: &str) -> Result<Option<session::Model>, DbErr> {
    living().filter(session::Column::ExternalId.eq(external)).one(db).await
}

/// All of a project's sessions, those still to be deleted at the agent too.
pub async fn all_of(db: &impl ConnectionTrait, project: ProjectId) -> Result<Vec<session::Model>, DbErr> {
    session::Entity::find()
        .filter(session::Column::ProjectId.eq(project))
        .all(db)
        .await
}

/// Those that were put away, or those that were not.
pub fn list(project: ProjectId, is_archived: bool) -> Select<session::Entity> {
    let archived_at = session::Column::ArchivedAt;
    living()
        .filter(session::Column::ProjectId.eq(project))
        .filter(if is_archived {
            archived_at.is_not_null()
        } else {
            archived_at.is_null()
        })
}

pub async fn count(db: &impl ConnectionTrait, project: ProjectId, is_archived: bool) -> Result<u64, DbErr> {
    list(project, is_archived).count(db).await
}

/// The newest sessions of each of these projects that were not put away, at most so many of each, in the order of
/// [`list`]'s pages. One statement, which reads no more of a project than it gives.
pub async fn newest_of(
    db: &impl ConnectionTrait,
    projects: &[ProjectId],
    limit: u64,
) -> Result<HashMap<ProjectId, Vec<session::Model>>, DbErr> {
    const PROJECT: &str = "owner";
    const SESSION: &str = "newest";
    let of_one = || {
        let mut query = Query::select();
        query
            .from(session::Entity)
            .and_where(Expr::col((session::Entity, session::Column::ProjectId)).equals((PROJECT, project::Column::Id)))
            .and_where(Expr::col((session::Entity, session::Column::DeletedAt)).is_null())
            .and_where(Expr::col((session::Entity, session::Column::ArchivedAt)).is_null())
            .order_by((session::Entity, session::Column::UpdatedAt), Order::Desc)
            .order_by((session::Entity, session::Column::Id), Order::Desc)
            .limit(limit);
        query
    };
    let mut query = Query::select();
    query
        .columns(session::Column::iter().map(|column| (SESSION, column)))
        .from_as(project::Entity, PROJECT);
    // SQLite knows no LATERAL; PostgreSQL would look at every session for each project without it.
    if db.get_database_backend() == DbBackend::Postgres {
        let mut rows = of_one();
        rows.columns(session::Column::iter());
        query.join_lateral(JoinType::InnerJoin, rows, SESSION, Expr::val(true));
    } else {
        let mut ids = of_one();
        ids.column(session::Column::Id);
        let is_one = Expr::col((SESSION, session::Column::Id)).in_subquery(ids);
        query.join_as(JoinType::InnerJoin, session::Entity, SESSION, is_one);
    }
    query.and_where(Expr::col((PROJECT, project::Column::Id)).is_in(projects.iter().copied()));
    let rows = session::Model::find_by_statement(db.get_database_backend().build(&query))
        .all(db)
        .await?;
    let mut by_project: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        by_project.entry(row.project_id).or_default().push(row);
    }
    for sessions in by_project.values_mut() {
        sessions.sort_by_key(|session| Reverse((session.updated_at, session.id)));
    }
    Ok(by_project)
}

pub async fn children(db: &impl ConnectionTrait, parent: SessionId) -> Result<Vec<session::Model>, DbErr> {
    living()
        .filter(session::Column::ParentId.eq(parent))
        .order_by_asc(session::Column::Id)
        .all(db)
        .await
}

pub async fn insert(tx: &mut Tx, session: session::Model) -> Result<session::Model, DbErr> {
    let session = session.into_active_model().reset_all().insert(&**tx).await?;
    tx.emit(Payload::SessionChanged {
        session: session.id,
        project: session.project_id,
    });
    Ok(session)
}

/// Writes a session back, but for the count of its messages, and tells of it.
pub async fn save(tx: &mut Tx, session: session::Model) -> Result<session::Model, DbErr> {
    let mut row = session.into_active_model().reset_all();
    row.last_position = sea_orm::ActiveValue::NotSet;
    let session = row.update(&**tx).await?;
    tx.emit(Payload::SessionChanged {
        session: session.id,
        project: session.project_id,
    });
    Ok(session)
}

/// Writes down that the agent was told whether a session is put away. Nothing that anybody sees.
pub async fn note_archive_told(tx: &impl ConnectionTrait, id: SessionId) -> Result<(), DbErr> {
    session::Entity::update_many()
        .col_expr(session::Column::IsArchiveUntold, Expr::value(false))
        .filter(session::Column::Id.eq(id))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Whether copies of a session are still to be made.
pub async fn is_being_forked(db: &impl ConnectionTrait, id: SessionId) -> Result<bool, DbErr> {
    let copies = living()
        .filter(session::Column::ForkedFrom.eq(id))
        .filter(session::Column::Fork.is_not_null())
        .count(db)
        .await?;
    Ok(copies > 0)
}

/// Removes a session's row with everything in it.
pub async fn remove(tx: &impl ConnectionTrait, id: SessionId) -> Result<(), DbErr> {
    session::Entity::delete_by_id(id).exec(tx).await.map(|_| ())
}

/// The next place in a session. Whoever asks holds the session until the commit.
pub async fn next_position(tx: &impl ConnectionTrait, id: SessionId) -> Result<i64, DbErr> {
    let updated = session::Entity::update_many()
        .col_expr(
            session::Column::LastPosition,
            Expr::col(session::Column::LastPosition).add(1),
        )
        .filter(session::Column::Id.eq(id))
        .exec_with_returning(tx)
        .await?;
    let session = updated.into_iter().next();
    session
        .map(|session| session.last_position)
        .ok_or_else(|| DbErr::RecordNotFound(format!("session {id}")))
}
