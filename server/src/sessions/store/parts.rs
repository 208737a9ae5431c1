//! What messages are made of.

use std::collections::HashMap;

use entity::{ids::MessageId, part};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};

use crate::sessions::part::Part;

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
