//! Something that was paired: a phone, a browser, a script.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::DeviceId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeviceId,
    pub name: String,
    /// Names of scopes, separated by spaces.
    pub scopes: String,
    pub created_at: DateTime<Utc>,
    /// To the minute.
    pub last_seen_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
