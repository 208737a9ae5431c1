//! What an agent has set itself to do in a session.

use sea_orm::entity::prelude::*;
use serde_json::Value;

use crate::ids::SessionId;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "todo_list")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: SessionId,
    /// As the agent's port has them: a list in the agent's order.
    #[sea_orm(column_type = "JsonBinary")]
    pub todos: Value,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
