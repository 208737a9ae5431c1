//! Decisions and policies in the database.

use chrono::{DateTime, Utc};
use entity::{
    decision::{self, Answer, AnswerDelivery, Column, DecisionState, Entity, Model, WithdrawnBecause},
    decision_policy,
    ids::{DecisionId, DeviceId, ProjectId, SessionId},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{IntoCondition, OnConflict},
};
use uuid::Uuid;

use crate::events::{Payload, Tx};

pub async fn get(db: &impl ConnectionTrait, id: DecisionId) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(db).await
}

pub async fn by_ids(db: &impl ConnectionTrait, ids: &[DecisionId]) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await
}

pub async fn by_external(
    db: &impl ConnectionTrait,
    project: ProjectId,
    external: &str,
) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::ProjectId.eq(project))
        .filter(Column::ExternalId.eq(external))
        .one(db)
        .await
}

/// Which decisions a list is of.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    Everything,
    Project(ProjectId),
    /// Those of a session and of the sub-agents below it.
    Session(SessionId),
}

pub fn list(of: Of, state: Option<DecisionState>) -> Select<Entity> {
    let mut list = Entity::find();
    list = match of {
        Of::Everything => list,
        Of::Project(project) => list.filter(Column::ProjectId.eq(project)),
        Of::Session(session) => list.filter(in_session(session)),
    };
    match state {
        Some(state) => list.filter(Column::State.eq(state)),
        None => list,
    }
}

fn in_session(session: SessionId) -> Condition {
    Condition::any()
        .add(Column::SessionId.eq(session))
        .add(Column::RootSessionId.eq(session))
}

pub async fn count(db: &impl ConnectionTrait, of: Of, state: Option<DecisionState>) -> Result<u64, DbErr> {
    list(of, state).count(db).await
}

/// What waits for a person, the longest waiting first.
pub async fn pending(db: &impl ConnectionTrait, project: ProjectId) -> Result<Vec<Model>, DbErr> {
    list(Of::Project(project), Some(DecisionState::Pending))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(db)
        .await
}

/// Answers that the agent does not have yet, in the order they were given.
pub async fn undelivered(db: &impl ConnectionTrait, project: ProjectId) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Delivery.eq(AnswerDelivery::Queued))
        .filter(Column::ProjectId.eq(project))
        .order_by_asc(Column::DecidedAt)
        .all(db)
        .await
}

/// What nobody answered in time.
pub async fn overdue(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: u64) -> Result<Vec<Model>, DbErr> {
    list(Of::Everything, Some(DecisionState::Pending))
        .filter(Column::ExpiresAt.lte(now))
        .order_by_asc(Column::ExpiresAt)
        .limit(limit)
        .all(db)
        .await
}

pub async fn next_expiry(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>, DbErr> {
    let next = list(Of::Everything, Some(DecisionState::Pending))
        .filter(Column::ExpiresAt.is_not_null())
        .order_by_asc(Column::ExpiresAt)
        .one(db)
        .await?;
    Ok(next.and_then(|row| row.expires_at))
}

/// Keeps a request, or one that was decided before anybody was asked, and tells of it.
pub async fn insert(tx: &mut Tx, row: Model) -> Result<Model, DbErr> {
    let row = row.into_active_model().reset_all().insert(&**tx).await?;
    tx.emit(if row.state == DecisionState::Pending {
        Payload::DecisionRequested {
            decision: row.id,
            project: row.project_id,
        }
    } else {
        closed(&row)
    });
    Ok(row)
}

fn closed(row: &Model) -> Payload {
    Payload::DecisionClosed {
        decision: row.id,
        project: row.project_id,
    }
}

/// Closes a decision with an answer that the agent is to get, if it is still open; `None` when somebody was first.
pub async fn close(
    tx: &mut Tx,
    id: DecisionId,
    state: DecisionState,
    answer: Answer,
    by: Option<DeviceId>,
    at: DateTime<Utc>,
) -> Result<Option<Model>, DbErr> {
    let change = decision::ActiveModel {
        state: Set(state),
        answer: Set(Some(answer)),
        decided_by: Set(by),
        decided_at: Set(Some(at)),
        delivery: Set(Some(AnswerDelivery::Queued)),
        ..Default::default()
    };
    let updated = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(DecisionState::Pending))
        .exec_with_returning(&**tx)
        .await?;
    let row = updated.into_iter().next();
    if let Some(row) = &row {
        tx.emit(closed(row));
    }
    Ok(row)
}

/// Withdraws what is still open of these, and tells of it. An answer that nobody has sent yet is open as well; one that
/// the agent may have got is not.
pub async fn withdraw(
    tx: &mut Tx,
    which: impl IntoCondition,
    because: WithdrawnBecause,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let unsent = Column::Delivery
        .eq(AnswerDelivery::Queued)
        .and(Column::IsTried.eq(false));
    let open = Condition::any()
        .add(Column::State.eq(DecisionState::Pending))
        .add(unsent);
    withdraw_all(tx, Condition::all().add(open).add(which.into_condition()), because, at).await
}

/// Withdraws those whose answer, sent or not, has nobody left to go to.
pub async fn withdraw_undelivered(
    tx: &mut Tx,
    which: impl IntoCondition,
    because: WithdrawnBecause,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let open = Condition::any()
        .add(Column::State.eq(DecisionState::Pending))
        .add(Column::Delivery.eq(AnswerDelivery::Queued));
    withdraw_all(tx, Condition::all().add(open).add(which.into_condition()), because, at).await
}

