//! What the agent of a project need not ask a person. A project without a row asks everything and waits for ever.

use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::ids::ProjectId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision_policy")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub project_id: ProjectId,
    pub mode: PolicyMode,
    #[sea_orm(column_type = "JsonBinary")]
    pub rules: Rules,
    /// How long an unanswered request waits until it is refused.
    pub wait_seconds: Option<i32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum PolicyMode {
    Ask,
    AllowReads,
    AllowEdits,
    AllowAll,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Rules(pub Vec<Rule>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Which tool it is about; all when `None`.
    pub tool: Option<String>,
    /// `*` stands for any text.
    pub pattern: String,
    pub is_allowed: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
