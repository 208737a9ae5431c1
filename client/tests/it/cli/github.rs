use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use super::{AT, project};
use crate::support::{Answer, Connection, End, Server, in_time, pcc::Pcc};

fn login(state: &str) -> Value {
    json!({ "id": "l", "state": state, "userCode": "WDJB-MJHT", "verificationUrl": "https://github.com/login/device",
        "expiresAt": AT, "problem": null })
}

fn account() -> Value {
    json!({ "login": "octo", "name": "Octo\nCat", "scopes": ["repo"], "connectedAt": AT, "problem": null })
}

/// One at which somebody is signed in, and another sign-in goes through these states, the connection being lost once.
async fn server(states: &'static [&'static str]) -> Server {
    let answer = |body: &Value| match body["operationName"].as_str() {
        Some("Github") => Answer::Data(json!({ "githubAccount": account(),
            "githubSetup": { "canSignIn": true, "url": "https://git.example", "tokenUrl": "https://git.example/new" } })),
        Some("BeginGithubLogin") => Answer::Data(json!({ "beginGithubLogin": { "githubLogin": login("PENDING") } })),
        Some("ConnectGithub") => Answer::Data(json!({ "connectGithub": { "githubAccount": account() } })),
        Some("DisconnectGithub") => Answer::Data(json!({ "disconnectGithub": { "login": "octo" } })),
        Some("GithubRepositories") => {
            let one = |name: &str, is_private: bool, pushed: Value| {
                json!({ "fullName": name, "description": "What\nit is", "isPrivate": is_private, "isFork": false,
                    "isArchived": true, "defaultBranch": "main", "pushedAt": pushed, "cloneUrl": "https://git.example/x" })
            };
            let nodes = [one("octo/a", true, json!(AT)), one("octo/b", false, Value::Null)];
            let page = json!({ "hasNextPage": true, "endCursor": "c" });
            Answer::Data(json!({ "githubRepositories": { "nodes": nodes, "pageInfo": page } }))
        }
        Some("CreateProject") => Answer::Data(json!({ "createProject": { "project": project("CREATING"),
            "operation": { "id": "o", "kind": "CREATE_PROJECT", "state": "PENDING", "steps": [], "attempts": 0,
                "createdAt": AT } } })),
        other => panic!("{other:?}"),
    };
    let items = move |_: &Value| {
        states
            .iter()
            .map(|state| json!({ "githubLogin": login(state) }))
            .collect()
    };
    Server::start(answer, items, [Connection(1, End::Drop)]).await
}

#[tokio::test]
async fn a_sign_in_shows_its_code_and_is_waited_for_over_breaks() {
    let server = server(&["PENDING", "APPROVED"]).await;
    let said = Pcc::of(&server.base).run(&["github", "login"]).await;
    let expected = "Type WDJB-MJHT in at https://github.com/login/device\nSigned in to GitHub as octo.\n";
    assert_eq!(
        (said.status.code(), said.stdout.as_str()),
        (Some(0), expected),
        "{said:?}"
    );
    assert_eq!(server.subscriptions(), [json!({ "id": "l" }), json!({ "id": "l" })]);
}

#[tokio::test]
async fn a_sign_in_that_fails_is_a_failure() {
    let server = server(&["PENDING", "DENIED"]).await;
    let said = Pcc::of(&server.base).run(&["github", "login", "--json"]).await;
    assert_eq!(said.status.code(), Some(1));
    let error: Value = serde_json::from_str(&said.stderr).unwrap();
    assert_eq!(error["error"]["code"], "DENIED");
}

#[tokio::test]
async fn a_token_is_read_from_standard_input_and_shown_nowhere() {
    let server = server(&[]).await;
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_pcc"))
        .args(["github", "login", "--token-stdin", "--json"])
        .envs([("PCC_SERVER", server.base.as_str()), ("PCC_TOKEN", "a-token")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"ghp_hush\n").await.unwrap();
    let output = in_time(child.wait_with_output()).await.unwrap();
    let said = format!("{output:?} {}", String::from_utf8_lossy(&output.stdout));
    assert!(
        output.status.success() && said.contains("octo") && !said.contains("hush"),
        "{said}"
    );
    assert_eq!(server.posts()[0]["variables"]["input"]["token"], "ghp_hush");
}

#[tokio::test]
async fn the_account_and_its_repositories_are_shown() {
    let server = server(&[]).await;
    let pcc = Pcc::of(&server.base);
    let said = pcc.run(&["github"]).await.stdout;
    assert_eq!(
        said,
        "account  octo\nname     Octo Cat\nscopes   repo\nsince    2026-11-23 00:00 UTC\n"
    );
    let said = pcc.run(&["github", "repositories", "tide", "tables"]).await;
    let expected = "REPOSITORY  PUSHED                        DESCRIPTION\nocto/a      2026-11-23  private archived  What it is\n\
                    octo/b      never       archived          What it is\n";
    assert_eq!(said.stdout, expected, "{said:?}");
    assert!(said.stderr.contains("There are more"), "{said:?}");
    assert_eq!(
        server.posts().last().unwrap()["variables"],
        json!({ "search": "tide tables", "first": 30 })
    );
    assert_eq!(
        pcc.run(&["github", "logout"]).await.stdout,
        "octo is signed out of GitHub.\n"
    );
}

#[tokio::test]
async fn a_project_is_made_from_a_short_name() {
    let server = server(&[]).await;
    let pcc = Pcc::of(&server.base);
    for (given, url) in [
        ("octo/a", "https://git.example/octo/a.git"),
        ("https://elsewhere.example/octo/a", "https://elsewhere.example/octo/a"),
    ] {
        let said = pcc.run(&["new", "A", "--git", given, "--no-wait"]).await;
        assert!(said.status.success(), "{said:?}");
        let sent = server.posts().pop().unwrap();
        assert_eq!(sent["variables"]["input"]["source"]["git"]["url"], url);
    }
}
