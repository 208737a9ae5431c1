//! Answers that are given again: never an old one, never one that was made for somebody with other rights, and never
//! what no event tells of.

use std::collections::BTreeSet;

use client::{Client, ErrorCode};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use server::{
    auth::Access,
    caller::{Caller, Scope},
    clock::Clock,
    db::Database,
    events::{Actor, EventLog, Payload},
};

use crate::support::{database::Kind, server::TestServer, until::until};

const PAGE: &str = "query($first: Int) { projects(first: $first) { nodes {
    id name slug description status problem { code message } createdAt updatedAt
    server { id name } operation { id state } sessions(first: 1) { nodes { id title updatedAt } } } } }";

/// A server without an agent: nothing here needs one.
async fn server(kind: Kind) -> TestServer {
    TestServer::with(kind, &json!({}), &[("PCC_AGENT_COMMAND", "no-such-opencode")]).await
}

async fn text_as(server: &TestServer, token: &str, query: &str, variables: &Value) -> String {
    let answer = reqwest::Client::builder()
        .build()
        .unwrap()
        .post(format!("{}/graphql", server.url()))
        .bearer_auth(token)
        .json(&json!({ "query": query, "variables": variables }))
        .send()
        .await
        .unwrap();
    answer.text().await.unwrap()
}

async fn ask(server: &TestServer, query: &str, variables: Value) -> Value {
    serde_json::from_str(&text_as(server, server.token(), query, &variables).await).unwrap()
}

async fn create(server: &TestServer, name: &str) -> String {
    let created = ask(
        server,
        "mutation($name: String!) { createProject(input: {name: $name, source: {empty: true}}) { project { id } } }",
        json!({ "name": name }),
    )
    .await;
    created["data"]["createProject"]["project"]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{created}"))
        .to_owned()
}

async fn describe(server: &TestServer, project: &str, text: &str) {
    let changed = ask(
        server,
        "mutation($id: ID!, $text: String!) { updateProject(input: {id: $id, description: $text}) { project { id } } }",
        json!({ "id": project, "text": text }),
    )
    .await;
    assert!(changed["errors"].is_null(), "{changed}");
}

/// A figure of `/metrics`; 0 before it was first counted.
async fn figure(server: &TestServer, name: &str) -> u64 {
    let text = reqwest::get(format!("{}/metrics", server.url()))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
        .unwrap_or(0)
}

const REUSED: &str = "pcc_graphql_answers_reused_total";

/// Nothing changes any more: the reconciler has done what it can.
async fn at_rest(server: &TestServer) {
    until("the same answer to be given again", async || {
        let before = figure(server, REUSED).await;
        for _ in 0..3 {
            ask(server, PAGE, json!({ "first": 50 })).await;
        }
        (figure(server, REUSED).await >= before + 2).then_some(())
    })
    .await;
}

async fn a_change_is_seen_at_once(kind: Kind) {
    let server = server(kind).await;
    let project = create(&server, "One").await;
    at_rest(&server).await;
    let description = async || {
        let page = ask(&server, PAGE, json!({ "first": 50 })).await;
        page["data"]["projects"]["nodes"][0]["description"].clone()
    };
    for number in 0..30 {
        let text = format!("Described {number} times.");
        describe(&server, &project, &text).await;
        assert_eq!(description().await, json!(text), "read after it was written");
        assert_eq!(description().await, json!(text));
    }
    sessions_come_and_go(&server, &project).await;
    create(&server, "Two").await;
    let page = ask(&server, PAGE, json!({ "first": 50 })).await;
    assert_eq!(page["data"]["projects"]["nodes"].as_array().unwrap().len(), 2);
}

