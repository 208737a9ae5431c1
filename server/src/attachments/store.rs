//! Attachments in the database.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::{
    attachment::{self, Column, Entity},
    ids::{AttachmentId, DeviceId, SessionId},
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    Select, sea_query::Expr,
};

pub async fn get(db: &impl ConnectionTrait, id: AttachmentId) -> Result<Option<attachment::Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// Those of a device that no prompt has.
fn unused(device: DeviceId) -> Select<Entity> {
    Entity::find()
        .filter(Column::SessionId.is_null())
        .filter(Column::DeviceId.eq(device))
}

pub async fn unused_like(
    db: &impl ConnectionTrait,
    device: DeviceId,
    hash: &str,
    name: &str,
) -> Result<Option<attachment::Model>, DbErr> {
    unused(device)
        .filter(Column::Hash.eq(hash))
        .filter(Column::Name.eq(name))
        .one(db)
        .await
}

/// The sizes of those of a device that no prompt has.
pub async fn unused_sizes(db: &impl ConnectionTrait, device: DeviceId) -> Result<Vec<i64>, DbErr> {
    unused(device)
        .select_only()
        .column(Column::Size)
        .into_tuple()
        .all(db)
        .await
}

pub async fn insert(db: &impl ConnectionTrait, row: attachment::Model) -> Result<attachment::Model, DbErr> {
    row.into_active_model().reset_all().insert(db).await
}

pub async fn save(db: &impl ConnectionTrait, row: attachment::Model) -> Result<attachment::Model, DbErr> {
    row.into_active_model().reset_all().update(db).await
}

/// Gives one that no prompt has to a session. Whether it was still there to be given.
pub async fn give(db: &impl ConnectionTrait, id: AttachmentId, session: SessionId) -> Result<bool, DbErr> {
    let given = Entity::update_many()
        .col_expr(Column::SessionId, Expr::value(session.0))
        .filter(Column::Id.eq(id))
        .filter(Column::SessionId.is_null())
        .exec(db)
        .await?;
    Ok(given.rows_affected == 1)
}

/// Removes those that no prompt has taken since. How many.
pub async fn remove_unused(db: &impl ConnectionTrait, since: DateTime<Utc>) -> Result<u64, DbErr> {
    let removed = Entity::delete_many()
        .filter(Column::SessionId.is_null())
        .filter(Column::UploadedAt.lt(since))
        .exec(db)
        .await?;
    Ok(removed.rows_affected)
}

pub async fn hashes(db: &impl ConnectionTrait) -> Result<HashSet<String>, DbErr> {
    let all: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Hash)
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    Ok(all.into_iter().collect())
}
