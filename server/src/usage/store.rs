//! What answers used, in the database.

use chrono::{DateTime, Utc};
use entity::{
    ids::{ProjectId, SessionId},
    message,
    message_usage::{Column, Entity, Model},
    session,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
    sea_query::{CommonTableExpression, Expr, OnConflict, Query, UnionType, WithClause},
};

/// Milliseconds.
pub const DAY: i64 = 86_400_000;

/// A sum over answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, FromQueryResult)]
pub struct Sum {
    pub answers: i64,
    pub input: i64,
    pub output: i64,
    pub reasoning: i64,
    pub cache_read: i64,
    pub cache_write: i64,
    /// `None` when no answer's is known.
    pub cost: Option<f64>,
}

/// The sum of one key.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Of<K: sea_orm::TryGetable> {
    pub key: K,
    #[sea_orm(nested)]
    pub sum: Sum,
}

/// Notes what an answer used; told of again, the last word counts.
pub async fn put(
    tx: &impl ConnectionTrait,
    (project, session): (ProjectId, SessionId),
    answer: &str,
    at: DateTime<Utc>,
    usage: message::Usage,
) -> Result<(), DbErr> {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let row = Model {
        project_id: project,
        external_id: answer.to_owned(),
        session_id: session,
        at: at.timestamp_millis(),
        input: whole(usage.input),
        output: whole(usage.output),
        reasoning: whole(usage.reasoning),
        cache_read: whole(usage.cache_read),
        cache_write: whole(usage.cache_write),
        cost: usage.cost.filter(|cost| cost.is_finite()),
    };
    let replace = OnConflict::columns([Column::ProjectId, Column::ExternalId])
        .update_columns([
            Column::Input,
            Column::Output,
            Column::Reasoning,
            Column::CacheRead,
            Column::CacheWrite,
            Column::Cost,
        ])
        .to_owned();
    Entity::insert(row.into_active_model().reset_all())
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await
        .map(|_| ())
}

/// Of each of these projects, since a moment in milliseconds.
pub async fn of_projects(
    db: &impl ConnectionTrait,
    projects: &[ProjectId],
    since: i64,
) -> Result<Vec<Of<ProjectId>>, DbErr> {
    let rows = sums(Expr::col(Column::ProjectId))
        .filter(Column::ProjectId.is_in(projects.iter().copied()))
        .filter(Column::At.gte(since));
    rows.into_model().all(db).await
}

/// Of each of these sessions, with what was used by its sub-agents and by theirs.
pub async fn of_sessions(db: &impl ConnectionTrait, sessions: &[SessionId]) -> Result<Vec<Of<SessionId>>, DbErr> {
    const FAMILY: &str = "family";
    let sub_agents = Query::select()
        .column((FAMILY, "head"))
        .column((session::Entity, session::Column::Id))
        .from(session::Entity)
        .inner_join(FAMILY, Expr::col((FAMILY, "member")).equals(session::Column::ParentId))
        .to_owned();
    let family = Query::select()
        .expr_as(Expr::col(session::Column::Id), "head")
        .expr_as(Expr::col(session::Column::Id), "member")
        .from(session::Entity)
        .and_where(session::Column::Id.is_in(sessions.iter().copied()))
        .union(UnionType::All, sub_agents)
        .to_owned();
    let family = CommonTableExpression::new()
        .query(family)
        .columns(["head", "member"])
        .table_name(FAMILY)
        .to_owned();
    let sums = sums(Expr::col((FAMILY, "head")))
        .into_query()
        .inner_join(FAMILY, Expr::col((FAMILY, "member")).equals(Column::SessionId))
        .to_owned();
    let query = sums.with(WithClause::new().recursive(true).cte(family).to_owned());
    let rows = db.query_all(&query).await?;
    rows.iter().map(|row| Of::from_query_result(row, "")).collect()
}

/// Of each day on which a project used something, by days since 1970, the oldest first. `offset` are the milliseconds that
/// the day begins before that of UTC.
pub async fn by_day(
    db: &impl ConnectionTrait,
    project: ProjectId,
    since: i64,
    offset: i64,
) -> Result<Vec<Of<i64>>, DbErr> {
    // Written out: PostgreSQL takes two parameters for two things, whatever their values are.
    let day = Expr::cust(format!("(at + {offset}) / {DAY}"));
    let rows = sums(day.clone())
        .filter(Column::ProjectId.eq(project))
        .filter(Column::At.gte(since))
        .order_by_asc(day);
    rows.into_model().all(db).await
}

fn sums(key: Expr) -> Select<Entity> {
    // PostgreSQL makes a sum of whole numbers one of unlimited length.
    let sum = |column: Column| column.sum().cast_as("BIGINT");
    Entity::find()
        .select_only()
        .column_as(key.clone(), "key")
        .column_as(Expr::col(Column::At).count(), "answers")
        .column_as(sum(Column::Input), "input")
        .column_as(sum(Column::Output), "output")
        .column_as(sum(Column::Reasoning), "reasoning")
        .column_as(sum(Column::CacheRead), "cache_read")
        .column_as(sum(Column::CacheWrite), "cache_write")
        .column_as(Column::Cost.sum(), "cost")
        .group_by(key)
}
