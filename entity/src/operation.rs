//! What a user asked for and waits on. Kept after its project is gone, so it refers to it without a foreign key.

use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};

use crate::{
    ids::{DeviceId, OperationId, ProjectId},
    problem::Problem,
};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OperationId,
    pub project_id: ProjectId,
    pub device_id: Option<DeviceId>,
    pub kind: OperationKind,
    pub state: OperationState,
    /// The project's generation that this operation asked for.
    pub generation: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub steps: Steps,
    pub attempts: i32,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub problem: Option<Problem>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum OperationKind {
    CreateProject,
    StartProject,
    StopProject,
    RestartProject,
    SleepProject,
    WakeProject,
    DeleteProject,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::None)", rename_all = "snake_case")]
pub enum OperationState {
    Pending,
    Running,
    /// Failed in a way that may pass; it is tried again by itself.
    Waiting,
    Succeeded,
    Failed,
    Canceled,
}

impl OperationState {
    pub const OPEN: [Self; 3] = [Self::Pending, Self::Running, Self::Waiting];

    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Steps(pub Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub name: StepName,
    pub state: StepState,
    /// One line of fact: what it does now, or what came of it.
    pub detail: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepName {
    Repository,
    Container,
    Workspace,
    Stop,
    Start,
    Ready,
    RemoveContainer,
    RemoveRepository,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Pending,
    Running,
    Done,
    Failed,
    Skipped,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
