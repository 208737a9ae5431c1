//! Who we are to the outside: the label on everything this installation makes. One row, made with the database.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

use crate::ids::InstallationId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "installation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InstallationId,
    pub created_at: DateTime<Utc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
