//! What a project has outside the database: at most one of each kind.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::ProjectId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resource")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: ResourceKind,
    /// The other side's name for it; `None` until its creation was seen.
    pub external_id: Option<String>,
    /// Set before a creation is asked for and cleared when its outcome was seen. Until this time a creation whose
    /// answer was lost may still take effect, so no second one is asked for.
    pub intent_until: Option<DateTime<Utc>>,
    /// For a container: the run last seen.
    pub run: Option<Uuid>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum ResourceKind {
    Repository,
    Container,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
