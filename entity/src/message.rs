//! A prompt or an answer, without its parts.

use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::ids::{MessageId, SessionId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    pub session_id: SessionId,
    /// Its place in the session, from 1.
    pub position: i64,
    /// The agent's id for it. A prompt gets one when it is first sent; the same one is used for every further try.
    pub external_id: Option<String>,
    pub role: Role,
    /// Only a prompt is delivered.
    pub delivery: Option<Delivery>,
    /// A prompt that ends the running turn instead of waiting for its end.
    pub interrupts: bool,
    pub agent: Option<String>,
    /// `provider/model`.
    pub model: Option<String>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub usage: Option<Usage>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub fault: Option<Fault>,
    pub created_at: DateTime<Utc>,
    /// `None` while an answer is being written.
    pub completed_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum Role {
    User,
    Assistant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum Delivery {
    /// Kept here, not yet taken by the agent.
    Queued,
    /// The agent has it.
    Sent,
    /// The agent has begun to answer it.
    Consumed,
    /// The agent refused it, or it was withdrawn before it was sent.
    Failed,
    /// It was sent, and what came of it cannot be found out.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Usage {
    pub input: u64,
    pub output: u64,
    pub reasoning: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    /// US dollars.
    pub cost: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Fault {
    pub name: String,
    pub message: String,
    pub is_retryable: bool,
    pub status_code: Option<u16>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
