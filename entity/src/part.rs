//! A part of a message: text, a tool call, a file. Its content is kept as JSON, because agents add kinds faster than
//! servers are updated.

use sea_orm::entity::prelude::*;
use serde_json::Value;

use crate::ids::MessageId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "part")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub message_id: MessageId,
    /// The agent's id for it. Parts of one message sort by it in the order they were begun.
    #[sea_orm(primary_key, auto_increment = false)]
    pub external_id: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub content: Value,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
