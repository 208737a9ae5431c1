//! A conversation with a project's agent.

use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::ids::{ProjectId, SessionId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    pub project_id: ProjectId,
    /// The agent's id for it; `None` until the agent has made it.
    pub external_id: Option<String>,
    /// For a sub-agent: the session that started it.
    pub parent_id: Option<SessionId>,
    pub title: String,
    /// The title was given by a person and is kept over the agent's own.
    pub is_titled: bool,
    pub status: SessionStatus,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub activity: Option<Activity>,
    /// The newest message's position; 0 without messages.
    pub last_position: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Deleted here, and still to be deleted at the agent.
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum SessionStatus {
    Idle,
    Busy,
    Retrying,
    Interrupted,
}

/// What the running turn does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Activity {
    /// One line for people.
    pub line: String,
    pub since: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
