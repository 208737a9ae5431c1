//! Operations in the database.

use chrono::{DateTime, Utc};
use entity::{
    ids::{DeviceId, OperationId, ProjectId},
    operation::{ActiveModel, Column, Entity, Model, OperationKind, OperationState, Steps},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    Select,
};

use super::steps;
use crate::events::{Payload, Tx};

/// What an operation begins with.
#[derive(Clone, Debug)]
pub struct New {
    pub project: ProjectId,
    pub device: Option<DeviceId>,
    pub kind: OperationKind,
    pub generation: i64,
    pub steps: Steps,
    pub at: DateTime<Utc>,
}

/// Begins an operation and ends the project's open one as cancelled: something else is wanted now.
pub async fn begin(tx: &mut Tx, new: New) -> Result<Model, DbErr> {
    for before in open_of(&**tx, &[new.project]).await? {
        end(tx, before, OperationState::Canceled, new.at).await?;
    }
    let row = ActiveModel {
        id: Set(OperationId::generate()),
        project_id: Set(new.project),
        device_id: Set(new.device),
        kind: Set(new.kind),
        state: Set(OperationState::Pending),
        generation: Set(new.generation),
        steps: Set(new.steps),
        attempts: Set(0),
        problem: Set(None),
        created_at: Set(new.at),
        started_at: Set(None),
        finished_at: Set(None),
    };
    let operation = row.insert(&**tx).await?;
    tx.emit(Payload::OperationProgressed {
        operation: operation.id,
        project: operation.project_id,
    });
    Ok(operation)
}

/// Writes an operation back and tells of it.
pub async fn save(tx: &mut Tx, operation: Model) -> Result<Model, DbErr> {
    let operation = operation.into_active_model().reset_all().update(&**tx).await?;
    tx.emit(Payload::OperationProgressed {
        operation: operation.id,
        project: operation.project_id,
    });
    Ok(operation)
}

/// Gives an operation its end.
pub async fn end(tx: &mut Tx, mut operation: Model, state: OperationState, at: DateTime<Utc>) -> Result<Model, DbErr> {
    steps::close(&mut operation.steps, at);
    operation.state = state;
    operation.finished_at = Some(at);
    if state == OperationState::Succeeded {
        operation.problem = None;
    }
    save(tx, operation).await
}

pub async fn get(db: &impl ConnectionTrait, id: OperationId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

/// The open operations of these projects.
pub async fn open_of(db: &impl ConnectionTrait, projects: &[ProjectId]) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::ProjectId.is_in(projects.iter().copied()))
        .filter(Column::State.is_in(OperationState::OPEN))
        .all(db)
        .await
}

/// Of one project or of all, in these states or in any.
pub fn list(project: Option<ProjectId>, states: Option<&[OperationState]>) -> Select<Entity> {
    let mut query = Entity::find();
    if let Some(project) = project {
        query = query.filter(Column::ProjectId.eq(project));
    }
    if let Some(states) = states {
        query = query.filter(Column::State.is_in(states.iter().copied()));
    }
    query
}
