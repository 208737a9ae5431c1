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
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
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
