//! The graph of the real server: what bad input gets, and what is promised of every mutation.

use client::{
    Client, Error, ErrorCode,
    types::{CreateProjectInput, GitSourceInput, ProblemCode, ProjectSourceInput},
};
use serde_json::{Value, json};

use crate::support::{database::Kind, server::TestServer};

/// A server without an agent: nothing here needs one.
async fn server(kind: Kind) -> TestServer {
    TestServer::with(kind, &json!({}), &[("PCC_AGENT_COMMAND", "no-such-opencode")]).await
}

async fn ask(server: &TestServer, query: &str, variables: Value) -> Value {
    let answer = reqwest::Client::builder()
        .build()
        .unwrap()
        .post(format!("{}/graphql", server.url()))
        .bearer_auth(server.token())
        .json(&json!({ "query": query, "variables": variables }))
        .send()
        .await
        .unwrap();
    answer.json().await.unwrap()
}

fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("no code in {answer}"))
}

const CREATE: &str =
    "mutation($input: CreateProjectInput!) { createProject(input: $input) { project { id slug } operation { id } } }";

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_gets_a_code_and_a_field_and_leaves_nothing() {
    let server = server(Kind::Sqlite).await;
    let git = |url: &str| json!({ "input": { "name": "x", "source": { "git": { "url": url } } } });
    let empty = |name: &str| json!({ "input": { "name": name, "source": { "empty": true } } });
    let policy =
        |policy: Value| json!({ "input": { "name": "x", "source": { "empty": true }, "decisionPolicy": policy } });
    let long = "n".repeat(10_000);
    for (variables, expected, field) in [
        (git("ext::sh -c id"), "INVALID_INPUT", "source.git.url"),
        (git("--upload-pack=touch /tmp/pwned"), "INVALID_INPUT", "source.git.url"),
        (
            git("https://user:secret@example.org/a.git"),
            "INVALID_INPUT",
            "source.git.url",
        ),
        (git("http://example.org/a.git"), "INVALID_INPUT", "source.git.url"),
        (git(""), "INVALID_INPUT", "source.git.url"),
        (
            json!({ "input": { "name": "x", "source": { "git": { "url": "https://example.org/a", "ref": "--evil" } } } }),
            "INVALID_INPUT",
            "source.git.ref",
        ),
        (empty(&long), "INVALID_INPUT", "name"),
        (empty(""), "INVALID_INPUT", "name"),
        (empty("🚀🚀"), "INVALID_INPUT", "slug"),
        (
            json!({ "input": { "name": "x", "slug": "../etc", "source": { "empty": true } } }),
            "INVALID_INPUT",
            "slug",
        ),
        (
            json!({ "input": { "name": "x", "source": { "empty": false } } }),
            "INVALID_INPUT",
            "source.empty",
        ),
        (
            policy(json!({ "mode": "ASK", "rules": [{ "pattern": "", "effect": "ALLOW" }] })),
            "INVALID_INPUT",
            "decisionPolicy.rules",
        ),
        (
            policy(json!({ "mode": "ALLOW_ALL", "waitSeconds": 9 })),
            "INVALID_INPUT",
            "decisionPolicy.waitSeconds",
        ),
    ] {
        let answer = ask(&server, CREATE, variables.clone()).await;
        assert_eq!(code(&answer), expected, "{variables}: {answer}");
        assert_eq!(
            answer["errors"][0]["extensions"]["field"], field,
            "{variables}: {answer}"
        );
        assert!(!answer.to_string().contains("secret"), "{answer}");
    }
    let answer = ask(
        &server,
        "{ projects { totalCount } operations { nodes { id } } }",
        json!({}),
    )
    .await;
    assert_eq!(
        answer["data"],
        json!({ "projects": { "totalCount": 0 }, "operations": { "nodes": [] } })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_and_foreign_ids_and_broken_graphql_have_codes() {
    let server = server(Kind::Sqlite).await;
    let created = ask(
        &server,
        CREATE,
        json!({ "input": { "name": "A", "source": { "empty": true } } }),
    )
    .await;
    let project = created["data"]["createProject"]["project"]["id"].as_str().unwrap();
    let by_id = "query($id: ID!) { session(id: $id) { id } }";
    assert_eq!(
        code(&ask(&server, by_id, json!({ "id": project })).await),
        "INVALID_INPUT"
    );
    assert_eq!(
        code(&ask(&server, by_id, json!({ "id": "nonsense" })).await),
        "INVALID_INPUT"
    );
    let start = "mutation($id: ID!) { startProject(input: { id: $id }) { project { id } } }";
    let unknown = "UHJvamVjdDowMTlhYjNjYjZkOGE3YzAwOGYzYzNlMGYyZjFhMmIzYw";
    assert_eq!(code(&ask(&server, start, json!({ "id": unknown })).await), "NOT_FOUND");
    let again = ask(
        &server,
        CREATE,
        json!({ "input": { "name": "a", "source": { "empty": true } } }),
    )
    .await;
    assert_eq!(code(&again), "CONFLICT");
    for query in [
        "{ projects(first: 1000) { nodes { id } } }",
        "{ projects(first: 0) { nodes { id } } }",
    ] {
        let answer = ask(&server, query, json!({})).await;
        assert!(["LIMIT_EXCEEDED", "INVALID_INPUT"].contains(&code(&answer)), "{answer}");
    }
    for query in ["{ nothing }", "{", "query($x: Nothing!) { viewer { serverVersion } }"] {
        assert_eq!(code(&ask(&server, query, json!({})).await), "BAD_REQUEST", "{query}");
    }
    let stranger = Client::new(&server.url(), "pcc_wrong_token".to_owned().into()).unwrap();
    assert_eq!(
        stranger.viewer().await.unwrap_err().code(),
        Some(&ErrorCode::Unauthenticated)
    );
}

async fn sent_twice_is_done_once(kind: Kind) {
    let server = server(kind).await;
    let client = server.client();
    let input = |name: &str| CreateProjectInput {
        name: name.to_owned(),
        slug: None,
        description: None,
        source: ProjectSourceInput::Empty(true),
        decision_policy: None,
        client_mutation_id: Some("the-same".to_owned()),
    };
    let attempts = (0..5).map(|_| client.create_project(input("Once")));
    let made = futures_util::future::join_all(attempts).await;
    let ids: std::collections::HashSet<_> = made.into_iter().map(|accepted| accepted.unwrap().project.id).collect();
    assert_eq!(ids.len(), 1, "five at once, one project");
    let other = client.create_project(input("Another")).await.unwrap_err();
    assert_eq!(other.code(), Some(&ErrorCode::IdempotencyMismatch), "{other:?}");
    assert_eq!(client.projects(None, None).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_twice_is_done_once_on_sqlite() {
    sent_twice_is_done_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_twice_is_done_once_on_postgres() {
    sent_twice_is_done_once(Kind::Postgres).await;
}

async fn pages_walk_through_everything_once(kind: Kind) {
    let server = server(kind).await;
    for number in 0..7 {
        let input = json!({ "input": { "name": format!("Same {}", number % 3), "slug": format!("p{number}"), "source": { "empty": true } } });
        assert!(ask(&server, CREATE, input).await["errors"].is_null());
    }
    for order in ["NAME_ASC", "CREATED_AT_DESC", "UPDATED_AT_DESC"] {
        let query = format!(
            "query($after: String, $before: String, $first: Int, $last: Int) {{ projects(after: $after, before: $before, \
             first: $first, last: $last, orderBy: {order}) {{ nodes {{ slug }} pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }}"
        );
        let (mut forwards, mut after) = (Vec::new(), Value::Null);
        loop {
            let answer = ask(&server, &query, json!({ "first": 3, "after": after })).await;
            let page = &answer["data"]["projects"];
            forwards.extend(
                page["nodes"]
                    .as_array()
                    .unwrap_or_else(|| panic!("{answer}"))
                    .iter()
                    .map(|node| node["slug"].clone()),
            );
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        let (mut backwards, mut before) = (Vec::new(), Value::Null);
        loop {
            let answer = ask(&server, &query, json!({ "last": 2, "before": before })).await;
            let page = &answer["data"]["projects"];
            let nodes = page["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["slug"].clone());
            backwards.splice(0..0, nodes);
            if page["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
            before = page["pageInfo"]["startCursor"].clone();
        }
        // `updatedAt` moves while projects are worked on: that order is only walked, not compared.
        let distinct: std::collections::HashSet<_> = forwards.iter().map(Value::to_string).collect();
        if order != "UPDATED_AT_DESC" {
            assert_eq!(distinct.len(), 7, "{order}: {forwards:?}");
            assert_eq!(forwards.len(), 7, "{order}: {forwards:?}");
            assert_eq!(forwards, backwards, "{order}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_walk_through_everything_once_on_sqlite() {
    pages_walk_through_everything_once(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_walk_through_everything_once_on_postgres() {
    pages_walk_through_everything_once(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_behind_which_nothing_is_says_so_on_the_project() {
    let server = server(Kind::Sqlite).await;
    let client = server.client();
    let nowhere = tempfile::tempdir().unwrap();
    let accepted = client
        .create_project(CreateProjectInput {
            name: "Nowhere".to_owned(),
            slug: None,
            description: None,
            source: ProjectSourceInput::Git(GitSourceInput {
                url: format!("file://{}/nothing.git", nowhere.path().display()),
                ref_: None,
            }),
            decision_policy: None,
            client_mutation_id: None,
        })
        .await
        .unwrap();
    let operation = client.wait_for_operation(&accepted.operation.id).await.unwrap();
    let problem = operation.problem.unwrap();
    assert_eq!(problem.code, ProblemCode::Rejected, "{problem:?}");
    let project = client.find_project("nowhere").await.unwrap().unwrap();
    assert_eq!(project.problem.unwrap().message, problem.message);
    // Undone, nothing is left of it.
    client.cancel_operation(&operation.id).await.unwrap();
    crate::support::until::until("the project to be gone", async || {
        client.find_project("nowhere").await.unwrap().is_none().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_nobody() {
    let server = server(Kind::Sqlite).await;
    let client = server.client();
    let pairing = client
        .begin_pairing(Some("phone"), vec![client::types::Scope::Read])
        .await
        .unwrap();
    let stranger = Client::anonymous(&server.url()).unwrap();
    let phone = stranger.redeem_pairing(&pairing.code, "phone").await.unwrap();
    let used: Error = stranger.redeem_pairing(&pairing.code, "another").await.unwrap_err();
    assert_eq!(used.code(), Some(&ErrorCode::InvalidInput), "a code is good once");
    let pairing = client
        .begin_pairing(None, vec![client::types::Scope::Read])
        .await
        .unwrap();
    let other = stranger.redeem_pairing(&pairing.code, "another").await.unwrap();
    assert_eq!(other.installation, phone.installation, "it is the same server");
    let elsewhere = self::server(Kind::Sqlite).await;
    let pairing = elsewhere
        .client()
        .begin_pairing(None, vec![client::types::Scope::Read])
        .await
        .unwrap();
    let stranger = Client::anonymous(&elsewhere.url()).unwrap();
    let other = stranger.redeem_pairing(&pairing.code, "phone").await.unwrap();
    assert_ne!(other.installation, phone.installation, "it is another server");
    let as_phone = Client::new(&server.url(), phone.token).unwrap();
    assert_eq!(as_phone.viewer().await.unwrap().device.name, "phone");
    let forbidden = as_phone
        .create_project(CreateProjectInput {
            name: "Mine".to_owned(),
            slug: None,
            description: None,
            source: ProjectSourceInput::Empty(true),
            decision_policy: None,
            client_mutation_id: None,
        })
        .await
        .unwrap_err();
    assert_eq!(forbidden.code(), Some(&ErrorCode::Forbidden));
    client.revoke_device(&phone.device.id).await.unwrap();
    assert_eq!(
        as_phone.viewer().await.unwrap_err().code(),
        Some(&ErrorCode::Unauthenticated)
    );
}