async fn sessions_come_and_go(server: &TestServer, project: &str) {
    let titles = async || {
        let page = ask(server, PAGE, json!({ "first": 50 })).await;
        page["data"]["projects"]["nodes"][0]["sessions"]["nodes"].clone()
    };
    let change = async |mutation: &str, id: &str| {
        let done = ask(server, mutation, json!({ "id": id })).await;
        assert!(done["errors"].is_null(), "{done}");
        done["data"].clone()
    };
    assert_eq!(titles().await, json!([]));
    let made = change(
        "mutation($id: ID!) { createSession(input: {project: $id, title: \"First\"}) { session { id } } }",
        project,
    )
    .await;
    let session = made["createSession"]["session"]["id"].as_str().unwrap().to_owned();
    assert_eq!(titles().await[0]["title"], "First");
    change(
        "mutation($id: ID!) { renameSession(input: {id: $id, title: \"Second\"}) { session { id } } }",
        &session,
    )
    .await;
    assert_eq!(titles().await[0]["title"], "Second");
    change(
        "mutation($id: ID!) { deleteSession(input: {id: $id}) { sessionId } }",
        &session,
    )
    .await;
    assert_eq!(titles().await, json!([]));
    // A change of what is under way shows too: the operation of the page is the one that was asked for last.
    let stopped = change(
        "mutation($id: ID!) { stopProject(input: {id: $id}) { operation { id } } }",
        project,
    )
    .await;
    let operation = stopped["stopProject"]["operation"]["id"].clone();
    let page = ask(server, PAGE, json!({ "first": 50 })).await;
    let shown = &page["data"]["projects"]["nodes"][0]["operation"];
    assert!(
        shown.is_null() || shown["id"] == operation,
        "the operation before it: {shown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_seen_at_once_on_sqlite() {
    a_change_is_seen_at_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_seen_at_once_on_postgres() {
    a_change_is_seen_at_once(Kind::Postgres).await;
}

async fn what_another_process_writes_is_seen(kind: Kind) {
    let server = server(kind).await;
    create(&server, "One").await;
    at_rest(&server).await;
    let db = Database::open(&server.database_url()).await.unwrap();
    let log = EventLog::open(db.clone(), Clock::system()).await.unwrap();
    let row = entity::project::Entity::find().one(db.reader()).await.unwrap().unwrap();
    let mut tx = log.begin(Actor::Server).await.unwrap();
    let id = row.id;
    let mut row = row.into_active_model();
    row.name = sea_orm::ActiveValue::Set("Another name".to_owned());
    row.update(&*tx).await.unwrap();
    tx.emit(Payload::ProjectChanged { project: id });
    tx.commit().await.unwrap();
    until("the other process's change", async || {
        let page = ask(&server, PAGE, json!({ "first": 50 })).await;
        (page["data"]["projects"]["nodes"][0]["name"] == "Another name").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_writes_is_seen_on_sqlite() {
    what_another_process_writes_is_seen(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_writes_is_seen_on_postgres() {
    what_another_process_writes_is_seen(Kind::Postgres).await;
}

/// A device that another process sends away is nobody soon, and one that this server sends away at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_revoked_by_another_process_is_soon_nobody() {
    let server = server(Kind::Sqlite).await;
    let db = Database::open(&server.database_url()).await.unwrap();
    let log = EventLog::open(db.clone(), Clock::system()).await.unwrap();
    let access = Access::new(db, log, Clock::system());
    let phone = access
        .create_token("phone", BTreeSet::from([Scope::Read]))
        .await
        .unwrap();
    let as_phone = Client::new(&server.url(), phone.token).unwrap();
    assert_eq!(as_phone.viewer().await.unwrap().device.name, "phone");
    let itself = Caller {
        device: phone.device.id,
        device_name: "phone".to_owned(),
        scopes: BTreeSet::new(),
        expires_at: None,
    };
    access.revoke(&itself, phone.device.id, None).await.unwrap();
    until("the phone to be nobody", async || {
        let refused = as_phone.viewer().await.err()?;
        (refused.code() == Some(&ErrorCode::Unauthenticated)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_and_devices_are_not_mixed_up() {
    let server = server(Kind::Sqlite).await;
    create(&server, "One").await;
    let db = Database::open(&server.database_url()).await.unwrap();
    let log = EventLog::open(db.clone(), Clock::system()).await.unwrap();
    let access = Access::new(db, log, Clock::system());
    let (one, other) = (
        access.create_token("one", BTreeSet::from([Scope::Read])).await.unwrap(),
        access
            .create_token("other", BTreeSet::from([Scope::Read]))
            .await
            .unwrap(),
    );
    at_rest(&server).await;
    let as_whom = async |paired: &server::auth::service::Paired, query: &str| {
        text_as(&server, paired.token.expose_secret(), query, &json!({})).await
    };
    let same = "{ projects { nodes { name } } }";
    let mut round = 0;
    until("an answer to be shared by those of the same rights", async || {
        round += 1;
        // Never asked before, so that the first cannot share what it was given itself.
        let same = format!("{same} # {round}");
        let before = figure(&server, REUSED).await;
        assert_eq!(as_whom(&one, &same).await, as_whom(&other, &same).await);
        (figure(&server, REUSED).await > before).then_some(())
    })
    .await;
    let own = "{ viewer { device { name isCurrent } scopes } }";
    let before = figure(&server, REUSED).await;
    let (first, second) = (as_whom(&one, own).await, as_whom(&other, own).await);
    assert!(
        first.contains("\"one\"") && second.contains("\"other\""),
        "{first} {second}"
    );
    // The same bytes from an administrator are another question.
    let same = format!("{same} # {round}");
    let asked = text_as(&server, server.token(), &same, &json!({})).await;
    assert!(asked.contains("One"), "{asked}");
    assert_eq!(figure(&server, REUSED).await, before, "nothing of these may be shared");
    // Nor does somebody without a token get what was kept for others.
    let stranger = text_as(&server, "pcc_wrong_token", &same, &json!({})).await;
    assert!(stranger.contains("UNAUTHENTICATED"), "{stranger}");
}

/// The first page is kept while projects change: who is on it must be who the database says.
async fn the_first_page_is_who_belongs_there(kind: Kind) {
    let server = server(kind).await;
    let mut projects = Vec::new();
    for name in ["m", "B", "x", "e", "a b", "Z", "k"] {
        projects.push(create(&server, name).await);
    }
    // A filter that leaves nothing out: such a page is read each time.
    let every = "filter: {status: [CREATING, STARTING, RUNNING, SLEEPING, STOPPING, STOPPED, ERROR, DELETING]}";
    let page = async |order: &str, filter: &str| {
        let query = format!(
            "{{ projects(first: 3, orderBy: {order} {filter}) {{ nodes {{ id name }} pageInfo {{ hasNextPage }} }} }}"
        );
        ask(&server, &query, json!({})).await["data"]["projects"].clone()
    };
    let change = async |mutation: &str, variables: Value| {
        let done = ask(&server, mutation, variables).await;
        assert!(done["errors"].is_null(), "{done}");
    };
    let names = ["A", "c", "zz", "m", "Ä", "0", "B", "y y", "b"];
    for step in 0..60_usize {
        let project = &projects[step * 5 % projects.len()];
        match step % 6 {
            0..4 => {
                let rename = "mutation($id: ID!, $name: String!) { updateProject(input: {id: $id, name: $name}) { project { id } } }";
                change(rename, json!({ "id": project, "name": names[step * 7 % names.len()] })).await;
            }
            4 => projects.push(create(&server, &format!("{}{step}", ["C", "a", "zzz"][step % 3])).await),
            _ => {
                let delete =
                    "mutation($id: ID!) { deleteProject(input: {id: $id, repository: DELETE}) { operation { id } } }";
                change(delete, json!({ "id": projects.remove(0) })).await;
            }
        }
        for order in ["NAME_ASC", "CREATED_AT_DESC"] {
            until("the page that the database has", async || {
                let kept = page(order, "").await;
                (kept == page(order, every).await && !kept["nodes"][0].is_null()).then_some(())
            })
            .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_is_who_belongs_there_on_sqlite() {
    the_first_page_is_who_belongs_there(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_is_who_belongs_there_on_postgres() {
    the_first_page_is_who_belongs_there(Kind::Postgres).await;
}

const PARTS_REUSED: &str = "pcc_graphql_parts_reused_total";

/// Of a list whose answer is not true any more, the projects that have not changed are given again.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_changed_of_a_list_is_given_again() {
    let server = server(Kind::Sqlite).await;
    let (one, other) = (create(&server, "One").await, create(&server, "Other").await);
    at_rest(&server).await;
    let both = "query($n: Int) {
        a: projects { nodes { name description sessions(first: $n) { nodes { title } } } }
        b: projects { nodes { id description } } }";
    let read = async |query: &str, variables: Value| {
        let before = figure(&server, PARTS_REUSED).await;
        let answer = ask(&server, query, variables).await;
        assert!(answer["errors"].is_null(), "{answer}");
        (answer["data"].clone(), figure(&server, PARTS_REUSED).await - before)
    };
    for (id, name) in [(&one, "First"), (&other, "Second")] {
        let made = ask(
            &server,
            "mutation($id: ID!, $name: String!) { createSession(input: {project: $id, title: $name}) { session { id } } }",
            json!({ "id": id, "name": name }),
        )
        .await;
        assert!(made["errors"].is_null(), "{made}");
    }
    read(both, json!({ "n": 1 })).await;
    let mut most = 0;
    for number in 0..10 {
        let text = format!("Described {number} times.");
        describe(&server, &one, &text).await;
        let (data, reused) = read(both, json!({ "n": 1 })).await;
        most = most.max(reused);
        let [first, second] = [0, 1].map(|at| data["a"]["nodes"][at].clone());
        assert_eq!(
            first,
            json!({ "name": "One", "description": text, "sessions": { "nodes": [{ "title": "First" }] } })
        );
        assert_eq!(
            second,
            json!({ "name": "Other", "description": null, "sessions": { "nodes": [{ "title": "Second" }] } })
        );
        assert_eq!(data["b"]["nodes"][0], json!({ "id": one, "description": text }));
    }
    // The other project, in both lists. The reconciler may have told something of it now and then.
    assert_eq!(most, 2);
    // Other variables ask for something else, and so do other words.
    describe(&server, &one, "Again.").await;
    assert_eq!(read(both, json!({ "n": 2 })).await.1, 0);
    assert_eq!(read(&format!("{both} "), json!({ "n": 2 })).await.1, 0);
    // What cannot be read is told each time.
    let wrong = "{ projects { nodes { name sessions(first: 0) { nodes { title } } } } }";
    for _ in 0..2 {
        let refused = ask(&server, wrong, json!({})).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "INVALID_INPUT", "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_event_tells_of_and_errors_are_made_anew() {
    let server = server(Kind::Sqlite).await;
    create(&server, "One").await;
    at_rest(&server).await;
    for query in [
        "{ projects { nodes { container { state } } } }",
        "{ projects { nodes { repository { defaultBranch } } } }",
        "{ servers { name resources { at } } }",
        "{ devices { name lastSeenAt } }",
        "{ __schema { queryType { name } } }",
        // Refused below the root: data and an error.
        "{ projects(first: 0) { nodes { id } } }",
        "{ projects(after: \"nonsense\") { nodes { id } } }",
    ] {
        let before = figure(&server, REUSED).await;
        for _ in 0..3 {
            ask(&server, query, json!({})).await;
        }
        assert_eq!(figure(&server, REUSED).await, before, "{query}");
    }
}
