//! Lists of projects and the inbox: how many statements they cost, and that what comes with one statement for all projects
//! is what each would get alone.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    decision::{self, Ask, DecisionState, Permission, Risk, Risks},
    ids::{DecisionId, ProjectId, SessionId},
    project::{self, Desired, ProjectStatus, Source},
    session,
};
use metrics_exporter_prometheus::PrometheusBuilder;
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use secrecy::SecretString;
use serde_json::json;
use server::{
    auth::Access,
    caller::Scope,
    clock::Clock,
    db::Database,
    decisions::graphql::DecisionLoader,
    events::EventLog,
    http::Authenticate,
    projects::graphql::{FirstPages, ProjectLoader, ProjectRows},
    schema::{self, Graph},
    servers,
    sessions::{
        graphql::{SessionLoader, SessionRows},
        store,
    },
};
use uuid::Uuid;

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

/// A graph over a database of its own, asked by a device.
struct Asked {
    db: Database,
    log: EventLog,
    graph: Graph,
    token: SecretString,
    _database: TestDatabase,
}

impl Asked {
    async fn on(kind: Kind) -> Self {
        let database = TestDatabase::new(kind).await;
        let db = Database::open(&database.url).await.unwrap();
        let log = EventLog::open(db.clone(), Clock::system()).await.unwrap();
        let access = Access::new(db.clone(), log.clone(), Clock::system());
        let device = access.create_token("a phone", [Scope::Read].into()).await.unwrap();
        // Its first visit is noted, which is once a minute.
        access.authenticate(&device.token).await.unwrap();
        let graph = schema::build()
            .data(db.clone())
            .data(log.clone())
            .data(FirstPages::default())
            .finish();
        Self {
            db,
            log,
            graph,
            token: device.token,
            _database: database,
        }
    }

    /// From the token to the answer with nothing kept from before: the most that it can cost.
    async fn ask(&self, query: &str, variables: serde_json::Value) -> serde_json::Value {
        let access = Access::new(self.db.clone(), self.log.clone(), Clock::system());
        let request = async_graphql::Request::new(query)
            .variables(async_graphql::Variables::from_json(variables))
            .data(access.authenticate(&self.token).await.unwrap())
            .data(ProjectLoader::for_request(
                &self.db,
                &ProjectRows::new(&self.log).into(),
            ))
            .data(SessionLoader::for_request(
                &self.db,
                &SessionRows::new(&self.log).into(),
            ))
            .data(DecisionLoader::for_request(&self.db));
        let answer = self.graph.execute(request).await;
        assert!(answer.errors.is_empty(), "{:?}", answer.errors);
        answer.data.into_json().unwrap()
    }
}

/// On one thread, so that nothing but the one request is counted.
async fn a_page_costs_few_statements_however_long_it_is(kind: Kind) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let figures = recorder.handle();
    let _counted_here = metrics::set_default_local_recorder(&recorder);
    let asked = Asked::on(kind).await;
    let now = Clock::system().now();
    for number in 0..50 {
        let project = project(&asked.db, number, now).await;
        session(&asked.db, project, now, false).await;
        session(&asked.db, project, now + TimeDelta::seconds(1), false).await;
    }
    let mut costs = Vec::new();
    for first in [2, 10, 50] {
        let before = statements(&figures.render());
        let page = asked.ask(PAGE, json!({ "first": first })).await;
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

/// Something that waits in a sub-agent's session of a project of its own.
async fn decision(db: &Database, number: usize, now: DateTime<Utc>) {
    let project = project(db, number, now).await;
    let row = decision::Model {
        id: DecisionId::generate(),
        project_id: project,
        session_id: session(db, project, now, false).await,
        root_session_id: session(db, project, now, false).await,
        external_id: format!("per_{number}"),
        agent_run: Uuid::nil(),
        ask: Ask::Permission(Permission {
            tool: "bash".to_owned(),
            ..Permission::default()
        }),
        risks: Risks(vec![Risk::Unknown]),
        state: DecisionState::Pending,
        answer: None,
        decided_by: None,
        withdrawn_because: None,
        delivery: None,
        is_tried: false,
        created_at: now,
        decided_at: None,
        expires_at: None,
    };
    let row = row.into_active_model().reset_all();
    row.insert(db.writer()).await.unwrap();
}

/// By the operation that the clients ask.
async fn the_inbox_costs_few_statements_however_full_it_is(kind: Kind) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let figures = recorder.handle();
    let _counted_here = metrics::set_default_local_recorder(&recorder);
    let asked = Asked::on(kind).await;
    let now = Clock::system().now();
    for number in 0..200 {
        if number < 50 {
            decision(&asked.db, number, now).await;
        } else {
            project(&asked.db, number, now).await;
        }
    }
    let mut costs = Vec::new();
    for first in [2, 50] {
        let before = statements(&figures.render());
        let variables = json!({ "first": first, "state": "PENDING" });
        let inbox = asked.ask(client::operations::decisions::QUERY, variables).await;
        costs.push(statements(&figures.render()) - before);
        let nodes = inbox["decisions"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), first);
        for node in nodes {
            assert!(node["project"]["slug"].is_string() && node["rootSession"]["title"].is_string());
            assert_ne!(node["session"]["id"], node["rootSession"]["id"]);
        }
    }
    println!("{kind:?}: {costs:?} statements for an inbox of 2 and of 50");
    assert_eq!(costs, [costs[0]; 2], "the number must not grow with the inbox");
    // Who asks, the decisions, their projects, their sessions.
    assert!((1..=4).contains(&costs[0]), "{costs:?}");
}

