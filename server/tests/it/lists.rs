//! Lists of projects: how many statements they cost, and that what comes with one statement for all projects is what each
//! would get alone.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    ids::{ProjectId, SessionId},
    project::{self, Desired, ProjectStatus, Source},
    session,
};
use metrics_exporter_prometheus::PrometheusBuilder;
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use server::{
    auth::Access,
    caller::Scope,
    clock::Clock,
    db::Database,
    events::EventLog,
    http::Authenticate,
    projects::graphql::{FirstPages, ProjectLoader, ProjectRows},
    schema, servers,
    sessions::{
        graphql::{SessionLoader, SessionRows},
        store,
    },
};

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
        sleep: None,
        sleep_after_seconds: None,
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
        deleted_at: is_deleted.then_some(updated_at),
        ..session::Model::new(project, "A session".to_owned(), updated_at)
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
            let mut list = store::list(*project, false).cursor_by((session::Column::UpdatedAt, session::Column::Id));
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

const PAGE: &str = "query($first: Int) { projects(first: $first) { nodes {
    id name slug description status problem { code message } createdAt updatedAt
    server { id name } operation { id state } sessions(first: 1) { nodes { id title updatedAt } } } } }";

fn statements(rendered: &str) -> u64 {
    rendered
        .lines()
        .find_map(|line| line.strip_prefix("pcc_db_statements_total ")?.parse().ok())
        .unwrap_or(0)
}

/// A request from its token to its answer with nothing kept from before: the most that a page can cost. On one thread, so
/// that nothing but this request is counted.
async fn a_page_costs_few_statements_however_long_it_is(kind: Kind) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let figures = recorder.handle();
    let _counted_here = metrics::set_default_local_recorder(&recorder);
    let database = TestDatabase::new(kind).await;
    let db = Database::open(&database.url).await.unwrap();
    let log = EventLog::open(db.clone(), Clock::system()).await.unwrap();
    let access = || Access::new(db.clone(), log.clone(), Clock::system());
    let device = access().create_token("a phone", [Scope::Read].into()).await.unwrap();
    // Its first visit is noted, which is once a minute.
    access().authenticate(&device.token).await.unwrap();
    let now = Clock::system().now();
    for number in 0..50 {
        let project = project(&db, number, now).await;
        session(&db, project, now, false).await;
        session(&db, project, now + TimeDelta::seconds(1), false).await;
    }
    let graph = schema::build()
        .data(db.clone())
        .data(log.clone())
        .data(FirstPages::default())
        .finish();
    let mut costs = Vec::new();
    for first in [2, 10, 50] {
        let before = statements(&figures.render());
        let caller = access().authenticate(&device.token).await.unwrap();
        let request = async_graphql::Request::new(PAGE)
            .variables(async_graphql::Variables::from_json(
                serde_json::json!({ "first": first }),
            ))
            .data(caller)
            .data(ProjectLoader::for_request(&db, &ProjectRows::new(&log).into()))
            .data(SessionLoader::for_request(&db, &SessionRows::new(&log).into()));
        let answer = graph.execute(request).await;
        assert!(answer.errors.is_empty(), "{:?}", answer.errors);
        let page = answer.data.into_json().unwrap();
        let nodes = page["projects"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), first);
        assert!(
            nodes
                .iter()
                .all(|node| node["sessions"]["nodes"].as_array().unwrap().len() == 1)
        );
        costs.push(statements(&figures.render()) - before);
    }
    println!("{kind:?}: {costs:?} statements for pages of 2, 10 and 50");
    assert_eq!(costs, [costs[0]; 3], "the number must not grow with the page");
    assert!((1..=6).contains(&costs[0]), "{costs:?}");
}

#[tokio::test]
async fn a_page_costs_few_statements_however_long_it_is_on_sqlite() {
    a_page_costs_few_statements_however_long_it_is(Kind::Sqlite).await;
}

#[tokio::test]
async fn a_page_costs_few_statements_however_long_it_is_on_postgres() {
    a_page_costs_few_statements_however_long_it_is(Kind::Postgres).await;
}
