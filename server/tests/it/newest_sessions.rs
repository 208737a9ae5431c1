//! The newest sessions of many projects with one statement: the same as each project's first page.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    ids::{ProjectId, SessionId},
    project::{self, Desired, ProjectStatus, Source},
    session::{self, SessionStatus},
};
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use server::{clock::Clock, db::Database, servers, sessions::store};

use crate::support::database::{Kind, TestDatabase};

async fn project(db: &Database, number: usize, now: DateTime<Utc>) -> ProjectId {
    let machine = servers::store::this_machine(db, &Clock::system(), "here")
        .await
        .unwrap();
    let row = project::Model {
        id: ProjectId::generate(),
        name: format!("Project {number}"),
        slug: format!("project-{number}"),
        description: None,
        server_id: machine.id,
        source: Source::Empty,
        desired: Desired::Stopped,
        generation: 1,
        retired_run: None,
        keep_repository: false,
        status: ProjectStatus::Stopped,
        problem: None,
        agent_version: None,
        created_at: now,
        updated_at: now,
    };
    row.into_active_model()
        .reset_all()
        .insert(db.writer())
        .await
        .unwrap()
        .id
}

async fn session(db: &Database, project: ProjectId, updated_at: DateTime<Utc>, is_deleted: bool) -> SessionId {
    let row = session::Model {
        id: SessionId::generate(),
        project_id: project,
        external_id: None,
        parent_id: None,
        title: "A session".to_owned(),
        is_titled: false,
        status: SessionStatus::Idle,
        activity: None,
        last_position: 0,
        created_at: updated_at,
        updated_at,
        deleted_at: is_deleted.then_some(updated_at),
    };
    row.into_active_model()
        .reset_all()
        .insert(db.writer())
        .await
        .unwrap()
        .id
}

async fn the_same_as_each_first_page(kind: Kind) {
    let database = TestDatabase::new(kind).await;
    let db = Database::open(&database.url).await.unwrap();
    let now = Clock::system().now();
    let mut projects = Vec::new();
    for number in 0..6 {
        let id = project(&db, number, now).await;
        // None in the first; in the others some of the same time, and the newest of all deleted.
        for place in 0..i64::try_from(number).unwrap() {
            session(&db, id, now + TimeDelta::seconds(place / 2), false).await;
        }
        session(&db, id, now + TimeDelta::days(1), true).await;
        projects.push(id);
    }
    for limit in [1, 2, 3, 50] {
        // The last one is not asked for.
        let newest = store::newest_of(db.reader(), &projects[..5], limit).await.unwrap();
        assert_eq!(newest.len(), 4, "those with a living session");
        for project in &projects[..5] {
            let mut list = store::list(*project).cursor_by((session::Column::UpdatedAt, session::Column::Id));
            list.desc();
            let page = list.first(limit).all(db.reader()).await.unwrap();
            assert_eq!(newest.get(project).cloned().unwrap_or_default(), page, "{limit}");
        }
    }
}

#[tokio::test]
async fn the_same_as_each_first_page_on_sqlite() {
    the_same_as_each_first_page(Kind::Sqlite).await;
}

#[tokio::test]
async fn the_same_as_each_first_page_on_postgres() {
    the_same_as_each_first_page(Kind::Postgres).await;
}
