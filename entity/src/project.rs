//! A project: what is wanted of it, and how far that has come.

use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ProjectId, ServerId},
    problem::Problem,
};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "project")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProjectId,
    pub name: String,
    #[sea_orm(unique)]
    pub slug: String,
    pub description: Option<String>,
    pub server_id: ServerId,
    #[sea_orm(column_type = "JsonBinary")]
    pub source: Source,
    pub desired: Desired,
    /// Grows with every change of what is wanted.
    pub generation: i64,
    /// A run of the container that must have ended before the project counts as running: how a restart is asked for.
    pub retired_run: Option<Uuid>,
    /// Whether the repository outlives the project.
    pub keep_repository: bool,
    pub status: ProjectStatus,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub problem: Option<Problem>,
    pub agent_version: Option<String>,
    /// While its agent sleeps, and until it has woken.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub sleep: Option<Sleep>,
    /// After how long without work its agent is put to sleep, where that is not left to the server. 0: never.
    pub sleep_after_seconds: Option<i32>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// An agent that was stopped because nothing is asked of it, and is started when something is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Sleep {
    pub because: SleepReason,
    pub since: DateTime<Utc>,
    /// Since when it is wanted again; `None` while it is to sleep.
    pub waking_since: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SleepReason {
    /// Nothing was asked of it for long enough.
    Idle,
    /// Another agent needed its room.
    Room,
    /// Somebody wished so.
    Asked,
}

impl Model {
    /// It is to sleep. Not while it wakes.
    pub fn is_asleep(&self) -> bool {
        self.sleep.as_ref().is_some_and(|sleep| sleep.waking_since.is_none())
    }
}

/// What the repository was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    Empty,
    Git { url: String, reference: Option<String> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum Desired {
    Running,
    Stopped,
    Deleted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum ProjectStatus {
    Creating,
    Starting,
    Running,
    Sleeping,
    Stopping,
    Stopped,
    Error,
    Deleting,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
