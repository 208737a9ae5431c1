//! Who works on a project. One worker at a time, and one that was too slow cannot spoil the work of the next.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{
    ids::ProjectId,
    project::{self, ProjectStatus},
    work::{ActiveModel, Column, Entity},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, LockBehavior, LockType, OnConflict, Query},
};
use uuid::Uuid;

use crate::{
    crash_point,
    db::Database,
    failpoints::{self, is_broken},
};

/// How long a lease holds unless it is renewed.
const TERM: Duration = Duration::from_secs(30);

pub fn term() -> Duration {
    failpoints::duration("lease.term", TERM)
}

/// The right to work on one project.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    pub project: ProjectId,
    pub attempts: i32,
    /// Of all leases of this project, the highest number is the one that counts.
    pub fence: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    #[error("another worker has taken over")]
    Lost,
    #[error("the database failed")]
    Database(#[from] DbErr),
}

/// When a lease ends, what comes of the work.
#[derive(Clone, Copy, Debug)]
pub struct Outlook {
    pub due_at: DateTime<Utc>,
    pub attempts: i32,
    /// The demands that this work has answered. A newer one makes it due at once.
    pub demands: i64,
}

/// Asks for a look at a project, in the transaction that gives the reason. Failed attempts are forgotten.
pub async fn demand(tx: &impl ConnectionTrait, project: ProjectId, now: DateTime<Utc>) -> Result<(), DbErr> {
    let row = ActiveModel {
        project_id: Set(project),
        due_at: Set(now),
        demands: Set(1),
        attempts: Set(0),
        lease_owner: Set(None),
        lease_until: Set(None),
        fence: Set(0),
    };
    let again = OnConflict::column(Column::ProjectId)
        .value(Column::DueAt, now)
        .value(Column::Attempts, 0)
        .value(Column::Demands, Expr::col((Entity, Column::Demands)).add(1))
        .to_owned();
    Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(tx)
        .await
        .map(|_| ())
}

/// Asks for a look without a user's wish: failed attempts stay counted.
pub async fn demand_again(tx: &impl ConnectionTrait, project: ProjectId, now: DateTime<Utc>) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(now))
        .col_expr(Column::Demands, Expr::col(Column::Demands).add(1))
        .filter(Column::ProjectId.eq(project))
        .exec(tx)
        .await
        .map(|_| ())
}

/// Takes the project that has waited longest, if one is due.
pub async fn claim(db: &Database, owner: Uuid, now: DateTime<Utc>) -> Result<Option<Lease>, DbErr> {
    // A look with a reader first: most of the time nothing is due, and nothing has to be locked to know that.
    if due(now).one(db.reader()).await?.is_none() {
        return Ok(None);
    }
    let tx = db.begin().await?;
    let mut query = due(now);
    if tx.get_database_backend() == DbBackend::Postgres {
        query = query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    let Some(work) = query.one(&tx).await? else {
        return Ok(None);
    };
    let fence = work.fence + 1;
    Entity::update_many()
        .col_expr(Column::LeaseOwner, Expr::value(owner))
        .col_expr(Column::LeaseUntil, Expr::value(now + term()))
        .col_expr(Column::Fence, Expr::value(fence))
        .filter(Column::ProjectId.eq(work.project_id))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    crash_point!("lease.claimed");
    Ok(Some(Lease {
        project: work.project_id,
        attempts: work.attempts,
        fence,
    }))
}

fn due(now: DateTime<Utc>) -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::DueAt.lte(now))
        .filter(
            Condition::any()
                .add(Column::LeaseUntil.is_null())
                .add(Column::LeaseUntil.lt(now)),
        )
        .order_by_asc(Column::DueAt)
        .limit(1)
}

/// When the next project is due that nobody works on.
pub async fn next_due(db: &Database) -> Result<Option<DateTime<Utc>>, DbErr> {
    let next = Entity::find()
        .filter(Column::LeaseUntil.is_null())
        .order_by_asc(Column::DueAt)
        .limit(1)
        .one(db.reader())
        .await?;
    Ok(next.map(|work| work.due_at))
}

/// Frees what a former life of this owner held when it was killed.
pub async fn reclaim(db: &Database, owner: Uuid) -> Result<u64, DbErr> {
    let freed = Entity::update_many()
        .col_expr(Column::LeaseOwner, Expr::value(None::<Uuid>))
        .col_expr(Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .filter(Column::LeaseOwner.eq(owner))
        .exec(db.writer())
        .await?;
    Ok(freed.rows_affected)
}

/// Asks for a look at every project that ran when it was last looked at: a server that has just started has no bridge
/// to any agent, and knows of none that died meanwhile.
pub async fn demand_running(db: &Database, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let running = Query::select()
        .column(project::Column::Id)
        .from(project::Entity)
        .and_where(project::Column::Status.eq(ProjectStatus::Running))
        .to_owned();
    let asked = Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(now))
        .col_expr(Column::Demands, Expr::col(Column::Demands).add(1))
        .filter(Column::DueAt.gt(now))
        .filter(Column::ProjectId.in_subquery(running))
        .exec(db.writer())
        .await?;
    Ok(asked.rows_affected)
}

impl Lease {
    /// Extends the lease. Before anything is written in a transaction it also makes sure that everything in it is written
    /// by whoever holds the lease, and nobody else.
    pub async fn hold(&self, tx: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), LeaseError> {
        let held = Entity::update_many()
            .col_expr(Column::LeaseUntil, Expr::value(now + term()))
            .filter(self.is_mine())
            .exec(tx)
            .await?;
        if held.rows_affected == 1 {
            Ok(())
        } else {
            Err(LeaseError::Lost)
        }
    }

    /// How often somebody has asked for a look so far.
    pub async fn demands(&self, db: &impl ConnectionTrait) -> Result<i64, LeaseError> {
        let work = Entity::find_by_id(self.project).one(db).await?;
        work.map(|work| work.demands).ok_or(LeaseError::Lost)
    }

    /// Gives the project back.
    pub async fn release(self, tx: &impl ConnectionTrait, outlook: Outlook) -> Result<(), LeaseError> {
        let is_answered = Expr::col(Column::Demands).eq(outlook.demands);
        Entity::update_many()
            .col_expr(Column::LeaseOwner, Expr::value(None::<Uuid>))
            .col_expr(Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
            // A demand that came meanwhile has set both: it stands.
            .col_expr(
                Column::DueAt,
                Expr::case(is_answered.clone(), outlook.due_at)
                    .finally(Expr::col(Column::DueAt))
                    .into(),
            )
            .col_expr(
                Column::Attempts,
                Expr::case(is_answered, outlook.attempts)
                    .finally(Expr::col(Column::Attempts))
                    .into(),
            )
            .filter(self.is_mine())
            .exec(tx)
            .await?;
        Ok(())
    }

    fn is_mine(&self) -> Condition {
        let its_project = Condition::all().add(Column::ProjectId.eq(self.project));
        if is_broken("broken.no_fence") {
            return its_project;
        }
        its_project.add(Column::Fence.eq(self.fence))
    }
}