#[tokio::test]
async fn the_inbox_costs_few_statements_however_full_it_is_on_sqlite() {
    the_inbox_costs_few_statements_however_full_it_is(Kind::Sqlite).await;
}

#[tokio::test]
async fn the_inbox_costs_few_statements_however_full_it_is_on_postgres() {
    the_inbox_costs_few_statements_however_full_it_is(Kind::Postgres).await;
}

/// From both ends, in pages of every size, and with several of the same moment.
async fn pages_of_the_inbox_hold_each_decision_once(kind: Kind) {
    let asked = Asked::on(kind).await;
    let now = Clock::system().now();
    for number in 0..23 {
        let moment = i64::try_from(number / 3).unwrap() * 250_001;
        decision(&asked.db, number, now + TimeDelta::microseconds(moment)).await;
    }
    let query = "query($first: Int, $after: String, $last: Int, $before: String) {
        decisions(first: $first, after: $after, last: $last, before: $before) {
            nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }";
    let ids = |page: &serde_json::Value| -> Vec<String> {
        let nodes = page["nodes"].as_array().unwrap().iter();
        nodes.map(|node| node["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = asked.ask(query, json!({ "first": 100 })).await["decisions"].take();
    let all = ids(&all);
    assert_eq!(all.len(), 23);
    for size in [1, 2, 5, 20, 23] {
        let (mut forwards, mut backwards) = (Vec::new(), Vec::new());
        let mut page = asked.ask(query, json!({ "first": size })).await["decisions"].take();
        forwards.extend(ids(&page));
        while page["pageInfo"]["hasNextPage"] == true {
            let variables = json!({ "first": size, "after": page["pageInfo"]["endCursor"] });
            page = asked.ask(query, variables).await["decisions"].take();
            forwards.extend(ids(&page));
        }
        assert_eq!(forwards, all, "{size}");
        let mut page = asked.ask(query, json!({ "last": size })).await["decisions"].take();
        backwards.splice(0..0, ids(&page));
        while page["pageInfo"]["hasPreviousPage"] == true {
            let variables = json!({ "last": size, "before": page["pageInfo"]["startCursor"] });
            page = asked.ask(query, variables).await["decisions"].take();
            backwards.splice(0..0, ids(&page));
        }
        assert_eq!(backwards, all, "{size} from the end");
    }
}

#[tokio::test]
async fn pages_of_the_inbox_hold_each_decision_once_on_sqlite() {
    pages_of_the_inbox_hold_each_decision_once(Kind::Sqlite).await;
}

#[tokio::test]
async fn pages_of_the_inbox_hold_each_decision_once_on_postgres() {
    pages_of_the_inbox_hold_each_decision_once(Kind::Postgres).await;
}
