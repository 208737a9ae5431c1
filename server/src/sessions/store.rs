//! Sessions, messages and parts in the database.

use std::{cmp::Reverse, collections::HashMap};

use entity::{
    ids::{MessageId, ProjectId, SessionId},
    message::{self, Delivery, Role},
    part, project, session, todo_list,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait,
    FromQueryResult, IntoActiveModel, Iterable, JoinType, ModelTrait, Order, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
    sea_query::{Expr, OnConflict, Query},
};

use super::part::Part;
use crate::{
    agent::Todo,
    db::lock_rows_not_keys,
    events::{Payload, Tx},
};

pub async fn project(db: &impl ConnectionTrait, id: ProjectId) -> Result<Option<project::Model>, DbErr> {
    project::Entity::find_by_id(id).one(db).await
}

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

pub async fn message(db: &impl ConnectionTrait, id: MessageId) -> Result<Option<message::Model>, DbErr> {
    message::Entity::find_by_id(id).one(db).await
}

/// For a transaction that changes the message: nobody else changes it meanwhile.
pub async fn message_locked(tx: &impl ConnectionTrait, id: MessageId) -> Result<Option<message::Model>, DbErr> {
    let one = message::Entity::find_by_id(id);
    lock_rows_not_keys(one, tx).one(tx).await
}

pub async fn messages_by_ids(db: &impl ConnectionTrait, ids: &[MessageId]) -> Result<Vec<message::Model>, DbErr> {
    message::Entity::find()
        .filter(message::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await
}

pub async fn message_by_external(
    db: &impl ConnectionTrait,
    session: SessionId,
    external: &str,
) -> Result<Option<message::Model>, DbErr> {
    messages(session)
        .filter(message::Column::ExternalId.eq(external))
        .one(db)
        .await
}

/// For a transaction that changes the message: nobody else changes it meanwhile.
pub async fn message_by_external_locked(
    tx: &impl ConnectionTrait,
    session: SessionId,
    external: &str,
) -> Result<Option<message::Model>, DbErr> {
    let one = messages(session).filter(message::Column::ExternalId.eq(external));
    lock_rows_not_keys(one, tx).one(tx).await
}

/// Messages of several sessions by the agent's ids.
pub async fn messages_by_externals(
    db: &impl ConnectionTrait,
    names: impl Iterator<Item = (SessionId, &str)>,
) -> Result<Vec<message::Model>, DbErr> {
    let is_one = names.fold(Condition::any(), |any, (session, external)| {
        let columns = (message::Column::SessionId, message::Column::ExternalId);
        any.add(columns.0.eq(session).and(columns.1.eq(external)))
    });
    message::Entity::find().filter(is_one).all(db).await
}

pub fn messages(session: SessionId) -> Select<message::Entity> {
    message::Entity::find().filter(message::Column::SessionId.eq(session))
}

/// The newest messages, oldest first.
pub async fn newest(db: &impl ConnectionTrait, session: SessionId, limit: u64) -> Result<Vec<message::Model>, DbErr> {
    let mut rows = messages(session)
        .order_by_desc(message::Column::Position)
        .limit(limit)
        .all(db)
        .await?;
    rows.reverse();
    Ok(rows)
}

/// The newest messages that the agent has, or had, oldest first.
pub async fn told_messages(
    db: &impl ConnectionTrait,
    session: SessionId,
    limit: usize,
) -> Result<Vec<message::Model>, DbErr> {
    let mut rows = messages(session)
        .filter(message::Column::ExternalId.is_not_null())
        .order_by_desc(message::Column::Position)
        .limit(limit as u64)
        .all(db)
        .await?;
    rows.reverse();
    Ok(rows)
}

/// The agent's id of the first message from this place on that it has.
pub async fn first_told_from(
    db: &impl ConnectionTrait,
    session: SessionId,
    position: i64,
) -> Result<Option<String>, DbErr> {
    let row = messages(session)
        .filter(message::Column::Position.gte(position))
        .filter(message::Column::ExternalId.is_not_null())
        .order_by_asc(message::Column::Position)
        .one(db)
        .await?;
    Ok(row.and_then(|row| row.external_id))
}

/// The model that spoke last.
pub async fn last_model(db: &impl ConnectionTrait, session: SessionId) -> Result<Option<String>, DbErr> {
    let row = messages(session)
        .filter(message::Column::Role.eq(Role::Assistant))
        .filter(message::Column::Model.is_not_null())
        .order_by_desc(message::Column::Position)
        .one(db)
        .await?;
    Ok(row.and_then(|row| row.model))
}

/// Answers that were never completed.
pub async fn unfinished(db: &impl ConnectionTrait, session: SessionId) -> Result<Vec<message::Model>, DbErr> {
    messages(session)
        .filter(message::Column::Role.eq(Role::Assistant))
        .filter(message::Column::CompletedAt.is_null())
        .all(db)
        .await
}

/// Answers that are not complete, in the sessions of a project where a prompt waits.
pub async fn unfinished_before_queued(
    db: &impl ConnectionTrait,
    project: ProjectId,
) -> Result<Vec<message::Model>, DbErr> {
    let queued = prompts(db, project, Delivery::Queued).await?;
    if queued.is_empty() {
        return Ok(Vec::new());
    }
    message::Entity::find()
        .filter(message::Column::SessionId.is_in(queued.into_iter().map(|prompt| prompt.session_id)))
        .filter(message::Column::Role.eq(Role::Assistant))
        .filter(message::Column::CompletedAt.is_null())
        .all(db)
        .await
}

/// Prompts of a project that have come so far, those of one session in the order they were given.
pub async fn prompts(
    db: &impl ConnectionTrait,
    project: ProjectId,
    delivery: Delivery,
) -> Result<Vec<message::Model>, DbErr> {
    let sessions = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::ProjectId.eq(project))
        .filter(session::Column::DeletedAt.is_null());
    message::Entity::find()
        .filter(message::Column::Delivery.eq(delivery))
        .filter(message::Column::SessionId.in_subquery(sessions.into_query()))
        .order_by_asc(message::Column::SessionId)
        .order_by_asc(message::Column::Position)
        .all(db)
        .await
}

