use serde_json::{Value, json};

use super::project;
use crate::support::{Answer, Server, pcc::Pcc};

fn used(answers: i64, tokens: f64, cost: Value) -> Value {
    json!({ "answers": answers, "inputTokens": tokens, "outputTokens": 10.0, "reasoningTokens": 0.0,
        "cacheReadTokens": 500.0, "cacheWriteTokens": 0.0, "costUsd": cost })
}

/// A server with two projects, on a page each.
async fn server() -> Server {
    let answer = |body: &Value| match body["operationName"].as_str() {
        Some("Project") => Answer::Data(json!({ "project": project("RUNNING") })),
        Some("Usages") => {
            let is_first = body["variables"]["after"].is_null();
            let (slug, cost) = if is_first {
                ("demo", json!(1.5))
            } else {
                ("other", Value::Null)
            };
            let node = json!({ "id": slug, "slug": slug, "name": slug, "all": used(9, 4_000_000.0, json!(12.25)),
                "today": used(1, 700.0, cost) });
            let page = json!({ "endCursor": "1", "hasNextPage": is_first });
            Answer::Data(json!({ "projects": { "nodes": [node], "pageInfo": page } }))
        }
        Some("ProjectUsage") => {
            let days = json!([{ "date": "2026-11-23", "usage": used(3, 1_500.0, json!(0.5)) }]);
            Answer::Data(
                json!({ "project": { "id": "UHJvamVjdDox", "slug": "demo", "name": "Demo",
                "all": used(4, 2_000.0, json!(0.75)), "today": used(0, 0.0, Value::Null), "byDay": days } }),
            )
        }
        other => panic!("{other:?}"),
    };
    Server::start(answer, |_: &Value| Vec::new(), []).await
}

#[tokio::test]
async fn all_projects_are_summed_up_a_page_at_a_time() {
    let server = server().await;
    let said = Pcc::of(&server.base).run(&["usage"]).await;
    assert_eq!(
        said.stdout,
        "PROJECT  TODAY  TOKENS  IN ALL  TOKENS\n\
         demo     $1.50  1.2k    $12.25  4.0M\n\
         other    ?      1.2k    $12.25  4.0M\n"
    );
    assert_eq!(server.posts().len(), 2, "a page, not a project, is a request");
}

#[tokio::test]
async fn one_project_is_shown_by_day() {
    let server = server().await;
    let said = Pcc::of(&server.base).run(&["usage", "demo", "--days", "7"]).await;
    assert_eq!(
        said.stdout,
        "DAY         COST   READ  WRITTEN  ANSWERS\n\
         2026-11-23  $0.50  2.0k  10       3\n\
         in all      $0.75  2.5k  10       4\n"
    );
    assert_eq!(server.posts().last().unwrap()["variables"]["days"], 7);
    for words in [&["usage", "--days", "7"][..], &["usage", "demo", "--days", "0"]] {
        let refused = Pcc::of(&server.base).run(words).await;
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    }
}
