use serde_json::{Value, json};

use super::{AT, project};
use crate::support::{Answer, Connection, End, Server, pcc::Pcc};

fn operation(state: &str, steps: [&str; 2], problem: Option<Value>) -> Value {
    let [repository, start] = steps;
    json!({ "id": "op", "kind": "CREATE_PROJECT", "state": state, "attempts": 1, "createdAt": AT, "problem": problem,
        "steps": [{ "name": "REPOSITORY", "state": repository }, { "name": "START", "state": start }] })
}

fn problem() -> Value {
    json!({ "code": "REJECTED", "message": "The repository does not exist.", "since": AT })
}

fn progressed(cursor: &str, operation: Value) -> Value {
    json!({ "events": { "cursor": cursor, "at": AT, "actor": { "kind": "SERVER" },
        "change": { "__typename": "OperationProgressed", "operationId": operation["id"], "operation": operation } } })
}

/// A server on which a project comes up, or does not.
async fn server(end: fn() -> Value) -> Server {
    let answer = |body: &Value| match body["operationName"].as_str() {
        Some("CreateProject") => {
            let operation = operation("PENDING", ["PENDING", "PENDING"], None);
            Answer::Data(json!({ "createProject": { "project": project("CREATING"), "operation": operation } }))
        }
        Some("Projects") => {
            let page = json!({ "hasNextPage": false });
            Answer::Data(json!({ "projects": { "nodes": [project("ERROR")], "pageInfo": page, "totalCount": 1 } }))
        }
        Some("CurrentCursor") => Answer::Data(json!({ "cursor": "0" })),
        Some("OperationById") => {
            let mut node = operation("RUNNING", ["RUNNING", "PENDING"], None);
            node["__typename"] = "Operation".into();
            Answer::Data(json!({ "node": node }))
        }
        Some("Project") => Answer::Data(json!({ "project":
            if body["variables"]["by"]["slug"] == "nothing" || body["variables"]["by"]["id"] == "nothing" { Value::Null }
            else { project("RUNNING") } })),
        other => panic!("{other:?}"),
    };
    let items = move |payload: &Value| match payload["variables"]["after"].as_str() {
        Some("0") => vec![
            progressed("1", operation("RUNNING", ["DONE", "RUNNING"], None)),
            progressed("2", end()),
        ],
        Some("1") => vec![progressed("2", end())],
        other => panic!("{other:?}"),
    };
    // The connection breaks while the work goes on.
    Server::start(answer, items, [Connection(1, End::Drop)]).await
}

#[tokio::test]
async fn creating_waits_for_the_end() {
    let server = server(|| operation("SUCCEEDED", ["DONE", "DONE"], None)).await;
    let made = Pcc::of(&server.base)
        .run(&[
            "new",
            "Demo",
            "--git",
            "https://example.org/x.git",
            "--allow",
            "edits",
            "--json",
        ])
        .await;
    assert_eq!(
        (&made.json()["project"]["status"], &made.json()["operation"]["state"]),
        (&json!("RUNNING"), &json!("SUCCEEDED"))
    );
    assert_eq!(made.stderr, "");
    let input = &server.posts()[0]["variables"]["input"];
    assert_eq!(input["decisionPolicy"]["mode"], "ALLOW_EDITS");
    assert_eq!(
        (&input["name"], &input["source"]),
        (
            &json!("Demo"),
            &json!({ "git": { "url": "https://example.org/x.git" } })
        )
    );
    assert_eq!(server.subscriptions().len(), 2);
}

#[tokio::test]
async fn people_see_the_steps_and_the_answer() {
    let server = server(|| operation("SUCCEEDED", ["DONE", "DONE"], None)).await;
    let made = Pcc::of(&server.base).run(&["new", "Demo"]).await;
    assert_eq!(
        (made.status.code(), made.stdout.as_str()),
        (Some(0), "demo is running.\n")
    );
    assert!(made.stderr.contains("preparing the repository"), "{made:?}");
    assert_eq!(
        server.posts()[0]["variables"]["input"]["decisionPolicy"],
        Value::Null,
        "the server's own: ask everything"
    );
}

#[tokio::test]
async fn a_failed_creation_is_one_and_the_reason() {
    for end in [
        || operation("FAILED", ["FAILED", "PENDING"], Some(problem())),
        // Nothing more happens before a person does something.
        || operation("WAITING", ["FAILED", "PENDING"], Some(problem())),
    ] {
        let server = server(end).await;
        let failed = Pcc::of(&server.base).run(&["new", "Demo", "--json"]).await;
        assert_eq!(failed.status.code(), Some(1));
        assert_eq!(
            failed.error(),
            json!({ "code": "REJECTED", "message": "The repository does not exist." })
        );
    }
}

#[tokio::test]
async fn patience_ends_by_the_clock() {
    let server = server(|| operation("RUNNING", ["DONE", "RUNNING"], None)).await;
    let waited = Pcc::of(&server.base)
        .run(&["new", "Demo", "--json", "--timeout", "1"])
        .await;
    assert_eq!(
        (waited.status.code(), &waited.error()["code"]),
        (Some(1), &json!("TIMEOUT"))
    );
}

#[tokio::test]
async fn no_wait_answers_at_once() {
    let server = server(|| panic!("nobody waits")).await;
    let made = Pcc::of(&server.base).run(&["new", "Demo", "--no-wait", "--json"]).await;
    assert_eq!(made.json()["operation"]["id"], "op");
    assert!(server.subscriptions().is_empty());
}

#[tokio::test]
async fn a_list_is_a_table_or_json() {
    let server = server(|| panic!("nobody waits")).await;
    let pcc = Pcc::of(&server.base);
    let table = pcc.run(&["projects"]).await;
    assert_eq!(table.stdout, "PROJECT  STATUS  BRANCH  NOW\ndemo     ERROR   main\n");
    let json = pcc.run(&["projects", "--json"]).await.json();
    assert_eq!(
        (&json[0]["repository"]["cloneUrl"], &json[0]["status"]),
        (&json!("http://localhost/git/demo.git"), &json!("ERROR"))
    );
}

#[tokio::test]
async fn what_does_not_exist_is_one_sentence() {
    let server = server(|| panic!("nobody waits")).await;
    let refused = Pcc::of(&server.base).run(&["stop", "nothing"]).await;
    assert_eq!(
        (refused.status.code(), refused.stderr.as_str()),
        (Some(1), "error: There is no project nothing.\n")
    );
}

#[tokio::test]
async fn nothing_is_deleted_without_a_yes() {
    let server = server(|| panic!("nobody waits")).await;
    let refused = Pcc::of(&server.base).run(&["rm", "demo", "--json"]).await;
    assert_eq!(
        (refused.status.code(), &refused.error()["code"]),
        (Some(2), &json!("USAGE"))
    );
    assert!(server.posts().iter().all(|post| post["operationName"] == "Project"));
}