pub async fn delivered_as(
    db: &impl ConnectionTrait,
    session: SessionId,
    delivery: Delivery,
) -> Result<Vec<message::Model>, DbErr> {
    messages(session)
        .filter(message::Column::Delivery.eq(delivery))
        .all(db)
        .await
}

pub async fn insert_message(tx: &mut Tx, project: ProjectId, message: message::Model) -> Result<message::Model, DbErr> {
    let message = message.into_active_model().reset_all().insert(&**tx).await?;
    tx.emit(changed(project, &message));
    Ok(message)
}

pub async fn save_message(tx: &mut Tx, project: ProjectId, message: message::Model) -> Result<message::Model, DbErr> {
    let message = message.into_active_model().reset_all().update(&**tx).await?;
    tx.emit(changed(project, &message));
    Ok(message)
}

/// Writes down the id a prompt is sent under. Nothing that anybody sees.
pub async fn name_message(tx: &impl ConnectionTrait, message: message::Model) -> Result<message::Model, DbErr> {
    message.into_active_model().reset_all().update(tx).await
}

pub async fn remove_message(tx: &mut Tx, project: ProjectId, message: message::Model) -> Result<(), DbErr> {
    tx.emit(changed(project, &message));
    message.delete(&**tx).await.map(|_| ())
}

fn changed(project: ProjectId, message: &message::Model) -> Payload {
    Payload::MessageChanged {
        message: message.id,
        session: message.session_id,
        project,
    }
}

/// The parts of these messages, in the order they were begun.
pub async fn parts(db: &impl ConnectionTrait, messages: &[MessageId]) -> Result<HashMap<MessageId, Vec<Part>>, DbErr> {
    let rows = part::Entity::find()
        .filter(part::Column::MessageId.is_in(messages.iter().copied()))
        .order_by_asc(part::Column::MessageId)
        .order_by_asc(part::Column::ExternalId)
        .all(db)
        .await?;
    let mut by_message: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        let part = serde_json::from_value(row.content).map_err(|error| DbErr::Json(error.to_string()))?;
        by_message.entry(row.message_id).or_default().push(part);
    }
    Ok(by_message)
}

pub async fn part(db: &impl ConnectionTrait, message: MessageId, id: &str) -> Result<Option<Part>, DbErr> {
    let row = part::Entity::find_by_id((message, id.to_owned())).one(db).await?;
    row.map(|row| serde_json::from_value(row.content).map_err(|error| DbErr::Json(error.to_string())))
        .transpose()
}

pub async fn put_part(tx: &impl ConnectionTrait, message: MessageId, part: &Part) -> Result<(), DbErr> {
    let row = part::Model {
        message_id: message,
        external_id: part.id.clone(),
        content: serde_json::to_value(part).map_err(|error| DbErr::Json(error.to_string()))?,
    };
    let replace = OnConflict::columns([part::Column::MessageId, part::Column::ExternalId])
        .update_column(part::Column::Content)
        .to_owned();
    let row = row.into_active_model().reset_all();
    part::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await
        .map(|_| ())
}

/// What the agent has set itself to do in a session.
pub async fn todos(db: &impl ConnectionTrait, session: SessionId) -> Result<Vec<Todo>, DbErr> {
    let mut lists = todos_of(db, &[session]).await?;
    Ok(lists.remove(&session).unwrap_or_default())
}

pub async fn todos_of(
    db: &impl ConnectionTrait,
    sessions: &[SessionId],
) -> Result<HashMap<SessionId, Vec<Todo>>, DbErr> {
    let rows = todo_list::Entity::find()
        .filter(todo_list::Column::SessionId.is_in(sessions.iter().copied()))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let todos = serde_json::from_value(row.todos).map_err(|error| DbErr::Json(error.to_string()))?;
            Ok((row.session_id, todos))
        })
        .collect()
}

pub async fn put_todos(tx: &mut Tx, session: &session::Model, todos: &[Todo]) -> Result<(), DbErr> {
    let row = todo_list::Model {
        session_id: session.id,
        todos: serde_json::to_value(todos).map_err(|error| DbErr::Json(error.to_string()))?,
    };
    let replace = OnConflict::column(todo_list::Column::SessionId)
        .update_column(todo_list::Column::Todos)
        .to_owned();
    todo_list::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(replace)
        .exec_without_returning(&**tx)
        .await?;
    tx.emit(Payload::TodosChanged {
        session: session.id,
        project: session.project_id,
    });
    Ok(())
}

pub async fn remove_part(tx: &impl ConnectionTrait, message: MessageId, id: &str) -> Result<(), DbErr> {
    part::Entity::delete_by_id((message, id.to_owned()))
        .exec(tx)
        .await
        .map(|_| ())
}

pub async fn remove_parts(tx: &impl ConnectionTrait, message: MessageId) -> Result<(), DbErr> {
    part::Entity::delete_many()
        .filter(part::Column::MessageId.eq(message))
        .exec(tx)
        .await
        .map(|_| ())
}
