//! Data sets, put straight into the tables: what a server that was used for years would have.
//!
//! The projects are at rest: stopped as wanted, next looked at in half a year. So the reconciler has nothing to do, and
//! what is measured is not disturbed by it.

mod conversation;
mod decisions;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    event, event_log,
    ids::{OperationId, ProjectId, ServerId},
    operation::{self, OperationKind, OperationState, Step, StepName, StepState, Steps},
    problem::{Problem, ProblemCode},
    project::{self, Desired, ProjectStatus, Source},
    server::HostKind,
    session, work,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::Expr,
};
use server::db::Database;

pub use self::{conversation::conversation, decisions::decisions};

/// Rows in one statement: SQLite takes 32,766 values.
const AT_ONCE: usize = 1_000;
const SERVERS: usize = 10;
const SESSIONS_EACH: usize = 5;

/// Every project with an ended and sometimes an open operation, and five sessions. The answer is their ids.
pub async fn projects(db: &Database, count: usize) -> anyhow::Result<Vec<ProjectId>> {
    let tx = db.begin().await?;
    let servers = servers(&tx).await?;
    let now = now();
    let mut ids = Vec::with_capacity(count);
    let numbers: Vec<usize> = (0..count).collect();
    for some in numbers.chunks(AT_ONCE) {
        let projects: Vec<_> = some
            .iter()
            .map(|number| project(*number, servers[number % SERVERS], now))
            .collect();
        let mut operations = Vec::new();
        let mut sessions = Vec::new();
        for (number, project) in some.iter().zip(&projects) {
            operations.push(ended(project));
            // Every fifth waits for something, and says so.
            operations.extend((number.is_multiple_of(5)).then(|| waiting(project)));
            sessions.extend((0..SESSIONS_EACH).map(|which| session(project, which)));
        }
        ids.extend(projects.iter().map(|project| project.id));
        let works = projects.iter().map(|project| work::ActiveModel {
            project_id: Set(project.id),
            due_at: Set(now + TimeDelta::days(180)),
            demands: Set(1),
            attempts: Set(0),
            lease_owner: Set(None),
            lease_until: Set(None),
            fence: Set(1),
        });
        let works: Vec<_> = works.collect();
        project::Entity::insert_many(projects.into_iter().map(|row| row.into_active_model().reset_all()))
            .exec_without_returning(&tx)
            .await?;
        work::Entity::insert_many(works).exec_without_returning(&tx).await?;
        operation::Entity::insert_many(operations.into_iter().map(|row| row.into_active_model().reset_all()))
            .exec_without_returning(&tx)
            .await?;
        for sessions in sessions.chunks(AT_ONCE) {
            let rows = sessions.iter().cloned().map(|row| row.into_active_model().reset_all());
            session::Entity::insert_many(rows).exec_without_returning(&tx).await?;
        }
    }
    tx.commit().await?;
    analyze(db).await?;
    Ok(ids)
}

/// Further events at the end of the log, as many for each of these projects.
pub async fn events(db: &Database, projects: &[ProjectId], count: usize) -> anyhow::Result<()> {
    let tx = db.begin().await?;
    let head = event_log::Entity::find_by_id(event_log::HEAD)
        .one(&tx)
        .await?
        .map_or(0, |head| head.last_seq);
    let end = head + i64::try_from(count)?;
    let now = now();
    let mut seqs = head + 1..=end;
    loop {
        let rows: Vec<_> = seqs
            .by_ref()
            .take(AT_ONCE)
            .zip(projects.iter().cycle())
            .map(|(seq, project)| event::ActiveModel {
                seq: Set(seq),
                // The oldest is some days old, so that none is dropped for its age.
                at: Set(now - TimeDelta::milliseconds(500 * (end - seq))),
                actor: Set(event::Actor::Server),
                device_id: Set(None),
                project_id: Set(Some(*project)),
                kind: Set("project_changed".to_owned()),
                payload: Set(serde_json::json!({ "kind": "project_changed", "project": project })),
            })
            .collect();
        if rows.is_empty() {
            break;
        }
        event::Entity::insert_many(rows).exec_without_returning(&tx).await?;
    }
    event_log::Entity::update_many()
        .col_expr(event_log::Column::LastSeq, Expr::value(end))
        .filter(event_log::Column::Id.eq(event_log::HEAD))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    analyze(db).await
}

