//! Prompts and answers.

use entity::{
    ids::{MessageId, ProjectId, SessionId},
    message::{self, Delivery, Role},
    session,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel,
    ModelTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use crate::{
    db::lock_rows_not_keys,
    events::{Payload, Tx},
};

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

/// Whether a prompt is on its way to the agent, or there and not being answered yet.
pub async fn is_under_way(db: &impl ConnectionTrait, session: SessionId) -> Result<bool, DbErr> {
    let is_sent = Condition::any().add(message::Column::Delivery.eq(Delivery::Sent)).add(
        Condition::all()
            .add(message::Column::Delivery.eq(Delivery::Queued))
            .add(message::Column::ExternalId.is_not_null()),
    );
    Ok(messages(session).filter(is_sent).count(db).await? > 0)
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
