//! What a worker must look at, and who is doing so. One row a project.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::ProjectId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "work")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    pub due_at: DateTime<Utc>,
    /// Grows with each demand to look. A worker that finds it grown while it worked looks again.
    pub demands: i64,
    /// Failed looks since the last good one.
    pub attempts: i32,
    pub lease_owner: Option<Uuid>,
    pub lease_until: Option<DateTime<Utc>>,
    /// Grows with each lease. A write that carries an older number comes from a worker that lost its lease.
    pub fence: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
