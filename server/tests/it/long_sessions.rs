//! Opening a session costs the same however much was said in it: the same statements, and only the rows that are shown.

use chrono::TimeDelta;
use entity::{
    ids::{MessageId, ProjectId, SessionId},
    message::{self, Role},
    part,
    project::{self, Desired, ProjectStatus, Source},
    session,
};
use metrics_exporter_prometheus::PrometheusBuilder;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, QueryOrder, QuerySelect, QueryTrait,
    Statement,
};
use server::{
    auth::Access,
    caller::Scope,
    clock::Clock,
    db::Database,
    events::EventLog,
    graphql::Id,
    http::Authenticate,
    projects::graphql::{ProjectLoader, ProjectRows},
    schema, servers,
    sessions::{
        Live,
        graphql::{SessionLoader, SessionRows},
        store,
    },
};

use crate::support::database::{Kind, TestDatabase};

/// A conversation of so many messages with a text each.
async fn conversation(db: &Database, messages: i64) -> SessionId {
    let machine = servers::store::this_machine(db, &Clock::system(), "here")
        .await
        .unwrap();
    let now = Clock::system().now();
    let project = project::Model {
        id: ProjectId::generate(),
        name: format!("{messages}"),
        slug: format!("of-{messages}"),
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
    let project = project
        .into_active_model()
        .reset_all()
        .insert(db.writer())
        .await
        .unwrap();
    let session = session::Model {
        last_position: messages,
        ..session::Model::new(project.id, "A session".to_owned(), now)
    };
    let session = session
        .into_active_model()
        .reset_all()
        .insert(db.writer())
        .await
        .unwrap();
    let row = |position: i64| message::Model {
        id: MessageId::generate(),
        session_id: session.id,
        position,
        external_id: Some(format!("msg_{position}")),
        role: Role::Assistant,
        delivery: None,
        interrupts: false,
        agent: None,
        model: None,
        usage: None,
        fault: None,
        created_at: now + TimeDelta::seconds(position),
        completed_at: Some(now + TimeDelta::seconds(position)),
    };
    let rows: Vec<_> = (1..=messages).map(row).collect();
    for some in rows.chunks(500) {
        let texts = some.iter().map(|message| {
            let row = part::Model {
                message_id: message.id,
                external_id: "prt_1".to_owned(),
                content: serde_json::json!({ "id": "prt_1", "content": {
                    "kind": "text", "text": format!("{}", message.position), "is_synthetic": false, "is_complete": true,
                } }),
            };
            row.into_active_model().reset_all()
        });
        let texts: Vec<_> = texts.collect();
        let some = some.iter().map(|row| row.clone().into_active_model().reset_all());
        message::Entity::insert_many(some)
            .exec_without_returning(db.writer())
            .await
            .unwrap();
        part::Entity::insert_many(texts)
            .exec_without_returning(db.writer())
            .await
            .unwrap();
    }
    session.id
}

const OPENED: &str = "query($id: ID!) { session(id: $id) { title status
    messages(last: 10) { pageInfo { hasPreviousPage } nodes {
        id role parts { __typename ... on TextPart { text } } } } } }";

fn statements(rendered: &str) -> u64 {
    rendered
        .lines()
        .find_map(|line| line.strip_prefix("pcc_db_statements_total ")?.parse().ok())
        .unwrap_or(0)
}

/// What the database does for the newest messages: it finds them by an index that has them in order.
async fn plan(db: &Database, session: SessionId) -> String {
    let backend = db.reader().get_database_backend();
    let newest = store::messages(session)
        .order_by_desc(message::Column::Position)
        .limit(11)
        .build(backend);
    let explain = match backend {
        DbBackend::Postgres => "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ",
        _ => "EXPLAIN QUERY PLAN ",
    };
    let statement = Statement {
        sql: format!("{explain}{}", newest.sql),
        ..newest
    };
    let column = match backend {
        DbBackend::Postgres => "QUERY PLAN",
        _ => "detail",
    };
    let rows = db.reader().query_all_raw(statement).await.unwrap();
    let lines = rows.iter().map(|row| row.try_get::<String>("", column).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

async fn opens_as_fast_as_a_short_one(kind: Kind) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let figures = recorder.handle();
    let _counted_here = metrics::set_default_local_recorder(&recorder);
    let database = TestDatabase::new(kind).await;
    let db = Database::open(&database.url).await.unwrap();
    let log = EventLog::open(db.clone(), Clock::system()).await.unwrap();
    let access = Access::new(db.clone(), log.clone(), Clock::system());
    let device = access.create_token("a phone", [Scope::Read].into()).await.unwrap();
    let caller = access.authenticate(&device.token).await.unwrap();
    let graph = schema::build()
        .data(db.clone())
        .data(log.clone())
        .data(Live::default())
        .finish();
    let mut costs = Vec::new();
    for messages in [10, 10_000] {
        let session = conversation(&db, messages).await;
        if matches!(kind, Kind::Postgres) {
            db.writer().execute_unprepared("ANALYZE message").await.unwrap();
        }
        let before = statements(&figures.render());
        let variables = serde_json::json!({ "id": async_graphql::ID::from(Id(session)).to_string() });
        let request = async_graphql::Request::new(OPENED)
            .variables(async_graphql::Variables::from_json(variables))
            .data(caller.clone())
            .data(ProjectLoader::for_request(&db, &ProjectRows::new(&log).into()))
            .data(SessionLoader::for_request(&db, &SessionRows::new(&log).into()));
        let answer = graph.execute(request).await;
        assert!(answer.errors.is_empty(), "{:?}", answer.errors);
        costs.push(statements(&figures.render()) - before);
        let opened = answer.data.into_json().unwrap();
        let page = &opened["session"]["messages"];
        let nodes = page["nodes"].as_array().unwrap();
        assert_eq!(page["pageInfo"]["hasPreviousPage"], messages > 10);
        let said: Vec<_> = nodes
            .iter()
            .map(|node| node["parts"][0]["text"].as_str().unwrap())
            .collect();
        let expected: Vec<_> = (messages - 9..=messages).map(|position| position.to_string()).collect();
        assert_eq!(said, expected);
        if messages > 10 {
            let plan = plan(&db, session).await;
            let sorts = plan.contains("TEMP B-TREE") || plan.contains("Sort");
            let scans = plan.contains("SCAN") || plan.contains("Seq Scan");
            assert!(plan.contains("message_position") && !sorts && !scans, "{plan}");
            if matches!(kind, Kind::Postgres) {
                assert!(!plan.contains("Rows Removed") && plan.contains("rows=11"), "{plan}");
            }
        }
    }
    assert_eq!(costs, [3, 3], "the session, its messages, their parts");
}

#[tokio::test]
async fn a_session_of_ten_thousand_messages_opens_as_fast_as_a_short_one_on_sqlite() {
    opens_as_fast_as_a_short_one(Kind::Sqlite).await;
}

#[tokio::test]
async fn a_session_of_ten_thousand_messages_opens_as_fast_as_a_short_one_on_postgres() {
    opens_as_fast_as_a_short_one(Kind::Postgres).await;
}