/// A database in use has its statistics; one that was filled in a second does not.
async fn analyze(db: &Database) -> anyhow::Result<()> {
    use sea_orm::ConnectionTrait;
    db.writer().execute_unprepared("ANALYZE").await?;
    Ok(())
}

async fn servers(tx: &DatabaseTransaction) -> anyhow::Result<Vec<ServerId>> {
    let mut ids = Vec::new();
    for number in 0..SERVERS {
        let id = ServerId::generate();
        let row = server_row(id, number);
        row.into_active_model().reset_all().insert(tx).await?;
        ids.push(id);
    }
    Ok(ids)
}

fn server_row(id: ServerId, number: usize) -> entity::server::Model {
    entity::server::Model {
        id,
        name: format!("server-{number:02}"),
        host: HostKind::Process,
        address: Some(format!("10.0.0.{number}")),
        created_at: now(),
    }
}

fn project(number: usize, server: ServerId, now: DateTime<Utc>) -> project::Model {
    let is_waiting = number.is_multiple_of(5);
    project::Model {
        id: ProjectId::generate(),
        // Not in the order of their making, as names are.
        name: format!("Project {:06}", number.wrapping_mul(7_919) % 1_000_000),
        slug: format!("project-{number:06}"),
        description: Some(format!("What {number} is about.")),
        server_id: server,
        source: Source::Empty,
        desired: Desired::Stopped,
        generation: 1,
        retired_run: None,
        keep_repository: false,
        status: if is_waiting {
            ProjectStatus::Error
        } else {
            ProjectStatus::Stopped
        },
        problem: is_waiting.then(|| problem(now)),
        agent_version: Some("1.0.0".to_owned()),
        sleep: None,
        sleep_after_seconds: None,
        created_at: now - TimeDelta::minutes(i64::try_from(number).unwrap_or_default()),
        updated_at: now - TimeDelta::seconds(i64::try_from(number * 37 % 100_003).unwrap_or_default()),
    }
}

fn problem(now: DateTime<Utc>) -> Problem {
    Problem {
        code: ProblemCode::Unavailable,
        message: "The repository's server does not answer; it is tried again.".to_owned(),
        since: now,
        next_attempt_at: Some(now + TimeDelta::days(180)),
    }
}

fn step(name: StepName, at: DateTime<Utc>) -> Step {
    Step {
        name,
        state: StepState::Done,
        detail: Some("Done as asked.".to_owned()),
        started_at: Some(at),
        finished_at: Some(at + TimeDelta::seconds(3)),
    }
}

fn ended(project: &project::Model) -> operation::Model {
    let at = project.created_at;
    operation::Model {
        id: OperationId::generate(),
        project_id: project.id,
        device_id: None,
        kind: OperationKind::CreateProject,
        state: OperationState::Succeeded,
        generation: 1,
        steps: Steps(
            [StepName::Repository, StepName::Container, StepName::Workspace]
                .map(|name| step(name, at))
                .to_vec(),
        ),
        attempts: 1,
        problem: None,
        created_at: at,
        started_at: Some(at),
        finished_at: Some(at + TimeDelta::seconds(9)),
    }
}

fn waiting(project: &project::Model) -> operation::Model {
    operation::Model {
        id: OperationId::generate(),
        kind: OperationKind::StopProject,
        state: OperationState::Waiting,
        problem: project.problem.clone(),
        finished_at: None,
        ..ended(project)
    }
}

fn session(project: &project::Model, which: usize) -> session::Model {
    let at = project.created_at + TimeDelta::seconds(i64::try_from(which).unwrap_or_default());
    session::Model {
        external_id: Some(format!(
            "ses_{:020}_{which}",
            project.id.0.as_u128() % 1_000_000_000_007
        )),
        ..session::Model::new(project.id, format!("Session {which}: mend the failing test"), at)
    }
}

fn now() -> DateTime<Utc> {
    server::clock::Clock::system().now()
}
