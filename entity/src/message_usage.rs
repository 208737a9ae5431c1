//! What an answer used. Named by the agent's id for the answer, so that it is there once, and kept when its session is
//! deleted.

use sea_orm::entity::prelude::*;

use crate::ids::{ProjectId, SessionId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "message_usage")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub external_id: String,
    /// May be gone.
    pub session_id: SessionId,
    /// When the answer was begun, in milliseconds since 1970: the databases agree on how to divide it into days.
    pub at: i64,
    pub input: i64,
    pub output: i64,
    pub reasoning: i64,
    pub cache_read: i64,
    pub cache_write: i64,
    /// US dollars.
    pub cost: Option<f64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