async fn withdraw_all(
    tx: &mut Tx,
    which: Condition,
    because: WithdrawnBecause,
    at: DateTime<Utc>,
) -> Result<(), DbErr> {
    let change = decision::ActiveModel {
        state: Set(DecisionState::Withdrawn),
        withdrawn_because: Set(Some(because)),
        decided_at: Set(Some(at)),
        delivery: Set(None),
        ..Default::default()
    };
    let updated = Entity::update_many()
        .set(change)
        .filter(which)
        .exec_with_returning(&**tx)
        .await?;
    for row in &updated {
        tx.emit(closed(row));
    }
    Ok(())
}

pub fn one(id: DecisionId) -> impl IntoCondition {
    Column::Id.eq(id)
}

/// Those that a session itself asks.
pub fn asked_in(session: SessionId) -> impl IntoCondition {
    Column::SessionId.eq(session)
}

/// Those of a session and of the sub-agents below it.
pub fn below(session: SessionId) -> impl IntoCondition {
    in_session(session)
}

pub fn of_run(project: ProjectId, run: Uuid) -> impl IntoCondition {
    Column::ProjectId.eq(project).and(Column::AgentRun.eq(run))
}

pub fn of_other_runs(project: ProjectId, run: Uuid) -> impl IntoCondition {
    Column::ProjectId.eq(project).and(Column::AgentRun.ne(run))
}

pub fn of_projects(projects: &[ProjectId]) -> impl IntoCondition + use<> {
    Column::ProjectId.is_in(projects.iter().copied())
}

/// An answer is about to be sent. `false` when it is not to be sent any more.
pub async fn note_tried(db: &impl ConnectionTrait, id: DecisionId) -> Result<bool, DbErr> {
    let change = decision::ActiveModel {
        is_tried: Set(true),
        ..Default::default()
    };
    let updated = Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(id))
        .filter(Column::Delivery.eq(AnswerDelivery::Queued))
        .exec(db)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// The agent has the answer. Nothing that anybody sees.
pub async fn delivered(db: &impl ConnectionTrait, id: DecisionId) -> Result<(), DbErr> {
    let change = decision::ActiveModel {
        delivery: Set(Some(AnswerDelivery::Done)),
        ..Default::default()
    };
    Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(id))
        .filter(Column::Delivery.eq(AnswerDelivery::Queued))
        .exec(db)
        .await
        .map(|_| ())
}

/// Projects that wait for a decision though their agent does not run.
pub async fn projects_at_rest(db: &impl ConnectionTrait) -> Result<Vec<ProjectId>, DbErr> {
    use entity::project::{self, ProjectStatus};
    let open = Condition::any()
        .add(Column::State.eq(DecisionState::Pending))
        .add(Column::Delivery.eq(AnswerDelivery::Queued));
    let projects: Vec<ProjectId> = Entity::find()
        .select_only()
        .column(Column::ProjectId)
        .distinct()
        .filter(open)
        .into_tuple()
        .all(db)
        .await?;
    if projects.is_empty() {
        return Ok(projects);
    }
    let resting = project::Entity::find()
        .filter(project::Column::Id.is_in(projects))
        .filter(project::Column::Status.is_in([ProjectStatus::Stopped, ProjectStatus::Sleeping]))
        .all(db)
        .await?;
    Ok(resting.into_iter().map(|project| project.id).collect())
}

pub async fn policies(db: &impl ConnectionTrait, projects: &[ProjectId]) -> Result<Vec<decision_policy::Model>, DbErr> {
    decision_policy::Entity::find()
        .filter(decision_policy::Column::ProjectId.is_in(projects.iter().copied()))
        .all(db)
        .await
}

pub async fn policy(db: &impl ConnectionTrait, project: ProjectId) -> Result<decision_policy::Model, DbErr> {
    let row = decision_policy::Entity::find_by_id(project).one(db).await?;
    Ok(row.unwrap_or_else(|| default_policy(project)))
}

/// Without a word of a person, everything is asked, and waits for as long as its agent runs.
pub fn default_policy(project: ProjectId) -> decision_policy::Model {
    decision_policy::Model {
        project_id: project,
        mode: decision_policy::PolicyMode::Ask,
        rules: decision_policy::Rules::default(),
        wait_seconds: None,
    }
}

pub async fn put_policy(tx: &mut Tx, policy: decision_policy::Model) -> Result<(), DbErr> {
    use decision_policy::Column;
    let project = policy.project_id;
    let replace = OnConflict::column(Column::ProjectId)
        .update_columns([Column::Mode, Column::Rules, Column::WaitSeconds])
        .to_owned();
    decision_policy::Entity::insert(policy.into_active_model().reset_all())
        .on_conflict(replace)
        .exec_without_returning(&**tx)
        .await?;
    tx.emit(Payload::ProjectChanged { project });
    Ok(())
}

pub async fn set_expiry(
    tx: &impl ConnectionTrait,
    id: DecisionId,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    let change = decision::ActiveModel {
        expires_at: Set(expires_at),
        ..Default::default()
    };
    Entity::update_many()
        .set(change)
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await
        .map(|_| ())
}
