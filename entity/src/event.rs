//! What happened, in order. Rows are only ever added at the end and dropped from the front.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde_json::Value;

use crate::ids::{DeviceId, ProjectId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub actor: Actor,
    pub device_id: Option<DeviceId>,
    /// The project it belongs to, for filters; `None` where it belongs to none.
    pub project_id: Option<ProjectId>,
    pub kind: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub payload: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)")]
pub enum Actor {
    /// Somebody on a device.
    #[sea_orm(string_value = "device")]
    Device,
    /// The server itself: the reconciler, a sweep, retention.
    #[sea_orm(string_value = "server")]
    Server,
    /// An agent.
    #[sea_orm(string_value = "agent")]
    Agent,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
